// SPDX-License-Identifier: Apache-2.0
// decisions.c — the clicks before the choice of every session, for figures of tasks in which a
// session is one decision.
#include <string.h>

#include "plot/predictions.h"

bool plot_hears_clicks(const dsc_run *run)
{
    int n = 0;
    for (int i = 0; i < run->n_inputs; i++)
        n += strcmp(run->inputs[i], "left") == 0 || strcmp(run->inputs[i], "right") == 0;
    return n == 2 && run->n_actions == 2 && !strstr(run->config.loss, "mse");
}

// The row of a session's last free choice among those that are asked about; -1 without one.
static int decision_row(const plot_series *s, int session)
{
    const dsc_session *it = &s->table->session[session];
    int first, row;
    plot_series_trials(s, session, &first, &row);
    while (--row >= first)
        if (dsc_choice_counted(&s->choices, it->first + (size_t)row) >= 0) return row;
    return -1;
}

static int longest_session(const dsc_table *t)
{
    int longest = 1;
    for (int s = 0; s < t->n_sessions; s++)
        if (t->session[s].n_trials > longest) longest = t->session[s].n_trials;
    return longest;
}

static void decision_add(const plot_series *s, const double *left, const double *right, int session,
                         int row, plot_decisions *d)
{
    const size_t first = s->table->session[session].first;
    double *bin = d->clicks + (size_t)d->n * (size_t)d->n_bins;
    for (int r = 0; r <= row; r++) {
        const int k = (row - r) * d->n_bins / d->n_rows;
        if (k < d->n_bins) bin[k] += right[first + (size_t)r] - left[first + (size_t)r];
    }
    d->right[d->n++] = plot_series_chance(s, first + (size_t)row, 1);
}

dsc_status plot_decisions_read(dsc_context *ctx, const plot_series *s, plot_decisions *d)
{
    const dsc_column *left = dsc_table_column(s->table, "left");
    const dsc_column *right = dsc_table_column(s->table, "right");
    const size_t n = (size_t)s->table->n_sessions;
    plot_decisions made = *d;
    DSC_REQUIRE(
        ctx, left && right, DSC_INPUT,
        "%s has no columns \"left\" and \"right\", the clicks: choose a task or a file that "
        "has them (discern tasks poisson_clicks)",
        s->table->path ? s->table->path : "the simulated table");
    if (made.n_rows == 0) made.n_rows = longest_session(s->table);
    made.n = 0;
    DSC_TRY(dsc_alloc(ctx, n, sizeof *made.right, &made.right));
    const dsc_status status =
        dsc_alloc(ctx, n * (size_t)made.n_bins, sizeof *made.clicks, &made.clicks);
    if (status != DSC_OK) return dsc_free(ctx, &made.right), status;
    for (int k = 0; k < s->table->n_sessions; k++) {
        const int row = decision_row(s, k);
        if (row >= 0) decision_add(s, left->value, right->value, k, row, &made);
    }
    *d = made;
    return DSC_OK;
}

void plot_decisions_free(dsc_context *ctx, plot_decisions *d)
{
    dsc_free(ctx, &d->right);
    dsc_free(ctx, &d->clicks);
}
