// SPDX-License-Identifier: Apache-2.0
// loss.h — losses by name: what they are made of, their values and slopes (loss.c).
#ifndef DISCERN_TRAIN_LOSS_H
#define DISCERN_TRAIN_LOSS_H

#include "discern/train.h"

// What a loss may be made of: sums over trials, each an objective.
typedef enum loss_term { TERM_NLL, TERM_SSE, TERM_PENALTY, N_TERMS } loss_term;
bool loss_has(dsc_loss loss, loss_term term);
const char *loss_name(dsc_loss loss);
// Whether the slopes do not depend on the sums.
bool loss_is_linear(dsc_loss loss);
int loss_objective(const dsc_cell *cell, loss_term term); // its index, -1: none
// A term's part of the loss, and the loss's derivative by the term's sum; n is what divides it.
typedef struct loss_weights {
    dsc_loss loss;
    double penalty_scale, likelihood_weight;
} loss_weights;
double loss_value(const loss_weights *w, loss_term term, double sum, double n);
double loss_slope(const loss_weights *w, loss_term term, double sum, double n);

#endif
