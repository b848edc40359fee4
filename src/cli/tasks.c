// SPDX-License-Identifier: Apache-2.0
// tasks.c — `discern tasks [NAME]`: the tasks that simulate plays, with fields and sources.
#include "cli/cli.h"

static dsc_status list_tasks(cli *c)
{
    if (c->json) {
        json_t *list = json_array();
        for (int i = 0; dsc_task_at(i); i++)
            json_array_append_new(list, json_pack("{s:s, s:s}", "name", dsc_task_at(i)->name,
                                                  "title", dsc_task_at(i)->title));
        return cli_print_json(c, list);
    }
    for (int i = 0; dsc_task_at(i); i++)
        printf("%-18s%s\n", dsc_task_at(i)->name, dsc_task_at(i)->title);
    return DSC_OK;
}

static json_t *names_json(const char *const *names)
{
    json_t *list = json_array();
    for (int i = 0; names && names[i]; i++) json_array_append_new(list, json_string(names[i]));
    return list;
}

static void print_names(const char *what, const char *const *names)
{
    if (!names || !names[0]) return;
    printf("%s:", what);
    for (int i = 0; names[i]; i++) printf("%s %s", i ? "," : "", names[i]);
    printf("\n");
}

static dsc_status tasks_run(cli *c)
{
    const dsc_task *t;
    if (c->words.n == 0) return list_tasks(c);
    DSC_TRY(cli_find_task(c, c->words.item[0], &t));
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "name", t->name,
                                           "title", t->title, "source", t->source, "cues",
                                           names_json(t->cues), "outcomes", names_json(t->outcomes),
                                           "fields", cli_fields_json(t->fields)));
    printf("%s: %s\nsource: %s\n", t->name, t->title, t->source);
    print_names("known before the choice", t->cues);
    print_names("known after it", t->outcomes);
    printf("\n");
    return cli_print_fields(c, t->fields);
}

const cli_verb cli_tasks = {
    .name = "tasks",
    .words = "[TASK]",
    .summary = "the tasks, their settings and sources",
    .text =
        "Without a name: all tasks, a line each. With a name: the columns that an agent is shown\n"
        "before and after its choice, and the task's settings with default, range and meaning, as\n"
        "simulate takes them (task.FIELD=value).",
    .example = "  discern tasks two_step",
    .fewest = 0,
    .most = 1,
    .run = tasks_run,
};
