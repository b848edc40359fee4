// SPDX-License-Identifier: Apache-2.0
// bids.c — behaviour as BIDS keeps it: sub-X[_ses-Y]_task-Z[_run-N]_beh.tsv (or _events.tsv), one
// file or all below a folder as one table. Subject and session come from the names where no column
// says them; the JSON file beside a table, or above it for all of a task, describes columns:
// "Levels" of the choices name the options, "Description" and "Units" are told. A folder of other
// CSV files with the same columns is one table too, each file a subject.
// https://bids-specification.readthedocs.io
#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/private.h"

enum { LONGEST_PATH = 4096, DEEPEST = 6, MOST_FILES = 100000 };

typedef struct bids_file {
    char *path, *subject, *session; // of its name; NULL: it does not say
    char *kind;                     // "task-Z_beh"
    data_source source;             // its columns and cells
} bids_file;

typedef struct bids_folder {
    dsc_context *ctx;
    data_source *s;
    data_bytes *only; // the bytes of a single file, which are there already; NULL: a folder
    bids_file *file;
    size_t n, room;
    bool other; // no BIDS names: any CSV
} bids_folder;

// ---- names --------------------------------------------------------------------------------------

static bool has_ending(const char *path, const char *const *endings)
{
    for (; *endings; endings++)
        if (data_ends_with(path, *endings)) return true;
    return false;
}

static bool is_bids_name(const char *path)
{
    static const char *const endings[] = {"_beh.tsv", "_events.tsv", "_beh.tsv.gz",
                                          "_events.tsv.gz", NULL};
    return has_ending(path, endings);
}

static bool is_other_name(const char *path)
{
    static const char *const endings[] = {".csv", ".tsv", ".csv.gz", ".tsv.gz", NULL};
    return has_ending(path, endings);
}

// The value of an entity in a name ("01" of "sub" in "sub-01_task-x_beh.tsv"); "" if it has none.
static void find_entity(const char *name, const char *entity, char out[128])
{
    const size_t n = strlen(entity);
    out[0] = 0;
    for (const char *at = name; at; at = strchr(at, '_'), at += at != NULL)
        if (strncmp(at, entity, n) == 0 && at[n] == '-') {
            const size_t length = strcspn(at + n + 1, "_.");
            snprintf(out, 128, "%.*s", (int)(length < 127 ? length : 127), at + n + 1);
        }
}

static dsc_status keep(dsc_arena *arena, const char *text, char **copy)
{
    return *text ? dsc_arena_strdup(arena, text, copy) : DSC_OK;
}

static dsc_status read_name(dsc_arena *arena, bids_file *f)
{
    char subject[128], session[128], run[128], task[128], text[300];
    const char *name = data_base_name(f->path), *last = strrchr(name, '_');
    find_entity(name, "sub", subject);
    find_entity(name, "ses", session);
    find_entity(name, "run", run);
    find_entity(name, "task", task);
    DSC_TRY(keep(arena, subject, &f->subject));
    snprintf(text, sizeof text, "%s%s%s%s", session, *session && *run ? "_" : "",
             *run ? "run-" : "", run);
    DSC_TRY(keep(arena, text, &f->session));
    snprintf(text, sizeof text, "%s%s%s%.*s", *task ? "task-" : "", task, *task ? "_" : "",
             last ? (int)strcspn(last + 1, ".") : 0, last ? last + 1 : "");
    return dsc_arena_strdup(arena, text, &f->kind);
}

// ---- the files below a folder -------------------------------------------------------------------

static dsc_status add_file(bids_folder *b, const char *path)
{
    DSC_REQUIRE(b->ctx, b->n < MOST_FILES, DSC_INPUT,
                "%s holds more than %d files of trials; name a folder below it, or join them",
                b->s->path, MOST_FILES);
    if (b->n == b->room) {
        const size_t more = 2 * b->room + 16;
        DSC_TRY(dsc_grow(b->ctx, b->room, more, sizeof *b->file, &b->file));
        b->room = more;
    }
    bids_file *f = &b->file[b->n];
    *f = (bids_file){0};
    DSC_TRY(dsc_arena_strdup(b->s->arena, path, &f->path));
    b->n++;
    return read_name(b->s->arena, f);
}

static bool is_skipped(const char *name)
{
    return name[0] == '.' || strcmp(name, "derivatives") == 0 || strcmp(name, "sourcedata") == 0;
}

static dsc_status find_files(bids_folder *b, const char *path, int depth)
{
    char inner[LONGEST_PATH];
    struct stat info;
    dsc_status status = DSC_OK;
    DIR *folder = opendir(path);
    DSC_REQUIRE(b->ctx, folder, DSC_INPUT, "%s: the folder \"%s\" cannot be read", b->s->path,
                path);
    for (struct dirent *e; status == DSC_OK && (e = readdir(folder));) {
        if (is_skipped(e->d_name)) continue;
        status = dsc_join_path(b->ctx, inner, sizeof inner, path, e->d_name);
        if (status != DSC_OK || stat(inner, &info) != 0) continue;
        if (S_ISDIR(info.st_mode) && !b->other && depth < DEEPEST)
            status = find_files(b, inner, depth + 1);
        else if (S_ISREG(info.st_mode) && (b->other ? is_other_name : is_bids_name)(e->d_name))
            status = add_file(b, inner);
    }
    closedir(folder);
    return status;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const bids_file *)a)->path, ((const bids_file *)b)->path);
}

// Keeps the files of the kind that is asked for; several kinds are several tables.
static dsc_status choose_kind(bids_folder *b)
{
    const char *part = b->s->part;
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        if (!part || strstr(b->file[i].kind, part)) b->file[n++] = b->file[i];
    DSC_REQUIRE(b->ctx, n > 0, DSC_INPUT, "%s: no file of the kind \"%s\"; there is \"%s\"",
                b->s->path, part, b->file[0].kind);
    b->n = n;
    for (size_t i = 1; i < n; i++)
        DSC_REQUIRE(b->ctx, strcmp(b->file[i].kind, b->file[0].kind) == 0, DSC_INPUT,
                    "%s holds several tables. Say which one: %s#%s, %s#%s%s", b->s->path,
                    b->s->file, b->file[0].kind, b->s->file, b->file[i].kind, n > 2 ? ", ..." : "");
    return DSC_OK;
}

// Files of no BIDS name are called after their subjects, up to what all names end with.
static dsc_status name_others(bids_folder *b)
{
    const char *first = data_base_name(b->file[0].path);
    size_t common = strcspn(first, ".");
    for (size_t i = 1; i < b->n; i++) {
        const char *name = data_base_name(b->file[i].path);
        const size_t n = strcspn(first, "."), m = strcspn(name, ".");
        size_t k = 0;
        while (k < n && k < m && first[n - 1 - k] == name[m - 1 - k]) k++;
        if (k < common) common = k;
    }
    const char *cut = memchr(first + strcspn(first, ".") - common, '_', common);
    const size_t ending = b->n > 1 && cut ? strcspn(cut, ".") : 0;
    for (size_t i = 0; i < b->n; i++) {
        const char *name = data_base_name(b->file[i].path);
        DSC_TRY(dsc_arena_strdup(b->s->arena, name, &b->file[i].subject));
        b->file[i].subject[strcspn(name, ".") - ending] = 0;
        b->file[i].session = NULL;
    }
    return DSC_OK;
}

static dsc_status find_all(bids_folder *b)
{
    DSC_TRY(find_files(b, b->s->file, 0));
    b->other = b->n == 0;
    if (b->other) DSC_TRY(find_files(b, b->s->file, 0));
    DSC_REQUIRE(b->ctx, b->n > 0, DSC_INPUT,
                "%s is a folder without tables; BIDS files (_beh.tsv, _events.tsv) below it or CSV "
                "files in it were expected",
                b->s->path);
    qsort(b->file, b->n, sizeof *b->file, by_path);
    return b->other ? name_others(b) : choose_kind(b);
}

// ---- one table of all ---------------------------------------------------------------------------

static dsc_status read_part(bids_folder *b, bids_file *f)
{
    data_bytes bytes = {0};
    f->source = (data_source){.arena = b->s->arena, .path = f->path, .file = f->path};
    if (b->only) return data_read_text(b->ctx, &f->source, b->only);
    DSC_TRY(dsc_read_file(b->ctx, f->path, &bytes.bytes, &bytes.n));
    dsc_hash_hex(bytes.bytes, bytes.n, f->source.hash);
    dsc_status status = data_unpack(b->ctx, f->path, &bytes);
    if (status == DSC_OK && bytes.packing != DATA_PLAIN)
        status = dsc_fail(b->ctx, DSC_INPUT, "%s is no text", f->path);
    if (status == DSC_OK) status = data_read_text(b->ctx, &f->source, &bytes);
    dsc_free(b->ctx, &bytes.bytes);
    return status;
}

static int find_column(const data_source *s, const char *name)
{
    for (int c = 0; c < s->n_columns; c++)
        if (strcmp(s->column[c].name, name) == 0) return c;
    return -1;
}

static void add_name(data_source *s, const char *name)
{
    union {
        const char *constant;
        char *text;
    } same = {.constant = name}; // columns' names are never written to
    s->column[s->n_columns++] = (data_column){.name = same.text, .role = DATA_NO_ROLE};
}

static bool has_role(const data_source *s, data_role role)
{
    for (int c = 0; c < s->n_columns; c++)
        if (data_is_usual_name(role, s->column[c].name)) return true;
    return false;
}

// The columns of all files, and those that the names of the files stand for.
static dsc_status join_columns(bids_folder *b, bool *subject, bool *session)
{
    data_source *s = b->s;
    size_t most = 2;
    for (size_t i = 0; i < b->n; i++) {
        most += (size_t)b->file[i].source.n_columns;
        s->n_rows += b->file[i].source.n_rows;
        *subject |= b->file[i].subject != NULL;
        *session |= b->file[i].session != NULL;
    }
    DSC_TRY(dsc_arena_alloc(s->arena, most, sizeof *s->column, &s->column));
    for (size_t i = 0; i < b->n; i++) {
        const data_source *part = &b->file[i].source;
        for (int c = 0; c < part->n_columns; c++) {
            const bool known = find_column(s, part->column[c].name) >= 0;
            DSC_REQUIRE(b->ctx, known || i == 0 || !b->other, DSC_INPUT,
                        "%s: \"%s\" has a column \"%s\" that \"%s\" lacks; name one file, or leave "
                        "in the folder only files of one table",
                        s->path, data_base_name(part->path), part->column[c].name,
                        data_base_name(b->file[0].path));
            if (!known || *part->column[c].name == 0) add_name(s, part->column[c].name);
        }
    }
    *subject = *subject && !has_role(s, DATA_SUBJECT);
    *session = *session && !has_role(s, DATA_SESSION);
    if (*subject) add_name(s, "subject");
    if (*session) add_name(s, "session");
    DSC_REQUIRE(b->ctx, s->n_columns <= DATA_MAX_COLUMNS, DSC_INPUT, "%s: more than %d columns",
                s->path, DATA_MAX_COLUMNS);
    return DSC_OK;
}

// Copies the rows of a file, cell by cell, to the columns of the whole.
static dsc_status join_rows(bids_folder *b, const bids_file *f, bool subject, bool session)
{
    const data_source *part = &f->source;
    const char *cell = part->cells.bytes, **row;
    int *place;
    const int own = b->s->n_columns - subject - session;
    DSC_TRY(dsc_arena_alloc(b->s->arena, (size_t)own, sizeof *place, &place));
    DSC_TRY(dsc_arena_alloc(b->s->arena, (size_t)part->n_columns, sizeof *row, &row));
    for (int c = 0; c < own; c++) place[c] = find_column(part, b->s->column[c].name);
    for (size_t i = 0; i < part->n_rows; i++) {
        for (int c = 0; c < part->n_columns; c++, cell += strlen(cell) + 1) row[c] = cell;
        for (int c = 0; c < own; c++)
            DSC_TRY(data_add_cell(b->ctx, b->s, place[c] < 0 ? "" : row[place[c]]));
        if (subject) DSC_TRY(data_add_cell(b->ctx, b->s, f->subject ? f->subject : "1"));
        if (session) DSC_TRY(data_add_cell(b->ctx, b->s, f->session ? f->session : "1"));
    }
    return DSC_OK;
}

// Lines are those of the files, whose names go with them.
static dsc_status join_places(bids_folder *b)
{
    size_t *line, row = 0;
    const char **file;
    DSC_TRY(dsc_arena_alloc(b->s->arena, b->s->n_rows, sizeof *line, &line));
    DSC_TRY(dsc_arena_alloc(b->s->arena, b->s->n_rows, sizeof *file, &file));
    for (size_t i = 0; i < b->n; i++)
        for (size_t k = 0; k < b->file[i].source.n_rows; k++, row++) {
            line[row] = b->file[i].source.line[k];
            file[row] = b->n > 1 ? data_base_name(b->file[i].path) : NULL;
        }
    b->s->line = line;
    b->s->row_file = file;
    return DSC_OK;
}

static dsc_status join_hashes(bids_folder *b)
{
    dsc_text all = {0};
    for (size_t i = 0; i < b->n; i++)
        dsc_text_add(b->ctx, &all, "%s %s\n", data_base_name(b->file[i].path),
                     b->file[i].source.hash);
    if (all.status == DSC_OK) dsc_hash_hex(all.s, all.length, b->s->hash);
    const dsc_status status = all.status;
    dsc_text_free(b->ctx, &all);
    return status;
}

static dsc_status join(bids_folder *b)
{
    bool subject = false, session = false;
    DSC_TRY(join_columns(b, &subject, &session));
    for (size_t i = 0; i < b->n; i++) DSC_TRY(join_rows(b, &b->file[i], subject, session));
    if (b->n > 1)
        dsc_note(b->ctx, DSC_NOTE, "%s: %zu files, from \"%s\" to \"%s\"", b->s->path, b->n,
                 data_base_name(b->file[0].path), data_base_name(b->file[b->n - 1].path));
    if (subject)
        dsc_note(b->ctx, DSC_NOTE, "%s: the subject%s the name%s of the file%s", b->s->path,
                 b->n > 1 ? "s are in" : " is in", b->n > 1 ? "s" : "", b->n > 1 ? "s" : "");
    return join_places(b);
}

// ---- the description ----------------------------------------------------------------------------

static const char *level_text(const json_t *value)
{
    return json_is_string(value) ? json_string_value(value)
                                 : json_string_value(json_object_get(value, "Description"));
}

static dsc_status take_levels(data_source *s, data_column *c, json_t *levels)
{
    json_t *value;
    const char *key;
    DSC_TRY(dsc_arena_alloc(s->arena, json_object_size(levels), sizeof *c->level, &c->level));
    json_object_foreach(levels, key, value)
    {
        data_level *level = &c->level[c->n_levels];
        if (!level_text(value) || !data_parse_number(key, &level->value)) continue;
        DSC_TRY(dsc_arena_strdup(s->arena, level_text(value), &level->label));
        c->n_levels++;
    }
    return DSC_OK;
}

static dsc_status take_description(bids_folder *b, json_t *root, const char *path)
{
    dsc_status status = DSC_OK;
    for (int i = 0; status == DSC_OK && i < b->s->n_columns; i++) {
        data_column *c = &b->s->column[i];
        json_t *entry = json_object_get(root, c->name);
        const char *text = json_string_value(json_object_get(entry, "Description"));
        const char *units = json_string_value(json_object_get(entry, "Units"));
        if (text || units)
            dsc_note(b->ctx, DSC_NOTE, "%s, column \"%s\": %s%s%s%s", data_base_name(path), c->name,
                     text ? text : "", units ? " (" : "", units ? units : "", units ? ")" : "");
        status = take_levels(b->s, c, json_object_get(entry, "Levels"));
    }
    return status;
}

static dsc_status read_description(bids_folder *b, const char *path)
{
    char *bytes;
    size_t n;
    json_error_t error;
    DSC_TRY(dsc_read_file(b->ctx, path, &bytes, &n));
    json_t *root = json_loadb(bytes, n, 0, &error);
    dsc_status status = DSC_OK;
    if (root) status = take_description(b, root, path);
    else
        dsc_note(b->ctx, DSC_WARNING,
                 "%s, line %d: no valid JSON, so that columns go undescribed: %s", path, error.line,
                 error.text);
    json_decref(root);
    dsc_free(b->ctx, &bytes);
    return status;
}

// Beside the table under its name, else for all of its kind there or in a folder above.
static dsc_status describe(bids_folder *b)
{
    char path[LONGEST_PATH], beside[LONGEST_PATH];
    const bids_file *f = &b->file[0];
    const char *base = data_base_name(f->path);
    const int folder = (int)(base - f->path);
    const int plain = (int)strcspn(base, "."), length = folder + plain;
    snprintf(path, sizeof path, "%.*s.json", length, f->path);
    if (dsc_exists(path)) return read_description(b, path);
    snprintf(beside, sizeof beside, "%.*s", folder, f->path);
    for (int up = 0; up < DEEPEST; up++) {
        const int n = snprintf(path, sizeof path, "%s%s.json", beside, f->kind);
        if (n >= (int)sizeof path) return DSC_OK;
        if (dsc_exists(path)) return read_description(b, path);
        if (strlen(beside) + 4 > sizeof beside) return DSC_OK;
        strcat(beside, "../");
    }
    return DSC_OK;
}

// ---- reading ------------------------------------------------------------------------------------

static dsc_status read_files(bids_folder *b)
{
    dsc_status status = DSC_OK;
    for (size_t i = 0; status == DSC_OK && i < b->n; i++) status = read_part(b, &b->file[i]);
    if (status == DSC_OK) status = join(b);
    if (status == DSC_OK && !*b->s->hash) status = join_hashes(b);
    if (status == DSC_OK && !b->other) status = describe(b);
    for (size_t i = 0; i < b->n; i++) dsc_free(b->ctx, &b->file[i].source.cells.bytes);
    return status;
}

bool data_is_bids(const data_source *s)
{
    return is_bids_name(s->file);
}

dsc_status data_read_bids(dsc_context *ctx, data_source *s, data_bytes *file)
{
    bids_folder b = {.ctx = ctx, .s = s, .only = file->folder ? NULL : file};
    dsc_status status = file->folder ? find_all(&b) : add_file(&b, s->file);
    if (status == DSC_OK) status = read_files(&b);
    dsc_free(ctx, &b.file);
    return status;
}
