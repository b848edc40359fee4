// SPDX-License-Identifier: Apache-2.0
// ops.c — shapes and scopes of the ops, and their builder functions.

#include <string.h>

#include "graph/builder.h"

#define ROW(name, arity, needs, formula) [OP_##name] = {#name, arity, NEEDS_##needs, formula},
const op_info dsc_op_table[OP_COUNT] = {
    [OP_INPUT] = {"input", 0, NEEDS_NONE, "read from the data"},
    [OP_PARAMETER] = {"parameter", 0, NEEDS_NONE, "learnt or set"},
    [OP_CONSTANT] = {"constant", 0, NEEDS_NONE, "fixed numbers"},
    [OP_STATE] = {"state", 0, NEEDS_NONE, "carried from trial to trial"},
    [OP_SLICE] = {"slice", 1, NEEDS_NONE, "some rows of x, in place"},
#define DSC_UNARY(name, needs, formula)          ROW(name, 1, needs, formula)
#define DSC_BINARY(name, needs, formula)         ROW(name, 2, needs, formula)
#define DSC_REDUCE1(name, needs, formula)        ROW(name, 1, needs, formula)
#define DSC_REDUCE2(name, needs, formula)        ROW(name, 2, needs, formula)
#define DSC_ROWS(name, needs, formula)           ROW(name, 1, needs, formula)
#define DSC_SPECIAL(name, arity, needs, formula) ROW(name, arity, needs, formula)
#include "discern/ops.h"
};
#undef ROW

static dsc_scope larger(dsc_scope a, dsc_scope b)
{
    return a > b ? a : b;
}

// appends an op whose shape is known; the scope is the largest of its inputs'
static dsc_node apply(dsc_builder *b, graph_node n)
{
    for (int i = 0; i < n.n_in; i++)
        n.scope = larger(n.scope, builder_node(b, (dsc_node){n.in[i]})->scope);
    return builder_add(b, &n);
}

static dsc_node shape_error(dsc_builder *b, op_id op, int rows, int other)
{
    if (b->status != DSC_OK) return (dsc_node){0};
    return builder_fail(
        b, dsc_fail(b->ctx, DSC_DEFECT,
                    "cell \"%s\", node %d: %s cannot take inputs of %d and %d rows.", b->cell->name,
                    b->cell->n_nodes, dsc_op_table[op].name, rows, other));
}

static dsc_node apply_unary(dsc_builder *b, op_id op, dsc_node x)
{
    const graph_node *n = builder_node(b, x);
    return apply(b,
                 (graph_node){.op = op, .in = {x.id}, .n_in = 1, .rows = n->rows, .cols = n->cols});
}

// operands of one value are repeated to the rows of the others
static dsc_node same_rows(dsc_builder *b, dsc_node x, int rows)
{
    return node_values(builder_node(b, x)) == 1 && rows > 1 ? dsc_repeat(b, x, rows) : x;
}

static dsc_node apply_elementwise(dsc_builder *b, op_id op, int n, const dsc_node *x)
{
    graph_node node = {.op = op, .n_in = n, .rows = 1, .cols = 1};
    for (int i = 0; i < n; i++)
        if (node_values(builder_node(b, x[i])) > node.rows * node.cols) {
            node.rows = builder_node(b, x[i])->rows;
            node.cols = builder_node(b, x[i])->cols;
        }
    for (int i = 0; i < n; i++) {
        dsc_node y = same_rows(b, x[i], node.rows * node.cols);
        if (node_values(builder_node(b, y)) != node.rows * node.cols)
            return shape_error(b, op, node.rows * node.cols, dsc_rows(b, y));
        node.in[i] = y.id;
    }
    return apply(b, node);
}

static dsc_node apply_binary(dsc_builder *b, op_id op, dsc_node x, dsc_node w)
{
    return apply_elementwise(b, op, 2, (dsc_node[]){x, w});
}

static dsc_node apply_reduce(dsc_builder *b, op_id op, int n, dsc_node x, dsc_node w)
{
    if (n == 2 && node_values(builder_node(b, x)) != node_values(builder_node(b, w)))
        return shape_error(b, op, dsc_rows(b, x), dsc_rows(b, w));
    return apply(b, (graph_node){.op = op, .in = {x.id, w.id}, .n_in = n, .rows = 1, .cols = 1});
}

#define DSC_UNARY(name, needs, formula)             \
    dsc_node dsc_##name(dsc_builder *b, dsc_node x) \
    {                                               \
        return apply_unary(b, OP_##name, x);        \
    }
#define DSC_BINARY(name, needs, formula)                        \
    dsc_node dsc_##name(dsc_builder *b, dsc_node x, dsc_node w) \
    {                                                           \
        return apply_binary(b, OP_##name, x, w);                \
    }
#define DSC_REDUCE1(name, needs, formula)           \
    dsc_node dsc_##name(dsc_builder *b, dsc_node x) \
    {                                               \
        return apply_reduce(b, OP_##name, 1, x, x); \
    }
#define DSC_REDUCE2(name, needs, formula)                       \
    dsc_node dsc_##name(dsc_builder *b, dsc_node x, dsc_node w) \
    {                                                           \
        return apply_reduce(b, OP_##name, 2, x, w);             \
    }
#define DSC_ROWS(name, needs, formula)              \
    dsc_node dsc_##name(dsc_builder *b, dsc_node x) \
    {                                               \
        return apply_unary(b, OP_##name, x);        \
    }
#define DSC_SPECIAL(name, arity, needs, formula)
#include "discern/ops.h"

// ---- with their own shapes ----------------------------------------------------------------------

dsc_node dsc_select(dsc_builder *b, dsc_node mask, dsc_node x, dsc_node w)
{
    return apply_elementwise(b, OP_select, 3, (dsc_node[]){mask, x, w});
}
dsc_node dsc_mix(dsc_builder *b, dsc_node z, dsc_node h, dsc_node a)
{
    return apply_elementwise(b, OP_mix, 3, (dsc_node[]){z, h, a});
}
dsc_node dsc_multiply_add(dsc_builder *b, dsc_node x, dsc_node w, dsc_node c)
{
    return apply_elementwise(b, OP_multiply_add, 3, (dsc_node[]){x, w, c});
}

static dsc_node apply_constants(dsc_builder *b, op_id op, dsc_node x, double low, double high)
{
    const graph_node *n = builder_node(b, x);
    return apply(b, (graph_node){.op = op,
                                 .in = {x.id},
                                 .n_in = 1,
                                 .rows = n->rows,
                                 .cols = n->cols,
                                 .a = low,
                                 .b = high});
}
dsc_node dsc_scale(dsc_builder *b, dsc_node x, double a)
{
    return apply_constants(b, OP_scale, x, a, 0);
}
dsc_node dsc_offset(dsc_builder *b, dsc_node x, double a)
{
    return apply_constants(b, OP_offset, x, a, 0);
}
dsc_node dsc_clip(dsc_builder *b, dsc_node x, double low, double high)
{
    return apply_constants(b, OP_clip, x, low, high);
}
dsc_node dsc_copy(dsc_builder *b, dsc_node x)
{
    dsc_node y = dsc_scale(b, x, 1);
    if (b->status == DSC_OK) b->cell->node[y.id].scope = DSC_SCOPE_TRIAL;
    return y;
}

// what a forward saves for its backward lives within a trial
static dsc_node in_trial(dsc_builder *b, dsc_node x)
{
    return builder_node(b, x)->scope == DSC_SCOPE_TRIAL ? x : dsc_copy(b, x);
}

dsc_node dsc_cross_entropy(dsc_builder *b, dsc_node logits, dsc_node label)
{
    if (dsc_rows(b, label) != 1)
        return shape_error(b, OP_cross_entropy, dsc_rows(b, logits), dsc_rows(b, label));
    logits = in_trial(b, logits);
    return apply(
        b,
        (graph_node){
            .op = OP_cross_entropy, .in = {logits.id, label.id}, .n_in = 2, .rows = 1, .cols = 1});
}

dsc_node dsc_onehot(dsc_builder *b, dsc_node label, int rows)
{
    if (dsc_rows(b, label) != 1) return shape_error(b, OP_onehot, dsc_rows(b, label), rows);
    return apply(
        b, (graph_node){.op = OP_onehot, .in = {label.id}, .n_in = 1, .rows = rows, .cols = 1});
}

dsc_node dsc_gate(dsc_builder *b, dsc_node mask, double a, dsc_node x, dsc_node w)
{
    const int rows = node_values(builder_node(b, x));
    if (dsc_rows(b, mask) != 1 || node_values(builder_node(b, w)) != rows)
        return shape_error(b, OP_gate, rows, dsc_rows(b, w));
    return apply(b, (graph_node){.op = OP_gate,
                                 .in = {mask.id, x.id, w.id},
                                 .n_in = 3,
                                 .rows = rows,
                                 .cols = 1,
                                 .a = a});
}

static bool has_parts(dsc_builder *b, dsc_node x, dsc_node index, int rows)
{
    const graph_node *n = builder_node(b, x);
    return dsc_rows(b, index) == 1 && n->cols == 1 && rows > 0 && n->rows % rows == 0;
}

dsc_node dsc_take(dsc_builder *b, dsc_node x, dsc_node index, int rows)
{
    if (!has_parts(b, x, index, rows)) return shape_error(b, OP_take, dsc_rows(b, x), rows);
    return apply(
        b, (graph_node){.op = OP_take, .in = {x.id, index.id}, .n_in = 2, .rows = rows, .cols = 1});
}

dsc_node dsc_place(dsc_builder *b, dsc_node x, dsc_node index, dsc_node w)
{
    const int rows = dsc_rows(b, w);
    if (!has_parts(b, x, index, rows)) return shape_error(b, OP_place, dsc_rows(b, x), rows);
    return apply(b, (graph_node){.op = OP_place,
                                 .in = {x.id, index.id, w.id},
                                 .n_in = 3,
                                 .rows = dsc_rows(b, x),
                                 .cols = 1});
}

dsc_node dsc_slice(dsc_builder *b, dsc_node x, int first, int count)
{
    const graph_node *n = builder_node(b, x);
    if (first < 0 || count < 1 || first + count > n->rows)
        return shape_error(b, OP_SLICE, n->rows, first + count);
    return apply(b, (graph_node){.op = OP_SLICE,
                                 .in = {x.id},
                                 .n_in = 1,
                                 .rows = count,
                                 .cols = n->cols,
                                 .first = first});
}

static const int *copy_index(dsc_builder *b, int n, const int *index)
{
    int *copy = NULL;
    if (b->status != DSC_OK) return NULL;
    dsc_status s = dsc_arena_alloc(b->arena, (size_t)n, sizeof *copy, &copy);
    if (s != DSC_OK) builder_fail(b, s);
    else memcpy(copy, index, (size_t)n * sizeof *copy);
    return copy;
}

static dsc_node pick_shaped(dsc_builder *b, dsc_node x, int rows, int cols, const int *index)
{
    int n = rows * cols;
    const int *copy = copy_index(b, n, index);
    if (b->status != DSC_OK) return (dsc_node){0};
    for (int i = 0; i < n; i++)
        if (index[i] < 0 || index[i] >= node_values(builder_node(b, x)))
            return shape_error(b, OP_pick, dsc_rows(b, x), index[i]);
    return apply(b, (graph_node){.op = OP_pick,
                                 .in = {x.id},
                                 .n_in = 1,
                                 .rows = rows,
                                 .cols = cols,
                                 .index = copy,
                                 .n_index = n});
}

dsc_node dsc_pick(dsc_builder *b, dsc_node x, int n, const int *index)
{
    return pick_shaped(b, x, n, 1, index);
}

// an index array made by a rule, handed to pick
static dsc_node pick_by_rule(dsc_builder *b, dsc_node x, int rows, int cols, int step_row,
                             int step_col, int first)
{
    int *index = NULL;
    dsc_status s = dsc_arena_alloc(b->arena, (size_t)(rows * cols), sizeof *index, &index);
    if (s != DSC_OK) return builder_fail(b, s);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++) index[r * cols + c] = first + r * step_row + c * step_col;
    return pick_shaped(b, x, rows, cols, index);
}

dsc_node dsc_repeat(dsc_builder *b, dsc_node x, int n)
{
    return pick_by_rule(b, x, n, 1, 0, 0, 0);
}

dsc_node dsc_columns(dsc_builder *b, dsc_node W, int first, int count)
{
    const graph_node *n = builder_node(b, W);
    if (first < 0 || first + count > n->cols)
        return shape_error(b, OP_pick, n->cols, first + count);
    return pick_by_rule(b, W, n->rows, count, n->cols, 1, first);
}

dsc_node dsc_concat(dsc_builder *b, dsc_node x, dsc_node y)
{
    const graph_node *n = builder_node(b, x), *m = builder_node(b, y);
    if (n->cols != m->cols) return shape_error(b, OP_concat, n->rows, m->rows);
    return apply(b, (graph_node){.op = OP_concat,
                                 .in = {x.id, y.id},
                                 .n_in = 2,
                                 .rows = n->rows + m->rows,
                                 .cols = n->cols});
}

// what works on lanes with parameters as they are
static dsc_node on_lanes(dsc_builder *b, dsc_node x)
{
    return builder_node(b, x)->scope == DSC_SCOPE_PARAMETER ? dsc_copy(b, x) : x;
}

dsc_node dsc_scaled_pick(dsc_builder *b, dsc_node x, dsc_node w, int n, const int *index)
{
    if (builder_node(b, w)->scope != DSC_SCOPE_PARAMETER || dsc_rows(b, w) != n)
        return shape_error(b, OP_scaled_pick, dsc_rows(b, w), n);
    dsc_node y = dsc_pick(b, on_lanes(b, x), n, index);
    if (b->status != DSC_OK) return y;
    graph_node *node = &b->cell->node[y.id]; // a pick, with weights
    node->op = OP_scaled_pick;
    node->in[1] = w.id;
    node->n_in = 2;
    return y;
}

dsc_node dsc_noisy_channel(dsc_builder *b, dsc_node x, dsc_node s, dsc_node a, dsc_node e)
{
    const int n = dsc_rows(b, x);
    dsc_node w = dsc_concat(b, s, a);
    if (builder_node(b, w)->scope != DSC_SCOPE_PARAMETER || dsc_rows(b, s) != n ||
        dsc_rows(b, w) != 2 * n || dsc_rows(b, e) != n)
        return shape_error(b, OP_noisy_channel, n, dsc_rows(b, w));
    x = on_lanes(b, x), e = on_lanes(b, e);
    return apply(
        b,
        (graph_node){
            .op = OP_noisy_channel, .in = {x.id, w.id, e.id}, .n_in = 3, .rows = n + 1, .cols = 1});
}

static dsc_node add_layer(dsc_builder *b, op_id op, dsc_node x, dsc_node W, dsc_node c)
{
    const graph_node *w = builder_node(b, W);
    if (w->scope != DSC_SCOPE_PARAMETER || w->rows != dsc_rows(b, x) || w->cols != dsc_rows(b, c))
        return shape_error(b, op, dsc_rows(b, x), w->rows);
    x = on_lanes(b, x);
    return apply(b, (graph_node){.op = op,
                                 .in = {x.id, W.id, c.id},
                                 .n_in = 3,
                                 .rows = builder_node(b, W)->cols,
                                 .cols = 1});
}

dsc_node dsc_dense(dsc_builder *b, dsc_node x, dsc_node W, dsc_node c)
{
    return add_layer(b, OP_dense, x, W, c);
}

dsc_node dsc_residual(dsc_builder *b, const char *f, dsc_node x, dsc_node W, dsc_node c)
{
    if (builder_node(b, W)->rows != builder_node(b, W)->cols)
        return shape_error(b, OP_residual_leaky, dsc_rows(b, x), builder_node(b, W)->cols);
    if (strcmp(f, "leaky_relu") == 0) return add_layer(b, OP_residual_leaky, in_trial(b, x), W, c);
    return dsc_add(b, x, dsc_activation(b, f, dsc_dense(b, x, W, c)));
}

static dsc_node add_noise(dsc_builder *b, op_id op, const char *name, int rows)
{
    dsc_cell *c = b->cell;
    graph_node n = {.op = op,
                    .rows = rows,
                    .cols = 1,
                    .scope = DSC_SCOPE_TRIAL,
                    .name = builder_text(b, name),
                    .which = c->noise_rows,
                    .block = c->noise_blocks};
    c->noise_rows += rows;
    c->noise_blocks += (rows + 3) / 4;
    return builder_add(b, &n);
}
dsc_node dsc_normal_ordered(dsc_builder *b, const char *name, int rows, const int *order)
{
    dsc_node e = add_noise(b, OP_normal, name, rows);
    const int *copy = copy_index(b, rows, order);
    if (b->status == DSC_OK) b->cell->node[e.id].index = copy;
    return e;
}
dsc_node dsc_normal(dsc_builder *b, const char *name, int rows)
{
    return add_noise(b, OP_normal, name, rows);
}
dsc_node dsc_uniform(dsc_builder *b, const char *name, int rows)
{
    return add_noise(b, OP_uniform, name, rows);
}

// ---- activations by name ------------------------------------------------------------------------

static const char *const activation_names[] = {
    "relu",        "relu6",     "leaky_relu",   "elu",       "celu",       "selu",       "gelu",
    "sigmoid",     "tanh",      "softplus",     "soft_sign", "silu",       "swish",      "mish",
    "log_sigmoid", "hard_tanh", "hard_sigmoid", "hard_silu", "hard_swish", "squareplus", NULL};
const char *const *dsc_activation_names(void)
{
    return activation_names;
}

static const char *resolve_alias(const char *name)
{
    if (strcmp(name, "swish") == 0) return "silu";
    return strcmp(name, "hard_swish") == 0 ? "hard_silu" : name;
}

dsc_node dsc_activation(dsc_builder *b, const char *name, dsc_node x)
{
    size_t n = 0;
    while (activation_names[n]) n++;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(activation_names[i], name) != 0) continue;
        for (op_id op = 0; op < OP_COUNT; op++)
            if (strcmp(dsc_op_table[op].name, resolve_alias(name)) == 0)
                return apply_unary(b, op, x);
    }
    if (b->status != DSC_OK) return (dsc_node){0};
    const char *near = dsc_nearest(name, activation_names, n);
    return builder_fail(
        b, dsc_fail(b->ctx, DSC_INPUT,
                    "There is no activation \"%s\". %s%s%s`discern models disrnn` lists them.",
                    name, near ? "Did you mean \"" : "", near ? near : "", near ? "\"? " : ""));
}
