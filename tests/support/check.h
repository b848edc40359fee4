// SPDX-License-Identifier: Apache-2.0
// check.h — cmocka with what it needs, a context whose n-th allocation fails, temporary folders.
#ifndef DISCERN_TESTS_CHECK_H
#define DISCERN_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "discern/data.h"
#include "discern/models.h"

// Fails with the context's sentence unless the call returns DSC_OK.
#define CHECK_OK(ctx, call)                                                \
    do {                                                                   \
        if ((call) != DSC_OK) fail_msg("%s: %s", #call, dsc_message(ctx)); \
    } while (0)
// The call must return this status, and its sentence must contain `part`.
#define CHECK_FAILS(ctx, status, part, call)      \
    do {                                          \
        assert_int_equal((call), (status));       \
        check_contains(dsc_message(ctx), (part)); \
    } while (0)

void check_contains(const char *text, const char *part);
// Fails unless |value - wanted| <= tolerance, saying what it is the value of.
void check_value(const char *what, double value, double wanted, double tolerance);

// An allocator that counts and hands out memory full of rubbish: allocation number
// `fail_at` (from 1) and all later ones fail, or it alone; 0: none.
typedef struct failing_allocator {
    long made, alive, fail_at;
    bool alone;
} failing_allocator;
dsc_allocator failing_allocator_of(failing_allocator *f);

// The n-th piece of an arena from here on and all later ones fail (0: none do); how many were asked
// for since.
void fail_arena_at(long n);
long arena_pieces(void);

// Runs `body` with the first, second, ... allocation failing until it succeeds, and again with the
// first, second, ... piece of an arena. Each failure must
// be DSC_MEMORY and leave nothing allocated. Returns the number of failures that were tried.
typedef dsc_status allocation_body(dsc_context *ctx, void *user);
long check_every_allocation_failure(allocation_body *body, void *user);

// A fresh empty folder (`path` has 64 bytes), and its removal with all that is in it.
void make_temporary_folder(char *path);
void remove_folder(const char *path);
// "FOLDER/NAME"; valid until the next but seven.
const char *path_in(const char *folder, const char *name);
// The whole of a text file in a folder (free with dsc_free); and that it holds a part.
char *text_in(dsc_context *ctx, const char *folder, const char *name);
void check_text_in(dsc_context *ctx, const char *folder, const char *name, const char *part);
// The number of entries in a folder, hidden ones too, "." and ".." not.
int count_entries(const char *path);

// The same with single pieces of jansson's memory, which is not the context's. What `writes` may
// overlook none; where jansson 2.14 reads, it overlooks some itself, and what is damaged then is
// not always told from what has no memory. Leaks are for sanitizers.
long check_every_json_failure(allocation_body *body, void *user, bool writes);

// The values of a column of a table, which must be there.
const double *values_of(const dsc_table *t, const char *column);

/* The model of that name; the test fails if there is none. */
const dsc_model *model_called(dsc_context *ctx, const char *name);

#endif
