// SPDX-License-Identifier: Apache-2.0
// bench.c — the speed of a full training step (forward, backward, update) beside the machine's own
// limit, measured in the same run. Useful arithmetic only: three times the multiply-adds of the
// forward pass.
//   bench [FILE.json]        bench peers TABLE KIND (bench_peers.c)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/workload.h"

typedef struct row {
    char name[96];
    double value;
    const char *unit;
    double reference, ratio;
} row;

typedef struct table {
    row rows[64];
    int n;
} table;

static void add_row(table *t, const char *name, double value, const char *unit, double reference)
{
    row *r = &t->rows[t->n++];
    snprintf(r->name, sizeof r->name, "%s", name);
    r->value = value, r->unit = unit, r->reference = reference;
    r->ratio = reference > 0 ? value / reference : 0;
}

typedef struct peak_job {
    const dsc_engine *engine;
    double rate[64];
} peak_job;
static void measure_peak(void *user, int item, int worker)
{
    (void)worker;
    peak_job *j = user;
    j->rate[item] = dsc_engine_peak(j->engine, 0.05);
}
// of all threads at once
static double peak_of(const dsc_engine *e, dsc_pool *pool)
{
    peak_job j = {.engine = e};
    double sum = 0;
    int n = dsc_pool_size(pool);
    dsc_pool_run(pool, measure_peak, &j, n);
    for (int i = 0; i < n; i++) sum += j.rate[i];
    return sum;
}

// best of several rounds of (peak, steps): both see the machine in the same mood
static dsc_status measure(dsc_context *ctx, const workload_kind *kind, int threads,
                          const dsc_engine *e, table *t)
{
    dsc_pool *pool = NULL;
    workload *w = NULL;
    double best = 1e300, peak = 0;
    char name[96];
    DSC_TRY(dsc_pool_create(ctx, threads, &pool));
    DSC_TRY(workload_create(ctx, kind, &(workload_data){0}, e, pool, &w));
    for (int round = 0; round < 6; round++) {
        double p = peak_of(e, pool), now = workload_time(w, pool, 0.25);
        if (p > peak) peak = p;
        if (now < best) best = now;
    }
    double trials = workload_trials(w), flops = 3 * workload_flops(w) * trials / best;
    printf("%-34s %2d  %9.3f M trials/s  %7.1f GFLOP/s of %6.1f = %4.1f %%   %5.1f MB per worker, "
           "data %.1f MB\n",
           kind->name, threads, trials / best / 1e6, flops / 1e9, peak / 1e9, 100 * flops / peak,
           workload_worker_bytes(w) / 1e6, workload_data_bytes(w) / 1e6);
    snprintf(name, sizeof name, "%s, %d thread%s, trials", kind->name, threads,
             threads > 1 ? "s" : "");
    add_row(t, name, trials / best, "trials/s", 0);
    snprintf(name, sizeof name, "%s, %d thread%s, useful arithmetic", kind->name, threads,
             threads > 1 ? "s" : "");
    add_row(t, name, flops, "FLOP/s", peak);
    workload_destroy(&w);
    dsc_pool_destroy(&pool);
    return DSC_OK;
}

// beside what was set as the aim
static dsc_status measure_simulation(dsc_context *ctx, int threads, table *t)
{
    const double aim = 40e6;
    double rate = 0;
    char name[96];
    DSC_TRY(bench_simulate(ctx, threads, &rate));
    printf("%-34s %2d  %9.3f M trials/s  (%.1f ns a trial; trials handed on, no table)\n",
           "Simulated Q-learning, bandit", threads, rate / 1e6, 1e9 / rate);
    snprintf(name, sizeof name, "simulated Q-learning on the bandit, %d thread%s", threads,
             threads > 1 ? "s" : "");
    add_row(t, name, rate, "trials/s", aim);
    return DSC_OK;
}

static dsc_status write_json(dsc_context *ctx, const table *t, const char *path)
{
    dsc_text out = {0};
    dsc_text_add(ctx, &out, "[\n");
    for (int i = 0; i < t->n; i++) {
        const row *r = &t->rows[i];
        dsc_text_add(ctx, &out,
                     "  {\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", \"reference\": %.6g, "
                     "\"ratio\": %.4g}%s\n",
                     r->name, r->value, r->unit, r->reference, r->ratio, i + 1 < t->n ? "," : "");
    }
    dsc_text_add(ctx, &out, "]\n");
    dsc_status s = out.status == DSC_OK ? dsc_write_file(ctx, path, out.s, out.length) : out.status;
    dsc_text_free(ctx, &out);
    return s;
}

static dsc_status run(dsc_context *ctx, const char *path)
{
    const dsc_engine *e = NULL;
    dsc_pool *all = NULL;
    table t = {.n = 0};
    DSC_TRY(dsc_engine_select(ctx, NULL, NULL, "single", &e));
    DSC_TRY(dsc_pool_create(ctx, 0, &all));
    int cores = dsc_pool_size(all);
    dsc_pool_destroy(&all);
    printf("engine %s, %s, %s precision; 256 sessions x 500 trials; the limit is measured between "
           "the steps\n",
           dsc_engine_name(e), dsc_engine_isa(e), dsc_engine_precision(e));
    for (int i = 0; i < workload_count; i++)
        for (int threads = 1; threads <= cores; threads *= 2)
            DSC_TRY(measure(ctx, &workload_kinds[i], threads, e, &t));
    for (int threads = 1; threads <= cores; threads *= 2)
        DSC_TRY(measure_simulation(ctx, threads, &t));
    return write_json(ctx, &t, path);
}

int main(int argc, char **argv)
{
    dsc_context *ctx = NULL;
    if (argc > 1 && argv[1][0] == '-') {
        fputs("usage: bench [FILE.json]        bench peers TABLE KIND\n", stderr);
        return 2;
    }
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return 1;
    const bool peers = argc == 4 && strcmp(argv[1], "peers") == 0;
    dsc_status s = peers ? bench_peers(ctx, argv[2], argv[3])
                         : run(ctx, argc > 1 ? argv[1] : "build/bench.json");
    if (s != DSC_OK) fprintf(stderr, "bench: %s\n", dsc_message(ctx));
    dsc_context_destroy(&ctx);
    return s != DSC_OK;
}
