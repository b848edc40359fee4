// SPDX-License-Identifier: Apache-2.0
// click_kernel.c — when do clicks count? Logistic regression of the choice on the clicks (right
// minus left) of ten stretches of time before it: of choices, with 95 % intervals, and of the
// probabilities that the model predicts. A flat kernel weighs all clicks alike; one that falls
// towards the choice weighs early ones more (a bound was met), one that rises forgets them.
#include <math.h>

#include "plot/predictions.h"

// Holds weights off infinity where clicks decide without exception; else too small to be seen.
#define RIDGE 0.05

// d->clicks of every decision, and 1 for the bias.
static dsc_status rows_make(dsc_context *ctx, const plot_decisions *d, double **rows)
{
    const size_t n = (size_t)d->n_bins;
    double *x;
    DSC_TRY(dsc_alloc(ctx, (size_t)d->n * (n + 1) + 1, sizeof *x, &x));
    for (size_t i = 0; i < (size_t)d->n; i++) {
        for (size_t k = 0; k < n; k++) x[i * (n + 1) + k] = d->clicks[i * n + k];
        x[i * (n + 1) + n] = 1;
    }
    *rows = x;
    return DSC_OK;
}

dsc_status plot_click_kernel_compute(dsc_context *ctx, const plot_series *s, int *n_rows,
                                     double *weight, double *error)
{
    plot_decisions d = {.n_bins = PLOT_KERNEL_BINS, .n_rows = *n_rows};
    double *x = NULL;
    DSC_TRY(plot_decisions_read(ctx, s, &d));
    dsc_status status = rows_make(ctx, &d, &x);
    if (status == DSC_OK)
        status = plot_logit_fit(ctx, &(plot_logit){.n_rows = d.n,
                                                   .n_columns = PLOT_KERNEL_BINS + 1,
                                                   .x = x,
                                                   .y = d.right,
                                                   .ridge = RIDGE,
                                                   .weight = weight,
                                                   .error = error});
    *n_rows = d.n_rows;
    dsc_free(ctx, &x);
    plot_decisions_free(ctx, &d);
    return status;
}

static const int shape[PLOT_SERIES] = {7, 5, 9};

static dsc_status series_write(dsc_context *ctx, plot_page *p, const plot_series *s, int k,
                               int *n_rows)
{
    double weight[PLOT_KERNEL_BINS + 1], error[PLOT_KERNEL_BINS + 1];
    DSC_TRY(plot_click_kernel_compute(ctx, s, n_rows, weight, error));
    const double wide = (double)*n_rows / PLOT_KERNEL_BINS;
    for (int b = PLOT_KERNEL_BINS - 1; b >= 0; b--) {
        const double half = k == PLOT_MODEL ? NAN : 1.959963984540054 * error[b];
        plot_csv(p, "%s,%r,%r,%r,%r,%r,%r,%d\n", plot_series_name[k], -(b + 1) * wide, -b * wide,
                 -(b + 0.5) * wide, weight[b], weight[b] - half, weight[b] + half, k);
    }
    return DSC_OK;
}

static void page_draw(plot_page *p, const plot_people *q, int n_rows)
{
    plot_text(p, 16, p->height - 3, "left", plot_people_part(q));
    plot_series_key(p, q->n, shape);
    plot_panel(p, 16, 11, 64, 41);
    plot_gp(p,
            "set xrange [%g:0]\nset yrange [*<0:0<*]\nset ylabel 'Weight of a click (log odds)' "
            "offset 1.2, 0\n"
            "set xlabel 'Steps before the choice' offset 0, 0.3\n"
            "set arrow from graph 0, first 0 to graph 1, first 0 nohead lw 0.5 lc rgb '" PLOT_GREY
            "' back\nplot ",
            -(double)n_rows);
    plot_series_curves(p, q->n, shape, 4, 8);
}

static dsc_status page_write(dsc_context *ctx, const plot_people *q, const char *folder)
{
    plot_page p;
    int n_rows = 0;
    dsc_status status = DSC_OK;
    plot_page_begin(&p, ctx, folder, "click_kernel", 1, PLOT_COLUMN, 64);
    plot_csv(&p, "series,from,to,middle,weight,low,high,series_number\n");
    for (int k = 0; status == DSC_OK && k < q->n; k++)
        status = series_write(ctx, &p, &q->series[k], k, &n_rows);
    page_draw(&p, q, n_rows);
    if (status != DSC_OK) p.csv.status = status;
    return plot_page_end(&p);
}

dsc_status plot_click_kernel(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                             const char *folder)
{
    plot_people q;
    DSC_TRY(plot_choosers_read(ctx, run, o, &q));
    const dsc_status status = page_write(ctx, &q, folder);
    plot_people_free(ctx, &q);
    return status;
}
