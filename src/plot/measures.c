// SPDX-License-Identifier: Apache-2.0
// measures.c — what behavioural checks ask of choices, of predictions and of simulated choices
// alike, unit by unit (subjects, or sessions of one subject):
//   stay             P(repeat the choice) after the last outcome and the last two
//   history_weights  logit P(a) = bias + sum_k w_k r_k + v_k c_k over the last trials k: c_k is 1
// if
//                    a was chosen then, r_k its outcome (two options: difference of both); ridge 1
//   run_lengths      P(the same choice more than n times in a row), by the product of the
//                    probabilities to go on, so that runs that the session's end cut off count
//   reversals        P(the option that is the better one after a reversal) around it
// Sources: Lau & Glimcher (2005), J Exp Anal Behav 84:555 (weights); Kaplan & Meier (1958), JASA
// 53:457 (runs).
#include <math.h>
#include <string.h>

#include "plot/predictions.h"

// The session of a unit that comes after another one (-1: the first); n_sessions at the end.
static int session_next(const plot_series *s, int unit, int after)
{
    const int n = s->table->n_sessions;
    if (!s->by_subject) return after < 0 ? unit : n;
    for (after++; after < n && s->table->session[after].subject != unit;) after++;
    return after;
}

#define EACH_SESSION(k, s, unit)                                        \
    for (int k = session_next(s, unit, -1); k < (s)->table->n_sessions; \
         k = session_next(s, unit, k))

// ---- weights of what was -----------------------------------------------------------------------

enum { WEIGHTS = 2 * PLOT_LAGS, COLUMNS = WEIGHTS + 1 };

// What an outcome is counted in: the distance of the two values that occur; with more, their
// standard deviation.
static double outcome_unit(const plot_series *data)
{
    const size_t n = data->table->n_trials;
    double low = NAN, high = NAN, sum = 0, squares = 0, count = 0;
    bool two = true;
    for (size_t i = 0; i < n; i++) {
        const double x = data->outcome->value[i];
        if (isnan(x)) continue;
        if (isnan(low)) low = high = x;
        two = two && (x == low || x == high || low == high);
        low = fmin(low, x), high = fmax(high, x);
        sum += x, squares += x * x, count++;
    }
    const double variance = squares / count - sum / count * (sum / count);
    const double unit = two ? high - low : sqrt(fmax(variance, 0));
    return unit > 0 ? unit : 1;
}

typedef struct regression {
    const plot_series *s;
    double unit;
    int n, room; // rows
    double *x, *y;
} regression;

// The row of an option in a trial: what happened k trials ago, t the trial of the session.
static void row_fill(regression *q, size_t trial, int t, int option)
{
    const dsc_choices *c = &q->s->choices;
    double *x = q->x + (size_t)q->n * COLUMNS;
    memset(x, 0, COLUMNS * sizeof *x);
    for (int k = 1; k <= PLOT_LAGS && k <= t; k++) {
        const int choice = dsc_choice_made(c, trial - (size_t)k);
        const double r = q->s->outcome->value[trial - (size_t)k] / q->unit;
        if (choice < 0) continue;
        const double sign = choice == option ? 1 : c->n_actions == 2 ? -1 : 0;
        x[k - 1] = isnan(r) ? 0 : sign * r;
        x[PLOT_LAGS + k - 1] = sign;
    }
    x[WEIGHTS] = 1;
    q->y[q->n++] = plot_series_chance(q->s, trial, option);
}

static void rows_add(regression *q, int session)
{
    int first, last;
    const int A = q->s->choices.n_actions;
    plot_series_trials(q->s, session, &first, &last);
    for (int t = first; t < last; t++) {
        const size_t trial = q->s->table->session[session].first + (size_t)t;
        if (dsc_choice_counted(&q->s->choices, trial) < 0) continue;
        for (int a = A == 2 ? 1 : 0; a < A; a++) row_fill(q, trial, t, a);
    }
}

// The most rows of a unit.
static int rows_most(const plot_series *s)
{
    int most = 0;
    for (int u = 0; u < s->n_units; u++) {
        int n = 0;
        EACH_SESSION(k, s, u) n += s->table->session[k].n_trials;
        most = n > most ? n : most;
    }
    return s->choices.n_actions == 2 ? most : most * s->choices.n_actions;
}

static dsc_status weights_of(dsc_context *ctx, regression *q, int unit, double *value)
{
    double weight[COLUMNS], error[COLUMNS];
    q->n = 0;
    EACH_SESSION(k, q->s, unit) rows_add(q, k);
    const plot_logit logit = {q->n, COLUMNS, q->x, q->y, 1, weight, error};
    if (q->n > 0) DSC_TRY(plot_logit_fit(ctx, &logit));
    for (int i = 0; i < WEIGHTS; i++) value[i] = q->n > 0 ? weight[i] : NAN;
    return DSC_OK;
}

static dsc_status weights_compute(dsc_context *ctx, const plot_series *s, const plot_series *data,
                                  double *value)
{
    regression q = {.s = s, .unit = outcome_unit(data), .room = rows_most(s)};
    const size_t room = (size_t)q.room + 1;
    dsc_status status = dsc_alloc(ctx, room * COLUMNS, sizeof *q.x, &q.x);
    if (status == DSC_OK) status = dsc_alloc(ctx, room, sizeof *q.y, &q.y);
    for (int u = 0; status == DSC_OK && u < s->n_units; u++)
        status = weights_of(ctx, &q, u, value + u * WEIGHTS);
    dsc_free(ctx, &q.x);
    dsc_free(ctx, &q.y);
    return status;
}

// ---- runs ---------------------------------------------------------------------------------------

static void runs_add(const plot_series *s, int session, double *on, double *count)
{
    int first, last, run = 0, before = -1;
    plot_series_trials(s, session, &first, &last);
    for (int t = 0; t < last; t++) {
        const size_t trial = s->table->session[session].first + (size_t)t;
        if (before >= 0 && run <= PLOT_RUNS && t >= first &&
            dsc_choice_counted(&s->choices, trial) >= 0) {
            on[run - 1] += plot_series_chance(s, trial, before);
            count[run - 1]++;
        }
        const int choice = dsc_choice_made(&s->choices, trial);
        run = choice >= 0 && choice == before ? run + 1 : choice >= 0;
        before = choice;
    }
}

static dsc_status runs_compute(dsc_context *ctx, const plot_series *s, const plot_series *data,
                               double *value)
{
    (void)ctx, (void)data;
    for (int u = 0; u < s->n_units; u++) {
        double on[PLOT_RUNS] = {0}, count[PLOT_RUNS] = {0}, product = 1;
        EACH_SESSION(k, s, u) runs_add(s, k, on, count);
        for (int n = 0; n < PLOT_RUNS; n++) {
            if (product > 0) product *= count[n] > 0 ? on[n] / count[n] : NAN; // 0 stays 0
            value[u * PLOT_RUNS + n] = product;
        }
    }
    return DSC_OK;
}

// ---- reversals ----------------------------------------------------------------------------------

enum { SPAN = PLOT_BEFORE + PLOT_AFTER, MOST_OPTIONS = 16 };

// What the options would have paid, by the columns of a task.
typedef struct payoffs {
    const dsc_column *option[MOST_OPTIONS];
    int n; // 0: the table does not say; 1: of option 1, option 0 paying otherwise
} payoffs;

static payoffs payoffs_find(const plot_series *s)
{
    payoffs p = {.n = 0};
    const int A = s->choices.n_actions;
    for (; p.n < A && p.n < MOST_OPTIONS; p.n++) {
        char name[48];
        snprintf(name, sizeof name, "reward_probability_%d", p.n);
        if (!(p.option[p.n] = dsc_table_column(s->table, name))) break;
    }
    if (p.n < A) p.n = 0;
    if (p.n == 0 && A == 2 && (p.option[0] = dsc_table_column(s->table, "outcome_probability")))
        p.n = 1;
    return p;
}

// The option that would pay most; -1 if two do.
static int better_option(const payoffs *p, size_t trial)
{
    int best = 0;
    bool tie = false;
    if (p->n == 1) {
        const double x = p->option[0]->value[trial];
        return x > 0.5 ? 1 : x < 0.5 ? 0 : -1;
    }
    for (int a = 1; a < p->n; a++) {
        const double lead = p->option[a]->value[trial] - p->option[best]->value[trial];
        tie = lead == 0 || (tie && lead < 0);
        if (lead > 0) best = a;
    }
    return tie ? -1 : best;
}

// Payoffs that walk cross each other all the time: a reversal is a jump.
static bool jumps(const payoffs *p, size_t trial)
{
    for (int a = 0; a < p->n; a++)
        if (fabs(p->option[a]->value[trial] - p->option[a]->value[trial - 1]) >= 0.2) return true;
    return false;
}

// The next trial >= t of a session at which another option becomes the better one; its end if none.
static int reversal_after(const payoffs *p, const dsc_session *s, int t)
{
    for (t = t > 1 ? t : 1; t < s->n_trials; t++) {
        const size_t i = s->first + (size_t)t;
        const int now = better_option(p, i), before = better_option(p, i - 1);
        if (now >= 0 && before >= 0 && now != before && jumps(p, i)) return t;
    }
    return s->n_trials;
}

// From `start`, where the block before began, to `end`, the next reversal.
static void reversal_add(const plot_series *s, const payoffs *p, int session, const int at[3],
                         double *sum, double *count)
{
    int first, last;
    const size_t begin = s->table->session[session].first;
    const int better = better_option(p, begin + (size_t)at[1]);
    plot_series_trials(s, session, &first, &last);
    for (int k = 0; k < SPAN; k++) {
        const int t = at[1] - PLOT_BEFORE + k;
        if (t < at[0] || t >= at[2] || t < first || t >= last) continue;
        if (dsc_choice_counted(&s->choices, begin + (size_t)t) < 0) continue;
        sum[k] += plot_series_chance(s, begin + (size_t)t, better);
        count[k]++;
    }
}

static void session_add(const plot_series *s, const payoffs *p, int session, double *sum,
                        double *count)
{
    const dsc_session *it = &s->table->session[session];
    for (int from = 0, t = reversal_after(p, it, 1); t < it->n_trials;) {
        const int next = reversal_after(p, it, t + 1);
        reversal_add(s, p, session, (int[]){from, t, next}, sum, count);
        from = t, t = next;
    }
}

static dsc_status reversals_compute(dsc_context *ctx, const plot_series *s, const plot_series *data,
                                    double *value)
{
    const payoffs p = payoffs_find(s);
    (void)ctx, (void)data;
    for (int u = 0; u < s->n_units; u++) {
        double sum[SPAN] = {0}, count[SPAN] = {0};
        if (p.n) EACH_SESSION(k, s, u) session_add(s, &p, k, sum, count);
        for (int k = 0; k < SPAN; k++) value[u * SPAN + k] = count[k] > 0 ? sum[k] / count[k] : NAN;
    }
    return DSC_OK;
}

// ---- the list -----------------------------------------------------------------------------------

static dsc_status stay_compute(dsc_context *ctx, const plot_series *s, const plot_series *data,
                               double *value)
{
    (void)data;
    return plot_stay_compute(ctx, s, value);
}

const plot_measure plot_measures[PLOT_MEASURES] = {
    {"stay", "staying", PLOT_HISTORIES, stay_compute},
    {"history_weights", "weights of history", WEIGHTS, weights_compute},
    {"run_lengths", "run lengths", PLOT_RUNS, runs_compute},
    {"reversals", "reversals", SPAN, reversals_compute},
};
