// SPDX-License-Identifier: Apache-2.0
// compare_score.c — scores of the chosen sessions: per subject, pooled, per unit; what counts as
// the evidence; the order of the models.
//   AIC = 2 k + 2 NLL (Akaike 1974);  BIC = k ln n + 2 NLL (Schwarz 1978)
//   of a subject: k_s ln n_s + 2 NLL_s, plus an equal part of k_shared ln n
#include <math.h>
#include <string.h>

#include "fit/compare.h"

typedef struct scorer {
    dsc_context *ctx;
    const compare_run *runs;
    const compare_trials *t;
    const unsigned char *chosen;
    dsc_comparison *c;
    int *place;           // [subjects of t] in the comparison, -1: no counted trial there
    compare_tally *tally; // [n_models][n_subjects]
} scorer;

static void tally_add(compare_tally *sum, const compare_tally *x)
{
    sum->n += x->n, sum->nll += x->nll, sum->accuracy += x->accuracy, sum->brier += x->brier;
    sum->offered += x->offered;
}

// Of a session that was chosen and has trials that count.
static bool takes_part(const scorer *s, int session)
{
    return s->chosen[session] && s->t->tally[session].n > 0;
}

// ---- subjects -----------------------------------------------------------------------------------

static dsc_status subjects_find(scorer *s)
{
    const compare_trials *t = s->t;
    dsc_comparison *c = s->c;
    char *label;
    DSC_TRY(dsc_arena_alloc(c->arena, (size_t)t->n_subjects, sizeof *s->place, &s->place));
    DSC_TRY(dsc_arena_alloc(c->arena, (size_t)t->n_subjects, sizeof *c->subject, &c->subject));
    for (int i = 0; i < t->n_subjects; i++) s->place[i] = -1;
    for (int i = 0; i < t->n_sessions; i++) {
        const int subject = t->subject_of[i];
        if (!takes_part(s, i)) continue;
        c->n_sessions++;
        c->n_trials += (int64_t)t->tally[i].n;
        if (s->place[subject] >= 0) continue;
        DSC_TRY(dsc_arena_strdup(c->arena, t->subject[subject], &label));
        s->place[subject] = c->n_subjects;
        c->subject[c->n_subjects++] = label;
    }
    DSC_REQUIRE(s->ctx, c->n_trials > 0, DSC_INPUT,
                "%s: no trial of the part \"%s\" has a choice that counts", t->csv.path, c->part);
    return DSC_OK;
}

static dsc_status tallies_make(scorer *s)
{
    const size_t n = (size_t)s->c->n_subjects;
    DSC_TRY(dsc_arena_alloc(s->c->arena, n * (size_t)s->c->n_models, sizeof *s->tally, &s->tally));
    for (int k = 0; k < s->c->n_models; k++)
        for (int i = 0; i < s->t->n_sessions; i++)
            if (takes_part(s, i))
                tally_add(&s->tally[(size_t)k * n + (size_t)s->place[s->t->subject_of[i]]],
                          &s->runs[k].tally[i]);
    return DSC_OK;
}

// ---- evidence -----------------------------------------------------------------------------------

static bool all_fitted(const dsc_comparison *c, dsc_fitted f)
{
    for (int k = 0; k < c->n_models; k++)
        if (c->model[k].fitted != f) return false;
    return true;
}

// Of every subject that counts.
static bool has_laplace(const scorer *s, int k)
{
    const double *laplace = s->runs[k].laplace;
    bool all = laplace != NULL;
    for (int i = 0; all && i < s->t->n_subjects; i++) all = s->place[i] < 0 || isfinite(laplace[i]);
    return all;
}

static dsc_evidence evidence_kind(const scorer *s)
{
    const dsc_comparison *c = s->c;
    bool laplace = true, counted = true;
    if (all_fitted(c, DSC_FITTED_NONE) || all_fitted(c, DSC_FITTED_UNKNOWN))
        return DSC_EVIDENCE_LIKELIHOOD;
    if (!all_fitted(c, DSC_FITTED_ALL)) return DSC_EVIDENCE_NONE;
    for (int k = 0; k < c->n_models; k++) {
        laplace &= has_laplace(s, k);
        counted &= s->runs[k].n_parameters >= 0;
    }
    return laplace ? DSC_EVIDENCE_LAPLACE : counted ? DSC_EVIDENCE_BIC : DSC_EVIDENCE_NONE;
}

static double evidence_of(dsc_evidence kind, const dsc_subject_score *x, double laplace)
{
    if (kind == DSC_EVIDENCE_LIKELIHOOD) return -x->nll;
    if (kind == DSC_EVIDENCE_LAPLACE) return laplace;
    return kind == DSC_EVIDENCE_BIC ? -x->bic / 2 : NAN;
}

// ---- one model ----------------------------------------------------------------------------------

static void subject_score(const scorer *s, int k, int subject, dsc_subject_score *x)
{
    const dsc_compared *m = &s->c->model[k];
    const compare_tally *sum = &s->tally[k * s->c->n_subjects + s->place[subject]];
    const double shared = (double)m->n_shared / s->c->n_subjects * log((double)s->c->n_trials);
    *x = (dsc_subject_score){sum->n, sum->nll, sum->accuracy / sum->n, sum->brier / sum->n, NAN,
                             NAN,    NAN};
    const int fits = s->runs[k].fits ? s->runs[k].fits[subject] : 1;
    if (m->fitted == DSC_FITTED_ALL)
        x->bic = (double)m->n_per_subject * fits * log(sum->n) + shared + 2 * sum->nll;
    const double *laplace = s->runs[k].laplace;
    x->log_evidence = evidence_of(s->c->evidence, x, laplace ? laplace[subject] : NAN);
}

static void penalised_scores(const scorer *s, int k, dsc_compared *m)
{
    const double parameters = (double)m->n_parameters, n = (double)s->c->n_trials;
    m->aic = m->bic = m->subject_bic = m->laplace = NAN;
    if (m->fitted != DSC_FITTED_ALL) return;
    m->aic = 2 * parameters + 2 * m->nll;
    m->bic = parameters * log(n) + 2 * m->nll;
    m->subject_bic = 0;
    for (int i = 0; i < s->c->n_subjects; i++) m->subject_bic += m->subject[i].bic;
    if (!has_laplace(s, k)) return;
    m->laplace = 0;
    for (int i = 0; i < s->t->n_subjects; i++)
        if (s->place[i] >= 0) m->laplace += s->runs[k].laplace[i];
}

static dsc_status model_score(const scorer *s, int k)
{
    dsc_compared *m = &s->c->model[k];
    compare_tally all = {0};
    const int n = s->c->n_subjects;
    double evidence = 0;
    DSC_TRY(dsc_arena_alloc(s->c->arena, (size_t)n, sizeof *m->subject, &m->subject));
    for (int i = 0; i < s->t->n_subjects; i++)
        if (s->place[i] >= 0) subject_score(s, k, i, &m->subject[s->place[i]]);
    for (int i = 0; i < n; i++) {
        tally_add(&all, &s->tally[k * n + i]);
        evidence += m->subject[i].log_evidence;
    }
    m->nll = all.nll;
    const double values[] = {all.nll / all.n, all.accuracy / all.n, all.brier / all.n, evidence};
    for (int i = 0; i < DSC_MEASURES; i++) m->pooled[i] = (dsc_interval){values[i], NAN, NAN};
    penalised_scores(s, k, m);
    return DSC_OK;
}

// ---- units --------------------------------------------------------------------------------------

static void unit_set(compare_units *u, int k, int i, const compare_tally *x, double evidence)
{
    const double sums[] = {x->nll, x->accuracy, x->brier, evidence};
    for (int m = 0; m < DSC_MEASURES; m++) {
        const int at = (k * DSC_MEASURES + m) * u->n + i;
        u->sum[at] = sums[m];
        u->own[at] = m == DSC_MEASURE_EVIDENCE ? evidence : sums[m] / x->n;
    }
    u->n_trials[i] = x->n;
}

static void units_of_subjects(const scorer *s, int k, compare_units *u)
{
    for (int i = 0; i < u->n; i++)
        unit_set(u, k, i, &s->tally[k * u->n + i], s->c->model[k].subject[i].log_evidence);
}

// A session has an evidence of its own only where that is its likelihood.
static void units_of_sessions(const scorer *s, int k, compare_units *u)
{
    const bool own = s->c->evidence == DSC_EVIDENCE_LIKELIHOOD;
    for (int i = 0, unit = 0; i < s->t->n_sessions; i++) {
        const compare_tally *x = &s->runs[k].tally[i];
        if (takes_part(s, i)) unit_set(u, k, unit++, x, own ? -x->nll : NAN);
    }
}

static dsc_status units_make(const scorer *s, compare_units *u)
{
    dsc_comparison *c = s->c;
    const bool subjects = c->n_subjects > 1;
    c->unit = subjects ? "subject" : "session";
    u->n = c->n_units = subjects ? c->n_subjects : c->n_sessions;
    const size_t n = (size_t)u->n * (size_t)c->n_models * DSC_MEASURES;
    DSC_TRY(dsc_arena_alloc(c->arena, (size_t)u->n, sizeof *u->n_trials, &u->n_trials));
    DSC_TRY(dsc_arena_alloc(c->arena, n, sizeof *u->sum, &u->sum));
    DSC_TRY(dsc_arena_alloc(c->arena, n, sizeof *u->own, &u->own));
    for (int k = 0; k < c->n_models; k++)
        if (subjects) units_of_subjects(s, k, u);
        else units_of_sessions(s, k, u);
    return DSC_OK;
}

// ---- chance -------------------------------------------------------------------------------------

// Of all options alike; of those that the trials allow where a run knows them.
static double chance_of(const scorer *s)
{
    const int K = s->c->n_models, N = s->c->n_subjects;
    compare_tally all = {0};
    int k = 0;
    while (k < K && !s->runs[k].masked) k++;
    if (k == K) return log(s->t->n_actions);
    for (int i = 0; i < N; i++) tally_add(&all, &s->tally[k * N + i]);
    return log(s->t->n_actions) + all.offered / all.n;
}

// ---- order --------------------------------------------------------------------------------------

static double goodness(const dsc_comparison *c, int k)
{
    const dsc_compared *m = &c->model[k];
    return c->evidence ? m->pooled[DSC_MEASURE_EVIDENCE].value : -m->nll;
}

static void models_order(dsc_comparison *c)
{
    for (int i = 0; i < c->n_models; i++) {
        int at = i;
        for (; at > 0 && goodness(c, c->order[at - 1]) < goodness(c, i); at--)
            c->order[at] = c->order[at - 1];
        c->order[at] = i;
    }
    for (int i = 0; i < c->n_models; i++) c->model[c->order[i]].rank = i;
}

dsc_status compare_score(dsc_context *ctx, const compare_run *runs, const compare_trials *t,
                         const unsigned char *chosen, dsc_comparison *c, compare_units *u)
{
    scorer s = {ctx, runs, t, chosen, c, NULL, NULL};
    DSC_TRY(subjects_find(&s));
    DSC_TRY(tallies_make(&s));
    c->n_actions = t->n_actions;
    c->chance_nll = chance_of(&s);
    c->evidence = evidence_kind(&s);
    for (int k = 0; k < c->n_models; k++) DSC_TRY(model_score(&s, k));
    DSC_TRY(units_make(&s, u));
    models_order(c);
    return DSC_OK;
}
