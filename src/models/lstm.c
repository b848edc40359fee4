// SPDX-License-Identifier: Apache-2.0
// lstm.c — long short-term memory with a linear head (Hochreiter & Schmidhuber 1997; forget gate of
// Gers et al.
// 2000 with 1 added to its input). States h, c [H]; one map of [x, h] to the blocks i | g | f | o.
//
//   c' = sigmoid(f + 1) c + sigmoid(i) tanh(g)      h' = sigmoid(o) tanh(c')      prediction = h' W
// + b
#include <stddef.h>

#include "models/networks.h"

static const char *const inputs[] = {"prev_choice", "prev_reward", NULL};

static dsc_status build(const dsc_model *self, dsc_builder *b, const void *config,
                        const dsc_model_size *size)
{
    (void)self;
    const int H = ((const recurrent_config *)config)->n_units, n = size->n_inputs;
    dsc_node x = dsc_inputs(b, n, size->inputs);
    dsc_node h = dsc_state(b, "h", H), c = dsc_state(b, "c", H);
    dsc_node W = dsc_weights(b, "lstm.w", n + H, 4 * H, network_head_scale(n + H));
    dsc_node bias = dsc_weights(b, "lstm.b", 4 * H, 1, network_zero);
    dsc_node W_x = dsc_slice(b, W, 0, n), W_h = dsc_slice(b, W, n, H);
    dsc_node all = dsc_dense(b, h, W_h, dsc_dense(b, x, W_x, bias));
    dsc_node i = dsc_sigmoid(b, dsc_slice(b, all, 0, H)), g = dsc_tanh(b, dsc_slice(b, all, H, H));
    dsc_node f = dsc_sigmoid(b, dsc_offset(b, dsc_slice(b, all, 2 * H, H), 1)),
             o = dsc_sigmoid(b, dsc_slice(b, all, 3 * H, H));
    dsc_next(b, c, dsc_multiply_add(b, f, c, dsc_multiply(b, i, g)));
    dsc_next(b, h, dsc_multiply(b, o, dsc_tanh(b, dsc_after(b, c))));
    dsc_record(b, "input_gate", i);
    dsc_record(b, "forget_gate", f);
    dsc_record(b, "output_gate", o);
    network_head(b, dsc_after(b, h), size);
    return dsc_builder_status(b);
}

const dsc_model dsc_model_lstm = {
    .name = "lstm",
    .title = "long short-term memory with a linear head",
    .source = "Hochreiter & Schmidhuber 1997, Neural Computation 9:1735-1780; Gers et al. 2000",
    .fields = recurrent_fields,
    .config_bytes = sizeof(recurrent_config),
    .build = build,
    .inputs = inputs,
};
