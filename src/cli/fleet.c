// SPDX-License-Identifier: Apache-2.0
// fleet.c — what verbs do with a folder of replicas: a path of penalties is told as a whole.
#include "cli/cli.h"

dsc_status cli_is_path(cli *c, const char *path, bool *is)
{
    char file[4096];
    dsc_fit_config *config = NULL;
    *is = false;
    if (!dsc_is_fleet(path)) return DSC_OK;
    DSC_TRY(dsc_join_path(c->ctx, file, sizeof file, path, "config.yaml"));
    DSC_TRY(dsc_alloc(c->ctx, 1, sizeof *config, &config));
    const dsc_status status = dsc_fit_config_read(c->ctx, file, config);
    if (status == DSC_OK) *is = config->penalties[0] != 0;
    dsc_free(c->ctx, &config);
    return status;
}

dsc_status cli_check_fleet(cli *c, const char *path)
{
    const char *one = c->checkpoint ? "--checkpoint" : c->settings.n ? c->settings.item[0] : NULL;
    DSC_REQUIRE(c->ctx, !one, DSC_INPUT,
                "%s is for one run, and %s holds several replicas; leave it out, or give one of "
                "them, e.g. %s/replica-0",
                one, path, path);
    return DSC_OK;
}

static dsc_status show(cli *c, const char *path, dsc_pool *pool)
{
    dsc_text text = {0};
    c->mute = true; // how its table is read, it said when it was fitted
    const dsc_status status = dsc_fleet_show(c->ctx, path, c->json, pool, &text);
    if (status == DSC_OK) return cli_print_text(c, &text);
    dsc_text_free(c->ctx, &text);
    return status;
}

dsc_status cli_show_fleet(cli *c, const char *path)
{
    dsc_pool *pool = NULL;
    DSC_TRY(cli_check_fleet(c, path));
    DSC_TRY(cli_pool(c, &pool));
    const dsc_status status = show(c, path, pool);
    dsc_pool_destroy(&pool);
    return status;
}

dsc_status cli_report_path(cli *c, const char *path, dsc_pool *pool)
{
    char folder[4096];
    c->mute = true; // the data were read, and their notes said, by the fit
    DSC_TRY(dsc_fleet_write(c->ctx, path, pool));
    if (!c->no_figures) {
        DSC_TRY(dsc_join_path(c->ctx, folder, sizeof folder, path, "figures"));
        DSC_TRY(dsc_fleet_plot(c->ctx, path, &(dsc_plot_options){.pool = pool}, folder));
    }
    DSC_TRY(show(c, path, pool));
    if (!c->json)
        printf("Written to %s: penalty_path.json%s\n", path, c->no_figures ? "" : ", figures");
    return DSC_OK;
}
