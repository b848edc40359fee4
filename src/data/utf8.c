// SPDX-License-Identifier: Apache-2.0
// utf8.c — texts are UTF-8 from here on: a file that is not is read as Latin-1, which any bytes
// are.
#include <string.h>

#include "data/private.h"

int data_put_character(uint32_t c, char *out)
{
    static const int lead[] = {0, 0xc0, 0xe0, 0xf0};
    const int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    for (int i = more; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(lead[more] | (int)c);
    return more + 1;
}

// The length of the character at p, 0 if it is none (RFC 3629: shortest form, no surrogates).
static size_t character_length(const unsigned char *p, size_t n)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const size_t more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : 1;
    if (p[0] < 0xc0 || p[0] > 0xf4 || n <= more) return 0;
    uint32_t c = p[0] & (0x3fu >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    return c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : more + 1;
}

static bool is_utf8(const char *bytes, size_t n)
{
    const unsigned char *p = (const unsigned char *)bytes;
    for (size_t i = 0; i < n;) {
        const size_t length = p[i] < 0x80 ? 1 : character_length(p + i, n - i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

// The text as if it were Latin-1; `out` has two bytes per byte. Returns how many there are.
static size_t from_latin_1(const char *bytes, size_t n, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        used += (size_t)data_put_character((unsigned char)bytes[i], out + used);
    return used;
}

dsc_status data_utf8_text(dsc_arena *arena, const char *bytes, size_t n, char **text)
{
    char *made;
    n = strnlen(bytes, n);
    DSC_TRY(dsc_arena_alloc(arena, 2 * n + 1, 1, &made));
    if (is_utf8(bytes, n)) memcpy(made, bytes, n);
    else from_latin_1(bytes, n, made);
    *text = made;
    return DSC_OK;
}

dsc_status data_make_utf8(dsc_context *ctx, const char *path, data_bytes *file)
{
    char *bytes;
    if (is_utf8(file->bytes, file->n)) return DSC_OK;
    DSC_TRY(dsc_alloc(ctx, file->n * 2 + 1, 1, &bytes));
    const size_t n = from_latin_1(file->bytes, file->n, bytes);
    dsc_free(ctx, &file->bytes);
    file->bytes = bytes;
    file->n = n;
    dsc_note(ctx, DSC_NOTE, "%s: the text is not UTF-8 and is read as Latin-1", path);
    return DSC_OK;
}
