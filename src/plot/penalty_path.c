// SPDX-License-Identifier: Apache-2.0
// penalty_path.c — held-out likelihood against total openness along a path of penalties, every
// point with its 95 % intervals over seeds, and the point that is chosen: the tightest penalty
// whose mean held-out NLL lies within one standard error of the best (the rule of Breiman et al.
// 1984 for the size of a tree; here the standard error is over seeds).
#include <math.h>

#include "plot/fleet.h"

// ---- the numbers --------------------------------------------------------------------------------

static void point_fill(const plot_fleet *f, int k, double *scratch, plot_path_point *p)
{
    double sum = 0;
    p->penalty = f->penalty[k];
    for (int s = 0; s < f->n_seeds; s++) scratch[s] = plot_fleet_member(f, s, k)->nll;
    p->nll = plot_average(f->n_seeds, scratch, NULL);
    for (int s = 0; s < f->n_seeds; s++)
        sum += (scratch[s] - p->nll.value) * (scratch[s] - p->nll.value);
    p->se = f->n_seeds > 1 ? sqrt(sum / (f->n_seeds - 1) / f->n_seeds) : 0;
    for (int s = 0; s < f->n_seeds; s++) scratch[s] = plot_fleet_member(f, s, k)->likelihood;
    p->likelihood = plot_average(f->n_seeds, scratch, NULL);
    for (int s = 0; s < f->n_seeds; s++) scratch[s] = plot_fleet_member(f, s, k)->openness;
    p->openness = plot_fleet_interval(f, scratch);
}

static void choose(plot_path *p)
{
    for (int k = 1; k < p->n; k++)
        if (p->point[k].nll.value < p->point[p->best].nll.value) p->best = k;
    const plot_path_point *best = &p->point[p->best];
    for (int k = p->best; k < p->n; k++)
        if (p->point[k].nll.value <= best->nll.value + best->se) p->chosen = k;
}

dsc_status plot_path_compute(dsc_context *ctx, const plot_fleet *f, plot_path *p)
{
    plot_path made = {.n = f->n_penalties};
    double *scratch = NULL;
    DSC_TRY(dsc_alloc(ctx, (size_t)f->n_seeds, sizeof *scratch, &scratch));
    const dsc_status status = dsc_alloc(ctx, (size_t)made.n, sizeof *made.point, &made.point);
    for (int k = 0; status == DSC_OK && k < made.n; k++) point_fill(f, k, scratch, &made.point[k]);
    dsc_free(ctx, &scratch);
    DSC_TRY(status);
    choose(&made);
    *p = made;
    return DSC_OK;
}

void plot_path_free(dsc_context *ctx, plot_path *p)
{
    dsc_free(ctx, &p->point);
}

// ---- words --------------------------------------------------------------------------------------

// With one seed there is no interval.
static const char *range_text(const dsc_interval *x, int digits, char out[64])
{
    if (isnan(x->low)) return "-";
    snprintf(out, 64, "%.*f-%.*f", digits, x->low, digits, x->high);
    return out;
}

static void say_point(dsc_context *ctx, const plot_path *p, int k, dsc_text *out)
{
    char line[256], factor[32], likelihood[64], openness[64];
    const plot_path_point *q = &p->point[k];
    snprintf(line, sizeof line, "%-9s %9.4f %9.4f %15s %10.2f %12s%s\n",
             dsc_format_number(q->penalty, factor), q->nll.value, q->likelihood.value,
             range_text(&q->likelihood, 4, likelihood), q->openness.value,
             range_text(&q->openness, 2, openness), k == p->chosen ? "  <- chosen" : "");
    dsc_text_add(ctx, out, "%s", line);
}

void plot_path_say(dsc_context *ctx, const plot_fleet *f, const plot_path *p, dsc_text *out)
{
    const plot_path_point *best = &p->point[p->best], *chosen = &p->point[p->chosen];
    char line[320], a[32], b[32];
    dsc_text_add(ctx, out, "A path of %d penalties, each with %d seed%s; %s trials.\n\n", p->n,
                 f->n_seeds, f->n_seeds == 1 ? "" : "s",
                 *f->part == 'h' ? "scores of the held-out" : "scores of all");
    dsc_text_add(
        ctx, out,
        "penalty   nll/trial  likelihood (95 %% interval)     openness (95 %% interval)\n");
    for (int k = 0; k < p->n; k++) say_point(ctx, p, k, out);
    snprintf(line, sizeof line,
             "\nChosen is the penalty %s: the tightest whose mean NLL (%.4f) is no more than one "
             "standard\nerror (%.4f, over %d seed%s) above the best (%.4f, penalty %s).\n",
             dsc_format_number(chosen->penalty, a), chosen->nll.value, best->se, f->n_seeds,
             f->n_seeds == 1 ? "" : "s", best->nll.value, dsc_format_number(best->penalty, b));
    dsc_text_add(ctx, out, "%s", line);
    if (f->n_seeds == 1)
        dsc_text_add(ctx, out, "With one seed the standard error is 0; add replicas=4.\n");
    dsc_text_add(ctx, out, "Its runs:");
    for (int s = 0; s < f->n_seeds; s++)
        dsc_text_add(ctx, out, " %s", plot_fleet_member(f, s, p->chosen)->run->path);
    dsc_text_add(ctx, out, "\n");
}

static void json_interval(dsc_context *ctx, const char *name, const dsc_interval *x, dsc_text *out)
{
    plot_print(ctx, out, ", \"%s\": {\"value\": %n, \"low\": %n, \"high\": %n}", name, x->value,
               x->low, x->high);
}

static void json_runs(dsc_context *ctx, const plot_fleet *f, int k, dsc_text *out)
{
    plot_print(ctx, out, ", \"runs\": [");
    for (int s = 0; s < f->n_seeds; s++) {
        const plot_member *m = plot_fleet_member(f, s, k);
        plot_print(ctx, out, "%s{\"run\": %j, \"seed\": %l, \"nll\": %n, \"openness\": %n}",
                   s ? ", " : "", m->run->path, m->run->config.seed, m->nll, m->openness);
    }
    plot_print(ctx, out, "]}");
}

void plot_path_json(dsc_context *ctx, const plot_fleet *f, const plot_path *p, dsc_text *out)
{
    plot_print(
        ctx, out,
        "{\"part\": %j, \"n_seeds\": %d, \"best\": %n, \"chosen\": %n, "
        "\"standard_error\": %n, \"rule\": %j, \"points\": [",
        f->part, f->n_seeds, p->point[p->best].penalty, p->point[p->chosen].penalty,
        p->point[p->best].se,
        "the tightest penalty whose mean NLL is no more than one standard error (over seeds) "
        "above the best");
    for (int k = 0; k < p->n; k++) {
        plot_print(ctx, out, "%s{\"penalty\": %n", k ? ", " : "", p->point[k].penalty);
        json_interval(ctx, "nll", &p->point[k].nll, out);
        json_interval(ctx, "normalized_likelihood", &p->point[k].likelihood, out);
        json_interval(ctx, "openness", &p->point[k].openness, out);
        json_runs(ctx, f, k, out);
    }
    plot_print(ctx, out, "]}");
}

// ---- the figure ---------------------------------------------------------------------------------

// Points first, then the single seeds, of which only openness and likelihood are filled in.
static void data_write(plot_page *g, const plot_fleet *f, const plot_path *p)
{
    plot_csv(g, "penalty,seed,openness,openness_low,openness_high,likelihood,likelihood_low,"
                "likelihood_high,nll,nll_low,nll_high,chosen\n");
    for (int k = 0; k < p->n; k++) {
        const plot_path_point *q = &p->point[k];
        plot_csv(g, "%r,,%r,%r,%r,%r,%r,%r,", q->penalty, q->openness.value, q->openness.low,
                 q->openness.high, q->likelihood.value, q->likelihood.low, q->likelihood.high);
        plot_csv(g, "%r,%r,%r,%d\n", q->nll.value, q->nll.low, q->nll.high, k == p->chosen);
    }
    for (int k = 0; k < p->n; k++)
        for (int s = 0; s < f->n_seeds; s++) {
            const plot_member *m = plot_fleet_member(f, s, k);
            plot_csv(g, "%r,%l,%r,,,%r,,,%r,,,%d\n", f->penalty[k], m->run->config.seed,
                     m->openness, m->likelihood, m->nll, k == p->chosen);
        }
}

// All seeds and the intervals, but for the part of these that is longer than what seeds span.
static void range_find(const plot_fleet *f, const plot_path *p, bool openness, double *low,
                       double *high)
{
    double least = INFINITY, most = -INFINITY;
    for (int k = 0; k < f->n_seeds * f->n_penalties; k++) {
        const double x = openness ? f->member[k].openness : f->member[k].likelihood;
        least = fmin(least, x);
        most = fmax(most, x);
    }
    const double span = fmax(most - least, 1e-3);
    *low = least, *high = most;
    for (int k = 0; k < p->n; k++) {
        const dsc_interval *x = openness ? &p->point[k].openness : &p->point[k].likelihood;
        *low = fmin(*low, fmax(x->low, least - span));
        *high = fmax(*high, fmin(x->high, most + span));
    }
    *low -= 0.05 * span;
    *high += 0.05 * span;
}

static void script_write(plot_page *g, const plot_fleet *f, const plot_path *p)
{
    double low, high;
    const int last = p->n - 1, all = p->n + f->n_seeds * p->n - 1;
    plot_panel(g, 17, 11, 64, 40);
    range_find(f, p, true, &low, &high);
    plot_gp(g, "set xrange [%g:%g]\nset xtics %g\n", low, high, plot_tick_step((high - low) / 2));
    range_find(f, p, false, &low, &high);
    plot_gp(g, "set yrange [%g:%g]\nset ytics %g\n", low, high, plot_tick_step((high - low) / 2));
    plot_gp(g, "set xlabel 'Total openness, Σ (1 − σ)'\nset ylabel %q offset 0.6, 0\n",
            *f->part == 'h' ? "Held-out likelihood" : "Likelihood");
    plot_gp(g, "set key horizontal at screen 0.98, screen 0.985 right top\n");
    plot_gp(g,
            "plot DATA every ::%d::%d using 3:6 with points pt 7 ps 0.2 lc rgb '%s' title "
            "'seed', \\\n",
            p->n, all, PLOT_GREY);
    plot_gp(g, "    DATA every ::0::%d using 3:6 with lines lw 1 lc rgb '%s' notitle, \\\n", last,
            plot_colour[PLOT_BLUE]);
    if (f->n_seeds > 1)
        plot_gp(g,
                "    DATA every ::0::%d using 3:6:4:5:7:8 with xyerrorbars pt 7 ps 0.4 lw 1 lc rgb "
                "'%s' title 'mean', \\\n",
                last, plot_colour[PLOT_BLUE]);
    plot_gp(g,
            "    DATA every ::%d::%d using 3:6 with points pt 6 ps 1.1 lw 1.5 lc rgb '%s' title "
            "'chosen', \\\n",
            p->chosen, p->chosen, plot_colour[PLOT_RED]);
    plot_gp(g,
            "    DATA every ::0::%d using 3:6:1 with labels left offset 0.7, -0.7 font ',6' "
            "notitle\n",
            last);
}

dsc_status plot_path_draw(dsc_context *ctx, const plot_fleet *f, const plot_path *p,
                          const char *folder)
{
    plot_page g;
    plot_page_begin(&g, ctx, folder, "penalty_path", 1, PLOT_COLUMN, 60);
    data_write(&g, f, p);
    script_write(&g, f, p);
    return plot_page_end(&g);
}
