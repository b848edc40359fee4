// SPDX-License-Identifier: Apache-2.0
// recovery.c — what a recovery says: sentences for people, tables for programs.
#include <math.h>

#include "fit/compare.h"
#include "fit/internal.h"

// ---- in words -----------------------------------------------------------------------------------

// What a correlation of true and recovered allows: from the lowest upwards.
static const struct {
    double least;
    const char *word;
} verdicts[] = {
    {0.95, "well identified"},
    {0.8, "identified"},
    {0.5, "only roughly identified: compare groups, not single subjects"},
    {-2, "not identified with this many trials"},
};

static const char *verdict_of(double r)
{
    size_t i = 0;
    const size_t last = sizeof verdicts / sizeof *verdicts - 1;
    while (i < last && !(r >= verdicts[i].least)) i++; // not a number: the last
    return verdicts[i].word;
}

// Chance that at most k of n intervals hold the truth, if each does with 95 %.
static double chance_of_at_most(int k, int n)
{
    if (k < 0 || k >= n) return k >= n;
    return special_beta_cdf(0.05, n - k, k + 1);
}

// What the share of intervals that hold the truth says of the standard errors, if it says anything.
static const char *fault_of_errors(const dsc_recovered *p)
{
    const int n = p->n_intervals, held = n ? (int)lround(p->coverage * n) : 0;
    if (n == 0) return NULL;
    if (chance_of_at_most(held, n) < 0.025) return "small";
    return 1 - chance_of_at_most(held - 1, n) < 0.025 ? "large" : NULL;
}

static dsc_status say_parameter(dsc_context *ctx, const dsc_recovered *p, int n, dsc_text *out)
{
    DSC_TRY(dsc_text_add(ctx, out, "  %s is %s (r = %.2f, bias %+.2g, off by %.2g).", p->name,
                         verdict_of(p->r), p->r, p->bias, p->rmse));
    if (p->rank_r >= 0.8 && p->r < 0.8)
        DSC_TRY(dsc_text_add(ctx, out,
                             " Its order over subjects comes back (rank r = %.2f); a few "
                             "estimates run far off.",
                             p->rank_r));
    if (p->n_intervals < n / 2)
        DSC_TRY(dsc_text_add(ctx, out, " Only %d of %d subjects have a standard error.",
                             p->n_intervals, n));
    const char *fault = fault_of_errors(p);
    if (fault)
        DSC_TRY(dsc_text_add(ctx, out,
                             " Its 95 %% intervals hold the truth in %.0f %%: its standard errors "
                             "are too %s.",
                             100 * p->coverage, fault));
    return dsc_text_add(ctx, out, "\n");
}

static dsc_status say_unbounded(dsc_context *ctx, const dsc_recovered_model *m, int n,
                                dsc_text *out)
{
    if (m->n_unbounded == 0) return DSC_OK;
    return dsc_text_add(ctx, out,
                        "  In %d of %d subjects a parameter ran to infinity: their trials set no "
                        "limit to it. They are left out above, but for the order over subjects. "
                        "With priors they can be had: fit.method=map.\n",
                        m->n_unbounded, n);
}

static dsc_status say_model(dsc_context *ctx, const dsc_recovery *r, int i, dsc_text *out)
{
    const dsc_recovered_model *m = &r->model[i];
    DSC_TRY(dsc_text_add(ctx, out, "%s, %d subjects of %.0f trials:\n", m->name, r->n_subjects,
                         r->n_trials));
    for (int k = 0; k < m->n_parameters; k++)
        DSC_TRY(say_parameter(ctx, &m->parameter[k], r->n_subjects, out));
    return say_unbounded(ctx, m, r->n_subjects, out);
}

static dsc_status say_confusion(dsc_context *ctx, const dsc_recovery *r, int i, dsc_text *out)
{
    const double *row = r->confusion + i * r->n_models, own = row[i];
    const char *criterion = r->aic ? "AIC" : "BIC";
    int worst = -1;
    for (int j = 0; j < r->n_models; j++)
        if (j != i && (worst < 0 || row[j] > row[worst])) worst = j;
    DSC_TRY(dsc_text_add(ctx, out, "Subjects of %s are fitted best by it in %.0f %% (%s)",
                         r->model[i].name, 100 * own, criterion));
    if (worst >= 0 && row[worst] > 0.05)
        DSC_TRY(
            dsc_text_add(ctx, out, ", by %s in %.0f %%", r->model[worst].name, 100 * row[worst]));
    const double sure = r->inversion[i * r->n_models + i];
    if (isnan(sure)) return dsc_text_add(ctx, out, "; nobody is fitted best by it.\n");
    return dsc_text_add(ctx, out, "; who is fitted best by it is of it in %.0f %%.\n", 100 * sure);
}

dsc_status dsc_recovery_say(dsc_context *ctx, const dsc_recovery *r, dsc_text *out)
{
    for (int i = 0; i < r->n_models; i++) DSC_TRY(say_model(ctx, r, i, out));
    for (int i = 0; r->n_models > 1 && i < r->n_models; i++) DSC_TRY(say_confusion(ctx, r, i, out));
    return DSC_OK;
}

// ---- tables -------------------------------------------------------------------------------------

typedef void put_fn(FILE *f, const dsc_recovery *r, const double *matrix);

static void put_number(FILE *f, double value)
{
    fputc(',', f);
    dsc_csv_write_number(f, value);
}

static void put_subjects(FILE *f, const dsc_recovery *r, const double *matrix)
{
    (void)matrix;
    fputs("model,parameter,subject,true,recovered,se\n", f);
    for (int i = 0; i < r->n_models; i++)
        for (int k = 0; k < r->model[i].n_parameters; k++)
            for (int s = 0; s < r->n_subjects; s++) {
                const dsc_recovered *p = &r->model[i].parameter[k];
                dsc_csv_write_text(f, r->model[i].name);
                fprintf(f, ",%s,%d", p->name, s);
                put_number(f, p->truth[s]);
                put_number(f, p->value[s]);
                put_number(f, p->error[s]);
                fputc('\n', f);
            }
}

static void put_summary(FILE *f, const dsc_recovery *r, const double *matrix)
{
    (void)matrix;
    fputs("model,parameter,r,rank_r,bias,rmse,coverage,n_intervals,n_unbounded,n_subjects\n", f);
    for (int i = 0; i < r->n_models; i++)
        for (int k = 0; k < r->model[i].n_parameters; k++) {
            const dsc_recovered *p = &r->model[i].parameter[k];
            const double numbers[] = {p->r, p->rank_r, p->bias, p->rmse, p->coverage};
            dsc_csv_write_text(f, r->model[i].name);
            fprintf(f, ",%s", p->name);
            for (int j = 0; j < 5; j++) put_number(f, numbers[j]);
            fprintf(f, ",%d,%d,%d\n", p->n_intervals, r->model[i].n_unbounded, r->n_subjects);
        }
}

static void put_matrix(FILE *f, const dsc_recovery *r, const double *matrix)
{
    fputs("simulated", f);
    for (int j = 0; j < r->n_models; j++) {
        fputc(',', f);
        dsc_csv_write_text(f, r->model[j].name);
    }
    fputc('\n', f);
    for (int i = 0; i < r->n_models; i++) {
        dsc_csv_write_text(f, r->model[i].name);
        for (int j = 0; j < r->n_models; j++) put_number(f, matrix[i * r->n_models + j]);
        fputc('\n', f);
    }
}

static dsc_status write_table(dsc_context *ctx, const dsc_recovery *r, const char *folder,
                              const char *name, put_fn *put, const double *matrix)
{
    char path[1536];
    dsc_file *file = NULL;
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, folder, name));
    DSC_TRY(dsc_file_begin(ctx, path, &file));
    put(dsc_file_stream(file), r, matrix);
    return dsc_file_commit(&file);
}

dsc_status dsc_recovery_write(dsc_context *ctx, const dsc_recovery *r, const char *folder)
{
    DSC_TRY(dsc_make_folder(ctx, folder));
    DSC_TRY(write_table(ctx, r, folder, "recovery.csv", put_subjects, NULL));
    DSC_TRY(write_table(ctx, r, folder, "recovery_summary.csv", put_summary, NULL));
    if (r->n_models < 2) return DSC_OK;
    DSC_TRY(write_table(ctx, r, folder, "confusion.csv", put_matrix, r->confusion));
    return write_table(ctx, r, folder, "inversion.csv", put_matrix, r->inversion);
}
