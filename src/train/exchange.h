// SPDX-License-Identifier: Apache-2.0
// exchange.h — the parameters of the public disRNN package (main branch of 2026-08): a JSON object
// of groups, each an object of tensors as nested lists (spec disrnn.md 1.4-1.7, 6.1).
#ifndef DISCERN_TRAIN_EXCHANGE_H
#define DISCERN_TRAIN_EXCHANGE_H

#include "train/internal.h"

enum { EXCHANGE_NAME = 96 };
// Where a parameter of ours is there; false if the package has no such network.
bool exchange_name(const char *model, const char *name, char group[EXCHANGE_NAME],
                   char tensor[EXCHANGE_NAME]);
// The group that tells a model from the others; NULL if the package has no such network.
const char *exchange_root(const char *model);
// The i-th model that can be exchanged, NULL past the end.
const char *exchange_model(int i);
// Whether the package keeps a parameter as a matrix, even of one column.
bool exchange_is_matrix(const char *name);
// The row of a subject's embedding: its label if all labels are the numbers 0 ... n - 1, else its
// place. n: subjects; most: rows.
int exchange_row(char *const *labels, int n, int most, int subject);

#endif
