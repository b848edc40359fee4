// SPDX-License-Identifier: Apache-2.0
// compare_bootstrap.c — 95 % intervals of scores and of differences by the percentile bootstrap
// (Efron 1979). Units are drawn with replacement; every draw serves all models, so that differences
// are paired. A draw is a pure function of (seed, number of the draw).
#include <math.h>
#include <string.h>

#include "fit/compare.h"

enum { STREAM = 8 }; // other streams of the bootstrap's key belong to the scores of single runs

typedef struct bootstrap {
    dsc_context *ctx;
    const compare_units *u;
    dsc_comparison *c;
    int n_draws;
    double *count;   // [units] how often each was drawn
    double *pooled;  // [n_models][DSC_MEASURES][n_draws]
    double *own;     // the same of means over units
    double *scratch; // [max(n_draws, units)]
} bootstrap;

static double *row_of(const bootstrap *b, double *block, int k, dsc_measure m)
{
    return block + (size_t)(k * DSC_MEASURES + (int)m) * (size_t)b->n_draws;
}

static const double *unit_row(const bootstrap *b, const double *block, int k, dsc_measure m)
{
    return block + (size_t)(k * DSC_MEASURES + (int)m) * (size_t)b->u->n;
}

// ---- drawing ------------------------------------------------------------------------------------

static void draw_units(bootstrap *b, int draw)
{
    dsc_stream random = dsc_stream_start(b->c->seed, DSC_FOR_BOOTSTRAP, (uint32_t)draw, STREAM, 0);
    memset(b->count, 0, (size_t)b->u->n * sizeof *b->count);
    for (int i = 0; i < b->u->n; i++) b->count[dsc_stream_below(&random, (uint32_t)b->u->n)] += 1;
}

static double weighted_sum(const double *count, const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += count[i] * x[i];
    return sum;
}

static void score_draw(bootstrap *b, int draw)
{
    const compare_units *u = b->u;
    const double trials = weighted_sum(b->count, u->n_trials, u->n);
    for (int k = 0; k < b->c->n_models; k++)
        for (int m = 0; m < DSC_MEASURES; m++) {
            const double sum = weighted_sum(b->count, unit_row(b, u->sum, k, m), u->n);
            const double own = weighted_sum(b->count, unit_row(b, u->own, k, m), u->n);
            row_of(b, b->pooled, k, m)[draw] = m == DSC_MEASURE_EVIDENCE ? sum : sum / trials;
            row_of(b, b->own, k, m)[draw] = own / u->n;
        }
}

// ---- intervals ----------------------------------------------------------------------------------

// Of draws x - y (y may be NULL). One unit says nothing about how units differ.
static void interval_set(bootstrap *b, const double *x, const double *y, dsc_interval *out)
{
    out->low = out->high = NAN;
    if (isnan(x[0]) || (y && isnan(y[0])) || b->u->n < 2) return;
    for (int i = 0; i < b->n_draws; i++) b->scratch[i] = y ? x[i] - y[i] : x[i];
    dsc_percentile_interval(b->n_draws, b->scratch, &out->low, &out->high);
}

static double mean_of(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += x[i];
    return sum / n;
}

static void model_intervals(bootstrap *b, int k)
{
    dsc_compared *model = &b->c->model[k];
    for (int m = 0; m < DSC_MEASURES; m++) {
        model->balanced[m].value = mean_of(unit_row(b, b->u->own, k, m), b->u->n);
        interval_set(b, row_of(b, b->pooled, k, m), NULL, &model->pooled[m]);
        interval_set(b, row_of(b, b->own, k, m), NULL, &model->balanced[m]);
    }
}

// ---- differences --------------------------------------------------------------------------------

static bool is_better(dsc_measure m, double a, double b)
{
    return m == DSC_MEASURE_NLL || m == DSC_MEASURE_BRIER ? a < b : a > b;
}

// The share of pairs in which a is better; an equal pair counts half.
static double better_share(dsc_measure m, const double *a, const double *b, int n)
{
    double share = 0;
    for (int i = 0; i < n; i++) share += is_better(m, a[i], b[i]) ? 1 : a[i] == b[i] ? 0.5 : 0;
    return isnan(a[0]) || isnan(b[0]) ? NAN : share / n;
}

static dsc_status difference_tests(bootstrap *b, const double *x, const double *y,
                                   dsc_difference *d)
{
    const int n = b->u->n;
    d->t = d->t_p = d->w = d->w_p = NAN;
    for (int i = 0; i < n; i++) {
        b->scratch[i] = x[i] - y[i];
        d->n_better += is_better(d->measure, x[i], y[i]);
        d->n_worse += is_better(d->measure, y[i], x[i]);
    }
    if (isnan(b->scratch[0]) || n < 2) return DSC_OK;
    paired_t(n, b->scratch, &d->t, &d->t_p);
    return paired_wilcoxon(b->ctx, n, b->scratch, &d->w, &d->w_p);
}

static dsc_status difference_fill(bootstrap *b, dsc_difference *d)
{
    const dsc_compared *x = &b->c->model[d->a], *y = &b->c->model[d->b];
    const dsc_measure m = d->measure;
    const double *own_a = row_of(b, b->own, d->a, m), *own_b = row_of(b, b->own, d->b, m);
    d->pooled.value = x->pooled[m].value - y->pooled[m].value;
    d->balanced.value = x->balanced[m].value - y->balanced[m].value;
    interval_set(b, row_of(b, b->pooled, d->a, m), row_of(b, b->pooled, d->b, m), &d->pooled);
    interval_set(b, own_a, own_b, &d->balanced);
    d->share = b->u->n < 2 ? NAN : better_share(m, own_a, own_b, b->n_draws);
    return difference_tests(b, unit_row(b, b->u->own, d->a, m), unit_row(b, b->u->own, d->b, m), d);
}

static dsc_status differences_make(bootstrap *b)
{
    dsc_comparison *c = b->c;
    const size_t pairs = (size_t)c->n_models * (size_t)(c->n_models - 1) / 2;
    DSC_TRY(dsc_arena_alloc(c->arena, pairs * DSC_MEASURES, sizeof *c->difference, &c->difference));
    for (int i = 0; i < c->n_models; i++)
        for (int j = i + 1; j < c->n_models; j++)
            for (int m = 0; m < DSC_MEASURES; m++) {
                dsc_difference *d = &c->difference[c->n_differences++];
                *d = (dsc_difference){.a = c->order[i], .b = c->order[j], .measure = m};
                DSC_TRY(difference_fill(b, d));
            }
    return DSC_OK;
}

// ---- around it ----------------------------------------------------------------------------------

static dsc_status blocks_make(bootstrap *b)
{
    const size_t units = (size_t)b->u->n, draws = (size_t)b->n_draws;
    const size_t rows = (size_t)b->c->n_models * DSC_MEASURES;
    DSC_TRY(dsc_alloc(b->ctx, units, sizeof *b->count, &b->count));
    DSC_TRY(dsc_alloc(b->ctx, rows * draws, sizeof *b->pooled, &b->pooled));
    DSC_TRY(dsc_alloc(b->ctx, rows * draws, sizeof *b->own, &b->own));
    return dsc_alloc(b->ctx, units > draws ? units : draws, sizeof *b->scratch, &b->scratch);
}

dsc_status compare_bootstrap(dsc_context *ctx, const compare_units *u, dsc_comparison *c)
{
    bootstrap b = {.ctx = ctx, .u = u, .c = c, .n_draws = c->n_draws};
    dsc_status status = blocks_make(&b);
    for (int i = 0; status == DSC_OK && i < b.n_draws; i++) {
        draw_units(&b, i);
        score_draw(&b, i);
    }
    for (int k = 0; status == DSC_OK && k < c->n_models; k++) model_intervals(&b, k);
    if (status == DSC_OK) status = differences_make(&b);
    dsc_free(ctx, &b.count);
    dsc_free(ctx, &b.pooled);
    dsc_free(ctx, &b.own);
    dsc_free(ctx, &b.scratch);
    return status;
}
