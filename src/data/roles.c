// SPDX-License-Identifier: Apache-2.0
// roles.c — which column of a file becomes which of the table: maps first, then the usual names
// (case, blanks and underscores do not matter). Two candidates for one role are refused.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "data/private.h"

typedef struct role_names {
    const char *name;  // canonical
    const char *alias; // the usual names, lower case without blanks, between bars
    const char *last;  // names that count where there is none of those
} role_names;

static const role_names roles[DATA_N_ROLES] = {
    [DATA_SUBJECT] = {"subject",
                      "|subject|subj|sub|id|subjectid|subjid|participant|participantid|agent|"
                      "animal|rat|mouse|monkey|",
                      NULL},
    [DATA_SESSION] = {"session", "|session|ses|sess|block|sessionnum|sessionid|sessid|run|", NULL},
    [DATA_TRIAL] = {"trial", "|trial|trialnum|trialnumber|trialid|t|", NULL},
    [DATA_CHOICE] = {"choice", "|choice|action|response|responsechoice|deck|key|", "|pokedr|"},
    [DATA_REWARD] = {"reward", "|reward|rew|outcome|payoff|payout|feedback|",
                     "|hit|correct|trialcorrect|"},
    [DATA_PREV_CHOICE] = {"prev_choice",
                          "|prevchoice|previouschoice|lastchoice|prevaction|"
                          "previousaction|lastaction|",
                          NULL},
    [DATA_PREV_REWARD] = {"prev_reward",
                          "|prevreward|previousreward|lastreward|prevoutcome|"
                          "previousoutcome|",
                          NULL},
};

data_column *data_role_column(const data_source *s, data_role role)
{
    for (int c = 0; c < s->n_columns; c++)
        if (s->column[c].becomes && s->column[c].role == role) return &s->column[c];
    return NULL;
}

const char *data_where(const data_source *s, size_t row, char out[64])
{
    const size_t n = s->line ? s->line[row] : row;
    if (s->longest > 0) snprintf(out, 64, "session %zu, trial %zu", n / s->longest, n % s->longest);
    else if (s->row_file && s->row_file[row])
        snprintf(out, 64, "%.36s, line %zu", s->row_file[row], n);
    else if (s->line) snprintf(out, 64, "line %zu", n);
    else snprintf(out, 64, "%s %zu", s->unit ? s->unit : "row", n + 1);
    return out;
}

// "|responsechoice|" from "Response_Choice".
static void plain_name(const char *name, char *out, size_t size)
{
    size_t n = 0;
    out[n++] = '|';
    for (; *name && n + 2 < size; name++)
        if (!strchr(" \t_", *name)) out[n++] = (char)tolower((unsigned char)*name);
    out[n++] = '|';
    out[n] = 0;
}

static bool same_plain(const char *a, const char *b)
{
    char x[256], y[256];
    plain_name(a, x, sizeof x);
    plain_name(b, y, sizeof y);
    return strcmp(x, y) == 0;
}

static bool is_among(const char *names, const char *name)
{
    char plain[256];
    plain_name(name, plain, sizeof plain);
    return names && plain[1] != '|' && !strchr(name, '|') && strstr(names, plain);
}

bool data_is_usual_name(data_role role, const char *name)
{
    return is_among(roles[role].alias, name);
}

static data_role role_named(const char *name)
{
    int role = 0;
    while (role < DATA_N_ROLES && !same_plain(name, roles[role].name)) role++;
    return (data_role)role;
}

// ---- messages -----------------------------------------------------------------------------------

static dsc_status list_names(dsc_context *ctx, const data_source *s, dsc_text *out)
{
    for (int c = 0; c < s->n_columns; c++)
        dsc_text_add(ctx, out, "%s\"%s\"", c ? ", " : "", s->column[c].name);
    return out->status;
}

static const char *nearest_name(const data_source *s, const char *name)
{
    const char *best = NULL;
    for (int c = 0; c < s->n_columns && !best; c++) {
        const char *candidate = s->column[c].name;
        best = dsc_nearest(name, &candidate, 1);
    }
    return best;
}

static dsc_status fail_no_source(dsc_context *ctx, const data_source *s, const data_map *m)
{
    dsc_text have = {0};
    char hint[256] = "";
    const char *nearest = nearest_name(s, m->source), *comma = strchr(m->source, ',');
    if (comma && strchr(comma, '='))
        snprintf(hint, sizeof hint,
                 " Give each column a --map of its own: --map %.60s=%.*s --map %.60s", m->column,
                 (int)(comma - m->source < 60 ? comma - m->source : 60), m->source, comma + 1);
    else if (nearest) snprintf(hint, sizeof hint, " Did you mean --map %s=%s?", m->column, nearest);
    dsc_status status = list_names(ctx, s, &have);
    if (status == DSC_OK)
        status = dsc_fail(ctx, DSC_INPUT,
                          "%s has no column \"%s\" (--map %s=%s). Columns there are: %s.%s",
                          s->path, m->source, m->column, m->source, have.s, hint);
    dsc_text_free(ctx, &have);
    return status;
}

static dsc_status fail_ambiguous(dsc_context *ctx, const data_source *s, data_role role,
                                 const bool *candidate)
{
    dsc_text names = {0}, maps = {0};
    const char *name = roles[role].name;
    for (int c = 0, n = 0; c < s->n_columns; c++) {
        if (!candidate[c]) continue;
        bool twin = false;
        for (int other = 0; other < s->n_columns; other++)
            twin |= other != c && strcmp(s->column[other].name, s->column[c].name) == 0;
        dsc_text_add(ctx, &names, "%s\"%s\"", n ? " and " : "", s->column[c].name);
        if (twin) // only the number tells them apart
            dsc_text_add(ctx, &maps, "%s--map %s=#%d", n++ ? " or " : "", name, c);
        else dsc_text_add(ctx, &maps, "%s--map %s=%s", n++ ? " or " : "", name, s->column[c].name);
    }
    dsc_status status = names.status != DSC_OK ? names.status : maps.status;
    if (status == DSC_OK)
        status = dsc_fail(ctx, DSC_INPUT, "%s: columns %s could both be the %s. Say which one: %s",
                          s->path, names.s, name, maps.s);
    dsc_text_free(ctx, &names);
    dsc_text_free(ctx, &maps);
    return status;
}

// ---- maps ---------------------------------------------------------------------------------------

typedef bool matches_fn(const char *a, const char *b);
static bool same_exactly(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

// -1: none; -2: several.
static int match(const data_source *s, const char *source, matches_fn *same)
{
    int found = -1;
    for (int c = 0; c < s->n_columns; c++)
        if (same(s->column[c].name, source)) found = found == -1 ? c : -2;
    return found;
}

// "#2": the column with that number, counted from 0.
static int numbered(const data_source *s, const char *source)
{
    char *end;
    if (source[0] != '#' || !isdigit((unsigned char)source[1])) return -1;
    const long n = strtol(source + 1, &end, 10);
    return *end == 0 && n < s->n_columns ? (int)n : -1;
}

static dsc_status find_source(dsc_context *ctx, const data_source *s, const data_map *m,
                              int *column)
{
    int c = match(s, m->source, same_exactly);
    if (c == -1) c = numbered(s, m->source);
    if (c == -1) c = match(s, m->source, same_plain);
    if (c == -1) return fail_no_source(ctx, s, m);
    DSC_REQUIRE(ctx, c >= 0, DSC_INPUT,
                "%s has several columns \"%s\"; give the number of the right one, counted from 0: "
                "--map %s=#N",
                s->path, m->source, m->column);
    *column = c;
    return DSC_OK;
}

static dsc_status apply_map(dsc_context *ctx, data_source *s, const data_map *m, bool *settled)
{
    const data_role role = role_named(m->column);
    int c = 0;
    if (role != DATA_NO_ROLE) {
        DSC_REQUIRE(ctx, !settled[role], DSC_INPUT, "--map gives %s twice; keep one of them",
                    roles[role].name);
        settled[role] = true;
    }
    if (*m->source == 0) return DSC_OK;
    DSC_TRY(find_source(ctx, s, m, &c));
    DSC_REQUIRE(ctx, !s->column[c].map, DSC_INPUT,
                "--map uses column \"%s\" twice, as %s and as %s; keep one of them",
                s->column[c].name, s->column[c].becomes, m->column);
    s->column[c].map = m;
    s->column[c].role = role;
    s->column[c].becomes = role == DATA_NO_ROLE ? m->column : roles[role].name;
    return DSC_OK;
}

// ---- the usual names ----------------------------------------------------------------------------

static dsc_status find_by_alias(dsc_context *ctx, data_source *s, data_role role, const char *names,
                                bool *candidate)
{
    int n = 0, n_exact = 0, found = -1, exact = -1;
    for (int c = 0; c < s->n_columns; c++) {
        candidate[c] = !s->column[c].map && is_among(names, s->column[c].name);
        if (!candidate[c]) continue;
        found = c;
        n++;
        if (!same_plain(s->column[c].name, roles[role].name)) continue;
        exact = c;
        n_exact++;
    }
    if (n == 0) return DSC_OK;
    if (n > 1 && n_exact != 1) return fail_ambiguous(ctx, s, role, candidate);
    if (n_exact == 1) found = exact;
    s->column[found].role = role;
    s->column[found].becomes = roles[role].name;
    for (int c = 0; c < s->n_columns; c++)
        if (candidate[c] && c != found)
            dsc_note(ctx, DSC_NOTE, "%s: %s is \"%s\"; for \"%s\" instead: --map %s=%s", s->path,
                     roles[role].name, s->column[found].name, s->column[c].name, roles[role].name,
                     s->column[c].name);
    return DSC_OK;
}

static bool is_taken(const data_source *s, const char *name)
{
    for (int c = 0; c < s->n_columns; c++)
        if (s->column[c].becomes && strcmp(s->column[c].becomes, name) == 0) return true;
    return false;
}

// Columns without a role keep their names; a nameless one, or one whose name is taken, is left out.
static void keep_others(dsc_context *ctx, data_source *s)
{
    for (int c = 0; c < s->n_columns; c++) {
        data_column *column = &s->column[c];
        if (column->becomes || column->name[0] == 0) continue;
        const data_role role = role_named(column->name);
        const bool reserved = role != DATA_NO_ROLE || is_taken(s, column->name);
        if (!reserved) {
            column->becomes = column->name;
            continue;
        }
        dsc_note(ctx, DSC_NOTE, "%s: column \"%s\" (number %d) is not used, since %s", s->path,
                 column->name, c,
                 is_taken(s, column->name) ? "another one has its name" : "a map leaves it out");
    }
}

static dsc_status tell_roles(dsc_context *ctx, const data_source *s)
{
    dsc_text told = {0};
    for (int role = 0; role < DATA_N_ROLES; role++) {
        const data_column *c = data_role_column(s, (data_role)role);
        if (!c) continue;
        dsc_text_add(ctx, &told, "%s%s = \"%s\"", told.length ? ", " : "", roles[role].name,
                     c->name);
    }
    const dsc_status status = told.status;
    if (status == DSC_OK && told.s) dsc_note(ctx, DSC_NOTE, "%s: %s", s->path, told.s);
    dsc_text_free(ctx, &told);
    return status;
}

dsc_status data_find_roles(dsc_context *ctx, data_source *s)
{
    bool settled[DATA_N_ROLES + 1] = {false}, *candidate;
    for (int i = 0; i < s->n_maps; i++) DSC_TRY(apply_map(ctx, s, &s->map[i], settled));
    DSC_TRY(dsc_arena_alloc(s->arena, (size_t)s->n_columns, sizeof *candidate, &candidate));
    for (int role = 0; role < DATA_N_ROLES; role++) {
        const role_names *r = &roles[role];
        if (settled[role]) continue;
        DSC_TRY(find_by_alias(ctx, s, (data_role)role, r->alias, candidate));
        if (data_role_column(s, (data_role)role)) continue;
        DSC_TRY(find_by_alias(ctx, s, (data_role)role, r->last, candidate));
    }
    keep_others(ctx, s);
    return tell_roles(ctx, s);
}
