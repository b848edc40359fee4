// SPDX-License-Identifier: Apache-2.0
// adaptation.c — what a fit that began with another run has gained, subject by subject: NLL per
// trial of its last parameters and of those that it began with, on the trials it was not trained
// on (kept aside; else held out, which chose nothing of the last parameters). The gain is the
// mean over subjects of the difference; its interval a percentile bootstrap over subjects (Efron
// 1979).
#include <math.h>
#include <string.h>

#include "train/evaluation.h"
#include "train/json.h"
#include "train/trainer.h"

typedef struct scoring {
    dsc_context *ctx;
    dsc_adaptation *a;
    dsc_split split;
    dsc_part part; // that is scored
    dsc_pool *pool;
} scoring;

// ---- the two evaluations ------------------------------------------------------------------------

static const dsc_score *score_called(const dsc_evaluation *e, const char *name)
{
    for (int i = 0; i < e->n_scores; i++)
        if (strcmp(e->score[i].part, name) == 0) return &e->score[i];
    return NULL;
}

// Adds the NLL of a session's trials that are in a part; returns how many count.
static int64_t add_session(const scoring *s, const dsc_evaluation *e, int session, dsc_part which,
                           double *nll)
{
    const dsc_table *t = s->a->table;
    const dsc_choices c = dsc_table_choices(t, e->n_actions);
    int first, last;
    int64_t n = 0;
    dsc_split_trials(&s->split, t, session, which, &first, &last);
    for (int i = first; i < last; i++) {
        const size_t row = t->session[session].first + (size_t)i;
        const int choice = dsc_choice_counted(&c, row);
        if (choice < 0) continue;
        *nll -= e->log_p[row * (size_t)e->n_actions + (size_t)choice];
        n++;
    }
    return n;
}

static void count_subject(const scoring *s, const dsc_evaluation *e, int subject, double *nll)
{
    dsc_adapted *d = &s->a->subject[subject];
    double unused = 0, sum = 0;
    d->n_sessions = d->n_scored = 0;
    d->n_trials = d->n_scored_trials = 0;
    for (int k = 0; k < s->a->table->n_sessions; k++) {
        if (s->a->table->session[k].subject != subject) continue;
        const int64_t train = add_session(s, e, k, DSC_TRAIN, &unused);
        const int64_t scored = add_session(s, e, k, s->part, &sum);
        d->n_sessions += train > 0;
        d->n_scored += scored > 0;
        d->n_trials += train;
        d->n_scored_trials += scored;
    }
    *nll = d->n_scored_trials > 0 ? sum / (double)d->n_scored_trials : NAN;
}

static dsc_status evaluate(const scoring *s, bool after)
{
    dsc_adaptation *a = s->a;
    dsc_evaluation *e = NULL;
    const dsc_evaluation_options o = {.seed = (uint64_t)a->run->config.seed, .split = &s->split};
    DSC_TRY(dsc_evaluate(s->ctx, a->run, a->table, &o, s->pool, &e));
    const dsc_score *score = score_called(e, dsc_part_name(s->part));
    if (score) *(after ? &a->after : &a->before) = *score;
    for (int i = 0; i < a->n; i++)
        count_subject(s, e, i, after ? &a->subject[i].after : &a->subject[i].before);
    dsc_evaluation_free(s->ctx, &e);
    return DSC_OK;
}

// ---- the gain -----------------------------------------------------------------------------------

static double mean_gain(const double *gain, int n, dsc_stream *random)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += gain[random ? dsc_stream_below(random, (uint32_t)n) : (uint32_t)i];
    return sum / n;
}

static void find_interval(dsc_adaptation *a, const double *gain, int n)
{
    double draw[BOOTSTRAP_SAMPLES];
    dsc_stream random =
        dsc_stream_start((uint64_t)a->run->config.seed, DSC_FOR_BOOTSTRAP, 0, 16, 0);
    for (int i = 0; i < BOOTSTRAP_SAMPLES; i++) draw[i] = mean_gain(gain, n, &random);
    dsc_percentile_interval(BOOTSTRAP_SAMPLES, draw, &a->low, &a->high);
}

static dsc_status find_gain(dsc_context *ctx, dsc_adaptation *a)
{
    double *gain = NULL;
    int n = 0;
    DSC_TRY(dsc_alloc(ctx, (size_t)a->n, sizeof *gain, &gain));
    for (int i = 0; i < a->n; i++)
        if (!isnan(a->subject[i].before)) gain[n++] = a->subject[i].before - a->subject[i].after;
    a->gain = n > 0 ? mean_gain(gain, n, NULL) : NAN;
    a->low = a->high = NAN;
    if (n > 1) find_interval(a, gain, n);
    dsc_free(ctx, &gain);
    return DSC_OK;
}

// ---- around it ----------------------------------------------------------------------------------

static bool split_keeps_aside(const dsc_split *split)
{
    return memchr(split->heldout, DSC_TEST, (size_t)split->n_sessions) != NULL;
}

static dsc_status score(scoring *s)
{
    dsc_adaptation *a = s->a;
    s->part = split_keeps_aside(&s->split) ? DSC_TEST : DSC_HELDOUT;
    a->n = a->table->n_subjects;
    DSC_TRY(dsc_alloc(s->ctx, (size_t)a->n, sizeof *a->subject, &a->subject));
    for (int i = 0; i < a->n; i++) a->subject[i].subject = a->table->subject[i];
    DSC_TRY(evaluate(s, true));
    DSC_TRY(dsc_run_restart(s->ctx, a->run));
    DSC_TRY(evaluate(s, false));
    return find_gain(s->ctx, a);
}

dsc_status dsc_adaptation_make(dsc_context *ctx, const char *run, dsc_pool *pool,
                               dsc_adaptation **a)
{
    scoring s = {.ctx = ctx, .pool = pool};
    dsc_status status;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *s.a, &s.a));
    DSC_TRY_OR(done, dsc_run_open(ctx, run, "last", &s.a->run));
    DSC_TRY_OR(done, dsc_run_data(ctx, s.a->run, &s.a->table, &s.split));
    DSC_TRY_OR(done, score(&s));
    *a = s.a;
    s.a = NULL;
done:
    dsc_split_free(ctx, &s.split);
    dsc_adaptation_free(ctx, &s.a);
    return status;
}

void dsc_adaptation_free(dsc_context *ctx, dsc_adaptation **a)
{
    if (!a || !*a) return;
    dsc_free(ctx, &(*a)->subject);
    dsc_table_destroy(ctx, &(*a)->table);
    dsc_run_close(ctx, &(*a)->run);
    dsc_free(ctx, a);
}

// ---- files --------------------------------------------------------------------------------------

static void put_subject(json_t *list, const dsc_adapted *d, bool *bad)
{
    json_writer w = json_begin();
    json_put_text(&w, "subject", d->subject);
    json_put_whole(&w, "sessions_adapted", d->n_sessions);
    json_put_whole(&w, "trials_adapted", d->n_trials);
    json_put_whole(&w, "sessions_scored", d->n_scored);
    json_put_whole(&w, "trials_scored", d->n_scored_trials);
    json_put_real(&w, "nll_before", d->before);
    json_put_real(&w, "nll_after", d->after);
    json_put_real(&w, "normalized_likelihood_before", exp(-d->before));
    json_put_real(&w, "normalized_likelihood_after", exp(-d->after));
    *bad = *bad || w.bad || json_array_append(list, w.object) != 0;
    json_decref(w.object);
}

static void put_side(json_writer *w, const char *key, const dsc_score *s)
{
    json_writer x = json_begin();
    json_put_real(&x, "nll_per_trial", s->nll_per_trial);
    json_put_real(&x, "normalized_likelihood", s->normalized_likelihood);
    json_put_real(&x, "subject_normalized_likelihood", s->subject_normalized_likelihood);
    json_put_real(&x, "low", s->subject_low);
    json_put_real(&x, "high", s->subject_high);
    json_put_object(w, key, &x);
}

static json_writer describe(const dsc_adaptation *a)
{
    json_writer w = json_begin(), gain = json_begin();
    json_t *list = json_array();
    for (int i = 0; i < a->n; i++) put_subject(list, &a->subject[i], &w.bad);
    json_put_text(&w, "run", a->run->path);
    json_put_text(&w, "start", a->run->config.start);
    json_put_text(&w, "trained", a->run->config.trainable);
    json_put_text(&w, "part", a->after.part);
    put_side(&w, "before", &a->before);
    put_side(&w, "after", &a->after);
    json_put_real(&gain, "value", a->gain);
    json_put_real(&gain, "low", a->low);
    json_put_real(&gain, "high", a->high);
    json_put_object(&w, "gain_nll_per_trial", &gain);
    json_put(&w, "subjects", list);
    return w;
}

dsc_status dsc_adaptation_json(dsc_context *ctx, const dsc_adaptation *a, dsc_text *out)
{
    json_writer w = describe(a);
    return json_end(ctx, &w, out);
}

static void write_rows(FILE *f, const dsc_adaptation *a)
{
    fprintf(f, "subject,sessions_adapted,trials_adapted,sessions_scored,trials_scored,nll_before,"
               "nll_after,normalized_likelihood_before,normalized_likelihood_after\n");
    for (int i = 0; i < a->n; i++) {
        const dsc_adapted *d = &a->subject[i];
        const double numbers[] = {d->before, d->after, exp(-d->before), exp(-d->after)};
        dsc_csv_write_text(f, d->subject);
        fprintf(f, ",%d,%lld,%d,%lld", d->n_sessions, (long long)d->n_trials, d->n_scored,
                (long long)d->n_scored_trials);
        for (int k = 0; k < 4; k++) {
            fputc(',', f);
            dsc_csv_write_number(f, numbers[k]);
        }
        fputc('\n', f);
    }
}

dsc_status dsc_adaptation_write(dsc_context *ctx, const dsc_adaptation *a)
{
    char path[PATH_BYTES];
    dsc_file *file = NULL;
    json_writer w = describe(a);
    dsc_status status = dsc_join_path(ctx, path, sizeof path, a->run->path, "adaptation.json");
    if (status == DSC_OK) status = json_end_file(ctx, &w, path);
    else json_decref(w.object);
    DSC_TRY(status);
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, a->run->path, "adaptation.csv"));
    DSC_TRY(dsc_file_begin(ctx, path, &file));
    write_rows(dsc_file_stream(file), a);
    return dsc_file_commit(&file);
}
