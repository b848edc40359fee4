// SPDX-License-Identifier: Apache-2.0
// table.c — a trial table in memory: making, freeing, finding columns.
#include <math.h>
#include <string.h>

#include "data/private.h"

typedef struct table_block {
    dsc_table table; // first, so that the table's address is the block's
    dsc_arena *arena;
    int n_outcomes;
    dsc_column *outcome; // of prev_X without an X
} table_block;

dsc_status data_table_begin(dsc_context *ctx, dsc_table **table)
{
    table_block *made;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    const dsc_status status = dsc_arena_create(ctx, &made->arena);
    if (status != DSC_OK) {
        dsc_free(ctx, &made);
        return status;
    }
    *table = &made->table;
    return DSC_OK;
}

dsc_arena *data_table_arena(dsc_table *t)
{
    return ((table_block *)t)->arena;
}

void dsc_table_destroy(dsc_context *ctx, dsc_table **table)
{
    if (!table || !*table) return;
    dsc_arena_destroy(&((table_block *)*table)->arena);
    dsc_free(ctx, table);
}

const dsc_column *dsc_table_column(const dsc_table *t, const char *name)
{
    for (int c = 0; c < t->n_columns; c++)
        if (strcmp(t->column[c].name, name) == 0) return &t->column[c];
    return NULL;
}

static dsc_status copy_column(dsc_table *t, const char *name, const double *values, dsc_column *c)
{
    dsc_arena *arena = data_table_arena(t);
    DSC_TRY(dsc_arena_alloc(arena, t->n_trials, sizeof *values, &c->value));
    DSC_TRY(dsc_arena_strdup(arena, name, &c->name));
    c->source = c->name;
    memcpy(c->value, values, t->n_trials * sizeof *values);
    return DSC_OK;
}

dsc_status dsc_table_add(dsc_table *t, const char *name, const double *values)
{
    const size_t known = (size_t)t->n_columns;
    dsc_column *all;
    DSC_TRY(dsc_arena_alloc(data_table_arena(t), known + 1, sizeof *all, &all));
    DSC_TRY(copy_column(t, name, values, &all[known]));
    if (known > 0) memcpy(all, t->column, known * sizeof *all);
    t->column = all;
    t->n_columns++;
    return DSC_OK;
}

dsc_choices dsc_table_choices(const dsc_table *t, int n_actions)
{
    const dsc_column *choice = dsc_table_column(t, "choice"),
                     *instructed = dsc_table_column(t, "instructed");
    return (dsc_choices){choice ? choice->value : NULL, instructed ? instructed->value : NULL,
                         n_actions};
}

int dsc_choice_made(const dsc_choices *c, size_t trial)
{
    const double x = c->choice ? c->choice[trial] : NAN;
    return x >= 0 && x < c->n_actions && x == floor(x) ? (int)x : -1;
}

bool data_is_instructed(const double *instructed, size_t trial)
{
    return instructed && instructed[trial] != 0 && !isnan(instructed[trial]);
}

int dsc_choice_counted(const dsc_choices *c, size_t trial)
{
    return data_is_instructed(c->instructed, trial) ? -1 : dsc_choice_made(c, trial);
}

// ---- outcomes that the next trial tells ---------------------------------------------------------

const dsc_column *dsc_table_outcome(const dsc_table *t, const char *name)
{
    const table_block *b = (const table_block *)t;
    const dsc_column *own = dsc_table_column(t, name);
    for (int i = 0; !own && i < b->n_outcomes; i++)
        if (strcmp(b->outcome[i].name, name) == 0) return &b->outcome[i];
    return own;
}

bool data_is_outcome(const dsc_table *t, const dsc_column *c)
{
    const table_block *b = (const table_block *)t;
    return c >= b->outcome && c < b->outcome + b->n_outcomes;
}

static dsc_status shift_back(dsc_table *t, const dsc_column *previous, dsc_column *out)
{
    double *to;
    DSC_TRY(dsc_arena_alloc(data_table_arena(t), t->n_trials, sizeof *to, &to));
    for (int s = 0; s < t->n_sessions; s++) {
        const dsc_session *session = &t->session[s];
        const size_t last = session->first + (size_t)session->n_trials - 1;
        for (size_t i = session->first; i < last; i++) to[i] = previous->value[i + 1];
        if (session->n_trials > 0) to[last] = NAN;
    }
    *out = (dsc_column){.name = previous->name + strlen("prev_"),
                        .source = previous->source,
                        .value = to,
                        .label = previous->label,
                        .n_labels = previous->n_labels};
    return DSC_OK;
}

dsc_status data_find_outcomes(dsc_table *t)
{
    table_block *b = (table_block *)t;
    DSC_TRY(dsc_arena_alloc(b->arena, (size_t)t->n_columns + 1, sizeof *b->outcome, &b->outcome));
    for (int c = 0; c < t->n_columns; c++) {
        const char *name = t->column[c].name;
        if (strncmp(name, "prev_", 5) != 0 || dsc_table_column(t, name + 5)) continue;
        DSC_TRY(shift_back(t, &t->column[c], &b->outcome[b->n_outcomes]));
        b->n_outcomes++;
    }
    return DSC_OK;
}

bool dsc_table_ends_in_choices(const dsc_table *t)
{
    const dsc_column *c = dsc_table_column(t, "choice");
    size_t n_rows = 0;
    for (int s = 0; c && s < t->n_sessions; s++) {
        const dsc_session *k = &t->session[s];
        const size_t last = k->first + (size_t)k->n_trials - 1;
        if (isnan(c->value[last])) return false;
        for (size_t i = k->first; i < last; i++, n_rows++)
            if (!isnan(c->value[i])) return false;
    }
    return n_rows > 0;
}

const char *dsc_table_stimuli(const dsc_table *t)
{
    const bool clicks = dsc_table_column(t, "left") && dsc_table_column(t, "right");
    return clicks && dsc_table_ends_in_choices(t) ? "left,right" : NULL;
}

dsc_status data_list_columns(dsc_context *ctx, const dsc_table *t, dsc_text *out)
{
    for (int c = 0; c < t->n_columns; c++)
        dsc_text_add(ctx, out, "%s\"%s\"", c ? ", " : "", t->column[c].name);
    if (t->n_columns == 0) dsc_text_add(ctx, out, "none");
    return out->status;
}

dsc_status dsc_table_require(dsc_context *ctx, const dsc_table *t, const char *name)
{
    dsc_text have = {0};
    if (dsc_table_column(t, name)) return DSC_OK;
    dsc_status status = data_list_columns(ctx, t, &have);
    if (status == DSC_OK)
        status = dsc_fail(ctx, DSC_INPUT,
                          "%s: there is no column \"%s\". Columns there are: %s. Say which one it "
                          "is: --map %s=COLUMN",
                          t->path, name, have.s, name);
    dsc_text_free(ctx, &have);
    return status;
}

static dsc_status check_choice(dsc_context *ctx, const dsc_table *t, size_t row, int limit)
{
    const double choice = dsc_table_column(t, "choice")->value[row];
    char text[32], place[DSC_PLACE_TEXT];
    DSC_REQUIRE(ctx, choice == floor(choice), DSC_INPUT, "%s, %s: choice %s is not a whole number",
                t->path, dsc_table_place(t, row, place, sizeof place),
                dsc_format_number(choice, text));
    DSC_REQUIRE(ctx, choice < limit, DSC_INPUT,
                "%s, %s: choice %s is out of range; choices are 0 ... %d", t->path,
                dsc_table_place(t, row, place, sizeof place), dsc_format_number(choice, text),
                limit - 1);
    return DSC_OK;
}

dsc_status data_count_actions(dsc_context *ctx, dsc_table *t, int given)
{
    const dsc_column *choice = dsc_table_column(t, "choice");
    if (!choice) return DSC_OK;
    int largest = 1;
    for (size_t i = 0; i < t->n_trials; i++) {
        if (choice->value[i] < 0) choice->value[i] = NAN;
        if (isnan(choice->value[i])) continue;
        DSC_TRY(check_choice(ctx, t, i, given > 0 ? given : DATA_MAX_ACTIONS));
        if ((int)choice->value[i] > largest) largest = (int)choice->value[i];
    }
    t->n_actions = given > 0 ? given : largest + 1;
    return DSC_OK;
}

// ---- a table from memory ------------------------------------------------------------------------

typedef struct recipe {
    int n_sessions, n_columns;
    const int *lengths, *subject;
    const char *const *names;
    const double *const *values;
} recipe;

static dsc_status number_label(dsc_arena *arena, int number, char **label)
{
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    return dsc_arena_strdup(arena, text, label);
}

static dsc_status make_subjects(dsc_context *ctx, dsc_table *t, const recipe *r)
{
    int largest = 0;
    for (int s = 0; r->subject && s < r->n_sessions; s++) {
        DSC_REQUIRE(ctx, r->subject[s] >= 0 && r->subject[s] < r->n_sessions + 1000000, DSC_INPUT,
                    "session %d: subject %d is not an index", s, r->subject[s]);
        if (r->subject[s] > largest) largest = r->subject[s];
    }
    t->n_subjects = largest + 1;
    dsc_arena *arena = data_table_arena(t);
    DSC_TRY(dsc_arena_alloc(arena, (size_t)t->n_subjects, sizeof *t->subject, &t->subject));
    for (int i = 0; i < t->n_subjects; i++)
        DSC_TRY(number_label(arena, r->subject ? i : 1, &t->subject[i]));
    return DSC_OK;
}

static dsc_status make_sessions(dsc_context *ctx, dsc_table *t, const recipe *r)
{
    t->n_sessions = r->n_sessions;
    dsc_arena *arena = data_table_arena(t);
    DSC_TRY(dsc_arena_alloc(arena, (size_t)r->n_sessions, sizeof *t->session, &t->session));
    for (int s = 0; s < r->n_sessions; s++) {
        DSC_REQUIRE(ctx, r->lengths[s] > 0, DSC_INPUT,
                    "session %d: %d trials; 1 or more are needed", s, r->lengths[s]);
        t->session[s] = (dsc_session){.subject = r->subject ? r->subject[s] : 0,
                                      .first = t->n_trials,
                                      .n_trials = r->lengths[s]};
        DSC_TRY(number_label(arena, s, &t->session[s].label));
        t->n_trials += (size_t)r->lengths[s];
    }
    return DSC_OK;
}

static dsc_status make_rows(dsc_table *t)
{
    dsc_arena *arena = data_table_arena(t);
    DSC_TRY(dsc_arena_alloc(arena, t->n_trials, sizeof *t->row, &t->row));
    DSC_TRY(dsc_arena_alloc(arena, t->n_trials, sizeof *t->trial, &t->trial));
    for (int s = 0; s < t->n_sessions; s++)
        for (int i = 0; i < t->session[s].n_trials; i++) {
            t->row[t->session[s].first + (size_t)i] = t->session[s].first + (size_t)i;
            t->trial[t->session[s].first + (size_t)i] = i;
        }
    return DSC_OK;
}

static dsc_status make_columns(dsc_table *t, const recipe *r)
{
    dsc_arena *arena = data_table_arena(t);
    t->n_columns = r->n_columns;
    DSC_TRY(dsc_arena_alloc(arena, (size_t)r->n_columns, sizeof *t->column, &t->column));
    for (int c = 0; c < r->n_columns; c++)
        DSC_TRY(copy_column(t, r->names[c], r->values[c], &t->column[c]));
    return DSC_OK;
}

// A hash of the hashes of all parts.
dsc_status data_hash_columns(dsc_context *ctx, dsc_table *t)
{
    dsc_text parts = {0};
    char part[17];
    for (int s = 0; s < t->n_sessions; s++)
        dsc_text_add(ctx, &parts, "%d %d\n", t->session[s].subject, t->session[s].n_trials);
    for (int c = 0; c < t->n_columns; c++)
        dsc_text_add(ctx, &parts, "%s %s\n", t->column[c].name,
                     dsc_hash_hex(t->column[c].value, t->n_trials * sizeof(double), part));
    const dsc_status status = parts.status;
    if (status == DSC_OK) dsc_hash_hex(parts.s, parts.length, t->hash);
    dsc_text_free(ctx, &parts);
    return status;
}

static dsc_status make_parts(dsc_context *ctx, dsc_table *t, const recipe *r)
{
    DSC_REQUIRE(ctx, r->n_sessions > 0, DSC_INPUT, "a table needs at least one session");
    DSC_TRY(dsc_arena_strdup(data_table_arena(t), "(memory)", &t->path));
    DSC_TRY(make_subjects(ctx, t, r));
    DSC_TRY(make_sessions(ctx, t, r));
    DSC_TRY(make_rows(t));
    DSC_TRY(make_columns(t, r));
    DSC_TRY(data_count_actions(ctx, t, 0));
    DSC_TRY(data_find_outcomes(t));
    return data_hash_columns(ctx, t);
}

dsc_status dsc_table_make(dsc_context *ctx, int n_sessions, const int *lengths, const int *subject,
                          int n_columns, const char *const *names, const double *const *values,
                          dsc_table **table)
{
    const recipe r = {n_sessions, n_columns, lengths, subject, names, values};
    dsc_table *made;
    DSC_TRY(data_table_begin(ctx, &made));
    const dsc_status status = make_parts(ctx, made, &r);
    if (status != DSC_OK) dsc_table_destroy(ctx, &made);
    else *table = made;
    return status;
}
