// SPDX-License-Identifier: Apache-2.0
// estimates.c — the parameters of a classical model: their spread over subjects (and groups), and
// the estimate of every subject with its standard error and what there is to doubt (RUN/fit.csv).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/internal.h"

enum { MOST_PARAMETERS = 64 };

// Where the columns of fit.csv stand.
typedef struct estimates {
    report *r;
    const report_run *run;
    dsc_csv csv;
    int n, value[MOST_PARAMETERS], error[MOST_PARAMETERS];
    const char *name[MOST_PARAMETERS];
    int subject, session, trials, nll, bound, flags;
    int n_rows, n_flagged, flagged[DSC_FIT_FLAGS];
    bool sessions; // rows are sessions
} estimates;

static dsc_status heading_read(estimates *e)
{
    const dsc_cog *cog = e->run->run->model->cog;
    char error[DSC_FIELD_TEXT + 8];
    bool more;
    DSC_TRY(dsc_csv_next(&e->csv, &more));
    for (int i = 0; more && i < dsc_cog_parameter_count(cog) && e->n < MOST_PARAMETERS; i++) {
        const char *name = dsc_cog_parameter_at(cog, i)->name;
        snprintf(error, sizeof error, "se_%s", name);
        e->value[e->n] = dsc_csv_find(&e->csv, name);
        e->error[e->n] = dsc_csv_find(&e->csv, error);
        e->name[e->n] = name;
        if (e->value[e->n] >= 0) e->n++;
    }
    e->subject = dsc_csv_find(&e->csv, "subject"), e->session = dsc_csv_find(&e->csv, "session");
    e->trials = dsc_csv_find(&e->csv, "n_trials");
    e->nll = dsc_csv_find(&e->csv, "nll_per_trial");
    e->bound = dsc_csv_find(&e->csv, "on_bound"), e->flags = dsc_csv_find(&e->csv, "flags");
    return DSC_OK;
}

static const char *cell(const estimates *e, int column)
{
    return column >= 0 && column < e->csv.n ? e->csv.cell[column] : "";
}

static double number(const estimates *e, int column)
{
    double value;
    return dsc_parse_number(cell(e, column), &value) && isfinite(value) ? value : NAN;
}

// ---- a row per subject --------------------------------------------------------------------------

static void count_flags(estimates *e)
{
    const char *flags = cell(e, e->flags);
    e->n_flagged += *flags != 0;
    for (int k = 0; k < DSC_FIT_FLAGS; k++) {
        const char *name = dsc_fit_flag_name(k);
        for (const char *at = flags; (at = strstr(at, name)); at += strlen(name)) {
            const char after = at[strlen(name)];
            if ((at == flags || at[-1] == ' ') && (after == 0 || after == ' ')) e->flagged[k]++;
        }
    }
}

static void put_doubts(estimates *e, report_page *p)
{
    const char *flags = cell(e, e->flags), *bound = cell(e, e->bound);
    report_put(p, "<td>%s%h%s%h</td></tr>\n", flags, *bound ? " (" : "", bound, *bound ? ")" : "");
}

static void put_row(estimates *e, report_page *p)
{
    report_put(p, "<tr><th scope=\"row\">%s%h%s</th>", cell(e, e->subject),
               *cell(e, e->session) ? " / " : "",
               *cell(e, e->session)   ? cell(e, e->session)
               : *cell(e, e->subject) ? ""
                                      : "all together");
    report_put(p, "<td class=\"n\">%0</td><td class=\"n\">%4</td>", number(e, e->trials),
               number(e, e->nll));
    for (int i = 0; i < e->n; i++)
        report_put(p, "<td class=\"n\">%g</td><td class=\"n\">%g</td>", number(e, e->value[i]),
                   number(e, e->error[i]));
    put_doubts(e, p);
}

static dsc_status put_rows(estimates *e, report_page *p)
{
    bool more;
    for (;;) {
        DSC_TRY(dsc_csv_next(&e->csv, &more));
        if (!more) return p->out.status;
        count_flags(e);
        if (e->n_rows++ < REPORT_ROWS) put_row(e, p);
    }
}

static void begin_table(estimates *e, report_page *p)
{
    const char *columns[2 * MOST_PARAMETERS + 5];
    char names[2 * MOST_PARAMETERS][DSC_FIELD_TEXT + 8];
    int n = 0;
    columns[n++] = "subject", columns[n++] = "#trials fitted", columns[n++] = "#NLL per trial";
    for (int i = 0; i < e->n; i++) {
        snprintf(names[2 * i], sizeof names[0], "#%s", e->name[i]);
        snprintf(names[2 * i + 1], sizeof names[0], "#SE %s", e->name[i]);
        columns[n++] = names[2 * i], columns[n++] = names[2 * i + 1];
    }
    columns[n++] = "doubts", columns[n] = NULL;
    report_table_begin(
        p, columns,
        "Estimates with standard errors (SE; a dash: the data do not say), as in "
        "<code>%s/fit.csv</code>. <em>Trials fitted</em> and <em>NLL per trial</em> are "
        "in sample",
        e->run->folder);
}

static void say_flags(estimates *e, report_page *p)
{
    const bool one = e->n_rows == 1;
    if (e->n_flagged == 0) {
        report_put(p, "<p>%h reason to doubt that it found the best values.</p>\n",
                   one ? "The fit gives no" : "None of the fits gives");
        return;
    }
    report_put(p, "<p>What there is to doubt%h:</p>\n<ul>\n",
               one ? "" : " (column <em>doubts</em> of the table)");
    for (int k = 0; k < DSC_FIT_FLAGS; k++) {
        if (!e->flagged[k]) continue;
        report_put(p, "<li><strong>%s</strong>", dsc_fit_flag_name(k));
        if (!one) report_put(p, ", %d of %d fits", e->flagged[k], e->n_rows);
        report_put(p, ": %s.</li>\n", dsc_fit_flag_meaning(k));
    }
    report_put(p, "</ul>\n");
}

static dsc_status say_rows(estimates *e, report_page *p)
{
    report_page rows = {.ctx = p->ctx, .n_ids = p->n_ids};
    begin_table(e, &rows);
    dsc_status status = put_rows(e, &rows);
    report_table_end(&rows);
    p->n_ids = rows.n_ids;
    if (status == DSC_OK) status = rows.out.status;
    if (status == DSC_OK) {
        say_flags(e, p);
        if (e->n_rows > 12)
            report_put(p, "<details><summary>Every one of the %d fits</summary>\n", e->n_rows);
        report_put(p, "%h", rows.out.s);
        if (e->n_rows > REPORT_ROWS)
            report_put(p, "<p>The first %d of %d fits.</p>\n", (int)REPORT_ROWS, e->n_rows);
        if (e->n_rows > 12) report_put(p, "</details>\n");
    }
    dsc_text_free(p->ctx, &rows.out);
    return status;
}

static dsc_status warn_flags(estimates *e)
{
    if (e->n_flagged == 0) return DSC_OK;
    return report_warn(e->r, e->run,
                       "%d of %d fits give%s reason to doubt; the list is with its parameters",
                       e->n_flagged, e->n_rows, e->n_flagged == 1 ? "s" : "");
}

static dsc_status say_estimates(report *r, report_page *p, const report_run *run)
{
    char path[REPORT_PATH_BYTES];
    estimates e = {.r = r, .run = run};
    if (!report_has(run->folder, "fit.csv")) return DSC_OK;
    DSC_TRY(dsc_join_path(r->ctx, path, sizeof path, run->folder, "fit.csv"));
    DSC_TRY(dsc_csv_open(r->ctx, path, &e.csv));
    dsc_status status = heading_read(&e);
    if (status == DSC_OK) status = say_rows(&e, p);
    if (status == DSC_OK) status = warn_flags(&e);
    dsc_csv_close(&e.csv);
    return status;
}

dsc_status report_estimates(report *r, report_page *p, const report_run *run)
{
    if (!run->run || !run->run->model->cog) return DSC_OK;
    report_put(p, "<h3>Parameters</h3>\n");
    DSC_TRY(report_spreads(r, p, run));
    return say_estimates(r, p, run);
}
