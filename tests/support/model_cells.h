// SPDX-License-Identifier: Apache-2.0
// model_cells.h — models with a loss, small random data for them, random parameters.
#ifndef DISCERN_TESTS_MODEL_CELLS_H
#define DISCERN_TESTS_MODEL_CELLS_H

#include "discern/train.h"
#include "support/rig.h"

// Builds a model with settings "field=value,field=value" (a value may be a list) and a loss (-1: none) on two inputs (its
// own).
dsc_status model_cell_create(dsc_context *ctx, const char *model, const char *settings,
                             bool noiseless, int loss, dsc_cell **cell);
// The same in another form of a classical model.
dsc_status model_cell_create_as(dsc_context *ctx, const char *model, const char *settings,
                                dsc_cog_form form, int loss, dsc_cell **cell);
// Values outside the library's own initial ones: uniform in +-0.7, off zero; settings keep theirs;
// parameters within their bounds.
double *model_values_create(dsc_context *ctx, const dsc_cell *cell, const dsc_layout *l,
                            uint32_t trial);

enum { MODEL_MAX_SESSIONS = 80 };
// Random sessions of 1 ... longest trials with choices, rewards, labels (some missing), weights.
typedef struct model_data {
    int n, n_subjects;
    rig_session session[MODEL_MAX_SESSIONS];
    double *x; // all of it
} model_data;
dsc_status model_data_create(dsc_context *ctx, const dsc_cell *cell, int n, int longest,
                             uint32_t trial, model_data *d);
void model_data_destroy(dsc_context *ctx, model_data *d);

// A fill for tests with known numbers: free parameter k of all becomes 0.4 sin(0.7 k + 0.3);
// returns how many there are.
int model_fill(const dsc_cell *cell, const dsc_layout *l, double *values);

#endif
