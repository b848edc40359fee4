// SPDX-License-Identifier: Apache-2.0
// nlopt.c — NLopt's methods as searches: NLopt calls the function that it minimises, the sets want
// to be asked. Each search runs on a stack of its own (ucontext) and is left whenever it asks for a
// value, so that the values of many searches are computed together.
#include <math.h>
#include <nlopt.h>
#include <string.h>
#include <ucontext.h>

#include "fit/internal.h"

enum { STACK_BYTES = 128 << 10 };

struct route {
    ucontext_t here, back; // inside of NLopt; of who goes on with it
    char *stack;
    nlopt_opt opt;
    nlopt_result result;
    bool done, abandoned;
    int n;
    double x[FIT_MOST], f, g[FIT_MOST]; // the point asked for, and its answer
};

static const struct {
    const char *name;
    nlopt_algorithm algorithm;
} methods[] = {
    {"lbfgs", NLOPT_LD_LBFGS},   {"slsqp", NLOPT_LD_SLSQP},
    {"mma", NLOPT_LD_MMA},       {"tnewton", NLOPT_LD_TNEWTON_PRECOND_RESTART},
    {"bobyqa", NLOPT_LN_BOBYQA}, {"cobyla", NLOPT_LN_COBYLA},
    {"sbplx", NLOPT_LN_SBPLX},   {"neldermead", NLOPT_LN_NELDERMEAD},
};

int route_method(const char *optimizer)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strncmp(optimizer, "nlopt:", 6) == 0 && strcmp(optimizer + 6, methods[i].name) == 0)
            return (int)i;
    return -1;
}

static double ask(unsigned n, const double *x, double *gradient, void *user)
{
    route *r = user;
    memcpy(r->x, x, n * sizeof *x);
    if (!r->abandoned) swapcontext(&r->here, &r->back);
    if (r->abandoned) nlopt_force_stop(r->opt);
    if (gradient) memcpy(gradient, r->g, n * sizeof *gradient);
    return isfinite(r->f) ? r->f : HUGE_VAL;
}

// makecontext hands over ints only, so the pointer comes in two halves.
static void body(unsigned high, unsigned low)
{
    route *r = (route *)(((uintptr_t)high << 16 << 16) | low);
    double x[FIT_MOST], f;
    memcpy(x, r->x, sizeof x);
    r->result = nlopt_optimize(r->opt, x, &f);
    r->done = true;
}

static void set_up(const search_space *w, route *r)
{
    double step[FIT_MOST];
    for (int i = 0; i < w->n; i++) step[i] = 0.1 * w->scale[i];
    nlopt_set_lower_bounds(r->opt, w->lowest);
    nlopt_set_upper_bounds(r->opt, w->highest);
    nlopt_set_initial_step(r->opt, step);
    nlopt_set_min_objective(r->opt, ask, r);
    nlopt_set_ftol_rel(r->opt, 1e-2 * w->tolerance);
    nlopt_set_xtol_rel(r->opt, 10 * w->tolerance);
    nlopt_set_maxeval(r->opt, w->most_rounds);
}

// Goes on until the next question (true) or the end.
static bool go_on(route *r)
{
    swapcontext(&r->back, &r->here);
    return !r->done;
}

static dsc_status route_open(dsc_context *ctx, const search_space *w, int method, route *r)
{
    DSC_TRY(dsc_alloc(ctx, 1, STACK_BYTES, &r->stack));
    r->opt = nlopt_create(methods[method].algorithm, (unsigned)w->n);
    DSC_REQUIRE(ctx, r->opt, DSC_MEMORY, "out of memory: a search by nlopt:%s could not begin",
                methods[method].name);
    set_up(w, r);
    getcontext(&r->here);
    r->here.uc_stack.ss_sp = r->stack;
    r->here.uc_stack.ss_size = STACK_BYTES;
    r->here.uc_link = &r->back;
    const uintptr_t at = (uintptr_t)r;
    makecontext(&r->here, (void (*)(void))body, 2, (unsigned)(at >> 16 >> 16), (unsigned)at);
    return DSC_OK;
}

dsc_status route_begin(dsc_context *ctx, const search_space *w, int method, search *s,
                       double *block, route **out)
{
    route *r = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *r, &r));
    r->n = w->n;
    memcpy(r->x, search_trial(w, block), (size_t)w->n * sizeof *r->x);
    const dsc_status status = route_open(ctx, w, method, r);
    if (status == DSC_OK && go_on(r)) {
        memcpy(search_trial(w, block), r->x, (size_t)w->n * sizeof *r->x);
        *out = r;
        return DSC_OK;
    }
    s->state = SEARCH_STUCK;
    route_end(ctx, &r);
    return status;
}

void route_take(const search_space *w, search *s, double *block, route *r, double f,
                const double *g)
{
    const size_t bytes = (size_t)w->n * sizeof *g;
    if (s->rounds++ == 0 && !isfinite(f)) {
        s->state = SEARCH_INFINITE;
        return;
    }
    if (f < s->f) {
        s->f = f;
        memcpy(search_x(w, block), search_trial(w, block), bytes);
    }
    r->f = f;
    memcpy(r->g, g, bytes);
    if (go_on(r)) memcpy(search_trial(w, block), r->x, bytes);
    else if (r->result == NLOPT_MAXEVAL_REACHED) s->state = SEARCH_EXHAUSTED;
    else
        s->state =
            r->result > 0 || r->result == NLOPT_ROUNDOFF_LIMITED ? SEARCH_CONVERGED : SEARCH_STUCK;
}

// A search that is not done is told to stop, so that NLopt gives back what it holds.
void route_end(dsc_context *ctx, route **r)
{
    if (!*r) return;
    (*r)->abandoned = true;
    (*r)->f = HUGE_VAL;
    if ((*r)->opt && (*r)->stack && !(*r)->done) go_on(*r);
    if ((*r)->opt) nlopt_destroy((*r)->opt);
    dsc_free(ctx, &(*r)->stack);
    dsc_free(ctx, r);
}
