// SPDX-License-Identifier: Apache-2.0
// network_read.c — from a file to a cell with its data.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "golden/network.h"

static const network_kind kinds[] = {
    {"disrnn", "disrnn", {"latents", NULL}, {"states", NULL}},
    {"multisubject", "disrnn_multisubject", {"latents", NULL}, {"states", NULL}},
    {"neuro", "disrnn_neuro", {"latents", NULL}, {"states", NULL}},
    {"gru", "gru", {"h", NULL}, {"states", NULL}},
    {"lstm", "lstm", {"h", "c"}, {"state0s", "state1s"}},
    {"vanilla", "rnn", {"h", NULL}, {"states", NULL}},
};
bool network_penalized(const network *n)
{
    return loss_has(n->loss.loss, TERM_PENALTY);
}

static const json_t *part(const network *n, const char *a, const char *b)
{
    return json_object_get(json_object_get(n->root, a), b);
}

static dsc_status read_kind(network *n)
{
    const char *name = json_string_value(part(n, "meta", "network"));
    const char *loss = json_string_value(part(n, "scalars", "loss_name"));
    for (size_t i = 0; name && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strncmp(name, kinds[i].word, strlen(kinds[i].word)) == 0) n->kind = &kinds[i];
    DSC_REQUIRE(n->ctx, n->kind, DSC_INPUT, "meta.network \"%s\" is not known", name ? name : "");
    DSC_TRY(dsc_model_find(n->ctx, n->kind->model, &n->model));
    for (int i = 0; loss && i <= DSC_LOSS_PENALIZED_HYBRID; i++)
        if (strcmp(loss, loss_name((dsc_loss)i)) == 0) {
            n->loss.loss = (dsc_loss)i;
            n->V = loss_has((dsc_loss)i, TERM_SSE);
            return DSC_OK;
        }
    return dsc_fail(n->ctx, DSC_INPUT, "loss_name \"%s\" is not known", loss ? loss : "");
}

// Padding has nobody's embedding there.
static dsc_status read_subjects(network *n)
{
    const dsc_field *padding = dsc_field_find(n->model->fields, "padding_subject");
    n->S = (int)json_integer_value(part(n, "config", "max_n_subjects"));
    return padding ? dsc_field_set(n->ctx, padding, n->config, "none", "config") : DSC_OK;
}

// Every key of the config that is a field of the model, under its own name; hidden = n_units.
static dsc_status read_config(network *n)
{
    const char *key;
    json_t *value;
    char text[64];
    dsc_fields_default(n->model->fields, n->config);
    json_object_foreach(json_object_get((json_t *)n->root, "config"), key, value)
    {
        const char *ours = strcmp(key, "hidden") == 0 ? "n_units" : key;
        const dsc_field *f = dsc_field_find(n->model->fields, ours);
        const bool size = strcmp(key + (strlen(key) > 5 ? strlen(key) - 5 : 0), "_size") == 0 ||
                          strcmp(key, "max_n_subjects") == 0;
        DSC_REQUIRE(n->ctx, f || size, DSC_INPUT, "config.%s is not a field of ours", key);
        if (!f) continue;
        if (json_is_number(value)) dsc_format_number(json_number_value(value), text);
        else snprintf(text, sizeof text, "%s", json_string_value(value));
        DSC_TRY(dsc_field_set(n->ctx, f, n->config, text, "config"));
    }
    const json_t *obs = part(n, "config", "obs_size");
    n->O = (int)json_integer_value(obs ? obs : part(n, "config", "input_size"));
    n->K = (int)json_integer_value(part(n, "config", "output_size"));
    return read_subjects(n);
}

static double loss_param(const network *n, const char *key)
{
    const json_t *param = part(n, "scalars", "loss_param");
    const json_t *value = json_is_object(param) ? json_object_get(param, key) : param;
    return json_is_number(value) ? json_number_value(value) : 1;
}

static const double *targets_at(const network *n, int at)
{
    return n->ys + at * (1 + n->V);
}

// Values count where the label does (spec 2.2).
static bool has_value(const network *n, int at)
{
    const double *y = targets_at(n, at);
    return n->V && y[0] >= 0 && !isnan(y[1]);
}

// Any target that is neither -1 nor missing; of labels alone those that are valid.
static bool is_unmasked(const network *n, int at)
{
    const double *y = targets_at(n, at);
    return n->V ? y[0] != -1 || !isnan(y[1]) : y[0] >= 0;
}

static void count_terms(network *n)
{
    for (int i = 0; i < n->T * n->B; i++) {
        n->count[TERM_NLL] += targets_at(n, i)[0] >= 0;
        n->count[TERM_SSE] += has_value(n, i);
        n->count[TERM_PENALTY] += is_unmasked(n, i);
    }
}

static void read_draws(network *n)
{
    const json_t *draws = part(n, "noise", "draws_per_episode_and_step");
    for (size_t i = 0; i < json_array_size(draws) && i < 8; i++) {
        n->draws[n->n_draws] = (int)json_integer_value(json_array_get(draws, i));
        n->all_draws += n->draws[n->n_draws++];
    }
}

static dsc_status read_data(network *n)
{
    size_t nx, ny;
    n->T = (int)json_integer_value(part(n, "data", "T"));
    n->B = (int)json_integer_value(part(n, "data", "B"));
    n->xs = golden_numbers(n->arena, part(n, "data", "xs"), &nx);
    n->ys = golden_numbers(n->arena, part(n, "data", "ys"), &ny);
    n->weights = golden_numbers(n->arena, json_object_get(n->root, "weights"), &n->n_weights);
    for (size_t i = 0; n->weights && i < n->n_weights; i++) n->weights[i] = (float)n->weights[i];
    const size_t trials = (size_t)n->T * (size_t)n->B;
    DSC_REQUIRE(n->ctx,
                n->weights && trials && nx == trials * (size_t)(n->O + (n->S > 0)) &&
                    ny == trials * (size_t)(1 + n->V),
                DSC_INPUT, "data or weights have another size than expected");
    n->loss.penalty_scale = loss_param(n, "penalty_scale");
    n->loss.likelihood_weight = loss_param(n, "likelihood_weight");
    count_terms(n);
    read_draws(n);
    return DSC_OK;
}

dsc_status network_read(dsc_context *ctx, const json_t *root, dsc_arena *arena, network *out)
{
    network n = {.ctx = ctx, .arena = arena, .root = root};
    DSC_TRY(read_kind(&n));
    DSC_TRY(read_config(&n));
    DSC_TRY(read_data(&n));
    *out = n;
    return DSC_OK;
}

// ---- the cell and its data --------------------------------------------------------------------

static dsc_status build_cell(const network *n, bool noiseless, dsc_cell **cell)
{
    static const char *const names[] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7"};
    const dsc_model_size size = {.n_actions = n->K,
                                 .n_values = n->V,
                                 .n_inputs = n->O,
                                 .inputs = names,
                                 .noiseless = noiseless};
    dsc_builder *b = NULL;
    DSC_TRY(dsc_cell_begin(n->ctx, "golden", &b));
    dsc_status status = n->model->build(n->model, b, n->config, &size);
    if (status == DSC_OK) status = dsc_loss_attach(b, n->loss.loss, n->V, false);
    const dsc_status ended = dsc_cell_end(b, cell);
    return status != DSC_OK ? status : ended;
}

static double input_at(const network *n, const char *name, int at, bool old)
{
    const int subject = n->S > 0; // is the first column
    const double *x = n->xs + at * (n->O + subject), *y = targets_at(n, at);
    if (strcmp(name, "label") == 0) return y[0];
    if (strcmp(name, "weight") == 0) return y[0] >= 0;
    if (strcmp(name, "penalty_weight") == 0) return !old || is_unmasked(n, at);
    if (strcmp(name, "target_0") == 0) return has_value(n, at) ? y[1] : 0;
    if (strcmp(name, "target_weight_0") == 0) return has_value(n, at);
    if (strcmp(name, "in_session") == 0) return x[0] >= 0;
    return x[subject + name[1] - '0'];
}

// All T trials of a session, since the reference runs over the padding too.
static void fill_session(const network *n, int b, bool old, const dsc_cell *cell, double *x)
{
    const int n_inputs = dsc_cell_input_count(cell);
    for (int t = 0; t < n->T; t++)
        for (int i = 0; i < n_inputs; i++)
            *x++ = input_at(n, dsc_cell_input(cell, i), t * n->B + b, old);
}

static dsc_status fill_sessions(network_run *run, bool old)
{
    const network *n = run->n;
    const size_t rows = (size_t)n->T * (size_t)dsc_cell_noise_rows(run->cell);
    const int n_inputs = dsc_cell_input_count(run->cell);
    DSC_TRY(dsc_arena_alloc(n->arena, (size_t)n->B, sizeof *run->session, &run->session));
    if (rows) run->noise = golden_block(n->arena, rows * (size_t)n->B);
    for (int b = 0; b < n->B; b++) {
        double *x = golden_block(n->arena, (size_t)(n->T * n_inputs));
        DSC_REQUIRE(n->ctx, x && (run->noise || !rows), DSC_MEMORY, "no memory");
        fill_session(n, b, old, run->cell, x);
        run->session[b] = (rig_session){.n_trials = n->T, .x = x, .multiplicity = 1};
        if (n->S) run->session[b].subject = (int)n->xs[b * (n->O + 1)];
        if (rows) run->session[b].noise = run->noise + (size_t)b * rows;
    }
    return DSC_OK;
}

static void fill_noise(const network_run *run, int r)
{
    const network *n = run->n;
    const int rows = n->all_draws;
    for (int t = 0; run->noise && t < n->T; t++)
        for (int k = 0, first = 0; k < n->n_draws; first += n->draws[k++])
            for (int b = 0; b < n->B; b++)
                for (int i = 0; i < n->draws[k]; i++) {
                    const double j =
                        ((double)r * n->T + t) * n->B * rows + first * n->B + b * n->draws[k] + i;
                    run->noise[(b * n->T + t) * rows + first + i] = (float)cos(1.3 * j + 0.2);
                }
}

void network_noise(network_run *run, int r)
{
    fill_noise(run, r);
    rig_refill(&run->r);
}

static dsc_status make_rig(network_run *run, const dsc_engine *e)
{
    const network *n = run->n;
    const char *recorded[5] = {"prediction"};
    int count = 1;
    if (n->V) recorded[count++] = "values";
    if (network_penalized(n)) recorded[count++] = "penalty";
    for (int i = 0; i < 2 && n->kind->states[i]; i++) recorded[count++] = n->kind->states[i];
    const rig_options o = {.engine = e,
                           .n_sessions = n->B,
                           .n_subjects = n->S,
                           .session = run->session,
                           .gradient = true,
                           .n_recorded = count,
                           .recorded = recorded};
    return rig_create(n->ctx, run->cell, &o, &run->r);
}

dsc_status network_start(const network *n, const dsc_engine *e, bool noiseless, bool old,
                         network_run *run)
{
    *run = (network_run){.n = n};
    DSC_TRY(build_cell(n, noiseless, &run->cell));
    DSC_TRY(dsc_layout_create(n->ctx, run->cell, n->S > 0 ? n->S : 1, 1, &run->layout));
    const int rows = dsc_cell_noise_rows(run->cell);
    DSC_REQUIRE(n->ctx, rows == 0 || rows == n->all_draws, DSC_INPUT,
                "the cell draws %d numbers per trial, the file %d", rows, n->all_draws);
    DSC_TRY(fill_sessions(run, old));
    fill_noise(run, 0);
    DSC_TRY(make_rig(run, e));
    run->values = golden_block(n->arena, run->layout.n_values);
    run->gradient = golden_block(n->arena, run->layout.n_values);
    run->flat = golden_block(n->arena, n->n_weights);
    DSC_REQUIRE(n->ctx, run->values && run->gradient && run->flat, DSC_MEMORY, "no memory");
    dsc_cell_initialise(run->cell, &run->layout, 0, run->values);
    network_to_ours(run, n->weights, run->values);
    return DSC_OK;
}

void network_end(network_run *run)
{
    if (run->r.plan) rig_destroy(&run->r);
    if (run->layout.offset) dsc_layout_free(run->n->ctx, &run->layout);
    if (run->cell) dsc_cell_destroy(&run->cell);
}

// ---- parameters ---------------------------------------------------------------------------------

// Where tensor i of the file lies in our values; its size in *count. NULL-like: -1 if we lack it.
static long our_place(const network_run *run, size_t i, size_t *first, size_t *count)
{
    const json_t *tensor = json_array_get(json_object_get(run->n->root, "tensors"), i);
    const json_t *shape = json_object_get(tensor, "shape");
    char name[96];
    *first = (size_t)json_integer_value(json_object_get(tensor, "offset"));
    *count = 1;
    for (size_t k = 0; k < json_array_size(shape); k++)
        *count *= (size_t)json_integer_value(json_array_get(shape, k));
    if (!golden_parameter_name(json_string_value(json_object_get(tensor, "group")),
                               json_string_value(json_object_get(tensor, "name")), name,
                               sizeof name))
        return -1;
    const int p = dsc_cell_parameter_find(run->cell, name);
    if (p < 0 || run->layout.count[p] != *count) return -1;
    return (long)run->layout.offset[p];
}

void network_to_ours(const network_run *run, const double *flat, double *values)
{
    size_t first, count;
    for (size_t i = 0; i < json_array_size(json_object_get(run->n->root, "tensors")); i++) {
        const long at = our_place(run, i, &first, &count);
        if (at >= 0) memcpy(values + at, flat + first, count * sizeof *values);
    }
}

void network_to_flat(const network_run *run, const double *values, double *flat)
{
    size_t first, count;
    for (size_t i = 0; i < json_array_size(json_object_get(run->n->root, "tensors")); i++) {
        const long at = our_place(run, i, &first, &count);
        for (size_t k = 0; k < count; k++) flat[first + k] = at < 0 ? NAN : values[(size_t)at + k];
    }
}

double network_sum(const network_run *run, loss_term term)
{
    const int k = loss_objective(run->cell, term);
    return k < 0 ? 0 : run->sums[k];
}

// A loss that is not linear in its sums needs them before its gradient.
dsc_status network_differentiate(network_run *run, double *loss)
{
    const dsc_noise_seed none = {0};
    const network *n = run->n;
    if (!loss_is_linear(n->loss.loss))
        DSC_TRY(rig_forward(&run->r, run->values, none, run->sums, NULL));
    for (int k = 0; k < N_TERMS; k++) {
        const int at = loss_objective(run->cell, (loss_term)k);
        if (at >= 0)
            run->coefficients[at] = loss_slope(&n->loss, (loss_term)k, run->sums[at], n->count[k]);
    }
    DSC_TRY(rig_gradient(&run->r, run->values, none, run->coefficients, run->sums, run->gradient));
    *loss = 0;
    for (int k = 0; k < N_TERMS; k++)
        *loss += loss_value(&n->loss, (loss_term)k, network_sum(run, (loss_term)k), n->count[k]);
    return DSC_OK;
}
