// SPDX-License-Identifier: Apache-2.0
// log.c — the columns of a simulated table: choice, reward, instructed, the task's extras, the
// agent's probabilities p_K, and the recorded quantities. One block of memory; a session's trials
// lie together.
#include <stdio.h>

#include "task/internal.h"

enum { NAME_BYTES = sizeof *((simulation_log *)0)->name };

static int recorded_rows(const dsc_simulation *s)
{
    int rows = 0;
    for (int i = 0; i < s->n_recorded; i++) rows += dsc_cell_rows(s->cell, s->recorded[i]);
    return rows;
}

// A quantity of one row is called NAME, of several NAME_0, NAME_1, ...
static void name_recorded(const dsc_simulation *s, char (*name)[NAME_BYTES])
{
    for (int i = 0; i < s->n_recorded; i++) {
        const int rows = dsc_cell_rows(s->cell, s->recorded[i]);
        for (int r = 0; r < rows; r++, name++) {
            if (rows > 1) snprintf(*name, NAME_BYTES, "%s_%d", s->recorded[i], r);
            else snprintf(*name, NAME_BYTES, "%s", s->recorded[i]);
        }
    }
}

static void name_columns(const dsc_simulation *s, simulation_log *log)
{
    snprintf(log->name[log->choice], NAME_BYTES, "choice");
    snprintf(log->name[log->reward], NAME_BYTES, "reward");
    snprintf(log->name[log->instructed], NAME_BYTES, "instructed");
    for (int i = 0; i < log->n_extras; i++)
        s->task->extra_name(s->task_config, i, log->name[log->extras + i]);
    for (int k = 0; k < log->n_actions; k++)
        snprintf(log->name[log->probabilities + k], NAME_BYTES, "p_%d", k);
    name_recorded(s, log->name + log->recorded);
}

static void place_columns(const dsc_simulation *s, simulation_log *log)
{
    log->n_sessions = s->n_sessions;
    log->n_trials = s->n_trials;
    log->n_extras = s->task->n_extra(s->task_config);
    log->n_actions = s->task->n_actions(s->task_config);
    log->n_recorded = recorded_rows(s);
    log->choice = 0, log->reward = 1, log->instructed = 2, log->extras = 3;
    log->probabilities = log->extras + log->n_extras;
    log->recorded = log->probabilities + log->n_actions;
    log->n_columns = log->recorded + log->n_recorded;
}

dsc_status log_create(dsc_context *ctx, const dsc_simulation *s, simulation_log *log)
{
    dsc_status status = DSC_OK;
    simulation_log made = {0};
    place_columns(s, &made);
    const size_t n = (size_t)s->n_sessions * (size_t)s->n_trials;
    DSC_TRY_OR(done, dsc_alloc(ctx, (size_t)made.n_columns, sizeof *made.name, &made.name));
    DSC_TRY_OR(done, dsc_alloc(ctx, (size_t)made.n_columns, sizeof *made.column, &made.column));
    DSC_TRY_OR(done, dsc_alloc(ctx, n, (size_t)made.n_columns * sizeof(double), &made.values));
    for (int c = 0; c < made.n_columns; c++) made.column[c] = made.values + n * (size_t)c;
    name_columns(s, &made);
    *log = made;
    return DSC_OK;
done:
    log_free(ctx, &made);
    return status;
}

void log_free(dsc_context *ctx, simulation_log *log)
{
    dsc_free(ctx, &log->name);
    dsc_free(ctx, &log->column);
    dsc_free(ctx, &log->values);
}

static bool any_instructed(const simulation_log *log)
{
    const size_t n = (size_t)log->n_sessions * (size_t)log->n_trials;
    for (size_t i = 0; i < n; i++)
        if (log->column[log->instructed][i] != 0) return true;
    return false;
}

// The arrays that dsc_table_make reads: one length per session, one name and one column per column.
typedef struct table_parts {
    int *length, n;
    const char **name;
    const double **value;
} table_parts;

static dsc_status parts_fill(dsc_context *ctx, const simulation_log *log, table_parts *parts)
{
    const size_t n = (size_t)log->n_columns;
    const bool instructed = any_instructed(log);
    DSC_TRY(dsc_alloc(ctx, (size_t)log->n_sessions, sizeof *parts->length, &parts->length));
    DSC_TRY(dsc_alloc(ctx, n, sizeof *parts->name, &parts->name));
    DSC_TRY(dsc_alloc(ctx, n, sizeof *parts->value, &parts->value));
    for (int i = 0; i < log->n_sessions; i++) parts->length[i] = log->n_trials;
    for (int c = 0; c < log->n_columns; c++) {
        if (c == log->instructed && !instructed) continue;
        parts->name[parts->n] = log->name[c];
        parts->value[parts->n++] = log->column[c];
    }
    return DSC_OK;
}

dsc_status log_table(dsc_context *ctx, const simulation_log *log, dsc_table **table)
{
    dsc_status status;
    table_parts parts = {0};
    DSC_TRY_OR(done, parts_fill(ctx, log, &parts));
    DSC_TRY_OR(done, dsc_table_make(ctx, log->n_sessions, parts.length, NULL, parts.n, parts.name,
                                    parts.value, table));
done:
    dsc_free(ctx, &parts.length);
    dsc_free(ctx, &parts.name);
    dsc_free(ctx, &parts.value);
    return status;
}
