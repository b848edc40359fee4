// SPDX-License-Identifier: Apache-2.0
// test_plot_clicks.c — figures of decisions about clicks: logistic regression, the psychometric
// curve, the weight of clicks in time, on made-up decisions.
#include <math.h>
#include <string.h>

#include "plot/predictions.h"
#include "support/tables.h"

// ---- logistic regression ------------------------------------------------------------------------

static void a_regression_of_two_groups_has_their_log_odds(void **state)
{
    table_test *t = *state;
    double x[2 * 50], y[50], weight[2], error[2];
    for (int i = 0; i < 50; i++) {
        x[2 * i] = 1, x[2 * i + 1] = i >= 20;
        y[i] = i < 5 || (i >= 20 && i < 44); // 5 of 20, 24 of 30
    }
    const plot_logit q = {50, 2, x, y, 0, weight, error};
    CHECK_OK(t->ctx, plot_logit_fit(t->ctx, &q));
    check_value("first group", weight[0], log(5. / 15), 1e-9);
    check_value("difference", weight[1], log(24. / 6) - log(5. / 15), 1e-9);
    check_value("error", error[0], sqrt(1. / 5 + 1. / 15), 1e-9);
    check_value("error", error[1], sqrt(1. / 5 + 1. / 15 + 1. / 24 + 1. / 6), 1e-9);
}

static void a_regression_without_a_solution_says_so(void **state)
{
    table_test *t = *state;
    const double x[] = {1, 1, 1, 1}, y[] = {0, 1}; // two columns that are the same
    double weight[2], error[2];
    CHECK_OK(t->ctx, plot_logit_fit(t->ctx, &(plot_logit){2, 2, x, y, 0, weight, error}));
    assert_true(isnan(weight[0]) && isnan(error[1]));
    const double separate[] = {-1, 1};
    CHECK_OK(t->ctx, plot_logit_fit(t->ctx, &(plot_logit){2, 1, separate, y, 0.05, weight, error}));
    assert_true(weight[0] > 1 && weight[0] < 10); // held by the ridge
}

// ---- decisions ----------------------------------------------------------------------------------

enum { SESSIONS = 4000, ROWS = 21 };

// P(right) = logistic(sum of weight x (right - left)), a click in every row on one side or none;
// the weight is 0.2 in the first ten rows, 0.6 in the others.
static void make_decisions(table_test *t, double bias)
{
    static double left[SESSIONS * ROWS], right[SESSIONS * ROWS], choice[SESSIONS * ROWS];
    static int lengths[SESSIONS];
    static const char *const names[] = {"choice", "left", "right"};
    const double *const values[] = {choice, left, right};
    dsc_stream random = dsc_stream_start(7, DSC_FOR_TASK, 0, 0, 0);
    for (int s = 0, at = 0; s < SESSIONS; s++) {
        double sum = bias;
        lengths[s] = ROWS;
        for (int r = 0; r < ROWS; r++, at++) {
            const uint32_t side = dsc_stream_below(&random, 3);
            left[at] = r < ROWS - 1 && side == 0, right[at] = r < ROWS - 1 && side == 1;
            sum += (r < 10 ? 0.2 : 0.6) * (right[at] - left[at]);
            choice[at] = r < ROWS - 1 ? NAN : dsc_stream_uniform(&random) < 1 / (1 + exp(-sum));
        }
    }
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_OK(t->ctx, dsc_table_make(t->ctx, SESSIONS, lengths, NULL, 3, names, values, &t->table));
}

static plot_series series_of(const table_test *t)
{
    return (plot_series){
        .table = t->table, .choices = dsc_table_choices(t->table, 2), .n_units = SESSIONS};
}

static void the_kernel_finds_when_clicks_count(void **state)
{
    table_test *t = *state;
    double weight[PLOT_KERNEL_BINS + 1], error[PLOT_KERNEL_BINS + 1];
    int n_rows = 0;
    make_decisions(t, 0.5);
    const plot_series s = series_of(t);
    CHECK_OK(t->ctx, plot_click_kernel_compute(t->ctx, &s, &n_rows, weight, error));
    assert_int_equal(n_rows, ROWS);
    for (int b = 0; b < PLOT_KERNEL_BINS; b++) {
        assert_true(error[b] > 0.02 && error[b] < 0.06);
        check_value("weight", weight[b], b < 5 ? 0.6 : 0.2, 4 * error[b]);
    }
    check_value("bias", weight[PLOT_KERNEL_BINS], 0.5, 4 * error[PLOT_KERNEL_BINS]);
}

static void the_curve_counts_choices_by_the_difference_of_clicks(void **state)
{
    table_test *t = *state;
    plot_click_bin bins[2 * PLOT_CLICK_BINS + 1];
    int width = 0, n = 0, zero = 0;
    double right = 0;
    make_decisions(t, 0);
    const plot_series s = series_of(t);
    for (int k = 0; k < SESSIONS; k++) {
        double difference = 0;
        for (size_t i = (size_t)k * ROWS; i < (size_t)(k + 1) * ROWS; i++)
            difference += cell(t, "right", i) - cell(t, "left", i);
        zero += difference == 0;
        right += difference == 0 && cell(t, "choice", (size_t)(k + 1) * ROWS - 1) == 1;
    }
    CHECK_OK(t->ctx, plot_psychometric_compute(t->ctx, &s, &width, bins));
    assert_int_equal(width, 1);
    for (int b = 0; b <= 2 * PLOT_CLICK_BINS; b++) n += bins[b].n;
    assert_int_equal(n, SESSIONS);
    const plot_click_bin *middle = &bins[PLOT_CLICK_BINS];
    assert_true(middle->n == zero && middle->right == right / zero && middle->difference == 0);
    assert_true(middle->interval.low < 0.5 && middle->interval.high > 0.5);
    assert_true(bins[PLOT_CLICK_BINS - 4].right < 0.3 && bins[PLOT_CLICK_BINS + 4].right > 0.7);
    width = 3;
    CHECK_OK(t->ctx, plot_psychometric_compute(t->ctx, &s, &width, bins));
    assert_true(middle->n > zero && bins[PLOT_CLICK_BINS + 8].n == 0);
}

static void predictions_and_held_out_sessions_are_asked_the_same(void **state)
{
    table_test *t = *state;
    plot_click_bin bins[2 * PLOT_CLICK_BINS + 1];
    static double log_p[2 * SESSIONS * ROWS];
    static unsigned char part[SESSIONS];
    int width = 100, n_rows = 0;
    double weight[PLOT_KERNEL_BINS + 1], error[PLOT_KERNEL_BINS + 1];
    make_decisions(t, 0);
    plot_series s = series_of(t);
    for (size_t i = 0; i < SESSIONS * ROWS; i++)
        log_p[2 * i] = log(0.7), log_p[2 * i + 1] = log(.3);
    for (int k = 0; k < SESSIONS; k++) part[k] = k % 4 ? DSC_TRAIN : DSC_HELDOUT;
    const plot_predictions judged = {
        .table = t->table, .split = {.n_sessions = SESSIONS, .heldout = part}, .any_heldout = true};
    s.log_p = log_p, s.judged = &judged;
    CHECK_OK(t->ctx, plot_psychometric_compute(t->ctx, &s, &width, bins));
    assert_int_equal(bins[PLOT_CLICK_BINS].n, SESSIONS / 4);
    check_value("prediction", bins[PLOT_CLICK_BINS].right, 0.3, 1e-12);
    CHECK_OK(t->ctx, plot_click_kernel_compute(t->ctx, &s, &n_rows, weight, error));
    check_value("no weight", weight[3], 0, 1e-3);
    check_value("bias", weight[PLOT_KERNEL_BINS], log(3. / 7), 1e-3);
}

static dsc_status compute(dsc_context *ctx, void *user)
{
    plot_click_bin bins[2 * PLOT_CLICK_BINS + 1];
    double weight[PLOT_KERNEL_BINS + 1], error[PLOT_KERNEL_BINS + 1];
    int width = 0, n_rows = 0;
    DSC_TRY(plot_psychometric_compute(ctx, user, &width, bins));
    return plot_click_kernel_compute(ctx, user, &n_rows, weight, error);
}

static void every_failing_allocation_is_survived(void **state)
{
    table_test *t = *state;
    make_decisions(t, 0);
    plot_series s = series_of(t);
    assert_true(check_every_allocation_failure(compute, &s) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(a_regression_of_two_groups_has_their_log_odds),
        TABLE_TEST(a_regression_without_a_solution_says_so),
        TABLE_TEST(the_kernel_finds_when_clicks_count),
        TABLE_TEST(the_curve_counts_choices_by_the_difference_of_clicks),
        TABLE_TEST(predictions_and_held_out_sessions_are_asked_the_same),
        TABLE_TEST(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
