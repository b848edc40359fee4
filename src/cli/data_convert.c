// SPDX-License-Identifier: Apache-2.0
// data_convert.c — `discern data convert FILE -o OUT`: a trial table in another format.
#include "cli/cli.h"

static dsc_status report(cli *c, const dsc_table *t)
{
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:I, s:i, s:i}", "file", c->output, "n_trials",
                                           (json_int_t)t->n_trials, "n_sessions", t->n_sessions,
                                           "n_subjects", t->n_subjects));
    printf("%s: %zu trials, %d sessions, %d subjects\n", c->output, t->n_trials, t->n_sessions,
           t->n_subjects);
    return DSC_OK;
}

static dsc_status convert_run(cli *c)
{
    dsc_table *table = NULL;
    if (!c->output) return cli_usage(c, "where should the table go? -o FILE.csv");
    DSC_TRY(cli_may_write_table(c, c->output));
    DSC_TRY(cli_read_table(c, c->words.item[0], &table));
    dsc_status status = dsc_table_write(c->ctx, table, c->output);
    if (status == DSC_OK) status = report(c, table);
    dsc_table_destroy(c->ctx, &table);
    return status;
}

static const cli_option options[] = {
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "FILE",
     "the table: .csv, .tsv, _beh.tsv, .npz, .json"},
    CLI_MAP,
    CLI_MISSING,
    CLI_ACTIONS,
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_data_convert = {
    .name = "data convert",
    .words = "FILE -o OUT",
    .summary = "write a trial table in another format",
    .text = "Reads a table with its mapping and writes it with the usual column names, so that it\n"
            "can be read again without any mapping. The ending of OUT says the format.",
    .example = "  discern data convert choices_diagno.csv.zip -o dezfouli.csv \\\n"
               "      --map subject=ID --map session=trial --map choice=key:R1=0,R2=1",
    .options = options,
    .fewest = 1,
    .most = 1,
    .run = convert_run,
};
