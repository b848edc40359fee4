// SPDX-License-Identifier: Apache-2.0
// internal.h — what the files of the plot room share; grouped by the file that defines it.
#ifndef DISCERN_PLOT_INTERNAL_H
#define DISCERN_PLOT_INTERNAL_H

#include "discern/plot.h"

#define PLOT_PATH_BYTES 1536

// ---- print.c: text whose numbers do not depend on the locale --------------------------------

// Adds text. Verbs: %s as it stands, %d int, %l int64_t, %g a number for a drawing (5 digits), %r a
// number in full, %q a quoted gnuplot string that shows exactly the given text, %c a CSV field, %j
// a JSON string, %n a JSON number (null unless finite), %%.
void plot_print(dsc_context *ctx, dsc_text *t, const char *format, ...);
// What users named, as it stands, at most `longest` characters.
char *plot_name(const char *name, int longest, char *out, size_t size);
// What a model or the program named (an input, a state), as words: underscores become spaces.
char *plot_label(const char *name, int longest, char *out, size_t size);
// Takes the next name off a list "a,b"; false at its end.
bool plot_next_name(const char **list, char name[128]);
// How many characters a UTF-8 text has.
int plot_characters(const char *text);

// ---- page.c: a figure's pair of files ---------------------------------------------------------

typedef struct plot_page {
    dsc_context *ctx;
    const char *folder;
    char name[64];        // of the files, without ending: "update_rules" or "update_rules-2"
    double width, height; // of the drawing, in millimetres
    dsc_text csv, gp;
} plot_page;
// Page 1 is called FIGURE, further ones FIGURE-2, ... ; adds the shared preamble to the script.
void plot_page_begin(plot_page *p, dsc_context *ctx, const char *folder, const char *figure,
                     int number, double width, double height);
// Writes both files (unless a text failed) and frees the texts.
dsc_status plot_page_end(plot_page *p);
// Removes pages `from`, from + 1, ... that an earlier call left behind.
void plot_pages_clear(const char *folder, const char *figure, int from);
void plot_page_name(const char *figure, int number, char out[64]);

#define plot_gp(p, ...)  plot_print((p)->ctx, &(p)->gp, __VA_ARGS__)
#define plot_csv(p, ...) plot_print((p)->ctx, &(p)->csv, __VA_ARGS__)

// figures.c: draws all pages of a figure, in the formats of a list ("svg,pdf"; NULL: svg).
dsc_status plot_pages_draw(dsc_context *ctx, const char *folder, const char *figure,
                           const char *format_list);

// ---- style.c: the look that all figures share ---------------------------------------------------

#define PLOT_COLUMN 85.0 // millimetres: the width of a journal's column
#define PLOT_PAGE   174.0
#define PLOT_LETTER 1.5 // millimetres: a wide estimate of the mean width of a letter at 7.5 pt

// Okabe & Ito's colours, which most people with a colour vision deficiency can tell apart.
extern const char *const plot_colour[8];
enum { PLOT_BLACK, PLOT_ORANGE, PLOT_SKY, PLOT_GREEN, PLOT_YELLOW, PLOT_BLUE, PLOT_RED, PLOT_PINK };
#define PLOT_GREY "#999999"
// Five colours from dark to light for ordered curves.
extern const char *const plot_ordered[5];
// Orange from white (0) to dark (1); blue - white - orange around 0.
extern const char *const plot_orange_ramp, *const plot_diverging_ramp;
// The ordered colours as a ramp from low to high.
extern const char *const plot_ordered_ramp;

void plot_style(plot_page *p);
// A step of 1, 2 or 5 times a power of ten that puts about five marks on an axis from -limit to
// limit.
double plot_tick_step(double limit);
// Places the next plot: the lower left corner and the size of its axes in millimetres.
void plot_panel(plot_page *p, double left, double bottom, double width, double height);
// Draws a text at a place in millimetres; `how` is gnuplot's placement, e.g. "center" or "rotate
// left".
void plot_text(plot_page *p, double x, double y, const char *how, const char *text);

// ---- draw.c: gnuplot ----------------------------------------------------------------------------

typedef enum plot_drawn { PLOT_DRAWN, PLOT_NO_GNUPLOT, PLOT_FAILED } plot_drawn;
// Runs FOLDER/NAME.gp for one format; `why` gets gnuplot's complaint.
plot_drawn plot_draw(const char *folder, const char *name, const char *format, char *why, int size);

// ---- metrics.c: RUN/metrics.csv -----------------------------------------------------------------

typedef struct plot_metrics {
    int n, n_phases;
    double *step, *train, *heldout; // [n]; NaN where the cell is empty
    int *phase;                     // [n] index into phase_name
    char phase_name[2 * DSC_MAX_PHASES][64];
} plot_metrics;
dsc_status plot_metrics_read(dsc_context *ctx, const char *path, plot_metrics *m);
void plot_metrics_free(dsc_context *ctx, plot_metrics *m);

// ---- calibration.c ------------------------------------------------------------------------------

#define PLOT_BINS 10
typedef struct plot_bin {
    int64_t n, hits;
    double predicted; // mean predicted probability
    double observed;  // hits / n
    double low, high; // 95 % interval of the observed frequency (Wilson)
} plot_bin;
// Adds one prediction (probability p, whether it came true) to its bin.
void plot_bin_add(plot_bin bins[PLOT_BINS], double p, bool hit);
// Turns sums into means, frequencies and intervals.
void plot_bin_finish(plot_bin bins[PLOT_BINS]);

// ---- groups.c: subjects by a column of the table ------------------------------------------------

enum { PLOT_GROUPS = 6 };
typedef struct plot_groups {
    int n;
    char label[PLOT_GROUPS + 1][128];
    int *of; // [n_subjects of the table]
} plot_groups;
// Groups in ascending order of the column's value; subjects without one come last as "none".
// Errors: DSC_INPUT (no such column, one that changes within a subject, more than PLOT_GROUPS
// values).
dsc_status plot_groups_read(dsc_context *ctx, const dsc_table *t, const char *column,
                            plot_groups *g);
void plot_groups_free(dsc_context *ctx, plot_groups *g);
// Each subject's value of a column [n_subjects], NaN: none. `groups`: what the value is for, and so
// which columns an error names. Errors: DSC_INPUT (no such column, one that changes within a
// subject).
dsc_status plot_subject_values(dsc_context *ctx, const dsc_table *t, const char *column,
                               bool groups, double *value);

// ---- average.c ----------------------------------------------------------------------------------

// Mean of the values that are numbers and its 95 % interval (Student's t); no interval with fewer
// than two.
dsc_interval plot_average(int n, const double *value, int *n_used);

// The share hits / n and its 95 % interval (Wilson 1927).
dsc_interval plot_wilson(double n, double hits);

// ---- logit.c ------------------------------------------------------------------------------------

// A logistic regression of y [n_rows], 0 ... 1, on x [n_rows][n_columns]: weights and their
// standard errors, [n_columns] each; NaN if there is no solution.
typedef struct plot_logit {
    int n_rows, n_columns;
    const double *x, *y;
    double ridge;
    double *weight, *error;
} plot_logit;
dsc_status plot_logit_fit(dsc_context *ctx, const plot_logit *q);
// b becomes the solution x of A x = b, and A [n][n] (its lower triangle) its Cholesky factor; false
// if A is not positive.
bool plot_solve(int n, double *A, double *b);

// ---- the figures: one file each -----------------------------------------------------------------

dsc_status plot_learning_curve(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                               const char *folder);
dsc_status plot_bottlenecks(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                            const char *folder);
dsc_status plot_update_rules(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                             const char *folder);
dsc_status plot_choice_rule(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                            const char *folder);
dsc_status plot_activity_rule(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                              const char *folder);
dsc_status plot_embeddings(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                           const char *folder);
dsc_status plot_session(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                        const char *folder);
dsc_status plot_decoding(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                         const char *folder);
dsc_status plot_parameters(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                           const char *folder);
dsc_status plot_stay(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                     const char *folder);
dsc_status plot_checks(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                       const char *folder);
dsc_status plot_learning(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                         const char *folder);
dsc_status plot_calibration(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                            const char *folder);
dsc_status plot_psychometric(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                             const char *folder);
dsc_status plot_click_kernel(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                             const char *folder);

// ---- comparison.c -------------------------------------------------------------------------------

dsc_status plot_comparison_write(dsc_context *ctx, const dsc_comparison *c, const char *folder);

#endif
