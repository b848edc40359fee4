// SPDX-License-Identifier: Apache-2.0
// trainer.c — everything a fit needs before its first step: data, cells, plans, packs. No file of
// the run is touched here, so a request that cannot work leaves everything as it was.
#include <string.h>

#include "train/trainer.h"

// ---- the config, made complete ------------------------------------------------------------------

// Where one decision ends a session, a network reads what led to it.
static void choose_inputs(trainer *t)
{
    dsc_fit_config *c = t->config;
    const char *stimuli = dsc_table_stimuli(t->table);
    if (c->inputs[0] || t->model->cog || !stimuli) return;
    snprintf(c->inputs, sizeof c->inputs, "%s", stimuli);
    dsc_note(t->ctx, DSC_NOTE,
             "%s: every session ends with its only choice, so the inputs are %s; for others: "
             "data.inputs=NAME,...",
             t->table->path, stimuli);
}

// The instruction set of a request is for this call, and no part of the config.
static dsc_status find_engine(trainer *t)
{
    dsc_fit_config *c = t->config;
    char own[sizeof c->isa];
    memcpy(own, c->isa, sizeof own);
    if (t->request->isa) snprintf(c->isa, sizeof c->isa, "%s", t->request->isa);
    const dsc_status status = engine_of(t->ctx, c, &t->engine);
    memcpy(c->isa, own, sizeof own);
    return status;
}

// What the config left to the data and to defaults is written into it, so that config.yaml says it
// all.
static dsc_status resolve(trainer *t)
{
    dsc_fit_config *c = t->config;
    t->model = c->definition;
    DSC_TRY(find_engine(t));
    choose_inputs(t);
    DSC_TRY(inputs_of(t->ctx, c, t->model, &t->inputs, &t->n_inputs));
    DSC_TRY(targets_of(t->ctx, c, t->loss, &t->targets, &t->n_targets));
    snprintf(c->loss, sizeof c->loss, "%s", loss_name(t->loss));
    snprintf(c->engine, sizeof c->engine, "%s", dsc_engine_name(t->engine));
    snprintf(c->precision, sizeof c->precision, "%s", dsc_engine_precision(t->engine));
    if (c->n_actions == 0) c->n_actions = t->table->n_actions;
    return dsc_fit_valid_actions(t->ctx, c, c->n_actions, &t->valid, &t->n_valid);
}

// Asked before the split: without its columns a table may well have no sessions to split either.
static dsc_status check_choices(const trainer *t)
{
    return loss_has(t->loss, TERM_NLL) ? dsc_table_require(t->ctx, t->table, "choice") : DSC_OK;
}

static dsc_status read_data(trainer *t, const char *split_path)
{
    DSC_TRY(table_of(t->ctx, t->config, &t->table));
    DSC_TRY(check_choices(t));
    if (split_path) return dsc_split_read(t->ctx, t->table, split_path, &t->split);
    return split_of(t->ctx, t->config, t->table, &t->split);
}

// ---- cells and plans ----------------------------------------------------------------------------

dsc_status trainer_cell(const trainer *t, const dsc_fit_config *c, bool noisy, dsc_cell **cell)
{
    const bool chooses = loss_has(t->loss, TERM_NLL);
    const cell_request r = {.model = t->model,
                            .config = c->model_config,
                            .size = {.n_actions = chooses ? c->n_actions : 0,
                                     .n_values = t->n_targets,
                                     .n_inputs = t->n_inputs,
                                     .inputs = (const char *const *)t->inputs,
                                     .noiseless = !noisy,
                                     .n_subjects = t->table->n_subjects,
                                     .form = DSC_COG_OBSERVER},
                            .loss = (int)t->loss,
                            .n_targets = t->n_targets,
                            .valid = t->n_valid > 0};
    return cell_build(t->ctx, &r, cell);
}

static dsc_status build_variant(trainer *t, bool noisy)
{
    variant *v = &t->variant[noisy];
    DSC_TRY(trainer_cell(t, t->config, noisy, &v->cell));
    v->has_noise = dsc_cell_noise_rows(v->cell) > 0;
    DSC_REQUIRE(t->ctx, dsc_cell_objective_count(v->cell) <= MOST_OBJECTIVES, DSC_DEFECT,
                "model %s has too many objectives", t->model->name);
    return DSC_OK;
}

// Both variants must agree in inputs and parameters, since one pack and one array serve both.
static bool variants_agree(const dsc_cell *a, const dsc_cell *b)
{
    bool same = dsc_cell_input_count(a) == dsc_cell_input_count(b) &&
                dsc_cell_parameter_count(a) == dsc_cell_parameter_count(b);
    for (int i = 0; same && i < dsc_cell_input_count(a); i++)
        same = strcmp(dsc_cell_input(a, i), dsc_cell_input(b, i)) == 0;
    for (int i = 0; same && i < dsc_cell_parameter_count(a); i++) {
        const dsc_parameter *p = dsc_cell_parameter(a, i), *q = dsc_cell_parameter(b, i);
        same = strcmp(p->name, q->name) == 0 && p->rows == q->rows && p->cols == q->cols;
    }
    return same;
}

static dsc_status build_cells(trainer *t)
{
    for (int noisy = 0; noisy < 2; noisy++) DSC_TRY(build_variant(t, noisy));
    const dsc_cell *cell = t->variant[0].cell;
    DSC_REQUIRE(t->ctx, variants_agree(cell, t->variant[1].cell), DSC_DEFECT,
                "model %s has other parameters or inputs without noise", t->model->name);
    for (int k = 0; k < N_TERMS; k++) t->objective[k] = loss_objective(cell, (loss_term)k);
    return dsc_layout_create(t->ctx, cell, t->table->n_subjects, 1, &t->layout);
}

static bool has_phase(const trainer *t, bool noisy)
{
    for (int i = 0; i < t->config->n_phases; i++)
        if (t->config->phase[i].noiseless != noisy) return true;
    return false;
}

static int longest(const part *p)
{
    return p->pack ? dsc_pack_longest(p->pack) : 0;
}

static dsc_status make_plan(trainer *t, bool noisy)
{
    const bool gradient = has_phase(t, noisy), evaluates = !noisy || t->config->evaluate_noisy;
    const int a = longest(&t->train), b = longest(&t->heldout);
    const dsc_plan_options o = {.engine = t->engine,
                                .n_subjects = t->layout.n_subjects,
                                .max_trials = a > b ? a : b,
                                .n_workers = dsc_pool_size(t->pool),
                                .gradient = gradient};
    if (!gradient && !evaluates) return DSC_OK;
    return dsc_plan_create(t->ctx, t->variant[noisy].cell, &o, &t->variant[noisy].plan);
}

// ---- data in tiles ------------------------------------------------------------------------------

static dsc_status check_counts(const trainer *t)
{
    DSC_REQUIRE(t->ctx, !loss_has(t->loss, TERM_NLL) || t->train.all[TERM_NLL] > 0, DSC_INPUT,
                "%s: all choices of the training part are missing; check the mapping "
                "(--map choice=COLUMN) and --missing",
                t->table->path);
    DSC_REQUIRE(t->ctx, !loss_has(t->loss, TERM_SSE) || t->train.all[TERM_SSE] > 0, DSC_INPUT,
                "%s: no trial of the training part has a value to predict (data.targets: %s); "
                "check the mapping (--map %s=COLUMN) and --missing",
                t->table->path, t->config->targets, t->targets[0]);
    return DSC_OK;
}

static size_t count_absent(const part *p, int input)
{
    return p->pack ? dsc_pack_absent(p->pack, input) : 0;
}

// Models of choice refuse this; a network has no other way to go on to the next trial.
static void tell_absent(const trainer *t)
{
    const dsc_cell *cell = t->variant[0].cell;
    for (int i = 0; i < dsc_cell_input_count(cell); i++) {
        const size_t n = count_absent(&t->train, i) + count_absent(&t->heldout, i);
        if (n > 0)
            dsc_note(t->ctx, DSC_WARNING,
                     "%s: what the input \"%s\" reads is missing on %zu trial%s with a choice, "
                     "and the network reads 0 there; fill it in, or make the choice missing too",
                     t->table->path, dsc_cell_input(cell, i), n, n == 1 ? "" : "s");
    }
}

static dsc_status find_untrained(trainer *t)
{
    const part *p = &t->train;
    const size_t n = (size_t)t->layout.n_subjects;
    DSC_TRY(dsc_alloc(t->ctx, n + 1, 1, &t->untrained));
    if (!start_knows_subjects(t->variant[0].cell)) return DSC_OK;
    memset(t->untrained, 1, n);
    for (int k = 0; k < p->n; k++)
        if (p->count[TERM_PENALTY][k] > 0)
            t->untrained[t->table->session[p->session[k]].subject] = 0;
    return DSC_OK;
}

static dsc_status pack_parts(trainer *t)
{
    DSC_TRY(part_pack(t, &t->train, DSC_TRAIN));
    DSC_TRY(part_pack(t, &t->heldout, DSC_HELDOUT));
    DSC_REQUIRE(t->ctx, t->train.n > 0, DSC_INPUT,
                "%s: every session is held out, so none is left to train on; change the split",
                t->table->path);
    DSC_TRY(check_counts(t));
    tell_absent(t);
    DSC_TRY(find_untrained(t));
    DSC_REQUIRE(t->ctx, batch_sessions(t) > 0, DSC_INPUT, "batch.size: %d; at least 1",
                t->config->batch_size);
    return dsc_alloc(t->ctx, (size_t)batch_sessions(t), sizeof *t->drawn, &t->drawn);
}

dsc_status trainer_create(trainer *t, const char *split_path)
{
    DSC_TRY(dsc_fit_config_check(t->ctx, t->config));
    DSC_TRY(loss_of(t->ctx, t->config, t->config->definition, &t->loss));
    DSC_TRY(read_data(t, split_path));
    DSC_TRY(resolve(t));
    const int threads = t->request->threads > 0 ? t->request->threads : t->config->threads;
    DSC_TRY(dsc_pool_create(t->ctx, threads, &t->pool));
    DSC_TRY(build_cells(t));
    DSC_TRY(trainable_find(t));
    DSC_TRY(pack_parts(t));
    for (int noisy = 0; noisy < 2; noisy++) DSC_TRY(make_plan(t, noisy));
    return DSC_OK;
}

void trainer_destroy(trainer *t)
{
    for (int k = 0; k < t->n_replicas; k++) replica_close(t, &t->replicas[k]);
    dsc_progress_end(&t->progress);
    for (int noisy = 0; noisy < 2; noisy++) {
        dsc_plan_destroy(&t->variant[noisy].plan);
        dsc_cell_destroy(&t->variant[noisy].cell);
    }
    part_free(t->ctx, &t->train);
    part_free(t->ctx, &t->heldout);
    dsc_pool_destroy(&t->pool);
    dsc_layout_free(t->ctx, &t->layout);
    dsc_split_free(t->ctx, &t->split);
    dsc_table_destroy(t->ctx, &t->table);
    dsc_free(t->ctx, &t->is_free);
    dsc_free(t->ctx, &t->untrained);
    dsc_free(t->ctx, &t->drawn);
    dsc_free(t->ctx, &t->inputs);
    dsc_free(t->ctx, &t->targets);
    dsc_free(t->ctx, &t->valid);
    dsc_free(t->ctx, &t->calls);
    dsc_free(t->ctx, &t->replicas);
    dsc_free(t->ctx, &t->penalties);
    dsc_free(t->ctx, &t->config);
    lock_release(&t->lock);
}
