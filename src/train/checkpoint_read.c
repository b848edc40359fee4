// SPDX-License-Identifier: Apache-2.0
// checkpoint_read.c — reading checkpoints back. Nothing is believed: sizes, offsets, names and
// shapes are checked against the file and the model before the first value is taken.
#include <string.h>

#include <jansson.h>

#include "train/checkpoint.h"

#define REMEDY "open another checkpoint of the run (best or last), or fit again with --force"

typedef struct source {
    dsc_context *ctx;
    const char *path;
    char *bytes;
    size_t size, n_values; // of the file; bytes of values after the header
    const unsigned char *values;
    json_t *header, *metadata;
} source;

static dsc_status damaged(const source *s, const char *what)
{
    return dsc_fail(s->ctx, DSC_INPUT, "%s is damaged: %s; %s", s->path, what, REMEDY);
}

// ---- the header --------------------------------------------------------------------------------

static uint64_t read_little_endian(const unsigned char *bytes)
{
    uint64_t bits = 0;
    for (int k = 0; k < 8; k++) bits |= (uint64_t)bytes[k] << 8 * k;
    return bits;
}

static dsc_status header_parse(source *s, size_t n)
{
    json_error_t error;
    s->header = json_loadb(s->bytes + 8, n, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(s->header)) return damaged(s, "its header is not JSON");
    s->metadata = json_object_get(s->header, "__metadata__");
    const char *format = json_string_value(json_object_get(s->metadata, "format"));
    DSC_REQUIRE(s->ctx, format && strcmp(format, CHECKPOINT_FORMAT) == 0, DSC_INPUT,
                "%s is not a checkpoint of this program: its format is \"%s\", not \"%s\"", s->path,
                format ? format : "", CHECKPOINT_FORMAT);
    s->values = (const unsigned char *)s->bytes + 8 + n;
    s->n_values = s->size - 8 - n;
    return DSC_OK;
}

static dsc_status source_open(dsc_context *ctx, const char *path, source *s)
{
    *s = (source){.ctx = ctx, .path = path};
    DSC_TRY(dsc_read_file(ctx, path, &s->bytes, &s->size));
    if (s->size < 8) return damaged(s, "it is truncated before its header");
    const uint64_t n = read_little_endian((const unsigned char *)s->bytes);
    if (n > s->size - 8) return damaged(s, "it is truncated inside its header");
    return header_parse(s, (size_t)n);
}

static void source_close(source *s)
{
    json_decref(s->header);
    dsc_free(s->ctx, &s->bytes);
}

// ---- metadata -----------------------------------------------------------------------------------

static const char *meta_text(const source *s, const char *key)
{
    const char *text = json_string_value(json_object_get(s->metadata, key));
    return text ? text : "";
}

static dsc_status meta_real(const source *s, const char *key, double *value)
{
    char what[128];
    snprintf(what, sizeof what, "its metadata have no number \"%s\"", key);
    return dsc_parse_number(meta_text(s, key), value) ? DSC_OK : damaged(s, what);
}

static dsc_status meta_wholes(const source *s, int64_t v[N_WHOLES])
{
    for (int i = 0; i < N_WHOLES; i++) {
        double value = 0;
        DSC_TRY(meta_real(s, checkpoint_wholes[i], &value));
        const double lowest = strcmp(checkpoint_wholes[i], "best_step") == 0 ? -1 : 0;
        if (!(value >= lowest && value < 9e15))
            return damaged(s, "a count in its metadata is absurd");
        v[i] = (int64_t)value;
    }
    return DSC_OK;
}

static dsc_status check_origin(const source *s, const checkpoint *c)
{
    const char *model = meta_text(s, "model"), *hash = meta_text(s, "config_hash");
    DSC_REQUIRE(s->ctx, strcmp(model, c->model) == 0, DSC_INPUT,
                "%s belongs to the model \"%s\", the run's config.yaml says \"%s\"; restore the "
                "run's own files, or fit again with --force",
                s->path, model, c->model);
    DSC_REQUIRE(s->ctx, !c->config_hash || strcmp(hash, c->config_hash) == 0, DSC_INPUT,
                "%s was made with another config than the run's config.yaml holds now; undo the "
                "change to config.yaml, or start a new run with it",
                s->path);
    return DSC_OK;
}

// ---- tensors ----------------------------------------------------------------------------------

typedef struct span {
    size_t from, to;
} span;

static bool entry_span(const json_t *entry, span *out)
{
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const json_t *from = json_array_get(offsets, 0), *to = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(from) || !json_is_integer(to))
        return false;
    if (json_integer_value(from) < 0 || json_integer_value(to) < json_integer_value(from))
        return false;
    *out = (span){(size_t)json_integer_value(from), (size_t)json_integer_value(to)};
    return true;
}

static bool shape_fits(const json_t *entry, const tensor *x)
{
    const json_t *shape = json_object_get(entry, "shape");
    if ((int)json_array_size(shape) != x->n_shape) return false;
    for (int k = 0; k < x->n_shape; k++)
        if (json_integer_value(json_array_get(shape, (size_t)k)) != x->shape[k]) return false;
    return true;
}

static dsc_status check_entry(const source *s, const tensor *x, span *place)
{
    const json_t *entry = json_object_get(s->header, x->name);
    DSC_REQUIRE(s->ctx, entry, DSC_INPUT,
                "%s has no tensor \"%s\": it belongs to another model or config; %s", s->path,
                x->name, REMEDY);
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    DSC_REQUIRE(s->ctx, dtype && strcmp(dtype, "F64") == 0, DSC_INPUT,
                "%s, tensor \"%s\": type \"%s\", not F64; %s", s->path, x->name, dtype ? dtype : "",
                REMEDY);
    DSC_REQUIRE(s->ctx, shape_fits(entry, x), DSC_INPUT,
                "%s, tensor \"%s\" has another shape than the model's: the model's settings in "
                "config.yaml are not those of the checkpoint; %s",
                s->path, x->name, REMEDY);
    if (!entry_span(entry, place) || place->to - place->from != 8 * x->count)
        return damaged(s, "the offsets of a tensor do not fit its shape");
    if (place->to > s->n_values) return damaged(s, "it is truncated inside its values");
    return DSC_OK;
}

// The array of the file that ends last must end where the file does.
static dsc_status check_end(const source *s)
{
    const char *name;
    json_t *entry;
    size_t end = 0;
    json_object_foreach(s->header, name, entry)
    {
        span place = {0, 0};
        if (strcmp(name, "__metadata__") == 0) continue;
        if (!entry_span(entry, &place)) return damaged(s, "a tensor has no offsets");
        if (place.to > end) end = place.to;
    }
    if (end > s->n_values) return damaged(s, "it is truncated inside its values");
    return end == s->n_values ? DSC_OK : damaged(s, "bytes follow its last tensor");
}

// The tensors must lie one after the other as we write them, with nothing between, before or after.
static dsc_status check_tensors(const source *s, const checkpoint *c)
{
    tensors all;
    tensor x;
    size_t end = 0, n = 0;
    tensors_begin(&all, c);
    for (; tensors_next(&all, &x); n++) {
        span place = {0, 0};
        DSC_TRY(check_entry(s, &x, &place));
        if (place.from != end) return damaged(s, "its tensors overlap or leave gaps");
        end = place.to;
    }
    if (!c->optimizer) return check_end(s); // further arrays may follow
    DSC_REQUIRE(s->ctx, n + 1 == json_object_size(s->header), DSC_INPUT,
                "%s holds %zu tensors, the model has %zu: it belongs to another model; %s", s->path,
                json_object_size(s->header) - 1, n, REMEDY);
    return end == s->n_values ? DSC_OK : damaged(s, "bytes follow its last tensor");
}

static void take_values(const source *s, const checkpoint *c)
{
    tensors all;
    tensor x;
    const unsigned char *from = s->values;
    tensors_begin(&all, c);
    while (tensors_next(&all, &x))
        for (size_t i = 0; i < x.count; i++, from += 8) {
            const uint64_t bits = read_little_endian(from);
            memcpy(&x.values[i], &bits, 8);
        }
}

static void take_state(const checkpoint *c, const int64_t v[N_WHOLES], double best_value)
{
    *c->state = (fit_state){.step = v[0],
                            .phase = (int)v[1],
                            .phase_step = v[2],
                            .rolling = v[3],
                            .best_step = v[4],
                            .best_value = best_value,
                            .patient_since = v[5],
                            .stopped_early = v[6] != 0};
    if (c->optimizer) *dsc_optimizer_steps(c->optimizer) = v[7];
}

static dsc_status take_all(const source *s, const checkpoint *c)
{
    int64_t wholes[N_WHOLES];
    double best_value = 0;
    DSC_TRY(check_origin(s, c));
    DSC_TRY(meta_wholes(s, wholes));
    DSC_TRY(meta_real(s, "best_value", &best_value));
    if (wholes[1] >= DSC_MAX_PHASES) return damaged(s, "its phase is absurd");
    DSC_TRY(check_tensors(s, c));
    take_state(c, wholes, best_value);
    take_values(s, c);
    return DSC_OK;
}

dsc_status checkpoint_read(dsc_context *ctx, const char *path, const checkpoint *c)
{
    source s;
    dsc_status status = source_open(ctx, path, &s);
    if (status == DSC_OK) status = take_all(&s, c);
    source_close(&s);
    return status;
}

// ---- what the cell was built for ----------------------------------------------------------------

static bool is_list_of_texts(const json_t *list, int n)
{
    if ((int)json_array_size(list) != n) return false;
    for (int i = 0; i < n; i++)
        if (!json_is_string(json_array_get(list, (size_t)i))) return false;
    return true;
}

// Pointers first, the texts after them.
static dsc_status copy_texts(const source *s, const json_t *list, int n, char ***out)
{
    const size_t table = (size_t)n * sizeof(char *);
    size_t bytes = table + 1;
    char *block = NULL;
    for (int i = 0; i < n; i++) bytes += json_string_length(json_array_get(list, (size_t)i)) + 1;
    DSC_TRY(dsc_alloc(s->ctx, bytes, 1, &block));
    char **texts = (char **)(void *)block, *to = block + table;
    for (int i = 0; i < n; i++) {
        texts[i] = strcpy(to, json_string_value(json_array_get(list, (size_t)i)));
        to += strlen(to) + 1;
    }
    *out = texts;
    return DSC_OK;
}

static dsc_status take_subjects(const source *s, cell_facts *facts)
{
    json_error_t error;
    const char *text = meta_text(s, "subjects");
    if (!*text) return DSC_OK;
    json_t *list = json_loads(text, 0, &error);
    const dsc_status status = is_list_of_texts(list, facts->n_subjects)
                                  ? copy_texts(s, list, facts->n_subjects, &facts->subjects)
                                  : damaged(s, "its list of subjects does not fit");
    json_decref(list);
    return status;
}

static dsc_status copy_places(const source *s, const json_t *list, cell_facts *facts)
{
    size_t i;
    json_t *place;
    json_array_foreach(list, i, place)
    {
        const json_int_t k = json_is_integer(place) ? json_integer_value(place) : -1;
        if (k < 0 || k >= facts->n_subjects)
            return damaged(s, "its list of untrained subjects does not fit");
        facts->untrained[k] = 1;
    }
    return DSC_OK;
}

static dsc_status take_untrained(const source *s, cell_facts *facts)
{
    json_error_t error;
    const char *text = meta_text(s, "untrained");
    if (!*text) return DSC_OK;
    DSC_TRY(dsc_alloc(s->ctx, (size_t)facts->n_subjects + 1, 1, &facts->untrained));
    json_t *list = json_loads(text, 0, &error);
    const dsc_status status = copy_places(s, list, facts);
    json_decref(list);
    return status;
}

dsc_status checkpoint_facts(dsc_context *ctx, const char *path, cell_facts *facts)
{
    source s;
    int64_t wholes[N_WHOLES] = {0};
    dsc_status status = source_open(ctx, path, &s);
    if (status == DSC_OK) status = meta_wholes(&s, wholes);
    if (status == DSC_OK && (wholes[8] > 100000 || wholes[9] > 100000000))
        status = damaged(&s, "the sizes in its metadata are absurd");
    cell_facts found = {(int)wholes[8], (int)wholes[9], NULL, NULL};
    if (status == DSC_OK) status = take_subjects(&s, &found);
    if (status == DSC_OK) status = take_untrained(&s, &found);
    if (status == DSC_OK) *facts = found;
    else {
        dsc_free(ctx, &found.subjects);
        dsc_free(ctx, &found.untrained);
    }
    source_close(&s);
    return status;
}
