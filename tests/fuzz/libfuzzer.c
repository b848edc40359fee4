// SPDX-License-Identifier: Apache-2.0
// libfuzzer.c — one of the targets, named by FUZZ_TARGET, for libFuzzer.
#include <stdlib.h>

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fuzz_run(fuzz_find(getenv("FUZZ_TARGET")), data, n);
    return 0;
}
