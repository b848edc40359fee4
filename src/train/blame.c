// SPDX-License-Identifier: Apache-2.0
// blame.c — a loss or gradient that is not finite: which session and trial it comes from. The step
// is computed again, first tile by tile, then session by session, then for ever shorter beginnings
// of the session; the last trial of the shortest bad beginning is the one.
#include <math.h>
#include <string.h>

#include "train/trainer.h"

// A window on a batch: one tile, one lane (or all: -1), its first trials (or all: -1).
typedef struct window {
    const dsc_batch *inner;
    int tile, lane, trials;
    dsc_tile seen;
} window;

static void window_fill(void *user, int tile, int worker, dsc_tile *out)
{
    window *w = user;
    (void)tile;
    w->inner->fill(w->inner->user, w->tile, worker, out);
    for (int i = 0; w->lane >= 0 && i < DSC_MAX_WIDTH; i++) {
        if (i == w->lane) continue;
        out->length[i] = 0;
        out->multiplicity[i] = 0;
    }
    if (w->trials >= 0) out->n_trials = out->length[w->lane] = w->trials;
    w->seen = *out;
}

typedef struct search {
    trainer *t;
    const replica *r;
    const dsc_batch *batch;
    dsc_plan *plan;
    double *gradient;
} search;

static dsc_status is_bad(const search *s, window *w, bool *bad)
{
    double sums[MOST_OBJECTIVES] = {0};
    const dsc_batch one = {1, s->batch->max_trials, window_fill, w};
    dsc_replica call = {.parameters = s->r->parameters,
                        .noise = noise_of(s->r, DSC_FOR_NOISE),
                        .coefficients = s->r->coefficients,
                        .sums = sums,
                        .gradient = s->gradient};
    DSC_TRY(dsc_gradient(s->plan, s->t->pool, &one, &call, 1));
    double total = masked_norm(s->t->layout.n_values, s->gradient, s->t->is_free);
    for (int k = 0; k < dsc_cell_objective_count(s->t->variant[0].cell); k++)
        total += sums[k] * s->r->coefficients[k];
    *bad = !isfinite(total);
    return DSC_OK;
}

static dsc_status find_tile(const search *s, window *w, bool *found)
{
    *found = false;
    for (w->tile = 0; w->tile < s->batch->n_tiles; w->tile++) {
        DSC_TRY(is_bad(s, w, found));
        if (*found) break;
    }
    return DSC_OK;
}

static dsc_status find_lane(const search *s, window *w, bool *found)
{
    const dsc_tile tile = w->seen;
    *found = false;
    for (w->lane = 0; w->lane < DSC_MAX_WIDTH; w->lane++) {
        if (tile.session[w->lane] < 0 || tile.length[w->lane] <= 0) continue;
        DSC_TRY(is_bad(s, w, found));
        if (*found) break;
    }
    return DSC_OK;
}

// Bisection: `high` trials are bad, `low` are not.
static dsc_status find_trial(const search *s, window *w)
{
    int low = 0, high = w->seen.length[w->lane];
    while (high - low > 1) {
        bool bad;
        w->trials = low + (high - low) / 2;
        DSC_TRY(is_bad(s, w, &bad));
        if (bad) high = w->trials;
        else low = w->trials;
    }
    w->trials = high;
    return DSC_OK;
}

static void describe_place(const trainer *t, const window *w, char *out, size_t size)
{
    const dsc_session *s = &t->table->session[w->seen.session[w->lane]];
    const int trial = w->trials - 1;
    if (trial >= s->n_trials) {
        snprintf(out, size, "subject \"%s\", session \"%s\", in its padding",
                 t->table->subject[s->subject], s->label);
        return;
    }
    dsc_table_place(t->table, s->first + (size_t)trial, out, size);
}

static dsc_status find_place(const search *s, char *out, size_t size)
{
    window w = {.inner = s->batch, .lane = -1, .trials = -1};
    snprintf(out, size, "no single session (each alone is finite)");
    bool found;
    DSC_TRY(find_tile(s, &w, &found));
    if (found) DSC_TRY(find_lane(s, &w, &found));
    if (!found) return DSC_OK;
    DSC_TRY(find_trial(s, &w));
    describe_place(s->t, &w, out, size);
    return DSC_OK;
}

dsc_status blame_step(trainer *t, const replica *r, const train_batch *batch, bool noisy)
{
    char place[DSC_PLACE_TEXT];
    const char *what = isfinite(r->last.loss) ? "gradient" : "loss";
    search s = {t, r, &batch->batch, t->variant[noisy].plan, r->gradient};
    DSC_TRY(find_place(&s, place, sizeof place));
    return dsc_fail(
        t->ctx, DSC_INPUT,
        "the %s is not a finite number at step %lld (phase %s): %s, %s. %s/checkpoints holds "
        "the last good state. Look at the values of that trial and of the one before; if they are "
        "right, lower "
        "phases.%s.learning_rate (now %g) or set optimizer.clip_gradient",
        what, (long long)(r->state.step + 1), phase_of(t, r)->name, t->table->path, place, r->path,
        phase_of(t, r)->name, phase_of(t, r)->learning_rate);
}
