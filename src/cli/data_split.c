// SPDX-License-Identifier: Apache-2.0
// data_split.c — `discern data split FILE -o split.json`: which sessions, or trials, train and
// which are held out. --folds writes one file per fold (split-0.json ...), with --inner one per
// pair of folds (split-0-0.json ...).
#include <string.h>

#include "cli/cli.h"

typedef struct splitting {
    cli *c;
    const dsc_table *t;
    dsc_split_rule rule;
    json_t *list; // of the files
} splitting;

// ---- what was asked for -------------------------------------------------------------------------

static dsc_status read_unit(cli *c, dsc_split_rule *r)
{
    static const char *const names[] = {"session", "subject", "trial"};
    for (int i = 0; c->unit && i < 3; i++) {
        r->unit = (dsc_split_unit)i;
        if (strcmp(c->unit, names[i]) == 0) return DSC_OK;
    }
    return c->unit ? cli_unknown(c, "--by: unknown unit", c->unit, names, 3) : DSC_OK;
}

static dsc_status read_last(cli *c, dsc_split_rule *r)
{
    if (!c->last || (dsc_parse_number(c->last, &r->last) && r->last > 0)) return DSC_OK;
    return cli_usage(c, "--last: \"%s\" is no share; give a number between 0 and 1", c->last);
}

static dsc_status read_rule(cli *c, dsc_split_rule *r)
{
    DSC_TRY(read_unit(c, r));
    DSC_TRY(read_last(c, r));
    if (c->folds.given + c->every.given + (c->last != NULL) > 1)
        return cli_usage(c, "one of --every, --folds and --last is enough");
    if (c->inner.given && !c->folds.given)
        return cli_usage(c, "--inner K splits what each of --folds leaves to train on");
    if (c->every.given && c->every.value == 0)
        return cli_usage(c, "--every 0 holds out nothing; every N-th, N from 2 on");
    if (c->offset.given && !c->every.given) return cli_usage(c, "--offset goes with --every");
    r->every = c->every.given ? (int)c->every.value : 2;
    r->offset = c->offset.given ? (int)c->offset.value : r->every - 1;
    r->stratify = c->stratify;
    r->shuffle = c->shuffle;
    r->seed = (uint64_t)c->seed.value;
    r->options = true;
    return DSC_OK;
}

// ---- a file -------------------------------------------------------------------------------------

static void count(const splitting *x, const dsc_split *split, dsc_part part, int *n, size_t *trials)
{
    *n = 0, *trials = 0;
    for (int s = 0; s < split->n_sessions; s++) {
        int first, last;
        dsc_split_trials(split, x->t, s, part, &first, &last);
        *n += first < last;
        *trials += (size_t)(last - first);
    }
}

static void report(splitting *x, const dsc_split *split, const char *path)
{
    static const char *const done[] = {"train", "are held out", "are kept aside"};
    json_t *o = json_pack("{s:s, s:s}", "file", path, "rule", split->rule);
    if (!x->c->json) printf("%s: ", path);
    for (int part = DSC_TRAIN; part <= DSC_TEST; part++) {
        int n;
        size_t trials;
        count(x, split, (dsc_part)part, &n, &trials);
        json_object_set_new(o, dsc_part_name((dsc_part)part), json_integer(n));
        if (!x->c->json && (n > 0 || part != DSC_TEST))
            printf("%s%d sessions (%zu trials) %s", part ? ", " : "", n, trials, done[part]);
    }
    if (!x->c->json) printf("\n");
    json_array_append_new(x->list, o);
}

static dsc_status write_split(splitting *x, const char *path)
{
    dsc_split split = {0};
    dsc_context *ctx = x->c->ctx;
    DSC_TRY(dsc_split_make(ctx, x->t, &x->rule, &split));
    const dsc_status status = dsc_split_write(ctx, x->t, &split, path);
    if (status == DSC_OK) report(x, &split, path);
    dsc_split_free(ctx, &split);
    return status;
}

// ---- folds --------------------------------------------------------------------------------------

// "split.json" and 2, 0: "split-2-0.json"; inner < 0: "split-2.json".
static dsc_status fold_path(cli *c, int fold, int inner, char path[4096])
{
    char second[16] = "";
    const char *name = c->output, *dot = strrchr(name, '.');
    if (!dot || strchr(dot, '/')) dot = name + strlen(name);
    if (inner >= 0) snprintf(second, sizeof second, "-%d", inner);
    const int n = snprintf(path, 4096, "%.*s-%d%s%s", (int)(dot - name), name, fold, second, dot);
    DSC_REQUIRE(c->ctx, n < 4096, DSC_INPUT, "%s: this path is too long", name);
    return DSC_OK;
}

static dsc_status write_fold(splitting *x, int fold, int inner)
{
    char path[4096];
    DSC_TRY(fold_path(x->c, fold, inner, path));
    return write_split(x, path);
}

// The file behind the last one, of more folds than there are now, would be taken for one of them.
static dsc_status check_no_fold(cli *c, int fold, int inner)
{
    char path[4096];
    DSC_TRY(fold_path(c, fold, inner, path));
    DSC_REQUIRE(c->ctx, !dsc_exists(path), DSC_INPUT,
                "%s is there, a fold of more folds than these; give another name, or remove it "
                "and those behind it",
                path);
    return DSC_OK;
}

static dsc_status check_counts(const splitting *x)
{
    cli *c = x->c;
    const bool subjects = x->rule.unit == DSC_SPLIT_SUBJECTS;
    const int64_t n = subjects ? x->t->n_subjects : x->t->n_sessions, folds = c->folds.value;
    if (folds < 2 || (c->inner.given && c->inner.value < 2))
        return cli_usage(c, "--folds and --inner: 2 or more");
    const int64_t left = n - (n + folds - 1) / folds; // by the largest fold
    DSC_REQUIRE(c->ctx, folds <= n && (!c->inner.given || c->inner.value <= left), DSC_INPUT,
                "%s has %lld %s, too few for so many folds; give fewer", x->t->path, (long long)n,
                subjects ? "subjects" : "sessions");
    return DSC_OK;
}

// All of them before the first is written.
static dsc_status check_folds(cli *c)
{
    char path[4096];
    const int folds = (int)c->folds.value, inner = c->inner.given ? (int)c->inner.value : 1;
    for (int fold = 0; fold < folds; fold++) {
        for (int k = 0; k < inner; k++) {
            DSC_TRY(fold_path(c, fold, c->inner.given ? k : -1, path));
            DSC_TRY(cli_may_write(c, path));
        }
        if (c->inner.given) DSC_TRY(check_no_fold(c, fold, inner));
    }
    return check_no_fold(c, folds, c->inner.given ? 0 : -1);
}

static dsc_status write_inner(splitting *x, int fold)
{
    x->rule.test_every = (int)x->c->folds.value;
    x->rule.test_offset = fold;
    x->rule.every = (int)x->c->inner.value;
    for (int k = 0; k < x->rule.every; k++) {
        x->rule.offset = k;
        DSC_TRY(write_fold(x, fold, k));
    }
    return DSC_OK;
}

static dsc_status write_folds(splitting *x)
{
    for (int fold = 0; fold < (int)x->c->folds.value; fold++) {
        x->rule.every = (int)x->c->folds.value;
        x->rule.offset = fold;
        DSC_TRY(x->c->inner.given ? write_inner(x, fold) : write_fold(x, fold, -1));
    }
    return DSC_OK;
}

// ---- the verb -----------------------------------------------------------------------------------

static dsc_status write_all(splitting *x)
{
    cli *c = x->c;
    DSC_TRY(c->folds.given ? check_counts(x) : DSC_OK);
    DSC_TRY(c->folds.given ? check_folds(c) : cli_may_write(c, c->output));
    DSC_TRY(c->folds.given ? write_folds(x) : write_split(x, c->output));
    if (!c->json) return DSC_OK;
    json_t *only = json_array_size(x->list) == 1 ? json_array_get(x->list, 0) : x->list;
    return cli_print_json(c, json_incref(only));
}

static dsc_status split_run(cli *c)
{
    dsc_table *table = NULL;
    splitting x = {.c = c};
    if (!c->output) return cli_usage(c, "where should the split go? -o split.json");
    DSC_TRY(read_rule(c, &x.rule));
    DSC_TRY(cli_read_table(c, c->words.item[0], &table));
    x.t = table;
    x.list = json_array();
    const dsc_status status = write_all(&x);
    json_decref(x.list);
    dsc_table_destroy(c->ctx, &table);
    return status;
}

static const cli_option options[] = {
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "FILE", "the split, as JSON"},
    {"by", 0, CLI_TEXT, offsetof(cli, unit), "UNIT",
     "what is held out: session (default), subject, or trial: the end of every session"},
    {"every", 0, CLI_WHOLE, offsetof(cli, every), "N", "hold out every N-th; default 2"},
    {"offset", 0, CLI_WHOLE, offsetof(cli, offset), "K",
     "starting with number K, counted from 0; default N-1"},
    {"folds", 0, CLI_WHOLE, offsetof(cli, folds), "K",
     "one file per fold, each of which holds out another K-th"},
    {"inner", 0, CLI_WHOLE, offsetof(cli, inner), "K",
     "nested: each fold is kept aside, the rest split in K folds"},
    {"last", 0, CLI_TEXT, offsetof(cli, last), "SHARE",
     "hold out the last share instead, e.g. 0.2"},
    {"stratify", 0, CLI_TEXT, offsetof(cli, stratify), "COLUMN",
     "subject or a column: every value of it is in all parts"},
    {"shuffle", 0, CLI_FLAG, offsetof(cli, shuffle), NULL,
     "in random order (--seed) instead of the file's"},
    CLI_MAP,
    CLI_MISSING,
    CLI_ACTIONS,
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_data_split = {
    .name = "data split",
    .words = "FILE -o split.json",
    .summary = "say which sessions train and which are held out",
    .text =
        "Holds out every N-th session, starting with session K (counted from 0), and writes the\n"
        "split as JSON for fit --split; or folds, whole subjects, the last sessions, or the end\n"
        "of every session. Fits without a split file make it from the keys split.* of their\n"
        "config in the same way. The file lists what is in which part and is refused for data\n"
        "that it does not fit.",
    .example = "  discern data split choices.csv --every 3 --offset 2 -o split.json\n"
               "  discern data split choices.csv --folds 5 --by subject --shuffle -o folds.json\n"
               "  discern data split choices.csv --folds 5 --inner 4 -o nested.json\n"
               "  discern data split choices.csv --last 0.25 --stratify subject -o last.json\n"
               "  discern data split choices.csv --by trial --last 0.2 -o ends.json",
    .options = options,
    .fewest = 1,
    .most = 1,
    .run = split_run,
};
