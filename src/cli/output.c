// SPDX-License-Identifier: Apache-2.0
// output.c — results on stdout: JSON, text, aligned tables; and the guards against overwriting and
// against formats that there are not.
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

dsc_status cli_print_json(cli *c, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(value);
    DSC_REQUIRE(c->ctx, text, DSC_MEMORY, "out of memory: the result could not be written");
    printf("%s\n", text);
    free(text);
    return DSC_OK;
}

json_t *cli_number_json(double value)
{
    if (isnan(value)) return json_null();
    if (isinf(value)) return json_string(value > 0 ? "inf" : "-inf");
    const bool whole =
        value == floor(value) && fabs(value) < 0x1p53 && !(value == 0 && signbit(value));
    return whole ? json_integer((json_int_t)value) : json_real(value);
}

dsc_status cli_print_text(cli *c, dsc_text *text)
{
    const size_t n = text->length;
    if (n > 0) fwrite(text->s, 1, n, stdout);
    if (n > 0 && text->s[n - 1] != '\n') putchar('\n');
    dsc_text_free(c->ctx, text);
    return DSC_OK;
}

bool cli_is_same(const char *a, const char *b)
{
    char full_a[PATH_MAX], full_b[PATH_MAX];
    return realpath(a, full_a) && realpath(b, full_b) && strcmp(full_a, full_b) == 0;
}

dsc_status cli_may_write(cli *c, const char *path)
{
    DSC_REQUIRE(c->ctx, c->force || !dsc_exists(path), DSC_INPUT,
                "%s exists already and stays as it is. Give another name, or --force to replace it",
                path);
    return DSC_OK;
}

dsc_status cli_may_write_table(cli *c, const char *path)
{
    dsc_text beside = {0};
    DSC_TRY(cli_may_write(c, path));
    dsc_status status = dsc_table_beside(c->ctx, path, &beside);
    if (status == DSC_OK && beside.length > 0) status = cli_may_write(c, beside.s);
    dsc_text_free(c->ctx, &beside);
    return status;
}

dsc_status cli_may_draw(cli *c, const char *folder, const char *figure)
{
    char name[256];
    DSC_REQUIRE(c->ctx, c->force || !dsc_figure_there(folder, figure, c->format, name), DSC_INPUT,
                "%s/%s exists already and stays as it is. Give another folder with -o DIR, or "
                "--force to draw it anew",
                folder, name);
    return DSC_OK;
}

dsc_status cli_check_formats(cli *c)
{
    return c->format ? dsc_figure_formats_check(c->ctx, c->format) : DSC_OK;
}

FILE *cli_progress(const cli *c)
{
    return c->quiet ? NULL : stderr;
}

// ---- tables ------------------------------------------------------------------------------------

dsc_status cli_grid_add(cli *c, cli_grid *g, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const size_t n = (size_t)g->cells;
    DSC_TRY(dsc_grow(c->ctx, n, n + 1, sizeof *g->cell, &g->cell));
    DSC_TRY(dsc_strdup(c->ctx, dsc_drop_zero_signs(text), &g->cell[n]));
    g->cells++;
    return DSC_OK;
}

dsc_status cli_grid_titles(cli *c, cli_grid *g, int n, const char *const *titles)
{
    g->columns = n;
    for (int i = 0; i < n; i++) DSC_TRY(cli_grid_add(c, g, "%s", titles[i]));
    return DSC_OK;
}

static int column_width(const cli_grid *g, int column)
{
    int widest = 0;
    for (int i = column; i < g->cells; i += g->columns) {
        const int width = (int)strlen(g->cell[i]);
        if (width > widest) widest = width;
    }
    return widest;
}

// A column of numbers (below its heading) is set to the right.
static bool is_numeric(const cli_grid *g, int column)
{
    double number;
    for (int i = column + g->columns; i < g->cells; i += g->columns)
        if (strcmp(g->cell[i], "-") != 0 && !dsc_parse_number(g->cell[i], &number)) return false;
    return true;
}

static void print_cell(const cli_grid *g, int i)
{
    const int column = i % g->columns;
    const bool last = column == g->columns - 1;
    const int width = column_width(g, column);
    if (is_numeric(g, column)) printf("%*s", width, g->cell[i]);
    else if (last) printf("%s", g->cell[i]);
    else printf("%-*s", width, g->cell[i]);
    printf(last ? "\n" : "  ");
}

void cli_grid_print(const cli_grid *g)
{
    for (int i = 0; i < g->cells; i++) print_cell(g, i);
}

void cli_grid_free(cli *c, cli_grid *g)
{
    for (int i = 0; i < g->cells; i++) dsc_free(c->ctx, &g->cell[i]);
    dsc_free(c->ctx, &g->cell);
}
