// SPDX-License-Identifier: Apache-2.0
// state.c — RUN/fit.state: where every search stands, so that a fit that was killed goes on to the
// same bits. A line of text (format, sizes, origin), then the searches as they lie in memory: the
// file is read by the program that wrote it, on the same machine, and is gone when the fit is done.
#include <stdlib.h>
#include <string.h>

#include "fit/internal.h"

enum { HEAD_BYTES = 512 };

typedef struct piece {
    void *at;
    size_t bytes;
} piece;
enum { PIECES = 4 };

static void pieces_of(const sets *s, piece p[PIECES])
{
    const size_t n = (size_t)s->n;
    p[0] = (piece){s->search, n * sizeof *s->search};
    p[1] = (piece){s->block, n * search_block(s->space.n) * sizeof *s->block};
    p[2] = (piece){s->best, n * sizeof *s->best};
    p[3] = (piece){s->best_x, n * (size_t)s->space.n * sizeof *s->best_x};
}

static size_t head_of(const sets *s, const char *origin, char *head)
{
    const uint32_t order = 1;
    snprintf(head, HEAD_BYTES, "discern-fit-2 %d %d %zu %d %.400s\n", s->n, s->space.n,
             sizeof *s->search, *(const unsigned char *)&order, origin);
    return strlen(head);
}

dsc_status state_write(const sets *s, const char *path, const char *origin)
{
    char head[HEAD_BYTES];
    piece p[PIECES];
    dsc_file *file = NULL;
    const size_t length = head_of(s, origin, head);
    pieces_of(s, p);
    DSC_TRY(dsc_file_begin(s->ctx, path, &file));
    fwrite(head, 1, length, dsc_file_stream(file));
    for (int i = 0; i < PIECES; i++) fwrite(p[i].at, 1, p[i].bytes, dsc_file_stream(file));
    return dsc_file_commit(&file);
}

static dsc_status take(const sets *s, const char *path, const char *origin, const char *bytes,
                       size_t n)
{
    char head[HEAD_BYTES];
    piece p[PIECES];
    size_t length = head_of(s, origin, head), wanted = length;
    pieces_of(s, p);
    for (int i = 0; i < PIECES; i++) wanted += p[i].bytes;
    DSC_REQUIRE(s->ctx, n == wanted && memcmp(bytes, head, length) == 0, DSC_INPUT,
                "%s is damaged, or belongs to other data, another config or another machine; fit "
                "again with --force",
                path);
    for (int i = 0; i < PIECES; length += p[i++].bytes) memcpy(p[i].at, bytes + length, p[i].bytes);
    return DSC_OK;
}

dsc_status state_read(sets *s, const char *path, const char *origin)
{
    char *bytes = NULL;
    size_t n;
    DSC_TRY(dsc_read_file(s->ctx, path, &bytes, &n));
    const dsc_status status = take(s, path, origin, bytes, n);
    dsc_free(s->ctx, &bytes);
    return status;
}
