// SPDX-License-Identifier: Apache-2.0
// tree.h — what MAT and HDF5 files hold: named arrays, in groups, in groups. Their readers make the
// tree, tree.c finds the table in it.
#ifndef DISCERN_DATA_TREE_H
#define DISCERN_DATA_TREE_H

#include "data/private.h"

typedef enum data_kind { DATA_GROUP, DATA_NUMBERS, DATA_TEXTS, DATA_LIST, DATA_OTHER } data_kind;

typedef struct data_node {
    const char *name;
    data_kind kind;
    const char *what;          // DATA_OTHER: "complex numbers"
    size_t n;                  // numbers, texts, elements of a list; members of a group
    data_array array;          // of numbers; bytes NULL: not loaded yet
    char **text;               // [n]; NULL: missing (or, all of it, not loaded yet)
    struct data_node *member;  // [n] of a group, or the elements of a list (NULL: not loaded yet)
    const char *place, *field; // where to load from: a path, and a field of what is there
} data_node;

typedef struct data_tree {
    dsc_context *ctx;
    data_source *s;
    dsc_arena *arena; // of the nodes
    data_node root;   // a group
    // Fills in what is not loaded yet; NULL: all is there.
    dsc_status (*load)(struct data_tree *t, data_node *node);
    void *user;
    char separator; // of names in s->part: '.' or '/'
} data_tree;

// Fills the source from the only table in the tree, or the one that s->part names: a group whose
// members are of one length, a column each, or an array of numbers with several dimensions.
dsc_status data_read_tree(data_tree *t);
// A text from row `row` of a matrix of characters in the order of MATLAB, by columns: UTF-16 (or
// UTF-8 byte by byte), without the blanks that fill it up where there are several rows.
dsc_status data_text_of_row(dsc_arena *arena, const data_array *a, size_t n_rows, size_t n_columns,
                            size_t row, bool utf8, char **text);
// The member of a group with that name, NULL if there is none.
data_node *data_node_member(const data_node *node, const char *name);
// Fills in what is not loaded yet of a node (not of its members).
dsc_status data_node_load(data_tree *t, data_node *node);
// clicks.c: Poisson clicks, known by their variables where no part of the tree is named.
bool data_holds_clicks(const data_tree *t);
dsc_status data_read_clicks(data_tree *t);
// nwb.c: the trials of an NWB file, as the part of the tree to read unless another one is named.
// Numbers of rows become trial numbers, ragged columns are left out, subject and session come from
// the file's own description.
dsc_status data_find_nwb_trials(data_tree *t);

#endif
