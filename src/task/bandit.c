// SPDX-License-Identifier: Apache-2.0
// bandit.c — drifting bandit: every arm pays 1 with its own probability, and the probabilities
// walk.
//   p_k ~ U(0, 1) at the start;  r ~ Bernoulli(p[c]);  then p_k <- clip(p_k + sigma N(0, 1), 0, 1)
// With p_instructed > 0 some trials replace the attempted choice by a random arm. Source: Miller,
// Botvinick & Brody 2017; Daw et al. 2006 (Gaussian walks).
#include <assert.h>

#include "task/internal.h"

enum { MOST_ARMS = 32 };

typedef struct bandit {
    int n_arms;
    double sigma, p_instructed;
} bandit;

#define FIELD(member) offsetof(bandit, member)
static const dsc_field fields[] = {
    {"n_arms", DSC_INT, FIELD(n_arms), "2", 2, MOST_ARMS, NULL, "number of arms"},
    {"sigma", DSC_REAL, FIELD(sigma), "0.1", 0, 1e6, NULL,
     "standard deviation of the drift per trial"},
    {"p_instructed", DSC_REAL, FIELD(p_instructed), "0", 0, 1, NULL,
     "probability that a trial dictates a random arm"},
    {0}};

static int bandit_n_actions(const void *config)
{
    return ((const bandit *)config)->n_arms;
}

static size_t bandit_state_bytes(const void *config)
{
    return (size_t)bandit_n_actions(config) * sizeof(double);
}

static void bandit_begin(const void *config, void *state, dsc_stream *random)
{
    double *p = state;
    for (int k = 0; k < bandit_n_actions(config); k++) p[k] = dsc_stream_uniform(random);
}

static double clip_to_unit(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

// An attempt of -1 passes through. The draw for "instructed" is made even when it cannot happen, so
// that runs with and without instructed trials share their other draws.
static void bandit_answer(const void *config, void *state, dsc_stream *random, int attempted,
                          int *choice, double *reward, bool *instructed)
{
    const bandit *k = config;
    double *p = state;
    assert(attempted >= -1 && attempted < k->n_arms);
    if (attempted < 0) {
        *choice = -1, *reward = -1, *instructed = false;
        return;
    }
    *instructed = dsc_stream_uniform(random) < k->p_instructed;
    *choice = *instructed ? (int)dsc_stream_below(random, (uint32_t)k->n_arms) : attempted;
    *reward = dsc_stream_uniform(random) < p[*choice];
    for (int i = 0; i < k->n_arms; i++)
        p[i] = clip_to_unit(p[i] + k->sigma * dsc_stream_normal(random));
}

static void bandit_extra_name(const void *config, int i, char *out)
{
    (void)config;
    snprintf(out, 32, "reward_probability_%d", i);
}

static void bandit_extra(const void *config, const void *state, double *values)
{
    const double *p = state;
    for (int k = 0; k < bandit_n_actions(config); k++) values[k] = p[k];
}

const dsc_task dsc_task_bandit = {
    .name = "bandit",
    .title = "Drifting bandit: arms pay 1 with probabilities that walk from trial to trial",
    .source = "Daw et al. 2006; Miller, Botvinick & Brody 2017",
    .fields = fields,
    .config_bytes = sizeof(bandit),
    .n_actions = bandit_n_actions,
    .state_bytes = bandit_state_bytes,
    .begin = bandit_begin,
    .answer = bandit_answer,
    .n_extra = bandit_n_actions,
    .extra_name = bandit_extra_name,
    .extra = bandit_extra,
};
