// SPDX-License-Identifier: Apache-2.0
// private.h — what the files of the data room share.
#ifndef DISCERN_DATA_PRIVATE_H
#define DISCERN_DATA_PRIVATE_H

#include "discern/data.h"

enum {
    DATA_MAX_ACTIONS = 1000,  // more options than that are a column that is no choice
    DATA_MAX_COLUMNS = 10000, // of a file
};

// ---- tables -------------------------------------------------------------------------------------

// An empty table whose arrays live in its own arena.
dsc_status data_table_begin(dsc_context *ctx, dsc_table **table);
dsc_arena *data_table_arena(dsc_table *t);

// A hash of names and values, for tables without a file of their own.
dsc_status data_hash_columns(dsc_context *ctx, dsc_table *t);

// What sorts rows into sessions; codes are 0, 1, ... in order of first appearance.
typedef struct data_rows {
    size_t n_rows;
    const int *subject;  // [n_rows], or NULL: one subject
    const int *session;  // [n_rows], or NULL: one session per subject
    const double *trial; // [n_rows], or NULL: the order of the rows counts
    const char *const *session_label;
    const char *place, *trial_name; // the file and its column of trial numbers, for warnings
    bool quiet;                     // no warnings
} data_rows;
// Fills sessions, row, trial of a table whose subjects are set.
dsc_status data_group(dsc_context *ctx, dsc_table *t, const data_rows *rows);

// Whether a choice was not free; without a column of instructed choices (NULL) all were.
bool data_is_instructed(const double *instructed, size_t trial);
// Drops the sessions of all subjects but those in a list "a, b" of labels (select.c).
dsc_status data_keep_subjects(dsc_context *ctx, dsc_table *t, const char *names);
// Negative choices become missing; finds n_actions (0 in `given`: from the data).
dsc_status data_count_actions(dsc_context *ctx, dsc_table *t, int given);
// For dsc_table_outcome, when all columns are there; whether a column was made so.
dsc_status data_find_outcomes(dsc_table *t);
bool data_is_outcome(const dsc_table *t, const dsc_column *c);
// The line of the file in which a row of the table stands (without lines: its number, from 1), and
// its session.
size_t data_line_of(const dsc_table *t, size_t row);
const dsc_session *data_session_of(const dsc_table *t, size_t row);
// Adds the names of all columns of a table, quoted and separated by commas.
dsc_status data_list_columns(dsc_context *ctx, const dsc_table *t, dsc_text *out);

// ---- what a file holds --------------------------------------------------------------------------

typedef enum data_role {
    DATA_SUBJECT,
    DATA_SESSION,
    DATA_TRIAL,
    DATA_CHOICE,
    DATA_REWARD,
    DATA_PREV_CHOICE,
    DATA_PREV_REWARD,
    DATA_N_ROLES,
    DATA_NO_ROLE = DATA_N_ROLES
} data_role;

// The bytes of a file or of the one member of an archive.
typedef enum data_packing { DATA_PLAIN, DATA_ARRAYS, DATA_TENSORS } data_packing;
typedef struct data_bytes {
    char *bytes;
    size_t n;
    bool tabs;   // the name ends with .tsv
    bool folder; // it is one, and there are no bytes
    data_packing
        packing; // a zip archive that is left as it is, since it holds NPY arrays (.npz) or
                 // pickled tensors (.pth)
} data_bytes;

// One --map: column=source[:value=code,...].
typedef struct data_code {
    const char *value;
    double code; // NaN: missing
} data_code;
typedef struct data_map {
    char *column, *source; // source "" leaves the role out
    int n_codes;
    data_code *code;
} data_map;

// What a value of a column is called.
typedef struct data_level {
    double value;
    char *label;
} data_level;

// A column of the file, in the order of the file.
typedef struct data_column {
    char *name;          // as in the file, "" if it has none
    data_role role;      // and what it is in the table:
    const char *becomes; // its name there, NULL: it is not used
    const data_map *map;
    bool texts;    // the file says that its cells are texts, whatever they look like
    double *value; // [n_rows]; NaN = missing; text: codes into label
    char **label;  // [n_labels]
    int n_labels, n_levels;
    data_level *level; // [n_levels] as a description beside the file has them
} data_column;

// Text cells of a file whose columns have no type of their own.
typedef struct data_cells {
    char *bytes; // every cell with a 0 after it, row by row; NULL: the columns have values
    size_t used, capacity;
} data_cells;

typedef struct data_source {
    dsc_arena *arena; // of the table to be
    const char *path; // as given: a file, FILE#PART or a folder
    const char *file; // without the part
    const char *part; // NULL: not given
    char hash[17];    // of the bytes; "" where only a part of the file is read: then of the columns
    size_t n_rows;
    int n_columns, n_maps;
    data_column *column;
    data_map *map;
    data_cells cells;
    const char *unit; // what a row is called, NULL: "row"
    const size_t
        *line; // [n_rows] line; of an array session * longest + trial; NULL: the row's number
    const char *const *row_file; // [n_rows] where several files are one table; NULL: no need to say
    size_t longest; // trials of the longest session of a (trial, session, feature) array, else 0
    const char *missing;
    const char *subjects; // whose sessions are kept; NULL or "": everybody's
    int n_actions;
    bool audited;
} data_source;

// Whether a column is taken for that role by its name.
bool data_is_usual_name(data_role role, const char *name);
// Finds the column of a role, NULL if there is none.
data_column *data_role_column(const data_source *s, data_role role);
// Where a row stands in the file: "line 12"; "session 3, trial 7" of an array, both from 0.
const char *data_where(const data_source *s, size_t row, char out[64]);

// The maps of the options; then which column becomes what, told by a note. Ambiguities are refused.
dsc_status data_parse_maps(dsc_context *ctx, data_source *s, const dsc_read_options *o);
dsc_status data_find_roles(dsc_context *ctx, data_source *s);

bool data_is_missing(const char *cell, const char *more);
// "0,5": a number for half the world.
bool data_has_decimal_comma(const char *text);
// The items of a list are separated by commas; one that holds a comma stands in quotes, as in CSV:
// 'a,"b, c"'. The length of the first with its quotes; its text in place (false if something else
// than one closed pair of quotes is around it; the text is then left); a text as an item for the
// shell, in few characters.
size_t data_item_length(const char *list);
bool data_unquote(char *text);
const char *data_as_item(const char *text, char *out, size_t size);
// Like dsc_parse_number, faster for the short decimals that tables are full of.
bool data_parse_number(const char *text, double *value);

// Formats: the first of the table that knows a file reads it. A reader fills columns with names and
// values, or with names and s->cells; roles, codes, sessions are the same for all.
typedef struct data_format {
    bool (*knows)(const data_source *s, const data_bytes *file);
    dsc_status (*read)(dsc_context *ctx, data_source *s, data_bytes *file);
} data_format;
const data_format *data_format_of(const data_source *s, const data_bytes *file);
dsc_status data_read_text(dsc_context *ctx, data_source *s, data_bytes *file);
dsc_status data_read_npy(dsc_context *ctx, data_source *s, data_bytes *file);
dsc_status data_read_npz(dsc_context *ctx, data_source *s, data_bytes *file);
dsc_status data_read_json(dsc_context *ctx, data_source *s, data_bytes *file);
// The value of a JSON text, the list of them if there are several; json_decref it, also after a
// failure (NULL before).
struct json_t;
dsc_status data_parse_json(dsc_context *ctx, data_source *s, data_bytes *file,
                           struct json_t **root);
bool data_is_rat_bandit(const data_bytes *file); // of a JSON text
dsc_status data_read_rat_bandit(dsc_context *ctx, data_source *s, data_bytes *file);
dsc_status data_read_mat(dsc_context *ctx, data_source *s, data_bytes *file);
dsc_status data_read_bids(dsc_context *ctx, data_source *s, data_bytes *file);
bool data_is_bids(const data_source *s); // by its name
dsc_status data_read_hdf5(dsc_context *ctx, data_source *s, data_bytes *file);
bool data_is_hdf5(const data_bytes *start);

// Does `body` in a copy of this process, for at most so many seconds of work (copy.c): whether the
// copy came to its end and wrote nothing to stderr. Errors: DSC_IO, naming `path`.
typedef void data_copy_fn(void *user);
dsc_status data_try_in_copy(dsc_context *ctx, const char *path, size_t seconds, data_copy_fn *body,
                            void *user, bool *well);

dsc_status data_refuse_tensors(dsc_context *ctx, data_source *s, data_bytes *file);

bool data_ends_with(const char *name, const char *ending);
// The last part of a path.
const char *data_base_name(const char *path);
// Columns with room for the values of n_rows rows. Without a name: it comes later.
dsc_status data_make_column(data_source *s, const char *name, size_t n_rows, data_column *c);
dsc_status data_make_columns(data_source *s, int n, const char *const *names, size_t n_rows);
// Adds a cell to s->cells.
dsc_status data_add_cell(dsc_context *ctx, data_source *s, const char *text);
dsc_status data_add_number(dsc_context *ctx, data_source *s, double value);
// Cells to values, once roles are known: numbers where every cell is one, otherwise texts.
dsc_status data_convert_cells(dsc_context *ctx, data_source *s);

// Value codes of maps; then choices to 0, 1, ...
dsc_status data_apply_codes(dsc_context *ctx, data_source *s);
dsc_status data_code_choices(dsc_context *ctx, data_source *s);

// Texts numbered in order of first appearance.
typedef struct data_dictionary {
    int *slot; // [capacity] number + 1
    size_t *start;
    char *texts;
    size_t capacity, n, n_starts, used, n_texts;
} data_dictionary;
dsc_status data_dictionary_number(dsc_context *ctx, data_dictionary *d, const char *text,
                                  int *number);
dsc_status data_dictionary_labels(const data_dictionary *d, dsc_arena *arena, char ***label);
void data_dictionary_free(dsc_context *ctx, data_dictionary *d);

// Unpacks deflated bytes, with the header of gzip (where one stream may follow another) or of zlib.
// Free out->bytes with dsc_free.
dsc_status data_inflate(dsc_context *ctx, const char *path, const char *bytes, size_t n, bool gzip,
                        data_bytes *out);
// Unpacks gzip and zip in place.
dsc_status data_unpack(dsc_context *ctx, const char *path, data_bytes *file);

// Writes a code point as UTF-8 and returns how many bytes (at most 4).
int data_put_character(uint32_t c, char *out);
// Turns a text that is not UTF-8 into one, as if it were Latin-1, with a note.
dsc_status data_make_utf8(dsc_context *ctx, const char *path, data_bytes *file);

// Up to n bytes (or a 0) as a text in UTF-8, in the same way.
dsc_status data_utf8_text(dsc_arena *arena, const char *bytes, size_t n, char **text);

// An array of a NPY file; the bytes are borrowed.
enum { DATA_MAX_DIMENSIONS = 4 };
typedef struct data_array {
    const char *name; // of the member, without .npy
    char kind;        // 'i', 'u', 'f', 'b', 'U', 'S'
    size_t size;      // bytes of one element
    bool fortran;
    int n_dimensions;
    size_t shape[DATA_MAX_DIMENSIONS], n;
    const char *bytes;
} data_array;
bool data_is_npy(const data_bytes *file);
// Errors: DSC_INPUT with `place` for whatever is no complete array of numbers (or texts).
dsc_status data_array_parse(dsc_context *ctx, const char *place, const data_bytes *file,
                            data_array *a);
double data_array_number(const data_array *a, size_t i);
// Fills a source from a (trial, session, feature) or (trial, feature) array of numbers.
dsc_status data_read_array(dsc_context *ctx, data_source *s, const data_array *a);
// A text element as UTF-8; `out` has 4 bytes per character and one more.
void data_array_text(const data_array *a, size_t i, char *out);

// ---- writing ------------------------------------------------------------------------------------

// Whether a column is written as texts: reading them back must give the same codes.
bool data_keeps_labels(const dsc_column *c);
// Per trial in the order of the input: its row and session in the table. Free both with dsc_free.
dsc_status data_input_order(dsc_context *ctx, const dsc_table *t, size_t **order, int **session);
dsc_status data_write_npz(dsc_context *ctx, const dsc_table *t, const char *path);
dsc_status data_write_json(dsc_context *ctx, const dsc_table *t, const char *path);
// The description of a table beside its BIDS file: the same name, ending with .json.
dsc_status data_write_sidecar(dsc_context *ctx, const dsc_table *t, const char *path);

// ---- packing ------------------------------------------------------------------------------------

// One input of a cell: a column, read at this trial or the one before.
typedef struct data_reading {
    const double *value; // [n_trials], NULL: always `present`
    bool flag;           // `present` instead of the value
    bool needed;         // a column as it is: without it the model would not know what happened
    bool assumed;        // a column whose missing values read as 0
    bool counts;         // a weight: 0 before the first trial that counts
    bool ends;           // 0 after the last trial: a weight, "in_session"
    int back;
    int unknown; // trials at the end of a session that need no value
    double first, missing, padding, present;
} data_reading;
// Columns that follow from others, [n_trials] each.
typedef struct data_derived {
    // NaN where the choice does not count (without choices: no target); NULL: nothing to count
    double *shown;
    double *valid;   // NaN where nothing counts that the cell is fitted to; NULL: nothing to count
    double **target; // [n_targets] NaN where missing, or where a choice fitted beside is missing
    double *starts;  // 1 on the first trial of a block, else 0; NULL: no blocks
} data_derived;
// targets.c: fills shown, valid and target.
dsc_status data_find_targets(dsc_context *ctx, dsc_arena *arena, const dsc_table *t,
                             const dsc_pack_options *o, data_derived *d);
// valid.c: refuses choices of options that their trial does not allow.
dsc_status data_check_valid(dsc_context *ctx, dsc_arena *arena, const dsc_table *t,
                            const dsc_pack_options *o, const double *shown);
// What the inputs of a cell mean.
dsc_status data_reading_find(dsc_context *ctx, const dsc_table *t, const dsc_pack_options *o,
                             const data_derived *derived, const char *name, data_reading *r);
// pack.c: what a lane of a tile reads on trials first ... last - 1, when its session is over.
void data_pad_lane(const dsc_pack *p, char *tile, int lane, int first, int last);
// 1 where a derived column has a value.
data_reading data_reading_presence(const double *derived);
double data_reading_at(const data_reading *r, size_t row, int trial);

typedef struct data_draw {
    int n, capacity, n_workers;
    int *rank;            // [n] places in the pack, longest session first
    uint32_t *stream;     // [n]
    double *multiplicity; // [n]
    int *count;           // [n_sessions]
    char *scratch;        // [n_workers][longest][n_inputs][width]
} data_draw;

// Entries of a batch of lanes, in the order of their slots.
typedef struct data_lanes {
    int n, capacity;
    int *rank, *lane; // [n]
    char *rows;       // the sessions one after the other, reals [length + 1][n_inputs]
    size_t *first;    // [n_sessions] by rank, in reals
    int *next;        // [n_sessions] by rank: slots while sorting
} data_lanes;

typedef struct data_weighted data_weighted;

// The session of rank r (longest first) lies in tile r / width, lane r % width.
struct dsc_pack {
    dsc_arena *arena;
    int width, n_inputs, n_sessions, n_tiles, longest;
    size_t real, n_reals;
    int *order;                                // [n_sessions] rank -> k
    int *rank;                                 // [n_sessions] k -> rank
    int *session, *subject, *length;           // [n_sessions] by k
    double *weight, *penalty, *target, *valid; // [n_sessions] by k
    size_t *offset;                            // [n_tiles], in reals
    bool *ends;     // [n_inputs] whether an input is 0 after the last trial
    size_t *absent; // [n_inputs] trials with a choice where an input that is a column is missing
    char *data;
    data_weighted *weighted;
    data_draw draw;
    data_lanes lanes;
};

struct data_weighted {
    const dsc_pack *pack;
    const double *multiplicity;
};

#endif
