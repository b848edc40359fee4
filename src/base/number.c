// SPDX-License-Identifier: Apache-2.0
// number.c — numbers as text, with a decimal point whatever the locale of the host program.
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/private.h"

// The C locale is a constant of the C library: nothing is allocated or to be freed here.
static locale_t use_c_locale(void)
{
    return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == 0;
}

// Blanks around the number are allowed; hexadecimal, NaN payloads and overflow are not numbers
// here.
bool dsc_parse_number(const char *text, double *value)
{
    if (!text || strpbrk(text, "xX(")) return false;
    char *end;
    const locale_t before = use_c_locale();
    errno = 0;
    const double read = strtod(text, &end);
    const bool overflow = errno == ERANGE && isinf(read);
    uselocale(before);
    if (end == text || !is_blank(end) || overflow) return false;
    *value = read;
    return true;
}

static bool reads_back(const char *text, double value)
{
    return strtod(text, NULL) == value;
}

// Up to 15 digits are exact both ways for normal numbers, so %.15g is already the shortest if it
// reads back; subnormal numbers carry fewer digits and are searched from one digit on.
static void write_shortest(double value, char *out)
{
    char text[64] = "";
    for (int digits = fabs(value) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (reads_back(text, value)) break;
    }
    memcpy(out, text, 32); // at most 24 characters
}

char *dsc_format_number(double value, char *out)
{
    if (isnan(value)) return strcpy(out, "nan");
    if (isinf(value)) return strcpy(out, value < 0 ? "-inf" : "inf");
    if (value == 0) return strcpy(out, signbit(value) ? "-0" : "0");
    if (write_shortest_digits(value, out)) return out;
    const locale_t before = use_c_locale();
    write_shortest(value, out);
    uselocale(before);
    return out;
}

// A minus behind a letter or digit is a dash: "0.4-0.0".
char *dsc_drop_zero_signs(char *text)
{
    for (char *at = text; (at = strchr(at, '-')); at++) {
        if (at > text && isalnum((unsigned char)at[-1])) continue;
        const size_t zeros = strspn(at + 1, "0."), length = strspn(at + 1, "0123456789.eE");
        if (zeros == length && strspn(at + 1, "0") > 0) memmove(at, at + 1, strlen(at));
    }
    return text;
}
