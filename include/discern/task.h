/* SPDX-License-Identifier: Apache-2.0
 * task.h — environments that answer an agent's choices, and playing an agent in one. */
#ifndef DISCERN_TASK_H
#define DISCERN_TASK_H

#include "discern/data.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DSC_TASK_CONFIG_BYTES 512

/* An environment: begin a session, then answer choices one by one. One file per task, registered in
 * a table. */
typedef struct dsc_task {
    const char *name, *title, *source;
    const dsc_field *fields;
    size_t config_bytes; /* <= DSC_TASK_CONFIG_BYTES */
    int (*n_actions)(const void *config);
    size_t (*state_bytes)(const void *config);
    void (*begin)(const void *config, void *state, dsc_stream *random);
    /* Resolves the attempted choice (a task may overrule it: instructed trials) and the reward. */
    void (*answer)(const void *config, void *state, dsc_stream *random, int attempted, int *choice,
                   double *reward, bool *instructed);
    /* Names and values of what else is worth recording before the answer, e.g. reward
     * probabilities; n per trial. */
    int (*n_extra)(const void *config);
    void (*extra_name)(const void *config, int i, char *out /* [32] */);
    void (*extra)(const void *config, const void *state, double *values);
} dsc_task;
const dsc_task *dsc_task_at(int i);
const dsc_task *dsc_task_find(const char *name);

/* Plays a cell as the agent. */
typedef struct dsc_simulation {
    const dsc_task *task;
    const void *task_config;
    const dsc_cell *cell;     /* has an output "prediction": logits */
    const double *parameters; /* [layout] for one subject */
    const dsc_engine *engine; /* NULL: lanes, double precision */
    int n_sessions, n_trials;
    uint64_t seed;
    int n_recorded; /* further named quantities of the cell that become columns "NAME" or "NAME_K" */
    const char *const *recorded;
} dsc_simulation;
/* Simulates; the table has columns choice (the resolved one), reward, the task's extras, p_0 ...
 * (the agent's probabilities) and the recorded ones. Inputs "prev_choice", "prev_reward" are 0
 * before the first trial of a session, "agent_choice" is -1. A pure function of the seed. */
dsc_status dsc_simulate(dsc_context *ctx, const dsc_simulation *s, dsc_pool *pool,
                        dsc_table **table);

#ifdef __cplusplus
}
#endif
#endif
