// SPDX-License-Identifier: Apache-2.0
// learning_curve.c — nll per trial of training and held-out sessions against the step; phases and
// chance marked. Where columns are predicted too, or instead, it is the loss without its penalty,
// which has no chance.
#include <math.h>

#include "plot/internal.h"

static void data_write(plot_page *p, const plot_metrics *m, double chance)
{
    plot_csv(p, "step,phase,nll_train,nll_heldout,chance\n");
    for (int i = 0; i < m->n; i++)
        plot_csv(p, "%r,%c,%r,%r,%r\n", m->step[i], m->phase_name[m->phase[i]], m->train[i],
                 m->heldout[i], chance);
}

// A dotted line where a phase begins, and its name above the axes where it fits.
static void phases_write(plot_page *p, const plot_metrics *m, double left, double width, double top)
{
    double first = m->step[0], span = m->step[m->n - 1] - first, free_from = 0;
    if (m->n_phases < 2 || span <= 0) return;
    for (int i = 0, last = -1; i < m->n; i++) {
        char label[80];
        if (m->phase[i] == last) continue;
        last = m->phase[i];
        double x = left + width * (m->step[i] - first) / span;
        if (i > 0)
            plot_gp(p, "set arrow from %g, graph 0 to %g, graph 1 nohead dashtype 3 lc rgb '%s'\n",
                    m->step[i], m->step[i], PLOT_GREY);
        plot_name(m->phase_name[last], 16, label, sizeof label);
        double need = PLOT_LETTER * plot_characters(label);
        double at = fmin(x, p->width - 1 - need);
        if (at < free_from) continue;
        free_from = at + need + 2;
        plot_text(p, at, top + 2.2, "left textcolor rgb '#555555'", label);
    }
}

// The range of all values, with chance in it; without chance, of those after the first tenth.
static void range_find(const plot_metrics *m, double chance, double *low, double *high)
{
    const bool bounded = isfinite(chance);
    *low = bounded ? chance : INFINITY, *high = bounded ? chance : -INFINITY;
    for (int i = bounded ? 0 : m->n / 10; i < m->n; i++) {
        const double v[2] = {m->train[i], m->heldout[i]};
        for (int k = 0; k < 2; k++) {
            if (!isfinite(v[k])) continue;
            *low = fmin(*low, v[k]);
            *high = fmax(*high, v[k]);
        }
    }
}

static bool has_heldout(const plot_metrics *m)
{
    for (int i = 0; i < m->n; i++)
        if (isfinite(m->heldout[i])) return true;
    return false;
}

static void script_write(plot_page *p, const plot_metrics *m, double chance)
{
    double low, high;
    range_find(m, chance, &low, &high);
    // A wild start must not flatten the rest; what lies above is cut off.
    if (isfinite(chance)) high = fmin(high, chance + 2 * (chance - low) + 0.2);
    if (!(low <= high)) low = 0, high = 1; // nothing was measured
    double margin = 0.06 * (high - low) + 1e-3;
    plot_panel(p, 13, 11, 68, 34);
    plot_gp(p, "set xlabel 'Training step'\nset ylabel '%s' offset 1.2, 0\n",
            isfinite(chance) ? "NLL per trial (nats)" : "Loss, without penalty");
    plot_gp(p, "set xrange [%g:%g]\nset yrange [%g:%g]\n", m->step[0],
            fmax(m->step[m->n - 1], m->step[0] + 1), low - margin, high + margin);
    // Taken as wider than they are, names would be put in two rows, the lower one on the phases'.
    plot_gp(p, "set xtics %g\nset key horizontal width -1 at screen 0.98, screen 0.985 right top\n",
            plot_tick_step(fmax(m->step[m->n - 1] - m->step[0], 2)));
    phases_write(p, m, 13, 68, 45);
    plot_gp(p, "plot ");
    if (isfinite(chance))
        plot_gp(p, "DATA using 1:5 with lines dashtype 2 lw 1 lc rgb '%s' title 'chance', \\\n    ",
                PLOT_GREY);
    plot_gp(p, "DATA using 1:3 with lines lw 1.5 lc rgb '%s' title 'training'",
            plot_colour[PLOT_BLUE]);
    if (has_heldout(m))
        plot_gp(p,
                ", \\\n    DATA using 1:4 with lines lw 1.5 dashtype (8, 3) lc rgb '%s' title "
                "'held out'",
                plot_colour[PLOT_RED]);
    plot_gp(p, "\n");
}

dsc_status plot_learning_curve(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                               const char *folder)
{
    char path[PLOT_PATH_BYTES];
    plot_metrics m;
    plot_page p;
    const double chance = run->n_values > 0 ? NAN : log(run->n_actions);
    (void)o;
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, run->path, "metrics.csv"));
    DSC_TRY(plot_metrics_read(ctx, path, &m));
    plot_page_begin(&p, ctx, folder, "learning_curve", 1, PLOT_COLUMN, 54);
    data_write(&p, &m, chance);
    script_write(&p, &m, chance);
    plot_metrics_free(ctx, &m);
    return plot_page_end(&p);
}
