// SPDX-License-Identifier: Apache-2.0
// estimates.c — a fit in memory: the model's cell with parameters per lane, the sets, and what
// their ends say about every group.
#include <math.h>
#include <string.h>

#include "fit/internal.h"

// Restarts within this of the best found the same optimum.
static const double same_optimum = 1e-3;
// Of the choices, one option: what a learner does cannot be seen.
static const double constant_share = 0.95;
enum { TRIALS_PER_PARAMETER = 10 };

// With a remedy where the fit itself should tell.
static const struct {
    const char *name, *meaning, *remedy;
} flags[DSC_FIT_FLAGS] = {
    {"bound", "a parameter lies on one of its bounds", NULL},
    {"restarts",
     "fewer than half of the restarts (those that ended flat apart) found the best value", NULL},
    {"hessian", "no curvature in some direction, so no standard errors", NULL},
    {"few_trials", "fewer than ten scored trials per parameter", NULL},
    {"not_converged", "the best restart had not converged", "raise fit.max_rounds"},
    {"flat", "at the best point some parameter has no effect",
     "its value means nothing: either the choices look random to this model (nll_per_trial in "
     "fit.csv is at chance), or these data never call for that parameter. More restarts may find a "
     "better point: fit.restarts"},
    {"unbounded", "the data set no limit to a parameter, which ran to infinity",
     "take priors (fit.method=map), or give the parameter bounds in a text of your own"},
    {"constant", "at least 95 % of the choices are one option",
     "such choices say little about learning; look at them before you believe their parameters"},
};

const char *dsc_fit_flag_name(int k)
{
    return k >= 0 && k < DSC_FIT_FLAGS ? flags[k].name : NULL;
}

const char *dsc_fit_flag_meaning(int k)
{
    return k >= 0 && k < DSC_FIT_FLAGS ? flags[k].meaning : NULL;
}

void estimates_tell(dsc_context *ctx, const dsc_estimates *e)
{
    for (int i = 0; i < DSC_FIT_FLAGS; i++) {
        int n = 0;
        for (int k = 0; k < e->n_groups; k++) n += e->flags[k] >> i & 1;
        if (n > 0 && flags[i].remedy)
            dsc_note(ctx, DSC_WARNING, "%d of %d fits: %s (flag \"%s\" in fit.csv); %s", n,
                     e->n_groups, flags[i].meaning, flags[i].name, flags[i].remedy);
    }
}

static dsc_group level_of(const estimation *e)
{
    const char *group = e->config->fit.group;
    if (!group[0]) return dsc_cog_parameter_at(e->model->cog, 0)->group;
    if (strcmp(group, "session") == 0) return DSC_GROUP_SESSION;
    return strcmp(group, "model") == 0 ? DSC_GROUP_MODEL : DSC_GROUP_SUBJECT;
}

// ---- the cell -----------------------------------------------------------------------------------

// weight * -ln(p[label] + epsilon), as some programs score (epsilon 1e-10).
static void attach_shifted(dsc_builder *b, double epsilon)
{
    const dsc_node prediction = dsc_find(b, "prediction");
    const dsc_node chosen = dsc_onehot(b, dsc_input_one(b, "label"), dsc_rows(b, prediction));
    const dsc_node p = dsc_dot(b, chosen, dsc_softmax(b, prediction));
    const dsc_node cost = dsc_negate(b, dsc_logarithm(b, dsc_offset(b, p, epsilon)));
    dsc_objective(b, "nll", dsc_multiply(b, dsc_input_one(b, "weight"), cost));
}

dsc_status likelihood_attach(dsc_builder *b, double epsilon, bool valid)
{
    if (epsilon > 0) attach_shifted(b, epsilon);
    else DSC_TRY(dsc_loss_attach(b, DSC_LOSS_CATEGORICAL, 0, valid));
    const dsc_node observed = dsc_find(b, "observation");
    if (observed.id >= 0)
        dsc_objective(b, "observation", dsc_multiply(b, dsc_input_one(b, "weight"), observed));
    return dsc_builder_status(b);
}

static int n_actions(const estimation *e)
{
    return e->config->n_actions ? e->config->n_actions : e->table->n_actions;
}

static dsc_status build_cell(estimation *e)
{
    const dsc_model_size size = {
        .n_actions = n_actions(e), .form = DSC_COG_OBSERVER, .per_lane = true};
    dsc_builder *b = NULL;
    dsc_cell *made = NULL;
    DSC_TRY(dsc_cell_begin(e->ctx, e->model->name, &b));
    dsc_status status = e->model->build(e->model, b, e->config->model_config, &size);
    if (status == DSC_OK) status = likelihood_attach(b, e->config->fit.epsilon, e->n_valid > 0);
    const dsc_status ended = dsc_cell_end(b, &made); // frees the builder, whatever happened
    if (status == DSC_OK && ended == DSC_OK) e->cell = made;
    else dsc_cell_destroy(&made);
    return status != DSC_OK ? status : ended;
}

// ---- parameters ---------------------------------------------------------------------------------

static bool is_finite_range(const dsc_cog_parameter *p)
{
    return isfinite(p->lowest) && isfinite(p->highest);
}

static void take_parameter(sets *s, int i, const dsc_cog_parameter *p)
{
    fit_parameter *to = &s->parameter[i];
    *to = (fit_parameter){p->name, p->lowest, p->highest, p->start, p->prior};
    if (p->prior.kind == DSC_DENSITY_NONE && is_finite_range(p))
        to->prior = (dsc_density){DSC_DENSITY_UNIFORM, p->lowest, p->highest, 0};
    parameter_space(to, i, &s->space);
}

static void note_improper(const estimation *e, const dsc_cog_parameter *p)
{
    if (e->sets.map && p->prior.kind == DSC_DENSITY_NONE && !is_finite_range(p))
        dsc_note(e->ctx, DSC_WARNING,
                 "%s: %s has no prior and no finite bounds; its prior is flat and improper, so the "
                 "posterior is the likelihood in that direction",
                 e->model->name, p->name);
}

static dsc_status take_parameters(estimation *e)
{
    sets *s = &e->sets;
    const dsc_fit_config *c = e->config;
    s->space.n = dsc_cog_parameter_count(e->model->cog);
    DSC_REQUIRE(e->ctx, s->space.n == e->objective.n_parameters, DSC_DEFECT,
                "%s has %d parameters, its cell %d", e->model->name, s->space.n,
                e->objective.n_parameters);
    s->space.tolerance = c->fit.tolerance;
    s->space.most_rounds = c->fit.max_rounds;
    s->map = strcmp(c->fit.method, "map") == 0;
    s->seed = (uint64_t)c->seed;
    s->method = route_method(c->fit.optimizer);
    for (int i = 0; i < s->space.n; i++) {
        const dsc_cog_parameter *p = dsc_cog_parameter_at(e->model->cog, i);
        take_parameter(s, i, p);
        note_improper(e, p);
    }
    return DSC_OK;
}

// ---- beginning ----------------------------------------------------------------------------------

static dsc_status find_engine(estimation *e)
{
    const dsc_fit_config *c = e->config;
    return dsc_engine_select(e->ctx, c->engine[0] ? c->engine : NULL, c->isa[0] ? c->isa : NULL,
                             "double", &e->engine);
}

// Room for all searches at once, and for the differences that standard errors take.
static dsc_status create_objective(estimation *e)
{
    const int n_sets = e->groups.n * e->config->fit.restarts,
              n_points = 2 * dsc_cog_parameter_count(e->model->cog) * e->groups.n;
    const objective_parts of = {.cell = e->cell,
                                .engine = e->engine,
                                .table = e->table,
                                .groups = &e->groups,
                                .pool = e->pool,
                                .capacity = n_sets > n_points ? n_sets : n_points,
                                .n_valid = e->n_valid,
                                .valid = (const char *const *)e->valid};
    return objective_create(e->ctx, &of, &e->objective);
}

static dsc_status begin(estimation *e, const dsc_split *split)
{
    const int restarts = e->config->fit.restarts;
    e->model = e->config->definition;
    DSC_REQUIRE(e->ctx, e->model, DSC_DEFECT, "the config has no model");
    DSC_REQUIRE(e->ctx, e->model->cog && dsc_cog_parameter_count(e->model->cog) > 0, DSC_INPUT,
                "fit.method: %s has no parameters to estimate; networks are trained "
                "(fit.method=gradient)",
                e->model->name);
    DSC_TRY(dsc_table_require(e->ctx, e->table, "choice"));
    DSC_TRY(find_engine(e));
    DSC_TRY(dsc_fit_valid_actions(e->ctx, e->config, n_actions(e), &e->valid, &e->n_valid));
    DSC_TRY(build_cell(e));
    DSC_TRY(groups_create(e->ctx, e->table, split, level_of(e), &e->groups));
    DSC_TRY(create_objective(e));
    DSC_TRY(take_parameters(e));
    DSC_TRY(sets_create(e->ctx, &e->groups, &e->objective, restarts, &e->sets));
    sets_begin(&e->sets);
    return DSC_OK;
}

dsc_status estimation_begin(dsc_context *ctx, const dsc_fit_config *c, const dsc_table *t,
                            const dsc_split *split, dsc_pool *pool, estimation *e)
{
    *e = (estimation){.ctx = ctx, .config = c, .table = t, .pool = pool};
    const dsc_status status = begin(e, split);
    if (status != DSC_OK) estimation_end(e);
    return status;
}

void estimation_end(estimation *e)
{
    sets_destroy(&e->sets);
    objective_destroy(&e->objective);
    dsc_free(e->ctx, &e->valid);
    groups_destroy(&e->groups);
    if (e->cell) dsc_cell_destroy(&e->cell);
}

// ---- results ------------------------------------------------------------------------------------

dsc_status estimates_create(dsc_context *ctx, int n_groups, int n_parameters, dsc_estimates **out)
{
    const size_t n = (size_t)n_groups, P = (size_t)n_parameters, real = sizeof(double);
    dsc_arena *arena;
    dsc_estimates *r = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *r, &r));
    dsc_status status = dsc_arena_create(ctx, &arena);
    if (status == DSC_OK) r->arena = arena;
    DSC_TRY_OR(done, status);
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n, sizeof(char *), &r->subject));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n, sizeof(char *), &r->session));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, P, sizeof(char *), &r->parameter));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n * P, real, &r->value));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n * P, real, &r->error));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n * P * P, real, &r->correlation));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n * P, 1, &r->bound));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n, real, &r->nll));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n, real, &r->log_prior));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n, real, &r->log_evidence));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n, real, &r->n_trials));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n, sizeof(int), &r->at_best));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n, sizeof(int), &r->flat));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n, sizeof(int), &r->rounds));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, n, sizeof(unsigned), &r->flags));
    r->n_groups = n_groups;
    r->n_parameters = n_parameters;
    *out = r;
    return DSC_OK;
done:
    dsc_estimates_destroy(ctx, &r);
    return status;
}

static dsc_status put_names(const estimation *e, dsc_estimates *r)
{
    const dsc_table *t = e->table;
    for (int i = 0; i < r->n_parameters; i++) {
        char *name;
        DSC_TRY(dsc_arena_strdup(r->arena, e->sets.parameter[i].name, &name));
        r->parameter[i] = name;
    }
    for (int k = 0; k < r->n_groups; k++) {
        const int alone = e->groups.alone[k];
        const bool all = level_of(e) == DSC_GROUP_MODEL;
        const char *subject = t->subject ? t->subject[e->groups.subject[k]] : NULL,
                   *session = alone >= 0 ? t->session[alone].label : NULL;
        DSC_TRY(dsc_arena_strdup(r->arena, all || !subject ? "" : subject, &r->subject[k]));
        DSC_TRY(dsc_arena_strdup(r->arena, session ? session : "", &r->session[k]));
    }
    return DSC_OK;
}

static signed char bound_of(const fit_parameter *p, double x)
{
    return (signed char)(x <= p->lowest ? -1 : x >= p->highest ? 1 : 0);
}

static void put_bounds(const sets *s, dsc_estimates *r, int k)
{
    for (int i = 0; i < r->n_parameters; i++) {
        const int at = k * r->n_parameters + i;
        r->bound[at] = bound_of(&s->parameter[i], r->value[at]);
        if (r->bound[at]) r->flags[k] |= DSC_FIT_BOUND;
    }
}

static void count_restarts(const sets *s, dsc_estimates *r, int k, double best)
{
    for (int i = k * s->n_restarts; i < (k + 1) * s->n_restarts; i++) {
        const bool same = s->best[i].f <= best + same_optimum;
        r->at_best[k] += same;
        r->flat[k] += !same && s->best[i].state == SEARCH_FLAT;
    }
    if (2 * r->at_best[k] < s->n_restarts - r->flat[k]) r->flags[k] |= DSC_FIT_RESTARTS;
}

// ---- choices ------------------------------------------------------------------------------------

typedef struct tally {
    double option;  // more than half of the choices, if any one is (Boyer & Moore)
    double n, lead; // choices; votes for the option less those for others
} tally;

static void vote(tally *v, double choice)
{
    if (v->lead == 0) v->option = choice;
    v->lead += choice == v->option ? 1 : -1;
    v->n++;
}

// Calls vote() for the choices that are fitted; returns how many are `option`.
static double go_through_choices(const estimation *e, int k, tally *v, double option)
{
    const groups *g = &e->groups;
    const dsc_column *choice = dsc_table_column(e->table, "choice"),
                     *instructed = dsc_table_column(e->table, "instructed");
    double n = 0;
    for (int m = g->first[k]; choice && m < g->first[k + 1]; m++) {
        const int session = g->session[g->member[m]];
        const size_t first = e->table->session[session].first;
        for (size_t t = first; t < first + (size_t)g->last[session]; t++) {
            const double told = instructed ? instructed->value[t] : 0;
            if (isnan(choice->value[t]) || (told != 0 && !isnan(told))) continue;
            if (v) vote(v, choice->value[t]);
            n += choice->value[t] == option;
        }
    }
    return n;
}

static bool is_constant(const estimation *e, int k)
{
    tally v = {0};
    go_through_choices(e, k, &v, 0);
    return v.n > 0 && go_through_choices(e, k, NULL, v.option) >= constant_share * v.n;
}

// ---- estimates ----------------------------------------------------------------------------------

static dsc_status put_group(const estimation *e, dsc_estimates *r, int k)
{
    const sets *s = &e->sets;
    const int P = r->n_parameters, best = sets_best(s, k);
    const best_point *b = &s->best[best];
    double *x = r->value + k * P;
    DSC_REQUIRE(
        e->ctx, isfinite(b->f), DSC_INPUT,
        "%s: the likelihood of subject \"%s\" is not a finite number at any of the starting "
        "points; look at the trials of this subject, or give other start distributions",
        e->model->name, r->subject[k]);
    memcpy(x, s->best_x + (size_t)best * (size_t)P, (size_t)P * sizeof *x);
    if (s->map) r->log_prior[k] = prior_add(s->parameter, P, x, NULL, NULL);
    r->nll[k] = b->f + r->log_prior[k];
    r->n_trials[k] = objective_trials(&e->objective, k);
    r->rounds[k] = b->rounds + s->search[best].rounds;
    put_bounds(s, r, k);
    count_restarts(s, r, k, b->f);
    if (r->n_trials[k] < TRIALS_PER_PARAMETER * P) r->flags[k] |= DSC_FIT_FEW_TRIALS;
    if (is_constant(e, k)) r->flags[k] |= DSC_FIT_CONSTANT;
    if (b->state == SEARCH_FLAT) r->flags[k] |= DSC_FIT_FLAT;
    else if (b->state != SEARCH_CONVERGED) r->flags[k] |= DSC_FIT_UNCONVERGED;
    return DSC_OK;
}

// Laplace needs a proper prior of every parameter and a maximum inside.
static bool has_evidence(const estimation *e, const dsc_estimates *r, int k)
{
    const sets *s = &e->sets;
    bool proper = s->map && !(r->flags[k] &
                              (DSC_FIT_BOUND | DSC_FIT_HESSIAN | DSC_FIT_FLAT | DSC_FIT_UNBOUNDED));
    for (int i = 0; i < r->n_parameters; i++)
        proper = proper && s->parameter[i].prior.kind != DSC_DENSITY_NONE;
    return proper;
}

static void put_evidence(const estimation *e, dsc_estimates *r, int k, double half_log_det)
{
    static const double half_log_2_pi = 0.91893853320467274178;
    r->log_evidence[k] = has_evidence(e, r, k) ? r->log_prior[k] - r->nll[k] +
                                                     r->n_parameters * half_log_2_pi - half_log_det
                                               : NAN;
}

// At what stands for infinity, or on the way there where the standard error reaches back to where
// parameters usually are.
static void find_unbounded(const sets *s, dsc_estimates *r, int k)
{
    for (int i = 0; i < r->n_parameters; i++) {
        const int at = k * r->n_parameters + i;
        const double x = r->value[at];
        const double out = parameter_far(&s->parameter[i], x);
        if (out == 0 || (out < 1 && r->error[at] < fabs(x))) continue; // NaN: no standard error
        r->bound[at] = x < 0 ? -2 : 2;
        r->flags[k] |= DSC_FIT_UNBOUNDED;
    }
}

// At infinity nothing is curved, and what the other parameters are hangs on it.
static void leave_out_errors(dsc_estimates *r, int k)
{
    const int P = r->n_parameters;
    for (int i = 0; i < P; i++) r->error[k * P + i] = NAN;
    for (int i = 0; i < P * P; i++) r->correlation[k * P * P + i] = NAN;
}

static dsc_status put_curvature(estimation *e, dsc_estimates *r)
{
    const size_t n = (size_t)r->n_groups;
    bool *singular = NULL;
    double *half_log_det = NULL;
    dsc_status status = dsc_alloc(e->ctx, n, sizeof *singular, &singular);
    if (status == DSC_OK) status = dsc_alloc(e->ctx, n, sizeof *half_log_det, &half_log_det);
    const curvature c = {r->value, r->bound, r->error, r->correlation, half_log_det, singular};
    if (status == DSC_OK) status = curvature_find(&e->sets, &c);
    for (int k = 0; status == DSC_OK && k < r->n_groups; k++) {
        find_unbounded(&e->sets, r, k);
        if (r->flags[k] & DSC_FIT_UNBOUNDED) leave_out_errors(r, k);
        else if (singular[k]) r->flags[k] |= DSC_FIT_HESSIAN;
        put_evidence(e, r, k, half_log_det[k]);
    }
    dsc_free(e->ctx, &singular);
    dsc_free(e->ctx, &half_log_det);
    return status;
}

dsc_status estimation_finish(estimation *e, dsc_estimates **out)
{
    dsc_estimates *r = NULL;
    DSC_TRY(estimates_create(e->ctx, e->groups.n, e->sets.space.n, &r));
    r->n_restarts = e->sets.n_restarts;
    dsc_status status = put_names(e, r);
    for (int k = 0; status == DSC_OK && k < r->n_groups; k++) status = put_group(e, r, k);
    if (status == DSC_OK) status = put_curvature(e, r);
    if (status == DSC_OK) *out = r;
    else dsc_estimates_destroy(e->ctx, &r);
    return status;
}

void dsc_estimates_destroy(dsc_context *ctx, dsc_estimates **e)
{
    if (!e || !*e) return;
    if ((*e)->arena) dsc_arena_destroy(&(*e)->arena);
    dsc_free(ctx, e);
}

dsc_status dsc_estimate_table(dsc_context *ctx, const dsc_fit_config *c, const dsc_table *t,
                              const dsc_split *split, dsc_pool *pool, dsc_estimates **out)
{
    estimation e;
    DSC_TRY(estimation_begin(ctx, c, t, split, pool, &e));
    dsc_status status = DSC_OK;
    do status = sets_round(&e.sets);
    while (status == DSC_OK && e.sets.n_active > 0);
    if (status == DSC_OK) status = estimation_finish(&e, out);
    estimation_end(&e);
    return status;
}
