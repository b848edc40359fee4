// SPDX-License-Identifier: Apache-2.0
// replays.c — simulated agents whose parameters change from trial to trial, replayed: given their
// choices, rewards and parameters, the models must predict what they predicted.
#include <math.h>
#include <string.h>

#include "golden/golden.h"

#include "discern/discern.h"

enum { MOST_COMPARED = 6 };

typedef struct replay {
    const char *file, *model;
    // quantities of the model and the columns that hold them; the first is the prediction, p0
    const char *quantity[MOST_COMPARED], *column[MOST_COMPARED];
} replay;

static const replay replays[] = {
    {"sim_qp_agent.csv", "q_perseveration", {"prediction"}, {"p0"}},
    {"sim_hybrid_agent.csv",
     "kalman_hybrid",
     {"prediction", "V", "RU", "TU", "gain"},
     {"p0", "V", "RU", "TU", "gain"}},
};

static const replay *replay_of(const char *path)
{
    const char *file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    for (size_t i = 0; i < sizeof replays / sizeof *replays; i++)
        if (strcmp(replays[i].file, file) == 0) return &replays[i];
    return NULL;
}

typedef struct taken {
    double *value; // [rows][trials]
    int rows, n_trials, width;
} taken;

static void take(void *user, int tile_index, const dsc_tile *tile, const double *recorded)
{
    const taken *k = user;
    (void)tile_index;
    for (int t = 0; t < tile->n_trials; t++)
        for (int i = 0; i < k->rows; i++)
            k->value[i * k->n_trials + t] = recorded[(t * k->rows + i) * k->width];
}

static dsc_status build(dsc_context *ctx, const char *name, dsc_cell **cell)
{
    _Alignas(16) char config[DSC_MODEL_CONFIG_BYTES];
    const dsc_model_size size = {.n_actions = 2, .form = DSC_COG_PARTICLE};
    const dsc_model *m;
    dsc_builder *b = NULL;
    DSC_TRY(dsc_model_find(ctx, name, &m));
    dsc_fields_default(m->fields, config);
    DSC_TRY(dsc_cell_begin(ctx, name, &b));
    const dsc_status status = m->build(m, b, config, &size);
    const dsc_status ended = dsc_cell_end(b, cell);
    return status == DSC_OK ? ended : status;
}

static dsc_status run(dsc_context *ctx, const char *const *quantity, const dsc_cell *cell,
                      const dsc_table *t, taken *k)
{
    const dsc_engine *e = NULL;
    dsc_pack *pack = NULL;
    dsc_plan *plan = NULL;
    dsc_pool *pool = NULL;
    dsc_batch batch;
    double none = 0;
    dsc_plan_options o = {.max_trials = k->n_trials, .n_workers = 1, .recorded = quantity};
    while (o.n_recorded < MOST_COMPARED && quantity[o.n_recorded]) o.n_recorded++;
    dsc_status s = dsc_engine_select(ctx, "lanes", NULL, "double", &e);
    o.engine = e;
    if (s == DSC_OK) s = dsc_pool_create(ctx, 1, &pool);
    if (s == DSC_OK)
        s = dsc_pack_create(ctx, t, &(dsc_pack_options){.engine = e, .cell = cell}, &pack);
    if (s == DSC_OK) s = dsc_plan_create(ctx, cell, &o, &plan);
    if (s == DSC_OK) {
        k->width = dsc_engine_width(e);
        k->rows = dsc_plan_recorded_rows(plan);
        dsc_pack_whole(pack, NULL, &batch);
        s = dsc_forward(plan, pool, &batch, &none, (dsc_noise_seed){0}, NULL, take, k);
    }
    if (plan) dsc_plan_destroy(&plan);
    if (pack) dsc_pack_destroy(ctx, &pack);
    if (pool) dsc_pool_destroy(&pool);
    return s;
}

dsc_status golden_record(dsc_context *ctx, const char *model, const char *const *quantity,
                         const dsc_table *t, double *value)
{
    dsc_cell *cell = NULL;
    taken k = {.value = value, .n_trials = (int)t->n_trials};
    DSC_TRY(build(ctx, model, &cell));
    const dsc_status s = run(ctx, quantity, cell, t, &k);
    dsc_cell_destroy(&cell);
    return s;
}

static void compare(const replay *r, const dsc_table *t, double *value, tally *y)
{
    const tolerance allowed = {1e-10, 1, 0, 0}; // of numbers given with twelve digits
    const size_t n = t->n_trials;
    for (size_t i = 0; i < n; i++) // two logits into the probability of option 0
        value[n + i] = 1 / (1 + exp(value[n + i] - value[i]));
    for (int q = 0; q < MOST_COMPARED && r->quantity[q]; q++) {
        const dsc_column *wanted = dsc_table_column(t, r->column[q]);
        if (!wanted) tally_fail(y, "there is no column %s", r->column[q]);
        else tally_compare(y, r->column[q], n, value + (size_t)(q + 1) * n, wanted->value, allowed);
    }
}

dsc_status golden_replay(dsc_context *ctx, const json_t *root, tally *t)
{
    static const char *const maps[] = {"choice=action", "subject=", "session=agent", "trial="};
    const dsc_read_options how = {.n_maps = 4, .map = maps};
    const replay *r = replay_of(t->path);
    dsc_table *table = NULL;
    double *value = NULL;
    (void)root;
    DSC_REQUIRE(ctx, r, DSC_DEFECT, "%s: no such replay", t->path);
    DSC_TRY(dsc_table_read(ctx, t->path, &how, &table));
    dsc_status s = dsc_alloc(ctx, (MOST_COMPARED + 2) * table->n_trials, sizeof *value, &value);
    if (s == DSC_OK) s = golden_record(ctx, r->model, r->quantity, table, value);
    if (s == DSC_OK) compare(r, table, value, t);
    dsc_free(ctx, &value);
    dsc_table_destroy(ctx, &table);
    return s;
}
