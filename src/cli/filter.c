// SPDX-License-Identifier: Apache-2.0
// filter.c — `discern filter MODEL --data FILE -o DIR`: follows a classical model's parameters over
// trials with a particle filter.
#include <math.h>
#include <string.h>

#include "cli/cli.h"

typedef struct filtering {
    dsc_filter filter;
    dsc_table *table;
    const dsc_engine *engine;
    dsc_pool *pool;
    dsc_evaluation *result;
    double seconds;
} filtering;

// ---- settings -----------------------------------------------------------------------------------

enum { MOST_GROUPS = DSC_MAX_WALKS + 2, PREFIX_BYTES = 96 };

static dsc_status set_keys(cli *c, filtering *v)
{
    dsc_filter *f = &v->filter;
    char prefix[DSC_MAX_WALKS][PREFIX_BYTES];
    cli_keys groups[MOST_GROUPS] = {{"", dsc_filter_fields, &f->config},
                                    {"model.", f->model->fields, f->model_config}};
    for (int i = 0; i < f->n_walks; i++) {
        snprintf(prefix[i], PREFIX_BYTES, "walk.%s.", f->name[i]);
        groups[i + 2] = (cli_keys){prefix[i], dsc_walk_fields, &f->walk[i]};
    }
    return cli_set_keys(c, groups, f->n_walks + 2);
}

// The preset first, so that other keys change it wherever they stand.
static dsc_status read_settings(cli *c, filtering *v)
{
    const dsc_model *model;
    char preset[DSC_FIELD_TEXT];
    DSC_TRY(dsc_model_find(c->ctx, c->words.item[0], &model));
    DSC_TRY(dsc_filter_defaults(c->ctx, model, &v->filter));
    DSC_TRY(cli_check_parameters(
        c, model->cog, "model.",
        "parameters are followed, subject by subject. Where they begin and how they step is said "
        "by walk.NAME.start, walk.NAME.sd, ..."));
    DSC_TRY(set_keys(c, v));
    snprintf(preset, sizeof preset, "%s", v->filter.config.preset);
    DSC_TRY(dsc_filter_preset(c->ctx, &v->filter, preset));
    DSC_TRY(set_keys(c, v));
    if (c->seed.given) v->filter.config.seed = c->seed.value;
    return DSC_OK;
}

// ---- files --------------------------------------------------------------------------------------

static dsc_status check_request(cli *c)
{
    if (!c->data) return cli_usage(c, "which trials? --data FILE");
    if (!c->output) return cli_usage(c, "where should the results go? -o DIR");
    DSC_TRY(dsc_result_check(c->ctx, c->output, DSC_RESULT_FILTER));
    return cli_may_write(c, c->output);
}

static dsc_status write_files(cli *c, const filtering *v)
{
    char figures[4096];
    DSC_TRY(dsc_result_clear(c->ctx, c->output, DSC_RESULT_FILTER));
    DSC_TRY(dsc_filter_write(c->ctx, &v->filter, v->result, v->table, c->output));
    DSC_TRY(cli_keep_warnings(c, c->output));
    if (c->no_figures) return DSC_OK;
    DSC_TRY(dsc_join_path(c->ctx, figures, sizeof figures, c->output, "figures"));
    return dsc_plot_filter(c->ctx, &v->filter, v->result, v->table, "svg", figures);
}

// ---- what is said -------------------------------------------------------------------------------

static double mean_of(const dsc_evaluation *e, int column)
{
    double sum = 0;
    for (size_t i = 0; i < e->n_trials; i++)
        sum += e->recorded[i * (size_t)e->n_recorded + (size_t)column];
    return sum / (double)e->n_trials;
}

static int column_of(const dsc_evaluation *e, const char *parameter, const char *what)
{
    char name[DSC_FIELD_TEXT];
    snprintf(name, sizeof name, "%s%s", parameter, what);
    int i = e->n_recorded - 1;
    while (i > 0 && strcmp(e->recorded_names[i], name) != 0) i--;
    return i;
}

static dsc_status print_walks(cli *c, const filtering *v)
{
    static const char *const titles[] = {"parameter", "mean", "sd of particles", "transform", "low",
                                         "high",      "step"};
    cli_grid grid = {0};
    const dsc_filter *f = &v->filter;
    dsc_status status = DSC_OK;
    DSC_TRY_OR(done, cli_grid_titles(c, &grid, sizeof titles / sizeof *titles, titles));
    for (int i = 0; i < f->n_walks; i++) {
        const dsc_walk *w = &f->walk[i];
        const double mean = mean_of(v->result, column_of(v->result, f->name[i], "_mean")),
                     sd = mean_of(v->result, column_of(v->result, f->name[i], "_sd"));
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%s", f->name[i]));
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%.4f", mean));
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%.4f", sd));
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%s", w->transform));
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%g", w->low));
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%g", w->high));
        DSC_TRY_OR(done, cli_grid_add(c, &grid, "%g", w->sd));
    }
    cli_grid_print(&grid);
done:
    cli_grid_free(c, &grid);
    return status;
}

static dsc_status report(cli *c, const filtering *v)
{
    const dsc_evaluation *e = v->result;
    const int N = v->filter.config.particles;
    dsc_text text = {0};
    if (c->json) {
        DSC_TRY(dsc_evaluation_summary(c->ctx, e, &text));
        return cli_print_text(c, &text);
    }
    printf("%s on %s: %d particles per %s, seed %lld; %.0f of them effective on average, resampled "
           "on %.1f %% of trials\n",
           v->filter.model->name, v->table->path, N, v->filter.config.group,
           (long long)v->filter.config.seed, mean_of(e, column_of(e, "ess", "")),
           100 * mean_of(e, column_of(e, "resampled", "")));
    DSC_TRY(cli_print_scores(c, e));
    DSC_TRY(print_walks(c, v));
    printf("Written to %s: predictions.csv, trajectories.csv, summary.json, filter.yaml%s\n",
           c->output, c->no_figures ? "" : "; the figures are in figures");
    if (c->verbose)
        fprintf(stderr, "discern: %.1f ns per particle and trial\n",
                1e9 * v->seconds / ((double)e->n_trials * N));
    return DSC_OK;
}

// ---- the verb -----------------------------------------------------------------------------------

static dsc_status run_filter(cli *c, filtering *v)
{
    const double start = dsc_seconds();
    DSC_TRY(dsc_filter_table(c->ctx, &v->filter, v->table, v->engine, v->pool, cli_progress(c),
                             &v->result));
    v->seconds = dsc_seconds() - start;
    return DSC_OK;
}

static dsc_status filter_run(cli *c)
{
    filtering *v = NULL;
    dsc_status status;
    DSC_TRY(check_request(c));
    DSC_TRY(dsc_alloc(c->ctx, 1, sizeof *v, &v));
    DSC_TRY_OR(done, read_settings(c, v));
    DSC_TRY_OR(done, cli_engine(c, NULL, &v->engine));
    DSC_TRY_OR(done, cli_pool(c, &v->pool));
    DSC_TRY_OR(done, cli_read_table(c, c->data, &v->table));
    DSC_TRY_OR(done, run_filter(c, v));
    DSC_TRY_OR(done, write_files(c, v));
    status = report(c, v);
done:
    if (v->result) dsc_evaluation_free(c->ctx, &v->result);
    if (v->table) dsc_table_destroy(c->ctx, &v->table);
    dsc_pool_destroy(&v->pool);
    dsc_free(c->ctx, &v);
    return status;
}

static const cli_option options[] = {
    {"data", 0, CLI_TEXT, offsetof(cli, data), "FILE", "the trials"},
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "DIR", "where the results go"},
    CLI_MAP,
    CLI_MISSING,
    CLI_ACTIONS,
    {"no-figures", 0, CLI_FLAG, offsetof(cli, no_figures), NULL, "leave out DIR/figures"},
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_filter = {
    .name = "filter",
    .words = "MODEL --data FILE -o DIR",
    .summary = "follow parameters that drift, with a particle filter",
    .text =
        "Lets the parameters of a classical model (a name, or a .cog file) take a random step\n"
        "after every trial and follows them, subject by subject, with particles. Every prediction\n"
        "uses earlier trials only. Writes predictions.csv, trajectories.csv (per trial and\n"
        "parameter: mean, sd, 2.5 %, median, 97.5 %), summary.json, filter.yaml, figures.\n"
        "Keys: particles, resampling (systematic, stratified, multinomial, residual), threshold,\n"
        "likelihood (weighted, unweighted), state (filtered, predicted), group (subject, "
        "session),\n"
        "seed, preset (artificial, dezfouli, gershman), model.OPTION, and per parameter\n"
        "walk.NAME.transform (identity, logistic, exp), .start, .low, .high, .sd. See "
        "doc/filter.md.\n"
        "Ctrl-C ends it without a result.",
    .example = "  discern filter q_perseveration --data choices.csv -o results/filter "
               "walk.alpha.sd=0.05",
    .options = options,
    .fewest = 1,
    .most = 1,
    .settings = true,
    .keys = dsc_filter_fields,
    .more_keys = "model.",
    .run = filter_run,
};
