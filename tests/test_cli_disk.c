// SPDX-License-Identifier: Apache-2.0
// test_cli_disk.c — a full disk, a folder that cannot be written to, files that vanish, a second
// writer: the program says so, exits with 1, and what was there before is whole.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/program.h"

#define GRU                                                                            \
    "discern fit gru --data t.csv model.n_units=2 phases.main.steps=%d split.every=2 " \
    "train.checkpoint_every=2 -q --no-figures -o "
// Files end at so many blocks of 512 bytes, as on a full disk.
#define FULL(blocks) "trap '' XFSZ; ulimit -f " #blocks "; "

static int enter(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(
        0, "chmod 755 . && discern simulate bandit -o t.csv sessions=8 trials=60 seed=3 -q");
    program_expect(0, GRU "run", 20);
    return 0;
}

static void a_fit_that_cannot_begin_on_a_full_disk_is_not_in_the_way(void **state)
{
    (void)state;
    const program_result r = program_expect(1, FULL(4) GRU "full", 20);
    assert_holds(r.err, "is the disk full?");
    program_expect(0, GRU "full", 20);
    program_expect(0, "cmp full/predictions.csv run/predictions.csv");
}

// The checkpoint is small enough, the predictions are not.
static void predictions_that_do_not_fit_leave_the_checkpoints(void **state)
{
    (void)state;
    program_expect(1, FULL(16) GRU "ends", 20);
    assert_true(program_has("ends/checkpoints/last.safetensors"));
    assert_false(program_has("ends/predictions.csv"));
    program_expect(0, "test -z \"$(find ends -name '.*tmp*')\"");
    program_expect(0, "discern fit --resume ends -q --no-figures");
    program_expect(0, "cmp ends/predictions.csv run/predictions.csv");
}

static void a_table_that_does_not_fit_leaves_the_old_one(void **state)
{
    (void)state;
    program_expect(0, "echo old > old.csv");
    const program_result r =
        program_expect(1, FULL(2) "discern data convert t.csv -o old.csv --force -q");
    assert_holds(r.err, "is the disk full?");
    program_expect(0, "test \"$(cat old.csv)\" = old; test -z \"$(find . -name '.old*')\"");
}

static void results_that_cannot_be_printed_are_an_error(void **state)
{
    (void)state;
    if (!program_has("/dev/full")) skip();
    assert_holds(program_expect(1, "discern data check t.csv -q > /dev/full").err,
                 "could not be written to stdout");
    assert_holds(program_expect(1, "discern show run --json > /dev/full").err,
                 "could not be written to stdout");
}

// Root may write everywhere: then somebody else tries.
static const char *somebody(void)
{
    if (program_run("test $(id -u) -ne 0").code == 0) return "";
    const char *other = "setpriv --reuid=65534 --clear-groups ";
    return program_run("%sdiscern --version && %stest -r t.csv", other, other).code == 0 ? other
                                                                                         : NULL;
}

static void a_folder_that_cannot_be_written_to_is_named(void **state)
{
    const char *who = somebody();
    (void)state;
    if (!who) {
        print_message("skipped: only root is here, who may write everywhere\n");
        return;
    }
    program_expect(0, "mkdir -p locked && cp t.csv locked && chmod 555 locked");
    assert_holds(program_expect(1, "%sdiscern data convert t.csv -o locked/x.csv -q", who).err,
                 "locked/x.csv: cannot write: Permission denied");
    assert_holds(program_expect(1, "%sdiscern fit gru --data t.csv -o locked/run -q", who).err,
                 "locked/run: cannot make this folder: Permission denied");
    program_expect(0, "%sdiscern data check locked/t.csv -q", who);
    program_expect(0, "cp -r run kept && chmod -R a-w kept");
    assert_holds(program_expect(1, "%sdiscern fit --extend 5 kept -q", who).err,
                 "Permission denied");
    program_expect(0, "%sdiscern eval kept -q", who);
    program_expect(0, "chmod -R u+w kept locked");
}

static void data_that_have_vanished_are_named(void **state)
{
    (void)state;
    program_expect(0, "cp -r run orphan && mv t.csv away.csv");
    assert_holds(program_expect(1, "discern eval orphan -q").err, "t.csv: no such file");
    assert_holds(program_expect(1, "discern fit --extend 5 orphan -q").err, "t.csv: no such file");
    program_expect(0, "mv away.csv t.csv");
    program_expect(0, "rm orphan/checkpoints/*");
    assert_holds(program_expect(1, "discern eval orphan -q").err, "last.safetensors is not there");
    program_expect(0, "diff -r run/split.json orphan/split.json");
}

static void a_second_writer_is_refused_and_the_first_goes_on(void **state)
{
    (void)state;
    const program_result r =
        program_run(GRU "shared & first=$!; "
                        "until test -e shared/checkpoints/last.safetensors; do sleep 0.02; done; "
                        "discern fit --resume shared -q --no-figures; echo second $?; "
                        "kill -INT $first; wait $first; echo first $?",
                    100000000);
    assert_holds(r.err, "shared is in use by process ");
    assert_holds(r.out, "second 1\n");
    assert_holds(r.out, "first 130\n");
}

// A small number here; make torture kills 200 times.
static void fits_that_are_killed_at_random_end_at_the_same_bits(void **state)
{
    (void)state;
    const program_result r = program_expect(0, "cd '%s' && tools/torture 4", program_home());
    assert_holds(r.out, "network: 2 kills, ");
    assert_holds(r.out, "classical: 2 kills, ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fit_that_cannot_begin_on_a_full_disk_is_not_in_the_way),
        cmocka_unit_test(predictions_that_do_not_fit_leave_the_checkpoints),
        cmocka_unit_test(a_table_that_does_not_fit_leaves_the_old_one),
        cmocka_unit_test(results_that_cannot_be_printed_are_an_error),
        cmocka_unit_test(a_folder_that_cannot_be_written_to_is_named),
        cmocka_unit_test(data_that_have_vanished_are_named),
        cmocka_unit_test(a_second_writer_is_refused_and_the_first_goes_on),
        cmocka_unit_test(fits_that_are_killed_at_random_end_at_the_same_bits),
    };
    return cmocka_run_group_tests(tests, enter, program_leave);
}
