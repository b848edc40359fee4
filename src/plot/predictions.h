// SPDX-License-Identifier: Apache-2.0
// predictions.h — a run on its own data.
#ifndef DISCERN_PLOT_PREDICTIONS_H
#define DISCERN_PLOT_PREDICTIONS_H

#include "plot/internal.h"

typedef struct plot_predictions {
    dsc_table *table;
    dsc_split split;
    dsc_evaluation *evaluation;
    dsc_choices choices;
    bool any_heldout; // any trial
} plot_predictions;
// `recorded`: n quantities of the cell to record.
dsc_status plot_predict(dsc_context *ctx, const dsc_run *run, dsc_pool *pool, int n,
                        const char *const *recorded, plot_predictions *out);
void plot_predictions_free(dsc_context *ctx, plot_predictions *p);
// The trials by which the run is judged: those of a session, *first ... *last - 1, that are held
// out; all if none is anywhere.
void plot_judged_trials(const plot_predictions *p, int session, int *first, int *last);

// ---- series.c: asked of people, of the model on their histories, of simulated choices -----------

enum { PLOT_DATA, PLOT_MODEL, PLOT_SIMULATED, PLOT_SERIES };
typedef struct plot_series {
    const dsc_table *table;
    dsc_choices choices;
    const dsc_column *outcome;
    const double *log_p; // [n_trials][n_actions]; NULL: the choices themselves are asked
    int n_units;
    bool by_subject;                // units are subjects, else sessions
    const plot_predictions *judged; // only the trials that it judges by; NULL: all
} plot_series;
typedef struct plot_people {
    plot_predictions predictions;
    dsc_table *simulated; // NULL: no task was named
    int n;                // of series, 2 or 3
    plot_series series[PLOT_SERIES];
} plot_people;
// Held-out sessions if there are any, else all; the simulation has all. Errors: DSC_INPUT (a table
// without outcomes, a task that does not fit the run).
dsc_status plot_people_read(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                            plot_people *p);
// The same of tables that may have no outcomes.
dsc_status plot_choosers_read(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                              plot_people *p);
void plot_people_free(dsc_context *ctx, plot_people *p);
// The trials of a session that are asked about, *first ... *last - 1.
void plot_series_trials(const plot_series *s, int session, int *first, int *last);
int plot_series_unit(const plot_series *s, int session);
// How probable an option was: 0 or 1 for choices.
double plot_series_chance(const plot_series *s, size_t trial, int option);
// How a series is drawn, and what it is called.
extern const char *const plot_series_name[PLOT_SERIES];
const char *plot_series_colour(int k);
// A key that keeps to one line, however narrow the panels are: points of these shapes.
void plot_series_key(plot_page *p, int n, const int *shape);
// What follows "plot": the model as a line, the others as points with whiskers; of a table whose
// columns x, y, low, high follow one another from number x, its last the number of the series.
void plot_series_curves(plot_page *p, int n, const int *shape, int x, int series);
// A line that says which trials a figure shows.
const char *plot_people_part(const plot_people *p);

// ---- play.c -------------------------------------------------------------------------------------

// The run plays in o->task: as many sessions of every subject as the table has, as long as the
// median of them where the task leaves it open. Its subjects are those of the table, borrowed.
dsc_status plot_play(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                     const dsc_table *like, dsc_table **table);

// ---- stay.c -------------------------------------------------------------------------------------

enum { PLOT_HISTORIES = 6 }; // of the last outcome: 0, 1; of the last two, older first: 00 01 10 11
// An outcome above its session's threshold paid: the middle of the two values that occur; with
// more, the session's median; 0 with one. [n_sessions]
dsc_status plot_paid_thresholds(dsc_context *ctx, const dsc_table *t, const dsc_column *outcome,
                                double *threshold, bool *continuous);
// Mean probability of repeating a choice, per unit: [n_units][PLOT_HISTORIES], NaN where a history
// never occurred.
dsc_status plot_stay_compute(dsc_context *ctx, const plot_series *s, double *stay);

// ---- learning.c ---------------------------------------------------------------------------------

// Per unit and bin of trials of a block: the mean probability of the option that paid better.
typedef struct plot_learning_curves {
    int n_bins, width; // trials to a bin
    double *better;    // [n_units][n_bins]
} plot_learning_curves;
// width and n_bins 0: from the blocks of the series.
dsc_status plot_learning_compute(dsc_context *ctx, const plot_series *s, plot_learning_curves *l);

// ---- measures.c, distance.c: behavioural checks -------------------------------------------------

// Trials back whose weights are asked; lengths of runs; trials before and after a reversal.
enum { PLOT_LAGS = 5, PLOT_RUNS = 10, PLOT_BEFORE = 5, PLOT_AFTER = 15, PLOT_MEASURES = 4 };
// Of a series, per unit: value [n_units][n], NaN where there is none. Outcomes are counted in what
// those of the data are.
typedef struct plot_measure {
    const char *name, *title;
    int n;
    dsc_status (*compute)(dsc_context *ctx, const plot_series *s, const plot_series *data,
                          double *value);
} plot_measure;
extern const plot_measure plot_measures[PLOT_MEASURES];

typedef struct plot_units {
    int n;
    const double *value; // [n][components]
} plot_units;
typedef struct plot_distance {
    dsc_interval distance; // NaN low and high with fewer than two units
    double chance;         // what chance alone stays below in 95 of 100
} plot_distance;
// `paired`: unit k of one is unit k of the other, of which there are as many; then it counts in the
// components of which both have a value.
dsc_status plot_distance_compute(dsc_context *ctx, int n, const plot_units *a, const plot_units *b,
                                 bool paired, uint64_t seed, plot_distance *d);

// ---- decisions.c --------------------------------------------------------------------------------

// Whether a run reads clicks (inputs "left" and "right") and predicts one of two options.
bool plot_hears_clicks(const dsc_run *run);
// The last choice of every session, and the clicks before it.
typedef struct plot_decisions {
    int n_bins;     // of the time before a choice, the latest first
    int n_rows;     // that time in rows; 0: of the longest session
    int n;          // decisions
    double *right;  // [n] how probable option 1 was
    double *clicks; // [n][n_bins] right minus left
} plot_decisions;
dsc_status plot_decisions_read(dsc_context *ctx, const plot_series *s, plot_decisions *d);
void plot_decisions_free(dsc_context *ctx, plot_decisions *d);

// ---- psychometric.c, click_kernel.c -------------------------------------------------------------

enum { PLOT_CLICK_BINS = 8, PLOT_KERNEL_BINS = 10 }; // bins to either side of 0; stretches of time
typedef struct plot_click_bin {
    int n;
    double difference, right; // means
    dsc_interval interval;    // of the latter
} plot_click_bin;
// bins [2 PLOT_CLICK_BINS + 1] of `width` clicks; width 0: from the decisions.
dsc_status plot_psychometric_compute(dsc_context *ctx, const plot_series *s, int *width,
                                     plot_click_bin *bins);
// Weights and standard errors [PLOT_KERNEL_BINS + 1], latest stretch first, then the bias.
dsc_status plot_click_kernel_compute(dsc_context *ctx, const plot_series *s, int *n_rows,
                                     double *weight, double *error);

#endif
