// SPDX-License-Identifier: Apache-2.0
// dense.h — layers, part of kernels.c:
//   dense           y = c + x W                       dx += W dy,  dW += x dy,  dc += dy
//   residual_leaky  y = x + leaky(a), a = c + x W     da = slope(a) dy;  dx += dy + W da,
//                                                     dW += x da,  dc += da
//
// x [in][lanes], W [in][out], y [out][lanes]. Values: blocks of a few rows by two vectors of lanes
// stay in registers while k runs; dx is the same kernel with the strides of W swapped. Weight
// gradients: dy is transposed to [lane][out], rows of dW (and the bias) stay in registers and the
// lanes are summed one after the other, which gives the same bits for every width of register. Few
// outputs: DSC_PARTIAL sums per weight instead, added up at the end of the tile.

#if defined(V_IS_SCALAR)
#define BLOCK_VECTORS 1
#define BLOCK_ROWS    4
#elif defined(DSC_ISA_AVX512)
#define BLOCK_VECTORS 2
#define BLOCK_ROWS    8
#else
#define BLOCK_VECTORS 2
#define BLOCK_ROWS    6
#endif

// y[r] = c[r] + sum over k of W[r * row + k * col] x[k] for `rows` rows and BLOCK_VECTORS vectors
// of lanes; S vectors per row of x, y, c; c NULL: 0; or `bias` [rows] instead of c. With constant S
// and rows this is all in registers. With `residual` y = residual + leaky(sum), and `saved` gets
// where the sum is not negative: all that the backward needs of it, in few bytes.
INLINE void product_block(const real *W, size_t row, size_t col, int n_k, const vec *x,
                          const vec *c, const real *bias, vec *y, const vec *residual, vmask *saved,
                          const size_t S, const int rows)
{
    vec s[BLOCK_ROWS][BLOCK_VECTORS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
        for (int i = 0; i < BLOCK_VECTORS; i++)
            s[r][i] = bias ? v_set(bias[r]) : c ? c[(size_t)r * S + (size_t)i] : K(0);
#pragma GCC unroll 2
    for (; n_k > 0; n_k--, W += col, x += S) {
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
            vec w = v_set(W[(size_t)r * row]);
#pragma GCC unroll 2
            for (int i = 0; i < BLOCK_VECTORS; i++) s[r][i] = v_fma(w, x[i], s[r][i]);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
        for (int i = 0; i < BLOCK_VECTORS; i++) {
            vec sum = s[r][i];
            if (saved) {
                vmask m = v_le(K(0), sum);
                saved[(size_t)r * S + (size_t)i] = m;
                sum = residual[(size_t)r * S + (size_t)i] + v_select(m, sum, sum * K(0.01));
            } else if (residual) sum = residual[(size_t)r * S + (size_t)i] + leaky(sum);
            y[(size_t)r * S + (size_t)i] = sum;
        }
}

INLINE void product(const real *W, size_t row, size_t col, int n_k, const vec *x, const vec *c,
                    const real *bias, vec *y, const vec *residual, vmask *saved, const size_t S,
                    int n_rows)
{
    for (size_t v = 0; v < S; v += BLOCK_VECTORS) {
        int r = 0;
#define BLOCKS(rows)                                                                            \
    for (; r + (rows) <= n_rows; r += (rows))                                                   \
        product_block(W + (size_t)r * row, row, col, n_k, x + v, c ? c + (size_t)r * S + v : c, \
                      bias ? bias + r : bias, y + (size_t)r * S + v,                            \
                      residual ? residual + (size_t)r * S + v : residual,                       \
                      saved ? saved + (size_t)r * S + v : saved, S, rows);
        BLOCKS(BLOCK_ROWS)
        BLOCKS(4)
        BLOCKS(2)
        BLOCKS(1)
#undef BLOCKS
    }
}

#define TILE_VECTORS (32 / V)
#define MOST_ROWS    (2 * BLOCK_ROWS + 2)

// c + x W: neighbouring outputs have neighbouring weights
INLINE void layer_forward(const op_call *restrict o, const vec *residual, vmask *saved,
                          const size_t S)
{
    const size_t out = (size_t)o->k->rows;
    if (o->k->bias)
        product(o->x[1], 1, out, o->k->in_rows[0], o->x[0], NULL, o->x[2], o->y, residual, saved, S,
                o->k->rows);
    else
        product(o->x[1], 1, out, o->k->in_rows[0], o->x[0], o->x[2], NULL, o->y, residual, saved, S,
                o->k->rows);
}
static void dense_forward(const op_call *restrict o)
{
    if (o->k->lanes == TILE_VECTORS * V) layer_forward(o, NULL, NULL, TILE_VECTORS);
    else layer_forward(o, NULL, NULL, (size_t)(o->k->lanes / V));
}
static void residual_leaky_forward(const op_call *restrict o)
{
    const bool tile = o->k->lanes == TILE_VECTORS * V;
    if (tile && o->saved) layer_forward(o, o->x[0], o->saved, TILE_VECTORS);
    else if (tile) layer_forward(o, o->x[0], NULL, TILE_VECTORS);
    else layer_forward(o, o->x[0], o->saved, (size_t)(o->k->lanes / V));
}

// dx = c + W dy: the same with the strides of W swapped
static void input_gradient(const op_call *restrict o, const vec *c)
{
    const size_t out = (size_t)o->k->rows;
    if (o->k->lanes == TILE_VECTORS * V)
        product(o->x[1], out, 1, o->k->rows, o->dy, c, NULL, o->dx[0], NULL, NULL, TILE_VECTORS,
                o->k->in_rows[0]);
    else
        product(o->x[1], out, 1, o->k->rows, o->dy, c, NULL, o->dx[0], NULL, NULL,
                (size_t)(o->k->lanes / V), o->k->in_rows[0]);
}

// ---- transposing dy [out][lanes] into t [lanes][stride]; columns past out become 0

#if defined(DSC_ISA_AVX512) && DSC_REAL_BITS == 32
// four lanes of rows i, i + 4, i + 8, i + 12, those that there are: loads can do what costs a
// shuffle
INLINE __m512 quarters(const real *from, const int i, const int rows)
{
    __m128 none = _mm_setzero_ps();
    __m512 a = _mm512_castps128_ps512(i < rows ? _mm_loadu_ps(from + i * 32) : none);
    a = _mm512_insertf32x4(a, i + 4 < rows ? _mm_loadu_ps(from + (i + 4) * 32) : none, 1);
    a = _mm512_insertf32x4(a, i + 8 < rows ? _mm_loadu_ps(from + (i + 8) * 32) : none, 2);
    return _mm512_insertf32x4(a, i + 12 < rows ? _mm_loadu_ps(from + (i + 12) * 32) : none, 3);
}
INLINE void transpose_16(const real *dy, const int rows, const vmask *positive, real *da, real *t,
                         int stride)
{
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
        if (!positive || i >= rows) continue;
        vec a = *(const vec *)(dy + i * 32);
        *(vec *)(da + i * 32) = v_select(positive[i * 32 / V], a, a * K(0.01));
    }
    const real *from = positive ? da : dy;
#pragma GCC unroll 4
    for (int q = 0; q < 4; q++, from += 4, t += 4 * stride) {
        __m512 a0 = quarters(from, 0, rows), a1 = quarters(from, 1, rows),
               a2 = quarters(from, 2, rows), a3 = quarters(from, 3, rows);
        __m512d lo01 = _mm512_castps_pd(_mm512_unpacklo_ps(a0, a1)),
                hi01 = _mm512_castps_pd(_mm512_unpackhi_ps(a0, a1)),
                lo23 = _mm512_castps_pd(_mm512_unpacklo_ps(a2, a3)),
                hi23 = _mm512_castps_pd(_mm512_unpackhi_ps(a2, a3));
        _mm512_storeu_ps(t, _mm512_castpd_ps(_mm512_unpacklo_pd(lo01, lo23)));
        _mm512_storeu_ps(t + stride, _mm512_castpd_ps(_mm512_unpackhi_pd(lo01, lo23)));
        _mm512_storeu_ps(t + 2 * stride, _mm512_castpd_ps(_mm512_unpacklo_pd(hi01, hi23)));
        _mm512_storeu_ps(t + 3 * stride, _mm512_castpd_ps(_mm512_unpackhi_pd(hi01, hi23)));
    }
}
INLINE void transpose_tile(const real *dy, const vmask *positive, int out, real *da, real *t,
                           int stride)
{
    for (int r = 0; r < stride; r += 16)
        for (int l = 0; l < 32; l += 16) {
            const int at = r * 32 + l, rows = out - r;
            real *to = t + l * stride + r;
            if (rows >= 16)
                transpose_16(dy + at, 16, positive ? positive + at / V : NULL, da + at, to, stride);
            else
                transpose_16(dy + at, rows, positive ? positive + at / V : NULL, da + at, to,
                             stride);
        }
}
static void transpose(const real *dy, int out, int lanes, real *t, int stride)
{
    (void)lanes; // a tile has 32
    transpose_tile(dy, NULL, out, NULL, t, stride);
}
#define SLOPE_IS_TRANSPOSED
static void transpose_slope(const real *dy, const vmask *positive, int out, int lanes, real *da,
                            real *t, int stride)
{
    (void)lanes;
    transpose_tile(dy, positive, out, da, t, stride);
}
#elif defined(DSC_ISA_AVX2) && DSC_REAL_BITS == 32
INLINE void transpose_8(const real *dy, int rows, int lanes, real *t, int stride)
{
    __m256 a[8], b[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++)
        a[i] = i < rows ? _mm256_loadu_ps(dy + i * lanes) : _mm256_setzero_ps();
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
        b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
        b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4)
#pragma GCC unroll 2
        for (int j = 0; j < 2; j++) {
            a[i + 2 * j] = _mm256_shuffle_ps(b[i + j], b[i + j + 2], 0x44);
            a[i + 2 * j + 1] = _mm256_shuffle_ps(b[i + j], b[i + j + 2], 0xee);
        }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        _mm256_storeu_ps(t + i * stride, _mm256_permute2f128_ps(a[i], a[i + 4], 0x20));
        _mm256_storeu_ps(t + (i + 4) * stride, _mm256_permute2f128_ps(a[i], a[i + 4], 0x31));
    }
}
static void transpose(const real *dy, int out, int lanes, real *t, int stride)
{
    for (int r = 0; r < stride; r += 8)
        for (int l = 0; l < lanes; l += 8) {
            int rows = out - r < 0 ? 0 : out - r > 8 ? 8 : out - r;
            transpose_8(dy + r * lanes + l, rows, lanes, t + l * stride + r, stride);
        }
}
#else
static void transpose(const real *dy, int out, int lanes, real *t, int stride)
{
    for (int l = 0; l < lanes; l++)
        for (int r = 0; r < stride; r++) t[l * stride + r] = r < out ? dy[r * lanes + l] : 0;
}
#endif

// da = dy where positive, else 0.01 dy; t gets it transposed
#if !defined(SLOPE_IS_TRANSPOSED)
static void transpose_slope(const real *dy, const vmask *positive, int out, int lanes, real *da,
                            real *t, int stride)
{
    const vec *from = (const vec *)dy;
    vec *to = (vec *)da;
    for (int i = 0, n = out * lanes / V; i < n; i++)
        to[i] = v_select(positive[i], from[i], from[i] * K(0.01));
    transpose(da, out, lanes, t, stride);
}
#endif

// rows first ... first+rows-1 of dW, columns col ... col + nv * V - 1: lanes are summed in order.
// The bias, if db is not NULL, is a weight whose input is 1.
INLINE void weight_block(const op_call *restrict o, const real *t, int first, int col,
                         const size_t lanes, real *db, const int rows, const int nv)
{
    vec s[MOST_ROWS][BLOCK_VECTORS], b[BLOCK_VECTORS];
    const size_t stride = (size_t)o->k->stride;
    real *dW = rows ? (real *)o->dx[1] + (size_t)first * stride + (size_t)col : NULL;
    const real *x = (const real *)o->x[0] + (size_t)first * lanes;
#pragma GCC unroll 2
    for (int i = 0; i < nv; i++) {
        if (db) b[i] = *(const vec *)(db + i * V);
#pragma GCC unroll 18
        for (int r = 0; r < rows; r++)
            s[r][i] = *(const vec *)(dW + (size_t)r * stride + (size_t)(i * V));
    }
    t += col;
#pragma GCC unroll 4
    for (size_t l = 0; l < lanes; l++, t += stride) {
#pragma GCC unroll 2
        for (int i = 0; db && i < nv; i++) b[i] += *(const vec *)(t + i * V);
#pragma GCC unroll 18
        for (int r = 0; r < rows; r++) {
            vec w = v_set(x[(size_t)r * lanes + l]);
#pragma GCC unroll 2
            for (int i = 0; i < nv; i++) s[r][i] = v_fma(w, *(const vec *)(t + i * V), s[r][i]);
        }
    }
#pragma GCC unroll 2
    for (int i = 0; i < nv; i++) {
        if (db) *(vec *)(db + i * V) = b[i];
#pragma GCC unroll 18
        for (int r = 0; r < rows; r++)
            *(vec *)(dW + (size_t)r * stride + (size_t)(i * V)) = s[r][i];
    }
}

// all rows of some columns, in blocks of `most` rows; the rest in one block, since sums of few rows
// wait for each other
INLINE void weight_columns(const op_call *restrict o, const real *t, int col, const size_t lanes,
                           const int most, const int nv)
{
    real *db = o->k->bias && o->dx[2] ? (real *)o->dx[2] + col : NULL;
    int r = 0, n = o->dx[1] ? o->k->in_rows[0] : 0;
#define BLOCK(number)                                                 \
    case number: {                                                    \
        const int rows_here = number <= MOST_ROWS ? number : 0;       \
        if (db) weight_block(o, t, r, col, lanes, db, rows_here, nv); \
        else weight_block(o, t, r, col, lanes, NULL, rows_here, nv);  \
        break;                                                        \
    }
    do {
        const int rows = n - r > most + 2 ? most : n - r;
        switch (rows) {
            // clang-format off
            BLOCK(0) BLOCK(1) BLOCK(2) BLOCK(3) BLOCK(4) BLOCK(5) BLOCK(6) BLOCK(7) BLOCK(8)
            BLOCK(9) BLOCK(10) BLOCK(11) BLOCK(12) BLOCK(13) BLOCK(14) BLOCK(15) BLOCK(16)
            BLOCK(17) BLOCK(18)
            // clang-format on
        }
        r += rows;
        db = NULL;
    } while (r < n);
#undef BLOCK
}

INLINE void weight_rows(const op_call *restrict o, const real *t, const size_t lanes)
{
    int col = 0;
    for (; col + BLOCK_VECTORS * V <= o->k->stride; col += BLOCK_VECTORS * V)
        weight_columns(o, t, col, lanes, BLOCK_ROWS, BLOCK_VECTORS);
    for (; col < o->k->stride; col += V) weight_columns(o, t, col, lanes, 2 * BLOCK_ROWS, 1);
}

// t: dy, transposed
static void add_weight_gradient(const op_call *restrict o, const real *t)
{
    if (o->k->lanes == 32) weight_rows(o, t, 32);
    else weight_rows(o, t, (size_t)o->k->lanes);
}

// few outputs: partial sums over lanes l, l + DSC_PARTIAL, ...; only whole tiles have them
enum { PARTS = DSC_PARTIAL / V > 0 ? DSC_PARTIAL / V : 1 };
INLINE void add_partial_rows(const op_call *restrict o, const int rows)
{
    const vec *x = o->x[0], *dy = o->dy;
    vec *sums = o->dx[1];
    for (int k = 0; k < o->k->in_rows[0]; k++, x += TILE_VECTORS)
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++, sums += PARTS)
#pragma GCC unroll 4
            for (int p = 0; p < PARTS; p++) {
                vec s = sums[p];
#pragma GCC unroll 8
                for (int v = p; v < TILE_VECTORS; v += PARTS)
                    s = v_fma(x[v], dy[r * TILE_VECTORS + v], s);
                sums[p] = s;
            }
}
static void add_partial_weight_gradient(const op_call *restrict o)
{
    if (o->k->rows == 2) add_partial_rows(o, 2);
    else add_partial_rows(o, o->k->rows);
}
static void add_partial_bias_gradient(const op_call *restrict o)
{
    const vec *dy = o->dy;
    vec *sums = o->dx[2];
    for (int r = 0; r < o->k->rows; r++, sums += PARTS, dy += TILE_VECTORS)
        for (int p = 0; p < PARTS; p++)
            for (int v = p; v < TILE_VECTORS; v += PARTS) sums[p] += dy[v];
}

static void add_partial_gradients(const op_call *restrict o)
{
    if (o->dx[1]) add_partial_weight_gradient(o);
    if (o->k->bias && o->dx[2]) add_partial_bias_gradient(o);
}
static bool wants_weights(const op_call *restrict o)
{
    return o->dx[1] || (o->k->bias && o->dx[2]);
}

static void add_offset_gradient(const op_call *restrict o) // of a c that varies over lanes
{
    const vec *dy = o->dy;
    vec *dc = o->dx[2];
    const bool fresh = is_fresh(o, 2);
    for (int i = 0, n = o->k->bias || !dc ? 0 : vectors(o); i < n; i++) ADD_TO(dc[i], fresh, dy[i]);
}

static void dense_backward(const op_call *restrict o)
{
    real *t = o->scratch;
    if (o->dx[0]) input_gradient(o, is_fresh(o, 0) ? NULL : o->dx[0]);
    if (o->k->partial) add_partial_gradients(o);
    else if (wants_weights(o)) {
        transpose(o->dy, o->k->rows, o->k->lanes, t, o->k->stride);
        add_weight_gradient(o, t);
    }
    add_offset_gradient(o);
}

static void residual_leaky_backward(const op_call *restrict o)
{
    real *t = o->scratch, *da = t + (size_t)(o->k->stride * o->k->lanes);
    const vec *dy = o->dy;
    vec *dx = o->dx[0];
    transpose_slope(o->dy, o->saved, o->k->rows, o->k->lanes, da, t, o->k->stride);
    const bool add = dx && !is_fresh(o, 0);
    for (int i = 0, n = vectors(o); add && i < n; i++) dx[i] += dy[i];
    op_call layer = *o;
    layer.dy = da;
    if (dx) input_gradient(&layer, add ? dx : dy);
    if (o->k->partial) add_partial_gradients(&layer);
    else if (wants_weights(&layer)) add_weight_gradient(&layer, t);
    add_offset_gradient(&layer);
}
