// SPDX-License-Identifier: Apache-2.0
// estimates.c — reads RUN/fit.csv (src/fit/table.c writes it): labels and scores, then the
// parameters, then their standard errors; "on_bound" says which lie on a bound (alpha=low). The
// columns are found by their names.
#include <math.h>
#include <string.h>

#include "plot/internal.h"

typedef struct reader {
    dsc_context *ctx;
    const dsc_run *run;
    dsc_csv csv;
    dsc_estimates *e;
} reader;

// ---- the heading --------------------------------------------------------------------------------

// Where the parameters begin (their standard errors follow at once) and where their bounds stand.
typedef struct heading {
    int value, on_bound;
} heading;

static bool heading_fits(const reader *r, heading *h)
{
    const dsc_cog *cog = r->run->model->cog;
    const int P = dsc_cog_parameter_count(cog);
    char error[DSC_FIELD_TEXT + 8];
    h->value = dsc_csv_find(&r->csv, "nll_per_trial") + 1;
    h->on_bound = dsc_csv_find(&r->csv, "on_bound");
    if (h->value == 0 || h->on_bound < h->value + 2 * P) return false;
    for (int i = 0; i < P; i++) {
        const char *name = dsc_cog_parameter_at(cog, i)->name;
        snprintf(error, sizeof error, "se_%s", name);
        if (strcmp(r->csv.cell[h->value + i], name) != 0) return false;
        if (strcmp(r->csv.cell[h->value + P + i], error) != 0) return false;
    }
    return true;
}

static dsc_status estimates_make(reader *r, int n_groups)
{
    dsc_estimates *e = r->e;
    const dsc_cog *cog = r->run->model->cog;
    e->n_parameters = dsc_cog_parameter_count(cog);
    const size_t n = (size_t)n_groups, P = (size_t)e->n_parameters;
    DSC_TRY(dsc_arena_alloc(e->arena, n, sizeof *e->subject, &e->subject));
    DSC_TRY(dsc_arena_alloc(e->arena, n, sizeof *e->session, &e->session));
    DSC_TRY(dsc_arena_alloc(e->arena, P, sizeof *e->parameter, &e->parameter));
    DSC_TRY(dsc_arena_alloc(e->arena, n * P, sizeof *e->value, &e->value));
    DSC_TRY(dsc_arena_alloc(e->arena, n * P, sizeof *e->error, &e->error));
    DSC_TRY(dsc_arena_alloc(e->arena, n * P, sizeof *e->bound, &e->bound));
    for (size_t i = 0; i < P; i++) e->parameter[i] = dsc_cog_parameter_at(cog, (int)i)->name;
    return DSC_OK;
}

// ---- rows ---------------------------------------------------------------------------------------

static double number_of(const char *text)
{
    double value;
    return dsc_parse_number(text, &value) && isfinite(value) ? value : NAN;
}

// "alpha=low beta=high" about this parameter.
static signed char bound_of(const char *list, const char *name)
{
    const size_t length = strlen(name);
    for (; *list; list += strcspn(list, " "), list += strspn(list, " "))
        if (strncmp(list, name, length) == 0 && list[length] == '=')
            return list[length + 1] == 'l' ? -1 : 1;
    return 0;
}

static dsc_status row_read(reader *r, heading h)
{
    dsc_estimates *e = r->e;
    const int k = e->n_groups, P = e->n_parameters;
    DSC_REQUIRE(r->ctx, r->csv.n > h.on_bound, DSC_INPUT, "%s, line %zu: only %d cells; fit again",
                r->csv.path, r->csv.line, r->csv.n);
    DSC_TRY(dsc_arena_strdup(e->arena, r->csv.cell[0], &e->subject[k]));
    DSC_TRY(dsc_arena_strdup(e->arena, r->csv.cell[1], &e->session[k]));
    for (int i = 0; i < P; i++) {
        e->value[k * P + i] = number_of(r->csv.cell[h.value + i]);
        e->error[k * P + i] = number_of(r->csv.cell[h.value + P + i]);
        e->bound[k * P + i] = bound_of(r->csv.cell[h.on_bound], e->parameter[i]);
    }
    e->n_groups++;
    return DSC_OK;
}

static int lines_count(const char *text)
{
    int n = 0;
    for (; *text; text++) n += *text == '\n';
    return n + 1;
}

static dsc_status table_read(reader *r)
{
    heading h;
    bool more;
    const int n_lines = lines_count(r->csv.text); // before they are cut
    DSC_TRY(dsc_csv_next(&r->csv, &more));
    DSC_REQUIRE(r->ctx, more && heading_fits(r, &h), DSC_INPUT,
                "%s does not hold the parameters of the model \"%s\"; fit again", r->csv.path,
                r->run->model->name);
    DSC_TRY(estimates_make(r, n_lines));
    for (;;) {
        DSC_TRY(dsc_csv_next(&r->csv, &more));
        if (!more) break;
        DSC_TRY(row_read(r, h));
    }
    DSC_REQUIRE(r->ctx, r->e->n_groups > 0, DSC_INPUT, "%s has no rows; fit again", r->csv.path);
    return DSC_OK;
}

dsc_status dsc_estimates_read(dsc_context *ctx, const dsc_run *run, dsc_estimates **e)
{
    char path[PLOT_PATH_BYTES];
    reader r = {.ctx = ctx, .run = run};
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, run->path, "fit.csv"));
    DSC_REQUIRE(ctx, dsc_exists(path), DSC_INPUT,
                "%s is missing: it holds the estimates of a fit by maximum likelihood. Fit again "
                "with fit.method=mle (or map)",
                path);
    DSC_TRY(dsc_csv_open(ctx, path, &r.csv));
    dsc_status status = dsc_alloc(ctx, 1, sizeof *r.e, &r.e);
    if (status == DSC_OK) status = dsc_arena_create(ctx, &r.e->arena);
    if (status == DSC_OK) status = table_read(&r);
    dsc_csv_close(&r.csv);
    if (status == DSC_OK) *e = r.e;
    else dsc_estimates_destroy(ctx, &r.e);
    return status;
}

static int64_t trained_count(const dsc_run *run)
{
    int64_t n = 0;
    for (int i = 0; i < dsc_cell_parameter_count(run->cell); i++)
        if (!dsc_cell_parameter(run->cell, i)->fixed) n += (int64_t)run->layout.count[i];
    return n;
}

dsc_status dsc_count_estimated(dsc_context *ctx, const dsc_run *run, int64_t *n)
{
    char path[PLOT_PATH_BYTES];
    dsc_estimates *e = NULL;
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, run->path, "fit.csv"));
    const bool trained = strcmp(run->config.fit.method, "gradient") == 0 || !dsc_exists(path);
    if (!trained) DSC_TRY(dsc_estimates_read(ctx, run, &e));
    *n = trained ? trained_count(run) : (int64_t)e->n_groups * e->n_parameters;
    dsc_estimates_destroy(ctx, &e);
    return DSC_OK;
}
