// SPDX-License-Identifier: Apache-2.0
// choice_rule.c — how the latents drive choice: the logit of option 1 minus option 0 over the one
// or two latents that the choice net reads most.
#include <math.h>

#include "plot/inspect.h"

#define LEFT  13.0
#define BELOW 11.0
#define SIDE  50.0

static void curve_write(plot_page *p, const plot_choice *c)
{
    plot_csv(p, "latent_%d,choice_logit\n", c->x + 1);
    for (int k = 0; k < c->n; k++) plot_csv(p, "%r,%r\n", c->state[k], c->logit[k]);
    plot_panel(p, LEFT, BELOW, 66, 36);
    plot_gp(p, "set xlabel 'Latent %d'\nset ylabel 'Choice logit' offset 1.2, 0\n", c->x + 1);
    plot_gp(p, "set xrange [%g:%g]\nset xtics %g\n", -c->limit, c->limit, plot_tick_step(c->limit));
    plot_text(p, LEFT + 33, BELOW + 39, "center", "Choice rule");
    plot_gp(p, "plot 0 with lines lw 0.7 lc rgb '%s', \\\n", PLOT_GREY);
    plot_gp(p, "    DATA using 1:2 with lines lw 1.8 lc rgb '%s'\n", plot_colour[PLOT_GREEN]);
}

static double largest_of(int n, const double *value)
{
    double largest = 1e-6;
    for (int k = 0; k < n; k++) largest = fmax(largest, fabs(value[k]));
    return largest;
}

static void image_data(plot_page *p, const plot_choice *c)
{
    plot_csv(p, "latent_%d,latent_%d,choice_logit\n", c->x + 1, c->y + 1);
    for (int y = 0; y < c->n; y++)
        for (int x = 0; x < c->n; x++)
            plot_csv(p, "%r,%r,%r\n", c->state[x], c->state[y], c->logit[y * c->n + x]);
}

static void image_write(plot_page *p, const plot_choice *c)
{
    double largest = largest_of(c->n * c->n, c->logit);
    image_data(p, c);
    plot_panel(p, LEFT, BELOW, SIDE, SIDE);
    plot_gp(p, "set xlabel 'Latent %d'\nset ylabel 'Latent %d' offset 1.2, 0\n", c->x + 1,
            c->y + 1);
    plot_gp(p, "set xrange [%g:%g]\nset yrange [%g:%g]\nset border 15\n", -c->limit, c->limit,
            -c->limit, c->limit);
    plot_gp(p, "set xtics %g\nset ytics %g\n", plot_tick_step(c->limit), plot_tick_step(c->limit));
    plot_gp(p, "set palette defined %s\nset cbrange [%g:%g]\n", plot_diverging_ramp, -largest,
            largest);
    plot_gp(p, "set colorbox user origin screen %g, screen %g size screen %g, screen %g\n",
            (LEFT + SIDE + 2.5) / p->width, BELOW / p->height, 2.5 / p->width, SIDE / p->height);
    plot_gp(p, "set cbtics scale 0.3 offset -0.7, 0\n");
    plot_text(p, LEFT + SIDE + 15, BELOW + SIDE / 2, "center rotate by 90", "Choice logit");
    plot_text(p, LEFT + SIDE / 2, BELOW + SIDE + 3, "center", "Choice rule");
    plot_gp(p, "plot DATA using 1:2:3 with image\n");
}

dsc_status plot_choice_rule(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                            const char *folder)
{
    plot_disrnn d;
    plot_choice c = {0};
    plot_choose choose = {0};
    plot_page p;
    (void)o;
    DSC_TRY(plot_disrnn_read(ctx, run, &d));
    dsc_status status = plot_choose_open(ctx, run, &choose);
    if (status == DSC_OK) status = plot_choice_compute(ctx, &d, &choose, 0, &c);
    plot_choose_close(ctx, &choose);
    plot_disrnn_free(ctx, &d);
    if (status != DSC_OK) return status;
    if (c.n_influential == 0) {
        plot_pages_clear(folder, "choice_rule", 1);
        dsc_note(ctx, DSC_NOTE,
                 "choice_rule: the choice net reads no latent (no sigma below %g), so "
                 "there is nothing to draw",
                 PLOT_OPEN);
        return DSC_OK;
    }
    if (c.n_influential > 2)
        dsc_note(ctx, DSC_NOTE,
                 "choice_rule: choice reads %d latents; the two that it reads most "
                 "are drawn, the others being 0",
                 c.n_influential);
    plot_page_begin(&p, ctx, folder, "choice_rule", 1, PLOT_COLUMN,
                    BELOW + (c.y < 0 ? 42 : SIDE + 6));
    if (c.y < 0) curve_write(&p, &c);
    else image_write(&p, &c);
    plot_choice_free(ctx, &c);
    return plot_page_end(&p);
}
