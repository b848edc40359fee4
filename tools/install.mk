# SPDX-License-Identifier: Apache-2.0
# install.mk — make install, make uninstall: the program, the library (static and shared), headers,
# pkg-config file, manual pages, completions and documents. DESTDIR goes before every path.
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
DOCDIR ?= $(DATADIR)/doc/discern
BASHDIR ?= $(DATADIR)/bash-completion/completions
ZSHDIR ?= $(DATADIR)/zsh/site-functions
FISHDIR ?= $(DATADIR)/fish/vendor_completions.d

# The ABI may change with every minor version below 1.0, with every major one from there on.
version := $(shell sed -n 's/^.define DSC_VERSION "\(.*\)"/\1/p' include/discern/base.h)
abi := $(if $(filter 0.%,$(version)),0.$(word 2,$(subst ., ,$(version))),$(firstword \
	$(subst ., ,$(version))))
installed := $(B)/install
shared := $(installed)/libdiscern.so.$(version)
headers := $(wildcard include/discern/*.h)

# ---- public names ------------------------------------------------------------------------------
# Whatever the headers declare and the library defines; nothing else leaves it, static or shared.
$(installed)/names: $(library) $(headers)
	@mkdir -p $(@D)
	@nm -g --defined-only $(library) | awk 'NF == 3 { print $$3 }' | sort -u >$@.defined
	$(call say,make)$(CC) -E -P $(CPPFLAGS) include/discern/discern.h | grep -oE 'dsc_[a-z0-9_]+' | \
		sort -u | comm -12 - $@.defined >$@

$(installed)/exports: $(installed)/names
	@{ echo "DISCERN_$(abi) {"; echo "global:"; sed 's/$$/;/' $<; echo "local: *;"; echo "};"; } >$@

$(shared): $(library) $(installed)/exports
	$(call say,link)$(CC) -shared $(SANITIZE_FLAGS) $(LDFLAGS) -Wl,-soname,libdiscern.so.$(abi) \
		-Wl,-Bsymbolic -Wl,--version-script,$(installed)/exports -Wl,-z,defs -o $@ \
		-Wl,--whole-archive $(library) -Wl,--no-whole-archive $(LIBS)

# One object, so that names of the rooms among themselves stay inside and meet nobody else's.
$(installed)/libdiscern.a: $(library) $(installed)/names
	@rm -f $@
	$(call say,link)$(LD) -r -o $(installed)/discern.o --whole-archive $(library)
	@objcopy --keep-global-symbols=$(installed)/names $(installed)/discern.o
	$(call say,ar)$(AR) rcs $@ $(installed)/discern.o
	@rm -f $(installed)/discern.o

# ---- texts -------------------------------------------------------------------------------------
# A program with the static library links the others as they are linked here, shared;
# Requires.private would ask for what those need to be static themselves (libbz2, ...).
$(installed)/discern.pc: tools/install.mk Makefile include/discern/base.h FORCE
	@mkdir -p $(@D)
	@{ echo "prefix=$(PREFIX)"; echo "libdir=$(LIBDIR:$(PREFIX)/%=\$${prefix}/%)"; \
		echo "includedir=$(INCLUDEDIR:$(PREFIX)/%=\$${prefix}/%)"; echo; \
		echo "Name: discern"; \
		echo "Description: fits cognitive models to behaviour, trial by trial"; \
		echo "Version: $(version)"; \
		echo "Libs: -L\$${libdir} -ldiscern"; \
		echo "Libs.private: $(LIBS)"; \
		echo "Cflags: -I\$${includedir}"; } >$@

# Manual pages are the help texts: discern(1), and one per verb.
$(installed)/man: $(program) tools/manpage.awk tools/manpages
	@rm -rf $@ && mkdir -p $@
	DISCERN=$(B)/discern tools/manpages $@ $(version)

# ---- putting it there --------------------------------------------------------------------------
.PHONY: install uninstall
into = install -d "$(DESTDIR)$(2)" && install -m $(1) $(3) "$(DESTDIR)$(2)"
install: all $(shared) $(installed)/libdiscern.a $(installed)/discern.pc $(installed)/man
	$(call into,755,$(BINDIR),$(program))
	$(call into,644,$(INCLUDEDIR)/discern,$(headers))
	$(call into,644,$(LIBDIR),$(installed)/libdiscern.a)
	$(call into,755,$(LIBDIR),$(shared))
	ln -sf libdiscern.so.$(version) "$(DESTDIR)$(LIBDIR)/libdiscern.so.$(abi)"
	ln -sf libdiscern.so.$(abi) "$(DESTDIR)$(LIBDIR)/libdiscern.so"
	$(call into,644,$(LIBDIR)/pkgconfig,$(installed)/discern.pc)
	$(call into,644,$(MANDIR)/man1,$(installed)/man/*.1)
	install -d "$(DESTDIR)$(BASHDIR)"
	install -m 644 tools/completion/discern.bash "$(DESTDIR)$(BASHDIR)/discern"
	$(call into,644,$(ZSHDIR),tools/completion/_discern)
	$(call into,644,$(FISHDIR),tools/completion/discern.fish)
	$(call into,644,$(DOCDIR),README.md LICENSE NOTICE CHANGELOG.md)
	$(call into,644,$(DOCDIR)/doc,doc/*)
	cp -R examples "$(DESTDIR)$(DOCDIR)"

uninstall:
	rm -f "$(DESTDIR)$(BINDIR)/discern" "$(DESTDIR)$(LIBDIR)"/libdiscern.a \
		"$(DESTDIR)$(LIBDIR)"/libdiscern.so* "$(DESTDIR)$(LIBDIR)/pkgconfig/discern.pc" \
		"$(DESTDIR)$(MANDIR)"/man1/discern.1 "$(DESTDIR)$(MANDIR)"/man1/discern-*.1 \
		"$(DESTDIR)$(BASHDIR)/discern" "$(DESTDIR)$(ZSHDIR)/_discern" \
		"$(DESTDIR)$(FISHDIR)/discern.fish"
	rm -rf "$(DESTDIR)$(INCLUDEDIR)/discern" "$(DESTDIR)$(DOCDIR)"
