// SPDX-License-Identifier: Apache-2.0
// json.c — see golden.h; zlib reads plain files too.
#include <math.h>
#include <zlib.h>

#include "golden/golden.h"

enum { CHUNK = 1 << 16 };

static dsc_status read_all(dsc_context *ctx, const char *path, char **bytes, size_t *n)
{
    gzFile f = gzopen(path, "rb");
    char *block = NULL;
    size_t used = 0, room = 0;
    int got = 0;
    DSC_REQUIRE(ctx, f, DSC_IO, "%s: cannot be opened", path);
    do {
        used += (size_t)got;
        if (room < used + CHUNK) {
            const dsc_status s = dsc_grow(ctx, room, 2 * room + CHUNK, 1, &block);
            if (s != DSC_OK) {
                gzclose(f);
                dsc_free(ctx, &block);
                return s;
            }
            room = 2 * room + CHUNK;
        }
        got = gzread(f, block + used, CHUNK);
    } while (got > 0);
    gzclose(f);
    *bytes = block;
    *n = used;
    return got == 0 ? DSC_OK : dsc_fail(ctx, DSC_IO, "%s: cannot be unpacked", path);
}

dsc_status golden_read(dsc_context *ctx, const char *path, json_t **root)
{
    char *bytes = NULL;
    size_t n = 0;
    json_error_t error;
    dsc_status status = read_all(ctx, path, &bytes, &n);
    json_t *made = status == DSC_OK ? json_loadb(bytes, n, 0, &error) : NULL;
    if (status == DSC_OK && !made)
        status = dsc_fail(ctx, DSC_INPUT, "%s, line %d: %s", path, error.line, error.text);
    dsc_free(ctx, &bytes);
    if (status == DSC_OK) *root = made;
    return status;
}

static size_t count(const json_t *a)
{
    size_t n = 0;
    if (!json_is_array(a)) return 1;
    for (size_t i = 0; i < json_array_size(a); i++) n += count(json_array_get(a, i));
    return n;
}

static double value_of(const json_t *a)
{
    if (json_is_boolean(a)) return json_is_true(a);
    return json_is_number(a) ? json_number_value(a) : NAN;
}

static double *flatten(const json_t *a, double *to)
{
    if (!json_is_array(a)) {
        *to = value_of(a);
        return to + 1;
    }
    for (size_t i = 0; i < json_array_size(a); i++) to = flatten(json_array_get(a, i), to);
    return to;
}

double *golden_numbers(dsc_arena *arena, const json_t *a, size_t *n)
{
    double *block = NULL;
    *n = json_is_array(a) ? count(a) : 0;
    if (*n == 0 || dsc_arena_alloc(arena, *n, sizeof *block, &block) != DSC_OK) return NULL;
    flatten(a, block);
    return block;
}

double *golden_block(dsc_arena *arena, size_t n)
{
    double *block = NULL;
    return dsc_arena_alloc(arena, n + 1, sizeof *block, &block) == DSC_OK ? block : NULL;
}

double golden_number(const json_t *object, const char *key)
{
    return value_of(json_object_get(object, key));
}

void tally_json(tally *t, dsc_arena *arena, const char *what, size_t n, const double *got,
                const json_t *wanted, tolerance allowed)
{
    size_t found;
    const double *numbers = golden_numbers(arena, wanted, &found);
    if (!numbers || found != n) tally_fail(t, "%s: %zu numbers, we have %zu", what, found, n);
    else tally_compare(t, what, n, got, numbers, allowed);
}
