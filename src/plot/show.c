// SPDX-License-Identifier: Apache-2.0
// show.c — what a run has learnt, for people (text) or programs (JSON): model, data, scores beside
// chance, the values of small models, and the bottlenecks of a disentangled RNN.
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "plot/show.h"

enum { SMALL_MODEL = 32 }; // so many trained values are listed one by one

typedef struct showing {
    dsc_context *ctx;
    const dsc_run *run;
    dsc_text *out;
    json_t *summary; // of RUN/summary.json; NULL: none
    int64_t n_trained;
} showing;

#define SAY(s, ...) plot_print((s)->ctx, (s)->out, __VA_ARGS__)

// ---- what is shown ------------------------------------------------------------------------------

static json_t *summary_read(dsc_context *ctx, const dsc_run *run)
{
    char path[PLOT_PATH_BYTES], *text = NULL;
    size_t n;
    json_t *summary = NULL;
    if (dsc_join_path(ctx, path, sizeof path, run->path, "summary.json") != DSC_OK) return NULL;
    if (dsc_exists(path) && dsc_read_file(ctx, path, &text, &n) == DSC_OK)
        summary = json_loadb(text, n, 0, NULL);
    dsc_free(ctx, &text);
    return summary;
}

// ---- text ---------------------------------------------------------------------------------------

static void say_padded(showing *s, const char *text, int width)
{
    SAY(s, "%s", text);
    for (int i = plot_characters(text); i < width; i++) SAY(s, " ");
}

static void say_head(showing *s)
{
    const dsc_run *r = s->run;
    SAY(s, "%s: %s\n", r->model->name, r->model->title);
    SAY(s, "run         %s", r->path);
    if (strcmp(r->config.fit.method, "gradient") == 0) SAY(s, ", step %l", r->step);
    SAY(s, "\n");
    SAY(s, "data        %s\n", r->config.data[0] ? r->config.data : "(none named)");
    SAY(s, "inputs      ");
    for (int i = 0; i < r->n_inputs; i++) SAY(s, "%s%s", i ? ", " : "", r->inputs[i]);
    if (r->n_actions > 0)
        SAY(s, "\noptions     %d (chance: normalized likelihood %g)", r->n_actions,
            1.0 / r->n_actions);
    for (int i = 0; i < r->n_values; i++)
        SAY(s, "%s%s", i ? ", " : "\nvalues      ", r->targets[i]);
    SAY(s, "\nparameters  %l\n", s->n_trained);
}

// A number in a column of the given width; "-" where there is none.
static void say_cell(showing *s, double value, int decimals, int width)
{
    char text[32] = "-";
    double scale = pow(10, decimals);
    // Rounded by hand: printf would follow the locale.
    if (isfinite(value)) {
        long long whole = llround(fabs(value) * scale);
        long long unit = (long long)scale;
        snprintf(text, sizeof text, decimals ? "%s%lld.%0*lld" : "%s%lld",
                 value < 0 && whole ? "-" : "", whole / unit, decimals, whole % unit);
    }
    for (int i = (int)strlen(text); i < width; i++) SAY(s, " ");
    SAY(s, "%s", text);
}

static double part_number(const json_t *part, const char *key)
{
    const json_t *value = json_object_get(part, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void say_part(showing *s, const char *name, const json_t *part)
{
    if (!json_is_object(part) || !json_object_get(part, "nll_per_trial")) return;
    const json_t *chance = json_object_get(part, "chance");
    say_padded(s, name, 11);
    say_cell(s, part_number(part, "n_trials"), 0, 8);
    say_cell(s, part_number(part, "nll_per_trial"), 4, 12);
    say_cell(s, part_number(part, "normalized_likelihood"), 4, 17);
    say_cell(s, part_number(chance, "normalized_likelihood"), 4, 10);
    say_cell(s, part_number(part, "accuracy"), 4, 11);
    say_cell(s, part_number(part, "bits_per_trial"), 4, 13);
    SAY(s, "\n");
}

// Of every column that is predicted as a value.
static void say_errors(showing *s, const char *name, const json_t *part)
{
    const char *value;
    json_t *score;
    json_object_foreach(json_object_get(part, "values"), value, score)
    {
        say_padded(s, name, 11);
        say_cell(s, part_number(score, "n_trials"), 0, 8);
        say_cell(s, part_number(score, "mse"), 4, 12);
        say_cell(s, part_number(score, "no_skill_mse"), 4, 17);
        say_cell(s, part_number(json_object_get(score, "r2"), "value"), 4, 10);
        SAY(s, "  %s\n", value);
    }
}

static void say_parts(showing *s, void (*say)(showing *s, const char *name, const json_t *part))
{
    say(s, "all", s->summary);
    say(s, "train", json_object_get(s->summary, "train"));
    say(s, "held out", json_object_get(s->summary, "heldout"));
    say(s, "kept aside", json_object_get(s->summary, "test"));
}

static void say_scores(showing *s)
{
    if (!s->summary) {
        SAY(s, "\nscores      none yet (summary.json appears when the fit is done)\n");
        return;
    }
    if (s->run->n_actions > 0)
        SAY(s, "\nscores       trials   NLL/trial  norm. likelihood  (chance)   accuracy   "
               "bits/trial\n");
    say_parts(s, say_part);
    if (s->run->n_values > 0)
        SAY(s, "\nvalues       trials         MSE     (no skill)           R2\n");
    say_parts(s, say_errors);
}

static void say_parameters(showing *s)
{
    const dsc_run *r = s->run;
    if (s->n_trained > SMALL_MODEL) return;
    SAY(s, "\n");
    for (int i = 0; i < dsc_cell_parameter_count(r->cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(r->cell, i);
        if (p->fixed) continue;
        say_padded(s, p->name, 24);
        for (size_t k = 0; k < r->layout.count[i]; k++)
            SAY(s, " %g", r->parameters[r->layout.offset[i] + k]);
        SAY(s, "\n");
    }
}

static dsc_status show_text(showing *s)
{
    say_head(s);
    say_scores(s);
    if (plot_is_likelihood(s->run)) return plot_show_fit(s->ctx, s->run, s->out);
    say_parameters(s);
    return plot_is_disrnn(s->run) ? plot_show_bottlenecks(s->ctx, s->run, s->out) : DSC_OK;
}

// ---- JSON ---------------------------------------------------------------------------------------

static void json_values(showing *s)
{
    const dsc_run *r = s->run;
    bool first = true;
    SAY(s, ", \"parameters\": {");
    for (int i = 0; i < dsc_cell_parameter_count(r->cell) && s->n_trained <= SMALL_MODEL; i++) {
        const dsc_parameter *p = dsc_cell_parameter(r->cell, i);
        if (p->fixed) continue;
        SAY(s, "%s%j: [", first ? "" : ", ", p->name);
        for (size_t k = 0; k < r->layout.count[i]; k++)
            SAY(s, "%s%n", k ? ", " : "", r->parameters[r->layout.offset[i] + k]);
        SAY(s, "]");
        first = false;
    }
    SAY(s, "}");
}

static void json_inputs(showing *s)
{
    SAY(s, ", \"inputs\": [");
    for (int i = 0; i < s->run->n_inputs; i++) SAY(s, "%s%j", i ? ", " : "", s->run->inputs[i]);
    SAY(s, "]");
}

static dsc_status show_json(showing *s)
{
    const dsc_run *r = s->run;
    char *summary = s->summary ? json_dumps(s->summary, JSON_REAL_PRECISION(17)) : NULL;
    SAY(s, "{\"model\": %j, \"run\": %j, \"data\": %j, \"step\": %l, ", r->model->name, r->path,
        r->config.data, r->step);
    SAY(s, "\"n_actions\": %d, \"n_parameters\": %l", r->n_actions, s->n_trained);
    json_inputs(s);
    SAY(s, ", \"scores\": %s", summary ? summary : "null");
    json_values(s);
    dsc_status status = DSC_OK;
    if (plot_is_disrnn(r)) status = plot_show_bottlenecks_json(s->ctx, r, s->out);
    SAY(s, "}\n");
    if (summary) {
        json_free_t release;
        json_get_alloc_funcs(NULL, &release);
        release(summary);
    }
    return status;
}

dsc_status dsc_show(dsc_context *ctx, const dsc_run *run, bool json, dsc_text *out)
{
    showing s = {ctx, run, out, NULL, 0};
    DSC_TRY(dsc_count_estimated(ctx, run, &s.n_trained));
    s.summary = summary_read(ctx, run);
    dsc_status status = json ? show_json(&s) : show_text(&s);
    json_decref(s.summary);
    return status != DSC_OK ? status : out->status;
}
