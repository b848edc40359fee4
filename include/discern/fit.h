/* SPDX-License-Identifier: Apache-2.0
 * fit.h — fitting classical models: maximum likelihood and maximum a posteriori for every subject,
 * all subjects and restarts at once as lanes (doc/fitting.md says what is computed); comparing runs
 * of any model (doc/comparing.md). */
#ifndef DISCERN_FIT_H
#define DISCERN_FIT_H

#include "discern/task.h"
#include "discern/train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What there is to doubt about a group's estimate. */
typedef enum dsc_fit_flag {
    DSC_FIT_BOUND = 1,        /* a parameter lies on one of its bounds */
    DSC_FIT_RESTARTS = 2,     /* fewer than half of the restarts not lost found the best value */
    DSC_FIT_HESSIAN = 4,      /* no curvature in some direction: no standard errors */
    DSC_FIT_FEW_TRIALS = 8,   /* fewer than ten scored trials per parameter */
    DSC_FIT_UNCONVERGED = 16, /* the best restart had not converged */
    DSC_FIT_FLAT = 32,        /* at the best point some parameter has no effect at all */
    DSC_FIT_UNBOUNDED = 64,   /* a parameter without a bound ran to infinity */
    DSC_FIT_CONSTANT = 128,   /* at least 95 % of the choices are one option */
} dsc_fit_flag;
enum { DSC_FIT_FLAGS = 8 };
/* The flag of bit k ("bound"), and what it means in a sentence. */
const char *dsc_fit_flag_name(int k);
const char *dsc_fit_flag_meaning(int k);
/* What fit.csv calls a bound of dsc_estimates: low, high, unbounded. */
const char *dsc_fit_bound_name(int bound);

/* Estimates of all groups. Arrays are [n_groups], [n_groups][n_parameters] and so on. */
typedef struct dsc_estimates {
    dsc_arena *arena;
    int n_groups, n_parameters, n_restarts;
    char **subject, **session; /* labels of the group; session "" unless it is one session */
    const char **parameter;    /* names */
    double *value;
    double *error;       /* standard errors; NaN where nothing can be said */
    double *correlation; /* [n_groups][n_parameters][n_parameters], NaN likewise */
    /* -1 on the lower, 1 on the upper bound; -2, 2 where there is none and it ran off; else 0 */
    signed char *bound;
    double *nll, *log_prior; /* at the estimate; log_prior is 0 without one */
    /* Laplace approximation: log posterior + (P ln 2 pi - ln det H) / 2, H the Hessian of its
     * negative; NaN without proper priors (fit.method=map), on a bound, without curvature */
    double *log_evidence;
    double *n_trials; /* scored */
    int *at_best;     /* restarts that came within 1e-3 of the best */
    int *flat;        /* restarts that ended where some parameter has no effect */
    int *rounds;      /* evaluations of the best restart */
    unsigned *flags;
} dsc_estimates;

/* Fits a config's model to the sessions of a table that are not held out (split NULL: all). Uses
 * fit.*, seed, engine.*. Results depend on nothing but the group's own trials, its label and the
 * seed: not on threads, nor on which other groups or restarts there are. Errors: DSC_INPUT (a
 * network, an input that the table lacks, a group without trials). */
dsc_status dsc_estimate_table(dsc_context *ctx, const dsc_fit_config *c, const dsc_table *t,
                              const dsc_split *split, dsc_pool *pool, dsc_estimates **e);
void dsc_estimates_destroy(dsc_context *ctx, dsc_estimates **e);

/* Fits as the config says (fit.method mle or map) and writes a run directory as dsc_fit does, with
 * fit.csv (a row per group) in place of the metrics. `extend` is refused. Errors: as
 * dsc_estimate_table and dsc_fit; DSC_STOPPED after saving. */
dsc_status dsc_estimate(dsc_context *ctx, const dsc_fit_request *r);
/* Reads RUN/fit.csv back, the caller's to destroy; the name of a session is "" where it has none.
 * Errors: DSC_INPUT (no such file; the estimates of another model; a damaged cell, with its place).
 */
dsc_status dsc_estimates_read(dsc_context *ctx, const dsc_run *run, dsc_estimates **e);
/* How many values were estimated, of all subjects that were fitted together: of a fit by likelihood
 * those of RUN/fit.csv, if it is there; else those that were trained. Errors: as
 * dsc_estimates_read. */
dsc_status dsc_count_estimated(dsc_context *ctx, const dsc_run *run, int64_t *n);

/* Cross-validation over sessions, for any model: fold k of n_folds is an ordinary run RUN/fold-k
 * that holds out every n_folds-th session from the k-th on; RUN/predictions.csv and
 * RUN/summary.json put together what each fold predicts for the sessions it has not seen (a network
 * by its last parameters), RUN/cv.json says so, and RUN/cv.yaml is the config. Resuming (config
 * NULL, n_folds not read) goes on with the folds that are not finished. The split of the config is
 * replaced but for its unit, order and strata. Errors: as dsc_fit and dsc_estimate; more folds than
 * there are sessions (subjects), a config that keeps sessions aside; a subject all of whose
 * sessions are in one fold cannot be fitted with parameters of its own. */
dsc_status dsc_cross_validate(dsc_context *ctx, const dsc_fit_request *r, int n_folds);

/* ---- comparing runs -------------------------------------------------------------------------- */

/* What the models are scored on per unit (subject; session if there is one subject): NLL per trial
 * in nats, accuracy (a tie of k counts 1/k), Brier score (mean of sum_k (p_k - chosen_k)^2, 0 ...
 * 2), and the log evidence of the whole unit. */
typedef enum dsc_measure {
    DSC_MEASURE_NLL,
    DSC_MEASURE_ACCURACY,
    DSC_MEASURE_BRIER,
    DSC_MEASURE_EVIDENCE,
    DSC_MEASURES
} dsc_measure;
/* "nll_per_trial", "accuracy", "brier", "log_evidence". */
const char *dsc_measure_name(dsc_measure m);

/* Whether a run was fitted to the trials that are compared. */
typedef enum dsc_fitted {
    DSC_FITTED_NONE,    /* held out */
    DSC_FITTED_SOME,    /* some were held out */
    DSC_FITTED_ALL,     /* in sample */
    DSC_FITTED_UNKNOWN, /* predictions without a run around them */
} dsc_fitted;
/* "held out", "partly in sample", "in sample", "not known". */
const char *dsc_fitted_name(dsc_fitted f);

/* What stands for the evidence of a model given the data of one subject. */
typedef enum dsc_evidence {
    DSC_EVIDENCE_NONE,       /* none can be had for all models */
    DSC_EVIDENCE_LIKELIHOOD, /* log likelihood of trials that were not fitted */
    DSC_EVIDENCE_LAPLACE,    /* Laplace approximation, column log_evidence of fit.csv */
    DSC_EVIDENCE_BIC, /* -BIC / 2; parameters shared by subjects are charged in equal parts */
} dsc_evidence;
/* "none", "log likelihood", "Laplace", "-BIC/2". */
const char *dsc_evidence_name(dsc_evidence e);

typedef struct dsc_compare_options {
    /* compare trials that were fitted: the training part if all runs have the same split, else all
     * trials; default: the held-out part, or all trials if no run has one */
    bool in_sample;
    uint64_t seed; /* of the bootstrap */
    int n_draws;   /* of the bootstrap; 0 = 10000 */
} dsc_compare_options;

/* A value and its 95 % interval; NaN where there is none. */
typedef struct dsc_interval {
    double value, low, high;
} dsc_interval;

/* One subject under one model: sum of NLL, mean accuracy and Brier score; NaN for what cannot be
 * had. */
typedef struct dsc_subject_score {
    double n_trials, nll, accuracy, brier, bic, log_evidence;
    double responsibility; /* posterior probability that the model is this subject's */
} dsc_subject_score;

/* One run of a comparison. */
typedef struct dsc_compared {
    const char *run, *name, *model; /* as given; short and unique; "gru", "" if not known */
    dsc_fitted fitted;
    /* whether a network's state was chosen by its score on these (held-out) trials */
    bool chosen_here;
    bool network; /* no classical model */
    int rank;     /* 0: best */
    /* free parameters: of all subjects together; per subject; shared by all. -1: not known */
    int64_t n_parameters, n_per_subject, n_shared;
    /* sum of NLL; the rest NaN unless all trials were fitted: AIC = 2 k + 2 NLL, BIC = k ln n + 2
     * NLL, sum of the subjects' BICs, sum of Laplace evidences */
    double nll, aic, bic, subject_bic, laplace;
    /* over all trials together (evidence: summed over units) */
    dsc_interval pooled[DSC_MEASURES];
    dsc_interval balanced[DSC_MEASURES]; /* means over units */
    dsc_subject_score *subject;          /* [n_subjects] */
    /* the model's share in the random-effects selection; NaN without one */
    double alpha, frequency, exceedance, protected_exceedance;
} dsc_compared;

/* Model a minus model b; a ranks higher. */
typedef struct dsc_difference {
    int a, b;
    dsc_measure measure;
    dsc_interval pooled, balanced;
    double share;          /* of the bootstrap's draws in which a is better (balanced) */
    int n_better, n_worse; /* units in which a is better, in which b is; the others are equal */
    /* over units, two-sided: paired t with n_units - 1 degrees of freedom; Wilcoxon's signed ranks,
     * W the sum of positive ranks */
    double t, t_p, w, w_p;
} dsc_difference;

typedef struct dsc_comparison {
    dsc_arena *arena; /* holds all of it */
    const char *part; /* "heldout", "train", "all" */
    int n_models, n_subjects, n_sessions, n_actions;
    int64_t n_trials;
    const char *unit; /* what intervals and tests run over: "subject", "session" */
    int n_units, n_draws;
    uint64_t seed;
    dsc_evidence evidence;
    dsc_compared *model; /* [n_models], in the order given */
    int *order;          /* [n_models] best first: by the evidence, else by NLL */
    const char **subject;
    double chance_nll; /* of all options alike, or of those that a run's trials allow */
    int n_differences; /* pairs times measures */
    dsc_difference *difference;
    /* random-effects selection over subjects (Stephan 2009; Rigoux 2014): whether there is one, and
     * the probability that all models are equally frequent (Bayes omnibus risk) */
    bool selected;
    double omnibus_risk;
} dsc_comparison;

/* Compares two or more runs, read from their predictions.csv, config.yaml, checkpoint, split.json
 * and fit.csv. A folder that holds only predictions.csv is taken, too; then parameters and
 * what was fitted are not known. Errors: DSC_INPUT if the ordered trials are not identical (names
 * the first difference: file, line, column, both values), if fitted and held-out trials would be
 * mixed without o->in_sample, for a malformed file. */
dsc_status dsc_compare(dsc_context *ctx, int n, const char *const *runs,
                       const dsc_compare_options *o, dsc_comparison **c);
void dsc_comparison_free(dsc_context *ctx, dsc_comparison **c);
/* The difference of two models in a measure (a - b, or b - a as it is kept); NULL if a == b. */
const dsc_difference *dsc_comparison_difference(const dsc_comparison *c, int a, int b,
                                                dsc_measure m);
/* The result in sentences, one per line: what was compared, which model predicts best, by how much,
 * how sure. */
dsc_status dsc_comparison_words(dsc_context *ctx, const dsc_comparison *c, dsc_text *out);
/* That of these sentences which holds the best model against the second, without a new line. */
dsc_status dsc_comparison_margin(dsc_context *ctx, const dsc_comparison *c, dsc_text *out);
/* All of it as JSON. */
dsc_status dsc_comparison_json(dsc_context *ctx, const dsc_comparison *c, dsc_text *out);
/* comparison.csv, subjects.csv, differences.csv, selection.csv (its heading alone without a
 * selection) and comparison.json in a folder. */
dsc_status dsc_comparison_write(dsc_context *ctx, const dsc_comparison *c, const char *folder);

/* Random-effects selection of n_models from log evidences [n_subjects][n_models] (uniform
 * Dirichlet prior): posterior counts alpha [n_models]; probabilities of being the most frequent
 * model [n_models]; the same protected against chance; responsibilities [n_subjects][n_models]
 * (may be NULL); the Bayes omnibus risk. Sources: Stephan et al. 2009; Rigoux et al. 2014. Errors:
 * DSC_INPUT for an evidence that is not finite; DSC_MEMORY. */
dsc_status dsc_model_selection(dsc_context *ctx, int n_subjects, int n_models,
                               const double *log_evidence, double *alpha, double *exceedance,
                               double *protected_exceedance, double *responsibility,
                               double *omnibus_risk);

/* ---- particle filter ------------------------------------------------------------------------- */

/* How one parameter wanders over trials. Its raw value starts at a draw from `start` and takes a
 * normal step of standard deviation `sd` after every trial; the model gets the transformed value:
 *   identity  x, limited to [low, high]        logistic  low + (high - low) / (1 + exp -x)
 *   exp       low + exp x, at most high */
typedef struct dsc_walk {
    char transform[DSC_FIELD_TEXT];
    char start[DSC_FIELD_TEXT]; /* normal(m, s), uniform(a, b) or a number */
    double low, high, sd;
} dsc_walk;
extern const dsc_field dsc_walk_fields[];

typedef struct dsc_filter_config {
    int particles;
    char preset[DSC_FIELD_TEXT];
    char resampling[DSC_FIELD_TEXT]; /* systematic, stratified, multinomial, residual */
    double
        threshold; /* resamples where the effective sample size is below this share of particles */
    char likelihood[DSC_FIELD_TEXT]; /* weighted: of the mixture; unweighted: mean over particles */
    char state[DSC_FIELD_TEXT]; /* filtered: given this trial; predicted: after the next step */
    char group[DSC_FIELD_TEXT]; /* parameters go on from session to session: subject, session */
    int64_t seed;
} dsc_filter_config;
extern const dsc_field dsc_filter_fields[];

#define DSC_MAX_WALKS 64
/* A model whose parameters wander. */
typedef struct dsc_filter {
    const dsc_model *model; /* classical */
    unsigned char model_config[DSC_MODEL_CONFIG_BYTES] __attribute__((aligned(16)));
    dsc_filter_config config;
    int n_walks; /* one per parameter of the model, in its order */
    const char *name[DSC_MAX_WALKS];
    dsc_walk walk[DSC_MAX_WALKS];
} dsc_filter;
/* Defaults; the walks follow from the parameters' ranges. Errors: DSC_INPUT for a network. */
dsc_status dsc_filter_defaults(dsc_context *ctx, const dsc_model *model, dsc_filter *f);
/* Settings of a published filter: artificial, dezfouli, gershman ("none": no change). Errors:
 * DSC_INPUT if there is none of this name, or the model lacks one of its parameters. */
dsc_status dsc_filter_preset(dsc_context *ctx, dsc_filter *f, const char *name);

/* Filters every group of sessions with particles of its own: predictions made before each choice,
 * and recorded per trial NAME_mean, _sd, _low, _median, _high (2.5 % and 97.5 %) of each
 * parameter, NAME_of_mean (the raw mean, transformed), ess, resampled, p_0 ..., log_lik. A pure
 * function of the seed, the settings and the group's own trials and label. engine NULL: the best
 * here, in double precision. progress NULL: silent. Errors: DSC_INPUT (settings, an input that the
 * table lacks, a likelihood that is not a number). */
dsc_status dsc_filter_table(dsc_context *ctx, const dsc_filter *f, const dsc_table *t,
                            const dsc_engine *engine, dsc_pool *pool, FILE *progress,
                            dsc_evaluation **e);
/* Writes predictions.csv, trajectories.csv, summary.json and filter.yaml (the settings). */
dsc_status dsc_filter_write(dsc_context *ctx, const dsc_filter *f, const dsc_evaluation *e,
                            const dsc_table *t, const char *folder);

/* ---- recovery -------------------------------------------------------------------------------- */

/* Simulates subjects with known parameters, and fits them again. */
typedef struct dsc_recovery_request {
    int n_models;
    const dsc_fit_config *config; /* [n_models]: model and its options, fit.*, seed, engine.* */
    const dsc_task *task;
    const void *task_config;
    int n_subjects, n_sessions, n_trials; /* n_trials 0: as many as the task has */
    uint64_t seed;
    /* true parameters come from where fits start instead of from the prior */
    bool from_start;
    bool aic;       /* the best model has the lowest AIC instead of BIC */
    FILE *progress; /* NULL = silent */
} dsc_recovery_request;

/* One parameter: [n_subjects] each. */
typedef struct dsc_recovered {
    const char *name;
    double *truth, *value, *error; /* standard errors; NaN where nothing can be said */
    /* correlation of true and recovered: Pearson's without the subjects that are flagged unbounded,
     * Spearman's over all */
    double r, rank_r;
    double bias, rmse; /* without them */
    double coverage;   /* of the intervals value +- 1.96 error; NaN if there is none */
    int n_intervals;
} dsc_recovered;
typedef struct dsc_recovered_model {
    const char *name;
    int n_parameters, n_unbounded; /* subjects flagged unbounded */
    dsc_recovered *parameter;
    double *nll;     /* [n_subjects] of its own fits */
    unsigned *flags; /* [n_subjects] likewise: dsc_fit_flag */
} dsc_recovered_model;
typedef struct dsc_recovery {
    dsc_arena *arena;
    int n_models, n_subjects;
    double n_trials; /* scored, mean over subjects */
    bool aic;
    dsc_recovered_model *model;
    /* [n_models][n_models] shares: of those simulated by row, fitted best by column; and of those
     * fitted best by column, simulated by row */
    double *confusion, *inversion;
} dsc_recovery;
/* A pure function of the request. Errors: DSC_INPUT (a network; a model that reads what the task
 * does not show; another number of options). */
dsc_status dsc_recover(dsc_context *ctx, const dsc_recovery_request *q, dsc_pool *pool,
                       dsc_recovery **r);
void dsc_recovery_destroy(dsc_context *ctx, dsc_recovery **r);
/* What can be told from so many trials and what cannot, in sentences, one a line. */
dsc_status dsc_recovery_say(dsc_context *ctx, const dsc_recovery *r, dsc_text *out);
/* Writes FOLDER/recovery.csv (model,parameter,subject,true,recovered,se), recovery_summary.csv,
 * and, for several models, confusion.csv and inversion.csv. */
dsc_status dsc_recovery_write(dsc_context *ctx, const dsc_recovery *r, const char *folder);

#ifdef __cplusplus
}
#endif
#endif
