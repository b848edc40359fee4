// SPDX-License-Identifier: Apache-2.0
// report.c — `discern report RUN [RUN ...]`: one self-contained HTML page.
#include <string.h>

#include "cli/cli.h"

enum { MOST_RUNS = 64 };

// RUN/report.html for one run, report.html in the current folder for several.
static dsc_status choose_path(cli *c, char *path, size_t size)
{
    if (c->output) {
        DSC_REQUIRE(c->ctx, strlen(c->output) < size, DSC_INPUT,
                    "the path of -o is too long; give a shorter one: %s", c->output);
        strcpy(path, c->output);
    } else if (c->words.n > 1) strcpy(path, "report.html");
    else DSC_TRY(dsc_join_path(c->ctx, path, size, c->words.item[0], "report.html"));
    return cli_may_write(c, path);
}

static dsc_status say(cli *c, const char *path, const dsc_report_result *x)
{
    if (c->json)
        return cli_print_json(
            c, json_pack("{s:s, s:i, s:i, s:i, s:i, s:b, s:I}", "report", path, "runs", x->n_runs,
                         "figures", x->n_figures, "figures_missing", x->n_missing, "warnings",
                         x->n_warnings, "compared", x->compared, "bytes", (json_int_t)x->bytes));
    printf("%s: %d run%s, %d figure%s", path, x->n_runs, x->n_runs == 1 ? "" : "s", x->n_figures,
           x->n_figures == 1 ? "" : "s");
    if (x->n_missing > 0) printf(" (%d could not be shown)", x->n_missing);
    printf(", %d warning%s, %zu KB\n", x->n_warnings, x->n_warnings == 1 ? "" : "s",
           x->bytes / 1024);
    if (x->n_runs > 1 && !x->compared)
        printf("The runs could not be compared; the page says why.\n");
    return DSC_OK;
}

static dsc_status write_report(cli *c, dsc_pool *pool)
{
    char path[4096];
    dsc_report_result result;
    const dsc_report_options o = {.group = c->group,
                                  .compare = {.in_sample = c->in_sample,
                                              .seed = (uint64_t)c->seed.value,
                                              .n_draws = (int)c->draws.value},
                                  .pool = pool};
    DSC_TRY(choose_path(c, path, sizeof path));
    // What was said when the runs were made is in the page.
    dsc_on_note(c->ctx, NULL, NULL);
    DSC_TRY(dsc_report(c->ctx, c->words.n, c->words.item, &o, path, &result));
    return say(c, path, &result);
}

static dsc_status report_run(cli *c)
{
    dsc_pool *pool = NULL;
    DSC_TRY(cli_check_draws(c));
    DSC_TRY(cli_pool(c, &pool));
    const dsc_status status = write_report(c, pool);
    dsc_pool_destroy(&pool);
    return status;
}

static const cli_option options[] = {
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "FILE",
     "the page; default: RUN/report.html, or report.html here for several runs"},
    {"group", 0, CLI_TEXT, offsetof(cli, group), "COLUMN",
     "parameters of subjects in groups, by a column of the table"},
    {"in-sample", 0, CLI_FLAG, offsetof(cli, in_sample), NULL,
     "compare trials that were fitted, each model labelled"},
    {"draws", 0, CLI_WHOLE, offsetof(cli, draws), "N",
     "of the bootstrap, at least 100; default 10000"},
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_report = {
    .name = "report",
    .words = "RUN [RUN ...]",
    .summary = "one self-contained HTML page about a run, or several side by side",
    .text =
        "Writes one HTML file that needs nothing else: what was fitted to what, how well against\n"
        "chance and against the other runs, what was learnt (figures, rules, parameters), what\n"
        "there is to doubt, and how to do it again. The first run is the reference. A RUN may "
        "also\n"
        "be a folder of replicas, of folds (--folds), of a filter, or of predictions (eval -o).\n"
        "Runs that were not scored on the same trials are shown side by side and not compared;\n"
        "the page says why. doc/report.md describes the page.",
    .example = "  discern report runs/q_learning runs/gru runs/disrnn -o report.html",
    .options = options,
    .fewest = 1,
    .most = MOST_RUNS,
    .run = report_run,
};
