// SPDX-License-Identifier: Apache-2.0
// start.c — parameters of another run as the start of a fit (train.start). Every parameter is taken
// by its name; settings (penalties) stay those of the fit. Subjects are known by their labels; one
// that the other run was not trained on starts from the mean of those that it was trained on.
#include <float.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "train/trainer.h"

// Whose parameters are to be filled.
typedef struct start_target {
    const char *model;
    const dsc_cell *cell;
    const dsc_layout *layout;
    int n_actions, n_values, n_inputs;
    char *const *inputs;
    char *const *subjects; // [layout->n_subjects] labels; may be NULL
    bool at_mean;          // every subject starts from the mean, whatever its label
    double *parameters;    // [layout->n_values]
} start_target;

// ---- whether they go together -------------------------------------------------------------------

static dsc_status check_model(dsc_context *ctx, const dsc_run *from, const start_target *to)
{
    DSC_REQUIRE(ctx, strcmp(from->model->name, to->model) == 0, DSC_INPUT,
                "train.start: %s is a run of %s, but this fit is of %s; start from a run of the "
                "same model",
                from->path, from->model->name, to->model);
    for (int i = 0; i < from->n_inputs || i < to->n_inputs; i++) {
        const char *own = i < to->n_inputs ? to->inputs[i] : "nothing";
        const char *other = i < from->n_inputs ? from->inputs[i] : "nothing";
        DSC_REQUIRE(ctx, strcmp(own, other) == 0, DSC_INPUT,
                    "train.start: observation %d of %s is %s, but here it is %s; name the same "
                    "columns in data.inputs",
                    i + 1, from->path, other, own);
    }
    const bool same = from->n_actions == to->n_actions && from->n_values == to->n_values;
    DSC_REQUIRE(ctx, same, DSC_INPUT,
                "train.start: %s chooses among %d options and predicts %d values, but this fit %d "
                "and %d; give the same options (data.n_actions) and as many targets (data.targets)",
                from->path, from->n_actions, from->n_values, to->n_actions, to->n_values);
    return DSC_OK;
}

static dsc_status check_parameter(dsc_context *ctx, const dsc_run *from, const dsc_parameter *p)
{
    const int k = dsc_cell_parameter_find(from->cell, p->name);
    DSC_REQUIRE(
        ctx, k >= 0, DSC_INPUT,
        "train.start: %s has no parameter %s; give this fit the same model.* keys as %s has "
        "in its config.yaml",
        from->path, p->name, from->path);
    const dsc_parameter *q = dsc_cell_parameter(from->cell, k);
    DSC_REQUIRE(
        ctx, p->rows == q->rows && p->cols == q->cols && p->level == q->level, DSC_INPUT,
        "train.start: %s is %d x %d in %s, but %d x %d here; give this fit the same model.* "
        "keys as %s has in its config.yaml",
        p->name, q->rows, q->cols, from->path, p->rows, p->cols, from->path);
    return DSC_OK;
}

// Parameters that ran away would be told as values of the first trial that meets them.
static dsc_status check_finite(dsc_context *ctx, const dsc_run *from)
{
    for (int i = 0; i < dsc_cell_parameter_count(from->cell); i++)
        for (size_t k = 0; k < from->layout.count[i]; k++) {
            const double value = from->parameters[from->layout.offset[i] + k];
            DSC_REQUIRE(ctx, fabs(value) <= FLT_MAX, DSC_INPUT,
                        "train.start: value %zu of %s in %s is %g, which nothing can be learnt "
                        "from; start from another run",
                        k, dsc_cell_parameter(from->cell, i)->name, from->path, value);
        }
    return DSC_OK;
}

static dsc_status check_parameters(dsc_context *ctx, const dsc_run *from, const start_target *to)
{
    for (int i = 0; i < dsc_cell_parameter_count(to->cell); i++)
        DSC_TRY(check_parameter(ctx, from, dsc_cell_parameter(to->cell, i)));
    for (int i = 0; i < dsc_cell_parameter_count(from->cell); i++) {
        const char *name = dsc_cell_parameter(from->cell, i)->name;
        DSC_REQUIRE(ctx, dsc_cell_parameter_find(to->cell, name) >= 0, DSC_INPUT,
                    "train.start: %s has a parameter %s that this fit has not; give this fit the "
                    "same model.* keys as %s has in its config.yaml",
                    from->path, name, from->path);
    }
    return check_finite(ctx, from);
}

// ---- subjects -----------------------------------------------------------------------------------

static int subject_find(const dsc_run *run, const char *label)
{
    for (int k = 0; run->subjects && label && k < run->n_subjects; k++)
        if (strcmp(run->subjects[k], label) == 0) return k;
    return -1;
}

dsc_status start_trained(dsc_context *ctx, const dsc_run *run, unsigned char *trained)
{
    char path[PATH_BYTES];
    int n = 0;
    size_t i;
    json_t *entry;
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, run->path, "split.json"));
    json_t *split = json_load_file(path, 0, NULL);
    json_array_foreach(json_object_get(split, "train"), i, entry)
    {
        const int k = subject_find(run, json_string_value(json_object_get(entry, "subject")));
        if (k >= 0) trained[k] = 1, n++;
    }
    json_decref(split);
    if (n == 0) memset(trained, 1, (size_t)run->n_subjects);
    for (int k = 0; run->untrained && k < run->n_subjects; k++)
        if (run->untrained[k]) trained[k] = 0;
    return DSC_OK;
}

int start_subject(const dsc_run *run, const unsigned char *trained, const char *label)
{
    const int k = subject_find(run, label);
    return k >= 0 && trained[k] ? k : -1;
}

// Mean over the trained subjects of `rows` values each.
static void average(const dsc_run *run, const unsigned char *trained, const double *values,
                    size_t rows, double *mean)
{
    int n = 0;
    for (int s = 0; s < run->n_subjects; s++) n += trained[s];
    for (size_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int s = 0; s < run->n_subjects; s++)
            if (trained[s]) sum += values[(size_t)s * rows + r];
        mean[r] = sum / n;
    }
}

static void fill_subjects(const dsc_run *from, const start_target *to, int parameter,
                          const unsigned char *trained, const double *values)
{
    const dsc_parameter *p = dsc_cell_parameter(to->cell, parameter);
    const size_t rows = (size_t)p->rows * (size_t)p->cols;
    double *out = to->parameters + to->layout->offset[parameter];
    for (int s = 0; s < to->layout->n_subjects; s++, out += rows) {
        const char *label = to->subjects && !to->at_mean ? to->subjects[s] : NULL;
        const int k = start_subject(from, trained, label);
        if (k >= 0) memcpy(out, values + (size_t)k * rows, rows * sizeof *out);
        else average(from, trained, values, rows, out);
    }
}

// ---- subjects of the run itself -----------------------------------------------------------------

bool start_knows_subjects(const dsc_cell *cell)
{
    for (int i = 0; i < dsc_cell_parameter_count(cell); i++)
        if (dsc_cell_parameter(cell, i)->level == DSC_PER_SUBJECT) return true;
    return false;
}

bool start_is_mean(const dsc_run *run)
{
    return strcmp(run->config.fit.method, "gradient") == 0 && !run->config.start[0];
}

static void fill_untrained(dsc_run *run, int parameter, const unsigned char *trained)
{
    const dsc_parameter *p = dsc_cell_parameter(run->cell, parameter);
    const size_t rows = (size_t)p->rows * (size_t)p->cols;
    double *values = run->parameters + run->layout.offset[parameter];
    if (p->level != DSC_PER_SUBJECT || p->fixed) return;
    for (int s = 0; s < run->n_subjects; s++)
        if (!trained[s]) average(run, trained, values, rows, values + (size_t)s * rows);
}

dsc_status start_untrained(dsc_context *ctx, dsc_run *run)
{
    const size_t n = (size_t)run->n_subjects;
    unsigned char *trained = NULL;
    if (!start_is_mean(run)) return DSC_OK;
    DSC_TRY(dsc_alloc(ctx, n + 1, 1, &trained));
    dsc_status status = start_trained(ctx, run, trained);
    if (status == DSC_OK && memchr(trained, 0, n)) {
        if (!run->untrained) status = dsc_alloc(ctx, n + 1, 1, &run->untrained);
        for (size_t s = 0; status == DSC_OK && s < n; s++) run->untrained[s] = !trained[s];
        for (int i = 0; status == DSC_OK && i < dsc_cell_parameter_count(run->cell); i++)
            fill_untrained(run, i, trained);
    }
    dsc_free(ctx, &trained);
    return status;
}

// ---- taking values ------------------------------------------------------------------------------

static dsc_status fill(dsc_context *ctx, const dsc_run *from, const start_target *to)
{
    unsigned char *trained = NULL;
    DSC_TRY(dsc_alloc(ctx, (size_t)from->n_subjects + 1, 1, &trained));
    const dsc_status status = start_trained(ctx, from, trained);
    for (int i = 0; status == DSC_OK && i < dsc_cell_parameter_count(to->cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(to->cell, i);
        const int k = dsc_cell_parameter_find(from->cell, p->name);
        const double *values = from->parameters + from->layout.offset[k];
        if (p->fixed) continue;
        if (p->level == DSC_PER_SUBJECT) fill_subjects(from, to, i, trained, values);
        else
            memcpy(to->parameters + to->layout->offset[i], values,
                   to->layout->count[i] * sizeof *values);
    }
    dsc_free(ctx, &trained);
    return status;
}

static dsc_status start_from(dsc_context *ctx, const dsc_run *from, const start_target *to)
{
    DSC_TRY(check_model(ctx, from, to));
    DSC_TRY(check_parameters(ctx, from, to));
    return fill(ctx, from, to);
}

dsc_status dsc_run_restart(dsc_context *ctx, dsc_run *run)
{
    dsc_run *from = NULL;
    const start_target to = {.model = run->model->name,
                             .cell = run->cell,
                             .layout = &run->layout,
                             .n_actions = run->n_actions,
                             .n_values = run->n_values,
                             .n_inputs = run->n_inputs,
                             .inputs = run->inputs,
                             .subjects = run->subjects,
                             .at_mean = strcmp(run->config.start_subjects, "mean") == 0,
                             .parameters = run->parameters};
    DSC_REQUIRE(ctx, run->config.start[0], DSC_INPUT,
                "%s did not start from another run (train.start is empty), so there is nothing to "
                "compare it with; adapt a run, or fit with --start RUN",
                run->path);
    DSC_TRY(dsc_run_open(ctx, run->config.start, NULL, &from));
    const dsc_status status = start_from(ctx, from, &to);
    dsc_run_close(ctx, &from);
    return status;
}

static dsc_status start_replica(const trainer *t, const dsc_run *from, const replica *r)
{
    const start_target to = {.model = t->model->name,
                             .cell = t->variant[0].cell,
                             .layout = &t->layout,
                             .n_actions = loss_has(t->loss, TERM_NLL) ? t->config->n_actions : 0,
                             .n_values = t->n_targets,
                             .n_inputs = t->n_inputs,
                             .inputs = t->inputs,
                             .subjects = t->table->subject,
                             .at_mean = strcmp(r->config->start_subjects, "mean") == 0,
                             .parameters = r->parameters};
    return start_from(t->ctx, from, &to);
}

// A fit with --force empties its folder, which may be the run's or, of a replica, the one around
// it.
static dsc_status check_apart(const trainer *t)
{
    char around[PATH_BYTES];
    const char *start = t->config->start, *run = t->request->run;
    DSC_TRY(dsc_join_path(t->ctx, around, sizeof around, start, ".."));
    DSC_REQUIRE(t->ctx, !is_same_file(start, run) && !is_same_file(around, run), DSC_INPUT,
                "train.start is %s, which a fit into %s would replace; give another folder with -o",
                start, run);
    return DSC_OK;
}

dsc_status start_replicas(const trainer *t, const replica *r, int n)
{
    dsc_run *from = NULL;
    dsc_status status = DSC_OK;
    if (!t->config->start[0]) return DSC_OK;
    DSC_TRY(check_apart(t));
    DSC_TRY(dsc_run_open(t->ctx, t->config->start, NULL, &from));
    for (int k = 0; status == DSC_OK && k < n; k++) status = start_replica(t, from, &r[k]);
    dsc_run_close(t->ctx, &from);
    return status;
}
