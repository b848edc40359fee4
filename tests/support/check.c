// SPDX-License-Identifier: Apache-2.0
// check.c — what several test programs use; see check.h.
#include <dirent.h>
#include <ftw.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"

void check_contains(const char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

static void *resize_or_fail(void *user, void *p, size_t bytes)
{
    failing_allocator *f = user;
    if (bytes == 0) {
        f->alive -= p != NULL;
        free(p);
        return NULL;
    }
    const bool later = ++f->made > f->fail_at;
    if (f->fail_at > 0 && (f->made == f->fail_at || (later && !f->alone))) return NULL;
    f->alive += p == NULL;
    // Fresh memory is full of rubbish here, so that what should be zeroed has to be.
    return p ? realloc(p, bytes) : memset(malloc(bytes), 0xa5, bytes);
}

dsc_allocator failing_allocator_of(failing_allocator *f)
{
    return (dsc_allocator){resize_or_fail, f};
}

static dsc_status run_body(const dsc_allocator *a, allocation_body *body, void *user)
{
    dsc_context *ctx = NULL;
    DSC_TRY(dsc_context_create(a, &ctx));
    const dsc_status status = body(ctx, user);
    dsc_context_destroy(&ctx);
    return status;
}

// Whether allocation n was made: it, or the n-th piece of an arena, and all later ones fail.
static bool survive_failure(allocation_body *body, void *user, bool arena, long n)
{
    const char *what = arena ? "piece of an arena" : "allocation";
    failing_allocator f = {.fail_at = arena ? 0 : n};
    const dsc_allocator a = failing_allocator_of(&f);
    fail_arena_at(arena ? n : 0);
    const dsc_status status = run_body(&a, body, user);
    const long made = arena ? arena_pieces() : f.made;
    fail_arena_at(0);
    if (f.alive != 0) fail_msg("%s %ld failed: %ld blocks leaked", what, n, f.alive);
    if (status == DSC_OK && made < n) return false;
    if (status != DSC_MEMORY) fail_msg("%s %ld failed: status %d", what, n, (int)status);
    return true;
}

long check_every_allocation_failure(allocation_body *body, void *user)
{
    long tried = 0;
    for (int arena = 0; arena < 2; arena++)
        for (long n = 1; survive_failure(body, user, arena, n); n++) tried++;
    return tried;
}

static struct {
    long made, fail_at;
} of_json;

// Of larger pieces (texts that are written) jansson 2.14 itself overlooks some that it does not
// get.
enum { LARGEST_OF_JSON = 100 };

static void *json_memory(size_t bytes)
{
    const bool fails = bytes <= LARGEST_OF_JSON && ++of_json.made == of_json.fail_at;
    return fails ? NULL : malloc(bytes ? bytes : 1);
}

static bool survive_json_failure(allocation_body *body, void *user, bool writes, long n)
{
    const dsc_allocator a = failing_allocator_of(&(failing_allocator){0});
    of_json.made = 0, of_json.fail_at = n;
    json_set_alloc_funcs(json_memory, free);
    const dsc_status status = run_body(&a, body, user);
    json_set_alloc_funcs(malloc, free);
    if (of_json.made < n) return false;
    if (status != DSC_MEMORY && status != DSC_INPUT && (writes || status != DSC_OK))
        fail_msg("piece of JSON %ld failed: status %d", n, (int)status);
    return true;
}

long check_every_json_failure(allocation_body *body, void *user, bool writes)
{
    long n = 1;
    while (survive_json_failure(body, user, writes, n)) n++;
    return n - 1;
}

void make_temporary_folder(char *path)
{
    strcpy(path, "/tmp/discern-test-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static int remove_entry(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s, (void)type, (void)at;
    return remove(path);
}

void remove_folder(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *path_in(const char *folder, const char *name)
{
    static char paths[8][512];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

char *text_in(dsc_context *ctx, const char *folder, const char *name)
{
    char *text = NULL;
    size_t n;
    CHECK_OK(ctx, dsc_read_file(ctx, path_in(folder, name), &text, &n));
    return text;
}

void check_text_in(dsc_context *ctx, const char *folder, const char *name, const char *part)
{
    char *text = text_in(ctx, folder, name);
    check_contains(text, part);
    dsc_free(ctx, &text);
}

int count_entries(const char *path)
{
    DIR *folder = opendir(path);
    assert_non_null(folder);
    int n = 0;
    while (readdir(folder)) n++;
    closedir(folder);
    return n - 2;
}

const double *values_of(const dsc_table *t, const char *column)
{
    const dsc_column *c = dsc_table_column(t, column);
    if (!c) fail_msg("there is no column %s", column);
    return c->value;
}

const dsc_model *model_called(dsc_context *ctx, const char *name)
{
    const dsc_model *model = NULL;
    if (dsc_model_find(ctx, name, &model) != DSC_OK) fail_msg("%s", dsc_message(ctx));
    return model;
}

void check_value(const char *what, double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%s is %.12g, not %.12g (within %g)", what, value, wanted, tolerance);
}
