// SPDX-License-Identifier: Apache-2.0
// test_studies.c — the studies of examples/: one command each, here with a few steps and short
// data; the same command again does nothing twice.
#include <stdio.h>
#include <stdlib.h>

#include "support/check.h"
#include "support/program.h"

#define FEW "SESSIONS=12 TRIALS=30 RESTARTS=1"
#define STEPS                                                                         \
    "phases.warmup.steps=2 phases.main.steps=2 model.update_net_n_units_per_layer=3 " \
    "model.latent_size=2 model.update_net_n_layers=1"

static void run_study(const char *name, const char *keys, bool compares)
{
    program_expect(0, FEW " sh examples/%s/run.sh %s " STEPS " %s >first.txt", name, name, keys);
    char path[96];
    static const char *const files[] = {"fit/summary.json", "fit/figures/bottlenecks.svg",
                                        "report.html"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", name, files[i]);
        if (!program_has(path)) fail_msg("%s is missing", path);
    }
    snprintf(path, sizeof path, "%s/comparison/comparison.json", name);
    assert_int_equal(program_has(path), compares);
}

static void studies_of_simulated_agents_run(void **state)
{
    (void)state;
    run_study("q_learning", "", true);
    run_study("actor_critic", "", true);
    run_study("bounded_accumulator", "batch.size=8 phases.settle.steps=2", false);
    assert_holds(program_expect(0, "cat bounded_accumulator/fit/config.yaml").out,
                 "bounded_accumulator/short");
}

static void a_study_goes_on_where_it_was(void **state)
{
    (void)state;
    run_study("q_learning", "", true);
    program_expect(0, "cksum q_learning/choices.csv q_learning/fit/predictions.csv >before.txt");
    program_expect(0, "rm -r q_learning/truth q_learning/report.html");
    run_study("q_learning", "", true);
    program_expect(0, "cksum q_learning/choices.csv q_learning/fit/predictions.csv | cmp - "
                      "before.txt");
    assert_true(program_has("q_learning/truth/fit.csv"));
}

static void the_study_of_dopamine_scores_what_it_predicts(void **state)
{
    (void)state;
    run_study("dopamine", "", true);
    assert_holds(program_expect(0, "cat dopamine/fit/summary.json").out,
                 "\"prev_prediction_error\"");
}

static void studies_of_animals_run(void **state)
{
    (void)state;
    run_study("matching_pennies", "", true);
}

static void subjects_are_laid_on_a_map(void **state)
{
    (void)state;
    program_expect(0, FEW " examples/multisubject/run.sh many " STEPS);
    assert_true(program_has("many/report.html"));
    program_expect(0, "test $(grep -c ^ many/fit/figures/embeddings.csv) -eq 10");
}

static void people_are_held_out(void **state)
{
    (void)state;
    char table[4096];
    program_expect(1, "test -n \"$(examples/dezfouli/run.sh 2>/dev/null)\"");
    snprintf(table, sizeof table, "%s/../shared/data/dezfouli2019/choices_diagno.csv.zip",
             program_home());
    if (!program_has(table)) {
        print_message("skipped: no ../shared/data/dezfouli2019\n");
        return;
    }
    program_expect(0, "examples/dezfouli/run.sh %s people " STEPS, table);
    program_expect(0, "test $(wc -l < people/adapted/adaptation.csv) -eq 21");
    program_expect(0, "grep -q Bipolar people/fit/figures/embeddings.csv");
    const program_result again = program_expect(0, "examples/dezfouli/run.sh %s people", table);
    assert_holds(again.err, "is trained already (step 4)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(studies_of_simulated_agents_run, program_enter,
                                        program_leave),
        cmocka_unit_test_setup_teardown(a_study_goes_on_where_it_was, program_enter, program_leave),
        cmocka_unit_test_setup_teardown(the_study_of_dopamine_scores_what_it_predicts,
                                        program_enter, program_leave),
        cmocka_unit_test_setup_teardown(studies_of_animals_run, program_enter, program_leave),
        cmocka_unit_test_setup_teardown(subjects_are_laid_on_a_map, program_enter, program_leave),
        cmocka_unit_test_setup_teardown(people_are_held_out, program_enter, program_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
