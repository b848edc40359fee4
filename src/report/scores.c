// SPDX-License-Identifier: Apache-2.0
// scores.c — what was fitted to what, and how well every run did by itself: in sample and held out
// apart, chance beside them.
#include <math.h>
#include <string.h>

#include "report/internal.h"

// ---- what was fitted to what --------------------------------------------------------------------

// NaN if they cannot be read, which the section on the parameters says.
static double estimated_count(report_page *p, const dsc_run *run)
{
    int64_t n = 0;
    const dsc_status status = dsc_count_estimated(p->ctx, run, &n);
    if (status == DSC_MEMORY) p->out.status = status;
    return status == DSC_OK ? (double)n : NAN;
}

static void fit_words(const report_run *run, char *out, size_t size)
{
    const dsc_fit_config *c = &run->run->config;
    if (strcmp(c->fit.method, "gradient") == 0)
        snprintf(out, size, "trained in %s%lld steps (%s), seed %lld",
                 c->patience > 0 ? "at most " : "", (long long)dsc_fit_config_steps(c),
                 c->optimizer.name, (long long)c->seed);
    else
        snprintf(out, size, "%s per %s, %d restarts, seed %lld",
                 strcmp(c->fit.method, "map") == 0 ? "maximum a posteriori" : "maximum likelihood",
                 c->fit.group, c->fit.restarts, (long long)c->seed);
}

static const char *kind_words(const report_run *run)
{
    if (!run->run) return run->kind == REPORT_FILTER ? "particle filter" : "predictions only";
    return report_is_network(run) ? "network" : "classical model";
}

static void say_data_row(report_page *p, const report_run *run)
{
    const json_t *data = json_object_get(run->provenance, "data");
    const json_t *split = json_object_get(run->provenance, "split");
    const json_t *of = data ? data : run->summary;
    const double all = report_number(of, "n_sessions"), folds = run->kind == REPORT_FOLDS;
    const double fitted = !run->run ? NAN : folds || !split ? all : report_number(split, "n_train");
    const double out = !run->run ? NAN : folds ? all : report_number(split, "n_heldout");
    report_row(p, "httl00l", run->name, run->model, run->data, report_whole(of, "n_subjects"),
               fitted, out, report_whole(of, "n_trials"));
}

static const char *const data_columns[] = {"run",
                                           "model",
                                           "data file",
                                           "#subjects",
                                           "#sessions fitted",
                                           "#sessions held out",
                                           "#trials in all",
                                           NULL};

static bool same_data(const report_run *a, const report_run *b)
{
    return !a->hash || !b->hash || strcmp(a->hash, b->hash) == 0;
}

static void say_same_data(report *r, report_page *p)
{
    int differ = 0;
    for (int k = 1; k < r->n; k++) differ += !same_data(&r->run[0], &r->run[k]);
    if (differ)
        report_put(p,
                   "<p class=\"warning\">The runs were <strong>not fitted to the same data "
                   "file</strong>: the hash of %d of them differs from that of %s.</p>\n",
                   differ, r->run[0].name);
}

static void say_folds(report *r, report_page *p)
{
    for (int k = 0; k < r->n; k++)
        if (r->run[k].kind == REPORT_FOLDS)
            report_put(p,
                       "<p>%s is a cross-validation: %u fits, each of which leaves out another "
                       "part of the sessions. Every session is predicted by the one fit that had "
                       "not seen it.</p>\n",
                       r->run[k].name, r->run[k].n_parts);
}

static void say_method_rows(report *r, report_page *p)
{
    static const char *const columns[] = {"run",         "kind",     "how it was fitted",
                                          "#parameters", "observes", NULL};
    char how[256];
    report_table_begin(p, columns,
                       "How the models were fitted; <em>parameters</em> are all values that were "
                       "estimated, of all subjects together");
    for (int k = 0; k < r->n; k++) {
        const report_run *run = &r->run[k];
        dsc_text inputs = {0};
        *how = 0;
        if (run->run) fit_words(run, how, sizeof how);
        for (int i = 0; run->run && i < run->run->n_inputs; i++)
            dsc_text_add(p->ctx, &inputs, "%s%s", i ? ", " : "", run->run->inputs[i]);
        if (inputs.status != DSC_OK) p->out.status = inputs.status;
        if (run->run)
            report_row(p, "htt0t", run->name, kind_words(run), how, estimated_count(p, run->run),
                       inputs.s);
        else report_row(p, "httgt", run->name, kind_words(run), how, (double)NAN, "");
        dsc_text_free(p->ctx, &inputs);
    }
    report_table_end(p);
}

dsc_status report_fitted(report *r, report_page *p)
{
    report_table_begin(p, data_columns, "The data, and which of the sessions were fitted");
    for (int k = 0; k < r->n; k++) say_data_row(p, &r->run[k]);
    report_table_end(p);
    say_same_data(r, p);
    say_folds(r, p);
    say_method_rows(r, p);
    return p->out.status;
}

// ---- scores -------------------------------------------------------------------------------------

static bool several_subjects(const report *r)
{
    for (int k = 0; k < r->n; k++)
        if (report_whole(r->run[k].summary, "n_subjects") > 1) return true;
    return false;
}

// The mean over subjects where there are several; else the pooled likelihood is all there is.
static void say_score(report *r, report_page *p, const report_run *run, const char *part,
                      const json_t *s)
{
    const json_t *balanced = json_object_get(s, "subject_balanced");
    const json_t *own = json_object_get(balanced, "normalized_likelihood");
    const json_t *chance = json_object_get(s, "chance");
    if (!json_is_number(json_object_get(s, "nll_per_trial"))) return;
    report_put(p, "<tr><th scope=\"row\">%s</th><td class=\"w\">%s</td>", run->name, part);
    report_put(p, "<td class=\"n\">%l</td><td class=\"n\">%l</td><td class=\"n\">%4</td>",
               report_whole(s, "n_sessions"), report_whole(s, "n_trials"),
               report_number(s, "nll_per_trial"));
    report_put(p, "<td class=\"n\">%4</td>", report_number(s, "normalized_likelihood"));
    if (several_subjects(r)) report_put(p, "<td class=\"n\">%4</td>", report_number(own, "value"));
    report_put(p, "<td class=\"n\">%r</td>",
               (dsc_interval){0, report_number(own, "low"), report_number(own, "high")});
    report_put(p, "<td class=\"n\">%4</td><td class=\"n\">%3</td><td class=\"n\">%3</td></tr>\n",
               report_number(chance, "normalized_likelihood"), report_number(s, "accuracy"),
               report_number(s, "bits_per_trial"));
}

static void say_scores(report *r, report_page *p, const report_run *run)
{
    report_part part;
    const json_t *judged = report_judged(run, &part);
    if (!judged) return;
    const json_t *kept = json_object_get(run->summary, "test");
    say_score(r, p, run, report_part_name(part), judged);
    if (kept && kept != judged) say_score(r, p, run, report_part_name(REPORT_KEPT_ASIDE), kept);
    if (judged != run->summary)
        say_score(r, p, run, report_part_name(REPORT_IN_SAMPLE),
                  json_object_get(run->summary, "train"));
}

dsc_status report_scores(report *r, report_page *p)
{
    static const char *const of_one[] = {"run",
                                         "trials were",
                                         "#sessions",
                                         "#choices scored",
                                         "#NLL per trial",
                                         "#norm. likelihood",
                                         "#its 95 % interval",
                                         "#chance",
                                         "#accuracy",
                                         "#bits over chance",
                                         NULL};
    static const char *const of_many[] = {"run",
                                          "trials were",
                                          "#sessions",
                                          "#choices scored",
                                          "#NLL per trial",
                                          "#norm. likelihood",
                                          "#mean of subjects",
                                          "#its 95 % interval",
                                          "#chance",
                                          "#accuracy",
                                          "#bits over chance",
                                          NULL};
    const bool several = several_subjects(r);
    report_table_begin(p, several ? of_many : of_one,
                       "Scores of every run by itself. Compare like with like: <em>held out</em> "
                       "with held out, <em>in sample</em> with in sample. The interval is that of "
                       "the mean over %s (bootstrap)",
                       several ? "subjects" : "sessions");
    for (int k = 0; k < r->n; k++) say_scores(r, p, &r->run[k]);
    report_table_end(p);
    return p->out.status;
}
