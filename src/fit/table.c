// SPDX-License-Identifier: Apache-2.0
// table.c — fit.csv: a row per group, its estimate, what is known of its precision, what to doubt.
#include <math.h>
#include <stdlib.h>

#include "fit/internal.h"

static void put_number(FILE *f, double value)
{
    fputc(',', f);
    dsc_csv_write_number(f, value);
}

static void put_heading(FILE *f, const dsc_estimates *e)
{
    fputs("subject,session,n_trials,nll,log_prior,log_evidence,nll_per_trial", f);
    for (int i = 0; i < e->n_parameters; i++) fprintf(f, ",%s", e->parameter[i]);
    for (int i = 0; i < e->n_parameters; i++) fprintf(f, ",se_%s", e->parameter[i]);
    for (int i = 0; i < e->n_parameters; i++)
        for (int j = 0; j < i; j++) fprintf(f, ",corr_%s_%s", e->parameter[j], e->parameter[i]);
    fputs(",on_bound,flags,restarts,restarts_at_best,restarts_flat,rounds\n", f);
}

// Words separated by a space: alpha=low beta=unbounded
static void put_bounds(FILE *f, const dsc_estimates *e, int k)
{
    const char *between = ",";
    for (int i = 0; i < e->n_parameters; i++) {
        const int bound = e->bound[k * e->n_parameters + i];
        if (!bound) continue;
        fprintf(f, "%s%s=%s", between, e->parameter[i],
                abs(bound) == 2 ? "unbounded"
                : bound < 0     ? "low"
                                : "high");
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
