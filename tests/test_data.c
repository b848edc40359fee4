// SPDX-License-Identifier: Apache-2.0
// test_data.c — tables from memory, writing and reading back, audits, splits.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/tables.h"

static const char *const names[] = {"choice", "reward"};

// ---- tables from memory -------------------------------------------------------------------------

static void a_table_from_memory_has_sessions_in_order(void **state)
{
    table_test *t = *state;
    static const int lengths[] = {2, 1}, subject[] = {1, 0};
    static const double choice[] = {0, -1, 2}, reward[] = {0.5, NAN, -1};
    CHECK_OK(t->ctx, dsc_table_make(t->ctx, 2, lengths, subject, 2, names,
                                    (const double *const[]){choice, reward}, &t->table));
    assert_int_equal(t->table->n_trials, 3);
    assert_int_equal(t->table->n_actions, 3);
    assert_int_equal(t->table->n_subjects, 2);
    assert_int_equal(t->table->session[1].first, 2);
    assert_int_equal(t->table->session[0].subject, 1);
    assert_column(t, "choice", "0 - 2");
    assert_column(t, "reward", "0.5 - -1");
    assert_true(t->table->trial[1] == 1);
    assert_int_equal(strlen(t->table->hash), 16);
    assert_null(dsc_table_column(t->table, "rt"));
}

static void the_hash_tells_tables_apart(void **state)
{
    table_test *t = *state;
    static const int lengths[] = {2};
    static const double a[] = {0, 1}, b[] = {1, 0};
    char first[17];
    CHECK_OK(t->ctx, dsc_table_make(t->ctx, 1, lengths, NULL, 1, names, (const double *const[]){a},
                                    &t->table));
    strcpy(first, t->table->hash);
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_OK(t->ctx, dsc_table_make(t->ctx, 1, lengths, NULL, 1, names, (const double *const[]){b},
                                    &t->table));
    assert_string_not_equal(first, t->table->hash);
}

static void a_table_from_memory_refuses_what_is_no_choice(void **state)
{
    table_test *t = *state;
    static const int lengths[] = {2}, none[] = {0};
    static const double half[] = {0, 0.5}, fine[] = {0, 1};
    const double *const values[] = {half}, *const others[] = {fine};
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "row 2, subject \"1\", session \"0\", trial 1: choice 0.5 is not a whole number",
                dsc_table_make(t->ctx, 1, lengths, NULL, 1, names, values, &t->table));
    CHECK_FAILS(t->ctx, DSC_INPUT, "at least one session",
                dsc_table_make(t->ctx, 0, lengths, NULL, 1, names, others, &t->table));
    CHECK_FAILS(t->ctx, DSC_INPUT, "session 0: 0 trials",
                dsc_table_make(t->ctx, 1, none, NULL, 1, names, others, &t->table));
    assert_null(t->table);
}

// ---- writing ------------------------------------------------------------------------------------

static const char awkward[] = "subject,session,trial,choice,prev_choice,reward,say,\"a, b\"\n"
                              "s2,b,3,R2,,0.1,\"x\"\"y\",1e-300\n"
                              "s2,b,1,R1,R2,,\" z\",-0.30000000000000004\n"
                              "\xc3\xa4,b,1,NA,R1,-5,NA,123456789012345678\n"
                              "s2,a,7,R2,R1,1,\"l1\nl2\",2\n"
                              "s2,b,2,R1,R1,0,x,3\n";

static void assert_same_columns(const dsc_table *a, const dsc_table *b)
{
    assert_int_equal(a->n_columns, b->n_columns);
    for (int c = 0; c < a->n_columns; c++) {
        const dsc_column *x = &a->column[c], *y = &b->column[c];
        assert_string_equal(x->name, y->name);
        assert_int_equal(x->n_labels, y->n_labels);
        for (int i = 0; i < x->n_labels; i++) assert_string_equal(x->label[i], y->label[i]);
        for (size_t i = 0; i < a->n_trials; i++)
            if (!(x->value[i] == y->value[i] || (isnan(x->value[i]) && isnan(y->value[i]))))
                fail_msg("%s, trial %zu: %g, not %g", x->name, i, y->value[i], x->value[i]);
    }
}

static void assert_same_table(const dsc_table *a, const dsc_table *b)
{
    assert_int_equal(a->n_trials, b->n_trials);
    assert_int_equal(a->n_sessions, b->n_sessions);
    assert_int_equal(a->n_subjects, b->n_subjects);
    assert_int_equal(a->n_actions, b->n_actions);
    for (int s = 0; s < a->n_subjects; s++) assert_string_equal(a->subject[s], b->subject[s]);
    for (int s = 0; s < a->n_sessions; s++) {
        assert_string_equal(a->session[s].label, b->session[s].label);
        assert_int_equal(a->session[s].subject, b->session[s].subject);
        assert_int_equal(a->session[s].first, b->session[s].first);
        assert_int_equal(a->session[s].n_trials, b->session[s].n_trials);
    }
    for (size_t i = 0; i < a->n_trials; i++) {
        assert_int_equal(a->row[i], b->row[i]);
        assert_true(a->trial[i] == b->trial[i]);
    }
    assert_same_columns(a, b);
}

static void a_written_table_reads_back_as_it_was(void **state)
{
    table_test *t = *state;
    static const char *const files[] = {"b.csv", "b.tsv", "b.npz"};
    static const char *const maps[] = {"session=session", "choice=choice:R2=0,R1=1"};
    for (int coded = 0; coded < 2; coded++)
        for (int i = 0; i < 3; i++) {
            dsc_table *again = NULL;
            const char *path;
            // Codes given by a map are not those of sorted labels: numbers are written.
            CHECK_OK(t->ctx, read_text(t, "a.csv", awkward,
                                       MAPS(maps[coded], coded ? "prev_choice=prev_choice:R2=0,R1=1"
                                                               : "subject=subject")));
            path = test_path(t, files[i]);
            CHECK_OK(t->ctx, dsc_table_write(t->ctx, t->table, path));
            CHECK_OK(t->ctx, dsc_table_read(t->ctx, path, NULL, &again));
            // The codes of the previous choices are written as numbers, whatever they were called.
            assert_same_table(t->table, again);
            dsc_table_destroy(t->ctx, &again);
        }
}

static void an_unknown_ending_is_refused(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice\n0\n1\n", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT, "must be .csv, .tsv, _beh.tsv, .npz or .json",
                dsc_table_write(t->ctx, t->table, test_path(t, "a.xls")));
    assert_int_equal(count_entries(t->folder), 1);
    CHECK_FAILS(t->ctx, DSC_IO, "nowhere",
                dsc_table_write(t->ctx, t->table, test_path(t, "nowhere/a.csv")));
}

// ---- audits -------------------------------------------------------------------------------------

static const char counted[] = "subject,session,key,reward\na,1,0,1\na,1,1,0\na,1,1,1\nb,1,NA,\n";

static void an_audit_counts_for_people(void **state)
{
    table_test *t = *state;
    dsc_text out = {0};
    CHECK_OK(t->ctx, read_text(t, "a.csv", counted, NULL));
    CHECK_OK(t->ctx, dsc_table_audit(t->ctx, t->table, false, &out, NULL));
    check_contains(out.s, "4 trials, 2 sessions, 2 subjects");
    check_contains(out.s, "trials per session: 1 ... 3, median 2");
    check_contains(out.s, "choice 1: 2 (66.7 %), mean reward 0.5");
    check_contains(out.s, "choice = \"key\": 0 ... 1, mean 0.666667, 1 missing");
    dsc_text_free(t->ctx, &out);
}

static void an_audit_counts_for_programs(void **state)
{
    table_test *t = *state;
    dsc_text out = {0};
    CHECK_OK(t->ctx, read_text(t, "a.csv", counted, NULL));
    CHECK_OK(t->ctx, dsc_table_audit(t->ctx, t->table, true, &out, NULL));
    json_t *root = json_loads(out.s, 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_integer_value(json_object_get(root, "n_trials")), 4);
    const json_t *second = json_array_get(json_object_get(root, "choices"), 1);
    assert_int_equal(json_integer_value(json_object_get(second, "n")), 2);
    assert_true(json_real_value(json_object_get(second, "mean_reward")) == 0.5);
    const json_t *choice = json_array_get(json_object_get(root, "columns"), 0);
    assert_string_equal(json_string_value(json_object_get(choice, "source")), "key");
    json_decref(root);
    dsc_text_free(t->ctx, &out);
}

// ---- splits -------------------------------------------------------------------------------------

static const char five[] = "session,choice\n1,0\n2,1\n3,0\n4,1\n5,1\n5,0\n";

static void every_nth_session_is_held_out(void **state)
{
    table_test *t = *state;
    dsc_split split;
    CHECK_OK(t->ctx, read_text(t, "a.csv", five, NULL));
    CHECK_OK(t->ctx, dsc_split_every(t->ctx, t->table, 2, 1, &split));
    for (int s = 0; s < 5; s++) assert_int_equal(split.heldout[s], s % 2);
    dsc_split_free(t->ctx, &split);
    CHECK_OK(t->ctx, dsc_split_every(t->ctx, t->table, 0, 0, &split));
    for (int s = 0; s < 5; s++) assert_int_equal(split.heldout[s], 0);
    dsc_split_free(t->ctx, &split);
}

static void a_split_that_makes_no_sense_is_refused(void **state)
{
    table_test *t = *state;
    dsc_split split;
    CHECK_OK(t->ctx, read_text(t, "a.csv", five, NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT, "every 1-th session cannot be held out",
                dsc_split_every(t->ctx, t->table, 1, 0, &split));
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "offset 3 is out of range; with every 3-th session it is 0 ... 2",
                dsc_split_every(t->ctx, t->table, 3, 3, &split));
    CHECK_FAILS(t->ctx, DSC_INPUT, "offset 7 holds out nothing",
                dsc_split_every(t->ctx, t->table, 9, 7, &split));
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice\n0\n1\n", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT, "has one session, so that none can be held out",
                dsc_split_every(t->ctx, t->table, 2, 0, &split));
}

static void a_split_file_reads_back(void **state)
{
    table_test *t = *state;
    dsc_split split, again;
    CHECK_OK(t->ctx, read_text(t, "a.csv", awkward, NULL));
    CHECK_OK(t->ctx, dsc_split_every(t->ctx, t->table, 3, 2, &split));
    CHECK_OK(t->ctx, dsc_split_write(t->ctx, t->table, &split, test_path(t, "split.json")));
    CHECK_OK(t->ctx, dsc_split_read(t->ctx, t->table, test_path(t, "split.json"), &again));
    assert_int_equal(again.n_sessions, split.n_sessions);
    assert_memory_equal(again.heldout, split.heldout, (size_t)split.n_sessions);
    dsc_split_free(t->ctx, &split);
    dsc_split_free(t->ctx, &again);
}

#define ENTRY(name, n) "{\"subject\": \"1\", \"session\": \"" name "\", \"n_trials\": " n "}"

static void a_split_file_that_does_not_fit_is_refused(void **state)
{
    table_test *t = *state;
    static const char *const cases[][2] = {
        {"{", "split.json, line 1, column 1: no valid JSON"},
        {"[]", "no list \"train\""},
        {"{\"train\": []}", "no list \"heldout\""},
        {"{\"train\": [3], \"heldout\": []}", "a session without subject, session or n_trials"},
        {"{\"train\": [" ENTRY("1", "1") "], \"heldout\": []}",
         "session \"2\" of subject \"1\" is in neither part"},
        {"{\"train\": [" ENTRY("9", "1") "], \"heldout\": []}",
         "has no session \"9\" of subject \"1\""},
        {"{\"train\": [" ENTRY("1", "2") "], \"heldout\": []}",
         "has 2 trials in the split and 1 in"},
        {"{\"train\": [" ENTRY("1", "1") "], \"heldout\": [" ENTRY("1", "1") "]}",
         "session \"1\" of subject \"1\" is named twice"},
    };
    dsc_split split;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "session,choice\n1,0\n2,1\n", NULL));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_bytes(t, "split.json", cases[i][0], strlen(cases[i][0]));
        CHECK_FAILS(t->ctx, DSC_INPUT, cases[i][1],
                    dsc_split_read(t->ctx, t->table, test_path(t, "split.json"), &split));
    }
}

// ---- cells of other CSV files -------------------------------------------------------------------

static void cells_are_written_and_read_back(void **state)
{
    table_test *t = *state;
    static const char *const texts[] = {"a", "", "b,c", "say \"so\"", "two\nlines", " d"};
    dsc_file *file = NULL;
    dsc_csv csv;
    bool more;
    CHECK_OK(t->ctx, dsc_file_begin(t->ctx, test_path(t, "a.csv"), &file));
    for (int i = 0; i < 6; i++) {
        dsc_csv_write_text(dsc_file_stream(file), texts[i]);
        fputc(',', dsc_file_stream(file));
    }
    dsc_csv_write_number(dsc_file_stream(file), 0.1);
    for (int i = 0; i < 60; i++) fputc(',', dsc_file_stream(file));
    dsc_csv_write_number(dsc_file_stream(file), NAN);
    fputs("\r\nlast", dsc_file_stream(file));
    CHECK_OK(t->ctx, dsc_file_commit(&file));
    CHECK_OK(t->ctx, dsc_csv_open(t->ctx, test_path(t, "a.csv"), &csv));
    CHECK_OK(t->ctx, dsc_csv_next(&csv, &more));
    assert_true(more);
    assert_int_equal(csv.n, 67);
    for (int i = 0; i < 6; i++) assert_string_equal(csv.cell[i], texts[i]);
    assert_string_equal(csv.cell[6], "0.1");
    assert_string_equal(csv.cell[66], "");
    assert_int_equal(dsc_csv_find(&csv, "b,c"), 2);
    assert_int_equal(dsc_csv_find(&csv, "c"), -1);
    CHECK_OK(t->ctx, dsc_csv_next(&csv, &more));
    assert_true(more && csv.n == 1 && csv.line == 3);
    assert_string_equal(csv.cell[0], "last");
    CHECK_OK(t->ctx, dsc_csv_next(&csv, &more));
    assert_false(more);
    dsc_csv_close(&csv);
}

static void a_cell_that_is_not_closed_is_refused(void **state)
{
    table_test *t = *state;
    dsc_csv csv;
    bool more;
    write_bytes(t, "a.csv", "a\n\"b\n", 5);
    CHECK_OK(t->ctx, dsc_csv_open(t->ctx, test_path(t, "a.csv"), &csv));
    CHECK_OK(t->ctx, dsc_csv_next(&csv, &more));
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.csv, line 2: a quoted cell that is not closed",
                dsc_csv_next(&csv, &more));
    dsc_csv_close(&csv);
    write_bytes(t, "a.csv", "a\0b", 3);
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.csv holds zero bytes",
                dsc_csv_open(t->ctx, test_path(t, "a.csv"), &csv));
}

static dsc_status read_cells(dsc_context *ctx, void *user)
{
    dsc_csv csv = {0};
    bool more = true;
    dsc_status status = dsc_csv_open(ctx, user, &csv);
    while (status == DSC_OK && more) status = dsc_csv_next(&csv, &more);
    dsc_csv_close(&csv);
    return status;
}

// The second line has more cells than there is room for at first.
static void reading_cells_survives_every_failing_allocation(void **state)
{
    table_test *t = *state;
    char path[256];
    snprintf(path, sizeof path, "%s", test_path(t, "a.csv"));
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.csv: no such file", read_cells(t->ctx, path));
    write_bytes(t, "a.csv", "a\n,,,,,,,,,,,,,,,,,,,,\n", 23);
    assert_true(check_every_allocation_failure(read_cells, path) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(a_table_from_memory_has_sessions_in_order),
        TABLE_TEST(the_hash_tells_tables_apart),
        TABLE_TEST(a_table_from_memory_refuses_what_is_no_choice),
        TABLE_TEST(a_written_table_reads_back_as_it_was),
        TABLE_TEST(an_unknown_ending_is_refused),
        TABLE_TEST(an_audit_counts_for_people),
        TABLE_TEST(an_audit_counts_for_programs),
        TABLE_TEST(every_nth_session_is_held_out),
        TABLE_TEST(a_split_that_makes_no_sense_is_refused),
        TABLE_TEST(a_split_file_reads_back),
        TABLE_TEST(a_split_file_that_does_not_fit_is_refused),
        TABLE_TEST(cells_are_written_and_read_back),
        TABLE_TEST(a_cell_that_is_not_closed_is_refused),
        TABLE_TEST(reading_cells_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
