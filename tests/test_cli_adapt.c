// SPDX-License-Identifier: Apache-2.0
// test_cli_adapt.c — `discern adapt`: only what belongs to subjects is fitted, on the first
// sessions of each, and scored on the others; the table's numbers are those of the predictions.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "discern/train.h"
#include "support/program.h"

#define MANY "disrnn_multisubject model.latent_size=2 phases.warmup.steps=40 phases.main.steps=5 "

// Subjects 0 ... 3 of four sessions each; new.csv has three others under labels of its own.
static int enter(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(0, "discern simulate bandit q_learning -o t.csv sessions=4 trials=50 "
                      "agent.alpha=0.1,0.3,0.6,0.9 -q");
    program_expect(0, "discern simulate bandit q_learning -o n.csv sessions=4 trials=50 "
                      "agent.alpha=0.2,0.5,0.9 --seed 5 -q");
    program_expect(0, "awk -F, -v OFS=, 'NR > 1 { $1 = \"rat \" $1 } { print }' n.csv >new.csv");
    program_expect(0, "awk 'NR <= 51 || !/^rat 0/' new.csv >one.csv");
    program_expect(0, "awk -F, 'NR < 3 || $1 $2 == first; NR == 2 {first = $1 $2}' new.csv "
                      ">single.csv");
    program_expect(0, "discern fit " MANY "--data t.csv -o many split.unit=subject split.every=4 "
                      "split.offset=2 -q --no-figures");
    program_expect(0, "discern fit gru --data t.csv -o gru phases.main.steps=30 -q --no-figures");
    return 0;
}

// NLL per trial of a subject's last two sessions in a file of predictions.
static double nll_of(const char *file, const char *subject)
{
    const program_result r = program_expect(
        0,
        "awk -F, -v s='%s' '$1 == s { if (!($2 in seen)) { seen[$2] = ++m } "
        "if (seen[$2] > 2) { sum -= $NF; n++ } } END { printf \"%%.9f\", sum / n }' %s",
        subject, file);
    return strtod(r.out, NULL);
}

static double cell_of(const char *file, const char *subject, int column)
{
    const program_result r =
        program_expect(0, "awk -F, -v s='%s' '$1 == s { print $%d }' %s", subject, column, file);
    return strtod(r.out, NULL);
}

static void assert_near(double x, double y)
{
    if (!(x - y < 1e-7 && y - x < 1e-7)) fail_msg("%.9g is not %.9g", x, y);
}

static void a_run_goes_on_with_first_sessions_and_is_scored_on_the_others(void **state)
{
    (void)state;
    const program_result r =
        program_expect(0, "discern adapt gru --data new.csv -o a phases.adapt.steps=20 -q");
    assert_holds(r.out, "before (as it was) and after");
    assert_holds(r.out, "mean over 3 subjects (95 % interval");
    program_expect(0, "discern eval gru --data new.csv -o e -q");
    const double before = nll_of("e/predictions.csv", "rat 1");
    const double after = nll_of("a/predictions.csv", "rat 1");
    assert_near(cell_of("a/adaptation.csv", "rat 1", 6), before);
    assert_near(cell_of("a/adaptation.csv", "rat 1", 7), after);
    assert_true(before != after);
    assert_near(cell_of("a/adaptation.csv", "rat 1", 2), 2);
    assert_near(cell_of("a/adaptation.csv", "rat 1", 5), 100);
    assert_holds(program_expect(0, "cat a/adaptation.json").out, "\"part\": \"test\"");
}

// Whether the parameter of a run and of its adaptation has the same bits; its first subject's
// value.
static bool is_same(const char *run, const char *adapted, const char *name)
{
    dsc_context *ctx = NULL;
    dsc_run *a = NULL, *b = NULL;
    int rows, cols;
    assert_int_equal(dsc_context_create(NULL, &ctx), DSC_OK);
    assert_int_equal(dsc_run_open(ctx, run, NULL, &a), DSC_OK);
    assert_int_equal(dsc_run_open(ctx, adapted, NULL, &b), DSC_OK);
    const double *x = dsc_run_parameter(a, name, &rows, &cols);
    const double *y = dsc_run_parameter(b, name, NULL, NULL);
    const bool same = memcmp(x, y, (size_t)(rows * cols) * sizeof *x) == 0;
    dsc_run_close(ctx, &a);
    dsc_run_close(ctx, &b);
    dsc_context_destroy(&ctx);
    return same;
}

static void only_the_embedding_is_fitted(void **state)
{
    (void)state;
    const program_result r =
        program_expect(0, "discern adapt many --data new.csv -o b phases.adapt.steps=20");
    assert_holds(r.err, "trained are subject_embedding_weights.w: 6 of");
    assert_holds(r.out, "before (the mean embedding) and after");
    static const char *const frozen[] = {"subject_embedding_weights.b", "latent_inits",
                                         "choice_net.input_weights", "update_net.1.output_biases",
                                         "subj_emb_global_sigma_params"};
    for (size_t i = 0; i < sizeof frozen / sizeof *frozen; i++)
        assert_true(is_same("many", "b", frozen[i]));
    assert_false(is_same("many", "b", "subject_embedding_weights.w"));
}

static void without_data_the_subjects_that_were_held_out_are_new(void **state)
{
    (void)state;
    const program_result r = program_expect(
        0, "discern adapt many -o c --first 0.75 phases.adapt.steps=5 -q && cut -d, -f1-5 "
           "c/adaptation.csv && grep subjects: c/config.yaml");
    assert_holds(r.out, "\n2,3,150,1,50\n");
    assert_holds(r.out, "subjects: [\"2\"]");
    assert_null(strstr(r.out, "\n1,"));
}

static void predictions_of_who_was_not_trained_on_are_warned_of(void **state)
{
    (void)state;
#define UNTRAINED "t.csv: nothing was trained on 1 of 4 subjects (\"2\")"
    assert_holds(program_expect(0, "grep -c 'nothing was trained on' many/warnings.txt").out, "1");
    assert_holds(program_expect(0, "cat many/warnings.txt").out, UNTRAINED);
    assert_holds(program_expect(0, "discern eval many -q").err, UNTRAINED);
    assert_null(strstr(program_expect(0, "discern eval gru -q").err, "nothing was trained"));
    program_expect(0, "test ! -e gru/warnings.txt");
}

static void a_stopped_adaptation_goes_on_to_the_same_numbers(void **state)
{
    (void)state;
#define ADAPT "discern adapt many --data new.csv phases.adapt.steps=400 -q -o "
    program_expect(0, ADAPT "whole");
    const program_result r = program_stop(ADAPT, "parts", "metrics.csv", 3);
    assert_holds(r.err, "the state was saved. To go on: discern adapt --resume parts");
    program_expect(0, "discern adapt --resume parts -q");
    program_expect(0, "cmp whole/adaptation.csv parts/adaptation.csv");
}

static void a_stopped_adaptation_keeps_its_warnings_once(void **state)
{
    (void)state;
    program_expect(0, "awk -F, -v OFS=, 'NR %% 3 == 0 { $4 = -1 } { print }' new.csv >odd.csv");
    program_stop("discern adapt gru --data odd.csv phases.adapt.steps=100000000 -q -o ", "odd",
                 "metrics.csv", 1);
    program_expect(0, "test $(grep -c 'values below 0' odd/warnings.txt) = 1");
}

static void what_cannot_be_adapted_is_refused(void **state)
{
    (void)state;
    static const struct {
        int code;
        const char *words, *said;
    } cases[] = {
        {1, "gru -o x", "gru was trained on every subject of"},
        {1, "gru --data ./t.csv -o x", "gru was trained on every subject of"},
        {1, "gru --data new.csv -o x replicas=2", "an adaptation is one run: leave out replicas"},
        {1, "many --data new.csv -o x penalties=1,2", "an adaptation is one run"},
        {1, "q --data new.csv -o x", "q was fitted with fit.method=mle"},
        {1, "gru --data new.csv -o x --first 1", "--first 1: give the share"},
        {2, "gru --data new.csv -o x --first half", "--first \"half\" is not a number"},
        {1, "gru --data one.csv -o x", "subject \"rat 0\" has one session only, and needs one to"},
        {1, "gru --data single.csv -o x",
         "there is one session only, and a share of sessions is to be held out; cut every "
         "session instead: split.unit=trial split.aside=false"},
        {1, "gru --data new.csv -o x train.trainable=embedding", "\"embedding\" fits no parameter"},
        {1, "gru --data new.csv -o gru", "holds a run already"},
        {1, "nothing --data new.csv -o x", "nothing is not a run"},
        {2, "gru -o x --map choice=c", "go with --data FILE"},
        {2, "gru --data new.csv", "-o DIR"},
        {1, "values --data new.csv -o x", "values predicts no choices (mse); only runs that do"},
        {1, "long -o x", "the labels of its 6 new subjects are too long for a config"},
        {2, "--resume gru --first 0.3", "--resume reads gru/config.yaml"},
    };
    program_expect(0, "discern fit q_learning --data t.csv -o q fit.restarts=2 -q --no-figures");
    program_expect(0, "discern fit gru --data t.csv -o values loss.name=mse data.targets=reward "
                      "phases.main.steps=2 -q --no-figures");
    program_expect(0, "awk -F, -v OFS=, '{ s = sprintf(\"%%0200d\", $1) } NR > 1 { $1 = s } "
                      "{ print } NR > 1 { $1 = \"x\" s; print; $1 = \"y\" s; print }' t.csv "
                      ">long.csv");
    program_expect(0, "discern fit gru --data long.csv -o long phases.main.steps=2 -q --no-figures "
                      "split.unit=subject split.every=2");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const program_result r =
            program_expect(cases[i].code, "discern adapt %s -q", cases[i].words);
        assert_holds(r.err, cases[i].said);
        assert_false(program_has("x"));
    }
    // a run that began at random has nothing to be compared with, and is not gone on with for that
    program_stop("discern fit gru --data t.csv phases.main.steps=100000000 -q -o ", "long-fit",
                 "metrics.csv", 1);
    program_expect(0, "cp long-fit/metrics.csv before.csv");
    assert_holds(program_expect(1, "discern adapt --resume long-fit -q").err,
                 "long-fit is no adaptation: it did not start from another run. Go on with it: "
                 "discern fit --resume long-fit");
    program_expect(0, "cmp before.csv long-fit/metrics.csv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_goes_on_with_first_sessions_and_is_scored_on_the_others),
        cmocka_unit_test(only_the_embedding_is_fitted),
        cmocka_unit_test(without_data_the_subjects_that_were_held_out_are_new),
        cmocka_unit_test(predictions_of_who_was_not_trained_on_are_warned_of),
        cmocka_unit_test(a_stopped_adaptation_goes_on_to_the_same_numbers),
        cmocka_unit_test(a_stopped_adaptation_keeps_its_warnings_once),
        cmocka_unit_test(what_cannot_be_adapted_is_refused),
    };
    return cmocka_run_group_tests(tests, enter, program_leave);
}
