// SPDX-License-Identifier: Apache-2.0
// distance.c — how far two groups of units are from each other in a measure of n components:
//   D = sqrt(mean over components of (mean over units of a - the same of b)^2)
// with a bootstrap over units (pairs of them where they belong together, which count in the
// components that both have), and what chance alone makes: the 95th percentile of the same for
// resampled differences around the observed ones, C*. Resampling adds noise, which makes every
// distance larger: the interval is of sqrt(D*^2 - mean C*^2).
// Source: Efron (1979), Annals of Statistics 7:1.
#include <math.h>

#include "plot/predictions.h"

enum { SAMPLES = 1000 };

typedef struct group {
    int n_units, n;                // units, components
    const double *value, *partner; // partner: of the other group, NULL unless in pairs
    int *used, n_used;             // units that have any value
} group;

static double value_of(const group *g, int unit, int k)
{
    const int i = unit * g->n + k;
    return g->partner && isnan(g->partner[i]) ? NAN : g->value[i];
}

static dsc_status used_find(dsc_context *ctx, group *g)
{
    DSC_TRY(dsc_alloc(ctx, (size_t)g->n_units + 1, sizeof *g->used, &g->used));
    for (int u = 0; u < g->n_units; u++) {
        bool any = false;
        for (int k = 0; k < g->n; k++) any = any || !isnan(value_of(g, u, k));
        if (any) g->used[g->n_used++] = u;
    }
    return DSC_OK;
}

// Means over units of component k; draw [n_used] counts how often each counts, NULL: once.
static double mean_of(const group *g, const int *draw, int k)
{
    double sum = 0, count = 0;
    for (int i = 0; i < g->n_used; i++) {
        const double x = value_of(g, g->used[draw ? draw[i] : i], k);
        if (!isnan(x)) sum += x, count++;
    }
    return count > 0 ? sum / count : NAN;
}

// The root of the mean square of differences; `from` [n] is taken off first, unless NULL.
static double distance(int n, const double *difference, const double *from)
{
    double sum = 0, count = 0;
    for (int k = 0; k < n; k++) {
        const double x = difference[k] - (from ? from[k] : 0);
        if (!isnan(x)) sum += x * x, count++;
    }
    return count > 0 ? sqrt(sum / count) : NAN;
}

static void differ(const group *a, const group *b, const int *draw_a, const int *draw_b,
                   double *difference)
{
    for (int k = 0; k < a->n; k++) difference[k] = mean_of(a, draw_a, k) - mean_of(b, draw_b, k);
}

static void draw_units(dsc_stream *random, int n, int *draw)
{
    for (int i = 0; i < n; i++) draw[i] = (int)dsc_stream_below(random, (uint32_t)n);
}

typedef struct scratch {
    int *draw_a, *draw_b;
    double *observed, *sampled;
    double distances[SAMPLES], chance[SAMPLES];
} scratch;

static void bootstrap(const group *a, const group *b, bool paired, uint64_t seed, scratch *s,
                      plot_distance *d)
{
    dsc_stream random = dsc_stream_start(seed, DSC_FOR_BOOTSTRAP, 0, 0, 0);
    double noise = 0;
    for (int i = 0; i < SAMPLES; i++) {
        draw_units(&random, a->n_used, s->draw_a);
        if (!paired) draw_units(&random, b->n_used, s->draw_b);
        differ(a, b, s->draw_a, paired ? s->draw_a : s->draw_b, s->sampled);
        s->distances[i] = distance(a->n, s->sampled, NULL);
        s->chance[i] = distance(a->n, s->sampled, s->observed);
        noise += s->chance[i] * s->chance[i] / SAMPLES;
    }
    for (int i = 0; i < SAMPLES; i++)
        s->distances[i] = sqrt(fmax(s->distances[i] * s->distances[i] - noise, 0));
    dsc_sort_numbers(SAMPLES, s->chance);
    dsc_percentile_interval(SAMPLES, s->distances, &d->distance.low, &d->distance.high);
    d->chance = dsc_quantile(SAMPLES, s->chance, 0.95);
}

static dsc_status compare(dsc_context *ctx, const group *a, const group *b, bool paired,
                          uint64_t seed, plot_distance *d)
{
    scratch *s = NULL;
    const size_t n = (size_t)a->n + 1;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *s, &s));
    dsc_status status = dsc_alloc(ctx, (size_t)a->n_units + 1, sizeof *s->draw_a, &s->draw_a);
    if (status == DSC_OK)
        status = dsc_alloc(ctx, (size_t)b->n_units + 1, sizeof *s->draw_b, &s->draw_b);
    if (status == DSC_OK) status = dsc_alloc(ctx, 2 * n, sizeof *s->observed, &s->observed);
    if (status == DSC_OK) {
        s->sampled = s->observed + n;
        differ(a, b, NULL, NULL, s->observed);
        *d = (plot_distance){{distance(a->n, s->observed, NULL), NAN, NAN}, NAN};
        if (a->n_used > 1 && b->n_used > 1) bootstrap(a, b, paired, seed, s, d);
    }
    dsc_free(ctx, &s->draw_a);
    dsc_free(ctx, &s->draw_b);
    dsc_free(ctx, &s->observed);
    dsc_free(ctx, &s);
    return status;
}

dsc_status plot_distance_compute(dsc_context *ctx, int n, const plot_units *a, const plot_units *b,
                                 bool paired, uint64_t seed, plot_distance *d)
{
    group x = {a->n, n, a->value, paired ? b->value : NULL, NULL, 0};
    group y = {b->n, n, b->value, paired ? a->value : NULL, NULL, 0};
    dsc_status status = used_find(ctx, &x);
    if (status == DSC_OK) status = used_find(ctx, &y);
    if (status == DSC_OK) status = compare(ctx, &x, &y, paired, seed, d);
    dsc_free(ctx, &x.used);
    dsc_free(ctx, &y.used);
    return status;
}
