// SPDX-License-Identifier: Apache-2.0
// test_cli_simulate.c — `discern simulate`: subjects whose parameters differ.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/program.h"

#define SIMULATE "discern simulate bandit q_learning --force -q "

static void every_subject_plays_with_its_own_value(void **state)
{
    (void)state;
    program_expect(0, SIMULATE "-o a.csv agent.alpha=0,1 sessions=2 trials=20");
    program_expect(0, "awk -F, 'NR == 1 { if ($10 != \"alpha\") exit 1; next } "
                      "$10 != $1 || ($1 == 0 && $8 != 0.5) { exit 1 } "
                      "$1 == 1 && $8 != 0.5 { moved = 1 } END { exit !moved }' a.csv");
}

static void equal_values_change_nothing(void **state)
{
    (void)state;
    program_expect(0, SIMULATE "-o one.csv agent.beta=2 subjects=3 sessions=2 trials=30");
    program_expect(0, SIMULATE "-o each.csv agent.beta=2,2,2 sessions=2 trials=30");
    program_expect(0, "cut -d, -f1-9 each.csv > cut.csv && cmp one.csv cut.csv");
}

static void of_a_parameter_given_twice_the_later_value_counts(void **state)
{
    (void)state;
    program_expect(0, SIMULATE "-o one.csv subjects=2 sessions=1 trials=9 agent.alpha=0.9");
    program_expect(0, SIMULATE "-o two.csv subjects=2 sessions=1 trials=9 agent.alpha=0.1,0.2 "
                               "agent.alpha=0.9 && cmp one.csv two.csv");
    program_expect(0, SIMULATE "-o three.csv sessions=1 trials=9 agent.alpha=0.1,0.5,0.6");
    program_expect(0, SIMULATE "-o four.csv sessions=1 trials=9 agent.alpha=0.1,0.2 "
                               "agent.alpha=0.1,0.5,0.6 && cmp three.csv four.csv");
}

static void what_goes_beside_a_table_is_not_replaced_unasked(void **state)
{
    (void)state;
    program_expect(0, "echo mine >s_beh.json");
    assert_holds(program_expect(1, "discern simulate bandit -o s_beh.tsv sessions=1 trials=3").err,
                 "s_beh.json exists already");
    program_expect(0, "test ! -e s_beh.tsv && test $(cat s_beh.json) = mine");
    program_expect(0, SIMULATE "-o s_beh.tsv sessions=1 trials=3 --force && grep -q { s_beh.json");
}

static void unfit_lists_are_refused(void **state)
{
    static const char *const cases[][2] = {
        {"agent.alpha=0.1,x", "\"agent.alpha\": \"x\" is not a number"},
        {"agent.alpha=0.1,2", "\"2\" is out of range"},
        {"agent.alpha=0.1,", "\"\" is not a number"},
        {"agent.alpha=0.1,0.2 subjects=3", "agent.alpha has 2 values for 3 subjects"},
        {"agent.alpha=0.1,0.2 agent.beta=1,2,3", "agent.beta has 3 values for 2 subjects"},
        {"agent.alfa=0.1,0.2", "unknown key \"agent.alfa\". Did you mean \"agent.alpha\"?"},
        {"agent.initial_value=1,2", "only parameters of a classical model can differ"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const program_result r = program_expect(1, SIMULATE "-o refused.csv %s", cases[i][0]);
        if (!strstr(r.err, cases[i][1])) fail_msg("%s: %s", cases[i][0], r.err);
    }
    program_expect(0, SIMULATE "-o t.csv sessions=2 trials=20 && discern fit q_learning --data "
                               "t.csv -o run -q --no-figures fit.restarts=1");
    assert_holds(program_expect(1, "discern simulate bandit --agent run -o refused.csv -q "
                                   "agent.alpha=0.1,0.5")
                     .err,
                 "\"agent.alpha=0.1,0.5\" has a value for each subject, but the agent is a run");
    program_expect(0, "test ! -e refused.csv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_subject_plays_with_its_own_value),
        cmocka_unit_test(equal_values_change_nothing),
        cmocka_unit_test(of_a_parameter_given_twice_the_later_value_counts),
        cmocka_unit_test(what_goes_beside_a_table_is_not_replaced_unasked),
        cmocka_unit_test(unfit_lists_are_refused),
    };
    return cmocka_run_group_tests(tests, program_enter, program_leave);
}
