// SPDX-License-Identifier: Apache-2.0
// write_json.c — a trial table as JSON, in the order of the input: an object with a list per
// column, {"subject": ["a", ...], "session": ["1", ...], "trial": [0, ...], "choice": [0, ...],
// ...}. Numbers in the shortest form that reads back as the same double, infinite ones as texts,
// missing values null.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "data/private.h"

typedef struct json_writer {
    dsc_context *ctx;
    const dsc_table *t;
    FILE *out;
    size_t *order;
    int *session;
} json_writer;

static dsc_status put_text(const json_writer *w, const char *text)
{
    json_t *value = json_string(text);
    char *quoted = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    DSC_REQUIRE(w->ctx, quoted, value ? DSC_MEMORY : DSC_INPUT,
                "the text \"%.60s\" is not UTF-8 and cannot be written as JSON", text);
    fputs(quoted, w->out);
    free(quoted);
    return DSC_OK;
}

static dsc_status put_number(const json_writer *w, double value)
{
    char text[32];
    if (isnan(value)) fputs("null", w->out);
    else if (isinf(value)) fputs(value > 0 ? "\"inf\"" : "\"-inf\"", w->out);
    else if (value == 0 && signbit(value)) fputs("-0.0", w->out); // a whole number has no sign
    else fputs(dsc_format_number(value, text), w->out);
    return DSC_OK;
}

// The i-th value of a column in the order of the input.
typedef dsc_status put_fn(const json_writer *w, const dsc_column *c, size_t i);

static dsc_status put_subject(const json_writer *w, const dsc_column *c, size_t i)
{
    (void)c;
    return put_text(w, w->t->subject[w->t->session[w->session[i]].subject]);
}

static dsc_status put_session(const json_writer *w, const dsc_column *c, size_t i)
{
    (void)c;
    return put_text(w, w->t->session[w->session[i]].label);
}

static dsc_status put_trial(const json_writer *w, const dsc_column *c, size_t i)
{
    (void)c;
    return put_number(w, w->t->trial[w->order[i]]);
}

static dsc_status put_value(const json_writer *w, const dsc_column *c, size_t i)
{
    const double value = c->value[w->order[i]];
    if (isnan(value) || !data_keeps_labels(c)) return put_number(w, value);
    return put_text(w, c->label[(int)value]);
}

static dsc_status put_column(const json_writer *w, const char *name, const dsc_column *c,
                             put_fn *put)
{
    DSC_TRY(put_text(w, name));
    fputs(": [", w->out);
    for (size_t i = 0; i < w->t->n_trials; i++) {
        if (i > 0) fputs(", ", w->out);
        DSC_TRY(put(w, c, i));
    }
    putc(']', w->out);
    return DSC_OK;
}

static dsc_status put_table(const json_writer *w)
{
    const dsc_table *t = w->t;
    fputs("{", w->out);
    DSC_TRY(put_column(w, "subject", NULL, put_subject));
    fputs(",\n ", w->out);
    DSC_TRY(put_column(w, "session", NULL, put_session));
    fputs(",\n ", w->out);
    DSC_TRY(put_column(w, "trial", NULL, put_trial));
    for (int c = 0; c < t->n_columns; c++) {
        fputs(",\n ", w->out);
        DSC_TRY(put_column(w, t->column[c].name, &t->column[c], put_value));
    }
    fputs("}\n", w->out);
    return DSC_OK;
}

dsc_status data_write_json(dsc_context *ctx, const dsc_table *t, const char *path)
{
    dsc_file *file = NULL;
    json_writer w = {.ctx = ctx, .t = t};
    DSC_TRY(data_input_order(ctx, t, &w.order, &w.session));
    dsc_status status = dsc_file_begin(ctx, path, &file);
    if (status == DSC_OK) {
        w.out = dsc_file_stream(file);
        status = put_table(&w);
    }
    dsc_free(ctx, &w.order);
    dsc_free(ctx, &w.session);
    if (status == DSC_OK) return dsc_file_commit(&file);
    dsc_file_abort(&file);
    return status;
}
