// SPDX-License-Identifier: Apache-2.0
// fuzz.h — what is run on made-up bytes: a function per kind of input. They abort where something
// is promised and not kept. libFuzzer runs them (make fuzz), test_fuzz runs them on the corpora.
#ifndef DISCERN_TESTS_FUZZ_H
#define DISCERN_TESTS_FUZZ_H

#include "discern/base.h"

typedef struct fuzz_target {
    const char *name; // of its folder in tests/fuzz/corpus
    void (*run)(const uint8_t *data, size_t n);
} fuzz_target;
extern const fuzz_target fuzz_targets[]; // the last has no name

void fuzz_cog(const uint8_t *data, size_t n);
void fuzz_csv(const uint8_t *data, size_t n);
void fuzz_arrays(const uint8_t *data, size_t n);
void fuzz_json(const uint8_t *data, size_t n);
void fuzz_mat(const uint8_t *data, size_t n);
void fuzz_hdf5(const uint8_t *data, size_t n);
void fuzz_pth(const uint8_t *data, size_t n);
void fuzz_config(const uint8_t *data, size_t n);
void fuzz_safetensors(const uint8_t *data, size_t n);
void fuzz_split(const uint8_t *data, size_t n);

void fuzz_must(bool condition);

// An allocator that has only so much to give.
typedef struct fuzz_memory {
    long left; // allocations until all fail; negative: they do not
} fuzz_memory;
dsc_allocator fuzz_allocator(fuzz_memory *m);
// The sum of the bytes: a number that changes with them.
long fuzz_sum(const uint8_t *data, size_t n);

// Writes the bytes to a file of this process and calls `body` with its path, once as it is and once
// with an allocation that fails. It must return DSC_OK, DSC_INPUT with a sentence, or be out of
// memory.
typedef dsc_status fuzz_body(dsc_context *ctx, const char *path);
void fuzz_file(const uint8_t *data, size_t n, const char *ending, fuzz_body *body);

#endif
