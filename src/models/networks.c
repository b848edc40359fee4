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

void network_head(dsc_builder *b, dsc_node h, int n_actions)
{
    dsc_node W =
        dsc_weights(b, "linear.w", dsc_rows(b, h), n_actions, network_head_scale(dsc_rows(b, h)));
    dsc_node bias = dsc_weights(b, "linear.b", n_actions, 1, network_zero);
    dsc_output(b, "prediction", dsc_dense(b, h, W, bias));
}
