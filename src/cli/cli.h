// SPDX-License-Identifier: Apache-2.0
// cli.h — what the verbs of the program share: a verb and its options as tables, and small helpers.
//
// A verb is one row of the table in main.c: its words, its options, its help and the function that
// does the job. Results go to stdout, everything else to stderr. Only public headers are used.
#ifndef DISCERN_CLI_H
#define DISCERN_CLI_H

#include <jansson.h>

#include "discern/discern.h"

typedef struct cli cli;

// ---- verbs and options ----------------------------------------------------------------------

typedef enum cli_kind {
    CLI_FLAG,  // bool
    CLI_TEXT,  // const char *
    CLI_LIST,  // cli_list: may be given several times
    CLI_WHOLE, // cli_whole, at most INT_MAX
    CLI_LONG,  // cli_whole, any int64_t
} cli_kind;

typedef struct cli_option {
    const char *name; // "data", given as --data VALUE or --data=VALUE
    char letter;      // 'o' for -o VALUE; 0 = none
    cli_kind kind;
    size_t offset;     // of the member in struct cli
    const char *value; // "FILE", for the help
    const char *help;
} cli_option;

typedef struct cli_list {
    int n;
    const char **item;
} cli_list;

typedef struct cli_whole {
    bool given;
    int64_t value;
} cli_whole;

typedef struct cli_verb {
    const char *name;          // "fit", "data check"
    const char *words;         // "MODEL|CONFIG.yaml", for the usage line
    const char *summary;       // one line
    const char *text;          // what it does, what it writes
    const char *example;       // a worked example
    const cli_option *options; // ends with a NULL name; NULL = none but the common ones
    int fewest, most;          // words after the verb
    bool settings;             // takes key=value
    const dsc_field *keys;     // of its own; ends with a NULL name; NULL = none
    // and those of others: "config" (of a fit), or prefixes before the fields of a model ("model.",
    // "agent.", "NAME.", "FIELD") or task ("task."), separated by blanks
    const char *more_keys;
    dsc_status (*run)(cli *c);
} cli_verb;

enum { CLI_MOST_SAID = 64 };

// One call of the program: what was given, and what every verb needs.
struct cli {
    dsc_context *ctx;
    const cli_verb *verb;
    bool color;
    int signal;                   // that stopped the work; 0 = none
    uint64_t said[CLI_MOST_SAID]; // hashes of the notes so far, the newest in place of the oldest
    int n_said;
    bool mute;       // drop notes, keep warnings (after the data were read once)
    dsc_text warned; // the warnings so far, one a line

    cli_list words, settings; // "gru"; "phases.main.steps=100"
    bool json, quiet, verbose, help, version, force;
    cli_whole threads, seed;
    const char *engine, *isa, *precision, *mapped_folder;
    dsc_mapped mapped; // the context's allocator

    const char *output, *data, *split, *start, *missing, *agent, *checkpoint, *format, *session,
        *task;
    const char *group, *subject, *colour, *columns, *against, *verify, *unit, *last, *first,
        *stratify;
    cli_list map, record;
    bool resume, noisy, combined, graph, text, no_figures, in_sample, provenance, shuffle;
    cli_whole draws, extend, folds, inner, every, offset, trials, actions;
};

extern const cli_verb *const cli_verbs[]; // ends with NULL
extern const cli_verb cli_simulate, cli_data_check, cli_data_show, cli_data_split, cli_data_convert,
    cli_fit, cli_adapt, cli_import, cli_export, cli_filter, cli_eval, cli_compare, cli_show,
    cli_plot, cli_cog_check, cli_cog_format, cli_models, cli_tasks, cli_doctor, cli_recover,
    cli_report;

// Rows that several verbs list among their options.
#define CLI_FORCE                                                                 \
    {                                                                             \
        "force", 0, CLI_FLAG, offsetof(cli, force), NULL, "replace what is there" \
    }
#define CLI_MAP                                                                     \
    {                                                                               \
        "map", 0, CLI_LIST, offsetof(cli, map), "COLUMN=SOURCE[:VALUE=CODE,...]",   \
            "which column of the file plays which role; may be given several times" \
    }
#define CLI_MISSING                                                    \
    {                                                                  \
        "missing", 0, CLI_TEXT, offsetof(cli, missing), "TOKENS",      \
            "further texts that mean \"missing\", separated by commas" \
    }
#define CLI_ACTIONS                                                \
    {                                                              \
        "actions", 0, CLI_WHOLE, offsetof(cli, actions), "N",      \
            "number of options; default: as many as the data show" \
    }
#define CLI_CHECKPOINT                                                     \
    {                                                                      \
        "checkpoint", 0, CLI_TEXT, offsetof(cli, checkpoint), "best|last", \
            "which state of the run; default: best, if there is one"       \
    }
#define CLI_RECORD                                                              \
    {                                                                           \
        "record", 0, CLI_LIST, offsetof(cli, record), "NAME[,NAME]",            \
            "quantities of the cell to write per trial (states, gates, values)" \
    }
#define CLI_END                          \
    {                                    \
        NULL, 0, CLI_FLAG, 0, NULL, NULL \
    }

// ---- parsing and help (verbs.c, options.c, help.c, complete.c) --------------------------------

// Finds the verb that the words begin with; returns how many of them name it, 0 if none does.
int cli_find_verb(int n, char **word, const cli_verb **verb);
extern const cli_option cli_common_options[];
// Reads argv[0 ... n-1] into `c`; c->verb says which options there are. Errors: DSC_USAGE.
dsc_status cli_parse(cli *c, int n, char **argv);
// The option that an argument ("--data", "--data=x.csv", "-o", "-oRUN") begins with; NULL: unknown.
const cli_option *cli_find_option(const cli *c, const char *argument);
bool cli_is_given(const cli *c, const cli_option *o);
// Releases what the parser allocated.
void cli_forget(cli *c);
extern const char cli_exit_codes[]; // what they mean, a line each
void cli_help_program(void);
void cli_help_verb(const cli_verb *verb);
// What may stand in the place of the last word of an unfinished command line, for shells: a line
// per candidate, then a tab and what it means; ":files" and ":folders" stand for those.
dsc_status cli_complete(cli *c, int n, char **word);
// The one-line hint for usage errors: "see discern fit --help".
dsc_status cli_usage(cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

// ---- messages, results (messages.c, output.c, scores.c) ---------------------------------------

void cli_say_note(void *user, dsc_note_kind kind, const char *sentence);
// Keeps the warnings met so far in FOLDER/warnings.txt; if the work was gone on with, those that
// are new after those that are there already.
dsc_status cli_keep_warnings(cli *c, const char *folder);
void cli_say_error(const cli *c, const char *sentence);
// Prints a JSON value to stdout and drops the reference.
dsc_status cli_print_json(cli *c, json_t *value);
// A number for JSON: null for NaN, and infinities as texts, which JSON has no numbers for.
json_t *cli_number_json(double value);
dsc_status cli_print_text(cli *c, dsc_text *text); // and frees it
// Refuses to replace an existing file or folder unless --force was given.
dsc_status cli_may_write(cli *c, const char *path);
// The same of a table, and of what goes beside it in BIDS.
dsc_status cli_may_write_table(cli *c, const char *path);
// Refuses to replace any file of a figure in a folder unless --force was given.
dsc_status cli_may_draw(cli *c, const char *folder, const char *figure);
// --draws of a bootstrap: few give no interval.
dsc_status cli_check_draws(cli *c);
// The formats of figures that --format names; before any work that would be in vain.
dsc_status cli_check_formats(cli *c);
// Whether two paths lead to one file or folder that is there.
bool cli_is_same(const char *a, const char *b);
// Where progress goes: stderr, or NULL with --quiet.
FILE *cli_progress(const cli *c);

// A table of text for the terminal: columns as wide as their widest cell, numbers to the right.
typedef struct cli_grid {
    int columns, cells;
    char **cell;
} cli_grid;
dsc_status cli_grid_add(cli *c, cli_grid *g, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// The first line of an empty table: its titles, of `n` columns.
dsc_status cli_grid_titles(cli *c, cli_grid *g, int n, const char *const *titles);
void cli_grid_print(const cli_grid *g);
void cli_grid_free(cli *c, cli_grid *g);

// Scores of a run on a table as a small table, chance beside them.
dsc_status cli_print_scores(cli *c, const dsc_evaluation *e);

// ---- what verbs have in common (common.c, settings.c, config.c) --------------------------------

// The engine asked for by --engine, --isa, --precision; NULL if none was asked for.
dsc_status cli_engine(cli *c, const dsc_fit_config *trained, const dsc_engine **engine);
bool cli_asks_engine(const cli *c);
dsc_status cli_threads(cli *c, int *threads);
dsc_status cli_pool(cli *c, dsc_pool **pool);
// The names of --record (also separated by commas), as one list; free with dsc_free.
dsc_status cli_names(cli *c, const cli_list *given, const char ***names, int *n, char **storage);
// --map, --missing, --actions.
dsc_read_options cli_reading(const cli *c);
dsc_status cli_read_table(cli *c, const char *path, dsc_table **table);
// What was asked for by `name` is not there: `what` ("there is no model"), the nearest, all known.
dsc_status cli_unknown(cli *c, const char *what, const char *name, const char *const *known, int n);
dsc_status cli_find_task(cli *c, const char *name, const dsc_task **task);
// Fits as the config says: trained in steps or by likelihood.
dsc_status cli_fit_with(cli *c, const dsc_fit_request *r);
// What a fit leaves that ended with this status: its warnings are kept; if a signal stopped it, how
// to go on is said.
dsc_status cli_end_fit(cli *c, const dsc_fit_request *r, dsc_status status);
// `fit --verify RUN` (verify.c).
dsc_status cli_verify_run(cli *c);

// A group of keys that key=value can set: prefix "task." and the fields behind it.
typedef struct cli_keys {
    const char *prefix;
    const dsc_field *fields;
    void *config;
} cli_keys;
dsc_status cli_set_keys(cli *c, const cli_keys *groups, int n);
// An option as the key of a config that it stands for; not set if it was not given (config.c).
dsc_status cli_set_option(cli *c, dsc_fit_config *k, const char *key, const char *value,
                          const char *option);
// The maps of --map, each in place of the config's of the same column.
dsc_status cli_set_maps(cli *c, dsc_fit_config *k);
dsc_status cli_set_whole(cli *c, dsc_fit_config *k, const char *key, cli_whole w,
                         const char *option);
dsc_status cli_set_engine(cli *c, dsc_fit_config *k); // --engine, --isa, --precision, --threads
// --data, --missing, --split, those of the engine, --map (in the place of the config's map of the
// same column), then key=value.
dsc_status cli_set_config(cli *c, dsc_fit_config *k);
// Refuses what was given and has no effect (needs.c): keys of the command line in this config;
// options of the verb; "PREFIXparameter" where parameters follow from something else.
dsc_status cli_check_keys(cli *c, const dsc_fit_config *k);
dsc_status cli_check_options(cli *c);
dsc_status cli_check_parameters(cli *c, const dsc_cog *cog, const char *prefix, const char *needed);
dsc_status cli_check_noise(cli *c, const dsc_run *run); // --noisy of a model without

// A folder of replicas (fleet.c): whether they are a path of penalties; what they say together; the
// same at the end of a fit, with files.
dsc_status cli_is_path(cli *c, const char *path, bool *is);
dsc_status cli_show_fleet(cli *c, const char *path);
dsc_status cli_report_path(cli *c, const char *path, dsc_pool *pool);
// Refuses what is for one run: --checkpoint and settings.
dsc_status cli_check_fleet(cli *c, const char *path);

// A parameter of a simulated agent with a value for each subject (varied.c).
typedef struct cli_varied {
    char name[64];
    double *value; // [n_values]
    int n_values;
} cli_varied;
// Takes "agent.NAME=VALUE,VALUE..." out of the settings. Free the list with cli_free_varied,
// whatever comes back.
dsc_status cli_take_varied(cli *c, const dsc_model *m, cli_varied **list, int *n);
// How many subjects that makes, where *n_subjects is 0; else whether it is as many.
dsc_status cli_count_varied(cli *c, const cli_varied *list, int n, int *n_subjects);
// Into the parameters of a cell that has them per subject.
void cli_place_varied(const cli_varied *list, int n, const dsc_cell *cell, const dsc_layout *l,
                      double *values);
dsc_status cli_write_varied(cli *c, const cli_varied *list, int n, dsc_table *t);
void cli_free_varied(cli *c, cli_varied **list, int n);
// Fields with default, range and meaning, for `models NAME` and `tasks NAME`.
dsc_status cli_print_fields(cli *c, const dsc_field *fields);
json_t *cli_fields_json(const dsc_field *fields);

// ---- signals (signals.c) ----------------------------------------------------------------------

// From now on SIGINT and SIGTERM only raise the flag; one that comes seconds later ends the
// program.
const volatile int *cli_catch_signals(void);

#endif
