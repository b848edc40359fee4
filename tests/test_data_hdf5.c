// SPDX-License-Identifier: Apache-2.0
// test_data_hdf5.c — HDF5, NWB and MATLAB's -v7.3 into trial tables; the files are made here.
#include <hdf5.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/tables.h"

// ---- writing ------------------------------------------------------------------------------------

static hid_t create(table_test *t, const char *name, hsize_t userblock)
{
    const hid_t p = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(p, userblock);
    const hid_t file = H5Fcreate(test_path(t, name), H5F_ACC_TRUNC, p, H5P_DEFAULT);
    H5Pclose(p);
    assert_true(file >= 0);
    return file;
}

// Groups on the way to a data set are made.
static hid_t put(hid_t file, const char *path, hid_t type, int rank, const hsize_t *shape,
                 const void *values)
{
    const hid_t space = rank ? H5Screate_simple(rank, shape, NULL) : H5Screate(H5S_SCALAR);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const hid_t set = H5Dcreate2(file, path, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(set >= 0);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Pclose(links);
    H5Sclose(space);
    return set;
}

static void put_numbers(hid_t file, const char *path, hsize_t n, const double *values)
{
    H5Dclose(put(file, path, H5T_NATIVE_DOUBLE, 1, &n, values));
}

static void put_texts(hid_t file, const char *path, hsize_t n, const char *const *texts)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Dclose(put(file, path, type, n ? 1 : 0, &n, texts));
    H5Tclose(type);
}

static void put_attribute(hid_t object, const char *name, const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(text));
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, text);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

#define V(...)     ((const double[]){__VA_ARGS__})
#define TEXTS(...) ((const char *const[]){__VA_ARGS__})

// ---- HDF5 ---------------------------------------------------------------------------------------

static void make_plain(table_test *t)
{
    const hid_t file = create(t, "a.h5", 0), fixed = H5Tcopy(H5T_C_S1);
    const hsize_t three = 3, shape[2] = {3, 2}, deep[5] = {1, 1, 1, 1, 1};
    H5Tset_size(fixed, 2);
    put_numbers(file, "/task/choice", 3, V(0, 1, 1));
    put_numbers(file, "/task/reward", 3, V(0.1, NAN, -1));
    put_texts(file, "/task/subject", 3, TEXTS("a", "b\xe4", "b\xe4"));
    H5Dclose(put(file, "/task/fixed", fixed, 1, &three, "x\0yy\0\0"));
    H5Dclose(put(file, "/task/small", H5T_NATIVE_SCHAR, 1, &three, "\1\2\xff"));
    put_numbers(file, "/task/dose", 1, V(7));
    put_numbers(file, "/task/weights", 2, V(1, 2));
    H5Dclose(put(file, "/task/table", H5T_NATIVE_DOUBLE, 2, shape, V(0, 1, 2, 3, 4, 5)));
    H5Dclose(put(file, "/task/deep", H5T_NATIVE_DOUBLE, 5, deep, V(1)));
    H5Lcreate_external("other.h5", "/x", file, "/elsewhere", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/task", file, "/task/again", H5P_DEFAULT, H5P_DEFAULT); // round and round
    H5Ldelete(file, "/task/again", H5P_DEFAULT);
    H5Tclose(fixed);
    H5Fclose(file);
}

static void data_sets_of_a_group_are_columns(void **state)
{
    table_test *t = *state;
    make_plain(t);
    CHECK_OK(t->ctx, read_with(t, "a.h5", NULL));
    assert_int_equal(t->table->n_columns, 5);
    assert_column(t, "choice", "0 1 1");
    assert_column(t, "reward", "0.1 - -1");
    assert_string_equal(t->table->subject[1], "b\xc3\xa4"); // Latin-1
    assert_column(t, "fixed", "0 1 -");
    assert_column(t, "small", "1 2 -1");
    assert_column(t, "dose", "7 7 7");
    check_contains(t->notes, "each of the 3 trials: \"deep\", \"table\", \"weights\"");
    char hash[17];
    strcpy(hash, t->table->hash);
    CHECK_OK(t->ctx, read_with(t, "a.h5#/task", NULL));
    assert_string_equal(t->table->hash, hash);
    CHECK_OK(t->ctx, read_with(t, "a.h5#task/table", NULL));
    assert_column(t, "choice", "0 2 4");
    CHECK_FAILS(t->ctx, DSC_INPUT, "there is no \"tusk\"; there is \"task\"",
                read_with(t, "a.h5#tusk", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT, "there is a single column",
                read_with(t, "a.h5#task/choice", NULL));
}

static void make_compound(table_test *t)
{
    typedef struct trial {
        int choice;
        double reward;
        char who[4];
        hobj_ref_t link;
    } trial;
    const trial trials[2] = {{1, 0.5, "ab", 0}, {0, 2, "c", 0}};
    const hsize_t two = 2;
    const hid_t file = create(t, "a.h5", 0), type = H5Tcreate(H5T_COMPOUND, sizeof(trial));
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 4);
    H5Tinsert(type, "choice", offsetof(trial, choice), H5T_NATIVE_INT);
    H5Tinsert(type, "reward", offsetof(trial, reward), H5T_NATIVE_DOUBLE);
    H5Tinsert(type, "who", offsetof(trial, who), text);
    H5Tinsert(type, "link", offsetof(trial, link), H5T_STD_REF_OBJ);
    H5Dclose(put(file, "/trials", type, 1, &two, trials));
    H5Tclose(text);
    H5Tclose(type);
    H5Fclose(file);
}

static void a_compound_is_a_table(void **state)
{
    table_test *t = *state;
    make_compound(t);
    CHECK_OK(t->ctx, read_with(t, "a.h5", NULL));
    assert_int_equal(t->table->n_columns, 3);
    assert_column(t, "choice", "1 0");
    assert_column(t, "reward", "0.5 2");
    assert_string_equal(dsc_table_column(t->table, "who")->label[0], "ab");
}

static void two_groups_are_refused_with_their_names(void **state)
{
    table_test *t = *state;
    const hid_t file = create(t, "a.h5", 0);
    put_numbers(file, "/one/choice", 2, V(0, 1));
    put_numbers(file, "/two/inner/choice", 2, V(1, 1));
    put_numbers(file, "/three/choice", 1, V(1));
    H5Fclose(file);
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "a.h5 holds 2 tables. Say which one: ", read_with(t, "a.h5", NULL));
    check_contains(dsc_message(t->ctx), "a.h5#one, ");
    check_contains(dsc_message(t->ctx), "a.h5#two/inner");
    CHECK_OK(t->ctx, read_with(t, "a.h5#two/inner", NULL));
    assert_column(t, "choice", "1 1");
    CHECK_OK(t->ctx, read_with(t, "a.h5#three", NULL)); // one trial, but asked for
}

// ---- NWB ----------------------------------------------------------------------------------------

static void make_nwb(table_test *t, bool id)
{
    const hid_t file = create(t, "a.nwb", 0);
    const hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    put_attribute(root, "nwb_version", "2.6.0");
    H5Gclose(root);
    put_numbers(file, "/intervals/trials/id", 3, V(0, 1, 2));
    put_numbers(file, "/intervals/trials/start_time", 3, V(0.5, 1.5, 2.5));
    put_texts(file, "/intervals/trials/choice", 3, TEXTS("right", "left", "right"));
    put_numbers(file, "/intervals/trials/spikes", 3, V(9, 9, 9));
    put_numbers(file, "/intervals/trials/spikes_index", 3, V(1, 1, 3));
    put_numbers(file, "/units/spike_times", 50, (double[50]){0});
    put_texts(file, "/identifier", 0, TEXTS("xyz"));
    put_texts(file, "/general/subject/subject_id", 0, TEXTS("mouse 7"));
    if (id) put_texts(file, "/general/session_id", 0, TEXTS("s1"));
    H5Fclose(file);
}

static void trials_of_nwb_have_subject_session_and_no_ragged_columns(void **state)
{
    table_test *t = *state;
    make_nwb(t, true);
    CHECK_OK(t->ctx, read_with(t, "a.nwb", NULL));
    assert_string_equal(t->table->subject[0], "mouse 7");
    assert_string_equal(t->table->session[0].label, "s1");
    assert_column(t, "choice", "1 0 1");
    assert_column(t, "start_time", "0.5 1.5 2.5");
    assert_int_equal(t->table->n_columns, 2);
    assert_true(t->table->trial[2] == 2);
    check_contains(t->notes, "\"spikes\", \"spikes_index\"");
    CHECK_OK(t->ctx, read_with(t, "a.nwb#units", NULL));
    assert_int_equal(t->table->n_trials, 50);
    make_nwb(t, false);
    CHECK_OK(t->ctx, read_with(t, "a.nwb", NULL));
    assert_string_equal(t->table->session[0].label, "xyz");
}

// ---- MATLAB -------------------------------------------------------------------------------------

// A value behind a reference, its axes reversed.
static hobj_ref_t refer(hid_t file, const char *path, const char *class, int n,
                        const double *values)
{
    hobj_ref_t reference;
    const hsize_t shape[2] = {(hsize_t)n, 1};
    const hid_t set = put(file, path, H5T_NATIVE_DOUBLE, 2, shape, values);
    put_attribute(set, "MATLAB_class", class);
    H5Dclose(set);
    H5Rcreate(&reference, file, path, H5R_OBJECT, -1);
    return reference;
}

static void mark_as_matlab(table_test *t)
{
    static const char head[] = "MATLAB 7.3 MAT-file, made by hand";
    FILE *out = fopen(test_path(t, "a.mat"), "r+b");
    fwrite(head, 1, sizeof head, out);
    fclose(out);
}

// Cells: a struct, what holds nothing, a matrix of characters, one that holds itself.
static void make_odd_matlab(table_test *t, bool round)
{
    const hid_t file = create(t, "a.mat", 512);
    const hsize_t one = 1, two[2] = {2, 1}, square[2] = {2, 2};
    hobj_ref_t inner[2], self = 0;
    put_numbers(file, "/#refs#/s/a", 1, V(1));
    H5Rcreate(&inner[0], file, "/#refs#/s", H5R_OBJECT, -1);
    inner[1] = refer(file, "/#refs#/b", "double", 1, V(1));
    H5Dclose(put(file, "/task/mixed", H5T_STD_REF_OBJ, 2, two, inner));
    H5Dclose(put(file, "/task/choice", H5T_NATIVE_DOUBLE, 2, two, V(0, 1)));
    hid_t set = put(file, "/task/code", H5T_NATIVE_DOUBLE, 2, square, V('a', 'c', 'b', 'd'));
    put_attribute(set, "MATLAB_class", "char");
    H5Dclose(set);
    set = put(file, "/task/none", H5T_NATIVE_DOUBLE, 2, two, V(0, 0));
    put_attribute(set, "MATLAB_empty", "1");
    H5Dclose(set);
    if (round) {
        set = put(file, "/task/round", H5T_STD_REF_OBJ, 1, &one, &self);
        H5Rcreate(&self, file, "/task/round", H5R_OBJECT, -1);
        H5Dwrite(set, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, &self);
        H5Dclose(set);
    }
    H5Fclose(file);
    mark_as_matlab(t);
}

static void odd_cells_of_matlab_are_told_or_refused(void **state)
{
    table_test *t = *state;
    make_odd_matlab(t, false);
    CHECK_OK(t->ctx, read_with(t, "a.mat", NULL));
    assert_column(t, "choice", "0 1");
    assert_string_equal(dsc_table_column(t->table, "code")->label[0], "ab");
    assert_int_equal(t->table->n_columns, 2);
    check_contains(t->notes, "each of the 2 trials: \"mixed\", \"none\"");
    make_odd_matlab(t, true);
    CHECK_FAILS(t->ctx, DSC_INPUT, "data set \"/task/round\": it cannot be read",
                read_with(t, "a.mat", NULL));
}

static void make_matlab(table_test *t)
{
    const hid_t file = create(t, "a.mat", 512);
    const hsize_t three[2] = {3, 1};
    const hobj_ref_t choice[3] = {refer(file, "/#refs#/a", "double", 1, V(0)),
                                  refer(file, "/#refs#/b", "double", 1, V(1)),
                                  refer(file, "/#refs#/c", "double", 1, V(1))};
    const hobj_ref_t say[3] = {refer(file, "/#refs#/d", "char", 2, V('h', 0xe4)),
                               refer(file, "/#refs#/e", "char", 1, V('y')),
                               refer(file, "/#refs#/f", "char", 1, V('y'))};
    const hobj_ref_t clicks[3] = {choice[0], refer(file, "/#refs#/g", "double", 3, V(1, 2, 3)),
                                  choice[1]};
    H5Dclose(put(file, "/raw/choice", H5T_STD_REF_OBJ, 2, three, choice));
    H5Dclose(put(file, "/raw/say", H5T_STD_REF_OBJ, 2, three, say));
    H5Dclose(put(file, "/raw/clicks", H5T_STD_REF_OBJ, 2, three, clicks));
    H5Fclose(file);
    mark_as_matlab(t);
}

static void arrays_of_structs_of_matlab_are_tables(void **state)
{
    table_test *t = *state;
    make_matlab(t);
    CHECK_OK(t->ctx, read_with(t, "a.mat", NULL));
    assert_column(t, "choice", "0 1 1");
    assert_column(t, "say", "0 1 1");
    assert_string_equal(dsc_table_column(t->table, "say")->label[0], "h\xc3\xa4");
    check_contains(t->notes, "each of the 3 trials: \"clicks\"");
    CHECK_OK(t->ctx, read_with(t, "a.mat#raw", NULL));
}

// ---- damage -------------------------------------------------------------------------------------

static void read_damaged(table_test *t, const char *bytes, size_t n)
{
    write_bytes(t, "x.h5", bytes, n);
    const dsc_status status = read_with(t, "x.h5", NULL);
    assert_true(status != DSC_DEFECT);
    if (status != DSC_OK)
        check_contains(dsc_message(t->ctx), status == DSC_MEMORY ? "memory" : "x.h5");
}

static void files_cut_or_changed_anywhere_are_a_table_or_an_error(void **state)
{
    table_test *t = *state;
    static const char *const names[] = {"a.h5", "a.nwb", "a.mat"};
    make_plain(t);
    make_nwb(t, true);
    make_matlab(t);
    for (uint32_t f = 0; f < 3; f++) {
        char *bytes;
        size_t n;
        CHECK_OK(t->ctx, dsc_read_file(t->ctx, test_path(t, names[f]), &bytes, &n));
        for (size_t cut = 0; cut < n; cut += n / 25) read_damaged(t, bytes, cut);
        for (uint32_t i = 0; i < 80; i++) {
            dsc_stream s = dsc_stream_start(6, DSC_FOR_TASK, i, f, 0);
            char *byte = &bytes[dsc_stream_below(&s, (uint32_t)n)], old = *byte;
            *byte = (char)dsc_stream_word(&s);
            read_damaged(t, bytes, n);
            *byte = old;
        }
        dsc_free(t->ctx, &bytes);
    }
}

// A data set whose values have a checksum; the first byte of what is stored for it is then changed.
static void put_checked(hid_t file, const char *path, hid_t type, const void *values, int rank,
                        const hsize_t *shape)
{
    const hid_t space = H5Screate_simple(rank, shape, NULL), p = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(p, rank, shape);
    H5Pset_fletcher32(p);
    const hid_t set = H5Dcreate2(file, path, type, space, H5P_DEFAULT, p, H5P_DEFAULT);
    assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Pclose(p);
    H5Sclose(space);
}

static void change_bytes(table_test *t, const char *name, const char *from, const char *to,
                         size_t n)
{
    char *bytes;
    size_t size, at = 0;
    CHECK_OK(t->ctx, dsc_read_file(t->ctx, test_path(t, name), &bytes, &size));
    while (at + n <= size && memcmp(bytes + at, from, n) != 0) at++;
    assert_true(at + n <= size);
    memcpy(bytes + at, to, n);
    write_bytes(t, name, bytes, size);
    dsc_free(t->ctx, &bytes);
}

static void values_that_cannot_be_read_are_refused_with_their_place(void **state)
{
    table_test *t = *state;
    static const double marked[] = {1234.5, 0};
    const hsize_t two = 2;
    hid_t file = create(t, "a.h5", 0);
    put_checked(file, "/choice", H5T_NATIVE_DOUBLE, marked, 1, &two);
    H5Fclose(file);
    change_bytes(t, "a.h5", (const char *)&marked[0], "12345678", 8);
    CHECK_FAILS(t->ctx, DSC_INPUT, "data set \"/choice\": it cannot be read",
                read_with(t, "a.h5", NULL));
    const hid_t fixed = H5Tcopy(H5T_C_S1);
    H5Tset_size(fixed, 8);
    file = create(t, "a.h5", 0);
    put_checked(file, "/say", fixed, "abcdefghijklmnop", 1, &two);
    H5Fclose(file);
    change_bytes(t, "a.h5", "abcdefgh", "ABCDEFGH", 8);
    CHECK_FAILS(t->ctx, DSC_INPUT, "data set \"/say\": it cannot be read",
                read_with(t, "a.h5", NULL));
    file = create(t, "a.h5", 0);
    put_texts(file, "/say", 2, TEXTS("first text", "second text"));
    H5Fclose(file);
    change_bytes(t, "a.h5", "GCOL", "GONE", 4);
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.h5", read_with(t, "a.h5", NULL));
    H5Tset_size(fixed, (size_t)1 << 28); // of which nothing is stored
    file = create(t, "a.h5", 0);
    const hid_t space = H5Screate_simple(1, &two, NULL);
    H5Dclose(H5Dcreate2(file, "say", fixed, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
    H5Tclose(fixed);
    H5Fclose(file);
    CHECK_FAILS(t->ctx, DSC_INPUT, "data set \"/say\": it cannot be read",
                read_with(t, "a.h5", NULL));
}

static void a_matrix_that_cannot_be_read_is_refused_with_its_place(void **state)
{
    table_test *t = *state;
    static const double marked[] = {1234.5, 0, 1, 1};
    const hsize_t square[2] = {2, 2};
    const hid_t file = create(t, "a.h5", 0);
    put_checked(file, "/m", H5T_NATIVE_DOUBLE, marked, 2, square);
    H5Fclose(file);
    change_bytes(t, "a.h5", (const char *)&marked[0], "12345678", 8);
    CHECK_FAILS(t->ctx, DSC_INPUT, "data set \"/m\": it cannot be read",
                read_with(t, "a.h5", NULL));
}

// One set of data under so many names is as many columns.
static void more_columns_than_trials_could_have_are_refused(void **state)
{
    table_test *t = *state;
    char name[16];
    const hid_t file = create(t, "a.h5", 0);
    put_numbers(file, "/choice", 2, V(0, 1));
    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "c%d", i);
        H5Lcreate_hard(file, "choice", file, name, H5P_DEFAULT, H5P_DEFAULT);
    }
    H5Fclose(file);
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.h5: more than 10000 columns; is this a table of trials?",
                read_with(t, "a.h5", NULL));
}

// Each of ten groups is in the one before under ten names: 10^7 groups in a few kilobytes.
static void groups_in_groups_have_an_end(void **state)
{
    table_test *t = *state;
    char name[16];
    const hid_t file = create(t, "a.h5", 0);
    hid_t group = H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (int depth = 0; depth < 10; depth++) {
        const hid_t inner = H5Gcreate2(group, "0", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        for (int i = 1; i < 10; i++) {
            snprintf(name, sizeof name, "%d", i);
            H5Lcreate_hard(inner, ".", group, name, H5P_DEFAULT, H5P_DEFAULT);
        }
        H5Gclose(group);
        group = inner;
    }
    H5Gclose(group);
    H5Fclose(file);
    CHECK_FAILS(t->ctx, DSC_INPUT, "more than 200000 groups and data sets",
                read_with(t, "a.h5", NULL));
}

static void make_odd(table_test *t)
{
    char deep[64] = "", name[300];
    hid_t file = create(t, "a.h5", 0);
    const hid_t labels = H5Tenum_create(H5T_NATIVE_INT);
    const hsize_t two = 2;
    int value = 0;
    H5Tenum_insert(labels, "left", &value);
    value = 1;
    H5Tenum_insert(labels, "right", &value);
    H5Dclose(put(file, "/t/choice", labels, 1, &two, (const int[]){1, 0}));
    H5Tcommit2(file, "/t/type", labels, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Tclose(labels);
    put_texts(file, "/t/said", 2, TEXTS("a", NULL));
    const hid_t none = H5Screate(H5S_NULL);
    H5Dclose(H5Dcreate2(file, "/t/nothing", H5T_NATIVE_INT, none, H5P_DEFAULT, H5P_DEFAULT,
                        H5P_DEFAULT));
    H5Sclose(none);
    H5Dclose(put(file, "/t/opaque", H5T_STD_REF_OBJ, 1, &two, (const hobj_ref_t[]){0, 0}));
    H5Lcreate_soft("/nowhere", file, "/t/lost", H5P_DEFAULT, H5P_DEFAULT);
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0, name[0] = name[2] = '/', name[1] = 't';
    put_numbers(file, name, 2, V(1, 2));
    for (int i = 0; i < 14; i++) strcat(deep, "/d");
    strcat(deep, "/x");
    put_numbers(file, deep, 2, V(1, 2));
    H5Fclose(file);
}

static void what_is_no_column_is_left_out(void **state)
{
    table_test *t = *state;
    make_odd(t);
    CHECK_OK(t->ctx, read_with(t, "a.h5", NULL));
    assert_column(t, "choice", "1 0");
    assert_column(t, "said", "0 -");
    assert_int_equal(t->table->n_columns, 2);
    check_contains(t->notes, "\"nothing\", \"opaque\", \"type\"");
    CHECK_FAILS(t->ctx, DSC_INPUT, "there is values of a kind that is not read",
                read_with(t, "a.h5#t/opaque", NULL));
}

// ---- processes ----------------------------------------------------------------------------------

static bool no_fork, no_pipe;
pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
    return no_fork ? -1 : __real_fork();
}
int __real_pipe(int ends[2]);
int __wrap_pipe(int ends[2]);
int __wrap_pipe(int ends[2])
{
    return no_pipe ? -1 : __real_pipe(ends);
}

// Seconds until a copy that waits is ended, 0: as the library says.
static unsigned wait_at_most;
unsigned __real_alarm(unsigned seconds);
unsigned __wrap_alarm(unsigned seconds);
unsigned __wrap_alarm(unsigned seconds)
{
    return __real_alarm(wait_at_most ? wait_at_most : seconds);
}

// An allocator whose lock another thread held as the process was copied.
static pid_t owner;
static void *wait_in_copy(void *user, void *p, size_t bytes)
{
    (void)user;
    while (getpid() != owner) pause();
    if (bytes > 0) return realloc(p, bytes);
    free(p);
    return NULL;
}

static void a_copy_that_waits_in_vain_is_ended(void **state)
{
    table_test *t = *state;
    const dsc_allocator a = {wait_in_copy, NULL};
    dsc_context *ctx = NULL;
    dsc_table *table = NULL;
    sigset_t all, before;
    owner = getpid();
    make_plain(t);
    assert_int_equal(dsc_context_create(&a, &ctx), DSC_OK);
    sigfillset(&all); // what the host blocks does not keep the copy alive
    sigprocmask(SIG_SETMASK, &all, &before);
    wait_at_most = 1;
    CHECK_FAILS(ctx, DSC_INPUT, "a.h5", dsc_table_read(ctx, test_path(t, "a.h5"), NULL, &table));
    wait_at_most = 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    dsc_context_destroy(&ctx);
}

// A program that lets its children go unseen learns all the same how the copy ended.
static void how_the_copy_ended_is_known_where_nobody_waits_for_children(void **state)
{
    table_test *t = *state;
    signal(SIGCHLD, SIG_IGN);
    make_plain(t);
    CHECK_OK(t->ctx, read_with(t, "a.h5", NULL));
    const dsc_allocator a = {wait_in_copy, NULL};
    dsc_context *ctx = NULL;
    dsc_table *table = NULL;
    owner = getpid();
    assert_int_equal(dsc_context_create(&a, &ctx), DSC_OK);
    wait_at_most = 1;
    CHECK_FAILS(ctx, DSC_INPUT, "does not survive",
                dsc_table_read(ctx, test_path(t, "a.h5"), NULL, &table));
    wait_at_most = 0;
    signal(SIGCHLD, SIG_DFL);
    dsc_context_destroy(&ctx);
}

static void a_process_that_cannot_be_started_is_said(void **state)
{
    table_test *t = *state;
    make_plain(t);
    no_fork = true;
    CHECK_FAILS(t->ctx, DSC_IO, "a.h5: no process could be started to read it",
                read_with(t, "a.h5", NULL));
    no_fork = false, no_pipe = true;
    CHECK_FAILS(t->ctx, DSC_IO, "a.h5: no pipe could be opened to read it",
                read_with(t, "a.h5", NULL));
    no_pipe = false;
    CHECK_OK(t->ctx, read_with(t, "a.h5", NULL));
}

static void what_holds_no_table_is_refused(void **state)
{
    table_test *t = *state;
    H5Fclose(create(t, "a.h5", 0));
    CHECK_FAILS(t->ctx, DSC_INPUT, "no table of trials", read_with(t, "a.h5", NULL));
    const hid_t file = create(t, "a.h5", 0);
    const hsize_t huge = (hsize_t)1 << 40;
    const hid_t space = H5Screate_simple(1, &huge, NULL);
    H5Dclose(
        H5Dcreate2(file, "x", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
    H5Fclose(file);
    CHECK_FAILS(t->ctx, DSC_INPUT, "which the file cannot hold", read_with(t, "a.h5", NULL));
    write_bytes(t, "b.h5", "\x89HDF\r\n\x1a\n and no more", 20);
    CHECK_FAILS(t->ctx, DSC_INPUT, "b.h5 is no complete HDF5 file", read_with(t, "b.h5", NULL));
}

static void reading_survives_every_failing_allocation(void **state)
{
    table_test *t = *state;
    static const char *const names[] = {"a.h5", "a.nwb", "a.mat", "a.h5#none"};
    make_plain(t);
    make_nwb(t, true);
    make_matlab(t);
    for (int i = 0; i < 4; i++) assert_true(read_with_failing_allocations(t, names[i]) > 5);
    make_odd(t);
    assert_true(read_with_failing_allocations(t, "a.h5") > 5);
    make_odd_matlab(t, false);
    assert_true(read_with_failing_allocations(t, "a.mat") > 5);
    make_compound(t);
    assert_true(read_with_failing_allocations(t, "a.h5") > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(data_sets_of_a_group_are_columns),
        TABLE_TEST(a_compound_is_a_table),
        TABLE_TEST(two_groups_are_refused_with_their_names),
        TABLE_TEST(trials_of_nwb_have_subject_session_and_no_ragged_columns),
        TABLE_TEST(arrays_of_structs_of_matlab_are_tables),
        TABLE_TEST(odd_cells_of_matlab_are_told_or_refused),
        TABLE_TEST(values_that_cannot_be_read_are_refused_with_their_place),
        TABLE_TEST(a_matrix_that_cannot_be_read_is_refused_with_its_place),
        TABLE_TEST(more_columns_than_trials_could_have_are_refused),
        TABLE_TEST(groups_in_groups_have_an_end),
        TABLE_TEST(what_is_no_column_is_left_out),
        TABLE_TEST(a_process_that_cannot_be_started_is_said),
        TABLE_TEST(a_copy_that_waits_in_vain_is_ended),
        TABLE_TEST(how_the_copy_ended_is_known_where_nobody_waits_for_children),
        TABLE_TEST(files_cut_or_changed_anywhere_are_a_table_or_an_error),
        TABLE_TEST(what_holds_no_table_is_refused),
        TABLE_TEST(reading_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
