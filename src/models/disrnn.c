// SPDX-License-Identifier: Apache-2.0
// disrnn.c — disentangled recurrent network (Miller, Eckstein, Botvinick, Kurth-Nelson 2023): L
// latents, each updated by a small net of its own that sees observations and latents only through
// noisy bottlenecks, and a choice net that sees the latents through another. State z [L], started
// at learnt values.
//
//   bottleneck of v:   mu = m v,   out = mu + s e,  e ~ N(0,1),  s = |p| + 1e-5,  cost = (mu^2 +
// s^2 - 1 - ln s^2) / 2
//   latent i:          (a, h) = net_i(bottleneck(x), bottleneck(z)),  w = sigmoid(a),
//                      z' = (1 - w) z + w V tanh(h / V),  z <- bottleneck(z')
//   residual net:      h <- x W + b;  h <- h + f(h W_k + b_k) for every layer k;  out = h W + b
//   penalty per trial: sum of the costs times their penalties + l2 (sum of squared hidden weights)
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "models/internal.h"

typedef struct disrnn_config {
    int latent_size;
    int update_units, update_layers, choice_units, choice_layers;
    char activation[DSC_FIELD_TEXT];
    double latent_penalty, update_obs_penalty, update_latent_penalty, choice_latent_penalty,
        l2_scale;
    double max_latent_value;
} disrnn_config;

#define AT(member) offsetof(disrnn_config, member)
static const dsc_field fields[] = {
    {"latent_size", DSC_INT, AT(latent_size), "5", 1, 256, NULL, "latents L"},
    {"update_net_n_units_per_layer", DSC_INT, AT(update_units), "8", 1, 1024, NULL,
     "units per layer of each update net"},
    {"update_net_n_layers", DSC_INT, AT(update_layers), "2", 0, 64, NULL,
     "hidden layers of each update net"},
    {"choice_net_n_units_per_layer", DSC_INT, AT(choice_units), "2", 1, 1024, NULL,
     "units per layer of the choice net"},
    {"choice_net_n_layers", DSC_INT, AT(choice_layers), "2", 0, 64, NULL,
     "hidden layers of the choice net"},
    {"activation", DSC_CHOICE, AT(activation), "leaky_relu", 0, 0,
     "relu|relu6|leaky_relu|elu|celu|selu|gelu|sigmoid|tanh|softplus|soft_sign|silu|swish|mish|log_"
     "sigmoid|hard_tanh|hard_sigmoid|hard_silu|hard_swish|squareplus",
     "activation of the hidden layers"},
    {"latent_penalty", DSC_REAL, AT(latent_penalty), "0.001", 0, 1e9, NULL,
     "cost per nat of the latent bottlenecks"},
    {"update_net_obs_penalty", DSC_REAL, AT(update_obs_penalty), "0.001", 0, 1e9, NULL,
     "cost per nat of observations into update nets"},
    {"update_net_latent_penalty", DSC_REAL, AT(update_latent_penalty), "0.001", 0, 1e9, NULL,
     "cost per nat of latents into update nets"},
    {"choice_net_latent_penalty", DSC_REAL, AT(choice_latent_penalty), "0.001", 0, 1e9, NULL,
     "cost per nat of latents into the choice net"},
    {"l2_scale", DSC_REAL, AT(l2_scale), "1e-05", 0, 1e9, NULL,
     "cost of the squared hidden-layer weights"},
    {"max_latent_value", DSC_REAL, AT(max_latent_value), "2", 1e-6, 1e6, NULL,
     "bound V of the update targets"},
    {0},
};

// ---- bottlenecks --------------------------------------------------------------------------------

typedef struct bottleneck {
    dsc_node s, m; // standard deviations and multipliers
} bottleneck;

static bottleneck bottleneck_parameters(dsc_builder *b, const char *name, int rows, int cols)
{
    char full[96];
    snprintf(full, sizeof full, "%s_sigma_params", name);
    dsc_node p = dsc_weights(b, full, rows, cols, (dsc_init){DSC_INIT_UNIFORM, 0, 0.05});
    snprintf(full, sizeof full, "%s_multipliers", name);
    dsc_node m = dsc_weights(b, full, rows, cols, (dsc_init){DSC_INIT_CONSTANT, 1, 0});
    return (bottleneck){dsc_offset(b, dsc_absolute(b, p), 1e-5), m};
}

// of information; `fixed`: the part that only parameters enter, worked out once per step
typedef struct costs {
    dsc_node fixed, per_trial;
} costs;

// mu + s e; alpha (a penalty per row) times the cost is added to *c
static dsc_node pass_bottleneck(dsc_builder *b, dsc_node mu, dsc_node s, dsc_node noise,
                                dsc_node alpha, costs *c)
{
    dsc_node half = dsc_scale(b, alpha, 0.5), s2 = dsc_square(b, s);
    dsc_node s2_less_1 = dsc_offset(b, s2, -1), ln_s2 = dsc_logarithm(b, s2);
    dsc_node fixed = dsc_dot(b, half, dsc_subtract(b, s2_less_1, ln_s2));
    c->fixed = dsc_add(b, c->fixed, fixed);
    c->per_trial = dsc_add(b, c->per_trial, dsc_weighted_squares(b, mu, half));
    return dsc_multiply_add(b, s, noise, mu);
}

// ---- nets ---------------------------------------------------------------------------------------

typedef struct net {
    dsc_node in_w, in_b, out_w, out_b, w[64], b[64];
    int layers;
} net;

static dsc_node net_parameter(dsc_builder *b, const char *prefix, const char *name, int rows,
                              int cols, double scale)
{
    char full[96];
    snprintf(full, sizeof full, "%s.%s", prefix, name);
    return dsc_weights(b, full, rows, cols,
                       (dsc_init){scale > 0 ? DSC_INIT_NORMAL : DSC_INIT_CONSTANT, scale, 0});
}

static void net_parameters(dsc_builder *b, const char *prefix, int n_in, int n_out, int units,
                           int layers, net *n)
{
    char name[48];
    n->layers = layers;
    n->in_w = net_parameter(b, prefix, "input_weights", n_in, units, 1 / sqrt(n_in));
    n->in_b = net_parameter(b, prefix, "input_biases", units, 1, 0);
    n->out_w = net_parameter(b, prefix, "output_weights", units, n_out, 1 / sqrt(units));
    n->out_b = net_parameter(b, prefix, "output_biases", n_out, 1, 0);
    for (int k = 0; k < layers; k++) {
        snprintf(name, sizeof name, "layer_%d.weights", k);
        n->w[k] = net_parameter(b, prefix, name, units, units, 1 / sqrt((double)units * layers));
        snprintf(name, sizeof name, "layer_%d.biases", k);
        n->b[k] = net_parameter(b, prefix, name, units, 1, 0);
    }
}

static dsc_node run_net(dsc_builder *b, const char *activation, const net *n, dsc_node x)
{
    dsc_node h = dsc_dense(b, x, n->in_w, n->in_b);
    for (int k = 0; k < n->layers; k++) h = dsc_residual(b, activation, h, n->w[k], n->b[k]);
    return dsc_dense(b, h, n->out_w, n->out_b);
}

static dsc_node add_squares(dsc_builder *b, const net *n, dsc_node sum)
{
    for (int k = 0; k < n->layers; k++) sum = dsc_add(b, sum, dsc_sum(b, dsc_square(b, n->w[k])));
    return sum;
}

// ---- the cell -----------------------------------------------------------------------------------

typedef struct parts {
    const disrnn_config *k;
    int O, L, A;
    bool noiseless;
    bottleneck obs, latent_in, latent, choice;
    // row of [source][target] that comes k-th when each target has its sources together
    int *by_target;
    int *source; // the source of that row
    dsc_node inits, alpha_obs, alpha_in, alpha_latent, alpha_choice, l2;
    net *update, choice_net;
} parts;

static void add_parameters(dsc_builder *b, parts *p)
{
    const disrnn_config *k = p->k;
    char name[48];
    p->obs = bottleneck_parameters(b, "update_net_obs", p->O, p->L);
    p->latent_in = bottleneck_parameters(b, "update_net_latent", p->L, p->L);
    p->latent = bottleneck_parameters(b, "latent", p->L, 1);
    p->choice = bottleneck_parameters(b, "choice_net", p->L, 1);
    p->inits = dsc_weights(b, "latent_inits", p->L, 1, (dsc_init){DSC_INIT_UNIFORM, -0.1, 0.1});
    for (int i = 0; i < p->L; i++) {
        snprintf(name, sizeof name, "update_net.%d", i);
        net_parameters(b, name, p->O + p->L, 2, k->update_units, k->update_layers, &p->update[i]);
    }
    net_parameters(b, "choice_net", p->L, p->A, k->choice_units, k->choice_layers, &p->choice_net);
    p->alpha_obs = dsc_setting(b, "penalty.update_net_obs", k->update_obs_penalty);
    p->alpha_in = dsc_setting(b, "penalty.update_net_latent", k->update_latent_penalty);
    p->alpha_latent = dsc_setting(b, "penalty.latent", k->latent_penalty);
    p->alpha_choice = dsc_setting(b, "penalty.choice_net", k->choice_latent_penalty);
    p->l2 = dsc_setting(b, "penalty.l2", k->l2_scale);
}

// Values of [source][target] so that the inputs of one net lie together: index tables
static dsc_status order_by_target(dsc_context *ctx, parts *p)
{
    const int n = p->O + p->L;
    DSC_TRY(dsc_alloc(ctx, (size_t)(n * p->L), sizeof *p->by_target, &p->by_target));
    DSC_TRY(dsc_alloc(ctx, (size_t)(n * p->L), sizeof *p->source, &p->source));
    for (int k = 0; k < n * p->L; k++) {
        p->source[k] = k % n;
        p->by_target[k] = p->source[k] * p->L + k / n;
    }
    return DSC_OK;
}
static dsc_node by_target(dsc_builder *b, const parts *p, dsc_node observations, dsc_node latents)
{
    return dsc_pick(b, dsc_concat(b, observations, latents), (p->O + p->L) * p->L, p->by_target);
}

// observations and latents, each as every net gets them
static dsc_node update_inputs(dsc_builder *b, const parts *p, dsc_node x, dsc_node z, costs *c)
{
    const int n = (p->O + p->L) * p->L;
    dsc_node raw = dsc_pick(b, dsc_concat(b, x, z), n, p->source);
    dsc_node mu = dsc_multiply(b, raw, by_target(b, p, p->obs.m, p->latent_in.m));
    if (p->noiseless) return mu;
    dsc_node s = by_target(b, p, p->obs.s, p->latent_in.s);
    dsc_node of_obs = dsc_repeat(b, p->alpha_obs, p->O * p->L),
             of_latents = dsc_repeat(b, p->alpha_in, p->L * p->L);
    dsc_node alpha = by_target(b, p, of_obs, of_latents);
    dsc_node noise = dsc_normal_ordered(b, "update_net", n, p->by_target);
    return pass_bottleneck(b, mu, s, noise, alpha, c);
}

// runs every net on its block of `in`: gates' inputs [L] above targets' inputs [L]
static dsc_node run_update_nets(dsc_builder *b, const parts *p, dsc_node in)
{
    int n = p->O + p->L, index[2 * 256];
    dsc_node all = {0};
    for (int i = 0; i < p->L; i++) {
        dsc_node out = run_net(b, p->k->activation, &p->update[i], dsc_slice(b, in, i * n, n));
        all = i ? dsc_concat(b, all, out) : out;
        index[i] = 2 * i;
        index[p->L + i] = 2 * i + 1;
    }
    return dsc_pick(b, all, 2 * p->L, index);
}

static dsc_node bottleneck_rows(dsc_builder *b, const parts *p, const char *name, dsc_node mu,
                                bottleneck k, dsc_node alpha, costs *c)
{
    if (p->noiseless) return mu;
    dsc_node noise = dsc_normal(b, name, p->L), alphas = dsc_repeat(b, alpha, p->L);
    return pass_bottleneck(b, mu, k.s, noise, alphas, c);
}

static void add_cell(dsc_builder *b, const parts *p, const dsc_model_size *size)
{
    const double V = p->k->max_latent_value;
    dsc_node x = dsc_inputs(b, size->n_inputs, size->inputs);
    dsc_node z = dsc_state_from(b, "latents", p->inits);
    dsc_node squares = dsc_constant(b, 1, &(double){0});
    for (int i = 0; i < p->L; i++) squares = add_squares(b, &p->update[i], squares);
    dsc_node none = dsc_constant(b, 1, &(double){0});
    costs cost = {dsc_multiply(b, p->l2, add_squares(b, &p->choice_net, squares)), none};

    dsc_node out = run_update_nets(b, p, update_inputs(b, p, x, z, &cost));
    dsc_node w = dsc_sigmoid(b, dsc_slice(b, out, 0, p->L));
    dsc_node target =
        dsc_scale(b, dsc_tanh(b, dsc_scale(b, dsc_slice(b, out, p->L, p->L), 1 / V)), V);
    dsc_next(b, z,
             bottleneck_rows(b, p, "latent", dsc_mix(b, w, z, target), p->latent, p->alpha_latent,
                             &cost));

    dsc_node mu = dsc_multiply(b, dsc_after(b, z), p->choice.m);
    dsc_node c = bottleneck_rows(b, p, "choice_net", mu, p->choice, p->alpha_choice, &cost);
    dsc_output(b, "prediction", run_net(b, p->k->activation, &p->choice_net, c));
    dsc_output(b, "penalty", dsc_add(b, cost.per_trial, cost.fixed));
    dsc_record(b, "update_gate", w);
    dsc_record(b, "update_target", target);
}

static dsc_status build_parts(dsc_builder *b, parts *p, const dsc_model_size *size)
{
    dsc_context *ctx = dsc_builder_context(b);
    DSC_REQUIRE(
        ctx, p->O <= 64, DSC_INPUT,
        "the disRNN reads at most 64 observation columns, not %d; name fewer: data.inputs=...",
        p->O);
    DSC_TRY(dsc_alloc(ctx, (size_t)p->L, sizeof *p->update, &p->update));
    DSC_TRY(order_by_target(ctx, p));
    add_parameters(b, p);
    add_cell(b, p, size);
    return dsc_builder_status(b);
}

static dsc_status build(const dsc_model *self, dsc_builder *b, const void *config,
                        const dsc_model_size *size)
{
    (void)self;
    dsc_context *ctx = dsc_builder_context(b);
    parts p = {.k = config,
               .O = size->n_inputs,
               .L = ((const disrnn_config *)config)->latent_size,
               .A = size->n_actions,
               .noiseless = size->noiseless};
    dsc_status s = build_parts(b, &p, size);
    dsc_free(ctx, &p.update);
    dsc_free(ctx, &p.by_target);
    dsc_free(ctx, &p.source);
    return s;
}

static const char *const inputs[] = {"prev_choice", "prev_reward", NULL};

const dsc_model dsc_model_disrnn = {
    .name = "disrnn",
    .title = "disentangled recurrent network: latents behind noisy bottlenecks that show what is "
             "remembered",
    .source = "Miller, Eckstein, Botvinick & Kurth-Nelson 2023, NeurIPS 36, "
              "doi:10.1101/2023.06.23.546250",
    .fields = fields,
    .config_bytes = sizeof(disrnn_config),
    .build = build,
    .inputs = inputs,
};
