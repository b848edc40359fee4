// SPDX-License-Identifier: Apache-2.0
// data_show.c — `discern data show FILE`: the first trials of a session, as discern reads them.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { FIRST_TRIALS = 10 };

// The session with this label, or else with this number counted from 1.
static dsc_status find_session(cli *c, const dsc_table *t, int *session)
{
    *session = 0;
    if (!c->session) return DSC_OK;
    for (int i = 0; i < t->n_sessions; i++)
        if (strcmp(t->session[i].label, c->session) == 0) return *session = i, DSC_OK;
    char *end;
    const long number = strtol(c->session, &end, 10);
    DSC_REQUIRE(c->ctx, !*end && number >= 1 && number <= t->n_sessions, DSC_INPUT,
                "%s has no session \"%s\"; it has %d, from \"%s\" to \"%s\"", t->path, c->session,
                t->n_sessions, t->session[0].label, t->session[t->n_sessions - 1].label);
    *session = (int)number - 1;
    return DSC_OK;
}

static const char *cell_text(const dsc_column *column, double value, char number[32])
{
    if (isnan(value)) return "-";
    if (value >= 0 && value < column->n_labels) return column->label[(int)value];
    snprintf(number, 32, "%.6g", value);
    return number;
}

static dsc_status add_rows(cli *c, const dsc_table *t, size_t first, int n, cli_grid *g)
{
    char number[32];
    DSC_TRY(cli_grid_add(c, g, "trial"));
    for (int k = 0; k < t->n_columns; k++) DSC_TRY(cli_grid_add(c, g, "%s", t->column[k].name));
    for (size_t i = first; i < first + (size_t)n; i++) {
        DSC_TRY(cli_grid_add(c, g, "%s", dsc_format_number(t->trial[i], number)));
        for (int k = 0; k < t->n_columns; k++)
            DSC_TRY(
                cli_grid_add(c, g, "%s", cell_text(&t->column[k], t->column[k].value[i], number)));
    }
    return DSC_OK;
}

static dsc_status print_rows(cli *c, const dsc_table *t, const dsc_session *s, int n)
{
    cli_grid grid = {.columns = t->n_columns + 1};
    const dsc_status status = add_rows(c, t, s->first, n, &grid);
    if (status == DSC_OK) {
        printf("%s: subject %s, session %s, %d of %d trials\n", t->path, t->subject[s->subject],
               s->label, n, s->n_trials);
        cli_grid_print(&grid);
    }
    cli_grid_free(c, &grid);
    return status;
}

static dsc_status print_rows_json(cli *c, const dsc_table *t, const dsc_session *s, int n)
{
    json_t *rows = json_array();
    for (size_t i = s->first; i < s->first + (size_t)n; i++) {
        json_t *row = json_pack("{s:o}", "trial", cli_number_json(t->trial[i]));
        for (int k = 0; k < t->n_columns; k++)
            json_object_set_new(row, t->column[k].name, cli_number_json(t->column[k].value[i]));
        json_array_append_new(rows, row);
    }
    return cli_print_json(c,
                          json_pack("{s:s, s:s, s:i, s:o}", "subject", t->subject[s->subject],
                                    "session", s->label, "n_trials", s->n_trials, "trials", rows));
}

// ---- tensors -----------------------------------------------------------------------------------

static bool is_pytorch(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".pth") == 0 || strcmp(dot, ".pt") == 0);
}

static json_t *tensor_json(const dsc_tensor *t)
{
    json_t *shape = json_array(), *values = json_array();
    for (int d = 0; d < t->n_dimensions; d++)
        json_array_append_new(shape, json_integer((json_int_t)t->shape[d]));
    for (size_t i = 0; i < t->n; i++) json_array_append_new(values, cli_number_json(t->value[i]));
    return json_pack("{s:s, s:o, s:o}", "name", t->name, "shape", shape, "values", values);
}

static dsc_status print_tensors(cli *c, const dsc_tensors *t)
{
    json_t *list = c->json ? json_array() : NULL;
    for (int i = 0; i < t->n; i++) {
        const dsc_tensor *one = &t->tensor[i];
        if (list) json_array_append_new(list, tensor_json(one));
        if (list) continue;
        printf("%s (", one->name);
        for (int d = 0; d < one->n_dimensions; d++) printf("%s%zu", d ? ", " : "", one->shape[d]);
        printf("):");
        for (size_t k = 0; k < one->n && k < FIRST_TRIALS; k++) printf(" %.6g", one->value[k]);
        printf("%s\n", one->n > FIRST_TRIALS ? " ..." : "");
    }
    return list ? cli_print_json(c, list) : DSC_OK;
}

static dsc_status show_tensors(cli *c)
{
    dsc_tensors *tensors = NULL;
    DSC_TRY(dsc_tensors_read(c->ctx, c->words.item[0], &tensors));
    const dsc_status status = print_tensors(c, tensors);
    dsc_tensors_destroy(&tensors);
    return status;
}

static dsc_status show_run(cli *c)
{
    if (is_pytorch(c->words.item[0])) return show_tensors(c);
    dsc_table *t = NULL;
    int session;
    DSC_TRY(cli_read_table(c, c->words.item[0], &t));
    dsc_status status = find_session(c, t, &session);
    if (status == DSC_OK) {
        const dsc_session *s = &t->session[session];
        const int64_t wanted = c->trials.given ? c->trials.value : FIRST_TRIALS;
        const int n = wanted < s->n_trials ? (int)wanted : s->n_trials;
        status = c->json ? print_rows_json(c, t, s, n) : print_rows(c, t, s, n);
    }
    dsc_table_destroy(c->ctx, &t);
    return status;
}

static const cli_option options[] = {
    {"session", 0, CLI_TEXT, offsetof(cli, session), "LABEL",
     "which session, by label or number; default: the first"},
    {"trials", 0, CLI_WHOLE, offsetof(cli, trials), "N", "how many trials; default 10"},
    CLI_MAP,
    CLI_MISSING,
    CLI_ACTIONS,
    CLI_END,
};

const cli_verb cli_data_show = {
    .name = "data show",
    .words = "FILE",
    .summary = "the first trials of a session, as discern reads them",
    .text = "Prints the trials of one session as a table; \"-\" is a missing value. Of a state\n"
            "dictionary of PyTorch (.pth, .pt) it lists the tensors; nothing in it is executed.",
    .example = "  discern data show choices.csv --session 2 --trials 5",
    .options = options,
    .fewest = 1,
    .most = 1,
    .run = show_run,
};
