// SPDX-License-Identifier: Apache-2.0
// series.c — posterior predictive checks ask the same of three series: what people chose, what the
// model expected on the same histories, what it chose in a simulation of its own.
#include <math.h>
#include <string.h>

#include "plot/predictions.h"

const char *const plot_series_name[PLOT_SERIES] = {"data", "model", "simulated"};

const char *plot_series_colour(int k)
{
    static const int colour[] = {PLOT_BLACK, PLOT_BLUE, PLOT_ORANGE};
    return plot_colour[colour[k]];
}

// The first outcome that a classical model reads; else the reward.
static const char *outcome_name(const dsc_run *run)
{
    const dsc_cog *cog = run->model->cog;
    for (int i = 0; cog && i < dsc_cog_column_count(cog); i++) {
        dsc_cog_column kind;
        const char *name = dsc_cog_column_at(cog, i, &kind);
        if (kind == DSC_OUTCOME) return name;
    }
    return "reward";
}

static dsc_status series_make(dsc_context *ctx, const dsc_run *run, const dsc_table *t,
                              bool outcomes, plot_series *s)
{
    const char *outcome = outcome_name(run);
    *s = (plot_series){.table = t,
                       .choices = dsc_table_choices(t, run->n_actions),
                       .outcome = dsc_table_outcome(t, outcome),
                       .by_subject = t->n_subjects > 1};
    s->n_units = s->by_subject ? t->n_subjects : t->n_sessions;
    DSC_REQUIRE(ctx, s->choices.choice && (s->outcome || !outcomes), DSC_INPUT,
                "%s has no column \"%s\": without outcomes there is nothing to learn from",
                t->path ? t->path : "the simulated table", outcome);
    return DSC_OK;
}

// What was simulated before: it has the run's options.
static dsc_status played_read(dsc_context *ctx, const dsc_run *run, const char *path, dsc_table **t)
{
    const dsc_read_options o = {.n_actions = run->n_actions};
    return dsc_table_read(ctx, path, &o, t);
}

static dsc_status people_fill(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                              bool outcomes, plot_people *p)
{
    plot_series *s = p->series;
    DSC_TRY(plot_predict(ctx, run, o->pool, 0, NULL, &p->predictions));
    DSC_TRY(series_make(ctx, run, p->predictions.table, outcomes, &s[PLOT_DATA]));
    s[PLOT_MODEL] = s[PLOT_DATA];
    s[PLOT_MODEL].log_p = p->predictions.evaluation->log_p;
    p->n = 2;
    if (!o->task && !o->against) return DSC_OK;
    DSC_TRY(o->task ? plot_play(ctx, run, o, p->predictions.table, &p->simulated)
                    : played_read(ctx, run, o->against, &p->simulated));
    p->n = PLOT_SERIES;
    return series_make(ctx, run, p->simulated, outcomes, &s[PLOT_SIMULATED]);
}

static dsc_status people_read(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                              bool outcomes, plot_people *p)
{
    plot_people made = {.n = 0};
    const dsc_status status = people_fill(ctx, run, o, outcomes, &made);
    if (status != DSC_OK) return plot_people_free(ctx, &made), status;
    *p = made;
    p->series[PLOT_DATA].judged = p->series[PLOT_MODEL].judged = &p->predictions;
    return DSC_OK;
}

dsc_status plot_people_read(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                            plot_people *p)
{
    return people_read(ctx, run, o, true, p);
}

dsc_status plot_choosers_read(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                              plot_people *p)
{
    return people_read(ctx, run, o, false, p);
}

void plot_people_free(dsc_context *ctx, plot_people *p)
{
    dsc_table_destroy(ctx, &p->simulated);
    plot_predictions_free(ctx, &p->predictions);
}

void plot_series_trials(const plot_series *s, int session, int *first, int *last)
{
    *first = 0, *last = s->table->session[session].n_trials;
    if (s->judged) plot_judged_trials(s->judged, session, first, last);
}

int plot_series_unit(const plot_series *s, int session)
{
    return s->by_subject ? s->table->session[session].subject : session;
}

double plot_series_chance(const plot_series *s, size_t trial, int option)
{
    if (!s->log_p) return dsc_choice_made(&s->choices, trial) == option;
    return exp(s->log_p[trial * (size_t)s->choices.n_actions + (size_t)option]);
}

const char *plot_people_part(const plot_people *p)
{
    if (!p->predictions.any_heldout) return "All sessions";
    return p->predictions.split.cut ? "Held-out trials" : "Held-out sessions";
}

void plot_series_key(plot_page *p, int n, const int *shape)
{
    char how[128];
    for (int k = 0; k < n; k++) {
        snprintf(how, sizeof how, "left offset 0.8, 0 point pt %d ps 0.5 lc rgb '%s'", shape[k],
                 plot_series_colour(k));
        plot_text(p, 17 + 17.0 * k, p->height - 8, how, plot_series_name[k]);
    }
}

void plot_series_curves(plot_page *p, int n, const int *shape, int x, int series)
{
    plot_gp(p, "DATA using ($%d==%d ? $%d : NaN):%d with lines lw 1.5 lc rgb '%s'", series,
            PLOT_MODEL, x, x + 1, plot_series_colour(PLOT_MODEL));
    for (int k = 0; k < n; k++)
        if (k != PLOT_MODEL)
            plot_gp(p,
                    ", \\\n    DATA using ($%d==%d ? $%d : NaN):%d:%d:%d with yerrorbars pt %d ps "
                    "0.45 lw 1 lc rgb '%s'",
                    series, k, x, x + 1, x + 2, x + 3, shape[k], plot_series_colour(k));
    plot_gp(p, "\n");
}
