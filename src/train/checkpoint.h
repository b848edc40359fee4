// SPDX-License-Identifier: Apache-2.0
// checkpoint.h — what writing and reading of checkpoints share.
#ifndef DISCERN_TRAIN_CHECKPOINT_H
#define DISCERN_TRAIN_CHECKPOINT_H

#include <stdlib.h>

#include "train/internal.h"

#define CHECKPOINT_FORMAT "discern-checkpoint-1"

// One tensor of the file and where its values live.
typedef struct tensor {
    char name[512];
    int64_t shape[3];
    int n_shape;
    size_t count;
    double *values;
} tensor;

// The tensors of a checkpoint in the order of the file.
typedef struct tensors {
    const checkpoint *c;
    int n_arrays, array, parameter;
    const char *names[5]; // NULL: the parameters themselves
    double *arrays[5];
} tensors;
void tensors_begin(tensors *t, const checkpoint *c);
bool tensors_next(tensors *t, tensor *x);

// The whole numbers of the metadata, in the order of checkpoint_wholes().
enum { N_WHOLES = 10 };
extern const char *const checkpoint_wholes[N_WHOLES];

#endif
