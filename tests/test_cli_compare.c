// SPDX-License-Identifier: Apache-2.0
// test_cli_compare.c — `discern compare`: the worked example of doc/comparing.md, its files and
// JSON, refusals, runs of networks and classical models.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "support/program.h"

static int enter(void **state)
{
    if (program_enter(state) != 0) return -1;
    char *text = program_document("doc/comparing.md");
    program_extract(text, "\n```sh\n", "example.sh");
    free(text);
    program_expect(0, "sh -eu example.sh >example.out");
    return 0;
}

static json_t *compared(const char *arguments)
{
    const program_result r = program_expect(0, "discern compare %s --json -q", arguments);
    json_t *o = json_loads(r.out, 0, NULL);
    assert_non_null(o);
    return o;
}

static double number(json_t *o, const char *key)
{
    json_t *value = json_object_get(o, key);
    if (!json_is_number(value)) fail_msg("%s is no number", key);
    return json_number_value(value);
}

static bool is_text(json_t *o, const char *key, const char *expected)
{
    const char *text = json_string_value(json_object_get(o, key));
    return text && strcmp(text, expected) == 0;
}

// The model of a name.
static json_t *model_of(json_t *o, const char *name)
{
    json_t *m;
    size_t i;
    json_array_foreach(json_object_get(o, "models"), i, m)
    {
        if (is_text(m, "name", name)) return m;
    }
    fail_msg("there is no model %s", name);
    return NULL;
}

// 2 of 3 options on 4 trials, 3 and 1 on one each, as eval counts them.
static void chance_is_of_the_options_that_trials_offer(void **state)
{
    (void)state;
    program_write("masks.csv",
                  "session,choice,reward,a,b,c\n0,0,1,1,1,0\n0,2,0,0,1,1\n0,1,1,1,1,1\n"
                  "1,0,1,1,0,1\n1,1,0,1,1,0\n1,2,1,0,0,1\n");
    for (int seed = 0; seed < 2; seed++)
        program_expect(0,
                       "discern fit gru --data masks.csv -o masks%d seed=%d split.every=0 "
                       "phases.main.steps=5 data.valid_actions=a,b,c -q --no-figures",
                       seed, seed);
    json_t *o = compared("masks0 masks1");
    const double expected = (4 * log(2) + log(3)) / 6;
    assert_true(fabs(number(o, "chance_nll") - expected) < 1e-12);
    json_decref(o);
}

static void the_worked_example_runs_and_the_truth_wins(void **state)
{
    (void)state;
    char *out = program_read("example.out");
    assert_holds(out, "2 models on the same 1000 held-out trials of 10 sessions (10 subjects");
    assert_holds(out, "Best by likelihood: q,");
    assert_holds(out, "Best by BIC: q,");
    assert_holds(out, "protected");
    assert_holds(out, "is not known");
    free(out);
}

static void all_files_are_written_and_not_replaced(void **state)
{
    static const char *const headings[][2] = {
        {"comparison.csv", "model,run,kind,rank,fitted,part,n_trials,"},
        {"subjects.csv", "subject,model,n_trials,nll,"},
        {"differences.csv", "model_a,model_b,score,pooled,"},
        {"selection.csv", "model,evidence,alpha,frequency,exceedance,protected_exceedance,"},
        {"comparison.json", "{"}};
    char path[64];
    (void)state;
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++) {
        snprintf(path, sizeof path, "comparison/%s", headings[i][0]);
        char *text = program_read(path);
        if (!text) fail_msg("%s is not there", path);
        assert_memory_equal(text, headings[i][1], strlen(headings[i][1]));
        free(text);
    }
    program_expect(0, "test $(wc -l < comparison/comparison.csv) -eq 3");
    program_expect(0, "test $(wc -l < comparison/subjects.csv) -eq 21");
    program_expect(0, "test $(wc -l < comparison/differences.csv) -eq 5");
    const program_result r = program_expect(1, "discern compare runs/q runs/gru -o comparison");
    assert_holds(r.err, "comparison/comparison.csv exists already");
    program_expect(0, "discern compare runs/q runs/gru -o comparison --force");
}

static void scores_agree_with_those_of_the_fits(void **state)
{
    (void)state;
    char *text = program_read("runs/gru/summary.json");
    json_t *summary = json_loads(text, 0, NULL);
    json_t *o = compared("runs/q runs/gru"), *in = compared("runs/q runs/gru --in-sample");
    const char *const scores[] = {"nll_per_trial", "accuracy", "pseudo_r2", "bits_per_trial"};
    for (int i = 0; i < 4; i++) {
        json_t *pooled = json_object_get(model_of(o, "gru"), "pooled");
        json_t *fitted = json_object_get(model_of(in, "gru"), "pooled");
        json_t *a = json_object_get(pooled, scores[i]), *b = json_object_get(fitted, scores[i]);
        assert_true(fabs(number(a, "value") -
                         number(json_object_get(summary, "heldout"), scores[i])) < 1e-12);
        assert_true(fabs(number(b, "value") -
                         number(json_object_get(summary, "train"), scores[i])) < 1e-12);
    }
    json_decref(summary);
    json_decref(o);
    json_decref(in);
    free(text);
}

static void parameters_are_counted_and_charged(void **state)
{
    (void)state;
    json_t *o = compared("runs/q runs/gru --in-sample"), *q = model_of(o, "q");
    json_t *gru = model_of(o, "gru");
    assert_true(number(q, "n_parameters") == 20);
    // three gates of 2 inputs, 4 units and a bias; a linear head
    assert_true(number(gru, "n_parameters") == 3 * 4 * (2 + 4 + 1) + 2 * (4 + 1));
    assert_true(fabs(number(q, "aic") - 2 * 20 - 2 * number(q, "nll")) < 1e-9);
    assert_true(fabs(number(q, "bic") - 20 * log(3000) - 2 * number(q, "nll")) < 1e-9);
    // every subject is charged for two parameters and its own 300 trials
    assert_true(fabs(number(q, "subject_bic") - 20 * log(300) - 2 * number(q, "nll")) < 1e-9);
    assert_true(is_text(q, "fitted", "in sample"));
    json_decref(o);
    o = compared("runs/q runs/gru");
    assert_true(is_text(model_of(o, "q"), "fitted", "held out"));
    assert_true(json_is_null(json_object_get(model_of(o, "q"), "aic")));
    json_decref(o);
}

static void a_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    program_expect(0, "discern compare runs/q runs/gru --seed 4 -q -o once >/dev/null");
    program_expect(0, "discern compare runs/q runs/gru --seed 4 -q -o twice >/dev/null");
    program_expect(0, "discern compare runs/q runs/gru --seed 5 -q -o other >/dev/null");
    program_expect(0, "diff -r once twice");
    program_expect(1, "cmp -s once/differences.csv other/differences.csv");
}

static void runs_with_other_splits_are_refused(void **state)
{
    (void)state;
    program_expect(0, "discern fit q_learning --data trials.csv -o runs/all --no-figures -q "
                      "split.every=0");
    program_result r = program_expect(1, "discern compare runs/all runs/gru");
    assert_holds(r.err, "runs/all was fitted to all 40 sessions, runs/gru held out 10 of 40");
    r = program_expect(0, "discern compare runs/all runs/gru --in-sample");
    assert_holds(r.out, "no fair contest: all in sample, gru partly in sample");
}

static void runs_on_other_trials_are_refused(void **state)
{
    (void)state;
    const program_result r = program_expect(1, "discern compare runs/q new/q");
    assert_holds(r.err, "the trials differ, first in column \"subject\": \"0\"");
}

static void equal_models_differ_by_nothing_without_a_sign(void **state)
{
    (void)state;
    program_expect(0, "cp -r runs/q runs/twin");
    const program_result r = program_expect(0, "discern compare runs/q runs/twin -q");
    assert_null(strstr(r.out, "-0.0000"));
    assert_holds(r.out,
                 "it gains 0.0000 nats per trial (mean of 10 subjects, 95 % interval 0.0000 to");
}

static void requests_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    program_expect(2, "discern compare runs/q");
    program_result r = program_expect(1, "discern compare runs/q nowhere");
    assert_holds(r.err, "nowhere/predictions.csv is not there");
    program_expect(0, "cp -r runs/q runs/cut && echo '{}' > runs/cut/split.json");
    r = program_expect(1, "discern compare runs/q runs/cut");
    assert_holds(r.err, "runs/cut/split.json: no list \"train\"");
    program_expect(0, "printf '{' > runs/cut/split.json");
    r = program_expect(1, "discern compare runs/q runs/cut");
    assert_holds(r.err, "no valid JSON");
}

// Evidences of a fit are taken from its fit.csv, if every subject has one.
static void laplace_evidences_are_read(void **state)
{
    (void)state;
    program_expect(0, "for e in 100 90; do cp -r runs/q runs/q-$e; awk -F, -v OFS=, -v e=$e "
                      "'NR > 1 {$6 = 2 - e - NR} {print}' runs/q/fit.csv >runs/q-$e/fit.csv; done");
    json_t *o = compared("runs/q-100 runs/q-90 --in-sample");
    assert_true(is_text(json_object_get(o, "selection"), "evidence", "Laplace"));
    assert_true(number(model_of(o, "q-100"), "laplace_evidence") == -1045);
    assert_true(number(model_of(o, "q-90"), "rank") == 1);
    json_decref(o);
    program_expect(0, "sed -i '3s/,-91,/,,/' runs/q-90/fit.csv");
    o = compared("runs/q-100 runs/q-90 --in-sample");
    assert_true(is_text(json_object_get(o, "selection"), "evidence", "-BIC/2"));
    json_decref(o);
}

// Three subjects of two sessions of 30 trials; the last has no choice, so nothing of it is fitted.
static void every_fit_is_charged_and_what_was_not_fitted_is_not(void **state)
{
    (void)state;
    program_expect(0,
                   "awk 'BEGIN {print \"subject,session,choice,reward\"; for (i = 0; i < 180; i++) "
                   "print int(i / 60) \",\" int(i / 30) %% 2 \",\" (i < 120 ? i %% 3 %% 2 : "
                   "\"\") \",\" i %% 2}' >some.csv; for group in subject session; do discern fit "
                   "q_learning --data some.csv -o by_$group fit.group=$group fit.restarts=5 -q "
                   "--no-figures; done");
    json_t *o = compared("by_subject by_session --in-sample --draws 100");
    for (int sessions = 1; sessions <= 2; sessions++) {
        json_t *m = model_of(o, sessions == 1 ? "by_subject" : "by_session");
        const double nll = number(m, "nll"), k = 2 * sessions * 2;
        assert_true(number(m, "n_parameters") == k);
        assert_true(fabs(number(m, "aic") - (2 * k + 2 * nll)) < 1e-9);
        assert_true(fabs(number(m, "bic") - (k * log(120) + 2 * nll)) < 1e-9);
        assert_true(fabs(number(m, "subject_bic") - (k * log(60) + 2 * nll)) < 1e-9);
    }
    json_decref(o);
}

// The last subject is in no session that was fitted: the others have their evidences.
static void laplace_evidences_are_of_those_who_count(void **state)
{
    (void)state;
    program_expect(0, "discern fit q_learning --data some.csv -o mapped fit.method=map "
                      "fit.restarts=5 -q --no-figures");
    json_t *o = compared("mapped by_subject --in-sample --draws 100");
    const double evidence = number(model_of(o, "mapped"), "laplace_evidence");
    assert_true(isfinite(evidence) && evidence < 0);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example_runs_and_the_truth_wins),
        cmocka_unit_test(all_files_are_written_and_not_replaced),
        cmocka_unit_test(scores_agree_with_those_of_the_fits),
        cmocka_unit_test(parameters_are_counted_and_charged),
        cmocka_unit_test(a_seed_gives_the_same_bytes),
        cmocka_unit_test(chance_is_of_the_options_that_trials_offer),
        cmocka_unit_test(runs_with_other_splits_are_refused),
        cmocka_unit_test(runs_on_other_trials_are_refused),
        cmocka_unit_test(requests_that_make_no_sense_are_refused),
        cmocka_unit_test(equal_models_differ_by_nothing_without_a_sign),
        cmocka_unit_test(laplace_evidences_are_read),
        cmocka_unit_test(every_fit_is_charged_and_what_was_not_fitted_is_not),
        cmocka_unit_test(laplace_evidences_are_of_those_who_count),
    };
    return cmocka_run_group_tests(tests, enter, program_leave);
}
