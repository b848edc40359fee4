// SPDX-License-Identifier: Apache-2.0
// parameters.c — estimates of every parameter: a panel each, in it a dot per subject (or session)
// in ascending order, its standard error as a whisker, the median as a line; groups of subjects
// side by side. An open dot lies on a bound, a triangle lies beyond the axis. Five panels to a
// page.
#include <math.h>
#include <string.h>

#include "plot/internal.h"

enum { PANELS = 5, MOST_DRAWN = 600 };
#define LEFT  14.0
#define WIDTH 68.0
#define PANEL 20.0
#define PITCH 31.0
#define BELOW 13.0

typedef struct view {
    dsc_context *ctx;
    const dsc_cog *cog;
    const dsc_estimates *e;
    plot_groups groups;
    int *group;        // [n_groups of e] of every row
    int *order;        // [n_groups of e] rows by group, then by value
    double *ascending; // [n_groups of e] values in that order
    int start[PLOT_GROUPS + 2];
} view;

// ---- rows and their groups ----------------------------------------------------------------------

static int subject_find(const dsc_table *t, const char *label)
{
    int i = 0;
    while (i < t->n_subjects && strcmp(t->subject[i], label) != 0) i++;
    return i < t->n_subjects ? i : -1;
}

static dsc_status rows_group(view *v, const dsc_run *run, const char *column)
{
    dsc_table *t = NULL;
    DSC_TRY(dsc_run_data(v->ctx, run, &t, NULL));
    dsc_status status = plot_groups_read(v->ctx, t, column, &v->groups);
    for (int k = 0; status == DSC_OK && k < v->e->n_groups; k++) {
        const int i = subject_find(t, v->e->subject[k]);
        if (i >= 0) v->group[k] = v->groups.of[i];
        else
            status = dsc_fail(v->ctx, DSC_INPUT,
                              "%s/fit.csv: subject \"%s\" is not in %s, so it has no %s; fit again",
                              run->path, v->e->subject[k], t->path, column);
    }
    dsc_table_destroy(v->ctx, &t);
    return status;
}

static dsc_status view_make(view *v, const dsc_run *run, const char *column)
{
    const size_t n = (size_t)v->e->n_groups;
    DSC_TRY(dsc_alloc(v->ctx, n, sizeof *v->group, &v->group));
    DSC_TRY(dsc_alloc(v->ctx, n, sizeof *v->order, &v->order));
    DSC_TRY(dsc_alloc(v->ctx, n, sizeof *v->ascending, &v->ascending));
    v->groups.n = 1;
    if (column) DSC_TRY(rows_group(v, run, column));
    for (int g = 0, at = 0; g < v->groups.n; g++) {
        for (int k = 0; k < v->e->n_groups; k++) at += v->group[k] == g;
        v->start[g + 1] = at;
    }
    return DSC_OK;
}

static double estimate(const view *v, int k, int i)
{
    return v->e->value[k * v->e->n_parameters + i];
}

// Fills order and ascending for a parameter; equal values keep the order of fit.csv, and what is
// not a number comes last.
static void rows_sort(view *v, int i)
{
    int at = 0;
    for (int g = 0; g < v->groups.n; g++)
        for (int k = 0; k < v->e->n_groups; k++) {
            if (v->group[k] != g) continue;
            int j = at++;
            const double x = isnan(estimate(v, k, i)) ? INFINITY : estimate(v, k, i);
            for (; j > v->start[g] && v->ascending[j - 1] > x; j--)
                v->ascending[j] = v->ascending[j - 1], v->order[j] = v->order[j - 1];
            v->ascending[j] = x, v->order[j] = k;
        }
}

static double median(const view *v, int g)
{
    int n = v->start[g + 1] - v->start[g];
    while (n > 0 && isinf(v->ascending[v->start[g] + n - 1])) n--;
    return dsc_quantile(n, v->ascending + v->start[g], 0.5);
}

// Groups are apart by a twentieth of all rows.
static double place(const view *v, int g, double rank)
{
    return 1 + v->start[g] + rank + g * 0.05 * v->e->n_groups;
}

// ---- data ---------------------------------------------------------------------------------------

static void parameter_write(plot_page *p, const view *v, int i, int panel)
{
    const dsc_estimates *e = v->e;
    for (int g = 0; g < v->groups.n; g++)
        for (int j = v->start[g]; j < v->start[g + 1]; j++) {
            const int k = v->order[j], at = k * e->n_parameters + i;
            plot_csv(p, "%s,%c,%c,%c,", e->parameter[i], v->groups.label[g], e->subject[k],
                     e->session[k]);
            plot_csv(p, "%r,%r,%r,%r,", e->value[at], e->error[at], e->value[at] - e->error[at],
                     e->value[at] + e->error[at]);
            plot_csv(p, "%d,%g,%r,%d,%d\n", e->bound[at], place(v, g, j - v->start[g]),
                     median(v, g), panel, g);
        }
}

// ---- drawing ------------------------------------------------------------------------------------

typedef struct span {
    double low, high;
    bool logarithmic;
} span;

// A positive parameter without an upper bound that spans decades.
static bool range_log(const dsc_cog_parameter *c, int n, const double *ascending, span *s)
{
    const double low = dsc_quantile(n, ascending, 0.05), high = dsc_quantile(n, ascending, 0.95);
    if (c->lowest < 0 || isfinite(c->highest) || !(high > 100 * fmax(low, 0))) return false;
    if (!(dsc_quantile(n, ascending, 0.5) > 0) || !(high > 10)) return false;
    *s = (span){fmax(low, 1e-5 * high), fmax(ascending[n - 1], 3 * high), true};
    return true;
}

// A bounded parameter shows all of its range. Others show what is estimated, and whiskers as far as
// the middle nine tenths reach on either side.
static span range_of(const view *v, int i, double *scratch)
{
    const dsc_cog_parameter *c = dsc_cog_parameter_at(v->cog, i);
    const dsc_estimates *e = v->e;
    span s = {INFINITY, -INFINITY, false};
    int n = 0;
    if (isfinite(c->lowest) && isfinite(c->highest)) return (span){c->lowest, c->highest, false};
    for (int k = 0; k < e->n_groups; k++)
        if (!isnan(estimate(v, k, i))) scratch[n++] = estimate(v, k, i);
    dsc_sort_numbers(n, scratch);
    if (range_log(c, n, scratch, &s)) return s;
    const double q = dsc_quantile(n, scratch, 0.05), reach = dsc_quantile(n, scratch, 0.95) - q;
    for (int k = 0; k < e->n_groups; k++) {
        const double x = estimate(v, k, i), error = e->error[k * e->n_parameters + i];
        s.low = fmin(s.low, fmax(x - (isnan(error) ? 0 : error), q - reach));
        s.high = fmax(s.high, fmin(x + (isnan(error) ? 0 : error), q + 2 * reach));
    }
    s.low = fmax(s.low, c->lowest), s.high = fmin(s.high, c->highest);
    if (s.low < s.high) return s;
    const double x = n ? scratch[0] : 0, margin = fmax(fabs(x) * 0.1, 0.1);
    return (span){x - margin, x + margin, false};
}

static const char *group_colour(int g)
{
    static const int order[] = {PLOT_BLUE, PLOT_RED, PLOT_GREEN, PLOT_PINK, PLOT_ORANGE, PLOT_SKY};
    return g < PLOT_GROUPS ? plot_colour[order[g]] : PLOT_GREY;
}

static void axis_write(plot_page *p, const view *v, int i, int panel, const span *s)
{
    const double margin = 0.04 * (s->high - s->low);
    plot_gp(p, "\nPANEL = %d   # %s\nLOW = %g\nHIGH = %g\n", panel, v->e->parameter[i], s->low,
            s->high);
    if (s->logarithmic)
        plot_gp(p, "set yrange [%g:%g]\nset logscale y\nset ytics autofreq\n", s->low * 0.7,
                s->high * 1.4);
    else
        plot_gp(p, "unset logscale y\nset yrange [%g:%g]\nset ytics %g\n", s->low - margin,
                s->high + margin, plot_tick_step((s->high - s->low) / 2));
}

// The name at the axis, the meaning above, and a median over each group.
static void labels_write(plot_page *p, const view *v, int i, double bottom)
{
    const dsc_cog_parameter *c = dsc_cog_parameter_at(v->cog, i);
    char text[160], number[32];
    plot_gp(p, "unset label\n");
    plot_text(p, LEFT, bottom + PANEL + 5, "left",
              plot_label(c->meaning && *c->meaning ? c->meaning : c->name, 52, text, sizeof text));
    for (int g = 0; g < v->groups.n; g++) {
        if (v->start[g] == v->start[g + 1]) continue;
        snprintf(number, sizeof number, "%.3g", median(v, g));
        snprintf(text, sizeof text, "%s%s", v->groups.n > 1 ? "" : "median ", number);
        plot_gp(p, "set label %q at first %g, graph 1.07 center textcolor rgb '%s'\n", text,
                place(v, g, 0.5 * (v->start[g + 1] - v->start[g] - 1)), group_colour(g));
    }
    plot_gp(p, "set ylabel %q offset 1.2, 0\n", plot_label(c->name, 14, text, sizeof text));
}

static void tics_write(plot_page *p, const view *v, bool last)
{
    char label[160], name[128];
    const int letters = (int)(WIDTH / v->groups.n / PLOT_LETTER);
    if (!last || v->groups.n == 1) plot_gp(p, "set xtics scale 0 format ''\n");
    if (last && v->groups.n == 1)
        plot_gp(p, "set xlabel '%d %s%s' offset 0, 0.6\n", v->e->n_groups,
                v->e->session[0][0] ? "session" : "subject",
                v->e->n_groups > 1 ? "s, in ascending order" : "");
    if (!last || v->groups.n == 1) return;
    plot_gp(p, "set xtics scale 0 (");
    for (int g = 0; g < v->groups.n; g++) {
        const int n = v->start[g + 1] - v->start[g];
        snprintf(label, sizeof label, "%s\nn = %d",
                 plot_name(v->groups.label[g], letters, name, sizeof name), n);
        plot_gp(p, "%s%q %g", g ? ", " : "", label, place(v, g, 0.5 * (n - 1)));
    }
    plot_gp(p, ") format '%s'\n", "%g");
}

static void groups_draw(plot_page *p, const view *v)
{
    const int n = v->e->n_groups;
    const double dot = n > 150 ? 0.2 : n > 40 ? 0.28 : 0.45;
    plot_gp(p, "plot DATA using (here(-1) && $7 < HIGH && $8 > LOW ? $10 : NaN):(in($7)):(0):"
               "(in($8)-in($7)) with vectors nohead lw 0.7 lc rgb '#BBBBBB'");
    for (int g = 0; g < v->groups.n; g++) {
        const char *colour = group_colour(g);
        plot_gp(p, ", \\\n    DATA using (here(%d) ? $10 : NaN):11 with lines lw 1.2 lc rgb '%s'",
                g, plot_colour[PLOT_BLACK]);
        plot_gp(p,
                ", \\\n    DATA using (here(%d) && $9==0 && in($5)==$5 ? $10 : NaN):5 with points "
                "pt 7 ps %g lc rgb '%s'",
                g, dot, colour);
        plot_gp(p,
                ", \\\n    DATA using (here(%d) && $9!=0 && in($5)==$5 ? $10 : NaN):5 with points "
                "pt 6 lw 0.6 ps %g lc rgb '%s'",
                g, dot * 1.5, colour);
        plot_gp(p,
                ", \\\n    DATA using (here(%d) && in($5)!=$5 ? $10 : NaN):(in($5)) with points "
                "pt 8 lw 0.8 ps %g lc rgb '%s'",
                g, dot * 1.4, colour);
    }
    plot_gp(p, "\n");
}

static void panel_draw(plot_page *p, view *v, int i, int panel, int n_panels, double *scratch)
{
    const bool last = panel == n_panels - 1;
    const double bottom = BELOW + PITCH * (n_panels - 1 - panel);
    const span s = range_of(v, i, scratch);
    rows_sort(v, i);
    parameter_write(p, v, i, panel);
    axis_write(p, v, i, panel, &s);
    labels_write(p, v, i, bottom);
    tics_write(p, v, last);
    plot_panel(p, LEFT, bottom, WIDTH, PANEL);
    groups_draw(p, v);
}

static dsc_status page_write(view *v, const char *folder, int number, double *scratch)
{
    plot_page p;
    const int first = (number - 1) * PANELS, left = v->e->n_parameters - first;
    const int n = left < PANELS ? left : PANELS, rows = v->e->n_groups;
    plot_page_begin(&p, v->ctx, folder, "parameters", number, PLOT_COLUMN, BELOW + PITCH * n);
    plot_csv(&p, "parameter,group,subject,session,estimate,se,low,high,on_bound,x,median,panel,"
                 "group_number\n");
    plot_gp(&p, "STRIDE = %d   # draws every STRIDE-th dot\n",
            (rows + MOST_DRAWN - 1) / MOST_DRAWN);
    plot_gp(&p, "in(y) = y < LOW ? LOW : y > HIGH ? HIGH : y\n");
    plot_gp(&p, "here(g) = $12 == PANEL && (g < 0 || $13 == g) && int($0) %% STRIDE == 0\n");
    plot_gp(&p, "set xrange [0:%g]\nset multiplot\n",
            place(v, v->groups.n - 1, rows - v->start[v->groups.n - 1]));
    for (int i = 0; i < n; i++) panel_draw(&p, v, first + i, i, n, scratch);
    plot_gp(&p, "unset multiplot\n");
    return plot_page_end(&p);
}

static dsc_status pages_write(view *v, const char *folder)
{
    double *scratch = NULL;
    int number = 0;
    dsc_status status = dsc_alloc(v->ctx, (size_t)v->e->n_groups, sizeof *scratch, &scratch);
    while (status == DSC_OK && number * PANELS < v->e->n_parameters)
        status = page_write(v, folder, ++number, scratch);
    dsc_free(v->ctx, &scratch);
    if (status == DSC_OK) plot_pages_clear(folder, "parameters", number + 1);
    return status;
}

dsc_status plot_parameters(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                           const char *folder)
{
    dsc_estimates *e = NULL;
    DSC_TRY(dsc_estimates_read(ctx, run, &e));
    view v = {.ctx = ctx, .cog = run->model->cog, .e = e};
    dsc_status status = view_make(&v, run, o->group);
    if (status == DSC_OK) status = pages_write(&v, folder);
    dsc_free(ctx, &v.group);
    dsc_free(ctx, &v.order);
    dsc_free(ctx, &v.ascending);
    plot_groups_free(ctx, &v.groups);
    dsc_estimates_destroy(ctx, &e);
    return status;
}
