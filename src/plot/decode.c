// SPDX-License-Identifier: Apache-2.0
// decode.c — what can be read from latents: a column as a line through them, and as a smooth
// function of them (a polynomial), fitted by least squares to some trials and judged by others.
// Latents may be stretched and mixed as a network likes; a smooth function undoes that.
#include <math.h>
#include <string.h>

#include "plot/decoding.h"

#define FARTHEST 1.25 // of what was seen; no polynomial is trusted beyond
#define RIDGE    1e-9 // of the number of trials

// Largest degree by the number of latents: as many products as PLOT_PRODUCTS allows, at most 7
static const int degree[PLOT_DECODED + 1] = {0, 7, 7, 5, 3, 3};

// All products of so many factors among z[from], ..., z[p - 1], times `value`
static int products_of(int p, const double *z, int from, int factors, double value, double *out)
{
    int n = 0;
    if (factors == 0) {
        *out = value;
        return 1;
    }
    for (int k = from; k < p; k++) n += products_of(p, z, k, factors - 1, value * z[k], out + n);
    return n;
}

// The first p + 1 are 1 and z itself.
static int products(int p, const double *z, double *out)
{
    int n = 0;
    for (int factors = 0; factors <= degree[p]; factors++)
        n += products_of(p, z, 0, factors, 1, out + n);
    return n;
}

// Middle and half of the range over the trials that learn
static void range_of(const plot_decoder *q, int k, double *middle, double *half)
{
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < q->n; i++)
        if (q->learn[i]) low = fmin(low, q->x[i * q->p + k]), high = fmax(high, q->x[i * q->p + k]);
    *middle = (low + high) / 2;
    *half = high > low ? (high - low) / 2 : 1;
}

typedef struct decoding_work {
    double middle[PLOT_DECODED], half[PLOT_DECODED];
    double product[PLOT_PRODUCTS], line[PLOT_PRODUCTS], curve[PLOT_PRODUCTS];
    double A[PLOT_PRODUCTS * PLOT_PRODUCTS], B[PLOT_PRODUCTS * PLOT_PRODUCTS];
} decoding_work;

static int products_at(const plot_decoder *q, int i, decoding_work *w)
{
    double z[PLOT_DECODED];
    for (int k = 0; k < q->p; k++)
        z[k] = fmax(-FARTHEST, fmin(FARTHEST, (q->x[i * q->p + k] - w->middle[k]) / w->half[k]));
    return products(q->p, z, w->product);
}

// Normal equations of all products; those of the line are their beginning.
static int equations_fill(const plot_decoder *q, decoding_work *w)
{
    double z[PLOT_DECODED] = {0};
    const int m = products(q->p, z, w->product);
    for (int i = 0; i < q->n; i++) {
        if (!q->learn[i]) continue;
        products_at(q, i, w);
        for (int a = 0; a < m; a++) {
            w->curve[a] += w->product[a] * q->y[i];
            for (int b = 0; b <= a; b++) w->A[a * m + b] += w->product[a] * w->product[b];
        }
    }
    for (int a = 0; a < m; a++) w->A[a * m + a] += RIDGE * q->n;
    return m;
}

static bool coefficients_find(const plot_decoder *q, decoding_work *w, int *m)
{
    const int n = q->p + 1;
    for (int k = 0; k < q->p; k++) range_of(q, k, &w->middle[k], &w->half[k]);
    *m = equations_fill(q, w);
    for (int a = 0; a < n; a++) memcpy(w->B + a * n, w->A + a * *m, sizeof *w->B * (size_t)n);
    memcpy(w->line, w->curve, sizeof *w->line * (size_t)n);
    return plot_solve(n, w->B, w->line) && plot_solve(*m, w->A, w->curve);
}

static double inner(int n, const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

// 1 - squared errors / squared distances from the mean, over the trials that judge
static double r2_of(const plot_decoder *q, const double *decoded)
{
    double mean = 0, error = 0, spread = 0;
    int n = 0;
    for (int i = 0; i < q->n; i++)
        if (q->judge[i]) mean += q->y[i], n++;
    mean /= n;
    for (int i = 0; i < q->n; i++) {
        if (!q->judge[i]) continue;
        error += (q->y[i] - decoded[i]) * (q->y[i] - decoded[i]);
        spread += (q->y[i] - mean) * (q->y[i] - mean);
    }
    return 1 - error / spread;
}

// Root mean square of the errors of changes from a trial to the next, over that of the changes.
static double change_error_of(const plot_decoder *q, const double *decoded)
{
    double error = 0, change = 0;
    for (int i = 0; i + 1 < q->n; i++) {
        if (!q->judge[i] || !q->judge[i + 1] || q->begins[i + 1]) continue;
        const double true_change = q->y[i + 1] - q->y[i],
                     off = decoded[i + 1] - decoded[i] - true_change;
        error += off * off;
        change += true_change * true_change;
    }
    return sqrt(error / change);
}

static void judge(const plot_decoder *q, decoding_work *w, int m, double *decoded, plot_decoded *d)
{
    for (int i = 0; i < q->n; i++) {
        products_at(q, i, w);
        decoded[i] = inner(q->p + 1, w->line, w->product);
    }
    d->line = r2_of(q, decoded);
    for (int i = 0; i < q->n; i++) {
        products_at(q, i, w);
        decoded[i] = inner(m, w->curve, w->product);
    }
    d->curve = r2_of(q, decoded);
    d->change_error = change_error_of(q, decoded);
}

dsc_status plot_decode(dsc_context *ctx, const plot_decoder *q, double *decoded, plot_decoded *d)
{
    decoding_work *w = NULL;
    int m;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *w, &w));
    *d = (plot_decoded){NAN, NAN, NAN};
    if (coefficients_find(q, w, &m)) judge(q, w, m, decoded, d);
    else
        for (int i = 0; i < q->n; i++) decoded[i] = NAN;
    dsc_free(ctx, &w);
    return DSC_OK;
}
