// SPDX-License-Identifier: Apache-2.0
// disrnn_neuro.c — disentangled recurrent network that also predicts columns beside the choice,
// such as neural activity. A net of its own reads the new latents and the observations of this
// trial through a bottleneck (parts in disrnn.c):
//   values = net(bottleneck(z, x)),   penalty += cost of the bottleneck + l2 (squared weights)
// The l2 of this net counts with noise only, as in the reference.
#include "models/disrnn_parts.h"
#include "models/internal.h"

typedef struct neuro_config {
    disrnn_config base;
    int units, layers;
    double latent_penalty;
} neuro_config;

#define AT(member) offsetof(neuro_config, member)
static const dsc_field fields[] = {
    DISRNN_FIELDS{"neural_activity_net_n_units_per_layer", DSC_INT, AT(units), "8", 1, 1024, NULL,
                  "units per layer of the net of the values"},
    {"neural_activity_net_n_layers", DSC_INT, AT(layers), "2", 0, 64, NULL,
     "hidden layers of the net of the values"},
    {"neural_activity_net_latent_penalty", DSC_REAL, AT(latent_penalty), "0.001", 0, 1e9, NULL,
     "cost per nat of latents and observations into the net of the values"},
    {0},
};

static void add_values(dsc_builder *b, const disrnn_config *base, const dsc_model_size *size,
                       const disrnn_seen *seen, costs *c)
{
    const neuro_config *k = (const neuro_config *)base;
    net activity = {0};
    dsc_node q = dsc_concat(b, seen->z, seen->x);
    const int n = dsc_rows(b, q), n_out = size->n_values > 0 ? size->n_values : 1;
    bottleneck through = bottleneck_parameters(b, "neural_activity_net", n, 1);
    net_parameters(b, "neural_activity_net", n, n_out, k->units, k->layers, &activity);
    dsc_node alpha = dsc_setting(b, "penalty.neural_activity_net", k->latent_penalty);
    dsc_node in = dsc_multiply(b, q, through.m);
    if (!size->noiseless) {
        dsc_node none = dsc_constant(b, 1, &(double){0});
        dsc_node squares = add_squares(b, &activity, none);
        dsc_node noise = dsc_normal(b, "neural_activity_net", n);
        in = pass_bottleneck(b, in, through.s, noise, dsc_repeat(b, alpha, n), c);
        c->fixed = dsc_add(b, c->fixed, dsc_multiply(b, seen->l2, squares));
    }
    dsc_output(b, "values", run_net(b, base->activation, &activity, in));
}

static dsc_status build(const dsc_model *self, dsc_builder *b, const void *config,
                        const dsc_model_size *size)
{
    const neuro_config *k = config;
    DSC_REQUIRE(dsc_builder_context(b), size->n_actions > 0, DSC_INPUT,
                "loss.name: %s predicts choices too, so mse leaves half of it untrained; take "
                "penalized_hybrid, or the model disrnn for values alone",
                self->name);
    return disrnn_build(b, &k->base, size, 0, add_values);
}

static const char *const inputs[] = {"prev_choice", "prev_reward", NULL};

const dsc_model dsc_model_disrnn_neuro = {
    .name = "disrnn_neuro",
    .title = "disentangled recurrent network that predicts columns beside the choice, such as "
             "neural activity",
    .source = "Miller, Eckstein, Botvinick & Kurth-Nelson 2023, NeurIPS 36, "
              "doi:10.1101/2023.06.23.546250",
    .fields = fields,
    .config_bytes = sizeof(neuro_config),
    .build = build,
    .inputs = inputs,
};
