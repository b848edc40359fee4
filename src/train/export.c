// SPDX-License-Identifier: Apache-2.0
// export.c — parameters of a run as the JSON of the public disRNN package (exchange.h).
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "train/exchange.h"

// ---- names --------------------------------------------------------------------------------------

static const struct {
    const char *model, *root;
} networks[] = {{"disrnn", "hk_disentangled_rnn"},
                {"disrnn_multisubject", "multisubject_dis_rnn"},
                {"disrnn_neuro", "hk_neuro_disentangled_rnn"},
                {"gru", "gru"}};
enum { N_NETWORKS = sizeof networks / sizeof *networks };

// The beginning of our name up to a dot, and the group below the root.
static const struct {
    const char *before, *group;
} parts[] = {{"update_net", "/~update_latents/update_net"},
             {"choice_net", "/~predict_targets/choice_net"},
             {"neural_activity_net", "/neural_activity_net"},
             {"subject_embedding_weights", "/subject_embedding_weights"}};

const char *exchange_model(int i)
{
    return i < N_NETWORKS ? networks[i].model : NULL;
}

const char *exchange_root(const char *model)
{
    for (int i = 0; i < N_NETWORKS; i++)
        if (strcmp(networks[i].model, model) == 0) return networks[i].root;
    return NULL;
}

// "layer_2.weights" is layer_2_weights there.
static void write_tensor(const char *rest, char tensor[EXCHANGE_NAME])
{
    snprintf(tensor, EXCHANGE_NAME, "%s", rest);
    char *dot = strchr(tensor, '.');
    if (dot) *dot = '_';
}

// The first update net has no number there.
static const char *write_number(const char *rest, char *group, size_t size)
{
    char *end;
    const long i = strtol(rest, &end, 10);
    if (i > 0) snprintf(group + strlen(group), size - strlen(group), "_%ld", i);
    return end + 1;
}

static void root_tensor(const char *model, const char *name, char tensor[EXCHANGE_NAME])
{
    const bool several = strcmp(model, "disrnn_multisubject") == 0;
    if (several && strcmp(name, "choice_net_sigma_params") == 0)
        name = "choice_net_latent_sigma_params";
    if (several && strcmp(name, "choice_net_multipliers") == 0)
        name = "choice_net_latent_multipliers";
    snprintf(tensor, EXCHANGE_NAME, "%s", name);
}

bool exchange_name(const char *model, const char *name, char group[EXCHANGE_NAME],
                   char tensor[EXCHANGE_NAME])
{
    const char *root = exchange_root(model), *dot = strchr(name, '.');
    if (!root) return false;
    snprintf(group, EXCHANGE_NAME, "%s", root);
    if (!dot) {
        root_tensor(model, name, tensor);
        return true;
    }
    const size_t n = (size_t)(dot - name);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strlen(parts[i].before) != n || strncmp(parts[i].before, name, n) != 0) continue;
        const char *rest = dot + 1;
        snprintf(group, EXCHANGE_NAME, "%s%s", root, parts[i].group);
        if (i == 0) rest = write_number(rest, group, EXCHANGE_NAME);
        write_tensor(rest, tensor);
        return true;
    }
    snprintf(group, EXCHANGE_NAME, "%.*s", (int)n, name);
    write_tensor(dot + 1, tensor);
    return true;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

bool exchange_is_matrix(const char *name)
{
    const bool update = strncmp(name, "update_net_", 11) == 0;
    return update || ends_with(name, "weights") || ends_with(name, ".w") ||
           ends_with(name, ".w_i") || ends_with(name, ".w_h");
}

static int label_number(const char *label, int most)
{
    char *end;
    const long i = strtol(label, &end, 10);
    return end != label && *end == 0 && i >= 0 && i < most ? (int)i : -1;
}

int exchange_row(char *const *labels, int n, int most, int subject)
{
    for (int i = 0; labels && i < n; i++)
        if (label_number(labels[i], most) < 0) return subject;
    return labels ? label_number(labels[subject], most) : subject;
}

// ---- values -------------------------------------------------------------------------------------

static json_t *list_of(const double *values, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < n; i++) json_array_append_new(list, json_real(values[i]));
    return list;
}

static json_t *matrix_of(const double *values, int rows, int cols)
{
    json_t *list = json_array();
    for (int i = 0; list && i < rows; i++)
        json_array_append_new(list, list_of(values + (size_t)i * (size_t)cols, (size_t)cols));
    return list;
}

// A row per subject, in the order in which an import reads them.
static json_t *subjects_of(const dsc_run *run, const dsc_parameter *p, const double *values)
{
    json_t *list = json_array();
    for (int row = 0; list && row < run->n_subjects; row++)
        for (int s = 0; s < run->n_subjects; s++)
            if (exchange_row(run->subjects, run->n_subjects, run->n_subjects, s) == row)
                json_array_append_new(
                    list, list_of(values + (size_t)s * (size_t)p->rows, (size_t)p->rows));
    return list;
}

static dsc_status put_parameter(dsc_context *ctx, const dsc_run *run, int i, json_t *root)
{
    const dsc_parameter *p = dsc_cell_parameter(run->cell, i);
    const double *values = run->parameters + run->layout.offset[i];
    char group[EXCHANGE_NAME], tensor[EXCHANGE_NAME];
    exchange_name(run->model->name, p->name, group, tensor);
    if (!json_object_get(root, group)) json_object_set_new(root, group, json_object());
    json_t *list = p->level == DSC_PER_SUBJECT   ? subjects_of(run, p, values)
                   : exchange_is_matrix(p->name) ? matrix_of(values, p->rows, p->cols)
                                                 : list_of(values, (size_t)(p->rows * p->cols));
    const int failed = json_object_set_new(json_object_get(root, group), tensor, list);
    DSC_REQUIRE(ctx, list && !failed, DSC_MEMORY, "out of memory: %s of %s", p->name, run->path);
    return DSC_OK;
}

dsc_status dsc_run_export(dsc_context *ctx, const dsc_run *run, const char *path)
{
    json_t *root = NULL;
    dsc_status status = DSC_OK;
    DSC_REQUIRE(ctx, exchange_root(run->model->name), DSC_INPUT,
                "%s is a run of %s, which the disRNN package does not have; export takes disrnn, "
                "disrnn_multisubject, disrnn_neuro and gru (every run's parameters are in its "
                "checkpoints, as safetensors)",
                run->path, run->model->name);
    root = json_object();
    for (int i = 0; status == DSC_OK && i < dsc_cell_parameter_count(run->cell); i++)
        if (!dsc_cell_parameter(run->cell, i)->fixed) status = put_parameter(ctx, run, i, root);
    char *text = status == DSC_OK ? json_dumps(root, JSON_REAL_PRECISION(17)) : NULL;
    json_decref(root);
    DSC_TRY(status);
    DSC_REQUIRE(ctx, text, DSC_MEMORY, "out of memory: %s could not be written", path);
    status = dsc_write_file(ctx, path, text, strlen(text));
    free(text);
    return status;
}
