// SPDX-License-Identifier: Apache-2.0
// filter_plan.c — what the particles of all groups share: the model's cell and that of the walks,
// ready for the engine, and which input of the model comes from where.
#include <math.h>
#include <string.h>

#include "fit/filter.h"

// A trial that no particle can explain tells nothing; e^700 is about the largest double.
static const double SMALLEST = 1e-300, LARGEST_LOG = 600;

// p[choice], 1 where the trial does not count; times the density of what was observed.
void filter_outputs(dsc_builder *b)
{
    const dsc_node p = dsc_softmax(b, dsc_find(b, "prediction")),
                   one = dsc_constant(b, 1, (double[]){1});
    const dsc_node taken = dsc_take(b, p, dsc_input_one(b, "current_choice"), 1);
    dsc_node likelihood =
        dsc_select(b, dsc_input_one(b, "weight"), dsc_clip(b, taken, SMALLEST, 1), one);
    const dsc_node observed = dsc_find(b, "observation");
    if (observed.id >= 0) {
        const dsc_node log_density =
            dsc_clip(b, dsc_negate(b, observed), -LARGEST_LOG, LARGEST_LOG);
        likelihood = dsc_multiply(b, likelihood, dsc_exponential(b, log_density));
    }
    dsc_output(b, "_filter_p", p);
    dsc_output(b, "_filter_likelihood", likelihood);
}

// ---- inputs -------------------------------------------------------------------------------------

static int place_of(const char *name, int n, const char *const *names)
{
    int i = n - 1;
    while (i >= 0 && strcmp(names[i], name) != 0) i--;
    return i;
}

static dsc_status find_inputs(filter_plan *p, const char *const *names)
{
    const size_t n = (size_t)p->n_inputs + 1;
    DSC_TRY(dsc_alloc(p->ctx, n, sizeof *p->parameter, &p->parameter));
    DSC_TRY(dsc_alloc(p->ctx, n, sizeof *p->column, &p->column));
    DSC_TRY(dsc_alloc(p->ctx, n, sizeof *p->columns, &p->columns));
    for (int i = 0; i < p->n_inputs; i++) {
        const char *name = dsc_cell_input(p->model, i);
        p->parameter[i] = place_of(name, p->n_parameters, names);
        if (p->parameter[i] >= 0) continue;
        p->column[i] = place_of(name, p->n_columns, p->columns);
        if (p->column[i] >= 0) continue;
        p->column[i] = p->n_columns;
        p->columns[p->n_columns++] = name;
    }
    return DSC_OK;
}

// ---- walks --------------------------------------------------------------------------------------

static dsc_status check_walk(dsc_context *ctx, const char *name, const dsc_walk *w)
{
    const bool logistic = strcmp(w->transform, "logistic") == 0;
    DSC_REQUIRE(ctx, w->low < w->high, DSC_INPUT,
                "walk.%s.low is %g, but walk.%s.high is %g; it must be larger", name, w->low, name,
                w->high);
    DSC_REQUIRE(ctx, !logistic || (isfinite(w->low) && isfinite(w->high)), DSC_INPUT,
                "walk.%s.transform is logistic, which needs a finite walk.%s.low and "
                "walk.%s.high",
                name, name, name);
    DSC_REQUIRE(ctx, strcmp(w->transform, "exp") != 0 || isfinite(w->low), DSC_INPUT,
                "walk.%s.transform is exp, which needs a finite walk.%s.low", name, name);
    DSC_REQUIRE(ctx, isfinite(w->sd) && w->sd >= 0, DSC_INPUT,
                "walk.%s.sd is %g; give a number that is not negative", name, w->sd);
    return DSC_OK;
}

static dsc_status make_walks(filter_plan *p, const char *const *names)
{
    DSC_TRY(dsc_alloc(p->ctx, (size_t)p->n_parameters, sizeof *p->start, &p->start));
    for (int i = 0; i < p->n_parameters; i++) {
        DSC_TRY(check_walk(p->ctx, names[i], &p->walk[i]));
        DSC_TRY(filter_start_read(p->ctx, names[i], p->walk[i].start, &p->start[i]));
    }
    return filter_walk_cell(p->ctx, p->n_parameters, p->walk, &p->walks);
}

// ---- the plan -----------------------------------------------------------------------------------

static dsc_status make_plan(const filter_plan *p, const dsc_cell *cell, int n,
                            const char *const *recorded, dsc_plan **plan)
{
    const dsc_plan_options o = {.engine = p->engine,
                                .max_trials = 1,
                                .n_workers = 1,
                                .n_recorded = n,
                                .recorded = recorded};
    return dsc_plan_create(p->ctx, cell, &o, plan);
}

static dsc_status build(filter_plan *p, const char *const *names)
{
    static const char *const outputs[] = {"_filter_p", "_filter_likelihood"}, *const values[] = {
                                                                                  "value"};
    DSC_TRY(find_inputs(p, names));
    DSC_TRY(make_walks(p, names));
    DSC_TRY(make_plan(p, p->model, 2, outputs, &p->model_plan));
    return make_plan(p, p->walks, 1, values, &p->walk_plan);
}

dsc_status filter_plan_create(dsc_context *ctx, const dsc_engine *engine, const dsc_cell *model,
                              int n_actions, int n_parameters, const char *const *names,
                              const dsc_walk *walk, int n_particles, filter_plan **plan)
{
    filter_plan *p = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *p, &p));
    *p = (filter_plan){.ctx = ctx,
                       .engine = engine,
                       .n_particles = n_particles,
                       .n_parameters = n_parameters,
                       .n_actions = n_actions,
                       .n_inputs = dsc_cell_input_count(model),
                       .width = dsc_engine_width(engine),
                       .walk = walk,
                       .model = model};
    p->n_tiles = (n_particles - 1) / p->width + 1;
    const dsc_status status = build(p, names);
    if (status == DSC_OK) *plan = p;
    else filter_plan_destroy(&p);
    return status;
}

void filter_plan_destroy(filter_plan **plan)
{
    filter_plan *p = *plan;
    if (!p) return;
    if (p->model_plan) dsc_plan_destroy(&p->model_plan);
    if (p->walk_plan) dsc_plan_destroy(&p->walk_plan);
    if (p->walks) dsc_cell_destroy(&p->walks);
    dsc_free(p->ctx, &p->parameter);
    dsc_free(p->ctx, &p->column);
    dsc_free(p->ctx, &p->columns);
    dsc_free(p->ctx, &p->start);
    dsc_context *ctx = p->ctx;
    dsc_free(ctx, plan);
}
