// SPDX-License-Identifier: Apache-2.0
// memory.c — zeroed blocks aligned to 64 bytes over the context's allocator.
// Layout: [padding][header: what the allocator gave, usable bytes][block, aligned].
#include <assert.h>
#include <string.h>

#include "base/private.h"

enum { ALIGNMENT = 64 };

typedef struct block_header {
    void *original;
    size_t bytes;
} block_header;

// The header of a block; copied in and out since `block` has the user's type.
static block_header header_of(const void *block)
{
    block_header h;
    memcpy(&h, (const char *)block - sizeof h, sizeof h);
    return h;
}

static void *block_in(void *original, size_t bytes)
{
    const block_header h = {original, bytes};
    const size_t first = (uintptr_t)original + sizeof h;
    const size_t aligned = (first + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    char *block = (char *)original + (aligned - (uintptr_t)original);
    memcpy(block - sizeof h, &h, sizeof h);
    return block;
}

static dsc_status out_of_memory(dsc_context *ctx, size_t count, size_t size)
{
    return dsc_fail(ctx, DSC_MEMORY,
                    "out of memory: %zu x %zu bytes were asked for. Close other programs, or keep "
                    "large data in temporary files: --mapped FOLDER",
                    count, size);
}

static dsc_status block_create(dsc_context *ctx, size_t count, size_t size, void **block)
{
    const size_t extra = sizeof(block_header) + ALIGNMENT - 1;
    if (size > 0 && count > (SIZE_MAX / 2 - extra) / size) return out_of_memory(ctx, count, size);
    const size_t bytes = count * size;
    void *original = ctx->allocator.resize(ctx->allocator.user, NULL, bytes + extra);
    if (!original) return out_of_memory(ctx, count, size);
    *block = block_in(original, bytes);
    return DSC_OK;
}

static void block_destroy(dsc_context *ctx, void *block)
{
    if (block) ctx->allocator.resize(ctx->allocator.user, header_of(block).original, 0);
}

dsc_status dsc_alloc(dsc_context *ctx, size_t count, size_t size, void *out)
{
    void *block;
    DSC_TRY(block_create(ctx, count, size, &block));
    memset(block, 0, count * size);
    memcpy(out, &block, sizeof block);
    return DSC_OK;
}

// Moves rather than resizes in place: the allocator knows nothing of our alignment.
dsc_status dsc_grow(dsc_context *ctx, size_t old_count, size_t new_count, size_t size, void *block)
{
    void *old, *grown;
    memcpy(&old, block, sizeof old);
    DSC_TRY(block_create(ctx, new_count, size, &grown));
    const size_t kept = old ? (old_count < new_count ? old_count : new_count) * size : 0;
    assert(!old || kept <= header_of(old).bytes);
    if (kept > 0) memcpy(grown, old, kept);
    memset((char *)grown + kept, 0, new_count * size - kept);
    block_destroy(ctx, old);
    memcpy(block, &grown, sizeof grown);
    return DSC_OK;
}

void dsc_free(dsc_context *ctx, void *block)
{
    void *old, *none = NULL;
    memcpy(&old, block, sizeof old);
    block_destroy(ctx, old);
    memcpy(block, &none, sizeof none);
}

dsc_status dsc_strdup(dsc_context *ctx, const char *text, char **out)
{
    char *copy = NULL;
    if (text) {
        DSC_TRY(dsc_alloc(ctx, strlen(text) + 1, 1, &copy));
        memcpy(copy, text, strlen(text));
    }
    *out = copy;
    return DSC_OK;
}
