// SPDX-License-Identifier: Apache-2.0
// fuzz.c — the list of what is fuzzed, and what all of it needs; see fuzz.h.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

const fuzz_target fuzz_targets[] = {
    {"cog", ".cog", fuzz_read_cog},
    {"csv", ".csv", fuzz_read_table},
    {"arrays", ".npz", fuzz_read_table},
    {"json", ".json", fuzz_read_table},
    {"mat", ".mat", fuzz_read_table},
    {"hdf5", ".h5", fuzz_read_table},
    {"pth", ".pth", fuzz_read_pth},
    {"config", ".yaml", fuzz_read_config},
    {"safetensors", ".safetensors", fuzz_read_checkpoint},
    {"split", ".json", fuzz_read_split},
    {"predictions", ".csv", fuzz_read_predictions},
    {"estimates", ".csv", fuzz_read_estimates},
    {NULL, NULL, NULL},
};

const fuzz_target *fuzz_find(const char *name)
{
    const fuzz_target *t = fuzz_targets;
    while (name && t->name && strcmp(t->name, name) != 0) t++;
    fuzz_must(name && t->name);
    return t;
}

enum { LARGEST = 1 << 28 }; // bytes of one allocation: no small file may need more

void fuzz_must(bool condition)
{
    if (!condition) abort();
}

// An allocator that has only so much to give.
typedef struct fuzz_memory {
    long left; // allocations until all fail; negative: they do not
} fuzz_memory;

static void *resize(void *user, void *p, size_t bytes)
{
    fuzz_memory *m = user;
    if (bytes == 0) {
        free(p);
        return NULL;
    }
    if (m->left == 0 || bytes > LARGEST) return NULL;
    if (m->left > 0) m->left--;
    return realloc(p, bytes);
}

// A number that changes with the bytes.
static long sum_of(const uint8_t *data, size_t n)
{
    long sum = 0;
    for (size_t i = 0; i < n; i++) sum += data[i];
    return sum;
}

static void try_body(const char *path, fuzz_body *body, long left)
{
    fuzz_memory m = {.left = left};
    const dsc_allocator a = {resize, &m};
    dsc_context *ctx = NULL;
    if (dsc_context_create(&a, &ctx) != DSC_OK) return;
    const dsc_status status = body(ctx, path);
    fuzz_must(status == DSC_OK || status == DSC_INPUT || status == DSC_MEMORY);
    fuzz_must(status != DSC_INPUT || *dsc_message(ctx));
    dsc_context_destroy(&ctx);
}

void fuzz_run(const fuzz_target *t, const uint8_t *data, size_t n)
{
    char path[64];
    const char *folder =
        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; // in memory if it may be
    snprintf(path, sizeof path, "%s/discern-fuzz-%d%s", folder, (int)getpid(), t->ending);
    FILE *out = fopen(path, "wb");
    fuzz_must(out != NULL);
    fwrite(data, 1, n, out);
    fclose(out);
    try_body(path, t->body, -1);
    try_body(path, t->body, sum_of(data, n) % 97);
    unlink(path);
}
