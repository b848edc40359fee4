// SPDX-License-Identifier: Apache-2.0
// run.c — batches over workers: parameters are evaluated once, (replica, chunk of tiles) pairs are
// handed out, and the chunks' gradients are added up in their order, which depends on the batch and
// never on the threads.

#include <string.h>

#include "engine/plan.h"

// ---- parameter scope ----------------------------------------------------------------------------

static dsc_status need_parameter_blocks(dsc_plan *p, int n)
{
    if (n <= p->n_replica_blocks) return DSC_OK;
    size_t bytes = p->n_param * p->engine->kernels->real;
    DSC_TRY(dsc_grow(p->ctx, (size_t)p->n_replica_blocks * bytes, (size_t)n * bytes, 1,
                     &p->parameter_block));
    if (!p->gradient_block) DSC_TRY(dsc_alloc(p->ctx, bytes, 1, &p->gradient_block));
    p->n_replica_blocks = n;
    return DSC_OK;
}

static char *parameter_block(const dsc_plan *p, int replica)
{
    return p->parameter_block + (size_t)replica * p->n_param * p->engine->kernels->real;
}

void plan_evaluate(const dsc_plan *p, const double *values, char *block)
{
    const dsc_cell *c = p->cell;
    const size_t real = p->engine->kernels->real;
    for (int i = 0; i < c->n_parameters; i++)
        if (c->parameter[i].level == DSC_PER_MODEL)
            p->engine->kernels->from_double(values + p->layout.offset[i], p->layout.count[i],
                                            block + p->offset[c->parameter_node[i]] * real);
    for (int i = 0; i < c->n_nodes; i++)
        if (c->node[i].op == OP_CONSTANT)
            p->engine->kernels->from_double(c->node[i].values, (size_t)c->node[i].rows,
                                            block + p->offset[i] * real);
    worker w = {.plan = p};
    w.base[SP_PARAM] = block;
    worker_run(&w, &p->parameter_forward);
}

static void evaluate_parameters(dsc_plan *p, int replica, const double *values)
{
    plan_evaluate(p, values, parameter_block(p, replica));
}

// whether a gathered parameter has its part in a block of this length
static bool in_block(const dsc_plan *p, const gathered *g, size_t length)
{
    return p->wants[g->node] && g->block + p->layout.count[g->parameter] <= length;
}

// from the gradient of every value of parameter scope to the gradient of the parameters
static void finish_gradient(dsc_plan *p, int replica, const double *block, size_t length,
                            double *gradient)
{
    const dsc_cell *c = p->cell;
    const size_t real = p->engine->kernels->real;
    worker w = {.plan = p};
    w.base[SP_PARAM] = parameter_block(p, replica);
    w.base[SP_DPARAM] = p->gradient_block;
    p->engine->kernels->from_double(block, p->n_param, p->gradient_block);
    worker_run(&w, &p->parameter_backward);
    memset(gradient, 0, p->layout.n_values * sizeof *gradient);
    for (int i = 0; i < c->n_parameters; i++)
        if (c->parameter[i].level == DSC_PER_MODEL && !c->parameter[i].fixed)
            p->engine->kernels->to_double(p->gradient_block +
                                              p->offset[c->parameter_node[i]] * real,
                                          p->layout.count[i], gradient + p->layout.offset[i]);
    for (int i = 0; i < p->n_gathers; i++) {
        int q = p->gathers[i].parameter;
        if (in_block(p, &p->gathers[i], length))
            memcpy(gradient + p->layout.offset[q], block + p->gathers[i].block,
                   p->layout.count[q] * sizeof *gradient);
    }
}

// ---- gradients ----------------------------------------------------------------------------------

typedef struct gradient_job {
    dsc_plan *plan;
    const dsc_batch *batch;
    const dsc_replica *replica;
    int n_chunks;
    size_t length, stride; // doubles of a chunk's block; and with its sums
} gradient_job;

static void differentiate_chunk(void *user, int item, int who)
{
    const gradient_job *j = user;
    int replica = item / j->n_chunks, chunk = item % j->n_chunks;
    double *block = j->plan->chunk + (size_t)item * j->stride;
    memset(block, 0, j->stride * sizeof *block);
    int from = (int)((int64_t)chunk * j->batch->n_tiles / j->n_chunks),
        to = (int)((int64_t)(chunk + 1) * j->batch->n_tiles / j->n_chunks);
    for (int i = from; i < to; i++) {
        dsc_tile tile;
        memset(&tile, 0, sizeof tile);
        j->batch->fill(j->batch->user, i, who, &tile);
        tile_differentiate(&j->plan->workers[who], &tile, i, &j->replica[replica],
                           parameter_block(j->plan, replica), block, block + j->length);
    }
}

static dsc_status need_chunks(dsc_plan *p, size_t n)
{
    if (n <= p->n_chunk) return DSC_OK;
    DSC_TRY(dsc_grow(p->ctx, p->n_chunk, n, sizeof *p->chunk, &p->chunk));
    p->n_chunk = n;
    return DSC_OK;
}

static void add_chunks(gradient_job *j, int replica, dsc_replica *r)
{
    double *sum = j->plan->chunk + (size_t)replica * (size_t)j->n_chunks * j->stride;
    for (int c = 1; c < j->n_chunks; c++)
        for (size_t i = 0; i < j->stride; i++) sum[i] += sum[(size_t)c * j->stride + i];
    if (r->sums)
        memcpy(r->sums, sum + j->length, (size_t)j->plan->cell->n_objectives * sizeof *sum);
    if (r->gradient) finish_gradient(j->plan, replica, sum, j->length, r->gradient);
}

static dsc_status check_batch(const dsc_plan *p, const dsc_pool *pool, int max_trials)
{
    DSC_REQUIRE(p->ctx, max_trials <= p->options.max_trials, DSC_DEFECT,
                "a batch of %d trials meets a plan for %d", max_trials, p->options.max_trials);
    DSC_REQUIRE(p->ctx, dsc_pool_size(pool) <= p->options.n_workers, DSC_DEFECT,
                "a pool of %d threads meets a plan for %d", dsc_pool_size(pool),
                p->options.n_workers);
    return DSC_OK;
}

// Blocks without tables per lane where every replica takes them slot by slot.
static size_t block_length(const dsc_plan *p, const dsc_replica *replicas, int n)
{
    for (int r = 0; r < n; r++)
        if (!replicas[r].lanes) return p->block;
    return p->shared;
}

dsc_status dsc_gradient(dsc_plan *p, dsc_pool *pool, const dsc_batch *batch, dsc_replica *replicas,
                        int n)
{
    DSC_REQUIRE(p->ctx, p->options.gradient, DSC_DEFECT,
                "a plan without a gradient is asked for one");
    DSC_TRY(check_batch(p, pool, batch->max_trials));
    const size_t length = block_length(p, replicas, n);
    gradient_job j = {p,        batch,
                      replicas, batch->n_tiles < DSC_MAX_CHUNKS ? batch->n_tiles : DSC_MAX_CHUNKS,
                      length,   length + (size_t)p->cell->n_objectives};
    if (j.n_chunks < 1) j.n_chunks = 1;
    DSC_TRY(need_parameter_blocks(p, n));
    DSC_TRY(need_chunks(p, (size_t)n * (size_t)j.n_chunks * j.stride));
    for (int r = 0; r < n; r++) evaluate_parameters(p, r, replicas[r].parameters);
    dsc_pool_run(pool, differentiate_chunk, &j, n * j.n_chunks);
    for (int r = 0; r < n; r++) add_chunks(&j, r, &replicas[r]);
    return DSC_OK;
}

// ---- forward ------------------------------------------------------------------------------------

typedef struct forward_job {
    dsc_plan *plan;
    const dsc_batch *batch;
    const dsc_loop *loop;
    const double *values;
    dsc_noise_seed noise;
    double *sums; // [tiles][objectives]
    dsc_take_fn *take;
    void *user;
} forward_job;

static void forward_tile(void *user, int item, int who)
{
    const forward_job *j = user;
    worker *w = &j->plan->workers[who];
    dsc_tile tile;
    memset(&tile, 0, sizeof tile);
    j->batch->fill(j->batch->user, item, who, &tile);
    tile_forward(w, &tile, j->values, parameter_block(j->plan, 0), j->noise,
                 j->sums ? j->sums + (size_t)item * (size_t)j->plan->cell->n_objectives : NULL);
    if (j->take) j->take(j->user, item, &tile, w->recorded);
}

dsc_status dsc_forward(dsc_plan *p, dsc_pool *pool, const dsc_batch *batch,
                       const double *parameters, dsc_noise_seed noise, double *sums,
                       dsc_take_fn *take, void *user)
{
    size_t n = (size_t)p->cell->n_objectives, tiles = (size_t)batch->n_tiles;
    double *per_tile = NULL;
    DSC_TRY(check_batch(p, pool, batch->max_trials));
    DSC_TRY(need_parameter_blocks(p, 1));
    DSC_TRY(dsc_alloc(p->ctx, n * tiles + 1, sizeof *per_tile, &per_tile));
    evaluate_parameters(p, 0, parameters);
    forward_job j = {.plan = p,
                     .batch = batch,
                     .values = parameters,
                     .noise = noise,
                     .sums = per_tile,
                     .take = take,
                     .user = user};
    dsc_pool_run(pool, forward_tile, &j, batch->n_tiles);
    for (size_t k = 0; sums && k < n; k++) {
        sums[k] = 0;
        for (size_t i = 0; i < tiles; i++) sums[k] += per_tile[i * n + k];
    }
    dsc_free(p->ctx, &per_tile);
    return DSC_OK;
}

static void play_tile(void *user, int item, int who)
{
    const forward_job *j = user;
    worker *w = &j->plan->workers[who];
    dsc_tile tile;
    memset(&tile, 0, sizeof tile);
    tile.n_trials = j->loop->n_trials;
    j->loop->begin(j->loop->user, item, who, &tile);
    tile_play(w, &tile, item, j->loop, j->values, parameter_block(j->plan, 0), j->noise);
    if (j->take) j->take(j->user, item, &tile, w->recorded);
}

dsc_status dsc_play(dsc_plan *p, dsc_pool *pool, const dsc_loop *loop, const double *parameters,
                    dsc_noise_seed noise, dsc_take_fn *take, void *user)
{
    DSC_TRY(check_batch(p, pool, loop->n_trials));
    DSC_REQUIRE(p->ctx, p->cell->n_inputs <= 256, DSC_INPUT,
                "a closed loop answers at most 256 inputs; %s reads %d", p->cell->name,
                p->cell->n_inputs);
    DSC_TRY(need_parameter_blocks(p, 1));
    evaluate_parameters(p, 0, parameters);
    forward_job j = {
        .plan = p, .loop = loop, .values = parameters, .noise = noise, .take = take, .user = user};
    dsc_pool_run(pool, play_tile, &j, loop->n_tiles);
    return DSC_OK;
}
