// SPDX-License-Identifier: Apache-2.0
// score_values.c — scores of the columns that a model predicts as values, over the n trials of a
// part that have the value (and, where the model chooses too, a choice that counts):
//   mse = 1/n sum (y - predicted)^2
//   no-skill mse = 1/n sum (y - mean y)^2, that of the best constant
//   R2 = 1 - mse / no-skill mse
// The interval of R2: percentile bootstrap as in score.c, over the units' sums.
#include <math.h>

#include "train/evaluation.h"

// Sums over trials; also one unit of the bootstrap.
typedef struct errors {
    double n, y, yy, ee; // y from the mean of the part
} errors;

typedef struct value_request {
    const part_request *r;
    const dsc_evaluation *e;
    int k; // which value
    double mean;
} value_request;

static bool counts(const value_request *q, size_t row)
{
    const size_t V = (size_t)q->e->n_values;
    if (isnan(q->e->observed[row * V + (size_t)q->k])) return false;
    return q->e->n_actions == 0 || dsc_choice_counted(&q->r->choices, row) >= 0;
}

static void add_session(const value_request *q, int s, errors *sum)
{
    int first, last;
    const size_t V = (size_t)q->e->n_values, start = q->r->table->session[s].first;
    part_trials(q->r, s, &first, &last);
    for (int t = first; t < last; t++) {
        const size_t row = start + (size_t)t, at = row * V + (size_t)q->k;
        if (!counts(q, row)) continue;
        const double y = q->e->observed[at] - q->mean, miss = q->e->observed[at] - q->e->values[at];
        sum->n += 1, sum->y += y, sum->yy += y * y, sum->ee += miss * miss;
    }
}

static void errors_add(errors *sum, const errors *x)
{
    sum->n += x->n, sum->y += x->y, sum->yy += x->yy, sum->ee += x->ee;
}

static double mean_of_part(const value_request *q)
{
    errors all = {0};
    for (int s = 0; s < q->r->table->n_sessions; s++) add_session(q, s, &all);
    return all.n > 0 ? all.y / all.n : 0;
}

static double r2_of(const errors *x)
{
    return 1 - x->ee / (x->yy - x->y * x->y / x->n);
}

// ---- bootstrap ----------------------------------------------------------------------------------

static int drop_empty(errors *units, int n)
{
    int kept = 0;
    for (int i = 0; i < n; i++)
        if (units[i].n > 0) units[kept++] = units[i];
    return kept;
}

static void bootstrap(const value_request *q, const errors *units, int n, dsc_value_score *score)
{
    double r2[BOOTSTRAP_SAMPLES];
    const uint32_t stream = q->r->stream + 8 * (uint32_t)(q->k + 1); // score.c has 0 ... 7
    dsc_stream random = dsc_stream_start(q->r->seed, DSC_FOR_BOOTSTRAP, 0, stream, 0);
    for (int i = 0; i < BOOTSTRAP_SAMPLES; i++) {
        errors sum = {0};
        for (int j = 0; j < n; j++)
            errors_add(&sum, &units[dsc_stream_below(&random, (uint32_t)n)]);
        r2[i] = r2_of(&sum);
    }
    dsc_percentile_interval(BOOTSTRAP_SAMPLES, r2, &score->r2_low, &score->r2_high);
}

// ---- a part -------------------------------------------------------------------------------------

static dsc_value_score score_errors(const errors *all)
{
    const double n = all->n;
    return (dsc_value_score){.n_trials = (int64_t)n,
                             .mse = all->ee / n,
                             .no_skill_mse = (all->yy - all->y * all->y / n) / n,
                             .r2 = r2_of(all),
                             .r2_low = NAN,
                             .r2_high = NAN};
}

dsc_status score_values(dsc_context *ctx, const part_request *r, const dsc_evaluation *e, int k,
                        dsc_value_score *score)
{
    const dsc_table *t = r->table;
    value_request q = {r, e, k, 0};
    errors *units, all = {0};
    DSC_TRY(dsc_alloc(ctx, (size_t)(t->n_subjects + t->n_sessions), sizeof *units, &units));
    q.mean = mean_of_part(&q);
    for (int s = 0; s < t->n_sessions; s++) {
        errors *session = &units[t->n_subjects + s];
        add_session(&q, s, session);
        errors_add(&units[t->session[s].subject], session);
        errors_add(&all, session);
    }
    *score = score_errors(&all);
    const int n_subjects = drop_empty(units, t->n_subjects);
    errors *sessions = units + t->n_subjects;
    const int n_sessions = drop_empty(sessions, t->n_sessions);
    if (n_subjects > 1) bootstrap(&q, units, n_subjects, score);
    else if (n_subjects == 1 && n_sessions > 1) bootstrap(&q, sessions, n_sessions, score);
    dsc_free(ctx, &units);
    return DSC_OK;
}
