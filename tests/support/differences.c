// SPDX-License-Identifier: Apache-2.0
// differences.c — d f / d x = (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12 h + O(h^4).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/differences.h"

typedef struct point {
    rig *r;
    double *p; // a copy that is moved
    dsc_noise_seed seed;
    const double *coefficients;
} point;

static double moved(const point *k, size_t i, double by)
{
    const double old = k->p[i];
    k->p[i] = old + by;
    const double f = rig_total(k->r, k->p, k->seed, k->coefficients);
    k->p[i] = old;
    return f;
}

static double difference(const point *k, size_t i, double h)
{
    return (8 * (moved(k, i, h) - moved(k, i, -h)) - (moved(k, i, 2 * h) - moved(k, i, -2 * h))) /
           (12 * h);
}

static double entry_error(const point *k, size_t i, double g)
{
    static const double steps[] = {1e-3, 1e-4, 1e-5};
    double best = INFINITY;
    for (int s = 0; s < 3 && !(best <= DIFFERENCES_TOLERANCE); s++) {
        const double d = difference(k, i, steps[s]);
        best = fmin(best, fabs(g - d) / fmax(1, fabs(d))); // fmin passes over NaN
    }
    return isfinite(g) ? best : INFINITY;
}

static bool is_fixed(const rig *r, size_t i)
{
    const dsc_layout *l = dsc_plan_layout(r->plan);
    for (int k = 0; k < dsc_cell_parameter_count(r->cell); k++)
        if (i >= l->offset[k] && i < l->offset[k] + l->count[k])
            return dsc_cell_parameter(r->cell, k)->fixed;
    return false;
}

double differences_error(rig *r, const double *parameters, dsc_noise_seed seed,
                         const double *coefficients, const double *gradient, size_t *worst)
{
    const size_t n = dsc_plan_layout(r->plan)->n_values;
    point k = {r, malloc(n * sizeof *k.p), seed, coefficients};
    double largest = 0;
    memcpy(k.p, parameters, n * sizeof *k.p);
    for (size_t i = 0; i < n; i++) {
        const double e = is_fixed(r, i) ? fabs(gradient[i]) : entry_error(&k, i, gradient[i]);
        if (e <= largest) continue;
        largest = e;
        if (worst) *worst = i;
    }
    free(k.p);
    return largest;
}

static void name_value(const rig *r, size_t i, char *out, size_t size)
{
    const dsc_layout *l = dsc_plan_layout(r->plan);
    for (int k = 0; k < dsc_cell_parameter_count(r->cell); k++)
        if (i >= l->offset[k] && i < l->offset[k] + l->count[k])
            snprintf(out, size, "%s[%zu]", dsc_cell_parameter(r->cell, k)->name, i - l->offset[k]);
}

void check_gradient(rig *r, const char *what, const double *parameters, dsc_noise_seed seed,
                    const double *coefficients)
{
    const size_t n = dsc_plan_layout(r->plan)->n_values;
    double *gradient = malloc((n + 1) * sizeof *gradient), sums[8];
    char name[128] = "";
    size_t worst = 0;
    CHECK_OK(r->ctx, rig_gradient(r, parameters, seed, coefficients, sums, gradient));
    const double e = differences_error(r, parameters, seed, coefficients, gradient, &worst);
    name_value(r, worst, name, sizeof name);
    if (e > DIFFERENCES_TOLERANCE)
        fail_msg("%s, engine %s %s: d/d%s = %.12g is off by %g", what, dsc_engine_name(r->o.engine),
                 dsc_engine_isa(r->o.engine), name, gradient[worst], e);
    free(gradient);
}
