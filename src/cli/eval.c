// SPDX-License-Identifier: Apache-2.0
// eval.c — `discern eval RUN`: how well a run predicts trials, its own or others.
#include <string.h>

#include "cli/cli.h"

typedef struct evaluation {
    dsc_run *run;
    dsc_table *table;
    dsc_split split;
    const char **recorded;
    int n_recorded;
    char *recorded_text;
    const dsc_engine *engine;
    dsc_pool *pool;
    dsc_evaluation *result;
    dsc_run_writer *hold; // of the run, where its own scores are written again
} evaluation;

// ---- the data -----------------------------------------------------------------------------------

// Other data are read as the run's own were, unless --map or --missing say otherwise.
static dsc_status read_other_table(cli *c, evaluation *e)
{
    dsc_fit_config *k = &e->run->config;
    const char *maps[DSC_MAX_MAPS];
    DSC_TRY(cli_set_maps(c, k));
    for (int i = 0; i < k->n_maps; i++) maps[i] = k->map[i];
    const dsc_read_options o = {.n_maps = k->n_maps,
                                .map = maps,
                                .missing = c->missing ? c->missing : k->missing,
                                .n_actions = e->run->n_actions};
    DSC_TRY(dsc_table_read(c->ctx, c->data, &o, &e->table));
    return c->split ? dsc_split_read(c->ctx, e->table, c->split, &e->split) : DSC_OK;
}

static dsc_status read_data(cli *c, evaluation *e)
{
    if (c->data) return read_other_table(c, e);
    if (c->map.n > 0 || c->missing || c->split)
        return cli_usage(
            c, "--map, --missing and --split go with --data FILE; name it, or leave them out");
    return dsc_run_data(c->ctx, e->run, &e->table, &e->split);
}

// ---- the files ----------------------------------------------------------------------------------

static const char *record_name(const cli *c)
{
    return c->format && strcmp(c->format, "npz") == 0 ? "record.npz" : "record.csv";
}

static dsc_status path_of(cli *c, const char *name, char path[4096])
{
    return dsc_join_path(c->ctx, path, 4096, c->output, name);
}

// Whether a run is to get the scores again that its fit has given it.
static bool is_own(const cli *c)
{
    return c->output && !c->data && !c->noisy && !c->checkpoint && !c->seed.given &&
           !cli_asks_engine(c) && cli_is_same(c->words.item[0], c->output);
}

// Before any work: nothing that is there may be replaced.
static dsc_status check_output(cli *c)
{
    const char *const names[] = {"predictions.csv", "summary.json", record_name(c)};
    const int n = c->record.n > 0 ? 3 : 2;
    char path[4096];
    if (c->format && strcmp(c->format, "csv") != 0 && strcmp(c->format, "npz") != 0)
        return cli_usage(c, "--format \"%s\" is unknown; csv or npz", c->format);
    if (c->record.n > 0 && !c->output)
        return cli_usage(c, "where should the recorded quantities go? -o DIR");
    if (c->output && !is_own(c))
        DSC_TRY(dsc_result_check(c->ctx, c->output, DSC_RESULT_EVALUATION));
    for (int i = 0; c->output && i < n; i++) {
        DSC_TRY(path_of(c, names[i], path));
        DSC_TRY(cli_may_write(c, path));
    }
    return DSC_OK;
}

static dsc_status write_files(cli *c, const evaluation *e)
{
    char path[4096];
    if (!c->output) return DSC_OK;
    DSC_TRY(dsc_make_folder(c->ctx, c->output));
    DSC_TRY(dsc_result_clear(c->ctx, c->output, DSC_RESULT_EVALUATION));
    DSC_TRY(dsc_evaluation_write(c->ctx, e->result, e->table, c->output));
    if (c->record.n == 0) return DSC_OK;
    DSC_TRY(path_of(c, record_name(c), path));
    return dsc_evaluation_write_record(c->ctx, e->result, e->table, path);
}

// ---- the verb -----------------------------------------------------------------------------------

static dsc_status score(cli *c, evaluation *e)
{
    const dsc_evaluation_options o = {
        .noisy = c->noisy,
        .seed = (uint64_t)(c->seed.given ? c->seed.value : e->run->config.seed),
        .split = e->split.heldout ? &e->split : NULL,
        .n_recorded = e->n_recorded,
        .recorded = e->recorded,
        .engine = e->engine};
    return dsc_evaluate(c->ctx, e->run, e->table, &o, e->pool, &e->result);
}

static dsc_status report(cli *c, const evaluation *e)
{
    dsc_text text = {0};
    if (c->json) {
        DSC_TRY(dsc_evaluation_summary(c->ctx, e->result, &text));
        return cli_print_text(c, &text);
    }
    printf("%s on %s: %s, ", e->run->path, e->table->path, e->run->model->name);
    if (strcmp(e->run->config.fit.method, "gradient") == 0)
        printf("the checkpoint of step %lld\n", (long long)e->run->step);
    else printf("the parameters of its fit.csv\n");
    DSC_TRY(cli_print_scores(c, e->result));
    if (c->output)
        printf("Written to %s: predictions.csv, summary.json%s%s\n", c->output,
               c->record.n > 0 ? ", " : "", c->record.n > 0 ? record_name(c) : "");
    return DSC_OK;
}

static void release(cli *c, evaluation *e)
{
    if (e->result) dsc_evaluation_free(c->ctx, &e->result);
    dsc_pool_destroy(&e->pool);
    dsc_split_free(c->ctx, &e->split);
    if (e->table) dsc_table_destroy(c->ctx, &e->table);
    if (e->run) dsc_run_close(c->ctx, &e->run);
    dsc_run_end(&e->hold);
    dsc_free(c->ctx, &e->recorded);
    dsc_free(c->ctx, &e->recorded_text);
}

static dsc_status eval_run(cli *c)
{
    evaluation e = {0};
    dsc_status status;
    DSC_TRY_OR(done, check_output(c));
    if (is_own(c)) DSC_TRY_OR(done, dsc_run_hold(c->ctx, c->output, &e.hold));
    DSC_TRY_OR(done, cli_names(c, &c->record, &e.recorded, &e.n_recorded, &e.recorded_text));
    DSC_TRY_OR(done, dsc_run_open(c->ctx, c->words.item[0], c->checkpoint, &e.run));
    DSC_TRY_OR(done, cli_check_noise(c, e.run));
    DSC_TRY_OR(done, cli_engine(c, &e.run->config, &e.engine));
    DSC_TRY_OR(done, cli_pool(c, &e.pool));
    DSC_TRY_OR(done, read_data(c, &e));
    DSC_TRY_OR(done, score(c, &e));
    DSC_TRY_OR(done, write_files(c, &e));
    status = report(c, &e);
done:
    release(c, &e);
    return status;
}

static const cli_option options[] = {
    {"data", 0, CLI_TEXT, offsetof(cli, data), "FILE", "other trials than the run's own"},
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "DIR",
     "write predictions.csv and summary.json there"},
    CLI_RECORD,
    {"format", 0, CLI_TEXT, offsetof(cli, format), "csv|npz",
     "of the recorded quantities; default csv"},
    {"noisy", 0, CLI_FLAG, offsetof(cli, noisy), NULL, "with the noise of training"},
    CLI_CHECKPOINT,
    CLI_MAP,
    CLI_MISSING,
    {"split", 0, CLI_TEXT, offsetof(cli, split), "FILE", "a split of --data: scores per part"},
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_eval = {
    .name = "eval",
    .words = "RUN",
    .summary = "score a run on data, chance beside it",
    .text =
        "Predicts every trial and prints the scores, per part if there is a split. Without\n"
        "--data the run's own trials and split are used. With -o the predictions (in the order\n"
        "of the input) and the summary are written; --record adds quantities of the cell.",
    .example = "  discern eval runs/gru --data new.csv -o results/gru --record h",
    .options = options,
    .fewest = 1,
    .most = 1,
    .run = eval_run,
};
