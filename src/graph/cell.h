// SPDX-License-Identifier: Apache-2.0
// cell.h — what a cell is made of, for the rooms that run it.
#ifndef DSC_GRAPH_CELL_H
#define DSC_GRAPH_CELL_H

#include "discern/graph.h"

// Every op of ops.h, and what is not computed: inputs, parameters, constants, states, slices.
typedef enum op_id {
    OP_INPUT,
    OP_PARAMETER,
    OP_CONSTANT,
    OP_STATE,
    OP_SLICE,
#define DSC_UNARY(name, needs, formula)          OP_##name,
#define DSC_BINARY(name, needs, formula)         OP_##name,
#define DSC_REDUCE1(name, needs, formula)        OP_##name,
#define DSC_REDUCE2(name, needs, formula)        OP_##name,
#define DSC_ROWS(name, needs, formula)           OP_##name,
#define DSC_SPECIAL(name, arity, needs, formula) OP_##name,
#include "discern/ops.h"
    OP_COUNT
} op_id;

enum {
    NEEDS_NONE = 0,
    NEEDS_X = 1,
    NEEDS_Y = 2,
    NEEDS_XY = 3,
    NEEDS_SAVED = 4,
    NEEDS_XS = 5,
    NEEDS_X0 = 8, // only the first operand; only the second; both of them
    NEEDS_X1 = 16,
    NEEDS_X01 = 24,
};
static inline bool needs_operand(int needs, int k)
{
    return needs & NEEDS_X || (k < 2 && needs & NEEDS_X0 << k);
}
static inline bool op_is_layer(op_id op)
{
    return op == OP_dense || op == OP_residual_leaky;
}
// in[1] is one: of as many columns as the layer has outputs, or of one weight per row
static inline bool op_has_matrix(op_id op)
{
    return op_is_layer(op) || op == OP_scaled_pick || op == OP_noisy_channel;
}

typedef struct op_info {
    const char *name;
    int arity;
    int needs; // of its backward
    const char *formula;
} op_info;
extern const op_info dsc_op_table[OP_COUNT];

typedef struct graph_node {
    op_id op;
    int in[3], n_in;
    int rows, cols; // rows * cols values; cols > 1 only for matrices of parameter scope
    dsc_scope scope;
    const char *name; // of inputs, parameters, states, noise; else NULL
    // input: first input row; parameter, state: its number; noise: first row among all
    int which;
    int block; // noise: first block of the generator
    int first; // slice: first row
    int n_index;
    const int *index;     // pick
    double a, b;          // scale, offset, clip
    const double *values; // constant
} graph_node;

typedef struct graph_state {
    const char *name;
    int node, start, next; // start -1: zero
} graph_state;

typedef struct graph_name {
    const char *name;
    int node;
} graph_name;

struct dsc_cell {
    dsc_context *ctx;
    dsc_arena *arena;
    const char *name;
    graph_node *node;
    int n_nodes;
    dsc_parameter *parameter;
    int *parameter_node;
    int n_parameters;
    graph_state *state;
    int n_states;
    graph_name *named; // outputs, records, states
    int n_named;
    graph_name *objective;
    int n_objectives;
    const char **input;
    int n_inputs;
    int noise_rows, noise_blocks;
};

static inline int node_values(const graph_node *n)
{
    return n->rows * n->cols;
}
// The node that really holds the value of a slice, and the row at which it starts there.
int dsc_cell_root(const dsc_cell *c, int node, int *first);

#endif
