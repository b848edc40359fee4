// SPDX-License-Identifier: Apache-2.0
// test_plot_decoding.c — what can be read from latents: lines, smooth functions, changes, judged by
// trials that were not fitted.
#include <math.h>
#include <string.h>

#include "plot/decoding.h"
#include "support/tables.h"

enum { N = 4000, SESSION = 50 };

typedef struct made {
    double x[2 * N], y[N], decoded[N];
    bool learn[N], judge[N], begins[N];
    plot_decoder q;
} made;

// Two latents that wander; the first half of the sessions learns, the second judges.
static made *make(void)
{
    static made m;
    dsc_stream random = dsc_stream_start(3, DSC_FOR_TASK, 0, 0, 0);
    memset(&m, 0, sizeof m);
    for (int i = 0; i < N; i++) {
        m.begins[i] = i % SESSION == 0;
        m.learn[i] = i < N / 2, m.judge[i] = !m.learn[i];
        for (int k = 0; k < 2; k++)
            m.x[2 * i + k] =
                (m.begins[i] ? 0 : 0.8 * m.x[2 * (i - 1) + k]) + dsc_stream_uniform(&random) - 0.5;
    }
    m.q = (plot_decoder){N, 2, m.x, m.y, m.learn, m.judge, m.begins};
    return &m;
}

static plot_decoded decode(table_test *t, made *m)
{
    plot_decoded d;
    CHECK_OK(t->ctx, plot_decode(t->ctx, &m->q, m->decoded, &d));
    return d;
}

static void a_line_is_read_as_a_line(void **state)
{
    made *m = make();
    for (int i = 0; i < N; i++) m->y[i] = 7 - 2 * m->x[2 * i] + 0.5 * m->x[2 * i + 1];
    const plot_decoded d = decode(*state, m);
    check_value("line", d.line, 1, 1e-9);
    check_value("curve", d.curve, 1, 1e-9);
    check_value("changes", d.change_error, 0, 1e-4);
    check_value("a value", m->decoded[N - 1], m->y[N - 1], 1e-5);
}

static void what_is_bent_needs_the_smooth_function(void **state)
{
    made *m = make();
    for (int i = 0; i < N; i++) m->y[i] = m->x[2 * i] * m->x[2 * i + 1];
    const plot_decoded d = decode(*state, m);
    assert_true(d.line < 0.1);
    check_value("curve", d.curve, 1, 1e-9);
    check_value("changes", d.change_error, 0, 1e-4);
    for (int i = 0; i < N; i++) m->y[i] = pow(m->x[2 * i], 5) * pow(m->x[2 * i + 1], 2);
    check_value("seventh degree", decode(*state, m).curve, 1, 1e-6);
    for (int i = 0; i < N; i++) m->y[i] = tanh(2 * m->x[2 * i]);
    assert_true(decode(*state, m).curve > 0.995);
}

static void what_latents_do_not_hold_is_not_read(void **state)
{
    made *m = make();
    dsc_stream random = dsc_stream_start(4, DSC_FOR_TASK, 0, 0, 0);
    for (int i = 0; i < N; i++) m->y[i] = dsc_stream_uniform(&random);
    const plot_decoded d = decode(*state, m);
    assert_true(d.line < 0.02 && d.curve < 0.02);
    assert_true(d.change_error > 0.95);
}

// y = x + e: R2 lacks the share of e; changes are off by those of e.
static void noise_lowers_what_is_read_by_its_share(void **state)
{
    made *m = make();
    dsc_stream random = dsc_stream_start(5, DSC_FOR_TASK, 0, 0, 0);
    double signal = 0, noise = 0, change = 0, error = 0, before = 0;
    for (int i = 0; i < N; i++) {
        const double e = 0.5 * (dsc_stream_uniform(&random) - 0.5);
        m->y[i] = m->x[2 * i] + e;
        if (m->judge[i]) signal += m->y[i] * m->y[i], noise += e * e;
        if (m->judge[i] && !m->begins[i]) {
            change += (m->y[i] - m->y[i - 1]) * (m->y[i] - m->y[i - 1]);
            error += (e - before) * (e - before);
        }
        before = e;
    }
    const plot_decoded d = decode(*state, m);
    check_value("line", d.line, 1 - noise / signal, 5e-3);
    check_value("changes", d.change_error, sqrt(error / change), 2e-2);
}

static void trials_that_do_not_judge_do_not_count(void **state)
{
    made *m = make();
    for (int i = 0; i < N; i++) m->y[i] = i < N / 2 || i % SESSION ? m->x[2 * i] : 1000;
    for (int i = 0; i < N; i++)
        if (m->y[i] == 1000) m->judge[i] = false;
    check_value("line", decode(*state, m).line, 1, 1e-9);
    for (int i = 0; i < N; i++) m->learn[i] = m->learn[i] && m->begins[i] && i > N; // none
    m->learn[0] = true;
    assert_true(decode(*state, m).curve < 0.5);
}

// The first trial of every session that judges is 5 too high: one change is wrong, not two.
static void changes_are_those_within_sessions(void **state)
{
    made *m = make();
    double change = 0, error = 0;
    for (int i = 0; i < N; i++) m->y[i] = m->x[2 * i] + (m->judge[i] && m->begins[i] ? 5 : 0);
    for (int i = 1; i < N; i++) {
        if (!m->judge[i] || m->begins[i]) continue;
        change += (m->y[i] - m->y[i - 1]) * (m->y[i] - m->y[i - 1]);
        error += m->begins[i - 1] ? 25 : 0;
    }
    check_value("changes", decode(*state, m).change_error, sqrt(error / change), 1e-4);
}

static void latents_that_are_one_leave_a_solution(void **state)
{
    made *m = make();
    for (int i = 0; i < N; i++) m->x[2 * i + 1] = m->x[2 * i], m->y[i] = m->x[2 * i];
    const plot_decoded d = decode(*state, m);
    assert_true(isnan(d.line) || d.line > 1 - 1e-6);
}

static dsc_status compute(dsc_context *ctx, void *user)
{
    made *m = user;
    plot_decoded d;
    return plot_decode(ctx, &m->q, m->decoded, &d);
}
static void a_failing_allocation_is_survived(void **state)
{
    (void)state;
    assert_true(check_every_allocation_failure(compute, make()) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(a_line_is_read_as_a_line),
        TABLE_TEST(what_is_bent_needs_the_smooth_function),
        TABLE_TEST(what_latents_do_not_hold_is_not_read),
        TABLE_TEST(noise_lowers_what_is_read_by_its_share),
        TABLE_TEST(trials_that_do_not_judge_do_not_count),
        TABLE_TEST(changes_are_those_within_sessions),
        TABLE_TEST(latents_that_are_one_leave_a_solution),
        TABLE_TEST(a_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
