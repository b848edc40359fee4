// SPDX-License-Identifier: Apache-2.0
// compare.h — what the files of a comparison share; grouped by the file that defines it.
#ifndef DISCERN_FIT_COMPARE_H
#define DISCERN_FIT_COMPARE_H

#include "discern/fit.h"

enum { COMPARE_PATH_BYTES = 4096 };

// ---- compare_read.c: predictions.csv ------------------------------------------------------------

// Sums over counted trials.
typedef struct compare_tally {
    double n, nll, accuracy, brier;
    double offered; // ln of the share of the options that have a probability
} compare_tally;

typedef struct compare_trials {
    dsc_arena *arena;
    dsc_csv csv; // keeps the labels
    size_t n;
    int n_actions, n_sessions, n_subjects;
    const char **subject, **session; // labels, in order of appearance
    int *subject_of;                 // [n_sessions]
    int *session_of;                 // [n] and so on: the trials
    double *trial, *choice;          // NaN: missing
    unsigned char *counted;
    size_t *line;
    compare_tally *tally; // [n_sessions]
} compare_trials;
dsc_status compare_trials_read(dsc_context *ctx, const char *folder, compare_trials **t);
void compare_trials_free(dsc_context *ctx, compare_trials **t);

// ---- compare_same.c -----------------------------------------------------------------------------

// Errors: DSC_INPUT with the first difference.
dsc_status compare_trials_same(dsc_context *ctx, const compare_trials *a, const compare_trials *b);
// The number of a session by its labels, looked for from `start` on; -1 if there is none.
int compare_session_find(const compare_trials *t, int start, const char *subject,
                         const char *session);

// ---- compare_run.c: what else a run says --------------------------------------------------------

typedef struct compare_run {
    const char *path, *model;
    bool known;             // it has a config
    bool network;           // no classical model
    bool masked;            // its trials say which options they allow
    bool estimated;         // it has a fit.csv: no state was chosen on held-out sessions
    bool has_best;          // a checkpoint chosen by its score
    unsigned char *heldout; // [n_sessions]; NULL: nothing was held out
    int64_t n_parameters, n_per_subject, n_shared;
    double *laplace;      // [n_subjects], not finite: none; NULL: no fit.csv
    int *fits;            // [n_subjects] how many of each one's groups were fitted; NULL: one
    compare_tally *tally; // [n_sessions]
} compare_run;
// Reads config, parameters, split and evidences of a run whose trials are those of `t`.
dsc_status compare_run_read(dsc_context *ctx, dsc_arena *arena, const char *path,
                            const compare_trials *t, compare_run *r);

// ---- compare_part.c: which trials ---------------------------------------------------------------

// Fills chosen [n_sessions], the part's name and what each model knew of it.
dsc_status compare_part(dsc_context *ctx, const compare_run *runs, int n_sessions, bool in_sample,
                        unsigned char *chosen, dsc_comparison *c);

// ---- compare_score.c ----------------------------------------------------------------------------

// Values per unit: sums for pooled scores, and each unit's own.
typedef struct compare_units {
    int n;
    double *n_trials; // [n]
    double *sum;      // [n_models][DSC_MEASURES][n]; evidence: NaN where there is none
    double *own;      // [n_models][DSC_MEASURES][n]
} compare_units;
// Scores of the chosen sessions, without intervals; order; units.
dsc_status compare_score(dsc_context *ctx, const compare_run *runs, const compare_trials *t,
                         const unsigned char *chosen, dsc_comparison *c, compare_units *u);

// ---- compare_bootstrap.c, compare_paired.c ------------------------------------------------------

// Intervals of scores and differences.
dsc_status compare_bootstrap(dsc_context *ctx, const compare_units *u, dsc_comparison *c);
// t and p of paired differences d [n]; NaN if they do not vary.
void paired_t(int n, const double *d, double *t, double *p);
// Sum of positive ranks and p. Exact for at most 50 differences without ties and zeros; else
// the normal approximation with corrections for ties and continuity. Zeros are left out.
dsc_status paired_wilcoxon(dsc_context *ctx, int n, const double *d, double *w, double *p);

// ---- special.c ----------------------------------------------------------------------------------

double special_digamma(double x);                      // x > 0
double special_beta_cdf(double x, double a, double b); // regularized incomplete beta I_x(a, b)
double special_gamma_cdf(double x, double a);          // regularized lower incomplete gamma P(a, x)

#endif
