// SPDX-License-Identifier: Apache-2.0
// psychometric.c — how often the right is chosen by how many more clicks were on the right:
// choices with 95 % intervals (Wilson 1927), the model's predictions of the same decisions, and
// choices that the model makes in a task.
#include <math.h>
#include <string.h>

#include "plot/predictions.h"

enum { BINS = 2 * PLOT_CLICK_BINS + 1 };

static int by_size(double difference, int width)
{
    const int k = (int)lround(difference / width);
    return (k < -PLOT_CLICK_BINS  ? -PLOT_CLICK_BINS
            : k > PLOT_CLICK_BINS ? PLOT_CLICK_BINS
                                  : k) +
           PLOT_CLICK_BINS;
}

// So wide that the bins hold 95 of 100 decisions before the last ones take the rest.
static dsc_status width_choose(dsc_context *ctx, const plot_decisions *d, int *width)
{
    double *size = NULL;
    DSC_TRY(dsc_alloc(ctx, (size_t)d->n + 1, sizeof *size, &size));
    for (int i = 0; i < d->n; i++) size[i] = fabs(d->clicks[i]);
    dsc_sort_numbers(d->n, size);
    const double most = d->n > 0 ? dsc_quantile(d->n, size, 0.95) : 1;
    *width = (int)ceil(most / PLOT_CLICK_BINS);
    if (*width < 1) *width = 1;
    dsc_free(ctx, &size);
    return DSC_OK;
}

dsc_status plot_psychometric_compute(dsc_context *ctx, const plot_series *s, int *width,
                                     plot_click_bin *bins)
{
    plot_decisions d = {.n_bins = 1};
    DSC_TRY(plot_decisions_read(ctx, s, &d));
    dsc_status status = *width > 0 ? DSC_OK : width_choose(ctx, &d, width);
    memset(bins, 0, sizeof *bins * BINS);
    for (int i = 0; i < d.n && status == DSC_OK; i++) {
        plot_click_bin *b = &bins[by_size(d.clicks[i], *width)];
        b->n++;
        b->difference += d.clicks[i];
        b->right += d.right[i];
    }
    plot_decisions_free(ctx, &d);
    for (int k = 0; k < BINS; k++) {
        plot_click_bin *b = &bins[k];
        b->difference /= (double)b->n;
        b->interval = plot_wilson((double)b->n, b->right);
        b->right = b->interval.value;
    }
    return status;
}

static const int shape[PLOT_SERIES] = {7, 5, 9};

static dsc_status series_write(dsc_context *ctx, plot_page *p, const plot_series *s, int k,
                               int *width)
{
    plot_click_bin bins[BINS];
    DSC_TRY(plot_psychometric_compute(ctx, s, width, bins));
    for (int b = 0; b < BINS; b++) {
        const plot_click_bin *at = &bins[b];
        const bool whiskers = k != PLOT_MODEL; // predictions are no draws
        if (at->n > 0)
            plot_csv(p, "%s,%d,%r,%r,%r,%r,%d\n", plot_series_name[k], at->n, at->difference,
                     at->right, whiskers ? at->interval.low : NAN,
                     whiskers ? at->interval.high : NAN, k);
    }
    return DSC_OK;
}

static void page_draw(plot_page *p, const plot_people *q)
{
    plot_text(p, 16, p->height - 3, "left", plot_people_part(q));
    plot_series_key(p, q->n, shape);
    plot_panel(p, 16, 11, 64, 41);
    plot_gp(
        p,
        "set yrange [0:1]\nset ytics 0.25\nset ylabel 'P(choose right)' offset 1.2, 0\n"
        "set xlabel 'Clicks right minus left' offset 0, 0.3\n"
        "set arrow from graph 0, first 0.5 to graph 1, first 0.5 nohead lw 0.5 lc rgb '" PLOT_GREY
        "' back\nplot ");
    plot_series_curves(p, q->n, shape, 3, 7);
}

static dsc_status page_write(dsc_context *ctx, const plot_people *q, const char *folder)
{
    plot_page p;
    int width = 0;
    dsc_status status = DSC_OK;
    plot_page_begin(&p, ctx, folder, "psychometric", 1, PLOT_COLUMN, 64);
    plot_csv(&p, "series,n,difference,right,low,high,series_number\n");
    for (int k = 0; status == DSC_OK && k < q->n; k++)
        status = series_write(ctx, &p, &q->series[k], k, &width);
    page_draw(&p, q);
    if (status != DSC_OK) p.csv.status = status;
    return plot_page_end(&p);
}

dsc_status plot_psychometric(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                             const char *folder)
{
    plot_people q;
    DSC_TRY(plot_choosers_read(ctx, run, o, &q));
    const dsc_status status = page_write(ctx, &q, folder);
    plot_people_free(ctx, &q);
    return status;
}
