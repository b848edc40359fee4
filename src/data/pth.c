// SPDX-License-Identifier: Apache-2.0
// pth.c — state dictionaries of PyTorch, as torch.save writes them since version 1.6: a zip archive
// with NAME/data.pkl, a pickle of tensors by name, and NAME/data/KEY, the numbers of each storage.
// Dictionaries in dictionaries give names with dots; what is no tensor is left out.
#include <math.h>
#include <string.h>

#include "data/archive.h"
#include "data/pickle.h"

enum { DEEPEST = 16, LONGEST_NAME = 512, MOST_ENTRIES = 100000 };

typedef struct pth_reader {
    dsc_context *ctx;
    const char *path;
    zip_t *zip;
    size_t packed;
    dsc_arena *arena; // of the tensors
    dsc_tensors *made;
    size_t room, n_visited;
    char prefix[LONGEST_NAME]; // "archive/": the folder of data.pkl
} pth_reader;

static const struct {
    const char *name;
    char kind; // 'h': half, 'g': bfloat16
    size_t size;
} storages[] = {
    {"torch DoubleStorage", 'f', 8}, {"torch FloatStorage", 'f', 4},
    {"torch HalfStorage", 'h', 2},   {"torch BFloat16Storage", 'g', 2},
    {"torch LongStorage", 'i', 8},   {"torch IntStorage", 'i', 4},
    {"torch ShortStorage", 'i', 2},  {"torch CharStorage", 'i', 1},
    {"torch ByteStorage", 'u', 1},   {"torch BoolStorage", 'u', 1},
};

static dsc_status find_member(pth_reader *r, const char *name, zip_uint64_t *member)
{
    const zip_int64_t found = zip_name_locate(r->zip, name, 0);
    DSC_REQUIRE(r->ctx, found >= 0, DSC_INPUT, "%s: the archive lacks \"%s\"; get the file again",
                r->path, name);
    *member = (zip_uint64_t)found;
    return DSC_OK;
}

// ---- numbers ------------------------------------------------------------------------------------

// Half precision: sign, 5 bits of exponent, 10 of fraction.
static double half_number(uint32_t bits)
{
    const int exponent = (int)(bits >> 10 & 31);
    const double fraction = (double)(bits & 1023) / 1024, sign = bits >> 15 ? -1 : 1;
    if (exponent == 31) return fraction > 0 ? NAN : sign * INFINITY;
    return sign * (exponent ? ldexp(1 + fraction, exponent - 15) : ldexp(fraction, -14));
}

static double number_at(const data_array *a, size_t i)
{
    const unsigned char low = (unsigned char)a->bytes[2 * i],
                        high = (unsigned char)a->bytes[2 * i + 1];
    const uint32_t bits = (uint32_t)high << 8 | low, single = bits << 16;
    float number;
    if (a->kind == 'h') return half_number(bits);
    memcpy(&number, &single, sizeof number);
    return number;
}

static double value_at(const data_array *a, size_t i)
{
    return a->kind == 'h' || a->kind == 'g' ? number_at(a, i) : data_array_number(a, i);
}

static dsc_status find_type(pth_reader *r, const pickle_value *storage, data_array *a)
{
    for (size_t i = 0; i < sizeof storages / sizeof *storages; i++)
        if (strcmp(storages[i].name, storage->type) == 0) {
            a->kind = storages[i].kind;
            a->size = storages[i].size;
            return DSC_OK;
        }
    return dsc_fail(r->ctx, DSC_INPUT, "%s: \"%s\" is no storage of a tensor", r->path,
                    storage->type);
}

// The number of values, and the place of the last one in the storage.
static dsc_status measure(pth_reader *r, const pickle_value *v, size_t n_stored, const char *name,
                          size_t *n)
{
    uint64_t last = (uint64_t)v->offset;
    bool fine = v->offset >= 0;
    *n = 1;
    for (int d = 0; d < v->n_dimensions; d++) {
        const uint64_t length = (uint64_t)v->shape[d], step = (uint64_t)v->stride[d];
        if (length == 0) *n = 0;
        if (length == 0) continue;
        fine = fine && length <= n_stored && step <= n_stored && (length - 1) * step <= n_stored;
        if (!fine) break;
        last += (length - 1) * step;
        // Strides of 0 repeat a value, so that a small storage might seem to hold any number.
        fine = *n <= n_stored && last <= n_stored;
        *n *= (size_t)length;
    }
    DSC_REQUIRE(
        r->ctx, fine && (*n == 0 || (last < n_stored && *n <= n_stored)), DSC_INPUT,
        "%s, tensor \"%s\": its shape does not fit the %zu numbers that are stored; get the "
        "file again",
        r->path, name, n_stored);
    return DSC_OK;
}

// In the order of the shape, the last axis fastest.
static void copy_values(const pickle_value *v, const data_array *a, size_t n, double *value)
{
    for (size_t i = 0; i < n; i++) {
        size_t rest = i, place = (size_t)v->offset;
        for (int d = v->n_dimensions - 1; d >= 0; d--) {
            place += rest % (size_t)v->shape[d] * (size_t)v->stride[d];
            rest /= (size_t)v->shape[d];
        }
        value[i] = value_at(a, place);
    }
}

static dsc_status fill(pth_reader *r, const pickle_value *v, const data_bytes *stored,
                       dsc_tensor *tensor)
{
    data_array a = {.bytes = stored->bytes};
    size_t n = 0;
    DSC_TRY(find_type(r, v->item[0], &a));
    DSC_TRY(measure(r, v, stored->n / a.size, tensor->name, &n));
    DSC_TRY(dsc_arena_alloc(r->arena, n, sizeof *tensor->value, &tensor->value));
    tensor->n = n;
    tensor->n_dimensions = v->n_dimensions;
    for (int d = 0; d < v->n_dimensions; d++) tensor->shape[d] = (size_t)v->shape[d];
    copy_values(v, &a, n, tensor->value);
    return DSC_OK;
}

// ---- tensors ------------------------------------------------------------------------------------

static dsc_status add_tensor(pth_reader *r, const char *name, const pickle_value *v)
{
    char file[2 * LONGEST_NAME];
    zip_uint64_t member = 0;
    data_bytes stored = {0};
    if (r->made->n == (int)r->room) {
        dsc_tensor *more;
        DSC_TRY(dsc_arena_alloc(r->arena, 2 * r->room + 16, sizeof *more, &more));
        if (r->room) memcpy(more, r->made->tensor, r->room * sizeof *more);
        r->made->tensor = more;
        r->room = 2 * r->room + 16;
    }
    dsc_tensor *tensor = &r->made->tensor[r->made->n];
    DSC_TRY(dsc_arena_strdup(r->arena, name, &tensor->name));
    snprintf(file, sizeof file, "%sdata/%.400s", r->prefix, v->item[0]->text);
    DSC_TRY(find_member(r, file, &member));
    DSC_TRY(data_zip_read(r->ctx, r->path, r->packed, r->zip, member, &stored));
    const dsc_status status = fill(r, v, &stored, tensor);
    dsc_free(r->ctx, &stored.bytes);
    r->made->n++;
    return status;
}

static dsc_status add_all(pth_reader *r, const char *name, const pickle_value *v, int depth)
{
    char inner[LONGEST_NAME], number[32];
    DSC_REQUIRE(r->ctx, ++r->n_visited <= MOST_ENTRIES, DSC_INPUT,
                "%s: more than %d entries, or dictionaries that hold themselves", r->path,
                MOST_ENTRIES);
    if (v->kind == PICKLE_TENSOR) return add_tensor(r, *name ? name : "tensor", v);
    if (v->kind != PICKLE_DICT || depth == DEEPEST) return DSC_OK;
    for (size_t i = 0; i + 1 < v->n; i += 2) {
        const pickle_value *key = v->item[i];
        snprintf(number, sizeof number, "%lld", (long long)key->whole);
        const char *own = key->kind == PICKLE_TEXT ? key->text : number;
        snprintf(inner, sizeof inner, "%.240s%s%.240s", name, *name ? "." : "", own);
        DSC_TRY(add_all(r, inner, v->item[i + 1], depth + 1));
    }
    return DSC_OK;
}

// ---- the file -----------------------------------------------------------------------------------

static dsc_status find_prefix(pth_reader *r, zip_uint64_t *pickle)
{
    const zip_int64_t n = zip_get_num_entries(r->zip, 0);
    for (zip_int64_t i = 0; i < n; i++) {
        const char *name = zip_get_name(r->zip, (zip_uint64_t)i, 0);
        const size_t length = name ? strlen(name) : 0;
        if (length < 8 || length > LONGEST_NAME || strcmp(name + length - 8, "data.pkl") != 0)
            continue;
        snprintf(r->prefix, sizeof r->prefix, "%.*s", (int)(length - 8), name);
        *pickle = (zip_uint64_t)i;
        return DSC_OK;
    }
    return dsc_fail(r->ctx, DSC_INPUT, "%s: the archive lacks data.pkl; get the file again",
                    r->path);
}

static dsc_status read_pickle(pth_reader *r, dsc_arena *scratch)
{
    zip_uint64_t member = 0;
    data_bytes bytes = {0};
    pickle_value *root = NULL;
    DSC_TRY(find_prefix(r, &member));
    DSC_TRY(data_zip_read(r->ctx, r->path, r->packed, r->zip, member, &bytes));
    const dsc_status status = pickle_read(r->ctx, scratch, r->path, &bytes, &root);
    dsc_free(r->ctx, &bytes.bytes);
    DSC_TRY(status);
    DSC_TRY(add_all(r, "", root, 0));
    DSC_REQUIRE(r->ctx, r->made->n > 0, DSC_INPUT, "%s holds no tensors by name", r->path);
    return DSC_OK;
}

static dsc_status read_archive(pth_reader *r, const data_bytes *file)
{
    dsc_arena *scratch = NULL;
    const bool old = file->n > 2 && memcmp(file->bytes, "\x80\x02", 2) == 0;
    DSC_REQUIRE(r->ctx, !old, DSC_INPUT,
                "%s was written by a PyTorch older than 1.6, or in its way; save it again with "
                "torch.save(state, FILE)",
                r->path);
    DSC_TRY(dsc_arena_create(r->ctx, &scratch));
    dsc_status status = data_zip_open(r->ctx, r->path, file, &r->zip);
    if (status == DSC_OK) {
        status = read_pickle(r, scratch);
        zip_discard(r->zip);
    }
    dsc_arena_destroy(&scratch);
    return status;
}

dsc_status dsc_tensors_read(dsc_context *ctx, const char *path, dsc_tensors **tensors)
{
    dsc_arena *arena = NULL;
    data_bytes file = {0};
    pth_reader r = {.ctx = ctx, .path = path};
    DSC_TRY(dsc_read_file(ctx, path, &file.bytes, &file.n));
    dsc_status status = dsc_arena_create(ctx, &arena);
    r.arena = arena;
    r.packed = file.n;
    if (status == DSC_OK) status = dsc_arena_alloc(arena, 1, sizeof *r.made, &r.made);
    if (status == DSC_OK) status = read_archive(&r, &file);
    dsc_free(ctx, &file.bytes);
    if (status == DSC_OK) {
        r.made->arena = arena;
        *tensors = r.made;
    } else {
        dsc_arena_destroy(&arena);
    }
    return status;
}

void dsc_tensors_destroy(dsc_tensors **tensors)
{
    if (!tensors || !*tensors) return;
    dsc_arena *arena = (*tensors)->arena;
    dsc_arena_destroy(&arena);
    *tensors = NULL;
}

// As a table of trials it is refused.
dsc_status data_refuse_tensors(dsc_context *ctx, data_source *s, data_bytes *file)
{
    (void)file;
    return dsc_fail(ctx, DSC_INPUT,
                    "%s holds tensors of PyTorch, no trials; discern data show lists them",
                    s->path);
}
