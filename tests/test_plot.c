// SPDX-License-Identifier: Apache-2.0
// test_plot.c — the rules by which the numbers behind the figures of a disentangled RNN are chosen,
// on made-up networks (golden/inspect.c compares the numbers with the reference's own figures).
#include <math.h>
#include <string.h>

#include "plot/inspect.h"
#include "support/check.h"

static dsc_context *ctx;
static const char *const two_inputs[] = {"prev choice", "prev reward"};

static int set_up(void **state)
{
    (void)state;
    return dsc_context_create(NULL, &ctx) == DSC_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    return 0;
}

// ---- made-up networks ---------------------------------------------------------------------------

// Latents 3; sources of the update nets: inputs, then latents.
typedef struct made {
    double latent[3], choice[3], update[18];
    plot_source latents[3], sources[6];
    int order[3];
    plot_disrnn d;
} made;

// Sigma of a source of the update nets for latent 0.
static double *input_sigma(made *m, int input)
{
    return &m->update[3 * input];
}

static double *latent_sigma(made *m, int latent)
{
    return &m->update[3 * (m->d.n_inputs + latent)];
}

// Three latents, all closed; latent 0 open.
static void made_network(made *m, int n_inputs, const char *const *inputs)
{
    for (int i = 0; i < 18; i++) m->update[i] = 0.9;
    for (int i = 0; i < 3; i++) m->latent[i] = m->choice[i] = 0.9;
    m->latent[0] = 0.1;
    for (int i = 0; i < 3; i++) {
        m->order[i] = i;
        m->latents[i] = m->sources[n_inputs + i] = (plot_source){PLOT_LATENT, i};
    }
    for (int i = 0; i < n_inputs; i++) m->sources[i] = (plot_source){PLOT_INPUT, i};
    m->d = (plot_disrnn){.n_latents = 3,
                         .n_inputs = n_inputs,
                         .n_actions = 2,
                         .max_latent = 2.0,
                         .inputs = inputs,
                         .latent = m->latent,
                         .order = m->order,
                         .net = {[PLOT_CHOICE] = {3, 1, m->latents, m->choice},
                                 [PLOT_UPDATE] = {n_inputs + 3, 3, m->sources, m->update}}};
}

// next z_0 = z_0 + 10 x_0 + x_1 + z_2 / 2
static dsc_status made_step(void *user, const double *z, int n, const double *x, double *next)
{
    int n_inputs = *(int *)user;
    for (int s = 0; s < n; s++) {
        for (int i = 0; i < 3; i++) next[3 * s + i] = z[i];
        next[3 * s] += 10 * x[s * n_inputs] + (n_inputs > 1 ? x[s * n_inputs + 1] : 0) + z[2] / 2;
    }
    return DSC_OK;
}

static void compute_made(made *m, plot_update_rule *r)
{
    const plot_step step = {made_step, &m->d.n_inputs};
    CHECK_OK(ctx, plot_update_rule_compute(ctx, &m->d, &step, 0, 0, r));
}

static void latent_that_reads_nothing_has_one_curve_for_all_trials(void **state)
{
    made m;
    plot_update_rule r;
    (void)state;
    made_network(&m, 2, two_inputs);
    compute_made(&m, &r);
    assert_int_equal(r.n_settings, 1);
    assert_string_equal(r.title[0], "All Trials");
    assert_int_equal(r.n_points, 20);
    assert_true(r.state[0] == -2.1 && r.state[19] == 2.1);
    plot_update_rule_free(ctx, &r);
}

static void closed_observations_stay_at_zero(void **state)
{
    made m;
    plot_update_rule r;
    (void)state;
    made_network(&m, 2, two_inputs);
    *input_sigma(&m, 1) = 0.2; // the reward, into latent 0
    compute_made(&m, &r);
    assert_int_equal(r.n_settings, 2);
    assert_string_equal(r.title[1], "prev reward: 1");
    assert_true(fabs(r.delta[r.n_points] - 1) < 1e-12);
    plot_update_rule_free(ctx, &r);
}

static void first_open_other_latent_gives_five_curves(void **state)
{
    made m;
    plot_update_rule r;
    (void)state;
    made_network(&m, 2, two_inputs);
    *latent_sigma(&m, 0) = 0.2; // itself does not count
    *latent_sigma(&m, 2) = 0.2; // latent 2
    compute_made(&m, &r);
    assert_int_equal(r.other, 2);
    assert_int_equal(r.n_others, 1);
    assert_int_equal(r.n_curves, 5);
    assert_true(r.other_state[0] == -1.05 && r.other_state[4] == 1.05);
    assert_true(fabs(r.delta[4 * r.n_points] - 1.05 / 2) < 1e-12);
    plot_update_rule_free(ctx, &r);
}

static void choices_among_four_options_give_four_settings(void **state)
{
    made m;
    plot_update_rule r;
    (void)state;
    made_network(&m, 2, two_inputs);
    m.d.n_actions = 4;
    *input_sigma(&m, 0) = *input_sigma(&m, 1) = 0.2;
    compute_made(&m, &r);
    assert_int_equal(r.n_settings, 8);
    assert_string_equal(r.title[7], "prev choice: 3\nprev reward: 1");
    plot_update_rule_free(ctx, &r);
}

static void too_many_settings_are_shown_one_observation_at_a_time(void **state)
{
    made m;
    plot_update_rule r;
    (void)state;
    made_network(&m, 2, two_inputs);
    m.d.n_actions = 12;
    *input_sigma(&m, 0) = *input_sigma(&m, 1) = 0.2;
    compute_made(&m, &r);
    assert_int_equal(r.n_settings, 1 + 11 + 1);
    assert_string_equal(r.title[12], "prev choice: 0\nprev reward: 1");
    plot_update_rule_free(ctx, &r);
}

// ---- choice rules ------------------------------------------------------------------------------

// Option 1 is ahead of option 0 by 2 z_0 - z_2 / 2.
static dsc_status made_choose(void *user, int n, const double *z, double *logits)
{
    (void)user;
    for (int s = 0; s < n; s++) {
        logits[2 * s] = z[3 * s + 2] / 2;
        logits[2 * s + 1] = 2 * z[3 * s];
    }
    return DSC_OK;
}

static void compute_choice(const made *m, plot_choice *c)
{
    const plot_ask net = {2, made_choose, NULL};
    CHECK_OK(ctx, plot_choice_compute(ctx, &m->d, &net, NULL, 0, c));
}

static void choice_rule_of_no_latent_is_empty(void **state)
{
    made m;
    plot_choice c;
    (void)state;
    made_network(&m, 2, two_inputs);
    compute_choice(&m, &c);
    assert_int_equal(c.n_influential, 0);
    assert_null(c.logit);
}

static void choice_rule_of_one_latent_is_a_curve(void **state)
{
    made m;
    plot_choice c;
    (void)state;
    made_network(&m, 2, two_inputs);
    m.choice[2] = 0.2;
    compute_choice(&m, &c);
    assert_int_equal(c.x, 2);
    assert_int_equal(c.y, -1);
    assert_true(c.state[0] == -2.1 && c.state[c.n - 1] == 2.1);
    assert_true(fabs(c.logit[0] - 2.1 / 2) < 1e-12);
    plot_choice_free(ctx, &c);
}

static void choice_rule_of_two_latents_has_the_most_open_one_across(void **state)
{
    made m;
    plot_choice c;
    (void)state;
    made_network(&m, 2, two_inputs);
    m.choice[0] = 0.3;
    m.choice[2] = 0.2;
    compute_choice(&m, &c);
    assert_int_equal(c.x, 2);
    assert_int_equal(c.y, 0);
    assert_true(fabs(c.logit[c.n - 1] - (-2 * 2.1 - 2.1 / 2)) < 1e-12); // first row: y = -2.1
    plot_choice_free(ctx, &c);
}

// ---- openness and order ------------------------------------------------------------------------

static void openness_counts_and_adds_up_each_group(void **state)
{
    made m;
    plot_openness g[PLOT_GROUPS_OPEN];
    int n;
    (void)state;
    made_network(&m, 2, two_inputs);
    m.latent[0] = 0.05;
    m.latent[1] = 0.2;
    m.latent[2] = 0.95;
    assert_true(fabs(plot_openness_count(&m.d, g, &n) - (1.2 + 3 * 0.9 + 15 * 0.9)) < 1e-12);
    assert_string_equal(g[0].group, "latent");
    assert_int_equal(g[0].open, 1);
    assert_int_equal(g[0].partial, 2);
    assert_int_equal(g[0].closed, 1);
    assert_true(fabs(g[0].total - 1.8) < 1e-12);
    assert_int_equal(g[2].n, 15);
    assert_int_equal(g[2].closed, 0); // 0.9 is not beyond 0.9
    assert_true(fabs(g[1].total + g[2].total - 18 * 0.1) < 1e-12);
}

static void equal_sigmas_keep_the_order_of_the_latents(void **state)
{
    static const double sigma[] = {0.3, 0.1, 0.3, 0.05};
    int order[4];
    (void)state;
    plot_sort(4, sigma, order);
    assert_int_equal(order[0], 3);
    assert_int_equal(order[1], 1);
    assert_int_equal(order[2], 0);
    assert_int_equal(order[3], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latent_that_reads_nothing_has_one_curve_for_all_trials),
        cmocka_unit_test(closed_observations_stay_at_zero),
        cmocka_unit_test(first_open_other_latent_gives_five_curves),
        cmocka_unit_test(choices_among_four_options_give_four_settings),
        cmocka_unit_test(too_many_settings_are_shown_one_observation_at_a_time),
        cmocka_unit_test(choice_rule_of_no_latent_is_empty),
        cmocka_unit_test(choice_rule_of_one_latent_is_a_curve),
        cmocka_unit_test(choice_rule_of_two_latents_has_the_most_open_one_across),
        cmocka_unit_test(openness_counts_and_adds_up_each_group),
        cmocka_unit_test(equal_sigmas_keep_the_order_of_the_latents),
    };
    return cmocka_run_group_tests_name("plot", tests, set_up, tear_down);
}
