// SPDX-License-Identifier: Apache-2.0
// probe.c — asks a cell about single trials: inputs (and the starting state, which is a parameter)
// in, one named quantity out. Every trial is a lane of its own; double precision, no noise. All of
// them are within a session.
#include <string.h>

#include "plot/inspect.h"

// ---- any cell -----------------------------------------------------------------------------------

struct plot_probe {
    dsc_plan *plan;
    dsc_pool *pool;
    int width, n_inputs, n_given, rows, subject;
    double *data;     // [n_inputs][width]: the trial of the tile at work
    bool *in_session; // [n_inputs] an input that is always 1, not given
    int n;
    const double *x;
    double *answers;
};

static void tile_fill(void *user, int tile, int worker, dsc_tile *out)
{
    plot_probe *p = user;
    (void)worker;
    memset(out, 0, sizeof *out);
    out->n_trials = 1;
    out->data = p->data;
    for (int lane = 0; lane < p->width; lane++) {
        int k = tile * p->width + lane;
        bool real = k < p->n;
        out->session[lane] = real ? k : -1;
        out->length[lane] = real;
        out->multiplicity[lane] = real;
        out->subject[lane] = p->subject;
        for (int i = 0, given = 0; i < p->n_inputs; i++) {
            const double x = p->in_session[i] ? 1 : real ? p->x[k * p->n_given + given++] : 0;
            p->data[i * p->width + lane] = x;
        }
    }
}

static void answer_take(void *user, int tile_index, const dsc_tile *tile, const double *recorded)
{
    plot_probe *p = user;
    (void)tile_index;
    for (int lane = 0; lane < p->width; lane++)
        for (int row = 0; row < p->rows && tile->session[lane] >= 0; row++)
            p->answers[tile->session[lane] * p->rows + row] = recorded[row * p->width + lane];
}

dsc_status plot_probe_ask(plot_probe *probe, const double *parameters, int n, const double *x,
                          double *answers)
{
    const dsc_noise_seed seed = {0, DSC_FOR_EVALUATION, 0};
    const int n_tiles = (n + probe->width - 1) / probe->width;
    const dsc_batch batch = {n_tiles, 1, tile_fill, probe};
    probe->n = n;
    probe->x = x;
    probe->answers = answers;
    return dsc_forward(probe->plan, probe->pool, &batch, parameters, seed, NULL, answer_take,
                       probe);
}

static dsc_status probe_fill(dsc_context *ctx, const dsc_cell *cell, int n_subjects, int subject,
                             const char *name, plot_probe *p)
{
    dsc_plan_options o = {.n_subjects = n_subjects,
                          .n_lanes = 1,
                          .max_trials = 1,
                          .n_workers = 1,
                          .n_recorded = 1,
                          .recorded = &name};
    DSC_TRY(dsc_engine_select(ctx, "lanes", NULL, "double", &o.engine));
    p->width = dsc_engine_width(o.engine);
    p->n_inputs = dsc_cell_input_count(cell);
    p->subject = subject;
    DSC_TRY(dsc_alloc(ctx, (size_t)(p->n_inputs * p->width), sizeof *p->data, &p->data));
    DSC_TRY(dsc_alloc(ctx, (size_t)p->n_inputs, sizeof *p->in_session, &p->in_session));
    for (int i = 0; i < p->n_inputs; i++) {
        p->in_session[i] = strcmp(dsc_cell_input(cell, i), "in_session") == 0;
        p->n_given += !p->in_session[i];
    }
    DSC_TRY(dsc_pool_create(ctx, 1, &p->pool));
    DSC_TRY(dsc_plan_create(ctx, cell, &o, &p->plan));
    p->rows = dsc_plan_recorded_rows(p->plan);
    return DSC_OK;
}

dsc_status plot_probe_create(dsc_context *ctx, const dsc_cell *cell, int n_subjects, int subject,
                             const char *name, plot_probe **probe)
{
    plot_probe *made = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    dsc_status status = probe_fill(ctx, cell, n_subjects, subject, name, made);
    if (status == DSC_OK) *probe = made;
    else plot_probe_destroy(ctx, &made);
    return status;
}

void plot_probe_destroy(dsc_context *ctx, plot_probe **probe)
{
    if (!*probe) return;
    dsc_plan_destroy(&(*probe)->plan);
    dsc_pool_destroy(&(*probe)->pool);
    dsc_free(ctx, &(*probe)->data);
    dsc_free(ctx, &(*probe)->in_session);
    dsc_free(ctx, probe);
}

// ---- one step of the run's own cell -------------------------------------------------------------

// A session starts in "latent_inits": a copy of the parameters carries the state to ask about.
typedef struct stepper {
    plot_probe *probe;
    double *parameters, *inits;
    size_t n_latents;
} stepper;

static dsc_status stepper_run(void *user, const double *z, int n, const double *x, double *next)
{
    stepper *s = user;
    memcpy(s->inits, z, s->n_latents * sizeof *z);
    return plot_probe_ask(s->probe, s->parameters, n, x, next);
}

static dsc_status stepper_fill(dsc_context *ctx, const dsc_run *run, int subject, stepper *s)
{
    const int i = dsc_cell_parameter_find(run->cell, "latent_inits");
    DSC_REQUIRE(ctx, i >= 0, DSC_DEFECT, "%s has no parameter \"latent_inits\"", run->model->name);
    DSC_TRY(dsc_alloc(ctx, run->layout.n_values, sizeof *s->parameters, &s->parameters));
    memcpy(s->parameters, run->parameters, run->layout.n_values * sizeof *s->parameters);
    s->inits = s->parameters + run->layout.offset[i];
    s->n_latents = run->layout.count[i];
    return plot_probe_create(ctx, run->cell, run->layout.n_subjects, subject, "latents", &s->probe);
}

dsc_status plot_step_open(dsc_context *ctx, const dsc_run *run, int subject, plot_step *step)
{
    stepper *s = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *s, &s));
    plot_step made = {stepper_run, s};
    dsc_status status = stepper_fill(ctx, run, subject, s);
    if (status == DSC_OK) *step = made;
    else plot_step_close(ctx, &made);
    return status;
}

void plot_step_close(dsc_context *ctx, plot_step *step)
{
    stepper *s = step->user;
    if (!s) return;
    plot_probe_destroy(ctx, &s->probe);
    dsc_free(ctx, &s->parameters);
    dsc_free(ctx, &step->user);
}
