// SPDX-License-Identifier: Apache-2.0
// json.c — JSON (jansson) to cells: a list of records [{"choice": 0, ...}, ...], one record a line
// (JSON Lines), an object of columns {"choice": [0, ...], ...}, also as pandas writes one
// ({"choice": {"0": 0, ...}, ...}), or an object that holds a list of records under a name.
// Numbers, true and false (1, 0), texts and null are cells; single values beside the table hold for
// all its trials; fields of lists or objects are named in a note and not read.
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "data/private.h"

typedef struct json_column {
    const char *name;
    json_t *values; // the list, or the value of every row; NULL: a field of the records
    bool constant, nested, any_text, any_other;
} json_column;

typedef struct json_reader {
    dsc_context *ctx;
    data_source *s;
    json_t *records; // a list; NULL: columns
    size_t n_rows;
    json_column *column;
    size_t n_columns, capacity;
    data_dictionary names;
} json_reader;

static dsc_status fail_memory(dsc_context *ctx)
{
    return dsc_fail(ctx, DSC_MEMORY, "out of memory");
}

// ---- parsing ------------------------------------------------------------------------------------

// Python writes NaN and Infinity, which are no JSON: they become texts of the same length.
static void replace_specials(char *text, size_t n)
{
    static const struct {
        const char *from, *to;
    } specials[] = {{"-Infinity", "\"-inf\"   "}, {"Infinity", "\"inf\"   "}, {"NaN", "\"\" "}};
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (quoted && text[i] == '\\') i++;
        else if (text[i] == '"') quoted = !quoted;
        for (size_t k = 0; !quoted && i < n && k < sizeof specials / sizeof *specials; k++) {
            const size_t length = strlen(specials[k].from);
            if (n - i < length || memcmp(text + i, specials[k].from, length) != 0) continue;
            memcpy(text + i, specials[k].to, length);
            i += length - 1;
        }
    }
}

static size_t count_lines(const char *text, size_t n)
{
    size_t lines = 0;
    for (size_t i = 0; i < n; i++) lines += text[i] == '\n';
    return lines;
}

typedef struct json_text {
    const char *at, *end;
    size_t line;   // of `at`
    size_t *lines; // [n] where the values of JSON Lines start
    size_t n, room;
} json_text;

static void skip_blanks(json_text *t)
{
    for (; t->at < t->end && *t->at && strchr(" \t\r\n", *t->at); t->at++)
        t->line += *t->at == '\n';
}

static dsc_status parse_value(json_reader *r, json_text *t, json_t **value)
{
    json_error_t error;
    const size_t left = (size_t)(t->end - t->at);
    json_t *made = json_loadb(t->at, left, JSON_DISABLE_EOF_CHECK, &error);
    if (!made && !*error.text) return fail_memory(r->ctx); // a fault of the text is always told
    DSC_REQUIRE(r->ctx, made, DSC_INPUT, "%s, line %zu, column %d: no valid JSON: %s", r->s->path,
                t->line + (size_t)(error.line > 0 ? error.line - 1 : 0), error.column, error.text);
    const size_t used =
        error.position > 0 && (size_t)error.position <= left ? (size_t)error.position : left;
    t->line += count_lines(t->at, used);
    t->at += used;
    *value = made;
    return DSC_OK;
}

static dsc_status note_line(json_reader *r, json_text *t)
{
    if (t->n == t->room) {
        const size_t more = 2 * t->room + 256;
        DSC_TRY(dsc_grow(r->ctx, t->room, more, sizeof *t->lines, &t->lines));
        t->room = more;
    }
    t->lines[t->n++] = t->line;
    return DSC_OK;
}

// All values of the text as one list.
static dsc_status parse_values(json_reader *r, json_text *t, json_t *list)
{
    for (skip_blanks(t); t->at < t->end; skip_blanks(t)) {
        json_t *value = NULL;
        DSC_TRY(note_line(r, t));
        DSC_TRY(parse_value(r, t, &value));
        if (json_array_append_new(list, value) != 0) return fail_memory(r->ctx);
    }
    DSC_REQUIRE(r->ctx, json_array_size(list) > 0, DSC_INPUT,
                "%s is empty; a table of trials was expected", r->s->path);
    return DSC_OK;
}

static dsc_status keep_lines(json_reader *r, const json_text *t)
{
    size_t *lines;
    DSC_TRY(dsc_arena_alloc(r->s->arena, t->n, sizeof *lines, &lines));
    memcpy(lines, t->lines, t->n * sizeof *lines);
    r->s->line = lines;
    return DSC_OK;
}

// Several values are JSON Lines, a list of records; *root is the caller's also after a failure.
static dsc_status parse(json_reader *r, data_bytes *file, json_t **root)
{
    json_text t = {.at = file->bytes, .end = file->bytes + file->n, .line = 1};
    json_t *list = *root = json_array();
    if (!list) return fail_memory(r->ctx);
    replace_specials(file->bytes, file->n);
    dsc_status status = parse_values(r, &t, list);
    if (status == DSC_OK && json_array_size(list) == 1) {
        *root = json_incref(json_array_get(list, 0));
        json_decref(list);
    } else if (status == DSC_OK) {
        status = keep_lines(r, &t);
    }
    dsc_free(r->ctx, &t.lines);
    return status;
}

dsc_status data_parse_json(dsc_context *ctx, data_source *s, data_bytes *file, json_t **root)
{
    json_reader r = {.ctx = ctx, .s = s};
    DSC_TRY(data_make_utf8(ctx, s->path, file));
    return parse(&r, file, root);
}

// ---- columns ------------------------------------------------------------------------------------

static bool is_nested(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

// The column of that name, made where there is none yet.
static dsc_status find_column(json_reader *r, const char *name, json_column **column)
{
    int number = 0;
    DSC_TRY(data_dictionary_number(r->ctx, &r->names, name, &number));
    if ((size_t)number == r->n_columns) {
        DSC_REQUIRE(r->ctx, number < DATA_MAX_COLUMNS, DSC_INPUT,
                    "%s: more than %d fields; is this a table of trials?", r->s->path,
                    DATA_MAX_COLUMNS);
        if (r->n_columns == r->capacity) {
            const size_t more = 2 * r->capacity + 16;
            DSC_TRY(dsc_grow(r->ctx, r->capacity, more, sizeof *r->column, &r->column));
            r->capacity = more;
        }
        r->column[r->n_columns++] = (json_column){.name = name};
    }
    *column = &r->column[number];
    return DSC_OK;
}

// Texts that mean a number or nothing do not make a column one of texts.
static void look_at(json_column *c, const json_t *value)
{
    double number;
    c->nested |= is_nested(value);
    const char *text = json_string_value(value);
    const bool special = text && (data_is_missing(text, NULL) ||
                                  (dsc_parse_number(text, &number) && !isfinite(number)));
    if (text && !special) c->any_text = true;
    if (!text && !json_is_null(value)) c->any_other = true;
}

static dsc_status take_records(json_reader *r, json_t *records)
{
    json_t *record, *value;
    const char *key;
    size_t row;
    r->records = records;
    r->n_rows = json_array_size(records);
    json_array_foreach(records, row, record)
    {
        DSC_REQUIRE(r->ctx, json_is_object(record), DSC_INPUT,
                    "%s, %s: no object; every record must name its fields, e.g. {\"choice\": 0, "
                    "\"reward\": 1}",
                    r->s->path, data_where(r->s, row, (char[64]){0}));
        json_object_foreach(record, key, value)
        {
            json_column *c;
            DSC_TRY(find_column(r, key, &c));
            look_at(c, value);
        }
    }
    return DSC_OK;
}

static dsc_status take_constants(json_reader *r, json_t *object)
{
    json_t *value;
    const char *key;
    json_object_foreach(object, key, value)
    {
        const size_t before = r->n_columns;
        json_column *c;
        if (is_nested(value)) continue;
        DSC_TRY(find_column(r, key, &c));
        if (r->n_columns == before) continue; // the records say it themselves
        c->values = value;
        c->constant = true;
        look_at(c, value);
    }
    return DSC_OK;
}

static dsc_status take_column(json_reader *r, const char *name, json_t *values)
{
    json_column *c;
    json_t *value;
    size_t i;
    DSC_TRY(find_column(r, name, &c));
    c->values = values;
    json_array_foreach(values, i, value) look_at(c, value);
    if (c->nested) return DSC_OK;
    DSC_REQUIRE(r->ctx, r->n_rows == 0 || json_array_size(values) == r->n_rows, DSC_INPUT,
                "%s, \"%s\": %zu values where other columns have %zu; columns have one value for "
                "every trial",
                r->s->path, name, json_array_size(values), r->n_rows);
    r->n_rows = json_array_size(values);
    return DSC_OK;
}

static dsc_status take_columns(json_reader *r, json_t *object)
{
    json_t *value;
    const char *key;
    json_object_foreach(object, key, value)
    {
        if (json_is_array(value)) DSC_TRY(take_column(r, key, value));
    }
    return take_constants(r, object);
}

// {"choice": {"0": 0, "1": 1}, ...} to lists, in place.
static dsc_status list_columns(json_reader *r, json_t *object)
{
    json_t *member, *value;
    const char *key, *index;
    json_object_foreach(object, key, member)
    {
        json_t *list = json_array();
        json_object_foreach(member, index, value) json_array_append(list, value);
        const bool all = list && json_array_size(list) == json_object_size(member);
        if (!all) json_decref(list);
        if (!all || json_object_set_new(object, key, list) != 0) return fail_memory(r->ctx);
    }
    return DSC_OK;
}

// ---- which part of the file ---------------------------------------------------------------------

static bool is_list_of_records(const json_t *value)
{
    return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

static bool is_indexed(json_t *object)
{
    json_t *member;
    const char *key;
    json_object_foreach(object, key, member)
    {
        const json_t *first = json_object_get(member, "0");
        if (!first || is_nested(first)) return false;
    }
    return json_object_size(object) > 0;
}

static dsc_status list_members(json_reader *r, json_t *object, bool tables, dsc_text *out)
{
    json_t *member;
    const char *key;
    json_object_foreach(object, key, member)
    {
        if (tables && !is_list_of_records(member)) continue;
        dsc_text_add(r->ctx, out, "%s\"%s\"", out->length ? ", " : "", key);
    }
    if (!out->length)
        dsc_text_add(r->ctx, out, json_is_object(object) ? "nothing" : "a single value");
    return out->status;
}

static dsc_status fail_no_table(json_reader *r, json_t *root)
{
    dsc_text have = {0};
    dsc_status status = list_members(r, root, false, &have);
    if (status == DSC_OK)
        status = dsc_fail(r->ctx, DSC_INPUT,
                          "%s: no table of trials: a list of records, or an object of columns, was "
                          "expected. It holds %s%s",
                          r->s->path, have.s,
                          json_is_object(root) ? "; name the part that does: FILE#NAME" : "");
    dsc_text_free(r->ctx, &have);
    return status;
}

static dsc_status fail_several(json_reader *r, json_t *root)
{
    dsc_text have = {0};
    dsc_status status = list_members(r, root, true, &have);
    if (status == DSC_OK)
        status = dsc_fail(r->ctx, DSC_INPUT, "%s holds several tables: %s. Say which one: %s#NAME",
                          r->s->path, have.s, r->s->file);
    dsc_text_free(r->ctx, &have);
    return status;
}

// The member called by s->part ("trials" or, within, "task.trials").
static dsc_status find_part(json_reader *r, json_t **value)
{
    const char *at = r->s->part;
    char key[256];
    while (at && *at) {
        const size_t n = json_object_get(*value, at) ? strlen(at) : strcspn(at, ".");
        snprintf(key, sizeof key, "%.*s", (int)(n < sizeof key ? n : sizeof key - 1), at);
        json_t *member = json_object_get(*value, key);
        DSC_REQUIRE(r->ctx, member, DSC_INPUT, "%s: there is no \"%s\" in the file", r->s->path,
                    key);
        *value = member;
        at += n + (at[n] == '.');
    }
    return DSC_OK;
}

static dsc_status take_object(json_reader *r, json_t *object)
{
    json_t *member, *table = NULL;
    const char *key;
    int n_lists = 0, n_tables = 0;
    json_object_foreach(object, key, member)
    {
        n_lists += json_is_array(member) && !is_list_of_records(member);
        n_tables += is_list_of_records(member);
        if (is_list_of_records(member)) table = member;
    }
    if (n_tables > 1) return fail_several(r, object);
    if (n_tables == 1) {
        DSC_TRY(take_records(r, table));
        return take_constants(r, object);
    }
    if (n_lists == 0 && is_indexed(object)) {
        DSC_TRY(list_columns(r, object));
        n_lists = 1;
    }
    return n_lists > 0 ? take_columns(r, object) : fail_no_table(r, object);
}

// ---- cells --------------------------------------------------------------------------------------

static const json_t *value_at(const json_reader *r, const json_column *c, size_t row)
{
    if (c->constant) return c->values;
    if (c->values) return json_array_get(c->values, row);
    return json_object_get(json_array_get(r->records, row), c->name);
}

static dsc_status add_value(json_reader *r, const json_t *value)
{
    char whole[32];
    if (json_is_real(value)) return data_add_number(r->ctx, r->s, json_real_value(value));
    snprintf(whole, sizeof whole, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    const char *text = json_is_string(value)    ? json_string_value(value)
                       : json_is_integer(value) ? whole
                       : json_is_true(value)    ? "1"
                       : json_is_false(value)   ? "0"
                                                : "";
    return data_add_cell(r->ctx, r->s, text);
}

static dsc_status tell_nested(json_reader *r)
{
    dsc_text names = {0};
    for (size_t c = 0; c < r->n_columns; c++)
        if (r->column[c].nested)
            dsc_text_add(r->ctx, &names, "%s\"%s\"", names.length ? ", " : "", r->column[c].name);
    const dsc_status status = names.status;
    if (status == DSC_OK && names.s)
        dsc_note(r->ctx, DSC_NOTE, "%s: not read, since they hold lists or objects: %s", r->s->path,
                 names.s);
    dsc_text_free(r->ctx, &names);
    return status;
}

static dsc_status name_columns(json_reader *r)
{
    data_source *s = r->s;
    DSC_TRY(tell_nested(r));
    DSC_TRY(dsc_arena_alloc(s->arena, r->n_columns, sizeof *s->column, &s->column));
    size_t n = 0;
    for (size_t i = 0; i < r->n_columns; i++) {
        const json_column *c = &r->column[i];
        if (c->nested) continue;
        s->column[n] = (data_column){.role = DATA_NO_ROLE, .texts = c->any_text && !c->any_other};
        DSC_TRY(dsc_arena_strdup(s->arena, c->name, &s->column[n].name));
        r->column[n++] = *c;
    }
    r->n_columns = n;
    s->n_columns = (int)n;
    s->n_rows = r->n_rows;
    DSC_REQUIRE(r->ctx, n > 0 && r->n_rows > 0, DSC_INPUT, "%s holds no trials", s->path);
    return DSC_OK;
}

static dsc_status take_cells(json_reader *r)
{
    for (size_t row = 0; row < r->n_rows; row++)
        for (size_t c = 0; c < r->n_columns; c++)
            DSC_TRY(add_value(r, value_at(r, &r->column[c], row)));
    return DSC_OK;
}

static dsc_status take_root(json_reader *r, json_t *root)
{
    DSC_TRY(find_part(r, &root));
    if (json_is_array(root)) DSC_TRY(take_records(r, root));
    else DSC_TRY(json_is_object(root) ? take_object(r, root) : fail_no_table(r, root));
    DSC_TRY(name_columns(r));
    return take_cells(r);
}

dsc_status data_read_json(dsc_context *ctx, data_source *s, data_bytes *file)
{
    json_reader r = {.ctx = ctx, .s = s};
    json_t *root = NULL;
    s->unit = "record";
    dsc_status status = data_parse_json(ctx, s, file, &root);
    if (status == DSC_OK) status = take_root(&r, root);
    json_decref(root);
    dsc_free(ctx, &r.column);
    data_dictionary_free(ctx, &r.names);
    return status;
}
