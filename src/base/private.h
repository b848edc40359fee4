// SPDX-License-Identifier: Apache-2.0
// private.h — what the files of the base room share.
#ifndef DISCERN_BASE_PRIVATE_H
#define DISCERN_BASE_PRIVATE_H

#include "discern/base.h"

// Used by one thread at a time; workers of a pool report through their items.
struct dsc_context {
    dsc_allocator allocator;
    dsc_note_fn *note;
    void *note_user;
    char message[2048];
    struct kept *kept; // the newest first
};

// The shortest text that reads back as a finite number, if 1e-10 <= |value| < 1e15 (shortest.c);
// else false. `out` has 32 bytes.
bool write_shortest_digits(double value, char *out);

// The number of threads this process may usefully run.
int base_processors(void);

#endif
