// SPDX-License-Identifier: Apache-2.0
// write_npz.c — a trial table as NPZ: a one-dimensional array per column, numbers as '<f8', texts
// as '<U' (UTF-32), in the order of the input.
#include <math.h>
#include <string.h>

#include "data/archive.h"

typedef struct npz_writer {
    dsc_context *ctx;
    const dsc_table *t;
    const char *path;
    zip_t *zip;
    dsc_arena *arena; // of the arrays, which the archive reads when it is closed
    size_t *order;
    int *session;
} npz_writer;

// ---- text ---------------------------------------------------------------------------------------

// The next code point of a UTF-8 text; bytes that are none count for themselves.
static uint32_t next_character(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    const int more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : p[0] >= 0xc0 ? 1 : 0;
    uint32_t c = more ? p[0] & (0x3fu >> more) : p[0];
    for (int i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            (*text)++;
            return p[0];
        }
        c = c << 6 | (p[i] & 0x3fu);
    }
    *text += more + 1;
    return c;
}

static size_t count_characters(const char *text)
{
    size_t n = 0;
    while (*text) next_character(&text), n++;
    return n;
}

static void put_text(char *to, const char *text)
{
    for (; *text; to += 4) {
        const uint32_t c = next_character(&text);
        for (int i = 0; i < 4; i++) to[i] = (char)(c >> 8 * i & 0xff);
    }
}

static void put_number(char *to, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++) to[i] = (char)(bits >> 8 * i & 0xff);
}

// ---- what a row holds ---------------------------------------------------------------------------

typedef const char *text_fn(const npz_writer *w, const dsc_column *c, size_t i);
typedef double number_fn(const npz_writer *w, const dsc_column *c, size_t i);

static const char *subject_text(const npz_writer *w, const dsc_column *c, size_t i)
{
    (void)c;
    return w->t->subject[w->t->session[w->session[i]].subject];
}

static const char *session_text(const npz_writer *w, const dsc_column *c, size_t i)
{
    (void)c;
    return w->t->session[w->session[i]].label;
}

static double trial_number(const npz_writer *w, const dsc_column *c, size_t i)
{
    (void)c;
    return w->t->trial[w->order[i]];
}

static const char *column_text(const npz_writer *w, const dsc_column *c, size_t i)
{
    const double value = c->value[w->order[i]];
    return isnan(value) ? "" : c->label[(int)value];
}

static double column_number(const npz_writer *w, const dsc_column *c, size_t i)
{
    return c->value[w->order[i]];
}

// ---- arrays -------------------------------------------------------------------------------------

enum { HEADER = 128 }; // of the array, so that elements are aligned

static void put_header(char *to, const char *type, size_t n)
{
    memset(to, ' ', HEADER);
    memcpy(to, "\x93NUMPY\x01\x00", 8);
    to[8] = HEADER - 10;
    to[9] = 0;
    char text[HEADER];
    const int length = snprintf(
        text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%zu,), }", type, n);
    memcpy(to + 10, text, (size_t)length);
    to[HEADER - 1] = '\n';
}

static dsc_status add_file(const npz_writer *w, const char *file, const char *bytes, size_t n)
{
    zip_source_t *source = zip_source_buffer(w->zip, bytes, n, 0);
    DSC_REQUIRE(w->ctx, source, DSC_MEMORY, "out of memory");
    const zip_int64_t added =
        zip_file_add(w->zip, file, source, ZIP_FL_ENC_UTF_8 | ZIP_FL_OVERWRITE);
    if (added < 0) zip_source_free(source);
    DSC_REQUIRE(w->ctx, added >= 0, DSC_INPUT, "%s: \"%s\" cannot be added: %s", w->path, file,
                zip_strerror(w->zip));
    return DSC_OK;
}

static dsc_status add_member(const npz_writer *w, const char *name, const char *bytes, size_t n)
{
    dsc_text file = {0};
    dsc_status status = dsc_text_add(w->ctx, &file, "%s.npy", name);
    if (status == DSC_OK) status = add_file(w, file.s, bytes, n);
    dsc_text_free(w->ctx, &file);
    return status;
}

static dsc_status start_array(const npz_writer *w, const char *type, size_t size, char **bytes)
{
    const size_t n = w->t->n_trials;
    DSC_TRY(dsc_arena_alloc(w->arena, n + HEADER / size + 1, size, bytes));
    put_header(*bytes, type, n);
    return DSC_OK;
}

static dsc_status add_numbers(const npz_writer *w, const char *name, const dsc_column *c,
                              number_fn *number)
{
    char *bytes;
    DSC_TRY(start_array(w, "<f8", 8, &bytes));
    for (size_t i = 0; i < w->t->n_trials; i++) put_number(bytes + HEADER + i * 8, number(w, c, i));
    return add_member(w, name, bytes, HEADER + w->t->n_trials * 8);
}

static dsc_status add_texts(const npz_writer *w, const char *name, const dsc_column *c,
                            text_fn *text)
{
    size_t longest = 1;
    char *bytes, type[32];
    for (size_t i = 0; i < w->t->n_trials; i++) {
        const size_t n = count_characters(text(w, c, i));
        if (n > longest) longest = n;
    }
    snprintf(type, sizeof type, "<U%zu", longest);
    DSC_TRY(start_array(w, type, longest * 4, &bytes));
    for (size_t i = 0; i < w->t->n_trials; i++)
        put_text(bytes + HEADER + i * longest * 4, text(w, c, i));
    return add_member(w, name, bytes, HEADER + w->t->n_trials * longest * 4);
}

static dsc_status add_all(const npz_writer *w)
{
    DSC_TRY(add_texts(w, "subject", NULL, subject_text));
    DSC_TRY(add_texts(w, "session", NULL, session_text));
    DSC_TRY(add_numbers(w, "trial", NULL, trial_number));
    for (int i = 0; i < w->t->n_columns; i++) {
        const dsc_column *c = &w->t->column[i];
        DSC_TRY(data_keeps_labels(c) ? add_texts(w, c->name, c, column_text)
                                     : add_numbers(w, c->name, c, column_number));
    }
    return DSC_OK;
}

// ---- the archive --------------------------------------------------------------------------------

// Closes the archive into a memory source and writes its bytes.
static dsc_status write_source(const npz_writer *w, zip_source_t *source)
{
    zip_stat_t info;
    char *bytes = NULL;
    DSC_REQUIRE(w->ctx,
                zip_source_stat(source, &info) == 0 && info.valid & ZIP_STAT_SIZE &&
                    zip_source_open(source) == 0,
                DSC_MEMORY, "out of memory: the archive %s", w->path);
    dsc_status status = dsc_alloc(w->ctx, (size_t)info.size + 1, 1, &bytes);
    if (status == DSC_OK && zip_source_read(source, bytes, info.size) != (zip_int64_t)info.size)
        status = dsc_fail(w->ctx, DSC_MEMORY, "out of memory: the archive %s", w->path);
    zip_source_close(source);
    if (status == DSC_OK) status = dsc_write_file(w->ctx, w->path, bytes, (size_t)info.size);
    dsc_free(w->ctx, &bytes);
    return status;
}

static dsc_status fill_archive(npz_writer *w, zip_source_t *source)
{
    w->zip = zip_open_from_source(source, ZIP_TRUNCATE, NULL);
    DSC_REQUIRE(w->ctx, w->zip, DSC_MEMORY, "out of memory");
    zip_source_keep(source); // closing gives up the archive's own share
    dsc_status status = add_all(w);
    if (status == DSC_OK && zip_close(w->zip) == 0) {
        status = write_source(w, source);
    } else {
        if (status == DSC_OK)
            status = dsc_fail(w->ctx, DSC_IO, "%s: %s", w->path, zip_strerror(w->zip));
        zip_discard(w->zip);
    }
    return status;
}

static dsc_status make_archive(npz_writer *w)
{
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    DSC_REQUIRE(w->ctx, source, DSC_MEMORY, "out of memory");
    const dsc_status status = fill_archive(w, source);
    zip_source_free(source);
    return status;
}

dsc_status data_write_npz(dsc_context *ctx, const dsc_table *t, const char *path)
{
    npz_writer w = {.ctx = ctx, .t = t, .path = path};
    DSC_TRY(data_input_order(ctx, t, &w.order, &w.session));
    dsc_status status = dsc_arena_create(ctx, &w.arena);
    if (status == DSC_OK) status = make_archive(&w);
    dsc_arena_destroy(&w.arena);
    dsc_free(ctx, &w.order);
    dsc_free(ctx, &w.session);
    return status;
}
