// SPDX-License-Identifier: Apache-2.0
// test_cli_clicks.c — from clicks to figures with the program: networks read the clicks without
// being told, only the last step of a session is scored, and figures of clicks are drawn.
#include <stdlib.h>

#include "support/check.h"
#include "support/program.h"

static void make_clicks(void)
{
    program_expect(0, "discern simulate poisson_clicks bounded_accumulator -o clicks.csv "
                      "sessions=80 task.max_bins=20 task.min_bins=10 task.base_rate=6 "
                      "task.differences=-6,6 -q");
}

static void networks_read_clicks_without_being_told(void **state)
{
    (void)state;
    make_clicks();
    const program_result r = program_expect(
        0, "discern fit gru --data clicks.csv -o run phases.main.steps=20 --json --threads 2");
    assert_holds(r.err, "every session ends with its only choice, so the inputs are left,right");
    assert_holds(r.out, "\"n_trials\": 80,"); // one choice per session
    char *config = program_read("run/config.yaml");
    assert_holds(config, "inputs: [\"left\", \"right\"]");
    free(config);
    assert_true(program_has("run/figures/psychometric.csv"));
    assert_true(program_has("run/figures/click_kernel.gp"));
    assert_false(program_has("run/figures/stay.csv"));
    program_expect(0, "discern show run");
    program_expect(0, "discern eval run --data clicks.csv");
    program_expect(0, "discern plot run psychometric click_kernel --task poisson_clicks "
                      "task.max_bins=20 task.min_bins=10 task.base_rate=6 task.differences=-6,6 "
                      "-o figures");
    char *data = program_read("figures/psychometric.csv");
    assert_holds(data, "\nsimulated,");
    free(data);
    const program_result other =
        program_run("discern plot run click_kernel --task bandit -o elsewhere");
    assert_int_equal(other.code, 1);
    assert_holds(other.err, "gru reads \"left\"");
    program_expect(0, "discern simulate bandit -o plain.csv sessions=2 trials=10 -q");
    assert_holds(program_expect(1, "discern plot run click_kernel --against plain.csv -o x").err,
                 "plain.csv has no columns \"left\" and \"right\", the clicks: choose a task or a "
                 "file that has them (discern tasks poisson_clicks)");
}

static void other_inputs_may_be_named(void **state)
{
    (void)state;
    make_clicks();
    program_expect(0, "discern fit gru --data clicks.csv -o other phases.main.steps=2 "
                      "data.inputs=right --no-figures -q");
    char *config = program_read("other/config.yaml");
    assert_holds(config, "inputs: [\"right\"]");
    free(config);
    const program_result r = program_run("discern plot other psychometric -o nowhere");
    assert_int_equal(r.code, 1);
    assert_holds(r.err, "says nothing about a gru");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(networks_read_clicks_without_being_told, program_enter,
                                        program_leave),
        cmocka_unit_test_setup_teardown(other_inputs_may_be_named, program_enter, program_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
