// SPDX-License-Identifier: Apache-2.0
// test_libraries.c — every call of the libraries that write JSON, read YAML and search for estimates
// fails once: where it does, memory has run out, that is said, and what went before is whole.
#include <jansson.h>
#include <libfyaml.h>
#include <nlopt.h>
#include <string.h>

#include "discern/fit.h"
#include "support/check.h"
#include "support/failing_calls.h"

WRAP(char *, json_dumps, (const json_t *o, size_t flags), (o, flags), NULL)
WRAP(struct fy_parser *, fy_parser_create, (const struct fy_parse_cfg *c), (c), NULL)
WRAP(nlopt_opt, nlopt_create, (nlopt_algorithm a, unsigned n), (a, n), NULL)

static char folder[64], run[96], other[96], data[96];

// ---- what is done -------------------------------------------------------------------------------

static dsc_status estimate(dsc_context *ctx, const char *path)
{
    static dsc_fit_config c;
    DSC_TRY(dsc_fit_config_defaults(ctx, "q_learning", &c));
    DSC_TRY(dsc_fit_config_set(ctx, &c, "data.path", data, "test"));
    DSC_TRY(dsc_fit_config_set(ctx, &c, "fit.optimizer", "nlopt:bobyqa", "test"));
    DSC_TRY(dsc_fit_config_set(ctx, &c, "fit.restarts", "1", "test"));
    DSC_TRY(dsc_fit_config_set(ctx, &c, "engine.threads", "1", "test"));
    return dsc_estimate(ctx, &(dsc_fit_request){.config = &c, .run = path});
}

static dsc_status compare(dsc_context *ctx, dsc_text *json)
{
    const char *const runs[] = {run, other};
    dsc_comparison *c = NULL;
    DSC_TRY(dsc_compare(ctx, 2, runs, &(dsc_compare_options){.n_draws = 10}, &c));
    const dsc_status status = dsc_comparison_json(ctx, c, json);
    dsc_comparison_free(ctx, &c);
    return status;
}

// What a fit made, as the program shows it; *json: for the caller to free.
static dsc_status show(dsc_context *ctx, dsc_text *json)
{
    static dsc_fit_config c;
    char config[128];
    snprintf(config, sizeof config, "%s/config.yaml", run);
    DSC_TRY(dsc_fit_config_read(ctx, config, &c));
    DSC_TRY(dsc_provenance(ctx, run, true, json));
    return compare(ctx, json);
}

static dsc_status work(dsc_context *ctx)
{
    dsc_text json = {0};
    dsc_status status = estimate(ctx, run);
    if (status == DSC_OK) status = show(ctx, &json);
    dsc_text_free(ctx, &json);
    return status;
}

static int set_up(void **state)
{
    (void)state;
    make_temporary_folder(folder);
    snprintf(run, sizeof run, "%s/run", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    snprintf(data, sizeof data, "%s/t.csv", folder);
    FILE *out = fopen(data, "w");
    fputs("session,choice,reward\n", out);
    for (int i = 0; i < 24; i++) fprintf(out, "%d,%d,%d\n", i / 6, i % 2, i % 3 > 0);
    fclose(out);
    dsc_context *ctx = NULL;
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return 1;
    const dsc_status status = estimate(ctx, other);
    dsc_context_destroy(&ctx);
    return status != DSC_OK;
}

static int tear_down(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

// With call n failing; false if there was no such one.
static bool survive(long n)
{
    failing_allocator f = {0};
    const dsc_allocator a = failing_allocator_of(&f);
    dsc_context *ctx = NULL;
    assert_int_equal(dsc_context_create(&a, &ctx), DSC_OK);
    remove_folder(run);
    fault.made = 0, fault.fail_at = n, fault.failed = NULL;
    const dsc_status status = work(ctx);
    fault.fail_at = 0;
    if (status != (fault.failed ? DSC_MEMORY : DSC_OK))
        fail_msg("%s failed: status %d: %s", fault.failed ? fault.failed : "nothing", (int)status,
                 dsc_message(ctx));
    if (fault.failed) check_contains(dsc_message(ctx), "out of memory");
    dsc_context_destroy(&ctx);
    assert_int_equal(f.alive, 0);
    return fault.failed != NULL;
}

static void every_call_of_a_library_that_fails_is_told(void **state)
{
    long n = 1;
    (void)state;
    while (survive(n)) n++;
    assert_true(n > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_of_a_library_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
