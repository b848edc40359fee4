// SPDX-License-Identifier: Apache-2.0
// step.c — one training step: sums and gradient over a batch, the optimiser's update. The
// objectives' coefficients are the slopes of the loss by their sums (loss.c).
#include <math.h>
#include <string.h>

#include "train/trainer.h"

const dsc_phase_config *phase_of(const trainer *t, const replica *r)
{
    return &t->config->phase[r->state.phase];
}

dsc_noise_seed noise_of(const replica *r, dsc_purpose purpose)
{
    return (dsc_noise_seed){(uint64_t)r->config->seed, purpose, (uint32_t)r->state.step};
}

static loss_weights weights_of(const trainer *t, const replica *r)
{
    return (loss_weights){t->loss, phase_of(t, r)->penalty_scale, t->config->likelihood_weight};
}

// The sums that a loss which is not linear needs before its gradient.
static dsc_status look_ahead(trainer *t, replica *r, const train_batch *b, bool noisy)
{
    if (loss_is_linear(t->loss)) return DSC_OK;
    return dsc_forward(t->variant[noisy].plan, t->pool, &b->batch, r->parameters,
                       noise_of(r, DSC_FOR_NOISE), r->sums, NULL, NULL);
}

static dsc_status set_coefficients(trainer *t, replica *r, const train_batch *b, bool noisy)
{
    const loss_weights w = weights_of(t, r);
    DSC_TRY(look_ahead(t, r, b, noisy));
    for (int k = 0; k < N_TERMS; k++) {
        const int i = t->objective[k];
        if (i >= 0) r->coefficients[i] = loss_slope(&w, (loss_term)k, r->sums[i], b->count[k]);
    }
    return DSC_OK;
}

static void call_fill(replica *r, dsc_replica *call)
{
    *call = (dsc_replica){.parameters = r->parameters,
                          .noise = noise_of(r, DSC_FOR_NOISE),
                          .coefficients = r->coefficients,
                          .sums = r->sums,
                          .gradient = r->gradient};
}

// What a run over a batch gave: the loss and its parts, the gradient's norm.
static void take_result(const trainer *t, replica *r, const train_batch *b)
{
    const loss_weights w = weights_of(t, r);
    double of[N_TERMS] = {0};
    for (int k = 0; k < N_TERMS; k++)
        if (t->objective[k] >= 0)
            of[k] = loss_value(&w, (loss_term)k, r->sums[t->objective[k]], b->count[k]);
    r->last.nll = of[TERM_NLL] + of[TERM_SSE];
    r->last.penalty = of[TERM_PENALTY];
    r->last.loss = r->last.nll + r->last.penalty;
    r->last.grad_norm = masked_norm(t->layout.n_values, r->gradient, t->is_free);
}

static void keep_bounds(const trainer *t, replica *r)
{
    const dsc_cell *cell = t->variant[0].cell;
    for (int i = 0; i < dsc_cell_parameter_count(cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(cell, i);
        double *x = r->parameters + t->layout.offset[i];
        if (t->layout.count[i] == 0 || !t->is_free[t->layout.offset[i]]) continue;
        if (!(p->lowest < p->highest)) continue;
        for (size_t k = 0; k < t->layout.count[i]; k++)
            x[k] = fmin(fmax(x[k], p->lowest), p->highest);
    }
}

static dsc_status update(trainer *t, replica *r, const train_batch *b, bool noisy)
{
    take_result(t, r, b);
    if (!isfinite(r->last.loss) || !isfinite(r->last.grad_norm)) return blame_step(t, r, b, noisy);
    r->last.rate = schedule_rate(phase_of(t, r), r->state.phase_step);
    dsc_optimizer_step(r->optimizer, r->last.rate, r->parameters, r->gradient, t->is_free);
    keep_bounds(t, r);
    batch_advance(t, &r->state);
    r->state.step++;
    r->state.phase_step++;
    r->trials += b->trials;
    return DSC_OK;
}

// The replica before r[i] that computes the same; NULL if there is none.
static const replica *twin_of(const trainer *t, replica *const *r, int i)
{
    for (int k = 0; k < i; k++)
        if (path_is_shared(t, r[k], r[i])) return r[k];
    return NULL;
}

static void copy_results(const trainer *t, const replica *from, replica *to)
{
    memcpy(to->coefficients, from->coefficients, sizeof to->coefficients);
    memcpy(to->sums, from->sums, sizeof to->sums);
    memcpy(to->gradient, from->gradient, t->layout.n_values * sizeof *to->gradient);
}

// Replicas with the same batch go through the engine together; twins once.
static dsc_status step_group(trainer *t, replica *const *r, int n)
{
    const bool noisy = !phase_of(t, r[0])->noiseless;
    int n_calls = 0;
    train_batch b;
    DSC_TRY(batch_make(t, r[0], noisy, &b));
    for (int i = 0; i < n; i++) {
        if (twin_of(t, r, i)) continue;
        DSC_TRY(set_coefficients(t, r[i], &b, noisy));
        call_fill(r[i], &t->calls[n_calls++]);
    }
    DSC_TRY(dsc_gradient(t->variant[noisy].plan, t->pool, &b.batch, t->calls, n_calls));
    for (int i = 0; i < n; i++) {
        const replica *twin = twin_of(t, r, i);
        if (twin) copy_results(t, twin, r[i]);
    }
    for (int i = 0; i < n; i++) DSC_TRY(update(t, r[i], &b, noisy));
    return DSC_OK;
}

// Replicas of one seed stand side by side, and have the same batch in any case.
dsc_status step_all(trainer *t, replica *const *r, int n)
{
    if (batch_is_shared(t)) return step_group(t, r, n);
    for (int i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && r[end]->config->seed == r[i]->config->seed;) end++;
        DSC_TRY(step_group(t, r + i, end - i));
    }
    return DSC_OK;
}
