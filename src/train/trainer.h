// SPDX-License-Identifier: Apache-2.0
// trainer.h — one fit while it runs: what its replicas share, and what each has of its own.
#ifndef DISCERN_TRAIN_TRAINER_H
#define DISCERN_TRAIN_TRAINER_H

#include "train/internal.h"

enum { MOST_OBJECTIVES = 8 };

// The cell with or without noise, ready to train; both have the same parameters and inputs.
typedef struct variant {
    dsc_cell *cell;
    dsc_plan *plan; // NULL if no phase needs it
    bool has_noise;
} variant;

// What the last step of a replica gave.
typedef struct step_result {
    // before the update: loss = nll + penalty; nll: the loss of the data, of values too
    double loss, nll, penalty;
    double grad_norm; // before clipping
    double rate;
} step_result;

// One parameter set of the fleet and its run directory.
typedef struct replica {
    char path[PATH_BYTES];
    dsc_fit_config *config; // with its own seed
    char hash[17];
    run_lock *lock;
    fit_state state;
    double *parameters, *gradient;
    double coefficients[MOST_OBJECTIVES], sums[MOST_OBJECTIVES];
    dsc_optimizer *optimizer;
    metrics *metrics;
    events *events;
    step_result last;
    double trials,
        since; // trials trained on since the last row of metrics, and when that was written
} replica;

// One part of the data, packed.
typedef struct part {
    dsc_pack *pack;         // NULL: no session
    int n, *session;        // indices into the table
    int *first, *last;      // [sessions of the table] its trials that count
    double *count[N_TERMS]; // [n] what divides each term of the loss
    double *trials;         // [n]
    double all[N_TERMS];    // sums of count
} part;

typedef struct trainer {
    dsc_context *ctx;
    const dsc_fit_request *request;
    dsc_fit_config *config; // resolved, of the whole fleet
    const dsc_model *model;
    const dsc_engine *engine;
    dsc_loss loss;
    char **inputs, **targets, **valid; // valid: columns of allowed options
    int n_inputs, n_targets, n_valid;
    dsc_pool *pool;
    dsc_table *table;
    dsc_split split;
    variant variant[2]; // [noisy]
    dsc_layout layout;
    unsigned char *is_free; // [layout.n_values] whether it is trained
    int objective[N_TERMS]; // of each term of the loss; -1: not part of it
    part train, heldout;
    unsigned char *untrained; // [layout.n_subjects] whose parameters nothing trains
    int *drawn;               // [batch size]
    int n_replicas;
    replica *replicas;
    int n_penalties;   // 0: no path
    double *penalties; // [n_penalties] factors
    dsc_replica *calls;
    dsc_progress *progress;
    run_lock *lock; // of the fleet's directory
    char gnuplot[64];
} trainer;

// ---- trainer.c ----------------------------------------------------------------------------------

// Reads the data and prepares cells, plans, packs; touches no file of the run. `split_path`: the
// run's own split.json, NULL to make the split from the config.
dsc_status trainer_create(trainer *t, const char *split_path);
void trainer_destroy(trainer *t);
// The model's cell with its loss as another config of the fit has it.
dsc_status trainer_cell(const trainer *t, const dsc_fit_config *c, bool noisy, dsc_cell **cell);

// ---- trainable.c --------------------------------------------------------------------------------

// Makes t->is_free. Errors: DSC_INPUT for a pattern that fits no parameter, with their names.
dsc_status trainable_find(trainer *t);

// ---- path.c -------------------------------------------------------------------------------------

// The factors of a config's penalties; *n = 0 without any. Errors: DSC_INPUT for what is no path.
dsc_status path_read(dsc_context *ctx, const dsc_fit_config *c, double **penalties, int *n);
// Whether a path of penalties could be judged. Errors: DSC_INPUT.
dsc_status path_check(const trainer *t);
// The seed and the penalties of the k-th replica.
dsc_status path_place(const trainer *t, int k, dsc_fit_config *c);
// Its initial values, with the settings of its own config.
dsc_status path_initialise(const trainer *t, const replica *r);
// Whether two replicas at the same step cannot differ yet: of one seed, and no penalty has counted.
bool path_is_shared(const trainer *t, const replica *a, const replica *b);

// ---- start.c ------------------------------------------------------------------------------------

// Marks the subjects [run->n_subjects] that have sessions in the training part of the run's split;
// all of them if the split says nothing of the kind.
dsc_status start_trained(dsc_context *ctx, const dsc_run *run, unsigned char *trained);
// The place of a subject in a run that was trained on it; -1: it was not.
int start_subject(const dsc_run *run, const unsigned char *trained, const char *label);
// Gives n replicas the parameters of the fit's train.start; does nothing without one. Errors:
// DSC_INPUT if that run is of another model or has other parameters.
dsc_status start_replicas(const trainer *t, const replica *r, int n);

// ---- parts of the data: part.c ------------------------------------------------------------------

dsc_status part_pack(trainer *t, part *p, dsc_part which);
void part_free(dsc_context *ctx, part *p);

// ---- batches.c ----------------------------------------------------------------------------------

typedef struct train_batch {
    dsc_batch batch;
    double count[N_TERMS], trials; // what divides each term; trials computed
} train_batch;
// The sessions of the replica's next step.
dsc_status batch_make(trainer *t, const replica *r, bool noisy, train_batch *out);
// Whether all replicas at the same step have the same batch.
bool batch_is_shared(const trainer *t);
// After the step: moves the rolling position on.
void batch_advance(const trainer *t, fit_state *s);
// Sessions per step.
int batch_sessions(const trainer *t);

// ---- step.c -------------------------------------------------------------------------------------

const dsc_phase_config *phase_of(const trainer *t, const replica *r);
dsc_noise_seed noise_of(const replica *r, dsc_purpose purpose);
// One step of n replicas that stand at the same step: gradients, then updates. Errors: DSC_INPUT
// for a loss or gradient that is not finite, naming session, trial, step.
dsc_status step_all(trainer *t, replica *const *r, int n);

// ---- blame.c ------------------------------------------------------------------------------------

// The sentence for a step whose loss or gradient is not finite: finds the first session and trial.
dsc_status blame_step(trainer *t, const replica *r, const train_batch *batch, bool noisy);

// ---- watch.c: held-out evaluation, best checkpoint, early stopping, metrics ---------------------

bool is_finished(const trainer *t, const replica *r);
dsc_status watch_step(trainer *t, replica *r);
dsc_status checkpoint_save_last(trainer *t, replica *r);

// ---- replica.c: run directories -----------------------------------------------------------------

dsc_status replicas_create(trainer *t); // memory, paths, configs
// A fresh run directory; or continue from its last checkpoint.
dsc_status replica_begin(trainer *t, replica *r);
dsc_status replica_resume(trainer *t, replica *r);
void replica_close(trainer *t, replica *r);
dsc_status config_save(dsc_context *ctx, const char *run, const dsc_fit_config *c);

// ---- folder.c -----------------------------------------------------------------------------------

bool is_run(const char *path);
// What a result is called, and what can be done with it; NULL for none.
const char *result_words(dsc_result kind, const char **advice);
// Whether two paths lead to one file or folder that is there.
bool is_same_file(const char *a, const char *b);
// Refuses a folder that holds something that is not a run, or a run unless `force`.
dsc_status folder_check(dsc_context *ctx, const char *path, bool force);
// Removes what a fit has written, but not the lock.
dsc_status folder_clear(dsc_context *ctx, const char *path);

// ---- finish.c -----------------------------------------------------------------------------------

// Scores the best checkpoints; writes predictions.csv and summary.json.
dsc_status finish_all(trainer *t);

#endif
