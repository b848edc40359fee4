// SPDX-License-Identifier: Apache-2.0
// tree.c — the table in a tree of named arrays. A group is a table if it has members with several
// values: those with as many as most of them are columns, single values hold for all trials, and
// what is neither is named in a note. An array of numbers with several dimensions is one too.
#include <math.h>
#include <string.h>

#include "data/tree.h"

static const char *const no_label = ""; // of what is missing

dsc_status data_node_load(data_tree *t, data_node *node)
{
    const bool there = node->kind == DATA_NUMBERS ? node->array.bytes != NULL
                       : node->kind == DATA_TEXTS ? node->text != NULL
                       : node->kind == DATA_LIST  ? node->member != NULL
                                                  : true;
    return there || node->n == 0 || !t->load ? DSC_OK : t->load(t, node);
}

dsc_status data_text_of_row(dsc_arena *arena, const data_array *a, size_t n_rows, size_t n_columns,
                            size_t row, bool utf8, char **text)
{
    char *out;
    size_t n = 0;
    DSC_TRY(dsc_arena_alloc(arena, n_columns * 4 + 1, 1, &out));
    for (size_t k = 0; k < n_columns; k++) {
        uint32_t c = (uint32_t)data_array_number(a, row + k * n_rows);
        if (utf8) {
            out[n++] = (char)c;
            continue;
        }
        const bool pair = c >= 0xd800 && c < 0xdc00 && k + 1 < n_columns;
        const uint32_t low = pair ? (uint32_t)data_array_number(a, row + (k + 1) * n_rows) : 0;
        if (low >= 0xdc00 && low < 0xe000) c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00), k++;
        n += (size_t)data_put_character(c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? '?' : c,
                                        out + n);
    }
    out[n] = 0;
    while (n_rows > 1 && n > 0 && out[n - 1] == ' ') out[--n] = 0;
    return utf8 ? data_utf8_text(arena, out, strlen(out), text) : (*text = out, DSC_OK);
}

// ---- shapes -------------------------------------------------------------------------------------

static int count_long_axes(const data_node *node)
{
    int n = 0;
    for (int d = 0; d < node->array.n_dimensions; d++) n += node->array.shape[d] > 1;
    return n;
}

static bool is_column(const data_node *node)
{
    if (node->kind == DATA_NUMBERS) return node->n > 0 && count_long_axes(node) < 2;
    return (node->kind == DATA_TEXTS || node->kind == DATA_LIST) && node->n > 0;
}

static bool is_block(const data_node *node)
{
    const int n = node->array.n_dimensions;
    return node->kind == DATA_NUMBERS && (n == 2 || n == 3) && count_long_axes(node) > 1;
}

static bool is_table(const data_node *node)
{
    if (node->kind != DATA_GROUP) return is_block(node);
    for (size_t i = 0; i < node->n; i++)
        if (is_column(&node->member[i]) && node->member[i].n > 1) return true;
    return false;
}

// ---- which part of the file ---------------------------------------------------------------------

enum { MOST_LISTED = 12, LONGEST_PATH = 512 };

typedef struct candidates {
    int n;
    data_node *first;
    dsc_text names;
} candidates;

// Whether a member is a table of its own, or only a matrix beside the columns of its group.
static bool is_own_table(const data_node *group, const data_node *member)
{
    return is_table(member) && (member->kind == DATA_GROUP || !is_table(group));
}

static dsc_status find_tables(data_tree *t, data_node *node, const char *path, candidates *found)
{
    char inner[LONGEST_PATH];
    if (is_table(node)) {
        if (found->n++ == 0) found->first = node;
        if (found->n <= MOST_LISTED)
            dsc_text_add(t->ctx, &found->names, "%s%s#%s", found->n > 1 ? ", " : "", t->s->file,
                         path);
    }
    if (node->kind != DATA_GROUP) return found->names.status;
    for (size_t i = 0; i < node->n; i++) {
        data_node *member = &node->member[i];
        const int length = snprintf(inner, sizeof inner, "%s%.*s%s", path, *path ? 1 : 0,
                                    &t->separator, member->name);
        const bool fits = length < (int)sizeof inner;
        if (fits && (member->kind == DATA_GROUP || is_own_table(node, member)))
            DSC_TRY(find_tables(t, member, inner, found));
    }
    return found->names.status;
}

static dsc_status list_members(data_tree *t, const data_node *node, dsc_text *out)
{
    for (size_t i = 0; i < node->n && i < MOST_LISTED; i++)
        dsc_text_add(t->ctx, out, "%s\"%s\"", i ? ", " : "", node->member[i].name);
    if (node->n == 0) dsc_text_add(t->ctx, out, "nothing");
    if (node->n > MOST_LISTED) dsc_text_add(t->ctx, out, " and %zu more", node->n - MOST_LISTED);
    return out->status;
}

static dsc_status fail_no_table(data_tree *t, const data_node *node)
{
    dsc_text have = {0};
    dsc_status status = DSC_OK;
    if (node->kind == DATA_GROUP) status = list_members(t, node, &have);
    else
        status = dsc_text_add(t->ctx, &have, "%s",
                              node->kind == DATA_OTHER ? node->what : "a single column");
    if (status == DSC_OK)
        status = dsc_fail(t->ctx, DSC_INPUT,
                          "%s: no table of trials: vectors of one length, a column each, were "
                          "expected; there is %s",
                          t->s->path, have.s);
    dsc_text_free(t->ctx, &have);
    return status;
}

static dsc_status find_only(data_tree *t, data_node **table)
{
    candidates found = {0};
    dsc_status status = find_tables(t, &t->root, "", &found);
    if (status == DSC_OK && found.n == 0) status = fail_no_table(t, &t->root);
    if (status == DSC_OK && found.n > 1)
        status = dsc_fail(t->ctx, DSC_INPUT, "%s holds %d tables. Say which one: %s%s", t->s->path,
                          found.n, found.names.s, found.n > MOST_LISTED ? ", ..." : "");
    *table = found.first;
    dsc_text_free(t->ctx, &found.names);
    return status;
}

static data_node *find_member(const data_node *node, const char *name, size_t n)
{
    for (size_t i = 0; node->kind == DATA_GROUP && i < node->n; i++)
        if (strncmp(node->member[i].name, name, n) == 0 && node->member[i].name[n] == 0)
            return &node->member[i];
    return NULL;
}

data_node *data_node_member(const data_node *node, const char *name)
{
    return find_member(node, name, strlen(name));
}

static dsc_status find_named(data_tree *t, data_node **table)
{
    const char *at = t->s->part;
    *table = &t->root;
    for (at += *at == t->separator; *at;) {
        const char *end = strchr(at, t->separator);
        const size_t n = end ? (size_t)(end - at) : strlen(at);
        data_node *member = find_member(*table, at, n);
        if (!member) {
            dsc_text have = {0};
            dsc_status status = list_members(t, *table, &have);
            if (status == DSC_OK)
                status = dsc_fail(t->ctx, DSC_INPUT, "%s: there is no \"%.*s\"; there is %s",
                                  t->s->path, (int)n, at, have.s);
            dsc_text_free(t->ctx, &have);
            return status;
        }
        *table = member;
        at += n + (end != NULL);
    }
    return DSC_OK;
}

// ---- columns ------------------------------------------------------------------------------------

// How many rows the table has: as many as most of its columns have values.
static dsc_status count_rows(data_tree *t, const data_node *group, size_t *n_rows)
{
    size_t best = 0, votes = 0;
    bool tie = false;
    for (size_t i = 0; i < group->n; i++) {
        const size_t length = group->member[i].n;
        size_t n = 0;
        if (!is_column(&group->member[i]) || length == best) continue;
        for (size_t k = 0; k < group->n; k++)
            n += is_column(&group->member[k]) && group->member[k].n == length;
        if (best > 1 && length == 1) continue;
        if (n == votes && best > 1) tie = true;
        if (n <= votes && !(best == 1 && length > 1)) continue;
        best = length, votes = n, tie = false;
    }
    if (best == 0) return fail_no_table(t, group);
    DSC_REQUIRE(t->ctx, !tie, DSC_INPUT,
                "%s: vectors of different lengths, and as many of one as of the other; leave in "
                "the file only those with a value for every trial",
                t->s->path);
    *n_rows = best;
    return DSC_OK;
}

// The one value of an element of a list that holds no more: the node that has it; NULL if it holds
// more. Single values were loaded with the list.
static const data_node *scalar_of(const data_node *node)
{
    while (node->kind == DATA_LIST && node->n == 1) node = node->member;
    return node->kind == DATA_OTHER || node->kind == DATA_GROUP || node->n > 1 ? NULL : node;
}

// Whether every element of a list is a single value, so that the list is a column.
static bool has_scalars(const data_node *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (!scalar_of(&list->member[i])) return false;
    return true;
}

static dsc_status is_used(data_tree *t, data_node *member, size_t n_rows, bool *used)
{
    *used = is_column(member) && (member->n == n_rows || member->n == 1);
    if (!*used) return DSC_OK;
    DSC_TRY(data_node_load(t, member));
    *used = member->kind != DATA_LIST || has_scalars(member);
    return DSC_OK;
}

static const char *text_of(const data_node *node, size_t i)
{
    return node->n > 0 && node->text[i] ? node->text[i] : no_label;
}

// A list is one of texts if texts are all it holds.
static bool holds_texts(const data_node *member)
{
    bool any = false, other = false;
    for (size_t i = 0; member->kind == DATA_LIST && i < member->n; i++) {
        const data_node *scalar = scalar_of(&member->member[i]);
        any |= scalar->kind == DATA_TEXTS;
        other |= scalar->kind == DATA_NUMBERS && scalar->n > 0;
    }
    return member->kind == DATA_TEXTS || (any && !other);
}

static dsc_status add_node(data_tree *t, const data_node *node, size_t i)
{
    if (node->kind == DATA_LIST) node = scalar_of(&node->member[i]), i = 0;
    if (node->n == 0) return data_add_cell(t->ctx, t->s, no_label);
    if (node->kind == DATA_TEXTS) return data_add_cell(t->ctx, t->s, text_of(node, i));
    return data_add_number(t->ctx, t->s, data_array_number(&node->array, i));
}

static dsc_status tell_unused(data_tree *t, const data_node *group, const bool *used)
{
    dsc_text names = {0};
    int n = 0;
    for (size_t i = 0; i < group->n; i++)
        if (!used[i] && n++ < MOST_LISTED)
            dsc_text_add(t->ctx, &names, "%s\"%s\"", n > 1 ? ", " : "", group->member[i].name);
    if (n > MOST_LISTED) dsc_text_add(t->ctx, &names, " and %d more", n - MOST_LISTED);
    const dsc_status status = names.status;
    if (status == DSC_OK && names.s)
        dsc_note(t->ctx, DSC_NOTE,
                 "%s: not read, since they do not have one value for each of the %zu trials: %s",
                 t->s->path, t->s->n_rows, names.s);
    dsc_text_free(t->ctx, &names);
    return status;
}

static dsc_status name_columns(data_tree *t, data_node *group, const bool *used)
{
    data_source *s = t->s;
    DSC_TRY(dsc_arena_alloc(s->arena, group->n, sizeof *s->column, &s->column));
    for (size_t i = 0; i < group->n; i++) {
        if (!used[i]) continue;
        DSC_REQUIRE(t->ctx, s->n_columns < DATA_MAX_COLUMNS, DSC_INPUT,
                    "%s: more than %d columns; is this a table of trials?", s->path,
                    DATA_MAX_COLUMNS);
        data_column *c = &s->column[s->n_columns++];
        c->role = DATA_NO_ROLE;
        c->texts = holds_texts(&group->member[i]);
        DSC_TRY(dsc_arena_strdup(s->arena, group->member[i].name, &c->name));
    }
    return DSC_OK;
}

static dsc_status take_cells(data_tree *t, data_node *group, const bool *used)
{
    for (size_t row = 0; row < t->s->n_rows; row++)
        for (size_t i = 0; i < group->n; i++)
            if (used[i]) DSC_TRY(add_node(t, &group->member[i], group->member[i].n == 1 ? 0 : row));
    return DSC_OK;
}

static dsc_status take_group(data_tree *t, data_node *group)
{
    bool *used, any = false;
    DSC_TRY(count_rows(t, group, &t->s->n_rows));
    DSC_TRY(dsc_arena_alloc(t->arena, group->n, sizeof *used, &used));
    for (size_t i = 0; i < group->n; i++) {
        DSC_TRY(is_used(t, &group->member[i], t->s->n_rows, &used[i]));
        any |= used[i];
    }
    if (!any) return fail_no_table(t, group);
    DSC_TRY(tell_unused(t, group, used));
    DSC_TRY(name_columns(t, group, used));
    return take_cells(t, group, used);
}

dsc_status data_read_tree(data_tree *t)
{
    data_node *table;
    if (data_holds_clicks(t)) return data_read_clicks(t);
    DSC_TRY(t->s->part ? find_named(t, &table) : find_only(t, &table));
    if (table->kind == DATA_GROUP) return take_group(t, table);
    if (!is_block(table)) return fail_no_table(t, table);
    DSC_TRY(data_node_load(t, table));
    return data_read_array(t->ctx, t->s, &table->array);
}
