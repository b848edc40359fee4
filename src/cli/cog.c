// SPDX-License-Identifier: Apache-2.0
// cog.c — `discern cog check FILE`, `discern cog format FILE`: models as texts.
#include <string.h>

#include "cli/cli.h"

static dsc_status compile(cli *c, dsc_cog **cog)
{
    char *text = NULL;
    DSC_TRY(dsc_cog_read(c->ctx, c->words.item[0], &text));
    const dsc_status status = dsc_cog_compile(c->ctx, c->words.item[0], text, cog);
    dsc_free(c->ctx, &text);
    return status;
}

// ---- check --------------------------------------------------------------------------------------

static void describe_range(const dsc_cog_parameter *p, char out[80])
{
    char low[32], high[32];
    snprintf(out, 80, "[%s, %s]", dsc_format_number(p->lowest, low),
             dsc_format_number(p->highest, high));
}

static dsc_status add_parameters(cli *c, const dsc_cog *cog, cli_grid *g)
{
    for (int i = 0; i < dsc_cog_parameter_count(cog); i++) {
        const dsc_cog_parameter *p = dsc_cog_parameter_at(cog, i);
        char range[80], initial[32];
        describe_range(p, range);
        DSC_TRY(cli_grid_add(c, g, "parameter"));
        DSC_TRY(cli_grid_add(c, g, "%s", p->name));
        DSC_TRY(cli_grid_add(c, g, "%s", range));
        DSC_TRY(cli_grid_add(c, g, "%s", dsc_format_number(p->initial, initial)));
        DSC_TRY(cli_grid_add(c, g, "%s%s%s", p->meaning, p->unit[0] ? ", " : "", p->unit));
    }
    return DSC_OK;
}

static dsc_status add_options(cli *c, const dsc_cog *cog, cli_grid *g)
{
    for (int i = 0; i < dsc_cog_option_count(cog); i++) {
        const dsc_cog_option *o = dsc_cog_option_at(cog, i);
        char initial[32];
        const char *value =
            o->is_switch ? o->initial != 0 ? "yes" : "no" : dsc_format_number(o->initial, initial);
        DSC_TRY(cli_grid_add(c, g, "%s", o->is_size ? "dimension" : "option"));
        DSC_TRY(cli_grid_add(c, g, "%s", o->name));
        DSC_TRY(cli_grid_add(c, g, "%s", o->is_switch ? "yes, no" : ""));
        DSC_TRY(cli_grid_add(c, g, "%s", value));
        DSC_TRY(cli_grid_add(c, g, "%s", o->meaning));
    }
    return DSC_OK;
}

static dsc_status add_columns(cli *c, const dsc_cog *cog, cli_grid *g)
{
    static const char *const kinds[] = {
        [DSC_CUE] = "cue", [DSC_OUTCOME] = "outcome", [DSC_OBSERVED] = "observed"};
    for (int i = 0; i < dsc_cog_column_count(cog); i++) {
        dsc_cog_column kind = DSC_CUE;
        const char *name = dsc_cog_column_at(cog, i, &kind);
        DSC_TRY(cli_grid_add(c, g, "%s", kinds[kind]));
        DSC_TRY(cli_grid_add(c, g, "%s", name));
        for (int k = 0; k < 3; k++) DSC_TRY(cli_grid_add(c, g, "%s", ""));
    }
    return DSC_OK;
}

static dsc_status print_description(cli *c, const dsc_cog *cog)
{
    cli_grid g = {.columns = 5};
    const int n = dsc_cog_actions(cog);
    dsc_status status = add_parameters(c, cog, &g);
    if (status == DSC_OK) status = add_options(c, cog, &g);
    if (status == DSC_OK) status = add_columns(c, cog, &g);
    if (status == DSC_OK) {
        printf("%s: model %s is fine", c->words.item[0], dsc_cog_name(cog));
        if (n > 0) printf(" (%d actions)\n", n);
        else printf(" (any number of actions)\n");
        cli_grid_print(&g);
    }
    cli_grid_free(c, &g);
    return status;
}

static json_t *describe(const dsc_cog *cog)
{
    json_t *parameters = json_array(), *columns = json_array();
    for (int i = 0; i < dsc_cog_parameter_count(cog); i++)
        json_array_append_new(parameters, json_string(dsc_cog_parameter_at(cog, i)->name));
    for (int i = 0; i < dsc_cog_column_count(cog); i++) {
        dsc_cog_column kind;
        json_array_append_new(columns, json_string(dsc_cog_column_at(cog, i, &kind)));
    }
    return json_pack("{s:s, s:s, s:i, s:o, s:o}", "model", dsc_cog_name(cog), "title",
                     dsc_cog_title(cog), "actions", dsc_cog_actions(cog), "parameters", parameters,
                     "columns", columns);
}

static dsc_status check_run(cli *c)
{
    dsc_cog *cog = NULL;
    DSC_TRY(compile(c, &cog));
    const dsc_status status =
        c->json ? cli_print_json(c, describe(cog)) : print_description(c, cog);
    dsc_cog_destroy(c->ctx, &cog);
    return status;
}

static const cli_option no_options[] = {CLI_END};

const cli_verb cli_cog_check = {
    .name = "cog check",
    .words = "FILE",
    .summary = "compile a model's text and say what it declares",
    .text =
        "Compiles a model in the language of doc/cog.md and lists its parameters (range, value),\n"
        "options and columns. A mistake is shown with its line and column.",
    .example = "  discern cog check my_model.cog",
    .options = no_options,
    .fewest = 1,
    .most = 1,
    .run = check_run,
};

// ---- format -------------------------------------------------------------------------------------

static dsc_status format_run(cli *c)
{
    char *text = NULL;
    dsc_text laid_out = {0};
    if (c->output) DSC_TRY(cli_may_write(c, c->output));
    DSC_TRY(dsc_cog_read(c->ctx, c->words.item[0], &text));
    dsc_status status = dsc_cog_format(c->ctx, c->words.item[0], text, &laid_out);
    dsc_free(c->ctx, &text);
    DSC_TRY(status);
    if (!c->output) return cli_print_text(c, &laid_out);
    status = dsc_write_file(c->ctx, c->output, laid_out.s, laid_out.length);
    dsc_text_free(c->ctx, &laid_out);
    return status;
}

static const cli_option format_options[] = {
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "FILE",
     "where to write it; default: to stdout"},
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_cog_format = {
    .name = "cog format",
    .words = "FILE [-o FILE]",
    .summary = "a model's text in its standard layout",
    .text =
        "Writes a model with one blank around operators, the trial indented by four, comments of\n"
        "neighbouring lines in one column. Line breaks and comments stay.",
    .example = "  discern cog format my_model.cog -o my_model.cog --force",
    .options = format_options,
    .fewest = 1,
    .most = 1,
    .run = format_run,
};
