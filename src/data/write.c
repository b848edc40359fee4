// SPDX-License-Identifier: Apache-2.0
// write.c — a trial table as CSV or TSV, in the order of the input: subject, session, trial, then
// the columns. What was read comes back: texts are written where reading would give them the same
// codes.
#include <csv.h>
#include <math.h>
#include <string.h>

#include "data/private.h"

bool data_keeps_labels(const dsc_column *c)
{
    const bool choice = strcmp(c->name, "choice") == 0;
    for (int i = 1; choice && i < c->n_labels; i++)
        if (strcmp(c->label[i - 1], c->label[i]) >= 0) return false;
    return c->label != NULL;
}

dsc_status data_input_order(dsc_context *ctx, const dsc_table *t, size_t **order, int **session)
{
    size_t *place = NULL, most = t->n_trials, n = 0;
    int *owner = NULL;
    for (size_t i = 0; i < t->n_trials; i++) // of a file from which subjects were left out
        if (t->row[i] >= most) most = t->row[i] + 1;
    dsc_status status = dsc_alloc(ctx, most, sizeof *place, &place);
    if (status == DSC_OK) status = dsc_alloc(ctx, most, sizeof *owner, &owner);
    if (status != DSC_OK) {
        dsc_free(ctx, &place);
        return status;
    }
    for (size_t i = 0; i < most; i++) owner[i] = -1;
    for (int s = 0; s < t->n_sessions; s++)
        for (int i = 0; i < t->session[s].n_trials; i++) {
            const size_t row = t->session[s].first + (size_t)i;
            place[t->row[row]] = row;
            owner[t->row[row]] = s;
        }
    for (size_t i = 0; i < most; i++)
        if (owner[i] >= 0) place[n] = place[i], owner[n++] = owner[i];
    *order = place;
    *session = owner;
    return DSC_OK;
}

typedef struct writer {
    FILE *out;
    const dsc_table *t;
    char separator;
    const char *missing;
} writer;

// Quotes only where they are needed.
static void write_text(const writer *w, const char *text)
{
    const size_t n = strlen(text);
    const bool plain =
        n > 0 && text[0] != ' ' && text[n - 1] != ' ' && !strpbrk(text, "\"\r\n,;\t");
    if (plain) fputs(text, w->out);
    else csv_fwrite(w->out, text, n);
}

static void write_number(const writer *w, double value)
{
    char text[32];
    if (isnan(value)) fputs(w->missing, w->out);
    else fputs(dsc_format_number(value, text), w->out);
}

static void write_cell(const writer *w, const dsc_column *c, size_t row)
{
    const double value = c->value[row];
    putc(w->separator, w->out);
    if (!isnan(value) && data_keeps_labels(c)) write_text(w, c->label[(int)value]);
    else write_number(w, value);
}

static void write_header(const writer *w)
{
    fprintf(w->out, "subject%csession%ctrial", w->separator, w->separator);
    for (int c = 0; c < w->t->n_columns; c++) {
        putc(w->separator, w->out);
        write_text(w, w->t->column[c].name);
    }
    putc('\n', w->out);
}

static void write_row(const writer *w, size_t row, const dsc_session *s)
{
    write_text(w, w->t->subject[s->subject]);
    putc(w->separator, w->out);
    write_text(w, s->label);
    putc(w->separator, w->out);
    write_number(w, w->t->trial[row]);
    for (int c = 0; c < w->t->n_columns; c++) write_cell(w, &w->t->column[c], row);
    putc('\n', w->out);
}

static dsc_status write_rows(dsc_context *ctx, const writer *w)
{
    size_t *order = NULL;
    int *session = NULL;
    DSC_TRY(data_input_order(ctx, w->t, &order, &session));
    write_header(w);
    for (size_t i = 0; i < w->t->n_trials; i++) write_row(w, order[i], &w->t->session[session[i]]);
    dsc_free(ctx, &order);
    dsc_free(ctx, &session);
    return DSC_OK;
}

static dsc_status write_table(dsc_context *ctx, const dsc_table *t, const char *path,
                              char separator, const char *missing)
{
    dsc_file *file = NULL;
    DSC_TRY(dsc_file_begin(ctx, path, &file));
    const dsc_status status =
        write_rows(ctx, &(writer){dsc_file_stream(file), t, separator, missing});
    if (status == DSC_OK) return dsc_file_commit(&file);
    dsc_file_abort(&file);
    return status;
}

static dsc_status write_csv(dsc_context *ctx, const dsc_table *t, const char *path)
{
    return write_table(ctx, t, path, ',', "");
}

static dsc_status write_tsv(dsc_context *ctx, const dsc_table *t, const char *path)
{
    return write_table(ctx, t, path, '\t', "");
}

// Its description last, so that there is none of a table that could not be written.
static dsc_status write_bids(dsc_context *ctx, const dsc_table *t, const char *path)
{
    DSC_TRY(write_table(ctx, t, path, '\t', "n/a"));
    return data_write_sidecar(ctx, t, path);
}

static const char bids_ending[] = "_beh.tsv";

dsc_status dsc_table_beside(dsc_context *ctx, const char *path, dsc_text *beside)
{
    if (!data_ends_with(path, bids_ending)) return DSC_OK;
    return dsc_text_add(ctx, beside, "%.*s.json", (int)(strlen(path) - strlen(".tsv")), path);
}

static const struct {
    const char *ending;
    dsc_status (*write)(dsc_context *ctx, const dsc_table *t, const char *path);
} formats[] = {{bids_ending, write_bids},
               {".csv", write_csv},
               {".tsv", write_tsv},
               {".npz", data_write_npz},
               {".json", data_write_json}};

dsc_status dsc_table_write(dsc_context *ctx, const dsc_table *t, const char *path)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (data_ends_with(path, formats[i].ending)) return formats[i].write(ctx, t, path);
    return dsc_fail(ctx, DSC_INPUT, "%s: the ending must be .csv, .tsv, _beh.tsv, .npz or .json",
                    path);
}
