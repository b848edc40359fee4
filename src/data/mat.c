// SPDX-License-Identifier: Apache-2.0
// mat.c — MAT files of version 5 (MATLAB's -v6 and -v7, Octave, SciPy) to a tree of arrays. After a
// header of 128 bytes a file is a row of elements: type and size (4 bytes each; both and the data
// in 8 bytes if it is small), then the data, padded to 8 bytes. A variable is an element `matrix`,
// maybe within a compressed one: flags with its class, dimensions, name, and then numbers, texts,
// the cells, or the fields of every struct. The format: MathWorks, "MAT-File Format", 2019. Sizes
// are never taken on trust, as damaged files must cost no memory.
#include <string.h>

#include "data/tree.h"

enum { MAT_HEADER = 128, DEEPEST = 32 };

enum mat_type {
    MAT_INT32 = 5,
    MAT_UINT32 = 6,
    MAT_MATRIX = 14,
    MAT_COMPRESSED = 15,
};

enum mat_class {
    MAT_CELL = 1,
    MAT_STRUCT = 2,
    MAT_OBJECT = 3,
    MAT_CHAR = 4,
    MAT_SPARSE = 5,
    MAT_DOUBLE = 6,
    MAT_UINT64 = 15,
    MAT_FUNCTION = 16,
    MAT_OPAQUE = 17,
};

// What the numbers of an element of data are; 0: not numbers.
static const struct {
    char kind;
    int size;
} types[] = {
    [1] = {'i', 1},  [2] = {'u', 1},  [3] = {'i', 2},  [4] = {'u', 2},  [5] = {'i', 4},
    [6] = {'u', 4},  [7] = {'f', 4},  [9] = {'f', 8},  [12] = {'i', 8}, [13] = {'u', 8},
    [16] = {'u', 1}, [17] = {'u', 2}, [18] = {'u', 4},
};
enum { N_TYPES = sizeof types / sizeof *types, MAT_UTF8 = 16 };

// Where to read next, and where that ends.
typedef struct mat_reader {
    data_tree *t;
    const char *at, *end;
    const char *variable; // for messages
    int depth;
} mat_reader;

typedef struct mat_element {
    uint32_t type;
    const char *bytes;
    size_t n;
} mat_element;

// The head of a `matrix`.
typedef struct mat_matrix {
    int class;
    bool complex;
    int n_dimensions;
    size_t shape[DATA_MAX_DIMENSIONS], n;
    const char *name;
} mat_matrix;

static dsc_status fail_damaged(const mat_reader *r, const char *what)
{
    return dsc_fail(r->t->ctx, DSC_INPUT, "%s, variable \"%s\": %s; get or save the file again",
                    r->t->s->path, r->variable, what);
}

static uint32_t word_at(const char *bytes)
{
    const unsigned char *p = (const unsigned char *)bytes;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static dsc_status next_element(mat_reader *r, mat_element *e)
{
    const size_t left = (size_t)(r->end - r->at);
    if (left < 8) return fail_damaged(r, "it ends too early");
    const uint32_t type = word_at(r->at);
    if (type >> 16) { // a small one
        *e = (mat_element){type & 0xffff, r->at + 4, type >> 16};
        if (e->n > 4) return fail_damaged(r, "an element has an impossible size");
        r->at += 8;
        return DSC_OK;
    }
    *e = (mat_element){type, r->at + 8, word_at(r->at + 4)};
    if (e->n > left - 8) return fail_damaged(r, "it ends too early");
    const size_t padded = type == MAT_COMPRESSED ? e->n : (e->n + 7) / 8 * 8;
    r->at += 8 + (padded > left - 8 ? left - 8 : padded);
    return DSC_OK;
}

static dsc_status copy_name(const mat_reader *r, const char *bytes, size_t n, const char **name)
{
    char *copy;
    n = strnlen(bytes, n);
    DSC_TRY(dsc_arena_alloc(r->t->arena, n + 1, 1, &copy));
    memcpy(copy, bytes, n);
    *name = copy;
    return DSC_OK;
}

// ---- the head -----------------------------------------------------------------------------------

static dsc_status read_shape(mat_reader *r, mat_matrix *m)
{
    mat_element e;
    DSC_TRY(next_element(r, &e));
    const size_t rank = e.n / 4;
    if (e.type != MAT_INT32 || rank < 2 || rank > DATA_MAX_DIMENSIONS)
        return fail_damaged(r, "it has no dimensions, or more than four");
    m->n_dimensions = (int)rank;
    m->n = 1;
    for (size_t d = 0; d < rank; d++) {
        const size_t n = word_at(e.bytes + 4 * d);
        if (n > INT32_MAX || (n > 0 && m->n > SIZE_MAX / 64 / n))
            return fail_damaged(r, "its dimensions are impossible");
        m->shape[d] = n;
        m->n *= n;
    }
    return DSC_OK;
}

static dsc_status read_head(mat_reader *r, mat_matrix *m)
{
    mat_element e;
    DSC_TRY(next_element(r, &e));
    if (e.type != MAT_UINT32 || e.n < 8) return fail_damaged(r, "it does not say what it is");
    const uint32_t flags = word_at(e.bytes);
    *m = (mat_matrix){.class = (int)(flags & 0xff), .complex = flags & 0x800, .name = ""};
    if (m->class != MAT_OPAQUE) DSC_TRY(read_shape(r, m));
    DSC_TRY(next_element(r, &e));
    return copy_name(r, e.bytes, e.n, &m->name);
}

// ---- what it holds ------------------------------------------------------------------------------

static dsc_status read_matrix(mat_reader *r, const mat_element *e, data_node *node);

static dsc_status read_nested(mat_reader *r, data_node *node)
{
    mat_element e;
    DSC_TRY(next_element(r, &e));
    if (e.type != MAT_MATRIX) return fail_damaged(r, "it holds something that is no array");
    return read_matrix(r, &e, node);
}

// The data of a matrix with n values: numbers, or the characters of texts.
static dsc_status read_values(mat_reader *r, const mat_matrix *m, mat_element *e, data_array *a)
{
    DSC_TRY(next_element(r, e));
    const bool known = e->type < N_TYPES && types[e->type].size > 0;
    if (!known && m->n > 0) return fail_damaged(r, "its values are of an unknown type");
    *a = (data_array){
        .n_dimensions = m->n_dimensions, .n = m->n, .fortran = true, .bytes = e->bytes};
    memcpy(a->shape, m->shape, sizeof a->shape);
    if (known) a->kind = types[e->type].kind, a->size = (size_t)types[e->type].size;
    return DSC_OK;
}

static dsc_status read_numbers(mat_reader *r, const mat_matrix *m, data_node *node)
{
    mat_element e;
    DSC_TRY(read_values(r, m, &e, &node->array));
    if (m->n > 0 && m->n > e.n / node->array.size) return fail_damaged(r, "values are missing");
    node->kind = DATA_NUMBERS;
    node->n = m->n;
    return DSC_OK;
}

// A text per row of characters.
static dsc_status read_texts(mat_reader *r, const mat_matrix *m, data_node *node)
{
    data_array a;
    mat_element e;
    DSC_TRY(read_values(r, m, &e, &a));
    node->kind = DATA_TEXTS;
    node->n = m->n > 0 ? m->shape[0] : 0;
    if (m->n_dimensions > 2) {
        *node = (data_node){.kind = DATA_OTHER, .what = "texts of several dimensions"};
        return DSC_OK;
    }
    if (node->n == 0) return DSC_OK;
    // One row in UTF-8 may have more bytes than characters.
    const bool utf8 = e.type == MAT_UTF8, single = m->shape[0] == 1;
    const size_t n_columns = utf8 && single ? e.n : m->shape[1];
    if (a.kind == 'f' || n_columns > e.n / a.size / m->shape[0])
        return fail_damaged(r, "characters are missing");
    DSC_TRY(dsc_arena_alloc(r->t->arena, node->n, sizeof *node->text, &node->text));
    for (size_t row = 0; row < node->n; row++)
        DSC_TRY(
            data_text_of_row(r->t->arena, &a, m->shape[0], n_columns, row, utf8, &node->text[row]));
    return DSC_OK;
}

static dsc_status start_list(mat_reader *r, size_t n, data_node *node)
{
    // Every element takes 8 bytes at least.
    if (n > (size_t)(r->end - r->at) / 8) return fail_damaged(r, "elements are missing");
    node->kind = DATA_LIST;
    node->n = n;
    return dsc_arena_alloc(r->t->arena, n, sizeof *node->member, &node->member);
}

static dsc_status read_cells(mat_reader *r, const mat_matrix *m, data_node *node)
{
    DSC_TRY(start_list(r, m->n, node));
    for (size_t i = 0; i < m->n; i++) DSC_TRY(read_nested(r, &node->member[i]));
    return DSC_OK;
}

static dsc_status read_field_names(mat_reader *r, data_node *node)
{
    mat_element length, names;
    DSC_TRY(next_element(r, &length));
    DSC_TRY(next_element(r, &names));
    const size_t each = length.n >= 4 ? word_at(length.bytes) : 0;
    if (each == 0 || each > 4096) return fail_damaged(r, "its fields have no names");
    node->kind = DATA_GROUP;
    node->n = names.n / each;
    DSC_TRY(dsc_arena_alloc(r->t->arena, node->n, sizeof *node->member, &node->member));
    for (size_t f = 0; f < node->n; f++)
        DSC_TRY(copy_name(r, names.bytes + f * each, each, &node->member[f].name));
    return DSC_OK;
}

// A struct is a group; an array of structs is one too, with a list of its values for every field.
static dsc_status read_structs(mat_reader *r, const mat_matrix *m, data_node *node)
{
    mat_element class_name;
    if (m->class == MAT_OBJECT) DSC_TRY(next_element(r, &class_name));
    DSC_TRY(read_field_names(r, node));
    // Every value takes 8 bytes at least, of all fields together.
    if (m->n > 0 && node->n > (size_t)(r->end - r->at) / 8 / m->n)
        return fail_damaged(r, "elements are missing");
    for (size_t f = 0; m->n != 1 && f < node->n; f++) {
        const char *name = node->member[f].name;
        DSC_TRY(start_list(r, m->n, &node->member[f]));
        node->member[f].name = name;
    }
    for (size_t i = 0; node->n > 0 && i < m->n; i++)
        for (size_t f = 0; f < node->n; f++) {
            data_node *field = &node->member[f];
            DSC_TRY(read_nested(r, m->n == 1 ? field : &field->member[i]));
        }
    return DSC_OK;
}

static dsc_status read_other(mat_reader *r, const mat_matrix *m, data_node *node)
{
    (void)r;
    node->kind = DATA_OTHER;
    node->what = m->complex                 ? "complex numbers"
                 : m->class == MAT_SPARSE   ? "a sparse matrix"
                 : m->class == MAT_FUNCTION ? "a function"
                                            : "an object, e.g. a table (save table2struct of it)";
    return DSC_OK;
}

typedef dsc_status read_fn(mat_reader *r, const mat_matrix *m, data_node *node);

static read_fn *reader_of(const mat_matrix *m)
{
    static read_fn *const readers[] = {[MAT_CELL] = read_cells,
                                       [MAT_STRUCT] = read_structs,
                                       [MAT_OBJECT] = read_structs,
                                       [MAT_CHAR] = read_texts};
    if (m->complex) return read_other;
    if (m->class >= MAT_CELL && m->class <= MAT_CHAR) return readers[m->class];
    return m->class >= MAT_DOUBLE && m->class <= MAT_UINT64 ? read_numbers : read_other;
}

// The name of the node is kept if it has one.
static dsc_status read_matrix(mat_reader *r, const mat_element *e, data_node *node)
{
    mat_reader inner = {.t = r->t,
                        .at = e->bytes,
                        .end = e->bytes + e->n,
                        .variable = r->variable,
                        .depth = r->depth + 1};
    mat_matrix m;
    const char *name = node->name;
    if (inner.depth > DEEPEST) return fail_damaged(r, "arrays lie in arrays too deep");
    *node = (data_node){.name = name, .kind = DATA_NUMBERS};
    if (e->n == 0) return DSC_OK; // []
    DSC_TRY(read_head(&inner, &m));
    if (inner.depth == 1) inner.variable = name = m.name;
    const dsc_status status = reader_of(&m)(&inner, &m, node);
    node->name = name;
    return status;
}

// ---- the file -----------------------------------------------------------------------------------

typedef struct mat_variable {
    data_node node;
    data_bytes unpacked; // what it was compressed from
    struct mat_variable *next;
} mat_variable;

static dsc_status read_variable(mat_reader *r, mat_variable *v)
{
    mat_element e;
    DSC_TRY(next_element(r, &e));
    if (e.type != MAT_COMPRESSED) return read_matrix(r, &e, &v->node);
    DSC_TRY(data_inflate(r->t->ctx, r->t->s->path, e.bytes, e.n, false, &v->unpacked));
    mat_reader inner = {.t = r->t, .at = v->unpacked.bytes, .variable = r->variable};
    inner.end = inner.at + v->unpacked.n;
    return read_nested(&inner, &v->node);
}

// All variables; those without a name are the program's own.
static dsc_status read_variables(mat_reader *r, mat_variable **first)
{
    size_t n = 0;
    for (mat_variable **last = first; r->end - r->at > 0;) {
        DSC_TRY(dsc_arena_alloc(r->t->arena, 1, sizeof **last, last));
        DSC_TRY(read_variable(r, *last));
        r->variable = (*last)->node.name ? (*last)->node.name : "";
        n += *r->variable != 0;
        last = &(*last)->next;
    }
    data_node *root = &r->t->root;
    DSC_TRY(dsc_arena_alloc(r->t->arena, n, sizeof *root->member, &root->member));
    for (mat_variable *v = *first; v; v = v->next)
        if (v->node.name && *v->node.name) root->member[root->n++] = v->node;
    return DSC_OK;
}

static dsc_status read_file(data_tree *t, const data_bytes *file)
{
    mat_variable *first = NULL;
    mat_reader r = {.t = t, .variable = "(the first)"};
    r.at = file->bytes + MAT_HEADER, r.end = file->bytes + file->n;
    dsc_status status = read_variables(&r, &first);
    if (status == DSC_OK) status = data_read_tree(t);
    for (mat_variable *v = first; v; v = v->next) dsc_free(t->ctx, &v->unpacked.bytes);
    return status;
}

dsc_status data_read_mat(dsc_context *ctx, data_source *s, data_bytes *file)
{
    data_tree t = {.ctx = ctx, .s = s, .root = {.name = ""}, .separator = '.'};
    DSC_REQUIRE(ctx, file->n >= MAT_HEADER, DSC_INPUT, "%s ends too early; get the file again",
                s->path);
    DSC_REQUIRE(ctx, memcmp(file->bytes + 126, "IM", 2) == 0, DSC_INPUT,
                "%s was saved on a big-endian machine, or is damaged; save it again", s->path);
    DSC_TRY(dsc_arena_create(ctx, &t.arena));
    const dsc_status status = read_file(&t, file);
    dsc_arena_destroy(&t.arena);
    return status;
}
