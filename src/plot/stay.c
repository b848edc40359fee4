// SPDX-License-Identifier: Apache-2.0
// stay.c — is a choice repeated after it paid? Probability to repeat the last choice by what the
// last trial and the last two paid: choices, predictions on the same histories, simulated choices.
// Means over subjects of each subject's mean (over sessions if there is one subject), with 95 %
// intervals.
#include <math.h>
#include <string.h>

#include "plot/predictions.h"

// ---- what paid ----------------------------------------------------------------------------------

// Whether at most two values occur; their middle, or 0 with one.
static bool is_binary(const dsc_column *outcome, size_t n, double *middle)
{
    double low = NAN, high = NAN;
    for (size_t i = 0; i < n; i++) {
        const double x = outcome->value[i];
        if (isnan(x) || x == low || x == high) continue;
        if (!isnan(high)) return false;
        if (isnan(low)) low = x;
        else high = x;
    }
    *middle = isnan(high) ? 0 : (low + high) / 2;
    return true;
}

static double session_median(const dsc_session *s, const dsc_column *outcome, double *scratch)
{
    int n = 0;
    for (size_t i = s->first; i < s->first + (size_t)s->n_trials; i++)
        if (!isnan(outcome->value[i])) scratch[n++] = outcome->value[i];
    dsc_sort_numbers(n, scratch);
    return dsc_quantile(n, scratch, 0.5);
}

dsc_status plot_paid_thresholds(dsc_context *ctx, const dsc_table *t, const dsc_column *outcome,
                                double *threshold, bool *continuous)
{
    double middle = 0, *scratch = NULL;
    *continuous = !is_binary(outcome, t->n_trials, &middle);
    if (*continuous) DSC_TRY(dsc_alloc(ctx, t->n_trials, sizeof *scratch, &scratch));
    for (int s = 0; s < t->n_sessions; s++)
        threshold[s] = *continuous ? session_median(&t->session[s], outcome, scratch) : middle;
    dsc_free(ctx, &scratch);
    return DSC_OK;
}

// ---- staying ------------------------------------------------------------------------------------

// Whether a trial paid, 0 or 1; -1 if it has no choice or no outcome.
static int paid_at(const plot_series *s, size_t trial, double threshold)
{
    const double x = s->outcome->value[trial];
    return isnan(x) || dsc_choice_made(&s->choices, trial) < 0 ? -1 : x > threshold;
}

static void session_add(const plot_series *s, int session, double threshold, double *sum,
                        double *count)
{
    const dsc_session *it = &s->table->session[session];
    int first, end;
    plot_series_trials(s, session, &first, &end);
    for (int t = first > 1 ? first : 1; t < end; t++) {
        const size_t i = it->first + (size_t)t;
        const int last = paid_at(s, i - 1, threshold);
        const int before = t > 1 ? paid_at(s, i - 2, threshold) : -1;
        if (last < 0 || dsc_choice_counted(&s->choices, i) < 0) continue;
        const double stay = plot_series_chance(s, i, dsc_choice_made(&s->choices, i - 1));
        sum[last] += stay, count[last]++;
        if (before >= 0) sum[2 + 2 * before + last] += stay, count[2 + 2 * before + last]++;
    }
}

dsc_status plot_stay_compute(dsc_context *ctx, const plot_series *s, double *stay)
{
    double *threshold = NULL, *count = NULL;
    bool continuous;
    const size_t n = (size_t)s->n_units * PLOT_HISTORIES;
    dsc_status status = dsc_alloc(ctx, (size_t)s->table->n_sessions, sizeof *threshold, &threshold);
    if (status == DSC_OK) status = dsc_alloc(ctx, n, sizeof *count, &count);
    if (status == DSC_OK)
        status = plot_paid_thresholds(ctx, s->table, s->outcome, threshold, &continuous);
    if (status == DSC_OK) {
        memset(stay, 0, n * sizeof *stay);
        for (int k = 0; k < s->table->n_sessions; k++) {
            const int at = plot_series_unit(s, k) * PLOT_HISTORIES;
            session_add(s, k, threshold[k], stay + at, count + at);
        }
        for (size_t i = 0; i < n; i++) stay[i] = count[i] > 0 ? stay[i] / count[i] : NAN;
    }
    dsc_free(ctx, &count);
    dsc_free(ctx, &threshold);
    return status;
}

// ---- files --------------------------------------------------------------------------------------

static const char *const history_name[PLOT_HISTORIES] = {"0", "1", "00", "01", "10", "11"};

static dsc_status series_write(dsc_context *ctx, plot_page *p, const plot_series *s, int k)
{
    double *stay = NULL, *own = NULL;
    dsc_status status = dsc_alloc(ctx, (size_t)s->n_units * PLOT_HISTORIES, sizeof *stay, &stay);
    if (status == DSC_OK) status = dsc_alloc(ctx, (size_t)s->n_units, sizeof *own, &own);
    if (status == DSC_OK) status = plot_stay_compute(ctx, s, stay);
    for (int h = 0; status == DSC_OK && h < PLOT_HISTORIES; h++) {
        int n;
        for (int u = 0; u < s->n_units; u++) own[u] = stay[u * PLOT_HISTORIES + h];
        const dsc_interval a = plot_average(s->n_units, own, &n);
        plot_csv(p, "%d,%s,%s,%d,%r,%r,%r,%d,%d\n", h < 2 ? 1 : 2, history_name[h],
                 plot_series_name[k], n, a.value, a.low, a.high, h < 2 ? h : h - 2, k);
    }
    dsc_free(ctx, &own);
    dsc_free(ctx, &stay);
    return status;
}

static const int shape[PLOT_SERIES] = {7, 5, 9};

static void panel_draw(plot_page *p, const plot_people *q, int lag)
{
    static const char *const tic[PLOT_HISTORIES] = {"–", "+", "– –", "– +", "+ –", "+ +"};
    const int n = lag == 1 ? 2 : 4;
    plot_gp(p, "\nset xrange [-0.5:%g]\nset xtics scale 0 (", n - 0.5);
    for (int h = 0; h < n; h++)
        plot_gp(p, "%s'%s' %d", h ? ", " : "", tic[lag == 1 ? h : 2 + h], h);
    plot_gp(p, ")\nset xlabel 'Last %s' offset 0, 0.3\nplot ",
            lag == 1 ? "outcome" : "two outcomes");
    for (int k = 0; k < q->n; k++)
        plot_gp(p,
                "%sDATA using ($1==%d && $9==%d ? $8+%g : NaN):5:6:7 with yerrorbars pt %d ps 0.45 "
                "lw 1 lc rgb '%s'",
                k ? ", \\\n    " : "", lag, k, 0.2 * (k - 0.5 * (q->n - 1)), shape[k],
                plot_series_colour(k));
    plot_gp(p, "\n");
}

static void page_fill(plot_page *p, const plot_people *q, bool continuous)
{
    char title[160];
    snprintf(title, sizeof title, "%s; +: %s", plot_people_part(q),
             continuous ? "above the session's median" : "paid");
    plot_text(p, 16, p->height - 3, "left", title);
    plot_series_key(p, q->n, shape);
    plot_gp(p, "set yrange [0:1]\nset ytics 0.25\nset ylabel 'P(repeat the choice)' offset 1.2, 0\n"
               "set multiplot\n");
    plot_panel(p, 16, 10, 21, 40);
    panel_draw(p, q, 1);
    plot_gp(p, "unset label\nset format y ''\nunset ylabel\n");
    plot_panel(p, 41, 10, 41, 40);
    panel_draw(p, q, 2);
    plot_gp(p, "unset multiplot\n");
}

static dsc_status page_write(dsc_context *ctx, plot_people *q, const char *folder)
{
    plot_page p;
    bool continuous = false;
    double *threshold = NULL;
    const plot_series *data = &q->series[PLOT_DATA];
    DSC_TRY(dsc_alloc(ctx, (size_t)data->table->n_sessions, sizeof *threshold, &threshold));
    dsc_status status =
        plot_paid_thresholds(ctx, data->table, data->outcome, threshold, &continuous);
    dsc_free(ctx, &threshold);
    if (status != DSC_OK) return status;
    plot_page_begin(&p, ctx, folder, "stay", 1, PLOT_COLUMN, 63);
    plot_csv(&p, "lag,history,series,n,stay,low,high,x,series_number\n");
    for (int k = 0; status == DSC_OK && k < q->n; k++)
        status = series_write(ctx, &p, &q->series[k], k);
    page_fill(&p, q, continuous);
    if (status != DSC_OK) p.csv.status = status;
    return plot_page_end(&p);
}

dsc_status plot_stay(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                     const char *folder)
{
    plot_people q;
    DSC_TRY(plot_people_read(ctx, run, o, &q));
    const dsc_status status = page_write(ctx, &q, folder);
    plot_people_free(ctx, &q);
    return status;
}
