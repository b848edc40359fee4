// SPDX-License-Identifier: Apache-2.0
// test_engine_lanes.c — fits of many parameter sets: lanes that share sessions, results of every
// slot beside the reduced ones.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "discern/discern.h"
#include "support/check.h"

enum { SESSIONS = 7, ENTRIES = 75, LANES = 11, MOST = 40, SLOTS = 96 };

static dsc_context *ctx;

// A Q-learner with two parameters per lane that predicts a trial before it learns from it; its
// rewards may lose value with their delay and with time, which is counted from 1.
static dsc_cell *q_cell(bool delayed)
{
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    CHECK_OK(ctx, dsc_cell_begin(ctx, "q", &b));
    const dsc_parameter p = {.rows = 1, .cols = 1, .level = DSC_PER_LANE};
    dsc_parameter alpha = p, beta = p;
    alpha.name = "alpha", beta.name = "beta";
    const dsc_node a = dsc_parameter_add(b, &alpha), k = dsc_parameter_add(b, &beta);
    const dsc_node q = dsc_state(b, "q", 2);
    const dsc_node chosen = dsc_onehot(b, dsc_input_one(b, "label"), 2);
    dsc_node reward = dsc_input_one(b, "reward");
    if (delayed) {
        const dsc_node time = dsc_state_from(b, "time", dsc_constant(b, 1, &(double){1}));
        reward = dsc_divide(b, dsc_multiply(b, reward, a), dsc_input_one(b, "delay"));
        reward = dsc_divide(b, reward, time);
        dsc_next(b, time, dsc_offset(b, time, 1));
    }
    const dsc_node error = dsc_subtract(b, reward, q);
    dsc_output(b, "prediction", dsc_multiply(b, q, k));
    dsc_next(b, q, dsc_add(b, q, dsc_multiply(b, a, dsc_multiply(b, chosen, error))));
    dsc_loss_attach(b, DSC_LOSS_CATEGORICAL, 0, false);
    CHECK_OK(ctx, dsc_cell_end(b, &cell));
    return cell;
}

static dsc_table *some_sessions(void)
{
    static const int lengths[SESSIONS] = {12, 40, 3, 25, 25, 1, 33};
    static double choice[160], reward[160], delay[160];
    int n = 0;
    dsc_table *t = NULL;
    dsc_stream random = dsc_stream_start(5, DSC_FOR_TASK, 0, 0, 0);
    for (int s = 0; s < SESSIONS; s++)
        for (int i = 0; i < lengths[s]; i++, n++) {
            choice[n] = dsc_stream_below(&random, 2);
            reward[n] = dsc_stream_below(&random, 2);
            delay[n] = 1 + n % 5;
        }
    CHECK_OK(ctx, dsc_table_make(ctx, SESSIONS, lengths, NULL, 3,
                                 (const char *const[]){"choice", "reward", "delay"},
                                 (const double *const[]){choice, reward, delay}, &t));
    return t;
}

typedef struct rig {
    const dsc_engine *engine;
    dsc_cell *cell;
    dsc_table *table;
    dsc_pack *pack;
    dsc_pool *pool;
    dsc_plan *plan;
    int session[ENTRIES], lane[ENTRIES], slot[ENTRIES];
    double values[2 * LANES];
} rig;

static void rig_begin_with(rig *r, dsc_cell *cell, const char *engine, const char *isa, int threads)
{
    *r = (rig){.cell = cell, .table = some_sessions()};
    CHECK_OK(ctx, dsc_engine_select(ctx, engine, isa, "double", &r->engine));
    CHECK_OK(ctx, dsc_pool_create(ctx, threads, &r->pool));
    CHECK_OK(ctx,
             dsc_pack_create(ctx, r->table,
                             &(dsc_pack_options){.engine = r->engine, .cell = r->cell}, &r->pack));
    const dsc_plan_options o = {.engine = r->engine,
                                .n_lanes = LANES,
                                .max_trials = MOST,
                                .n_workers = threads,
                                .gradient = true};
    CHECK_OK(ctx, dsc_plan_create(ctx, r->cell, &o, &r->plan));
    for (int i = 0; i < ENTRIES; i++) {
        r->session[i] = (i * 5 + i / 3) % SESSIONS;
        r->lane[i] = (i * 7 + i / 11) % LANES;
    }
    for (int i = 0; i < LANES; i++) {
        r->values[i] = 0.1 + 0.07 * i;
        r->values[LANES + i] = 5 - 0.4 * i;
    }
}

static void rig_begin(rig *r, const char *engine, const char *isa, int threads)
{
    rig_begin_with(r, q_cell(false), engine, isa, threads);
}

static void rig_end(rig *r)
{
    dsc_plan_destroy(&r->plan);
    dsc_pack_destroy(ctx, &r->pack);
    dsc_pool_destroy(&r->pool);
    dsc_table_destroy(ctx, &r->table);
    dsc_cell_destroy(&r->cell);
}

// sums [SLOTS], gradient [2][SLOTS] by slot; reduced sum and gradient where not NULL.
static void run(rig *r, int n, double *sums, double *gradient, double *sum, double *reduced)
{
    static double tiles[3 * SLOTS];
    const int width = dsc_engine_width(r->engine);
    const double one = 1;
    dsc_batch batch;
    CHECK_OK(ctx, dsc_pack_lanes(ctx, r->pack, n, r->session, r->lane, r->slot, &batch));
    assert_int_equal(batch.n_tiles, (n + width - 1) / width);
    const dsc_lane_results lanes = {sums, tiles};
    dsc_replica call = {.parameters = r->values,
                        .noise = {1, DSC_FOR_NOISE, 0},
                        .coefficients = &one,
                        .sums = sum,
                        .gradient = reduced};
    if (reduced) CHECK_OK(ctx, dsc_gradient(r->plan, r->pool, &batch, &call, 1));
    call.lanes = &lanes;
    call.sums = call.gradient = NULL;
    assert_int_equal(dsc_plan_lane_rows(r->plan), 2);
    CHECK_OK(ctx, dsc_gradient(r->plan, r->pool, &batch, &call, 1));
    for (int s = 0; s < batch.n_tiles * width; s++)
        for (int k = 0; k < 2; k++)
            gradient[k * SLOTS + s] = tiles[(s / width * 2 + k) * width + s % width];
}

static void results_of_slots_add_up_to_the_reduced_ones(void **state)
{
    (void)state;
    rig r;
    double sums[SLOTS], g[2 * SLOTS], sum = 0, reduced[2 * LANES], total = 0, of[2 * LANES] = {0};
    rig_begin(&r, "lanes", NULL, 2);
    run(&r, ENTRIES, sums, g, &sum, reduced);
    for (int i = 0; i < ENTRIES; i++) {
        total += sums[r.slot[i]];
        for (int k = 0; k < 2; k++) of[k * LANES + r.lane[i]] += g[k * SLOTS + r.slot[i]];
    }
    assert_true(fabs(total - sum) < 1e-12 * sum);
    for (int i = 0; i < 2 * LANES; i++) assert_true(fabs(of[i] - reduced[i]) < 1e-11);
    for (int s = ENTRIES; s < SLOTS; s++) assert_true(sums[s] == 0 && g[s] == 0);
    rig_end(&r);
}

// The likelihood of a session, trial by trial.
static double plain_nll(const dsc_table *t, int session, double alpha, double beta)
{
    const double *choice = dsc_table_column(t, "choice")->value,
                 *reward = dsc_table_column(t, "reward")->value;
    const dsc_session *s = &t->session[session];
    double q[2] = {0, 0}, nll = 0;
    for (size_t i = s->first; i < s->first + (size_t)s->n_trials; i++) {
        const int c = (int)choice[i];
        nll += log(1 + exp(beta * (q[!c] - q[c])));
        q[c] += alpha * (reward[i] - q[c]);
    }
    return nll;
}

static void every_slot_holds_the_likelihood_of_its_session_and_parameters(void **state)
{
    (void)state;
    static const char *const engines[] = {"ref", "lanes"};
    for (int e = 0; e < 2; e++) {
        rig r;
        double sums[SLOTS], g[2 * SLOTS];
        rig_begin(&r, engines[e], NULL, 1);
        run(&r, ENTRIES, sums, g, NULL, NULL);
        for (int i = 0; i < ENTRIES; i++) {
            const double nll =
                plain_nll(r.table, r.session[i], r.values[r.lane[i]], r.values[LANES + r.lane[i]]);
            assert_true(fabs(sums[r.slot[i]] - nll) < 1e-12 * (1 + nll));
        }
        rig_end(&r);
    }
}

static void threads_and_company_do_not_change_a_slot(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 5};
    rig r;
    double sums[SLOTS], g[2 * SLOTS], alone_sum[SLOTS], alone[2 * SLOTS];
    for (int k = 0; k < 3; k++) {
        double s[SLOTS], h[2 * SLOTS];
        rig_begin(&r, "lanes", k ? NULL : "scalar", threads[k]);
        run(&r, ENTRIES, k ? s : sums, k ? h : g, NULL, NULL);
        if (k) assert_memory_equal(s, sums, sizeof s);
        if (k) assert_memory_equal(h, g, sizeof h);
        if (k < 2) rig_end(&r);
    }
    for (int i = 0; i < ENTRIES; i += 9) {
        const int slot = r.slot[i], session = r.session[i], lane = r.lane[i];
        rig one = r;
        one.session[0] = session, one.lane[0] = lane;
        run(&one, 1, alone_sum, alone, NULL, NULL);
        assert_true(alone_sum[0] == sums[slot]);
        for (int k = 0; k < 2; k++) assert_true(alone[k * SLOTS] == g[k * SLOTS + slot]);
    }
    rig_end(&r);
}

// Lanes whose session is over go on beside longer ones: zeros there would be divided by.
static void a_model_that_divides_by_an_input_has_the_same_slots_in_every_engine(void **state)
{
    (void)state;
    rig r;
    double sums[2][SLOTS], g[2][2 * SLOTS];
    int slot[ENTRIES];
    rig_begin_with(&r, q_cell(true), "ref", NULL, 1);
    run(&r, ENTRIES, sums[0], g[0], NULL, NULL);
    memcpy(slot, r.slot, sizeof slot);
    rig_end(&r);
    rig_begin_with(&r, q_cell(true), "lanes", NULL, 1);
    run(&r, ENTRIES, sums[1], g[1], NULL, NULL);
    for (int i = 0; i < ENTRIES; i++) {
        assert_true(fabs(sums[1][r.slot[i]] - sums[0][slot[i]]) < 1e-11);
        for (int k = 0; k < 2 * SLOTS; k += SLOTS)
            assert_true(fabs(g[1][k + r.slot[i]] - g[0][k + slot[i]]) < 1e-11);
    }
    rig_end(&r);
}

static void a_session_that_the_pack_lacks_is_refused(void **state)
{
    (void)state;
    rig r;
    dsc_batch batch;
    rig_begin(&r, "lanes", NULL, 1);
    r.session[3] = SESSIONS;
    CHECK_FAILS(ctx, DSC_DEFECT, "session 7 of 7",
                dsc_pack_lanes(ctx, r.pack, ENTRIES, r.session, r.lane, r.slot, &batch));
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_of_slots_add_up_to_the_reduced_ones),
        cmocka_unit_test(every_slot_holds_the_likelihood_of_its_session_and_parameters),
        cmocka_unit_test(threads_and_company_do_not_change_a_slot),
        cmocka_unit_test(a_model_that_divides_by_an_input_has_the_same_slots_in_every_engine),
        cmocka_unit_test(a_session_that_the_pack_lacks_is_refused),
    };
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    dsc_context_destroy(&ctx);
    return failed;
}
