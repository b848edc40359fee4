// SPDX-License-Identifier: Apache-2.0
// arena.c — lets the n-th piece of an arena fail, which a failing allocator hardly does, as arenas
// allocate for many pieces at once. The linker puts these functions before the library's (--wrap).
#include <stdatomic.h>

#include "support/check.h"

static atomic_long made, fail_at;

void fail_arena_at(long n)
{
    atomic_store(&fail_at, n);
    atomic_store(&made, 0);
}

long arena_pieces(void)
{
    return atomic_load(&made);
}

static bool fails(void)
{
    const long n = atomic_fetch_add(&made, 1) + 1, first = atomic_load(&fail_at);
    return first > 0 && n >= first;
}

dsc_status __real_dsc_arena_alloc(dsc_arena *arena, size_t count, size_t size, void *out);
dsc_status __wrap_dsc_arena_alloc(dsc_arena *arena, size_t count, size_t size, void *out);
dsc_status __wrap_dsc_arena_alloc(dsc_arena *arena, size_t count, size_t size, void *out)
{
    return fails() ? DSC_MEMORY : __real_dsc_arena_alloc(arena, count, size, out);
}

dsc_status __real_dsc_arena_strdup(dsc_arena *arena, const char *text, char **out);
dsc_status __wrap_dsc_arena_strdup(dsc_arena *arena, const char *text, char **out);
dsc_status __wrap_dsc_arena_strdup(dsc_arena *arena, const char *text, char **out)
{
    return text && fails() ? DSC_MEMORY : __real_dsc_arena_strdup(arena, text, out);
}
