// SPDX-License-Identifier: Apache-2.0
// page.c — writing HTML that is also well-formed XML: texts are escaped, numbers do not depend on
// the locale, tables have captions and scopes.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/internal.h"

#define PUT(...) dsc_text_add(p->ctx, &p->out, __VA_ARGS__)

// ---- text ---------------------------------------------------------------------------------------

// The length of the UTF-8 character at s, 0 if it is none that XML allows.
static int character_length(const unsigned char *s)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (s[0] < 0x80) return s[0] >= 0x20 || strchr("\t\n\r", s[0]) ? 1 : 0;
    const int more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : 1;
    if (s[0] < 0xc2 || s[0] > 0xf4) return 0;
    uint32_t c = s[0] & (0x3fu >> more);
    for (int i = 1; i <= more; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    const bool excluded = (c >= 0xd800 && c < 0xe000) || c == 0xfffe || c == 0xffff;
    return c < least[more] || c > 0x10ffff || excluded ? 0 : more + 1;
}

static const char *entity(char c)
{
    static const char special[] = "&<>\"'";
    static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    const char *at = c ? strchr(special, c) : NULL;
    return at ? names[at - special] : NULL;
}

static void put_text(report_page *p, const char *text)
{
    for (const char *s = text ? text : ""; *s && p->out.status == DSC_OK;) {
        const size_t plain = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789 .,:;=()[]{}/_+*-#\n");
        const int n = character_length((const unsigned char *)s);
        if (plain > 0) PUT("%.*s", (int)plain, s);
        else if (entity(*s)) PUT("%s", entity(*s));
        else if (n > 0) PUT("%.*s", n, s);
        else PUT("\xEF\xBF\xBD"); // what is no character
        s += plain > 0 ? plain : n > 0 ? (size_t)n : 1;
    }
}

// ---- numbers ------------------------------------------------------------------------------------

#define MINUS    "\xE2\x88\x92"
#define DASH     "\xE2\x80\x93"
#define THIN     "\xE2\x80\xAF"
#define FAR_AWAY 1e15

static void put_whole(report_page *p, int64_t n)
{
    char digits[32];
    const int length = snprintf(digits, sizeof digits, "%llu",
                                n < 0 ? 0ull - (unsigned long long)n : (unsigned long long)n);
    if (n < 0) PUT(MINUS);
    for (int i = 0; i < length; i++)
        PUT("%s%c", i > 0 && length > 4 && (length - i) % 3 == 0 ? THIN : "", digits[i]);
}

// The shortest form; a minus is a minus.
static void put_plain(report_page *p, double value)
{
    char text[32];
    dsc_format_number(fabs(value), text);
    PUT("%s%s", value < 0 ? MINUS : "", text);
}

// Rounded by hand: printf would follow the locale.
static void put_fixed(report_page *p, double value, int decimals)
{
    const double scale = pow(10, decimals);
    if (!isfinite(value)) PUT(DASH);
    else if (fabs(value) * scale >= FAR_AWAY) put_plain(p, value);
    else {
        const long long whole = llround(fabs(value) * scale), unit = (long long)scale;
        if (value < 0 && whole) PUT(MINUS);
        put_whole(p, whole / unit);
        if (decimals) PUT(".%0*lld", decimals, whole % unit);
    }
}

// To 4 digits.
static void put_short(report_page *p, double value)
{
    if (!isfinite(value)) {
        PUT(DASH);
        return;
    }
    const int decimals = value == 0 ? 0 : 3 - (int)floor(log10(fabs(value)));
    const double scale = pow(10, fmin(abs(decimals), 300));
    const double scaled = decimals < 0 ? value / scale : value * scale;
    put_plain(p, decimals < 0 ? round(scaled) * scale : round(scaled) / scale);
}

static void put_range(report_page *p, dsc_interval x)
{
    if (isnan(x.low)) PUT(DASH);
    else report_put(p, "%4 to %4", x.low, x.high);
}

static void put_probability(report_page *p, double value)
{
    if (value < 1e-4) PUT("&lt; 0.0001");
    else put_fixed(p, value, 4);
}

// ---- both ---------------------------------------------------------------------------------------

static void put_argument(report_page *p, char verb, va_list *list)
{
    if (verb == 's') put_text(p, va_arg(*list, const char *));
    else if (verb == 'h') PUT("%s", va_arg(*list, const char *));
    else if (verb == 'd') put_whole(p, va_arg(*list, int));
    else if (verb == 'l') put_whole(p, va_arg(*list, int64_t));
    else if (verb == 'u') PUT("%d", va_arg(*list, int));
    else if (verb == 'w') PUT("%lld", (long long)va_arg(*list, int64_t));
    else if (verb == 'g') put_short(p, va_arg(*list, double));
    else if (verb == 'p') put_probability(p, va_arg(*list, double));
    else if (verb == 'r') put_range(p, va_arg(*list, dsc_interval));
    else if (verb >= '0' && verb <= '9') put_fixed(p, va_arg(*list, double), verb - '0');
    else PUT("%%");
}

static void put_all(report_page *p, const char *format, va_list *list)
{
    for (const char *c = format; *c && p->out.status == DSC_OK; c++) {
        const size_t n = strcspn(c, "%");
        if (n > 0) PUT("%.*s", (int)n, c);
        c += n;
        if (!*c || !*++c) return;
        put_argument(p, *c, list);
    }
}

void report_put(report_page *p, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    put_all(p, format, &list);
    va_end(list);
}

void report_sentence(report_page *p, const char *text)
{
    const size_t n = strlen(text);
    report_put(p, "%s%h", text, n > 0 && strchr(".?!", text[n - 1]) ? "" : ".");
}

// The next link in a text (NULL: none), and which kind it is.
static const char *link_find(const char *text, const char *const scheme[][2], int *kind)
{
    const char *first = NULL;
    for (int i = 0; i < 2; i++) {
        const char *at = strstr(text, scheme[i][0]);
        if (at && (!first || at < first)) first = at, *kind = i;
    }
    return first;
}

void report_citation(report_page *p, const char *text)
{
    static const char *const scheme[][2] = {{"doi:", "https://doi.org/"},
                                            {"arXiv:", "https://arxiv.org/abs/"}};
    char piece[1024];
    for (int kind; *text;) {
        const char *link = link_find(text, scheme, &kind);
        snprintf(piece, sizeof piece, "%.*s", link ? (int)(link - text) : 1023, text);
        report_put(p, "%s", piece);
        if (!link) return;
        const size_t name = strlen(scheme[kind][0]), n = name + strcspn(link + name, " ,;)");
        snprintf(piece, sizeof piece, "%.*s", (int)n, link);
        report_put(p, "<a href=\"%h%s\">%s</a>", scheme[kind][1], piece + name, piece);
        text = link + n;
    }
}

void report_word(report_page *p, const char *word)
{
    const size_t safe = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789_-+=.,:/%@");
    if (word[safe] == 0 && safe > 0) {
        report_put(p, "%s", word);
        return;
    }
    report_put(p, "&#39;");
    for (const char *c = word; *c; c++) {
        const char one[2] = {*c, 0};
        if (*c == '\'') report_put(p, "&#39;\\&#39;&#39;");
        else dsc_text_add(p->ctx, &p->out, "%s", entity(*c) ? entity(*c) : one);
    }
    report_put(p, "&#39;");
}

void report_count(report_page *p, int64_t n, const char *noun)
{
    report_put(p, "%l %s%s", n, noun, n == 1 ? "" : "s");
}

// ---- tables -------------------------------------------------------------------------------------

void report_table_begin(report_page *p, const char *const *columns, const char *caption, ...)
{
    va_list list;
    const int id = ++p->n_ids;
    report_put(p,
               "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"t%u\">\n"
               "<table><caption><span id=\"t%u\">",
               id, id);
    va_start(list, caption);
    put_all(p, caption, &list);
    va_end(list);
    report_put(p, "</span></caption>\n<thead><tr>");
    for (; *columns; columns++)
        report_put(p, "<th scope=\"col\"%h>%s</th>", **columns == '#' ? " class=\"n\"" : "",
                   *columns + (**columns == '#'));
    report_put(p, "</tr></thead>\n<tbody>\n");
}

// Few words stay on one line.
static void put_words(report_page *p, bool heading, const char *text)
{
    const bool few = text && strlen(text) <= 24;
    if (heading) report_put(p, "<th scope=\"row\">%s</th>", text);
    else report_put(p, "<td%h>%s</td>", few ? " class=\"w\"" : "", text);
}

void report_row(report_page *p, const char *cells, ...)
{
    va_list list;
    va_start(list, cells);
    report_put(p, "<tr>");
    for (; *cells; cells++) {
        if (strchr("ht", *cells)) put_words(p, *cells == 'h', va_arg(list, const char *));
        else {
            report_put(p, "<td class=\"n\">");
            put_argument(p, *cells, &list);
            report_put(p, "</td>");
        }
    }
    report_put(p, "</tr>\n");
    va_end(list);
}

void report_table_end(report_page *p)
{
    report_put(p, "</tbody></table></div>\n");
}

void report_lines(report_page *p, const char *text)
{
    report_put(p, "<ul>\n");
    for (const char *s = text ? text : ""; *s;) {
        char line[2048];
        const size_t n = strcspn(s, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, s);
        if (n > 0) report_put(p, "<li>%s</li>\n", line);
        s += n + (s[n] == '\n');
    }
    report_put(p, "</ul>\n");
}

double report_cell(const dsc_csv *row, int column)
{
    double value;
    const bool there = column >= 0 && column < row->n;
    return there && dsc_parse_number(row->cell[column], &value) && isfinite(value) ? value : NAN;
}
