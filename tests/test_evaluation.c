// SPDX-License-Identifier: Apache-2.0
// test_evaluation.c — scoring a run, its files (predictions, summary, recordings), and what a fit
// logs (metrics, TensorBoard events, provenance).
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/check.h"
#include "train/evaluation.h"
#include "train/record_file.h"

static dsc_context *ctx;
static dsc_pool *one, *three;
static char folder[64];

static int set_up(void **state)
{
    (void)state;
    make_temporary_folder(folder);
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return -1;
    if (dsc_pool_create(ctx, 1, &one) != DSC_OK) return -1;
    return dsc_pool_create(ctx, 3, &three);
}

static int tear_down(void **state)
{
    (void)state;
    dsc_pool_destroy(&one);
    dsc_pool_destroy(&three);
    dsc_context_destroy(&ctx);
    remove_folder(folder);
    return 0;
}

// ---- a run and its data -----------------------------------------------------------------------

// A Q-learner (0.3, 3) in double precision, as if it had been fitted.
static void run_make_for(dsc_run *run, const char *level, int n_subjects)
{
    *run = (dsc_run){.path = (char *)(uintptr_t) "runs/q",
                     .n_actions = 2,
                     .n_inputs = 2,
                     .n_subjects = n_subjects};
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "q_learning", &run->config));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &run->config, "model.level", level, "test"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &run->config, "engine.precision", "double", "test"));
    run->model = model_called(ctx, "q_learning");
    run->inputs = (char **)(uintptr_t)run->model->inputs;
    const cell_request q = {.model = run->model,
                            .config = run->config.model_config,
                            .size = {.n_actions = 2, .n_inputs = 2, .inputs = run->model->inputs},
                            .loss = -1};
    CHECK_OK(ctx, cell_build(ctx, &q, &run->cell));
    CHECK_OK(ctx, dsc_layout_create(ctx, run->cell, n_subjects, 1, &run->layout));
    CHECK_OK(ctx, dsc_alloc(ctx, run->layout.n_values, sizeof(double), &run->parameters));
    dsc_cell_initialise(run->cell, &run->layout, 0, run->parameters);
}

static void run_make(dsc_run *run)
{
    run_make_for(run, "model", 1);
}

static void run_free(dsc_run *run)
{
    dsc_free(ctx, &run->parameters);
    dsc_layout_free(ctx, &run->layout);
    dsc_cell_destroy(&run->cell);
}

// Three sessions of two subjects; the first is the published sequence, the others miss choices.
enum { TRIALS = 5 + 3 + 4 };
static const double choice[TRIALS] = {0, 1, 1, 0, 1, /**/ 1, NAN, 0, /**/ 0, 0, NAN, 1};
static const double reward[TRIALS] = {1, 0, 1, 0, 1, /**/ 1, NAN, 0, /**/ 1, 1, NAN, 0};

static dsc_table *table_make(void)
{
    static const int lengths[] = {5, 3, 4}, subjects[] = {0, 1, 1};
    static const char *const names[] = {"choice", "reward"};
    static const double *const columns[] = {choice, reward};
    dsc_table *t = NULL;
    CHECK_OK(ctx, dsc_table_make(ctx, 3, lengths, subjects, 2, names, columns, &t));
    return t;
}

// The Q-learner in plain C: ln P(choice) of a session, NaN where there is none.
static void q_learner(size_t first, int n, double *log_lik)
{
    double q[2] = {.5, .5};
    for (int i = 0; i < n; i++) {
        const double c = choice[first + (size_t)i], r = reward[first + (size_t)i];
        const double p1 = 1 / (1 + exp(3 * (q[0] - q[1])));
        log_lik[first + (size_t)i] = isnan(c) ? NAN : log(c == 1 ? p1 : 1 - p1);
        if (!isnan(c)) q[(int)c] += 0.3 * (r - q[(int)c]);
    }
}

static void expected(double log_lik[TRIALS])
{
    q_learner(0, 5, log_lik);
    q_learner(5, 3, log_lik);
    q_learner(8, 4, log_lik);
}

static double mean_nll(const double *log_lik, int first, int n)
{
    double sum = 0;
    int count = 0;
    for (int i = first; i < first + n; i++)
        if (!isnan(log_lik[i])) sum -= log_lik[i], count++;
    return sum / count;
}

static dsc_evaluation *evaluate(const dsc_run *run, const dsc_table *t, dsc_evaluation_options o)
{
    dsc_evaluation *e = NULL;
    CHECK_OK(ctx, dsc_evaluate(ctx, run, t, &o, one, &e));
    return e;
}

// ---- scores -----------------------------------------------------------------------------------

static void probabilities_are_those_of_the_model(void **state)
{
    (void)state;
    static const double p1[] = {.5, .389361, .289050, .421895, .567093};
    double wanted[TRIALS];
    dsc_run run;
    run_make(&run);
    dsc_table *t = table_make();
    dsc_evaluation *e = evaluate(&run, t, (dsc_evaluation_options){0});
    expected(wanted);
    assert_int_equal(e->n_actions, 2);
    assert_true(e->n_trials == TRIALS);
    for (int i = 0; i < 5; i++) check_value("P(1)", exp(e->log_p[2 * i + 1]), p1[i], 1e-6);
    for (int i = 0; i < TRIALS; i++) {
        check_value("sum", exp(e->log_p[2 * i]) + exp(e->log_p[2 * i + 1]), 1, 1e-14);
        if (!isnan(choice[i]))
            check_value("ln p", e->log_p[2 * i + (int)choice[i]], wanted[i], 1e-12);
    }
    dsc_evaluation_free(ctx, &e);
    assert_null(e);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

// The first subject of the table is the second of the run.
static void subjects_keep_their_parameters_in_another_table(void **state)
{
    (void)state;
    char *labels[] = {(char *)(uintptr_t) "1", (char *)(uintptr_t) "0"};
    double wanted[TRIALS];
    dsc_run run;
    run_make_for(&run, "subject", 2);
    run.subjects = labels;
    dsc_table *t = table_make();
    const int beta = dsc_cell_parameter_find(run.cell, "beta");
    run.parameters[run.layout.offset[beta]] = 0; // of subject "1": random choices
    dsc_evaluation *e = evaluate(&run, t, (dsc_evaluation_options){0});
    expected(wanted);
    for (int i = 0; i < TRIALS; i++)
        if (!isnan(choice[i]))
            check_value("ln p", e->log_p[2 * i + (int)choice[i]], i < 5 ? wanted[i] : -log(2),
                        1e-12);
    dsc_evaluation_free(ctx, &e);
    labels[1] = (char *)(uintptr_t) "2";
    CHECK_FAILS(ctx, DSC_INPUT, "subject \"0\" is not among the 2",
                dsc_evaluate(ctx, &run, t, &(dsc_evaluation_options){0}, one, &e));
    run.subjects = NULL;
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

// The second trial was dictated: the agent learnt from it, but did not choose.
static void an_instructed_trial_is_learnt_from_and_not_scored(void **state)
{
    (void)state;
    static const int lengths[] = {5, 3, 4}, subjects[] = {0, 1, 1};
    static const char *const names[] = {"choice", "reward", "instructed"};
    static const double instructed[TRIALS] = {0, 1};
    static const double *const columns[] = {choice, reward, instructed};
    double wanted[TRIALS];
    dsc_run run;
    dsc_table *t = NULL;
    run_make(&run);
    CHECK_OK(ctx, dsc_table_make(ctx, 3, lengths, subjects, 3, names, columns, &t));
    dsc_evaluation *e = evaluate(&run, t, (dsc_evaluation_options){0});
    expected(wanted);
    for (int i = 0; i < TRIALS; i++)
        if (!isnan(choice[i]))
            check_value("ln p", e->log_p[2 * i + (int)choice[i]], wanted[i], 1e-12);
    wanted[1] = NAN;
    assert_int_equal(e->score[0].n_trials, 9);
    check_value("nll", e->score[0].nll_per_trial, mean_nll(wanted, 0, TRIALS), 1e-12);
    dsc_evaluation_free(ctx, &e);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

static void scores_count_the_trials_with_a_choice(void **state)
{
    (void)state;
    double wanted[TRIALS];
    unsigned char heldout[3] = {0, 1, 0};
    const dsc_split split = {.n_sessions = 3, .heldout = heldout};
    dsc_run run;
    run_make(&run);
    dsc_table *t = table_make();
    dsc_evaluation *e = evaluate(&run, t, (dsc_evaluation_options){.split = &split});
    expected(wanted);
    const double nll = mean_nll(wanted, 0, TRIALS), chance = log(2);
    const dsc_score *s = &e->score[0];
    assert_int_equal(e->n_scores, 3);
    assert_string_equal(s->part, "all");
    assert_int_equal(s->n_trials, 10);
    assert_int_equal(s->n_sessions, 3);
    assert_int_equal(s->n_subjects, 2);
    check_value("nll", s->nll_per_trial, nll, 1e-12);
    check_value("likelihood", s->normalized_likelihood, exp(-nll), 1e-12);
    check_value("pseudo R2", s->pseudo_r2, 1 - nll / chance, 1e-12);
    check_value("bits", s->bits_per_trial, (chance - nll) / chance, 1e-12);
    check_value("chance", s->chance_nll, chance, 1e-15);
    check_value("chance", s->chance_normalized_likelihood, 0.5, 0);
    assert_string_equal(e->score[1].part, "train");
    assert_int_equal(e->score[1].n_trials, 8);
    assert_int_equal(e->score[1].n_sessions, 2);
    assert_string_equal(e->score[2].part, "heldout");
    assert_int_equal(e->score[2].n_trials, 2);
    check_value("nll", e->score[2].nll_per_trial, mean_nll(wanted, 5, 3), 1e-12);
    dsc_evaluation_free(ctx, &e);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

// First trials are a tie (one half each), afterwards the learner's better option.
static void accuracy_counts_ties_in_parts(void **state)
{
    (void)state;
    dsc_run run;
    run_make(&run);
    dsc_table *t = table_make();
    dsc_evaluation *e = evaluate(&run, t, (dsc_evaluation_options){0});
    // session 1: tie, wrong, wrong, right, right; session 2: tie, wrong; session 3: tie, right,
    // wrong
    check_value("accuracy", e->score[0].accuracy, (3 * 0.5 + 3) / 10, 1e-15);
    const double subjects = ((0.5 + 2) / 5 + (0.5 + 0.5 + 1) / 5) / 2;
    check_value("subject accuracy", e->score[0].subject_accuracy, subjects, 1e-15);
    dsc_evaluation_free(ctx, &e);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

static void subjects_count_the_same_whatever_their_trials(void **state)
{
    (void)state;
    double wanted[TRIALS];
    dsc_run run;
    run_make(&run);
    dsc_table *t = table_make();
    dsc_evaluation *e = evaluate(&run, t, (dsc_evaluation_options){0});
    expected(wanted);
    const double a = mean_nll(wanted, 0, 5), b = mean_nll(wanted, 5, 7);
    const dsc_score *s = &e->score[0];
    check_value("subject nll", s->subject_nll, (a + b) / 2, 1e-12);
    check_value("likelihood", s->subject_normalized_likelihood, exp(-(a + b) / 2), 1e-12);
    // Two subjects: a quarter of the samples each are (a, a) and (b, b).
    check_value("low", s->subject_low, exp(-fmax(a, b)), 1e-12);
    check_value("high", s->subject_high, exp(-fmin(a, b)), 1e-12);
    dsc_evaluation_free(ctx, &e);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

// 400 sessions of one trial, choices of a coin of known bias scored by a fixed prediction.
static void the_interval_of_one_subject_is_over_sessions(void **state)
{
    (void)state;
    enum { N = 400 };
    double drawn[N], log_p[N * 2], sum = 0, squares = 0;
    int lengths[N];
    const double *const columns[] = {drawn};
    const char *const names[] = {"choice"};
    dsc_table *t = NULL;
    dsc_score s, again;
    dsc_stream random = dsc_stream_start(1, DSC_FOR_TASK, 0, 0, 0);
    for (int i = 0; i < N; i++) {
        lengths[i] = 1;
        drawn[i] = dsc_stream_uniform(&random) < 0.8;
        log_p[2 * i] = log(0.2), log_p[2 * i + 1] = log(0.8);
        const double nll = -log_p[2 * i + (int)drawn[i]];
        sum += nll, squares += nll * nll;
    }
    CHECK_OK(ctx, dsc_table_make(ctx, N, lengths, NULL, 1, names, columns, &t));
    const part_request r = {
        .table = t, .choices = dsc_table_choices(t, 2), .log_p = log_p, .name = "all", .seed = 7};
    CHECK_OK(ctx, score_part(ctx, &r, &s));
    CHECK_OK(ctx, score_part(ctx, &r, &again));
    const double mean = sum / N, error = sqrt((squares / N - mean * mean) / N);
    assert_int_equal(s.n_subjects, 1);
    check_value("low", -log(s.subject_low), mean + 1.96 * error, 0.3 * error);
    check_value("high", -log(s.subject_high), mean - 1.96 * error, 0.3 * error);
    assert_true(s.subject_low == again.subject_low && s.subject_high == again.subject_high);
    check_value("accuracy", (s.subject_accuracy_low + s.subject_accuracy_high) / 2, s.accuracy,
                0.01);
    dsc_table_destroy(ctx, &t);
}

static void a_part_without_choices_has_no_scores(void **state)
{
    (void)state;
    static const double missing[3] = {NAN, NAN, -1};
    static const double *const columns[] = {missing};
    static const char *const names[] = {"choice"};
    static const double log_p[6];
    const int length = 3;
    dsc_table *t = NULL;
    dsc_score s;
    CHECK_OK(ctx, dsc_table_make(ctx, 1, &length, NULL, 1, names, columns, &t));
    const part_request r = {
        .table = t, .choices = {missing, NULL, 2}, .log_p = log_p, .name = "all"};
    CHECK_OK(ctx, score_part(ctx, &r, &s));
    assert_int_equal(s.n_trials, 0);
    assert_int_equal(s.n_subjects, 0);
    assert_true(isnan(s.nll_per_trial) && isnan(s.subject_nll) && isnan(s.subject_low));
    dsc_table_destroy(ctx, &t);
}

static void a_prediction_that_is_not_a_number_is_an_error(void **state)
{
    (void)state;
    dsc_run run;
    dsc_evaluation *e = NULL;
    run_make(&run);
    dsc_table *t = table_make();
    run.parameters[0] = NAN;
    CHECK_FAILS(ctx, DSC_INPUT, "not a number",
                dsc_evaluate(ctx, &run, t, &(dsc_evaluation_options){0}, one, &e));
    check_contains(dsc_message(ctx), "trial");
    assert_null(e);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

static void tables_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const double third[2] = {0, 2}, rewards[2] = {1, 1};
    static const double *const columns[] = {third, rewards};
    static const char *const names[] = {"choice", "reward"};
    const int length = 2;
    unsigned char heldout[2] = {0, 1};
    const dsc_split split = {.n_sessions = 2, .heldout = heldout};
    dsc_run run;
    dsc_table *t = NULL;
    dsc_evaluation *e = NULL;
    run_make(&run);
    CHECK_OK(ctx, dsc_table_make(ctx, 1, &length, NULL, 2, names, columns, &t));
    CHECK_FAILS(ctx, DSC_INPUT, "fitted with options 0 to 1",
                dsc_evaluate(ctx, &run, t, &(dsc_evaluation_options){0}, one, &e));
    dsc_table_destroy(ctx, &t);
    CHECK_OK(ctx, dsc_table_make(ctx, 1, &length, NULL, 1, names + 1, columns + 1, &t));
    CHECK_FAILS(ctx, DSC_INPUT, "no column \"choice\"",
                dsc_evaluate(ctx, &run, t, &(dsc_evaluation_options){0}, one, &e));
    dsc_table_destroy(ctx, &t);
    t = table_make();
    CHECK_FAILS(ctx, DSC_INPUT, "3 sessions, but the split 2",
                dsc_evaluate(ctx, &run, t, &(dsc_evaluation_options){.split = &split}, one, &e));
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

// Options that are not allowed have no probability; chance is that of the others.
static void options_that_are_not_allowed_have_no_chance(void **state)
{
    (void)state;
    static const double made[2] = {0, 1}, paid[2] = {1, 0}, a[2] = {1, 0}, b[2] = {1, 1};
    static const double *const columns[] = {made, paid, a, b};
    static const char *const names[] = {"choice", "reward", "a", "b"};
    dsc_run run;
    dsc_table *t = NULL;
    run_make(&run);
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &run.config, "data.valid_actions", "a,b", "test"));
    CHECK_OK(ctx, dsc_table_make(ctx, 1, (const int[]){2}, NULL, 4, names, columns, &t));
    dsc_evaluation *e = evaluate(&run, t, (dsc_evaluation_options){0});
    assert_true(fabs(exp(e->log_p[0]) - 0.5) < 1e-12);
    assert_true(exp(e->log_p[2]) == 0 && e->log_p[3] == 0);
    assert_true(fabs(e->score[0].nll_per_trial - log(2) / 2) < 1e-12);
    assert_true(fabs(e->score[0].chance_nll - log(2) / 2) < 1e-12);
    dsc_evaluation_free(ctx, &e);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

// Two subjects; values off by e: R2 = 1 - mean e^2 / variance, of trials that have the column.
static void values_are_scored_by_what_they_explain(void **state)
{
    (void)state;
    static double y[6] = {1, 2, 3, NAN, 5, 9}, guess[6] = {1, 2, 4, 100, 5, 7};
    static const double *const columns[] = {y};
    static const char *const names[] = {"y"};
    dsc_table *t = NULL;
    char name[1][DSC_FIELD_TEXT] = {"y"};
    dsc_evaluation e = {
        .n_trials = 6, .n_values = 1, .values = guess, .observed = y, .value_names = name};
    CHECK_OK(ctx, dsc_table_make(ctx, 2, (const int[]){3, 3}, (const int[]){0, 1}, 1, names,
                                 columns, &t));
    CHECK_OK(ctx, dsc_evaluation_score(ctx, &e, t, NULL, 0));
    const dsc_value_score *s = e.value_score;
    assert_int_equal(s->n_trials, 5);
    assert_true(fabs(s->mse - 1) < 1e-12 && fabs(s->no_skill_mse - 8) < 1e-12);
    assert_true(fabs(s->r2 - 0.875) < 1e-12);
    // all samples of the first subject alone: 1 - 1/2; of the second: 1 - 4/8
    assert_true(fabs(s->r2_low - 0.5) < 1e-12 && fabs(s->r2_high - 0.875) < 1e-12);
    assert_true(isnan(e.score[0].nll_per_trial));
    dsc_free(ctx, &e.value_score);
    dsc_table_destroy(ctx, &t);
}

// Beside choices, values count where the choice does, as in the loss.
static void values_beside_choices_count_with_them(void **state)
{
    (void)state;
    static double made[3] = {0, NAN, 1}, y[3] = {1, 2, 4}, guess[3] = {1, 9, 3};
    static double log_p[6];
    static const double *const columns[] = {made, y};
    static const char *const names[] = {"choice", "y"};
    char name[1][DSC_FIELD_TEXT] = {"y"};
    dsc_table *t = NULL;
    dsc_evaluation e = {.n_trials = 3,
                        .n_actions = 2,
                        .n_values = 1,
                        .log_p = log_p,
                        .values = guess,
                        .observed = y,
                        .value_names = name};
    CHECK_OK(ctx, dsc_table_make(ctx, 1, (const int[]){3}, NULL, 2, names, columns, &t));
    CHECK_OK(ctx, dsc_evaluation_score(ctx, &e, t, NULL, 0));
    assert_int_equal(e.value_score->n_trials, 2);
    assert_true(fabs(e.value_score->mse - 0.5) < 1e-12);
    dsc_free(ctx, &e.value_score);
    dsc_table_destroy(ctx, &t);
}

static void probabilities_of_a_single_precision_engine_sum_to_one(void **state)
{
    (void)state;
    dsc_run run;
    run_make(&run);
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &run.config, "engine.precision", "single", "test"));
    dsc_table *t = table_make();
    dsc_evaluation *e = evaluate(&run, t, (dsc_evaluation_options){0});
    for (int i = 0; i < TRIALS; i++)
        check_value("sum", exp(e->log_p[2 * i]) + exp(e->log_p[2 * i + 1]), 1, 1e-14);
    check_value("P(1)", exp(e->log_p[3]), .389361, 1e-6);
    dsc_evaluation_free(ctx, &e);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    enum { SESSIONS = 80, LENGTH = 12 };
    double made[SESSIONS * LENGTH];
    int lengths[SESSIONS];
    static const char *const names[] = {"choice", "reward"};
    const double *const columns[] = {made, made};
    dsc_stream random = dsc_stream_start(2, DSC_FOR_TASK, 0, 0, 0);
    dsc_run run;
    dsc_table *t = NULL;
    dsc_evaluation *a = NULL, *b = NULL;
    const dsc_evaluation_options o = {.seed = 1};
    for (int i = 0; i < SESSIONS; i++) lengths[i] = LENGTH;
    for (int i = 0; i < SESSIONS * LENGTH; i++) made[i] = dsc_stream_below(&random, 2);
    run_make(&run);
    CHECK_OK(ctx, dsc_table_make(ctx, SESSIONS, lengths, NULL, 2, names, columns, &t));
    CHECK_OK(ctx, dsc_evaluate(ctx, &run, t, &o, one, &a));
    CHECK_OK(ctx, dsc_evaluate(ctx, &run, t, &o, three, &b));
    assert_memory_equal(a->log_p, b->log_p, 2 * SESSIONS * LENGTH * sizeof(double));
    assert_memory_equal(&a->score[0], &b->score[0], sizeof a->score[0]);
    dsc_evaluation_free(ctx, &a);
    dsc_evaluation_free(ctx, &b);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

typedef struct evaluation_case {
    const dsc_run *run;
    const dsc_table *t;
} evaluation_case;

static void subjects_without_labels_are_no_more_than_the_run_has(void **state)
{
    (void)state;
    dsc_run run;
    dsc_evaluation *e = NULL;
    dsc_table *t = table_make();
    run_make_for(&run, "subject", 1);
    CHECK_FAILS(ctx, DSC_INPUT, "has 2 subjects, but runs/q learnt parameters of 1. Fit the others",
                dsc_evaluate(ctx, &run, t, &(dsc_evaluation_options){.seed = 1}, one, &e));
    run_free(&run);
    dsc_table_destroy(ctx, &t);
}

static dsc_status evaluate_and_write(dsc_context *failing, void *user)
{
    const evaluation_case *c = user;
    const dsc_table *t = c->t;
    static const char *const recorded[] = {"value"};
    const dsc_evaluation_options o = {.n_recorded = 1, .recorded = recorded};
    dsc_evaluation *e = NULL;
    dsc_text text = {0};
    dsc_status status = dsc_evaluate(failing, c->run, t, &o, one, &e);
    if (status == DSC_OK)
        status = dsc_evaluation_write_predictions(failing, e, t, path_in(folder, "p.csv"));
    if (status == DSC_OK)
        status = dsc_evaluation_write_record(failing, e, t, path_in(folder, "r.csv"));
    if (status == DSC_OK) status = dsc_evaluation_summary(failing, e, &text);
    dsc_text_free(failing, &text);
    dsc_evaluation_free(failing, &e);
    return status;
}

static void no_failing_allocation_leaks_or_crashes(void **state)
{
    (void)state;
    dsc_run run;
    dsc_table *t = table_make();
    run_make(&run);
    evaluation_case c = {&run, t};
    assert_true(check_every_allocation_failure(evaluate_and_write, &c) > 10);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

// ---- files ------------------------------------------------------------------------------------

// Sessions of the input are interleaved; the file must come back line by line.
static void predictions_are_in_the_order_of_the_input(void **state)
{
    (void)state;
    static const char *const input = "subject,session,trial,choice,reward\n"
                                     "\"b, 1\",s2,0,1,1\n"
                                     "a,s1,0,0,1\n"
                                     "\"b, 1\",s2,1,,0\n"
                                     "a,s1,1,1,0\n"
                                     "a,s1,2,1,1\n";
    dsc_run run;
    dsc_table *t = NULL;
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "in.csv"), input, strlen(input)));
    CHECK_OK(ctx, dsc_table_read(ctx, path_in(folder, "in.csv"), &(dsc_read_options){0}, &t));
    run_make(&run);
    dsc_evaluation *e = evaluate(&run, t, (dsc_evaluation_options){0});
    CHECK_OK(ctx, dsc_evaluation_write_predictions(ctx, e, t, path_in(folder, "out.csv")));
    char *text = text_in(ctx, folder, "out.csv"), *save = NULL;
    static const char *const starts[] = {"subject,session,trial,choice,weight,p_0,p_1,log_lik",
                                         "\"b, 1\",s2,0,1,1,0.5,0.5,-0.69314718055994",
                                         "a,s1,0,0,1,0.5,0.5,-0.69314718055994",
                                         "\"b, 1\",s2,1,,0,0.389360",
                                         "a,s1,1,1,1,0.61063",
                                         "a,s1,2,1,1,0.71094"};
    char *line = strtok_r(text, "\n", &save);
    for (size_t i = 0; i < sizeof starts / sizeof *starts;
         i++, line = strtok_r(NULL, "\n", &save)) {
        assert_non_null(line);
        if (strncmp(line, starts[i], strlen(starts[i])) != 0) fail_msg("%s", line);
        if (i == 3) assert_int_equal(line[strlen(line) - 1], ','); // no likelihood
    }
    assert_null(line);
    dsc_free(ctx, &text);
    dsc_evaluation_free(ctx, &e);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

static void recordings_have_a_column_per_row(void **state)
{
    (void)state;
    static const char *const recorded[] = {"value", "prediction_error"};
    dsc_run run;
    run_make(&run);
    dsc_table *t = table_make();
    dsc_evaluation *e =
        evaluate(&run, t, (dsc_evaluation_options){.n_recorded = 2, .recorded = recorded});
    assert_int_equal(e->n_recorded, 3);
    assert_string_equal(e->recorded_names[0], "value_0");
    assert_string_equal(e->recorded_names[1], "value_1");
    assert_string_equal(e->recorded_names[2], "prediction_error");
    check_value("value", e->recorded[3 * 2 + 1], 0.35,
                1e-12); // trial 2: after the miss of option 1
    check_value("error", e->recorded[3 * 2 + 2], 0.65, 1e-12); // of its own trial
    CHECK_OK(ctx, dsc_evaluation_write_record(ctx, e, t, path_in(folder, "record.csv")));
    char *text = text_in(ctx, folder, "record.csv");
    check_contains(text, "subject,session,trial,value_0,value_1,prediction_error\n");
    dsc_free(ctx, &text);
    CHECK_OK(ctx, dsc_evaluation_write_record(ctx, e, t, path_in(folder, "record.npz")));
    assert_true(dsc_exists(path_in(folder, "record.npz")));
    CHECK_FAILS(ctx, DSC_INPUT, ".csv or .npz",
                dsc_evaluation_write_record(ctx, e, t, path_in(folder, "record.txt")));
    dsc_evaluation_free(ctx, &e);
    e = evaluate(&run, t, (dsc_evaluation_options){0});
    CHECK_FAILS(ctx, DSC_INPUT, "nothing was recorded",
                dsc_evaluation_write_record(ctx, e, t, path_in(folder, "none.csv")));
    dsc_evaluation_free(ctx, &e);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

static double number_at(json_t *o, const char *a, const char *b, const char *c)
{
    json_t *v = json_object_get(o, a);
    if (b) v = json_object_get(v, b);
    if (c) v = json_object_get(v, c);
    if (!json_is_number(v)) fail_msg("no number at %s.%s.%s", a, b ? b : "", c ? c : "");
    return json_number_value(v);
}

static void the_summary_holds_every_score_of_every_part(void **state)
{
    (void)state;
    static const char *const scores[] = {"nll_per_trial", "normalized_likelihood", "accuracy",
                                         "pseudo_r2", "bits_per_trial"};
    static const char *const parts[] = {"train", "heldout"};
    unsigned char heldout[3] = {0, 1, 0};
    const dsc_split split = {.n_sessions = 3, .heldout = heldout};
    dsc_run run;
    run_make(&run);
    dsc_table *t = table_make();
    dsc_evaluation *e = evaluate(&run, t, (dsc_evaluation_options){.split = &split});
    CHECK_OK(ctx, dsc_evaluation_write_summary(ctx, e, path_in(folder, "summary.json")));
    json_t *o = json_load_file(path_in(folder, "summary.json"), 0, NULL);
    assert_non_null(o);
    check_value("n", number_at(o, "n_trials", NULL, NULL), 10, 0);
    check_value("nll", number_at(o, "nll_per_trial", NULL, NULL), e->score[0].nll_per_trial, 1e-14);
    check_value("chance", number_at(o, "chance", "normalized_likelihood", NULL), 0.5, 0);
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        const double value = number_at(o, "subject_balanced", scores[i], "value");
        assert_true(number_at(o, "subject_balanced", scores[i], "low") <= value + 1e-12);
        assert_true(number_at(o, "subject_balanced", scores[i], "high") >= value - 1e-12);
        for (int k = 0; k < 2; k++) number_at(o, parts[k], scores[i], NULL);
    }
    json_decref(o);
    dsc_evaluation_free(ctx, &e);
    dsc_table_destroy(ctx, &t);
    run_free(&run);
}

static void a_fleet_is_summarised_by_its_heldout_scores(void **state)
{
    (void)state;
    dsc_evaluation a = {.n_actions = 2,
                        .n_scores = 2,
                        .score = {{.part = "all"}, {.part = "heldout"}}},
                   b = a;
    dsc_evaluation *const both[] = {&a, &b};
    const int64_t seeds[] = {5, 6};
    a.score[0].nll_per_trial = 0.1, a.score[1].nll_per_trial = 0.6;
    b.score[0].nll_per_trial = 0.9, b.score[1].nll_per_trial = 0.4;
    b.score[1].accuracy = NAN;
    CHECK_OK(ctx, summary_write_replicas(ctx, path_in(folder, "fleet.json"), 2, seeds, both));
    json_t *o = json_load_file(path_in(folder, "fleet.json"), 0, NULL);
    assert_non_null(o);
    assert_string_equal(json_string_value(json_object_get(o, "best")), "replica-1");
    check_value("mean", number_at(o, "over_replicas", "nll_per_trial", "mean"), 0.5, 1e-14);
    check_value("sd", number_at(o, "over_replicas", "nll_per_trial", "sd"), sqrt(0.02), 1e-14);
    json_t *second = json_array_get(json_object_get(o, "replicas"), 1);
    check_value("seed", number_at(second, "seed", NULL, NULL), 6, 0);
    assert_true(json_is_null(json_object_get(json_object_get(second, "heldout"), "accuracy")));
    json_decref(o);
}

// ---- metrics ----------------------------------------------------------------------------------

static void append(metrics *m, int64_t step, double loss, double heldout)
{
    const metrics_row row = {step, "main", loss, 0.5, heldout, 0.25, 1, 1e-3, 1e6};
    CHECK_OK(ctx, metrics_append(m, &row));
}

#define HEADER "step,phase,loss,nll_train,nll_heldout,penalty,grad_norm,lr,trials_per_s\n"

static void metrics_leave_a_cell_empty_where_nothing_was_measured(void **state)
{
    (void)state;
    metrics *m = NULL;
    CHECK_OK(ctx, metrics_open(ctx, path_in(folder, "m.csv"), -1, &m));
    append(m, 1, 0.75, NAN);
    append(m, 25, 0.7, 0.69);
    CHECK_OK(ctx, metrics_flush(m));
    metrics_close(&m);
    char *text = text_in(ctx, folder, "m.csv");
    assert_string_equal(text, HEADER "1,main,0.75,0.5,,0.25,1,0.001,1000000\n"
                                     "25,main,0.7,0.5,0.69,0.25,1,0.001,1000000\n");
    dsc_free(ctx, &text);
}

static void a_resumed_log_goes_on_where_the_checkpoint_was(void **state)
{
    (void)state;
    metrics *m = NULL;
    const char *old = HEADER "1,main,1,,,,,,\n2,main,1,,,,,,\n3,main,1,,,,,,\n4,ma";
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "r.csv"), old, strlen(old)));
    CHECK_OK(ctx, metrics_open(ctx, path_in(folder, "r.csv"), 2, &m));
    append(m, 3, 0.5, NAN);
    metrics_close(&m);
    char *text = text_in(ctx, folder, "r.csv");
    assert_string_equal(text, HEADER "1,main,1,,,,,,\n2,main,1,,,,,,\n"
                                     "3,main,0.5,0.5,,0.25,1,0.001,1000000\n");
    dsc_free(ctx, &text);
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "other.csv"), "a,b\n", 4));
    CHECK_FAILS(ctx, DSC_INPUT, "other.csv",
                metrics_open(ctx, path_in(folder, "other.csv"), 2, &m));
    CHECK_OK(ctx, metrics_open(ctx, path_in(folder, "fresh.csv"), 10, &m)); // none was written yet
    metrics_close(&m);
    CHECK_FAILS(ctx, DSC_IO, "nowhere",
                metrics_open(ctx, path_in(folder, "nowhere/m.csv"), -1, &m));
}

// ---- events -----------------------------------------------------------------------------------

static void checksums_have_the_published_values(void **state)
{
    (void)state;
    unsigned char zeros[32] = {0}, ones[32];
    memset(ones, 0xff, sizeof ones);
    assert_int_equal(record_crc("123456789", 9), 0xE3069283u);
    assert_int_equal(record_crc(zeros, 32), 0x8A9136AAu); // RFC 3720, B.4
    assert_int_equal(record_crc(ones, 32), 0x62A8AB43u);
    assert_int_equal(record_crc("", 0), 0);
    const uint32_t crc = 0xE3069283u, turned = crc >> 15 | crc << 17;
    assert_int_equal(record_masked_crc("123456789", 9), turned + 0xa282ead8u);
}

static uint64_t little(const unsigned char *s, int n)
{
    uint64_t value = 0;
    for (int i = n; i-- > 0;) value = value << 8 | s[i];
    return value;
}

// Walks the frames of the only event file of a folder, checks them, returns how many.
static int check_frames(const char *name, const char *wanted)
{
    char *text = NULL;
    size_t n, at = 0;
    int frames = 0;
    bool seen = false;
    CHECK_OK(ctx, dsc_read_file(ctx, name, &text, &n));
    const unsigned char *s = (const unsigned char *)text;
    for (; at < n; frames++) {
        assert_true(at + 16 <= n);
        const uint64_t length = little(s + at, 8);
        assert_true(at + 16 + length <= n);
        assert_int_equal(little(s + at + 8, 4), record_masked_crc(s + at, 8));
        assert_int_equal(little(s + at + 12 + length, 4), record_masked_crc(s + at + 12, length));
        for (uint64_t i = 0; i + strlen(wanted) <= length; i++)
            seen |= memcmp(s + at + 12 + i, wanted, strlen(wanted)) == 0;
        at += 16 + length;
    }
    assert_true(seen);
    dsc_free(ctx, &text);
    return frames;
}

static char *shell_line(const char *command, char *out, size_t size)
{
    FILE *f = popen(command, "r");
    out[0] = 0;
    if (f && !fgets(out, (int)size, f)) out[0] = 0;
    if (f) pclose(f);
    out[strcspn(out, "\n")] = 0;
    return out;
}

static void write_events(const char *where)
{
    events *e = NULL;
    CHECK_OK(ctx, dsc_make_folder(ctx, where));
    CHECK_OK(ctx, events_open(ctx, where, 0, &e));
    CHECK_OK(ctx, events_scalar(e, 1, "loss/train", 0.75));
    CHECK_OK(ctx, events_scalar(e, 2, "loss/train", 0.5));
    CHECK_OK(ctx, events_scalar(e, 3, "loss/train", 99)); // after the checkpoint that is resumed
    CHECK_OK(ctx, events_flush(e));
    events_close(&e);
    assert_null(e);
    CHECK_OK(ctx, events_open(ctx, where, 3, &e));
    CHECK_OK(ctx, events_scalar(e, 3, "loss/train", 0.25));
    events_close(&e);
}

static void events_are_framed_records_one_file_per_start(void **state)
{
    (void)state;
    char command[256], first[256], second[256], where[96];
    snprintf(where, sizeof where, "%s/tb", folder);
    write_events(where);
    assert_int_equal(count_entries(where), 2);
    snprintf(command, sizeof command, "ls %s/events.out.tfevents.* | sort -V | head -1", where);
    shell_line(command, first, sizeof first);
    snprintf(command, sizeof command, "ls %s/events.out.tfevents.* | sort -V | tail -1", where);
    shell_line(command, second, sizeof second);
    assert_int_equal(check_frames(first, "brain.Event:2"), 4);
    assert_int_equal(check_frames(second, "loss/train"), 3);
}

// The environment variable PYTHON names another interpreter.
static void tensorboard_reads_the_events_back(void **state)
{
    (void)state;
    char command[1024], line[512], where[96];
    const char *python = getenv("PYTHON") ? getenv("PYTHON") : "python3";
    snprintf(command, sizeof command, "%s -c 'import tensorboard; print(1)' 2>/dev/null", python);
    if (strcmp(shell_line(command, line, sizeof line), "1") != 0) {
        print_message("skipped: no Python with tensorboard here\n");
        return;
    }
    snprintf(where, sizeof where, "%s/tb-python", folder);
    write_events(where);
    snprintf(
        command, sizeof command,
        "%s -c '\n"
        "from tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n"
        "a = EventAccumulator(\"%s\")\n"
        "a.Reload()\n"
        "print(a.Tags()[\"scalars\"], [(e.step, e.value) for e in a.Scalars(\"loss/train\")])\n"
        "' 2>/dev/null",
        python, where);
    assert_string_equal(shell_line(command, line, sizeof line),
                        "['loss/train'] [(1, 0.75), (2, 0.5), (3, 0.25)]");
}

// ---- provenance -------------------------------------------------------------------------------

static void provenance_says_what_made_the_run(void **state)
{
    (void)state;
    unsigned char heldout[3] = {0, 1, 0};
    const dsc_split split = {.n_sessions = 3, .heldout = heldout};
    dsc_fit_config c;
    const dsc_engine *engine;
    dsc_table *t = table_make();
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "gru", &c));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "seed", "12", "test"));
    strcpy(c.data, "b\xff.csv"); // such names exist; the file must still be JSON
    CHECK_OK(ctx, dsc_engine_select(ctx, "ref", NULL, NULL, &engine));
    const provenance_facts f = {.config = &c,
                                .engine = engine,
                                .table = t,
                                .config_hash = "0123456789abcdef",
                                .threads = 2,
                                .resumed_at = 40,
                                .gnuplot = "gnuplot 5.4",
                                .split = &split};
    CHECK_OK(ctx, provenance_write(ctx, path_in(folder, "provenance.json"), &f));
    json_t *o = json_load_file(path_in(folder, "provenance.json"), 0, NULL);
    assert_non_null(o);
    check_value("seed", number_at(o, "seed", NULL, NULL), 12, 0);
    check_value("threads", number_at(o, "engine", "threads", NULL), 2, 0);
    check_value("trials", number_at(o, "data", "n_trials", NULL), TRIALS, 0);
    check_value("heldout", number_at(o, "split", "n_heldout", NULL), 1, 0);
    check_value("resumed", number_at(o, "resumed_at_step", NULL, NULL), 40, 0);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(o, "program"), "gnuplot")),
        "gnuplot 5.4");
    json_t *program = json_object_get(o, "program");
    assert_string_equal(json_string_value(json_object_get(program, "version")), DSC_VERSION);
    assert_true(json_is_string(json_object_get(program, "compiler")));
    assert_true(json_is_string(json_object_get(json_object_get(program, "libraries"), "libfyaml")));
    assert_string_equal(json_string_value(json_object_get(json_object_get(o, "engine"), "name")),
                        "ref");
    json_decref(o);
    dsc_table_destroy(ctx, &t);
}

static void quantiles_are_interpolated(void **state)
{
    double x[] = {4, 1, 3, 2};
    static const double endless[] = {-INFINITY, -INFINITY, 1};
    (void)state;
    dsc_sort_numbers(4, x);
    for (int i = 0; i < 4; i++) assert_true(x[i] == i + 1);
    assert_true(dsc_quantile(4, x, 0.5) == 2.5);
    assert_true(dsc_quantile(4, x, 1) == 4 && dsc_quantile(4, x, 0) == 1);
    assert_true(dsc_quantile(3, endless, 0.25) == -INFINITY);
    assert_true(isnan(dsc_quantile(0, x, 0.5)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probabilities_are_those_of_the_model),
        cmocka_unit_test(scores_count_the_trials_with_a_choice),
        cmocka_unit_test(accuracy_counts_ties_in_parts),
        cmocka_unit_test(subjects_count_the_same_whatever_their_trials),
        cmocka_unit_test(the_interval_of_one_subject_is_over_sessions),
        cmocka_unit_test(a_part_without_choices_has_no_scores),
        cmocka_unit_test(a_prediction_that_is_not_a_number_is_an_error),
        cmocka_unit_test(tables_that_do_not_fit_are_refused),
        cmocka_unit_test(probabilities_of_a_single_precision_engine_sum_to_one),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(no_failing_allocation_leaks_or_crashes),
        cmocka_unit_test(subjects_without_labels_are_no_more_than_the_run_has),
        cmocka_unit_test(options_that_are_not_allowed_have_no_chance),
        cmocka_unit_test(values_are_scored_by_what_they_explain),
        cmocka_unit_test(values_beside_choices_count_with_them),
        cmocka_unit_test(predictions_are_in_the_order_of_the_input),
        cmocka_unit_test(recordings_have_a_column_per_row),
        cmocka_unit_test(the_summary_holds_every_score_of_every_part),
        cmocka_unit_test(a_fleet_is_summarised_by_its_heldout_scores),
        cmocka_unit_test(metrics_leave_a_cell_empty_where_nothing_was_measured),
        cmocka_unit_test(a_resumed_log_goes_on_where_the_checkpoint_was),
        cmocka_unit_test(checksums_have_the_published_values),
        cmocka_unit_test(an_instructed_trial_is_learnt_from_and_not_scored),
        cmocka_unit_test(subjects_keep_their_parameters_in_another_table),
        cmocka_unit_test(events_are_framed_records_one_file_per_start),
        cmocka_unit_test(tensorboard_reads_the_events_back),
        cmocka_unit_test(provenance_says_what_made_the_run),
        cmocka_unit_test(quantiles_are_interpolated),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
