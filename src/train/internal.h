// SPDX-License-Identifier: Apache-2.0
// internal.h — what the files of the train room share; grouped by the file that defines it.
#ifndef DISCERN_TRAIN_INTERNAL_H
#define DISCERN_TRAIN_INTERNAL_H

#include "train/loss.h"

#define PATH_BYTES 1536
#define OWN_MODEL  "model.cog" // in a run directory: the text of a model that discern does not ship

// ---- metrics.c: metrics.csv, one line per logged step ---------------------------------------

typedef struct metrics metrics;
typedef struct metrics_row {
    int64_t step;      // steps done in the whole fit, the first is 1
    const char *phase; // its name
    double loss, nll_train, nll_heldout, penalty, grad_norm, lr, trials_per_s; // NaN: empty cell
} metrics_row;
// Opens PATH for appending. last_kept < 0: a new file with a header. Otherwise rows whose step is
// larger than last_kept, and an incomplete last line, are dropped first (atomically).
dsc_status metrics_open(dsc_context *ctx, const char *path, int64_t last_kept, metrics **m);
dsc_status metrics_append(metrics *m, const metrics_row *row);
// Everything appended so far reaches the disk (called before a checkpoint is written).
dsc_status metrics_flush(metrics *m);
void metrics_close(metrics **m); // NULL allowed

// ---- events.c: TensorBoard ------------------------------------------------------------------

typedef struct events events;
// Opens a new event file FOLDER/events.out.tfevents.*; start_step > 0 tells readers to drop what
// older files of the folder hold from start_step on.
dsc_status events_open(dsc_context *ctx, const char *folder, int64_t start_step, events **e);
dsc_status events_scalar(events *e, int64_t step, const char *tag, double value);
dsc_status events_flush(events *e);
void events_close(events **e); // NULL allowed

// ---- provenance.c ----------------------------------------------------------------------------

// Writes provenance.json: version, commit, compiler, libraries, processor, engine, threads, seed,
// hashes of data, split and config, time; after a resume also what was there ("earlier").
typedef struct provenance_facts {
    const dsc_fit_config *config;
    const dsc_engine *engine;
    const dsc_table *table;
    const char *config_hash; // 16 hex digits
    int threads;
    int64_t resumed_at;     // step, -1 for a fresh fit
    const dsc_split *split; // may be NULL
    const char *gnuplot;    // its version, "" without it
} provenance_facts;
dsc_status provenance_write(dsc_context *ctx, const char *path, const provenance_facts *f);

// ---- summary.c ---------------------------------------------------------------------------------

// RUN/summary.json of a fleet: for every replica its seed and scores, and mean, s.d. and best over
// them.
dsc_status summary_write_replicas(dsc_context *ctx, const char *path, int n, const int64_t *seeds,
                                  dsc_evaluation *const *evaluations);

// ---- parts.c: what a config stands for ----------------------------------------------------------

// A list of names "a, b" as an array of strings in one block; free with dsc_free. n = 0 for "".
// Errors: DSC_INPUT for a name that stands in the list of this key twice.
dsc_status names_split(dsc_context *ctx, const char *key, const char *text, char ***names, int *n);
// The observation columns of a config ("" = the model's own), likewise; and the columns that are
// predicted as values: none for a loss of choices alone, the choice for mse without targets.
dsc_status inputs_of(dsc_context *ctx, const dsc_fit_config *c, const dsc_model *m, char ***names,
                     int *n);
dsc_status targets_of(dsc_context *ctx, const dsc_fit_config *c, dsc_loss loss, char ***names,
                      int *n);
// The engine of a config ("" reads as the default).
dsc_status engine_of(dsc_context *ctx, const dsc_fit_config *c, const dsc_engine **e);
dsc_status penalty_trials_of(dsc_context *ctx, const dsc_fit_config *c, dsc_penalty_trials *p);
// Reads the table that a config names, with its maps; and the split (no held-out part without
// split.*).
dsc_status table_of(dsc_context *ctx, const dsc_fit_config *c, dsc_table **table);
dsc_status split_of(dsc_context *ctx, const dsc_fit_config *c, const dsc_table *t,
                    dsc_split *split);
// Hash of the written config without what leaves a step's results alone (threads, how long, how
// often).
// The config as a run directory holds it: a user's own model is the one beside it.
dsc_status config_write_of_run(dsc_context *ctx, const dsc_fit_config *c, dsc_text *out);
dsc_status config_hash(dsc_context *ctx, const dsc_fit_config *c, char out[17]);

// ---- loss.c -------------------------------------------------------------------------------------

// The loss of a config; "" chooses by the targets and by whether the model's cell has a penalty.
dsc_status loss_of(dsc_context *ctx, const dsc_fit_config *c, const dsc_model *m, dsc_loss *loss);
// Builds the model's cell; loss < 0: the model alone.
typedef struct cell_request {
    const dsc_model *model;
    const void *config; // dsc_fit_config.model_config
    dsc_model_size size;
    int loss;      // dsc_loss or -1
    int n_targets; // of a loss of values
    bool valid;    // trials say which options they allow
} cell_request;
dsc_status cell_build(dsc_context *ctx, const cell_request *r, dsc_cell **cell);
// The logits of a model; of options that the trial does not allow (inputs valid_action_N) they are
// so small that nothing is left of them.
dsc_node loss_logits(dsc_builder *b, bool valid);

// ---- schedule.c ---------------------------------------------------------------------------------

// The learning rate of step s = 0, 1, ... of a phase.
double schedule_rate(const dsc_phase_config *phase, int64_t s);

// ---- optimizer.c --------------------------------------------------------------------------------

// Forgets moments and steps.
void optimizer_reset(dsc_optimizer *o);
// Euclidean norm over the values whose mask is not 0 (NULL = all).
double masked_norm(size_t n, const double *x, const unsigned char *mask);

// ---- checkpoint.c: safetensors ------------------------------------------------------------------

// Where a fit stands; everything that resuming needs besides parameters and optimiser arrays. (The
// random numbers of a step are a function of the seed and the step.)
typedef struct fit_state {
    int64_t step;       // steps done in the whole fit
    int phase;          // index of the phase of the last step done
    int64_t phase_step; // steps done in that phase
    int64_t rolling;    // first session of the next rolling batch
    double best_value; // of this phase: held-out nll per trial, plus the penalty where there is one
    int64_t best_step; // -1 before
    int64_t
        // the step from which patience counts: of the last improvement, or the phase's first
        patient_since;
    bool stopped_early; // patience ran out
} fit_state;

// What a cell was built for; kept in a checkpoint so that a run opens without its data.
typedef struct cell_facts {
    int n_actions, n_subjects;
    char **subjects; // [n_subjects] labels, in one block; NULL if the file does not say them
    // [n_subjects] those on which nothing was trained though they have parameters; NULL: none
    unsigned char *untrained;
} cell_facts;

typedef struct checkpoint {
    const dsc_cell *cell; // names and shapes of the parameters
    const dsc_layout *layout;
    const char *model, *config_hash;
    int64_t seed;
    cell_facts facts;
    fit_state *state;
    double *parameters;       // [layout->n_values]
    dsc_optimizer *optimizer; // NULL: leave its arrays out / do not read them
} checkpoint;
// Writes atomically.
dsc_status checkpoint_write(dsc_context *ctx, const char *path, const checkpoint *c);
// Reads into *c (state, parameters, optimiser). Errors: DSC_INPUT with what is wrong and what to
// do; then nothing of *c has changed. A config hash that differs is refused only if c->config_hash
// is given.
dsc_status checkpoint_read(dsc_context *ctx, const char *path, const checkpoint *c);
// Reads only what the cell was built for; labels and `untrained` are the caller's to free.
dsc_status checkpoint_facts(dsc_context *ctx, const char *path, cell_facts *facts);

// ---- start.c: subjects that were not trained on -------------------------------------------------

// Whether a cell has parameters of every subject.
bool start_knows_subjects(const dsc_cell *cell);
// Gives the subjects that a run has learnt nothing of the mean of the others', and marks them in
// run->untrained. What a fit began with by itself (train.start) stays.
dsc_status start_untrained(dsc_context *ctx, dsc_run *run);
// Whether the parameters of run->untrained are such means.
bool start_is_mean(const dsc_run *run);

// ---- lock.c -------------------------------------------------------------------------------------

typedef struct run_lock run_lock;
// Takes RUN/lock for this process; a run used by a live process is refused, naming it; a stale lock
// is taken over with a note.
dsc_status lock_take(dsc_context *ctx, const char *run, run_lock **lock);
void lock_release(run_lock **lock); // NULL allowed

#endif
