// SPDX-License-Identifier: Apache-2.0
// agent.c — the cell of a model that is to play.
#include "models/internal.h"

dsc_status dsc_model_agent(dsc_context *ctx, const dsc_model *model, const void *config,
                           int n_actions, dsc_cell **cell)
{
    dsc_model_size size = {.n_actions = n_actions, .inputs = model->inputs, .form = DSC_COG_AGENT};
    dsc_builder *b = NULL;
    dsc_cell *made = NULL;
    while (model->inputs && model->inputs[size.n_inputs]) size.n_inputs++;
    DSC_TRY(dsc_cell_begin(ctx, model->name, &b));
    const dsc_status built = model->build(model, b, config, &size);
    const dsc_status ended = dsc_cell_end(b, &made); // frees the builder, whatever happened
    if (built == DSC_OK && ended == DSC_OK) *cell = made;
    else dsc_cell_destroy(&made);
    return built != DSC_OK ? built : ended;
}
