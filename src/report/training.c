// SPDX-License-Identifier: Apache-2.0
// training.c — how the fit went: best and last step and whether it had come to rest, replicas
// (seeds), folds, restarts.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/internal.h"

// ---- steps --------------------------------------------------------------------------------------

// The last phase of the training: earlier ones only prepare it.
typedef struct steps {
    char phase[64];
    bool heldout;              // values are of held-out sessions, else of training ones
    double first, last, value; // first and last step, value at the last
    double best, best_step;
    double late, before; // a step, and the best until then
} steps;

static void step_take(steps *s, const char *phase, double step, double train, double heldout)
{
    const bool starts = strncmp(s->phase, phase, sizeof s->phase - 1) != 0;
    const double value = isnan(heldout) ? train : heldout;
    if (starts || (s->heldout != !isnan(heldout) && !s->heldout)) {
        *s = (steps){
            .heldout = !isnan(heldout), .first = step, .best = NAN, .late = s->late, .before = NAN};
        snprintf(s->phase, sizeof s->phase, "%s", phase);
    }
    if (isnan(value) || s->heldout == isnan(heldout)) return;
    s->last = step, s->value = value;
    if (!(s->best <= value)) s->best = value, s->best_step = step;
    if (step <= s->late) s->before = s->best;
}

static dsc_status steps_read(dsc_csv *csv, steps *s)
{
    bool more;
    DSC_TRY(dsc_csv_next(csv, &more));
    if (!more) return DSC_OK;
    const int step = dsc_csv_find(csv, "step"), phase = dsc_csv_find(csv, "phase");
    const int train = dsc_csv_find(csv, "nll_train"), heldout = dsc_csv_find(csv, "nll_heldout");
    for (;;) {
        DSC_TRY(dsc_csv_next(csv, &more));
        if (!more) return DSC_OK;
        step_take(s, phase >= 0 && phase < csv->n ? csv->cell[phase] : "", report_cell(csv, step),
                  report_cell(csv, train), report_cell(csv, heldout));
    }
}

#define FALLING 0.001 // nats per trial

static dsc_status say_rest(report *r, report_page *p, const report_run *run, const steps *s)
{
    const dsc_fit_config *c = &run->run->config;
    report_put(
        p,
        "<p>NLL per trial of the %h was lowest, %4, at step %0%h%s, and %4 at the last step, "
        "%0. What is shown here is the state of step %l.",
        s->heldout ? "held-out sessions" : "training sessions", s->best, s->best_step,
        c->n_phases > 1 ? " of the phase " : "", c->n_phases > 1 ? s->phase : "", s->value, s->last,
        run->run->step);
    if (strstr(c->loss, "penalized") && fabs((double)run->run->step - s->best_step) > 0.5)
        report_put(p, " It is the one with the smallest sum of NLL and the price of information.");
    if (c->patience > 0 && s->last < dsc_fit_config_steps(c))
        report_put(p, " The training stopped by itself, since %u steps had brought nothing better.",
                   c->patience);
    report_put(p, "</p>\n");
    if (!(s->before - s->best > FALLING)) return p->out.status;
    return report_warn(
        r, run,
        "NLL per trial of the %s still fell by %.4f in the last tenth of the training: "
        "more steps may do better (discern fit %s --extend N)",
        s->heldout ? "held-out sessions" : "training sessions", s->before - s->best, run->path);
}

static dsc_status say_steps(report *r, report_page *p, const report_run *run)
{
    char path[REPORT_PATH_BYTES];
    dsc_csv csv;
    steps s = {.best = NAN};
    if (!report_in_steps(run) || !report_has(run->folder, "metrics.csv")) return DSC_OK;
    DSC_TRY(dsc_join_path(r->ctx, path, sizeof path, run->folder, "metrics.csv"));
    for (int pass = 0; pass < 2; pass++) {
        s = (steps){.best = NAN, .late = s.last - 0.1 * (s.last - s.first)};
        DSC_TRY(dsc_csv_open(r->ctx, path, &csv));
        const dsc_status status = steps_read(&csv, &s);
        dsc_csv_close(&csv);
        DSC_TRY(status);
    }
    return isnan(s.best) ? DSC_OK : say_rest(r, p, run, &s);
}

static void say_phases(report_page *p, const report_run *run)
{
    static const char *const columns[] = {
        "phase", "#steps", "#learning rate", "schedule", "noise", "#penalties times", NULL};
    const dsc_fit_config *c = &run->run->config;
    if (!report_in_steps(run) || c->n_phases < 2) return;
    report_table_begin(p, columns, "The training, phase by phase");
    for (int i = 0; i < c->n_phases; i++)
        report_row(p, "hdgttg", c->phase[i].name, c->phase[i].steps, c->phase[i].learning_rate,
                   c->phase[i].schedule, c->phase[i].noiseless ? "off" : "on",
                   c->phase[i].penalty_scale);
    report_table_end(p);
}

// ---- seeds and folds ----------------------------------------------------------------------------

static void say_replicas(report_page *p, const report_run *run)
{
    static const char *const columns[] = {"replica",           "#seed",     "#NLL per trial",
                                          "#norm. likelihood", "#accuracy", NULL};
    const json_t *list = json_object_get(run->whole, "replicas");
    const json_t *over = json_object_get(run->whole, "over_replicas"), *one;
    const char *part = report_text(over, "part");
    char name[32];
    size_t i;
    if (run->kind != REPORT_REPLICAS || !list || run->penalties) return;
    report_table_begin(p, columns,
                       "The same fit from other seeds, scored on the %s trials; the best is %s",
                       part && strcmp(part, "heldout") == 0 ? "held-out" : "fitted",
                       report_text(run->whole, "best"));
    json_array_foreach(list, i, one)
    {
        const json_t *score = json_object_get(one, part ? part : "");
        snprintf(name, sizeof name, "replica-%zu", i);
        if (!json_is_object(score)) score = one;
        report_row(p, "hl444", name, report_whole(one, "seed"),
                   report_number(score, "nll_per_trial"),
                   report_number(score, "normalized_likelihood"), report_number(score, "accuracy"));
    }
    report_table_end(p);
    const json_t *nll = json_object_get(over, "nll_per_trial");
    report_put(
        p,
        "<p>Over the seeds NLL per trial has mean %4 and standard deviation %4: differences "
        "between models that are not larger than that may be differences between seeds.</p>\n",
        report_number(nll, "mean"), report_number(nll, "sd"));
}

// What the replicas say together, as show tells it; those of a fit that is not finished nothing.
static dsc_status say_together(report *r, report_page *p, const report_run *run)
{
    dsc_text text = {0};
    dsc_pool *pool;
    if (run->kind != REPORT_REPLICAS) return DSC_OK;
    DSC_TRY(report_pool(r, &pool));
    const dsc_status status = dsc_fleet_show(r->ctx, run->path, false, pool, &text);
    if (status == DSC_OK)
        report_put(p, "<h4>%s</h4>\n<pre>%s</pre>\n",
                   run->penalties ? "The path of penalties" : "The seeds together", text.s);
    dsc_text_free(r->ctx, &text);
    if (status == DSC_INPUT && run->whole) // it was finished, so something is not as it was left
        return report_warn(r, run, "What the replicas say together is left out: %s",
                           dsc_message(r->ctx));
    return status == DSC_MEMORY || status == DSC_DEFECT ? status : DSC_OK;
}

static dsc_status fold_row(report *r, report_page *p, const report_run *run, int k)
{
    char name[32];
    json_t *summary;
    snprintf(name, sizeof name, "fold-%d/summary.json", k);
    DSC_TRY(report_read_json(r, run, run->path, name, &summary));
    if (!summary) return DSC_OK;
    const json_t *out = json_object_get(summary, "heldout"),
                 *in = json_object_get(summary, "train");
    snprintf(name, sizeof name, "fold-%d", k);
    report_row(p, "hll44", name, report_whole(out, "n_sessions"), report_whole(out, "n_trials"),
               report_number(out, "nll_per_trial"), report_number(in, "nll_per_trial"));
    json_decref(summary);
    return DSC_OK;
}

static dsc_status say_folds(report *r, report_page *p, const report_run *run)
{
    static const char *const columns[] = {"fold",
                                          "#sessions held out",
                                          "#choices",
                                          "#NLL per trial, held out",
                                          "#NLL per trial, in sample",
                                          NULL};
    if (run->kind != REPORT_FOLDS) return DSC_OK;
    report_table_begin(p, columns, "Every fit of the cross-validation, by its own best state");
    for (int k = 0; k < run->n_parts; k++) DSC_TRY(fold_row(r, p, run, k));
    report_table_end(p);
    return p->out.status;
}

dsc_status report_training(report *r, report_page *p, const report_run *run)
{
    const bool shown =
        report_in_steps(run) || run->kind == REPORT_REPLICAS || run->kind == REPORT_FOLDS;
    if (!run->run || !shown) return DSC_OK;
    report_put(p, "<h3>How the fit went</h3>\n");
    DSC_TRY(say_steps(r, p, run));
    DSC_TRY(report_figures(r, p, run, REPORT_TRAINING, NULL));
    say_phases(p, run);
    say_replicas(p, run);
    DSC_TRY(say_together(r, p, run));
    return say_folds(r, p, run);
}
