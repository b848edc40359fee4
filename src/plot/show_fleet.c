// SPDX-License-Identifier: Apache-2.0
// show_fleet.c — what the replicas of a fit say together: in words, as JSON, as figures. Of a path
// of penalties, the path, and what the seeds of the chosen penalty agree on.
#include <string.h>

#include "plot/fleet.h"

// What is known of a fleet; without a path, or without latents to compare, the part is empty.
typedef struct whole {
    plot_fleet f;
    plot_path path;           // n = 0: none
    plot_agreement agreement; // n_seeds = 0: none
} whole;

static dsc_status whole_fill(dsc_context *ctx, const char *path, whole *w)
{
    DSC_TRY(plot_fleet_open(ctx, path, &w->f));
    if (w->f.penalty) DSC_TRY(plot_path_compute(ctx, &w->f, &w->path));
    if (w->f.n_seeds < 2 || !plot_is_disrnn(w->f.member[0].run)) return DSC_OK;
    return plot_agreement_compute(ctx, &w->f, w->path.chosen, &w->agreement);
}

static void whole_free(dsc_context *ctx, whole *w)
{
    plot_agreement_free(ctx, &w->agreement);
    plot_path_free(ctx, &w->path);
    plot_fleet_close(ctx, &w->f);
}

// ---- words --------------------------------------------------------------------------------------

static void say_seeds(dsc_context *ctx, const plot_fleet *f, dsc_text *out)
{
    char line[160];
    dsc_text_add(ctx, out, "%d seeds; NLL per trial and normalised likelihood of %s trials.\n",
                 f->n_seeds, *f->part == 'h' ? "the held-out" : "all");
    for (int s = 0; s < f->n_seeds; s++) {
        const plot_member *m = plot_fleet_member(f, s, 0);
        snprintf(line, sizeof line, "  seed %-6lld %.4f  %.4f  ", (long long)m->run->config.seed,
                 m->nll, m->likelihood);
        dsc_text_add(ctx, out, "%s%s\n", line, m->run->path);
    }
}

static void say(dsc_context *ctx, const whole *w, dsc_text *out)
{
    plot_print(ctx, out, "%s: %s\n", w->f.path, w->f.config->model);
    if (w->path.n) plot_path_say(ctx, &w->f, &w->path, out);
    else say_seeds(ctx, &w->f, out);
    if (w->agreement.n_seeds) plot_agreement_say(ctx, &w->f, &w->agreement, out);
}

// ---- JSON ---------------------------------------------------------------------------------------

static void json_seeds(dsc_context *ctx, const plot_fleet *f, dsc_text *out)
{
    plot_print(ctx, out, ", \"part\": %j, \"seeds\": [", f->part);
    for (int s = 0; s < f->n_seeds; s++) {
        const plot_member *m = plot_fleet_member(f, s, 0);
        plot_print(ctx, out, "%s{\"run\": %j, \"seed\": %l, \"nll\": %n, \"openness\": %n}",
                   s ? ", " : "", m->run->path, m->run->config.seed, m->nll, m->openness);
    }
    plot_print(ctx, out, "]");
}

static void describe(dsc_context *ctx, const whole *w, dsc_text *out)
{
    plot_print(ctx, out, "{\"model\": %j, \"run\": %j", w->f.config->model, w->f.path);
    if (w->path.n) {
        plot_print(ctx, out, ", \"path\": ");
        plot_path_json(ctx, &w->f, &w->path, out);
    } else json_seeds(ctx, &w->f, out);
    if (w->agreement.n_seeds) {
        plot_print(ctx, out, ", \"agreement\": ");
        plot_agreement_json(ctx, &w->f, &w->agreement, out);
    }
    plot_print(ctx, out, "}\n");
}

dsc_status dsc_fleet_show(dsc_context *ctx, const char *path, bool json, dsc_text *out)
{
    whole w = {0};
    const dsc_status status = whole_fill(ctx, path, &w);
    if (status == DSC_OK) (json ? describe : say)(ctx, &w, out);
    whole_free(ctx, &w);
    return status != DSC_OK ? status : out->status;
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

// ---- figures ------------------------------------------------------------------------------------

static const char *const figures[] = {"penalty_path", "seeds"};

const char *dsc_fleet_figure_at(int i)
{
    return i >= 0 && i < 2 ? figures[i] : NULL;
}

static dsc_status draw(dsc_context *ctx, const whole *w, const char *formats, const char *folder)
{
    DSC_REQUIRE(
        ctx, w->path.n || w->agreement.n_seeds, DSC_INPUT,
        "%s holds %d replicas of %s, of which there is nothing to draw together; give one of "
        "them, e.g. %s/replica-0",
        w->f.path, w->f.n_seeds, w->f.config->model, w->f.path);
    DSC_TRY(dsc_make_folder(ctx, folder));
    if (w->path.n) DSC_TRY(plot_path_draw(ctx, &w->f, &w->path, folder));
    if (w->agreement.n_seeds) DSC_TRY(plot_seeds_draw(ctx, &w->f, &w->agreement, folder));
    for (int i = 0; dsc_fleet_figure_at(i); i++)
        DSC_TRY(plot_pages_draw(ctx, folder, figures[i], formats));
    return DSC_OK;
}

dsc_status dsc_fleet_plot(dsc_context *ctx, const char *path, const char *formats,
                          const char *folder)
{
    whole w = {0};
    dsc_status status = whole_fill(ctx, path, &w);
    if (status == DSC_OK) status = draw(ctx, &w, formats, folder);
    whole_free(ctx, &w);
    return status;
}
