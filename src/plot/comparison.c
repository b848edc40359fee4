// SPDX-License-Identifier: Apache-2.0
// comparison.c — figures of a comparison of runs.
//   differences  what every model loses against the best: a dot per subject, the mean with its
//                interval
//   selection    how probable it is that a model is the most frequent one among subjects
#include <math.h>

#include "plot/internal.h"

enum { LABEL_LETTERS = 24 };

static const dsc_compared *ranked(const dsc_comparison *c, int rank)
{
    return &c->model[c->order[rank]];
}

// ---- the frame that both share: a row per model, named on the left ------------------------------

typedef struct frame {
    double left, bottom, width, height; // of the axes, in millimetres
    int first, n_rows;                  // ranks of the models
} frame;

static frame frame_make(const dsc_comparison *c, int first)
{
    char label[128];
    int longest = 0;
    for (int i = first; i < c->n_models; i++) {
        const int n = plot_characters(plot_name(ranked(c, i)->name, LABEL_LETTERS, label, 128));
        longest = n > longest ? n : longest;
    }
    const double left = 5 + PLOT_LETTER * longest, rows = 7 * (c->n_models - first);
    return (frame){left, 12, PLOT_COLUMN - left - 6, rows, first, c->n_models - first};
}

static void frame_draw(plot_page *p, const dsc_comparison *c, const frame *f, const char *title)
{
    char label[128];
    plot_panel(p, f->left, f->bottom, f->width, f->height);
    plot_text(p, f->left + f->width / 2, f->bottom + f->height + 3, "center", title);
    plot_gp(p, "set yrange [%g:0.4]\nset border 1\nset ytics (", f->n_rows + 0.6);
    for (int i = 0; i < f->n_rows; i++)
        plot_gp(p, "%s%q %d", i ? ", " : "",
                plot_name(ranked(c, f->first + i)->name, LABEL_LETTERS, label, 128), i + 1);
    plot_gp(p, ") scale 0\n");
}

// ---- differences --------------------------------------------------------------------------------

static dsc_measure deciding(const dsc_comparison *c)
{
    const bool penalised = c->evidence == DSC_EVIDENCE_BIC || c->evidence == DSC_EVIDENCE_LAPLACE;
    return penalised && c->n_subjects > 1 ? DSC_MEASURE_EVIDENCE : DSC_MEASURE_NLL;
}

// What a model loses against the best one; positive: worse.
static double subject_loss(const dsc_compared *best, const dsc_compared *m, int i, dsc_measure of)
{
    const dsc_subject_score *x = &best->subject[i], *y = &m->subject[i];
    if (of == DSC_MEASURE_EVIDENCE) return x->log_evidence - y->log_evidence;
    return (y->nll - x->nll) / x->n_trials;
}

static dsc_interval mean_loss(const dsc_comparison *c, int rank, dsc_measure of)
{
    const dsc_interval x = dsc_comparison_difference(c, c->order[0], c->order[rank], of)->balanced;
    if (of == DSC_MEASURE_EVIDENCE) return x;
    return (dsc_interval){-x.value, -x.high, -x.low};
}

// Dots of a row are spread evenly and always alike (multiples of the golden ratio).
static double spread(int i)
{
    return 0.4 * (fmod(0.6180339887498949 * (i + 1), 1) - 0.5);
}

static void differences_data(plot_page *p, const dsc_comparison *c, dsc_measure of)
{
    plot_csv(p, "row,offset,model,subject,loss,low,high\n");
    for (int rank = 1; rank < c->n_models; rank++) {
        const dsc_interval x = mean_loss(c, rank, of);
        plot_csv(p, "%d,0,%c,,%r,%r,%r\n", rank, ranked(c, rank)->name, x.value, x.low, x.high);
    }
    for (int rank = 1; c->n_subjects > 1 && rank < c->n_models; rank++)
        for (int i = 0; i < c->n_subjects; i++)
            plot_csv(p, "%d,%g,%c,%c,%r,,\n", rank, spread(i), ranked(c, rank)->name, c->subject[i],
                     subject_loss(ranked(c, 0), ranked(c, rank), i, of));
}

// The axis shows 0 and everything else.
static void differences_range(plot_page *p, const dsc_comparison *c, dsc_measure of)
{
    double low = 0, high = 0;
    for (int rank = 1; rank < c->n_models; rank++) {
        const dsc_interval x = mean_loss(c, rank, of);
        low = fmin(low, fmin(x.value, x.low)), high = fmax(high, fmax(x.value, x.high));
        for (int i = 0; c->n_subjects > 1 && i < c->n_subjects; i++) {
            const double loss = subject_loss(ranked(c, 0), ranked(c, rank), i, of);
            low = fmin(low, loss), high = fmax(high, loss);
        }
    }
    const double margin = high > low ? 0.03 * (high - low) : 1;
    plot_gp(p, "set xrange [%g:%g]\nset xtics %g\n", low - margin, high + margin,
            plot_tick_step(high - low + 2 * margin));
}

static void differences_draw(plot_page *p, const dsc_comparison *c, dsc_measure of)
{
    const int n = c->n_models - 1;
    plot_gp(p, "set xlabel '%s'\n",
            of == DSC_MEASURE_NLL ? "Loss in nats per trial" : "Loss in log evidence per subject");
    plot_gp(p, "set arrow from 0, graph 0 to 0, graph 1 nohead dashtype 2 lw 1 lc rgb '%s'\n",
            PLOT_GREY);
    plot_gp(p, "plot ");
    if (c->n_subjects > 1)
        plot_gp(p, "DATA every ::%d using 5:($1+$2) with points pt 7 ps 0.25 lc rgb '%s', \\\n    ",
                n, PLOT_GREY);
    plot_gp(p, "DATA every ::0::%d using 5:1:6:7 with xerrorbars pt 7 ps 0.6 lw 2.2 lc rgb '%s'\n",
            n - 1, plot_colour[PLOT_BLUE]);
}

static dsc_status differences_write(dsc_context *ctx, const dsc_comparison *c, const char *folder)
{
    plot_page p;
    char title[192], label[128];
    const dsc_measure of = deciding(c);
    const frame f = frame_make(c, 1);
    snprintf(title, sizeof title, "Against %s, %d %ss",
             plot_name(ranked(c, 0)->name, LABEL_LETTERS, label, 128), c->n_units, c->unit);
    plot_page_begin(&p, ctx, folder, "differences", 1, PLOT_COLUMN, f.bottom + f.height + 8);
    differences_data(&p, c, of);
    differences_range(&p, c, of);
    frame_draw(&p, c, &f, title);
    differences_draw(&p, c, of);
    return plot_page_end(&p);
}

// ---- selection ----------------------------------------------------------------------------------

static void selection_data(plot_page *p, const dsc_comparison *c)
{
    plot_csv(p, "row,model,frequency,exceedance,protected_exceedance\n");
    for (int i = 0; i < c->n_models; i++) {
        const dsc_compared *m = ranked(c, i);
        plot_csv(p, "%d,%c,%r,%r,%r\n", i + 1, m->name, m->frequency, m->exceedance,
                 m->protected_exceedance);
    }
}

static dsc_status selection_write(dsc_context *ctx, const dsc_comparison *c, const char *folder)
{
    plot_page p;
    const frame f = frame_make(c, 0);
    plot_page_begin(&p, ctx, folder, "selection", 1, PLOT_COLUMN, f.bottom + f.height + 8);
    selection_data(&p, c);
    frame_draw(&p, c, &f, "Bars: protected exceedance; dots: frequency");
    plot_gp(&p, "set xrange [0:1]\nset xtics 0.25\nset xlabel 'Probability'\n");
    plot_gp(&p, "set arrow from %g, graph 0 to %g, graph 1 nohead dashtype 2 lw 1 lc rgb '%s'\n",
            1.0 / c->n_models, 1.0 / c->n_models, PLOT_GREY);
    plot_gp(
        &p,
        "plot DATA using ($5/2):1:($5/2):(0.3) with boxxyerror fs solid noborder lc rgb '%s', \\\n",
        plot_colour[PLOT_SKY]);
    plot_gp(&p, "    DATA using 3:1 with points pt 7 ps 0.6 lc rgb '%s'\n",
            plot_colour[PLOT_BLACK]);
    return plot_page_end(&p);
}

// ---- both ---------------------------------------------------------------------------------------

static const char *const names[] = {"differences", "selection"};

const char *dsc_comparison_figure_at(int i)
{
    return i >= 0 && i < 2 ? names[i] : NULL;
}

dsc_status plot_comparison_write(dsc_context *ctx, const dsc_comparison *c, const char *folder)
{
    DSC_TRY(differences_write(ctx, c, folder));
    return c->selected ? selection_write(ctx, c, folder) : DSC_OK;
}
