// SPDX-License-Identifier: Apache-2.0
// private.h — what the files of the data room share.
#ifndef DISCERN_DATA_PRIVATE_H
#define DISCERN_DATA_PRIVATE_H

#include "discern/data.h"

enum {
    DATA_MAX_ACTIONS = 1000,  // more options than that are a column that is no choice
    DATA_MAX_COLUMNS = 10000, // of a file
};

// ---- tables --------------------------------------------------------------------------------------

// An empty table whose arrays live in its own arena.
dsc_status data_table_begin(dsc_context *ctx, dsc_table **table);
dsc_arena *data_table_arena(dsc_table *t);

// What sorts rows into sessions; codes are 0, 1, ... in order of first appearance.
typedef struct data_rows {
    size_t n_rows;
    const int *subject;  // [n_rows], or NULL: one subject
    const int *session;  // [n_rows], or NULL: one session per subject
    const double *trial; // [n_rows], or NULL: the order of the rows counts
    const char *const *session_label;
    const char *place; // the file, for warnings
} data_rows;
// Fills sessions, row, trial of a table whose subjects are set.
dsc_status data_group(dsc_context *ctx, dsc_table *t, const data_rows *rows);

// Negative choices become missing; finds n_actions (0 in `given`: from the data).
dsc_status data_count_actions(dsc_context *ctx, dsc_table *t, int given);
// Adds the names of all columns of a table, quoted and separated by commas.
dsc_status data_list_columns(dsc_context *ctx, const dsc_table *t, dsc_text *out);

// ---- packing -------------------------------------------------------------------------------------

// One input of a cell: a column, read at this trial or the one before.
typedef struct data_reading {
    const double *value; // [n_trials], NULL: always `present`
    bool flag;           // `present` instead of the value
    int back;
    double first, missing, padding, present;
} data_reading;
// What the inputs of a cell mean; `shown` is NaN where neither choice nor target counts.
dsc_status data_reading_find(dsc_context *ctx, const dsc_table *t, const dsc_pack_options *o,
                             const double *shown, const char *name, data_reading *r);
double data_reading_at(const data_reading *r, size_t row, int trial);

typedef struct data_draw {
    int n, capacity, n_workers;
    int *rank;            // [n] places in the pack, longest session first
    uint32_t *stream;     // [n]
    double *multiplicity; // [n]
    int *count;           // [n_sessions]
    char *scratch;        // [n_workers][longest][n_inputs][width]
} data_draw;

typedef struct data_weighted data_weighted;

// The session of rank r (longest first) lies in tile r / width, lane r % width.
struct dsc_pack {
    dsc_arena *arena;
    int width, n_inputs, n_sessions, n_tiles, longest;
    size_t real, n_reals;
    int *order;                        // [n_sessions] rank -> k
    int *rank;                         // [n_sessions] k -> rank
    int *session, *subject, *length;   // [n_sessions] by k
    double *weight, *penalty, *target; // [n_sessions] by k
    size_t *offset;                    // [n_tiles], in reals
    char *data;
    data_weighted *weighted;
    data_draw draw;
};

struct data_weighted {
    const dsc_pack *pack;
    const double *multiplicity;
};

#endif
