// SPDX-License-Identifier: Apache-2.0
// test_train_start.c — fits that begin with the parameters of another run: taken bit by bit,
// subjects by their labels, settings from the new fit; what does not go together is refused.
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "support/check.h"
#include "train/trainer.h"

static dsc_context *ctx;
static char folder[64];

// Two sessions of 12 trials for every letter of `people`; made-up choices.
static void write_people(const char *name, const char *people, int n_options)
{
    FILE *out = fopen(path_in(folder, name), "w");
    unsigned n = 7;
    assert_non_null(out);
    fprintf(out, "subject,session,choice,reward\n");
    for (const char *p = people; *p; p++)
        for (int k = 0; k < 24; k++, n = n * 1103515245 + 12345)
            fprintf(out, "%c,%d,%d,%d\n", *p, k / 12, (int)(n >> 16) % n_options, n >> 20 & 1);
    fclose(out);
}

// "abc" without the choices of the first session of b.
static void write_unchosen(const char *name)
{
    FILE *out = fopen(path_in(folder, name), "w");
    assert_non_null(out);
    fprintf(out, "subject,session,choice,reward\n");
    for (int k = 0; k < 72; k++)
        if (k / 12 == 2) fprintf(out, "b,0,,%d\n", k % 3 == 0);
        else fprintf(out, "%c,%d,%d,%d\n", "abc"[k / 24], k / 12 % 2, k * 7 / 5 % 2, k % 3 == 0);
    fclose(out);
}

static int set_up(void **state)
{
    (void)state;
    make_temporary_folder(folder);
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return 1;
    write_people("abc.csv", "abc", 2);
    write_people("bd.csv", "bd", 2);
    write_people("three.csv", "ab", 3);
    write_unchosen("unchosen.csv");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    remove_folder(folder);
    return 0;
}

static void set(dsc_fit_config *c, const char *key, const char *value)
{
    CHECK_OK(ctx, dsc_fit_config_set(ctx, c, key, value, "test"));
}

// A fit of six steps; of noisy models, three of them warm up.
static void config_of(dsc_fit_config *c, const char *model, const char *table)
{
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, model, c));
    set(c, "data.path", path_in(folder, table));
    set(c, "engine.threads", "1");
    set(c, "split.every", "2");
    for (int i = 0; i < c->n_phases; i++) c->phase[i].steps = 6 / c->n_phases;
    if (strncmp(model, "disrnn", 6) == 0) set(c, "model.latent_size", "2");
    else set(c, "model.n_units", "3");
}

static dsc_status fit(const char *name, const dsc_fit_config *c)
{
    const dsc_fit_request r = {.config = c, .run = path_in(folder, name)};
    return dsc_fit(ctx, &r);
}

static void start_at(dsc_fit_config *c, const char *run)
{
    set(c, "train.start", path_in(folder, run));
}

static dsc_run *open_run(const char *name, const char *which)
{
    dsc_run *run = NULL;
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, name), which, &run));
    return run;
}

// Values of a parameter, for both runs the same bits
static void assert_same_values(const dsc_run *a, const dsc_run *b, const char *name)
{
    int rows, cols;
    const double *x = dsc_run_parameter(a, name, &rows, &cols);
    const double *y = dsc_run_parameter(b, name, NULL, NULL);
    assert_memory_equal(x, y, (size_t)(rows * cols) * sizeof *x);
}

static void fit_begins_with_the_parameters_of_another_run(void **state)
{
    (void)state;
    dsc_fit_config c;
    config_of(&c, "disrnn", "abc.csv");
    CHECK_OK(ctx, fit("first", &c));
    set(&c, "seed", "9");
    set(&c, "model.latent_penalty", "0.25");
    set(&c, "train.trainable", "choice_net");
    start_at(&c, "first");
    CHECK_OK(ctx, fit("second", &c));
    dsc_run *a = open_run("first", "best"), *b = open_run("second", "last");
    assert_same_values(a, b, "update_net.1.input_weights");
    assert_same_values(a, b, "latent_sigma_params");
    check_value("penalty", *dsc_run_parameter(b, "penalty.latent", NULL, NULL), 0.25, 0);
    dsc_run_close(ctx, &a);
    dsc_run_close(ctx, &b);
}

#define EMBEDDING "subject_embedding_weights.w"

// Of "abc" c was held out, so it is neither taken over nor part of the mean.
static void subjects_are_known_by_label_and_others_start_at_the_mean(void **state)
{
    (void)state;
    dsc_fit_config c;
    config_of(&c, "disrnn_multisubject", "abc.csv");
    set(&c, "split.unit", "subject");
    set(&c, "split.every", "3");
    set(&c, "split.offset", "2");
    CHECK_OK(ctx, fit("first", &c));
    config_of(&c, "disrnn_multisubject", "bd.csv");
    set(&c, "train.trainable", "latent_inits");
    start_at(&c, "first");
    CHECK_OK(ctx, fit("own", &c));
    set(&c, "train.start_subjects", "mean");
    CHECK_OK(ctx, fit("mean", &c));
    dsc_run *first = open_run("first", NULL), *own = open_run("own", "last"),
            *mean = open_run("mean", "last");
    const double *x = dsc_run_parameter(first, EMBEDDING, NULL, NULL);
    const double *y = dsc_run_parameter(own, EMBEDDING, NULL, NULL);
    const double *z = dsc_run_parameter(mean, EMBEDDING, NULL, NULL);
    for (int k = 0; k < 2; k++) {
        check_value("b has its own", y[k], x[2 + k], 0);
        check_value("d the mean of a and b", y[2 + k], (x[k] + x[2 + k]) / 2, 0);
        check_value("b the mean if asked", z[k], (x[k] + x[2 + k]) / 2, 0);
    }
    dsc_run_close(ctx, &first);
    dsc_run_close(ctx, &own);
    dsc_run_close(ctx, &mean);
}

static void assert_at_mean(const char *name, int subject)
{
    dsc_run *run = open_run(name, NULL);
    const double *x = dsc_run_parameter(run, EMBEDDING, NULL, NULL);
    const int others[] = {subject == 0, subject == 2 ? 1 : 2};
    assert_non_null(run->untrained);
    for (int s = 0; s < 3; s++) assert_int_equal(run->untrained[s], s == subject);
    for (int k = 0; k < 2; k++)
        check_value("the mean of the others", x[2 * subject + k],
                    (x[2 * others[0] + k] + x[2 * others[1] + k]) / 2, 0);
    dsc_run_close(ctx, &run);
}

// Held out; or trained on, but without a choice; or trained, and so with an embedding of their own.
static void who_was_not_trained_on_has_the_mean_of_the_others(void **state)
{
    (void)state;
    dsc_fit_config c;
    config_of(&c, "disrnn_multisubject", "abc.csv");
    CHECK_OK(ctx, fit("whole", &c));
    dsc_run *run = open_run("whole", NULL);
    assert_null(run->untrained);
    dsc_run_close(ctx, &run);
    set(&c, "split.unit", "subject");
    set(&c, "split.every", "3");
    set(&c, "split.offset", "0");
    CHECK_OK(ctx, fit("heldout", &c));
    assert_at_mean("heldout", 0);
    // sessions 0, 2 and 4 train
    config_of(&c, "disrnn_multisubject", "unchosen.csv");
    set(&c, "split.offset", "1");
    CHECK_OK(ctx, fit("unchosen", &c));
    assert_at_mean("unchosen", 1);
}

// Also when the fit was stopped at once, and what it started from is gone.
static void started_fit_resumes_to_the_same_bits(void **state)
{
    (void)state;
    dsc_fit_config c;
    volatile int stop = SIGTERM;
    config_of(&c, "gru", "abc.csv");
    CHECK_OK(ctx, fit("first", &c));
    start_at(&c, "first");
    set(&c, "replicas", "2");
    CHECK_OK(ctx, fit("whole", &c));
    const dsc_fit_request r = {.config = &c, .run = path_in(folder, "parts"), .stop = &stop};
    assert_int_equal(dsc_fit(ctx, &r), DSC_STOPPED);
    assert_int_equal(rename(path_in(folder, "first"), path_in(folder, "gone")), 0);
    const dsc_fit_request again = {.run = path_in(folder, "parts"), .resume = true};
    CHECK_OK(ctx, dsc_fit(ctx, &again));
    dsc_run *a = open_run("whole/replica-1", "last"), *b = open_run("parts/replica-1", "last");
    assert_int_equal(a->step, 6);
    assert_memory_equal(a->parameters, b->parameters, a->layout.n_values * sizeof(double));
    dsc_run_close(ctx, &a);
    dsc_run_close(ctx, &b);
}

static void what_does_not_go_together_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *model, *table, *key, *value, *said;
    } cases[] = {
        {"lstm", "abc.csv", "seed", "1", "is a run of gru, but this fit is of lstm"},
        {"gru", "abc.csv", "model.n_units", "4", "gru.w_i is 2 x 9 in"},
        {"gru", "abc.csv", "data.inputs", "prev_reward,prev_choice",
         "first is prev_choice, but here it is prev_reward"},
        {"gru", "abc.csv", "data.inputs", "prev_choice", "is prev_reward, but here it is nothing"},
        {"gru", "three.csv", "seed", "1",
         "chooses among 2 options and predicts 0 values, but this fit 3"},
        {"gru", "abc.csv", "train.start", "nowhere", "nowhere is not a run"},
    };
    dsc_fit_config c;
    config_of(&c, "gru", "abc.csv");
    CHECK_OK(ctx, fit("first", &c));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        config_of(&c, cases[i].model, cases[i].table);
        start_at(&c, "first");
        set(&c, cases[i].key, cases[i].value);
        CHECK_FAILS(ctx, DSC_INPUT, cases[i].said, fit("second", &c));
        assert_false(is_run(path_in(folder, "second")));
    }
    dsc_run *run = open_run("first", "last");
    CHECK_FAILS(ctx, DSC_INPUT, "first did not start from another run (train.start is empty)",
                dsc_run_restart(ctx, run));
    dsc_run_close(ctx, &run);
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "q_learning", &c));
    set(&c, "data.path", path_in(folder, "abc.csv"));
    start_at(&c, "first");
    CHECK_FAILS(ctx, DSC_INPUT, "searches from many starts", dsc_fit_config_check(ctx, &c));
}

// A run of all subjects of its table has no new ones; a file that is cut has no sizes.
static void configs_that_cannot_be_made_leave_theirs_as_it_was(void **state)
{
    (void)state;
    static const char cut[] = "{\"gru\": {\"w_i\": [[1]]}}";
    dsc_fit_config c, before;
    config_of(&c, "gru", "abc.csv");
    set(&c, "split.every", "0");
    CHECK_OK(ctx, fit("all", &c));
    const dsc_adapt_request r = {.run = path_in(folder, "all"), .first = 0.5};
    set(&c, "seed", "77");
    before = c;
    CHECK_FAILS(ctx, DSC_INPUT, "", dsc_adapt_config(ctx, &r, &c));
    assert_memory_equal(&c, &before, sizeof c);
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "cut.json"), cut, sizeof cut - 1));
    CHECK_FAILS(ctx, DSC_INPUT, "the file is cut",
                dsc_import_config(ctx, path_in(folder, "cut.json"), &c));
    assert_memory_equal(&c, &before, sizeof c);
}

// Not even where it may replace what is there: then nothing would be left to begin with.
static void a_fit_does_not_start_from_what_it_replaces(void **state)
{
    (void)state;
    dsc_fit_config c;
    config_of(&c, "gru", "abc.csv");
    set(&c, "replicas", "2");
    CHECK_OK(ctx, fit("first", &c));
    static const char *const into[] = {"first/replica-0", "first"};
    for (int i = 0; i < 2; i++) {
        const dsc_fit_request r = {.config = &c, .run = path_in(folder, into[i]), .force = true};
        start_at(&c, "first/replica-0");
        set(&c, "replicas", i ? "2" : "1");
        CHECK_FAILS(ctx, DSC_INPUT, "would replace; give another folder with -o", dsc_fit(ctx, &r));
        dsc_run *run = open_run("first/replica-0", "last"); // is as it was
        dsc_run_close(ctx, &run);
    }
}

// Every value of a checkpoint becomes one that no float holds.
static void parameters_that_ran_away_are_no_start(void **state)
{
    (void)state;
    dsc_fit_config c;
    char *bytes, file[300];
    size_t n;
    uint64_t header;
    const double huge = 1e300;
    config_of(&c, "gru", "abc.csv");
    CHECK_OK(ctx, fit("first", &c));
    for (int last = 0; last < 2; last++) {
        snprintf(file, sizeof file, "%s/checkpoints/%s.safetensors", path_in(folder, "first"),
                 last ? "last" : "best");
        CHECK_OK(ctx, dsc_read_file(ctx, file, &bytes, &n));
        memcpy(&header, bytes, sizeof header);
        for (size_t at = 8 + header; at + sizeof huge <= n; at += sizeof huge)
            memcpy(bytes + at, &huge, sizeof huge);
        CHECK_OK(ctx, dsc_write_file(ctx, file, bytes, n));
        dsc_free(ctx, &bytes);
    }
    start_at(&c, "first");
    CHECK_FAILS(ctx, DSC_INPUT, "train.start: value 0 of gru.w_i in ", fit("second", &c));
    check_contains(dsc_message(ctx), "is 1e+300, which nothing can be learnt from");
    assert_false(is_run(path_in(folder, "second")));
}

// Layers more or fewer change no shape that both have.
static void a_parameter_of_one_side_only_is_refused(void **state)
{
    (void)state;
    dsc_fit_config c;
    config_of(&c, "disrnn", "abc.csv");
    CHECK_OK(ctx, fit("two", &c));
    set(&c, "model.update_net_n_layers", "1");
    start_at(&c, "two");
    CHECK_FAILS(ctx, DSC_INPUT, "has a parameter update_net.0.layer_1.weights that this fit",
                fit("second", &c));
    set(&c, "model.update_net_n_layers", "3");
    CHECK_FAILS(ctx, DSC_INPUT, "has no parameter update_net.0.layer_2.weights", fit("second", &c));
}

static dsc_status tiny_fit(dsc_context *own, void *user)
{
    const dsc_fit_request r = {.config = user, .run = path_in(folder, "tiny"), .force = true};
    return dsc_fit(own, &r);
}

static void no_allocation_failure_leaks_or_crashes(void **state)
{
    (void)state;
    dsc_fit_config c;
    config_of(&c, "disrnn_multisubject", "abc.csv");
    c.phase[0].steps = c.phase[1].steps = 1;
    CHECK_OK(ctx, fit("first", &c));
    start_at(&c, "first");
    assert_true(check_every_allocation_failure(tiny_fit, &c) > 50);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fit_begins_with_the_parameters_of_another_run),
        TEST(subjects_are_known_by_label_and_others_start_at_the_mean),
        TEST(who_was_not_trained_on_has_the_mean_of_the_others),
        TEST(started_fit_resumes_to_the_same_bits),
        TEST(what_does_not_go_together_is_refused),
        TEST(configs_that_cannot_be_made_leave_theirs_as_it_was),
        TEST(a_fit_does_not_start_from_what_it_replaces),
        TEST(parameters_that_ran_away_are_no_start),
        TEST(a_parameter_of_one_side_only_is_refused),
        TEST(no_allocation_failure_leaks_or_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
