// SPDX-License-Identifier: Apache-2.0
// spreads.c — the parameters of a classical model over subjects: mean, standard deviation and
// quartiles, group by group if a column of the table says who belongs together.
#include <math.h>
#include <string.h>

#include "report/internal.h"

enum { MOST_GROUPS = 16, LABEL_BYTES = 128 };

typedef struct groups {
    int n; // 0: none asked for
    double value[MOST_GROUPS];
    char label[MOST_GROUPS][LABEL_BYTES];
    int *of; // [fits]; -1: none
} groups;

// ---- groups -------------------------------------------------------------------------------------

// The value of a column for a subject; NaN: none.
static double labelled_value(const dsc_table *t, const dsc_column *c, const char *label)
{
    for (int s = 0; s < t->n_sessions; s++) {
        const dsc_session *it = &t->session[s];
        if (strcmp(t->subject[it->subject], label) != 0) continue;
        for (size_t i = it->first; i < it->first + (size_t)it->n_trials; i++)
            if (!isnan(c->value[i])) return c->value[i];
    }
    return NAN;
}

static void group_label(const dsc_column *c, double value, char *out)
{
    char number[32];
    const int code = (int)value;
    const bool text = c->n_labels > 0 && code >= 0 && code < c->n_labels;
    snprintf(out, LABEL_BYTES, "%s", text ? c->label[code] : dsc_format_number(value, number));
}

static int group_of(groups *g, const dsc_column *c, double value)
{
    int k = 0;
    if (isnan(value)) return -1;
    while (k < g->n && g->value[k] != value) k++;
    if (k < g->n) return k;
    if (g->n == MOST_GROUPS) return -1;
    g->value[k] = value;
    group_label(c, value, g->label[k]);
    return g->n++;
}

static dsc_status groups_read(report *r, const dsc_run *run, const dsc_estimates *e, groups *g)
{
    dsc_table *t = NULL;
    if (!r->o->group) return DSC_OK;
    DSC_TRY(dsc_run_data(r->ctx, run, &t, NULL));
    const dsc_column *c = dsc_table_column(t, r->o->group);
    const dsc_status status = dsc_arena_alloc(r->arena, (size_t)e->n_groups, sizeof *g->of, &g->of);
    for (int i = 0; status == DSC_OK && c && i < e->n_groups; i++)
        g->of[i] = group_of(g, c, labelled_value(t, c, e->subject[i]));
    dsc_table_destroy(r->ctx, &t);
    return status;
}

// ---- a row --------------------------------------------------------------------------------------

// Of the values x [n], which are sorted.
static void spread_row(report_page *p, const char *name, const char *group, int n, double *x)
{
    double mean = 0, squares = 0;
    dsc_sort_numbers(n, x);
    for (int i = 0; i < n; i++) mean += x[i] / n;
    for (int i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    report_row(p, "htdggggggg", name, group, n, n ? mean : NAN,
               n > 1 ? sqrt(squares / (n - 1)) : NAN, n ? x[0] : NAN, dsc_quantile(n, x, 0.25),
               dsc_quantile(n, x, 0.5), dsc_quantile(n, x, 0.75), n ? x[n - 1] : NAN);
}

// Of those that were fitted, in a group (-1: all).
static void group_row(report_page *p, const dsc_estimates *e, int i, const groups *g, int group,
                      double *x)
{
    int n = 0;
    for (int k = 0; k < e->n_groups; k++) {
        const double value = e->value[k * e->n_parameters + i];
        if (!isnan(value) && (group < 0 || g->of[k] == group)) x[n++] = value;
    }
    spread_row(p, e->parameter[i], group < 0 ? "all" : g->label[group], n, x);
}

static dsc_status say_spreads(report *r, report_page *p, const dsc_run *run, const dsc_estimates *e)
{
    static const char *const columns[] = {"parameter", "group",    "#n",    "#mean",
                                          "#SD",       "#lowest",  "#25 %", "#median",
                                          "#75 %",     "#highest", NULL};
    double *x;
    groups g = {0};
    DSC_TRY(groups_read(r, run, e, &g));
    DSC_TRY(dsc_arena_alloc(r->arena, (size_t)e->n_groups, sizeof *x, &x));
    report_table_begin(p, columns, "Estimates over %ss%h%s: mean, standard deviation, quartiles",
                       run->config.fit.group, g.n ? " by " : "", g.n ? r->o->group : "");
    for (int i = 0; i < e->n_parameters; i++)
        for (int k = -1; k < g.n; k++) group_row(p, e, i, &g, k, x);
    report_table_end(p);
    return p->out.status;
}

// ---- what the parameters are --------------------------------------------------------------------

static void range_words(const dsc_cog_parameter *q, char *out, size_t size)
{
    char low[32], high[32];
    dsc_format_number(q->lowest, low);
    dsc_format_number(q->highest, high);
    const char *blank = *q->unit ? " " : "";
    if (isinf(q->lowest) && isinf(q->highest)) snprintf(out, size, "any%s%s", blank, q->unit);
    else if (isinf(q->highest)) snprintf(out, size, "from %s%s%s", low, blank, q->unit);
    else if (isinf(q->lowest)) snprintf(out, size, "up to %s%s%s", high, blank, q->unit);
    else snprintf(out, size, "%s to %s%s%s", low, high, blank, q->unit);
}

// The prior counts in a fit by maximum a posteriori only.
static void say_meanings(report_page *p, const dsc_run *run)
{
    const dsc_cog *cog = run->model->cog;
    const bool prior = strcmp(run->config.fit.method, "map") == 0;
    const char *columns[] = {"parameter", "meaning", "range", prior ? "prior" : NULL, NULL};
    char range[128], density[96];
    report_table_begin(p, columns, "What the parameters are");
    for (int i = 0; i < dsc_cog_parameter_count(cog); i++) {
        const dsc_cog_parameter *q = dsc_cog_parameter_at(cog, i);
        range_words(q, range, sizeof range);
        if (prior)
            report_row(p, "httt", q->name, q->meaning, range, dsc_density_text(&q->prior, density));
        else report_row(p, "htt", q->name, q->meaning, range);
    }
    report_table_end(p);
}

dsc_status report_spreads(report *r, report_page *p, const report_run *run, const dsc_estimates *e)
{
    say_meanings(p, run->run);
    if (!e || e->n_groups < 2) return p->out.status;
    DSC_TRY(report_figures(r, p, run, REPORT_PARAMETERS, NULL));
    return say_spreads(r, p, run->run, e);
}
