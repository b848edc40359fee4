// SPDX-License-Identifier: Apache-2.0
// compare.c — models side by side on identical trials: reads the runs one after the other, checks
// that their trials are the same, scores the part that can be compared, and selects.
#include <math.h>
#include <string.h>

#include "fit/compare.h"

enum { DRAWS = 10000 };

static const char *const measure_names[] = {"nll_per_trial", "accuracy", "brier", "log_evidence"};
static const char *const fitted_names[] = {"held out", "partly in sample", "in sample",
                                           "not known"};
static const char *const evidence_names[] = {"none", "log likelihood", "Laplace", "-BIC/2"};

const char *dsc_measure_name(dsc_measure m)
{
    return measure_names[m];
}

const char *dsc_fitted_name(dsc_fitted f)
{
    return fitted_names[f];
}

const char *dsc_evidence_name(dsc_evidence e)
{
    return evidence_names[e];
}

// ---- names --------------------------------------------------------------------------------------

static dsc_status name_run(dsc_comparison *c, int n, const char *const *runs, int k)
{
    char *path, *name;
    DSC_TRY(dsc_arena_strdup(c->arena, runs[k], &path));
    DSC_TRY(dsc_short_name(c->arena, n, runs, k, &name));
    c->model[k].run = path;
    c->model[k].name = name;
    return DSC_OK;
}

static dsc_status name_runs(dsc_context *ctx, dsc_comparison *c, int n, const char *const *runs)
{
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < k; i++)
            DSC_REQUIRE(ctx, strcmp(runs[i], runs[k]) != 0, DSC_INPUT,
                        "%s is given twice; a run compared with itself says nothing", runs[k]);
        DSC_TRY(name_run(c, n, runs, k));
    }
    return DSC_OK;
}

// ---- reading ------------------------------------------------------------------------------------

// Of the first run the trials are kept, of the others only what the first has not.
static dsc_status read_other(dsc_context *ctx, dsc_comparison *c, int k,
                             const compare_trials *first, compare_run *run)
{
    compare_trials *t = NULL;
    DSC_TRY(compare_trials_read(ctx, c->model[k].run, &t));
    dsc_status status = compare_trials_same(ctx, first, t);
    if (status == DSC_OK) status = compare_run_read(ctx, c->arena, c->model[k].run, t, run);
    compare_trials_free(ctx, &t);
    return status;
}

static dsc_status read_runs(dsc_context *ctx, dsc_comparison *c, compare_trials **first,
                            compare_run *runs)
{
    DSC_TRY(compare_trials_read(ctx, c->model[0].run, first));
    DSC_TRY(compare_run_read(ctx, c->arena, c->model[0].run, *first, &runs[0]));
    for (int k = 1; k < c->n_models; k++) DSC_TRY(read_other(ctx, c, k, *first, &runs[k]));
    for (int k = 0; k < c->n_models; k++) {
        dsc_compared *m = &c->model[k];
        m->model = runs[k].model;
        m->network = runs[k].network;
        m->n_parameters = runs[k].n_parameters;
        m->n_per_subject = runs[k].n_per_subject;
        m->n_shared = runs[k].n_shared;
    }
    return DSC_OK;
}

// ---- selection ----------------------------------------------------------------------------------

// L, u: [subjects][models]; the rest [models].
static dsc_status select_models(dsc_context *ctx, dsc_comparison *c, double *L, double *u,
                                double *alpha, double *exceedance, double *protected)
{
    const int N = c->n_subjects, K = c->n_models;
    for (int n = 0; n < N; n++)
        for (int k = 0; k < K; k++) L[n * K + k] = c->model[k].subject[n].log_evidence;
    DSC_TRY(dsc_model_selection(ctx, N, K, L, alpha, exceedance, protected, u, &c->omnibus_risk));
    for (int k = 0; k < K; k++) {
        dsc_compared *m = &c->model[k];
        m->alpha = alpha[k];
        m->frequency = alpha[k] / (N + K);
        m->exceedance = exceedance[k];
        m->protected_exceedance = protected[k];
        for (int n = 0; n < N; n++) m->subject[n].responsibility = u[n * K + k];
    }
    c->selected = true;
    return DSC_OK;
}

// One subject has no population to speak of.
static dsc_status select_if_possible(dsc_context *ctx, dsc_comparison *c)
{
    const size_t N = (size_t)c->n_subjects, K = (size_t)c->n_models;
    double *block;
    c->omnibus_risk = NAN;
    for (size_t k = 0; k < K; k++) {
        dsc_compared *m = &c->model[k];
        m->alpha = m->frequency = m->exceedance = m->protected_exceedance = NAN;
    }
    if (!c->evidence || N < 2) return DSC_OK;
    DSC_TRY(dsc_arena_alloc(c->arena, 2 * N * K + 3 * K, sizeof *block, &block));
    double *models = block + 2 * N * K;
    return select_models(ctx, c, block, block + N * K, models, models + K, models + 2 * K);
}

// ---- around it ----------------------------------------------------------------------------------

static dsc_status compare_runs(dsc_context *ctx, const dsc_compare_options *o, dsc_comparison *c,
                               compare_trials **first)
{
    compare_run *runs;
    compare_units units;
    unsigned char *chosen;
    DSC_TRY(dsc_arena_alloc(c->arena, (size_t)c->n_models, sizeof *runs, &runs));
    DSC_TRY(read_runs(ctx, c, first, runs));
    DSC_TRY(dsc_arena_alloc(c->arena, (size_t)(*first)->n_sessions, 1, &chosen));
    DSC_TRY(compare_part(ctx, runs, (*first)->n_sessions, o->in_sample, chosen, c));
    DSC_TRY(compare_score(ctx, runs, *first, chosen, c, &units));
    DSC_TRY(compare_bootstrap(ctx, &units, c));
    return select_if_possible(ctx, c);
}

static dsc_status comparison_begin(dsc_context *ctx, int n, const char *const *runs,
                                   const dsc_compare_options *o, dsc_comparison *c)
{
    DSC_TRY(dsc_arena_create(ctx, &c->arena));
    c->n_models = n;
    c->seed = o->seed;
    c->n_draws = o->n_draws > 0 ? o->n_draws : DRAWS;
    DSC_TRY(dsc_arena_alloc(c->arena, (size_t)n, sizeof *c->model, &c->model));
    DSC_TRY(dsc_arena_alloc(c->arena, (size_t)n, sizeof *c->order, &c->order));
    return name_runs(ctx, c, n, runs);
}

dsc_status dsc_compare(dsc_context *ctx, int n, const char *const *runs,
                       const dsc_compare_options *o, dsc_comparison **c)
{
    compare_trials *first = NULL;
    dsc_comparison *made = NULL;
    DSC_REQUIRE(ctx, n >= 2, DSC_INPUT, "%d run%s given; a comparison needs two or more", n,
                n == 1 ? "" : "s");
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    dsc_status status = comparison_begin(ctx, n, runs, o, made);
    if (status == DSC_OK) status = compare_runs(ctx, o, made, &first);
    compare_trials_free(ctx, &first);
    if (status == DSC_OK) *c = made;
    else dsc_comparison_free(ctx, &made);
    return status;
}

void dsc_comparison_free(dsc_context *ctx, dsc_comparison **c)
{
    if (!*c) return;
    dsc_arena_destroy(&(*c)->arena);
    dsc_free(ctx, c);
}

const dsc_difference *dsc_comparison_difference(const dsc_comparison *c, int a, int b,
                                                dsc_measure m)
{
    for (int i = 0; i < c->n_differences; i++) {
        const dsc_difference *d = &c->difference[i];
        if (d->measure == m && ((d->a == a && d->b == b) || (d->a == b && d->b == a))) return d;
    }
    return NULL;
}
