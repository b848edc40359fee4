// SPDX-License-Identifier: Apache-2.0
// simulate.c — a cell plays a task in a closed loop. Before every trial the agent's prediction of
// the last one is turned into a choice (softmax, one uniform draw from the agent's stream of the
// session and trial), the task answers from its own stream of the session, and the answer is fed to
// the cell. Everything random depends on (seed, session, trial) only: not on tiles, threads or the
// engine's width.
#include <math.h>
#include <string.h>

#include "task/internal.h"

typedef struct player {
    const dsc_simulation *s;
    simulation_log log;
    int width, n_inputs;
    int *fed;           // [n_inputs] which row of `feeds` each input of the cell is
    dsc_stream *random; // [n_sessions] of the task
    char *state;        // [n_sessions][state_bytes] of the task
    size_t state_bytes;
} player;

// ---- what a task can feed to a cell -----------------------------------------------------------

enum { CHOICE, REWARD };
static const struct {
    const char *name;
    int column;
    double before; // the first trial
} feeds[] = {{"prev_choice", CHOICE, 0},
             {"prev_reward", REWARD, 0},
             {"agent_choice", CHOICE, -1},
             {"agent_reward", REWARD, 0}};
enum { N_FEEDS = sizeof feeds / sizeof *feeds };

static int feed_find(const char *name)
{
    for (int i = 0; i < N_FEEDS; i++)
        if (strcmp(feeds[i].name, name) == 0) return i;
    return -1;
}

static dsc_status map_inputs(dsc_context *ctx, player *p)
{
    const dsc_cell *cell = p->s->cell;
    p->n_inputs = dsc_cell_input_count(cell);
    DSC_TRY(dsc_alloc(ctx, (size_t)p->n_inputs + 1, sizeof *p->fed, &p->fed));
    for (int i = 0; i < p->n_inputs; i++) {
        p->fed[i] = feed_find(dsc_cell_input(cell, i));
        DSC_REQUIRE(
            ctx, p->fed[i] >= 0, DSC_INPUT,
            "%s: its input \"%s\" is not something the task \"%s\" answers; an agent may read "
            "prev_choice, prev_reward, agent_choice, agent_reward",
            dsc_cell_name(cell), dsc_cell_input(cell, i), p->s->task->name);
    }
    return DSC_OK;
}

// ---- one trial of one session -----------------------------------------------------------------

// softmax into p [n]; the logits lie `stride` apart.
static void softmax(const double *logits, int stride, int n, double *const *p, size_t at)
{
    double largest = -INFINITY, sum = 0;
    for (int k = 0; k < n; k++) largest = fmax(largest, logits[k * stride]);
    for (int k = 0; k < n; k++) sum += p[k][at] = exp(logits[k * stride] - largest);
    for (int k = 0; k < n; k++) p[k][at] /= sum;
}

static int sample(double *const *p, size_t at, int n, double u)
{
    int k = 0;
    for (double sum = p[0][at]; k < n - 1 && u >= sum; sum += p[k][at]) k++;
    return k;
}

// `recorded` points at the session's lane; rows lie `width` apart.
static void resolve_trial(player *p, int session, int trial, const double *recorded)
{
    const dsc_simulation *s = p->s;
    const simulation_log *log = &p->log;
    const size_t at = (size_t)session * (size_t)s->n_trials + (size_t)trial;
    char *state = p->state + p->state_bytes * (size_t)session;
    double extras[DSC_MAX_WIDTH];
    double *const *probability = log->column + log->probabilities;
    softmax(recorded, p->width, log->n_actions, probability, at);
    s->task->extra(s->task_config, state, extras);
    dsc_stream agent =
        dsc_stream_start(s->seed, DSC_FOR_AGENT, (uint32_t)trial, (uint32_t)session, 0);
    const int attempt = sample(probability, at, log->n_actions, dsc_stream_uniform(&agent));
    int choice;
    bool instructed;
    s->task->answer(s->task_config, state, &p->random[session], attempt, &choice,
                    &log->column[log->reward][at], &instructed);
    log->column[log->choice][at] = choice;
    log->column[log->instructed][at] = instructed;
    for (int i = 0; i < log->n_extras; i++) log->column[log->extras + i][at] = extras[i];
    for (int r = 0; r < log->n_recorded; r++)
        log->column[log->recorded + r][at] = recorded[(log->n_actions + r) * p->width];
}

static void feed_session(const player *p, int session, int trial, double *inputs)
{
    const size_t last = (size_t)session * (size_t)p->s->n_trials + (size_t)trial - 1;
    const int columns[] = {[CHOICE] = p->log.choice, [REWARD] = p->log.reward};
    for (int i = 0; i < p->n_inputs; i++) {
        const int f = p->fed[i];
        inputs[i * p->width] =
            trial > 0 ? p->log.column[columns[feeds[f].column]][last] : feeds[f].before;
    }
}

// ---- the loop ---------------------------------------------------------------------------------

static int lanes_used(const player *p, int tile)
{
    const int left = p->s->n_sessions - tile * p->width;
    return left < p->width ? left : p->width;
}

static void player_begin(void *user, int tile, dsc_tile *out)
{
    const player *p = user;
    const int used = lanes_used(p, tile);
    memset(out, 0, sizeof *out);
    out->n_trials = p->s->n_trials;
    for (int i = 0; i < p->width; i++) {
        const int session = i < used ? tile * p->width + i : -1;
        out->session[i] = session;
        if (session < 0) continue;
        out->length[i] = p->s->n_trials;
        out->multiplicity[i] = 1;
        out->stream[i] = (uint32_t)session;
    }
}

static void player_answer(void *user, int tile, int trial, const double *recorded, double *inputs)
{
    player *p = user;
    const int first = tile * p->width, used = lanes_used(p, tile);
    if (inputs) memset(inputs, 0, sizeof *inputs * (size_t)(p->n_inputs * p->width));
    for (int i = 0; i < used; i++) {
        if (trial > 0) resolve_trial(p, first + i, trial - 1, recorded + i);
        if (inputs) feed_session(p, first + i, trial, inputs + i);
    }
}

// ---- around it --------------------------------------------------------------------------------

static dsc_status check_agent(dsc_context *ctx, const dsc_simulation *s)
{
    const int n = s->task->n_actions(s->task_config), rows = dsc_cell_rows(s->cell, "prediction");
    DSC_REQUIRE(ctx, s->n_sessions > 0 && s->n_trials > 0, DSC_INPUT,
                "a simulation of %d sessions of %d trials has no trial; both must be at least 1",
                s->n_sessions, s->n_trials);
    DSC_REQUIRE(
        ctx, rows == n, DSC_INPUT,
        "%s: its prediction has %d options, but the task \"%s\" has %d; choose an agent and a "
        "task with the same number",
        dsc_cell_name(s->cell), rows, s->task->name, n);
    DSC_REQUIRE(ctx, s->task->n_extra(s->task_config) <= DSC_MAX_WIDTH, DSC_DEFECT,
                "the task \"%s\" reports more than %d further quantities", s->task->name,
                DSC_MAX_WIDTH);
    return DSC_OK;
}

static dsc_status seat_sessions(dsc_context *ctx, player *p)
{
    const dsc_simulation *s = p->s;
    const size_t n = (size_t)s->n_sessions;
    p->state_bytes = (s->task->state_bytes(s->task_config) + 15) / 16 * 16; // aligned
    DSC_TRY(dsc_alloc(ctx, n, sizeof *p->random, &p->random));
    DSC_TRY(dsc_alloc(ctx, n, p->state_bytes, &p->state));
    for (size_t i = 0; i < n; i++) {
        p->random[i] = dsc_stream_start(s->seed, DSC_FOR_TASK, 0, (uint32_t)i, 0);
        s->task->begin(s->task_config, p->state + p->state_bytes * i, &p->random[i]);
    }
    return DSC_OK;
}

// The prediction comes first, so that it starts at row 0 of what is recorded.
static dsc_status make_plan(dsc_context *ctx, const player *p, const dsc_engine *engine,
                            int n_workers, dsc_plan **plan)
{
    const dsc_simulation *s = p->s;
    const char **recorded;
    DSC_TRY(dsc_alloc(ctx, (size_t)s->n_recorded + 1, sizeof *recorded, &recorded));
    recorded[0] = "prediction";
    for (int i = 0; i < s->n_recorded; i++) recorded[i + 1] = s->recorded[i];
    const dsc_plan_options o = {.engine = engine,
                                .max_trials = s->n_trials,
                                .n_workers = n_workers,
                                .n_recorded = s->n_recorded + 1,
                                .recorded = recorded};
    const dsc_status status = dsc_plan_create(ctx, s->cell, &o, plan);
    dsc_free(ctx, &recorded);
    return status;
}

static dsc_status check_probabilities(dsc_context *ctx, const simulation_log *log)
{
    const size_t n = (size_t)log->n_sessions * (size_t)log->n_trials;
    for (size_t i = 0; i < n; i++)
        DSC_REQUIRE(
            ctx, !isnan(log->column[log->probabilities][i]), DSC_INPUT,
            "simulated session %zu, trial %zu: the agent's prediction is not a number; check "
            "its parameters",
            i / (size_t)log->n_trials, i % (size_t)log->n_trials);
    return DSC_OK;
}

static void play(player *p, dsc_plan *plan, dsc_pool *pool)
{
    const dsc_loop loop = {.n_tiles = (p->s->n_sessions + p->width - 1) / p->width,
                           .n_trials = p->s->n_trials,
                           .begin = player_begin,
                           .answer = player_answer,
                           .user = p};
    const dsc_noise_seed noise = {p->s->seed, DSC_FOR_EVALUATION, 0};
    dsc_play(plan, pool, &loop, p->s->parameters, noise, NULL, NULL);
}

static void player_free(dsc_context *ctx, player *p)
{
    log_free(ctx, &p->log);
    dsc_free(ctx, &p->fed);
    dsc_free(ctx, &p->random);
    dsc_free(ctx, &p->state);
}

dsc_status dsc_simulate(dsc_context *ctx, const dsc_simulation *s, dsc_pool *pool,
                        dsc_table **table)
{
    dsc_status status;
    player p = {.s = s};
    dsc_plan *plan = NULL;
    const dsc_engine *engine = s->engine;
    if (!engine) DSC_TRY(dsc_engine_select(ctx, NULL, NULL, "double", &engine));
    p.width = dsc_engine_width(engine);
    DSC_TRY_OR(done, check_agent(ctx, s));
    DSC_TRY_OR(done, map_inputs(ctx, &p));
    DSC_TRY_OR(done, make_plan(ctx, &p, engine, dsc_pool_size(pool), &plan));
    DSC_TRY_OR(done, log_create(ctx, s, &p.log));
    DSC_TRY_OR(done, seat_sessions(ctx, &p));
    play(&p, plan, pool);
    DSC_TRY_OR(done, check_probabilities(ctx, &p.log));
    DSC_TRY_OR(done, log_table(ctx, &p.log, table));
done:
    if (plan) dsc_plan_destroy(&plan);
    player_free(ctx, &p);
    return status;
}
