// SPDX-License-Identifier: Apache-2.0
// fit.c — `discern fit MODEL|CONFIG.yaml --data FILE -o RUN`: trains, then says how well, and
// draws.
#include <signal.h>
#include <string.h>

#include "cli/cli.h"

// ---- what was asked for -------------------------------------------------------------------------

static bool is_config_file(const char *word)
{
    const char *dot = strrchr(word, '.');
    if (dot && strcmp(dot, ".cog") == 0) return false;
    return strchr(word, '/') || (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0));
}

// A slip that is easily made: trials where the model belongs.
static bool is_table(const char *word)
{
    static const char *const endings[] = {".csv",  ".tsv",   ".gz",  ".zip", ".npy", ".npz",
                                          ".json", ".jsonl", ".mat", ".nwb", ".h5"};
    const char *dot = strrchr(word, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(dot, endings[i]) == 0) return true;
    return false;
}

// Keys that only training in steps reads, or (`fit`) only a fit by likelihood.
static bool is_idle(const char *key, bool gradient)
{
    static const char *const of_steps[] = {"phases.", "optimizer.", "batch.",
                                           "train.",  "loss.",      "engine.precision=single"};
    if (gradient) return strncmp(key, "fit.", 4) == 0 && strncmp(key, "fit.method=", 11) != 0;
    for (size_t i = 0; i < sizeof of_steps / sizeof *of_steps; i++)
        if (strncmp(key, of_steps[i], strlen(of_steps[i])) == 0) return true;
    return false;
}

static bool is_parameter(const dsc_fit_config *k, const char *key)
{
    const dsc_cog *cog = k->definition->cog;
    const size_t length = strcspn(key, "=");
    if (!cog || strncmp(key, "model.", 6) != 0) return false;
    for (int i = 0; i < dsc_cog_parameter_count(cog); i++) {
        const char *name = dsc_cog_parameter_at(cog, i)->name;
        if (strlen(name) == length - 6 && strncmp(key + 6, name, length - 6) == 0) return true;
    }
    return false;
}

// A key without effect is refused on the command line, where it was meant; a config file has them
// all.
static dsc_status check_key(cli *c, const dsc_fit_config *k, const char *key)
{
    const bool gradient = strcmp(k->fit.method, "gradient") == 0;
    const int length = (int)strcspn(key, "=");
    DSC_REQUIRE(
        c->ctx, !is_idle(key, gradient), DSC_INPUT,
        "%.*s has no effect here: %s is fitted with fit.method=%s, which %s. Leave it out%s",
        length, key, k->model, k->fit.method,
        gradient ? "trains in steps (phases, optimizer, ...)" : "takes the keys fit.*",
        gradient && !k->definition->cog ? ""
        : gradient                      ? ", or take fit.method=mle"
                                        : ", or take fit.method=gradient");
    DSC_REQUIRE(
        c->ctx, gradient || strncmp(key, "model.level=", 12) != 0, DSC_INPUT,
        "model.level has no effect here: who has parameters of its own is said by fit.group "
        "(subject, session or model)");
    DSC_REQUIRE(
        c->ctx, gradient || !is_parameter(k, key), DSC_INPUT,
        "%.*s has no effect here: it is estimated, from many starts. To hold it at a value, "
        "declare it as an option in a text of your own (discern models NAME --text)",
        length, key);
    return DSC_OK;
}

static dsc_status read_config(cli *c, dsc_fit_config *k)
{
    const char *word = c->words.item[0];
    if (is_table(word))
        return cli_usage(c, "%s looks like a table of trials: discern fit MODEL --data %s", word,
                         word);
    if (is_config_file(word)) DSC_TRY(dsc_fit_config_read(c->ctx, word, k));
    else DSC_TRY(dsc_fit_config_defaults(c->ctx, word, k));
    DSC_TRY(cli_set_option(c, k, "train.start", c->start, "--start"));
    DSC_TRY(cli_set_whole(c, k, "data.n_actions", c->actions, "--actions"));
    DSC_TRY(cli_set_whole(c, k, "seed", c->seed, "--seed"));
    DSC_TRY(cli_set_config(c, k));
    for (int i = 0; i < c->settings.n; i++) DSC_TRY(check_key(c, k, c->settings.item[i]));
    if (c->precision && strcmp(c->precision, "single") == 0)
        DSC_TRY(check_key(c, k, "engine.precision=single"));
    return dsc_fit_config_check(c->ctx, k);
}

// ---- a result -----------------------------------------------------------------------------------

// A figure that fails is a pity, not a failure of the fit.
static void draw_figures(cli *c, const dsc_run *run, dsc_pool *pool)
{
    char folder[4096];
    if (c->no_figures) return;
    if (dsc_join_path(c->ctx, folder, sizeof folder, run->path, "figures") == DSC_OK &&
        dsc_plot(c->ctx, run, &(dsc_plot_options){.pool = pool}, folder) == DSC_OK)
        return;
    char reason[1024];
    snprintf(reason, sizeof reason, "%s", dsc_message(c->ctx));
    dsc_note(c->ctx, DSC_WARNING,
             "no figures: %s. The fit is complete; discern plot %s tries again", reason, run->path);
}

static json_t *summary_json(cli *c, const dsc_evaluation *e)
{
    dsc_text text = {0};
    json_t *summary = NULL;
    if (dsc_evaluation_summary(c->ctx, e, &text) == DSC_OK && text.s)
        summary = json_loads(text.s, 0, NULL);
    dsc_text_free(c->ctx, &text);
    return summary;
}

// Takes the summary.
static json_t *run_json(const dsc_run *run, json_t *summary)
{
    return json_pack("{s:s, s:s, s:I, s:o}", "run", run->path, "model", run->model->name, "step",
                     (json_int_t)run->step, "summary", summary ? summary : json_null());
}

static dsc_status evaluate(cli *c, const dsc_run *run, dsc_pool *pool, dsc_evaluation **e)
{
    dsc_table *table = NULL;
    dsc_split split = {0};
    DSC_TRY(dsc_run_data(c->ctx, run, &table, &split));
    const dsc_evaluation_options o = {.split = &split};
    const dsc_status status = dsc_evaluate(c->ctx, run, table, &o, pool, e);
    dsc_split_free(c->ctx, &split);
    dsc_table_destroy(c->ctx, &table);
    return status;
}

static dsc_status report_scores(cli *c, const dsc_run *run, dsc_pool *pool, json_t *list)
{
    dsc_evaluation *e = NULL;
    dsc_status status;
    DSC_TRY_OR(done, evaluate(c, run, pool, &e));
    if (c->json) json_array_append_new(list, run_json(run, summary_json(c, e)));
    else {
        if (strcmp(run->config.fit.method, "gradient") == 0)
            printf("%s: %s, the checkpoint of step %lld\n", run->path, run->model->name,
                   (long long)run->step);
        else
            printf("%s: %s, %s per %s, %d restarts each\n", run->path, run->model->name,
                   strcmp(run->config.fit.method, "map") == 0 ? "maximum a posteriori"
                                                              : "maximum likelihood",
                   run->config.fit.group, run->config.fit.restarts);
        DSC_TRY_OR(done, cli_print_scores(c, e));
    }
done:
    if (e) dsc_evaluation_free(c->ctx, &e);
    return status;
}

// One run: its scores as text, or appended to `list`; then its figures.
static dsc_status report_run(cli *c, const char *path, dsc_pool *pool, json_t *list)
{
    dsc_run *run = NULL;
    DSC_TRY(dsc_run_open(c->ctx, path, NULL, &run));
    const dsc_status status = report_scores(c, run, pool, list);
    fflush(stdout);
    if (status == DSC_OK) draw_figures(c, run, pool);
    dsc_run_close(c->ctx, &run);
    return status;
}

static dsc_status report_runs(cli *c, const char *path, dsc_pool *pool, json_t *list)
{
    char replica[4096];
    snprintf(replica, sizeof replica, "%s/replica-0", path);
    if (!dsc_exists(replica)) return report_run(c, path, pool, list);
    for (int k = 0; dsc_exists(replica); k++) {
        DSC_TRY(report_run(c, replica, pool, list));
        snprintf(replica, sizeof replica, "%s/replica-%d", path, k + 1);
    }
    return DSC_OK;
}

static void say_more(const cli *c, const char *path)
{
    char replica[4096];
    snprintf(replica, sizeof replica, "%s/replica-0", path);
    printf("More: discern show %s", path);
    if (dsc_exists(replica)) printf(" (the seeds together), discern show %s", path = replica);
    if (!c->no_figures) printf("; the figures are in %s/figures", path);
    printf("\n");
}

static dsc_status report_singly(cli *c, const char *path, dsc_pool *pool)
{
    json_t *list = json_array();
    c->mute = true; // the data were read, and their notes said, by the fit
    dsc_status status = report_runs(c, path, pool, list);
    if (status == DSC_OK && c->json) {
        json_t *one = json_array_size(list) == 1 ? json_array_get(list, 0) : list;
        status = cli_print_json(c, json_incref(one));
    } else if (status == DSC_OK) say_more(c, path);
    json_decref(list);
    return status;
}

static dsc_status report(cli *c, const char *path)
{
    dsc_pool *pool = NULL;
    bool is_path;
    DSC_TRY(cli_is_path(c, path, &is_path));
    DSC_TRY(cli_pool(c, &pool));
    const dsc_status status =
        is_path ? cli_report_path(c, path, pool) : report_singly(c, path, pool);
    dsc_pool_destroy(&pool);
    return status;
}

// ---- the fit ------------------------------------------------------------------------------------

dsc_status cli_end_fit(cli *c, const dsc_fit_request *r, dsc_status status)
{
    if (status == DSC_OK || status == DSC_STOPPED) DSC_TRY(cli_keep_warnings(c, r->run));
    if (status != DSC_STOPPED) return status;
    c->signal = *r->stop;
    return dsc_fail(c->ctx, DSC_STOPPED,
                    "stopped by %s; the state was saved. To go on: discern %s --resume %s%s",
                    c->signal == SIGINT ? "SIGINT" : "SIGTERM", c->verb->name, r->run,
                    c->no_figures ? " --no-figures" : "");
}

// Whether the fit is by likelihood: says the config, or that of the run that is gone on with.
static dsc_status by_likelihood(cli *c, const dsc_fit_config *config, const char *path, bool *is)
{
    char file[4096];
    dsc_fit_config *own = NULL;
    dsc_status status = DSC_OK;
    *is = config && strcmp(config->fit.method, "gradient") != 0;
    if (config) return DSC_OK;
    DSC_TRY(dsc_join_path(c->ctx, file, sizeof file, path, "config.yaml"));
    if (!dsc_exists(file)) return DSC_OK; // said later
    DSC_TRY(dsc_alloc(c->ctx, 1, sizeof *own, &own));
    status = dsc_fit_config_read(c->ctx, file, own);
    if (status == DSC_OK) *is = strcmp(own->fit.method, "gradient") != 0;
    dsc_free(c->ctx, &own);
    return status;
}

static bool is_crossed(const char *path)
{
    char file[4096];
    const int n = snprintf(file, sizeof file, "%s/cv.json", path);
    return n < (int)sizeof file && dsc_exists(file);
}

static bool is_crossing(const cli *c, const char *path)
{
    return c->folds.given || (c->resume && is_crossed(path));
}

static void say_values(const json_t *summary)
{
    const char *name;
    json_t *score;
    json_object_foreach(json_object_get(summary, "values"), name, score)
        printf("%s: mean squared error %.4g, no-skill %.4g, R2 %.4f, over %lld trials\n", name,
               json_number_value(json_object_get(score, "mse")),
               json_number_value(json_object_get(score, "no_skill_mse")),
               json_number_value(json_object_get(json_object_get(score, "r2"), "value")),
               (long long)json_integer_value(json_object_get(score, "n_trials")));
}

static dsc_status report_crossing(cli *c, const char *path)
{
    char file[4096];
    DSC_TRY(dsc_join_path(c->ctx, file, sizeof file, path, "summary.json"));
    json_t *s = json_load_file(file, 0, NULL);
    if (c->json) return cli_print_json(c, s ? s : json_null());
    printf("%s: every session predicted by the fold that had not seen it\n", path);
    if (json_object_get(s, "nll_per_trial"))
        printf("NLL per trial %.4f, normalised likelihood %.4f, accuracy %.3f, over %lld trials\n",
               json_number_value(json_object_get(s, "nll_per_trial")),
               json_number_value(json_object_get(s, "normalized_likelihood")),
               json_number_value(json_object_get(s, "accuracy")),
               (long long)json_integer_value(json_object_get(s, "n_trials")));
    say_values(s);
    if (json_object_get(s, "nll_per_trial")) printf("More: discern compare %s OTHER\n", path);
    json_decref(s);
    return DSC_OK;
}

dsc_status cli_fit_with(cli *c, const dsc_fit_request *r)
{
    bool likelihood;
    DSC_TRY(by_likelihood(c, r->config, r->run, &likelihood));
    return likelihood ? dsc_estimate(c->ctx, r) : dsc_fit(c->ctx, r);
}

static dsc_status train(cli *c, const dsc_fit_config *config, const char *path)
{
    int threads = 0;
    DSC_TRY(cli_threads(c, &threads));
    const dsc_fit_request request = {.config = config,
                                     .run = path,
                                     .resume = c->resume,
                                     .force = c->force,
                                     .extend = c->extend.value,
                                     .threads = threads,
                                     .isa = c->isa,
                                     .progress = cli_progress(c),
                                     .stop = cli_catch_signals()};
    const bool crossing = is_crossing(c, path);
    const dsc_status status = crossing ? dsc_cross_validate(c->ctx, &request, (int)c->folds.value)
                                       : cli_fit_with(c, &request);
    DSC_TRY(cli_end_fit(c, &request, status));
    return crossing ? report_crossing(c, path) : report(c, path);
}

// --resume and --extend go on with what RUN/config.yaml says, and only with that.
static dsc_status continue_run(cli *c)
{
    const char *what = c->resume ? "--resume" : "--extend";
    if (c->output && c->words.n > 0)
        return cli_usage(c, "%s reads %s/config.yaml; leave out \"%s\"", what, c->output,
                         c->words.item[0]);
    const char *path = c->output ? c->output : c->words.n > 0 ? c->words.item[0] : NULL;
    if (!path) return cli_usage(c, "which run? discern fit %s RUN", what);
    if (c->settings.n > 0 || c->data || c->split || c->start || c->map.n > 0 || c->missing ||
        c->seed.given || c->engine || c->precision || c->actions.given)
        return cli_usage(c,
                         "%s reads %s/config.yaml, and only --threads and --isa, which change no "
                         "result, may be others; leave out what it already says",
                         what, path);
    if (is_crossing(c, path) && (c->isa || c->threads.given))
        return cli_usage(c,
                         "the folds of %s go on with the threads and instruction set of their "
                         "config.yaml; leave out --threads and --isa",
                         path);
    DSC_REQUIRE(c->ctx, !c->extend.given || !is_crossed(path), DSC_INPUT,
                "%s is a cross-validation, which is not extended: its predictions are those of all "
                "folds, trained alike. Make another with more steps, phases.NAME.steps=N --folds K "
                "-o OTHER",
                path);
    if (c->folds.given)
        return cli_usage(c, "--folds starts a cross-validation; %s needs none to go on", what);
    if (c->extend.given && c->extend.value == 0)
        return cli_usage(c, "--extend needs at least 1 step");
    return train(c, NULL, path);
}

static dsc_status fit_run(cli *c)
{
    dsc_fit_config *config = NULL;
    if (c->verify) return cli_verify_run(c);
    if (c->resume || c->extend.given) return continue_run(c);
    if (c->words.n == 0)
        return cli_usage(c, "which model or config? discern fit gru --data FILE -o RUN");
    if (!c->output) return cli_usage(c, "where should the run go? -o RUN");
    DSC_TRY(dsc_alloc(c->ctx, 1, sizeof *config, &config));
    dsc_status status = read_config(c, config);
    if (status == DSC_OK) status = train(c, config, c->output);
    dsc_free(c->ctx, &config);
    return status;
}

static const cli_option options[] = {
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "RUN", "the run directory"},
    {"data", 0, CLI_TEXT, offsetof(cli, data), "FILE", "the trial table (data.path)"},
    CLI_MAP,
    CLI_MISSING,
    CLI_ACTIONS,
    {"split", 0, CLI_TEXT, offsetof(cli, split), "FILE", "a split written by discern data split"},
    {"start", 0, CLI_TEXT, offsetof(cli, start), "RUN",
     "begin with the parameters of another run of the model (train.start)"},
    {"resume", 0, CLI_FLAG, offsetof(cli, resume), NULL,
     "go on with an interrupted run, to the same bits"},
    {"extend", 0, CLI_LONG, offsetof(cli, extend), "N",
     "N further steps of a finished run's last phase"},
    {"folds", 0, CLI_WHOLE, offsetof(cli, folds), "K",
     "cross-validate over sessions in K folds, each a run RUN/fold-k"},
    {"verify", 0, CLI_TEXT, offsetof(cli, verify), "RUN",
     "repeat a finished run elsewhere and say whether the bits agree"},
    {"no-figures", 0, CLI_FLAG, offsetof(cli, no_figures), NULL,
     "leave out RUN/figures; give it to --resume and --extend, too"},
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_fit = {
    .name = "fit",
    .words = "MODEL|CONFIG.yaml --data FILE -o RUN",
    .summary = "train or fit a model",
    .text =
        "Trains a model (discern models lists them) on a trial table, scores it on the training\n"
        "and the held-out sessions, and draws figures. Everything is in the directory RUN: the\n"
        "full config.yaml, checkpoints, metrics.csv, predictions.csv, summary.json, figures.\n"
        "key=value sets any key of the config by its dotted name (model.n_units=8,\n"
        "phases.main.steps=2000, split.every=2, replicas=8). Ctrl-C saves and stops (exit code\n"
        "130); discern fit --resume RUN goes on. discern fit RUN/config.yaml --verify RUN\n"
        "repeats a run in a temporary folder and compares parameters, metrics and predictions\n"
        "bit by bit (exit code 1 if they differ); nothing of RUN is touched.\n"
        "A classical model (discern models; or your own text, MODEL.cog) is fitted by maximum\n"
        "likelihood to every subject, many restarts at once; fit.method=map adds its priors.\n"
        "RUN/fit.csv then has a row per subject: see doc/fitting.md.",
    .example = "  discern fit gru --data choices.csv -o runs/gru model.n_units=16 split.every=2\n"
               "  discern fit q_learning --data choices.csv -o runs/q fit.restarts=50\n"
               "  discern fit --resume runs/gru\n"
               "  discern fit runs/gru/config.yaml --verify runs/gru",
    .options = options,
    .fewest = 0,
    .most = 1,
    .settings = true,
    .more_keys = "config",
    .run = fit_run,
};
