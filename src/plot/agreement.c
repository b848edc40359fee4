// SPDX-License-Identifier: Apache-2.0
// agreement.c — what fits with several seeds agree on. Latents have no names, so that the
// latents of a seed are matched to those of the reference (the seed with the best score) by the
// assignment with the largest sum of |r|, r the correlation of their trajectories over all
// trials of the data. A matched latent is another seed's version of the same one up to a line,
// own = a + b z, so that its update curve is compared in the reference's units: (f(a + b z) - (a
// + b z)) / b.
#include <math.h>
#include <string.h>

#include "plot/fleet.h"

enum { POINTS = 41 };

// What a seed's latents do over the data.
typedef struct trace {
    int n_latents;
    size_t n;          // trials
    double *value;     // [n][n_latents]
    double *mean, *sd; // [n_latents]
} trace;

typedef struct agreeing {
    dsc_context *ctx;
    const plot_fleet *f;
    plot_agreement *a;
    dsc_pool *pool;
    dsc_table *table;
    trace *trace; // [n_seeds]
} agreeing;

static dsc_run *run_of(const agreeing *g, int seed)
{
    return plot_fleet_member(g->f, seed, g->a->penalty)->run;
}

// ---- trajectories -------------------------------------------------------------------------------

static void trace_moments(trace *t)
{
    const size_t L = (size_t)t->n_latents;
    for (size_t k = 0; k < L; k++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < t->n; i++) sum += t->value[i * L + k];
        t->mean[k] = sum / (double)t->n;
        for (size_t i = 0; i < t->n; i++) {
            const double x = t->value[i * L + k] - t->mean[k];
            squares += x * x;
        }
        t->sd[k] = sqrt(squares / (double)t->n);
    }
}

static dsc_status trace_read(agreeing *g, int seed)
{
    static const char *const recorded[] = {"latents"};
    trace *t = &g->trace[seed];
    dsc_evaluation *e = NULL;
    const dsc_evaluation_options o = {.n_recorded = 1, .recorded = recorded};
    DSC_TRY(dsc_evaluate(g->ctx, run_of(g, seed), g->table, &o, g->pool, &e));
    t->n = e->n_trials;
    t->n_latents = e->n_recorded;
    t->value = e->recorded; // taken over
    e->recorded = NULL;
    dsc_evaluation_free(g->ctx, &e);
    DSC_TRY(dsc_alloc(g->ctx, (size_t)t->n_latents, sizeof *t->mean, &t->mean));
    DSC_TRY(dsc_alloc(g->ctx, (size_t)t->n_latents, sizeof *t->sd, &t->sd));
    trace_moments(t);
    return DSC_OK;
}

static double correlation(const trace *x, int i, const trace *y, int k)
{
    const size_t L = (size_t)x->n_latents, M = (size_t)y->n_latents;
    double sum = 0;
    for (size_t t = 0; t < x->n; t++)
        sum +=
            (x->value[t * L + (size_t)i] - x->mean[i]) * (y->value[t * M + (size_t)k] - y->mean[k]);
    const double scale = (double)x->n * x->sd[i] * y->sd[k];
    return scale > 1e-12 ? sum / scale : 0;
}

// ---- matching -----------------------------------------------------------------------------------

static plot_match match_make(const trace *ref, int i, const trace *own, int k, double r,
                             const plot_disrnn *d)
{
    plot_match m = {.latent = k, .r = r, .sigma = d->latent[k]};
    m.slope = ref->sd[i] > 0 ? r * own->sd[k] / ref->sd[i] : 0;
    m.offset = own->mean[k] - m.slope * ref->mean[i];
    m.found = m.sigma < PLOT_OPEN && fabs(r) > PLOT_FOUND;
    return m;
}

static dsc_status match_with(agreeing *g, int seed, const plot_disrnn *d, double *r, int *column)
{
    const trace *ref = &g->trace[g->a->reference], *own = &g->trace[seed];
    const int L = ref->n_latents;
    for (int k = 0; k < L * L; k++) r[L * L + k] = correlation(ref, k / L, own, k % L);
    for (int k = 0; k < L * L; k++) r[k] = 1 - fabs(r[L * L + k]);
    DSC_TRY(plot_assign(g->ctx, L, r, column));
    for (int i = 0; i < g->a->n; i++) {
        plot_agreed *x = &g->a->latent[i];
        const int k = column[x->latent];
        x->match[seed] = match_make(ref, x->latent, own, k, r[L * L + x->latent * L + k], d);
        x->n_found += x->match[seed].found;
    }
    return DSC_OK;
}

static dsc_status match_seed(agreeing *g, int seed)
{
    const size_t L = (size_t)g->trace[g->a->reference].n_latents;
    plot_disrnn d = {0};
    double *r = NULL;
    int *column = NULL;
    dsc_status status;
    DSC_TRY_OR(done, dsc_alloc(g->ctx, 2 * L * L, sizeof *r, &r));
    DSC_TRY_OR(done, dsc_alloc(g->ctx, L, sizeof *column, &column));
    DSC_TRY_OR(done, plot_disrnn_read(g->ctx, run_of(g, seed), &d));
    status = match_with(g, seed, &d, r, column);
done:
    plot_disrnn_free(g->ctx, &d);
    dsc_free(g->ctx, &r);
    dsc_free(g->ctx, &column);
    return status;
}

// ---- curves -------------------------------------------------------------------------------------

// z of one seed: others at their mean, the matched latent at the reference's `state`.
static void place(const trace *t, const plot_match *m, double state, double *z)
{
    memcpy(z, t->mean, (size_t)t->n_latents * sizeof *z);
    z[m->latent] = m->offset + m->slope * state;
}

static dsc_status curve_of_seed(agreeing *g, plot_agreed *x, const plot_update_rule *rule, int seed,
                                const plot_step *step, double *z)
{
    const trace *t = &g->trace[seed];
    const plot_match *m = &x->match[seed];
    double *next = z + t->n_latents;
    for (int k = 0; k < x->n_points; k++) {
        place(t, m, x->state[k], z);
        DSC_TRY(step->run(step->user, z, x->n_settings, rule->setting, next));
        for (int s = 0; s < x->n_settings; s++)
            x->delta[(s * g->a->n_seeds + seed) * x->n_points + k] =
                m->found ? (next[s * t->n_latents + m->latent] - z[m->latent]) / m->slope : NAN;
    }
    return DSC_OK;
}

static dsc_status curves_of_seed(agreeing *g, plot_agreed *x, const plot_update_rule *rule,
                                 int seed)
{
    plot_step step = {0};
    double *z = NULL;
    const size_t size = (size_t)g->trace[seed].n_latents * (size_t)(1 + x->n_settings);
    DSC_TRY(dsc_alloc(g->ctx, size, sizeof *z, &z));
    dsc_status status = plot_step_open(g->ctx, run_of(g, seed), 0, &step);
    if (status == DSC_OK) status = curve_of_seed(g, x, rule, seed, &step, z);
    plot_step_close(g->ctx, &step);
    dsc_free(g->ctx, &z);
    return status;
}

// The range from which 2.5 % of the trials lie outside on either side.
static dsc_status range_find(agreeing *g, int latent, double *state)
{
    const trace *t = &g->trace[g->a->reference];
    double *sorted = NULL;
    DSC_TRY(dsc_alloc(g->ctx, t->n, sizeof *sorted, &sorted));
    for (size_t i = 0; i < t->n; i++)
        sorted[i] = t->value[i * (size_t)t->n_latents + (size_t)latent];
    dsc_sort_numbers((int)t->n, sorted);
    const double low = dsc_quantile((int)t->n, sorted, 0.025);
    const double high = dsc_quantile((int)t->n, sorted, 0.975);
    for (int k = 0; k < POINTS; k++) state[k] = low + (high - low) * k / (POINTS - 1);
    dsc_free(g->ctx, &sorted);
    return DSC_OK;
}

// s.d. over seeds at one point, and the mean; NaN with fewer than two seeds.
static double point_spread(const plot_agreement *a, const plot_agreed *x, int setting, int k,
                           double *mean)
{
    double sum = 0, squares = 0;
    int n = 0;
    const double *at = x->delta + setting * a->n_seeds * x->n_points + k;
    for (int s = 0; s < a->n_seeds; s++)
        if (!isnan(at[s * x->n_points])) sum += at[s * x->n_points], n++;
    *mean = sum / n;
    for (int s = 0; s < a->n_seeds; s++)
        if (!isnan(at[s * x->n_points]))
            squares += (at[s * x->n_points] - *mean) * (at[s * x->n_points] - *mean);
    return n > 1 ? sqrt(squares / (n - 1)) : NAN;
}

static void find_spread(const plot_agreement *a, plot_agreed *x)
{
    double spread = 0, sum = 0, squares = 0;
    const int n = x->n_settings * x->n_points;
    for (int i = 0; i < n; i++) {
        double mean;
        spread += point_spread(a, x, i / x->n_points, i % x->n_points, &mean);
        sum += mean;
        squares += mean * mean;
    }
    x->spread = spread / n / sqrt(fmax(squares / n - sum / n * sum / n, 1e-30));
}

static dsc_status curves_with(agreeing *g, plot_agreed *x, const plot_update_rule *rule)
{
    const size_t seeds = (size_t)g->a->n_seeds;
    x->n_settings = rule->n_settings;
    x->n_points = POINTS;
    memcpy(x->title, rule->title, sizeof x->title);
    DSC_TRY(dsc_alloc(g->ctx, POINTS, sizeof *x->state, &x->state));
    DSC_TRY(dsc_alloc(g->ctx, (size_t)x->n_settings * seeds * POINTS, sizeof *x->delta, &x->delta));
    DSC_TRY(range_find(g, x->latent, x->state));
    for (int s = 0; s < g->a->n_seeds; s++) DSC_TRY(curves_of_seed(g, x, rule, s));
    find_spread(g->a, x);
    return DSC_OK;
}

// The settings are those that the reference's rule has.
static dsc_status curves_compute(agreeing *g, plot_agreed *x, const plot_disrnn *d)
{
    plot_step step = {0};
    plot_update_rule rule = {0};
    dsc_status status;
    DSC_TRY_OR(done, plot_step_open(g->ctx, run_of(g, g->a->reference), 0, &step));
    DSC_TRY_OR(done, plot_update_rule_compute(g->ctx, d, &step, x->latent, 0, &rule));
    status = curves_with(g, x, &rule);
done:
    plot_update_rule_free(g->ctx, &rule);
    plot_step_close(g->ctx, &step);
    return status;
}

// ---- openness -----------------------------------------------------------------------------------

static dsc_status openness_find(agreeing *g, double *scratch)
{
    plot_agreement *a = g->a;
    const size_t K = (size_t)a->n_seeds;
    for (int s = 0; s < a->n_seeds; s++) {
        plot_disrnn d;
        plot_openness group[PLOT_GROUPS_OPEN];
        DSC_TRY(plot_disrnn_read(g->ctx, run_of(g, s), &d));
        plot_openness_count(&d, group, &a->n_groups);
        scratch[s] = 0;
        for (int i = 0; i < d.n_latents; i++) scratch[s] += d.latent[i] < PLOT_OPEN;
        for (int i = 0; i < a->n_groups; i++) {
            a->group[i] = group[i].group;
            scratch[K * (size_t)(i + 1) + (size_t)s] = group[i].total;
        }
        plot_disrnn_free(g->ctx, &d);
    }
    a->open = plot_fleet_interval(g->f, scratch);
    for (int i = 0; i < a->n_groups; i++)
        a->total[i] = plot_fleet_interval(g->f, scratch + K * (size_t)(i + 1));
    for (int i = 0; i < a->n; i++) {
        for (int s = 0; s < a->n_seeds; s++) scratch[s] = 1 - a->latent[i].match[s].sigma;
        a->latent[i].openness = plot_fleet_interval(g->f, scratch);
    }
    return DSC_OK;
}

// ---- all of it ----------------------------------------------------------------------------------

static void choose_reference(const plot_fleet *f, plot_agreement *a)
{
    for (int s = 1; s < a->n_seeds; s++)
        if (plot_fleet_member(f, s, a->penalty)->nll <
            plot_fleet_member(f, a->reference, a->penalty)->nll)
            a->reference = s;
}

static dsc_status latents_make(agreeing *g, const plot_disrnn *d)
{
    plot_agreement *a = g->a;
    const size_t K = (size_t)a->n_seeds;
    int *open = NULL;
    DSC_TRY(dsc_alloc(g->ctx, (size_t)d->n_latents, sizeof *open, &open));
    const int n = plot_open_latents(d, open);
    dsc_status status = dsc_alloc(g->ctx, (size_t)n + 1, sizeof *a->latent, &a->latent);
    if (status == DSC_OK) a->n = n;
    for (int i = 0; status == DSC_OK && i < n; i++) {
        a->latent[i].latent = open[i];
        status = dsc_alloc(g->ctx, K, sizeof *a->latent[i].match, &a->latent[i].match);
    }
    dsc_free(g->ctx, &open);
    return status;
}

static dsc_status compute_with(agreeing *g, const plot_disrnn *d)
{
    double *scratch = NULL;
    const size_t K = (size_t)g->a->n_seeds;
    DSC_TRY(dsc_alloc(g->ctx, K, sizeof *g->trace, &g->trace));
    for (int s = 0; s < g->a->n_seeds; s++) DSC_TRY(trace_read(g, s));
    DSC_TRY(latents_make(g, d));
    for (int s = 0; s < g->a->n_seeds; s++) DSC_TRY(match_seed(g, s));
    for (int i = 0; i < g->a->n; i++) DSC_TRY(curves_compute(g, &g->a->latent[i], d));
    DSC_TRY(dsc_alloc(g->ctx, K * (1 + PLOT_GROUPS_OPEN), sizeof *scratch, &scratch));
    const dsc_status status = openness_find(g, scratch);
    dsc_free(g->ctx, &scratch);
    return status;
}

static dsc_status compute(agreeing *g)
{
    plot_disrnn d;
    choose_reference(g->f, g->a);
    DSC_TRY(dsc_run_data(g->ctx, run_of(g, g->a->reference), &g->table, NULL));
    DSC_TRY(plot_disrnn_read(g->ctx, run_of(g, g->a->reference), &d));
    const dsc_status status = compute_with(g, &d);
    plot_disrnn_free(g->ctx, &d);
    return status;
}

dsc_status plot_agreement_compute(dsc_context *ctx, const plot_fleet *f, int penalty,
                                  dsc_pool *pool, plot_agreement *a)
{
    plot_agreement made = {.penalty = penalty, .n_seeds = f->n_seeds};
    agreeing g = {.ctx = ctx, .f = f, .a = &made, .pool = pool};
    const dsc_status status = compute(&g);
    for (int s = 0; g.trace && s < made.n_seeds; s++) {
        dsc_free(ctx, &g.trace[s].value);
        dsc_free(ctx, &g.trace[s].mean);
        dsc_free(ctx, &g.trace[s].sd);
    }
    dsc_free(ctx, &g.trace);
    dsc_table_destroy(ctx, &g.table);
    if (status == DSC_OK) *a = made;
    else plot_agreement_free(ctx, &made);
    return status;
}

void plot_agreement_free(dsc_context *ctx, plot_agreement *a)
{
    for (int i = 0; a->latent && i < a->n; i++) {
        dsc_free(ctx, &a->latent[i].match);
        dsc_free(ctx, &a->latent[i].state);
        dsc_free(ctx, &a->latent[i].delta);
    }
    dsc_free(ctx, &a->latent);
}
