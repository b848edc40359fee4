// SPDX-License-Identifier: Apache-2.0
// part.c — the training and the held-out part of the data, packed, with what divides the terms of
// their losses (spec disrnn.md 2.1): choices that count; values that are there; trials with any of
// what is fitted (of choices alone these are the same).
#include "train/trainer.h"

static void count_session(part *p, int k)
{
    p->trials[k] = p->last[p->session[k]];
    p->count[TERM_NLL][k] = dsc_pack_weight(p->pack, k);
    p->count[TERM_SSE][k] = dsc_pack_target_weight(p->pack, k);
    p->count[TERM_PENALTY][k] = dsc_pack_valid(p->pack, k);
    for (int m = 0; m < N_TERMS; m++) p->all[m] += p->count[m][k];
}

static dsc_status part_reserve(dsc_context *ctx, part *p, int n)
{
    const size_t count = (size_t)n;
    DSC_TRY(dsc_alloc(ctx, count, sizeof *p->session, &p->session));
    DSC_TRY(dsc_alloc(ctx, count, sizeof *p->first, &p->first));
    DSC_TRY(dsc_alloc(ctx, count, sizeof *p->last, &p->last));
    for (int m = 0; m < N_TERMS; m++) DSC_TRY(dsc_alloc(ctx, count, sizeof(double), &p->count[m]));
    return dsc_alloc(ctx, count, sizeof(double), &p->trials);
}

dsc_status part_pack(trainer *t, part *p, dsc_part which)
{
    DSC_TRY(part_reserve(t->ctx, p, t->table->n_sessions));
    for (int s = 0; s < t->table->n_sessions; s++) {
        dsc_split_trials(&t->split, t->table, s, which, &p->first[s], &p->last[s]);
        if (p->first[s] < p->last[s]) p->session[p->n++] = s;
    }
    if (p->n == 0) return DSC_OK;
    dsc_pack_options o = {.engine = t->engine,
                          .cell = t->variant[0].cell,
                          .n_sessions = p->n,
                          .sessions = p->session,
                          .first = p->first,
                          .last = p->last,
                          .n_targets = t->n_targets,
                          .targets = (const char *const *)t->targets,
                          .n_valid = t->n_valid,
                          .valid = (const char *const *)t->valid,
                          .refuse_missing = t->model->cog != NULL};
    DSC_TRY(penalty_trials_of(t->ctx, t->config, &o.penalty_trials));
    DSC_TRY(dsc_pack_create(t->ctx, t->table, &o, &p->pack));
    for (int k = 0; k < p->n; k++) count_session(p, k);
    return DSC_OK;
}

void part_free(dsc_context *ctx, part *p)
{
    dsc_pack_destroy(ctx, &p->pack);
    dsc_free(ctx, &p->session);
    dsc_free(ctx, &p->first);
    dsc_free(ctx, &p->last);
    for (int m = 0; m < N_TERMS; m++) dsc_free(ctx, &p->count[m]);
    dsc_free(ctx, &p->trials);
}
