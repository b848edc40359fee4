// SPDX-License-Identifier: Apache-2.0
// losses.c — loss values and their derivatives by every output. Every (trial, session) of a case is
// a session of one trial whose outputs are parameters of its lane.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden/golden.h"
#include "train/loss.h"

enum { MAX_CELLS = 64, MAX_WIDTH = 8, MAX_INPUTS = 24 };

static const char *const loss_names[] = {
    [DSC_LOSS_CATEGORICAL] = "categorical",
    [DSC_LOSS_PENALIZED_CATEGORICAL] = "penalized_categorical",
    [DSC_LOSS_MSE] = "mse",
    [DSC_LOSS_PENALIZED_MSE] = "penalized_mse",
    [DSC_LOSS_HYBRID] = "hybrid",
    [DSC_LOSS_PENALIZED_HYBRID] = "penalized_hybrid",
};
enum { N_NAMES = sizeof loss_names / sizeof *loss_names, N_CLASSES = 2 }; // of hybrid losses

typedef struct loss_case {
    dsc_context *ctx;
    tally *t;
    char name[80];
    dsc_loss loss;
    bool choices, values, penalized;
    int n, n_columns, n_outputs; // trials times sessions; columns (outputs with the penalty)
    int first, n_targets;        // columns that are values
    const double *ys, *outputs, *d_outputs, *valid; // valid: [n][N logits], NULL: all
    double scale, weight, value;
} loss_case;

// ---- reading ------------------------------------------------------------------------------------

static int last_size(const json_t *a)
{
    while (json_is_array(json_array_get(a, 0))) a = json_array_get(a, 0);
    return (int)json_array_size(a);
}

static bool find_loss(const char *name, dsc_loss *loss)
{
    for (int i = 0; i < N_NAMES; i++)
        if (strcmp(name, loss_names[i]) == 0) {
            *loss = (dsc_loss)i;
            return true;
        }
    return false;
}

// A number stands for every key; what a mapping lacks is its "value", else `otherwise` (spec 2.3).
static double loss_param(const json_t *from, const char *key, double otherwise)
{
    const json_t *param = json_object_get(from, "loss_param");
    const json_t *value = json_object_get(param, key);
    if (!value) value = json_object_get(param, "value");
    if (json_is_number(param)) value = param;
    return value ? json_number_value(value) : otherwise;
}

static dsc_status read_numbers(const json_t *from, dsc_arena *arena, loss_case *c)
{
    const json_t *ys = json_object_get(from, "ys"), *outputs = json_object_get(from, "outputs");
    size_t n, n_out, n_d;
    c->ys = golden_numbers(arena, ys, &n);
    c->outputs = golden_numbers(arena, outputs, &n_out);
    c->d_outputs = golden_numbers(arena, json_object_get(from, "d_outputs"), &n_d);
    const json_t *valid = json_object_get(from, "valid_actions_masks");
    size_t n_valid;
    // the penalized loss of the reference forgets them; ours does not
    if (valid && !c->penalized) c->valid = golden_numbers(arena, valid, &n_valid);
    c->n_columns = last_size(ys);
    c->n_outputs = last_size(outputs);
    DSC_REQUIRE(c->ctx, n > 0 && c->n_columns > 0 && c->n_outputs <= MAX_WIDTH, DSC_INPUT,
                "%s: unexpected sizes", c->name);
    c->n = (int)n / c->n_columns;
    DSC_REQUIRE(c->ctx, c->n <= MAX_CELLS && n_out == (size_t)(c->n * c->n_outputs), DSC_INPUT,
                "%s: unexpected sizes", c->name);
    return DSC_OK;
}

static dsc_status read_case(const json_t *from, dsc_arena *arena, loss_case *c)
{
    snprintf(c->name, sizeof c->name, "%s, %s", loss_names[c->loss],
             json_string_value(json_object_get(from, "note")));
    c->values = c->loss >= DSC_LOSS_MSE;
    c->choices = c->loss != DSC_LOSS_MSE && c->loss != DSC_LOSS_PENALIZED_MSE;
    c->penalized = strncmp(loss_names[c->loss], "penalized", 9) == 0;
    c->scale = loss_param(from, "penalty_scale", 1);
    c->weight =
        loss_param(from, "likelihood_weight", c->loss == DSC_LOSS_PENALIZED_HYBRID ? 0.5 : 1);
    c->value = golden_number(from, "value");
    DSC_TRY(read_numbers(from, arena, c));
    c->first = c->choices;
    c->n_targets = c->values ? c->n_columns - c->first : 0;
    return DSC_OK;
}

// ---- the cell -----------------------------------------------------------------------------------

static dsc_node per_lane(dsc_builder *b, const char *name, int rows)
{
    return dsc_parameter_add(
        b, &(dsc_parameter){.name = name, .rows = rows, .cols = 1, .level = DSC_PER_LANE});
}

static dsc_status build(const loss_case *c, dsc_cell **cell)
{
    dsc_builder *b = NULL;
    DSC_TRY(dsc_cell_begin(c->ctx, "loss", &b));
    const dsc_node outputs = per_lane(b, "outputs", c->n_outputs);
    const int last = c->n_outputs - c->penalized, A = c->values ? N_CLASSES : last;
    if (c->choices) dsc_output(b, "prediction", dsc_copy(b, dsc_slice(b, outputs, 0, A)));
    if (c->values)
        dsc_output(b, "values",
                   dsc_copy(b, dsc_slice(b, outputs, c->choices * A, last - c->choices * A)));
    if (c->penalized) dsc_output(b, "penalty", dsc_slice(b, outputs, last, 1));
    const dsc_status status = dsc_loss_attach(b, c->loss, c->n_targets, c->valid != NULL);
    const dsc_status ended = dsc_cell_end(b, cell);
    return status != DSC_OK ? status : ended;
}

// Values do not count where a label beside them is masked.
static bool has_value(const loss_case *c, int i, int k)
{
    const double *y = c->ys + i * c->n_columns;
    return !isnan(y[c->first + k]) && (!c->choices || y[0] >= 0);
}

static double input_value(const loss_case *c, int i, const char *name)
{
    const double *y = c->ys + i * c->n_columns;
    int k = 0;
    if (strcmp(name, "label") == 0) return y[0];
    if (strcmp(name, "weight") == 0) return y[0] >= 0;
    if (strcmp(name, "penalty_weight") == 0) return 1;
    if (sscanf(name, "valid_action_%d", &k) == 1) return c->valid[i * c->n_outputs + k];
    if (sscanf(name, "target_weight_%d", &k) == 1) return has_value(c, i, k);
    return sscanf(name, "target_%d", &k) == 1 && has_value(c, i, k) ? y[c->first + k] : 0;
}

// ---- what sums are divided by (spec 2.1, 2.2) ---------------------------------------------------

static double count_labels(const loss_case *c)
{
    double n = 0;
    for (int i = 0; i < c->n; i++) n += c->ys[i * c->n_columns] >= 0;
    return n;
}

static double count_values(const loss_case *c)
{
    double n = 0;
    for (int i = 0; i < c->n; i++)
        for (int k = 0; k < c->n_targets; k++) n += has_value(c, i, k);
    return n;
}

// trials with a target that is neither -1 nor missing
static double count_unmasked(const loss_case *c)
{
    double n = 0;
    for (int i = 0; i < c->n; i++) {
        bool any = false;
        for (int k = 0; k < c->n_columns; k++) {
            const double y = c->ys[i * c->n_columns + k];
            any |= !isnan(y) && y != -1;
        }
        n += any;
    }
    return n;
}

// ---- comparing ----------------------------------------------------------------------------------

typedef struct measured {
    double sums[N_TERMS], coefficients[N_TERMS], loss;
} measured;

// The slopes of the loss by its sums, and the loss, as the training step has them.
static void measure(const loss_case *c, const dsc_cell *cell, measured *m)
{
    const loss_weights w = {c->loss, c->scale, c->weight};
    const double n[] = {count_labels(c), count_values(c),
                        c->values ? count_unmasked(c) : count_labels(c)};
    m->loss = 0;
    for (int k = 0; k < N_TERMS; k++) {
        const int at = loss_objective(cell, (loss_term)k);
        if (at < 0) continue;
        m->coefficients[at] = loss_slope(&w, (loss_term)k, m->sums[at], n[k]);
        m->loss += loss_value(&w, (loss_term)k, m->sums[at], n[k]);
    }
}

static dsc_status run_case(const loss_case *c, const dsc_cell *cell, rig *r, measured *m,
                           double *gradient)
{
    DSC_TRY(rig_forward(r, c->outputs, (dsc_noise_seed){0}, m->sums, NULL));
    measure(c, cell, m);
    DSC_TRY(rig_gradient(r, c->outputs, (dsc_noise_seed){0}, m->coefficients, m->sums, gradient));
    measure(c, cell, m);
    return DSC_OK;
}

static dsc_status differentiate(const loss_case *c, const dsc_cell *cell, const dsc_engine *e,
                                measured *m, double *gradient)
{
    rig_session session[MAX_CELLS];
    double x[MAX_CELLS][MAX_INPUTS];
    rig r;
    for (int i = 0; i < c->n; i++) {
        for (int k = 0; k < dsc_cell_input_count(cell); k++)
            x[i][k] = input_value(c, i, dsc_cell_input(cell, k));
        session[i] = (rig_session){.n_trials = 1, .x = x[i], .lane = i, .multiplicity = 1};
    }
    const rig_options o = {
        .engine = e, .n_sessions = c->n, .session = session, .n_lanes = c->n, .gradient = true};
    DSC_TRY(rig_create(c->ctx, cell, &o, &r));
    const dsc_status status = run_case(c, cell, &r, m, gradient);
    rig_destroy(&r);
    return status;
}

static dsc_status compare(const loss_case *c, const dsc_cell *cell)
{
    const dsc_engine *e;
    char what[128];
    for (int i = 0; (e = golden_engine(i)); i++) {
        const bool single = golden_is_single(e);
        const tolerance allowed = {single ? 2e-6 : 2e-8, 1, 0, 0};
        measured m = {0};
        double gradient[MAX_CELLS * MAX_WIDTH];
        DSC_TRY(differentiate(c, cell, e, &m, gradient));
        snprintf(what, sizeof what, "%s %s %s", dsc_engine_name(e), dsc_engine_precision(e),
                 c->name);
        tally_value(c->t, what, m.loss, c->value, allowed);
        if (c->d_outputs)
            tally_compare(c->t, what, (size_t)(c->n * c->n_outputs), gradient, c->d_outputs,
                          allowed);
    }
    return DSC_OK;
}

static dsc_status compare_case(loss_case *c, const json_t *from, dsc_arena *arena)
{
    dsc_cell *cell = NULL;
    DSC_TRY(read_case(from, arena, c));
    if (json_object_get(from, "error")) { // no data: a fit of ours is refused
        tally_count(c->t, c->name, count_labels(c), 0);
        return DSC_OK;
    }
    dsc_status status = build(c, &cell);
    if (status == DSC_OK) status = compare(c, cell);
    if (cell) dsc_cell_destroy(&cell);
    return status;
}

// ---- metrics (spec 2.4) -------------------------------------------------------------------------

typedef struct metric_sums {
    double sum[N_TERMS], n[N_TERMS];
} metric_sums;

// The sums of a loss over arrays of the file, and what divides them.
static dsc_status sum_arrays(loss_case *c, const json_t *arrays, const char *ys,
                             const char *outputs, dsc_arena *arena, metric_sums *s)
{
    double gradient[MAX_CELLS * MAX_WIDTH];
    measured m = {0};
    dsc_cell *cell = NULL;
    json_t *from =
        json_pack("{s:s, s:O, s:O}", "note", "metrics", "ys", json_object_get(arrays, ys),
                  "outputs", json_object_get(arrays, outputs));
    dsc_status status = read_case(from, arena, c);
    json_decref(from);
    if (status == DSC_OK) status = build(c, &cell);
    if (status == DSC_OK) status = differentiate(c, cell, golden_engine(0), &m, gradient);
    for (int k = 0; status == DSC_OK && k < N_TERMS; k++) {
        const int at = loss_objective(cell, (loss_term)k);
        s->sum[k] = at < 0 ? 0 : m.sums[at];
    }
    s->n[TERM_NLL] = count_labels(c), s->n[TERM_SSE] = count_values(c);
    s->n[TERM_PENALTY] = count_unmasked(c);
    if (cell) dsc_cell_destroy(&cell);
    return status;
}

static void compare_metric(tally *t, const json_t *values, const char *name, double got)
{
    tally_value(t, name, got, golden_number(values, name), (tolerance){2e-8, 1, 0, 0});
}

static void compare_weighted(tally *t, const json_t *values, const metric_sums *s)
{
    static const char *const weights[] = {"0.0", "0.4", "1.0"};
    const double nll = s->sum[TERM_NLL], n = s->n[TERM_NLL], sse = s->sum[TERM_SSE];
    const double mse = sse / s->n[TERM_SSE];
    char name[64];
    for (int i = 0; i < 3; i++) {
        const double w = strtod(weights[i], NULL);
        snprintf(name, sizeof name, "likelihood_and_sse_%s", weights[i]);
        compare_metric(t, values, name, w * nll + (1 - w) * sse);
        snprintf(name, sizeof name, "normalized_likelihood_and_mse_%s", weights[i]);
        compare_metric(t, values, name, w * exp(-nll / n) + (1 - w) * mse);
        snprintf(name, sizeof name, "avg_nll_and_log_mse_%s", weights[i]);
        compare_metric(t, values, name, w * nll / n + (1 - w) * log(1 + mse));
    }
}

static dsc_status compare_metrics(dsc_context *ctx, const json_t *metrics, dsc_arena *arena,
                                  tally *t)
{
    const json_t *a = json_object_get(metrics, "arrays"), *v = json_object_get(metrics, "values");
    loss_case choices = {.ctx = ctx, .t = t, .loss = DSC_LOSS_CATEGORICAL},
              penalized = {.ctx = ctx, .t = t, .loss = DSC_LOSS_PENALIZED_CATEGORICAL},
              values = {.ctx = ctx, .t = t, .loss = DSC_LOSS_MSE},
              both = {.ctx = ctx, .t = t, .loss = DSC_LOSS_HYBRID};
    metric_sums s;
    DSC_TRY(sum_arrays(&choices, a, "lab", "o2", arena, &s));
    compare_metric(t, v, "normalized_likelihood", exp(-s.sum[TERM_NLL] / s.n[TERM_NLL]));
    DSC_TRY(sum_arrays(&choices, a, "lab3", "o2", arena, &s));
    compare_metric(t, v, "normalized_likelihood_label2", exp(-s.sum[TERM_NLL] / s.n[TERM_NLL]));
    DSC_TRY(sum_arrays(&penalized, a, "lab", "o3", arena, &s));
    compare_metric(t, v, "penalty_sum_o3", s.sum[TERM_PENALTY]);
    DSC_TRY(sum_arrays(&values, a, "y2", "o2", arena, &s));
    compare_metric(t, v, "sse_y2_o2", s.sum[TERM_SSE]);
    compare_metric(t, v, "mse_y2_o2", s.sum[TERM_SSE] / s.n[TERM_SSE]);
    compare_metric(t, v, "count_unmasked_y2", s.n[TERM_PENALTY]);
    DSC_TRY(sum_arrays(&both, a, "ym", "o3", arena, &s));
    compare_metric(t, v, "count_unmasked_ym", s.n[TERM_PENALTY]);
    compare_weighted(t, v, &s);
    return DSC_OK;
}

dsc_status golden_losses(dsc_context *ctx, const json_t *root, tally *t)
{
    const json_t *cases = json_object_get(root, "cases");
    dsc_arena *arena = NULL;
    dsc_status status = dsc_arena_create(ctx, &arena);
    for (size_t i = 0; status == DSC_OK && i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        loss_case c = {.ctx = ctx, .t = t};
        if (find_loss(json_string_value(json_object_get(one, "loss")), &c.loss))
            status = compare_case(&c, one, arena);
        else t->later++;
    }
    const json_t *metrics = json_object_get(root, "metrics");
    if (status == DSC_OK && metrics) status = compare_metrics(ctx, metrics, arena, t);
    dsc_arena_destroy(&arena);
    return status;
}
