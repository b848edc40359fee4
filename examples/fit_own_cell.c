// SPDX-License-Identifier: Apache-2.0
// fit_own_cell.c — describes a model of one's own with the builder, fits it to a table of trials by
// gradient descent and reads what came out:
//   cc fit_own_cell.c $(pkg-config --cflags --libs discern) -lm -o fit_own_cell
//   ./fit_own_cell choices.csv
//
// A learner with two rates: values rise and fall with different speed.
//   e = reward - q[choice],   q[choice] += (e > 0 ? gain : loss) e,   P(next choice) = softmax(beta q)
#include <math.h>
#include <stdio.h>

#include <discern/discern.h>

// Everything that has to be released, in one place.
typedef struct work {
    dsc_context *ctx;
    dsc_table *table;
    dsc_cell *cell;
    const dsc_engine *engine; // a table of the library's; nothing to release
    dsc_pool *pool;
    dsc_pack *pack;
    dsc_plan *plan;
    dsc_optimizer *optimizer;
    double *parameters, *gradient; // one flat array each, laid out by the plan
} work;

// ---- the model ----------------------------------------------------------------------------------

// A number between 0 and 1 that is fitted without bounds.
static dsc_node rate(dsc_builder *b, const char *name)
{
    const dsc_init start = {DSC_INIT_CONSTANT, 0, 0};
    const dsc_node raw = dsc_weights(b, name, 1, 1, start);
    return dsc_sigmoid(b, raw);
}

// One trial. The builder remembers its first error, so the lines read like the equations.
static dsc_status describe(dsc_context *ctx, int n_actions, dsc_cell **cell)
{
    dsc_builder *b = NULL;
    DSC_TRY(dsc_cell_begin(ctx, "two_rates", &b));
    const dsc_node choice = dsc_input_one(b, "agent_choice"); // of the trial before; -1: none
    const dsc_node reward = dsc_input_one(b, "agent_reward");
    const dsc_node gain = rate(b, "gain"), loss = rate(b, "loss");
    const dsc_node log_beta = dsc_weights(b, "log_beta", 1, 1, (dsc_init){DSC_INIT_CONSTANT, 0, 0});
    const dsc_node beta = dsc_exponential(b, log_beta);

    const dsc_node q = dsc_state(b, "value", n_actions);
    const dsc_node error = dsc_subtract(b, reward, q); // the one reward against every value
    const dsc_node up = dsc_relu(b, error);
    const dsc_node down = dsc_subtract(b, error, up);
    const dsc_node risen = dsc_multiply(b, gain, up);
    const dsc_node fallen = dsc_multiply(b, loss, down);
    const dsc_node change = dsc_add(b, risen, fallen);
    const dsc_node chosen = dsc_onehot(b, choice, n_actions);
    const dsc_node learnt = dsc_multiply(b, chosen, change);
    dsc_next(b, q, dsc_add(b, q, learnt));
    dsc_output(b, "prediction", dsc_multiply(b, beta, dsc_after(b, q))); // logits
    dsc_loss_attach(b, DSC_LOSS_CATEGORICAL, 0, false); // the objective: - ln P of what was chosen
    return dsc_cell_end(b, cell); // and releases the builder, also after an error
}

// ---- the fit ------------------------------------------------------------------------------------

// The table's sessions packed for the engine, and the cell made ready to run over them.
static dsc_status prepare(work *w)
{
    const dsc_optimizer_config adam = {
        .name = "adam", .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    DSC_TRY(dsc_engine_select(w->ctx, NULL, NULL, "double", &w->engine));
    DSC_TRY(dsc_pool_create(w->ctx, 0, &w->pool)); // 0: all threads; results do not depend on it
    const dsc_pack_options packing = {.engine = w->engine, .cell = w->cell};
    DSC_TRY(dsc_pack_create(w->ctx, w->table, &packing, &w->pack));
    const dsc_plan_options planning = {.engine = w->engine,
                                       .max_trials = dsc_pack_longest(w->pack),
                                       .n_workers = dsc_pool_size(w->pool),
                                       .gradient = true};
    DSC_TRY(dsc_plan_create(w->ctx, w->cell, &planning, &w->plan));
    const dsc_layout *layout = dsc_plan_layout(w->plan);
    DSC_TRY(dsc_alloc(w->ctx, layout->n_values, sizeof(double), &w->parameters));
    DSC_TRY(dsc_alloc(w->ctx, layout->n_values, sizeof(double), &w->gradient));
    dsc_cell_initialise(w->cell, layout, 1, w->parameters);
    return dsc_optimizer_create(w->ctx, &adam, layout->n_values, &w->optimizer);
}

// Steps down the gradient of the mean cost per trial; *nll is that cost before the last step.
static dsc_status descend(work *w, int steps, double *nll)
{
    dsc_batch batch;
    double n_trials = 0, sum = 0;
    dsc_pack_whole(w->pack, NULL, &batch);
    for (int k = 0; k < dsc_pack_sessions(w->pack); k++) n_trials += dsc_pack_weight(w->pack, k);
    const double coefficient = 1 / n_trials;
    dsc_replica replica = {.parameters = w->parameters,
                           .coefficients = &coefficient,
                           .sums = &sum,
                           .gradient = w->gradient};
    for (int step = 0; step < steps; step++) {
        DSC_TRY(dsc_gradient(w->plan, w->pool, &batch, &replica, 1));
        dsc_optimizer_step(w->optimizer, 0.05, w->parameters, w->gradient, NULL);
    }
    *nll = sum / n_trials;
    return DSC_OK;
}

// ---- the result ---------------------------------------------------------------------------------

static double value_of(const work *w, const char *name)
{
    return w->parameters[dsc_plan_layout(w->plan)->offset[dsc_cell_parameter_find(w->cell, name)]];
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static dsc_status fit(work *w, const char *path)
{
    double nll;
    DSC_TRY(dsc_table_read(w->ctx, path, NULL, &w->table));
    const int n_actions = w->table->n_actions;
    DSC_REQUIRE(w->ctx, n_actions > 0, DSC_INPUT, "%s: there is no column \"choice\"", path);
    DSC_TRY(describe(w->ctx, n_actions, &w->cell));
    DSC_TRY(prepare(w));
    DSC_TRY(descend(w, 500, &nll));
    printf("gain %.3f\nloss %.3f\nbeta %.3f\n", sigmoid(value_of(w, "gain")),
           sigmoid(value_of(w, "loss")), exp(value_of(w, "log_beta")));
    printf("NLL per trial %.4f, chance %.4f\n", nll, log(n_actions));
    return DSC_OK;
}

// In the opposite order; what was never made is NULL, which is fine.
static void release(work *w)
{
    dsc_optimizer_destroy(w->ctx, &w->optimizer);
    dsc_free(w->ctx, &w->gradient);
    dsc_free(w->ctx, &w->parameters);
    dsc_plan_destroy(&w->plan);
    dsc_pack_destroy(w->ctx, &w->pack);
    dsc_pool_destroy(&w->pool);
    dsc_cell_destroy(&w->cell);
    dsc_table_destroy(w->ctx, &w->table);
    dsc_context_destroy(&w->ctx);
}

int main(int argc, char **argv)
{
    work w = {0};
    if (argc != 2) return fprintf(stderr, "usage: fit_own_cell TABLE\n"), 2;
    if (dsc_context_create(NULL, &w.ctx) != DSC_OK) return fprintf(stderr, "no memory\n"), 1;
    const dsc_status status = fit(&w, argv[1]);
    if (status != DSC_OK) fprintf(stderr, "fit_own_cell: %s\n", dsc_message(w.ctx));
    release(&w);
    return status == DSC_OK ? 0 : 1;
}
