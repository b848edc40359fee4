// SPDX-License-Identifier: Apache-2.0
// show_fit.c — the part of `show` that is about a fit by likelihood: every parameter's spread over
// fitted subjects (or sessions), and how many of them have something to doubt, from RUN/fit.csv.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "discern/fit.h"
#include "plot/internal.h"
#include "plot/show.h"

#define SAY(...) plot_print(ctx, out, __VA_ARGS__)

// ---- parameters ---------------------------------------------------------------------------------

static double deviation(const double *x, int n, double mean)
{
    double squares = 0;
    for (int i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sqrt(squares / (n - 1)) : NAN;
}

static void say_spread(dsc_context *ctx, dsc_text *out, const char *name, double *x, int n)
{
    double mean = 0;
    dsc_sort_numbers(n, x);
    for (int i = 0; i < n; i++) mean += x[i] / n;
    SAY("%s", name);
    for (int i = (int)strlen(name); i < 16; i++) SAY(" ");
    SAY(" mean %g, s.d. %g; from %g to %g, quartiles %g, %g, %g\n", mean, deviation(x, n, mean),
        x[0], x[n - 1], dsc_quantile(n, x, 0.25), dsc_quantile(n, x, 0.5),
        dsc_quantile(n, x, 0.75));
}

// The numbers among the estimates of a parameter; returns how many.
static int estimates_take(const dsc_estimates *e, int i, double *x)
{
    int n = 0;
    for (int k = 0; k < e->n_groups; k++)
        if (!isnan(e->value[k * e->n_parameters + i])) x[n++] = e->value[k * e->n_parameters + i];
    return n;
}

// Of those that were fitted: others have the median of these.
static dsc_status say_parameters(dsc_context *ctx, const dsc_estimates *e, dsc_text *out)
{
    double *x = NULL;
    DSC_TRY(dsc_alloc(ctx, (size_t)e->n_groups, sizeof *x, &x));
    for (int i = 0; i < e->n_parameters; i++) {
        const int n = estimates_take(e, i, x);
        if (n > 1) say_spread(ctx, out, e->parameter[i], x, n);
        else SAY("%s = %g\n", e->parameter[i], n ? x[0] : NAN);
    }
    dsc_free(ctx, &x);
    return DSC_OK;
}

// ---- doubts -------------------------------------------------------------------------------------

static void say_doubts(dsc_context *ctx, const dsc_run *r, const dsc_estimates *e, dsc_text *out)
{
    SAY("\nfits        %d, one per %s; every one is a row of %s/fit.csv\n", e->n_groups,
        r->config.fit.group, r->path);
    for (int i = 0; i < DSC_FIT_FLAGS; i++) {
        int n = 0;
        for (int k = 0; k < e->n_groups; k++) n += e->flags[k] >> i & 1;
        if (n > 0)
            SAY("of these    %d: %s (%s)\n", n, dsc_fit_flag_meaning(i), dsc_fit_flag_name(i));
    }
}

bool plot_is_likelihood(const dsc_run *r)
{
    char path[PLOT_PATH_BYTES];
    const int n = snprintf(path, sizeof path, "%s/fit.csv", r->path);
    return n > 0 && n < (int)sizeof path && dsc_exists(path);
}

dsc_status plot_show_fit(dsc_context *ctx, const dsc_run *r, dsc_text *out)
{
    dsc_estimates *e = NULL;
    SAY("\n");
    DSC_TRY(dsc_estimates_read(ctx, r, &e));
    const dsc_status status = say_parameters(ctx, e, out);
    if (status == DSC_OK) say_doubts(ctx, r, e, out);
    dsc_estimates_destroy(ctx, &e);
    return status;
}
