// SPDX-License-Identifier: Apache-2.0
// predictions.c — a run on its own data, for figures of single trials: table, split, probabilities.
#include <math.h>
#include <string.h>

#include "plot/predictions.h"

static void part_of(const plot_predictions *p, int session, int *first, int *last)
{
    dsc_split_trials(&p->split, p->table, session, DSC_HELDOUT, first, last);
}

static bool any_heldout(const plot_predictions *p)
{
    for (int s = 0; s < p->split.n_sessions; s++) {
        int first, last;
        part_of(p, s, &first, &last);
        if (first < last) return true;
    }
    return false;
}

dsc_status plot_predict(dsc_context *ctx, const dsc_run *run, dsc_pool *pool, int n,
                        const char *const *recorded, plot_predictions *out)
{
    plot_predictions made = {0};
    const dsc_evaluation_options o = {.n_recorded = n, .recorded = recorded};
    DSC_TRY(dsc_run_data(ctx, run, &made.table, &made.split));
    dsc_status status = dsc_evaluate(ctx, run, made.table, &o, pool, &made.evaluation);
    made.choices = dsc_table_choices(made.table, run->n_actions);
    made.any_heldout = any_heldout(&made);
    if (status == DSC_OK) *out = made;
    else plot_predictions_free(ctx, &made);
    return status;
}

void plot_predictions_free(dsc_context *ctx, plot_predictions *p)
{
    dsc_evaluation_free(ctx, &p->evaluation);
    dsc_split_free(ctx, &p->split);
    dsc_table_destroy(ctx, &p->table);
}

void plot_judged_trials(const plot_predictions *p, int session, int *first, int *last)
{
    *first = 0, *last = p->table->session[session].n_trials;
    if (p->any_heldout) part_of(p, session, first, last);
}
