// SPDX-License-Identifier: Apache-2.0
// filter_table.c — filtering a table: its columns as the model reads them, groups of sessions
// spread over the workers, and per trial the numbers that an evaluation keeps. A group is worked
// through by one thread; what is drawn for it depends on its label, not on its place.
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "fit/filter.h"

typedef struct failure {
    int session, trial; // -1: none
} failure;

typedef struct filtering {
    dsc_context *ctx;
    const dsc_filter *f;
    const dsc_table *t;
    const dsc_engine *engine;
    dsc_cell *model, *columns;
    filter_plan *plan;
    dsc_pack *pack;
    const double **rows; // [n_sessions] its columns, [n_trials][n_columns]
    int *group, *order;  // [n_sessions] of a session; sessions sorted by group
    int n_groups;
    filter_particles **particles; // [n_workers]
    double **scratch;             // [n_workers][n_parameters + 3][lanes]
    failure *failed;              // [n_workers]
    int n_workers;
    dsc_evaluation *e;
    dsc_progress *progress;
    atomic_size_t done; // trials
} filtering;

// ---- the model's cell and its columns -----------------------------------------------------------

static dsc_status count_actions(filtering *v, int *n)
{
    const int wanted = dsc_cog_actions(v->f->model->cog), there = v->t->n_actions;
    DSC_TRY(dsc_table_require(v->ctx, v->t, "choice"));
    DSC_REQUIRE(v->ctx, wanted == 0 || there <= wanted, DSC_INPUT,
                "%s: a choice is %d, but the model \"%s\" has options 0 to %d", v->t->path,
                there - 1, v->f->model->name, wanted - 1);
    *n = wanted ? wanted : there;
    return DSC_OK;
}

static dsc_status build_model(filtering *v, int n_actions)
{
    const dsc_model *m = v->f->model;
    const dsc_model_size size = {.n_actions = n_actions, .form = DSC_COG_PARTICLE};
    dsc_builder *b = NULL;
    DSC_TRY(dsc_cell_begin(v->ctx, m->name, &b));
    const dsc_status built = m->build(m, b, v->f->model_config, &size);
    if (built == DSC_OK) filter_outputs(b);
    const dsc_status ended = dsc_cell_end(b, &v->model); // frees the builder, whatever happened
    return built != DSC_OK ? built : ended;
}

// A cell that only reads: the oracle's tiles are plain rows of its inputs.
static dsc_status pack_columns(filtering *v)
{
    const dsc_engine *plain;
    dsc_builder *b = NULL;
    DSC_TRY(dsc_engine_select(v->ctx, "ref", NULL, "double", &plain));
    DSC_TRY(dsc_cell_begin(v->ctx, v->f->model->name, &b));
    dsc_inputs(b, v->plan->n_columns, v->plan->columns);
    DSC_TRY(dsc_cell_end(b, &v->columns));
    const dsc_pack_options o = {.engine = plain, .cell = v->columns, .refuse_missing = true};
    DSC_TRY(dsc_pack_create(v->ctx, v->t, &o, &v->pack));
    DSC_TRY(dsc_alloc(v->ctx, (size_t)v->t->n_sessions, sizeof *v->rows, &v->rows));
    dsc_batch batch;
    dsc_pack_whole(v->pack, NULL, &batch);
    for (int i = 0; i < batch.n_tiles; i++) {
        dsc_tile tile = {0};
        batch.fill(batch.user, i, 0, &tile);
        v->rows[tile.session[0]] = tile.data;
    }
    return DSC_OK;
}

// ---- groups -------------------------------------------------------------------------------------

static dsc_status make_groups(filtering *v)
{
    const size_t n = (size_t)v->t->n_sessions;
    const bool subjects = strcmp(v->f->config.group, "subject") == 0;
    int at = 0;
    DSC_TRY(dsc_alloc(v->ctx, n + 1, sizeof *v->group, &v->group));
    DSC_TRY(dsc_alloc(v->ctx, n, sizeof *v->order, &v->order));
    int *first = v->group; // of a group in `order`; one more at the end
    if (!subjects) v->n_groups = v->t->n_sessions;
    for (int s = 0; !subjects && s < v->t->n_sessions; s++) first[s] = v->order[s] = s;
    for (int k = 0; subjects && k < v->t->n_subjects; k++) {
        first[v->n_groups] = at;
        for (int s = 0; s < v->t->n_sessions; s++)
            if (v->t->session[s].subject == k) v->order[at++] = s;
        v->n_groups += at > first[v->n_groups]; // not those without a session
    }
    first[v->n_groups] = v->t->n_sessions;
    return DSC_OK;
}

// FNV-1a over the labels: the same group gets the same draws in every table.
static uint32_t hash(uint32_t h, const char *label)
{
    for (const char *c = label ? label : ""; *c; c++) h = (h ^ (unsigned char)*c) * 16777619u;
    return (h ^ 1) * 16777619u;
}
static uint32_t stream_of(const filtering *v, int g)
{
    const dsc_session *s = &v->t->session[v->order[v->group[g]]];
    const uint32_t h = hash(2166136261u, v->t->subject[s->subject]);
    return strcmp(v->f->config.group, "session") == 0 ? hash(h, s->label) : h;
}

// ---- a group ------------------------------------------------------------------------------------

typedef struct job {
    filtering *v;
    filter_particles *p;
    double *scratch; // [n_parameters + 3][lanes]
    uint32_t stream;
    int trial; // of the group
    size_t row;
    double *recorded;
} job;

static double next_uniform(void *user)
{
    return dsc_stream_uniform(user);
}

static void begin_group(job *j)
{
    const filtering *v = j->v;
    const int P = v->plan->n_parameters, N = v->plan->n_particles;
    const uint64_t seed = (uint64_t)v->f->config.seed;
    dsc_stream random = dsc_stream_start(seed, DSC_FOR_RESAMPLING, 0, j->stream, 1);
    for (int k = 0; k < P; k++)
        for (int i = 0; i < N; i++)
            j->scratch[k * N + i] = filter_start_draw(&v->plan->start[k], &random);
    filter_begin(j->p, (dsc_noise_seed){seed, DSC_FOR_WALKS, j->stream}, j->scratch);
}

static void resample(job *j)
{
    const filtering *v = j->v;
    dsc_stream random = dsc_stream_start((uint64_t)v->f->config.seed, DSC_FOR_RESAMPLING,
                                         (uint32_t)j->trial, j->stream, 0);
    const filter_uniforms u = {next_uniform, &random};
    filter_resample(j->p, filter_resampling(v->f->config.resampling), &u);
}

static void walk(job *j)
{
    double sd[DSC_MAX_WALKS];
    for (int k = 0; k < j->v->plan->n_parameters; k++) sd[k] = j->v->f->walk[k].sd;
    filter_walk(j->p, j->trial + 1, sd, NULL);
}

static void summarize(job *j)
{
    const filter_plan *plan = j->v->plan;
    const int N = plan->n_particles;
    double *x = j->scratch, *rest = x + N;
    for (int k = 0; k < plan->n_parameters; k++) {
        double *out = j->recorded + (size_t)k * FILTER_NUMBERS;
        filter_value(j->p, k, x);
        filter_summarize(N, x, j->p->weight, rest, out);
        filter_raw(j->p, k, x);
        out[FILTER_OF_MEAN] = filter_transform(&plan->walk[k], filter_mean(N, x, j->p->weight));
    }
}

// Returns false where the model's numbers are none.
static bool run_trial(job *j, const double *columns)
{
    const filtering *v = j->v;
    const int A = v->plan->n_actions, N = v->plan->n_particles;
    const bool plain = strcmp(v->f->config.likelihood, "unweighted") == 0,
               filtered = strcmp(v->f->config.state, "filtered") == 0;
    double *after = j->recorded + (size_t)v->plan->n_parameters * FILTER_NUMBERS, *p = after + 2;
    filter_predict(j->p, columns, plain, p, &p[A]);
    p[A] = log(p[A]);
    after[0] = filter_weigh(j->p);
    if (!isfinite(after[0]) || isnan(p[0])) return false;
    if (filtered) summarize(j);
    after[1] = after[0] < v->f->config.threshold * N;
    if (after[1] != 0) resample(j);
    walk(j);
    if (!filtered) summarize(j);
    double *log_p = v->e->log_p + j->row * (size_t)A;
    for (int k = 0; k < A; k++) log_p[k] = log(p[k]);
    return true;
}

// Only the thread that started the work may speak.
static void tell(filtering *v, int worker)
{
    const size_t done = atomic_fetch_add_explicit(&v->done, 1, memory_order_relaxed) + 1;
    if (worker == 0 && done % 64 < 8) dsc_progress_update(v->progress, (double)done, NULL);
}

static void run_group(void *user, int g, int worker)
{
    filtering *v = user;
    job j = {.v = v, .p = v->particles[worker], .scratch = v->scratch[worker]};
    j.stream = stream_of(v, g);
    begin_group(&j);
    for (int i = v->group[g]; i < v->group[g + 1]; i++) {
        const int s = v->order[i];
        const double *columns = v->rows[s];
        filter_begin_session(j.p);
        for (int t = 0; t < v->t->session[s].n_trials; t++, j.trial++) {
            j.row = v->t->session[s].first + (size_t)t;
            j.recorded = v->e->recorded + j.row * (size_t)v->e->n_recorded;
            if (!run_trial(&j, columns + (size_t)t * (size_t)v->plan->n_columns)) {
                v->failed[g] = (failure){s, t};
                return;
            }
            tell(v, worker);
        }
    }
}

// ---- results ------------------------------------------------------------------------------------

enum { NAME_BYTES = 160 };

static dsc_status name_results(filtering *v)
{
    static const char *const of_parameter[] = {"mean", "sd", "low", "median", "high", "of_mean"};
    static const char *const of_trial[] = {"ess", "resampled"};
    const size_t n = (size_t)v->e->n_recorded;
    DSC_TRY(dsc_alloc(v->ctx, n + 1, sizeof(char *) + NAME_BYTES, &v->e->recorded_names));
    char *text = (char *)(v->e->recorded_names + n + 1);
    for (size_t i = 0; i < n; i++) v->e->recorded_names[i] = text + i * NAME_BYTES;
    char **name = v->e->recorded_names;
    for (int k = 0; k < v->plan->n_parameters; k++)
        for (int i = 0; i < FILTER_NUMBERS; i++)
            snprintf(*name++, NAME_BYTES, "%s_%s", v->f->name[k], of_parameter[i]);
    for (int i = 0; i < 2; i++) snprintf(*name++, NAME_BYTES, "%s", of_trial[i]);
    for (int k = 0; k < v->plan->n_actions; k++) snprintf(*name++, NAME_BYTES, "p_%d", k);
    snprintf(*name, NAME_BYTES, "log_lik");
    return DSC_OK;
}

static dsc_status make_results(filtering *v)
{
    const size_t n = v->t->n_trials, A = (size_t)v->plan->n_actions;
    DSC_TRY(dsc_alloc(v->ctx, 1, sizeof *v->e, &v->e));
    v->e->n_trials = n;
    v->e->n_actions = v->plan->n_actions;
    v->e->n_recorded = v->plan->n_parameters * FILTER_NUMBERS + 2 + v->plan->n_actions + 1;
    DSC_TRY(dsc_alloc(v->ctx, n, A * sizeof(double), &v->e->log_p));
    DSC_TRY(dsc_alloc(v->ctx, n, (size_t)v->e->n_recorded * sizeof(double), &v->e->recorded));
    return name_results(v);
}

static dsc_status make_workers(filtering *v)
{
    const size_t n = (size_t)v->n_workers,
                 lanes = (size_t)v->plan->n_tiles * (size_t)v->plan->width;
    const size_t rows = (size_t)v->plan->n_parameters + 3;
    DSC_TRY(dsc_alloc(v->ctx, n, sizeof *v->particles, &v->particles));
    DSC_TRY(dsc_alloc(v->ctx, n, sizeof *v->scratch, &v->scratch));
    DSC_TRY(dsc_alloc(v->ctx, (size_t)v->n_groups, sizeof *v->failed, &v->failed));
    for (int g = 0; g < v->n_groups; g++) v->failed[g].session = -1;
    for (size_t i = 0; i < n; i++) {
        DSC_TRY(filter_particles_create(v->plan, &v->particles[i]));
        DSC_TRY(dsc_alloc(v->ctx, lanes * rows, sizeof(double), &v->scratch[i]));
    }
    return DSC_OK;
}

static dsc_status check_results(const filtering *v)
{
    char place[DSC_PLACE_TEXT];
    for (int g = 0; g < v->n_groups; g++) {
        const failure *f = &v->failed[g];
        if (f->session < 0) continue;
        const dsc_session *s = &v->t->session[f->session];
        return dsc_fail(v->ctx, DSC_INPUT,
                        "%s, %s: the likelihood of the particles is not a number. Bound the "
                        "parameters (walk.NAME.low, "
                        "walk.NAME.high), or look at this trial's values",
                        v->t->path,
                        dsc_table_place(v->t, s->first + (size_t)f->trial, place, sizeof place));
    }
    return DSC_OK;
}

// ---- around it ----------------------------------------------------------------------------------

static dsc_status prepare(filtering *v)
{
    int n_actions = 0;
    DSC_TRY(count_actions(v, &n_actions));
    if (!v->engine) DSC_TRY(dsc_engine_select(v->ctx, NULL, NULL, "double", &v->engine));
    DSC_TRY(build_model(v, n_actions));
    DSC_TRY(filter_plan_create(v->ctx, v->engine, v->model, n_actions, v->f->n_walks, v->f->name,
                               v->f->walk, v->f->config.particles, &v->plan));
    DSC_TRY(pack_columns(v));
    DSC_TRY(make_groups(v));
    DSC_TRY(make_results(v));
    return make_workers(v);
}

static void filtering_free(filtering *v)
{
    for (int i = 0; v->particles && i < v->n_workers; i++)
        filter_particles_destroy(&v->particles[i]);
    for (int i = 0; v->scratch && i < v->n_workers; i++) dsc_free(v->ctx, &v->scratch[i]);
    void *blocks[] = {v->particles, v->scratch, v->failed, v->group, v->order, v->rows};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) dsc_free(v->ctx, &blocks[i]);
    if (v->pack) dsc_pack_destroy(v->ctx, &v->pack);
    filter_plan_destroy(&v->plan);
    if (v->columns) dsc_cell_destroy(&v->columns);
    if (v->model) dsc_cell_destroy(&v->model);
    if (v->e) dsc_evaluation_free(v->ctx, &v->e);
}

dsc_status dsc_filter_table(dsc_context *ctx, const dsc_filter *f, const dsc_table *t,
                            const dsc_engine *engine, dsc_pool *pool, FILE *progress,
                            dsc_evaluation **e)
{
    dsc_status status;
    filtering v = {.ctx = ctx, .f = f, .t = t, .engine = engine, .n_workers = dsc_pool_size(pool)};
    DSC_TRY_OR(done, prepare(&v));
    DSC_TRY_OR(done, dsc_progress_start(ctx, progress, "filter", (double)t->n_trials, "trials",
                                        &v.progress));
    dsc_pool_run(pool, run_group, &v, v.n_groups);
    dsc_progress_update(v.progress, (double)t->n_trials, NULL);
    dsc_progress_end(&v.progress);
    DSC_TRY_OR(done, check_results(&v));
    DSC_TRY_OR(done, dsc_evaluation_score(ctx, v.e, t, NULL, (uint64_t)f->config.seed));
    *e = v.e;
    v.e = NULL;
done:
    filtering_free(&v);
    return status;
}
