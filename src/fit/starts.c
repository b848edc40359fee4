// SPDX-License-Identifier: Apache-2.0
// starts.c — parameters as searches see them, where fits start, and the priors that a fit by MAP
// adds.
#include <math.h>

#include "fit/internal.h"

// Where most of a start distribution lies.
static double density_range(const dsc_density *d)
{
    switch (d->kind) {
    case DSC_DENSITY_NONE: return 1;
    case DSC_DENSITY_UNIFORM: return d->b - d->a;
    case DSC_DENSITY_NORMAL: return 4 * d->b;
    case DSC_DENSITY_HALF_NORMAL: return 2 * d->a;
    case DSC_DENSITY_BETA: return 1;
    case DSC_DENSITY_GAMMA: return 4 * sqrt(d->a) * d->b;
    case DSC_DENSITY_EXPONENTIAL: return 3 * d->a;
    case DSC_DENSITY_LOGNORMAL: return exp(d->a + d->b);
    case DSC_DENSITY_STUDENT: return 4 * d->c;
    }
    return 1;
}

double parameter_range(const fit_parameter *p)
{
    const double between = p->highest - p->lowest, range = density_range(&p->start);
    if (isfinite(between) && between > 0) return between;
    return isfinite(range) && range > 0 ? range : 1;
}

// ---- parameters without bounds -----------------------------------------------------------------

static const double closest_to_one = 1e-3, far_out = 10;

static bool is_open(const fit_parameter *p)
{
    return !isfinite(p->lowest) || !isfinite(p->highest);
}

double parameter_place(const fit_parameter *p, double x)
{
    const double most = 1 - closest_to_one, s = parameter_range(p);
    if (!is_open(p)) return x;
    return isfinite(x) ? fmin(fmax(x / (s + fabs(x)), -most), most) : copysign(most, x);
}

double parameter_value(const fit_parameter *p, double u)
{
    if (!is_open(p)) return u;
    if (u == parameter_place(p, p->lowest) && isfinite(p->lowest)) return p->lowest;
    if (u == parameter_place(p, p->highest) && isfinite(p->highest)) return p->highest;
    return parameter_range(p) * u / (1 - fabs(u));
}

double parameter_slope(const fit_parameter *p, double u)
{
    const double left = 1 - fabs(u);
    return is_open(p) ? parameter_range(p) / (left * left) : 1;
}

double parameter_far(const fit_parameter *p, double x)
{
    const double out = fabs(x) / parameter_range(p), end = 1 / closest_to_one - 1;
    if (isfinite(x < 0 ? p->lowest : p->highest) || out <= far_out) return 0;
    return fmin(out / (end * (1 - 1e-9)), 1); // the end as rounded
}

void parameter_space(const fit_parameter *p, int i, search_space *w)
{
    w->lowest[i] = parameter_place(p, p->lowest);
    w->highest[i] = parameter_place(p, p->highest);
    w->scale[i] = is_open(p) ? 1 : parameter_range(p);
}

// ---- starts and priors --------------------------------------------------------------------------

void start_draw(const fit_parameter *p, int n, start_key key, double *x)
{
    dsc_stream random =
        dsc_stream_start(key.seed, DSC_FOR_PARAMETERS, key.attempt, key.group, key.restart);
    for (int i = 0; i < n; i++)
        x[i] = dsc_density_draw(&p[i].start, p[i].lowest, p[i].highest, &random);
}

double prior_add(const fit_parameter *p, int n, const double *x, double *f, double *g)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double slope = 0;
        sum += dsc_density_log(&p[i].prior, x[i], &slope);
        if (g) g[i] -= slope;
    }
    if (f) *f -= sum;
    return sum;
}
