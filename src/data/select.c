// SPDX-License-Identifier: Apache-2.0
// select.c — a table with some of its subjects only: the sessions of the others are dropped; what
// is kept stays in its order, with its lines and labels.
#include <ctype.h>
#include <string.h>

#include "data/private.h"

typedef struct selection {
    dsc_context *ctx;
    dsc_table *t;
    int *place; // [n_subjects] of those that are kept, else -1
} selection;

// ---- who ----------------------------------------------------------------------------------------

static dsc_status fail_unknown(const selection *s, const char *name, int length)
{
    enum { MOST = 12 };
    const dsc_table *t = s->t;
    dsc_text known = {0};
    for (int i = 0; i < t->n_subjects && i < MOST; i++)
        dsc_text_add(s->ctx, &known, "%s%s", i ? ", " : "", t->subject[i]);
    dsc_status status = known.status;
    if (status == DSC_OK)
        status = dsc_fail(s->ctx, DSC_INPUT, "%s has no subject \"%.*s\" to select; it has %s%s",
                          t->path, length, name, known.s, t->n_subjects > MOST ? ", ..." : "");
    dsc_text_free(s->ctx, &known);
    return status;
}

static dsc_status keep(selection *s, const char *name, size_t length)
{
    for (int i = 0; i < s->t->n_subjects; i++) {
        const char *label = s->t->subject[i];
        if (strlen(label) != length || memcmp(label, name, length) != 0) continue;
        s->place[i] = 0;
        return DSC_OK;
    }
    return fail_unknown(s, name, (int)length);
}

// Names are separated by commas; blanks around them do not count.
static dsc_status keep_all(selection *s, const char *names)
{
    while (*names) {
        size_t length = strcspn(names, ",");
        const char *next = names + length + (names[length] != 0);
        while (length > 0 && isspace((unsigned char)*names)) names++, length--;
        while (length > 0 && isspace((unsigned char)names[length - 1])) length--;
        DSC_TRY(keep(s, names, length));
        names = next;
    }
    return DSC_OK;
}

// ---- what is theirs -----------------------------------------------------------------------------

static void number_subjects(selection *s)
{
    dsc_table *t = s->t;
    int n = 0;
    for (int i = 0; i < t->n_subjects; i++) {
        if (s->place[i] < 0) continue;
        t->subject[n] = t->subject[i];
        s->place[i] = n++;
    }
    t->n_subjects = n;
}

static bool is_kept(const selection *s, const dsc_session *session)
{
    return s->place[session->subject] >= 0;
}

// Moves the kept trials of an array of `size` bytes per trial to its front.
static void gather(const selection *s, size_t size, void *array)
{
    const dsc_table *t = s->t;
    char *to = array;
    for (int k = 0; k < t->n_sessions; k++) {
        const dsc_session *session = &t->session[k];
        const size_t bytes = (size_t)session->n_trials * size;
        if (!is_kept(s, session)) continue;
        memmove(to, (const char *)array + session->first * size, bytes);
        to += bytes;
    }
}

static void gather_sessions(selection *s)
{
    dsc_table *t = s->t;
    int n = 0;
    size_t first = 0;
    for (int k = 0; k < t->n_sessions; k++) {
        dsc_session session = t->session[k];
        if (!is_kept(s, &session)) continue;
        session.subject = s->place[session.subject];
        session.first = first;
        first += (size_t)session.n_trials;
        t->session[n++] = session;
    }
    t->n_sessions = n;
    t->n_trials = first;
}

static void gather_all(selection *s)
{
    dsc_table *t = s->t;
    gather(s, sizeof *t->row, t->row);
    gather(s, sizeof *t->trial, t->trial);
    for (int c = 0; c < t->n_columns; c++) gather(s, sizeof(double), t->column[c].value);
}

static dsc_status select_all(selection *s, const char *names)
{
    DSC_TRY(dsc_alloc(s->ctx, (size_t)s->t->n_subjects, sizeof *s->place, &s->place));
    for (int i = 0; i < s->t->n_subjects; i++) s->place[i] = -1;
    DSC_TRY(keep_all(s, names));
    gather_all(s);
    number_subjects(s);
    gather_sessions(s);
    return DSC_OK;
}

dsc_status data_keep_subjects(dsc_context *ctx, dsc_table *t, const char *names)
{
    selection s = {.ctx = ctx, .t = t};
    const dsc_status status = select_all(&s, names);
    dsc_free(ctx, &s.place);
    return status;
}
