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
// The same with what the cost takes for the variance.
dsc_node pass_bottleneck_of_variance(dsc_builder *b, dsc_node mu, dsc_node s, dsc_node variance,
                                     dsc_node noise, dsc_node alpha, costs *c);

// Values of [n sources][targets] so that those of one target lie together: the k-th of them is in
// row[k], its source is source[k]. Free it after a failure too.
typedef struct by_target {
    int *row, *source;
} by_target;
dsc_status by_target_create(dsc_context *ctx, int n, int n_targets, by_target *order);
void by_target_free(dsc_context *ctx, by_target *order);

typedef struct net {
    dsc_node in_w, in_b, out_w, out_b, w[64], b[64];
    int layers;
} net;
void net_parameters(dsc_builder *b, const char *prefix, int n_in, int n_out, int units, int layers,
                    net *n);
dsc_node run_net(dsc_builder *b, const char *activation, const net *n, dsc_node x);
// sum + the squares of the weights of its hidden layers
dsc_node add_squares(dsc_builder *b, const net *n, dsc_node sum);

// ---- the cell -----------------------------------------------------------------------------------

// A model's own config begins with this one, its fields with these.
typedef struct disrnn_config {
    int latent_size;
    int update_units, update_layers, choice_units, choice_layers;
    char activation[DSC_FIELD_TEXT];
    double latent_penalty, update_obs_penalty, update_latent_penalty, choice_latent_penalty,
        l2_scale;
    double max_latent_value;
    int embedding_size; // from here on: of several subjects
    double subject_penalty, update_subject_penalty, choice_subject_penalty;
    char padding_subject[DSC_FIELD_TEXT];
} disrnn_config;

#define DISRNN_ACTIVATIONS                                                                      \
    "relu|relu6|leaky_relu|elu|celu|selu|gelu|sigmoid|tanh|softplus|soft_sign|silu|swish|mish|" \
    "log_sigmoid|hard_tanh|hard_sigmoid|hard_silu|hard_swish|squareplus"
#define BASE(member) offsetof(disrnn_config, member)
#define DISRNN_FIELDS                                                                          \
    {"latent_size", DSC_INT, BASE(latent_size), "5", 1, 256, NULL, "latents L"},               \
        {"update_net_n_units_per_layer",      DSC_INT, BASE(update_units), "8", 1, 1024, NULL, \
         "units per layer of each update net"},                                                \
        {"update_net_n_layers",                                                                \
         DSC_INT,                                                                              \
         BASE(update_layers),                                                                  \
         "2",                                                                                  \
         0,                                                                                    \
         64,                                                                                   \
         NULL,                                                                                 \
         "hidden layers of each update net"},                                                  \
        {"choice_net_n_units_per_layer",     DSC_INT, BASE(choice_units), "2", 1, 1024, NULL,  \
         "units per layer of the choice net"},                                                 \
        {"choice_net_n_layers",                                                                \
         DSC_INT,                                                                              \
         BASE(choice_layers),                                                                  \
         "2",                                                                                  \
         0,                                                                                    \
         64,                                                                                   \
         NULL,                                                                                 \
         "hidden layers of the choice net"},                                                   \
        {"activation",                                                                         \
         DSC_CHOICE,                                                                           \
         BASE(activation),                                                                     \
         "leaky_relu",                                                                         \
         0,                                                                                    \
         0,                                                                                    \
         DISRNN_ACTIVATIONS,                                                                   \
         "activation of the hidden layers"},                                                   \
        {"latent_penalty",                                                                     \
         DSC_REAL,                                                                             \
         BASE(latent_penalty),                                                                 \
         "0.001",                                                                              \
         0,                                                                                    \
         1e9,                                                                                  \
         NULL,                                                                                 \
         "cost per nat of the latent bottlenecks"},                                            \
        {"update_net_obs_penalty",                                                             \
         DSC_REAL,                                                                             \
         BASE(update_obs_penalty),                                                             \
         "0.001",                                                                              \
         0,                                                                                    \
         1e9,                                                                                  \
         NULL,                                                                                 \
         "cost per nat of observations into update nets"},                                     \
        {"update_net_latent_penalty",                                                          \
         DSC_REAL,                                                                             \
         BASE(update_latent_penalty),                                                          \
         "0.001",                                                                              \
         0,                                                                                    \
         1e9,                                                                                  \
         NULL,                                                                                 \
         "cost per nat of latents into update nets"},                                          \
        {"choice_net_latent_penalty",                                                          \
         DSC_REAL,                                                                             \
         BASE(choice_latent_penalty),                                                          \
         "0.001",                                                                              \
         0,                                                                                    \
         1e9,                                                                                  \
         NULL,                                                                                 \
         "cost per nat of latents into the choice net"},                                       \
        {"l2_scale", DSC_REAL, BASE(l2_scale), "1e-05",                                        \
         0,          1e9,      NULL,           "cost of the squared hidden-layer weights"},    \
        {"max_latent_value",                                                                   \
         DSC_REAL,                                                                             \
         BASE(max_latent_value),                                                               \
         "2",                                                                                  \
         1e-6,                                                                                 \
         1e6,                                                                                  \
         NULL,                                                                                 \
         "bound V of the update targets"},
// What else a model predicts after a trial: adds its parameters and outputs, and its costs to *c.
typedef struct disrnn_seen {
    dsc_node x, z, l2; // observations [O], new latents [L], cost of squared hidden weights [1]
} disrnn_seen;
typedef void disrnn_more_fn(dsc_builder *b, const disrnn_config *k, const dsc_model_size *size,
                            const disrnn_seen *seen, costs *c);
// Outputs "prediction" (and "values" below it, unless the model has `more`) and "penalty"; of
// several subjects if E > 0, the size of an embedding.
dsc_status disrnn_build(dsc_builder *b, const disrnn_config *k, const dsc_model_size *size, int E,
                        disrnn_more_fn *more);

#endif
