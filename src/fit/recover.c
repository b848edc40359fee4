// SPDX-License-Identifier: Apache-2.0
// recover.c — can parameters, and models, be told from so many trials? Subjects get parameters
// drawn from the prior, play the task, and are fitted by every model of the request.
//   bias = mean(estimate - true), rmse = sqrt(mean((estimate - true)^2)), r Pearson: over subjects
//   none of whose parameters ran to infinity; rank Spearman, over all
//   coverage: share of subjects whose interval estimate +- 1.96 standard errors holds the truth
//   confusion[i][j]: share of the subjects simulated by i that j fits best, by BIC or AIC
//   inversion[i][j]: share of the subjects best fitted by j that were simulated by i (Wilson &
//   Collins 2019, eLife 8:e49547, figure 5)
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/internal.h"

typedef struct recovering {
    dsc_context *ctx;
    const dsc_recovery_request *q;
    dsc_pool *pool;
    dsc_recovery *out;
    dsc_fit_config *config; // one at a time
    dsc_progress *progress;
    int n_fits;
} recovering;

// ---- drawing parameters -------------------------------------------------------------------------

// The prior; where there is none, the bounds; where those are infinite, what fits start from.
static dsc_density source_of(const dsc_cog_parameter *p, bool start)
{
    if (start) return p->start;
    if (p->prior.kind != DSC_DENSITY_NONE) return p->prior;
    if (isinf(p->lowest) || isinf(p->highest)) return p->start;
    return (dsc_density){DSC_DENSITY_UNIFORM, p->lowest, p->highest, 0};
}

static void draw_truth(const recovering *k, const dsc_cog *cog, uint32_t model, double *truth)
{
    const int n = dsc_cog_parameter_count(cog);
    for (int s = 0; s < k->q->n_subjects; s++) {
        dsc_stream random = dsc_stream_start(k->q->seed, DSC_FOR_PARAMETERS, model, (uint32_t)s, 1);
        for (int i = 0; i < n; i++) {
            const dsc_cog_parameter *p = dsc_cog_parameter_at(cog, i);
            const dsc_density d = source_of(p, k->q->from_start);
            truth[s * n + i] = dsc_density_draw(&d, p->lowest, p->highest, &random);
        }
    }
}

// ---- simulating ---------------------------------------------------------------------------------

static dsc_status set(recovering *k, const char *key, const char *value)
{
    return dsc_fit_config_set(k->ctx, k->config, key, value, "recover");
}

static dsc_status take_config(recovering *k, int model)
{
    *k->config = k->q->config[model];
    DSC_TRY(set(k, "model.level", "subject"));
    DSC_TRY(set(k, "fit.group", "subject"));
    k->config->n_actions = k->q->task->size(k->q->task_config).n_actions;
    return DSC_OK;
}

static void place_truth(const dsc_cell *cell, const dsc_layout *l, const dsc_cog *cog,
                        int n_subjects, const double *truth, double *values)
{
    const int n = dsc_cog_parameter_count(cog);
    dsc_cell_initialise(cell, l, 0, values);
    for (int i = 0; i < dsc_cell_parameter_count(cell); i++)
        for (int j = 0; j < n; j++) {
            if (strcmp(dsc_cell_parameter(cell, i)->name, dsc_cog_parameter_at(cog, j)->name) != 0)
                continue;
            for (int s = 0; s < n_subjects; s++)
                values[l->offset[i] + (size_t)s] = truth[s * n + j];
        }
}

static dsc_status play(recovering *k, uint32_t model, const dsc_cell *cell, const double *values,
                       dsc_table **table)
{
    const dsc_recovery_request *q = k->q;
    const dsc_simulation wish = {.task = q->task,
                                 .task_config = q->task_config,
                                 .cell = cell,
                                 .parameters = values,
                                 .n_sessions = q->n_subjects * q->n_sessions,
                                 .n_trials = q->n_trials,
                                 .n_subjects = q->n_subjects,
                                 .seed = q->seed + model};
    return dsc_simulate(k->ctx, &wish, k->pool, table);
}

static dsc_status simulate(recovering *k, int model, const double *truth, dsc_table **table)
{
    dsc_cell *cell = NULL;
    dsc_layout layout = {0};
    double *values = NULL;
    DSC_TRY(take_config(k, model));
    DSC_TRY(dsc_model_agent(k->ctx, k->config->definition, k->config->model_config,
                            k->config->n_actions, &cell));
    dsc_status status = dsc_layout_create(k->ctx, cell, k->q->n_subjects, 1, &layout);
    if (status == DSC_OK) status = dsc_alloc(k->ctx, layout.n_values + 1, sizeof *values, &values);
    if (status == DSC_OK) {
        const dsc_cog *cog = k->config->definition->cog;
        place_truth(cell, &layout, cog, k->q->n_subjects, truth, values);
        status = play(k, (uint32_t)model, cell, values, table);
    }
    dsc_free(k->ctx, &values);
    if (layout.offset) dsc_layout_free(k->ctx, &layout);
    dsc_cell_destroy(&cell);
    return status;
}

// ---- how well one parameter came back -----------------------------------------------------------

static double correlation(int n, const double *x, const double *y)
{
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (int i = 0; i < n; i++) mx += x[i] / n, my += y[i] / n;
    for (int i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xy / sqrt(xx * yy);
}

// Ranks, ties sharing the mean of theirs; n is hundreds.
static void rank(int n, const double *x, double *out)
{
    for (int i = 0; i < n; i++) {
        int below = 0, same = 0;
        for (int j = 0; j < n; j++) {
            below += x[j] < x[i];
            same += x[j] == x[i];
        }
        out[i] = below + 0.5 * (same - 1);
    }
}

static void compare_values(int n, const double *truth, const double *value, dsc_recovered *r)
{
    for (int i = 0; i < n; i++) {
        const double off = value[i] - truth[i];
        r->bias += off / n;
        r->rmse += off * off / n;
    }
    r->rmse = n > 0 ? sqrt(r->rmse) : NAN;
    r->bias = n > 0 ? r->bias : NAN;
    r->r = correlation(n, truth, value);
}

static void count_covered(int n, dsc_recovered *r)
{
    int covered = 0;
    for (int i = 0; i < n; i++) {
        if (isnan(r->error[i])) continue;
        r->n_intervals++;
        covered += fabs(r->value[i] - r->truth[i]) <= 1.96 * r->error[i];
    }
    r->coverage = r->n_intervals ? covered / (double)r->n_intervals : NAN;
}

// room [2][n]
static void summarise(int n, const unsigned *flags, double *room, dsc_recovered *r)
{
    int kept = 0;
    for (int i = 0; i < n; i++) {
        if (flags[i] & DSC_FIT_UNBOUNDED) continue;
        room[kept] = r->truth[i];
        room[n + kept++] = r->value[i];
    }
    compare_values(kept, room, room + n, r);
    count_covered(n, r);
    rank(n, r->truth, room);
    rank(n, r->value, room + n);
    r->rank_r = correlation(n, room, room + n);
}

// Truth, values and errors of one model by parameter, [parameter][subject].
static dsc_status keep_own(recovering *k, int model, const double *truth, const dsc_estimates *e)
{
    dsc_recovery *out = k->out;
    const int n = out->n_subjects, P = e->n_parameters;
    double *room = NULL;
    DSC_TRY(dsc_alloc(k->ctx, 2 * (size_t)n, sizeof *room, &room));
    for (int i = 0; i < P; i++) {
        dsc_recovered *r = &out->model[model].parameter[i];
        for (int s = 0; s < n; s++) {
            r->truth[s] = truth[s * P + i];
            r->value[s] = e->value[s * P + i];
            r->error[s] = e->error[s * P + i];
        }
        summarise(n, e->flags, room, r);
    }
    for (int s = 0; s < n; s++) {
        out->model[model].flags[s] = e->flags[s];
        out->model[model].n_unbounded += (e->flags[s] & DSC_FIT_UNBOUNDED) != 0;
        out->model[model].nll[s] = e->nll[s];
        out->n_trials += e->n_trials[s] / n / out->n_models;
    }
    dsc_free(k->ctx, &room);
    return DSC_OK;
}

// ---- who fits best ------------------------------------------------------------------------------

static double criterion_of(const recovering *k, const dsc_estimates *e, int s)
{
    const double cost = k->q->aic ? 2 : log(e->n_trials[s]);
    return 2 * e->nll[s] + cost * e->n_parameters;
}

static dsc_status fit_by(recovering *k, const dsc_table *t, int simulated, int fitted,
                         const double *truth, double *score)
{
    dsc_estimates *e = NULL;
    char what[64];
    snprintf(what, sizeof what, "%s by %s", k->out->model[simulated].name,
             k->out->model[fitted].name);
    DSC_TRY(take_config(k, fitted));
    DSC_TRY(dsc_estimate_table(k->ctx, k->config, t, NULL, k->pool, &e));
    dsc_status status = e->n_groups == k->q->n_subjects
                            ? DSC_OK
                            : dsc_fail(k->ctx, DSC_DEFECT, "%d subjects were played, %d fitted",
                                       k->q->n_subjects, e->n_groups);
    for (int s = 0; status == DSC_OK && s < e->n_groups; s++) score[s] = criterion_of(k, e, s);
    if (status == DSC_OK && simulated == fitted) status = keep_own(k, simulated, truth, e);
    dsc_estimates_destroy(k->ctx, &e);
    dsc_progress_update(k->progress, ++k->n_fits, what);
    return status;
}

// One row of the confusion matrix; the first of equals wins.
static void count_best(recovering *k, int simulated, const double *score)
{
    const int n = k->out->n_models, subjects = k->out->n_subjects;
    for (int s = 0; s < subjects; s++) {
        int best = 0;
        for (int j = 1; j < n; j++)
            if (score[j * subjects + s] < score[best * subjects + s]) best = j;
        k->out->confusion[simulated * n + best]++;
    }
    for (int j = 0; j < n; j++) k->out->confusion[simulated * n + j] /= subjects;
}

static void invert(dsc_recovery *r)
{
    const int n = r->n_models;
    for (int j = 0; j < n; j++) {
        double column = 0;
        for (int i = 0; i < n; i++) column += r->confusion[i * n + j];
        for (int i = 0; i < n; i++) r->inversion[i * n + j] = r->confusion[i * n + j] / column;
    }
}

static dsc_status recover_one(recovering *k, int model)
{
    const dsc_cog *cog = k->q->config[model].definition->cog;
    const size_t n = (size_t)k->q->n_subjects;
    double *truth = NULL, *score = NULL;
    dsc_table *table = NULL;
    dsc_status status =
        dsc_alloc(k->ctx, n * (size_t)dsc_cog_parameter_count(cog), sizeof *truth, &truth);
    if (status == DSC_OK)
        status = dsc_alloc(k->ctx, n * (size_t)k->q->n_models, sizeof *score, &score);
    if (status == DSC_OK) {
        draw_truth(k, cog, (uint32_t)model, truth);
        status = simulate(k, model, truth, &table);
    }
    for (int j = 0; status == DSC_OK && j < k->q->n_models; j++)
        status = fit_by(k, table, model, j, truth, score + (size_t)j * n);
    if (status == DSC_OK) count_best(k, model, score);
    if (table) dsc_table_destroy(k->ctx, &table);
    dsc_free(k->ctx, &truth);
    dsc_free(k->ctx, &score);
    return status;
}

// ---- the whole ----------------------------------------------------------------------------------

static dsc_status make_model(recovering *k, int model)
{
    dsc_recovered_model *m = &k->out->model[model];
    const dsc_model *d = k->q->config[model].definition;
    const size_t n = (size_t)k->q->n_subjects;
    dsc_arena *arena = k->out->arena;
    DSC_REQUIRE(k->ctx, d && d->cog && dsc_cog_parameter_count(d->cog) > 0, DSC_INPUT,
                "%s has no parameters to recover; classical models have: discern models",
                k->q->config[model].model);
    m->name = d->name;
    m->n_parameters = dsc_cog_parameter_count(d->cog);
    DSC_TRY(dsc_arena_alloc(arena, n, sizeof *m->flags, &m->flags));
    DSC_TRY(dsc_arena_alloc(arena, n, sizeof *m->nll, &m->nll));
    DSC_TRY(dsc_arena_alloc(arena, (size_t)m->n_parameters, sizeof *m->parameter, &m->parameter));
    for (int i = 0; i < m->n_parameters; i++) {
        dsc_recovered *r = &m->parameter[i];
        r->name = dsc_cog_parameter_at(d->cog, i)->name;
        DSC_TRY(dsc_arena_alloc(arena, n, sizeof *r->truth, &r->truth));
        DSC_TRY(dsc_arena_alloc(arena, n, sizeof *r->value, &r->value));
        DSC_TRY(dsc_arena_alloc(arena, n, sizeof *r->error, &r->error));
    }
    return DSC_OK;
}

static dsc_status make_recovery(recovering *k)
{
    const dsc_recovery_request *q = k->q;
    const size_t n = (size_t)q->n_models;
    DSC_REQUIRE(k->ctx, n > 0 && q->n_subjects > 2, DSC_USAGE,
                "a recovery takes at least one model and three subjects");
    DSC_TRY(dsc_alloc(k->ctx, 1, sizeof *k->out, &k->out));
    DSC_TRY(dsc_arena_create(k->ctx, &k->out->arena));
    k->out->n_models = q->n_models;
    k->out->n_subjects = q->n_subjects;
    k->out->aic = q->aic;
    DSC_TRY(dsc_arena_alloc(k->out->arena, n, sizeof *k->out->model, &k->out->model));
    DSC_TRY(dsc_arena_alloc(k->out->arena, n * n, sizeof(double), &k->out->confusion));
    DSC_TRY(dsc_arena_alloc(k->out->arena, n * n, sizeof(double), &k->out->inversion));
    for (int i = 0; i < q->n_models; i++) DSC_TRY(make_model(k, i));
    return dsc_alloc(k->ctx, 1, sizeof *k->config, &k->config);
}

dsc_status dsc_recover(dsc_context *ctx, const dsc_recovery_request *q, dsc_pool *pool,
                       dsc_recovery **r)
{
    recovering k = {.ctx = ctx, .q = q, .pool = pool};
    dsc_status status = make_recovery(&k);
    if (status == DSC_OK)
        status = dsc_progress_start(ctx, q->progress, "recover", q->n_models * q->n_models, "fits",
                                    &k.progress);
    for (int i = 0; status == DSC_OK && i < q->n_models; i++) status = recover_one(&k, i);
    if (k.progress) dsc_progress_end(&k.progress);
    if (status == DSC_OK) {
        invert(k.out);
        *r = k.out;
    } else dsc_recovery_destroy(ctx, &k.out);
    dsc_free(ctx, &k.config);
    return status;
}

void dsc_recovery_destroy(dsc_context *ctx, dsc_recovery **r)
{
    if (*r) dsc_arena_destroy(&(*r)->arena);
    dsc_free(ctx, r);
}
