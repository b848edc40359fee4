// SPDX-License-Identifier: Apache-2.0
// evaluate.c — expressions become nodes. A product that is added is one operation with the sum.

#include <math.h>

#include "graph/cog/cog.h"

// ---- parts of vectors and tables ----------------------------------------------------------------

static cog_shape part_shape(cog_shape shape)
{
    return (cog_shape){shape.n - 1, {shape.dimension[1]}};
}

// A constant index must be a whole number, and fit where the size is written in the text.
static int constant_index(cog_builder *e, const char *at, cog_shape shape, double number)
{
    const cog_dimension *d = &e->cog->dimension[shape.dimension[0]];
    const int size = e->size[shape.dimension[0]];
    if (e->left_out) return 0;
    if (number != rint(number) || number < 0)
        cog_value_fail(e, at, "an index is a whole number from 0, not %g", number);
    else if (number >= size && d->size > 0 && d->option < 0)
        cog_value_fail(e, at, "the index %g is too large: indices go from 0 to %d", number,
                       size - 1);
    return number >= 0 && number < size ? (int)number : -1;
}

static bool check_index(cog_builder *e, const char *at, cog_value x, cog_value index)
{
    if (x.shape.n == 0) cog_value_fail(e, at, "a single number has no index");
    else if (index.shape.n) cog_value_fail(e, at, "an index is a single number, not a vector");
    return !cog_failed(e);
}

cog_value cog_read_part(cog_builder *e, const char *at, cog_value x, cog_value index)
{
    if (!check_index(e, at, x, index)) return cog_number(0);
    const cog_shape part = part_shape(x.shape), scalar = {0};
    const int rows = cog_rows(e, part);
    const dsc_node all = cog_material(e, x, x.shape);
    cog_value y = cog_folded(0, part);
    if (index.constant) {
        const int i = constant_index(e, at, x.shape, index.number);
        if (i >= 0 && x.constant) return cog_folded(x.number, part);
        if (i >= 0) y = cog_node(cog_unique(e, dsc_slice(e->b, all, i * rows, rows)), part);
    } else {
        const dsc_node which = cog_material(e, index, scalar);
        y = cog_node(cog_unique(e, dsc_take(e->b, all, which, rows)), part);
    }
    y.is_truth = x.is_truth;
    return y;
}

cog_value cog_write_part(cog_builder *e, const char *at, cog_value x, cog_value index, cog_value w)
{
    if (!check_index(e, at, x, index)) return x;
    const cog_shape part = part_shape(x.shape), scalar = {0};
    cog_meet(e, at, cog_folded(0, part), w);
    if (index.constant && constant_index(e, at, x.shape, index.number) < 0) return x;
    if (cog_failed(e)) return x;
    const dsc_node all = cog_material(e, x, x.shape), which = cog_material(e, index, scalar);
    const dsc_node new = cog_material(e, w, part);
    return cog_node(cog_unique(e, dsc_place(e->b, all, which, new)), x.shape);
}

// ---- names --------------------------------------------------------------------------------------

static cog_value chosen(cog_builder *e)
{
    const cog_shape shape = {1, {COG_ACTION}};
    const dsc_node choice = e->past ? e->past_choice : e->choice;
    cog_value y = cog_node(cog_unique(e, dsc_onehot(e->b, choice, e->o->n_actions)), shape);
    y.is_truth = true;
    return y;
}

static cog_value read_name(cog_builder *e, int symbol)
{
    const cog_symbol *s = &e->cog->symbol[symbol];
    const cog_shape scalar = {0};
    switch (s->what) {
    case COG_CONSTANT: return cog_number(s->number);
    case COG_COUNT: return cog_number(e->size[s->which]);
    case COG_OPTION:
        return cog_number(e->o->option ? e->o->option[s->which] : e->cog->option[s->which].initial);
    case COG_IN: return cog_node(cog_input(e, symbol), s->shape);
    case COG_CHOICE: return cog_node(e->past ? e->past_choice : e->choice, scalar);
    case COG_CHOSEN: return chosen(e);
    default: return e->value[symbol]; // parameters too
    }
}

// ---- operations ---------------------------------------------------------------------------------

static bool is_operator(const cog_expression *x, int sign, int n)
{
    return x->function && x->function->sign == sign && x->n == n;
}

static cog_value fused(cog_builder *e, const char *at, cog_value x, cog_value a, cog_value b)
{
    const cog_value product = {.shape = cog_meet(e, at, a, b)};
    const cog_shape shape = cog_meet(e, at, x, product);
    const dsc_node p = cog_material(e, a, shape), q = cog_material(e, b, shape),
                   r = cog_material(e, x, shape);
    return cog_node(cog_unique(e, dsc_multiply_add(e->b, p, q, r)), shape);
}

static bool is_simple(cog_value x) // 0, 1, -1: multiplying is less than a multiplication
{
    return x.constant && (x.number == 0 || fabs(x.number) == 1);
}

// Fusing saves an operation of every trial if product and sum both vary from trial to trial.
static bool worth_fusing(const cog_builder *e, cog_value x, cog_value a, cog_value b)
{
    const bool moves = cog_moves(e, a) || cog_moves(e, b);
    return moves && !is_simple(a) && !is_simple(b) && !(x.constant && x.number == 0);
}

cog_value cog_evaluate_sum(cog_builder *e, const char *at, cog_value x, const cog_expression *w,
                           bool minus)
{
    if (!is_operator(w, '*', 2)) {
        const cog_value y = cog_evaluate(e, w);
        return minus ? cog_subtract(e, at, x, y) : cog_add(e, at, x, y);
    }
    cog_value a = cog_evaluate(e, w->arg[0]), b = cog_evaluate(e, w->arg[1]);
    const bool still = !cog_moves(e, a) || !cog_moves(e, b);
    if (worth_fusing(e, x, a, b) && (!minus || still)) {
        cog_value *sign = cog_moves(e, a) ? &b : &a; // changes once per session
        if (minus) *sign = cog_negate(e, *sign);
        return fused(e, at, x, a, b);
    }
    const cog_value product = cog_multiply(e, w->at, a, b);
    return minus ? cog_subtract(e, at, x, product) : cog_add(e, at, x, product);
}

static cog_value evaluate_sum(cog_builder *e, const cog_expression *x)
{
    const bool minus = x->function->sign == '-';
    const bool swap = !minus && is_operator(x->arg[0], '*', 2) && !is_operator(x->arg[1], '*', 2);
    const cog_value first = cog_evaluate(e, x->arg[swap]);
    return cog_evaluate_sum(e, x->at, first, x->arg[!swap], minus);
}

// What is built between begin and rollback leaves nothing behind.
static cog_shape shape_alone(cog_builder *e, const cog_expression *x)
{
    const dsc_cell *c = e->b->cell;
    const int nodes = c->n_nodes, inputs = c->n_inputs;
    const size_t values = e->values;
    const bool outer = e->left_out;
    e->left_out = true;
    const cog_shape shape = cog_evaluate(e, x).shape;
    e->left_out = outer;
    if (e->checking || cog_failed(e)) return shape;
    e->b->cell->n_nodes = nodes;
    e->b->cell->n_inputs = inputs;
    e->values = values;
    for (int i = 0; i < e->cog->n_symbols; i++) {
        if (e->input[i].id >= nodes) e->input[i].id = -1;
        if (e->past_input[i].id >= nodes) e->past_input[i].id = -1;
    }
    return shape;
}

// A condition known beforehand leaves out the other branch, and what it would read.
static cog_value evaluate_if(cog_builder *e, const cog_expression *x)
{
    const cog_value mask = cog_evaluate(e, x->arg[0]);
    if (!mask.constant) {
        const cog_value a = cog_evaluate(e, x->arg[1]), b = cog_evaluate(e, x->arg[2]);
        return cog_select(e, x->at, mask, a, b);
    }
    const bool yes = mask.number != 0;
    const cog_value other = {.shape = shape_alone(e, x->arg[yes ? 2 : 1])};
    const cog_value taken = cog_evaluate(e, x->arg[yes ? 1 : 2]);
    const cog_value both = {.shape = cog_meet(e, x->at, taken, other)};
    return cog_widen(e, taken, cog_meet(e, x->at, both, mask));
}

static cog_value evaluate_index(cog_builder *e, const cog_expression *x)
{
    cog_value y = cog_evaluate(e, x->arg[0]);
    for (int i = 1; i < x->n; i++)
        y = cog_read_part(e, x->arg[i]->at, y, cog_evaluate(e, x->arg[i]));
    return y;
}

cog_value cog_evaluate(cog_builder *e, const cog_expression *x)
{
    if (cog_failed(e)) return cog_number(0);
    if (x->is_index) return evaluate_index(e, x);
    if (!x->function) return x->symbol >= 0 ? read_name(e, x->symbol) : cog_number(x->number);
    if (is_operator(x, '?', 3)) return evaluate_if(e, x);
    if (!x->function->apply) return evaluate_sum(e, x);
    cog_value arg[3];
    for (int i = 0; i < x->n; i++) arg[i] = cog_evaluate(e, x->arg[i]);
    if (cog_failed(e)) return cog_number(0);
    const cog_value y = x->function->apply(e, x, arg);
    if (y.constant && isnan(y.number) && !e->left_out)
        return cog_value_fail(e, x->at, "this is not a number, such as log(-1) or 0 / 0");
    return y;
}
