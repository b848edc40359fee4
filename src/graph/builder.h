// SPDX-License-Identifier: Apache-2.0
// builder.h — a cell under construction.
#ifndef DSC_GRAPH_BUILDER_H
#define DSC_GRAPH_BUILDER_H

#include "graph/cell.h"

struct dsc_builder {
    dsc_context *ctx;
    dsc_arena *arena;
    dsc_cell *cell;
    dsc_status status; // the first error
};

// Remembers an error; returns node 0.
dsc_node builder_fail(dsc_builder *b, dsc_status s);
// Makes room for element n of an array of the arena (address of the pointer).
void builder_grow(dsc_builder *b, void *array, int n, size_t size);
char *builder_text(dsc_builder *b, const char *text);
dsc_node builder_add(dsc_builder *b, const graph_node *n);
const graph_node *builder_node(const dsc_builder *b, dsc_node x);

#endif
