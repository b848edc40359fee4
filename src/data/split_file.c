// SPDX-License-Identifier: Apache-2.0
// split_file.c — a split as a JSON file:
// {"format": 2, "data": HASH, "rule": WORDS,
//  "train": [{"subject": S, "session": S, "n_trials": N}, ...], "heldout": [...], "test": [...]}
// A session in two parts is in both lists, with "trials": [first, last) in each; without sessions
// kept aside there is no list "test".
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "data/private.h"

enum { N_PARTS = 3 };

// ---- writing ------------------------------------------------------------------------------------

static json_t *entry_of(const dsc_table *t, int session, int first, int last)
{
    const dsc_session *s = &t->session[session];
    json_t *entry = json_pack("{s:s, s:s, s:i}", "subject", t->subject[s->subject], "session",
                              s->label, "n_trials", s->n_trials);
    if (!entry || last - first == s->n_trials ||
        json_object_set_new(entry, "trials", json_pack("[i, i]", first, last)) == 0)
        return entry;
    json_decref(entry);
    return NULL;
}

static json_t *list_part(const dsc_table *t, const dsc_split *split, dsc_part part)
{
    json_t *list = json_array();
    for (int s = 0; list && s < t->n_sessions; s++) {
        int first, last;
        dsc_split_trials(split, t, s, part, &first, &last);
        if (first == last) continue;
        if (json_array_append_new(list, entry_of(t, s, first, last)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

dsc_status dsc_split_write(dsc_context *ctx, const dsc_table *t, const dsc_split *split,
                           const char *path)
{
    const bool aside = memchr(split->heldout, DSC_TEST, (size_t)t->n_sessions) != NULL;
    json_t *root = json_pack("{s:i, s:s, s:s, s:o, s:o}", "format", 2, "data", t->hash, "rule",
                             split->rule, "train", list_part(t, split, DSC_TRAIN), "heldout",
                             list_part(t, split, DSC_HELDOUT));
    const bool all =
        root && (!aside || json_object_set_new(root, "test", list_part(t, split, DSC_TEST)) == 0);
    char *text = all ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    DSC_REQUIRE(ctx, text, DSC_MEMORY, "out of memory");
    const dsc_status status = dsc_write_file(ctx, path, text, strlen(text));
    free(text);
    return status;
}

// ---- reading ------------------------------------------------------------------------------------

typedef struct split_reader {
    dsc_context *ctx;
    const dsc_table *t;
    const char *path;
    unsigned char *part; // [n_sessions] 0: not yet named; else 1 + the dsc_part
    int *cut;            // [n_sessions] trials named so far, of a session in two parts; 0: whole
    bool any_cut;
} split_reader;

// Sessions mostly come in the order of the table: start behind the last one found.
static int find_session(const split_reader *r, const char *subject, const char *session, int start)
{
    const dsc_table *t = r->t;
    for (int i = 0; i < t->n_sessions; i++) {
        const int s = (start + i) % t->n_sessions;
        if (strcmp(t->session[s].label, session) == 0 &&
            strcmp(t->subject[t->session[s].subject], subject) == 0)
            return s;
    }
    return -1;
}

// The first trials of a session train, and the rest is held out.
static dsc_status take_trials(split_reader *r, json_t *trials, int s, dsc_part part)
{
    const int n = r->t->session[s].n_trials;
    int first = 0, last = 0;
    const bool read = json_unpack(trials, "[i, i]", &first, &last) == 0;
    const bool fits = part == DSC_TRAIN ? first == 0 && last > 0 && last < n && r->part[s] == 0
                                        : part == DSC_HELDOUT && r->part[s] == 1 + DSC_TRAIN &&
                                              first == r->cut[s] && last == n && first > 0;
    DSC_REQUIRE(r->ctx, read && fits, DSC_INPUT,
                "%s: \"trials\" of session \"%s\": in \"train\" they are [0, k], in \"heldout\" "
                "[k, %d]; make the split again",
                r->path, r->t->session[s].label, n);
    if (part == DSC_TRAIN) r->cut[s] = last;
    r->part[s] = 1 + DSC_TRAIN;
    r->any_cut = true;
    return DSC_OK;
}

static dsc_status find_entry(const split_reader *r, json_t *entry, int start, int *found)
{
    const char *subject, *session;
    int n_trials = 0;
    DSC_REQUIRE(r->ctx,
                json_unpack(entry, "{s:s, s:s, s:i}", "subject", &subject, "session", &session,
                            "n_trials", &n_trials) == 0,
                DSC_INPUT,
                "%s: a session without subject, session or n_trials; make the split again",
                r->path);
    const int s = find_session(r, subject, session, start);
    DSC_REQUIRE(r->ctx, s >= 0, DSC_INPUT,
                "%s: %s has no session \"%s\" of subject \"%s\"; the split belongs to other data",
                r->path, r->t->path, session, subject);
    DSC_REQUIRE(r->ctx, r->t->session[s].n_trials == n_trials, DSC_INPUT,
                "%s: session \"%s\" of subject \"%s\" has %d trials in the split and %d in %s; the "
                "split belongs to other data",
                r->path, session, subject, n_trials, r->t->session[s].n_trials, r->t->path);
    *found = s;
    return DSC_OK;
}

static dsc_status take_session(split_reader *r, json_t *entry, dsc_part part, int *last)
{
    int s = 0;
    json_t *trials = json_object_get(entry, "trials");
    DSC_TRY(find_entry(r, entry, *last + 1, &s));
    *last = s;
    if (trials) return take_trials(r, trials, s, part);
    DSC_REQUIRE(r->ctx, r->part[s] == 0, DSC_INPUT,
                "%s: session \"%s\" of subject \"%s\" is named twice; keep one of them", r->path,
                r->t->session[s].label, r->t->subject[r->t->session[s].subject]);
    r->part[s] = (unsigned char)(1 + part);
    return DSC_OK;
}

static dsc_status take_part(split_reader *r, json_t *root, dsc_part part)
{
    json_t *list = json_object_get(root, dsc_part_name(part)), *entry;
    size_t i;
    int last = -1;
    if (!list && part == DSC_TEST) return DSC_OK;
    DSC_REQUIRE(r->ctx, json_is_array(list), DSC_INPUT,
                "%s: no list \"%s\"; a split file has the lists \"train\" and \"heldout\"", r->path,
                dsc_part_name(part));
    json_array_foreach(list, i, entry) DSC_TRY(take_session(r, entry, part, &last));
    return DSC_OK;
}

static dsc_status check_complete(const split_reader *r)
{
    for (int s = 0; s < r->t->n_sessions; s++)
        DSC_REQUIRE(r->ctx, r->part[s] != 0, DSC_INPUT,
                    "%s: session \"%s\" of subject \"%s\" is in neither part; the split belongs to "
                    "other data",
                    r->path, r->t->session[s].label, r->t->subject[r->t->session[s].subject]);
    return DSC_OK;
}

static dsc_status take_split(split_reader *r, json_t *root, dsc_split *split)
{
    const char *hash = json_string_value(json_object_get(root, "data"));
    const char *rule = json_string_value(json_object_get(root, "rule"));
    for (int part = 0; part < N_PARTS; part++) DSC_TRY(take_part(r, root, (dsc_part)part));
    DSC_TRY(check_complete(r));
    if (hash && strcmp(hash, r->t->hash) != 0)
        dsc_note(r->ctx, DSC_WARNING,
                 "%s was made from another version of %s; sessions and lengths are the same",
                 r->path, r->t->path);
    for (int s = 0; s < r->t->n_sessions; s++) {
        r->part[s]--;
        if (r->cut[s] == 0) r->cut[s] = r->t->session[s].n_trials;
    }
    snprintf(split->rule, sizeof split->rule, "%s", rule ? rule : "");
    return DSC_OK;
}

static dsc_status parse_split(split_reader *r, const char *bytes, size_t n, dsc_split *split)
{
    json_error_t error;
    json_t *root = json_loadb(bytes, n, 0, &error);
    DSC_REQUIRE(r->ctx, root, DSC_INPUT, "%s, line %d, column %d: no valid JSON: %s", r->path,
                error.line, error.column, error.text);
    const dsc_status status = take_split(r, root, split);
    json_decref(root);
    return status;
}

dsc_status dsc_split_read(dsc_context *ctx, const dsc_table *t, const char *path, dsc_split *split)
{
    char *bytes = NULL;
    size_t n = 0;
    dsc_split made = {.n_sessions = t->n_sessions};
    split_reader r = {.ctx = ctx, .t = t, .path = path};
    DSC_TRY(dsc_read_file(ctx, path, &bytes, &n));
    dsc_status status = dsc_alloc(ctx, (size_t)t->n_sessions, 1, &r.part);
    if (status == DSC_OK) status = dsc_alloc(ctx, (size_t)t->n_sessions, sizeof *r.cut, &r.cut);
    if (status == DSC_OK) status = parse_split(&r, bytes, n, &made);
    dsc_free(ctx, &bytes);
    made.heldout = r.part;
    made.cut = r.cut;
    if (status == DSC_OK && !r.any_cut) dsc_free(ctx, &made.cut);
    if (status != DSC_OK) dsc_split_free(ctx, &made);
    else *split = made;
    return status;
}
