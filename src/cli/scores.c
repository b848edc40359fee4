// SPDX-License-Identifier: Apache-2.0
// scores.c — the scores of an evaluation as tables: of choices, chance beside them; of values.
#include <math.h>

#include "cli/cli.h"

// none from a single unit
static dsc_status add_interval(cli *c, cli_grid *g, double low, double high)
{
    if (isnan(low)) return cli_grid_add(c, g, "-");
    return cli_grid_add(c, g, low < 0 ? "%.4f to %.4f" : "%.4f-%.4f", low, high);
}

static dsc_status add_score(cli *c, cli_grid *g, const dsc_score *s)
{
    DSC_TRY(cli_grid_add(c, g, "%s", s->part));
    DSC_TRY(cli_grid_add(c, g, "%d", s->n_sessions));
    DSC_TRY(cli_grid_add(c, g, "%lld", (long long)s->n_trials));
    DSC_TRY(cli_grid_add(c, g, "%.4f", s->nll_per_trial));
    DSC_TRY(cli_grid_add(c, g, "%.4f", s->normalized_likelihood));
    DSC_TRY(cli_grid_add(c, g, "%.4f", s->chance_normalized_likelihood));
    DSC_TRY(add_interval(c, g, s->subject_low, s->subject_high));
    return cli_grid_add(c, g, "%.4f", s->accuracy);
}

static dsc_status print_choices(cli *c, const dsc_evaluation *e)
{
    static const char *const titles[] = {"part",          "sessions",         "trials",
                                         "nll/trial",     "norm. likelihood", "chance",
                                         "95 % interval", "accuracy"};
    cli_grid grid = {0};
    dsc_status status;
    DSC_TRY_OR(done, cli_grid_titles(c, &grid, sizeof titles / sizeof *titles, titles));
    for (int i = 0; i < e->n_scores; i++) DSC_TRY_OR(done, add_score(c, &grid, &e->score[i]));
    cli_grid_print(&grid);
done:
    cli_grid_free(c, &grid);
    return status;
}

// ---- values -------------------------------------------------------------------------------------

static dsc_status add_value(cli *c, cli_grid *g, const char *part, const char *name,
                            const dsc_value_score *s)
{
    DSC_TRY(cli_grid_add(c, g, "%s", part));
    DSC_TRY(cli_grid_add(c, g, "%s", name));
    DSC_TRY(cli_grid_add(c, g, "%lld", (long long)s->n_trials));
    DSC_TRY(cli_grid_add(c, g, "%.4g", s->mse));
    DSC_TRY(cli_grid_add(c, g, "%.4g", s->no_skill_mse));
    DSC_TRY(cli_grid_add(c, g, "%.4f", s->r2));
    return add_interval(c, g, s->r2_low, s->r2_high);
}

static dsc_status print_values(cli *c, const dsc_evaluation *e)
{
    static const char *const titles[] = {"part",         "value", "trials",       "mse",
                                         "no-skill mse", "R2",    "95 % interval"};
    cli_grid grid = {0};
    dsc_status status;
    DSC_TRY_OR(done, cli_grid_titles(c, &grid, sizeof titles / sizeof *titles, titles));
    for (int i = 0; i < e->n_scores; i++)
        for (int k = 0; k < e->n_values; k++)
            DSC_TRY_OR(done, add_value(c, &grid, e->score[i].part, e->value_names[k],
                                       &e->value_score[i * e->n_values + k]));
    cli_grid_print(&grid);
done:
    cli_grid_free(c, &grid);
    return status;
}

dsc_status cli_print_scores(cli *c, const dsc_evaluation *e)
{
    if (e->n_actions > 0) DSC_TRY(print_choices(c, e));
    return e->n_values > 0 ? print_values(c, e) : DSC_OK;
}
