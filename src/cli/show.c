// SPDX-License-Identifier: Apache-2.0
// show.c — `discern show RUN`: what was learnt, in words and numbers.
#include "cli/cli.h"

static dsc_status show_run(cli *c)
{
    dsc_run *run = NULL;
    dsc_text text = {0};
    DSC_TRY(dsc_run_open(c->ctx, c->words.item[0], c->checkpoint, &run));
    const dsc_status status = dsc_show(c->ctx, run, c->json, &text);
    dsc_run_close(c->ctx, &run);
    if (status == DSC_OK) return cli_print_text(c, &text);
    dsc_text_free(c->ctx, &text);
    return status;
}

static const cli_option options[] = {CLI_CHECKPOINT, CLI_END};

const cli_verb cli_show = {
    .name = "show",
    .words = "RUN",
    .summary = "what was learnt, in words and numbers",
    .text = "Prints the model, its parameters, its scores and, for a disentangled RNN, which\n"
            "bottlenecks are open and the total openness.",
    .example = "  discern show runs/disrnn",
    .options = options,
    .fewest = 1,
    .most = 1,
    .run = show_run,
};
