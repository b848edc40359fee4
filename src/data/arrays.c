// SPDX-License-Identifier: Apache-2.0
// arrays.c — NPY and NPZ to columns. A (trial, session, feature) array: a column per feature, and
// the sessions and trials as they lie in it; a (trial, feature) array is one session. NPZ: `xs` and
// `ys` of that kind side by side, or one array per column, all of one length.
// Trailing trials of a session whose features are all -1 (or NaN) are padding and dropped.
#include <limits.h>
#include <math.h>
#include <string.h>

#include "data/archive.h"

enum { MAX_ARRAYS = 1000, LONGEST_TEXT = 2 * 4096 + 1 };

// ---- (trial, session, feature) ------------------------------------------------------------------

// One or two arrays with the same trials and sessions, their features side by side.
typedef struct block {
    const data_array *array[2];
    int n_arrays;
    size_t n_trials, n_sessions, n_features[2];
    int n_all; // features of both
} block;

static size_t feature_count(const data_array *a)
{
    return a->n_dimensions == 3 ? a->shape[2] : a->shape[1];
}

static double element(const data_array *a, size_t trial, size_t session, size_t feature)
{
    const size_t T = a->shape[0], N = a->n_dimensions == 3 ? a->shape[1] : 1, F = feature_count(a);
    if (a->fortran) return data_array_number(a, trial + T * (session + N * feature));
    return data_array_number(a, (trial * N + session) * F + feature);
}

static double block_value(const block *b, size_t trial, size_t session, size_t feature)
{
    const bool second = feature >= b->n_features[0];
    return element(b->array[second], trial, session, second ? feature - b->n_features[0] : feature);
}

static bool is_padding(const block *b, size_t trial, size_t session)
{
    for (size_t f = 0; f < (size_t)b->n_all; f++) {
        const double value = block_value(b, trial, session, f);
        if (!isnan(value) && value != -1) return false;
    }
    return true;
}

static size_t session_length(const block *b, size_t session)
{
    size_t n = b->n_trials;
    while (n > 0 && is_padding(b, n - 1, session)) n--;
    return n;
}

static dsc_status measure(dsc_context *ctx, const data_source *s, block *b)
{
    const data_array *first = b->array[0];
    b->n_trials = first->shape[0];
    b->n_sessions = first->n_dimensions == 3 ? first->shape[1] : 1;
    for (int i = 0; i < b->n_arrays; i++) {
        const data_array *a = b->array[i];
        const size_t sessions = a->n_dimensions == 3 ? a->shape[1] : 1;
        DSC_REQUIRE(ctx, a->shape[0] == b->n_trials && sessions == b->n_sessions, DSC_INPUT,
                    "%s: xs and ys differ in trials or sessions: (%zu, %zu) and (%zu, %zu)",
                    s->path, b->n_trials, b->n_sessions, a->shape[0], sessions);
        b->n_features[i] = feature_count(a);
    }
    const size_t all = b->n_features[0] + b->n_features[1];
    DSC_REQUIRE(ctx, all <= DATA_MAX_COLUMNS && b->n_sessions < INT_MAX && b->n_trials < INT_MAX,
                DSC_INPUT,
                "%s: (%zu, %zu, %zu) is too large; the axes are (trial, session, feature)", s->path,
                b->n_trials, b->n_sessions, all);
    b->n_all = (int)all;
    return DSC_OK;
}

// "xs_1", or the usual name where the number of features tells what they are.
static dsc_status name_feature(data_source *s, const block *b, int f)
{
    static const char *const usual[2][4][3] = {
        {{0}, {0}, {"choice", "reward"}, {"prev_choice", "prev_reward", "choice"}},
        {{0}, {0}, {0}, {"prev_choice", "prev_reward", "choice"}}};
    const int sizes[2] = {(int)b->n_features[0], (int)b->n_features[1]};
    const bool pair = b->n_arrays == 2, second = f >= sizes[0];
    char name[64];
    const char *known = b->n_all <= 3 && (!pair || sizes[1] == 1) ? usual[pair][b->n_all][f] : NULL;
    if (!known && second && sizes[1] == 1) known = "choice";
    if (pair) snprintf(name, sizeof name, "%s_%d", second ? "ys" : "xs", second ? f - sizes[0] : f);
    else snprintf(name, sizeof name, "feature_%d", f);
    return dsc_arena_strdup(s->arena, known ? known : name, &s->column[f].name);
}

static dsc_status reserve_block(data_source *s, const block *b)
{
    s->n_columns = b->n_all + 2;
    DSC_TRY(dsc_arena_alloc(s->arena, (size_t)s->n_columns, sizeof *s->column, &s->column));
    for (int f = 0; f < b->n_all; f++) {
        DSC_TRY(data_make_column(s, NULL, s->n_rows, &s->column[f]));
        DSC_TRY(name_feature(s, b, f));
    }
    DSC_TRY(data_make_column(s, "session", s->n_rows, &s->column[b->n_all]));
    return data_make_column(s, "trial", s->n_rows, &s->column[b->n_all + 1]);
}

static void copy_session(data_source *s, const block *b, size_t session, size_t n, size_t row,
                         size_t *line)
{
    for (size_t t = 0; t < n; t++, row++) {
        for (int f = 0; f < b->n_all; f++)
            s->column[f].value[row] = block_value(b, t, session, (size_t)f);
        s->column[b->n_all].value[row] = (double)session;
        s->column[b->n_all + 1].value[row] = (double)t;
        line[row] = session * b->n_trials + t;
    }
}

static dsc_status read_block(dsc_context *ctx, data_source *s, block *b)
{
    size_t *length, *line;
    DSC_TRY(measure(ctx, s, b));
    DSC_TRY(dsc_arena_alloc(s->arena, b->n_sessions, sizeof *length, &length));
    for (size_t i = 0; i < b->n_sessions; i++) s->n_rows += length[i] = session_length(b, i);
    DSC_REQUIRE(ctx, s->n_rows > 0, DSC_INPUT, "%s: all trials are padding (-1 in every feature)",
                s->path);
    DSC_TRY(reserve_block(s, b));
    DSC_TRY(dsc_arena_alloc(s->arena, s->n_rows, sizeof *line, &line));
    size_t row = 0;
    for (size_t i = 0; i < b->n_sessions; row += length[i++])
        copy_session(s, b, i, length[i], row, line);
    s->line = line;
    s->longest = b->n_trials;
    return DSC_OK;
}

static bool is_block(const data_array *a)
{
    return (a->n_dimensions == 3 || a->n_dimensions == 2) && strchr("iufb", a->kind);
}

dsc_status data_read_array(dsc_context *ctx, data_source *s, const data_array *a)
{
    return read_block(ctx, s, &(block){.array = {a}, .n_arrays = 1});
}

dsc_status data_read_npy(dsc_context *ctx, data_source *s, data_bytes *file)
{
    data_array a = {0};
    DSC_TRY(data_array_parse(ctx, s->path, file, &a));
    DSC_REQUIRE(
        ctx, is_block(&a), DSC_INPUT,
        "%s: an array of %d dimensions; (trial, session, feature) numbers were expected, e.g. "
        "numpy.stack([choice, reward], axis=-1)",
        s->path, a.n_dimensions);
    return data_read_array(ctx, s, &a);
}

// ---- NPZ ----------------------------------------------------------------------------------------

typedef struct archive {
    int n;
    data_array *array;
    data_bytes *member;
} archive;

static dsc_status member_name(data_source *s, const char *file, data_array *a)
{
    char *name;
    DSC_TRY(dsc_arena_strdup(s->arena, file ? file : "", &name));
    const size_t n = strlen(name);
    if (n > 4 && strcmp(name + n - 4, ".npy") == 0) name[n - 4] = 0;
    a->name = name;
    return DSC_OK;
}

static dsc_status read_members(dsc_context *ctx, const data_bytes *file, zip_t *zip, data_source *s,
                               archive *k)
{
    char place[512];
    for (int i = 0; i < k->n; i++) {
        DSC_TRY(member_name(s, zip_get_name(zip, (zip_uint64_t)i, 0), &k->array[i]));
        snprintf(place, sizeof place, "%s, array \"%s\"", s->path, k->array[i].name);
        DSC_TRY(data_zip_read(ctx, s->path, file->n, zip, (zip_uint64_t)i, &k->member[i]));
        DSC_TRY(data_array_parse(ctx, place, &k->member[i], &k->array[i]));
    }
    return DSC_OK;
}

static const data_array *array_named(const archive *k, const char *name)
{
    for (int i = 0; i < k->n; i++)
        if (strcmp(k->array[i].name, name) == 0) return &k->array[i];
    return NULL;
}

static dsc_status fail_shapes(dsc_context *ctx, const data_source *s, const archive *k)
{
    dsc_text shapes = {0};
    for (int i = 0; i < k->n; i++) {
        dsc_text_add(ctx, &shapes, "%s\"%s\" (", i ? ", " : "", k->array[i].name);
        for (int d = 0; d < k->array[i].n_dimensions; d++)
            dsc_text_add(ctx, &shapes, "%s%zu", d ? ", " : "", k->array[i].shape[d]);
        dsc_text_add(ctx, &shapes, ")");
    }
    dsc_status status = shapes.status;
    if (status == DSC_OK)
        status = dsc_fail(ctx, DSC_INPUT,
                          "%s holds %s; expected were xs and ys of (trial, session, feature), or "
                          "one-dimensional arrays of one length, a column each",
                          s->path, shapes.s);
    dsc_text_free(ctx, &shapes);
    return status;
}

static dsc_status copy_texts(dsc_context *ctx, data_source *s, const data_array *a, data_column *c)
{
    data_dictionary words = {0};
    dsc_status status = DSC_OK;
    char text[LONGEST_TEXT];
    for (size_t i = 0; status == DSC_OK && i < s->n_rows; i++) {
        int number = 0;
        data_array_text(a, i, text);
        c->value[i] = NAN;
        if (data_is_missing(text, s->missing)) continue;
        status = data_dictionary_number(ctx, &words, text, &number);
        c->value[i] = number;
    }
    c->n_labels = (int)words.n;
    if (status == DSC_OK) status = data_dictionary_labels(&words, s->arena, &c->label);
    data_dictionary_free(ctx, &words);
    return status;
}

static dsc_status read_columns(dsc_context *ctx, data_source *s, const archive *k)
{
    s->n_columns = k->n;
    s->n_rows = k->array[0].n;
    DSC_TRY(dsc_arena_alloc(s->arena, (size_t)k->n, sizeof *s->column, &s->column));
    for (int i = 0; i < k->n; i++) {
        const data_array *a = &k->array[i];
        data_column *c = &s->column[i];
        if (a->n_dimensions != 1 || a->n != s->n_rows) return fail_shapes(ctx, s, k);
        DSC_TRY(data_make_column(s, a->name, s->n_rows, c));
        if (a->kind == 'U' || a->kind == 'S') DSC_TRY(copy_texts(ctx, s, a, c));
        else
            for (size_t row = 0; row < s->n_rows; row++) c->value[row] = data_array_number(a, row);
    }
    return DSC_OK;
}

static dsc_status read_archive(dsc_context *ctx, const data_bytes *file, zip_t *zip, data_source *s,
                               archive *k)
{
    DSC_TRY(read_members(ctx, file, zip, s, k));
    const data_array *xs = array_named(k, "xs"), *ys = array_named(k, "ys");
    block b = {.array = {xs, ys}, .n_arrays = 2};
    if (xs && ys && is_block(xs) && is_block(ys)) return read_block(ctx, s, &b);
    if (k->n > 1 || k->array[0].n_dimensions == 1) return read_columns(ctx, s, k);
    if (!is_block(&k->array[0])) return fail_shapes(ctx, s, k);
    return data_read_array(ctx, s, &k->array[0]);
}

dsc_status data_read_npz(dsc_context *ctx, data_source *s, data_bytes *file)
{
    zip_t *zip;
    DSC_TRY(data_zip_open(ctx, s->path, file, &zip));
    const zip_int64_t n = zip_get_num_entries(zip, 0);
    archive k = {.n = n > MAX_ARRAYS ? 0 : (int)n};
    dsc_status status = DSC_OK;
    if (k.n == 0) status = dsc_fail(ctx, DSC_INPUT, "%s: more than %d arrays", s->path, MAX_ARRAYS);
    if (status == DSC_OK)
        status = dsc_arena_alloc(s->arena, (size_t)k.n, sizeof *k.array, &k.array);
    if (status == DSC_OK)
        status = dsc_arena_alloc(s->arena, (size_t)k.n, sizeof *k.member, &k.member);
    if (status == DSC_OK) status = read_archive(ctx, file, zip, s, &k);
    for (int i = 0; k.member && i < k.n; i++) dsc_free(ctx, &k.member[i].bytes);
    zip_discard(zip);
    return status;
}
