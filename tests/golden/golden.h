// SPDX-License-Identifier: Apache-2.0
// golden.h — comparing the library with numbers of independent implementations.
#ifndef DISCERN_GOLDEN_H
#define DISCERN_GOLDEN_H

#include <jansson.h>

#include "discern/data.h"
#include "support/rig.h"

// ---- tally.c: what was compared in one file ---------------------------------------------------

typedef struct tally {
    int compared, failed;
    char worst[160]; // the quantity nearest to (or beyond) its tolerance
    double ratio;    // its error over its tolerance
    dsc_text report; // a line per failed quantity
    dsc_context *ctx;
    const char *path; // of the file
    int later;        // parts of the file that later work covers
} tally;

// |got - wanted| <= tolerance * max(floor, |wanted|); floor 0 means an absolute tolerance. A share
// `slack` of the entries may be off by up to `slack_limit` instead.
typedef struct tolerance {
    double size, floor, slack, slack_limit;
} tolerance;
void tally_compare(tally *t, const char *what, size_t n, const double *got, const double *wanted,
                   tolerance allowed);
void tally_value(tally *t, const char *what, double got, double wanted, tolerance allowed);
// Exact.
void tally_count(tally *t, const char *what, double got, double wanted);
void tally_text(tally *t, const char *what, const char *got, const char *wanted);
// Something that cannot be compared at all.
void tally_fail(tally *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

// ---- json.c -------------------------------------------------------------------------------------

// Reads a JSON file, gzipped or not.
dsc_status golden_read(dsc_context *ctx, const char *path, json_t **root);
// All numbers of nested arrays in order (null, true, false: NaN, 1, 0); NULL if there are none.
double *golden_numbers(dsc_arena *arena, const json_t *a, size_t *n);
double *golden_block(dsc_arena *arena, size_t n);            // n zeros; NULL without memory
double golden_number(const json_t *object, const char *key); // NaN if there is none
// tally_compare with the numbers of nested arrays, of which there must be n.
void tally_json(tally *t, dsc_arena *arena, const char *what, size_t n, const double *got,
                const json_t *wanted, tolerance allowed);

// ---- the kinds of files; each fills the tally ---------------------------------------------------

// `root` is NULL for files other than JSON.
typedef dsc_status golden_fn(dsc_context *ctx, const json_t *root, tally *t);
golden_fn golden_network, golden_activations, golden_losses, golden_inspect, golden_filter,
    golden_replay, golden_fits, golden_datasets, golden_clicks;

// replays.c: what a classical model of two options, whose parameters are columns of the table,
// makes of a session: rows of the named quantities (NULL at the end), [rows][trials]; the first
// must be the prediction.
dsc_status golden_record(dsc_context *ctx, const char *model, const char *const *quantity,
                         const dsc_table *t, double *value);

// names.c: our name of a tensor of the reference; false if it has none.
bool golden_parameter_name(const char *group, const char *name, char *out, size_t size);

// engines.c: the engines that are compared, the first in double precision; NULL past the end.
const dsc_engine *golden_engine(int i);
bool golden_is_single(const dsc_engine *e);

#endif
