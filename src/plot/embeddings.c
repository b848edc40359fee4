// SPDX-License-Identifier: Apache-2.0
// embeddings.c — the subjects of a disentangled RNN on a map: their embeddings w + b, over the two
// numbers whose bottlenecks are the most open (one: a line of dots in their order). Coloured, if
// asked for, by a column of the table or by how well the subject's held-out trials are predicted.
#include <math.h>
#include <string.h>

#include "plot/inspect.h"
#include "plot/predictions.h"

enum { MOST_LABELS = 60 };
#define LEFT   14.0
#define BELOW  11.0
#define SIDE   48.0
#define LETTER 2.8 // height of a line of text
#define DOT    0.9 // radius

typedef struct map {
    dsc_context *ctx;
    const dsc_run *run;
    const dsc_plot_options *o;
    int n, E, across, up; // subjects, numbers; which of them are drawn; up = -1: there is one
    double *embedding;    // [n][E]
    double *x, *y;        // [n]
    double *value;        // [n] of the colour; NaN: none
    int *group;           // [n]; NULL: the colour is a number, or there is none
    plot_groups groups;
} map;

// ---- places -------------------------------------------------------------------------------------

static dsc_status places_choose(map *m)
{
    plot_disrnn d = {0};
    int order[64] = {0};
    DSC_TRY(plot_disrnn_read(m->ctx, m->run, &d));
    plot_sort(m->E, d.subject, order);
    m->across = order[0], m->up = m->E > 1 ? order[1] : -1;
    if (m->up >= 0 && m->up < m->across) m->across = order[1], m->up = order[0];
    if (m->E > 2)
        dsc_note(
            m->ctx, DSC_NOTE,
            "embeddings: %d numbers describe a subject; the two most open are drawn, all are in "
            "the data",
            m->E);
    plot_disrnn_free(m->ctx, &d);
    return DSC_OK;
}

static void places_fill(map *m)
{
    for (int i = 0; i < m->n; i++) {
        const double *e = m->embedding + i * m->E;
        m->x[i] = e[m->across];
        m->y[i] = m->up >= 0 ? e[m->up] : 0;
        for (int k = 0; m->up < 0 && k < m->n; k++) // ties in the order of the subjects
            m->y[i] += m->embedding[k] < e[0] || (m->embedding[k] == e[0] && k < i);
    }
}

// ---- colours ------------------------------------------------------------------------------------

static int subject_of(const dsc_table *t, const char *label)
{
    for (int i = 0; i < t->n_subjects; i++)
        if (strcmp(t->subject[i], label) == 0) return i;
    return -1;
}

// Values of the table's subjects for those of the run.
static void values_take(map *m, const dsc_table *t, const double *value, const int *group)
{
    char text[128];
    for (int i = 0; i < m->n; i++) {
        const int k = m->run->subjects    ? subject_of(t, plot_subject_label(m->run, i, text))
                      : i < t->n_subjects ? i
                                          : -1;
        m->value[i] = k >= 0 && value ? value[k] : NAN;
        if (group) m->group[i] = k >= 0 ? group[k] : -1;
    }
}

static dsc_status groups_take(map *m, const dsc_table *t)
{
    DSC_TRY(plot_groups_read(m->ctx, t, m->o->colour, &m->groups));
    DSC_TRY(dsc_alloc(m->ctx, (size_t)m->n, sizeof *m->group, &m->group));
    values_take(m, t, NULL, m->groups.of);
    return DSC_OK;
}

static dsc_status column_take(map *m)
{
    dsc_table *t = NULL;
    double *value = NULL;
    DSC_TRY(dsc_run_data(m->ctx, m->run, &t, NULL));
    const dsc_column *c = dsc_table_column(t, m->o->colour);
    dsc_status status = dsc_alloc(m->ctx, (size_t)t->n_subjects + 1, sizeof *value, &value);
    if (status == DSC_OK && c && c->n_labels) status = groups_take(m, t);
    else if (status == DSC_OK) {
        status = plot_subject_values(m->ctx, t, m->o->colour, false, value);
        if (status == DSC_OK) values_take(m, t, value, NULL);
    }
    dsc_free(m->ctx, &value);
    dsc_table_destroy(m->ctx, &t);
    return status;
}

// Normalised likelihood of each subject's held-out trials, of all without any.
static void likelihoods_fill(const plot_predictions *p, double *value, double *count)
{
    const dsc_table *t = p->table;
    for (int s = 0; s < t->n_sessions; s++) {
        int first, last;
        const int k = t->session[s].subject;
        plot_judged_trials(p, s, &first, &last);
        for (int i = first; i < last; i++) {
            const size_t trial = t->session[s].first + (size_t)i;
            const int choice = dsc_choice_counted(&p->choices, trial);
            if (choice < 0) continue;
            value[k] += p->evaluation->log_p[trial * (size_t)p->choices.n_actions + (size_t)choice];
            count[k]++;
        }
    }
    for (int k = 0; k < t->n_subjects; k++) value[k] = exp(value[k] / count[k]);
}

static dsc_status likelihood_take(map *m)
{
    plot_predictions p;
    double *value = NULL;
    DSC_TRY(plot_predict(m->ctx, m->run, m->o->pool, 0, NULL, &p));
    const size_t n = (size_t)p.table->n_subjects;
    const dsc_status status = dsc_alloc(m->ctx, 2 * n, sizeof *value, &value);
    if (status == DSC_OK) {
        likelihoods_fill(&p, value, value + n);
        values_take(m, p.table, value, NULL);
    }
    dsc_free(m->ctx, &value);
    plot_predictions_free(m->ctx, &p);
    return status;
}

static dsc_status colours_take(map *m)
{
    for (int i = 0; i < m->n; i++) m->value[i] = NAN;
    if (!m->o->colour) return DSC_OK;
    return strcmp(m->o->colour, "likelihood") == 0 ? likelihood_take(m) : column_take(m);
}

// ---- labels -------------------------------------------------------------------------------------

typedef struct box {
    double left, right, low, high;
} box;

typedef struct frame {
    double x0, y0, unit_x, unit_y; // of the lower left corner; millimetres per unit
    double half_x, half_y, mid_x, mid_y;
} frame;

static bool overlap(const box *a, const box *b)
{
    return a->left < b->right && b->left < a->right && a->low < b->high && b->low < a->high;
}

static box dot_box(const map *m, const frame *f, int i)
{
    const double x = LEFT + (m->x[i] - f->x0) * f->unit_x,
                 y = BELOW + (m->y[i] - f->y0) * f->unit_y;
    return (box){x - DOT, x + DOT, y - DOT, y + DOT};
}

// To the right, left, above, below of a dot.
static box label_box(const box *dot, double width, int place)
{
    const double x = (dot->left + dot->right) / 2, y = (dot->low + dot->high) / 2;
    if (place == 0) return (box){dot->right, dot->right + width, y - LETTER / 2, y + LETTER / 2};
    if (place == 1) return (box){dot->left - width, dot->left, y - LETTER / 2, y + LETTER / 2};
    if (place == 2) return (box){x - width / 2, x + width / 2, dot->high, dot->high + LETTER};
    return (box){x - width / 2, x + width / 2, dot->low - LETTER, dot->low};
}

// A label does not end just beside another subject's dot, or it could be that one's.
static bool is_clear(const map *m, const frame *f, int own, const box *b, const box *placed,
                     int n_placed)
{
    const box inside = {LEFT, LEFT + SIDE, BELOW, BELOW + SIDE};
    if (b->left < inside.left || b->right > inside.right + 1) return false;
    if (b->low < inside.low || b->high > inside.high) return false;
    for (int i = 0; i < m->n; i++) {
        const box dot = dot_box(m, f, i),
                  around = {dot.left - 2 * DOT, dot.right + 2 * DOT, dot.low, dot.high};
        if (i != own && overlap(b, &around)) return false;
    }
    for (int i = 0; i < n_placed; i++)
        if (overlap(b, &placed[i])) return false;
    return true;
}

// A label that has no room is left out: the data have all.
static void labels_draw(plot_page *p, const map *m, const frame *f)
{
    box placed[MOST_LABELS];
    int n = 0;
    char text[128], label[64];
    for (int i = 0; i < m->n && m->n <= MOST_LABELS; i++) {
        const box dot = dot_box(m, f, i);
        plot_name(plot_subject_label(m->run, i, text), 12, label, sizeof label);
        for (int place = 0; place < 4; place++) {
            const box b = label_box(&dot, PLOT_LETTER * plot_characters(label) + 0.6, place);
            if (!is_clear(m, f, i, &b, placed, n)) continue;
            plot_text(p, (b.left + b.right) / 2, (b.low + b.high) / 2, "center front", label);
            placed[n++] = b;
            break;
        }
    }
}

// ---- drawing ------------------------------------------------------------------------------------

static void range_of(int n, const double *x, double *middle, double *half)
{
    double low = x[0], high = x[0];
    for (int i = 1; i < n; i++) low = fmin(low, x[i]), high = fmax(high, x[i]);
    *middle = (low + high) / 2;
    *half = (high - low) / 2;
}

// Both numbers on one scale.
static frame frame_make(const map *m)
{
    frame f = {.half_x = 0};
    range_of(m->n, m->x, &f.mid_x, &f.half_x);
    range_of(m->n, m->y, &f.mid_y, &f.half_y);
    if (m->up >= 0) f.half_x = f.half_y = fmax(f.half_x, f.half_y);
    f.half_x = f.half_x > 0 ? 1.15 * f.half_x : 1;
    f.half_y = f.half_y > 0 ? 1.15 * f.half_y : 1;
    f.x0 = f.mid_x - f.half_x, f.y0 = f.mid_y - f.half_y;
    f.unit_x = SIDE / (2 * f.half_x), f.unit_y = SIDE / (2 * f.half_y);
    return f;
}

// Share of the coloured value's variance that a straight line over one of the numbers explains; NaN
// without a value that varies.
static double explained(const map *m, const double *x)
{
    double n = 0, sum_x = 0, sum_v = 0, xx = 0, vv = 0, xv = 0;
    for (int i = 0; i < m->n; i++) {
        if (isnan(m->value[i])) continue;
        n++, sum_x += x[i], sum_v += m->value[i];
    }
    for (int i = 0; i < m->n; i++) {
        if (isnan(m->value[i])) continue;
        const double dx = x[i] - sum_x / n, dv = m->value[i] - sum_v / n;
        xx += dx * dx, vv += dv * dv, xv += dx * dv;
    }
    return n > 2 && xx > 0 && vv > 0 ? xv * xv / (xx * vv) : NAN;
}

static void axis_name(plot_page *p, const map *m, const char *axis, int number, const double *x)
{
    const double r2 = explained(m, x);
    char share[32] = "";
    if (!isnan(r2)) snprintf(share, sizeof share, " (R² %.3f)", r2);
    plot_gp(p, "set %slabel 'Embedding, number %d%s'\n", axis, number + 1, share);
}

static void axes_draw(plot_page *p, const map *m, const frame *f)
{
    plot_panel(p, LEFT, BELOW, SIDE, SIDE);
    plot_gp(p, "set xrange [%g:%g]\nset yrange [%g:%g]\n", f->x0, f->x0 + 2 * f->half_x, f->y0,
            f->y0 + 2 * f->half_y);
    plot_gp(p, "set xtics %g\nset xzeroaxis lt 1 lw 0.6 lc rgb '#DDDDDD'\n",
            plot_tick_step(1.5 * f->half_x));
    axis_name(p, m, "x", m->across, m->x);
    if (m->up >= 0) {
        plot_gp(p, "set ytics %g\nset yzeroaxis lt 1 lw 0.6 lc rgb '#DDDDDD'\n",
                plot_tick_step(1.5 * f->half_y));
        axis_name(p, m, "y", m->up, m->y);
        plot_gp(p, "set ylabel offset 1.2, 0\n");
    } else
        plot_gp(p, "unset ytics\nunset xzeroaxis\nset ylabel 'Subjects in order' offset 1.2, 0\n");
}

static const int shape[PLOT_GROUPS + 1] = {7, 5, 9, 13, 11, 15, 4};

static void groups_draw(plot_page *p, const map *m)
{
    static const int colour[] = {PLOT_BLUE,   PLOT_RED, PLOT_GREEN, PLOT_PINK,
                                 PLOT_ORANGE, PLOT_SKY, PLOT_BLACK};
    plot_gp(p, "set key at screen %g, screen %g left top Left reverse\nplot ",
            (LEFT + SIDE + 2) / p->width, (BELOW + SIDE) / p->height);
    for (int k = 0; k < m->groups.n; k++) {
        char label[64];
        plot_name(m->groups.label[k], 10, label, sizeof label);
        plot_gp(p,
                "%sDATA using ($5==%d ? $2 : NaN):3 with points pt %d ps 0.6 lc rgb '%s' title %q",
                k ? ", \\\n    " : "", k, shape[k], plot_colour[colour[k]], label);
    }
    plot_gp(p, "\n");
}

static void numbers_draw(plot_page *p, const map *m)
{
    char label[64];
    plot_name(m->o->colour, 24, label, sizeof label);
    plot_gp(p, "set palette defined %s\n", plot_ordered_ramp);
    plot_gp(p, "set colorbox user origin screen %g, screen %g size screen %g, screen %g\n",
            (LEFT + SIDE + 2.5) / p->width, BELOW / p->height, 2.5 / p->width, SIDE / p->height);
    plot_gp(p, "set cbtics scale 0.3 offset -0.7, 0\n");
    plot_text(p, LEFT + SIDE + 16, BELOW + SIDE / 2, "center rotate by 90", label);
    plot_gp(p, "plot DATA using 2:($4==$4 ? NaN : $3) with points pt 6 ps 0.6 lc rgb '%s', \\\n",
            PLOT_GREY);
    plot_gp(p, "    DATA using 2:3:4 with points pt 7 ps 0.6 lc palette\n");
}

static void data_write(plot_page *p, const map *m)
{
    char text[128];
    plot_csv(p, "subject,x,y,value,group");
    if (m->group) plot_csv(p, ",%c", m->o->colour);
    for (int k = 0; k < m->E; k++) plot_csv(p, ",embedding_%d", k + 1);
    plot_csv(p, "\n");
    for (int i = 0; i < m->n; i++) {
        plot_csv(p, "%c,%r,%r,%r,%d", plot_subject_label(m->run, i, text), m->x[i], m->y[i],
                 m->value[i], m->group ? m->group[i] : 0);
        if (m->group) plot_csv(p, ",%c", m->group[i] >= 0 ? m->groups.label[m->group[i]] : "");
        for (int k = 0; k < m->E; k++) plot_csv(p, ",%r", m->embedding[i * m->E + k]);
        plot_csv(p, "\n");
    }
}

static dsc_status page_write(const map *m, const char *folder)
{
    plot_page p;
    const frame f = frame_make(m);
    plot_page_begin(&p, m->ctx, folder, "embeddings", 1, PLOT_COLUMN, BELOW + SIDE + 4);
    data_write(&p, m);
    axes_draw(&p, m, &f);
    labels_draw(&p, m, &f);
    if (m->group) groups_draw(&p, m);
    else if (m->o->colour) numbers_draw(&p, m);
    else
        plot_gp(&p, "plot DATA using 2:3 with points pt 7 ps 0.6 lc rgb '%s'\n",
                plot_colour[PLOT_BLUE]);
    return plot_page_end(&p);
}

static dsc_status map_fill(map *m)
{
    DSC_TRY(plot_embeddings_read(m->ctx, m->run, &m->embedding, &m->E));
    DSC_TRY(dsc_alloc(m->ctx, 3 * (size_t)m->n, sizeof *m->x, &m->x));
    m->y = m->x + m->n, m->value = m->y + m->n;
    DSC_TRY(places_choose(m));
    places_fill(m);
    return colours_take(m);
}

dsc_status plot_embeddings(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                           const char *folder)
{
    map m = {.ctx = ctx, .run = run, .o = o, .n = run->n_subjects};
    dsc_status status = map_fill(&m);
    if (status == DSC_OK) status = page_write(&m, folder);
    plot_groups_free(ctx, &m.groups);
    dsc_free(ctx, &m.group);
    dsc_free(ctx, &m.x);
    dsc_free(ctx, &m.embedding);
    return status;
}
