// SPDX-License-Identifier: Apache-2.0
// parameter.c — parameter NAME in RANGE, then in any order: "meaning", unit, prior, start, default,
// per.

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "graph/cog/cog.h"

// ---- ranges and densities -----------------------------------------------------------------------

typedef struct range_word {
    const char *word;
    double lowest, highest;
} range_word;
static const range_word range_words[] = {
    {"unit", 0, 1}, {"positive", 0, INFINITY}, {"real", -INFINITY, INFINITY}};

static dsc_status parse_range(cog_parser *p, dsc_cog_parameter *k)
{
    const char *at = p->token.at;
    for (int i = 0; i < 3; i++)
        if (cog_at_word(p, range_words[i].word)) {
            k->lowest = range_words[i].lowest;
            k->highest = range_words[i].highest;
            return cog_advance(p);
        }
    if (!cog_at_sign(p, '[')) return cog_expected(p, "unit, positive, real or [lowest, highest]");
    DSC_TRY(cog_advance(p));
    DSC_TRY(cog_parse_number(p, &k->lowest));
    DSC_TRY(cog_expect_sign(p, ','));
    DSC_TRY(cog_parse_number(p, &k->highest));
    if (!(k->lowest < k->highest))
        return cog_fail(&p->source, at, "the lower end of the range must lie below the upper one");
    return cog_expect_sign(p, ']');
}

typedef struct density_word {
    const char *word;
    int n, positive; // values; bit i: value i must be above 0
    const char *form;
} density_word;
static const density_word density_words[] = {
    [DSC_DENSITY_UNIFORM] = {"uniform", 2, 0, "uniform(lowest, highest)"},
    [DSC_DENSITY_NORMAL] = {"normal", 2, 2, "normal(mean, standard deviation)"},
    [DSC_DENSITY_HALF_NORMAL] = {"half_normal", 1, 1, "half_normal(scale)"},
    [DSC_DENSITY_BETA] = {"beta", 2, 3, "beta(a, b)"},
    [DSC_DENSITY_GAMMA] = {"gamma", 2, 3, "gamma(shape, scale)"},
    [DSC_DENSITY_EXPONENTIAL] = {"exponential", 1, 1, "exponential(mean)"},
    [DSC_DENSITY_LOGNORMAL] = {"lognormal", 2, 2, "lognormal(mean, standard deviation)"},
    [DSC_DENSITY_STUDENT] = {"student", 3, 5, "student(degrees of freedom, centre, scale)"},
};
enum { N_DENSITIES = sizeof density_words / sizeof *density_words };

const char *dsc_density_text(const dsc_density *d, char out[96])
{
    const double value[] = {d->a, d->b, d->c};
    const density_word *w = &density_words[d->kind];
    char number[32];
    int n = 0;
    out[0] = 0;
    if (d->kind == DSC_DENSITY_NONE) return out;
    n = snprintf(out, 96, "%s(", w->word);
    for (int i = 0; i < w->n; i++)
        n += snprintf(out + n, 96 - (size_t)n, "%s%s", dsc_format_number(value[i], number),
                      i < w->n - 1 ? ", " : ")");
    return out;
}

static dsc_status fail_unknown_density(cog_parser *p)
{
    char word[64] = {0};
    const char *known[N_DENSITIES];
    if (p->token.kind != COG_NAME) return cog_expected(p, "a distribution, such as normal(0, 1),");
    memcpy(word, p->token.at, (size_t)(p->token.length < 63 ? p->token.length : 63));
    for (int i = 1; i < N_DENSITIES; i++) known[i - 1] = density_words[i].word;
    return cog_fail_unknown(&p->source, p->token.at, "distribution", word, known, N_DENSITIES - 1);
}

static dsc_status check_density(cog_parser *p, const char *at, const double *value, int kind)
{
    const density_word *w = &density_words[kind];
    bool good = kind != DSC_DENSITY_UNIFORM || value[0] < value[1];
    for (int i = 0; i < w->n; i++)
        good = good && isfinite(value[i]) && (value[i] > 0 || !(w->positive >> i & 1));
    if (good) return DSC_OK;
    return cog_fail(&p->source, at, "%s takes finite numbers%s", w->form,
                    kind == DSC_DENSITY_UNIFORM ? ", the first below the second"
                                                : "; scales and shapes are above 0");
}

static dsc_status parse_density(cog_parser *p, dsc_density *d)
{
    const char *at = p->token.at;
    double value[3] = {0};
    int kind = 1;
    while (kind < N_DENSITIES && !cog_at_word(p, density_words[kind].word)) kind++;
    if (kind == N_DENSITIES) return fail_unknown_density(p);
    DSC_TRY(cog_advance(p));
    DSC_TRY(cog_expect_sign(p, '('));
    for (int i = 0; i < density_words[kind].n; i++) {
        if (i) DSC_TRY(cog_expect_sign(p, ','));
        DSC_TRY(cog_parse_number(p, &value[i]));
    }
    DSC_TRY(cog_expect_sign(p, ')'));
    DSC_TRY(check_density(p, at, value, kind));
    *d = (dsc_density){(dsc_density_kind)kind, value[0], value[1], value[2]};
    return DSC_OK;
}

// ---- what is not said ---------------------------------------------------------------------------

// Finite bounds: uniform; else the prior; else 10 from the finite end, or [-3, 3].
static dsc_density default_start(const dsc_cog_parameter *k)
{
    const bool low = isfinite(k->lowest), high = isfinite(k->highest);
    if (low && high) return (dsc_density){DSC_DENSITY_UNIFORM, k->lowest, k->highest, 0};
    if (k->prior.kind != DSC_DENSITY_NONE) return k->prior;
    if (low) return (dsc_density){DSC_DENSITY_UNIFORM, k->lowest, k->lowest + 10, 0};
    if (high) return (dsc_density){DSC_DENSITY_UNIFORM, k->highest - 10, k->highest, 0};
    return (dsc_density){DSC_DENSITY_UNIFORM, -3, 3, 0};
}

static double middle(const dsc_density *d)
{
    switch (d->kind) {
    case DSC_DENSITY_UNIFORM: return 0.5 * (d->a + d->b);
    case DSC_DENSITY_HALF_NORMAL: return 0.7978845608028654 * d->a;
    case DSC_DENSITY_BETA: return d->a / (d->a + d->b);
    case DSC_DENSITY_GAMMA: return d->a * d->b;
    case DSC_DENSITY_LOGNORMAL: return exp(d->a);
    case DSC_DENSITY_STUDENT: return d->b;
    default: return d->a; // normal, exponential
    }
}

static void complete(dsc_cog_parameter *k, bool started, bool given)
{
    if (!started) k->start = default_start(k);
    if (given) return;
    k->initial = middle(&k->start);
    k->initial = k->initial < k->lowest ? k->lowest : k->initial;
    k->initial = k->initial > k->highest ? k->highest : k->initial;
}

// The lowest and highest value that a density allows.
static double lowest_of(const dsc_density *d)
{
    if (d->kind == DSC_DENSITY_UNIFORM) return d->a;
    const bool any = d->kind == DSC_DENSITY_NONE || d->kind == DSC_DENSITY_NORMAL ||
                     d->kind == DSC_DENSITY_STUDENT;
    return any ? -INFINITY : 0;
}

static double highest_of(const dsc_density *d)
{
    if (d->kind == DSC_DENSITY_UNIFORM) return d->b;
    return d->kind == DSC_DENSITY_BETA ? 1 : INFINITY;
}

static bool meets(const dsc_density *d, const dsc_cog_parameter *k)
{
    return lowest_of(d) < k->highest && highest_of(d) > k->lowest;
}

static dsc_status check_values(cog_parser *p, const char *at, const dsc_cog_parameter *k)
{
    const bool bounded = isfinite(k->lowest) && isfinite(k->highest);
    if (bounded && !isfinite(k->highest - k->lowest))
        return cog_fail(&p->source, at, "the range of %s is too wide to compute with; take inf",
                        k->name);
    if (!meets(&k->prior, k) || !meets(&k->start, k))
        return cog_fail(&p->source, at, "no value of the %s of %s lies in its range [%g, %g]",
                        meets(&k->prior, k) ? "start" : "prior", k->name, k->lowest, k->highest);
    if (!isfinite(k->initial))
        return cog_fail(&p->source, at,
                        "the default of %s, the middle of its start, is infinite; "
                        "give one: default NUMBER",
                        k->name);
    return DSC_OK;
}

// ---- the line -----------------------------------------------------------------------------------

enum { SAID_MEANING, SAID_UNIT, SAID_PRIOR, SAID_START, SAID_DEFAULT, SAID_PER, N_SAID };
static const char *const said_words[N_SAID] = {"", "unit", "prior", "start", "default", "per"};

static dsc_status parse_group(cog_parser *p, dsc_group *group)
{
    static const char *const words[] = {"subject", "session", "model"};
    for (int i = 0; i < 3; i++)
        if (cog_at_word(p, words[i])) {
            *group = (dsc_group)i;
            return cog_advance(p);
        }
    return cog_expected(p, "subject, session or model");
}

static dsc_status parse_initial(cog_parser *p, dsc_cog_parameter *k)
{
    const char *at = p->token.at;
    DSC_TRY(cog_parse_number(p, &k->initial));
    if (!isfinite(k->initial) || k->initial < k->lowest || k->initial > k->highest)
        return cog_fail(&p->source, at, "the default lies outside the range [%g, %g]", k->lowest,
                        k->highest);
    return DSC_OK;
}

static dsc_status parse_said(cog_parser *p, dsc_cog_parameter *k, int which)
{
    if (which != SAID_MEANING) DSC_TRY(cog_advance(p));
    switch (which) {
    case SAID_MEANING: return cog_parse_string(p, &k->meaning);
    case SAID_UNIT: return cog_parse_string(p, &k->unit);
    case SAID_PRIOR: return parse_density(p, &k->prior);
    case SAID_START: return parse_density(p, &k->start);
    case SAID_DEFAULT: return parse_initial(p, k);
    default: return parse_group(p, &k->group);
    }
}

static int said_here(const cog_parser *p)
{
    if (p->token.kind == COG_STRING) return SAID_MEANING;
    for (int i = 1; i < N_SAID; i++)
        if (cog_at_word(p, said_words[i])) return i;
    return -1;
}

dsc_status cog_parse_parameter(cog_parser *p)
{
    dsc_cog *c = p->cog;
    cog_symbol s = {.what = COG_PARAMETER, .at = p->token.at, .which = c->n_parameters};
    dsc_cog_parameter k = {.meaning = "", .unit = ""};
    bool there, said[N_SAID] = {false};
    int ignored;
    DSC_TRY(cog_parse_name(p, "the name of the parameter", &s.name));
    DSC_TRY(cog_declare(p, s, &ignored));
    k.name = s.name;
    DSC_TRY(cog_accept_word(p, "in", &there));
    if (!there) return cog_expected(p, "\"in\" and the range of the parameter");
    DSC_TRY(parse_range(p, &k));
    for (int i; (i = said_here(p)) >= 0;) {
        if (said[i])
            return cog_fail(&p->source, p->token.at, "%s is given twice",
                            i ? said_words[i] : "a meaning");
        said[i] = true;
        DSC_TRY(parse_said(p, &k, i));
    }
    complete(&k, said[SAID_START], said[SAID_DEFAULT]);
    DSC_TRY(check_values(p, s.at, &k));
    DSC_TRY(cog_room(c->arena, &c->parameter, c->n_parameters, sizeof k));
    c->parameter[c->n_parameters++] = k;
    return DSC_OK;
}
