// SPDX-License-Identifier: Apache-2.0
// fleet.h — the replicas of a fit, taken together: a path of penalties, and what seeds agree on.
#ifndef DISCERN_PLOT_FLEET_H
#define DISCERN_PLOT_FLEET_H

#include "plot/inspect.h"

// ---- fleet.c ------------------------------------------------------------------------------------

typedef struct plot_member {
    dsc_run *run;
    double nll, likelihood; // per trial, of the part; NaN if nothing was chosen
    double openness;        // total, sum of 1 - sigma over all bottlenecks; NaN without any
} plot_member;
typedef struct plot_fleet {
    const char *path;
    dsc_fit_config *config; // of the whole
    const char *part;       // that is scored: "heldout", or "all" where nothing was held out
    int n_penalties, n_seeds;
    double *penalty;     // [n_penalties] factors; NULL without a path, n_penalties is 1
    plot_member *member; // [n_seeds][n_penalties]
} plot_fleet;
// Errors: DSC_INPUT for a folder that is no fleet, or a replica that is not finished.
dsc_status plot_fleet_open(dsc_context *ctx, const char *path, plot_fleet *f);
void plot_fleet_close(dsc_context *ctx, plot_fleet *f);
const plot_member *plot_fleet_member(const plot_fleet *f, int seed, int penalty);
// Whether every seed was trained on sessions of its own, drawn with replacement.
bool plot_fleet_resampled(const plot_fleet *f);
// Mean of a value [n_seeds] of structure and its 95 % interval (Student's t): of the mean over
// seeds; with resampled sessions of one fit to other sessions, whose standard error is what seeds
// differ by.
dsc_interval plot_fleet_interval(const plot_fleet *f, const double *value);

// ---- penalty_path.c -----------------------------------------------------------------------------

// One penalty: means over seeds with 95 % intervals (Student's t).
typedef struct plot_path_point {
    double penalty, se; // factor; standard error of the mean NLL over seeds, 0 with one seed
    dsc_interval nll, likelihood, openness;
} plot_path_point;
typedef struct plot_path {
    int n, best, chosen;
    plot_path_point *point; // [n]
} plot_path;
// best: the smallest mean NLL; chosen: the tightest penalty whose mean NLL is no more than one
// standard error of the best's above it.
dsc_status plot_path_compute(dsc_context *ctx, const plot_fleet *f, plot_path *p);
void plot_path_free(dsc_context *ctx, plot_path *p);
void plot_path_say(dsc_context *ctx, const plot_fleet *f, const plot_path *p, dsc_text *out);
void plot_path_json(dsc_context *ctx, const plot_fleet *f, const plot_path *p, dsc_text *out);
dsc_status plot_path_draw(dsc_context *ctx, const plot_fleet *f, const plot_path *p,
                          const char *folder);

// ---- assign.c -----------------------------------------------------------------------------------

// The assignment of n rows to n columns with the smallest sum of cost [n][n]: column [n] of each
// row. Costs are finite.
dsc_status plot_assign(dsc_context *ctx, int n, const double *cost, int *column);

// ---- agreement.c --------------------------------------------------------------------------------

#define PLOT_FOUND 0.8 // latents of two seeds are the same if the correlation is larger in size

// The latent of a seed that is matched to one of the reference's: correlation of their trajectories
// over all trials, and own = offset + slope * reference's (least squares).
typedef struct plot_match {
    int latent;
    double r, offset, slope, sigma;
    bool found; // open, and |r| above PLOT_FOUND
} plot_match;
// An open latent of the reference and what the seeds say of it.
typedef struct plot_agreed {
    int latent, n_found;
    dsc_interval openness; // of the matched latents
    plot_match *match;     // [n_seeds]
    // change in one trial, in the reference's units, over the range that its trajectories have;
    // other latents at their mean; NaN for seeds that have not found it
    int n_settings, n_points;
    char title[PLOT_SETTINGS][PLOT_TITLE];
    double *state; // [n_points]
    double *delta; // [n_settings][n_seeds][n_points]
    double
        spread; // mean s.d. over seeds, divided by the s.d. of the mean curves; NaN with one seed
} plot_agreed;
typedef struct plot_agreement {
    int penalty, n_seeds, reference; // which seed: the best score
    dsc_interval open;               // number of open latents
    int n_groups;
    const char *group[PLOT_GROUPS_OPEN];
    dsc_interval total[PLOT_GROUPS_OPEN]; // total openness of a group
    int n;
    plot_agreed *latent; // [n]
} plot_agreement;
// The seeds of one penalty (0 without a path) of a fleet of disentangled RNNs.
dsc_status plot_agreement_compute(dsc_context *ctx, const plot_fleet *f, int penalty,
                                  dsc_pool *pool, plot_agreement *a);
void plot_agreement_free(dsc_context *ctx, plot_agreement *a);
void plot_agreement_say(dsc_context *ctx, const plot_fleet *f, const plot_agreement *a,
                        dsc_text *out);
void plot_agreement_json(dsc_context *ctx, const plot_fleet *f, const plot_agreement *a,
                         dsc_text *out);

// ---- seeds.c: the figure of the curves ----------------------------------------------------------

dsc_status plot_seeds_draw(dsc_context *ctx, const plot_fleet *f, const plot_agreement *a,
                           const char *folder);

#endif
