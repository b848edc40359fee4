// SPDX-License-Identifier: Apache-2.0
// test_compare.c — comparing predictions: scores by hand, which trials count, differences and their
// intervals, refusals, files that are damaged, memory that runs out.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/compare.h"
#include "plot/internal.h"
#include "support/check.h"

static dsc_context *ctx;
static char folder[64];

static int set_up(void **state)
{
    (void)state;
    make_temporary_folder(folder);
    return dsc_context_create(NULL, &ctx) == DSC_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    remove_folder(folder);
    return 0;
}

static void write_run(const char *run, const char *text, size_t n)
{
    char name[160];
    CHECK_OK(ctx, dsc_make_folder(ctx, path_in(folder, run)));
    snprintf(name, sizeof name, "%s/predictions.csv", run);
    FILE *f =
        fopen(path_in(folder, name), "wb"); // not safe as the library's, but thousands are written
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    fclose(f);
}

static void check_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not within %g of %.17g", value, tolerance, expected);
}

// ---- two small files ----------------------------------------------------------------------------

#define HEADING "subject,session,trial,choice,weight,p_0,p_1,log_lik\n"
// ln 0.8, ln 0.5, ln 0.25, ln 0.6
#define A_LINES                                        \
    "anna,x,0,0,1,0.8,0.2,-0.22314355131420976\n"      \
    "anna,x,1,1,1,0.5,0.5,-0.6931471805599453\n"       \
    "\"b, c\",y,0,1,1,0.75,0.25,-1.3862943611198906\n" \
    "\"b, c\",y,1,,0,0.9,0.1,\n"
#define B_LINES                                      \
    "anna,x,0,0,1,0.6,0.4,-0.5108256237659907\n"     \
    "anna,x,1,1,1,0.4,0.6,-0.5108256237659907\n"     \
    "\"b, c\",y,0,1,1,0.4,0.6,-0.5108256237659907\n" \
    "\"b, c\",y,1,,0,0.5,0.5,\n"
static const char a_text[] = HEADING A_LINES, b_text[] = HEADING B_LINES;

static const char *const *two_runs(const char *a, const char *b)
{
    static const char *runs[2];
    runs[0] = path_in(folder, a), runs[1] = path_in(folder, b);
    return runs;
}

static dsc_status compare_texts(const char *a, const char *b, dsc_comparison **c)
{
    const dsc_compare_options o = {.seed = 1, .n_draws = 500};
    write_run("a", a, strlen(a));
    write_run("b", b, strlen(b));
    return dsc_compare(ctx, 2, two_runs("a", "b"), &o, c);
}

static void scores_are_as_computed_by_hand(void **state)
{
    const double nll = -(log(0.8) + log(0.5) + log(0.25));
    dsc_comparison *c = NULL;
    (void)state;
    CHECK_OK(ctx, compare_texts(a_text, b_text, &c));
    const dsc_compared *a = &c->model[0];
    assert_int_equal(c->n_trials, 3);
    assert_int_equal(c->n_subjects, 2);
    check_near(a->nll, nll, 1e-15);
    check_near(a->pooled[DSC_MEASURE_NLL].value, nll / 3, 1e-15);
    check_near(a->pooled[DSC_MEASURE_ACCURACY].value, 1.5 / 3, 1e-15); // a tie counts half
    check_near(a->pooled[DSC_MEASURE_BRIER].value, (0.08 + 0.5 + 1.125) / 3, 1e-15);
    check_near(a->balanced[DSC_MEASURE_NLL].value, (-log(0.4) / 2 - log(0.25)) / 2, 1e-15);
    check_near(a->balanced[DSC_MEASURE_ACCURACY].value, 0.375, 1e-15);
    check_near(a->balanced[DSC_MEASURE_BRIER].value, (0.29 + 1.125) / 2, 1e-15);
    assert_string_equal(c->subject[1], "b, c");
    check_near(a->subject[1].nll, -log(0.25), 1e-15);
    check_near(c->model[1].nll, -3 * log(0.6), 1e-15);
    check_near(c->chance_nll, log(2), 1e-15);
    assert_int_equal(c->order[0], 1); // b has the smaller NLL
    dsc_comparison_free(ctx, &c);
}

static void derived_scores_are_functions_of_the_likelihood(void **state)
{
    dsc_comparison *c = NULL;
    dsc_text text = {0};
    (void)state;
    CHECK_OK(ctx, compare_texts(a_text, b_text, &c));
    CHECK_OK(ctx, dsc_comparison_json(ctx, c, &text));
    json_t *o = json_loads(text.s, 0, NULL);
    json_t *b = json_object_get(json_array_get(json_object_get(o, "models"), 0), "pooled");
    const char *const names[] = {"normalized_likelihood", "bits_per_trial", "pseudo_r2"};
    const double expected[] = {0.6, (log(2) + log(0.6)) / log(2), 1 + log(0.6) / log(2)};
    for (int i = 0; i < 3; i++)
        check_near(json_number_value(json_object_get(json_object_get(b, names[i]), "value")),
                   expected[i], 1e-14);
    json_decref(o);
    dsc_text_free(ctx, &text);
    dsc_comparison_free(ctx, &c);
}

// ---- AIC, BIC, Laplace: what needs parameters ---------------------------------------------------

// Two subjects with 10 and 30 trials; three parameters per subject and four shared ones.
typedef struct made {
    dsc_comparison c;
    dsc_compared model[2];
    int order[2];
    compare_trials t;
    compare_run run[2];
    compare_units units;
    compare_tally tally[2][3];
    double laplace[2][2];
} made;

static const char *subjects[] = {"one", "two"}, *sessions[] = {"p", "q", "r"};
static int owners[] = {0, 1, 1};
static const unsigned char all_sessions[] = {1, 1, 1};

static void make_comparison(made *m, dsc_fitted fitted)
{
    *m = (made){.t = {.n_actions = 2, .n_sessions = 3, .n_subjects = 2}};
    m->t.subject = subjects, m->t.session = sessions, m->t.subject_of = owners;
    m->c = (dsc_comparison){.n_models = 2, .model = m->model, .order = m->order, .part = "all"};
    CHECK_OK(ctx, dsc_arena_create(ctx, &m->c.arena));
    for (int k = 0; k < 2; k++) {
        const compare_tally tally[] = {{10, 5 + k, 7, 3, 0}, {12, 6, 8, 4, 0}, {18, 9, 12, 6, 0}};
        memcpy(m->tally[k], tally, sizeof tally);
        m->run[k].tally = m->tally[k];
        m->model[k].fitted = fitted;
        m->run[k].n_parameters = m->model[k].n_parameters = 10;
        m->model[k].n_per_subject = 3, m->model[k].n_shared = 4;
    }
    m->t.tally = m->tally[0];
}

static dsc_status score_made(made *m)
{
    return compare_score(ctx, m->run, &m->t, all_sessions, &m->c, &m->units);
}

static void aic_and_bic_count_the_parameters(void **state)
{
    made m;
    (void)state;
    make_comparison(&m, DSC_FITTED_ALL);
    CHECK_OK(ctx, score_made(&m));
    const dsc_compared *a = &m.model[0];
    const double shared = 2 * log(40); // half of four
    check_near(a->nll, 20, 1e-15);
    check_near(a->aic, 2 * 10 + 2 * 20, 1e-12);
    check_near(a->bic, 10 * log(40) + 2 * 20, 1e-12);
    check_near(a->subject[0].bic, 3 * log(10) + shared + 10, 1e-12);
    check_near(a->subject[1].bic, 3 * log(30) + shared + 30, 1e-12);
    check_near(a->subject_bic, a->subject[0].bic + a->subject[1].bic, 1e-12);
    assert_int_equal(m.c.evidence, DSC_EVIDENCE_BIC);
    check_near(a->subject[1].log_evidence, -a->subject[1].bic / 2, 1e-12);
    dsc_arena_destroy(&m.c.arena);
}

static void laplace_counts_if_all_models_have_it(void **state)
{
    made m;
    (void)state;
    make_comparison(&m, DSC_FITTED_ALL);
    m.laplace[0][0] = -8, m.laplace[0][1] = -20, m.run[0].laplace = m.laplace[0];
    CHECK_OK(ctx, score_made(&m));
    assert_int_equal(m.c.evidence, DSC_EVIDENCE_BIC);
    check_near(m.model[0].laplace, -28, 0);
    assert_true(isnan(m.model[1].laplace));
    dsc_arena_destroy(&m.c.arena);
    make_comparison(&m, DSC_FITTED_ALL);
    m.laplace[0][0] = -8, m.laplace[0][1] = -20, m.run[0].laplace = m.laplace[0];
    m.laplace[1][0] = -7, m.laplace[1][1] = -19, m.run[1].laplace = m.laplace[1];
    CHECK_OK(ctx, score_made(&m));
    assert_int_equal(m.c.evidence, DSC_EVIDENCE_LAPLACE);
    check_near(m.model[1].subject[1].log_evidence, -19, 0);
    assert_int_equal(m.c.order[0], 1); // though its NLL is larger
    dsc_arena_destroy(&m.c.arena);
}

static void held_out_trials_have_neither_aic_nor_bic(void **state)
{
    made m;
    (void)state;
    make_comparison(&m, DSC_FITTED_NONE);
    CHECK_OK(ctx, score_made(&m));
    assert_true(isnan(m.model[0].aic) && isnan(m.model[0].bic));
    assert_int_equal(m.c.evidence, DSC_EVIDENCE_LIKELIHOOD);
    check_near(m.model[1].subject[0].log_evidence, -6, 1e-15);
    dsc_arena_destroy(&m.c.arena);
}

// ---- which trials -------------------------------------------------------------------------------

static void check_part(made *m, const unsigned char *x, const unsigned char *y, bool in_sample,
                       const char *part, const char *chosen, dsc_fitted a, dsc_fitted b)
{
    unsigned char found[3];
    m->run[0].heldout = (unsigned char *)x, m->run[1].heldout = (unsigned char *)y;
    CHECK_OK(ctx, compare_part(ctx, m->run, 3, in_sample, found, &m->c));
    assert_string_equal(m->c.part, part);
    for (int s = 0; s < 3; s++) assert_int_equal(found[s], chosen[s] - '0');
    assert_int_equal(m->model[0].fitted, a);
    assert_int_equal(m->model[1].fitted, b);
}

static void fitted_and_held_out_trials_are_never_mixed_silently(void **state)
{
    static const unsigned char x[] = {0, 1, 0}, y[] = {0, 0, 1}, none[] = {0, 1, 0};
    unsigned char chosen[3];
    made m = {.c = {.n_models = 2}};
    (void)state;
    m.c.model = m.model;
    m.run[0] = (compare_run){.known = true, .path = "A"};
    m.run[1] = (compare_run){.known = true, .path = "B"};
    check_part(&m, x, none, false, "heldout", "010", DSC_FITTED_NONE, DSC_FITTED_NONE);
    check_part(&m, x, none, true, "train", "101", DSC_FITTED_ALL, DSC_FITTED_ALL);
    check_part(&m, NULL, NULL, false, "all", "111", DSC_FITTED_ALL, DSC_FITTED_ALL);
    check_part(&m, x, NULL, true, "all", "111", DSC_FITTED_SOME, DSC_FITTED_ALL);
    CHECK_FAILS(ctx, DSC_INPUT, "A held out 1 of 3 sessions, B was fitted to all 3 sessions",
                compare_part(ctx, m.run, 3, false, chosen, &m.c));
    m.run[1].heldout = (unsigned char *)y;
    CHECK_FAILS(ctx, DSC_INPUT, "B held out 1 of 3 sessions, but others",
                compare_part(ctx, m.run, 3, false, chosen, &m.c));
    m.run[1].known = false, m.run[1].heldout = NULL;
    CHECK_FAILS(ctx, DSC_INPUT, "--in-sample", compare_part(ctx, m.run, 3, false, chosen, &m.c));
    m.run[0].known = false;
    check_part(&m, NULL, NULL, false, "all", "111", DSC_FITTED_UNKNOWN, DSC_FITTED_UNKNOWN);
}

static void a_state_chosen_by_its_held_out_score_is_told(void **state)
{
    static const unsigned char x[] = {0, 1, 0};
    made m = {.c = {.n_models = 2}};
    (void)state;
    m.c.model = m.model;
    m.run[0] = (compare_run){.known = true, .has_best = true};
    m.run[1] = (compare_run){.known = true, .has_best = true, .estimated = true};
    check_part(&m, x, x, false, "heldout", "010", DSC_FITTED_NONE, DSC_FITTED_NONE);
    assert_true(m.model[0].chosen_here && !m.model[1].chosen_here);
    check_part(&m, x, x, true, "train", "101", DSC_FITTED_ALL, DSC_FITTED_ALL);
    assert_false(m.model[0].chosen_here);
}

// ---- differences --------------------------------------------------------------------------------

// `n` subjects with four trials each whose choice has probability p + step * subject.
static void write_subjects(const char *run, int n, double p, double step)
{
    dsc_text t = {0};
    char value[32], rest[32], log_lik[32];
    dsc_text_add(ctx, &t, HEADING);
    for (int s = 0; s < n; s++)
        for (int i = 0; i < 4; i++) {
            const double q = p + step * (s % 7) + 0.01 * i;
            dsc_text_add(ctx, &t, "s%d,1,%d,0,1,%s,%s,%s\n", s, i, dsc_format_number(q, value),
                         dsc_format_number(1 - q, rest), dsc_format_number(log(q), log_lik));
        }
    write_run(run, t.s, t.length);
    dsc_text_free(ctx, &t);
}

static dsc_comparison *compare_subjects(int n, uint64_t seed)
{
    const dsc_compare_options o = {.seed = seed};
    dsc_comparison *c = NULL;
    write_subjects("low", n, 0.55, 0.01);
    write_subjects("high", n, 0.6, 0.02);
    CHECK_OK(ctx, dsc_compare(ctx, 2, two_runs("low", "high"), &o, &c));
    return c;
}

static void differences_are_paired(void **state)
{
    (void)state;
    dsc_comparison *c = compare_subjects(30, 1);
    const dsc_difference *d = dsc_comparison_difference(c, 0, 1, DSC_MEASURE_NLL);
    assert_int_equal(d->a, 1); // the better one first
    assert_int_equal(d->n_better, 30);
    assert_true(d->share == 1);
    check_near(d->pooled.value, (c->model[1].nll - c->model[0].nll) / 120, 1e-14);
    assert_true(d->balanced.low < d->balanced.value && d->balanced.value < d->balanced.high);
    // the pairing makes the interval much narrower than that of either model
    const dsc_interval *own = &c->model[1].balanced[DSC_MEASURE_NLL];
    assert_true(d->balanced.high - d->balanced.low < 0.7 * (own->high - own->low));
    assert_true(d->balanced.high < 0 && d->t < 0 && d->t_p < 1e-6 && d->w == 0);
    assert_null(dsc_comparison_difference(c, 0, 0, DSC_MEASURE_NLL));
    dsc_comparison_free(ctx, &c);
}

// For a mean, the bootstrap's interval is close to +-1.96 standard errors.
static void intervals_have_the_width_that_theory_says(void **state)
{
    double sum = 0, squares = 0;
    (void)state;
    dsc_comparison *c = compare_subjects(60, 1);
    const dsc_subject_score *s = c->model[0].subject;
    for (int i = 0; i < 60; i++) sum += s[i].nll / 4;
    for (int i = 0; i < 60; i++) squares += (s[i].nll / 4 - sum / 60) * (s[i].nll / 4 - sum / 60);
    const double half = 1.96 * sqrt(squares / 60 / 60);
    const dsc_interval *x = &c->model[0].balanced[DSC_MEASURE_NLL];
    check_near(x->value, sum / 60, 1e-14);
    check_near(x->high - x->value, half, 0.05 * half);
    check_near(x->value - x->low, half, 0.05 * half);
    dsc_comparison_free(ctx, &c);
}

static bool same_intervals(const dsc_comparison *a, const dsc_comparison *b)
{
    for (int i = 0; i < a->n_differences; i++)
        if (memcmp(&a->difference[i].balanced, &b->difference[i].balanced, sizeof(dsc_interval)))
            return false;
    return true;
}

static void intervals_are_a_pure_function_of_the_seed(void **state)
{
    (void)state;
    dsc_comparison *a = compare_subjects(12, 5), *b = compare_subjects(12, 5);
    dsc_comparison *other = compare_subjects(12, 6);
    assert_true(same_intervals(a, b));
    assert_false(same_intervals(a, other));
    dsc_comparison_free(ctx, &a);
    dsc_comparison_free(ctx, &b);
    dsc_comparison_free(ctx, &other);
}

static void one_subject_is_resampled_by_sessions(void **state)
{
    static const char x[] = HEADING "s,1,0,0,1,0.8,0.2,-0.22314355131420976\n"
                                    "s,2,0,1,1,0.5,0.5,-0.6931471805599453\n";
    static const char y[] = HEADING "s,1,0,0,1,0.5,0.5,-0.6931471805599453\n"
                                    "s,2,0,1,1,0.5,0.5,-0.6931471805599453\n";
    dsc_comparison *c = NULL;
    (void)state;
    CHECK_OK(ctx, compare_texts(x, y, &c));
    assert_string_equal(c->unit, "session");
    assert_int_equal(c->n_units, 2);
    assert_false(c->selected);
    assert_true(isfinite(dsc_comparison_difference(c, 0, 1, DSC_MEASURE_NLL)->balanced.low));
    dsc_comparison_free(ctx, &c);
}

// ---- figures ------------------------------------------------------------------------------------

static void figures_show_losses_against_the_best(void **state)
{
    (void)state;
    char line[96], value[32];
    dsc_comparison *c = compare_subjects(12, 1);
    CHECK_OK(ctx, dsc_plot_comparison(ctx, c, "svg", path_in(folder, "figures")));
    const dsc_difference *d = dsc_comparison_difference(c, 1, 0, DSC_MEASURE_NLL);
    // what "low" loses is minus what "high" gains
    snprintf(line, sizeof line, "\n1,0,low,,%s,", dsc_format_number(-d->balanced.value, value));
    check_text_in(ctx, folder, "figures/differences.csv", line);
    check_text_in(ctx, folder, "figures/differences.csv", "low,s11,");
    check_text_in(ctx, folder, "figures/differences.gp", "Against high, 12 subjects");
    check_text_in(ctx, folder, "figures/selection.csv", "\n1,high,");
    if (system("gnuplot --version >/dev/null 2>&1") == 0) {
        check_text_in(ctx, folder, "figures/differences.svg", "<svg");
        check_text_in(ctx, folder, "figures/selection.svg", "<svg");
    } else {
        print_message("skipped: no gnuplot here\n");
    }
    CHECK_FAILS(ctx, DSC_INPUT, "jpg",
                dsc_plot_comparison(ctx, c, "jpg", path_in(folder, "figures")));
    dsc_comparison_free(ctx, &c);
}

// ---- refusals -----------------------------------------------------------------------------------

static void the_first_difference_between_trials_is_named(void **state)
{
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"otto,x,0,0,1,0.6,0.4,-0.5108256237659907\n", "column \"subject\": \"anna\" in "},
        {"anna,z,0,0,1,0.6,0.4,-0.5108256237659907\n", "column \"session\": \"x\" in "},
        {"anna,x,7,0,1,0.6,0.4,-0.5108256237659907\n", "column \"trial\": \"0\" in "},
        {"anna,x,0,1,1,0.4,0.6,-0.5108256237659907\n", "column \"choice\": \"0\" in "},
        {"anna,x,0,0,0,0.6,0.4,\n", "column \"weight\": \"1\" in "},
    };
    dsc_comparison *c = NULL;
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(text, sizeof text, HEADING "%s", cases[i].line);
        CHECK_FAILS(ctx, DSC_INPUT, cases[i].says, compare_texts(a_text, text, &c));
        check_contains(dsc_message(ctx), "a/predictions.csv, line 2");
        check_contains(dsc_message(ctx), "b/predictions.csv, line 2");
    }
    CHECK_FAILS(ctx, DSC_INPUT, "after 4 trials",
                compare_texts(a_text, HEADING "anna,x,0,0,1,0.8,0.2,-0.22314355131420976\n", &c));
    CHECK_FAILS(ctx, DSC_INPUT, "has 2 options and",
                compare_texts(a_text,
                              "subject,session,trial,choice,weight,p_0,p_1,p_2,log_lik\n"
                              "anna,x,0,0,1,0.5,0.25,0.25,-0.6931471805599453\n",
                              &c));
}

static void damaged_predictions_are_refused_with_their_place(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "line 1: column 1"},
        {"subject,session\n", "column 3 is \"nothing\""},
        {"subject,session,trial,choice,weight,p_0,log_lik\n", "column 7 is \"log_lik\""},
        {HEADING, "has no trials"},
        {HEADING "s,1,0\n", "line 2: 3 cells"},
        {HEADING "s,1,x,0,1,0.5,0.5,-0.7\n", "line 2, column \"trial\": \"x\""},
        {HEADING "s,1,0,0,2,0.5,0.5,-0.7\n", "column \"weight\": 2"},
        {HEADING "s,1,0,5,1,0.5,0.5,-0.7\n", "column \"choice\": \"5\" counts"},
        {HEADING "s,1,0,0,1,1.5,0.5,-0.7\n", "column \"p_0\": 1.5"},
        {HEADING "s,1,0,0,1,0.7,0.5,-0.7\n", "sum to 1.2"},
        {HEADING "s,1,0,0,1,0.5,0.5,-0.2\n", "column \"log_lik\": -0.2"},
        {HEADING "s,1,0,0,1,0,1,-inf\n", "probability 0"},
        {HEADING "\"s,1,0,0,1,0.5,0.5,-0.7\n", "line 2: a quoted cell"},
    };
    dsc_comparison *c = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_FAILS(ctx, DSC_INPUT, cases[i].says, compare_texts(cases[i].text, b_text, &c));
    write_run("b", "a\0b", 3);
    write_run("a", a_text, strlen(a_text));
    const dsc_compare_options o = {0};
    CHECK_FAILS(ctx, DSC_INPUT, "zero bytes", dsc_compare(ctx, 2, two_runs("a", "b"), &o, &c));
    CHECK_FAILS(ctx, DSC_INPUT, "is not there",
                dsc_compare(ctx, 2, two_runs("a", "nowhere"), &o, &c));
    CHECK_FAILS(ctx, DSC_INPUT, "twice", dsc_compare(ctx, 2, two_runs("a", "a"), &o, &c));
    CHECK_FAILS(ctx, DSC_INPUT, "two or more", dsc_compare(ctx, 1, two_runs("a", "a"), &o, &c));
    CHECK_FAILS(ctx, DSC_INPUT, "no trial of the part",
                compare_texts(HEADING "s,1,0,,0,0.5,0.5,\n", HEADING "s,1,0,,0,0.5,0.5,\n", &c));
}

static void line_ends_do_not_matter(void **state)
{
    static const char windows[] =
        "subject,session,trial,choice,weight,p_0,p_1,log_lik\r\n"
        "anna,x,0,0,1,0.6,0.4,-0.5108256237659907\r\nanna,x,1,1,1,0.4,0.6,-0.5108256237659907\r\n"
        "\"b, c\",y,0,1,1,0.4,0.6,-0.5108256237659907\r\n\"b, c\",y,1,,0,0.5,0.5,";
    dsc_comparison *c = NULL;
    (void)state;
    CHECK_OK(ctx, compare_texts(a_text, windows, &c));
    check_near(c->model[1].nll, -3 * log(0.6), 1e-15);
    dsc_comparison_free(ctx, &c);
}

// ---- faults -------------------------------------------------------------------------------------

static void mutate(char *text, size_t n, dsc_stream *random)
{
    static const char bytes[] = ",\"\r\n0123456789.-+eainfNxp_ \t;\0\377";
    for (uint32_t k = 1 + dsc_stream_below(random, 4); k > 0; k--) {
        const size_t i = dsc_stream_below(random, (uint32_t)n);
        const size_t j = dsc_stream_below(random, (uint32_t)n);
        if (dsc_stream_below(random, 2)) text[i] = bytes[dsc_stream_below(random, sizeof bytes)];
        else text[i] = text[j];
    }
}

static void no_damaged_file_is_a_crash(void **state)
{
    const dsc_compare_options o = {.n_draws = 10};
    const size_t n = strlen(b_text);
    int refused = 0;
    char text[1024];
    (void)state;
    write_run("a", a_text, strlen(a_text));
    for (uint32_t i = 0; i < 3000; i++) {
        dsc_stream random = dsc_stream_start(7, DSC_FOR_BOOTSTRAP, i, 0, 0);
        dsc_comparison *c = NULL;
        memcpy(text, b_text, n);
        mutate(text, n, &random);
        write_run("b", text, i % 5 ? n : dsc_stream_below(&random, (uint32_t)n));
        const dsc_status status = dsc_compare(ctx, 2, two_runs("a", "b"), &o, &c);
        assert_true(status == DSC_OK || status == DSC_INPUT);
        refused += status != DSC_OK;
        dsc_comparison_free(ctx, &c);
    }
    assert_in_range(refused, 1500, 2999);
}

static dsc_status compare_everything(dsc_context *other, void *user)
{
    const dsc_compare_options o = {.n_draws = 20};
    dsc_comparison *c = NULL;
    dsc_text words = {0}, json = {0};
    (void)user;
    DSC_TRY(dsc_compare(other, 2, two_runs("a", "b"), &o, &c));
    dsc_status status = dsc_comparison_words(other, c, &words);
    if (status == DSC_OK) status = dsc_comparison_margin(other, c, &words);
    if (status == DSC_OK) status = dsc_comparison_json(other, c, &json);
    if (status == DSC_OK) status = dsc_comparison_write(other, c, path_in(folder, "out"));
    if (status == DSC_OK) status = plot_comparison_write(other, c, path_in(folder, "out"));
    dsc_text_free(other, &words);
    dsc_text_free(other, &json);
    dsc_comparison_free(other, &c);
    return status;
}

static void memory_that_runs_out_is_an_error_and_no_leak(void **state)
{
    (void)state;
    write_run("a", a_text, strlen(a_text));
    write_run("b", b_text, strlen(b_text));
    assert_in_range(check_every_allocation_failure(compare_everything, NULL), 10, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scores_are_as_computed_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(derived_scores_are_functions_of_the_likelihood, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(aic_and_bic_count_the_parameters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(laplace_counts_if_all_models_have_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(held_out_trials_have_neither_aic_nor_bic, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(fitted_and_held_out_trials_are_never_mixed_silently, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_state_chosen_by_its_held_out_score_is_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(differences_are_paired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(intervals_have_the_width_that_theory_says, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(intervals_are_a_pure_function_of_the_seed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(one_subject_is_resampled_by_sessions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(figures_show_losses_against_the_best, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_difference_between_trials_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(damaged_predictions_are_refused_with_their_place, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(line_ends_do_not_matter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_damaged_file_is_a_crash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_that_runs_out_is_an_error_and_no_leak, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
