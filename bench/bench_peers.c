// SPDX-License-Identifier: Apache-2.0
// bench_peers.c — our half of the comparison with another package (peers.py runs both): training
// steps of one kind on 1024 sessions drawn from a table, on all cores. Prints one line of JSON:
// seconds of every step, trials of a step, seconds until the first step was done (the table's
// reading included), bytes of the process at its largest.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/workload.h"

enum { DRAWN = 1024, MOST_STEPS = 64, FEWEST_STEPS = 8 };
static const double enough = 2; // seconds of steps

typedef struct timing {
    double first, seconds[MOST_STEPS], sum;
    int n;
} timing;

static const workload_kind *find_kind(const char *name)
{
    for (int i = 0; i < workload_count; i++)
        if (strcmp(workload_kinds[i].name, name) == 0) return &workload_kinds[i];
    return NULL;
}

static dsc_status time_steps(workload *w, dsc_pool *pool, timing *t)
{
    while (t->n < MOST_STEPS && (t->n < FEWEST_STEPS || t->sum < enough)) {
        double *seconds = &t->seconds[t->n++];
        DSC_TRY(workload_step(w, pool, seconds));
        t->sum += *seconds;
    }
    return DSC_OK;
}

// Of this program alone: getrusage would count the process that started it. 0 where /proc is
// missing.
static double peak_memory(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    double kilobytes = 0;
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmHWM:", 6) == 0) kilobytes = strtod(line + 6, NULL);
    if (f) fclose(f);
    return kilobytes * 1024;
}

static void print_timing(const timing *t, double trials, const dsc_engine *e, int threads)
{
    printf("{\"engine\": \"%s %s %s\", \"threads\": %d, \"trials\": %.0f, \"first\": %.6g, "
           "\"memory\": %.0f, \"seconds\": [",
           dsc_engine_name(e), dsc_engine_isa(e), dsc_engine_precision(e), threads, trials,
           t->first, peak_memory());
    for (int i = 0; i < t->n; i++) printf("%s%.6g", i > 0 ? ", " : "", t->seconds[i]);
    printf("]}\n");
}

static dsc_status measure(dsc_context *ctx, const workload_kind *kind, const char *path,
                          dsc_pool *pool)
{
    timing t = {0};
    workload *w = NULL;
    const dsc_engine *e = NULL;
    const double start = dsc_seconds();
    double ignored;
    DSC_TRY(dsc_engine_select(ctx, NULL, NULL, "single", &e));
    DSC_TRY(workload_create(ctx, kind, &(workload_data){path, DRAWN}, e, pool, &w));
    dsc_status s = workload_step(w, pool, &ignored); // first touch of memory
    t.first = dsc_seconds() - start;
    if (s == DSC_OK) s = time_steps(w, pool, &t);
    if (s == DSC_OK) print_timing(&t, workload_trials(w), e, dsc_pool_size(pool));
    workload_destroy(&w);
    return s;
}

dsc_status bench_peers(dsc_context *ctx, const char *data, const char *kind)
{
    const workload_kind *k = find_kind(kind);
    dsc_pool *pool = NULL;
    DSC_REQUIRE(ctx, k, DSC_USAGE, "no kind \"%s\"; the names are those of the table of bench",
                kind);
    DSC_TRY(dsc_pool_create(ctx, 0, &pool));
    const dsc_status s = measure(ctx, k, data, pool);
    dsc_pool_destroy(&pool);
    return s;
}
