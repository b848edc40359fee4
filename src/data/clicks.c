// SPDX-License-Identifier: Apache-2.0
// clicks.c — Poisson clicks of rats as Brunton, Botvinick & Brody published them (2013): an array
// of structs `rawdata`, one per trial, with pokedR (1: right, 0: left), T (how long the clicks went
// on, s), leftbups and rightbups (times of the clicks, s).
//
// The file's name is the subject's. Each trial becomes a session of 101 rows of 10 ms with the
// numbers of clicks, `left` and `right`, and the choice on the last row, which has no clicks. With
// D = ceil(100 T) a click at time t is in bin floor(100 t) of D - 1 bins, the last of which
// includes its right edge; later ones (the final, partial bin) and negative ones are dropped. The
// bins end on the row before the last.
#include <math.h>
#include <string.h>

#include "data/tree.h"

enum { STEPS = 101 };
enum { SUBJECT, SESSION, CHOICE, N_CLICKS, LEFT = N_CLICKS, RIGHT, N_COLUMNS };

typedef struct clicks {
    data_tree *t;
    data_node *field[4]; // [n] trials each, in the order of the names
    size_t n;
    size_t n_silent, n_long, first_long; // trials that are left out; from 1
} clicks;

static const char *const fields[] = {"pokedR", "T", "leftbups", "rightbups"};
enum { POKED, DURATION, BUPS };

// ---- finding them -------------------------------------------------------------------------------

static bool is_of_trials(const data_node *node, size_t n)
{
    return node && node->kind == DATA_LIST && node->n == n;
}

static data_node *find_trials(const data_node *root)
{
    data_node *raw = data_node_member(root, "rawdata");
    const data_node *poked = raw ? data_node_member(raw, fields[0]) : NULL;
    for (int f = 0; poked && f < 4; f++)
        if (!is_of_trials(data_node_member(raw, fields[f]), poked->n)) return NULL;
    return poked ? raw : NULL;
}

bool data_holds_clicks(const data_tree *t)
{
    return !t->s->part && find_trials(&t->root) != NULL;
}

// ---- one trial ----------------------------------------------------------------------------------

static dsc_status load_trial(const clicks *k, size_t trial)
{
    for (int f = 0; f < 4; f++) {
        data_node *node = &k->field[f]->member[trial];
        DSC_TRY(data_node_load(k->t, node));
        DSC_REQUIRE(k->t->ctx, node->kind == DATA_NUMBERS && (f >= BUPS || node->n <= 1), DSC_INPUT,
                    "%s, trial %zu: its %s is not %s; correct it, or read the trials as they are: "
                    "%s#rawdata",
                    k->t->s->path, trial + 1, fields[f], f >= BUPS ? "numbers" : "one number",
                    k->t->s->path);
    }
    return DSC_OK;
}

static double number_of(const clicks *k, int field, size_t trial)
{
    const data_node *node = &k->field[field]->member[trial];
    return node->n > 0 ? data_array_number(&node->array, 0) : NAN;
}

// Adds the clicks of one side to `row`, [STEPS].
static void count_clicks(const clicks *k, int side, size_t trial, int n_bins, double *row)
{
    const data_node *node = &k->field[BUPS + side]->member[trial];
    double *first = row + STEPS - 1 - n_bins;
    for (size_t i = 0; i < node->n; i++) {
        const double at = 100 * data_array_number(&node->array, i);
        if (!(at >= 0 && at <= n_bins)) continue;
        const int bin = (int)at;
        first[bin < n_bins ? bin : n_bins - 1]++;
    }
}

static dsc_status add_trial(clicks *k, size_t trial)
{
    DSC_TRY(load_trial(k, trial));
    const double poked = number_of(k, POKED, trial);
    const double duration = ceil(100 * number_of(k, DURATION, trial));
    if (isnan(poked)) {
        k->n_silent++;
        return DSC_OK;
    }
    if (!(duration >= 1 && duration <= STEPS)) {
        if (k->n_long++ == 0) k->first_long = trial + 1;
        return DSC_OK;
    }
    const data_column *column = k->t->s->column;
    const size_t row = k->t->s->n_rows;
    for (size_t i = row; i < row + STEPS; i++) column[SESSION].value[i] = (double)trial;
    for (size_t i = row; i < row + STEPS - 1; i++) column[CHOICE].value[i] = NAN;
    column[CHOICE].value[row + STEPS - 1] = poked;
    for (int side = 0; duration > 1 && side < 2; side++)
        count_clicks(k, side, trial, (int)duration - 1, column[N_CLICKS + side].value + row);
    k->t->s->n_rows += STEPS;
    return DSC_OK;
}

// ---- all of them --------------------------------------------------------------------------------

// A file is a rat, and called after it.
static dsc_status name_rat(data_column *c, const data_source *s)
{
    c->n_labels = 1;
    DSC_TRY(dsc_arena_alloc(s->arena, 1, sizeof *c->label, &c->label));
    DSC_TRY(dsc_arena_strdup(s->arena, data_base_name(s->file), &c->label[0]));
    char *dot = strrchr(c->label[0], '.');
    if (dot && dot > c->label[0]) *dot = 0;
    return DSC_OK;
}

static dsc_status make_columns(const clicks *k)
{
    static const char *const names[N_COLUMNS] = {"subject", "session", "choice", "left", "right"};
    data_source *s = k->t->s;
    DSC_TRY(data_make_columns(s, N_COLUMNS, names, k->n * STEPS));
    return name_rat(&s->column[SUBJECT], s);
}

static void tell(const clicks *k)
{
    const char *path = k->t->s->path;
    dsc_context *ctx = k->t->ctx;
    dsc_note(
        ctx, DSC_NOTE,
        "%s: %zu trials of Poisson clicks, each a session of %d steps of 10 ms with its choice "
        "(0 left, 1 right) on the last one; a row per trial, with all other variables: "
        "%s#rawdata",
        path, k->t->s->n_rows / STEPS, STEPS, path);
    if (k->n_silent > 0)
        dsc_note(ctx, DSC_NOTE, "%s: %zu trials without a choice (pokedR) are left out", path,
                 k->n_silent);
    if (k->n_long > 0)
        dsc_note(ctx, DSC_WARNING,
                 "%s: %zu trials (first: trial %zu) are left out, since their clicks do not last "
                 "between 0 and 1.01 s (T)",
                 path, k->n_long, k->first_long);
}

dsc_status data_read_clicks(data_tree *t)
{
    clicks k = {.t = t};
    data_node *raw = find_trials(&t->root);
    for (int f = 0; f < 4; f++) {
        k.field[f] = data_node_member(raw, fields[f]);
        DSC_TRY(data_node_load(t, k.field[f]));
    }
    k.n = k.field[0]->n;
    DSC_TRY(make_columns(&k));
    for (size_t i = 0; i < k.n; i++) DSC_TRY(add_trial(&k, i));
    DSC_REQUIRE(
        t->ctx, t->s->n_rows > 0, DSC_INPUT,
        "%s: none of its %zu trials has both a choice (pokedR) and clicks that last between "
        "0 and 1.01 s (T)",
        t->s->path, k.n);
    tell(&k);
    t->s->unit = "step";
    return DSC_OK;
}
