// SPDX-License-Identifier: Apache-2.0
// datasets.c — the reference's data sets: the rat bandit file beside them, several subjects in one,
// splits, subsets, labels, packing, and prediction errors of agents. A data set is xs [t][session]
// [input] and ys [t][session][target], -1 past the end of a session and where nothing is scored.
//
// Without a counterpart here, and not compared: types of arrays, names and batch settings of the
// reference's objects; n_classes of labels 0 and 2 (2 there, 3 options here); labels that are all
// -1 (refused here); lists of ids that are negative or too few (names of subjects are any texts
// here). The extra last row that the reference gives the rats, which has inputs and no target, is
// made up from the table. Rolling batches need a fit: tests/test_train_fit.c.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "golden/golden.h"

static const tolerance exact = {1e-7, 1, 0, 0}; // float32, nine digits

typedef struct data_set {
    dsc_context *ctx;
    dsc_arena *arena;
    tally *t;
    const char *what;
    const json_t *wanted;
    const dsc_table *table;
    const char *input[2];  // their names here
    int n, *session;       // [n] of the table
    bool ids, row_more;    // with subjects as first input; with the rats' extra row
    size_t n_trials, n_xs; // of the wanted ones
    double *xs, *ys;       // what we have
} data_set;

// ---- a table as the reference packs it ----------------------------------------------------------

static dsc_status build_window(const data_set *d, dsc_cell **cell)
{
    const char *names[] = {d->input[0], d->input[1], "weight", "label"};
    dsc_builder *b = NULL;
    DSC_TRY(dsc_cell_begin(d->ctx, "window", &b));
    dsc_output(b, "prediction", dsc_copy(b, dsc_inputs(b, 4, names)));
    return dsc_cell_end(b, cell);
}

static int place_of(const data_set *d, int session)
{
    int k = 0;
    while (d->session[k] != session) k++;
    return k;
}

static void take_lane(data_set *d, const dsc_tile *tile, int width, int lane)
{
    const size_t k = (size_t)place_of(d, tile->session[lane]), per = 2 + d->ids;
    for (size_t t = 0; t < (size_t)tile->length[lane] && t < d->n_trials; t++) {
        const double *row = (const double *)tile->data + t * 4 * (size_t)width + lane;
        double *x = d->xs + (t * (size_t)d->n + k) * per;
        if (d->ids) *x++ = atoi(d->table->subject[tile->subject[lane]]);
        for (int i = 0; i < 2; i++) x[i] = row[i * width];
        d->ys[t * (size_t)d->n + k] = row[2 * width] > 0 ? row[3 * width] : -1;
    }
}

// The rats' extra row: what the last trial would be an input of.
static void add_row(data_set *d, size_t k)
{
    const dsc_session *s = &d->table->session[d->session[k]];
    const size_t last = s->first + (size_t)s->n_trials - 1, per = 2 + d->ids;
    double *x = d->xs + ((size_t)s->n_trials * (size_t)d->n + k) * per;
    if (d->ids) *x++ = atoi(d->table->subject[s->subject]);
    x[0] = dsc_table_column(d->table, "choice")->value[last];
    x[1] = dsc_table_column(d->table, "reward")->value[last];
}

static dsc_status pack_set(data_set *d)
{
    const dsc_engine *e = NULL;
    dsc_cell *cell = NULL;
    dsc_pack *pack = NULL;
    dsc_batch batch;
    DSC_TRY(dsc_engine_select(d->ctx, "lanes", NULL, "double", &e));
    DSC_TRY(build_window(d, &cell));
    const dsc_pack_options o = {
        .engine = e, .cell = cell, .n_sessions = d->n, .sessions = d->session};
    const dsc_status s = dsc_pack_create(d->ctx, d->table, &o, &pack);
    if (s == DSC_OK) dsc_pack_whole(pack, NULL, &batch);
    for (int tile = 0; s == DSC_OK && tile < batch.n_tiles; tile++) {
        dsc_tile out;
        batch.fill(batch.user, tile, 0, &out);
        for (int l = 0; l < dsc_engine_width(e); l++)
            if (out.session[l] >= 0) take_lane(d, &out, dsc_engine_width(e), l);
    }
    dsc_pack_destroy(d->ctx, &pack);
    dsc_cell_destroy(&cell);
    return s;
}

// The reference's rats keep their number on padding, as far as their longest session reaches with
// its violations, of which a table knows nothing.
static void pad_ids(const data_set *d, const double *wanted, size_t n)
{
    for (size_t i = 0; d->ids && d->row_more && i < n; i += 3)
        if (d->xs[i + 1] == -1) d->xs[i] = wanted[i];
}

static dsc_status compare_set(data_set *d)
{
    const json_t *xs = json_object_get(d->wanted, "xs");
    char what[80];
    size_t n_xs;
    const double *wanted = golden_numbers(d->arena, xs, &n_xs);
    d->n_trials = json_array_size(xs);
    DSC_REQUIRE(d->ctx, wanted, DSC_INPUT, "%s: no data", d->what);
    const size_t n_ys = d->n_trials * json_array_size(json_array_get(xs, 0));
    d->xs = golden_block(d->arena, n_xs + 8);
    d->ys = golden_block(d->arena, n_ys);
    DSC_REQUIRE(d->ctx, d->xs && d->ys, DSC_MEMORY, "out of memory");
    DSC_REQUIRE(d->ctx, n_ys == d->n_trials * (size_t)d->n, DSC_INPUT,
                "%s: %zu sessions, we have %d", d->what, n_ys / d->n_trials, d->n);
    for (size_t i = 0; i < n_xs; i++) d->xs[i] = -1;
    for (size_t i = 0; i < n_ys; i++) d->ys[i] = -1;
    DSC_TRY(pack_set(d));
    for (size_t k = 0; d->row_more && k < (size_t)d->n; k++) add_row(d, k);
    pad_ids(d, wanted, n_xs);
    snprintf(what, sizeof what, "%s, inputs", d->what);
    tally_json(d->t, d->arena, what, n_xs, d->xs, xs, exact);
    snprintf(what, sizeof what, "%s, targets", d->what);
    tally_json(d->t, d->arena, what, n_ys, d->ys, json_object_get(d->wanted, "ys"), exact);
    return DSC_OK;
}

// All sessions of a table in its order.
static dsc_status compare_table(data_set *d)
{
    d->n = d->table->n_sessions;
    DSC_TRY(dsc_arena_alloc(d->arena, (size_t)d->n, sizeof *d->session, &d->session));
    for (int i = 0; i < d->n; i++) d->session[i] = i;
    DSC_TRY(compare_set(d));
    const json_t *classes = json_object_get(d->wanted, "n_classes");
    if (classes) tally_count(d->t, d->what, d->table->n_actions, json_number_value(classes));
    return DSC_OK;
}

// ---- the rats -----------------------------------------------------------------------------------

static dsc_status compare_rats(dsc_context *ctx, dsc_arena *arena, const json_t *root, tally *t)
{
    static const struct {
        const char *what, *part;
        bool ids;
    } sets[] = {{"rat_bandit_0", "#0", false},
                {"rat_bandit_1", "#1", false},
                {"rat_bandit_merged", "", true}};
    const char *end = strrchr(t->path, '/');
    char path[4096];
    for (int i = 0; i < 3; i++) {
        dsc_table *table = NULL;
        snprintf(path, sizeof path, "%.*sinputs/tab_dataset.json%s",
                 end ? (int)(end - t->path) + 1 : 0, t->path, sets[i].part);
        DSC_TRY(dsc_table_read(ctx, path, NULL, &table));
        data_set d = {ctx,
                      arena,
                      t,
                      sets[i].what,
                      json_object_get(root, sets[i].what),
                      table,
                      .input = {"prev_choice", "prev_reward"},
                      .ids = sets[i].ids,
                      .row_more = true};
        const dsc_status s = compare_table(&d);
        dsc_table_destroy(ctx, &table);
        DSC_TRY(s);
    }
    return DSC_OK;
}

// ---- sets of numbers ----------------------------------------------------------------------------

// Sets one after the other, with the numbers of their subjects.
typedef struct recipe {
    const json_t *set[2];
    int id[2], n;
} recipe;

typedef struct columns {
    int n_sessions, length[16], subject[16];
    double *value[3]; // x0, x1, choice
    size_t n;
} columns;

static dsc_status add_set(dsc_context *ctx, dsc_arena *arena, const json_t *set, int id, columns *c)
{
    const json_t *xs = json_object_get(set, "xs");
    size_t n, n_y;
    const double *x = golden_numbers(arena, xs, &n);
    const double *y = golden_numbers(arena, json_object_get(set, "ys"), &n_y);
    const size_t trials = json_array_size(xs), sessions = json_array_size(json_array_get(xs, 0));
    DSC_REQUIRE(ctx, x && y && n == 2 * n_y && n_y == trials * sessions, DSC_INPUT,
                "a data set of unexpected sizes");
    for (size_t s = 0; s < sessions; s++) {
        c->length[c->n_sessions] = (int)trials;
        c->subject[c->n_sessions++] = id;
        for (size_t t = 0; t < trials; t++, c->n++) {
            for (size_t i = 0; i < 2; i++) c->value[i][c->n] = x[(t * sessions + s) * 2 + i];
            c->value[2][c->n] = y[t * sessions + s];
        }
    }
    return DSC_OK;
}

static dsc_status make_table(dsc_context *ctx, dsc_arena *arena, const recipe *r, dsc_table **table)
{
    static const char *const names[] = {"x0", "x1", "choice"};
    columns c = {0};
    for (int i = 0; i < 3; i++) {
        c.value[i] = golden_block(arena, 256);
        DSC_REQUIRE(ctx, c.value[i], DSC_MEMORY, "out of memory");
    }
    for (int i = 0; i < r->n; i++) DSC_TRY(add_set(ctx, arena, r->set[i], r->id[i], &c));
    return dsc_table_make(ctx, c.n_sessions, c.length, c.subject, 3, names,
                          (const double *const *)c.value, table);
}

// A part of a split, or a list of sessions: what json holds under `key`.
static dsc_status compare_part(data_set *d, const json_t *wanted, const char *what, const int *part,
                               int of)
{
    d->wanted = wanted;
    d->what = what;
    d->n = 0;
    DSC_TRY(dsc_arena_alloc(d->arena, 16, sizeof *d->session, &d->session));
    for (int s = 0; s < d->table->n_sessions; s++)
        if (part[s] == of) d->session[d->n++] = s;
    return compare_set(d);
}

static dsc_status compare_split(data_set *d, const json_t *root, const char *name, int every,
                                int offset)
{
    const json_t *wanted = json_object_get(root, name);
    int part[16] = {0};
    dsc_split split = {0};
    const dsc_status s = dsc_split_every(d->ctx, d->table, every, offset, &split);
    if (json_object_get(wanted, "error")) {
        tally_count(d->t, name, s != DSC_OK, 1);
        dsc_split_free(d->ctx, &split);
        return DSC_OK;
    }
    DSC_TRY(s);
    for (int i = 0; i < split.n_sessions; i++) part[i] = split.heldout[i];
    dsc_split_free(d->ctx, &split);
    DSC_TRY(compare_part(d, json_object_get(wanted, "train"), name, part, DSC_TRAIN));
    return compare_part(d, json_object_get(wanted, "eval"), name, part, DSC_HELDOUT);
}

static dsc_status compare_splits(dsc_context *ctx, dsc_arena *arena, const json_t *root, tally *t)
{
    static const struct {
        const char *name;
        int every, offset;
    } splits[] = {{"split_2", 2, 1},
                  {"split_3", 3, 1},
                  {"split_3_offset_0", 3, 0},
                  {"split_3_offset_2", 3, 2},
                  {"split_2_offset_2", 2, 2}};
    const recipe r = {{json_object_get(root, "small_a"), NULL}, {0}, 1};
    const int subset[16] = {0, 1, 0, 1, 0};
    dsc_table *table = NULL;
    DSC_TRY(make_table(ctx, arena, &r, &table));
    data_set d = {.ctx = ctx, .arena = arena, .t = t, .table = table, .input = {"x0", "x1"}};
    dsc_status s = DSC_OK;
    for (size_t i = 0; s == DSC_OK && i < sizeof splits / sizeof *splits; i++)
        s = compare_split(&d, root, splits[i].name, splits[i].every, splits[i].offset);
    if (s == DSC_OK)
        s = compare_part(&d, json_object_get(root, "subset_mask_1_3"), "subset_mask_1_3", subset,
                         1);
    dsc_table_destroy(ctx, &table);
    return s;
}

static dsc_status compare_merges(dsc_context *ctx, dsc_arena *arena, const json_t *root, tally *t)
{
    static const struct {
        const char *name, *set[2];
        int id[2], n;
        bool ids;
    } merges[] = {{"small_a", {"small_a", NULL}, {0, 0}, 1, false},
                  {"small_b", {"small_b", NULL}, {0, 0}, 1, false},
                  {"merge_ab", {"small_a", "small_b"}, {0, 1}, 2, true},
                  {"merge_ba_ids_10_20", {"small_b", "small_a"}, {10, 20}, 2, true},
                  {"merge_ab_then_subset_all", {"small_a", "small_b"}, {0, 1}, 2, true},
                  {"merge_without_ids", {"small_a", "small_b"}, {0, 1}, 2, false}};
    dsc_status s = DSC_OK;
    for (size_t i = 0; s == DSC_OK && i < sizeof merges / sizeof *merges; i++) {
        recipe r = {.n = merges[i].n};
        dsc_table *table = NULL;
        for (int k = 0; k < r.n; k++) {
            r.set[k] = json_object_get(root, merges[i].set[k]);
            r.id[k] = merges[i].id[k];
        }
        DSC_TRY(make_table(ctx, arena, &r, &table));
        data_set d = {.ctx = ctx,
                      .arena = arena,
                      .t = t,
                      .what = merges[i].name,
                      .table = table,
                      .wanted = json_object_get(root, merges[i].name),
                      .input = {"x0", "x1"},
                      .ids = merges[i].ids};
        s = compare_table(&d);
        dsc_table_destroy(ctx, &table);
    }
    return s;
}

// ---- labels -------------------------------------------------------------------------------------

// A table with the column "choice" in a folder of its own, read again.
static dsc_status labels_read(dsc_context *ctx, const double *choice, size_t n, dsc_table **table)
{
    char folder[] = "/tmp/discern-golden-XXXXXX", path[64];
    DSC_REQUIRE(ctx, mkdtemp(folder), DSC_IO, "%s: cannot be made", folder);
    snprintf(path, sizeof path, "%s/labels.csv", folder);
    FILE *f = fopen(path, "w");
    dsc_status s = f ? DSC_OK : dsc_fail(ctx, DSC_IO, "%s: cannot be written", path);
    if (f) {
        fputs("choice\n", f);
        for (size_t i = 0; i < n; i++) fprintf(f, "%.17g\n", choice[i]);
        fclose(f);
        s = dsc_table_read(ctx, path, NULL, table);
    }
    remove(path);
    remove(folder);
    return s;
}

// Labels as a CSV: what is read, or that it is refused.
static dsc_status compare_label_rule(dsc_context *ctx, dsc_arena *arena, const json_t *rule,
                                     tally *t)
{
    const char *note = json_string_value(json_object_get(rule, "note"));
    size_t n;
    const double *in = golden_numbers(arena, json_object_get(rule, "ys_in"), &n);
    double *got = golden_block(arena, n);
    dsc_table *table = NULL;
    DSC_REQUIRE(ctx, in && got, DSC_INPUT, "%s: no numbers", note);
    const dsc_status s = labels_read(ctx, in, n, &table);
    const bool none = strcmp(note, "all -1") == 0; // a choice is needed here
    tally_count(t, note, s != DSC_OK, none || json_object_get(rule, "error"));
    for (size_t i = 0; s == DSC_OK && i < n; i++) {
        const double value = dsc_table_column(table, "choice")->value[i];
        got[i] = isnan(value) ? -1 : value;
    }
    if (s == DSC_OK)
        tally_json(t, arena, note, n, got, json_object_get(rule, "ys"),
                   (tolerance){1e-12, 0, 0, 0});
    dsc_table_destroy(ctx, &table);
    return DSC_OK;
}

// ---- agents -------------------------------------------------------------------------------------

enum { MOST_TRIALS = 64 };

static dsc_status make_trials(dsc_context *ctx, dsc_arena *arena, const json_t *packing,
                              dsc_table **table)
{
    static const char *const names[] = {"choice", "reward", "alpha", "beta"};
    size_t n, n_rewards;
    const double *choice = golden_numbers(arena, json_object_get(packing, "resolved_choices"), &n);
    const double *reward = golden_numbers(arena, json_object_get(packing, "rewards"), &n_rewards);
    double *alpha = golden_block(arena, n), *beta = golden_block(arena, n);
    DSC_REQUIRE(ctx, choice && reward && n == n_rewards && n <= MOST_TRIALS && alpha && beta,
                DSC_INPUT, "packing: unexpected sizes");
    for (size_t i = 0; i < n; i++) alpha[i] = 0.3, beta[i] = 3;
    const int length = (int)n;
    const double *const values[] = {choice, reward, alpha, beta};
    return dsc_table_make(ctx, 1, &length, NULL, 4, names, values, table);
}

// Both sessions of the reference have the same trials. Targets are the choice, and with dopamine
// the prediction error of the trial before.
static dsc_status compare_agent(data_set *d, const char *name, const char *model, bool dopamine)
{
    static const char *const quantities[] = {"prediction", "prediction_error", NULL};
    const json_t *wanted = json_object_get(json_object_get(d->wanted, "packing"), name);
    const size_t n = d->table->n_trials, per = 1 + dopamine;
    const double *choice = dsc_table_column(d->table, "choice")->value;
    const double *reward = dsc_table_column(d->table, "reward")->value;
    double recorded[3 * MOST_TRIALS], xs[4 * MOST_TRIALS], ys[4 * MOST_TRIALS];
    DSC_TRY(golden_record(d->ctx, model, quantities, d->table, recorded));
    for (size_t i = 0; i < 2 * n; i++) {
        const size_t t = i / 2;
        xs[2 * i] = t > 0 ? choice[t - 1] : 0;
        xs[2 * i + 1] = t > 0 ? reward[t - 1] : 0;
        ys[per * i] = choice[t];
        if (dopamine) ys[per * i + 1] = t > 0 ? recorded[2 * n + t - 1] : 0;
    }
    tally_json(d->t, d->arena, name, 4 * n, xs, json_object_get(wanted, "xs"), exact);
    tally_json(d->t, d->arena, name, 2 * per * n, ys, json_object_get(wanted, "ys"), exact);
    return DSC_OK;
}

static dsc_status compare_agents(dsc_context *ctx, dsc_arena *arena, const json_t *root, tally *t)
{
    dsc_table *table = NULL;
    DSC_TRY(make_trials(ctx, arena, json_object_get(root, "packing"), &table));
    data_set d = {.ctx = ctx, .arena = arena, .t = t, .wanted = root, .table = table};
    dsc_status s = compare_agent(&d, "q_learning_with_dopamine", "q_learning", true);
    if (s == DSC_OK) s = compare_agent(&d, "reward_seeking_with_dopamine", "reward_seeking", true);
    if (s == DSC_OK) s = compare_agent(&d, "q_learning", "q_learning", false);
    dsc_table_destroy(ctx, &table);
    return s;
}

static dsc_status compare_all(dsc_context *ctx, dsc_arena *arena, const json_t *root, tally *t)
{
    const json_t *rules = json_object_get(root, "categorical_rules");
    DSC_TRY(compare_rats(ctx, arena, root, t));
    DSC_TRY(compare_merges(ctx, arena, root, t));
    DSC_TRY(compare_splits(ctx, arena, root, t));
    for (size_t i = 0; i < json_array_size(rules); i++)
        DSC_TRY(compare_label_rule(ctx, arena, json_array_get(rules, i), t));
    return compare_agents(ctx, arena, root, t);
}

dsc_status golden_datasets(dsc_context *ctx, const json_t *root, tally *t)
{
    dsc_arena *arena = NULL;
    DSC_TRY(dsc_arena_create(ctx, &arena));
    const dsc_status status = compare_all(ctx, arena, root, t);
    dsc_arena_destroy(&arena);
    return status;
}
