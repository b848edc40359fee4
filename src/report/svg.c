// SPDX-License-Identifier: Apache-2.0
// svg.c — puts a drawing into the page: ids get a prefix (every gnuplot drawing has the same ones),
// its own titles go, and only what draws is let through: known elements, no event handlers, no
// references to anything outside the drawing.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "report/internal.h"

enum { MOST_OPEN = 64, NAME_BYTES = 64 };

typedef struct svg_reader {
    report_page *p;
    const char *at, *prefix, *seen, *why;
    int depth, hidden; // hidden: inside a title or a desc, from this depth on
    char open[MOST_OPEN][NAME_BYTES];
} svg_reader;

static const char *const known[] = {
    "svg",         "g",     "defs",    "path",     "text",   "tspan",          "rect",   "circle",
    "ellipse",     "line",  "polygon", "polyline", "use",    "clipPath",       "filter", "feFlood",
    "feComposite", "title", "desc",    "pattern",  "marker", "linearGradient", "stop",   "image"};

static bool is_known(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], name) == 0) return true;
    return false;
}

static bool is_titling(const char *name)
{
    return strcmp(name, "title") == 0 || strcmp(name, "desc") == 0;
}

static bool refuse(svg_reader *r, const char *why)
{
    if (!r->why) r->why = why;
    return false;
}

#define PUT(...) dsc_text_add(r->p->ctx, &r->p->out, __VA_ARGS__)

// ---- attributes ---------------------------------------------------------------------------------

// An entity as XML knows it: &amp; or a number.
static bool is_entity(const char *s)
{
    static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
    for (int i = 0; i < 5; i++)
        if (strncmp(s, names[i], strlen(names[i])) == 0) return true;
    size_t n = s[1] == '#' ? strspn(s + 2, "0123456789") : 0;
    return n > 0 && n < 8 && s[2 + n] == ';';
}

static void put_plain(svg_reader *r, const char *s, size_t n, bool quoted)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '&' && !is_entity(s + i)) PUT("&amp;");
        else if (s[i] == '"' && quoted) PUT("&quot;");
        else if (s[i] == '<') PUT("&lt;");
        else if ((unsigned char)s[i] >= 32 || isspace((unsigned char)s[i])) PUT("%c", s[i]);
    }
}

// A value that may refer to an element of the drawing: url(#NAME).
static bool put_value(svg_reader *r, const char *value, size_t n)
{
    const char *end = value + n;
    PUT("\"");
    for (const char *s = value; s < end;) {
        const char *url = s;
        while (url < end && !(end - url >= 4 && strncasecmp(url, "url(", 4) == 0)) url++;
        put_plain(r, s, (size_t)(url - s), true);
        if (url == end) break;
        if (end - url < 6 || url[4] != '#') return refuse(r, "it refers to another file");
        PUT("url(#%s", r->prefix);
        s = url + 5;
    }
    PUT("\"");
    return true;
}

static bool is_named(const char *name, size_t n, const char *wanted)
{
    return strlen(wanted) == n && strncmp(name, wanted, n) == 0;
}

// The points of an image, written out: nothing is fetched for it.
static bool is_image(const char *value, size_t length)
{
    static const char start[] = "data:image/png;base64,";
    const size_t n = sizeof start - 1;
    return length > n && strncmp(value, start, n) == 0 &&
           strspn(value + n, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
                             "\r\n") >= length - n;
}

static bool put_link(svg_reader *r, const char *value, size_t length)
{
    if (is_image(value, length)) return PUT(" href=\"%.*s\"", (int)length, value), true;
    if (length < 2 || *value != '#') return refuse(r, "it refers to another file");
    PUT(" href=\"#%s", r->prefix), put_plain(r, value + 1, length - 1, true), PUT("\"");
    return true;
}

static bool put_attribute(svg_reader *r, const char *name, size_t n, const char *value,
                          size_t length)
{
    const bool link = is_named(name, n, "href") || is_named(name, n, "xlink:href");
    if (strncasecmp(name, "on", 2) == 0) return refuse(r, "it holds a script");
    if (strncmp(name, "xmlns", 5) == 0) return true;
    if (link) return put_link(r, value, length);
    if (is_named(name, n, "id"))
        return PUT(" id=\"%s", r->prefix), put_plain(r, value, length, true), PUT("\""), true;
    PUT(" %.*s=", (int)n, name);
    return put_value(r, value, length);
}

static const char *skip_blanks(const char *s)
{
    while (isspace((unsigned char)*s)) s++;
    return s;
}

// name = "value"; r->at moves past it.
static bool attribute_read(svg_reader *r, const char **name, size_t *n, const char **value,
                           size_t *length)
{
    *name = r->at;
    *n = strcspn(r->at, "=<>/\"' \t\r\n");
    const char *s = skip_blanks(r->at + *n);
    if (*n == 0 || *s != '=') return refuse(r, "it is no well-formed drawing");
    s = skip_blanks(s + 1);
    if (*s != '"' && *s != '\'') return refuse(r, "it is no well-formed drawing");
    const char *end = strchr(s + 1, *s);
    if (!end) return refuse(r, "it breaks off");
    *value = s + 1;
    *length = (size_t)(end - s - 1);
    r->at = skip_blanks(end + 1);
    return true;
}

// ---- the frame ----------------------------------------------------------------------------------

enum { WIDE = 450 }; // pixels

bool report_is_wide(const char *svg)
{
    const char *width = strstr(svg, "width=\"");
    return width && atof(width + 7) > WIDE;
}

// The drawing is shown a quarter larger than it is printed in a journal.
static void put_frame(svg_reader *r, double width, double height)
{
    report_put(r->p,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
               "aria-labelledby=\"%stitle\" class=\"%h\" width=\"%0\" height=\"%0\" "
               "viewBox=\"0 0 %g %g\"><title id=\"%stitle\">%s</title>",
               r->prefix, width > WIDE ? "wide" : "narrow", 1.25 * width, 1.25 * height, width,
               height, r->prefix, r->seen);
}

static bool frame_read(svg_reader *r)
{
    const char *name, *value;
    size_t n, length;
    double width = 0, height = 0;
    while (*r->at && *r->at != '>') {
        if (!attribute_read(r, &name, &n, &value, &length)) return false;
        if (is_named(name, n, "width")) width = strtod(value, NULL);
        if (is_named(name, n, "height")) height = strtod(value, NULL);
    }
    if (!(width >= 1 && width < 1e4 && height >= 1 && height < 1e5))
        return refuse(r, "it does not say how large it is");
    put_frame(r, width, height);
    return true;
}

// ---- elements -----------------------------------------------------------------------------------

static bool close_element(svg_reader *r)
{
    const char *name = r->at + 2;
    const size_t n = strcspn(name, "> \t\r\n");
    const char *end = skip_blanks(name + n);
    if (r->depth == 0 || *end != '>' || !is_named(name, n, r->open[r->depth - 1]))
        return refuse(r, "it is no well-formed drawing");
    r->at = end + 1;
    r->depth--;
    if (!r->hidden) PUT("</%s>", r->open[r->depth]);
    if (r->hidden > r->depth) r->hidden = 0;
    return true;
}

static bool put_attributes(svg_reader *r)
{
    const char *name, *value;
    size_t n, length;
    while (*r->at && *r->at != '>' && *r->at != '/') {
        if (!attribute_read(r, &name, &n, &value, &length)) return false;
        if (!r->hidden && !put_attribute(r, name, n, value, length)) return false;
    }
    return true;
}

static bool open_element(svg_reader *r)
{
    char *name = r->open[r->depth];
    const size_t n = strcspn(r->at + 1, "<>/ \t\r\n");
    if (n == 0 || n >= NAME_BYTES || r->depth + 1 >= MOST_OPEN)
        return refuse(r, "it is no well-formed drawing");
    memcpy(name, r->at + 1, n);
    name[n] = 0;
    if (!is_known(name)) return refuse(r, "it holds something that is no part of a drawing");
    r->at = skip_blanks(r->at + 1 + n);
    r->depth++;
    if (is_titling(name) && !r->hidden) r->hidden = r->depth;
    if (r->depth == 1) {
        if (strcmp(name, "svg") != 0 || !frame_read(r)) return refuse(r, "it is no drawing");
    } else {
        if (!r->hidden) PUT("<%s", name);
        if (!put_attributes(r)) return false;
    }
    const bool empty = *r->at == '/';
    if (r->at[empty] != '>') return refuse(r, "it is no well-formed drawing");
    r->at += 1 + empty;
    if (!r->hidden && r->depth > 1) PUT(empty ? "/>" : ">");
    if (!empty) return true;
    r->depth--;
    if (r->hidden > r->depth) r->hidden = 0;
    return true;
}

// <?...?>, <!-- -->, <!DOCTYPE>: nothing of these is kept.
static bool skip_declaration(svg_reader *r)
{
    const bool comment = strncmp(r->at, "<!--", 4) == 0;
    const char *ending = comment ? "-->" : r->at[1] == '?' ? "?>" : ">";
    const char *end = strstr(r->at, ending);
    if (!end || strncmp(r->at, "<![", 3) == 0) return refuse(r, "it is no well-formed drawing");
    r->at = end + strlen(ending);
    return true;
}

// Text; blanks between elements become one new line.
static void put_content(svg_reader *r)
{
    const size_t n = strcspn(r->at, "<");
    if (r->depth > 0 && !r->hidden) {
        if (strspn(r->at, " \t\r\n") >= n) PUT("%s", n ? "\n" : "");
        else put_plain(r, r->at, n, false);
    }
    r->at += n;
}

static bool read_all(svg_reader *r)
{
    bool drawn = false;
    for (;;) {
        put_content(r);
        if (!*r->at) break;
        if (drawn && r->depth == 0 && r->at[1] != '!') return refuse(r, "it is no drawing");
        const bool declares = r->at[1] == '?' || r->at[1] == '!';
        const bool read = declares          ? skip_declaration(r)
                          : r->at[1] == '/' ? close_element(r)
                                            : open_element(r);
        if (!read) return false;
        drawn |= !declares;
    }
    return (drawn && r->depth == 0) || refuse(r, "it breaks off");
}

bool report_svg(report_page *p, const char *svg, const char *prefix, const char *seen,
                const char **why)
{
    const size_t before = p->out.length;
    svg_reader r = {.p = p, .at = svg, .prefix = prefix, .seen = seen};
    if (read_all(&r)) return true;
    p->out.length = before;
    if (p->out.s) p->out.s[before] = 0;
    *why = r.why;
    return false;
}
