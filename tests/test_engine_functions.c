// SPDX-License-Identifier: Apache-2.0
// test_engine_functions.c — the vector functions of lane.h against the C library in long double,
// through cells of one op. Errors are in units in the last place of the result (of denormals: their
// spacing).
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/rig.h"

static dsc_context *ctx;

static int set_up(void **state)
{
    (void)state;
    return dsc_context_create(NULL, &ctx);
}

static int tear_down(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    return 0;
}

static long double sigmoidl(long double x)
{
    return 1 / (1 + expl(-x));
}

static long double lower_taill(long double x)
{
    return erfcl(-x / sqrtl(2)) / 2;
}
static long double log_normal_cdfl(long double x)
{
    return x > 0 ? log1pl(-lower_taill(-x)) : logl(lower_taill(x));
}

// the cost of the first of two options, whose logits are 0 and x
static dsc_node cost_of_first(dsc_builder *b, dsc_node x)
{
    const dsc_node zero = dsc_constant(b, 1, &(double){0});
    return dsc_cross_entropy(b, dsc_concat(b, zero, x), zero);
}
static long double cost_of_firstl(long double x)
{
    return log1pl(expl(x));
}

// A function and where its stated error holds, in single and in double precision.
typedef struct function {
    const char *name;
    dsc_node (*op)(dsc_builder *b, dsc_node x);
    long double (*exact)(long double x);
    double ulps; // the bound of lane.h; 0: an absolute one
    double absolute[2];
    double low[2], high[2];
} function;
static const function functions[] = {
    {"exp", dsc_exponential, expl, 1.5, {0}, {-103.9, -745.1}, {88.72, 709.78}},
    {"expm1", dsc_exp_minus_one, expm1l, 2, {0}, {-200, -2000}, {88.72, 709.78}},
    {"log", dsc_logarithm, logl, 2, {0}, {1e-45, 5e-324}, {FLT_MAX, DBL_MAX}},
    {"log1p",
     dsc_log_one_plus,
     log1pl,
     3,
     {0},
     {-0.9999999, -0.9999999999999999},
     {FLT_MAX, DBL_MAX}},
    {"tanh", dsc_tanh, tanhl, 3, {0}, {-1e30, -1e300}, {1e30, 1e300}},
    {"sigmoid", dsc_sigmoid, sigmoidl, 3, {0}, {-85, -700}, {1e30, 1e300}},
    {"sin", dsc_sine, sinl, 0, {1e-7, 2e-16}, {-1e4, -1e6}, {1e4, 1e6}},
    {"cos", dsc_cosine, cosl, 0, {1e-7, 2e-16}, {-1e4, -1e6}, {1e4, 1e6}},
    {"normal_cdf", dsc_normal_cdf, lower_taill, 8, {0}, {-12.9, -37.5}, {40, 40}},
    {"log_normal_cdf", dsc_log_normal_cdf, log_normal_cdfl, 8, {0}, {-100, -100}, {12.9, 37.5}},
    {"cost", cost_of_first, cost_of_firstl, 0, {3e-7, 5e-16}, {-1e30, -1e300}, {2, 2}},
};
enum { N_FUNCTIONS = sizeof functions / sizeof functions[0], SESSIONS = 64, TRIALS = 1000 };
enum { POINTS = SESSIONS * TRIALS };

static const char *const precisions[] = {"single", "double"};

// ---- running a function -------------------------------------------------------------------------

static void evaluate(const function *f, const dsc_engine *e, const double *x, double *y)
{
    static const char *const recorded[] = {"y"};
    rig_session session[SESSIONS];
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    rig r;
    CHECK_OK(ctx, dsc_cell_begin(ctx, f->name, &b));
    dsc_output(b, "y", f->op(b, dsc_input_one(b, "x")));
    CHECK_OK(ctx, dsc_cell_end(b, &cell));
    for (int i = 0; i < SESSIONS; i++)
        session[i] = (rig_session){.n_trials = TRIALS, .x = x + i * TRIALS, .multiplicity = 1};
    const rig_options o = {.engine = e,
                           .n_sessions = SESSIONS,
                           .session = session,
                           .n_recorded = 1,
                           .recorded = recorded};
    CHECK_OK(ctx, rig_create(ctx, cell, &o, &r));
    CHECK_OK(ctx, rig_forward(&r, NULL, (dsc_noise_seed){0}, NULL, y));
    rig_destroy(&r);
    dsc_cell_destroy(&cell);
}

// ---- points: the ends, evenly, near 0, and over all magnitudes ----------------------------------

static double of_precision(double x, int p)
{
    return p == 0 ? (double)(float)x : x;
}

static double random_point(const function *f, int p, int i, dsc_stream *s)
{
    const double u = dsc_stream_uniform(s), low = fmax(f->low[p], -1000),
                 high = fmin(f->high[p], 1000);
    const double smallest = p == 0 ? -149 : -1074, largest = p == 0 ? 127 : 1023;
    if (i % 4 == 0) return low + (high - low) * u;
    if (i % 4 == 1) return fmax(low, -2) + (fmin(high, 2) - fmax(low, -2)) * u;
    const double exponent = i % 4 == 2 ? smallest + (largest - smallest) * u : -20 + 30 * u;
    return exp2(exponent) * (dsc_stream_below(s, 2) ? 1 : -1);
}

static void choose_points(const function *f, int p, double *x)
{
    dsc_stream s = dsc_stream_start(9, DSC_FOR_TASK, 0, 0, 0);
    for (int i = 0; i < POINTS; i++) {
        x[i] = of_precision(random_point(f, p, i, &s), p);
        while (!(x[i] >= f->low[p] && x[i] <= f->high[p]))
            x[i] = of_precision(random_point(f, p, 4 * i, &s), p);
    }
    x[0] = of_precision(f->low[p], p);
    x[1] = of_precision(f->high[p], p);
}

// ---- errors -------------------------------------------------------------------------------------

static long double ulp_of(long double value, int p)
{
    int exponent;
    const int digits = p == 0 ? FLT_MANT_DIG : DBL_MANT_DIG, least = p == 0 ? -149 : -1074;
    frexpl(value, &exponent);
    return ldexpl(1, exponent - digits > least ? exponent - digits : least);
}

static double error_of(const function *f, int p, double x, double y)
{
    const long double exact = f->exact((long double)x);
    const long double error = fabsl((long double)y - exact);
    if (f->ulps == 0) return (double)(error / (long double)f->absolute[p]);
    return (double)(error / ulp_of(exact, p) / (long double)f->ulps);
}

// The largest share of the bound.
static double largest_error(const function *f, int p, const double *x, const double *y, int *at)
{
    double largest = 0;
    for (int i = 0; i < POINTS; i++) {
        const double e = error_of(f, p, x[i], y[i]);
        if (e <= largest) continue;
        largest = e;
        *at = i;
    }
    return largest;
}

static void check_function(const function *f, int p, const dsc_engine *e)
{
    double *x = calloc(POINTS, sizeof *x), *y = calloc(POINTS, sizeof *y);
    int at = 0;
    choose_points(f, p, x);
    evaluate(f, e, x, y);
    const double share = largest_error(f, p, x, y, &at);
    if (f->ulps > 0) print_message("%-8s %s: %.2f ulp\n", f->name, precisions[p], share * f->ulps);
    else print_message("%-8s %s: %.2g\n", f->name, precisions[p], share * f->absolute[p]);
    if (!(share <= 1))
        fail_msg("%s(%.17g) = %.17g instead of %.17Lg: %.2f of its stated error, %s", f->name,
                 x[at], y[at], f->exact((long double)x[at]), share, precisions[p]);
    free(x);
    free(y);
}

static void errors_are_within_what_is_stated(void **state)
{
    (void)state;
    for (int i = 0; i < N_FUNCTIONS; i++)
        for (int p = 0; p < 2; p++)
            check_function(&functions[i], p, rig_engine("lanes", "scalar", precisions[p]));
}

static void oracle_is_as_good(void **state)
{
    (void)state;
    for (int i = 0; i < N_FUNCTIONS; i++)
        if (functions[i].ulps > 0) check_function(&functions[i], 1, rig_engine("ref", NULL, NULL));
}

// ---- the same bits ------------------------------------------------------------------------------

static void check_bits(const function *f, int p, const double *x, const double *wanted)
{
    static const char *const isas[] = {"avx2", "avx512", "neon"};
    double *y = calloc(POINTS, sizeof *y);
    for (int k = 0; k < 3; k++) {
        const dsc_engine *e = rig_engine("lanes", isas[k], precisions[p]);
        if (!e) continue;
        evaluate(f, e, x, y);
        for (int i = 0; i < POINTS; i++)
            if (memcmp(&y[i], &wanted[i], sizeof *y) != 0 && !(isnan(y[i]) && isnan(wanted[i])))
                fail_msg("%s(%.17g): %s %s gives %.17g, scalar %.17g", f->name, x[i], isas[k],
                         precisions[p], y[i], wanted[i]);
    }
    free(y);
}

static void instruction_sets_give_the_same_bits_everywhere(void **state)
{
    (void)state;
    double *x = calloc(POINTS, sizeof *x), *y = calloc(POINTS, sizeof *y);
    const double special[] = {0,     -0.0, INFINITY, -INFINITY, NAN, 1e-45, -1e-45, 1e38,
                              -1e38, -1,   89,       -104,      710, -746,  1e300,  -1e300};
    for (int i = 0; i < N_FUNCTIONS; i++)
        for (int p = 0; p < 2; p++) {
            choose_points(&functions[i], p, x);
            // rounding to a quadrant needs a number of moderate size
            for (int k = 0; k < 16 && functions[i].ulps > 0; k++) x[k] = special[k];
            evaluate(&functions[i], rig_engine("lanes", "scalar", precisions[p]), x, y);
            check_bits(&functions[i], p, x, y);
        }
    free(x);
    free(y);
}

// ---- special values -----------------------------------------------------------------------------

typedef struct special_value {
    int function;
    double x, y;
} special_value;
enum { EXP, EXPM1, LOG, LOG1P, TANH, SIGMOID, SIN, COS, NORMAL_CDF, LOG_NORMAL_CDF, COST };
static const special_value specials[] = {
    {EXP, 0, 1},
    {EXP, -0.0, 1},
    {EXP, INFINITY, INFINITY},
    {EXP, -INFINITY, 0},
    {EXP, 1e4, INFINITY},
    {EXP, -1e4, 0},
    {EXP, NAN, NAN},
    {EXPM1, 0, 0},
    {EXPM1, -0.0, -0.0},
    {EXPM1, INFINITY, INFINITY},
    {EXPM1, -INFINITY, -1},
    {EXPM1, 1e4, INFINITY},
    {EXPM1, NAN, NAN},
    {LOG, 1, 0},
    {LOG, 0, -INFINITY},
    {LOG, -0.0, -INFINITY},
    {LOG, INFINITY, INFINITY},
    {LOG, -1, NAN},
    {LOG, -INFINITY, NAN},
    {LOG, NAN, NAN},
    {LOG1P, 0, 0},
    {LOG1P, -0.0, -0.0},
    {LOG1P, -1, -INFINITY},
    {LOG1P, -2, NAN},
    {LOG1P, INFINITY, INFINITY},
    {LOG1P, NAN, NAN},
    {TANH, 0, 0},
    {TANH, -0.0, -0.0},
    {TANH, INFINITY, 1},
    {TANH, -INFINITY, -1},
    {TANH, NAN, NAN},
    {SIGMOID, 0, 0.5},
    {SIGMOID, INFINITY, 1},
    {SIGMOID, NAN, NAN},
    {SIN, 0, 0},
    {COS, 0, 1},
    {NORMAL_CDF, 0, 0.5},
    {NORMAL_CDF, -1e4, 0},
    {NORMAL_CDF, -INFINITY, 0},
    {NORMAL_CDF, INFINITY, 1},
    {NORMAL_CDF, NAN, NAN},
    {LOG_NORMAL_CDF, -INFINITY, -INFINITY},
    {LOG_NORMAL_CDF, INFINITY, -0.0},
    {LOG_NORMAL_CDF, NAN, NAN},
    {COST, -INFINITY, 0},
    {COST, INFINITY, INFINITY},
    {COST, NAN, NAN},
};
enum { N_SPECIALS = sizeof specials / sizeof specials[0] };

static bool same(double a, double b)
{
    return isnan(b) ? isnan(a) : a == b && signbit(a) == signbit(b);
}

static void check_specials(int p, const char *name, const char *isa)
{
    double *x = calloc(POINTS, sizeof *x), *y = calloc(POINTS, sizeof *y);
    for (int k = 0; k < N_SPECIALS; k++) {
        const special_value *v = &specials[k];
        for (int i = 0; i < POINTS; i++) x[i] = v->x;
        evaluate(&functions[v->function], rig_engine(name, isa, precisions[p]), x, y);
        if (!same(y[5], v->y))
            fail_msg("%s(%g) = %g instead of %g, %s %s", functions[v->function].name, v->x, y[5],
                     v->y, name, precisions[p]);
    }
    free(x);
    free(y);
}

static void special_values_come_out_right(void **state)
{
    (void)state;
    check_specials(0, "lanes", "scalar");
    check_specials(1, "lanes", "scalar");
    check_specials(1, "ref", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_within_what_is_stated),
        cmocka_unit_test(oracle_is_as_good),
        cmocka_unit_test(instruction_sets_give_the_same_bits_everywhere),
        cmocka_unit_test(special_values_come_out_right),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
