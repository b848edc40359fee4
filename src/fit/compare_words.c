// SPDX-License-Identifier: Apache-2.0
// compare_words.c — a comparison in sentences: what was compared, which model is best, by how much,
// how sure, and what to beware of.
#include <math.h>
#include <string.h>

#include "fit/compare.h"

typedef struct speaker {
    dsc_context *ctx;
    const dsc_comparison *c;
    dsc_text *out;
} speaker;

#define SAY(s, ...) dsc_text_add((s)->ctx, (s)->out, __VA_ARGS__)

enum { FEW_UNITS = 10 };

static const dsc_compared *ranked(const speaker *s, int rank)
{
    return &s->c->model[s->c->order[rank]];
}

static bool all_fitted(const dsc_comparison *c, dsc_fitted f)
{
    for (int k = 0; k < c->n_models; k++)
        if (c->model[k].fitted != f) return false;
    return true;
}

// ---- what was compared --------------------------------------------------------------------------

static void say_part(const speaker *s)
{
    const dsc_comparison *c = s->c;
    const bool heldout = strcmp(c->part, "heldout") == 0, train = strcmp(c->part, "train") == 0;
    SAY(s, "%d models on the same %lld %strials of %d session%s (%d subject%s, %d options).",
        c->n_models, (long long)c->n_trials,
        heldout ? "held-out "
        : train ? "training "
                : "",
        c->n_sessions, c->n_sessions == 1 ? "" : "s", c->n_subjects, c->n_subjects == 1 ? "" : "s",
        c->n_actions);
    if (heldout) SAY(s, " No model was fitted to them.\n");
    else if (all_fitted(c, DSC_FITTED_ALL))
        SAY(s, " All models were fitted to them (in sample): the likelihood alone favours models "
               "with many parameters.\n");
    else if (all_fitted(c, DSC_FITTED_UNKNOWN))
        SAY(s, " Whether the models were fitted to them is not known.\n");
    else SAY(s, "\n");
}

// Only where the models differ in what they knew.
static void say_mixture(const speaker *s)
{
    const dsc_comparison *c = s->c;
    if (all_fitted(c, c->model[0].fitted)) return;
    SAY(s, "Beware: the scores are of different kinds and no fair contest:");
    for (int k = 0; k < c->n_models; k++)
        SAY(s, "%s %s %s", k ? "," : "", c->model[k].name, dsc_fitted_name(c->model[k].fitted));
    SAY(s, ".\n");
}

static void say_chosen(const speaker *s)
{
    const dsc_comparison *c = s->c;
    int n = 0;
    for (int k = 0; k < c->n_models; k++)
        if (c->model[k].chosen_here) SAY(s, "%s%s", n++ ? ", " : "", c->model[k].name);
    if (n > 0)
        SAY(s,
            ": of all states of the training, the one that did best on these held-out trials was "
            "kept (checkpoint best), so that the score is a little too good.\n");
}

// ---- which is best ------------------------------------------------------------------------------

static const char *criterion(const dsc_comparison *c)
{
    static const char *const by[] = {"likelihood, parameters not counted", "likelihood",
                                     "Laplace evidence", "BIC"};
    return by[c->evidence];
}

static void say_best(const speaker *s)
{
    const dsc_compared *best = ranked(s, 0);
    const double nll = best->pooled[DSC_MEASURE_NLL].value, chance = s->c->chance_nll;
    SAY(s,
        "Best by %s: %s, %.4f nats per trial (normalised likelihood %.4f; chance %.4f; %.3f bits "
        "over chance).\n",
        criterion(s->c), best->name, nll, exp(-nll), exp(-chance), (chance - nll) / log(2));
    if (nll >= chance) SAY(s, "Even so it predicts no better than chance.\n");
}

static void say_tests(const speaker *s, const dsc_difference *d)
{
    SAY(s, "; better in %d of %d %ss", d->n_better, s->c->n_units, s->c->unit);
    if (!isnan(d->w_p))
        SAY(s, d->w_p < 1e-4 ? "; signed ranks p < 0.0001" : "; signed ranks p = %.4f", d->w_p);
    SAY(s, ")");
}

// The measure that decides: evidence where there is one, else NLL.
static dsc_measure deciding(const dsc_comparison *c)
{
    const bool penalised = c->evidence == DSC_EVIDENCE_BIC || c->evidence == DSC_EVIDENCE_LAPLACE;
    return penalised && c->n_subjects > 1 ? DSC_MEASURE_EVIDENCE : DSC_MEASURE_NLL;
}

// The interval and the test must agree before a difference is called reliable.
static void say_verdict(const speaker *s, const dsc_difference *d)
{
    const dsc_interval *x = &d->balanced;
    const bool apart = x->low > 0 || x->high < 0, tested = d->w_p < 0.05;
    if (s->c->n_units < 2) SAY(s, "; from one %s no interval can be had.", s->c->unit);
    else if (apart && tested) SAY(s, ": a reliable difference.");
    else if (apart || tested) SAY(s, ": a hint, no more: interval and test disagree.");
    else SAY(s, ": these data do not tell the two apart.");
}

static void say_difference(const speaker *s, int rank)
{
    const dsc_comparison *c = s->c;
    const dsc_measure m = deciding(c);
    const dsc_difference *d = dsc_comparison_difference(c, c->order[0], c->order[rank], m);
    const dsc_interval *x = &d->balanced;
    const bool nll = m == DSC_MEASURE_NLL;
    const double sign = nll ? -1 : 1, low = sign * (nll ? x->high : x->low),
                 high = sign * (nll ? x->low : x->high);
    const size_t start = s->out->length;
    SAY(s, "Over %s it gains %.4f %s per %s", ranked(s, rank)->name, sign * x->value,
        nll ? "nats" : "log evidence", nll ? "trial" : c->unit);
    if (c->n_units > 1) {
        SAY(s, " (mean of %d %ss, 95 %% interval %.4f to %.4f", c->n_units, c->unit, low, high);
        say_tests(s, d);
    }
    say_verdict(s, d);
    if (s->out->status == DSC_OK)
        s->out->length = start + strlen(dsc_drop_zero_signs(s->out->s + start));
}

static void say_units(const speaker *s)
{
    if (s->c->n_units > 1 && s->c->n_units < FEW_UNITS)
        SAY(s, "With %d %ss the intervals are rough and tend to be too narrow.\n", s->c->n_units,
            s->c->unit);
    if (s->c->n_models > 2)
        SAY(s, "The best model was found on the same data and p values are not corrected for the "
               "number of models.\n");
}

// A network's weights are not free one by one, so BIC charges it too much.
static void say_networks(const speaker *s)
{
    const dsc_comparison *c = s->c;
    int n = 0;
    for (int k = 0; c->evidence == DSC_EVIDENCE_BIC && k < c->n_models; k++)
        if (c->model[k].network) SAY(s, "%s%s", n++ ? ", " : "", c->model[k].name);
    if (n > 0)
        SAY(s,
            ": AIC and BIC charge a network for every weight, which is too much; held-out trials "
            "judge it fairly.\n");
}

// ---- selection ----------------------------------------------------------------------------------

static int most_frequent(const dsc_comparison *c)
{
    int best = c->order[0];
    for (int k = 0; k < c->n_models; k++)
        if (c->model[k].alpha > c->model[best].alpha) best = k;
    return best;
}

static void say_selection(const speaker *s)
{
    const dsc_comparison *c = s->c;
    if (!c->selected) return;
    const dsc_compared *m = &c->model[most_frequent(c)];
    SAY(s,
        "Across subjects %s is the most frequent model (expected in %.0f %% of subjects): "
        "protected "
        "exceedance probability %.3f, Bayes omnibus risk %.3f; evidence: %s.\n",
        m->name, 100 * m->frequency, m->protected_exceedance, c->omnibus_risk,
        dsc_evidence_name(c->evidence));
    if (c->omnibus_risk > 0.5)
        SAY(s, "The models' frequencies may well be equal; do not read much into the order.\n");
}

dsc_status dsc_comparison_words(dsc_context *ctx, const dsc_comparison *c, dsc_text *out)
{
    const speaker s = {ctx, c, out};
    say_part(&s);
    say_mixture(&s);
    say_best(&s);
    for (int rank = 1; rank < c->n_models; rank++) {
        say_difference(&s, rank);
        SAY(&s, "\n");
    }
    say_units(&s);
    say_chosen(&s);
    say_networks(&s);
    say_selection(&s);
    return out->status;
}

dsc_status dsc_comparison_margin(dsc_context *ctx, const dsc_comparison *c, dsc_text *out)
{
    const speaker s = {ctx, c, out};
    say_difference(&s, 1);
    return out->status;
}
