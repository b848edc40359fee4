// SPDX-License-Identifier: Apache-2.0
// show.c — `discern show RUN`: what was learnt, in words and numbers; or where the run comes from.
#include "cli/cli.h"

static dsc_status show_learnt(cli *c, dsc_text *text)
{
    dsc_run *run = NULL;
    DSC_TRY(dsc_run_open(c->ctx, c->words.item[0], c->checkpoint, &run));
    const dsc_status status = dsc_show(c->ctx, run, c->json, text);
    dsc_run_close(c->ctx, &run);
    return status;
}

static dsc_status show_run(cli *c)
{
    dsc_text text = {0};
    if (!c->provenance && dsc_is_fleet(c->words.item[0]))
        return cli_show_fleet(c, c->words.item[0]);
    const dsc_status status = c->provenance
                                  ? dsc_provenance(c->ctx, c->words.item[0], c->json, &text)
                                  : show_learnt(c, &text);
    if (status == DSC_OK) return cli_print_text(c, &text);
    dsc_text_free(c->ctx, &text);
    return status;
}

static const cli_option options[] = {
    CLI_CHECKPOINT,
    {"provenance", 0, CLI_FLAG, offsetof(cli, provenance), NULL,
     "what made the run: program, machine, libraries, data, split, seed"},
    CLI_END,
};

const cli_verb cli_show = {
    .name = "show",
    .words = "RUN",
    .summary = "what was learnt, in words and numbers",
    .text = "Prints the model, its parameters, its scores and, for a disentangled RNN, which\n"
            "bottlenecks are open and the total openness. With --provenance: what made the run.\n"
            "Of a folder of replicas: a path of penalties with the point that is chosen, and what\n"
            "the seeds of a disentangled RNN agree on.",
    .example = "  discern show runs/disrnn\n  discern show runs/disrnn --provenance",
    .options = options,
    .fewest = 1,
    .most = 1,
    .run = show_run,
};
