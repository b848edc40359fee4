// SPDX-License-Identifier: Apache-2.0
// tables.c — what the tests of the data room share.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/tables.h"

static void keep_note(void *user, dsc_note_kind kind, const char *sentence)
{
    table_test *t = user;
    const size_t used = strlen(t->notes);
    snprintf(t->notes + used, sizeof t->notes - used, "%s: %s\n",
             kind == DSC_WARNING ? "warning" : "note", sentence);
}

int table_test_begin(void **state)
{
    table_test *t = calloc(1, sizeof *t);
    if (!t) return 1;
    const dsc_allocator a = failing_allocator_of(&t->memory);
    if (dsc_context_create(&a, &t->ctx) != DSC_OK) return 1;
    dsc_on_note(t->ctx, keep_note, t);
    make_temporary_folder(t->folder);
    *state = t;
    return 0;
}

int table_test_end(void **state)
{
    table_test *t = *state;
    dsc_table_destroy(t->ctx, &t->table);
    dsc_context_destroy(&t->ctx);
    const long alive = t->memory.alive;
    remove_folder(t->folder);
    free(t);
    return alive != 0;
}

const char *test_path(table_test *t, const char *name)
{
    return path_in(t->folder, name);
}

void write_bytes(table_test *t, const char *name, const void *bytes, size_t n)
{
    FILE *out = fopen(test_path(t, name), "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, n, out), n);
    assert_int_equal(fclose(out), 0);
}

dsc_status read_with(table_test *t, const char *name, const dsc_read_options *o)
{
    dsc_table_destroy(t->ctx, &t->table);
    t->notes[0] = 0;
    return dsc_table_read(t->ctx, test_path(t, name), o, &t->table);
}

dsc_status read_text(table_test *t, const char *name, const char *text, const char *const *maps)
{
    dsc_read_options o = {.map = maps};
    while (maps && maps[o.n_maps]) o.n_maps++;
    write_bytes(t, name, text, strlen(text));
    return read_with(t, name, &o);
}

static dsc_status read_any(dsc_context *ctx, void *user)
{
    dsc_table *table = NULL;
    const dsc_status status = dsc_table_read(ctx, user, NULL, &table);
    dsc_table_destroy(ctx, &table);
    return status == DSC_INPUT ? DSC_OK : status;
}

long read_with_failing_allocations(table_test *t, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s", test_path(t, name));
    return check_every_allocation_failure(read_any, path);
}

double cell(const table_test *t, const char *column, size_t row)
{
    return values_of(t->table, column)[row];
}

void assert_column(const table_test *t, const char *column, const char *expected)
{
    char text[1024] = "", number[32];
    for (size_t i = 0; i < t->table->n_trials; i++) {
        const double value = cell(t, column, i);
        strcat(text, i ? " " : "");
        strcat(text, isnan(value) ? "-" : dsc_format_number(value, number));
    }
    assert_string_equal(text, expected);
}

size_t make_npy(char *out, int version, const char *header, const void *elements, size_t n)
{
    const size_t length = strlen(header), width = version == 1 ? 2 : 4;
    memcpy(out, "\x93NUMPY", 6);
    out[6] = (char)version;
    out[7] = 0;
    for (size_t i = 0; i < width; i++) out[8 + i] = (char)(length >> 8 * i & 0xff);
    memcpy(out + 8 + width, header, length);
    memcpy(out + 8 + width + length, elements, n);
    return 8 + width + length + n;
}

bool has_material(const char *path)
{
    if (dsc_exists(path)) return true;
    print_message("skipped: %s is not here\n", path);
    return false;
}
