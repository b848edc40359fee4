// SPDX-License-Identifier: Apache-2.0
// evaluation.h — what evaluate.c, score.c, predictions.c and summary.c share.
#ifndef DISCERN_TRAIN_EVALUATION_H
#define DISCERN_TRAIN_EVALUATION_H

#include "train/internal.h"

// ---- score.c ----------------------------------------------------------------------------------

enum { BOOTSTRAP_SAMPLES = 1000 };

typedef struct part_request {
    const dsc_table *table;
    dsc_choices choices; // of the table
    const double *log_p; // [n_trials][n_actions]
    const char *name;
    const dsc_split *split; // NULL: all trials; else those of
    dsc_part part;
    uint64_t seed;
    uint32_t stream; // of the bootstrap
} part_request;
// The trials of a session that are scored, *first ... *last - 1.
void part_trials(const part_request *r, int session, int *first, int *last);
// Scores one part. Errors: DSC_INPUT for a prediction that is not a number, naming line,
// subject, session and trial.
dsc_status score_part(dsc_context *ctx, const part_request *r, dsc_score *score);

// ---- score_values.c ---------------------------------------------------------------------------

// Scores what is predicted of the k-th value in one part.
dsc_status score_values(dsc_context *ctx, const part_request *r, const dsc_evaluation *e, int k,
                        dsc_value_score *score);

#endif
