// SPDX-License-Identifier: Apache-2.0
// objective.c — values and gradients of many parameter sets in one pass: every session of a point's
// group runs in a lane of its own with the point's parameters; a point's lanes are added in the
// order of its sessions, so that a point depends on nothing but itself.
#include <string.h>

#include "fit/internal.h"

// ---- making -----------------------------------------------------------------------------------

static dsc_status find_parameters(objective *o)
{
    for (int i = 0; i < dsc_cell_parameter_count(o->cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(o->cell, i);
        if (p->level != DSC_PER_LANE) continue;
        DSC_REQUIRE(o->ctx, o->n_parameters < FIT_MOST && p->rows == 1, DSC_INPUT,
                    "%s: a fit takes at most %d parameters, each one number",
                    dsc_cell_name(o->cell), FIT_MOST);
        o->parameter[o->n_parameters++] = i;
    }
    DSC_REQUIRE(o->ctx, o->n_parameters > 0, DSC_DEFECT, "%s has no parameters to fit",
                dsc_cell_name(o->cell));
    o->n_objectives = dsc_cell_objective_count(o->cell);
    for (int k = 0; k < o->n_objectives && k < FIT_MOST; k++) o->coefficient[k] = 1;
    return DSC_OK;
}

static dsc_status make_plan(objective *o)
{
    const dsc_plan_options options = {.engine = o->engine,
                                      .n_lanes = o->capacity,
                                      .max_trials = dsc_pack_longest(o->pack),
                                      .n_workers = dsc_pool_size(o->pool),
                                      .gradient = true};
    DSC_TRY(dsc_plan_create(o->ctx, o->cell, &options, &o->plan));
    const dsc_layout *l = dsc_plan_layout(o->plan);
    DSC_TRY(dsc_alloc(o->ctx, l->n_values + 1, sizeof *o->values, &o->values));
    dsc_cell_initialise(o->cell, l, 0, o->values);
    return dsc_alloc(o->ctx, (size_t)o->capacity, sizeof *o->point_group, &o->point_group);
}

static dsc_status create(objective *o, const objective_parts *of)
{
    const dsc_pack_options options = {.engine = o->engine,
                                      .cell = o->cell,
                                      .refuse_missing = true,
                                      .n_valid = of->n_valid,
                                      .valid = of->valid,
                                      .n_sessions = o->groups->n_sessions,
                                      .sessions = o->groups->session,
                                      .last = o->groups->last};
    DSC_TRY(find_parameters(o));
    DSC_TRY(dsc_pack_create(o->ctx, of->table, &options, &o->pack));
    return make_plan(o);
}

dsc_status objective_create(dsc_context *ctx, const objective_parts *of, objective *o)
{
    objective made = {.ctx = ctx,
                      .groups = of->groups,
                      .cell = of->cell,
                      .engine = of->engine,
                      .pool = of->pool,
                      .capacity = of->capacity};
    const dsc_status status = create(&made, of);
    if (status == DSC_OK) *o = made;
    else objective_destroy(&made);
    return status;
}

void objective_destroy(objective *o)
{
    if (!o->ctx) return;
    dsc_plan_destroy(&o->plan);
    dsc_pack_destroy(o->ctx, &o->pack);
    dsc_free(o->ctx, &o->values);
    dsc_free(o->ctx, &o->point_group);
    dsc_free(o->ctx, &o->session);
    dsc_free(o->ctx, &o->lane);
    dsc_free(o->ctx, &o->slot);
    dsc_free(o->ctx, &o->sums);
    dsc_free(o->ctx, &o->gradient);
    *o = (objective){0};
}

double objective_trials(const objective *o, int group)
{
    double n = 0;
    for (int m = o->groups->first[group]; m < o->groups->first[group + 1]; m++)
        n += dsc_pack_weight(o->pack, o->groups->member[m]);
    return n;
}

// ---- the batch of some points -----------------------------------------------------------------

static dsc_status reserve(objective *o, int n)
{
    const size_t was = (size_t)o->entry_capacity, now = (size_t)n;
    const size_t width = DSC_MAX_WIDTH, tiled = (size_t)o->n_objectives * width;
    if (n <= o->entry_capacity) return DSC_OK;
    DSC_TRY(dsc_grow(o->ctx, was, now, sizeof(int), &o->session));
    DSC_TRY(dsc_grow(o->ctx, was, now, sizeof(int), &o->lane));
    DSC_TRY(dsc_grow(o->ctx, was, now, sizeof(int), &o->slot));
    dsc_free(o->ctx, &o->sums);
    dsc_free(o->ctx, &o->gradient);
    o->entry_capacity = 0; // until all of it is there
    DSC_TRY(dsc_alloc(o->ctx, now / width + width, tiled * width * sizeof(double), &o->sums));
    DSC_TRY(dsc_alloc(o->ctx, now / width + width, (size_t)o->n_parameters * width * sizeof(double),
                      &o->gradient));
    o->entry_capacity = n;
    return DSC_OK;
}

static bool is_same_batch(const objective *o, int n, const int *group)
{
    return n == o->n_points && memcmp(group, o->point_group, (size_t)n * sizeof *group) == 0;
}

static dsc_status make_batch(objective *o, int n, const int *group)
{
    const groups *g = o->groups;
    int entries = 0, e = 0;
    if (is_same_batch(o, n, group)) return DSC_OK;
    for (int i = 0; i < n; i++) entries += g->first[group[i] + 1] - g->first[group[i]];
    o->n_points = 0;
    DSC_TRY(reserve(o, entries));
    for (int i = 0; i < n; i++)
        for (int m = g->first[group[i]]; m < g->first[group[i] + 1]; m++, e++) {
            o->session[e] = g->member[m];
            o->lane[e] = i;
        }
    DSC_TRY(dsc_pack_lanes(o->ctx, o->pack, entries, o->session, o->lane, o->slot, &o->batch));
    memcpy(o->point_group, group, (size_t)n * sizeof *group);
    o->n_points = n;
    o->n_entries = entries;
    return DSC_OK;
}

// ---- values -----------------------------------------------------------------------------------

static void put_parameters(objective *o, int n, const double *x)
{
    const dsc_layout *l = dsc_plan_layout(o->plan);
    for (int k = 0; k < o->n_parameters; k++) {
        double *to = o->values + l->offset[o->parameter[k]];
        for (int i = 0; i < n; i++) to[i] = x[i * o->n_parameters + k];
    }
}

static void add_entry(const objective *o, int e, double *f, double *g)
{
    const int width = dsc_engine_width(o->engine), tile = o->slot[e] / width,
              place = o->slot[e] % width;
    const double *sum = o->sums + (size_t)tile * (size_t)(o->n_objectives * width) + place,
                 *dx = o->gradient + (size_t)tile * (size_t)(o->n_parameters * width) + place;
    for (int k = 0; k < o->n_objectives; k++) *f += sum[k * width];
    for (int k = 0; k < o->n_parameters; k++) g[k] += dx[k * width];
}

dsc_status objective_evaluate(objective *o, int n, const int *group, const double *x, double *f,
                              double *g)
{
    const size_t P = (size_t)o->n_parameters;
    DSC_REQUIRE(o->ctx, n <= o->capacity, DSC_DEFECT, "%d points, of at most %d", n, o->capacity);
    DSC_TRY(make_batch(o, n, group));
    put_parameters(o, n, x);
    const dsc_lane_results lanes = {o->sums, o->gradient};
    dsc_replica r = {.parameters = o->values,
                     .noise = {0, DSC_FOR_NOISE, 0},
                     .coefficients = o->coefficient,
                     .lanes = &lanes};
    DSC_TRY(dsc_gradient(o->plan, o->pool, &o->batch, &r, 1));
    memset(f, 0, (size_t)n * sizeof *f);
    memset(g, 0, (size_t)n * P * sizeof *g);
    for (int e = 0; e < o->n_entries; e++)
        add_entry(o, e, &f[o->lane[e]], g + (size_t)o->lane[e] * P);
    return DSC_OK;
}
