// SPDX-License-Identifier: Apache-2.0
// session.c — one session trial by trial: choices and outcomes, what the model expected, and what
// went on inside: the latents of a network, every named quantity of a classical model (its figure
// is called "trajectories"), what the options would have paid and other columns of the table, where
// there are any. The data hold the whole session; the script shows its first trials
// (FIRST, LAST).
#include <math.h>
#include <string.h>

#include "plot/predictions.h"

enum {
    MOST_COLUMNS = 32,
    SHOWN_TRIALS = 200,
    SHOWN_OPTIONS = 6,
    SHOWN_STATES = 6,
    MOST_QUANTITIES = 64,
    PANELS = 5
};
#define LEFT  17.0
#define WIDTH 132.0

// What a network has inside, in order of preference; what one row of it is called.
static const struct {
    const char *name, *label;
} insides[] = {{"latents", "Latent"}, {"h", "Unit"}};

// A quantity that was recorded, all its rows in one panel.
typedef struct quantity {
    const char *label;
    int first;  // number of the first row: latents count from 1, options from 0
    int column; // of the first row among what was recorded
    int n_rows, shown[SHOWN_STATES], n_shown;
    bool of_table, probability; // columns of the table: always shown; on a scale from 0 to 1
} quantity;

typedef struct view {
    const plot_predictions *r;
    const dsc_session *session;
    const dsc_column *reward; // NULL: the table has none
    int most;                 // trials to show: all, where the end of a session is held out
    int n_actions, n, n_panels;
    const char *name[MOST_QUANTITIES];
    quantity quantity[MOST_QUANTITIES + 2], *panel[PANELS + 2];
    const dsc_column *extra[MOST_COLUMNS]; // columns of the table that are shown
    int n_extra;
} view;

// ---- quantities ---------------------------------------------------------------------------------

static void quantity_add(view *v, const dsc_run *run, const char *name, const char *label,
                         int first)
{
    const quantity *last = v->n ? &v->quantity[v->n - 1] : NULL;
    if (v->n == MOST_QUANTITIES) return;
    v->name[v->n] = name;
    v->quantity[v->n++] = (quantity){.label = label,
                                     .first = first,
                                     .column = last ? last->column + last->n_rows : 0,
                                     .n_rows = dsc_cell_rows(run->cell, name)};
}

static void quantities_choose(view *v, const dsc_run *run)
{
    const int n = run->model->cog ? dsc_cell_name_count(run->cell) : 0;
    for (int i = 0; i < n; i++) {
        const char *name = dsc_cell_name_at(run->cell, i);
        if (strcmp(name, "prediction") == 0 || strcmp(name, "observation") == 0) continue;
        quantity_add(v, run, name, name, 0);
    }
    for (int i = 0; !run->model->cog && v->n == 0 && i < 2; i++)
        if (dsc_cell_rows(run->cell, insides[i].name) > 0)
            quantity_add(v, run, insides[i].name, insides[i].label, 1);
}

// Columns of the table follow what was recorded.
static double state_at(const view *v, int trial, int column)
{
    size_t i = v->session->first + (size_t)trial;
    const int recorded = v->r->evaluation->n_recorded;
    if (column >= recorded) return v->extra[column - recorded]->value[i];
    return v->r->evaluation->recorded[i * (size_t)v->r->evaluation->n_recorded + (size_t)column];
}

// Around the mean; 0 where it is but rounding.
static double variance_of(const view *v, int column)
{
    double sum = 0, squares = 0;
    const int n = v->session->n_trials;
    for (int t = 0; t < n; t++) sum += state_at(v, t, column);
    for (int t = 0; t < n; t++)
        squares += (state_at(v, t, column) - sum / n) * (state_at(v, t, column) - sum / n);
    return squares > 1e-20 * sum * sum / n ? squares : 0;
}

// The states that move most in this session, shown in the order of their numbers; returns whether
// any moves.
static bool states_choose(const view *v, quantity *q)
{
    double low[SHOWN_STATES];
    for (int row = 0; row < q->n_rows; row++) {
        double x = variance_of(v, q->column + row);
        int k = q->n_shown;
        for (; k > 0 && low[k - 1] < x; k--)
            if (k < SHOWN_STATES) low[k] = low[k - 1], q->shown[k] = q->shown[k - 1];
        if (k < SHOWN_STATES) low[k] = x, q->shown[k] = row;
        q->n_shown += q->n_shown < SHOWN_STATES;
    }
    for (int i = 1; i < q->n_shown; i++)
        for (int k = i; k > 0 && q->shown[k - 1] > q->shown[k]; k--) {
            int swap = q->shown[k];
            q->shown[k] = q->shown[k - 1];
            q->shown[k - 1] = swap;
        }
    return q->n_shown > 0 && low[0] > 0;
}

// ---- columns of the table -----------------------------------------------------------------------

// A panel of the columns that were added last.
static void columns_panel(view *v, int n, const char *label, bool probability)
{
    quantity *q = &v->quantity[v->n++];
    *q = (quantity){.label = label,
                    .column = v->r->evaluation->n_recorded + v->n_extra - n,
                    .n_rows = n,
                    .of_table = true,
                    .probability = probability};
    for (; q->n_shown < n && q->n_shown < SHOWN_STATES; q->n_shown++)
        q->shown[q->n_shown] = q->n_shown;
}

// What each option would have paid: simulated tables say so.
static void probabilities_find(view *v)
{
    const int before = v->n_extra;
    for (int a = 0; a < v->n_actions && a < SHOWN_STATES; a++) {
        char name[48];
        snprintf(name, sizeof name, "reward_probability_%d", a);
        const dsc_column *c = dsc_table_column(v->r->table, name);
        if (c) v->extra[v->n_extra++] = c;
    }
    const bool all =
        v->n_extra - before == (v->n_actions < SHOWN_STATES ? v->n_actions : SHOWN_STATES);
    if (all) columns_panel(v, v->n_extra - before, "P(reward)", true);
    else v->n_extra = before;
}

static dsc_status column_fail(dsc_context *ctx, const dsc_table *t, const char *name)
{
    char list[512];
    size_t used = 0;
    for (int i = 0; i < t->n_columns && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "",
                                 t->column[i].name);
    return dsc_fail(ctx, DSC_INPUT, "%s has no column \"%s\" to show; it has %s", t->path, name,
                    list);
}

static bool has_values(const view *v, const dsc_column *column)
{
    for (int i = 0; i < v->session->n_trials; i++)
        if (isfinite(column->value[v->session->first + (size_t)i])) return true;
    return false;
}

// The columns that were asked for, in one panel.
static dsc_status columns_find(dsc_context *ctx, view *v, const char *list)
{
    int n = 0;
    char name[128];
    for (const char *rest = list ? list : ""; plot_next_name(&rest, name);) {
        const dsc_column *column = dsc_table_column(v->r->table, name);
        if (!column) return column_fail(ctx, v->r->table, name);
        DSC_REQUIRE(
            ctx, has_values(v, column), DSC_INPUT,
            "%s, column \"%s\" has no number in session \"%s\"; leave it out of --columns, or "
            "name another --session",
            v->r->table->path, name, v->session->label);
        DSC_REQUIRE(ctx, n < SHOWN_STATES, DSC_INPUT,
                    "--columns %s: a session shows at most %d columns", list, SHOWN_STATES);
        v->extra[v->n_extra++] = column;
        n++;
    }
    if (n) columns_panel(v, n, n == 1 ? v->extra[v->n_extra - 1]->name : "State", false);
    return DSC_OK;
}

// What a row is called in the key.
static void row_title(const view *v, const quantity *q, int row, char out[160])
{
    char label[64];
    const int extra = q->column + row - v->r->evaluation->n_recorded;
    if (q->probability) snprintf(out, 160, "option %d", row);
    else if (q->of_table) plot_name(v->extra[extra]->name, 11, out, 160);
    else snprintf(out, 160, "%s %d", plot_label(q->label, 10, label, sizeof label), row + q->first);
}

// ---- panels -------------------------------------------------------------------------------------

// Values of options and errors come before what was computed on the way to them.
static bool is_central(const quantity *q)
{
    return q->n_rows > 1 || strstr(q->label, "error");
}

// At most PANELS, in the order of the text; what never moves in this session has none.
static void panels_choose(view *v)
{
    bool moves[MOST_QUANTITIES + 2], chosen[MOST_QUANTITIES + 2] = {false};
    int n = 0;
    for (int i = 0; i < v->n; i++) {
        quantity *q = &v->quantity[i];
        if (q->of_table) v->panel[v->n_panels++] = q;
        moves[i] = !q->of_table && states_choose(v, q);
    }
    for (int central = 1; central >= 0; central--)
        for (int i = 0; i < v->n && n < PANELS; i++)
            if (moves[i] && is_central(&v->quantity[i]) == central) chosen[i] = true, n++;
    for (int i = 0; i < v->n; i++)
        if (chosen[i]) v->panel[v->n_panels++] = &v->quantity[i];
}

// ---- the session --------------------------------------------------------------------------------

// The longest held-out session (of all, if none is held out); the first of equals.
static const dsc_session *longest(const plot_predictions *r)
{
    const dsc_session *best = NULL;
    const bool only_heldout = r->any_heldout;
    for (int s = 0; s < r->table->n_sessions; s++) {
        const dsc_session *it = &r->table->session[s];
        int first, last;
        dsc_split_trials(&r->split, r->table, s, DSC_HELDOUT, &first, &last);
        if (only_heldout && first == last) continue;
        if (!best || it->n_trials > best->n_trials) best = it;
    }
    return best;
}

static bool is_asked_for(const dsc_table *t, const dsc_session *s, const dsc_plot_options *o)
{
    if (o->subject && strcmp(t->subject[s->subject], o->subject) != 0) return false;
    return !o->session || strcmp(s->label, o->session) == 0;
}

// By labels: the first session with this one, the longest of a subject.
static dsc_status session_choose(dsc_context *ctx, const plot_predictions *r,
                                 const dsc_plot_options *o, const dsc_session **session)
{
    const dsc_table *t = r->table;
    const dsc_session *best = o->subject || o->session ? NULL : longest(r);
    for (int s = 0; (o->subject || o->session) && s < t->n_sessions; s++) {
        const dsc_session *it = &t->session[s];
        if (is_asked_for(t, it, o) && (!best || (!o->session && it->n_trials > best->n_trials)))
            best = it;
    }
    *session = best;
    DSC_REQUIRE(ctx, best, DSC_INPUT,
                "%s has no session%s%s%s%s; it has %d sessions of %d subjects, the first is \"%s\" "
                "of \"%s\"",
                t->path, o->session ? " called " : "", o->session ? o->session : "",
                o->subject ? " of subject " : "", o->subject ? o->subject : "", t->n_sessions,
                t->n_subjects, t->session[0].label, t->subject[t->session[0].subject]);
    return DSC_OK;
}

// ---- data ---------------------------------------------------------------------------------------

static void trial_write(plot_page *p, const view *v, int t)
{
    size_t i = v->session->first + (size_t)t;
    int choice = dsc_choice_made(&v->r->choices, i);
    plot_csv(p, "%d,%r,%r", t + 1, choice < 0 ? NAN : choice,
             v->reward ? v->reward->value[i] : NAN);
    for (int a = 0; a < v->n_actions; a++)
        plot_csv(p, ",%r", exp(v->r->evaluation->log_p[i * (size_t)v->n_actions + (size_t)a]));
    for (int k = 0; k < v->r->evaluation->n_recorded + v->n_extra; k++)
        plot_csv(p, ",%r", state_at(v, t, k));
    plot_csv(p, "\n");
}

static void column_name(plot_page *p, const quantity *q, int row)
{
    if (q->n_rows == 1 && q->first == 0) plot_csv(p, ",%s", q->label);
    else plot_csv(p, ",%s_%d", q->label, row + q->first);
}

static void data_write(plot_page *p, const view *v)
{
    plot_csv(p, "trial,choice,%s", v->reward ? v->reward->name : "reward");
    for (int a = 0; a < v->n_actions; a++) plot_csv(p, ",p_%d", a);
    for (int i = 0; i < v->n; i++)
        for (int k = 0; k < v->quantity[i].n_rows && !v->quantity[i].of_table; k++)
            column_name(p, &v->quantity[i], k);
    for (int k = 0; k < v->n_extra; k++) plot_csv(p, ",%c", v->extra[k]->name);
    plot_csv(p, "\n");
    for (int t = 0; t < v->session->n_trials; t++) trial_write(p, v, t);
}

// ---- drawing ------------------------------------------------------------------------------------

static void key_write(plot_page *p, double top)
{
    plot_gp(p, "set key at screen %g, screen %g left top Left reverse\n",
            (LEFT + WIDTH + 1.5) / p->width, top / p->height);
}

// Whether rewards are more than there or not there.
static bool is_graded(const dsc_column *reward, const dsc_session *s)
{
    for (size_t i = s->first; i < s->first + (size_t)s->n_trials; i++)
        if (reward->value[i] < 0 || reward->value[i] > 1) return true;
    return false;
}

static void choices_draw(plot_page *p, const view *v, double bottom, double height)
{
    plot_panel(p, LEFT, bottom, WIDTH, height);
    key_write(p, bottom + height);
    plot_gp(p, "set border 0\nset format x ''\nset xtics scale 0\nset yrange [-0.6:%g]\n",
            v->n_actions - 0.4);
    plot_gp(p, "set ytics (");
    int stride = (int)ceil(2.9 * v->n_actions / height - 1e-9);
    for (int a = 0; a < v->n_actions; a += stride)
        plot_gp(p, "%s'option %d' %d", a ? ", " : "", a, a);
    plot_gp(p, ") scale 0\n");
    if (!v->reward) {
        plot_gp(p,
                "plot DATA using 1:($2-0.35):(0):(0.7) with vectors nohead lw 1 title 'choice'\n");
        return;
    }
    const bool graded = is_graded(v->reward, v->session);
    plot_gp(p,
            "plot DATA using ($3>0 ? $1 : NaN):($2-0.4):(0):(0.8) with vectors nohead lw 1.2 "
            "lc rgb '%s' title '%s', \\\n",
            plot_colour[PLOT_GREEN], graded ? "reward > 0" : "rewarded");
    plot_gp(p,
            "    DATA using ($3>0 ? NaN : $1):($2-0.4):(0):(0.35) with vectors nohead lw 1.2 "
            "lc rgb '%s' title '%s'\n",
            plot_colour[PLOT_RED], graded ? "reward ≤ 0" : "no reward");
}

static void probability_draw(plot_page *p, const view *v, double bottom, double height, bool last)
{
    static const int order[] = {PLOT_BLUE, PLOT_RED, PLOT_GREEN, PLOT_PINK, PLOT_ORANGE, PLOT_SKY};
    int first = v->n_actions == 2 ? 1 : 0;
    plot_panel(p, LEFT, bottom, WIDTH, height);
    key_write(p, bottom + height);
    plot_gp(p, "\nset border 3\nset xtics scale 0.5, 0.25\nset format x '%s'\n", last ? "%g" : "");
    plot_gp(
        p,
        "set yrange [0:1]\nset ytics 0.5 scale 0.5, 0.25\nset ylabel 'P(choice)' offset 1.2, 0\n");
    if (last) plot_gp(p, "set xlabel 'Trial'\n");
    plot_gp(p, "plot %g with lines dashtype 2 lw 0.8 lc rgb '%s' title 'chance'",
            1.0 / v->n_actions, PLOT_GREY);
    for (int a = first; a < v->n_actions && a < first + SHOWN_OPTIONS; a++)
        plot_gp(p, ", \\\n    DATA using 1:%d with lines lw 1.2 lc rgb '%s' title 'option %d'",
                4 + a, plot_colour[order[a - first]], a);
    plot_gp(p, "\n");
}

// Half of the range of the shown states.
static double states_span(const view *v, const quantity *q)
{
    double low = INFINITY, high = -INFINITY;
    for (int t = 0; t < v->session->n_trials && t < v->most; t++)
        for (int k = 0; k < q->n_shown; k++) {
            low = fmin(low, state_at(v, t, q->column + q->shown[k]));
            high = fmax(high, state_at(v, t, q->column + q->shown[k]));
        }
    return high > low ? (high - low) / 2 : 1;
}

// The only panel is named at its axis, others above: narrow ones have no room for long names.
static void states_label(plot_page *p, const view *v, const quantity *q, double top)
{
    char label[128];
    (q->of_table ? plot_name : plot_label)(q->label, 60, label, sizeof label);
    plot_gp(p, "\nunset label\nset ylabel %q offset 1.2, 0\n", v->n_panels == 1 ? label : "");
    if (v->n_panels > 1) plot_text(p, LEFT + 1, top + 2, "left", label);
}

// Of two options only the second has a curve of P(choice): it is blue everywhere. Of more, each has
// the colour of its curve there.
static int colour_of(const view *v, const quantity *q, int k)
{
    if (v->n_actions == 2) return q->probability ? 1 - k : k;
    return q->n_rows == v->n_actions ? q->shown[k] % SHOWN_OPTIONS : k;
}

// Errors are drawn from zero, each for itself.
static void states_draw(plot_page *p, const view *v, const quantity *q, double bottom,
                        double height, bool last)
{
    static const int order[] = {PLOT_BLUE, PLOT_RED, PLOT_GREEN, PLOT_PINK, PLOT_ORANGE, PLOT_SKY};
    char title[160];
    const bool error = strstr(q->label, "error") != NULL;
    plot_panel(p, LEFT, bottom, WIDTH, height);
    key_write(p, bottom + height);
    states_label(p, v, q, bottom + height);
    plot_gp(p, "set format x '%s'\n%sset yrange [%s]\nset ytics %g\nplot ", last ? "%g" : "",
            last ? "set xlabel 'Trial'\n" : "", q->probability ? "0:1" : "*:*",
            q->probability ? 0.5 : plot_tick_step((v->n_panels > 1 ? 2 : 1) * states_span(v, q)));
    for (int k = 0; k < q->n_shown; k++) {
        row_title(v, q, q->shown[k], title);
        plot_gp(p, "%sDATA using 1:%d with %s lw %g lc rgb '%s'", k ? ", \\\n    " : "",
                4 + v->n_actions + q->column + q->shown[k], error ? "impulses" : "lines",
                error ? 0.8 : 1.2, plot_colour[order[colour_of(v, q, k)]]);
        if (q->n_rows > 1) plot_gp(p, " title %q", title);
    }
    plot_gp(p, "\n");
}

#define GAP      6.0
#define KEY_LINE 4.5

typedef struct sizes {
    // heights: of the choices, of their probabilities, of a quantity, of all quantities
    double strip, probability, panel, below;
} sizes;

// A key that is higher than its panel would go on beside itself, off the page.
static sizes sizes_of(const view *v)
{
    const int shown = v->n_actions == 2 ? 1 : v->n_actions;
    sizes z = {.strip = v->n_actions == 2 ? 10 : fmin(4.5 * v->n_actions, 27),
               .probability = fmax(26, KEY_LINE * (1 + fmin(shown, SHOWN_OPTIONS))),
               .panel = v->n_panels > 1 ? 16 : 26};
    for (int k = 0; k < v->n_panels; k++) z.panel = fmax(z.panel, KEY_LINE * v->panel[k]->n_shown);
    z.below = v->n_panels * (z.panel + GAP);
    return z;
}

// The first trial that is held out of a session whose beginning trains; its length if there is
// none.
static int cut_of(const view *v)
{
    const int s = (int)(v->session - v->r->table->session);
    const dsc_split *split = &v->r->split;
    return split->cut && split->heldout[s] == DSC_TRAIN ? split->cut[s] : v->session->n_trials;
}

static void title_write(plot_page *p, const view *v)
{
    static const char *const parts[] = {
        [DSC_TRAIN] = "Training", [DSC_HELDOUT] = "Held-out", [DSC_TEST] = "Kept-aside"};
    char title[512], label[192], subject[192] = "";
    const dsc_table *t = v->r->table;
    if (t->n_subjects > 1) plot_name(t->subject[v->session->subject], 40, subject, sizeof subject);
    plot_name(v->session->label, 40, label, sizeof label);
    const int s = (int)(v->session - t->session), cut = cut_of(v);
    snprintf(title, sizeof title, "%s session %s%s%s", parts[v->r->split.heldout[s]], label,
             subject[0] ? " of subject " : "", subject);
    if (cut < v->session->n_trials) {
        const size_t used = strlen(title);
        snprintf(title + used, sizeof title - used, ", held out from trial %d on (line)", cut + 1);
    }
    plot_text(p, LEFT, p->height - 3, "left", title);
}

static void page_fill(plot_page *p, const view *v, const sizes *z)
{
    title_write(p, v);
    int n = v->session->n_trials, shown = n < v->most ? n : v->most;
    plot_gp(p, "FIRST = 1   # trials to show, of %d\nLAST = %d\n", n, shown);
    plot_gp(p, "set xrange [FIRST-0.5:LAST+0.5]\nset multiplot\n");
    if (cut_of(v) < shown)
        plot_gp(p, "set arrow from %g, graph 0 to %g, graph 1 nohead dashtype 3 lw 1 lc rgb '%s'\n",
                cut_of(v) + 0.5, cut_of(v) + 0.5, PLOT_GREY);
    choices_draw(p, v, 12 + z->below + z->probability, z->strip);
    plot_gp(p, "unset label\n");
    probability_draw(p, v, 10 + z->below, z->probability, v->n_panels == 0);
    for (int k = 0; k < v->n_panels; k++)
        states_draw(p, v, v->panel[k], 10 + (v->n_panels - 1 - k) * (z->panel + GAP), z->panel,
                    k == v->n_panels - 1);
    plot_gp(p, "unset multiplot\n");
}

static dsc_status session_write(dsc_context *ctx, const dsc_run *run, view *v, const char *folder)
{
    plot_page p;
    panels_choose(v);
    const sizes z = sizes_of(v);
    plot_page_begin(&p, ctx, folder, run->model->cog ? "trajectories" : "session", 1, PLOT_PAGE,
                    19 + z.strip + z.probability + z.below);
    data_write(&p, v);
    page_fill(&p, v, &z);
    return plot_page_end(&p);
}

dsc_status plot_session(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                        const char *folder)
{
    plot_predictions r;
    view v = {.r = &r, .n_actions = run->n_actions, .most = SHOWN_TRIALS};
    quantities_choose(&v, run);
    DSC_TRY(plot_predict(ctx, run, o->pool, v.n, v.name, &r));
    dsc_status status = session_choose(ctx, &r, o, &v.session);
    v.reward = dsc_table_outcome(r.table, "reward");
    probabilities_find(&v);
    if (status == DSC_OK) status = columns_find(ctx, &v, o->columns);
    if (status == DSC_OK && cut_of(&v) < v.session->n_trials) v.most = v.session->n_trials;
    if (status == DSC_OK) status = session_write(ctx, run, &v, folder);
    plot_predictions_free(ctx, &r);
    return status;
}
