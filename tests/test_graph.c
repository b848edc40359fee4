// SPDX-License-Identifier: Apache-2.0
// test_graph.c — building cells: shapes and scopes, the first error and its sentence, names,
// layouts, initial values, the printed form, and failing allocations.
#include <math.h>
#include <string.h>

#include "graph/cell.h"
#include "support/check.h"

static dsc_context *ctx;

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

static dsc_builder *begin(void)
{
    dsc_builder *b = NULL;
    CHECK_OK(ctx, dsc_cell_begin(ctx, "probe", &b));
    return b;
}

static const dsc_init none = {DSC_INIT_CONSTANT, 0, 0};

// ---- errors: each body makes one mistake --------------------------------------------------------

static void add_of_other_sizes(dsc_builder *b)
{
    dsc_add(b, dsc_normal(b, "x", 3), dsc_normal(b, "y", 2));
}
static void multiply_of_a_row_and_a_matrix(dsc_builder *b)
{
    dsc_multiply(b, dsc_weights(b, "row", 1, 3, none), dsc_weights(b, "W", 2, 3, none));
}
static void dot_of_other_sizes(dsc_builder *b)
{
    dsc_dot(b, dsc_normal(b, "x", 3), dsc_normal(b, "y", 2));
}
static void mix_of_other_sizes(dsc_builder *b)
{
    dsc_mix(b, dsc_normal(b, "x", 3), dsc_normal(b, "y", 3), dsc_normal(b, "z", 2));
}
static void dense_of_other_inputs(dsc_builder *b)
{
    dsc_dense(b, dsc_normal(b, "x", 3), dsc_weights(b, "W", 2, 4, none),
              dsc_weights(b, "c", 4, 1, none));
}
static void dense_of_other_outputs(dsc_builder *b)
{
    dsc_dense(b, dsc_normal(b, "x", 3), dsc_weights(b, "W", 3, 4, none),
              dsc_weights(b, "c", 3, 1, none));
}
static void dense_with_moving_weights(dsc_builder *b)
{
    dsc_dense(b, dsc_normal(b, "x", 1), dsc_normal(b, "W", 1), dsc_weights(b, "c", 1, 1, none));
}
static void slice_past_the_end(dsc_builder *b)
{
    dsc_slice(b, dsc_normal(b, "x", 3), 2, 2);
}
static void slice_of_nothing(dsc_builder *b)
{
    dsc_slice(b, dsc_normal(b, "x", 3), 1, 0);
}
static void slice_before_the_start(dsc_builder *b)
{
    dsc_slice(b, dsc_normal(b, "x", 3), -1, 2);
}
static void pick_past_the_end(dsc_builder *b)
{
    dsc_pick(b, dsc_normal(b, "x", 3), 2, (const int[]){0, 3});
}
static void columns_past_the_end(dsc_builder *b)
{
    dsc_columns(b, dsc_weights(b, "W", 2, 3, none), 2, 2);
}
static void label_of_two_rows(dsc_builder *b)
{
    dsc_cross_entropy(b, dsc_normal(b, "x", 3), dsc_normal(b, "label", 2));
}
static void onehot_of_two_rows(dsc_builder *b)
{
    dsc_onehot(b, dsc_normal(b, "label", 2), 3);
}
static void two_parameters_of_one_name(dsc_builder *b)
{
    dsc_weights(b, "W", 1, 1, none);
    dsc_weights(b, "W", 2, 1, none);
}
static void parameter_without_rows(dsc_builder *b)
{
    dsc_weights(b, "W", 0, 1, none);
}
static void matrix_per_subject(dsc_builder *b)
{
    dsc_parameter_add(
        b, &(dsc_parameter){.name = "W", .rows = 2, .cols = 2, .level = DSC_PER_SUBJECT});
}
static void two_outputs_of_one_name(dsc_builder *b)
{
    const dsc_node x = dsc_input_one(b, "x");
    dsc_output(b, "y", x);
    dsc_record(b, "y", x);
}
static void state_without_next(dsc_builder *b)
{
    dsc_state(b, "h", 2);
}
static void state_with_two_nexts(dsc_builder *b)
{
    const dsc_node h = dsc_state(b, "h", 1), x = dsc_input_one(b, "x");
    dsc_next(b, h, x);
    dsc_next(b, h, x);
}
static void next_of_another_size(dsc_builder *b)
{
    dsc_next(b, dsc_state(b, "h", 2), dsc_input_one(b, "x"));
}
static void next_of_what_is_no_state(dsc_builder *b)
{
    const dsc_node x = dsc_input_one(b, "x");
    dsc_next(b, x, x);
}
static void after_before_next(dsc_builder *b)
{
    dsc_after(b, dsc_state(b, "h", 1));
}
static void state_that_starts_from_a_trial(dsc_builder *b)
{
    dsc_state_from(b, "h", dsc_input_one(b, "x"));
}
static void objective_of_two_rows(dsc_builder *b)
{
    dsc_objective(b, "cost", dsc_normal(b, "x", 2));
}
static void objective_that_stands_still(dsc_builder *b)
{
    dsc_objective(b, "cost", dsc_weights(b, "W", 1, 1, none));
}
static void unknown_activation(dsc_builder *b)
{
    dsc_activation(b, "leaky_rely", dsc_input_one(b, "x"));
}
static void unheard_of_activation(dsc_builder *b)
{
    dsc_activation(b, "zzzzzzzzzz", dsc_input_one(b, "x"));
}

static const struct mistake {
    void (*body)(dsc_builder *b);
    dsc_status status;
    const char *part; // of the sentence
} mistakes[] = {
    {add_of_other_sizes, DSC_DEFECT, "add cannot take inputs of 3 and 2 rows"},
    {multiply_of_a_row_and_a_matrix, DSC_DEFECT, "multiply cannot take inputs of 6 and 1 rows"},
    {dot_of_other_sizes, DSC_DEFECT, "dot cannot take inputs of 3 and 2 rows"},
    {mix_of_other_sizes, DSC_DEFECT, "mix cannot take"},
    {dense_of_other_inputs, DSC_DEFECT, "dense cannot take inputs of 3 and 2 rows"},
    {dense_of_other_outputs, DSC_DEFECT, "dense cannot take"},
    {dense_with_moving_weights, DSC_DEFECT, "dense cannot take"},
    {slice_past_the_end, DSC_DEFECT, "slice cannot take"},
    {slice_of_nothing, DSC_DEFECT, "slice cannot take"},
    {slice_before_the_start, DSC_DEFECT, "slice cannot take"},
    {pick_past_the_end, DSC_DEFECT, "pick cannot take"},
    {columns_past_the_end, DSC_DEFECT, "pick cannot take"},
    {label_of_two_rows, DSC_DEFECT, "cross_entropy cannot take"},
    {onehot_of_two_rows, DSC_DEFECT, "onehot cannot take"},
    {two_parameters_of_one_name, DSC_DEFECT, "two parameters are called \"W\""},
    {parameter_without_rows, DSC_DEFECT, "parameter \"W\" has the shape (0, 1)"},
    {matrix_per_subject, DSC_DEFECT, "parameter \"W\" has the shape (2, 2)"},
    {two_outputs_of_one_name, DSC_DEFECT, "two quantities are called \"y\""},
    {state_without_next, DSC_DEFECT, "state \"h\" never gets a next value"},
    {state_with_two_nexts, DSC_DEFECT, "is given twice"},
    {next_of_another_size, DSC_DEFECT, "has 1 rows instead of 2"},
    {next_of_what_is_no_state, DSC_DEFECT, "is not a state"},
    {after_before_next, DSC_DEFECT, "is read before its next value is given"},
    {state_that_starts_from_a_trial, DSC_DEFECT, "starts from a value of trial scope"},
    {objective_of_two_rows, DSC_DEFECT, "objective \"cost\" must have 1 row"},
    {objective_that_stands_still, DSC_DEFECT, "objective \"cost\" must have 1 row"},
    {unknown_activation, DSC_INPUT, "Did you mean \"leaky_relu\"?"},
    {unheard_of_activation, DSC_INPUT, "There is no activation \"zzzzzzzzzz\""},
};

static void every_mistake_has_its_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        dsc_builder *b = begin();
        dsc_cell *cell = NULL;
        mistakes[i].body(b);
        CHECK_FAILS(ctx, mistakes[i].status, mistakes[i].part, dsc_cell_end(b, &cell));
        assert_null(cell);
    }
}

// The first error is kept, and functions after it do no harm.
static void the_first_error_is_the_one_reported(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        dsc_builder *b = begin();
        dsc_cell *cell = NULL;
        unknown_activation(b);
        const dsc_status first = dsc_builder_status(b);
        mistakes[i].body(b);
        assert_int_equal(dsc_builder_status(b), first);
        CHECK_FAILS(ctx, DSC_INPUT, "leaky_relu", dsc_cell_end(b, &cell));
    }
}

// ---- shapes, scopes, names ----------------------------------------------------------------------

// A cell with every kind of leaf.
static dsc_status build_sample(dsc_context *c, dsc_cell **cell)
{
    static const char *const inputs[] = {"choice", "reward"};
    dsc_builder *b = NULL;
    DSC_TRY(dsc_cell_begin(c, "sample", &b));
    const dsc_node x = dsc_inputs(b, 2, inputs), h = dsc_state(b, "h", 3);
    const dsc_node W = dsc_weights(b, "W", 2, 3, (dsc_init){DSC_INIT_TRUNCATED, 0.5, 0});
    const dsc_node bias = dsc_weights(b, "bias", 3, 1, (dsc_init){DSC_INIT_CONSTANT, 0.25, 0});
    const dsc_node rate = dsc_parameter_add(b, &(dsc_parameter){.name = "rate",
                                                                .rows = 1,
                                                                .cols = 1,
                                                                .level = DSC_PER_SUBJECT,
                                                                .init = {DSC_INIT_UNIFORM, -1, 3}});
    const dsc_node own = dsc_parameter_add(b, &(dsc_parameter){.name = "own",
                                                               .rows = 2,
                                                               .cols = 1,
                                                               .level = DSC_PER_LANE,
                                                               .init = {DSC_INIT_NORMAL, 2, 0}});
    const dsc_node scale = dsc_setting(b, "scale", 1.5);
    const dsc_node noise = dsc_concat(b, dsc_normal(b, "e", 2), dsc_uniform(b, "u", 1));
    const dsc_node a = dsc_tanh(b, dsc_dense(b, x, W, bias));
    dsc_next(b, h, dsc_add(b, dsc_multiply(b, a, rate), dsc_multiply(b, noise, scale)));
    dsc_output(b, "prediction", dsc_slice(b, dsc_after(b, h), 1, 2));
    dsc_record(b, "own_now", dsc_exponential(b, own));
    dsc_objective(b, "cost", dsc_sum(b, dsc_square(b, dsc_after(b, h))));
    return dsc_cell_end(b, cell);
}

static void a_cell_says_what_it_is_made_of(void **state)
{
    (void)state;
    dsc_cell *cell = NULL;
    CHECK_OK(ctx, build_sample(ctx, &cell));
    assert_string_equal(dsc_cell_name(cell), "sample");
    assert_int_equal(dsc_cell_parameter_count(cell), 5);
    assert_int_equal(dsc_cell_parameter_find(cell, "own"), 3);
    assert_int_equal(dsc_cell_parameter_find(cell, "nothing"), -1);
    assert_true(dsc_cell_parameter(cell, 4)->fixed);
    assert_int_equal(dsc_cell_input_count(cell), 2);
    assert_string_equal(dsc_cell_input(cell, 1), "reward");
    assert_int_equal(dsc_cell_noise_rows(cell), 3);
    assert_int_equal(dsc_cell_objective_count(cell), 1);
    assert_string_equal(dsc_cell_objective(cell, 0), "cost");
    assert_int_equal(dsc_cell_rows(cell, "prediction"), 2);
    assert_int_equal(dsc_cell_rows(cell, "h"), 3);
    assert_int_equal(dsc_cell_rows(cell, "nothing"), 0);
    dsc_cell_destroy(&cell);
    assert_null(cell);
}

static void scope_is_the_largest_of_the_inputs(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        dsc_scope scope;
    } wanted[] = {{"own_now", DSC_SCOPE_SESSION}, {"prediction", DSC_SCOPE_TRIAL}};
    dsc_cell *cell = NULL;
    CHECK_OK(ctx, build_sample(ctx, &cell));
    for (size_t i = 0; i < 2; i++)
        for (int k = 0; k < cell->n_named; k++)
            if (strcmp(cell->named[k].name, wanted[i].name) == 0)
                assert_int_equal(cell->node[cell->named[k].node].scope, wanted[i].scope);
    for (int i = 0; i < cell->n_nodes; i++)
        for (int k = 0; k < cell->node[i].n_in; k++) {
            assert_true(cell->node[i].in[k] < i);
            assert_true(cell->node[cell->node[i].in[k]].scope <= cell->node[i].scope);
        }
    dsc_cell_destroy(&cell);
}

static void a_printed_cell_names_its_parts(void **state)
{
    (void)state;
    dsc_cell *cell = NULL;
    dsc_text text = {0};
    CHECK_OK(ctx, build_sample(ctx, &cell));
    CHECK_OK(ctx, dsc_cell_print(cell, ctx, &text));
    static const char *const parts[] = {"cell sample", "W",         "tanh",    "dense",
                                        "reward",      "objective", "session", "parameter"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) check_contains(text.s, parts[i]);
    dsc_text_free(ctx, &text);
    dsc_cell_destroy(&cell);
}

// ---- layouts and initial values -----------------------------------------------------------------

static void parameters_lie_one_after_the_other(void **state)
{
    (void)state;
    static const size_t counts[] = {6, 3, 4, 14, 1}; // 4 subjects, 7 lanes
    dsc_cell *cell = NULL;
    dsc_layout l;
    size_t next = 0;
    CHECK_OK(ctx, build_sample(ctx, &cell));
    CHECK_OK(ctx, dsc_layout_create(ctx, cell, 4, 7, &l));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(l.offset[i], next);
        assert_int_equal(l.count[i], counts[i]);
        next += counts[i];
    }
    assert_int_equal(l.n_values, next);
    dsc_layout_free(ctx, &l);
    CHECK_OK(ctx, dsc_layout_create(ctx, cell, 0, 0, &l)); // read as 1
    assert_int_equal(l.n_values, 6 + 3 + 1 + 2 + 1);
    dsc_layout_free(ctx, &l);
    dsc_cell_destroy(&cell);
}

static void mean_and_deviation(const double *x, size_t n, double *mean, double *deviation)
{
    *mean = *deviation = 0;
    for (size_t i = 0; i < n; i++) *mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++) *deviation += (x[i] - *mean) * (x[i] - *mean) / (double)n;
    *deviation = sqrt(*deviation);
}

static void initial_values_have_their_distribution(void **state)
{
    (void)state;
    enum { N = 4000 };
    static const struct {
        dsc_init init;
        double mean, deviation, low, high;
    } kinds[] = {
        {{DSC_INIT_CONSTANT, 0.7, 0}, 0.7, 0, 0.7, 0.7},
        {{DSC_INIT_UNIFORM, -1, 3}, 1, 1.1547005383792515, -1, 3},
        {{DSC_INIT_NORMAL, 2, 0}, 0, 2, -12, 12},
        {{DSC_INIT_TRUNCATED, 0.5, 0}, 0, 0.5 * 0.87962566103423978, -1, 1},
    };
    for (size_t k = 0; k < 4; k++) {
        static double x[N], again[N], other[N];
        double mean, deviation;
        dsc_builder *b = begin();
        dsc_cell *cell = NULL;
        dsc_layout l;
        dsc_weights(b, "W", N, 1, kinds[k].init);
        CHECK_OK(ctx, dsc_cell_end(b, &cell));
        CHECK_OK(ctx, dsc_layout_create(ctx, cell, 1, 1, &l));
        dsc_cell_initialise(cell, &l, 5, x);
        dsc_cell_initialise(cell, &l, 5, again);
        dsc_cell_initialise(cell, &l, 6, other);
        assert_memory_equal(x, again, sizeof x);
        if (k) assert_memory_not_equal(x, other, sizeof x);
        mean_and_deviation(x, N, &mean, &deviation);
        assert_true(fabs(mean - kinds[k].mean) < 0.1);
        assert_true(fabs(deviation - kinds[k].deviation) < 0.08);
        for (int i = 0; i < N; i++) assert_true(x[i] >= kinds[k].low && x[i] <= kinds[k].high);
        dsc_layout_free(ctx, &l);
        dsc_cell_destroy(&cell);
    }
}

// ---- memory -------------------------------------------------------------------------------------

static dsc_status build_and_print(dsc_context *c, void *user)
{
    dsc_cell *cell = NULL;
    dsc_layout l;
    dsc_text text = {0};
    (void)user;
    DSC_TRY(build_sample(c, &cell));
    dsc_status status = dsc_cell_print(cell, c, &text);
    dsc_text_free(c, &text);
    if (status == DSC_OK) status = dsc_layout_create(c, cell, 2, 2, &l);
    if (status == DSC_OK) dsc_layout_free(c, &l);
    dsc_cell_destroy(&cell);
    return status;
}

static void building_survives_any_failed_allocation(void **state)
{
    (void)state;
    assert_true(check_every_allocation_failure(build_and_print, NULL) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_has_its_sentence),
        cmocka_unit_test(the_first_error_is_the_one_reported),
        cmocka_unit_test(a_cell_says_what_it_is_made_of),
        cmocka_unit_test(scope_is_the_largest_of_the_inputs),
        cmocka_unit_test(a_printed_cell_names_its_parts),
        cmocka_unit_test(parameters_lie_one_after_the_other),
        cmocka_unit_test(initial_values_have_their_distribution),
        cmocka_unit_test(building_survives_any_failed_allocation),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
