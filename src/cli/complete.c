// SPDX-License-Identifier: Apache-2.0
// complete.c — `discern --complete WORD ...`: what the last word could become, read off the same
// tables as everything else. The scripts in tools/completion hand it to bash, zsh and fish.
#include <string.h>

#include "cli/cli.h"

enum { MOST_PLACES = 16, NAME_BYTES = 256 };

// A command line that is being typed.
typedef struct typing {
    cli *c;
    const char *last;                    // the word to complete
    int n;                               // words that belong to the verb, before the last
    const char *word[MOST_PLACES];       // those
    char place[MOST_PLACES][NAME_BYTES]; // what the verb's words stand for: "TASK", "AGENT"
    int n_places;
    const char *task; // from the words or --task; NULL: none yet
} typing;

static void offer(const typing *t, const char *prefix, const char *name, const char *suffix,
                  const char *meaning)
{
    char full[2 * NAME_BYTES];
    snprintf(full, sizeof full, "%s%s%s", prefix, name, suffix);
    if (strncmp(full, t->last, strlen(t->last)) == 0) printf("%s\t%s\n", full, meaning);
}

// ---- kinds of values ----------------------------------------------------------------------------

static void offer_models(const typing *t)
{
    const dsc_model *m = NULL;
    for (int i = 0; dsc_model_at(t->c->ctx, i, &m) == DSC_OK && m; i++)
        offer(t, "", m->name, "", m->title);
}

static void offer_tasks(const typing *t)
{
    for (int i = 0; dsc_task_at(i); i++)
        offer(t, "", dsc_task_at(i)->name, "", dsc_task_at(i)->title);
}

static void offer_figures(const typing *t)
{
    for (int i = 0; dsc_figure_at(i); i++)
        offer(t, "", dsc_figure_at(i)->name, "", dsc_figure_at(i)->title);
}

static void offer_files(const typing *t)
{
    (void)t;
    printf(":files\t\n");
}

static void offer_folders(const typing *t)
{
    (void)t;
    printf(":folders\t\n");
}

static const struct {
    const char *word;
    void (*offer)(const typing *t);
} kinds[] = {
    {"MODEL", offer_models},   {"AGENT", offer_models},      {"TASK", offer_tasks},
    {"FILE", offer_files},     {"CONFIG.yaml", offer_files}, {"OUT", offer_files},
    {"RUN", offer_folders},    {"DIR", offer_folders},       {"FOLDER", offer_folders},
    {"FIGURE", offer_figures},
};

// "lanes|ref" are words themselves, "MODEL|CONFIG.yaml" stand for others.
static void offer_value(const typing *t, const char *value)
{
    for (const char *at = value; *at; at += strspn(at, "|")) {
        char part[NAME_BYTES];
        const size_t length = strcspn(at, "|");
        snprintf(part, sizeof part, "%.*s", (int)length, at);
        if (*part >= 'a') offer(t, "", part, "", "");
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            if (strcmp(kinds[k].word, part) == 0) kinds[k].offer(t);
        at += length;
    }
}

// ---- what was typed -----------------------------------------------------------------------------

// "TASK [AGENT] -o FILE" has the places TASK and AGENT; "..." repeats the last one.
static void read_places(typing *t)
{
    const char *at = t->c->verb->words;
    for (; *at && *at != '-' && t->n_places < MOST_PLACES; at += strspn(at, " []")) {
        const size_t length = strcspn(at, " ]");
        char *place = t->place[t->n_places];
        snprintf(place, NAME_BYTES, "%.*s", (int)length, at + strspn(at, "["));
        place[strcspn(place, "]")] = 0;
        if (strcmp(place, "...") == 0)
            while (t->n_places > 0 && t->n_places < MOST_PLACES)
                strcpy(t->place[t->n_places], t->place[t->n_places - 1]), t->n_places++;
        else t->n_places++;
        at += length;
    }
}

static const char *place_of(const typing *t, int i)
{
    return i < t->n_places ? t->place[i] : "";
}

// "--output=RUN" or "-oRUN".
static bool holds_value(const char *option)
{
    return option[1] == '-' ? strchr(option, '=') != NULL : option[2] != 0;
}

// Sorts words and options apart; returns the option whose value the last word is, NULL if none.
static const cli_option *read_typed(typing *t, int n, char **word)
{
    const cli_option *open = NULL;
    for (int i = 0; i < n; i++) {
        const cli_option *before = open;
        open = NULL;
        if (before && strcmp(before->name, "task") == 0) t->task = word[i];
        if (before) continue;
        if (word[i][0] == '-' && word[i][1]) {
            const cli_option *o = cli_find_option(t->c, word[i]);
            if (o && o->kind != CLI_FLAG && !holds_value(word[i])) open = o;
        } else if (!strchr(word[i], '=') && t->n < MOST_PLACES) {
            if (strcmp(place_of(t, t->n), "TASK") == 0) t->task = word[i];
            t->word[t->n++] = word[i];
        }
    }
    return open;
}

// ---- keys ---------------------------------------------------------------------------------------

// With "key=" typed, the words that may follow; else the key itself.
static void offer_key(const typing *t, const char *prefix, const dsc_field *f)
{
    char key[NAME_BYTES];
    snprintf(key, sizeof key, "%s%s=", prefix, f->name);
    if (!strchr(t->last, '=')) {
        offer(t, key, "", "", f->help);
        return;
    }
    const char *choices = f->type == DSC_BOOL ? "true|false" : f->choices ? f->choices : "";
    for (const char *at = choices; *at; at += strspn(at, "|")) {
        char one[NAME_BYTES];
        snprintf(one, sizeof one, "%.*s", (int)strcspn(at, "|"), at);
        offer(t, key, one, "", "");
        at += strlen(one);
    }
}

static void offer_fields(const typing *t, const char *prefix, const dsc_field *fields)
{
    for (const dsc_field *f = fields; f && f->name; f++) offer_key(t, prefix, f);
}

static void offer_config_key(void *user, const dsc_field *field)
{
    offer_key(user, "", field);
}

static void offer_config(typing *t)
{
    dsc_fit_config *config = NULL;
    dsc_context *ctx = t->c->ctx;
    const char *given = t->n > 0 ? t->word[0] : "gru";
    if (dsc_alloc(ctx, 1, sizeof *config, &config) != DSC_OK) return;
    if (dsc_fit_config_defaults(ctx, given, config) == DSC_OK ||
        (dsc_exists(given) && dsc_fit_config_read(ctx, given, config) == DSC_OK))
        dsc_fit_config_keys(ctx, config, offer_config_key, t);
    dsc_free(ctx, &config);
}

// Fields of the models among the words, under a prefix, or each under its own name.
static void offer_model_fields(const typing *t, const char *prefix)
{
    const dsc_model *m = NULL;
    for (int i = 0; i < t->n; i++) {
        char own[NAME_BYTES];
        const char *place = place_of(t, i);
        if (strncmp(place, "MODEL", 5) != 0 && strcmp(place, "AGENT") != 0) continue;
        if (dsc_model_find(t->c->ctx, t->word[i], &m) != DSC_OK) continue;
        snprintf(own, sizeof own, "%s.", m->name);
        offer_fields(t, strcmp(prefix, "NAME.") == 0 ? own : prefix, m->fields);
    }
}

static void offer_keys(typing *t)
{
    const cli_verb *verb = t->c->verb;
    const char *more = verb->more_keys ? verb->more_keys : "";
    const dsc_task *task = t->task ? dsc_task_find(t->task) : NULL;
    offer_fields(t, "", verb->keys);
    for (const char *at = more; *at; at += strspn(at, " ")) {
        char group[NAME_BYTES];
        snprintf(group, sizeof group, "%.*s", (int)strcspn(at, " "), at);
        at += strlen(group);
        if (strcmp(group, "config") == 0) offer_config(t);
        else if (strcmp(group, "task.") == 0) offer_fields(t, group, task ? task->fields : NULL);
        else offer_model_fields(t, strcmp(group, "FIELD") == 0 ? "" : group);
    }
}

// ---- a whole line -------------------------------------------------------------------------------

static void offer_verbs(const typing *t, const char *group)
{
    const size_t length = strlen(group);
    for (int i = 0; cli_verbs[i]; i++) {
        char first[NAME_BYTES];
        const char *name = cli_verbs[i]->name;
        const bool pair = strchr(name, ' ') != NULL;
        snprintf(first, sizeof first, "%.*s", (int)strcspn(name, " "), name);
        if (!*group && (i == 0 || strncmp(cli_verbs[i - 1]->name, name, strlen(first)) != 0))
            offer(t, "", first, "", pair ? "" : cli_verbs[i]->summary);
        if (*group && strncmp(name, group, length) == 0 && name[length] == ' ')
            offer(t, "", name + length + 1, "", cli_verbs[i]->summary);
    }
}

static void offer_options(const typing *t, const cli_option *options)
{
    for (const cli_option *o = options; o && o->name; o++) offer(t, "--", o->name, "", o->help);
}

static void offer_words(typing *t)
{
    if (t->last[0] == '-') {
        offer_options(t, t->c->verb->options);
        offer_options(t, cli_common_options);
        return;
    }
    if (!strchr(t->last, '=')) offer_value(t, place_of(t, t->n));
    if (t->c->verb->settings && t->n >= t->c->verb->fewest) offer_keys(t);
}

dsc_status cli_complete(cli *c, int n, char **word)
{
    typing t = {.c = c, .last = word[n - 1]};
    const int used = cli_find_verb(n - 1, word, &c->verb);
    if (used == 0) {
        if (n <= 2) offer_verbs(&t, n == 2 ? word[0] : "");
        if (n == 1) offer_options(&t, cli_common_options);
        return DSC_OK;
    }
    read_places(&t);
    const cli_option *open = read_typed(&t, n - 1 - used, word + used);
    const char *value = word[n - 1][0] == '-' ? strchr(word[n - 1], '=') : NULL;
    if (value) {
        open = cli_find_option(c, word[n - 1]);
        t.last = value + 1; // what is offered is the value alone
    }
    if (open) offer_value(&t, open->value ? open->value : "");
    else offer_words(&t);
    return DSC_OK;
}
