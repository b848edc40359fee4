// SPDX-License-Identifier: Apache-2.0
// stepper.c — one trial per call: the states of all lanes lie outside, and one worker takes tile
// after tile through the trial. Its own places for states and inputs stay where they are, so that
// no address of the sweep ever moves; a tile's few numbers are copied in and out.

#include <string.h>

#include "engine/plan.h"

struct dsc_stepper {
    dsc_context *ctx;
    const dsc_plan *plan;
    worker w;
    char *parameters; // reals [n_param]
    double *values;   // [n_values]
    double *states;   // [n_tiles][state rows][L]
    uint32_t *stream; // [n_tiles * L]
    int n_tiles;
};

static size_t row_of(const dsc_stepper *s, int rows)
{
    return (size_t)rows * (size_t)s->plan->L;
}

static dsc_status build(dsc_stepper *s, const double *parameters)
{
    const dsc_plan *p = s->plan;
    const size_t lanes = (size_t)s->n_tiles * (size_t)p->L;
    DSC_TRY(dsc_alloc(s->ctx, worker_size(p), 1, &s->w.memory));
    worker_place(&s->w, p, s->w.memory);
    DSC_TRY(dsc_alloc(s->ctx, p->n_param + 1, sizeof(double), &s->parameters));
    DSC_TRY(dsc_alloc(s->ctx, p->layout.n_values + 1, sizeof(double), &s->values));
    DSC_TRY(dsc_alloc(s->ctx, lanes * (size_t)p->n_state_rows + 1, sizeof(double), &s->states));
    DSC_TRY(dsc_alloc(s->ctx, lanes, sizeof *s->stream, &s->stream));
    for (size_t i = 0; i < lanes; i++) s->stream[i] = (uint32_t)i;
    if (parameters) memcpy(s->values, parameters, p->layout.n_values * sizeof(double));
    plan_evaluate(p, s->values, s->parameters);
    return DSC_OK;
}

dsc_status dsc_stepper_create(dsc_context *ctx, const dsc_plan *plan, int n_lanes,
                              const double *parameters, dsc_stepper **stepper)
{
    dsc_stepper *s = NULL;
    DSC_REQUIRE(ctx, plan->engine->kernels->real == sizeof(double), DSC_DEFECT,
                "a stepper needs an engine in double precision, not %s",
                plan->engine->kernels->precision);
    DSC_REQUIRE(ctx, n_lanes > 0, DSC_DEFECT, "a stepper for %d lanes", n_lanes);
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *s, &s));
    *s = (dsc_stepper){.ctx = ctx, .plan = plan, .n_tiles = (n_lanes - 1) / plan->L + 1};
    const dsc_status status = build(s, parameters);
    if (status == DSC_OK) *stepper = s;
    else dsc_stepper_destroy(&s);
    return status;
}

void dsc_stepper_destroy(dsc_stepper **stepper)
{
    dsc_stepper *s = *stepper;
    if (!s) return;
    dsc_context *ctx = s->ctx;
    void *blocks[] = {s->w.memory, s->parameters, s->values, s->states, s->stream};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) dsc_free(ctx, &blocks[i]);
    dsc_free(ctx, stepper);
}

int dsc_stepper_tiles(const dsc_stepper *s)
{
    return s->n_tiles;
}
int dsc_stepper_state_rows(const dsc_stepper *s)
{
    return s->plan->n_state_rows;
}
double *dsc_stepper_states(dsc_stepper *s)
{
    return s->states;
}

void dsc_stepper_begin(dsc_stepper *s, dsc_noise_seed noise)
{
    const dsc_tile tile = {0}; // its streams are those of the first lanes, until a step says which
    const size_t n = row_of(s, s->plan->n_state_rows);
    tile_begin(&s->w, &tile, s->values, s->parameters, noise);
    ready_patch_trial(&s->w.forward_sweep, &s->w);
    for (int i = 0; i < s->n_tiles; i++)
        memcpy(s->states + (size_t)i * n, s->w.base[SP_STATE], n * sizeof(double));
}

void dsc_stepper_step(dsc_stepper *s, int trial, const double *inputs, const double *noise,
                      double *recorded)
{
    const dsc_plan *p = s->plan;
    worker *w = &s->w;
    const size_t n_states = row_of(s, p->n_state_rows), n_inputs = row_of(s, p->cell->n_inputs),
                 n_noise = row_of(s, p->cell->noise_rows),
                 n_recorded = row_of(s, p->n_recorded_rows);
    double *now = (double *)w->base[SP_STATE], *next = now + n_states;
    w->noise.trial = (uint32_t)trial;
    for (size_t i = 0; i < (size_t)s->n_tiles; i++) {
        w->noise.stream = s->stream + i * (size_t)p->L;
        w->noise.external = noise ? noise + i * n_noise : NULL;
        w->recording = recorded + i * n_recorded;
        memcpy(now, s->states + i * n_states, n_states * sizeof(double));
        memcpy(w->base[SP_INPUT], inputs + i * n_inputs, n_inputs * sizeof(double));
        ready_run(&w->forward_sweep);
        memcpy(s->states + i * n_states, next, n_states * sizeof(double));
    }
}
