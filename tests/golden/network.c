// SPDX-License-Identifier: Apache-2.0
// network.c — outputs, states, losses, gradients and training trajectories of one network, on every
// engine that is compared. Tolerances: README of the golden files.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "golden/network.h"

static const tolerance printed_digits = {2e-8, 1, 0, 0};

typedef struct comparison {
    const network *n;
    const dsc_engine *engine;
    tally *t;
    const char *prefix; // "" or "release_0_1_4."
} comparison;

static const char *title(const comparison *c, const char *what, char out[96])
{
    snprintf(out, 96, "%s %s %s%s", dsc_engine_name(c->engine), dsc_engine_precision(c->engine),
             c->prefix, what);
    return out;
}

static tolerance allow(const comparison *c, double single)
{
    return golden_is_single(c->engine) ? (tolerance){single, 1, 0, 0} : printed_digits;
}

// Adam can move an entry whose gradient is rounding error by up to the learning rate.
static tolerance allow_parameters(const comparison *c, double single)
{
    tolerance a = allow(c, single);
    a.slack = golden_is_single(c->engine) ? 0.001 : 0;
    a.slack_limit = 2e-3;
    return a;
}

static void compare(const comparison *c, const char *what, const double *got, size_t n,
                    const json_t *wanted, tolerance allowed)
{
    char name[96];
    tally_json(c->t, c->n->arena, title(c, what, name), n, got, wanted, allowed);
}

static void compare_value(const comparison *c, const char *what, double got, double wanted,
                          tolerance allowed)
{
    char name[96];
    if (isnan(wanted)) return; // not in this file
    tally_value(c->t, title(c, what, name), got, wanted, allowed);
}

// ---- outputs and states -------------------------------------------------------------------------

// Rows first ... first+n-1 of what was recorded, as [trial][session][row]. A noiseless disRNN has
// no penalty of information, but keeps that of its weights; networks without a penalty have no
// column.
static double *arranged(const network *n, const double *recorded, int rows, int first, int count)
{
    double *out = golden_block(n->arena, (size_t)(n->T * n->B * count));
    for (int t = 0; out && t < n->T; t++)
        for (int b = 0; b < n->B; b++)
            for (int k = 0; k < count; k++)
                out[(t * n->B + b) * count + k] = recorded[(b * n->T + t) * rows + first + k];
    return out;
}

static dsc_status compare_forward(const comparison *c, network_run *run, const char *part)
{
    const network *n = c->n;
    const json_t *wanted = json_object_get(n->root, part);
    const int rows = dsc_plan_recorded_rows(run->r.plan);
    const size_t trials = (size_t)n->T * (size_t)n->B;
    double *recorded = golden_block(n->arena, trials * (size_t)rows);
    char what[64];
    DSC_TRY(rig_forward(&run->r, run->values, (dsc_noise_seed){0}, run->sums, recorded));
    int first = n->K + n->V + network_penalized(n);
    snprintf(what, sizeof what, "%s.outputs", part);
    compare(c, what, arranged(n, recorded, rows, 0, first), trials * (size_t)first,
            json_object_get(wanted, "outputs"), allow(c, 4e-6));
    for (int i = 0; i < 2 && n->kind->states[i]; i++) {
        const int count = dsc_cell_rows(run->cell, n->kind->states[i]);
        snprintf(what, sizeof what, "%s.%s", part, n->kind->keys[i]);
        compare(c, what, arranged(n, recorded, rows, first, count), trials * (size_t)count,
                json_object_get(wanted, n->kind->keys[i]), allow(c, 4e-6));
        first += count;
    }
    return DSC_OK;
}

static dsc_status compare_noiseless(const comparison *c)
{
    network_run run;
    const json_t *scalars = json_object_get(c->n->root, "scalars");
    dsc_status status = network_start(c->n, c->engine, true, false, &run);
    if (status == DSC_OK) status = compare_forward(c, &run, "noiseless");
    if (status == DSC_OK)
        compare_value(c, "noiseless_normalized_likelihood",
                      exp(-network_sum(&run, TERM_NLL) / c->n->count[TERM_NLL]),
                      golden_number(scalars, "noiseless_normalized_likelihood"), allow(c, 2e-6));
    network_end(&run);
    return status;
}

// ---- losses and gradients -----------------------------------------------------------------------

static double norm(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
    return sqrt(sum);
}

// The metrics of choices and values together (spec 2.4), with the weight of their names.
static void compare_metrics(const comparison *c, const network_run *run)
{
    const network *n = c->n;
    const json_t *s = json_object_get(n->root, "scalars");
    const double nll = network_sum(run, TERM_NLL), sse = network_sum(run, TERM_SSE);
    const double likelihood = exp(-nll / n->count[TERM_NLL]), mse = sse / n->count[TERM_SSE];
    compare_value(c, "hybrid_0.4", 0.4 * nll + 0.6 * sse, golden_number(s, "hybrid_0.4"),
                  allow(c, 2e-6));
    compare_value(c, "normalized_likelihood_and_mse_0.4", 0.4 * likelihood + 0.6 * mse,
                  golden_number(s, "normalized_likelihood_and_mse_0.4"), allow(c, 2e-6));
    compare_value(c, "masked_mse", mse, golden_number(s, "masked_mse"), allow(c, 2e-6));
}

static void compare_scalars(const comparison *c, const network_run *run, double loss)
{
    const network *n = c->n;
    const json_t *s = json_object_get(n->root, "scalars");
    const double nll = network_sum(run, TERM_NLL), labels = n->count[TERM_NLL];
    // sums of hundreds of trials: the loss's tolerance for their relative error
    compare_value(c, "nll", nll, golden_number(s, "nll"), allow(c, 2e-6));
    compare_value(c, "n", labels, golden_number(s, "n"), printed_digits);
    compare_value(c, "count_unmasked", n->count[TERM_PENALTY], golden_number(s, "count_unmasked"),
                  printed_digits);
    compare_value(c, "normalized_likelihood", exp(-nll / labels),
                  golden_number(s, "normalized_likelihood"), allow(c, 2e-6));
    compare_value(c, "penalty_sum", network_sum(run, TERM_PENALTY), golden_number(s, "penalty_sum"),
                  allow(c, 2e-6));
    compare_value(c, "loss", loss, golden_number(s, "loss"), allow(c, 2e-6));
    compare_value(c, "gradient_norm", norm(run->flat, n->n_weights),
                  golden_number(s, "gradient_norm"), allow(c, 2e-6));
    if (n->V) compare_metrics(c, run);
}

static dsc_status compare_gradient(const comparison *c, network_run *run, const json_t *wanted)
{
    // in double precision the digits printed of small entries count too
    const tolerance single = {2e-6, 0, 0, 0}, twice = {2e-8, 1e-3, 0, 0};
    double loss;
    DSC_TRY(network_differentiate(run, &loss));
    network_to_flat(run, run->gradient, run->flat);
    compare(c, "gradient", run->flat, c->n->n_weights, json_object_get(wanted, "gradient"),
            golden_is_single(c->engine) ? single : twice);
    compare_value(c, "loss", loss, golden_number(wanted, "loss"), allow(c, 2e-6));
    if (!c->prefix[0]) compare_scalars(c, run, loss);
    return DSC_OK;
}

// ---- training -----------------------------------------------------------------------------------

enum { STEPS = 20 };

static void compare_parameters(const comparison *c, network_run *run, const json_t *part,
                               const char *mode, int step)
{
    char key[16], what[64];
    snprintf(key, sizeof key, "%d", step);
    const json_t *wanted = json_object_get(json_object_get(part, mode), key);
    if (!wanted) return;
    snprintf(what, sizeof what, "%s after %d", mode, step);
    network_to_flat(run, run->values, run->flat);
    compare(c, what, run->flat, c->n->n_weights, wanted,
            allow_parameters(c, step <= 2   ? 1e-6
                                : step <= 5 ? 1e-5
                                            : 1e-4));
}

static dsc_status follow(const comparison *c, network_run *run, dsc_optimizer *o,
                         const json_t *part, const char *mode)
{
    double losses[STEPS];
    char key[64];
    network_to_ours(run, c->n->weights, run->values);
    for (int r = 0; r < STEPS; r++) {
        network_noise(run, r);
        DSC_TRY(network_differentiate(run, &losses[r]));
        dsc_optimizer_step(o, 2e-3, run->values, run->gradient, NULL);
        compare_parameters(c, run, part, mode, r + 1);
    }
    snprintf(key, sizeof key, "loss_before_each_step_%s", mode);
    compare(c, key, losses, STEPS, json_object_get(part, key), allow(c, 2e-5));
    network_noise(run, 0);
    return DSC_OK;
}

// `part` holds clip_on, clip_off or both.
static dsc_status compare_training(const comparison *c, network_run *run, const json_t *part)
{
    static const char *const modes[] = {"clip_on", "clip_off"};
    const json_t *training = json_object_get(c->n->root, "training");
    for (int i = 0; i < 2; i++) {
        dsc_optimizer_config config = {
            .name = "adam", .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
        dsc_optimizer *o = NULL;
        if (!json_object_get(part, modes[i])) continue;
        if (i == 0) config.clip_update = golden_number(training, "clip_on_max_norm");
        DSC_TRY(dsc_optimizer_create(c->n->ctx, &config, run->layout.n_values, &o));
        const dsc_status status = follow(c, run, o, part, modes[i]);
        dsc_optimizer_destroy(c->n->ctx, &o);
        DSC_TRY(status);
    }
    return DSC_OK;
}

static dsc_status compare_noisy(const comparison *c)
{
    network_run run;
    dsc_status status = network_start(c->n, c->engine, false, false, &run);
    if (status == DSC_OK && c->n->n_draws) status = compare_forward(c, &run, "noisy");
    if (status == DSC_OK) status = compare_gradient(c, &run, c->n->root);
    if (status == DSC_OK)
        status = compare_training(c, &run, json_object_get(c->n->root, "training"));
    network_end(&run);
    return status;
}

static dsc_status compare_release(const comparison *c)
{
    const json_t *part = json_object_get(c->n->root, "release_0_1_4");
    network_run run;
    if (!part) return DSC_OK;
    dsc_status status = network_start(c->n, c->engine, false, true, &run);
    if (status == DSC_OK) status = compare_gradient(c, &run, part);
    if (status == DSC_OK) status = compare_training(c, &run, part);
    network_end(&run);
    return status;
}

// ---- a file -------------------------------------------------------------------------------------

// Every part of the file must be one that is compared, or needed for it.
static void check_parts(const json_t *root, tally *t)
{
    static const char *const known[] = {"meta",
                                        "config",
                                        "noise",
                                        "tensors",
                                        "weights",
                                        "data",
                                        "noisy",
                                        "noiseless",
                                        "scalars",
                                        "gradient",
                                        "training",
                                        "release_0_1_4",
                                        "float32_deviation"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)root, key, value)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            found |= strcmp(known[i], key) == 0;
        if (!found) tally_fail(t, "the part \"%s\" was not used", key);
    }
}

dsc_status golden_network(dsc_context *ctx, const json_t *root, tally *t)
{
    dsc_arena *arena = NULL;
    network n;
    const dsc_engine *e;
    DSC_TRY(dsc_arena_create(ctx, &arena));
    check_parts(root, t);
    dsc_status status = network_read(ctx, root, arena, &n);
    for (int i = 0; status == DSC_OK && (e = golden_engine(i)); i++) {
        const comparison c = {&n, e, t, ""}, old = {&n, e, t, "release_0_1_4 "};
        status = compare_noiseless(&c);
        if (status == DSC_OK) status = compare_noisy(&c);
        if (status == DSC_OK) status = compare_release(&old);
    }
    if (status == DSC_OK) status = network_import(&n, t);
    dsc_arena_destroy(&arena);
    return status;
}
