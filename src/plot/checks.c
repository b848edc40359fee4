// SPDX-License-Identifier: Apache-2.0
// checks.c — behavioural checks on one page: what measures.c asks of the data, of the model on the
// same histories and of simulated choices, means over units with 95 % intervals; and how far model
// and simulation are from the data, beside what chance alone makes.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plot/predictions.h"

enum { PANELS = 6, STAY = 0, OUTCOMES, CHOICES, RUNS, REVERSALS, DISTANCES };
#define LEFT   14.0
#define ACROSS 58.0
#define WIDE   42.0
#define HIGH   34.0
#define DOWN   52.0

typedef struct checks {
    dsc_context *ctx;
    plot_people *q;
    uint64_t seed;
    plot_page p;
    double *value[PLOT_MEASURES][PLOT_SERIES]; // [n_units][n]
    plot_distance distance[PLOT_MEASURES][PLOT_SERIES];
} checks;

// ---- computing ----------------------------------------------------------------------------------

static bool same_subjects(const dsc_table *a, const dsc_table *b)
{
    bool same = a->n_subjects == b->n_subjects && a->n_subjects > 1;
    for (int i = 0; same && i < a->n_subjects; i++)
        same = strcmp(a->subject[i], b->subject[i]) == 0;
    return same;
}

static dsc_status measure_take(checks *c, int m)
{
    const plot_series *data = &c->q->series[PLOT_DATA];
    for (int k = 0; k < c->q->n; k++) {
        const plot_series *s = &c->q->series[k];
        const size_t n = (size_t)s->n_units * (size_t)plot_measures[m].n;
        DSC_TRY(dsc_alloc(c->ctx, n + 1, sizeof(double), &c->value[m][k]));
        DSC_TRY(plot_measures[m].compute(c->ctx, s, data, c->value[m][k]));
        const plot_units from = {s->n_units, c->value[m][k]},
                         to = {data->n_units, c->value[m][PLOT_DATA]};
        const bool paired = k == PLOT_MODEL || same_subjects(s->table, data->table);
        if (k != PLOT_DATA)
            DSC_TRY(plot_distance_compute(c->ctx, plot_measures[m].n, &from, &to, paired, c->seed,
                                          &c->distance[m][k]));
    }
    return DSC_OK;
}

static bool has_measure(const checks *c, int m)
{
    return !isnan(c->distance[m][PLOT_MODEL].distance.value);
}

// ---- data ---------------------------------------------------------------------------------------

// The panel of a component, and where it stands there.
static int panel_of(int m, int component, double *x)
{
    static const int panel[PLOT_MEASURES] = {STAY, OUTCOMES, RUNS, REVERSALS};
    *x = m == 0 ? component : m == 3 ? component - PLOT_BEFORE : component + 1;
    if (m != 1 || component < PLOT_LAGS) return panel[m];
    *x -= PLOT_LAGS;
    return CHOICES;
}

static dsc_status series_write(checks *c, int m, int k)
{
    double *own = NULL, x;
    const int n_units = c->q->series[k].n_units, n = plot_measures[m].n;
    DSC_TRY(dsc_alloc(c->ctx, (size_t)n_units + 1, sizeof *own, &own));
    for (int i = 0; i < n; i++) {
        int used;
        const int panel = panel_of(m, i, &x);
        for (int u = 0; u < n_units; u++) own[u] = c->value[m][k][u * n + i];
        const dsc_interval a = plot_average(n_units, own, &used);
        plot_csv(&c->p, "%d,%s,%s,%d,%g,%d,%r,%r,%r,\n", panel, plot_measures[m].name,
                 plot_series_name[k], k, x, used, a.value, a.low, a.high);
    }
    dsc_free(c->ctx, &own);
    return DSC_OK;
}

static dsc_status data_write(checks *c)
{
    plot_csv(&c->p, "panel,measure,series,series_number,x,n,value,low,high,chance\n");
    for (int m = 0; m < PLOT_MEASURES; m++)
        for (int k = 0; k < c->q->n; k++) DSC_TRY(series_write(c, m, k));
    for (int m = 0; m < PLOT_MEASURES; m++)
        for (int k = 1; k < c->q->n; k++) {
            const plot_distance *d = &c->distance[m][k];
            if (isnan(d->distance.value)) continue;
            plot_csv(&c->p, "%d,%s,%s,%d,%d,%d,%r,%r,%r,%r\n", DISTANCES, plot_measures[m].name,
                     plot_series_name[k], k, m, c->q->series[k].n_units, d->distance.value,
                     d->distance.low, d->distance.high, d->chance);
        }
    return DSC_OK;
}

// ---- drawing ------------------------------------------------------------------------------------

static const int shape[PLOT_SERIES] = {7, 5, 9};

static void panel_begin(checks *c, int panel, const char *title)
{
    const double left = LEFT + (panel % 3) * ACROSS, bottom = panel < 3 ? DOWN + 11 : 11;
    plot_gp(&c->p, "\nunset label\nunset logscale\nset xtics autofreq\nset ytics autofreq\n");
    plot_panel(&c->p, left, bottom, WIDE, HIGH);
    plot_text(&c->p, left, bottom + HIGH + 2.5, "left", title);
    if (panel > STAY) return;
    plot_series_key(&c->p, c->q->n, shape);
    plot_text(&c->p, LEFT, c->p.height - 3, "left", plot_people_part(c->q));
}

static void points_draw(checks *c, int panel, double spread, bool lines)
{
    for (int k = 0; k < c->q->n; k++)
        plot_gp(&c->p,
                "%sDATA using ($1==%d && $4==%d ? $5+%g : NaN):7:8:9 with yerrorbars pt %d ps 0.4 "
                "lw 1 lc rgb '%s'",
                k ? ", \\\n    " : "", panel, k, spread * (k - 0.5 * (c->q->n - 1)), shape[k],
                plot_series_colour(k));
    for (int k = 0; lines && k < c->q->n; k++)
        plot_gp(&c->p,
                ", \\\n    DATA using ($1==%d && $4==%d ? $5+%g : NaN):7 with lines lw 1 lc rgb "
                "'%s'",
                panel, k, spread * (k - 0.5 * (c->q->n - 1)), plot_series_colour(k));
    plot_gp(&c->p, "\n");
}

// Where points lie close together.
static void bands_draw(checks *c, int panel)
{
    for (int k = 0; k < c->q->n; k++)
        plot_gp(&c->p,
                "%sDATA using ($1==%d && $4==%d ? $5 : NaN):8:9 with filledcurves fc rgb '%s' fs "
                "transparent solid 0.18 noborder",
                k ? ", \\\n    " : "", panel, k, plot_series_colour(k));
    for (int k = 0; k < c->q->n; k++)
        plot_gp(&c->p,
                ", \\\n    DATA using ($1==%d && $4==%d ? $5 : NaN):7 with linespoints pt %d ps "
                "0.3 lw 1 lc rgb '%s'",
                panel, k, shape[k], plot_series_colour(k));
    plot_gp(&c->p, "\n");
}

static void stay_draw(checks *c)
{
    static const char *const tic[PLOT_HISTORIES] = {"–", "+", "– –", "– +", "+ –", "+ +"};
    panel_begin(c, STAY, "Staying");
    plot_gp(&c->p, "set xrange [-0.5:%g]\nset yrange [0:1]\nset ytics 0.25\nset xtics scale 0 (",
            PLOT_HISTORIES - 0.5);
    for (int h = 0; h < PLOT_HISTORIES; h++) plot_gp(&c->p, "%s'%s' %d", h ? ", " : "", tic[h], h);
    plot_gp(&c->p,
            ")\nset xlabel 'Last outcomes'\nset ylabel 'P(repeat the choice)' offset 1.2, 0\n"
            "plot ");
    points_draw(c, STAY, 0.2, false);
    plot_gp(&c->p, "set xtics scale 0.5, 0.25\n");
}

static void weights_draw(checks *c, int panel)
{
    panel_begin(c, panel, panel == OUTCOMES ? "Weights of outcomes" : "Weights of choices");
    plot_gp(&c->p, "set xrange [0.5:%g]\nset yrange [*:*]\nset xtics 1\n", PLOT_LAGS + 0.5);
    plot_gp(&c->p, "set xlabel 'Trials back'\nset ylabel 'Weight (logit)' offset 1.2, 0\n");
    plot_gp(&c->p, "plot 0 with lines lw 0.6 lc rgb '%s', \\\n    ", PLOT_GREY);
    points_draw(c, panel, 0.12, true);
}

static void runs_draw(checks *c)
{
    panel_begin(c, RUNS, "Runs of the same choice");
    plot_gp(&c->p, "set xrange [0.5:%g]\nset yrange [0:1]\nset ytics 0.25\nset xtics 2\n",
            PLOT_RUNS + 0.5);
    plot_gp(&c->p, "set xlabel 'Length'\nset ylabel 'P(run is longer)' offset 1.2, 0\nplot ");
    points_draw(c, RUNS, 0.12, true);
}

static void reversals_draw(checks *c)
{
    if (!has_measure(c, 3)) return;
    panel_begin(c, REVERSALS, "Reversals");
    plot_gp(&c->p, "set xrange [%g:%g]\nset yrange [0:1]\nset ytics 0.25\nset xtics 5\n",
            -PLOT_BEFORE - 0.5, PLOT_AFTER - 0.5);
    plot_gp(&c->p, "set xlabel 'Trial from the reversal'\n"
                   "set ylabel 'P(newly better option)' offset 1.2, 0\n");
    plot_gp(&c->p,
            "set arrow 1 from -0.5, graph 0 to -0.5, graph 1 nohead dashtype 3 lc rgb '%s'\nplot ",
            PLOT_GREY);
    bands_draw(c, REVERSALS);
    plot_gp(&c->p, "unset arrow 1\n");
}

// How far right the points and whiskers of the last panel reach; at least to the line at 1.
static double distances_reach(const checks *c)
{
    double most = 1;
    for (int m = 0; m < PLOT_MEASURES; m++)
        for (int k = 1; k < c->q->n; k++) {
            const plot_distance *d = &c->distance[m][k];
            const double high = fmax(d->distance.value, d->distance.high) / d->chance;
            if (isfinite(high)) most = fmax(most, high);
        }
    return most;
}

// In units of what chance makes: right of the line, the difference is real. A point out of sight
// makes the axis reach the line, and be one where nothing could be measured.
static void distances_draw(checks *c)
{
    panel_begin(c, DISTANCES, "Distance from the data");
    plot_gp(&c->p, "set xrange [0:*]\nset xtics %g\nset yrange [%g:-0.5]\nset ytics scale 0 (",
            plot_tick_step(distances_reach(c)), PLOT_MEASURES - 0.5);
    static const char *const label[PLOT_MEASURES] = {"Staying", "Weights", "Runs", "Reversals"};
    for (int m = 0, n = 0; m < PLOT_MEASURES; m++)
        if (has_measure(c, m)) plot_gp(&c->p, "%s'%s' %d", n++ ? ", " : "", label[m], m);
    plot_gp(&c->p, ")\nunset ylabel\nset xlabel 'Distance / what chance makes'\n");
    plot_gp(&c->p,
            "set arrow 1 from 1, graph 0 to 1, graph 1 nohead dashtype 2 lc rgb '%s'\n"
            "plot DATA using (1):(99) with dots",
            PLOT_GREY);
    for (int k = 1; k < c->q->n; k++)
        plot_gp(
            &c->p,
            ", \\\n    DATA using ($1==%d && $4==%d ? $7/$10 : NaN):($5+%g):($8/$10):($9/$10) with "
            "xerrorbars pt %d ps 0.4 lw 1 lc rgb '%s'",
            DISTANCES, k, 0.2 * (k - 0.5 * c->q->n), shape[k], plot_series_colour(k));
    plot_gp(&c->p, "\nunset arrow 1\n");
}

static void page_fill(checks *c)
{
    plot_gp(&c->p, "set multiplot\n");
    stay_draw(c);
    weights_draw(c, OUTCOMES);
    weights_draw(c, CHOICES);
    runs_draw(c);
    reversals_draw(c);
    distances_draw(c);
    plot_gp(&c->p, "unset multiplot\n");
}

// ---- words --------------------------------------------------------------------------------------

static void differences_note(const checks *c)
{
    for (int m = 0; m < PLOT_MEASURES; m++)
        for (int k = 1; k < c->q->n; k++) {
            const plot_distance *d = &c->distance[m][k];
            if (!(d->distance.value > d->chance)) continue;
            dsc_note(c->ctx, DSC_NOTE,
                     "checks: %s of %s: distance %.3g from the data (95 %% interval %.3g to %.3g), "
                     "more than chance makes (%.3g)",
                     plot_measures[m].title,
                     k == PLOT_MODEL ? "the model on the same histories" : "the simulated choices",
                     d->distance.value, d->distance.low, d->distance.high, d->chance);
        }
}

static dsc_status checks_make(checks *c, const char *folder)
{
    dsc_status status = DSC_OK;
    for (int m = 0; m < PLOT_MEASURES && status == DSC_OK; m++) status = measure_take(c, m);
    if (status != DSC_OK) return status;
    plot_page_begin(&c->p, c->ctx, folder, "checks", 1, PLOT_PAGE, 2 * DOWN + 11);
    status = data_write(c);
    page_fill(c);
    if (status != DSC_OK) c->p.csv.status = status;
    differences_note(c);
    return plot_page_end(&c->p);
}

dsc_status plot_checks(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                       const char *folder)
{
    plot_people q;
    checks c = {.ctx = ctx, .q = &q, .seed = o->seed};
    DSC_TRY(plot_people_read(ctx, run, o, &q));
    const dsc_status status = checks_make(&c, folder);
    for (int m = 0; m < PLOT_MEASURES; m++)
        for (int k = 0; k < PLOT_SERIES; k++) dsc_free(ctx, &c.value[m][k]);
    plot_people_free(ctx, &q);
    return status;
}
