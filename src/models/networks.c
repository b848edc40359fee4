// SPDX-License-Identifier: Apache-2.0
// networks.c — what the ordinary recurrent networks share.
#include "models/networks.h"

#include <math.h>

const dsc_field recurrent_fields[] = {
    {"n_units", DSC_INT, offsetof(recurrent_config, n_units), "16", 1, 4096, NULL, "hidden units"},
    {0},
};

const dsc_init network_zero = {DSC_INIT_CONSTANT, 0, 0};

// a standard normal cut at +-2 has the standard deviation 0.87962566103423978
dsc_init network_fan_in(int n)
{
    return (dsc_init){DSC_INIT_TRUNCATED, sqrt(1.0 / n) / 0.87962566103423978, 0};
}
dsc_init network_head_scale(int n)
{
    return (dsc_init){DSC_INIT_TRUNCATED, 1 / sqrt(n), 0};
}

void network_outputs(dsc_builder *b, dsc_node all, const dsc_model_size *size)
{
    const int A = size->n_actions, V = size->n_values;
    if (A > 0) dsc_output(b, "prediction", V > 0 ? dsc_slice(b, all, 0, A) : all);
    if (V > 0) dsc_output(b, "values", A > 0 ? dsc_slice(b, all, A, V) : all);
}

void network_head(dsc_builder *b, dsc_node h, const dsc_model_size *size)
{
    const int H = dsc_rows(b, h), n_out = size->n_actions + size->n_values;
    dsc_node W = dsc_weights(b, "linear.w", H, n_out, network_head_scale(H));
    dsc_node bias = dsc_weights(b, "linear.b", n_out, 1, network_zero);
    network_outputs(b, dsc_dense(b, h, W, bias), size);
}
