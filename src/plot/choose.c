// SPDX-License-Identifier: Apache-2.0
// choose.c — the choice net of a disentangled RNN as a cell of its own, its latents being inputs:
//   h = z W + b;  h <- h + f(h W_k + b_k) for every layer k;  logits = h W + b
// Its multipliers are not applied, as in the reference's figures.
#include <string.h>

#include "plot/inspect.h"

typedef struct chooser {
    dsc_cell *cell;
    dsc_layout layout;
    double *parameters;
    plot_probe *probe;
} chooser;

static dsc_node weights_like(dsc_builder *b, const dsc_run *run, const char *name)
{
    int rows = 0, cols = 0;
    dsc_run_parameter(run, name, &rows, &cols);
    return dsc_weights(b, name, rows, cols, (dsc_init){DSC_INIT_CONSTANT, 0, 0});
}

static dsc_node latents_add(dsc_context *ctx, dsc_builder *b, int n)
{
    char(*name)[32] = NULL;
    const char **names = NULL;
    dsc_node z = {0};
    if (dsc_alloc(ctx, (size_t)n, sizeof *name, &name) == DSC_OK &&
        dsc_alloc(ctx, (size_t)n, sizeof *names, &names) == DSC_OK) {
        for (int i = 0; i < n; i++) {
            snprintf(name[i], sizeof name[i], "latent_%d", i);
            names[i] = name[i];
        }
        z = dsc_inputs(b, n, names);
    }
    dsc_free(ctx, &name);
    dsc_free(ctx, &names);
    return z;
}

static void net_add(dsc_builder *b, const dsc_run *run, dsc_node z)
{
    char activation[DSC_FIELD_TEXT] = "leaky_relu", name[64];
    const dsc_field *field = dsc_field_find(run->model->fields, "activation");
    if (field) dsc_field_get(field, run->config.model_config, activation);
    dsc_node in = weights_like(b, run, "choice_net.input_weights");
    dsc_node h = dsc_dense(b, z, in, weights_like(b, run, "choice_net.input_biases"));
    for (int k = 0;; k++) {
        snprintf(name, sizeof name, "choice_net.layer_%d.weights", k);
        if (!dsc_run_parameter(run, name, NULL, NULL)) break;
        dsc_node W = weights_like(b, run, name);
        snprintf(name, sizeof name, "choice_net.layer_%d.biases", k);
        dsc_node a = dsc_dense(b, h, W, weights_like(b, run, name));
        h = dsc_add(b, h, dsc_activation(b, activation, a));
    }
    dsc_node out = weights_like(b, run, "choice_net.output_weights");
    dsc_node all = dsc_dense(b, h, out, weights_like(b, run, "choice_net.output_biases"));
    dsc_output(b, "logits", dsc_slice(b, all, 0, run->n_actions)); // values may come below
}

static dsc_status cell_make(dsc_context *ctx, const dsc_run *run, dsc_cell **cell)
{
    int n_latents = 0;
    dsc_builder *b = NULL;
    dsc_run_parameter(run, "choice_net.input_weights", &n_latents, NULL);
    DSC_REQUIRE(ctx, n_latents > 0, DSC_DEFECT, "%s has no choice net", run->model->name);
    DSC_TRY(dsc_cell_begin(ctx, "choice_net", &b));
    net_add(b, run, latents_add(ctx, b, n_latents));
    return dsc_cell_end(b, cell);
}

static void parameters_copy(const dsc_run *run, chooser *c)
{
    for (int i = 0; i < dsc_cell_parameter_count(c->cell); i++) {
        const double *from =
            dsc_run_parameter(run, dsc_cell_parameter(c->cell, i)->name, NULL, NULL);
        memcpy(c->parameters + c->layout.offset[i], from, c->layout.count[i] * sizeof *from);
    }
}

static dsc_status chooser_run(void *user, int n, const double *z, double *logits)
{
    chooser *c = user;
    plot_probe_ask(c->probe, c->parameters, n, z, logits);
    return DSC_OK;
}

static dsc_status chooser_fill(dsc_context *ctx, const dsc_run *run, chooser *c)
{
    DSC_TRY(cell_make(ctx, run, &c->cell));
    DSC_TRY(dsc_layout_create(ctx, c->cell, 1, 1, &c->layout));
    DSC_TRY(dsc_alloc(ctx, c->layout.n_values, sizeof *c->parameters, &c->parameters));
    parameters_copy(run, c);
    return plot_probe_create(ctx, c->cell, 1, "logits", &c->probe);
}

dsc_status plot_choose_open(dsc_context *ctx, const dsc_run *run, plot_choose *choose)
{
    chooser *c = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *c, &c));
    plot_choose made = {chooser_run, c};
    dsc_status status = chooser_fill(ctx, run, c);
    if (status == DSC_OK) *choose = made;
    else plot_choose_close(ctx, &made);
    return status;
}

void plot_choose_close(dsc_context *ctx, plot_choose *choose)
{
    chooser *c = choose->user;
    if (!c) return;
    plot_probe_destroy(ctx, &c->probe);
    dsc_cell_destroy(&c->cell);
    dsc_layout_free(ctx, &c->layout);
    dsc_free(ctx, &c->parameters);
    dsc_free(ctx, &choose->user);
}
