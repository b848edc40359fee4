// SPDX-License-Identifier: Apache-2.0
// compare_read.c — predictions.csv: subject,session,trial,choice,weight,p_0,...,p_{A-1},log_lik
// and, passed over, what was predicted beside the choices.
// Every cell is checked; what a comparison needs later is summed per session.
#include <math.h>
#include <string.h>

#include "fit/compare.h"

static const char *const before_p[] = {"subject", "session", "trial", "choice", "weight"};
enum { TRIAL = 2, CHOICE, WEIGHT, FIRST_P };

// ---- labels numbered in order of appearance -----------------------------------------------------

typedef struct labels {
    int n, *slot; // [mask + 1] number + 1
    size_t mask;
    int *group; // the subject of a session; 0 for subjects
    const char **text;
} labels;

// Room for `most` labels, so that it never has to grow.
static dsc_status labels_make(dsc_arena *arena, size_t most, labels *l)
{
    size_t slots = 8;
    while (slots < 2 * most) slots *= 2;
    *l = (labels){.mask = slots - 1};
    DSC_TRY(dsc_arena_alloc(arena, slots, sizeof *l->slot, &l->slot));
    DSC_TRY(dsc_arena_alloc(arena, most, sizeof *l->group, &l->group));
    return dsc_arena_alloc(arena, most, sizeof *l->text, &l->text);
}

static int label_number(labels *l, int group, const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037) + (uint64_t)group; // FNV-1a
    for (const char *c = text; *c; c++) h = (h ^ (unsigned char)*c) * UINT64_C(1099511628211);
    size_t i = (size_t)(h ^ h >> 32) & l->mask;
    for (; l->slot[i]; i = (i + 1) & l->mask) {
        const int k = l->slot[i] - 1;
        if (l->group[k] == group && strcmp(l->text[k], text) == 0) return k;
    }
    l->group[l->n] = group;
    l->text[l->n] = text;
    l->slot[i] = ++l->n;
    return l->n - 1;
}

// ---- the reader ---------------------------------------------------------------------------------

typedef struct reader {
    dsc_context *ctx;
    dsc_csv *csv;
    compare_trials *t;
    labels subjects, sessions;
    double *p;     // [n_actions] of a trial
    int n_columns; // values may follow log_lik
} reader;

// Where log_lik is, or should be.
static int place_of_log_lik(const dsc_csv *c)
{
    for (int i = FIRST_P; i < c->n; i++)
        if (strcmp(c->cell[i], "log_lik") == 0) return i;
    return c->n - 1;
}

static dsc_status columns_read(reader *r)
{
    const dsc_csv *c = r->csv;
    char name[32];
    const int last = place_of_log_lik(c), n_actions = last - FIRST_P;
    for (int i = 0; i <= last || i < FIRST_P + 3; i++) {
        if (i < FIRST_P) snprintf(name, sizeof name, "%s", before_p[i]);
        else if (i < last || i < FIRST_P + 2) snprintf(name, sizeof name, "p_%d", i - FIRST_P);
        else snprintf(name, sizeof name, "log_lik");
        const char *found = i < c->n ? c->cell[i] : "nothing";
        DSC_REQUIRE(r->ctx, strcmp(found, name) == 0, DSC_INPUT,
                    "%s, line 1: column %d is \"%s\", but predictions have \"%s\" there "
                    "(subject,session,trial,choice,weight,p_0,...,log_lik). Fits of values alone "
                    "(mse) predict no choices to compare",
                    c->path, i + 1, found, name);
    }
    r->t->n_actions = n_actions;
    r->n_columns = c->n;
    return dsc_arena_alloc(r->t->arena, (size_t)n_actions, sizeof *r->p, &r->p);
}

static const char *column_name(const reader *r, int i, char name[32])
{
    if (i < FIRST_P) return before_p[i];
    if (i == FIRST_P + r->t->n_actions) return "log_lik";
    snprintf(name, 32, "p_%d", i - FIRST_P);
    return name;
}

// An empty cell is NaN, unless a number is needed.
static dsc_status number_read(const reader *r, int i, bool needed, double *value)
{
    char name[32];
    const dsc_csv *c = r->csv;
    *value = NAN;
    if (!needed && !*c->cell[i]) return DSC_OK;
    DSC_REQUIRE(r->ctx, dsc_parse_number(c->cell[i], value), DSC_INPUT,
                "%s, line %zu, column \"%s\": \"%s\" is not a number; write the predictions again",
                c->path, c->line, column_name(r, i, name), c->cell[i]);
    return DSC_OK;
}

static dsc_status weight_read(const reader *r, bool *counted)
{
    double weight;
    DSC_TRY(number_read(r, WEIGHT, true, &weight));
    DSC_REQUIRE(r->ctx, weight == 0 || weight == 1, DSC_INPUT,
                "%s, line %zu, column \"weight\": %g; a trial counts (1) or not (0)", r->csv->path,
                r->csv->line, weight);
    *counted = weight == 1;
    return DSC_OK;
}

static bool is_option(double choice, int n_actions)
{
    return choice >= 0 && choice < n_actions && choice == floor(choice);
}

// 1 if the choice was the most probable option; one of k equally probable ones counts 1/k.
static double correctness(const double *p, int n, int choice)
{
    int ties = 0;
    for (int k = 0; k < n; k++) {
        if (p[k] > p[choice]) return 0;
        ties += p[k] == p[choice];
    }
    return 1.0 / ties;
}

static dsc_status probabilities_read(const reader *r, double *p)
{
    double sum = 0;
    for (int k = 0; k < r->t->n_actions; k++) {
        DSC_TRY(number_read(r, FIRST_P + k, true, &p[k]));
        DSC_REQUIRE(r->ctx, p[k] >= 0 && p[k] <= 1, DSC_INPUT,
                    "%s, line %zu, column \"p_%d\": %g is not a probability", r->csv->path,
                    r->csv->line, k, p[k]);
        sum += p[k];
    }
    DSC_REQUIRE(r->ctx, fabs(sum - 1) < 1e-5, DSC_INPUT,
                "%s, line %zu: the probabilities sum to %g, not to 1; was the file edited?",
                r->csv->path, r->csv->line, sum);
    return DSC_OK;
}

static dsc_status likelihood_read(const reader *r, double p, double *log_lik)
{
    const dsc_csv *c = r->csv;
    DSC_TRY(number_read(r, FIRST_P + r->t->n_actions, true, log_lik));
    DSC_REQUIRE(r->ctx, *log_lik > -INFINITY, DSC_INPUT,
                "%s, line %zu: the model gave the choice probability 0, so that its likelihood is "
                "0 and nothing can be compared; let it err now and then (a lapse rate)",
                c->path, c->line);
    DSC_REQUIRE(r->ctx, fabs(exp(*log_lik) - p) < 1e-5, DSC_INPUT,
                "%s, line %zu, column \"log_lik\": %g is not the logarithm of the choice's "
                "probability %g",
                c->path, c->line, *log_lik, p);
    return DSC_OK;
}

static dsc_status prediction_read(reader *r, size_t i, compare_tally *sum)
{
    double *p = r->p, log_lik;
    const int A = r->t->n_actions;
    const double chosen = r->t->choice[i];
    DSC_REQUIRE(r->ctx, is_option(chosen, A), DSC_INPUT,
                "%s, line %zu, column \"choice\": \"%s\" counts (weight 1), but is none of the "
                "options 0 to %d",
                r->csv->path, r->csv->line, r->csv->cell[CHOICE], A - 1);
    const int choice = (int)chosen;
    DSC_TRY(probabilities_read(r, p));
    DSC_TRY(likelihood_read(r, p[choice], &log_lik));
    sum->n += 1;
    sum->nll -= log_lik;
    sum->accuracy += correctness(p, A, choice);
    int offered = 0;
    for (int k = 0; k < A; k++) {
        sum->brier += (p[k] - (k == choice)) * (p[k] - (k == choice));
        offered += p[k] > 0;
    }
    sum->offered += log((double)offered / A);
    return DSC_OK;
}

static dsc_status trial_read(reader *r)
{
    compare_trials *t = r->t;
    dsc_csv *c = r->csv;
    const size_t i = t->n;
    bool counted = false;
    DSC_REQUIRE(r->ctx, c->n == r->n_columns, DSC_INPUT,
                "%s, line %zu: %d cells, but line 1 names %d; the file was cut or edited", c->path,
                c->line, c->n, r->n_columns);
    const int subject = label_number(&r->subjects, 0, c->cell[0]);
    const int session = label_number(&r->sessions, subject, c->cell[1]);
    t->session_of[i] = session;
    t->line[i] = c->line;
    DSC_TRY(number_read(r, TRIAL, false, &t->trial[i]));
    DSC_TRY(number_read(r, CHOICE, false, &t->choice[i]));
    DSC_TRY(weight_read(r, &counted));
    t->counted[i] = counted;
    if (counted) DSC_TRY(prediction_read(r, i, &t->tally[session]));
    t->n++;
    return DSC_OK;
}

// ---- around it ----------------------------------------------------------------------------------

static dsc_status arrays_make(reader *r, size_t most)
{
    compare_trials *t = r->t;
    DSC_TRY(labels_make(t->arena, most, &r->subjects));
    DSC_TRY(labels_make(t->arena, most, &r->sessions));
    DSC_TRY(dsc_arena_alloc(t->arena, most, sizeof *t->session_of, &t->session_of));
    DSC_TRY(dsc_arena_alloc(t->arena, most, sizeof *t->line, &t->line));
    DSC_TRY(dsc_arena_alloc(t->arena, most, sizeof *t->trial, &t->trial));
    DSC_TRY(dsc_arena_alloc(t->arena, most, sizeof *t->choice, &t->choice));
    DSC_TRY(dsc_arena_alloc(t->arena, most, sizeof *t->counted, &t->counted));
    return dsc_arena_alloc(t->arena, most, sizeof *t->tally, &t->tally);
}

static dsc_status trials_fill(reader *r)
{
    bool more;
    DSC_TRY(arrays_make(r, dsc_csv_lines(r->csv)));
    DSC_TRY(dsc_csv_next(r->csv, &more));
    DSC_TRY(columns_read(r));
    DSC_TRY(dsc_csv_next(r->csv, &more));
    while (more) {
        DSC_TRY(trial_read(r));
        DSC_TRY(dsc_csv_next(r->csv, &more));
    }
    DSC_REQUIRE(r->ctx, r->t->n > 0, DSC_INPUT,
                "%s has no trials; write the predictions again: discern eval RUN -o DIR",
                r->csv->path);
    r->t->n_subjects = r->subjects.n, r->t->subject = r->subjects.text;
    r->t->n_sessions = r->sessions.n, r->t->session = r->sessions.text;
    r->t->subject_of = r->sessions.group;
    return DSC_OK;
}

static bool holds(const char *folder, const char *name)
{
    char path[COMPARE_PATH_BYTES];
    return snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path &&
           dsc_exists(path);
}

// A fit begins with its config (a cross-validation with its folds) and ends with its predictions.
static dsc_status check_finished(dsc_context *ctx, const char *folder)
{
    if (holds(folder, "predictions.csv")) return DSC_OK;
    DSC_REQUIRE(ctx, !holds(folder, "cv.json"), DSC_INPUT,
                "%s is a cross-validation that is not finished; finish it: discern fit --resume %s",
                folder, folder);
    DSC_REQUIRE(ctx, !holds(folder, "config.yaml") || holds(folder, "replica-0"), DSC_INPUT,
                "%s is a fit that is not finished; finish it: discern fit --resume %s", folder,
                folder);
    return dsc_fail(ctx, DSC_INPUT,
                    "%s/predictions.csv is not there; give folders that fit or eval wrote (of "
                    "replicas one: RUN/replica-0)",
                    folder);
}

static dsc_status trials_open(dsc_context *ctx, const char *folder, compare_trials *t)
{
    char path[COMPARE_PATH_BYTES], *kept;
    DSC_TRY(dsc_arena_create(ctx, &t->arena));
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, folder, "predictions.csv"));
    DSC_TRY(check_finished(ctx, folder));
    DSC_TRY(dsc_arena_strdup(t->arena, path, &kept));
    DSC_TRY(dsc_csv_open(ctx, kept, &t->csv));
    reader r = {.ctx = ctx, .csv = &t->csv, .t = t};
    return trials_fill(&r);
}

dsc_status compare_trials_read(dsc_context *ctx, const char *folder, compare_trials **t)
{
    compare_trials *made = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    const dsc_status status = trials_open(ctx, folder, made);
    if (status == DSC_OK) *t = made;
    else compare_trials_free(ctx, &made);
    return status;
}

void compare_trials_free(dsc_context *ctx, compare_trials **t)
{
    if (!*t) return;
    dsc_csv_close(&(*t)->csv);
    dsc_arena_destroy(&(*t)->arena);
    dsc_free(ctx, t);
}
