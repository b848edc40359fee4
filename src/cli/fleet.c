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

dsc_status cli_show_fleet(cli *c, const char *path)
{
    dsc_text text = {0};
    c->mute = true; // how its table is read, it said when it was fitted
    const dsc_status status = dsc_fleet_show(c->ctx, path, c->json, &text);
    if (status == DSC_OK) return cli_print_text(c, &text);
    dsc_text_free(c->ctx, &text);
    return status;
}

dsc_status cli_report_path(cli *c, const char *path)
{
    char folder[4096];
    c->mute = true; // the data were read, and their notes said, by the fit
    DSC_TRY(dsc_fleet_write(c->ctx, path));
    if (!c->no_figures) {
        DSC_TRY(dsc_join_path(c->ctx, folder, sizeof folder, path, "figures"));
        DSC_TRY(dsc_fleet_plot(c->ctx, path, NULL, folder));
    }
    DSC_TRY(cli_show_fleet(c, path));
    if (!c->json)
        printf("Written to %s: penalty_path.json%s\n", path, c->no_figures ? "" : ", figures");
    return DSC_OK;
}
