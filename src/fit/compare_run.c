// SPDX-License-Identifier: Apache-2.0
// compare_run.c — what a run says beside its predictions: model, number of parameters, which
// sessions were held out, and its fit.csv: how many fits, their evidences.
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "fit/compare.h"

static dsc_status path_in(dsc_context *ctx, const char *run, const char *name,
                          char out[COMPARE_PATH_BYTES])
{
    return dsc_join_path(ctx, out, COMPARE_PATH_BYTES, run, name);
}

static bool has_file(const char *run, const char *name)
{
    char path[COMPARE_PATH_BYTES];
    const int n = snprintf(path, sizeof path, "%s/%s", run, name);
    return n > 0 && n < (int)sizeof path && dsc_exists(path);
}

// ---- parameters ---------------------------------------------------------------------------------

static void parameters_count(const dsc_run *run, compare_run *r)
{
    r->n_parameters = r->n_per_subject = r->n_shared = 0;
    for (int i = 0; i < dsc_cell_parameter_count(run->cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(run->cell, i);
        if (p->fixed) continue;
        r->n_parameters += (int64_t)run->layout.count[i];
        *(p->level == DSC_PER_SUBJECT ? &r->n_per_subject : &r->n_shared) +=
            (int64_t)p->rows * p->cols;
    }
}

// ---- split.json ---------------------------------------------------------------------------------

typedef struct split_reader {
    dsc_context *ctx;
    const char *path;
    const compare_trials *t;
    unsigned char *part; // [n_sessions] 0: not yet named; 1: train; 2: heldout
} split_reader;

static dsc_status part_read(const split_reader *r, json_t *root, const char *name,
                            unsigned char part)
{
    json_t *list = json_object_get(root, name), *entry;
    const char *subject, *session;
    size_t i;
    int s = -1;
    if (!list && strcmp(name, "test") == 0) return DSC_OK; // nothing was kept aside
    DSC_REQUIRE(r->ctx, json_is_array(list), DSC_INPUT,
                "%s: no list \"%s\"; a split file has the lists \"train\" and \"heldout\"", r->path,
                name);
    json_array_foreach(list, i, entry)
    {
        const bool read =
            json_unpack(entry, "{s:s, s:s}", "subject", &subject, "session", &session) == 0;
        s = read ? compare_session_find(r->t, s + 1, subject, session) : -1;
        DSC_REQUIRE(r->ctx, s >= 0, DSC_INPUT,
                    "%s: entry %zu of \"%s\" is no session of %s; the split belongs to other data",
                    r->path, i, name, r->t->csv.path);
        DSC_REQUIRE(r->ctx, !json_object_get(entry, "trials"), DSC_INPUT,
                    "%s holds out the ends of sessions, but whole sessions are compared; the "
                    "held-out scores of each run alone: discern eval RUN",
                    r->path);
        r->part[s] = part;
    }
    return DSC_OK;
}

static dsc_status parts_read(const split_reader *r, json_t *root)
{
    const compare_trials *t = r->t;
    DSC_TRY(part_read(r, root, "train", 1));
    DSC_TRY(part_read(r, root, "heldout", 2));
    DSC_TRY(part_read(r, root, "test", 2));
    for (int s = 0; s < t->n_sessions; s++) {
        DSC_REQUIRE(r->ctx, r->part[s] != 0, DSC_INPUT,
                    "%s: session \"%s\" of subject \"%s\" is in neither part; the split belongs to "
                    "other data",
                    r->path, t->session[s], t->subject[t->subject_of[s]]);
        r->part[s]--;
    }
    return DSC_OK;
}

static dsc_status split_read(dsc_context *ctx, dsc_arena *arena, const compare_trials *t,
                             compare_run *r)
{
    char path[COMPARE_PATH_BYTES], *text = NULL;
    size_t n;
    json_error_t error;
    split_reader reader = {ctx, path, t, NULL};
    DSC_TRY(dsc_arena_alloc(arena, (size_t)t->n_sessions, 1, &reader.part));
    DSC_TRY(path_in(ctx, r->path, "split.json", path));
    DSC_TRY(dsc_read_file(ctx, path, &text, &n));
    json_t *root = json_loadb(text, n, 0, &error);
    dsc_free(ctx, &text);
    DSC_REQUIRE(ctx, root, DSC_INPUT, "%s, line %d: no valid JSON: %s; correct it there", path,
                error.line, error.text);
    const dsc_status status = parts_read(&reader, root);
    json_decref(root);
    if (status == DSC_OK && memchr(reader.part, 1, (size_t)t->n_sessions)) r->heldout = reader.part;
    return status;
}

// ---- fit.csv ------------------------------------------------------------------------------------

static int subject_find(const compare_trials *t, int start, const char *subject)
{
    for (int i = 0; i < t->n_subjects; i++)
        if (strcmp(t->subject[(start + i) % t->n_subjects], subject) == 0)
            return (start + i) % t->n_subjects;
    return -1;
}

// Groups may be sessions: the evidences of a subject's groups add up. NaN: one is missing.
static void evidences_add(const dsc_estimates *e, const compare_trials *t, compare_run *r)
{
    int s = 0;
    for (int k = 0; k < e->n_groups; k++) {
        const int found = subject_find(t, s, e->subject[k]);
        if (found < 0) continue;
        s = found;
        r->laplace[s] = (r->fits[s]++ ? r->laplace[s] : 0) + e->log_evidence[k];
    }
}

// Subjects without a fit had nothing to fit: what stands in for their parameters was not estimated.
static dsc_status evidences_read(dsc_context *ctx, dsc_arena *arena, const dsc_run *run,
                                 const compare_trials *t, compare_run *r)
{
    dsc_estimates *e = NULL;
    const size_t n = (size_t)t->n_subjects;
    DSC_TRY(dsc_arena_alloc(arena, n, sizeof *r->laplace, &r->laplace));
    DSC_TRY(dsc_arena_alloc(arena, n, sizeof *r->fits, &r->fits));
    for (int s = 0; s < t->n_subjects; s++) r->laplace[s] = -INFINITY; // none yet
    DSC_TRY(dsc_estimates_read(ctx, run, &e));
    evidences_add(e, t, r);
    if (r->n_per_subject > 0) r->n_parameters = r->n_per_subject * e->n_groups + r->n_shared;
    else r->fits = NULL;
    dsc_estimates_destroy(ctx, &e);
    return DSC_OK;
}

// ---- the model ---------------------------------------------------------------------------------

// `folder` is the run itself, or a fold of a cross-validation.
static dsc_status model_read(dsc_context *ctx, dsc_arena *arena, const char *folder,
                             const compare_trials *t, compare_run *r)
{
    char *name;
    dsc_run *run = NULL;
    DSC_TRY(dsc_run_open(ctx, folder, NULL, &run));
    parameters_count(run, r);
    r->network = !run->model->cog;
    r->masked = run->config.valid_actions[0] != 0;
    dsc_status status = dsc_arena_strdup(arena, run->model->name, &name);
    if (status == DSC_OK && r->estimated) status = evidences_read(ctx, arena, run, t, r);
    dsc_run_close(ctx, &run);
    if (status == DSC_OK) r->model = name;
    return status;
}

// A cross-validation predicted every session by parameters that had not seen it.
static dsc_status folds_read(dsc_context *ctx, dsc_arena *arena, const compare_trials *t,
                             compare_run *r)
{
    char path[COMPARE_PATH_BYTES];
    DSC_TRY(path_in(ctx, r->path, "fold-0", path));
    DSC_TRY(model_read(ctx, arena, path, t, r));
    DSC_TRY(dsc_arena_alloc(arena, (size_t)t->n_sessions, 1, &r->heldout));
    memset(r->heldout, 1, (size_t)t->n_sessions);
    return DSC_OK;
}

// ---- around it ----------------------------------------------------------------------------------

dsc_status compare_run_read(dsc_context *ctx, dsc_arena *arena, const char *path,
                            const compare_trials *t, compare_run *r)
{
    compare_run made = {
        .path = path, .model = "", .n_parameters = -1, .n_per_subject = -1, .n_shared = -1};
    made.known = has_file(path, "config.yaml");
    made.estimated = made.known && has_file(path, "fit.csv");
    made.has_best = has_file(path, "checkpoints/best.safetensors");
    if (made.known) DSC_TRY(model_read(ctx, arena, path, t, &made));
    else if (has_file(path, "cv.json")) {
        DSC_TRY(folds_read(ctx, arena, t, &made));
        made.known = true;
    }
    if (made.known && !made.heldout && has_file(path, "split.json"))
        DSC_TRY(split_read(ctx, arena, t, &made));
    const size_t n = (size_t)t->n_sessions;
    DSC_TRY(dsc_arena_alloc(arena, n, sizeof *made.tally, &made.tally));
    memcpy(made.tally, t->tally, n * sizeof *made.tally);
    *r = made;
    return DSC_OK;
}
