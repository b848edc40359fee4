// SPDX-License-Identifier: Apache-2.0
// index.h — ops that read and write by an index of their own per lane, part of kernels.c.
//
// x is seen as parts of n rows; the index names a part. An index that names none (-1: no choice)
// reads 0 and writes nothing. Few parts are selected by comparison, many are addressed lane by
// lane.

#define FEW_PARTS 8

// the part that a lane's index names, or -1
INLINE int part_of_lane(const op_call *restrict o, int lane, int parts)
{
    const real i = ((const real *)o->x[1])[lane];
    const int part = i >= 0 && i < (real)parts ? (int)i : -1;
    return part >= 0 && (real)part == i ? part : -1;
}

INLINE vmask is_part(vec index, int part)
{
    return v_eq(index, v_set((real)part));
}

static void take_by_lane(const op_call *restrict o, int n, int parts)
{
    const int lanes = o->k->lanes;
    const real *x = o->x[0];
    real *y = o->y;
    for (int l = 0; l < lanes; l++) {
        const int part = part_of_lane(o, l, parts);
        for (int r = 0; r < n; r++) y[r * lanes + l] = part < 0 ? 0 : x[(part * n + r) * lanes + l];
    }
}

// take:  y[r] = x[index n + r], r < n                                  dx[index n + r] += dy[r]
static void take_forward(const op_call *restrict o)
{
    const int n = o->k->rows, parts = o->k->in_rows[0] / n;
    if (parts > FEW_PARTS) {
        take_by_lane(o, n, parts);
        return;
    }
    LANE_LOOP
    {
        const vec index = CROW(o->x[1], 0);
        for (int r = 0; r < n; r++) {
            vec y = K(0);
            for (int p = 0; p < parts; p++)
                y = v_select(is_part(index, p), CROW(o->x[0], p * n + r), y);
            ROW(o->y, r) = y;
        }
    }
}
static void take_backward_by_lane(const op_call *restrict o, int n, int parts)
{
    const int lanes = o->k->lanes;
    const real *dy = o->dy;
    real *dx = o->dx[0];
    for (int l = 0; l < lanes; l++) {
        const int part = part_of_lane(o, l, parts);
        for (int r = 0; r < n && part >= 0; r++)
            dx[(part * n + r) * lanes + l] += dy[r * lanes + l];
    }
}
static void take_backward(const op_call *restrict o)
{
    const int n = o->k->rows, parts = o->k->in_rows[0] / n;
    clear_fresh(o);
    if (!o->dx[0]) return;
    if (parts > FEW_PARTS) {
        take_backward_by_lane(o, n, parts);
        return;
    }
    LANE_LOOP
    {
        const vec index = CROW(o->x[1], 0);
        for (int p = 0; p < parts; p++)
            for (int r = 0; r < n; r++)
                ROW(o->dx[0], p * n + r) += v_select(is_part(index, p), CROW(o->dy, r), K(0));
    }
}

static void place_by_lane(const op_call *restrict o, int n, int parts)
{
    const int lanes = o->k->lanes;
    const real *w = o->x[2];
    real *y = o->y;
    memcpy(y, o->x[0], sizeof(real) * (size_t)(o->k->rows * lanes));
    for (int l = 0; l < lanes; l++) {
        const int part = part_of_lane(o, l, parts);
        for (int r = 0; r < n && part >= 0; r++) y[(part * n + r) * lanes + l] = w[r * lanes + l];
    }
}

// place:  y = x, but y[index n + r] = w[r], r < n     dx += dy elsewhere, dw[r] += dy[index n + r]
static void place_forward(const op_call *restrict o)
{
    const int n = o->k->in_rows[2], parts = o->k->rows / n;
    if (parts > FEW_PARTS) {
        place_by_lane(o, n, parts);
        return;
    }
    LANE_LOOP
    {
        const vec index = CROW(o->x[1], 0);
        for (int p = 0; p < parts; p++)
            for (int r = 0; r < n; r++)
                ROW(o->y, p * n + r) =
                    v_select(is_part(index, p), CROW(o->x[2], r), CROW(o->x[0], p * n + r));
    }
}
static void place_backward(const op_call *restrict o)
{
    const int n = o->k->in_rows[2], parts = o->k->rows / n;
    clear_fresh(o);
    LANE_LOOP
    {
        const vec index = CROW(o->x[1], 0);
        for (int p = 0; p < parts; p++) {
            const vmask here = is_part(index, p);
            for (int r = 0; r < n; r++) {
                const vec dy = CROW(o->dy, p * n + r);
                if (o->dx[0]) ROW(o->dx[0], p * n + r) += v_select(here, K(0), dy);
                if (o->dx[2]) ROW(o->dx[2], r) += v_select(here, dy, K(0));
            }
        }
    }
}

// gate:  y = x where the mask m > a, else w        dx += dy where m > a, dw += dy elsewhere
static void gate_forward(const op_call *restrict o)
{
    LANE_LOOP
    {
        const vmask open = v_lt(v_set((real)o->k->a), CROW(o->x[0], 0));
        for (int r = 0; r < o->k->rows; r++)
            ROW(o->y, r) = v_select(open, CROW(o->x[1], r), CROW(o->x[2], r));
    }
}
static void gate_backward(const op_call *restrict o)
{
    const bool f1 = is_fresh(o, 1), f2 = is_fresh(o, 2);
    if (is_fresh(o, 0)) memset(o->dx[0], 0, sizeof(real) * (size_t)o->k->lanes);
    LANE_LOOP
    {
        const vmask open = v_lt(v_set((real)o->k->a), CROW(o->x[0], 0));
        for (int r = 0; r < o->k->rows; r++) {
            const vec dy = CROW(o->dy, r);
            if (o->dx[1]) ADD_TO(ROW(o->dx[1], r), f1, v_select(open, dy, K(0)));
            if (o->dx[2]) ADD_TO(ROW(o->dx[2], r), f2, v_select(open, K(0), dy));
        }
    }
}

// largest:  y = max x                                                  dx[first largest] += dy
static void largest_forward(const op_call *restrict o)
{
    LANE_LOOP ROW(o->y, 0) = largest_row(o->x[0], o->k->in_rows[0], S, v);
}
static void largest_backward(const op_call *restrict o)
{
    clear_fresh(o);
    LANE_LOOP
    {
        const vec m = largest_row(o->x[0], o->k->in_rows[0], S, v);
        vec left = CROW(o->dy, 0);
        for (int r = 0; r < o->k->in_rows[0]; r++) {
            const vmask here = v_eq(CROW(o->x[0], r), m);
            ROW(o->dx[0], r) += v_select(here, left, K(0));
            left = v_select(here, K(0), left);
        }
    }
}
