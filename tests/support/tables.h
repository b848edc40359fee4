// SPDX-License-Identifier: Apache-2.0
// tables.h — what the tests of the data room share: a folder, a context that counts, notes kept.
#ifndef DISCERN_TESTS_TABLES_H
#define DISCERN_TESTS_TABLES_H

#include "discern/data.h"
#include "support/check.h"

typedef struct table_test {
    dsc_context *ctx;
    failing_allocator memory;
    char folder[64];
    char notes[8192]; // every note and warning, a line each
    dsc_table *table; // freed at the end
} table_test;

// Setup and teardown: state is a table_test; what a test leaves allocated fails it.
int table_test_begin(void **state);
int table_test_end(void **state);
#define TABLE_TEST(name) cmocka_unit_test_setup_teardown(name, table_test_begin, table_test_end)

// A path in the test's folder, as path_in gives it.
const char *test_path(table_test *t, const char *name);
void write_bytes(table_test *t, const char *name, const void *bytes, size_t n);
// Writes a text and reads it as a table (t->table), the maps ending with NULL.
dsc_status read_text(table_test *t, const char *name, const char *text, const char *const *maps);
dsc_status read_with(table_test *t, const char *name, const dsc_read_options *o);
#define MAPS(...) ((const char *const[]){__VA_ARGS__, NULL})
// Reads it with the first, second, ... allocation failing, as check_every_allocation_failure does:
// a table or no table, but nothing left. Returns the number of failures that were tried.
long read_with_failing_allocations(table_test *t, const char *name);

// The value of a column, which must be there.
double cell(const table_test *t, const char *column, size_t row);
// The values of a column as "0 1 - 1" ("-": missing).
void assert_column(const table_test *t, const char *column, const char *expected);

// Bytes of an NPY file around elements.
size_t make_npy(char *out, int version, const char *header, const void *elements, size_t n);
// Whether material from beside the project is there; says "skipped" if not.
bool has_material(const char *path);

#endif
