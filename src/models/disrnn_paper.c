// SPDX-License-Identifier: Apache-2.0
// disrnn_paper.c — the disentangled recurrent network as it was published with its paper (Miller,
// Eckstein, Botvinick, Kurth-Nelson 2023; library disrnn_paper). disrnn.c is what became of it.
// State z [L], started at learnt values.
//
//   bottleneck of v:   mu = m v,   out = mu + s e,  e ~ N(0,1),  s = 2 sigmoid(p),
//                      cost = (mu^2 + s - 1 - ln s) / 2
//   latent i:          d = mlp_i(bottleneck(x, z)),  h = d H + b,  w = sigmoid(d G + c)
//                      z' = (1 - w) z + w h,  z <- bottleneck(z') with m = 1
//   choice:            mlp(z) W + b, through no bottleneck of its own
//   mlp:               h <- f(h) W_k + b_k for every layer k, the first without f
//   penalty per trial: beta (costs of update inputs) + costs of latents, all times one weight
//
// The cost has s where a variance belongs, as the library had it until 2025: a bottleneck that is
// closed has s = 1 in both, an open one costs half of what it does in disrnn.c, nearly.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/disrnn_parts.h"
#include "models/networks.h"

enum { MOST_LAYERS = 32, MOST_UNITS = 1024 };

typedef struct paper_config {
    int latent_size;
    char update_shape[DSC_FIELD_TEXT], choice_shape[DSC_FIELD_TEXT], activation[DSC_FIELD_TEXT];
    double beta_scale, information_penalty;
} paper_config;

#define AT(member) offsetof(paper_config, member)
static const dsc_field fields[] = {
    {"latent_size", DSC_INT, AT(latent_size), "5", 1, 256, NULL, "latents L"},
    {"update_mlp_shape", DSC_STRINGS, AT(update_shape), "5,5,5", 0, 0, NULL,
     "units per layer of the update nets"},
    {"choice_mlp_shape", DSC_STRINGS, AT(choice_shape), "2,2", 0, 0, NULL,
     "units per layer of the choice net"},
    {"activation", DSC_CHOICE, AT(activation), "relu", 0, 0, DISRNN_ACTIVATIONS,
     "activation between layers"},
    {"beta_scale", DSC_REAL, AT(beta_scale), "1", 0, 1e9, NULL,
     "cost of a nat into update nets, where one in a latent costs 1"},
    {"information_penalty", DSC_REAL, AT(information_penalty), "0.001", 0, 1e9, NULL,
     "cost per nat of all bottlenecks, the paper's beta"},
    {0},
};

// ---- nets ---------------------------------------------------------------------------------------

typedef struct shape {
    int n, units[MOST_LAYERS];
} shape;

static dsc_status shape_read(dsc_context *ctx, const char *field, const char *list, shape *s)
{
    const char *at = list;
    for (s->n = 0; *at; s->n++) {
        char *end;
        const long units = strtol(at, &end, 10);
        const bool ok = end > at && (!*end || *end == ',') && units >= 1 && units <= MOST_UNITS;
        DSC_REQUIRE(ctx, ok && s->n < MOST_LAYERS, DSC_INPUT,
                    "model.%s: \"%s\" is no shape of a net; give the units of each layer, whole "
                    "numbers from 1 to %d, at most %d of them: 5,5,5",
                    field, list, MOST_UNITS, MOST_LAYERS);
        s->units[s->n] = (int)units;
        at = *end ? end + 1 : end;
    }
    return DSC_OK;
}

typedef struct linear {
    dsc_node w, b;
} linear;
typedef struct mlp {
    int n, n_out;
    linear layer[MOST_LAYERS];
} mlp;

static linear linear_parameters(dsc_builder *b, const char *prefix, const char *name, int n_in,
                                int n_out)
{
    char full[96];
    linear l;
    snprintf(full, sizeof full, "%s.%s.weights", prefix, name);
    l.w = dsc_weights(b, full, n_in, n_out, network_head_scale(n_in));
    snprintf(full, sizeof full, "%s.%s.biases", prefix, name);
    l.b = dsc_weights(b, full, n_out, 1, network_zero);
    return l;
}

static mlp mlp_parameters(dsc_builder *b, const char *prefix, int n_in, const shape *s)
{
    char name[32];
    mlp m = {.n = s->n, .n_out = n_in};
    for (int k = 0; k < s->n; k++) {
        snprintf(name, sizeof name, "linear_%d", k);
        m.layer[k] = linear_parameters(b, prefix, name, m.n_out, s->units[k]);
        m.n_out = s->units[k];
    }
    return m;
}

static dsc_node run_linear(dsc_builder *b, const linear *l, dsc_node x)
{
    return dsc_dense(b, x, l->w, l->b);
}

static dsc_node run_mlp(dsc_builder *b, const char *activation, const mlp *m, dsc_node x)
{
    for (int k = 0; k < m->n; k++)
        x = run_linear(b, &m->layer[k], k ? dsc_activation(b, activation, x) : x);
    return x;
}

// ---- the cell -----------------------------------------------------------------------------------

typedef struct update_net {
    mlp mlp;
    linear target, gate;
} update_net;

// The update nets read O observations above L latents, n = O + L numbers.
typedef struct parts {
    const paper_config *k;
    shape update_shape, choice_shape;
    int L, n;
    bool noiseless;
    by_target order;
    bottleneck in;
    dsc_node latent_s, inits, alpha_in, alpha_latent;
    update_net *update;
    mlp choice;
    linear head;
} parts;

static dsc_node sigmas(dsc_builder *b, const char *name, int rows, int cols)
{
    dsc_node p = dsc_weights(b, name, rows, cols, (dsc_init){DSC_INIT_UNIFORM, -3, -2});
    return dsc_scale(b, dsc_sigmoid(b, p), 2);
}

static void update_parameters(dsc_builder *b, const parts *p, int i)
{
    char name[48];
    update_net *u = &p->update[i];
    snprintf(name, sizeof name, "update_net.%d", i);
    u->mlp = mlp_parameters(b, name, p->n, &p->update_shape);
    u->target = linear_parameters(b, name, "target", u->mlp.n_out, 1);
    u->gate = linear_parameters(b, name, "gate", u->mlp.n_out, 1);
}

static void add_parameters(dsc_builder *b, parts *p, int n_out)
{
    const double weight = p->k->information_penalty;
    p->in.s = sigmas(b, "update_net_sigmas_unsquashed", p->n, p->L);
    p->in.m =
        dsc_weights(b, "update_net_multipliers", p->n, p->L, (dsc_init){DSC_INIT_CONSTANT, 1, 0});
    p->latent_s = sigmas(b, "latent_sigmas_unsquashed", p->L, 1);
    p->inits = dsc_weights(b, "latent_inits", p->L, 1, (dsc_init){DSC_INIT_UNIFORM, -1, 1});
    for (int i = 0; i < p->L; i++) update_parameters(b, p, i);
    p->choice = mlp_parameters(b, "choice_net", p->L, &p->choice_shape);
    p->head = linear_parameters(b, "choice_net", "output", p->choice.n_out, n_out);
    p->alpha_in = dsc_setting(b, "penalty.update_net", weight * p->k->beta_scale);
    p->alpha_latent = dsc_setting(b, "penalty.latent", weight);
}

static dsc_node update_inputs(dsc_builder *b, const parts *p, dsc_node x, dsc_node z, costs *c)
{
    const int n = p->n * p->L;
    dsc_node m = dsc_pick(b, p->in.m, n, p->order.row);
    dsc_node mu = dsc_scaled_pick(b, dsc_concat(b, x, z), m, n, p->order.source);
    if (p->noiseless) return mu;
    dsc_node s = dsc_pick(b, p->in.s, n, p->order.row);
    dsc_node noise = dsc_normal_ordered(b, "update_net", n, p->order.row);
    return pass_bottleneck_of_variance(b, mu, s, s, noise, dsc_repeat(b, p->alpha_in, n), c);
}

// Targets [L] and gates [L] of the latents.
static void run_update_nets(dsc_builder *b, const parts *p, dsc_node in, dsc_node *target,
                            dsc_node *gate)
{
    for (int i = 0; i < p->L; i++) {
        const update_net *u = &p->update[i];
        dsc_node block = dsc_slice(b, in, i * p->n, p->n);
        dsc_node d = run_mlp(b, p->k->activation, &u->mlp, block);
        dsc_node h = run_linear(b, &u->target, d), a = run_linear(b, &u->gate, d);
        *target = i ? dsc_concat(b, *target, h) : h;
        *gate = i ? dsc_concat(b, *gate, a) : a;
    }
    *gate = dsc_sigmoid(b, *gate);
}

static dsc_node pass_latents(dsc_builder *b, const parts *p, dsc_node mu, costs *c)
{
    if (p->noiseless) return mu;
    dsc_node noise = dsc_normal(b, "latent", p->L);
    dsc_node alpha = dsc_repeat(b, p->alpha_latent, p->L);
    return pass_bottleneck_of_variance(b, mu, p->latent_s, p->latent_s, noise, alpha, c);
}

static void add_cell(dsc_builder *b, const parts *p, const dsc_model_size *size)
{
    dsc_node x = dsc_inputs(b, size->n_inputs, size->inputs);
    dsc_node z = dsc_state_from(b, "latents", p->inits);
    dsc_node none = dsc_constant(b, 1, &(double){0}), target = none, gate = none;
    costs cost = {none, none};
    dsc_node in = update_inputs(b, p, x, z, &cost);
    run_update_nets(b, p, in, &target, &gate);
    dsc_next(b, z, pass_latents(b, p, dsc_mix(b, gate, z, target), &cost));
    dsc_node d = run_mlp(b, p->k->activation, &p->choice, dsc_after(b, z));
    network_outputs(b, run_linear(b, &p->head, d), size);
    dsc_output(b, "penalty", dsc_add(b, cost.per_trial, cost.fixed));
    dsc_record(b, "update_gate", gate);
    dsc_record(b, "update_target", target);
}

static dsc_status build_parts(dsc_builder *b, parts *p, const dsc_model_size *size)
{
    dsc_context *ctx = dsc_builder_context(b);
    DSC_TRY(shape_read(ctx, "update_mlp_shape", p->k->update_shape, &p->update_shape));
    DSC_TRY(shape_read(ctx, "choice_mlp_shape", p->k->choice_shape, &p->choice_shape));
    DSC_TRY(dsc_alloc(ctx, (size_t)p->L, sizeof *p->update, &p->update));
    DSC_TRY(by_target_create(ctx, p->n, p->L, &p->order));
    add_parameters(b, p, size->n_actions + size->n_values);
    add_cell(b, p, size);
    return dsc_builder_status(b);
}

static dsc_status build(const dsc_model *self, dsc_builder *b, const void *config,
                        const dsc_model_size *size)
{
    (void)self;
    dsc_context *ctx = dsc_builder_context(b);
    const paper_config *k = config;
    parts p = {.k = k,
               .L = k->latent_size,
               .n = size->n_inputs + k->latent_size,
               .noiseless = size->noiseless};
    const dsc_status status = build_parts(b, &p, size);
    dsc_free(ctx, &p.update);
    by_target_free(ctx, &p.order);
    return status;
}

static const char *const inputs[] = {"prev_choice", "prev_reward", NULL};

const dsc_model dsc_model_disrnn_paper = {
    .name = "disrnn_paper",
    .title = "disentangled recurrent network as first published: other costs, plain nets, no "
             "bottleneck before choice",
    .source = "Miller, Eckstein, Botvinick & Kurth-Nelson 2023, NeurIPS 36, "
              "doi:10.1101/2023.06.23.546250",
    .fields = fields,
    .config_bytes = sizeof(paper_config),
    .build = build,
    .inputs = inputs,
};
