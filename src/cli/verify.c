// SPDX-License-Identifier: Apache-2.0
// verify.c — `discern fit RUN/config.yaml --verify RUN`: repeats a run in a temporary folder from
// its own config and split and says whether the bits agree. Of several fits (RUN/replica-k,
// RUN/fold-k) every one is repeated by itself. Nothing of RUN is touched.
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { PATH_BYTES = 4096 };

typedef struct verification {
    cli *c;
    const volatile int *stop;
    char folder[PATH_BYTES]; // temporary
    json_t *list;            // a finding per run
    int n_different;
    char first[PATH_BYTES]; // run that differs
} verification;

// ---- the repetition -----------------------------------------------------------------------------

// The run's config, with its own split in place of what the split was made from. What does not
// change results may be asked for: --threads, --isa; and --engine, --precision, to see what they
// change.
static dsc_status read_own(cli *c, const char *run, dsc_fit_config *k)
{
    char path[PATH_BYTES];
    DSC_TRY(dsc_join_path(c->ctx, path, sizeof path, run, "config.yaml"));
    DSC_TRY(dsc_fit_config_read(c->ctx, path, k));
    DSC_TRY(cli_set_engine(c, k));
    DSC_TRY(dsc_join_path(c->ctx, path, sizeof path, run, "split.json"));
    if (!dsc_exists(path)) return DSC_OK;
    return dsc_fit_config_set(c->ctx, k, "split.file", path, "--verify");
}

static dsc_status repeat(verification *v, const char *run)
{
    cli *c = v->c;
    dsc_fit_config *k = NULL;
    DSC_TRY(dsc_alloc(c->ctx, 1, sizeof *k, &k));
    const dsc_fit_request request = {
        .config = k, .run = v->folder, .force = true, .progress = cli_progress(c), .stop = v->stop};
    dsc_status status = read_own(c, run, k);
    if (status == DSC_OK) status = cli_fit_with(c, &request);
    dsc_free(c->ctx, &k);
    return status;
}

// ---- what came out ------------------------------------------------------------------------------

static json_t *lines_of(const dsc_text *text)
{
    json_t *list = json_array();
    for (const char *s = text->s; s && *s; s += strcspn(s, "\n") + 1)
        json_array_append_new(list, json_stringn(s, strcspn(s, "\n")));
    return list;
}

static void take(verification *v, const char *run, const dsc_text *changes,
                 const dsc_text *difference)
{
    const bool same = difference->length == 0;
    if (!same && v->n_different++ == 0) snprintf(v->first, sizeof v->first, "%s", run);
    json_array_append_new(v->list, json_pack("{s:s, s:b, s:o, s:o}", "run", run, "same", same,
                                             "changes", lines_of(changes), "first_difference",
                                             same ? json_null() : json_string(difference->s)));
    if (v->c->json) return;
    if (changes->length > 0) printf("%s was made otherwise:\n%s", run, changes->s);
    printf("%s: %s%s\n", run,
           same ? "repeated to the same bits" : "the bits differ: ", same ? "" : difference->s);
}

static dsc_status verify_one(verification *v, const char *run)
{
    dsc_text changes = {0}, difference = {0};
    dsc_context *ctx = v->c->ctx;
    dsc_status status = repeat(v, run);
    if (status == DSC_OK) status = dsc_provenance_compare(ctx, run, v->folder, &changes);
    if (status == DSC_OK) status = dsc_run_compare(ctx, run, v->folder, &difference);
    if (status == DSC_OK) take(v, run, &changes, &difference);
    dsc_text_free(ctx, &changes);
    dsc_text_free(ctx, &difference);
    return status;
}

// ---- which runs ---------------------------------------------------------------------------------

static dsc_status verify_parts(verification *v, const char *run, const char *part, int *n)
{
    char path[PATH_BYTES], name[64];
    for (*n = 0;; ++*n) {
        snprintf(name, sizeof name, "%s-%d", part, *n);
        DSC_TRY(dsc_join_path(v->c->ctx, path, sizeof path, run, name));
        if (!dsc_exists(path)) return DSC_OK;
        DSC_TRY(verify_one(v, path));
    }
}

static dsc_status verify_all(verification *v, const char *run)
{
    int replicas, folds;
    DSC_TRY(verify_parts(v, run, "replica", &replicas));
    DSC_TRY(verify_parts(v, run, "fold", &folds));
    return replicas + folds > 0 ? DSC_OK : verify_one(v, run);
}

// ---- the verb -----------------------------------------------------------------------------------

// The word may repeat what is meant anyhow, RUN/config.yaml.
static dsc_status check_request(cli *c)
{
    char path[PATH_BYTES];
    if (c->output || c->data || c->split || c->start || c->map.n > 0 || c->missing ||
        c->seed.given || c->actions.given || c->settings.n > 0 || c->resume || c->extend.given ||
        c->folds.given)
        return cli_usage(c, "--verify repeats %s as it is; leave out what its config says",
                         c->verify);
    if (c->words.n == 0) return DSC_OK;
    DSC_TRY(dsc_join_path(c->ctx, path, sizeof path, c->verify, "config.yaml"));
    if (!dsc_exists(path)) return DSC_OK; // said later
    if (cli_is_same(path, c->words.item[0])) return DSC_OK;
    return cli_usage(c, "--verify repeats a run from its own config; leave out %s",
                     c->words.item[0]);
}

static dsc_status make_folder(verification *v)
{
    const char *where = getenv("TMPDIR");
    DSC_TRY(dsc_join_path(v->c->ctx, v->folder, sizeof v->folder, where && *where ? where : "/tmp",
                          "discern-verify-XXXXXX"));
    DSC_REQUIRE(v->c->ctx, mkdtemp(v->folder), DSC_IO,
                "%s: cannot make this folder; name a place for temporary files in TMPDIR",
                v->folder);
    return DSC_OK;
}

static dsc_status report(verification *v)
{
    json_t *only = json_array_size(v->list) == 1 ? json_array_get(v->list, 0) : v->list;
    if (v->c->json) DSC_TRY(cli_print_json(v->c, json_incref(only)));
    DSC_REQUIRE(v->c->ctx, v->n_different == 0, DSC_INPUT,
                "%s could not be repeated to the same bits", v->first);
    return DSC_OK;
}

static dsc_status verify(verification *v)
{
    cli *c = v->c;
    dsc_status status = verify_all(v, c->verify);
    if (status == DSC_STOPPED) {
        c->signal = *v->stop;
        status = dsc_fail(c->ctx, DSC_STOPPED, "stopped by a signal; nothing of %s was touched",
                          c->verify);
    }
    return status == DSC_OK ? report(v) : status;
}

dsc_status cli_verify_run(cli *c)
{
    verification v = {.c = c};
    DSC_TRY(check_request(c));
    DSC_TRY(make_folder(&v));
    v.stop = cli_catch_signals();
    v.list = json_array();
    const dsc_status status = verify(&v);
    json_decref(v.list);
    (void)dsc_remove(c->ctx, v.folder);
    return status;
}
