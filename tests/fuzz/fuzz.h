// SPDX-License-Identifier: Apache-2.0
// fuzz.h — what is run on made-up bytes: a row of a table per kind of input. What is
// promised and not kept aborts. libFuzzer runs them (make fuzz), test_fuzz runs them on the
// corpora.
#ifndef DISCERN_TESTS_FUZZ_H
#define DISCERN_TESTS_FUZZ_H

#include "discern/base.h"

// Reads a file. It must return DSC_OK, DSC_INPUT with a sentence, or be out of memory.
typedef dsc_status fuzz_body(dsc_context *ctx, const char *path);
fuzz_body fuzz_read_cog, fuzz_read_table, fuzz_read_pth, fuzz_read_config, fuzz_read_checkpoint,
    fuzz_read_split, fuzz_read_predictions, fuzz_read_estimates;

typedef struct fuzz_target {
    const char *name;   // of its folder in tests/fuzz/corpus
    const char *ending; // of the file that its body reads
    fuzz_body *body;
} fuzz_target;
extern const fuzz_target fuzz_targets[];        // the last has no name
const fuzz_target *fuzz_find(const char *name); // there must be one

// Writes the bytes to a file of this process and has it read, once as it is and once with an
// allocation that fails.
void fuzz_run(const fuzz_target *t, const uint8_t *data, size_t n);

void fuzz_must(bool condition);

#endif
