// SPDX-License-Identifier: Apache-2.0
// internal.h — what the files of the fit room share; grouped by the file that defines it.
#ifndef DISCERN_FIT_INTERNAL_H
#define DISCERN_FIT_INTERNAL_H

#include "discern/cog.h"
#include "discern/fit.h"

enum { FIT_MOST = 64 }; // parameters of a set

// ---- linear.c: small dense matrices, row-major --------------------------------------------------

// Cholesky of the symmetric A [n][n] into the lower triangle of L [n][n]. False if A is not
// positive definite: a pivot is not above `least` times its diagonal element.
bool cholesky(int n, const double *A, double *L, double least);
// Solves L L' x = b in place.
void cholesky_solve(int n, const double *L, double *b);
void cholesky_invert(int n, const double *L, double *inverse);

// ---- box.c: a quadratic model within bounds -----------------------------------------------------

// The p with low <= p <= high that minimises g'p + p'Bp/2 (B positive definite, low <= 0 <= high).
// Returns by how much the model falls; p has `n` <= FIT_MOST numbers.
double box_minimise(int n, const double *B, const double *g, const double *low, const double *high,
                    double *p);

// ---- search.c: bounded BFGS as a state machine --------------------------------------------------

typedef enum search_state {
    SEARCH_RUNNING,
    SEARCH_CONVERGED,
    SEARCH_FLAT,      // converged where some free parameter has no effect at all
    SEARCH_STUCK,     // no step lowers the value any more, though the gradient is not 0
    SEARCH_EXHAUSTED, // too many rounds
    SEARCH_INFINITE,  // the value at the start is not finite
} search_state;

// The space that searches live in, the same for all.
typedef struct search_space {
    int n;
    double lowest[FIT_MOST], highest[FIT_MOST]; // may be infinite
    double scale[FIT_MOST];                     // a typical range, > 0
    double tolerance;
    int most_rounds;
} search_space;

// Plain data, so that a fit can be written down and gone on with.
typedef struct search {
    int32_t state, rounds, attempt;
    int32_t refined;    // whether it was asked to converge to the tolerance itself
    int32_t fresh;      // B is as it was begun (1) or begun again (2)
    int32_t shrinks;    // how often the step was shortened
    double f, slope, t; // value at x, along p; the trial is at x + t p
    double last_fall;   // of f, in the last step
} search;

// Numbers of one search's block: x, g, p, trial [n] each, B [n][n].
size_t search_block(int n);
double *search_x(const search_space *w, double *block);     // the best point so far
double *search_trial(const search_space *w, double *block); // the point to evaluate next
// Starts at x0, which is moved into the bounds.
void search_begin(const search_space *w, search *s, double *block, const double *x0);
// Takes value and gradient at the trial; moves on, or ends.
void search_take(const search_space *w, search *s, double *block, double f, const double *g);
// Searches converge to ten thousand times the tolerance, enough to tell which is the best; one that
// has goes on to the tolerance.
void search_refine(const search_space *w, search *s, double *block);

// ---- nlopt.c: the same with NLopt's methods -----------------------------------------------------

typedef struct route route;
// The number of a method "nlopt:NAME"; -1 if it is none.
int route_method(const char *optimizer);
// After search_begin; the trial becomes the first point that NLopt asks for. *r stays NULL where it
// asks for none. Errors: DSC_MEMORY.
dsc_status route_begin(dsc_context *ctx, const search_space *w, int method, search *s,
                       double *block, route **r);
void route_take(const search_space *w, search *s, double *block, route *r, double f,
                const double *g);
void route_end(dsc_context *ctx, route **r); // NULL allowed

// ---- groups.c: who is fitted together -----------------------------------------------------------

// A group is a subject, a session, or everything; it owns sessions of the pack.
typedef struct groups {
    dsc_arena *arena;
    int n, n_sessions;
    int *session;        // [n_sessions] indices into the table, those that are fitted
    int *last;           // [sessions of the table] how many of its trials are fitted
    int *first, *member; // [n + 1]; [n_sessions] places in `session`, by group
    int *subject;        // [n] index into the table's subjects
    int *alone;          // [n] index into the table's sessions where the group is one, else -1
    uint32_t *key;       // [n] of the labels: seeds the group's random numbers
} groups;
dsc_status groups_create(dsc_context *ctx, const dsc_table *t, const dsc_split *split,
                         dsc_group level, groups *g);
void groups_destroy(groups *g);

// ---- objective.c: values and gradients of many points at once -----------------------------------

typedef struct objective {
    dsc_context *ctx;
    const groups *groups;
    const dsc_cell *cell;
    const dsc_engine *engine;
    dsc_pack *pack;
    dsc_plan *plan;
    dsc_pool *pool;
    int n_parameters, n_objectives, capacity;
    int parameter[FIT_MOST];      // of the cell
    double coefficient[FIT_MOST]; // of the objectives, all 1
    double *values;               // of the layout
    // the batch at hand: groups of its points, entries, results of slots
    int n_points, n_entries, entry_capacity;
    int *point_group, *session, *lane, *slot;
    double *sums, *gradient;
    dsc_batch batch;
} objective;
// What an objective is made of. Parameters per lane of the cell are the point's numbers, in their
// order.
typedef struct objective_parts {
    const dsc_cell *cell;
    const dsc_engine *engine;
    const dsc_table *table;
    const groups *groups;
    dsc_pool *pool;
    int capacity; // the most points of one call
    int n_valid;  // columns that say which options a trial allows; 0: all are
    const char *const *valid;
} objective_parts;
dsc_status objective_create(dsc_context *ctx, const objective_parts *of, objective *o);
void objective_destroy(objective *o);
// f [n] and g [n][n_parameters] of the points x [n][n_parameters] of the groups group [n].
dsc_status objective_evaluate(objective *o, int n, const int *group, const double *x, double *f,
                              double *g);
double objective_trials(const objective *o, int group); // scored

// ---- starts.c: parameters, where fits start, priors ---------------------------------------------

typedef struct fit_parameter {
    const char *name;
    double lowest, highest;
    dsc_density start, prior;
} fit_parameter;

// A typical range of a parameter: between its bounds, else that of where fits start.
double parameter_range(const fit_parameter *p);
// Searches see a parameter x as u. Between finite bounds u = x; else, s being the typical range,
//   u = x / (s + |x|),   x = s u / (1 - |u|),   |u| <= 0.999,
// so that a parameter that runs to infinity soon stops at a bound: at 999 ranges.
double parameter_place(const fit_parameter *p, double x);
double parameter_value(const fit_parameter *p, double u);
double parameter_slope(const fit_parameter *p, double u); // dx/du
// How far x is on the way to infinity, where it has no bound: 0 within ten ranges, 1 at the end.
double parameter_far(const fit_parameter *p, double x);
void parameter_space(const fit_parameter *p, int i, search_space *w); // bounds and range of u
// A starting point: a function of the seed, the group, the restart and the attempt.
typedef struct start_key {
    uint64_t seed;
    uint32_t group, restart, attempt;
} start_key;
void start_draw(const fit_parameter *p, int n, start_key key, double *x);
// ln of the prior at x; its negative is added to f, and the derivative of that to g (may be NULL).
double prior_add(const fit_parameter *p, int n, const double *x, double *f, double *g);

// ---- sets.c: all parameter sets, round after round ----------------------------------------------

// One (group, restart) pair: set = group * n_restarts + restart.
typedef struct best_point { // of the attempts of one set
    double f;
    int32_t state, rounds; // of its search; of earlier attempts
} best_point;

typedef struct sets {
    dsc_context *ctx;
    search_space space;
    fit_parameter parameter[FIT_MOST];
    bool map;
    uint64_t seed;
    const groups *groups;
    objective *objective;
    int n, n_restarts;
    search *search; // [n]
    int method;     // -1: bfgs
    route **route;  // [n] of NLopt's searches while they run
    double *block;  // [n][search_block]
    best_point *best;
    double *best_x; // [n][parameters]
    // one round
    int n_active, n_done;
    int *active, *group;
    double *x, *f, *g;
} sets;
dsc_status sets_create(dsc_context *ctx, const groups *g, objective *o, int n_restarts, sets *s);
void sets_begin(sets *s);                // every search at its start
int sets_best(const sets *s, int group); // of equals the first
// After state_read: searches by NLopt that were under way begin again.
void sets_reopen(sets *s);
void sets_destroy(sets *s);
// One evaluation of all unfinished sets. s->n_active is 0 when all are done.
dsc_status sets_round(sets *s);
// Values and gradients with the prior, as the searches see them.
dsc_status sets_evaluate(sets *s, int n, const int *group, const double *x, double *f, double *g);

// ---- hessian.c ----------------------------------------------------------------------------------

// Standard errors [n][parameters], correlations [n][parameters][parameters] of the points x of all
// groups, from the Hessian by central differences of gradients, all points in one evaluation.
// Parameters with bound != 0 are left out (NaN). singular [n]: the Hessian is not positive
// definite.
typedef struct curvature {
    const double *x;
    const signed char *bound;
    double *error, *correlation;
    double *half_log_det; // ln sqrt det of the Hessian of the free parameters
    bool *singular;
} curvature;
dsc_status curvature_find(sets *s, const curvature *c);

// ---- estimates.c --------------------------------------------------------------------------------

// Adds the objectives of a fit to a model: "nll", with epsilon added to probabilities or over the
// options that trials allow (`valid`), and "observation" where columns are observed.
dsc_status likelihood_attach(dsc_builder *b, double epsilon, bool valid);

// A fit in memory: what dsc_estimate_table does, in steps.
typedef struct estimation {
    dsc_context *ctx;
    const dsc_fit_config *config;
    const dsc_table *table;
    const dsc_model *model;
    const dsc_engine *engine;
    dsc_pool *pool;
    char **valid; // [n_valid] columns that say which options trials allow
    int n_valid;
    dsc_cell *cell;
    groups groups;
    objective objective;
    sets sets;
} estimation;
dsc_status estimation_begin(dsc_context *ctx, const dsc_fit_config *c, const dsc_table *t,
                            const dsc_split *split, dsc_pool *pool, estimation *e);
dsc_status estimation_finish(estimation *e, dsc_estimates **out);
// Room for the estimates of `n` groups; all 0.
dsc_status estimates_create(dsc_context *ctx, int n, int n_parameters, dsc_estimates **out);
void estimation_end(estimation *e);
// Notes the doubts that something can be done about.
void estimates_tell(dsc_context *ctx, const dsc_estimates *e);

// ---- state.c: a fit that was interrupted --------------------------------------------------------

// Writes RUN/fit.state atomically; `origin` names the config and the data (of any length).
dsc_status state_write(const sets *s, const char *path, const char *origin);
// Reads it back into sets of the same size. Errors: DSC_INPUT if it is damaged or of another
// origin; then nothing has changed.
dsc_status state_read(sets *s, const char *path, const char *origin);

// ---- table.c ------------------------------------------------------------------------------------

// fit.csv: subject,session,n_trials,nll,log_prior,nll_per_trial, NAME..., se_NAME..., corr_A_B...,
// on_bound,flags,restarts,restarts_at_best,restarts_flat,rounds
dsc_status table_write(dsc_context *ctx, const dsc_estimates *e, const char *path);

#endif
