// SPDX-License-Identifier: Apache-2.0
// lanes.c — batches for fits: many lanes run the same session with parameters of their own. The
// sessions are kept once more trial by trial (reals [length + 1][n_inputs]), and a tile points to
// them, so that a batch costs its sorting only.
#include <string.h>

#include "data/private.h"

// The row on which lanes go on after their session's end: the last trial once more, which the model
// can compute with (one that divides by an input cannot on zeros: 0 times infinity is no number),
// but nothing counts.
static void append_idle_row(const dsc_pack *p, char *end)
{
    const size_t n_inputs = (size_t)p->n_inputs;
    memcpy(end, end - n_inputs * p->real, n_inputs * p->real);
    for (size_t i = 0; i < n_inputs; i++)
        if (p->ends[i]) memset(end + i * p->real, 0, p->real);
}

static void copy_session(const dsc_pack *p, int rank, char *to)
{
    const size_t width = (size_t)p->width, n_inputs = (size_t)p->n_inputs;
    const size_t n = (size_t)p->length[p->order[rank]] * n_inputs;
    const char *from = p->data + (p->offset[rank / p->width] + (size_t)(rank % p->width)) * p->real;
    for (size_t i = 0; i < n; i++) memcpy(to + i * p->real, from + i * width * p->real, p->real);
    if (n > 0) append_idle_row(p, to + n * p->real);
}

static dsc_status make_rows(dsc_context *ctx, dsc_pack *p)
{
    data_lanes *l = &p->lanes;
    const size_t n = (size_t)p->n_sessions;
    size_t reals = 0;
    if (l->rows) return DSC_OK;
    if (!l->first) DSC_TRY(dsc_alloc(ctx, n, sizeof *l->first, &l->first));
    if (!l->next) DSC_TRY(dsc_alloc(ctx, n, sizeof *l->next, &l->next));
    for (int r = 0; r < p->n_sessions; r++) {
        l->first[r] = reals;
        reals += ((size_t)p->length[p->order[r]] + 1) * (size_t)p->n_inputs;
    }
    DSC_TRY(dsc_alloc(ctx, reals + 1, p->real, &l->rows));
    for (int r = 0; r < p->n_sessions; r++) copy_session(p, r, l->rows + l->first[r] * p->real);
    return DSC_OK;
}

static dsc_status reserve(dsc_context *ctx, data_lanes *l, int n)
{
    if (n <= l->capacity) return DSC_OK;
    DSC_TRY(dsc_grow(ctx, (size_t)l->capacity, (size_t)n, sizeof *l->rank, &l->rank));
    DSC_TRY(dsc_grow(ctx, (size_t)l->capacity, (size_t)n, sizeof *l->lane, &l->lane));
    l->capacity = n;
    return DSC_OK;
}

static void fill_lane(const dsc_pack *p, int slot, int place, dsc_tile *out)
{
    const data_lanes *l = &p->lanes;
    const int k = p->order[l->rank[slot]];
    out->length[place] = p->length[k];
    out->multiplicity[place] = 1;
    out->stream[place] = (uint32_t)p->session[k];
    out->session[place] = p->session[k];
    out->subject[place] = p->subject[k];
    out->lane[place] = l->lane[slot];
    out->rows[place] = l->rows + l->first[l->rank[slot]] * p->real;
    if (out->n_trials < p->length[k]) out->n_trials = p->length[k];
}

static void fill(void *user, int tile, int worker, dsc_tile *out)
{
    const dsc_pack *p = user;
    (void)worker;
    *out = (dsc_tile){0};
    for (int place = 0; place < DSC_MAX_WIDTH; place++) out->session[place] = -1;
    for (int place = 0; place < p->width; place++) {
        const int slot = tile * p->width + place;
        if (slot < p->lanes.n) fill_lane(p, slot, place, out);
    }
}

// Counting sort by rank, which is by length; entries of a session stay in their order.
static void sort(dsc_pack *p, int n, const int *session, const int *lane, int *slot)
{
    data_lanes *l = &p->lanes;
    memset(l->next, 0, (size_t)p->n_sessions * sizeof *l->next);
    for (int i = 0; i < n; i++) l->next[p->rank[session[i]]]++;
    for (int r = 0, at = 0; r < p->n_sessions; r++) {
        const int count = l->next[r];
        l->next[r] = at;
        at += count;
    }
    for (int i = 0; i < n; i++) {
        const int rank = p->rank[session[i]], to = l->next[rank]++;
        l->rank[to] = rank;
        l->lane[to] = lane[i];
        slot[i] = to;
    }
    l->n = n;
}

dsc_status dsc_pack_lanes(dsc_context *ctx, dsc_pack *p, int n, const int *session, const int *lane,
                          int *slot, dsc_batch *batch)
{
    for (int i = 0; i < n; i++)
        DSC_REQUIRE(ctx, session[i] >= 0 && session[i] < p->n_sessions, DSC_DEFECT,
                    "a lane asks for session %d of %d", session[i], p->n_sessions);
    DSC_TRY(make_rows(ctx, p));
    DSC_TRY(reserve(ctx, &p->lanes, n));
    sort(p, n, session, lane, slot);
    const int longest = n > 0 ? p->length[p->order[p->lanes.rank[0]]] : 0;
    *batch = (dsc_batch){(n + p->width - 1) / p->width, longest, fill, p};
    return DSC_OK;
}
