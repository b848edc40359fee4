// SPDX-License-Identifier: Apache-2.0
// read.c — from a file to a trial table: bytes, columns, roles, choices, sessions.
#include <math.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "data/private.h"

enum {
    START = 4096,           // bytes that tell what a file is
    MOST_ROWS = 1000000000, // of a table
};

static void drop_missing(const data_source *s, data_column *c)
{
    char text[32];
    if (!s->missing) return;
    for (size_t i = 0; i < s->n_rows; i++)
        if (data_is_missing(dsc_format_number(c->value[i], text), s->missing)) c->value[i] = NAN;
}

static bool is_number_role(data_role role)
{
    return role == DATA_TRIAL || role == DATA_REWARD || role == DATA_PREV_REWARD;
}

static dsc_status check_numbers(dsc_context *ctx, const data_source *s)
{
    for (int i = 0; i < s->n_columns; i++) {
        const data_column *c = &s->column[i];
        const bool coded = c->map && c->map->n_codes > 0;
        DSC_REQUIRE(
            ctx, !c->label || coded || !is_number_role(c->role), DSC_INPUT,
            "%s, column \"%s\": texts, not numbers. Give them values: --map %s=%s:TEXT=0,...",
            s->path, c->name, c->becomes, c->name);
    }
    return DSC_OK;
}

// "FILE#PART" names a part of a file, unless the file itself is called that.
static dsc_status split_path(data_source *s)
{
    const char *mark = strrchr(s->path, '#');
    char *file;
    s->file = s->path;
    if (!mark || mark == s->path || dsc_exists(s->path)) return DSC_OK;
    DSC_TRY(dsc_arena_strdup(s->arena, s->path, &file));
    file[mark - s->path] = 0;
    s->file = file;
    s->part = mark + 1;
    return DSC_OK;
}

// The first bytes of a file that may be much larger than the part of it that is read.
static dsc_status load_start(dsc_context *ctx, const data_source *s, data_bytes *start)
{
    FILE *in = fopen(s->file, "rb");
    if (!in) return DSC_OK; // whoever reads it says why
    const dsc_status status = dsc_alloc(ctx, START + 1, 1, &start->bytes);
    if (status == DSC_OK) start->n = fread(start->bytes, 1, START, in);
    fclose(in);
    return status;
}

static dsc_status load(dsc_context *ctx, data_source *s, data_bytes *file)
{
    struct stat info = {0};
    DSC_TRY(split_path(s));
    file->folder = stat(s->file, &info) == 0 && S_ISDIR(info.st_mode);
    if (file->folder) return DSC_OK;
    // a pipe can be read only once
    if (S_ISREG(info.st_mode)) DSC_TRY(load_start(ctx, s, file));
    if (file->bytes && data_is_hdf5(file)) return DSC_OK;
    dsc_free(ctx, &file->bytes);
    DSC_TRY(dsc_read_file(ctx, s->file, &file->bytes, &file->n));
    dsc_hash_hex(file->bytes, file->n, s->hash);
    return data_unpack(ctx, s->file, file);
}

static dsc_status read_source(dsc_context *ctx, data_bytes *file, const dsc_read_options *o,
                              data_source *s)
{
    DSC_TRY(load(ctx, s, file));
    DSC_TRY(data_format_of(s, file)->read(ctx, s, file));
    // Texts, sessions and trials are counted as ints from here on.
    DSC_REQUIRE(ctx, s->n_rows < MOST_ROWS, DSC_INPUT,
                "%s: more than %d trials; split it into several files", s->path, MOST_ROWS);
    DSC_TRY(data_parse_maps(ctx, s, o));
    for (int c = 0; !s->cells.bytes && c < s->n_columns; c++) drop_missing(s, &s->column[c]);
    DSC_TRY(data_find_roles(ctx, s));
    return s->cells.bytes ? data_convert_cells(ctx, s) : check_numbers(ctx, s);
}

// ---- who and when -------------------------------------------------------------------------------

// Codes and labels of a column of names; numbers are named as they are written.
static dsc_status name_column(dsc_context *ctx, const data_source *s, data_column *c)
{
    data_dictionary names = {0};
    dsc_status status = DSC_OK;
    char text[32];
    if (c->label) return DSC_OK;
    for (size_t i = 0; status == DSC_OK && i < s->n_rows; i++) {
        int number = 0;
        if (isnan(c->value[i])) continue;
        status = data_dictionary_number(ctx, &names, dsc_format_number(c->value[i], text), &number);
        c->value[i] = number;
    }
    c->n_labels = (int)names.n;
    if (status == DSC_OK) status = data_dictionary_labels(&names, s->arena, &c->label);
    data_dictionary_free(ctx, &names);
    return status;
}

static dsc_status check_named(dsc_context *ctx, const data_source *s, const data_column *c)
{
    for (size_t i = 0; i < s->n_rows; i++)
        DSC_REQUIRE(ctx, !isnan(c->value[i]), DSC_INPUT,
                    "%s, %s, column \"%s\": the %s is missing; fill it in, or leave the column "
                    "out: --map %s=",
                    s->path, data_where(s, i, (char[64]){0}), c->name, c->becomes, c->becomes);
    return DSC_OK;
}

static dsc_status take_codes(dsc_context *ctx, const data_source *s, data_role role, int **codes,
                             data_column **column)
{
    data_column *c = data_role_column(s, role);
    *column = c;
    if (!c) return DSC_OK;
    DSC_TRY(name_column(ctx, s, c));
    DSC_TRY(check_named(ctx, s, c));
    DSC_TRY(dsc_arena_alloc(s->arena, s->n_rows, sizeof **codes, codes));
    for (size_t i = 0; i < s->n_rows; i++) (*codes)[i] = (int)c->value[i];
    return DSC_OK;
}

static dsc_status set_subjects(dsc_table *t, const data_column *c)
{
    static const char *const only[] = {"1"};
    const char *const *labels = c ? (const char *const *)c->label : only;
    t->n_subjects = c ? c->n_labels : 1;
    dsc_arena *arena = data_table_arena(t);
    DSC_TRY(dsc_arena_alloc(arena, (size_t)t->n_subjects, sizeof *t->subject, &t->subject));
    for (int i = 0; i < t->n_subjects; i++)
        DSC_TRY(dsc_arena_strdup(arena, labels[i], &t->subject[i]));
    return DSC_OK;
}

static dsc_status set_source(dsc_table *t, const data_column *c, char **source)
{
    return c ? dsc_arena_strdup(data_table_arena(t), c->name, source) : DSC_OK;
}

// A column called "T" may well hold times.
static void doubt_trials(dsc_context *ctx, const data_source *s)
{
    data_column *c = data_role_column(s, DATA_TRIAL);
    if (!c || c->map || strcasecmp(c->name, "trial") == 0) return;
    size_t row = 0;
    while (row < s->n_rows && c->value[row] == floor(c->value[row])) row++;
    if (row == s->n_rows || isnan(c->value[row])) return;
    c->role = DATA_NO_ROLE;
    c->becomes = c->name;
    dsc_note(ctx, DSC_NOTE,
             "%s: column \"%s\" does not number the trials, since its values are not whole; the "
             "order of the file counts",
             s->path, c->name);
}

static dsc_status set_sessions(dsc_context *ctx, const data_source *s, dsc_table *t)
{
    int *subject = NULL, *session = NULL;
    data_column *who, *when, *trial = data_role_column(s, DATA_TRIAL);
    DSC_TRY(take_codes(ctx, s, DATA_SUBJECT, &subject, &who));
    DSC_TRY(take_codes(ctx, s, DATA_SESSION, &session, &when));
    if (trial) DSC_TRY(check_named(ctx, s, trial));
    DSC_TRY(set_subjects(t, who));
    DSC_TRY(set_source(t, who, &t->subject_source));
    DSC_TRY(set_source(t, when, &t->session_source));
    DSC_TRY(set_source(t, trial, &t->trial_source));
    if (s->longest == 0) t->line = s->line;
    return data_group(ctx, t,
                      &(data_rows){.n_rows = s->n_rows,
                                   .subject = subject,
                                   .session = session,
                                   .trial = trial ? trial->value : NULL,
                                   .trial_name = trial ? trial->name : "",
                                   .session_label = when ? (const char *const *)when->label : NULL,
                                   .place = s->path,
                                   .quiet = s->audited});
}

// Whether the trial numbers of every subject rise from session to session.
static bool trials_run_on(const dsc_table *t)
{
    int n = 0;
    for (int i = 1; i < t->n_sessions; i++) {
        const dsc_session *s = &t->session[i], *before = s - 1;
        if (s->subject != before->subject) continue;
        if (t->trial[s->first] <= t->trial[before->first + (size_t)before->n_trials - 1])
            return false;
        n++;
    }
    return n > 0;
}

// Blocks may be sessions, or parts of one; numbers that run on say the latter.
static void warn_blocks(dsc_context *ctx, const data_source *s, const dsc_table *t)
{
    const data_column *c = data_role_column(s, DATA_SESSION);
    if (!c || c->map || strcasecmp(c->name, "block") != 0) return;
    if (!data_role_column(s, DATA_TRIAL) || !trials_run_on(t)) return;
    dsc_note(
        ctx, DSC_WARNING,
        "%s: column \"%s\" is read as the session, so that models start anew where it changes, "
        "but the trial numbers run on from block to block. If the subjects just played on: "
        "--map session= ; if all began anew: --map session=%s",
        s->path, c->name, c->name);
}

// ---- columns ------------------------------------------------------------------------------------

static bool is_in_order(const dsc_table *t)
{
    for (size_t i = 0; i < t->n_trials; i++)
        if (t->row[i] != i) return false;
    return true;
}

static dsc_status set_column(dsc_table *t, const data_column *c, bool in_order)
{
    dsc_arena *arena = data_table_arena(t);
    dsc_column *column = &t->column[t->n_columns++];
    double *sorted = c->value;
    if (!in_order) {
        DSC_TRY(dsc_arena_alloc(arena, t->n_trials, sizeof *sorted, &sorted));
        for (size_t i = 0; i < t->n_trials; i++) sorted[i] = c->value[t->row[i]];
    }
    *column = (dsc_column){.value = sorted, .label = c->label, .n_labels = c->n_labels};
    DSC_TRY(dsc_arena_strdup(arena, c->becomes, &column->name));
    return dsc_arena_strdup(arena, c->name, &column->source);
}

static bool is_place(data_role role)
{
    return role == DATA_SUBJECT || role == DATA_SESSION || role == DATA_TRIAL;
}

static dsc_status set_columns(const data_source *s, dsc_table *t)
{
    const bool in_order = is_in_order(t);
    DSC_TRY(dsc_arena_alloc(s->arena, (size_t)s->n_columns, sizeof *t->column, &t->column));
    for (int c = 0; c < s->n_columns; c++)
        if (s->column[c].becomes && !is_place(s->column[c].role))
            DSC_TRY(set_column(t, &s->column[c], in_order));
    return DSC_OK;
}

// ---- the table ----------------------------------------------------------------------------------

static dsc_status fill_table(dsc_context *ctx, data_source *s, dsc_table *t)
{
    memcpy(t->hash, s->hash, sizeof t->hash);
    DSC_TRY(dsc_arena_strdup(s->arena, s->path, &t->path));
    DSC_TRY(data_apply_codes(ctx, s));
    DSC_TRY(data_code_choices(ctx, s));
    doubt_trials(ctx, s);
    DSC_TRY(set_sessions(ctx, s, t));
    warn_blocks(ctx, s, t);
    DSC_TRY(set_columns(s, t));
    if (!*s->hash) DSC_TRY(data_hash_columns(ctx, t));
    DSC_TRY(data_count_actions(ctx, t, s->n_actions));
    if (s->subjects && *s->subjects) DSC_TRY(data_keep_subjects(ctx, t, s->subjects));
    return data_find_outcomes(t);
}

dsc_status dsc_table_read(dsc_context *ctx, const char *path, const dsc_read_options *o,
                          dsc_table **table)
{
    data_bytes file = {0};
    dsc_table *made = NULL;
    DSC_TRY(data_table_begin(ctx, &made));
    data_source s = {.arena = data_table_arena(made), .path = path};
    s.missing = o ? o->missing : NULL;
    s.subjects = o ? o->subjects : NULL;
    s.n_actions = o ? o->n_actions : 0;
    s.audited = o && o->audited;
    dsc_status status = read_source(ctx, &file, o, &s);
    dsc_free(ctx, &file.bytes);
    dsc_free(ctx, &s.cells.bytes);
    if (status == DSC_OK) status = fill_table(ctx, &s, made);
    if (status != DSC_OK) dsc_table_destroy(ctx, &made);
    else *table = made;
    return status;
}
