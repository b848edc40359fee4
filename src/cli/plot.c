// SPDX-License-Identifier: Apache-2.0
// plot.c — `discern plot RUN [FIGURE ...]`: figures as data (.csv), script (.gp) and drawing.
#include <string.h>

#include "cli/cli.h"

enum { MOST_FIGURES = 64 };

typedef struct plotting {
    dsc_run *run;
    dsc_pool *pool;
    int n;
    const char *names[MOST_FIGURES];
    char folder[4096];
    _Alignas(16) unsigned char task_config[DSC_TASK_CONFIG_BYTES];
} plotting;

static dsc_status find_figure(cli *c, const char *name, const dsc_figure **figure)
{
    const char *known[MOST_FIGURES];
    int n = 0;
    *figure = dsc_figure_find(name);
    if (*figure) return DSC_OK;
    for (; n < MOST_FIGURES && dsc_figure_at(n); n++) known[n] = dsc_figure_at(n)->name;
    return cli_unknown(c, "there is no figure", name, known, n);
}

static bool applies(const dsc_figure *figure, const dsc_run *run)
{
    return !figure->applies || figure->applies(run);
}

static bool is_chosen(const plotting *p, const char *name)
{
    for (int i = 0; i < p->n; i++)
        if (strcmp(p->names[i], name) == 0) return true;
    return false;
}

static dsc_status choose_named(cli *c, plotting *p)
{
    for (int i = 1; i < c->words.n; i++) {
        const dsc_figure *figure;
        DSC_TRY(find_figure(c, c->words.item[i], &figure));
        DSC_REQUIRE(
            c->ctx, applies(figure, p->run), DSC_INPUT,
            "the figure \"%s\" (%s) says nothing about a %s; without a name all that do are drawn",
            figure->name, figure->title, p->run->model->name);
        if (!is_chosen(p, figure->name)) p->names[p->n++] = figure->name;
    }
    return DSC_OK;
}

static dsc_status choose_figures(cli *c, plotting *p)
{
    DSC_TRY(choose_named(c, p));
    for (int i = 0; c->words.n == 1 && p->n < MOST_FIGURES && dsc_figure_at(i); i++)
        if (applies(dsc_figure_at(i), p->run) && !dsc_figure_at(i)->asked)
            p->names[p->n++] = dsc_figure_at(i)->name;
    return DSC_OK;
}

// Options that say how some figures are drawn; of others they are refused.
typedef struct narrow {
    const char *option, *figures;
    size_t offset; // of the option's text
} narrow;
static const narrow narrows[] = {
    {"group", "parameters", offsetof(cli, group)},
    {"subject", "session, trajectories, update_rules, choice_rule", offsetof(cli, subject)},
    {"session", "session, trajectories", offsetof(cli, session)},
    {"columns", "session, trajectories, decoding", offsetof(cli, columns)},
    {"colour", "embeddings", offsetof(cli, colour)},
    {"task", "checks, stay, learning, psychometric, click_kernel", offsetof(cli, task)},
    {"against", "checks, stay, learning, psychometric, click_kernel", offsetof(cli, against)}};

static dsc_status check_narrow(cli *c, const plotting *p, const char *option, const char *figures)
{
    for (int i = 0; i < p->n; i++)
        if (strstr(figures, p->names[i])) return DSC_OK;
    return dsc_fail(c->ctx, DSC_INPUT,
                    "--%s is for %s, and none of these is drawn here; leave it out, or name one",
                    option, figures);
}

static dsc_status check_options(cli *c, const plotting *p)
{
    for (size_t i = 0; i < sizeof narrows / sizeof *narrows; i++) {
        const char *given = NULL;
        memcpy(&given, (const char *)c + narrows[i].offset, sizeof given);
        if (given) DSC_TRY(check_narrow(c, p, narrows[i].option, narrows[i].figures));
    }
    if (c->combined) DSC_TRY(check_narrow(c, p, "combined", "update_rules"));
    if (!c->task && c->settings.n > 0 && strncmp(c->settings.item[0], "task.", 5) == 0)
        return cli_usage(c, "%s sets up a task; say which: --task TASK", c->settings.item[0]);
    return DSC_OK;
}

// A script may have been edited, and a table may be another's: neither is replaced without --force.
static dsc_status check_folder(cli *c, const plotting *p)
{
    for (int i = 0; i < p->n; i++) DSC_TRY(cli_may_draw(c, p->folder, p->names[i]));
    return DSC_OK;
}

// Of all figures, those that could not be made were left out with a warning.
static bool is_made(const plotting *p, int i)
{
    char path[4300];
    snprintf(path, sizeof path, "%s/%s.gp", p->folder, p->names[i]);
    return dsc_exists(path);
}

static dsc_status report(cli *c, const plotting *p)
{
    json_t *list = json_array();
    for (int i = 0; i < p->n; i++)
        if (is_made(p, i)) json_array_append_new(list, json_string(p->names[i]));
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:o}", "folder", p->folder, "figures", list));
    json_decref(list);
    printf("%s:", p->folder);
    for (int i = 0; i < p->n; i++)
        if (is_made(p, i)) printf(" %s", p->names[i]);
    printf("\n");
    return DSC_OK;
}

static dsc_status draw(cli *c, plotting *p)
{
    dsc_plot_options o = {.n = c->words.n > 1 ? p->n : 0,
                          .names = p->names,
                          .formats = c->format,
                          .pool = p->pool,
                          .group = c->group,
                          .subject = c->subject,
                          .colour = c->colour,
                          .combined = c->combined,
                          .session = c->session,
                          .columns = c->columns,
                          .against = c->against,
                          .task_config = p->task_config,
                          .seed = c->seed.given ? (uint64_t)c->seed.value : 0};
    DSC_REQUIRE(c->ctx, !c->task || !c->against, DSC_INPUT,
                "--task and --against both say what to compare the data with; give one of them");
    if (c->task) DSC_TRY(cli_find_task(c, c->task, &o.task));
    if (o.task) dsc_fields_default(o.task->fields, p->task_config);
    const cli_keys keys = {"task.", o.task ? o.task->fields : NULL, p->task_config};
    DSC_TRY(cli_set_keys(c, &keys, 1));
    if (o.task) DSC_TRY(dsc_task_open(c->ctx, o.task, p->task_config));
    return dsc_plot(c->ctx, p->run, &o, p->folder);
}

// ---- of replicas together -----------------------------------------------------------------------

static dsc_status choose_of_fleet(cli *c, plotting *p)
{
    const char *known[MOST_FIGURES];
    int n = 0;
    for (; n < MOST_FIGURES && dsc_fleet_figure_at(n); n++) known[n] = dsc_fleet_figure_at(n);
    for (int i = 1, k; i < c->words.n; i++) {
        for (k = 0; k < n && strcmp(known[k], c->words.item[i]) != 0;) k++;
        if (k == n)
            return cli_unknown(c, "of replicas together there is no figure", c->words.item[i],
                               known, n);
        if (!is_chosen(p, known[k])) p->names[p->n++] = known[k];
    }
    for (int k = 0; c->words.n == 1 && k < n; k++) p->names[p->n++] = known[k];
    return DSC_OK;
}

static dsc_status plot_fleet(cli *c, plotting *p)
{
    dsc_plot_options o = {.names = p->names, .formats = c->format};
    DSC_TRY(cli_check_fleet(c, c->words.item[0]));
    DSC_TRY(choose_of_fleet(c, p));
    DSC_TRY(check_options(c, p));
    DSC_TRY(check_folder(c, p));
    DSC_TRY(cli_pool(c, &p->pool));
    o.n = c->words.n > 1 ? p->n : 0, o.pool = p->pool;
    const dsc_status status = dsc_fleet_plot(c->ctx, c->words.item[0], &o, p->folder);
    dsc_pool_destroy(&p->pool);
    return status == DSC_OK ? report(c, p) : status;
}

// ---- the verb -----------------------------------------------------------------------------------

static dsc_status plot_run(cli *c)
{
    plotting p = {0};
    dsc_status status;
    DSC_TRY(cli_check_formats(c));
    if (c->output) snprintf(p.folder, sizeof p.folder, "%s", c->output);
    else DSC_TRY(dsc_join_path(c->ctx, p.folder, sizeof p.folder, c->words.item[0], "figures"));
    if (dsc_is_fleet(c->words.item[0])) return plot_fleet(c, &p);
    DSC_TRY_OR(done, dsc_run_open(c->ctx, c->words.item[0], c->checkpoint, &p.run));
    DSC_TRY_OR(done, choose_figures(c, &p));
    DSC_TRY_OR(done, check_options(c, &p));
    DSC_TRY_OR(done, check_folder(c, &p));
    DSC_TRY_OR(done, cli_pool(c, &p.pool));
    DSC_TRY_OR(done, draw(c, &p));
    status = report(c, &p);
done:
    dsc_pool_destroy(&p.pool);
    if (p.run) dsc_run_close(c->ctx, &p.run);
    return status;
}

static const cli_option options[] = {
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "DIR", "the folder; default: RUN/figures"},
    {"format", 0, CLI_TEXT, offsetof(cli, format), "LIST",
     "svg, pdf, png, separated by commas; default svg"},
    {"group", 0, CLI_TEXT, offsetof(cli, group), "COLUMN",
     "parameters: subjects in groups, by a column of the table"},
    {"subject", 0, CLI_TEXT, offsetof(cli, subject), "LABEL",
     "session, trajectories, update_rules, choice_rule: of this subject"},
    {"session", 0, CLI_TEXT, offsetof(cli, session), "LABEL",
     "session, trajectories: this session; default: the longest"},
    {"columns", 0, CLI_TEXT, offsetof(cli, columns), "NAME[,NAME]",
     "session, trajectories, decoding: these columns of the table, such as an agent's states"},
    {"combined", 0, CLI_FLAG, offsetof(cli, combined), NULL,
     "update_rules: all kinds of trials in one panel"},
    {"colour", 0, CLI_TEXT, offsetof(cli, colour), "COLUMN",
     "embeddings: coloured by a column of the table, or by likelihood (of held-out trials)"},
    {"task", 0, CLI_TEXT, offsetof(cli, task), "TASK",
     "checks, stay, learning: the fitted run also plays in this task (keys task.FIELD)"},
    {"against", 0, CLI_TEXT, offsetof(cli, against), "FILE",
     "the same with choices that were simulated before"},
    CLI_CHECKPOINT,
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_plot = {
    .name = "plot",
    .words = "RUN [FIGURE ...]",
    .summary = "figures of a run",
    .text =
        "Draws the named figures, or all that apply to the model. A figure is three files: the\n"
        "data (.csv), the gnuplot script (.gp), which can be edited and run again, and the\n"
        "drawing. Without gnuplot the first two are still written. doc/figures.md lists them.\n"
        "Of a folder of replicas, what they show together is drawn.",
    .example =
        "  discern plot runs/disrnn bottlenecks update_rules --format svg,pdf -o paper/figures",
    .options = options,
    .fewest = 1,
    .most = MOST_FIGURES,
    .settings = true,
    .more_keys = "task.",
    .run = plot_run,
};
