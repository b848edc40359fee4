// SPDX-License-Identifier: Apache-2.0
// step.c — one training step: sums and gradient over a batch, the optimiser's update.
//   loss = sum of nll / n + penalty_scale * sum of penalty / n      (spec disrnn.md 2.2)
// with n the trials of the batch that count, so the objectives' coefficients are 1/n and
// penalty_scale/n.
#include <math.h>

#include "train/trainer.h"

const dsc_phase_config *phase_of(const trainer *t, const replica *r)
{
    return &t->config->phase[r->state.phase];
}

dsc_noise_seed noise_of(const replica *r, dsc_purpose purpose)
{
    return (dsc_noise_seed){(uint64_t)r->config->seed, purpose, (uint32_t)r->state.step};
}

static double per(double sum, double n)
{
    return n > 0 ? sum / n : 0;
}

static void set_coefficients(const trainer *t, replica *r, const train_batch *b)
{
    for (int k = 0; k < MOST_OBJECTIVES; k++) r->coefficients[k] = 0;
    r->coefficients[t->data_term] = per(1, b->counted);
    if (t->penalty_term >= 0)
        r->coefficients[t->penalty_term] = per(phase_of(t, r)->penalty_scale, b->penalized);
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
static void take_result(const trainer *t, replica *r)
{
    const int k = t->penalty_term;
    r->last.nll = r->sums[t->data_term] * r->coefficients[t->data_term];
    r->last.penalty = k >= 0 && r->coefficients[k] != 0 ? r->sums[k] * r->coefficients[k] : 0;
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
    take_result(t, r);
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

// Replicas with the same batch go through the engine together.
static dsc_status step_group(trainer *t, replica *const *r, int n)
{
    const bool noisy = !phase_of(t, r[0])->noiseless;
    train_batch b;
    DSC_TRY(batch_make(t, r[0], noisy, &b));
    for (int i = 0; i < n; i++) {
        set_coefficients(t, r[i], &b);
        call_fill(r[i], &t->calls[i]);
    }
    dsc_gradient(t->variant[noisy].plan, t->pool, &b.batch, t->calls, n);
    for (int i = 0; i < n; i++) DSC_TRY(update(t, r[i], &b, noisy));
    return DSC_OK;
}

dsc_status step_all(trainer *t, replica *const *r, int n)
{
    if (batch_is_shared(t)) return step_group(t, r, n);
    for (int i = 0; i < n; i++) DSC_TRY(step_group(t, r + i, 1));
    return DSC_OK;
}
