// SPDX-License-Identifier: Apache-2.0
// group.c — rows into sessions: a session is a (subject, session) pair, in order of first
// appearance; its trials keep the order of the rows, or take that of the trial numbers.
#include <stdlib.h>
#include <string.h>

#include "data/private.h"

typedef struct group {
    int subject, session; // codes
    size_t n_trials;
} group;

typedef struct grouping {
    dsc_context *ctx;
    dsc_table *t;
    const data_rows *rows;
    group *groups;
    size_t n_groups, group_capacity;
    int *slot; // open addressing: group + 1
    size_t slot_capacity;
    int *group_of; // [n_rows]
    size_t n_breaks, first_break;
} grouping;

static int subject_of(const grouping *g, size_t row)
{
    return g->rows->subject ? g->rows->subject[row] : 0;
}

static int session_of(const grouping *g, size_t row)
{
    return g->rows->session ? g->rows->session[row] : 0;
}

static size_t find_slot(const grouping *g, int subject, int session)
{
    const uint64_t key = (uint64_t)(uint32_t)subject << 32 | (uint32_t)session;
    size_t i = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (g->slot_capacity - 1);
    for (; g->slot[i]; i = (i + 1) & (g->slot_capacity - 1)) {
        const group *found = &g->groups[g->slot[i] - 1];
        if (found->subject == subject && found->session == session) break;
    }
    return i;
}

static dsc_status widen(grouping *g)
{
    const size_t more = g->group_capacity ? g->group_capacity * 2 : 64;
    int *slot;
    DSC_TRY(dsc_grow(g->ctx, g->group_capacity, more, sizeof *g->groups, &g->groups));
    g->group_capacity = more;
    DSC_TRY(dsc_alloc(g->ctx, more * 2, sizeof *slot, &slot));
    dsc_free(g->ctx, &g->slot);
    g->slot = slot;
    g->slot_capacity = more * 2;
    for (size_t i = 0; i < g->n_groups; i++)
        slot[find_slot(g, g->groups[i].subject, g->groups[i].session)] = (int)i + 1;
    return DSC_OK;
}

static dsc_status number_row(grouping *g, size_t row)
{
    if (g->n_groups == g->group_capacity) DSC_TRY(widen(g));
    const int subject = subject_of(g, row), session = session_of(g, row);
    const size_t i = find_slot(g, subject, session);
    if (!g->slot[i]) {
        g->groups[g->n_groups] = (group){subject, session, 0};
        g->slot[i] = (int)++g->n_groups;
    } else if (row > 0 && g->group_of[row - 1] != g->slot[i] - 1) {
        if (g->n_breaks++ == 0) g->first_break = row;
    }
    g->group_of[row] = g->slot[i] - 1;
    g->groups[g->group_of[row]].n_trials++;
    return DSC_OK;
}

static dsc_status add_session(grouping *g, int i, size_t first)
{
    const group *made = &g->groups[i];
    g->t->session[i] =
        (dsc_session){.subject = made->subject, .first = first, .n_trials = (int)made->n_trials};
    const char *label = g->rows->session_label ? g->rows->session_label[made->session] : "1";
    return dsc_arena_strdup(data_table_arena(g->t), label, &g->t->session[i].label);
}

static dsc_status make_sessions(grouping *g)
{
    dsc_table *t = g->t;
    dsc_arena *arena = data_table_arena(t);
    t->n_sessions = (int)g->n_groups;
    t->n_trials = g->rows->n_rows;
    DSC_TRY(dsc_arena_alloc(arena, g->n_groups, sizeof *t->session, &t->session));
    DSC_TRY(dsc_arena_alloc(arena, t->n_trials, sizeof *t->row, &t->row));
    DSC_TRY(dsc_arena_alloc(arena, t->n_trials, sizeof *t->trial, &t->trial));
    size_t first = 0;
    for (int i = 0; i < t->n_sessions; first += g->groups[i++].n_trials)
        DSC_TRY(add_session(g, i, first));
    return DSC_OK;
}

// Rows go to their sessions in the order of the file; n_trials counts again, as the next free
// place.
static void place_rows(grouping *g)
{
    for (size_t i = 0; i < g->n_groups; i++) g->groups[i].n_trials = 0;
    for (size_t row = 0; row < g->rows->n_rows; row++) {
        group *own = &g->groups[g->group_of[row]];
        const size_t place = g->t->session[g->group_of[row]].first + own->n_trials;
        g->t->row[place] = row;
        g->t->trial[place] = g->rows->trial ? g->rows->trial[row] : (double)own->n_trials;
        own->n_trials++;
    }
}

// ---- the order of trials ------------------------------------------------------------------------

typedef struct numbered_row {
    double trial;
    size_t row;
} numbered_row;

static int by_trial(const void *a, const void *b)
{
    const numbered_row *x = a, *y = b;
    if (x->trial != y->trial) return x->trial < y->trial ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static bool is_ordered(const dsc_table *t, const dsc_session *s)
{
    for (int i = 1; i < s->n_trials; i++)
        if (t->trial[s->first + (size_t)i] < t->trial[s->first + (size_t)i - 1]) return false;
    return true;
}

static dsc_status sort_session(grouping *g, const dsc_session *s)
{
    const size_t n = (size_t)s->n_trials;
    double *trial = g->t->trial + s->first;
    size_t *row = g->t->row + s->first;
    numbered_row *rows;
    DSC_TRY(dsc_alloc(g->ctx, n, sizeof *rows, &rows));
    for (size_t i = 0; i < n; i++) rows[i] = (numbered_row){trial[i], row[i]};
    qsort(rows, n, sizeof *rows, by_trial);
    for (size_t i = 0; i < n; i++) {
        trial[i] = rows[i].trial;
        row[i] = rows[i].row;
    }
    dsc_free(g->ctx, &rows);
    return DSC_OK;
}

static size_t count_repeats(const dsc_table *t, const dsc_session *s)
{
    size_t n = 0;
    for (int i = 1; i < s->n_trials; i++)
        n += t->trial[s->first + (size_t)i] == t->trial[s->first + (size_t)i - 1];
    return n;
}

typedef struct disorder {
    int n_sorted, first_sorted, first_repeated;
    size_t n_repeats;
} disorder;

static void warn_order(const grouping *g, const disorder *d)
{
    const dsc_table *t = g->t;
    if (g->rows->quiet) return;
    if (d->n_sorted > 0)
        dsc_note(
            g->ctx, DSC_WARNING,
            "%s: the trials of %d sessions were not in order and are now sorted by trial number "
            "(first: subject \"%s\", session \"%s\")",
            g->rows->place, d->n_sorted, t->subject[t->session[d->first_sorted].subject],
            t->session[d->first_sorted].label);
    if (d->n_repeats > 0)
        dsc_note(
            g->ctx, DSC_WARNING,
            "%s: %zu of %zu trials repeat the trial number before them (first: subject \"%s\", "
            "session \"%s\"). If column \"%s\" numbers sessions: --map session=%s; if subjects or "
            "sessions share a label, name the column that tells them apart: --map "
            "subject=COLUMN; if the numbers mean nothing: --map trial=",
            g->rows->place, d->n_repeats, t->n_trials,
            t->subject[t->session[d->first_repeated].subject], t->session[d->first_repeated].label,
            g->rows->trial_name, g->rows->trial_name);
}

static dsc_status order_trials(grouping *g)
{
    disorder d = {0};
    if (!g->rows->trial) return DSC_OK;
    for (int i = 0; i < g->t->n_sessions; i++) {
        const dsc_session *s = &g->t->session[i];
        if (!is_ordered(g->t, s)) {
            if (d.n_sorted++ == 0) d.first_sorted = i;
            DSC_TRY(sort_session(g, s));
        }
        const size_t repeats = count_repeats(g->t, s);
        if (repeats > 0 && d.n_repeats == 0) d.first_repeated = i;
        d.n_repeats += repeats;
    }
    warn_order(g, &d);
    return DSC_OK;
}

static void warn_breaks(const grouping *g)
{
    if (g->n_breaks == 0 || g->rows->quiet) return;
    const dsc_session *s = &g->t->session[g->group_of[g->first_break]];
    dsc_note(
        g->ctx, DSC_WARNING,
        "%s: %zu times rows of a session go on after those of another; they are joined (first: "
        "subject \"%s\", session \"%s\", trial %zu of the file)",
        g->rows->place, g->n_breaks, g->t->subject[s->subject], s->label, g->first_break + 1);
}

static dsc_status group_rows(grouping *g)
{
    DSC_TRY(dsc_alloc(g->ctx, g->rows->n_rows, sizeof *g->group_of, &g->group_of));
    for (size_t row = 0; row < g->rows->n_rows; row++) DSC_TRY(number_row(g, row));
    DSC_TRY(make_sessions(g));
    place_rows(g);
    warn_breaks(g);
    return order_trials(g);
}

dsc_status data_group(dsc_context *ctx, dsc_table *t, const data_rows *rows)
{
    grouping g = {.ctx = ctx, .t = t, .rows = rows};
    const dsc_status status = group_rows(&g);
    dsc_free(ctx, &g.groups);
    dsc_free(ctx, &g.slot);
    dsc_free(ctx, &g.group_of);
    return status;
}
