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

#endif
