// SPDX-License-Identifier: Apache-2.0
// test_plot_people.c — figures of classical models on people's data, against small cases worked out
// by hand: parameters, trajectories, staying, learning.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot/predictions.h"
#include "support/check.h"
#include "support/disrnn_run.h"

static dsc_context *ctx;
static dsc_pool *pool;
static char folder[64];

static int set_up(void **state)
{
    (void)state;
    make_temporary_folder(folder);
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return -1;
    return dsc_pool_create(ctx, 1, &pool);
}

static int tear_down(void **state)
{
    (void)state;
    dsc_pool_destroy(&pool);
    dsc_context_destroy(&ctx);
    remove_folder(folder);
    return 0;
}

static void write_text(const char *name, const char *text)
{
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, name), text, strlen(text)));
}

// A run of Q-learning in the test's folder, on the table given.
static dsc_run *make_run(dsc_context *c, const char *table)
{
    static const char *const inputs[] = {"choice", "reward"};
    dsc_run *run = NULL;
    if (made_run(c, "q_learning", 2, 2, inputs, NULL, &run) != DSC_OK) return NULL;
    write_text("trials.csv", table);
    snprintf(run->config.data, sizeof run->config.data, "%s", path_in(folder, "trials.csv"));
    dsc_free(c, &run->path);
    if (dsc_strdup(c, folder, &run->path) != DSC_OK) made_run_free(c, &run);
    return run;
}

static dsc_status draw(dsc_context *c, const dsc_run *run, const char *name, dsc_plot_options o)
{
    o.n = 1;
    o.names = &name;
    o.formats = "";
    o.pool = pool;
    return dsc_plot(c, run, &o, folder);
}

// ---- parameters ---------------------------------------------------------------------------------

static const char four_subjects[] = "subject,session,choice,reward,diag,age,site\n"
                                    "a,1,0,1,ill,30,x\na,1,1,0,ill,30,y\n"
                                    "b,2,0,1,well,31,x\nb,2,1,0,well,31,x\n"
                                    "\"c, d\",3,0,1,ill,32,x\n\"c, d\",3,1,0,ill,32,x\n"
                                    "e,4,0,1,,33,x\ne,4,1,0,,33,x\n";

#define HEADING                                                                              \
    "subject,session,n_trials,nll,log_prior,log_evidence,nll_per_trial,alpha,beta,se_alpha," \
    "se_beta,corr_alpha_beta,on_bound,flags,restarts,restarts_at_best,restarts_flat,rounds\n"
static const char four_fits[] = HEADING "a,,2,1,0,,0.5,0.5,2,0.125,1,0,,,2,2,0,9\n"
                                        "b,,2,1,0,,0.5,0,4,,,,alpha=low,bound,2,2,0,9\n"
                                        "\"c, d\",,2,1,0,,0.5,0.25,3,0.125,0.5,0,,,2,2,0,9\n"
                                        "e,,2,1,0,,0.5,1,8,,,,alpha=high,bound,2,1,0,9\n";

static void estimates_are_listed_in_ascending_order_with_errors_bounds_and_median(void **state)
{
    (void)state;
    dsc_run *run = make_run(ctx, four_subjects);
    write_text("fit.csv", four_fits);
    CHECK_OK(ctx, draw(ctx, run, "parameters", (dsc_plot_options){0}));
    check_text_in(ctx, folder, "parameters.csv",
                  "panel,group_number\n"
                  "alpha,,b,,0,NaN,NaN,NaN,-1,1,0.375,0,0\n"
                  "alpha,,\"c, d\",,0.25,0.125,0.125,0.375,0,2,0.375,0,0\n"
                  "alpha,,a,,0.5,0.125,0.375,0.625,0,3,0.375,0,0\n"
                  "alpha,,e,,1,NaN,NaN,NaN,1,4,0.375,0,0\n"
                  "beta,,a,,2,1,1,3,0,1,3.5,1,0\n");
    check_text_in(ctx, folder, "parameters.gp", "'4 subjects, in ascending order'");
    made_run_free(ctx, &run);
}

static void groups_have_medians_and_counts_of_their_own(void **state)
{
    (void)state;
    dsc_run *run = make_run(ctx, four_subjects);
    write_text("fit.csv", four_fits);
    CHECK_OK(ctx, draw(ctx, run, "parameters", (dsc_plot_options){.group = "diag"}));
    check_text_in(ctx, folder, "parameters.csv",
                  "alpha,ill,\"c, d\",,0.25,0.125,0.125,0.375,0,1,0.375,0,0\n"
                  "alpha,ill,a,,0.5,0.125,0.375,0.625,0,2,0.375,0,0\n"
                  "alpha,well,b,,0,NaN,NaN,NaN,-1,3.2,0,0,1\n"
                  "alpha,none,e,,1,NaN,NaN,NaN,1,4.4,1,0,2\n");
    check_text_in(ctx, folder, "parameters.gp", "'ill'.\"\\n\".'n = 2'");
    check_text_in(ctx, folder, "parameters.gp", "'well'.\"\\n\".'n = 1'");
    made_run_free(ctx, &run);
}

static void group_column_that_cannot_group_is_refused_with_those_that_could(void **state)
{
    (void)state;
    dsc_run *run = make_run(ctx, four_subjects);
    write_text("fit.csv", four_fits);
    CHECK_FAILS(ctx, DSC_INPUT,
                "has no column \"diagnosis\" to group subjects by; these could: diag, age",
                draw(ctx, run, "parameters", (dsc_plot_options){.group = "diagnosis"}));
    CHECK_FAILS(ctx, DSC_INPUT, "\"site\" changes within subject \"a\"",
                draw(ctx, run, "parameters", (dsc_plot_options){.group = "site"}));
    made_run_free(ctx, &run);
}

static void run_without_estimates_says_what_to_do(void **state)
{
    (void)state;
    dsc_run *run = make_run(ctx, four_subjects);
    CHECK_FAILS(ctx, DSC_INPUT, "Fit again with fit.method=mle",
                draw(ctx, run, "parameters", (dsc_plot_options){0}));
    write_text("fit.csv", "subject,session,n_trials\n");
    CHECK_FAILS(ctx, DSC_INPUT, "does not hold the parameters of the model \"q_learning\"",
                draw(ctx, run, "parameters", (dsc_plot_options){0}));
    write_text("fit.csv", HEADING);
    CHECK_FAILS(ctx, DSC_INPUT, "has no rows", draw(ctx, run, "parameters", (dsc_plot_options){0}));
    write_text("fit.csv", HEADING "a,,2,1\n");
    CHECK_FAILS(ctx, DSC_INPUT, "line 2 has 4 cells, not 18",
                draw(ctx, run, "parameters", (dsc_plot_options){0}));
    made_run_free(ctx, &run);
}

static void intervals_are_those_of_students_t(void **state)
{
    const double x[] = {1, NAN, 2, 3, 4, 5};
    int n;
    (void)state;
    dsc_interval a = plot_average(6, x, &n); // sd sqrt(2.5), t(4) = 2.776445
    assert_int_equal(n, 5);
    assert_true(a.value == 3 && fabs(a.high - 3 - 2.776445 * sqrt(0.5)) < 2e-2);
    assert_true(fabs(a.low + a.high - 6) < 1e-12);
    a = plot_average(3, x, &n); // 1 and 2: t(1) = 12.7062, standard error 0.5
    assert_true(fabs(a.high - 1.5 - 6.3531) < 1e-4);
    a = plot_average(2, x, &n);
    assert_true(a.value == 1 && isnan(a.low) && isnan(a.high));
}

// ---- series -------------------------------------------------------------------------------------

static const char two_subjects[] = "subject,session,choice,reward\n"
                                   "a,1,0,1\na,1,0,0\na,1,1,1\na,1,1,1\na,1,0,0\n"
                                   "b,2,1,1\nb,2,1,1\nb,2,0,0\nb,2,0,1\n";

// Values are the last outcomes of their options (0.5 before the first), and a difference of 0.5 is
// worth odds of 3 to 1.
static dsc_run *make_learner(const char *table)
{
    dsc_run *run = make_run(ctx, table);
    made_parameter(run, "alpha")[0] = 1;
    made_parameter(run, "beta")[0] = 2 * log(3);
    return run;
}

static void check_numbers(int n, const double *found, const double *wanted)
{
    for (int i = 0; i < n; i++)
        if (isnan(wanted[i]) ? !isnan(found[i]) : !(fabs(found[i] - wanted[i]) < 1e-6))
            fail_msg("number %d is %.9g, not %.9g", i, found[i], wanted[i]);
}

static void staying_is_counted_by_what_the_last_trials_paid(void **state)
{
    // Histories 0 1 00 01 10 11, of subject a and of subject b.
    static const double data[] = {0, 2.0 / 3, NAN, 1, 0, 0, 1, 0.5, NAN, NAN, 1, 0};
    static const double model[] = {0.25, 0.85, NAN, 0.9, 0.25, 0.9, 0.1, 0.75, NAN, NAN, 0.1, 0.75};
    double stay[2 * PLOT_HISTORIES];
    plot_people q;
    (void)state;
    dsc_run *run = make_learner(two_subjects);
    CHECK_OK(ctx, plot_people_read(ctx, run, &(dsc_plot_options){.pool = pool}, &q));
    assert_int_equal(q.n, 2);
    CHECK_OK(ctx, plot_stay_compute(ctx, &q.series[PLOT_DATA], stay));
    check_numbers(12, stay, data);
    CHECK_OK(ctx, plot_stay_compute(ctx, &q.series[PLOT_MODEL], stay));
    check_numbers(12, stay, model);
    plot_people_free(ctx, &q);
    CHECK_OK(ctx, draw(ctx, run, "stay", (dsc_plot_options){0}));
    check_text_in(ctx, folder, "stay.csv",
                  "lag,history,series,n,stay,low,high,x,series_number\n1,0,data,2,0.5,");
    check_text_in(ctx, folder, "stay.csv",
                  "\n2,00,data,0,NaN,NaN,NaN,0,0\n2,01,data,1,1,NaN,NaN,1,0\n");
    check_text_in(ctx, folder, "stay.csv", "\n2,11,data,2,0,0,0,3,0\n1,0,model,2,");
    check_text_in(ctx, folder, "stay.gp", "'All sessions; +: paid'");
    made_run_free(ctx, &run);
}

static void held_out_sessions_alone_are_checked_if_there_are_any(void **state)
{
    (void)state;
    dsc_run *run = make_learner(two_subjects);
    run->config.split_every = 2;
    run->config.split_offset = 1; // subject b
    CHECK_OK(ctx, draw(ctx, run, "stay", (dsc_plot_options){0}));
    check_text_in(ctx, folder, "stay.csv",
                  "1,0,data,1,1,NaN,NaN,0,0\n1,1,data,1,0.5,NaN,NaN,1,0\n");
    check_text_in(ctx, folder, "stay.gp", "'Held-out sessions; +: paid'");
    made_run_free(ctx, &run);
}

static void continuous_outcomes_pay_above_the_median_of_their_session(void **state)
{
    static const char table[] =
        "session,choice,reward\n1,0,1\n1,0,5\n1,1,3\n2,1,7\n2,1,9\n2,0,NA\n";
    double threshold[2];
    bool continuous;
    (void)state;
    dsc_run *run = make_learner(table);
    dsc_table *t = NULL;
    CHECK_OK(ctx, dsc_run_data(ctx, run, &t, NULL));
    const dsc_column *reward = dsc_table_column(t, "reward");
    CHECK_OK(ctx, plot_paid_thresholds(ctx, t, reward, threshold, &continuous));
    assert_true(continuous && threshold[0] == 3 && threshold[1] == 8);
    dsc_table_destroy(ctx, &t);
    made_run_free(ctx, &run);
}

static void learning_follows_the_option_that_paid_better_in_the_block(void **state)
{
    static const double data[] = {0, 0, 1, 1, 1, 1, 0, 0};
    static const double model[] = {0.5, 0.25, 0.75, 0.9, 0.5, 0.75, 0.75, 0.9};
    plot_people q;
    (void)state;
    dsc_run *run = make_learner(two_subjects);
    plot_learning_curves l = {.n_bins = 0};
    CHECK_OK(ctx, plot_people_read(ctx, run, &(dsc_plot_options){.pool = pool}, &q));
    CHECK_OK(ctx, plot_learning_compute(ctx, &q.series[PLOT_DATA], &l));
    assert_true(l.n_bins == 4 && l.width == 1); // sessions of 5 and 4 trials: the median
    check_numbers(8, l.better, data);
    dsc_free(ctx, &l.better);
    CHECK_OK(ctx, plot_learning_compute(ctx, &q.series[PLOT_MODEL], &l));
    check_numbers(8, l.better, model);
    dsc_free(ctx, &l.better);
    plot_people_free(ctx, &q);
    CHECK_OK(ctx, draw(ctx, run, "learning", (dsc_plot_options){0}));
    check_text_in(ctx, folder, "learning.csv",
                  "trial,series,n,better,low,high,series_number\n1,data,2,0.5,");
    check_text_in(ctx, folder, "learning.gp", "'Trial of the session'");
    made_run_free(ctx, &run);
}

static void blocks_whose_options_paid_alike_tell_nothing(void **state)
{
    static const char table[] = "session,block,choice,reward\n"
                                "1,1,0,1\n1,1,1,0\n1,2,0,1\n1,2,1,1\n1,3,0,0\n1,3,0,1\n";
    static const char alike[] = "session,block,choice,reward\n1,1,0,1\n1,1,1,1\n1,2,0,1\n1,2,0,0\n";
    (void)state;
    dsc_run *run = make_learner(table);
    CHECK_OK(ctx, draw(ctx, run, "learning", (dsc_plot_options){0}));
    check_text_in(ctx, folder, "learning.csv",
                  "number\n1,data,1,1,NaN,NaN,0\n2,data,1,0,NaN,NaN,0\n1,model,");
    check_text_in(ctx, folder, "learning.gp", "'Trial of the block'");
    made_run_free(ctx, &run);
    run = make_learner(alike);
    CHECK_FAILS(ctx, DSC_INPUT, "in no block of ",
                draw(ctx, run, "learning", (dsc_plot_options){0}));
    made_run_free(ctx, &run);
}

static dsc_plot_options in_task(const char *name, unsigned char *config)
{
    const dsc_task *task = dsc_task_find(name);
    dsc_fields_default(task->fields, config);
    return (dsc_plot_options){.task = task, .task_config = config, .seed = 3};
}

static void the_run_plays_in_a_task_beside_the_data(void **state)
{
    _Alignas(16) unsigned char config[DSC_TASK_CONFIG_BYTES];
    (void)state;
    dsc_run *run = make_learner(two_subjects);
    CHECK_OK(ctx, draw(ctx, run, "learning", in_task("bandit", config)));
    check_text_in(ctx, folder, "learning.csv", "\n4,model,2,");
    check_text_in(ctx, folder, "learning.csv", "\n1,simulated,");
    check_text_in(ctx, folder, "learning.gp", "'simulated' at screen");
    CHECK_FAILS(ctx, DSC_INPUT, "chooses between 2 options, but the task \"iowa\" has 4",
                draw(ctx, run, "stay", in_task("iowa", config)));
    made_run_free(ctx, &run);
}

// How often a session of a simulation goes on with the choice before.
static int repeats(const dsc_table *t, int session)
{
    const double *choice = dsc_table_column(t, "choice")->value + t->session[session].first;
    int n = 0;
    for (int k = 1; k < t->session[session].n_trials; k++) n += choice[k] == choice[k - 1];
    return n;
}

static void sessions_that_were_fitted_one_by_one_play_with_their_own_parameters(void **state)
{
    static const char *const settings[] = {"subjects", "3", "level", "subject", NULL};
    static const char *const inputs[] = {"choice"};
    char *labels[] = {"a / 1", "a / 2", "b / 1"};
    _Alignas(16) unsigned char config[DSC_TASK_CONFIG_BYTES];
    dsc_plot_options o = in_task("bandit", config);
    dsc_run *run;
    dsc_table *like, *played;
    (void)state;
    o.pool = pool;
    write_text("trials.csv", "subject,session,choice\na,1,0\na,1,0\na,1,0\na,2,0\na,2,1\na,2,0\n"
                             "b,1,1\nb,1,1\nb,1,1\n");
    CHECK_OK(ctx,
             dsc_table_read(ctx, path_in(folder, "trials.csv"), &(dsc_read_options){0}, &like));
    CHECK_OK(ctx, made_run(ctx, "perseveration", 2, 1, inputs, settings, &run));
    snprintf(run->config.fit.group, sizeof run->config.fit.group, "session");
    run->subjects = labels;
    for (int k = 0; k < 3; k++) made_parameter(run, "kappa")[k] = k == 1 ? -100 : 100;
    CHECK_OK(ctx, plot_play(ctx, run, &o, like, &played));
    for (int s = 0; s < 3; s++)
        assert_int_equal(repeats(played, s), s == 1 ? 0 : played->session[s].n_trials - 1);
    assert_int_equal(played->n_subjects, 2);
    assert_string_equal(played->subject[played->session[1].subject], "a");
    assert_string_equal(played->subject[played->session[2].subject], "b");
    dsc_table_destroy(ctx, &played);
    dsc_table_destroy(ctx, &like);
    made_run_free(ctx, &run);
}

static void simulated_choices_may_come_from_a_table(void **state)
{
    (void)state;
    dsc_run *run = make_learner(two_subjects);
    write_text("played.csv", "subject,session,choice,reward\na,1,0,1\na,1,0,1\nb,2,1,0\nb,2,1,0\n");
    CHECK_OK(ctx,
             draw(ctx, run, "stay", (dsc_plot_options){.against = path_in(folder, "played.csv")}));
    check_text_in(ctx, folder, "stay.csv",
                  "1,0,simulated,1,1,NaN,NaN,0,2\n1,1,simulated,1,1,NaN,NaN,1,2\n");
    CHECK_FAILS(ctx, DSC_INPUT, "none.csv",
                draw(ctx, run, "stay", (dsc_plot_options){.against = path_in(folder, "none.csv")}));
    made_run_free(ctx, &run);
}

// ---- checks -------------------------------------------------------------------------------------

// A measure of the choices of a table, one subject or session a line.
static void measure(const char *table, int m, const plot_series *own, double *value)
{
    plot_people q;
    dsc_run *run = make_learner(table);
    run->config.split_every = 0;
    CHECK_OK(ctx, plot_people_read(ctx, run, &(dsc_plot_options){.pool = pool}, &q));
    const plot_series *s = &q.series[PLOT_DATA];
    CHECK_OK(ctx, plot_measures[m].compute(ctx, own ? own : s, s, value));
    plot_people_free(ctx, &q);
    made_run_free(ctx, &run);
}

static void runs_count_to_the_end_of_the_session(void **state)
{
    static const double wanted[] = {1, 0.5, 0, 0};
    double found[PLOT_RUNS];
    (void)state;
    measure("session,choice,reward\n1,0,0\n1,0,0\n1,1,0\n1,1,0\n1,1,0\n1,0,0\n", 2, NULL, found);
    check_numbers(4, found, wanted);
}

// Those whose runs all ended before count with 0, or the mean would be of the others alone.
static void subjects_without_long_runs_stay_in_the_mean(void **state)
{
    double found[4 * PLOT_RUNS], mean;
    dsc_text t = {0};
    (void)state;
    dsc_text_add(ctx, &t, "subject,session,choice,reward\n");
    for (int i = 0; i < 160; i++)
        dsc_text_add(ctx, &t, "%d,1,%d,0\n", i / 40, i / (i < 120 ? 2 : 20) % 2);
    measure(t.s, 2, NULL, found);
    for (int n = 1; n <= PLOT_RUNS; n++) {
        mean = 0;
        for (int u = 0; u < 4; u++) mean += found[u * PLOT_RUNS + n - 1] / 4;
        assert_true(fabs(mean - (n == 1 ? 1 : 0.25)) < 1e-12);
    }
    dsc_text_free(ctx, &t);
}

static void missing_choices_end_runs(void **state)
{
    double found[PLOT_RUNS];
    (void)state;
    measure("session,choice,reward\n1,0,0\n1,NA,0\n1,0,0\n1,0,0\n", 2, NULL, found);
    check_numbers(2, found, (double[]){1, NAN});
}

static void reversals_are_jumps_of_what_pays_better(void **state)
{
    double found[PLOT_BEFORE + PLOT_AFTER];
    (void)state;
    measure("session,choice,reward,outcome_probability\n"
            "1,0,0,0.45\n1,1,0,0.55\n1,1,0,0.8\n1,1,0,0.8\n1,1,0,0.2\n1,0,0,0.2\n1,0,0,0.2\n",
            3, NULL, found);
    check_numbers(5, found, (double[]){NAN, 1, 0, 0, 0}); // five trials before trial 4
    check_numbers(4, found + PLOT_BEFORE, (double[]){0, 1, 1, NAN});
    measure("session,choice,reward,reward_probability_0,reward_probability_1\n"
            "1,0,0,0.1,0.5\n1,0,0,0.5,0.1\n1,1,0,0.5,0.4\n1,1,0,0.4,0.5\n",
            3, NULL, found);
    check_numbers(4, found + PLOT_BEFORE - 1, (double[]){1, 1, 0, 0});
}

// Rewarded choices are repeated, others are not: the last outcome has all the weight.
static void weights_of_history_find_what_drives_choice(void **state)
{
    double found[2 * PLOT_LAGS], ten[2 * PLOT_LAGS];
    dsc_text t = {0}, big = {0};
    int choice = 0, reward = 1;
    (void)state;
    dsc_text_add(ctx, &t, "session,choice,reward\n");
    dsc_text_add(ctx, &big, "session,choice,reward\n");
    for (int i = 0; i < 300; i++) {
        choice = i % 7 == 6 ? !choice : reward ? choice : !choice;
        reward = (i * i / 3 + i / 5) % 2;
        dsc_text_add(ctx, &t, "1,%d,%d\n", choice, reward);
        dsc_text_add(ctx, &big, "1,%d,%d\n", choice, 10 * reward);
    }
    measure(t.s, 1, NULL, found);
    assert_true(found[0] > 2);
    for (int k = 1; k < PLOT_LAGS; k++) assert_true(fabs(found[k]) < found[0] / 3);
    assert_true(found[PLOT_LAGS] < -1); // without an outcome the other option is next
    measure(big.s, 1, NULL, ten);
    check_numbers(2 * PLOT_LAGS, ten, found); // whatever outcomes are counted in
    dsc_text_free(ctx, &t);
    dsc_text_free(ctx, &big);
}

static void distance_is_that_of_means_with_an_interval_over_units(void **state)
{
    double a[40], b[40];
    plot_distance d;
    (void)state;
    for (int i = 0; i < 40; i++) a[i] = (i * 7 % 20) / 20.0, b[i] = a[i] + (i % 2 ? 3 : 4);
    const plot_units x = {20, a}, y = {20, b}, one = {1, b};
    CHECK_OK(ctx, plot_distance_compute(ctx, 2, &x, &y, true, 1, &d));
    assert_true(fabs(d.distance.value - sqrt(12.5)) < 1e-12);
    assert_true(fabs(d.distance.high - d.distance.low) < 1e-9 && d.chance < 1e-9); // all alike
    CHECK_OK(ctx, plot_distance_compute(ctx, 2, &x, &y, false, 1, &d));
    assert_true(d.distance.low < sqrt(12.5) && d.distance.high > sqrt(12.5));
    assert_true(d.distance.high - d.distance.low > 0.1 && d.chance > 0.05 && d.chance < 1);
    CHECK_OK(ctx, plot_distance_compute(ctx, 2, &x, &x, false, 1, &d));
    assert_true(d.distance.value == 0 && d.distance.low == 0 && d.chance > 0);
    CHECK_OK(ctx, plot_distance_compute(ctx, 2, &x, &one, false, 1, &d));
    assert_true(isnan(d.distance.low) && isnan(d.chance));
}

// Data 0 and 1, a model that is right where it says something: no distance.
static void pairs_count_in_the_components_that_both_have(void **state)
{
    const double data[] = {0.5, 0, 0.5, 1}, model[] = {0.5, NAN, 0.5, 1};
    const plot_units x = {2, model}, y = {2, data};
    plot_distance d;
    (void)state;
    CHECK_OK(ctx, plot_distance_compute(ctx, 2, &x, &y, true, 1, &d));
    assert_true(d.distance.value == 0 && d.distance.high == 0);
    CHECK_OK(ctx, plot_distance_compute(ctx, 2, &x, &y, false, 1, &d));
    assert_true(fabs(d.distance.value - sqrt(0.125)) < 1e-12);
}

static void checks_compare_data_model_and_simulation(void **state)
{
    _Alignas(16) unsigned char config[DSC_TASK_CONFIG_BYTES];
    (void)state;
    dsc_run *run = make_learner(two_subjects);
    CHECK_OK(ctx, draw(ctx, run, "checks", in_task("reversal", config)));
    check_text_in(ctx, folder, "checks.csv",
                  "panel,measure,series,series_number,x,n,value,low,high,chance\n"
                  "0,stay,data,0,0,2,0.5,");
    check_text_in(ctx, folder, "checks.csv", "\n5,stay,model,1,0,2,");
    check_text_in(ctx, folder, "checks.csv", "\n5,run_lengths,simulated,2,2,2,");
    check_text_in(ctx, folder, "checks.gp", "'Runs of the same choice'");
    made_run_free(ctx, &run);
}

// ---- trajectories -------------------------------------------------------------------------------

static void trajectories_hold_every_named_quantity_of_a_session(void **state)
{
    double row[8];
    char *text = NULL;
    size_t n;
    (void)state;
    dsc_run *run = make_learner(two_subjects);
    CHECK_OK(ctx, draw(ctx, run, "trajectories", (dsc_plot_options){0}));
    CHECK_OK(ctx, dsc_read_file(ctx, path_in(folder, "trajectories.csv"), &text, &n));
    check_contains(text, "trial,choice,reward,p_0,p_1,prediction_error,value_0,value_1\n");
    const char *third = strstr(text, "\n3,"); // of subject a, whose session is longer
    assert_non_null(third);
    assert_int_equal(sscanf(third, "%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &row[0], &row[1], &row[2],
                            &row[3], &row[4], &row[5], &row[6], &row[7]),
                     8);
    check_numbers(8, row, (const double[]){3, 1, 1, 0.25, 0.75, 0.5, 0, 0.5});
    dsc_free(ctx, &text);
    check_text_in(ctx, folder, "trajectories.gp", "'Training session 1 of subject a'");
    made_run_free(ctx, &run);
}

static void session_is_chosen_by_labels_and_a_wrong_one_is_refused(void **state)
{
    (void)state;
    dsc_run *run = make_learner(two_subjects);
    CHECK_OK(ctx, draw(ctx, run, "trajectories", (dsc_plot_options){.session = "2"}));
    check_text_in(ctx, folder, "trajectories.gp", "'Training session 2 of subject b'");
    CHECK_OK(ctx, draw(ctx, run, "trajectories", (dsc_plot_options){.subject = "a"}));
    check_text_in(ctx, folder, "trajectories.gp", "'Training session 1 of subject a'");
    CHECK_FAILS(ctx, DSC_INPUT, "has no session called 1 of subject b; it has 2 sessions",
                draw(ctx, run, "trajectories", (dsc_plot_options){.subject = "b", .session = "1"}));
    made_run_free(ctx, &run);
}

// ---- memory -------------------------------------------------------------------------------------

static dsc_status figures_body(dsc_context *c, void *user)
{
    _Alignas(16) unsigned char config[DSC_TASK_CONFIG_BYTES];
    dsc_run *run = user;
    dsc_pool *one = NULL;
    static const char *const names[] = {"parameters", "trajectories", "stay", "checks", "learning"};
    dsc_plot_options o = in_task("bandit", config);
    o.n = 5, o.names = names, o.formats = "", o.group = "diag";
    dsc_status status = dsc_pool_create(c, 1, &one);
    o.pool = one;
    if (status == DSC_OK) status = dsc_plot(c, run, &o, folder);
    dsc_pool_destroy(&one);
    return status;
}

static void every_failing_allocation_is_reported_and_leaks_nothing(void **state)
{
    (void)state;
    dsc_run *run = make_run(ctx, four_subjects);
    write_text("fit.csv", four_fits);
    assert_true(check_every_allocation_failure(figures_body, run) > 100);
    made_run_free(ctx, &run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(estimates_are_listed_in_ascending_order_with_errors_bounds_and_median),
        TEST(groups_have_medians_and_counts_of_their_own),
        TEST(group_column_that_cannot_group_is_refused_with_those_that_could),
        TEST(run_without_estimates_says_what_to_do),
        TEST(intervals_are_those_of_students_t),
        TEST(staying_is_counted_by_what_the_last_trials_paid),
        TEST(held_out_sessions_alone_are_checked_if_there_are_any),
        TEST(continuous_outcomes_pay_above_the_median_of_their_session),
        TEST(learning_follows_the_option_that_paid_better_in_the_block),
        TEST(blocks_whose_options_paid_alike_tell_nothing),
        TEST(the_run_plays_in_a_task_beside_the_data),
        TEST(sessions_that_were_fitted_one_by_one_play_with_their_own_parameters),
        TEST(simulated_choices_may_come_from_a_table),
        TEST(runs_count_to_the_end_of_the_session),
        TEST(subjects_without_long_runs_stay_in_the_mean),
        TEST(missing_choices_end_runs),
        TEST(reversals_are_jumps_of_what_pays_better),
        TEST(weights_of_history_find_what_drives_choice),
        TEST(distance_is_that_of_means_with_an_interval_over_units),
        TEST(pairs_count_in_the_components_that_both_have),
        TEST(checks_compare_data_model_and_simulation),
        TEST(trajectories_hold_every_named_quantity_of_a_session),
        TEST(session_is_chosen_by_labels_and_a_wrong_one_is_refused),
        TEST(every_failing_allocation_is_reported_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("plot people", tests, NULL, NULL);
}
