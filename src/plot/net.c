// SPDX-License-Identifier: Apache-2.0
// net.c — a net of a disentangled RNN as a cell of its own, what it reads being inputs:
//   h = v W + b;  h <- h + f(h W_k + b_k) for every layer k;  out = h W + b
// or, if its layers are called linear_k, the plain one
//   h = v;  h <- f(h) W_k + b_k for every layer k, the first without f;  out = h W + b
// Its multipliers are not applied, as in the reference's figures of choice rules.
#include <string.h>

#include "plot/inspect.h"

typedef struct single {
    const dsc_run *run;
    const char *name; // of the net
    dsc_cell *cell;
    dsc_layout layout;
    double *parameters;
    plot_probe *probe;
} single;

// ---- the cell -----------------------------------------------------------------------------------

static char *name_join(const single *s, const char *part, char out[96])
{
    snprintf(out, 96, "%s.%s", s->name, part);
    return out;
}

static dsc_node weights_like(dsc_builder *b, const single *s, const char *part)
{
    int rows = 0, cols = 0;
    char name[96];
    dsc_run_parameter(s->run, name_join(s, part, name), &rows, &cols);
    return dsc_weights(b, name, rows, cols, (dsc_init){DSC_INIT_CONSTANT, 0, 0});
}

static dsc_node layer_add(dsc_builder *b, const single *s, const char *part, dsc_node x)
{
    char weights[64], biases[64];
    snprintf(weights, sizeof weights, "%sweights", part);
    snprintf(biases, sizeof biases, "%sbiases", part);
    dsc_node W = weights_like(b, s, weights);
    return dsc_dense(b, x, W, weights_like(b, s, biases));
}

// Whether the net has a layer; its name, with a dot, goes to `part`.
static bool layer_find(const single *s, const char *stem, int k, char part[32])
{
    char whole[48], name[96];
    snprintf(part, 32, "%s_%d.", stem, k);
    snprintf(whole, sizeof whole, "%sweights", part);
    return dsc_run_parameter(s->run, name_join(s, whole, name), NULL, NULL) != NULL;
}

static dsc_node residual_add(dsc_builder *b, const single *s, const char *f, dsc_node v)
{
    char part[32];
    dsc_node h = layer_add(b, s, "input_", v);
    for (int k = 0; layer_find(s, "layer", k, part); k++)
        h = dsc_add(b, h, dsc_activation(b, f, layer_add(b, s, part, h)));
    return layer_add(b, s, "output_", h);
}

static dsc_node plain_add(dsc_builder *b, const single *s, const char *f, dsc_node v)
{
    char part[32];
    dsc_node h = v;
    for (int k = 0; layer_find(s, "linear", k, part); k++)
        h = layer_add(b, s, part, k ? dsc_activation(b, f, h) : h);
    return layer_add(b, s, "output.", h);
}

// The rows of the net's first weights, 0 if there is no such net.
static int inputs_find(const single *s, bool *plain)
{
    static const char *const first[] = {"input_weights", "linear_0.weights", "output.weights"};
    char name[96];
    int n = 0;
    for (int i = 0; i < 3 && n == 0; i++) {
        dsc_run_parameter(s->run, name_join(s, first[i], name), &n, NULL);
        *plain = i > 0;
    }
    return n;
}

static void net_add(dsc_builder *b, const single *s, bool plain, dsc_node v)
{
    char f[DSC_FIELD_TEXT] = "leaky_relu";
    const dsc_field *field = dsc_field_find(s->run->model->fields, "activation");
    if (field) dsc_field_get(field, s->run->config.model_config, f);
    dsc_output(b, "out", plain ? plain_add(b, s, f, v) : residual_add(b, s, f, v));
}

static dsc_status cell_fill(dsc_context *ctx, dsc_builder *b, const single *s, bool plain, int n)
{
    char(*name)[16] = NULL;
    const char **names = NULL;
    dsc_status status = dsc_alloc(ctx, (size_t)n, sizeof *name, &name);
    if (status == DSC_OK) status = dsc_alloc(ctx, (size_t)n, sizeof *names, &names);
    for (int i = 0; status == DSC_OK && i < n; i++) {
        snprintf(name[i], sizeof name[i], "v_%d", i);
        names[i] = name[i];
    }
    if (status == DSC_OK) net_add(b, s, plain, dsc_inputs(b, n, names));
    dsc_free(ctx, &name);
    dsc_free(ctx, &names);
    return status;
}

static dsc_status cell_make(dsc_context *ctx, single *s)
{
    bool plain;
    dsc_builder *b = NULL;
    const int n_sources = inputs_find(s, &plain);
    DSC_REQUIRE(ctx, n_sources > 0, DSC_DEFECT, "%s has no %s", s->run->model->name, s->name);
    DSC_TRY(dsc_cell_begin(ctx, s->name, &b));
    const dsc_status filled = cell_fill(ctx, b, s, plain, n_sources),
                     ended = dsc_cell_end(b, &s->cell);
    return filled != DSC_OK ? filled : ended;
}

// ---- asking -------------------------------------------------------------------------------------

static void parameters_copy(single *s)
{
    for (int i = 0; i < dsc_cell_parameter_count(s->cell); i++) {
        const double *from =
            dsc_run_parameter(s->run, dsc_cell_parameter(s->cell, i)->name, NULL, NULL);
        memcpy(s->parameters + s->layout.offset[i], from, s->layout.count[i] * sizeof *from);
    }
}

static dsc_status single_run(void *user, int n, const double *v, double *out)
{
    single *s = user;
    return plot_probe_ask(s->probe, s->parameters, n, v, out);
}

static dsc_status single_fill(dsc_context *ctx, single *s)
{
    DSC_TRY(cell_make(ctx, s));
    DSC_TRY(dsc_layout_create(ctx, s->cell, 1, 1, &s->layout));
    DSC_TRY(dsc_alloc(ctx, s->layout.n_values, sizeof *s->parameters, &s->parameters));
    parameters_copy(s);
    return plot_probe_create(ctx, s->cell, 1, 0, "out", &s->probe);
}

dsc_status plot_net_open(dsc_context *ctx, const dsc_run *run, const char *name, plot_ask *net)
{
    single *s = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *s, &s));
    s->run = run;
    s->name = name;
    plot_ask made = {0, single_run, s};
    const dsc_status status = single_fill(ctx, s);
    if (status == DSC_OK) made.n_out = dsc_cell_rows(s->cell, "out");
    if (status == DSC_OK) *net = made;
    else plot_net_close(ctx, &made);
    return status;
}

void plot_net_close(dsc_context *ctx, plot_ask *net)
{
    single *s = net->user;
    if (!s) return;
    plot_probe_destroy(ctx, &s->probe);
    dsc_cell_destroy(&s->cell);
    dsc_layout_free(ctx, &s->layout);
    dsc_free(ctx, &s->parameters);
    dsc_free(ctx, &net->user);
}
