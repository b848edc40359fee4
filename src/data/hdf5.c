// SPDX-License-Identifier: Apache-2.0
// hdf5.c — HDF5 files (libhdf5) to a tree of arrays: groups, data sets of numbers, texts and
// compounds; MATLAB's -v7.3, which is HDF5 with classes as attributes, cells and arrays of structs
// as references, and axes in reverse order; and the trials of NWB (nwb.c). Values are read only
// once a table is found. Links to other files are not followed.
#include <hdf5.h>
#include <string.h>
#include <sys/stat.h>

#include "data/tree.h"

enum { DEEPEST = 12, MOST_NODES = 200000, LARGEST_RATIO = 1100, LONGEST_NAME = 256 };

typedef struct hdf5_file {
    data_tree tree;
    hid_t id;
    bool matlab; // -v7.3
    size_t bytes, n_nodes;
    int depth;        // of references that are being followed
    dsc_status texts; // DSC_MEMORY where there was none for a text
} hdf5_file;

bool data_is_hdf5(const data_bytes *start)
{
    for (size_t at = 0; at + 8 <= start->n; at = at ? 2 * at : 512)
        if (memcmp(start->bytes + at, "\x89HDF\r\n\x1a\n", 8) == 0) return true;
    return false;
}

static dsc_status fail_set(hdf5_file *f, const char *place)
{
    return dsc_fail(f->tree.ctx, DSC_INPUT,
                    "%s, data set \"%s\": it cannot be read; it is damaged, or packed in a way "
                    "that is not known here",
                    f->tree.s->path, place);
}

// ---- attributes ---------------------------------------------------------------------------------

// A text attribute; "" where there is none.
static void read_attribute(hid_t object, const char *name, char out[64])
{
    out[0] = 0;
    if (H5Aexists(object, name) <= 0) return;
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    const size_t size = H5Tget_size(type);
    const bool text = H5Tget_class(type) == H5T_STRING && H5Sget_simple_extent_npoints(space) == 1;
    char *one = NULL;
    if (text && H5Tis_variable_str(type) > 0 && H5Aread(attribute, type, &one) >= 0) {
        if (one) snprintf(out, 64, "%s", one);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, &one);
    } else if (text && H5Tis_variable_str(type) == 0 && size < 64 &&
               H5Aread(attribute, type, out) >= 0) {
        out[size] = 0;
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
}

// ---- nodes --------------------------------------------------------------------------------------

static dsc_status copy_text(hdf5_file *f, const char *text, const char **copy)
{
    char *made;
    DSC_TRY(dsc_arena_strdup(f->tree.arena, text, &made));
    *copy = made;
    return DSC_OK;
}

static void make_other(data_node *node, const char *what)
{
    node->kind = DATA_OTHER;
    node->what = what;
}

static bool is_number(hid_t type)
{
    const H5T_class_t class = H5Tget_class(type);
    return class == H5T_INTEGER || class == H5T_FLOAT || class == H5T_ENUM;
}

// Elements of a type: numbers, texts, references. MATLAB's texts are numbers, its axes are
// reversed.
static void describe(hdf5_file *f, hid_t type, const char *class, data_node *node)
{
    if (is_number(type)) {
        node->kind = DATA_NUMBERS;
        if (f->matlab && strcmp(class, "char") == 0) {
            node->kind = DATA_TEXTS;
            node->n = node->n == 0 ? 0 : node->array.shape[0];
        }
    } else if (H5Tget_class(type) == H5T_STRING && node->array.n_dimensions < 2) {
        node->kind = DATA_TEXTS;
    } else if (H5Tget_class(type) == H5T_REFERENCE && f->matlab) {
        node->kind = DATA_LIST;
    } else {
        make_other(node, "values of a kind that is not read");
    }
}

// A group with a member per field.
static dsc_status describe_compound(hdf5_file *f, hid_t type, data_node *node)
{
    const int n = H5Tget_nmembers(type);
    const data_node whole = *node;
    node->kind = DATA_GROUP;
    node->n = n > 0 ? (size_t)n : 0;
    DSC_TRY(dsc_arena_alloc(f->tree.arena, node->n, sizeof *node->member, &node->member));
    for (size_t i = 0; i < node->n; i++) {
        data_node *member = &node->member[i];
        char *name = H5Tget_member_name(type, (unsigned)i);
        const hid_t own = H5Tget_member_type(type, (unsigned)i);
        *member = whole;
        const dsc_status status = copy_text(f, name ? name : "", &member->name);
        member->field = member->name;
        describe(f, own, "", member);
        H5free_memory(name);
        H5Tclose(own);
        DSC_TRY(status);
    }
    return DSC_OK;
}

static dsc_status read_shape(hdf5_file *f, hid_t set, const char *place, data_node *node)
{
    hsize_t sizes[H5S_MAX_RANK] = {0};
    const hid_t space = H5Dget_space(set);
    const int rank = H5Sget_simple_extent_ndims(space);
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    if (rank > 0) H5Sget_simple_extent_dims(space, sizes, NULL);
    H5Sclose(space);
    if (rank < 0 || n < 0) return fail_set(f, place);
    // A size that no packing can reach is a damaged one: ask for no such memory.
    DSC_REQUIRE(f->tree.ctx, (size_t)n / LARGEST_RATIO <= f->bytes, DSC_INPUT,
                "%s, data set \"%s\": it says that it has %zu values, which the file cannot hold",
                f->tree.s->path, place, (size_t)n);
    node->n = node->array.n = (size_t)n;
    node->array.fortran = f->matlab;
    node->array.n_dimensions = rank;
    for (int d = 0; d < rank && d < DATA_MAX_DIMENSIONS; d++)
        node->array.shape[f->matlab && rank <= DATA_MAX_DIMENSIONS ? rank - 1 - d : d] =
            (size_t)sizes[d];
    if (rank > DATA_MAX_DIMENSIONS) make_other(node, "an array of more than four dimensions");
    return DSC_OK;
}

static dsc_status add_set(hdf5_file *f, hid_t set, const char *place, data_node *node)
{
    char class[64];
    DSC_TRY(read_shape(f, set, place, node));
    if (node->kind == DATA_OTHER) return DSC_OK;
    read_attribute(set, "MATLAB_class", class);
    const hid_t type = H5Dget_type(set);
    dsc_status status = DSC_OK;
    const bool empty = f->matlab && H5Aexists(set, "MATLAB_empty") > 0;
    if (empty) node->kind = DATA_NUMBERS, node->n = node->array.n = 0;
    else if (H5Tget_class(type) == H5T_COMPOUND) status = describe_compound(f, type, node);
    else describe(f, type, class, node);
    H5Tclose(type);
    return status;
}

static dsc_status add_group(hdf5_file *f, hid_t group, const char *place, int depth,
                            data_node *node);

// One object; `place` is its path.
static dsc_status add_object(hdf5_file *f, hid_t object, const char *place, int depth,
                             data_node *node)
{
    DSC_REQUIRE(f->tree.ctx, ++f->n_nodes <= MOST_NODES, DSC_INPUT,
                "%s: more than %d groups and data sets; is this a file of trials?", f->tree.s->path,
                MOST_NODES);
    const H5I_type_t type = H5Iget_type(object);
    if (type == H5I_DATASET) return add_set(f, object, place, node);
    if (type == H5I_GROUP && depth < DEEPEST) return add_group(f, object, place, depth, node);
    make_other(node, "what is no data set");
    return DSC_OK;
}

// The names of MATLAB's own groups start with '#'.
static bool is_followed(hid_t group, const char *name)
{
    H5L_info_t link;
    return name[0] != '#' && H5Lget_info(group, name, &link, H5P_DEFAULT) >= 0 &&
           (link.type == H5L_TYPE_HARD || link.type == H5L_TYPE_SOFT);
}

static dsc_status add_member(hdf5_file *f, hid_t group, hsize_t i, const char *place, int depth,
                             data_node *node)
{
    char name[LONGEST_NAME];
    const ssize_t length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name,
                                              sizeof name, H5P_DEFAULT);
    dsc_text path = {0};
    if (length < 0 || length >= (ssize_t)sizeof name || !is_followed(group, name)) return DSC_OK;
    const hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0) return DSC_OK; // a link to nowhere
    data_node *member = &node->member[node->n];
    dsc_status status = dsc_text_add(f->tree.ctx, &path, "%s/%s", place, name);
    if (status == DSC_OK) status = copy_text(f, name, &member->name);
    if (status == DSC_OK) status = copy_text(f, path.s, &member->place);
    if (status == DSC_OK) status = add_object(f, object, member->place, depth + 1, member);
    node->n++;
    H5Oclose(object);
    dsc_text_free(f->tree.ctx, &path);
    return status;
}

static dsc_status add_group(hdf5_file *f, hid_t group, const char *place, int depth,
                            data_node *node)
{
    H5G_info_t info = {0};
    if (H5Gget_info(group, &info) < 0 || info.nlinks > MOST_NODES) return fail_set(f, place);
    node->kind = DATA_GROUP;
    DSC_TRY(dsc_arena_alloc(f->tree.arena, info.nlinks, sizeof *node->member, &node->member));
    for (hsize_t i = 0; i < info.nlinks; i++) DSC_TRY(add_member(f, group, i, place, depth, node));
    return DSC_OK;
}

// ---- values -------------------------------------------------------------------------------------

// What a node is read as in memory: one field of a compound, or the whole element.
static hid_t memory_type(const data_node *node, hid_t type)
{
    if (!node->field) return H5Tcopy(type);
    const hid_t compound = H5Tcreate(H5T_COMPOUND, H5Tget_size(type));
    H5Tinsert(compound, node->field, 0, type);
    return compound;
}

static dsc_status read_numbers(hdf5_file *f, hid_t set, const char *place, size_t n,
                               data_node *node, double **values)
{
    DSC_TRY(dsc_arena_alloc(f->tree.arena, n, sizeof **values, values));
    const hid_t type = memory_type(node, H5T_NATIVE_DOUBLE);
    const bool fine = H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *values) >= 0;
    H5Tclose(type);
    return fine ? DSC_OK : fail_set(f, place);
}

static dsc_status load_numbers(hdf5_file *f, hid_t set, data_node *node)
{
    double *values;
    DSC_TRY(read_numbers(f, set, node->place, node->array.n, node, &values));
    node->array.kind = 'f';
    node->array.size = sizeof *values;
    node->array.bytes = (const char *)values;
    return DSC_OK;
}

// MATLAB's characters; the axes are (column, row).
static dsc_status load_characters(hdf5_file *f, hid_t set, data_node *node)
{
    double *codes;
    DSC_TRY(read_numbers(f, set, node->place, node->array.n, node, &codes));
    const data_array a = {.kind = 'f', .size = sizeof *codes, .bytes = (const char *)codes};
    const size_t columns = node->array.n / node->n;
    DSC_TRY(dsc_arena_alloc(f->tree.arena, node->n, sizeof *node->text, &node->text));
    for (size_t row = 0; row < node->n; row++)
        DSC_TRY(
            data_text_of_row(f->tree.arena, &a, node->n, columns, row, false, &node->text[row]));
    return DSC_OK;
}

// HDF5 allocates texts whose lengths vary: from the arena, since it forgets those of a set that
// turns out to be damaged.
static void *text_alloc(size_t size, void *user)
{
    hdf5_file *f = user;
    char *text = NULL;
    f->texts = dsc_arena_alloc(f->tree.arena, size, 1, &text);
    return text;
}
static void text_free(void *text, void *user)
{
    (void)text, (void)user;
}

static dsc_status take_varying(hdf5_file *f, hid_t set, hid_t type, data_node *node)
{
    char **texts;
    DSC_TRY(dsc_arena_alloc(f->tree.arena, node->n, sizeof *texts, &texts));
    const hid_t access = H5Pcreate(H5P_DATASET_XFER);
    H5Pset_vlen_mem_manager(access, text_alloc, f, text_free, f);
    const bool fine = H5Dread(set, type, H5S_ALL, H5S_ALL, access, texts) >= 0;
    dsc_status status = f->texts;
    if (status == DSC_OK && !fine) status = fail_set(f, node->place);
    H5Pclose(access);
    for (size_t i = 0; status == DSC_OK && i < node->n; i++)
        if (texts[i])
            status = data_utf8_text(f->tree.arena, texts[i], strlen(texts[i]), &node->text[i]);
    return status;
}

static dsc_status take_fixed(hdf5_file *f, hid_t set, hid_t type, bool blanks, data_node *node)
{
    const size_t size = H5Tget_size(type);
    char *texts;
    DSC_TRY(dsc_arena_alloc(f->tree.arena, node->n, size, &texts));
    if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts) < 0)
        return fail_set(f, node->place);
    for (size_t i = 0; i < node->n; i++) {
        size_t n = strnlen(texts + i * size, size);
        while (blanks && n > 0 && texts[i * size + n - 1] == ' ') n--;
        DSC_TRY(data_utf8_text(f->tree.arena, texts + i * size, n, &node->text[i]));
    }
    return DSC_OK;
}

static dsc_status load_strings(hdf5_file *f, hid_t set, data_node *node)
{
    const hid_t whole = H5Dget_type(set);
    const int field = node->field ? H5Tget_member_index(whole, node->field) : -1;
    const hid_t own = field < 0 ? H5Tcopy(whole) : H5Tget_member_type(whole, (unsigned)field);
    const hid_t type = memory_type(node, own);
    const bool varying = H5Tis_variable_str(own) > 0,
               blanks = H5Tget_strpad(own) == H5T_STR_SPACEPAD;
    const bool large = !varying && H5Tget_size(own) / LARGEST_RATIO > f->bytes / node->n;
    dsc_status status = large ? fail_set(f, node->place) : DSC_OK;
    if (status == DSC_OK)
        status = dsc_arena_alloc(f->tree.arena, node->n, sizeof *node->text, &node->text);
    if (status == DSC_OK)
        status =
            varying ? take_varying(f, set, type, node) : take_fixed(f, set, type, blanks, node);
    H5Tclose(type);
    H5Tclose(own);
    H5Tclose(whole);
    return status;
}

static dsc_status load_set(hdf5_file *f, hid_t set, data_node *node);

// What a reference leads to; single values are read at once.
static dsc_status follow(hdf5_file *f, hid_t set, const hobj_ref_t *reference, data_node *node)
{
    const hid_t object = H5Rdereference2(set, H5P_DEFAULT, H5R_OBJECT, reference);
    if (object < 0) return fail_set(f, node->place);
    dsc_status status = DSC_OK;
    if (H5Iget_type(object) == H5I_DATASET) status = add_object(f, object, node->place, 0, node);
    else make_other(node, "a struct");
    if (status == DSC_OK && node->n == 1) status = load_set(f, object, node);
    H5Oclose(object);
    return status;
}

static dsc_status load_references(hdf5_file *f, hid_t set, data_node *node)
{
    hobj_ref_t *references;
    if (++f->depth > DEEPEST) return fail_set(f, node->place);
    DSC_TRY(dsc_arena_alloc(f->tree.arena, node->n, sizeof *references, &references));
    DSC_TRY(dsc_arena_alloc(f->tree.arena, node->n, sizeof *node->member, &node->member));
    if (H5Dread(set, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, references) < 0)
        return fail_set(f, node->place);
    for (size_t i = 0; i < node->n; i++) {
        node->member[i].name = "";
        node->member[i].place = node->place;
        DSC_TRY(follow(f, set, &references[i], &node->member[i]));
    }
    f->depth--;
    return DSC_OK;
}

static dsc_status load_set(hdf5_file *f, hid_t set, data_node *node)
{
    if (node->kind == DATA_NUMBERS) return load_numbers(f, set, node);
    if (node->kind == DATA_LIST) return load_references(f, set, node);
    if (node->kind != DATA_TEXTS) return DSC_OK;
    const hid_t type = H5Dget_type(set);
    const bool characters = is_number(type);
    H5Tclose(type);
    return characters ? load_characters(f, set, node) : load_strings(f, set, node);
}

static dsc_status load_node(data_tree *t, data_node *node)
{
    hdf5_file *f = t->user;
    const hid_t set = H5Dopen2(f->id, node->place, H5P_DEFAULT);
    if (set < 0) return fail_set(f, node->place);
    const dsc_status status = load_set(f, set, node);
    H5Dclose(set);
    return status;
}

// ---- the file -----------------------------------------------------------------------------------

static dsc_status read_tree(hdf5_file *f, const data_bytes *start)
{
    char version[64];
    const hid_t root = H5Gopen2(f->id, "/", H5P_DEFAULT);
    if (root < 0) return fail_set(f, "/");
    f->matlab = start->n > 6 && memcmp(start->bytes, "MATLAB", 6) == 0;
    f->tree.separator = f->matlab ? '.' : '/';
    read_attribute(root, "nwb_version", version);
    dsc_status status = add_object(f, root, "", 0, &f->tree.root);
    H5Gclose(root);
    if (status == DSC_OK && *version) status = data_find_nwb_trials(&f->tree);
    return status == DSC_OK ? data_read_tree(&f->tree) : status;
}

static dsc_status open_file(hdf5_file *f)
{
    struct stat info = {0};
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, 0, 1); // reading needs no lock, and some file systems have none
    f->id = H5Fopen(f->tree.s->file, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    DSC_REQUIRE(f->tree.ctx, f->id >= 0, DSC_INPUT,
                "%s is no complete HDF5 file; get the file again", f->tree.s->path);
    stat(f->tree.s->file, &info);
    f->bytes = (size_t)info.st_size;
    return DSC_OK;
}

static dsc_status read_file(hdf5_file *f, const data_bytes *start)
{
    DSC_TRY(dsc_arena_create(f->tree.ctx, &f->tree.arena));
    dsc_status status = open_file(f);
    if (status == DSC_OK) {
        status = read_tree(f, start);
        H5Fclose(f->id);
    }
    dsc_arena_destroy(&f->tree.arena);
    return status;
}

// What a copy of the process does, to see whether libhdf5 survives the file.
typedef struct trial {
    hdf5_file *f;
    const data_bytes *start;
} trial;

static void try_file(void *user)
{
    const trial *t = user;
    const bool alone = H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL) == 0;
    dsc_on_note(t->f->tree.ctx, NULL, NULL);
    read_file(t->f, t->start);
    H5Eset_auto2(H5E_DEFAULT, (H5E_auto2_t)H5Eprint2, stderr);
    if (alone) H5close(); // it may complain that it cannot let go of the file
}

// A minute of work, and a second per mebibyte, will do.
static dsc_status try_first(hdf5_file *f, const data_bytes *start)
{
    struct stat info = {0};
    bool well = false;
    trial t = {f, start};
    stat(f->tree.s->file, &info);
    const size_t seconds = 60 + ((size_t)info.st_size >> 20);
    DSC_TRY(data_try_in_copy(f->tree.ctx, f->tree.s->path, seconds, try_file, &t, &well));
    DSC_REQUIRE(f->tree.ctx, well, DSC_INPUT,
                "%s is damaged in a way that the HDF5 library does not survive; get the file again",
                f->tree.s->path);
    return DSC_OK;
}

// HDF5 would print its errors; ours say what went wrong.
dsc_status data_read_hdf5(dsc_context *ctx, data_source *s, data_bytes *file)
{
    hdf5_file f = {.tree = {.ctx = ctx, .s = s, .root = {.name = ""}, .load = load_node}};
    H5E_auto2_t print;
    void *client;
    f.tree.user = &f;
    H5Eget_auto2(H5E_DEFAULT, &print, &client);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    dsc_status status = try_first(&f, file);
    if (status == DSC_OK) status = read_file(&f, file);
    H5Eset_auto2(H5E_DEFAULT, print, client);
    return status;
}
