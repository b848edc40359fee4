// SPDX-License-Identifier: Apache-2.0
// declare.c — names, and the declarations above the trial: one line each.

#include <math.h>
#include <string.h>

#include "graph/cog/cog.h"

int cog_find(const dsc_cog *c, const char *name, size_t length)
{
    for (int i = 0; i < c->n_symbols; i++)
        if (strlen(c->symbol[i].name) == length && memcmp(c->symbol[i].name, name, length) == 0)
            return i;
    return -1;
}

static bool is_reserved(const char *name)
{
    static const char *const words[] = {"if",
                                        "then",
                                        "else",
                                        "and",
                                        "or",
                                        "not",
                                        "among",
                                        "choose",
                                        "trial",
                                        "inf",
                                        "label",
                                        "weight",
                                        "prediction",
                                        "observation",
                                        "penalty",
                                        "penalty_weight",
                                        "current_choice"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], name) == 0) return true;
    return strncmp(name, "agent_", 6) == 0 || strncmp(name, "observed_", 9) == 0 ||
           cog_function_find(name, strlen(name));
}

// Columns that stand beside the estimates in fit.csv.
static bool is_column(const char *name)
{
    static const char *const columns[] = {
        "subject",          "session",       "n_trials", "nll",   "log_prior",
        "log_evidence",     "nll_per_trial", "on_bound", "flags", "restarts",
        "restarts_at_best", "restarts_flat", "rounds"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (strcmp(columns[i], name) == 0) return true;
    return strncmp(name, "se_", 3) == 0 || strncmp(name, "corr_", 5) == 0;
}

// Keys of a config beside the model's own.
static bool is_key(const cog_symbol *s)
{
    const bool of_config =
        s->what == COG_PARAMETER || s->what == COG_OPTION || s->what == COG_COUNT;
    return of_config && (strcmp(s->name, "name") == 0 || strcmp(s->name, "level") == 0);
}

static int line_of(const dsc_cog *c, const char *at)
{
    int n = 1;
    for (const char *s = c->text; s < at; s++) n += *s == '\n';
    return n;
}

static dsc_status add_symbol(dsc_cog *c, const cog_symbol *s, int *which)
{
    DSC_TRY(cog_room(c->arena, &c->symbol, c->n_symbols, sizeof *c->symbol));
    *which = c->n_symbols;
    c->symbol[c->n_symbols++] = *s;
    return DSC_OK;
}

dsc_status cog_declare(cog_parser *p, cog_symbol symbol, int *which)
{
    dsc_cog *c = p->cog;
    const int old = cog_find(c, symbol.name, strlen(symbol.name));
    if (old >= 0 && c->symbol[old].at)
        return cog_fail(&p->source, symbol.at, "\"%s\" is already declared in line %d", symbol.name,
                        line_of(c, c->symbol[old].at));
    if (old >= 0 || is_reserved(symbol.name))
        return cog_fail(&p->source, symbol.at,
                        "\"%s\" has a meaning of its own in the language; choose another name",
                        symbol.name);
    if (is_key(&symbol))
        return cog_fail(
            &p->source, symbol.at,
            "\"%s\" is a key of the config (model.%s) with a meaning of its own; choose "
            "another name",
            symbol.name, symbol.name);
    if (symbol.what == COG_PARAMETER && is_column(symbol.name))
        return cog_fail(&p->source, symbol.at,
                        "\"%s\" is a column of fit.csv beside the parameters; choose another name",
                        symbol.name);
    if (c->n_symbols >= COG_MOST_SYMBOLS)
        return cog_fail(&p->source, symbol.at, "a model can have %d names at most",
                        COG_MOST_SYMBOLS);
    return add_symbol(c, &symbol, which);
}

static dsc_status add_dimension(dsc_cog *c, cog_dimension d, int *which)
{
    DSC_TRY(cog_room(c->arena, &c->dimension, c->n_dimensions, sizeof d));
    *which = c->n_dimensions;
    c->dimension[c->n_dimensions++] = d;
    return DSC_OK;
}

dsc_status cog_dimension_of_size(cog_parser *p, int size, int *which)
{
    dsc_cog *c = p->cog;
    for (int i = 0; i < c->n_dimensions; i++)
        if (!c->dimension[i].name && c->dimension[i].size == size) {
            *which = i;
            return DSC_OK;
        }
    return add_dimension(c, (cog_dimension){NULL, size, -1}, which);
}

static dsc_status add_option(cog_parser *p, const dsc_cog_option *o, int *which)
{
    dsc_cog *c = p->cog;
    DSC_TRY(cog_room(c->arena, &c->option, c->n_options, sizeof *o));
    *which = c->n_options;
    c->option[c->n_options++] = *o;
    return DSC_OK;
}

static dsc_status parse_meaning(cog_parser *p, const char **meaning)
{
    return p->token.kind == COG_STRING ? cog_parse_string(p, meaning) : DSC_OK;
}

// ---- one line each ------------------------------------------------------------------------------

static dsc_status parse_model(cog_parser *p)
{
    if (p->cog->name)
        return cog_fail(&p->source, p->token.at,
                        "the model has a name already; one file, one model");
    DSC_TRY(cog_parse_name(p, "the name of the model", &p->cog->name));
    return parse_meaning(p, &p->cog->title);
}

static dsc_status parse_source(cog_parser *p)
{
    if (p->cog->citation[0])
        return cog_fail(&p->source, p->token.at,
                        "the source is given already; name all in one text");
    return cog_parse_string(p, &p->cog->citation);
}

static dsc_status parse_actions(cog_parser *p)
{
    cog_dimension *d = &p->cog->dimension[COG_ACTION];
    if (d->size >= 0)
        return cog_fail(&p->source, p->token.at, "the number of actions is given already");
    if (!cog_at_word(p, "any"))
        return cog_parse_count(p, "the number of actions, or any,", COG_MOST_ACTIONS, &d->size);
    d->size = 0;
    return cog_advance(p);
}

static dsc_status parse_dimension(cog_parser *p)
{
    cog_symbol s = {.what = COG_COUNT, .at = p->token.at, .which = p->cog->n_dimensions};
    cog_dimension d = {0};
    int ignored;
    DSC_TRY(cog_parse_name(p, "the name of the dimension", &s.name));
    DSC_TRY(cog_declare(p, s, &ignored));
    DSC_TRY(cog_parse_count(p, "the size of the dimension", COG_LARGEST_DIMENSION, &d.size));
    dsc_cog_option o = {.name = s.name, .meaning = "", .initial = d.size, .is_size = true};
    DSC_TRY(parse_meaning(p, &o.meaning));
    d.name = s.name;
    DSC_TRY(add_option(p, &o, &d.option));
    return add_dimension(p->cog, d, &ignored);
}

static dsc_status parse_option(cog_parser *p)
{
    cog_symbol s = {.what = COG_OPTION, .at = p->token.at, .which = p->cog->n_options};
    dsc_cog_option o = {.meaning = ""};
    int ignored;
    DSC_TRY(cog_parse_name(p, "the name of the option", &s.name));
    DSC_TRY(cog_declare(p, s, &ignored));
    o.name = s.name;
    o.is_switch = p->token.kind == COG_NAME;
    o.initial = cog_at_word(p, "yes");
    if (o.is_switch && o.initial == 0 && !cog_at_word(p, "no"))
        return cog_expected(p, "yes, no or a number");
    DSC_TRY(o.is_switch ? cog_advance(p) : cog_parse_number(p, &o.initial));
    DSC_TRY(parse_meaning(p, &o.meaning));
    return add_option(p, &o, &ignored);
}

static dsc_status parse_shape(cog_parser *p, cog_shape *shape)
{
    if (!cog_at_sign(p, '[')) return DSC_OK;
    do {
        DSC_TRY(cog_advance(p));
        if (shape->n == 2) return cog_expected(p, "\"]\"");
        int *dimension = &shape->dimension[shape->n++];
        const int symbol =
            p->token.kind == COG_NAME ? cog_find(p->cog, p->token.at, (size_t)p->token.length) : -1;
        if (p->token.kind == COG_NUMBER) {
            int size;
            DSC_TRY(cog_parse_count(p, "a size", COG_LARGEST_DIMENSION, &size));
            DSC_TRY(cog_dimension_of_size(p, size, dimension));
        } else if (symbol < 0 || p->cog->symbol[symbol].what != COG_COUNT)
            return cog_expected(p, "action, a dimension declared above, or a number");
        else {
            *dimension = p->cog->symbol[symbol].which;
            DSC_TRY(cog_advance(p));
        }
    } while (cog_at_sign(p, ','));
    return cog_expect_sign(p, ']');
}

static dsc_status parse_column(cog_parser *p, dsc_cog_column column)
{
    cog_symbol s = {.what = COG_IN, .at = p->token.at, .column = column, .meaning = ""};
    int ignored;
    DSC_TRY(cog_parse_name(p, "the name of a column", &s.name));
    const char *at = p->token.at;
    DSC_TRY(parse_shape(p, &s.shape));
    const bool is_vector = s.shape.n == 1 && s.shape.dimension[0] == COG_ACTION;
    if (s.shape.n > 0 && (!is_vector || column == DSC_OBSERVED))
        return cog_fail(&p->source, at, "a column is one number, or one for each [action]");
    if (strcmp(s.name, "available") == 0) s.shape = (cog_shape){1, {COG_ACTION}};
    DSC_TRY(parse_meaning(p, &s.meaning));
    return cog_declare(p, s, &ignored);
}
static dsc_status parse_cue(cog_parser *p)
{
    return parse_column(p, DSC_CUE);
}
static dsc_status parse_outcome(cog_parser *p)
{
    return parse_column(p, DSC_OUTCOME);
}
static dsc_status parse_observe(cog_parser *p)
{
    return parse_column(p, DSC_OBSERVED);
}

// reset block [unless OPTION]
static dsc_status parse_reset(cog_parser *p, cog_symbol *s)
{
    bool there;
    if (!cog_at_word(p, "block")) return cog_expected(p, "block");
    s->reset_block = true;
    DSC_TRY(cog_advance(p));
    DSC_TRY(cog_accept_word(p, "unless", &there));
    if (!there) return DSC_OK;
    const int symbol =
        p->token.kind == COG_NAME ? cog_find(p->cog, p->token.at, (size_t)p->token.length) : -1;
    if (symbol < 0 || p->cog->symbol[symbol].what != COG_OPTION)
        return cog_expected(p, "an option declared above");
    s->unless = p->cog->symbol[symbol].which;
    return cog_advance(p);
}

static dsc_status parse_state(cog_parser *p)
{
    cog_symbol s = {.what = COG_STATE, .at = p->token.at, .meaning = "", .unless = -1};
    int ignored;
    bool there;
    DSC_TRY(cog_parse_name(p, "the name of the state", &s.name));
    DSC_TRY(parse_shape(p, &s.shape));
    DSC_TRY(cog_expect_sign(p, '='));
    DSC_TRY(cog_parse_expression(p, &s.start));
    DSC_TRY(parse_meaning(p, &s.meaning));
    DSC_TRY(cog_accept_word(p, "reset", &there));
    if (there) DSC_TRY(parse_reset(p, &s));
    if (!s.meaning[0]) DSC_TRY(parse_meaning(p, &s.meaning));
    return cog_declare(p, s, &ignored);
}

typedef struct declaration {
    const char *word;
    dsc_status (*parse)(cog_parser *p);
} declaration;
static const declaration declarations[] = {
    {"model", parse_model},         {"source", parse_source},   {"actions", parse_actions},
    {"dimension", parse_dimension}, {"option", parse_option},   {"cue", parse_cue},
    {"outcome", parse_outcome},     {"observe", parse_observe}, {"parameter", cog_parse_parameter},
    {"state", parse_state},
};
enum { N_DECLARATIONS = sizeof declarations / sizeof *declarations };

bool cog_is_declaration(const cog_parser *p)
{
    for (int i = 0; i < N_DECLARATIONS; i++)
        if (cog_at_word(p, declarations[i].word)) return true;
    return false;
}

dsc_status cog_parse_declaration(cog_parser *p)
{
    char word[64] = {0};
    const char *known[N_DECLARATIONS + 1] = {"trial"};
    const char *at = p->token.at;
    if (p->token.kind != COG_NAME)
        return cog_expected(p, "a declaration (model, parameter, state ...)");
    for (int i = 0; i < N_DECLARATIONS; i++) {
        known[i + 1] = declarations[i].word;
        if (!cog_at_word(p, declarations[i].word)) continue;
        if (i > 0 && !p->cog->name)
            return cog_fail(&p->source, at, "a file starts with its model: model NAME \"title\"");
        DSC_TRY(cog_advance(p));
        DSC_TRY(declarations[i].parse(p));
        return cog_expect_line_end(p);
    }
    if (cog_at_word(p, "choose"))
        return cog_fail(&p->source, at, "statements stand below a line \"trial\"");
    memcpy(word, at, (size_t)(p->token.length < 63 ? p->token.length : 63));
    return cog_fail_unknown(&p->source, at, "declaration", word, known, N_DECLARATIONS + 1);
}
