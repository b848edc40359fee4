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

static dsc_status whole_fill(dsc_context *ctx, const char *path, dsc_pool *pool, whole *w)
{
    DSC_TRY(plot_fleet_open(ctx, path, &w->f));
    if (w->f.penalty) DSC_TRY(plot_path_compute(ctx, &w->f, &w->path));
    if (w->f.n_seeds < 2 || !plot_is_disrnn(w->f.member[0].run)) return DSC_OK;
    return plot_agreement_compute(ctx, &w->f, w->path.chosen, pool, &w->agreement);
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

dsc_status dsc_fleet_show(dsc_context *ctx, const char *path, bool json, dsc_pool *pool,
                          dsc_text *out)
{
    whole w = {0};
    const dsc_status status = whole_fill(ctx, path, pool, &w);
    if (status == DSC_OK) (json ? describe : say)(ctx, &w, out);
    whole_free(ctx, &w);
    return status != DSC_OK ? status : out->status;
}

dsc_status dsc_fleet_write(dsc_context *ctx, const char *path, dsc_pool *pool)
{
    char file[PLOT_PATH_BYTES];
    dsc_text text = {0};
    DSC_TRY(dsc_fleet_show(ctx, path, true, pool, &text));
    dsc_status status = dsc_join_path(ctx, file, sizeof file, path, "penalty_path.json");
    if (status == DSC_OK) status = dsc_write_file(ctx, file, text.s, text.length);
    dsc_text_free(ctx, &text);
    return status;
}

// ---- figures ------------------------------------------------------------------------------------

static dsc_status path_draw(dsc_context *ctx, const whole *w, const char *folder)
{
    return plot_path_draw(ctx, &w->f, &w->path, folder);
}

static dsc_status seeds_draw(dsc_context *ctx, const whole *w, const char *folder)
{
    return plot_seeds_draw(ctx, &w->f, &w->agreement, folder);
}

static bool has_path(const whole *w)
{
    return w->path.n > 0;
}

// Closed networks agree on no latent.
static bool has_latents(const whole *w)
{
    return w->agreement.n > 0;
}

static const struct {
    const char *name, *needs;
    bool (*has)(const whole *w);
    dsc_status (*draw)(dsc_context *ctx, const whole *w, const char *folder);
} figures[] = {
    {"penalty_path", "a path of penalties (penalties=0.3,1,3)", has_path, path_draw},
    {"seeds", "several seeds of a disentangled RNN with open latents", has_latents, seeds_draw},
};
enum { N_FIGURES = sizeof figures / sizeof figures[0] };

const char *dsc_fleet_figure_at(int i)
{
    return i >= 0 && i < N_FIGURES ? figures[i].name : NULL;
}

static bool is_named(const dsc_plot_options *o, const char *name)
{
    for (int i = 0; i < o->n; i++)
        if (strcmp(o->names[i], name) == 0) return true;
    return false;
}

static dsc_status figures_check(dsc_context *ctx, const whole *w, const dsc_plot_options *o)
{
    bool any = false;
    for (int i = 0; i < N_FIGURES; i++) {
        any = any || figures[i].has(w);
        DSC_REQUIRE(ctx, figures[i].has(w) || !is_named(o, figures[i].name), DSC_INPUT,
                    "the figure \"%s\" needs %s, which %s does not hold; without a name all that "
                    "can be are drawn",
                    figures[i].name, figures[i].needs, w->f.path);
    }
    DSC_REQUIRE(
        ctx, any, DSC_INPUT,
        "%s holds %d replicas of %s, of which there is nothing to draw together; give one of "
        "them, e.g. %s/replica-0",
        w->f.path, w->f.n_seeds, w->f.config->model, w->f.path);
    return DSC_OK;
}

static dsc_status draw(dsc_context *ctx, const whole *w, const dsc_plot_options *o,
                       const char *folder)
{
    DSC_TRY(figures_check(ctx, w, o));
    DSC_TRY(dsc_make_folder(ctx, folder));
    for (int i = 0; i < N_FIGURES; i++) {
        if (!figures[i].has(w) || (o->n > 0 && !is_named(o, figures[i].name))) continue;
        DSC_TRY(figures[i].draw(ctx, w, folder));
        DSC_TRY(plot_pages_draw(ctx, folder, figures[i].name, o->formats));
    }
    return DSC_OK;
}

dsc_status dsc_fleet_plot(dsc_context *ctx, const char *path, const dsc_plot_options *o,
                          const char *folder)
{
    whole w = {0};
    dsc_status status = whole_fill(ctx, path, o->pool, &w);
    if (status == DSC_OK) status = draw(ctx, &w, o, folder);
    whole_free(ctx, &w);
    return status;
}
