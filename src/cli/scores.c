// SPDX-License-Identifier: Apache-2.0
// scores.c — the scores of an evaluation as a table, chance beside them.
#include "cli/cli.h"

static dsc_status add_heading(cli *c, cli_grid *g)
{
    static const char *const titles[] = {"part",          "sessions",         "trials",
                                         "nll/trial",     "norm. likelihood", "chance",
                                         "95 % interval", "accuracy"};
    g->columns = (int)(sizeof titles / sizeof *titles);
    for (int i = 0; i < g->columns; i++) DSC_TRY(cli_grid_add(c, g, "%s", titles[i]));
    return DSC_OK;
}

static dsc_status add_score(cli *c, cli_grid *g, const dsc_score *s)
{
    DSC_TRY(cli_grid_add(c, g, "%s", s->part));
    DSC_TRY(cli_grid_add(c, g, "%d", s->n_sessions));
    DSC_TRY(cli_grid_add(c, g, "%lld", (long long)s->n_trials));
    DSC_TRY(cli_grid_add(c, g, "%.4f", s->nll_per_trial));
    DSC_TRY(cli_grid_add(c, g, "%.4f", s->normalized_likelihood));
    DSC_TRY(cli_grid_add(c, g, "%.4f", s->chance_normalized_likelihood));
    DSC_TRY(cli_grid_add(c, g, "%.4f-%.4f", s->subject_low, s->subject_high));
    return cli_grid_add(c, g, "%.4f", s->accuracy);
}

dsc_status cli_print_scores(cli *c, const dsc_evaluation *e)
{
    cli_grid grid = {0};
    dsc_status status;
    DSC_TRY_OR(done, add_heading(c, &grid));
    for (int i = 0; i < e->n_scores; i++) DSC_TRY_OR(done, add_score(c, &grid, &e->score[i]));
    cli_grid_print(&grid);
done:
    cli_grid_free(c, &grid);
    return status;
}
