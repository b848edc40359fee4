// SPDX-License-Identifier: Apache-2.0
// number.c — cells as numbers, which cells are missing, and lists of cells as options give them.
#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/private.h"

static const char *const always_missing[] = {"NA", "n/a", "NaN", "null", "None"};

static bool same_number(const char *a, const char *b)
{
    double x, y;
    return data_parse_number(a, &x) && data_parse_number(b, &y) && x == y;
}

bool data_has_decimal_comma(const char *text)
{
    text += strspn(text, "+-");
    const size_t whole = strspn(text, "0123456789");
    if (whole == 0 || text[whole] != ',') return false;
    const size_t part = strspn(text + whole + 1, "0123456789");
    return part > 0 && text[whole + 1 + part] == 0;
}

// ---- lists --------------------------------------------------------------------------------------

// Where the quotes that stand before text[i] end; where the text does, if they do not.
static size_t closing_quote(const char *text, size_t i)
{
    for (; text[i] && (text[i] != '"' || text[i + 1] == '"'); i++) i += text[i] == '"';
    return i;
}

size_t data_item_length(const char *list)
{
    size_t n = strspn(list, " \t");
    if (list[n] == '"') n = closing_quote(list, n + 1);
    return n + strcspn(list + n, ",");
}

bool data_unquote(char *text)
{
    if (*text != '"') return true;
    const size_t end = closing_quote(text, 1);
    size_t n = 0;
    if (text[end] == 0 || text[end + 1] != 0) return false;
    for (size_t i = 1; i < end; i++) {
        i += text[i] == '"';
        text[n++] = text[i];
    }
    text[n] = 0;
    return true;
}

const char *data_as_item(const char *text, char *out, size_t size)
{
    if (!text[strcspn(text, ", \t\"'")]) {
        snprintf(out, size, "%.60s", text);
        return out;
    }
    size_t n = (size_t)snprintf(out, size, "'\"");
    for (int i = 0; text[i] && i < 60 && n + 5 < size; i++) {
        if (text[i] == '"') out[n++] = '"';
        out[n++] = text[i];
    }
    snprintf(out + n, size - n, "\"'");
    return out;
}

static bool is_token(const char *cell, const char *more)
{
    char token[128];
    while (more && *more) {
        const size_t n = data_item_length(more);
        if (n > 0 && n < sizeof token) {
            memcpy(token, more, n);
            token[n] = 0;
            data_unquote(token);
            if (strcmp(cell, token) == 0 || same_number(cell, token)) return true;
        }
        more += n + (more[n] == ',');
    }
    return false;
}

bool data_is_missing(const char *cell, const char *more)
{
    if (*cell == 0) return true;
    if (strchr("nN", *cell))
        for (size_t i = 0; i < sizeof always_missing / sizeof *always_missing; i++)
            if (strcasecmp(cell, always_missing[i]) == 0) return true;
    return more && is_token(cell, more);
}

// A decimal without exponent: its digits as a whole number, and how many of them stand behind the
// point. False for more digits than fit 64 bits, and for all else.
static bool read_digits(const char *p, uint64_t *digits, int *n, int *behind)
{
    const char *point = NULL, *start = p;
    *digits = 0, *n = 0;
    for (; (*p >= '0' && *p <= '9') || (*p == '.' && !point); p++) {
        if (*p == '.') {
            point = p;
            continue;
        }
        *digits = *digits * 10 + (uint64_t)(*p - '0');
        *n += *digits > 0;
        if (*n > 19) return false;
    }
    *behind = point ? (int)(p - point - 1) : 0;
    return *p == 0 && p - start > (point != NULL);
}

// 10^n; exact up to 15 in a double, up to 27 in 64 bits.
static long double power_of_ten(int n)
{
    static const long double power[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,
                                        1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
                                        1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L,
                                        1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
    return power[n];
}

// Up to 15 digits fit a double exactly, and so do powers of ten up to 1e15: one division rounds
// right. More are divided with 64 bits; where the two sides of what that may have lost round
// alike, so does the number.
static bool parse_short(const char *text, double *value)
{
    const bool negative = *text == '-';
    uint64_t digits;
    int n, behind;
    if (!read_digits(text + negative, &digits, &n, &behind) || behind > 27) return false;
    double whole;
    if (n <= 15 && behind <= 15) whole = (double)digits / (double)power_of_ten(behind);
    else {
        const long double x = (long double)digits / power_of_ten(behind), lost = x * 0x1p-62L;
        whole = (double)(x - lost);
        if (LDBL_MANT_DIG < 64 || whole != (double)(x + lost)) return false;
    }
    *value = negative ? -whole : whole;
    return true;
}

// No number starts with another character ("inf" and "nan" may).
bool data_parse_number(const char *text, double *value)
{
    if (parse_short(text, value)) return true;
    return strchr("+-.0123456789iInN \t", *text) && dsc_parse_number(text, value);
}
