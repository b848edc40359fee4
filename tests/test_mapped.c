// SPDX-License-Identifier: Apache-2.0
// test_mapped.c — data larger than memory: large blocks in files, the same results, no file left.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "discern/base.h"
#include "support/program.h"

enum { SMALL = 1000, LARGE = 3 << 20 };

static void blocks_keep_their_contents_from_memory_to_file_and_back(void **state)
{
    (void)state;
    dsc_mapped m = {0};
    dsc_context *ctx = NULL;
    unsigned char *b = NULL;
    program_expect(0, "mkdir large");
    assert_int_equal(dsc_context_create(&(dsc_allocator){dsc_mapped_resize, &m}, &ctx), DSC_OK);
    assert_int_equal(dsc_alloc(ctx, SMALL, 1, &b), DSC_OK);
    for (int i = 0; i < SMALL; i++) b[i] = (unsigned char)(i % 251);
    assert_int_equal(dsc_mapped_begin(ctx, &m, "large"), DSC_OK);
    assert_int_equal(dsc_grow(ctx, SMALL, LARGE, 1, &b), DSC_OK);
    for (int i = 0; i < LARGE; i++) assert_int_equal(b[i], i < SMALL ? i % 251 : 0);
    program_expect(0, "grep -q '/large/discern-.*(deleted)' /proc/%d/maps", (int)getpid());
    assert_int_equal(dsc_grow(ctx, LARGE, SMALL / 2, 1, &b), DSC_OK);
    for (int i = 0; i < SMALL / 2; i++) assert_int_equal(b[i], i % 251);
    program_expect(1, "grep -q /large/discern- /proc/%d/maps", (int)getpid());
    dsc_free(ctx, &b);
    dsc_context_destroy(&ctx);
    program_expect(0, "test -z \"$(ls -A large)\"");
}

// 200,000 trials need some 30 MB; with the limit there are 16. Sanitizers need more than that.
static void results_do_not_depend_on_where_the_data_live(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip();
#endif
    program_expect(0, "awk 'BEGIN { print \"session,choice,reward\"; for (i = 0; i < 200000; i++) "
                      "print int(i / 400) \",\" (i * 7 %% 11) %% 2 \",\" (i * 5 %% 13) %% 2 }' "
                      ">many.csv");
    program_expect(0, "head -4001 many.csv >few.csv && discern fit gru --data few.csv -o run -q "
                      "--no-figures model.n_units=2 phases.main.steps=2");
    const char *eval = "discern eval run --data many.csv --threads 1 -q";
    program_expect(0, "%s -o memory", eval);
    const program_result r = program_expect(1, "ulimit -d 16000; %s -o refused", eval);
    assert_holds(r.err, "--mapped FOLDER");
    assert_false(program_has("refused"));
    program_expect(0, "mkdir scratch && (ulimit -d 16000; %s -o files --mapped scratch)", eval);
    program_expect(0, "cmp memory/predictions.csv files/predictions.csv && "
                      "cmp memory/summary.json files/summary.json");
    program_expect(0, "test -z \"$(ls -A scratch)\"");
}

static void a_folder_that_is_not_there_is_refused(void **state)
{
    (void)state;
    program_write("t.csv", "session,choice,reward\n1,0,1\n1,1,0\n");
    const program_result r = program_expect(1, "discern data check t.csv --mapped nowhere");
    assert_holds(r.err, "nowhere: cannot keep temporary files there: No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_keep_their_contents_from_memory_to_file_and_back),
        cmocka_unit_test(results_do_not_depend_on_where_the_data_live),
        cmocka_unit_test(a_folder_that_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, program_enter, program_leave);
}
