// SPDX-License-Identifier: Apache-2.0
// simulate.c — `discern simulate TASK [AGENT] -o FILE`: trials of an agent in a task. The agent is
// a classical model with settings of its own, or any fitted run.
#include <limits.h>
#include <math.h>
#include <string.h>

#include "cli/cli.h"

typedef struct request {
    int sessions, trials, subjects;
    int64_t seed;
} request;

static const dsc_field request_fields[] = {
    {"sessions", DSC_INT, offsetof(request, sessions), "100", 1, 10000000, NULL,
     "sessions of each subject"},
    {"trials", DSC_INT, offsetof(request, trials), "0", 0, 10000000, NULL,
     "trials of each; 0: as many as the task has, else 500"},
    {"subjects", DSC_INT, offsetof(request, subjects), "0", 0, 1000000, NULL,
     "subjects; 0: as many as the run was fitted to, else 1"},
    {"seed", DSC_LONG, offsetof(request, seed), "0", 0, 9e15, NULL, "same seed, same trials"},
    {NULL, DSC_INT, 0, NULL, 0, 0, NULL, NULL},
};

// Who plays: a cell with its parameters, from a model's config or from a run.
typedef struct player {
    dsc_cell *own;        // built here; NULL for a network's run
    dsc_run *run;         // NULL for a model
    const dsc_cell *cell; // the one of both that plays
    int n_subjects;       // with parameters of their own
    dsc_layout layout;    // of a model
    double *made;         // a model's parameters
    const double *parameters;
    _Alignas(16) unsigned char config[DSC_MODEL_CONFIG_BYTES];
} player;

typedef struct simulation {
    request request;
    const dsc_task *task;
    const dsc_model *model; // NULL: the agent is a run
    _Alignas(16) unsigned char task_config[DSC_TASK_CONFIG_BYTES];
    player player;
    cli_varied *varied; // parameters with a value for each subject
    int n_varied;
    const char **recorded;
    int n_recorded;
    char *recorded_text;
} simulation;

// ---- what was asked for -------------------------------------------------------------------------

static dsc_status choose_agent(cli *c, simulation *s)
{
    const char *name = c->words.n > 1 ? c->words.item[1] : "q_learning";
    if (c->agent && c->words.n > 1)
        return cli_usage(c, "give either the agent \"%s\" or --agent %s", name, c->agent);
    if (c->agent) return DSC_OK;
    DSC_TRY(dsc_model_find(c->ctx, name, &s->model));
    DSC_REQUIRE(
        c->ctx, s->model->cog, DSC_INPUT,
        "\"%s\" has no parameters before it was fitted. Fit it first (discern fit %s ... -o "
        "RUN), then let the run play: --agent RUN",
        name, name);
    if (c->words.n < 2)
        dsc_note(c->ctx, DSC_NOTE, "the agent is q_learning; name another one or give --agent RUN");
    return DSC_OK;
}

static dsc_status read_request(cli *c, simulation *s)
{
    if (!c->output) return cli_usage(c, "where should the trials go? -o FILE.csv");
    DSC_TRY(cli_find_task(c, c->words.item[0], &s->task));
    DSC_TRY(choose_agent(c, s));
    dsc_fields_default(request_fields, &s->request);
    dsc_fields_default(s->task->fields, s->task_config);
    if (s->model) dsc_fields_default(s->model->fields, s->player.config);
    const cli_keys groups[] = {
        {"", request_fields, &s->request},
        {"task.", s->task->fields, s->task_config},
        {"agent.", s->model ? s->model->fields : NULL, s->player.config},
    };
    if (c->seed.given) s->request.seed = c->seed.value;
    DSC_TRY(cli_take_varied(c, s->model, &s->varied, &s->n_varied));
    DSC_TRY(cli_set_keys(c, groups, 3));
    DSC_TRY(dsc_task_open(c->ctx, s->task, s->task_config));
    DSC_TRY(cli_count_varied(c, s->varied, s->n_varied, &s->request.subjects));
    DSC_TRY(cli_names(c, &c->record, &s->recorded, &s->n_recorded, &s->recorded_text));
    return cli_may_write_table(c, c->output);
}

// ---- the player ---------------------------------------------------------------------------------

static dsc_status build_cell(cli *c, simulation *s, const dsc_model *m, const void *config)
{
    player *p = &s->player;
    DSC_TRY(dsc_model_agent(c->ctx, m, config, s->task->size(s->task_config).n_actions, &p->own));
    p->cell = p->own;
    return DSC_OK;
}

static dsc_status make_player(cli *c, simulation *s)
{
    player *p = &s->player;
    p->n_subjects = s->request.subjects > 1 ? s->request.subjects : 1;
    if (s->n_varied > 0)
        DSC_TRY(dsc_field_set(c->ctx, dsc_field_find(s->model->fields, "level"), p->config,
                              "subject", "command line"));
    DSC_TRY(build_cell(c, s, s->model, p->config));
    DSC_TRY(dsc_layout_create(c->ctx, p->cell, p->n_subjects, 1, &p->layout));
    DSC_TRY(dsc_alloc(c->ctx, p->layout.n_values, sizeof *p->made, &p->made));
    dsc_cell_initialise(p->cell, &p->layout, (uint64_t)s->request.seed, p->made);
    cli_place_varied(s->varied, s->n_varied, p->cell, &p->layout, p->made);
    p->parameters = p->made;
    return DSC_OK;
}

static dsc_status open_player(cli *c, simulation *s)
{
    player *p = &s->player;
    DSC_TRY(dsc_run_open(c->ctx, c->agent, c->checkpoint, &p->run));
    DSC_TRY(cli_check_noise(c, p->run));
    const int n_actions = s->task->size(s->task_config).n_actions;
    DSC_REQUIRE(c->ctx, p->run->n_actions == n_actions, DSC_INPUT,
                "%s chooses between %d options, but the task \"%s\" has %d. Give it as many: see "
                "discern tasks %s",
                c->agent, p->run->n_actions, s->task->name, n_actions, s->task->name);
    p->n_subjects = p->run->n_subjects > 1 ? p->run->n_subjects : 1;
    DSC_REQUIRE(c->ctx, s->request.subjects == 0 || s->request.subjects == p->n_subjects, DSC_INPUT,
                "%s was fitted to %d subjects, not %d; leave subjects=%d out", c->agent,
                p->n_subjects, s->request.subjects, s->request.subjects);
    p->parameters = p->run->parameters;
    p->cell = c->noisy ? p->run->noisy : p->run->cell;
    if (p->run->model->cog) return build_cell(c, s, p->run->model, p->run->config.model_config);
    return DSC_OK;
}

// ---- playing ------------------------------------------------------------------------------------

static int count_trials(const simulation *s)
{
    enum { USUAL = 500 };
    const int own = s->task->size(s->task_config).n_trials;
    return s->request.trials > 0 || own > 0 ? s->request.trials : USUAL;
}

static dsc_status play(cli *c, simulation *s, dsc_table **table)
{
    DSC_REQUIRE(c->ctx, (int64_t)s->request.sessions * s->player.n_subjects <= INT_MAX, DSC_INPUT,
                "%d subjects with %d sessions each are more than can be played at once; give fewer",
                s->player.n_subjects, s->request.sessions);
    dsc_simulation wish = {.task = s->task,
                           .task_config = s->task_config,
                           .cell = s->player.cell,
                           .parameters = s->player.parameters,
                           .n_sessions = s->request.sessions * s->player.n_subjects,
                           .n_trials = count_trials(s),
                           .n_subjects = s->player.n_subjects,
                           .seed = (uint64_t)s->request.seed,
                           .n_recorded = s->n_recorded,
                           .recorded = s->recorded};
    dsc_pool *pool = NULL;
    DSC_TRY(cli_engine(c, NULL, &wish.engine));
    DSC_TRY(cli_pool(c, &pool));
    const dsc_status status = dsc_simulate(c->ctx, &wish, pool, table);
    dsc_pool_destroy(&pool);
    return status;
}

// A column back by a trial; what its last trial teaches, no agent has come to learn.
static void move_back(const dsc_table *t, double *value)
{
    for (int i = 0; i < t->n_sessions; i++) {
        double *first = value + t->session[i].first;
        const size_t n = (size_t)t->session[i].n_trials;
        memmove(first, first + 1, (n - 1) * sizeof *first);
        first[n - 1] = NAN;
    }
}

// An agent learns from a trial when it meets the next one. What it learnt belongs to the trial
// itself.
static void settle_recorded(const simulation *s, dsc_table *t)
{
    const dsc_model *m = s->model ? s->model : s->player.run->model;
    int column = t->n_columns;
    for (int i = s->n_recorded; i-- > 0;) {
        const int rows = dsc_cell_rows(s->player.cell, s->recorded[i]);
        column -= rows;
        if (!m->cog || !dsc_cog_is_learnt(m->cog, s->recorded[i])) continue;
        for (int k = 0; k < rows; k++) move_back(t, t->column[column + k].value);
    }
}

static dsc_status report(cli *c, const simulation *s, const dsc_table *t)
{
    const char *agent = s->model ? s->model->name : c->agent;
    if (!c->json) {
        printf("%s: %d sessions of %d trials of \"%s\" with the agent %s, seed %lld; columns",
               c->output, t->n_sessions, t->session[0].n_trials, s->task->name, agent,
               (long long)s->request.seed);
        for (int i = 0; i < t->n_columns; i++) printf(" %s", t->column[i].name);
        return printf("\n"), DSC_OK;
    }
    json_t *columns = json_array();
    for (int i = 0; i < t->n_columns; i++)
        json_array_append_new(columns, json_string(t->column[i].name));
    return cli_print_json(c, json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:o}", "file", c->output,
                                       "task", s->task->name, "agent", agent, "n_sessions",
                                       t->n_sessions, "n_trials", (json_int_t)t->n_trials, "seed",
                                       (json_int_t)s->request.seed, "columns", columns));
}

static void release(cli *c, simulation *s, dsc_table **table)
{
    player *p = &s->player;
    if (*table) dsc_table_destroy(c->ctx, table);
    cli_free_varied(c, &s->varied, s->n_varied);
    dsc_free(c->ctx, &p->made);
    if (p->layout.offset) dsc_layout_free(c->ctx, &p->layout);
    if (p->own) dsc_cell_destroy(&p->own);
    if (p->run) dsc_run_close(c->ctx, &p->run);
    dsc_free(c->ctx, &s->recorded);
    dsc_free(c->ctx, &s->recorded_text);
    dsc_free(c->ctx, &s);
}

static dsc_status simulate_run(cli *c)
{
    simulation *s = NULL;
    dsc_table *table = NULL;
    DSC_TRY(dsc_alloc(c->ctx, 1, sizeof *s, &s));
    dsc_status status;
    DSC_TRY_OR(done, read_request(c, s));
    DSC_TRY_OR(done, c->agent ? open_player(c, s) : make_player(c, s));
    DSC_TRY_OR(done, play(c, s, &table));
    settle_recorded(s, table);
    DSC_TRY_OR(done, cli_write_varied(c, s->varied, s->n_varied, table));
    DSC_TRY_OR(done, dsc_table_write(c->ctx, table, c->output));
    status = report(c, s, table);
done:
    release(c, s, &table);
    return status;
}

static const cli_option options[] = {
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "FILE",
     "the trial table: .csv, .tsv, .npz, .json"},
    {"agent", 0, CLI_TEXT, offsetof(cli, agent), "RUN", "a fitted run plays"},
    {"noisy", 0, CLI_FLAG, offsetof(cli, noisy), NULL, "with the noise of the run's bottlenecks"},
    CLI_CHECKPOINT,
    CLI_RECORD,
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_simulate = {
    .name = "simulate",
    .words = "TASK [AGENT] -o FILE",
    .summary = "trials from a simulated agent in a task",
    .text =
        "Plays an agent in a task and writes the trials. AGENT is a classical model (default\n"
        "q_learning; discern models lists them); --agent RUN lets a fitted run play, every\n"
        "subject with its own parameters. Keys: sessions (of each subject), trials (where the\n"
        "task leaves them open; default 500), subjects, seed, task.FIELD (discern tasks TASK),\n"
        "agent.FIELD (discern models AGENT); agent.alpha=0.1,0.5,0.9 gives each of three subjects "
        "a\n"
        "value of its own and writes it as a column. A pure function of the seed. What --record\n"
        "writes is the trial's own: values as they chose, prediction errors as they followed\n"
        "(none for the last trial of a session).",
    .example = "  discern simulate bandit q_learning -o q.csv sessions=200 trials=500 "
               "agent.alpha=0.3",
    .options = options,
    .fewest = 1,
    .most = 2,
    .settings = true,
    .keys = request_fields,
    .more_keys = "task. agent.",
    .run = simulate_run,
};
