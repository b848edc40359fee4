// SPDX-License-Identifier: Apache-2.0
// predictions.c — one line per trial, in the order of the input, written as it goes:
//   predictions.csv  subject,session,trial,choice,weight,p_0,...,p_{A-1},log_lik
//                    and of values observed_NAME,predicted_NAME,...; without choices these alone
//   record.csv       subject,session,trial,NAME,...      (or record.npz)
#include <math.h>
#include <string.h>

#include "train/evaluation.h"

// ---- the order of the input -------------------------------------------------------------------

// For every line of the input the table's row (n_trials where the line is not in the table), and
// for every row its session.
typedef struct input_order {
    size_t n_lines, *row;
    int *session;
} input_order;

static void order_free(dsc_context *ctx, input_order *o)
{
    dsc_free(ctx, &o->row);
    dsc_free(ctx, &o->session);
}

static dsc_status order_make(dsc_context *ctx, const dsc_table *t, input_order *o)
{
    dsc_status status;
    input_order made = {0};
    for (size_t i = 0; i < t->n_trials; i++)
        if (t->row[i] >= made.n_lines) made.n_lines = t->row[i] + 1;
    DSC_TRY_OR(failed, dsc_alloc(ctx, made.n_lines, sizeof *made.row, &made.row));
    DSC_TRY_OR(failed, dsc_alloc(ctx, t->n_trials, sizeof *made.session, &made.session));
    for (size_t i = 0; i < made.n_lines; i++) made.row[i] = t->n_trials;
    for (size_t i = 0; i < t->n_trials; i++) made.row[t->row[i]] = i;
    for (int s = 0; s < t->n_sessions; s++)
        for (int k = 0; k < t->session[s].n_trials; k++)
            made.session[t->session[s].first + (size_t)k] = s;
    *o = made;
    return DSC_OK;
failed:
    order_free(ctx, &made);
    return status;
}

// ---- cells ------------------------------------------------------------------------------------

static void put_number(FILE *f, double value)
{
    fputc(',', f);
    dsc_csv_write_number(f, value);
}

static void put_trial(FILE *f, const dsc_table *t, const input_order *o, size_t row)
{
    const dsc_session *s = &t->session[o->session[row]];
    dsc_csv_write_text(f, t->subject[s->subject]);
    fputc(',', f);
    dsc_csv_write_text(f, s->label);
    put_number(f, t->trial[row]);
}

// ---- files ------------------------------------------------------------------------------------

// What is written after subject, session and trial.
typedef struct line_writer {
    const dsc_evaluation *e;
    const dsc_table *t;
    dsc_choices choices;
    void (*heading)(FILE *f, const struct line_writer *w);
    void (*cells)(FILE *f, const struct line_writer *w, size_t row);
} line_writer;

static void predictions_heading(FILE *f, const line_writer *w)
{
    const dsc_evaluation *e = w->e;
    if (e->n_actions > 0) fputs(",choice,weight", f);
    for (int k = 0; k < e->n_actions; k++) fprintf(f, ",p_%d", k);
    if (e->n_actions > 0) fputs(",log_lik", f);
    for (int k = 0; k < e->n_values; k++)
        fprintf(f, ",observed_%s,predicted_%s", e->value_names[k], e->value_names[k]);
}

static void choice_cells(FILE *f, const line_writer *w, size_t row)
{
    const int A = w->e->n_actions, choice = dsc_choice_counted(&w->choices, row);
    const double *log_p = w->e->log_p + row * (size_t)A;
    put_number(f, w->choices.choice[row]);
    put_number(f, choice >= 0);
    for (int k = 0; k < A; k++) put_number(f, exp(log_p[k]));
    put_number(f, choice >= 0 ? log_p[choice] : NAN);
}

static void predictions_cells(FILE *f, const line_writer *w, size_t row)
{
    const size_t V = (size_t)w->e->n_values;
    if (w->e->n_actions > 0) choice_cells(f, w, row);
    for (size_t k = 0; k < V; k++) {
        put_number(f, w->e->observed[row * V + k]);
        put_number(f, w->e->values[row * V + k]);
    }
}

static void record_heading(FILE *f, const line_writer *w)
{
    for (int k = 0; k < w->e->n_recorded; k++) fprintf(f, ",%s", w->e->recorded_names[k]);
}

static void record_cells(FILE *f, const line_writer *w, size_t row)
{
    const size_t R = (size_t)w->e->n_recorded;
    for (size_t k = 0; k < R; k++) put_number(f, w->e->recorded[row * R + k]);
}

static void write_lines(FILE *f, const line_writer *w, const input_order *o)
{
    fputs("subject,session,trial", f);
    w->heading(f, w);
    fputc('\n', f);
    for (size_t line = 0; line < o->n_lines; line++) {
        const size_t row = o->row[line];
        if (row == w->t->n_trials) continue;
        put_trial(f, w->t, o, row);
        w->cells(f, w, row);
        fputc('\n', f);
    }
}

static dsc_status write_csv(dsc_context *ctx, const line_writer *w, const char *path)
{
    dsc_status status;
    input_order order = {0};
    dsc_file *file = NULL;
    DSC_TRY_OR(done, order_make(ctx, w->t, &order));
    DSC_TRY_OR(done, dsc_file_begin(ctx, path, &file));
    write_lines(dsc_file_stream(file), w, &order);
    DSC_TRY_OR(done, dsc_file_commit(&file));
done:
    if (file) dsc_file_abort(&file);
    order_free(ctx, &order);
    return status;
}

static dsc_status check_fits(dsc_context *ctx, const dsc_evaluation *e, const dsc_table *t)
{
    DSC_REQUIRE(ctx, e->n_trials == t->n_trials, DSC_DEFECT,
                "the evaluation has %zu trials, the table %zu", e->n_trials, t->n_trials);
    return DSC_OK;
}

dsc_status dsc_evaluation_write_predictions(dsc_context *ctx, const dsc_evaluation *e,
                                            const dsc_table *t, const char *path)
{
    DSC_TRY(check_fits(ctx, e, t));
    DSC_REQUIRE(ctx, e->n_actions == 0 || dsc_table_column(t, "choice"), DSC_DEFECT,
                "the table has no column \"choice\"");
    const line_writer w = {e, t, dsc_table_choices(t, e->n_actions), predictions_heading,
                           predictions_cells};
    return write_csv(ctx, &w, path);
}

// ---- record.npz: one array per quantity, in the table's order ---------------------------------

// Column k of the recorded quantities, copied together; then a table of those columns.
static dsc_status record_table(dsc_context *ctx, const dsc_evaluation *e, const dsc_table *t,
                               double *values, dsc_table **table)
{
    const size_t R = (size_t)e->n_recorded;
    int *length = NULL, *subject = NULL;
    const double **column = NULL;
    dsc_status status;
    DSC_TRY_OR(done, dsc_alloc(ctx, (size_t)t->n_sessions, sizeof *length, &length));
    DSC_TRY_OR(done, dsc_alloc(ctx, (size_t)t->n_sessions, sizeof *subject, &subject));
    DSC_TRY_OR(done, dsc_alloc(ctx, R, sizeof *column, &column));
    for (int s = 0; s < t->n_sessions; s++) {
        length[s] = t->session[s].n_trials;
        subject[s] = t->session[s].subject;
    }
    for (size_t k = 0; k < R; k++) {
        column[k] = values + k * t->n_trials;
        for (size_t i = 0; i < t->n_trials; i++)
            values[k * t->n_trials + i] = e->recorded[i * R + k];
    }
    DSC_TRY_OR(done, dsc_table_make(ctx, t->n_sessions, length, subject, (int)R,
                                    (const char *const *)e->recorded_names, column, table));
done:
    dsc_free(ctx, &length);
    dsc_free(ctx, &subject);
    dsc_free(ctx, &column);
    return status;
}

static dsc_status write_npz(dsc_context *ctx, const dsc_evaluation *e, const dsc_table *t,
                            const char *path)
{
    double *values = NULL;
    dsc_table *table = NULL;
    DSC_TRY(dsc_alloc(ctx, t->n_trials, (size_t)e->n_recorded * sizeof *values, &values));
    dsc_status status = record_table(ctx, e, t, values, &table);
    if (status == DSC_OK) status = dsc_table_write(ctx, table, path);
    if (table) dsc_table_destroy(ctx, &table);
    dsc_free(ctx, &values);
    return status;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

dsc_status dsc_evaluation_write_record(dsc_context *ctx, const dsc_evaluation *e,
                                       const dsc_table *t, const char *path)
{
    DSC_TRY(check_fits(ctx, e, t));
    DSC_REQUIRE(ctx, e->n_recorded > 0, DSC_INPUT,
                "%s: nothing was recorded; name what to record: --record NAME[,NAME]", path);
    DSC_REQUIRE(ctx, ends_with(path, ".csv") || ends_with(path, ".npz"), DSC_INPUT,
                "%s: recordings are written as .csv or .npz; choose one of these endings", path);
    const line_writer w = {.e = e, .t = t, .heading = record_heading, .cells = record_cells};
    return ends_with(path, ".npz") ? write_npz(ctx, e, t, path) : write_csv(ctx, &w, path);
}
