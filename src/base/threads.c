// SPDX-License-Identifier: Apache-2.0
// threads.c — a pool of persistent threads; a run is one fork and one join.
// A run publishes its job and raises `generation`; every worker takes items from `next` until none
// is left and lowers `busy`. Who waits spins for some microseconds, then sleeps on a condition.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/private.h"

enum { MOST_THREADS = 4096 };
static const double spin_seconds = 40e-6;

typedef struct worker {
    dsc_pool *pool;
    pthread_t thread;
    int number;
} worker;

struct dsc_pool {
    dsc_context *ctx;
    worker *workers;
    int size, n_started; // the caller is counted in size, not in n_started
    double spin;
    dsc_task_fn *fn; // NULL tells the workers to leave
    void *user;
    int n_items;
    pthread_mutex_t mutex;
    pthread_cond_t forked, joined;
    _Alignas(64) atomic_int next;
    _Alignas(64) atomic_uint busy;
    _Alignas(64) atomic_uint generation;
};

// The value is changed either before the mutex is taken here, and then seen, or under the mutex
// (or followed by taking it) and then signalled: nobody sleeps past a change.
static void wait_until(dsc_pool *pool, atomic_uint *value, unsigned target, pthread_cond_t *changed)
{
    const double give_up = dsc_seconds() + pool->spin;
    do
        if (atomic_load_explicit(value, memory_order_acquire) == target) return;
    while (dsc_seconds() < give_up);
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load_explicit(value, memory_order_acquire) != target)
        pthread_cond_wait(changed, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

static void signal_change(dsc_pool *pool, pthread_cond_t *changed)
{
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(changed);
    pthread_mutex_unlock(&pool->mutex);
}

static void take_items(dsc_pool *pool, int number)
{
    for (;;) {
        const int item = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (item >= pool->n_items) return;
        pool->fn(pool->user, item, number);
    }
}

static void *worker_main(void *argument)
{
    const worker *w = argument;
    dsc_pool *pool = w->pool;
    for (unsigned generation = 1;; generation++) {
        wait_until(pool, &pool->generation, generation, &pool->forked);
        if (!pool->fn) return NULL;
        take_items(pool, w->number);
        if (atomic_fetch_sub_explicit(&pool->busy, 1, memory_order_acq_rel) == 1)
            signal_change(pool, &pool->joined);
    }
}

static void fork_workers(dsc_pool *pool, dsc_task_fn *fn, void *user, int n_items)
{
    pool->fn = fn;
    pool->user = user;
    pool->n_items = n_items;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->busy, (unsigned)pool->n_started, memory_order_relaxed);
    atomic_fetch_add_explicit(&pool->generation, 1, memory_order_release);
    signal_change(pool, &pool->forked);
}

void dsc_pool_run(dsc_pool *pool, dsc_task_fn *fn, void *user, int n_items)
{
    if (pool->n_started == 0 || n_items <= 1) {
        for (int item = 0; item < n_items; item++) fn(user, item, 0);
        return;
    }
    fork_workers(pool, fn, user, n_items);
    take_items(pool, 0);
    wait_until(pool, &pool->busy, 0, &pool->joined);
}

// Signals stay with the thread that made the pool: a worker must not run the program's handlers.
static dsc_status start_workers(dsc_pool *pool)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = 0;
    for (int i = 0; i < pool->size - 1 && error == 0; i++) {
        worker *w = &pool->workers[i];
        *w = (worker){.pool = pool, .number = i + 1};
        error = pthread_create(&w->thread, NULL, worker_main, w);
        if (error == 0) pool->n_started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    DSC_REQUIRE(pool->ctx, error == 0, DSC_INPUT,
                "%d threads were asked for, but the system started only %d (%s); ask for fewer",
                pool->size, pool->n_started + 1, strerror(error));
    return DSC_OK;
}

static dsc_status pool_fill(dsc_context *ctx, int size, dsc_pool *pool)
{
    pool->ctx = ctx;
    pool->size = size;
    // With more threads than processors, a spinning one only keeps a working one waiting.
    pool->spin = size <= base_processors() ? spin_seconds : 0;
    atomic_init(&pool->next, 0);
    atomic_init(&pool->busy, 0);
    atomic_init(&pool->generation, 0);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->forked, NULL);
    pthread_cond_init(&pool->joined, NULL);
    DSC_TRY(dsc_alloc(ctx, (size_t)size, sizeof *pool->workers, &pool->workers));
    return start_workers(pool);
}

dsc_status dsc_pool_create(dsc_context *ctx, int n_threads, dsc_pool **pool)
{
    DSC_REQUIRE(ctx, n_threads >= 0 && n_threads <= MOST_THREADS, DSC_INPUT,
                "%d threads: give a number from 1 to %d, or 0 for as many as the machine has",
                n_threads, MOST_THREADS);
    dsc_pool *made;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    const dsc_status status = pool_fill(ctx, n_threads ? n_threads : base_processors(), made);
    if (status != DSC_OK) {
        dsc_pool_destroy(&made);
        return status;
    }
    *pool = made;
    return DSC_OK;
}

void dsc_pool_destroy(dsc_pool **pool)
{
    if (!pool || !*pool) return;
    dsc_pool *p = *pool;
    fork_workers(p, NULL, NULL, 0);
    for (int i = 0; i < p->n_started; i++) pthread_join(p->workers[i].thread, NULL);
    pthread_cond_destroy(&p->joined);
    pthread_cond_destroy(&p->forked);
    pthread_mutex_destroy(&p->mutex);
    dsc_context *ctx = p->ctx;
    dsc_free(ctx, &p->workers);
    dsc_free(ctx, pool);
}

int dsc_pool_size(const dsc_pool *pool)
{
    return pool->size;
}
