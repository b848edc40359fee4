// SPDX-License-Identifier: Apache-2.0
// test_train_fit.c — whole fits on small made-up data: same bits however they are run, refusals,
// batches.
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/check.h"
#include "train/trainer.h"

static dsc_context *ctx;
static char folder[64], data[128];
static char notes[4096];

enum { SESSIONS = 6, LONGEST = 24 };

static void keep_note(void *user, dsc_note_kind kind, const char *sentence)
{
    (void)user;
    (void)kind;
    snprintf(notes, sizeof notes, "%s", sentence);
}

// Choices that repeat what was rewarded, with some noise; sessions of uneven length. One reward can
// be set.
static void write_data(const char *path, int session, int trial, double reward)
{
    int lengths[SESSIONS], total = 0;
    double choice[SESSIONS * LONGEST], rewards[SESSIONS * LONGEST];
    const char *names[] = {"choice", "reward"};
    const double *values[] = {choice, rewards};
    dsc_stream random = dsc_stream_start(11, DSC_FOR_AGENT, 0, 0, 0);
    dsc_table *table = NULL;
    for (int s = 0; s < SESSIONS; s++) {
        lengths[s] = LONGEST - 3 * (s % 3);
        for (int i = 0; i < lengths[s]; i++, total++) {
            const bool win = i > 0 && rewards[total - 1] != 0,
                       stay = dsc_stream_uniform(&random) < 0.85;
            choice[total] = i == 0 ? 0 : win == stay ? choice[total - 1] : 1 - choice[total - 1];
            rewards[total] = dsc_stream_uniform(&random) < 0.6;
            if (s == session && i == trial) rewards[total] = reward;
        }
    }
    CHECK_OK(ctx, dsc_table_make(ctx, SESSIONS, lengths, NULL, 2, names, values, &table));
    CHECK_OK(ctx, dsc_table_write(ctx, table, path));
    dsc_table_destroy(ctx, &table);
}

static int set_up(void **state)
{
    (void)state;
    make_temporary_folder(folder);
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return 1;
    dsc_on_note(ctx, keep_note, NULL);
    snprintf(data, sizeof data, "%s/data.csv", folder);
    write_data(data, -1, 0, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    remove_folder(folder);
    return 0;
}

// ---- shorthand ----------------------------------------------------------------------------------

static void set(dsc_fit_config *c, const char *key, const char *value)
{
    CHECK_OK(ctx, dsc_fit_config_set(ctx, c, key, value, "test"));
}

// A noisy network with both phases, random batches: everything that could go wrong after a kill.
static void small_disrnn(dsc_fit_config *c)
{
    static const char *const keys[][2] = {{"model.latent_size", "2"},
                                          {"model.update_net_n_units_per_layer", "3"},
                                          {"phases.warmup.steps", "12"},
                                          {"phases.main.steps", "18"},
                                          {"phases.main.schedule", "cosine"},
                                          {"batch.mode", "random"},
                                          {"batch.size", "5"},
                                          {"train.evaluate_every", "4"},
                                          {"train.checkpoint_every", "7"},
                                          {"split.every", "3"},
                                          {"split.offset", "1"},
                                          {"engine.threads", "1"},
                                          {"seed", "3"}};
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "disrnn", c));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) set(c, keys[i][0], keys[i][1]);
    set(c, "data.path", data);
}

static void small_gru(dsc_fit_config *c)
{
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "gru", c));
    set(c, "data.path", data);
    set(c, "phases.main.steps", "20");
    set(c, "train.evaluate_every", "5");
    set(c, "engine.threads", "1");
}

static dsc_status fit(const char *name, const dsc_fit_config *c)
{
    const dsc_fit_request r = {.config = c, .run = path_in(folder, name)};
    return dsc_fit(ctx, &r);
}

static dsc_status resume(const char *name)
{
    const dsc_fit_request r = {.run = path_in(folder, name), .resume = true};
    return dsc_fit(ctx, &r);
}

static char *read_text(const char *run, const char *name)
{
    char path[256], *bytes = NULL;
    size_t n = 0;
    snprintf(path, sizeof path, "%s/%s/%s", folder, run, name);
    CHECK_OK(ctx, dsc_read_file(ctx, path, &bytes, &n));
    return bytes;
}

// Cuts the last cell (trials_per_s) off every line: the clock is no result.
static void drop_speed(char *text)
{
    char *to = text, *comma = NULL;
    for (char *s = text; *s; s++) {
        if (*s == ',') comma = to;
        if (*s == '\n' && comma) to = comma;
        *to++ = *s;
        if (*s == '\n') comma = NULL;
    }
    *to = 0;
}

static void assert_same_file(const char *a, const char *b, const char *name)
{
    char *x = read_text(a, name), *y = read_text(b, name);
    if (strcmp(name, "metrics.csv") == 0) {
        drop_speed(x);
        drop_speed(y);
    }
    if (strcmp(x, y) != 0) fail_msg("%s of %s and %s differ:\n%s\n%s", name, a, b, x, y);
    dsc_free(ctx, &x);
    dsc_free(ctx, &y);
}

static void assert_same_parameters(const char *a, const char *b, const char *which)
{
    dsc_run *x = NULL, *y = NULL;
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, a), which, &x));
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, b), which, &y));
    assert_int_equal(x->layout.n_values, y->layout.n_values);
    assert_int_equal(x->step, y->step);
    for (size_t i = 0; i < x->layout.n_values; i++)
        if (memcmp(&x->parameters[i], &y->parameters[i], sizeof(double)) != 0)
            fail_msg("%s and %s differ in value %zu: %.17g and %.17g", a, b, i, x->parameters[i],
                     y->parameters[i]);
    dsc_run_close(ctx, &x);
    dsc_run_close(ctx, &y);
}

static void assert_same_run(const char *a, const char *b)
{
    assert_same_parameters(a, b, "last");
    assert_same_parameters(a, b, "best");
    assert_same_file(a, b, "metrics.csv");
    assert_same_file(a, b, "predictions.csv");
}

// ---- same bits ----------------------------------------------------------------------------------

static void any_number_of_threads_gives_the_same_bits(void **state)
{
    (void)state;
    dsc_fit_config c;
    small_disrnn(&c);
    CHECK_OK(ctx, fit("one", &c));
    set(&c, "engine.threads", "2");
    CHECK_OK(ctx, fit("two", &c));
    set(&c, "engine.threads", "5");
    CHECK_OK(ctx, fit("five", &c));
    assert_same_run("one", "two");
    assert_same_run("one", "five");
}

static void another_seed_gives_other_bits(void **state)
{
    (void)state;
    dsc_fit_config c;
    small_disrnn(&c);
    CHECK_OK(ctx, fit("one", &c));
    set(&c, "seed", "4");
    CHECK_OK(ctx, fit("other", &c));
    char *x = read_text("one", "metrics.csv"), *y = read_text("other", "metrics.csv");
    drop_speed(x);
    drop_speed(y);
    assert_string_not_equal(x, y);
    dsc_free(ctx, &x);
    dsc_free(ctx, &y);
}

static void assert_fleet_equals_singles(dsc_fit_config *c, const char *mode)
{
    char single[64], fleet[64], member[96];
    set(c, "batch.mode", mode);
    snprintf(fleet, sizeof fleet, "fleet-%.32s", mode);
    c->replicas = 3;
    CHECK_OK(ctx, fit(fleet, c));
    c->replicas = 1;
    for (int k = 0; k < 3; k++) {
        snprintf(single, sizeof single, "%.32s-%d", mode, k);
        snprintf(member, sizeof member, "%s/replica-%d", fleet, k);
        c->seed = 3 + k;
        CHECK_OK(ctx, fit(single, c));
        assert_same_run(single, member);
        assert_same_file(single, member, "config.yaml");
    }
    char *summary = read_text(fleet, "summary.json");
    dsc_free(ctx, &summary);
}

static void replicas_equal_single_runs(void **state)
{
    (void)state;
    dsc_fit_config c;
    small_disrnn(&c);
    assert_fleet_equals_singles(&c, "random");
    small_disrnn(&c);
    assert_fleet_equals_singles(&c, "rolling");
    small_disrnn(&c);
    assert_fleet_equals_singles(&c, "bootstrap");
}

// ---- a path of penalties ------------------------------------------------------------------------

// Seeds 3 and 4 with the factors 0.5 and 4: replica 3 is seed 4 with four times the penalties.
static void small_path(dsc_fit_config *c, const char *mode)
{
    small_disrnn(c);
    set(c, "batch.mode", mode);
    set(c, "replicas", "2");
    set(c, "penalties", "0.5, 4");
}

static void four_times(dsc_fit_config *c, const char *mode)
{
    static const char *const penalties[] = {"latent_penalty", "update_net_obs_penalty",
                                            "update_net_latent_penalty",
                                            "choice_net_latent_penalty"};
    char key[64];
    small_disrnn(c);
    set(c, "batch.mode", mode);
    set(c, "seed", "4");
    for (int i = 0; i < 4; i++) {
        snprintf(key, sizeof key, "model.%s", penalties[i]);
        set(c, key, "0.004");
    }
}

static void replicas_of_a_path_equal_single_runs(void **state)
{
    (void)state;
    static const char *const modes[] = {"single", "rolling", "random", "bootstrap"};
    dsc_fit_config c;
    char fleet[32], single[32], member[48];
    for (int i = 0; i < 4; i++) {
        snprintf(fleet, sizeof fleet, "path-%s", modes[i]);
        snprintf(single, sizeof single, "one-%s", modes[i]);
        snprintf(member, sizeof member, "%s/replica-3", fleet);
        small_path(&c, modes[i]);
        CHECK_OK(ctx, fit(fleet, &c));
        four_times(&c, modes[i]);
        CHECK_OK(ctx, fit(single, &c));
        assert_same_run(single, member);
        assert_same_file(single, member, "config.yaml");
    }
}

// Twins are computed once while no penalty counts, and no longer.
static void seeds_of_a_path_share_their_warm_up(void **state)
{
    (void)state;
    dsc_fit_config c;
    trainer t = {.ctx = ctx, .config = &c, .n_penalties = 2};
    dsc_fit_config other;
    small_path(&c, "single");
    other = c;
    replica a = {.config = &c}, b = {.config = &c};
    assert_true(path_is_shared(&t, &a, &b));
    other.seed++;
    b.config = &other;
    assert_false(path_is_shared(&t, &a, &b));
    b.config = &c;
    a.state.phase = b.state.phase = 1;
    assert_false(path_is_shared(&t, &a, &b));
    t.n_penalties = 0;
    a.state.phase = b.state.phase = 0;
    assert_false(path_is_shared(&t, &a, &b));
}

static void stopped_path_resumes_to_the_same_bits(void **state)
{
    (void)state;
    dsc_fit_config c;
    volatile int stop = SIGTERM;
    small_path(&c, "random");
    CHECK_OK(ctx, fit("whole", &c));
    const dsc_fit_request r = {.config = &c, .run = path_in(folder, "parts"), .stop = &stop};
    assert_int_equal(dsc_fit(ctx, &r), DSC_STOPPED);
    CHECK_OK(ctx, resume("parts/replica-2")); // stands apart now
    CHECK_OK(ctx, resume("parts"));
    assert_same_run("whole/replica-2", "parts/replica-2");
    assert_same_run("whole/replica-3", "parts/replica-3");
    assert_same_file("whole", "parts", "config.yaml");
}

static void what_is_no_path_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"1", "one factor is no path"},
                                           {"1, x", "\"x\" is not a number above 0"},
                                           {"0, 1", "\"0\" is not a number above 0"},
                                           {"3, 1", "1 after 3; give them from loose to tight"},
                                           {"1, 1e13", "makes model.latent_penalty"}};
    dsc_fit_config c;
    small_disrnn(&c);
    set(&c, "penalties", "1, 2");
    set(&c, "split.every", "0");
    CHECK_FAILS(ctx, DSC_INPUT, "but none is held out", fit("run", &c));
    small_disrnn(&c);
    set(&c, "penalties", "1, 2");
    set(&c, "loss.name", "penalized_mse");
    set(&c, "data.targets", "reward");
    CHECK_FAILS(ctx, DSC_INPUT, "loss.name=penalized_mse predicts none", fit("run", &c));
    small_gru(&c);
    set(&c, "penalties", "1, 2");
    CHECK_FAILS(ctx, DSC_INPUT, "gru has no penalty on information", fit("run", &c));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        small_disrnn(&c);
        set(&c, "penalties", cases[i][0]);
        CHECK_FAILS(ctx, DSC_INPUT, cases[i][1], fit("run", &c));
        assert_false(is_run(path_in(folder, "run")));
    }
}

// ---- stopping and going on ----------------------------------------------------------------------

static void stopped_fit_resumes_to_the_same_bits(void **state)
{
    (void)state;
    dsc_fit_config c;
    volatile int stop = SIGTERM;
    small_disrnn(&c);
    CHECK_OK(ctx, fit("whole", &c));
    const dsc_fit_request r = {.config = &c, .run = path_in(folder, "parts"), .stop = &stop};
    CHECK_FAILS(ctx, DSC_STOPPED, "stopped after step 0 of 30", dsc_fit(ctx, &r));
    CHECK_OK(ctx, resume("parts"));
    assert_same_run("whole", "parts");
}

// Runs a fit in a child process and kills it after some microseconds; true if it had finished.
static bool fit_and_kill(const dsc_fit_config *c, bool first, long microseconds)
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        const dsc_status done = first ? fit("killed", c) : resume("killed");
        if (done != DSC_OK) fprintf(stderr, "the child: %s\n", dsc_message(ctx));
        _exit(done);
    }
    const struct timespec wait = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&wait, NULL);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) != DSC_OK) fail_msg("a fit failed in the child");
    return WIFEXITED(status);
}

static void killed_fit_resumes_to_the_same_bits(void **state)
{
    (void)state;
    dsc_fit_config c;
    dsc_stream random = dsc_stream_start((uint64_t)time(NULL), DSC_FOR_TASK, 0, 0, 0);
    small_disrnn(&c);
    set(&c, "phases.warmup.steps", "60");
    set(&c, "phases.main.steps", "80");
    const double start = dsc_seconds();
    CHECK_OK(ctx, fit("whole", &c));
    const uint32_t long_enough = (uint32_t)(1e6 * (dsc_seconds() - start));
    bool finished = false, begun = false;
    for (int k = 0; k < 12 && !finished; k++) {
        finished = fit_and_kill(&c, !begun, 1000 + dsc_stream_below(&random, long_enough / 3 + 1));
        begun = is_run(path_in(folder, "killed"));
        if (!begun) remove_folder(path_in(folder, "killed"));
    }
    if (!begun) CHECK_OK(ctx, fit("killed", &c));
    else CHECK_OK(ctx, resume("killed"));
    assert_same_run("whole", "killed");
}

// After a kill replicas may stand at different steps; here one has finished, the others have not
// begun.
static void fleet_whose_replicas_stand_apart_resumes(void **state)
{
    (void)state;
    dsc_fit_config c;
    volatile int stop = SIGTERM;
    small_disrnn(&c);
    set(&c, "replicas", "2");
    CHECK_OK(ctx, fit("whole", &c));
    const dsc_fit_request r = {.config = &c, .run = path_in(folder, "parts"), .stop = &stop};
    assert_int_equal(dsc_fit(ctx, &r), DSC_STOPPED);
    CHECK_OK(ctx, resume("parts/replica-1"));
    CHECK_OK(ctx, resume("parts"));
    assert_same_run("whole/replica-0", "parts/replica-0");
    assert_same_run("whole/replica-1", "parts/replica-1");
    assert_same_file("whole", "parts", "summary.json");
}

static void extended_fit_equals_a_longer_one(void **state)
{
    (void)state;
    dsc_fit_config c;
    small_gru(&c);
    CHECK_OK(ctx, fit("short", &c));
    const dsc_fit_request r = {.run = path_in(folder, "short"), .extend = 10};
    CHECK_OK(ctx, dsc_fit(ctx, &r));
    set(&c, "phases.main.steps", "30");
    CHECK_OK(ctx, fit("long", &c));
    assert_same_run("short", "long");
    assert_same_file("short", "long", "config.yaml");
}

static void unfinished_fit_is_not_extended(void **state)
{
    (void)state;
    dsc_fit_config c;
    volatile int stop = SIGINT;
    small_gru(&c);
    const dsc_fit_request r = {.config = &c, .run = path_in(folder, "run"), .stop = &stop};
    assert_int_equal(dsc_fit(ctx, &r), DSC_STOPPED);
    const dsc_fit_request more = {.run = path_in(folder, "run"), .extend = 10};
    CHECK_FAILS(ctx, DSC_INPUT, "not finished", dsc_fit(ctx, &more));
}

static void patience_ends_a_fit_that_no_longer_improves(void **state)
{
    (void)state;
    dsc_fit_config c;
    dsc_run *run = NULL;
    small_gru(&c);
    set(&c, "phases.main.learning_rate", "1e-300");
    set(&c, "train.patience", "10");
    CHECK_OK(ctx, fit("run", &c));
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, "run"), "last", &run));
    assert_int_equal(run->step, 15); // scored at 1, 5, 10, 15; best at 1
    dsc_run_close(ctx, &run);
    check_contains(notes, "brought nothing better than step 1");
    CHECK_OK(ctx, resume("run")); // finished: nothing more happens
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, "run"), "last", &run));
    assert_int_equal(run->step, 15);
    dsc_run_close(ctx, &run);
}

// ---- what a fit does ----------------------------------------------------------------------------

static double cell_of(const char *text, int row, int column)
{
    for (; row > 0; row--) text = strchr(text, '\n') + 1;
    for (; column > 0; column--) text = strchr(text, ',') + 1;
    return strtod(text, NULL);
}

static void fit_lowers_the_loss_and_logs_it_before_the_update(void **state)
{
    (void)state;
    dsc_fit_config c;
    small_gru(&c);
    set(&c, "phases.main.learning_rate", "0.02");
    set(&c, "phases.main.steps", "60");
    CHECK_OK(ctx, fit("run", &c));
    char *text = read_text("run", "metrics.csv");
    const double first = cell_of(text, 1, 2), last = cell_of(text, 13, 2);
    assert_true(fabs(first - log(2)) < 0.1 && last < first - 0.05);
    assert_true(cell_of(text, 1, 0) == 1 && cell_of(text, 13, 0) == 60);
    dsc_free(ctx, &text);
}

static void settings_are_never_trained(void **state)
{
    (void)state;
    dsc_fit_config c;
    dsc_run *run = NULL;
    double *start = NULL;
    int fixed = 0, moved = 0;
    small_disrnn(&c);
    CHECK_OK(ctx, fit("run", &c));
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, "run"), NULL, &run));
    CHECK_OK(ctx, dsc_alloc(ctx, run->layout.n_values, sizeof(double), &start));
    dsc_cell_initialise(run->cell, &run->layout, 3, start);
    for (int i = 0; i < dsc_cell_parameter_count(run->cell); i++)
        for (size_t k = 0; k < run->layout.count[i]; k++) {
            const size_t at = run->layout.offset[i] + k;
            const bool same = run->parameters[at] == start[at];
            if (dsc_cell_parameter(run->cell, i)->fixed) {
                assert_true(same);
                fixed++;
            } else moved += !same;
        }
    assert_true(fixed > 0 && moved > 50);
    dsc_free(ctx, &start);
    dsc_run_close(ctx, &run);
}

// ---- parameters that are not trained -----------------------------------------------------------

// Which parameters of a run differ from their initial values under that seed, joined with spaces;
// and the norm of all differences.
static double moved_parameters(const char *name, uint64_t seed, char *moved, size_t size)
{
    dsc_run *run = NULL;
    double *start = NULL, squares = 0;
    size_t used = 0;
    moved[0] = 0;
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, name), "last", &run));
    CHECK_OK(ctx, dsc_alloc(ctx, run->layout.n_values, sizeof(double), &start));
    dsc_cell_initialise(run->cell, &run->layout, seed, start);
    for (int i = 0; i < dsc_cell_parameter_count(run->cell); i++) {
        const size_t at = run->layout.offset[i], n = run->layout.count[i];
        for (size_t k = at; k < at + n; k++)
            squares += (run->parameters[k] - start[k]) * (run->parameters[k] - start[k]);
        if (memcmp(run->parameters + at, start + at, n * sizeof *start) != 0)
            used += (size_t)snprintf(moved + used, size - used, "%s%s", used ? " " : "",
                                     dsc_cell_parameter(run->cell, i)->name);
    }
    dsc_free(ctx, &start);
    dsc_run_close(ctx, &run);
    return sqrt(squares);
}

static void only_trainable_parameters_move(void **state)
{
    (void)state;
    dsc_fit_config c;
    char moved[1024];
    volatile int stop = SIGTERM;
    small_disrnn(&c);
    set(&c, "train.trainable", "latent_in, update_net.*.output_*");
    CHECK_OK(ctx, fit("single", &c));
    check_contains(notes, "trained are latent_inits, update_net.0.output_weights, "
                          "update_net.0.output_biases, update_net.1.output_weights, "
                          "update_net.1.output_biases: 18 of ");
    moved_parameters("single", 3, moved, sizeof moved);
    assert_string_equal(moved,
                        "latent_inits update_net.0.output_weights update_net.0.output_biases "
                        "update_net.1.output_weights update_net.1.output_biases");
    set(&c, "seed", "2");
    set(&c, "replicas", "2");
    const dsc_fit_request r = {.config = &c, .run = path_in(folder, "fleet"), .stop = &stop};
    assert_int_equal(dsc_fit(ctx, &r), DSC_STOPPED);
    CHECK_OK(ctx, resume("fleet"));
    assert_same_run("single", "fleet/replica-1");
}

// The one step is cut down to a norm that only the trained values make up.
static void frozen_parameters_weigh_nothing_when_clipping(void **state)
{
    (void)state;
    static const char *const keys[][2] = {{"train.trainable", "linear"},
                                          {"phases.main.steps", "1"},
                                          {"optimizer.name", "sgd"},
                                          {"phases.main.learning_rate", "1"},
                                          {"engine.precision", "double"}};
    static const char *const clips[] = {"optimizer.clip_gradient", "optimizer.clip_update"};
    dsc_fit_config c;
    char moved[256];
    for (int i = 0; i < 2; i++) {
        small_gru(&c);
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) set(&c, keys[k][0], keys[k][1]);
        set(&c, "optimizer.clip_update", "0");
        set(&c, clips[i], "0.001");
        CHECK_OK(ctx, fit(clips[i], &c));
        const double norm = moved_parameters(clips[i], 0, moved, sizeof moved);
        assert_string_equal(moved, "linear.w linear.b");
        check_value("norm of the step", norm, 0.001, 1e-12);
    }
}

static void pattern_without_a_parameter_is_refused(void **state)
{
    (void)state;
    dsc_fit_config c;
    small_gru(&c);
    set(&c, "train.trainable", "linear, embedding");
    CHECK_FAILS(ctx, DSC_INPUT, "train.trainable: \"embedding\" fits no parameter of gru",
                fit("run", &c));
    check_contains(dsc_message(ctx), "its parameters are gru.w_i, gru.w_h, gru.b, linear.w");
    small_disrnn(&c);
    set(&c, "train.trainable", "penalty.*"); // settings
    CHECK_FAILS(ctx, DSC_INPUT, "\"penalty.*\" fits no parameter", fit("run", &c));
    assert_false(is_run(path_in(folder, "run")));
}

// Two phases of 10 steps in place of one of 20: the steps, their noise and their batches are the
// same.
static void split_phase(dsc_fit_config *c, bool reset)
{
    small_disrnn(c);
    c->n_phases = 1;
    c->phase[0] = c->phase[1];
    set(c, "phases.main.steps", "20");
    set(c, "phases.main.schedule", "constant");
    CHECK_OK(ctx, fit(reset ? "whole-again" : "whole", c));
    set(c, "phases.main.steps", "10");
    c->n_phases = 2;
    c->phase[1] = c->phase[0];
    strcpy(c->phase[1].name, "again");
    c->phase[1].reset_optimizer = reset;
    CHECK_OK(ctx, fit(reset ? "reset" : "halves", c));
}

static void phase_boundary_alone_changes_nothing(void **state)
{
    (void)state;
    dsc_fit_config c;
    split_phase(&c, false);
    assert_same_parameters("whole", "halves", "last");
    split_phase(&c, true);
    char *text = read_text("reset", "checkpoints/last.safetensors");
    check_contains(text + 8, "\"optimizer_steps\":\"10\"");
    dsc_free(ctx, &text);
    text = read_text("halves", "checkpoints/last.safetensors");
    check_contains(text + 8, "\"optimizer_steps\":\"20\"");
    dsc_free(ctx, &text);
}

// The step with the smallest nll_heldout + penalty among the rows of the phase main.
static int64_t best_row(const char *text)
{
    double least = INFINITY, step = -1;
    for (int row = 1; row <= 30; row++) {
        const char *line = text;
        for (int k = 0; k < row && line; k++)
            line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
        if (!line || !*line) break;
        if (!strstr(line, ",main,") || strstr(line, ",main,") > strchr(line, '\n')) continue;
        const double value = cell_of(line, 0, 4) + cell_of(line, 0, 5);
        if (value < least) {
            least = value;
            step = cell_of(line, 0, 0);
        }
    }
    return (int64_t)step;
}

static void best_checkpoint_counts_the_penalty_and_the_last_phase(void **state)
{
    (void)state;
    dsc_fit_config c;
    dsc_run *run = NULL;
    small_disrnn(&c);
    set(&c, "model.latent_penalty", "0.3");
    set(&c, "phases.main.schedule", "constant");
    set(&c, "phases.main.learning_rate", "0.02");
    set(&c, "train.evaluate_every", "1");
    CHECK_OK(ctx, fit("run", &c));
    char *text = read_text("run", "metrics.csv");
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, "run"), "best", &run));
    assert_int_equal(run->step, best_row(text));
    assert_true(run->step > 20); // the nll alone is best earlier
    dsc_run_close(ctx, &run);
    dsc_free(ctx, &text);
}

// ---- values -------------------------------------------------------------------------------------

static void small_hybrid(dsc_fit_config *c)
{
    small_disrnn(c);
    set(c, "data.targets", "prev_reward"); // beside choices: penalized_hybrid
    set(c, "loss.likelihood_weight", "0.3");
}

// The slope by the squared errors depends on all of them: every step looks ahead.
static void hybrid_fits_give_the_same_bits(void **state)
{
    (void)state;
    dsc_fit_config c;
    volatile int stop = SIGTERM;
    small_hybrid(&c);
    CHECK_OK(ctx, fit("whole", &c));
    set(&c, "engine.threads", "3");
    set(&c, "engine.isa", "scalar");
    CHECK_OK(ctx, fit("scalar", &c));
    assert_same_run("whole", "scalar");
    small_hybrid(&c);
    const dsc_fit_request r = {.config = &c, .run = path_in(folder, "parts"), .stop = &stop};
    CHECK_FAILS(ctx, DSC_STOPPED, "stopped after step 0", dsc_fit(ctx, &r));
    CHECK_OK(ctx, resume("parts"));
    assert_same_run("whole", "parts");
    small_hybrid(&c);
    assert_fleet_equals_singles(&c, "rolling");
}

// Of ln(1 + S / n) the slope is 1 / (n + S), at the sums that the gradient finds too.
static void hybrid_steps_take_the_slopes_of_their_own_batch(void **state)
{
    (void)state;
    trainer t = {.ctx = ctx};
    const dsc_fit_request request = {.run = path_in(folder, "run")};
    CHECK_OK(ctx, dsc_alloc(ctx, 1, sizeof *t.config, &t.config));
    small_hybrid(t.config);
    t.request = &request;
    CHECK_OK(ctx, trainer_create(&t, NULL));
    CHECK_OK(ctx, replicas_create(&t));
    replica *r = &t.replicas[0];
    r->state.phase = 1; // noisy
    for (int i = 0; i < 3; i++) {
        train_batch b;
        CHECK_OK(ctx, batch_make(&t, r, true, &b));
        CHECK_OK(ctx, step_all(&t, &r, 1));
        const int nll = t.objective[TERM_NLL], sse = t.objective[TERM_SSE];
        const double n = b.count[TERM_SSE], wanted = 0.7 / (n + r->sums[sse]);
        assert_true(fabs(r->coefficients[sse] - wanted) < 1e-6 * wanted);
        assert_true(r->coefficients[nll] == 0.3 / b.count[TERM_NLL]);
        const double loss =
            0.3 * r->sums[nll] / b.count[TERM_NLL] + 0.7 * log(1 + r->sums[sse] / n);
        assert_true(fabs(r->last.nll - loss) < 1e-9);
    }
    trainer_destroy(&t);
}

static void mse_fits_a_column(void **state)
{
    (void)state;
    dsc_fit_config c;
    dsc_run *run = NULL;
    small_gru(&c);
    set(&c, "loss.name", "mse");
    set(&c, "data.targets", "reward,choice");
    CHECK_OK(ctx, fit("run", &c));
    char *text = read_text("run", "summary.json");
    check_contains(text, "\"no_skill_mse\"");
    dsc_free(ctx, &text);
    text = read_text("run", "predictions.csv");
    check_contains(text, "subject,session,trial,observed_reward,predicted_reward,observed_choice,"
                         "predicted_choice\n");
    dsc_free(ctx, &text);
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, "run"), "best", &run));
    assert_int_equal(run->n_actions, 0);
    assert_int_equal(run->n_values, 2);
    assert_string_equal(run->targets[1], "choice");
    dsc_run_close(ctx, &run);
}

static void targets_without_a_value_are_refused(void **state)
{
    (void)state;
    dsc_fit_config c;
    char path[160];
    snprintf(path, sizeof path, "%s/empty.csv", folder);
    CHECK_OK(ctx, dsc_write_file(ctx, path, "choice,x\n1,\n0,\n", 15));
    small_gru(&c);
    set(&c, "data.path", path);
    set(&c, "split.every", "0");
    set(&c, "data.inputs", "prev_choice");
    set(&c, "data.targets", "x");
    CHECK_FAILS(ctx, DSC_INPUT, "no trial of the training part has a value to predict",
                fit("x", &c));
}

static void loss_that_overflows_names_file_line_session_trial_and_step(void **state)
{
    (void)state;
    dsc_fit_config c;
    dsc_run *run = NULL;
    write_data(data, 2, 7, 1e30); // read as an input one trial later; its square is no float
    small_disrnn(&c);
    set(&c, "batch.mode", "single");
    set(&c, "model.update_net_obs_penalty", "0.01");
    CHECK_FAILS(ctx, DSC_INPUT, "loss is not a finite number at step 13 (phase main)",
                fit("run", &c));
    check_contains(dsc_message(ctx), data);
    check_contains(dsc_message(ctx), ", line 55, subject \"1\", session \"2\", trial 8.");
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, "run"), "last", &run));
    assert_int_equal(run->step, 7);
    dsc_run_close(ctx, &run);
}

// ---- refusals -----------------------------------------------------------------------------------

static void existing_run_is_refused_and_replaced_with_force(void **state)
{
    (void)state;
    dsc_fit_config c;
    small_gru(&c);
    CHECK_OK(ctx, fit("run", &c));
    CHECK_FAILS(ctx, DSC_INPUT, "--resume", fit("run", &c));
    dsc_fit_request r = {.config = &c, .run = path_in(folder, "run"), .force = true};
    set(&c, "data.path", "nowhere.csv");
    assert_int_not_equal(dsc_fit(ctx, &r), DSC_OK); // the old run must survive a bad request
    dsc_run *run = NULL;
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, "run"), NULL, &run));
    dsc_run_close(ctx, &run);
    small_disrnn(&c);
    CHECK_OK(ctx, dsc_fit(ctx, &r));
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, "run"), NULL, &run));
    assert_string_equal(run->model->name, "disrnn");
    dsc_run_close(ctx, &run);
}

static void bad_requests_say_what_to_do(void **state)
{
    (void)state;
    dsc_fit_config c;
    run_lock *lock = NULL;
    dsc_run *run = NULL;
    small_gru(&c);
    CHECK_FAILS(ctx, DSC_INPUT, "holds no run", resume("nothing"));
    assert_false(dsc_exists(path_in(folder, "nothing")));
    CHECK_FAILS(ctx, DSC_INPUT, "is a file", fit("data.csv", &c));
    CHECK_OK(ctx, fit("run", &c));
    CHECK_FAILS(ctx, DSC_INPUT, "\"best\" and \"last\"",
                dsc_run_open(ctx, path_in(folder, "run"), "first", &run));
    CHECK_FAILS(ctx, DSC_INPUT, "is not a run", dsc_run_open(ctx, folder, NULL, &run));
    CHECK_OK(ctx, lock_take(ctx, path_in(folder, "run"), &lock));
    CHECK_FAILS(ctx, DSC_INPUT, "in use by process", resume("run"));
    lock_release(&lock);
    set(&c, "loss.name", "penalized_categorical");
    assert_int_equal(fit("other", &c), DSC_INPUT);
    assert_false(dsc_exists(path_in(folder, "other")));
}

static void changed_config_is_not_resumed(void **state)
{
    (void)state;
    dsc_fit_config c;
    char path[256];
    small_gru(&c);
    CHECK_OK(ctx, fit("run", &c));
    snprintf(path, sizeof path, "%s/config.yaml", path_in(folder, "run"));
    CHECK_OK(ctx, dsc_fit_config_read(ctx, path, &c));
    set(&c, "phases.main.learning_rate", "0.5");
    CHECK_OK(ctx, config_save(ctx, path_in(folder, "run"), &c));
    CHECK_FAILS(ctx, DSC_INPUT, "another config", resume("run"));
}

// ---- batches ------------------------------------------------------------------------------------

// Three training sessions, a batch of `size`.
static void open_three(trainer *t, const char *mode, const char *size)
{
    static const dsc_fit_request request;
    *t = (trainer){.ctx = ctx, .request = &request};
    CHECK_OK(ctx, dsc_alloc(ctx, 1, sizeof *t->config, &t->config));
    small_gru(t->config);
    set(t->config, "split.every", "2");
    set(t->config, "split.offset", "1");
    set(t->config, "batch.mode", mode);
    set(t->config, "batch.size", size);
    CHECK_OK(ctx, trainer_create(t, NULL));
    assert_int_equal(t->train.n, 3);
}

static void assert_drawn(trainer *t, replica *r, int n, const int *wanted)
{
    train_batch b;
    CHECK_OK(ctx, batch_make(t, r, false, &b));
    for (int i = 0; i < n; i++) assert_int_equal(t->drawn[i], wanted[i]);
    batch_advance(t, &r->state);
}

static void rolling_batches_go_round(void **state)
{
    (void)state;
    trainer t;
    open_three(&t, "rolling", "5");
    replica r = {.config = t.config};
    assert_drawn(&t, &r, 5, (const int[]){0, 1, 2, 0, 1});
    assert_drawn(&t, &r, 5, (const int[]){2, 0, 1, 2, 0});
    trainer_destroy(&t);
    open_three(&t, "rolling", "2");
    r = (replica){.config = t.config};
    assert_drawn(&t, &r, 2, (const int[]){0, 1});
    assert_drawn(&t, &r, 2, (const int[]){2, 0});
    assert_drawn(&t, &r, 2, (const int[]){1, 2});
    trainer_destroy(&t);
}

static void random_batches_draw_with_replacement(void **state)
{
    (void)state;
    trainer t;
    int seen[3] = {0}, first[30];
    train_batch b;
    open_three(&t, "random", "30");
    replica r = {.config = t.config};
    CHECK_OK(ctx, batch_make(&t, &r, false, &b));
    memcpy(first, t.drawn, sizeof first);
    for (int i = 0; i < 30; i++) seen[t.drawn[i]]++;
    assert_true(seen[0] > 2 && seen[1] > 2 && seen[2] > 2);
    double counted = 0;
    for (int k = 0; k < 3; k++) counted += seen[k] * t.train.count[TERM_NLL][k];
    assert_true(b.count[TERM_NLL] == counted);
    r.state.step = 1;
    CHECK_OK(ctx, batch_make(&t, &r, false, &b));
    assert_memory_not_equal(first, t.drawn, sizeof first);
    r.state.step = 0;
    CHECK_OK(ctx, batch_make(&t, &r, false, &b));
    assert_memory_equal(first, t.drawn, sizeof first);
    trainer_destroy(&t);
}

// As many sessions as there are, some of them more than once; of another seed others.
static void bootstrap_batches_are_drawn_once_per_seed(void **state)
{
    (void)state;
    trainer t;
    int n_same = 0, n_repeated = 0, first[3] = {-1};
    train_batch b;
    open_three(&t, "bootstrap", "30");
    replica r = {.config = t.config};
    for (int seed = 0; seed < 20; seed++) {
        t.config->seed = seed;
        r.state.step = 0;
        CHECK_OK(ctx, batch_make(&t, &r, false, &b));
        n_same += memcmp(first, t.drawn, sizeof first) == 0;
        memcpy(first, t.drawn, sizeof first);
        n_repeated += first[0] == first[1] || first[0] == first[2] || first[1] == first[2];
        double counted = 0;
        for (int i = 0; i < 3; i++) counted += t.train.count[TERM_NLL][first[i]];
        assert_true(b.count[TERM_NLL] == counted);
        r.state.step = 5;
        CHECK_OK(ctx, batch_make(&t, &r, false, &b));
        assert_memory_equal(first, t.drawn, sizeof first);
    }
    assert_true(n_same < 10 && n_repeated > 8 && n_repeated < 20); // 7 draws in 9 repeat a session
    trainer_destroy(&t);
}

// ---- memory -------------------------------------------------------------------------------------

static dsc_status tiny_fit(dsc_context *own, void *user)
{
    const dsc_fit_request r = {.config = user, .run = path_in(folder, "tiny"), .force = true};
    return dsc_fit(own, &r);
}

static void no_allocation_failure_leaks_or_crashes(void **state)
{
    (void)state;
    dsc_fit_config c;
    small_disrnn(&c);
    set(&c, "phases.warmup.steps", "1");
    set(&c, "phases.main.steps", "1");
    assert_true(check_every_allocation_failure(tiny_fit, &c) > 50);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static void run_with_a_relative_data_path_opens_from_any_folder(void **state)
{
    (void)state;
    static dsc_fit_config c;
    char here[4096];
    dsc_run *run = NULL;
    dsc_table *table = NULL;
    dsc_split split = {0};
    small_gru(&c);
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(folder), 0);
    set(&c, "data.path", strrchr(data, '/') + 1);
    CHECK_OK(ctx, fit("relative", &c));
    assert_int_equal(chdir("/"), 0);
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, "relative"), NULL, &run));
    CHECK_OK(ctx, dsc_run_data(ctx, run, &table, &split));
    assert_int_equal(chdir(here), 0);
    dsc_split_free(ctx, &split);
    dsc_table_destroy(ctx, &table);
    dsc_run_close(ctx, &run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_number_of_threads_gives_the_same_bits),
        TEST(another_seed_gives_other_bits),
        TEST(run_with_a_relative_data_path_opens_from_any_folder),
        TEST(replicas_equal_single_runs),
        TEST(replicas_of_a_path_equal_single_runs),
        TEST(seeds_of_a_path_share_their_warm_up),
        TEST(stopped_path_resumes_to_the_same_bits),
        TEST(what_is_no_path_is_refused),
        TEST(stopped_fit_resumes_to_the_same_bits),
        TEST(killed_fit_resumes_to_the_same_bits),
        TEST(fleet_whose_replicas_stand_apart_resumes),
        TEST(extended_fit_equals_a_longer_one),
        TEST(unfinished_fit_is_not_extended),
        TEST(patience_ends_a_fit_that_no_longer_improves),
        TEST(fit_lowers_the_loss_and_logs_it_before_the_update),
        TEST(settings_are_never_trained),
        TEST(only_trainable_parameters_move),
        TEST(frozen_parameters_weigh_nothing_when_clipping),
        TEST(pattern_without_a_parameter_is_refused),
        TEST(phase_boundary_alone_changes_nothing),
        TEST(best_checkpoint_counts_the_penalty_and_the_last_phase),
        TEST(hybrid_fits_give_the_same_bits),
        TEST(hybrid_steps_take_the_slopes_of_their_own_batch),
        TEST(mse_fits_a_column),
        TEST(targets_without_a_value_are_refused),
        TEST(loss_that_overflows_names_file_line_session_trial_and_step),
        TEST(existing_run_is_refused_and_replaced_with_force),
        TEST(bad_requests_say_what_to_do),
        TEST(changed_config_is_not_resumed),
        TEST(rolling_batches_go_round),
        TEST(random_batches_draw_with_replacement),
        TEST(bootstrap_batches_are_drawn_once_per_seed),
        TEST(no_allocation_failure_leaks_or_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
