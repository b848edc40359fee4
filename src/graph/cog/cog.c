// SPDX-License-Identifier: Apache-2.0
// cog.c — from a text to its description, and reading that.

#include <string.h>

#include "graph/cog/cog.h"

static dsc_status declare_known(cog_parser *p)
{
    static const cog_symbol known[] = {
        {.name = "pi", .what = COG_CONSTANT, .number = 3.141592653589793},
        {.name = "actions", .what = COG_COUNT, .which = COG_ACTION},
        {.name = "action", .what = COG_COUNT, .which = COG_ACTION},
        {.name = "choice", .what = COG_CHOICE},
        {.name = "chosen", .what = COG_CHOSEN, .shape = {1, {COG_ACTION}}},
    };
    dsc_cog *c = p->cog;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        DSC_TRY(cog_room(c->arena, &c->symbol, c->n_symbols, sizeof *c->symbol));
        c->symbol[c->n_symbols++] = known[i];
    }
    DSC_TRY(cog_room(c->arena, &c->dimension, 0, sizeof *c->dimension));
    c->dimension[c->n_dimensions++] = (cog_dimension){"action", -1, -1};
    return DSC_OK;
}

static dsc_status skip_empty_lines(cog_parser *p)
{
    while (p->token.kind == COG_LINE) DSC_TRY(cog_advance(p));
    return DSC_OK;
}

static dsc_status parse_header(cog_parser *p)
{
    DSC_TRY(skip_empty_lines(p));
    while (!cog_at_word(p, "trial")) {
        if (p->token.kind == COG_END && !p->cog->name)
            return cog_fail(&p->source, p->token.at,
                            "a file starts with its model: model NAME \"title\"");
        if (p->token.kind == COG_END)
            return cog_fail(&p->source, p->token.at, "the line \"trial\" is missing");
        DSC_TRY(cog_parse_declaration(p));
        DSC_TRY(skip_empty_lines(p));
    }
    if (!p->cog->name)
        return cog_fail(&p->source, p->token.at,
                        "a file starts with its model: model NAME \"title\"");
    if (p->cog->dimension[COG_ACTION].size < 0)
        return cog_fail(&p->source, p->token.at,
                        "the number of actions is missing: actions 2, or actions any");
    p->part = COG_ABOVE;
    DSC_TRY(cog_advance(p));
    return cog_expect_line_end(p);
}

static dsc_status parse_trial(cog_parser *p)
{
    DSC_TRY(skip_empty_lines(p));
    while (p->token.kind != COG_END) {
        DSC_TRY(cog_parse_statement(p));
        DSC_TRY(skip_empty_lines(p));
    }
    if (p->part == COG_BELOW) return DSC_OK;
    return cog_fail(&p->source, p->token.at,
                    "the choice is missing: a trial has a line such as choose softmax(beta * q)");
}

static dsc_status parse(dsc_context *ctx, dsc_cog *c)
{
    cog_parser p = {.source = {ctx, c->path, c->text}, .cog = c, .part = COG_IN_HEADER};
    p.lexer = (cog_lexer){.source = &p.source, .next = c->text};
    DSC_TRY(declare_known(&p));
    DSC_TRY(cog_advance(&p));
    DSC_TRY(parse_header(&p));
    return parse_trial(&p);
}

// Whether a name is that of an element of a column: x_0 of x[action].
static bool is_element(const cog_symbol *column, const char *name)
{
    const size_t n = strlen(column->name);
    if (column->what != COG_IN || column->shape.n == 0) return false;
    if (strncmp(name, column->name, n) != 0 || name[n] != '_' || !name[n + 1]) return false;
    return name[n + 1 + strspn(name + n + 1, "0123456789")] == 0;
}

// Where parameters drift from trial to trial they are read as inputs, beside the columns.
static dsc_status check_parameters(dsc_context *ctx, const dsc_cog *c)
{
    const cog_source source = {ctx, c->path, c->text};
    for (int i = 0; i < c->n_symbols; i++) {
        const cog_symbol *s = &c->symbol[i];
        if (s->what != COG_PARAMETER) continue;
        bool taken = strcmp(s->name, "block_start") == 0;
        for (int k = 0; k < c->n_symbols; k++) taken |= is_element(&c->symbol[k], s->name);
        if (taken)
            return cog_fail(&source, s->at,
                            "\"%s\" is a column that this model reads; choose "
                            "another name",
                            s->name);
    }
    return DSC_OK;
}

// Builds the model once in each form, for two actions if it takes any number.
static dsc_status check(dsc_context *ctx, const dsc_cog *c)
{
    for (int form = 0; form < 3; form++) {
        dsc_builder *b = NULL;
        dsc_cell *cell = NULL;
        const dsc_cog_build o = {
            .form = (dsc_cog_form)form,
            .n_actions = c->dimension[COG_ACTION].size ? c->dimension[COG_ACTION].size : 2};
        DSC_TRY(dsc_cell_begin(ctx, c->name, &b));
        const dsc_status status = cog_build(c, b, &o, true);
        const dsc_status ended = dsc_cell_end(b, &cell);
        dsc_cell_destroy(&cell);
        DSC_TRY(status);
        DSC_TRY(ended);
    }
    return DSC_OK;
}

static dsc_status start(dsc_context *ctx, const char *path, const char *text, dsc_cog **cog)
{
    dsc_arena *arena = NULL;
    dsc_cog *c = NULL;
    DSC_TRY(dsc_arena_create(ctx, &arena));
    dsc_status status = dsc_arena_alloc(arena, 1, sizeof *c, &c);
    if (status == DSC_OK) {
        *c = (dsc_cog){.arena = arena, .title = "", .citation = "", .choose = -1};
        status = dsc_arena_strdup(arena, path, (char **)&c->path);
    }
    if (status == DSC_OK) status = dsc_arena_strdup(arena, text, (char **)&c->text);
    if (status == DSC_OK) *cog = c;
    else dsc_arena_destroy(&arena);
    return status;
}

dsc_status dsc_cog_compile(dsc_context *ctx, const char *path, const char *text, dsc_cog **cog)
{
    dsc_cog *c = NULL;
    DSC_REQUIRE(ctx, strlen(text) <= COG_LONGEST_TEXT, DSC_INPUT,
                "%s: the text has %zu bytes; a model has at most %d", path, strlen(text),
                COG_LONGEST_TEXT);
    DSC_TRY(start(ctx, path, text, &c));
    dsc_status status = parse(ctx, c);
    if (status == DSC_OK) status = check_parameters(ctx, c);
    if (status == DSC_OK) status = check(ctx, c);
    if (status == DSC_OK) *cog = c;
    else dsc_cog_destroy(ctx, &c);
    return status;
}

void dsc_cog_destroy(dsc_context *ctx, dsc_cog **cog)
{
    (void)ctx;
    if (!*cog) return;
    dsc_arena *arena = (*cog)->arena;
    *cog = NULL;
    dsc_arena_destroy(&arena);
}

dsc_status dsc_cog_read(dsc_context *ctx, const char *path, char **text)
{
    size_t n;
    DSC_TRY(dsc_read_file(ctx, path, text, &n));
    if (strlen(*text) == n) return DSC_OK;
    dsc_free(ctx, text);
    return dsc_fail(ctx, DSC_INPUT, "%s holds a zero byte; it is not a text", path);
}

// ---- reading ------------------------------------------------------------------------------------

const char *dsc_cog_name(const dsc_cog *c)
{
    return c->name;
}
const char *dsc_cog_title(const dsc_cog *c)
{
    return c->title;
}
const char *dsc_cog_source(const dsc_cog *c)
{
    return c->citation;
}
const char *dsc_cog_text(const dsc_cog *c)
{
    return c->text;
}
int dsc_cog_actions(const dsc_cog *c)
{
    return c->dimension[COG_ACTION].size;
}
int dsc_cog_parameter_count(const dsc_cog *c)
{
    return c->n_parameters;
}
const dsc_cog_parameter *dsc_cog_parameter_at(const dsc_cog *c, int i)
{
    return &c->parameter[i];
}
int dsc_cog_option_count(const dsc_cog *c)
{
    return c->n_options;
}
const dsc_cog_option *dsc_cog_option_at(const dsc_cog *c, int i)
{
    return &c->option[i];
}

int dsc_cog_column_count(const dsc_cog *c)
{
    int n = 0;
    for (int i = 0; i < c->n_symbols; i++) n += c->symbol[i].what == COG_IN;
    return n;
}

const char *dsc_cog_column_at(const dsc_cog *c, int i, dsc_cog_column *kind)
{
    for (int k = 0; k < c->n_symbols; k++)
        if (c->symbol[k].what == COG_IN && i-- == 0) {
            *kind = c->symbol[k].column;
            return c->symbol[k].name;
        }
    return NULL;
}

bool dsc_cog_reads_blocks(const dsc_cog *c)
{
    for (int i = 0; i < c->n_symbols; i++)
        if (c->symbol[i].reset_block) return true;
    return false;
}

bool dsc_cog_is_learnt(const dsc_cog *c, const char *name)
{
    for (int i = c->choose + 1; i < c->n_statements; i++) {
        const cog_symbol *s = &c->symbol[c->statement[i].symbol];
        if (c->statement[i].act == COG_ASSIGN && s->what == COG_QUANTITY &&
            strcmp(s->name, name) == 0)
            return true;
    }
    return false;
}

dsc_status dsc_cog_build_cell(const dsc_cog *c, dsc_builder *b, const dsc_cog_build *o)
{
    return cog_build(c, b, o, false);
}
