// SPDX-License-Identifier: Apache-2.0
// test_recover.c — recovery: every shipped model gives back the parameters that doc/models.md calls
// identifiable, at the number of trials that it states there; what a recovery computes and says.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discern/discern.h"
#include "support/check.h"

enum { MOST_NAMES = 12, MOST_SETTINGS = 4 };

// A line of doc/models.md. `trials` 0: as many as the task has.
typedef struct promise {
    const char *model, *task;
    const char *setting[MOST_SETTINGS]; // of the task
    int trials, subjects;
    bool from_start;
    const char *identified[MOST_NAMES];
} promise;
static const promise promises[] = {
    {"q_learning", "bandit", {0}, 300, 60, false, {"alpha", "beta"}},
    {"actor_critic",
     "bandit",
     {0},
     500,
     60,
     false,
     {"alpha_critic", "alpha_learn", "alpha_forget"}},
    {"q_dual", "bandit", {0}, 500, 60, false, {"alpha_positive", "alpha_negative", "beta"}},
    {"q_forgetting", "bandit", {0}, 500, 60, false, {"alpha", "beta"}},
    {"choice_kernel", "bandit", {0}, 500, 60, true, {"beta"}},
    {"perseveration", "bandit", {0}, 200, 60, false, {"kappa"}},
    {"q_choice_kernel", "bandit", {0}, 1000, 60, false, {"alpha", "beta", "beta_kernel"}},
    {"q_perseveration",
     "blocked_bandit",
     {"schedule=artificial", "n_blocks=10"},
     0,
     60,
     false,
     {"alpha", "beta", "kappa"}},
    {"win_stay_lose_shift", "bandit", {0}, 200, 60, false, {"stay_after_win", "shift_after_loss"}},
    {"bari", "bandit", {0}, 1000, 60, false, {"beta", "bias"}},
    {"hattori", "bandit", {0}, 1000, 60, false, {"alpha_none", "beta", "bias"}},
    {"compare_to_threshold", "bandit", {0}, 1000, 60, false, {"threshold", "beta", "bias"}},
    {"loss_counting", "bandit", {0}, 500, 60, false, {"threshold", "spread", "bias"}},
    {"q_matching_pennies",
     "matching_pennies",
     {0},
     1000,
     60,
     false,
     {"decay", "reward_evidence", "loss_evidence"}},
    {"reward_seeking", "bandit", {0}, 300, 60, false, {"alpha", "beta"}},
    {"reward_habit_fallacy", "bandit", {0}, 2000, 30, false, {"bias"}},
    {"kalman_thompson", "gaussian_bandit", {0}, 0, 60, false, {"beta"}},
    {"kalman_ucb", "gaussian_bandit", {0}, 0, 60, false, {"beta", "gamma"}},
    {"kalman_hybrid", "gaussian_bandit", {0}, 0, 60, false, {"beta", "gamma"}},
    {"kalman_restless", "restless_bandit", {"centre=0"}, 300, 60, false, {"beta"}},
    {"two_step",
     "two_step",
     {"n_trials=500"},
     0,
     60,
     false,
     {"alpha_2", "beta_1", "beta_2", "stickiness"}},
    {"rl_working_memory",
     "working_memory",
     {"p_correct=0.9", "p_wrong=0.1"},
     0,
     40,
     true,
     {"alpha", "decay"}},
    {"pavlovian_go_nogo", "go_nogo", {0}, 0, 60, false, {"bias", "pavlovian"}},
    {"prospect_valence", "iowa", {"n_trials=300"}, 0, 60, false, {"consistency"}},
    {"orl",
     "iowa",
     {"n_trials=300"},
     0,
     60,
     false,
     {"alpha_win", "alpha_loss", "beta_frequency", "beta_linger"}},
    {"hgf_binary", "reversal", {0}, 500, 60, false, {"omega", "beta"}},
    {"history_logistic",
     "bandit",
     {0},
     1000,
     60,
     false,
     {"reward_1", "reward_2", "reward_3", "reward_4", "reward_5", "choice_1", "choice_2",
      "choice_3", "choice_4", "choice_5", "bias"}},
    {"bounded_accumulator", "poisson_clicks", {"max_bins=20", "min_bins=10"}, 0, 3, false, {0}},
};
enum { PROMISES = sizeof promises / sizeof *promises };

static dsc_context *ctx;

static int set_up(void **state)
{
    (void)state;
    return dsc_context_create(NULL, &ctx);
}

static int tear_down(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    return 0;
}

// ---- asking -------------------------------------------------------------------------------------

enum { MOST_MODELS = 3 };
static dsc_fit_config configs[MOST_MODELS];
static _Alignas(16) unsigned char task_config[DSC_TASK_CONFIG_BYTES];

static void take_model(int i, const char *model)
{
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, model, &configs[i]));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &configs[i], "fit.method", "map", "test"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &configs[i], "fit.restarts", "3", "test"));
}

static dsc_recovery_request request_of(const char *task, int subjects, int trials)
{
    const dsc_task *t = dsc_task_find(task);
    assert_non_null(t);
    dsc_fields_default(t->fields, task_config);
    return (dsc_recovery_request){.n_models = 1,
                                  .config = configs,
                                  .task = t,
                                  .task_config = task_config,
                                  .n_subjects = subjects,
                                  .n_sessions = 1,
                                  .n_trials = trials,
                                  .seed = 0};
}

static dsc_recovery *recover(const dsc_recovery_request *q, int threads)
{
    dsc_recovery *r = NULL;
    dsc_pool *pool = NULL;
    CHECK_OK(ctx, dsc_pool_create(ctx, threads, &pool));
    CHECK_OK(ctx, dsc_recover(ctx, q, pool, &r));
    dsc_pool_destroy(&pool);
    return r;
}

// ---- what the documentation promises ------------------------------------------------------------

static void set_task(const promise *p, const dsc_task *task)
{
    for (int i = 0; i < MOST_SETTINGS && p->setting[i]; i++) {
        char name[32];
        const char *value = strchr(p->setting[i], '=') + 1;
        snprintf(name, sizeof name, "%.*s", (int)(value - p->setting[i] - 1), p->setting[i]);
        const dsc_field *f = dsc_field_find(task->fields, name);
        assert_non_null(f);
        CHECK_OK(ctx, dsc_field_set(ctx, f, task_config, value, "test"));
    }
}

static const dsc_recovered *recovered(const dsc_recovery *r, const char *name)
{
    for (int i = 0; i < r->model[0].n_parameters; i++)
        if (strcmp(r->model[0].parameter[i].name, name) == 0) return &r->model[0].parameter[i];
    fail_msg("%s has no parameter %s", r->model[0].name, name);
    return NULL;
}

// How many of a promise's parameters do not come back.
static int broken(const promise *p)
{
    int n = 0;
    take_model(0, p->model);
    if (strcmp(p->model, "actor_critic") == 0) configs[0].fit.restarts = 20; // has several maxima
    dsc_recovery_request q = request_of(p->task, p->subjects, p->trials);
    q.from_start = p->from_start;
    if (strcmp(p->task, "poisson_clicks") == 0) q.n_sessions = 100; // of one choice
    set_task(p, q.task);
    dsc_recovery *r = recover(&q, 0);
    for (int i = 0; i < MOST_NAMES && p->identified[i]; i++) {
        const double got = recovered(r, p->identified[i])->r;
        if (got >= 0.8) continue;
        print_error("%s: %s comes back with r = %.3f\n", p->model, p->identified[i], got);
        n++;
    }
    dsc_recovery_destroy(ctx, &r);
    return n;
}

static void parameters_called_identifiable_come_back(void **state)
{
    (void)state;
    int n = 0;
    for (int i = 0; i < PROMISES; i++) n += broken(&promises[i]);
    assert_int_equal(n, 0);
}

static void every_classical_model_has_a_promise(void **state)
{
    (void)state;
    for (int i = 0; dsc_model_name(i); i++) {
        const dsc_model *m;
        CHECK_OK(ctx, dsc_model_at(ctx, i, &m));
        bool found = !m->cog;
        for (int k = 0; k < PROMISES; k++) found |= strcmp(promises[k].model, m->name) == 0;
        if (!found) fail_msg("no recovery test for the model %s", m->name);
    }
}

// ---- what a recovery computes -------------------------------------------------------------------

static void a_recovery_is_a_function_of_its_request(void **state)
{
    (void)state;
    take_model(0, "q_learning");
    const dsc_recovery_request q = request_of("bandit", 20, 100);
    dsc_recovery *a = recover(&q, 1), *b = recover(&q, 3);
    for (int i = 0; i < 2; i++) {
        const dsc_recovered *x = &a->model[0].parameter[i], *y = &b->model[0].parameter[i];
        assert_memory_equal(x->truth, y->truth, 20 * sizeof *x->truth);
        assert_memory_equal(x->value, y->value, 20 * sizeof *x->value);
    }
    dsc_recovery_destroy(ctx, &a);
    dsc_recovery_destroy(ctx, &b);
}

static void statistics_are_those_of_the_table(void **state)
{
    (void)state;
    take_model(0, "q_learning");
    const dsc_recovery_request q = request_of("bandit", 30, 150);
    dsc_recovery *r = recover(&q, 0);
    const dsc_recovered *p = &r->model[0].parameter[0];
    double bias = 0, square = 0, inside = 0, n = 0;
    for (int s = 0; s < 30; s++) {
        const double off = p->value[s] - p->truth[s];
        assert_in_range(p->truth[s] * 1e6, 0, 1000000);
        bias += off / 30;
        square += off * off / 30;
        if (isnan(p->error[s])) continue;
        n++;
        inside += fabs(off) <= 1.96 * p->error[s];
    }
    assert_true(fabs(p->bias - bias) < 1e-12 && fabs(p->rmse - sqrt(square)) < 1e-12);
    assert_int_equal(p->n_intervals, n);
    assert_true(fabs(p->coverage - inside / n) < 1e-12);
    assert_true(r->n_trials == 150);
    dsc_recovery_destroy(ctx, &r);
}

// Sixty trials leave some betas without a limit: counted, and only the others in r, bias and rmse.
static void subjects_that_run_away_are_counted_and_left_out(void **state)
{
    (void)state;
    enum { N = 60 };
    take_model(0, "q_learning");
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &configs[0], "fit.method", "mle", "test"));
    const dsc_recovery_request q = request_of("bandit", N, 60);
    dsc_recovery *r = recover(&q, 0);
    const dsc_recovered_model *m = &r->model[0];
    const dsc_recovered *beta = &m->parameter[1];
    double bias = 0, n = 0;
    dsc_text words = {0};
    for (int s = 0; s < N; s++) {
        if (m->flags[s] & DSC_FIT_UNBOUNDED) continue;
        bias += beta->value[s] - beta->truth[s];
        n++;
    }
    assert_true(m->n_unbounded > 0 && m->n_unbounded == N - n);
    assert_true(fabs(beta->bias - bias / n) < 1e-9 && beta->rmse < 20);
    CHECK_OK(ctx, dsc_recovery_say(ctx, r, &words));
    assert_non_null(strstr(words.s, "subjects a parameter ran to infinity"));
    dsc_text_free(ctx, &words);
    dsc_recovery_destroy(ctx, &r);
}

// 6 of 6 intervals of 95 % hold the truth in three of four recoveries, 17 of 20 or fewer in one of
// thirteen.
static void standard_errors_are_doubted_where_chance_does_not_explain_it(void **state)
{
    (void)state;
    static const struct {
        int n;
        double coverage;
        const char *says;
    } cases[] = {{6, 1, NULL},
                 {5, 0.8, NULL},
                 {20, 0.85, NULL},
                 {20, 0.8, "small"},
                 {100, 0.85, "are too small"},
                 {100, 1, "are too large"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dsc_text words = {0};
        dsc_recovered alpha = {
            .name = "alpha", .r = 1, .n_intervals = cases[i].n, .coverage = cases[i].coverage};
        dsc_recovered_model m = {.name = "q", .n_parameters = 1, .parameter = &alpha};
        const dsc_recovery r = {.n_models = 1, .n_subjects = cases[i].n, .model = &m};
        CHECK_OK(ctx, dsc_recovery_say(ctx, &r, &words));
        assert_non_null(strstr(words.s, "well identified"));
        if (cases[i].says) assert_non_null(strstr(words.s, cases[i].says));
        else assert_null(strstr(words.s, "standard errors"));
        dsc_text_free(ctx, &words);
    }
}

static void models_that_differ_are_told_apart(void **state)
{
    (void)state;
    static const char *const models[] = {"q_learning", "win_stay_lose_shift", "perseveration"};
    for (int i = 0; i < 3; i++) take_model(i, models[i]);
    dsc_recovery_request q = request_of("bandit", 40, 300);
    q.n_models = 3;
    dsc_recovery *r = recover(&q, 0);
    for (int i = 0; i < 3; i++) {
        double row = 0, column = 0;
        for (int j = 0; j < 3; j++) {
            row += r->confusion[i * 3 + j];
            column += r->inversion[j * 3 + i];
        }
        assert_true(fabs(row - 1) < 1e-12 && fabs(column - 1) < 1e-12);
        if (!(r->confusion[i * 3 + i] > 0.7))
            fail_msg("%s is fitted best by itself in %.2f only", models[i], r->confusion[4 * i]);
    }
    dsc_text words = {0};
    CHECK_OK(ctx, dsc_recovery_say(ctx, r, &words));
    assert_non_null(strstr(words.s, "Subjects of perseveration are fitted best by it in"));
    dsc_text_free(ctx, &words);
    dsc_recovery_destroy(ctx, &r);
}

// A random chooser's inverse temperature is 0 for everybody, and the rest cannot be known.
static void what_cannot_be_identified_is_called_so(void **state)
{
    (void)state;
    take_model(0, "kalman_restless");
    const dsc_recovery_request q = request_of("bandit", 20, 20); // rewards of 0 and 1: no news
    dsc_recovery *r = recover(&q, 0);
    dsc_text words = {0};
    assert_true(!(recovered(r, "diffusion")->r >= 0.5));
    CHECK_OK(ctx, dsc_recovery_say(ctx, r, &words));
    assert_non_null(strstr(words.s, "diffusion is not identified with this many trials"));
    dsc_text_free(ctx, &words);
    dsc_recovery_destroy(ctx, &r);
}

static void check_refused(const char *model, const char *task, const char *words)
{
    dsc_pool *pool = NULL;
    dsc_recovery *r = NULL;
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, model, &configs[0]));
    const dsc_recovery_request q = request_of(task, 5, 20);
    CHECK_OK(ctx, dsc_pool_create(ctx, 1, &pool));
    assert_int_equal(dsc_recover(ctx, &q, pool, &r), DSC_INPUT);
    assert_null(r);
    if (!strstr(dsc_message(ctx), words)) fail_msg("%s", dsc_message(ctx));
    dsc_pool_destroy(&pool);
}

static void what_cannot_be_recovered_is_refused_with_a_reason(void **state)
{
    (void)state;
    check_refused("gru", "bandit", "no parameters to recover");
    check_refused("two_step", "bandit", "stage");
    check_refused("kalman_hybrid", "iowa", "2 actions");
}

static dsc_status recover_small(dsc_context *c, void *user)
{
    dsc_fit_config *config = NULL;
    dsc_pool *pool = NULL;
    dsc_recovery *r = NULL;
    (void)user;
    DSC_TRY(dsc_alloc(c, 1, sizeof *config, &config));
    dsc_status status = dsc_fit_config_defaults(c, "perseveration", config);
    if (status == DSC_OK) status = dsc_fit_config_set(c, config, "fit.restarts", "1", "test");
    if (status == DSC_OK) status = dsc_pool_create(c, 1, &pool);
    if (status == DSC_OK) {
        dsc_recovery_request q = request_of("bandit", 3, 4);
        q.config = config;
        status = dsc_recover(c, &q, pool, &r);
    }
    dsc_recovery_destroy(c, &r);
    if (pool) dsc_pool_destroy(&pool);
    dsc_free(c, &config);
    return status;
}

static void a_recovery_survives_any_failed_allocation(void **state)
{
    (void)state;
    assert_true(check_every_allocation_failure(recover_small, NULL) > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_called_identifiable_come_back),
        cmocka_unit_test(every_classical_model_has_a_promise),
        cmocka_unit_test(a_recovery_is_a_function_of_its_request),
        cmocka_unit_test(statistics_are_those_of_the_table),
        cmocka_unit_test(subjects_that_run_away_are_counted_and_left_out),
        cmocka_unit_test(standard_errors_are_doubted_where_chance_does_not_explain_it),
        cmocka_unit_test(models_that_differ_are_told_apart),
        cmocka_unit_test(what_cannot_be_identified_is_called_so),
        cmocka_unit_test(what_cannot_be_recovered_is_refused_with_a_reason),
        cmocka_unit_test(a_recovery_survives_any_failed_allocation),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
