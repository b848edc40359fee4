// SPDX-License-Identifier: Apache-2.0
// test_engine_padding.c — lanes whose session is over must not harm the others: a network that
// grows without bound after a short session's end, while the long one leaves it at rest.
#include <math.h>
#include <string.h>

#include "discern/discern.h"
#include "support/check.h"

enum { LONG = 1200, SHORT = 3, ALL = LONG + SHORT };

static dsc_context *ctx;

static void fill(const dsc_cell *cell, const dsc_layout *l, double *v, const char *name, int from,
                 int n, double x)
{
    const int i = dsc_cell_parameter_find(cell, name);
    assert_true(i >= 0);
    for (int k = 0; k < n; k++) v[l->offset[i] + (size_t)(from + k)] = x;
}

// At rest until option 1 is chosen; from then on all units grow by 1.92 a trial.
static void make_explosive(const dsc_cell *cell, const dsc_layout *l, double *v)
{
    dsc_cell_initialise(cell, l, 1, v);
    fill(cell, l, v, "rnn.hidden.w", 0, 256, 0.12);
    fill(cell, l, v, "rnn.input.w", 0, 16, 0.1);
    fill(cell, l, v, "rnn.input.w", 16, 16, 0);
    fill(cell, l, v, "rnn.input.b", 0, 16, 0);
}

static dsc_table *long_and_short_session(void)
{
    static double choice[ALL], reward[ALL];
    dsc_table *t = NULL;
    for (int i = 0; i < ALL; i++) choice[i] = i >= LONG, reward[i] = 1;
    CHECK_OK(ctx, dsc_table_make(ctx, 2, (const int[]){LONG, SHORT}, NULL, 2,
                                 (const char *const[]){"choice", "reward"},
                                 (const double *const[]){choice, reward}, &t));
    return t;
}

static dsc_cell *rnn_with_loss(void)
{
    const dsc_model *m = model_called(ctx, "rnn");
    unsigned char config[DSC_MODEL_CONFIG_BYTES] __attribute__((aligned(16)));
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    dsc_fields_default(m->fields, config);
    CHECK_OK(ctx, dsc_cell_begin(ctx, "rnn", &b));
    m->build(m, b, config, &(dsc_model_size){.n_actions = 2, .n_inputs = 2, .inputs = m->inputs});
    dsc_loss_attach(b, DSC_LOSS_CATEGORICAL, 0, false);
    CHECK_OK(ctx, dsc_cell_end(b, &cell));
    return cell;
}

static void infinite_states_after_the_end_of_a_session_harm_nobody(void **state)
{
    (void)state;
    const dsc_engine *e = NULL;
    dsc_pool *pool = NULL;
    dsc_pack *pack = NULL;
    dsc_plan *plan = NULL;
    dsc_batch batch;
    double v[1024], g[1024], one = 1, sum = 0, forward_sum = 0;
    dsc_table *table = long_and_short_session();
    dsc_cell *cell = rnn_with_loss();
    CHECK_OK(ctx, dsc_engine_select(ctx, "lanes", NULL, "single", &e));
    CHECK_OK(ctx, dsc_pool_create(ctx, 1, &pool));
    CHECK_OK(ctx,
             dsc_pack_create(ctx, table, &(dsc_pack_options){.engine = e, .cell = cell}, &pack));
    dsc_pack_whole(pack, NULL, &batch);
    CHECK_OK(ctx,
             dsc_plan_create(ctx, cell,
                             &(dsc_plan_options){
                                 .engine = e, .max_trials = LONG, .n_workers = 1, .gradient = true},
                             &plan));
    const dsc_layout *l = dsc_plan_layout(plan);
    assert_true(l->n_values <= 1024);
    make_explosive(cell, l, v);
    dsc_replica r = {v, {1, DSC_FOR_NOISE, 0}, &one, &sum, g, NULL};
    CHECK_OK(ctx, dsc_gradient(plan, pool, &batch, &r, 1));
    assert_true(isfinite(sum));
    for (size_t i = 0; i < l->n_values; i++) assert_true(isfinite(g[i]));
    CHECK_OK(ctx, dsc_forward(plan, pool, &batch, v, r.noise, &forward_sum, NULL, NULL));
    assert_memory_equal(&sum, &forward_sum, sizeof sum);
    dsc_plan_destroy(&plan);
    dsc_pack_destroy(ctx, &pack);
    dsc_pool_destroy(&pool);
    dsc_cell_destroy(&cell);
    dsc_table_destroy(ctx, &table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(infinite_states_after_the_end_of_a_session_harm_nobody),
    };
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    dsc_context_destroy(&ctx);
    return failed;
}
