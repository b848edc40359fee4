// SPDX-License-Identifier: Apache-2.0
// pack.c — the sessions of a table as an engine reads them: tiles of `width` lanes, sessions sorted
// by length (longest first, ties in the order given), reals [tile][trial][input][lane].
// Lanes without a session, and trials past the end of one, have weight 0 and read what the tile's
// first lane reads, which is never over before: a model that divides by an input can compute there.
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/private.h"

typedef struct packing {
    dsc_context *ctx;
    const dsc_table *t;
    const dsc_pack_options *o;
    data_derived derived;
    dsc_pack *p;
} packing;

// ---- blocks ------------------------------------------------------------------------------------

static dsc_status find_starts(packing *k)
{
    const dsc_column *block = dsc_table_column(k->t, "block");
    if (!block) return DSC_OK;
    DSC_TRY(dsc_arena_alloc(k->p->arena, k->t->n_trials, sizeof(double), &k->derived.starts));
    for (int s = 0; s < k->t->n_sessions; s++)
        for (int t = 1; t < k->t->session[s].n_trials; t++) {
            const size_t i = k->t->session[s].first + (size_t)t;
            k->derived.starts[i] = block->value[i] != block->value[i - 1];
        }
    return DSC_OK;
}

// ---- places of the sessions ---------------------------------------------------------------------

typedef struct place {
    int length, k;
} place;

static int longer_first(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->length != y->length) return x->length > y->length ? -1 : 1;
    return (x->k > y->k) - (x->k < y->k);
}

static dsc_status sort_sessions(dsc_pack *p)
{
    place *places;
    DSC_TRY(dsc_arena_alloc(p->arena, (size_t)p->n_sessions, sizeof *places, &places));
    for (int k = 0; k < p->n_sessions; k++) places[k] = (place){p->length[k], k};
    qsort(places, (size_t)p->n_sessions, sizeof *places, longer_first);
    for (int r = 0; r < p->n_sessions; r++) {
        p->order[r] = places[r].k;
        p->rank[places[r].k] = r;
    }
    return DSC_OK;
}

// How many trials of a session are packed.
static int session_end(const packing *k, int session)
{
    return k->o->last ? k->o->last[session] : k->t->session[session].n_trials;
}

static dsc_status choose_sessions(const packing *k)
{
    dsc_pack *p = k->p;
    for (int i = 0; i < p->n_sessions; i++) {
        const int s = k->o->sessions ? k->o->sessions[i] : i;
        DSC_REQUIRE(k->ctx, s >= 0 && s < k->t->n_sessions, DSC_INPUT,
                    "%s has no session %d; there are %d", k->t->path, s, k->t->n_sessions);
        p->session[i] = s;
        const int subject = k->t->session[s].subject;
        p->subject[i] = k->o->places     ? k->o->places[s]
                        : k->o->subjects ? k->o->subjects[subject]
                                         : subject;
        p->length[i] = session_end(k, s);
    }
    return sort_sessions(p);
}

// The reference's convention pads every session to the longest of the whole table.
static void stretch_sessions(const packing *k)
{
    dsc_pack *p = k->p;
    for (int s = 0; s < k->t->n_sessions; s++)
        if (k->t->session[s].n_trials > p->longest) p->longest = k->t->session[s].n_trials;
    for (int i = 0; i < p->n_sessions; i++) p->length[i] = p->longest;
}

static dsc_status reserve_tables(const packing *k)
{
    dsc_pack *p = k->p;
    const size_t n = (size_t)p->n_sessions, size = sizeof(int);
    DSC_TRY(dsc_arena_alloc(p->arena, n, size, &p->order));
    DSC_TRY(dsc_arena_alloc(p->arena, n, size, &p->rank));
    DSC_TRY(dsc_arena_alloc(p->arena, n, size, &p->session));
    DSC_TRY(dsc_arena_alloc(p->arena, n, size, &p->subject));
    DSC_TRY(dsc_arena_alloc(p->arena, n, size, &p->length));
    DSC_TRY(dsc_arena_alloc(p->arena, n, sizeof(double), &p->weight));
    DSC_TRY(dsc_arena_alloc(p->arena, n, sizeof(double), &p->penalty));
    DSC_TRY(dsc_arena_alloc(p->arena, n, sizeof(double), &p->target));
    DSC_TRY(dsc_arena_alloc(p->arena, n, sizeof(double), &p->valid));
    DSC_TRY(dsc_arena_alloc(p->arena, (size_t)p->n_tiles, sizeof(size_t), &p->offset));
    DSC_TRY(dsc_arena_alloc(p->arena, (size_t)p->n_inputs, sizeof(bool), &p->ends));
    DSC_TRY(dsc_arena_alloc(p->arena, (size_t)p->n_inputs, sizeof(size_t), &p->absent));
    return dsc_arena_alloc(p->arena, 1, sizeof *p->weighted, &p->weighted);
}

static int tile_trials(const dsc_pack *p, int tile)
{
    return p->length[p->order[tile * p->width]];
}

static dsc_status reserve_data(const packing *k)
{
    dsc_pack *p = k->p;
    const size_t row = (size_t)p->n_inputs * (size_t)p->width;
    for (int i = 0; i < p->n_tiles; i++) {
        const size_t trials = (size_t)tile_trials(p, i);
        DSC_REQUIRE(k->ctx, row == 0 || trials <= (SIZE_MAX / 16 - p->n_reals) / row, DSC_MEMORY,
                    "out of memory: %d sessions are too many to pack", p->n_sessions);
        p->offset[i] = p->n_reals;
        p->n_reals += trials * row;
        if (p->longest < (int)trials) p->longest = (int)trials;
    }
    return dsc_arena_alloc(p->arena, p->n_reals, p->real, &p->data);
}

// ---- the data -----------------------------------------------------------------------------------

static void put(dsc_pack *p, size_t where, double value)
{
    if (p->real == sizeof(float)) ((float *)p->data)[where] = (float)value;
    else ((double *)p->data)[where] = value;
}

// What the user calls an input: a target is a column.
static const char *name_of(const packing *k, int input)
{
    const char *name = dsc_cell_input(k->o->cell, input);
    char target[32];
    for (int i = 0; i < k->o->n_targets; i++) {
        snprintf(target, sizeof target, "target_%d", i);
        if (strcmp(name, target) == 0) return k->o->targets[i];
    }
    return name;
}

// Named is the column and the trial where the value stands, not the later one that reads it.
static dsc_status fail_infinite(const packing *k, const data_reading *r, size_t row, int input)
{
    char where[DSC_PLACE_TEXT];
    const char *name = name_of(k, input);
    for (int c = 0; c < k->t->n_columns; c++)
        if (k->t->column[c].value == r->value) name = k->t->column[c].name;
    return dsc_fail(k->ctx, DSC_INPUT,
                    "%s, %s: \"%s\" is too large to compute with; mark such values as missing: "
                    "--missing TOKEN",
                    k->t->path, dsc_table_place(k->t, row - (size_t)r->back, where, sizeof where),
                    name);
}

// Whether a column that must be there is not.
static bool is_absent(const packing *k, const data_reading *r, size_t row)
{
    const dsc_column *choice = dsc_table_column(k->t, "choice");
    return isnan(r->value[row]) && choice && !isnan(choice->value[row]);
}

static size_t count_absent(const packing *k, const data_reading *r)
{
    size_t n = 0;
    for (int which = 0; which < k->p->n_sessions; which++) {
        const int session = k->p->session[which];
        for (int trial = 0; trial < session_end(k, session) - r->unknown; trial++)
            n += is_absent(k, r, k->t->session[session].first + (size_t)trial);
    }
    return n;
}

static dsc_status check_present(const packing *k, const data_reading *r, int input, int which)
{
    const dsc_session *s = &k->t->session[k->p->session[which]];
    char where[DSC_PLACE_TEXT];
    int trial = 0;
    const int end = session_end(k, k->p->session[which]) - r->unknown;
    while (trial < end && !is_absent(k, r, s->first + (size_t)trial)) trial++;
    if (trial >= end) return DSC_OK;
    return dsc_fail(k->ctx, DSC_INPUT,
                    "%s, %s: \"%s\" is missing, but there is a choice to learn from "
                    "(in all on %zu of %zu trials). Fill it in, or make the choice missing too",
                    k->t->path,
                    dsc_table_place(k->t, s->first + (size_t)trial, where, sizeof where),
                    dsc_cell_input(k->o->cell, input), k->p->absent[input], k->t->n_trials);
}

static double value_at(const packing *k, const data_reading *r, int session, int trial)
{
    if (trial >= session_end(k, session)) return r->padding;
    if (r->counts && k->o->first && trial < k->o->first[session]) return 0;
    return data_reading_at(r, k->t->session[session].first + (size_t)trial, trial);
}

static dsc_status pack_session(const packing *k, const data_reading *r, int input, int which)
{
    dsc_pack *p = k->p;
    const dsc_session *s = &k->t->session[p->session[which]];
    const int rank = p->rank[which];
    const size_t row = (size_t)p->n_inputs * (size_t)p->width;
    size_t where =
        p->offset[rank / p->width] + (size_t)input * (size_t)p->width + (size_t)(rank % p->width);
    for (int trial = 0; trial < p->length[which]; trial++, where += row) {
        const double value = value_at(k, r, p->session[which], trial);
        const bool absent = isnan(value) && isnan(r->missing);
        if (!absent && !(fabs(value) <= FLT_MAX))
            return fail_infinite(k, r, s->first + (size_t)trial, input);
        put(p, where, value);
    }
    return DSC_OK;
}

static dsc_status pack_inputs(const packing *k)
{
    for (int i = 0; i < k->p->n_inputs; i++) {
        data_reading r;
        DSC_TRY(
            data_reading_find(k->ctx, k->t, k->o, &k->derived, dsc_cell_input(k->o->cell, i), &r));
        k->p->ends[i] = r.ends;
        if (r.assumed) k->p->absent[i] = count_absent(k, &r);
        for (int n = 0; n < k->p->n_sessions; n++) {
            if (k->o->refuse_missing && r.needed) DSC_TRY(check_present(k, &r, i, n));
            DSC_TRY(pack_session(k, &r, i, n));
        }
    }
    return DSC_OK;
}

// Tiles share their stride; lane 0 is there already.
#define PAD(name, type)                                                                      \
    static void name(const dsc_pack *p, void *tile, int lane, int first, int last)           \
    {                                                                                        \
        const size_t width = (size_t)p->width, inputs = (size_t)p->n_inputs;                 \
        type *x = (type *)tile + (size_t)first * inputs * width;                             \
        for (int t = first; t < last; t++)                                                   \
            for (size_t i = 0; i < inputs; i++, x += width) x[lane] = p->ends[i] ? 0 : x[0]; \
    }
PAD(pad_single, float)
PAD(pad_double, double)

void data_pad_lane(const dsc_pack *p, char *tile, int lane, int first, int last)
{
    if (p->real == sizeof(float)) pad_single(p, tile, lane, first, last);
    else pad_double(p, tile, lane, first, last);
}

static void pad_tiles(const dsc_pack *p)
{
    for (int rank = 0; rank < p->n_tiles * p->width; rank++) {
        const int tile = rank / p->width;
        data_pad_lane(p, p->data + p->offset[tile] * p->real, rank % p->width,
                      rank < p->n_sessions ? p->length[p->order[rank]] : 0, tile_trials(p, tile));
    }
}

// ---- sums ---------------------------------------------------------------------------------------

static double sum_reading(const packing *k, const data_reading *r, int which)
{
    double sum = 0;
    for (int trial = 0; trial < k->p->length[which]; trial++)
        sum += value_at(k, r, k->p->session[which], trial);
    return sum;
}

static void add_sums(const packing *k, const data_reading *r, double *sums)
{
    for (int n = 0; n < k->p->n_sessions; n++) sums[n] += sum_reading(k, r, n);
}

// Adds the numbers of trials where a derived column has a value; without one they stay 0.
static void add_present(const packing *k, const double *derived, double *sums)
{
    const data_reading r = data_reading_presence(derived);
    if (derived) add_sums(k, &r, sums);
}

static dsc_status sum_weights(const packing *k)
{
    dsc_pack *p = k->p;
    const data_derived *d = &k->derived;
    data_reading penalty;
    add_present(k, d->shown, p->weight);
    add_present(k, d->valid, p->valid);
    for (int n = 0; n < k->o->n_targets; n++) add_present(k, d->target[n], p->target);
    if (k->o->penalty_trials == DSC_PENALTY_VALID) {
        memcpy(p->penalty, p->valid, (size_t)p->n_sessions * sizeof *p->penalty);
        return DSC_OK;
    }
    DSC_TRY(data_reading_find(k->ctx, k->t, k->o, d, "penalty_weight", &penalty));
    add_sums(k, &penalty, p->penalty);
    return DSC_OK;
}

// ---- creating -----------------------------------------------------------------------------------

static dsc_status pack_fill(packing *k)
{
    dsc_pack *p = k->p;
    p->width = dsc_engine_width(k->o->engine);
    p->real = dsc_engine_real(k->o->engine);
    p->n_inputs = dsc_cell_input_count(k->o->cell);
    p->n_sessions = k->o->sessions ? k->o->n_sessions : k->t->n_sessions;
    DSC_REQUIRE(k->ctx, p->n_sessions > 0, DSC_INPUT, "%s: no session is left to pack", k->t->path);
    p->n_tiles = (p->n_sessions - 1) / p->width + 1;
    DSC_TRY(reserve_tables(k));
    DSC_TRY(choose_sessions(k));
    if (k->o->penalty_trials == DSC_PENALTY_PADDED) stretch_sessions(k);
    DSC_TRY(reserve_data(k));
    DSC_TRY(data_find_targets(k->ctx, p->arena, k->t, k->o, &k->derived));
    DSC_TRY(data_check_valid(k->ctx, p->arena, k->t, k->o, k->derived.shown));
    DSC_TRY(find_starts(k));
    DSC_TRY(pack_inputs(k));
    pad_tiles(p);
    return sum_weights(k);
}

dsc_status dsc_pack_create(dsc_context *ctx, const dsc_table *t, const dsc_pack_options *o,
                           dsc_pack **pack)
{
    packing k = {.ctx = ctx, .t = t, .o = o};
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *k.p, &k.p));
    dsc_status status = dsc_arena_create(ctx, &k.p->arena);
    if (status == DSC_OK) status = pack_fill(&k);
    if (status != DSC_OK) dsc_pack_destroy(ctx, &k.p);
    else *pack = k.p;
    return status;
}

void dsc_pack_destroy(dsc_context *ctx, dsc_pack **pack)
{
    if (!pack || !*pack) return;
    dsc_free(ctx, &(*pack)->draw.rank);
    dsc_free(ctx, &(*pack)->draw.stream);
    dsc_free(ctx, &(*pack)->draw.multiplicity);
    dsc_free(ctx, &(*pack)->draw.count);
    dsc_free(ctx, &(*pack)->draw.scratch);
    dsc_free(ctx, &(*pack)->lanes.rank);
    dsc_free(ctx, &(*pack)->lanes.lane);
    dsc_free(ctx, &(*pack)->lanes.rows);
    dsc_free(ctx, &(*pack)->lanes.first);
    dsc_free(ctx, &(*pack)->lanes.next);
    dsc_arena_destroy(&(*pack)->arena);
    dsc_free(ctx, pack);
}

int dsc_pack_sessions(const dsc_pack *p)
{
    return p->n_sessions;
}

size_t dsc_pack_absent(const dsc_pack *p, int input)
{
    return p->absent[input];
}

int dsc_pack_longest(const dsc_pack *p)
{
    return p->longest;
}

double dsc_pack_weight(const dsc_pack *p, int k)
{
    return p->weight[k];
}

double dsc_pack_penalty_weight(const dsc_pack *p, int k)
{
    return p->penalty[k];
}

double dsc_pack_valid(const dsc_pack *p, int k)
{
    return p->valid[k];
}

double dsc_pack_target_weight(const dsc_pack *p, int k)
{
    return p->target[k];
}

size_t dsc_pack_bytes(const dsc_pack *p)
{
    return p->n_reals * p->real;
}
