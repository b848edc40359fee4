// SPDX-License-Identifier: Apache-2.0
// workload.c — a model on 256 sessions of 500 random trials, or on a table's sessions, drawn anew
// for every step.
#include "bench/workload.h"

#include <stdlib.h>
#include <string.h>

enum { SESSIONS = 256, TRIALS = 500 };

static const char *const gru_5[] = {"n_units", "5", NULL},
                         *const gru_16[] = {"n_units", "16", NULL},
                         *const gru_64[] = {"n_units", "64", NULL};
static const char *const notebook[] = {"latent_size",
                                       "5",
                                       "update_net_n_units_per_layer",
                                       "16",
                                       "update_net_n_layers",
                                       "4",
                                       "choice_net_n_units_per_layer",
                                       "4",
                                       "choice_net_n_layers",
                                       "2",
                                       NULL};
const workload_kind workload_kinds[] = {
    {"GRU, 5 units", "gru", gru_5, true},
    {"GRU, 16 units", "gru", gru_16, true},
    {"GRU, 64 units", "gru", gru_64, true},
    {"disRNN, noisy", "disrnn", notebook, false},
    {"disRNN, noiseless", "disrnn", notebook, true},
    {"disRNN, multisubject", "disrnn_multisubject", notebook, false},
};
const int workload_count = sizeof workload_kinds / sizeof workload_kinds[0];

struct workload {
    dsc_context *ctx;
    dsc_cell *cell;
    dsc_plan *plan;
    dsc_table *table;
    dsc_pack *pack;
    dsc_batch batch;
    dsc_optimizer *optimizer;
    double *parameters, *gradient;
    double flops, trials; // trials: of a step
    int *drawn, n_drawn;  // n_drawn 0: every session in every step
    bool noiseless;
    uint32_t step;
};

static dsc_status invent_table(dsc_context *ctx, dsc_table **table)
{
    static int lengths[SESSIONS];
    double *values = NULL;
    const size_t n = (size_t)SESSIONS * TRIALS;
    DSC_TRY(dsc_alloc(ctx, 2 * n, sizeof *values, &values));
    dsc_stream s = dsc_stream_start(1, DSC_FOR_TASK, 0, 0, 0);
    for (size_t i = 0; i < 2 * n; i++) values[i] = dsc_stream_below(&s, 2);
    for (int i = 0; i < SESSIONS; i++) lengths[i] = TRIALS;
    dsc_status status =
        dsc_table_make(ctx, SESSIONS, lengths, NULL, 2, (const char *const[]){"choice", "reward"},
                       (const double *const[]){values, values + n}, table);
    dsc_free(ctx, &values);
    return status;
}

static dsc_status make_table(workload *w, const workload_data *data)
{
    if (data->path) return dsc_table_read(w->ctx, data->path, NULL, &w->table);
    return invent_table(w->ctx, &w->table);
}

static dsc_status make_cell(workload *w, const workload_kind *kind)
{
    const dsc_model *m;
    unsigned char config[DSC_MODEL_CONFIG_BYTES] __attribute__((aligned(16)));
    dsc_builder *b = NULL;
    DSC_TRY(dsc_model_find(w->ctx, kind->model, &m));
    dsc_fields_default(m->fields, config);
    for (int i = 0; kind->settings[i]; i += 2)
        DSC_TRY(dsc_field_set(w->ctx, dsc_field_find(m->fields, kind->settings[i]), config,
                              kind->settings[i + 1], "bench"));
    dsc_model_size size = {.n_actions = 2,
                           .n_inputs = 2,
                           .inputs = m->inputs,
                           .noiseless = kind->noiseless,
                           .n_subjects = w->table->n_subjects};
    DSC_TRY(dsc_cell_begin(w->ctx, kind->model, &b));
    m->build(m, b, config, &size);
    dsc_loss_attach(
        b, dsc_find(b, "penalty").id >= 0 ? DSC_LOSS_PENALIZED_CATEGORICAL : DSC_LOSS_CATEGORICAL,
        0, false);
    DSC_TRY(dsc_cell_end(b, &w->cell));
    // every matrix of these models is one layer, used once per trial
    for (int i = 0; i < dsc_cell_parameter_count(w->cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(w->cell, i);
        bool bottleneck = strstr(p->name, "sigma") || strstr(p->name, "multipliers");
        if (p->cols > 1 && !bottleneck) w->flops += 2.0 * p->rows * p->cols;
    }
    return DSC_OK;
}

static dsc_status make_pack(workload *w, const workload_data *data, const dsc_engine *e)
{
    DSC_TRY(dsc_pack_create(w->ctx, w->table, &(dsc_pack_options){.engine = e, .cell = w->cell},
                            &w->pack));
    dsc_pack_whole(w->pack, NULL, &w->batch);
    w->trials = (double)w->table->n_trials;
    w->n_drawn = data->drawn;
    return data->drawn > 0 ? dsc_alloc(w->ctx, (size_t)data->drawn, sizeof *w->drawn, &w->drawn)
                           : DSC_OK;
}

static dsc_status make_plan(workload *w, const dsc_engine *e, dsc_pool *pool)
{
    const dsc_plan_options o = {.engine = e,
                                .n_subjects = w->table->n_subjects,
                                .max_trials = dsc_pack_longest(w->pack),
                                .n_workers = dsc_pool_size(pool),
                                .gradient = true};
    DSC_TRY(dsc_plan_create(w->ctx, w->cell, &o, &w->plan));
    size_t n = dsc_plan_layout(w->plan)->n_values;
    DSC_TRY(dsc_alloc(w->ctx, n, sizeof *w->parameters, &w->parameters));
    DSC_TRY(dsc_alloc(w->ctx, n, sizeof *w->gradient, &w->gradient));
    dsc_cell_initialise(w->cell, dsc_plan_layout(w->plan), 1, w->parameters);
    dsc_optimizer_config adam = {
        .name = "adam", .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip_update = 1};
    return dsc_optimizer_create(w->ctx, &adam, n, &w->optimizer);
}

static dsc_status fill(workload *w, const workload_kind *kind, const workload_data *data,
                       const dsc_engine *e, dsc_pool *pool)
{
    w->noiseless = kind->noiseless;
    DSC_TRY(make_table(w, data));
    DSC_TRY(make_cell(w, kind));
    DSC_TRY(make_pack(w, data, e));
    return make_plan(w, e, pool);
}

dsc_status workload_create(dsc_context *ctx, const workload_kind *kind, const workload_data *data,
                           const dsc_engine *e, dsc_pool *pool, workload **out)
{
    workload *w = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *w, &w));
    w->ctx = ctx;
    dsc_status s = fill(w, kind, data, e, pool);
    if (s == DSC_OK) *out = w;
    else workload_destroy(&w);
    return s;
}

void workload_destroy(workload **out)
{
    workload *w = *out;
    dsc_context *ctx = w->ctx;
    dsc_optimizer_destroy(ctx, &w->optimizer);
    dsc_plan_destroy(&w->plan);
    dsc_pack_destroy(ctx, &w->pack);
    dsc_table_destroy(ctx, &w->table);
    dsc_cell_destroy(&w->cell);
    dsc_free(ctx, &w->parameters);
    dsc_free(ctx, &w->gradient);
    dsc_free(ctx, &w->drawn);
    dsc_free(ctx, out);
}

static dsc_status draw(workload *w, dsc_pool *pool)
{
    const int n = w->n_drawn, workers = dsc_pool_size(pool);
    dsc_stream s = dsc_stream_start(1, DSC_FOR_BATCHES, 0, 0, w->step);
    for (int i = 0; i < n; i++)
        w->drawn[i] = (int)dsc_stream_below(&s, (uint32_t)dsc_pack_sessions(w->pack));
    w->trials = 0;
    for (int i = 0; i < n; i++) w->trials += w->table->session[w->drawn[i]].n_trials;
    if (w->noiseless) return dsc_pack_draw_merged(w->ctx, w->pack, n, w->drawn, workers, &w->batch);
    return dsc_pack_draw(w->ctx, w->pack, n, w->drawn, workers, &w->batch);
}

static dsc_status step(workload *w, dsc_pool *pool)
{
    if (w->n_drawn > 0) DSC_TRY(draw(w, pool));
    // the warm-up has no penalty
    double n = 1 / w->trials, coefficients[2] = {n, w->noiseless ? 0 : n}, sums[2];
    dsc_replica r = {w->parameters, {1, DSC_FOR_NOISE, w->step++}, coefficients, sums, w->gradient,
                     NULL};
    DSC_TRY(dsc_gradient(w->plan, pool, &w->batch, &r, 1));
    dsc_optimizer_step(w->optimizer, 1e-3, w->parameters, w->gradient, NULL);
    return DSC_OK;
}

dsc_status workload_step(workload *w, dsc_pool *pool, double *seconds)
{
    double t = dsc_seconds();
    DSC_TRY(step(w, pool));
    *seconds = dsc_seconds() - t;
    return DSC_OK;
}

double workload_time(workload *w, dsc_pool *pool, double seconds)
{
    double best = 1e300, now = 0, end = dsc_seconds() + seconds;
    do {
        if (workload_step(w, pool, &now) == DSC_OK && now < best) best = now;
    } while (dsc_seconds() < end);
    return best;
}

double workload_trials(const workload *w)
{
    return w->trials;
}
double workload_flops(const workload *w)
{
    return w->flops;
}
double workload_worker_bytes(const workload *w)
{
    return (double)dsc_plan_worker_bytes(w->plan);
}
double workload_data_bytes(const workload *w)
{
    return (double)dsc_pack_bytes(w->pack);
}
