// SPDX-License-Identifier: Apache-2.0
// search.c — bounded BFGS, one step of thought per evaluation, so that thousands of searches can
// have their values and gradients computed together.
//   step      p minimises g'p + p'Bp/2 within the bounds and half a range (box.c)
//   length    1, shortened by interpolation until f falls by 1e-4 of the slope (Armijo)
//   update    B += r r'/s'r - Bs s'B/s'Bs, r = y damped towards Bs (Powell 1978), so that B stays
//             positive definite
//   end       every |projected gradient| times range is at most tolerance max(1, |f|); or the last
//             step lowered f by at most a tenth of that, and the model promises a ten-thousandth;
//             with ten thousand times the tolerance until search_refine asks for more
// Nocedal & Wright 2006, chapters 3, 6, 18.
#include <float.h>
#include <math.h>
#include <string.h>

#include "fit/internal.h"

enum { MOST_SHRINKS = 12 };
static const double first_step = 0.1, longest_step = 0.5, sufficient = 1e-4, coarse = 1e4;

// ---- the block of a search ----------------------------------------------------------------------

typedef struct parts {
    double *x, *g, *p, *trial, *B;
} parts;

static parts parts_of(int n, double *block)
{
    return (parts){block, block + n, block + 2 * n, block + 3 * n, block + 4 * n};
}

size_t search_block(int n)
{
    return (size_t)n * (size_t)(n + 4);
}

double *search_x(const search_space *w, double *block)
{
    return parts_of(w->n, block).x;
}

double *search_trial(const search_space *w, double *block)
{
    return parts_of(w->n, block).trial;
}

// ---- gradients ----------------------------------------------------------------------------------

static bool is_held(const search_space *w, const parts *b, int i)
{
    return (b->x[i] <= w->lowest[i] && b->g[i] > 0) || (b->x[i] >= w->highest[i] && b->g[i] < 0);
}

// The largest change per range that the free parameters promise.
static double steepness(const search_space *w, const parts *b)
{
    double most = 0;
    for (int i = 0; i < w->n; i++)
        if (!is_held(w, b, i)) most = fmax(most, fabs(b->g[i]) * w->scale[i]);
    return most;
}

// A gradient of exactly 0 strictly between the bounds: the parameter does nothing here.
static bool is_flat(const search_space *w, const parts *b)
{
    for (int i = 0; i < w->n; i++)
        if (b->x[i] > w->lowest[i] && b->x[i] < w->highest[i] && b->g[i] == 0) return true;
    return false;
}

static bool all_finite(int n, const double *g)
{
    for (int i = 0; i < n; i++)
        if (!isfinite(g[i])) return false;
    return true;
}

// ---- the model of the curvature -----------------------------------------------------------------

static void set_curvature(const search_space *w, double *B, double level)
{
    memset(B, 0, (size_t)(w->n * w->n) * sizeof *B);
    for (int i = 0; i < w->n; i++) B[i * w->n + i] = level / (w->scale[i] * w->scale[i]);
}

static void begin_curvature(const search_space *w, search *s, const parts *b)
{
    set_curvature(w, b->B, fmax(steepness(w, b) / first_step, DBL_MIN));
    s->fresh = 1;
}

static double dot(int n, const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

// step: from x to the trial; y: what the gradient changed by.
static void update_curvature(const search_space *w, search *s, const parts *b, const double *step,
                             double *y)
{
    const int n = w->n;
    double Bs[FIT_MOST], sy = dot(n, step, y), scaled = 0;
    for (int i = 0; i < n; i++) scaled += y[i] * y[i] * w->scale[i] * w->scale[i];
    if (s->fresh == 1 && sy > 0 && isfinite(scaled / sy)) set_curvature(w, b->B, scaled / sy);
    for (int i = 0; i < n; i++) Bs[i] = dot(n, b->B + i * n, step);
    const double sBs = dot(n, step, Bs);
    if (!(sBs > 0) || !isfinite(sBs) || !isfinite(sy)) return;
    if (sy < 0.2 * sBs) {
        const double damping = 0.8 * sBs / (sBs - sy);
        for (int i = 0; i < n; i++) y[i] = damping * y[i] + (1 - damping) * Bs[i];
        sy = dot(n, step, y);
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) b->B[i * n + j] += y[i] * y[j] / sy - Bs[i] * Bs[j] / sBs;
    s->fresh = 0;
}

// ---- steps --------------------------------------------------------------------------------------

static void place_trial(const search_space *w, const search *s, const parts *b)
{
    for (int i = 0; i < w->n; i++)
        b->trial[i] = fmin(fmax(b->x[i] + s->t * b->p[i], w->lowest[i]), w->highest[i]);
}

// The step from x; returns by how much the model promises to lower f.
static double find_step(const search_space *w, search *s, const parts *b)
{
    double low[FIT_MOST], high[FIT_MOST];
    for (int i = 0; i < w->n; i++) {
        low[i] = fmax(w->lowest[i] - b->x[i], -longest_step * w->scale[i]);
        high[i] = fmin(w->highest[i] - b->x[i], longest_step * w->scale[i]);
    }
    const double fall = box_minimise(w->n, b->B, b->g, low, high, b->p);
    s->slope = dot(w->n, b->g, b->p);
    s->t = 1;
    s->shrinks = 0;
    return s->slope < 0 ? fall : 0;
}

// No step lowers f any more. A search that had converged before has now, as far as doubles go.
static void give_up(search *s)
{
    s->state = s->refined ? SEARCH_CONVERGED : SEARCH_STUCK;
}

static void next_step(const search_space *w, search *s, const parts *b)
{
    const double tolerance = s->refined ? w->tolerance : coarse * w->tolerance,
                 small = tolerance * fmax(1, fabs(s->f)), promise = find_step(w, s, b);
    const bool level = steepness(w, b) <= small, settled = !s->fresh && s->last_fall <= 0.1 * small;
    if (promise <= 1e-4 * small && (level || settled))
        s->state = is_flat(w, b) ? SEARCH_FLAT : SEARCH_CONVERGED;
    else if (promise <= 4 * DBL_EPSILON * fabs(s->f)) give_up(s);
    else place_trial(w, s, b);
}

// The trial was no good: a shorter one, by the parabola through what is known.
static void shorten(const search_space *w, search *s, const parts *b, double f)
{
    const double excess = f - s->f - s->slope * s->t;
    const double parabola = -s->slope * s->t * s->t / (2 * excess);
    s->t = isfinite(parabola) ? fmin(fmax(parabola, 0.1 * s->t), 0.5 * s->t) : 0.1 * s->t;
    if (++s->shrinks <= MOST_SHRINKS) {
        place_trial(w, s, b);
        return;
    }
    if (s->fresh) {
        give_up(s);
        return;
    }
    for (int i = 0; i < w->n; i++)
        for (int j = 0; j < w->n; j++) b->B[i * w->n + j] *= i == j ? 10 : 0;
    s->fresh = 2;
    next_step(w, s, b);
}

static void accept(const search_space *w, search *s, const parts *b, double f, const double *g)
{
    double step[FIT_MOST], y[FIT_MOST];
    for (int i = 0; i < w->n; i++) {
        step[i] = b->trial[i] - b->x[i];
        y[i] = g[i] - b->g[i];
    }
    update_curvature(w, s, b, step, y);
    memcpy(b->x, b->trial, (size_t)w->n * sizeof *b->x);
    memcpy(b->g, g, (size_t)w->n * sizeof *b->g);
    s->last_fall = s->f - f;
    s->f = f;
    next_step(w, s, b);
}

// ---- from outside -------------------------------------------------------------------------------

void search_begin(const search_space *w, search *s, double *block, const double *x0)
{
    const parts b = parts_of(w->n, block);
    *s = (search){.state = SEARCH_RUNNING, .f = INFINITY, .last_fall = INFINITY};
    memset(block, 0, search_block(w->n) * sizeof *block);
    memcpy(b.x, x0, (size_t)w->n * sizeof *x0);
    place_trial(w, s, &b);
}

static void take_first(const search_space *w, search *s, const parts *b, double f, const double *g)
{
    memcpy(b->x, b->trial, (size_t)w->n * sizeof *b->x);
    memcpy(b->g, g, (size_t)w->n * sizeof *b->g);
    s->f = f;
    begin_curvature(w, s, b);
    next_step(w, s, b);
}

void search_take(const search_space *w, search *s, double *block, double f, const double *g)
{
    const parts b = parts_of(w->n, block);
    const bool good = isfinite(f) && all_finite(w->n, g);
    if (s->rounds++ == 0) {
        if (good) take_first(w, s, &b, f, g);
        else s->state = SEARCH_INFINITE;
    } else if (good && f <= s->f + sufficient * s->t * s->slope) accept(w, s, &b, f, g);
    else shorten(w, s, &b, good ? f : INFINITY);
    if (s->state == SEARCH_RUNNING && s->rounds >= w->most_rounds) s->state = SEARCH_EXHAUSTED;
}

void search_refine(const search_space *w, search *s, double *block)
{
    const parts b = parts_of(w->n, block);
    s->refined = 1;
    s->state = SEARCH_RUNNING;
    next_step(w, s, &b);
}
