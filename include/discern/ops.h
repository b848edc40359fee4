/* SPDX-License-Identifier: Apache-2.0
 * ops.h — the list of operations; included by graph.h, where every row declares its builder
 * function
 * `dsc_node dsc_NAME(dsc_builder *b, dsc_node x, ...)`. An operation is one row here and one
 * section (forward and backward) in src/engine/kernels.c; shape inference, differentiation,
 * printing, the engines and the tests all walk this list.
 *
 *   DSC_UNARY(name, needs, formula)           y = f(x), element by element
 *   DSC_BINARY(name, needs, formula)          y = f(x, w), element by element; a 1-row operand is
 * repeated
 *   DSC_REDUCE1 / DSC_REDUCE2(name, ...)      all rows to 1 row
 *   DSC_ROWS(name, ...)                       row vector to row vector of the same size
 *   DSC_SPECIAL(name, arity, needs, formula)  has its own builder function in graph.h
 * needs: what the backward reads: X the inputs, Y the output, XY both, NONE neither, XS the inputs
 * and what the forward saved for it, X0 the first operand only, X1 the second, X01 both of them. */
#if !defined(DSC_UNARY) && !defined(DISCERN_OPS_H)
#define DISCERN_OPS_H
#include "discern/graph.h"
#define DSC_OPS_DECLARE
#define DSC_UNARY(name, needs, formula) dsc_node dsc_##name(dsc_builder *b, dsc_node x);
#define DSC_BINARY(name, needs, formula) \
    dsc_node dsc_##name(dsc_builder *b, dsc_node x, dsc_node w);
#define DSC_REDUCE1(name, needs, formula) dsc_node dsc_##name(dsc_builder *b, dsc_node x);
#define DSC_REDUCE2(name, needs, formula) \
    dsc_node dsc_##name(dsc_builder *b, dsc_node x, dsc_node w);
#define DSC_ROWS(name, needs, formula) dsc_node dsc_##name(dsc_builder *b, dsc_node x);
#define DSC_SPECIAL(name, arity, needs, formula)
#endif
#ifdef DSC_UNARY

/* arithmetic */
DSC_UNARY(negate, NONE, "-x")
DSC_UNARY(absolute, X, "|x|, derivative 0 at 0")
DSC_UNARY(square, X, "x^2")
DSC_UNARY(square_root, Y, "sqrt x")
DSC_UNARY(exponential, Y, "exp x")
DSC_UNARY(logarithm, X, "ln x")
DSC_UNARY(log_one_plus, X, "ln(1 + x)")
DSC_UNARY(exp_minus_one, Y, "exp x - 1")
DSC_UNARY(sine, X, "sin x")
DSC_UNARY(cosine, X, "cos x")
DSC_UNARY(one_minus, NONE, "1 - x")
DSC_UNARY(stop_gradient, NONE, "x, derivative 0")
DSC_BINARY(add, NONE, "x + w")
DSC_BINARY(subtract, NONE, "x - w")
DSC_BINARY(multiply, X, "x w")
DSC_BINARY(divide, XY, "x / w")
DSC_BINARY(power, XY, "max(x, 0)^w, derivative 0 at x <= 0; 0^0 is 1")
DSC_BINARY(minimum, X, "min(x, w), derivative to x where equal")
DSC_BINARY(maximum, X, "max(x, w), derivative to x where equal")
DSC_BINARY(less, NONE, "1 if x < w else 0, derivative 0")
DSC_BINARY(equal, NONE, "1 if x = w else 0, derivative 0")

/* activations */
DSC_UNARY(relu, Y, "max(x, 0), derivative 0 at 0")
DSC_UNARY(relu6, Y, "min(max(x, 0), 6), derivative 0 at both ends")
DSC_UNARY(leaky_relu, X, "x if x >= 0 else 0.01 x")
DSC_UNARY(elu, XY, "x if x > 0 else exp x - 1")
DSC_UNARY(celu, XY, "x if x > 0 else exp x - 1")
DSC_UNARY(selu, XY, "1.0507 (x if x > 0 else 1.6733 (exp x - 1))")
DSC_UNARY(gelu, X, "x/2 (1 + tanh(0.79788 (x + 0.044715 x^3)))")
DSC_UNARY(sigmoid, Y, "1 / (1 + exp -x)")
DSC_UNARY(tanh, Y, "tanh x")
DSC_UNARY(softplus, X, "ln(1 + exp x)")
DSC_UNARY(soft_sign, X, "x / (1 + |x|)")
DSC_UNARY(silu, X, "x sigmoid(x)")
DSC_UNARY(mish, X, "x tanh(softplus x)")
DSC_UNARY(log_sigmoid, X, "-softplus(-x)")
DSC_UNARY(hard_tanh, X, "min(max(x, -1), 1), derivative 1 at both ends")
DSC_UNARY(hard_sigmoid, X, "relu6(x + 3) / 6")
DSC_UNARY(hard_silu, X, "x relu6(x + 3) / 6")
DSC_UNARY(normal_cdf, X, "probability of a standard normal below x")
DSC_UNARY(log_normal_cdf, X, "its logarithm")
DSC_UNARY(squareplus, XY, "(x + sqrt(x^2 + 4)) / 2")

/* rows together */
DSC_REDUCE1(sum, NONE, "sum of x over rows")
DSC_REDUCE2(dot, X, "sum of x w over rows")
DSC_REDUCE1(largest, X, "largest of x, derivative to the first of the largest")
DSC_ROWS(softmax, Y, "exp x / sum exp x")
DSC_ROWS(log_softmax, Y, "x - ln sum exp x")

/* with their own builder functions */
DSC_SPECIAL(select, 3, X0, "x where the mask is not 0, else w")
DSC_SPECIAL(cross_entropy, 2, XS,
            "-ln softmax(x)[label]; 0 where the label is outside 0 ... rows-1")
DSC_SPECIAL(mix, 3, X, "(1 - z) h + z a")
DSC_SPECIAL(multiply_add, 3, X01, "x w + c")
DSC_SPECIAL(dense, 3, X, "c + x W")
DSC_SPECIAL(residual_leaky, 3, XS, "x + leaky_relu(c + x W)")
DSC_SPECIAL(pick, 1, NONE, "rows of x by index")
DSC_SPECIAL(scaled_pick, 2, X, "rows of x by index, times w")
DSC_SPECIAL(noisy_channel, 3, X, "x + s e, below it the sum of a x^2; w is s above a")
DSC_SPECIAL(concat, 2, NONE, "x above w")
DSC_SPECIAL(scale, 1, NONE, "a x")
DSC_SPECIAL(offset, 1, NONE, "x + a")
DSC_SPECIAL(clip, 1, X, "x limited to [low, high]")
DSC_SPECIAL(onehot, 1, NONE, "1 in the row of the label, else 0")
DSC_SPECIAL(take, 2, X1, "the rows of x that the index names; 0 where it names none")
DSC_SPECIAL(gate, 3, X0, "x where the 1-row mask is above a, else w")
DSC_SPECIAL(place, 3, X1, "x, with w in the rows that the index names")
DSC_SPECIAL(normal, 0, NONE, "standard normal noise")
DSC_SPECIAL(uniform, 0, NONE, "uniform noise in (0, 1)")

#undef DSC_UNARY
#undef DSC_BINARY
#undef DSC_REDUCE1
#undef DSC_REDUCE2
#undef DSC_ROWS
#undef DSC_SPECIAL
#endif
