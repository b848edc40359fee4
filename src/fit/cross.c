// SPDX-License-Identifier: Apache-2.0
// cross.c — cross-validation over sessions, or subjects (split.unit): fold k of K holds out every
// K-th of them from the k-th on and is an ordinary run, DIR/fold-k. Each session is predicted by
// the fold that did not see it;
// together these predictions are DIR/predictions.csv and DIR/summary.json. A network predicts with
// its last parameters, since its best ones were chosen on the very sessions held out. DIR/cv.yaml
// is the config of all folds, so that none of them is needed to go on with the others.
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "discern/fit.h"

enum { PATH_BYTES = 4096 };

static const char CONFIG[] = "cv.yaml";

typedef struct crossing {
    dsc_context *ctx;
    const dsc_fit_request *r;
    int n_folds;
    dsc_fit_config *config; // of the fold at hand
    dsc_pool *pool;
    dsc_table *table;
    dsc_evaluation *e; // rows of the folds so far
    dsc_run_writer *hold;
} crossing;

static dsc_status path_in(const crossing *x, int fold, const char *name, char out[PATH_BYTES])
{
    char file[64];
    if (fold < 0) return dsc_join_path(x->ctx, out, PATH_BYTES, x->r->run, name);
    snprintf(file, sizeof file, "fold-%d%s%s", fold, *name ? "/" : "", name);
    return dsc_join_path(x->ctx, out, PATH_BYTES, x->r->run, file);
}

// ---- one fold -----------------------------------------------------------------------------------

// A fold that has its summary is finished; without its config it has not begun.
static dsc_status state_of(const crossing *x, int fold, bool *begun, bool *finished)
{
    char path[PATH_BYTES];
    DSC_TRY(path_in(x, fold, "config.yaml", path));
    *begun = dsc_exists(path);
    DSC_TRY(path_in(x, fold, "summary.json", path));
    *finished = *begun && dsc_exists(path);
    return DSC_OK;
}

// A fold may be gone on with, as the run that it is, by another process.
static dsc_status check_fold(const crossing *x, int fold, bool *there)
{
    char path[PATH_BYTES];
    dsc_run_writer *hold = NULL;
    DSC_TRY(path_in(x, fold, "", path));
    *there = dsc_exists(path);
    if (!*there) return DSC_OK;
    DSC_TRY(dsc_run_hold(x->ctx, path, &hold));
    dsc_run_end(&hold);
    return DSC_OK;
}

// What is left of a fold whose config was lost is no run that could be gone on with.
static dsc_status drop_rest(const crossing *x, int fold)
{
    char path[PATH_BYTES];
    bool there;
    DSC_TRY(path_in(x, fold, "", path));
    DSC_TRY(check_fold(x, fold, &there));
    return there ? dsc_remove(x->ctx, path) : DSC_OK;
}

static dsc_status fit_fold(const crossing *x, int fold)
{
    char path[PATH_BYTES];
    bool begun, finished;
    x->config->split_every = x->n_folds;
    x->config->split_offset = fold;
    DSC_TRY(path_in(x, fold, "", path));
    DSC_TRY(state_of(x, fold, &begun, &finished));
    if (x->r->resume && finished) return DSC_OK;
    const bool go_on = x->r->resume && begun;
    if (x->r->resume && !begun) DSC_TRY(drop_rest(x, fold));
    dsc_note(x->ctx, DSC_NOTE, "fold %d of %d", fold + 1, x->n_folds);
    const dsc_fit_request request = {.config = go_on ? NULL : x->config,
                                     .run = path,
                                     .resume = go_on,
                                     .force = x->r->force,
                                     .progress = x->r->progress,
                                     .stop = x->r->stop};
    const bool gradient = strcmp(x->config->fit.method, "gradient") == 0;
    return gradient ? dsc_fit(x->ctx, &request) : dsc_estimate(x->ctx, &request);
}

// ---- putting the predictions together -----------------------------------------------------------

static void take_fold(crossing *x, const dsc_split *split, const dsc_evaluation *e)
{
    const size_t A = (size_t)e->n_actions, V = (size_t)e->n_values;
    for (int s = 0; s < x->table->n_sessions; s++) {
        if (split->heldout[s] != DSC_HELDOUT) continue;
        const dsc_session *session = &x->table->session[s];
        const size_t first = session->first, n = (size_t)session->n_trials * sizeof(double);
        if (A > 0) memcpy(x->e->log_p + first * A, e->log_p + first * A, n * A);
        if (V > 0) memcpy(x->e->values + first * V, e->values + first * V, n * V);
    }
}

static dsc_status predict_with(crossing *x, const dsc_run *run, const dsc_split *split)
{
    dsc_evaluation *e = NULL;
    const dsc_evaluation_options o = {.seed = (uint64_t)run->config.seed};
    DSC_TRY(dsc_evaluate(x->ctx, run, x->table, &o, x->pool, &e));
    if (!x->e) {
        x->e = e;
        return DSC_OK;
    }
    take_fold(x, split, e);
    dsc_evaluation_free(x->ctx, &e);
    return DSC_OK;
}

static dsc_status predict_own(crossing *x, const dsc_run *run)
{
    dsc_split split = {0};
    if (!x->table) DSC_TRY(dsc_run_data(x->ctx, run, &x->table, NULL));
    DSC_TRY(dsc_run_split(x->ctx, run, x->table, &split));
    const dsc_status status = predict_with(x, run, &split);
    dsc_split_free(x->ctx, &split);
    return status;
}

static dsc_status predict_fold(crossing *x, int fold)
{
    char path[PATH_BYTES];
    dsc_run *run = NULL;
    const bool network = !x->config->definition->cog;
    DSC_TRY(path_in(x, fold, "", path));
    DSC_TRY(dsc_run_open(x->ctx, path, network ? "last" : NULL, &run));
    const dsc_status status = predict_own(x, run);
    dsc_run_close(x->ctx, &run);
    return status;
}

static dsc_status write_folds(const crossing *x)
{
    char path[PATH_BYTES];
    DSC_TRY(path_in(x, -1, "cv.json", path));
    json_t *o = json_pack("{s:s, s:i, s:s}", "model", x->config->model, "folds", x->n_folds, "unit",
                          x->config->split_unit);
    char *text = o ? json_dumps(o, JSON_INDENT(2)) : NULL;
    json_decref(o);
    DSC_REQUIRE(x->ctx, text, DSC_MEMORY, "out of memory: %s could not be written", path);
    const dsc_status status = dsc_write_file(x->ctx, path, text, strlen(text));
    free(text);
    return status;
}

static dsc_status write_all(crossing *x)
{
    DSC_TRY(dsc_evaluation_score(x->ctx, x->e, x->table, NULL, (uint64_t)x->config->seed));
    return dsc_evaluation_write(x->ctx, x->e, x->table, x->r->run);
}

// ---- around it ----------------------------------------------------------------------------------

static dsc_status read_own(crossing *x)
{
    char path[PATH_BYTES], *text = NULL;
    size_t n;
    DSC_TRY(path_in(x, -1, "cv.json", path));
    DSC_REQUIRE(x->ctx, dsc_exists(path), DSC_INPUT,
                "%s holds no cross-validation to go on with; start one with --folds", x->r->run);
    DSC_TRY(dsc_read_file(x->ctx, path, &text, &n));
    json_t *o = json_loadb(text, n, 0, NULL);
    dsc_free(x->ctx, &text);
    x->n_folds = (int)json_integer_value(json_object_get(o, "folds"));
    json_decref(o);
    DSC_REQUIRE(x->ctx, x->n_folds >= 2, DSC_INPUT,
                "%s is damaged: it names no folds; start again with --folds K --force", path);
    DSC_TRY(path_in(x, -1, CONFIG, path));
    if (!dsc_exists(path)) DSC_TRY(path_in(x, 0, "config.yaml", path)); // of an earlier version
    return dsc_fit_config_read(x->ctx, path, x->config);
}

static dsc_status check_config(const crossing *x)
{
    DSC_REQUIRE(x->ctx, x->n_folds >= 2 && x->n_folds <= 10000, DSC_INPUT,
                "a cross-validation in %d folds is none; take 2 or more", x->n_folds);
    DSC_REQUIRE(x->ctx, !x->config->split_file[0], DSC_INPUT,
                "a cross-validation makes its own splits; leave the split %s out",
                x->config->split_file);
    DSC_REQUIRE(x->ctx, strcmp(x->config->split_unit, "trial") != 0, DSC_INPUT,
                "a cross-validation holds out sessions or subjects; leave split.unit=trial out");
    DSC_REQUIRE(x->ctx, !x->config->split_aside, DSC_INPUT,
                "a cross-validation predicts every session held out; leave split.aside out");
    DSC_REQUIRE(x->ctx, x->config->split_test_every == 0, DSC_INPUT,
                "split.test_every is %d, but a cross-validation predicts every session; leave it "
                "out, or fit to nested folds one by one: discern data split --folds K --inner K",
                x->config->split_test_every);
    DSC_REQUIRE(x->ctx, x->config->split_last == 0, DSC_INPUT,
                "split.last is %g, but a cross-validation makes its own splits; leave it out",
                x->config->split_last);
    DSC_REQUIRE(x->ctx, !x->config->penalties[0], DSC_INPUT,
                "a cross-validation takes one fit per fold, but penalties names several; leave "
                "penalties out");
    DSC_REQUIRE(x->ctx, x->config->replicas <= 1, DSC_INPUT,
                "a cross-validation takes one fit per fold, but replicas is %d; leave replicas out",
                x->config->replicas);
    return DSC_OK;
}

// Before anything is fitted or written: that there is something for each fold to hold out.
static dsc_status check_data(const crossing *x)
{
    dsc_table *table = NULL;
    dsc_split split = {0};
    const bool subjects = strcmp(x->config->split_unit, "subject") == 0;
    x->config->split_every = 0;
    DSC_TRY(dsc_fit_data(x->ctx, x->config, NULL, &table, &split));
    const int n = subjects ? table->n_subjects : table->n_sessions;
    dsc_split_free(x->ctx, &split);
    dsc_table_destroy(x->ctx, &table);
    DSC_REQUIRE(x->ctx, x->n_folds <= n, DSC_INPUT,
                "a cross-validation in %d folds needs as many %ss, but %s has %d; take fewer folds",
                x->n_folds, subjects ? "subject" : "session", x->config->data, n);
    return DSC_OK;
}

// ---- in the place of an older one ---------------------------------------------------------------

static dsc_status check_start(const crossing *x)
{
    char start[PATH_MAX], run[PATH_MAX];
    if (!realpath(x->config->start, start) || !realpath(x->r->run, run)) return DSC_OK;
    const size_t n = strlen(run);
    DSC_REQUIRE(x->ctx, strncmp(start, run, n) != 0 || start[n] != '/', DSC_INPUT,
                "train.start is %s, which a cross-validation into %s would replace; give another "
                "folder with -o",
                x->config->start, x->r->run);
    return DSC_OK;
}

// Nothing of the old one is lost to a request that cannot be met.
static dsc_status replace_old(crossing *x)
{
    bool there = true;
    DSC_TRY(check_start(x));
    for (int k = 0; there; k++) DSC_TRY(check_fold(x, k, &there));
    return dsc_result_clear(x->ctx, x->r->run, DSC_RESULT_FOLDS);
}

static dsc_status begin_new(crossing *x)
{
    DSC_TRY(dsc_result_check(x->ctx, x->r->run, DSC_RESULT_FOLDS));
    const bool old = dsc_result_in(x->r->run) == DSC_RESULT_FOLDS;
    DSC_REQUIRE(x->ctx, !old || x->r->force, DSC_INPUT,
                "%s holds a cross-validation already; continue it with --resume, replace it with "
                "--force, or give another folder with -o",
                x->r->run);
    if (old) DSC_TRY(replace_old(x));
    DSC_TRY(dsc_fit_config_save(x->ctx, x->config, x->r->run, CONFIG));
    return write_folds(x);
}

static dsc_status begin(crossing *x)
{
    if (!x->r->config) DSC_TRY(read_own(x));
    else *x->config = *x->r->config;
    DSC_TRY(check_config(x));
    if (x->r->config) DSC_TRY(check_data(x));
    dsc_fit_config_absolute(x->config);
    DSC_TRY(dsc_make_folder(x->ctx, x->r->run));
    DSC_TRY(dsc_run_hold(x->ctx, x->r->run, &x->hold));
    return x->r->config ? begin_new(x) : DSC_OK;
}

static dsc_status run_folds(crossing *x)
{
    DSC_TRY(begin(x));
    for (int k = 0; k < x->n_folds; k++) DSC_TRY(fit_fold(x, k));
    DSC_TRY(dsc_pool_create(x->ctx, x->config->threads, &x->pool));
    for (int k = 0; k < x->n_folds; k++) DSC_TRY(predict_fold(x, k));
    return write_all(x);
}

dsc_status dsc_cross_validate(dsc_context *ctx, const dsc_fit_request *r, int n_folds)
{
    crossing x = {.ctx = ctx, .r = r, .n_folds = n_folds};
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *x.config, &x.config));
    const dsc_status status = run_folds(&x);
    dsc_evaluation_free(ctx, &x.e);
    if (x.table) dsc_table_destroy(ctx, &x.table);
    dsc_pool_destroy(&x.pool);
    dsc_run_end(&x.hold);
    dsc_free(ctx, &x.config);
    return status;
}
