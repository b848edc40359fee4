// SPDX-License-Identifier: Apache-2.0
// noise.h — the noise ops, part of kernels.c: Philox 4x32-10 over lanes, Box-Muller.
//
// Counter (block, trial, stream of the lane, step), key from seed and purpose: four words give four
// rows. A word sits in the low half of a 64-bit slot, so that products need no shuffles; in single
// precision even and odd lanes use two such vectors and are merged at the end.

#ifdef V_IS_SCALAR
typedef uint64_t uvec;
#define U(a) ((uint64_t)(a))
#else
typedef uint64_t uvec __attribute__((vector_size(VBYTES), may_alias));
#define U(a) ((uint64_t)(a) - (uvec){0})
#endif
#define HALVES (DSC_REAL_BITS == 32 && V > 1 ? 2 : 1) // vectors of slots per vector of lanes

INLINE uvec multiply_low(uvec a, uint32_t m)
{
#if defined(DSC_ISA_AVX512)
    return (uvec)_mm512_mul_epu32((__m512i)a, (__m512i)U(m));
#elif defined(DSC_ISA_AVX2)
    return (uvec)_mm256_mul_epu32((__m256i)a, (__m256i)U(m));
#else
    return (a & U(0xffffffff)) * U(m);
#endif
}

// the keys of the ten rounds, as the slots take them
typedef struct round_keys {
    uint64_t k[10][2];
} round_keys;
INLINE round_keys schedule(dsc_key key)
{
    round_keys s;
    for (uint32_t r = 0; r < 10; r++) {
        s.k[r][0] = (uint32_t)(key.k[0] + r * 0x9E3779B9U);
        s.k[r][1] = (uint32_t)(key.k[1] + r * 0xBB67AE85U);
    }
    return s;
}

// of n <= 4 counters
INLINE void philox_slots(uvec c[][4], const round_keys *keys, const int n)
{
#pragma GCC unroll 10
    for (int r = 0; r < 10; r++) {
        EACH(n)
        {
            uvec p = multiply_low(c[i][0], 0xD2511F53), q = multiply_low(c[i][2], 0xCD9E8D57);
            c[i][0] = (q >> 32) ^ c[i][1] ^ U(keys->k[r][0]);
            c[i][2] = (p >> 32) ^ c[i][3] ^ U(keys->k[r][1]);
            c[i][1] = q;
            c[i][3] = p;
        }
    }
}

// the streams of V lanes: even (half 0) and odd lanes in single precision
INLINE uvec stream_slots(const uint32_t *stream, int half)
{
    uvec lanes = U(0);
#if DSC_REAL_BITS == 32 && !defined(V_IS_SCALAR)
    memcpy(&lanes, stream, sizeof lanes);
    if (half) lanes >>= 32;
#elif defined(V_IS_SCALAR)
    lanes = stream[0];
#else
    for (int i = 0; i < V; i++) lanes[i] = stream[i];
#endif
    (void)half;
    return lanes;
}

// four words for each of n <= 2 vectors of lanes, as 32-bit (single) or 64-bit (double) integers
INLINE void noise_words(const noise_at *at, const round_keys *keys, uint32_t block,
                        uvec streams[][2], ivec words[][4], const int n)
{
    uvec c[4][4];
#pragma GCC unroll 4
    for (int i = 0; i < n * HALVES; i++) {
        c[i][0] = U(block), c[i][1] = U(at->trial), c[i][3] = U(at->step);
        c[i][2] = streams[i / HALVES][i % HALVES];
    }
    philox_slots(c, keys, n * HALVES);
#pragma GCC unroll 2
    for (int k = 0; k < n; k++)
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            uvec word = c[k * HALVES][i] & U(0xffffffff);
            if (HALVES == 2) word |= c[k * HALVES + 1][i] << 32;
            words[k][i] = (ivec)word;
        }
}

// a whole number in [0, 2^31)
INLINE vec of_whole(ivec n)
{
#if DSC_REAL_BITS == 64
    return v_of_bits(n | 0x4330000000000000) - v_set(4503599627370496.0);
#elif defined(V_IS_SCALAR)
    return (real)n;
#else
    return __builtin_convertvector(n, vec);
#endif
}
// in (0, 1), from the 31 upper bits of a word
INLINE vec uniform_of(ivec word)
{
    return v_fma(of_whole((word >> 1) & 0x7fffffff), K(4.656612873077393e-10),
                 K(2.3283064365386963e-10));
}

// sqrt a for a = 0 or normal a > 0. Single precision, error at most 2 ulp: a root is slower than
// 1 / sqrt a from a guess good to 3.5 % and the series of 1 / sqrt(1 - e)
INLINE void roots(const vec *a, vec *y, const int n)
{
#if DSC_REAL_BITS == 32
    static const real series[] = {1.f / 2, 3.f / 8, 5.f / 16, 35.f / 128, 63.f / 256};
    vec g[4], s[4], e[4], p[4];
    EACH(n) g[i] = v_of_bits(bits_minus(0x5f374800 + (ivec){0}, v_bits(a[i]) >> 1)); // -0 wraps
    EACH(n) s[i] = a[i] * g[i];
    EACH(n) e[i] = v_fma(-s[i], g[i], K(1));
    poly_each(e, series, 5, p, n);
    EACH(n) y[i] = v_fma(s[i] * e[i], p[i], s[i]);
#else
    EACH(n) y[i] = v_sqrt(a[i]);
#endif
}

// bit `bit` of a word (the others 0), moved to the sign
#define TO_SIGN(word, bit) shift_left(word, DSC_REAL_BITS - 1 - (bit))

// n <= 4 times two independent normals from two words: radius from u; angle from w, quadrant (bits
// 30 and 31) and fraction
INLINE void normal_pairs(const ivec *u, const ivec *w, vec *first, vec *second, const int n)
{
    vec radius[4], x[4], z[4], s[4], c[4];
    EACH(n) radius[i] = uniform_of(u[i]);
    log_normal_each(radius, K(0), radius, n);
    EACH(n) radius[i] = K(-2) * radius[i];
    roots(radius, radius, n);
    // the fraction in [-1/2, 1/2], times pi/2
    EACH(n) x[i] = v_fma(of_whole(w[i] & 0x3fffffff), K(9.313225746154785e-10), K(-0.5));
    EACH(n) x[i] = x[i] * K(1.5707963267948966);
    EACH(n) z[i] = x[i] * x[i];
    poly_each(z, sin_series, SIN_TERMS, s, n);
    poly_each(z, cos_series, COS_TERMS, c, n);
    EACH(n)
    {
        vec sine = v_fma(x[i] * z[i], s[i], x[i]), cosine = v_fma(z[i], c[i], K(1));
        vmask even = v_eq(v_of_bits(shift_left(w[i] & 0x40000000, DSC_REAL_BITS - 32)), K(0));
        ivec top = TO_SIGN(w[i], 31), flip = top ^ TO_SIGN(w[i], 30);
        vec a = v_select(even, sine, cosine), b = v_select(even, cosine, sine);
        first[i] = radius[i] * v_of_bits(v_bits(a) ^ (top & SIGN_BIT));
        second[i] = radius[i] * v_of_bits(v_bits(b) ^ (flip & SIGN_BIT));
    }
}

static void external_noise(const op_call *restrict o)
{
    const int lanes = o->k->lanes;
    real *y = o->y;
    for (int r = 0; r < o->k->rows; r++) {
        const double *from =
            o->noise->external +
            (size_t)(o->k->first + (o->k->index ? o->k->index[r] : r)) * (size_t)lanes;
        for (int l = 0; l < lanes; l++) y[r * lanes + l] = (real)from[l];
    }
}

// four normals of each of n <= 2 vectors of lanes; the last two only if they are wanted
INLINE void four_normals(ivec words[][4], bool all, vec e[][4], const int n)
{
    ivec u[4], w[4];
    vec first[4] = {0}, second[4] = {0};
    EACH(2 * n) u[i] = words[i % n][i / n * 2], w[i] = words[i % n][i / n * 2 + 1];
    if (all) normal_pairs(u, w, first, second, 2 * n);
    else normal_pairs(u, w, first, second, n);
    EACH(2 * n) e[i % n][i / n * 2] = first[i], e[i % n][i / n * 2 + 1] = second[i];
}
INLINE void four_uniforms(ivec words[][4], vec e[][4], const int n)
{
#pragma GCC unroll 8
    for (int i = 0; i < 4 * n; i++) // never 1
        e[i / 4][i % 4] = v_min(K(0.99999994), uniform_of(words[i / 4][i % 4]));
}

// vectors v ... v + n - 1 of lanes
INLINE void noise_rows(const op_call *restrict o, const round_keys *keys, bool normal, int v,
                       const int n)
{
    const int rows = o->k->rows, S = o->k->lanes / V;
    uvec streams[2][2];
    for (int i = 0; i < n; i++)
        for (int half = 0; half < 2; half++)
            streams[i][half] = stream_slots(o->noise->stream + (v + i) * V, half);
    for (int r = 0; r < rows; r += 4) {
        ivec w[2][4];
        vec e[2][4];
        noise_words(o->noise, keys, (uint32_t)(o->k->block + r / 4), streams, w, n);
        if (normal) four_normals(w, r + 2 < rows, e, n);
        else four_uniforms(w, e, n);
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++)
            for (int i = 0; i < n && r + j < rows; i++)
                ((vec *)o->y)[(r + j) * S + v + i] = e[i][j];
    }
}
INLINE void fresh_noise(const op_call *restrict o, bool normal)
{
    const round_keys keys = schedule(o->noise->key);
    const int S = o->k->lanes / V;
    int v = 0;
    for (; v + 2 <= S; v += 2) noise_rows(o, &keys, normal, v, 2);
    for (; v < S; v++) noise_rows(o, &keys, normal, v, 1);
}

// normal, uniform:  fresh noise                                        no derivative
static void normal_forward(const op_call *restrict o)
{
    if (o->noise->external) external_noise(o);
    else fresh_noise(o, true);
}
static void uniform_forward(const op_call *restrict o)
{
    if (o->noise->external) external_noise(o);
    else fresh_noise(o, false);
}
#define normal_backward  NULL
#define uniform_backward NULL
