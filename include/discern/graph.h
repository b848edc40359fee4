/* SPDX-License-Identifier: Apache-2.0
 * graph.h — describing a cell: one step of a cognitive model as a graph.
 *
 * A cell maps (inputs, states, parameters) to (next states, outputs). Build one with the functions
 * below; every function returns a node (a small value, nothing to free). The builder remembers its
 * first error, so that a body reads like the equations; dsc_cell_end reports it.
 *
 * Every node has `rows` (its number of features) and a scope, the largest of its inputs' scopes:
 *   parameter  varies over nothing            evaluated once per gradient step
 *   session    varies over lanes              once per tile
 *   trial      varies over lanes and trials   every trial
 * A matrix is a node of parameter scope with rows * cols values, row-major. */
#ifndef DISCERN_GRAPH_H
#define DISCERN_GRAPH_H

#include "discern/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dsc_builder dsc_builder;
typedef struct dsc_cell dsc_cell;
typedef struct dsc_node {
    int id;
} dsc_node;

typedef enum dsc_scope { DSC_SCOPE_PARAMETER, DSC_SCOPE_SESSION, DSC_SCOPE_TRIAL } dsc_scope;
typedef enum dsc_level {
    DSC_PER_MODEL,   /* one value for the model */
    DSC_PER_SUBJECT, /* one per subject, gathered by subject id */
    DSC_PER_LANE,    /* one per lane (fits with many restarts) */
} dsc_level;

/* How a parameter starts. Normals are Normal(0, a); truncated normals are cut at +-2 standard units
 * and scaled by a (no variance correction). */
typedef enum dsc_init_kind {
    DSC_INIT_CONSTANT,
    DSC_INIT_UNIFORM,
    DSC_INIT_NORMAL,
    DSC_INIT_TRUNCATED
} dsc_init_kind;
typedef struct dsc_init {
    dsc_init_kind kind;
    double a, b; /* constant: a; uniform: [a, b); normal, truncated: scale a */
} dsc_init;

typedef struct dsc_parameter {
    const char *name; /* readable, unique: "update_net.0.layer_1.weights" */
    int rows, cols;   /* shape; cols = 1 for a vector */
    dsc_level level;
    dsc_init init;
    double lowest, highest; /* bounds; equal = none */
    /* a setting of the run (a penalty weight): never trained, not initialised at random */
    bool fixed;
} dsc_parameter;

/* ---- building -------------------------------------------------------------------------------- */

/* Starts a cell called `name`. Errors: DSC_MEMORY. */
dsc_status dsc_cell_begin(dsc_context *ctx, const char *name, dsc_builder **b);
/* Checks and finishes the cell; the builder is gone afterwards, also on failure. Errors: the
 * builder's first. */
dsc_status dsc_cell_end(dsc_builder *b, dsc_cell **cell);
void dsc_cell_destroy(dsc_cell **cell);
/* The builder's context, and its first error so far. */
dsc_context *dsc_builder_context(const dsc_builder *b);
dsc_status dsc_builder_status(const dsc_builder *b);

/* `n` inputs read together: a node with one row per name. Trial scope. Who runs the cell decides
 * what a name means (a column of a trial table, an answer of a task). */
dsc_node dsc_inputs(dsc_builder *b, int n, const char *const *names);
/* One input. */
dsc_node dsc_input_one(dsc_builder *b, const char *name);
/* A parameter as described; *p is copied. Scope: parameter (per model) or session. */
dsc_node dsc_parameter_add(dsc_builder *b, const dsc_parameter *p);
/* Short forms: a matrix or vector per model; a setting (fixed value, rows 1). */
dsc_node dsc_weights(dsc_builder *b, const char *name, int rows, int cols, dsc_init init);
dsc_node dsc_setting(dsc_builder *b, const char *name, double value);
/* A constant vector of parameter scope; values [rows] are copied. */
dsc_node dsc_constant(dsc_builder *b, int rows, const double *values);
/* A state with `rows` features that starts a session at 0, or at `start` (parameter or session
 * scope). */
dsc_node dsc_state(dsc_builder *b, const char *name, int rows);
dsc_node dsc_state_from(dsc_builder *b, const char *name, dsc_node start);
/* Says what the state becomes, and reads what it has become. */
void dsc_next(dsc_builder *b, dsc_node state, dsc_node value);
dsc_node dsc_after(dsc_builder *b, dsc_node state);
/* Names a node, so that it can be found, recorded and printed. Outputs are what a task or a loss
 * reads. A state's own name stands for what the state becomes, unless another node is recorded
 * under it. */
void dsc_output(dsc_builder *b, const char *name, dsc_node value);
void dsc_record(dsc_builder *b, const char *name, dsc_node value);
/* The node called `name` (an output, record, state or parameter); id -1 if there is none. */
dsc_node dsc_find(const dsc_builder *b, const char *name);
/* A quantity to be summed over trials and differentiated: 1 row, trial scope. The caller of the
 * gradient gives each objective a coefficient. */
void dsc_objective(dsc_builder *b, const char *name, dsc_node value);
int dsc_rows(const dsc_builder *b, dsc_node x);

/* ---- operations: the list is in ops.h -------------------------------------------------------- */

#include "discern/ops.h"

/* rows first ... first+count-1 of x (no copy). */
dsc_node dsc_slice(dsc_builder *b, dsc_node x, int first, int count);
/* y[k] = x[index[k]], k < n. */
dsc_node dsc_pick(dsc_builder *b, dsc_node x, int n, const int *index);
/* y[k] = w[k] x[index[k]], k < n: w [n] of parameter scope. */
dsc_node dsc_scaled_pick(dsc_builder *b, dsc_node x, dsc_node w, int n, const int *index);
/* A channel with noise: y[k] = x[k] + s[k] e[k], k < n, and y[n] = sum of a[k] x[k]^2, the power of
 * the signal. x [n], e [n], s and a [n] of parameter scope. */
dsc_node dsc_noisy_channel(dsc_builder *b, dsc_node x, dsc_node s, dsc_node a, dsc_node e);
/* The 1-row node x, n times. */
dsc_node dsc_repeat(dsc_builder *b, dsc_node x, int n);
/* Columns first ... first+count-1 of a matrix. */
dsc_node dsc_columns(dsc_builder *b, dsc_node W, int first, int count);
/* x as a node of its own, of trial scope. */
dsc_node dsc_copy(dsc_builder *b, dsc_node x);
/* x above y. */
dsc_node dsc_concat(dsc_builder *b, dsc_node x, dsc_node y);
/* y = c + x W: x [in], W [in][out] of parameter scope, c [out]. */
dsc_node dsc_dense(dsc_builder *b, dsc_node x, dsc_node W, dsc_node c);
/* A residual layer y = x + f(c + x W), W square; f is an activation by name. */
dsc_node dsc_residual(dsc_builder *b, const char *f, dsc_node x, dsc_node W, dsc_node c);
/* scale: y = a x. offset: y = x + a. */
dsc_node dsc_scale(dsc_builder *b, dsc_node x, double a);
dsc_node dsc_offset(dsc_builder *b, dsc_node x, double a);
/* y = x limited to [low, high]; the derivative is 0 outside. */
dsc_node dsc_clip(dsc_builder *b, dsc_node x, double low, double high);
/* Fresh noise for every row, trial, lane and step: standard normal; uniform in (0, 1). The name
 * identifies it. */
dsc_node dsc_normal(dsc_builder *b, const char *name, int rows);
/* The same, where row k takes row order[k] of the noise when that is given from outside. */
dsc_node dsc_normal_ordered(dsc_builder *b, const char *name, int rows, const int *order);
dsc_node dsc_uniform(dsc_builder *b, const char *name, int rows);
/* y[k] = 1 if the 1-row label equals k, else 0 (a negative label gives zeros). No derivative. */
dsc_node dsc_onehot(dsc_builder *b, dsc_node label, int rows);
/* x as parts of `rows` rows: the part that the 1-row index names, zeros where it names none (-1).
 * No derivative by the index. */
dsc_node dsc_take(dsc_builder *b, dsc_node x, dsc_node index, int rows);
/* x with w in the place of that part; x itself where the index names none. */
dsc_node dsc_place(dsc_builder *b, dsc_node x, dsc_node index, dsc_node w);
/* x where mask is not 0, else w; the mask has no derivative. */
dsc_node dsc_select(dsc_builder *b, dsc_node mask, dsc_node x, dsc_node w);
/* x where the 1-row mask is above a, else w; the mask has no derivative. */
dsc_node dsc_gate(dsc_builder *b, dsc_node mask, double a, dsc_node x, dsc_node w);
/* -ln softmax(logits)[label]: 1 row; a label outside 0 ... rows-1 costs 0. */
dsc_node dsc_cross_entropy(dsc_builder *b, dsc_node logits, dsc_node label);
/* x w + c. */
dsc_node dsc_multiply_add(dsc_builder *b, dsc_node x, dsc_node w, dsc_node c);
/* (1-z) h + z a. */
dsc_node dsc_mix(dsc_builder *b, dsc_node z, dsc_node h, dsc_node a);
/* An activation by its field name ("leaky_relu", "tanh", ...); an unknown one is the builder's
 * error and suggests the nearest. */
dsc_node dsc_activation(dsc_builder *b, const char *name, dsc_node x);
/* Their names, NULL-terminated. */
const char *const *dsc_activation_names(void);

/* ---- reading a cell -------------------------------------------------------------------------- */

const char *dsc_cell_name(const dsc_cell *c);
int dsc_cell_parameter_count(const dsc_cell *c);
const dsc_parameter *dsc_cell_parameter(const dsc_cell *c, int i);
int dsc_cell_input_count(const dsc_cell *c); /* rows of all inputs together */
const char *dsc_cell_input(const dsc_cell *c, int i);
int dsc_cell_objective_count(const dsc_cell *c);
const char *dsc_cell_objective(const dsc_cell *c, int k);
/* rows of all noise nodes together, in order of creation */
int dsc_cell_noise_rows(const dsc_cell *c);
/* Names of outputs, records, states; and the rows of a named node (0 if unknown). */
int dsc_cell_name_count(const dsc_cell *c);
const char *dsc_cell_name_at(const dsc_cell *c, int i);
int dsc_cell_rows(const dsc_cell *c, const char *name);
/* Prints the graph for a person to read, a line per node. */
dsc_status dsc_cell_print(const dsc_cell *c, dsc_context *ctx, dsc_text *out);

/* Parameters lie one after the other in one flat array of doubles, in order of creation; a
 * parameter per subject (lane) has n_subjects (n_lanes) blocks. The layout says where. */
typedef struct dsc_layout {
    int n_subjects, n_lanes;
    size_t n_values;
    size_t *offset; /* [parameter count]; NULL only before dsc_layout_create */
    size_t *count;
} dsc_layout;
dsc_status dsc_layout_create(dsc_context *ctx, const dsc_cell *c, int n_subjects, int n_lanes,
                             dsc_layout *layout);
void dsc_layout_free(dsc_context *ctx, dsc_layout *layout);
/* Fills values [layout->n_values] with initial values: a pure function of the seed and the
 * parameter's place. */
void dsc_cell_initialise(const dsc_cell *c, const dsc_layout *layout, uint64_t seed,
                         double *values);
/* Index of a parameter by name, -1 if there is none. */
int dsc_cell_parameter_find(const dsc_cell *c, const char *name);

#ifdef __cplusplus
}
#endif
#endif
