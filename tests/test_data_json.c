// SPDX-License-Identifier: Apache-2.0
// test_data_json.c — JSON into trial tables: records, lines, columns, parts, places of errors.
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "support/tables.h"

// ---- shapes -------------------------------------------------------------------------------------

static void every_shape_gives_the_same_table(void **state)
{
    table_test *t = *state;
    static const char *const texts[] = {
        "[{\"subject\": \"a\", \"choice\": 0, \"reward\": 1.5},\n"
        " {\"subject\": \"a\", \"choice\": null, \"reward\": 0},\n"
        " {\"subject\": \"b\", \"choice\": 1, \"reward\": null}]",
        "{\"subject\": \"a\", \"choice\": 0, \"reward\": 1.5}\n"
        "{\"subject\": \"a\", \"reward\": 0}\n\n" // a field that is not there is missing
        "{\"choice\": 1, \"subject\": \"b\", \"reward\": \"\"}\n",
        "{\"subject\": [\"a\", \"a\", \"b\"], \"choice\": [0, null, 1], \"reward\": [1.5, 0, "
        "null]}",
        "{\"subject\": {\"0\": \"a\", \"1\": \"a\", \"2\": \"b\"},"
        " \"choice\": {\"0\": 0, \"1\": null, \"2\": 1},"
        " \"reward\": {\"0\": 1.5, \"1\": 0, \"2\": null}}",
        "\xef\xbb\xbf[{\"subject\": \"a\", \"choice\": false, \"reward\": 1.5},"
        " {\"subject\": \"a\", \"choice\": NaN, \"reward\": 0},"
        " {\"subject\": \"b\", \"choice\": true, \"reward\": NaN}]",
        "{\"version\": {\"major\": 1}, \"trials\": ["
        "{\"subject\": \"a\", \"choice\": 0, \"reward\": 1.5},"
        "{\"subject\": \"a\", \"choice\": null, \"reward\": 0},"
        "{\"subject\": \"b\", \"choice\": 1, \"reward\": null}]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK_OK(t->ctx, read_text(t, i % 2 ? "a.json" : "a.txt", texts[i], NULL));
        assert_int_equal(t->table->n_columns, 2);
        assert_int_equal(t->table->n_subjects, 2);
        assert_string_equal(t->table->subject[1], "b");
        assert_column(t, "choice", "0 - 1");
        assert_column(t, "reward", "1.5 0 -");
    }
}

static void single_values_hold_for_all_trials(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.json",
                               "{\"subject\": \"m\", \"session\": 7, \"dose\": 0.5,"
                               " \"choice\": [0, 1], \"reward\": [1, 0]}",
                               NULL));
    assert_string_equal(t->table->subject[0], "m");
    assert_string_equal(t->table->session[0].label, "7");
    assert_column(t, "dose", "0.5 0.5");
    CHECK_OK(t->ctx, read_text(t, "a.json",
                               "{\"subject\": \"m\", \"x\": 3, \"trials\": [{\"choice\": 0, \"x\": "
                               "1}, {\"choice\": 1, \"x\": 2}]}",
                               NULL));
    assert_string_equal(t->table->subject[0], "m");
    assert_column(t, "x", "1 2");
}

static void lists_and_objects_within_records_are_told_and_left_out(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.json",
                               "[{\"choice\": 0, \"clicks\": [0.1, 0.2], \"info\": {\"a\": 1}},"
                               " {\"choice\": 1, \"clicks\": 3}]",
                               NULL));
    assert_int_equal(t->table->n_columns, 1);
    check_contains(t->notes, "not read, since they hold lists or objects: \"clicks\", \"info\"");
}

static void numbers_keep_every_digit_and_texts_stay_texts(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.json",
                               "{\"choice\": [0, 1, 0], \"x\": [0.1, 12345678901234, "
                               "2.2250738585072014e-308], \"code\": [\"01\", \"1\", \"01\"],"
                               " \"big\": [Infinity, -Infinity, 1]}",
                               NULL));
    assert_true(cell(t, "x", 0) == 0.1 && cell(t, "x", 2) == 2.2250738585072014e-308);
    assert_true(cell(t, "x", 1) == 12345678901234.0);
    assert_string_equal(dsc_table_column(t->table, "code")->label[0], "01");
    assert_column(t, "code", "0 1 0");
    assert_true(isinf(cell(t, "big", 0)) && cell(t, "big", 1) < 0);
}

static void packed_json_is_read(void **state)
{
    table_test *t = *state;
    gzFile out = gzopen(test_path(t, "a.json.gz"), "wb");
    gzputs(out, "{\"choice\": [0, 1]}");
    gzclose(out);
    CHECK_OK(t->ctx, read_with(t, "a.json.gz", NULL));
    assert_column(t, "choice", "0 1");
}

// ---- parts --------------------------------------------------------------------------------------

static const char two_tables[] =
    "{\"practice\": [{\"choice\": 0}], \"task\": [{\"choice\": 1}, {\"choice\": 0}],"
    " \"deep\": {\"er\": {\"choice\": [0, 0, 1]}}, \"odd.name\": {\"choice\": [1]}}";

static void a_part_is_chosen_by_name(void **state)
{
    table_test *t = *state;
    static const struct {
        const char *name, *choices;
    } cases[] = {{"a.json#task", "1 0"}, {"a.json#deep.er", "0 0 1"}, {"a.json#odd.name", "1"}};
    write_bytes(t, "a.json", two_tables, sizeof two_tables - 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_OK(t->ctx, read_with(t, cases[i].name, NULL));
        assert_column(t, "choice", cases[i].choices);
    }
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.json#tsk: there is no \"tsk\" in the file",
                read_with(t, "a.json#tsk", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT, "holds several tables: \"practice\", \"task\". Say which one: ",
                read_with(t, "a.json", NULL));
    write_bytes(t, "b#1.json", "{\"choice\": [0]}", 15); // a file may be called that
    CHECK_OK(t->ctx, read_with(t, "b#1.json", NULL));
}

// ---- errors -------------------------------------------------------------------------------------

static void what_is_no_table_is_refused_with_its_place(void **state)
{
    table_test *t = *state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"[{\"choice\": 0},\n {\"choice\": }]", "a.json, line 2, column 13: no valid JSON"},
        {"{\"choice\": 0}\n{\"choice\": 1}\n{\"choice\": ]\n", "a.json, line 3, column "},
        {"[{\"choice\": 0}", "a.json, line 1, column 14: no valid JSON"},
        {"{\"choice\": [0, 1], \"reward\": [1]}",
         "a.json, \"reward\": 1 values where other columns have 2"},
        {"[{\"choice\": 0}, [1]]", "a.json, record 2: no object; every record must name"},
        {"{\"choice\": 0}\n[1]\n", "a.json, line 2: no object"},
        {"{\"choice\": {\"Levels\": {\"0\": \"left\"}}}", "It holds \"choice\"; name the part"},
        {"{\"n\": 3}", "no table of trials: a list of records, or an object of columns"},
        {"[]", "a.json holds no trials"},
        {"{\"choice\": []}", "a.json holds no trials"},
        {"[{\"x\": [1]}]", "a.json holds no trials"},
        {" \n", "is empty"},
        {"7", "no valid JSON"},
        {"[{\"choice\": 0}, {\"choice\": 0.5}]",
         "a.json, record 2, column \"choice\": 0.5 is no choice"},
        {"{\"choice\": 0, \"reward\": 1}\n\n{\"choice\": 0, \"reward\": \"x\"}\n",
         "a.json, line 3, column \"reward\": \"x\" is not a number"},
        {"[{\"choice\": 0}, {\"choice\": \"left\"}]",
         "a.json, record 2, column \"choice\": \"left\" is not a number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_FAILS(t->ctx, DSC_INPUT, cases[i].part, read_text(t, "a.json", cases[i].text, NULL));
}

static void lists_and_objects_within_columns_are_told_and_left_out(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx,
             read_text(t, "a.json",
                       "{\"pos\": [[1, 2], [3]], \"choice\": [0, 1], \"by\": [1, {}, 2]}", NULL));
    assert_column(t, "choice", "0 1");
    assert_int_equal(t->table->n_columns, 1);
    check_contains(t->notes, "not read, since they hold lists or objects: \"pos\", \"by\"");
}

static void parts_and_widths_that_are_no_table_are_refused(void **state)
{
    table_test *t = *state;
    dsc_text wide = {0};
    write_bytes(t, "a.json", "{\"n\": 3, \"list\": [1, 2]}", 24);
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "a.json#n: no table of trials: ", read_with(t, "a.json#n", NULL));
    check_contains(dsc_message(t->ctx), "It holds a single value");
    CHECK_FAILS(t->ctx, DSC_INPUT, "record 1: no object", read_with(t, "a.json#list", NULL));
    for (int i = 0; i <= 10000; i++)
        dsc_text_add(t->ctx, &wide, "%s\"c%d\": [0]", i ? ", " : "{", i);
    dsc_text_add(t->ctx, &wide, "}");
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.json: more than 10000 fields",
                read_text(t, "a.json", wide.s, NULL));
    dsc_text_free(t->ctx, &wide);
}

static void reading_survives_every_failing_allocation(void **state)
{
    table_test *t = *state;
    static const char *const texts[] = {
        two_tables,
        "{\"choice\": 0, \"x\": [1]}\n{\"choice\": 1, \"y\": \"a\"}\n",
        "{\"a\": {\"0\": \"x\"}, \"choice\": {\"0\": 1}}",
        "{\"a\": 1}",
        "{\"choice\": [0, 1], \"say\": [\"\xe4\", \"b\"], \"who\": \"me\"}",
        "{\"who\": 1, \"t\": [{\"choice\": 0, \"a\": 1, \"b\": 1, \"c\": 1, \"d\": 1, \"e\": 1,"
        " \"f\": 1, \"g\": 1, \"h\": 1, \"i\": 1, \"j\": 1, \"k\": 1, \"l\": 1, \"m\": 1, \"n\": 1,"
        " \"o\": 1, \"p\": 1, \"q\": 1}]}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_bytes(t, "a.json", texts[i], strlen(texts[i]));
        assert_true(read_with_failing_allocations(t, "a.json") > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(every_shape_gives_the_same_table),
        TABLE_TEST(single_values_hold_for_all_trials),
        TABLE_TEST(lists_and_objects_within_records_are_told_and_left_out),
        TABLE_TEST(lists_and_objects_within_columns_are_told_and_left_out),
        TABLE_TEST(numbers_keep_every_digit_and_texts_stay_texts),
        TABLE_TEST(packed_json_is_read),
        TABLE_TEST(a_part_is_chosen_by_name),
        TABLE_TEST(what_is_no_table_is_refused_with_its_place),
        TABLE_TEST(parts_and_widths_that_are_no_table_are_refused),
        TABLE_TEST(reading_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
