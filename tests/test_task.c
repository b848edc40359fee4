// SPDX-License-Identifier: Apache-2.0
// test_task.c — the drifting bandit's rules (spec disrnn.md 3.1), the agents step by step (3.3,
// 9.2), and what whole simulations must look like (9.3).
#include <math.h>
#include <string.h>

#include "discern/discern.h"
#include "support/check.h"

static dsc_context *ctx;
static dsc_pool *one, *three;

static int set_up(void **state)
{
    (void)state;
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return -1;
    if (dsc_pool_create(ctx, 1, &one) != DSC_OK) return -1;
    return dsc_pool_create(ctx, 3, &three);
}

static int tear_down(void **state)
{
    (void)state;
    dsc_pool_destroy(&one);
    dsc_pool_destroy(&three);
    dsc_context_destroy(&ctx);
    return 0;
}

// ---- the bandit -------------------------------------------------------------------------------

// One trial of many lanes at once, with numbers from a stream.
enum { LANES = 1000, ROWS = 8 };
typedef struct bandit_play {
    unsigned char config[DSC_TASK_CONFIG_BYTES] __attribute__((aligned(16)));
    double p[ROWS * LANES], uniform[ROWS * LANES], normal[ROWS * LANES], hidden[ROWS * LANES];
    double choice[LANES], instructed[LANES], reward[LANES];
    dsc_stream random;
    const dsc_task *task;
    dsc_task_trial t;
} bandit_play;

static void set(bandit_play *b, const char *name, const char *value)
{
    CHECK_OK(ctx,
             dsc_field_set(ctx, dsc_field_find(b->task->fields, name), b->config, value, "test"));
}

static bandit_play *bandit_start(const char *sigma, const char *p_instructed, const char *n_arms)
{
    static bandit_play b;
    memset(&b, 0, sizeof b);
    b.task = dsc_task_find("bandit");
    b.random = dsc_stream_start(5, DSC_FOR_TASK, 0, 0, 0);
    assert_non_null(b.task);
    dsc_fields_default(b.task->fields, b.config);
    set(&b, "sigma", sigma);
    set(&b, "p_instructed", p_instructed);
    set(&b, "n_arms", n_arms);
    b.t = (dsc_task_trial){.n = LANES,
                           .width = LANES,
                           .state = b.p,
                           .uniform = b.uniform,
                           .normal = b.normal,
                           .hidden = b.hidden,
                           .choice = b.choice,
                           .instructed = b.instructed,
                           .outcome = b.reward};
    for (int i = 0; i < LANES; i++) b.task->begin(b.config, b.p + i, LANES, &b.random);
    return &b;
}

static void answer(bandit_play *b)
{
    const dsc_task_size size = b->task->size(b->config);
    assert_true(size.n_uniform <= ROWS && size.n_normal <= ROWS && size.n_states <= ROWS);
    for (int i = 0; i < ROWS * LANES; i++) {
        b->uniform[i] = dsc_stream_uniform(&b->random);
        b->normal[i] = dsc_stream_normal(&b->random);
    }
    memset(b->instructed, 0, sizeof b->instructed);
    b->task->answer(b->config, &b->t);
}

static void arms_start_uniform_and_independent(void **state)
{
    (void)state;
    enum { N = 20 * LANES };
    double sum[2] = {0}, squares[2] = {0}, product = 0;
    bandit_play *b = bandit_start("0.1", "0", "2");
    for (int i = 0; i < N; i++) {
        double p[2];
        b->task->begin(b->config, p, 1, &b->random);
        for (int k = 0; k < 2; k++) sum[k] += p[k], squares[k] += p[k] * p[k];
        product += (p[0] - 0.5) * (p[1] - 0.5);
    }
    for (int k = 0; k < 2; k++) { // s.d. of the mean 0.2887 / sqrt N = 0.0020; five of them
        check_value("mean", sum[k] / N, 0.5, 0.0102);
        check_value("mean square", squares[k] / N, 1.0 / 3, 0.0106);
    }
    check_value("covariance", product / N, 0, 5.0 / 12 / sqrt(N));
}

static void rewards_use_the_probability_before_the_drift(void **state)
{
    (void)state;
    bandit_play *b = bandit_start("100", "0", "2"); // one trial takes every arm to 0 or 1
    for (int i = 0; i < LANES; i++) b->p[i] = 0, b->p[LANES + i] = 1, b->choice[i] = i % 2;
    answer(b);
    for (int i = 0; i < LANES; i++) {
        assert_true(b->choice[i] == i % 2 && b->reward[i] == i % 2 && b->instructed[i] == 0);
        for (int k = 0; k < 2; k++)
            assert_true(b->p[k * LANES + i] >= 0 && b->p[k * LANES + i] <= 1);
    }
}

static void all_arms_drift_with_the_given_step(void **state)
{
    (void)state;
    enum { N = 20 * LANES };
    double sum = 0, squares = 0, product = 0;
    bandit_play *b = bandit_start("0.02", "0", "2");
    for (int k = 0; k < N / LANES; k++) {
        for (int i = 0; i < 2 * LANES; i++) b->p[i] = 0.5; // far from the ends: nothing is clipped
        answer(b);
        for (int i = 0; i < LANES; i++) {
            const double d0 = b->p[i] - 0.5, d1 = b->p[LANES + i] - 0.5;
            sum += d0 + d1, squares += d0 * d0 + d1 * d1, product += d0 * d1;
        }
    }
    check_value("mean drift", sum / (2 * N), 0, 5 * 0.02 / sqrt(2 * N));
    check_value("drift", sqrt(squares / (2 * N)), 0.02, 5 * 0.02 / sqrt(4.0 * N));
    check_value("covariance", product / N, 0, 5 * 0.0004 / sqrt(N));
}

static void instructed_trials_dictate_a_random_arm(void **state)
{
    (void)state;
    enum { N = 20 * LANES };
    int dictated = 0, arms[4] = {0};
    bandit_play *b = bandit_start("0.1", "0.25", "4");
    assert_true(b->task->size(b->config).instructs);
    for (int k = 0; k < N / LANES; k++) {
        for (int i = 0; i < LANES; i++) b->choice[i] = 3;
        answer(b);
        for (int i = 0; i < LANES; i++) {
            if (!b->instructed[i]) assert_true(b->choice[i] == 3);
            else arms[(int)b->choice[i]]++, dictated++;
        }
    }
    check_value("instructed", (double)dictated / N, 0.25, 5 * sqrt(0.25 * 0.75 / N));
    for (int k = 0; k < 4; k++)
        check_value("arm", (double)arms[k] / dictated, 0.25, 5 * sqrt(0.25 * 0.75 / dictated));
}

static void tasks_are_found_by_name(void **state)
{
    (void)state;
    bandit_play *b = bandit_start("0.1", "0", "3");
    b->task->show(b->config, &b->t);
    assert_int_equal(b->task->size(b->config).n_hidden, 3);
    assert_memory_equal(b->hidden, b->p, 3 * LANES * sizeof(double));
    assert_null(dsc_task_find("no such task"));
    assert_null(dsc_task_at(-1));
    assert_null(dsc_task_at(1000));
    assert_ptr_equal(dsc_task_at(0), b->task);
}

// ---- agents -----------------------------------------------------------------------------------

typedef struct agent {
    dsc_cell *cell;
    dsc_layout layout;
    double *parameters;
} agent;

static void agent_make(agent *a, const char *name, int n_actions)
{
    const dsc_model *model = model_called(ctx, name);
    unsigned char config[DSC_MODEL_CONFIG_BYTES] __attribute__((aligned(16)));
    const dsc_model_size size = {.n_actions = n_actions, .n_inputs = 2, .inputs = model->inputs};
    dsc_builder *b;
    assert_true(model->cog && model->config_bytes <= sizeof config);
    dsc_fields_default(model->fields, config);
    CHECK_OK(ctx, dsc_cell_begin(ctx, name, &b));
    CHECK_OK(ctx, model->build(model, b, config, &size));
    CHECK_OK(ctx, dsc_cell_end(b, &a->cell));
    CHECK_OK(ctx, dsc_layout_create(ctx, a->cell, 1, 1, &a->layout));
    CHECK_OK(ctx, dsc_alloc(ctx, a->layout.n_values, sizeof(double), &a->parameters));
    dsc_cell_initialise(a->cell, &a->layout, 0, a->parameters);
}

static void agent_free(agent *a)
{
    dsc_free(ctx, &a->parameters);
    dsc_layout_free(ctx, &a->layout);
    dsc_cell_destroy(&a->cell);
}

// What an agent does when made to choose 0,1,1,0,1 and rewarded 1,0,1,0,1: the first rows of `name`
// per trial.
enum { FORCED = 6 };
typedef struct taken {
    int width, rows;
    double *value; // [FORCED][rows]
} taken;

static void take(void *user, int tile_index, const dsc_tile *tile, const double *recorded)
{
    const taken *t = user;
    (void)tile_index;
    for (int lane = 0; lane < t->width; lane++)
        for (int i = 0; tile->session[lane] == 0 && i < FORCED * t->rows; i++)
            t->value[i] = recorded[i * t->width + lane];
}

static void force(const agent *a, const char *engine_name, const char *name, double *value)
{
    static const double choice[FORCED] = {0, 1, 1, 0, 1, 0}, reward[FORCED] = {1, 0, 1, 0, 1, 0};
    const double *const columns[] = {choice, reward};
    const char *const names[] = {"choice", "reward"};
    const int length = FORCED;
    const dsc_engine *engine;
    dsc_table *table = NULL;
    dsc_pack *pack = NULL;
    dsc_plan *plan = NULL;
    dsc_batch batch;
    CHECK_OK(ctx, dsc_engine_select(ctx, engine_name, NULL, "double", &engine));
    CHECK_OK(ctx, dsc_table_make(ctx, 1, &length, NULL, 2, names, columns, &table));
    CHECK_OK(ctx, dsc_pack_create(ctx, table,
                                  &(dsc_pack_options){.engine = engine, .cell = a->cell}, &pack));
    const dsc_plan_options o = {
        .engine = engine, .max_trials = FORCED, .n_workers = 1, .n_recorded = 1, .recorded = &name};
    CHECK_OK(ctx, dsc_plan_create(ctx, a->cell, &o, &plan));
    taken t = {dsc_engine_width(engine), dsc_plan_recorded_rows(plan), value};
    dsc_pack_whole(pack, NULL, &batch);
    dsc_forward(plan, one, &batch, a->parameters, (dsc_noise_seed){0}, NULL, take, &t);
    dsc_plan_destroy(&plan);
    dsc_pack_destroy(ctx, &pack);
    dsc_table_destroy(ctx, &table);
}

static void check_p1(const agent *a, const char *engine, const double *wanted)
{
    double logits[FORCED * 2];
    force(a, engine, "prediction", logits);
    for (int t = 0; t < 5; t++)
        check_value("P(1)", 1 / (1 + exp(logits[2 * t] - logits[2 * t + 1])), wanted[t], 1e-6);
}

static const char *const engines[] = {"ref", "lanes"};

static void q_learning_follows_the_published_steps(void **state)
{
    (void)state;
    static const double p1[] = {.5, .389361, .289050, .421895, .567093};
    static const double q[5][2] = {{.65, .5}, {.65, .35}, {.65, .545}, {.455, .545}, {.455, .6815}};
    static const double error[] = {.5, -.5, .65, -.65, .455};
    double values[FORCED * 2], errors[FORCED];
    agent a;
    agent_make(&a, "q_learning", 2);
    for (int e = 0; e < 2; e++) {
        check_p1(&a, engines[e], p1);
        force(&a, engines[e], "value", values);
        force(&a, engines[e], "prediction_error", errors);
        for (int k = 0; k < 2; k++) check_value("first value", values[k], 0.5, 0);
        check_value("first error", errors[0], 0, 0);
        for (int t = 0; t < 5; t++) {
            for (int k = 0; k < 2; k++) check_value("q", values[2 * t + 2 + k], q[t][k], 1e-6);
            check_value("error", errors[t + 1], error[t], 1e-6);
        }
    }
    agent_free(&a);
}

static void actor_critic_follows_the_published_steps(void **state)
{
    (void)state;
    static const double p1[] = {.5, .377541, .216837, .409426, .539527};
    static const double theta1[] = {-.25, -.642099, -.183170, .079219, .336369};
    static const double v[] = {.65, .455, .6185, .43295, .603065};
    double theta[FORCED * 2], values[FORCED];
    agent a;
    agent_make(&a, "actor_critic", 2);
    for (int e = 0; e < 2; e++) {
        check_p1(&a, engines[e], p1);
        force(&a, engines[e], "prediction", theta);
        force(&a, engines[e], "value", values);
        check_value("first value", values[0], 0.5, 0);
        for (int t = 0; t < 5; t++) {
            check_value("theta 1", theta[2 * t + 3], theta1[t], 1e-6);
            check_value("theta 0", theta[2 * t + 2], -theta1[t], 1e-6);
            check_value("v", values[t + 1], v[t], 1e-6);
        }
    }
    agent_free(&a);
}

static void more_than_two_options_work_the_same(void **state)
{
    (void)state;
    double three_q[FORCED * 3], two_q[FORCED * 2], logits[FORCED * 3];
    agent a, b;
    agent_make(&a, "q_learning", 3);
    agent_make(&b, "q_learning", 2);
    force(&a, "ref", "value", three_q);
    force(&b, "ref", "value", two_q);
    for (int t = 0; t < FORCED; t++) {
        for (int k = 0; k < 2; k++) check_value("q", three_q[3 * t + k], two_q[2 * t + k], 0);
        check_value("never chosen", three_q[3 * t + 2], 0.5, 0);
    }
    agent_free(&a);
    agent_free(&b);
    agent_make(&a, "actor_critic", 3); // the policy's logits stay centred but for nothing
    force(&a, "ref", "prediction", logits);
    for (int t = 0; t < FORCED; t++)
        check_value("sum", logits[3 * t] + logits[3 * t + 1] + logits[3 * t + 2], 0, 1e-14);
    agent_free(&a);
}

// ---- whole simulations ------------------------------------------------------------------------

static unsigned char bandit_config[DSC_TASK_CONFIG_BYTES] __attribute__((aligned(16)));

static dsc_simulation simulation_of(const agent *a, int n_sessions, int n_trials)
{
    const dsc_task *task = dsc_task_find("bandit");
    dsc_fields_default(task->fields, bandit_config);
    return (dsc_simulation){.task = task,
                            .task_config = bandit_config,
                            .cell = a->cell,
                            .parameters = a->parameters,
                            .n_sessions = n_sessions,
                            .n_trials = n_trials,
                            .seed = 3};
}

// Mean over sessions of something, and its standard error.
typedef struct mean {
    double sum, squares;
    int n;
} mean;

static void mean_add(mean *m, double x)
{
    m->sum += x, m->squares += x * x, m->n++;
}

// Within five standard errors, plus the error of the published figure.
static void mean_check(const char *what, const mean *m, double wanted, double published)
{
    const double value = m->sum / m->n;
    const double error = sqrt((m->squares / m->n - value * value) / m->n);
    check_value(what, value, wanted, 5 * error + published);
    assert_true(error < 0.004); // else the test says nothing
}

static void check_statistics(const char *name, int n_trials, double nll, double rate, double stay)
{
    enum { SESSIONS = 1000 };
    mean likelihood = {0}, rewards = {0}, stays = {0};
    dsc_table *t = NULL;
    agent a;
    agent_make(&a, name, 2);
    const dsc_simulation s = simulation_of(&a, SESSIONS, n_trials);
    CHECK_OK(ctx, dsc_simulate(ctx, &s, three, &t));
    const double *choice = values_of(t, "choice"), *reward = values_of(t, "reward");
    const double *p[] = {values_of(t, "p_0"), values_of(t, "p_1")};
    for (int i = 0; i < SESSIONS; i++) {
        double sums[3] = {0};
        for (int k = 0; k < n_trials; k++) {
            const size_t row = t->session[i].first + (size_t)k;
            sums[0] -= log(p[(int)choice[row]][row]);
            sums[1] += reward[row];
            sums[2] += k > 0 && choice[row] == choice[row - 1];
        }
        mean_add(&likelihood, sums[0] / n_trials);
        mean_add(&rewards, sums[1] / n_trials);
        mean_add(&stays, sums[2] / (n_trials - 1));
    }
    mean_check("nll", &likelihood, nll, 0.002);
    mean_check("reward rate", &rewards, rate, 0.002);
    mean_check("stay probability", &stays, stay, 0.002);
    dsc_table_destroy(ctx, &t);
    agent_free(&a);
}

static void simulated_q_learning_has_the_published_statistics(void **state)
{
    (void)state;
    check_statistics("q_learning", 200, 0.5253, 0.587, 0.649);
}

static void simulated_actor_critic_has_the_published_statistics(void **state)
{
    (void)state;
    check_statistics("actor_critic", 500, 0.4541, 0.593, 0.701);
}

static void assert_same_tables(const dsc_table *a, const dsc_table *b)
{
    assert_int_equal(a->n_columns, b->n_columns);
    assert_true(a->n_trials == b->n_trials);
    for (int c = 0; c < a->n_columns; c++) {
        assert_string_equal(a->column[c].name, b->column[c].name);
        assert_memory_equal(a->column[c].value, b->column[c].value, a->n_trials * sizeof(double));
    }
}

static void a_simulation_is_a_function_of_its_seed(void **state)
{
    (void)state;
    dsc_table *first = NULL, *second = NULL, *other = NULL;
    agent a;
    agent_make(&a, "q_learning", 2);
    dsc_simulation s = simulation_of(&a, 100, 50);
    CHECK_OK(ctx, dsc_simulate(ctx, &s, one, &first));
    CHECK_OK(ctx, dsc_simulate(ctx, &s, three, &second));
    assert_same_tables(first, second);
    s.seed = 4;
    CHECK_OK(ctx, dsc_simulate(ctx, &s, one, &other));
    assert_memory_not_equal(values_of(first, "choice"), values_of(other, "choice"),
                            5000 * sizeof(double));
    dsc_table_destroy(ctx, &first);
    dsc_table_destroy(ctx, &second);
    dsc_table_destroy(ctx, &other);
    agent_free(&a);
}

static void sessions_do_not_depend_on_how_many_there_are_or_on_the_engine(void **state)
{
    (void)state;
    dsc_table *many = NULL, *few = NULL;
    agent a;
    agent_make(&a, "q_learning", 2);
    dsc_simulation s = simulation_of(&a, 70, 30);
    CHECK_OK(ctx, dsc_simulate(ctx, &s, one, &many));
    s.n_sessions = 40;
    CHECK_OK(ctx, dsc_engine_select(ctx, "ref", NULL, NULL, &s.engine)); // one lane per tile
    CHECK_OK(ctx, dsc_simulate(ctx, &s, one, &few));
    const size_t bytes = 40 * 30 * sizeof(double);
    assert_memory_equal(values_of(many, "choice"), values_of(few, "choice"), bytes);
    assert_memory_equal(values_of(many, "reward"), values_of(few, "reward"), bytes);
    for (int i = 0; i < 40 * 30; i++)
        check_value("p_1", values_of(many, "p_1")[i], values_of(few, "p_1")[i], 1e-12);
    dsc_table_destroy(ctx, &many);
    dsc_table_destroy(ctx, &few);
    agent_free(&a);
}

// The first choice of every session is a fair coin of its own.
static void sessions_are_independent(void **state)
{
    (void)state;
    enum { SESSIONS = 2000 };
    dsc_table *t = NULL;
    agent a;
    int ones = 0, pairs = 0, rewards = 0;
    agent_make(&a, "q_learning", 2);
    const dsc_simulation s = simulation_of(&a, SESSIONS, 1);
    CHECK_OK(ctx, dsc_simulate(ctx, &s, one, &t));
    const double *choice = values_of(t, "choice"), *reward = values_of(t, "reward");
    for (int i = 0; i < SESSIONS; i++) ones += choice[i] == 1, rewards += reward[i] == 1;
    for (int i = 1; i < SESSIONS; i++) pairs += choice[i] == choice[i - 1];
    check_value("ones", (double)ones / SESSIONS, 0.5, 5 * 0.5 / sqrt(SESSIONS));
    check_value("pairs", (double)pairs / SESSIONS, 0.5, 5 * 0.5 / sqrt(SESSIONS));
    check_value("rewards", (double)rewards / SESSIONS, 0.5, 5 * 0.5 / sqrt(SESSIONS));
    dsc_table_destroy(ctx, &t);
    agent_free(&a);
}

static void recorded_quantities_become_columns(void **state)
{
    (void)state;
    static const char *const recorded[] = {"value", "prediction_error"};
    dsc_table *t = NULL;
    agent a;
    agent_make(&a, "q_learning", 2);
    dsc_simulation s = simulation_of(&a, 3, 20);
    s.n_recorded = 2;
    s.recorded = recorded;
    CHECK_OK(ctx, dsc_simulate(ctx, &s, one, &t));
    const double *q[] = {values_of(t, "value_0"), values_of(t, "value_1")};
    const double *choice = values_of(t, "choice"), *reward = values_of(t, "reward");
    for (int i = 0; i < 60; i++) { // the values are those that made this trial's choice
        const int c = (int)choice[i ? i - 1 : 0];
        if (i % 20 == 0) assert_true(q[0][i] == 0.5 && q[1][i] == 0.5);
        else check_value("q", q[c][i], q[c][i - 1] + 0.3 * (reward[i - 1] - q[c][i - 1]), 1e-12);
        check_value("p_1", values_of(t, "p_1")[i], 1 / (1 + exp(3 * (q[0][i] - q[1][i]))), 1e-12);
        check_value("p", values_of(t, "p_0")[i] + values_of(t, "p_1")[i], 1, 1e-15);
        assert_true(values_of(t, "reward_probability_0")[i] >= 0);
    }
    values_of(t, "prediction_error");
    assert_null(dsc_table_column(t, "instructed"));
    dsc_table_destroy(ctx, &t);
    agent_free(&a);
}

static void instructed_trials_are_marked_and_the_agent_sees_the_resolved_choice(void **state)
{
    (void)state;
    static const char *const recorded[] = {"prediction_error"};
    dsc_table *t = NULL;
    agent a;
    int n = 0;
    agent_make(&a, "q_learning", 2);
    dsc_simulation s = simulation_of(&a, 5, 100);
    CHECK_OK(ctx, dsc_field_set(ctx, dsc_field_find(s.task->fields, "p_instructed"), bandit_config,
                                "0.5", "test"));
    s.n_recorded = 1;
    s.recorded = recorded;
    CHECK_OK(ctx, dsc_simulate(ctx, &s, one, &t));
    for (int i = 0; i < 500; i++) n += values_of(t, "instructed")[i] == 1;
    assert_true(n > 150 && n < 350);
    for (int i = 1; i < 500; i++) // a reward raises the value of what was resolved
        if (i % 100)
            assert_true((values_of(t, "prediction_error")[i] > 0) ==
                        (values_of(t, "reward")[i - 1] > 0));
    dsc_table_destroy(ctx, &t);
    agent_free(&a);
}

static void agents_and_tasks_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    dsc_table *t = NULL;
    agent a;
    agent_make(&a, "q_learning", 3);
    dsc_simulation s = simulation_of(&a, 2, 2);
    CHECK_FAILS(ctx, DSC_INPUT, "has 3 options, but the task \"bandit\" has 2",
                dsc_simulate(ctx, &s, one, &t));
    agent_free(&a);
    agent_make(&a, "q_learning", 2);
    s = simulation_of(&a, 0, 2);
    CHECK_FAILS(ctx, DSC_INPUT, "at least 1", dsc_simulate(ctx, &s, one, &t));
    s = simulation_of(&a, 2, 2);
    a.parameters[0] = NAN;
    CHECK_FAILS(ctx, DSC_INPUT, "session 0, trial 1", dsc_simulate(ctx, &s, one, &t));
    const char *const nonsense[] = {"nonsense"};
    s.n_recorded = 1;
    s.recorded = nonsense;
    CHECK_FAILS(ctx, DSC_INPUT, "nonsense", dsc_simulate(ctx, &s, one, &t));
    assert_null(t);
    agent_free(&a);
}

static void inputs_that_a_task_cannot_answer_are_refused(void **state)
{
    (void)state;
    dsc_builder *b;
    dsc_table *t = NULL;
    agent a = {0};
    CHECK_OK(ctx, dsc_cell_begin(ctx, "odd", &b));
    const char *const names[] = {"pupil", "prev_reward"};
    dsc_output(b, "prediction", dsc_inputs(b, 2, names));
    CHECK_OK(ctx, dsc_cell_end(b, &a.cell));
    dsc_simulation s = simulation_of(&a, 2, 2);
    CHECK_FAILS(ctx, DSC_INPUT, "its input \"pupil\"", dsc_simulate(ctx, &s, one, &t));
    dsc_cell_destroy(&a.cell);
}

static dsc_status simulate_a_little(dsc_context *failing, void *user)
{
    dsc_table *t = NULL;
    const agent *a = user;
    const dsc_simulation s = simulation_of(a, 40, 3);
    const dsc_status status = dsc_simulate(failing, &s, one, &t);
    if (t) dsc_table_destroy(failing, &t);
    return status;
}

static void no_failing_allocation_leaks_or_crashes(void **state)
{
    (void)state;
    agent a;
    agent_make(&a, "q_learning", 2);
    assert_true(check_every_allocation_failure(simulate_a_little, &a) > 5);
    agent_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arms_start_uniform_and_independent),
        cmocka_unit_test(rewards_use_the_probability_before_the_drift),
        cmocka_unit_test(all_arms_drift_with_the_given_step),
        cmocka_unit_test(instructed_trials_dictate_a_random_arm),
        cmocka_unit_test(tasks_are_found_by_name),
        cmocka_unit_test(q_learning_follows_the_published_steps),
        cmocka_unit_test(actor_critic_follows_the_published_steps),
        cmocka_unit_test(more_than_two_options_work_the_same),
        cmocka_unit_test(simulated_q_learning_has_the_published_statistics),
        cmocka_unit_test(simulated_actor_critic_has_the_published_statistics),
        cmocka_unit_test(a_simulation_is_a_function_of_its_seed),
        cmocka_unit_test(sessions_do_not_depend_on_how_many_there_are_or_on_the_engine),
        cmocka_unit_test(sessions_are_independent),
        cmocka_unit_test(recorded_quantities_become_columns),
        cmocka_unit_test(instructed_trials_are_marked_and_the_agent_sees_the_resolved_choice),
        cmocka_unit_test(agents_and_tasks_that_do_not_fit_are_refused),
        cmocka_unit_test(inputs_that_a_task_cannot_answer_are_refused),
        cmocka_unit_test(no_failing_allocation_leaks_or_crashes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
