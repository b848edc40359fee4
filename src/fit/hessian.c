// SPDX-License-Identifier: Apache-2.0
// hessian.c — standard errors and correlations: the inverse of the Hessian of -ln likelihood (or
// posterior) at the estimate, its columns central differences of exact gradients,
//   H[:, i] = (g(x + h e_i) - g(x - h e_i)) / 2h,   h = 1e-5 of the parameter's range,
// over the parameters that are not on a bound. All points of all groups are one evaluation.
#include <math.h>
#include <string.h>

#include "fit/internal.h"

static const double relative_step = 1e-5;
// A pivot below this share of its diagonal element: correlations beyond 1 - 5e-7 are no curvature.
static const double least_pivot = 1e-6;

typedef struct points {
    int n, capacity;
    int *group;
    double *x, *f, *g, *h; // h: step of the point's pair
} points;

// Close to a bound the step is what fits in between.
static double step_of(const fit_parameter *p, double x)
{
    return fmin(relative_step * parameter_range(p), fmin(x - p->lowest, p->highest - x));
}

static double range_of(const sets *s, int i)
{
    return parameter_range(&s->parameter[i]);
}

static void add_point(points *p, int n, int group, const double *x, int i, double h)
{
    double *to = p->x + (size_t)p->n * (size_t)n;
    memcpy(to, x, (size_t)n * sizeof *to);
    to[i] += h;
    p->h[p->n] = to[i] - x[i]; // as rounded
    p->group[p->n++] = group;
}

static void add_points(const sets *s, const curvature *c, points *p)
{
    const int n = s->space.n;
    for (int k = 0; k < s->groups->n; k++)
        for (int i = 0; i < n; i++) {
            const double *x = c->x + (size_t)k * (size_t)n, h = step_of(&s->parameter[i], x[i]);
            if (c->bound[k * n + i]) continue;
            add_point(p, n, k, x, i, h);
            add_point(p, n, k, x, i, -h);
        }
}

// The Hessian of the free parameters `at` [m], made symmetric; in ranges.
static void collect(const sets *s, const points *p, int from, int m, const int *at, double *H)
{
    const int n = s->space.n;
    double column[FIT_MOST * FIT_MOST];
    for (int j = 0; j < m; j++) {
        const double *up = p->g + (size_t)(from + 2 * j) * (size_t)n, *down = up + n;
        const double h = p->h[from + 2 * j] - p->h[from + 2 * j + 1];
        for (int i = 0; i < m; i++)
            column[j * m + i] =
                (up[at[i]] - down[at[i]]) / h * range_of(s, at[i]) * range_of(s, at[j]);
    }
    for (int i = 0; i < m; i++)
        for (int j = 0; j < m; j++) H[i * m + j] = (column[i * m + j] + column[j * m + i]) / 2;
}

static void put(const sets *s, const curvature *c, int k, int m, const int *at, const double *V)
{
    const int n = s->space.n;
    for (int i = 0; i < m; i++) {
        c->error[k * n + at[i]] = sqrt(V[i * m + i]) * range_of(s, at[i]);
        for (int j = 0; j < m; j++)
            c->correlation[(k * n + at[i]) * n + at[j]] =
                i == j ? 1 : V[i < j ? i * m + j : j * m + i] / sqrt(V[i * m + i] * V[j * m + j]);
    }
}

// The Hessian was divided by the parameters' ranges.
static double half_log_determinant(const sets *s, int m, const int *at, const double *L)
{
    double sum = 0;
    for (int i = 0; i < m; i++) sum += log(L[i * m + i]) - log(range_of(s, at[i]));
    return sum;
}

// One group; returns the number of points that it used.
static int solve(const sets *s, const curvature *c, const points *p, int from, int k)
{
    const int n = s->space.n;
    double H[FIT_MOST * FIT_MOST], L[FIT_MOST * FIT_MOST], V[FIT_MOST * FIT_MOST];
    int at[FIT_MOST], m = 0;
    for (int i = 0; i < n; i++)
        if (!c->bound[k * n + i]) at[m++] = i;
    for (int i = 0; i < n; i++) c->error[k * n + i] = NAN;
    for (int i = 0; i < n * n; i++) c->correlation[k * n * n + i] = NAN;
    collect(s, p, from, m, at, H);
    c->singular[k] = !cholesky(m, H, L, least_pivot);
    if (c->singular[k]) return 2 * m;
    c->half_log_det[k] = half_log_determinant(s, m, at, L);
    cholesky_invert(m, L, V);
    put(s, c, k, m, at, V);
    return 2 * m;
}

static dsc_status find(sets *s, const curvature *c, points *p)
{
    const size_t n = (size_t)p->capacity, P = (size_t)s->space.n;
    DSC_TRY(dsc_alloc(s->ctx, n, sizeof *p->group, &p->group));
    DSC_TRY(dsc_alloc(s->ctx, n, sizeof *p->f, &p->f));
    DSC_TRY(dsc_alloc(s->ctx, n, sizeof *p->h, &p->h));
    DSC_TRY(dsc_alloc(s->ctx, n * P, sizeof *p->x, &p->x));
    DSC_TRY(dsc_alloc(s->ctx, n * P, sizeof *p->g, &p->g));
    add_points(s, c, p);
    if (p->n > 0) DSC_TRY(sets_evaluate(s, p->n, p->group, p->x, p->f, p->g));
    for (int k = 0, from = 0; k < s->groups->n; k++) from += solve(s, c, p, from, k);
    return DSC_OK;
}

dsc_status curvature_find(sets *s, const curvature *c)
{
    points p = {.capacity = 2 * s->space.n * s->groups->n};
    const dsc_status status = find(s, c, &p);
    dsc_free(s->ctx, &p.group);
    dsc_free(s->ctx, &p.f);
    dsc_free(s->ctx, &p.h);
    dsc_free(s->ctx, &p.x);
    dsc_free(s->ctx, &p.g);
    return status;
}
