// SPDX-License-Identifier: Apache-2.0
// fit_shipped_model.c — fits a classical model that discern brings along to every subject of a table
// by maximum likelihood, and prints estimates with standard errors and what there is to doubt:
//   cc fit_shipped_model.c $(pkg-config --cflags --libs discern) -o fit_shipped_model
//   ./fit_shipped_model choices.csv q_learning
#include <stdio.h>

#include <discern/discern.h>

static void print(const dsc_estimates *e)
{
    for (int g = 0; g < e->n_groups; g++) {
        printf("subject %s: NLL %.2f over %.0f trials\n", e->subject[g], e->nll[g], e->n_trials[g]);
        for (int p = 0; p < e->n_parameters; p++) {
            const int at = g * e->n_parameters + p;
            printf("  %-12s %.4f (standard error %.4f)\n", e->parameter[p], e->value[at],
                   e->error[at]);
        }
        for (int k = 0; k < DSC_FIT_FLAGS; k++)
            if (e->flags[g] & 1u << k) printf("  beware: %s\n", dsc_fit_flag_meaning(k));
    }
}

static dsc_status fit(dsc_context *ctx, const char *path, const char *model)
{
    dsc_table *table = NULL;
    dsc_pool *pool = NULL;
    dsc_estimates *estimates = NULL;
    dsc_fit_config *config = NULL; // large: not on the stack
    dsc_status status = dsc_alloc(ctx, 1, sizeof *config, &config);
    if (status == DSC_OK) status = dsc_fit_config_defaults(ctx, model, config);
    if (status == DSC_OK) status = dsc_fit_config_set(ctx, config, "fit.restarts", "10", model);
    if (status == DSC_OK) status = dsc_table_read(ctx, path, NULL, &table);
    if (status == DSC_OK) status = dsc_pool_create(ctx, 0, &pool);
    if (status == DSC_OK) status = dsc_estimate_table(ctx, config, table, NULL, pool, &estimates);
    if (status == DSC_OK) print(estimates);
    dsc_estimates_destroy(ctx, &estimates);
    dsc_pool_destroy(&pool);
    dsc_table_destroy(ctx, &table);
    dsc_free(ctx, &config);
    return status;
}

int main(int argc, char **argv)
{
    dsc_context *ctx = NULL;
    if (argc != 3) return fprintf(stderr, "usage: fit_shipped_model TABLE MODEL\n"), 2;
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return fprintf(stderr, "no memory\n"), 1;
    const dsc_status status = fit(ctx, argv[1], argv[2]);
    if (status != DSC_OK) fprintf(stderr, "fit_shipped_model: %s\n", dsc_message(ctx));
    dsc_context_destroy(&ctx);
    return status == DSC_OK ? 0 : 1;
}
