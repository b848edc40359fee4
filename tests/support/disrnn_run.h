// SPDX-License-Identifier: Apache-2.0
// disrnn_run.h — a run that was never fitted: a model with parameters of the test's own.
#ifndef DISCERN_TESTS_DISRNN_RUN_H
#define DISCERN_TESTS_DISRNN_RUN_H

#include "discern/train.h"

// A run of `model` with two actions unless n_actions says otherwise; `settings` are pairs
// "field", "value", ended by NULL; "subjects" is how many there are. Parameters start as seed 0 has
// them. Free with made_run_free.
dsc_status made_run(dsc_context *ctx, const char *model, int n_actions, int n_inputs,
                    const char *const *inputs, const char *const *settings, dsc_run **run);
// The same with the model's config as it is, of several subjects (0 is read as 1) without labels.
dsc_status made_run_of(dsc_context *ctx, const dsc_model *model, const void *config, int n_actions,
                       int n_inputs, const char *const *inputs, int n_subjects, dsc_run **run);
void made_run_free(dsc_context *ctx, dsc_run **run);
// A parameter's values, to be changed.
double *made_parameter(dsc_run *run, const char *name);

#endif
