// SPDX-License-Identifier: Apache-2.0
// internal.h — what the files of the task room share.
#ifndef DISCERN_TASK_INTERNAL_H
#define DISCERN_TASK_INTERNAL_H

#include "discern/task.h"

// One file each; the registry lists them.
extern const dsc_task dsc_task_bandit;

// ---- log.c: the columns of a simulated table --------------------------------------------------

typedef struct simulation_log {
    int n_sessions, n_trials, n_columns;
    char (*name)[160]; // [n_columns]
    double **column;   // [n_columns] -> [n_sessions * n_trials]
    double *values;    // the block of all columns
    // First column of each group; groups follow one another in this order.
    int choice, reward, instructed, extras, probabilities, recorded;
    int n_extras, n_actions, n_recorded; // n_recorded: rows of the recorded quantities
} simulation_log;
dsc_status log_create(dsc_context *ctx, const dsc_simulation *s, simulation_log *log);
void log_free(dsc_context *ctx, simulation_log *log);
// The table of what was logged; "instructed" is left out if no trial was.
dsc_status log_table(dsc_context *ctx, const simulation_log *log, dsc_table **table);

#endif
