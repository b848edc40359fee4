// SPDX-License-Identifier: Apache-2.0
// rnn.c — vanilla recurrent network with a linear head (Elman 1990). One state h [H].
//
//   h' = relu(x W + b + h V + d)                                       prediction = h' W + b
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
    dsc_node W =
        dsc_weights(b, "rnn.input.w", size->n_inputs, H, network_head_scale(size->n_inputs));
    dsc_node bias = dsc_weights(b, "rnn.input.b", H, 1, network_zero);
    dsc_node V = dsc_weights(b, "rnn.hidden.w", H, H, network_head_scale(H));
    dsc_node d = dsc_weights(b, "rnn.hidden.b", H, 1, network_zero);
    dsc_next(b, h, dsc_relu(b, dsc_dense(b, h, V, dsc_add(b, dsc_dense(b, x, W, bias), d))));
    network_head(b, dsc_after(b, h), size);
    return dsc_builder_status(b);
}

const dsc_model dsc_model_rnn = {
    .name = "rnn",
    .title = "vanilla recurrent network (relu) with a linear head",
    .source = "Elman 1990, Cognitive Science 14:179-211",
    .fields = recurrent_fields,
    .config_bytes = sizeof(recurrent_config),
    .build = build,
    .inputs = inputs,
};
