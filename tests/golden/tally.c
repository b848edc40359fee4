// SPDX-License-Identifier: Apache-2.0
// tally.c — see golden.h.
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "golden/golden.h"

static double allowed_error(const tolerance *a, double wanted)
{
    return a->floor > 0 ? a->size * fmax(a->floor, fabs(wanted)) : a->size;
}

static double entry_ratio(const tolerance *a, double got, double wanted)
{
    if (isnan(wanted) && isnan(got)) return 0;
    const double ratio = fabs(got - wanted) / allowed_error(a, wanted);
    return isfinite(ratio) ? ratio : INFINITY;
}

static void note_failure(tally *t, const char *what, size_t at, size_t n, double got, double wanted)
{
    t->failed++;
    dsc_text_add(t->ctx, &t->report, "        %s, entry %zu of %zu: %.9g instead of %.9g\n", what,
                 at, n, got, wanted);
}

void tally_compare(tally *t, const char *what, size_t n, const double *got, const double *wanted,
                   tolerance allowed)
{
    size_t excused = (size_t)(allowed.slack * (double)n), at = 0;
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        const double ratio = entry_ratio(&allowed, got[i], wanted[i]);
        if (ratio > 1 && excused > 0 && fabs(got[i] - wanted[i]) <= allowed.slack_limit) {
            excused--;
            continue;
        }
        if (ratio <= worst) continue;
        worst = ratio;
        at = i;
    }
    t->compared++;
    if (worst > 1) note_failure(t, what, at, n, got[at], wanted[at]);
    if (worst < t->ratio && t->worst[0]) return;
    t->ratio = worst;
    snprintf(t->worst, sizeof t->worst, "%s: %.2g of %.2g", what,
             n ? fabs(got[at] - wanted[at]) : 0, n ? allowed_error(&allowed, wanted[at]) : 0);
}

void tally_value(tally *t, const char *what, double got, double wanted, tolerance allowed)
{
    tally_compare(t, what, 1, &got, &wanted, allowed);
}

void tally_count(tally *t, const char *what, double got, double wanted)
{
    tally_value(t, what, got, wanted, (tolerance){0.5, 0, 0, 0});
}

void tally_text(tally *t, const char *what, const char *got, const char *wanted)
{
    t->compared++;
    if (!wanted || strcmp(got, wanted) != 0)
        tally_fail(t, "%s: \"%s\" instead of \"%s\"", what, got, wanted ? wanted : "(nothing)");
}

void tally_fail(tally *t, const char *format, ...)
{
    char line[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    t->failed++;
    dsc_text_add(t->ctx, &t->report, "        %s\n", line);
}
