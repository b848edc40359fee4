// SPDX-License-Identifier: Apache-2.0
// score.c — scores of predicted choices, over the n trials whose choice counts:
//   nll = -1/n sum ln p[choice];  normalized likelihood = exp(-nll);  pseudo R2 = 1 - nll / ln A
//   bits = (ln A - nll) / ln 2;   accuracy = how often the most probable option was chosen
// Subject-balanced: the mean over subjects of each one's own. Intervals: percentile bootstrap
// (Efron 1979), 1000 samples of subjects, or of sessions where there is one subject.
#include <math.h>

#include "train/evaluation.h"

// Sums over trials; also one unit of the bootstrap.
typedef struct tally {
    double nll, correct, n;
    double chance; // what the trials lack to ln A, whose options are not all allowed
} tally;

// ---- counting ---------------------------------------------------------------------------------

// 1 if the choice was the most probable option; one of k equally probable ones counts 1/k.
static double correctness(const double *log_p, int n, int choice)
{
    int ties = 0;
    for (int k = 0; k < n; k++) {
        if (log_p[k] > log_p[choice]) return 0;
        ties += log_p[k] == log_p[choice];
    }
    return 1.0 / ties;
}

void part_trials(const part_request *r, int s, int *first, int *last)
{
    *first = 0;
    *last = r->table->session[s].n_trials;
    if (r->split) dsc_split_trials(r->split, r->table, s, r->part, first, last);
}

// Options that a trial allows; the others have next to no probability (loss_logits).
static int count_allowed(const double *log_p, int n)
{
    int allowed = 0;
    for (int k = 0; k < n; k++) allowed += log_p[k] > -1e20;
    return allowed;
}

static dsc_status tally_session(dsc_context *ctx, const part_request *r, int s, tally *sum)
{
    int first, last;
    char place[DSC_PLACE_TEXT];
    const dsc_choices *c = &r->choices;
    const dsc_session *session = &r->table->session[s];
    part_trials(r, s, &first, &last);
    for (int t = first; t < last; t++) {
        const size_t row = session->first + (size_t)t;
        const int choice = dsc_choice_counted(c, row);
        if (choice < 0) continue;
        const double *log_p = r->log_p + row * (size_t)c->n_actions;
        DSC_REQUIRE(ctx, !isnan(log_p[choice]), DSC_INPUT,
                    "%s, %s: the predicted probability is not a number; the parameters "
                    "or the inputs of this trial hold values that the model cannot compute with",
                    r->table->path, dsc_table_place(r->table, row, place, sizeof place));
        sum->nll -= log_p[choice];
        sum->correct += correctness(log_p, c->n_actions, choice);
        sum->chance += log((double)count_allowed(log_p, c->n_actions) / c->n_actions);
        sum->n += 1;
    }
    return DSC_OK;
}

static bool in_part(const part_request *r, int session)
{
    int first, last;
    part_trials(r, session, &first, &last);
    return first < last;
}

static void tally_add(tally *sum, const tally *x)
{
    sum->nll += x->nll, sum->correct += x->correct, sum->n += x->n, sum->chance += x->chance;
}

// ---- bootstrap --------------------------------------------------------------------------------

// Units with trials, moved to the front; returns how many.
static int drop_empty(tally *units, int n)
{
    int kept = 0;
    for (int i = 0; i < n; i++)
        if (units[i].n > 0) units[kept++] = units[i];
    return kept;
}

// Every subject counts the same.
static void weigh_equally(tally *units, int n)
{
    for (int i = 0; i < n; i++)
        units[i] = (tally){units[i].nll / units[i].n, units[i].correct / units[i].n, 1,
                           units[i].chance / units[i].n};
}

static tally resample(const tally *units, int n, dsc_stream *random)
{
    tally sum = {0};
    for (int i = 0; i < n; i++) tally_add(&sum, &units[dsc_stream_below(random, (uint32_t)n)]);
    return sum;
}

static void bootstrap(const part_request *r, const tally *units, int n, dsc_score *score)
{
    double nll[BOOTSTRAP_SAMPLES], correct[BOOTSTRAP_SAMPLES], low, high;
    dsc_stream random = dsc_stream_start(r->seed, DSC_FOR_BOOTSTRAP, 0, r->stream, 0);
    for (int i = 0; i < BOOTSTRAP_SAMPLES; i++) {
        const tally sum = resample(units, n, &random);
        nll[i] = sum.nll / sum.n;
        correct[i] = sum.correct / sum.n;
    }
    dsc_percentile_interval(BOOTSTRAP_SAMPLES, nll, &low, &high);
    score->subject_low = exp(-high);
    score->subject_high = exp(-low);
    dsc_percentile_interval(BOOTSTRAP_SAMPLES, correct, &score->subject_accuracy_low,
                            &score->subject_accuracy_high);
}

// ---- a part -----------------------------------------------------------------------------------

static void score_trials(const tally *sum, int n_actions, dsc_score *score)
{
    const double all = n_actions > 0 ? log(n_actions) : NAN, nll = sum->nll / sum->n;
    const double chance = sum->n > 0 ? all + sum->chance / sum->n : all;
    score->n_trials = (int64_t)sum->n;
    score->nll_per_trial = nll;
    score->normalized_likelihood = exp(-nll);
    score->accuracy = sum->correct / sum->n;
    score->pseudo_r2 = 1 - nll / chance;
    score->bits_per_trial = (chance - nll) / log(2);
    score->chance_nll = chance;
    score->chance_normalized_likelihood = sum->chance != 0 ? exp(-chance) : 1.0 / n_actions;
}

// Subjects are in units [0, n_subjects), sessions in units [n_subjects, ...).
static void score_subjects(const part_request *r, tally *units, int n_subjects, int n_sessions,
                           dsc_score *score)
{
    tally *sessions = units + n_subjects, sum = {0};
    score->n_subjects = drop_empty(units, n_subjects);
    weigh_equally(units, score->n_subjects);
    for (int i = 0; i < score->n_subjects; i++) tally_add(&sum, &units[i]);
    score->subject_nll = sum.nll / sum.n;
    score->subject_normalized_likelihood = exp(-score->subject_nll);
    score->subject_accuracy = sum.correct / sum.n;
    score->subject_low = score->subject_high = NAN;
    score->subject_accuracy_low = score->subject_accuracy_high = NAN;
    if (score->n_subjects > 1) bootstrap(r, units, score->n_subjects, score);
    const int n = drop_empty(sessions, n_sessions);
    if (score->n_subjects == 1 && n > 1) bootstrap(r, sessions, n, score);
}

dsc_status score_part(dsc_context *ctx, const part_request *r, dsc_score *score)
{
    const dsc_table *t = r->table;
    dsc_status status = DSC_OK;
    dsc_score made = {0};
    tally *units, all = {0};
    DSC_TRY(dsc_alloc(ctx, (size_t)(t->n_subjects + t->n_sessions), sizeof *units, &units));
    for (int s = 0; s < t->n_sessions; s++) {
        if (!in_part(r, s)) continue;
        tally *session = &units[t->n_subjects + s];
        DSC_TRY_OR(done, tally_session(ctx, r, s, session));
        tally_add(&units[t->session[s].subject], session);
        tally_add(&all, session);
        made.n_sessions++;
    }
    snprintf(made.part, sizeof made.part, "%s", r->name);
    score_trials(&all, r->choices.n_actions, &made);
    score_subjects(r, units, t->n_subjects, t->n_sessions, &made);
    *score = made;
done:
    dsc_free(ctx, &units);
    return status;
}
