// SPDX-License-Identifier: Apache-2.0
// figures.c — the figures of a run: those in RUN/figures, if they are as new as its checkpoint
// (they may have been edited); the others are drawn in a folder that goes when the page is done.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/internal.h"

// What is said under a figure, and to those who cannot see it.
typedef struct figure_words {
    const char *name;
    report_place place;
    const char *seen; // one sentence: what there is to see
    const char *how;  // how to read it
} figure_words;

static const figure_words words[] = {
    {"bottlenecks", REPORT_OPEN,
     "Three panels of squares, one square per bottleneck: dark where information passes, white "
     "where none does.",
     "Left: which latents remember anything; of several subjects, also what may be known of a "
     "subject at all. Middle: which of them choice reads. Right: what the update of each latent "
     "reads."},
    {"update_rules", REPORT_OPEN,
     "Curves of how much one trial changes a latent, against the value that the latent has.",
     "A panel per latent and kind of trial. Above 0 the latent grows, below it shrinks; where a "
     "curve crosses 0 downwards the latent comes to rest. Several curves: the update also reads "
     "another latent, whose value the colour says."},
    {"choice_rule", REPORT_OPEN, "How strongly the open latents push choice towards one option.",
     "0 is indifference; each unit multiplies the odds of one option over the other by 2.7."},
    {"activity_rule", REPORT_OPEN,
     "What is predicted of neural activity over the latents that its net reads most, a curve or "
     "panel per kind of trial.",
     "The colour, or the height, is the predicted activity."},
    {"decoding", REPORT_OPEN,
     "A panel per column of the table: its number on a trial, and what the open latents say of it.",
     "On the diagonal the latents hold the column. R² of a line near 1: a latent is it; of the "
     "smooth function alone: the latents hold it in other coordinates. How far its changes from "
     "trial to trial are off says how well the rule by which it is updated was found."},
    {"embeddings", REPORT_OPEN,
     "A dot per subject, at the numbers that describe it to the network.",
     "Subjects that lie close together are treated alike."},
    {"parameters", REPORT_PARAMETERS,
     "A panel per parameter: an estimate per subject in ascending order, with its standard error.",
     "The line is the median. An open dot lies on a bound of the parameter, where a standard "
     "error says nothing; a triangle lies beyond the axis."},
    {"session", REPORT_SESSION,
     "The trials of one session: choices and outcomes on top, predicted probabilities and the "
     "network's inner values below.",
     "Ticks are choices, tall where they were rewarded. This is the longest session, a held-out "
     "one if there is any."},
    {"trajectories", REPORT_SESSION,
     "The trials of one session: choices and outcomes on top, predicted probabilities and the "
     "model's values below.",
     "Ticks are choices, tall where they were rewarded. The values are those that the model had "
     "when the choice was made. This is the longest session, a held-out one if there is any."},
    {"calibration", REPORT_CHECKS,
     "How often an option was chosen, against the probability that was predicted for it.",
     "On the diagonal, predictions can be taken at their word. Bars are 95 % intervals."},
    {"stay", REPORT_CHECKS,
     "How often the last choice is repeated after a win and after a loss: data beside model.",
     "Where the model's marks leave the data's bars, it misses something in how outcomes are "
     "used."},
    {"checks", REPORT_CHECKS,
     "Six panels: staying, weights of past outcomes and choices, run lengths, reversals if there "
     "are any, and how far the model is from the data in each.",
     "Model: its predictions on the same histories. Simulated: choices of its own (discern plot "
     "RUN "
     "checks --task TASK). A distance right of the dashed line is more than chance makes."},
    {"learning", REPORT_CHECKS,
     "How often the better option is chosen over the trials of a block: data beside model.",
     "The two curves should rise alike."},
    {"learning_curve", REPORT_TRAINING,
     "The loss per trial of training and held-out sessions over the steps of the training.",
     "Lower is better. Held-out sessions that get worse while training sessions get better mean "
     "that the network has begun to learn these sessions by heart."},
    {"differences", REPORT_OTHER, "What every model loses against the best one.",
     "To the right is worse. The large dot is the mean over subjects (of one: sessions) with its "
     "95 % interval; small ones, if there are any, are single subjects."},
    {"selection", REPORT_OTHER,
     "How probable it is that each model is the most frequent one among subjects.",
     "Bars: protected exceedance probability; dots: the share of subjects expected to be described "
     "best by the model; the dashed line is what equal models would have."},
};

// A figure that is not in the table says what its title says.
static figure_words words_find(const char *name, const char *title)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].name, name) == 0) return words[i];
    return (figure_words){name, REPORT_OTHER, title, ""};
}

static const figure_words filtered = {
    "trajectories", REPORT_SESSION,
    "What the parameters of the model probably were at every trial, given the choices so far.",
    "The line is the mean of the particles, the band holds 95 % of them: a wide band says that the "
    "choices tell little about the parameter."};

// ---- what is seen, in numbers -------------------------------------------------------------------

// Numbers of three columns of a figure's data, row by row.
typedef void take_fn(void *user, double a, double b, double c);

static dsc_status data_read(report *r, const char *folder, const char *name,
                            const char *const columns[3], take_fn *take, void *user)
{
    char path[REPORT_PATH_BYTES];
    dsc_csv csv;
    bool more;
    const int n = snprintf(path, sizeof path, "%s/%s.csv", folder, name);
    if (n >= (int)sizeof path || !dsc_exists(path)) return DSC_OK;
    DSC_TRY(dsc_csv_open(r->ctx, path, &csv));
    dsc_status status = dsc_csv_next(&csv, &more);
    int at[3];
    for (int i = 0; status == DSC_OK && i < 3; i++)
        at[i] = more ? dsc_csv_find(&csv, columns[i]) : -1;
    while (status == DSC_OK && more) {
        status = dsc_csv_next(&csv, &more);
        if (status == DSC_OK && more)
            take(user, report_cell(&csv, at[0]), report_cell(&csv, at[1]),
                 report_cell(&csv, at[2]));
    }
    dsc_csv_close(&csv);
    return status == DSC_MEMORY ? status : DSC_OK;
}

typedef struct curve {
    double first, least, least_step;
    bool heldout;
} curve;

static void take_curve(void *user, double step, double heldout, double train)
{
    curve *c = user;
    const double value = isnan(heldout) ? train : heldout;
    if (isnan(value)) return;
    c->heldout |= !isnan(heldout);
    if (isnan(c->first)) c->first = value;
    if (!(c->least <= value)) c->least = value, c->least_step = step;
}

typedef struct gap {
    double largest, at;
} gap;

// Bins that hold few predictions say little.
static void take_gap(void *user, double n, double predicted, double observed)
{
    gap *g = user;
    const double distance = fabs(observed - predicted);
    if (n < 50 || !isfinite(distance) || distance <= g->largest) return;
    *g = (gap){distance, predicted};
}

typedef struct excess {
    int n, n_more;
    double largest;
} excess;

static void take_excess(void *user, double distance, double low, double chance)
{
    excess *e = user;
    if (!isfinite(chance) || !isfinite(distance) || chance <= 0) return;
    e->n++;
    e->n_more += low > chance;
    e->largest = fmax(e->largest, distance / chance);
}

static dsc_status seen_numbers(report *r, const char *folder, const char *name, char *out,
                               size_t size)
{
    static const char *const of_curve[] = {"step", "nll_heldout", "nll_train"};
    static const char *const of_gap[] = {"n", "predicted", "observed"};
    static const char *const of_excess[] = {"value", "low", "chance"};
    excess e = {0};
    curve c = {NAN, NAN, NAN, false};
    gap g = {-1, 0};
    *out = 0;
    if (strcmp(name, "learning_curve") == 0) {
        DSC_TRY(data_read(r, folder, name, of_curve, take_curve, &c));
        if (!isnan(c.least))
            snprintf(out, size,
                     " That of the %s sessions falls from %.3f to its lowest value, %.3f, "
                     "at step %.0f.",
                     c.heldout ? "held-out" : "training", c.first, c.least, c.least_step);
    } else if (strcmp(name, "calibration") == 0) {
        DSC_TRY(data_read(r, folder, name, of_gap, take_gap, &g));
        if (g.largest >= 0)
            snprintf(out, size, " The largest gap is %.3f, where %.2f was predicted.", g.largest,
                     g.at);
    } else if (strcmp(name, "checks") == 0) {
        DSC_TRY(data_read(r, folder, name, of_excess, take_excess, &e));
        if (e.n > 0)
            snprintf(out, size,
                     " Of %d distances %d %s reliably larger than chance makes (the whole bar is "
                     "right of the line); the largest is %.2f times what chance makes.",
                     e.n, e.n_more, e.n_more == 1 ? "is" : "are", e.largest);
    }
    return DSC_OK;
}

// ---- one drawing --------------------------------------------------------------------------------

static dsc_status missing(report *r, report_page *p, const char *name, const char *why)
{
    r->n_missing++;
    report_put(p, "<p class=\"missing\">The figure <em>%s</em> is not shown: ", name);
    report_sentence(p, why);
    report_put(p, "</p>\n");
    return DSC_OK;
}

static void put_caption(report_page *p, const figure_words *w, int page, const char *numbers)
{
    report_put(p, "<figcaption><strong>%s%h</strong> ", w->seen, page > 1 ? " (continued)" : "");
    if (page == 1) report_put(p, "%s%s", w->how, numbers);
    report_put(p, " <span class=\"file\">%s</span></figcaption></figure>\n", w->name);
}

static dsc_status figure_put(report *r, report_page *p, const char *folder, const figure_words *w,
                             int page, const char *svg)
{
    char prefix[32], numbers[160], seen[1024];
    const char *why;
    DSC_TRY(seen_numbers(r, folder, w->name, numbers, sizeof numbers));
    snprintf(prefix, sizeof prefix, "f%d-", ++p->n_ids);
    snprintf(seen, sizeof seen, "%s%s", w->seen, numbers);
    const size_t before = p->out.length;
    report_put(p, "<figure class=\"%h\"><div class=\"drawing\">",
               report_is_wide(svg) ? "wide" : "narrow");
    if (p->out.status == DSC_OK && !report_svg(p, svg, prefix, seen, &why)) {
        p->out.length = before;
        p->out.s[before] = 0;
        return missing(r, p, w->name, why);
    }
    report_put(p, "</div>");
    put_caption(p, w, page, numbers);
    r->n_figures++;
    r->figure_bytes += strlen(svg);
    return DSC_OK;
}

static dsc_status page_put(report *r, report_page *p, const char *folder, const figure_words *w,
                           int page, const char *path)
{
    char *svg = NULL;
    size_t n;
    const dsc_status status = dsc_read_file(r->ctx, path, &svg, &n);
    if (status == DSC_MEMORY) return status;
    if (status != DSC_OK) return missing(r, p, w->name, dsc_message(r->ctx));
    dsc_status put;
    if (n > REPORT_FIGURE_BYTES) put = missing(r, p, w->name, "it is larger than 1 MB");
    else if (r->figure_bytes + n > REPORT_ALL_FIGURES_BYTES)
        put = missing(r, p, w->name, "the page already holds 8 MB of figures");
    else put = figure_put(r, p, folder, w, page, svg);
    dsc_free(r->ctx, &svg);
    return put;
}

// All pages of a figure; false if there is none.
static dsc_status pages_put(report *r, report_page *p, const char *folder, const figure_words *w,
                            bool *found)
{
    char path[REPORT_PATH_BYTES];
    *found = false;
    for (int page = 1;; page++) {
        int n = page == 1 ? snprintf(path, sizeof path, "%s/%s.svg", folder, w->name)
                          : snprintf(path, sizeof path, "%s/%s-%d.svg", folder, w->name, page);
        if (n >= (int)sizeof path || !dsc_exists(path)) return DSC_OK;
        DSC_TRY(page_put(r, p, folder, w, page, path));
        *found = true;
    }
}

// ---- the scratch folder -------------------------------------------------------------------------

static dsc_status scratch_make(report *r)
{
    const char *temporary = getenv("TMPDIR");
    report_scratch_remove(r);
    if (!temporary || !*temporary) temporary = "/tmp";
    const int n = snprintf(r->scratch, sizeof r->scratch, "%s/discern-report-XXXXXX", temporary);
    if (n < (int)sizeof r->scratch && mkdtemp(r->scratch)) return DSC_OK;
    r->scratch[0] = 0;
    return dsc_fail(r->ctx, DSC_IO,
                    "no temporary folder for figures could be made in %s; name another place with "
                    "the environment variable TMPDIR",
                    temporary);
}

void report_scratch_remove(report *r)
{
    if (r->scratch[0]) dsc_remove(r->ctx, r->scratch);
    r->scratch[0] = 0;
}

// ---- figures of a run ---------------------------------------------------------------------------

static bool newer(const char *a, const char *b)
{
    struct stat x, y;
    if (stat(a, &x) != 0) return false;
    if (stat(b, &y) != 0) return true;
    return x.st_mtime >= y.st_mtime;
}

static bool is_drawn(const report_run *run, const char *name)
{
    char drawing[REPORT_PATH_BYTES], best[REPORT_PATH_BYTES], last[REPORT_PATH_BYTES];
    const int n = snprintf(drawing, sizeof drawing, "%s/figures/%s.svg", run->folder, name);
    snprintf(best, sizeof best, "%s/checkpoints/best.safetensors", run->folder);
    snprintf(last, sizeof last, "%s/checkpoints/last.safetensors", run->folder);
    return n < (int)sizeof drawing && newer(drawing, best) && newer(drawing, last);
}

dsc_status report_pool(report *r, dsc_pool **pool)
{
    if (!r->pool && !r->o->pool) DSC_TRY(dsc_pool_create(r->ctx, 0, &r->pool));
    *pool = r->o->pool ? r->o->pool : r->pool;
    return DSC_OK;
}

static dsc_status figure_draw(report *r, const report_run *run, const char *name)
{
    dsc_plot_options o = {.n = 1, .names = &name, .group = r->o->group};
    DSC_TRY(scratch_make(r));
    DSC_TRY(report_pool(r, &o.pool));
    return dsc_plot(r->ctx, run->run, &o, r->scratch);
}

// There is a script without a drawing, or the figure had nothing to show.
static dsc_status undrawn(report *r, report_page *p, const char *name)
{
    char script[80];
    snprintf(script, sizeof script, "%s.gp", name);
    if (report_has(r->scratch, script))
        return missing(r, p, name,
                       "it could not be drawn; discern doctor says whether gnuplot is installed");
    report_put(p, "<p class=\"missing\">The figure <em>%s</em> has nothing to show here.</p>\n",
               name);
    return DSC_OK;
}

// A figure that cannot be drawn is left out, unless what was asked for does not exist.
static dsc_status run_figure(report *r, report_page *p, const report_run *run,
                             const dsc_figure *figure)
{
    char folder[REPORT_PATH_BYTES];
    bool found = false;
    const figure_words w = words_find(figure->name, figure->title);
    const bool grouped = r->o->group && strcmp(figure->name, "parameters") == 0;
    if (!grouped && is_drawn(run, figure->name)) {
        DSC_TRY(dsc_join_path(r->ctx, folder, sizeof folder, run->folder, "figures"));
        return pages_put(r, p, folder, &w, &found);
    }
    const dsc_status status = figure_draw(r, run, figure->name);
    if (status == DSC_MEMORY || status == DSC_DEFECT || (grouped && status != DSC_OK))
        return status;
    if (status != DSC_OK) return missing(r, p, figure->name, dsc_message(r->ctx));
    DSC_TRY(pages_put(r, p, r->scratch, &w, &found));
    return found ? DSC_OK : undrawn(r, p, figure->name);
}

static bool is_place(const dsc_figure *figure, report_place place)
{
    return words_find(figure->name, "").place == place;
}

// Drawings of a folder that is no run: what a filter followed.
static dsc_status folder_figures(report *r, report_page *p, const report_run *run)
{
    char folder[REPORT_PATH_BYTES];
    bool found;
    DSC_TRY(dsc_join_path(r->ctx, folder, sizeof folder, run->path, "figures"));
    DSC_TRY(pages_put(r, p, folder, &filtered, &found));
    return found ? DSC_OK
                 : missing(r, p, "trajectories",
                           "there is no drawing in its folder; discern filter draws it");
}

dsc_status report_figures(report *r, report_page *p, const report_run *run, report_place place,
                          const char *heading)
{
    bool headed = false;
    if (!run->run) return run->kind == REPORT_FILTER ? folder_figures(r, p, run) : DSC_OK;
    for (int i = 0; dsc_figure_at(i); i++) {
        const dsc_figure *figure = dsc_figure_at(i);
        if (!is_place(figure, place) || !figure->applies(run->run)) continue;
        if (figure->asked && !is_drawn(run, figure->name)) continue;
        if (!headed && heading) report_put(p, "<h3>%s</h3>\n", heading);
        if (!headed) report_put(p, "<div class=\"figures\">\n");
        headed = true;
        DSC_TRY(run_figure(r, p, run, figure));
    }
    if (headed) report_put(p, "</div>\n");
    return DSC_OK;
}

dsc_status report_comparison_figures(report *r, report_page *p)
{
    static const char *const names[] = {"differences", "selection"};
    bool found = false;
    dsc_status status = scratch_make(r);
    if (status == DSC_OK) status = dsc_plot_comparison(r->ctx, r->comparison, "svg", r->scratch);
    if (status == DSC_MEMORY || status == DSC_DEFECT) return status;
    if (status != DSC_OK) return missing(r, p, names[0], dsc_message(r->ctx));
    report_put(p, "<div class=\"figures\">\n");
    for (int i = 0; i < 1 + r->comparison->selected; i++) {
        const figure_words w = words_find(names[i], names[i]);
        DSC_TRY(pages_put(r, p, r->scratch, &w, &found));
        if (!found) DSC_TRY(undrawn(r, p, names[i]));
    }
    report_put(p, "</div>\n");
    return p->out.status;
}
