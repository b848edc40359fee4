// SPDX-License-Identifier: Apache-2.0
// exchange.c — `discern import FILE.json` and `discern export RUN`: networks from and for the
// public disRNN package.
#include "cli/cli.h"

// ---- import -------------------------------------------------------------------------------------

static dsc_status say(cli *c)
{
    dsc_run *run = NULL;
    DSC_TRY(dsc_run_open(c->ctx, c->output, NULL, &run));
    dsc_status status = DSC_OK;
    if (c->json)
        status = cli_print_json(c, json_pack("{s:s, s:s, s:s}", "run", c->output, "model",
                                             run->model->name, "parameters", c->words.item[0]));
    else
        printf("%s: %s with the parameters of %s\nMore: discern eval %s; discern show %s\n",
               c->output, run->model->name, c->words.item[0], c->output, c->output);
    dsc_run_close(c->ctx, &run);
    return status;
}

static dsc_status import_as(cli *c, dsc_fit_config *config)
{
    dsc_pool *pool = NULL;
    DSC_TRY(dsc_import_config(c->ctx, c->words.item[0], config));
    DSC_TRY(cli_set_whole(c, config, "seed", c->seed, "--seed"));
    DSC_TRY(cli_set_config(c, config));
    DSC_TRY(cli_pool(c, &pool));
    const dsc_status status =
        dsc_import(c->ctx, c->words.item[0], config, c->output, c->force, pool);
    dsc_pool_destroy(&pool);
    DSC_TRY(status);
    return say(c);
}

static dsc_status import_run(cli *c)
{
    dsc_fit_config *config = NULL;
    if (!c->output) return cli_usage(c, "where should the run go? -o RUN");
    if (!c->data) return cli_usage(c, "which trials does it belong to? --data FILE");
    DSC_TRY(dsc_alloc(c->ctx, 1, sizeof *config, &config));
    const dsc_status status = import_as(c, config);
    dsc_free(c->ctx, &config);
    return status;
}

static const cli_option import_options[] = {
    {"data", 0, CLI_TEXT, offsetof(cli, data), "FILE", "trials that it is scored on"},
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "RUN", "the run"},
    CLI_MAP,
    CLI_MISSING,
    {"split", 0, CLI_TEXT, offsetof(cli, split), "FILE", "a split of the trials: scores per part"},
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_import = {
    .name = "import",
    .words = "FILE.json --data FILE -o RUN",
    .summary = "a run from parameters of the disRNN package",
    .text =
        "Makes a run of the parameters that the public disRNN package wrote as JSON (disRNN, of\n"
        "several subjects, with neural activity, GRU). The network and its sizes follow from the\n"
        "file; what it cannot say (model.activation, data.inputs, data.targets) are keys as for\n"
        "fit: model.*, data.*, loss.*, split.*, engine.*, seed. Subjects called 0, 1, ... have\n"
        "those rows of the embedding, others theirs by order. Nothing is trained: eval, show,\n"
        "plot and simulate --agent take the run; fit --start trains it further.",
    .example = "  discern import theirs.json --data choices.csv -o runs/theirs",
    .options = import_options,
    .fewest = 1,
    .most = 1,
    .settings = true,
    .more_keys = "config",
    .run = import_run,
};

// ---- export -------------------------------------------------------------------------------------

static dsc_status export_run(cli *c)
{
    dsc_run *run = NULL;
    if (!c->output) return cli_usage(c, "where should the parameters go? -o FILE.json");
    DSC_TRY(cli_may_write(c, c->output));
    DSC_TRY(dsc_run_open(c->ctx, c->words.item[0], c->checkpoint, &run));
    dsc_status status = dsc_run_export(c->ctx, run, c->output);
    if (status == DSC_OK && c->json)
        status = cli_print_json(c, json_pack("{s:s, s:s, s:s}", "file", c->output, "model",
                                             run->model->name, "run", c->words.item[0]));
    else if (status == DSC_OK) printf("Written to %s: %s\n", c->output, run->model->name);
    dsc_run_close(c->ctx, &run);
    return status;
}

static const cli_option export_options[] = {
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "FILE.json", "the parameters"},
    CLI_CHECKPOINT,
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_export = {
    .name = "export",
    .words = "RUN -o FILE.json",
    .summary = "the parameters of a run for the disRNN package",
    .text =
        "Writes the parameters of a disRNN (also of several subjects, or with neural activity)\n"
        "or GRU as the JSON that the public disRNN package reads: groups of tensors as nested\n"
        "lists, every digit.",
    .example = "  discern export runs/disrnn -o params.json",
    .options = export_options,
    .fewest = 1,
    .most = 1,
    .run = export_run,
};
