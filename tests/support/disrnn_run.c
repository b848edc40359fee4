// SPDX-License-Identifier: Apache-2.0
// disrnn_run.c — a run that was never fitted.
#include "support/disrnn_run.h"

#include <stdlib.h>
#include <string.h>

static dsc_status cell_of(dsc_context *ctx, dsc_run *r, bool noiseless, dsc_cell **cell)
{
    const dsc_model_size size = {.n_actions = r->n_actions,
                                 .n_inputs = r->n_inputs,
                                 .inputs = (const char *const *)r->inputs,
                                 .noiseless = noiseless};
    dsc_builder *b = NULL;
    DSC_TRY(dsc_cell_begin(ctx, r->model->name, &b));
    r->model->build(r->model, b, r->config.model_config, &size); // its error is the builder's
    return dsc_cell_end(b, cell);
}

static dsc_status names_copy(dsc_context *ctx, dsc_run *r, const char *const *inputs)
{
    DSC_TRY(dsc_alloc(ctx, (size_t)r->n_inputs, sizeof *r->inputs, &r->inputs));
    for (int i = 0; i < r->n_inputs; i++) DSC_TRY(dsc_strdup(ctx, inputs[i], &r->inputs[i]));
    return DSC_OK;
}

static dsc_status fill(dsc_context *ctx, dsc_run *r, const void *config, const char *const *inputs)
{
    DSC_TRY(dsc_strdup(ctx, "never-fitted", &r->path));
    DSC_TRY(dsc_fit_config_defaults(ctx, r->model->name, &r->config));
    memcpy(r->config.model_config, config, sizeof r->config.model_config);
    DSC_TRY(names_copy(ctx, r, inputs));
    DSC_TRY(cell_of(ctx, r, true, &r->cell));
    DSC_TRY(cell_of(ctx, r, false, &r->noisy));
    DSC_TRY(dsc_layout_create(ctx, r->cell, r->n_subjects, 1, &r->layout));
    DSC_TRY(dsc_alloc(ctx, r->layout.n_values, sizeof *r->parameters, &r->parameters));
    dsc_cell_initialise(r->cell, &r->layout, 0, r->parameters);
    return DSC_OK;
}

dsc_status made_run_of(dsc_context *ctx, const dsc_model *model, const void *config, int n_actions,
                       int n_inputs, const char *const *inputs, int n_subjects, dsc_run **run)
{
    dsc_run *r = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *r, &r));
    r->model = model;
    r->n_actions = n_actions;
    r->n_inputs = n_inputs;
    r->n_subjects = n_subjects > 0 ? n_subjects : 1;
    const dsc_status status = fill(ctx, r, config, inputs);
    if (status == DSC_OK) *run = r;
    else made_run_free(ctx, &r);
    return status;
}

dsc_status made_run(dsc_context *ctx, const char *model, int n_actions, int n_inputs,
                    const char *const *inputs, const char *const *settings, dsc_run **run)
{
    unsigned char config[DSC_MODEL_CONFIG_BYTES] __attribute__((aligned(16))) = {0};
    const dsc_model *found;
    DSC_TRY(dsc_model_find(ctx, model, &found));
    dsc_fields_default(found->fields, config);
    int n_subjects = 1;
    for (; settings && settings[0]; settings += 2) {
        if (strcmp(settings[0], "subjects") == 0) {
            n_subjects = atoi(settings[1]);
            continue;
        }
        const dsc_field *field = dsc_field_find(found->fields, settings[0]);
        DSC_REQUIRE(ctx, field, DSC_INPUT, "no field %s", settings[0]);
        DSC_TRY(dsc_field_set(ctx, field, config, settings[1], "test"));
    }
    return made_run_of(ctx, found, config, n_actions, n_inputs, inputs, n_subjects, run);
}

void made_run_free(dsc_context *ctx, dsc_run **run)
{
    dsc_run *r = *run;
    if (!r) return;
    for (int i = 0; r->inputs && i < r->n_inputs; i++) dsc_free(ctx, &r->inputs[i]);
    dsc_free(ctx, &r->inputs);
    dsc_cell_destroy(&r->cell);
    dsc_cell_destroy(&r->noisy);
    dsc_layout_free(ctx, &r->layout);
    dsc_free(ctx, &r->parameters);
    dsc_free(ctx, &r->path);
    dsc_free(ctx, run);
}

double *made_parameter(dsc_run *run, const char *name)
{
    const int i = dsc_cell_parameter_find(run->cell, name);
    return i < 0 ? NULL : run->parameters + run->layout.offset[i];
}
