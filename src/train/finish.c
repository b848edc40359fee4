// SPDX-License-Identifier: Apache-2.0
// finish.c — the end of a fit: its best (else last) parameters scored on all, training and held-out
// trials; predictions.csv and summary.json, and for a fleet RUN/summary.json over the replicas.
#include "train/trainer.h"

static dsc_status score(trainer *t, const replica *r, dsc_evaluation **e)
{
    dsc_run *run = NULL;
    const dsc_evaluation_options o = {
        .seed = (uint64_t)r->config->seed, .split = &t->split, .engine = t->engine};
    DSC_TRY(dsc_run_open(t->ctx, r->path, NULL, &run));
    dsc_status status = dsc_evaluate(t->ctx, run, t->table, &o, t->pool, e);
    dsc_run_close(t->ctx, &run);
    return status == DSC_OK ? dsc_evaluation_write(t->ctx, *e, t->table, r->path) : status;
}

static dsc_status summarise_fleet(trainer *t, const int64_t *seeds, dsc_evaluation *const *e)
{
    char path[PATH_BYTES];
    if (t->n_replicas == 1) return DSC_OK;
    DSC_TRY(dsc_join_path(t->ctx, path, sizeof path, t->request->run, "summary.json"));
    return summary_write_replicas(t->ctx, path, t->n_replicas, seeds, e);
}

dsc_status finish_all(trainer *t)
{
    const size_t n = (size_t)t->n_replicas;
    dsc_evaluation **e = NULL;
    int64_t *seeds = NULL;
    dsc_status status = dsc_alloc(t->ctx, n, sizeof(dsc_evaluation *), &e);
    if (status == DSC_OK) status = dsc_alloc(t->ctx, n, sizeof *seeds, &seeds);
    for (size_t k = 0; status == DSC_OK && k < n; k++) {
        seeds[k] = t->replicas[k].config->seed;
        status = score(t, &t->replicas[k], &e[k]);
    }
    if (status == DSC_OK) status = summarise_fleet(t, seeds, e);
    for (size_t k = 0; e && k < n; k++) dsc_evaluation_free(t->ctx, &e[k]);
    dsc_free(t->ctx, &e);
    dsc_free(t->ctx, &seeds);
    return status;
}
