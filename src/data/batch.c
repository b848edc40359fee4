// SPDX-License-Identifier: Apache-2.0
// batch.c — batches from a pack: the whole of it (borrowed), or drawn sessions (gathered lane by
// lane).
#include <string.h>

#include "data/private.h"

enum { COPY_STREAM = 1 << 20 }; // distance between the noise streams of copies of a session

static void set_lane(const dsc_pack *p, dsc_tile *out, int lane, int rank, double multiplicity)
{
    const int k = p->order[rank];
    out->length[lane] = p->length[k];
    out->multiplicity[lane] = multiplicity;
    out->stream[lane] = (uint32_t)p->session[k];
    out->session[lane] = p->session[k];
    out->subject[lane] = p->subject[k];
    if (out->n_trials < p->length[k]) out->n_trials = p->length[k];
}

static void clear_tile(dsc_tile *out)
{
    *out = (dsc_tile){0};
    for (int lane = 0; lane < DSC_MAX_WIDTH; lane++) out->session[lane] = -1;
}

// ---- the whole pack -----------------------------------------------------------------------------

static void fill_whole(const dsc_pack *p, const double *multiplicity, int tile, dsc_tile *out)
{
    clear_tile(out);
    out->data = p->data + p->offset[tile] * p->real;
    for (int lane = 0; lane < p->width; lane++) {
        const int rank = tile * p->width + lane;
        if (rank >= p->n_sessions) break;
        const double m = multiplicity ? multiplicity[p->order[rank]] : 1;
        if (m != 0) set_lane(p, out, lane, rank, m);
    }
}

static void fill_plain(void *user, int tile, int worker, dsc_tile *out)
{
    (void)worker;
    fill_whole(user, NULL, tile, out);
}

static void fill_weighted(void *user, int tile, int worker, dsc_tile *out)
{
    (void)worker;
    const data_weighted *w = user;
    fill_whole(w->pack, w->multiplicity, tile, out);
}

// The engine's callbacks take a plain pointer; what it points to is only read.
static void *as_user(const dsc_pack *p)
{
    union {
        const dsc_pack *in;
        void *out;
    } pointer = {.in = p};
    return pointer.out;
}

void dsc_pack_whole(const dsc_pack *p, const double *multiplicity, dsc_batch *batch)
{
    *batch = (dsc_batch){.n_tiles = p->n_tiles, .max_trials = p->longest};
    if (multiplicity) *p->weighted = (data_weighted){p, multiplicity};
    batch->fill = multiplicity ? fill_weighted : fill_plain;
    batch->user = multiplicity ? (void *)p->weighted : as_user(p);
}

// ---- drawn sessions -----------------------------------------------------------------------------

// Where the lane of a session starts in the pack.
static const char *lane_start(const dsc_pack *p, int rank)
{
    const size_t lane = (size_t)(rank % p->width);
    return p->data + (p->offset[rank / p->width] + lane) * p->real;
}

// Copies `rows` numbers of one lane; tiles share their stride.
#define GATHER(name, type)                                                       \
    static void name(const dsc_pack *p, const char *from, char *to, size_t rows) \
    {                                                                            \
        const size_t width = (size_t)p->width;                                   \
        const type *x = (const type *)(const void *)from;                        \
        type *y = (type *)(void *)to;                                            \
        for (size_t i = 0; i < rows; i++) y[i * width] = x[i * width];           \
    }
GATHER(gather_single, float)
GATHER(gather_double, double)

static void gather_lane(const dsc_pack *p, int rank, char *scratch, int lane, int n_trials)
{
    const int length = rank < 0 ? 0 : p->length[p->order[rank]];
    const size_t rows = (size_t)length * (size_t)p->n_inputs;
    char *to = scratch + (size_t)lane * p->real;
    const char *from = rank < 0 ? NULL : lane_start(p, rank);
    if (p->real == sizeof(float)) gather_single(p, from, to, rows);
    else gather_double(p, from, to, rows);
    data_pad_lane(p, scratch, lane, length, n_trials);
}

static size_t scratch_bytes(const dsc_pack *p)
{
    return (size_t)p->longest * (size_t)p->n_inputs * (size_t)p->width * p->real;
}

static void fill_drawn(void *user, int tile, int worker, dsc_tile *out)
{
    const dsc_pack *p = user;
    const data_draw *d = &p->draw;
    char *scratch = d->scratch + (size_t)worker * scratch_bytes(p);
    const int first = tile * p->width;
    clear_tile(out);
    out->data = scratch;
    for (int lane = 0; lane < p->width && first + lane < d->n; lane++) {
        set_lane(p, out, lane, d->rank[first + lane], d->multiplicity[first + lane]);
        out->stream[lane] = d->stream[first + lane];
    }
    for (int lane = 0; lane < p->width; lane++)
        gather_lane(p, first + lane < d->n ? d->rank[first + lane] : -1, scratch, lane,
                    out->n_trials);
}

static dsc_status draw_reserve(dsc_context *ctx, dsc_pack *p, int n, int n_workers)
{
    data_draw *d = &p->draw;
    const size_t was = (size_t)d->capacity, now = (size_t)n;
    if (!d->count) DSC_TRY(dsc_alloc(ctx, (size_t)p->n_sessions, sizeof *d->count, &d->count));
    if (n_workers > d->n_workers) {
        char *scratch;
        DSC_TRY(dsc_alloc(ctx, (size_t)n_workers, scratch_bytes(p), &scratch));
        dsc_free(ctx, &d->scratch);
        d->scratch = scratch;
        d->n_workers = n_workers;
    }
    if (n <= d->capacity) return DSC_OK;
    DSC_TRY(dsc_grow(ctx, was, now, sizeof *d->rank, &d->rank));
    DSC_TRY(dsc_grow(ctx, was, now, sizeof *d->stream, &d->stream));
    DSC_TRY(dsc_grow(ctx, was, now, sizeof *d->multiplicity, &d->multiplicity));
    d->capacity = n;
    return DSC_OK;
}

static void draw_add(dsc_pack *p, int rank, int copy, double multiplicity)
{
    data_draw *d = &p->draw;
    d->rank[d->n] = rank;
    d->stream[d->n] = (uint32_t)p->session[p->order[rank]] + (uint32_t)copy * COPY_STREAM;
    d->multiplicity[d->n++] = multiplicity;
}

// Counts per place, then writes places out in order: sorted by length without comparing.
static dsc_status draw_count(dsc_context *ctx, dsc_pack *p, int n, const int *drawn)
{
    memset(p->draw.count, 0, (size_t)p->n_sessions * sizeof *p->draw.count);
    p->draw.n = 0;
    for (int i = 0; i < n; i++) {
        DSC_REQUIRE(ctx, drawn[i] >= 0 && drawn[i] < p->n_sessions, DSC_DEFECT,
                    "session %d was drawn from %d", drawn[i], p->n_sessions);
        p->draw.count[p->rank[drawn[i]]]++;
    }
    return DSC_OK;
}

static void draw_finish(dsc_pack *p, dsc_batch *batch)
{
    const data_draw *d = &p->draw;
    const int longest = d->n > 0 ? p->length[p->order[d->rank[0]]] : 0;
    *batch = (dsc_batch){(d->n + p->width - 1) / p->width, longest, fill_drawn, p};
}

dsc_status dsc_pack_draw(dsc_context *ctx, dsc_pack *p, int n, const int *drawn, int n_workers,
                         dsc_batch *batch)
{
    DSC_TRY(draw_reserve(ctx, p, n, n_workers));
    DSC_TRY(draw_count(ctx, p, n, drawn));
    for (int rank = 0; rank < p->n_sessions; rank++)
        for (int copy = 0; copy < p->draw.count[rank]; copy++) draw_add(p, rank, copy, 1);
    draw_finish(p, batch);
    return DSC_OK;
}

dsc_status dsc_pack_draw_merged(dsc_context *ctx, dsc_pack *p, int n, const int *drawn,
                                int n_workers, dsc_batch *batch)
{
    DSC_TRY(draw_reserve(ctx, p, n, n_workers));
    DSC_TRY(draw_count(ctx, p, n, drawn));
    for (int rank = 0; rank < p->n_sessions; rank++)
        if (p->draw.count[rank] > 0) draw_add(p, rank, 0, p->draw.count[rank]);
    draw_finish(p, batch);
    return DSC_OK;
}
