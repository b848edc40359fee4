// SPDX-License-Identifier: Apache-2.0
// maps.c — --map column=source[:value=code,...]: parsing, and giving values their codes.
#include <math.h>
#include <string.h>

#include "data/private.h"

static char *trimmed(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && strchr(" \t", text[n - 1])) n--;
    text[n] = 0;
    return text;
}

static bool names_column(const data_source *s, const char *source)
{
    for (int c = 0; c < s->n_columns; c++)
        if (strcmp(s->column[c].name, source) == 0) return true;
    return false;
}

static int count_commas(const char *text)
{
    int n = 0;
    for (; *text; text++) n += *text == ',';
    return n;
}

// "left=0": the last '=' counts, since a value may hold one.
static dsc_status parse_code(dsc_context *ctx, const char *map, char *text, data_code *code)
{
    char *equals = strrchr(text, '=');
    DSC_REQUIRE(
        ctx, equals, DSC_INPUT,
        "--map %s: \"%s\" gives no code; write value=code, e.g. left=0,right=1, and a value "
        "that holds a comma in quotes: \"a, b\"=0",
        map, text);
    *equals = 0;
    const char *number = trimmed(equals + 1);
    code->value = trimmed(text);
    code->code = NAN;
    DSC_REQUIRE(
        ctx, data_unquote(trimmed(text)), DSC_INPUT,
        "--map %s: the quotes around %s are not closed; write \"a, b\"=0 for a value with a "
        "comma, and \"\" for a quote in it",
        map, code->value);
    DSC_REQUIRE(ctx,
                data_is_missing(number, NULL) ||
                    (data_parse_number(number, &code->code) && isfinite(code->code)),
                DSC_INPUT, "--map %s: the code \"%s\" of \"%s\" is neither a number nor NA", map,
                number, code->value);
    return DSC_OK;
}

// A value with two codes is a slip that would silently change the data.
static dsc_status check_code_once(dsc_context *ctx, const char *map, const data_map *m,
                                  const data_code *code)
{
    for (int i = 0; i < m->n_codes; i++)
        DSC_REQUIRE(ctx, strcmp(m->code[i].value, code->value) != 0, DSC_INPUT,
                    "--map %s: \"%s\" is given two codes; keep one of them", map, code->value);
    return DSC_OK;
}

static dsc_status parse_codes(dsc_context *ctx, data_source *s, const char *map, char *codes,
                              data_map *m)
{
    DSC_TRY(dsc_arena_alloc(s->arena, (size_t)count_commas(codes) + 1, sizeof *m->code, &m->code));
    for (char *next; codes; codes = next) {
        next = codes + data_item_length(codes);
        if (*next) *next++ = 0;
        else next = NULL;
        DSC_TRY(parse_code(ctx, map, codes, &m->code[m->n_codes]));
        DSC_TRY(check_code_once(ctx, map, m, &m->code[m->n_codes]));
        m->n_codes++;
    }
    return DSC_OK;
}

// A source that is named like a column as a whole has no codes, whatever it holds.
static dsc_status parse_map(dsc_context *ctx, data_source *s, const char *map, data_map *m)
{
    char *text;
    DSC_TRY(dsc_arena_strdup(s->arena, map, &text));
    char *equals = strchr(text, '=');
    DSC_REQUIRE(ctx, equals && equals > text, DSC_INPUT,
                "--map %s: write column=source or column=source:value=code,..., e.g. "
                "choice=response:left=0,right=1",
                map);
    *equals = 0;
    m->column = trimmed(text);
    m->source = trimmed(equals + 1);
    if (names_column(s, m->source)) return DSC_OK;
    char *colon = strchr(m->source, ':');
    if (!colon) return DSC_OK;
    *colon = 0;
    m->source = trimmed(m->source);
    return parse_codes(ctx, s, map, colon + 1, m);
}

static dsc_status check_missing(dsc_context *ctx, const data_source *s)
{
    char *text;
    for (const char *list = s->missing; list && *list;) {
        const size_t n = data_item_length(list);
        DSC_TRY(dsc_arena_strdup(s->arena, list, &text));
        text[n] = 0;
        DSC_REQUIRE(
            ctx, data_unquote(trimmed(text)), DSC_INPUT,
            "--missing %s: the quotes around %s are not closed; write \"a, b\" for a text with "
            "a comma, and \"\" for a quote in it",
            s->missing, trimmed(text));
        list += n + (list[n] == ',');
    }
    return DSC_OK;
}

dsc_status data_parse_maps(dsc_context *ctx, data_source *s, const dsc_read_options *o)
{
    DSC_TRY(check_missing(ctx, s));
    if (!o || o->n_maps <= 0) return DSC_OK;
    s->n_maps = o->n_maps;
    DSC_TRY(dsc_arena_alloc(s->arena, (size_t)o->n_maps, sizeof *s->map, &s->map));
    for (int i = 0; i < o->n_maps; i++) DSC_TRY(parse_map(ctx, s, o->map[i], &s->map[i]));
    return DSC_OK;
}

// ---- codes --------------------------------------------------------------------------------------

static bool same_value(const char *a, const char *b)
{
    double x, y;
    return strcmp(a, b) == 0 || (data_parse_number(a, &x) && data_parse_number(b, &y) && x == y);
}

static const data_code *find_code(const data_map *m, const char *value)
{
    for (int i = 0; i < m->n_codes; i++)
        if (same_value(m->code[i].value, value)) return &m->code[i];
    return NULL;
}

static dsc_status fail_uncoded(dsc_context *ctx, const data_source *s, const data_column *c,
                               const char *value, size_t row)
{
    char item[128];
    data_as_item(value, item, sizeof item);
    return dsc_fail(ctx, DSC_INPUT,
                    "%s, %s, column \"%s\": \"%.60s\" has no code in --map %s=%s:...; add "
                    "%s=CODE, or %s=NA if it means missing",
                    s->path, data_where(s, row, (char[64]){0}), c->name, value, c->becomes, c->name,
                    item, item);
}

// A text column becomes a numeric one.
static dsc_status code_texts(dsc_context *ctx, data_source *s, data_column *c)
{
    for (size_t i = 0; i < s->n_rows; i++) {
        if (isnan(c->value[i])) continue;
        const char *value = c->label[(int)c->value[i]];
        const data_code *code = find_code(c->map, value);
        if (!code) return fail_uncoded(ctx, s, c, value, i);
        c->value[i] = code->code;
    }
    c->label = NULL;
    c->n_labels = 0;
    return DSC_OK;
}

static dsc_status code_numbers(dsc_context *ctx, data_source *s, data_column *c)
{
    char value[32];
    for (size_t i = 0; i < s->n_rows; i++) {
        if (isnan(c->value[i])) continue;
        const data_code *code = find_code(c->map, dsc_format_number(c->value[i], value));
        if (!code) return fail_uncoded(ctx, s, c, value, i);
        c->value[i] = code->code;
    }
    return DSC_OK;
}

// Names of subjects and sessions stay names.
dsc_status data_apply_codes(dsc_context *ctx, data_source *s)
{
    for (int i = 0; i < s->n_columns; i++) {
        data_column *c = &s->column[i];
        if (!c->becomes || !c->map || c->map->n_codes == 0) continue;
        DSC_REQUIRE(ctx, c->role != DATA_SUBJECT && c->role != DATA_SESSION, DSC_INPUT,
                    "--map %s=%s:...: a %s keeps its name and takes no codes", c->becomes, c->name,
                    c->becomes);
        DSC_TRY(c->label ? code_texts(ctx, s, c) : code_numbers(ctx, s, c));
    }
    return DSC_OK;
}
