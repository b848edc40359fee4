// SPDX-License-Identifier: Apache-2.0
// restless_bandit.c — restless bandit: the means of the arms walk and are drawn back to a centre.
//   mu_k ~ N(centre + step (k - (n - 1) / 2), start_sd) at the start
//   r ~ N(mu_c, noise_sd);  then mu_k <- decay mu_k + (1 - decay) centre + trend_k + N(0, drift_sd)
// trend_k is +trend for the first half of the arms and -trend for the others. Source: Daw et al.
// 2006 (the defaults, start_sd being the walk's own; they keep rewards within 1 ... 100, which
// this does not); Speekenbrink & Konstantinidis 2015: centre=0 start_step=40 start_sd=0 drift_sd=4
// noise_sd=4, their trend trend=0.5, their changing volatility drift_sd_2=16 volatile_trials=50
// (their published trials agree: first payoffs around -60, -20, 20, 60; differences of successive
// payoffs of an arm have s.d. 6.9 and 17; trends approach 30 points).
#include <math.h>

#include "task/internal.h"

typedef struct restless_bandit {
    int n_arms, volatile_trials;
    double decay, centre, drift_sd, drift_sd_2, noise_sd, start_sd, start_step, trend;
    bool rounded;
} restless_bandit;

#define FIELD(member) offsetof(restless_bandit, member)
static const dsc_field fields[] = {
    {"n_arms", DSC_INT, FIELD(n_arms), "4", 2, 32, NULL, "number of arms"},
    {"decay", DSC_REAL, FIELD(decay), "0.9836", 0, 1, NULL,
     "what is left of a mean's distance from the centre after a trial"},
    {"centre", DSC_REAL, FIELD(centre), "50", 0, 0, NULL, "where means are drawn to, points"},
    {"drift_sd", DSC_REAL, FIELD(drift_sd), "2.8", 0, 1e6, NULL,
     "standard deviation of the walk per trial, points"},
    {"drift_sd_2", DSC_REAL, FIELD(drift_sd_2), "2.8", 0, 1e6, NULL,
     "the same in every other stretch of volatile_trials"},
    {"volatile_trials", DSC_INT, FIELD(volatile_trials), "0", 0, 1000000, NULL,
     "trials after which drift_sd and drift_sd_2 change places; 0: never"},
    {"noise_sd", DSC_REAL, FIELD(noise_sd), "4", 0, 1e6, NULL,
     "standard deviation of a reward around its mean, points"},
    {"start_sd", DSC_REAL, FIELD(start_sd), "15.5", 0, 1e6, NULL,
     "standard deviation of the means at the start, points"},
    {"start_step", DSC_REAL, FIELD(start_step), "0", 0, 0, NULL,
     "distance from arm to arm at the start, points"},
    {"trend", DSC_REAL, FIELD(trend), "0", 0, 0, NULL,
     "points per trial that the first half of the arms gains and the other loses"},
    {"rounded", DSC_BOOL, FIELD(rounded), "true", 0, 0, NULL, "rewards are whole points"},
    {0}};

static const char *const outcomes[] = {"reward", NULL};

static dsc_task_size restless_size(const void *config)
{
    const restless_bandit *k = config;
    return (dsc_task_size){.n_actions = k->n_arms,
                           .n_states = k->n_arms,
                           .n_hidden = k->n_arms,
                           .n_normal = k->n_arms + 1};
}

static void start(const restless_bandit *k, const dsc_task_trial *t, int arm)
{
    const double place = k->centre + k->start_step * (arm - 0.5 * (k->n_arms - 1));
    for (int i = arm * t->width; i < (arm + 1) * t->width; i++)
        t->state[i] = place + k->start_sd * t->normal[i];
}

// A trial's walk is made before it is shown; at the first one its numbers are those of the start.
static void walk(const restless_bandit *k, const dsc_task_trial *t, int arm)
{
    const bool second = k->volatile_trials > 0 && (t->trial - 1) / k->volatile_trials % 2 == 1;
    const double sd = second ? k->drift_sd_2 : k->drift_sd;
    const double pull = (1 - k->decay) * k->centre + (arm < k->n_arms / 2 ? k->trend : -k->trend);
    for (int i = arm * t->width; i < (arm + 1) * t->width; i++)
        t->state[i] = k->decay * t->state[i] + pull + sd * t->normal[i];
}

static void restless_show(const void *config, const dsc_task_trial *t)
{
    const restless_bandit *k = config;
    for (int arm = 0; arm < k->n_arms; arm++) {
        if (t->trial == 0) start(k, t, arm);
        else walk(k, t, arm);
    }
    for (int i = 0; i < k->n_arms * t->width; i++) t->hidden[i] = t->state[i];
}

static void restless_answer(const void *config, const dsc_task_trial *t)
{
    const restless_bandit *k = config;
    const double *noise = t->normal + k->n_arms * t->width;
    for (int i = 0; i < t->n; i++) {
        const double r = t->state[(int)t->choice[i] * t->width + i] + k->noise_sd * noise[i];
        t->outcome[i] = k->rounded ? rint(r) : r;
    }
}

const dsc_task dsc_task_restless_bandit = {
    .name = "restless_bandit",
    .title = "Restless bandit: arms pay around means that walk and are drawn to a centre",
    .source = "Daw et al. 2006; Speekenbrink & Konstantinidis 2015",
    .fields = fields,
    .config_bytes = sizeof(restless_bandit),
    .outcomes = outcomes,
    .hidden = "mean",
    .size = restless_size,
    .show = restless_show,
    .answer = restless_answer,
};
