// SPDX-License-Identifier: Apache-2.0
// networks.h — what the ordinary recurrent networks share: config, initial values, the linear head.
#ifndef DSC_MODELS_NETWORKS_H
#define DSC_MODELS_NETWORKS_H

#include "models/internal.h"

typedef struct recurrent_config {
    int n_units;
} recurrent_config;
extern const dsc_field recurrent_fields[];

extern const dsc_init network_zero;
// Truncated normal of standard deviation sqrt(1 / n) after the cut (variance-corrected), and before
// it (uncorrected).
dsc_init network_fan_in(int n);
dsc_init network_head_scale(int n);
// Predictions, and values below them, are h W + b, parameters "linear.w", "linear.b".
void network_head(dsc_builder *b, dsc_node h, const dsc_model_size *size);
// The outputs "prediction" and "values", one above the other in `all`.
void network_outputs(dsc_builder *b, dsc_node all, const dsc_model_size *size);

#endif
