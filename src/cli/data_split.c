// SPDX-License-Identifier: Apache-2.0
// data_split.c — `discern data split FILE -o split.json`: which sessions train, which are held out.
#include "cli/cli.h"

static dsc_status report(cli *c, const dsc_table *t, const dsc_split *split)
{
    int heldout = 0;
    size_t trials = 0;
    for (int i = 0; i < split->n_sessions; i++)
        if (split->heldout[i]) heldout++, trials += (size_t)t->session[i].n_trials;
    const int train = split->n_sessions - heldout;
    if (c->json)
        return cli_print_json(
            c, json_pack("{s:s, s:i, s:i}", "file", c->output, "train", train, "heldout", heldout));
    printf("%s: %d sessions (%zu trials) train, %d (%zu trials) are held out\n", c->output, train,
           t->n_trials - trials, heldout, trials);
    return DSC_OK;
}

static dsc_status split_table(cli *c, const dsc_table *t, dsc_split *split)
{
    const int n = c->every.given ? (int)c->every.value : 2;
    const int offset = c->offset.given ? (int)c->offset.value : n - 1;
    DSC_TRY(dsc_split_every(c->ctx, t, n, offset, split));
    DSC_TRY(dsc_split_write(c->ctx, t, split, c->output));
    return report(c, t, split);
}

static dsc_status split_run(cli *c)
{
    dsc_table *table = NULL;
    dsc_split split = {0};
    if (!c->output) return cli_usage(c, "where should the split go? -o split.json");
    DSC_TRY(cli_may_write(c, c->output));
    DSC_TRY(cli_read_table(c, c->words.item[0], &table));
    const dsc_status status = split_table(c, table, &split);
    dsc_split_free(c->ctx, &split);
    dsc_table_destroy(c->ctx, &table);
    return status;
}

static const cli_option options[] = {
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "FILE", "the split, as JSON"},
    {"every", 0, CLI_WHOLE, offsetof(cli, every), "N", "hold out every N-th session; default 2"},
    {"offset", 0, CLI_WHOLE, offsetof(cli, offset), "K",
     "starting with session K, counted from 0; default N-1"},
    CLI_MAP,
    CLI_MISSING,
    CLI_ACTIONS,
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_data_split = {
    .name = "data split",
    .words = "FILE -o split.json",
    .summary = "say which sessions train and which are held out",
    .text =
        "Holds out every N-th session, starting with session K (counted from 0), and writes the\n"
        "split as JSON for fit --split. Fits without a split file use split.every and\n"
        "split.offset of their config in the same way.",
    .example = "  discern data split choices.csv --every 3 --offset 2 -o split.json",
    .options = options,
    .fewest = 1,
    .most = 1,
    .run = split_run,
};
