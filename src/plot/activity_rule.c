// SPDX-License-Identifier: Apache-2.0
// activity_rule.c — what a disentangled RNN with neural activity predicts of it, over the one or
// two latents that its net reads most, for every combination of the first two observations; all
// other latents and observations are 0. Unlike in choice rules, multipliers are applied, as in the
// reference.
#include <math.h>
#include <string.h>

#include "plot/inspect.h"

// ---- computing ----------------------------------------------------------------------------------

bool plot_has_activity(const dsc_run *run)
{
    return plot_is_disrnn(run) &&
           dsc_run_parameter(run, "neural_activity_net_sigma_params", NULL, NULL);
}

typedef struct asking {
    const plot_net *net;
    const plot_ask *ask;
    const double *m; // multipliers [n_sources]
    plot_activity *a;
    double *v, *out; // [n][n_sources], [n][n_out]
} asking;

static void source_set(const asking *k, double *v, plot_kind kind, int index, double value)
{
    const int s = plot_source_find(k->net, kind, index);
    if (s >= 0) v[s] = value * k->m[s];
}

// One row of a panel: all x at one y, under one setting.
static dsc_status row_compute(const asking *k, int setting, int row)
{
    plot_activity *a = k->a;
    const int n = k->net->n_sources, rows = a->y >= 0 ? a->n : 1;
    memset(k->v, 0, sizeof *k->v * (size_t)(a->n * n));
    for (int i = 0; i < a->n; i++) {
        double *v = k->v + i * n;
        source_set(k, v, PLOT_LATENT, a->x, a->state[i]);
        if (a->y >= 0) source_set(k, v, PLOT_LATENT, a->y, a->state[row]);
        source_set(k, v, PLOT_INPUT, 0, a->n_settings == 4 ? setting / 2 : setting);
        source_set(k, v, PLOT_INPUT, 1, setting % 2);
    }
    DSC_TRY(k->ask->run(k->ask->user, a->n, k->v, k->out));
    for (int i = 0; i < a->n; i++)
        a->value[(setting * rows + row) * a->n + i] = k->out[i * k->ask->n_out];
    return DSC_OK;
}

static dsc_status rows_compute(dsc_context *ctx, asking *k)
{
    plot_activity *a = k->a;
    const int rows = a->y >= 0 ? a->n : 1;
    const size_t n = (size_t)a->n, sources = (size_t)k->net->n_sources;
    DSC_TRY(dsc_alloc(ctx, n, sizeof *a->state, &a->state));
    DSC_TRY(dsc_alloc(ctx, n * (size_t)(rows * a->n_settings), sizeof *a->value, &a->value));
    DSC_TRY(dsc_alloc(ctx, n * (sources + (size_t)k->ask->n_out), sizeof *k->v, &k->v));
    k->out = k->v + n * sources;
    for (int i = 0; i < a->n; i++) a->state[i] = -a->limit + 2 * a->limit * i / (a->n - 1);
    dsc_status status = DSC_OK;
    for (int i = 0; i < a->n_settings * rows && status == DSC_OK; i++)
        status = row_compute(k, i / rows, i % rows);
    dsc_free(ctx, &k->v);
    return status;
}

dsc_status plot_activity_compute(dsc_context *ctx, const plot_disrnn *d, const plot_ask *ask,
                                 const double *multipliers, double limit, plot_activity *a)
{
    plot_activity made = {.n = 50,
                          .limit = limit > 0 ? limit : 1.05 * d->max_latent,
                          .n_settings = d->n_inputs > 1 ? 4 : 2};
    asking k = {&d->net[PLOT_ACTIVITY], ask, multipliers, &made, NULL, NULL};
    DSC_TRY(plot_influential(ctx, d, PLOT_ACTIVITY, &made.n_influential, &made.x, &made.y));
    const dsc_status status = made.n_influential ? rows_compute(ctx, &k) : DSC_OK;
    if (status == DSC_OK) *a = made;
    else plot_activity_free(ctx, &made);
    return status;
}

void plot_activity_free(dsc_context *ctx, plot_activity *a)
{
    dsc_free(ctx, &a->state);
    dsc_free(ctx, &a->value);
}

// ---- drawing ------------------------------------------------------------------------------------

#define LEFT  13.0
#define BELOW 11.0
#define SIDE  31.0
#define GAP   6.0

static void setting_title(const plot_disrnn *d, const plot_activity *a, int setting, char out[160])
{
    char first[64], second[64];
    plot_label(d->inputs[0], 16, first, sizeof first);
    if (a->n_settings == 2) {
        snprintf(out, 160, "%s: %d", first, setting);
        return;
    }
    plot_label(d->inputs[1], 16, second, sizeof second);
    snprintf(out, 160, "%s: %d\n%s: %d", first, setting / 2, second, setting % 2);
}

static void data_write(plot_page *p, const plot_disrnn *d, const plot_activity *a)
{
    const int rows = a->y >= 0 ? a->n : 1;
    char title[160];
    plot_csv(p, "setting,title,latent_%d,", a->x + 1);
    if (a->y >= 0) plot_csv(p, "latent_%d,", a->y + 1);
    plot_csv(p, "activity\n");
    for (int s = 0; s < a->n_settings; s++) {
        setting_title(d, a, s, title);
        for (int i = 0; i < rows * a->n; i++) {
            plot_csv(p, "%d,%c,%r,", s, title, a->state[i % a->n]);
            if (a->y >= 0) plot_csv(p, "%r,", a->state[i / a->n]);
            plot_csv(p, "%r\n", a->value[s * rows * a->n + i]);
        }
    }
}

static void axes_write(plot_page *p, const plot_activity *a)
{
    plot_gp(p, "set xrange [%g:%g]\nset xtics %g\nset xlabel 'Latent %d'\n", -a->limit, a->limit,
            plot_tick_step(a->limit), a->x + 1);
}

static void curves_draw(plot_page *p, const plot_disrnn *d, const plot_activity *a,
                        const char *label)
{
    static const int colour[] = {PLOT_BLUE, PLOT_RED, PLOT_GREEN, PLOT_ORANGE};
    char title[160];
    axes_write(p, a);
    plot_panel(p, LEFT, BELOW, 40, 40);
    plot_gp(p, "set ylabel %q offset 1.2, 0\n", label);
    plot_gp(p, "set key at screen %g, screen %g left top Left reverse\nplot ",
            (LEFT + 41.5) / p->width, (BELOW + 40) / p->height);
    for (int s = 0; s < a->n_settings; s++) {
        setting_title(d, a, s, title);
        for (char *c = title; *c; c++)
            if (*c == '\n') *c = ',';
        plot_gp(p, "%sDATA using ($1==%d ? $3 : NaN):4 with lines lw 1.5 lc rgb '%s' title %q",
                s ? ", \\\n    " : "", s, plot_colour[colour[s]], title);
    }
    plot_gp(p, "\n");
}

static void images_draw(plot_page *p, const plot_disrnn *d, const plot_activity *a,
                        const char *label)
{
    double largest = 1e-6;
    const int n = a->n * a->n;
    char title[160];
    for (int i = 0; i < a->n_settings * n; i++) largest = fmax(largest, fabs(a->value[i]));
    axes_write(p, a);
    plot_gp(p, "set yrange [%g:%g]\nset ytics %g\nset border 15\n", -a->limit, a->limit,
            plot_tick_step(a->limit));
    plot_gp(p, "set palette defined %s\nset cbrange [%g:%g]\nset multiplot\n", plot_diverging_ramp,
            -largest, largest);
    for (int s = 0; s < a->n_settings; s++) {
        const double left = LEFT + s * (SIDE + GAP);
        const bool last = s == a->n_settings - 1;
        setting_title(d, a, s, title);
        plot_gp(p, "\nunset label\nset format y '%s'\n", s ? "" : "%g");
        if (s == 0) plot_gp(p, "set ylabel 'Latent %d' offset 1.2, 0\n", a->y + 1);
        else plot_gp(p, "unset ylabel\n");
        plot_panel(p, left, BELOW, SIDE, SIDE);
        plot_text(p, left + SIDE / 2, BELOW + SIDE + 5.5, "center", title);
        if (last) {
            plot_gp(p, "set colorbox user origin screen %g, screen %g size screen %g, screen %g\n",
                    (left + SIDE + 2) / p->width, BELOW / p->height, 2 / p->width,
                    SIDE / p->height);
            plot_gp(p, "set cbtics %g scale 0.3 offset -0.7, 0\n", plot_tick_step(largest));
            plot_text(p, left + SIDE + 13, BELOW + SIDE / 2, "center rotate by 90", label);
        }
        plot_gp(p, "plot DATA every ::%d::%d using 3:4:5 with image\n", s * n, (s + 1) * n - 1);
    }
    plot_gp(p, "unset multiplot\n");
}

static dsc_status page_write(dsc_context *ctx, const dsc_run *run, const plot_disrnn *d,
                             const plot_activity *a, const char *folder)
{
    plot_page p;
    char label[64];
    plot_label(run->n_values ? run->targets[0] : "Neural activity", 18, label, sizeof label);
    const double images = LEFT + a->n_settings * (SIDE + GAP) + 10;
    if (a->y < 0) plot_page_begin(&p, ctx, folder, "activity_rule", 1, 110, BELOW + 43);
    else plot_page_begin(&p, ctx, folder, "activity_rule", 1, images, BELOW + SIDE + 9);
    data_write(&p, d, a);
    if (a->y < 0) curves_draw(&p, d, a, label);
    else images_draw(&p, d, a, label);
    return plot_page_end(&p);
}

static void notes_send(dsc_context *ctx, const dsc_run *run, const plot_activity *a)
{
    if (a->n_influential == 0)
        dsc_note(ctx, DSC_NOTE,
                 "activity_rule: the net of the values reads no latent (no sigma below %g), so "
                 "there is nothing to draw",
                 PLOT_OPEN);
    if (a->n_influential > 2)
        dsc_note(ctx, DSC_NOTE,
                 "activity_rule: the net of the values reads %d latents; the two that it reads "
                 "most are drawn, the others being 0",
                 a->n_influential);
    if (run->n_values > 1)
        dsc_note(ctx, DSC_NOTE, "activity_rule: of %d predicted columns the first, %s, is drawn",
                 run->n_values, run->targets[0]);
}

static dsc_status rule_compute(dsc_context *ctx, const dsc_run *run, const plot_disrnn *d,
                               plot_activity *a)
{
    plot_ask net = {0};
    const double *m = dsc_run_parameter(run, "neural_activity_net_multipliers", NULL, NULL);
    DSC_REQUIRE(ctx, m, DSC_DEFECT, "%s has no multipliers of its values", run->model->name);
    DSC_TRY(plot_net_open(ctx, run, "neural_activity_net", &net));
    const dsc_status status = plot_activity_compute(ctx, d, &net, m, 0, a);
    plot_net_close(ctx, &net);
    return status;
}

dsc_status plot_activity_rule(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                              const char *folder)
{
    plot_disrnn d = {0};
    plot_activity a = {0};
    (void)o;
    DSC_TRY(plot_disrnn_read(ctx, run, &d));
    dsc_status status = rule_compute(ctx, run, &d, &a);
    if (status == DSC_OK) {
        notes_send(ctx, run, &a);
        if (a.n_influential) status = page_write(ctx, run, &d, &a, folder);
        else plot_pages_clear(folder, "activity_rule", 1);
    }
    plot_activity_free(ctx, &a);
    plot_disrnn_free(ctx, &d);
    return status;
}
