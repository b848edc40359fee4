// SPDX-License-Identifier: Apache-2.0
// optimizer.c — first-order optimisers over one flat array; t counts steps from 1, r is the
// learning rate.
//   adam     m <- b1 m + (1-b1) g, v <- b2 v + (1-b2) g^2,
//            u = -r (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps)         (Kingma, Ba 2015, algorithm
// 1)
//   adamw    adam's u - r weight_decay p                               (Loshchilov, Hutter 2019, as
// in PyTorch)
//   sgd      m <- momentum m + g, u = -r m                             (PyTorch's form, no
// dampening)
//   rmsprop  v <- decay v + (1-decay) g^2, q = g / (sqrt v + eps), m <- momentum m + q, u = -r m
// (PyTorch's form) Then u is scaled down to the norm clip_update, and p <- p + u. The gradient
// before all this is scaled down to the norm clip_gradient. Both norms are over the free values
// only.
#include <math.h>
#include <string.h>

#include "train/internal.h"

typedef struct rule {
    const char *name;
    bool uses_v;
    // Writes the update of value i.
    double (*update)(dsc_optimizer *o, size_t i, double g, double p);
} rule;

struct dsc_optimizer {
    dsc_optimizer_config c;
    const rule *rule;
    size_t n;
    double *m, *v, *u; // v is NULL for a rule without it
    int64_t steps;
    double rate, fix1, fix2; // of the current step: learning rate, 1 / (1 - beta^t)
};

static double adam_update(dsc_optimizer *o, size_t i, double g, double p)
{
    (void)p;
    o->m[i] = o->c.beta1 * o->m[i] + (1 - o->c.beta1) * g;
    o->v[i] = o->c.beta2 * o->v[i] + (1 - o->c.beta2) * g * g;
    return -o->rate * (o->m[i] * o->fix1) / (sqrt(o->v[i] * o->fix2) + o->c.epsilon);
}

static double adamw_update(dsc_optimizer *o, size_t i, double g, double p)
{
    return adam_update(o, i, g, p) - o->rate * o->c.weight_decay * p;
}

static double sgd_update(dsc_optimizer *o, size_t i, double g, double p)
{
    (void)p;
    o->m[i] = o->c.momentum * o->m[i] + g;
    return -o->rate * o->m[i];
}

static double rmsprop_update(dsc_optimizer *o, size_t i, double g, double p)
{
    (void)p;
    o->v[i] = o->c.decay * o->v[i] + (1 - o->c.decay) * g * g;
    o->m[i] = o->c.momentum * o->m[i] + g / (sqrt(o->v[i]) + o->c.epsilon);
    return -o->rate * o->m[i];
}

static const rule rules[] = {
    {"adam", true, adam_update},
    {"adamw", true, adamw_update},
    {"sgd", false, sgd_update},
    {"rmsprop", true, rmsprop_update},
};
enum { N_RULES = sizeof rules / sizeof *rules };

static dsc_status rule_find(dsc_context *ctx, const char *name, const rule **found)
{
    const char *names[N_RULES];
    for (int i = 0; i < N_RULES; i++) {
        names[i] = rules[i].name;
        if (strcmp(name, names[i]) == 0) {
            *found = &rules[i];
            return DSC_OK;
        }
    }
    const char *near = dsc_nearest(name, names, N_RULES);
    return dsc_fail(
        ctx, DSC_INPUT,
        "optimizer.name: \"%s\" is not an optimiser; take adam, adamw, sgd or rmsprop%s%s%s", name,
        near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

dsc_status dsc_optimizer_create(dsc_context *ctx, const dsc_optimizer_config *c, size_t n,
                                dsc_optimizer **o)
{
    const rule *found = NULL;
    dsc_optimizer *made = NULL;
    dsc_status status = DSC_OK;
    DSC_TRY(rule_find(ctx, c->name, &found));
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    made->c = *c;
    made->rule = found;
    made->n = n;
    DSC_TRY_OR(failed, dsc_alloc(ctx, n, sizeof(double), &made->m));
    DSC_TRY_OR(failed, dsc_alloc(ctx, n, sizeof(double), &made->u));
    if (found->uses_v) DSC_TRY_OR(failed, dsc_alloc(ctx, n, sizeof(double), &made->v));
    *o = made;
    return DSC_OK;
failed:
    dsc_optimizer_destroy(ctx, &made);
    return status;
}

void dsc_optimizer_destroy(dsc_context *ctx, dsc_optimizer **o)
{
    if (!o || !*o) return;
    dsc_free(ctx, &(*o)->m);
    dsc_free(ctx, &(*o)->v);
    dsc_free(ctx, &(*o)->u);
    dsc_free(ctx, o);
}

double masked_norm(size_t n, const double *x, const unsigned char *mask)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (!mask || mask[i]) sum += x[i] * x[i];
    return sqrt(sum);
}

// The factor that brings a vector down to the norm `limit`; 0 = no limit.
static double clip_factor(double norm, double limit)
{
    return limit > 0 && norm > limit ? limit / norm : 1;
}

static double bias_fix(double beta, int64_t t)
{
    return 1 / (1 - pow(beta, (double)t));
}

void dsc_optimizer_step(dsc_optimizer *o, double learning_rate, double *parameters,
                        const double *gradient, const unsigned char *free_mask)
{
    const double shrink =
        o->c.clip_gradient > 0
            ? clip_factor(masked_norm(o->n, gradient, free_mask), o->c.clip_gradient)
            : 1;
    o->steps++;
    o->rate = learning_rate;
    o->fix1 = bias_fix(o->c.beta1, o->steps);
    o->fix2 = bias_fix(o->c.beta2, o->steps);
    for (size_t i = 0; i < o->n; i++) {
        const bool is_free = !free_mask || free_mask[i];
        o->u[i] = is_free ? o->rule->update(o, i, gradient[i] * shrink, parameters[i]) : 0;
    }
    const double factor = clip_factor(masked_norm(o->n, o->u, NULL), o->c.clip_update);
    for (size_t i = 0; i < o->n; i++) parameters[i] += o->u[i] * factor;
}

void optimizer_reset(dsc_optimizer *o)
{
    o->steps = 0;
    memset(o->m, 0, o->n * sizeof *o->m);
    if (o->v) memset(o->v, 0, o->n * sizeof *o->v);
}

int dsc_optimizer_arrays(dsc_optimizer *o, const char *names[4], double *arrays[4])
{
    names[0] = "m";
    arrays[0] = o->m;
    if (!o->v) return 1;
    names[1] = "v";
    arrays[1] = o->v;
    return 2;
}

int64_t *dsc_optimizer_steps(dsc_optimizer *o)
{
    return &o->steps;
}
