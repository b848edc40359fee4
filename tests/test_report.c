// SPDX-License-Identifier: Apache-2.0
// test_report.c — a report's page as a text: well-formed, escaped, complete, the same bytes every
// time; of every kind of folder; runs that cannot be compared; drawings that cannot be trusted.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "discern/report.h"
#include "support/check.h"
#include "support/markup.h"
#include "support/program.h"

// The page at `path`, which must be well-formed; free it.
static char *page_of(const char *path)
{
    char *page = program_read(path);
    if (!page) fail_msg("%s is not there", path);
    const char *fault = markup_fault(page);
    if (fault) fail_msg("%s, %s", path, fault);
    return page;
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part)) fail_msg("\"%s\" is in the page", part);
}

static void report_of(const char *runs, const char *path)
{
    program_expect(0, "discern report %s -o %s --force -q", runs, path);
}

// ---- structure ----------------------------------------------------------------------------------

static void the_page_is_one_file_with_every_section(void **state)
{
    static const char *const sections[] = {
        "In one sentence",    "What was fitted to what", "How well it predicts",
        "q: what was learnt", "disrnn: what was learnt", "Warnings",
        "How to do it again", "What the words mean",     "References"};
    (void)state;
    report_of("q gru disrnn", "p.html");
    char *page = page_of("p.html");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        char heading[128];
        snprintf(heading, sizeof heading, "-title\">%s</h2>", sections[i]);
        assert_holds(page, heading);
    }
    assert_holds(page, "<html lang=\"en\"");
    assert_holds(page, "default-src 'none'");
    assert_int_equal(markup_count(page, "h1", NULL), 1);
    assert_int_equal(markup_count(page, "main", NULL), 1);
    assert_int_equal(markup_count(page, "nav", "aria-label"), 1);
    assert_int_equal(markup_count(page, "table", NULL), markup_count(page, "caption", NULL));
    assert_int_equal(markup_count(page, "th", NULL), markup_count(page, "th", "scope"));
    assert_in_range(markup_count(page, "figure", NULL), 10, 40);
    assert_int_equal(markup_count(page, "figure", NULL), markup_count(page, "figcaption", NULL));
    assert_int_equal(markup_count(page, "figure", NULL), markup_count(page, "svg", "role"));
    assert_int_equal(markup_count(page, "img", NULL), 0);
    assert_lacks(page, "xlink:");
    free(page);
}

static void classical_models_and_networks_stand_side_by_side(void **state)
{
    (void)state;
    report_of("q gru disrnn", "p.html");
    char *page = page_of("p.html");
    assert_holds(page, "Of 3 models, <strong>");
    assert_holds(page, "Every model against the reference, q:");
    assert_holds(page, "held-out trials for every model");
    assert_holds(page, ">in sample</td>");
    assert_holds(page, "latents are open");
    assert_holds(page, "value[choice] += alpha * prediction_error");
    assert_holds(page, "Estimates with standard errors");
    assert_holds(page, "discern fit config.yaml -o NEW");
    assert_holds(page, "--verify q");
    assert_holds(page, "Rescorla &amp; Wagner 1972");
    assert_holds(page, "<a href=\"https://doi.org/10.1101/2023.06.23.546250\">doi:");
    free(page);
}

static void the_same_runs_give_the_same_bytes(void **state)
{
    (void)state;
    report_of("q gru", "a.html");
    program_expect(0, "rm -rf q/figures && discern report q gru -o b.html --threads 1 -q");
    program_expect(0, "discern report q gru -o c.html -q && cmp b.html c.html");
    program_expect(0,
                   "discern plot q -q && discern report q gru -o d.html -q && cmp a.html d.html");
}

static void figures_in_the_run_are_taken_as_they_are_unless_the_run_is_newer(void **state)
{
    (void)state;
    program_expect(0, "rm -rf e && cp -r q e && sed -i 's/>Predicted probability</>MY OWN LABEL</' "
                      "e/figures/calibration.svg && touch e/figures/*");
    report_of("e", "e.html");
    program_expect(0, "grep -q 'MY OWN LABEL' e.html");
    program_expect(0, "touch -d '2001-01-01' e/figures/*");
    report_of("e", "e.html");
    program_expect(1, "grep -q 'MY OWN LABEL' e.html");
    program_expect(0, "grep -q 'Predicted probability' e.html");
    program_expect(0, "grep -q 'MY OWN LABEL' e/figures/calibration.svg"); // nothing but the page
}

// Bins of few predictions do not count; a distance does when its whole interval is above chance's.
static void what_figures_show_is_told_in_numbers(void **state)
{
    (void)state;
    program_expect(
        0, "rm -rf e && cp -r gru e && cd e/figures && "
           "printf 'n,predicted,observed\n60,0.25,0.375\n40,0.75,0.25\n' >calibration.csv &&"
           "printf 'panel,value,low,chance\n5,0.3,0.2,0.1\n5,0.2,0.05,0.1\n1,0.5,,\n' "
           ">checks.csv && printf 'step,nll_train,nll_heldout\n0,0.7,0.75\n8,0.5,0.625\n"
           "9,0.4,0.65\n' >learning_curve.csv && touch *");
    report_of("e", "e.html");
    char *page = page_of("e.html");
    assert_holds(page, "The largest gap is 0.125, where 0.25 was predicted.");
    assert_holds(page, "Of 2 distances 1 is reliably larger than chance makes");
    assert_holds(page, "the largest is 3.00 times what chance makes.");
    assert_holds(page, "falls from 0.750 to its lowest value, 0.625, at step 8.");
    free(page);
}

// ---- what comes from data -----------------------------------------------------------------------

static void whatever_the_data_are_called_they_stay_text(void **state)
{
    (void)state;
    program_expect(
        0, "awk -F, -v OFS=, 'NR == 1 {print; next} {$1 = \"<script>alert(\" $1 \")</script>"
           "&\"} 1' t.csv > 'a<b>&c.csv'");
    program_expect(0, "discern fit q_learning --data 'a<b>&c.csv' -o 'r<i>&\"x' fit.restarts=2 -q");
    program_expect(0, "discern report 'r<i>&\"x' -o odd.html -q");
    char *page = page_of("odd.html");
    assert_holds(page, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;");
    assert_holds(page, "r&lt;i&gt;&amp;&quot;x");
    assert_holds(page, "a&lt;b&gt;&amp;c.csv");
    assert_lacks(page, "<script>alert");
    assert_holds(page, "discern report &#39;r&lt;i&gt;&amp;&quot;x&#39;"); // as a shell reads it
    assert_int_equal(markup_count(page, "script", NULL), 1);
    assert_int_equal(markup_count(page, "i", NULL), 0);
    free(page);
}

static void a_drawing_that_is_more_than_a_drawing_is_left_out(void **state)
{
    static const char *const bad[] = {
        "<svg width=\"9\" height=\"9\"><script>alert(1)</script></svg>",
        "<svg width=\"9\" height=\"9\" viewBox=\"0 0 9 9\"><g onload=\"alert(1)\"/></svg>",
        "<svg width=\"9\" height=\"9\"><use href=\"http://example.org/x#y\"/></svg>",
        "<svg width=\"9\" height=\"9\"><rect fill=\"url(http://example.org/x)\"/></svg>",
        "<svg width=\"9\" height=\"9\"><image href=\"x.png\"/></svg>",
        "<svg width=\"9\" height=\"9\"><image href=\"data:image/png;base64,AA<\"/></svg>",
        "<svg width=\"9\" height=\"9\"><image href=\"data:text/html;base64,AAAA\"/></svg>",
        "<svg width=\"9\" height=\"9\"><foreignObject/></svg>",
        "<svg width=\"9\" height=\"9\"><g></svg>",
        "<svg width=\"9\" height=\"9\"><g>",
        "<svg width=\"9\" height=\"9\"/><script/>",
        "<svg width=\"9\" height=\"9\"><path d=9/></svg>",
        "<svg width=\"9\" height=\"9\"><style>@import 'x'</style></svg>",
        "<svg><g/></svg>",
        "<html/>",
        "hello",
        "<svg width=\"9\" height=\"9",
        "<"};
    (void)state;
    program_expect(0, "rm -rf e && cp -r q e");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        program_write("e/figures/calibration.svg", bad[i]);
        report_of("e", "e.html");
        char *page = page_of("e.html");
        if (!strstr(page, "figure <em>calibration</em> is not shown"))
            fail_msg("was shown: %s", bad[i]);
        assert_int_equal(markup_count(page, "script", NULL), 1);
        assert_lacks(page, "example.org");
        free(page);
    }
}

// As gnuplot writes a plane of colours: the choice rule of two latents.
static void an_image_inside_a_drawing_is_shown(void **state)
{
    (void)state;
    program_expect(0, "rm -rf e && cp -r q e");
    program_write("e/figures/calibration.svg",
                  "<svg width=\"9\" height=\"9\"><image width='2' "
                  "xlink:href='data:image/png;base64,iVBORw0KGgo='/></svg>");
    report_of("e", "e.html");
    char *page = page_of("e.html");
    assert_holds(page, "<image width=\"2\" href=\"data:image/png;base64,iVBORw0KGgo=\"");
    free(page);
}

static void a_figure_that_is_too_large_is_left_out(void **state)
{
    (void)state;
    program_expect(0,
                   "rm -rf e && cp -r q e && { echo '<svg width=\"99\" height=\"99\"><path d=\"'; "
                   "yes 'M 1 1 L 2 2' | head -c 1100000; echo '\"/></svg>'; } > "
                   "e/figures/calibration.svg");
    report_of("e", "e.html");
    char *page = page_of("e.html");
    assert_holds(page, "it is larger than 1 MB");
    assert_true(strlen(page) < 1000000);
    free(page);
}

// ---- kinds of folders ---------------------------------------------------------------------------

static void replicas_folds_filters_and_predictions_are_reported(void **state)
{
    (void)state;
    program_expect(0,
                   "discern fit gru --data t.csv -o seeds replicas=2 split.every=2 model.n_units=3 "
                   "phases.main.steps=15 -q && discern fit q_learning --data t.csv --folds 2 -o cv "
                   "fit.restarts=2 -q && discern filter q_learning --data t.csv -o followed "
                   "particles=50 -q && discern eval q --data t.csv -o scored -q");
    report_of("seeds cv followed scored", "kinds.html");
    char *page = page_of("kinds.html");
    assert_holds(page, "The same fit from other seeds, scored on the held-out trials");
    assert_holds(page, "Of 2 replicas, which differ in their seeds only");
    assert_holds(page, "cv is a cross-validation: 2 fits");
    assert_holds(page, "Every fit of the cross-validation");
    assert_holds(page, "followed: what was followed");
    assert_holds(page, "particles: 50");
    assert_holds(page, "The folder holds predictions only");
    free(page);
    report_of("cv", "cv.html");
    free(page_of("cv.html"));
    report_of("followed", "followed.html");
    page = page_of("followed.html");
    assert_holds(page, "each choice predicted before it was seen");
    assert_holds(page, "(q_learning, its parameters drifting) was followed over 16 sessions");
    free(page);
}

static void scores_of_folds_that_cannot_be_read_are_warnings(void **state)
{
    (void)state;
    program_expect(0, "discern fit q_learning --data t.csv --folds 2 -o cut fit.restarts=2 -q && "
                      "echo '{' >cut/fold-0/summary.json && rm cut/fold-1/summary.json && "
                      "mkdir cut/fold-1/summary.json");
    report_of("cut", "cut.html");
    char *page = page_of("cut.html");
    assert_holds(page, "fold-0/summary.json, line 2: no valid JSON");
    assert_holds(page, "fold-1/summary.json");
    free(page);
}

static void what_was_kept_aside_is_not_called_held_out_or_in_sample(void **state)
{
    (void)state;
    program_expect(0, "discern fit gru --data t.csv -o kept split.every=0 split.test_every=4 "
                      "model.n_units=3 phases.main.steps=15 -q");
    report_of("kept", "kept.html");
    char *page = page_of("kept.html");
    assert_holds(page, "<td class=\"w\">kept aside</td>");
    assert_holds(page, "Some sessions were kept aside");
    assert_lacks(page, "Nothing was held out");
    assert_holds(page, "Kept-aside session");
    free(page);
    assert_holds(program_expect(0, "discern show kept").out, "\nkept aside ");
}

static void what_made_a_run_before_it_was_resumed_is_said(void **state)
{
    (void)state;
    program_expect(0, "discern fit gru --data t.csv -o more model.n_units=3 phases.main.steps=15 "
                      "--no-figures -q && discern fit --extend 5 more --no-figures -q");
    report_of("more", "more.html");
    char *page = page_of("more.html");
    assert_holds(page, ">earlier 1, started</th>");
    free(page);
}

static void runs_of_other_trials_are_shown_and_not_compared(void **state)
{
    (void)state;
    program_expect(
        0, "discern simulate bandit q_learning -o other.csv subjects=2 sessions=2 trials=50 "
           "seed=5 -q && discern fit q_learning --data other.csv -o other fit.restarts=2 -q");
    const program_result r = program_expect(0, "discern report q other -o n.html --json -q");
    assert_holds(r.out, "\"compared\": false");
    char *page = page_of("n.html");
    assert_holds(page, "These 2 runs cannot be compared");
    assert_holds(page, "predictions.csv"); // the sentence names the place
    assert_holds(page, "not fitted to the same data");
    free(page);
}

static void groups_are_shown_side_by_side_and_a_wrong_one_is_an_error(void **state)
{
    (void)state;
    program_expect(0, "discern report q -o g.html --group clinic -q");
    char *page = page_of("g.html");
    assert_holds(page, "by clinic");
    assert_holds(page, "<td class=\"w\">north</td>");
    free(page);
    const program_result r = program_expect(1, "discern report q -o g2.html --group clinics -q");
    assert_holds(r.err, "these could: clinic");
    assert_false(program_has("g2.html"));
}

// The last of three subjects has no choice, so the median of the others stands in for it.
static void spreads_are_of_those_that_were_fitted(void **state)
{
    (void)state;
    program_expect(
        0, "awk 'BEGIN {print \"subject,session,choice,reward\"; for (i = 0; i < 180; i++) "
           "print int(i / 60) \",0,\" (i < 120 ? i %% 3 %% 2 : \"\") \",\" i %% 2}' "
           ">some.csv; discern fit q_learning --data some.csv -o some fit.restarts=2 -q "
           "--no-figures; awk -F, 'NR > 1 {a += $8 / 2} END {printf \"alpha            mean "
           "%%.4g\", a}' some/fit.csv >mean.txt");
    char *mean = program_read("mean.txt");
    assert_holds(program_expect(0, "discern show some").out, mean);
    assert_holds(program_expect(0, "discern show some").out, "\nparameters  4\n");
    free(mean);
    program_expect(0, "discern report some -o some.html -q");
    char *page = page_of("some.html");
    assert_holds(page, "alpha</th><td class=\"w\">all</td><td class=\"n\">2</td>");
    assert_holds(page, "restarts, seed 0</td><td class=\"n\">4</td>");
    free(page);
}

static void the_command_is_repeated_with_all_that_was_asked(void **state)
{
    (void)state;
    program_expect(0, "discern report q gru -o said.html -q --draws 500 --seed 5000000000");
    char *page = page_of("said.html");
    assert_holds(page, "discern report q gru --draws 500 --seed 5000000000</code>");
    free(page);
    program_expect(0, "discern fit gru --data t.csv -o late replicas=2 seed=5000000000 "
                      "model.n_units=2 phases.main.steps=2 -q --no-figures && discern report late "
                      "-o late.html -q");
    page = page_of("late.html");
    assert_holds(page, " replicas=2 seed=5000000000</code>");
    free(page);
}

// ---- warnings -----------------------------------------------------------------------------------

static void groups_of_sessions_that_were_fitted_one_by_one_are_those_of_their_subjects(void **state)
{
    (void)state;
    program_expect(
        0, "head -500 trials.csv > few.csv; discern fit q_learning --data few.csv -o by_session "
           "fit.group=session fit.restarts=1 --no-figures -q");
    program_expect(0, "discern report by_session -o s.html --group clinic -q");
    char *page = page_of("s.html");
    assert_holds(page, "<td class=\"w\">north</td>");
    free(page);
}

static void what_there_is_to_doubt_is_said(void **state)
{
    (void)state;
    program_expect(0, "rm -rf e && cp -r q e && cp trials.csv moved.csv && sed -i "
                      "\"s#^  path: .*#  path: $PWD/moved.csv#\" e/config.yaml && "
                      "discern report e -o e.html --force -q");
    program_expect(1, "grep -q 'has changed since the fit' e.html");
    program_expect(0, "sed -i '2s/1$/0/;2s/0$/1/' moved.csv && echo >> moved.csv && "
                      "discern report e -o e.html --force -q");
    program_expect(0, "grep -q 'has changed since the fit' e.html");
    program_expect(0, "rm moved.csv && discern report e -o e.html --force -q");
    char *page = page_of("e.html");
    assert_holds(page, "The data could not be read again");
    free(page);
    program_expect(0, "echo '{' > e/summary.json && discern report e -o e.html --force -q");
    page = page_of("e.html");
    assert_holds(page, "no valid JSON");
    assert_holds(page, "Its summary.json is damaged");
    assert_null(strstr(page, "is not finished"));
    free(page);
    program_expect(0, "rm e/summary.json && discern report e -o e.html --force -q");
    page = page_of("e.html");
    assert_holds(page, "The fit is not finished");
    free(page);
}

static void what_the_fit_warned_of_is_on_the_page(void **state)
{
    (void)state;
    program_expect(
        0, "{ head -1 t.csv; tail -n +2 t.csv | tac; } > backwards.csv && rm -rf w && "
           "discern fit q_learning --data backwards.csv -o w fit.restarts=2 --no-figures -q");
    program_expect(0, "grep -q 'were not in order' w/warnings.txt && discern report w -q");
    char *page = page_of("w/report.html");
    assert_holds(page, "Met by the fit: ");
    assert_holds(page, "were not in order");
    free(page);
    program_expect(
        0, "discern fit q_learning --data t.csv -o w fit.restarts=2 --no-figures -q --force");
    assert_false(program_has("w/warnings.txt"));
}

static void without_gnuplot_the_page_says_that_figures_are_missing(void **state)
{
    (void)state;
    program_expect(0, "rm -rf e none && cp -r q e && rm -r e/figures && mkdir none && "
                      "ln -s \"$(command -v discern)\" none/discern");
    const program_result r =
        program_expect(0, "PATH=\"$PWD/none\" discern report e -o e.html --force");
    assert_holds(r.out, "could not be shown");
    char *page = page_of("e.html");
    assert_int_equal(markup_count(page, "figure", NULL), 0);
    assert_holds(page, "discern doctor says whether gnuplot is installed");
    free(page);
    dsc_context *ctx = NULL;
    dsc_report_result result = {0};
    setenv("TMPDIR", "/nowhere", 1);
    assert_int_equal(dsc_context_create(NULL, &ctx), DSC_OK);
    CHECK_OK(ctx, dsc_report(ctx, 2, (const char *const[]){"e", "gru"}, &(dsc_report_options){0},
                             "f.html", &result));
    unsetenv("TMPDIR");
    dsc_context_destroy(&ctx);
    page = page_of("f.html");
    assert_holds(page, "no temporary folder for figures could be made in /nowhere; name another "
                       "place with the environment variable TMPDIR");
    free(page);
}

// ---- the command --------------------------------------------------------------------------------

static void nothing_is_replaced_without_force(void **state)
{
    (void)state;
    program_write("mine.html", "mine");
    const program_result r = program_expect(1, "discern report q -o mine.html -q");
    assert_holds(r.err, "--force");
    program_expect(0, "[ \"$(cat mine.html)\" = mine ]");
    program_expect(0, "discern report q -o mine.html --force -q && grep -q '<h1>' mine.html");
    program_expect(
        0, "rm -f q/report.html report.html && discern report q -q && [ -f q/report.html ]");
    program_expect(0, "discern report q gru -q && [ -f report.html ]");
    program_expect(1, "discern report q -q");
    program_expect(0, "rm q/report.html");
}

static void wrong_requests_are_refused_in_a_sentence(void **state)
{
    (void)state;
    program_result r = program_expect(1, "discern report nowhere -o w.html -q");
    assert_holds(r.err, "nowhere is no run");
    r = program_expect(1, "discern report q q -o w.html -q");
    assert_holds(r.err, "given twice");
    r = program_expect(1, "discern report q -o no/such/folder/w.html -q");
    assert_holds(r.err, "make its folder first");
    r = program_expect(1, "discern report gru disrnn --group clinic -o w.html -q");
    assert_holds(r.err, "none of the runs is of a classical model; leave it out");
    program_expect(2, "discern report");
    assert_false(program_has("w.html"));
}

// ---- faults -------------------------------------------------------------------------------------

static dsc_status write_report(dsc_context *ctx, void *user)
{
    static const char *const runs[] = {"q", "gru"};
    const dsc_report_options o = {.compare = {.n_draws = 50}};
    return dsc_report(ctx, 2, runs, &o, user, NULL);
}

static void no_failing_allocation_leaks_or_crashes(void **state)
{
    char folder[64], pattern[] = "scratch-XXXXXX", *path = getenv("PATH");
    (void)state;
    assert_non_null(mkdtemp(pattern));
    snprintf(folder, sizeof folder, "%s", pattern);
    char *old = strdup(path ? path : "");
    setenv("TMPDIR", folder, 1);
    setenv("PATH", "/nonexistent", 1); // figures of the runs are there; no time for others
    assert_true(check_every_allocation_failure(write_report, "fault.html") > 50);
    setenv("PATH", old, 1);
    unsetenv("TMPDIR");
    free(old);
    assert_int_equal(count_entries(folder), 0);
    free(page_of("fault.html"));
}

static int set_up(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(
        0, "discern simulate bandit q_learning -o t.csv subjects=4 sessions=4 trials=50 -q");
    program_expect(0, "awk -F, 'NR==1 {print $0 \",clinic\"; next} {print $0 \",\" ($1 %% 2 ? "
                      "\"north\" : \"south\")}' t.csv > trials.csv");
    program_expect(0,
                   "discern fit q_learning --data trials.csv -o q split.every=2 fit.restarts=3 -q");
    program_expect(0, "discern fit gru --data trials.csv -o gru split.every=2 phases.main.steps=20 "
                      "model.n_units=3 -q");
    program_expect(0, "discern fit disrnn --data trials.csv -o disrnn split.every=2 "
                      "phases.warmup.steps=60 phases.main.steps=10 -q");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_is_one_file_with_every_section),
        cmocka_unit_test(classical_models_and_networks_stand_side_by_side),
        cmocka_unit_test(the_same_runs_give_the_same_bytes),
        cmocka_unit_test(figures_in_the_run_are_taken_as_they_are_unless_the_run_is_newer),
        cmocka_unit_test(what_figures_show_is_told_in_numbers),
        cmocka_unit_test(whatever_the_data_are_called_they_stay_text),
        cmocka_unit_test(a_drawing_that_is_more_than_a_drawing_is_left_out),
        cmocka_unit_test(an_image_inside_a_drawing_is_shown),
        cmocka_unit_test(a_figure_that_is_too_large_is_left_out),
        cmocka_unit_test(replicas_folds_filters_and_predictions_are_reported),
        cmocka_unit_test(scores_of_folds_that_cannot_be_read_are_warnings),
        cmocka_unit_test(what_was_kept_aside_is_not_called_held_out_or_in_sample),
        cmocka_unit_test(what_made_a_run_before_it_was_resumed_is_said),
        cmocka_unit_test(runs_of_other_trials_are_shown_and_not_compared),
        cmocka_unit_test(groups_are_shown_side_by_side_and_a_wrong_one_is_an_error),
        cmocka_unit_test(
            groups_of_sessions_that_were_fitted_one_by_one_are_those_of_their_subjects),
        cmocka_unit_test(spreads_are_of_those_that_were_fitted),
        cmocka_unit_test(the_command_is_repeated_with_all_that_was_asked),
        cmocka_unit_test(what_there_is_to_doubt_is_said),
        cmocka_unit_test(what_the_fit_warned_of_is_on_the_page),
        cmocka_unit_test(without_gnuplot_the_page_says_that_figures_are_missing),
        cmocka_unit_test(nothing_is_replaced_without_force),
        cmocka_unit_test(wrong_requests_are_refused_in_a_sentence),
        cmocka_unit_test(no_failing_allocation_leaks_or_crashes),
    };
    return cmocka_run_group_tests_name("report", tests, set_up, program_leave);
}
