// SPDX-License-Identifier: Apache-2.0
// draw.h — what closed loops draw, part of kernels.c in double precision: rows of uniform and
// normal numbers as noise.h makes them, and choices.

#if DSC_REAL_BITS == 64

// What two words give: rows `at` and `at + 1` of n.
INLINE void put_pair(vec first, vec second, double *y, int at, int n, int v, int S)
{
    if (at < n) ROW(y, at) = first;
    if (at + 1 < n) ROW(y, at + 1) = second;
}

static void number_rows(const dsc_draw *d, int n_uniform, double *uniform, int n_normal,
                        double *normal)
{
    const noise_at at = {.key = d->key, .step = d->step, .trial = d->trial};
    const round_keys keys = schedule(d->key);
    const int even = n_uniform + n_uniform % 2, n = even + n_normal;
    for (int v = 0, S = d->width / V; v < S; v++) {
        uvec streams[1][2] = {{stream_slots(d->stream + v * V, 0), U(0)}};
        for (int r = 0; r < n; r += 4) {
            ivec words[1][4], *w = words[0];
            noise_words(&at, &keys, (uint32_t)(r / 4), streams, words, 1);
#pragma GCC unroll 2
            for (int i = 0; i < 4; i += 2) {
                if (r + i >= n) break;
                vec x, y;
                if (r + i < even) {
                    x = uniform_of(w[i]), y = uniform_of(w[i + 1]);
                    put_pair(x, y, uniform, r + i, n_uniform, v, S);
                } else {
                    normal_pairs(&w[i], &w[i + 1], &x, &y, 1);
                    put_pair(x, y, normal, r + i - even, n_normal, v, S);
                }
            }
        }
    }
}

// p = softmax(logits); the choice is the number of options whose probabilities together are at most
// u. Where a logit is no number, p is none and the choice is 0; the answer is then false.
static bool choice_rows(int rows, int width, const double *logits, const double *u, double *p,
                        double *choice)
{
    vec wrong = K(0);
    for (int v = 0, S = width / V; v < S; v++) {
        vec largest = CROW(logits, 0), sum = K(0), below = K(0), chosen = K(0);
        for (int r = 1; r < rows; r++) largest = v_max(largest, CROW(logits, r));
        for (int r = 0; r < rows; r++) sum += ROW(p, r) = v_exp(CROW(logits, r) - largest);
        for (int r = 0; r < rows; r++) {
            ROW(p, r) = ROW(p, r) / sum;
            below += ROW(p, r);
            if (r + 1 < rows) chosen += v_select(v_le(below, CROW(u, 0)), K(1), K(0));
        }
        ROW(choice, 0) = chosen;
        wrong += v_select(v_eq(sum, sum), K(0), K(1));
    }
    for (int i = 0; i < V; i++)
        if (((const real *)&wrong)[i] != 0) return false;
    return true;
}
#else
#define number_rows NULL
#define choice_rows NULL
#endif
