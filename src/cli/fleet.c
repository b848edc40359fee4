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

// All figures are drawn; naming one says that it is wanted.
static dsc_status check_names(cli *c)
{
    const char *known[8];
    int n = 0;
    while (n < 8 && dsc_fleet_figure_at(n)) known[n] = dsc_fleet_figure_at(n), n++;
    for (int i = 1; i < c->words.n; i++) {
        bool found = false;
        for (int k = 0; k < n; k++) found = found || strcmp(c->words.item[i], known[k]) == 0;
        if (!found)
            return cli_unknown(c, "of replicas together there is no figure", c->words.item[i],
                               known, n);
    }
    return DSC_OK;
}

dsc_status cli_plot_fleet(cli *c, const char *path, const char *folder)
{
    char file[4300];
    DSC_TRY(check_names(c));
    for (int i = 0; dsc_fleet_figure_at(i); i++) {
        snprintf(file, sizeof file, "%s/%s.gp", folder, dsc_fleet_figure_at(i));
        DSC_REQUIRE(c->ctx, c->force || !dsc_exists(file), DSC_INPUT,
                    "%s exists already and stays as it is. Give another folder with -o DIR, or "
                    "--force to draw it anew",
                    file);
    }
    DSC_TRY(dsc_fleet_plot(c->ctx, path, c->format, folder));
    json_t *list = json_array();
    for (int i = 0; dsc_fleet_figure_at(i); i++) {
        snprintf(file, sizeof file, "%s/%s.gp", folder, dsc_fleet_figure_at(i));
        if (dsc_exists(file)) json_array_append_new(list, json_string(dsc_fleet_figure_at(i)));
    }
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:o}", "folder", folder, "figures", list));
    printf("%s:", folder);
    for (size_t i = 0; i < json_array_size(list); i++)
        printf(" %s", json_string_value(json_array_get(list, i)));
    printf("\n");
    json_decref(list);
    return DSC_OK;
}
