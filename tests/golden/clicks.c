// SPDX-License-Identifier: Apache-2.0
// clicks.c — the reference's packing of Poisson clicks: a small file beside the numbers, and sums
// over a real one (in data/ beside the golden folder), if it is there.
//
// Not compared: the limits of the duration, whose clicks the file does not give
// (tests/test_data_labs.c has such trials; those that the reference cannot pack are left out here).
#include <math.h>
#include <string.h>

#include "golden/golden.h"

enum { STEPS = 101, ROW_OF = 0, TRIAL_OF, SIDE_OF, COUNT_OF };
static const char *const sides[] = {"left", "right"};

static const double *column_of(const dsc_table *t, const char *name)
{
    return dsc_table_column(t, name)->value;
}

static dsc_status read_beside(dsc_context *ctx, const tally *t, const char *name, dsc_table **table)
{
    const char *end = strrchr(t->path, '/');
    char path[4096];
    snprintf(path, sizeof path, "%.*s%s", end ? (int)(end - t->path) + 1 : 0, t->path, name);
    return dsc_table_read(ctx, path, NULL, table);
}

// ---- the small file -----------------------------------------------------------------------------

static dsc_status compare_clicks(dsc_context *ctx, dsc_arena *arena, const json_t *wanted,
                                 const dsc_table *table, tally *t)
{
    const tolerance exact = {1e-12, 0, 0, 0};
    size_t n;
    const double *list = golden_numbers(arena, json_object_get(wanted, "nonzero_xs"), &n);
    for (int side = 0; side < 2; side++) {
        double *counts = golden_block(arena, table->n_trials);
        DSC_REQUIRE(ctx, counts, DSC_MEMORY, "out of memory");
        for (size_t i = 0; i < n; i += 4)
            if (list[i + SIDE_OF] == side)
                counts[(size_t)(list[i + TRIAL_OF] * STEPS + list[i + ROW_OF])] =
                    list[i + COUNT_OF];
        tally_compare(t, sides[side], table->n_trials, column_of(table, sides[side]), counts,
                      exact);
    }
    return DSC_OK;
}

static dsc_status compare_small(dsc_context *ctx, dsc_arena *arena, const json_t *wanted, tally *t)
{
    dsc_table *table = NULL;
    double last[64];
    size_t n_choices = 0;
    DSC_TRY(read_beside(ctx, t, "inputs/clicks_rat.mat", &table));
    const double *choice = column_of(table, "choice");
    for (size_t i = 0; i < table->n_trials; i++) n_choices += !isnan(choice[i]);
    for (int s = 0; s < table->n_sessions && s < 64; s++) last[s] = choice[s * STEPS + STEPS - 1];
    tally_count(t, "choices", (double)n_choices, table->n_sessions);
    tally_count(t, "options", table->n_actions, golden_number(wanted, "n_classes"));
    tally_json(t, arena, "choices on last rows", (size_t)table->n_sessions, last,
               json_object_get(wanted, "ys_last_row"), (tolerance){1e-12, 0, 0, 0});
    const dsc_status s = compare_clicks(ctx, arena, wanted, table, t);
    dsc_table_destroy(ctx, &table);
    return s;
}

// ---- the real file ------------------------------------------------------------------------------

typedef struct click_sums {
    double per_row[2][STEPS], total[2], weighted[2], most, right_choices;
    double first[40][3]; // clicks of both sides, choice
} click_sums;

static void sum_clicks(const dsc_table *t, click_sums *k)
{
    const double *choice = column_of(t, "choice");
    for (size_t i = 0; i < t->n_trials; i++) {
        const size_t row = i % STEPS, trial = i / STEPS;
        for (int side = 0; side < 2; side++) {
            const double n = column_of(t, sides[side])[i];
            k->per_row[side][row] += n;
            k->total[side] += n;
            k->weighted[side] += n * (double)row;
            k->most = fmax(k->most, n);
            if (trial < 40) k->first[trial][side] += n;
        }
        if (row == STEPS - 1) k->right_choices += choice[i];
        if (row == STEPS - 1 && trial < 40) k->first[trial][2] = choice[i];
    }
}

static dsc_status compare_real(dsc_context *ctx, dsc_arena *arena, const json_t *wanted, tally *t)
{
    static const char file[] = "../../data/clicks_rat/testdata.mat";
    const tolerance exact = {1e-9, 0, 0, 0};
    dsc_table *table = NULL;
    click_sums k = {0};
    char key[64];
    if (read_beside(ctx, t, file, &table) != DSC_OK) {
        t->later++; // the data are not there
        return DSC_OK;
    }
    sum_clicks(table, &k);
    tally_count(t, "trials", table->n_sessions, golden_number(wanted, "n_kept"));
    tally_count(t, "right choices", k.right_choices, golden_number(wanted, "right_choices"));
    tally_count(t, "most clicks", k.most, golden_number(wanted, "max_count"));
    for (int side = 0; side < 2; side++) {
        snprintf(key, sizeof key, "total_%s", sides[side]);
        tally_count(t, key, k.total[side], golden_number(wanted, key));
        snprintf(key, sizeof key, "position_weighted_sum_%s", sides[side]);
        tally_count(t, key, k.weighted[side], golden_number(wanted, key));
        snprintf(key, sizeof key, "counts_per_row_%s", sides[side]);
        tally_json(t, arena, key, STEPS, k.per_row[side], json_object_get(wanted, key), exact);
    }
    snprintf(key, sizeof key, "first_40_trials_left_right_choice");
    tally_json(t, arena, key, 120, k.first[0], json_object_get(wanted, key), exact);
    dsc_table_destroy(ctx, &table);
    return DSC_OK;
}

dsc_status golden_clicks(dsc_context *ctx, const json_t *root, tally *t)
{
    dsc_arena *arena = NULL;
    DSC_TRY(dsc_arena_create(ctx, &arena));
    dsc_status s = compare_small(ctx, arena, json_object_get(root, "small"), t);
    if (s == DSC_OK) s = compare_real(ctx, arena, json_object_get(root, "real_file"), t);
    dsc_arena_destroy(&arena);
    return s;
}
