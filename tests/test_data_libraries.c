// SPDX-License-Identifier: Apache-2.0
// test_data_libraries.c — the libraries that read and write files for discern fail at every call
// once: libzip, zlib, libcsv, jansson. Each failure has its status and a sentence, leaves nothing
// allocated, and the file that was to be written as it was.
#include <csv.h>
#include <jansson.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

#include "support/failing_calls.h"
#include "support/tables.h"

// ---- calls that fail ----------------------------------------------------------------------------

// clang-format off
WRAP(zip_source_t *, zip_source_buffer, (zip_t *z, const void *b, zip_uint64_t n, int f), (z, b, n, f), NULL)
WRAP(zip_int64_t, zip_file_add, (zip_t *z, const char *n, zip_source_t *s, zip_flags_t f), (z, n, s, f), -1)
WRAP(int, zip_close, (zip_t *z), (z), -1)
WRAP(int, zip_source_stat, (zip_source_t *s, zip_stat_t *i), (s, i), -1)
WRAP(int, zip_source_open, (zip_source_t *s), (s), -1)
WRAP(zip_int64_t, zip_source_read, (zip_source_t *s, void *b, zip_uint64_t n), (s, b, n), -1)
WRAP(zip_file_t *, zip_fopen_index, (zip_t *z, zip_uint64_t i, zip_flags_t f), (z, i, f), NULL)
WRAP(zip_int64_t, zip_fread, (zip_file_t *f, void *b, zip_uint64_t n), (f, b, n), -1)
WRAP(int, inflate, (z_stream *z, int how), (z, how), Z_MEM_ERROR)
WRAP(int, csv_init, (struct csv_parser *p, unsigned char o), (p, o), -1)
WRAP(json_t *, json_array, (void), (), NULL)
// clang-format on

static zip_error_t *no_memory(zip_error_t *error)
{
    if (error) zip_error_set(error, ZIP_ER_MEMORY, 0);
    return NULL;
}

zip_source_t *__real_zip_source_buffer_create(const void *, zip_uint64_t, int, zip_error_t *);
zip_source_t *__wrap_zip_source_buffer_create(const void *, zip_uint64_t, int, zip_error_t *);
zip_source_t *__wrap_zip_source_buffer_create(const void *b, zip_uint64_t n, int f, zip_error_t *e)
{
    return fails("zip_source_buffer_create") ? (no_memory(e), NULL)
                                             : __real_zip_source_buffer_create(b, n, f, e);
}

zip_t *__real_zip_open_from_source(zip_source_t *, int, zip_error_t *);
zip_t *__wrap_zip_open_from_source(zip_source_t *, int, zip_error_t *);
zip_t *__wrap_zip_open_from_source(zip_source_t *s, int flags, zip_error_t *e)
{
    return fails("zip_open_from_source") ? (no_memory(e), NULL)
                                         : __real_zip_open_from_source(s, flags, e);
}

// The value is theirs, also where they fail.
int __real_json_array_append_new(json_t *, json_t *);
int __wrap_json_array_append_new(json_t *, json_t *);
int __wrap_json_array_append_new(json_t *list, json_t *value)
{
    if (!fails("json_array_append_new")) return __real_json_array_append_new(list, value);
    json_decref(value);
    return -1;
}

int __real_json_object_set_new(json_t *, const char *, json_t *);
int __wrap_json_object_set_new(json_t *, const char *, json_t *);
int __wrap_json_object_set_new(json_t *object, const char *key, json_t *value)
{
    if (!fails("json_object_set_new")) return __real_json_object_set_new(object, key, value);
    json_decref(value);
    return -1;
}

// What a failure of these says; of all others, that there is no memory.
static dsc_status status_of(const char *name, const char **sentence)
{
    static const struct {
        const char *name;
        dsc_status status;
        const char *sentence;
    } other[] = {{"zip_close", DSC_IO, "b.npz"},
                 {"zip_file_add", DSC_INPUT, ".npy\" cannot be added"},
                 {"zip_fopen_index", DSC_INPUT, "cannot be unpacked"},
                 {"zip_fread", DSC_INPUT, "is damaged; get the file again"}};
    *sentence = "out of memory";
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (strcmp(name, other[i].name) == 0) {
            *sentence = other[i].sentence;
            return other[i].status;
        }
    return DSC_MEMORY;
}

// ---- what is done -------------------------------------------------------------------------------

typedef struct job {
    char from[256], to[256]; // to: "" only reads
} job;

static dsc_status work(dsc_context *ctx, const job *j)
{
    dsc_table *table = NULL;
    DSC_TRY(dsc_table_read(ctx, j->from, NULL, &table));
    const dsc_status status = *j->to ? dsc_table_write(ctx, table, j->to) : DSC_OK;
    dsc_table_destroy(ctx, &table);
    return status;
}

static void check_file(table_test *t, const char *path, const char *expected)
{
    char *bytes;
    size_t n;
    CHECK_OK(t->ctx, dsc_read_file(t->ctx, path, &bytes, &n));
    assert_string_equal(bytes, expected);
    dsc_free(t->ctx, &bytes);
}

// With call n failing; false if there was no such one.
static bool survive(table_test *t, const job *j, long n)
{
    const char *sentence;
    const long alive = t->memory.alive;
    if (*j->to) CHECK_OK(t->ctx, dsc_write_file(t->ctx, j->to, "old", 3));
    fault.made = 0, fault.fail_at = n, fault.failed = NULL;
    const dsc_status status = work(t->ctx, j);
    fault.fail_at = 0;
    assert_int_equal(t->memory.alive, alive);
    if (!fault.failed) {
        assert_int_equal(status, DSC_OK);
        return false;
    }
    if (status != status_of(fault.failed, &sentence))
        fail_msg("%s failed: status %d", fault.failed, (int)status);
    check_contains(dsc_message(t->ctx), sentence);
    if (*j->to) check_file(t, j->to, "old");
    return true;
}

static long survive_all(table_test *t, const char *from, const char *to)
{
    job j = {0};
    long n = 1;
    snprintf(j.from, sizeof j.from, "%s", test_path(t, from));
    if (to) snprintf(j.to, sizeof j.to, "%s", test_path(t, to));
    while (survive(t, &j, n)) n++;
    return n - 1;
}

// ---- tests --------------------------------------------------------------------------------------

static const char text[] = "subject,choice,say\na,0,x\na,1,\nb,1,\xc3\xa4\n";

static void an_archive_is_written_whole_or_not_at_all(void **state)
{
    table_test *t = *state;
    write_bytes(t, "a.csv", text, sizeof text - 1);
    assert_true(survive_all(t, "a.csv", "b.npz") > 15);
}

static void an_archive_is_read_whole_or_not_at_all(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", text, NULL));
    CHECK_OK(t->ctx, dsc_table_write(t->ctx, t->table, test_path(t, "b.npz")));
    assert_true(survive_all(t, "b.npz", NULL) > 10);
}

static void packed_texts_are_read_whole_or_not_at_all(void **state)
{
    table_test *t = *state;
    gzFile out = gzopen(test_path(t, "a.csv.gz"), "wb");
    gzwrite(out, text, sizeof text - 1);
    gzclose(out);
    assert_true(survive_all(t, "a.csv.gz", NULL) >= 2);
}

static void json_of_every_form_is_read_whole_or_not_at_all(void **state)
{
    table_test *t = *state;
    static const char *const forms[] = {"{\"choice\": 0}\n{\"choice\": 1}\n",
                                        "{\"n\": {\"0\": 1, \"1\": 2}, \"choice\": {\"0\": 0, "
                                        "\"1\": 1}}"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        write_bytes(t, "a.json", forms[i], strlen(forms[i]));
        assert_true(survive_all(t, "a.json", NULL) >= 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(an_archive_is_written_whole_or_not_at_all),
        TABLE_TEST(an_archive_is_read_whole_or_not_at_all),
        TABLE_TEST(packed_texts_are_read_whole_or_not_at_all),
        TABLE_TEST(json_of_every_form_is_read_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
