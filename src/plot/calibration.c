// SPDX-License-Identifier: Apache-2.0
// calibration.c — are the predicted probabilities true? Predictions in ten bins against observed
// frequencies, with 95 % intervals (Wilson 1927) and the number of trials in each bin.
// Two options: the probability of option 1. More: every option of every trial is one prediction.
#include <math.h>

#include "plot/predictions.h"

#define Z 1.959963984540054 // normal quantile of 0.975

// ---- numbers ------------------------------------------------------------------------------------

void plot_bin_add(plot_bin bins[PLOT_BINS], double p, bool hit)
{
    int k = (int)(p * PLOT_BINS);
    plot_bin *b = &bins[k < 0 ? 0 : k >= PLOT_BINS ? PLOT_BINS - 1 : k];
    b->n++;
    b->hits += hit;
    b->predicted += p;
}

dsc_interval plot_wilson(double n, double hits)
{
    if (!(n > 0)) return (dsc_interval){NAN, NAN, NAN};
    const double f = hits / n, middle = (f + Z * Z / (2 * n)) / (1 + Z * Z / n);
    const double half = Z / (1 + Z * Z / n) * sqrt(f * (1 - f) / n + Z * Z / (4 * n * n));
    return (dsc_interval){f, fmax(0, middle - half), fmin(1, middle + half)};
}

void plot_bin_finish(plot_bin bins[PLOT_BINS])
{
    for (int k = 0; k < PLOT_BINS; k++) {
        plot_bin *b = &bins[k];
        const dsc_interval share = plot_wilson((double)b->n, (double)b->hits);
        b->predicted = b->n > 0 ? b->predicted / (double)b->n : NAN;
        b->observed = share.value;
        b->low = share.low;
        b->high = share.high;
    }
}

static void trial_add(plot_bin bins[PLOT_BINS], const plot_predictions *r, size_t trial)
{
    int choice = dsc_choice_counted(&r->choices, trial), n = r->evaluation->n_actions;
    const double *log_p = r->evaluation->log_p + trial * (size_t)n;
    if (choice < 0) return;
    for (int a = n == 2 ? 1 : 0; a < n; a++) plot_bin_add(bins, exp(log_p[a]), choice == a);
}

static void bins_fill(plot_bin bins[PLOT_BINS], const plot_predictions *r)
{
    for (int s = 0; s < r->table->n_sessions; s++) {
        const dsc_session *session = &r->table->session[s];
        int first, last;
        plot_judged_trials(r, s, &first, &last);
        for (int t = first; t < last; t++) trial_add(bins, r, session->first + (size_t)t);
    }
    plot_bin_finish(bins);
}

// ---- files --------------------------------------------------------------------------------------

static void data_write(plot_page *p, const plot_bin bins[PLOT_BINS])
{
    plot_csv(p, "bin_low,bin_high,n,chosen,predicted,observed,low,high\n");
    for (int k = 0; k < PLOT_BINS; k++) {
        const plot_bin *b = &bins[k];
        plot_csv(p, "%r,%r,%l,%l,%r,%r,%r,%r\n", k / (double)PLOT_BINS, (k + 1) / (double)PLOT_BINS,
                 b->n, b->hits, b->predicted, b->observed, b->low, b->high);
    }
}

static void counts_draw(plot_page *p)
{
    plot_panel(p, 16, 11, 44, 11);
    plot_gp(p, "set xtics 0.25\nset yrange [0:*]\nset ytics autofreq\nset format y '%s'\n",
            "%.0s%c");
    plot_gp(p, "set ylabel 'Count' offset 0.8, 0\nset xlabel 'Predicted probability'\n");
    plot_gp(p, "stats DATA using 3 nooutput\nset ytics (0, STATS_max)\n");
    plot_gp(p, "set style fill solid\n");
    plot_gp(p, "plot DATA using ($1+0.05):3:(0.088) with boxes lc rgb '%s'\n", PLOT_GREY);
}

static void curve_draw(plot_page *p, const char *title)
{
    plot_panel(p, 16, 26, 44, 44);
    plot_text(p, 38, 73.5, "center", title);
    plot_gp(p, "set xrange [0:1]\nset yrange [0:1]\nset xtics 0.25 format ''\nset ytics 0.25\n");
    plot_gp(p, "set ylabel 'Observed frequency' offset 0.8, 0\n");
    plot_gp(p, "plot x with lines dashtype 2 lw 1 lc rgb '%s', \\\n", PLOT_GREY);
    plot_gp(p, "    DATA using 5:6 with lines lw 1 lc rgb '%s', \\\n", plot_colour[PLOT_BLUE]);
    plot_gp(p, "    DATA using 5:6:7:8 with yerrorbars pt 7 ps 0.45 lw 1 lc rgb '%s'\n",
            plot_colour[PLOT_BLUE]);
    plot_gp(p, "unset label\nset format x '%s'\n", "%g");
}

dsc_status plot_calibration(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                            const char *folder)
{
    plot_predictions r;
    plot_page p;
    plot_bin bins[PLOT_BINS] = {{0}};
    char title[96];
    DSC_TRY(plot_predict(ctx, run, o->pool, 0, NULL, &r));
    const bool only_heldout = r.any_heldout;
    bins_fill(bins, &r);
    plot_predictions_free(ctx, &r);
    snprintf(title, sizeof title, "%s, %s", only_heldout ? "Held-out trials" : "All trials",
             run->n_actions == 2 ? "option 1" : "all options");
    plot_page_begin(&p, ctx, folder, "calibration", 1, 64, 77);
    data_write(&p, bins);
    plot_gp(&p, "set multiplot\n");
    curve_draw(&p, title);
    counts_draw(&p);
    plot_gp(&p, "unset multiplot\n");
    return plot_page_end(&p);
}
