// SPDX-License-Identifier: Apache-2.0
// test_data_labs.c — the file formats of laboratories: the bandit of rats, Poisson clicks. Small
// files are written here; golden/datasets.c and golden/clicks.c compare the reference's own.
#include <string.h>

#include "support/tables.h"

#define FIELDS(sides, types, rewards, starts)                                        \
    "{\"rewards\": [" rewards "], \"sides\": " sides ", \"trial_types\": " types "," \
    " \"new_sess\": [" starts "], \"task\": \"x\"}"

// ---- the bandit of rats -------------------------------------------------------------------------

static const char two_rats[] =
    "[" FIELDS("\"lrvrl\"", "\"ffflf\"", "1, 0, 0, 1, 0", "0, 1, 0, 0, 1") ",\n" FIELDS(
        "[\"r\", \"l\"]", "[\"f\", \"r\"]", "0, 0.5", "true, false") "]";

static void rats_become_subjects_without_violations_and_early_trials(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.json", two_rats, NULL));
    assert_int_equal(t->table->n_subjects, 2);
    assert_int_equal(t->table->n_sessions, 3);
    assert_string_equal(t->table->subject[1], "1");
    assert_int_equal(t->table->session[0].n_trials, 2);
    assert_column(t, "choice", "1 1 0 1 0");
    assert_column(t, "reward", "0 1 0 0 0.5");
    assert_column(t, "instructed", "0 1 0 0 1");
    assert_string_equal(dsc_table_column(t->table, "choice")->label[1], "right");
    check_contains(t->notes, "2 rats; 1 violations and 1 trials before a rat's first session are "
                             "left out; 2 instructed trials are inputs and not scored");
}

static void one_rat_is_named_by_its_number(void **state)
{
    table_test *t = *state;
    write_bytes(t, "a.json", two_rats, strlen(two_rats));
    CHECK_OK(t->ctx, read_with(t, "a.json#1", NULL));
    assert_int_equal(t->table->n_subjects, 1);
    assert_string_equal(t->table->subject[0], "1");
    assert_column(t, "choice", "1 0");
    CHECK_FAILS(t->ctx, DSC_INPUT, "there is no rat \"2\"; there are rats 0 ... 1",
                read_with(t, "a.json#2", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT, "there is no rat \"x\"", read_with(t, "a.json#x", NULL));
}

static void a_single_rat_needs_no_list(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.json", FIELDS("\"rl\"", "\"ff\"", "0, 1", "1, 0"), NULL));
    assert_column(t, "choice", "1 0");
}

static void a_table_with_such_columns_is_no_rat_file(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx,
             read_text(t, "a.json",
                       "[{\"sides\": \"l\", \"trial_types\": \"f\", \"new_sess\": 1, \"choice\": "
                       "0}]",
                       NULL));
    assert_column(t, "new_sess", "1");
}

static void damaged_rats_are_refused_with_rat_and_trial(void **state)
{
    table_test *t = *state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"[" FIELDS("\"lx\"", "\"ff\"", "1, 0", "1, 0") "]",
         "rat 0, trial 2: its side is none of \"l\", \"r\" and \"v\""},
        {"[" FIELDS("[\"l\", \"lr\"]", "\"ff\"", "1, 0", "1, 0") "]", "rat 0, trial 2: its side"},
        {"[" FIELDS("\"l\"", "\"f\"", "1", "1") "," FIELDS("\"lr\"", "\"ff\"", "1", "1, 0") "]",
         "rat 1: \"rewards\" has 1 values, but \"sides\" has 2"},
        {"[" FIELDS("\"l\"", "\"f\"", "null", "1") "]",
         "rat 0, trial 1: its value in \"rewards\" is no number"},
        {"[" FIELDS("\"l\"", "\"f\"", "1", "\"a\"") "]",
         "rat 0, trial 1: its value in \"new_sess\" is no number"},
        {"[" FIELDS("\"l\"", "7", "1", "1") "]", "rat 0: there is no list \"trial_types\""},
        {"[" FIELDS("\"l\"", "\"f\"", "1", "1") ", 3]", "rat 1: there is no list \"sides\""},
        {"[" FIELDS("\"vl\"", "\"ff\"", "1, 1", "0, 0") "]", "holds no trials: every one is"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_FAILS(t->ctx, DSC_INPUT, cases[i].part, read_text(t, "a.json", cases[i].text, NULL));
}

static void every_failing_allocation_of_the_rats_is_survived(void **state)
{
    table_test *t = *state;
    write_bytes(t, "a.json", two_rats, strlen(two_rats));
    assert_true(read_with_failing_allocations(t, "a.json") > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(rats_become_subjects_without_violations_and_early_trials),
        TABLE_TEST(one_rat_is_named_by_its_number),
        TABLE_TEST(a_single_rat_needs_no_list),
        TABLE_TEST(a_table_with_such_columns_is_no_rat_file),
        TABLE_TEST(damaged_rats_are_refused_with_rat_and_trial),
        TABLE_TEST(every_failing_allocation_of_the_rats_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
