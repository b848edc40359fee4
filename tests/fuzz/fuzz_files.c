// SPDX-License-Identifier: Apache-2.0
// fuzz_files.c — any bytes as one of the program's own files: a config, a checkpoint, a split,
// predictions, estimates.
#include <sys/stat.h>
#include <unistd.h>

#include "discern/data.h"
#include "fit/compare.h"
#include "fuzz/fuzz.h"
#include "train/internal.h"

dsc_status fuzz_read_config(dsc_context *ctx, const char *path)
{
    dsc_fit_config config = {0};
    const dsc_status status = dsc_fit_config_read(ctx, path, &config);
    return status == DSC_OK ? dsc_fit_config_check(ctx, &config) : status;
}

// ---- checkpoints --------------------------------------------------------------------------------

static dsc_status make_cell(dsc_context *ctx, dsc_cell **cell)
{
    dsc_builder *b = NULL;
    DSC_TRY(dsc_cell_begin(ctx, "sample", &b));
    const dsc_node x = dsc_input_one(b, "x");
    const dsc_node w = dsc_weights(b, "net.weights", 1, 3, (dsc_init){DSC_INIT_NORMAL, 1, 0});
    const dsc_node c = dsc_weights(b, "net.biases", 3, 1, (dsc_init){DSC_INIT_UNIFORM, -1, 1});
    dsc_output(b, "prediction", dsc_dense(b, x, w, c));
    return dsc_cell_end(b, cell);
}

static dsc_status read_into(dsc_context *ctx, const char *path, const dsc_cell *cell)
{
    dsc_layout layout = {0};
    fit_state state = {0};
    double values[16];
    cell_facts facts = {0};
    DSC_TRY(dsc_layout_create(ctx, cell, 1, 1, &layout));
    const checkpoint c = {.cell = cell,
                          .layout = &layout,
                          .model = "sample",
                          .facts = {3, 1, NULL, NULL},
                          .state = &state,
                          .parameters = values};
    dsc_status status = checkpoint_facts(ctx, path, &facts);
    dsc_free(ctx, &facts.subjects);
    dsc_free(ctx, &facts.untrained);
    if (status == DSC_OK) status = checkpoint_read(ctx, path, &c);
    dsc_layout_free(ctx, &layout);
    return status;
}

dsc_status fuzz_read_checkpoint(dsc_context *ctx, const char *path)
{
    dsc_cell *cell = NULL;
    DSC_TRY(make_cell(ctx, &cell));
    const dsc_status status = read_into(ctx, path, cell);
    dsc_cell_destroy(&cell);
    return status;
}

// ---- splits -------------------------------------------------------------------------------------

dsc_status fuzz_read_split(dsc_context *ctx, const char *path)
{
    static const int lengths[3] = {2, 3, 1}, subject[3] = {0, 0, 1};
    static const double choice[6] = {0, 1, 1, 0, 0, 1};
    dsc_table *table = NULL;
    dsc_split split = {0};
    DSC_TRY(dsc_table_make(ctx, 3, lengths, subject, 1, (const char *const[]){"choice"},
                           (const double *const[]){choice}, &table));
    const dsc_status status = dsc_split_read(ctx, table, path, &split);
    dsc_split_free(ctx, &split);
    dsc_table_destroy(ctx, &table);
    return status;
}

// ---- tables of a run ----------------------------------------------------------------------------

// Reads the file as one of a run's folder.
static dsc_status read_in_folder(dsc_context *ctx, const char *path, const char *name,
                                 fuzz_body *body)
{
    char folder[96], inside[128];
    snprintf(folder, sizeof folder, "%s.run", path);
    snprintf(inside, sizeof inside, "%s/%s", folder, name);
    fuzz_must(mkdir(folder, 0700) == 0 && link(path, inside) == 0);
    const dsc_status status = body(ctx, folder);
    fuzz_must(unlink(inside) == 0 && rmdir(folder) == 0);
    return status;
}

static dsc_status read_trials(dsc_context *ctx, const char *folder)
{
    compare_trials *trials = NULL;
    const dsc_status status = compare_trials_read(ctx, folder, &trials);
    if (status == DSC_OK) compare_trials_free(ctx, &trials);
    return status;
}

dsc_status fuzz_read_predictions(dsc_context *ctx, const char *path)
{
    return read_in_folder(ctx, path, "predictions.csv", read_trials);
}

static dsc_status read_table(dsc_context *ctx, const char *folder)
{
    dsc_estimates *e = NULL;
    dsc_run run = {0};
    DSC_TRY(dsc_model_find(ctx, "q_learning", &run.model));
    DSC_TRY(dsc_strdup(ctx, folder, &run.path));
    const dsc_status status = dsc_estimates_read(ctx, &run, &e);
    dsc_estimates_destroy(ctx, &e);
    dsc_free(ctx, &run.path);
    return status;
}

dsc_status fuzz_read_estimates(dsc_context *ctx, const char *path)
{
    return read_in_folder(ctx, path, "fit.csv", read_table);
}
