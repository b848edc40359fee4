// SPDX-License-Identifier: Apache-2.0
// predictions.h — a run on its own data.
#ifndef DISCERN_PLOT_PREDICTIONS_H
#define DISCERN_PLOT_PREDICTIONS_H

#include "plot/internal.h"

typedef struct plot_predictions {
    dsc_table *table;
    dsc_split split;
    dsc_evaluation *evaluation;
} plot_predictions;
// `recorded`: a quantity of the cell to record, or NULL.
dsc_status plot_predict(dsc_context *ctx, const dsc_run *run, dsc_pool *pool, const char *recorded,
                        plot_predictions *out);
void plot_predictions_free(dsc_context *ctx, plot_predictions *p);
bool plot_any_heldout(const plot_predictions *p);
// The choice of a trial; -1 where it is missing or out of range.
int plot_choice_at(const plot_predictions *p, size_t trial);

#endif
