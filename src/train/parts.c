// SPDX-License-Identifier: Apache-2.0
// parts.c — what a config stands for: its model, engine, names, table, split, and a hash.
#include <ctype.h>
#include <string.h>

#include "train/internal.h"

// ---- names -----------------------------------------------------------------------------------

static int count_names(const char *text)
{
    int n = 1;
    for (const char *s = text; *s; s++) n += *s == ',';
    return *text ? n : 0;
}

// Cuts a copy of a list in place; blanks around names are dropped.
static void cut_names(char *text, char **names)
{
    for (int i = 0; text; i++) {
        char *comma = strchr(text, ',');
        if (comma) *comma = 0;
        while (isspace((unsigned char)*text)) text++;
        for (char *end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);)
            *--end = 0;
        names[i] = text;
        text = comma ? comma + 1 : NULL;
    }
}

static dsc_status check_once(dsc_context *ctx, const char *key, char *const *names, int n)
{
    for (int i = 1; i < n; i++)
        for (int k = 0; k < i; k++)
            DSC_REQUIRE(ctx, strcmp(names[i], names[k]) != 0, DSC_INPUT,
                        "%s names \"%s\" twice; keep one of them", key, names[i]);
    return DSC_OK;
}

dsc_status names_split(dsc_context *ctx, const char *key, const char *text, char ***names, int *n)
{
    const int count = count_names(text);
    const size_t table = ((size_t)count + 1) * sizeof(char *);
    char *block = NULL;
    DSC_TRY(dsc_alloc(ctx, table + strlen(text) + 1, 1, &block));
    char **made = (char **)(void *)block;
    strcpy(block + table, text);
    if (count) cut_names(block + table, made);
    const dsc_status status = check_once(ctx, key, made, count);
    if (status != DSC_OK) return dsc_free(ctx, &block), status;
    *names = made;
    *n = count;
    return DSC_OK;
}

dsc_status inputs_of(dsc_context *ctx, const dsc_fit_config *c, const dsc_model *m, char ***names,
                     int *n)
{
    dsc_text list = {0};
    if (c->inputs[0]) return names_split(ctx, "data.inputs", c->inputs, names, n);
    for (int i = 0; m->inputs && m->inputs[i]; i++)
        dsc_text_add(ctx, &list, "%s%s", i ? "," : "", m->inputs[i]);
    dsc_status status = list.status;
    if (status == DSC_OK) status = names_split(ctx, "data.inputs", list.s ? list.s : "", names, n);
    dsc_text_free(ctx, &list);
    return status;
}

dsc_status targets_of(dsc_context *ctx, const dsc_fit_config *c, dsc_loss loss, char ***names,
                      int *n)
{
    const char *without = loss_has(loss, TERM_SSE) ? "choice" : "";
    return names_split(ctx, "data.targets", c->targets[0] ? c->targets : without, names, n);
}

dsc_status dsc_fit_valid_actions(dsc_context *ctx, const dsc_fit_config *c, int n_actions,
                                 char ***names, int *n)
{
    char **made = NULL;
    int count;
    DSC_TRY(names_split(ctx, "data.valid_actions", c->valid_actions, &made, &count));
    if (count != 0 && count != n_actions) {
        dsc_free(ctx, &made);
        return dsc_fail(ctx, DSC_INPUT,
                        "data.valid_actions names %d columns, but there are %d options; name one "
                        "per option, in their order",
                        count, n_actions);
    }
    *names = made;
    *n = count;
    return DSC_OK;
}

// ---- model, engine ------------------------------------------------------------------------------

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

dsc_status engine_of(dsc_context *ctx, const dsc_fit_config *c, const dsc_engine **e)
{
    return dsc_engine_select(ctx, or_null(c->engine), or_null(c->isa),
                             c->precision[0] ? c->precision : "single", e);
}

dsc_status penalty_trials_of(dsc_context *ctx, const dsc_fit_config *c, dsc_penalty_trials *p)
{
    static const char *const names[] = {"valid", "all", "padded"};
    if (!c->penalty_trials[0]) {
        *p = DSC_PENALTY_VALID;
        return DSC_OK;
    }
    for (int i = 0; i < 3; i++)
        if (strcmp(c->penalty_trials, names[i]) == 0) {
            *p = (dsc_penalty_trials)i;
            return DSC_OK;
        }
    return dsc_fail(ctx, DSC_INPUT, "loss.penalty_trials: \"%s\"; take valid, all or padded",
                    c->penalty_trials);
}

// ---- data -------------------------------------------------------------------------------------

dsc_status table_of(dsc_context *ctx, const dsc_fit_config *c, dsc_table **table)
{
    const char *maps[DSC_MAX_MAPS];
    for (int i = 0; i < c->n_maps; i++) maps[i] = c->map[i];
    const dsc_read_options o = {.n_maps = c->n_maps,
                                .map = maps,
                                .missing = or_null(c->missing),
                                .subjects = c->subjects,
                                .n_actions = c->n_actions};
    DSC_REQUIRE(ctx, c->data[0], DSC_INPUT,
                "data.path: no trials were named; add --data FILE or data.path=FILE");
    return dsc_table_read(ctx, c->data, &o, table);
}

static dsc_split_unit unit_of(const char *name)
{
    return strcmp(name, "subject") == 0 ? DSC_SPLIT_SUBJECTS
           : strcmp(name, "trial") == 0 ? DSC_SPLIT_TRIALS
                                        : DSC_SPLIT_SESSIONS;
}

dsc_status split_of(dsc_context *ctx, const dsc_fit_config *c, const dsc_table *t, dsc_split *split)
{
    const dsc_split_rule rule = {.unit = unit_of(c->split_unit),
                                 .every = c->split_every,
                                 .offset = c->split_offset,
                                 .test_every = c->split_test_every,
                                 .test_offset = c->split_test_offset,
                                 .last = c->split_last,
                                 .aside = c->split_aside,
                                 .stratify = c->split_stratify,
                                 .shuffle = c->split_shuffle,
                                 .seed = (uint64_t)c->split_seed};
    if (c->split_file[0]) return dsc_split_read(ctx, t, c->split_file, split);
    return dsc_split_make(ctx, t, &rule, split);
}

// ---- hash ---------------------------------------------------------------------------------------

// Comments may change between versions; they end at the line. What is in quotes is none.
static size_t drop_comments(char *text)
{
    char *to = text;
    bool quoted = false;
    for (const char *s = text; *s; s++) {
        if (*s == '"' && !(quoted && s[-1] == '\\')) quoted = !quoted;
        if (*s == '\n') quoted = false;
        if (*s == '#' && !quoted)
            while (s[1] && s[1] != '\n') s++;
        else if (*s != ' ') *to++ = *s;
    }
    *to = 0;
    return (size_t)(to - text);
}

dsc_status config_hash(dsc_context *ctx, const dsc_fit_config *c, char out[17])
{
    dsc_fit_config *copy = NULL;
    dsc_text text = {0};
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *copy, &copy));
    *copy = *c;
    copy->threads = 0;
    copy->replicas = 1;
    copy->penalties[0] = 0;
    // may move; split.json knows the data by their hash, the first checkpoint has what START gave
    copy->data[0] = copy->split_file[0] = copy->start[0] = 0;
    copy->evaluate_every = copy->checkpoint_every = copy->patience = 0;
    for (int i = 0; i < copy->n_phases; i++) copy->phase[i].steps = 0;
    dsc_status status = config_write_of_run(ctx, copy, &text);
    if (status == DSC_OK && c->definition->path)
        status = dsc_text_add(ctx, &text, "%s", dsc_cog_text(c->definition->cog));
    if (status == DSC_OK) dsc_hash_hex(text.s, drop_comments(text.s), out);
    dsc_text_free(ctx, &text);
    dsc_free(ctx, &copy);
    return status;
}
