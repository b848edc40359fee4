// SPDX-License-Identifier: Apache-2.0
// names.c — the reference's tensors under our names (spec disrnn.md 1.4, 1.7).
#include <stdio.h>
#include <string.h>

#include "golden/golden.h"

// The group of a tensor -> the beginning of our name. A number at the end of a group (none: 0)
// takes the place of %d.
static const struct {
    const char *group, *prefix;
} groups[] = {
    {"hk_disentangled_rnn", ""},
    {"hk_disentangled_rnn/~update_latents/update_net", "update_net.%d."},
    {"hk_disentangled_rnn/~predict_targets/choice_net", "choice_net."},
    {"multisubject_dis_rnn", ""},
    {"multisubject_dis_rnn/subject_embedding_weights", "subject_embedding_weights."},
    {"multisubject_dis_rnn/~update_latents/update_net", "update_net.%d."},
    {"multisubject_dis_rnn/~predict_targets/choice_net", "choice_net."},
    {"hk_neuro_disentangled_rnn", ""},
    {"hk_neuro_disentangled_rnn/~update_latents/update_net", "update_net.%d."},
    {"hk_neuro_disentangled_rnn/~predict_targets/choice_net", "choice_net."},
    {"hk_neuro_disentangled_rnn/neural_activity_net", "neural_activity_net."},
    {"gru", "gru."},
    {"lstm/linear", "lstm."},
    {"vanilla_rnn/linear", "rnn.input."},
    {"vanilla_rnn/linear_1", "rnn.hidden."},
    {"linear", "linear."},
};

static bool write_prefix(const char *group, char *out, size_t size)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        const size_t n = strlen(groups[i].group);
        const bool numbered = strchr(groups[i].prefix, '%') != NULL;
        int number = 0, used = 0;
        if (strncmp(group, groups[i].group, n) != 0) continue;
        if (numbered && group[n]) sscanf(group + n, "_%d%n", &number, &used);
        if (group[n + (size_t)used]) continue;
        if (numbered) snprintf(out, size, "update_net.%d.", number);
        else snprintf(out, size, "%s", groups[i].prefix);
        return true;
    }
    return false;
}

bool golden_parameter_name(const char *group, const char *name, char *out, size_t size)
{
    char prefix[64], kind[32];
    int layer;
    if (strcmp(name, "choice_net_latent_sigma_params") == 0) name = "choice_net_sigma_params";
    if (strcmp(name, "choice_net_latent_multipliers") == 0) name = "choice_net_multipliers";
    if (!write_prefix(group, prefix, sizeof prefix)) return false;
    if (sscanf(name, "layer_%d_%31s", &layer, kind) == 2)
        snprintf(out, size, "%slayer_%d.%s", prefix, layer, kind);
    else snprintf(out, size, "%s%s", prefix, name);
    return true;
}
