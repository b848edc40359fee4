// SPDX-License-Identifier: Apache-2.0
// sets.c — all (group, restart) pairs at once: one evaluation per round for every set that is not
// done; those that are done leave. A search that ends where the value is not finite, and of those
// that end where a parameter has no effect (the likelihood of a Q-learner at alpha = 0 or beta = 0)
// the first four and every fourth, tries again from another start; the set keeps the best it has
// seen. When all searches of a group have ended, the best one goes on to the full tolerance.
#include <math.h>
#include <string.h>

#include "fit/internal.h"

enum { MOST_ATTEMPTS = 4, SETS_PER_ITEM = 64, MOST_ROUTES = 512 };

static double *block_of(const sets *s, int set)
{
    return s->block + (size_t)set * search_block(s->space.n);
}

// ---- memory -----------------------------------------------------------------------------------

static dsc_status reserve(sets *s)
{
    const size_t n = (size_t)s->n, values = n * (size_t)s->space.n;
    DSC_TRY(dsc_alloc(s->ctx, n, sizeof *s->search, &s->search));
    DSC_TRY(dsc_alloc(s->ctx, n * search_block(s->space.n), sizeof(double), &s->block));
    if (s->method >= 0) DSC_TRY(dsc_alloc(s->ctx, n, sizeof(route *), &s->route));
    DSC_TRY(dsc_alloc(s->ctx, n, sizeof *s->best, &s->best));
    DSC_TRY(dsc_alloc(s->ctx, values, sizeof(double), &s->best_x));
    DSC_TRY(dsc_alloc(s->ctx, n, sizeof(int), &s->active));
    DSC_TRY(dsc_alloc(s->ctx, n, sizeof(int), &s->group));
    DSC_TRY(dsc_alloc(s->ctx, n, sizeof(double), &s->f));
    DSC_TRY(dsc_alloc(s->ctx, values, sizeof(double), &s->x));
    return dsc_alloc(s->ctx, values, sizeof(double), &s->g);
}

dsc_status sets_create(dsc_context *ctx, const groups *g, objective *o, int n_restarts, sets *s)
{
    s->ctx = ctx;
    s->groups = g;
    s->objective = o;
    s->n_restarts = n_restarts;
    s->n = g->n * n_restarts;
    return reserve(s);
}

void sets_destroy(sets *s)
{
    if (!s->ctx) return;
    for (int i = 0; s->route && i < s->n; i++) route_end(s->ctx, &s->route[i]);
    dsc_free(s->ctx, &s->route);
    dsc_free(s->ctx, &s->search);
    dsc_free(s->ctx, &s->block);
    dsc_free(s->ctx, &s->best);
    dsc_free(s->ctx, &s->best_x);
    dsc_free(s->ctx, &s->active);
    dsc_free(s->ctx, &s->group);
    dsc_free(s->ctx, &s->f);
    dsc_free(s->ctx, &s->x);
    dsc_free(s->ctx, &s->g);
}

// ---- attempts ---------------------------------------------------------------------------------

static void begin(sets *s, int set, int attempt)
{
    double x[FIT_MOST];
    const start_key key = {s->seed, s->groups->key[set / s->n_restarts],
                           (uint32_t)(set % s->n_restarts), (uint32_t)attempt};
    start_draw(s->parameter, s->space.n, key, x);
    for (int i = 0; i < s->space.n; i++) x[i] = parameter_place(&s->parameter[i], x[i]);
    search_begin(&s->space, &s->search[set], block_of(s, set), x);
    s->search[set].attempt = attempt;
}

void sets_begin(sets *s)
{
    for (int i = 0; i < s->n; i++) {
        s->best[i] = (best_point){.f = INFINITY, .state = SEARCH_INFINITE};
        begin(s, i, 0);
    }
    s->n_active = s->n;
}

void sets_reopen(sets *s)
{
    for (int i = 0; s->method >= 0 && i < s->n; i++)
        if (s->search[i].state == SEARCH_RUNNING) begin(s, i, s->search[i].attempt);
}

static void put_values(const sets *s, const double *u, double *x)
{
    for (int i = 0; i < s->space.n; i++) x[i] = parameter_value(&s->parameter[i], u[i]);
}

static void keep_best(sets *s, int set)
{
    const search *q = &s->search[set];
    best_point *b = &s->best[set];
    const size_t n = (size_t)s->space.n;
    if (q->f > b->f || (q->attempt > 0 && q->f == b->f && !q->refined)) return;
    b->f = q->f;
    b->state = q->state;
    put_values(s, search_x(&s->space, block_of(s, set)), s->best_x + (size_t)set * n);
}

// A function of the restart alone, so that its end does not depend on how many there are. The
// first few make sure that something is found; later ones that end flat end soon.
static bool tries_again(const sets *s, int set)
{
    const search *q = &s->search[set];
    const int restart = set % s->n_restarts;
    if (q->attempt + 1 == MOST_ATTEMPTS) return false;
    return q->state == SEARCH_INFINITE ||
           (q->state == SEARCH_FLAT && (restart < 4 || restart % 4 == 0));
}

// After its evaluation; several sets at a time on any thread, since sets share nothing.
static void take(sets *s, int i)
{
    const int set = s->active[i];
    search *q = &s->search[set];
    const double f = s->f[i], *u = search_trial(&s->space, block_of(s, set));
    double *g = s->g + (size_t)i * (size_t)s->space.n;
    for (int k = 0; k < s->space.n; k++) g[k] *= parameter_slope(&s->parameter[k], u[k]);
    if (s->method < 0) search_take(&s->space, q, block_of(s, set), f, g);
    else route_take(&s->space, q, block_of(s, set), s->route[set], f, g);
    if (q->state == SEARCH_RUNNING) return;
    if (s->method >= 0) route_end(s->ctx, &s->route[set]);
    keep_best(s, set);
    if (!tries_again(s, set)) return;
    s->best[set].rounds += q->rounds;
    begin(s, set, q->attempt + 1);
}

static void take_item(void *user, int item, int worker)
{
    sets *s = user;
    (void)worker;
    for (int i = item * SETS_PER_ITEM; i < (item + 1) * SETS_PER_ITEM && i < s->n_active; i++)
        take(s, i);
}

// ---- groups whose searches have ended ----------------------------------------------------------

static bool is_running(const sets *s, int first)
{
    for (int i = first; i < first + s->n_restarts; i++)
        if (s->search[i].state == SEARCH_RUNNING) return true;
    return false;
}

int sets_best(const sets *s, int group)
{
    int best = group * s->n_restarts;
    for (int i = best; i < (group + 1) * s->n_restarts; i++)
        if (s->best[i].f < s->best[best].f) best = i;
    return best;
}

static void refine(sets *s, int group)
{
    const int best = sets_best(s, group);
    search *q = &s->search[best];
    if (q->refined || is_running(s, group * s->n_restarts)) return;
    if (s->method >= 0 || s->best[best].state != SEARCH_CONVERGED) return;
    search_refine(&s->space, q, block_of(s, best));
    if (q->state != SEARCH_RUNNING) keep_best(s, best);
}

// ---- rounds -----------------------------------------------------------------------------------

// Searches by NLopt hold a stack each: so many at a time.
static dsc_status find_active(sets *s)
{
    const int most = s->method < 0 ? s->n : MOST_ROUTES;
    s->n_active = s->n_done = 0;
    for (int k = 0; k < s->groups->n; k++) refine(s, k);
    for (int i = 0; i < s->n; i++) {
        search *q = &s->search[i];
        if (q->state == SEARCH_RUNNING && s->n_active < most && s->method >= 0 && !s->route[i]) {
            DSC_TRY(route_begin(s->ctx, &s->space, s->method, q, block_of(s, i), &s->route[i]));
            if (!s->route[i]) keep_best(s, i);
        }
        s->n_done += q->state != SEARCH_RUNNING;
        if (q->state != SEARCH_RUNNING || s->n_active == most) continue;
        s->group[s->n_active] = i / s->n_restarts;
        s->active[s->n_active++] = i;
    }
    return DSC_OK;
}

dsc_status sets_evaluate(sets *s, int n, const int *group, const double *x, double *f, double *g)
{
    const size_t P = (size_t)s->space.n;
    DSC_TRY(objective_evaluate(s->objective, n, group, x, f, g));
    for (size_t i = 0; s->map && i < (size_t)n; i++)
        prior_add(s->parameter, s->space.n, x + i * P, &f[i], g + i * P);
    return DSC_OK;
}

dsc_status sets_round(sets *s)
{
    const size_t P = (size_t)s->space.n;
    DSC_TRY(find_active(s));
    if (s->n_active == 0) return DSC_OK;
    for (int i = 0; i < s->n_active; i++)
        put_values(s, search_trial(&s->space, block_of(s, s->active[i])), s->x + (size_t)i * P);
    DSC_TRY(sets_evaluate(s, s->n_active, s->group, s->x, s->f, s->g));
    const int items = (s->n_active + SETS_PER_ITEM - 1) / SETS_PER_ITEM;
    if (s->method < 0) dsc_pool_run(s->objective->pool, take_item, s, items);
    else // their stacks stay with the thread that made them
        for (int i = 0; i < items; i++) take_item(s, i, 0);
    return DSC_OK;
}
