// SPDX-License-Identifier: Apache-2.0
// decoding.c — columns of the table (an agent's values, a recorded signal) against what can be read
// of them from the open latents of a disentangled RNN. Fitted to training trials, judged by
// held-out ones.
#include <math.h>
#include <string.h>

#include "plot/decoding.h"
#include "plot/inspect.h"
#include "plot/predictions.h"

enum { MOST_COLUMNS = 6, ACROSS = 3, DRAWN = 800 };
#define SIDE  42.0
#define LEFT  14.0
#define STEP  56.0
#define DOWN  63.0
#define BELOW 12.0

typedef struct decoding {
    dsc_context *ctx;
    const dsc_run *run;
    plot_predictions r;
    plot_page page;
    int latent[PLOT_DECODED], p, n; // the open ones, the most open first; trials
    double *x, *decoded;
    bool *flags, *learn, *judge, *begins;
    const dsc_column *column[MOST_COLUMNS];
    plot_decoded result[MOST_COLUMNS];
    int n_columns;
} decoding;

// ---- what is read, and from what ----------------------------------------------------------------

static dsc_status latents_choose(decoding *d)
{
    plot_disrnn net = {0};
    DSC_TRY(plot_disrnn_read(d->ctx, d->run, &net));
    for (int i = 0; i < net.n_latents && d->p < PLOT_DECODED; i++)
        if (net.latent[net.order[i]] < PLOT_OPEN) d->latent[d->p++] = net.order[i];
    plot_disrnn_free(d->ctx, &net);
    DSC_REQUIRE(d->ctx, d->p > 0, DSC_INPUT,
                "%s has no open latent from which a column could be read", d->run->path);
    return DSC_OK;
}

static dsc_status column_add(decoding *d, const char *name, const char *list)
{
    const dsc_table *t = d->r.table;
    const dsc_column *c = dsc_table_column(t, name);
    DSC_REQUIRE(d->ctx, c, DSC_INPUT,
                "%s has no column \"%s\" to decode; discern data show lists them", t->path, name);
    DSC_REQUIRE(d->ctx, !c->label, DSC_INPUT,
                "%s, column \"%s\": texts cannot be decoded; name a column of numbers", t->path,
                name);
    DSC_REQUIRE(d->ctx, d->n_columns < MOST_COLUMNS, DSC_INPUT,
                "--columns %s: at most %d columns are decoded together", list, MOST_COLUMNS);
    d->column[d->n_columns++] = c;
    return DSC_OK;
}

static dsc_status columns_read(decoding *d, const char *list)
{
    char name[128];
    for (const char *rest = list; plot_next_name(&rest, name);) DSC_TRY(column_add(d, name, list));
    return DSC_OK;
}

static dsc_status allocate(decoding *d)
{
    const size_t n = (size_t)d->n;
    DSC_TRY(dsc_alloc(d->ctx, n * (size_t)d->p, sizeof *d->x, &d->x));
    DSC_TRY(dsc_alloc(d->ctx, n, sizeof *d->decoded, &d->decoded));
    DSC_TRY(dsc_alloc(d->ctx, 3 * n, sizeof *d->flags, &d->flags));
    d->learn = d->flags, d->judge = d->flags + n, d->begins = d->flags + 2 * n;
    const int recorded = d->r.evaluation->n_recorded;
    for (int i = 0; i < d->n; i++)
        for (int k = 0; k < d->p; k++)
            d->x[i * d->p + k] = d->r.evaluation->recorded[i * recorded + d->latent[k]];
    return DSC_OK;
}

// Trials with a number in the column: those held out judge; without any, all learn and judge.
// Returns how many judge.
static int trials_mark(decoding *d, const dsc_column *c, int *n_learned)
{
    int n_judged = 0;
    *n_learned = 0;
    for (int s = 0; s < d->r.table->n_sessions; s++) {
        const dsc_session *session = &d->r.table->session[s];
        int first, last;
        plot_judged_trials(&d->r, s, &first, &last);
        for (int t = 0; t < session->n_trials; t++) {
            const size_t i = session->first + (size_t)t;
            const bool known = isfinite(c->value[i]), judged = t >= first && t < last;
            d->begins[i] = t == 0;
            d->judge[i] = known && judged;
            d->learn[i] = known && (!judged || !d->r.any_heldout);
            n_judged += d->judge[i], *n_learned += d->learn[i];
        }
    }
    return n_judged;
}

// "7.3" and "12"
static const char *percent(double part, char out[32])
{
    if (isfinite(part)) snprintf(out, 32, part < 0.0995 ? "%.1f" : "%.0f", 100 * part);
    else snprintf(out, 32, "an unknown");
    return out;
}

// ---- one column ---------------------------------------------------------------------------------

static void points_write(decoding *d, int k, int n_judged)
{
    const plot_decoded *q = &d->result[k];
    const int stride = n_judged > DRAWN ? (n_judged + DRAWN - 1) / DRAWN : 1;
    for (int i = 0, seen = 0; i < d->n; i++)
        if (d->judge[i] && seen++ % stride == 0)
            plot_csv(&d->page, "%d,%c,%r,%r,%r,%r,%r\n", k, d->column[k]->name, q->line, q->curve,
                     q->change_error, d->column[k]->value[i], d->decoded[i]);
}

static dsc_status column_decode(decoding *d, int k)
{
    int n_learned;
    const int n_judged = trials_mark(d, d->column[k], &n_learned);
    char off[32];
    const plot_decoder q = {d->n, d->p, d->x, d->column[k]->value, d->learn, d->judge, d->begins};
    DSC_REQUIRE(
        d->ctx, n_judged > 1 && n_learned > 0, DSC_INPUT,
        "%s, column \"%s\" has too few numbers in training and held-out sessions to be decoded",
        d->r.table->path, d->column[k]->name);
    DSC_TRY(plot_decode(d->ctx, &q, d->decoded, &d->result[k]));
    DSC_REQUIRE(
        d->ctx, isfinite(d->result[k].curve), DSC_INPUT,
        "%s, column \"%s\" is the same on all trials it is judged by, so there is nothing to "
        "decode",
        d->r.table->path, d->column[k]->name);
    points_write(d, k, n_judged);
    dsc_note(
        d->ctx, DSC_NOTE,
        "decoding: %s, from %d open latent%s: R2 %.3f (of a line %.3f); its changes from trial to "
        "trial are %s %% off",
        d->column[k]->name, d->p, d->p == 1 ? "" : "s", d->result[k].curve, d->result[k].line,
        percent(d->result[k].change_error, off));
    return DSC_OK;
}

// Marks that leave room for their numbers.
static double marks_of(const decoding *d, const dsc_column *c)
{
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < d->n; i++)
        if (isfinite(c->value[i])) low = fmin(low, c->value[i]), high = fmax(high, c->value[i]);
    return high > low ? plot_tick_step(0.5 * (high - low)) : 1;
}

static void panel_draw(decoding *d, int k)
{
    const plot_decoded *q = &d->result[k];
    const int rows = (d->n_columns + ACROSS - 1) / ACROSS;
    const double marks = marks_of(d, d->column[k]), left = LEFT + STEP * (k % ACROSS),
                 bottom = BELOW + DOWN * (rows - 1 - k / ACROSS);
    char name[64], words[160], off[32];
    plot_name(d->column[k]->name, 24, name, sizeof name);
    plot_panel(&d->page, left, bottom, SIDE, SIDE);
    plot_gp(&d->page, "unset label\n");
    plot_text(&d->page, left, bottom + SIDE + 9, "left", name);
    snprintf(words, sizeof words, "R² %.3f (line %.3f)", q->curve, q->line);
    plot_text(&d->page, left, bottom + SIDE + 5.5, "left", words);
    snprintf(words, sizeof words, "changes %s %% off", percent(q->change_error, off));
    plot_text(&d->page, left, bottom + SIDE + 2, "left", words);
    plot_gp(&d->page, "set xtics %g\nset ytics %g\nset ylabel '%s' offset 1, 0\n", marks, marks,
            k % ACROSS ? "" : "From the latents");
    plot_gp(&d->page, "plot x with lines dashtype 2 lw 1 lc rgb '%s', \\\n", PLOT_GREY);
    plot_gp(&d->page, "    DATA using ($1==%d ? $6 : NaN):7 with points pt 7 ps 0.2 lc rgb '%s'\n",
            k, plot_colour[PLOT_BLUE]);
}

static dsc_status page_make(decoding *d, const char *folder)
{
    const int rows = (d->n_columns + ACROSS - 1) / ACROSS;
    dsc_status status = DSC_OK;
    plot_page_begin(&d->page, d->ctx, folder, "decoding", 1,
                    d->n_columns < ACROSS ? LEFT + STEP * d->n_columns - 6 : PLOT_PAGE,
                    BELOW + DOWN * rows - 7);
    plot_csv(&d->page, "panel,column,r2_of_line,r2,error_of_changes,value,decoded\n");
    for (int k = 0; k < d->n_columns && status == DSC_OK; k++) status = column_decode(d, k);
    plot_gp(&d->page, "set multiplot\nset xlabel 'In the table'\n");
    for (int k = 0; k < d->n_columns; k++) panel_draw(d, k);
    plot_gp(&d->page, "unset multiplot\n");
    if (status != DSC_OK) d->page.csv.status = status;
    return plot_page_end(&d->page);
}

static dsc_status make(decoding *d, const dsc_plot_options *o, const char *folder)
{
    d->n = (int)d->r.table->n_trials;
    DSC_TRY(columns_read(d, o->columns));
    DSC_TRY(allocate(d));
    return page_make(d, folder);
}

dsc_status plot_decoding(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                         const char *folder)
{
    static const char *const recorded[] = {"latents"};
    decoding d = {.ctx = ctx, .run = run};
    DSC_REQUIRE(
        ctx, o->columns, DSC_INPUT,
        "decoding: which columns of the table? --columns NAME,..., such as an agent's states");
    DSC_TRY(latents_choose(&d));
    DSC_TRY(plot_predict(ctx, run, o->pool, 1, recorded, &d.r));
    const dsc_status status = make(&d, o, folder);
    dsc_free(ctx, &d.x);
    dsc_free(ctx, &d.decoded);
    dsc_free(ctx, &d.flags);
    plot_predictions_free(ctx, &d.r);
    return status;
}
