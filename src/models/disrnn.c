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
//
// Of several subjects: every net reads, above all else, u = bottleneck(w_subject + b) through one
// more bottleneck of its own; w_subject [E] is the subject's embedding.
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "models/disrnn_parts.h"
#include "models/networks.h"

static const dsc_field fields[] = {DISRNN_FIELDS{0}};
static const dsc_field multisubject_fields[] = {
    DISRNN_FIELDS{"subject_embedding_size", DSC_INT, BASE(embedding_size), "2", 1, 64, NULL,
                  "numbers that describe a subject"},
    {"subj_penalty", DSC_REAL, BASE(subject_penalty), "0.001", 0, 1e9, NULL,
     "cost per nat of what is known of the subject at all"},
    {"update_net_subj_penalty", DSC_REAL, BASE(update_subject_penalty), "0.001", 0, 1e9, NULL,
     "cost per nat of the subject into update nets"},
    {"choice_net_subj_penalty", DSC_REAL, BASE(choice_subject_penalty), "0.001", 0, 1e9, NULL,
     "cost per nat of the subject into the choice net"},
    {"padding_subject", DSC_CHOICE, BASE(padding_subject), "own", 0, 0, "own|none",
     "whose embedding padded trials have; none is the reference's, which matters only where they "
     "count"},
    {0},
};

// ---- the cell -----------------------------------------------------------------------------------

// What nets read comes in the order subject [E], observations [O], latents [L].
typedef struct parts {
    const disrnn_config *k;
    int E, O, L, A, n; // n = E + O + L
    bool noiseless;
    bottleneck subject, subject_in, obs, latent_in, latent, choice_subject, choice;
    by_target order;
    dsc_node inits, embedding, embedding_bias, l2;
    dsc_node alpha_subject, alpha_subject_in, alpha_obs, alpha_in, alpha_latent,
        alpha_choice_subject, alpha_choice;
    net *update, choice_net;
    disrnn_more_fn *more;
} parts;

static void add_subject_parameters(dsc_builder *b, parts *p, int n_subjects)
{
    const double scale = 1 / sqrt(n_subjects > 0 ? n_subjects : 1);
    p->subject = bottleneck_parameters(b, "subj_emb_global", p->E, 1);
    p->subject_in = bottleneck_parameters(b, "update_net_subj", p->E, p->L);
    p->choice_subject = bottleneck_parameters(b, "choice_net_subj", p->E, 1);
    p->embedding = dsc_parameter_add(b, &(dsc_parameter){.name = "subject_embedding_weights.w",
                                                         .rows = p->E,
                                                         .cols = 1,
                                                         .level = DSC_PER_SUBJECT,
                                                         .init = {DSC_INIT_TRUNCATED, scale, 0}});
    p->embedding_bias =
        dsc_weights(b, "subject_embedding_weights.b", p->E, 1, (dsc_init){DSC_INIT_CONSTANT, 0, 0});
    p->alpha_subject = dsc_setting(b, "penalty.subj", p->k->subject_penalty);
    p->alpha_subject_in = dsc_setting(b, "penalty.update_net_subj", p->k->update_subject_penalty);
    p->alpha_choice_subject =
        dsc_setting(b, "penalty.choice_net_subj", p->k->choice_subject_penalty);
}

static void add_parameters(dsc_builder *b, parts *p, int n_subjects)
{
    const disrnn_config *k = p->k;
    const double start = p->E ? 1 : 0.1;
    char name[48];
    if (p->E) add_subject_parameters(b, p, n_subjects);
    p->obs = bottleneck_parameters(b, "update_net_obs", p->O, p->L);
    p->latent_in = bottleneck_parameters(b, "update_net_latent", p->L, p->L);
    p->latent = bottleneck_parameters(b, "latent", p->L, 1);
    p->choice = bottleneck_parameters(b, "choice_net", p->L, 1);
    p->inits = dsc_weights(b, "latent_inits", p->L, 1, (dsc_init){DSC_INIT_UNIFORM, -start, start});
    for (int i = 0; i < p->L; i++) {
        snprintf(name, sizeof name, "update_net.%d", i);
        net_parameters(b, name, p->n, 2, k->update_units, k->update_layers, &p->update[i]);
    }
    net_parameters(b, "choice_net", p->E + p->L, p->A, k->choice_units, k->choice_layers,
                   &p->choice_net);
    p->alpha_obs = dsc_setting(b, "penalty.update_net_obs", k->update_obs_penalty);
    p->alpha_in = dsc_setting(b, "penalty.update_net_latent", k->update_latent_penalty);
    p->alpha_latent = dsc_setting(b, "penalty.latent", k->latent_penalty);
    p->alpha_choice = dsc_setting(b, "penalty.choice_net", k->choice_latent_penalty);
    p->l2 = dsc_setting(b, "penalty.l2", k->l2_scale);
}

// one below the other; `subject` only where there are several
static dsc_node stack(dsc_builder *b, const parts *p, dsc_node subject, dsc_node observations,
                      dsc_node latents)
{
    dsc_node rest = dsc_concat(b, observations, latents);
    return p->E ? dsc_concat(b, subject, rest) : rest;
}
static dsc_node by_targets(dsc_builder *b, const parts *p, dsc_node subject, dsc_node observations,
                           dsc_node latents)
{
    return dsc_pick(b, stack(b, p, subject, observations, latents), p->n * p->L, p->order.row);
}

// a setting, once per row of [rows][target]
static dsc_node alphas(dsc_builder *b, const parts *p, dsc_node alpha, int rows)
{
    return rows ? dsc_repeat(b, alpha, rows * p->L) : alpha;
}

// subject, observations and latents, each as every net gets them
static dsc_node update_inputs(dsc_builder *b, const parts *p, dsc_node u, dsc_node x, dsc_node z,
                              costs *c)
{
    const int n = p->n * p->L;
    dsc_node m = by_targets(b, p, p->subject_in.m, p->obs.m, p->latent_in.m);
    dsc_node mu = dsc_scaled_pick(b, stack(b, p, u, x, z), m, n, p->order.source);
    if (p->noiseless) return mu;
    dsc_node s = by_targets(b, p, p->subject_in.s, p->obs.s, p->latent_in.s);
    dsc_node alpha = by_targets(b, p, alphas(b, p, p->alpha_subject_in, p->E),
                                alphas(b, p, p->alpha_obs, p->O), alphas(b, p, p->alpha_in, p->L));
    dsc_node noise = dsc_normal_ordered(b, "update_net", n, p->order.row);
    return pass_bottleneck(b, mu, s, noise, alpha, c);
}

// runs every net on its block of `in`: gates' inputs [L] above targets' inputs [L]
static dsc_node run_update_nets(dsc_builder *b, const parts *p, dsc_node in)
{
    int index[2 * 256];
    dsc_node all = {0};
    for (int i = 0; i < p->L; i++) {
        dsc_node block = dsc_slice(b, in, i * p->n, p->n);
        dsc_node out = run_net(b, p->k->activation, &p->update[i], block);
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
    const int rows = dsc_rows(b, mu);
    dsc_node noise = dsc_normal(b, name, rows);
    return pass_bottleneck(b, mu, k.s, noise, dsc_repeat(b, alpha, rows), c);
}

// What every net may know of the subject [E]; nothing without several subjects.
static dsc_node subject_seen(dsc_builder *b, const parts *p, costs *c)
{
    if (!p->E) return (dsc_node){-1};
    dsc_node w = p->embedding;
    if (strcmp(p->k->padding_subject, "none") == 0)
        w = dsc_multiply(b, w, dsc_repeat(b, dsc_input_one(b, "in_session"), p->E));
    dsc_node e = dsc_add(b, w, p->embedding_bias);
    return bottleneck_rows(b, p, "subj_emb_global", e, p->subject, p->alpha_subject, c);
}

// What the choice net reads: [E] of the subject, [L] of the latents.
static dsc_node choice_inputs(dsc_builder *b, const parts *p, dsc_node u, dsc_node z, costs *c)
{
    dsc_node subject = {-1};
    if (p->E)
        subject = bottleneck_rows(b, p, "choice_net_subj", dsc_multiply(b, u, p->choice_subject.m),
                                  p->choice_subject, p->alpha_choice_subject, c);
    dsc_node latents = bottleneck_rows(b, p, "choice_net", dsc_multiply(b, z, p->choice.m),
                                       p->choice, p->alpha_choice, c);
    return p->E ? dsc_concat(b, subject, latents) : latents;
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

    dsc_node u = subject_seen(b, p, &cost);
    dsc_node out = run_update_nets(b, p, update_inputs(b, p, u, x, z, &cost));
    dsc_node w = dsc_sigmoid(b, dsc_slice(b, out, 0, p->L));
    dsc_node target =
        dsc_scale(b, dsc_tanh(b, dsc_scale(b, dsc_slice(b, out, p->L, p->L), 1 / V)), V);
    dsc_next(b, z,
             bottleneck_rows(b, p, "latent", dsc_mix(b, w, z, target), p->latent, p->alpha_latent,
                             &cost));

    dsc_node in = choice_inputs(b, p, u, dsc_after(b, z), &cost);
    dsc_node made = run_net(b, p->k->activation, &p->choice_net, in);
    if (!p->more) network_outputs(b, made, size);
    else {
        dsc_output(b, "prediction", made);
        p->more(b, p->k, size, &(disrnn_seen){x, dsc_after(b, z), p->l2}, &cost);
    }
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
    DSC_TRY(by_target_create(ctx, p->n, p->L, &p->order));
    add_parameters(b, p, size->n_subjects);
    add_cell(b, p, size);
    return dsc_builder_status(b);
}

dsc_status disrnn_build(dsc_builder *b, const disrnn_config *k, const dsc_model_size *size, int E,
                        disrnn_more_fn *more)
{
    dsc_context *ctx = dsc_builder_context(b);
    parts p = {.k = k,
               .E = E,
               .O = size->n_inputs,
               .L = k->latent_size,
               .A = size->n_actions + (more ? 0 : size->n_values),
               .noiseless = size->noiseless,
               .more = more};
    p.n = p.E + p.O + p.L;
    dsc_status s = build_parts(b, &p, size);
    dsc_free(ctx, &p.update);
    by_target_free(ctx, &p.order);
    return s;
}

// ---- models -------------------------------------------------------------------------------------

static dsc_status build(const dsc_model *self, dsc_builder *b, const void *config,
                        const dsc_model_size *size)
{
    const disrnn_config *k = config;
    const int E = self == &dsc_model_disrnn_multisubject ? k->embedding_size : 0;
    return disrnn_build(b, k, size, E, NULL);
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

const dsc_model dsc_model_disrnn_multisubject = {
    .name = "disrnn_multisubject",
    .title = "disentangled recurrent network of several subjects, each with an embedding that its "
             "nets read through bottlenecks",
    .source = "Miller, Eckstein, Botvinick & Kurth-Nelson 2023, NeurIPS 36, "
              "doi:10.1101/2023.06.23.546250",
    .fields = multisubject_fields,
    .config_bytes = sizeof(disrnn_config),
    .build = build,
    .inputs = inputs,
};
