// SPDX-License-Identifier: Apache-2.0
// csv.c — CSV as discern writes it (RFC 4180, commas, any line end): the tables that runs, fits and
// comparisons leave are written cell by cell, and read line by line, cut in place.
#include <math.h>
#include <string.h>

#include "data/private.h"

// ---- writing -----------------------------------------------------------------------------------

void dsc_csv_write_text(FILE *out, const char *text)
{
    if (!text) return;
    const bool plain = !strpbrk(text, ",\"\r\n");
    if (!plain) fputc('"', out);
    for (; *text; text++) {
        if (*text == '"') fputc('"', out);
        fputc(*text, out);
    }
    if (!plain) fputc('"', out);
}

void dsc_csv_write_number(FILE *out, double value)
{
    char text[32];
    if (!isnan(value)) fputs(dsc_format_number(value, text), out);
}

// ---- reading -----------------------------------------------------------------------------------

dsc_status dsc_csv_open(dsc_context *ctx, const char *path, dsc_csv *r)
{
    size_t n;
    char *text;
    DSC_TRY(dsc_read_file(ctx, path, &text, &n));
    *r = (dsc_csv){.ctx = ctx, .path = path, .text = text, .next_line = 1};
    r->at = text, r->end = text + n;
    if (!memchr(text, 0, n)) return DSC_OK;
    dsc_csv_close(r);
    return dsc_fail(ctx, DSC_INPUT, "%s holds zero bytes, so it is no CSV text; write it again",
                    path);
}

void dsc_csv_close(dsc_csv *r)
{
    if (!r->ctx) return;
    dsc_free(r->ctx, &r->text);
    dsc_free(r->ctx, &r->cell);
}

static bool ends_cell(char c)
{
    return c == ',' || c == '\n' || c == '\r' || c == 0;
}

// Takes off the quotes in place; r->at is behind the opening one.
static dsc_status cut_quoted(dsc_csv *r)
{
    char *to = r->at;
    for (; r->at < r->end; *to++ = *r->at++) {
        if (*r->at == '\n') r->next_line++;
        if (*r->at != '"') continue;
        if (r->at[1] != '"') break;
        r->at++;
    }
    const bool closed = r->at < r->end && ends_cell(r->at[1]);
    DSC_REQUIRE(r->ctx, closed, DSC_INPUT,
                "%s, line %zu: a quoted cell that is not closed; write the file again", r->path,
                r->line);
    r->at++;
    if (to < r->at) *to = 0;
    return DSC_OK;
}

// Cuts one cell; *end gets the character behind it, which is read too.
static dsc_status cut_cell(dsc_csv *r, char *end)
{
    if (r->n == r->room) {
        const size_t room = (size_t)r->room;
        DSC_TRY(dsc_grow(r->ctx, room, 2 * room + 16, sizeof *r->cell, &r->cell));
        r->room = 2 * r->room + 16;
    }
    const bool quoted = *r->at == '"';
    if (quoted) r->at++;
    r->cell[r->n++] = r->at;
    if (quoted) DSC_TRY(cut_quoted(r));
    else r->at += strcspn(r->at, ",\r\n");
    *end = *r->at;
    *r->at = 0;
    if (r->at < r->end) r->at++;
    return DSC_OK;
}

dsc_status dsc_csv_next(dsc_csv *r, bool *more)
{
    char end = ',';
    r->line = r->next_line;
    r->n = 0;
    *more = r->at < r->end;
    if (!*more) return DSC_OK;
    while (end == ',') DSC_TRY(cut_cell(r, &end));
    if (end == '\r' && *r->at == '\n') r->at++;
    r->next_line++;
    return DSC_OK;
}

size_t dsc_csv_lines(const dsc_csv *r)
{
    size_t n = 1;
    for (const char *s = r->at; s < r->end; s++) n += *s == '\n' || *s == '\r';
    return n;
}

int dsc_csv_find(const dsc_csv *r, const char *cell)
{
    for (int i = 0; i < r->n; i++)
        if (strcmp(r->cell[i], cell) == 0) return i;
    return -1;
}
