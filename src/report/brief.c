// SPDX-License-Identifier: Apache-2.0
// brief.c — the beginning of the page: what came out, in a sentence or two, and what these numbers
// do not say.
#include <math.h>
#include <string.h>

#include "report/internal.h"

// ---- one run ------------------------------------------------------------------------------------

// What was done with the sessions.
static const char *done_words(const report_run *run)
{
    return run->kind == REPORT_FILTER        ? "was followed over"
           : run->kind == REPORT_PREDICTIONS ? "made predictions for"
                                             : "was fitted to";
}

static void say_fitted_to(report_page *p, const report_run *run)
{
    const json_t *data = json_object_get(run->provenance, "data");
    const json_t *of = data ? data : run->summary;
    const json_t *split = json_object_get(run->provenance, "split");
    const int64_t train = report_whole(split, "n_train"), all = report_whole(of, "n_sessions");
    report_put(p, " %s ", done_words(run));
    if (run->kind != REPORT_FOLDS && train > 0 && train < all) report_put(p, "%l of ", train);
    report_count(p, all, "session");
    report_put(p, " of ");
    report_count(p, report_whole(of, "n_subjects"), "subject");
    if (run->kind == REPORT_FOLDS)
        report_put(p, " in %d parts, each predicted by the fit that had not seen it", run->n_parts);
}

static void say_where(report_page *p, report_part part, int64_t n_sessions, int64_t n_trials)
{
    static const struct {
        const char *before, *after;
    } words[] = {
        [REPORT_HELD_OUT] = {"On the ", " it was not fitted to"},
        [REPORT_KEPT_ASIDE] = {"On the ", " it was not fitted to"},
        [REPORT_IN_SAMPLE] = {"On the ", " it was fitted to"},
        [REPORT_FOLLOWED] = {"Over ", ", each choice predicted before it was seen"},
        [REPORT_UNKNOWN] = {"On ", ", which it may or may not have been fitted to"},
    };
    report_put(p, ". %s", words[part].before);
    report_count(p, n_sessions, "session");
    report_put(p, " (");
    report_count(p, n_trials, "choice");
    report_put(p, ")%s", words[part].after);
}

static dsc_interval interval_of(const json_t *judged)
{
    const json_t *own =
        json_object_get(json_object_get(judged, "subject_balanced"), "normalized_likelihood");
    return (dsc_interval){report_number(own, "value"), report_number(own, "low"),
                          report_number(own, "high")};
}

static const char *verdict(double likelihood, double chance, dsc_interval x)
{
    if (!(likelihood > chance)) return "no better than chance";
    if (isnan(x.low)) return "more than chance";
    return x.low > chance ? "reliably more than chance" : "not reliably more than chance";
}

static void say_how_well(report_page *p, const json_t *judged, report_part part)
{
    const double likelihood = report_number(judged, "normalized_likelihood");
    const double chance = report_number(json_object_get(judged, "chance"), "normalized_likelihood");
    const dsc_interval x = interval_of(judged);
    const bool several = report_whole(judged, "n_subjects") > 1;
    report_put(p,
               ", it gave the option that was then chosen a probability of <strong>%3</strong> "
               "(geometric mean); chance is %3. ",
               likelihood, chance);
    if (several) report_put(p, "The mean over subjects is %3", x.value);
    if (part != REPORT_IN_SAMPLE)
        report_put(p, "%h%s", several ? ", " : "That is ", verdict(x.value, chance, x));
    if (!isnan(x.low) && (several || part != REPORT_IN_SAMPLE))
        report_put(p, " (95 %% interval %h%3 to %3)", several ? "" : "over sessions ", x.low,
                   x.high);
    if (several || part != REPORT_IN_SAMPLE) report_put(p, ". ");
    report_put(p, "In %1 %% of the trials the option it thought most probable was chosen.",
               100 * report_number(judged, "accuracy"));
}

// What is predicted beside, or instead of, the choices: on the held-out trials, if there are any.
static void say_values(report_page *p, const json_t *summary)
{
    const json_t *heldout = json_object_get(summary, "heldout");
    const char *name;
    json_t *score;
    json_object_foreach(json_object_get(heldout ? heldout : summary, "values"), name, score)
        report_put(p, " It explains %1 %% of the variance of %s on the %s (mean squared error %g).",
                   100 * report_number(json_object_get(score, "r2"), "value"), name,
                   heldout ? "trials held out" : "trials it was fitted to",
                   report_number(score, "mse"));
}

static void say_run(report_page *p, const report_run *run)
{
    report_part part;
    const json_t *judged = report_judged(run, &part);
    report_put(p, "<p class=\"brief\"><strong>%s</strong>", run->name);
    if (run->run) report_put(p, " (%s)", run->run->model->title);
    else if (run->model) report_put(p, " (%s, its parameters drifting)", run->model);
    say_fitted_to(p, run);
    if (!judged && report_has(run->scored, "summary.json"))
        report_put(p, ". Its summary.json is damaged, so there are no scores here.");
    else if (!judged) report_put(p, ". The fit is not finished, so there are no scores yet.");
    else if (!json_object_get(judged, "nll_per_trial")) report_put(p, ".");
    else {
        say_where(p, part, report_whole(judged, "n_sessions"), report_whole(judged, "n_trials"));
        say_how_well(p, judged, part);
    }
    say_values(p, run->summary);
    report_put(p, "</p>\n");
}

// ---- several runs -------------------------------------------------------------------------------

static dsc_status say_margin(report *r, report_page *p)
{
    dsc_text text = {0};
    const dsc_status status = dsc_comparison_margin(r->ctx, r->comparison, &text);
    if (status == DSC_OK) report_put(p, "<p>%s</p>\n", text.s);
    dsc_text_free(r->ctx, &text);
    return status;
}

static void say_reached(report_page *p, const char *what, const dsc_compared *m)
{
    report_put(p, ", %s, %s, %3", what, m->name, exp(-m->pooled[DSC_MEASURE_NLL].value));
}

static dsc_status say_best(report *r, report_page *p)
{
    const dsc_comparison *c = r->comparison;
    const dsc_compared *best = &c->model[c->order[0]];
    static const char *const knew[] = {[DSC_FITTED_NONE] = "held-out ",
                                       [DSC_FITTED_SOME] = "partly fitted ",
                                       [DSC_FITTED_ALL] = "fitted (in-sample) ",
                                       [DSC_FITTED_UNKNOWN] = ""};
    const bool by_evidence = c->evidence == DSC_EVIDENCE_BIC || c->evidence == DSC_EVIDENCE_LAPLACE;
    report_put(p, "<p class=\"brief\">Of %d models, <strong>%s</strong> %h%h%h. On the same ",
               c->n_models, best->name, by_evidence ? "does best (evidence: " : "predicts best",
               by_evidence ? dsc_evidence_name(c->evidence) : "", by_evidence ? ")" : "");
    report_put(p, "%l %hchoices of ", c->n_trials, knew[best->fitted]);
    report_count(p, c->n_sessions, "session");
    report_put(p, " (");
    report_count(p, c->n_subjects, "subject");
    report_put(p,
               ") it gave the option that was then chosen a probability of <strong>%3</strong> "
               "(geometric mean); chance is %3",
               exp(-best->pooled[DSC_MEASURE_NLL].value), exp(-c->chance_nll));
    say_reached(p, "the second best", &c->model[c->order[1]]);
    if (c->order[0] != 0 && c->order[1] != 0) say_reached(p, "the reference", &c->model[0]);
    report_put(p, ".</p>\n");
    return say_margin(r, p);
}

static void say_uncompared(report *r, report_page *p)
{
    report_put(p,
               "<p class=\"brief\"><strong>These %d runs cannot be compared</strong>; each is "
               "reported by itself.</p>\n<p class=\"warning\">",
               r->n);
    report_sentence(p, r->refused);
    report_put(p, "</p>\n");
    for (int k = 0; k < r->n; k++) say_run(p, &r->run[k]);
}

// ---- what the numbers do not say ----------------------------------------------------------------

// Whether something holds of a run.
typedef bool holds_fn(const report *r, const report_run *run);

static report_part part_of(const report_run *run)
{
    report_part part;
    return report_judged(run, &part) ? part : REPORT_UNKNOWN;
}

static bool held_out(const report *r, const report_run *run)
{
    (void)r;
    return run->summary && part_of(run) == REPORT_HELD_OUT && run->kind != REPORT_FOLDS;
}

static bool kept_aside(const report *r, const report_run *run)
{
    (void)r;
    return run->kind != REPORT_FOLDS && json_object_get(run->summary, "test") != NULL;
}

static bool in_sample(const report *r, const report_run *run)
{
    (void)r;
    return run->summary && part_of(run) == REPORT_IN_SAMPLE;
}

static bool unknown(const report *r, const report_run *run)
{
    (void)r;
    return run->kind == REPORT_PREDICTIONS;
}

// A network keeps the state that did best on the held-out sessions.
static bool was_chosen(const report *r, const report_run *run)
{
    return held_out(r, run) && report_in_steps(run) &&
           report_has(run->folder, "checkpoints/best.safetensors");
}

static bool one_subject(const report *r, const report_run *run)
{
    (void)r;
    return report_whole(run->summary, "n_subjects") == 1;
}

static bool few_subjects(const report *r, const report_run *run)
{
    const int64_t n = report_whole(run->summary, "n_subjects");
    (void)r;
    return n > 1 && n < 10;
}

static const struct {
    holds_fn *holds;
    const char *sentence;
} limits[] = {
    {held_out,
     "Some sessions were held out of the fit. Every number says whether it is held out or "
     "in sample; only the former tell how well new choices would be predicted."},
    {kept_aside,
     "Some sessions were kept aside: they neither trained the model nor chose among its states."},
    {in_sample,
     "Nothing was held out. All scores are in sample and would be lower on new choices."},
    {unknown, "Only predictions are known, not what the model was fitted to."},
    {was_chosen,
     "Of all states of the training, the one that did best on the held-out sessions was "
     "kept, so the held-out scores are a little too good."},
    {few_subjects,
     "There are few subjects. Intervals over subjects are rough and tend to be too narrow."},
    {one_subject, "There is one subject. Intervals run over sessions and say nothing about other "
                  "subjects."},
};

// The runs of which it holds are named unless it holds of all.
static void say_limit(const report *r, report_page *p, holds_fn *holds, const char *sentence)
{
    const char small[2] = {(char)(*sentence - 'A' + 'a'), 0};
    int n = 0;
    for (int k = 0; k < r->n; k++) n += holds(r, &r->run[k]);
    if (n == 0) return;
    report_put(p, "<li>");
    for (int k = 0, said = 0; n < r->n && k < r->n; k++)
        if (holds(r, &r->run[k])) report_put(p, "%h%s", said++ ? ", " : "", r->run[k].name);
    if (n < r->n) report_put(p, ": %h%s</li>\n", small, sentence + 1);
    else report_put(p, "%s</li>\n", sentence);
}

static void say_limits(report *r, report_page *p)
{
    report_put(p, "<h3>What these numbers do not say</h3>\n<ul>\n");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        say_limit(r, p, limits[i].holds, limits[i].sentence);
    report_put(p, "<li>A model that predicts well need not be how the subject decides: %h.</li>\n",
               r->n > 1 ? "it is the best of those that were tried"
                        : "others, which were not tried here, may predict as well");
    if (r->n_warnings > 0) {
        report_put(p, "<li>There %h <a href=\"#warnings\">", r->n_warnings == 1 ? "is" : "are");
        report_count(p, r->n_warnings, "warning");
        report_put(p, "</a>.</li>\n");
    }
    report_put(p, "</ul>\n");
}

dsc_status report_in_brief(report *r, report_page *p)
{
    if (r->n == 1) say_run(p, &r->run[0]);
    else if (r->comparison) DSC_TRY(say_best(r, p));
    else say_uncompared(r, p);
    say_limits(r, p);
    return p->out.status;
}
