// SPDX-License-Identifier: Apache-2.0
// cells.c — CSV and TSV (libcsv) into text cells: names from the first line, then row by row.
// Blank lines and lines of empty cells are skipped; every other line has as many cells as the
// first.
#include <csv.h>
#include <string.h>

#include "data/private.h"

typedef struct cell_reader {
    dsc_context *ctx;
    data_source *s;
    dsc_status status;
    size_t *lines; // of the rows
    size_t line, row_start, capacity;
    int n_cells;
    bool filled, after_return;
} cell_reader;

static void fail_line(cell_reader *r, const char *what)
{
    r->status = dsc_fail(r->ctx, DSC_INPUT, "%s, line %zu: %s", r->s->path, r->line, what);
}

static size_t count_newlines(const char *cell, size_t n)
{
    size_t count = 0;
    for (const char *p = cell; (p = memchr(p, '\n', n - (size_t)(p - cell))); p++) count++;
    return count;
}

static void take_cell(void *cell, size_t n, void *user)
{
    cell_reader *r = user;
    if (r->status != DSC_OK) return;
    if (memchr(cell, 0, n)) {
        fail_line(r, "a zero byte, so this is no CSV text; export the table as CSV (UTF-8)");
        return;
    }
    char *to = r->s->cells.bytes + r->s->cells.used;
    memcpy(to, cell, n);
    to[n] = 0;
    r->s->cells.used += n + 1;
    r->line += count_newlines(cell, n);
    r->n_cells++;
    r->filled |= n > 0;
}

// Quoted names may hold blanks at their ends.
static dsc_status add_name(cell_reader *r, char *name, data_column *c)
{
    name += strspn(name, " \t\r\n");
    size_t n = strlen(name);
    while (n > 0 && strchr(" \t\r\n", name[n - 1])) n--;
    name[n] = 0;
    *c = (data_column){.role = DATA_NO_ROLE};
    return dsc_arena_strdup(r->s->arena, name, &c->name);
}

static void take_header(cell_reader *r)
{
    data_source *s = r->s;
    char *name = r->s->cells.bytes;
    if (r->n_cells > DATA_MAX_COLUMNS) {
        fail_line(r, "more than 10000 columns; is this a table of trials?");
        return;
    }
    r->status = dsc_arena_alloc(s->arena, (size_t)r->n_cells, sizeof *s->column, &s->column);
    for (int c = 0; r->status == DSC_OK && c < r->n_cells; c++) {
        char *next = name + strlen(name) + 1;
        r->status = add_name(r, name, &s->column[c]);
        name = next;
    }
    s->n_columns = r->n_cells;
    r->s->cells.used = 0;
}

static void take_row(cell_reader *r)
{
    data_source *s = r->s;
    if (r->n_cells != s->n_columns) {
        r->status =
            dsc_fail(r->ctx, DSC_INPUT,
                     "%s, line %zu: %d cells, but the first line names %d columns; correct the "
                     "line (a cell with a separator in it needs quotes)",
                     s->path, r->line, r->n_cells, s->n_columns);
        return;
    }
    if (s->n_rows == r->capacity) {
        const size_t more = r->capacity * 2 + 1024;
        r->status = dsc_grow(r->ctx, r->capacity, more, sizeof *r->lines, &r->lines);
        if (r->status != DSC_OK) return;
        r->capacity = more;
    }
    r->lines[s->n_rows++] = r->line;
}

static void end_row(cell_reader *r)
{
    if (r->n_cells > 0 && !r->filled) r->s->cells.used = r->row_start;
    if (r->filled && !r->s->column) take_header(r);
    else if (r->filled) take_row(r);
    r->row_start = r->s->cells.used;
    r->n_cells = 0;
    r->filled = false;
}

// Called for every line end; a return with a newline after it is one end. -1: the end of the file.
static void take_end(int end, void *user)
{
    cell_reader *r = user;
    if (r->status != DSC_OK) return;
    end_row(r);
    const bool second = end == '\n' && r->after_return;
    r->after_return = end == '\r';
    if (!second) r->line++;
}

// ---- the separator ------------------------------------------------------------------------------

static int count_outside_quotes(const char *text, size_t n, char separator)
{
    int count = 0;
    bool quoted = false;
    for (size_t i = 0; i < n && (quoted || (text[i] != '\n' && text[i] != '\r')); i++) {
        if (text[i] == '"') quoted = !quoted;
        count += !quoted && text[i] == separator;
    }
    return count;
}

// The separator that the first line holds most of; a tab wherever the name says so.
static unsigned char find_separator(const data_bytes *file)
{
    static const char candidates[] = ",;\t";
    if (file->tabs) return '\t';
    char best = ',';
    int most = 0;
    for (const char *c = candidates; *c; c++) {
        const int count = count_outside_quotes(file->bytes, file->n, *c);
        if (count > most) best = *c;
        if (count > most) most = count;
    }
    return (unsigned char)best;
}

// ---- the file -----------------------------------------------------------------------------------

static dsc_status parse(cell_reader *r, const data_bytes *file)
{
    struct csv_parser p;
    DSC_REQUIRE(r->ctx, csv_init(&p, CSV_REPALL_NL) == 0, DSC_MEMORY, "out of memory");
    csv_set_delim(&p, find_separator(file));
    csv_set_blk_size(&p, 4096);
    const bool all = csv_parse(&p, file->bytes, file->n, take_cell, take_end, r) == file->n;
    // Only a strict parser says whether the last quote was closed.
    csv_set_opts(&p, CSV_REPALL_NL | CSV_STRICT | CSV_STRICT_FINI);
    const bool closed = all && csv_fini(&p, take_cell, take_end, r) == 0;
    csv_free(&p);
    if (r->status != DSC_OK) return r->status;
    DSC_REQUIRE(r->ctx, all, DSC_MEMORY, "out of memory: a cell of %s is too long", r->s->path);
    if (!closed)
        fail_line(r, "a quoted cell that starts here is never closed; add the closing quote");
    return r->status;
}

static bool all_numbers(const data_source *s)
{
    double number;
    for (int c = 0; c < s->n_columns; c++)
        if (!data_parse_number(s->column[c].name, &number)) return false;
    return true;
}

static dsc_status check_shape(dsc_context *ctx, const data_source *s)
{
    DSC_REQUIRE(ctx, s->n_columns > 0, DSC_INPUT, "%s is empty; a table of trials was expected",
                s->path);
    DSC_REQUIRE(ctx, !all_numbers(s), DSC_INPUT,
                "%s, line 1: only numbers; the first line must name the columns, e.g. "
                "subject,session,trial,choice,reward",
                s->path);
    DSC_REQUIRE(ctx, s->n_rows > 0, DSC_INPUT, "%s names columns but holds no trials", s->path);
    return DSC_OK;
}

static dsc_status keep_lines(const cell_reader *r)
{
    size_t *lines;
    DSC_TRY(dsc_arena_alloc(r->s->arena, r->s->n_rows, sizeof *lines, &lines));
    if (r->s->n_rows > 0) memcpy(lines, r->lines, r->s->n_rows * sizeof *lines);
    r->s->line = lines;
    return DSC_OK;
}

dsc_status data_read_text(dsc_context *ctx, data_source *s, data_bytes *file)
{
    DSC_TRY(data_make_utf8(ctx, s->path, file));
    cell_reader r = {.ctx = ctx, .s = s, .line = 1};
    // A cell takes as many bytes of the file as here, its separator being the 0; the last has none.
    DSC_TRY(dsc_alloc(ctx, file->n + 2, 1, &s->cells.bytes));
    s->cells.capacity = file->n + 2;
    dsc_status status = parse(&r, file);
    if (status == DSC_OK) status = check_shape(ctx, s);
    if (status == DSC_OK) status = keep_lines(&r);
    dsc_free(ctx, &r.lines);
    return status;
}
