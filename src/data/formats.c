// SPDX-License-Identifier: Apache-2.0
// formats.c — which reader reads a file: the first bytes tell, and for texts the ending. A new
// format is one reader and one line of this table.
#include <string.h>

#include "data/private.h"

static bool starts_with(const data_bytes *file, const char *start)
{
    const size_t n = strlen(start);
    return file->n >= n && memcmp(file->bytes, start, n) == 0;
}

static bool holds_arrays(const data_source *s, const data_bytes *file)
{
    (void)s;
    return file->packing == DATA_ARRAYS;
}

static bool holds_tensors(const data_source *s, const data_bytes *file)
{
    (void)s;
    return file->packing == DATA_TENSORS;
}

static bool is_array(const data_source *s, const data_bytes *file)
{
    (void)s;
    return data_is_npy(file);
}

static bool is_mat(const data_source *s, const data_bytes *file)
{
    (void)s;
    return starts_with(file, "MATLAB 5.0 MAT-file");
}

static bool is_hdf5(const data_source *s, const data_bytes *file)
{
    (void)s;
    return data_is_hdf5(file);
}

static bool is_bids(const data_source *s, const data_bytes *file)
{
    return file->folder || (data_is_bids(s) && file->packing == DATA_PLAIN);
}

// A JSON file is called so, or starts like an object or a list of them, which no CSV does.
static bool is_json(const data_source *s, const data_bytes *file)
{
    static const char *const endings[] = {".json",    ".jsonl",    ".ndjson",
                                          ".json.gz", ".jsonl.gz", ".ndjson.gz"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (data_ends_with(s->file, endings[i])) return true;
    const char *at = file->bytes + strspn(file->bytes, " \t\r\n");
    if (*at == '[') at += 1 + strspn(at + 1, " \t\r\n");
    return *at == '{';
}

static bool is_rat_bandit(const data_source *s, const data_bytes *file)
{
    return is_json(s, file) && data_is_rat_bandit(file);
}

// ---- what is known but not read -----------------------------------------------------------------

static const struct {
    const char *start, *name;
} others[] = {
    {"PAR1", "a Parquet file"},
    {"%PDF", "a PDF document"},
    {"\xd0\xcf\x11\xe0", "an Excel file"},
    {"SQLite format 3", "an SQLite database"},
    {"\x89PNG", "a picture"},
    {"\x80\x02", "a pickle of Python"},
};

static const char *other_name(const data_bytes *file)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (starts_with(file, others[i].start)) return others[i].name;
    return NULL;
}

static bool is_other(const data_source *s, const data_bytes *file)
{
    (void)s;
    return file->n == 0 || other_name(file);
}

static dsc_status refuse(dsc_context *ctx, data_source *s, data_bytes *file)
{
    DSC_REQUIRE(ctx, file->n > 0, DSC_INPUT, "%s is empty; a table of trials was expected",
                s->path);
    return dsc_fail(ctx, DSC_INPUT,
                    "%s is %s, which is not read; export the table as CSV, TSV, JSON, NPY or NPZ",
                    s->path, other_name(file));
}

static bool is_any(const data_source *s, const data_bytes *file)
{
    (void)s;
    (void)file;
    return true;
}

// ---- the table ----------------------------------------------------------------------------------

static const data_format formats[] = {
    {is_bids, data_read_bids},
    {holds_tensors, data_refuse_tensors},
    {holds_arrays, data_read_npz},
    {is_array, data_read_npy},
    {is_mat, data_read_mat},
    {is_hdf5, data_read_hdf5},
    {is_other, refuse},
    {is_rat_bandit, data_read_rat_bandit},
    {is_json, data_read_json},
    {is_any, data_read_text},
};

const data_format *data_format_of(const data_source *s, const data_bytes *file)
{
    const data_format *f = formats;
    while (!f->knows(s, file)) f++;
    return f;
}
