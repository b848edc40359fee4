// SPDX-License-Identifier: Apache-2.0
// test_fit_lanes.c — parameter sets over lanes: a Q-learner built by hand, on simulated choices and
// on the golden agents.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/internal.h"
#include "support/check.h"

static dsc_context *ctx;

// ---- a model ------------------------------------------------------------------------------------

static dsc_node parameter(dsc_builder *b, const char *name)
{
    return dsc_parameter_add(
        b, &(dsc_parameter){.name = name, .rows = 1, .cols = 1, .level = DSC_PER_LANE});
}

static dsc_cell *q_cell(void)
{
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    CHECK_OK(ctx, dsc_cell_begin(ctx, "q", &b));
    const dsc_node alpha = parameter(b, "alpha"), beta = parameter(b, "beta");
    const dsc_node q = dsc_state(b, "q", 2);
    const dsc_node chosen = dsc_onehot(b, dsc_input_one(b, "label"), 2);
    const dsc_node error = dsc_subtract(b, dsc_input_one(b, "reward"), q);
    dsc_output(b, "prediction", dsc_multiply(b, q, beta));
    dsc_next(b, q, dsc_add(b, q, dsc_multiply(b, alpha, dsc_multiply(b, chosen, error))));
    dsc_loss_attach(b, DSC_LOSS_CATEGORICAL, 0, false);
    CHECK_OK(ctx, dsc_cell_end(b, &cell));
    return cell;
}

enum { SUBJECTS = 9, SESSIONS = 2 * SUBJECTS, TRIALS = 150 };

// Every subject with parameters of its own has two sessions; the order of the subjects may be
// turned.
static dsc_table *simulate(int turn)
{
    static double choice[SESSIONS * TRIALS], reward[SESSIONS * TRIALS];
    int lengths[SESSIONS], subject[SESSIONS], n = 0;
    dsc_table *t = NULL;
    for (int s = 0; s < SESSIONS; s++) {
        const int who = (s / 2 + turn) % SUBJECTS;
        double q[2] = {0, 0}, alpha = 0.1 + 0.09 * who, beta = 1.5 + 0.5 * who;
        dsc_stream r = dsc_stream_start(11, DSC_FOR_TASK, 0, (uint32_t)(2 * who + s % 2), 0);
        lengths[s] = TRIALS - 7 * who;
        subject[s] = who;
        for (int i = 0; i < lengths[s]; i++, n++) {
            const int c = dsc_stream_uniform(&r) > 1 / (1 + exp(beta * (q[1] - q[0])));
            choice[n] = c;
            reward[n] = dsc_stream_uniform(&r) < (c == (i / 40) % 2 ? 0.8 : 0.2);
            q[c] += alpha * (reward[n] - q[c]);
        }
    }
    CHECK_OK(ctx, dsc_table_make(ctx, SESSIONS, lengths, subject, 2,
                                 (const char *const[]){"choice", "reward"},
                                 (const double *const[]){choice, reward}, &t));
    return t;
}

// ---- a fit --------------------------------------------------------------------------------------

typedef struct fitted {
    dsc_cell *cell;
    dsc_pool *pool;
    groups groups;
    objective objective;
    sets sets;
} fitted;

static void fit(fitted *k, const dsc_table *t, dsc_group level, int threads, int restarts)
{
    const dsc_engine *e = NULL;
    *k = (fitted){.cell = q_cell()};
    CHECK_OK(ctx, dsc_engine_select(ctx, NULL, NULL, "double", &e));
    CHECK_OK(ctx, dsc_pool_create(ctx, threads, &k->pool));
    CHECK_OK(ctx, groups_create(ctx, t, NULL, level, &k->groups));
    const int points = k->groups.n * (restarts > 4 ? restarts : 4);
    const objective_parts of = {.cell = k->cell,
                                .engine = e,
                                .table = t,
                                .groups = &k->groups,
                                .pool = k->pool,
                                .capacity = points};
    CHECK_OK(ctx, objective_create(ctx, &of, &k->objective));
    k->sets.space = (search_space){
        .n = 2, .highest = {1, 10}, .scale = {1, 10}, .tolerance = 1e-9, .most_rounds = 500};
    k->sets.seed = 1;
    k->sets.method = -1;
    for (int i = 0; i < 2; i++) {
        const dsc_density start = {DSC_DENSITY_UNIFORM, 0, k->sets.space.highest[i], 0};
        k->sets.parameter[i] = (fit_parameter){i ? "beta" : "alpha", 0, start.b, start, start};
    }
    CHECK_OK(ctx, sets_create(ctx, &k->groups, &k->objective, restarts, &k->sets));
    sets_begin(&k->sets);
    do CHECK_OK(ctx, sets_round(&k->sets));
    while (k->sets.n_active > 0);
}

static void done(fitted *k)
{
    sets_destroy(&k->sets);
    objective_destroy(&k->objective);
    groups_destroy(&k->groups);
    dsc_pool_destroy(&k->pool);
    dsc_cell_destroy(&k->cell);
}

static void threads_do_not_change_a_fit(void **state)
{
    (void)state;
    dsc_table *t = simulate(0);
    fitted one, other;
    fit(&one, t, DSC_GROUP_SUBJECT, 1, 5);
    for (int threads = 2; threads <= 5; threads += 3) {
        fit(&other, t, DSC_GROUP_SUBJECT, threads, 5);
        assert_memory_equal(one.sets.best, other.sets.best,
                            (size_t)one.sets.n * sizeof *one.sets.best);
        assert_memory_equal(one.sets.best_x, other.sets.best_x,
                            2 * (size_t)one.sets.n * sizeof(double));
        done(&other);
    }
    done(&one);
    dsc_table_destroy(ctx, &t);
}

static void order_of_subjects_and_number_of_restarts_do_not_change_a_set(void **state)
{
    (void)state;
    dsc_table *t = simulate(0), *turned = simulate(4);
    fitted one, other;
    int n_same = 0;
    fit(&one, t, DSC_GROUP_SUBJECT, 2, 3);
    fit(&other, turned, DSC_GROUP_SUBJECT, 2, 8);
    for (int k = 0; k < SUBJECTS; k++)
        for (int r = 0; r < 3; r++) {
            const int a = k * 3 + r, b = (k + SUBJECTS - 4) % SUBJECTS * 8 + r;
            if (one.sets.search[a].refined != other.sets.search[b].refined) continue;
            n_same++;
            assert_true(one.sets.best[a].f == other.sets.best[b].f);
            assert_memory_equal(one.sets.best_x + 2 * a, other.sets.best_x + 2 * b, 16);
        }
    assert_true(n_same >= SUBJECTS);
    done(&one);
    done(&other);
    dsc_table_destroy(ctx, &t);
    dsc_table_destroy(ctx, &turned);
}

// One search of each group goes on to the full tolerance: the best, and no other becomes better.
static void the_best_restart_is_refined(void **state)
{
    (void)state;
    dsc_table *t = simulate(0);
    fitted k;
    int n_refined = 0;
    fit(&k, t, DSC_GROUP_SUBJECT, 2, 5);
    for (int i = 0; i < k.sets.n; i++) n_refined += k.sets.search[i].refined;
    for (int g = 0; g < SUBJECTS; g++) {
        const search *best = &k.sets.search[sets_best(&k.sets, g)];
        assert_int_equal(best->refined, 1);
        assert_int_equal(best->state, SEARCH_CONVERGED);
    }
    assert_int_equal(n_refined, SUBJECTS);
    done(&k);
    dsc_table_destroy(ctx, &t);
}

static void the_best_point_is_lower_than_its_neighbours(void **state)
{
    (void)state;
    dsc_table *t = simulate(0);
    fitted k;
    fit(&k, t, DSC_GROUP_SUBJECT, 2, 5);
    for (int g = 0; g < SUBJECTS; g++) {
        const int best = sets_best(&k.sets, g);
        const double *x = k.sets.best_x + 2 * best;
        assert_int_equal(k.sets.best[best].state, SEARCH_CONVERGED);
        for (int i = 0; i < 4; i++) {
            double y[2] = {x[0], x[1]}, f, slope[2];
            y[i / 2] += (i % 2 ? 1 : -1) * 1e-3 * k.sets.space.scale[i / 2];
            if (y[i / 2] < 0 || y[i / 2] > k.sets.space.highest[i / 2]) continue;
            CHECK_OK(ctx, objective_evaluate(&k.objective, 1, &g, y, &f, slope));
            assert_true(f >= k.sets.best[best].f);
        }
    }
    done(&k);
    dsc_table_destroy(ctx, &t);
}

static void groups_are_subjects_sessions_or_everything(void **state)
{
    (void)state;
    dsc_table *t = simulate(2);
    fitted k;
    fit(&k, t, DSC_GROUP_SESSION, 2, 2);
    assert_int_equal(k.groups.n, SESSIONS);
    done(&k);
    fit(&k, t, DSC_GROUP_MODEL, 2, 2);
    assert_int_equal(k.groups.n, 1);
    assert_true(objective_trials(&k.objective, 0) == (double)t->n_trials);
    done(&k);
    dsc_table_destroy(ctx, &t);
}

// Errors from differences of gradients against those from second differences of the value.
static void standard_errors_are_those_of_the_curvature(void **state)
{
    (void)state;
    dsc_table *t = simulate(0);
    fitted k;
    double x[2 * SUBJECTS], error[2 * SUBJECTS], correlation[4 * SUBJECTS];
    signed char bound[2 * SUBJECTS] = {0};
    double half_log_det[SUBJECTS];
    bool singular[SUBJECTS];
    fit(&k, t, DSC_GROUP_SUBJECT, 2, 5);
    for (int g = 0; g < SUBJECTS; g++)
        memcpy(x + 2 * g, k.sets.best_x + 2 * sets_best(&k.sets, g), 16);
    const curvature c = {x, bound, error, correlation, half_log_det, singular};
    CHECK_OK(ctx, curvature_find(&k.sets, &c));
    for (int g = 0; g < SUBJECTS; g++) {
        const double h[2] = {1e-4, 1e-3};
        double H[4], f[4], slope[2];
        if (x[2 * g] >= 1 - 1e-3 || x[2 * g + 1] >= 10 - 1e-2) continue;
        for (int ij = 0; ij < 4; ij++) {
            const int i = ij / 2, j = ij % 2;
            for (int s = 0; s < 4; s++) {
                double y[2] = {x[2 * g], x[2 * g + 1]};
                y[i] += (s & 1 ? 1 : -1) * h[i];
                y[j] += (s & 2 ? 1 : -1) * h[j];
                CHECK_OK(ctx, objective_evaluate(&k.objective, 1, &g, y, &f[s], slope));
            }
            H[ij] = (f[3] - f[1] - f[2] + f[0]) / (4 * h[i] * h[j]);
        }
        const double det = H[0] * H[3] - H[1] * H[2];
        assert_false(singular[g]);
        assert_true(fabs(error[2 * g] - sqrt(H[3] / det)) < 1e-3 * error[2 * g]);
        assert_true(fabs(error[2 * g + 1] - sqrt(H[0] / det)) < 1e-3 * error[2 * g + 1]);
        assert_true(fabs(correlation[4 * g + 1] + H[1] / sqrt(H[0] * H[3])) < 1e-3);
        assert_true(correlation[4 * g] == 1 && correlation[4 * g + 2] == correlation[4 * g + 1]);
    }
    done(&k);
    dsc_table_destroy(ctx, &t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_change_a_fit),
        cmocka_unit_test(order_of_subjects_and_number_of_restarts_do_not_change_a_set),
        cmocka_unit_test(the_best_restart_is_refined),
        cmocka_unit_test(the_best_point_is_lower_than_its_neighbours),
        cmocka_unit_test(groups_are_subjects_sessions_or_everything),
        cmocka_unit_test(standard_errors_are_those_of_the_curvature),
    };
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    dsc_context_destroy(&ctx);
    return failed;
}
