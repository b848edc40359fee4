// SPDX-License-Identifier: Apache-2.0
// assign.c — the assignment of n rows to n columns with the smallest sum of costs, by shortest
// augmenting paths (Jonker & Volgenant 1987, Computing 38:325-340): row by row, the cheapest path
// of reduced costs c - u - v to a free column is found and turned over.
#include <math.h>
#include <string.h>

#include "plot/fleet.h"

typedef struct assignment {
    int n;
    const double *cost;       // [n][n]
    double *u, *v, *shortest; // [n + 1]; place 0 is no column
    int *row, *before;        // [n + 1] row of a column, 0: free; the column before on the path
    bool *done;               // [n + 1]
} assignment;

// The nearest column that is not done yet, after the paths through column `at` were looked at.
static int next_column(assignment *a, int at)
{
    const int i = a->row[at];
    double least = INFINITY;
    int nearest = 0;
    a->done[at] = true;
    for (int j = 1; j <= a->n; j++) {
        if (a->done[j]) continue;
        const double path = a->cost[(i - 1) * a->n + j - 1] - a->u[i] - a->v[j];
        if (path < a->shortest[j]) a->shortest[j] = path, a->before[j] = at;
        if (a->shortest[j] < least) least = a->shortest[j], nearest = j;
    }
    for (int j = 0; j <= a->n; j++) {
        if (a->done[j]) a->u[a->row[j]] += least, a->v[j] -= least;
        else a->shortest[j] -= least;
    }
    return nearest;
}

static void add_row(assignment *a, int i)
{
    int j = 0;
    a->row[0] = i;
    for (int k = 0; k <= a->n; k++) a->shortest[k] = INFINITY, a->done[k] = false;
    do j = next_column(a, j);
    while (a->row[j] != 0);
    while (j != 0) {
        const int from = a->before[j];
        a->row[j] = a->row[from];
        j = from;
    }
}

dsc_status plot_assign(dsc_context *ctx, int n, const double *cost, int *column)
{
    const size_t size = (size_t)n + 1;
    assignment a = {.n = n, .cost = cost};
    dsc_status status;
    DSC_TRY_OR(done, dsc_alloc(ctx, 3 * size, sizeof *a.u, &a.u));
    DSC_TRY_OR(done, dsc_alloc(ctx, 2 * size, sizeof *a.row, &a.row));
    DSC_TRY_OR(done, dsc_alloc(ctx, size, sizeof *a.done, &a.done));
    a.v = a.u + size, a.shortest = a.v + size;
    a.before = a.row + size;
    for (int i = 1; i <= n; i++) add_row(&a, i);
    for (int j = 1; j <= n; j++) column[a.row[j] - 1] = j - 1;
done:
    dsc_free(ctx, &a.u);
    dsc_free(ctx, &a.row);
    dsc_free(ctx, &a.done);
    return status;
}
