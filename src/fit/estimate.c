// SPDX-License-Identifier: Apache-2.0
// estimate.c — a fit as a run: the data, the directory, rounds until every set is done (with a
// state to go on from every few seconds), then fit.csv, the values as a checkpoint, and the scores.
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "fit/internal.h"

enum { PATH_BYTES = 1536, ORIGIN_BYTES = 128 };
static const double seconds_between_states = 3;

typedef struct fit {
    dsc_context *ctx;
    const dsc_fit_request *request;
    dsc_fit_config *config;
    dsc_table *table;
    dsc_split split;
    dsc_pool *pool;
    dsc_run_writer *writer;
    dsc_progress *progress;
    estimation e;
    dsc_estimates *result;
    char **labels; // of the places that have parameters
    int64_t rounds;
    char state[PATH_BYTES], csv[PATH_BYTES], summary[PATH_BYTES], origin[ORIGIN_BYTES];
} fit;

// ---- the config, made complete ------------------------------------------------------------------

static dsc_status set(fit *f, const char *key, const char *value)
{
    return dsc_fit_config_set(f->ctx, f->config, key, value, "fit");
}

// Parameters of one model may be declared at different levels; one fit has one.
static dsc_status find_group(fit *f, const dsc_model *m)
{
    static const char *const names[] = {"subject", "session", "model"};
    if (f->config->fit.group[0]) return DSC_OK;
    const dsc_group first = dsc_cog_parameter_at(m->cog, 0)->group;
    for (int i = 1; i < dsc_cog_parameter_count(m->cog); i++)
        DSC_REQUIRE(f->ctx, dsc_cog_parameter_at(m->cog, i)->group == first, DSC_INPUT,
                    "%s: %s is per %s, but %s per %s; a fit by %s has one level: choose it with "
                    "fit.group=subject, session or model",
                    m->name, dsc_cog_parameter_at(m->cog, 0)->name, names[first],
                    dsc_cog_parameter_at(m->cog, i)->name,
                    names[dsc_cog_parameter_at(m->cog, i)->group], f->config->fit.method);
    return set(f, "fit.group", names[first]);
}

static dsc_status resolve(fit *f)
{
    dsc_fit_config *c = f->config;
    const dsc_model *m = c->definition;
    DSC_REQUIRE(f->ctx, m->cog && dsc_cog_parameter_count(m->cog) > 0, DSC_INPUT,
                "fit.method is %s, but %s has no parameters to estimate; networks are trained: "
                "fit.method=gradient",
                c->fit.method, c->model);
    DSC_REQUIRE(f->ctx, strcmp(c->fit.method, "gradient") != 0, DSC_INPUT,
                "fit.method is gradient, which trains in steps; take mle or map");
    DSC_REQUIRE(
        f->ctx, c->replicas <= 1, DSC_INPUT,
        "replicas is %d, but a fit with fit.method=%s is one run, which its restarts search "
        "from many starts: leave replicas out, and see fit.restarts",
        c->replicas, c->fit.method);
    DSC_REQUIRE(f->ctx, !c->penalties[0], DSC_INPUT,
                "penalties are of networks, but a fit with fit.method=%s has none: leave penalties "
                "out",
                c->fit.method);
    DSC_TRY(find_group(f, m));
    DSC_TRY(set(f, "model.level", strcmp(c->fit.group, "model") == 0 ? "model" : "subject"));
    DSC_TRY(set(f, "engine.precision", "double"));
    if (!c->loss[0]) DSC_TRY(set(f, "loss.name", "categorical"));
    const int own = dsc_cog_actions(m->cog);
    DSC_REQUIRE(f->ctx, own == 0 || f->table->n_actions <= own, DSC_INPUT,
                "%s: there are %d options, but %s has actions %d. Its text takes as many as there "
                "are with \"actions any\"",
                f->table->path, f->table->n_actions, c->model, own);
    if (c->n_actions == 0) c->n_actions = own;
    if (c->n_actions == 0) c->n_actions = f->table->n_actions;
    return DSC_OK;
}

// Whether the column `block` changes within some session.
static bool has_block_starts(const dsc_table *t)
{
    const dsc_column *block = dsc_table_column(t, "block");
    for (int i = 0; block && i < t->n_sessions; i++) {
        const double *value = block->value + t->session[i].first;
        for (int k = 1; k < t->session[i].n_trials; k++)
            if (value[k] != value[k - 1]) return true;
    }
    return false;
}

static void tell_blocks(const fit *f)
{
    if (!dsc_cog_reads_blocks(f->config->definition->cog) || has_block_starts(f->table)) return;
    dsc_note(f->ctx, DSC_NOTE,
             "%s: no block begins within a session, so what %s does at block starts has no effect; "
             "a column of blocks within sessions: --map block=COLUMN",
             f->table->path, f->config->model);
}

// ---- opening ------------------------------------------------------------------------------------

static dsc_status prepare(fit *f, const char *run)
{
    DSC_TRY(dsc_fit_data(f->ctx, f->config, run, &f->table, &f->split));
    DSC_TRY(resolve(f));
    tell_blocks(f);
    DSC_TRY(dsc_pool_create(f->ctx, f->config->threads, &f->pool));
    return estimation_begin(f->ctx, f->config, f->table, &f->split, f->pool, &f->e);
}

static dsc_run_facts facts_of(const fit *f)
{
    return (dsc_run_facts){.config = f->config,
                           .engine = f->e.engine,
                           .table = f->table,
                           .split = &f->split,
                           .threads = dsc_pool_size(f->pool)};
}

static dsc_status open_new(fit *f)
{
    const dsc_fit_request *q = f->request;
    DSC_REQUIRE(f->ctx, q->config, DSC_USAGE, "a new fit needs a config");
    *f->config = *q->config;
    dsc_fit_config_absolute(f->config);
    DSC_TRY(dsc_run_check(f->ctx, q->run, q->force));
    DSC_TRY(prepare(f, NULL));
    const dsc_run_facts facts = facts_of(f);
    return dsc_run_begin(f->ctx, q->run, q->force, &facts, &f->writer);
}

static dsc_status open_old(fit *f)
{
    const dsc_fit_request *q = f->request;
    DSC_TRY(dsc_run_resume(f->ctx, q->run, f->config, &f->writer));
    if (q->isa) snprintf(f->config->isa, sizeof f->config->isa, "%s", q->isa);
    if (q->threads > 0) f->config->threads = q->threads;
    DSC_TRY(prepare(f, f->request->run));
    const dsc_run_facts facts = facts_of(f);
    return dsc_run_resumed(f->writer, &facts, 0);
}

static dsc_status name_files(fit *f)
{
    const char *run = f->request->run;
    snprintf(f->origin, sizeof f->origin, "%s %s", dsc_run_config_hash(f->writer), f->table->hash);
    DSC_TRY(dsc_join_path(f->ctx, f->csv, sizeof f->csv, run, "fit.csv"));
    DSC_TRY(dsc_join_path(f->ctx, f->summary, sizeof f->summary, run, "summary.json"));
    return dsc_join_path(f->ctx, f->state, sizeof f->state, run, "fit.state");
}

// ---- rounds -------------------------------------------------------------------------------------

static dsc_status stop(fit *f)
{
    DSC_TRY(state_write(&f->e.sets, f->state, f->origin));
    return dsc_fail(f->ctx, DSC_STOPPED,
                    "stopped after round %lld, %d of %d searches done; everything is saved, "
                    "--resume goes on",
                    (long long)f->rounds, f->e.sets.n_done, f->e.sets.n);
}

static void show(const fit *f)
{
    char detail[64];
    snprintf(detail, sizeof detail, "round %lld", (long long)f->rounds);
    dsc_progress_update(f->progress, f->e.sets.n_done, detail);
}

static dsc_status all_rounds(fit *f)
{
    double saved = dsc_seconds();
    for (;;) {
        if (f->request->stop && *f->request->stop) return stop(f);
        DSC_TRY(sets_round(&f->e.sets));
        if (f->e.sets.n_active > 0) f->rounds++;
        show(f);
        if (f->e.sets.n_active == 0) return DSC_OK;
        if (dsc_seconds() - saved < seconds_between_states) continue;
        DSC_TRY(state_write(&f->e.sets, f->state, f->origin));
        saved = dsc_seconds();
    }
}

static dsc_status search_all(fit *f)
{
    DSC_TRY(dsc_progress_start(f->ctx, f->request->progress, f->e.model->name, f->e.sets.n,
                               "searches", &f->progress));
    const dsc_status status = all_rounds(f);
    dsc_progress_end(&f->progress);
    return status;
}

// ---- results ------------------------------------------------------------------------------------

static int places(const fit *f)
{
    if (strcmp(f->config->fit.group, "session") == 0) return f->table->n_sessions;
    return strcmp(f->config->fit.group, "model") == 0 ? 1 : f->table->n_subjects;
}

static int place_of(const fit *f, int group)
{
    const groups *g = &f->e.groups;
    if (strcmp(f->config->fit.group, "model") == 0) return 0;
    return g->alone[group] >= 0 ? g->alone[group] : g->subject[group];
}

// Who was not fitted (no choice in the training part) gets the median of the others. `to` has room
// for all.
static void put_parameter(const fit *f, int i, double *to)
{
    const dsc_estimates *r = f->result;
    for (int k = 0; k < r->n_groups; k++) to[k] = r->value[k * r->n_parameters + i];
    dsc_sort_numbers(r->n_groups, to);
    const double median = dsc_quantile(r->n_groups, to, 0.5);
    for (int p = 0; p < places(f); p++) to[p] = median;
    for (int k = 0; k < r->n_groups; k++) to[place_of(f, k)] = r->value[k * r->n_parameters + i];
}

static dsc_status put_values(const fit *f, const dsc_cell *cell, const dsc_layout *l,
                             double *values)
{
    dsc_cell_initialise(cell, l, 0, values);
    for (int i = 0; i < f->result->n_parameters; i++) {
        const int at = dsc_cell_parameter_find(cell, f->result->parameter[i]);
        DSC_REQUIRE(f->ctx, at >= 0 && l->count[at] == (size_t)places(f), DSC_DEFECT,
                    "the run's model has no place for %s", f->result->parameter[i]);
        put_parameter(f, i, values + l->offset[at]);
    }
    return DSC_OK;
}

static dsc_status build_run_cell(const fit *f, dsc_cell **cell)
{
    const dsc_model_size size = {.n_actions = f->config->n_actions, .noiseless = true};
    dsc_builder *b = NULL;
    dsc_cell *made = NULL;
    DSC_TRY(dsc_cell_begin(f->ctx, f->e.model->name, &b));
    const dsc_status built = f->e.model->build(f->e.model, b, f->config->model_config, &size);
    const dsc_status ended = dsc_cell_end(b, &made);
    if (built == DSC_OK && ended == DSC_OK) *cell = made;
    else dsc_cell_destroy(&made);
    return built != DSC_OK ? built : ended;
}

static dsc_status save_cell(fit *f, const dsc_cell *cell, dsc_layout *l, double **values)
{
    double total = 0;
    DSC_TRY(dsc_layout_create(f->ctx, cell, places(f), 1, l));
    DSC_TRY(dsc_alloc(f->ctx, l->n_values + 1, sizeof **values, values));
    DSC_TRY(put_values(f, cell, l, *values));
    for (int k = 0; k < f->result->n_groups; k++) total += f->result->nll[k];
    const dsc_run_values v = {.cell = cell,
                              .layout = l,
                              .parameters = *values,
                              .n_actions = f->config->n_actions,
                              .subjects = f->labels,
                              .step = 0,
                              .value = total};
    return dsc_run_save(f->writer, &v);
}

static dsc_status name_places(fit *f)
{
    char label[512];
    if (strcmp(f->config->fit.group, "session") != 0) {
        f->labels = strcmp(f->config->fit.group, "subject") == 0 ? f->table->subject : NULL;
        return DSC_OK;
    }
    DSC_TRY(dsc_arena_alloc(f->result->arena, (size_t)places(f), sizeof(char *), &f->labels));
    for (int s = 0; s < places(f); s++) {
        dsc_session_label(f->table, s, label, sizeof label);
        DSC_TRY(dsc_arena_strdup(f->result->arena, label, &f->labels[s]));
    }
    return DSC_OK;
}

static dsc_status save_values(fit *f)
{
    dsc_cell *cell = NULL;
    dsc_layout l = {0};
    double *values = NULL;
    DSC_TRY(name_places(f));
    DSC_TRY(build_run_cell(f, &cell));
    const dsc_status status = save_cell(f, cell, &l, &values);
    dsc_free(f->ctx, &values);
    dsc_layout_free(f->ctx, &l);
    dsc_cell_destroy(&cell);
    return status;
}

static void note_missing(const fit *f)
{
    if (f->result->n_groups < places(f))
        dsc_note(f->ctx, DSC_WARNING,
                 "%d of %d have no choice in the training part; their predictions use the "
                 "median of the others' parameters",
                 places(f) - f->result->n_groups, places(f));
}

static dsc_status finish(fit *f)
{
    DSC_TRY(estimation_finish(&f->e, &f->result));
    note_missing(f);
    estimates_tell(f->ctx, f->result);
    DSC_TRY(table_write(f->ctx, f->result, f->csv));
    DSC_TRY(save_values(f));
    DSC_TRY(dsc_run_score(f->writer, f->table, &f->split, f->pool));
    unlink(f->state); // it need not be there
    return DSC_OK;
}

// ---- from outside -------------------------------------------------------------------------------

static dsc_status run(fit *f)
{
    const dsc_fit_request *q = f->request;
    DSC_REQUIRE(f->ctx, q->extend == 0, DSC_INPUT,
                "--extend adds steps of training; a fit by likelihood ends by itself");
    DSC_TRY(dsc_alloc(f->ctx, 1, sizeof *f->config, &f->config));
    DSC_TRY(q->resume ? open_old(f) : open_new(f));
    DSC_TRY(name_files(f));
    if (q->resume && !dsc_exists(f->state) && dsc_exists(f->summary)) { // written last
        dsc_note(f->ctx, DSC_NOTE, "%s is fitted already; --force fits again", q->run);
        return DSC_OK;
    }
    if (q->resume && dsc_exists(f->state)) {
        DSC_TRY(state_read(&f->e.sets, f->state, f->origin));
        sets_reopen(&f->e.sets);
    }
    DSC_TRY(search_all(f));
    return finish(f);
}

dsc_status dsc_estimate(dsc_context *ctx, const dsc_fit_request *r)
{
    fit f = {.ctx = ctx, .request = r};
    const dsc_status status = run(&f);
    dsc_estimates_destroy(ctx, &f.result);
    estimation_end(&f.e);
    dsc_pool_destroy(&f.pool);
    dsc_split_free(ctx, &f.split);
    dsc_table_destroy(ctx, &f.table);
    dsc_run_end(&f.writer);
    dsc_free(ctx, &f.config);
    return status;
}
