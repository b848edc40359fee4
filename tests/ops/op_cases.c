// SPDX-License-Identifier: Apache-2.0
// op_cases.c — see op_cases.h.
#include <stdio.h>

#include "ops/op_cases.h"

const double op_cell_coefficients[2] = {0.7, -1.3};

// ---- ranges of the operands: away from kinks and jumps by more than a trial moves them (0.1) ----

#define SMOOTH    \
    {             \
        {         \
            -2, 2 \
        }         \
    }
#define NOT_0       \
    {               \
        {-2, -0.2}, \
        {           \
            0.2, 2  \
        }           \
    }
#define POSITIVE   \
    {              \
        {          \
            0.4, 3 \
        }          \
    }
#define MIDDLE        \
    {                 \
        {             \
            -0.5, 0.5 \
        }             \
    }
#define SIDES         \
    {                 \
        {-1.5, -0.8}, \
        {             \
            0.8, 1.5  \
        }             \
    }
#define AROUND_3                   \
    {                              \
        {-4.5, -3.2}, {-2.8, 2.8}, \
        {                          \
            3.2, 4.5               \
        }                          \
    }
static const op_range ranges[OP_COUNT][3][3] = {
    [OP_negate] = {SMOOTH},
    [OP_absolute] = {NOT_0},
    [OP_square] = {SMOOTH},
    [OP_square_root] = {POSITIVE},
    [OP_exponential] = {SMOOTH},
    [OP_logarithm] = {POSITIVE},
    [OP_log_one_plus] = {{{-0.6, 3}}},
    [OP_exp_minus_one] = {SMOOTH},
    [OP_sine] = {{{-9, 9}}},
    [OP_cosine] = {{{-9, 9}}},
    [OP_one_minus] = {SMOOTH},
    [OP_stop_gradient] = {SMOOTH},
    [OP_add] = {SMOOTH, SMOOTH},
    [OP_subtract] = {SMOOTH, SMOOTH},
    [OP_multiply] = {SMOOTH, SMOOTH},
    [OP_divide] = {SMOOTH, SIDES},
    [OP_power] = {POSITIVE, SMOOTH},
    [OP_minimum] = {SIDES, MIDDLE},
    [OP_maximum] = {MIDDLE, SIDES},
    [OP_less] = {SIDES, MIDDLE},
    [OP_equal] = {SIDES, MIDDLE},
    [OP_relu] = {NOT_0},
    [OP_relu6] = {{{-2, -0.2}, {0.2, 5.8}, {6.2, 8}}},
    [OP_leaky_relu] = {NOT_0},
    [OP_elu] = {NOT_0},
    [OP_celu] = {NOT_0},
    [OP_selu] = {NOT_0},
    [OP_gelu] = {SMOOTH},
    [OP_sigmoid] = {SMOOTH},
    [OP_tanh] = {SMOOTH},
    [OP_softplus] = {SMOOTH},
    [OP_soft_sign] = {NOT_0},
    [OP_silu] = {SMOOTH},
    [OP_mish] = {SMOOTH},
    [OP_log_sigmoid] = {SMOOTH},
    [OP_hard_tanh] = {{{-2, -1.2}, {-0.8, 0.8}, {1.2, 2}}},
    [OP_hard_sigmoid] = {AROUND_3},
    [OP_hard_silu] = {AROUND_3},
    [OP_squareplus] = {SMOOTH},
    [OP_normal_cdf] = {SMOOTH},
    [OP_log_normal_cdf] = {SMOOTH},
    [OP_sum] = {SMOOTH},
    [OP_dot] = {SMOOTH, SMOOTH},
    [OP_largest] = {SMOOTH},
    [OP_softmax] = {SMOOTH},
    [OP_log_softmax] = {SMOOTH},
    [OP_select] = {SIDES, SMOOTH, SMOOTH},
    [OP_cross_entropy] = {SMOOTH},
    [OP_mix] = {SMOOTH, SMOOTH, SMOOTH},
    [OP_multiply_add] = {SMOOTH, SMOOTH, SMOOTH},
    [OP_dense] = {SMOOTH, SMOOTH, SMOOTH},
    [OP_residual_leaky] = {SMOOTH, SMOOTH, SMOOTH},
    [OP_pick] = {SMOOTH},
    [OP_scaled_pick] = {SMOOTH, SMOOTH},
    [OP_noisy_channel] = {SMOOTH, SMOOTH, SMOOTH},
    [OP_concat] = {SMOOTH, SMOOTH},
    [OP_scale] = {SMOOTH},
    [OP_offset] = {SMOOTH},
    [OP_clip] = {{{-2, -1.2}, {-0.8, 1.3}, {1.7, 2.5}}},
    [OP_onehot] = {SMOOTH},
    [OP_take] = {SMOOTH},
    [OP_gate] = {SIDES, SMOOTH, SMOOTH},
    [OP_place] = {SMOOTH, SMOOTH, SMOOTH},
    [OP_normal] = {SMOOTH},
    [OP_uniform] = {SMOOTH},
};

bool op_case_has_range(op_id op)
{
    return ranges[op][0][0].low < ranges[op][0][0].high;
}

// ---- the cell under construction ----------------------------------------------------------------

typedef struct making {
    dsc_builder *b;
    dsc_stream random;
    op_id op;
    dsc_node x;     // inputs: drift, label, mask, weight
    dsc_node drift; // [1] of the trial, moved by an earlier trial; within 0.1
    int rows, n_parameters;
    op_range range[OP_MAX_PARAMETERS][3];
} making;

static double draw_in(dsc_stream *s, const op_range range[3])
{
    int n = 1;
    while (n < 3 && range[n].low < range[n].high) n++;
    const op_range r = range[dsc_stream_below(s, (uint32_t)n)];
    return r.low + (r.high - r.low) * dsc_stream_uniform(s);
}

static dsc_node random_constant(making *m, int rows, const op_range range[3])
{
    double values[256];
    for (int i = 0; i < rows; i++) values[i] = draw_in(&m->random, range);
    return dsc_constant(m->b, rows, values);
}

static dsc_node random_parameter(making *m, int k, int rows, int cols, dsc_level level)
{
    char name[16];
    snprintf(name, sizeof name, "p%d", m->n_parameters);
    for (int i = 0; i < 3; i++) m->range[m->n_parameters][i] = ranges[m->op][k][i];
    m->n_parameters++;
    return dsc_parameter_add(
        m->b, &(dsc_parameter){.name = name, .rows = rows, .cols = cols, .level = level});
}

// Operand k: one time in five a constant, else a parameter of any level, two times in three moved
// by the trial.
static dsc_node operand(making *m, int k, int rows)
{
    static const op_range unit[3] = {{-1, 1}};
    if (dsc_stream_below(&m->random, 5) == 0) return random_constant(m, rows, ranges[m->op][k]);
    const dsc_node p = random_parameter(m, k, rows, 1, (dsc_level)dsc_stream_below(&m->random, 3));
    if (dsc_stream_below(&m->random, 3) == 0) return p;
    return dsc_add(m->b, p, dsc_multiply(m->b, random_constant(m, rows, unit), m->drift));
}

// The same; one time in four a single row that is repeated.
static dsc_node repeated_operand(making *m, int k)
{
    return operand(m, k, dsc_stream_below(&m->random, 4) ? m->rows : 1);
}

// One time in six a matrix, where the op allows it.
static dsc_node matrix_or_vector(making *m, int k)
{
    if (dsc_stream_below(&m->random, 6)) return operand(m, k, m->rows);
    return random_parameter(m, k, m->rows, 3, DSC_PER_MODEL);
}

// ---- the ops ------------------------------------------------------------------------------------

#define DSC_UNARY(name, needs, formula)            \
    static dsc_node make_##name(making *m)         \
    {                                              \
        const dsc_node x = matrix_or_vector(m, 0); \
        return dsc_##name(m->b, x);                \
    }
#define DSC_BINARY(name, needs, formula)                                       \
    static dsc_node make_##name(making *m)                                     \
    {                                                                          \
        const dsc_node x = repeated_operand(m, 0), w = repeated_operand(m, 1); \
        return dsc_##name(m->b, x, w);                                         \
    }
#define DSC_REDUCE1(name, needs, formula) DSC_UNARY(name, needs, formula)
#define DSC_REDUCE2(name, needs, formula)                                      \
    static dsc_node make_##name(making *m)                                     \
    {                                                                          \
        const dsc_node x = operand(m, 0, m->rows), w = operand(m, 1, m->rows); \
        return dsc_##name(m->b, x, w);                                         \
    }
#define DSC_ROWS(name, needs, formula)             \
    static dsc_node make_##name(making *m)         \
    {                                              \
        const dsc_node x = operand(m, 0, m->rows); \
        return dsc_##name(m->b, x);                \
    }
#define DSC_SPECIAL(name, arity, needs, formula)
#include "discern/ops.h"

#define TERNARY(name)                                                          \
    static dsc_node make_##name(making *m)                                     \
    {                                                                          \
        const dsc_node x = repeated_operand(m, 0), w = repeated_operand(m, 1); \
        const dsc_node c = repeated_operand(m, 2);                             \
        return dsc_##name(m->b, x, w, c);                                      \
    }
TERNARY(mix)
TERNARY(multiply_add)

static dsc_node make_select(making *m)
{
    const dsc_node mask = dsc_slice(m->b, m->x, 2, 1);
    const dsc_node x = repeated_operand(m, 1), w = repeated_operand(m, 2);
    return dsc_select(m->b, mask, x, w);
}

static dsc_node make_cross_entropy(making *m)
{
    const dsc_node x = operand(m, 0, m->rows);
    return dsc_cross_entropy(m->b, x, dsc_slice(m->b, m->x, 1, 1));
}

// Outputs from 1 to 40: few have sums of their own, many go through blocks. Sometimes a part of a
// matrix: rows of it in place, or columns copied.
static dsc_node make_dense(making *m)
{
    const int n_in = m->rows, n_out = 1 + (int)dsc_stream_below(&m->random, 40);
    const uint32_t how = dsc_stream_below(&m->random, 3);
    const dsc_node x = operand(m, 0, n_in), c = operand(m, 2, n_out);
    dsc_node W = random_parameter(m, 1, n_in + (how == 1), n_out + 2 * (how == 2), DSC_PER_MODEL);
    if (how == 1) W = dsc_slice(m->b, W, 1, n_in);
    if (how == 2) W = dsc_columns(m->b, W, 1, n_out);
    return dsc_dense(m->b, x, W, c);
}

// Of up to 28 rows, so that every size of block has its turn; one time in four from a part of x.
static dsc_node make_residual_leaky(making *m)
{
    const bool part = dsc_stream_below(&m->random, 4) == 0;
    const int n = m->rows * (1 + (int)dsc_stream_below(&m->random, 4));
    dsc_node x = operand(m, 0, n + part);
    if (part) x = dsc_slice(m->b, x, 1, n);
    const dsc_node W = random_parameter(m, 1, n, n, DSC_PER_MODEL), c = operand(m, 2, n);
    return dsc_residual(m->b, "leaky_relu", x, W, c);
}

static dsc_node make_pick(making *m)
{
    const dsc_node x = matrix_or_vector(m, 0);
    int index[6];
    for (int i = 0; i < 6; i++) index[i] = (int)dsc_stream_below(&m->random, (uint32_t)m->rows);
    return dsc_pick(m->b, x, 6, index);
}

static dsc_node make_scaled_pick(making *m)
{
    const dsc_node x = operand(m, 0, m->rows), w = random_parameter(m, 1, 6, 1, DSC_PER_MODEL);
    int index[6];
    for (int i = 0; i < 6; i++) index[i] = (int)dsc_stream_below(&m->random, (uint32_t)m->rows);
    return dsc_scaled_pick(m->b, x, w, 6, index);
}

static dsc_node make_noisy_channel(making *m)
{
    const dsc_node x = operand(m, 0, m->rows), e = operand(m, 2, m->rows);
    const dsc_node s = random_parameter(m, 1, m->rows, 1, DSC_PER_MODEL),
                   a = random_parameter(m, 1, m->rows, 1, DSC_PER_MODEL);
    return dsc_noisy_channel(m->b, x, s, a, e);
}

// Of a part of something, of twice the same, or of three.
static dsc_node make_concat(making *m)
{
    const dsc_node x = operand(m, 0, m->rows), w = operand(m, 1, 2);
    const uint32_t how = dsc_stream_below(&m->random, 3);
    const dsc_node part = dsc_slice(m->b, w, 1, 1), y = dsc_concat(m->b, x, how ? w : part);
    return how < 2 ? y : dsc_concat(m->b, y, dsc_stream_below(&m->random, 2) ? y : w);
}

static dsc_node make_scale(making *m)
{
    const dsc_node x = matrix_or_vector(m, 0);
    return dsc_scale(m->b, x, -1.7);
}

static dsc_node make_offset(making *m)
{
    const dsc_node x = matrix_or_vector(m, 0);
    return dsc_offset(m->b, x, 0.6);
}

static dsc_node make_clip(making *m)
{
    const dsc_node x = matrix_or_vector(m, 0);
    return dsc_clip(m->b, x, -1, 1.5);
}

static dsc_node make_onehot(making *m)
{
    const dsc_node hot = dsc_onehot(m->b, dsc_slice(m->b, m->x, 1, 1), m->rows);
    const dsc_node x = operand(m, 0, m->rows);
    return dsc_multiply(m->b, hot, x);
}

// Of few parts (compared) or many (addressed), of one row or several; the label is sometimes no
// part.
static dsc_node parts(making *m, int rows)
{
    return operand(m, 0, rows * (m->rows + (dsc_stream_below(&m->random, 2) ? 8 : 0)));
}

static dsc_node make_take(making *m)
{
    const int rows = 1 + (int)dsc_stream_below(&m->random, 3);
    const dsc_node x = parts(m, rows);
    return dsc_take(m->b, x, dsc_slice(m->b, m->x, 1, 1), rows);
}

static dsc_node make_gate(making *m)
{
    const dsc_node mask = dsc_slice(m->b, m->x, 2, 1);
    const dsc_node x = operand(m, 1, m->rows), w = operand(m, 2, m->rows);
    return dsc_gate(m->b, mask, 0.5, x, w);
}

static dsc_node make_place(making *m)
{
    const int rows = 1 + (int)dsc_stream_below(&m->random, 3);
    const dsc_node x = parts(m, rows), w = operand(m, 2, rows);
    return dsc_place(m->b, x, dsc_slice(m->b, m->x, 1, 1), w);
}

static dsc_node make_normal(making *m)
{
    const dsc_node e = dsc_normal(m->b, "noise", m->rows), s = operand(m, 0, m->rows);
    return dsc_multiply(m->b, e, s);
}

static dsc_node make_uniform(making *m)
{
    const dsc_node e = dsc_uniform(m->b, "noise", m->rows), s = operand(m, 0, m->rows);
    return dsc_multiply(m->b, e, s);
}

typedef struct op_case {
    const char *name;
    dsc_node (*make)(making *m);
} op_case;
#define CASE(name) [OP_##name] = {#name, make_##name},
static const op_case cases[OP_COUNT] = {
#define DSC_UNARY(name, needs, formula)          CASE(name)
#define DSC_BINARY(name, needs, formula)         CASE(name)
#define DSC_REDUCE1(name, needs, formula)        CASE(name)
#define DSC_REDUCE2(name, needs, formula)        CASE(name)
#define DSC_ROWS(name, needs, formula)           CASE(name)
#define DSC_SPECIAL(name, arity, needs, formula) CASE(name)
#include "discern/ops.h"
};

op_id op_case_first(void)
{
    return OP_SLICE + 1;
}

const char *op_case_name(op_id op)
{
    return cases[op].name;
}

// ---- the whole cell -----------------------------------------------------------------------------

// The sum of all values (y may be a matrix), and a weighted sum of the first ones.
static dsc_node weighted_sum(making *m, dsc_node y)
{
    static const op_range unit[3] = {{-1, 1}};
    int first[64];
    const int rows = dsc_rows(m->b, y);
    for (int i = 0; i < rows; i++) first[i] = i;
    const dsc_node c = random_constant(m, rows, unit), v = dsc_pick(m->b, y, rows, first);
    return dsc_add(m->b, dsc_sum(m->b, y), dsc_dot(m->b, v, c));
}

static void make_cell(making *m)
{
    static const char *const inputs[] = {"drift", "label", "mask", "weight"};
    dsc_builder *b = m->b;
    m->x = dsc_inputs(b, 4, inputs);
    const dsc_node state = dsc_state(b, "memory", 1), weight = dsc_slice(b, m->x, 3, 1);
    m->drift = dsc_add(b, dsc_slice(b, m->x, 0, 1), state);
    const dsc_node cost = weighted_sum(m, cases[m->op].make(m));
    const dsc_node moved = dsc_add(b, cost, m->drift);
    dsc_next(b, state, dsc_scale(b, dsc_sine(b, moved), 0.05));
    dsc_objective(b, "cost", dsc_multiply(b, weight, moved));
    dsc_objective(b, "other", dsc_multiply(b, weight, dsc_multiply(b, cost, m->drift)));
}

static void draw_sessions(making *m, op_cell *c)
{
    dsc_stream *s = &m->random;
    static const double multiplicities[] = {1, 1, 2, 0.5};
    c->n_sessions = 2 + (int)dsc_stream_below(s, OP_MAX_SESSIONS - 1);
    c->n_subjects = 2;
    for (int i = 0; i < c->n_sessions; i++) {
        for (int t = 0; t < OP_MAX_TRIALS; t++) {
            double *x = c->x[i][t];
            x[0] = 0.1 * dsc_stream_uniform(s) - 0.05;
            x[1] = (double)dsc_stream_below(s, (uint32_t)m->rows + 2) - 1; // also no option
            x[2] = dsc_stream_below(s, 2);
            x[3] = dsc_stream_below(s, 5) ? 1 : 0.25;
        }
        c->session[i] = (rig_session){.n_trials = 1 + (int)dsc_stream_below(s, OP_MAX_TRIALS),
                                      .x = c->x[i][0],
                                      .subject = (int)dsc_stream_below(s, 2),
                                      .lane = i,
                                      .multiplicity = multiplicities[dsc_stream_below(s, 4)],
                                      .stream = (uint32_t)i};
    }
}

static dsc_status draw_values(dsc_context *ctx, making *m, op_cell *c)
{
    DSC_TRY(dsc_layout_create(ctx, c->cell, c->n_subjects, c->n_sessions, &c->layout));
    DSC_TRY(dsc_alloc(ctx, c->layout.n_values + 1, sizeof *c->values, &c->values));
    for (int i = 0; i < m->n_parameters; i++)
        for (size_t k = 0; k < c->layout.count[i]; k++)
            c->values[c->layout.offset[i] + k] = draw_in(&m->random, m->range[i]);
    return DSC_OK;
}

dsc_status op_cell_create(dsc_context *ctx, op_id op, uint32_t trial, op_cell *c)
{
    making m = {.op = op, .random = dsc_stream_start(5, DSC_FOR_TASK, (uint32_t)op, trial, 0)};
    *c = (op_cell){0};
    DSC_TRY(dsc_cell_begin(ctx, cases[op].name, &m.b));
    m.rows = 1 + (int)dsc_stream_below(&m.random, 7);
    make_cell(&m);
    DSC_TRY(dsc_cell_end(m.b, &c->cell));
    draw_sessions(&m, c);
    return draw_values(ctx, &m, c);
}

void op_cell_destroy(dsc_context *ctx, op_cell *c)
{
    dsc_free(ctx, &c->values);
    if (c->layout.offset) dsc_layout_free(ctx, &c->layout);
    if (c->cell) dsc_cell_destroy(&c->cell);
}

dsc_status op_cell_rig(dsc_context *ctx, const op_cell *c, const dsc_engine *e, int threads,
                       int per_tile, rig *r)
{
    const rig_options o = {.engine = e,
                           .n_sessions = c->n_sessions,
                           .session = c->session,
                           .n_subjects = c->n_subjects,
                           .n_lanes = c->n_sessions,
                           .n_threads = threads,
                           .per_tile = per_tile,
                           .gradient = true};
    return rig_create(ctx, c->cell, &o, r);
}
