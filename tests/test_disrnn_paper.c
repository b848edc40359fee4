// SPDX-License-Identifier: Apache-2.0
// test_disrnn_paper.c — the disRNN as first published against a loop written here from its
// equations, in double: predictions, latents and penalties with the noise given, and without it;
// its figures; a fit of it by the program.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "plot/inspect.h"
#include "support/check.h"
#include "support/disrnn_run.h"
#include "support/model_cells.h"
#include "support/program.h"

static dsc_context *ctx;

static int enter(void **state)
{
    return dsc_context_create(NULL, &ctx) == DSC_OK ? program_enter(state) : -1;
}

static int leave(void **state)
{
    dsc_context_destroy(&ctx);
    return program_leave(state);
}

// ---- the equations ------------------------------------------------------------------------------

// Update nets of 3 and 2 units, a choice net of 2, two observations.
enum { L = 2, N = 4, T = 4, SESSIONS = 2, DRAWS = N * L + L, MOST = 256 };
#define SETTINGS                                                             \
    "latent_size=2,update_mlp_shape=3,2,choice_mlp_shape=2,beta_scale=0.25," \
    "information_penalty=0.5,activation=tanh"
static const double x[SESSIONS][T][2] = {{{0, 0}, {1, 1}, {0, 1}, {1, 0}},
                                         {{0, 0}, {1, 0}, {1, 1}, {0, 0}}};

typedef struct bench {
    dsc_cell *cell;
    rig r;
    rig_session session[SESSIONS];
    double noise[SESSIONS][T][DRAWS], values[MOST];
} bench;

static const double *values_called(const bench *b, const char *name)
{
    const int i = dsc_cell_parameter_find(b->cell, name);
    if (i < 0) fail_msg("no parameter %s", name);
    return b->values + dsc_plan_layout(b->r.plan)->offset[i];
}

// out = v W + b of a layer of n_in and n_out
static void linear(const bench *b, const char *net, const char *layer, int n_in, int n_out,
                   const double *v, double *out)
{
    char name[64];
    snprintf(name, sizeof name, "%s.%s.weights", net, layer);
    const double *W = values_called(b, name);
    snprintf(name, sizeof name, "%s.%s.biases", net, layer);
    const double *bias = values_called(b, name);
    for (int k = 0; k < n_out; k++) {
        out[k] = bias[k];
        for (int i = 0; i < n_in; i++) out[k] += v[i] * W[i * n_out + k];
    }
}

static double sigmoid(double v)
{
    return 1 / (1 + exp(-v));
}

static double cost(double mu, double s)
{
    return 0.5 * (mu * mu + s - 1 - log(s));
}

// The new value of latent i from what its net reads.
static double updated(const bench *b, int i, const double *in, double z)
{
    char net[32];
    double h[3], d[2], target, gate;
    snprintf(net, sizeof net, "update_net.%d", i);
    linear(b, net, "linear_0", N, 3, in, h);
    for (int k = 0; k < 3; k++) h[k] = tanh(h[k]);
    linear(b, net, "linear_1", 3, 2, h, d);
    linear(b, net, "target", 2, 1, d, &target);
    linear(b, net, "gate", 2, 1, d, &gate);
    return sigmoid(gate) * target + (1 - sigmoid(gate)) * z;
}

// One trial: z becomes the next state, out is prediction [2], penalty. Without noise: e is NULL.
static void step(const bench *b, const double *obs, const double *e, double *z, double *out)
{
    const double *p = values_called(b, "update_net_sigmas_unsquashed");
    const double *m = values_called(b, "update_net_multipliers");
    const double *q = values_called(b, "latent_sigmas_unsquashed");
    const double v[N] = {obs[0], obs[1], z[0], z[1]};
    double next[L], d[2], update_cost = 0, latent_cost = 0;
    for (int i = 0; i < L; i++) {
        double in[N];
        for (int k = 0; k < N; k++) {
            const double mu = v[k] * m[k * L + i], s = 2 * sigmoid(p[k * L + i]);
            in[k] = e ? mu + s * e[k * L + i] : mu;
            update_cost += cost(mu, s);
        }
        next[i] = updated(b, i, in, z[i]);
    }
    for (int i = 0; i < L; i++) {
        const double s = 2 * sigmoid(q[i]);
        latent_cost += cost(next[i], s);
        z[i] = e ? next[i] + s * e[N * L + i] : next[i];
    }
    linear(b, "choice_net", "linear_0", L, 2, z, d);
    linear(b, "choice_net", "output", 2, 2, d, out);
    out[2] = e ? 0.5 * (0.25 * update_cost + latent_cost) : 0;
}

// ---- the cell -----------------------------------------------------------------------------------

static void start(bench *b, const char *engine, const char *precision, bool noiseless)
{
    static const char *const recorded[] = {"prediction", "penalty", "latents"};
    const dsc_engine *e = NULL;
    CHECK_OK(ctx, model_cell_create(ctx, "disrnn_paper", SETTINGS, noiseless,
                                    DSC_LOSS_PENALIZED_CATEGORICAL, &b->cell));
    CHECK_OK(ctx, dsc_engine_select(ctx, engine, NULL, precision, &e));
    assert_int_equal(dsc_cell_input_count(b->cell), 5); // observations, label, two weights
    static double rows[SESSIONS][T][5];
    for (int s = 0; s < SESSIONS; s++) {
        for (int t = 0; t < T; t++) {
            const double row[5] = {x[s][t][0], x[s][t][1], t % 2, 1, 1};
            memcpy(rows[s][t], row, sizeof row);
            for (int k = 0; k < DRAWS; k++) b->noise[s][t][k] = cos(1.7 * (s * T + t) + 0.9 * k);
        }
        b->session[s] = (rig_session){.n_trials = T,
                                      .x = rows[s][0],
                                      .noise = noiseless ? NULL : b->noise[s][0],
                                      .multiplicity = 1};
    }
    const rig_options o = {.engine = e,
                           .n_sessions = SESSIONS,
                           .session = b->session,
                           .gradient = true,
                           .n_recorded = 3,
                           .recorded = recorded};
    CHECK_OK(ctx, rig_create(ctx, b->cell, &o, &b->r));
    assert_true(dsc_plan_layout(b->r.plan)->n_values <= MOST);
    dsc_cell_initialise(b->cell, dsc_plan_layout(b->r.plan), 0, b->values);
    model_fill(b->cell, dsc_plan_layout(b->r.plan), b->values);
}

static void stop(bench *b)
{
    rig_destroy(&b->r);
    dsc_cell_destroy(&b->cell);
}

static void check_against_loop(const char *engine, const char *precision, bool noiseless)
{
    const double allowed = strcmp(precision, "double") == 0 ? 1e-12 : 2e-6;
    double rows[SESSIONS * T][5];
    bench b;
    start(&b, engine, precision, noiseless);
    CHECK_OK(ctx, rig_forward(&b.r, b.values, (dsc_noise_seed){0}, NULL, rows[0]));
    for (int s = 0; s < SESSIONS; s++) {
        const double *inits = values_called(&b, "latent_inits");
        double z[L] = {inits[0], inits[1]}, out[3];
        for (int t = 0; t < T; t++) {
            const double *row = rows[s * T + t];
            step(&b, x[s][t], noiseless ? NULL : b.noise[s][t], z, out);
            for (int k = 0; k < 3; k++) check_value("output", row[k], out[k], allowed);
            for (int k = 0; k < L; k++) check_value("latent", row[3 + k], z[k], allowed);
        }
    }
    stop(&b);
}

static void outputs_latents_and_penalties_are_those_of_the_equations(void **state)
{
    (void)state;
    for (int noiseless = 0; noiseless < 2; noiseless++) {
        check_against_loop("ref", "double", noiseless);
        check_against_loop("lanes", "double", noiseless);
        check_against_loop("lanes", "single", noiseless);
    }
}

static void initial_values_are_the_published_ones(void **state)
{
    static const char settings[] = "update_mlp_shape=5,5,5,choice_mlp_shape=2,2";
    dsc_cell *cell = NULL;
    dsc_layout l;
    double v[1024], most = 0;
    (void)state;
    CHECK_OK(ctx, model_cell_create(ctx, "disrnn_paper", settings, false, -1, &cell));
    CHECK_OK(ctx, dsc_layout_create(ctx, cell, 1, 1, &l));
    dsc_cell_initialise(cell, &l, 7, v);
    for (int i = 0; i < dsc_cell_parameter_count(cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(cell, i);
        for (size_t k = l.offset[i]; k < l.offset[i] + l.count[i]; k++) {
            if (strstr(p->name, "unsquashed")) assert_true(v[k] >= -3 && v[k] < -2);
            if (strstr(p->name, "multipliers")) assert_true(v[k] == 1);
            if (strstr(p->name, "biases")) assert_true(v[k] == 0);
            if (strstr(p->name, "inits")) assert_true(v[k] >= -1 && v[k] < 1);
            if (strstr(p->name, "inits")) most = fmax(most, fabs(v[k]));
            if (strstr(p->name, "weights")) assert_true(fabs(v[k]) <= 2 / sqrt(p->rows));
        }
    }
    assert_true(most > 0.1);
    dsc_layout_free(ctx, &l);
    dsc_cell_destroy(&cell);
}

static void a_shape_that_is_none_is_refused(void **state)
{
    static const char *const wrong[] = {"5,x", "0", "5,2000", "2.5", "-1"};
    dsc_cell *cell = NULL;
    char settings[64];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(settings, sizeof settings, "choice_mlp_shape=%s", wrong[i]);
        CHECK_FAILS(ctx, DSC_INPUT, "model.choice_mlp_shape: ",
                    model_cell_create(ctx, "disrnn_paper", settings, false, -1, &cell));
    }
}

// ---- figures ------------------------------------------------------------------------------------

static dsc_run *small_run(const char *shape)
{
    static const char *const names[] = {"prev_choice", "prev_reward"};
    const char *const settings[] = {"latent_size", "3", "choice_mlp_shape", shape, NULL};
    dsc_run *run = NULL;
    CHECK_OK(ctx, made_run(ctx, "disrnn_paper", 2, 2, names, settings, &run));
    return run;
}

static void sigmas_of_figures_are_squashed_and_in_the_order_of_inputs(void **state)
{
    (void)state;
    plot_disrnn d;
    dsc_run *run = small_run("2,2");
    double *raw = made_parameter(run, "update_net_sigmas_unsquashed");
    for (int k = 0; k < 15; k++) raw[k] = 0.1 * k - 1;
    made_parameter(run, "latent_sigmas_unsquashed")[1] = 0.3;
    CHECK_OK(ctx, plot_disrnn_read(ctx, run, &d));
    const plot_net *net = &d.net[PLOT_UPDATE];
    check_value("latent", d.latent[1], 2 * sigmoid(0.3), 1e-12);
    check_value("reward", plot_sigma(net, PLOT_INPUT, 1, 2), 2 * sigmoid(-0.5), 1e-12);
    check_value("latent 0", plot_sigma(net, PLOT_LATENT, 0, 1), 2 * sigmoid(-0.3), 1e-12);
    assert_int_equal(net->n_sources, 5);
    assert_int_equal(d.net[PLOT_CHOICE].n_sources, 0);
    plot_disrnn_free(ctx, &d);
    made_run_free(ctx, &run);
}

// One open latent: the rule is the curve of what the choice net makes of it alone.
static void check_choice_rule(const char *shape)
{
    plot_disrnn d;
    plot_choice c;
    plot_ask net;
    dsc_run *run = small_run(shape);
    const int layers = shape[0] != 0;
    for (int i = 0; i < 3; i++)
        made_parameter(run, "latent_sigmas_unsquashed")[i] = i == 1 ? -3 : 0;
    CHECK_OK(ctx, plot_disrnn_read(ctx, run, &d));
    CHECK_OK(ctx, plot_net_open(ctx, run, "choice_net", &net));
    CHECK_OK(ctx, plot_choice_compute(ctx, &d, &net, NULL, 0, &c));
    assert_int_equal(c.n_influential, 1);
    assert_int_equal(c.x, 1);
    check_value("limit", c.state[99], 3, 1e-12);
    const double *out = made_parameter(run, "choice_net.output.weights");
    const double *in = layers ? made_parameter(run, "choice_net.linear_0.weights") : NULL;
    for (int k = 0; k < c.n; k++) {
        const double z = c.state[k];
        const double wanted = layers ? z * in[1] * (out[1] - out[0]) : z * (out[3] - out[2]);
        check_value("logit", c.logit[k], wanted, 1e-12);
    }
    plot_choice_free(ctx, &c);
    plot_net_close(ctx, &net);
    plot_disrnn_free(ctx, &d);
    made_run_free(ctx, &run);
}

static void choice_rule_reads_latents_as_open_as_they_are(void **state)
{
    (void)state;
    check_choice_rule("1");
    check_choice_rule("");
}

// ---- the program --------------------------------------------------------------------------------

#define FIT                                                                                       \
    "discern fit disrnn_paper --data t.csv -q model.latent_size=3 model.update_mlp_shape=4,3 "    \
    "phases.warmup.steps=80 phases.main.steps=40 phases.warmup.learning_rate=0.01 split.every=2 " \
    "seed=5 "

// A number of a part of a run's summary; of all of it if part is NULL.
static double number_of(const char *run, const char *part, const char *key)
{
    json_t *s = json_loads(program_expect(0, "cat %s/summary.json", run).out, 0, NULL);
    const double p = json_number_value(json_object_get(part ? json_object_get(s, part) : s, key));
    json_decref(s);
    return p;
}
static double likelihood_of(const char *run)
{
    return number_of(run, "train", "normalized_likelihood");
}

static void a_fit_learns_and_its_run_is_shown_drawn_and_reported(void **state)
{
    (void)state;
    program_expect(0, "discern simulate bandit q_learning -o t.csv sessions=12 trials=100 -q");
    program_expect(0, FIT "-o run");
    assert_true(likelihood_of("run") > 0.58);
    const char *shown = program_expect(0, "discern show run").out;
    assert_holds(shown, "latents are open");
    assert_holds(shown, "its update reads");
    assert_null(strstr(shown, "choice reads it"));
    program_expect(0, "discern plot run bottlenecks update_rules choice_rule --format svg -o figs");
    assert_true(program_has("figs/bottlenecks.svg") && program_has("figs/update_rules.svg"));
    assert_true(program_has("figs/choice_rule.svg"));
    program_expect(0, "discern report run -o report.html -q");
    assert_holds(program_expect(0, "cat report.html").out, "Choice has no bottlenecks of its own");
    program_expect(0, "discern eval run");
}

static void penalties_make_a_path(void **state)
{
    (void)state;
    program_expect(0, FIT "-o path penalties=0.5,2 --no-figures");
    assert_holds(program_expect(0, "discern show path").out, "penalt");
}

// The sum over trials is n times the mean, and Adam's step does not depend on the factor.
static void summed_loss_takes_the_same_steps_but_for_epsilon(void **state)
{
    (void)state;
    program_expect(0, FIT "-o mean --no-figures optimizer.epsilon=1e-20");
    program_expect(0, FIT "-o sum --no-figures optimizer.epsilon=1e-20 "
                          "loss.name=penalized_categorical_sum");
    check_value("likelihood", likelihood_of("sum"), likelihood_of("mean"), 2e-3);
    program_expect(0, FIT "-o sgd --no-figures optimizer.name=sgd optimizer.clip_update=0 "
                          "phases.warmup.learning_rate=1e-4 phases.main.steps=0 "
                          "loss.name=penalized_categorical_sum");
    program_expect(0, FIT "-o slow --no-figures optimizer.name=sgd optimizer.clip_update=0 "
                          "phases.warmup.learning_rate=0.06 phases.main.steps=0");
    check_value("sgd", likelihood_of("sgd"), likelihood_of("slow"), 1e-5); // 600 trials a step
}

// Even and odd sessions, each predicted by the fit of the others, together: as the first release
// scored.
static void two_folds_are_scored_as_the_halves_together(void **state)
{
    static const char *const halves[] = {"cv/fold-0", "cv/fold-1"};
    double nll = 0, n = 0;
    (void)state;
    program_expect(0, "discern simulate bandit reward_habit_fallacy -o odd.csv sessions=9 "
                      "trials=50 -q");
    program_expect(0, "discern fit reward_habit_fallacy --data odd.csv -o cv --folds 2 -q "
                      "fit.restarts=2 --no-figures");
    for (int k = 0; k < 2; k++) {
        const double trials = number_of(halves[k], "heldout", "n_trials");
        assert_true(trials == (k ? 200 : 250));
        nll += trials * number_of(halves[k], "heldout", "nll_per_trial");
        n += trials;
    }
    check_value("likelihood", number_of("cv", NULL, "normalized_likelihood"), exp(-nll / n), 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_latents_and_penalties_are_those_of_the_equations),
        cmocka_unit_test(initial_values_are_the_published_ones),
        cmocka_unit_test(a_shape_that_is_none_is_refused),
        cmocka_unit_test(sigmas_of_figures_are_squashed_and_in_the_order_of_inputs),
        cmocka_unit_test(choice_rule_reads_latents_as_open_as_they_are),
        cmocka_unit_test(a_fit_learns_and_its_run_is_shown_drawn_and_reported),
        cmocka_unit_test(penalties_make_a_path),
        cmocka_unit_test(summed_loss_takes_the_same_steps_but_for_epsilon),
        cmocka_unit_test(two_folds_are_scored_as_the_halves_together),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
