// SPDX-License-Identifier: Apache-2.0
// fuzz.c — the list of what is fuzzed, and what all of it needs; see fuzz.h.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

const fuzz_target fuzz_targets[] = {
    {"cog", fuzz_cog},
    {"csv", fuzz_csv},
    {"arrays", fuzz_arrays},
    {"json", fuzz_json},
    {"mat", fuzz_mat},
    {"hdf5", fuzz_hdf5},
    {"pth", fuzz_pth},
    {"config", fuzz_config},
    {"safetensors", fuzz_safetensors},
    {"split", fuzz_split},
    {NULL, NULL},
};

enum { LARGEST = 1 << 28 }; // bytes of one allocation: no small file may need more

void fuzz_must(bool condition)
{
    if (!condition) abort();
}

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

dsc_allocator fuzz_allocator(fuzz_memory *m)
{
    return (dsc_allocator){resize, m};
}

long fuzz_sum(const uint8_t *data, size_t n)
{
    long sum = 0;
    for (size_t i = 0; i < n; i++) sum += data[i];
    return sum;
}

static void try_body(const char *path, fuzz_body *body, long left)
{
    fuzz_memory m = {.left = left};
    const dsc_allocator a = fuzz_allocator(&m);
    dsc_context *ctx = NULL;
    if (dsc_context_create(&a, &ctx) != DSC_OK) return;
    const dsc_status status = body(ctx, path);
    fuzz_must(status == DSC_OK || status == DSC_INPUT || status == DSC_MEMORY);
    fuzz_must(status != DSC_INPUT || *dsc_message(ctx));
    dsc_context_destroy(&ctx);
}

void fuzz_file(const uint8_t *data, size_t n, const char *ending, fuzz_body *body)
{
    char path[64];
    const char *folder =
        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; // in memory if it may be
    snprintf(path, sizeof path, "%s/discern-fuzz-%d%s", folder, (int)getpid(), ending);
    FILE *out = fopen(path, "wb");
    fuzz_must(out != NULL);
    fwrite(data, 1, n, out);
    fclose(out);
    try_body(path, body, -1);
    try_body(path, body, fuzz_sum(data, n) % 61);
    unlink(path);
}
