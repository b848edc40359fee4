// SPDX-License-Identifier: Apache-2.0
// decoding.h — a column of the table read from latents.
#ifndef DISCERN_PLOT_DECODING_H
#define DISCERN_PLOT_DECODING_H

#include "plot/internal.h"

enum { PLOT_DECODED = 5, PLOT_PRODUCTS = 56 }; // most latents; most products of them
typedef struct plot_decoder {
    int n, p;            // trials; latents, at most PLOT_DECODED
    const double *x, *y; // [n][p] latents, [n] the column
    const bool *learn;   // [n] trials to fit
    const bool *judge;   // [n] trials to judge by
    const bool *begins;  // [n] first of a session
} plot_decoder;
typedef struct plot_decoded {
    double line, curve;  // R2 of a line and of a smooth function
    double change_error; // of the latter's changes from trial to trial, as a part of the changes
} plot_decoded;
// decoded [n]: the smooth function's values. All are NaN where there is no solution or nothing
// changes.
dsc_status plot_decode(dsc_context *ctx, const plot_decoder *q, double *decoded, plot_decoded *d);

#endif
