// SPDX-License-Identifier: Apache-2.0
// rat_bandit.c — the two-armed bandit of rats as Miller, Botvinick & Brody published it (2018,
// figshare, tab_dataset.json): a JSON list with an object per rat, whose fields have one value per
// trial:
//   sides        l, r or v (a violation: no choice)      text, or a list of texts
//   trial_types  f (free), or anything else (instructed)     the same
//   rewards      a number                                a list
//   new_sess     1 on the first trial of a session       a list
// Violations are left out, as are trials before a rat's first session. The others become rows with
// subject (the number of the rat, from 0), session, choice, reward and instructed.
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "data/private.h"

enum { SUBJECT, SESSION, CHOICE, REWARD, INSTRUCTED, N_COLUMNS };

typedef struct rat {
    int number;
    size_t n; // trials
    const json_t *sides, *types, *rewards, *starts;
} rat;

typedef struct rats {
    dsc_context *ctx;
    data_source *s;
    size_t n_violations, n_early, n_instructed;
} rats;

// ---- one rat ------------------------------------------------------------------------------------

static size_t count_values(const json_t *values)
{
    return json_is_string(values) ? json_string_length(values) : json_array_size(values);
}

static dsc_status find_field(const rats *r, const json_t *object, rat *k, const char *name,
                             const json_t **field)
{
    const json_t *found = json_object_get(object, name);
    DSC_REQUIRE(r->ctx, json_is_string(found) || json_is_array(found), DSC_INPUT,
                "%s, rat %d: there is no list \"%s\"; every rat needs sides, trial_types, rewards "
                "and new_sess, each with a value for every trial",
                r->s->path, k->number, name);
    const size_t n = count_values(found);
    if (strcmp(name, "sides") == 0) k->n = n;
    DSC_REQUIRE(r->ctx, n == k->n, DSC_INPUT,
                "%s, rat %d: \"%s\" has %zu values, but \"sides\" has %zu; each needs a value for "
                "every trial",
                r->s->path, k->number, name, n, k->n);
    *field = found;
    return DSC_OK;
}

static dsc_status find_fields(const rats *r, const json_t *object, int number, rat *k)
{
    *k = (rat){.number = number};
    DSC_TRY(find_field(r, object, k, "sides", &k->sides));
    DSC_TRY(find_field(r, object, k, "trial_types", &k->types));
    DSC_TRY(find_field(r, object, k, "rewards", &k->rewards));
    return find_field(r, object, k, "new_sess", &k->starts);
}

// The letter of a trial, 0 if there is another number of them.
static char letter_at(const json_t *values, size_t i)
{
    if (json_is_string(values)) return json_string_value(values)[i];
    const char *text = json_string_value(json_array_get(values, i));
    return text && strlen(text) == 1 ? *text : 0;
}

static dsc_status find_side(const rats *r, const rat *k, size_t i, char *side)
{
    *side = letter_at(k->sides, i);
    DSC_REQUIRE(r->ctx, *side && strchr("lrv", *side), DSC_INPUT,
                "%s, rat %d, trial %zu: its side is none of \"l\", \"r\" and \"v\" (a violation); "
                "correct it",
                r->s->path, k->number, i + 1);
    return DSC_OK;
}

static dsc_status find_number(const rats *r, const rat *k, const char *name, const json_t *values,
                              size_t i, double *value)
{
    const json_t *found = json_array_get(values, i);
    DSC_REQUIRE(r->ctx, json_is_number(found) || json_is_boolean(found), DSC_INPUT,
                "%s, rat %d, trial %zu: its value in \"%s\" is no number; correct it", r->s->path,
                k->number, i + 1, name);
    *value = json_is_number(found) ? json_number_value(found) : json_is_true(found);
    return DSC_OK;
}

static dsc_status add_trial(rats *r, const rat *k, size_t i, int session, char side)
{
    const size_t row = r->s->n_rows++;
    const char type = letter_at(k->types, i);
    const data_column *column = r->s->column;
    column[SUBJECT].value[row] = k->number;
    column[SESSION].value[row] = session;
    column[CHOICE].value[row] = side == 'r';
    column[INSTRUCTED].value[row] = type != 'f';
    r->n_instructed += type != 'f';
    return find_number(r, k, "rewards", k->rewards, i, &column[REWARD].value[row]);
}

static dsc_status add_trials(rats *r, const rat *k)
{
    int session = -1;
    for (size_t i = 0; i < k->n; i++) {
        double start;
        char side;
        DSC_TRY(find_side(r, k, i, &side));
        DSC_TRY(find_number(r, k, "new_sess", k->starts, i, &start));
        session += start != 0;
        r->n_early += session < 0;
        r->n_violations += session >= 0 && side == 'v';
        if (session >= 0 && side != 'v') DSC_TRY(add_trial(r, k, i, session, side));
    }
    return DSC_OK;
}

// ---- all of them --------------------------------------------------------------------------------

// The rats to read: all, or the one that FILE#N names.
static dsc_status find_range(const rats *r, const json_t *list, size_t *first, size_t *last)
{
    const size_t n = json_array_size(list);
    const char *part = r->s->part;
    char *end;
    *first = 0;
    *last = n;
    if (!part) return DSC_OK;
    const unsigned long number = strtoul(part, &end, 10);
    DSC_REQUIRE(r->ctx, *part >= '0' && *part <= '9' && *end == 0 && number < n, DSC_INPUT,
                "%s: there is no rat \"%s\"; there are rats 0 ... %zu", r->s->path, part, n - 1);
    *first = number;
    *last = number + 1;
    return DSC_OK;
}

static dsc_status make_columns(const rats *r, size_t n_rows)
{
    static const char *const names[N_COLUMNS] = {"subject", "session", "choice", "reward",
                                                 "instructed"};
    static const char *const sides[] = {"left", "right"};
    data_source *s = r->s;
    DSC_TRY(data_make_columns(s, N_COLUMNS, names, n_rows));
    data_column *choice = &s->column[CHOICE];
    DSC_TRY(dsc_arena_alloc(s->arena, 2, sizeof *choice->label, &choice->label));
    for (; choice->n_labels < 2; choice->n_labels++)
        DSC_TRY(
            dsc_arena_strdup(s->arena, sides[choice->n_labels], &choice->label[choice->n_labels]));
    return DSC_OK;
}

static dsc_status take_rats(rats *r, const json_t *list)
{
    size_t first, last, n_rows = 0;
    DSC_TRY(find_range(r, list, &first, &last));
    for (size_t i = first; i < last; i++)
        n_rows += count_values(json_object_get(json_array_get(list, i), "sides"));
    DSC_TRY(make_columns(r, n_rows));
    for (size_t i = first; i < last; i++) {
        rat k;
        DSC_TRY(find_fields(r, json_array_get(list, i), (int)i, &k));
        DSC_TRY(add_trials(r, &k));
    }
    DSC_REQUIRE(r->ctx, r->s->n_rows > 0, DSC_INPUT,
                "%s holds no trials: every one is a violation, or comes before the first session "
                "(new_sess 1)",
                r->s->path);
    dsc_note(r->ctx, DSC_NOTE,
             "%s: %zu rats; %zu violations and %zu trials before a rat's first session are left "
             "out; %zu instructed trials are inputs and not scored",
             r->s->path, last - first, r->n_violations, r->n_early, r->n_instructed);
    return DSC_OK;
}

// The names as keys, and what belongs to new_sess is a list: a table of trials whose columns are
// called so is not meant.
bool data_is_rat_bandit(const data_bytes *file)
{
    const char *starts = strstr(file->bytes, "\"new_sess\"");
    if (!starts || !strstr(file->bytes, "\"sides\"") || !strstr(file->bytes, "\"trial_types\""))
        return false;
    starts += strlen("\"new_sess\"");
    starts += strspn(starts, " \t\r\n:");
    return *starts == '[';
}

dsc_status data_read_rat_bandit(dsc_context *ctx, data_source *s, data_bytes *file)
{
    rats r = {.ctx = ctx, .s = s};
    json_t *root = NULL, *list = NULL;
    dsc_status status = data_parse_json(ctx, s, file, &root);
    s->unit = "kept trial";
    s->line = NULL;
    if (status == DSC_OK) {
        list = json_is_array(root) ? json_incref(root) : json_pack("[O]", root); // a single rat
        status = list ? take_rats(&r, list) : dsc_fail(ctx, DSC_MEMORY, "out of memory");
    }
    json_decref(list);
    json_decref(root);
    return status;
}
