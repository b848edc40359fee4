// SPDX-License-Identifier: Apache-2.0
// shortest.c — the shortest digits that read back as a double, for the numbers that tables are full
// of, by whole numbers alone, many times as fast as trying %.15g, %.16g, %.17g:
//   v = m 2^e, 2^52 <= m < 2^53, 10^x <= v < 10^(x+1); n digits are D = round(v 10^k),
//   k = n - 1 - x.
//   v 10^k = m 5^k / 2^s with s = -(k + e), whole numbers of at most 114 bits for
//   1e-10 <= v < 1e15.
//   D reads back as v if |D - v 10^k| is less than half the distance to the next double, 5^k / 2^s:
//   as m 5^k - D 2^s = r, if 2 |r| < 5^k (below a power of two, where doubles lie closer: 4 |r|).
// With 17 digits every double does. Numbers are written as %.ng writes them.
#include <math.h>
#include <string.h>

#include "base/private.h"

enum { FEWEST = 15, MOST = 17 };

typedef struct wide {
    uint64_t high, low;
} wide;

typedef struct binary {
    uint64_t m;
    int e, x;
} binary;

static wide multiply(uint64_t a, uint64_t b)
{
    const uint64_t al = a & UINT32_MAX, ah = a >> 32, bl = b & UINT32_MAX, bh = b >> 32;
    const uint64_t low = al * bl, middle = ah * bl + (low >> 32),
                   other = al * bh + (uint32_t)middle;
    return (wide){ah * bh + (middle >> 32) + (other >> 32), other << 32 | (uint32_t)low};
}

static uint64_t power(uint64_t base, int k)
{
    uint64_t p = 1;
    while (k-- > 0) p *= base;
    return p;
}

// v 10^k as a rounded whole number (ties to even), where `five` is 5^k; whether it reads back as v.
// 0 < s < 64.
static bool round_to(const binary *v, int k, uint64_t five, uint64_t *digits)
{
    const wide p = multiply(v->m, five);
    const int s = -(k + v->e);
    const uint64_t below = p.low & ((UINT64_C(1) << s) - 1), half = UINT64_C(1) << (s - 1);
    uint64_t d = p.high << (64 - s) | p.low >> s;
    const bool up = below > half || (below == half && d % 2 == 1);
    const uint64_t r = up ? (half - (below - half)) : below;
    *digits = d + up;
    const bool closer = v->m == UINT64_C(1) << 52 && !up;
    return r < five / (closer ? 4 : 2) + 1; // 5^k is odd
}

static binary split(double value)
{
    int e;
    const double fraction = frexp(value, &e); // in [1/2, 1)
    return (binary){.m = (uint64_t)ldexp(fraction, 53), .e = e - 53};
}

// floor(log10 v); of doubles next to a power of ten, that of the power.
static int find_exponent(double value)
{
    static const double tens[] = {1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2,
                                  1e-1,  1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,   1e9,  1e10, 1e11, 1e12, 1e13, 1e14};
    int i = sizeof tens / sizeof *tens - 1;
    while (i > 0 && value < tens[i]) i--;
    return i - 10;
}

// ---- text ---------------------------------------------------------------------------------------

// The digits without the zeros at their end; returns how many.
static int write_digits(uint64_t digits, char text[20])
{
    char all[20];
    int n = 0, first = 20;
    while (digits % 10 == 0) digits /= 10;
    for (; digits > 0; digits /= 10, n++) all[--first] = (char)('0' + digits % 10);
    memcpy(text, all + first, (size_t)n);
    return n;
}

// "1.5e-05"
static char *write_exponent(const char *digits, int n, int x, char *out)
{
    *out++ = digits[0];
    if (n > 1) *out++ = '.';
    memcpy(out, digits + 1, (size_t)n - 1);
    out += n - 1;
    memcpy(out, "e-", 2);
    out[2] = (char)('0' - x / 10), out[3] = (char)('0' - x % 10);
    return out + 4;
}

// "0.0015", "15", "1.5"
static char *write_plain(const char *digits, int n, int x, char *out)
{
    if (x < 0) *out++ = '0', *out++ = '.';
    for (int i = x + 1; i < 0; i++) *out++ = '0';
    for (int i = 0; i < n || i <= x; i++) {
        if (i == x + 1 && x >= 0) *out++ = '.';
        *out++ = i < n ? digits[i] : '0';
    }
    return out;
}

bool write_shortest_digits(double value, char *out)
{
    const double size = fabs(value);
    if (!(size >= 1e-10 && size < 1e15)) return false;
    binary v = split(size);
    char text[20];
    uint64_t digits = 0;
    v.x = find_exponent(size);
    uint64_t five = power(5, FEWEST - 1 - v.x);
    for (int n = FEWEST; n <= MOST; n++, five *= 5)
        if (round_to(&v, n - 1 - v.x, five, &digits)) {
            if (digits == power(10, n)) v.x++; // rounded up to the next power of ten
            break;
        }
    const int n = write_digits(digits, text);
    if (value < 0) *out++ = '-';
    out = v.x < -4 ? write_exponent(text, n, v.x, out) : write_plain(text, n, v.x, out);
    *out = 0;
    return true;
}
