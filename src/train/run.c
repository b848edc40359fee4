// SPDX-License-Identifier: Apache-2.0
// run.c — opening a run again: its config, its cells, the parameters of one of its checkpoints.
#include <string.h>

#include "train/trainer.h"

// ---- which checkpoint --------------------------------------------------------------------------

static dsc_status checkpoint_path(dsc_context *ctx, const char *run, const char *which, char *out,
                                  size_t size)
{
    const int n = snprintf(out, size, "%s/checkpoints/%s.safetensors", run, which);
    DSC_REQUIRE(ctx, n > 0 && n < (int)size, DSC_INPUT,
                "the path of the run is too long; give a shorter one: %s", run);
    return DSC_OK;
}

static const char *remedy_of(dsc_context *ctx, const char *run, bool wants_best)
{
    char best[PATH_BYTES];
    if (wants_best) return "a best checkpoint needs held-out sessions: take \"last\"";
    if (checkpoint_path(ctx, run, "best", best, sizeof best) == DSC_OK && dsc_exists(best))
        return "this run has a best checkpoint only: take \"best\"";
    return "the fit was stopped before its first checkpoint: fit --resume";
}

static dsc_status checkpoint_choose(dsc_context *ctx, const char *run, const char *which, char *out,
                                    size_t size)
{
    DSC_REQUIRE(ctx, !which || strcmp(which, "best") == 0 || strcmp(which, "last") == 0, DSC_INPUT,
                "checkpoint \"%s\": a run has \"best\" and \"last\"; take one of them", which);
    DSC_TRY(checkpoint_path(ctx, run, which ? which : "best", out, size));
    if (!which && !dsc_exists(out)) DSC_TRY(checkpoint_path(ctx, run, "last", out, size));
    const bool wants_best = which && strcmp(which, "best") == 0;
    DSC_REQUIRE(ctx, dsc_exists(out), DSC_INPUT, "%s is not there; %s", out,
                remedy_of(ctx, run, wants_best));
    return DSC_OK;
}

// ---- cells -------------------------------------------------------------------------------------

static dsc_status run_build(dsc_context *ctx, dsc_run *r, bool noisy, dsc_cell **cell)
{
    const cell_request q = {.model = r->model,
                            .config = r->config.model_config,
                            .size = {.n_actions = r->n_actions,
                                     .n_values = r->n_values,
                                     .n_inputs = r->n_inputs,
                                     .inputs = (const char *const *)r->inputs,
                                     .noiseless = !noisy},
                            .loss = -1};
    return cell_build(ctx, &q, cell);
}

// What is predicted: choices, values or both.
static dsc_status find_outputs(dsc_context *ctx, dsc_run *r, const cell_facts *facts)
{
    dsc_loss loss;
    DSC_TRY(loss_of(ctx, &r->config, r->model, &loss));
    r->n_actions = loss_has(loss, TERM_NLL) ? facts->n_actions : 0;
    return targets_of(ctx, &r->config, loss, &r->targets, &r->n_values);
}

static dsc_status run_cells(dsc_context *ctx, dsc_run *r, const char *path)
{
    cell_facts facts;
    DSC_TRY(checkpoint_facts(ctx, path, &facts));
    r->subjects = facts.subjects;
    r->untrained = facts.untrained;
    r->model = r->config.definition;
    DSC_TRY(inputs_of(ctx, &r->config, r->model, &r->inputs, &r->n_inputs));
    DSC_TRY(find_outputs(ctx, r, &facts));
    r->n_subjects = facts.n_subjects;
    DSC_TRY(run_build(ctx, r, false, &r->cell));
    DSC_TRY(run_build(ctx, r, true, &r->noisy));
    return dsc_layout_create(ctx, r->cell, r->n_subjects, 1, &r->layout);
}

static dsc_status run_parameters(dsc_context *ctx, dsc_run *r, const char *path)
{
    fit_state state;
    DSC_TRY(dsc_alloc(ctx, r->layout.n_values, sizeof *r->parameters, &r->parameters));
    const checkpoint c = {.cell = r->cell,
                          .layout = &r->layout,
                          .model = r->model->name,
                          .state = &state,
                          .parameters = r->parameters};
    DSC_TRY(checkpoint_read(ctx, path, &c));
    r->step = state.step;
    return DSC_OK;
}

// ---- public ------------------------------------------------------------------------------------

static dsc_status fail_no_run(dsc_context *ctx, const char *folder)
{
    const char *advice, *what = result_words(dsc_result_in(folder), &advice);
    if (what) return dsc_fail(ctx, DSC_INPUT, "%s is not a run, but %s: %s", folder, what, advice);
    return dsc_fail(ctx, DSC_INPUT,
                    "%s is not a run: it has no config.yaml; give the folder that fit wrote (-o "
                    "RUN)",
                    folder);
}

static dsc_status run_fill(dsc_context *ctx, dsc_run *r, const char *which)
{
    char path[PATH_BYTES];
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, r->path, "config.yaml"));
    if (!dsc_exists(path)) return fail_no_run(ctx, r->path);
    DSC_TRY(dsc_fit_config_read(ctx, path, &r->config));
    DSC_REQUIRE(ctx, r->config.replicas <= 1 && !r->config.penalties[0], DSC_INPUT,
                "%s holds several replicas; give one of them, e.g. %s/replica-0", r->path, r->path);
    DSC_TRY(checkpoint_choose(ctx, r->path, which, path, sizeof path));
    DSC_TRY(run_cells(ctx, r, path));
    DSC_TRY(run_parameters(ctx, r, path));
    return start_untrained(ctx, r);
}

dsc_status dsc_run_open(dsc_context *ctx, const char *path, const char *which, dsc_run **run)
{
    dsc_run *made = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    dsc_status status = dsc_strdup(ctx, path, &made->path);
    if (status == DSC_OK) status = run_fill(ctx, made, which);
    if (status == DSC_OK) *run = made;
    else dsc_run_close(ctx, &made);
    return status;
}

void dsc_run_close(dsc_context *ctx, dsc_run **run)
{
    if (!run || !*run) return;
    dsc_run *r = *run;
    dsc_cell_destroy(&r->cell);
    dsc_cell_destroy(&r->noisy);
    dsc_layout_free(ctx, &r->layout);
    dsc_free(ctx, &r->inputs);
    dsc_free(ctx, &r->targets);
    dsc_free(ctx, &r->subjects);
    dsc_free(ctx, &r->untrained);
    dsc_free(ctx, &r->parameters);
    dsc_free(ctx, &r->path);
    dsc_free(ctx, run);
}

const double *dsc_run_parameter(const dsc_run *run, const char *name, int *rows, int *cols)
{
    const int i = dsc_cell_parameter_find(run->cell, name);
    if (i < 0) return NULL;
    const dsc_parameter *p = dsc_cell_parameter(run->cell, i);
    if (rows) *rows = p->rows;
    if (cols) *cols = p->cols;
    return run->parameters + run->layout.offset[i];
}

dsc_status dsc_run_split(dsc_context *ctx, const dsc_run *run, const dsc_table *t, dsc_split *split)
{
    char path[PATH_BYTES];
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, run->path, "split.json"));
    if (dsc_exists(path)) return dsc_split_read(ctx, t, path, split);
    return split_of(ctx, &run->config, t, split);
}

dsc_status dsc_run_data(dsc_context *ctx, const dsc_run *run, dsc_table **table, dsc_split *split)
{
    dsc_table *t = NULL;
    DSC_TRY(table_of(ctx, &run->config, &t));
    const dsc_status status = split ? dsc_run_split(ctx, run, t, split) : DSC_OK;
    if (status == DSC_OK) *table = t;
    else dsc_table_destroy(ctx, &t);
    return status;
}
