// SPDX-License-Identifier: Apache-2.0
// seeds.c — update curves of the latents that seeds share: the mean over seeds, and as a band the
// lowest to the highest seed, in the units of the reference. A row per latent, a panel per setting
// of the observations.
#include <math.h>

#include "plot/fleet.h"

enum { PER_ROW = 4, ROWS = 4 };
#define LEFT  15.0
#define SIDE  33.0
#define GAP   4.0
#define BELOW 10.0
#define ABOVE 11.0

typedef struct sheet {
    plot_page p;
    const plot_agreement *a;
    int row; // of the data, where the next curve begins
} sheet;

// Mean, lowest, highest over the seeds that have it; NaN if none has.
static int point_of(const plot_agreement *a, const plot_agreed *x, int setting, int k, double *mean,
                    double *low, double *high)
{
    int n = 0;
    *mean = 0, *low = INFINITY, *high = -INFINITY;
    for (int s = 0; s < a->n_seeds; s++) {
        const double y = x->delta[(setting * a->n_seeds + s) * x->n_points + k];
        if (isnan(y)) continue;
        *mean += y;
        *low = fmin(*low, y);
        *high = fmax(*high, y);
        n++;
    }
    *mean /= n;
    if (n == 0) *low = *high = NAN;
    return n;
}

static void data_write(sheet *h, const plot_agreed *x)
{
    double mean, low, high;
    for (int s = 0; s < x->n_settings; s++)
        for (int k = 0; k < x->n_points; k++) {
            const int n = point_of(h->a, x, s, k, &mean, &low, &high);
            plot_csv(&h->p, "%d,%d,%c,%r,%d,%r,%r,%r\n", x->latent + 1, s + 1, x->title[s],
                     x->state[k], n, mean, low, high);
        }
}

static double limit_of(const plot_agreement *a, const plot_agreed *x)
{
    double mean, low, high, limit = 1e-3;
    for (int i = 0; i < x->n_settings * x->n_points; i++) {
        point_of(a, x, i / x->n_points, i % x->n_points, &mean, &low, &high);
        limit = fmax(limit, fmax(fabs(low), fabs(high)));
    }
    return 1.08 * limit;
}

static void panel_draw(sheet *h, const plot_agreed *x, int line, int s, double limit)
{
    const int last = h->row + x->n_points - 1;
    const double left = LEFT + s * (SIDE + GAP);
    const double bottom = h->p.height - (line + 1) * (BELOW + SIDE + ABOVE) + BELOW;
    const double low = x->state[0], high = x->state[x->n_points - 1];
    plot_gp(&h->p, "\nunset label\nunset ylabel\nset format y '%s'\n", s ? "" : "%g");
    plot_panel(&h->p, left, bottom, SIDE, SIDE);
    plot_gp(&h->p, "set xrange [%g:%g]\nset yrange [%g:%g]\nset xtics %g\nset ytics %g\n", low,
            high, -limit, limit, plot_tick_step(fmax(high - low, 1e-9)), plot_tick_step(limit));
    plot_gp(&h->p, "set xlabel 'Latent %d'\n", x->latent + 1);
    if (s == 0) plot_gp(&h->p, "set ylabel 'Δ Latent %d' offset 1.2, 0\n", x->latent + 1);
    plot_text(&h->p, left + SIDE / 2, bottom + SIDE + 5.5, "center", x->title[s]);
    plot_gp(&h->p,
            "plot DATA using 4:7:8 every ::%d::%d with filledcurves fc rgb '%s' fs transparent "
            "solid 0.4 noborder, \\\n",
            h->row, last, plot_colour[PLOT_SKY]);
    plot_gp(&h->p, "    0 with lines lw 0.7 lc rgb '%s', \\\n", PLOT_GREY);
    plot_gp(&h->p, "    DATA using 4:6 every ::%d::%d with lines lw 1.5 lc rgb '%s'\n", h->row,
            last, plot_colour[PLOT_BLUE]);
}

static void latent_draw(sheet *h, const plot_agreed *x, int line)
{
    const double limit = limit_of(h->a, x);
    data_write(h, x);
    for (int s = 0; s < x->n_settings; s++, h->row += x->n_points)
        if (s < PER_ROW) panel_draw(h, x, line, s, limit);
}

static int columns_of(const plot_agreement *a, int n)
{
    int columns = 2;
    for (int i = 0; i < n; i++)
        if (a->latent[i].n_settings > columns) columns = a->latent[i].n_settings;
    return columns < PER_ROW ? columns : PER_ROW;
}

static void note_what_is_left_out(const plot_agreement *a, dsc_context *ctx, int n)
{
    bool wide = false;
    for (int i = 0; i < n; i++) wide |= a->latent[i].n_settings > PER_ROW;
    if (a->n > n || wide)
        dsc_note(
            ctx, DSC_NOTE,
            "seeds: the %d most open of %d latents are drawn, and of each the first %d kinds of "
            "trials; the table of the figure has all kinds",
            n, a->n, PER_ROW);
}

dsc_status plot_seeds_draw(dsc_context *ctx, const plot_fleet *f, const plot_agreement *a,
                           const char *folder)
{
    const int n = a->n < ROWS ? a->n : ROWS, columns = columns_of(a, n);
    sheet h = {.a = a};
    (void)f;
    if (n == 0) return DSC_OK;
    note_what_is_left_out(a, ctx, n);
    plot_page_begin(&h.p, ctx, folder, "seeds", 1, LEFT + columns * (SIDE + GAP),
                    n * (BELOW + SIDE + ABOVE));
    plot_csv(&h.p, "latent,setting,title,state,n_seeds,delta,delta_low,delta_high\n");
    plot_gp(&h.p, "set multiplot\n");
    for (int i = 0; i < n; i++) latent_draw(&h, &a->latent[i], i);
    plot_gp(&h.p, "unset multiplot\n");
    return plot_page_end(&h.p);
}
