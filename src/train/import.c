// SPDX-License-Identifier: Apache-2.0
// import.c — a run with the parameters that the public disRNN package wrote as JSON (exchange.h).
// Which network it is, and its sizes, follow from the groups and the lengths of their tensors.
#include <float.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "train/exchange.h"

// ---- reading ------------------------------------------------------------------------------------

static dsc_status read_json(dsc_context *ctx, const char *path, json_t **root)
{
    char *text = NULL;
    size_t n;
    json_error_t error;
    DSC_TRY(dsc_read_file(ctx, path, &text, &n));
    json_t *made = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    dsc_free(ctx, &text);
    if (json_is_object(made)) {
        *root = made;
        return DSC_OK;
    }
    char place[64] = "";
    if (!made) snprintf(place, sizeof place, ", line %d, column %d", error.line, error.column);
    json_decref(made);
    return dsc_fail(ctx, DSC_INPUT,
                    "%s%s: not a JSON object of parameters; write it with the package's encoder: "
                    "json.dump(params, file, cls=NpJnpJsonEncoder)",
                    path, place);
}

static const json_t *tensor_at(const json_t *root, const char *model, const char *name)
{
    char group[EXCHANGE_NAME], tensor[EXCHANGE_NAME];
    exchange_name(model, name, group, tensor);
    return json_object_get(json_object_get(root, group), tensor);
}

static int length_of(const json_t *root, const char *model, const char *name)
{
    return (int)json_array_size(tensor_at(root, model, name));
}

static int layers_of(const json_t *root, const char *model, const char *net)
{
    char name[EXCHANGE_NAME];
    for (int n = 0;; n++) {
        snprintf(name, sizeof name, "%s.layer_%d.weights", net, n);
        if (!tensor_at(root, model, name)) return n;
    }
}

// ---- the network --------------------------------------------------------------------------------

static dsc_status find_model(dsc_context *ctx, const char *path, const json_t *root,
                             const char **model)
{
    for (int i = 0; exchange_model(i); i++)
        if (json_object_get(root, exchange_root(exchange_model(i)))) {
            *model = exchange_model(i);
            return DSC_OK;
        }
    return dsc_fail(ctx, DSC_INPUT,
                    "%s: no group of parameters is one of hk_disentangled_rnn, "
                    "multisubject_dis_rnn, hk_neuro_disentangled_rnn or gru; networks before 2025 "
                    "had others and are not read",
                    path);
}

typedef struct size_of {
    const char *key, *name;
    bool layers; // of the net `name`; else the length of the tensor
} size_of;
static const size_of sizes[] = {
    {"model.n_units", "gru.w_h", false},
    {"model.latent_size", "latent_inits", false},
    {"model.update_net_n_units_per_layer", "update_net.0.input_biases", false},
    {"model.update_net_n_layers", "update_net.0", true},
    {"model.choice_net_n_units_per_layer", "choice_net.input_biases", false},
    {"model.choice_net_n_layers", "choice_net", true},
    {"model.subject_embedding_size", "subj_emb_global_sigma_params", false},
    {"model.neural_activity_net_n_units_per_layer", "neural_activity_net.input_biases", false},
    {"model.neural_activity_net_n_layers", "neural_activity_net", true}};

static dsc_status check_tensor(dsc_context *ctx, const char *path, const json_t *root,
                               const char *model, const char *name)
{
    char group[EXCHANGE_NAME], tensor[EXCHANGE_NAME];
    exchange_name(model, name, group, tensor);
    DSC_REQUIRE(ctx, tensor_at(root, model, name), DSC_INPUT,
                "%s: there is no tensor \"%s\" in the group \"%s\"; the file is cut, or of another "
                "network",
                path, tensor, group);
    return DSC_OK;
}

static dsc_status set_sizes(dsc_context *ctx, const char *path, const json_t *root,
                            dsc_fit_config *c)
{
    char text[32];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (!dsc_field_find(c->definition->fields, sizes[i].key + strlen("model."))) continue;
        if (!sizes[i].layers) DSC_TRY(check_tensor(ctx, path, root, c->model, sizes[i].name));
        const int n = sizes[i].layers ? layers_of(root, c->model, sizes[i].name)
                                      : length_of(root, c->model, sizes[i].name);
        snprintf(text, sizeof text, "%d", n);
        DSC_TRY(dsc_fit_config_set(ctx, c, sizes[i].key, text, path));
    }
    return DSC_OK;
}

dsc_status dsc_import_config(dsc_context *ctx, const char *path, dsc_fit_config *c)
{
    json_t *root = NULL;
    const char *model = NULL;
    DSC_TRY(read_json(ctx, path, &root));
    dsc_status status = find_model(ctx, path, root, &model);
    dsc_fit_config made;
    if (status == DSC_OK) status = dsc_fit_config_defaults(ctx, model, &made);
    if (status == DSC_OK) status = set_sizes(ctx, path, root, &made);
    if (status == DSC_OK) *c = made;
    json_decref(root);
    return status;
}

// ---- values -------------------------------------------------------------------------------------

typedef struct importing {
    dsc_context *ctx;
    const char *path;
    json_t *root;
    dsc_fit_config *c;
    const dsc_engine *engine;
    dsc_table *table;
    dsc_split split;
    char **inputs, **targets;
    int n_inputs, n_targets;
    dsc_cell *cell;
    dsc_layout layout;
    double *parameters;
    int n_read; // tensors
} importing;

// Numbers of nested lists in order; how many there are, -1 if one is no number to compute with.
static int flatten(const json_t *a, int most, double *out)
{
    if (json_is_number(a)) {
        if (most < 1 || !(fabs(json_number_value(a)) <= FLT_MAX)) return -1;
        *out = json_number_value(a);
        return 1;
    }
    if (!json_is_array(a)) return -1;
    int n = 0;
    for (size_t i = 0; i < json_array_size(a); i++) {
        const int k = flatten(json_array_get(a, i), most - n, out + n);
        if (k < 0) return -1;
        n += k;
    }
    return n;
}

static dsc_status read_tensor(importing *m, const dsc_parameter *p, int rows, int cols, double *out)
{
    char group[EXCHANGE_NAME], tensor[EXCHANGE_NAME];
    exchange_name(m->c->model, p->name, group, tensor);
    const json_t *a = tensor_at(m->root, m->c->model, p->name);
    DSC_TRY(check_tensor(m->ctx, m->path, m->root, m->c->model, p->name));
    const bool fits =
        (int)json_array_size(a) == rows && flatten(a, rows * cols, out) == rows * cols;
    DSC_REQUIRE(
        m->ctx, fits, DSC_INPUT,
        "%s, \"%s\", \"%s\": %d x %d numbers of at most 3.4e38 are needed, the file has %zu "
        "rows of another kind; check data.inputs (%d observations here) and data.targets",
        m->path, group, tensor, rows, cols, json_array_size(a), m->n_inputs);
    m->n_read++;
    return DSC_OK;
}

static dsc_status read_subjects(importing *m, const dsc_parameter *p, double *out)
{
    const int S = length_of(m->root, m->c->model, p->name), n = m->table->n_subjects;
    double *rows = NULL;
    DSC_REQUIRE(m->ctx, S >= n, DSC_INPUT,
                "%s knows %d subjects, but %s has %d; leave the others out (--map, data.subjects)",
                m->path, S, m->table->path, n);
    DSC_TRY(dsc_alloc(m->ctx, (size_t)S * (size_t)p->rows, sizeof *rows, &rows));
    const dsc_status status = read_tensor(m, p, S, p->rows, rows);
    for (int s = 0; status == DSC_OK && s < n; s++)
        memcpy(out + s * p->rows, rows + exchange_row(m->table->subject, n, S, s) * p->rows,
               (size_t)p->rows * sizeof *out);
    dsc_free(m->ctx, &rows);
    return status;
}

static int count_tensors(const json_t *root)
{
    int n = 0;
    const char *group;
    json_t *tensors;
    json_object_foreach((json_t *)(uintptr_t)root, group, tensors) n +=
        (int)json_object_size(tensors);
    return n;
}

static dsc_status read_values(importing *m)
{
    DSC_TRY(dsc_alloc(m->ctx, m->layout.n_values, sizeof *m->parameters, &m->parameters));
    dsc_cell_initialise(m->cell, &m->layout, 0, m->parameters);
    for (int i = 0; i < dsc_cell_parameter_count(m->cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(m->cell, i);
        double *out = m->parameters + m->layout.offset[i];
        if (p->fixed) continue;
        if (p->level == DSC_PER_SUBJECT) DSC_TRY(read_subjects(m, p, out));
        else DSC_TRY(read_tensor(m, p, p->rows, p->cols, out));
    }
    DSC_REQUIRE(m->ctx, m->n_read == count_tensors(m->root), DSC_INPUT,
                "%s has %d tensors, but %s of these sizes %d; the file is of another network",
                m->path, count_tensors(m->root), m->c->model, m->n_read);
    return DSC_OK;
}

// ---- the run ------------------------------------------------------------------------------------

// Choices and values share the head, except in networks with a net for the values.
static dsc_status set_outputs(importing *m)
{
    dsc_fit_config *c = m->c;
    const bool gru = strcmp(c->model, "gru") == 0, own = strcmp(c->model, "disrnn_neuro") == 0;
    const char *head = gru ? "linear.b" : "choice_net.output_biases";
    const int n = length_of(m->root, c->model, head);
    dsc_loss loss;
    DSC_TRY(check_tensor(m->ctx, m->path, m->root, c->model, head));
    DSC_TRY(loss_of(m->ctx, c, c->definition, &loss));
    DSC_TRY(targets_of(m->ctx, c, loss, &m->targets, &m->n_targets));
    snprintf(c->loss, sizeof c->loss, "%s", loss_name(loss));
    c->n_actions = loss_has(loss, TERM_NLL) ? n - (own ? 0 : m->n_targets) : 0;
    DSC_REQUIRE(m->ctx, c->n_actions >= m->table->n_actions || !loss_has(loss, TERM_NLL), DSC_INPUT,
                "%s predicts %d numbers, but %s has choices among %d options%s", m->path, n,
                m->table->path, m->table->n_actions,
                m->n_targets ? " beside the columns of data.targets; name fewer"
                             : "; name trials of the task that it was fitted to");
    return DSC_OK;
}

static dsc_status build(importing *m)
{
    dsc_fit_config *c = m->c;
    dsc_fit_config_absolute(c);
    DSC_TRY(dsc_fit_config_check(m->ctx, c));
    DSC_TRY(engine_of(m->ctx, c, &m->engine));
    snprintf(c->engine, sizeof c->engine, "%s", dsc_engine_name(m->engine));
    DSC_TRY(dsc_fit_data(m->ctx, c, NULL, &m->table, &m->split));
    DSC_TRY(set_outputs(m));
    DSC_TRY(inputs_of(m->ctx, c, c->definition, &m->inputs, &m->n_inputs));
    const cell_request r = {.model = c->definition,
                            .config = c->model_config,
                            .size = {.n_actions = c->n_actions,
                                     .n_values = m->n_targets,
                                     .n_inputs = m->n_inputs,
                                     .inputs = (const char *const *)m->inputs,
                                     .noiseless = true,
                                     .n_subjects = m->table->n_subjects},
                            .loss = -1};
    DSC_TRY(cell_build(m->ctx, &r, &m->cell));
    DSC_TRY(dsc_layout_create(m->ctx, m->cell, m->table->n_subjects, 1, &m->layout));
    return read_values(m);
}

// Nothing is trained here: without steps the run is not taken for one that was interrupted.
static dsc_status write_run(importing *m, const char *run, bool force, dsc_pool *pool)
{
    dsc_run_writer *w = NULL;
    const dsc_split *split = m->split.n_sessions ? &m->split : NULL;
    const dsc_run_facts facts = {m->c, m->engine, m->table, split, dsc_pool_size(pool)};
    const dsc_run_values values = {.cell = m->cell,
                                   .layout = &m->layout,
                                   .parameters = m->parameters,
                                   .n_actions = m->c->n_actions,
                                   .subjects = m->table->subject,
                                   .value = NAN};
    for (int i = 0; i < m->c->n_phases; i++) m->c->phase[i].steps = 0;
    DSC_TRY(dsc_run_check(m->ctx, run, force));
    DSC_TRY(dsc_run_begin(m->ctx, run, force, &facts, &w));
    dsc_status status = dsc_run_save(w, &values);
    if (status == DSC_OK) status = dsc_run_score(w, m->table, split, pool);
    dsc_run_end(&w);
    return status;
}

dsc_status dsc_import(dsc_context *ctx, const char *path, const dsc_fit_config *c, const char *run,
                      bool force, dsc_pool *pool)
{
    importing m = {.ctx = ctx, .path = path};
    dsc_status status = read_json(ctx, path, &m.root);
    if (status == DSC_OK) status = dsc_alloc(ctx, 1, sizeof *m.c, &m.c);
    if (status == DSC_OK) {
        *m.c = *c;
        status = build(&m);
    }
    if (status == DSC_OK) status = write_run(&m, run, force, pool);
    if (m.cell) dsc_cell_destroy(&m.cell);
    if (m.layout.offset) dsc_layout_free(ctx, &m.layout);
    dsc_split_free(ctx, &m.split);
    if (m.table) dsc_table_destroy(ctx, &m.table);
    dsc_free(ctx, &m.inputs);
    dsc_free(ctx, &m.targets);
    dsc_free(ctx, &m.parameters);
    dsc_free(ctx, &m.c);
    json_decref(m.root);
    return status;
}
