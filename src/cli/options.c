// SPDX-License-Identifier: Apache-2.0
// options.c — reads a command line by tables: the common options and those of the verb.
//
//   --name VALUE, --name=VALUE, --flag, -o VALUE, key=value (where the verb takes settings), words;
//   "--" ends the options. What is unknown is refused with the nearest known name.
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

const cli_option cli_common_options[] = {
    {"threads", 0, CLI_WHOLE, offsetof(cli, threads), "N",
     "threads; default: all. Results do not depend on it"},
    {"engine", 0, CLI_TEXT, offsetof(cli, engine), "lanes|ref",
     "what computes; ref is the slow oracle"},
    {"isa", 0, CLI_TEXT, offsetof(cli, isa), "scalar|avx2|avx512|neon", "instruction set"},
    {"precision", 0, CLI_TEXT, offsetof(cli, precision), "single|double", "of the numbers"},
    {"seed", 0, CLI_LONG, offsetof(cli, seed), "N", "seed of everything random"},
    {"mapped", 0, CLI_TEXT, offsetof(cli, mapped_folder), "FOLDER",
     "keep large data in temporary files there, not in memory"},
    {"json", 0, CLI_FLAG, offsetof(cli, json), NULL, "the result as JSON on stdout"},
    {"quiet", 'q', CLI_FLAG, offsetof(cli, quiet), NULL, "no progress, no notes"},
    {"verbose", 'v', CLI_FLAG, offsetof(cli, verbose), NULL, "also time and memory used"},
    {"help", 'h', CLI_FLAG, offsetof(cli, help), NULL, "this text"},
    {"version", 0, CLI_FLAG, offsetof(cli, version), NULL, "the version"},
    CLI_END,
};

static const cli_option no_options[] = {CLI_END};

static const cli_option *options_of(const cli *c)
{
    return c->verb && c->verb->options ? c->verb->options : no_options;
}

typedef bool match_fn(const cli_option *o, const char *name, size_t length);

static bool match_name(const cli_option *o, const char *name, size_t length)
{
    return strlen(o->name) == length && strncmp(o->name, name, length) == 0;
}

static bool match_letter(const cli_option *o, const char *name, size_t length)
{
    return length == 1 && o->letter == *name;
}

static const cli_option *find_option(const cli *c, match_fn *match, const char *name, size_t length)
{
    for (const cli_option *o = options_of(c); o->name; o++)
        if (match(o, name, length)) return o;
    for (const cli_option *o = cli_common_options; o->name; o++)
        if (match(o, name, length)) return o;
    return NULL;
}

const cli_option *cli_find_option(const cli *c, const char *argument)
{
    const bool is_long = argument[1] == '-';
    const char *name = argument + (is_long ? 2 : 1);
    const size_t length = is_long ? strcspn(name, "=") : 1;
    return find_option(c, is_long ? match_name : match_letter, name, length);
}

bool cli_is_given(const cli *c, const cli_option *o)
{
    const void *member = (const char *)c + o->offset;
    switch (o->kind) {
    case CLI_FLAG: return *(const bool *)member;
    case CLI_TEXT: return *(const char *const *)member != NULL;
    case CLI_LIST: return ((const cli_list *)member)->n > 0;
    default: return ((const cli_whole *)member)->given;
    }
}

static dsc_status unknown_option(cli *c, const char *argument, size_t length)
{
    const char *names[64];
    char typed[64];
    size_t n = 0;
    for (const cli_option *o = options_of(c); o->name && n < 48; o++) names[n++] = o->name;
    for (const cli_option *o = cli_common_options; o->name; o++) names[n++] = o->name;
    snprintf(typed, sizeof typed, "%.*s", (int)(length < 60 ? length : 60), argument);
    const char *name = typed + strspn(typed, "-");
    const char *nearest = dsc_nearest(name, names, n);
    if (nearest) return cli_usage(c, "unknown option \"%s\"; did you mean --%s?", typed, nearest);
    return cli_usage(c, "unknown option \"%s\"", typed);
}

// Room for as many items as there are arguments is made on first use.
static dsc_status append(cli *c, cli_list *list, int most, const char *item)
{
    if (!list->item) DSC_TRY(dsc_alloc(c->ctx, (size_t)most, sizeof *list->item, &list->item));
    list->item[list->n++] = item;
    return DSC_OK;
}

// Digits count exactly; 1e6 is a whole number, too. False if it is none, or negative.
static bool parse_whole(const char *text, int64_t *value)
{
    double number;
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    if (end != text && !*end && !errno) return *value >= 0;
    if (!dsc_parse_number(text, &number) || !(number >= 0) || number != floor(number)) return false;
    *value = number < 0x1p63 ? (int64_t)number : INT64_MAX;
    return true;
}

static dsc_status store_whole(cli *c, const cli_option *o, const char *value)
{
    const int64_t most = o->kind == CLI_LONG ? INT64_MAX - 1 : INT_MAX;
    cli_whole *member = (cli_whole *)((char *)c + o->offset);
    int64_t number;
    if (!parse_whole(value, &number))
        return cli_usage(c, "--%s: \"%s\" is not a whole number of at least 0", o->name, value);
    if (number > most) return cli_usage(c, "--%s: %s is too large", o->name, value);
    if (member->given && member->value != number)
        return cli_usage(c, "--%s is given as %lld and as %s; give it once", o->name,
                         (long long)member->value, value);
    *member = (cli_whole){true, number};
    return DSC_OK;
}

static dsc_status store_text(cli *c, const cli_option *o, const char *value)
{
    const char **member = (const char **)(void *)((char *)c + o->offset);
    if (*member && strcmp(*member, value) != 0)
        return cli_usage(c, "--%s is given as \"%s\" and as \"%s\"; give it once", o->name, *member,
                         value);
    *member = value;
    return DSC_OK;
}

static dsc_status store(cli *c, const cli_option *o, const char *value, int most)
{
    char *member = (char *)c + o->offset;
    if (o->kind == CLI_WHOLE || o->kind == CLI_LONG) return store_whole(c, o, value);
    if (o->kind == CLI_LIST) return append(c, (cli_list *)(void *)member, most, value);
    if (o->kind == CLI_TEXT) return store_text(c, o, value);
    *(bool *)member = true;
    return DSC_OK;
}

// One option at argv[*i]; moves *i to the last argument that belongs to it.
static dsc_status read_option(cli *c, int n, char **argv, int *i)
{
    const char *argument = argv[*i];
    const bool is_long = argument[1] == '-';
    const char *name = argument + (is_long ? 2 : 1);
    const size_t length = is_long ? strcspn(name, "=") : 1;
    const char *value = is_long && name[length] ? name + length + 1 : NULL;
    if (!is_long && name[1]) value = name + 1;
    const cli_option *o = cli_find_option(c, argument);
    if (!o) return unknown_option(c, argument, length + (size_t)(name - argument));
    if (o->kind == CLI_FLAG && value)
        return cli_usage(c, "--%s takes no value, but got \"%s\"", o->name, value);
    if (o->kind != CLI_FLAG && !value) {
        if (*i + 1 >= n) return cli_usage(c, "--%s needs a value: %s", o->name, o->value);
        value = argv[++*i];
    }
    // As a script leaves it whose variable was never set; results would go where one happens to be.
    if (o->kind == CLI_TEXT && o->offset == offsetof(cli, output) && !*value)
        return cli_usage(c, "-o is empty; give a name: %s", o->value);
    return store(c, o, value, n);
}

// A dotted name before the first '=': "phases.main.steps=100". Paths with '/' are words.
static bool is_setting(const char *argument)
{
    const size_t length = strcspn(argument, "=/");
    return length > 0 && argument[length] == '=';
}

static dsc_status read_word(cli *c, int n, const char *word)
{
    if (is_setting(word)) {
        if (c->verb->settings) return append(c, &c->settings, n, word);
        return cli_usage(c, "\"%s\": discern %s takes no key=value", word, c->verb->name);
    }
    if (c->words.n >= c->verb->most)
        return cli_usage(c, "\"%s\" is one word too many; usage: discern %s %s", word,
                         c->verb->name, c->verb->words);
    return append(c, &c->words, n, word);
}

dsc_status cli_parse(cli *c, int n, char **argv)
{
    bool options_end = false;
    for (int i = 0; i < n; i++) {
        if (!options_end && strcmp(argv[i], "--") == 0) options_end = true;
        else if (!options_end && argv[i][0] == '-' && argv[i][1])
            DSC_TRY(read_option(c, n, argv, &i));
        else DSC_TRY(read_word(c, n, argv[i]));
    }
    if (!c->help && !c->version && c->words.n < c->verb->fewest)
        return cli_usage(c, "usage: discern %s %s", c->verb->name, c->verb->words);
    return DSC_OK;
}

void cli_forget(cli *c)
{
    cli_list *lists[] = {&c->words, &c->settings, &c->map, &c->record};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) dsc_free(c->ctx, &lists[i]->item);
    dsc_text_free(c->ctx, &c->warned);
}
