// SPDX-License-Identifier: Apache-2.0
// dictionary.c — texts numbered in order of first appearance (open addressing, FNV-1a).
#include <string.h>

#include "data/private.h"

static size_t hash_of(const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *text; text++) h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32);
}

static size_t find_slot(const data_dictionary *d, const char *text)
{
    size_t i = hash_of(text) & (d->capacity - 1);
    while (d->slot[i] && strcmp(d->texts + d->start[d->slot[i] - 1], text) != 0)
        i = (i + 1) & (d->capacity - 1);
    return i;
}

static dsc_status widen(dsc_context *ctx, data_dictionary *d)
{
    const size_t capacity = d->capacity ? d->capacity * 2 : 64;
    int *slot;
    DSC_TRY(dsc_alloc(ctx, capacity, sizeof *slot, &slot));
    dsc_free(ctx, &d->slot);
    d->slot = slot;
    d->capacity = capacity;
    for (size_t i = 0; i < d->n; i++) d->slot[find_slot(d, d->texts + d->start[i])] = (int)i + 1;
    return DSC_OK;
}

static dsc_status append(dsc_context *ctx, data_dictionary *d, const char *text)
{
    const size_t length = strlen(text) + 1;
    if (d->n == d->n_starts) {
        const size_t more = d->n_starts ? d->n_starts * 2 : 32;
        DSC_TRY(dsc_grow(ctx, d->n_starts, more, sizeof *d->start, &d->start));
        d->n_starts = more;
    }
    if (d->used + length > d->n_texts) {
        const size_t more = d->n_texts * 2 + length + 256;
        DSC_TRY(dsc_grow(ctx, d->n_texts, more, 1, &d->texts));
        d->n_texts = more;
    }
    memcpy(d->texts + d->used, text, length);
    d->start[d->n++] = d->used;
    d->used += length;
    return DSC_OK;
}

dsc_status data_dictionary_number(dsc_context *ctx, data_dictionary *d, const char *text,
                                  int *number)
{
    if (2 * d->n >= d->capacity) DSC_TRY(widen(ctx, d));
    const size_t i = find_slot(d, text);
    if (!d->slot[i]) {
        DSC_TRY(append(ctx, d, text));
        d->slot[i] = (int)d->n;
    }
    *number = d->slot[i] - 1;
    return DSC_OK;
}

dsc_status data_dictionary_labels(const data_dictionary *d, dsc_arena *arena, char ***label)
{
    char *texts, **made;
    DSC_TRY(dsc_arena_alloc(arena, d->used, 1, &texts));
    DSC_TRY(dsc_arena_alloc(arena, d->n, sizeof *made, &made));
    if (d->used > 0) memcpy(texts, d->texts, d->used);
    for (size_t i = 0; i < d->n; i++) made[i] = texts + d->start[i];
    *label = made;
    return DSC_OK;
}

void data_dictionary_free(dsc_context *ctx, data_dictionary *d)
{
    dsc_free(ctx, &d->slot);
    dsc_free(ctx, &d->start);
    dsc_free(ctx, &d->texts);
    *d = (data_dictionary){0};
}
