// SPDX-License-Identifier: Apache-2.0
// learning.c — how soon is the better option found? Probability of the option that paid better in a
// block (of the session, if the table has no blocks) over the trials of the block: choices,
// predictions, simulated choices, with 95 % intervals over subjects (sessions, if there is one).
// The better option is the one whose mean outcome in the block was higher; blocks in which fewer
// than two options were tried, or two were best, tell nothing. What was better is known only
// afterwards, so chance lies a little above 1/n in the first trials; it does for all series alike.
#include <math.h>
#include <string.h>

#include "plot/predictions.h"

enum { MOST_BINS = 40, MOST_OPTIONS = 64 };

// ---- blocks -------------------------------------------------------------------------------------

typedef struct block {
    int session, n_trials;
    size_t first;
} block;

// The block that starts at trial `t` of a session.
static block block_at(const plot_series *s, int session, int t)
{
    const dsc_session *it = &s->table->session[session];
    const dsc_column *column = dsc_table_column(s->table, "block");
    block b = {.session = session, .first = it->first + (size_t)t};
    int end = t + 1;
    while (end < it->n_trials && (!column || !(column->value[it->first + (size_t)end] !=
                                               column->value[it->first + (size_t)end - 1])))
        end++;
    b.n_trials = end - t;
    return b;
}

// Calls `visit` for all blocks of a series that have trials to ask about.
static void blocks_visit(const plot_series *s, void (*visit)(void *user, const block *b),
                         void *user)
{
    for (int k = 0; k < s->table->n_sessions; k++) {
        int first, last;
        plot_series_trials(s, k, &first, &last);
        for (int t = 0; t < last;) {
            const block b = block_at(s, k, t);
            t += b.n_trials;
            if (t > first) visit(user, &b);
        }
    }
}

static int better_option(const plot_series *s, const block *b)
{
    double sum[MOST_OPTIONS] = {0}, count[MOST_OPTIONS] = {0};
    int best = -1, tried = 0;
    bool tie = false;
    for (size_t i = b->first; i < b->first + (size_t)b->n_trials; i++) {
        const int choice = dsc_choice_made(&s->choices, i);
        if (choice < 0 || choice >= MOST_OPTIONS || isnan(s->outcome->value[i])) continue;
        sum[choice] += s->outcome->value[i], count[choice]++;
    }
    for (int a = 0; a < s->choices.n_actions && a < MOST_OPTIONS; a++) {
        if (count[a] == 0) continue;
        const double lead = best < 0 ? 1 : sum[a] / count[a] - sum[best] / count[best];
        tie = lead == 0 || (tie && lead < 0);
        if (lead > 0) best = a;
        tried++;
    }
    return tried > 1 && !tie ? best : -1;
}

// ---- curves -------------------------------------------------------------------------------------

typedef struct collector {
    const plot_series *s;
    int n, n_bins, width;
    double *length;      // [n] of the blocks
    double *sum, *count; // [n_units][n_bins]
} collector;

static void length_take(void *user, const block *b)
{
    collector *c = user;
    if (c->length) c->length[c->n] = b->n_trials;
    c->n++;
}

static void block_add(void *user, const block *b)
{
    collector *c = user;
    const int better = better_option(c->s, b);
    const int at = plot_series_unit(c->s, b->session) * c->n_bins;
    int first, last;
    plot_series_trials(c->s, b->session, &first, &last);
    const size_t start = c->s->table->session[b->session].first;
    for (int t = 0; better >= 0 && t < b->n_trials && t / c->width < c->n_bins; t++) {
        const size_t i = b->first + (size_t)t;
        if (i < start + (size_t)first || i >= start + (size_t)last) continue;
        if (dsc_choice_counted(&c->s->choices, i) < 0) continue;
        c->sum[at + t / c->width] += plot_series_chance(c->s, i, better);
        c->count[at + t / c->width]++;
    }
}

// As many trials as half of the blocks have.
static dsc_status bins_choose(dsc_context *ctx, const plot_series *s, plot_learning_curves *l)
{
    collector c = {.s = s};
    blocks_visit(s, length_take, &c);
    DSC_TRY(dsc_alloc(ctx, (size_t)c.n + 1, sizeof *c.length, &c.length));
    c.n = 0;
    blocks_visit(s, length_take, &c);
    dsc_sort_numbers(c.n, c.length);
    const int n = c.n ? (int)dsc_quantile(c.n, c.length, 0.5) : 1;
    l->width = (n + MOST_BINS - 1) / MOST_BINS;
    l->n_bins = n / l->width;
    dsc_free(ctx, &c.length);
    return DSC_OK;
}

dsc_status plot_learning_compute(dsc_context *ctx, const plot_series *s, plot_learning_curves *l)
{
    plot_learning_curves made = *l;
    collector c = {.s = s};
    if (made.n_bins == 0) DSC_TRY(bins_choose(ctx, s, &made));
    c.n_bins = made.n_bins, c.width = made.width;
    const size_t n = (size_t)s->n_units * (size_t)c.n_bins;
    DSC_TRY(dsc_alloc(ctx, n + 1, sizeof *c.sum, &c.sum));
    const dsc_status status = dsc_alloc(ctx, n + 1, sizeof *c.count, &c.count);
    if (status != DSC_OK) return dsc_free(ctx, &c.sum), status;
    blocks_visit(s, block_add, &c);
    for (size_t i = 0; i < n; i++) c.sum[i] = c.count[i] > 0 ? c.sum[i] / c.count[i] : NAN;
    dsc_free(ctx, &c.count);
    made.better = c.sum;
    *l = made;
    return DSC_OK;
}

// ---- files --------------------------------------------------------------------------------------

static dsc_status series_write(plot_page *p, const plot_series *s, int k, plot_learning_curves *l)
{
    double *own = NULL;
    bool any = false;
    DSC_TRY(dsc_alloc(p->ctx, (size_t)s->n_units, sizeof *own, &own));
    const dsc_status status = plot_learning_compute(p->ctx, s, l);
    for (int b = 0; status == DSC_OK && b < l->n_bins; b++) {
        int n;
        for (int u = 0; u < s->n_units; u++) own[u] = l->better[u * l->n_bins + b];
        const dsc_interval a = plot_average(s->n_units, own, &n);
        any = any || n > 0;
        plot_csv(p, "%g,%s,%d,%r,%r,%r,%d\n", b * l->width + 0.5 * (l->width + 1),
                 plot_series_name[k], n, a.value, a.low, a.high, k);
    }
    dsc_free(p->ctx, &l->better);
    dsc_free(p->ctx, &own);
    if (status != DSC_OK || any || k != PLOT_DATA) return status;
    return dsc_fail(p->ctx, DSC_INPUT,
                    "in no %s of %s were two options tried of which one paid better",
                    dsc_table_column(s->table, "block") ? "block" : "session",
                    s->table->path ? s->table->path : "the simulation");
}

static void page_fill(plot_page *p, const plot_people *q, const plot_learning_curves *l)
{
    static const int square[PLOT_SERIES] = {5, 5, 5};
    const bool blocks = dsc_table_column(q->series[PLOT_DATA].table, "block") != NULL;
    plot_panel(p, 16, 10, 66, 40);
    plot_text(p, 16, p->height - 3, "left", plot_people_part(q));
    plot_series_key(p, q->n, square);
    plot_gp(p, "set xrange [0.5:%g]\nset xlabel 'Trial of the %s'\n", l->n_bins * l->width + 0.5,
            blocks ? "block" : "session");
    plot_gp(p, "set yrange [0:1]\nset ytics 0.25\nset ylabel 'P(better option)' offset 1.2, 0\n");
    plot_gp(p, "plot %g with lines dashtype 2 lw 0.8 lc rgb '%s'",
            1.0 / q->series[0].choices.n_actions, PLOT_GREY);
    for (int k = 0; k < q->n; k++)
        plot_gp(p,
                ", \\\n    DATA using ($7==%d ? $1 : NaN):5:6 with filledcurves fc rgb '%s' fs "
                "transparent solid 0.18 noborder",
                k, plot_series_colour(k));
    for (int k = 0; k < q->n; k++)
        plot_gp(p, ", \\\n    DATA using ($7==%d ? $1 : NaN):4 with lines lw 1.4 lc rgb '%s'", k,
                plot_series_colour(k));
    plot_gp(p, "\n");
}

dsc_status plot_learning(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                         const char *folder)
{
    plot_people q;
    plot_page p;
    plot_learning_curves l = {.n_bins = 0};
    dsc_status status = DSC_OK;
    DSC_TRY(plot_people_read(ctx, run, o, &q));
    plot_page_begin(&p, ctx, folder, "learning", 1, PLOT_COLUMN, 63);
    plot_csv(&p, "trial,series,n,better,low,high,series_number\n");
    for (int k = 0; status == DSC_OK && k < q.n; k++)
        status = series_write(&p, &q.series[k], k, &l);
    if (status == DSC_OK) page_fill(&p, &q, &l);
    else p.csv.status = status;
    plot_people_free(ctx, &q);
    return plot_page_end(&p);
}
