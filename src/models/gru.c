// SPDX-License-Identifier: Apache-2.0
// gru.c — gated recurrent unit with a linear head (Cho et al. 2014, in the form where the reset
// gate acts before the recurrent product). One state h [H].
//
//   z = sigmoid(x Wz + h Vz + bz)      r = sigmoid(x Wr + h Vr + br)
//   a = tanh(x Wa + (r h) Va + ba)     h' = (1 - z) h + z a            prediction = h' W + b
#include <stddef.h>

#include "models/networks.h"

static const char *const inputs[] = {"prev_choice", "prev_reward", NULL};

static dsc_status build(const dsc_model *self, dsc_builder *b, const void *config,
                        const dsc_model_size *size)
{
    (void)self;
    const int H = ((const recurrent_config *)config)->n_units;
    dsc_node x = dsc_inputs(b, size->n_inputs, size->inputs);
    dsc_node h = dsc_state(b, "h", H);
    dsc_node W = dsc_weights(b, "gru.w_i", size->n_inputs, 3 * H, network_fan_in(size->n_inputs));
    dsc_node V = dsc_weights(b, "gru.w_h", H, 3 * H, network_fan_in(H));
    dsc_node bias = dsc_weights(b, "gru.b", 3 * H, 1, network_zero);

    // one map of [x, h] to both gates, one of [x, r h]
    dsc_node W_zr = dsc_columns(b, W, 0, 2 * H), W_a = dsc_columns(b, W, 2 * H, H);
    dsc_node V_zr = dsc_columns(b, V, 0, 2 * H), V_a = dsc_columns(b, V, 2 * H, H);
    dsc_node b_zr = dsc_slice(b, bias, 0, 2 * H), b_a = dsc_slice(b, bias, 2 * H, H);
    dsc_node zr = dsc_concat(b, W_zr, V_zr), wa = dsc_concat(b, W_a, V_a);
    dsc_node gates = dsc_sigmoid(b, dsc_dense(b, dsc_concat(b, x, h), zr, b_zr));
    dsc_node z = dsc_slice(b, gates, 0, H), r = dsc_slice(b, gates, H, H);
    dsc_node seen = dsc_concat(b, x, dsc_multiply(b, r, h));
    dsc_node a = dsc_tanh(b, dsc_dense(b, seen, wa, b_a));
    dsc_next(b, h, dsc_mix(b, z, h, a));
    dsc_record(b, "update_gate", z);
    dsc_record(b, "reset_gate", r);
    network_head(b, dsc_after(b, h), size);
    return dsc_builder_status(b);
}

const dsc_model dsc_model_gru = {
    .name = "gru",
    .title = "gated recurrent unit with a linear head",
    .source = "Cho et al. 2014, arXiv:1406.1078, eqs. 5-8",
    .fields = recurrent_fields,
    .config_bytes = sizeof(recurrent_config),
    .build = build,
    .inputs = inputs,
};
