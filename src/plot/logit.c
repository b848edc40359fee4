// SPDX-License-Identifier: Apache-2.0
// logit.c — logistic regression: P(y) = logistic(x b), the b of the largest likelihood with a small
// ridge, by Newton's method; y may be a probability. Standard errors from the curvature there.
#include <math.h>
#include <string.h>

#include "plot/internal.h"

enum { MOST_STEPS = 50 };

// A (lower triangle, row-major) becomes its Cholesky factor; false if it is not positive.
static bool decompose(int n, double *A)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = A[i * n + j];
            for (int k = 0; k < j; k++) sum -= A[i * n + k] * A[j * n + k];
            if (i != j) A[i * n + j] = sum / A[j * n + j];
            else if (sum > 1e-12 * fabs(A[i * n + i])) A[i * n + i] = sqrt(sum);
            else return false;
        }
    return true;
}

// b becomes L^-1 b, and then, for the solution of L L' x = b, L'^-1 of that.
static void forward(int n, const double *L, double *b)
{
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++) b[i] -= L[i * n + k] * b[k];
        b[i] /= L[i * n + i];
    }
}
static void backward(int n, const double *L, double *b)
{
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++) b[i] -= L[k * n + i] * b[k];
        b[i] /= L[i * n + i];
    }
}

bool plot_solve(int n, double *A, double *b)
{
    if (!decompose(n, A)) return false;
    forward(n, A, b);
    backward(n, A, b);
    return true;
}

// The slope and the curvature of minus the log likelihood.
static void curve(const plot_logit *q, double *slope, double *A)
{
    const int p = q->n_columns;
    for (int i = 0; i < p; i++) slope[i] = q->ridge * q->weight[i];
    memset(A, 0, sizeof *A * (size_t)(p * p));
    for (int i = 0; i < p; i++) A[i * p + i] = q->ridge;
    for (int r = 0; r < q->n_rows; r++) {
        const double *x = q->x + (size_t)r * (size_t)p;
        double z = 0;
        for (int i = 0; i < p; i++) z += x[i] * q->weight[i];
        const double chance = 1 / (1 + exp(-z)), spread = chance * (1 - chance);
        for (int i = 0; i < p; i++) {
            slope[i] += (chance - q->y[r]) * x[i];
            for (int j = 0; j <= i; j++) A[i * p + j] += spread * x[i] * x[j];
        }
    }
}

static bool step(const plot_logit *q, double *slope, double *A, double *moved)
{
    const int p = q->n_columns;
    curve(q, slope, A);
    if (!plot_solve(p, A, slope)) return false;
    *moved = 0;
    for (int i = 0; i < p; i++) *moved = fmax(*moved, fabs(slope[i]));
    const double part = *moved > 2 ? 2 / *moved : 1; // Newton's steps go astray far from the top
    for (int i = 0; i < p; i++) q->weight[i] -= part * slope[i];
    return isfinite(*moved);
}

// Square roots of the diagonal of A^-1 = L'^-1 L^-1.
static void spread_errors(const plot_logit *q, const double *L, double *column)
{
    const int p = q->n_columns;
    for (int j = 0; j < p; j++) {
        double sum = 0;
        for (int i = 0; i < p; i++) column[i] = i == j;
        forward(p, L, column);
        for (int i = 0; i < p; i++) sum += column[i] * column[i];
        q->error[j] = sqrt(sum);
    }
}

dsc_status plot_logit_fit(dsc_context *ctx, const plot_logit *q)
{
    const size_t p = (size_t)q->n_columns;
    double *memory = NULL, moved = 1;
    DSC_TRY(dsc_alloc(ctx, p * (p + 1), sizeof *memory, &memory));
    double *slope = memory, *A = memory + p;
    memset(q->weight, 0, sizeof *q->weight * p);
    bool fine = true;
    for (int i = 0; fine && i < MOST_STEPS && moved > 1e-10; i++) fine = step(q, slope, A, &moved);
    if (fine) spread_errors(q, A, slope);
    for (size_t i = 0; !fine && i < p; i++) q->weight[i] = q->error[i] = NAN;
    dsc_free(ctx, &memory);
    return DSC_OK;
}
