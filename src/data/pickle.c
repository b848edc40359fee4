// SPDX-License-Identifier: Apache-2.0
// pickle.c — Python's pickles (protocols 2 to 5), as far as state dictionaries need them: a stack
// machine whose opcodes make numbers, texts, tuples, lists and dictionaries; OrderedDict; and
// tensors, torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, ...), whose storages
// are persistent ids ('storage', type, key, device, n). A pickle may ask for any function of Python
// to be called; here none is. https://docs.python.org/3/library/pickletools.html
#include <limits.h>
#include <string.h>

#include "data/pickle.h"

enum { MOST_VALUES = 400000 };

typedef struct pickle_reader {
    dsc_context *ctx;
    dsc_arena *arena;
    const char *path;
    const unsigned char *start, *at, *end;
    pickle_value **stack;
    size_t n, room;
    pickle_value **memo;
    size_t memo_room, n_memo;
    size_t n_values;
    bool done;
} pickle_reader;

static dsc_status fail_at(pickle_reader *r, const char *what)
{
    return dsc_fail(r->ctx, DSC_INPUT, "%s, byte %zu of data.pkl: %s; get the file again", r->path,
                    (size_t)(r->at - r->start), what);
}

// ---- bytes --------------------------------------------------------------------------------------

static dsc_status take_bytes(pickle_reader *r, size_t n, const unsigned char **bytes)
{
    if (n > (size_t)(r->end - r->at)) return fail_at(r, "the pickle ends too early");
    *bytes = r->at;
    r->at += n;
    return DSC_OK;
}

static dsc_status take_number(pickle_reader *r, int n, uint64_t *number)
{
    const unsigned char *bytes = NULL;
    DSC_TRY(take_bytes(r, (size_t)n, &bytes));
    *number = 0;
    for (int i = n - 1; i >= 0; i--) *number = *number << 8 | bytes[i];
    return DSC_OK;
}

static dsc_status take_line(pickle_reader *r, const unsigned char **line, size_t *n)
{
    const unsigned char *end = memchr(r->at, '\n', (size_t)(r->end - r->at));
    if (!end) return fail_at(r, "the pickle ends too early");
    *line = r->at;
    *n = (size_t)(end - r->at);
    r->at = end + 1;
    return DSC_OK;
}

// ---- values -------------------------------------------------------------------------------------

static dsc_status make(pickle_reader *r, pickle_kind kind, pickle_value **value)
{
    if (++r->n_values > MOST_VALUES) return fail_at(r, "more values than any model has");
    DSC_TRY(dsc_arena_alloc(r->arena, 1, sizeof **value, value));
    (*value)->kind = kind;
    return DSC_OK;
}

static dsc_status push(pickle_reader *r, pickle_value *value)
{
    if (r->n == r->room) {
        const size_t more = 2 * r->room + 64;
        DSC_TRY(dsc_grow(r->ctx, r->room, more, sizeof *r->stack, &r->stack));
        r->room = more;
    }
    r->stack[r->n++] = value;
    return DSC_OK;
}

static dsc_status push_new(pickle_reader *r, pickle_kind kind, pickle_value **value)
{
    DSC_TRY(make(r, kind, value));
    return push(r, *value);
}

static dsc_status pop(pickle_reader *r, pickle_value **value)
{
    if (r->n == 0 || r->stack[r->n - 1]->kind == PICKLE_MARK)
        return fail_at(r, "a value is missing");
    *value = r->stack[--r->n];
    return DSC_OK;
}

static dsc_status add_item(pickle_reader *r, pickle_value *list, pickle_value *item)
{
    if (list->n == list->room) {
        pickle_value **more;
        const size_t room = 2 * list->room + 4;
        DSC_TRY(dsc_arena_alloc(r->arena, room, sizeof *more, &more));
        if (list->n) memcpy(more, list->item, list->n * sizeof *more);
        list->item = more;
        list->room = room;
    }
    list->item[list->n++] = item;
    return DSC_OK;
}

static dsc_status push_text(pickle_reader *r, pickle_kind kind, const unsigned char *bytes,
                            size_t n)
{
    pickle_value *value;
    const union {
        const unsigned char *bytes;
        const char *text;
    } same = {.bytes = bytes};
    DSC_TRY(push_new(r, kind, &value));
    return data_utf8_text(r->arena, same.text, n, &value->text);
}

// ---- opcodes ------------------------------------------------------------------------------------

typedef dsc_status opcode_fn(pickle_reader *r, int argument);

static dsc_status skip(pickle_reader *r, int bytes)
{
    const unsigned char *skipped;
    return take_bytes(r, (size_t)bytes, &skipped);
}

static dsc_status push_mark(pickle_reader *r, int unused)
{
    pickle_value *value;
    (void)unused;
    return push_new(r, PICKLE_MARK, &value);
}

static dsc_status push_empty(pickle_reader *r, int kind)
{
    pickle_value *value;
    return push_new(r, (pickle_kind)kind, &value);
}

static dsc_status push_flag(pickle_reader *r, int flag)
{
    pickle_value *value;
    DSC_TRY(push_new(r, PICKLE_WHOLE, &value));
    value->whole = flag;
    return DSC_OK;
}

// Whole numbers without a sign, but for those of four bytes; longer ones have their length before.
static dsc_status push_whole(pickle_reader *r, int bytes)
{
    pickle_value *value;
    uint64_t bits = 0, n = (uint64_t)bytes;
    const bool is_long = bytes == 0;
    if (is_long) DSC_TRY(take_number(r, 1, &n));
    if (n > 8) return fail_at(r, "a whole number of more than 8 bytes");
    DSC_TRY(take_number(r, (int)n, &bits));
    if ((is_long || bytes == 4) && n > 0 && n < 8 && bits >> (8 * n - 1))
        bits |= UINT64_MAX << 8 * n;
    DSC_TRY(push_new(r, PICKLE_WHOLE, &value));
    memcpy(&value->whole, &bits, sizeof bits);
    return DSC_OK;
}

static dsc_status push_real(pickle_reader *r, int unused)
{
    (void)unused;
    DSC_TRY(skip(r, 8));
    return push_empty(r, PICKLE_NONE);
}

static dsc_status push_counted(pickle_reader *r, int width)
{
    uint64_t n = 0;
    const unsigned char *bytes = NULL;
    DSC_TRY(take_number(r, width, &n));
    if (n > SIZE_MAX / 4) return fail_at(r, "the pickle ends too early");
    DSC_TRY(take_bytes(r, (size_t)n, &bytes));
    return push_text(r, PICKLE_TEXT, bytes, (size_t)n);
}

// What lies above the last mark, as items of `list`; the mark goes too.
static dsc_status pop_to_mark(pickle_reader *r, pickle_value *list)
{
    size_t first = r->n;
    while (first > 0 && r->stack[first - 1]->kind != PICKLE_MARK) first--;
    if (first == 0) return fail_at(r, "a mark is missing");
    for (size_t i = first; i < r->n; i++) DSC_TRY(add_item(r, list, r->stack[i]));
    r->n = first - 1;
    return DSC_OK;
}

static dsc_status push_collected(pickle_reader *r, int kind)
{
    pickle_value *list;
    DSC_TRY(make(r, (pickle_kind)kind, &list));
    DSC_TRY(pop_to_mark(r, list));
    return push(r, list);
}

static dsc_status push_tuple(pickle_reader *r, int n)
{
    pickle_value *list;
    DSC_TRY(make(r, PICKLE_LIST, &list));
    if (r->n < (size_t)n) return fail_at(r, "a value is missing");
    for (int i = n; i > 0; i--) {
        if (r->stack[r->n - (size_t)i]->kind == PICKLE_MARK)
            return fail_at(r, "a value is missing");
        DSC_TRY(add_item(r, list, r->stack[r->n - (size_t)i]));
    }
    r->n -= (size_t)n;
    return push(r, list);
}

// What follows the last mark goes into the list or dictionary before it.
static dsc_status add_collected(pickle_reader *r, int kind)
{
    pickle_value *items;
    DSC_TRY(make(r, PICKLE_LIST, &items));
    DSC_TRY(pop_to_mark(r, items));
    if (r->n == 0 || r->stack[r->n - 1]->kind != (pickle_kind)kind)
        return fail_at(r, "items of what holds none");
    for (size_t i = 0; i < items->n; i++) DSC_TRY(add_item(r, r->stack[r->n - 1], items->item[i]));
    return DSC_OK;
}

static dsc_status add_some(pickle_reader *r, int kind)
{
    pickle_value *items[2] = {NULL};
    const int n = kind == PICKLE_DICT ? 2 : 1;
    for (int i = n - 1; i >= 0; i--) DSC_TRY(pop(r, &items[i]));
    if (r->n == 0 || r->stack[r->n - 1]->kind != (pickle_kind)kind)
        return fail_at(r, "items of what holds none");
    for (int i = 0; i < n; i++) DSC_TRY(add_item(r, r->stack[r->n - 1], items[i]));
    return DSC_OK;
}

// ---- the memo -----------------------------------------------------------------------------------

static dsc_status remember(pickle_reader *r, uint64_t place)
{
    if (r->n == 0) return fail_at(r, "a value is missing");
    if (place > MOST_VALUES) return fail_at(r, "a place in the memo that is absurd");
    if (place >= r->memo_room) {
        const size_t more = 2 * (size_t)place + 64;
        DSC_TRY(dsc_grow(r->ctx, r->memo_room, more, sizeof *r->memo, &r->memo));
        r->memo_room = more;
    }
    r->memo[place] = r->stack[r->n - 1];
    r->n_memo++;
    return DSC_OK;
}

static dsc_status put_memo(pickle_reader *r, int width)
{
    uint64_t place = r->n_memo;
    if (width > 0) DSC_TRY(take_number(r, width, &place));
    return remember(r, place);
}

static dsc_status get_memo(pickle_reader *r, int width)
{
    uint64_t place = 0;
    DSC_TRY(take_number(r, width, &place));
    if (place >= r->memo_room || !r->memo[place] || r->memo[place]->kind == PICKLE_MARK)
        return fail_at(r, "a value that was never stored");
    return push(r, r->memo[place]);
}

// ---- globals and what is built ------------------------------------------------------------------

static const char *const known_globals[] = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    "torch DoubleStorage",
    "torch FloatStorage",
    "torch HalfStorage",
    "torch BFloat16Storage",
    "torch LongStorage",
    "torch IntStorage",
    "torch ShortStorage",
    "torch CharStorage",
    "torch ByteStorage",
    "torch BoolStorage",
};

static dsc_status name_global(pickle_reader *r, const char *module, const char *name)
{
    char full[256];
    pickle_value *value;
    snprintf(full, sizeof full, "%s %s", module, name);
    bool known = false;
    for (size_t i = 0; i < sizeof known_globals / sizeof *known_globals; i++)
        known |= strcmp(full, known_globals[i]) == 0;
    DSC_REQUIRE(r->ctx, known, DSC_INPUT,
                "%s asks Python for %.100s.%.100s, which is not needed to read tensors, and is not "
                "done. Save the state dictionary alone: torch.save(model.state_dict(), FILE)",
                r->path, module, name);
    DSC_TRY(push_new(r, PICKLE_GLOBAL, &value));
    return dsc_arena_strdup(r->arena, full, &value->text);
}

static dsc_status push_global(pickle_reader *r, int unused)
{
    const unsigned char *module = NULL, *name = NULL;
    size_t n = 0, m = 0;
    char text[2][128];
    (void)unused;
    DSC_TRY(take_line(r, &module, &n));
    DSC_TRY(take_line(r, &name, &m));
    snprintf(text[0], 128, "%.*s", (int)(n < 127 ? n : 127), (const char *)module);
    snprintf(text[1], 128, "%.*s", (int)(m < 127 ? m : 127), (const char *)name);
    return name_global(r, text[0], text[1]);
}

static dsc_status push_stack_global(pickle_reader *r, int unused)
{
    pickle_value *name = NULL, *module = NULL;
    (void)unused;
    DSC_TRY(pop(r, &name));
    DSC_TRY(pop(r, &module));
    if (name->kind != PICKLE_TEXT || module->kind != PICKLE_TEXT)
        return fail_at(r, "a global without a name");
    return name_global(r, module->text, name->text);
}

// ('storage', type, key, device, n)
static dsc_status push_storage(pickle_reader *r, int unused)
{
    pickle_value *id = NULL, *value;
    (void)unused;
    DSC_TRY(pop(r, &id));
    const bool fine = id->kind == PICKLE_LIST && id->n >= 5 && id->item[0]->kind == PICKLE_TEXT &&
                      strcmp(id->item[0]->text, "storage") == 0 &&
                      id->item[1]->kind == PICKLE_GLOBAL && id->item[2]->kind == PICKLE_TEXT;
    if (!fine) return fail_at(r, "a reference that is no storage of a tensor");
    DSC_TRY(push_new(r, PICKLE_STORAGE, &value));
    value->type = id->item[1]->text;
    value->text = id->item[2]->text;
    return DSC_OK;
}

static bool all_whole(const pickle_value *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->item[i]->kind != PICKLE_WHOLE || list->item[i]->whole < 0) return false;
    return list->kind == PICKLE_LIST;
}

// (storage, offset, shape, strides, ...)
static dsc_status build_tensor(pickle_reader *r, const pickle_value *a)
{
    pickle_value *value;
    const bool fine = a->n >= 4 && a->item[0]->kind == PICKLE_STORAGE &&
                      a->item[1]->kind == PICKLE_WHOLE && a->item[1]->whole >= 0 &&
                      all_whole(a->item[2]) && all_whole(a->item[3]) &&
                      a->item[2]->n == a->item[3]->n && a->item[2]->n <= DATA_MAX_DIMENSIONS;
    if (!fine) return fail_at(r, "a tensor without storage or shape, or of more than 4 dimensions");
    DSC_TRY(push_new(r, PICKLE_TENSOR, &value));
    DSC_TRY(add_item(r, value, a->item[0]));
    value->offset = a->item[1]->whole;
    value->n_dimensions = (int)a->item[2]->n;
    for (int d = 0; d < value->n_dimensions; d++) {
        value->shape[d] = a->item[2]->item[d]->whole;
        value->stride[d] = a->item[3]->item[d]->whole;
    }
    return DSC_OK;
}

static dsc_status reduce(pickle_reader *r, int unused)
{
    pickle_value *arguments = NULL, *function = NULL, *value;
    (void)unused;
    DSC_TRY(pop(r, &arguments));
    DSC_TRY(pop(r, &function));
    if (function->kind != PICKLE_GLOBAL || arguments->kind != PICKLE_LIST)
        return fail_at(r, "a call of what is no function");
    if (strcmp(function->text, "collections OrderedDict") == 0)
        return push_new(r, PICKLE_DICT, &value);
    if (strcmp(function->text, "torch._utils _rebuild_tensor_v2") == 0)
        return build_tensor(r, arguments);
    if (strcmp(function->text, "torch._utils _rebuild_parameter") == 0 && arguments->n > 0)
        return push(r, arguments->item[0]);
    return fail_at(r, "a storage that is called");
}

// The attributes that a state dictionary has of its own (_metadata) are of no use here.
static dsc_status build(pickle_reader *r, int unused)
{
    pickle_value *state;
    (void)unused;
    return pop(r, &state);
}

static dsc_status stop(pickle_reader *r, int unused)
{
    (void)unused;
    r->done = true;
    return DSC_OK;
}

// ---- the machine --------------------------------------------------------------------------------

typedef struct opcode {
    opcode_fn *run;
    int argument;
} opcode;

static const opcode opcodes[256] = {
    [0x80] = {skip, 1}, // PROTO
    [0x95] = {skip, 8}, // FRAME
    ['('] = {push_mark, 0},
    ['N'] = {push_empty, PICKLE_NONE},
    [0x88] = {push_flag, 1},
    [0x89] = {push_flag, 0},
    ['K'] = {push_whole, 1},
    ['M'] = {push_whole, 2},
    ['J'] = {push_whole, 4},
    [0x8a] = {push_whole, 0},
    ['G'] = {push_real, 0},
    ['X'] = {push_counted, 4}, // texts in UTF-8
    [0x8c] = {push_counted, 1},
    [0x8d] = {push_counted, 8},
    ['U'] = {push_counted, 1}, // and of Python 2
    ['T'] = {push_counted, 4},
    [')'] = {push_empty, PICKLE_LIST},
    [']'] = {push_empty, PICKLE_LIST},
    ['}'] = {push_empty, PICKLE_DICT},
    ['t'] = {push_collected, PICKLE_LIST},
    ['l'] = {push_collected, PICKLE_LIST},
    ['d'] = {push_collected, PICKLE_DICT},
    [0x85] = {push_tuple, 1},
    [0x86] = {push_tuple, 2},
    [0x87] = {push_tuple, 3},
    ['a'] = {add_some, PICKLE_LIST},
    ['e'] = {add_collected, PICKLE_LIST},
    ['s'] = {add_some, PICKLE_DICT},
    ['u'] = {add_collected, PICKLE_DICT},
    ['q'] = {put_memo, 1},
    ['r'] = {put_memo, 4},
    [0x94] = {put_memo, 0},
    ['h'] = {get_memo, 1},
    ['j'] = {get_memo, 4},
    ['c'] = {push_global, 0},
    [0x93] = {push_stack_global, 0},
    ['Q'] = {push_storage, 0},
    ['R'] = {reduce, 0},
    ['b'] = {build, 0},
    ['.'] = {stop, 0},
};

static dsc_status run(pickle_reader *r)
{
    while (!r->done) {
        const unsigned char *code = NULL;
        DSC_TRY(take_bytes(r, 1, &code));
        const opcode *o = &opcodes[*code];
        DSC_REQUIRE(
            r->ctx, o->run, DSC_INPUT,
            "%s, byte %zu of data.pkl: the opcode 0x%02x is not needed to read tensors, and "
            "is not done. Save the state dictionary alone: torch.save(model.state_dict(), "
            "FILE)",
            r->path, (size_t)(code - r->start), *code);
        DSC_TRY(o->run(r, o->argument));
    }
    return DSC_OK;
}

dsc_status pickle_read(dsc_context *ctx, dsc_arena *arena, const char *path,
                       const data_bytes *bytes, pickle_value **value)
{
    const union {
        const char *text;
        const unsigned char *bytes;
    } same = {.text = bytes->bytes};
    pickle_reader r = {.ctx = ctx, .arena = arena, .path = path, .start = same.bytes};
    r.at = r.start, r.end = r.start + bytes->n;
    dsc_status status = run(&r);
    if (status == DSC_OK) status = pop(&r, value);
    dsc_free(ctx, &r.stack);
    dsc_free(ctx, &r.memo);
    return status;
}
