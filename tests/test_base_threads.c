// SPDX-License-Identifier: Apache-2.0
// test_base_threads.c — the pool: every item once, whoever takes it, however many threads.
#include <stdatomic.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/check.h"

enum { ITEMS = 500 };
static const int sizes[] = {1, 2, 3, 5, 8};

typedef struct work {
    atomic_int calls[ITEMS], inside[8], wrong;
    double result[ITEMS];
    int n_workers;
} work;

static dsc_context *ctx;

static int with_context(void **state)
{
    (void)state;
    return dsc_context_create(NULL, &ctx);
}

static int without_context(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    return 0;
}

// Also watches that a worker number is in use by one thread at a time.
static void do_item(void *user, int item, int worker)
{
    work *w = user;
    if (worker < 0 || worker >= w->n_workers || atomic_fetch_add(&w->inside[worker], 1) != 0)
        atomic_fetch_add(&w->wrong, 1);
    atomic_fetch_add(&w->calls[item], 1);
    dsc_stream s = dsc_stream_start(1, DSC_FOR_TASK, (uint32_t)item, 0, 0);
    for (int i = 0; i < item % 50; i++) w->result[item] += dsc_stream_normal(&s);
    atomic_fetch_sub(&w->inside[worker], 1);
}

static void run_once(int n_threads, work *w)
{
    dsc_pool *pool;
    memset(w, 0, sizeof *w);
    CHECK_OK(ctx, dsc_pool_create(ctx, n_threads, &pool));
    w->n_workers = dsc_pool_size(pool);
    dsc_pool_run(pool, do_item, w, ITEMS);
    dsc_pool_destroy(&pool);
    assert_null(pool);
}

static void every_item_is_done_once_by_one_worker(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        work w;
        run_once(sizes[i], &w);
        assert_int_equal(w.n_workers, sizes[i]);
        assert_int_equal(w.wrong, 0);
        for (int item = 0; item < ITEMS; item++) assert_int_equal(w.calls[item], 1);
    }
}

static void results_are_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    work alone, many;
    run_once(1, &alone);
    for (size_t i = 1; i < sizeof sizes / sizeof *sizes; i++) {
        run_once(sizes[i], &many);
        assert_memory_equal(alone.result, many.result, sizeof alone.result);
    }
}

static void add_one(void *user, int item, int worker)
{
    (void)worker;
    ((int *)user)[item]++; // not atomic: the join must order the runs
}

// Rests between some runs, so that workers are met both spinning and asleep.
static void many_short_runs_follow_each_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        dsc_pool *pool;
        int count[7] = {0}, expected[7] = {0};
        CHECK_OK(ctx, dsc_pool_create(ctx, sizes[i], &pool));
        for (int run = 0; run < 1000; run++) {
            dsc_pool_run(pool, add_one, count, run % 8);
            for (int item = 0; item < run % 8; item++) expected[item]++;
            assert_memory_equal(count, expected, sizeof count);
            if (run % 100 == 0) nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
        }
        dsc_pool_destroy(&pool);
    }
}

static void zero_threads_means_those_of_the_machine(void **state)
{
    (void)state;
    dsc_pool *pool;
    CHECK_OK(ctx, dsc_pool_create(ctx, 0, &pool));
    assert_in_range(dsc_pool_size(pool), 1, sysconf(_SC_NPROCESSORS_CONF));
    dsc_pool_destroy(&pool);
}

static void an_impossible_number_of_threads_is_refused(void **state)
{
    (void)state;
    dsc_pool *pool = (dsc_pool *)state;
    CHECK_FAILS(ctx, DSC_INPUT, "-1 threads", dsc_pool_create(ctx, -1, &pool));
    CHECK_FAILS(ctx, DSC_INPUT, "1000000 threads", dsc_pool_create(ctx, 1000000, &pool));
    assert_ptr_equal(pool, state);
}

static void note_mask(void *user, int item, int worker)
{
    (void)item;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    if (worker > 0 && !sigismember(&mask, SIGINT)) atomic_fetch_add((atomic_int *)user, 1);
    if (worker == 0 && sigismember(&mask, SIGINT)) atomic_fetch_add((atomic_int *)user, 1);
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

static void signals_are_left_to_the_caller(void **state)
{
    (void)state;
    dsc_pool *pool;
    atomic_int wrong = 0;
    CHECK_OK(ctx, dsc_pool_create(ctx, 3, &pool));
    dsc_pool_run(pool, note_mask, &wrong, 60);
    dsc_pool_destroy(&pool);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_done_once_by_one_worker),
        cmocka_unit_test(results_are_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(many_short_runs_follow_each_other),
        cmocka_unit_test(zero_threads_means_those_of_the_machine),
        cmocka_unit_test(an_impossible_number_of_threads_is_refused),
        cmocka_unit_test(signals_are_left_to_the_caller),
    };
    return cmocka_run_group_tests_name("threads", tests, with_context, without_context);
}
