// SPDX-License-Identifier: Apache-2.0
// disrnn_parts.h — what disentangled recurrent networks are made of.
#ifndef DISCERN_MODELS_DISRNN_PARTS_H
#define DISCERN_MODELS_DISRNN_PARTS_H

#include "discern/models.h"

typedef struct bottleneck {
    dsc_node s, m; // standard deviations and multipliers
} bottleneck;
// NAME_sigma_params and NAME_multipliers
bottleneck bottleneck_parameters(dsc_builder *b, const char *name, int rows, int cols);

// of information; `fixed`: the part that only parameters enter, worked out once per step
typedef struct costs {
    dsc_node fixed, per_trial;
} costs;
// mu + s e; alpha (a penalty per row) times the cost is added to *c
dsc_node pass_bottleneck(dsc_builder *b, dsc_node mu, dsc_node s, dsc_node noise, dsc_node alpha,
                         costs *c);

typedef struct net {
    dsc_node in_w, in_b, out_w, out_b, w[64], b[64];
    int layers;
} net;
void net_parameters(dsc_builder *b, const char *prefix, int n_in, int n_out, int units, int layers,
                    net *n);
dsc_node run_net(dsc_builder *b, const char *activation, const net *n, dsc_node x);
// sum + the squares of the weights of its hidden layers
dsc_node add_squares(dsc_builder *b, const net *n, dsc_node sum);

#endif
