// SPDX-License-Identifier: Apache-2.0
// test_data_arrays.c — NPY and NPZ: types, orders, versions, padding, and what they hold.
#include <math.h>
#include <string.h>
#include <zip.h>

#include "support/tables.h"

static dsc_status read_npy(table_test *t, int version, const char *header, const void *elements,
                           size_t n, const char *const *maps)
{
    char bytes[4096];
    dsc_read_options o = {.map = maps};
    while (maps && maps[o.n_maps]) o.n_maps++;
    write_bytes(t, "a.npy", bytes, make_npy(bytes, version, header, elements, n));
    return read_with(t, "a.npy", &o);
}

// ---- (trial, session, feature) ------------------------------------------------------------------

// Two trials, three sessions; (choice, reward) = (session + trial is odd, 10 session + trial).
static const double small[2][3][2] = {{{0, 0}, {1, 10}, {0, 20}}, {{1, 1}, {0, 11}, {1, 21}}};

static void axes_are_trial_session_feature(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx,
             read_npy(t, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3, 2), }\n",
                      small, sizeof small, NULL));
    assert_int_equal(t->table->n_sessions, 3);
    assert_string_equal(t->table->session[2].label, "2");
    assert_column(t, "choice", "0 1 1 0 0 1");
    assert_column(t, "reward", "0 1 10 11 20 21");
}

static void fortran_order_is_the_same_table(void **state)
{
    table_test *t = *state;
    double fortran[12];
    for (int i = 0; i < 2; i++)
        for (int s = 0; s < 3; s++)
            for (int f = 0; f < 2; f++) fortran[i + 2 * (s + 3 * f)] = small[i][s][f];
    CHECK_OK(t->ctx, read_npy(t, 1, "{'descr':'<f8','fortran_order':True,'shape':(2,3,2)}", fortran,
                              sizeof fortran, NULL));
    assert_column(t, "choice", "0 1 1 0 0 1");
    assert_column(t, "reward", "0 1 10 11 20 21");
}

static void numbers_of_an_array_are_given_codes(void **state)
{
    table_test *t = *state;
    static const signed char x[3][2] = {{1, 5}, {2, 7}, {3, 5}};
    static const char header[] = "{'descr': '|i1', 'fortran_order': False, 'shape': (3, 2)}";
    CHECK_OK(t->ctx, read_npy(t, 1, header, x, sizeof x, MAPS("choice=#0:1=0,2=1,3=NA")));
    assert_column(t, "choice", "0 1 -");
    CHECK_FAILS(t->ctx, DSC_INPUT, "\"3\" has no code in --map choice=",
                read_npy(t, 1, header, x, sizeof x, MAPS("choice=#0:1=0,2=1")));
    check_contains(dsc_message(t->ctx), "add 3=CODE, or 3=NA if it means missing");
}

static void three_features_are_the_previous_trial_and_the_choice(void **state)
{
    table_test *t = *state;
    static const signed char x[2][1][3] = {{{0, 0, 1}}, {{1, 1, 0}}};
    static const char header[] = "{'descr': '|i1', 'fortran_order': False, 'shape': (2, 1, 3)}";
    CHECK_OK(t->ctx, read_npy(t, 1, header, x, sizeof x, NULL));
    assert_column(t, "prev_choice", "0 1");
    assert_column(t, "prev_reward", "0 1");
    assert_column(t, "choice", "1 0");
    CHECK_OK(t->ctx, read_npy(t, 1, header, x, sizeof x, MAPS("choice=#0", "reward=#1")));
    assert_column(t, "choice", "0 1");
    assert_column(t, "reward", "0 1");
}

static void padding_at_the_end_is_dropped_and_inside_it_is_missing(void **state)
{
    table_test *t = *state;
    static const float x[3][2][2] = {{{0, 1}, {1, 1}}, {{-1, -1}, {0, 1}}, {{1, 0}, {-1, -1}}};
    CHECK_OK(t->ctx, read_npy(t, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 2)}",
                              x, sizeof x, NULL));
    assert_int_equal(t->table->session[0].n_trials, 3);
    assert_int_equal(t->table->session[1].n_trials, 2);
    assert_column(t, "choice", "0 - 1 1 0");
}

static void a_place_in_an_array_is_named_by_session_and_trial(void **state)
{
    table_test *t = *state;
    static const double x[2][2][2] = {{{0, 0}, {1, 0}}, {{1, 0}, {0.5, 0}}};
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.npy, session 1, trial 1, column \"choice\": 0.5 is no choice",
                read_npy(t, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2, 2)}", x,
                         sizeof x, NULL));
}

// ---- types --------------------------------------------------------------------------------------

static void every_numeric_type_is_read(void **state)
{
    table_test *t = *state;
    static const int8_t i1[] = {1, -5};
    static const uint8_t u1[] = {1, 251};
    static const int16_t i2[] = {1, -300};
    static const uint16_t u2[] = {1, 65000};
    static const int32_t i4[] = {1, -70000};
    static const uint32_t u4[] = {1, 4000000000u};
    static const int64_t i8[] = {1, -INT64_C(5000000000)};
    static const uint64_t u8[] = {1, UINT64_C(5000000000)};
    static const float f4[] = {1, -0.25f};
    static const double f8[] = {1, -0.1};
    static const uint8_t b1[] = {1, 0};
    static const struct {
        const char *type;
        const void *elements;
        size_t size;
        double second;
    } cases[] = {
        {"|i1", i1, 1, -5},     {"|u1", u1, 1, 251},  {"<i2", i2, 2, -300}, {"<u2", u2, 2, 65e3},
        {"<i4", i4, 4, -70000}, {"<u4", u4, 4, 4e9},  {"<i8", i8, 8, -5e9}, {"<u8", u8, 8, 5e9},
        {"<f4", f4, 4, -0.25},  {"<f8", f8, 8, -0.1}, {"|b1", b1, 1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int version = 1; version <= 3; version++) {
            char header[128];
            snprintf(header, sizeof header,
                     "{'descr': '%s', 'fortran_order': False, 'shape': (2, 1, 1), }",
                     cases[i].type);
            CHECK_OK(t->ctx, read_npy(t, version, header, cases[i].elements, 2 * cases[i].size,
                                      MAPS("x=#0")));
            assert_true(cell(t, "x", 0) == 1);
            assert_true(cell(t, "x", 1) == cases[i].second);
        }
}

static void what_is_no_array_of_numbers_is_refused(void **state)
{
    table_test *t = *state;
    static const struct {
        int version;
        const char *header, *part;
    } cases[] = {
        {1, "{'descr': '>f8', 'fortran_order': False, 'shape': (2, 1, 1)}",
         "type (descr) '>f8' are not"},
        {1, "{'descr': '|O', 'fortran_order': False, 'shape': (2, 1, 1)}",
         "type (descr) '|O' are not read; save it as numbers, e.g. array.astype('<f8'). Types "
         "that"},
        {1, "{'descr': [('a', '<f8'), ('fo', '<i4', (2,))], 'fortran_order': False, 'shape': (2,)}",
         "type (descr) [('a', '<f8'), ('fo', '<i4', (2,))] are not read; save every field as an"},
        {1, "{'descr': ('<f8', {'a': 1})}", "type (descr) ('<f8', {'a': 1 are not read"},
        {1, "{'descr': '<c16', 'fortran_order': False, 'shape': (2, 1, 1)}", "are not read"},
        {1, "{'descr': '<f8', 'shape': (2, 1, 1)}", "does not say the order"},
        {1, "{'descr': '<f8', 'fortran_order': False}", "does not say its shape"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, x)}", "damaged shape"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1, 1, 1, 1)}", "too many dim"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 1, 1)}",
         "cut off: 3 elements were promised, 2 are there"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 1, 1)}", "is empty"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", "of 1 dimensions"},
        {1, "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296, 2)}",
         "larger than any file"},
        {9, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1, 1)}", "unknown format"},
    };
    static const double two[] = {0, 1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_FAILS(t->ctx, DSC_INPUT, cases[i].part,
                    read_npy(t, cases[i].version, cases[i].header, two, sizeof two, NULL));
}

// ---- NPZ ----------------------------------------------------------------------------------------

typedef struct member {
    const char *name, *header;
    const void *elements;
    size_t n;
} member;

static dsc_status read_npz(table_test *t, const member *members, int n)
{
    static char bytes[4][16384];
    zip_t *zip = zip_open(test_path(t, "a.npz"), ZIP_CREATE | ZIP_TRUNCATE, NULL);
    for (int i = 0; i < n; i++) {
        const size_t size =
            make_npy(bytes[i], 1, members[i].header, members[i].elements, members[i].n);
        zip_file_add(zip, members[i].name, zip_source_buffer(zip, bytes[i], size, 0), 0);
    }
    assert_int_equal(zip_close(zip), 0);
    return read_with(t, "a.npz", NULL);
}

static void xs_and_ys_are_inputs_and_choices(void **state)
{
    table_test *t = *state;
    static const float xs[2][2][2] = {{{0, 0}, {0, 0}}, {{1, 1}, {-1, -1}}};
    static const int32_t ys[2][2][1] = {{{1}, {0}}, {{0}, {-1}}};
    const member members[] = {
        {"xs.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 2)}", xs, sizeof xs},
        {"ys.npy", "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 2, 1)}", ys, sizeof ys},
    };
    CHECK_OK(t->ctx, read_npz(t, members, 2));
    assert_column(t, "prev_choice", "0 1 0");
    assert_column(t, "prev_reward", "0 1 0");
    assert_column(t, "choice", "1 0 0");
    assert_int_equal(t->table->session[1].n_trials, 1);
}

static void arrays_of_one_length_are_columns(void **state)
{
    table_test *t = *state;
    static const char texts[] = "a\0\0\0\0\0\0\0\xe4\0\0\0z\0\0\0a\0\0\0\0\0\0\0";
    static const double choice[] = {0, NAN, 1};
    const member members[] = {
        {"subject.npy", "{'descr': '<U2', 'fortran_order': False, 'shape': (3,)}", texts, 24},
        {"choice.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (3,)}", choice, 24},
    };
    CHECK_OK(t->ctx, read_npz(t, members, 2));
    assert_int_equal(t->table->n_subjects, 2);
    assert_string_equal(t->table->subject[1], "\xc3\xa4z");
    assert_column(t, "choice", "0 1 -");
}

static void arrays_that_do_not_fit_together_are_listed(void **state)
{
    table_test *t = *state;
    static const double x[] = {0, 1, 0};
    const member members[] = {
        {"a.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (3,)}", x, 24},
        {"b.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", x, 16},
    };
    CHECK_FAILS(t->ctx, DSC_INPUT, "holds \"a\" (3), \"b\" (2); expected were xs and ys",
                read_npz(t, members, 2));
}

#define SHAPE(type, shape) "{'descr': '" type "', 'fortran_order': False, 'shape': " shape "}"

static void archives_that_are_no_table_are_refused(void **state)
{
    table_test *t = *state;
    static const unsigned char x[12000] = {0};
    static const struct {
        member members[2];
        int n;
        const char *part;
    } cases[] = {
        {{{"xs.npy", SHAPE("|u1", "(2, 3, 1)"), x, 6}, {"ys.npy", SHAPE("|u1", "(3, 2, 1)"), x, 6}},
         2,
         "xs and ys differ in trials or sessions: (2, 3) and (3, 2)"},
        {{{"xs.npy", SHAPE("|u1", "(2, 3, 1)"), x, 6}, {"ys.npy", SHAPE("|u1", "(2, 4, 1)"), x, 8}},
         2,
         "xs and ys differ in trials or sessions: (2, 3) and (2, 4)"},
        {{{"a.npy", SHAPE("|u1", "(1, 1, 12000)"), x, 12000}},
         1,
         "(1, 1, 12000) is too large; the axes are (trial, session, feature)"},
        {{{"a.npy", SHAPE("|u1", "(1, 1, 1, 2)"), x, 2}}, 1, "holds \"a\" (1, 1, 1, 2); expected"},
        {{{"a.npy", SHAPE("|S2", "(2, 2)"), x, 8}}, 1, "holds \"a\" (2, 2); expected"},
        {{{"xs.npy", SHAPE("|u1", "(2,)"), x, 2}, {"ys.npy", SHAPE("|u1", "(2, 1)"), x, 2}},
         2,
         "holds \"xs\" (2), \"ys\" (2, 1); expected"},
        {{{"xs.npy", SHAPE("|u1", "(2, 1)"), x, 2}, {"ys.npy", SHAPE("|u1", "(2,)"), x, 2}},
         2,
         "holds \"xs\" (2, 1), \"ys\" (2); expected"},
        {{{"a.npy", SHAPE("|u1", "(9,)"), x, 2}}, 1, "array \"a\": the array is cut off"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_FAILS(t->ctx, DSC_INPUT, cases[i].part, read_npz(t, cases[i].members, cases[i].n));
    const member single[] = {{"a.npy", SHAPE("|u1", "(2, 3)"), "\0\1\1\1\0\0", 6}};
    CHECK_OK(t->ctx, read_npz(t, single, 1)); // (trial, feature)
    assert_column(t, "choice", "1 0");
}

static void more_arrays_than_columns_could_be_are_refused(void **state)
{
    table_test *t = *state;
    char name[32];
    zip_t *zip = zip_open(test_path(t, "a.npz"), ZIP_CREATE | ZIP_TRUNCATE, NULL);
    for (int i = 0; i <= 1000; i++) {
        snprintf(name, sizeof name, "%d.npy", i);
        zip_file_add(zip, name, zip_source_buffer(zip, "", 0, 0), 0);
    }
    assert_int_equal(zip_close(zip), 0);
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.npz: more than 1000 arrays", read_with(t, "a.npz", NULL));
}

static void reading_survives_every_failing_allocation(void **state)
{
    table_test *t = *state;
    static const double x[] = {0, 1, 1, 0};
    static const member archives[][2] = {
        {{"xs.npy", SHAPE("<f8", "(2, 2)"), x, 32}, {"ys.npy", SHAPE("<f8", "(2, 1)"), x, 16}},
        {{"choice.npy", SHAPE("<f8", "(2,)"), x, 16}, {"say.npy", SHAPE("|S1", "(2,)"), "ab", 2}},
        {{"a.npy", SHAPE("<f8", "(2,)"), x, 16}, {"b.npy", SHAPE("<f8", "(1,)"), x, 8}},
    };
    read_npy(t, 1, SHAPE("<f8", "(1, 2, 2)"), x, sizeof x, NULL);
    assert_true(read_with_failing_allocations(t, "a.npy") > 10);
    for (size_t i = 0; i < sizeof archives / sizeof *archives; i++) {
        read_npz(t, archives[i], 2);
        assert_true(read_with_failing_allocations(t, "a.npz") > 10);
    }
}

static void texts_are_no_rewards(void **state)
{
    table_test *t = *state;
    static const double choice[] = {0, 1};
    const member members[] = {
        {"reward.npy", "{'descr': '|S1', 'fortran_order': False, 'shape': (2,)}", "ab", 2},
        {"choice.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", choice, 16},
    };
    CHECK_FAILS(t->ctx, DSC_INPUT, "column \"reward\": texts, not numbers",
                read_npz(t, members, 2));
}

static void the_monkey_reads_as_its_file_says(void **state)
{
    table_test *t = *state;
    static const char path[] = "../shared/data/matching_pennies/mp_beh_m18_500completed.npy";
    if (!has_material(path)) return;
    CHECK_OK(t->ctx, dsc_table_read(t->ctx, path, NULL, &t->table));
    assert_int_equal(t->table->n_sessions, 84);
    for (int s = 0; s < 84; s++) {
        const size_t first = t->table->session[s].first;
        assert_int_equal(t->table->session[s].n_trials, 500);
        // What one trial calls the previous choice is the choice of the trial before.
        for (size_t i = first + 1; i < first + 500; i++)
            assert_true(cell(t, "prev_choice", i) == cell(t, "choice", i - 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(axes_are_trial_session_feature),
        TABLE_TEST(fortran_order_is_the_same_table),
        TABLE_TEST(numbers_of_an_array_are_given_codes),
        TABLE_TEST(three_features_are_the_previous_trial_and_the_choice),
        TABLE_TEST(padding_at_the_end_is_dropped_and_inside_it_is_missing),
        TABLE_TEST(a_place_in_an_array_is_named_by_session_and_trial),
        TABLE_TEST(every_numeric_type_is_read),
        TABLE_TEST(what_is_no_array_of_numbers_is_refused),
        TABLE_TEST(xs_and_ys_are_inputs_and_choices),
        TABLE_TEST(arrays_of_one_length_are_columns),
        TABLE_TEST(arrays_that_do_not_fit_together_are_listed),
        TABLE_TEST(archives_that_are_no_table_are_refused),
        TABLE_TEST(more_arrays_than_columns_could_be_are_refused),
        TABLE_TEST(reading_survives_every_failing_allocation),
        TABLE_TEST(texts_are_no_rewards),
        TABLE_TEST(the_monkey_reads_as_its_file_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
