// SPDX-License-Identifier: Apache-2.0
// test_engine.c — the gradient of every op against central differences, and the check itself.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/differences.h"

#include "ops/op_cases.c"

enum { TRIALS = 20 };

static dsc_context *ctx;
static const dsc_noise_seed seed = {11, DSC_FOR_NOISE, 3};

static int set_up(void **state)
{
    (void)state;
    return dsc_context_create(NULL, &ctx);
}

static int tear_down(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    return 0;
}

// The engines in double precision that are compared with differences.
static const dsc_engine *double_engine(int i)
{
    return i == 0   ? rig_engine("ref", NULL, NULL)
           : i == 1 ? rig_engine("lanes", "scalar", "double")
                    : NULL;
}

static const dsc_engine *widest_double(void)
{
    const dsc_engine *e = NULL;
    CHECK_OK(ctx, dsc_engine_select(ctx, "lanes", NULL, "double", &e));
    return e;
}

// ---- every op -----------------------------------------------------------------------------------

static void check_op(op_id op, uint32_t trial, const dsc_engine *e)
{
    op_cell c;
    rig r;
    char what[64];
    CHECK_OK(ctx, op_cell_create(ctx, op, trial, &c));
    CHECK_OK(ctx, op_cell_rig(ctx, &c, e, 1, trial % 3 ? 0 : 2, &r));
    snprintf(what, sizeof what, "op %s, trial %u", op_case_name(op), (unsigned)trial);
    check_gradient(&r, what, c.values, seed, op_cell_coefficients);
    rig_destroy(&r);
    op_cell_destroy(ctx, &c);
}

static void every_op_has_a_case_with_a_range(void **state)
{
    (void)state;
    for (op_id op = op_case_first(); op < OP_COUNT; op++) {
        assert_non_null(op_case_name(op));
        assert_string_equal(op_case_name(op), dsc_op_table[op].name);
        if (!op_case_has_range(op)) fail_msg("op %s has no range in op_cases.c", op_case_name(op));
    }
}

static void gradient_of_every_op_matches_central_differences(void **state)
{
    (void)state;
    for (op_id op = op_case_first(); op < OP_COUNT; op++) {
        if (op == OP_stop_gradient) continue; // its derivative is not the difference
        for (uint32_t trial = 0; trial < TRIALS; trial++) {
            for (int i = 0; double_engine(i); i++)
                if (i == 0 || trial < 4) check_op(op, trial, double_engine(i));
            if (trial < 6) check_op(op, trial, widest_double());
        }
    }
}

// ---- what a gradient leaves out -----------------------------------------------------------------

// objective: weight p stop(p); its derivative by p is the sum of weight p
static void stop_gradient_is_a_constant_for_the_derivative(void **state)
{
    (void)state;
    const double x[3] = {1, 2, 0.5}, p = 1.75, one = 1;
    const rig_session session = {.n_trials = 3, .x = x, .multiplicity = 2};
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    rig r;
    double sum, gradient;
    CHECK_OK(ctx, dsc_cell_begin(ctx, "stop", &b));
    const dsc_node node = dsc_weights(b, "p", 1, 1, (dsc_init){0});
    const dsc_node y = dsc_multiply(b, node, dsc_stop_gradient(b, node));
    dsc_objective(b, "cost", dsc_multiply(b, dsc_input_one(b, "weight"), y));
    CHECK_OK(ctx, dsc_cell_end(b, &cell));
    const rig_options o = {
        .engine = double_engine(0), .n_sessions = 1, .session = &session, .gradient = true};
    CHECK_OK(ctx, rig_create(ctx, cell, &o, &r));
    CHECK_OK(ctx, rig_gradient(&r, &p, seed, &one, &sum, &gradient));
    assert_true(fabs(sum - 2 * 3.5 * p * p) < 1e-14);
    assert_true(fabs(gradient - 2 * 3.5 * p) < 1e-14);
    rig_destroy(&r);
    dsc_cell_destroy(&cell);
}

// What an op saves for its backward is one trial's, also where all trials give it the same.
static void logits_that_stand_still_have_the_gradient_of_every_trial(void **state)
{
    (void)state;
    static const double x[] = {1, 0.5, 1, 2}, p[2] = {0.3, -0.8};
    const rig_session session = {.n_trials = 4, .x = x, .multiplicity = 2};
    for (int i = 0; double_engine(i); i++) {
        dsc_builder *b = NULL;
        dsc_cell *cell = NULL;
        rig r;
        CHECK_OK(ctx, dsc_cell_begin(ctx, "still", &b));
        const dsc_node logits = dsc_weights(b, "p", 2, 1, (dsc_init){0});
        const dsc_node nll = dsc_cross_entropy(b, logits, dsc_constant(b, 1, &(double){1}));
        dsc_objective(b, "cost", dsc_multiply(b, dsc_input_one(b, "weight"), nll));
        CHECK_OK(ctx, dsc_cell_end(b, &cell));
        const rig_options o = {
            .engine = double_engine(i), .n_sessions = 1, .session = &session, .gradient = true};
        CHECK_OK(ctx, rig_create(ctx, cell, &o, &r));
        check_gradient(&r, "still logits", p, seed, op_cell_coefficients);
        rig_destroy(&r);
        dsc_cell_destroy(&cell);
    }
}

static void settings_have_no_gradient(void **state)
{
    (void)state;
    const double x[1] = {1}, values[2] = {2, 3}, one = 1;
    const rig_session session = {.n_trials = 1, .x = x, .multiplicity = 1};
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    rig r;
    double sum, gradient[2];
    CHECK_OK(ctx, dsc_cell_begin(ctx, "setting", &b));
    const dsc_node s = dsc_setting(b, "s", 2), p = dsc_weights(b, "p", 1, 1, (dsc_init){0});
    dsc_objective(b, "cost", dsc_multiply(b, dsc_input_one(b, "weight"), dsc_multiply(b, s, p)));
    CHECK_OK(ctx, dsc_cell_end(b, &cell));
    const rig_options o = {
        .engine = double_engine(0), .n_sessions = 1, .session = &session, .gradient = true};
    CHECK_OK(ctx, rig_create(ctx, cell, &o, &r));
    CHECK_OK(ctx, rig_gradient(&r, values, seed, &one, &sum, gradient));
    assert_true(sum == 6 && gradient[0] == 0 && gradient[1] == 2);
    rig_destroy(&r);
    dsc_cell_destroy(&cell);
}

// ---- a test of the test -------------------------------------------------------------------------

// A planted error of each kind in the largest entry of a correct gradient must show.
static void a_wrong_gradient_is_caught(void **state)
{
    (void)state;
    static const double factors[] = {-1, 0, 2, 1 + 1e-6};
    op_cell c;
    rig r;
    double sums[2], *g;
    size_t worst = 0, largest = 0;
    CHECK_OK(ctx, op_cell_create(ctx, OP_dense, 3, &c));
    CHECK_OK(ctx, op_cell_rig(ctx, &c, double_engine(0), 1, 0, &r));
    g = calloc(c.layout.n_values, sizeof *g);
    CHECK_OK(ctx, rig_gradient(&r, c.values, seed, op_cell_coefficients, sums, g));
    assert_true(differences_error(&r, c.values, seed, op_cell_coefficients, g, NULL) <=
                DIFFERENCES_TOLERANCE);
    for (size_t i = 1; i < c.layout.n_values; i++)
        if (fabs(g[i]) > fabs(g[largest])) largest = i;
    const double right = g[largest];
    for (int k = 0; k < 4; k++) {
        g[largest] = right * factors[k];
        assert_true(differences_error(&r, c.values, seed, op_cell_coefficients, g, &worst) >
                    DIFFERENCES_TOLERANCE);
        assert_int_equal(worst, largest);
    }
    g[largest] = NAN;
    assert_true(isinf(differences_error(&r, c.values, seed, op_cell_coefficients, g, &worst)));
    free(g);
    rig_destroy(&r);
    op_cell_destroy(ctx, &c);
}

// ---- same bits ----------------------------------------------------------------------------------

// Sums and gradient of an op's cell in one block of 2 + n_values numbers.
static double *block_of(const op_cell *c, const dsc_engine *e, int threads, int per_tile)
{
    rig r;
    double *block = calloc(2 + c->layout.n_values, sizeof *block);
    CHECK_OK(ctx, op_cell_rig(ctx, c, e, threads, per_tile, &r));
    CHECK_OK(ctx, rig_gradient(&r, c->values, seed, op_cell_coefficients, block, block + 2));
    rig_destroy(&r);
    return block;
}

static void check_same_bits(const op_cell *c, op_id op, const char *precision)
{
    static const char *const isas[] = {"avx2", "avx512", "neon"};
    const size_t bytes = (2 + c->layout.n_values) * sizeof(double);
    double *wanted = block_of(c, rig_engine("lanes", "scalar", precision), 1, 0);
    for (size_t i = 0; i < sizeof isas / sizeof isas[0]; i++) {
        const dsc_engine *e = rig_engine("lanes", isas[i], precision);
        double *got = e ? block_of(c, e, 1, 0) : NULL;
        if (e && memcmp(got, wanted, bytes) != 0)
            fail_msg("op %s: %s differs from scalar in %s precision", op_case_name(op), isas[i],
                     precision);
        free(got);
    }
    free(wanted);
}

static void every_op_gives_the_same_bits_for_every_instruction_set(void **state)
{
    (void)state;
    if (!rig_engine("lanes", "avx2", NULL) && !rig_engine("lanes", "avx512", NULL) &&
        !rig_engine("lanes", "neon", NULL))
        print_message("skipped: this machine runs the scalar engine only\n");
    for (op_id op = op_case_first(); op < OP_COUNT; op++)
        for (uint32_t trial = 0; trial < 6; trial++) {
            op_cell c;
            CHECK_OK(ctx, op_cell_create(ctx, op, trial, &c));
            check_same_bits(&c, op, "single");
            check_same_bits(&c, op, "double");
            op_cell_destroy(ctx, &c);
        }
}

static void oracle_agrees_with_lanes_in_double(void **state)
{
    (void)state;
    for (op_id op = op_case_first(); op < OP_COUNT; op++) {
        op_cell c;
        CHECK_OK(ctx, op_cell_create(ctx, op, 1, &c));
        double *a = block_of(&c, double_engine(0), 1, 0), *b = block_of(&c, widest_double(), 1, 0);
        for (size_t i = 0; i < 2 + c.layout.n_values; i++)
            if (!(fabs(a[i] - b[i]) <= 1e-12 * fmax(1, fabs(a[i]))))
                fail_msg("op %s: %.17g and %.17g", op_case_name(op), a[i], b[i]);
        free(a);
        free(b);
        op_cell_destroy(ctx, &c);
    }
}

// ---- choosing an engine, planning ---------------------------------------------------------------

static void engines_that_are_not_here_are_refused_with_those_that_are(void **state)
{
    (void)state;
    const dsc_engine *e = NULL;
    CHECK_FAILS(ctx, DSC_INPUT, "sets scalar", dsc_engine_select(ctx, "fast", NULL, NULL, &e));
    CHECK_FAILS(ctx, DSC_INPUT, "sets scalar", dsc_engine_select(ctx, "lanes", "sse", NULL, &e));
    CHECK_FAILS(ctx, DSC_INPUT, "\"half\"", dsc_engine_select(ctx, "lanes", NULL, "half", &e));
    assert_null(e);
    CHECK_OK(ctx, dsc_engine_select(ctx, "ref", NULL, "single", &e));
    assert_string_equal(dsc_engine_precision(e), "double");
    assert_int_equal(dsc_engine_width(e), 1);
    CHECK_OK(ctx, dsc_engine_select(ctx, "lanes", "scalar", "double", &e));
    assert_int_equal(dsc_engine_width(e), DSC_MAX_WIDTH);
    assert_int_equal(dsc_engine_real(e), sizeof(double));
    bool here;
    assert_null(dsc_engine_at(-1, &here));
    assert_null(dsc_engine_at(1000, &here));
}

static void an_unknown_quantity_is_refused_with_the_known_ones(void **state)
{
    (void)state;
    static const char *const recorded[] = {"prediction"};
    op_cell c;
    rig r;
    CHECK_OK(ctx, op_cell_create(ctx, OP_tanh, 0, &c));
    const rig_options o = {.engine = double_engine(0),
                           .n_sessions = c.n_sessions,
                           .session = c.session,
                           .n_recorded = 1,
                           .recorded = recorded};
    CHECK_FAILS(ctx, DSC_INPUT, "it has: memory", rig_create(ctx, c.cell, &o, &r));
    op_cell_destroy(ctx, &c);
}

// A plan says what it cannot run instead of writing past its memory.
static void batches_beyond_the_plan_are_refused(void **state)
{
    (void)state;
    op_cell c;
    rig r;
    double sums[2];
    CHECK_OK(ctx, op_cell_create(ctx, OP_tanh, 0, &c));
    CHECK_OK(ctx, op_cell_rig(ctx, &c, double_engine(0), 1, 0, &r));
    r.max_trials++;
    CHECK_FAILS(ctx, DSC_DEFECT, "trials meets a plan",
                rig_forward(&r, c.values, seed, sums, NULL));
    r.max_trials--;
    CHECK_OK(ctx, rig_forward(&r, c.values, seed, sums, NULL));
    rig_destroy(&r);
    op_cell_destroy(ctx, &c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_op_has_a_case_with_a_range),
        cmocka_unit_test(gradient_of_every_op_matches_central_differences),
        cmocka_unit_test(stop_gradient_is_a_constant_for_the_derivative),
        cmocka_unit_test(logits_that_stand_still_have_the_gradient_of_every_trial),
        cmocka_unit_test(settings_have_no_gradient),
        cmocka_unit_test(a_wrong_gradient_is_caught),
        cmocka_unit_test(every_op_gives_the_same_bits_for_every_instruction_set),
        cmocka_unit_test(oracle_agrees_with_lanes_in_double),
        cmocka_unit_test(engines_that_are_not_here_are_refused_with_those_that_are),
        cmocka_unit_test(an_unknown_quantity_is_refused_with_the_known_ones),
        cmocka_unit_test(batches_beyond_the_plan_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
