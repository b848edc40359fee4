// SPDX-License-Identifier: Apache-2.0
// bottlenecks.c — heat maps of openness 1 - sigma: the latents, what may be known of a subject,
// what every net reads (update nets, which have a target per latent: a row per target, a column per
// source). Sorted by ascending latent sigma; latents keep the numbers that they have in every other
// figure and in `discern show`.
#include <ctype.h>
#include <math.h>

#include "plot/inspect.h"

#define LABEL_LETTERS 18
#define BOXES         4500 // cells beyond this are drawn as an image, to bound the file's size
enum { MOST_PANELS = PLOT_NETS + 2 };

// ---- panels -------------------------------------------------------------------------------------

typedef struct panel {
    const char *name, *title; // in the data; above, before "bottlenecks"
    const plot_net *net;      // NULL: bottlenecks of the latents, or of the subject
    const double *sigma;      // without a net [n_rows]
    plot_kind kind;           // without a net, or with one of many targets: of the rows
    int n_rows, n_columns;
    double left; // millimetres
} panel;

typedef struct layout {
    const plot_disrnn *d;
    int n;
    panel panel[MOST_PANELS];       // the wide one, of the update nets, is the last
    double cell_width, cell_height; // millimetres
    double top, below;              // of the axes; room for the labels of columns
    double width;                   // of the page
} layout;

// Latents in the order of their openness; the others keep their places.
static plot_source ranked(const plot_disrnn *d, plot_source s)
{
    if (s.kind == PLOT_LATENT) s.index = d->order[s.index];
    return s;
}

static plot_source row_source(const plot_disrnn *d, const panel *p, int row)
{
    if (p->net && p->n_columns == 1) return ranked(d, p->net->source[row]);
    return ranked(d, (plot_source){p->kind, row});
}

static plot_source column_source(const plot_disrnn *d, const panel *p, int column)
{
    return ranked(d, p->net->source[column]);
}

static double cell_sigma(const plot_disrnn *d, const panel *p, int row, int column)
{
    const plot_source r = row_source(d, p, row);
    if (!p->net) return p->sigma[r.index];
    if (p->n_columns == 1) return plot_sigma(p->net, r.kind, r.index, 0);
    const plot_source c = column_source(d, p, column);
    return plot_sigma(p->net, c.kind, c.index, r.index);
}

static const char *source_label(const plot_disrnn *d, plot_source s, char out[128])
{
    char name[128];
    plot_label(plot_source_name(d, s, name), LABEL_LETTERS, out, 128);
    if (s.kind != PLOT_INPUT) out[0] = (char)toupper((unsigned char)out[0]);
    return out;
}

static void panels_choose(layout *l, const plot_disrnn *d)
{
    l->d = d;
    l->panel[l->n++] =
        (panel){"latent", "Latent", NULL, d->latent, PLOT_LATENT, d->n_latents, 1, 0};
    if (d->n_subject)
        l->panel[l->n++] =
            (panel){"subject", "Subject", NULL, d->subject, PLOT_SUBJECT, d->n_subject, 1, 0};
    for (int wide = 0; wide < 2; wide++)
        for (int i = 0; i < PLOT_NETS; i++) {
            const plot_net *net = &d->net[i];
            if (net->n_sources == 0 || (i == PLOT_UPDATE) != wide) continue;
            l->panel[l->n++] = (panel){.name = plot_net_called[i].name,
                                       .title = plot_net_called[i].title,
                                       .net = net,
                                       .kind = PLOT_LATENT,
                                       .n_rows = wide ? d->n_latents : net->n_sources,
                                       .n_columns = wide ? net->n_sources : 1};
        }
}

static const panel *wide_panel(const layout *l)
{
    return &l->panel[l->n - 1];
}

// ---- layout -------------------------------------------------------------------------------------

static double clamp(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

static int letters_of(const plot_disrnn *d, const panel *p, int n, bool columns)
{
    int most = 9;
    char label[128];
    for (int i = 0; i < n; i++) {
        const plot_source s = columns ? column_source(d, p, i) : row_source(d, p, i);
        const int letters = plot_characters(source_label(d, s, label));
        most = letters > most ? letters : most;
    }
    return most;
}

// The first and the last panel have numbers for labels, those between have names.
static void panels_place(layout *l)
{
    double left = 11;
    for (int i = 0; i < l->n; i++) {
        panel *p = &l->panel[i];
        if (i > 0 && i < l->n - 1)
            left += fmax(22, 8 + PLOT_LETTER * letters_of(l->d, p, p->n_rows, false));
        if (i == l->n - 1) left += 16;
        p->left = left;
    }
}

static layout layout_make(const plot_disrnn *d)
{
    layout l = {.n = 0};
    panels_choose(&l, d);
    panels_place(&l);
    const panel *wide = wide_panel(&l);
    const int n = wide->n_columns;
    int rows = 0;
    for (int i = 0; i < l.n; i++) rows = l.panel[i].n_rows > rows ? l.panel[i].n_rows : rows;
    l.cell_width = n <= 9 ? 29.0 / n : fmin(4, (PLOT_PAGE - 14 - wide->left) / n);
    l.cell_height = clamp(l.cell_width, 16.0 / rows, 100.0 / rows);
    l.below = 4 + 1.35 * letters_of(d, wide, n, true);
    l.top = fmax(2 + l.below + l.cell_height * d->n_latents, 3 + l.cell_height * rows);
    l.width = fmax(PLOT_COLUMN, wide->left + l.cell_width * n + 11);
    return l;
}

// ---- data ---------------------------------------------------------------------------------------

static void data_write(plot_page *p, const layout *l)
{
    char row[128], column[128];
    plot_csv(p, "panel,row,column,row_label,column_label,sigma,openness\n");
    for (int i = 0; i < l->n; i++)
        for (int r = 0; r < l->panel[i].n_rows; r++)
            for (int c = 0; c < l->panel[i].n_columns; c++) {
                const panel *k = &l->panel[i];
                const double sigma = cell_sigma(l->d, k, r, c);
                const bool wide = k == wide_panel(l);
                plot_csv(p, "%s,%d,%d,%c,%c,%r,%r\n", k->name, r + 1, c + 1,
                         plot_source_name(l->d, row_source(l->d, k, r), row),
                         wide ? plot_source_name(l->d, column_source(l->d, k, c), column) : "",
                         sigma, 1 - sigma);
            }
}

// ---- drawing ------------------------------------------------------------------------------------

// Every k-th label, so that texts 2.9 mm high do not touch.
static int label_stride(double step)
{
    return (int)ceil(2.9 / step - 1e-9);
}

// Latents alone are called by their numbers.
static bool has_names(const panel *k)
{
    return k->net ? k->n_columns == 1 : k->kind != PLOT_LATENT;
}

static void row_labels(plot_page *p, const layout *l, const panel *k)
{
    const int stride = label_stride(l->cell_height);
    const bool names = has_names(k);
    char label[128];
    plot_gp(p, "set ytics (");
    for (int r = 0; r < k->n_rows; r += stride) {
        const plot_source s = row_source(l->d, k, r);
        if (!names) snprintf(label, sizeof label, "%d", s.index + 1);
        plot_gp(p, "%s%q %d", r ? ", " : "", names ? source_label(l->d, s, label) : label, r + 1);
    }
    plot_gp(p, ") scale 0\n");
}

static void column_labels(plot_page *p, const layout *l, const panel *k)
{
    const int stride = label_stride(l->cell_width);
    char label[128];
    plot_gp(p, "set xtics (");
    for (int c = 0; c < k->n_columns; c += stride)
        plot_gp(p, "%s%q %d", c ? ", " : "", source_label(l->d, column_source(l->d, k, c), label),
                c + 1);
    plot_gp(p, ") rotate by 90 right scale 0 offset 0, 0.2\n");
}

static void cells_draw(plot_page *p, const layout *l, int first, int n)
{
    const bool boxes = n <= BOXES;
    plot_gp(p, "plot DATA every ::%d::%d using 3:2:", first, first + n - 1);
    if (!boxes) {
        plot_gp(p, "7 with image\n");
        return;
    }
    plot_gp(p, "($3-0.5):($3+0.5):($2-0.5):($2+0.5):7 with boxxyerror fillstyle solid ");
    if (l->cell_width > 1.5) plot_gp(p, "border lc rgb '#D9D9D9' lw 0.4 ");
    else plot_gp(p, "noborder ");
    plot_gp(p, "fillcolor palette\n");
}

static double bottom_of(const layout *l, const panel *k)
{
    return l->top - l->cell_height * k->n_rows;
}

static void panel_begin(plot_page *p, const layout *l, const panel *k)
{
    const double width = l->cell_width * k->n_columns;
    char title[64];
    plot_gp(p, "\nunset label\nset xrange [0.5:%g]\nset yrange [%g:0.5]\n", k->n_columns + 0.5,
            k->n_rows + 0.5);
    plot_panel(p, k->left, bottom_of(l, k), width, l->cell_height * k->n_rows);
    snprintf(title, sizeof title, "%s\nbottlenecks", k->title);
    plot_text(p, k->left + width / 2, l->top + 5.2, "center", title);
    if (has_names(k)) plot_gp(p, "unset ylabel\n");
    else plot_gp(p, "set ylabel 'Latent' offset 0.2, 0\n");
    row_labels(p, l, k);
}

static void wide_finish(plot_page *p, const layout *l, const panel *k)
{
    const double right = k->left + l->cell_width * k->n_columns;
    column_labels(p, l, k);
    plot_text(p, k->left + l->cell_width * k->n_columns / 2, bottom_of(l, k) - l->below, "center",
              "Update net inputs");
    plot_gp(p, "set colorbox user origin screen %g, screen %g size screen %g, screen %g\n",
            (right + 2) / p->width, bottom_of(l, k) / p->height, 2 / p->width,
            l->cell_height * k->n_rows / p->height);
    plot_gp(p, "set cbtics ('0' 0, '0.5' 0.5, '1' 1) scale 0 offset -0.8, 0\n");
    plot_text(p, right + 3, l->top + 3.1, "center", "1 − σ");
}

static void page_draw(plot_page *p, const layout *l)
{
    int first = 0;
    plot_gp(p, "set palette defined %s\nset cbrange [0:1]\nset multiplot\n", plot_orange_ramp);
    plot_gp(p, "unset xtics\nset border 15 lw 0.6\n");
    for (int i = 0; i < l->n; i++) {
        const panel *k = &l->panel[i];
        const int n = k->n_rows * k->n_columns;
        panel_begin(p, l, k);
        if (k == wide_panel(l)) wide_finish(p, l, k);
        cells_draw(p, l, first, n);
        first += n;
    }
    plot_gp(p, "unset multiplot\n");
}

dsc_status plot_bottlenecks(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                            const char *folder)
{
    plot_disrnn d;
    plot_page p;
    (void)o;
    DSC_TRY(plot_disrnn_read(ctx, run, &d));
    const layout l = layout_make(&d);
    plot_page_begin(&p, ctx, folder, "bottlenecks", 1, l.width, l.top + 9);
    data_write(&p, &l);
    page_draw(&p, &l);
    plot_disrnn_free(ctx, &d);
    return plot_page_end(&p);
}
