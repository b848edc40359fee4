// SPDX-License-Identifier: Apache-2.0
// kernels.c — the op library: every op's forward and backward side by side, written once and
// compiled for each precision and instruction set (see lane.h). A value is [rows][lanes]; backwards
// add into dx. Rows of an op here and its row in ops.h belong together; the tables at the end are
// made from that list.

#include "engine/lane.h"

#include "engine/kernel.h"
#include "graph/cell.h"

#define K(c)   v_set((real)(c))
#define INLINE static inline __attribute__((always_inline))

static int vectors(const op_call *restrict o)
{
    return o->k->rows * o->k->lanes / V;
}
static bool is_fresh(const op_call *restrict o, int i)
{
    return o->k->fresh >> i & 1;
}
// for backwards that add here and there: makes fresh gradients 0
static void clear_fresh(const op_call *restrict o)
{
    for (int i = 0; i < 3; i++)
        if (is_fresh(o, i))
            memset(o->dx[i], 0, sizeof(real) * (size_t)(o->k->in_rows[i] * o->k->lanes));
}

// 0 + v rather than v, so that it does not matter for the bits whether a gradient was fresh or 0
#define ADD_TO(dx, fresh, v) (dx) = ((fresh) ? K(0) : (dx)) + (v)

#define UNARY_BACKWARD(name, derivative)                   \
    static void name##_backward(const op_call *restrict o) \
    {                                                      \
        const vec *X = o->x[0], *Y = o->y, *DY = o->dy;    \
        vec *DX = o->dx[0];                                \
        const bool fresh = is_fresh(o, 0);                 \
        for (int i = 0, n = vectors(o); i < n; i++) {      \
            vec x = X[i], y = Y[i], dy = DY[i];            \
            (void)x, (void)y;                              \
            ADD_TO(DX[i], fresh, derivative);              \
        }                                                  \
    }
#define UNARY(name, value, derivative)                    \
    static void name##_forward(const op_call *restrict o) \
    {                                                     \
        const vec *X = o->x[0];                           \
        vec *Y = o->y;                                    \
        for (int i = 0, n = vectors(o); i < n; i++) {     \
            vec x = X[i];                                 \
            Y[i] = (value);                               \
        }                                                 \
    }                                                     \
    UNARY_BACKWARD(name, derivative)
// the same, for a function of several vectors at once
#define UNARY_EACH(name, derivative)                             \
    static void name##_forward(const op_call *restrict o)        \
    {                                                            \
        const vec *X = o->x[0];                                  \
        vec *Y = o->y;                                           \
        int i = 0, n = vectors(o);                               \
        for (; i + 4 <= n; i += 4) name##_each(X + i, Y + i, 4); \
        for (; i < n; i++) name##_each(X + i, Y + i, 1);         \
    }                                                            \
    UNARY_BACKWARD(name, derivative)

#define BINARY_FORWARD(name, value)                       \
    static void name##_forward(const op_call *restrict o) \
    {                                                     \
        const vec *X = o->x[0], *W = o->x[1];             \
        vec *Y = o->y;                                    \
        for (int i = 0, n = vectors(o); i < n; i++) {     \
            vec x = X[i], w = W[i];                       \
            Y[i] = (value);                               \
        }                                                 \
    }
#define OPERAND_BACKWARD(which, derivative)                          \
    for (int i = 0, n = o->dx[which] ? vectors(o) : 0; i < n; i++) { \
        vec x = X[i], w = W[i], y = Y[i], dy = DY[i];                \
        (void)x, (void)w, (void)y;                                   \
        ADD_TO(D##which[i], f##which, derivative);                   \
    }
#define BINARY(name, value, to_x, to_w)                               \
    BINARY_FORWARD(name, value)                                       \
    static void name##_backward(const op_call *restrict o)            \
    {                                                                 \
        const vec *X = o->x[0], *W = o->x[1], *Y = o->y, *DY = o->dy; \
        vec *D0 = o->dx[0], *D1 = o->dx[1];                           \
        const bool f0 = is_fresh(o, 0), f1 = is_fresh(o, 1);          \
        OPERAND_BACKWARD(0, to_x)                                     \
        OPERAND_BACKWARD(1, to_w)                                     \
    }

// ---- arithmetic:  y = value                                          dx += derivative

UNARY(negate, -x, -dy)
UNARY(absolute, v_abs(x), v_select(v_eq(x, K(0)), K(0), v_copysign(K(1), x)) * dy)
UNARY(square, x *x, (x + x) * dy)
UNARY(square_root, v_sqrt(x), K(0.5) / y * dy)
UNARY(exponential, v_exp(x), y *dy)
UNARY(logarithm, v_log(x), dy / x)
UNARY(log_one_plus, v_log1p(x), dy / (K(1) + x))
UNARY(exp_minus_one, v_expm1(x), (y + K(1)) * dy)
UNARY(sine, v_sin(x), v_cos(x) * dy)
UNARY(cosine, v_cos(x), -v_sin(x) * dy)
UNARY(one_minus, K(1) - x, -dy)
BINARY(add, x + w, dy, dy)
BINARY(subtract, x - w, dy, -dy)
BINARY(multiply, x *w, w *dy, x *dy)
BINARY(divide, x / w, dy / w, -(y / w) * dy)
BINARY(minimum, v_min(x, w), v_select(v_le(x, w), dy, K(0)), v_select(v_le(x, w), K(0), dy))
BINARY(maximum, v_max(x, w), v_select(v_le(w, x), dy, K(0)), v_select(v_le(w, x), K(0), dy))

// no derivative
BINARY_FORWARD(less, v_select(v_lt(x, w), K(1), K(0)))
BINARY_FORWARD(equal, v_select(v_eq(x, w), K(1), K(0)))
#define less_backward  NULL
#define equal_backward NULL
static void stop_gradient_forward(const op_call *restrict o)
{
    memcpy(o->y, o->x[0], sizeof(vec) * (size_t)vectors(o));
}
#define stop_gradient_backward NULL

// ---- activations (derivatives at kinks as automatic differentiation takes them)

#define SELU_SCALE R(1.0507009873554804934193349852946)
#define SELU_ALPHA R(1.6732632423543772848170429916717)
#define GELU_SCALE R(0.79788456080286535587989211986876)

INLINE vec leaky(vec x)
{
    return v_max(x * K(0.01), x);
}
INLINE vec leaky_back(vec x, vec dy)
{
    return v_select(v_le(K(0), x), dy, dy * K(0.01));
}
INLINE vec relu6_of(vec x)
{
    return v_min(K(6), v_max(K(0), x));
}
INLINE vec hard_sigmoid_of(vec x)
{
    return relu6_of(x + K(3)) / K(6);
}
INLINE vec hard_sigmoid_slope(vec x)
{
    return v_select(v_lt(v_abs(x), K(3)), K(1) / K(6), K(0));
}
INLINE vec gelu_tanh(vec x)
{
    return v_tanh(v_set(GELU_SCALE) * v_fma(K(0.044715) * x * x, x, x));
}
INLINE vec gelu_slope(vec x)
{
    vec t = gelu_tanh(x), u = v_set(GELU_SCALE) * v_fma(K(0.134145) * x, x, K(1));
    return K(0.5) * (K(1) + t + x * (K(1) - t * t) * u);
}
INLINE vec mish_slope(vec x)
{
    vec t = v_tanh(v_softplus(x));
    return t + x * (K(1) - t * t) * v_sigmoid(x);
}
INLINE vec soft_sign_slope(vec x)
{
    vec s = K(1) + v_abs(x);
    return K(1) / (s * s);
}
INLINE vec squareplus_of(vec x) // without cancellation where x is negative
{
    vec s = v_abs(x) + v_sqrt(v_fma(x, x, K(4)));
    return v_select(v_lt(x, K(0)), K(2) / s, K(0.5) * s);
}
INLINE vec silu_slope(vec x)
{
    vec s = v_sigmoid(x);
    return s * v_fma(x, K(1) - s, K(1));
}

UNARY(relu, v_max(K(0), x), v_select(v_lt(K(0), y), dy, K(0)))
UNARY(relu6, relu6_of(x), v_select(v_lt(K(0), y), v_select(v_lt(y, K(6)), dy, K(0)), K(0)))
UNARY(leaky_relu, leaky(x), leaky_back(x, dy))
UNARY(elu, v_select(v_lt(K(0), x), x, v_expm1(x)), v_select(v_lt(K(0), x), dy, (y + K(1)) * dy))
UNARY(celu, v_select(v_lt(K(0), x), x, v_expm1(x)), v_select(v_lt(K(0), x), dy, (y + K(1)) * dy))
UNARY(selu,
      v_select(v_lt(K(0), x), v_set(SELU_SCALE) * x, v_set(SELU_SCALE *SELU_ALPHA) * v_expm1(x)),
      v_select(v_lt(K(0), x), v_set(SELU_SCALE), y + v_set(SELU_SCALE * SELU_ALPHA)) * dy)
UNARY(gelu, K(0.5) * x * (K(1) + gelu_tanh(x)), gelu_slope(x) * dy)
UNARY_EACH(sigmoid, y *(K(1) - y) * dy)
UNARY_EACH(tanh, v_fma(-y, y, K(1)) * dy)
UNARY(softplus, v_softplus(x), v_sigmoid(x) * dy)
UNARY(soft_sign, x / (K(1) + v_abs(x)), soft_sign_slope(x) * dy)
UNARY(silu, x *v_sigmoid(x), silu_slope(x) * dy)
UNARY(mish, x *v_tanh(v_softplus(x)), mish_slope(x) * dy)
UNARY(log_sigmoid, -v_softplus(-x), v_sigmoid(-x) * dy)
UNARY(hard_tanh, v_min(K(1), v_max(K(-1), x)), v_select(v_le(v_abs(x), K(1)), dy, K(0)))
UNARY(hard_sigmoid, hard_sigmoid_of(x), hard_sigmoid_slope(x) * dy)
UNARY(hard_silu, x *hard_sigmoid_of(x), v_fma(x, hard_sigmoid_slope(x), hard_sigmoid_of(x)) * dy)
UNARY(squareplus, squareplus_of(x), y / (y + y - x) * dy)
// scale:  y = a x       offset:  y = x + a       clip:  y = min(max(x, a), b), derivative 1 inside
// and at the ends
UNARY(scale, v_set((real)o->k->a) * x, v_set((real)o->k->a) * dy)
UNARY(offset, x + v_set((real)o->k->a), dy)
UNARY(clip, v_min(v_set((real)o->k->b), v_max(v_set((real)o->k->a), x)),
      v_select(v_le(v_set((real)o->k->a), x), v_select(v_le(x, v_set((real)o->k->b)), dy, K(0)),
               K(0)))

// ---- three operands

#define TERNARY(name, value, d0, d1, d2)                                          \
    static void name##_forward(const op_call *restrict o)                         \
    {                                                                             \
        const vec *X0 = o->x[0], *X1 = o->x[1], *X2 = o->x[2];                    \
        vec *Y = o->y;                                                            \
        for (int i = 0, n = vectors(o); i < n; i++) {                             \
            vec p = X0[i], q = X1[i], r = X2[i];                                  \
            Y[i] = (value);                                                       \
        }                                                                         \
    }                                                                             \
    static void name##_backward(const op_call *restrict o)                        \
    {                                                                             \
        const vec *X0 = o->x[0], *X1 = o->x[1], *X2 = o->x[2], *DY = o->dy;       \
        vec *D0 = o->dx[0], *D1 = o->dx[1], *D2 = o->dx[2];                       \
        const bool f0 = is_fresh(o, 0), f1 = is_fresh(o, 1), f2 = is_fresh(o, 2); \
        for (int i = 0, n = vectors(o); i < n; i++) {                             \
            vec p = X0[i], q = X1[i], r = X2[i], dy = DY[i];                      \
            (void)p, (void)q, (void)r;                                            \
            if (D0) ADD_TO(D0[i], f0, d0);                                        \
            if (D1) ADD_TO(D1[i], f1, d1);                                        \
            if (D2) ADD_TO(D2[i], f2, d2);                                        \
        }                                                                         \
    }

// select:  y = q where p is not 0, else r
TERNARY(select, v_select(v_eq(p, K(0)), r, q), K(0), v_select(v_eq(p, K(0)), K(0), dy),
        v_select(v_eq(p, K(0)), dy, K(0)))
// mix:  y = (1-p) q + p r                     dp += (r-q) dy, dq += (1-p) dy, dr += p dy
TERNARY(mix, v_fma(p, r - q, q), (r - q) * dy, (K(1) - p) * dy, p *dy)
// multiply_add:  y = p q + r                  dp += q dy, dq += p dy, dr += dy
TERNARY(multiply_add, v_fma(p, q, r), q *dy, p *dy, dy)

// ---- rows together: LANE_LOOP visits each vector of lanes; row r of x is X[r * S]

#define LANE_LOOP  for (int v = 0, S = o->k->lanes / V; v < S; v++)
#define ROW(p, r)  ((vec *)(p))[(r)*S + v]
#define CROW(p, r) ((const vec *)(p))[(r)*S + v]

// sum:  y = sum x                                                      dx += dy
static void sum_forward(const op_call *restrict o)
{
    LANE_LOOP
    {
        vec y = K(0);
        for (int r = 0; r < o->k->in_rows[0]; r++) y += CROW(o->x[0], r);
        ROW(o->y, 0) = y;
    }
}
static void sum_backward(const op_call *restrict o)
{
    clear_fresh(o);
    LANE_LOOP
    {
        for (int r = 0; r < o->k->in_rows[0]; r++) ROW(o->dx[0], r) += CROW(o->dy, 0);
    }
}

// dot:  y = sum x w                                                    dx += w dy, dw += x dy
static void dot_forward(const op_call *restrict o)
{
    LANE_LOOP
    {
        vec y = K(0);
        for (int r = 0; r < o->k->in_rows[0]; r++) y = v_fma(CROW(o->x[0], r), CROW(o->x[1], r), y);
        ROW(o->y, 0) = y;
    }
}
static void dot_backward(const op_call *restrict o)
{
    clear_fresh(o);
    LANE_LOOP
    {
        vec dy = CROW(o->dy, 0);
        for (int r = 0; r < o->k->in_rows[0]; r++) {
            if (o->dx[0]) ROW(o->dx[0], r) = v_fma(CROW(o->x[1], r), dy, ROW(o->dx[0], r));
            if (o->dx[1]) ROW(o->dx[1], r) = v_fma(CROW(o->x[0], r), dy, ROW(o->dx[1], r));
        }
    }
}

// onehot:  y[k] = 1 where label = k, else 0                            no derivative
static void onehot_forward(const op_call *restrict o)
{
    LANE_LOOP
    {
        for (int r = 0; r < o->k->rows; r++)
            ROW(o->y, r) = v_select(v_eq(CROW(o->x[0], 0), v_set((real)r)), K(1), K(0));
    }
}
#define onehot_backward NULL

// pick:  y[k] = x[index[k]]                                            dx[index[k]] += dy[k]
static void pick_forward(const op_call *restrict o)
{
    LANE_LOOP
    {
        for (int r = 0; r < o->k->rows; r++) ROW(o->y, r) = CROW(o->x[0], o->k->index[r]);
    }
}
static void pick_backward(const op_call *restrict o)
{
    clear_fresh(o);
    LANE_LOOP
    {
        for (int r = 0; r < o->k->rows; r++) ROW(o->dx[0], o->k->index[r]) += CROW(o->dy, r);
    }
}

// concat:  y = x above w                                               dx += upper dy, dw += lower
// dy
static void concat_forward(const op_call *restrict o)
{
    size_t upper = (size_t)(o->k->in_rows[0] * o->k->lanes),
           lower = (size_t)(o->k->in_rows[1] * o->k->lanes);
    memcpy(o->y, o->x[0], upper * sizeof(real));
    memcpy((real *)o->y + upper, o->x[1], lower * sizeof(real));
}
static void concat_backward(const op_call *restrict o)
{
    int upper = o->k->in_rows[0] * o->k->lanes / V, lower = o->k->in_rows[1] * o->k->lanes / V;
    const vec *DY = o->dy;
    vec *D0 = o->dx[0], *D1 = o->dx[1];
    const bool f0 = is_fresh(o, 0), f1 = is_fresh(o, 1);
    for (int i = 0; D0 && i < upper; i++) ADD_TO(D0[i], f0, DY[i]);
    for (int i = 0; D1 && i < lower; i++) ADD_TO(D1[i], f1, DY[upper + i]);
}

#include "engine/softmax.h"
#include "engine/dense.h"
#include "engine/rows.h"
#include "engine/noise.h"
#include "engine/index.h"
#include "engine/draw.h"
#include "engine/normal.h"

// ---- tables -------------------------------------------------------------------------------------

#define DSC_UNARY(name, needs, formula)          [OP_##name] = name##_forward,
#define DSC_BINARY(name, needs, formula)         [OP_##name] = name##_forward,
#define DSC_REDUCE1(name, needs, formula)        [OP_##name] = name##_forward,
#define DSC_REDUCE2(name, needs, formula)        [OP_##name] = name##_forward,
#define DSC_ROWS(name, needs, formula)           [OP_##name] = name##_forward,
#define DSC_SPECIAL(name, arity, needs, formula) [OP_##name] = name##_forward,
static op_fn *const forward_table[OP_COUNT] = {
#include "discern/ops.h"
};
#define DSC_UNARY(name, needs, formula)          [OP_##name] = name##_backward,
#define DSC_BINARY(name, needs, formula)         [OP_##name] = name##_backward,
#define DSC_REDUCE1(name, needs, formula)        [OP_##name] = name##_backward,
#define DSC_REDUCE2(name, needs, formula)        [OP_##name] = name##_backward,
#define DSC_ROWS(name, needs, formula)           [OP_##name] = name##_backward,
#define DSC_SPECIAL(name, arity, needs, formula) [OP_##name] = name##_backward,
static op_fn *const backward_table[OP_COUNT] = {
#include "discern/ops.h"
};

// ---- helpers of the interpreter -----------------------------------------------------------------

static void expand(const void *x, int rows, int lanes, void *y)
{
    const real *X = x;
    real *Y = y;
    for (int r = 0; r < rows; r++)
        for (int l = 0; l < lanes; l++) Y[r * lanes + l] = X[r];
}
static void add(const void *x, size_t n, void *y)
{
    const vec *X = x;
    vec *Y = y;
    for (size_t i = 0; i < n / V; i++) Y[i] += X[i];
}
// Lanes of one session share its row: the first such lane's is laid over the lanes from there on.
static const real lane_numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static void lay_over(const real *x, int rows, size_t S, int from, vec *y)
{
    vec numbers;
    memcpy(&numbers, lane_numbers, sizeof numbers);
    const vmask m = v_le(v_set((real)from), numbers);
    for (int r = 0; r < rows; r++, y += S) *y = v_select(m, x ? v_set(x[r]) : K(0), *y);
}
static void lay(const real *x, int rows, size_t S, vec *y)
{
    for (int r = 0; r < rows; r++, y += S) *y = x ? v_set(x[r]) : K(0);
}
// Neighbouring trials, which come next in one sweep or the other
static void fetch_neighbours(const real *x, int rows)
{
    const uintptr_t at = (uintptr_t)x, ahead = 4 * (uintptr_t)rows * sizeof *x;
    __builtin_prefetch((const void *)(at - ahead));
    __builtin_prefetch((const void *)(at + ahead));
}
static void spread(const dsc_tile *tile, int t, int rows, int lanes, unsigned first, void *y)
{
    const size_t S = (size_t)(lanes / V), n = (size_t)rows;
    for (; first; first &= first - 1) {
        const int l = __builtin_ctz(first);
        const int row = t < tile->length[l] ? t : tile->length[l];
        const real *x = tile->rows[l] ? (const real *)tile->rows[l] + (size_t)row * n : NULL;
        if (l % V) lay_over(x, rows, S, l % V, (vec *)y + l / V);
        else lay(x, rows, S, (vec *)y + l / V);
        if (x) fetch_neighbours(x, rows);
    }
}
static void add_to_sums(const void *x, int lanes, double *sums)
{
    const real *X = x;
    for (int l = 0; l < lanes; l++) sums[l] += X[l];
}
static void reduce_lanes(const void *x, int rows, int lanes, double *y)
{
    const real *X = x;
    for (int r = 0; r < rows; r++) {
        double s = 0;
        for (int l = 0; l < lanes; l++) s += X[r * lanes + l];
        y[r] += s;
    }
}
static void add_matrix(const void *x, int rows, int cols, int stride, double *y)
{
    const real *X = x;
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++) y[r * cols + c] += X[r * stride + c];
}
static void from_double(const double *x, size_t n, void *y)
{
    real *Y = y;
    for (size_t i = 0; i < n; i++) Y[i] = (real)x[i];
}
static void to_double(const void *x, size_t n, double *y)
{
    const real *X = x;
    for (size_t i = 0; i < n; i++) y[i] = X[i];
}

static double multiply_adds(long n)
{
    vec s[16], a = K(0.999), b = K(0.001);
    real sum = 0;
    for (int i = 0; i < 16; i++) s[i] = v_set((real)i);
    for (; n > 0; n--) {
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) s[i] = v_fma(s[i], a, b);
    }
    for (int i = 0; i < 16; i++) sum += *(const real *)&s[i];
    return sum;
}

#define JOIN_(a, b, c) a##b##_##c
#define JOIN(a, b, c)  JOIN_(a, b, c)
#define TEXT_(a)       #a
#define TEXT(a)        TEXT_(a)
#if defined(DSC_ISA_REF)
#define ISA_NAME ref
#elif defined(DSC_ISA_AVX512)
#define ISA_NAME avx512
#elif defined(DSC_ISA_AVX2)
#define ISA_NAME avx2
#elif defined(DSC_ISA_NEON)
#define ISA_NAME neon
#else
#define ISA_NAME scalar
#endif

const kernel_set JOIN(dsc_kernels_f, DSC_REAL_BITS, ISA_NAME) = {
    .isa = TEXT(ISA_NAME),
    .precision = DSC_REAL_BITS == 32 ? "single" : "double",
    .vector = V,
    .real = sizeof(real),
    .forward = forward_table,
    .backward = backward_table,
    .expand = expand,
    .add = add,
    .spread = spread,
    .add_to_sums = add_to_sums,
    .reduce_lanes = reduce_lanes,
    .add_matrix = add_matrix,
    .from_double = from_double,
    .to_double = to_double,
    .multiply_adds = multiply_adds,
    .draw_numbers = number_rows,
    .draw_choices = choice_rows,
};
