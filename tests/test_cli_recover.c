// SPDX-License-Identifier: Apache-2.0
// test_cli_recover.c — `discern recover`: its tables, its JSON, its files, its refusals.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "support/program.h"

#define SMALL "--task bandit subjects=8 trials=60 fit.method=map fit.restarts=2 -q"

static void holds(const char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void it_says_what_came_back(void **state)
{
    (void)state;
    const program_result r = program_expect(0, "discern recover q_learning perseveration " SMALL);
    holds(r.out, "parameter");
    holds(r.out, "simulated \\ fitted best");
    holds(r.out, "q_learning, 8 subjects of 60 trials:\n  alpha is ");
    holds(r.out, "Subjects of perseveration are fitted best by it in");
}

static void it_is_there_for_programs_too(void **state)
{
    (void)state;
    const program_result r = program_expect(0, "discern recover q_learning " SMALL " --json");
    json_t *root = json_loads(r.out, 0, NULL);
    assert_non_null(root);
    const json_t *model = json_array_get(json_object_get(root, "models"), 0);
    assert_true(json_is_real(
        json_object_get(json_object_get(json_object_get(model, "parameters"), "alpha"), "r")));
    json_decref(root);
}

static void it_writes_tables_and_replaces_nothing_unasked(void **state)
{
    (void)state;
    program_expect(0, "discern recover q_learning perseveration " SMALL " criterion=aic -o out");
    char *rows = program_read("out/recovery.csv");
    assert_memory_equal(rows, "model,parameter,subject,true,recovered,se\nq_learning,alpha,0,", 61);
    free(rows);
    assert_true(program_has("out/recovery_summary.csv") && program_has("out/confusion.csv") &&
                program_has("out/inversion.csv") && program_has("out/figures/recovery.csv") &&
                program_has("out/figures/recovery-2.gp"));
    holds(program_expect(1, "discern recover q_learning " SMALL " -o out").err, "--force");
}

static void settings_reach_task_model_and_fit(void **state)
{
    (void)state;
    program_expect(0, "discern recover q_learning " SMALL " task.sigma=0 draw=start seed=3 "
                      "q_learning.initial_value=0 sessions=2");
    holds(program_expect(1, "discern recover q_learning " SMALL " task.sigm=0").err, "task.sigma");
}

static void mistakes_are_explained(void **state)
{
    (void)state;
    holds(program_expect(2, "discern recover q_learning").err, "--task");
    holds(program_expect(1, "discern recover gru --task bandit").err, "is a network");
    holds(program_expect(1, "discern recover q_learnin --task bandit").err, "q_learning");
    holds(program_expect(1, "discern recover two_step --task bandit").err, "stage");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_came_back),
        cmocka_unit_test(it_is_there_for_programs_too),
        cmocka_unit_test(it_writes_tables_and_replaces_nothing_unasked),
        cmocka_unit_test(settings_reach_task_model_and_fit),
        cmocka_unit_test(mistakes_are_explained),
    };
    return cmocka_run_group_tests(tests, program_enter, program_leave);
}
