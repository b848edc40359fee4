// SPDX-License-Identifier: Apache-2.0
// test_data_pth.c — state dictionaries of PyTorch: tensors by name, and nothing else. The files are
// in the fuzzers' corpus.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "data/pickle.h"
#include "support/tables.h"

#define CORPUS "tests/fuzz/corpus/pth/"

static const dsc_tensor *tensor(const dsc_tensors *t, const char *name)
{
    for (int i = 0; i < t->n; i++)
        if (strcmp(t->tensor[i].name, name) == 0) return &t->tensor[i];
    fail_msg("no tensor \"%s\"", name);
    return NULL;
}

static void assert_values(const dsc_tensors *t, const char *name, size_t n, const double *values)
{
    const dsc_tensor *one = tensor(t, name);
    assert_int_equal(one->n, n);
    for (size_t i = 0; i < n; i++) assert_true(one->value[i] == values[i]);
}

#define V(...) ((const double[]){__VA_ARGS__})

static void tensors_have_names_shapes_and_values(void **state)
{
    table_test *t = *state;
    dsc_tensors *got = NULL;
    CHECK_OK(t->ctx, dsc_tensors_read(t->ctx, CORPUS "state.pth", &got));
    assert_int_equal(got->n, 3);
    assert_values(got, "rnn.weight", 6, V(1, 2, 3, 4, 5, 6.5));
    // The same storage with other strides.
    assert_values(got, "rnn.transposed", 6, V(1, 4, 2, 5, 3, 6.5));
    assert_int_equal(tensor(got, "rnn.transposed")->shape[0], 3);
    assert_int_equal(tensor(got, "rnn.transposed")->n_dimensions, 2);
    // A parameter that starts within its storage.
    assert_values(got, "bias", 2, V(0.1, -2));
    dsc_tensors_destroy(&got);
    assert_null(got);
    dsc_tensors_destroy(&got);
}

static void dictionaries_in_dictionaries_and_all_types_are_read(void **state)
{
    table_test *t = *state;
    dsc_tensors *got = NULL;
    CHECK_OK(t->ctx, dsc_tensors_read(t->ctx, CORPUS "checkpoint.pth", &got));
    assert_int_equal(got->n, 4);
    assert_values(got, "model.half", 3, V(0.5, -65504, 0x1p-24));
    assert_values(got, "model.brain", 2, V(1.5, -2));
    assert_values(got, "model.steps", 1, V(-7));
    assert_int_equal(tensor(got, "model.steps")->n_dimensions, 0);
    assert_values(got, "model.mask", 2, V(1, 0));
    dsc_tensors_destroy(&got);
}

static void what_asks_for_more_is_refused_and_not_done(void **state)
{
    table_test *t = *state;
    dsc_tensors *got = NULL;
    CHECK_FAILS(t->ctx, DSC_INPUT, "system.pth asks Python for posix.system, which is not needed",
                dsc_tensors_read(t->ctx, CORPUS "system.pth", &got));
    CHECK_FAILS(t->ctx, DSC_INPUT, "tensor \"w\": its shape does not fit the 6 numbers",
                dsc_tensors_read(t->ctx, CORPUS "beyond.pth", &got));
    CHECK_FAILS(t->ctx, DSC_INPUT, "dictionaries that hold themselves",
                dsc_tensors_read(t->ctx, CORPUS "itself.pth", &got));
    write_bytes(t, "old.pth", "\x80\x02\x8a\x0a", 4);
    CHECK_FAILS(t->ctx, DSC_INPUT, "was written by a PyTorch older than 1.6",
                dsc_tensors_read(t->ctx, test_path(t, "old.pth"), &got));
    CHECK_FAILS(t->ctx, DSC_INPUT, "is a pickle of Python", read_with(t, "old.pth", NULL));
    write_bytes(t, "none.pth", "abc", 3);
    CHECK_FAILS(t->ctx, DSC_INPUT, "not a complete zip archive",
                dsc_tensors_read(t->ctx, test_path(t, "none.pth"), &got));
    CHECK_FAILS(t->ctx, DSC_INPUT, "holds tensors of PyTorch, no trials",
                dsc_table_read(t->ctx, CORPUS "state.pth", NULL, &t->table));
    assert_null(got);
}

static dsc_status read_pickle(table_test *t, const char *bytes, size_t n)
{
    char copy[256];
    memcpy(copy, bytes, n);
    const data_bytes file = {.bytes = copy, .n = n};
    dsc_arena *arena = NULL;
    pickle_value *value;
    CHECK_OK(t->ctx, dsc_arena_create(t->ctx, &arena));
    const dsc_status status = pickle_read(t->ctx, arena, "a.pth", &file, &value);
    dsc_arena_destroy(&arena);
    return status;
}

// _rebuild_tensor_v2 and the first of its arguments.
#define STORAGE                                                                \
    "ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU\1" \
    "0U\3cpuK\4tQ"
enum { STORED = sizeof STORAGE - 1 };

static void damaged_pickles_are_refused_with_their_place(void **state)
{
    table_test *t = *state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *part;
    } cases[] = {
        {"\x80\x02", 2, "byte 2 of data.pkl: the pickle ends too early"},
        {"\x80\x02i", 3, "byte 2 of data.pkl: the opcode 0x69 is not needed"},
        {".", 1, "a value is missing"},
        {"(.", 2, "a value is missing"},
        {"t.", 2, "a mark is missing"},
        {"]K\1s.", 5, "items of what holds none"},
        {"K\1K\2a.", 6, "items of what holds none"},
        {"K\1(K\2e.", 7, "items of what holds none"},
        {"K\1\x86.", 4, "a value is missing"},
        {"h\5.", 3, "a value that was never stored"},
        {"(q\0h\0.", 6, "a value that was never stored"},
        {"Nr\xff\xff\xff\xff.", 7, "a place in the memo that is absurd"},
        {"\x8a\x09.", 3, "a whole number of more than 8 bytes"},
        {"X\xff\xff\xff\x7f", 5, "the pickle ends too early"},
        {"\x8d\xff\xff\xff\xff\xff\xff\xff\xff", 9, "the pickle ends too early"},
        {"cos\nsystem\n.", 12, "asks Python for os.system"},
        {"\x8c\1a\x8c\1b\x93.", 8, "asks Python for a.b"},
        {"NN\x93.", 4, "a global without a name"},
        {"cos", 3, "the pickle ends too early"},
        {"NQ.", 3, "a reference that is no storage"},
        {"N)R.", 4, "a call of what is no function"},
        {"ctorch._utils\n_rebuild_tensor_v2\n)R.", 36, "a tensor without storage or shape"},
        {"ctorch\nFloatStorage\n)R.", 23, "a storage that is called"},
        {"K", 1, "the pickle ends too early"},
        {"\x8a", 1, "the pickle ends too early"},
        {"G?\xf0", 3, "the pickle ends too early"},
        {"U", 1, "the pickle ends too early"},
        {"U\5abc", 5, "the pickle ends too early"},
        {"\x80", 1, "the pickle ends too early"},
        {"\x95\1", 2, "the pickle ends too early"},
        {"\x85.", 2, "a value is missing"},
        {"(\x85.", 3, "a value is missing"},
        {"e.", 2, "a mark is missing"},
        {"(K\2e.", 5, "items of what holds none"},
        {"}(K\2e.", 6, "items of what holds none"},
        {"a.", 2, "a value is missing"},
        {"K\1s.", 4, "a value is missing"},
        {"K\1a.", 4, "items of what holds none"},
        {"q\0.", 3, "a value is missing"},
        {"Nq", 2, "the pickle ends too early"},
        {"h", 1, "the pickle ends too early"},
        {"Nq\0h\1.", 6, "a value that was never stored"},
        {"cos\nsystem", 10, "the pickle ends too early"},
        {"\x93.", 2, "a value is missing"},
        {"N\x93.", 3, "a value is missing"},
        {"N\x8c\1a\x93.", 6, "a global without a name"},
        {"\x8c\1aN\x93.", 6, "a global without a name"},
        {"Q.", 2, "a value is missing"},
        {"N\x85Q.", 4, "a reference that is no storage"},
        {"NNNNNtQ.", 8, "a mark is missing"},
        {"(NNNNNtQ.", 9, "a reference that is no storage"},
        {"(U\3abcNNNNtQ.", 13, "a reference that is no storage"},
        {"(U\7storageNNNNtQ.", 17, "a reference that is no storage"},
        {"(U\7storagectorch\nFloatStorage\nNNNtQ.", 37, "a reference that is no storage"},
        {"R.", 2, "a value is missing"},
        {")R.", 3, "a value is missing"},
        {"ccollections\nOrderedDict\nNR.", 28, "a call of what is no function"},
        {"ctorch._utils\n_rebuild_parameter\n)R.", 36, "a storage that is called"},
        {"ctorch._utils\n_rebuild_tensor_v2\n(NNNNtR.", 42, "a tensor without storage or shape"},
        {"b.", 2, "a value is missing"},
        {STORAGE "N))tR.", STORED + 7, "a tensor without storage or shape"},
        {STORAGE "J\xff\xff\xff\xff))tR.", STORED + 11, "a tensor without storage or shape"},
        {STORAGE "K\0N)tR.", STORED + 8, "a tensor without storage or shape"},
        {STORAGE "K\0)NtR.", STORED + 8, "a tensor without storage or shape"},
        {STORAGE "K\0N\x85)tR.", STORED + 9, "a tensor without storage or shape"},
        {STORAGE "K\0J\xff\xff\xff\xff\x85)tR.", STORED + 13, "a tensor without storage"},
        {STORAGE "K\0K\1\x85)tR.", STORED + 10, "a tensor without storage or shape"},
        {STORAGE "K\0(K\1K\1K\1K\1K\1t(K\1K\1K\1K\1K\1ttR.", STORED + 30,
         "of more than 4 dimensions"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_FAILS(t->ctx, DSC_INPUT, cases[i].part, read_pickle(t, cases[i].bytes, cases[i].n));
    CHECK_OK(t->ctx,
             read_pickle(t, "\x80\x02}q\0(U\1aG?\xf0\0\0\0\0\0\0J\xff\xff\xff\xffM\1\1u}b.", 30));
}

// Writes an archive around a pickle and a storage of four bytes.
static void make_archive(table_test *t, const char *pickle, size_t n)
{
    zip_t *zip = zip_open(test_path(t, "a.pth"), ZIP_CREATE | ZIP_TRUNCATE, NULL);
    if (pickle) zip_file_add(zip, "a/data.pkl", zip_source_buffer(zip, pickle, n, 0), 0);
    zip_file_add(zip, "a/data/0", zip_source_buffer(zip, "\0\0\0\0", 4, 0), 0);
    assert_int_equal(zip_close(zip), 0);
}

#define P(bytes) bytes, sizeof(bytes) - 1

static void archives_that_hold_no_tensors_are_refused(void **state)
{
    table_test *t = *state;
    static const struct {
        const char *pickle;
        size_t n;
        const char *part;
    } cases[] = {
        {NULL, 0, "the archive lacks data.pkl"},
        {P("}."), "a.pth holds no tensors by name"},
        {P("N."), "a.pth holds no tensors by name"},
        {P(STORAGE "K\0K\2\x85K\1\x85tR."), "its shape does not fit the 1 numbers"},
        {P(STORAGE "K\0J\xff\xff\xff\x7f\x85K\0\x85tR."), "its shape does not fit"},
        {P(STORAGE "K\0K\1\x85J\xff\xff\xff\x7f\x85tR."), "its shape does not fit"},
        {P(STORAGE "K\1))tR."), "its shape does not fit the 1 numbers"},
        {P("ctorch._utils\n_rebuild_tensor_v2\n((U\7storageccollections\nOrderedDict\nU\1"
           "0U\3cpuK\4tQK\0))tR."),
         "\"collections OrderedDict\" is no storage of a tensor"},
        {P("ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU\1"
           "9U\3cpuK\4tQK\0))tR."),
         "the archive lacks \"a/data/9\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_tensors *got = NULL;
        make_archive(t, cases[i].pickle, cases[i].n);
        CHECK_FAILS(t->ctx, DSC_INPUT, cases[i].part,
                    dsc_tensors_read(t->ctx, test_path(t, "a.pth"), &got));
        assert_null(got);
    }
    dsc_tensors *got = NULL;
    make_archive(t, P(STORAGE "K\0))tR.")); // a number without a name or a shape
    CHECK_OK(t->ctx, dsc_tensors_read(t->ctx, test_path(t, "a.pth"), &got));
    assert_values(got, "tensor", 1, V(0));
    dsc_tensors_destroy(&got);
}

// A pickle needs a byte for each.
static void a_pickle_of_more_values_than_any_model_has_is_refused(void **state)
{
    table_test *t = *state;
    enum { MANY = 400001 };
    char *bytes = malloc(MANY);
    dsc_arena *arena = NULL;
    pickle_value *value;
    memset(bytes, 'N', MANY);
    CHECK_OK(t->ctx, dsc_arena_create(t->ctx, &arena));
    CHECK_FAILS(
        t->ctx, DSC_INPUT, "more values than any model has",
        pickle_read(t->ctx, arena, "a.pth", &(data_bytes){.bytes = bytes, .n = MANY}, &value));
    dsc_arena_destroy(&arena);
    free(bytes);
}

static dsc_status read_any(dsc_context *ctx, void *user)
{
    dsc_tensors *tensors = NULL;
    const dsc_status status = dsc_tensors_read(ctx, user, &tensors);
    dsc_tensors_destroy(&tensors);
    return status == DSC_INPUT ? DSC_OK : status;
}

static void reading_survives_every_failing_allocation(void **state)
{
    (void)state;
    char path[64] = CORPUS "checkpoint.pth";
    assert_true(check_every_allocation_failure(read_any, path) > 10);
    strcpy(path, CORPUS "itself.pth");
    assert_true(check_every_allocation_failure(read_any, path) > 3);
}

static void files_cut_or_changed_anywhere_are_tensors_or_an_error(void **state)
{
    table_test *t = *state;
    char *bytes;
    size_t n;
    CHECK_OK(t->ctx, dsc_read_file(t->ctx, CORPUS "state.pth", &bytes, &n));
    for (uint32_t i = 0; i < 1200; i++) {
        dsc_stream s = dsc_stream_start(8, DSC_FOR_TASK, i, 0, 0);
        const size_t place = dsc_stream_below(&s, (uint32_t)n);
        dsc_tensors *got = NULL;
        const char old = bytes[place];
        bytes[place] = (char)dsc_stream_word(&s);
        write_bytes(t, "x.pth", bytes, i % 3 ? n : place);
        bytes[place] = old;
        const dsc_status status = dsc_tensors_read(t->ctx, test_path(t, "x.pth"), &got);
        assert_true(status == DSC_OK || status == DSC_INPUT);
        if (status != DSC_OK) check_contains(dsc_message(t->ctx), "x.pth");
        dsc_tensors_destroy(&got);
    }
    dsc_free(t->ctx, &bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(tensors_have_names_shapes_and_values),
        TABLE_TEST(dictionaries_in_dictionaries_and_all_types_are_read),
        TABLE_TEST(what_asks_for_more_is_refused_and_not_done),
        TABLE_TEST(damaged_pickles_are_refused_with_their_place),
        TABLE_TEST(archives_that_hold_no_tensors_are_refused),
        TABLE_TEST(a_pickle_of_more_values_than_any_model_has_is_refused),
        TABLE_TEST(reading_survives_every_failing_allocation),
        TABLE_TEST(files_cut_or_changed_anywhere_are_tensors_or_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
