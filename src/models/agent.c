// SPDX-License-Identifier: Apache-2.0
// agent.c — what simulated agents have in common: the last trial's choice and reward, parameters
// with bounds, states with a starting value.
#include <string.h>

#include "models/internal.h"

const char *const agent_inputs[3] = {"agent_choice", "agent_reward", NULL};

// A choice of -1 (none yet, or missing) matches no option.
agent_trial agent_observe(dsc_builder *b, int n_actions)
{
    const dsc_node x = dsc_inputs(b, 2, agent_inputs);
    agent_trial t;
    t.chosen = dsc_onehot(b, dsc_slice(b, x, 0, 1), n_actions);
    t.reward = dsc_slice(b, x, 1, 1);
    t.active = dsc_sum(b, t.chosen);
    return t;
}

dsc_node agent_parameter(dsc_builder *b, const agent_scalar *p)
{
    return dsc_parameter_add(
        b, &(dsc_parameter){.name = p->name,
                            .rows = 1,
                            .cols = 1,
                            .level = strcmp(p->level, "subject") ? DSC_PER_MODEL : DSC_PER_SUBJECT,
                            .init = {DSC_INIT_CONSTANT, p->start, 0},
                            .lowest = p->lowest,
                            .highest = p->highest});
}

dsc_node agent_state(dsc_builder *b, const char *name, int n, double value)
{
    const dsc_node start = dsc_constant(b, 1, &value);
    return dsc_state_from(b, name, n > 1 ? dsc_repeat(b, start, n) : start);
}
