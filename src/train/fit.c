// SPDX-License-Identifier: Apache-2.0
// fit.c — a fit from request to run directory: prepare everything, then take the directory, then
// train.
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/trainer.h"

// ---- a new run ----------------------------------------------------------------------------------

// The fleet's own directory holds the config and the split that its replicas share.
static dsc_status fleet_save(trainer *t)
{
    char path[PATH_BYTES];
    if (t->n_replicas == 1) return DSC_OK;
    DSC_TRY(config_save(t->ctx, t->request->run, t->config));
    DSC_TRY(dsc_join_path(t->ctx, path, sizeof path, t->request->run, "split.json"));
    return dsc_split_write(t->ctx, t->table, &t->split, path);
}

static dsc_status take_folder(trainer *t)
{
    const dsc_fit_request *q = t->request;
    DSC_TRY(dsc_make_folder(t->ctx, q->run));
    dsc_gnuplot_version(t->gnuplot); // starts a program, which should not get hold of the lock
    DSC_TRY(lock_take(t->ctx, q->run, &t->lock));
    DSC_TRY(folder_check(t->ctx, q->run, q->force)); // another fit may have come in between
    return q->force ? folder_clear(t->ctx, q->run) : DSC_OK;
}

static dsc_status open_new(trainer *t)
{
    const dsc_fit_request *q = t->request;
    DSC_REQUIRE(t->ctx, q->config, DSC_USAGE, "a new fit needs a config");
    DSC_TRY(folder_check(t->ctx, q->run, q->force));
    *t->config = *q->config;
    dsc_fit_config_absolute(t->config);
    DSC_TRY(trainer_create(t, NULL));
    DSC_TRY(replicas_create(t));
    DSC_TRY(start_replicas(t, t->replicas, t->n_replicas));
    DSC_TRY(take_folder(t));
    DSC_TRY(fleet_save(t));
    for (int k = 0; k < t->n_replicas; k++) DSC_TRY(replica_begin(t, &t->replicas[k]));
    return DSC_OK;
}

// ---- phases ------------------------------------------------------------------------------------

// At the end of a phase the next one begins: a new search for the best, perhaps a fresh optimiser.
static void enter_phase(const trainer *t, replica *r)
{
    fit_state *s = &r->state;
    while (s->phase < t->config->n_phases - 1 && s->phase_step >= phase_of(t, r)->steps) {
        s->phase++;
        s->phase_step = 0;
        s->best_value = INFINITY;
        s->best_step = -1;
        s->patient_since = s->step;
        if (phase_of(t, r)->reset_optimizer) optimizer_reset(r->optimizer);
    }
}

// ---- an old run ---------------------------------------------------------------------------------

int64_t dsc_fit_config_steps(const dsc_fit_config *c)
{
    int64_t total = 0;
    for (int i = 0; i < c->n_phases; i++) total += c->phase[i].steps;
    return total;
}

static dsc_status check_finished(trainer *t)
{
    for (int k = 0; k < t->n_replicas; k++) {
        const replica *r = &t->replicas[k];
        DSC_REQUIRE(t->ctx, is_finished(t, r), DSC_INPUT,
                    "%s is not finished (step %lld); finish it with --resume, then --extend it",
                    r->path, (long long)r->state.step);
    }
    return DSC_OK;
}

static int64_t most_phase_steps(const trainer *t)
{
    int64_t most = 0;
    for (int k = 0; k < t->n_replicas; k++)
        if (t->replicas[k].state.phase_step > most) most = t->replicas[k].state.phase_step;
    return most;
}

// of the shorter fit: if this one is interrupted, nobody takes them for its own
static dsc_status remove_results(trainer *t, const replica *r)
{
    static const char *const names[] = {"predictions.csv", "summary.json"};
    char path[PATH_BYTES];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        DSC_TRY(dsc_join_path(t->ctx, path, sizeof path, r->path, names[i]));
        DSC_TRY(dsc_remove(t->ctx, path));
    }
    return DSC_OK;
}

static dsc_status extend_replica(trainer *t, replica *r, int steps)
{
    DSC_TRY(remove_results(t, r));
    r->config->phase[r->config->n_phases - 1].steps = steps;
    r->state.stopped_early = false;
    r->state.patient_since = r->state.step;
    DSC_TRY(checkpoint_save_last(t, r));
    return config_save(t->ctx, r->path, r->config);
}

// The last phase gets `extend` further steps, in the config too; patience starts anew.
static dsc_status extend(trainer *t)
{
    DSC_TRY(check_finished(t));
    for (int k = 0; k < t->n_replicas; k++) enter_phase(t, &t->replicas[k]);
    const int64_t steps = most_phase_steps(t) + t->request->extend;
    DSC_REQUIRE(t->ctx, steps <= INT_MAX, DSC_INPUT,
                "--extend %lld: too many steps; a phase has at most 2147483647",
                (long long)t->request->extend);
    t->config->phase[t->config->n_phases - 1].steps = (int)steps;
    for (int k = 0; k < t->n_replicas; k++) DSC_TRY(extend_replica(t, &t->replicas[k], (int)steps));
    return t->n_replicas > 1 ? config_save(t->ctx, t->request->run, t->config) : DSC_OK;
}

static dsc_status read_own_config(trainer *t)
{
    char path[PATH_BYTES];
    DSC_TRY(dsc_join_path(t->ctx, path, sizeof path, t->request->run, "config.yaml"));
    return dsc_fit_config_read(t->ctx, path, t->config);
}

static dsc_status open_old(trainer *t)
{
    char split[PATH_BYTES];
    const char *run = t->request->run;
    DSC_REQUIRE(t->ctx, is_run(run), DSC_INPUT,
                "%s holds no run to go on with; leave out --resume and --extend to start one", run);
    dsc_gnuplot_version(t->gnuplot);
    DSC_TRY(lock_take(t->ctx, run, &t->lock));
    DSC_TRY(read_own_config(t));
    DSC_REQUIRE(
        t->ctx, dsc_fit_config_steps(t->config) > 0, DSC_INPUT,
        "%s has 0 steps of training (an imported run has none), so there are none to go on "
        "with or to extend; train from its parameters: discern fit %s --data FILE --start %s "
        "-o OTHER",
        run, t->config->model, run);
    DSC_TRY(dsc_join_path(t->ctx, split, sizeof split, run, "split.json"));
    DSC_TRY(trainer_create(t, dsc_exists(split) ? split : NULL));
    DSC_TRY(replicas_create(t));
    for (int k = 0; k < t->n_replicas; k++) DSC_TRY(replica_resume(t, &t->replicas[k]));
    return t->request->extend > 0 ? extend(t) : DSC_OK;
}

// ---- training -----------------------------------------------------------------------------------

// The unfinished replicas that are furthest behind; after a kill they may stand at different steps.
static int find_active(trainer *t, replica **active)
{
    int n = 0;
    for (int k = 0; k < t->n_replicas; k++) {
        replica *r = &t->replicas[k];
        enter_phase(t, r);
        if (is_finished(t, r)) continue;
        if (n > 0 && r->state.step < active[0]->state.step) n = 0;
        if (n == 0 || r->state.step == active[0]->state.step) active[n++] = r;
    }
    return n;
}

static dsc_status stop_now(trainer *t, int64_t step)
{
    int64_t total_steps = dsc_fit_config_steps(t->config);
    for (int k = 0; k < t->n_replicas; k++) DSC_TRY(checkpoint_save_last(t, &t->replicas[k]));
    return dsc_fail(t->ctx, DSC_STOPPED,
                    "stopped after step %lld of %lld; everything is saved, --resume goes on",
                    (long long)step, (long long)total_steps);
}

static bool is_stopped(const trainer *t)
{
    return t->request->stop && *t->request->stop != 0;
}

static void show_progress(trainer *t, const replica *r)
{
    char detail[DSC_FIELD_TEXT + 64];
    snprintf(detail, sizeof detail, "%s, loss %.4f", phase_of(t, r)->name, r->last.loss);
    dsc_progress_update(t->progress, (double)r->state.step, detail);
}

static dsc_status train_all(trainer *t, replica **active)
{
    int n;
    while ((n = find_active(t, active)) > 0) {
        if (is_stopped(t)) return stop_now(t, active[0]->state.step);
        DSC_TRY(step_all(t, active, n));
        for (int i = 0; i < n; i++) DSC_TRY(watch_step(t, active[i]));
        show_progress(t, active[0]);
    }
    return DSC_OK;
}

static dsc_status train_active(trainer *t, replica **active)
{
    if (find_active(t, active) == 0) {
        dsc_note(t->ctx, DSC_NOTE,
                 "%s is trained already (step %lld); discern fit --extend N %s adds steps",
                 t->request->run, (long long)t->replicas[0].state.step, t->request->run);
        return DSC_OK;
    }
    DSC_TRY(dsc_progress_start(t->ctx, t->request->progress, t->model->name,
                               (double)dsc_fit_config_steps(t->config), "steps", &t->progress));
    return train_all(t, active);
}

static dsc_status train(trainer *t)
{
    replica **active = NULL;
    DSC_TRY(dsc_alloc(t->ctx, (size_t)t->n_replicas, sizeof(replica *), &active));
    const dsc_status status = train_active(t, active);
    dsc_free(t->ctx, &active);
    dsc_progress_end(&t->progress);
    return status;
}

static dsc_status fit(trainer *t)
{
    const dsc_fit_request *q = t->request;
    DSC_REQUIRE(t->ctx, q->run && q->run[0], DSC_USAGE, "a fit needs a run directory: -o RUN");
    DSC_REQUIRE(t->ctx, q->extend >= 0, DSC_INPUT, "--extend %lld: give a number of steps above 0",
                (long long)q->extend);
    DSC_TRY(dsc_alloc(t->ctx, 1, sizeof *t->config, &t->config));
    DSC_TRY(q->resume || q->extend > 0 ? open_old(t) : open_new(t));
    DSC_TRY(train(t));
    return finish_all(t);
}

dsc_status dsc_fit(dsc_context *ctx, const dsc_fit_request *request)
{
    trainer t = {.ctx = ctx, .request = request};
    const dsc_status status = fit(&t);
    trainer_destroy(&t);
    return status;
}
