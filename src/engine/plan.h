// SPDX-License-Identifier: Apache-2.0
// plan.h — a cell lowered to programs: lists of instructions over a few flat spaces of memory.
//
// A node of parameter scope has its values in SP_PARAM; where sessions or trials use it element by
// element, it is expanded to lanes in SP_SESSION first. What is computed per trial lives in
// SP_WORK, where buffers share memory as soon as their last reader is done; states and what is kept
// for the backward sweep have a place per trial.
#ifndef DSC_ENGINE_PLAN_H
#define DSC_ENGINE_PLAN_H

#include "engine/kernel.h"
#include "graph/cell.h"

struct dsc_engine {
    const char *name;
    const kernel_set *kernels; // for sessions and trials
    const kernel_set *single;  // for parameter scope: one lane
    int width;
    bool (*runs_here)(void);
};

typedef enum space {
    SP_NONE,
    SP_PARAM,    // values of parameter scope                         one block per replica
    SP_DPARAM,   // their gradients
    SP_SESSION,  // values of session scope and expanded parameters   [rows][lanes]
    SP_DSESSION, // their gradients, summed over trials
    SP_MATRIX,   // gradients of weights, rows padded to whole vectors
    SP_PARTIAL,  // gradients of weights with few outputs, DSC_PARTIAL sums each
    SP_INPUT,    // this trial's inputs
    SP_STATE,    // states before this trial; the next ones follow
    SP_KEEP,     // what this trial keeps for the backward sweep
    SP_DNEXT,    // gradient of the next states
    SP_DSTATE,   // gradient of the states
    SP_SEED,     // coefficient of each objective times multiplicity
    SP_WORK,     // everything else
    SP_COUNT
} space;

typedef struct ref {
    space space;
    int reg;       // SP_WORK while programs are being made: which buffer; else -1
    size_t offset; // in numbers; in bytes once the program is finished
} ref;

typedef enum instruction_kind {
    DO_OP,
    DO_ZERO,
    DO_ADD,
    DO_COPY,
    DO_SUM,
    DO_RECORD
} instruction_kind;

typedef struct instruction {
    instruction_kind kind;
    op_fn *fn;
    ref x[3], y, dy, dx[3], saved;
    // of instructions that are no ops: `bytes`; `first` is the objective of a sum, the first row of
    // a recording
    op_shape shape;
} instruction;

typedef struct program { // instructions; the spaces they name are given by a worker
    instruction *at;
    int n, capacity;
    size_t work; // numbers of SP_WORK it needs
} program;

typedef struct expansion { // a parameter-scope node copied to lanes
    int node;
    size_t session; // offset in SP_SESSION and SP_DSESSION
    bool wanted;    // has a gradient
} expansion;

typedef struct matrix {   // weights or biases of layers, with their own gradient accumulator
    int node, rows, cols; // a bias is one row
    size_t offset;        // in SP_MATRIX or SP_PARTIAL
    int stride;
    bool partial;
} matrix;

typedef struct gathered { // a parameter per subject or per lane
    int parameter, node;
    size_t session, block; // offset in SP_SESSION; place of its table in a gradient block
    int first;             // per lane: its first row among all of them
} gathered;

typedef struct worker worker;

struct dsc_plan {
    dsc_context *ctx;
    const dsc_cell *cell;
    const dsc_engine *engine;
    dsc_plan_options options;
    dsc_layout layout;
    int L;

    // [nodes] place of a node's value in its space (parameter, session, input, state)
    size_t *offset;
    size_t *expanded; // [nodes] place of its expanded copy, or NOWHERE
    bool *wants;      // [nodes] has a gradient
    size_t *keep;     // [nodes] place in SP_KEEP, or NOWHERE
    expansion *expansions;
    int n_expansions;
    matrix *matrices;
    int n_matrices;
    gathered *gathers;
    int n_gathers;

    program parameter_forward, parameter_backward, session_forward, session_backward;
    program state_sweep;    // forward, only what the states need
    program gradient_sweep; // backward, recomputing the rest of each trial
    program forward_sweep;  // forward with outputs, objectives and recordings

    size_t n_param, n_session, n_matrix, n_partial, n_keep, n_work; // numbers
    // scratch_rows: of the layers, transposed and not
    int n_state_rows, n_recorded_rows, scratch_rows;
    // doubles of one gradient block: parameter scope, tables per subject; all, with those per lane
    size_t shared, block;
    int n_lane_rows; // of parameters per lane
    worker *workers;
    size_t worker_bytes;

    // grown on first use
    char *parameter_block; // reals [replicas][n_param]
    char *gradient_block;  // reals [n_param]
    int n_replica_blocks;
    double *chunk; // [items][block + objectives]
    size_t n_chunk;
};

// operands of a layer that are read as they are, without a copy per lane: the weights, and a bias
// of parameter scope
static inline bool is_matrix_operand(const dsc_cell *c, const graph_node *n, int k)
{
    return op_has_matrix(n->op) && (k == 1 || (k == 2 && op_is_layer(n->op) &&
                                               c->node[n->in[2]].scope == DSC_SCOPE_PARAMETER));
}

// Bytes up to the next pair of cache lines: what lies apart in memory never shares one
static inline size_t whole_lines(size_t bytes)
{
    return (bytes + 127) / 128 * 128;
}

#define NOWHERE        SIZE_MAX
#define DSC_MAX_CHUNKS 64

// lower.c: fills the programs of a plan
dsc_status plan_lower(dsc_plan *p);
// registers.c: gives the buffers of a program their places in SP_WORK
dsc_status program_place(dsc_context *ctx, program *p, const size_t *size, int n_registers);

// ready.c: a program with its addresses filled in for one worker. What moves from trial to trial or
// from tile to tile is patched: little, compared with what stays.
typedef struct step {
    op_fn *fn;
    op_call call;
} step;
typedef struct patch {
    void *slot; // of a pointer in a step
    space space;
    size_t offset;
} patch;
typedef struct ready {
    step *step;
    patch *patch; // those of SP_PARAM first
    int n, n_tile, n_patches;
} ready;

// tile.c: one worker's memory and what it does with a tile
struct worker {
    const dsc_plan *plan;
    char *memory; // one allocation
    char *base[SP_COUNT];
    double *sums;      // [objectives][L]
    double *recorded;  // [max_trials][recorded rows][L]
    double *recording; // where in it this trial's go
    void *scratch;
    noise_at noise;
    ready state_sweep, gradient_sweep, forward_sweep;
};
// Bytes a ready program takes; places it in `memory`, to be called when the worker's spaces are in
// place.
size_t ready_size(const program *p);
void ready_place(ready *r, worker *w, const program *p, char *memory);
void ready_patch_tile(const ready *r, const worker *w);
void ready_patch_trial(const ready *r, const worker *w);
static inline void ready_run(const ready *r)
{
    for (const step *s = r->step, *end = s + r->n; s < end; s++) s->fn(&s->call);
}
size_t worker_size(const dsc_plan *p);
void worker_place(worker *w, const dsc_plan *p, char *memory);
// Runs a program outside of trials (parameter or session scope).
void worker_run(worker *w, const program *p);
// Values of parameter scope into a block of n_param reals.
void plan_evaluate(const dsc_plan *p, const double *values, char *block);
// Everything before a tile's first trial: values of session scope, states as they start.
void tile_begin(worker *w, const dsc_tile *tile, const double *values, const char *parameters,
                dsc_noise_seed noise);
// Adds the tile's gradient to block[shared or block], its sums to `sums`; with r->lanes what
// belongs to lanes goes there instead, as slots of tile `index`.
void tile_differentiate(worker *w, const dsc_tile *tile, int index, const dsc_replica *r,
                        const char *parameters, double *block, double *sums);
void tile_forward(worker *w, const dsc_tile *tile, const double *values, const char *parameters,
                  dsc_noise_seed noise, double *sums);
void tile_play(worker *w, dsc_tile *tile, int index, const dsc_loop *loop, const double *values,
               const char *parameters, dsc_noise_seed noise);

#endif
