// SPDX-License-Identifier: Apache-2.0
// data_check.c — `discern data check FILE`: reads a trial table and says what is in it.
#include "cli/cli.h"

// A file that is no table at all is a finding too, for a program that reads the JSON.
static dsc_status refused(cli *c, dsc_status status)
{
    if (!c->json || status != DSC_INPUT) return status;
    json_t *finding = json_pack("{s:s, s:s, s:s}", "severity", "unusable", "kind", "refused",
                                "sentence", dsc_message(c->ctx));
    DSC_TRY(cli_print_json(c, json_pack("{s:s, s:b, s:[o]}", "path", c->words.item[0], "usable",
                                        false, "findings", finding)));
    return status;
}

static dsc_status check_run(cli *c)
{
    dsc_table *table = NULL;
    dsc_text text = {0};
    bool usable = false;
    dsc_read_options o = cli_reading(c);
    o.audited = true;
    dsc_status status = dsc_table_read(c->ctx, c->words.item[0], &o, &table);
    if (status != DSC_OK) return refused(c, status);
    status = dsc_table_audit(c->ctx, table, c->json, &text, &usable);
    dsc_table_destroy(c->ctx, &table);
    if (status == DSC_OK) status = cli_print_text(c, &text);
    dsc_text_free(c->ctx, &text);
    DSC_REQUIRE(c->ctx, status != DSC_OK || usable, DSC_INPUT,
                "%s cannot be used as it is; the first finding says why", c->words.item[0]);
    return status;
}

static const cli_option options[] = {CLI_MAP, CLI_MISSING, CLI_ACTIONS, CLI_END};

const cli_verb cli_data_check = {
    .name = "data check",
    .words = "FILE",
    .summary = "read a trial table and say what is in it",
    .text = "Reads a table in any format that discern knows and prints what was mapped to what,\n"
            "counts, choices per option, reward rates and missing values; then what to doubt, the\n"
            "gravest first, with line, subject, session and trial, and what to do about it. Exit\n"
            "code 0, also with warnings; 1 when the table cannot be used. What it refuses, it\n"
            "refuses with file, line, column, value and remedy.",
    .example = "  discern data check choices.csv --map subject=ID --map choice=key:R1=0,R2=1",
    .options = options,
    .fewest = 1,
    .most = 1,
    .run = check_run,
};
