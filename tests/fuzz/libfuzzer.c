// SPDX-License-Identifier: Apache-2.0
// libfuzzer.c — one of the targets, named by FUZZ_TARGET, for libFuzzer.
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"

static const fuzz_target *target(void)
{
    const char *name = getenv("FUZZ_TARGET");
    const fuzz_target *t = fuzz_targets;
    while (name && t->name && strcmp(t->name, name) != 0) t++;
    fuzz_must(name && t->name);
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    target()->run(data, n);
    return 0;
}
