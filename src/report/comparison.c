// SPDX-License-Identifier: Apache-2.0
// comparison.c — the runs on the same trials: the sentences and tables of `compare`, the first run
// being the one that the others are held against.
#include <math.h>
#include <string.h>

#include "report/internal.h"

// A text of sentences, one a line, as a list.
static dsc_status say_sentences(report *r, report_page *p)
{
    dsc_text text = {0};
    const dsc_status status = dsc_comparison_words(r->ctx, r->comparison, &text);
    if (status == DSC_OK) report_lines(p, text.s);
    dsc_text_free(r->ctx, &text);
    return status;
}

// ---- tables -------------------------------------------------------------------------------------

static const char *part_words(const dsc_comparison *c)
{
    return strcmp(c->part, "heldout") == 0 ? "held-out trials"
           : strcmp(c->part, "train") == 0 ? "trials that were fitted"
                                           : "trials";
}

static void say_models(report_page *p, const dsc_comparison *c)
{
    static const char *const columns[] = {"model",
                                          "trials were",
                                          "#NLL per trial",
                                          "#95 % interval",
                                          "#norm. likelihood",
                                          "#bits over chance",
                                          "#pseudo-R²",
                                          "#accuracy",
                                          "#Brier",
                                          NULL};
    report_table_begin(p, columns, "The same %l %s for every model, best first; chance has NLL %4",
                       c->n_trials, part_words(c), c->chance_nll);
    for (int i = 0; i < c->n_models; i++) {
        const dsc_compared *m = &c->model[c->order[i]];
        const double nll = m->pooled[DSC_MEASURE_NLL].value;
        report_row(p, "ht4r44444", m->name, dsc_fitted_name(m->fitted), nll,
                   m->pooled[DSC_MEASURE_NLL], exp(-nll), (c->chance_nll - nll) / log(2),
                   1 - nll / c->chance_nll, m->pooled[DSC_MEASURE_ACCURACY].value,
                   m->pooled[DSC_MEASURE_BRIER].value);
    }
    report_table_end(p);
}

// Minus the difference that is kept if the run stands second in it.
static dsc_interval against(const dsc_difference *d, int k)
{
    const dsc_interval x = d->balanced;
    return d->a == k ? x : (dsc_interval){-x.value, -x.high, -x.low};
}

static void say_against_first(report_page *p, const dsc_comparison *c)
{
    static const char *const columns[] = {"model",
                                          "#NLL per trial, difference",
                                          "#95 % interval",
                                          "#better in",
                                          "#of",
                                          "#t test p",
                                          "#signed ranks p",
                                          NULL};
    report_table_begin(
        p, columns,
        "Every model against the reference, %s: mean difference over %ss; below 0 the "
        "model predicts better than the reference",
        c->model[0].name, c->unit);
    for (int k = 1; k < c->n_models; k++) {
        const dsc_difference *d = dsc_comparison_difference(c, k, 0, DSC_MEASURE_NLL);
        const dsc_interval x = against(d, k);
        const int better = d->a == k ? d->n_better : d->n_worse;
        report_row(p, "h4rddpp", c->model[k].name, x.value, x, better, c->n_units, d->t_p, d->w_p);
    }
    report_table_end(p);
}

static void say_penalised(report_page *p, const dsc_comparison *c)
{
    static const char *const columns[] = {
        "model", "#parameters", "#NLL", "#AIC", "#BIC", "#BIC of subjects", "#Laplace evidence",
        NULL};
    bool fitted = false;
    for (int k = 0; k < c->n_models; k++) fitted |= c->model[k].fitted == DSC_FITTED_ALL;
    if (!fitted) return;
    report_table_begin(
        p, columns,
        "Criteria that charge for parameters, on trials that were fitted: lower AIC and "
        "BIC, higher evidence is better");
    for (int i = 0; i < c->n_models; i++) {
        const dsc_compared *m = &c->model[c->order[i]];
        report_row(p, "h011111", m->name, m->n_parameters < 0 ? NAN : (double)m->n_parameters,
                   m->nll, m->aic, m->bic, m->subject_bic, m->laplace);
    }
    report_table_end(p);
}

static void say_selection(report_page *p, const dsc_comparison *c)
{
    static const char *const columns[] = {"model", "#share of subjects", "#exceedance",
                                          "#protected", NULL};
    if (!c->selected) return;
    report_table_begin(p, columns,
                       "How frequent each model is among subjects (random effects; evidence: %s; "
                       "probability that all are equally frequent: %3)",
                       dsc_evidence_name(c->evidence), c->omnibus_risk);
    for (int i = 0; i < c->n_models; i++) {
        const dsc_compared *m = &c->model[c->order[i]];
        report_row(p, "h333", m->name, m->frequency, m->exceedance, m->protected_exceedance);
    }
    report_table_end(p);
}

// ---- subjects -----------------------------------------------------------------------------------

static const char *best_for(const dsc_comparison *c, int subject)
{
    const char *best = "";
    double least = INFINITY;
    for (int i = 0; i < c->n_models; i++) {
        const dsc_compared *m = &c->model[c->order[i]];
        const double nll = m->subject[subject].nll;
        if (nll < least) best = m->name, least = nll;
    }
    return best;
}

static void subject_row(report_page *p, const dsc_comparison *c, int subject)
{
    report_put(p, "<tr><th scope=\"row\">%s</th><td class=\"n\">%0</td>", c->subject[subject],
               c->model[0].subject[subject].n_trials);
    for (int i = 0; i < c->n_models; i++) {
        const dsc_subject_score *s = &c->model[c->order[i]].subject[subject];
        report_put(p, "<td class=\"n\">%4</td>", s->nll / s->n_trials);
    }
    report_put(p, "<td>%s</td></tr>\n", best_for(c, subject));
}

// Models past a dozen would not fit in any window.
static void say_subjects(report_page *p, const dsc_comparison *c)
{
    enum { MOST_MODELS = 64 };
    const char *columns[MOST_MODELS + 4];
    char titles[MOST_MODELS][128];
    int n = 0;
    if (c->n_subjects < 2 || c->n_models > MOST_MODELS) return;
    columns[n++] = "subject", columns[n++] = "#trials";
    for (int i = 0; i < c->n_models; i++) {
        snprintf(titles[i], sizeof titles[i], "#%s", c->model[c->order[i]].name);
        columns[n++] = titles[i];
    }
    columns[n++] = "best", columns[n] = NULL;
    report_put(p, "<details><summary>Subject by subject</summary>\n");
    report_table_begin(p, columns, "NLL per trial of every subject under every model%h",
                       c->n_subjects > REPORT_ROWS
                           ? " (the first 1000; <code>discern compare -o</code> "
                             "writes all)"
                           : "");
    for (int i = 0; i < c->n_subjects && i < REPORT_ROWS; i++) subject_row(p, c, i);
    report_table_end(p);
    report_put(p, "</details>\n");
}

dsc_status report_comparison(report *r, report_page *p)
{
    const dsc_comparison *c = r->comparison;
    report_put(p, "<h3>On the same trials</h3>\n");
    if (!c) {
        report_put(p, "<p class=\"warning\">The runs cannot be compared: ");
        report_sentence(p, r->refused);
        report_put(p, "</p>\n");
        return p->out.status;
    }
    DSC_TRY(say_sentences(r, p));
    say_models(p, c);
    say_against_first(p, c);
    DSC_TRY(report_comparison_figures(r, p));
    say_selection(p, c);
    say_penalised(p, c);
    say_subjects(p, c);
    return p->out.status;
}
