// SPDX-License-Identifier: Apache-2.0
// test_cli_split.c — splits from the command line and in configs, and what fits make of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/program.h"

#define GRU                                                                                  \
    "discern fit gru --data %s model.n_units=2 phases.main.steps=12 train.evaluate_every=4 " \
    "-q --no-figures -o "
#define CLASSICAL "discern fit q_learning --data %s fit.restarts=3 -q --no-figures -o "

// Five subjects with four sessions of 30 trials; and the first 24 trials of each.
static int enter(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(0, "discern simulate bandit -o t.csv subjects=5 sessions=4 trials=30 seed=3 -q");
    program_expect(0, "awk -F, 'NR == 1 || $3 < 24' t.csv > first.csv");
    return 0;
}

// A session that is cut short may be longer in the table than one that is not.
static void a_split_cuts_every_session_where_it_says(void **state)
{
    (void)state;
    program_expect(0,
                   "awk -F, 'NR == 1 || $2 < 1 && $3 < 29 || $2 == 1' t.csv >uneven.csv && "
                   "discern data split uneven.csv --by trial --last 0.2 -o uneven.json && "
                   "sed 's/\\b24\\b/5/g' uneven.json >cut.json && ! cmp -s uneven.json cut.json");
    for (int i = 0; i < 2; i++)
        program_expect(0,
                       CLASSICAL "own%d --split cut.json --engine %s && "
                                 "discern show own%d | grep -E '^(train|heldout)' >own%d.txt",
                       "uneven.csv", i, i ? "ref" : "lanes", i, i);
    program_expect(0, "cmp own0.txt own1.txt");
}

static void every_kind_of_split_is_written(void **state)
{
    static const struct {
        const char *options, *said;
    } kinds[] = {
        {"--every 3 --offset 2",
         "14 sessions (420 trials) train, 6 sessions (180 trials) are held"},
        {"--by subject --every 5", "16 sessions (480 trials) train, 4 sessions (120 trials) are"},
        {"--last 0.25 --stratify subject", "15 sessions (450 trials) train, 5 sessions (150"},
        {"--by trial --last 0.2", "20 sessions (480 trials) train, 20 sessions (120 trials) are"},
        {"--shuffle --seed 2 --every 4", "15 sessions (450 trials) train, 5 sessions (150"},
        {"--every 2147483647 --offset 5", "19 sessions (570 trials) train, 1 sessions (30 trials)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        assert_holds(
            program_expect(0, "discern data split t.csv %s -o s.json --force -q", kinds[i].options)
                .out,
            kinds[i].said);
}

static void folds_are_written_one_file_each(void **state)
{
    (void)state;
    program_expect(0, "discern data split t.csv --folds 3 -o f.json -q");
    assert_true(program_has("f-0.json") && program_has("f-1.json") && program_has("f-2.json"));
    assert_false(program_has("f-3.json") || program_has("f.json"));
    const program_result r =
        program_expect(0, "discern data split t.csv --folds 3 --inner 2 -o n.json -q");
    assert_holds(r.out,
                 "n-2-1.json: 7 sessions (210 trials) train, 7 sessions (210 trials) are held "
                 "out, 6 sessions (180 trials) are kept aside");
    program_expect(1, "discern data split t.csv --folds 3 -o f.json -q"); // they are there
}

static void folds_are_all_written_or_none(void **state)
{
    (void)state;
    program_expect(0, "echo mine >a-2.json");
    program_expect(1, "discern data split t.csv --folds 3 -o a.json -q");
    program_expect(0, "test ! -e a-0.json && test $(cat a-2.json) = mine");
    assert_holds(program_expect(1, "discern data split t.csv --folds 2 -o a.json -q --force").err,
                 "a-2.json is there, a fold of more folds than these");
    program_expect(0, "echo mine >b-0-2.json");
    assert_holds(program_expect(1, "discern data split t.csv --folds 2 --inner 2 -o b.json").err,
                 "b-0-2.json is there, a fold of more folds than these");
    assert_holds(program_expect(1, "discern data split t.csv --folds 21 -o c.json").err,
                 "has 20 sessions, too few for so many folds");
    assert_holds(program_expect(1, "discern data split t.csv --folds 2 --inner 11 -o c.json").err,
                 "too few for so many folds");
    program_expect(0, "test ! -e b-0-0.json && test ! -e c-0.json && test ! -e c-0-0.json");
    program_expect(2, "discern data split t.csv --folds 4294967299 -o c.json");
    program_expect(2, "discern fit gru --data t.csv --folds 4294967298 -o c");
}

static void slips_are_refused(void **state)
{
    (void)state;
    assert_holds(program_expect(1, "discern data split t.csv --by foo -o x.json -q").err,
                 "Known: session, subject, trial");
    assert_holds(program_expect(2, "discern data split t.csv --every 2 --last 0.5 -o x.json").err,
                 "one of --every, --folds and --last");
    assert_holds(program_expect(2, "discern data split t.csv --inner 2 -o x.json").err, "--folds");
    assert_holds(program_expect(2, "discern data split t.csv --every 0 -o x.json").err,
                 "--every 0 holds out nothing");
    assert_holds(program_expect(2, "discern data split t.csv --last most -o x.json").err,
                 "no share");
    assert_holds(program_expect(1, GRU "x split.unit=trial", "t.csv").err, "split.last=0.2");
    assert_false(program_has("x.json") || program_has("x"));
}

// Trained on the first trials of every session, a network is what it is on a table of only these.
static void the_end_of_sessions_does_not_train_a_network(void **state)
{
    (void)state;
    program_expect(0, GRU "cut split.unit=trial split.last=0.2", "t.csv");
    program_expect(0, GRU "short split.every=0", "first.csv");
    program_expect(0, "cut -d, -f3,4,7 cut/metrics.csv > a; cut -d, -f3,4,7 short/metrics.csv > b; "
                      "cmp a b");
    program_expect(0, "tail -1 cut/metrics.csv | cut -d, -f5 | grep -q 0[.]6");
    assert_holds(program_expect(0, "discern eval cut -q").out, "heldout        20     120");
    program_expect(0, "discern fit --verify cut -q");
}

static void the_end_of_sessions_is_not_fitted(void **state)
{
    (void)state;
    program_expect(0, CLASSICAL "q-cut split.unit=trial split.last=0.2", "t.csv");
    program_expect(0, CLASSICAL "q-short", "first.csv");
    program_expect(0, "cmp q-cut/fit.csv q-short/fit.csv");
    assert_holds(program_expect(1, "discern compare q-cut q-short -q").err,
                 "holds out the ends of sessions, but whole sessions are compared");
}

// The last held-out score that training wrote is the one that evaluation finds.
static void held_out_ends_are_scored_alike_while_training_and_after(void **state)
{
    (void)state;
    program_expect(0, GRU "seen split.unit=trial split.last=0.3", "t.csv");
    program_expect(0, "discern eval seen --checkpoint last --json -q > e.json");
    program_expect(0, "a=$(tail -1 seen/metrics.csv | cut -d, -f5 | cut -c1-7); "
                      "grep -A5 '\"heldout\"' e.json | grep -q \"nll_per_trial.: $a\"");
}

static void a_test_part_is_scored_by_itself(void **state)
{
    (void)state;
    program_expect(0, CLASSICAL "aside split.test_every=4 split.every=3 split.offset=0", "t.csv");
    const program_result r = program_expect(0, "discern eval aside -q");
    assert_holds(r.out, "train          10");
    assert_holds(r.out, "heldout         5");
    assert_holds(r.out, "test            5");
}

static void choices_that_are_held_out_do_not_make_the_others_less_constant(void **state)
{
    (void)state;
    program_expect(0, "awk 'BEGIN { print \"session,choice,reward\"; for (i = 0; i < 40; i++) "
                      "print 1 \",\" (i > 29 ? i %% 2 : 0) \",\" i %% 3 %% 2 }' > late.csv");
    program_expect(0, CLASSICAL "late split.unit=trial split.last=0.25", "late.csv");
    assert_holds(program_expect(0, "cat late/fit.csv").out, "constant");
}

static void folds_over_subjects_predict_each_by_the_fold_that_had_not_seen_it(void **state)
{
    (void)state;
    program_expect(0, GRU "crossed --folds 5 split.unit=subject", "t.csv");
    assert_holds(program_expect(0, "cat crossed/fold-2/split.json").out, "subject 2 of every 5");
    program_expect(0, "discern eval crossed/fold-2 --checkpoint last -o fold -q && "
                      "grep '^2,' fold/predictions.csv > a && "
                      "grep '^2,' crossed/predictions.csv > b && cmp a b");
}

static void strata_within_a_session_are_refused(void **state)
{
    (void)state;
    program_expect(0, "awk -F, -v OFS=, 'NR == 1 { $(NF + 1) = \"dose\" } NR > 1 "
                      "{ $(NF + 1) = NR == 40 ? 5 : 1 } 1' t.csv >doses.csv");
    const char *refused = "column \"dose\" changes within the session";
    program_result r = program_expect(1, "discern data split doses.csv --every 2 --stratify dose "
                                         "-o doses.json -q");
    assert_holds(r.err, "doses.csv, line 40, subject \"0\", session \"1\"");
    assert_holds(r.err, refused);
    r = program_expect(1, CLASSICAL "doses split.every=2 split.stratify=dose", "doses.csv");
    assert_holds(r.err, refused);
}

static void keys_of_a_split_that_is_not_made_are_refused(void **state)
{
    static const struct {
        const char *keys, *sentence; // no sentence: they have an effect
    } rows[] = {
        {"split.unit=subject", "split.unit has no effect here: nothing is held out; give split."},
        {"split.stratify=subject", "split.stratify has no effect here: no sessions or subjects"},
        {"split.shuffle=true", "split.shuffle has no effect here"},
        {"split.unit=trial split.last=0.2 split.shuffle=true", "split.shuffle has no effect"},
        {"split.aside=true", "split.aside has no effect here"},
        {"split.offset=1", "split.offset has no effect here: no every n-th is held out"},
        {"split.last=0.2 split.offset=1", "split.offset has no effect here"},
        {"split.last=0.2 split.every=3", "split.every has no effect here: split.last holds out"},
        {"split.every=2 split.test_offset=1", "split.test_offset has no effect here: nothing is"},
        {"split.every=2 split.seed=4", "split.seed has no effect here: nothing is shuffled"},
        {"--split own.json split.every=2", "split.* has no effect here: the split is read from a"},
        {"split.every=0 split.last=0.2", NULL},
        {"split.every=2 split.shuffle=true split.seed=4 split.stratify=subject", NULL},
        {"split.test_every=4 split.test_offset=1 split.unit=session", NULL},
        {"split.last=0.2 split.aside=true split.unit=subject fit.group=model", NULL},
    };
    (void)state;
    program_expect(0, "discern data split t.csv --every 2 -o own.json --force -q");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const program_result r = program_expect(rows[i].sentence ? 1 : 0,
                                                CLASSICAL "keys --force %s", "t.csv", rows[i].keys);
        if (rows[i].sentence) assert_holds(r.err, rows[i].sentence);
    }
}

static void a_split_of_other_data_is_refused(void **state)
{
    (void)state;
    program_expect(0, "discern data split t.csv --every 2 -o own.json --force -q");
    assert_holds(program_expect(1, GRU "other --split own.json", "first.csv").err,
                 "has 30 trials in the split and 24 in ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_split_cuts_every_session_where_it_says),
        cmocka_unit_test(every_kind_of_split_is_written),
        cmocka_unit_test(folds_are_written_one_file_each),
        cmocka_unit_test(folds_are_all_written_or_none),
        cmocka_unit_test(slips_are_refused),
        cmocka_unit_test(the_end_of_sessions_does_not_train_a_network),
        cmocka_unit_test(the_end_of_sessions_is_not_fitted),
        cmocka_unit_test(held_out_ends_are_scored_alike_while_training_and_after),
        cmocka_unit_test(a_test_part_is_scored_by_itself),
        cmocka_unit_test(choices_that_are_held_out_do_not_make_the_others_less_constant),
        cmocka_unit_test(folds_over_subjects_predict_each_by_the_fold_that_had_not_seen_it),
        cmocka_unit_test(strata_within_a_session_are_refused),
        cmocka_unit_test(keys_of_a_split_that_is_not_made_are_refused),
        cmocka_unit_test(a_split_of_other_data_is_refused),
    };
    return cmocka_run_group_tests(tests, enter, program_leave);
}
