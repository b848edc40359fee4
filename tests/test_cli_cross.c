// SPDX-License-Identifier: Apache-2.0
// test_cli_cross.c — `discern fit --folds`: each session is predicted by the fold that held it out;
// an interrupted cross-validation goes on to the same bytes; compare takes it as held out.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/program.h"

#define FIT "discern fit q_learning --data t.csv fit.restarts=3 -q --no-figures "

static int enter(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(
        0, "discern simulate bandit q_learning -o t.csv subjects=3 sessions=4 trials=40 -q");
    program_expect(0, FIT "--folds 2 -o cv");
    return 0;
}

// The lines of sessions whose number (counted over the table) leaves `rest` when divided by 2.
static void lines_of(const char *file, int rest, const char *to)
{
    program_expect(0,
                   "awk -F, -v r=%d 'NR > 1 { k = $1 \"/\" $2; if (!(k in n)) n[k] = m++; "
                   "if (n[k] %% 2 == r) print }' %s >%s",
                   rest, file, to);
}

static void every_session_is_predicted_by_the_fold_that_held_it_out(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        char fold[64];
        snprintf(fold, sizeof fold, "cv/fold-%d/predictions.csv", k);
        lines_of("cv/predictions.csv", k, "all");
        lines_of(fold, k, "held");
        program_expect(0, "test -s all && cmp all held");
        lines_of(fold, 1 - k, "fitted");
        lines_of("cv/predictions.csv", 1 - k, "other");
        program_expect(1, "cmp -s fitted other");
    }
}

static void an_interrupted_one_goes_on_to_the_same_bytes(void **state)
{
    (void)state;
    program_expect(0, "cp -r cv broken && rm -r broken/fold-1 broken/predictions.csv");
    program_expect(0, "discern fit --resume broken -q --no-figures");
    program_expect(0, "cmp cv/predictions.csv broken/predictions.csv");
    program_expect(0, "cmp cv/summary.json broken/summary.json");
}

static void it_goes_on_though_a_fold_has_lost_its_config(void **state)
{
    (void)state;
    program_expect(0, "discern models q_learning --text >mine.cog");
    program_expect(0, "discern fit mine.cog --data t.csv fit.restarts=3 -q --no-figures --folds 2 "
                      "-o whole && cp -r whole bare && mv mine.cog elsewhere.cog");
    program_expect(0, "rm bare/fold-0/config.yaml bare/predictions.csv && "
                      "discern fit --resume bare -q --no-figures");
    program_expect(0, "cmp whole/fold-0/config.yaml bare/fold-0/config.yaml && "
                      "cmp whole/predictions.csv bare/predictions.csv");
    program_expect(0, "rm -r bare/fold-0 bare/fold-1/config.yaml bare/fold-1/summary.json && "
                      "discern fit --resume bare -q --no-figures");
    program_expect(0, "cmp whole/fold-1/config.yaml bare/fold-1/config.yaml && "
                      "cmp whole/predictions.csv bare/predictions.csv");
    program_expect(0, "discern report bare -o bare.html -q");
}

static void what_makes_another_split_is_refused_before_anything_is_written(void **state)
{
    static const struct {
        const char *given, *sentence;
    } rows[] = {
        {"--folds 13", "in 13 folds needs as many sessions, but t.csv has 12"},
        {"--folds 4 split.unit=subject fit.group=model",
         "in 4 folds needs as many subjects, but t.csv has 3"},
        {"--folds 2 split.test_every=4", "split.test_every is 4, but a cross-validation predicts"},
        {"--folds 2 split.every=3", "split.every"},
        {"--folds 2 split.offset=0", "split.offset"},
        {"--folds 2 split.last=0.2", "split.last"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_holds(program_expect(1, FIT "%s -o none", rows[i].given).err, rows[i].sentence);
        assert_false(program_has("none"));
    }
}

static void compare_takes_it_as_held_out(void **state)
{
    (void)state;
    program_expect(0, "discern fit gru --data t.csv --folds 2 model.n_units=2 "
                      "phases.main.steps=5 -q --no-figures -o net");
    const program_result r = program_expect(0, "discern compare cv net -q");
    assert_holds(r.out, "on the same 480 held-out trials of 12 sessions");
    assert_holds(r.out, "No model was fitted to them");
    program_expect(0, FIT "-o plain");
    const program_result refused = program_expect(1, "discern compare cv plain -q");
    assert_holds(refused.err, "was fitted to all 12 sessions");
    for (int i = 0; i < 3; i++) {
        static const char *const verbs[] = {"show cv", "plot cv", "eval cv --data t.csv -o e"};
        assert_holds(program_expect(1, "discern %s", verbs[i]).err,
                     "cv is not a run, but a cross-validation");
    }
}

static void what_cannot_be_folded_is_refused(void **state)
{
    (void)state;
    program_result r = program_expect(1, FIT "--folds 1 -o one");
    assert_holds(r.err, "take 2 or more");
    r = program_expect(1, FIT "--folds 2 replicas=2 -o many");
    assert_holds(r.err, "replicas is 2");
    r = program_expect(1, FIT "--folds 2 split.aside=true -o aside");
    assert_holds(r.err, "leave split.aside out");
    r = program_expect(1, FIT "--folds 2 -o cv");
    assert_holds(r.err, "--force");
    r = program_expect(2, "discern fit --resume cv --folds 2");
    assert_holds(r.err, "--folds starts");
    program_expect(0, "cp -r cv half && rm half/predictions.csv half/fold-1/summary.json");
    assert_holds(
        program_expect(1, "discern compare half cv").err,
        "half is a cross-validation that is not finished; finish it: discern fit --resume half");
    r = program_expect(1, "discern fit --extend 3 cv");
    assert_holds(r.err, "cv is a cross-validation, which is not extended");
    assert_holds(program_expect(2, "discern fit --resume cv --threads 1").err,
                 "the folds of cv go on with the threads and instruction set of their config.yaml");
}

static void it_is_replaced_wholly_by_its_like_only(void **state)
{
    (void)state;
    program_expect(0, FIT "--folds 4 -o anew && cp anew/cv.json four.json");
    assert_holds(program_expect(1, FIT "--folds 2 -o anew").err,
                 "anew holds a cross-validation already");
    assert_holds(program_expect(1, "discern fit q_learning --data none.csv --folds 2 -o anew "
                                   "--force -q")
                     .err,
                 "none.csv");
    assert_holds(program_expect(1, "discern fit q_learning --data t.csv --start anew/fold-1 "
                                   "fit.method=gradient phases.main.steps=2 --folds 2 -o anew "
                                   "--force -q")
                     .err,
                 "would replace");
    assert_holds(program_expect(1, "sleep 60 & echo $! >anew/fold-3/lock; " FIT
                                   "--folds 2 -o anew --force; code=$?; kill $!; "
                                   "rm anew/fold-3/lock; exit $code")
                     .err,
                 "anew/fold-3 is in use");
    program_expect(0, "cmp four.json anew/cv.json && test -e anew/fold-3/summary.json");
    program_expect(0, FIT "--folds 2 -o anew --force");
    program_expect(0, "cmp cv/predictions.csv anew/predictions.csv && "
                      "test ! -e anew/fold-2 && test ! -e anew/fold-3 && test ! -e anew/lock");
    assert_holds(program_expect(1, FIT "-o anew --force").err, "files that are not a run's");
}

static void no_other_result_is_made_a_cross_validation(void **state)
{
    static const char *const others[] = {"single", "seeds", "scored"};
    (void)state;
    program_expect(0, FIT "-o single && discern eval single -o scored -q && "
                          "discern fit gru --data t.csv model.n_units=2 phases.main.steps=2 "
                          "replicas=2 -q --no-figures -o seeds");
    for (int i = 0; i < 3; i++) {
        assert_holds(program_expect(1, FIT "--folds 2 -o %s --force", others[i]).err,
                     "which --force does not replace by another kind of result");
        program_expect(0, "test ! -e %s/cv.json && test ! -e %s/fold-0", others[i], others[i]);
    }
    assert_holds(program_expect(1, "discern eval single -o cv --force -q").err,
                 "cv holds a cross-validation");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_session_is_predicted_by_the_fold_that_held_it_out),
        cmocka_unit_test(an_interrupted_one_goes_on_to_the_same_bytes),
        cmocka_unit_test(it_goes_on_though_a_fold_has_lost_its_config),
        cmocka_unit_test(what_makes_another_split_is_refused_before_anything_is_written),
        cmocka_unit_test(compare_takes_it_as_held_out),
        cmocka_unit_test(what_cannot_be_folded_is_refused),
        cmocka_unit_test(it_is_replaced_wholly_by_its_like_only),
        cmocka_unit_test(no_other_result_is_made_a_cross_validation),
    };
    return cmocka_run_group_tests(tests, enter, program_leave);
}
