// SPDX-License-Identifier: Apache-2.0
// columns.c — making columns; text cells into columns: numbers where every cell is one, otherwise
// numbered texts.
#include <math.h>
#include <string.h>

#include "data/private.h"

// What a column turned out to be while its cells were read.
typedef enum column_way { AS_NUMBER, AS_TEXT, DONE } column_way;
typedef struct column_state {
    column_way way;
    bool any_number;
    const char *first; // the first cell that is no number
    size_t first_row;
    data_dictionary words; // of a text column
} column_state;

dsc_status data_make_column(data_source *s, const char *name, size_t n_rows, data_column *c)
{
    c->role = DATA_NO_ROLE; // found by the name, later
    if (name) DSC_TRY(dsc_arena_strdup(s->arena, name, &c->name));
    return dsc_arena_alloc(s->arena, n_rows, sizeof *c->value, &c->value);
}

dsc_status data_make_columns(data_source *s, int n, const char *const *names, size_t n_rows)
{
    s->n_columns = n;
    DSC_TRY(dsc_arena_alloc(s->arena, (size_t)n, sizeof *s->column, &s->column));
    for (int c = 0; c < n; c++) DSC_TRY(data_make_column(s, names[c], n_rows, &s->column[c]));
    return DSC_OK;
}

dsc_status data_add_cell(dsc_context *ctx, data_source *s, const char *text)
{
    data_cells *c = &s->cells;
    const size_t n = strlen(text) + 1;
    if (c->used + n > c->capacity) {
        const size_t more = 2 * c->capacity + n + 4096;
        DSC_TRY(dsc_grow(ctx, c->capacity, more, 1, &c->bytes));
        c->capacity = more;
    }
    memcpy(c->bytes + c->used, text, n);
    c->used += n;
    return DSC_OK;
}

dsc_status data_add_number(dsc_context *ctx, data_source *s, double value)
{
    char text[32] = "";
    if (!isnan(value)) dsc_format_number(value, text);
    return data_add_cell(ctx, s, text);
}

typedef struct conversion {
    dsc_context *ctx;
    data_source *s;
    column_state *state;
} conversion;

static bool must_be_number(const data_column *c)
{
    return c->role == DATA_TRIAL || c->role == DATA_REWARD || c->role == DATA_PREV_REWARD;
}

// Who and when are names, even if they look like numbers; so is what a map gives codes to.
static bool is_always_text(const data_column *c)
{
    const bool name = c->role == DATA_SUBJECT || c->role == DATA_SESSION;
    return name || (c->map && c->map->n_codes > 0) || (c->texts && !must_be_number(c));
}

static bool is_choice(const data_column *c)
{
    return c->role == DATA_CHOICE || c->role == DATA_PREV_CHOICE;
}

static dsc_status take_number(conversion *k, int c, size_t row, const char *cell)
{
    column_state *state = &k->state[c];
    double *value = &k->s->column[c].value[row];
    *value = NAN;
    if (data_is_missing(cell, k->s->missing)) return DSC_OK;
    if (data_parse_number(cell, value)) {
        state->any_number = true;
        return DSC_OK;
    }
    *value = NAN;
    if (!state->first) {
        state->first = cell;
        state->first_row = row;
    }
    return DSC_OK;
}

static dsc_status take_text(conversion *k, int c, size_t row, const char *cell)
{
    int number = 0;
    double *value = &k->s->column[c].value[row];
    *value = NAN;
    if (data_is_missing(cell, k->s->missing)) return DSC_OK;
    DSC_TRY(data_dictionary_number(k->ctx, &k->state[c].words, cell, &number));
    *value = number;
    return DSC_OK;
}

// Hands every cell of the columns that are not done to what takes it.
static dsc_status walk(conversion *k)
{
    static dsc_status (*const take[])(conversion *, int, size_t, const char *) = {
        [AS_NUMBER] = take_number, [AS_TEXT] = take_text};
    const char *cell = k->s->cells.bytes;
    for (size_t row = 0; row < k->s->n_rows; row++)
        for (int c = 0; c < k->s->n_columns; c++) {
            const size_t length = strlen(cell);
            const column_way way = k->state[c].way;
            if (way != DONE) DSC_TRY(take[way](k, c, row, cell));
            cell += length + 1;
        }
    return DSC_OK;
}

static const char decimal_comma[] =
    "It has a decimal comma: write numbers with a point, as in 0.5, in the whole file";

static dsc_status fail_text(const conversion *k, int c, const char *remedy)
{
    const data_column *column = &k->s->column[c];
    const char *name = column->becomes, *cell = k->state[c].first;
    char advice[512] = "", item[128];
    data_as_item(cell, item, sizeof item);
    if (data_has_decimal_comma(cell)) remedy = decimal_comma;
    snprintf(advice, sizeof advice, remedy, name, column->name, item, item);
    return dsc_fail(k->ctx, DSC_INPUT, "%s, %s, column \"%s\": \"%.60s\" is not a number. %s",
                    k->s->path, data_where(k->s, k->state[c].first_row, (char[64]){0}),
                    column->name, cell, advice);
}

// A choice may be text throughout; text among numbers is an error, as is any text elsewhere.
static dsc_status judge(conversion *k, int c)
{
    column_state *state = &k->state[c];
    const data_column *column = &k->s->column[c];
    state->way = DONE;
    if (!state->first) return DSC_OK;
    if (is_choice(column) && state->any_number)
        return fail_text(k, c,
                         "If it names an option, say so: --map %s=%s:%s=0,...; if it means no "
                         "choice: --missing %s");
    if (column->role == DATA_TRIAL)
        return fail_text(
            k, c,
            "If the column does not number the trials, leave it out: --map %s=; if not "
            "\"%s\", name the one that does: --map trial=COLUMN");
    if (must_be_number(column))
        return fail_text(k, c,
                         "Give it a value: --map %s=%s:%s=0,...; or say that it means missing: "
                         "--missing %s");
    if (data_has_decimal_comma(state->first))
        dsc_note(k->ctx, DSC_WARNING, "%s, %s, column \"%s\": \"%.60s\" is read as a text. %s",
                 k->s->path, data_where(k->s, state->first_row, (char[64]){0}), column->name,
                 state->first, decimal_comma);
    state->way = AS_TEXT;
    return DSC_OK;
}

static dsc_status start_column(conversion *k, int c)
{
    data_column *column = &k->s->column[c];
    k->state[c].way = !column->becomes ? DONE : is_always_text(column) ? AS_TEXT : AS_NUMBER;
    if (!column->becomes) return DSC_OK;
    return dsc_arena_alloc(k->s->arena, k->s->n_rows, sizeof *column->value, &column->value);
}

static dsc_status finish_column(conversion *k, int c)
{
    data_column *column = &k->s->column[c];
    if (!column->becomes || !(is_always_text(column) || k->state[c].first)) return DSC_OK;
    column->n_labels = (int)k->state[c].words.n;
    return data_dictionary_labels(&k->state[c].words, k->s->arena, &column->label);
}

// Columns that met a text while they were read as numbers are read once more.
static dsc_status convert(conversion *k)
{
    const int n = k->s->n_columns;
    bool again = false;
    for (int c = 0; c < n; c++) DSC_TRY(start_column(k, c));
    DSC_TRY(walk(k));
    for (int c = 0; c < n; c++) {
        DSC_TRY(judge(k, c));
        again |= k->state[c].way == AS_TEXT;
    }
    if (again) DSC_TRY(walk(k));
    for (int c = 0; c < n; c++) DSC_TRY(finish_column(k, c));
    return DSC_OK;
}

dsc_status data_convert_cells(dsc_context *ctx, data_source *s)
{
    conversion k = {.ctx = ctx, .s = s};
    DSC_TRY(dsc_alloc(ctx, (size_t)s->n_columns, sizeof *k.state, &k.state));
    const dsc_status status = convert(&k);
    for (int c = 0; c < s->n_columns; c++) data_dictionary_free(ctx, &k.state[c].words);
    dsc_free(ctx, &k.state);
    return status;
}
