// SPDX-License-Identifier: Apache-2.0
// path.c — a path of penalties: one factor on all information penalties of the model, from loose
// to tight, each with every seed, as replicas of one fit. Information penalties are the model's
// fields whose name ends in "_penalty"; a replica's own config has them multiplied, so that it
// is a run like any other. As long as no penalty has counted (a warm-up with penalty_scale 0)
// the replicas of one seed are the same, and are computed once.
#include <math.h>
#include <string.h>

#include "train/trainer.h"

static bool is_information(const dsc_field *f)
{
    static const char ending[] = "_penalty";
    const size_t n = strlen(f->name), m = sizeof ending - 1;
    return f->type == DSC_REAL && n >= m && strcmp(f->name + n - m, ending) == 0;
}

// ---- the factors --------------------------------------------------------------------------------

static dsc_status check_model(dsc_context *ctx, const dsc_fit_config *c)
{
    double sum = 0;
    for (const dsc_field *f = c->definition->fields; f->name; f++)
        if (is_information(f)) sum += *(const double *)(const void *)(c->model_config + f->offset);
    DSC_REQUIRE(
        ctx, sum > 0, DSC_INPUT,
        "penalties: %s has no penalty on information to be multiplied (fields model.*_penalty "
        "above 0); leave penalties out",
        c->model);
    return DSC_OK;
}

static dsc_status read_factors(dsc_context *ctx, char *const *names, int n, double *factors)
{
    for (int i = 0; i < n; i++) {
        const bool ok = dsc_parse_number(names[i], &factors[i]);
        DSC_REQUIRE(ctx, ok && factors[i] > 0 && isfinite(factors[i]), DSC_INPUT,
                    "penalties: \"%s\" is not a number above 0; give factors, e.g. 0.1, 0.3, 1, 3",
                    names[i]);
        DSC_REQUIRE(ctx, i == 0 || factors[i] > factors[i - 1], DSC_INPUT,
                    "penalties: %s after %s; give them from loose to tight, each once", names[i],
                    names[i - 1]);
    }
    return DSC_OK;
}

dsc_status path_check(const trainer *t)
{
    DSC_REQUIRE(
        t->ctx, t->n_penalties == 0 || loss_has(t->loss, TERM_NLL), DSC_INPUT,
        "penalties: one is chosen by how likely choices are, but loss.name=%s predicts none; "
        "leave penalties out",
        t->config->loss);
    DSC_REQUIRE(t->ctx, t->n_penalties == 0 || t->heldout.n > 0, DSC_INPUT,
                "penalties: one is chosen by the held-out sessions, but none is held out; set "
                "split.every=2");
    return DSC_OK;
}

dsc_status path_read(dsc_context *ctx, const dsc_fit_config *c, double **penalties, int *n)
{
    char **names = NULL;
    double *made = NULL;
    int count = 0;
    *n = 0;
    if (!c->penalties[0]) return DSC_OK;
    DSC_TRY(check_model(ctx, c));
    DSC_TRY(names_split(ctx, "penalties", c->penalties, &names, &count));
    dsc_status status =
        count >= 2 ? DSC_OK
                   : dsc_fail(ctx, DSC_INPUT, "penalties: one factor is no path; give two or more");
    if (status == DSC_OK) status = dsc_alloc(ctx, (size_t)count, sizeof *made, &made);
    if (status == DSC_OK) status = read_factors(ctx, names, count, made);
    dsc_free(ctx, &names);
    if (status != DSC_OK) {
        dsc_free(ctx, &made);
        return status;
    }
    *penalties = made;
    *n = count;
    return DSC_OK;
}

// ---- a replica ----------------------------------------------------------------------------------

dsc_status path_place(const trainer *t, int k, dsc_fit_config *c)
{
    const int n = t->n_penalties ? t->n_penalties : 1;
    c->seed += k / n;
    c->penalties[0] = 0;
    for (const dsc_field *f = c->definition->fields; t->n_penalties && f->name; f++) {
        double *value = (double *)(void *)(c->model_config + f->offset);
        if (!is_information(f)) continue;
        *value *= t->penalties[k % n];
        DSC_REQUIRE(t->ctx, *value <= f->highest, DSC_INPUT,
                    "penalties: %g makes model.%s %g, more than %g; give smaller factors",
                    t->penalties[k % n], f->name, *value, f->highest);
    }
    return DSC_OK;
}

dsc_status path_initialise(const trainer *t, const replica *r)
{
    const uint64_t seed = (uint64_t)r->config->seed;
    dsc_cell *own = NULL;
    if (t->n_penalties == 0) {
        dsc_cell_initialise(t->variant[0].cell, &t->layout, seed, r->parameters);
        return DSC_OK;
    }
    DSC_TRY(trainer_cell(t, r->config, false, &own));
    dsc_cell_initialise(own, &t->layout, seed, r->parameters);
    dsc_cell_destroy(&own);
    return DSC_OK;
}

bool path_is_shared(const trainer *t, const replica *a, const replica *b)
{
    if (t->n_penalties == 0 || a->config->seed != b->config->seed) return false;
    for (int i = 0; i <= b->state.phase; i++)
        if (t->config->phase[i].penalty_scale != 0) return false;
    return true;
}
