/* SPDX-License-Identifier: Apache-2.0
 * plot.h — figures: the data (.csv), the gnuplot script that draws it (.gp) and the drawing (.svg;
 * .pdf and .png on request). */
#ifndef DISCERN_PLOT_H
#define DISCERN_PLOT_H

#include "discern/fit.h"
#include "discern/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What to draw, and how. Zero-initialised means all figures that apply, as svg. */
typedef struct dsc_plot_options {
    int n; /* figures; 0: all that apply */
    const char *const *names;
    const char *formats; /* "svg", "pdf", "png", separated by commas; NULL: svg; "": none */
    dsc_pool *pool;
    const char *group; /* column whose values group subjects; NULL: one group */
    /* which session to show, by labels, NULL: the longest; whose rules, NULL: the first's */
    const char *subject, *session;
    const char *columns; /* of the table, "a,b": shown with a session, decoded; NULL: none */
    /* of subjects in the map of their embeddings: a column, or "likelihood" (of held-out trials);
     * NULL: one colour */
    const char *colour;
    bool combined; /* update rules: all settings of the observations in one panel */
    /* a task in which the run plays for figures that compare it with people; NULL: none */
    const dsc_task *task;
    const void *task_config;
    const char *against; /* instead of it a table of choices simulated before; NULL: none */
    uint64_t seed;       /* of that simulation */
} dsc_plot_options;

/* Whether a list of formats names at least one, and only those that there are. Errors: DSC_INPUT. */
dsc_status dsc_figure_formats_check(dsc_context *ctx, const char *formats);

/* A figure that can be drawn from a run. */
typedef struct dsc_figure {
    const char *name, *title; /* "bottlenecks"; one line */
    bool (*applies)(const dsc_run *run);
    /* Writes FOLDER/NAME.csv and FOLDER/NAME.gp (several pairs if the figure has several pages). */
    dsc_status (*write)(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                        const char *folder);
    bool asked; /* drawn only where it is asked for by name: it needs to be told what to show */
} dsc_figure;
const dsc_figure *dsc_figure_at(int i); /* NULL past the end */
const dsc_figure *dsc_figure_find(const char *name);
/* Whether drawing a figure in these formats would replace a file of a folder (its table, script or
 * drawing, of any page), and the name of the first such file. */
bool dsc_figure_there(const char *folder, const char *figure, const char *formats, char name[256]);
/* Writes figures of a run into `folder` and draws them with gnuplot. Without gnuplot the .csv and
 * .gp are still written and a warning says so. */
dsc_status dsc_plot(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                    const char *folder);
/* Figures of a comparison of runs, in the same way: "differences" (what every model loses against
 * the best, subject by subject) and, if there is a selection, "selection". */
dsc_status dsc_plot_comparison(dsc_context *ctx, const dsc_comparison *c, const char *formats,
                               const char *folder);
const char *dsc_comparison_figure_at(int i); /* their names; NULL past the end */
/* The figure of a recovery, "recovery": recovered against true parameters, a page per model. */
dsc_status dsc_plot_recovery(dsc_context *ctx, const dsc_recovery *r, const char *formats,
                             const char *folder);
/* Draws what a particle filter followed: a page per subject (the first eight), a panel per
 * parameter, in FOLDER/trajectories*. */
dsc_status dsc_plot_filter(dsc_context *ctx, const dsc_filter *f, const dsc_evaluation *e,
                           const dsc_table *t, const char *formats, const char *folder);
/* What was learnt, in words and numbers (`discern show`): parameters, bottlenecks open and closed,
 * total openness, scores. */
dsc_status dsc_show(dsc_context *ctx, const dsc_run *run, bool json, dsc_text *out);
/* The part of it that says in sentences, one a line, which latents of a disentangled RNN are open
 * and what each of them reads; nothing for other models. */
dsc_status dsc_show_open(dsc_context *ctx, const dsc_run *run, dsc_text *out);

/* ---- the replicas of a fit together ---------------------------------------------------------- */

/* Whether a folder holds replicas (replica-0, replica-1, ...). */
bool dsc_is_fleet(const char *path);
/* What they say: the scores of the seeds. A path of penalties: score and total openness of every
 * penalty with 95 % intervals over seeds, and the tightest penalty whose mean NLL is within one
 * standard error of the best. Several seeds of a disentangled RNN (of the chosen penalty): openness
 * with intervals, latents matched across seeds, agreement of their update curves. In words or as
 * JSON; as the figures "penalty_path" and "seeds" (of the options names, formats and pool count); as
 * RUN/penalty_path.json. Errors: DSC_INPUT (a replica that is not finished; nothing to draw; a named
 * figure that this folder has not). */
dsc_status dsc_fleet_show(dsc_context *ctx, const char *path, bool json, dsc_pool *pool,
                          dsc_text *out);
dsc_status dsc_fleet_plot(dsc_context *ctx, const char *path, const dsc_plot_options *o,
                          const char *folder);
dsc_status dsc_fleet_write(dsc_context *ctx, const char *path, dsc_pool *pool);
const char *dsc_fleet_figure_at(int i); /* their names; NULL past the end */

#ifdef __cplusplus
}
#endif
#endif
