# SPDX-License-Identifier: Apache-2.0
# make               the library and the program, in build/
# make demo, test    install what is missing (tools/setup), build, run
# make messages      doc/messages.md anew, the tests, and what of it they have not seen
# make bench, bench-peers, bench-fits, golden GOLDEN=DIR, format, format-check, sanitize, tsan, clean
# make coverage      lines and branches that the tests reach
# make torture       fits that are killed KILLS times (200) and end at the same bits all the same
# make fuzz          readers, configs, the language on made-up bytes, FUZZ_SECONDS each (clang)
# make install, uninstall            program, library, headers, manual pages, completions
# Variables: CC, CFLAGS, WERROR=1 (warnings are errors), V=1 (whole commands are shown), B (build
# folder), ONLY="base golden" (some tests only); of install: PREFIX, DESTDIR and what else
# tools/install.mk begins with
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:

B ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
GOLDEN ?= ../shared/golden

# Commands are said in short; V=1 shows them whole.
say = $(if $(filter 1,$(V)),,@echo '$(1) $@';)

# ---- flags -----------------------------------------------------------------------------------
# Contraction is off so that the same source gives the same bits for every instruction set;
# kernels ask for fused multiply-adds by name.
CFLAGS ?= -O2 -g
KERNEL_CFLAGS ?= -O2 -g -funswitch-loops
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
ifneq ($(SANITIZE),)
SANITIZE_FLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
# The same objects serve the program and the shared library: position independence costs the kernels
# nothing (their code is the same to the byte).
position := -fPIC -fno-semantic-interposition
packages := libfyaml jansson libzip zlib libprotobuf-c nlopt hdf5
PACKAGE_CFLAGS := $(shell pkg-config --cflags $(packages) 2>/dev/null)
plain_libs := -lcsv -lm -lpthread
LIBS := $(shell pkg-config --libs $(packages) 2>/dev/null || \
	echo -lfyaml -ljansson -lzip -lz -lprotobuf-c -lnlopt -lhdf5) $(plain_libs)
CPPFLAGS += -D_XOPEN_SOURCE=700 -Iinclude -Isrc -I$(B)/gen $(PACKAGE_CFLAGS)
strict = $(position) -ffp-contract=off -fno-math-errno $(WARNINGS) $(SANITIZE_FLAGS) -MMD -MP
c11 := -std=c11
gnu11 := -std=gnu11

# ---- what is built ---------------------------------------------------------------------------
cli_sources := $(wildcard src/cli/*.c)
sources := $(filter-out $(cli_sources) src/engine/kernels.c, $(wildcard src/*/*.c src/*/*/*.c))
objects := $(sources:src/%.c=$(B)/obj/%.o)
cli_objects := $(cli_sources:src/%.c=$(B)/obj/%.o)

machine := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null)))
ifneq ($(filter x86_64 amd64,$(machine)),)
isas := scalar avx2 avx512
endif
ifneq ($(filter aarch64 arm64,$(machine)),)
isas := scalar neon
endif
isas ?= scalar
flags_scalar := -DDSC_ISA_SCALAR=1
flags_avx2 := -DDSC_ISA_AVX2=1 -mavx2 -mfma
flags_avx512 := -DDSC_ISA_AVX512=1 -mavx512f -mavx512dq -mavx512vl -mavx512bw -mfma \
	-mprefer-vector-width=512
flags_neon := -DDSC_ISA_NEON=1
flags_ref := -DDSC_ISA_REF=1
variants := f64_ref $(foreach i,$(isas),f32_$(i) f64_$(i))
kernel_objects := $(variants:%=$(B)/obj/engine/kernels_%.o)

protos := $(wildcard src/*/*.proto)
cogs := $(wildcard src/models/*.cog)
generated := $(foreach p,$(protos),$(B)/gen/$(notdir $(basename $(p))).pb-c.c) $(B)/gen/shipped.c \
	$(B)/gen/page.c
generated_objects := $(generated:$(B)/gen/%.c=$(B)/obj/gen/%.o)

library := $(B)/libdiscern.a
program := $(B)/discern

.PHONY: all run-tests messages test-programs test demo bench bench-peers bench-fits fuzz fuzz-short golden format format-check \
	sanitize tsan coverage torture clean FORCE
all: $(library) $(program)

$(library): $(objects) $(kernel_objects) $(generated_objects)
	@rm -f $@
	$(call say,ar)$(AR) rcs $@ $^

$(program): $(cli_objects) $(library)
	$(call say,link)$(CC) $(SANITIZE_FLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/obj/engine/%.o: src/engine/%.c
	@mkdir -p $(@D)
	$(call say,cc)$(CC) $(gnu11) $(CPPFLAGS) $(CFLAGS) $(strict) -c -o $@ $<

$(B)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,cc)$(CC) $(c11) $(CPPFLAGS) $(CFLAGS) $(strict) -c -o $@ $<

# What a run states of the program that made it; compiled again only when it changes.
commit := $(shell git describe --always --dirty --exclude '*' 2>/dev/null)
stated := $(if $(commit),-DDSC_GIT_COMMIT='"$(commit)"') \
	-DDSC_BUILD_FLAGS='"$(strip $(CFLAGS)); kernels $(strip $(KERNEL_CFLAGS)) -ffp-contract=off"'
$(B)/obj/train/provenance.o: CPPFLAGS += $(stated)
$(B)/obj/train/provenance.o: $(B)/stated
# And everything is compiled again when the compiler or its flags change.
flags := $(CC) $(CFLAGS) $(KERNEL_CFLAGS) $(position) $(SANITIZE)
$(objects) $(cli_objects) $(kernel_objects) $(generated_objects): $(B)/flags
$(B)/stated $(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(if $(filter %/stated,$@),$(commit)) $(flags)' | cmp -s - $@ || \
		echo '$(if $(filter %/stated,$@),$(commit)) $(flags)' >$@
FORCE:

# One source, compiled once per number type and instruction set: kernels_f32_avx2.o ...
define kernel_rule
$(B)/obj/engine/kernels_$(1).o: src/engine/kernels.c
	@mkdir -p $$(@D)
	$$(call say,cc)$(CC) $(gnu11) $(CPPFLAGS) $(KERNEL_CFLAGS) $$(strict) \
		-DDSC_REAL_BITS=$(patsubst f%,%,$(firstword $(subst _, ,$(1)))) \
		$(flags_$(lastword $(subst _, ,$(1)))) -c -o $$@ $$<
endef
$(foreach v,$(variants),$(eval $(call kernel_rule,$(v))))

# Protocol buffers: src/train/tensorboard.proto -> build/gen/tensorboard.pb-c.{c,h}
define proto_rule
$(B)/gen/$(notdir $(basename $(1))).pb-c.c: $(1)
	@mkdir -p $$(@D)
	$$(call say,make)protoc-c --proto_path=$(dir $(1)) --c_out=$$(@D) $$<
endef
$(foreach p,$(protos),$(eval $(call proto_rule,$(p))))

# The classical models that discern brings along, as texts in the library
$(B)/gen/shipped.c: $(cogs) src/models/embed.awk
	@mkdir -p $(@D)
	$(call say,make)awk -f src/models/embed.awk $(cogs) >$@

# The looks and the script of a report's page, as texts in the library
$(B)/gen/page.c: src/report/page.css src/report/page.js src/report/embed.awk
	@mkdir -p $(@D)
	$(call say,make)awk -f src/report/embed.awk src/report/page.css src/report/page.js >$@
$(objects): | $(generated)
$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(call say,cc)$(CC) $(c11) $(CPPFLAGS) $(CFLAGS) -w $(position) $(SANITIZE_FLAGS) -MMD -MP -c -o $@ $<

# ---- tests -----------------------------------------------------------------------------------
# tests/test_X.c becomes the program build/tests/test_X; tests/support/*.c is linked into all.
test_sources := $(wildcard tests/test_*.c)
test_programs := $(test_sources:tests/%.c=$(B)/tests/%)
support_objects := $(patsubst tests/%.c,$(B)/obj/tests/%.o,$(wildcard tests/support/*.c))
golden_objects := $(patsubst tests/%.c,$(B)/obj/tests/%.o,$(wildcard tests/golden/*.c) \
	tests/support/rig.c tests/support/disrnn_run.c)
ifneq ($(ONLY),)
test_programs := $(filter $(foreach o,$(ONLY),$(B)/tests/test_$(o)),$(test_programs))
endif
golden_program := $(if $(ONLY),$(filter golden,$(ONLY)),golden)
golden_program := $(golden_program:%=$(B)/tests/%)

$(B)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call say,cc)$(CC) $(c11) $(CPPFLAGS) -Itests $(CFLAGS) $(strict) -c -o $@ $<

# tests/support/record.c stands in the way of dsc_fail, arena.c of pieces of arenas
watched := dsc_fail dsc_arena_alloc dsc_arena_strdup
$(B)/tests/test_%: $(B)/obj/tests/test_%.o $(support_objects) $(library)
	@mkdir -p $(@D)
	$(call say,link)$(CC) $(SANITIZE_FLAGS) $(LDFLAGS) $(own_flags) $(watched:%=-Wl,--wrap=%) -o $@ \
		$(filter-out %.a,$^) $(library) -lcmocka $(LIBS)

fuzzed := $(patsubst tests/%.c,$(B)/obj/tests/%.o,$(filter-out %/libfuzzer.c, \
	$(wildcard tests/fuzz/*.c)))
$(B)/tests/test_fuzz: $(fuzzed)

# Operations on files that test_faults lets fail.
wrapped := open fopen fdopen fflush fsync fclose close rename mkdir read write pwrite ftruncate \
	flock opendir
$(B)/tests/test_faults: own_flags := $(wrapped:%=-Wl,--wrap=%)

# Calls of libraries that test_data_libraries lets fail.
foreign := zip_source_buffer zip_source_buffer_create zip_open_from_source zip_file_add zip_close \
	zip_source_stat zip_source_open zip_source_read zip_fopen_index zip_fread inflate csv_init \
	json_array json_array_append_new json_object_set_new
$(B)/tests/test_data_libraries: own_flags := $(foreign:%=-Wl,--wrap=%)
$(B)/tests/test_libraries: own_flags := -Wl,--wrap=json_dumps,--wrap=fy_parser_create \
	-Wl,--wrap=nlopt_create

# Processes that cannot be started, pipes that cannot be opened.
$(B)/tests/test_data_hdf5: own_flags := -Wl,--wrap=fork,--wrap=pipe,--wrap=alarm

$(B)/tests/golden: $(golden_objects) $(library)
	@mkdir -p $(@D)
	$(call say,link)$(CC) $(SANITIZE_FLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# The benchmarks too, so that they do not rot
test-programs: $(library) $(program) $(test_programs) $(golden_program) $(B)/bench $(B)/bench-fits

# What the tests make discern say goes to $(B)/said; tools/messages compares it with the sources.
said := $(abspath $(B))/said
run-tests: test-programs
	@$(if $(ONLY),,rm -f $(said))
	@DISCERN="$(abspath $(program))" GOLDEN="$(GOLDEN)" DISCERN_SAID="$(said)" ALL=$(if $(ONLY),,1) \
		tools/run-tests $(test_programs) $(golden_program)

# doc/messages.md, and which of its sentences no test provokes
messages:
	@mkdir -p $(B)
	@sed '/^<!-- messages -->/q' doc/messages.md >$(B)/messages.md
	@tools/messages table >>$(B)/messages.md
	@mv $(B)/messages.md doc/messages.md
	@$(MAKE) run-tests
	@tools/messages unprovoked $(said)

test:
	@tools/setup test
	@$(MAKE) fuzz-short
	@$(MAKE) run-tests

golden: $(B)/tests/golden
	@$(B)/tests/golden $(GOLDEN)

sanitize:
	@$(MAKE) run-tests B=build-asan SANITIZE=address,undefined CFLAGS="-O1 -g" \
		KERNEL_CFLAGS="-O1 -g"

tsan:
	@$(MAKE) run-tests B=build-tsan SANITIZE=thread CFLAGS="-O1 -g" KERNEL_CFLAGS="-O1 -g"

# Lines and branches of the library and the program that the tests reach, file by file (ONLY as for
# run-tests); the kernels, which are compiled once per instruction set, are left out.
coverage:
	@tools/setup test coverage
	-@$(MAKE) run-tests B=build-cov CFLAGS="-O0 -g --coverage" LDFLAGS=--coverage
	@tools/coverage build-cov

# Fits that are killed again and again: KILLS times
KILLS ?= 200
torture: all
	@DISCERN="$(abspath $(program))" tools/torture $(KILLS)

# ---- fuzzing ---------------------------------------------------------------------------------
# The library as clang makes it for libFuzzer (but for the kernels, which see no foreign bytes), and
# one program with all targets of tests/fuzz/fuzz.c. make fuzz FUZZ_TARGETS="json mat" runs some.
FUZZ_SECONDS ?= 20
FUZZ_CC ?= clang
FUZZ_TARGETS ?= $(notdir $(wildcard tests/fuzz/corpus/*))
fuzz_flags := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined
fuzz_rooms := base graph engine data models train task fit
fuzz_objects := $(patsubst src/%.c,$(B)/fuzz/obj/%.o, \
		$(foreach room,$(fuzz_rooms),$(filter src/$(room)/%,$(sources)))) \
	$(patsubst tests/fuzz/%.c,$(B)/fuzz/obj/fuzz/%.o,$(wildcard tests/fuzz/*.c))

$(B)/fuzz/obj/fuzz/%.o: tests/fuzz/%.c
	@mkdir -p $(@D)
	$(call say,cc)$(FUZZ_CC) $(c11) $(CPPFLAGS) -Itests $(fuzz_flags) -MMD -MP -c -o $@ $<

$(B)/fuzz/obj/%.o: src/%.c | $(generated)
	@mkdir -p $(@D)
	$(call say,cc)$(FUZZ_CC) $(gnu11) $(CPPFLAGS) $(fuzz_flags) -fsanitize=fuzzer-no-link \
		-ffp-contract=off -MMD -MP -c -o $@ $<

$(B)/fuzz/fuzz: $(fuzz_objects) $(kernel_objects) $(generated_objects)
	$(call say,link)$(FUZZ_CC) $(fuzz_flags) -fsanitize=fuzzer -o $@ $^ $(LIBS)

fuzz: $(B)/fuzz/fuzz
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tools/fuzz $(B)/fuzz $(FUZZ_TARGETS)

# A few seconds of each with every run of the tests; said where there is no clang for it.
fuzz-short:
	@if $(FUZZ_CC) -fsanitize=fuzzer -x c -o /dev/null tests/fuzz/probe.txt 2>/dev/null; then \
		$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=5; \
	else echo "skipped: no fuzzing, as $(FUZZ_CC) with libFuzzer is missing"; fi

# ---- demo and benchmarks ---------------------------------------------------------------------
demo:
	@tools/setup
	@$(MAKE) all
	@DISCERN="$(abspath $(program))" tools/demo

bench_objects := $(patsubst bench/%.c,$(B)/obj/bench/%.o,$(filter-out bench/bench_fits.c, \
	$(wildcard bench/*.c)))
$(B)/obj/bench/%.o: bench/%.c
	@mkdir -p $(@D)
	$(call say,cc)$(CC) $(gnu11) -I. $(CPPFLAGS) $(CFLAGS) $(strict) -c -o $@ $<

$(B)/bench: $(bench_objects) $(library)
	$(call say,link)$(CC) $(SANITIZE_FLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

bench: $(B)/bench
	$(B)/bench

bench-peers: all $(B)/bench
	@DISCERN=$(B)/discern BENCH=$(B)/bench PEERS=$(B)/peers OUT=$(B)/bench-peers.json \
		sh bench/peers.sh

$(B)/bench-fits: $(B)/obj/bench/bench_fits.o $(library)
	$(call say,link)$(CC) $(SANITIZE_FLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

bench-fits: $(B)/bench-fits
	@BENCH=$(B)/bench-fits PEERS=$(B)/peers-fits OUT=$(B)/bench-fits.json sh bench/fits.sh

# ---- install, format, clean ------------------------------------------------------------------
CLANG_FORMAT ?= $(shell command -v clang-format-14 || echo clang-format)
formatted := $(wildcard include/*/*.h src/*/*.[ch] src/*/*/*.[ch] tests/*.[ch] tests/*/*.[ch] \
	bench/*.[ch] examples/*.[ch])

format:
	@tools/setup format
	$(CLANG_FORMAT) -i $(formatted)

format-check:
	@tools/setup format
	@$(CLANG_FORMAT) --dry-run -Werror $(formatted)

include tools/install.mk

clean:
	rm -rf build build-asan build-tsan build-cov

-include $(shell find $(B)/obj $(B)/fuzz/obj -name '*.d' 2>/dev/null)
