// SPDX-License-Identifier: Apache-2.0
// test_library.c — what doc/library.md promises to programs that embed the library: contexts in
// threads of their own share nothing, and the allocator is called by its context's thread only; a
// call against its contract returns a sentence.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "discern/discern.h"
#include "support/check.h"

enum { N_THREADS = 3, N_VALUES = 64 };

// One thread's user of the library.
typedef struct user {
    pthread_t self;
    bool strange; // the allocator was called by another thread
    size_t alive; // blocks
    dsc_status status;
    double result[N_VALUES];
} user;

static void *resize(void *data, void *p, size_t bytes)
{
    user *u = data;
    if (!pthread_equal(pthread_self(), u->self)) u->strange = true;
    if (bytes > 0) u->alive += p == NULL;
    else u->alive -= p != NULL;
    if (bytes > 0) return realloc(p, bytes);
    free(p);
    return NULL;
}

// A table from memory: a learner who mostly stays with what paid.
static dsc_status make_table(dsc_context *ctx, dsc_table **table)
{
    enum { SESSIONS = 8, TRIALS = 60 };
    double choice[SESSIONS * TRIALS], reward[SESSIONS * TRIALS];
    int lengths[SESSIONS];
    dsc_stream s = dsc_stream_start(5, DSC_FOR_TASK, 0, 0, 0);
    for (int i = 0; i < SESSIONS; i++) lengths[i] = TRIALS;
    for (int i = 0; i < SESSIONS * TRIALS; i++) {
        const bool stays = i > 0 && (reward[i - 1] > 0 || dsc_stream_below(&s, 4) == 0);
        choice[i] = stays ? choice[i - 1] : dsc_stream_below(&s, 2);
        reward[i] = dsc_stream_uniform(&s) < (choice[i] > 0 ? 0.7 : 0.3);
    }
    return dsc_table_make(ctx, SESSIONS, lengths, NULL, 2,
                          (const char *const[]){"choice", "reward"},
                          (const double *const[]){choice, reward}, table);
}

static dsc_status estimate(dsc_context *ctx, const dsc_table *t, dsc_pool *pool, double *out)
{
    dsc_fit_config *config = NULL;
    dsc_estimates *e = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *config, &config));
    dsc_status status = dsc_fit_config_defaults(ctx, "q_learning", config);
    if (status == DSC_OK) status = dsc_estimate_table(ctx, config, t, NULL, pool, &e);
    for (int i = 0; status == DSC_OK && i < e->n_parameters; i++) out[i] = e->value[i];
    dsc_estimates_destroy(ctx, &e);
    dsc_free(ctx, &config);
    return status;
}

static dsc_status use(dsc_context *ctx, double *out)
{
    dsc_table *table = NULL;
    dsc_pool *pool = NULL;
    dsc_status status = make_table(ctx, &table);
    if (status == DSC_OK) status = dsc_pool_create(ctx, 2, &pool);
    if (status == DSC_OK) status = estimate(ctx, table, pool, out);
    dsc_pool_destroy(&pool);
    dsc_table_destroy(ctx, &table);
    return status;
}

static void *work(void *data)
{
    user *u = data;
    dsc_context *ctx = NULL;
    u->self = pthread_self();
    u->status = dsc_context_create(&(dsc_allocator){resize, u}, &ctx);
    if (u->status == DSC_OK) u->status = use(ctx, u->result);
    dsc_context_destroy(&ctx);
    return NULL;
}

static void contexts_in_several_threads_do_not_meet(void **state)
{
    static user users[N_THREADS];
    pthread_t thread[N_THREADS];
    (void)state;
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, work, &users[i]), 0);
    for (int i = 0; i < N_THREADS; i++) assert_int_equal(pthread_join(thread[i], NULL), 0);
    assert_true(users[0].result[0] > 0);
    for (int i = 0; i < N_THREADS; i++) {
        assert_int_equal(users[i].status, DSC_OK);
        assert_false(users[i].strange);
        assert_int_equal(users[i].alive, 0);
        assert_memory_equal(users[i].result, users[0].result, sizeof users[i].result);
    }
}

// ---- wrong calls --------------------------------------------------------------------------------

// What only a program can ask for; the command line knows better.
typedef struct asked {
    dsc_context *ctx;
    dsc_table *table;
    dsc_fit_config *gru, *classical;
    char path[80]; // of a run that is not there
} asked;

static dsc_status make_one(asked *a, double choice, const int *subject)
{
    dsc_table *made = NULL;
    const double values[] = {0, choice};
    return dsc_table_make(a->ctx, 1, (const int[]){2}, subject, 1, (const char *const[]){"choice"},
                          (const double *const[]){values}, &made);
}

static dsc_status make_choice_too_large(asked *a)
{
    return make_one(a, 1e6, NULL);
}
static dsc_status make_negative_subject(asked *a)
{
    return make_one(a, 1, (const int[]){-1});
}

static dsc_status pack(asked *a, int n, const int *sessions)
{
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    dsc_pack *made = NULL;
    const dsc_engine *engine;
    DSC_TRY(dsc_engine_select(a->ctx, NULL, NULL, "double", &engine));
    DSC_TRY(dsc_cell_begin(a->ctx, "cell", &b));
    dsc_output(b, "prediction", dsc_input_one(b, "prev_reward"));
    DSC_TRY(dsc_cell_end(b, &cell));
    const dsc_pack_options o = {
        .engine = engine, .cell = cell, .n_sessions = n, .sessions = sessions};
    const dsc_status status = dsc_pack_create(a->ctx, a->table, &o, &made);
    dsc_pack_destroy(a->ctx, &made);
    dsc_cell_destroy(&cell);
    return status;
}
static dsc_status pack_unknown_session(asked *a)
{
    return pack(a, 1, (const int[]){99});
}
static dsc_status pack_nothing(asked *a)
{
    return pack(a, 0, (const int[]){0});
}

static dsc_status fit_without_config(asked *a)
{
    return dsc_fit(a->ctx, &(dsc_fit_request){.run = a->path});
}
static dsc_status fit_nowhere(asked *a)
{
    return dsc_fit(a->ctx, &(dsc_fit_request){.config = a->gru});
}
static dsc_status extend_backwards(asked *a)
{
    return dsc_fit(a->ctx, &(dsc_fit_request){.run = a->path, .extend = -1});
}
static dsc_status estimate_without_config(asked *a)
{
    return dsc_estimate(a->ctx, &(dsc_fit_request){.run = a->path});
}
static dsc_status estimate_nowhere(asked *a)
{
    return dsc_estimate(a->ctx, &(dsc_fit_request){.config = a->classical, .run = ""});
}
static dsc_status go_on_with_nothing(asked *a)
{
    return dsc_estimate(a->ctx, &(dsc_fit_request){.run = a->path, .resume = true});
}
static dsc_status cross_validate_nothing(asked *a)
{
    return dsc_cross_validate(a->ctx, &(dsc_fit_request){.run = a->path, .resume = true}, 0);
}
static dsc_status estimate_network(asked *a)
{
    dsc_estimates *e = NULL;
    return dsc_estimate_table(a->ctx, a->gru, a->table, NULL, NULL, &e);
}
static dsc_status estimate_by_gradient(asked *a)
{
    snprintf(a->classical->data, sizeof a->classical->data, "%s.csv", a->path);
    DSC_TRY(dsc_table_write(a->ctx, a->table, a->classical->data));
    strcpy(a->classical->fit.method, "gradient");
    return dsc_estimate(a->ctx, &(dsc_fit_request){.config = a->classical, .run = a->path});
}
static dsc_status check_config_without_model(asked *a)
{
    a->gru->definition = NULL;
    return dsc_fit_config_check(a->ctx, a->gru);
}
static dsc_status recover_nothing(asked *a)
{
    dsc_recovery *r = NULL;
    const dsc_recovery_request q = {.config = a->classical, .task = dsc_task_at(0)};
    return dsc_recover(a->ctx, &q, NULL, &r);
}

static void calls_against_the_contract_say_so(void **state)
{
    static const struct {
        dsc_status (*call)(asked *a);
        const char *says;
    } cases[] = {
        {make_choice_too_large, "choices are 0 ... "},
        {make_negative_subject, "subject -1 is not an index"},
        {pack_unknown_session, "has no session 99; there are 8"},
        {pack_nothing, "no session is left to pack"},
        {fit_without_config, "a new fit needs a config"},
        {fit_nowhere, "a fit needs a run directory"},
        {extend_backwards, "--extend -1: give a number of steps above 0"},
        {estimate_without_config, "a new fit needs a config"},
        {estimate_nowhere, "a fit needs a run directory"},
        {go_on_with_nothing, "holds no run to go on with"},
        {cross_validate_nothing, "holds no cross-validation to go on with"},
        {estimate_network, "gru has no parameters to estimate"},
        {estimate_by_gradient, "fit.method is gradient, which trains in steps; take mle or map"},
        {check_config_without_model, "there is no model \"gru\"; known: "},
        {recover_nothing, "a recovery takes at least one model and three subjects"},
    };
    asked a = {0};
    (void)state;
    make_temporary_folder(a.path);
    strcat(a.path, "/run");
    assert_int_equal(dsc_context_create(NULL, &a.ctx), DSC_OK);
    CHECK_OK(a.ctx, make_table(a.ctx, &a.table));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_OK(a.ctx, dsc_alloc(a.ctx, 1, sizeof *a.gru, &a.gru));
        CHECK_OK(a.ctx, dsc_alloc(a.ctx, 1, sizeof *a.classical, &a.classical));
        CHECK_OK(a.ctx, dsc_fit_config_defaults(a.ctx, "gru", a.gru));
        CHECK_OK(a.ctx, dsc_fit_config_defaults(a.ctx, "q_learning", a.classical));
        assert_int_not_equal(cases[i].call(&a), DSC_OK);
        check_contains(dsc_message(a.ctx), cases[i].says);
        dsc_free(a.ctx, &a.gru);
        dsc_free(a.ctx, &a.classical);
    }
    dsc_table_destroy(a.ctx, &a.table);
    dsc_context_destroy(&a.ctx);
    *strrchr(a.path, '/') = 0;
    remove_folder(a.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_against_the_contract_say_so),
        cmocka_unit_test(contexts_in_several_threads_do_not_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
