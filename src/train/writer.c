// SPDX-License-Identifier: Apache-2.0
// writer.c — run directories for fits that are not trained in steps (likelihoods, filters): the
// same files, the same lock, the same rules about folders that are there already.
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/trainer.h"

struct dsc_run_writer {
    dsc_context *ctx;
    char path[PATH_BYTES], hash[17];
    dsc_fit_config *config;
    run_lock *lock;
    char gnuplot[64];
};

// ---- data ---------------------------------------------------------------------------------------

dsc_status dsc_fit_data(dsc_context *ctx, const dsc_fit_config *c, const char *run,
                        dsc_table **table, dsc_split *split)
{
    char path[PATH_BYTES] = "";
    dsc_table *t = NULL;
    if (run) DSC_TRY(dsc_join_path(ctx, path, sizeof path, run, "split.json"));
    DSC_TRY(table_of(ctx, c, &t));
    const dsc_status status =
        run && dsc_exists(path) ? dsc_split_read(ctx, t, path, split) : split_of(ctx, c, t, split);
    if (status == DSC_OK) *table = t;
    else dsc_table_destroy(ctx, &t);
    return status;
}

// A run can be opened from any folder: its config names its files in full.
static void make_absolute(char *path, size_t size)
{
    char full[PATH_MAX];
    if (*path && realpath(path, full) && strlen(full) < size) memcpy(path, full, strlen(full) + 1);
}

void dsc_fit_config_absolute(dsc_fit_config *c)
{
    make_absolute(c->data, sizeof c->data);
    make_absolute(c->split_file, sizeof c->split_file);
    make_absolute(c->start, sizeof c->start);
}

dsc_status dsc_run_check(dsc_context *ctx, const char *run, bool force)
{
    DSC_REQUIRE(ctx, run && run[0], DSC_USAGE, "a fit needs a run directory: -o RUN");
    return folder_check(ctx, run, force);
}

void dsc_session_label(const dsc_table *t, int session, char *out, size_t size)
{
    const dsc_session *s = &t->session[session];
    snprintf(out, size, "%s / %s", t->subject ? t->subject[s->subject] : "",
             s->label ? s->label : "");
}

// ---- the directory ------------------------------------------------------------------------------

static dsc_status writer_create(dsc_context *ctx, const char *run, dsc_run_writer **w)
{
    dsc_run_writer *made = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    made->ctx = ctx;
    dsc_status status = dsc_alloc(ctx, 1, sizeof *made->config, &made->config);
    if (status == DSC_OK && snprintf(made->path, sizeof made->path, "%s", run) >= PATH_BYTES)
        status = dsc_fail(ctx, DSC_INPUT, "the path of the run is too long; give a shorter one: %s",
                          run);
    if (status == DSC_OK) *w = made;
    else dsc_run_end(&made);
    return status;
}

static dsc_status facts_save(dsc_run_writer *w, const dsc_run_facts *f, int64_t resumed_at)
{
    char path[PATH_BYTES];
    const provenance_facts facts = {.config = w->config,
                                    .engine = f->engine,
                                    .table = f->table,
                                    .config_hash = w->hash,
                                    .threads = f->threads,
                                    .resumed_at = resumed_at,
                                    .split = f->split,
                                    .gnuplot = w->gnuplot};
    DSC_TRY(dsc_join_path(w->ctx, path, sizeof path, w->path, "provenance.json"));
    return provenance_write(w->ctx, path, &facts);
}

// Where the results go; also of a run that was stopped before it had come so far.
static dsc_status places_save(dsc_run_writer *w, const dsc_run_facts *f)
{
    char path[PATH_BYTES];
    DSC_TRY(dsc_join_path(w->ctx, path, sizeof path, w->path, "checkpoints"));
    DSC_TRY(dsc_make_folder(w->ctx, path));
    DSC_TRY(dsc_join_path(w->ctx, path, sizeof path, w->path, "split.json"));
    if (!f->split || dsc_exists(path)) return DSC_OK;
    return dsc_split_write(w->ctx, f->table, f->split, path);
}

static dsc_status begin(dsc_run_writer *w, bool force, const dsc_run_facts *f)
{
    *w->config = *f->config;
    DSC_TRY(config_hash(w->ctx, w->config, w->hash));
    DSC_TRY(dsc_make_folder(w->ctx, w->path));
    dsc_gnuplot_version(w->gnuplot); // starts a program, which should not get hold of the lock
    DSC_TRY(lock_take(w->ctx, w->path, &w->lock));
    DSC_TRY(folder_check(w->ctx, w->path, force)); // another fit may have come in between
    if (force) DSC_TRY(folder_clear(w->ctx, w->path));
    DSC_TRY(config_save(w->ctx, w->path, w->config));
    DSC_TRY(places_save(w, f));
    return facts_save(w, f, -1);
}

dsc_status dsc_run_begin(dsc_context *ctx, const char *run, bool force, const dsc_run_facts *f,
                         dsc_run_writer **w)
{
    dsc_run_writer *made = NULL;
    DSC_TRY(writer_create(ctx, run, &made));
    const dsc_status status = begin(made, force, f);
    if (status == DSC_OK) *w = made;
    else dsc_run_end(&made);
    return status;
}

static dsc_status resume(dsc_run_writer *w)
{
    char path[PATH_BYTES];
    DSC_REQUIRE(w->ctx, is_run(w->path), DSC_INPUT,
                "%s holds no run to go on with; leave out --resume to start one", w->path);
    dsc_gnuplot_version(w->gnuplot);
    DSC_TRY(lock_take(w->ctx, w->path, &w->lock));
    DSC_TRY(dsc_join_path(w->ctx, path, sizeof path, w->path, "config.yaml"));
    DSC_TRY(dsc_fit_config_read(w->ctx, path, w->config));
    return config_hash(w->ctx, w->config, w->hash);
}

dsc_status dsc_run_resume(dsc_context *ctx, const char *run, dsc_fit_config *c, dsc_run_writer **w)
{
    dsc_run_writer *made = NULL;
    DSC_TRY(writer_create(ctx, run, &made));
    const dsc_status status = resume(made);
    if (status == DSC_OK) {
        *c = *made->config;
        *w = made;
    } else dsc_run_end(&made);
    return status;
}

dsc_status dsc_run_hold(dsc_context *ctx, const char *folder, dsc_run_writer **w)
{
    dsc_run_writer *made = NULL;
    DSC_TRY(writer_create(ctx, folder, &made));
    const dsc_status status = lock_take(ctx, folder, &made->lock);
    if (status == DSC_OK) *w = made;
    else dsc_run_end(&made);
    return status;
}

dsc_status dsc_run_resumed(dsc_run_writer *w, const dsc_run_facts *f, int64_t at)
{
    DSC_TRY(places_save(w, f));
    return facts_save(w, f, at);
}

void dsc_run_end(dsc_run_writer **w)
{
    if (!*w) return;
    dsc_context *ctx = (*w)->ctx;
    lock_release(&(*w)->lock);
    dsc_free(ctx, &(*w)->config);
    dsc_free(ctx, w);
}

const char *dsc_run_config_hash(const dsc_run_writer *w)
{
    return w->hash;
}

// ---- results ------------------------------------------------------------------------------------

dsc_status dsc_run_save(dsc_run_writer *w, const dsc_run_values *v)
{
    char path[PATH_BYTES];
    char **subjects = (char **)(uintptr_t)v->subjects; // only read
    fit_state state = {.step = v->step, .best_value = v->value, .best_step = v->step};
    const checkpoint c = {.cell = v->cell,
                          .layout = v->layout,
                          .model = w->config->definition->name,
                          .config_hash = w->hash,
                          .seed = w->config->seed,
                          .facts = {v->n_actions, v->layout->n_subjects, subjects, NULL},
                          .state = &state,
                          .parameters = v->parameters};
    DSC_TRY(dsc_join_path(w->ctx, path, sizeof path, w->path, "checkpoints/best.safetensors"));
    return checkpoint_write(w->ctx, path, &c);
}

dsc_status dsc_run_score(dsc_run_writer *w, const dsc_table *t, const dsc_split *split,
                         dsc_pool *pool)
{
    dsc_run *run = NULL;
    dsc_evaluation *e = NULL;
    const dsc_evaluation_options o = {.seed = (uint64_t)w->config->seed, .split = split};
    DSC_TRY(dsc_run_open(w->ctx, w->path, NULL, &run));
    dsc_status status = dsc_evaluate(w->ctx, run, t, &o, pool, &e);
    dsc_run_close(w->ctx, &run);
    if (status == DSC_OK) status = dsc_evaluation_write(w->ctx, e, t, w->path);
    if (e) dsc_evaluation_free(w->ctx, &e);
    return status;
}
