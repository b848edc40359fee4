// SPDX-License-Identifier: Apache-2.0
// failing_calls.h — calls of libraries that fail once, for the one test program that includes it.
// The linker sends the calls here (-Wl,--wrap, see the Makefile).
#ifndef DISCERN_TESTS_FAILING_CALLS_H
#define DISCERN_TESTS_FAILING_CALLS_H

#include <stdbool.h>

// Call number fail_at (from 1) since `made` was 0 fails; 0: none.
static struct {
    long made, fail_at;
    const char *failed; // the call that did
} fault;

static bool fails(const char *name)
{
    if (++fault.made != fault.fail_at) return false;
    fault.failed = name;
    return true;
}

// A call that gives back `failed` where it fails.
// clang-format off
#define WRAP(type, name, parameters, arguments, failed)               \
    type __real_##name parameters;                                    \
    type __wrap_##name parameters;                                    \
    type __wrap_##name parameters                                     \
    {                                                                 \
        return fails(#name) ? (failed) : __real_##name arguments;     \
    }
// clang-format on

#endif
