// SPDX-License-Identifier: Apache-2.0
// fits.c — likelihoods of classical models at given parameters, and their maxima, against those of
// the reference programs (SciPy): Q-learning on 30 artificial agents, with perseveration on the 101
// people of Dezfouli et al. 2019, the hybrid Kalman model on the 44 of Gershman 2018. The programs
// add 1e-10 to probabilities inside the logarithm.
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/internal.h"
#include "golden/golden.h"

// ---- tables of numbers --------------------------------------------------------------------------

enum { MOST_COLUMNS = 32 };
typedef struct numbers {
    int n_rows, n_columns;
    char name[MOST_COLUMNS][64];
    double *value; // [rows][columns]; NaN for words
} numbers;

static char *next_cell(char **line)
{
    char *cell = *line, *end = strpbrk(cell, ",\n\r");
    *line = end && *end == ',' ? end + 1 : NULL;
    if (end) *end = 0;
    return cell;
}

static dsc_status numbers_read(dsc_context *ctx, const char *path, dsc_arena *arena, numbers *k)
{
    char *text = NULL, *copy = NULL;
    size_t n, rows = 0;
    DSC_TRY(dsc_read_file(ctx, path, &text, &n));
    const dsc_status status = dsc_arena_strdup(arena, text, &copy);
    dsc_free(ctx, &text);
    DSC_TRY(status);
    for (const char *s = copy; *s; s++) rows += *s == '\n';
    DSC_TRY(dsc_arena_alloc(arena, rows * MOST_COLUMNS, sizeof(double), &k->value));
    for (char *line = copy, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end) *end++ = 0;
        for (int c = 0; line && c < MOST_COLUMNS; c++) {
            const char *cell = next_cell(&line);
            if (k->n_rows == 0) snprintf(k->name[k->n_columns++], 64, "%s", cell);
            else if (c < k->n_columns &&
                     !dsc_parse_number(cell, &k->value[(k->n_rows - 1) * k->n_columns + c]))
                k->value[(k->n_rows - 1) * k->n_columns + c] = NAN;
        }
        k->n_rows++;
    }
    k->n_rows--;
    return DSC_OK;
}

static double at(const numbers *k, int row, const char *column)
{
    for (int c = 0; c < k->n_columns; c++)
        if (strcmp(k->name[c], column) == 0) return k->value[row * k->n_columns + c];
    return NAN;
}

// ---- the three studies --------------------------------------------------------------------------

static const char q_text[] = "model q\n"
                             "actions 2\n"
                             "outcome reward\n"
                             "parameter alpha in unit\n"
                             "parameter beta in [0, 10]\n"
                             "state q[action] = 0 reset block\n"
                             "trial\n"
                             "    choose softmax(beta * q)\n"
                             "    q[choice] += alpha * (reward - q[choice])\n";

// The first trial of a block keeps the bonus of the trial before it (the quirk of the reference).
static const char perseveration_text[] = "model qp\n"
                                         "actions 2\n"
                                         "cue block_start\n"
                                         "outcome reward\n"
                                         "parameter alpha in [0, 0.2]\n"
                                         "parameter beta in [0, 10]\n"
                                         "parameter kappa in [-0.5, 0.5]\n"
                                         "state q[action] = 0 reset block\n"
                                         "state last[action] = 0\n"
                                         "state m[action] = 0\n"
                                         "trial\n"
                                         "    m = if block_start then m else kappa * last\n"
                                         "    choose softmax(beta * (q + m))\n"
                                         "    q[choice] += alpha * (reward - q[choice])\n"
                                         "    last = chosen\n";

static const char hybrid_text[] = "model hybrid\n"
                                  "actions 2\n"
                                  "outcome reward\n"
                                  "parameter beta in [0, 4]\n"
                                  "parameter gamma in unit\n"
                                  "state Q[action] = 0 reset block\n"
                                  "state v[action] = 100 reset block\n"
                                  "trial\n"
                                  "    V = Q[0] - Q[1]\n"
                                  "    RU = sqrt(v[0]) - sqrt(v[1])\n"
                                  "    TU = sqrt(v[0] + v[1])\n"
                                  "    choose probit(beta * V / TU + gamma * RU)\n"
                                  "    gain = v[choice] / (v[choice] + 10)\n"
                                  "    Q[choice] += gain * (reward - Q[choice])\n"
                                  "    v[choice] *= 1 - gain\n";

typedef struct study {
    const char *prefix, *data, *text;
    const char *map[4];
    const char *subject, *parameter[3];
    double shift[3]; // of the file's parameters
} study;

static const study studies[] = {
    {"art_",
     "artificial_testset.csv.gz",
     q_text,
     {"subject=agent", "session=", "choice=action"},
     "agent",
     {"alpha", "beta"},
     {0}},
    {"dezfouli_",
     "dezfouli_trials.csv.gz",
     perseveration_text,
     {"session=", "choice=action"},
     "subject",
     {"alpha", "beta", "kappa_plus_half"},
     {0, 0, -0.5}},
    {"gershman_",
     "gershman_trials_and_outputs.csv.gz",
     hybrid_text,
     {"session=", "trial=", "choice=choice:1=0,2=1"},
     "subject0",
     {"beta", "gamma"},
     {0}},
};
enum { N_STUDIES = sizeof studies / sizeof *studies };

typedef struct fitting {
    dsc_context *ctx;
    const study *study;
    tally *t;
    dsc_arena *arena;
    numbers file;
    dsc_table *table;
    dsc_cog *cog;
    dsc_cell *cell;
    dsc_pool *pool;
    groups groups;
    objective objective;
    sets sets;
    int P;
} fitting;

static dsc_status read_trials(fitting *k, const char *path)
{
    char full[4096];
    int n = 0;
    snprintf(full, sizeof full, "%.*s/%s", (int)(strrchr(path, '/') - path), path, k->study->data);
    while (n < 4 && k->study->map[n]) n++;
    const dsc_read_options o = {.n_maps = n, .map = k->study->map};
    return dsc_table_read(k->ctx, full, &o, &k->table);
}

static dsc_status build_cell(fitting *k, double epsilon)
{
    dsc_builder *b = NULL;
    const dsc_cog_build o = {.form = DSC_COG_OBSERVER, .n_actions = 2, .level = DSC_PER_LANE};
    DSC_TRY(dsc_cog_compile(k->ctx, k->study->prefix, k->study->text, &k->cog));
    k->P = dsc_cog_parameter_count(k->cog);
    DSC_TRY(dsc_cell_begin(k->ctx, k->study->prefix, &b));
    dsc_status status = dsc_cog_build_cell(k->cog, b, &o);
    if (status == DSC_OK) status = likelihood_attach(b, epsilon, false);
    const dsc_status ended = dsc_cell_end(b, &k->cell);
    return status != DSC_OK ? status : ended;
}

static void set_space(fitting *k)
{
    search_space *w = &k->sets.space;
    k->sets.method = -1;
    *w = (search_space){.n = k->P, .tolerance = 1e-9, .most_rounds = 500};
    for (int i = 0; i < k->P; i++) {
        const dsc_cog_parameter *p = dsc_cog_parameter_at(k->cog, i);
        k->sets.parameter[i] = (fit_parameter){p->name, p->lowest, p->highest, p->start, p->prior};
        parameter_space(&k->sets.parameter[i], i, w);
    }
}

static dsc_status begin(fitting *k, const char *path, int restarts)
{
    const dsc_engine *e = NULL;
    DSC_TRY(dsc_arena_create(k->ctx, &k->arena));
    DSC_TRY(numbers_read(k->ctx, path, k->arena, &k->file));
    DSC_TRY(read_trials(k, path));
    DSC_TRY(build_cell(k, 1e-10));
    DSC_TRY(dsc_engine_select(k->ctx, NULL, NULL, "double", &e));
    DSC_TRY(dsc_pool_create(k->ctx, 0, &k->pool));
    DSC_TRY(groups_create(k->ctx, k->table, NULL, DSC_GROUP_SUBJECT, &k->groups));
    const int n_sets = k->groups.n * restarts;
    const int points = k->file.n_rows > n_sets ? k->file.n_rows : n_sets;
    const objective_parts of = {.cell = k->cell,
                                .engine = e,
                                .table = k->table,
                                .groups = &k->groups,
                                .pool = k->pool,
                                .capacity = points};
    DSC_TRY(objective_create(k->ctx, &of, &k->objective));
    set_space(k);
    return restarts ? sets_create(k->ctx, &k->groups, &k->objective, restarts, &k->sets) : DSC_OK;
}

static void end(fitting *k)
{
    sets_destroy(&k->sets);
    objective_destroy(&k->objective);
    groups_destroy(&k->groups);
    dsc_pool_destroy(&k->pool);
    if (k->cell) dsc_cell_destroy(&k->cell);
    if (k->cog) dsc_cog_destroy(k->ctx, &k->cog);
    dsc_table_destroy(k->ctx, &k->table);
    if (k->arena) dsc_arena_destroy(&k->arena);
}

// The group of a subject of the reference, which counts from 0 (the Gershman file from 1).
static int group_of(const fitting *k, double subject)
{
    const int label = (int)subject + (strcmp(k->study->subject, "subject0") == 0);
    char text[32];
    snprintf(text, sizeof text, "%d", label);
    for (int g = 0; g < k->groups.n; g++)
        if (strcmp(k->table->subject[k->groups.subject[g]], text) == 0) return g;
    return 0;
}

// ---- likelihoods at given parameters ------------------------------------------------------------

static dsc_status evaluate(fitting *k, const char *before, const char *after, double *f)
{
    const int n = k->file.n_rows;
    int *group;
    double *x, *g;
    char name[64];
    DSC_TRY(dsc_arena_alloc(k->arena, (size_t)n, sizeof *group, &group));
    DSC_TRY(dsc_arena_alloc(k->arena, (size_t)(n * k->P), sizeof *x, &x));
    DSC_TRY(dsc_arena_alloc(k->arena, (size_t)(n * k->P), sizeof *g, &g));
    for (int r = 0; r < n; r++) {
        group[r] = group_of(k, at(&k->file, r, k->study->subject));
        for (int i = 0; i < k->P; i++) {
            snprintf(name, sizeof name, "%s%s%s", before, k->study->parameter[i], after);
            x[r * k->P + i] = at(&k->file, r, name) + k->study->shift[i];
        }
    }
    return objective_evaluate(&k->objective, n, group, x, f, g);
}

static dsc_status compare_values(fitting *k, const char *before, const char *column,
                                 tolerance allowed)
{
    const int n = k->file.n_rows;
    double *f, *wanted;
    DSC_TRY(dsc_arena_alloc(k->arena, (size_t)n, sizeof *f, &f));
    DSC_TRY(dsc_arena_alloc(k->arena, (size_t)n, sizeof *wanted, &wanted));
    DSC_TRY(evaluate(k, before, "", f));
    for (int r = 0; r < n; r++) wanted[r] = at(&k->file, r, column);
    tally_compare(k->t, column, (size_t)n, f, wanted, allowed);
    return DSC_OK;
}

// ---- maxima -------------------------------------------------------------------------------------

static double best_of(const fitting *k, int group)
{
    const best_point *b = k->sets.best + group * k->sets.n_restarts;
    double best = INFINITY;
    for (int i = 0; i < k->sets.n_restarts; i++) best = fmin(best, b[i].f);
    return best;
}

// Ours may be lower than the best known value, not higher.
static dsc_status compare_maxima(fitting *k, const char *column, double allowed)
{
    double *known;
    DSC_TRY(dsc_arena_alloc(k->arena, (size_t)k->groups.n, sizeof *known, &known));
    for (int g = 0; g < k->groups.n; g++) known[g] = INFINITY;
    for (int r = 0; r < k->file.n_rows; r++) {
        const int g = group_of(k, at(&k->file, r, k->study->subject));
        known[g] = fmin(known[g], at(&k->file, r, column));
    }
    for (int g = 0; g < k->groups.n; g++)
        tally_value(k->t, column, fmax(best_of(k, g), known[g]), known[g],
                    (tolerance){.size = allowed});
    return DSC_OK;
}

static dsc_status maximise(fitting *k)
{
    sets_begin(&k->sets);
    do DSC_TRY(sets_round(&k->sets));
    while (k->sets.n_active > 0);
    return DSC_OK;
}

// ---- kinds of files -----------------------------------------------------------------------------

static const tolerance grid = {1e-8, 1, 0, 0}, printed = {2e-9, 1, 0, 0};

static dsc_status compare(fitting *k, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    const bool is_grid = strstr(name, "_nll_grid") != NULL;
    DSC_TRY(begin(k, path, is_grid ? 0 : 20));
    if (is_grid) return compare_values(k, "", k->file.name[k->file.n_columns - 1], grid);
    DSC_TRY(maximise(k));
    if (strcmp(name, "art_mle_starts.csv") == 0) return compare_maxima(k, "nll", 1e-4);
    const bool dezfouli = strcmp(name, "dezfouli_per_subject.csv") == 0;
    const char *before = dezfouli ? "published_qp_" : "published_hybrid_";
    const char *published = dezfouli ? "published_qp_nll" : "published_hybrid_nll";
    DSC_TRY(compare_values(k, before, published, printed));
    DSC_TRY(compare_maxima(k, published, 1e-6));
    return compare_maxima(k, dezfouli ? "refit8_nll" : "refit10_nll", 1e-4);
}

dsc_status golden_fits(dsc_context *ctx, const json_t *root, tally *t)
{
    const char *path = t->path;
    (void)root;
    fitting k = {.ctx = ctx, .t = t};
    const char *name = strrchr(path, '/') + 1;
    for (int i = 0; i < N_STUDIES; i++)
        if (strncmp(name, studies[i].prefix, strlen(studies[i].prefix)) == 0) k.study = &studies[i];
    const dsc_status status = k.study ? compare(&k, path) : DSC_DEFECT;
    end(&k);
    return status;
}
