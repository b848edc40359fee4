// SPDX-License-Identifier: Apache-2.0
// recover.c — `discern recover MODEL ... --task TASK`: what so many trials say about a model's
// parameters, and about which of several models made them.
#include <math.h>
#include <string.h>

#include "cli/cli.h"

enum { MOST_MODELS = 32 };

typedef struct wishes {
    int subjects, sessions, trials;
    int64_t seed;
    char draw[DSC_FIELD_TEXT], criterion[DSC_FIELD_TEXT];
    dsc_likelihood_config fit;
} wishes;

static const dsc_field wish_fields[] = {
    {"subjects", DSC_INT, offsetof(wishes, subjects), "100", 3, 1000000, NULL,
     "simulated subjects"},
    {"sessions", DSC_INT, offsetof(wishes, sessions), "1", 1, 100000, NULL, "sessions of each"},
    {"trials", DSC_INT, offsetof(wishes, trials), "0", 0, 10000000, NULL,
     "trials of a session; 0: as many as the task has, else 500"},
    {"seed", DSC_LONG, offsetof(wishes, seed), "0", 0, 9e15, NULL, "same seed, same numbers"},
    {"draw", DSC_CHOICE, offsetof(wishes, draw), "prior", 0, 0, "prior|start",
     "where true parameters come from: the prior, or where fits start"},
    {"criterion", DSC_CHOICE, offsetof(wishes, criterion), "bic", 0, 0, "bic|aic",
     "which of several models fits best"},
    {"fit.method", DSC_CHOICE, offsetof(wishes, fit.method), "mle", 0, 0, "mle|map",
     "maximum likelihood or maximum a posteriori"},
    {"fit.restarts", DSC_INT, offsetof(wishes, fit.restarts), "10", 1, 1e6, NULL,
     "searches per subject"},
    {0}};

typedef struct recovery {
    wishes wishes;
    const dsc_task *task;
    _Alignas(16) unsigned char task_config[DSC_TASK_CONFIG_BYTES];
    dsc_fit_config config[MOST_MODELS];
    dsc_recovery *result;
} recovery;

// ---- what was asked for -------------------------------------------------------------------------

static dsc_status choose_models(cli *c, recovery *r)
{
    for (int i = 0; i < c->words.n; i++) {
        DSC_TRY(dsc_fit_config_defaults(c->ctx, c->words.item[i], &r->config[i]));
        DSC_REQUIRE(c->ctx, r->config[i].definition->cog, DSC_INPUT,
                    "\"%s\" is a network; only classical models have parameters to recover. "
                    "discern models lists them",
                    c->words.item[i]);
        for (int k = 0; k < i; k++)
            DSC_REQUIRE(c->ctx,
                        strcmp(r->config[k].definition->name, r->config[i].definition->name) != 0,
                        DSC_INPUT,
                        "\"%s\" and \"%s\" are both the model %s, which could not be told from "
                        "itself; name each model once",
                        c->words.item[k], c->words.item[i], r->config[i].definition->name);
    }
    return DSC_OK;
}

static dsc_status read_keys(cli *c, recovery *r)
{
    cli_keys groups[MOST_MODELS + 2] = {
        {"", wish_fields, &r->wishes},
        {"task.", r->task->fields, r->task_config},
    };
    char prefix[MOST_MODELS][64];
    const int n = c->words.n;
    for (int i = 0; i < n; i++) {
        const dsc_model *m = r->config[i].definition;
        snprintf(prefix[i], sizeof prefix[i], "%s.", m->name);
        DSC_TRY(cli_check_parameters(
            c, m->cog, prefix[i],
            "every subject draws its own parameters (draw=prior or start). To hold one at a value, "
            "declare it as an option in a text of your own (discern models NAME --text)"));
        groups[i + 2] = (cli_keys){prefix[i], m->fields, r->config[i].model_config};
    }
    return cli_set_keys(c, groups, n + 2);
}

static dsc_status set_fit(cli *c, recovery *r, dsc_fit_config *to)
{
    char restarts[32];
    snprintf(restarts, sizeof restarts, "%d", r->wishes.fit.restarts);
    DSC_TRY(dsc_fit_config_set(c->ctx, to, "fit.method", r->wishes.fit.method, "command line"));
    DSC_TRY(dsc_fit_config_set(c->ctx, to, "fit.restarts", restarts, "command line"));
    if (c->isa) DSC_TRY(dsc_fit_config_set(c->ctx, to, "engine.isa", c->isa, "command line"));
    if (c->engine)
        DSC_TRY(dsc_fit_config_set(c->ctx, to, "engine.name", c->engine, "command line"));
    to->seed = r->wishes.seed;
    return DSC_OK;
}

static dsc_status read_request(cli *c, recovery *r)
{
    if (!c->task) return cli_usage(c, "in which task? --task NAME; discern tasks lists them");
    DSC_TRY(cli_find_task(c, c->task, &r->task));
    dsc_fields_default(r->task->fields, r->task_config);
    dsc_fields_default(wish_fields, &r->wishes);
    DSC_TRY(choose_models(c, r));
    DSC_TRY(read_keys(c, r));
    DSC_TRY(cli_check_keys(c, r->config));
    DSC_TRY(dsc_task_open(c->ctx, r->task, r->task_config));
    if (c->seed.given) r->wishes.seed = c->seed.value;
    for (int i = 0; i < c->words.n; i++) DSC_TRY(set_fit(c, r, &r->config[i]));
    if (!r->wishes.trials && !r->task->size(r->task_config).n_trials) r->wishes.trials = 500;
    DSC_TRY(cli_check_formats(c));
    if (!c->output) return DSC_OK;
    DSC_TRY(dsc_result_check(c->ctx, c->output, DSC_RESULT_RECOVERY));
    return cli_may_write(c, c->output);
}

static dsc_status work(cli *c, recovery *r)
{
    const dsc_recovery_request request = {.n_models = c->words.n,
                                          .config = r->config,
                                          .task = r->task,
                                          .task_config = r->task_config,
                                          .n_subjects = r->wishes.subjects,
                                          .n_sessions = r->wishes.sessions,
                                          .n_trials = r->wishes.trials,
                                          .seed = (uint64_t)r->wishes.seed,
                                          .from_start = strcmp(r->wishes.draw, "start") == 0,
                                          .aic = strcmp(r->wishes.criterion, "aic") == 0,
                                          .progress = cli_progress(c)};
    dsc_pool *pool = NULL;
    DSC_TRY(cli_pool(c, &pool));
    const dsc_status status = dsc_recover(c->ctx, &request, pool, &r->result);
    dsc_pool_destroy(&pool);
    return status;
}

// ---- what came of it ----------------------------------------------------------------------------

static dsc_status print_parameters(cli *c, const dsc_recovery *r)
{
    static const char *const heads[] = {"model", "parameter", "r",       "rank r",
                                        "bias",  "rmse",      "coverage"};
    cli_grid grid = {0};
    dsc_status status = DSC_OK;
    DSC_TRY_OR(done, cli_grid_titles(c, &grid, sizeof heads / sizeof *heads, heads));
    for (int i = 0; i < r->n_models; i++)
        for (int k = 0; k < r->model[i].n_parameters; k++) {
            const dsc_recovered *p = &r->model[i].parameter[k];
            DSC_TRY_OR(done, cli_grid_add(c, &grid, "%s", r->model[i].name));
            DSC_TRY_OR(done, cli_grid_add(c, &grid, "%s", p->name));
            DSC_TRY_OR(done, cli_grid_add(c, &grid, "%.3f", p->r));
            DSC_TRY_OR(done, cli_grid_add(c, &grid, "%.3f", p->rank_r));
            DSC_TRY_OR(done, cli_grid_add(c, &grid, "%.3g", p->bias));
            DSC_TRY_OR(done, cli_grid_add(c, &grid, "%.3g", p->rmse));
            DSC_TRY_OR(done, cli_grid_add(c, &grid, "%.2f of %d", p->coverage, p->n_intervals));
        }
    cli_grid_print(&grid);
done:
    cli_grid_free(c, &grid);
    return status;
}

// not a number: nobody is fitted best by the model
static dsc_status add_share(cli *c, cli_grid *g, double share)
{
    return isnan(share) ? cli_grid_add(c, g, "-") : cli_grid_add(c, g, "%.2f", share);
}

static dsc_status print_matrix(cli *c, const dsc_recovery *r, const char *what, const double *m)
{
    cli_grid grid = {.columns = r->n_models + 1};
    dsc_status status = DSC_OK;
    DSC_TRY_OR(done, cli_grid_add(c, &grid, "%s", what));
    for (int j = 0; j < r->n_models; j++)
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%s", r->model[j].name));
    for (int i = 0; i < r->n_models; i++) {
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%s", r->model[i].name));
        for (int j = 0; j < r->n_models; j++)
            DSC_TRY_OR(done, add_share(c, &grid, m[i * r->n_models + j]));
    }
    cli_grid_print(&grid);
    printf("\n");
done:
    cli_grid_free(c, &grid);
    return status;
}

static dsc_status print_result(cli *c, const dsc_recovery *r)
{
    dsc_text words = {0};
    DSC_TRY(print_parameters(c, r));
    printf("\n");
    if (r->n_models > 1) {
        DSC_TRY(print_matrix(c, r, "simulated \\ fitted best", r->confusion));
        DSC_TRY(print_matrix(c, r, "was simulated by \\ fitted best", r->inversion));
    }
    const dsc_status status = dsc_recovery_say(c->ctx, r, &words);
    if (status == DSC_OK) return cli_print_text(c, &words);
    dsc_text_free(c->ctx, &words);
    return status;
}

static json_t *matrix_json(int n, const double *m)
{
    json_t *rows = json_array();
    for (int i = 0; i < n; i++) {
        json_t *row = json_array();
        for (int j = 0; j < n; j++) json_array_append_new(row, cli_number_json(m[i * n + j]));
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *model_json(const dsc_recovered_model *m)
{
    json_t *parameters = json_object();
    for (int k = 0; k < m->n_parameters; k++) {
        const dsc_recovered *p = &m->parameter[k];
        json_object_set_new(parameters, p->name,
                            json_pack("{s:o, s:o, s:o, s:o, s:o, s:i}", "r", cli_number_json(p->r),
                                      "rank_r", cli_number_json(p->rank_r), "bias",
                                      cli_number_json(p->bias), "rmse", cli_number_json(p->rmse),
                                      "coverage", cli_number_json(p->coverage), "n_intervals",
                                      p->n_intervals));
    }
    return json_pack("{s:s, s:i, s:o}", "model", m->name, "n_unbounded", m->n_unbounded,
                     "parameters", parameters);
}

static dsc_status print_json(cli *c, const dsc_recovery *r)
{
    json_t *models = json_array();
    for (int i = 0; i < r->n_models; i++) json_array_append_new(models, model_json(&r->model[i]));
    return cli_print_json(c, json_pack("{s:i, s:o, s:o, s:s, s:o, s:o}", "n_subjects",
                                       r->n_subjects, "n_trials", cli_number_json(r->n_trials),
                                       "models", models, "criterion", r->aic ? "aic" : "bic",
                                       "confusion", matrix_json(r->n_models, r->confusion),
                                       "inversion", matrix_json(r->n_models, r->inversion)));
}

static dsc_status write_files(cli *c, const dsc_recovery *r)
{
    char folder[4096];
    if (!c->output) return DSC_OK;
    DSC_TRY(dsc_result_clear(c->ctx, c->output, DSC_RESULT_RECOVERY));
    DSC_TRY(dsc_recovery_write(c->ctx, r, c->output));
    if (c->no_figures) return DSC_OK;
    DSC_TRY(dsc_join_path(c->ctx, folder, sizeof folder, c->output, "figures"));
    return dsc_plot_recovery(c->ctx, r, c->format ? c->format : "svg", folder);
}

static dsc_status recover_run(cli *c)
{
    recovery *r = NULL;
    dsc_status status;
    DSC_TRY(dsc_alloc(c->ctx, 1, sizeof *r, &r));
    DSC_TRY_OR(done, read_request(c, r));
    DSC_TRY_OR(done, work(c, r));
    DSC_TRY_OR(done, write_files(c, r->result));
    status = c->json ? print_json(c, r->result) : print_result(c, r->result);
done:
    if (r->result) dsc_recovery_destroy(c->ctx, &r->result);
    dsc_free(c->ctx, &r);
    return status;
}

static const cli_option options[] = {
    {"task", 0, CLI_TEXT, offsetof(cli, task), "TASK", "what the subjects play"},
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "FOLDER",
     "writes tables (.csv) and figures there"},
    {"format", 0, CLI_TEXT, offsetof(cli, format), "LIST",
     "of figures: svg, pdf, png, separated by commas; default svg"},
    {"no-figures", 0, CLI_FLAG, offsetof(cli, no_figures), NULL, "leave out FOLDER/figures"},
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_recover = {
    .name = "recover",
    .words = "MODEL ... --task TASK",
    .summary = "can parameters, and models, be told from so many trials?",
    .text =
        "Simulates subjects with parameters drawn from the prior, fits them again, and says how\n"
        "well every parameter came back: correlation of true and recovered, bias, error,\n"
        "coverage of the 95 % intervals. Subjects in whom a parameter ran to infinity are counted\n"
        "and left out of all but the rank correlation; with priors (fit.method=map) none does.\n"
        "Of several models also which fits best whose subjects.\n"
        "Writes, with -o, recovery.csv (a row per subject and parameter), recovery_summary.csv,\n"
        "confusion.csv and inversion.csv, and figures of true against recovered.\n"
        "Keys: subjects, sessions, trials, seed, draw, criterion, fit.method, fit.restarts,\n"
        "task.FIELD (discern tasks TASK), MODEL.FIELD (discern models MODEL).",
    .example = "  discern recover q_learning choice_kernel --task bandit trials=300",
    .options = options,
    .fewest = 1,
    .most = MOST_MODELS,
    .settings = true,
    .keys = wish_fields,
    .more_keys = "task. NAME.",
    .run = recover_run,
};
