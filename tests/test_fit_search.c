// SPDX-License-Identifier: Apache-2.0
// test_fit_search.c — the search behind fits: on functions whose minimum is known, then over lanes.
#include <math.h>
#include <string.h>

#include "fit/internal.h"
#include "support/check.h"

// ---- functions ----------------------------------------------------------------------------------

typedef double function(const double *x, double *g);

static double rosenbrock(const double *x, double *g)
{
    const double a = 1 - x[0], b = x[1] - x[0] * x[0];
    g[0] = -2 * a - 400 * x[0] * b;
    g[1] = 200 * b;
    return a * a + 100 * b * b;
}

// Badly scaled, correlated; its minimum without bounds is at (3, 0.02, -40).
static double valley(const double *x, double *g)
{
    const double a = x[0] - 3, b = 100 * (x[1] - 0.02), c = (x[2] + 40) / 10;
    g[0] = 2 * a + b;
    g[1] = (2 * b + a + c) * 100;
    g[2] = (2 * c + b) / 10;
    return a * a + b * b + c * c + a * b + b * c;
}

// Not convex: -ln of two bumps; and a plateau of value 0 where x is far.
static double bumps(const double *x, double *g)
{
    const double u = x[0] - 1, v = x[0] + 2, p = exp(-u * u), q = exp(-v * v) / 2;
    g[0] = 2 * u * p + 2 * v * q;
    return -p - q;
}

// Not finite beyond 2.
static double cliff(const double *x, double *g)
{
    g[0] = exp(x[0] - 1.9) - 1;
    return x[0] > 2 ? NAN : exp(x[0] - 1.9) - x[0];
}

static search_space space(int n)
{
    search_space w = {.n = n, .tolerance = 1e-9, .most_rounds = 500};
    for (int i = 0; i < n; i++) w.lowest[i] = -INFINITY, w.highest[i] = INFINITY, w.scale[i] = 1;
    return w;
}

static search run(const search_space *w, function *fn, const double *x0, double *x)
{
    search s;
    double block[FIT_MOST * (FIT_MOST + 4)], g[FIT_MOST];
    search_begin(w, &s, block, x0);
    while (s.state == SEARCH_RUNNING || (s.state == SEARCH_CONVERGED && !s.refined)) {
        if (s.state == SEARCH_CONVERGED) search_refine(w, &s, block);
        if (s.state != SEARCH_RUNNING) break;
        for (int i = 0; i < w->n; i++) {
            assert_true(search_trial(w, block)[i] >= w->lowest[i]);
            assert_true(search_trial(w, block)[i] <= w->highest[i]);
        }
        const double f = fn(search_trial(w, block), g);
        search_take(w, &s, block, f, g);
    }
    memcpy(x, search_x(w, block), (size_t)w->n * sizeof *x);
    return s;
}

static void assert_near(double x, double y, double tolerance)
{
    if (!(fabs(x - y) <= tolerance)) fail_msg("%.12g is not %.12g", x, y);
}

static void the_minimum_of_a_curved_valley_is_found(void **state)
{
    (void)state;
    const search_space w = space(2);
    double x[2];
    const search s = run(&w, rosenbrock, (const double[]){-1.2, 1}, x);
    assert_int_equal(s.state, SEARCH_CONVERGED);
    assert_near(x[0], 1, 1e-7);
    assert_near(x[1], 1, 1e-7);
    assert_true(s.rounds < 80);
}

static void scales_that_are_known_cost_no_rounds(void **state)
{
    (void)state;
    search_space w = space(3);
    double x[3];
    w.scale[0] = 3, w.scale[1] = 0.03, w.scale[2] = 30;
    const search s = run(&w, valley, (const double[]){0, 0, 0}, x);
    assert_int_equal(s.state, SEARCH_CONVERGED);
    assert_near(x[0], 3, 1e-6);
    assert_near(x[1], 0.02, 1e-8);
    assert_near(x[2], -40, 1e-5);
    assert_true(s.rounds < 30);
}

// With x1 <= 0.01 and x2 <= -41 the other parameter moves: minimise over x0 given those.
static void a_minimum_on_bounds_is_reached_exactly(void **state)
{
    (void)state;
    search_space w = space(3);
    double x[3];
    w.scale[0] = 3, w.scale[1] = 0.03, w.scale[2] = 30;
    w.highest[1] = 0.01;
    w.lowest[2] = -39;
    const search s = run(&w, valley, (const double[]){0, 0, 0}, x);
    assert_int_equal(s.state, SEARCH_CONVERGED);
    assert_true(x[1] == 0.01);
    assert_near(x[0], 3.5, 1e-6);
    assert_near(x[2], -35, 1e-5);
    w.lowest[0] = 4;
    run(&w, valley, (const double[]){5, 0, 0}, x);
    assert_true(x[0] == 4);
    assert_true(x[1] == 0.01);
}

static void values_that_are_not_finite_are_stepped_back_from(void **state)
{
    (void)state;
    search_space w = space(1);
    double x;
    w.scale[0] = 4;
    assert_int_equal(run(&w, cliff, (const double[]){-3}, &x).state, SEARCH_CONVERGED);
    assert_near(x, 1.9, 1e-8);
    assert_int_equal(run(&w, cliff, (const double[]){3}, &x).state, SEARCH_INFINITE);
}

static void a_plateau_is_told_from_a_minimum(void **state)
{
    (void)state;
    search_space w = space(1);
    double x;
    assert_int_equal(run(&w, bumps, (const double[]){40}, &x).state, SEARCH_FLAT);
    assert_int_equal(run(&w, bumps, (const double[]){2.2}, &x).state, SEARCH_CONVERGED);
    assert_near(x, 0.9998, 1e-3);
    w.most_rounds = 3;
    assert_int_equal(run(&w, bumps, (const double[]){2.9}, &x).state, SEARCH_EXHAUSTED);
}

// ---- the box ------------------------------------------------------------------------------------

// Of random convex models no point of a fine grid is better.
static void the_model_is_minimised_within_its_box(void **state)
{
    (void)state;
    dsc_stream r = dsc_stream_start(3, DSC_FOR_TASK, 0, 0, 0);
    for (int k = 0; k < 200; k++) {
        double a[9], B[9] = {0}, g[3], low[3], high[3], p[3], best = 0;
        for (int i = 0; i < 9; i++) a[i] = dsc_stream_normal(&r);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++)
                for (int m = 0; m < 3; m++) B[i * 3 + j] += a[i * 3 + m] * a[j * 3 + m];
            B[i * 3 + i] += 0.01;
            g[i] = dsc_stream_normal(&r);
            low[i] = dsc_stream_below(&r, 3) * -0.3;
            high[i] = dsc_stream_below(&r, 3) * 0.3;
        }
        const double fall = box_minimise(3, B, g, low, high, p);
        for (int n = 0; n < 11 * 11 * 11; n++) {
            const int at[3] = {n % 11, n / 11 % 11, n / 121};
            double x[3], f = 0;
            for (int i = 0; i < 3; i++) x[i] = low[i] + (high[i] - low[i]) * at[i] / 10;
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++)
                    f += (i == j) * g[i] * x[i] + x[i] * B[i * 3 + j] * x[j] / 2;
            best = fmin(best, f);
        }
        for (int i = 0; i < 3; i++) assert_true(p[i] >= low[i] && p[i] <= high[i]);
        assert_true(-fall <= best + 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_minimum_of_a_curved_valley_is_found),
        cmocka_unit_test(scales_that_are_known_cost_no_rounds),
        cmocka_unit_test(a_minimum_on_bounds_is_reached_exactly),
        cmocka_unit_test(values_that_are_not_finite_are_stepped_back_from),
        cmocka_unit_test(a_plateau_is_told_from_a_minimum),
        cmocka_unit_test(the_model_is_minimised_within_its_box),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
