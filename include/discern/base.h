// SPDX-License-Identifier: Apache-2.0
/* base.h — status and context, memory, text, typed fields, random numbers, threads, files and
 * progress.
 *
 * Everything that can fail returns a dsc_status; results go through out-parameters, written only on
 * success. The sentence for the user (what, where, which value, what to do) is kept in the context.
 * The library never prints, exits or aborts on user input. */
#ifndef DISCERN_BASE_H
#define DISCERN_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DSC_VERSION "0.1.0"

/* ---- status and context ------------------------------------------------------------------- */

typedef enum dsc_status {
    DSC_OK = 0,
    DSC_INPUT = 1,   /* the input or the request is wrong; the message has a remedy (exit code 1) */
    DSC_USAGE = 2,   /* the command line is wrong (exit code 2) */
    DSC_DEFECT = 3,  /* a defect of ours (exit code 3) */
    DSC_MEMORY = 4,  /* an allocation failed (exit code 1) */
    DSC_IO = 5,      /* a file could not be opened, written, renamed ... (exit code 1) */
    DSC_STOPPED = 6, /* a signal asked to stop and the state was saved (exit code 128 + signal) */
} dsc_status;

/* Used by one thread at a time. */
typedef struct dsc_context dsc_context;

/* A replaceable allocator. `resize(user, NULL, n)` allocates, `resize(user, p, 0)` frees,
 * otherwise it resizes; NULL means out of memory (the old block then stays valid). */
typedef struct dsc_allocator {
    void *(*resize)(void *user, void *p, size_t bytes);
    void *user;
} dsc_allocator;

/* An allocator for data larger than memory: blocks of a mebibyte and more live in temporary files,
 * smaller ones come from malloc; so do all before dsc_mapped_begin. A context that is created with
 * {dsc_mapped_resize, &m} borrows m. The files have no names, so that none is ever left behind. */
typedef struct dsc_mapped {
    const char *folder; /* NULL: malloc for everything */
} dsc_mapped;
void *dsc_mapped_resize(void *user, void *p, size_t bytes);
/* From now on large blocks live in `folder` (borrowed), which should be on a disk. Errors: DSC_IO
 * if no file can be made there. */
dsc_status dsc_mapped_begin(dsc_context *ctx, dsc_mapped *m, const char *folder);

/* Creates a context; `a` may be NULL (malloc, realloc, free). Errors: DSC_MEMORY. */
dsc_status dsc_context_create(const dsc_allocator *a, dsc_context **ctx);
/* Frees the context and sets *ctx to NULL; NULL is allowed. */
void dsc_context_destroy(dsc_context **ctx);

/* Records the sentence for the user and returns `s`, so that `return dsc_fail(ctx, DSC_INPUT,
 * "...")` reads well. */
dsc_status dsc_fail(dsc_context *ctx, dsc_status s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The sentence of the last failure ("" if none); borrowed until the next failure. */
const char *dsc_message(const dsc_context *ctx);

/* Where notes (what was assumed, warnings) go: the program prints them to stderr; NULL drops
 * them. */
typedef enum dsc_note_kind { DSC_NOTE, DSC_WARNING } dsc_note_kind;
typedef void dsc_note_fn(void *user, dsc_note_kind kind, const char *sentence);
void dsc_on_note(dsc_context *ctx, dsc_note_fn *fn, void *user);
/* Sends a note or a warning to the function given to dsc_on_note. */
void dsc_note(dsc_context *ctx, dsc_note_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* DSC_TRY: hand an error on. DSC_REQUIRE: record a sentence and return unless the condition
 * holds. */
#define DSC_TRY(call)                                \
    do {                                             \
        dsc_status try_status = (call);              \
        if (try_status != DSC_OK) return try_status; \
    } while (0)
#define DSC_REQUIRE(ctx, condition, status, ...)                         \
    do {                                                                 \
        if (!(condition)) return dsc_fail((ctx), (status), __VA_ARGS__); \
    } while (0)
/* The same inside functions that must release something: sets `status` and jumps to `done`. */
#define DSC_TRY_OR(done, call)           \
    do {                                 \
        status = (call);                 \
        if (status != DSC_OK) goto done; \
    } while (0)

/* Leaves an object with the context, which destroys it (calling `destroy`) when it goes itself;
 * dsc_kept finds it again by kind and name (copied), NULL if there is none. On failure the object
 * stays the caller's. Errors: DSC_MEMORY. */
typedef void dsc_destroy_fn(dsc_context *ctx, void *object);
dsc_status dsc_keep(dsc_context *ctx, const char *kind, const char *name, void *object,
                    dsc_destroy_fn *destroy);
void *dsc_kept(const dsc_context *ctx, const char *kind, const char *name);

/* ---- memory --------------------------------------------------------------------------------- */

/* Allocates `count * size` zeroed bytes, aligned to 64. Errors: DSC_MEMORY (also when the product
 * overflows). */
dsc_status dsc_alloc(dsc_context *ctx, size_t count, size_t size, void *out /* T** */);
/* Resizes a block made by dsc_alloc (NULL allowed) from old_count to new_count elements; new
 * bytes are zero. */
dsc_status dsc_grow(dsc_context *ctx, size_t old_count, size_t new_count, size_t size,
                    void *block /* T** */);
/* Frees *block and sets it to NULL; `block` is the address of the pointer. */
void dsc_free(dsc_context *ctx, void *block /* T** */);
/* Copies a string (NULL gives NULL). Free with dsc_free. */
dsc_status dsc_strdup(dsc_context *ctx, const char *text, char **out);

/* An arena: many small objects that die together. */
typedef struct dsc_arena dsc_arena;
dsc_status dsc_arena_create(dsc_context *ctx, dsc_arena **arena);
void dsc_arena_destroy(dsc_arena **arena);
/* `count * size` zeroed bytes, aligned to 64, owned by the arena. */
dsc_status dsc_arena_alloc(dsc_arena *arena, size_t count, size_t size, void *out /* T** */);
dsc_status dsc_arena_strdup(dsc_arena *arena, const char *text, char **out);

/* ---- text ------------------------------------------------------------------------------------ */

/* A growing string. Start from `dsc_text t = {0}`; the first failure is remembered in `status`. */
typedef struct dsc_text {
    char *s; /* always ends with 0 once something was added; NULL before */
    size_t length, capacity;
    dsc_status status;
} dsc_text;
dsc_status dsc_text_add(dsc_context *ctx, dsc_text *t, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void dsc_text_free(dsc_context *ctx, dsc_text *t);

/* The candidate nearest to `name` (edit distance at most a third of its length, at least 1), or
 * NULL. names[i] for i < n; candidates are borrowed. */
const char *dsc_nearest(const char *name, const char *const *names, size_t n);
/* Parses a whole string as a finite or special number with a decimal point whatever the locale;
 * false if it is not one. */
bool dsc_parse_number(const char *text, double *value);
/* Writes the shortest decimal form that reads back as the same double. `out` has 32 bytes.
 * Returns `out`. */
char *dsc_format_number(double value, char *out);
/* Takes the minus off numbers in a text that are zero as they were rounded: "-0.0000" to "0.0000".
 * Returns `text`. */
char *dsc_drop_zero_signs(char *text);

/* ---- typed fields: one table describes a plain config struct --------------------------------- */

typedef enum dsc_field_type {
    DSC_INT,
    DSC_LONG,
    DSC_REAL,
    DSC_BOOL,
    DSC_STRING,
    DSC_CHOICE,
    DSC_STRINGS
} dsc_field_type;
/* DSC_INT int, DSC_LONG int64_t, DSC_REAL double, DSC_BOOL bool, DSC_STRING char[128],
 * DSC_CHOICE char[128] that must be one word of `choices` (separated by '|'),
 * DSC_STRINGS char[128], a comma-separated list. */
#define DSC_FIELD_TEXT 128
typedef struct dsc_field {
    const char *name; /* as in the config, e.g. "n_units" */
    dsc_field_type type;
    size_t offset;          /* of the member in its struct */
    const char *initial;    /* default value as text */
    double lowest, highest; /* inclusive range for numbers; lowest == highest means no limits */
    const char *choices;    /* for DSC_CHOICE */
    const char *help;       /* one line: meaning, unit */
} dsc_field;

/* Fills every field with its default. A table ends with a field whose name is NULL. */
void dsc_fields_default(const dsc_field *fields, void *config);
/* Finds a field by name; NULL if there is none. */
const dsc_field *dsc_field_find(const dsc_field *fields, const char *name);
/* Sets one field from text. `place` says where the text came from ("fit.yaml, line 3" or "command
 * line"). Errors: DSC_INPUT with place, name, value, range. */
dsc_status dsc_field_set(dsc_context *ctx, const dsc_field *field, void *config, const char *value,
                         const char *place);
/* Writes a field's value as text that dsc_field_set reads back. `out` has DSC_FIELD_TEXT bytes. */
char *dsc_field_get(const dsc_field *field, const void *config, char *out);

/* ---- random numbers ----------------------------------------------------------------------------
 * Philox 4x32-10 (Salmon et al. 2011): a pure function of counter and key. All randomness of the
 * library is a function of (seed, purpose) -> key and (index, trial, stream, step) -> counter. */

typedef enum dsc_purpose {
    DSC_FOR_PARAMETERS = 1, /* initial values */
    DSC_FOR_NOISE,          /* noise nodes while training */
    DSC_FOR_EVALUATION,     /* noise nodes while evaluating */
    DSC_FOR_BATCHES,        /* which sessions are drawn */
    DSC_FOR_AGENT,          /* choices of simulated agents */
    DSC_FOR_TASK,           /* rewards, drifts */
    DSC_FOR_BOOTSTRAP,
    DSC_FOR_WALKS,      /* parameters of particles */
    DSC_FOR_RESAMPLING, /* of particles, and where they start */
    DSC_FOR_SPLITS,     /* which sessions or subjects are held out */
} dsc_purpose;
typedef struct dsc_key {
    uint32_t k[2];
} dsc_key;

/* One block of Philox 4x32-10. */
void dsc_philox(const uint32_t counter[4], dsc_key key, uint32_t out[4]);
/* The key of a purpose under a seed. */
dsc_key dsc_key_of(uint64_t seed, dsc_purpose purpose);

/* A sequential stream over the counter (index, trial, stream, step), for host-side draws. */
typedef struct dsc_stream {
    dsc_key key;
    uint32_t counter[4]; /* counter[0] advances */
    uint32_t block[4];
    int used; /* words of `block` used; 4 = empty */
} dsc_stream;
dsc_stream dsc_stream_start(uint64_t seed, dsc_purpose purpose, uint32_t trial, uint32_t stream,
                            uint32_t step);
uint32_t dsc_stream_word(dsc_stream *s);
double dsc_stream_uniform(dsc_stream *s); /* in (0, 1), 53 bits */
double dsc_stream_normal(dsc_stream *s);  /* standard normal (Box-Muller, one of two kept) */
uint32_t dsc_stream_below(dsc_stream *s, uint32_t n); /* uniform in 0 ... n-1, unbiased */

/* ---- threads: one fork/join per call --------------------------------------------------------- */

typedef struct dsc_pool dsc_pool;
typedef void dsc_task_fn(void *user, int item, int worker);
/* A pool of n_threads (0 = as many as the machine has), the caller being one of them. */
dsc_status dsc_pool_create(dsc_context *ctx, int n_threads, dsc_pool **pool);
void dsc_pool_destroy(dsc_pool **pool);
int dsc_pool_size(const dsc_pool *pool);
/* Calls fn(user, item, worker) for every item in 0 ... n_items-1, items taken in order by whoever
 * is free; worker is in 0 ... size-1. Returns when all are done. `fn` must not run this pool. */
void dsc_pool_run(dsc_pool *pool, dsc_task_fn *fn, void *user, int n_items);

/* ---- files ----------------------------------------------------------------------------------- */

/* A file that appears complete or not at all: written beside its final name, fsynced, renamed. */
typedef struct dsc_file dsc_file;
dsc_status dsc_file_begin(dsc_context *ctx, const char *path, dsc_file **file);
FILE *dsc_file_stream(dsc_file *file); /* buffered; write with fprintf, fwrite */
/* Flushes, fsyncs, renames, closes; *file becomes NULL. On failure the old file is intact.
 * Errors: DSC_IO. */
dsc_status dsc_file_commit(dsc_file **file);
/* Drops what was written; *file becomes NULL; NULL allowed. */
void dsc_file_abort(dsc_file **file);
/* Writes a whole buffer atomically. */
dsc_status dsc_write_file(dsc_context *ctx, const char *path, const void *bytes, size_t n);
/* Reads a whole file; *bytes gets one extra 0 byte and is freed with dsc_free. Errors: DSC_INPUT
 * (no such file, a folder), DSC_IO. */
dsc_status dsc_read_file(dsc_context *ctx, const char *path, char **bytes, size_t *n);
bool dsc_exists(const char *path);
/* Makes a folder and its parents; fine if it exists. */
dsc_status dsc_make_folder(dsc_context *ctx, const char *path);
/* Removes a file, a link, or a folder with all that is in it; fine if there is none. */
dsc_status dsc_remove(dsc_context *ctx, const char *path);
/* Joins two parts with '/' into `out` (size bytes); DSC_INPUT if it does not fit. */
dsc_status dsc_join_path(dsc_context *ctx, char *out, size_t size, const char *folder,
                         const char *name);
/* What to call paths[k] of n paths: its last part where no other path ends with the same, else the
 * whole of it. Owned by the arena. */
dsc_status dsc_short_name(dsc_arena *arena, int n, const char *const *paths, int k, char **name);
/* 64-bit FNV-1a hash of bytes as 16 hex digits; `out` has 17 bytes. */
char *dsc_hash_hex(const void *bytes, size_t n, char *out);

/* ---- progress -------------------------------------------------------------------------------- */

/* A bar with speed and time left on a terminal; plain lines, at most one a second, otherwise. */
typedef struct dsc_progress dsc_progress;
/* `out` NULL makes a silent one. total in `unit`s ("steps"). */
dsc_status dsc_progress_start(dsc_context *ctx, FILE *out, const char *what, double total,
                              const char *unit, dsc_progress **p);
/* `detail` (may be NULL) is shown at the end of the line, e.g. "loss 0.693". */
void dsc_progress_update(dsc_progress *p, double done, const char *detail);
void dsc_progress_end(dsc_progress **p);
/* Seconds of a monotonic clock. */
double dsc_seconds(void);

#ifdef __cplusplus
}
#endif
#endif
