// SPDX-License-Identifier: Apache-2.0
// array.c — one NPY array (format versions 1 to 3): "\x93NUMPY", version, length of the header, a
// header that is a Python dictionary {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4)}, the
// elements. Little-endian numbers, and texts.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/private.h"

bool data_is_npy(const data_bytes *file)
{
    return file->n >= 6 && memcmp(file->bytes, "\x93NUMPY", 6) == 0;
}

typedef struct array_parser {
    dsc_context *ctx;
    const char *place;
    char header[4096]; // ends with 0
    size_t data;       // where the elements start
} array_parser;

static dsc_status fail_damaged(const array_parser *p, const char *what)
{
    return dsc_fail(p->ctx, DSC_INPUT, "%s: the array %s; save it again with numpy.save", p->place,
                    what);
}

static size_t little_endian(const char *bytes, int n)
{
    size_t value = 0;
    for (int i = n - 1; i >= 0; i--) value = value << 8 | (unsigned char)bytes[i];
    return value;
}

static dsc_status find_header(array_parser *p, const data_bytes *file)
{
    if (!data_is_npy(file) || file->n < 12) return fail_damaged(p, "is no NPY array or is cut off");
    const int version = file->bytes[6], width = version == 1 ? 2 : 4;
    if (version < 1 || version > 3) return fail_damaged(p, "has an unknown format version");
    const size_t length = little_endian(file->bytes + 8, width), start = 8 + (size_t)width;
    if (length > file->n - start) return fail_damaged(p, "is cut off in its header");
    if (length >= sizeof p->header)
        return fail_damaged(p, "has a header too long to be one of numbers");
    memcpy(p->header, file->bytes + start, length);
    p->header[length] = 0;
    p->data = start + length;
    return DSC_OK;
}

// What follows "'key':", past blanks; NULL if the key is not there.
static const char *entry(const array_parser *p, const char *key)
{
    char quoted[32];
    snprintf(quoted, sizeof quoted, "'%s'", key);
    const char *at = strstr(p->header, quoted);
    if (!at) return NULL;
    at += strlen(quoted);
    at += strspn(at, " ");
    if (*at++ != ':') return NULL;
    return at + strspn(at, " ");
}

static bool is_known_type(char kind, size_t size)
{
    static const struct {
        char kind;
        const char *sizes;
    } types[] = {{'i', "1248"}, {'u', "1248"}, {'f', "48"}, {'b', "1"}};
    if (kind == 'U' || kind == 'S') return size > 0 && size <= 4096;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].kind == kind && size < 10)
            return strchr(types[i].sizes, '0' + (int)size) != NULL;
    return false;
}

// A type is a text or, of a structured array, a list or tuple; the other entries follow it.
static int type_length(const char *at)
{
    const char *end = *at == '\'' ? strchr(at + 1, '\'') : strstr(at, ", '");
    while (end && *at != '\'' && strncmp(end, ", 'fortran", 10) && strncmp(end, ", 'shape", 8))
        end = strstr(end + 1, ", '");
    const size_t n = end ? (size_t)(end - at) + (*at == '\'') : strcspn(at, "}");
    return n < 200 ? (int)n : 200;
}

static dsc_status parse_type(const array_parser *p, data_array *a)
{
    const char *at = entry(p, "descr");
    char *end = NULL;
    if (!at) return fail_damaged(p, "does not say its type");
    const bool plain = *at == '\'' && strchr("<|=>", at[1]) && at[1];
    const unsigned long size = plain && at[2] ? strtoul(at + 3, &end, 10) : 0;
    const char kind = plain ? at[2] : 0;
    const size_t bytes = kind == 'U' ? size * 4 : size;
    const bool little = plain && (at[1] != '>' || bytes == 1);
    DSC_REQUIRE(
        p->ctx, end && *end == '\'' && size < 4096 && little && is_known_type(kind, bytes),
        DSC_INPUT,
        "%s: elements of type (descr) %.*s are not read; save %s. Types that are read: integers "
        "of 1 to 8 bytes (<i1 ... <i8, <u1 ... <u8), floats of 4 or 8 (<f4, <f8), booleans "
        "(|b1), texts (<U, |S)",
        p->place, type_length(at), at,
        *at == '['
            ? "every field as an array of its own, numpy.savez(FILE, NAME=array['NAME'], ...)"
            : "it as numbers, e.g. array.astype('<f8')");
    a->kind = kind;
    a->size = bytes;
    return DSC_OK;
}

static dsc_status parse_order(const array_parser *p, data_array *a)
{
    const char *at = entry(p, "fortran_order");
    if (!at || (strncmp(at, "True", 4) != 0 && strncmp(at, "False", 5) != 0))
        return fail_damaged(p, "does not say the order of its elements");
    a->fortran = *at == 'T';
    return DSC_OK;
}

static dsc_status parse_shape(const array_parser *p, data_array *a)
{
    const char *at = entry(p, "shape");
    if (!at || *at++ != '(') return fail_damaged(p, "does not say its shape");
    a->n = 1;
    for (a->n_dimensions = 0; *(at += strspn(at, " ,")) != ')';) {
        char *end;
        if (*at < '0' || *at > '9') return fail_damaged(p, "has a damaged shape");
        if (a->n_dimensions == DATA_MAX_DIMENSIONS)
            return fail_damaged(p, "has too many dimensions");
        const unsigned long long n = strtoull(at, &end, 10);
        at = end;
        if (n > SIZE_MAX / 64 || (n > 0 && a->n > SIZE_MAX / 64 / n))
            return fail_damaged(p, "is larger than any file");
        a->shape[a->n_dimensions++] = (size_t)n;
        a->n *= (size_t)n;
    }
    return DSC_OK;
}

static dsc_status find_elements(const array_parser *p, const data_bytes *file, data_array *a)
{
    const size_t have = file->n - p->data;
    DSC_REQUIRE(p->ctx, a->n <= have / a->size, DSC_INPUT,
                "%s: the array is cut off: %zu elements were promised, %zu are there; get the file "
                "again",
                p->place, a->n, have / a->size);
    DSC_REQUIRE(p->ctx, a->n > 0, DSC_INPUT, "%s: the array is empty", p->place);
    a->bytes = file->bytes + p->data;
    return DSC_OK;
}

dsc_status data_array_parse(dsc_context *ctx, const char *place, const data_bytes *file,
                            data_array *a)
{
    array_parser p = {.ctx = ctx, .place = place};
    data_array made = {.name = a->name};
    DSC_TRY(find_header(&p, file));
    DSC_TRY(parse_type(&p, &made));
    DSC_TRY(parse_order(&p, &made));
    DSC_TRY(parse_shape(&p, &made));
    DSC_TRY(find_elements(&p, file, &made));
    *a = made;
    return DSC_OK;
}

static double signed_number(uint64_t bits, size_t size)
{
    const int unused = 64 - 8 * (int)size;
    const uint64_t sign = UINT64_C(1) << (8 * size - 1);
    if (!(bits & sign)) return (double)bits;
    // The magnitude of a negative number, in the bits that it has.
    return -(double)((~bits + 1) & (UINT64_MAX >> unused));
}

static double float_number(uint64_t bits, size_t size)
{
    const uint32_t half = (uint32_t)bits;
    float single;
    double number;
    memcpy(&single, &half, sizeof single);
    memcpy(&number, &bits, sizeof number);
    return size == 4 ? (double)single : number;
}

double data_array_number(const data_array *a, size_t i)
{
    const uint64_t bits = little_endian(a->bytes + i * a->size, (int)a->size);
    if (a->kind == 'f') return float_number(bits, a->size);
    if (a->kind == 'i') return signed_number(bits, a->size);
    return (double)bits;
}

// Bytes of an 'S' array are Latin-1.
static uint32_t character_at(const data_array *a, const char *from, size_t k)
{
    const size_t width = a->kind == 'U' ? 4 : 1;
    const uint32_t c = (uint32_t)little_endian(from + k * width, (int)width);
    return c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? '?' : c;
}

void data_array_text(const data_array *a, size_t i, char *out)
{
    const size_t n = a->kind == 'U' ? a->size / 4 : a->size;
    for (size_t k = 0; k < n; k++) {
        const uint32_t c = character_at(a, a->bytes + i * a->size, k);
        if (c == 0) break;
        out += data_put_character(c, out);
    }
    *out = 0;
}
