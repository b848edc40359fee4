// SPDX-License-Identifier: Apache-2.0
// common.c — what several verbs need: the engine and threads asked for, names, finding by name.
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static const char *or_environment(const char *given, const char *variable)
{
    const char *value = given ? given : getenv(variable);
    return value && *value ? value : NULL;
}

// Whether the numbers may be others than those of the fit: an instruction set changes no bit.
bool cli_asks_engine(const cli *c)
{
    return or_environment(c->engine, "DISCERN_ENGINE") || c->precision;
}

// What was not asked for is as in `trained` (NULL: the best here, in double precision).
dsc_status cli_engine(cli *c, const dsc_fit_config *trained, const dsc_engine **engine)
{
    const char *name = or_environment(c->engine, "DISCERN_ENGINE");
    const char *isa = or_environment(c->isa, "DISCERN_ISA"), *precision = c->precision;
    const bool asked = name || isa || precision;
    *engine = NULL;
    if (!asked) return DSC_OK;
    if (!name && trained && *trained->engine) name = trained->engine;
    if (!isa && !c->engine && trained && *trained->isa) isa = trained->isa;
    if (!precision) precision = trained && *trained->precision ? trained->precision : "double";
    return dsc_engine_select(c->ctx, name, isa, precision, engine);
}

dsc_status cli_threads(cli *c, int *threads)
{
    DSC_REQUIRE(c->ctx, c->threads.value <= 4096, DSC_INPUT,
                "--threads %lld is more than the 4096 that can be used",
                (long long)c->threads.value);
    *threads = (int)c->threads.value;
    return DSC_OK;
}

dsc_status cli_pool(cli *c, dsc_pool **pool)
{
    int threads = 0;
    DSC_TRY(cli_threads(c, &threads));
    return dsc_pool_create(c->ctx, threads, pool);
}

dsc_status cli_check_draws(cli *c)
{
    if (!c->draws.given || c->draws.value >= 100) return DSC_OK;
    return cli_usage(c, "--draws: 100 or more, or its intervals say little");
}

dsc_read_options cli_reading(const cli *c)
{
    return (dsc_read_options){.n_maps = c->map.n,
                              .map = c->map.item,
                              .missing = c->missing,
                              .n_actions = (int)c->actions.value};
}

dsc_status cli_read_table(cli *c, const char *path, dsc_table **table)
{
    const dsc_read_options o = cli_reading(c);
    return dsc_table_read(c->ctx, path, &o, table);
}

static size_t total_length(const cli_list *given)
{
    size_t length = 1;
    for (int i = 0; i < given->n; i++) length += strlen(given->item[i]) + 1;
    return length;
}

// "a,b" and "c" become {"a", "b", "c"}; the texts live in *storage.
dsc_status cli_names(cli *c, const cli_list *given, const char ***names, int *n, char **storage)
{
    const size_t length = total_length(given);
    char *text = NULL, *position = NULL;
    DSC_TRY(dsc_alloc(c->ctx, length, 1, &text));
    dsc_status status = dsc_alloc(c->ctx, length, sizeof **names, names);
    if (status != DSC_OK) {
        dsc_free(c->ctx, &text);
        return status;
    }
    for (int i = 0; i < given->n; i++) strcat(strcat(text, i ? "," : ""), given->item[i]);
    *n = 0;
    for (char *s = strtok_r(text, ",", &position); s; s = strtok_r(NULL, ",", &position))
        (*names)[(*n)++] = s;
    *storage = text;
    return DSC_OK;
}

// ---- finding by name ---------------------------------------------------------------------------

dsc_status cli_unknown(cli *c, const char *what, const char *name, const char *const *known, int n)
{
    dsc_text list = {0};
    for (int i = 0; i < n; i++) dsc_text_add(c->ctx, &list, "%s%s", i ? ", " : "", known[i]);
    const char *nearest = dsc_nearest(name, known, (size_t)n);
    const char *all = list.s ? list.s : "none";
    dsc_status status =
        nearest ? dsc_fail(c->ctx, DSC_INPUT, "%s \"%s\". Did you mean \"%s\"? Known: %s", what,
                           name, nearest, all)
                : dsc_fail(c->ctx, DSC_INPUT, "%s \"%s\". Known: %s", what, name, all);
    dsc_text_free(c->ctx, &list);
    return status;
}

enum { MOST_KNOWN = 64 };

dsc_status cli_find_task(cli *c, const char *name, const dsc_task **task)
{
    const char *known[MOST_KNOWN];
    int n = 0;
    *task = dsc_task_find(name);
    if (*task) return DSC_OK;
    for (; n < MOST_KNOWN && dsc_task_at(n); n++) known[n] = dsc_task_at(n)->name;
    return cli_unknown(c, "there is no task", name, known, n);
}
