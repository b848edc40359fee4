// SPDX-License-Identifier: Apache-2.0
// show_fleet.c — what the replicas of a fit say together: in words, as JSON, as tables and figures.
#include "plot/fleet.h"

#include <string.h>

static dsc_status check_path(dsc_context *ctx, const plot_fleet *f)
{
    DSC_REQUIRE(ctx, f->penalty, DSC_INPUT,
                "%s is no path of penalties: its %d replicas differ in their seeds; give one of "
                "them, e.g. %s/replica-0",
                f->path, f->n_seeds, f->path);
    return DSC_OK;
}

// ---- words --------------------------------------------------------------------------------------

static dsc_status show(dsc_context *ctx, const plot_fleet *f, bool json, dsc_text *out)
{
    plot_path p;
    DSC_TRY(check_path(ctx, f));
    DSC_TRY(plot_path_compute(ctx, f, &p));
    if (json) {
        plot_print(ctx, out, "{\"model\": %j, \"run\": %j, \"path\": ", f->config->model, f->path);
        plot_path_json(ctx, f, &p, out);
        plot_print(ctx, out, "}\n");
    } else {
        plot_print(ctx, out, "%s: %s\n", f->path, f->config->model);
        plot_path_say(ctx, f, &p, out);
    }
    plot_path_free(ctx, &p);
    return out->status;
}

dsc_status dsc_fleet_show(dsc_context *ctx, const char *path, bool json, dsc_text *out)
{
    plot_fleet f;
    DSC_TRY(plot_fleet_open(ctx, path, &f));
    const dsc_status status = show(ctx, &f, json, out);
    plot_fleet_close(ctx, &f);
    return status;
}

// ---- figures and tables -------------------------------------------------------------------------

static dsc_status draw(dsc_context *ctx, const plot_fleet *f, const char *formats,
                       const char *folder)
{
    plot_path p;
    DSC_TRY(check_path(ctx, f));
    DSC_TRY(plot_path_compute(ctx, f, &p));
    const dsc_status status = plot_path_draw(ctx, f, &p, folder);
    plot_path_free(ctx, &p);
    DSC_TRY(status);
    return plot_pages_draw(ctx, folder, "penalty_path", formats);
}

dsc_status dsc_fleet_plot(dsc_context *ctx, const char *path, const char *formats,
                          const char *folder)
{
    plot_fleet f;
    DSC_TRY(plot_fleet_open(ctx, path, &f));
    dsc_status status = dsc_make_folder(ctx, folder);
    if (status == DSC_OK) status = draw(ctx, &f, formats, folder);
    plot_fleet_close(ctx, &f);
    return status;
}

dsc_status dsc_fleet_write(dsc_context *ctx, const char *path)
{
    char file[PLOT_PATH_BYTES];
    dsc_text text = {0};
    DSC_TRY(dsc_fleet_show(ctx, path, true, &text));
    dsc_status status = dsc_join_path(ctx, file, sizeof file, path, "penalty_path.json");
    if (status == DSC_OK) status = dsc_write_file(ctx, file, text.s, text.length);
    dsc_text_free(ctx, &text);
    return status;
}
