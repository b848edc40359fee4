// SPDX-License-Identifier: Apache-2.0
// fuzz_tables.c — any bytes as a file of trials, under the name of each format: a table that can be
// looked at, or a sentence.
#include "discern/data.h"
#include "fuzz/fuzz.h"

static dsc_status read_table(dsc_context *ctx, const char *path)
{
    dsc_table *table = NULL;
    dsc_text text = {0};
    dsc_status status = dsc_table_read(ctx, path, NULL, &table);
    if (status == DSC_OK) status = dsc_table_audit(ctx, table, true, &text, NULL);
    dsc_text_free(ctx, &text);
    dsc_table_destroy(ctx, &table);
    return status;
}

void fuzz_csv(const uint8_t *data, size_t n)
{
    fuzz_file(data, n, ".csv", read_table);
}

void fuzz_arrays(const uint8_t *data, size_t n)
{
    fuzz_file(data, n, ".npz", read_table);
}

void fuzz_json(const uint8_t *data, size_t n)
{
    fuzz_file(data, n, ".json", read_table);
}

void fuzz_mat(const uint8_t *data, size_t n)
{
    fuzz_file(data, n, ".mat", read_table);
}

void fuzz_hdf5(const uint8_t *data, size_t n)
{
    fuzz_file(data, n, ".h5", read_table);
}
