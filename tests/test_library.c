// SPDX-License-Identifier: Apache-2.0
// test_library.c — what doc/library.md promises to programs that embed the library: contexts in
// threads of their own share nothing, and the allocator is called by its context's thread only.
#include <pthread.h>
#include <stdlib.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contexts_in_several_threads_do_not_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
