// SPDX-License-Identifier: Apache-2.0
// test_data_labs.c — the file formats of laboratories: the bandit of rats, Poisson clicks. Small
// files are written here; golden/datasets.c and golden/clicks.c compare the reference's own.
#include <math.h>
#include <string.h>

#include "support/mat_file.h"
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

// ---- Poisson clicks -----------------------------------------------------------------------------

typedef struct click_trial {
    double poked, duration;
    int n_left, n_right;
    double left[6], right[6];
} click_trial;

static dsc_status read_clicks(table_test *t, int n, const click_trial *trials, const char *part)
{
    static mat m;
    char name[64];
    const double total = n;
    start_file(&m);
    put_numbers(&m, "total_trials", 1, 1, &total);
    const size_t start =
        open_struct(&m, "rawdata", n,
                    (const char *const[]){"pokedR", "T", "leftbups", "rightbups", "sessid"}, 5);
    for (int i = 0; i < n; i++) {
        const click_trial *k = &trials[i];
        put_numbers(&m, "", 1, 1, &k->poked);
        put_numbers(&m, "", 1, 1, &k->duration);
        put_numbers(&m, "", 1, k->n_left, k->left);
        put_numbers(&m, "", 1, k->n_right, k->right);
        put_numbers(&m, "", 1, 1, &total);
    }
    close_matrix(&m, start);
    write_bytes(t, "a.mat", m.bytes, m.n);
    snprintf(name, sizeof name, "a.mat%s", part);
    return read_with(t, name, NULL);
}

// The clicks of a side as "row:count ..." of one trial.
static void assert_clicks(const table_test *t, int trial, const char *column, const char *expected)
{
    char text[256] = "";
    for (int i = 0; i < 101; i++) {
        const double n = cell(t, column, (size_t)(trial * 101 + i));
        const size_t used = strlen(text);
        if (n != 0) snprintf(text + used, sizeof text - used, "%s%d:%g", used ? " " : "", i, n);
    }
    assert_string_equal(text, expected);
}

static void clicks_end_on_the_row_before_the_choice(void **state)
{
    table_test *t = *state;
    // 0.07 s are 8 bins of which the last is dropped (100 * 0.07 is above 7 in binary)
    const click_trial trials[] = {
        {1, 0.07, 3, 1, {0, 0.031, 0.0699}, {0.07}}, // the seventh bin has its right edge
        {0, 0.2, 4, 2, {-0.001, 0.011, 0.012, 0.185}, {0.19, 0.1905}},
        {0, 1.005, 1, 1, {0.001}, {1}},     // 101 bins: from row 0
        {1, 0.005, 1, 1, {0.001}, {0.004}}, // one bin, dropped
        {1, 0.015, 2, 0, {0, 0.01}, {0}},   // two bins: one row
    };
    CHECK_OK(t->ctx, read_clicks(t, 5, trials, ""));
    assert_int_equal(t->table->n_sessions, 5);
    assert_string_equal(t->table->subject[0], "a"); // of a.mat
    assert_int_equal(t->table->session[4].n_trials, 101);
    assert_clicks(t, 0, "left", "93:1 96:1 99:1");
    assert_clicks(t, 0, "right", ""); // 100 * 0.07 is past the edge, too
    assert_clicks(t, 1, "left", "82:2 99:1");
    assert_clicks(t, 1, "right", "99:1");
    assert_clicks(t, 2, "left", "0:1");
    assert_clicks(t, 2, "right", "99:1");
    assert_clicks(t, 3, "left", "");
    assert_clicks(t, 4, "left", "99:2");
    for (size_t i = 0; i < 505; i++) {
        const double choice = cell(t, "choice", i);
        if (i % 101 < 100) assert_true(choice != choice);
        else assert_true(choice == trials[i / 101].poked);
    }
}

static void trials_that_fit_no_row_are_left_out_and_told(void **state)
{
    table_test *t = *state;
    const click_trial trials[] = {{1, 0.5, 0, 0, {0}, {0}},
                                  {0, 1.011, 0, 0, {0}, {0}},
                                  {NAN, 0.5, 0, 0, {0}, {0}},
                                  {1, 0, 0, 0, {0}, {0}}};
    CHECK_OK(t->ctx, read_clicks(t, 4, trials, ""));
    assert_int_equal(t->table->n_sessions, 1);
    check_contains(t->notes, "1 trials without a choice (pokedR) are left out");
    check_contains(t->notes, "warning: ");
    check_contains(t->notes, "2 trials (first: trial 2) are left out, since their clicks do not");
    CHECK_FAILS(t->ctx, DSC_INPUT, "none of its 2 trials has both a choice (pokedR) and clicks",
                read_clicks(t, 2, trials + 1, ""));
}

static void clicks_that_are_no_numbers_are_refused(void **state)
{
    table_test *t = *state;
    static mat m;
    for (int which = 0; which < 2; which++) {
        start_file(&m);
        const char *const names[] = {"pokedR", "T", "leftbups", "rightbups"};
        const size_t start = open_struct(&m, "rawdata", 2, names, 4);
        for (int i = 0; i < 2; i++) {
            const double one = 1, times[] = {0.1, 0.2};
            put_numbers(&m, "", 1, 1, &one);
            put_numbers(&m, "", 1, which == 0 && i == 1 ? 2 : 1, times);
            put_numbers(&m, "", 1, 2, times);
            if (which == 1 && i == 1) put_text(&m, "", "early");
            else put_numbers(&m, "", 1, 2, times);
        }
        close_matrix(&m, start);
        write_bytes(t, "a.mat", m.bytes, m.n);
        CHECK_FAILS(t->ctx, DSC_INPUT,
                    which == 0 ? "trial 2: its T is not one number; correct it, or read the trials"
                               : "trial 2: its rightbups is not numbers; correct it",
                    read_with(t, "a.mat", NULL));
    }
}

static void the_trials_as_they_are_can_be_named(void **state)
{
    table_test *t = *state;
    const click_trial trials[] = {{1, 0.5, 0, 0, {0}, {0}}, {0, 0.4, 2, 2, {0}, {0}}};
    CHECK_OK(t->ctx, read_clicks(t, 2, trials, "#rawdata"));
    assert_int_equal(t->table->n_trials, 2);
    assert_column(t, "choice", "1 0");
}

static void every_failing_allocation_of_the_clicks_is_survived(void **state)
{
    table_test *t = *state;
    const click_trial trials[] = {{1, 0.5, 1, 0, {0.1}, {0}}, {0, 0.4, 2, 2, {0}, {0}}};
    CHECK_OK(t->ctx, read_clicks(t, 2, trials, ""));
    assert_true(read_with_failing_allocations(t, "a.mat") > 5);
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
        TABLE_TEST(clicks_end_on_the_row_before_the_choice),
        TABLE_TEST(trials_that_fit_no_row_are_left_out_and_told),
        TABLE_TEST(clicks_that_are_no_numbers_are_refused),
        TABLE_TEST(the_trials_as_they_are_can_be_named),
        TABLE_TEST(every_failing_allocation_of_the_clicks_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
