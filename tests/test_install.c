// SPDX-License-Identifier: Apache-2.0
// test_install.c — what `make install` puts there works without the project around it: headers,
// libraries that give away their public names only, manual pages, completions; what
// `make uninstall` takes away again; and what tools/setup asks apt-get for. Skipped in builds with
// sanitizers, which nobody installs.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/program.h"

// The tree is there as long as the group's folder; "tree" is its name in it.
#define TREE "$PWD/tree/opt/discern"

static program_result make(const char *target)
{
    const char *program = getenv("DISCERN");
    const int folder = program ? (int)(strrchr(program, '/') - program) : 0;
    return program_expect(
        0,
        "unset MAKEFLAGS ONLY; make -s -C %s %s %s%.*s DESTDIR=\"$PWD/tree\" PREFIX=/opt/discern",
        program_home(), target, program ? "B=" : "", folder, program ? program : "");
}

static int install(void **state)
{
    if (program_enter(state) != 0) return -1;
    if (SANITIZED) return 0;
    setenv("PKG_CONFIG_PATH", "tree/opt/discern/lib/pkgconfig", 1);
    make("install");
    return 0;
}

static void skip_if_sanitized(void)
{
    if (SANITIZED) skip();
}

// Skips the test unless the machine has such a program.
static void need(const char *program)
{
    skip_if_sanitized();
    if (program_run("command -v %s", program).code != 0) skip();
}

static void everything_is_in_its_place(void **state)
{
    static const char *const files[] = {
        "bin/discern",
        "lib/libdiscern.a",
        "lib/libdiscern.so",
        "lib/pkgconfig/discern.pc",
        "include/discern/discern.h",
        "include/discern/ops.h",
        "share/man/man1/discern.1",
        "share/man/man1/discern-data-check.1",
        "share/bash-completion/completions/discern",
        "share/zsh/site-functions/_discern",
        "share/fish/vendor_completions.d/discern.fish",
        "share/doc/discern/README.md",
        "share/doc/discern/LICENSE",
        "share/doc/discern/doc/manual.md",
        "share/doc/discern/examples/gru.yaml",
    };
    char path[256];
    (void)state;
    skip_if_sanitized();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "tree/opt/discern/%s", files[i]);
        if (!program_has(path)) fail_msg("%s is missing", path);
    }
    assert_holds(program_expect(0, TREE "/bin/discern --version").out, "discern ");
    // the link that a program is run with is the library's own name, with the ABI's number
    const program_result r = program_expect(
        0, "readelf -d " TREE "/lib/libdiscern.so | sed -n 's/.*soname: \\[\\(.*\\)\\]/\\1/p'");
    snprintf(path, sizeof path, "tree/opt/discern/lib/%.*s", (int)strcspn(r.out, "\n"), r.out);
    assert_holds(path, "libdiscern.so.0");
    assert_true(program_has(path));
}

static void headers_compile_alone_in_c_and_cplusplus(void **state)
{
    (void)state;
    skip_if_sanitized();
    program_expect(0, "cd tree/opt/discern/include/discern && for header in *.h; do "
                      "echo \"#include \\\"discern/$header\\\"\" | "
                      "${CC:-cc} -std=c11 -xc -Wall -Wextra -pedantic -Werror -fsyntax-only -I.. - "
                      "|| exit 1; done");
    need("c++");
    program_expect(0, "cd tree/opt/discern/include/discern && for header in *.h; do "
                      "echo \"#include \\\"discern/$header\\\"\" | "
                      "c++ -xc++ -Wall -Wextra -Werror -fsyntax-only -I.. - || exit 1; done");
}

static void only_public_names_leave_the_libraries(void **state)
{
    (void)state;
    skip_if_sanitized();
    program_expect(0, "nm -D --defined-only " TREE "/lib/libdiscern.so | "
                      "awk '$2 != \"A\" { sub(/@.*/, \"\", $3); print $3 }' | sort >shared");
    program_expect(0, "nm -g --defined-only " TREE "/lib/libdiscern.a | "
                      "awk 'NF == 3 { print $3 }' | sort >static");
    program_expect(0, "cat " TREE "/include/discern/*.h | tr -c 'a-z0-9_' '\\n' | sort -u >said");
    program_expect(0, "grep -q '^dsc_table_read$' shared && cmp shared static");
    // operations are declared by the rows of ops.h, without the prefix
    const program_result r =
        program_expect(0, "sed 's/^dsc_//' said | sort -u - said | comm -23 shared - >secret; "
                          "sed 's/^dsc_//' secret | comm -23 - said");
    assert_string_equal(r.out, "");
}

static void every_verb_has_a_manual_page_without_a_warning(void **state)
{
    (void)state;
    need("groff");
    const program_result r =
        program_expect(0, "for page in " TREE "/share/man/man1/*.1; do "
                          "groff -man -ww -Tascii $page 2>&1 >/dev/null; done");
    assert_string_equal(r.out, "");
    program_expect(0, "discern --help | sed -n 's/^  \\([a-z][a-z ]*[a-z]\\)  .*/\\1/p' >verbs; "
                      "test $(wc -l <verbs) -ge 18; while read verb; do "
                      "test -s \"" TREE "/share/man/man1/discern-$(echo $verb | tr ' ' -).1\" || "
                      "{ echo \"$verb\"; exit 1; }; done <verbs");
    const char *page =
        program_expect(0, "groff -man -Tascii -P-cbou " TREE "/share/man/man1/discern-fit.1").out;
    assert_holds(page, "discern-fit - train or fit a model");
    assert_holds(page, "-o, --output RUN");
    assert_holds(page, "discern fit --resume runs/gru");
    assert_holds(page, "discern-eval(1)");
}

// ---- programs that use the library --------------------------------------------------------------

// Both example programs, compiled with nothing but the installed tree, and what they find: a
// learner simulated with alpha 0.3 and beta 3.
static void check_examples(const char *where, const char *flags, const char *environment)
{
    program_expect(0,
                   "for example in fit_own_cell fit_shipped_model; do "
                   "${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror $example.c %s "
                   "$(pkg-config --define-variable=prefix=" TREE " %s discern) -lm -o $example-%s "
                   "|| exit 1; done",
                   flags, strcmp(where, "static") ? "--cflags --libs" : "--static --cflags --libs",
                   where);
    program_result r = program_expect(0, "%s ./fit_own_cell-%s trials.csv", environment, where);
    double gain, loss, beta, nll;
    assert_int_equal(
        sscanf(r.out, "gain %lf loss %lf beta %lf NLL per trial %lf", &gain, &loss, &beta, &nll),
        4);
    if (fabs(gain - 0.3) > 0.06 || fabs(loss - 0.3) > 0.06 || fabs(beta - 3) > 0.4 || nll > 0.6)
        fail_msg("%s", r.out);
    r = program_expect(0, "%s ./fit_shipped_model-%s trials.csv q_learning", environment, where);
    double alpha;
    assert_int_equal(sscanf(strstr(r.out, "alpha"), "alpha %lf", &alpha), 1);
    if (fabs(alpha - 0.3) > 0.06) fail_msg("%s", r.out);
    r = program_expect(1, "%s ./fit_own_cell-%s nowhere.csv", environment, where);
    assert_holds(r.err, "fit_own_cell: nowhere.csv: no such file");
    r = program_expect(1, "%s ./fit_shipped_model-%s trials.csv q_lerning", environment, where);
    assert_holds(r.err, "Did you mean \"q_learning\"?");
}

static void examples_compile_and_run_with_the_installed_library_alone(void **state)
{
    (void)state;
    need("pkg-config");
    program_expect(0,
                   "cp " TREE "/share/doc/discern/examples/fit_*.c . && discern simulate bandit "
                   "q_learning -o trials.csv sessions=40 trials=200 agent.alpha=0.3 agent.beta=3");
    check_examples("shared", "", "LD_LIBRARY_PATH=" TREE "/lib");
    program_expect(0, "readelf -d fit_own_cell-shared | grep -q libdiscern.so.0");
    program_expect(0, "mkdir only && cp " TREE "/lib/libdiscern.a only"); // no shared one beside it
    check_examples("static", "-Lonly", "");
    program_expect(1, "readelf -d fit_own_cell-static | grep -q libdiscern");
}

// As they are told to compile in their first lines; the libraries are found below DESTDIR.
static void examples_compile_with_the_command_that_they_name(void **state)
{
    (void)state;
    need("pkg-config");
    program_expect(0, "cp " TREE "/share/doc/discern/examples/fit_*.c . && "
                      "export PKG_CONFIG_SYSROOT_DIR=\"$PWD/tree\"; "
                      "for example in fit_own_cell fit_shipped_model; do "
                      "command=$(sed -n 's|^//   cc |${CC:-cc} |p' $example.c) && "
                      "test -n \"$command\" && "
                      "eval \"$command\" && "
                      "test -x $example || exit 1; done");
}

// Names of the rooms among themselves are free for others.
static void a_program_may_use_names_of_the_inside(void **state)
{
    (void)state;
    need("pkg-config");
    program_expect(0, "mkdir -p only && cp " TREE "/lib/libdiscern.a only");
    program_write("names.c",
                  "#include <discern/discern.h>\n"
                  "int cholesky, batch_make, cog_add, builder_add;\n"
                  "int main(void)\n{\n    dsc_context *ctx = NULL;\n"
                  "    const int bad = dsc_context_create(NULL, &ctx);\n"
                  "    dsc_context_destroy(&ctx);\n"
                  "    return bad + cholesky + batch_make + cog_add + builder_add;\n}\n");
    program_expect(0, "${CC:-cc} names.c -Lonly $(pkg-config --define-variable=prefix=" TREE
                      " --static --cflags --libs discern) -o names && ./names");
}

// ---- completion ---------------------------------------------------------------------------------

// What bash offers for a line, its words given one by one as bash cuts them.
static const char *offered(const char *words)
{
    return program_expect(0,
                          "cat >complete.bash <<'END'\n"
                          ". tree/opt/discern/share/bash-completion/completions/discern\n"
                          "COMP_WORDS=(discern %s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                          "_discern; printf '%%s ' \"${COMPREPLY[@]}\"\n"
                          "END\nbash complete.bash",
                          words)
        .out;
}

static void bash_completes_verbs_options_names_and_keys(void **state)
{
    static const char *const cases[][2] = {
        {"fi", "fit filter "},
        {"data ch", "check "},
        {"fit --re", "--resume "},
        {"fit -orun gr", "gru "},
        {"fit disr", "disrnn disrnn_multisubject disrnn_neuro disrnn_paper "},
        {"simulate two", "two_step "},
        {"simulate bandit q_learning agent.al", "agent.alpha= "},
        {"recover q_learning --task bandit task.n", "task.n_arms= "},
        {"plot run bottle", "bottlenecks "},
        {"fit gru model.n_u", "model.n_units= "},
        {"fit disrnn phases.warmup.st", "phases.warmup.steps= "},
        {"fit gru optimizer.name = ada", "adam adamw "},
        {"fit gru --isa av", "avx2 avx512 "},
        {"fit gru --isa = av", "avx2 avx512 "},
        {"eval RUN --checkpoint ''", "best last "},
        {"eval RUN --data exam", "examples "},
        {"fit gru --data examples/gr", "examples/gru.yaml "},
        {"show exa", "examples "},
        {"nonsense ''", " "},
    };
    (void)state;
    need("bash");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(offered(cases[i][0]), cases[i][1]) != 0)
            fail_msg("discern %s: \"%s\", not \"%s\"", cases[i][0], offered(cases[i][0]),
                     cases[i][1]);
}

static void fish_completes_the_same(void **state)
{
    (void)state;
    need("fish");
    const program_result r = program_expect(
        0,
        "HOME=$PWD fish -c 'source tree/opt/discern/share/fish/vendor_completions.d/discern.fish; "
        "complete -C \"discern data ch\"; complete -C \"discern fit gru optimizer.name=ada\"; "
        "complete -C \"discern show exa\"'");
    assert_holds(r.out, "check\tread a trial table");
    assert_holds(r.out, "optimizer.name=adamw");
    assert_holds(r.out, "examples/");
}

static void zsh_reads_its_completion(void **state)
{
    (void)state;
    need("zsh");
    program_expect(0, "zsh -n tree/opt/discern/share/zsh/site-functions/_discern");
}

// ---- what the tests themselves wish for ---------------------------------------------------------

// A machine without any package, whose apt-get refuses one of them.
static void a_package_that_cannot_be_had_does_not_lose_the_others(void **state)
{
    (void)state;
    program_expect(0, "mkdir machine && cd machine && echo 'exit 0' >dpkg-query && "
                      "echo 'exec \"$@\"' >sudo && "
                      "echo 'echo \"$*\" >>said; case $* in *chromium*) exit 1; esac' >apt-get && "
                      "sed -i '1i #!/bin/sh' * && chmod +x *");
    const program_result r =
        program_expect(0, "cd machine && PATH=\"$PWD:$PATH\" %s/tools/setup test", program_home());
    assert_holds(r.err, "setup: chromium cannot be had here; tests that need it are skipped");
    program_expect(0, "cd machine && grep -q 'install .* clang$' said && "
                      "grep -q 'install .* libclang-rt-dev$' said && "
                      "test $(grep -c update said) = 1");
}

// ---- the end ------------------------------------------------------------------------------------

static void uninstalling_leaves_nothing(void **state)
{
    (void)state;
    skip_if_sanitized();
    make("uninstall");
    assert_string_equal(program_expect(0, "find tree ! -type d").out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_in_its_place),
        cmocka_unit_test(headers_compile_alone_in_c_and_cplusplus),
        cmocka_unit_test(only_public_names_leave_the_libraries),
        cmocka_unit_test(every_verb_has_a_manual_page_without_a_warning),
        cmocka_unit_test(examples_compile_and_run_with_the_installed_library_alone),
        cmocka_unit_test(examples_compile_with_the_command_that_they_name),
        cmocka_unit_test(a_program_may_use_names_of_the_inside),
        cmocka_unit_test(bash_completes_verbs_options_names_and_keys),
        cmocka_unit_test(fish_completes_the_same),
        cmocka_unit_test(zsh_reads_its_completion),
        cmocka_unit_test(a_package_that_cannot_be_had_does_not_lose_the_others),
        cmocka_unit_test(uninstalling_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, install, program_leave);
}
