// SPDX-License-Identifier: Apache-2.0
// adapt.c — `discern adapt RUN --data FILE -o DIR`: what a run knows, adapted to subjects that it
// has not seen, on their first sessions, and scored on the others.
#include <math.h>
#include <string.h>

#include "cli/cli.h"

// ---- what was asked for -------------------------------------------------------------------------

static dsc_status read_share(cli *c, double *first)
{
    *first = 0.5;
    if (c->first && !dsc_parse_number(c->first, first))
        return cli_usage(c, "--first \"%s\" is not a number; give a share, e.g. 0.5", c->first);
    return DSC_OK;
}

static dsc_status read_config(cli *c, dsc_fit_config *k)
{
    dsc_adapt_request r = {.run = c->words.item[0], .data = c->data};
    DSC_TRY(read_share(c, &r.first));
    if (!c->data && (c->map.n > 0 || c->missing))
        return cli_usage(c, "--map and --missing go with --data FILE; name it, or leave them out");
    DSC_TRY(dsc_adapt_config(c->ctx, &r, k));
    DSC_TRY(cli_set_whole(c, k, "seed", c->seed, "--seed"));
    DSC_TRY(cli_set_config(c, k));
    DSC_TRY(dsc_fit_config_check(c->ctx, k));
    return dsc_adapt_check(c->ctx, k);
}

// ---- the result ---------------------------------------------------------------------------------

static dsc_status add_row(cli *c, cli_grid *g, const dsc_adapted *d)
{
    DSC_TRY(cli_grid_add(c, g, "%s", d->subject));
    DSC_TRY(cli_grid_add(c, g, "%d", d->n_sessions));
    DSC_TRY(cli_grid_add(c, g, "%d", d->n_scored));
    DSC_TRY(cli_grid_add(c, g, "%lld", (long long)d->n_scored_trials));
    if (d->n_scored_trials == 0) {
        for (int i = 0; i < 3; i++) DSC_TRY(cli_grid_add(c, g, "-"));
        return DSC_OK;
    }
    DSC_TRY(cli_grid_add(c, g, "%.4f", exp(-d->before)));
    DSC_TRY(cli_grid_add(c, g, "%.4f", exp(-d->after)));
    return cli_grid_add(c, g, "%+.4f", d->before - d->after);
}

static dsc_status print_subjects(cli *c, const dsc_adaptation *a)
{
    static const char *const titles[] = {"subject", "adapted to", "scored",           "trials",
                                         "before",  "after",      "gain (nats/trial)"};
    cli_grid grid = {0};
    dsc_status status;
    DSC_TRY_OR(done, cli_grid_titles(c, &grid, sizeof titles / sizeof *titles, titles));
    for (int i = 0; i < a->n; i++) DSC_TRY_OR(done, add_row(c, &grid, &a->subject[i]));
    cli_grid_print(&grid);
done:
    cli_grid_free(c, &grid);
    return status;
}

static dsc_status print_result(cli *c, const dsc_adaptation *a)
{
    const bool of_subjects = strstr(a->run->config.trainable, "embedding") != NULL;
    printf("%s: %s, adapted from %s; normalised likelihood of the sessions not adapted to, before "
           "%s and after\n",
           a->run->path, a->run->model->name, a->run->config.start,
           of_subjects ? "(the mean embedding)" : "(as it was)");
    DSC_TRY(print_subjects(c, a));
    printf("all: %.4f before, %.4f after; chance %.4f\n", a->before.normalized_likelihood,
           a->after.normalized_likelihood, a->after.chance_normalized_likelihood);
    char interval[64] = "", gain[32];
    snprintf(gain, sizeof gain, "%+.4f", a->gain);
    if (!isnan(a->low))
        snprintf(interval, sizeof interval, " (95 %% interval %+.4f to %+.4f)", a->low, a->high);
    printf("gain: %s nats per trial, mean over %d subjects%s", dsc_drop_zero_signs(gain), a->n,
           dsc_drop_zero_signs(interval));
    printf("\nWritten to %s: adaptation.csv, adaptation.json\n", a->run->path);
    return DSC_OK;
}

static dsc_status report(cli *c, const char *path)
{
    dsc_pool *pool = NULL;
    dsc_adaptation *a = NULL;
    dsc_text text = {0};
    dsc_status status;
    c->mute = true; // the data were read, and their notes said, by the fit
    DSC_TRY_OR(done, cli_pool(c, &pool));
    DSC_TRY_OR(done, dsc_adaptation_make(c->ctx, path, pool, &a));
    DSC_TRY_OR(done, dsc_adaptation_write(c->ctx, a));
    if (c->json) {
        DSC_TRY_OR(done, dsc_adaptation_json(c->ctx, a, &text));
        status = cli_print_text(c, &text);
    } else status = print_result(c, a);
done:
    dsc_adaptation_free(c->ctx, &a);
    dsc_pool_destroy(&pool);
    return status;
}

// ---- the verb -----------------------------------------------------------------------------------

static dsc_status train(cli *c, const dsc_fit_config *config, const char *path)
{
    int threads = 0;
    DSC_TRY(cli_threads(c, &threads));
    const dsc_fit_request request = {.config = config,
                                     .run = path,
                                     .resume = c->resume,
                                     .force = c->force,
                                     .threads = c->resume ? threads : 0,
                                     .isa = c->resume ? c->isa : NULL,
                                     .progress = cli_progress(c),
                                     .stop = cli_catch_signals()};
    DSC_TRY(cli_end_fit(c, &request, dsc_fit(c->ctx, &request)));
    return report(c, path);
}

// Another run would be finished first, and then found to have nothing to be compared with.
static dsc_status check_adaptation(cli *c, const char *run, dsc_fit_config *config)
{
    char path[4300];
    DSC_TRY(dsc_join_path(c->ctx, path, sizeof path, run, "config.yaml"));
    if (!dsc_exists(path)) return DSC_OK; // the fit says so
    DSC_TRY(dsc_fit_config_read(c->ctx, path, config));
    DSC_REQUIRE(
        c->ctx, config->start[0], DSC_INPUT,
        "%s is no adaptation: it did not start from another run. Go on with it: discern fit "
        "--resume %s",
        run, run);
    return DSC_OK;
}

static dsc_status resume(cli *c, const char *run)
{
    dsc_fit_config *config = NULL;
    if (c->output || c->data || c->first || c->settings.n > 0 || c->engine || c->precision ||
        c->map.n > 0 || c->missing || c->seed.given)
        return cli_usage(c, "--resume reads %s/config.yaml; leave out what it already says", run);
    DSC_TRY(dsc_alloc(c->ctx, 1, sizeof *config, &config));
    dsc_status status = check_adaptation(c, run, config);
    if (status == DSC_OK) status = train(c, NULL, run);
    dsc_free(c->ctx, &config);
    return status;
}

static dsc_status adapt_run(cli *c)
{
    dsc_fit_config *config = NULL;
    if (c->resume) return resume(c, c->words.item[0]);
    if (!c->output) return cli_usage(c, "where should the adapted run go? -o DIR");
    DSC_TRY(dsc_alloc(c->ctx, 1, sizeof *config, &config));
    dsc_status status = read_config(c, config);
    if (status == DSC_OK) status = train(c, config, c->output);
    dsc_free(c->ctx, &config);
    return status;
}

static const cli_option options[] = {
    {"data", 0, CLI_TEXT, offsetof(cli, data), "FILE",
     "trials of the new subjects; default: those that RUN held out"},
    {"output", 'o', CLI_TEXT, offsetof(cli, output), "DIR", "the adapted run"},
    {"first", 0, CLI_TEXT, offsetof(cli, first), "SHARE",
     "of every subject's sessions, to adapt to; default 0.5"},
    CLI_MAP,
    CLI_MISSING,
    {"resume", 0, CLI_FLAG, offsetof(cli, resume), NULL,
     "go on with an interrupted adaptation (the word is then DIR)"},
    CLI_FORCE,
    CLI_END,
};

const cli_verb cli_adapt = {
    .name = "adapt",
    .words = "RUN --data FILE -o DIR",
    .summary = "adapt a run to subjects it has not seen",
    .text =
        "Fits what RUN keeps per subject (the embedding of disrnn_multisubject) to the first\n"
        "sessions of subjects that RUN has not seen, everything else frozen, and scores it on\n"
        "their other sessions; beside it the score of the mean embedding that they begin with. A\n"
        "run without such parameters goes on with all of them. Subjects may have any labels; all\n"
        "in FILE count as new, unless it is the table that RUN was fitted to. DIR is a run like\n"
        "others (show, eval, plot), with adaptation.csv and adaptation.json. key=value sets any\n"
        "key of its config (phases.adapt.steps=1000, train.trainable=..., split.unit=trial\n"
        "split.aside=false).",
    .example = "  discern adapt runs/many --data new.csv -o runs/new --first 0.5",
    .options = options,
    .fewest = 1,
    .most = 1,
    .settings = true,
    .more_keys = "config",
    .run = adapt_run,
};
