// SPDX-License-Identifier: Apache-2.0
// mat_file.h — MAT files of version 5 put together in memory, element by element.
#ifndef DISCERN_TESTS_MAT_FILE_H
#define DISCERN_TESTS_MAT_FILE_H

#include <stddef.h>
#include <stdint.h>

typedef struct mat {
    char bytes[8192];
    size_t n;
} mat;

enum {
    INT8 = 1,
    UINT8 = 2,
    UINT16 = 4,
    INT32 = 5,
    UINT32 = 6,
    DOUBLE = 9,
    MATRIX = 14,
    PACKED = 15
};
enum {
    CELL = 1,
    STRUCT = 2,
    OBJECT = 3,
    CHAR = 4,
    SPARSE = 5,
    DOUBLES = 6,
    UINT8S = 9,
    OPAQUE = 17
};

void start_file(mat *m);
void put_word(mat *m, uint32_t word);
// An element, and the same in 8 bytes.
void put(mat *m, int type, const void *bytes, size_t n);
void put_small(mat *m, int type, const void *bytes, size_t n);
// The head of a matrix; returns where its size is to be filled in.
size_t open_matrix(mat *m, int class, int rows, int columns, const char *name);
void close_matrix(mat *m, size_t start);
void put_numbers(mat *m, const char *name, int rows, int columns, const double *values);
void put_text(mat *m, const char *name, const char *text);
// n structs; the values of their fields (names of at most 15 letters) follow, struct by struct.
size_t open_struct(mat *m, const char *name, int n, const char *const *fields, int n_fields);

#endif
