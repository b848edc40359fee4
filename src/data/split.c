// SPDX-License-Identifier: Apache-2.0
// split.c — which sessions, or trials, train and which are held out: units (sessions or subjects)
// in the order of the file or shuffled, brought together by stratum, of which every n-th or the
// last share is taken.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/private.h"

const char *dsc_part_name(dsc_part part)
{
    static const char *const names[] = {"train", "heldout", "test"};
    return names[part];
}

void dsc_split_trials(const dsc_split *split, const dsc_table *t, int session, dsc_part part,
                      int *first, int *last)
{
    const int n = t->session[session].n_trials, own = split->heldout[session];
    const int cut = split->cut && own == DSC_TRAIN ? split->cut[session] : n;
    *first = own == DSC_TRAIN && part == DSC_HELDOUT ? cut : 0;
    *last = own == (int)part ? cut : part == DSC_HELDOUT && own == DSC_TRAIN ? n : 0;
}

dsc_status dsc_split_hash(dsc_context *ctx, const dsc_split *split, char *out)
{
    dsc_text both = {0};
    char cut[17] = "";
    const size_t n = (size_t)split->n_sessions;
    dsc_hash_hex(split->heldout, n, out);
    if (!split->cut) return DSC_OK;
    dsc_hash_hex(split->cut, n * sizeof *split->cut, cut);
    DSC_TRY(dsc_text_add(ctx, &both, "%s %s", out, cut));
    dsc_hash_hex(both.s, both.length, out);
    dsc_text_free(ctx, &both);
    return DSC_OK;
}

void dsc_split_free(dsc_context *ctx, dsc_split *split)
{
    dsc_free(ctx, &split->heldout);
    dsc_free(ctx, &split->cut);
    split->n_sessions = 0;
}

// ---- units --------------------------------------------------------------------------------------

typedef struct unit {
    int id; // of the session or the subject
    double stratum;
    int place; // while sorting
} unit;

typedef struct maker {
    dsc_context *ctx;
    const dsc_table *t;
    const dsc_split_rule *rule;
    int n_units, n_left; // of which the first n_left are not kept aside
    unit *unit;
    unsigned char *part; // [n_units] by id
} maker;

static const char *unit_name(const maker *m)
{
    return m->rule->unit == DSC_SPLIT_SUBJECTS ? "subject" : "session";
}

static const char *trials_key(const maker *m)
{
    return m->rule->options ? "--by trial --last 0.2" : "split.unit=trial split.last=0.2";
}

static int first_session_of(const dsc_table *t, int subject)
{
    int s = 0;
    while (s < t->n_sessions && t->session[s].subject != subject) s++;
    return s;
}

static dsc_status fail_stratum(const maker *m)
{
    dsc_text have = {0};
    dsc_status status = data_list_columns(m->ctx, m->t, &have);
    if (status == DSC_OK)
        status =
            dsc_fail(m->ctx, DSC_INPUT,
                     "%s has no column \"%s\" to stratify a split by. Columns there are: %s; or "
                     "\"subject\"",
                     m->t->path, m->rule->stratify, have.s);
    dsc_text_free(m->ctx, &have);
    return status;
}

static bool is_other(double a, double b)
{
    return !(a == b || (isnan(a) && isnan(b)));
}

// A session is in one part as a whole, so that it has to have one value.
static dsc_status check_constant(const maker *m, const dsc_column *c)
{
    char place[512];
    for (int s = 0; s < m->t->n_sessions; s++) {
        const size_t first = m->t->session[s].first;
        for (int k = 1; k < m->t->session[s].n_trials; k++)
            DSC_REQUIRE(m->ctx, !is_other(c->value[first + (size_t)k], c->value[first]), DSC_INPUT,
                        "%s, %s: column \"%s\" changes within the session, which is in one part as "
                        "a whole; stratify by a column that is the same in all of its trials",
                        m->t->path, dsc_table_place(m->t, first + (size_t)k, place, sizeof place),
                        m->rule->stratify);
    }
    return DSC_OK;
}

// Missing values are a stratum, too.
static dsc_status find_strata(maker *m)
{
    const char *by = m->rule->stratify;
    const bool subjects = m->rule->unit == DSC_SPLIT_SUBJECTS;
    const dsc_column *c = by ? dsc_table_column(m->t, by) : NULL;
    if (!by || !*by) return DSC_OK;
    if (!c && strcmp(by, "subject") != 0) return fail_stratum(m);
    if (c) DSC_TRY(check_constant(m, c));
    for (int i = 0; i < m->n_units; i++) {
        const int s = subjects ? first_session_of(m->t, m->unit[i].id) : m->unit[i].id;
        const dsc_session *session = &m->t->session[s];
        m->unit[i].stratum = c ? c->value[session->first] : session->subject;
        if (isnan(m->unit[i].stratum)) m->unit[i].stratum = -INFINITY;
    }
    return DSC_OK;
}

static int by_stratum(const void *a, const void *b)
{
    const unit *x = a, *y = b;
    if (x->stratum != y->stratum) return x->stratum < y->stratum ? -1 : 1;
    return x->place - y->place;
}

static void order_units(maker *m)
{
    dsc_stream random = dsc_stream_start(m->rule->seed, DSC_FOR_SPLITS, 0, 0, 0);
    for (int i = m->n_units - 1; m->rule->shuffle && i > 0; i--) {
        const int k = (int)dsc_stream_below(&random, (uint32_t)i + 1);
        const unit moved = m->unit[i];
        m->unit[i] = m->unit[k], m->unit[k] = moved;
    }
    for (int i = 0; i < m->n_units; i++) m->unit[i].place = i;
    qsort(m->unit, (size_t)m->n_units, sizeof *m->unit, by_stratum);
}

// ---- which of them ------------------------------------------------------------------------------

static dsc_status check_every(const maker *m, int every, int offset, int n)
{
    const char *name = unit_name(m), *path = m->t->path;
    DSC_REQUIRE(m->ctx, every >= 2, DSC_INPUT,
                "split: every %d-th %s cannot be held out; give 2 or more, or 0 for none", every,
                name);
    DSC_REQUIRE(m->ctx, offset >= 0 && offset < every, DSC_INPUT,
                "split: offset %d is out of range; with every %d-th %s it is 0 ... %d", offset,
                every, name, every - 1);
    DSC_REQUIRE(m->ctx, n > 1, DSC_INPUT,
                "%s has one %s, so that none can be held out. If a column tells %ss apart: --map "
                "%s=COLUMN; to hold out the end of it: %s%s",
                path, name, name, name, trials_key(m),
                m->rule->options ? "" : "; to train on all: split.every=0");
    DSC_REQUIRE(
        m->ctx, offset < n || !m->rule->options, DSC_INPUT,
        "%s has %d %ss, too few for parts of every %d-th, beginning with number %d; give at "
        "most %d to --every, --folds, --inner",
        path, n, name, every, offset, n);
    DSC_REQUIRE(m->ctx, offset < n, DSC_INPUT,
                "split: offset %d holds out nothing, since %s has %d %ss; give an offset of 0 ... "
                "%d",
                offset, path, n, name, n - 1);
    return DSC_OK;
}

static dsc_status take_every(maker *m, int every, int offset, dsc_part part)
{
    if (every == 0) return DSC_OK;
    DSC_TRY(check_every(m, every, offset, m->n_left));
    for (int64_t i = offset; i < m->n_left; i += every)
        m->part[m->unit[i].id] = (unsigned char)part;
    return DSC_OK;
}

// What is kept aside goes to the end.
static void set_aside(maker *m)
{
    int n = 0;
    for (int i = 0; i < m->n_units; i++)
        if (m->part[m->unit[i].id] == DSC_TRAIN) m->unit[n++] = m->unit[i];
    m->n_left = n;
}

static int share_of(double last, int n)
{
    return (int)floor(last * n + 0.5);
}

// `largest`: units of the largest stratum.
static dsc_status check_last(const maker *m, int taken, int largest)
{
    const char *name = unit_name(m);
    const bool options = m->rule->options;
    DSC_REQUIRE(
        m->ctx, largest > 1 || m->rule->unit == DSC_SPLIT_SUBJECTS, DSC_INPUT,
        "split: there is one session only%s, and a share of sessions is to be held out; cut "
        "every session instead: %s%s",
        m->n_left > 1 ? " of each kind" : "", options ? "--unit trial" : "split.unit=trial",
        m->rule->aside && !options ? " split.aside=false" : "");
    DSC_REQUIRE(m->ctx,
                taken > 0 && taken<m->n_left, DSC_INPUT,
                                   "split: the last %g of %d %ss holds out %s; give another share",
                                   m->rule->last, m->n_left, name, taken> 0
                    ? "all of them"
                    : "none");
    return DSC_OK;
}

static dsc_status take_last(maker *m, dsc_part part)
{
    int taken = 0, largest = 0;
    for (int i = 0, end; i < m->n_left; i = end) {
        for (end = i; end < m->n_left && m->unit[end].stratum == m->unit[i].stratum;) end++;
        for (int k = end - share_of(m->rule->last, end - i); k < end; k++, taken++)
            m->part[m->unit[k].id] = (unsigned char)part;
        if (largest < end - i) largest = end - i;
    }
    return check_last(m, taken, largest);
}

static dsc_status choose(maker *m)
{
    const dsc_split_rule *r = m->rule;
    m->n_left = m->n_units;
    DSC_TRY(find_strata(m));
    order_units(m);
    DSC_TRY(take_every(m, r->test_every, r->test_offset, DSC_TEST));
    set_aside(m);
    const dsc_part part = r->aside ? DSC_TEST : DSC_HELDOUT;
    return r->last > 0 ? take_last(m, part) : take_every(m, r->every, r->offset, part);
}

static dsc_status choose_units(maker *m, dsc_split *split)
{
    const bool subjects = m->rule->unit == DSC_SPLIT_SUBJECTS;
    m->n_units = subjects ? m->t->n_subjects : m->t->n_sessions;
    DSC_TRY(dsc_alloc(m->ctx, (size_t)m->n_units, sizeof *m->unit, &m->unit));
    dsc_status status = dsc_alloc(m->ctx, (size_t)m->n_units, 1, &m->part);
    for (int i = 0; i < m->n_units; i++) m->unit[i].id = i;
    if (status == DSC_OK) status = choose(m);
    for (int s = 0; status == DSC_OK && s < m->t->n_sessions; s++)
        split->heldout[s] = m->part[subjects ? m->t->session[s].subject : s];
    dsc_free(m->ctx, &m->unit);
    dsc_free(m->ctx, &m->part);
    return status;
}

// ---- within sessions ----------------------------------------------------------------------------

// A session of one trial trains; of others at least one trial is in each part.
static int cut_of(double last, int n)
{
    const int held = share_of(last, n);
    if (n < 2) return n;
    return n - (held < 1 ? 1 : held > n - 1 ? n - 1 : held);
}

static dsc_status cut_sessions(const maker *m, dsc_split *split)
{
    const dsc_split_rule *r = m->rule;
    DSC_REQUIRE(m->ctx, r->last > 0 && r->test_every == 0 && !r->aside, DSC_INPUT,
                "split: within sessions the last share of the trials is held out, and nothing "
                "else: %s",
                trials_key(m));
    DSC_TRY(dsc_alloc(m->ctx, (size_t)m->t->n_sessions, sizeof *split->cut, &split->cut));
    for (int s = 0; s < m->t->n_sessions; s++)
        split->cut[s] = cut_of(r->last, m->t->session[s].n_trials);
    return DSC_OK;
}

// ---- the split ----------------------------------------------------------------------------------

static void say_rule(const maker *m, char *out, size_t size)
{
    const dsc_split_rule *r = m->rule;
    char what[64], aside[64] = "", how[96] = "";
    if (r->unit == DSC_SPLIT_TRIALS)
        snprintf(what, sizeof what, "the last %g of every session", r->last);
    else if (r->last > 0)
        snprintf(what, sizeof what, "the last %g of the %ss", r->last, unit_name(m));
    else if (r->every > 0)
        snprintf(what, sizeof what, "%s %d of every %d", unit_name(m), r->offset, r->every);
    else snprintf(what, sizeof what, "nothing");
    if (r->aside) snprintf(aside, sizeof aside, " kept aside");
    if (r->test_every > 0)
        snprintf(aside, sizeof aside, "%s; aside %s %d of every %d", r->aside ? " kept aside" : "",
                 unit_name(m), r->test_offset, r->test_every);
    if (r->shuffle)
        snprintf(how, sizeof how, ", shuffled by seed %llu", (unsigned long long)r->seed);
    snprintf(out, size, "%s%s%s%s%.40s", what, aside, how,
             r->stratify && *r->stratify ? ", stratified by " : "", r->stratify ? r->stratify : "");
}

dsc_status dsc_split_make(dsc_context *ctx, const dsc_table *t, const dsc_split_rule *rule,
                          dsc_split *split)
{
    dsc_split made = {.n_sessions = t->n_sessions};
    maker m = {.ctx = ctx, .t = t, .rule = rule};
    DSC_REQUIRE(ctx, rule->last >= 0 && rule->last < 1, DSC_INPUT,
                "split: the last %g cannot be held out; give a share between 0 and 1", rule->last);
    DSC_TRY(dsc_alloc(ctx, (size_t)t->n_sessions, 1, &made.heldout));
    const dsc_status status =
        rule->unit == DSC_SPLIT_TRIALS ? cut_sessions(&m, &made) : choose_units(&m, &made);
    if (status == DSC_OK) {
        say_rule(&m, made.rule, sizeof made.rule);
        *split = made;
    } else dsc_split_free(ctx, &made);
    return status;
}

dsc_status dsc_split_every(dsc_context *ctx, const dsc_table *t, int n, int offset,
                           dsc_split *split)
{
    return dsc_split_make(ctx, t, &(dsc_split_rule){.every = n, .offset = offset}, split);
}
