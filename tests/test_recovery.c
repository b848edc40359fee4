// SPDX-License-Identifier: Apache-2.0
// test_recovery.c — the whole way on data with a known answer (spec disrnn.md 9.3): a Q-learner
// plays a drifting bandit, a disentangled RNN is fitted to half of its sessions, and what it learnt
// is compared with the Q-learner.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "discern/discern.h"
#include "plot/inspect.h"
#include "support/check.h"

enum { SESSIONS = 200, TRIALS = 200 };
static const double alpha = 0.3;

static dsc_context *ctx;
static dsc_pool *pool;
static char folder[64], data[128], run_folder[128];
static dsc_table *table;
static dsc_split split;
static dsc_run *run;
static dsc_evaluation *evaluation;

// the Q-learner's own score on the sessions that are held out
static double ceiling_of_heldout(void)
{
    const dsc_column *p1 = dsc_table_column(table, "p_1"),
                     *choice = dsc_table_column(table, "choice");
    double sum = 0, n = 0;
    for (int s = 0; s < table->n_sessions; s++)
        for (int t = 0; split.heldout[s] && t < table->session[s].n_trials; t++, n++) {
            size_t i = table->session[s].first + (size_t)t;
            sum += log(choice->value[i] == 1 ? p1->value[i] : 1 - p1->value[i]);
        }
    return exp(sum / n);
}

static void simulate_data(void)
{
    const dsc_model *m = model_called(ctx, "q_learning");
    const dsc_task *task = dsc_task_find("bandit");
    unsigned char config[DSC_MODEL_CONFIG_BYTES] __attribute__((aligned(16))),
        task_config[DSC_TASK_CONFIG_BYTES] __attribute__((aligned(16)));
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    dsc_layout layout = {0};
    double values[64];
    dsc_fields_default(m->fields, config);
    dsc_fields_default(task->fields, task_config);
    CHECK_OK(ctx, dsc_cell_begin(ctx, "q_learning", &b));
    m->build(m, b, config, &(dsc_model_size){.n_actions = 2, .n_inputs = 2, .inputs = m->inputs});
    CHECK_OK(ctx, dsc_cell_end(b, &cell));
    CHECK_OK(ctx, dsc_layout_create(ctx, cell, 1, 1, &layout));
    dsc_cell_initialise(cell, &layout, 0, values); // alpha 0.3, beta 3; the bandit drifts by 0.1
    dsc_simulation s = {.task = task,
                        .task_config = task_config,
                        .cell = cell,
                        .parameters = values,
                        .n_sessions = SESSIONS,
                        .n_trials = TRIALS,
                        .seed = 11};
    dsc_table *made = NULL;
    CHECK_OK(ctx, dsc_simulate(ctx, &s, pool, &made));
    CHECK_OK(ctx, dsc_table_write(ctx, made, data));
    dsc_table_destroy(ctx, &made);
    dsc_layout_free(ctx, &layout);
    dsc_cell_destroy(&cell);
}

static void set(dsc_fit_config *c, const char *key, const char *value)
{
    CHECK_OK(ctx, dsc_fit_config_set(ctx, c, key, value, "test"));
}

static void fit(void)
{
    static dsc_fit_config c;
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "disrnn", &c));
    set(&c, "data.path", data);
    set(&c, "model.latent_size", "2");
    set(&c, "phases.warmup.steps", "300");
    set(&c, "phases.main.steps", "500");
    set(&c, "phases.main.learning_rate", "0.004");
    set(&c, "seed", "2");
    CHECK_OK(ctx, dsc_fit(ctx, &(dsc_fit_request){.config = &c, .run = run_folder}));
    CHECK_OK(ctx, dsc_run_open(ctx, run_folder, NULL, &run));
    CHECK_OK(ctx, dsc_run_data(ctx, run, &table, &split));
    CHECK_OK(ctx, dsc_evaluate(ctx, run, table, &(dsc_evaluation_options){.split = &split}, pool,
                               &evaluation));
}

static int set_up(void **state)
{
    (void)state;
    if (dsc_context_create(NULL, &ctx) != DSC_OK || dsc_pool_create(ctx, 0, &pool) != DSC_OK)
        return -1;
    make_temporary_folder(folder);
    snprintf(data, sizeof data, "%s/q.csv", folder);
    snprintf(run_folder, sizeof run_folder, "%s/run", folder);
    simulate_data();
    fit();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dsc_evaluation_free(ctx, &evaluation);
    dsc_split_free(ctx, &split);
    dsc_table_destroy(ctx, &table);
    dsc_run_close(ctx, &run);
    dsc_pool_destroy(&pool);
    dsc_context_destroy(&ctx);
    remove_folder(folder);
    return 0;
}

static void heldout_likelihood_comes_within_0005_of_the_generating_model(void **state)
{
    (void)state;
    double ceiling = ceiling_of_heldout(), reached = 0;
    for (int i = 0; i < evaluation->n_scores; i++)
        if (strcmp(evaluation->score[i].part, "heldout") == 0)
            reached = evaluation->score[i].normalized_likelihood;
    print_message("held-out normalised likelihood: Q-learner %.4f, disRNN %.4f\n", ceiling,
                  reached);
    assert_true(ceiling > 0.58 && ceiling < 0.61); // spec 9.3: 0.591 +- sampling
    assert_true(reached > ceiling - 0.005 && reached < ceiling + 0.005);
}

// The value of an option moves by alpha of the way to its target when the option was chosen, and
// stays otherwise: as a curve over the latent, the update has slope -alpha for one choice and 0 for
// the other, and reward moves it up or down.
static void check_rule(const plot_update_rule *r)
{
    double slope[2] = {0}, level[2][2] = {{0}};
    const int last = r->n_points - 1, middle = r->n_curves / 2;
    assert_int_equal(r->n_settings, 4); // it reads choice and reward
    for (int s = 0; s < 4; s++) {
        const double *d = r->delta + (size_t)((s * r->n_curves + middle) * r->n_points);
        int choice = (int)r->setting[2 * s], reward = (int)r->setting[2 * s + 1];
        slope[choice] += (d[last] - d[0]) / (r->state[last] - r->state[0]) / 2;
        level[choice][reward] = (d[last] + d[0]) / 2;
    }
    int own = slope[0] < slope[1] ? 0 : 1;
    print_message("latent %d: slope %.3f when its option was chosen, %.3f when not; reward moves "
                  "it by %.3f\n",
                  r->latent + 1, slope[own], slope[1 - own], level[own][1] - level[own][0]);
    assert_true(fabs(slope[own] + alpha) < 0.1);
    assert_true(fabs(slope[1 - own]) < 0.1);
    assert_true(fabs(level[own][1] - level[own][0]) > 0.5);
}

static void update_curves_of_open_latents_show_the_q_update(void **state)
{
    (void)state;
    plot_disrnn d;
    plot_step step;
    int latents[2];
    CHECK_OK(ctx, plot_disrnn_read(ctx, run, &d));
    CHECK_OK(ctx, plot_step_open(ctx, run, 0, &step));
    assert_int_equal(plot_open_latents(&d, latents), 2);
    for (int i = 0; i < 2; i++) {
        plot_update_rule rule;
        CHECK_OK(ctx, plot_update_rule_compute(ctx, &d, &step, latents[i], 0, &rule));
        check_rule(&rule);
        plot_update_rule_free(ctx, &rule);
    }
    plot_step_close(ctx, &step);
    plot_disrnn_free(ctx, &d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heldout_likelihood_comes_within_0005_of_the_generating_model),
        cmocka_unit_test(update_curves_of_open_latents_show_the_q_update),
    };
    return cmocka_run_group_tests_name("recovery", tests, set_up, tear_down);
}
