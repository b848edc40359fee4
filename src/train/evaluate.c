// SPDX-License-Identifier: Apache-2.0
// evaluate.c — what a run predicts for every trial of a table. The evaluation cell is the run's
// model with one more output, log_p = log softmax(prediction); it is run forward; log_p, the values
// and the quantities asked for are recorded.
#include <math.h>
#include <string.h>

#include "train/evaluation.h"

typedef struct evaluator {
    dsc_context *ctx;
    const dsc_run *run;
    const dsc_table *table;
    const dsc_evaluation_options *o;
    const dsc_engine *engine;
    dsc_cell *cell;
    dsc_pack *pack;
    dsc_plan *plan;
    int *subjects; // [n_subjects of the table] their places in the run
    char **valid;  // [n_valid] columns that say which options are allowed
    int n_valid;
    int *places; // [n_sessions] likewise, where sessions have parameters of their own
    dsc_evaluation *e;
} evaluator;

// ---- cell, pack, plan -------------------------------------------------------------------------

static dsc_status build_cell(evaluator *v)
{
    const dsc_run *run = v->run;
    const dsc_model_size size = {.n_actions = run->n_actions,
                                 .n_values = run->n_values,
                                 .n_inputs = run->n_inputs,
                                 .inputs = (const char *const *)run->inputs,
                                 .noiseless = !v->o->noisy,
                                 .form = DSC_COG_OBSERVER};
    dsc_builder *b;
    DSC_TRY(dsc_cell_begin(v->ctx, run->model->name, &b));
    dsc_status built = run->model->build(run->model, b, run->config.model_config, &size);
    if (built == DSC_OK && run->n_actions > 0)
        dsc_output(b, "log_p", dsc_log_softmax(b, loss_logits(b, v->n_valid > 0)));
    const dsc_status ended = dsc_cell_end(b, &v->cell); // frees the builder, whatever happened
    return built != DSC_OK ? built : ended;
}

// Without labels the subjects of a table are taken to be those of the run, in the same order.
static dsc_status check_subject_count(const evaluator *v)
{
    DSC_REQUIRE(v->ctx, v->table->n_subjects <= v->run->n_subjects, DSC_INPUT,
                "%s has %d subjects, but %s learnt parameters of %d. Fit the others too, or leave "
                "them out",
                v->table->path ? v->table->path : "the table", v->table->n_subjects, v->run->path,
                v->run->n_subjects);
    return DSC_OK;
}

// The same for sessions, which are known by their subject's label and their own.
static dsc_status match_sessions(evaluator *v)
{
    const dsc_run *run = v->run;
    const dsc_table *t = v->table;
    char label[512];
    DSC_TRY(dsc_alloc(v->ctx, (size_t)t->n_sessions, sizeof *v->places, &v->places));
    for (int s = 0; s < t->n_sessions; s++) {
        int k = 0;
        dsc_session_label(t, s, label, sizeof label);
        while (run->subjects && k < run->n_subjects && strcmp(run->subjects[k], label) != 0) k++;
        DSC_REQUIRE(v->ctx, run->subjects && k < run->n_subjects, DSC_INPUT,
                    "%s: session %s is not among the %d that %s was fitted to, so it has no "
                    "parameters there; fit it too, or leave it out",
                    t->path ? t->path : "the table", label, run->n_subjects, run->path);
        v->places[s] = k;
    }
    return DSC_OK;
}

// The subjects of a run keep their parameters wherever they stand in another table.
static dsc_status match_subjects(evaluator *v)
{
    const dsc_run *run = v->run;
    const dsc_table *t = v->table;
    if (!start_knows_subjects(v->cell)) return DSC_OK;
    if (strcmp(run->config.fit.group, "session") == 0) return match_sessions(v);
    if (!run->subjects) return check_subject_count(v);
    DSC_TRY(dsc_alloc(v->ctx, (size_t)t->n_subjects, sizeof *v->subjects, &v->subjects));
    for (int i = 0; i < t->n_subjects; i++) {
        int k = 0;
        while (k < run->n_subjects && strcmp(run->subjects[k], t->subject[i]) != 0) k++;
        DSC_REQUIRE(v->ctx, k < run->n_subjects, DSC_INPUT,
                    "%s: subject \"%s\" is not among the %d that %s was fitted to, so it has no "
                    "parameters there. Fit it too, or leave it out",
                    t->path ? t->path : "the table", t->subject[i], run->n_subjects, run->path);
        v->subjects[i] = k;
    }
    return DSC_OK;
}

// Says whose predictions use parameters that nothing was trained on.
static dsc_status tell_untrained(const evaluator *v)
{
    enum { MOST_NAMED = 5 };
    const dsc_table *t = v->table;
    dsc_text names = {0};
    int n = 0;
    if (!v->run->untrained || !start_is_mean(v->run)) return DSC_OK;
    for (int i = 0; i < t->n_subjects; i++) {
        if (!v->run->untrained[v->subjects ? v->subjects[i] : i]) continue;
        if (n == MOST_NAMED) dsc_text_add(v->ctx, &names, ", ...");
        if (n++ >= MOST_NAMED) continue;
        dsc_text_add(v->ctx, &names, "%s\"%s\"", n > 1 ? ", " : "",
                     t->subject ? t->subject[i] : "");
    }
    if (n > 0 && names.status == DSC_OK)
        dsc_note(v->ctx, DSC_WARNING,
                 "%s: nothing was trained on %d of %d subjects (%s); their predictions use the "
                 "mean of the others' parameters, and discern adapt fits their own",
                 t->path ? t->path : "the table", n, t->n_subjects, names.s);
    const dsc_status status = names.status;
    dsc_text_free(v->ctx, &names);
    return status;
}

static dsc_status pack_table(evaluator *v)
{
    const dsc_pack_options o = {.engine = v->engine,
                                .cell = v->cell,
                                .n_valid = v->n_valid,
                                .valid = (const char *const *)v->valid,
                                .refuse_missing = v->run->model->cog != NULL,
                                .subjects = v->subjects,
                                .places = v->places};
    return dsc_pack_create(v->ctx, v->table, &o, &v->pack);
}

// log_p comes first, so that it starts at row 0 of what is recorded; then the values.
static int list_recorded(const evaluator *v, const char **recorded)
{
    int n = 0;
    if (v->run->n_actions > 0) recorded[n++] = "log_p";
    if (v->run->n_values > 0) recorded[n++] = "values";
    for (int i = 0; i < v->o->n_recorded; i++) recorded[n++] = v->o->recorded[i];
    return n;
}

static dsc_status make_plan(evaluator *v, int n_workers)
{
    const char **recorded = NULL;
    DSC_TRY(dsc_alloc(v->ctx, (size_t)v->o->n_recorded + 2, sizeof *recorded, &recorded));
    const dsc_plan_options o = {.engine = v->engine,
                                .n_subjects = v->run->n_subjects,
                                .max_trials = dsc_pack_longest(v->pack),
                                .n_workers = n_workers,
                                .n_recorded = list_recorded(v, recorded),
                                .recorded = recorded};
    const dsc_status status = dsc_plan_create(v->ctx, v->cell, &o, &v->plan);
    dsc_free(v->ctx, &recorded);
    return status;
}

static dsc_status prepare(evaluator *v, int n_workers)
{
    v->engine = v->o->engine;
    if (!v->engine) DSC_TRY(engine_of(v->ctx, &v->run->config, &v->engine));
    DSC_TRY(
        dsc_fit_valid_actions(v->ctx, &v->run->config, v->run->n_actions, &v->valid, &v->n_valid));
    DSC_TRY(build_cell(v));
    DSC_TRY(match_subjects(v));
    if (start_knows_subjects(v->cell)) DSC_TRY(tell_untrained(v));
    DSC_TRY(pack_table(v));
    DSC_TRY(make_plan(v, n_workers));
    DSC_REQUIRE(v->ctx, dsc_plan_layout(v->plan)->n_values == v->run->layout.n_values, DSC_DEFECT,
                "%s: the evaluation has other parameters than the run", v->run->path);
    return DSC_OK;
}

// ---- results ----------------------------------------------------------------------------------

enum { NAME_BYTES = 160 };

// Names in one block: pointers first, texts after them. One row is NAME, several are NAME_0,
// NAME_1, ...
static dsc_status name_recorded(evaluator *v)
{
    dsc_evaluation *e = v->e;
    const size_t n = (size_t)e->n_recorded;
    DSC_TRY(dsc_alloc(v->ctx, n + 1, sizeof(char *) + NAME_BYTES, &e->recorded_names));
    char *text = (char *)(e->recorded_names + n + 1);
    int at = 0;
    for (int i = 0; i < v->o->n_recorded; i++) {
        const char *name = v->o->recorded[i];
        const int rows = dsc_cell_rows(v->cell, name);
        for (int k = 0; k < rows; k++, text += NAME_BYTES) {
            if (rows > 1) snprintf(text, NAME_BYTES, "%s_%d", name, k);
            else snprintf(text, NAME_BYTES, "%s", name);
            e->recorded_names[at++] = text;
        }
    }
    return DSC_OK;
}

// The columns that are predicted, by name and as they were.
static dsc_status take_targets(evaluator *v)
{
    dsc_evaluation *e = v->e;
    const size_t n = e->n_trials, V = (size_t)v->run->n_values;
    double *column = NULL;
    dsc_status status = DSC_OK;
    e->n_values = v->run->n_values;
    if (V == 0) return DSC_OK;
    DSC_TRY(dsc_alloc(v->ctx, n, V * sizeof(double), &e->values));
    DSC_TRY(dsc_alloc(v->ctx, n, V * sizeof(double), &e->observed));
    DSC_TRY(dsc_alloc(v->ctx, V, sizeof *e->value_names, &e->value_names));
    DSC_TRY(dsc_alloc(v->ctx, n, sizeof *column, &column));
    for (size_t k = 0; status == DSC_OK && k < V; k++) {
        snprintf(e->value_names[k], sizeof e->value_names[k], "%s", v->run->targets[k]);
        status = dsc_table_target(v->ctx, v->table, v->run->targets[k], column);
        for (size_t i = 0; status == DSC_OK && i < n; i++) e->observed[i * V + k] = column[i];
    }
    dsc_free(v->ctx, &column);
    return status;
}

static dsc_status make_results(evaluator *v)
{
    const size_t n = v->table->n_trials;
    DSC_TRY(dsc_alloc(v->ctx, 1, sizeof *v->e, &v->e));
    dsc_evaluation *e = v->e;
    e->n_trials = n;
    e->n_actions = v->run->n_actions;
    e->n_recorded = dsc_plan_recorded_rows(v->plan) - e->n_actions - v->run->n_values;
    if (e->n_actions > 0)
        DSC_TRY(dsc_alloc(v->ctx, n, (size_t)e->n_actions * sizeof(double), &e->log_p));
    DSC_TRY(take_targets(v));
    if (e->n_recorded > 0)
        DSC_TRY(dsc_alloc(v->ctx, n, (size_t)e->n_recorded * sizeof(double), &e->recorded));
    return name_recorded(v);
}

// Probabilities of a single-precision engine sum to one only to 1e-7; in double they do to 1e-16.
static void normalize(double *log_p, int n)
{
    double sum = 0;
    for (int k = 0; k < n; k++) sum += exp(log_p[k]);
    for (int k = 0; k < n; k++) log_p[k] -= log(sum);
}

// A row of a lane: log_p, values, the rest.
static void take_row(const evaluator *v, size_t row, const double *from, int width)
{
    const dsc_evaluation *e = v->e;
    const size_t A = (size_t)e->n_actions, V = (size_t)e->n_values, R = (size_t)e->n_recorded;
    const size_t w = (size_t)width;
    for (size_t k = 0; k < A; k++) e->log_p[row * A + k] = from[k * w];
    if (A > 0) normalize(e->log_p + row * A, (int)A);
    for (size_t k = 0; k < V; k++) e->values[row * V + k] = from[(A + k) * w];
    for (size_t k = 0; k < R; k++) e->recorded[row * R + k] = from[(A + V + k) * w];
}

// Rows of the table belong to one session each, so workers never write to the same place.
static void take_tile(void *user, int tile_index, const dsc_tile *tile, const double *recorded)
{
    const evaluator *v = user;
    const int width = dsc_engine_width(v->engine);
    const size_t step = (size_t)(dsc_plan_recorded_rows(v->plan) * width);
    (void)tile_index;
    for (int lane = 0; lane < width; lane++) {
        if (tile->session[lane] < 0) continue;
        const size_t first = v->table->session[tile->session[lane]].first;
        for (int t = 0; t < tile->length[lane]; t++)
            take_row(v, first + (size_t)t, recorded + (size_t)t * step + lane, width);
    }
}

static dsc_status run_forward(evaluator *v, dsc_pool *pool)
{
    dsc_batch batch;
    const dsc_noise_seed noise = {v->o->seed, DSC_FOR_EVALUATION, 0};
    dsc_pack_whole(v->pack, NULL, &batch);
    return dsc_forward(v->plan, pool, &batch, v->run->parameters, noise, NULL, take_tile, v);
}

// ---- scores -----------------------------------------------------------------------------------

static bool split_has(const dsc_split *split, const dsc_table *t, dsc_part part)
{
    for (int s = 0, first, last; s < split->n_sessions; s++) {
        dsc_split_trials(split, t, s, part, &first, &last);
        if (first < last) return true;
    }
    return false;
}

static dsc_status score_one(dsc_context *ctx, dsc_evaluation *e, const part_request *r)
{
    const int i = e->n_scores++;
    DSC_TRY(score_part(ctx, r, &e->score[i]));
    for (int k = 0; k < e->n_values; k++)
        DSC_TRY(score_values(ctx, r, e, k, &e->value_score[i * e->n_values + k]));
    return DSC_OK;
}

// All sessions; and, under a split, each part that has sessions.
dsc_status dsc_evaluation_score(dsc_context *ctx, dsc_evaluation *e, const dsc_table *table,
                                const dsc_split *split, uint64_t seed)
{
    part_request r = {.table = table,
                      .choices = dsc_table_choices(table, e->n_actions),
                      .log_p = e->log_p,
                      .name = "all",
                      .seed = seed};
    const bool parts_differ =
        split && (split_has(split, table, DSC_HELDOUT) || split_has(split, table, DSC_TEST));
    e->n_scores = 0;
    dsc_free(ctx, &e->value_score);
    if (e->n_values > 0)
        DSC_TRY(dsc_alloc(ctx, 4 * (size_t)e->n_values, sizeof *e->value_score, &e->value_score));
    DSC_TRY(score_one(ctx, e, &r));
    for (int i = DSC_TRAIN; parts_differ && i <= DSC_TEST; i++) {
        if (!split_has(split, table, (dsc_part)i)) continue;
        r.name = dsc_part_name((dsc_part)i);
        r.split = split;
        r.part = (dsc_part)i;
        r.stream = 1u + (uint32_t)i;
        DSC_TRY(score_one(ctx, e, &r));
    }
    return DSC_OK;
}

// ---- around it --------------------------------------------------------------------------------

static dsc_status check_table(dsc_context *ctx, const dsc_run *run, const dsc_table *t,
                              const dsc_split *split)
{
    const char *path = t->path ? t->path : "the table";
    if (run->n_actions > 0) DSC_TRY(dsc_table_require(ctx, t, "choice"));
    DSC_REQUIRE(
        ctx, run->n_actions == 0 || t->n_actions <= run->n_actions, DSC_INPUT,
        "%s: a choice is %d, but %s was fitted with options 0 to %d; score it on data with the "
        "same options",
        path, t->n_actions - 1, run->path, run->n_actions - 1);
    DSC_REQUIRE(ctx, !split || split->n_sessions == t->n_sessions, DSC_INPUT,
                "%s has %d sessions, but the split %d; it was made for other data", path,
                t->n_sessions, split->n_sessions);
    return DSC_OK;
}

static void evaluator_free(evaluator *v)
{
    if (v->plan) dsc_plan_destroy(&v->plan);
    if (v->pack) dsc_pack_destroy(v->ctx, &v->pack);
    if (v->cell) dsc_cell_destroy(&v->cell);
    dsc_free(v->ctx, &v->subjects);
    dsc_free(v->ctx, &v->places);
    dsc_free(v->ctx, &v->valid);
    dsc_evaluation_free(v->ctx, &v->e);
}

dsc_status dsc_evaluate(dsc_context *ctx, const dsc_run *run, const dsc_table *table,
                        const dsc_evaluation_options *o, dsc_pool *pool, dsc_evaluation **e)
{
    dsc_status status;
    evaluator v = {.ctx = ctx, .run = run, .table = table, .o = o};
    DSC_TRY(check_table(ctx, run, table, o->split));
    DSC_TRY_OR(done, prepare(&v, dsc_pool_size(pool)));
    DSC_TRY_OR(done, make_results(&v));
    DSC_TRY_OR(done, run_forward(&v, pool));
    DSC_TRY_OR(done, dsc_evaluation_score(ctx, v.e, table, o->split, o->seed));
    *e = v.e;
    v.e = NULL;
done:
    evaluator_free(&v);
    return status;
}

void dsc_evaluation_free(dsc_context *ctx, dsc_evaluation **e)
{
    if (!e || !*e) return;
    dsc_free(ctx, &(*e)->log_p);
    dsc_free(ctx, &(*e)->recorded);
    dsc_free(ctx, &(*e)->recorded_names);
    dsc_free(ctx, &(*e)->values);
    dsc_free(ctx, &(*e)->observed);
    dsc_free(ctx, &(*e)->value_names);
    dsc_free(ctx, &(*e)->value_score);
    dsc_free(ctx, e);
}
