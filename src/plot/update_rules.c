// SPDX-License-Identifier: Apache-2.0
// update_rules.c — what one trial does to each open latent: its change against its value, a panel
// per setting of the observations; four panels a line, four lines a page. Combined: all settings in
// one panel per latent, which has no room for rules that depend on another latent.
#include <math.h>

#include "plot/inspect.h"

enum { PER_LINE = 4, LINES = 4, MOST_RULES = 16 };
#define LEFT   13.0
#define RIGHT  17.0
#define GAP    3.5
#define BELOW  10.0
#define LETTER 3.3 // millimetres from one line of text to the next

typedef struct drawing {
    dsc_context *ctx;
    const dsc_run *run;
    const plot_disrnn *d;
    int subject;
    bool combined;
    char title[96]; // of a page; "" without several subjects
    plot_update_rule *rule;
    int n_rules;
} drawing;

static int line_count(const drawing *g, const plot_update_rule *r)
{
    if (g->combined) return r->other < 0;
    return (r->n_settings + PER_LINE - 1) / PER_LINE;
}

static int title_lines(const plot_update_rule *r)
{
    int most = 1;
    for (int s = 0; s < r->n_settings; s++) {
        int n = 1;
        for (const char *c = r->title[s]; *c; c++) n += *c == '\n';
        most = n > most ? n : most;
    }
    return most;
}

// ---- one page -----------------------------------------------------------------------------------

typedef struct sheet {
    plot_page p;
    double side, line; // of a panel; height of a line of panels
    double y;          // upper edge of the next line
    int row;           // of the data, where the next curve begins
} sheet;

static void data_write(plot_page *p, const plot_update_rule *r, const char *subject)
{
    for (int s = 0; s < r->n_settings; s++)
        for (int c = 0; c < r->n_curves; c++)
            for (int k = 0; k < r->n_points; k++) {
                plot_csv(p, "%d,%d,%c,%r,", r->latent + 1, s + 1, r->title[s], r->state[k]);
                if (r->other < 0) plot_csv(p, ",,");
                else plot_csv(p, "%d,%r,", r->other + 1, r->other_state[c]);
                plot_csv(p, "%r", r->delta[(s * r->n_curves + c) * r->n_points + k]);
                if (subject) plot_csv(p, ",%c", subject);
                plot_csv(p, "\n");
            }
}

static void legend_write(sheet *h, const plot_update_rule *r, int columns)
{
    double x = LEFT + columns * h->side + (columns - 1) * GAP + 1.5;
    plot_gp(&h->p, "set key at screen %g, screen %g left top Left reverse title 'Latent %d' left\n",
            x / h->p.width, (h->y - h->line + BELOW + h->side) / h->p.height, r->other + 1);
}

static void curves_draw(sheet *h, const plot_update_rule *r, bool titles)
{
    plot_gp(&h->p, "plot 0 with lines lw 0.7 lc rgb '%s'", PLOT_GREY);
    for (int c = 0; c < r->n_curves; c++) {
        plot_gp(&h->p, ", \\\n    DATA using 4:7 every ::%d::%d with lines lw 1.5 lc rgb '%s'",
                h->row, h->row + r->n_points - 1, plot_ordered[r->n_curves == 1 ? 2 : c]);
        // One decimal, as the reference has it, unless the latents are small.
        double unit = r->limit > 0.5 ? 10 : 1000;
        if (titles) plot_gp(&h->p, " title '%g'", round(r->other_state[c] * unit) / unit);
        h->row += r->n_points;
    }
    plot_gp(&h->p, "\n");
}

static void axes_draw(sheet *h, const plot_update_rule *r, double left, const char *page_title)
{
    plot_gp(&h->p, "\nunset label\nunset key\n");
    if (page_title[0]) plot_text(&h->p, LEFT, h->p.height - 3, "left", page_title);
    plot_panel(&h->p, left, h->y - h->line + BELOW, h->side, h->side);
    plot_gp(&h->p, "set xrange [%g:%g]\nset yrange [%g:%g]\n", -r->limit, r->limit, -r->limit,
            r->limit);
    plot_gp(&h->p, "set xtics %g\nset ytics %g\n", plot_tick_step(r->limit),
            plot_tick_step(r->limit));
    plot_gp(&h->p, "set xlabel 'Latent %d'\nset ylabel '%s%d' offset 1.2, 0\n", r->latent + 1,
            "Δ Latent ", r->latent + 1);
}

static void panel_draw(sheet *h, const plot_update_rule *r, int s, const char *page_title)
{
    int column = s % PER_LINE;
    double left = LEFT + column * (h->side + GAP), bottom = h->y - h->line + BELOW;
    bool last = s == r->n_settings - 1 || column == PER_LINE - 1;
    axes_draw(h, r, left, page_title);
    plot_gp(&h->p, "set format y '%s'\n%s", column ? "" : "%g", column ? "unset ylabel\n" : "");
    plot_text(&h->p, left + h->side / 2, bottom + h->side + 2.2 + LETTER * (title_lines(r) - 1),
              "center", r->title[s]);
    if (last && r->other >= 0) legend_write(h, r, column + 1);
    curves_draw(h, r, last && r->other >= 0);
    if (last) h->y -= h->line;
}

// ---- all settings in one panel ------------------------------------------------------------------

// A title on one line.
static char *title_join(const char *title, char out[PLOT_TITLE + 32])
{
    size_t n = 0;
    for (; *title && n + 3 < PLOT_TITLE; title++) {
        if (*title == '\n') out[n++] = ',';
        out[n++] = *title == '\n' ? ' ' : *title;
    }
    out[n] = 0;
    return out;
}

static int longest_title(const plot_update_rule *r)
{
    int most = 0;
    char title[PLOT_TITLE + 32];
    for (int s = 0; s < r->n_settings; s++) {
        const int n = plot_characters(title_join(r->title[s], title));
        most = n > most ? n : most;
    }
    return most;
}

// Seven colours, then the same in dashes.
static void combined_draw(sheet *h, const plot_update_rule *r, const char *page_title)
{
    static const int colour[] = {PLOT_BLUE, PLOT_RED, PLOT_GREEN, PLOT_ORANGE,
                                 PLOT_PINK, PLOT_SKY, PLOT_BLACK};
    char title[PLOT_TITLE + 32];
    axes_draw(h, r, LEFT, page_title);
    plot_gp(&h->p, "set xzeroaxis lt 1 lw 0.6 lc rgb '#E5E5E5'\n"
                   "set yzeroaxis lt 1 lw 0.6 lc rgb '#E5E5E5'\n");
    plot_gp(&h->p, "set key at screen %g, screen %g left top Left reverse\nplot ",
            (LEFT + h->side + 1.5) / h->p.width, (h->y - h->line + BELOW + h->side) / h->p.height);
    for (int s = 0; s < r->n_settings; s++) {
        plot_gp(&h->p,
                "%sDATA using 4:7 every ::%d::%d with lines lw 1.5 dashtype %d lc rgb '%s' "
                "title %q",
                s ? ", \\\n    " : "", h->row, h->row + r->n_points - 1, 1 + s / 7,
                plot_colour[colour[s % 7]], title_join(r->title[s], title));
        h->row += r->n_points;
    }
    plot_gp(&h->p, "\n");
    h->y -= h->line;
}

// ---- pages --------------------------------------------------------------------------------------

static void rule_draw(const drawing *g, sheet *h, const plot_update_rule *r, const char *page_title)
{
    char label[128];
    if (g->combined && r->other >= 0) return;
    data_write(&h->p, r, g->title[0] ? plot_subject_label(g->run, g->subject, label) : NULL);
    if (g->combined) combined_draw(h, r, page_title);
    for (int s = 0; s < r->n_settings && !g->combined; s++)
        panel_draw(h, r, s, s == 0 ? page_title : "");
}

static void page_draw(drawing *g, sheet *h, int first, int n)
{
    plot_gp(&h->p, "set multiplot\n");
    plot_csv(&h->p, "latent,setting,title,state,other_latent,other_state,delta%s\n",
             g->title[0] ? ",subject" : "");
    for (int i = first; i < first + n; i++)
        rule_draw(g, h, &g->rule[i], h->row == 0 ? g->title : "");
    plot_gp(&h->p, "unset multiplot\n");
}

// How many rules fit on the page that begins with rule `first`; how many lines they take.
static int rules_fit(const drawing *g, int first, int *lines)
{
    int n = 0;
    for (*lines = 0; first + n < g->n_rules; n++) {
        int more = line_count(g, &g->rule[first + n]);
        if (n > 0 && *lines + more > LINES) break;
        *lines += more;
    }
    return n;
}

// Of panels beside each other, or of one with a legend for each of its curves.
static double page_size(const drawing *g, int first, int n, sheet *h)
{
    int columns = 1, titles = 1, letters = 0;
    bool legend = false;
    for (int i = first; i < first + n; i++) {
        int k = g->rule[i].n_settings < PER_LINE ? g->rule[i].n_settings : PER_LINE;
        columns = k > columns ? k : columns;
        legend |= g->rule[i].other >= 0;
        titles = title_lines(&g->rule[i]) > titles ? title_lines(&g->rule[i]) : titles;
        letters = longest_title(&g->rule[i]) > letters ? longest_title(&g->rule[i]) : letters;
    }
    h->side = g->combined || columns == 1 ? 40 : columns > 2 ? 33 : 25.5;
    h->line = BELOW + h->side + (g->combined ? 0 : LETTER * titles) + 3;
    if (g->combined) return LEFT + h->side + 9 + PLOT_LETTER * letters;
    return LEFT + columns * h->side + (columns - 1) * GAP + (legend ? RIGHT : 3);
}

static dsc_status page_write(drawing *g, const char *folder, int number, int first, int n,
                             int lines)
{
    sheet h = {.row = 0};
    const double width = page_size(g, first, n, &h);
    h.y = lines * h.line;
    plot_page_begin(&h.p, g->ctx, folder, "update_rules", number, width,
                    h.y + (g->title[0] ? 6 : 0));
    page_draw(g, &h, first, n);
    return plot_page_end(&h.p);
}

static dsc_status pages_write(drawing *g, const char *folder)
{
    int number = 1;
    for (int first = 0, lines; first < g->n_rules; number++) {
        int n = rules_fit(g, first, &lines);
        if (lines) DSC_TRY(page_write(g, folder, number, first, n, lines));
        else number--;
        first += n;
    }
    plot_pages_clear(folder, "update_rules", number);
    return DSC_OK;
}

static void notes_send(const drawing *g, int n_open)
{
    if (n_open == 0)
        dsc_note(g->ctx, DSC_NOTE,
                 "update_rules: no latent is open (no sigma below %g), so there is "
                 "nothing to draw",
                 PLOT_OPEN);
    if (n_open > g->n_rules)
        dsc_note(g->ctx, DSC_NOTE, "update_rules: %d latents are open; the %d most open are drawn",
                 n_open, g->n_rules);
    int n_more = 0;
    for (int i = 0; i < g->n_rules; i++) {
        const plot_update_rule *r = &g->rule[i];
        if (g->combined && r->other >= 0)
            dsc_note(g->ctx, DSC_NOTE,
                     "update_rules: the update of latent %d depends on latent %d too, so it has no "
                     "combined panel; without --combined it is drawn",
                     r->latent + 1, r->other + 1);
        else if (r->n_others > 1 && ++n_more <= 3)
            dsc_note(g->ctx, DSC_NOTE,
                     "update_rules: the update of latent %d reads %d other latents; only latent %d "
                     "is varied, the others are 0",
                     r->latent + 1, r->n_others, r->other + 1);
    }
    if (n_more > 3)
        dsc_note(g->ctx, DSC_NOTE, "update_rules: so it is for %d further latents", n_more - 3);
}

static dsc_status rules_compute(drawing *g, const int *latents, int n)
{
    plot_step step = {0};
    DSC_TRY(dsc_alloc(g->ctx, (size_t)n + 1, sizeof *g->rule, &g->rule));
    DSC_TRY(plot_step_open(g->ctx, g->run, g->subject, &step));
    dsc_status status = DSC_OK;
    for (; g->n_rules < n && status == DSC_OK; g->n_rules += status == DSC_OK)
        status = plot_update_rule_compute(g->ctx, g->d, &step, latents[g->n_rules], 0,
                                          &g->rule[g->n_rules]);
    plot_step_close(g->ctx, &step);
    return status;
}

dsc_status plot_update_rules(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                             const char *folder)
{
    plot_disrnn d = {0};
    drawing g = {.ctx = ctx, .run = run, .d = &d, .combined = o->combined};
    int *latents = NULL, n_open = 0;
    DSC_TRY(plot_subject_find(ctx, run, o->subject, "update_rules", &g.subject));
    if (plot_is_multisubject(run))
        plot_subject_title(run, g.subject, "Update rules", g.title, sizeof g.title);
    DSC_TRY(plot_disrnn_read(ctx, run, &d));
    dsc_status status = dsc_alloc(ctx, (size_t)d.n_latents, sizeof *latents, &latents);
    if (status == DSC_OK) {
        n_open = plot_open_latents(&d, latents);
        status = rules_compute(&g, latents, n_open < MOST_RULES ? n_open : MOST_RULES);
    }
    if (status == DSC_OK) notes_send(&g, n_open);
    if (status == DSC_OK) status = pages_write(&g, folder);
    for (int i = 0; i < g.n_rules; i++) plot_update_rule_free(ctx, &g.rule[i]);
    dsc_free(ctx, &g.rule);
    dsc_free(ctx, &latents);
    plot_disrnn_free(ctx, &d);
    return status;
}
