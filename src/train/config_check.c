// SPDX-License-Identifier: Apache-2.0
// config_check.c — what single keys cannot know: whether the parts of a config fit together.
#include <math.h>
#include <string.h>

#include "train/config.h"
#include "train/internal.h"

static dsc_status check_data(dsc_context *ctx, const dsc_fit_config *c)
{
    const dsc_model *model = c->definition;
    DSC_REQUIRE(
        ctx, c->data[0], DSC_INPUT,
        "the config names no data; add --data FILE, or data: {path: FILE} to the config file");
    DSC_REQUIRE(
        ctx, c->n_actions != 1, DSC_INPUT,
        "data.n_actions is 1, but a choice needs at least 2 options; 0 takes them from the data");
    DSC_REQUIRE(
        ctx, !model->cog || !c->inputs[0], DSC_INPUT,
        "data.inputs is \"%s\", but the text of %s says what it reads; leave data.inputs out",
        c->inputs, c->model);
    return DSC_OK;
}

static dsc_status check_split(dsc_context *ctx, const dsc_fit_config *c)
{
    const bool by_every = !c->split_file[0] && c->split_last == 0;
    const bool heldout = !by_every || c->split_every > 0;
    DSC_REQUIRE(ctx, c->split_file[0] || c->split_last > 0 || strcmp(c->split_unit, "trial") != 0,
                DSC_INPUT,
                "split.unit is trial, which holds out the end of every session: say how much of "
                "it, split.last=0.2");
    if (by_every) {
        DSC_REQUIRE(
            ctx, c->split_every != 1, DSC_INPUT,
            "split.every is 1, which holds out every session; 2 holds out every second one, 0 "
            "none");
        DSC_REQUIRE(ctx, c->split_every == 0 || c->split_offset < c->split_every, DSC_INPUT,
                    "split.offset is %d, but must be smaller than split.every (%d)",
                    c->split_offset, c->split_every);
    }
    DSC_REQUIRE(
        ctx, heldout || c->patience == 0, DSC_INPUT,
        "train.patience is %d, but no session is held out (split.every is 0); set split.every, "
        "or train.patience=0",
        c->patience);
    return DSC_OK;
}

static dsc_status check_targets(dsc_context *ctx, const dsc_fit_config *c, dsc_loss loss)
{
    const bool values = loss_has(loss, TERM_SSE), both = values && loss_has(loss, TERM_NLL);
    DSC_REQUIRE(
        ctx, values || !c->targets[0], DSC_INPUT,
        "data.targets is \"%s\", but %s predicts choices alone; take loss.name=hybrid or mse "
        "(penalized_ of a model with a penalty), or leave data.targets out",
        c->targets, loss_name(loss));
    DSC_REQUIRE(ctx, !both || c->targets[0], DSC_INPUT,
                "loss.name is %s, which predicts columns beside the choice, but none is named; say "
                "which: data.targets=COLUMN (prev_COLUMN for that of the trial before)",
                c->loss);
    DSC_REQUIRE(ctx, !values || !c->definition->cog, DSC_INPUT,
                "loss.name is %s, but %s predicts choices alone; take a network (discern models)",
                loss_name(loss), c->model);
    return DSC_OK;
}

static bool is_one_of(const char *name, char **names, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

// What is to be predicted, or comes of it, is no input of the same trial.
static dsc_status check_inputs(dsc_context *ctx, const dsc_fit_config *c, dsc_loss loss)
{
    char **input = NULL, **target = NULL;
    int n = 0, n_targets = 0;
    dsc_status status;
    if (!c->inputs[0]) return DSC_OK;
    DSC_TRY_OR(done, inputs_of(ctx, c, c->definition, &input, &n));
    DSC_TRY_OR(done, targets_of(ctx, c, loss, &target, &n_targets));
    for (int i = 0; status == DSC_OK && i < n; i++) {
        const char *name = input[i];
        const bool outcome = strcmp(name, "choice") == 0 || strcmp(name, "reward") == 0;
        if (is_one_of(name, target, n_targets) || (outcome && loss_has(loss, TERM_NLL)))
            status = dsc_fail(ctx, DSC_INPUT,
                              "data.inputs: \"%s\" is what is to be predicted of a trial, or comes "
                              "of it; leave it out, or take that of the trial before (prev_NAME)",
                              name);
    }
done:
    dsc_free(ctx, &input);
    dsc_free(ctx, &target);
    return status;
}

static dsc_status check_loss(dsc_context *ctx, const dsc_fit_config *c)
{
    dsc_cell *cell = NULL;
    dsc_loss loss;
    DSC_TRY(loss_of(ctx, c, c->definition, &loss));
    DSC_TRY(config_probe(ctx, c, &cell));
    const bool has_penalty = dsc_cell_rows(cell, "penalty") > 0;
    const bool has_values = !c->definition->cog && dsc_cell_rows(cell, "values") > 0;
    dsc_cell_destroy(&cell);
    DSC_REQUIRE(ctx, !has_values || loss_has(loss, TERM_SSE), DSC_INPUT,
                "%s also predicts columns, but data.targets names none; say which: "
                "data.targets=COLUMN (prev_COLUMN for that of the trial before), or take disrnn",
                c->model);
    DSC_REQUIRE(ctx, !loss_has(loss, TERM_PENALTY) || has_penalty, DSC_INPUT,
                "loss.name is %s, but %s has no penalty; take loss.name=%s", c->loss, c->model,
                c->loss + strlen("penalized_"));
    DSC_REQUIRE(ctx, !c->valid_actions[0] || loss_has(loss, TERM_NLL), DSC_INPUT,
                "data.valid_actions is \"%s\", but %s predicts no choices; leave it out",
                c->valid_actions, loss_name(loss));
    DSC_REQUIRE(ctx, !c->valid_actions[0] || c->fit.epsilon == 0, DSC_INPUT,
                "data.valid_actions is \"%s\", but fit.epsilon=%g gives every option a "
                "probability; leave one of them out",
                c->valid_actions, c->fit.epsilon);
    DSC_TRY(check_inputs(ctx, c, loss));
    return check_targets(ctx, c, loss);
}

static dsc_status check_phase(dsc_context *ctx, const dsc_phase_config *p)
{
    DSC_REQUIRE(ctx, p->learning_rate > 0 || p->steps == 0, DSC_INPUT,
                "phases.%s.learning_rate is 0, so nothing would be learnt; give a positive rate",
                p->name);
    DSC_REQUIRE(ctx, isfinite(p->learning_rate), DSC_INPUT,
                "phases.%s.learning_rate is not a finite number; give a rate, e.g. 1e-3", p->name);
    DSC_REQUIRE(ctx, p->steps == 0 || p->warmup_steps <= p->steps, DSC_INPUT,
                "phases.%s.warmup_steps is %d, more than the %d steps of the phase; give fewer",
                p->name, p->warmup_steps, p->steps);
    DSC_REQUIRE(ctx, p->warmup_steps == 0 || strcmp(p->schedule, "constant") != 0, DSC_INPUT,
                "phases.%s.warmup_steps is %d, but its schedule is constant; set "
                "phases.%s.schedule=linear_warmup or cosine",
                p->name, p->warmup_steps, p->name);
    return DSC_OK;
}

static dsc_status check_phases(dsc_context *ctx, const dsc_fit_config *c)
{
    int64_t steps = 0;
    DSC_REQUIRE(ctx, c->n_phases > 0, DSC_INPUT,
                "the config has no phase; add phases: {main: {steps: 1000}}");
    for (int i = 0; i < c->n_phases; i++) {
        DSC_TRY(check_phase(ctx, &c->phase[i]));
        steps += c->phase[i].steps;
    }
    DSC_REQUIRE(ctx, steps > 0, DSC_INPUT,
                "all phases have 0 steps, so nothing would be learnt; set phases.%s.steps",
                c->phase[c->n_phases - 1].name);
    return DSC_OK;
}

dsc_status dsc_fit_config_check(dsc_context *ctx, const dsc_fit_config *c)
{
    char names[512];
    DSC_REQUIRE(ctx, c->definition, DSC_INPUT, "model.name: there is no model \"%s\"; known: %s",
                c->model, dsc_model_names(names, sizeof names));
    DSC_REQUIRE(ctx, strcmp(c->engine, "ref") != 0 || !c->isa[0], DSC_INPUT,
                "engine.isa is %s, but the engine ref has none to choose; leave engine.isa out",
                c->isa);
    DSC_REQUIRE(ctx, !c->start[0] || strcmp(c->fit.method, "gradient") == 0, DSC_INPUT,
                "train.start is %s, but fit.method=%s searches from many starts of its own; leave "
                "train.start out, or take fit.method=gradient",
                c->start, c->fit.method);
    DSC_TRY(check_data(ctx, c));
    DSC_TRY(check_split(ctx, c));
    DSC_TRY(check_loss(ctx, c));
    return check_phases(ctx, c);
}
