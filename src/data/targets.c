// SPDX-License-Identifier: Apache-2.0
// targets.c — what a model is fitted to: choices that count, columns it predicts, and the trials
// that have any of them.
#include <math.h>
#include <string.h>

#include "data/private.h"

// ---- a column that is predicted -----------------------------------------------------------------

static void copy_shifted(const dsc_table *t, const double *from, double *to)
{
    for (int s = 0; s < t->n_sessions; s++) {
        const size_t first = t->session[s].first, n = (size_t)t->session[s].n_trials;
        if (n == 0) continue;
        to[first] = NAN;
        memcpy(to + first + 1, from + first, (n - 1) * sizeof *to);
    }
}

static dsc_status fail_no_target(dsc_context *ctx, const dsc_table *t, const char *name)
{
    dsc_text have = {0};
    dsc_status status = data_list_columns(ctx, t, &have);
    if (status == DSC_OK)
        status =
            dsc_fail(ctx, DSC_INPUT,
                     "%s: there is no column \"%s\" to predict. Columns there are: %s. Correct "
                     "data.targets (prev_COLUMN is COLUMN of the trial before), or name one: "
                     "--map %s=COLUMN",
                     t->path, name, have.s, name);
    dsc_text_free(ctx, &have);
    return status;
}

dsc_status dsc_table_target(dsc_context *ctx, const dsc_table *t, const char *name, double *values)
{
    const dsc_column *own = dsc_table_column(t, name), *before = NULL;
    if (!own && strncmp(name, "prev_", 5) == 0) before = dsc_table_column(t, name + 5);
    if (!own && !before) return fail_no_target(ctx, t, name);
    const dsc_column *c = own ? own : before;
    DSC_REQUIRE(ctx, !c->label, DSC_INPUT,
                "%s, column \"%s\": texts cannot be predicted; give them numbers: --map "
                "%s=%s:TEXT=0,...",
                t->path, c->name, c->name, c->name);
    if (own) memcpy(values, own->value, t->n_trials * sizeof *values);
    else copy_shifted(t, before->value, values);
    return DSC_OK;
}

// ---- of a pack ----------------------------------------------------------------------------------

// Choices that count; NULL without the column.
static dsc_status find_shown(dsc_arena *arena, const dsc_table *t, data_derived *d)
{
    const dsc_choices c = dsc_table_choices(t, t->n_actions);
    if (!c.choice) return DSC_OK;
    DSC_TRY(dsc_arena_alloc(arena, t->n_trials, sizeof(double), &d->shown));
    for (size_t i = 0; i < t->n_trials; i++)
        d->shown[i] = data_is_instructed(c.instructed, i) ? NAN : c.choice[i];
    return DSC_OK;
}

static bool reads(const dsc_cell *cell, const char *name)
{
    for (int i = 0; i < dsc_cell_input_count(cell); i++)
        if (strcmp(dsc_cell_input(cell, i), name) == 0) return true;
    return false;
}

// NaN where there is none of what the cell is fitted to.
static dsc_status find_valid(dsc_arena *arena, const dsc_table *t, int n_targets, bool choices,
                             data_derived *d)
{
    DSC_TRY(dsc_arena_alloc(arena, t->n_trials, sizeof(double), &d->valid));
    for (size_t i = 0; i < t->n_trials; i++) {
        d->valid[i] = choices && !isnan(d->shown[i]) ? 0 : NAN;
        for (int k = 0; k < n_targets; k++)
            if (!isnan(d->target[k][i])) d->valid[i] = 0;
    }
    return DSC_OK;
}

dsc_status data_find_targets(dsc_context *ctx, dsc_arena *arena, const dsc_table *t,
                             const dsc_pack_options *o, data_derived *d)
{
    DSC_TRY(find_shown(arena, t, d));
    d->valid = d->shown;
    if (o->n_targets == 0) return DSC_OK;
    const bool choices = d->shown && reads(o->cell, "label");
    DSC_TRY(dsc_arena_alloc(arena, (size_t)o->n_targets, sizeof *d->target, &d->target));
    for (int k = 0; k < o->n_targets; k++) {
        DSC_TRY(dsc_arena_alloc(arena, t->n_trials, sizeof(double), &d->target[k]));
        DSC_TRY(dsc_table_target(ctx, t, o->targets[k], d->target[k]));
    }
    DSC_TRY(find_valid(arena, t, o->n_targets, choices, d));
    if (!d->shown) d->shown = d->valid;
    for (int k = 0; choices && k < o->n_targets; k++)
        for (size_t i = 0; i < t->n_trials; i++)
            if (isnan(d->shown[i])) d->target[k][i] = NAN;
    return DSC_OK;
}
