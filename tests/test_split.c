// SPDX-License-Identifier: Apache-2.0
// test_split.c — which sessions, subjects and trials a rule holds out; split files that fit or not.
#include <string.h>

#include "support/tables.h"

// Four subjects of two groups with three sessions of 5, 4 and 1 trials each.
static void read_sessions(table_test *t)
{
    static const int lengths[] = {5, 4, 1};
    dsc_text text = {0};
    dsc_text_add(t->ctx, &text, "subject,session,group,choice\n");
    for (int s = 0; s < 4; s++)
        for (int k = 0; k < 3; k++)
            for (int i = 0; i < lengths[k]; i++)
                dsc_text_add(t->ctx, &text, "%c,%d,%s,%d\n", 'a' + s, k, s % 2 ? "old" : "young",
                             i % 2);
    CHECK_OK(t->ctx, read_text(t, "a.csv", text.s, NULL));
    dsc_text_free(t->ctx, &text);
}

// The parts of the twelve sessions as "T..HX": trains, is held out, is kept aside.
static void check_parts(table_test *t, const dsc_split_rule *rule, const char *expected)
{
    dsc_split split;
    char parts[16] = "";
    CHECK_OK(t->ctx, dsc_split_make(t->ctx, t->table, rule, &split));
    for (int s = 0; s < 12; s++) parts[s] = ".HX"[split.heldout[s]];
    if (strcmp(parts, expected) != 0) fail_msg("%s: %s, not %s", split.rule, parts, expected);
    dsc_split_free(t->ctx, &split);
}

static void rules_hold_out_what_they_say(void **state)
{
    table_test *t = *state;
    read_sessions(t);
    check_parts(t, &(dsc_split_rule){.every = 3, .offset = 1}, ".H..H..H..H.");
    check_parts(t, &(dsc_split_rule){.every = 0}, "............");
    check_parts(t, &(dsc_split_rule){.unit = DSC_SPLIT_SUBJECTS, .every = 2, .offset = 1},
                "...HHH...HHH");
    check_parts(t, &(dsc_split_rule){.last = 0.25}, ".........HHH");
    check_parts(t, &(dsc_split_rule){.last = 0.3, .stratify = "subject"}, "..H..H..H..H");
    check_parts(t, &(dsc_split_rule){.every = 3, .offset = 0, .stratify = "subject"},
                "H..H..H..H..");
    check_parts(t, &(dsc_split_rule){.unit = DSC_SPLIT_SUBJECTS, .last = 0.5}, "......HHHHHH");
    check_parts(t, &(dsc_split_rule){.last = 0.3, .stratify = "subject", .aside = true},
                "..X..X..X..X");
    check_parts(t, &(dsc_split_rule){.every = 3, .offset = 1, .aside = true}, ".X..X..X..X.");
}

// Young: subjects a and c, old: b and d; of both every second one.
static void strata_give_their_share(void **state)
{
    table_test *t = *state;
    read_sessions(t);
    check_parts(t, &(dsc_split_rule){.unit = DSC_SPLIT_SUBJECTS, .every = 2, .stratify = "group"},
                "HHHHHH......");
    check_parts(t, &(dsc_split_rule){.unit = DSC_SPLIT_SUBJECTS, .last = 0.5, .stratify = "group"},
                "......HHHHHH");
}

static void folds_hold_out_every_session_once(void **state)
{
    table_test *t = *state;
    int times[12] = {0};
    read_sessions(t);
    for (int k = 0; k < 5; k++) {
        const dsc_split_rule rule = {.every = 5, .offset = k, .shuffle = true, .seed = 3};
        dsc_split split;
        CHECK_OK(t->ctx, dsc_split_make(t->ctx, t->table, &rule, &split));
        for (int s = 0; s < 12; s++) times[s] += split.heldout[s] == DSC_HELDOUT;
        dsc_split_free(t->ctx, &split);
    }
    for (int s = 0; s < 12; s++) assert_int_equal(times[s], 1);
}

static void nested_folds_split_what_the_outer_one_leaves(void **state)
{
    table_test *t = *state;
    read_sessions(t);
    check_parts(t, &(dsc_split_rule){.test_every = 3, .test_offset = 0, .every = 4, .offset = 1},
                "X.HX..X.HX.."); // of 1 2 4 5 7 8 10 11: the second and the sixth, 2 and 8
}

static void shuffling_is_a_function_of_the_seed(void **state)
{
    table_test *t = *state;
    char first[12], other[12];
    read_sessions(t);
    for (uint64_t seed = 1; seed <= 2; seed++) {
        const dsc_split_rule rule = {.every = 2, .shuffle = true, .seed = seed};
        dsc_split a, b;
        CHECK_OK(t->ctx, dsc_split_make(t->ctx, t->table, &rule, &a));
        CHECK_OK(t->ctx, dsc_split_make(t->ctx, t->table, &rule, &b));
        assert_memory_equal(a.heldout, b.heldout, 12);
        memcpy(seed == 1 ? first : other, a.heldout, 12);
        dsc_split_free(t->ctx, &a);
        dsc_split_free(t->ctx, &b);
    }
    assert_memory_not_equal(first, other, 12);
}

static void the_end_of_every_session_can_be_held_out(void **state)
{
    table_test *t = *state;
    dsc_split split;
    int first, last;
    read_sessions(t);
    CHECK_OK(t->ctx,
             dsc_split_make(t->ctx, t->table,
                            &(dsc_split_rule){.unit = DSC_SPLIT_TRIALS, .last = 0.4}, &split));
    dsc_split_trials(&split, t->table, 0, DSC_TRAIN, &first, &last);
    assert_true(first == 0 && last == 3);
    dsc_split_trials(&split, t->table, 0, DSC_HELDOUT, &first, &last);
    assert_true(first == 3 && last == 5);
    dsc_split_trials(&split, t->table, 0, DSC_TEST, &first, &last);
    assert_true(first == last);
    dsc_split_trials(&split, t->table, 2, DSC_TRAIN, &first, &last); // of one trial
    assert_true(first == 0 && last == 1);
    dsc_split_trials(&split, t->table, 2, DSC_HELDOUT, &first, &last);
    assert_true(first == last);
    dsc_split_free(t->ctx, &split);
}

static void rules_that_make_no_sense_are_refused(void **state)
{
    table_test *t = *state;
    dsc_split split;
    const struct {
        dsc_split_rule rule;
        const char *sentence;
    } refused[] = {
        {{.every = 1}, "every 1-th session cannot be held out"},
        {{.test_every = 1, .every = 2}, "every 1-th session cannot be held out"},
        {{.every = 3, .offset = -1}, "offset -1 is out of range; with every 3-th session it is 0"},
        {{.every = 3, .offset = 3}, "offset 3 is out of range; with every 3-th session it is 0"},
        {{.every = 20, .offset = 15}, "offset 15 holds out nothing"},
        {{.last = 1.5}, "give a share between 0 and 1"},
        {{.last = -0.5}, "the last -0.5 cannot be held out; give a share between 0 and 1"},
        {{.last = 0.01}, "holds out none"},
        {{.unit = DSC_SPLIT_SUBJECTS, .last = 0.9}, "holds out all of them"},
        {{.unit = DSC_SPLIT_TRIALS, .every = 2}, "split.unit=trial split.last=0.2"},
        {{.unit = DSC_SPLIT_TRIALS, .last = 0.2, .test_every = 4}, "and nothing else"},
        {{.unit = DSC_SPLIT_TRIALS, .last = 0.2, .aside = true}, "and nothing else"},
        {{.every = 2, .stratify = "age"}, "no column \"age\" to stratify"},
    };
    read_sessions(t);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK_FAILS(t->ctx, DSC_INPUT, refused[i].sentence,
                    dsc_split_make(t->ctx, t->table, &refused[i].rule, &split));
}

// ---- files --------------------------------------------------------------------------------------

static void a_split_is_read_as_it_was_written(void **state)
{
    table_test *t = *state;
    static const dsc_split_rule rules[] = {
        {.every = 3, .offset = 2},
        {.test_every = 4, .every = 2, .offset = 1},
        {.unit = DSC_SPLIT_TRIALS, .last = 0.3},
    };
    read_sessions(t);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        dsc_split made, read;
        char a[17], b[17];
        CHECK_OK(t->ctx, dsc_split_make(t->ctx, t->table, &rules[i], &made));
        CHECK_OK(t->ctx, dsc_split_write(t->ctx, t->table, &made, test_path(t, "s.json")));
        CHECK_OK(t->ctx, dsc_split_read(t->ctx, t->table, test_path(t, "s.json"), &read));
        CHECK_OK(t->ctx, dsc_split_hash(t->ctx, &made, a));
        CHECK_OK(t->ctx, dsc_split_hash(t->ctx, &read, b));
        assert_string_equal(a, b);
        assert_string_equal(made.rule, read.rule);
        assert_true(!made.cut == !read.cut);
        dsc_split_free(t->ctx, &made);
        dsc_split_free(t->ctx, &read);
    }
}

static void a_split_that_does_not_fit_is_refused(void **state)
{
    table_test *t = *state;
    dsc_split split;
    static const struct {
        const char *text, *sentence;
    } refused[] = {
        {"{\"train\": []}", "no list \"heldout\""},
        {"{\"train\": [{\"subject\": \"1\", \"session\": \"x\", \"n_trials\": 3}], \"heldout\": "
         "[]}",
         "has no session \"x\""},
        {"{\"train\": [{\"subject\": \"1\", \"session\": \"1\", \"n_trials\": 4}], \"heldout\": "
         "[]}",
         "has 4 trials in the split and 3"},
        {"{\"train\": [{\"subject\": \"1\", \"session\": \"1\", \"n_trials\": 3, \"trials\": [0, "
         "3]}],"
         " \"heldout\": []}",
         "in \"train\" they are [0, k]"},
        {"{\"train\": [{\"subject\": \"1\", \"session\": \"1\", \"n_trials\": 3, \"trials\": [0, "
         "2]}],"
         " \"heldout\": [{\"subject\": \"1\", \"session\": \"1\", \"n_trials\": 3, \"trials\": [1, "
         "3]}]}",
         "in \"heldout\" [k, 3]"},
        {"{\"train\": [], \"heldout\": []}", "is in neither part"},
        {"[1", "no valid JSON"},
    };
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice\n0\n1\n1\n", NULL));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        write_bytes(t, "s.json", refused[i].text, strlen(refused[i].text));
        CHECK_FAILS(t->ctx, DSC_INPUT, refused[i].sentence,
                    dsc_split_read(t->ctx, t->table, test_path(t, "s.json"), &split));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(rules_hold_out_what_they_say),
        TABLE_TEST(strata_give_their_share),
        TABLE_TEST(folds_hold_out_every_session_once),
        TABLE_TEST(nested_folds_split_what_the_outer_one_leaves),
        TABLE_TEST(shuffling_is_a_function_of_the_seed),
        TABLE_TEST(the_end_of_every_session_can_be_held_out),
        TABLE_TEST(rules_that_make_no_sense_are_refused),
        TABLE_TEST(a_split_is_read_as_it_was_written),
        TABLE_TEST(a_split_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
