// SPDX-License-Identifier: Apache-2.0
// fuzz_tables.c — any bytes as a file of trials, under the name of each format: a table that can be
// looked at, or a sentence.
#include <string.h>

#include "data/pickle.h"
#include "fuzz/fuzz.h"

dsc_status fuzz_read_table(dsc_context *ctx, const char *path)
{
    dsc_table *table = NULL;
    dsc_text text = {0};
    dsc_status status = dsc_table_read(ctx, path, NULL, &table);
    if (status == DSC_OK) status = dsc_table_audit(ctx, table, true, &text, NULL);
    dsc_text_free(ctx, &text);
    dsc_table_destroy(ctx, &table);
    return status;
}

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

// Bytes that are no archive are tried as the pickle of one: few changes of an archive get that far.
dsc_status fuzz_read_pth(dsc_context *ctx, const char *path)
{
    char start[2] = {0};
    FILE *in = fopen(path, "rb");
    fuzz_must(in && fread(start, 1, 2, in) <= 2 && fclose(in) == 0);
    return memcmp(start, "PK", 2) == 0 ? read_tensors(ctx, path) : read_pickle(ctx, path);
}
