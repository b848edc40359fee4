// SPDX-License-Identifier: Apache-2.0
// part.c — the training and the held-out part of the data, packed, with what divides their losses:
// trials whose choice counts; for mse the valid targets (and its penalty: trials with any valid
// target).
#include <math.h>

#include "train/trainer.h"

static bool has_target(const trainer *t, size_t row)
{
    for (int k = 0; k < t->n_targets; k++) {
        const dsc_column *c = dsc_table_column(t->table, t->targets[k]);
        if (c && !isnan(c->value[row])) return true;
    }
    return false;
}

static double count_targets(const trainer *t, const part *p, int session)
{
    double n = 0;
    for (int i = p->first[session]; i < p->last[session]; i++)
        n += has_target(t, t->table->session[session].first + (size_t)i);
    return n;
}

static void count_session(const trainer *t, part *p, int k)
{
    const bool mse = loss_is_mse(t->loss);
    p->trials[k] = p->last[p->session[k]];
    p->counted[k] = mse ? dsc_pack_target_weight(p->pack, k) : dsc_pack_weight(p->pack, k);
    p->penalized[k] = mse ? count_targets(t, p, p->session[k]) : p->counted[k];
    p->all_counted += p->counted[k];
}

static dsc_status part_reserve(dsc_context *ctx, part *p, int n)
{
    const size_t count = (size_t)n;
    DSC_TRY(dsc_alloc(ctx, count, sizeof *p->session, &p->session));
    DSC_TRY(dsc_alloc(ctx, count, sizeof *p->first, &p->first));
    DSC_TRY(dsc_alloc(ctx, count, sizeof *p->last, &p->last));
    DSC_TRY(dsc_alloc(ctx, count, sizeof(double), &p->counted));
    DSC_TRY(dsc_alloc(ctx, count, sizeof(double), &p->penalized));
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
                          .n_targets = loss_is_mse(t->loss) ? t->n_targets : 0,
                          .targets = (const char *const *)t->targets,
                          .refuse_missing = t->model->cog != NULL};
    DSC_TRY(penalty_trials_of(t->ctx, t->config, &o.penalty_trials));
    DSC_TRY(dsc_pack_create(t->ctx, t->table, &o, &p->pack));
    for (int k = 0; k < p->n; k++) count_session(t, p, k);
    return DSC_OK;
}

void part_free(dsc_context *ctx, part *p)
{
    dsc_pack_destroy(ctx, &p->pack);
    dsc_free(ctx, &p->session);
    dsc_free(ctx, &p->first);
    dsc_free(ctx, &p->last);
    dsc_free(ctx, &p->counted);
    dsc_free(ctx, &p->penalized);
    dsc_free(ctx, &p->trials);
}
