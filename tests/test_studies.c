// SPDX-License-Identifier: Apache-2.0
// test_studies.c — the studies of examples/ run to their end, and again; with few steps and, where
// they simulate, fewer trials.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "support/program.h"

#define FEW "phases.warmup.steps=2 phases.main.steps=2"

static void subjects_are_laid_on_a_map(void **state)
{
    (void)state;
    program_expect(0, "mkdir -p many && discern simulate bandit q_learning -o many/subjects.csv -q "
                      "sessions=4 trials=30 agent.alpha=0.1,0.5,0.9");
    program_expect(0, "examples/multisubject/run.sh many " FEW);
    assert_true(program_has("many/fit/figures/embeddings.csv"));
    assert_true(program_has("many/report.html"));
    const program_result again = program_expect(0, "examples/multisubject/run.sh many");
    assert_holds(again.err, "is trained already (step 4)");
}

static void people_are_held_out(void **state)
{
    (void)state;
    const char *table = "shared/data/dezfouli2019/choices_diagno.csv.zip";
    char path[4096];
    snprintf(path, sizeof path, "%s/../%s", program_home(), table);
    program_expect(1, "test -n \"$(examples/dezfouli/run.sh 2>/dev/null)\"");
    if (!program_has(path)) {
        print_message("skipped: no ../%s\n", table);
        return;
    }
    program_expect(0, "examples/dezfouli/run.sh %s people " FEW, path);
    program_expect(0, "test $(wc -l < people/adapted/adaptation.csv) -eq 21");
    program_expect(0, "grep -q Bipolar people/fit/figures/embeddings.csv");
    const program_result again = program_expect(0, "examples/dezfouli/run.sh %s people", path);
    assert_holds(again.err, "is trained already (step 4)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subjects_are_laid_on_a_map),
        cmocka_unit_test(people_are_held_out),
    };
    return cmocka_run_group_tests(tests, program_enter, program_leave);
}
