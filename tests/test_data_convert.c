// SPDX-License-Identifier: Apache-2.0
// test_data_convert.c — random tables through every format and back: nothing is lost.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/tables.h"

static const char *const formats[] = {"b.csv", "b.tsv", "b.npz", "b.json", "sub-1_task-x_beh.tsv"};
enum { N_FORMATS = 5, MOST_ROWS = 40 };

static const char *const odd_labels[] = {"plain",
                                         " blank before",
                                         "blank after ",
                                         "a,b;c\td",
                                         "say \"x\"",
                                         "two\nlines",
                                         "\xc3\xa4\xe2\x82\xac",
                                         "-",
                                         "#5",
                                         "=1+1",
                                         "\\n",
                                         "\xf0\x9f\x90\xad",
                                         "1e",
                                         "true"};
enum { N_LABELS = sizeof odd_labels / sizeof *odd_labels };

static const double odd_numbers[] = {
    0,    -0.0, 1,       -1,   0.1,      1e300,     -1e-300,   5e-324,
    1e15, 1e16, 1 / 3.0, -2.5, INFINITY, -INFINITY, 123456.75, 9007199254740993.0};
enum { N_NUMBERS = sizeof odd_numbers / sizeof *odd_numbers };

static void put_quoted(dsc_text *text, dsc_context *ctx, const char *label)
{
    dsc_text_add(ctx, text, "\"");
    for (; *label; label++) dsc_text_add(ctx, text, *label == '"' ? "\"\"" : "%c", *label);
    dsc_text_add(ctx, text, "\"");
}

static void put_number(dsc_text *text, dsc_context *ctx, dsc_stream *s)
{
    char number[32];
    const double random = dsc_stream_normal(s) * pow(10, (double)dsc_stream_below(s, 30) - 15);
    const double value =
        dsc_stream_below(s, 2) ? odd_numbers[dsc_stream_below(s, N_NUMBERS)] : random;
    if (dsc_stream_below(s, 5)) dsc_text_add(ctx, text, "%s", dsc_format_number(value, number));
}

// A table as CSV: texts and numbers of all kinds, missing values, sessions that are scattered.
static void make_random(dsc_context *ctx, dsc_stream *s, dsc_text *text)
{
    const uint32_t n = 2 + dsc_stream_below(s, MOST_ROWS - 2), texts = dsc_stream_below(s, 2);
    dsc_text_add(ctx, text,
                 "subject,session,trial,choice,reward,note,\"odd, name\",instructed,x\n");
    for (uint32_t i = 0; i < n; i++) {
        put_quoted(text, ctx, odd_labels[dsc_stream_below(s, 3) * 4 % N_LABELS]);
        dsc_text_add(ctx, text, ",%u,%u,", dsc_stream_below(s, 3), i);
        if (i > 0 && dsc_stream_below(s, 4) == 0) dsc_text_add(ctx, text, "NA");
        else if (texts) put_quoted(text, ctx, odd_labels[dsc_stream_below(s, 3)]);
        else dsc_text_add(ctx, text, "%u", dsc_stream_below(s, 3));
        dsc_text_add(ctx, text, ",");
        put_number(text, ctx, s);
        dsc_text_add(ctx, text, ",");
        put_quoted(text, ctx, i == 0 ? "word" : odd_labels[dsc_stream_below(s, N_LABELS)]);
        dsc_text_add(ctx, text, ",");
        put_number(text, ctx, s);
        dsc_text_add(ctx, text, ",%u,", dsc_stream_below(s, 2));
        put_number(text, ctx, s);
        dsc_text_add(ctx, text, "\n");
    }
}

static void assert_same_values(const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(a[i]) || !isnan(b[i])) assert_memory_equal(&a[i], &b[i], sizeof *a);
}

static void assert_same_column(const dsc_table *a, const dsc_column *x, const dsc_table *b)
{
    const dsc_column *y = dsc_table_column(b, x->name);
    assert_non_null(y);
    assert_same_values(x->value, y->value, a->n_trials);
    for (size_t i = 0; x->label && i < a->n_trials; i++)
        if (!isnan(x->value[i]))
            assert_string_equal(x->label[(int)x->value[i]], y->label[(int)y->value[i]]);
}

static void assert_same(const dsc_table *a, const dsc_table *b)
{
    assert_int_equal(a->n_trials, b->n_trials);
    assert_int_equal(a->n_columns, b->n_columns);
    assert_int_equal(a->n_sessions, b->n_sessions);
    assert_int_equal(a->n_subjects, b->n_subjects);
    assert_int_equal(a->n_actions, b->n_actions);
    for (int i = 0; i < a->n_subjects; i++) assert_string_equal(a->subject[i], b->subject[i]);
    for (int i = 0; i < a->n_sessions; i++) {
        assert_string_equal(a->session[i].label, b->session[i].label);
        assert_int_equal(a->session[i].subject, b->session[i].subject);
        assert_int_equal(a->session[i].n_trials, b->session[i].n_trials);
    }
    assert_memory_equal(a->row, b->row, a->n_trials * sizeof *a->row);
    assert_same_values(a->trial, b->trial, a->n_trials);
    for (int i = 0; i < a->n_columns; i++) assert_same_column(a, &a->column[i], b);
}

static void random_tables_come_back_from_every_format(void **state)
{
    table_test *t = *state;
    for (uint32_t i = 0; i < 60; i++) {
        dsc_stream s = dsc_stream_start(7, DSC_FOR_TASK, i, 0, 0);
        dsc_text text = {0};
        make_random(t->ctx, &s, &text);
        CHECK_OK(t->ctx, read_text(t, "a.csv", text.s, NULL));
        dsc_text_free(t->ctx, &text);
        // Through all formats, one after the other, and each from the first table.
        for (int f = 0; f < N_FORMATS; f++) {
            dsc_table *again = NULL;
            char path[256];
            snprintf(path, sizeof path, "%s", test_path(t, formats[f]));
            t->notes[0] = 0;
            CHECK_OK(t->ctx, dsc_table_write(t->ctx, t->table, path));
            CHECK_OK(t->ctx, dsc_table_read(t->ctx, path, NULL, &again));
            assert_same(t->table, again);
            dsc_table_destroy(t->ctx, &again);
        }
    }
}

static void names_of_options_survive_in_bids_whatever_their_order(void **state)
{
    table_test *t = *state;
    static const char levels[] = "{\"choice\": {\"Levels\": {\"0\": \"right\", \"1\": \"left\"}}}";
    dsc_table *again = NULL;
    write_bytes(t, "a_beh.json", levels, sizeof levels - 1);
    CHECK_OK(t->ctx, read_text(t, "a_beh.tsv", "choice\n1\n0\nn/a\n", NULL));
    CHECK_OK(t->ctx, dsc_table_write(t->ctx, t->table, test_path(t, "b_beh.tsv")));
    CHECK_OK(t->ctx, dsc_table_read(t->ctx, test_path(t, "b_beh.tsv"), NULL, &again));
    assert_same(t->table, again);
    assert_string_equal(dsc_table_column(again, "choice")->label[0], "right");
    dsc_table_destroy(t->ctx, &again);
}

static void published_tables_come_back(void **state)
{
    table_test *t = *state;
    static const char path[] = "../shared/data/clicks_rat/testdata.mat#rawdata";
    if (!has_material("../shared/data/clicks_rat/testdata.mat")) return;
    CHECK_OK(t->ctx, dsc_table_read(t->ctx, path, NULL, &t->table));
    for (int f = 0; f < N_FORMATS; f++) {
        dsc_table *again = NULL;
        char name[256];
        snprintf(name, sizeof name, "%s", test_path(t, formats[f]));
        CHECK_OK(t->ctx, dsc_table_write(t->ctx, t->table, name));
        CHECK_OK(t->ctx, dsc_table_read(t->ctx, name, NULL, &again));
        assert_same(t->table, again);
        dsc_table_destroy(t->ctx, &again);
    }
}

typedef struct conversion {
    const char *from, *to;
} conversion;

static dsc_status convert(dsc_context *ctx, void *user)
{
    const conversion *c = user;
    dsc_table *table = NULL;
    dsc_status status = dsc_table_read(ctx, c->from, NULL, &table);
    if (status == DSC_OK) status = dsc_table_write(ctx, table, c->to);
    dsc_table_destroy(ctx, &table);
    return status;
}

static void writing_survives_every_failing_allocation(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "subject,choice,say\na,0,x\nb,1,\"y, z\"\n", NULL));
    for (int f = 0; f < N_FORMATS; f++) {
        conversion c = {test_path(t, "a.csv"), test_path(t, formats[f])};
        assert_true(check_every_allocation_failure(convert, &c) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(random_tables_come_back_from_every_format),
        TABLE_TEST(names_of_options_survive_in_bids_whatever_their_order),
        TABLE_TEST(published_tables_come_back),
        TABLE_TEST(writing_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
