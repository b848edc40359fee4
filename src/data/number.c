// SPDX-License-Identifier: Apache-2.0
// number.c — cells as numbers, and which cells are missing.
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

static bool is_token(const char *cell, const char *more)
{
    char token[128];
    while (more && *more) {
        const size_t n = strcspn(more, ",");
        if (n > 0 && n < sizeof token) {
            memcpy(token, more, n);
            token[n] = 0;
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

// Up to 15 digits fit a double exactly, and so do powers of ten up to 1e15: one division rounds
// right.
static bool parse_short(const char *text, double *value)
{
    static const double power[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const bool negative = *text == '-';
    const char *p = text + negative, *point = NULL;
    int64_t digits = 0;
    int n = 0;
    for (; (*p >= '0' && *p <= '9') || (*p == '.' && !point); p++) {
        if (*p == '.') {
            point = p;
            continue;
        }
        digits = digits * 10 + (*p - '0');
        if (++n > 15) return false;
    }
    if (*p != 0 || n == 0) return false;
    const double whole = (double)digits / (point ? power[p - point - 1] : 1);
    *value = negative ? -whole : whole;
    return true;
}

// No number starts with another character ("inf" and "nan" may).
bool data_parse_number(const char *text, double *value)
{
    if (parse_short(text, value)) return true;
    return strchr("+-.0123456789iInN \t", *text) && dsc_parse_number(text, value);
}
