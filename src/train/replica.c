// SPDX-License-Identifier: Apache-2.0
// replica.c — the parameter sets of a fleet, each with a complete run directory: RUN itself for
// one, RUN/replica-K for several. Of P penalties (P = 1 without a path), replica k is the run with
// seed + k / P and penalty k % P.
#include <math.h>
#include <string.h>

#include "train/trainer.h"

// ---- memory -------------------------------------------------------------------------------------

static dsc_status replica_create(trainer *t, replica *r, int k)
{
    const size_t n = t->layout.n_values;
    char name[32];
    snprintf(name, sizeof name, "replica-%d", k);
    if (t->n_replicas == 1) snprintf(r->path, sizeof r->path, "%s", t->request->run);
    else DSC_TRY(dsc_join_path(t->ctx, r->path, sizeof r->path, t->request->run, name));
    DSC_TRY(dsc_alloc(t->ctx, 1, sizeof *r->config, &r->config));
    *r->config = *t->config;
    r->config->replicas = 1;
    DSC_TRY(path_place(t, k, r->config));
    DSC_TRY(config_hash(t->ctx, r->config, r->hash));
    DSC_TRY(dsc_alloc(t->ctx, n, sizeof(double), &r->parameters));
    DSC_TRY(dsc_alloc(t->ctx, n, sizeof(double), &r->gradient));
    DSC_TRY(dsc_optimizer_create(t->ctx, &t->config->optimizer, n, &r->optimizer));
    DSC_TRY(path_initialise(t, r));
    r->state = (fit_state){.best_value = INFINITY, .best_step = -1};
    return DSC_OK;
}

dsc_status replicas_create(trainer *t)
{
    DSC_REQUIRE(t->ctx, t->config->replicas >= 1, DSC_INPUT, "replicas: %d; at least 1",
                t->config->replicas);
    DSC_TRY(path_read(t->ctx, t->config, &t->penalties, &t->n_penalties));
    DSC_TRY(path_check(t));
    const size_t n = (size_t)t->config->replicas * (size_t)(t->n_penalties ? t->n_penalties : 1);
    DSC_TRY(dsc_alloc(t->ctx, n, sizeof *t->replicas, &t->replicas));
    t->n_replicas = (int)n;
    DSC_TRY(dsc_alloc(t->ctx, n, sizeof *t->calls, &t->calls));
    for (int k = 0; k < t->n_replicas; k++) DSC_TRY(replica_create(t, &t->replicas[k], k));
    return DSC_OK;
}

void replica_close(trainer *t, replica *r)
{
    metrics_close(&r->metrics);
    events_close(&r->events);
    dsc_optimizer_destroy(t->ctx, &r->optimizer);
    dsc_free(t->ctx, &r->parameters);
    dsc_free(t->ctx, &r->gradient);
    dsc_free(t->ctx, &r->config);
    lock_release(&r->lock);
}

// ---- files --------------------------------------------------------------------------------------

// A user's own model travels with the run, so that the run can be opened anywhere.
static dsc_status model_save(dsc_context *ctx, const char *run, const dsc_fit_config *c)
{
    char path[PATH_BYTES];
    if (!c->definition->path) return DSC_OK;
    const char *text = dsc_cog_text(c->definition->cog);
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, run, OWN_MODEL));
    return dsc_write_file(ctx, path, text, strlen(text));
}

dsc_status dsc_fit_config_save(dsc_context *ctx, const dsc_fit_config *c, const char *folder,
                               const char *name)
{
    char path[PATH_BYTES];
    dsc_text text = {0};
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, folder, name));
    DSC_TRY(model_save(ctx, folder, c));
    dsc_status status = config_write_of_run(ctx, c, &text);
    if (status == DSC_OK) status = dsc_write_file(ctx, path, text.s, text.length);
    dsc_text_free(ctx, &text);
    return status;
}

dsc_status config_save(dsc_context *ctx, const char *run, const dsc_fit_config *c)
{
    return dsc_fit_config_save(ctx, c, run, "config.yaml");
}

// Opens the logs to go on after the state's step; fresh ones for a fresh fit.
static dsc_status logs_open(trainer *t, replica *r, bool fresh)
{
    char path[PATH_BYTES];
    DSC_TRY(dsc_join_path(t->ctx, path, sizeof path, r->path, "metrics.csv"));
    DSC_TRY(metrics_open(t->ctx, path, fresh ? -1 : r->state.step, &r->metrics));
    DSC_TRY(events_open(t->ctx, r->path, fresh ? 0 : r->state.step + 1, &r->events));
    r->since = dsc_seconds();
    return DSC_OK;
}

static dsc_status provenance_save(trainer *t, const replica *r, int64_t resumed_at)
{
    char path[PATH_BYTES];
    const provenance_facts facts = {.config = r->config,
                                    .engine = t->engine,
                                    .table = t->table,
                                    .config_hash = r->hash,
                                    .threads = dsc_pool_size(t->pool),
                                    .resumed_at = resumed_at,
                                    .split = &t->split,
                                    .gnuplot = t->gnuplot};
    DSC_TRY(dsc_join_path(t->ctx, path, sizeof path, r->path, "provenance.json"));
    return provenance_write(t->ctx, path, &facts);
}

static dsc_status split_save(trainer *t, const replica *r)
{
    char path[PATH_BYTES];
    DSC_TRY(dsc_join_path(t->ctx, path, sizeof path, r->path, "split.json"));
    return dsc_split_write(t->ctx, t->table, &t->split, path);
}

// A fleet's directory is locked as a whole; its replicas' too, since each is a run by itself.
static dsc_status replica_lock(trainer *t, replica *r)
{
    return t->n_replicas == 1 || r->lock ? DSC_OK : lock_take(t->ctx, r->path, &r->lock);
}

dsc_status replica_begin(trainer *t, replica *r)
{
    char path[PATH_BYTES];
    DSC_TRY(dsc_make_folder(t->ctx, r->path));
    DSC_TRY(replica_lock(t, r));
    DSC_TRY(config_save(t->ctx, r->path, r->config));
    DSC_TRY(dsc_join_path(t->ctx, path, sizeof path, r->path, "checkpoints"));
    DSC_TRY(dsc_make_folder(t->ctx, path));
    DSC_TRY(split_save(t, r));
    DSC_TRY(provenance_save(t, r, -1));
    DSC_TRY(logs_open(t, r, true));
    return checkpoint_save_last(t, r);
}

dsc_status replica_resume(trainer *t, replica *r)
{
    char path[PATH_BYTES];
    const checkpoint c = {.cell = t->variant[0].cell,
                          .layout = &t->layout,
                          .model = t->model->name,
                          .config_hash = r->hash,
                          .state = &r->state,
                          .parameters = r->parameters,
                          .optimizer = r->optimizer};
    DSC_TRY(dsc_join_path(t->ctx, path, sizeof path, r->path, "checkpoints/last.safetensors"));
    if (!dsc_exists(path)) { // killed before its first checkpoint
        DSC_TRY(start_replicas(t, r, 1));
        return replica_begin(t, r);
    }
    DSC_TRY(replica_lock(t, r));
    DSC_TRY(checkpoint_read(t->ctx, path, &c));
    DSC_REQUIRE(t->ctx, r->state.phase < t->config->n_phases, DSC_INPUT,
                "%s stands in phase %d, config.yaml has %d; undo the change to config.yaml", path,
                r->state.phase + 1, t->config->n_phases);
    DSC_TRY(provenance_save(t, r, r->state.step));
    return logs_open(t, r, false);
}
