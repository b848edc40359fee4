// SPDX-License-Identifier: Apache-2.0
// same.c — whether two runs came to the same bits: the parameters of both checkpoints, then the
// tables that a run leaves, cell by cell; timings are not compared.
#include <math.h>
#include <string.h>

#include "train/internal.h"

typedef struct pair {
    dsc_context *ctx;
    const char *run, *again;
    dsc_text *difference; // the first; empty so far
} pair;

static bool is_settled(const pair *p)
{
    return p->difference->length > 0;
}

// Both have the file, or neither; *both says which. One alone is a difference.
static dsc_status find_file(const pair *p, const char *name, char a[PATH_BYTES], char b[PATH_BYTES],
                            bool *both)
{
    DSC_TRY(dsc_join_path(p->ctx, a, PATH_BYTES, p->run, name));
    DSC_TRY(dsc_join_path(p->ctx, b, PATH_BYTES, p->again, name));
    const bool first = dsc_exists(a), second = dsc_exists(b);
    *both = first && second;
    if (first == second) return DSC_OK;
    return dsc_text_add(p->ctx, p->difference, "%s is there in %s only", name,
                        first ? "the run" : "the repetition");
}

// ---- parameters ---------------------------------------------------------------------------------

static dsc_status compare_values(const pair *p, const char *which, const dsc_run *a,
                                 const dsc_run *b)
{
    for (int i = 0; i < dsc_cell_parameter_count(a->cell); i++) {
        const char *name = dsc_cell_parameter(a->cell, i)->name;
        const double *x = a->parameters + a->layout.offset[i];
        const double *y = b->parameters + b->layout.offset[i];
        for (size_t k = 0; k < a->layout.count[i]; k++) {
            char old[32], new[32];
            if (memcmp(&x[k], &y[k], sizeof *x) == 0) continue;
            return dsc_text_add(p->ctx, p->difference,
                                "checkpoint %s, parameter %s, value %zu: %s in the run, %s in the "
                                "repetition",
                                which, name, k + 1, dsc_format_number(x[k], old),
                                dsc_format_number(y[k], new));
        }
    }
    return DSC_OK;
}

static dsc_status compare_opened(const pair *p, const char *which, const dsc_run *a,
                                 const dsc_run *b)
{
    if (a->layout.n_values != b->layout.n_values)
        return dsc_text_add(p->ctx, p->difference,
                            "checkpoint %s: %zu parameters in the run, %zu in the repetition",
                            which, a->layout.n_values, b->layout.n_values);
    if (a->step != b->step)
        return dsc_text_add(p->ctx, p->difference,
                            "checkpoint %s: of step %lld in the run, of step %lld in the "
                            "repetition",
                            which, (long long)a->step, (long long)b->step);
    return compare_values(p, which, a, b);
}

static dsc_status compare_checkpoint(const pair *p, const char *which)
{
    char a[PATH_BYTES], b[PATH_BYTES], name[64];
    bool both;
    dsc_run *old = NULL, *new = NULL;
    snprintf(name, sizeof name, "checkpoints/%s.safetensors", which);
    DSC_TRY(find_file(p, name, a, b, &both));
    if (!both) return DSC_OK;
    DSC_TRY(dsc_run_open(p->ctx, p->run, which, &old));
    dsc_status status = dsc_run_open(p->ctx, p->again, which, &new);
    if (status == DSC_OK) status = compare_opened(p, which, old, new);
    dsc_run_close(p->ctx, &old);
    dsc_run_close(p->ctx, &new);
    return status;
}

// ---- tables -------------------------------------------------------------------------------------

static dsc_status compare_line(const pair *p, const char *name, const dsc_csv *a, const dsc_csv *b,
                               int left_out)
{
    for (int i = 0; i < a->n && i < b->n; i++)
        if (i != left_out && strcmp(a->cell[i], b->cell[i]) != 0)
            return dsc_text_add(p->ctx, p->difference,
                                "%s, line %zu, cell %d: \"%s\" in the run, \"%s\" in the "
                                "repetition",
                                name, a->line, i + 1, a->cell[i], b->cell[i]);
    if (a->n == b->n) return DSC_OK;
    return dsc_text_add(p->ctx, p->difference, "%s, line %zu: %d cells and %d cells", name, a->line,
                        a->n, b->n);
}

// `timing` is a column that is left out, NULL: none is.
static dsc_status compare_lines(const pair *p, const char *name, const char *timing, dsc_csv *a,
                                dsc_csv *b)
{
    bool more_a, more_b;
    for (int left_out = -1, line = 0;; line = 1) {
        DSC_TRY(dsc_csv_next(a, &more_a));
        DSC_TRY(dsc_csv_next(b, &more_b));
        if (!more_a || !more_b || is_settled(p)) break;
        if (line == 0 && timing) left_out = dsc_csv_find(a, timing);
        DSC_TRY(compare_line(p, name, a, b, left_out));
    }
    if (more_a == more_b || is_settled(p)) return DSC_OK;
    return dsc_text_add(p->ctx, p->difference, "%s ends before line %zu in %s", name,
                        more_a ? a->line : b->line, more_a ? "the repetition" : "the run");
}

static dsc_status compare_table(const pair *p, const char *name, const char *timing)
{
    char a[PATH_BYTES], b[PATH_BYTES];
    bool both;
    dsc_csv old = {0}, new = {0};
    DSC_TRY(find_file(p, name, a, b, &both));
    if (!both) return DSC_OK;
    DSC_TRY(dsc_csv_open(p->ctx, a, &old));
    dsc_status status = dsc_csv_open(p->ctx, b, &new);
    if (status == DSC_OK) status = compare_lines(p, name, timing, &old, &new);
    dsc_csv_close(&old);
    dsc_csv_close(&new);
    return status;
}

// ---- all of it ----------------------------------------------------------------------------------

static dsc_status check_finished(dsc_context *ctx, const char *run)
{
    char path[PATH_BYTES];
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, run, "summary.json"));
    DSC_REQUIRE(ctx, dsc_exists(path), DSC_INPUT,
                "%s is not finished, so there is nothing to compare; go on with it: discern fit "
                "--resume %s",
                run, run);
    return DSC_OK;
}

dsc_status dsc_run_compare(dsc_context *ctx, const char *run, const char *again,
                           dsc_text *difference)
{
    static const struct {
        const char *name, *timing;
    } tables[] = {{"metrics.csv", "trials_per_s"}, {"fit.csv", NULL}, {"predictions.csv", NULL}};
    const pair p = {ctx, run, again, difference};
    DSC_TRY(check_finished(ctx, run));
    DSC_TRY(check_finished(ctx, again));
    DSC_TRY(compare_checkpoint(&p, "best"));
    if (!is_settled(&p)) DSC_TRY(compare_checkpoint(&p, "last"));
    for (size_t i = 0; i < sizeof tables / sizeof *tables && !is_settled(&p); i++)
        DSC_TRY(compare_table(&p, tables[i].name, tables[i].timing));
    return DSC_OK;
}
