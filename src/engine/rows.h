// SPDX-License-Identifier: Apache-2.0
// rows.h — ops with weights per row, part of kernels.c:
//   scaled_pick    y[k] = w[k] x[index[k]]         dx[index[k]] += w[k] dy[k],
//                                                  dw[k] += x[index[k]] dy[k]
//   noisy_channel  y[k] = x[k] + s[k] e[k], k < n  dx[k] += dy[k] + 2 a[k] x[k] dy[n],
//                  y[n] = sum of a[k] x[k]^2       ds[k] += e[k] dy[k],  de[k] += s[k] dy[k],
//                                                  da[k] += x[k]^2 dy[n]
//
// The weights are of parameter scope and read as they are, without a copy per lane. Their gradients
// are DSC_PARTIAL sums per weight, as in layers of few outputs; one sum where there is one lane.

// adds f(v) of S vectors of lanes to the sums of a weight, which are n vectors
#define ADD_TO_SUMS(sums, n, S, value)                                                   \
    do {                                                                                 \
        _Pragma("GCC unroll 4") for (size_t p = 0; p < (n); p++)                         \
        {                                                                                \
            vec sum = (sums)[p];                                                         \
            _Pragma("GCC unroll 4") for (size_t v = p; v < (S); v += (n)) sum = (value); \
            (sums)[p] = sum;                                                             \
        }                                                                                \
    } while (0)

INLINE void scaled_rows(const op_call *restrict o, const size_t S)
{
    const real *w = o->x[1];
    const vec *x = o->x[0];
    vec *y = o->y;
    for (int k = 0; k < o->k->rows; k++, y += S)
#pragma GCC unroll 4
        for (size_t v = 0; v < S; v++) y[v] = v_set(w[k]) * x[(size_t)o->k->index[k] * S + v];
}
static void scaled_pick_forward(const op_call *restrict o)
{
    if (o->k->lanes == TILE_VECTORS * V) scaled_rows(o, TILE_VECTORS);
    else scaled_rows(o, (size_t)(o->k->lanes / V));
}

INLINE void scaled_rows_back(const op_call *restrict o, const size_t S, const size_t n)
{
    const real *w = o->x[1];
    const vec *dy = o->dy;
    for (int k = 0; k < o->k->rows; k++, dy += S) {
        const vec *x = (const vec *)o->x[0] + (size_t)o->k->index[k] * S;
        vec *dx = o->dx[0] ? (vec *)o->dx[0] + (size_t)o->k->index[k] * S : NULL,
            *dw = o->dx[1] ? (vec *)o->dx[1] + (size_t)k * n : NULL;
#pragma GCC unroll 4
        for (size_t v = 0; dx && v < S; v++) dx[v] = v_fma(v_set(w[k]), dy[v], dx[v]);
        if (dw) ADD_TO_SUMS(dw, n, S, v_fma(x[v], dy[v], sum));
    }
}
static void scaled_pick_backward(const op_call *restrict o)
{
    clear_fresh(o);
    if (o->k->lanes == TILE_VECTORS * V) scaled_rows_back(o, TILE_VECTORS, PARTS);
    else scaled_rows_back(o, (size_t)(o->k->lanes / V), 1);
}

INLINE void channel(const op_call *restrict o, const size_t S)
{
    const int n = o->k->rows - 1;
    const real *s = o->x[1], *a = s + n;
    for (size_t v = 0; v < S; v++) {
        const vec *x = (const vec *)o->x[0] + v, *e = (const vec *)o->x[2] + v;
        vec *y = (vec *)o->y + v, cost = K(0);
        for (int k = 0; k < n; k++, x += S, e += S, y += S) {
            *y = v_fma(v_set(s[k]), *e, *x);
            cost = v_fma(v_set(a[k]) * *x, *x, cost);
        }
        *y = cost;
    }
}
static void noisy_channel_forward(const op_call *restrict o)
{
    if (o->k->lanes == TILE_VECTORS * V) channel(o, TILE_VECTORS);
    else channel(o, (size_t)(o->k->lanes / V));
}

INLINE void channel_back(const op_call *restrict o, const size_t S, const size_t n_sums)
{
    const size_t n = (size_t)o->k->rows - 1;
    const real *s = o->x[1], *a = s + n;
    const vec *x = o->x[0], *e = o->x[2], *dy = o->dy, *cost = dy + n * S;
    vec *dx = o->dx[0], *de = o->dx[2], *ds = o->dx[1];
    const bool f0 = is_fresh(o, 0), f2 = is_fresh(o, 2);
    for (size_t k = 0; k < n; k++, x += S, e += S, dy += S) {
#pragma GCC unroll 4
        for (size_t v = 0; dx && v < S; v++)
            ADD_TO(dx[k * S + v], f0, v_fma(v_set(a[k] + a[k]) * x[v], cost[v], dy[v]));
#pragma GCC unroll 4
        for (size_t v = 0; de && v < S; v++) ADD_TO(de[k * S + v], f2, v_set(s[k]) * dy[v]);
        if (!ds) continue;
        ADD_TO_SUMS(ds + k * n_sums, n_sums, S, v_fma(e[v], dy[v], sum));
        ADD_TO_SUMS(ds + (n + k) * n_sums, n_sums, S, v_fma(x[v] * x[v], cost[v], sum));
    }
}
static void noisy_channel_backward(const op_call *restrict o)
{
    if (o->k->lanes == TILE_VECTORS * V) channel_back(o, TILE_VECTORS, PARTS);
    else channel_back(o, (size_t)(o->k->lanes / V), 1);
}
