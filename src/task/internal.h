// SPDX-License-Identifier: Apache-2.0
// internal.h — what the files of the task room share.
#ifndef DISCERN_TASK_INTERNAL_H
#define DISCERN_TASK_INTERNAL_H

#include "discern/task.h"

// One file each; the registry lists them.
extern const dsc_task dsc_task_bandit, dsc_task_blocked_bandit, dsc_task_gaussian_bandit,
    dsc_task_restless_bandit, dsc_task_two_step, dsc_task_working_memory, dsc_task_go_nogo,
    dsc_task_iowa, dsc_task_reversal, dsc_task_matching_pennies, dsc_task_poisson_clicks,
    dsc_task_payout;

// Puts the n numbers x[0], x[width], ... into a random order.
void task_shuffle(double *x, int n, int width, dsc_stream *random);

// ---- log.c: the columns of a simulated table --------------------------------------------------

typedef struct simulation_log {
    int n_sessions, n_trials, n_columns;
    char (*name)[160]; // [n_columns]
    double **column;   // [n_columns] -> [n_sessions * n_trials]
    double *values;    // the block of all columns
    // First column of each group; groups follow one another in this order.
    int choice, outcomes, cues, instructed, hidden, probabilities, recorded;
    int n_outcomes, n_cues, n_instructed, n_hidden, n_actions, n_recorded; // of each
} simulation_log;
// `s` has its n_trials settled.
dsc_status log_create(dsc_context *ctx, const dsc_simulation *s, simulation_log *log);
void log_free(dsc_context *ctx, simulation_log *log);
// Sets where the columns are, without memory for them.
void log_place(const dsc_simulation *s, simulation_log *log);
// A dsc_take_stretch_fn: writes into the columns of the log.
void log_take(void *log, int worker, const dsc_stretch *s);
// The table of what was logged; subject [n_sessions].
dsc_status log_table(dsc_context *ctx, const simulation_log *log, const int *subject,
                     dsc_table **table);

// ---- player.c: the closed loop ------------------------------------------------------------------

// What one worker has before it while it plays a tile: rows of lanes.
typedef struct desk {
    uint32_t stream[DSC_MAX_WIDTH];
    double *memory, *state, *uniform, *normal;
    double *chance; // [4][width] uniform numbers for the agent's choices in four trials
    double *slots;  // [SLOTS][slot_rows][width]: the last trials, the newest in slot trial % SLOTS
    bool broken;    // some probability was not a number, first of that session in that trial
    int broken_session, broken_trial;
} desk;

// Where an input of the cell comes from: a row of the slot of this trial or the one before.
typedef struct feed {
    int row, back;
    double before; // the first trial
    bool floored;  // a choice that is missing reads as 0
} feed;

typedef struct player {
    const dsc_simulation *s;
    const int *subject; // [n_sessions]
    dsc_take_stretch_fn *take;
    void *user;
    simulation_log log; // where the columns are
    dsc_task_size size;
    const dsc_engine *drawing;
    dsc_key agent_key, task_key;
    int width, n_inputs, n_desks;
    // rows of a slot: those of the log, then these that no table has (instructed: if it has none)
    int instructed, block_start, one, slot_rows;
    int block;  // the row of the cue "block"; -1: none
    feed *feed; // [n_inputs]
    desk *desk; // [n_desks] one per worker
} player;
// Makes feeds and desks. Errors: DSC_INPUT for an input that the task does not answer.
dsc_status player_prepare(dsc_context *ctx, player *p, int n_workers);
void player_free(dsc_context *ctx, player *p);
// What dsc_loop calls.
void player_begin(void *user, int tile, int worker, dsc_tile *out);
void player_answer(void *user, int tile, int worker, int trial, const double *recorded,
                   double *inputs);

#endif
