// SPDX-License-Identifier: Apache-2.0
// checkpoint.c — writing checkpoints as safetensors: 8 bytes little-endian length N of the header,
// N bytes of JSON {"__metadata__": {text: text}, NAME: {"dtype": "F64", "shape": [...],
// "data_offsets": [from, to]}}, then the values, little-endian. Parameters stand under their
// readable names, the optimiser's arrays under optimizer.ARRAY.NAME.
// (https://huggingface.co/docs/safetensors, format of 2023.)
#include <string.h>

#include <jansson.h>

#include "train/checkpoint.h"

// ---- the list of tensors ---------------------------------------------------------------------

void tensors_begin(tensors *t, const checkpoint *c)
{
    *t = (tensors){.c = c};
    t->n_arrays = 1;
    t->arrays[0] = c->parameters;
    t->names[0] = NULL;
    if (c->optimizer)
        t->n_arrays += dsc_optimizer_arrays(c->optimizer, t->names + 1, t->arrays + 1);
}

static int parameter_shape(const checkpoint *c, const dsc_parameter *p, int64_t shape[3])
{
    int n = 0;
    if (p->level == DSC_PER_SUBJECT) shape[n++] = c->layout->n_subjects;
    if (p->level == DSC_PER_LANE) shape[n++] = c->layout->n_lanes;
    shape[n++] = p->rows;
    if (p->cols > 1) shape[n++] = p->cols;
    return n;
}

bool tensors_next(tensors *t, tensor *x)
{
    const int n_parameters = dsc_cell_parameter_count(t->c->cell);
    if (t->parameter == n_parameters) {
        t->array++;
        t->parameter = 0;
    }
    if (t->array >= t->n_arrays || n_parameters == 0) return false;
    const int i = t->parameter++;
    const dsc_parameter *p = dsc_cell_parameter(t->c->cell, i);
    const char *array = t->names[t->array];
    snprintf(x->name, sizeof x->name, "%s%s%s%s", array ? "optimizer." : "", array ? array : "",
             array ? "." : "", p->name);
    x->n_shape = parameter_shape(t->c, p, x->shape);
    x->count = t->c->layout->count[i];
    x->values = t->arrays[t->array] + t->c->layout->offset[i];
    return true;
}

// ---- the metadata's whole numbers -------------------------------------------------------------

const char *const checkpoint_wholes[N_WHOLES] = {
    "step",          "phase",         "phase_step",      "rolling",   "best_step",
    "patient_since", "stopped_early", "optimizer_steps", "n_actions", "n_subjects"};

static void wholes_get(const checkpoint *c, int64_t v[N_WHOLES])
{
    const fit_state *s = c->state;
    const int64_t steps = c->optimizer ? *dsc_optimizer_steps(c->optimizer) : 0;
    const int64_t values[N_WHOLES] = {
        s->step,          s->phase,         s->phase_step, s->rolling,         s->best_step,
        s->patient_since, s->stopped_early, steps,         c->facts.n_actions, c->facts.n_subjects};
    memcpy(v, values, sizeof values);
}

// ---- the header --------------------------------------------------------------------------------

static int put_text(json_t *o, const char *key, const char *value)
{
    return json_object_set_new(o, key, json_string(value));
}

static int put_whole(json_t *o, const char *key, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return put_text(o, key, text);
}

static int put_real(json_t *o, const char *key, double value)
{
    char text[32];
    return put_text(o, key, dsc_format_number(value, text));
}

// The labels as a JSON list in a text, since metadata hold texts only
static int put_subjects(json_t *o, const cell_facts *f)
{
    json_t *list = json_array();
    int bad = 0;
    for (int i = 0; f->subjects && i < f->n_subjects; i++)
        bad |= json_array_append_new(list, json_string(f->subjects[i]));
    char *text = bad ? NULL : json_dumps(list, JSON_COMPACT);
    json_decref(list);
    bad = !text || put_text(o, "subjects", text) != 0;
    free(text);
    return bad;
}

// Likewise the places of the subjects that were not trained on; nothing where there are none.
static int put_untrained(json_t *o, const cell_facts *f)
{
    if (!f->untrained || !memchr(f->untrained, 1, (size_t)f->n_subjects)) return 0;
    json_t *list = json_array();
    int bad = 0;
    for (int i = 0; i < f->n_subjects; i++)
        if (f->untrained[i]) bad |= json_array_append_new(list, json_integer(i));
    char *text = bad ? NULL : json_dumps(list, JSON_COMPACT);
    json_decref(list);
    bad = !text || put_text(o, "untrained", text) != 0;
    free(text);
    return bad;
}

static json_t *metadata_make(const checkpoint *c)
{
    json_t *o = json_object();
    int bad = put_text(o, "format", CHECKPOINT_FORMAT) | put_text(o, "discern", DSC_VERSION) |
              put_text(o, "model", c->model) | put_text(o, "config_hash", c->config_hash) |
              put_whole(o, "seed", c->seed);
    int64_t wholes[N_WHOLES];
    wholes_get(c, wholes);
    for (int i = 0; i < N_WHOLES; i++) bad |= put_whole(o, checkpoint_wholes[i], wholes[i]);
    bad |= put_real(o, "best_value", c->state->best_value);
    if (c->facts.subjects) bad |= put_subjects(o, &c->facts);
    bad |= put_untrained(o, &c->facts);
    if (!bad) return o;
    json_decref(o);
    return NULL;
}

static json_t *tensor_entry(const tensor *x, size_t from)
{
    json_t *shape = json_array();
    int bad = 0;
    for (int k = 0; k < x->n_shape; k++)
        bad |= json_array_append_new(shape, json_integer(x->shape[k]));
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", "F64", "shape", shape,
                              "data_offsets", (json_int_t)from, (json_int_t)(from + 8 * x->count));
    if (!bad) return entry;
    json_decref(entry);
    return NULL;
}

static json_t *header_make(const checkpoint *c)
{
    json_t *header = json_object();
    int bad = json_object_set_new(header, "__metadata__", metadata_make(c));
    tensors all;
    tensor x;
    size_t from = 0;
    tensors_begin(&all, c);
    for (; tensors_next(&all, &x); from += 8 * x.count)
        bad |= json_object_set_new(header, x.name, tensor_entry(&x, from));
    if (!bad) return header;
    json_decref(header);
    return NULL;
}

// ---- the file -----------------------------------------------------------------------------------

static void write_little_endian(FILE *out, uint64_t bits)
{
    unsigned char bytes[8];
    for (int k = 0; k < 8; k++) bytes[k] = (unsigned char)(bits >> 8 * k);
    fwrite(bytes, 1, 8, out);
}

// The header is filled up with spaces so that the values start at a multiple of 8.
static void write_header(FILE *out, const char *text)
{
    const size_t n = strlen(text), padding = (8 - n % 8) % 8;
    write_little_endian(out, n + padding);
    fprintf(out, "%s%*s", text, (int)padding, "");
}

static void write_values(FILE *out, const checkpoint *c)
{
    tensors all;
    tensor x;
    tensors_begin(&all, c);
    while (tensors_next(&all, &x))
        for (size_t i = 0; i < x.count; i++) {
            uint64_t bits;
            memcpy(&bits, &x.values[i], 8);
            write_little_endian(out, bits);
        }
}

dsc_status checkpoint_write(dsc_context *ctx, const char *path, const checkpoint *c)
{
    dsc_file *file = NULL;
    json_t *header = header_make(c);
    char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    DSC_REQUIRE(ctx, text, DSC_MEMORY, "out of memory: the header of %s could not be written",
                path);
    dsc_status status = dsc_file_begin(ctx, path, &file);
    if (status == DSC_OK) {
        write_header(dsc_file_stream(file), text);
        write_values(dsc_file_stream(file), c);
        status = dsc_file_commit(&file);
    }
    free(text);
    return status;
}
