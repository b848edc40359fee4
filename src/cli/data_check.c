// SPDX-License-Identifier: Apache-2.0
// data_check.c — `discern data check FILE`: reads a trial table and says what is in it.
#include "cli/cli.h"

static dsc_status check_run(cli *c)
{
    dsc_table *table = NULL;
    dsc_text text = {0};
    DSC_TRY(cli_read_table(c, c->words.item[0], &table));
    const dsc_status status = dsc_table_audit(c->ctx, table, c->json, &text);
    dsc_table_destroy(c->ctx, &table);
    if (status == DSC_OK) return cli_print_text(c, &text);
    dsc_text_free(c->ctx, &text);
    return status;
}

static const cli_option options[] = {CLI_MAP, CLI_MISSING, CLI_ACTIONS, CLI_END};

const cli_verb cli_data_check = {
    .name = "data check",
    .words = "FILE",
    .summary = "read a trial table and say what is in it",
    .text = "Reads a table in any format of doc/data.md and prints counts, choices per option,\n"
            "reward rates, missing values and the mapping of columns. What it refuses, it refuses\n"
            "with file, line, column, value and remedy.",
    .example = "  discern data check choices.csv --map subject=ID --map choice=key:R1=0,R2=1",
    .options = options,
    .fewest = 1,
    .most = 1,
    .run = check_run,
};
