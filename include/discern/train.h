/* SPDX-License-Identifier: Apache-2.0
 * train.h — losses, optimisers, schedules, the training loop, checkpoints, run directories,
 * evaluation. */
#ifndef DISCERN_TRAIN_H
#define DISCERN_TRAIN_H

#include "discern/data.h"
#include "discern/models.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- losses ---------------------------------------------------------------------------------- */

typedef enum dsc_loss {
    DSC_LOSS_CATEGORICAL,
    DSC_LOSS_PENALIZED_CATEGORICAL,
    DSC_LOSS_MSE,
    DSC_LOSS_PENALIZED_MSE,
    DSC_LOSS_HYBRID, /* of choices and values */
    DSC_LOSS_PENALIZED_HYBRID,
    DSC_LOSS_CATEGORICAL_SUM, /* over trials, not the mean; told per trial all the same */
    DSC_LOSS_PENALIZED_CATEGORICAL_SUM
} dsc_loss;
/* Adds the objectives of a loss to a model's graph: "nll" (sum of weight * -ln p), "sse" (of the
 * values), or both, and "penalty" (penalty_weight * penalty) for the penalized ones. Errors:
 * DSC_INPUT if a penalized loss meets a model without a penalty, or if there are not as many values
 * as targets. valid: only options whose inputs valid_action_N are not 0 can be chosen. */
dsc_status dsc_loss_attach(dsc_builder *b, dsc_loss loss, int n_targets, bool valid);

/* ---- optimisers: over one flat array, moments in the state ----------------------------------- */

typedef struct dsc_optimizer dsc_optimizer;
typedef struct dsc_optimizer_config {
    char name[DSC_FIELD_TEXT]; /* adam, adamw, sgd, rmsprop */
    double beta1, beta2, epsilon, momentum, decay, weight_decay;
    double clip_update, clip_gradient; /* largest Euclidean norm; 0 = off */
} dsc_optimizer_config;
dsc_status dsc_optimizer_create(dsc_context *ctx, const dsc_optimizer_config *c, size_t n,
                                dsc_optimizer **o);
void dsc_optimizer_destroy(dsc_context *ctx, dsc_optimizer **o);
/* One step: parameters += clipped update. free_mask [n] (NULL = all): 0 leaves a value as it is. */
void dsc_optimizer_step(dsc_optimizer *o, double learning_rate, double *parameters,
                        const double *gradient, const unsigned char *free_mask);
/* Its state, for checkpoints: named arrays of n doubles each ("m", "v"), and the number of steps
 * taken. */
int dsc_optimizer_arrays(dsc_optimizer *o, const char *names[4], double *arrays[4]);
int64_t *dsc_optimizer_steps(dsc_optimizer *o);

/* ---- config of a fit: what config.yaml holds ------------------------------------------------- */

#define DSC_MAX_PHASES 8
#define DSC_MAX_MAPS   8
typedef struct dsc_phase_config {
    char name[DSC_FIELD_TEXT];
    int steps;
    double learning_rate;
    char schedule[DSC_FIELD_TEXT]; /* constant, cosine, linear_warmup */
    int warmup_steps;              /* of linear_warmup, and before a cosine */
    bool noiseless;                /* leave noise out */
    double penalty_scale;          /* factor of all penalties; 0 switches them off, l2 included */
    bool reset_optimizer;          /* start with a fresh optimiser state */
} dsc_phase_config;

/* Of classical models: fit.* */
typedef struct dsc_likelihood_config {
    char method[DSC_FIELD_TEXT];    /* mle, map; gradient: trained like a network */
    char optimizer[DSC_FIELD_TEXT]; /* bfgs, or nlopt:NAME */
    char group[DSC_FIELD_TEXT];     /* subject, session, model: who shares parameters */
    int restarts, max_rounds;
    double tolerance, epsilon;
} dsc_likelihood_config;

/* Every member is set through one table of fields (dotted names, as in config.yaml and on the
 * command line). */
typedef struct dsc_fit_config {
    char model[DSC_FIELD_TEXT];  /* model.name */
    const dsc_model *definition; /* of that name, found with the context; NULL before defaults */
    /* model.FIELD, laid out by the model's own table */
    unsigned char model_config[DSC_MODEL_CONFIG_BYTES] __attribute__((aligned(16)));
    char data[1024];             /* data.path */
    char map[DSC_MAX_MAPS][256]; /* data.map, a list */
    int n_maps;
    char missing[DSC_FIELD_TEXT];       /* data.missing */
    char subjects[1024];                /* data.subjects: labels of those that are read; "" = all */
    int n_actions;                      /* data.n_actions; 0 = from the data */
    char inputs[DSC_FIELD_TEXT];        /* data.inputs: observation columns; "" = the model's own */
    char targets[DSC_FIELD_TEXT];       /* data.targets: columns predicted as values */
    char valid_actions[DSC_FIELD_TEXT]; /* data.valid_actions: columns, one per option */
    char split_file[1024];              /* split.file */
    char split_unit[DSC_FIELD_TEXT];    /* split.unit: session, subject, trial */
    int split_every, split_offset;      /* split.every, split.offset */
    double split_last;                  /* split.last; goes before split.every; 0 = not used */
    int split_test_every, split_test_offset; /* split.test_every, split.test_offset */
    char split_stratify[DSC_FIELD_TEXT];     /* split.stratify */
    bool split_aside;                        /* split.aside */
    bool split_shuffle;                      /* split.shuffle, by split.seed */
    int64_t split_seed;
    /* loss.name; "" = categorical, or hybrid if there are targets, penalized if the model has a
     * penalty */
    char loss[DSC_FIELD_TEXT];
    double likelihood_weight; /* loss.likelihood_weight */
    /* loss.penalty_trials: valid, all, padded */
    char penalty_trials[DSC_FIELD_TEXT];
    char batch_mode[DSC_FIELD_TEXT];        /* batch.mode: single, rolling, random, bootstrap */
    int batch_size;                         /* batch.size */
    dsc_optimizer_config optimizer;         /* optimizer.* */
    dsc_phase_config phase[DSC_MAX_PHASES]; /* phases.NAME.* */
    int n_phases;
    dsc_likelihood_config fit; /* fit.* */
    int64_t seed;
    int replicas; /* so many seeds: seed, seed + 1, ... */
    /* penalties: factors of the model's information penalties, each trained with every seed; of P
     * factors, replica k has seed + k / P and the factor k % P; "": as the model has them */
    char penalties[1024];
    /* train.*; in steps; patience 0 = no early stopping */
    int evaluate_every, checkpoint_every, patience;
    bool evaluate_noisy;
    /* train.trainable: patterns over names of parameters; the others keep their values; "": all are
     * trained */
    char trainable[1024];
    char start[1024]; /* train.start: a run whose parameters are the first; "": random ones */
    char start_subjects[DSC_FIELD_TEXT]; /* train.start_subjects: own, mean */
    /* engine.name, engine.isa, engine.precision */
    char engine[DSC_FIELD_TEXT], isa[DSC_FIELD_TEXT], precision[DSC_FIELD_TEXT];
    /* engine.threads; 0 = all; does not change results */
    int threads;
} dsc_fit_config;

/* Defaults for a model: its fields, and its phases (models with noise: warmup then main; others:
 * main). Errors: DSC_INPUT for an unknown model, with the nearest. */
dsc_status dsc_fit_config_defaults(dsc_context *ctx, const char *model, dsc_fit_config *c);
/* Reads a YAML config: model.name first decides the defaults. Errors: DSC_INPUT with file, line,
 * column; an unknown key suggests the nearest. */
dsc_status dsc_fit_config_read(dsc_context *ctx, const char *path, dsc_fit_config *c);
/* Sets one dotted key, e.g. "phases.main.steps" or "model.latent_penalty". `place` as for
 * dsc_field_set. */
dsc_status dsc_fit_config_set(dsc_context *ctx, dsc_fit_config *c, const char *key,
                              const char *value, const char *place);
/* Calls fn for every key of a config, in the order of config.yaml, with its field under the full
 * dotted name; what it gets is borrowed for the call. */
typedef void dsc_key_fn(void *user, const dsc_field *field);
dsc_status dsc_fit_config_keys(dsc_context *ctx, const dsc_fit_config *c, dsc_key_fn *fn,
                               void *user);
/* Writes the whole config as YAML with a comment per key; reading it back gives the same config. */
dsc_status dsc_fit_config_write(dsc_context *ctx, const dsc_fit_config *c, dsc_text *out);
/* Checks what single fields cannot (a data path is there, loss fits model, phases). */
dsc_status dsc_fit_config_check(dsc_context *ctx, const dsc_fit_config *c);

/* ---- a fit ----------------------------------------------------------------------------------- */

typedef struct dsc_fit_request {
    const dsc_fit_config *config; /* NULL when resuming or extending: RUN/config.yaml is read */
    const char *run;              /* the run directory */
    bool resume, force;           /* continue an interrupted fit; replace an existing run */
    int64_t extend;               /* further steps of the last phase of a finished run */
    /* of this call when resuming or extending, which give the same bits; 0, NULL: as the config has
     * them */
    int threads;
    const char *isa;
    FILE *progress; /* NULL = silent */
    /* becomes non-zero (a signal's number) to stop after the current step; may be NULL */
    const volatile int *stop;
} dsc_fit_request;
/* Trains and writes the run directory (architecture: config.yaml, provenance.json, split.json,
 * metrics.csv, events.out.tfevents.*, checkpoints/last.safetensors, checkpoints/best.safetensors,
 * predictions.csv, summary.json, lock). With replicas > 1 every replica has its own complete run
 * directory RUN/replica-K. Errors: DSC_INPUT (bad request, run in use or existing, NaN loss naming
 * session, trial, step), DSC_STOPPED after saving. */
dsc_status dsc_fit(dsc_context *ctx, const dsc_fit_request *r);

/* ---- runs ------------------------------------------------------------------------------------ */

/* A run read back: everything needed to evaluate, record, plot, simulate. */
typedef struct dsc_run {
    char *path;
    dsc_fit_config config;
    const dsc_model *model;
    int n_actions; /* 0: it chooses nothing */
    int n_inputs, n_subjects, n_values;
    char **inputs;  /* [n_inputs] observation columns */
    char **targets; /* [n_values] columns that it predicts as values (dsc_table_target) */
    /* [n_subjects] whose parameters they are; NULL if the checkpoint does not say */
    char **subjects;
    /* [n_subjects] on which nothing was trained; NULL: none, or no parameters of subjects. Theirs
     * are the mean of the others', unless the fit began with another run's (train.start). */
    unsigned char *untrained;
    dsc_cell *cell; /* the model alone (no loss), noiseless */
    /* with its noise (the same cell rebuilt for models without noise) */
    dsc_cell *noisy;
    dsc_layout layout;
    double *parameters; /* [layout.n_values] */
    int64_t step;       /* at which the checkpoint was made */
} dsc_run;
/* Opens a run with checkpoint "best" or "last" (NULL = best if there is one). Errors: DSC_INPUT (no
 * run, truncated checkpoint, checkpoint of another model). */
dsc_status dsc_run_open(dsc_context *ctx, const char *path, const char *checkpoint, dsc_run **run);
void dsc_run_close(dsc_context *ctx, dsc_run **run);
/* Puts back the parameters that a run with train.start began with. Errors: DSC_INPUT (it began at
 * random, or what it began with is no longer there). */
dsc_status dsc_run_restart(dsc_context *ctx, dsc_run *run);
/* A parameter's values by name ("latent_sigma_params"); NULL if there is none. */
const double *dsc_run_parameter(const dsc_run *run, const char *name, int *rows, int *cols);
/* Reads the run's own table (config.data with its maps), and its split unless that is NULL; or only
 * the split, of that table. */
dsc_status dsc_run_split(dsc_context *ctx, const dsc_run *run, const dsc_table *t,
                         dsc_split *split);
dsc_status dsc_run_data(dsc_context *ctx, const dsc_run *run, dsc_table **table, dsc_split *split);

/* ---- the public disRNN package --------------------------------------------------------------- */

/* The parameters of a run (disrnn, disrnn_multisubject, disrnn_neuro, gru) as that package's JSON:
 * groups of tensors, nested lists. Errors: DSC_INPUT for other models. */
dsc_status dsc_run_export(dsc_context *ctx, const dsc_run *run, const char *path);
/* The config of the network whose parameters are in such a file: its model, and the sizes. */
dsc_status dsc_import_config(dsc_context *ctx, const char *path, dsc_fit_config *c);
/* A run of those parameters, scored on the data of the config. Nothing is trained. Errors:
 * DSC_INPUT naming group and tensor that do not fit. */
dsc_status dsc_import(dsc_context *ctx, const char *path, const dsc_fit_config *c, const char *run,
                      bool force, dsc_pool *pool);

/* ---- where a run comes from, and whether it can be repeated ---------------------------------- */

/* What RUN/provenance.json says (version, commit, compiler, machine, engine, libraries, data,
 * split, seed), for people or as JSON. Errors: DSC_INPUT (no run, a damaged file). */
dsc_status dsc_provenance(dsc_context *ctx, const char *run, bool json, dsc_text *out);
/* Adds a line for everything that is different now: the program, its libraries, the data, the
 * split; nothing where all is as it was. `again` is a run made now from the same config. */
dsc_status dsc_provenance_compare(dsc_context *ctx, const char *run, const char *again,
                                  dsc_text *out);
/* Whether two runs came to the same bits: parameters of the best and the last checkpoint,
 * metrics.csv without its timings, predictions.csv, fit.csv. `difference` gets the first that is
 * not the same, in words, or nothing. Errors: DSC_INPUT if one of them is no finished run. */
dsc_status dsc_run_compare(dsc_context *ctx, const char *run, const char *again,
                           dsc_text *difference);
/* The i-th library that discern runs with and its version, NULL past the end; and gnuplot's, false
 * where it is not installed. */
const char *dsc_library_at(int i, char version[64]);
bool dsc_gnuplot_version(char version[64]);

/* ---- writing runs --------------------------------------------------------------------------- */

/* What other kinds of fits need to write a run like dsc_fit does: dsc_run_check before the work,
 * dsc_run_begin (or dsc_run_resume) when all is ready to start, dsc_run_save and dsc_run_score with
 * the results, dsc_run_end to let go of the lock. */

/* Reads the table and the split that a config names; the split of the run itself if it is there
 * (run may be NULL). Errors: those of dsc_table_read and dsc_split_read. */
dsc_status dsc_fit_data(dsc_context *ctx, const dsc_fit_config *c, const char *run,
                        dsc_table **table, dsc_split *split);
/* The columns of data.valid_actions, one per option; n 0 without. The caller frees *names, one block
 * (dsc_free). Errors: DSC_INPUT if they are not n_actions. */
dsc_status dsc_fit_valid_actions(dsc_context *ctx, const dsc_fit_config *c, int n_actions,
                                 char ***names, int *n);
/* The steps of all phases together. */
int64_t dsc_fit_config_steps(const dsc_fit_config *c);
/* Makes the config's paths absolute, so that its run opens from any folder. */
void dsc_fit_config_absolute(dsc_fit_config *c);
/* Writes FOLDER/NAME, from where the config can be read again whatever happens elsewhere: beside it
 * the text of a model that discern does not ship (model.cog). */
dsc_status dsc_fit_config_save(dsc_context *ctx, const dsc_fit_config *c, const char *folder,
                               const char *name);
/* What a folder holds, told by a file that only such a result has. */
typedef enum dsc_result {
    DSC_RESULT_NONE,
    DSC_RESULT_RUN,
    DSC_RESULT_FOLDS,
    DSC_RESULT_FILTER,
    DSC_RESULT_COMPARISON,
    DSC_RESULT_RECOVERY,
    DSC_RESULT_EVALUATION
} dsc_result;
dsc_result dsc_result_in(const char *folder);
/* Refuses a folder that holds another kind of result: two of them in one could not be told apart. */
dsc_status dsc_result_check(dsc_context *ctx, const char *folder, dsc_result kind);
/* Before a result replaces one of its kind: takes away what the new one might not write. */
dsc_status dsc_result_clear(dsc_context *ctx, const char *folder, dsc_result kind);

/* Refuses a folder that holds something that is not a run, or a run unless `force`. */
dsc_status dsc_run_check(dsc_context *ctx, const char *run, bool force);

typedef struct dsc_run_writer dsc_run_writer;
/* How a run names a session that has parameters of its own: "SUBJECT / SESSION". */
void dsc_session_label(const dsc_table *t, int session, char *out, size_t size);
typedef struct dsc_run_facts { /* for provenance.json and split.json */
    const dsc_fit_config *config;
    const dsc_engine *engine;
    const dsc_table *table;
    const dsc_split *split; /* may be NULL */
    int threads;
} dsc_run_facts;
/* Makes RUN (emptied with `force`), takes its lock, writes config.yaml, split.json,
 * provenance.json. */
dsc_status dsc_run_begin(dsc_context *ctx, const char *run, bool force, const dsc_run_facts *f,
                         dsc_run_writer **w);
/* Takes the lock of an old run and reads its config; then, with the data read, notes in
 * provenance.json where it goes on. */
dsc_status dsc_run_resume(dsc_context *ctx, const char *run, dsc_fit_config *c, dsc_run_writer **w);
/* Takes the lock of a folder, and nothing else. */
dsc_status dsc_run_hold(dsc_context *ctx, const char *folder, dsc_run_writer **w);
dsc_status dsc_run_resumed(dsc_run_writer *w, const dsc_run_facts *f, int64_t at);
const char *dsc_run_config_hash(const dsc_run_writer *w); /* 16 hex digits */
/* The values that the run opens with: checkpoints/best.safetensors. */
typedef struct dsc_run_values {
    const dsc_cell *cell; /* as dsc_run_open will build it */
    const dsc_layout *layout;
    double *parameters; /* [layout->n_values] */
    int n_actions;
    char *const *subjects; /* labels of the parameters' rows [layout->n_subjects]; may be NULL */
    int64_t step;
    double value;
} dsc_run_values;
dsc_status dsc_run_save(dsc_run_writer *w, const dsc_run_values *v);
/* predictions.csv and summary.json of the saved values, all trials and both parts of the split. */
dsc_status dsc_run_score(dsc_run_writer *w, const dsc_table *t, const dsc_split *split,
                         dsc_pool *pool);
void dsc_run_end(dsc_run_writer **w);

/* ---- evaluation ------------------------------------------------------------------------------ */

/* Scores of one part of the data. Natural logs. Only trials whose choice counts; a part without any
 * has NaN. accuracy: how often the most probable option was chosen (a tie of k counts 1/k);
 * pseudo_r2 = 1 - nll / chance_nll (McFadden); bits_per_trial = (chance_nll - nll) / ln 2, what the
 * model knows more than chance. */
typedef struct dsc_score {
    char part[32];    /* "all", "train", "heldout", "test" */
    int64_t n_trials; /* trials whose choice counts */
    int n_sessions, n_subjects;
    double nll_per_trial, normalized_likelihood, accuracy, pseudo_r2, bits_per_trial;
    /* mean over subjects of nll per trial; exp of minus it */
    double subject_nll, subject_normalized_likelihood;
    /* 95 % bootstrap interval of subject_normalized_likelihood (over subjects; over sessions if
     * there is one subject) */
    double subject_low, subject_high;
    /* of all options alike: 1 / n_actions, or of those that the trials allow */
    double chance_nll, chance_normalized_likelihood;
    /* mean over subjects, and its interval */
    double subject_accuracy, subject_accuracy_low, subject_accuracy_high;
} dsc_score;

/* Scores of a column predicted as values, over the trials of a part that have it and, where the
 * model chooses too, a choice that counts; NaN without any. no_skill_mse is that of the best
 * constant, the variance; r2 = 1 - mse / no_skill_mse, with its 95 % bootstrap interval (over
 * subjects; over sessions if there is one subject). */
typedef struct dsc_value_score {
    int64_t n_trials;
    double mse, no_skill_mse, r2, r2_low, r2_high;
} dsc_value_score;

/* Sorts in place, ascending; and the q-quantile of n such numbers (0 <= q <= 1), linear between
 * neighbours, NaN of none. */
void dsc_sort_numbers(int n, double *x);
double dsc_quantile(int n, const double *ascending, double q);
/* The 95 % percentile interval of n bootstrap draws, which are sorted in place. */
void dsc_percentile_interval(int n, double *draws, double *low, double *high);

/* What a run predicts for every trial of a table. */
typedef struct dsc_evaluation {
    size_t n_trials;
    int n_actions, n_values, n_recorded;
    /* [n_trials][n_actions], in the order of the table's rows (table->row gives the input's
     * order); NULL without actions */
    double *log_p;
    double *values, *observed; /* [n_trials][n_values] predicted, and the columns; NULL without */
    char (*value_names)[DSC_FIELD_TEXT];
    double *recorded;      /* [n_trials][n_recorded rows]; NULL if nothing was asked for */
    char **recorded_names; /* [n_recorded] column names: NAME or NAME_K */
    int n_scores;
    dsc_score score[4];           /* all; and train, heldout, test when a split was given */
    dsc_value_score *value_score; /* [n_scores][n_values] */
} dsc_evaluation;
typedef struct dsc_evaluation_options {
    bool noisy;
    uint64_t seed;
    const dsc_split *split; /* may be NULL */
    int n_recorded;
    const char *const *recorded;
    const dsc_engine *engine; /* NULL: as the run was trained */
} dsc_evaluation_options;
dsc_status dsc_evaluate(dsc_context *ctx, const dsc_run *run, const dsc_table *table,
                        const dsc_evaluation_options *o, dsc_pool *pool, dsc_evaluation **e);
void dsc_evaluation_free(dsc_context *ctx, dsc_evaluation **e);
/* Scores what an evaluation predicts anew: all trials, and the parts of a split (may be NULL). */
dsc_status dsc_evaluation_score(dsc_context *ctx, dsc_evaluation *e, const dsc_table *table,
                                const dsc_split *split, uint64_t seed);
/* Writers: predictions.csv, summary.json, record.csv (or .npz) as the command line promises. */
dsc_status dsc_evaluation_write_predictions(dsc_context *ctx, const dsc_evaluation *e,
                                            const dsc_table *t, const char *path);
dsc_status dsc_evaluation_write_summary(dsc_context *ctx, const dsc_evaluation *e,
                                        const char *path);
dsc_status dsc_evaluation_write_record(dsc_context *ctx, const dsc_evaluation *e,
                                       const dsc_table *t, const char *path);
/* Both, FOLDER/predictions.csv and FOLDER/summary.json. */
dsc_status dsc_evaluation_write(dsc_context *ctx, const dsc_evaluation *e, const dsc_table *t,
                                const char *folder);
/* The summary as JSON text. */
dsc_status dsc_evaluation_summary(dsc_context *ctx, const dsc_evaluation *e, dsc_text *out);

/* ---- adapting a run to new subjects ---------------------------------------------------------- */

typedef struct dsc_adapt_request {
    const char *run; /* whose parameters are adapted */
    /* trials of the new subjects; NULL, or the run's own table: its subjects that the run was not
     * trained on */
    const char *data;
    double first; /* the share of every subject's sessions, from the first on, that is adapted to */
} dsc_adapt_request;
/* The config of a fit (for dsc_fit) that starts from the run and trains what belongs to subjects
 * only, which begins at the mean of the run's subjects; of a model without such parameters, all.
 * The rest of the sessions is kept aside. Errors: DSC_INPUT (no run trained in steps, no new
 * subjects). */
dsc_status dsc_adapt_config(dsc_context *ctx, const dsc_adapt_request *r, dsc_fit_config *c);

/* Whether every subject of its data has sessions to adapt to, and others. Paths in the config become
 * absolute, as a fit makes them. Errors: DSC_INPUT, naming the subject. */
dsc_status dsc_adapt_check(dsc_context *ctx, dsc_fit_config *c);

/* A subject before and after: NLL per trial of the sessions that were not adapted to. */
typedef struct dsc_adapted {
    const char *subject;
    int n_sessions, n_scored; /* adapted to; the others */
    int64_t n_trials, n_scored_trials;
    double before, after;
} dsc_adapted;
typedef struct dsc_adaptation {
    dsc_run *run;
    dsc_table *table;
    int n;
    dsc_adapted *subject;
    dsc_score before, after; /* of the part that was not adapted to */
    /* mean over subjects of before - after, and its 95 % bootstrap interval over subjects */
    double gain, low, high;
} dsc_adaptation;
/* Scores a fit that began with another run (train.start): its last parameters against those that it
 * began with, on what it was not trained on. */
dsc_status dsc_adaptation_make(dsc_context *ctx, const char *run, dsc_pool *pool,
                               dsc_adaptation **a);
void dsc_adaptation_free(dsc_context *ctx, dsc_adaptation **a);
dsc_status dsc_adaptation_json(dsc_context *ctx, const dsc_adaptation *a, dsc_text *out);
/* RUN/adaptation.csv and RUN/adaptation.json. */
dsc_status dsc_adaptation_write(dsc_context *ctx, const dsc_adaptation *a);

#ifdef __cplusplus
}
#endif
#endif
