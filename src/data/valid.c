// SPDX-License-Identifier: Apache-2.0
// valid.c — which options a trial allows: one column per option, 0 where it is not allowed. A
// choice that is scored must be of an allowed option, and every column known.
#include <math.h>

#include "data/private.h"

static dsc_status check_trial(dsc_context *ctx, const dsc_table *t, size_t row,
                              const dsc_pack_options *o, const dsc_column *const *valid, int choice)
{
    char place[DSC_PLACE_TEXT];
    for (int k = 0; k < o->n_valid; k++)
        DSC_REQUIRE(ctx, !isnan(valid[k]->value[row]), DSC_INPUT,
                    "%s, %s: \"%s\" is missing, so that it is not known "
                    "whether option %d was allowed; fill it in, or make the choice missing too",
                    t->path, dsc_table_place(t, row, place, sizeof place), valid[k]->name, k);
    DSC_REQUIRE(ctx, choice >= o->n_valid || valid[choice]->value[row] != 0, DSC_INPUT,
                "%s, %s: the choice is %d, but \"%s\" is 0: not allowed; "
                "correct one of them, or the order in data.valid_actions",
                t->path, dsc_table_place(t, row, place, sizeof place), choice, valid[choice]->name);
    return DSC_OK;
}

static dsc_status check_trials(dsc_context *ctx, const dsc_table *t, const dsc_pack_options *o,
                               const dsc_column *const *valid, const double *shown)
{
    for (size_t row = 0; row < t->n_trials; row++)
        if (!isnan(shown[row])) DSC_TRY(check_trial(ctx, t, row, o, valid, (int)shown[row]));
    return DSC_OK;
}

static dsc_status fail_missing(dsc_context *ctx, const dsc_table *t, const char *name, int option)
{
    dsc_text have = {0};
    dsc_status status = data_list_columns(ctx, t, &have);
    if (status == DSC_OK)
        status = dsc_fail(ctx, DSC_INPUT,
                          "%s: there is no column \"%s\" to say whether option %d is allowed. "
                          "Columns there are: %s. Correct data.valid_actions, or --map %s=COLUMN",
                          t->path, name, option, have.s, name);
    dsc_text_free(ctx, &have);
    return status;
}

dsc_status data_check_valid(dsc_context *ctx, dsc_arena *arena, const dsc_table *t,
                            const dsc_pack_options *o, const double *shown)
{
    const dsc_column **valid;
    if (o->n_valid == 0 || !dsc_table_column(t, "choice")) return DSC_OK;
    DSC_TRY(dsc_arena_alloc(arena, (size_t)o->n_valid, sizeof *valid, &valid));
    for (int k = 0; k < o->n_valid; k++) {
        valid[k] = dsc_table_column(t, o->valid[k]);
        if (!valid[k]) return fail_missing(ctx, t, o->valid[k], k);
        DSC_REQUIRE(ctx, !valid[k]->label, DSC_INPUT,
                    "%s, column \"%s\": texts do not say whether option %d is allowed; give them 0 "
                    "or 1: --map %s=%s:TEXT=0,...",
                    t->path, o->valid[k], k, o->valid[k], o->valid[k]);
    }
    return check_trials(ctx, t, o, valid, shown);
}
