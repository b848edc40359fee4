// SPDX-License-Identifier: Apache-2.0
// test_plot_seeds.c — what seeds agree on: the assignment is the best of all; a network whose
// latents were given other places is recognised as the same; others are not.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plot/fleet.h"
#include "support/check.h"
#include "support/program.h"
#include "train/internal.h"

static dsc_context *ctx;
static dsc_pool *pool;

static int enter(void **state)
{
    if (program_enter(state) != 0 || dsc_context_create(NULL, &ctx) != DSC_OK) return -1;
    program_expect(0, "discern simulate bandit -o t.csv sessions=6 trials=40 -q");
    program_expect(0, "discern fit disrnn --data t.csv -o fleet model.latent_size=2 replicas=3 "
                      "phases.warmup.steps=60 phases.main.steps=10 split.every=2 -q --no-figures");
    return dsc_pool_create(ctx, 1, &pool);
}

static int leave(void **state)
{
    dsc_pool_destroy(&pool);
    dsc_context_destroy(&ctx);
    return program_leave(state);
}

// ---- assignment ---------------------------------------------------------------------------------

// The smallest sum over all permutations of the columns from `row` on.
static double least(int n, const double *cost, int row, unsigned used)
{
    double best = INFINITY;
    if (row == n) return 0;
    for (int k = 0; k < n; k++)
        if (!(used & 1u << k))
            best = fmin(best, cost[row * n + k] + least(n, cost, row + 1, used | 1u << k));
    return best;
}

static void assignment_is_the_cheapest(void **state)
{
    (void)state;
    dsc_stream random = dsc_stream_start(3, DSC_FOR_TASK, 0, 0, 0);
    for (int i = 0; i < 60; i++) {
        const int n = 1 + i % 6;
        double cost[36], sum = 0;
        int column[6];
        unsigned used = 0;
        for (int k = 0; k < n * n; k++) cost[k] = floor(8 * dsc_stream_uniform(&random)) / 4;
        CHECK_OK(ctx, plot_assign(ctx, n, cost, column));
        for (int k = 0; k < n; k++) sum += cost[k * n + column[k]], used |= 1u << column[k];
        assert_int_equal(used, (1u << n) - 1);
        check_value("cost", sum, least(n, cost, 0, 0), 1e-12);
    }
}

// ---- the same network with its two latents in other places --------------------------------------

static double *values(const dsc_run *run, double *all, const char *name)
{
    const int i = dsc_cell_parameter_find(run->cell, name);
    if (i < 0) fail_msg("no parameter %s", name);
    return all + run->layout.offset[i];
}

static void swap(double *a, double *b, int n)
{
    for (int i = 0; i < n; i++) {
        const double x = a[i];
        a[i] = b[i], b[i] = x;
    }
}

// Two columns; two rows of `width` numbers.
static void swap_columns(double *x, int rows)
{
    for (int i = 0; i < rows; i++) swap(&x[2 * i], &x[2 * i + 1], 1);
}

static void swap_rows(double *x, int first, int width)
{
    swap(x + first * width, x + (first + 1) * width, width);
}

static void exchange_nets(const dsc_run *run, double *all)
{
    for (int i = 0; i < dsc_cell_parameter_count(run->cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(run->cell, i);
        char other[128];
        if (strncmp(p->name, "update_net.0.", 13) != 0) continue;
        snprintf(other, sizeof other, "update_net.1.%s", p->name + 13);
        swap(values(run, all, p->name), values(run, all, other), p->rows * p->cols);
        if (strcmp(p->name + 13, "input_weights") != 0) continue;
        swap_rows(values(run, all, p->name), 2, p->cols);
        swap_rows(values(run, all, other), 2, p->cols);
    }
}

static void exchange(const dsc_run *run, double *all)
{
    static const char *const pairs[] = {"latent_sigma_params", "choice_net_sigma_params",
                                        "choice_net_multipliers", "latent_inits"};
    static const char *const kinds[] = {"sigma_params", "multipliers"};
    int cols = 0;
    for (int i = 0; i < 4; i++) swap_columns(values(run, all, pairs[i]), 1);
    for (int i = 0; i < 2; i++) {
        char name[64];
        snprintf(name, sizeof name, "update_net_obs_%s", kinds[i]);
        swap_columns(values(run, all, name), 2);
        snprintf(name, sizeof name, "update_net_latent_%s", kinds[i]);
        swap_columns(values(run, all, name), 2);
        swap_rows(values(run, all, name), 0, 2);
    }
    exchange_nets(run, all);
    dsc_run_parameter(run, "choice_net.input_weights", NULL, &cols);
    swap_rows(values(run, all, "choice_net.input_weights"), 0, cols);
}

// Replica 1 becomes replica 0 with its latents exchanged; its score a little worse.
static void make_twin(void)
{
    dsc_run *run = NULL;
    fit_state state = {.step = 70, .best_step = 70};
    program_expect(0, "rm -rf twins && cp -r fleet twins && rm -rf twins/replica-1 && "
                      "cp -r twins/replica-0 twins/replica-1 && "
                      "sed -i 's/^seed: 0/seed: 1/' twins/replica-1/config.yaml");
    CHECK_OK(ctx, dsc_run_open(ctx, "twins/replica-1", NULL, &run));
    exchange(run, run->parameters);
    const checkpoint c = {.cell = run->cell,
                          .layout = &run->layout,
                          .model = run->model->name,
                          .config_hash = "0",
                          .facts = {run->n_actions, run->n_subjects, run->subjects, NULL},
                          .state = &state,
                          .parameters = run->parameters};
    CHECK_OK(ctx, checkpoint_write(ctx, "twins/replica-1/checkpoints/best.safetensors", &c));
    dsc_run_close(ctx, &run);
}

static void latents_in_other_places_are_matched(void **state)
{
    (void)state;
    plot_fleet f;
    plot_agreement a;
    make_twin();
    CHECK_OK(ctx, plot_fleet_open(ctx, "twins", &f));
    f.member[0].nll = 0.5, f.member[1].nll = 0.6, f.member[2].nll = 0.7;
    f.n_seeds = 2;
    CHECK_OK(ctx, plot_agreement_compute(ctx, &f, 0, pool, &a));
    f.n_seeds = 3;
    assert_int_equal(a.reference, 0);
    assert_int_equal(a.n, 2);
    for (int i = 0; i < 2; i++) {
        const plot_agreed *x = &a.latent[i];
        assert_int_equal(x->n_found, 2);
        assert_int_equal(x->match[1].latent, 1 - x->latent);
        check_value("r", x->match[1].r, 1, 1e-6);
        check_value("slope", x->match[1].slope, 1, 1e-5);
        check_value("spread", x->spread, 0, 1e-4);
        check_value("openness", x->openness.value, 1 - x->match[0].sigma, 1e-12);
    }
    plot_agreement_free(ctx, &a);
    plot_fleet_close(ctx, &f);
}

// Only a latent that is the same is turned into the reference's units, with the sign it has.
static void seeds_without_the_latent_have_no_curve(void **state)
{
    (void)state;
    plot_fleet f;
    plot_agreement a;
    CHECK_OK(ctx, plot_fleet_open(ctx, "fleet", &f));
    CHECK_OK(ctx, plot_agreement_compute(ctx, &f, 0, pool, &a));
    for (int i = 0; i < a.n; i++)
        for (int s = 0; s < 3; s++) {
            const plot_match *m = &a.latent[i].match[s];
            const double *delta = a.latent[i].delta + s * a.latent[i].n_points;
            assert_true(m->found == (fabs(m->r) > PLOT_FOUND && m->sigma < PLOT_OPEN));
            assert_true(m->found == !isnan(delta[0]));
            if (m->found) assert_true(m->slope * m->r > 0);
        }
    plot_agreement_free(ctx, &a);
    plot_fleet_close(ctx, &f);
}

static void curves_that_no_seed_has_leave_the_axes_finite(void **state)
{
    (void)state;
    plot_fleet f;
    plot_agreement a;
    CHECK_OK(ctx, plot_fleet_open(ctx, "fleet", &f));
    CHECK_OK(ctx, plot_agreement_compute(ctx, &f, 0, pool, &a));
    for (int i = 0; i < a.n; i++)
        for (int k = 0; k < a.latent[i].n_settings * 3 * a.latent[i].n_points; k++)
            a.latent[i].delta[k] = NAN;
    CHECK_OK(ctx, dsc_make_folder(ctx, "empty"));
    CHECK_OK(ctx, plot_seeds_draw(ctx, &f, &a, "empty"));
    program_expect(0, "grep -q yrange empty/seeds.gp && ! grep -iq inf empty/seeds.*");
    plot_agreement_free(ctx, &a);
    plot_fleet_close(ctx, &f);
}

// ---- show and plot ------------------------------------------------------------------------------

static void seeds_are_shown_together(void **state)
{
    (void)state;
    make_twin();
    program_result r = program_expect(0, "discern show twins");
    assert_holds(r.out, "3 seeds; NLL per trial");
    assert_holds(r.out, "What 3 seeds agree on. Latents are those of twins/replica-");
    assert_holds(r.out, "Open latents: ");
    assert_holds(r.out, " of 3 seeds; openness ");
    r = program_expect(0, "discern show twins --json");
    assert_holds(r.out, "\"agreement\": {\"reference\": \"twins/replica-");
    program_expect(0, "discern plot twins -o figs -q");
    assert_true(program_has("figs/seeds.csv") && !program_has("figs/penalty_path.csv"));
    assert_holds(program_expect(0, "head -1 figs/seeds.csv").out,
                 "latent,setting,title,state,n_seeds");
    program_expect(0, "discern fit gru --data t.csv -o grus replicas=2 phases.main.steps=3 -q "
                      "--no-figures");
    r = program_expect(0, "discern show grus");
    assert_holds(r.out, "2 seeds; NLL per trial");
    assert_null(strstr(r.out, "agree on"));
    assert_holds(program_expect(1, "discern plot grus -q").err, "nothing to draw together");
    assert_holds(program_expect(1, "discern plot twins penalty_path -o none").err,
                 "the figure \"penalty_path\" needs a path of penalties (penalties=0.3,1,3), which "
                 "twins does not hold; without a name all that can be are drawn");
    assert_holds(
        program_expect(1, "discern plot grus seeds -o none").err,
        "the figure \"seeds\" needs several seeds of a disentangled RNN with open latents");
    assert_false(program_has("none"));
    program_expect(0, "rm grus/replica-1/summary.json");
    assert_holds(program_expect(1, "discern show grus").err, "grus/replica-1 has no scores yet");
}

// What holds for one of them would be ignored.
static void options_of_one_run_are_refused(void **state)
{
    static const char *const cases[][2] = {
        {"plot fleet --checkpoint last -o none", "--checkpoint is for one run, and fleet holds"},
        {"plot fleet seeds task.sigma=1 -o none", "task.sigma=1 is for one run, and fleet holds"},
        {"show fleet --checkpoint last", "give one of them, e.g. fleet/replica-0"},
        {"show fleet --threads 5000", "--threads 5000 is more than the 4096"},
        {"plot fleet --threads 5000 -o none", "--threads 5000 is more than the 4096"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_holds(program_expect(1, "discern %s", cases[i][0]).err, cases[i][1]);
    assert_false(program_has("none"));
}

// The standard error of one resampled fit is what such fits differ by, not that over root n.
static void resampled_sessions_widen_openness_alone(void **state)
{
    (void)state;
    plot_fleet f;
    const double x[] = {1, 2, 6}, t = 4.302652729696142, sd = sqrt(7);
    CHECK_OK(ctx, plot_fleet_open(ctx, "fleet", &f));
    dsc_interval of = plot_fleet_interval(&f, x);
    check_value("mean", of.value, 3, 1e-12);
    check_value("over seeds", of.high, 3 + t * sd / sqrt(3), 1e-9);
    strcpy(f.config->batch_mode, "bootstrap");
    of = plot_fleet_interval(&f, x);
    check_value("mean", of.value, 3, 1e-12);
    check_value("low", of.low, 3 - t * sd, 1e-9);
    check_value("high", of.high, 3 + t * sd, 1e-9);
    plot_fleet_close(ctx, &f);
    program_expect(0, "discern fit disrnn --data t.csv -o drawn model.latent_size=2 replicas=2 -q "
                      "batch.mode=bootstrap phases.warmup.steps=2 phases.main.steps=2 "
                      "split.every=2 --no-figures");
    assert_holds(program_expect(0, "discern show drawn").out,
                 "trained on sessions drawn anew: intervals of openness");
    assert_null(strstr(program_expect(0, "discern show fleet").out, "drawn anew"));
}

static dsc_status compute_agreement(dsc_context *own, void *user)
{
    dsc_text text = {0};
    const dsc_status status = dsc_fleet_show(own, user, true, pool, &text);
    dsc_text_free(own, &text);
    return status;
}

static void no_allocation_failure_leaks_or_crashes(void **state)
{
    (void)state;
    char fleet[] = "fleet";
    assert_true(check_every_allocation_failure(compute_agreement, fleet) > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assignment_is_the_cheapest),
        cmocka_unit_test(latents_in_other_places_are_matched),
        cmocka_unit_test(seeds_without_the_latent_have_no_curve),
        cmocka_unit_test(curves_that_no_seed_has_leave_the_axes_finite),
        cmocka_unit_test(seeds_are_shown_together),
        cmocka_unit_test(options_of_one_run_are_refused),
        cmocka_unit_test(resampled_sessions_widen_openness_alone),
        cmocka_unit_test(no_allocation_failure_leaks_or_crashes),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
