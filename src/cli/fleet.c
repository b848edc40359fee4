// SPDX-License-Identifier: Apache-2.0
// fleet.c — what verbs do with a folder of replicas: a path of penalties is told as a whole.
#include <string.h>

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

dsc_status cli_plot_fleet(cli *c, const char *path, const char *folder)
{
    static const char *const known[] = {"penalty_path"};
    char file[4300];
    for (int i = 1; i < c->words.n; i++)
        if (strcmp(c->words.item[i], known[0]) != 0)
            return cli_unknown(c, "of replicas together there is no figure", c->words.item[i],
                               known, 1);
    snprintf(file, sizeof file, "%s/penalty_path.gp", folder);
    DSC_REQUIRE(c->ctx, c->force || !dsc_exists(file), DSC_INPUT,
                "%s exists already and stays as it is. Give another folder with -o DIR, or "
                "--force to draw it anew",
                file);
    DSC_TRY(dsc_fleet_plot(c->ctx, path, c->format, folder));
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:[s]}", "folder", folder, "figures", known[0]));
    printf("%s: penalty_path\n", folder);
    return DSC_OK;
}
