// SPDX-License-Identifier: Apache-2.0
// tile.c — what one worker does with one tile: forward through all its trials, and backward.

#include <string.h>

#include "engine/plan.h"

static const kernel_set *kernels(const worker *w)
{
    return w->plan->engine->kernels;
}
static size_t real_size(const worker *w)
{
    return w->plan->engine->kernels->real;
}
static size_t lanes(const worker *w)
{
    return (size_t)w->plan->L;
}

// ---- memory -------------------------------------------------------------------------------------

// numbers of each space that a worker holds
static void space_sizes(const dsc_plan *p, size_t n[SP_COUNT])
{
    size_t L = (size_t)p->L, T = (size_t)p->options.max_trials, S = (size_t)p->n_state_rows * L;
    memset(n, 0, SP_COUNT * sizeof *n);
    n[SP_SESSION] = p->n_session;
    n[SP_STATE] = (T + 1) * S;
    n[SP_WORK] = p->n_work;
    n[SP_INPUT] = (size_t)p->cell->n_inputs * L; // of a closed loop
    if (!p->options.gradient) return;
    n[SP_DSESSION] = p->n_session;
    n[SP_MATRIX] = p->n_matrix;
    n[SP_PARTIAL] = p->n_partial;
    n[SP_KEEP] = T * p->n_keep;
    n[SP_DNEXT] = n[SP_DSTATE] = S;
    n[SP_SEED] = (size_t)p->cell->n_objectives * L;
}

static size_t sums_bytes(const dsc_plan *p)
{
    return whole_lines((size_t)(p->cell->n_objectives * p->L) * sizeof(double));
}
static size_t recorded_bytes(const dsc_plan *p)
{
    return whole_lines((size_t)p->options.max_trials * (size_t)p->n_recorded_rows * (size_t)p->L *
                       sizeof(double));
}

size_t worker_size(const dsc_plan *p)
{
    size_t n[SP_COUNT], bytes = 0;
    space_sizes(p, n);
    for (int s = 0; s < SP_COUNT; s++) bytes += whole_lines(n[s] * p->engine->kernels->real);
    bytes += whole_lines((size_t)p->scratch_rows * (size_t)p->L * p->engine->kernels->real);
    bytes += ready_size(&p->state_sweep) + ready_size(&p->gradient_sweep) +
             ready_size(&p->forward_sweep);
    return bytes + sums_bytes(p) + recorded_bytes(p);
}

void worker_place(worker *w, const dsc_plan *p, char *memory)
{
    size_t n[SP_COUNT];
    space_sizes(p, n);
    w->plan = p;
    w->memory = memory;
    for (int s = 0; s < SP_COUNT; s++) {
        w->base[s] = memory;
        memory += whole_lines(n[s] * p->engine->kernels->real);
    }
    w->base[SP_NONE] = NULL;
    w->scratch = memory;
    memory += whole_lines((size_t)p->scratch_rows * (size_t)p->L * p->engine->kernels->real);
    w->sums = (double *)memory;
    w->recorded = (double *)(memory + sums_bytes(p));
    memory += sums_bytes(p) + recorded_bytes(p);
    ready_place(&w->state_sweep, w, &p->state_sweep, memory);
    memory += ready_size(&p->state_sweep);
    ready_place(&w->gradient_sweep, w, &p->gradient_sweep, memory);
    ready_place(&w->forward_sweep, w, &p->forward_sweep, memory + ready_size(&p->gradient_sweep));
}

// ---- the beginning of a tile --------------------------------------------------------------------

static const double *table_entry(const dsc_plan *p, const gathered *g, const dsc_tile *tile,
                                 int lane, const double *table)
{
    const dsc_parameter *q = &p->cell->parameter[g->parameter];
    bool subject = q->level == DSC_PER_SUBJECT;
    int i = subject ? tile->subject[lane] : tile->lane[lane],
        n = subject ? p->layout.n_subjects : p->layout.n_lanes;
    return table + (size_t)(i >= 0 && i < n ? i : 0) * (size_t)q->rows;
}

static void gather(worker *w, const dsc_tile *tile, const double *values)
{
    const dsc_plan *p = w->plan;
    for (int i = 0; i < p->n_gathers; i++) {
        const gathered *g = &p->gathers[i];
        for (int l = 0; l < p->L; l++) {
            const double *from =
                table_entry(p, g, tile, l, values + p->layout.offset[g->parameter]);
            for (int r = 0; r < p->cell->parameter[g->parameter].rows; r++)
                kernels(w)->from_double(&from[r], 1,
                                        w->base[SP_SESSION] +
                                            (g->session + (size_t)r * lanes(w) + (size_t)l) *
                                                real_size(w));
        }
    }
}

static void begin_session(worker *w, const dsc_tile *tile, const double *values,
                          const char *parameters)
{
    const dsc_plan *p = w->plan;
    const size_t real = real_size(w);
    w->base[SP_PARAM] = (char *)parameters;
    for (int i = 0; i < p->n_expansions; i++) {
        const expansion *e = &p->expansions[i];
        kernels(w)->expand(parameters + p->offset[e->node] * real,
                           node_values(&p->cell->node[e->node]), p->L,
                           w->base[SP_SESSION] + e->session * real);
    }
    gather(w, tile, values);
    worker_run(w, &p->session_forward);
}

static size_t start_place(const dsc_plan *p, const graph_state *s)
{
    int first, root = dsc_cell_root(p->cell, s->start, &first);
    bool parameter = p->cell->node[root].scope == DSC_SCOPE_PARAMETER;
    return (parameter ? p->expanded[root] : p->offset[root]) + (size_t)first * (size_t)p->L;
}

static void begin_states(worker *w)
{
    const dsc_plan *p = w->plan;
    const size_t real = real_size(w);
    for (int i = 0; i < p->cell->n_states; i++) {
        const graph_state *s = &p->cell->state[i];
        size_t bytes = (size_t)p->cell->node[s->node].rows * lanes(w) * real;
        char *to = w->base[SP_STATE] + p->offset[s->node] * real;
        if (s->start < 0) memset(to, 0, bytes);
        else memcpy(to, w->base[SP_SESSION] + start_place(p, s) * real, bytes);
    }
}

// ---- walking over trials ------------------------------------------------------------------------

typedef struct walk { // where the spaces that have a place per trial begin
    char *state, *keep;
    const char *input;
    const double *noise;
    size_t state_step, keep_step, input_step, noise_step;
    const dsc_tile *tile;
    unsigned first; // bit l: lane l does not share the rows of the lane before (tiles without data)
} walk;

// Tiles that share sessions are read from their rows, one trial at a time.
static unsigned first_lanes(const worker *w, const dsc_tile *tile)
{
    unsigned first = 0;
    for (int l = 0; l < w->plan->L; l++) {
        const bool begins = l % kernels(w)->vector == 0 || tile->rows[l] != tile->rows[l - 1] ||
                            tile->length[l] != tile->length[l - 1];
        first |= (unsigned)begins << l;
    }
    return first;
}

static walk start_walk(const worker *w, const dsc_tile *tile)
{
    const dsc_plan *p = w->plan;
    size_t real = real_size(w), L = lanes(w);
    return (walk){w->base[SP_STATE],
                  w->base[SP_KEEP],
                  tile->data,
                  tile->noise,
                  (size_t)p->n_state_rows * L * real,
                  p->n_keep * real,
                  (size_t)p->cell->n_inputs * L * real,
                  (size_t)p->cell->noise_rows * L,
                  tile,
                  tile->data ? 0 : first_lanes(w, tile)};
}

static void go_to(worker *w, const ready *r, const walk *k, int t)
{
    size_t i = (size_t)t;
    w->base[SP_STATE] = k->state + i * k->state_step;
    w->base[SP_KEEP] = k->keep + i * k->keep_step;
    if (k->input) w->base[SP_INPUT] = (char *)(k->input + i * k->input_step);
    else
        kernels(w)->spread(k->tile, t, w->plan->cell->n_inputs, w->plan->L, k->first,
                           w->base[SP_INPUT]);
    w->noise.trial = (uint32_t)t;
    w->recording = w->recorded + i * (size_t)w->plan->n_recorded_rows * lanes(w);
    w->noise.external = k->noise ? k->noise + i * k->noise_step : NULL;
    ready_patch_trial(r, w);
}

// Lanes whose session is over go on with weight 0, on the first lane's inputs or on the row after
// their last. Now and then their states are set back to where they began: a value that grew to
// infinity would make 0 times infinity of their gradients.
enum { TRIALS_BETWEEN_RESETS = 16 };
static void reset_ended_lanes(worker *w, const walk *k, int t)
{
    const dsc_tile *tile = k->tile;
    const size_t real = real_size(w), L = lanes(w);
    if (t % TRIALS_BETWEEN_RESETS != TRIALS_BETWEEN_RESETS - 1) return;
    for (size_t l = 0; l < L; l++) {
        const char *begin = k->state + l * real;
        char *next = w->base[SP_STATE] + ((size_t)w->plan->n_state_rows * L + l) * real;
        for (int r = 0; tile->length[l] <= t && r < w->plan->n_state_rows; r++)
            memcpy(next + (size_t)r * L * real, begin + (size_t)r * L * real, real);
    }
}

static void leave(worker *w, const walk *k, char *own_inputs)
{
    w->base[SP_STATE] = k->state;
    w->base[SP_KEEP] = k->keep;
    w->base[SP_INPUT] = own_inputs;
}

void tile_begin(worker *w, const dsc_tile *tile, const double *values, const char *parameters,
                dsc_noise_seed noise)
{
    w->noise = (noise_at){
        .key = dsc_key_of(noise.seed, noise.purpose), .step = noise.step, .stream = tile->stream};
    memset(w->sums, 0, sums_bytes(w->plan));
    begin_session(w, tile, values, parameters);
    begin_states(w);
    ready_patch_tile(&w->state_sweep, w);
    ready_patch_tile(&w->gradient_sweep, w);
    ready_patch_tile(&w->forward_sweep, w);
}

static void add_sums(const worker *w, const dsc_tile *tile, double *sums)
{
    for (int k = 0; k < w->plan->cell->n_objectives; k++)
        for (int l = 0; l < w->plan->L; l++)
            if (tile->multiplicity[l] != 0)
                sums[k] += tile->multiplicity[l] * w->sums[k * w->plan->L + l];
}

void tile_forward(worker *w, const dsc_tile *tile, const double *values, const char *parameters,
                  dsc_noise_seed noise, double *sums)
{
    tile_begin(w, tile, values, parameters, noise);
    char *own = w->base[SP_INPUT];
    walk k = start_walk(w, tile);
    for (int t = 0; t < tile->n_trials; t++) {
        go_to(w, &w->forward_sweep, &k, t);
        ready_run(&w->forward_sweep);
        reset_ended_lanes(w, &k, t);
    }
    leave(w, &k, own);
    if (sums) add_sums(w, tile, sums);
}

void tile_play(worker *w, dsc_tile *tile, int index, const dsc_loop *loop, const double *values,
               const char *parameters, dsc_noise_seed noise)
{
    tile_begin(w, tile, values, parameters, noise);
    char *own = w->base[SP_INPUT];
    walk k = start_walk(w, tile);
    k.input = own; // one place, written anew before each trial
    k.input_step = 0;
    size_t n_inputs = (size_t)w->plan->cell->n_inputs * lanes(w),
           row = (size_t)w->plan->n_recorded_rows * lanes(w);
    const double *last = NULL;
    const int who = (int)(w - w->plan->workers);
    _Alignas(64) double inputs[256 * DSC_MAX_WIDTH];
    for (int t = 0; t < loop->n_trials; t++) {
        loop->answer(loop->user, index, who, t, last, inputs);
        go_to(w, &w->forward_sweep, &k, t);
        kernels(w)->from_double(inputs, n_inputs, own);
        ready_run(&w->forward_sweep);
        last = w->recorded + (size_t)t * row;
    }
    loop->answer(loop->user, index, who, loop->n_trials, last, NULL);
    leave(w, &k, own);
}

// ---- backward -----------------------------------------------------------------------------------

static void begin_gradients(worker *w, const dsc_tile *tile, const double *coefficients)
{
    const dsc_plan *p = w->plan;
    const size_t real = real_size(w);
    memset(w->base[SP_DSESSION], 0, p->n_session * real);
    memset(w->base[SP_MATRIX], 0, p->n_matrix * real);
    memset(w->base[SP_PARTIAL], 0, p->n_partial * real);
    memset(w->base[SP_DNEXT], 0, (size_t)p->n_state_rows * lanes(w) * real);
    for (int k = 0; k < p->cell->n_objectives; k++)
        for (int l = 0; l < p->L; l++) {
            double seed = coefficients[k] * tile->multiplicity[l];
            kernels(w)->from_double(&seed, 1,
                                    w->base[SP_SEED] + ((size_t)k * lanes(w) + (size_t)l) * real);
        }
}

static void swap_state_gradients(worker *w)
{
    char *next = w->base[SP_DNEXT];
    w->base[SP_DNEXT] = w->base[SP_DSTATE];
    w->base[SP_DSTATE] = next;
}

// the gradient of the states before the first trial belongs to what they started from
static void end_states(worker *w)
{
    const dsc_plan *p = w->plan;
    const size_t real = real_size(w);
    for (int i = 0; i < p->cell->n_states; i++) {
        const graph_state *s = &p->cell->state[i];
        if (s->start < 0 || !p->wants[s->start]) continue;
        kernels(w)->add(w->base[SP_DNEXT] + p->offset[s->node] * real,
                        (size_t)p->cell->node[s->node].rows * lanes(w),
                        w->base[SP_DSESSION] + start_place(p, s) * real);
    }
}

// what parameters per lane got, slot by slot
static void put_lanes(const worker *w, const dsc_tile *tile, const gathered *g, double *to)
{
    const dsc_plan *p = w->plan;
    const size_t n = (size_t)p->cell->parameter[g->parameter].rows * lanes(w);
    to += (size_t)g->first * lanes(w);
    memset(to, 0, n * sizeof *to);
    if (!p->wants[g->node]) return;
    kernels(w)->to_double(w->base[SP_DSESSION] + g->session * real_size(w), n, to);
    for (size_t i = 0; i < n; i++)
        if (tile->session[i % lanes(w)] < 0) to[i] = 0;
}

static void scatter(const worker *w, const dsc_tile *tile, double *lane_gradient, double *block)
{
    const dsc_plan *p = w->plan;
    for (int i = 0; i < p->n_gathers; i++) {
        const gathered *g = &p->gathers[i];
        if (lane_gradient && p->cell->parameter[g->parameter].level == DSC_PER_LANE) {
            put_lanes(w, tile, g, lane_gradient);
            continue;
        }
        for (int l = 0; l < p->L && p->wants[g->node]; l++) {
            if (tile->session[l] < 0) continue;
            double *to = (double *)table_entry(p, g, tile, l, block + g->block), dx;
            for (int r = 0; r < p->cell->parameter[g->parameter].rows; r++) {
                kernels(w)->to_double(w->base[SP_DSESSION] +
                                          (g->session + (size_t)r * lanes(w) + (size_t)l) *
                                              real_size(w),
                                      1, &dx);
                to[r] += dx;
            }
        }
    }
}

static void add_to_block(const worker *w, const dsc_tile *tile, double *lane_gradient,
                         double *block)
{
    const dsc_plan *p = w->plan;
    const size_t real = real_size(w);
    for (int i = 0; i < p->n_expansions; i++) {
        const expansion *e = &p->expansions[i];
        if (e->wanted)
            kernels(w)->reduce_lanes(w->base[SP_DSESSION] + e->session * real,
                                     node_values(&p->cell->node[e->node]), p->L,
                                     block + p->offset[e->node]);
    }
    for (int i = 0; i < p->n_matrices; i++) {
        const matrix *m = &p->matrices[i];
        if (!p->wants[m->node]) continue;
        int first, root = dsc_cell_root(p->cell, m->node, &first);
        double *to = block + p->offset[root] + first;
        if (m->partial)
            kernels(w)->reduce_lanes(w->base[SP_PARTIAL] + m->offset * real, m->rows * m->cols,
                                     DSC_PARTIAL, to);
        else
            kernels(w)->add_matrix(w->base[SP_MATRIX] + m->offset * real, m->rows, m->cols,
                                   m->stride, to);
    }
    scatter(w, tile, lane_gradient, block);
}

static void put_sums(const worker *w, const dsc_tile *tile, double *to)
{
    const size_t n = (size_t)w->plan->cell->n_objectives * lanes(w);
    for (size_t i = 0; i < n; i++) {
        const double m = tile->multiplicity[i % lanes(w)];
        to[i] = m != 0 ? m * w->sums[i] : 0;
    }
}

void tile_differentiate(worker *w, const dsc_tile *tile, int index, const dsc_replica *r,
                        const char *parameters, double *block, double *sums)
{
    const dsc_plan *p = w->plan;
    tile_begin(w, tile, r->parameters, parameters, r->noise);
    begin_gradients(w, tile, r->coefficients);
    char *own = w->base[SP_INPUT];
    walk k = start_walk(w, tile);
    for (int t = 0; t < tile->n_trials; t++) {
        go_to(w, &w->state_sweep, &k, t);
        ready_run(&w->state_sweep);
        reset_ended_lanes(w, &k, t);
    }
    for (int t = tile->n_trials - 1; t >= 0; t--) {
        go_to(w, &w->gradient_sweep, &k, t);
        ready_run(&w->gradient_sweep);
        swap_state_gradients(w);
    }
    leave(w, &k, own);
    end_states(w);
    worker_run(w, &p->session_backward);
    const size_t L = lanes(w), slots = (size_t)index * L;
    add_to_block(w, tile, r->lanes ? r->lanes->gradient + slots * (size_t)p->n_lane_rows : NULL,
                 block);
    add_sums(w, tile, sums);
    if (r->lanes) put_sums(w, tile, r->lanes->sums + slots * (size_t)p->cell->n_objectives);
}
