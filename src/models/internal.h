// SPDX-License-Identifier: Apache-2.0
// internal.h — what the files of the models room share.
#ifndef DISCERN_MODELS_INTERNAL_H
#define DISCERN_MODELS_INTERNAL_H

#include "discern/models.h"

// One file each; the registry lists them.
extern const dsc_model dsc_model_rnn, dsc_model_gru, dsc_model_lstm, dsc_model_disrnn,
    dsc_model_q_learning, dsc_model_actor_critic;

// ---- agent.c: what simulated agents have in common ------------------------------------------

// The last trial as an agent sees it: before the first trial of a session, and after a trial
// without a choice, `chosen` is all zeros and `active` is 0, so that nothing is learnt from it.
typedef struct agent_trial {
    dsc_node chosen; // [n_actions] 1 for the chosen option, else 0
    dsc_node reward; // [1]
    dsc_node active; // [1] 1 if there was a choice, else 0
} agent_trial;
extern const char *const agent_inputs[3]; // "agent_choice", "agent_reward", NULL
agent_trial agent_observe(dsc_builder *b, int n_actions);
// A trained scalar within [lowest, highest], one for the model or one per subject ("model",
// "subject").
typedef struct agent_scalar {
    const char *name, *level;
    double start, lowest, highest;
} agent_scalar;
dsc_node agent_parameter(dsc_builder *b, const agent_scalar *p);
// A state of n features that starts every session at `value`.
dsc_node agent_state(dsc_builder *b, const char *name, int n, double value);

#endif
