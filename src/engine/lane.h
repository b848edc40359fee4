// SPDX-License-Identifier: Apache-2.0
// lane.h — the vector of lanes and its elementary functions, one source for every instruction set.
//
// Compiled with DSC_REAL_BITS (32, 64) and one of DSC_ISA_{REF,SCALAR,NEON,AVX2,AVX512}. Every
// function is built from operations that IEEE 754 rounds correctly (+ - * / sqrt, fused
// multiply-add), in a fixed order, so that all instruction sets give the same bits; REF alone uses
// an unfused a*b+c. Errors are stated in units in the last place (ulp) of the result and tested
// against the C library in long double.
#ifndef DSC_ENGINE_LANE_H
#define DSC_ENGINE_LANE_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if DSC_REAL_BITS == 32
typedef float real;
typedef int32_t ireal;
typedef uint32_t ureal;
#define R(x) x##f
#else
typedef double real;
typedef int64_t ireal;
typedef uint64_t ureal;
#define R(x) x
#endif

#if defined(DSC_ISA_AVX512)
#include <immintrin.h>
#define VBYTES 64
#elif defined(DSC_ISA_AVX2)
#include <immintrin.h>
#define VBYTES 32
#elif defined(DSC_ISA_NEON)
#define VBYTES 16
#else
#define VBYTES      ((int)sizeof(real))
#define V_IS_SCALAR 1
#endif
#define V ((int)(VBYTES / sizeof(real)))

#ifdef V_IS_SCALAR
typedef real vec __attribute__((may_alias));
typedef ireal ivec;
typedef ureal bvec;
typedef int vmask;
#else
typedef real vec __attribute__((vector_size(VBYTES), may_alias));
typedef ireal ivec __attribute__((vector_size(VBYTES), may_alias));
typedef ureal bvec __attribute__((vector_size(VBYTES), may_alias));
#ifdef DSC_ISA_AVX512
typedef uint16_t vmask;
#else
typedef ivec vmask;
#endif
#endif

// ---- primitives ---------------------------------------------------------------------------------

// an intrinsic in the precision at hand
#if DSC_REAL_BITS == 32
#define PRECISION(name) name##_ps
#else
#define PRECISION(name) name##_pd
#endif

#if defined(DSC_ISA_AVX512)
#if DSC_REAL_BITS == 32
typedef __m512 native;
#define COMPARE(a, b, how) _mm512_cmp_ps_mask((native)a, (native)b, how)
#else
typedef __m512d native;
#define COMPARE(a, b, how) _mm512_cmp_pd_mask((native)a, (native)b, how)
#endif
static inline vec v_fma(vec a, vec b, vec c)
{
    return (vec)PRECISION(_mm512_fmadd)((native)a, (native)b, (native)c);
}
static inline vec v_sqrt(vec a)
{
    return (vec)PRECISION(_mm512_sqrt)((native)a);
}
static inline vec v_min(vec a, vec b)
{
    return (vec)PRECISION(_mm512_min)((native)a, (native)b);
}
static inline vec v_max(vec a, vec b)
{
    return (vec)PRECISION(_mm512_max)((native)a, (native)b);
}
static inline vmask v_lt(vec a, vec b)
{
    return COMPARE(a, b, _CMP_LT_OQ);
}
static inline vmask v_le(vec a, vec b)
{
    return COMPARE(a, b, _CMP_LE_OQ);
}
static inline vmask v_eq(vec a, vec b)
{
    return COMPARE(a, b, _CMP_EQ_OQ);
}
static inline vec v_select(vmask m, vec a, vec b)
{
    return (vec)PRECISION(_mm512_mask_blend)(m, (native)b, (native)a);
}
#elif defined(V_IS_SCALAR)
#ifdef DSC_ISA_REF
static inline vec v_fma(vec a, vec b, vec c)
{
    return a * b + c;
}
#elif DSC_REAL_BITS == 32
static inline vec v_fma(vec a, vec b, vec c)
{
    return fmaf(a, b, c);
}
#else
static inline vec v_fma(vec a, vec b, vec c)
{
    return fma(a, b, c);
}
#endif
#if DSC_REAL_BITS == 32
static inline vec v_sqrt(vec a)
{
    return sqrtf(a);
}
#else
static inline vec v_sqrt(vec a)
{
    return sqrt(a);
}
#endif
static inline vec v_min(vec a, vec b)
{
    return a < b ? a : b;
}
static inline vec v_max(vec a, vec b)
{
    return a > b ? a : b;
}
static inline vmask v_lt(vec a, vec b)
{
    return a < b;
}
static inline vmask v_le(vec a, vec b)
{
    return a <= b;
}
static inline vmask v_eq(vec a, vec b)
{
    return a == b;
}
static inline vec v_select(vmask m, vec a, vec b)
{
    return m ? a : b;
}
#else
static inline vmask v_lt(vec a, vec b)
{
    return a < b;
}
static inline vmask v_le(vec a, vec b)
{
    return a <= b;
}
static inline vmask v_eq(vec a, vec b)
{
    return a == b;
}
static inline vec v_select(vmask m, vec a, vec b)
{
    return (vec)(((ivec)a & m) | ((ivec)b & ~m));
}
#if defined(DSC_ISA_AVX2)
#if DSC_REAL_BITS == 32
typedef __m256 native;
#else
typedef __m256d native;
#endif
static inline vec v_fma(vec a, vec b, vec c)
{
    return (vec)PRECISION(_mm256_fmadd)((native)a, (native)b, (native)c);
}
static inline vec v_sqrt(vec a)
{
    return (vec)PRECISION(_mm256_sqrt)((native)a);
}
static inline vec v_min(vec a, vec b)
{
    return (vec)PRECISION(_mm256_min)((native)a, (native)b);
}
static inline vec v_max(vec a, vec b)
{
    return (vec)PRECISION(_mm256_max)((native)a, (native)b);
}
#else // NEON and any other machine with vectors: the compiler's own
static inline vec v_fma(vec a, vec b, vec c)
{
    vec y;
    for (int i = 0; i < V; i++)
        y[i] = DSC_REAL_BITS == 32 ? (real)__builtin_fmaf((float)a[i], (float)b[i], (float)c[i])
                                   : (real)__builtin_fma(a[i], b[i], c[i]);
    return y;
}
static inline vec v_sqrt(vec a)
{
    vec y;
    for (int i = 0; i < V; i++)
        y[i] =
            DSC_REAL_BITS == 32 ? (real)__builtin_sqrtf((float)a[i]) : (real)__builtin_sqrt(a[i]);
    return y;
}
static inline vec v_min(vec a, vec b)
{
    return v_select(a < b, a, b);
}
static inline vec v_max(vec a, vec b)
{
    return v_select(a > b, a, b);
}
#endif
#endif

#ifdef V_IS_SCALAR
static inline vec v_set(real a)
{
    return a;
}
static inline ivec v_bits(vec a)
{
    ivec i;
    memcpy(&i, &a, sizeof i);
    return i;
}
static inline vec v_of_bits(ivec i)
{
    vec a;
    memcpy(&a, &i, sizeof a);
    return a;
}
#else
static inline vec v_set(real a)
{
    return a - (vec){0};
}
static inline ivec v_bits(vec a)
{
    return (ivec)a;
}
static inline vec v_of_bits(ivec i)
{
    return (vec)i;
}
#endif

#define SIGN_BIT ((ireal)((ureal)1 << (DSC_REAL_BITS - 1)))
static inline vec v_abs(vec a)
{
    return v_of_bits(v_bits(a) & ~SIGN_BIT);
}
static inline vec v_copysign(vec a, vec sign)
{
    return v_of_bits((v_bits(a) & ~SIGN_BIT) | (v_bits(sign) & SIGN_BIT));
}

#if DSC_REAL_BITS == 32
#define EXPONENT_BIAS 127
#define ROUNDER       12582912.0f
#define MANTISSA_BITS 23
#else
#define EXPONENT_BIAS 1023
#define ROUNDER       6755399441055744.0
#define MANTISSA_BITS 52
#endif
// x rounded to a whole number (|x| < 2^22 or 2^51); *k gets it as an integer
static inline vec v_round(vec x, ivec *k)
{
    const vec magic = v_set(ROUNDER);
    vec t = x + magic;
    *k = v_bits(t) - v_bits(magic);
    return t - magic;
}
// k 2^n and a - b, modulo 2^DSC_REAL_BITS whatever the signs
static inline ivec shift_left(ivec k, int n)
{
    return (ivec)((bvec)k << n);
}
static inline ivec bits_minus(ivec a, ivec b)
{
    return (ivec)((bvec)a - (bvec)b);
}
// 2^k for a whole k in the normal range
static inline vec v_power_of_2(ivec k)
{
    return v_of_bits(shift_left(k + EXPONENT_BIAS, MANTISSA_BITS));
}

// Of n <= 4 vectors at once: each step of one waits for the step before, the others fill the gap.
#define EACH(n) _Pragma("GCC unroll 4") for (int i = 0; i < (n); i++)
#define ALWAYS  static inline __attribute__((always_inline))

// c[0] + c[1] x + ... by Horner's rule; the loops are unrolled since terms and n are constants
ALWAYS void poly_each(const vec *x, const real *c, const int terms, vec *y, const int n)
{
    EACH(n) y[i] = v_set(c[terms - 1]);
#pragma GCC unroll 16
    for (int j = terms - 2; j >= 0; j--) EACH(n) y[i] = v_fma(y[i], x[i], v_set(c[j]));
}
ALWAYS vec v_poly(vec x, const real *c, const int terms)
{
    vec y;
    poly_each(&x, c, terms, &y, 1);
    return y;
}

// ---- exp, expm1 ---------------------------------------------------------------------------------
// x = k ln2 + r, |r| <= ln2/2; exp r - 1 = r + r^2 p(r), p from Taylor's series
// (double) or the least largest error (single, 3e-9).

#if DSC_REAL_BITS == 32
#define LN2_HIGH    0.693359375f
#define LN2_LOW     -2.12194440e-4f
#define EXP_HIGHEST 88.7228390f
#define EXP_LOWEST  -103.97208f
static const real exp_series[] = {0.499999934f, 0.166665206f, 0.0416683881f, 0.00836871718f,
                                  0.00138145957f};
#define EXP_TERMS 5
#else
#define LN2_HIGH    6.93147180369123816490e-01
#define LN2_LOW     1.90821492927058770002e-10
#define EXP_HIGHEST 709.782712893383973096
#define EXP_LOWEST  -745.13321910194110842
static const real exp_series[] = {1. / 2,       1. / 6,        1. / 24,        1. / 120,
                                  1. / 720,     1. / 5040,     1. / 40320,     1. / 362880,
                                  1. / 3628800, 1. / 39916800, 1. / 479001600, 1. / 6227020800.};
#define EXP_TERMS   12
#endif

static inline vec exp_reduce(vec x, ivec *k)
{
    vec n = v_round(x * v_set(R(1.4426950408889634)), k);
    vec r = v_fma(n, v_set(-LN2_HIGH), x);
    return v_fma(n, v_set(-LN2_LOW), r);
}
static inline vec exp_reduced_minus_one(vec r)
{
    return v_fma(r * r, v_poly(r, exp_series, EXP_TERMS), r);
}

// error at most 1.5 ulp (denormal results: 1 unit); overflows to infinity, NaN stays NaN
static inline vec v_exp(vec x)
{
    ivec k;
    vec inside = v_max(v_set(EXP_LOWEST - 1), v_min(v_set(EXP_HIGHEST + 1), x));
    vec r = exp_reduce(inside, &k);
    vec y = v_set(1) + exp_reduced_minus_one(r);
    ivec half = k >> 1; // two factors, so that the ends of the range come out right
    y = y * v_power_of_2(half) * v_power_of_2(k - half);
    return v_select(v_lt(v_set(EXP_HIGHEST), x), v_set((real)INFINITY), y);
}

// exp x - 1, error at most 2 ulp; x up to EXP_HIGHEST
static inline vec v_expm1(vec x)
{
    ivec k;
    vec inside = v_max(v_set(DSC_REAL_BITS == 32 ? -30 : -60), v_min(v_set(EXP_HIGHEST), x));
    vec r = exp_reduce(inside, &k);
    vec s = v_power_of_2(k - 1); // half of 2^k: k may be one past the largest exponent
    vec y = v_fma(s, exp_reduced_minus_one(r), s - v_set(R(0.5)));
    y = v_select(v_eq(v_abs(x), v_set(0)), x, y + y);
    return v_select(v_lt(v_set(EXP_HIGHEST), x), v_set((real)INFINITY), y);
}

// ---- tanh, sigmoid ------------------------------------------------------------------------------

// 2^k and exp r - 1 of exp x = 2^k exp r, for x whose exp is a normal number: adding a number whose
// last bits are the exponent's bias leaves k + bias there
ALWAYS void exp_parts(const vec *x, vec *scale, vec *minus_one, const int n)
{
    const vec magic = v_set(ROUNDER + EXPONENT_BIAS);
    vec t[4], r[4], p[4];
    EACH(n) t[i] = v_fma(x[i], v_set(R(1.4426950408889634)), magic);
    EACH(n) scale[i] = v_of_bits(shift_left(v_bits(t[i]), MANTISSA_BITS));
    EACH(n) t[i] = t[i] - magic;
    EACH(n) r[i] = v_fma(t[i], v_set(-LN2_HIGH), x[i]);
    EACH(n) r[i] = v_fma(t[i], v_set(-LN2_LOW), r[i]);
    poly_each(r, exp_series, EXP_TERMS, p, n);
    EACH(n) minus_one[i] = v_fma(r[i] * r[i], p[i], r[i]);
}

// exp x for x <= 0, error at most 1.5 ulp; 0 where it would not be a normal number
ALWAYS void exp_of_negative_each(const vec *x, vec *y, const int n)
{
    const vec limit = v_set(DSC_REAL_BITS == 32 ? -87 : -708);
    vec a[4], s[4], e[4];
    EACH(n) a[i] = v_max(limit, x[i]);
    exp_parts(a, s, e, n);
    EACH(n) y[i] = v_select(v_lt(x[i], limit), v_set(0), v_fma(s[i], e[i], s[i]));
}

// 1 / d for normal d > 0 up to 2^125. Single precision, error at most 1 ulp: division is slow, so
// from a guess good to 5 % (the exponent with its sign changed), a cubic and a quadratic step of
// Newton's
ALWAYS void reciprocals(const vec *d, vec *y, const int n)
{
#if DSC_REAL_BITS == 32
    vec e[4];
    EACH(n) y[i] = v_of_bits((0x7ef31000 + (ivec){0}) - v_bits(d[i]));
    EACH(n) e[i] = v_fma(-d[i], y[i], v_set(1));
    EACH(n) e[i] = v_fma(e[i], e[i], e[i]);
    EACH(n) y[i] = v_fma(y[i], e[i], y[i]);
    EACH(n) e[i] = v_fma(-d[i], y[i], v_set(1));
    EACH(n) y[i] = v_fma(y[i], e[i], y[i]);
#else
    EACH(n) y[i] = v_set(1) / d[i];
#endif
}

// error at most 3 ulp
ALWAYS void tanh_each(const vec *x, vec *y, const int n)
{
    const vec limit = v_set(DSC_REAL_BITS == 32 ? 20 : 42);
    vec a[4], s[4], e[4];
    EACH(n) a[i] = v_abs(x[i]);
    EACH(n) a[i] = v_min(limit, a[i] + a[i]);
    exp_parts(a, s, e, n);
    EACH(n) e[i] = v_fma(s[i], e[i], s[i] - v_set(1)); // exp 2a - 1
    EACH(n) s[i] = e[i] + v_set(2);
    reciprocals(s, a, n);
    EACH(n) y[i] = v_copysign(e[i] * a[i], x[i]);
}

// error at most 3 ulp for x >= -85 (-700); below, the result stays what it is there, 1.2e-37
// (1e-304)
ALWAYS void sigmoid_each(const vec *x, vec *y, const int n)
{
    const vec limit = v_set(DSC_REAL_BITS == 32 ? 85 : 700);
    vec a[4], s[4], e[4];
    EACH(n) a[i] = v_max(-limit, v_min(limit, -x[i]));
    exp_parts(a, s, e, n);
    EACH(n) e[i] = v_fma(s[i], e[i], s[i] + v_set(1));
    reciprocals(e, y, n);
}

static inline vec v_tanh(vec x)
{
    vec y;
    tanh_each(&x, &y, 1);
    return y;
}
static inline vec v_sigmoid(vec x)
{
    vec y;
    sigmoid_each(&x, &y, 1);
    return y;
}

// ---- log, log1p ---------------------------------------------------------------------------------
// x = 2^k m, sqrt 1/2 <= m < sqrt 2, f = m - 1, ln m = f - (f^2/2 - tail). Double: with
// s = f / (2 + f) the tail is s (f^2/2 + q(s^2)); single: f^3 q(f), of least largest error (6e-9),
// which needs no division.

#if DSC_REAL_BITS == 32
#define LOG_CENTRE      0x3f3504f3
#define SMALLEST_NORMAL 1.17549435e-38f
#define LOG_SCALE       8388608.0f
#define LOG_SCALE_BITS  23
static const real log_series[] = {0.333333317f, -0.250008217f, 0.200012289f, -0.166233353f,
                                  0.14201692f,  -0.13160342f,  0.127621572f, -0.0763481034f};
#define LOG_TERMS 8
#else
#define LOG_CENTRE      0x3fe6a09e667f3bcdLL
#define SMALLEST_NORMAL 2.2250738585072014e-308
#define LOG_SCALE       4503599627370496.0
#define LOG_SCALE_BITS  52
static const real log_series[] = {2. / 3,  2. / 5,  2. / 7,  2. / 9,  2. / 11, 2. / 13,
                                  2. / 15, 2. / 17, 2. / 19, 2. / 21, 2. / 23};
#define LOG_TERMS       11
#endif

static inline vec v_of_small_int(ivec k) // |k| < 2^22
{
    const vec magic = v_set(ROUNDER);
    return v_of_bits(k + v_bits(magic)) - magic;
}

// tail + more
ALWAYS void log_tails(const vec *f, const vec *h, const vec *more, vec *y, const int n)
{
    vec p[4];
#if DSC_REAL_BITS == 32
    (void)h;
    poly_each(f, log_series, LOG_TERMS, p, n);
    EACH(n) y[i] = v_fma(f[i] * f[i] * f[i], p[i], more[i]);
#else
    vec s[4], z[4];
    EACH(n) s[i] = f[i] / (v_set(2) + f[i]);
    EACH(n) z[i] = s[i] * s[i];
    poly_each(z, log_series, LOG_TERMS, p, n);
    EACH(n) y[i] = v_fma(s[i], v_fma(z[i], p[i], h[i]), more[i]);
#endif
}

// ln of positive normal numbers times 2^extra
ALWAYS void log_normal_each(const vec *x, vec extra, vec *y, const int n)
{
    vec k[4], f[4], h[4], low[4];
    EACH(n)
    {
        ivec e = bits_minus(v_bits(x[i]), (ireal)LOG_CENTRE + (ivec){0}) >> MANTISSA_BITS;
        k[i] = v_of_small_int(e) + extra;
        f[i] = v_of_bits(bits_minus(v_bits(x[i]), shift_left(e, MANTISSA_BITS))) - v_set(1);
    }
    EACH(n) h[i] = v_set(R(0.5)) * (f[i] * f[i]);
    EACH(n) low[i] = k[i] * v_set(LN2_LOW);
    log_tails(f, h, low, low, n);
    EACH(n) y[i] = v_fma(k[i], v_set(LN2_HIGH), -((h[i] - low[i]) - f[i]));
}
ALWAYS vec log_normal(vec x, vec extra)
{
    vec y;
    log_normal_each(&x, extra, &y, 1);
    return y;
}

// error at most 2 ulp; ln 0 = -infinity, of a negative number NaN
static inline vec v_log(vec x)
{
    vmask tiny = v_lt(x, v_set(SMALLEST_NORMAL));
    vec scaled = v_select(tiny, x * v_set(LOG_SCALE), x);
    vec y = log_normal(scaled, v_select(tiny, v_set(-LOG_SCALE_BITS), v_set(0)));
    const vec infinity = v_set((real)INFINITY);
    y = v_select(v_lt(v_abs(x), infinity), y, x + x); // infinity and NaN
    y = v_select(v_eq(x, v_set(0)), -infinity, y);
    return v_select(v_lt(x, v_set(0)), v_set((real)NAN), y);
}

// ln(1 + x), error at most 3 ulp
static inline vec v_log1p(vec x)
{
    vec u = v_set(1) + x;
    vec correction = (x - (u - v_set(1))) / u;
    vec y = v_log(u) + v_select(v_lt(v_abs(u), v_set(R(1e30))), correction, v_set(0));
    y = v_select(v_eq(u, v_set(1)), x, y);
    return v_select(v_eq(x, v_set(-1)), -v_set((real)INFINITY), y);
}

static inline vec v_softplus(vec x)
{
    return v_max(v_set(0), x) + v_log1p(v_exp(-v_abs(x)));
}

// ---- sin, cos -----------------------------------------------------------------------------------

#if DSC_REAL_BITS == 32
static const real sin_series[] = {-1.f / 6, 1.f / 120, -1.f / 5040, 1.f / 362880};
static const real cos_series[] = {-1.f / 2, 1.f / 24, -1.f / 720, 1.f / 40320, -1.f / 3628800};
#define SIN_TERMS 4
#define COS_TERMS 5
#define HALF_PI_1 1.57079601287841796875f
#define HALF_PI_2 3.1391647326017846e-07f
#define HALF_PI_3 5.390302953474238e-15f
#else
static const real sin_series[] = {
    -1. / 6,         1. / 120,         -1. / 5040,           1. / 362880,
    -1. / 39916800., 1. / 6227020800., -1. / 1307674368000., 1. / 355687428096000.};
static const real cos_series[] = {
    -1. / 2,       1. / 24,         -1. / 720,          1. / 40320,
    -1. / 3628800, 1. / 479001600., -1. / 87178291200., 1. / 20922789888000.};
#define SIN_TERMS 8
#define COS_TERMS 8
#define HALF_PI_1 1.57079632673412561417e+00
#define HALF_PI_2 6.077100506506192e-11
#define HALF_PI_3 3.5215598651832e-27
#endif

static inline vec sin_near_0(vec x)
{
    vec z = x * x;
    return v_fma(x * z, v_poly(z, sin_series, SIN_TERMS), x);
}
static inline vec cos_near_0(vec x)
{
    vec z = x * x;
    return v_fma(z, v_poly(z, cos_series, COS_TERMS), v_set(1));
}
// sine (odd quadrant: cosine) of x + quadrant pi/2, |x| <= pi/4
static inline vec sin_of_quadrant(vec x, ivec quadrant)
{
    vec odd = v_of_small_int(quadrant & 1);
    vec y = v_select(v_eq(odd, v_set(0)), sin_near_0(x), cos_near_0(x));
    return v_of_bits(v_bits(y) ^ shift_left(quadrant & 2, DSC_REAL_BITS - 2));
}
// absolute error at most 1e-7 (2e-16) for |x| <= 1e4 (1e6)
static inline vec sin_shifted(vec x, int quarter_turns)
{
    ivec k;
    vec n = v_round(x * v_set(R(0.63661977236758134)), &k);
    vec r = v_fma(n, v_set(-HALF_PI_1), x);
    r = v_fma(n, v_set(-HALF_PI_2), r);
    r = v_fma(n, v_set(-HALF_PI_3), r);
    return sin_of_quadrant(r, k + quarter_turns);
}
static inline vec v_sin(vec x)
{
    return sin_shifted(x, 0);
}
static inline vec v_cos(vec x)
{
    return sin_shifted(x, 1);
}

#endif
