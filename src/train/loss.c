// SPDX-License-Identifier: Apache-2.0
// loss.c — losses as objectives of a cell's graph, each a sum over trials:
//   nll      weight * -ln softmax(prediction)[label]
//   sse      sum over targets k of target_weight_k (target_k - values_k)^2
//   penalty  penalty_weight * penalty
// A loss is a sum over these of coefficient * measure(sum, count), the measure one of
//   sum: S     mean: S / n     log_mean: ln(1 + S / n)     summed: S, told as S / n
// (spec disrnn.md 2.2). The engine wants the slopes of the loss by the sums. They are known before
// the sums unless a measure is not linear; then a forward run over the same batch, with the same
// noise, tells the sums first. One target against several values is compared with each of them, as
// the reference's broadcasting does (spec 2.1).
#include <math.h>
#include <string.h>

#include "train/internal.h"

// ---- measures -----------------------------------------------------------------------------------

typedef struct measure {
    double (*value)(double sum, double n), (*slope)(double sum, double n);
    bool linear;
} measure;

static double sum_value(double sum, double n)
{
    (void)n;
    return sum;
}
static double sum_slope(double sum, double n)
{
    (void)sum, (void)n;
    return 1;
}
static double mean_value(double sum, double n)
{
    return n > 0 ? sum / n : 0;
}
static double mean_slope(double sum, double n)
{
    (void)sum;
    return n > 0 ? 1 / n : 0;
}
static double log_mean_value(double sum, double n)
{
    return log1p(mean_value(sum, n));
}
static double log_mean_slope(double sum, double n)
{
    return n > 0 ? 1 / (n + sum) : 0;
}
static const measure sum_of = {sum_value, sum_slope, true};
static const measure mean_of = {mean_value, mean_slope, true};
static const measure summed_of = {mean_value, sum_slope, true};
static const measure log_mean_of = {log_mean_value, log_mean_slope, false};

// ---- the losses ---------------------------------------------------------------------------------

typedef struct loss_kind {
    const char *name;
    const measure *term[N_TERMS]; // NULL: not part of the loss
} loss_kind;
static const loss_kind kinds[] = {
    [DSC_LOSS_CATEGORICAL] = {"categorical", {[TERM_NLL] = &mean_of}},
    [DSC_LOSS_PENALIZED_CATEGORICAL] = {"penalized_categorical",
                                        {[TERM_NLL] = &mean_of, [TERM_PENALTY] = &mean_of}},
    [DSC_LOSS_MSE] = {"mse", {[TERM_SSE] = &mean_of}},
    [DSC_LOSS_PENALIZED_MSE] = {"penalized_mse",
                                {[TERM_SSE] = &mean_of, [TERM_PENALTY] = &mean_of}},
    [DSC_LOSS_HYBRID] = {"hybrid", {[TERM_NLL] = &sum_of, [TERM_SSE] = &sum_of}},
    [DSC_LOSS_PENALIZED_HYBRID] =
        {"penalized_hybrid",
         {[TERM_NLL] = &mean_of, [TERM_SSE] = &log_mean_of, [TERM_PENALTY] = &mean_of}},
    [DSC_LOSS_CATEGORICAL_SUM] = {"categorical_sum", {[TERM_NLL] = &summed_of}},
    [DSC_LOSS_PENALIZED_CATEGORICAL_SUM] = {"penalized_categorical_sum",
                                            {[TERM_NLL] = &summed_of, [TERM_PENALTY] = &summed_of}},
};
enum { N_LOSSES = sizeof kinds / sizeof *kinds };
static const char *const objectives[N_TERMS] = {"nll", "sse", "penalty"};

bool loss_has(dsc_loss loss, loss_term term)
{
    return kinds[loss].term[term] != NULL;
}

const char *loss_name(dsc_loss loss)
{
    return kinds[loss].name;
}

bool loss_is_linear(dsc_loss loss)
{
    bool linear = true;
    for (int k = 0; k < N_TERMS; k++)
        linear = linear && (!kinds[loss].term[k] || kinds[loss].term[k]->linear);
    return linear;
}

int loss_objective(const dsc_cell *cell, loss_term term)
{
    for (int k = 0; k < dsc_cell_objective_count(cell); k++)
        if (strcmp(dsc_cell_objective(cell, k), objectives[term]) == 0) return k;
    return -1;
}

// likelihood_weight weighs choices against values where a loss has both.
static double coefficient(const loss_weights *w, loss_term term)
{
    const bool both = loss_has(w->loss, TERM_NLL) && loss_has(w->loss, TERM_SSE);
    if (term == TERM_PENALTY) return w->penalty_scale;
    if (!both) return 1;
    return term == TERM_NLL ? w->likelihood_weight : 1 - w->likelihood_weight;
}

double loss_value(const loss_weights *w, loss_term term, double sum, double n)
{
    const measure *m = kinds[w->loss].term[term];
    const double c = m ? coefficient(w, term) : 0;
    return c != 0 ? c * m->value(sum, n) : 0;
}

double loss_slope(const loss_weights *w, loss_term term, double sum, double n)
{
    const measure *m = kinds[w->loss].term[term];
    return m ? coefficient(w, term) * m->slope(sum, n) : 0;
}

// ---- objectives --------------------------------------------------------------------------------

static dsc_node numbered_input(dsc_builder *b, const char *stem, int k)
{
    char name[64];
    snprintf(name, sizeof name, "%s_%d", stem, k);
    return dsc_input_one(b, name);
}

dsc_node loss_logits(dsc_builder *b, bool valid)
{
    const dsc_node logits = dsc_find(b, "prediction");
    if (!valid) return logits;
    const int A = dsc_rows(b, logits);
    dsc_node mask = numbered_input(b, "valid_action", 0);
    for (int k = 1; k < A; k++) {
        dsc_node next = numbered_input(b, "valid_action", k);
        mask = dsc_concat(b, mask, next);
    }
    dsc_node least = dsc_constant(b, 1, &(double){-1e30});
    return dsc_select(b, mask, logits, dsc_repeat(b, least, A));
}

static void attach_nll(dsc_builder *b, bool valid)
{
    dsc_node logits = loss_logits(b, valid);
    dsc_node cost = dsc_cross_entropy(b, logits, dsc_input_one(b, "label"));
    dsc_objective(b, "nll", dsc_multiply(b, dsc_input_one(b, "weight"), cost));
}

static void attach_sse(dsc_builder *b, dsc_node values, int n_targets)
{
    const bool one = n_targets == 1;
    dsc_node total = {-1};
    for (int k = 0; k < n_targets; k++) {
        dsc_node guess = one ? values : dsc_slice(b, values, k, 1);
        dsc_node miss = dsc_subtract(b, numbered_input(b, "target", k), guess);
        dsc_node weight = numbered_input(b, "target_weight", k);
        dsc_node cost = dsc_multiply(b, weight, dsc_sum(b, dsc_square(b, miss)));
        total = k ? dsc_add(b, total, cost) : cost;
    }
    dsc_objective(b, "sse", total);
}

// One target goes against any number of values; otherwise there are as many.
static dsc_status check_targets(dsc_builder *b, dsc_node values, int n_targets)
{
    const int rows = values.id < 0 ? 0 : dsc_rows(b, values);
    DSC_REQUIRE(dsc_builder_context(b), rows > 0 && (n_targets == 1 || n_targets == rows),
                DSC_INPUT,
                "data.targets: %d targets, but the model predicts %d values; give as many targets",
                n_targets, rows);
    return DSC_OK;
}

// What a loss without a penalty is called.
static const char *unpenalized(dsc_loss loss)
{
    return kinds[loss].name + strlen("penalized_");
}

dsc_status dsc_loss_attach(dsc_builder *b, dsc_loss loss, int n_targets, bool valid)
{
    DSC_TRY(dsc_builder_status(b));
    dsc_context *ctx = dsc_builder_context(b);
    const dsc_node prediction = dsc_find(b, "prediction"), penalty = dsc_find(b, "penalty");
    const bool has_penalty = loss_has(loss, TERM_PENALTY);
    DSC_REQUIRE(ctx, !loss_has(loss, TERM_NLL) || prediction.id >= 0, DSC_DEFECT,
                "the model has no output \"prediction\"");
    DSC_REQUIRE(ctx, !has_penalty || penalty.id >= 0, DSC_INPUT,
                "loss.name: \"%s\" needs a model with a penalty, and this model has none; take %s",
                kinds[loss].name, unpenalized(loss));
    if (loss_has(loss, TERM_NLL)) attach_nll(b, valid);
    if (loss_has(loss, TERM_SSE)) {
        const dsc_node values = dsc_find(b, "values");
        DSC_TRY(check_targets(b, values, n_targets));
        attach_sse(b, values, n_targets);
    }
    if (has_penalty)
        dsc_objective(b, "penalty", dsc_multiply(b, dsc_input_one(b, "penalty_weight"), penalty));
    return dsc_builder_status(b);
}

// ---- cells ------------------------------------------------------------------------------------

dsc_status cell_build(dsc_context *ctx, const cell_request *r, dsc_cell **cell)
{
    dsc_builder *b = NULL;
    dsc_cell *made = NULL;
    DSC_TRY(dsc_cell_begin(ctx, r->model->name, &b));
    dsc_status status = r->model->build(r->model, b, r->config, &r->size);
    if (status == DSC_OK && r->loss >= 0)
        status = dsc_loss_attach(b, (dsc_loss)r->loss, r->n_targets, r->valid);
    const dsc_status ended = dsc_cell_end(b, &made); // frees the builder, whatever happened
    if (status == DSC_OK && ended == DSC_OK) *cell = made;
    else dsc_cell_destroy(&made);
    return status != DSC_OK ? status : ended;
}

static dsc_status model_has_penalty(dsc_context *ctx, const dsc_fit_config *c, const dsc_model *m,
                                    bool *has)
{
    dsc_cell *cell = NULL;
    char **inputs = NULL;
    const int own = m->cog ? dsc_cog_actions(m->cog) : 0;
    int n = 0;
    DSC_TRY(inputs_of(ctx, c, m, &inputs, &n));
    const cell_request r = {.model = m,
                            .config = c->model_config,
                            .size = {.n_actions = own > 0 ? own : 2,
                                     .n_inputs = n,
                                     .inputs = (const char *const *)inputs,
                                     .noiseless = true},
                            .loss = -1};
    const dsc_status status = cell_build(ctx, &r, &cell);
    dsc_free(ctx, &inputs);
    DSC_TRY(status);
    *has = dsc_cell_rows(cell, "penalty") > 0;
    dsc_cell_destroy(&cell);
    return DSC_OK;
}

static dsc_status refuse_loss(dsc_context *ctx, const char *name)
{
    const char *names[N_LOSSES];
    char list[256] = "";
    for (int i = 0; i < N_LOSSES; i++) {
        names[i] = kinds[i].name;
        strcat(strcat(list, i ? ", " : ""), names[i]);
    }
    const char *near = dsc_nearest(name, names, N_LOSSES);
    return dsc_fail(ctx, DSC_INPUT, "loss.name: \"%s\" is not a loss; take one of %s%s%s%s", name,
                    list, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

// Targets are fitted beside the choices; a penalty counts.
static dsc_status loss_choose(dsc_context *ctx, const dsc_fit_config *c, const dsc_model *m,
                              dsc_loss *loss)
{
    bool penalty = false;
    DSC_TRY(model_has_penalty(ctx, c, m, &penalty));
    if (c->targets[0]) *loss = penalty ? DSC_LOSS_PENALIZED_HYBRID : DSC_LOSS_HYBRID;
    else *loss = penalty ? DSC_LOSS_PENALIZED_CATEGORICAL : DSC_LOSS_CATEGORICAL;
    return DSC_OK;
}

dsc_status loss_of(dsc_context *ctx, const dsc_fit_config *c, const dsc_model *m, dsc_loss *loss)
{
    if (!c->loss[0]) return loss_choose(ctx, c, m, loss);
    for (int i = 0; i < N_LOSSES; i++)
        if (strcmp(c->loss, kinds[i].name) == 0) {
            *loss = (dsc_loss)i;
            return DSC_OK;
        }
    return refuse_loss(ctx, c->loss);
}
