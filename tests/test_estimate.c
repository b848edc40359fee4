// SPDX-License-Identifier: Apache-2.0
// test_estimate.c — fits by likelihood as runs: simulated agents are recovered, files are complete,
// interrupted fits go on to the same bits, and what is doubtful is said.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "discern/discern.h"
#include "fit/internal.h"
#include "support/check.h"

static dsc_context *ctx;
static char folder[64];

enum { SUBJECTS = 6, TRIALS = 600 };

static const char model_text[] = "model forager\n"
                                 "actions 2\n"
                                 "outcome reward\n"
                                 "parameter alpha in unit prior beta(2, 2)\n"
                                 "parameter beta in [0, 20] prior gamma(2, 3)\n"
                                 "state q[action] = 0.5\n"
                                 "trial\n"
                                 "    choose softmax(beta * q)\n"
                                 "    q[choice] += alpha * (reward - q[choice])\n";

static double truth(int who, int parameter)
{
    return parameter ? 2 + 1.2 * who : 0.15 + 0.12 * who;
}

// Subjects in the order first, first + 1, ... (round); each two sessions.
static void write_trials(const char *name, int first)
{
    FILE *f = fopen(path_in(folder, name), "w");
    assert_non_null(f);
    fprintf(f, "subject,session,trial,choice,reward\n");
    for (int s = 0; s < 2 * SUBJECTS; s++) {
        const int who = (first + s / 2) % SUBJECTS;
        double q[2] = {0.5, 0.5};
        dsc_stream r = dsc_stream_start(7, DSC_FOR_TASK, 0, (uint32_t)(2 * who + s % 2), 0);
        for (int t = 0; t < TRIALS / 2; t++) {
            const double p = 1 / (1 + exp(truth(who, 1) * (q[1] - q[0])));
            const int c = dsc_stream_uniform(&r) > p;
            const int reward = dsc_stream_uniform(&r) < (c == t / 50 % 2 ? 0.8 : 0.2);
            fprintf(f, "p%d,%d,%d,%d,%d\n", who, s % 2, t, c, reward);
            q[c] += truth(who, 0) * (reward - q[c]);
        }
    }
    fclose(f);
}

static void configure(dsc_fit_config *c, const char *data)
{
    CHECK_OK(ctx,
             dsc_write_file(ctx, path_in(folder, "forager.cog"), model_text, strlen(model_text)));
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, path_in(folder, "forager.cog"), c));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, c, "data.path", path_in(folder, data), "test"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, c, "fit.restarts", "6", "test"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, c, "engine.threads", "2", "test"));
}

static dsc_status fit(const dsc_fit_config *c, const char *run, const volatile int *stop)
{
    const dsc_fit_request r = {.config = c,
                               .run = path_in(folder, run),
                               .resume = c == NULL,
                               .force = c != NULL,
                               .stop = stop};
    return dsc_estimate(ctx, &r);
}

static char *contents(const char *run, const char *name, size_t *n)
{
    char path[512], *text = NULL;
    snprintf(path, sizeof path, "%s/%s", path_in(folder, run), name);
    CHECK_OK(ctx, dsc_read_file(ctx, path, &text, n));
    return text;
}

static void assert_same_file(const char *a, const char *b, const char *name)
{
    size_t n, m;
    char *x = contents(a, name, &n), *y = contents(b, name, &m);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
    dsc_free(ctx, &x);
    dsc_free(ctx, &y);
}

// A value of fit.csv by subject and column.
static double value_of(const char *run, const char *subject, const char *column)
{
    size_t n;
    char *text = contents(run, "fit.csv", &n), *line = text;
    int at = 0;
    double value = NAN;
    const char *head = strstr(text, column);
    assert_non_null(head);
    for (const char *s = text; s < head; s++) at += *s == ',';
    while ((line = strchr(line, '\n')) && *++line) {
        if (strncmp(line, subject, strlen(subject)) != 0) continue;
        char *s = line;
        for (int k = 0; k < at; k++) s = strchr(s, ',') + 1;
        if (*s != ',' && *s != '\n') value = strtod(s, NULL);
        break;
    }
    dsc_free(ctx, &text);
    return value;
}

static void simulated_subjects_are_recovered(void **state)
{
    (void)state;
    static dsc_fit_config c;
    dsc_run *run = NULL;
    int rows, columns;
    configure(&c, "trials.csv");
    assert_string_equal(c.fit.method, "mle");
    CHECK_OK(ctx, fit(&c, "run", NULL));
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, "run"), NULL, &run));
    const double *alpha = dsc_run_parameter(run, "alpha", &rows, &columns),
                 *beta = dsc_run_parameter(run, "beta", &rows, &columns);
    assert_int_equal(run->n_subjects, SUBJECTS);
    for (int k = 0; k < SUBJECTS; k++) {
        char subject[8];
        snprintf(subject, sizeof subject, "p%d", k);
        assert_true(fabs(alpha[k] - truth(k, 0)) < 4 * value_of("run", subject, "se_alpha"));
        assert_true(fabs(beta[k] - truth(k, 1)) < 4 * value_of("run", subject, "se_beta"));
        assert_true(alpha[k] == value_of("run", subject, "alpha"));
    }
    dsc_run_close(ctx, &run);
}

static void everything_that_a_run_has_is_there(void **state)
{
    (void)state;
    static const char *const names[] = {"config.yaml",
                                        "provenance.json",
                                        "split.json",
                                        "predictions.csv",
                                        "summary.json",
                                        "fit.csv",
                                        "checkpoints/best.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n;
        char *text = contents("run", names[i], &n);
        assert_true(n > 0);
        dsc_free(ctx, &text);
    }
    assert_false(dsc_exists(path_in(folder, "run/fit.state")));
    assert_false(dsc_exists(path_in(folder, "run/lock")));
}

// The fit's sum of -ln p and that of the predictions are two computations of one thing.
static void predictions_have_the_likelihood_of_the_fit(void **state)
{
    (void)state;
    size_t n;
    double fitted = 0, predicted = 0;
    char *text = contents("run", "predictions.csv", &n);
    for (char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        const char *end = strchr(line + 1, '\n'), *s = end ? end : line + strlen(line);
        while (*s != ',') s--;
        predicted -= strtod(s + 1, NULL);
    }
    dsc_free(ctx, &text);
    for (int k = 0; k < SUBJECTS; k++) {
        char subject[8];
        snprintf(subject, sizeof subject, "p%d", k);
        fitted += value_of("run", subject, "nll,");
    }
    assert_true(fabs(fitted - predicted) < 1e-9 * fitted);
}

static void a_fit_that_is_stopped_goes_on_to_the_same_bits(void **state)
{
    (void)state;
    static dsc_fit_config c;
    volatile int stop = 2;
    configure(&c, "trials.csv");
    CHECK_FAILS(ctx, DSC_STOPPED, "--resume", fit(&c, "stopped", &stop));
    assert_true(dsc_exists(path_in(folder, "stopped/fit.state")));
    CHECK_OK(ctx, fit(NULL, "stopped", NULL));
    assert_same_file("run", "stopped", "fit.csv");
    assert_same_file("run", "stopped", "predictions.csv");
    CHECK_OK(ctx, fit(NULL, "stopped", NULL)); // is done already
}

static void a_damaged_state_is_refused(void **state)
{
    (void)state;
    static dsc_fit_config c;
    volatile int stop = 2;
    configure(&c, "trials.csv");
    CHECK_FAILS(ctx, DSC_STOPPED, "--resume", fit(&c, "damaged", &stop));
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "damaged/fit.state"), "discern-fit-1 ", 14));
    CHECK_FAILS(ctx, DSC_INPUT, "--force", fit(NULL, "damaged", NULL));
}

static void threads_and_order_of_subjects_do_not_change_a_row(void **state)
{
    (void)state;
    static dsc_fit_config c;
    size_t n;
    configure(&c, "turned.csv");
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "engine.threads", "1", "test"));
    CHECK_OK(ctx, fit(&c, "turned", NULL));
    char *one = contents("run", "fit.csv", &n), *other = contents("turned", "fit.csv", &n);
    for (char *line = strtok(one, "\n"); line; line = strtok(NULL, "\n"))
        assert_non_null(strstr(other, line));
    dsc_free(ctx, &one);
    dsc_free(ctx, &other);
}

static void methods_of_nlopt_find_the_same_maxima(void **state)
{
    (void)state;
    static const char *const names[] = {"nlopt:lbfgs",   "nlopt:slsqp",     "nlopt:mma",
                                        "nlopt:tnewton", "nlopt:bobyqa",    "nlopt:cobyla",
                                        "nlopt:sbplx",   "nlopt:neldermead"};
    static dsc_fit_config c;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        configure(&c, "trials.csv");
        CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "fit.optimizer", names[i], "test"));
        CHECK_OK(ctx, fit(&c, "nlopt", NULL));
        for (int k = 0; k < SUBJECTS; k++) {
            char subject[8];
            snprintf(subject, sizeof subject, "p%d", k);
            assert_true(
                fabs(value_of("nlopt", subject, "nll,") - value_of("run", subject, "nll,")) < 1e-5);
        }
    }
}

static void a_stopped_fit_by_nlopt_leaks_nothing_and_goes_on(void **state)
{
    (void)state;
    static dsc_fit_config c;
    volatile int stop = 2;
    configure(&c, "trials.csv");
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "fit.optimizer", "nlopt:bobyqa", "test"));
    CHECK_FAILS(ctx, DSC_STOPPED, "--resume", fit(&c, "half", &stop));
    CHECK_OK(ctx, fit(NULL, "half", NULL));
    CHECK_OK(ctx, fit(&c, "whole", NULL));
    assert_same_file("half", "whole", "fit.csv");
}

static void map_adds_the_priors(void **state)
{
    (void)state;
    static dsc_fit_config c;
    configure(&c, "trials.csv");
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "fit.method", "map", "test"));
    CHECK_OK(ctx, fit(&c, "map", NULL));
    for (int k = 0; k < SUBJECTS; k++) {
        char subject[8];
        snprintf(subject, sizeof subject, "p%d", k);
        const double mle = value_of("run", subject, "nll,"), map = value_of("map", subject, "nll,");
        const double alpha = value_of("map", subject, "alpha"),
                     beta = value_of("map", subject, "beta");
        const double prior = log(6 * alpha * (1 - alpha)) + log(beta / 9) - beta / 3;
        assert_true(map >= mle);
        assert_true(fabs(prior - value_of("map", subject, "log_prior")) < 1e-9);
    }
}

// ln det of the inverse Hessian, from standard errors and correlation.
static double log_det_of(const char *run, const char *subject)
{
    const double a = value_of(run, subject, "se_alpha"), b = value_of(run, subject, "se_beta"),
                 r = value_of(run, subject, "corr_alpha_beta");
    return log(a * a * b * b * (1 - r * r));
}

static void laplace_evidence_needs_priors_and_a_maximum_inside(void **state)
{
    (void)state;
    static const double two_pi = 6.283185307179586;
    int n = 0;
    for (int k = 0; k < SUBJECTS; k++) {
        char subject[8];
        snprintf(subject, sizeof subject, "p%d", k);
        assert_true(isnan(value_of("run", subject, "log_evidence")));
        const double evidence = value_of("map", subject, "log_evidence");
        if (isnan(evidence)) continue;
        const double posterior =
            value_of("map", subject, "log_prior") - value_of("map", subject, "nll,");
        const double laplace = posterior + log(two_pi) + log_det_of("map", subject) / 2;
        assert_true(fabs(evidence - laplace) < 1e-9);
        n++;
    }
    assert_true(n > SUBJECTS / 2);
}

static void sessions_and_the_whole_can_be_the_groups(void **state)
{
    (void)state;
    static dsc_fit_config c;
    static const char *const levels[] = {"session", "model"};
    for (int i = 0; i < 2; i++) {
        dsc_run *run = NULL;
        size_t n;
        int lines = 0;
        configure(&c, "trials.csv");
        CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "fit.group", levels[i], "test"));
        CHECK_OK(ctx, fit(&c, levels[i], NULL));
        CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, levels[i]), NULL, &run));
        assert_int_equal(run->n_subjects, i ? 1 : 2 * SUBJECTS);
        dsc_run_close(ctx, &run);
        char *text = contents(levels[i], "fit.csv", &n);
        for (size_t k = 0; k < n; k++) lines += text[k] == '\n';
        assert_int_equal(lines, i ? 2 : 2 * SUBJECTS + 1);
        dsc_free(ctx, &text);
    }
}

static void a_split_is_fitted_on_its_training_part(void **state)
{
    (void)state;
    static dsc_fit_config c;
    size_t n;
    configure(&c, "trials.csv");
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "split.every", "2", "test"));
    CHECK_OK(ctx, fit(&c, "split", NULL));
    assert_true(value_of("split", "p1", "n_trials") == TRIALS / 2);
    char *text = contents("split", "summary.json", &n);
    check_contains(text, "\"heldout\"");
    dsc_free(ctx, &text);
}

// Of the first sessions those of p1 have no choices.
static void write_unchosen(const char *name)
{
    FILE *from = fopen(path_in(folder, "trials.csv"), "r"), *to;
    char line[128];
    assert_non_null(from);
    to = fopen(path_in(folder, name), "w");
    assert_non_null(to);
    while (fgets(line, sizeof line, from)) {
        char *choice = strrchr(line, ',') - 1;
        const bool without = strncmp(line, "p1,0,", 5) == 0;
        fprintf(to, "%.*s%s", (int)(choice - line), line, choice + without);
    }
    fclose(from);
    fclose(to);
}

// As if it had no session in the training part.
static void who_has_no_choice_to_fit_gets_the_median_of_the_others(void **state)
{
    (void)state;
    static dsc_fit_config c;
    dsc_run *run = NULL;
    double others[SUBJECTS];
    int n = 0;
    write_unchosen("unchosen.csv");
    configure(&c, "unchosen.csv");
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "split.every", "2", "test"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "split.offset", "1", "test"));
    CHECK_OK(ctx, fit(&c, "unchosen", NULL));
    assert_true(isnan(value_of("unchosen", "p1", "alpha")));
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, "unchosen"), NULL, &run));
    const double *alpha = dsc_run_parameter(run, "alpha", NULL, NULL);
    for (int i = 0; i < SUBJECTS; i++)
        if (i != 1) others[n++] = alpha[i];
    dsc_sort_numbers(n, others);
    check_value("p1", alpha[1], dsc_quantile(n, others, 0.5), 0);
    check_value("p0", alpha[0], value_of("unchosen", "p0", "alpha"), 1e-15);
    dsc_run_close(ctx, &run);
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "data.subjects", "p1", "test"));
    assert_int_equal(fit(&c, "unchosen", NULL), DSC_INPUT);
    check_contains(dsc_message(ctx), "all choices of the training part are missing");
}

static void what_is_doubtful_is_said(void **state)
{
    (void)state;
    static dsc_fit_config c;
    size_t n;
    dsc_run *run = NULL;
    dsc_text words = {0};
    const char *trials = "subject,choice,reward\na,0,1\na,0,1\na,0,1\na,0,1\nb,0,0\nb,1,0\nb,0,0\n"
                         "b,1,0\n";
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "few.csv"), trials, strlen(trials)));
    configure(&c, "few.csv");
    CHECK_OK(ctx, fit(&c, "few", NULL));
    char *text = contents("few", "fit.csv", &n);
    check_contains(text, "few_trials");
    check_contains(text, "beta=high");
    dsc_free(ctx, &text);
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, "few"), NULL, &run));
    CHECK_OK(ctx, dsc_show(ctx, run, false, &words));
    check_contains(words.s, "fewer than ten scored trials");
    check_contains(words.s, "alpha");
    dsc_text_free(ctx, &words);
    dsc_run_close(ctx, &run);
}

// Of two subjects one stays after wins and mostly shifts after losses; the other hardly ever leaves
// the first option, which pays every other block: no value of beta is too high for that.
static void parameters_that_run_to_infinity_and_constant_choices_are_named(void **state)
{
    (void)state;
    static dsc_fit_config c;
    FILE *f = fopen(path_in(folder, "away.csv"), "w");
    dsc_stream r = dsc_stream_start(5, DSC_FOR_TASK, 0, 0, 0);
    fprintf(f, "subject,choice,reward\n");
    for (int who = 0; who < 2; who++)
        for (int t = 0, last = 0; t < 200; t++) {
            const int good = t / 20 % 2, slip = dsc_stream_uniform(&r) < 0.2;
            const int choice = who ? t % 50 == 0 : slip ? 1 - last : last;
            fprintf(f, "%c,%d,%d\n", 'a' + who, choice, choice == good);
            last = choice == good ? choice : 1 - choice;
        }
    fclose(f);
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "q_learning", &c));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "data.path", path_in(folder, "away.csv"), "test"));
    CHECK_OK(ctx, fit(&c, "away", NULL));
    size_t n;
    char *text = contents("away", "fit.csv", &n);
    const char *away = strstr(text, "\nb,");
    assert_non_null(away ? strstr(away, "beta=unbounded") : NULL);
    assert_non_null(strstr(away, "unbounded constant"));
    assert_true(strstr(text, "unbounded") > away && strstr(text, "constant") > away);
    assert_null(strstr(text, "not_converged"));
    assert_true(isnan(value_of("away", "b", "se_alpha")) && value_of("away", "a", "se_beta") > 0);
    dsc_free(ctx, &text);
}

// ---- reading fit.csv back -----------------------------------------------------------------------

static dsc_run *opened(const char *name)
{
    dsc_run *run = NULL;
    CHECK_OK(ctx, dsc_run_open(ctx, path_in(folder, name), NULL, &run));
    return run;
}

// What is read back writes the same bytes: priors, correlations, bounds, flags.
static void estimates_that_are_read_back_write_the_same_file(void **state)
{
    (void)state;
    static const char *const runs[] = {"run", "map", "session", "away", "few"};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        dsc_run *run = opened(runs[i]);
        dsc_estimates *e = NULL;
        CHECK_OK(ctx, dsc_estimates_read(ctx, run, &e));
        CHECK_OK(ctx, table_write(ctx, e, path_in(folder, "fit.csv")));
        assert_same_file(runs[i], ".", "fit.csv");
        dsc_estimates_destroy(ctx, &e);
        dsc_run_close(ctx, &run);
    }
}

// Whatever ends a line, and whatever cell is damaged.
static void edited_estimates_are_read_or_refused_with_their_place(void **state)
{
    (void)state;
    size_t n;
    dsc_run *run = opened("run");
    dsc_estimates *e = NULL;
    char *text = contents("run", "fit.csv", &n), *line = strchr(text, '\n') + 1;
    snprintf(run->path, strlen(run->path) + 1, "%s", folder);
    for (char *s = text; *s; s++)
        if (*s == '\n') *s = '\r';
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "fit.csv"), text, n));
    CHECK_OK(ctx, dsc_estimates_read(ctx, run, &e));
    assert_int_equal(e->n_groups, SUBJECTS);
    dsc_estimates_destroy(ctx, &e);
    *strchr(line, ',') = ';'; // a cell fewer
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "fit.csv"), text, n));
    CHECK_FAILS(ctx, DSC_INPUT, "fit.csv, line 2 has 17 cells, not 18; fit again",
                dsc_estimates_read(ctx, run, &e));
    *strchr(line, ';') = ',';
    line[strcspn(line, ".")] = 'o';
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "fit.csv"), text, n));
    CHECK_FAILS(ctx, DSC_INPUT, "fit.csv, line 2, column \"nll\": \"",
                dsc_estimates_read(ctx, run, &e));
    dsc_free(ctx, &text);
    dsc_run_close(ctx, &run);
}

static dsc_status read_back(dsc_context *own, void *run)
{
    dsc_estimates *e = NULL;
    const dsc_status status = dsc_estimates_read(own, run, &e);
    dsc_estimates_destroy(own, &e);
    return status;
}

static void no_failing_allocation_of_the_reader_leaks(void **state)
{
    (void)state;
    dsc_run *run = opened("run");
    assert_true(check_every_allocation_failure(read_back, run) > 20);
    dsc_run_close(ctx, &run);
}

// A parameter with the name of a column could not be told from it.
static void no_parameter_is_called_as_a_column(void **state)
{
    (void)state;
    size_t n;
    char *text = contents("run", "fit.csv", &n), model[256];
    text[strcspn(text, "\n")] = 0;
    for (char *name = strtok(text, ","); name; name = strtok(NULL, ",")) {
        dsc_cog *c = NULL;
        if (strcmp(name, "alpha") == 0 || strcmp(name, "beta") == 0) continue;
        snprintf(model, sizeof model,
                 "model m\nparameter %s in unit\nchoose softmax(%s * [0, 1])\n", name, name);
        if (dsc_cog_compile(ctx, "m.cog", model, &c) != DSC_INPUT) fail_msg("%s is taken", name);
        assert_non_null(strstr(dsc_message(ctx), "is a column of fit.csv"));
    }
    dsc_free(ctx, &text);
}

// ---- memory -------------------------------------------------------------------------------------

static dsc_status fit_in_memory(dsc_context *own, void *user)
{
    static dsc_fit_config c;
    static const double choice[] = {0, 1, 1, 0, 1, 1}, reward[] = {1, 0, 1, 0, 1, 1};
    dsc_table *t = NULL;
    dsc_pool *pool = NULL;
    dsc_estimates *e = NULL;
    dsc_status status = dsc_fit_config_defaults(own, user, &c);
    c.fit.restarts = 2;
    if (status == DSC_OK)
        status = dsc_table_make(own, 2, (const int[]){4, 2}, NULL, 2,
                                (const char *const[]){"choice", "reward"},
                                (const double *const[]){choice, reward}, &t);
    if (status == DSC_OK) status = dsc_pool_create(own, 1, &pool);
    if (status == DSC_OK) status = dsc_estimate_table(own, &c, t, NULL, pool, &e);
    dsc_estimates_destroy(own, &e);
    dsc_pool_destroy(&pool);
    dsc_table_destroy(own, &t);
    return status;
}

static void no_failing_allocation_leaks_or_crashes(void **state)
{
    (void)state;
    char model[] = "q_learning";
    assert_true(check_every_allocation_failure(fit_in_memory, model) > 50);
}

static void bad_requests_say_what_to_do(void **state)
{
    (void)state;
    static dsc_fit_config c;
    configure(&c, "trials.csv");
    dsc_fit_request r = {.config = &c, .run = path_in(folder, "run")};
    CHECK_FAILS(ctx, DSC_INPUT, "--force", dsc_estimate(ctx, &r));
    r.extend = 5;
    CHECK_FAILS(ctx, DSC_INPUT, "--extend", dsc_estimate(ctx, &r));
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "gru", &c));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "data.path", path_in(folder, "trials.csv"), "test"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "fit.method", "mle", "test"));
    CHECK_FAILS(ctx, DSC_INPUT, "gradient", fit(&c, "network", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simulated_subjects_are_recovered),
        cmocka_unit_test(everything_that_a_run_has_is_there),
        cmocka_unit_test(predictions_have_the_likelihood_of_the_fit),
        cmocka_unit_test(a_fit_that_is_stopped_goes_on_to_the_same_bits),
        cmocka_unit_test(a_damaged_state_is_refused),
        cmocka_unit_test(threads_and_order_of_subjects_do_not_change_a_row),
        cmocka_unit_test(methods_of_nlopt_find_the_same_maxima),
        cmocka_unit_test(a_stopped_fit_by_nlopt_leaks_nothing_and_goes_on),
        cmocka_unit_test(map_adds_the_priors),
        cmocka_unit_test(laplace_evidence_needs_priors_and_a_maximum_inside),
        cmocka_unit_test(sessions_and_the_whole_can_be_the_groups),
        cmocka_unit_test(a_split_is_fitted_on_its_training_part),
        cmocka_unit_test(who_has_no_choice_to_fit_gets_the_median_of_the_others),
        cmocka_unit_test(what_is_doubtful_is_said),
        cmocka_unit_test(parameters_that_run_to_infinity_and_constant_choices_are_named),
        cmocka_unit_test(estimates_that_are_read_back_write_the_same_file),
        cmocka_unit_test(edited_estimates_are_read_or_refused_with_their_place),
        cmocka_unit_test(no_failing_allocation_of_the_reader_leaks),
        cmocka_unit_test(no_parameter_is_called_as_a_column),
        cmocka_unit_test(no_failing_allocation_leaks_or_crashes),
        cmocka_unit_test(bad_requests_say_what_to_do),
    };
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return 1;
    make_temporary_folder(folder);
    write_trials("trials.csv", 0);
    write_trials("turned.csv", 4);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    remove_folder(folder);
    dsc_context_destroy(&ctx);
    return failed;
}
