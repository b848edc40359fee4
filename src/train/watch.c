// SPDX-License-Identifier: Apache-2.0
// watch.c — what happens after a step: held-out score, best checkpoint, early stopping, metrics,
// checkpoints.
//
// The best checkpoint of a phase has the smallest
//   held-out nll per trial (the loss of the data) + penalty of the step (per trial, on the training
// batch; 0 without penalties). The nll alone would keep the state right after a warm-up, before the
// penalties have closed anything. Every phase starts its own search, so that the best checkpoint
// belongs to the last one. Early stopping ends the last phase when train.patience steps have passed
// since its last improvement (seen at an evaluation).
#include <math.h>
#include <string.h>

#include "train/trainer.h"

static bool is_last_phase(const trainer *t, const replica *r)
{
    return r->state.phase == t->config->n_phases - 1;
}

bool is_finished(const trainer *t, const replica *r)
{
    for (int i = r->state.phase + 1; i < t->config->n_phases; i++)
        if (t->config->phase[i].steps > 0) return false;
    return (is_last_phase(t, r) && r->state.stopped_early) ||
           r->state.phase_step >= phase_of(t, r)->steps;
}

// ---- checkpoints -------------------------------------------------------------------------------

static dsc_status checkpoint_save(trainer *t, replica *r, const char *name)
{
    char path[PATH_BYTES];
    const checkpoint c = {
        .cell = t->variant[0].cell,
        .layout = &t->layout,
        .model = t->model->name,
        .config_hash = r->hash,
        .seed = r->config->seed,
        .facts = {t->config->n_actions, t->layout.n_subjects, t->table->subject, t->untrained},
        .state = &r->state,
        .parameters = r->parameters,
        .optimizer = r->optimizer};
    DSC_TRY(dsc_join_path(t->ctx, path, sizeof path, r->path, name));
    return checkpoint_write(t->ctx, path, &c);
}

// Rows of metrics that this checkpoint counts on must not be lost with a power cut.
dsc_status checkpoint_save_last(trainer *t, replica *r)
{
    DSC_TRY(metrics_flush(r->metrics));
    DSC_TRY(events_flush(r->events));
    return checkpoint_save(t, r, "checkpoints/last.safetensors");
}

// ---- held-out data ------------------------------------------------------------------------------

// Of the data alone; NaN where none of them counts.
static double heldout_loss(const trainer *t, const double *sums)
{
    const loss_weights w = {t->loss, 0, t->config->likelihood_weight};
    const double *n = t->heldout.all;
    double loss = 0;
    if (n[TERM_PENALTY] <= 0) return NAN;
    for (int k = 0; k < TERM_PENALTY; k++)
        if (t->objective[k] >= 0) loss += loss_value(&w, (loss_term)k, sums[t->objective[k]], n[k]);
    return loss;
}

// NaN without held-out data.
static dsc_status heldout_nll(trainer *t, const replica *r, double *nll)
{
    double sums[MOST_OBJECTIVES] = {0};
    dsc_batch batch;
    const variant *v = &t->variant[t->config->evaluate_noisy];
    *nll = NAN;
    if (!t->heldout.pack) return DSC_OK;
    dsc_pack_whole(t->heldout.pack, NULL, &batch);
    DSC_TRY(dsc_forward(v->plan, t->pool, &batch, r->parameters, noise_of(r, DSC_FOR_EVALUATION),
                        sums, NULL, NULL));
    *nll = heldout_loss(t, sums);
    return DSC_OK;
}

static dsc_status keep_best(trainer *t, replica *r, double heldout)
{
    fit_state *s = &r->state;
    const double value = heldout + r->last.penalty;
    if (!(value < s->best_value)) return DSC_OK;
    s->best_value = value;
    s->best_step = s->step;
    s->patient_since = s->step;
    return checkpoint_save(t, r, "checkpoints/best.safetensors");
}

static void stop_early(const trainer *t, replica *r)
{
    const int patience = t->config->patience;
    if (patience <= 0 || !is_last_phase(t, r)) return;
    if (r->state.step - r->state.patient_since < patience) return;
    r->state.stopped_early = true;
    dsc_note(t->ctx, DSC_NOTE,
             "%s: stopped at step %lld: %d steps brought nothing better than step %lld", r->path,
             (long long)r->state.step, patience, (long long)r->state.best_step);
}

// ---- metrics ------------------------------------------------------------------------------------

static dsc_status write_events(replica *r, const metrics_row *row)
{
    const struct {
        const char *tag;
        double value;
    } scalars[] = {{"loss", row->loss},
                   {"nll/train", row->nll_train},
                   {"nll/heldout", row->nll_heldout},
                   {"penalty", row->penalty},
                   {"gradient_norm", row->grad_norm},
                   {"learning_rate", row->lr},
                   {"trials_per_s", row->trials_per_s}};
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
        if (!isnan(scalars[i].value))
            DSC_TRY(events_scalar(r->events, row->step, scalars[i].tag, scalars[i].value));
    return DSC_OK;
}

static dsc_status write_row(trainer *t, replica *r, double heldout)
{
    const double now = dsc_seconds(), seconds = now - r->since;
    const metrics_row row = {.step = r->state.step,
                             .phase = phase_of(t, r)->name,
                             .loss = r->last.loss,
                             .nll_train = r->last.nll,
                             .nll_heldout = heldout,
                             .penalty = r->last.penalty,
                             .grad_norm = r->last.grad_norm,
                             .lr = r->last.rate,
                             .trials_per_s = seconds > 0 ? r->trials / seconds : NAN};
    r->trials = 0;
    r->since = now;
    DSC_TRY(metrics_append(r->metrics, &row));
    return write_events(r, &row);
}

// ---- after a step -------------------------------------------------------------------------------

static bool falls_on(int64_t step, int every)
{
    return every > 0 && step % every == 0;
}

static bool is_row_due(const trainer *t, const replica *r)
{
    return r->state.step == 1 || falls_on(r->state.step, t->config->evaluate_every) ||
           r->state.phase_step >= phase_of(t, r)->steps;
}

static dsc_status evaluate(trainer *t, replica *r)
{
    double heldout;
    DSC_TRY(heldout_nll(t, r, &heldout));
    if (!isnan(heldout)) {
        DSC_TRY(keep_best(t, r, heldout));
        stop_early(t, r);
    }
    return write_row(t, r, heldout);
}

dsc_status watch_step(trainer *t, replica *r)
{
    if (is_row_due(t, r)) DSC_TRY(evaluate(t, r));
    if (is_finished(t, r) || falls_on(r->state.step, t->config->checkpoint_every))
        return checkpoint_save_last(t, r);
    return DSC_OK;
}
