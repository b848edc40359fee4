// SPDX-License-Identifier: Apache-2.0
// trajectories.c — parameters that were followed over trials by a filter: a page per subject, a
// panel per parameter, its mean and the band from 2.5 to 97.5 %; where sessions begin, a line.
#include <math.h>
#include <string.h>

#include "plot/internal.h"

enum { MOST_PAGES = 8 };
#define LEFT   17.0
#define WIDTH  150.0
#define HEIGHT 26.0

typedef struct view {
    const dsc_filter *f;
    const dsc_evaluation *e;
    const dsc_table *t;
    int subject;
} view;

// The recorded quantity NAME_WHAT of a trial.
static int column_of(const view *v, const char *name, const char *what)
{
    char wanted[DSC_FIELD_TEXT];
    snprintf(wanted, sizeof wanted, "%s_%s", name, what);
    int i = v->e->n_recorded - 1;
    while (i > 0 && strcmp(v->e->recorded_names[i], wanted) != 0) i--;
    return i;
}

static double recorded(const view *v, size_t row, int column)
{
    return v->e->recorded[row * (size_t)v->e->n_recorded + (size_t)column];
}

// ---- data ---------------------------------------------------------------------------------------

static const char *const shown[] = {"mean", "low", "high"};

static void row_write(plot_page *p, const view *v, int trial, const dsc_session *s, size_t row)
{
    plot_csv(p, "%d,%c", trial, s->label);
    for (int k = 0; k < v->f->n_walks; k++)
        for (int i = 0; i < 3; i++)
            plot_csv(p, ",%r", recorded(v, row, column_of(v, v->f->name[k], shown[i])));
    plot_csv(p, "\n");
}

// Returns the number of trials of the subject.
static int data_write(plot_page *p, const view *v)
{
    int n = 0;
    plot_csv(p, "trial,session");
    for (int k = 0; k < v->f->n_walks; k++)
        for (int i = 0; i < 3; i++) plot_csv(p, ",%s_%s", v->f->name[k], shown[i]);
    plot_csv(p, "\n");
    for (int s = 0; s < v->t->n_sessions; s++) {
        const dsc_session *it = &v->t->session[s];
        if (it->subject != v->subject) continue;
        for (int t = 0; t < it->n_trials; t++) row_write(p, v, ++n, it, it->first + (size_t)t);
    }
    return n;
}

// ---- drawing ------------------------------------------------------------------------------------

// A thin line where a session begins, unless there are too many to see.
static void sessions_draw(plot_page *p, const view *v)
{
    int at = 0, n = 0;
    for (int s = 0; s < v->t->n_sessions; s++) n += v->t->session[s].subject == v->subject;
    for (int s = 0; s < v->t->n_sessions && n < 60; s++) {
        if (v->t->session[s].subject != v->subject) continue;
        if (at > 0)
            plot_gp(p, "set arrow from %g, graph 0 to %g, graph 1 nohead lw 0.4 lc rgb '#DDDDDD'\n",
                    at + 0.5, at + 0.5);
        at += v->t->session[s].n_trials;
    }
}

// A few ticks over the range of the band.
static double tick_step(const view *v, int k)
{
    const int low = column_of(v, v->f->name[k], "low"), high = column_of(v, v->f->name[k], "high");
    double least = INFINITY, most = -INFINITY;
    for (int s = 0; s < v->t->n_sessions; s++)
        for (int t = 0; v->t->session[s].subject == v->subject && t < v->t->session[s].n_trials;
             t++) {
            const size_t row = v->t->session[s].first + (size_t)t;
            least = fmin(least, recorded(v, row, low));
            most = fmax(most, recorded(v, row, high));
        }
    return plot_tick_step(most > least ? (most - least) / 2 : 1);
}

static void panel_draw(plot_page *p, const view *v, int k)
{
    const bool last = k == v->f->n_walks - 1;
    const double bottom = 10 + (HEIGHT + 4) * (v->f->n_walks - 1 - k);
    char label[80];
    plot_label(v->f->name[k], 16, label, sizeof label);
    plot_panel(p, LEFT, bottom, WIDTH, HEIGHT);
    if (k > 0) plot_gp(p, "unset label\n");
    plot_gp(p, "set format x '%s'\nset ylabel %q offset 1.2, 0\n", last ? "%g" : "", label);
    if (last) plot_gp(p, "set xlabel 'Trial'\n");
    plot_gp(p, "set ytics %g\n", tick_step(v, k));
    plot_gp(p,
            "plot DATA using 1:%d:%d with filledcurves fc rgb '%s' fs transparent solid 0.2 "
            "noborder, \\\n    DATA using 1:%d with lines lw 1.2 lc rgb '%s'\n",
            4 + 3 * k, 5 + 3 * k, plot_colour[PLOT_BLUE], 3 + 3 * k, plot_colour[PLOT_BLUE]);
}

static dsc_status page_write(dsc_context *ctx, const view *v, const char *folder)
{
    plot_page p;
    char title[320], label[256];
    const double height = 17 + (HEIGHT + 4) * v->f->n_walks;
    plot_page_begin(&p, ctx, folder, "trajectories", v->subject + 1, PLOT_PAGE, height);
    const int n = data_write(&p, v);
    snprintf(title, sizeof title, "Subject %s: mean and 95 %% of the particles",
             plot_name(v->t->subject[v->subject], 60, label, sizeof label));
    plot_text(&p, LEFT, height - 3, "left", title);
    plot_gp(&p, "set xrange [0.5:%g]\nset multiplot\n", n + 0.5);
    sessions_draw(&p, v);
    for (int k = 0; k < v->f->n_walks; k++) panel_draw(&p, v, k);
    plot_gp(&p, "unset multiplot\n");
    return plot_page_end(&p);
}

dsc_status dsc_plot_filter(dsc_context *ctx, const dsc_filter *f, const dsc_evaluation *e,
                           const dsc_table *t, const char *formats, const char *folder)
{
    view v = {.f = f, .e = e, .t = t};
    DSC_TRY(dsc_make_folder(ctx, folder));
    for (; v.subject < t->n_subjects && v.subject < MOST_PAGES; v.subject++)
        DSC_TRY(page_write(ctx, &v, folder));
    plot_pages_clear(folder, "trajectories", v.subject + 1);
    if (t->n_subjects > MOST_PAGES)
        dsc_note(ctx, DSC_NOTE,
                 "figures show the first %d of %d subjects; trajectories.csv has all", MOST_PAGES,
                 t->n_subjects);
    return plot_pages_draw(ctx, folder, "trajectories", formats);
}
