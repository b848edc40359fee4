// SPDX-License-Identifier: Apache-2.0
// pickle.h — the values that a pickled PyTorch state dictionary is made of. Nothing is executed:
// the reader knows how to make these and refuses everything else by name.
#ifndef DISCERN_DATA_PICKLE_H
#define DISCERN_DATA_PICKLE_H

#include "data/private.h"

typedef enum pickle_kind {
    PICKLE_NONE, // also a number with a fraction, which no tensor needs
    PICKLE_MARK,
    PICKLE_WHOLE, // also False, True
    PICKLE_TEXT,
    PICKLE_LIST, // also a tuple
    PICKLE_DICT, // item: key, value, key, value, ...
    PICKLE_GLOBAL,
    PICKLE_STORAGE, // where the numbers of a tensor lie
    PICKLE_TENSOR,
} pickle_kind;

typedef struct pickle_value {
    pickle_kind kind;
    int64_t whole;
    char *text; // of a global: "module name"
    struct pickle_value **item;
    size_t n, room;
    // A storage: text is its key, type its global. A tensor: item[0] is its storage.
    const char *type;
    int64_t offset, shape[DATA_MAX_DIMENSIONS], stride[DATA_MAX_DIMENSIONS];
    int n_dimensions;
} pickle_value;

// Errors: DSC_INPUT with the opcode or global that is not known, and where it stands.
dsc_status pickle_read(dsc_context *ctx, dsc_arena *arena, const char *path,
                       const data_bytes *bytes, pickle_value **value);

#endif
