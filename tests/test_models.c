// SPDX-License-Identifier: Apache-2.0
// test_models.c — networks against the worked numbers of the specification (9.1), the equations of
// the agents (9.2), parameter counts (1.8), and the errors of building one.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/model_cells.h"

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

static const dsc_engine *engine(int i)
{
    const dsc_engine *e = NULL;
    if (i == 0) return rig_engine("ref", NULL, NULL);
    if (i > 2) return NULL;
    CHECK_OK(ctx, dsc_engine_select(ctx, "lanes", NULL, i == 1 ? "double" : "single", &e));
    return e;
}

// printed digits in double precision, 1e-6 in single
static double allowed(int i)
{
    return i < 2 ? 6e-8 : 1e-6;
}

// ---- the disRNN: 9.1 ----------------------------------------------------------------------------

#define SETTINGS                                                                \
    "latent_size=2,update_net_n_units_per_layer=3,update_net_n_layers=2,"       \
    "choice_net_n_units_per_layer=2,choice_net_n_layers=1,latent_penalty=0.01," \
    "update_net_obs_penalty=0.002,update_net_latent_penalty=0.003,"             \
    "choice_net_latent_penalty=0.004,l2_scale=0.05"
enum { T = 3, B = 2, DRAWS = 12 };

// prev_choice, prev_reward, label, weight, penalty weight
static const double inputs[B][T][5] = {{{0, 0, 1, 1, 1}, {1, 1, 0, 1, 1}, {0, 1, -1, 0, 1}},
                                       {{0, 0, 1, 1, 1}, {1, 0, 1, 1, 1}, {1, 1, 0, 1, 1}}};

// prediction, state (noiseless); prediction, penalty, state (noisy)
static const double noiseless_rows[B * T][4] = {{0.0946078, -0.1711363, -0.0815972, -0.2757966},
                                                {0.0962883, -0.1698310, 0.0949505, -0.2387060},
                                                {0.0980154, -0.1685034, 0.1689120, -0.2008046},
                                                {0.0946078, -0.1711363, -0.0815972, -0.2757966},
                                                {0.0952548, -0.1706244, 0.0585373, -0.2613702},
                                                {0.0965917, -0.1695917, 0.1548216, -0.2319533}};
static const double noisy_rows[B * T][5] = {
    {0.1161745, -0.1469287, 0.2051998, -0.2101791, -0.4127714},
    {0.1056530, -0.1520933, 0.2056220, -0.0226310, -0.4287559},
    {0.0964440, -0.1567542, 0.2055769, 0.1234657, -0.3978075},
    {0.1021764, -0.1792782, 0.2050286, -0.0432831, -0.0691857},
    {0.1179263, -0.1686576, 0.2048816, 0.0244831, 0.0361511},
    {0.1310673, -0.1593276, 0.2051752, 0.0033672, 0.0934759}};

typedef struct worked { // one case of 9.1
    double nll, pen, loss, norm, sum, update_norm, after_clip_1, after_clip_05;
} worked;
static const worked noiseless_case = {3.6423392,  0.9530990, 0.9190876, 0.3367952,
                                      -0.0478341, 0.1092976, 0.9009817, 0.9106827};
static const worked noisy_case = {3.6547508,  1.2314841, 0.9772470, 0.3562017,
                                  -0.0307918, 0.1165160, 0.9564421, 0.9681792};

// per tensor, noisy
static const struct {
    const char *name;
    double norm;
} tensor_norms[] = {
    {"update_net_obs_sigma_params", 0.0230816},
    {"update_net_obs_multipliers", 7.732727e-4},
    {"update_net_latent_sigma_params", 0.0388249},
    {"update_net_latent_multipliers", 1.517072e-4},
    {"latent_sigma_params", 0.0851051},
    {"latent_multipliers", 0},
    {"choice_net_sigma_params", 0.0183634},
    {"choice_net_multipliers", 1.396059e-3},
    {"latent_inits", 2.988338e-4},
    {"choice_net.input_weights", 0.0139497},
    {"choice_net.input_biases", 0.0467203},
    {"choice_net.output_weights", 0.1032250},
    {"choice_net.output_biases", 0.2383336},
    {"choice_net.layer_0.weights", 0.0646353},
    {"choice_net.layer_0.biases", 0.0421203},
    {"update_net.0.layer_0.weights", 0.1017014},
};

typedef struct disrnn_setup {
    dsc_cell *cell;
    rig r;
    const dsc_layout *layout;
    rig_session session[B];
    double noise[B][T][DRAWS], values[256], gradient[256], sums[2];
    int n_free;
} disrnn_setup;

// Draw j of the whole run is cos(1.3 j + 0.2): j counts over trials, bottlenecks, sessions,
// elements.
static void fill_noise(disrnn_setup *s)
{
    static const int size[4] = {4, 4, 2, 2}, first[4] = {0, 4, 8, 10};
    for (int t = 0; t < T; t++)
        for (int k = 0; k < 4; k++)
            for (int b = 0; b < B; b++)
                for (int i = 0; i < size[k]; i++) {
                    const int j = (t * DRAWS + first[k]) * B + b * size[k] + i;
                    s->noise[b][t][first[k] + i] = cos(1.3 * j + 0.2);
                }
}

static void start(disrnn_setup *s, bool noiseless, const dsc_engine *e)
{
    static const char *const recorded[] = {"prediction", "penalty", "latents"};
    CHECK_OK(ctx, model_cell_create(ctx, "disrnn", SETTINGS, noiseless,
                                    DSC_LOSS_PENALIZED_CATEGORICAL, &s->cell));
    fill_noise(s);
    for (int b = 0; b < B; b++)
        s->session[b] = (rig_session){.n_trials = T,
                                      .x = inputs[b][0],
                                      .noise = noiseless ? NULL : s->noise[b][0],
                                      .multiplicity = 1};
    const rig_options o = {.engine = e,
                           .n_sessions = B,
                           .session = s->session,
                           .gradient = true,
                           .n_recorded = 3,
                           .recorded = recorded};
    CHECK_OK(ctx, rig_create(ctx, s->cell, &o, &s->r));
    s->layout = dsc_plan_layout(s->r.plan);
    assert_true(s->layout->n_values <= 256);
    dsc_cell_initialise(s->cell, s->layout, 0, s->values);
    s->n_free = model_fill(s->cell, s->layout, s->values);
}

static void stop(disrnn_setup *s)
{
    rig_destroy(&s->r);
    dsc_cell_destroy(&s->cell);
}

static double differentiate(disrnn_setup *s)
{
    const double coefficients[2] = {1.0 / 5, 1.0 / 5};
    CHECK_OK(ctx, rig_gradient(&s->r, s->values, (dsc_noise_seed){0}, coefficients, s->sums,
                               s->gradient));
    return (s->sums[0] + s->sums[1]) / 5;
}

static double norm_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
    return sqrt(sum);
}

static void disrnn_outputs_and_states_are_the_worked_ones(void **state)
{
    (void)state;
    for (int i = 0; engine(i); i++) {
        double rows[B * T][5];
        disrnn_setup s;
        start(&s, true, engine(i));
        CHECK_OK(ctx, rig_forward(&s.r, s.values, (dsc_noise_seed){0}, NULL, rows[0]));
        for (int k = 0; k < B * T; k++)
            for (int c = 0; c < 5; c++) // column 2 is the penalty: the weights' alone
                check_value("noiseless", rows[k][c],
                            c == 2 ? 0.1588498 : noiseless_rows[k][c < 2 ? c : c - 1], allowed(i));
        stop(&s);
        start(&s, false, engine(i));
        CHECK_OK(ctx, rig_forward(&s.r, s.values, (dsc_noise_seed){0}, NULL, rows[0]));
        for (int k = 0; k < B * T; k++)
            for (int c = 0; c < 5; c++)
                check_value("noisy", rows[k][c], noisy_rows[k][c], allowed(i));
        stop(&s);
    }
}

static double loss_after_a_step(disrnn_setup *s, double clip)
{
    dsc_optimizer_config c = {
        .name = "adam", .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip_update = clip};
    dsc_optimizer *o = NULL;
    double before[256];
    memcpy(before, s->values, sizeof before);
    differentiate(s);
    CHECK_OK(ctx, dsc_optimizer_create(ctx, &c, s->layout->n_values, &o));
    dsc_optimizer_step(o, 1e-2, s->values, s->gradient, NULL);
    dsc_optimizer_destroy(ctx, &o);
    const double loss = differentiate(s);
    for (size_t i = 0; i < s->layout->n_values; i++) before[i] -= s->values[i];
    for (size_t i = 0; i < s->layout->n_values; i++) s->values[i] += before[i];
    s->gradient[255] = norm_of(before, s->layout->n_values); // of the update
    return loss;
}

static void check_worked(disrnn_setup *s, const worked *w, int i)
{
    // in single precision Adam follows the sign of gradients near 1e-8
    const double slack = i < 2 ? 6e-8 : 1e-3;
    double sum = 0;
    assert_int_equal(s->n_free, 138);
    check_value("loss", differentiate(s), w->loss, allowed(i));
    check_value("nll", s->sums[0], w->nll, 4 * allowed(i));
    check_value("pen", s->sums[1], w->pen, 4 * allowed(i));
    check_value("likelihood", exp(-s->sums[0] / 5), exp(-w->nll / 5), allowed(i));
    for (size_t k = 0; k < s->layout->n_values; k++) sum += s->gradient[k];
    check_value("norm", norm_of(s->gradient, s->layout->n_values), w->norm, allowed(i));
    check_value("sum", sum, w->sum, 4 * allowed(i));
    check_value("clip 1", loss_after_a_step(s, 1), w->after_clip_1, slack);
    check_value("update", s->gradient[255], w->update_norm, slack);
    check_value("clip 0.05", loss_after_a_step(s, 0.05), w->after_clip_05, slack);
    check_value("clipped update", s->gradient[255], 0.05, 1e-7);
}

static void check_tensor_norms(disrnn_setup *s)
{
    differentiate(s);
    for (size_t k = 0; k < sizeof tensor_norms / sizeof tensor_norms[0]; k++) {
        const int p = dsc_cell_parameter_find(s->cell, tensor_norms[k].name);
        assert_true(p >= 0);
        const double norm = norm_of(s->gradient + s->layout->offset[p], s->layout->count[p]);
        check_value(tensor_norms[k].name, norm, tensor_norms[k].norm, 6e-8);
    }
}

static void disrnn_losses_gradients_and_first_steps_are_the_worked_ones(void **state)
{
    (void)state;
    for (int i = 0; engine(i); i++) {
        disrnn_setup s;
        start(&s, true, engine(i));
        check_worked(&s, &noiseless_case, i);
        stop(&s);
        start(&s, false, engine(i));
        check_worked(&s, &noisy_case, i);
        if (i < 2) check_tensor_norms(&s);
        stop(&s);
    }
}

// ---- the GRU: 9.1 -------------------------------------------------------------------------------

static void gru_states_and_outputs_are_the_worked_ones(void **state)
{
    (void)state;
    static const char *const recorded[] = {"h", "prediction"};
    static const double x[T][2] = {{0, 0}, {1, 1}, {0, 1}};
    static const double wanted[T][5] = {{-0.202671, -0.190493, -0.069986, -0.501682, -0.431267},
                                        {-0.546243, -0.578410, -0.282064, -0.701362, -0.588154},
                                        {-0.505747, -0.488189, -0.217048, -0.661444, -0.570042}};
    const rig_session session = {.n_trials = T, .x = x[0], .multiplicity = 1};
    for (int i = 0; engine(i); i++) {
        const rig_options o = {.engine = engine(i),
                               .n_sessions = 1,
                               .session = &session,
                               .n_recorded = 2,
                               .recorded = recorded};
        double values[64], rows[T][5];
        dsc_cell *cell = NULL;
        rig r;
        CHECK_OK(ctx, model_cell_create(ctx, "gru", "n_units=3", false, -1, &cell));
        CHECK_OK(ctx, rig_create(ctx, cell, &o, &r));
        assert_int_equal(model_fill(cell, dsc_plan_layout(r.plan), values), 62);
        CHECK_OK(ctx, rig_forward(&r, values, (dsc_noise_seed){0}, NULL, rows[0]));
        for (int k = 0; k < T; k++)
            for (int c = 0; c < 5; c++) check_value("gru", rows[k][c], wanted[k][c], 1.5e-6);
        rig_destroy(&r);
        dsc_cell_destroy(&cell);
    }
}

// ---- agents: 9.2 --------------------------------------------------------------------------------

// Inputs are the trial before; P(1) of the next choice.
static void run_agent(const char *model, const char *quantity, int rows, double out[6][3])
{
    const char *const recorded[] = {"prediction", quantity};
    static const double x[6][2] = {{-1, 0}, {0, 1}, {1, 0}, {1, 1}, {0, 0}, {1, 1}};
    const rig_session session = {.n_trials = 6, .x = x[0], .multiplicity = 1};
    const rig_options o = {.engine = rig_engine("ref", NULL, NULL),
                           .n_sessions = 1,
                           .session = &session,
                           .n_recorded = 2,
                           .recorded = recorded};
    double values[8], recordings[6][4];
    dsc_cell *cell = NULL;
    rig r;
    CHECK_OK(ctx, model_cell_create(ctx, model, "", false, -1, &cell));
    CHECK_OK(ctx, rig_create(ctx, cell, &o, &r));
    dsc_cell_initialise(cell, dsc_plan_layout(r.plan), 0, values);
    double *flat = recordings[0];
    CHECK_OK(ctx, rig_forward(&r, values, (dsc_noise_seed){0}, NULL, flat));
    for (int t = 0; t < 6; t++) {
        const double *p = flat + t * (2 + rows);
        out[t][0] = 1 / (1 + exp(p[0] - p[1]));
        for (int k = 0; k < rows; k++) out[t][1 + k] = p[2 + k];
    }
    rig_destroy(&r);
    dsc_cell_destroy(&cell);
}

static void q_learning_follows_the_worked_session(void **state)
{
    (void)state;
    static const double p[5] = {.5, .389361, .289050, .421895, .567093};
    static const double q[5][2] = {{.65, .5}, {.65, .35}, {.65, .545}, {.455, .545}, {.455, .6815}};
    double out[6][3];
    run_agent("q_learning", "value", 2, out);
    for (int t = 0; t < 5; t++) {
        check_value("P(1)", out[t][0], p[t], 6e-7);
        check_value("q0", out[t + 1][1], q[t][0], 1e-12);
        check_value("q1", out[t + 1][2], q[t][1], 1e-12);
    }
}

static void actor_critic_follows_the_worked_session(void **state)
{
    (void)state;
    static const double p[5] = {.5, .377541, .216837, .409426, .539527};
    static const double theta1[5] = {-.25, -.642099, -.183170, .079219, .336369};
    static const double v[5] = {.65, .455, .6185, .43295, .603065};
    double out[6][3];
    run_agent("actor_critic", "policy", 2, out);
    for (int t = 0; t < 5; t++) {
        check_value("P(1)", out[t][0], p[t], 6e-7);
        check_value("theta1", out[t + 1][2], theta1[t], 6e-7);
    }
    run_agent("actor_critic", "value", 1, out);
    for (int t = 0; t < 5; t++) check_value("v", out[t + 1][1], v[t], 1e-12);
}

// ---- sizes and errors ---------------------------------------------------------------------------

static const struct {
    const char *model, *settings;
    int count, n_subjects;
} sizes[] = {
#define NET(L, U, M, C, N)                                                           \
    "latent_size=" #L ",update_net_n_units_per_layer=" #U ",update_net_n_layers=" #M \
    ",choice_net_n_units_per_layer=" #C ",choice_net_n_layers=" #N
    {"disrnn", NET(10, 10, 2, 2, 2), 4050, 1},
    {"disrnn", NET(5, 8, 4, 4, 2), 2019, 1},
    {"disrnn", NET(5, 16, 4, 4, 2), 6419, 1},
    {"disrnn", NET(5, 4, 2, 2, 2), 535, 1},
    {"disrnn", NET(3, 4, 1, 2, 1), 227, 1},
    {"disrnn_multisubject", "subject_embedding_size=2," NET(5, 16, 4, 4, 2), 6635, 9},
    {"disrnn_multisubject", "subject_embedding_size=3," NET(5, 4, 2, 2, 2), 655, 3},
    {"disrnn_neuro",
     "neural_activity_net_n_units_per_layer=4,neural_activity_net_n_layers=2," NET(7, 16, 4, 2, 2),
     9272, 1},
    {"disrnn_neuro",
     "neural_activity_net_n_units_per_layer=2,neural_activity_net_n_layers=2," NET(5, 4, 3, 2, 2),
     680, 1},
    {"disrnn_neuro", NET(10, 10, 2, 2, 2), 4331, 1},
    {"disrnn_paper", "latent_size=5,update_mlp_shape=3,5,5,choice_mlp_shape=2,2", 534, 1},
    {"disrnn_paper", "latent_size=5,update_mlp_shape=5,5,5,choice_mlp_shape=2,2", 664, 1},
    {"gru", "n_units=16", 946, 1},
    {"gru", "n_units=20", 1422, 1},
    {"gru", "n_units=5", 132, 1},
    {"lstm", "n_units=8", 370, 1},
    {"rnn", "n_units=8", 114, 1},
};

static void models_have_the_published_numbers_of_parameters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        dsc_cell *cell = NULL;
        int n = 0;
        CHECK_OK(ctx, model_cell_create(ctx, sizes[i].model, sizes[i].settings, false, -1, &cell));
        for (int k = 0; k < dsc_cell_parameter_count(cell); k++) {
            const dsc_parameter *p = dsc_cell_parameter(cell, k);
            const int times = p->level == DSC_PER_SUBJECT ? sizes[i].n_subjects : 1;
            if (!p->fixed) n += p->rows * p->cols * times;
        }
        if (n != sizes[i].count)
            fail_msg("%s %s: %d parameters", sizes[i].model, sizes[i].settings, n);
        dsc_cell_destroy(&cell);
    }
}

static void initial_values_lie_where_they_should(void **state)
{
    (void)state;
    dsc_cell *cell = NULL;
    dsc_layout l;
    CHECK_OK(ctx, model_cell_create(ctx, "disrnn", NET(10, 10, 2, 2, 2), false, -1, &cell));
    CHECK_OK(ctx, dsc_layout_create(ctx, cell, 1, 1, &l));
    double *v = calloc(l.n_values, sizeof *v), *again = calloc(l.n_values, sizeof *v);
    dsc_cell_initialise(cell, &l, 7, v);
    dsc_cell_initialise(cell, &l, 7, again);
    assert_memory_equal(v, again, l.n_values * sizeof *v);
    for (int i = 0; i < dsc_cell_parameter_count(cell); i++) {
        const char *name = dsc_cell_parameter(cell, i)->name;
        for (size_t k = l.offset[i]; k < l.offset[i] + l.count[i]; k++) {
            if (strstr(name, "sigma")) assert_true(v[k] >= 0 && v[k] < 0.05);
            if (strstr(name, "multipliers")) assert_true(v[k] == 1);
            if (strstr(name, "biases")) assert_true(v[k] == 0);
            if (strstr(name, "inits")) assert_true(v[k] >= -0.1 && v[k] < 0.1);
        }
    }
    free(v);
    free(again);
    dsc_layout_free(ctx, &l);
    dsc_cell_destroy(&cell);
}

static void a_penalized_loss_needs_a_model_with_a_penalty(void **state)
{
    (void)state;
    dsc_cell *cell = NULL;
    CHECK_FAILS(ctx, DSC_INPUT, "needs a model with a penalty",
                model_cell_create(ctx, "gru", "", false, DSC_LOSS_PENALIZED_CATEGORICAL, &cell));
    assert_null(cell);
    const dsc_model *model = NULL;
    CHECK_FAILS(ctx, DSC_INPUT, "Did you mean \"gru\"?", dsc_model_find(ctx, "gruu", &model));
    assert_null(model);
    assert_null(dsc_model_name(-1));
}

static dsc_status build_one(dsc_context *c, void *user)
{
    dsc_cell *cell = NULL;
    dsc_status s = model_cell_create(c, user, "", false, DSC_LOSS_CATEGORICAL, &cell);
    if (cell) dsc_cell_destroy(&cell);
    return s;
}

static void building_survives_any_failed_allocation(void **state)
{
    (void)state;
    for (int i = 0; dsc_model_name(i); i++)
        assert_true(check_every_allocation_failure(build_one, (void *)dsc_model_name(i)) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(disrnn_outputs_and_states_are_the_worked_ones),
        cmocka_unit_test(disrnn_losses_gradients_and_first_steps_are_the_worked_ones),
        cmocka_unit_test(gru_states_and_outputs_are_the_worked_ones),
        cmocka_unit_test(q_learning_follows_the_worked_session),
        cmocka_unit_test(actor_critic_follows_the_worked_session),
        cmocka_unit_test(models_have_the_published_numbers_of_parameters),
        cmocka_unit_test(initial_values_lie_where_they_should),
        cmocka_unit_test(a_penalized_loss_needs_a_model_with_a_penalty),
        cmocka_unit_test(building_survives_any_failed_allocation),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
