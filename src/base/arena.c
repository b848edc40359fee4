// SPDX-License-Identifier: Apache-2.0
// arena.c — many small objects that die together, cut from a list of growing chunks.
#include <string.h>

#include "base/private.h"

enum { FIRST_CHUNK = 16 << 10, LARGEST_CHUNK = 1 << 20, STEP = 64 };

typedef struct chunk {
    struct chunk *older;
    size_t used, capacity; // of the bytes after the chunk's first STEP ones
} chunk;

struct dsc_arena {
    dsc_context *ctx;
    chunk *newest;
    size_t next_capacity;
};

dsc_status dsc_arena_create(dsc_context *ctx, dsc_arena **arena)
{
    dsc_arena *made;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    made->ctx = ctx;
    made->next_capacity = FIRST_CHUNK;
    *arena = made;
    return DSC_OK;
}

void dsc_arena_destroy(dsc_arena **arena)
{
    if (!arena || !*arena) return;
    dsc_context *ctx = (*arena)->ctx;
    for (chunk *c = (*arena)->newest, *older; c; c = older) {
        older = c->older;
        dsc_free(ctx, &c);
    }
    dsc_free(ctx, arena);
}

static dsc_status chunk_add(dsc_arena *arena, size_t bytes)
{
    const size_t capacity = bytes > arena->next_capacity ? bytes : arena->next_capacity;
    chunk *c;
    DSC_TRY(dsc_alloc(arena->ctx, capacity + STEP, 1, &c));
    *c = (chunk){arena->newest, 0, capacity};
    arena->newest = c;
    if (arena->next_capacity < LARGEST_CHUNK) arena->next_capacity *= 2;
    return DSC_OK;
}

dsc_status dsc_arena_alloc(dsc_arena *arena, size_t count, size_t size, void *out)
{
    DSC_REQUIRE(arena->ctx, size == 0 || count <= SIZE_MAX / 4 / size, DSC_MEMORY,
                "out of memory: %zu x %zu bytes were asked for", count, size);
    // An empty object still gets a place of its own.
    const size_t bytes = (count * size + (count * size == 0) + STEP - 1) / STEP * STEP;
    const chunk *newest = arena->newest;
    if (!newest || newest->capacity - newest->used < bytes) DSC_TRY(chunk_add(arena, bytes));
    void *object = (char *)arena->newest + STEP + arena->newest->used;
    arena->newest->used += bytes;
    memcpy(out, &object, sizeof object);
    return DSC_OK;
}

dsc_status dsc_arena_strdup(dsc_arena *arena, const char *text, char **out)
{
    char *copy = NULL;
    if (text) {
        DSC_TRY(dsc_arena_alloc(arena, strlen(text) + 1, 1, &copy));
        memcpy(copy, text, strlen(text));
    }
    *out = copy;
    return DSC_OK;
}
