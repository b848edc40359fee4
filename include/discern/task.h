/* SPDX-License-Identifier: Apache-2.0
 * task.h — environments that answer an agent's choices, and playing an agent in one.
 *
 * A trial of a task: its *cues* are shown, the agent chooses, its *outcomes* follow. A task is
 * played for a whole tile of sessions at once: every quantity is a row of lanes, one session each.
 * Tasks draw nothing themselves: the random numbers of a trial are given to them, a pure function
 * of (seed, session, trial). */
#ifndef DISCERN_TASK_H
#define DISCERN_TASK_H

#include "discern/data.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DSC_TASK_CONFIG_BYTES 512

/* What follows from a task's settings. */
typedef struct dsc_task_size {
    int n_actions;
    int n_trials;  /* of a session; 0: any number */
    int n_states;  /* numbers that the task remembers from trial to trial */
    int n_hidden;  /* quantities behind the rewards, recorded as HIDDEN_0, HIDDEN_1, ... */
    int n_uniform; /* uniform and standard normal numbers that a trial needs */
    int n_normal;
    bool instructs; /* may overrule choices */
} dsc_task_size;

/* One trial of a tile: rows of `width` lanes, of which the first n are sessions. What a task writes
 * beyond them is not read. */
typedef struct dsc_task_trial {
    int n, width, trial;     /* trial: 0, 1, ... within the session */
    const uint32_t *session; /* [n] numbers of the sessions, from 0 */
    double *state;           /* [n_states][width] */
    const double *uniform; /* [n_uniform][width], in (0, 1); the same before and after the choice */
    const double *normal;  /* [n_normal][width] */
    double *cue;           /* [cues][width] to be written by `show` */
    double *hidden;        /* [n_hidden][width] to be written by `show` */
    /* [width], in 0 ... n_actions-1; `answer` may overrule it, or make it -1: there is none */
    double *choice;
    double *instructed; /* [width], 1 where it overruled a choice, else left at 0 */
    double *outcome;    /* [outcomes][width] to be written by `answer` */
} dsc_task_trial;

/* An environment. One file per task, registered in a table. */
typedef struct dsc_task {
    const char *name, *title, *source;
    const dsc_field *fields;
    size_t config_bytes; /* <= DSC_TASK_CONFIG_BYTES */
    /* Names, NULL-terminated: what is known before a choice ("block", from which follows where
     * blocks start; "stimulus", ...) and after it (the first is "reward"). `cues` may be NULL. */
    const char *const *cues, *const *outcomes;
    const char *hidden; /* "reward_probability" */
    /* Checks the settings, and reads the file that they name; may be NULL. What it makes lives as
     * long as the context (dsc_keep). */
    dsc_status (*open)(dsc_context *ctx, void *config);
    dsc_task_size (*size)(const void *config);
    /* Starts a session: writes the state of one lane, number k to state[k * width]. May be NULL. */
    void (*begin)(const void *config, double *state, int width, dsc_stream *random);
    void (*show)(const void *config, const dsc_task_trial *t);
    void (*answer)(const void *config, const dsc_task_trial *t);
} dsc_task;
const dsc_task *dsc_task_at(int i);
const dsc_task *dsc_task_find(const char *name);
/* Before a task is asked for its size or played: when its settings are made. Errors: DSC_INPUT for
 * settings that do not go together, and for a file. */
dsc_status dsc_task_open(dsc_context *ctx, const dsc_task *task, void *config);

/* Plays a cell as the agent. */
typedef struct dsc_simulation {
    const dsc_task *task;
    const void *task_config;
    const dsc_cell *cell;     /* has an output "prediction": logits */
    const double *parameters; /* [layout for n_subjects subjects and 1 lane] */
    const dsc_engine *engine; /* NULL: lanes, double precision */
    int n_sessions, n_trials; /* n_trials 0: as many as the task has */
    int n_subjects;           /* 0 is read as 1 */
    const int *subject; /* [n_sessions]; NULL: as many sessions for each, one after the other */
    uint64_t seed;
    /* further named quantities of the cell that become columns "NAME" or "NAME_K" */
    int n_recorded;
    const char *const *recorded;
} dsc_simulation;
/* Simulates; the table has columns choice (as it was resolved), the outcomes, the cues, instructed
 * (if the task can), the hidden quantities, p_0 ... (the agent's probabilities) and the recorded
 * ones. An agent may read
 *   NAME                   a cue of the trial that it predicts; block_start: 1 where cue "block"
 *                          differs from the trial before
 *   agent_NAME, prev_NAME  choice, outcome or cue of the trial before; 0 before the first trial
 *                          of a session, agent_choice: -1
 *   agent_trial            0 on the first trial of a session, else 1
 * The numbers are a pure function of the seed. */
dsc_status dsc_simulate(dsc_context *ctx, const dsc_simulation *s, dsc_pool *pool,
                        dsc_table **table);

/* Some trials of some sessions: column c (in the order of the table: 0 is the choice, 1 the first
 * outcome) of trial first_trial + t of session first_session + i is
 * value[(t * n_rows + c) * width + i]. */
typedef struct dsc_stretch {
    int first_session, n_sessions, first_trial, n_trials;
    int n_columns, n_rows, width;
    const double *value;
} dsc_stretch;
typedef void dsc_take_stretch_fn(void *user, int worker, const dsc_stretch *s);
/* Simulates without a table: `take` gets the trials as they are played, from all workers (0 ...
 * pool size-1) at once; those of a session in their order. For more trials than memory holds. */
dsc_status dsc_simulate_stream(dsc_context *ctx, const dsc_simulation *s, dsc_pool *pool,
                               dsc_take_stretch_fn *take, void *user);

#ifdef __cplusplus
}
#endif
#endif
