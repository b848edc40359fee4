// SPDX-License-Identifier: Apache-2.0
// quantile.c — order statistics, linear between them (Hyndman & Fan 1996, type 7).
#include <math.h>
#include <stdlib.h>

#include "discern/train.h"

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void dsc_sort_numbers(int n, double *x)
{
    if (n > 0) qsort(x, (size_t)n, sizeof *x, by_value);
}

// Between equal ones, infinite ones too, nothing is to be computed.
double dsc_quantile(int n, const double *ascending, double q)
{
    if (n == 0) return NAN;
    const double at = q * (n - 1);
    const int below = (int)at, above = below + 1 < n ? below + 1 : below;
    if (ascending[below] == ascending[above]) return ascending[below];
    return ascending[below] + (at - below) * (ascending[above] - ascending[below]);
}

void dsc_percentile_interval(int n, double *draws, double *low, double *high)
{
    dsc_sort_numbers(n, draws);
    *low = dsc_quantile(n, draws, 0.025);
    *high = dsc_quantile(n, draws, 0.975);
}
