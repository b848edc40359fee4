// SPDX-License-Identifier: Apache-2.0
// network.h — one network file: what it holds, and the cell and the rig made from it.
#ifndef DISCERN_GOLDEN_NETWORK_H
#define DISCERN_GOLDEN_NETWORK_H

#include "golden/golden.h"
#include "train/loss.h"

// A kind of network, known by the beginning of meta.network.
typedef struct network_kind {
    const char *word, *model;
    const char *states[2], *keys[2]; // our names of the states, and theirs in the file
} network_kind;

typedef struct network {
    dsc_context *ctx;
    dsc_arena *arena;
    const json_t *root;
    const network_kind *kind;
    const dsc_model *model;
    unsigned char config[DSC_MODEL_CONFIG_BYTES] __attribute__((aligned(16)));
    int T, B, O, K, V, S; // V: values beside the K logits; S: subjects, 0 where it knows of none
    double *xs, *ys, *weights;
    size_t n_weights;
    loss_weights loss;
    double count[N_TERMS]; // what divides each term of the loss
    int draws[8], n_draws; // noise per session and trial of each bottleneck
    int all_draws;
} network;

// Reads everything but the numbers to compare with.
dsc_status network_read(dsc_context *ctx, const json_t *root, dsc_arena *arena, network *n);
bool network_penalized(const network *n);

// The network on one engine. Without noise if `noiseless`; `old`: the penalty counts trials with a
// valid target only, as in release 0.1.4.
typedef struct network_run {
    const network *n;
    dsc_cell *cell;
    dsc_layout layout;
    rig r;
    rig_session *session;
    double *noise, *values, *gradient, *flat; // flat: in the file's order
    double coefficients[N_TERMS], sums[N_TERMS];
} network_run;
dsc_status network_start(const network *n, const dsc_engine *e, bool noiseless, bool old,
                         network_run *run);
void network_end(network_run *run);
// The noise of run r (draws of earlier runs come before it).
void network_noise(network_run *run, int r);
// Between the file's order of values and ours.
void network_to_ours(const network_run *run, const double *flat, double *values);
void network_to_flat(const network_run *run, const double *values, double *flat);
// The sum of one term of the loss, 0 where it has none.
double network_sum(const network_run *run, loss_term term);
// Sums, loss and gradient at run->values.
dsc_status network_differentiate(network_run *run, double *loss);

// Scores the file's weights as an imported run, where its network can be imported.
dsc_status network_import(const network *n, tally *t);

#endif
