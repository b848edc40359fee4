// SPDX-License-Identifier: Apache-2.0
// test_cli_path.c — a path of penalties: its table is made of its runs' own numbers, the chosen
// point follows the rule, show and plot tell it again, and it goes on after a stop.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "support/program.h"

#define FIT                                                                       \
    "discern fit disrnn --data t.csv model.latent_size=2 phases.warmup.steps=10 " \
    "phases.main.steps=20 split.every=2 penalties=0.2,1,50 replicas=3 -q "

static json_t *path;

static int enter(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(0, "discern simulate bandit -o t.csv sessions=6 trials=40 -q");
    path = json_loads(program_expect(0, FIT "-o path --json").out, 0, NULL);
    return path ? 0 : -1;
}

static int leave(void **state)
{
    json_decref(path);
    return program_leave(state);
}

static double number(const json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

static const json_t *point(int k)
{
    return json_array_get(json_object_get(json_object_get(path, "path"), "points"), (size_t)k);
}

static double nll_of(int replica)
{
    json_t *s =
        json_loads(program_expect(0, "cat path/replica-%d/summary.json", replica).out, 0, NULL);
    const double nll = number(json_object_get(s, "heldout"), "nll_per_trial");
    json_decref(s);
    return nll;
}

static double openness_of(int replica)
{
    json_t *s =
        json_loads(program_expect(0, "discern show path/replica-%d --json", replica).out, 0, NULL);
    static const char *const groups[] = {"latent", "update", "choice"};
    double sum = 0;
    for (int i = 0; i < 3; i++)
        sum +=
            number(json_object_get(json_object_get(s, "bottlenecks"), groups[i]), "total_openness");
    json_decref(s);
    return sum;
}

// Replica k is seed k / 3 with penalty k % 3.
static void points_are_means_over_seeds(void **state)
{
    (void)state;
    for (int p = 0; p < 3; p++) {
        double nll = 0, squares = 0, openness = 0, x[3];
        for (int s = 0; s < 3; s++) {
            x[s] = nll_of(3 * s + p);
            nll += x[s] / 3;
            openness += openness_of(3 * s + p) / 3;
        }
        for (int s = 0; s < 3; s++) squares += (x[s] - nll) * (x[s] - nll);
        const json_t *of = json_object_get(point(p), "nll");
        const double half = 4.302652729696142 * sqrt(squares / 2 / 3);
        assert_true(fabs(number(of, "value") - nll) < 1e-9);
        assert_true(fabs(number(of, "high") - nll - half) < 1e-9);
        assert_true(fabs(number(json_object_get(point(p), "openness"), "value") - openness) < 1e-9);
    }
    assert_true(number(point(2), "penalty") == 50);
}

static void the_tightest_within_a_standard_error_is_chosen(void **state)
{
    (void)state;
    const json_t *all = json_object_get(path, "path");
    const double se = number(all, "standard_error");
    double best = INFINITY, chosen = 0;
    for (int p = 0; p < 3; p++)
        best = fmin(best, number(json_object_get(point(p), "nll"), "value"));
    for (int p = 0; p < 3; p++)
        if (number(json_object_get(point(p), "nll"), "value") <= best + se)
            chosen = number(point(p), "penalty");
    assert_true(se > 0 && number(all, "chosen") == chosen);
}

static void show_and_plot_tell_it_again(void **state)
{
    (void)state;
    const program_result r = program_expect(0, "discern show path");
    assert_holds(r.out, "A path of 3 penalties, each with 3 seeds; scores of the held-out trials.");
    assert_holds(r.out, "<- chosen");
    assert_holds(r.out, "over 3 seeds) above the best");
    assert_true(program_has("path/penalty_path.json"));
    assert_true(program_has("path/figures/penalty_path.gp"));
    program_expect(0, "discern plot path penalty_path -o figs");
    assert_holds(program_expect(0, "wc -l < figs/penalty_path.csv").out, "13");
    assert_false(program_has("figs/seeds.csv")); // was not named
    assert_holds(program_expect(1, "discern plot path penalty_path -o figs").err, "--force");
    assert_holds(program_expect(1, "discern plot path bottlenecks -o x").err, "penalty_path");
}

static void one_seed_has_no_intervals(void **state)
{
    (void)state;
    program_expect(0, "discern fit disrnn --data t.csv -o one model.latent_size=2 "
                      "phases.warmup.steps=2 phases.main.steps=2 split.every=2 penalties=1,50 -q");
    const program_result r = program_expect(0, "discern show one");
    assert_holds(r.out, "With one seed the standard error is 0");
    assert_null(strstr(r.out, "nan"));
    program_expect(0, "discern show one | grep -Ec '^(1|50) .* - .* -( |$)' | grep -qx 2");
}

static void the_report_opens_the_chosen_one(void **state)
{
    (void)state;
    program_expect(0, "discern report path -o r.html -q");
    char *page = program_read("r.html");
    assert_holds(page, "along a path of penalties, this is the best seed of the chosen one");
    assert_holds(page, "A path of 3 penalties, each with 3 seeds");
    free(page);
}

// The information penalties of a replica are multiplied, the rest of its config is the path's.
static void replicas_are_runs_of_their_own(void **state)
{
    (void)state;
    const program_result r =
        program_expect(0, "grep -E '^  (latent_penalty|l2_scale):|^(seed|penalties|replicas):' "
                          "path/replica-5/config.yaml | sed 's/ *#.*//'");
    assert_string_equal(r.out, "  latent_penalty: 0.05\n  l2_scale: 1e-05\nseed: 1\nreplicas: 1\n"
                               "penalties: []\n");
    program_expect(0, "discern fit path/replica-5/config.yaml --verify path/replica-5 -q");
}

static void a_stopped_path_goes_on(void **state)
{
    (void)state;
    program_stop(FIT "-o ", "parts", "replica-0/metrics.csv", 0);
    assert_holds(program_run("discern show parts").err, "discern fit --resume");
    program_expect(0, "discern fit --resume parts -q");
    program_expect(0, "cmp path/replica-4/predictions.csv parts/replica-4/predictions.csv");
    program_expect(0, "sed s/parts/path/g parts/penalty_path.json | cmp - path/penalty_path.json");
}

static void folders_that_are_no_path_are_refused(void **state)
{
    (void)state;
    assert_holds(
        program_expect(1, "discern fit disrnn --data t.csv penalties=0.2,1 -o x --folds 2").err,
        "penalties names several");
    assert_holds(program_expect(1, "discern eval path").err, "path holds several replicas");
    program_expect(0, "cp -r path odd && sed -i 's/^penalties:.*/penalties: [1, two]/' "
                      "odd/config.yaml");
    static const char *const verbs[] = {"show odd", "plot odd -o x"};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        assert_holds(program_expect(1, "discern %s", verbs[i]).err,
                     "odd/config.yaml: penalties: \"two\" is not a number; undo the change to it");
    program_expect(0, "cp path/config.yaml odd && echo junk > odd/replica-1/summary.json");
    assert_holds(
        program_expect(1, "discern show odd").err,
        "odd/replica-1/summary.json, line 1: '[' or '{' expected near 'junk', so its scores "
        "are lost; write them again: discern eval odd/replica-1 -o odd/replica-1 --force");
    program_expect(0, "discern eval odd/replica-1 -o odd/replica-1 --force -q && "
                      "discern show odd");
    program_expect(0, "rm -r odd/replica-1 && discern report odd -o odd.html -q");
    char *page = program_read("odd.html");
    assert_holds(page, "What the replicas say together is left out: odd/replica-1 is not a run");
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_means_over_seeds),
        cmocka_unit_test(the_tightest_within_a_standard_error_is_chosen),
        cmocka_unit_test(show_and_plot_tell_it_again),
        cmocka_unit_test(one_seed_has_no_intervals),
        cmocka_unit_test(the_report_opens_the_chosen_one),
        cmocka_unit_test(replicas_are_runs_of_their_own),
        cmocka_unit_test(a_stopped_path_goes_on),
        cmocka_unit_test(folders_that_are_no_path_are_refused),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
