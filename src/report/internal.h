// SPDX-License-Identifier: Apache-2.0
// internal.h — what the files of the report room share; grouped by the file that defines it.
#ifndef DISCERN_REPORT_INTERNAL_H
#define DISCERN_REPORT_INTERNAL_H

#include <jansson.h>

#include "discern/report.h"

enum {
    REPORT_PATH_BYTES = 4096,
    REPORT_ROWS = 1000,                // most rows of a table
    REPORT_FIGURE_BYTES = 1 << 20,     // of one figure
    REPORT_ALL_FIGURES_BYTES = 8 << 20 // and of all together
};

// ---- page.c: HTML that is also well-formed XML --------------------------------------------------

typedef struct report_page {
    dsc_context *ctx;
    dsc_text out;
    int n_ids; // tables and figures have numbers of their own
} report_page;

// Adds text. Verbs: %s text, escaped; %h HTML as it stands; %d int and %l int64_t with their
// thousands apart; %u int and %w int64_t as they stand; %g a number to 4 digits; %0 ... %9 a number
// with so many decimals; %r a dsc_interval, "low to high", 4 decimals; %p a probability of a test;
// %%. What is not a number is a dash.
void report_put(report_page *p, const char *format, ...);

// Columns end with NULL; one whose title starts with '#' holds numbers. The caption is as for
// report_put.
void report_table_begin(report_page *p, const char *const *columns, const char *caption, ...);
// The lines of a text as a list, empty ones left out; NULL is no text.
void report_lines(report_page *p, const char *text);
// A number in a row of a table that was written here; NaN if there is none.
double report_cell(const dsc_csv *row, int column);
// A row of cells: 'h' its heading, 't' text, and the verbs of report_put for numbers: "htd4r".
void report_row(report_page *p, const char *cells, ...);
void report_table_end(report_page *p);

// A sentence of the program's, which may lack its full stop.
void report_sentence(report_page *p, const char *text);
// A citation; what it says of doi and arXiv becomes a link.
void report_citation(report_page *p, const char *text);
// A word of a command line, in quotes if a shell would otherwise read it differently.
void report_word(report_page *p, const char *word);
// "1 session", "42 sessions".
void report_count(report_page *p, int64_t n, const char *noun);

// ---- svg.c --------------------------------------------------------------------------------------

// Adds a drawing by gnuplot with names of its own (`prefix` before every id) and `seen` for those
// who cannot see it. Whatever is not a plain drawing (scripts, links, foreign elements) is refused:
// `why` gets the reason, and nothing is added.
bool report_svg(report_page *p, const char *svg, const char *prefix, const char *seen,
                const char **why);

bool report_is_wide(const char *svg); // wider than a column of a journal

// ---- gather.c: the runs -------------------------------------------------------------------------

typedef enum report_kind {
    REPORT_RUN,
    REPORT_REPLICAS,    // `folder` is the best one
    REPORT_FOLDS,       // `folder` is the first one
    REPORT_FILTER,      // no run
    REPORT_PREDICTIONS, // no run
} report_kind;

typedef struct report_run {
    report_kind kind;
    const char *path, *name; // as given; short and unique
    const char *folder;      // of the run that is looked into
    const char *scored;      // where predictions.csv and summary.json are
    int n_parts;             // replicas or folds
    const char *settings;    // of a filter: filter.yaml
    const char *model, *data,
        *hash;    // names of model and data file (no folder), hash; NULL: not known
    dsc_run *run; // NULL: none
    json_t *summary, *provenance;
    json_t *whole;     // replicas: RUN/summary.json
    json_t *penalties; // a path of penalties: RUN/penalty_path.json
} report_run;

typedef struct report_warning {
    const char *run, *sentence;
} report_warning;

typedef struct report {
    dsc_context *ctx;
    dsc_arena *arena;
    const dsc_report_options *o;
    dsc_pool *pool;
    int n;
    report_run *run;
    dsc_comparison *comparison; // NULL: none
    const char *refused;        // why there is none
    int n_warnings, room;
    report_warning *warning;
    int n_figures, n_missing;
    size_t figure_bytes;
    char scratch[REPORT_PATH_BYTES]; // the folder for figures that must be drawn; "": not made yet
} report;

dsc_status report_gather(report *r, const char *const *paths);
// Lets go of all but the scratch folder.
void report_forget(report *r);
// Keeps a sentence for the list of warnings.
dsc_status report_warn(report *r, const report_run *run, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool report_has(const char *folder, const char *name);
// The text of a file of a run, NULL if there is none; of one that cannot be read a warning is kept.
dsc_status report_read(report *r, const report_run *run, const char *folder, const char *name,
                       char **text, size_t *n);
// The same as a JSON object; of one that is none a warning is kept.
dsc_status report_read_json(report *r, const report_run *run, const char *folder, const char *name,
                            json_t **object);
double report_number(const json_t *object, const char *key); // NaN: none
int64_t report_whole(const json_t *object, const char *key); // 0: none
const char *report_text(const json_t *object, const char *key);
bool report_is_network(const report_run *run);
bool report_in_steps(const report_run *run); // trained in steps, not fitted by likelihood

// The part of a run's trials by which it is judged: the held-out one, else what was kept aside,
// else all.
typedef enum report_part {
    REPORT_HELD_OUT,
    REPORT_KEPT_ASIDE,
    REPORT_IN_SAMPLE,
    REPORT_FOLLOWED,
    REPORT_UNKNOWN
} report_part;
const json_t *report_judged(const report_run *run, report_part *part);
const char *report_part_name(report_part part);

// ---- figures.c ----------------------------------------------------------------------------------

typedef enum report_place {
    REPORT_OTHER,
    REPORT_OPEN,
    REPORT_PARAMETERS,
    REPORT_SESSION,
    REPORT_CHECKS,
    REPORT_TRAINING,
} report_place;
// Adds the figures of a run that belong to a place, under a heading if there are any.
// The pool of the options, or one of the report's own.
dsc_status report_pool(report *r, dsc_pool **pool);
dsc_status report_figures(report *r, report_page *p, const report_run *run, report_place place,
                          const char *heading);
dsc_status report_comparison_figures(report *r, report_page *p);
void report_scratch_remove(report *r);

// ---- the sections -------------------------------------------------------------------------------

dsc_status report_in_brief(report *r, report_page *p);
dsc_status report_fitted(report *r, report_page *p);
dsc_status report_scores(report *r, report_page *p);
dsc_status report_comparison(report *r, report_page *p);
dsc_status report_one_run(report *r, report_page *p, const report_run *run);
dsc_status report_model(report *r, report_page *p, const report_run *run);
dsc_status report_bottlenecks(report *r, report_page *p, const report_run *run);
dsc_status report_estimates(report *r, report_page *p, const report_run *run);
// The spread of every parameter over subjects, by group if one is asked for. e NULL: no fit.csv.
dsc_status report_spreads(report *r, report_page *p, const report_run *run, const dsc_estimates *e);
dsc_status report_training(report *r, report_page *p, const report_run *run);
dsc_status report_warnings(report *r, report_page *p);
dsc_status report_reproduce(report *r, report_page *p);
dsc_status report_glossary(report *r, report_page *p);
dsc_status report_references(report *r, report_page *p);

// The looks and the manners of the page: page.css, page.js.
extern const char report_style[], report_script[];

#endif
