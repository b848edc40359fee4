// SPDX-License-Identifier: Apache-2.0
// test_plot_files.c — figures as files: what is written, drawn, refused, said; quoting;
// calibration; reading metrics; `show`.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plot/inspect.h"
#include "support/check.h"
#include "support/disrnn_run.h"

static dsc_context *ctx;
static dsc_pool *pool;
static char folder[64], notes[8192];
static const char *const two_inputs[] = {"prev_choice", "prev_reward"};

static void note_keep(void *user, dsc_note_kind kind, const char *sentence)
{
    (void)user;
    size_t used = strlen(notes);
    snprintf(notes + used, sizeof notes - used, "%s: %s\n",
             kind == DSC_WARNING ? "warning" : "note", sentence);
}

static int set_up(void **state)
{
    (void)state;
    notes[0] = 0;
    make_temporary_folder(folder);
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return -1;
    dsc_on_note(ctx, note_keep, NULL);
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

static bool has_gnuplot(void)
{
    if (system("gnuplot --version >/dev/null 2>&1") == 0) return true;
    print_message("skipped: no gnuplot here\n");
    return false;
}

// ---- a run without a fit, and one with data of its own ------------------------------------------

static const char *const small[] = {"latent_size", "3", "update_net_n_units_per_layer", "3", NULL};

static dsc_run *make_run(const char *model, int n_actions)
{
    dsc_run *run = NULL;
    bool disrnn = strcmp(model, "disrnn") == 0;
    CHECK_OK(ctx, made_run(ctx, model, n_actions, 2, two_inputs, disrnn ? small : NULL, &run));
    return run;
}

static void write_data(const char *name)
{
    dsc_text t = {0};
    dsc_text_add(ctx, &t, "session,choice,reward\n");
    for (int i = 0; i < 60; i++)
        dsc_text_add(ctx, &t, "%d,%s,%d\n", i / 20, i % 7 == 3 ? "NA" : i % 3 ? "1" : "0", i % 2);
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, name), t.s, t.length));
    dsc_text_free(ctx, &t);
}

static const char metrics_text[] =
    "step,phase,loss,nll_train,nll_heldout,penalty,grad_norm,lr,trials_per_s\n"
    "1,warmup,0.7,0.7,0.71,0,1,0.01,1000\n"
    "2,warmup,0.65,0.65,,0,1,0.01,1000\n"
    "3,main,0.6,0.6,0.62,0.01,1,0.01,1000\n"
    "4,main,0.5";

// A run directory in the test's folder: metrics and data; every second session is held out.
static dsc_run *make_run_with_data(const char *model)
{
    dsc_run *run = make_run(model, 2);
    write_data("trials.csv");
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "metrics.csv"), metrics_text,
                                 strlen(metrics_text)));
    snprintf(run->config.data, sizeof run->config.data, "%s", path_in(folder, "trials.csv"));
    run->config.split_every = 2;
    run->config.split_offset = 0;
    dsc_free(ctx, &run->path);
    CHECK_OK(ctx, dsc_strdup(ctx, folder, &run->path));
    return run;
}

static dsc_status draw(dsc_context *c, const dsc_run *run, dsc_pool *threads, int n,
                       const char *const *names, const char *formats, const char *where)
{
    const dsc_plot_options o = {.n = n, .names = names, .formats = formats, .pool = threads};
    return dsc_plot(c, run, &o, where);
}

// ---- files ------------------------------------------------------------------------------------

static void every_figure_of_a_disrnn_is_data_script_and_drawing(void **state)
{
    (void)state;
    dsc_run *run = make_run_with_data("disrnn");
    CHECK_OK(ctx, draw(ctx, run, pool, 0, NULL, "svg", path_in(folder, "figures")));
    if (strstr(notes, "was left out")) fail_msg("%s", notes);
    for (int i = 0; dsc_figure_at(i); i++) {
        char name[96];
        if (!dsc_figure_at(i)->applies(run)) continue;
        snprintf(name, sizeof name, "figures/%s.csv", dsc_figure_at(i)->name);
        if (dsc_figure_at(i)->asked) {
            assert_false(dsc_exists(path_in(folder, name)));
            continue;
        }
        if (!dsc_exists(path_in(folder, name))) fail_msg("%s is missing; %s", name, notes);
        snprintf(name, sizeof name, "figures/%s.gp", dsc_figure_at(i)->name);
        assert_true(dsc_exists(path_in(folder, name)));
        snprintf(name, sizeof name, "figures/%s.svg", dsc_figure_at(i)->name);
        if (has_gnuplot() && !dsc_exists(path_in(folder, name))) fail_msg("%s: %s", name, notes);
    }
    made_run_free(ctx, &run);
}

static void drawings_come_in_all_three_formats(void **state)
{
    static const char *const name[] = {"bottlenecks"};
    (void)state;
    if (!has_gnuplot()) return;
    dsc_run *run = make_run("disrnn", 2);
    CHECK_OK(ctx, draw(ctx, run, pool, 1, name, "svg,pdf,png", folder));
    assert_true(dsc_exists(path_in(folder, "bottlenecks.svg")));
    assert_true(dsc_exists(path_in(folder, "bottlenecks.pdf")));
    assert_true(dsc_exists(path_in(folder, "bottlenecks.png")));
    assert_int_equal(count_entries(folder), 5); // nothing half-made is left
    made_run_free(ctx, &run);
}

static void script_runs_again_by_hand(void **state)
{
    static const char *const name[] = {"bottlenecks"};
    char command[256];
    (void)state;
    if (!has_gnuplot()) return;
    dsc_run *run = make_run("disrnn", 2);
    CHECK_OK(ctx, draw(ctx, run, pool, 1, name, "", folder));
    assert_int_equal(count_entries(folder), 2);
    snprintf(command, sizeof command, "cd %s && gnuplot bottlenecks.gp 2>&1", folder);
    assert_int_equal(system(command), 0);
    assert_true(dsc_exists(path_in(folder, "bottlenecks.svg")));
    made_run_free(ctx, &run);
}

static void without_gnuplot_data_and_script_remain_and_a_warning_says_so(void **state)
{
    static const char *const names[] = {"bottlenecks", "update_rules"};
    char path[4096];
    (void)state;
    dsc_run *run = make_run("disrnn", 2);
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    setenv("PATH", folder, 1);
    dsc_status status = draw(ctx, run, pool, 2, names, "svg", folder);
    setenv("PATH", path, 1);
    assert_int_equal(status, DSC_OK);
    check_contains(notes, "warning: gnuplot is not installed");
    assert_null(strstr(strstr(notes, "gnuplot is not"), "\nwarning")); // said once
    assert_true(dsc_exists(path_in(folder, "bottlenecks.csv")));
    assert_true(dsc_exists(path_in(folder, "bottlenecks.gp")));
    assert_false(dsc_exists(path_in(folder, "bottlenecks.svg")));
    made_run_free(ctx, &run);
}

static void failed_drawing_is_a_warning_and_keeps_the_data(void **state)
{
    static const char *const names[] = {"bottlenecks"};
    static const char fake[] = "#!/bin/sh\necho 'line 7: broken' >&2\nexit 1\n";
    char path[4096], search[4200], program[192];
    (void)state;
    dsc_run *run = make_run("disrnn", 2);
    snprintf(program, sizeof program, "%s", path_in(folder, "bin/gnuplot"));
    CHECK_OK(ctx, dsc_make_folder(ctx, path_in(folder, "bin")));
    CHECK_OK(ctx, dsc_write_file(ctx, program, fake, strlen(fake)));
    char command[256];
    snprintf(command, sizeof command, "chmod +x %s", program);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    snprintf(search, sizeof search, "%s:%s", path_in(folder, "bin"), path);
    setenv("PATH", search, 1);
    dsc_status status = draw(ctx, run, pool, 1, names, "svg", folder);
    setenv("PATH", path, 1);
    assert_int_equal(status, DSC_OK);
    check_contains(notes, "could not be drawn as svg: line 7: broken");
    assert_true(dsc_exists(path_in(folder, "bottlenecks.csv")));
    made_run_free(ctx, &run);
}

static void pages_of_an_earlier_network_are_removed(void **state)
{
    static const char *const names[] = {"update_rules"};
    (void)state;
    const char stale[] = "# old\n";
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "update_rules-2.gp"), stale, strlen(stale)));
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "update_rules-2.svg"), stale, strlen(stale)));
    dsc_run *run = make_run("disrnn", 2);
    for (int i = 0; i < 3; i++) made_parameter(run, "latent_sigma_params")[i] = i ? 1 : 0.1;
    CHECK_OK(ctx, draw(ctx, run, pool, 1, names, "", folder));
    assert_true(dsc_exists(path_in(folder, "update_rules.gp")));
    assert_false(dsc_exists(path_in(folder, "update_rules-2.gp")));
    assert_false(dsc_exists(path_in(folder, "update_rules-2.svg")));
    made_run_free(ctx, &run);
}

static void closed_network_has_no_rules_and_says_so(void **state)
{
    (void)state;
    static const char *const names[] = {"update_rules", "choice_rule"};
    dsc_run *run = make_run("disrnn", 2);
    for (int i = 0; i < 3; i++)
        made_parameter(run, "latent_sigma_params")[i] =
            made_parameter(run, "choice_net_sigma_params")[i] = 1;
    CHECK_OK(ctx, draw(ctx, run, pool, 2, names, "svg", folder));
    check_contains(notes, "update_rules: no latent is open");
    check_contains(notes, "choice_rule: the choice net reads no latent");
    assert_int_equal(count_entries(folder), 0);
    made_run_free(ctx, &run);
}

// Latent 1 reads the reward, latent 2 also latent 1: only the first has all trials in one panel.
static void combined_rules_are_those_of_one_latent(void **state)
{
    static const char *const names[] = {"update_rules"};
    const dsc_plot_options o = {
        .n = 1, .names = names, .formats = "", .pool = pool, .combined = true};
    (void)state;
    dsc_run *run = make_run("disrnn", 2);
    for (int i = 0; i < 3; i++) made_parameter(run, "latent_sigma_params")[i] = i == 2;
    for (int i = 0; i < 6; i++) made_parameter(run, "update_net_obs_sigma_params")[i] = i != 3;
    for (int i = 0; i < 9; i++) made_parameter(run, "update_net_latent_sigma_params")[i] = i != 1;
    CHECK_OK(ctx, dsc_plot(ctx, run, &o, folder));
    check_text_in(ctx, folder, "update_rules.gp", "title 'prev reward: 1'");
    check_text_in(ctx, folder, "update_rules.csv", "delta\n1,1,");
    char *text = text_in(ctx, folder, "update_rules.csv");
    assert_null(strstr(text, "\n2,1,"));
    dsc_free(ctx, &text);
    check_contains(notes, "the update of latent 2 depends on latent 1 too, so it has no combined");
    made_run_free(ctx, &run);
}

// What is read of the latents and of the observations: sigmas [3 latents, 2 observations].
static dsc_run *make_neuro(const double *sigma)
{
    dsc_run *run = NULL;
    CHECK_OK(ctx, made_run(ctx, "disrnn_neuro", 2, 2, two_inputs, small, &run));
    memcpy(made_parameter(run, "neural_activity_net_sigma_params"), sigma, 5 * sizeof *sigma);
    return run;
}

static void activity_is_drawn_over_the_latents_that_its_net_reads(void **state)
{
    static const char *const names[] = {"activity_rule", "bottlenecks"};
    static const double none[] = {0.9, 0.9, 0.9, 0.1, 0.1}, one[] = {0.9, 0.1, 0.9, 0.9, 0.9},
                        two[] = {0.2, 0.9, 0.1, 0.9, 0.9};
    (void)state;
    dsc_run *run = make_neuro(one);
    CHECK_OK(ctx, draw(ctx, run, pool, 2, names, "", folder));
    check_text_in(ctx, folder, "activity_rule.csv", "setting,title,latent_2,activity\n0,");
    check_text_in(ctx, folder, "activity_rule.csv", "\n3,\"prev choice: 1 prev reward: 1\",");
    check_text_in(ctx, folder, "bottlenecks.csv", "\nneural_activity,5,1,prev_reward,,");
    made_run_free(ctx, &run);
    run = make_neuro(two);
    CHECK_OK(ctx, draw(ctx, run, pool, 1, names, "", folder));
    check_text_in(ctx, folder, "activity_rule.csv", "setting,title,latent_3,latent_1,activity\n");
    made_run_free(ctx, &run);
    run = make_neuro(none);
    CHECK_OK(ctx, draw(ctx, run, pool, 1, names, "", folder));
    check_contains(notes, "activity_rule: the net of the values reads no latent");
    assert_false(dsc_exists(path_in(folder, "activity_rule.gp")));
    dsc_text t = {0};
    CHECK_OK(ctx, dsc_show(ctx, run, false, &t));
    check_contains(t.s, "neural activity does not read it.\n");
    check_contains(t.s, "Besides latents, neural activity reads prev_choice and prev_reward.\n");
    dsc_text_free(ctx, &t);
    made_run_free(ctx, &run);
}

static dsc_status activity_body(dsc_context *c, void *user)
{
    static const char *const names[] = {"activity_rule", "bottlenecks"};
    dsc_run *run = NULL;
    (void)user;
    dsc_status status = made_run(c, "disrnn_neuro", 2, 2, two_inputs, small, &run);
    if (status == DSC_OK) status = draw(c, run, NULL, 2, names, "", folder);
    made_run_free(c, &run);
    return status;
}

static void size_of_figures_is_bounded_for_many_latents(void **state)
{
    static const char *const many[] = {"latent_size", "60", "update_net_n_units_per_layer", "2",
                                       NULL};
    static const char *const names[] = {"bottlenecks", "update_rules"};
    (void)state;
    dsc_run *run = NULL;
    CHECK_OK(ctx, made_run(ctx, "disrnn", 2, 2, two_inputs, many, &run));
    CHECK_OK(ctx, draw(ctx, run, pool, 2, names, "", folder));
    check_contains(notes, "60 latents are open; the 16 most open are drawn");
    assert_true(dsc_exists(path_in(folder, "update_rules-4.gp")));
    assert_false(dsc_exists(path_in(folder, "update_rules-5.gp")));
    char *text = text_in(ctx, folder, "bottlenecks.gp");
    const char *width = strstr(text, "WIDTH = "), *height = strstr(text, "HEIGHT = ");
    assert_true(atof(width + 8) <= PLOT_PAGE && atof(height + 9) <= 200);
    dsc_free(ctx, &text);
    made_run_free(ctx, &run);
}

// ---- refusals ---------------------------------------------------------------------------------

static void figure_that_does_not_apply_is_refused_with_those_that_do(void **state)
{
    static const char *const names[] = {"bottlenecks"};
    (void)state;
    dsc_run *run = make_run("gru", 2);
    CHECK_FAILS(ctx, DSC_INPUT, "these do: learning_curve, session, calibration",
                draw(ctx, run, pool, 1, names, "svg", folder));
    assert_int_equal(count_entries(folder), 0);
    made_run_free(ctx, &run);
}

static void unknown_figure_suggests_the_nearest(void **state)
{
    static const char *const names[] = {"botlenecks"};
    (void)state;
    dsc_run *run = make_run("disrnn", 2);
    CHECK_FAILS(ctx, DSC_INPUT, "did you mean \"bottlenecks\"?",
                draw(ctx, run, pool, 1, names, "svg", folder));
    CHECK_FAILS(ctx, DSC_INPUT, "there is no figure \"zzzz\"; there are learning_curve, ",
                draw(ctx, run, pool, 1, (const char *const[]){"zzzz"}, "svg", folder));
    made_run_free(ctx, &run);
}

static void unknown_format_is_refused(void **state)
{
    (void)state;
    dsc_run *run = make_run("disrnn", 2);
    CHECK_FAILS(ctx, DSC_INPUT, "\"jpg\": there are svg, pdf and png",
                draw(ctx, run, pool, 0, NULL, "svg,jpg", folder));
    made_run_free(ctx, &run);
}

static dsc_status plot_body(dsc_context *c, void *user)
{
    static const char *const names[] = {"bottlenecks", "update_rules", "choice_rule"};
    dsc_run *run = NULL;
    dsc_pool *one = NULL;
    (void)user;
    dsc_status status = made_run(c, "disrnn", 2, 2, two_inputs, small, &run);
    if (status == DSC_OK) status = dsc_pool_create(c, 1, &one);
    if (status == DSC_OK) status = draw(c, run, one, 3, names, "", folder);
    dsc_pool_destroy(&one);
    made_run_free(c, &run);
    return status;
}

static dsc_status decoding_body(dsc_context *c, void *user)
{
    static const char *const name[] = {"decoding"};
    dsc_pool *one = NULL;
    dsc_status status = dsc_pool_create(c, 1, &one);
    const dsc_plot_options o = {
        .n = 1, .names = name, .formats = "", .pool = one, .columns = "reward,reward"};
    if (status == DSC_OK) status = dsc_plot(c, user, &o, folder);
    dsc_pool_destroy(&one);
    return status;
}

static dsc_status show_body(dsc_context *c, void *user)
{
    dsc_run *run = NULL;
    dsc_text text = {0};
    dsc_status status = made_run(c, "disrnn", 2, 2, two_inputs, small, &run);
    if (status == DSC_OK) status = dsc_show(c, run, *(bool *)user, &text);
    dsc_text_free(c, &text);
    made_run_free(c, &run);
    return status;
}

static void every_failing_allocation_is_reported_and_leaks_nothing(void **state)
{
    bool json = false;
    (void)state;
    dsc_run *run = make_run_with_data("disrnn");
    assert_true(check_every_allocation_failure(decoding_body, run) > 20);
    made_run_free(ctx, &run);
    assert_true(check_every_allocation_failure(plot_body, NULL) > 20);
    assert_true(check_every_allocation_failure(activity_body, NULL) > 20);
    assert_true(check_every_allocation_failure(show_body, &json) > 5);
    json = true;
    assert_true(check_every_allocation_failure(show_body, &json) > 5);
}

// ---- text -------------------------------------------------------------------------------------

static void check_print(const char *format, const char *value, const char *wanted)
{
    dsc_text t = {0};
    plot_print(ctx, &t, format, value);
    assert_string_equal(t.s, wanted);
    dsc_text_free(ctx, &t);
}

static void what_users_named_is_quoted_for_scripts_tables_and_json(void **state)
{
    (void)state;
    check_print("%q", "a_b^{c}@&~\\", "'a\\_b\\^\\{c\\}\\@\\&\\~\\\\'");
    check_print("%q", "it's `ls` \"x\"", "'it''s `ls` \"x\"'");
    check_print("%q", "two\nlines", "'two'.\"\\n\".'lines'");
    check_print("%c", "a \"b\"", "\"a \"\"b\"\"\"");
    check_print("%c", "#1", "\"#1\"");
    check_print("%c", "plain", "plain");
    check_print("%j", "a\"b\\\n", "\"a\\\"b\\\\\\u000a\"");
}

// What begins with # is a comment to gnuplot, and a comma behind a doubled quote ends a field.
static void gnuplot_reads_a_row_whatever_its_label_is(void **state)
{
    static const char *const label[] = {"#1", "x\",y", "#q \"2\",z", "a\"b", "c,d", "two\nlines"};
    char command[1024];
    dsc_text t = {0};
    (void)state;
    if (!has_gnuplot()) return;
    plot_print(ctx, &t, "label,value\n");
    for (int i = 0; i < 6; i++) plot_print(ctx, &t, "%c,%d\n", label[i], 1 << i);
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "labels.csv"), t.s, t.length));
    dsc_text_free(ctx, &t);
    snprintf(command, sizeof command,
             "gnuplot -e \"set datafile separator comma; set datafile columnheaders; "
             "stats '%s' using 2 nooutput; exit status STATS_sum == 63 ? 0 : 1\"",
             path_in(folder, "labels.csv"));
    assert_int_equal(system(command), 0);
}

static void numbers_are_written_short_for_drawings_and_in_full_for_data(void **state)
{
    dsc_text t = {0};
    (void)state;
    plot_print(ctx, &t, "%g %r %g %r %n %d%%", 1.0 / 3, 1.0 / 3, 85.0, (double)NAN, INFINITY, 7);
    assert_string_equal(t.s, "0.33333 0.3333333333333333 85 NaN null 7%");
    dsc_text_free(ctx, &t);
}

static void long_names_are_cut_between_characters(void **state)
{
    char out[64];
    (void)state;
    assert_string_equal(plot_label("prev_choice", 20, out, sizeof out), "prev choice");
    assert_string_equal(plot_name("k_0", 20, out, sizeof out), "k_0");
    assert_string_equal(plot_name("äöüäöü", 4, out, sizeof out), "äöü…");
    assert_string_equal(plot_name("äöüäöü", 6, out, 10), "äöü…");
    assert_string_equal(plot_name("äöüäöü", 6, out, 11), "äöü…");
}

static void names_of_columns_cannot_break_a_script(void **state)
{
    static const char *const nasty[] = {"`touch hacked`'\"_{^", "x\\\n@&~%s"};
    static const char *const names[] = {"bottlenecks", "update_rules"};
    (void)state;
    if (!has_gnuplot()) return;
    dsc_run *run = NULL;
    CHECK_OK(ctx, made_run(ctx, "disrnn", 2, 2, nasty, small, &run));
    CHECK_OK(ctx, draw(ctx, run, pool, 2, names, "svg", folder));
    assert_null(strstr(notes, "warning"));
    assert_false(dsc_exists(path_in(folder, "hacked")));
    assert_true(dsc_exists(path_in(folder, "update_rules.svg")));
    made_run_free(ctx, &run);
}

// ---- calibration ------------------------------------------------------------------------------

static void bins_hold_means_frequencies_and_wilson_intervals(void **state)
{
    plot_bin bins[PLOT_BINS] = {{0}};
    (void)state;
    for (int i = 0; i < 10; i++) plot_bin_add(bins, i < 5 ? 0.24 : 0.26, i < 3);
    plot_bin_add(bins, 1.0, true);
    plot_bin_finish(bins);
    assert_int_equal(bins[2].n, 10);
    assert_true(fabs(bins[2].predicted - 0.25) < 1e-12);
    assert_true(fabs(bins[2].observed - 0.3) < 1e-12);
    assert_true(fabs(bins[2].low - 0.1077912674) < 1e-9); // Wilson's interval of 3 out of 10
    assert_true(fabs(bins[2].high - 0.6032218525) < 1e-9);
    assert_int_equal(bins[9].n, 1); // 1 belongs to the last bin
    assert_true(bins[9].high == 1);
    assert_true(isnan(bins[0].observed) && isnan(bins[0].low));
}

// The predictions that a calibration of the run counts.
static int count_calibrated(const dsc_run *run)
{
    static const char *const names[] = {"calibration"};
    CHECK_OK(ctx, draw(ctx, run, pool, 1, names, "", folder));
    char *text = text_in(ctx, folder, "calibration.csv");
    int total = 0, n;
    for (char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        assert_int_equal(sscanf(line + 1, "%*[^,],%*[^,],%d", &n), 1);
        total += n;
    }
    dsc_free(ctx, &text);
    return total;
}

static void calibration_counts_held_out_choices_once_each(void **state)
{
    (void)state;
    dsc_run *run = make_run_with_data("gru");
    // Sessions 0 and 2 of 20 trials each; trials 3, 10, 17 and 45, 52, 59 have no choice.
    assert_int_equal(count_calibrated(run), 34);
    made_run_free(ctx, &run);
}

static void calibration_leaves_instructed_choices_out(void **state)
{
    dsc_text t = {0};
    (void)state;
    dsc_run *run = make_run_with_data("gru");
    dsc_text_add(ctx, &t, "session,choice,reward,instructed\n");
    for (int i = 0; i < 30; i++)
        dsc_text_add(ctx, &t, "0,%d,%d,%d\n", i % 2, i % 3 > 0, i % 5 == 0);
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "trials.csv"), t.s, t.length));
    dsc_text_free(ctx, &t);
    run->config.split_every = 0;
    assert_int_equal(count_calibrated(run), 24);
    made_run_free(ctx, &run);
}

// ---- learning curve and session -----------------------------------------------------------------

static void metrics_are_read_up_to_the_last_complete_line(void **state)
{
    plot_metrics m;
    (void)state;
    CHECK_OK(ctx,
             dsc_write_file(ctx, path_in(folder, "m.csv"), metrics_text, strlen(metrics_text)));
    CHECK_OK(ctx, plot_metrics_read(ctx, path_in(folder, "m.csv"), &m));
    assert_int_equal(m.n, 3);
    assert_int_equal(m.n_phases, 2);
    assert_string_equal(m.phase_name[m.phase[2]], "main");
    assert_true(m.heldout[0] == 0.71 && isnan(m.heldout[1]) && m.train[2] == 0.6);
    plot_metrics_free(ctx, &m);
}

static void long_metrics_are_thinned_and_keep_their_last_row(void **state)
{
    dsc_text t = {0};
    plot_metrics m;
    (void)state;
    dsc_text_add(ctx, &t, "step,phase,nll_train,nll_heldout\n");
    for (int i = 1; i <= 20000; i++)
        dsc_text_add(ctx, &t, "%d,main,0.5,%s\n", i, i % 500 ? "" : "0.6");
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "m.csv"), t.s, t.length));
    dsc_text_free(ctx, &t);
    CHECK_OK(ctx, plot_metrics_read(ctx, path_in(folder, "m.csv"), &m));
    int heldout = 0;
    for (int i = 0; i < m.n; i++) heldout += isfinite(m.heldout[i]);
    assert_in_range(m.n, 1000, 2000);
    assert_int_equal(heldout, 40); // none of them is lost
    assert_true(m.step[m.n - 1] == 20000);
    plot_metrics_free(ctx, &m);
}

static void metrics_without_steps_say_what_to_do(void **state)
{
    plot_metrics m;
    (void)state;
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "m.csv"), metrics_text, 72));
    CHECK_FAILS(ctx, DSC_INPUT, "has no steps yet",
                plot_metrics_read(ctx, path_in(folder, "m.csv"), &m));
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "m.csv"), "a,b\n", 4));
    CHECK_FAILS(ctx, DSC_INPUT, "\"step\" and \"nll_train\" are missing",
                plot_metrics_read(ctx, path_in(folder, "m.csv"), &m));
}

static void session_figure_shows_a_held_out_session(void **state)
{
    static const char *const names[] = {"session"};
    (void)state;
    dsc_run *run = make_run_with_data("disrnn");
    run->config.split_offset = 1;
    CHECK_OK(ctx, draw(ctx, run, pool, 1, names, "", folder));
    check_text_in(ctx, folder, "session.gp", "'Held-out session 1'");
    check_text_in(ctx, folder, "session.csv",
                  "trial,choice,reward,p_0,p_1,Latent_1,Latent_2,Latent_3\n1,1,0,");
    check_text_in(ctx, folder, "session.csv", "\n5,NaN,0,"); // no choice there
    made_run_free(ctx, &run);
}

static void session_shows_what_options_would_have_paid_and_columns_that_are_named(void **state)
{
    static const char *const names[] = {"session"};
    dsc_plot_options o = {.n = 1, .names = names, .formats = "", .pool = pool, .columns = "q,mood"};
    dsc_text t = {0};
    (void)state;
    dsc_run *run = make_run_with_data("gru");
    dsc_text_add(ctx, &t,
                 "session,choice,reward,reward_probability_0,reward_probability_1,q,mood\n");
    for (int i = 0; i < 40; i++)
        dsc_text_add(ctx, &t, "%d,%d,%d,0.25,0.75,%d,9\n", i / 20, i % 2, i % 3 > 0, i);
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "trials.csv"), t.s, t.length));
    dsc_text_free(ctx, &t);
    CHECK_OK(ctx, dsc_plot(ctx, run, &o, folder));
    check_text_in(ctx, folder, "session.csv",
                  ",reward_probability_0,reward_probability_1,q,mood\n");
    check_text_in(ctx, folder, "session.csv", ",0.25,0.75,0,9\n2,1,");
    check_text_in(ctx, folder, "session.gp", "'P(reward)'");
    check_text_in(ctx, folder, "session.gp", "title 'mood'");
    o.columns = "q,mod";
    CHECK_FAILS(ctx, DSC_INPUT, "has no column \"mod\" to show; it has choice, reward, reward_",
                dsc_plot(ctx, run, &o, folder));
    o.columns = "q,q,q,q,q,q,q";
    CHECK_FAILS(ctx, DSC_INPUT, "shows at most 6 columns", dsc_plot(ctx, run, &o, folder));
    made_run_free(ctx, &run);
}

static void end_of_a_session_that_is_held_out_is_marked_and_judged(void **state)
{
    static const char *const names[] = {"session"};
    (void)state;
    dsc_run *run = make_run_with_data("gru");
    run->config.split_every = 0;
    run->config.split_last = 0.25;
    snprintf(run->config.split_unit, sizeof run->config.split_unit, "trial");
    CHECK_OK(ctx, draw(ctx, run, pool, 1, names, "", folder));
    check_text_in(ctx, folder, "session.gp",
                  "'Training session 0, held out from trial 16 on (line)'");
    check_text_in(ctx, folder, "session.gp", "set arrow from 15.5, ");
    // The last five of 20 trials each, of which trials 17, 38 and 59 have no choice.
    assert_int_equal(count_calibrated(run), 12);
    made_run_free(ctx, &run);
}

// ---- show -------------------------------------------------------------------------------------

static const char summary_text[] =
    "{\"n_trials\": 60, \"nll_per_trial\": 0.5, \"normalized_likelihood\": 0.6065, \"accuracy\": "
    "0.75,"
    "\"bits_per_trial\": 0.28, \"chance\": {\"normalized_likelihood\": 0.5},"
    "\"heldout\": {\"n_trials\": 20, \"nll_per_trial\": 0.55}}";

static dsc_run *make_run_to_show(void)
{
    dsc_run *run = make_run_with_data("disrnn");
    static const double sigma[] = {0.95, 0.05, 0.3};
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "summary.json"), summary_text,
                                 strlen(summary_text)));
    for (int i = 0; i < 3; i++) made_parameter(run, "latent_sigma_params")[i] = sigma[i];
    for (int i = 0; i < 6; i++) made_parameter(run, "update_net_obs_sigma_params")[i] = 1;
    for (int i = 0; i < 9; i++) made_parameter(run, "update_net_latent_sigma_params")[i] = 1;
    made_parameter(run, "update_net_obs_sigma_params")[1] = 0.1;    // prev_choice into latent 2
    made_parameter(run, "update_net_latent_sigma_params")[4] = 0.1; // latent 2 into itself
    made_parameter(run, "choice_net_sigma_params")[2] = 0.8;
    return run;
}

static void show_says_which_latents_are_open_and_what_they_read(void **state)
{
    dsc_text t = {0};
    (void)state;
    dsc_run *run = make_run_to_show();
    CHECK_OK(ctx, dsc_show(ctx, run, false, &t));
    check_contains(t.s, "2 of 3 latents are open");
    check_contains(t.s, "Latent 2: its update reads prev_choice and itself; choice reads it.\n"
                        "Latent 3: its update reads nothing; choice does not read it.\n");
    check_contains(t.s, "held out         20");
    check_contains(t.s, "0.5500");
    dsc_text_free(ctx, &t);
    made_run_free(ctx, &run);
}

static void show_as_json_holds_scores_and_bottlenecks(void **state)
{
    dsc_text t = {0};
    (void)state;
    dsc_run *run = make_run_to_show();
    CHECK_OK(ctx, dsc_show(ctx, run, true, &t));
    json_t *root = json_loads(t.s, 0, NULL);
    assert_non_null(root);
    const json_t *b = json_object_get(root, "bottlenecks");
    const json_t *first = json_array_get(json_object_get(b, "latents"), 0);
    assert_int_equal(json_integer_value(json_object_get(first, "latent")), 2);
    assert_true(fabs(json_number_value(json_object_get(first, "openness")) - (1 - 0.05 - 1e-5)) <
                1e-12);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(b, "latent"), "open")), 1);
    const json_t *heldout = json_object_get(json_object_get(root, "scores"), "heldout");
    assert_true(json_number_value(json_object_get(heldout, "nll_per_trial")) == 0.55);
    json_decref(root);
    dsc_text_free(ctx, &t);
    made_run_free(ctx, &run);
}

static void show_lists_the_values_of_a_small_model(void **state)
{
    static const char *const agent_inputs[] = {"agent_choice", "agent_reward"};
    dsc_text t = {0};
    dsc_run *run = NULL;
    (void)state;
    CHECK_OK(ctx, made_run(ctx, "q_learning", 2, 2, agent_inputs, NULL, &run));
    made_parameter(run, "beta")[0] = 4.25;
    CHECK_OK(ctx, dsc_show(ctx, run, false, &t));
    check_contains(t.s, "\nbeta                     4.25\n");
    check_contains(t.s, "none yet");
    dsc_text_free(ctx, &t);
    made_run_free(ctx, &run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_figure_of_a_disrnn_is_data_script_and_drawing),
        TEST(drawings_come_in_all_three_formats),
        TEST(script_runs_again_by_hand),
        TEST(without_gnuplot_data_and_script_remain_and_a_warning_says_so),
        TEST(failed_drawing_is_a_warning_and_keeps_the_data),
        TEST(pages_of_an_earlier_network_are_removed),
        TEST(closed_network_has_no_rules_and_says_so),
        TEST(combined_rules_are_those_of_one_latent),
        TEST(activity_is_drawn_over_the_latents_that_its_net_reads),
        TEST(size_of_figures_is_bounded_for_many_latents),
        TEST(figure_that_does_not_apply_is_refused_with_those_that_do),
        TEST(unknown_figure_suggests_the_nearest),
        TEST(unknown_format_is_refused),
        TEST(every_failing_allocation_is_reported_and_leaks_nothing),
        TEST(what_users_named_is_quoted_for_scripts_tables_and_json),
        TEST(gnuplot_reads_a_row_whatever_its_label_is),
        TEST(numbers_are_written_short_for_drawings_and_in_full_for_data),
        TEST(long_names_are_cut_between_characters),
        TEST(names_of_columns_cannot_break_a_script),
        TEST(bins_hold_means_frequencies_and_wilson_intervals),
        TEST(calibration_counts_held_out_choices_once_each),
        TEST(calibration_leaves_instructed_choices_out),
        TEST(metrics_are_read_up_to_the_last_complete_line),
        TEST(long_metrics_are_thinned_and_keep_their_last_row),
        TEST(metrics_without_steps_say_what_to_do),
        TEST(session_figure_shows_a_held_out_session),
        TEST(session_shows_what_options_would_have_paid_and_columns_that_are_named),
        TEST(end_of_a_session_that_is_held_out_is_marked_and_judged),
        TEST(show_says_which_latents_are_open_and_what_they_read),
        TEST(show_as_json_holds_scores_and_bottlenecks),
        TEST(show_lists_the_values_of_a_small_model),
    };
    return cmocka_run_group_tests_name("plot files", tests, NULL, NULL);
}
