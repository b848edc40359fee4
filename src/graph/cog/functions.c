// SPDX-License-Identifier: Apache-2.0
// functions.c — what can be called, and the operators: a row each.

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph/cog/cog.h"

#define TAKES cog_builder *e, const cog_expression *x, const cog_value *arg

// ---- operators ----------------------------------------------------------------------------------

static cog_value divide(TAKES)
{
    const cog_shape shape = cog_meet(e, x->at, arg[0], arg[1]);
    int exponent;
    if (arg[0].constant && arg[1].constant) return cog_folded(arg[0].number / arg[1].number, shape);
    if (arg[1].constant && fabs(frexp(arg[1].number, &exponent)) == 0.5)
        return cog_multiply(e, x->at, arg[0], cog_folded(1 / arg[1].number, arg[1].shape));
    return cog_binary(e, x->at, dsc_divide, arg[0], arg[1]);
}
static cog_value negate(TAKES)
{
    (void)x;
    return cog_negate(e, arg[0]);
}
static cog_value multiply(TAKES)
{
    return cog_multiply(e, x->at, arg[0], arg[1]);
}

static cog_value whole_power(cog_builder *e, const char *at, cog_value x, int n)
{
    if (n == 0) return cog_folded(1, x.shape);
    if (n == 1) return x;
    cog_value half = whole_power(e, at, x, n / 2);
    if (half.constant) half.number *= half.number;
    else half.node = cog_unique(e, dsc_square(e->b, half.node));
    half.is_truth = false;
    return n % 2 ? cog_multiply(e, at, half, x) : half;
}

// A constant whole exponent: by multiplication. Else of max(x, 0).
static cog_value power(TAKES)
{
    const double n = arg[1].number;
    const cog_shape shape = cog_meet(e, x->at, arg[0], arg[1]);
    if (arg[0].constant && arg[1].constant)
        return cog_folded(n == rint(n) ? pow(arg[0].number, n) : pow(fmax(arg[0].number, 0), n),
                          shape);
    if (arg[1].constant && n == rint(n) && fabs(n) <= INT_MAX) {
        const cog_value y = cog_widen(e, whole_power(e, x->at, arg[0], abs((int)n)), shape);
        return n < 0 ? divide(e, x, (cog_value[]){cog_number(1), y}) : y;
    }
    return cog_binary(e, x->at, dsc_power, arg[0], arg[1]);
}

// ---- truth: 1 or 0 ------------------------------------------------------------------------------

static cog_value truth_of(cog_value y)
{
    y.is_truth = true;
    return y;
}

static cog_value not_of(cog_builder *e, const char *at, cog_value x)
{
    if (x.constant) return cog_folded(x.number == 0, x.shape);
    if (x.is_truth) return truth_of(cog_subtract(e, at, cog_number(1), x));
    return truth_of(cog_binary(e, at, dsc_equal, x, cog_number(0)));
}

static cog_value as_truth(cog_builder *e, const char *at, cog_value x)
{
    return x.is_truth ? x : not_of(e, at, not_of(e, at, x));
}

static cog_value less(cog_builder *e, const char *at, cog_value x, cog_value w)
{
    const cog_shape shape = cog_meet(e, at, x, w);
    if (x.constant && w.constant) return cog_folded(x.number < w.number, shape);
    return truth_of(cog_binary(e, at, dsc_less, x, w));
}
static cog_value equal_to(cog_builder *e, const char *at, cog_value x, cog_value w)
{
    const cog_shape shape = cog_meet(e, at, x, w);
    if (x.constant && w.constant) return cog_folded(x.number == w.number, shape);
    return truth_of(cog_binary(e, at, dsc_equal, x, w));
}

static cog_value is_less(TAKES)
{
    return less(e, x->at, arg[0], arg[1]);
}
static cog_value is_more(TAKES)
{
    return less(e, x->at, arg[1], arg[0]);
}
static cog_value at_most(TAKES)
{
    return not_of(e, x->at, less(e, x->at, arg[1], arg[0]));
}
static cog_value at_least(TAKES)
{
    return not_of(e, x->at, less(e, x->at, arg[0], arg[1]));
}
static cog_value is_equal(TAKES)
{
    return equal_to(e, x->at, arg[0], arg[1]);
}
static cog_value is_other(TAKES)
{
    return not_of(e, x->at, equal_to(e, x->at, arg[0], arg[1]));
}
static cog_value denied(TAKES)
{
    return not_of(e, x->at, arg[0]);
}
static cog_value both(TAKES)
{
    return truth_of(cog_multiply(e, x->at, as_truth(e, x->at, arg[0]), as_truth(e, x->at, arg[1])));
}
static cog_value either(TAKES)
{
    const cog_value a = not_of(e, x->at, arg[0]), b = not_of(e, x->at, arg[1]);
    return not_of(e, x->at, truth_of(cog_multiply(e, x->at, a, b)));
}

// ---- element by element -------------------------------------------------------------------------

static cog_value unary(TAKES)
{
    const cog_function *f = x->function;
    if (arg[0].constant) return cog_folded(f->fold(arg[0].number), arg[0].shape);
    return cog_node(cog_unique(e, f->unary(e->b, arg[0].node)), arg[0].shape);
}
static double fold_logistic(double x)
{
    return 1 / (1 + exp(-x));
}
static double fold_normal_cdf(double x)
{
    return 0.5 * erfc(-x * 0.7071067811865476);
}
// Far below 0 the cdf itself is 0; there its asymptotic series (Abramowitz & Stegun 26.2.12).
static double fold_log_normal_cdf(double x)
{
    const double s = 1 / (x * x);
    if (x < -30)
        return -x * x / 2 - log(-x) - 0.9189385332046727 +
               log1p(-s * (1 - s * (3 - s * (15 - s * 105))));
    return x > 0 ? log1p(-fold_normal_cdf(-x)) : log(fold_normal_cdf(x));
}

static cog_value limited(cog_builder *e, cog_value x, double low, double high, cog_shape shape)
{
    if (x.constant) return cog_folded(fmin(high, fmax(low, x.number)), shape);
    return cog_widen(e, cog_node(cog_unique(e, dsc_clip(e->b, x.node, low, high)), x.shape), shape);
}
static cog_value minimum(TAKES)
{
    const cog_shape shape = cog_meet(e, x->at, arg[0], arg[1]);
    if (arg[1].constant) return limited(e, arg[0], -INFINITY, arg[1].number, shape);
    if (arg[0].constant) return limited(e, arg[1], -INFINITY, arg[0].number, shape);
    return cog_binary(e, x->at, dsc_minimum, arg[0], arg[1]);
}
static cog_value maximum(TAKES)
{
    const cog_shape shape = cog_meet(e, x->at, arg[0], arg[1]);
    if (arg[1].constant) return limited(e, arg[0], arg[1].number, INFINITY, shape);
    if (arg[0].constant) return limited(e, arg[1], arg[0].number, INFINITY, shape);
    return cog_binary(e, x->at, dsc_maximum, arg[0], arg[1]);
}
static cog_value clip(TAKES)
{
    if (arg[1].constant && arg[2].constant && arg[1].shape.n == 0 && arg[2].shape.n == 0) {
        if (!(arg[1].number <= arg[2].number) && !e->left_out)
            return cog_value_fail(e, x->at,
                                  "the lower limit %g of clip lies above the upper one %g",
                                  arg[1].number, arg[2].number);
        return limited(e, arg[0], arg[1].number, arg[2].number, arg[0].shape);
    }
    const cog_value low = maximum(e, x, arg);
    return minimum(e, x, (cog_value[]){low, arg[2]});
}

// ln of the normal density of x with mean m and standard deviation s
static cog_value normal_logpdf(TAKES)
{
    static const cog_function ln = {"log", 0, 1, unary, dsc_logarithm, log};
    const cog_expression at = {.at = x->at, .function = &ln};
    const cog_value miss = cog_subtract(e, x->at, arg[0], arg[1]);
    const cog_value z = divide(e, x, (cog_value[]){miss, arg[2]});
    const cog_value half = cog_multiply(e, x->at, whole_power(e, x->at, z, 2), cog_number(-0.5));
    const cog_value y = cog_subtract(e, x->at, half, unary(e, &at, &arg[2]));
    return cog_add(e, x->at, y, cog_number(-0.9189385332046728));
}

// ---- rows together ------------------------------------------------------------------------------

static cog_value reduce(cog_builder *e, cog_value x, dsc_node (*f)(dsc_builder *, dsc_node))
{
    const cog_shape scalar = {0};
    if (x.shape.n == 0) return x;
    return cog_node(cog_unique(e, f(e->b, cog_material(e, x, x.shape))), scalar);
}
static cog_value sum(TAKES)
{
    (void)x;
    if (arg[0].constant) return cog_number(arg[0].number * cog_rows(e, arg[0].shape));
    return reduce(e, arg[0], dsc_sum);
}
static cog_value mean(TAKES)
{
    const int n = cog_rows(e, arg[0].shape);
    const cog_value total = sum(e, x, arg);
    return n == 1 ? total : divide(e, x, (cog_value[]){total, cog_number(n)});
}
static cog_value largest(TAKES)
{
    (void)x;
    if (arg[0].constant) return cog_number(arg[0].number);
    return reduce(e, arg[0], dsc_largest);
}
static cog_value dot(TAKES)
{
    const cog_shape shape = cog_meet(e, x->at, arg[0], arg[1]), scalar = {0};
    if (shape.n == 0 || arg[0].constant || arg[1].constant) {
        const cog_value product = cog_multiply(e, x->at, arg[0], arg[1]);
        return sum(e, x, &product);
    }
    const dsc_node a = cog_material(e, arg[0], shape), b = cog_material(e, arg[1], shape);
    return cog_node(cog_unique(e, dsc_dot(e->b, a, b)), scalar);
}
static cog_value softmax(TAKES)
{
    if (arg[0].shape.n != 1)
        return cog_value_fail(e, x->at, "softmax takes a vector, and this is a %s",
                              arg[0].shape.n ? "table" : "single number");
    if (arg[0].constant) return cog_folded(1.0 / cog_rows(e, arg[0].shape), arg[0].shape);
    return cog_node(cog_unique(e, dsc_softmax(e->b, arg[0].node)), arg[0].shape);
}
static cog_value onehot(TAKES)
{
    const cog_shape shape = {1, {x->dimension}}, scalar = {0};
    if (arg[0].shape.n != 0)
        return cog_value_fail(e, x->at, "onehot takes a single number, and this is a vector");
    const dsc_node index = cog_material(e, arg[0], scalar);
    return truth_of(cog_node(cog_unique(e, dsc_onehot(e->b, index, cog_rows(e, shape))), shape));
}

// ---- the table ----------------------------------------------------------------------------------

#define UNARY(name, op, fold)             \
    {                                     \
        name, 0, 1, unary, dsc_##op, fold \
    }
static const cog_function functions[] = {
    UNARY("exp", exponential, exp),
    UNARY("log", logarithm, log),
    UNARY("log1p", log_one_plus, log1p),
    UNARY("expm1", exp_minus_one, expm1),
    UNARY("sqrt", square_root, sqrt),
    UNARY("abs", absolute, fabs),
    UNARY("tanh", tanh, tanh),
    UNARY("sin", sine, sin),
    UNARY("cos", cosine, cos),
    UNARY("logistic", sigmoid, fold_logistic),
    UNARY("normal_cdf", normal_cdf, fold_normal_cdf),
    UNARY("log_normal_cdf", log_normal_cdf, fold_log_normal_cdf),
    {"normal_logpdf", 0, 3, normal_logpdf, NULL, NULL},
    {"min", 0, 2, minimum, NULL, NULL},
    {"max", 0, 2, maximum, NULL, NULL},
    {"clip", 0, 3, clip, NULL, NULL},
    {"sum", 0, 1, sum, NULL, NULL},
    {"mean", 0, 1, mean, NULL, NULL},
    {"largest", 0, 1, largest, NULL, NULL},
    {"dot", 0, 2, dot, NULL, NULL},
    {"softmax", 0, 1, softmax, NULL, NULL},
    {"onehot", 0, 2, onehot, NULL, NULL},
    // + and - of two values and ? are evaluated in evaluate.c
    {NULL, '+', 2, NULL, NULL, NULL},
    {NULL, '-', 2, NULL, NULL, NULL},
    {NULL, '?', 3, NULL, NULL, NULL},
    {NULL, '-', 1, negate, NULL, NULL},
    {NULL, '*', 2, multiply, NULL, NULL},
    {NULL, '/', 2, divide, NULL, NULL},
    {NULL, '^', 2, power, NULL, NULL},
    {NULL, '<', 2, is_less, NULL, NULL},
    {NULL, '>', 2, is_more, NULL, NULL},
    {NULL, COG_SIGN_OF('<', '='), 2, at_most, NULL, NULL},
    {NULL, COG_SIGN_OF('>', '='), 2, at_least, NULL, NULL},
    {NULL, COG_SIGN_OF('=', '='), 2, is_equal, NULL, NULL},
    {NULL, COG_SIGN_OF('!', '='), 2, is_other, NULL, NULL},
    {NULL, COG_SIGN_OF('a', 'n'), 2, both, NULL, NULL},
    {NULL, COG_SIGN_OF('o', 'r'), 2, either, NULL, NULL},
    {NULL, '!', 1, denied, NULL, NULL},
};
enum { N_FUNCTIONS = sizeof functions / sizeof *functions };

const cog_function *cog_function_find(const char *name, size_t length)
{
    for (int i = 0; i < N_FUNCTIONS && functions[i].name; i++)
        if (strlen(functions[i].name) == length && memcmp(functions[i].name, name, length) == 0)
            return &functions[i];
    return NULL;
}

const cog_function *cog_operator_find(int sign, int n)
{
    for (int i = 0; i < N_FUNCTIONS; i++)
        if (functions[i].sign == sign && functions[i].n == n) return &functions[i];
    return NULL;
}

const char *cog_function_name(int i)
{
    return i < N_FUNCTIONS ? functions[i].name : NULL;
}
