// SPDX-License-Identifier: Apache-2.0
// finish.c — the end of a fit: its best (else last) parameters scored on all, training and held-out
// trials; predictions.csv and summary.json, and for a fleet RUN/summary.json over the replicas.
// A fit of continuous targets (mse) has no probabilities; its summary holds the mean squared
// errors.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/trainer.h"

// ---- choices ---------------------------------------------------------------------------------

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

static dsc_status finish_choices(trainer *t)
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

// ---- continuous targets -------------------------------------------------------------------------

static json_t *error_of(trainer *t, const replica *r, const part *p)
{
    double sums[MOST_OBJECTIVES] = {0};
    dsc_batch batch;
    if (!p->pack || p->all_counted <= 0) return json_null();
    dsc_pack_whole(p->pack, NULL, &batch);
    dsc_forward(t->variant[0].plan, t->pool, &batch, r->parameters, noise_of(r, DSC_FOR_EVALUATION),
                sums, NULL, NULL);
    const double mse = sums[t->data_term] / p->all_counted;
    return isfinite(mse) ? json_real(mse) : json_null();
}

static dsc_status finish_errors(trainer *t, const replica *r)
{
    char path[PATH_BYTES];
    DSC_TRY(dsc_join_path(t->ctx, path, sizeof path, r->path, "summary.json"));
    json_t *o = json_pack("{s:s, s:I, s:o, s:o}", "loss", loss_name(t->loss), "step",
                          (json_int_t)r->state.step, "mse_train", error_of(t, r, &t->train),
                          "mse_heldout", error_of(t, r, &t->heldout));
    char *text = o ? json_dumps(o, JSON_INDENT(2)) : NULL;
    json_decref(o);
    DSC_REQUIRE(t->ctx, text, DSC_MEMORY, "out of memory: %s could not be written", path);
    const dsc_status status = dsc_write_file(t->ctx, path, text, strlen(text));
    free(text);
    return status;
}

dsc_status finish_all(trainer *t)
{
    if (!loss_is_mse(t->loss)) return finish_choices(t);
    for (int k = 0; k < t->n_replicas; k++) DSC_TRY(finish_errors(t, &t->replicas[k]));
    return DSC_OK;
}
