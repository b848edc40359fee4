// SPDX-License-Identifier: Apache-2.0
// fuzz_tables.c — any bytes as a file of trials, under the name of each format: a table that can be
// looked at, or a sentence.
#include "data/pickle.h"
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

// Bytes that are no archive are tried as the pickle of one: few changes of an archive get that far.
static dsc_status read_tensors(dsc_context *ctx, const char *path)
{
    dsc_tensors *tensors = NULL;
    const dsc_status status = dsc_tensors_read(ctx, path, &tensors);
    dsc_tensors_destroy(&tensors);
    return status;
}

static dsc_status read_pickle(dsc_context *ctx, const char *path)
{
    data_bytes bytes = {0};
    dsc_arena *arena = NULL;
    pickle_value *value;
    DSC_TRY(dsc_read_file(ctx, path, &bytes.bytes, &bytes.n));
    dsc_status status = dsc_arena_create(ctx, &arena);
    if (status == DSC_OK) status = pickle_read(ctx, arena, path, &bytes, &value);
    dsc_arena_destroy(&arena);
    dsc_free(ctx, &bytes.bytes);
    return status;
}

void fuzz_pth(const uint8_t *data, size_t n)
{
    const bool archive = n > 2 && data[0] == 'P' && data[1] == 'K';
    fuzz_file(data, n, ".pth", archive ? read_tensors : read_pickle);
}
