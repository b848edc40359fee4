// SPDX-License-Identifier: Apache-2.0
// fleet.c — reads the replicas of a fit: RUN/replica-k is seed k / P with penalty k % P of P.
#include "plot/fleet.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- which replicas -----------------------------------------------------------------------------

static dsc_status read_penalties(dsc_context *ctx, plot_fleet *f)
{
    char *rest = f->config->penalties;
    f->n_penalties = 1;
    if (!*rest) return DSC_OK;
    for (const char *c = rest; *c; c++) f->n_penalties += *c == ',';
    DSC_TRY(dsc_alloc(ctx, (size_t)f->n_penalties, sizeof *f->penalty, &f->penalty));
    for (int i = 0; i < f->n_penalties; i++, rest += *rest == ',') {
        char text[64];
        const size_t n = strcspn(rest, ",");
        snprintf(text, sizeof text, "%.*s", (int)(n < 63 ? n : 63), rest + strspn(rest, " "));
        text[strcspn(text, " ,")] = 0;
        DSC_REQUIRE(ctx, dsc_parse_number(text, &f->penalty[i]), DSC_INPUT,
                    "%s/config.yaml: penalties: \"%s\" is not a number; undo the change to it",
                    f->path, text);
        rest += n;
    }
    return DSC_OK;
}

static dsc_status read_config(dsc_context *ctx, plot_fleet *f)
{
    char path[PLOT_PATH_BYTES];
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *f->config, &f->config));
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, f->path, "config.yaml"));
    DSC_TRY(dsc_fit_config_read(ctx, path, f->config));
    f->n_seeds = f->config->replicas;
    return read_penalties(ctx, f);
}

// ---- one of them --------------------------------------------------------------------------------

static double number_at(const json_t *o, const char *key)
{
    const json_t *value = json_object_get(o, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static dsc_status read_scores(dsc_context *ctx, plot_fleet *f, plot_member *m)
{
    char path[PLOT_PATH_BYTES];
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, m->run->path, "summary.json"));
    DSC_REQUIRE(
        ctx, dsc_exists(path), DSC_INPUT,
        "%s has no scores yet: its fit is not finished. Go on with it: discern fit --resume %s",
        m->run->path, f->path);
    json_error_t error;
    json_t *summary = json_load_file(path, 0, &error);
    DSC_REQUIRE(ctx, summary, DSC_INPUT,
                "%s, line %d: %s, so its scores are lost; write them again: discern eval %s -o %s "
                "--force",
                path, error.line, error.text, m->run->path, m->run->path);
    const json_t *heldout = json_object_get(summary, "heldout");
    f->part = heldout ? "heldout" : "all";
    m->nll = number_at(heldout ? heldout : summary, "nll_per_trial");
    m->likelihood = number_at(heldout ? heldout : summary, "normalized_likelihood");
    json_decref(summary);
    return DSC_OK;
}

static dsc_status read_openness(dsc_context *ctx, plot_member *m)
{
    plot_disrnn d;
    plot_openness group[PLOT_GROUPS_OPEN];
    int n;
    m->openness = NAN;
    if (!plot_is_disrnn(m->run)) return DSC_OK;
    DSC_TRY(plot_disrnn_read(ctx, m->run, &d));
    plot_openness_count(&d, group, &n);
    m->openness = 0;
    for (int i = 0; i < n; i++) m->openness += group[i].total;
    plot_disrnn_free(ctx, &d);
    return DSC_OK;
}

static dsc_status read_member(dsc_context *ctx, plot_fleet *f, int k)
{
    char path[PLOT_PATH_BYTES], name[32];
    snprintf(name, sizeof name, "replica-%d", k);
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, f->path, name));
    DSC_TRY(dsc_run_open(ctx, path, NULL, &f->member[k].run));
    DSC_TRY(read_scores(ctx, f, &f->member[k]));
    return read_openness(ctx, &f->member[k]);
}

// ---- all of them --------------------------------------------------------------------------------

static dsc_status read_all(dsc_context *ctx, plot_fleet *f)
{
    DSC_TRY(read_config(ctx, f));
    const int n = f->n_seeds * f->n_penalties;
    DSC_TRY(dsc_alloc(ctx, (size_t)n, sizeof *f->member, &f->member));
    for (int k = 0; k < n; k++) DSC_TRY(read_member(ctx, f, k));
    return DSC_OK;
}

bool dsc_is_fleet(const char *path)
{
    char first[PLOT_PATH_BYTES];
    const int n = snprintf(first, sizeof first, "%s/replica-0/config.yaml", path);
    return n < (int)sizeof first && dsc_exists(first);
}

dsc_status plot_fleet_open(dsc_context *ctx, const char *path, plot_fleet *f)
{
    plot_fleet made = {.path = path};
    const dsc_status status = read_all(ctx, &made);
    if (status == DSC_OK) *f = made;
    else plot_fleet_close(ctx, &made);
    return status;
}

void plot_fleet_close(dsc_context *ctx, plot_fleet *f)
{
    for (int k = 0; f->member && k < f->n_seeds * f->n_penalties; k++)
        dsc_run_close(ctx, &f->member[k].run);
    dsc_free(ctx, &f->member);
    dsc_free(ctx, &f->penalty);
    dsc_free(ctx, &f->config);
}

bool plot_fleet_resampled(const plot_fleet *f)
{
    return strcmp(f->config->batch_mode, "bootstrap") == 0;
}

dsc_interval plot_fleet_interval(const plot_fleet *f, const double *value)
{
    int n;
    dsc_interval x = plot_average(f->n_seeds, value, &n);
    const double wider = plot_fleet_resampled(f) ? sqrt(n) : 1;
    x.low = x.value - wider * (x.value - x.low);
    x.high = x.value + wider * (x.high - x.value);
    return x;
}

const plot_member *plot_fleet_member(const plot_fleet *f, int seed, int penalty)
{
    return &f->member[seed * f->n_penalties + penalty];
}
