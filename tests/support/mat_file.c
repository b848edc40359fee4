// SPDX-License-Identifier: Apache-2.0
// mat_file.c — see mat_file.h.
#include <string.h>

#include "support/mat_file.h"

void put_word(mat *m, uint32_t word)
{
    for (int i = 0; i < 4; i++) m->bytes[m->n++] = (char)(word >> 8 * i & 0xff);
}

void put(mat *m, int type, const void *bytes, size_t n)
{
    put_word(m, (uint32_t)type);
    put_word(m, (uint32_t)n);
    if (n) memcpy(m->bytes + m->n, bytes, n);
    m->n += n;
    for (; n % 8; n++) m->bytes[m->n++] = 0;
}

void put_small(mat *m, int type, const void *bytes, size_t n)
{
    put_word(m, (uint32_t)type | (uint32_t)n << 16);
    memcpy(m->bytes + m->n, "\0\0\0\0", 4);
    memcpy(m->bytes + m->n, bytes, n);
    m->n += 4;
}

void start_file(mat *m)
{
    static const char text[] = "MATLAB 5.0 MAT-file, made by hand";
    memset(m->bytes, ' ', 124);
    memcpy(m->bytes, text, sizeof text - 1);
    memcpy(m->bytes + 124, "\0\1IM", 4);
    m->n = 128;
}

size_t open_matrix(mat *m, int class, int rows, int columns, const char *name)
{
    const uint32_t flags[2] = {(uint32_t) class, 0};
    const int32_t shape[2] = {rows, columns};
    put_word(m, MATRIX);
    put_word(m, 0);
    const size_t start = m->n;
    put(m, UINT32, flags, 8);
    put(m, INT32, shape, 8);
    if (strlen(name) > 0 && strlen(name) <= 4) put_small(m, INT8, name, strlen(name));
    else put(m, INT8, name, strlen(name));
    return start;
}

void close_matrix(mat *m, size_t start)
{
    const size_t end = m->n;
    m->n = start - 4;
    put_word(m, (uint32_t)(end - start));
    m->n = end;
}

void put_numbers(mat *m, const char *name, int rows, int columns, const double *values)
{
    const size_t start = open_matrix(m, DOUBLES, rows, columns, name);
    put(m, DOUBLE, values, (size_t)(rows * columns) * 8);
    close_matrix(m, start);
}

void put_text(mat *m, const char *name, const char *text)
{
    uint16_t wide[64];
    const size_t n = strlen(text), start = open_matrix(m, CHAR, n ? 1 : 0, (int)n, name);
    for (size_t i = 0; i < n; i++) wide[i] = (unsigned char)text[i]; // Latin-1
    put(m, UINT16, wide, n * 2);
    close_matrix(m, start);
}

size_t open_struct(mat *m, const char *name, int n, const char *const *fields, int n_fields)
{
    char names[16 * 16] = {0};
    const int32_t each = 16;
    const size_t start = open_matrix(m, STRUCT, 1, n, name);
    for (int i = 0; i < n_fields; i++) strcpy(names + 16 * i, fields[i]);
    put_small(m, INT32, &each, 4);
    put(m, INT8, names, (size_t)(16 * n_fields));
    return start;
}
