// SPDX-License-Identifier: Apache-2.0
// compare_json.c — a comparison as JSON. What is not known is null.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/compare_derived.h"

// jansson takes ownership of values and frees them also when it refuses; a NULL value (out of
// memory) makes it refuse. `bad` remembers that.
typedef struct jotter {
    const dsc_comparison *c;
    bool bad;
} jotter;

static void put(jotter *j, json_t *object, const char *key, json_t *value)
{
    j->bad |= json_object_set_new(object, key, value) != 0;
}

static void append(jotter *j, json_t *list, json_t *value)
{
    j->bad |= json_array_append_new(list, value) != 0;
}

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *whole(int64_t value)
{
    return value >= 0 ? json_integer((json_int_t)value) : json_null();
}

// A label that is not UTF-8 cannot be a JSON text.
static json_t *text(const char *s)
{
    json_t *value = json_string(s);
    return value ? value : json_string("?");
}

static json_t *interval(dsc_interval x)
{
    return json_pack("{s:o, s:o, s:o}", "value", real(x.value), "low", real(x.low), "high",
                     real(x.high));
}

static json_t *scores(jotter *j, const dsc_interval measures[DSC_MEASURES])
{
    json_t *o = json_object();
    for (int i = 0; derived_scores[i].name; i++)
        put(j, o, derived_scores[i].name, interval(derived_score(j->c, measures, i)));
    return o;
}

// ---- parts --------------------------------------------------------------------------------------

static json_t *subject_list(jotter *j, const dsc_compared *m)
{
    json_t *list = json_array();
    for (int i = 0; i < j->c->n_subjects; i++) {
        const dsc_subject_score *x = &m->subject[i];
        append(j, list,
               json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "subject",
                         text(j->c->subject[i]), "n_trials", real(x->n_trials), "nll", real(x->nll),
                         "accuracy", real(x->accuracy), "brier", real(x->brier), "bic",
                         real(x->bic), "log_evidence", real(x->log_evidence), "responsibility",
                         real(x->responsibility)));
    }
    return list;
}

static json_t *model(jotter *j, const dsc_compared *m)
{
    const dsc_interval *evidence = &m->pooled[DSC_MEASURE_EVIDENCE];
    json_t *o = json_object();
    put(j, o, "name", text(m->name));
    put(j, o, "run", text(m->run));
    put(j, o, "model", text(m->model));
    put(j, o, "rank", json_integer(m->rank + 1));
    put(j, o, "fitted", text(dsc_fitted_name(m->fitted)));
    put(j, o, "chosen_on_these_trials", json_boolean(m->chosen_here));
    put(j, o, "n_parameters", whole(m->n_parameters));
    put(j, o, "n_per_subject", whole(m->n_per_subject));
    put(j, o, "n_shared", whole(m->n_shared));
    put(j, o, "nll", real(m->nll));
    put(j, o, "aic", real(m->aic));
    put(j, o, "bic", real(m->bic));
    put(j, o, "subject_bic", real(m->subject_bic));
    put(j, o, "laplace_evidence", real(m->laplace));
    put(j, o, "log_evidence", interval(*evidence));
    put(j, o, "pooled", scores(j, m->pooled));
    put(j, o, "subject_balanced", scores(j, m->balanced));
    put(j, o, "subjects", subject_list(j, m));
    return o;
}

static json_t *difference(jotter *j, const dsc_difference *d)
{
    return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o}", "a",
                     text(j->c->model[d->a].name), "b", text(j->c->model[d->b].name), "score",
                     dsc_measure_name(d->measure), "pooled", interval(d->pooled), "balanced",
                     interval(d->balanced), "share_a_better", real(d->share), "n_a_better",
                     d->n_better, "t", real(d->t), "t_p", real(d->t_p), "signed_rank", real(d->w),
                     "signed_rank_p", real(d->w_p));
}

static json_t *selection(jotter *j)
{
    const dsc_comparison *c = j->c;
    json_t *o = json_object(), *list = json_array();
    if (!c->selected) return json_decref(list), json_decref(o), json_null();
    for (int i = 0; i < c->n_models; i++) {
        const dsc_compared *m = &c->model[c->order[i]];
        append(j, list,
               json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", text(m->name), "alpha",
                         real(m->alpha), "frequency", real(m->frequency), "exceedance",
                         real(m->exceedance), "protected_exceedance",
                         real(m->protected_exceedance)));
    }
    put(j, o, "evidence", text(dsc_evidence_name(c->evidence)));
    put(j, o, "omnibus_risk", real(c->omnibus_risk));
    put(j, o, "models", list);
    return o;
}

// ---- all of it ----------------------------------------------------------------------------------

static json_t *sentences(jotter *j, char *words)
{
    json_t *list = json_array();
    for (char *end; (end = strchr(words, '\n')); words = end + 1) {
        *end = 0;
        append(j, list, text(words));
    }
    return list;
}

static json_t *comparison(jotter *j, char *words)
{
    const dsc_comparison *c = j->c;
    json_t *o = json_object(), *models = json_array(), *differences = json_array();
    for (int i = 0; i < c->n_models; i++) append(j, models, model(j, &c->model[c->order[i]]));
    for (int i = 0; i < c->n_differences; i++)
        if (c->difference[i].measure != DSC_MEASURE_EVIDENCE || c->evidence)
            append(j, differences, difference(j, &c->difference[i]));
    put(j, o, "words", sentences(j, words));
    put(j, o, "part", text(c->part));
    put(j, o, "n_trials", whole(c->n_trials));
    put(j, o, "n_sessions", whole(c->n_sessions));
    put(j, o, "n_subjects", whole(c->n_subjects));
    put(j, o, "n_options", whole(c->n_actions));
    put(j, o, "chance_nll", real(c->chance_nll));
    put(j, o, "unit", text(c->unit));
    put(j, o, "n_units", whole(c->n_units));
    put(j, o, "n_draws", whole(c->n_draws));
    put(j, o, "seed", whole((int64_t)c->seed));
    put(j, o, "models", models);
    put(j, o, "differences", differences);
    put(j, o, "selection", selection(j));
    return o;
}

dsc_status dsc_comparison_json(dsc_context *ctx, const dsc_comparison *c, dsc_text *out)
{
    jotter j = {.c = c};
    dsc_text words = {0};
    dsc_status status = dsc_comparison_words(ctx, c, &words);
    json_t *o = status == DSC_OK ? comparison(&j, words.s) : NULL;
    char *made = o && !j.bad ? json_dumps(o, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(o);
    dsc_text_free(ctx, &words);
    if (status != DSC_OK) return status;
    DSC_REQUIRE(ctx, made, DSC_MEMORY, "out of memory: JSON could not be written");
    status = dsc_text_add(ctx, out, "%s\n", made);
    free(made);
    return status;
}
