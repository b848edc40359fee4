// SPDX-License-Identifier: Apache-2.0
// softmax.h — softmax and what is made of it, part of kernels.c; rows are taken less the largest.

INLINE vec largest_row(const void *x, int rows, int S, int v)
{
    vec m = CROW(x, 0);
    for (int r = 1; r < rows; r++) m = v_max(m, CROW(x, r));
    return m;
}

// softmax:  y = exp(x - max) / sum                                     dx += y (dy - sum y dy)
static void softmax_forward(const op_call *restrict o)
{
    LANE_LOOP
    {
        vec m = largest_row(o->x[0], o->k->rows, S, v), s = K(0);
        for (int r = 0; r < o->k->rows; r++) s += ROW(o->y, r) = v_exp(CROW(o->x[0], r) - m);
        for (int r = 0; r < o->k->rows; r++) ROW(o->y, r) /= s;
    }
}
static void softmax_backward(const op_call *restrict o)
{
    clear_fresh(o);
    LANE_LOOP
    {
        vec s = K(0);
        for (int r = 0; r < o->k->rows; r++) s = v_fma(CROW(o->y, r), CROW(o->dy, r), s);
        for (int r = 0; r < o->k->rows; r++)
            ROW(o->dx[0], r) += CROW(o->y, r) * (CROW(o->dy, r) - s);
    }
}

// log_softmax:  y = x - max - ln sum exp(x - max)                      dx += dy - exp(y) sum dy
static void log_softmax_forward(const op_call *restrict o)
{
    LANE_LOOP
    {
        vec m = largest_row(o->x[0], o->k->rows, S, v), s = K(0);
        for (int r = 0; r < o->k->rows; r++) s += v_exp(CROW(o->x[0], r) - m);
        vec l = v_log(s);
        for (int r = 0; r < o->k->rows; r++) ROW(o->y, r) = CROW(o->x[0], r) - m - l;
    }
}
static void log_softmax_backward(const op_call *restrict o)
{
    clear_fresh(o);
    LANE_LOOP
    {
        vec s = K(0);
        for (int r = 0; r < o->k->rows; r++) s += CROW(o->dy, r);
        for (int r = 0; r < o->k->rows; r++)
            ROW(o->dx[0], r) += CROW(o->dy, r) - v_exp(CROW(o->y, r)) * s;
    }
}

// cross_entropy:  y = ln sum exp(x - m) - (x[label] - m), m the largest
//                                                      dx += (softmax(x) - [k = label]) dy
// saved: z = m + ln sum exp(x - m); of two options e = exp of the smaller less the larger, from
// which both probabilities follow without an exponential: 1 / (1 + e) and e / (1 + e)
INLINE vmask has_label(vec label, int rows, vec *inside)
{
    vmask m = v_lt(label, v_set((real)rows));
    *inside = v_select(m, v_select(v_le(K(0), label), K(1), K(0)), K(0));
    return v_eq(*inside, K(1));
}
INLINE void two_options_forward(const op_call *restrict o, int S, int v, const int n)
{
    const vec *x0 = &CROW(o->x[0], 0), *x1 = &CROW(o->x[0], 1), *labels = &CROW(o->x[1], 0);
    vec d[4], e[4], l[4];
    EACH(n) d[i] = x0[i] - x1[i];
    EACH(n) l[i] = v_min(d[i], -d[i]);
    exp_of_negative_each(l, e, n);
    EACH(n) l[i] = K(1) + e[i];
    log_normal_each(l, K(0), l, n);
    EACH(n)
    {
        const vec m = v_max(x0[i], x1[i]), label = labels[i];
        const vec at_label =
            v_select(v_eq(label, K(0)), x0[i] - m, v_select(v_eq(label, K(1)), x1[i] - m, K(0)));
        vec inside, y = v_select(has_label(label, 2, &inside), l[i] - at_label, K(0));
        (&ROW(o->y, 0))[i] = v_select(v_eq(d[i], d[i]), y, d[i]);
        if (o->saved) (&ROW(o->saved, 0))[i] = e[i];
    }
}
static void cross_entropy_forward(const op_call *restrict o)
{
    const int n = o->k->in_rows[0], S = o->k->lanes / V;
    int v = 0;
    for (; n == 2 && v + 4 <= S; v += 4) two_options_forward(o, S, v, 4);
    for (; n == 2 && v < S; v++) two_options_forward(o, S, v, 1);
    for (; v < S; v++) {
        const vec m = largest_row(o->x[0], n, S, v), label = CROW(o->x[1], 0);
        vec s = K(0), at_label = K(0), inside;
        for (int r = 0; r < n; r++) {
            s += v_exp(CROW(o->x[0], r) - m);
            at_label = v_select(v_eq(label, v_set((real)r)), CROW(o->x[0], r) - m, at_label);
        }
        const vec log_s = v_log(s);
        ROW(o->y, 0) = v_select(has_label(label, n, &inside), log_s - at_label, K(0));
        if (o->saved) ROW(o->saved, 0) = m + log_s;
    }
}
static void two_options_backward(const op_call *restrict o)
{
    LANE_LOOP
    {
        const vec label = CROW(o->x[1], 0), e = CROW(o->saved, 0);
        const vec larger = K(1) / (K(1) + e), smaller = e * larger;
        const vmask is_0 = v_le(CROW(o->x[0], 1), CROW(o->x[0], 0));
        const vec p0 = v_select(is_0, larger, smaller), p1 = v_select(is_0, smaller, larger);
        vec inside;
        has_label(label, 2, &inside);
        const vec dy = CROW(o->dy, 0) * inside;
        ROW(o->dx[0], 0) += (p0 - v_select(v_eq(label, K(0)), K(1), K(0))) * dy;
        ROW(o->dx[0], 1) += (p1 - v_select(v_eq(label, K(1)), K(1), K(0))) * dy;
    }
}
static void cross_entropy_backward(const op_call *restrict o)
{
    const int n = o->k->in_rows[0];
    clear_fresh(o);
    if (n == 2) {
        two_options_backward(o);
        return;
    }
    LANE_LOOP
    {
        const vec label = CROW(o->x[1], 0), z = CROW(o->saved, 0);
        vec inside;
        has_label(label, n, &inside);
        const vec dy = CROW(o->dy, 0) * inside;
        for (int r = 0; r < n; r++) {
            const vec p = v_exp(CROW(o->x[0], r) - z);
            ROW(o->dx[0], r) += (p - v_select(v_eq(label, v_set((real)r)), K(1), K(0))) * dy;
        }
    }
}
