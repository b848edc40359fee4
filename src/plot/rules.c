// SPDX-License-Identifier: Apache-2.0
// rules.c — what a disentangled RNN does with its latents, as curves.
//   update rule of latent i: next z_i - z_i after one noiseless trial, over z_i in +-limit, for
//     every setting of the observations it reads, and for five values of the first other latent it
//     reads
//   choice rule: logit of option 1 minus option 0, over the one or two latents that choice reads
//     most; what the choice net reads of the subject is given
// All other latents are 0. A source is read where its sigma is below 0.5.
// Source: as inspect.c.
#include <math.h>
#include <string.h>

#include "plot/inspect.h"

static double grid(int i, int n, double limit)
{
    return -limit + 2 * limit * i / (n - 1);
}

static double limit_of(const plot_disrnn *d, double limit)
{
    if (limit > 0) return limit;
    return d->max_latent > 0 ? 1.05 * d->max_latent : 3;
}

int plot_open_latents(const plot_disrnn *d, int *latents)
{
    int n = 0;
    for (int k = 0; k < d->n_latents; k++)
        if (d->latent[d->order[k]] < PLOT_OPEN) latents[n++] = d->order[k];
    return n;
}

// ---- settings of the observations ---------------------------------------------------------------

static bool reads_input(const plot_disrnn *d, int o, int i)
{
    return plot_sigma(&d->net[PLOT_UPDATE], PLOT_INPUT, o, i) < PLOT_OPEN;
}

// A choice takes as many values as there are options; everything else is shown at 0 and 1.
static int level_count(const plot_disrnn *d, int o)
{
    return strstr(d->inputs[o], "choice") && d->n_actions > 2 ? d->n_actions : 2;
}

static int combination_count(const plot_disrnn *d, int i)
{
    int n = 1;
    for (int o = 0; o < d->n_inputs && n <= PLOT_SETTINGS; o++)
        if (reads_input(d, o, i)) n *= level_count(d, o);
    return n;
}

// All combinations, in lexicographic order: the last observation counts fastest.
static void settings_combine(const plot_disrnn *d, plot_update_rule *r)
{
    for (int k = 0; k < r->n_settings; k++) {
        int rest = k;
        for (int o = d->n_inputs - 1; o >= 0; o--) {
            if (!reads_input(d, o, r->latent)) continue;
            r->setting[k * d->n_inputs + o] = rest % level_count(d, o);
            rest /= level_count(d, o);
        }
    }
}

// Too many combinations: all zeros, then one observation at a time.
static void settings_single(const plot_disrnn *d, plot_update_rule *r)
{
    r->n_settings = 1;
    for (int o = 0; o < d->n_inputs; o++) {
        if (!reads_input(d, o, r->latent)) continue;
        for (int level = 1; level < level_count(d, o) && r->n_settings < PLOT_SETTINGS; level++)
            r->setting[r->n_settings++ * d->n_inputs + o] = level;
    }
}

static void title_make(const plot_disrnn *d, const plot_update_rule *r, const double *x,
                       char *title)
{
    size_t used = 0;
    snprintf(title, PLOT_TITLE, "All Trials");
    for (int o = 0; o < d->n_inputs; o++) {
        char name[64];
        if (!reads_input(d, o, r->latent)) continue;
        plot_label(d->inputs[o], 20, name, sizeof name);
        int n = snprintf(title + used, PLOT_TITLE - used, "%s%s: %d", used ? "\n" : "", name,
                         (int)x[o]);
        // What does not fit is left out as a whole line.
        if (n >= (int)(PLOT_TITLE - used)) title[used] = 0;
        else used += (size_t)n;
    }
}

static dsc_status settings_choose(dsc_context *ctx, const plot_disrnn *d, plot_update_rule *r)
{
    size_t size = (size_t)PLOT_SETTINGS * (size_t)d->n_inputs;
    DSC_TRY(dsc_alloc(ctx, size, sizeof *r->setting, &r->setting));
    r->n_settings = combination_count(d, r->latent);
    if (r->n_settings <= PLOT_SETTINGS) settings_combine(d, r);
    else settings_single(d, r);
    for (int k = 0; k < r->n_settings; k++)
        title_make(d, r, r->setting + k * d->n_inputs, r->title[k]);
    return DSC_OK;
}

// ---- update rules -------------------------------------------------------------------------------

static void other_choose(const plot_disrnn *d, plot_update_rule *r)
{
    r->other = -1;
    for (int j = d->n_latents - 1; j >= 0; j--) {
        const double sigma = plot_sigma(&d->net[PLOT_UPDATE], PLOT_LATENT, j, r->latent);
        if (j == r->latent || !(sigma < PLOT_OPEN)) continue;
        r->other = j;
        r->n_others++;
    }
    r->n_curves = r->other < 0 ? 1 : 5;
    r->n_points = r->other < 0 ? 20 : 50;
    for (int c = 0; c < 5; c++) r->other_state[c] = r->other < 0 ? 0 : grid(c, 5, r->limit / 2);
}

// One point of every setting's curve c. z and next are scratch.
static dsc_status point_compute(const plot_disrnn *d, const plot_step *step, plot_update_rule *r,
                                int c, int k, double *z, double *next)
{
    memset(z, 0, (size_t)d->n_latents * sizeof *z);
    if (r->other >= 0) z[r->other] = r->other_state[c];
    z[r->latent] = r->state[k];
    DSC_TRY(step->run(step->user, z, r->n_settings, r->setting, next));
    for (int s = 0; s < r->n_settings; s++)
        r->delta[(s * r->n_curves + c) * r->n_points + k] =
            next[s * d->n_latents + r->latent] - r->state[k];
    return DSC_OK;
}

static dsc_status curves_compute(dsc_context *ctx, const plot_disrnn *d, const plot_step *step,
                                 plot_update_rule *r)
{
    size_t L = (size_t)d->n_latents, curves = (size_t)(r->n_settings * r->n_curves);
    double *scratch = NULL;
    DSC_TRY(dsc_alloc(ctx, (size_t)r->n_points, sizeof *r->state, &r->state));
    DSC_TRY(dsc_alloc(ctx, curves * (size_t)r->n_points, sizeof *r->delta, &r->delta));
    DSC_TRY(dsc_alloc(ctx, L * (size_t)(1 + r->n_settings), sizeof *scratch, &scratch));
    for (int k = 0; k < r->n_points; k++) r->state[k] = grid(k, r->n_points, r->limit);
    dsc_status status = DSC_OK;
    for (int i = 0; i < r->n_curves * r->n_points && status == DSC_OK; i++)
        status = point_compute(d, step, r, i / r->n_points, i % r->n_points, scratch, scratch + L);
    dsc_free(ctx, &scratch);
    return status;
}

dsc_status plot_update_rule_compute(dsc_context *ctx, const plot_disrnn *d, const plot_step *step,
                                    int latent, double limit, plot_update_rule *rule)
{
    plot_update_rule made = {.latent = latent, .limit = limit_of(d, limit)};
    other_choose(d, &made);
    dsc_status status = settings_choose(ctx, d, &made);
    if (status == DSC_OK) status = curves_compute(ctx, d, step, &made);
    if (status == DSC_OK) *rule = made;
    else plot_update_rule_free(ctx, &made);
    return status;
}

void plot_update_rule_free(dsc_context *ctx, plot_update_rule *rule)
{
    dsc_free(ctx, &rule->setting);
    dsc_free(ctx, &rule->state);
    dsc_free(ctx, &rule->delta);
}

// ---- choice rule --------------------------------------------------------------------------------

dsc_status plot_influential(dsc_context *ctx, const plot_disrnn *d, int net, int *n, int *x, int *y)
{
    int *order = NULL, open = 0;
    double *sigma = NULL;
    const size_t L = (size_t)d->n_latents;
    dsc_status status = dsc_alloc(ctx, L, sizeof *order, &order);
    if (status == DSC_OK) status = dsc_alloc(ctx, L, sizeof *sigma, &sigma);
    if (status == DSC_OK) {
        for (int i = 0; i < d->n_latents; i++) {
            sigma[i] =
                d->net[net].n_sources ? plot_sigma(&d->net[net], PLOT_LATENT, i, 0) : d->latent[i];
            open += sigma[i] < PLOT_OPEN;
        }
        plot_sort(d->n_latents, sigma, order);
        *n = open;
        *x = open > 0 ? order[0] : -1;
        *y = open > 1 ? order[1] : -1;
    }
    dsc_free(ctx, &order);
    dsc_free(ctx, &sigma);
    return status;
}

typedef struct choosing {
    const plot_disrnn *d;
    const plot_ask *net;
    const double *embedding;
    plot_choice *c;
    double *v, *logits; // [n][n_sources], [n][n_out]
} choosing;

// A choice net without bottlenecks reads the latents alone.
static int inputs_of_choice(const plot_disrnn *d)
{
    const int n = d->net[PLOT_CHOICE].n_sources;
    return n ? n : d->n_latents;
}
static int place_in_choice(const plot_disrnn *d, int latent)
{
    const plot_net *net = &d->net[PLOT_CHOICE];
    return net->n_sources ? plot_source_find(net, PLOT_LATENT, latent) : latent;
}

// One row of the image (or the only curve): all x at one y.
static dsc_status row_compute(const choosing *k, int row)
{
    const plot_net *net = &k->d->net[PLOT_CHOICE];
    plot_choice *c = k->c;
    const int A = k->net->n_out, n = inputs_of_choice(k->d);
    const int x = place_in_choice(k->d, c->x), y = c->y < 0 ? -1 : place_in_choice(k->d, c->y);
    for (int i = 0; i < c->n; i++) {
        double *v = k->v + i * n;
        memset(v, 0, (size_t)n * sizeof *v);
        for (int s = 0; k->embedding && s < net->n_sources; s++)
            if (net->source[s].kind == PLOT_SUBJECT) v[s] = k->embedding[net->source[s].index];
        v[x] = c->state[i];
        if (y >= 0) v[y] = c->state[row];
    }
    DSC_TRY(k->net->run(k->net->user, c->n, k->v, k->logits));
    for (int i = 0; i < c->n; i++)
        c->logit[row * c->n + i] = k->logits[i * A + 1] - k->logits[i * A];
    return DSC_OK;
}

static dsc_status choice_rows(dsc_context *ctx, choosing *k)
{
    plot_choice *c = k->c;
    const size_t n = (size_t)c->n, rows = c->y >= 0 ? n : 1;
    const size_t sources = (size_t)inputs_of_choice(k->d);
    DSC_TRY(dsc_alloc(ctx, n, sizeof *c->state, &c->state));
    DSC_TRY(dsc_alloc(ctx, n * rows, sizeof *c->logit, &c->logit));
    DSC_TRY(dsc_alloc(ctx, n * (sources + (size_t)k->net->n_out), sizeof *k->v, &k->v));
    k->logits = k->v + n * sources;
    for (int i = 0; i < c->n; i++) c->state[i] = grid(i, c->n, c->limit);
    dsc_status status = DSC_OK;
    for (int row = 0; row < (int)rows && status == DSC_OK; row++) status = row_compute(k, row);
    dsc_free(ctx, &k->v);
    return status;
}

dsc_status plot_choice_compute(dsc_context *ctx, const plot_disrnn *d, const plot_ask *net,
                               const double *embedding, double limit, plot_choice *c)
{
    plot_choice made = {.n = 100, .limit = limit_of(d, limit)};
    choosing k = {.d = d, .net = net, .embedding = embedding, .c = &made};
    DSC_TRY(plot_influential(ctx, d, PLOT_CHOICE, &made.n_influential, &made.x, &made.y));
    dsc_status status = made.n_influential ? choice_rows(ctx, &k) : DSC_OK;
    if (status == DSC_OK) *c = made;
    else plot_choice_free(ctx, &made);
    return status;
}

void plot_choice_free(dsc_context *ctx, plot_choice *c)
{
    dsc_free(ctx, &c->state);
    dsc_free(ctx, &c->logit);
}
