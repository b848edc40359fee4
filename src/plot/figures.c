// SPDX-License-Identifier: Apache-2.0
// figures.c — the list of figures, and drawing those that were asked for.
#include <string.h>

#include "plot/inspect.h"
#include "plot/predictions.h"

// ---- the list -----------------------------------------------------------------------------------

static bool predicts_choices(const dsc_run *run)
{
    return run->n_actions > 0;
}

static bool is_classical(const dsc_run *run)
{
    return run->model->cog != NULL;
}

static bool has_choice_rule(const dsc_run *run)
{
    return plot_is_disrnn(run) && run->n_actions > 1;
}

static bool has_latents(const dsc_run *run)
{
    return predicts_choices(run) && !is_classical(run);
}

// A fit by likelihood has no steps.
static bool has_steps(const dsc_run *run)
{
    return !is_classical(run) || strcmp(run->config.fit.method, "gradient") == 0;
}

// Nor has an imported run.
static bool was_trained(const dsc_run *run)
{
    return has_steps(run) && dsc_fit_config_steps(&run->config) > 0;
}

static bool has_estimates(const dsc_run *run)
{
    return !has_steps(run);
}

// Whether there are outcomes to learn from.
static bool learns(const dsc_run *run)
{
    bool found = false;
    for (int i = 0; i < run->n_inputs; i++)
        found = found || strstr(run->inputs[i], "reward") || strstr(run->inputs[i], "outcome");
    return predicts_choices(run) && (found || is_classical(run)) && !plot_hears_clicks(run);
}

static const dsc_figure figures[] = {
    {"learning_curve", "NLL per trial of training and held-out sessions against the step",
     was_trained, plot_learning_curve, false},
    {"parameters", "estimates of every parameter with standard errors, by group", has_estimates,
     plot_parameters, false},
    {"bottlenecks", "openness of every bottleneck of a disentangled RNN", plot_is_disrnn,
     plot_bottlenecks, false},
    {"update_rules", "how a trial changes each open latent", plot_is_disrnn, plot_update_rules,
     false},
    {"choice_rule", "how the latents drive choice", has_choice_rule, plot_choice_rule, false},
    {"activity_rule", "how the latents drive neural activity", plot_has_activity,
     plot_activity_rule, false},
    {"embeddings", "what a disentangled RNN knows of each subject", plot_is_multisubject,
     plot_embeddings, false},
    {"session", "one held-out session: choices, rewards, predictions, latents", has_latents,
     plot_session, false},
    {"decoding", "columns of the table (--columns) read from the open latents", plot_is_disrnn,
     plot_decoding, true},
    {"trajectories", "one session: choices, outcomes, predictions, values, prediction errors",
     is_classical, plot_session, false},
    {"psychometric", "which side is chosen by the difference of clicks: data against model",
     plot_hears_clicks, plot_psychometric, false},
    {"click_kernel", "how much clicks weigh in time: data against model", plot_hears_clicks,
     plot_click_kernel, false},
    {"calibration", "predicted probabilities against observed frequencies", predicts_choices,
     plot_calibration, false},
    {"stay", "how often a choice is repeated by what the last ones paid: data against model",
     learns, plot_stay, false},
    {"checks", "behavioural checks: staying, weights of history, runs, reversals, and distances",
     learns, plot_checks, false},
    {"learning", "the better option over the trials of a block: data against model", learns,
     plot_learning, false},
};
enum { N_FIGURES = sizeof figures / sizeof figures[0] };

const dsc_figure *dsc_figure_at(int i)
{
    return i >= 0 && i < N_FIGURES ? &figures[i] : NULL;
}

const dsc_figure *dsc_figure_find(const char *name)
{
    for (int i = 0; i < N_FIGURES; i++)
        if (strcmp(figures[i].name, name) == 0) return &figures[i];
    return NULL;
}

// ---- choosing -----------------------------------------------------------------------------------

// The names of the figures that apply to a run (all, without one), joined with ", ".
static char *names_join(const dsc_run *run, char *out, size_t size)
{
    size_t used = 0;
    out[0] = 0;
    for (int i = 0; i < N_FIGURES && used < size; i++)
        if (!run || figures[i].applies(run))
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                                     figures[i].name);
    return out;
}

static dsc_status unknown_fail(dsc_context *ctx, const char *name)
{
    const char *known[N_FIGURES];
    char list[512];
    for (int i = 0; i < N_FIGURES; i++) known[i] = figures[i].name;
    const char *near = dsc_nearest(name, known, N_FIGURES);
    if (near)
        return dsc_fail(ctx, DSC_INPUT, "there is no figure \"%s\"; did you mean \"%s\"?", name,
                        near);
    return dsc_fail(ctx, DSC_INPUT, "there is no figure \"%s\"; there are %s", name,
                    names_join(NULL, list, sizeof list));
}

static dsc_status names_check(dsc_context *ctx, const dsc_run *run, int n, const char *const *names)
{
    char list[512];
    for (int i = 0; i < n; i++) {
        const dsc_figure *f = dsc_figure_find(names[i]);
        if (!f) return unknown_fail(ctx, names[i]);
        DSC_REQUIRE(ctx, f->applies(run), DSC_INPUT,
                    "the figure \"%s\" (%s) does not apply to this run of \"%s\"; these do: %s",
                    f->name, f->title, run->model->name, names_join(run, list, sizeof list));
    }
    return DSC_OK;
}

// ---- formats ------------------------------------------------------------------------------------

static const char *const known_formats[] = {"svg", "pdf", "png"};

typedef struct formats {
    bool wanted[3];
} formats;

static dsc_status formats_read(dsc_context *ctx, const char *text, formats *f)
{
    for (const char *c = text ? text : "svg"; *c;) {
        size_t n = strcspn(c, ", ");
        bool found = n == 0;
        for (int i = 0; i < 3; i++)
            if (n == 3 && strncmp(c, known_formats[i], 3) == 0) found = f->wanted[i] = true;
        DSC_REQUIRE(ctx, found, DSC_INPUT, "figure format \"%.*s\": there are svg, pdf and png",
                    (int)n, c);
        c += n + (c[n] != 0);
    }
    return DSC_OK;
}

dsc_status dsc_figure_formats_check(dsc_context *ctx, const char *format_list)
{
    formats f = {{false}};
    DSC_TRY(formats_read(ctx, format_list, &f));
    DSC_REQUIRE(ctx, f.wanted[0] || f.wanted[1] || f.wanted[2], DSC_INPUT,
                "\"%s\" names no figure format: there are svg, pdf and png", format_list);
    return DSC_OK;
}

// ---- drawing ------------------------------------------------------------------------------------

static void page_draw(dsc_context *ctx, const char *folder, const char *name, const formats *f,
                      bool *has_gnuplot)
{
    char why[512];
    for (int i = 0; i < 3 && *has_gnuplot; i++) {
        if (!f->wanted[i]) continue;
        plot_drawn drawn = plot_draw(folder, name, known_formats[i], why, sizeof why);
        if (drawn == PLOT_NO_GNUPLOT) {
            *has_gnuplot = false;
            dsc_note(ctx, DSC_WARNING,
                     "gnuplot is not installed (package gnuplot-nox): data and scripts "
                     "are in %s; draw them later with: gnuplot NAME.gp",
                     folder);
        } else if (drawn == PLOT_FAILED) {
            dsc_note(ctx, DSC_WARNING, "%s/%s.gp could not be drawn as %s: %s", folder, name,
                     known_formats[i], why);
        }
    }
}

// Draws all pages that the figure has written.
static void pages_draw(dsc_context *ctx, const char *folder, const char *figure, const formats *f,
                       bool *has_gnuplot)
{
    for (int number = 1;; number++) {
        char name[64], path[PLOT_PATH_BYTES];
        plot_page_name(figure, number, name);
        int n = snprintf(path, sizeof path, "%s/%s.gp", folder, name);
        if (n >= (int)sizeof path || !dsc_exists(path)) return;
        page_draw(ctx, folder, name, f, has_gnuplot);
    }
}

dsc_status plot_pages_draw(dsc_context *ctx, const char *folder, const char *figure,
                           const char *format_list)
{
    formats f = {{false}};
    bool has_gnuplot = true;
    DSC_TRY(formats_read(ctx, format_list, &f));
    pages_draw(ctx, folder, figure, &f, &has_gnuplot);
    return DSC_OK;
}

// Of many figures, one that fails is a warning; a figure that was asked for by name must not.
static dsc_status figure_make(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                              const dsc_figure *figure, const char *folder)
{
    dsc_status status = figure->write(ctx, run, o, folder);
    if (status == DSC_OK || status == DSC_MEMORY || o->n > 0) return status;
    dsc_note(ctx, DSC_WARNING, "figure \"%s\" was left out: %s", figure->name, dsc_message(ctx));
    return DSC_OK;
}

dsc_status dsc_plot(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                    const char *folder)
{
    formats f = {{false}};
    bool has_gnuplot = true;
    DSC_TRY(formats_read(ctx, o->formats, &f));
    DSC_TRY(names_check(ctx, run, o->n, o->names));
    DSC_TRY(dsc_make_folder(ctx, folder));
    for (int i = 0; i < (o->n ? o->n : N_FIGURES); i++) {
        const dsc_figure *figure = o->n ? dsc_figure_find(o->names[i]) : &figures[i];
        if (!figure->applies(run) || (figure->asked && o->n == 0)) continue;
        DSC_TRY(figure_make(ctx, run, o, figure, folder));
        pages_draw(ctx, folder, figure->name, &f, &has_gnuplot);
    }
    return DSC_OK;
}

dsc_status dsc_plot_comparison(dsc_context *ctx, const dsc_comparison *c, const char *format_list,
                               const char *folder)
{
    formats f = {{false}};
    bool has_gnuplot = true;
    DSC_TRY(formats_read(ctx, format_list, &f));
    DSC_TRY(dsc_make_folder(ctx, folder));
    for (int i = 0; dsc_comparison_figure_at(i); i++)
        plot_pages_clear(folder, dsc_comparison_figure_at(i), 1);
    DSC_TRY(plot_comparison_write(ctx, c, folder));
    for (int i = 0; dsc_comparison_figure_at(i); i++)
        pages_draw(ctx, folder, dsc_comparison_figure_at(i), &f, &has_gnuplot);
    return DSC_OK;
}
