// SPDX-License-Identifier: Apache-2.0
// summary.c — summary.json: the scores of all trials at the top, the same below "train" and
// "heldout". Every score also subject-balanced with its 95 % bootstrap interval; chance beside
// them.
#include <math.h>
#include <string.h>

#include "train/internal.h"
#include "train/json.h"

// ---- one part ---------------------------------------------------------------------------------

static void put_interval(json_writer *w, const char *key, double value, double low, double high)
{
    json_writer x = json_begin();
    json_put_real(&x, "value", value);
    json_put_real(&x, "low", low);
    json_put_real(&x, "high", high);
    json_put_object(w, key, &x);
}

// The other scores are monotone functions of the likelihood, so their intervals follow from its
// own.
static void put_balanced(json_writer *w, const dsc_score *s)
{
    const double nll = s->subject_nll, chance = s->chance_nll;
    const double worst = -log(s->subject_low), best = -log(s->subject_high);
    json_writer x = json_begin();
    put_interval(&x, "nll_per_trial", nll, best, worst);
    put_interval(&x, "normalized_likelihood", s->subject_normalized_likelihood, s->subject_low,
                 s->subject_high);
    put_interval(&x, "accuracy", s->subject_accuracy, s->subject_accuracy_low,
                 s->subject_accuracy_high);
    put_interval(&x, "pseudo_r2", 1 - nll / chance, 1 - worst / chance, 1 - best / chance);
    put_interval(&x, "bits_per_trial", (chance - nll) / log(2), (chance - worst) / log(2),
                 (chance - best) / log(2));
    json_put_object(w, "subject_balanced", &x);
}

static void put_chance(json_writer *w, const dsc_score *s)
{
    json_writer x = json_begin();
    json_put_real(&x, "nll_per_trial", s->chance_nll);
    json_put_real(&x, "normalized_likelihood", s->chance_normalized_likelihood);
    json_put_object(w, "chance", &x);
}

static void put_choices(json_writer *w, const dsc_score *s)
{
    json_put_whole(w, "n_trials", s->n_trials);
    json_put_whole(w, "n_sessions", s->n_sessions);
    json_put_whole(w, "n_subjects", s->n_subjects);
    json_put_real(w, "nll_per_trial", s->nll_per_trial);
    json_put_real(w, "normalized_likelihood", s->normalized_likelihood);
    json_put_real(w, "accuracy", s->accuracy);
    json_put_real(w, "pseudo_r2", s->pseudo_r2);
    json_put_real(w, "bits_per_trial", s->bits_per_trial);
    put_balanced(w, s);
    put_chance(w, s);
}

// "values": {NAME: {...}}
static void put_values(json_writer *w, const dsc_evaluation *e, const dsc_value_score *s)
{
    json_writer all = json_begin();
    for (int k = 0; k < e->n_values; k++) {
        json_writer x = json_begin();
        json_put_whole(&x, "n_trials", s[k].n_trials);
        json_put_real(&x, "mse", s[k].mse);
        json_put_real(&x, "no_skill_mse", s[k].no_skill_mse);
        put_interval(&x, "r2", s[k].r2, s[k].r2_low, s[k].r2_high);
        json_put_object(&all, e->value_names[k], &x);
    }
    json_put_object(w, "values", &all);
}

static void put_part(json_writer *w, const dsc_evaluation *e, int i)
{
    if (e->n_actions > 0) put_choices(w, &e->score[i]);
    else json_put_whole(w, "n_sessions", e->score[i].n_sessions);
    if (e->n_values > 0) put_values(w, e, &e->value_score[i * e->n_values]);
}

static void put_evaluation(json_writer *w, const dsc_evaluation *e)
{
    put_part(w, e, 0);
    for (int i = 1; i < e->n_scores; i++) {
        json_writer part = json_begin();
        put_part(&part, e, i);
        json_put_object(w, e->score[i].part, &part);
    }
}

dsc_status dsc_evaluation_summary(dsc_context *ctx, const dsc_evaluation *e, dsc_text *out)
{
    json_writer w = json_begin();
    put_evaluation(&w, e);
    return json_end(ctx, &w, out);
}

dsc_status dsc_evaluation_write_summary(dsc_context *ctx, const dsc_evaluation *e, const char *path)
{
    json_writer w = json_begin();
    put_evaluation(&w, e);
    return json_end_file(ctx, &w, path);
}

// The summary comes last: a run that has one is complete.
dsc_status dsc_evaluation_write(dsc_context *ctx, const dsc_evaluation *e, const dsc_table *t,
                                const char *folder)
{
    char path[PATH_BYTES];
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, folder, "predictions.csv"));
    DSC_TRY(dsc_evaluation_write_predictions(ctx, e, t, path));
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, folder, "summary.json"));
    return dsc_evaluation_write_summary(ctx, e, path);
}

// ---- a fleet ----------------------------------------------------------------------------------

// The part that replicas are compared on: held-out where there is one.
static int deciding_part(const dsc_evaluation *e)
{
    for (int i = 0; i < e->n_scores; i++)
        if (strcmp(e->score[i].part, "heldout") == 0) return i;
    return 0;
}

static const dsc_score *deciding_score(const dsc_evaluation *e)
{
    return &e->score[deciding_part(e)];
}

// What the best replica has least of: nll; without choices the mean error of the values.
static double deciding_value(const dsc_evaluation *e)
{
    const dsc_value_score *s = e->value_score + deciding_part(e) * e->n_values;
    double sum = 0;
    if (e->n_actions > 0) return deciding_score(e)->nll_per_trial;
    for (int k = 0; k < e->n_values; k++) sum += s[k].mse;
    return sum;
}

static void put_replica(json_t *list, int k, int64_t seed, const dsc_evaluation *e, bool *bad)
{
    char folder[32];
    json_writer w = json_begin();
    snprintf(folder, sizeof folder, "replica-%d", k);
    json_put_text(&w, "run", folder);
    json_put_whole(&w, "seed", seed);
    put_evaluation(&w, e);
    if (w.bad || json_array_append(list, w.object) != 0) *bad = true;
    json_decref(w.object);
}

// Mean, s.d. (of a sample), smallest and largest of one score over replicas.
static void put_spread(json_writer *w, const char *key, int n, dsc_evaluation *const *e,
                       size_t offset)
{
    double sum = 0, squares = 0, low = INFINITY, high = -INFINITY;
    for (int k = 0; k < n; k++) {
        const double x = *(const double *)((const char *)deciding_score(e[k]) + offset);
        sum += x, low = fmin(low, x), high = fmax(high, x);
    }
    for (int k = 0; k < n; k++) {
        const double x = *(const double *)((const char *)deciding_score(e[k]) + offset);
        squares += (x - sum / n) * (x - sum / n);
    }
    json_writer x = json_begin();
    json_put_real(&x, "mean", sum / n);
    json_put_real(&x, "sd", n > 1 ? sqrt(squares / (n - 1)) : NAN);
    json_put_real(&x, "low", low);
    json_put_real(&x, "high", high);
    json_put_object(w, key, &x);
}

static int best_replica(int n, dsc_evaluation *const *e)
{
    int best = 0;
    for (int k = 1; k < n; k++)
        if (deciding_value(e[k]) < deciding_value(e[best])) best = k;
    return best;
}

static void put_spreads(json_writer *w, int n, dsc_evaluation *const *e)
{
    json_writer x = json_begin();
    json_put_text(&x, "part", deciding_score(e[0])->part);
    put_spread(&x, "nll_per_trial", n, e, offsetof(dsc_score, nll_per_trial));
    put_spread(&x, "normalized_likelihood", n, e, offsetof(dsc_score, normalized_likelihood));
    put_spread(&x, "accuracy", n, e, offsetof(dsc_score, accuracy));
    put_spread(&x, "pseudo_r2", n, e, offsetof(dsc_score, pseudo_r2));
    put_spread(&x, "bits_per_trial", n, e, offsetof(dsc_score, bits_per_trial));
    json_put_object(w, "over_replicas", &x);
}

dsc_status summary_write_replicas(dsc_context *ctx, const char *path, int n, const int64_t *seeds,
                                  dsc_evaluation *const *evaluations)
{
    char best[32];
    json_writer w = json_begin();
    json_t *list = json_array();
    for (int k = 0; k < n; k++) put_replica(list, k, seeds[k], evaluations[k], &w.bad);
    snprintf(best, sizeof best, "replica-%d", best_replica(n, evaluations));
    json_put_whole(&w, "n_replicas", n);
    json_put_text(&w, "best", best);
    put_spreads(&w, n, evaluations);
    json_put(&w, "replicas", list);
    return json_end_file(ctx, &w, path);
}
