/* SPDX-License-Identifier: Apache-2.0
 * data.h — trial tables: reading, mapping, checking, writing, splitting, packing into tiles. */
#ifndef DISCERN_DATA_H
#define DISCERN_DATA_H

#include "discern/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the table ------------------------------------------------------------------------------- */

typedef struct dsc_column {
    char *
        name; /* canonical ("choice", "reward", "prev_choice", "prev_reward") or the source's own */
    char *source; /* the name in the file */
    /* [n_trials]; NaN = missing; a text column holds codes 0, 1, ... in order of first appearance
     * (choices: of sorted labels) */
    double *value;
    char **label; /* [n_labels] texts of the codes (UTF-8); NULL for a numeric column */
    int n_labels;
} dsc_column;

typedef struct dsc_session {
    char *label;  /* as in the file */
    int subject;  /* index into subjects */
    size_t first; /* its trials are rows first ... first+n_trials-1 */
    int n_trials;
} dsc_session;

/* Trials sorted by session (order of first appearance), within a session in the order of the file
 * or of the trial column. */
typedef struct dsc_table {
    char *path;
    size_t n_trials;
    int n_columns, n_sessions, n_subjects;
    dsc_column *column;
    dsc_session *session;
    char **subject; /* labels */
    /* [n_trials]: place of the trial in the order of the input (0-based), for writing predictions
     * back in that order */
    size_t *row;
    /* [n_trials]: trial number as in the file, else 0, 1, ... within the session */
    double *trial;
    int n_actions; /* largest valid choice + 1, at least 2; 0 without a choice column */
    /* names in the file of who and when; NULL where no column says */
    char *subject_source, *session_source, *trial_source;
    const size_t *line; /* [n_trials] line of the file by place in the input; NULL if it has none */
    char hash[17];      /* of the bytes of the file(s) */
} dsc_table;

/* How to read. Zero-initialised means defaults. */
typedef struct dsc_read_options {
    int n_maps;
    /* each "column=source[:value=code,...]", column one of subject, session, trial, choice, reward,
     * prev_choice, prev_reward or any other name; source a name in the file or #N (its number, from
     * 0), "" leaves the column out; value in quotes, as in CSV, if it holds a comma; code a number
     * or NA */
    const char *const *map;
    /* extra tokens for missing values, separated by commas, in quotes where they hold one; "", NA,
     * NaN, null, None are always missing */
    const char *missing;
    const char
        *subjects; /* labels, separated by commas, of those whose sessions are read; NULL or "":
                             all */
    int n_actions; /* 0: from the data (of all subjects) */
    bool audited;  /* leave out the warnings about order that dsc_table_audit repeats */
} dsc_read_options;

/* Reads a trial table; the format follows from name and content (doc/data.md). A path "FILE#PART"
 * names one of the tables in a file. Which source became which column is told through dsc_note; an
 * ambiguity is refused with the candidates. Errors: DSC_INPUT with file, line, column, value,
 * remedy. An HDF5 file is first tried in a copy of the process (fork): in programs with threads,
 * see "Threads" in doc/library.md. */
dsc_status dsc_table_read(dsc_context *ctx, const char *path, const dsc_read_options *o,
                          dsc_table **table);
void dsc_table_destroy(dsc_context *ctx, dsc_table **table);
/* Makes a table from memory: n_sessions sessions of lengths [n_sessions], columns [n_columns] with
 * names and concatenated values (copied). Columns
 * "choice", "reward" etc. have their usual meaning; subject [n_sessions] may be NULL. Used by
 * simulators and tests. */
dsc_status dsc_table_make(dsc_context *ctx, int n_sessions, const int *lengths, const int *subject,
                          int n_columns, const char *const *names, const double *const *values,
                          dsc_table **table);
/* Adds a numeric column: name and values [n_trials], in the order of the table's rows, are copied.
 * Errors: DSC_MEMORY. */
dsc_status dsc_table_add(dsc_table *t, const char *name, const double *values);
/* A column by canonical name; NULL if there is none. */
const dsc_column *dsc_table_column(const dsc_table *t, const char *name);
/* Errors: DSC_INPUT where there is none of that name, naming the columns that there are. */
dsc_status dsc_table_require(dsc_context *ctx, const dsc_table *t, const char *name);
/* dsc_table_column; of a table that has only prev_X, X is that column one trial ahead, missing on
 * the last trial of each session. */
const dsc_column *dsc_table_outcome(const dsc_table *t, const char *name);
/* Whether every session has one choice, on its last row, and some have rows before it: a decision
 * about what was shown. */
bool dsc_table_ends_in_choices(const dsc_table *t);
/* What a network reads of such a table instead of the choice and reward before, which it does not
 * have: "left,right" of clicks; NULL: nothing is known to lead to the choices. */
const char *dsc_table_stimuli(const dsc_table *t);
/* What a model is to predict, values [n_trials]: column NAME; of prev_X that is not there, column X
 * one trial back, missing on the first trial of each session. Errors: DSC_INPUT (no such column,
 * naming those there are). */
dsc_status dsc_table_target(dsc_context *ctx, const dsc_table *t, const char *name, double *values);
/* The choices of a table. */
typedef struct dsc_choices {
    const double *choice, *instructed; /* [n_trials]; NULL: no such column */
    int n_actions;
} dsc_choices;
dsc_choices dsc_table_choices(const dsc_table *t, int n_actions);
/* The option of a trial; -1 where it is missing or none of 0 ... n_actions - 1. */
int dsc_choice_made(const dsc_choices *c, size_t trial);
/* The same, -1 also where the choice was instructed: what counts for scores. */
int dsc_choice_counted(const dsc_choices *c, size_t trial);
/* Where a row of the table stands, for messages: 'line 7, subject "ann", session "2", trial 5', the
 * trial with its number in the file; "row 6, ..." where the input has no lines. Returns `out`, which
 * DSC_PLACE_TEXT bytes do for. */
enum { DSC_PLACE_TEXT = 512 };
char *dsc_table_place(const dsc_table *t, size_t row, char *out, size_t size);
/* Writes a table; format from the ending (.csv, .tsv, _beh.tsv, .npz, .json); lossless for what
 * dsc_table_read reads. */
dsc_status dsc_table_write(dsc_context *ctx, const dsc_table *t, const char *path);
/* The file that dsc_table_write writes beside `path`: the description of a BIDS table, _beh.json.
 * Free *beside with dsc_text_free; it stays empty if there is none. */
dsc_status dsc_table_beside(dsc_context *ctx, const char *path, dsc_text *beside);

/* Cells of other CSV files (commas between them are the caller's): a text, quoted where a reader
 * would otherwise split it, NULL being an empty cell; a number in its shortest form, NaN being an
 * empty cell. */
void dsc_csv_write_text(FILE *out, const char *text);
void dsc_csv_write_number(FILE *out, double value);
/* Reads such a file line by line. From dsc_csv_open on the caller owes a dsc_csv_close, also after
 * a failure of dsc_csv_next. `path` is borrowed. Errors: DSC_INPUT (no such file, zero bytes in it,
 * a quoted cell that is not closed), naming the line. */
typedef struct dsc_csv {
    dsc_context *ctx;
    const char *path;
    char *text, *at, *end;  /* the file's bytes, cut in place */
    size_t line, next_line; /* of the file; the first is 1 */
    int n, room;
    char **cell; /* [n] of this line; the texts stay valid until the file is closed */
} dsc_csv;
dsc_status dsc_csv_open(dsc_context *ctx, const char *path, dsc_csv *r);
/* The next line; *more is false at the end. */
dsc_status dsc_csv_next(dsc_csv *r, bool *more);
/* The place of a cell in this line, -1 if none is equal to it. */
int dsc_csv_find(const dsc_csv *r, const char *cell);
/* At most so many lines are left; quoted cells may hold some of them. */
size_t dsc_csv_lines(const dsc_csv *r);
void dsc_csv_close(dsc_csv *r);

/* What is in a table, for people (text) or programs (JSON): counts, choices per option, reward
 * rates, missing, lengths, mapping; and what to doubt, the gravest first, with places and remedies:
 * duplicates, disorder, gaps, impossible values and the like. *usable (may be NULL): whether
 * nothing was found that makes a fit pointless. */
dsc_status dsc_table_audit(dsc_context *ctx, const dsc_table *t, bool json, dsc_text *out,
                           bool *usable);

/* ---- tensors --------------------------------------------------------------------------------- */

/* The parameters of somebody else's network, by name. */
typedef struct dsc_tensor {
    char *name; /* "rnn.weight_ih_l0" */
    int n_dimensions;
    size_t shape[4], n;
    double *value; /* [n] in the order of the shape, the last axis fastest */
} dsc_tensor;
typedef struct dsc_tensors {
    int n;
    dsc_tensor *tensor; /* [n] in the order of the file */
    dsc_arena *arena;   /* that owns them */
} dsc_tensors;
/* Reads a state dictionary that PyTorch saved (.pth, .pt; version 1.6 or later). The file is a
 * pickle; only tensors, dictionaries, numbers and texts are made of it and nothing is executed.
 * Errors: DSC_INPUT with what else it asks for, and the remedy. */
dsc_status dsc_tensors_read(dsc_context *ctx, const char *path, dsc_tensors **tensors);
void dsc_tensors_destroy(dsc_tensors **tensors);

/* ---- splits ---------------------------------------------------------------------------------- */

typedef enum dsc_part {
    DSC_TRAIN,
    DSC_HELDOUT, /* watched while training: chooses the best checkpoint */
    DSC_TEST     /* kept aside: neither trains nor chooses anything */
} dsc_part;
/* Which sessions, or which of their trials, are in which part. */
typedef struct dsc_split {
    int n_sessions;
    unsigned char *heldout; /* [n_sessions] a dsc_part */
    /* [n_sessions], NULL if sessions are whole: of a session that trains, the trials from cut[s] on
     * are held out (predicted with the state that the earlier ones left) */
    int *cut;
    char rule[DSC_FIELD_TEXT]; /* in words */
} dsc_split;

typedef enum dsc_split_unit {
    DSC_SPLIT_SESSIONS,
    DSC_SPLIT_SUBJECTS,
    DSC_SPLIT_TRIALS
} dsc_split_unit;
/* How a split is made. Units stand in the order of the file, or shuffled, those of a stratum
 * together. `every`: every n-th unit is held out, beginning with `offset` (fold k of K: every = K,
 * offset = k); 0: none. `last`: instead the last share of the units of every stratum is; of trials
 * (which takes only this): of every session. `test_every`, `test_offset`: units kept
 * aside first. */
typedef struct dsc_split_rule {
    dsc_split_unit unit;
    int every, offset, test_every, test_offset;
    double last;
    bool aside;           /* what `every` and `last` take is kept aside, not held out */
    const char *stratify; /* "subject" or a column that is constant in sessions; NULL: none */
    bool shuffle;
    uint64_t seed; /* of the shuffling */
    bool options;  /* errors name the options of `discern data split`, not the keys split.* */
} dsc_split_rule;
/* Errors: DSC_INPUT for a rule that holds out nothing or everything, or makes no sense. */
dsc_status dsc_split_make(dsc_context *ctx, const dsc_table *t, const dsc_split_rule *rule,
                          dsc_split *split);
/* Every n-th session, starting at offset, is held out (n >= 2, 0 <= offset < n); n = 0 holds out
 * nothing. */
dsc_status dsc_split_every(dsc_context *ctx, const dsc_table *t, int n, int offset,
                           dsc_split *split);
/* The trials of a session that are in a part: *first ... *last - 1, none if both are equal. */
void dsc_split_trials(const dsc_split *split, const dsc_table *t, int session, dsc_part part,
                      int *first, int *last);
/* A hash of who is where, 16 hex digits; `out` has 17 bytes. */
dsc_status dsc_split_hash(dsc_context *ctx, const dsc_split *split, char *out);
const char *dsc_part_name(dsc_part part); /* "train", "heldout", "test" */
/* Split files (JSON): the data's hash, the rule in words, and per part the list of sessions
 * {subject, session, n_trials, and trials: [first, last) of a session in two parts}. Reading
 * refuses a file that does not fit the table. */
dsc_status dsc_split_write(dsc_context *ctx, const dsc_table *t, const dsc_split *split,
                           const char *path);
dsc_status dsc_split_read(dsc_context *ctx, const dsc_table *t, const char *path, dsc_split *split);
void dsc_split_free(dsc_context *ctx, dsc_split *split);

/* ---- packing --------------------------------------------------------------------------------- */

/* Sessions of a table ready for an engine, held once. The inputs of the cell mean:
 *   "prev_X"       column prev_X if the table has it, else column X one trial back, 0 before the
 * first trial; missing reads as 0
 *   "agent_X"      the same but -1 (choice) before the first trial and where missing; other columns
 * 0
 *   "agent_trial"  0 on the first trial of a session, else 1
 *   "in_session"   1 on every trial of a session, 0 on padding
 *   "current_choice"  the choice of this trial, -1 where missing
 *   "block_start"  1 where the column "block" changes within a session, else 0; 0 throughout if
 * there is no such column; "agent_block_start" one trial back
 *   "label"        choice, 0 where missing          "weight"   1 if the choice counts (not missing,
 * in range, not instructed: a column "instructed" that is not 0), else 0
 *   "penalty_weight"  see dsc_pack_options          "target_N" N-th target column, 0 where missing;
 * (dsc_table_target); "target_weight_N" 1 where it is there; of a cell that reads a label too, only
 * where the choice counts
 *   "valid_action_N"  N-th column of valid actions: 0 where option N is not allowed, 1 where
 * missing
 *   "observed_X"   column X; a missing value stays NaN
 *   any other X    column X, or without one prev_X of the next trial (0 on the last of a session);
 * missing reads as 0 */
typedef enum dsc_penalty_trials {
    DSC_PENALTY_VALID, /* trials that have any of what the cell is fitted to */
    DSC_PENALTY_ALL,   /* all trials of the session */
    /* every session is padded to the longest of the table with inputs of -1, and all those trials
     * count (the reference's convention) */
    DSC_PENALTY_PADDED,
} dsc_penalty_trials;
typedef struct dsc_pack_options {
    const dsc_engine *engine;
    const dsc_cell *cell; /* whose inputs to pack */
    int n_sessions;
    /* indices into the table, e.g. the training part; NULL = all, n_sessions ignored */
    const int *sessions;
    dsc_penalty_trials penalty_trials;
    int n_targets;
    const char *const *targets; /* columns for "target_N" */
    int n_valid;
    const char *const *valid; /* columns for "valid_action_N"; scored choices must be allowed */
    /* columns that are read as they are have a value on every trial with a choice, or packing is
     * refused */
    bool refuse_missing;
    /* [n_subjects of the table] the subject whose parameters each one has; NULL: the same index */
    const int *subjects;
    /* the same per session [n_sessions of the table], where sessions have parameters of their own;
     * goes before subjects */
    const int *places;
    /* [n_sessions of the table]: trials before `first` count for nothing, the session ends before
     * `last`; NULL: all of it */
    const int *first, *last;
} dsc_pack_options;

typedef struct dsc_pack dsc_pack;
/* Packs; sessions are sorted by length into tiles. Errors: DSC_INPUT for an input that the table
 * lacks, naming it and the columns there are. */
dsc_status dsc_pack_create(dsc_context *ctx, const dsc_table *t, const dsc_pack_options *o,
                           dsc_pack **pack);
void dsc_pack_destroy(dsc_context *ctx, dsc_pack **pack);
int dsc_pack_sessions(const dsc_pack *p);
int dsc_pack_longest(const dsc_pack *p);
/* Trials with a choice where the column that this input of the cell reads is missing, so that the
 * cell reads 0; input: its index in the cell (dsc_cell_input). */
size_t dsc_pack_absent(const dsc_pack *p, int input);
double dsc_pack_weight(const dsc_pack *p,
                       int k); /* sum of "weight" over the trials of its k-th session */
double dsc_pack_penalty_weight(const dsc_pack *p, int k); /* and of "penalty_weight" */
/* Trials that have any of what the cell is fitted to: its choices, its targets. */
double dsc_pack_valid(const dsc_pack *p, int k);
double dsc_pack_target_weight(const dsc_pack *p, int k); /* and of all "target_weight_N" */
size_t dsc_pack_bytes(const dsc_pack *p);
/* All sessions once each, or with multiplicity [sessions] (NULL = 1; 0 leaves the session's lane
 * idle). tile->session is the index in the table, tile->stream the same. The batch borrows the pack
 * and the multiplicities; a pack serves one weighted batch at a time. */
void dsc_pack_whole(const dsc_pack *p, const double *multiplicity, dsc_batch *batch);
/* A drawn batch: `n` entries drawn[i] (indices into the pack's sessions, repeats allowed), sorted
 * by length and gathered into tiles on the fly into scratch of n_workers (owned by the pack, reused
 * by the next call). The j-th copy of a session gets stream = session + j * 2^20. Errors:
 * DSC_MEMORY. */
dsc_status dsc_pack_draw(dsc_context *ctx, dsc_pack *p, int n, const int *drawn, int n_workers,
                         dsc_batch *batch);
/* The same with every drawn session once, its multiplicity being the number of times it was drawn:
 * enough where copies do not differ (no noise). */
dsc_status dsc_pack_draw_merged(dsc_context *ctx, dsc_pack *p, int n, const int *drawn,
                                int n_workers, dsc_batch *batch);
/* A batch for fits: entry i runs session[i] (of the pack, any order, repeats allowed) with the
 * parameters of lane[i] (tile->lane). Sorted by length into tiles; nothing is copied: lanes of one
 * session read the same rows. slot [n] receives tile * width + place of every entry. Valid until
 * the next call. Errors: DSC_MEMORY. */
dsc_status dsc_pack_lanes(dsc_context *ctx, dsc_pack *p, int n, const int *session, const int *lane,
                          int *slot, dsc_batch *batch);

#ifdef __cplusplus
}
#endif
#endif
