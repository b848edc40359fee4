// SPDX-License-Identifier: Apache-2.0
// glossary.c — what the words and numbers of the page mean, and the references.
#include <string.h>

#include "report/internal.h"

typedef enum about { ALWAYS, COMPARED, OF_DISRNN, OF_ESTIMATES, SELECTED } about;

typedef struct entry {
    about when;
    const char *word, *meaning;
} entry;

static const entry entries[] = {
    {ALWAYS, "subject, session, trial", "who; one uninterrupted sequence of trials; one choice"},
    {ALWAYS, "held out, in sample",
     "sessions that the fit has not seen, against those it was fitted to. Only held-out scores "
     "tell "
     "how well a model predicts"},
    {ALWAYS, "NLL per trial",
     "negative log-likelihood: the mean of -ln p, where p is the probability that the model gave "
     "to "
     "the option that was then chosen, in nats. Lower is better; chance has ln(number of options)"},
    {ALWAYS, "normalised likelihood",
     "exp(-NLL per trial): the probability of the chosen option, averaged (geometrically) over "
     "trials. "
     "Higher is better; chance has 1 / number of options"},
    {ALWAYS, "accuracy", "how often the option that the model thought most probable was chosen"},
    {ALWAYS, "bits over chance",
     "how much more the model knows of each choice than a coin does: 1 bit would be everything "
     "about "
     "a choice between two options"},
    {ALWAYS, "95 % interval",
     "bootstrap: subjects (sessions, if there is one subject) are drawn anew with replacement; 95 "
     "% "
     "of the draws give a value within the interval"},
    {COMPARED, "pseudo-R²", "1 - NLL / NLL of chance (McFadden)"},
    {COMPARED, "Brier",
     "mean squared distance of the predicted probabilities from what happened, 0 to 2; lower is "
     "better"},
    {COMPARED, "signed ranks, t test",
     "paired tests over subjects (or sessions) of the difference of two models; not corrected for "
     "the "
     "number of models"},
    {COMPARED, "AIC, BIC",
     "twice the NLL plus a charge for every parameter: the fit in sample, made comparable"},
    {SELECTED, "exceedance, protected exceedance",
     "the probability that the model is the most frequent one among subjects; protected: allowing "
     "for "
     "the chance that all are equally frequent"},
    {OF_DISRNN, "latent", "a value that the network remembers from trial to trial"},
    {OF_DISRNN, "bottleneck, openness",
     "a place where information must pass noise of standard deviation sigma; openness is 1 - "
     "sigma. A "
     "bottleneck with sigma below 0.5 counts as open here"},
    {OF_ESTIMATES, "standard error (SE)",
     "how far the estimate would scatter if the same subject did it all again, from the curvature "
     "of "
     "the likelihood at the estimate"},
    {OF_ESTIMATES, "bound", "the end of the range that the model allows for a parameter"},
};

static bool applies(const report *r, about when)
{
    bool disrnn = false, estimates = false;
    for (int k = 0; k < r->n; k++) {
        const dsc_run *run = r->run[k].run;
        disrnn |= run && strncmp(run->model->name, "disrnn", strlen("disrnn")) == 0;
        estimates |= run && report_has(r->run[k].folder, "fit.csv");
    }
    const bool is[] = {[ALWAYS] = true,
                       [COMPARED] = r->comparison != NULL,
                       [OF_DISRNN] = disrnn,
                       [OF_ESTIMATES] = estimates,
                       [SELECTED] = r->comparison && r->comparison->selected};
    return is[when];
}

dsc_status report_glossary(report *r, report_page *p)
{
    report_put(p, "<dl>\n");
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        if (applies(r, entries[i].when))
            report_put(p, "<dt>%s</dt><dd>%s.</dd>\n", entries[i].word, entries[i].meaning);
    report_put(p, "</dl>\n");
    return p->out.status;
}

// ---- references ---------------------------------------------------------------------------------

static const entry references[] = {
    {COMPARED, "paired signed ranks", "Wilcoxon 1945, Biometrics Bulletin 1:80"},
    {COMPARED, "pseudo-R²", "McFadden 1974, in Zarembka (ed.), Frontiers in Econometrics, 105"},
    {SELECTED, "random-effects model selection",
     "Stephan, Penny, Daunizeau, Moran & Friston 2009, "
     "NeuroImage 46:1004"},
    {SELECTED, "protected exceedance probability",
     "Rigoux, Stephan, Friston & Daunizeau 2014, NeuroImage 84:971"},
};

static bool is_new(const report *r, int k)
{
    for (int i = 0; i < k; i++)
        if (r->run[i].run && strcmp(r->run[i].run->model->name, r->run[k].run->model->name) == 0)
            return false;
    return true;
}

dsc_status report_references(report *r, report_page *p)
{
    report_put(p, "<ul>\n");
    for (int k = 0; k < r->n; k++) {
        const dsc_run *run = r->run[k].run;
        if (!run || !is_new(r, k) || !run->model->source || !*run->model->source) continue;
        report_put(p, "<li>%s: ", run->model->name);
        report_citation(p, run->model->source);
        report_put(p, ".</li>\n");
    }
    for (size_t i = 0; i < sizeof references / sizeof *references; i++)
        if (applies(r, references[i].when))
            report_put(p, "<li>%s: %s.</li>\n", references[i].word, references[i].meaning);
    report_put(p, "<li>the program: discern %s, fitted and reported with it.</li>\n</ul>\n",
               DSC_VERSION);
    return p->out.status;
}
