// SPDX-License-Identifier: Apache-2.0
// text.c — a growing string, and the nearest of some names (Levenshtein distance, case ignored).
#include <ctype.h>
#include <string.h>

#include "base/private.h"

static dsc_status text_reserve(dsc_context *ctx, dsc_text *t, size_t needed)
{
    if (needed <= t->capacity) return DSC_OK;
    size_t capacity = t->capacity < 64 ? 64 : t->capacity * 2;
    if (capacity < needed) capacity = needed;
    DSC_TRY(dsc_grow(ctx, t->capacity, capacity, 1, &t->s));
    t->capacity = capacity;
    return DSC_OK;
}

dsc_status dsc_text_add(dsc_context *ctx, dsc_text *t, const char *format, ...)
{
    if (t->status != DSC_OK) return t->status;
    va_list arguments;
    va_start(arguments, format);
    const int added = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (added < 0) return t->status = dsc_fail(ctx, DSC_DEFECT, "a text could not be formatted");
    t->status = text_reserve(ctx, t, t->length + (size_t)added + 1);
    if (t->status != DSC_OK) return t->status;
    va_start(arguments, format);
    vsnprintf(t->s + t->length, (size_t)added + 1, format, arguments);
    va_end(arguments);
    t->length += (size_t)added;
    return DSC_OK;
}

void dsc_text_free(dsc_context *ctx, dsc_text *t)
{
    dsc_free(ctx, &t->s);
    *t = (dsc_text){0};
}

enum { LONGEST_NAME = 128 };

static int smallest(int a, int b, int c)
{
    const int least = a < b ? a : b;
    return least < c ? least : c;
}

static int edit_distance(const char *a, const char *b)
{
    int row[LONGEST_NAME + 1];
    const int n = (int)strlen(b);
    for (int j = 0; j <= n; j++) row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            const int differ = tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]);
            const int above = row[j];
            row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + differ);
            diagonal = above;
        }
    }
    return row[n];
}

const char *dsc_nearest(const char *name, const char *const *names, size_t n)
{
    const size_t length = strlen(name);
    int best = length < 6 ? 1 : (int)(length / 3);
    const char *nearest = NULL;
    for (size_t i = 0; i < n; i++) {
        if (length > LONGEST_NAME || strlen(names[i]) > LONGEST_NAME) continue;
        const int distance = edit_distance(name, names[i]);
        if (distance > best || (nearest && distance == best)) continue;
        best = distance;
        nearest = names[i];
    }
    return nearest;
}
