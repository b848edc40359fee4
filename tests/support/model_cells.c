// SPDX-License-Identifier: Apache-2.0
// model_cells.c — see model_cells.h.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/model_cells.h"

// ---- cells --------------------------------------------------------------------------------------

typedef struct model_config {
    unsigned char bytes[DSC_MODEL_CONFIG_BYTES] __attribute__((aligned(16)));
} model_config;

// A comma before another name ends a setting; others are within a list.
static char *setting_end(char *at)
{
    char *end = at + strcspn(at, ",");
    while (*end && end[1 + strcspn(end + 1, ",=")] != '=') end += 1 + strcspn(end + 1, ",");
    return end;
}

static dsc_status apply_settings(dsc_context *ctx, const dsc_model *m, const char *settings,
                                 model_config *c)
{
    char text[512];
    snprintf(text, sizeof text, "%s", settings);
    for (char *at = text; *at;) {
        char *end = setting_end(at), *value = strchr(at, '=');
        const bool last = *end == 0;
        *end = 0;
        DSC_REQUIRE(ctx, value, DSC_DEFECT, "setting \"%s\" has no value", at);
        *value++ = 0;
        const dsc_field *f = dsc_field_find(m->fields, at);
        DSC_REQUIRE(ctx, f, DSC_DEFECT, "%s has no field \"%s\"", m->name, at);
        DSC_TRY(dsc_field_set(ctx, f, c->bytes, value, "test"));
        at = last ? end : end + 1;
    }
    return DSC_OK;
}

static dsc_status create(dsc_context *ctx, const char *model, const char *settings,
                         const dsc_model_size *how, int loss, dsc_cell **cell)
{
    const dsc_model *m;
    dsc_builder *b = NULL;
    dsc_cell *made = NULL;
    model_config config;
    DSC_TRY(dsc_model_find(ctx, model, &m));
    dsc_fields_default(m->fields, config.bytes);
    DSC_TRY(apply_settings(ctx, m, settings, &config));
    dsc_model_size size = *how;
    const bool values = loss == DSC_LOSS_MSE || loss == DSC_LOSS_PENALIZED_MSE;
    size.n_actions = values ? 0 : 2;
    size.n_values = loss >= DSC_LOSS_MSE && loss <= DSC_LOSS_PENALIZED_HYBRID;
    size.n_inputs = 2;
    size.inputs = m->inputs;
    DSC_TRY(dsc_cell_begin(ctx, model, &b));
    dsc_status status = m->build(m, b, config.bytes, &size);
    if (status == DSC_OK && loss >= 0) status = dsc_loss_attach(b, (dsc_loss)loss, 1, false);
    const dsc_status ended = dsc_cell_end(b, &made);
    if (status == DSC_OK && ended == DSC_OK) *cell = made;
    else if (ended == DSC_OK) dsc_cell_destroy(&made);
    return status != DSC_OK ? status : ended;
}

dsc_status model_cell_create(dsc_context *ctx, const char *model, const char *settings,
                             bool noiseless, int loss, dsc_cell **cell)
{
    return create(ctx, model, settings, &(dsc_model_size){.noiseless = noiseless}, loss, cell);
}

dsc_status model_cell_create_as(dsc_context *ctx, const char *model, const char *settings,
                                dsc_cog_form form, int loss, dsc_cell **cell)
{
    return create(ctx, model, settings, &(dsc_model_size){.form = form}, loss, cell);
}

// ---- numbers ------------------------------------------------------------------------------------

static double within(const dsc_parameter *p, double x)
{
    if (p->lowest == p->highest || isinf(p->lowest)) return x;
    return isinf(p->highest) ? p->lowest + 0.5 + fabs(x)
                             : p->lowest + (p->highest - p->lowest) * (0.5 + 0.5 * x);
}

double *model_values_create(dsc_context *ctx, const dsc_cell *cell, const dsc_layout *l,
                            uint32_t trial)
{
    double *values = NULL;
    if (dsc_alloc(ctx, l->n_values + 1, sizeof *values, &values) != DSC_OK) return NULL;
    dsc_cell_initialise(cell, l, trial, values);
    dsc_stream s = dsc_stream_start(3, DSC_FOR_TASK, trial, 1, 0);
    for (int i = 0; i < dsc_cell_parameter_count(cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(cell, i);
        for (size_t k = 0; k < l->count[i] && !p->fixed; k++) {
            const double size = 0.05 + 0.65 * dsc_stream_uniform(&s);
            values[l->offset[i] + k] = within(p, dsc_stream_below(&s, 2) ? size : -size);
        }
    }
    return values;
}

int model_fill(const dsc_cell *cell, const dsc_layout *l, double *values)
{
    int k = 0;
    for (int i = 0; i < dsc_cell_parameter_count(cell); i++)
        for (size_t j = 0; j < l->count[i] && !dsc_cell_parameter(cell, i)->fixed; j++, k++)
            values[l->offset[i] + j] = 0.4 * sin(0.7 * k + 0.3);
    return k;
}

// ---- data ---------------------------------------------------------------------------------------

// One time in ten a label is missing: weight 0.
static double input_value(const char *name, bool missing, dsc_stream *s)
{
    if (strcmp(name, "weight") == 0) return !missing;
    if (strcmp(name, "penalty_weight") == 0) return 1;
    if (strncmp(name, "target_weight", 13) == 0) return !missing;
    if (strstr(name, "set_size")) return 1 + dsc_stream_below(s, 6); // counts start at 1
    return dsc_stream_below(s, 2);
}

static void fill_session(const dsc_cell *cell, int n_trials, dsc_stream *s, double *x)
{
    const int n = dsc_cell_input_count(cell);
    for (int t = 0; t < n_trials; t++) {
        const bool missing = dsc_stream_below(s, 10) == 0;
        for (int i = 0; i < n; i++) *x++ = input_value(dsc_cell_input(cell, i), missing, s);
    }
}

dsc_status model_data_create(dsc_context *ctx, const dsc_cell *cell, int n, int longest,
                             uint32_t trial, model_data *d)
{
    dsc_stream s = dsc_stream_start(4, DSC_FOR_TASK, trial, 2, 0);
    const size_t step = (size_t)longest * (size_t)dsc_cell_input_count(cell);
    *d = (model_data){.n = n, .n_subjects = 3};
    DSC_TRY(dsc_alloc(ctx, step * (size_t)n, sizeof *d->x, &d->x));
    for (int i = 0; i < n; i++) {
        const int n_trials = 1 + (int)dsc_stream_below(&s, (uint32_t)longest);
        double *x = d->x + step * (size_t)i;
        fill_session(cell, n_trials, &s, x);
        d->session[i] = (rig_session){.n_trials = n_trials,
                                      .x = x,
                                      .subject = i % 3,
                                      .lane = i,
                                      .multiplicity = 1 + (i % 4 == 3),
                                      .stream = (uint32_t)i};
    }
    return DSC_OK;
}

void model_data_destroy(dsc_context *ctx, model_data *d)
{
    dsc_free(ctx, &d->x);
}
