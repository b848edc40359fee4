// SPDX-License-Identifier: Apache-2.0
// choice_rule.c — how the latents drive choice: the logit of option 1 minus option 0 over the one
// or two latents that the choice net reads most.
#include <math.h>

#include "plot/inspect.h"

#define LEFT  13.0
#define BELOW 11.0
#define SIDE  50.0

static void curve_write(plot_page *p, const plot_choice *c, const char *title)
{
    plot_csv(p, "latent_%d,choice_logit\n", c->x + 1);
    for (int k = 0; k < c->n; k++) plot_csv(p, "%r,%r\n", c->state[k], c->logit[k]);
    plot_panel(p, LEFT, BELOW, 66, 36);
    plot_gp(p, "set xlabel 'Latent %d'\nset ylabel 'Choice logit' offset 1.2, 0\n", c->x + 1);
    plot_gp(p, "set xrange [%g:%g]\nset xtics %g\n", -c->limit, c->limit, plot_tick_step(c->limit));
    plot_text(p, LEFT + 33, BELOW + 39, "center", title);
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

static void image_write(plot_page *p, const plot_choice *c, const char *title)
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
    plot_text(p, LEFT + SIDE / 2, BELOW + SIDE + 3, "center", title);
    plot_gp(p, "plot DATA using 1:2:3 with image\n");
}

// ---- what is drawn ------------------------------------------------------------------------------

// What the choice net reads of a subject: its embedding, times the multipliers.
static dsc_status embedding_read(dsc_context *ctx, const dsc_run *run, int subject, double **e)
{
    int n = 0;
    if (!plot_is_multisubject(run)) return DSC_OK;
    const double *m = dsc_run_parameter(run, "choice_net_subj_multipliers", NULL, NULL);
    DSC_TRY(plot_embeddings_read(ctx, run, e, &n));
    for (int i = 0; i < n; i++) (*e)[i] = (*e)[subject * n + i] * (m ? m[i] : 1);
    return DSC_OK;
}

static dsc_status rule_compute(dsc_context *ctx, const dsc_run *run, int subject, plot_choice *c)
{
    plot_disrnn d = {0};
    plot_ask net = {0};
    double *embedding = NULL;
    DSC_TRY(plot_disrnn_read(ctx, run, &d));
    dsc_status status = embedding_read(ctx, run, subject, &embedding);
    if (status == DSC_OK) status = plot_net_open(ctx, run, "choice_net", &net);
    if (status == DSC_OK) status = plot_choice_compute(ctx, &d, &net, embedding, 0, c);
    plot_net_close(ctx, &net);
    dsc_free(ctx, &embedding);
    plot_disrnn_free(ctx, &d);
    return status;
}

static void notes_send(dsc_context *ctx, const plot_choice *c)
{
    if (c->n_influential == 0)
        dsc_note(ctx, DSC_NOTE,
                 "choice_rule: the choice net reads no latent (no sigma below %g), so "
                 "there is nothing to draw",
                 PLOT_OPEN);
    if (c->n_influential > 2)
        dsc_note(ctx, DSC_NOTE,
                 "choice_rule: choice reads %d latents; the two that it reads most "
                 "are drawn, the others being 0",
                 c->n_influential);
}

static dsc_status page_write(dsc_context *ctx, const plot_choice *c, const char *title,
                             const char *folder)
{
    plot_page p;
    plot_page_begin(&p, ctx, folder, "choice_rule", 1, PLOT_COLUMN,
                    BELOW + (c->y < 0 ? 42 : SIDE + 6));
    if (c->y < 0) curve_write(&p, c, title);
    else image_write(&p, c, title);
    return plot_page_end(&p);
}

dsc_status plot_choice_rule(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                            const char *folder)
{
    plot_choice c = {0};
    int subject;
    char title[96];
    DSC_TRY(plot_subject_find(ctx, run, o->subject, "choice_rule", &subject));
    DSC_TRY(rule_compute(ctx, run, subject, &c));
    notes_send(ctx, &c);
    dsc_status status = DSC_OK;
    plot_subject_title(run, subject, "Choice rule", title, sizeof title);
    if (c.n_influential) status = page_write(ctx, &c, title, folder);
    else plot_pages_clear(folder, "choice_rule", 1);
    plot_choice_free(ctx, &c);
    return status;
}
