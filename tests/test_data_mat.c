// SPDX-License-Identifier: Apache-2.0
// test_data_mat.c — MAT files of version 5: structs, cells, matrices, texts, parts, damage. The
// files are put together here, element by element.
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "support/mat_file.h"
#include "support/tables.h"

static dsc_status read_mat(table_test *t, const mat *m, const char *part)
{
    char name[64];
    write_bytes(t, "a.mat", m->bytes, m->n);
    snprintf(name, sizeof name, "a.mat%s", part);
    return read_with(t, name, NULL);
}

#define V(...)     ((const double[]){__VA_ARGS__})
#define NAMES(...) ((const char *const[]){__VA_ARGS__})

// ---- shapes -------------------------------------------------------------------------------------

// Three trials as an array of structs; `clicks` has as many values as it likes.
static void make_struct_array(mat *m)
{
    static const double choice[] = {0, 1, 1};
    start_file(m);
    const size_t start = open_struct(m, "raw", 3, NAMES("choice", "say", "clicks", "gap"), 4);
    for (int i = 0; i < 3; i++) {
        put_numbers(m, "", 1, 1, &choice[i]);
        put_text(m, "", i == 2 ? "" : i ? "\xe4z" : "ab");
        put_numbers(m, "", 1, i, V(0.1, 0.2));
        if (i == 1) put(m, MATRIX, NULL, 0);
        else put_numbers(m, "", 1, 1, V(2.5));
    }
    close_matrix(m, start);
}

static void fields_of_a_struct_array_are_columns_and_vectors_are_told(void **state)
{
    table_test *t = *state;
    static mat m;
    make_struct_array(&m);
    CHECK_OK(t->ctx, read_mat(t, &m, ""));
    assert_int_equal(t->table->n_columns, 3);
    assert_column(t, "choice", "0 1 1");
    assert_column(t, "say", "0 1 -");
    assert_string_equal(dsc_table_column(t->table, "say")->label[1], "\xc3\xa4z");
    assert_column(t, "gap", "2.5 - 2.5");
    check_contains(t->notes, "one value for each of the 3 trials: \"clicks\"");
    CHECK_OK(t->ctx, read_mat(t, &m, "#raw"));
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.mat#row: there is no \"row\"; there is \"raw\"",
                read_mat(t, &m, "#row"));
}

// Vectors beside each other, a matrix of characters, cells, bytes, a value for all.
static void put_vectors(mat *m)
{
    static const unsigned char ok[] = {1, 0, 1};
    put_numbers(m, "choice", 3, 1, V(0, 1, 1));
    put_numbers(m, "reward", 1, 3, V(0.5, NAN, -1));
    size_t start = open_matrix(m, UINT8S, 1, 3, "ok");
    put_small(m, UINT8, ok, 3);
    close_matrix(m, start);
    start = open_matrix(m, CHAR, 3, 2, "code");
    put(m, UINT8, "abc  x", 6); // by columns: "a ", "b ", "cx"
    close_matrix(m, start);
    start = open_matrix(m, CELL, 3, 1, "subject");
    put_text(m, "", "m1");
    put_text(m, "", "m1");
    put_text(m, "", "m2");
    close_matrix(m, start);
    put_numbers(m, "dose", 1, 1, V(7));
    put_numbers(m, "weights", 1, 2, V(7, 8));
}

static void check_vectors(table_test *t)
{
    assert_column(t, "choice", "0 1 1");
    assert_column(t, "reward", "0.5 - -1");
    assert_column(t, "ok", "1 0 1");
    assert_column(t, "dose", "7 7 7");
    assert_string_equal(dsc_table_column(t->table, "code")->label[0], "a");
    assert_string_equal(dsc_table_column(t->table, "code")->label[2], "cx");
    assert_int_equal(t->table->n_subjects, 2);
    assert_int_equal(t->table->n_columns, 5);
    check_contains(t->notes, "one value for each of the 3 trials: \"weights\"");
}

static void vectors_of_one_length_are_columns(void **state)
{
    table_test *t = *state;
    static mat m;
    start_file(&m);
    put_vectors(&m);
    CHECK_OK(t->ctx, read_mat(t, &m, ""));
    check_vectors(t);
}

static void vectors_in_a_struct_are_columns(void **state)
{
    table_test *t = *state;
    static mat m;
    start_file(&m);
    const size_t start = open_struct(
        &m, "data", 1, NAMES("choice", "reward", "ok", "code", "subject", "dose", "weights"), 7);
    put_vectors(&m);
    close_matrix(&m, start);
    CHECK_OK(t->ctx, read_mat(t, &m, ""));
    check_vectors(t);
}

static void a_matrix_is_trials_by_features(void **state)
{
    table_test *t = *state;
    static mat m;
    start_file(&m);
    put_numbers(&m, "m", 3, 2, V(0, 1, 1, 10, 20, 30));
    CHECK_OK(t->ctx, read_mat(t, &m, ""));
    assert_column(t, "choice", "0 1 1");
    assert_column(t, "reward", "10 20 30");
}

static void packed_variables_are_read(void **state)
{
    table_test *t = *state;
    static mat plain, m;
    unsigned char packed[4096];
    uLongf n = sizeof packed;
    make_struct_array(&plain);
    start_file(&m);
    assert_int_equal(compress(packed, &n, (const Bytef *)plain.bytes + 128, (uLong)(plain.n - 128)),
                     Z_OK);
    put(&m, PACKED, packed, n);
    m.n = 128 + 8 + n; // these are not padded
    const size_t packed_end = m.n;
    put_numbers(&m, "other", 1, 1, V(1));
    CHECK_OK(t->ctx, read_mat(t, &m, "#raw"));
    assert_column(t, "choice", "0 1 1");
    m.bytes[packed_end - n / 2] ^= 0x55;
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.mat", read_mat(t, &m, ""));
}

static void several_tables_are_refused_with_their_names(void **state)
{
    table_test *t = *state;
    static mat m;
    start_file(&m);
    const size_t start = open_struct(&m, "task", 1, NAMES("choice", "info", "inner"), 3);
    put_numbers(&m, "", 2, 1, V(0, 1));
    put_text(&m, "", "about");
    const size_t inner = open_struct(&m, "", 1, NAMES("choice"), 1);
    put_numbers(&m, "", 3, 1, V(1, 1, 0));
    close_matrix(&m, inner);
    close_matrix(&m, start);
    put_numbers(&m, "choice", 4, 1, V(0, 1, 0, 0));
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.mat holds 3 tables. Say which one: ", read_mat(t, &m, ""));
    check_contains(dsc_message(t->ctx), "a.mat#task.inner");
    CHECK_OK(t->ctx, read_mat(t, &m, "#task.inner"));
    assert_column(t, "choice", "1 1 0");
    CHECK_OK(t->ctx, read_mat(t, &m, "#task"));
    assert_column(t, "choice", "0 1");
    CHECK_OK(t->ctx, read_mat(t, &m, "#")); // the variables themselves
    assert_column(t, "choice", "0 1 0 0");
}

// ---- what cannot be read ------------------------------------------------------------------------

static void what_holds_no_table_is_refused(void **state)
{
    table_test *t = *state;
    static mat m;
    start_file(&m);
    CHECK_FAILS(t->ctx, DSC_INPUT, "there is nothing", read_mat(t, &m, ""));
    put_numbers(&m, "n", 1, 1, V(3));
    CHECK_FAILS(t->ctx, DSC_INPUT, "no table of trials: vectors of one length, a column each",
                read_mat(t, &m, ""));
    CHECK_FAILS(t->ctx, DSC_INPUT, "there is a single column", read_mat(t, &m, "#n"));
    put_numbers(&m, "a", 1, 2, V(3, 4));
    put_numbers(&m, "b", 1, 3, V(3, 4, 5));
    CHECK_FAILS(t->ctx, DSC_INPUT, "vectors of different lengths", read_mat(t, &m, ""));
    start_file(&m);
    size_t start = open_matrix(&m, SPARSE, 2, 2, "s");
    close_matrix(&m, start);
    CHECK_FAILS(t->ctx, DSC_INPUT, "there is a sparse matrix", read_mat(t, &m, "#s"));
    start = open_matrix(&m, DOUBLES | 0x800, 1, 2, "z");
    put(&m, DOUBLE, V(1, 2), 16);
    close_matrix(&m, start);
    CHECK_FAILS(t->ctx, DSC_INPUT, "there is complex numbers", read_mat(t, &m, "#z"));
    m.bytes[126] = 'M', m.bytes[127] = 'I';
    CHECK_FAILS(t->ctx, DSC_INPUT, "big-endian", read_mat(t, &m, ""));
    m.n = 100;
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.mat ends too early", read_mat(t, &m, ""));
}

static void impossible_sizes_cost_no_memory(void **state)
{
    table_test *t = *state;
    static mat m;
    start_file(&m);
    size_t start = open_matrix(&m, DOUBLES, 1 << 30, 1, "huge");
    put(&m, DOUBLE, V(1), 8);
    close_matrix(&m, start);
    CHECK_FAILS(t->ctx, DSC_INPUT, "variable \"huge\": values are missing", read_mat(t, &m, ""));
    start_file(&m);
    start = open_matrix(&m, CELL, 1 << 30, 1, "huge");
    close_matrix(&m, start);
    CHECK_FAILS(t->ctx, DSC_INPUT, "variable \"huge\": elements are missing", read_mat(t, &m, ""));
    start_file(&m);
    start = open_matrix(&m, CHAR, 1 << 20, 1 << 20, "huge");
    put(&m, UINT16, "a\0", 2);
    close_matrix(&m, start);
    CHECK_FAILS(t->ctx, DSC_INPUT, "variable \"huge\": characters are missing",
                read_mat(t, &m, ""));
    start_file(&m);
    start = open_struct(&m, "wide", 100, NAMES("a", "b", "c", "d", "e", "f", "g", "h"), 8);
    for (int i = 0; i < 7 * 100; i++) put(&m, MATRIX, NULL, 0); // one field short
    close_matrix(&m, start);
    CHECK_FAILS(t->ctx, DSC_INPUT, "variable \"wide\": elements are missing", read_mat(t, &m, ""));
    start_file(&m); // nor time: structs without fields
    start = open_matrix(&m, STRUCT, 1 << 30, 1 << 24, "empty");
    put_small(&m, INT32, &(int32_t){16}, 4);
    put(&m, INT8, NULL, 0);
    close_matrix(&m, start);
    CHECK_FAILS(t->ctx, DSC_INPUT, "there is \"empty\"", read_mat(t, &m, ""));
    start_file(&m);
    start = open_matrix(&m, DOUBLES, -1, 1, "less");
    close_matrix(&m, start);
    CHECK_FAILS(t->ctx, DSC_INPUT, "its dimensions are impossible", read_mat(t, &m, ""));
}

static void cells_in_cells_have_an_end(void **state)
{
    table_test *t = *state;
    static mat m;
    size_t start[40];
    start_file(&m);
    for (int i = 0; i < 40; i++) start[i] = open_matrix(&m, CELL, 1, 1, "");
    for (int i = 39; i >= 0; i--) close_matrix(&m, start[i]);
    CHECK_FAILS(t->ctx, DSC_INPUT, "arrays lie in arrays too deep", read_mat(t, &m, ""));
}

// A column of cells that hold one cell, as MATLAB makes them of texts and numbers alike.
static void cells_of_one_cell_are_what_they_hold(void **state)
{
    table_test *t = *state;
    static mat m;
    start_file(&m);
    const size_t outer = open_matrix(&m, CELL, 2, 1, "choice");
    for (int i = 0; i < 2; i++) {
        const size_t inner = open_matrix(&m, CELL, 1, 1, "");
        put_numbers(&m, "", 1, 1, V(1 - i));
        close_matrix(&m, inner);
    }
    close_matrix(&m, outer);
    CHECK_OK(t->ctx, read_mat(t, &m, ""));
    assert_column(t, "choice", "1 0");
}

static void put_pairs(mat *m, const char *name)
{
    const size_t start = open_matrix(m, CELL, 2, 1, name);
    put_numbers(m, "", 1, 2, V(1, 2));
    put_numbers(m, "", 1, 2, V(3, 4));
    close_matrix(m, start);
}

static void a_part_without_columns_says_what_it_has(void **state)
{
    table_test *t = *state;
    static mat m;
    start_file(&m);
    size_t start = open_struct(&m, "odd", 1, NAMES("pairs"), 1);
    put_pairs(&m, "");
    close_matrix(&m, start);
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "a.mat#odd: no table of trials: vectors of one length, a column "
                "each, were expected; there is \"pairs\"",
                read_mat(t, &m, "#odd"));
    start_file(&m);
    start = open_struct(&m, "none", 1, NAMES("info"), 1);
    close_matrix(&m, open_struct(&m, "", 1, NAMES("x"), 0));
    close_matrix(&m, start);
    CHECK_FAILS(t->ctx, DSC_INPUT, "there is \"info\"", read_mat(t, &m, "#none"));
}

static void of_many_tables_a_dozen_are_listed(void **state)
{
    table_test *t = *state;
    static mat m;
    char name[16];
    start_file(&m);
    for (int i = 0; i < 13; i++) {
        snprintf(name, sizeof name, "s%d", i);
        const size_t start = open_struct(&m, name, 1, NAMES("choice"), 1);
        put_numbers(&m, "", 2, 1, V(0, 1));
        close_matrix(&m, start);
    }
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.mat holds 13 tables. Say which one: ", read_mat(t, &m, ""));
    check_contains(dsc_message(t->ctx), "a.mat#s11, ...");
}

// A matrix that holds one element too few, or one that makes no sense.
static void damaged_elements_are_refused_with_the_variable(void **state)
{
    table_test *t = *state;
    static mat m;
    static const struct {
        int class, rows, columns, type;
        const char *bytes;
        size_t n;
        const char *part;
    } cases[] = {
        {DOUBLES, 2, 1, 8, "", 0, "its values are of an unknown type"},
        {DOUBLES, 2, 1, 77, "", 0, "its values are of an unknown type"},
        {CHAR, 1, 1, DOUBLE, "\0\0\0\0\0\0\0\0", 8, "characters are missing"},
        {CHAR, 1, 1, 77, "a", 1, "its values are of an unknown type"},
        {CELL, 1, 1, UINT8, "\1\2\3\4\5", 5, "it holds something that is no array"},
        {STRUCT, 1, 1, INT32, "", 0, "it ends too early"},
        {STRUCT, 1, 1, 0, NULL, 0, "it ends too early"},
        {OBJECT, 1, 1, 0, NULL, 0, "it ends too early"},
        {OBJECT, 1, 1, INT8, "name", 4, "it ends too early"},
        {CHAR, 1, 1, 0, NULL, 0, "it ends too early"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start_file(&m);
        const size_t start = open_matrix(&m, cases[i].class, cases[i].rows, cases[i].columns, "it");
        if (cases[i].bytes) put(&m, cases[i].type, cases[i].bytes, cases[i].n);
        close_matrix(&m, start);
        CHECK_FAILS(t->ctx, DSC_INPUT, cases[i].part, read_mat(t, &m, ""));
        check_contains(dsc_message(t->ctx), "a.mat, variable \"");
    }
}

// Objects are read like structs; what is no array of numbers is named.
static void objects_are_structs_and_what_is_opaque_is_named(void **state)
{
    table_test *t = *state;
    static mat m;
    const int32_t each = 8;
    start_file(&m);
    size_t start = open_matrix(&m, OBJECT, 1, 1, "o");
    put(&m, INT8, "class", 5);
    put_small(&m, INT32, &each, 4);
    put(&m, INT8, "choice\0\0", 8);
    put_numbers(&m, "", 3, 1, V(0, 1, 1));
    close_matrix(&m, start);
    CHECK_OK(t->ctx, read_mat(t, &m, ""));
    assert_column(t, "choice", "0 1 1");
    const uint32_t flags[2] = {OPAQUE, 0};
    put_word(&m, MATRIX);
    put_word(&m, 0);
    start = m.n;
    put(&m, UINT32, flags, 8);
    put_small(&m, INT8, "obj", 3);
    close_matrix(&m, start);
    CHECK_FAILS(t->ctx, DSC_INPUT, "there is an object, e.g. a table", read_mat(t, &m, "#obj"));
}

static void read_damaged(table_test *t, const mat *m)
{
    const dsc_status status = read_mat(t, m, "");
    assert_true(status == DSC_OK || status == DSC_INPUT);
    if (status != DSC_OK) check_contains(dsc_message(t->ctx), "a.mat");
}

static void files_cut_or_changed_anywhere_are_a_table_or_an_error(void **state)
{
    table_test *t = *state;
    static mat whole, m;
    make_struct_array(&whole);
    put_vectors(&whole);
    for (size_t n = 0; n < whole.n; n += 3) {
        m = whole;
        m.n = n;
        read_damaged(t, &m);
    }
    for (uint32_t i = 0; i < 3000; i++) {
        dsc_stream s = dsc_stream_start(5, DSC_FOR_TASK, i, 0, 0);
        m = whole;
        for (uint32_t k = 0; k <= i % 3; k++)
            m.bytes[128 + dsc_stream_below(&s, (uint32_t)m.n - 128)] = (char)dsc_stream_word(&s);
        read_damaged(t, &m);
    }
}

static void reading_survives_every_failing_allocation(void **state)
{
    table_test *t = *state;
    static mat m;
    make_struct_array(&m);
    write_bytes(t, "a.mat", m.bytes, m.n);
    assert_true(read_with_failing_allocations(t, "a.mat") > 10);
    start_file(&m);
    put_vectors(&m);
    write_bytes(t, "a.mat", m.bytes, m.n);
    assert_true(read_with_failing_allocations(t, "a.mat") > 10);
    assert_true(read_with_failing_allocations(t, "a.mat#nothing") > 3);
    assert_true(read_with_failing_allocations(t, "a.mat#choice") > 3); // a single column
}

// ---- a published file ---------------------------------------------------------------------------

static const char rat[] = "../shared/data/clicks_rat/testdata.mat";

static void the_rat_reads_as_its_file_says(void **state)
{
    table_test *t = *state;
    if (!has_material(rat)) return;
    char trials[64];
    snprintf(trials, sizeof trials, "%s#rawdata", rat);
    CHECK_OK(t->ctx, dsc_table_read(t->ctx, trials, NULL, &t->table));
    assert_int_equal(t->table->n_trials, 3846);
    assert_int_equal(t->table->n_sessions, 27);
    assert_string_equal(t->table->session[0].label, "267901");
    assert_true(cell(t, "T", 0) == 0.16462927 || fabs(cell(t, "T", 0) - 0.16462927) < 1e-8);
    double hits = 0;
    for (size_t i = 0; i < t->table->n_trials; i++) hits += cell(t, "reward", i);
    assert_int_equal((int)hits, 2751);
    check_contains(t->notes, "each of the 3846 trials: \"leftbups\", \"rightbups\"");
    check_contains(t->notes, "\"T\" does not number the trials");
}

static void the_rat_cut_anywhere_is_an_error(void **state)
{
    table_test *t = *state;
    char *bytes;
    size_t n;
    if (!has_material(rat)) return;
    CHECK_OK(t->ctx, dsc_read_file(t->ctx, rat, &bytes, &n));
    for (size_t cut = 0; cut < n; cut += n / 40 + 1) {
        write_bytes(t, "a.mat", bytes, cut);
        assert_int_equal(read_with(t, "a.mat", NULL), DSC_INPUT);
        check_contains(dsc_message(t->ctx), "a.mat");
    }
    dsc_free(t->ctx, &bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(fields_of_a_struct_array_are_columns_and_vectors_are_told),
        TABLE_TEST(vectors_of_one_length_are_columns),
        TABLE_TEST(vectors_in_a_struct_are_columns),
        TABLE_TEST(a_matrix_is_trials_by_features),
        TABLE_TEST(packed_variables_are_read),
        TABLE_TEST(several_tables_are_refused_with_their_names),
        TABLE_TEST(what_holds_no_table_is_refused),
        TABLE_TEST(impossible_sizes_cost_no_memory),
        TABLE_TEST(cells_in_cells_have_an_end),
        TABLE_TEST(cells_of_one_cell_are_what_they_hold),
        TABLE_TEST(a_part_without_columns_says_what_it_has),
        TABLE_TEST(of_many_tables_a_dozen_are_listed),
        TABLE_TEST(damaged_elements_are_refused_with_the_variable),
        TABLE_TEST(objects_are_structs_and_what_is_opaque_is_named),
        TABLE_TEST(files_cut_or_changed_anywhere_are_a_table_or_an_error),
        TABLE_TEST(reading_survives_every_failing_allocation),
        TABLE_TEST(the_rat_reads_as_its_file_says),
        TABLE_TEST(the_rat_cut_anywhere_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
