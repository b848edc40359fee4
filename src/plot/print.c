// SPDX-License-Identifier: Apache-2.0
// print.c — text for scripts, tables and JSON: a small formatter whose numbers do not depend on the
// locale and that quotes what users named themselves.
#include <math.h>
#include <string.h>

#include "plot/internal.h"

static void number_short(double value, char out[32])
{
    char text[32];
    snprintf(text, sizeof text, "%.5g", value);
    double rounded;
    for (char *c = text; *c; c++)
        if (!strchr("0123456789+-einfa", *c)) *c = '.';
    if (isfinite(value) && dsc_parse_number(text, &rounded)) value = rounded;
    if (value == 0) value = 0; // no sign
    dsc_format_number(value, out);
}

static void add_number(dsc_context *ctx, dsc_text *t, double value, char verb)
{
    char text[32] = "NaN";
    if (verb == 'g' && !isnan(value)) number_short(value, text);
    else if (!isnan(value)) dsc_format_number(value, text);
    dsc_text_add(ctx, t, "%s", verb == 'n' && !isfinite(value) ? "null" : text);
}

// gnuplot's single quotes take everything but ' literally; enhanced text gives _^{}@&~\ a meaning.
// A new line needs double quotes.
static void add_gnuplot(dsc_context *ctx, dsc_text *t, const char *text)
{
    dsc_text_add(ctx, t, "'");
    for (const char *c = text; *c; c++) {
        if (*c == '\n') dsc_text_add(ctx, t, "'.\"\\n\".'");
        else if (*c == '\'') dsc_text_add(ctx, t, "''");
        else if (strchr("_^{}@&~\\", *c)) dsc_text_add(ctx, t, "\\%c", *c);
        else dsc_text_add(ctx, t, "%c", (unsigned char)*c < 32 ? ' ' : *c);
    }
    dsc_text_add(ctx, t, "'");
}

// What gnuplot would misread: a line that begins with # is a comment to it unless there are quotes,
// a comma behind a doubled quote ends the field, and it reads line by line.
static void add_csv(dsc_context *ctx, dsc_text *t, const char *text)
{
    if (*text != '#' && !strpbrk(text, ",\"\r\n")) {
        dsc_text_add(ctx, t, "%s", text);
        return;
    }
    const char *quote = strchr(text, ',') ? "'" : "\"\"";
    dsc_text_add(ctx, t, "\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"') dsc_text_add(ctx, t, "%s", quote);
        else dsc_text_add(ctx, t, "%c", *c == '\n' || *c == '\r' ? ' ' : *c);
    }
    dsc_text_add(ctx, t, "\"");
}

static void add_json(dsc_context *ctx, dsc_text *t, const char *text)
{
    dsc_text_add(ctx, t, "\"");
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < 32) dsc_text_add(ctx, t, "\\u%04x", *c);
        else if (*c == '"' || *c == '\\') dsc_text_add(ctx, t, "\\%c", *c);
        else dsc_text_add(ctx, t, "%c", *c);
    }
    dsc_text_add(ctx, t, "\"");
}

static void add_string(dsc_context *ctx, dsc_text *t, const char *text, char verb)
{
    if (verb == 'q') add_gnuplot(ctx, t, text);
    else if (verb == 'c') add_csv(ctx, t, text);
    else if (verb == 'j') add_json(ctx, t, text);
    else dsc_text_add(ctx, t, "%s", text);
}

void plot_print(dsc_context *ctx, dsc_text *t, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    for (const char *c = format; *c && t->status == DSC_OK; c++) {
        const char *end = strchr(c, '%');
        if (end != c) {
            size_t n = end ? (size_t)(end - c) : strlen(c);
            dsc_text_add(ctx, t, "%.*s", (int)n, c);
            c += n - 1;
            continue;
        }
        c++;
        if (*c == '%') dsc_text_add(ctx, t, "%%");
        else if (*c == 'd') dsc_text_add(ctx, t, "%d", va_arg(list, int));
        else if (*c == 'l') dsc_text_add(ctx, t, "%lld", (long long)va_arg(list, int64_t));
        else if (strchr("grn", *c)) add_number(ctx, t, va_arg(list, double), *c);
        else add_string(ctx, t, va_arg(list, const char *), *c);
    }
    va_end(list);
}

static bool inside_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

bool plot_next_name(const char **list, char name[128])
{
    const size_t length = strcspn(*list, ",");
    if (!**list) return false;
    snprintf(name, 128, "%.*s", (int)length, *list);
    *list += length + ((*list)[length] == ',');
    return true;
}

int plot_characters(const char *text)
{
    int n = 0;
    for (; *text; text++) n += !inside_character(*text);
    return n;
}

#define ELLIPSIS "…"

char *plot_name(const char *name, int longest, char *out, size_t size)
{
    const bool cut = plot_characters(name) > longest;
    int n = 0;
    size_t used = 0;
    while (*name && !(cut && n + 1 >= longest)) {
        size_t length = 1;
        while (inside_character(name[length])) length++;
        if (used + length + sizeof ELLIPSIS > size) break;
        memcpy(out + used, name, length);
        used += length, name += length, n++;
    }
    strcpy(out + used, *name ? ELLIPSIS : "");
    return out;
}

char *plot_label(const char *name, int longest, char *out, size_t size)
{
    plot_name(name, longest, out, size);
    for (char *c = out; *c; c++)
        if (*c == '_') *c = ' ';
    return out;
}
