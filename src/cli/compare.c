// SPDX-License-Identifier: Apache-2.0
// compare.c — `discern compare RUN RUN ...`: models side by side on identical trials.
#include <math.h>
#include <string.h>

#include "cli/cli.h"

enum { MOST_RUNS = 64, MOST_LISTED = 20 };

// ---- tables -------------------------------------------------------------------------------------

static dsc_status add_number(cli *c, cli_grid *g, const char *format, double value)
{
    char text[64];
    snprintf(text, sizeof text, format, value);
    return cli_grid_add(c, g, "%s", isnan(value) ? "-" : text);
}

static dsc_status add_range(cli *c, cli_grid *g, dsc_interval x)
{
    return isnan(x.low) ? cli_grid_add(c, g, "-") : cli_grid_add(c, g, "%.4f-%.4f", x.low, x.high);
}

// What a table shows of one model.
typedef dsc_status add_line(cli *c, cli_grid *g, const dsc_comparison *x, const dsc_compared *m);

static dsc_status print_models(cli *c, const dsc_comparison *x, int n, const char *const *titles,
                               add_line *line)
{
    cli_grid g = {0};
    dsc_status status = cli_grid_titles(c, &g, n, titles);
    for (int i = 0; status == DSC_OK && i < x->n_models; i++)
        status = line(c, &g, x, &x->model[x->order[i]]);
    if (status == DSC_OK) putchar('\n');
    if (status == DSC_OK) cli_grid_print(&g);
    cli_grid_free(c, &g);
    return status;
}

static dsc_status score_line(cli *c, cli_grid *g, const dsc_comparison *x, const dsc_compared *m)
{
    const double nll = m->pooled[DSC_MEASURE_NLL].value;
    DSC_TRY(cli_grid_add(c, g, "%s", m->name));
    DSC_TRY(cli_grid_add(c, g, "%s", dsc_fitted_name(m->fitted)));
    DSC_TRY(add_number(c, g, "%.4f", nll));
    DSC_TRY(add_range(c, g, m->pooled[DSC_MEASURE_NLL]));
    DSC_TRY(add_number(c, g, "%.4f", m->balanced[DSC_MEASURE_NLL].value));
    DSC_TRY(add_number(c, g, "%.4f", exp(-nll)));
    DSC_TRY(add_number(c, g, "%.4f", (x->chance_nll - nll) / log(2)));
    DSC_TRY(add_number(c, g, "%.4f", 1 - nll / x->chance_nll));
    DSC_TRY(add_number(c, g, "%.4f", m->pooled[DSC_MEASURE_ACCURACY].value));
    return add_number(c, g, "%.4f", m->pooled[DSC_MEASURE_BRIER].value);
}

static dsc_status print_scores(cli *c, const dsc_comparison *x)
{
    const char *const titles[] = {"model",
                                  "trials",
                                  "nll/trial",
                                  "95 % interval",
                                  x->n_subjects > 1 ? "subject mean" : "session mean",
                                  "norm. likelihood",
                                  "bits",
                                  "pseudo-R2",
                                  "accuracy",
                                  "Brier"};
    return print_models(c, x, 10, titles, score_line);
}

static dsc_status penalised_line(cli *c, cli_grid *g, const dsc_comparison *x,
                                 const dsc_compared *m)
{
    (void)x;
    DSC_TRY(cli_grid_add(c, g, "%s", m->name));
    DSC_TRY(m->n_parameters < 0 ? cli_grid_add(c, g, "-")
                                : cli_grid_add(c, g, "%lld", (long long)m->n_parameters));
    DSC_TRY(add_number(c, g, "%.1f", m->nll));
    if (g->columns == 3) return DSC_OK;
    DSC_TRY(add_number(c, g, "%.1f", m->aic));
    DSC_TRY(add_number(c, g, "%.1f", m->bic));
    DSC_TRY(add_number(c, g, "%.1f", m->subject_bic));
    return add_number(c, g, "%.1f", m->laplace);
}

// AIC, BIC and evidences are about fitted trials.
static dsc_status print_penalised(cli *c, const dsc_comparison *x)
{
    bool fitted = false;
    for (int k = 0; k < x->n_models; k++) fitted |= x->model[k].fitted == DSC_FITTED_ALL;
    static const char *const titles[] = {"model",           "parameters",      "NLL", "AIC", "BIC",
                                         "BIC of subjects", "Laplace evidence"};
    return print_models(c, x, fitted ? 7 : 3, titles, penalised_line);
}

static dsc_status selection_line(cli *c, cli_grid *g, const dsc_comparison *x,
                                 const dsc_compared *m)
{
    (void)x;
    DSC_TRY(cli_grid_add(c, g, "%s", m->name));
    DSC_TRY(add_number(c, g, "%.3f", m->frequency));
    DSC_TRY(add_number(c, g, "%.3f", m->exceedance));
    return add_number(c, g, "%.3f", m->protected_exceedance);
}

static dsc_status print_selection(cli *c, const dsc_comparison *x)
{
    static const char *const titles[] = {"model", "frequency", "exceedance", "protected"};
    return x->selected ? print_models(c, x, 4, titles, selection_line) : DSC_OK;
}

// ---- subjects -----------------------------------------------------------------------------------

static dsc_status subject_line(cli *c, cli_grid *g, const dsc_comparison *x, int subject)
{
    const char *best = "-";
    double least = INFINITY;
    DSC_TRY(cli_grid_add(c, g, "%s", x->subject[subject]));
    DSC_TRY(add_number(c, g, "%.0f", x->model[0].subject[subject].n_trials));
    for (int i = 0; i < x->n_models; i++) {
        const dsc_compared *m = &x->model[x->order[i]];
        const double nll = m->subject[subject].nll / m->subject[subject].n_trials;
        if (nll < least) best = m->name;
        least = fmin(least, nll);
        DSC_TRY(add_number(c, g, "%.4f", nll));
    }
    return cli_grid_add(c, g, "%s", best);
}

static dsc_status fill_subjects(cli *c, cli_grid *g, const dsc_comparison *x)
{
    g->columns = x->n_models + 3;
    DSC_TRY(cli_grid_add(c, g, "subject"));
    DSC_TRY(cli_grid_add(c, g, "trials"));
    for (int i = 0; i < x->n_models; i++)
        DSC_TRY(cli_grid_add(c, g, "%s", x->model[x->order[i]].name));
    DSC_TRY(cli_grid_add(c, g, "least nll/trial"));
    for (int i = 0; i < x->n_subjects; i++) DSC_TRY(subject_line(c, g, x, i));
    return DSC_OK;
}

static dsc_status print_subjects(cli *c, const dsc_comparison *x)
{
    cli_grid g = {0};
    if (x->n_subjects < 2 || x->n_subjects > MOST_LISTED) return DSC_OK;
    const dsc_status status = fill_subjects(c, &g, x);
    if (status == DSC_OK) putchar('\n');
    if (status == DSC_OK) cli_grid_print(&g);
    cli_grid_free(c, &g);
    return status;
}

// ---- the verb -----------------------------------------------------------------------------------

static const char *const written[] = {"comparison.csv", "subjects.csv", "differences.csv",
                                      "selection.csv", "comparison.json"};

static dsc_status check_figures(cli *c)
{
    char folder[4096];
    if (c->no_figures) return DSC_OK;
    DSC_TRY(dsc_join_path(c->ctx, folder, sizeof folder, c->output, "figures"));
    for (int i = 0; dsc_comparison_figure_at(i); i++)
        DSC_TRY(cli_may_draw(c, folder, dsc_comparison_figure_at(i)));
    return DSC_OK;
}

static dsc_status check_output(cli *c)
{
    char path[4096];
    DSC_TRY(cli_check_draws(c));
    DSC_TRY(cli_check_formats(c));
    if (!c->output) return DSC_OK;
    DSC_TRY(dsc_result_check(c->ctx, c->output, DSC_RESULT_COMPARISON));
    for (int i = 0; i < 5; i++) {
        DSC_TRY(dsc_join_path(c->ctx, path, sizeof path, c->output, written[i]));
        DSC_TRY(cli_may_write(c, path));
    }
    return check_figures(c);
}

static dsc_status report(cli *c, const dsc_comparison *x)
{
    dsc_text text = {0};
    DSC_TRY(c->json ? dsc_comparison_json(c->ctx, x, &text)
                    : dsc_comparison_words(c->ctx, x, &text));
    DSC_TRY(cli_print_text(c, &text));
    if (c->json) return DSC_OK;
    DSC_TRY(print_scores(c, x));
    DSC_TRY(print_penalised(c, x));
    DSC_TRY(print_selection(c, x));
    DSC_TRY(print_subjects(c, x));
    if (!c->output) return DSC_OK;
    printf("\nWritten to %s:", c->output);
    for (int i = 0; i < 5; i++) printf(" %s%s", written[i], i < 4 ? "," : "");
    printf(c->no_figures ? "\n" : ", figures\n");
    return DSC_OK;
}

static dsc_status write_files(cli *c, const dsc_comparison *x)
{
    char folder[4096];
    if (!c->output) return DSC_OK;
    DSC_TRY(dsc_result_clear(c->ctx, c->output, DSC_RESULT_COMPARISON));
    DSC_TRY(dsc_comparison_write(c->ctx, x, c->output));
    if (c->no_figures) return DSC_OK;
    DSC_TRY(dsc_join_path(c->ctx, folder, sizeof folder, c->output, "figures"));
    return dsc_plot_comparison(c->ctx, x, c->format ? c->format : "svg", folder);
}

static dsc_status compare_run(cli *c)
{
    dsc_comparison *x = NULL;
    const dsc_compare_options o = {
        .in_sample = c->in_sample, .seed = (uint64_t)c->seed.value, .n_draws = (int)c->draws.value};
    DSC_TRY(check_output(c));
    DSC_TRY(dsc_compare(c->ctx, c->words.n, c->words.item, &o, &x));
    dsc_status status = write_files(c, x);
    if (status == DSC_OK) status = report(c, x);
    dsc_comparison_free(c->ctx, &x);
    return status;
}

static const cli_option options[] = {
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "DIR",
     "write tables (.csv), comparison.json and figures there"},
    {"in-sample", 0, CLI_FLAG, offsetof(cli, in_sample), NULL,
     "compare trials that were fitted, each model labelled"},
    {"draws", 0, CLI_WHOLE, offsetof(cli, draws), "N",
     "of the bootstrap, at least 100; default 10000"},
    {"format", 0, CLI_TEXT, offsetof(cli, format), "LIST",
     "of figures: svg, pdf, png, separated by commas; default svg"},
    {"no-figures", 0, CLI_FLAG, offsetof(cli, no_figures), NULL, "leave out DIR/figures"},
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_compare = {
    .name = "compare",
    .words = "RUN RUN ...",
    .summary = "models side by side on identical trials",
    .text =
        "Compares networks and classical models on the same trials in the same order, and refuses\n"
        "anything else. Held-out trials if all runs have the same split; else all trials, in\n"
        "sample. Says which model predicts best, by how much and how sure that is: likelihoods,\n"
        "accuracy, Brier score, AIC, BIC, paired bootstrap intervals and tests over subjects, and\n"
        "random-effects selection with protected exceedance probabilities. A folder written by\n"
        "eval -o can stand for a run.",
    .example = "  discern compare runs/gru runs/q_learning -o results/comparison",
    .options = options,
    .fewest = 2,
    .most = MOST_RUNS,
    .run = compare_run,
};
