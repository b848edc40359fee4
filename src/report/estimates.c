// SPDX-License-Identifier: Apache-2.0
// estimates.c — the parameters of a classical model: their spread over subjects (and groups), and
// the estimate of every subject with its standard error and what there is to doubt (RUN/fit.csv).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/internal.h"

// ---- a row per subject --------------------------------------------------------------------------

static void put_doubts(report_page *p, const dsc_estimates *e, int k)
{
    const char *between = "";
    report_put(p, "<td>");
    for (int i = 0; i < DSC_FIT_FLAGS; i++) {
        if (!(e->flags[k] >> i & 1)) continue;
        report_put(p, "%h%s", between, dsc_fit_flag_name(i));
        between = " ";
    }
    between = " (";
    for (int i = 0; i < e->n_parameters; i++) {
        const int bound = e->bound[k * e->n_parameters + i];
        if (bound == 0) continue;
        report_put(p, "%h%s=%s", between, e->parameter[i], dsc_fit_bound_name(bound));
        between = " ";
    }
    report_put(p, "%h</td></tr>\n", between[1] ? "" : ")");
}

static void put_row(report_page *p, const dsc_estimates *e, int k)
{
    const char *subject = e->subject[k], *session = e->session[k];
    report_put(p, "<tr><th scope=\"row\">%s%h%s</th>", subject, *session ? " / " : "",
               *session || *subject ? session : "all together");
    report_put(p, "<td class=\"n\">%0</td><td class=\"n\">%4</td>", e->n_trials[k],
               e->nll[k] / e->n_trials[k]);
    for (int i = 0; i < e->n_parameters; i++)
        report_put(p, "<td class=\"n\">%g</td><td class=\"n\">%g</td>",
                   e->value[k * e->n_parameters + i], e->error[k * e->n_parameters + i]);
    put_doubts(p, e, k);
}

static void put_rows(report_page *p, const dsc_estimates *e)
{
    for (int k = 0; k < e->n_groups && k < REPORT_ROWS; k++) put_row(p, e, k);
}

// The headings of two columns for every parameter.
static dsc_status put_names(report *r, const dsc_estimates *e, const char **columns)
{
    for (int i = 0; i < e->n_parameters; i++)
        for (int error = 0; error < 2; error++) {
            char name[DSC_FIELD_TEXT + 8], *kept;
            snprintf(name, sizeof name, "#%s%s", error ? "SE " : "", e->parameter[i]);
            DSC_TRY(dsc_arena_strdup(r->arena, name, &kept));
            *columns++ = kept;
        }
    return DSC_OK;
}

static dsc_status begin_table(report *r, report_page *p, const report_run *run,
                              const dsc_estimates *e)
{
    const char **columns;
    const int n = 2 * e->n_parameters;
    DSC_TRY(dsc_arena_alloc(r->arena, (size_t)n + 5, sizeof *columns, &columns));
    columns[0] = "subject", columns[1] = "#trials fitted", columns[2] = "#NLL per trial";
    DSC_TRY(put_names(r, e, columns + 3));
    columns[3 + n] = "doubts";
    report_table_begin(
        p, columns,
        "Estimates with standard errors (SE; a dash: the data do not say), as in "
        "<code>%s/fit.csv</code>. <em>Trials fitted</em> and <em>NLL per trial</em> are "
        "in sample",
        run->folder);
    return DSC_OK;
}

// ---- what there is to doubt ---------------------------------------------------------------------

// Fits with one of these flags.
static int count_flagged(const dsc_estimates *e, unsigned flags)
{
    int n = 0;
    for (int k = 0; k < e->n_groups; k++) n += (e->flags[k] & flags) != 0;
    return n;
}

static void say_flags(report_page *p, const dsc_estimates *e)
{
    const bool one = e->n_groups == 1;
    if (count_flagged(e, ~0u) == 0) {
        report_put(p, "<p>%h reason to doubt that it found the best values.</p>\n",
                   one ? "The fit gives no" : "None of the fits gives");
        return;
    }
    report_put(p, "<p>What there is to doubt%h:</p>\n<ul>\n",
               one ? "" : " (column <em>doubts</em> of the table)");
    for (int k = 0; k < DSC_FIT_FLAGS; k++) {
        const int n = count_flagged(e, 1u << k);
        if (n == 0) continue;
        report_put(p, "<li><strong>%s</strong>", dsc_fit_flag_name(k));
        if (!one) report_put(p, ", %d of %d fits", n, e->n_groups);
        report_put(p, ": %s.</li>\n", dsc_fit_flag_meaning(k));
    }
    report_put(p, "</ul>\n");
}

static dsc_status say_rows(report *r, report_page *p, const report_run *run, const dsc_estimates *e)
{
    const bool many = e->n_groups > 12;
    say_flags(p, e);
    if (many) report_put(p, "<details><summary>Every one of the %d fits</summary>\n", e->n_groups);
    DSC_TRY(begin_table(r, p, run, e));
    put_rows(p, e);
    report_table_end(p);
    if (e->n_groups > REPORT_ROWS)
        report_put(p, "<p>The first %d of %d fits.</p>\n", (int)REPORT_ROWS, e->n_groups);
    if (many) report_put(p, "</details>\n");
    return p->out.status;
}

static dsc_status warn_flags(report *r, const report_run *run, const dsc_estimates *e)
{
    const int n = count_flagged(e, ~0u);
    if (n == 0) return DSC_OK;
    return report_warn(r, run,
                       "%d of %d fits give%s reason to doubt; the list is with its parameters", n,
                       e->n_groups, n == 1 ? "s" : "");
}

dsc_status report_estimates(report *r, report_page *p, const report_run *run)
{
    dsc_estimates *e = NULL;
    if (!run->run || !run->run->model->cog) return DSC_OK;
    report_put(p, "<h3>Parameters</h3>\n");
    if (report_has(run->folder, "fit.csv")) DSC_TRY(dsc_estimates_read(r->ctx, run->run, &e));
    dsc_status status = report_spreads(r, p, run, e);
    if (status == DSC_OK && e) status = say_rows(r, p, run, e);
    if (status == DSC_OK && e) status = warn_flags(r, run, e);
    dsc_estimates_destroy(r->ctx, &e);
    return status;
}
