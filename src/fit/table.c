// SPDX-License-Identifier: Apache-2.0
// table.c — fit.csv: a row per group, its estimate, what is known of its precision, what to doubt;
// written, and read back.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/internal.h"

// ---- the heading --------------------------------------------------------------------------------

static const char *const before[] = {"subject",   "session",      "n_trials",     "nll",
                                     "log_prior", "log_evidence", "nll_per_trial"};
static const char *const after[] = {"on_bound",         "flags",         "restarts",
                                    "restarts_at_best", "restarts_flat", "rounds"};
enum {
    BEFORE = sizeof before / sizeof *before,
    AFTER = sizeof after / sizeof *after,
    NAME_BYTES = 2 * DSC_FIELD_TEXT + 8
};

// Estimates, their standard errors, the correlations of every pair.
static int parameters_end(int P)
{
    return BEFORE + 2 * P + P * (P - 1) / 2;
}

static void name_of_pair(const dsc_estimates *e, int pair, char name[NAME_BYTES])
{
    int i = 1;
    for (; pair >= i; i++) pair -= i;
    snprintf(name, NAME_BYTES, "corr_%s_%s", e->parameter[pair], e->parameter[i]);
}

static const char *name_of(const dsc_estimates *e, int column, char name[NAME_BYTES])
{
    const int P = e->n_parameters, end = parameters_end(P), i = column - BEFORE;
    if (column < BEFORE) return before[column];
    if (column >= end) return after[column - end];
    if (i < P) return e->parameter[i];
    if (i < 2 * P) snprintf(name, NAME_BYTES, "se_%s", e->parameter[i - P]);
    else name_of_pair(e, i - 2 * P, name);
    return name;
}

const char *dsc_fit_bound_name(int bound)
{
    if (abs(bound) == 2) return "unbounded";
    return bound < 0 ? "low" : "high";
}

// ---- writing ------------------------------------------------------------------------------------

static void put_heading(FILE *f, const dsc_estimates *e)
{
    char name[NAME_BYTES];
    for (int i = 0; i < parameters_end(e->n_parameters) + AFTER; i++)
        fprintf(f, "%s%s", i ? "," : "", name_of(e, i, name));
    fputc('\n', f);
}

static void put_number(FILE *f, double value)
{
    fputc(',', f);
    dsc_csv_write_number(f, value);
}

// Words separated by a space: alpha=low beta=unbounded
static void put_bounds(FILE *f, const dsc_estimates *e, int k)
{
    const char *between = ",";
    for (int i = 0; i < e->n_parameters; i++) {
        const int bound = e->bound[k * e->n_parameters + i];
        if (!bound) continue;
        fprintf(f, "%s%s=%s", between, e->parameter[i], dsc_fit_bound_name(bound));
        between = " ";
    }
    if (*between == ',') fputc(',', f);
}

static void put_flags(FILE *f, unsigned flags)
{
    const char *between = ",";
    for (int k = 0; k < DSC_FIT_FLAGS; k++) {
        if (!(flags >> k & 1)) continue;
        fprintf(f, "%s%s", between, dsc_fit_flag_name(k));
        between = " ";
    }
    if (*between == ',') fputc(',', f);
}

static void put_group(FILE *f, const dsc_estimates *e, int k)
{
    const int P = e->n_parameters;
    dsc_csv_write_text(f, e->subject[k]);
    fputc(',', f);
    dsc_csv_write_text(f, e->session[k]);
    put_number(f, e->n_trials[k]);
    put_number(f, e->nll[k]);
    put_number(f, e->log_prior[k]);
    put_number(f, e->log_evidence[k]);
    put_number(f, e->n_trials[k] > 0 ? e->nll[k] / e->n_trials[k] : NAN);
    for (int i = 0; i < P; i++) put_number(f, e->value[k * P + i]);
    for (int i = 0; i < P; i++) put_number(f, e->error[k * P + i]);
    for (int i = 0; i < P; i++)
        for (int j = 0; j < i; j++) put_number(f, e->correlation[(k * P + j) * P + i]);
    put_bounds(f, e, k);
    put_flags(f, e->flags[k]);
    fprintf(f, ",%d,%d,%d,%d\n", e->n_restarts, e->at_best[k], e->flat[k], e->rounds[k]);
}

dsc_status table_write(dsc_context *ctx, const dsc_estimates *e, const char *path)
{
    dsc_file *file = NULL;
    DSC_TRY(dsc_file_begin(ctx, path, &file));
    put_heading(dsc_file_stream(file), e);
    for (int k = 0; k < e->n_groups; k++) put_group(dsc_file_stream(file), e, k);
    return dsc_file_commit(&file);
}

// ---- reading ------------------------------------------------------------------------------------

typedef struct reader {
    dsc_context *ctx;
    const dsc_cog *cog;
    dsc_csv csv;
    dsc_estimates *e;
} reader;

static bool heading_fits(const reader *r)
{
    const int n = parameters_end(r->e->n_parameters) + AFTER;
    char name[NAME_BYTES];
    if (r->csv.n != n) return false;
    for (int i = 0; i < n; i++)
        if (strcmp(r->csv.cell[i], name_of(r->e, i, name)) != 0) return false;
    return true;
}

// An empty cell is NaN.
static dsc_status number_read(const reader *r, int column, double *value)
{
    char name[NAME_BYTES];
    const char *cell = r->csv.cell[column];
    *value = NAN;
    DSC_REQUIRE(r->ctx, !*cell || dsc_parse_number(cell, value), DSC_INPUT,
                "%s, line %zu, column \"%s\": \"%.60s\" is not a number; fit again", r->csv.path,
                r->csv.line, name_of(r->e, column, name), cell);
    return DSC_OK;
}

static dsc_status whole_read(const reader *r, int column, int *value)
{
    double number;
    DSC_TRY(number_read(r, column, &number));
    *value = number >= 0 && number <= 1e9 ? (int)number : 0;
    return DSC_OK;
}

// "alpha=low beta=high" about this parameter.
static signed char bound_of(const char *list, const char *name, double value)
{
    const size_t n = strlen(name);
    for (; *list; list += strcspn(list, " "), list += strspn(list, " ")) {
        if (strncmp(list, name, n) != 0 || list[n] != '=') continue;
        const char letter = list[n + 1];
        if (letter == 'u') return value < 0 ? -2 : 2;
        return letter == 'l' ? -1 : 1;
    }
    return 0;
}

static unsigned flags_of(const char *list)
{
    unsigned flags = 0;
    for (; *list; list += strcspn(list, " "), list += strspn(list, " "))
        for (int k = 0; k < DSC_FIT_FLAGS; k++) {
            const char *name = dsc_fit_flag_name(k);
            if (strcspn(list, " ") == strlen(name) && strncmp(list, name, strlen(name)) == 0)
                flags |= 1u << k;
        }
    return flags;
}

static dsc_status parameters_read(const reader *r, int k)
{
    const dsc_estimates *e = r->e;
    const int P = e->n_parameters;
    int pair = BEFORE + 2 * P;
    for (int i = 0; i < P; i++) {
        DSC_TRY(number_read(r, BEFORE + i, &e->value[k * P + i]));
        DSC_TRY(number_read(r, BEFORE + P + i, &e->error[k * P + i]));
        e->correlation[(k * P + i) * P + i] = isnan(e->error[k * P + i]) ? NAN : 1;
        for (int j = 0; j < i; j++) {
            double *both = &e->correlation[(k * P + j) * P + i];
            DSC_TRY(number_read(r, pair++, both));
            e->correlation[(k * P + i) * P + j] = *both;
        }
        e->bound[k * P + i] =
            bound_of(r->csv.cell[parameters_end(P)], e->parameter[i], e->value[k * P + i]);
    }
    return DSC_OK;
}

static dsc_status row_read(const reader *r)
{
    dsc_estimates *e = r->e;
    const int k = e->n_groups, end = parameters_end(e->n_parameters), n = end + AFTER;
    DSC_REQUIRE(r->ctx, r->csv.n == n, DSC_INPUT, "%s, line %zu has %d cells, not %d; fit again",
                r->csv.path, r->csv.line, r->csv.n, n);
    DSC_TRY(dsc_arena_strdup(e->arena, r->csv.cell[0], &e->subject[k]));
    DSC_TRY(dsc_arena_strdup(e->arena, r->csv.cell[1], &e->session[k]));
    DSC_TRY(number_read(r, 2, &e->n_trials[k]));
    DSC_TRY(number_read(r, 3, &e->nll[k]));
    DSC_TRY(number_read(r, 4, &e->log_prior[k]));
    DSC_TRY(number_read(r, 5, &e->log_evidence[k]));
    DSC_TRY(parameters_read(r, k));
    e->flags[k] = flags_of(r->csv.cell[end + 1]);
    DSC_TRY(whole_read(r, end + 2, &e->n_restarts));
    DSC_TRY(whole_read(r, end + 3, &e->at_best[k]));
    DSC_TRY(whole_read(r, end + 4, &e->flat[k]));
    DSC_TRY(whole_read(r, end + 5, &e->rounds[k]));
    e->n_groups++;
    return DSC_OK;
}

static dsc_status names_read(const reader *r)
{
    for (int i = 0; i < r->e->n_parameters; i++) {
        char *name;
        DSC_TRY(dsc_arena_strdup(r->e->arena, dsc_cog_parameter_at(r->cog, i)->name, &name));
        r->e->parameter[i] = name;
    }
    return DSC_OK;
}

static dsc_status table_read(reader *r, const char *model)
{
    bool more;
    const int P = r->cog ? dsc_cog_parameter_count(r->cog) : 0;
    DSC_TRY(estimates_create(r->ctx, (int)dsc_csv_lines(&r->csv), P, &r->e));
    r->e->n_groups = 0; // read so far
    DSC_TRY(names_read(r));
    DSC_TRY(dsc_csv_next(&r->csv, &more));
    DSC_REQUIRE(r->ctx, more && r->cog && heading_fits(r), DSC_INPUT,
                "%s does not hold the parameters of the model \"%s\"; fit again", r->csv.path,
                model);
    for (;;) {
        DSC_TRY(dsc_csv_next(&r->csv, &more));
        if (!more) break;
        DSC_TRY(row_read(r));
    }
    DSC_REQUIRE(r->ctx, r->e->n_groups > 0, DSC_INPUT, "%s has no rows; fit again", r->csv.path);
    return DSC_OK;
}

dsc_status dsc_estimates_read(dsc_context *ctx, const dsc_run *run, dsc_estimates **e)
{
    char path[4096];
    reader r = {.ctx = ctx, .cog = run->model->cog};
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, run->path, "fit.csv"));
    DSC_REQUIRE(ctx, dsc_exists(path), DSC_INPUT,
                "%s is missing: it holds the estimates of a fit by maximum likelihood. Fit again "
                "with fit.method=mle (or map)",
                path);
    DSC_TRY(dsc_csv_open(ctx, path, &r.csv));
    const dsc_status status = table_read(&r, run->model->name);
    dsc_csv_close(&r.csv);
    if (status == DSC_OK) *e = r.e;
    else dsc_estimates_destroy(ctx, &r.e);
    return status;
}

// ---- what was estimated -------------------------------------------------------------------------

static int64_t trained_count(const dsc_run *run)
{
    int64_t n = 0;
    for (int i = 0; i < dsc_cell_parameter_count(run->cell); i++)
        if (!dsc_cell_parameter(run->cell, i)->fixed) n += (int64_t)run->layout.count[i];
    return n;
}

dsc_status dsc_count_estimated(dsc_context *ctx, const dsc_run *run, int64_t *n)
{
    char path[4096];
    dsc_estimates *e = NULL;
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, run->path, "fit.csv"));
    const bool trained = strcmp(run->config.fit.method, "gradient") == 0 || !dsc_exists(path);
    if (!trained) DSC_TRY(dsc_estimates_read(ctx, run, &e));
    *n = trained ? trained_count(run) : (int64_t)e->n_groups * e->n_parameters;
    dsc_estimates_destroy(ctx, &e);
    return DSC_OK;
}
