// SPDX-License-Identifier: Apache-2.0
// settings.c — key=value over groups of typed fields, and printing fields for a person or a
// program.
#include <math.h>
#include <string.h>

#include "cli/cli.h"

enum { MOST_KEYS = 256, KEY_BYTES = 96 };

// All keys of all groups, to suggest the nearest one. The texts live in `storage`.
static int list_keys(const cli_keys *groups, int n_groups, char storage[][KEY_BYTES],
                     const char **keys)
{
    int n = 0;
    for (int g = 0; g < n_groups; g++)
        for (const dsc_field *f = groups[g].fields; f && f->name && n < MOST_KEYS; f++, n++) {
            snprintf(storage[n], KEY_BYTES, "%s%s", groups[g].prefix, f->name);
            keys[n] = storage[n];
        }
    return n;
}

static dsc_status unknown_key(cli *c, const char *key, const cli_keys *groups, int n_groups)
{
    char(*storage)[KEY_BYTES] = NULL;
    const char *keys[MOST_KEYS];
    DSC_TRY(dsc_alloc(c->ctx, MOST_KEYS, KEY_BYTES, &storage));
    const int n = list_keys(groups, n_groups, storage, keys);
    dsc_status status = cli_unknown(c, "command line: unknown key", key, keys, n);
    dsc_free(c->ctx, &storage);
    return status;
}

static dsc_status set_key(cli *c, const char *key, const char *value, const cli_keys *groups, int n)
{
    for (int g = 0; g < n; g++) {
        const size_t length = strlen(groups[g].prefix);
        if (!groups[g].fields || strncmp(key, groups[g].prefix, length) != 0) continue;
        const dsc_field *f = dsc_field_find(groups[g].fields, key + length);
        if (!f) continue;
        dsc_field full = *f; // messages say the whole key
        full.name = key;
        return dsc_field_set(c->ctx, &full, groups[g].config, value, "command line");
    }
    return unknown_key(c, key, groups, n);
}

dsc_status cli_set_keys(cli *c, const cli_keys *groups, int n)
{
    for (int i = 0; i < c->settings.n; i++) {
        char key[KEY_BYTES];
        const char *setting = c->settings.item[i];
        const size_t length = strcspn(setting, "=");
        snprintf(key, sizeof key, "%.*s", (int)(length < KEY_BYTES ? length : KEY_BYTES - 1),
                 setting);
        DSC_TRY(set_key(c, key, setting + length + 1, groups, n));
    }
    return DSC_OK;
}

// ---- printing fields ---------------------------------------------------------------------------

static const char *const type_names[] = {
    [DSC_INT] = "whole number", [DSC_LONG] = "whole number", [DSC_REAL] = "number",
    [DSC_BOOL] = "true, false", [DSC_STRING] = "text",       [DSC_CHOICE] = "one word",
    [DSC_STRINGS] = "list",
};

enum { LONG_CHOICES = 32, LINE_WIDTH = 96 };

// Too many words for a column of the table.
static bool is_long(const dsc_field *f)
{
    return f->choices && strlen(f->choices) > LONG_CHOICES;
}

// "name: a, b, c", wrapped.
static void print_choices(const dsc_field *f)
{
    int column = printf("\n%s:", f->name) - 1;
    for (const char *word = f->choices; *word;) {
        const int length = (int)strcspn(word, "|");
        if (column + length + 2 > LINE_WIDTH) column = printf("\n   ") - 1;
        column += printf(" %.*s%s", length, word, word[length] ? "," : "\n");
        word += length + (word[length] == '|');
    }
}

static char *describe_range(const dsc_field *f, char *out, size_t size)
{
    char low[32], high[32];
    if (f->choices) snprintf(out, size, "%s", is_long(f) ? "one of (see below)" : f->choices);
    else if (!(f->lowest < f->highest)) snprintf(out, size, "%s", type_names[f->type]);
    else if (isinf(f->highest)) snprintf(out, size, ">= %s", dsc_format_number(f->lowest, low));
    else if (isinf(f->lowest)) snprintf(out, size, "<= %s", dsc_format_number(f->highest, high));
    else
        snprintf(out, size, "%s ... %s", dsc_format_number(f->lowest, low),
                 dsc_format_number(f->highest, high));
    return out;
}

static const char *initial_of(const dsc_field *f)
{
    return f->initial && *f->initial ? f->initial : "-";
}

dsc_status cli_print_fields(cli *c, const dsc_field *fields)
{
    cli_grid grid = {.columns = 4};
    char range[256];
    dsc_status status = DSC_OK;
    if (!fields || !fields->name) return DSC_OK;
    DSC_TRY_OR(done, cli_grid_add(c, &grid, "field"));
    DSC_TRY_OR(done, cli_grid_add(c, &grid, "default"));
    DSC_TRY_OR(done, cli_grid_add(c, &grid, "values"));
    DSC_TRY_OR(done, cli_grid_add(c, &grid, "meaning"));
    for (const dsc_field *f = fields; f->name; f++) {
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%s", f->name));
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%s", initial_of(f)));
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%s", describe_range(f, range, sizeof range)));
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%s", f->help ? f->help : ""));
    }
    cli_grid_print(&grid);
    for (const dsc_field *f = fields; f->name; f++)
        if (is_long(f)) print_choices(f);
done:
    cli_grid_free(c, &grid);
    return status;
}

static json_t *field_json(const dsc_field *f)
{
    char range[256];
    describe_range(f, range, sizeof range);
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", f->name, "type", type_names[f->type],
                     "default", f->initial ? f->initial : "", "values",
                     f->choices ? f->choices : range, "help", f->help ? f->help : "");
}

json_t *cli_fields_json(const dsc_field *fields)
{
    json_t *list = json_array();
    for (const dsc_field *f = fields; f && f->name; f++) json_array_append_new(list, field_json(f));
    return list;
}
