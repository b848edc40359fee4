// SPDX-License-Identifier: Apache-2.0
// test_fuzz.c — what is fuzzed, on the files of the corpora: what the fuzzers start from, and what
// once broke something. No libFuzzer is needed.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "support/check.h"

static int run_file(const fuzz_target *t, const char *path)
{
    dsc_context *ctx = NULL;
    char *bytes;
    size_t n;
    assert_int_equal(dsc_context_create(NULL, &ctx), DSC_OK);
    CHECK_OK(ctx, dsc_read_file(ctx, path, &bytes, &n));
    // A block of just this size, so that a sanitizer sees what lies behind it.
    uint8_t *data = malloc(n ? n : 1);
    memcpy(data, bytes, n);
    fuzz_run(t, data, n);
    free(data);
    dsc_free(ctx, &bytes);
    dsc_context_destroy(&ctx);
    return 1;
}

static int run_folder(const fuzz_target *t)
{
    char path[512];
    int n = 0;
    snprintf(path, sizeof path, "tests/fuzz/corpus/%s", t->name);
    DIR *folder = opendir(path);
    if (!folder) fail_msg("%s is missing", path);
    for (struct dirent *entry; (entry = readdir(folder));) {
        snprintf(path, sizeof path, "tests/fuzz/corpus/%s/%s", t->name, entry->d_name);
        if (entry->d_name[0] != '.') n += run_file(t, path);
    }
    closedir(folder);
    return n;
}

static void every_corpus_is_read_or_refused(void **state)
{
    (void)state;
    for (const fuzz_target *t = fuzz_targets; t->name; t++) assert_true(run_folder(t) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_corpus_is_read_or_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
