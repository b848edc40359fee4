// SPDX-License-Identifier: Apache-2.0
// plan.c — making a plan: where everything lies, which programs run, the workers' memory.

#include "engine/plan.h"

#include <string.h>

static size_t take(size_t *next, size_t n)
{
    size_t at = *next;
    *next += n;
    return at;
}

// ---- which nodes have gradients, where values lie -----------------------------------------------

static bool node_wants(const dsc_plan *p, const graph_node *n)
{
    if (n->op == OP_PARAMETER) return !p->cell->parameter[n->which].fixed;
    if (n->op == OP_STATE) return true;
    if (n->op != OP_SLICE && (n->op <= OP_SLICE || !p->engine->kernels->backward[n->op]))
        return false;
    for (int k = 0; k < n->n_in; k++)
        if (p->wants[n->in[k]]) return true;
    return false;
}

static void place_node(dsc_plan *p, int i)
{
    const graph_node *n = &p->cell->node[i];
    size_t rows = (size_t)node_values(n), L = (size_t)p->L;
    p->expanded[i] = p->keep[i] = NOWHERE;
    p->wants[i] = p->options.gradient && node_wants(p, n);
    if (n->op == OP_SLICE) return;
    if (n->scope == DSC_SCOPE_PARAMETER) p->offset[i] = take(&p->n_param, (rows + 15) / 16 * 16);
    else if (n->scope == DSC_SCOPE_SESSION) p->offset[i] = take(&p->n_session, rows * L);
    else if (n->op == OP_INPUT) p->offset[i] = (size_t)n->which * L;
    else if (n->op == OP_STATE) {
        p->offset[i] = (size_t)p->n_state_rows * L;
        p->n_state_rows += n->rows;
    }
}

// ---- parameters where trials use them -----------------------------------------------------------

static void expand_node(dsc_plan *p, int node)
{
    int first, root = dsc_cell_root(p->cell, node, &first);
    const graph_node *n = &p->cell->node[root];
    if (n->scope != DSC_SCOPE_PARAMETER || p->expanded[root] != NOWHERE) return;
    p->expanded[root] = take(&p->n_session, (size_t)node_values(n) * (size_t)p->L);
    p->expansions[p->n_expansions++] = (expansion){root, p->expanded[root], p->wants[root]};
}

static void add_matrix_of(dsc_plan *p, int node, int cols)
{
    for (int i = 0; i < p->n_matrices; i++)
        if (p->matrices[i].node == node) return;
    bool oracle = p->L == 1;
    matrix m = {.node = node, .rows = node_values(&p->cell->node[node]) / cols, .cols = cols};
    m.partial = !oracle && cols < DSC_FEW_OUTPUTS;
    m.stride = oracle ? cols : (cols + 15) / 16 * 16;
    m.offset = m.partial ? take(&p->n_partial, (size_t)(m.rows * cols) * DSC_PARTIAL)
                         : take(&p->n_matrix, (size_t)m.rows * (size_t)m.stride);
    if (2 * m.stride > p->scratch_rows) p->scratch_rows = 2 * m.stride;
    p->matrices[p->n_matrices++] = m;
}

static void place_uses(dsc_plan *p)
{
    const dsc_cell *c = p->cell;
    for (int i = 0; i < c->n_nodes; i++) {
        const graph_node *n = &c->node[i];
        for (int k = 0; n->scope != DSC_SCOPE_PARAMETER && n->op != OP_SLICE && k < n->n_in; k++) {
            if (is_matrix_operand(c, n, k))
                add_matrix_of(p, n->in[k], op_is_layer(n->op) ? n->rows : 1);
            else expand_node(p, n->in[k]);
        }
    }
    for (int i = 0; i < c->n_states; i++)
        if (c->state[i].start >= 0) expand_node(p, c->state[i].start);
    for (int i = 0; i < c->n_named; i++) expand_node(p, c->named[i].node);
}

static void place_gathered_of(dsc_plan *p, dsc_level level)
{
    for (int i = 0; i < p->cell->n_parameters; i++) {
        const dsc_parameter *q = &p->cell->parameter[i];
        if (q->level != level) continue;
        int node = p->cell->parameter_node[i];
        p->gathers[p->n_gathers++] = (gathered){i, node, p->offset[node], p->block, p->n_lane_rows};
        p->block += p->layout.count[i];
        if (level == DSC_PER_LANE) p->n_lane_rows += q->rows;
    }
}

// tables per lane come last, so that they can be left out of a block
static void place_gathered(dsc_plan *p)
{
    p->block = p->n_param;
    place_gathered_of(p, DSC_PER_SUBJECT);
    p->shared = p->block;
    place_gathered_of(p, DSC_PER_LANE);
}

static dsc_status allocate_tables(dsc_plan *p)
{
    size_t n = (size_t)p->cell->n_nodes + 1;
    DSC_TRY(dsc_alloc(p->ctx, n, sizeof *p->offset, &p->offset));
    DSC_TRY(dsc_alloc(p->ctx, n, sizeof *p->expanded, &p->expanded));
    DSC_TRY(dsc_alloc(p->ctx, n, sizeof *p->keep, &p->keep));
    DSC_TRY(dsc_alloc(p->ctx, n, sizeof *p->wants, &p->wants));
    DSC_TRY(dsc_alloc(p->ctx, n, sizeof *p->expansions, &p->expansions));
    DSC_TRY(dsc_alloc(p->ctx, n, sizeof *p->matrices, &p->matrices));
    return dsc_alloc(p->ctx, n, sizeof *p->gathers, &p->gathers);
}

static dsc_status allocate_workers(dsc_plan *p)
{
    int n = p->options.n_workers;
    p->worker_bytes = worker_size(p);
    DSC_TRY(dsc_alloc(p->ctx, (size_t)n, sizeof *p->workers, &p->workers));
    for (int i = 0; i < n; i++) {
        DSC_TRY(dsc_alloc(p->ctx, p->worker_bytes, 1, &p->workers[i].memory));
        worker_place(&p->workers[i], p, p->workers[i].memory);
    }
    return DSC_OK;
}

static dsc_status build_plan(dsc_plan *p)
{
    DSC_TRY(
        dsc_layout_create(p->ctx, p->cell, p->options.n_subjects, p->options.n_lanes, &p->layout));
    DSC_TRY(allocate_tables(p));
    for (int i = 0; i < p->cell->n_nodes; i++) place_node(p, i);
    place_uses(p);
    place_gathered(p);
    DSC_TRY(plan_lower(p));
    for (int i = 0; i < p->options.n_recorded; i++)
        p->n_recorded_rows += dsc_cell_rows(p->cell, p->options.recorded[i]);
    return allocate_workers(p);
}

dsc_status dsc_plan_create(dsc_context *ctx, const dsc_cell *cell, const dsc_plan_options *o,
                           dsc_plan **plan)
{
    dsc_plan *p = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *p, &p));
    *p = (dsc_plan){
        .ctx = ctx, .cell = cell, .engine = o->engine, .options = *o, .L = o->engine->width};
    if (p->options.n_workers < 1) p->options.n_workers = 1;
    if (p->options.max_trials < 1) p->options.max_trials = 1;
    dsc_status s = build_plan(p);
    p->options.recorded = NULL; // borrowed for the call only
    if (s == DSC_OK) *plan = p;
    else dsc_plan_destroy(&p);
    return s;
}

void dsc_plan_destroy(dsc_plan **plan)
{
    dsc_plan *p = *plan;
    if (!p) return;
    dsc_context *ctx = p->ctx;
    program *programs[] = {&p->parameter_forward, &p->parameter_backward, &p->session_forward,
                           &p->session_backward,  &p->state_sweep,        &p->gradient_sweep,
                           &p->forward_sweep};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        dsc_free(ctx, &programs[i]->at);
    for (int i = 0; p->workers && i < p->options.n_workers; i++)
        dsc_free(ctx, &p->workers[i].memory);
    void *blocks[] = {p->offset,          p->expanded,       p->keep,    p->wants,
                      p->expansions,      p->matrices,       p->gathers, p->workers,
                      p->parameter_block, p->gradient_block, p->chunk};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) dsc_free(ctx, &blocks[i]);
    dsc_layout_free(ctx, &p->layout);
    dsc_free(ctx, plan);
}

const dsc_layout *dsc_plan_layout(const dsc_plan *plan)
{
    return &plan->layout;
}
int dsc_plan_recorded_rows(const dsc_plan *plan)
{
    return plan->n_recorded_rows;
}
int dsc_plan_lane_rows(const dsc_plan *plan)
{
    return plan->n_lane_rows;
}
size_t dsc_plan_worker_bytes(const dsc_plan *plan)
{
    return plan->worker_bytes;
}
