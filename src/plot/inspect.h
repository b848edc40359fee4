// SPDX-License-Identifier: Apache-2.0
// inspect.h — the numbers behind the figures of a disentangled RNN, apart from their drawing.
#ifndef DISCERN_PLOT_INSPECT_H
#define DISCERN_PLOT_INSPECT_H

#include "plot/internal.h"

#define PLOT_OPEN     0.5 // a bottleneck with a smaller sigma counts as open in figures and words
#define PLOT_SETTINGS 16  // most settings of the observations in one update rule
#define PLOT_TITLE    256

// ---- inspect.c: bottlenecks -------------------------------------------------------------------

// What a net may read: a number of the subject's embedding, an observation, a latent.
typedef enum plot_kind { PLOT_SUBJECT, PLOT_INPUT, PLOT_LATENT } plot_kind;
typedef struct plot_source {
    plot_kind kind;
    int index;
} plot_source;

// The bottlenecks through which a net reads: one per source and target. The targets of the update
// nets are the latents; other nets have one.
typedef struct plot_net {
    int n_sources, n_targets;
    plot_source *source; // [n_sources], in the order of the net's inputs
    double *sigma;       // [n_sources][n_targets]
} plot_net;
enum { PLOT_CHOICE, PLOT_UPDATE, PLOT_ACTIVITY, PLOT_NETS };
// How a net is called: in data, in sentences, above a panel.
typedef struct plot_net_words {
    const char *name, *subject, *title;
} plot_net_words;
extern const plot_net_words plot_net_called[PLOT_NETS];

// Standard deviations of all bottlenecks; a net that the model lacks has no sources.
typedef struct plot_disrnn {
    int n_latents, n_inputs, n_actions;
    int n_subject;             // numbers of a subject's embedding; 0: all subjects are alike
    double max_latent;         // 0: they have no bound
    const char *const *inputs; // [n_inputs] names of the observations, borrowed
    double *latent;            // [n_latents]
    double *subject;           // [n_subject] what all nets together may know of a subject
    int *order;                // [n_latents] latents by ascending sigma
    plot_net net[PLOT_NETS];
} plot_disrnn;
bool plot_is_disrnn(const dsc_run *run);
bool plot_is_multisubject(const dsc_run *run);
dsc_status plot_disrnn_read(dsc_context *ctx, const dsc_run *run, plot_disrnn *d);
void plot_disrnn_free(dsc_context *ctx, plot_disrnn *d);
// The place of a source among the inputs of a net, -1 if the net does not read it; its sigma for a
// target, infinite if the net does not read it.
int plot_source_find(const plot_net *net, plot_kind kind, int index);
double plot_sigma(const plot_net *net, plot_kind kind, int index, int target);
// "subject 1", "prev_reward", "latent 3".
const char *plot_source_name(const plot_disrnn *d, plot_source source, char out[128]);
// Indices of the n values in ascending order; equal values keep their order.
void plot_sort(int n, const double *value, int *order);

// Thresholded counts and total openness, sum(1 - sigma), of a group of bottlenecks.
typedef struct plot_openness {
    const char *group;            // "latent", "choice", "update", "subject"
    int n, open, partial, closed; // sigma < 0.1; < 0.25 (the open ones too); > 0.9
    double total;
} plot_openness;
enum { PLOT_GROUPS_OPEN = PLOT_NETS + 2 };
// Fills the groups that there are, *n; returns the sum of all sigmas but those of "subject", which
// are not counted (as in the reference).
double plot_openness_count(const plot_disrnn *d, plot_openness groups[PLOT_GROUPS_OPEN], int *n);

// ---- rules.c: update rules and choice rule ------------------------------------------------------

// What the noiseless cell does in one trial: from state z [n_latents] under n settings of the
// observations x [n][n_inputs] to next [n][n_latents].
typedef struct plot_step {
    dsc_status (*run)(void *user, const double *z, int n, const double *x, double *next);
    void *user;
} plot_step;

// How a latent is updated: one curve (a function of itself), or five (of one other latent too).
typedef struct plot_update_rule {
    int latent, other; // other = -1: none
    int n_others;      // open other latents; only the first is shown
    int n_settings, n_curves, n_points;
    double *setting; // [n_settings][n_inputs]; closed observations are 0
    char title[PLOT_SETTINGS][PLOT_TITLE];
    double limit;
    double *state; // [n_points]
    double other_state[5];
    double *delta; // [n_settings][n_curves][n_points]
} plot_update_rule;
// Latents that have a rule to show, in the order of figures; returns how many.
int plot_open_latents(const plot_disrnn *d, int *latents);
// limit <= 0: 1.05 times the largest latent value; 3 if there is none.
dsc_status plot_update_rule_compute(dsc_context *ctx, const plot_disrnn *d, const plot_step *step,
                                    int latent, double limit, plot_update_rule *rule);
void plot_update_rule_free(dsc_context *ctx, plot_update_rule *rule);

// A net alone, on raw inputs (its multipliers are not applied): v [n][n_sources] to
// out [n][n_out].
typedef struct plot_ask {
    int n_out;
    dsc_status (*run)(void *user, int n, const double *v, double *out);
    void *user;
} plot_ask;
typedef struct plot_choice {
    int n_influential; // latents that the choice net reads; 0: nothing to show
    int x, y;          // the most open and the second; y = -1 with one
    int n;             // points along an axis
    double limit;
    double *state; // [n]
    double *logit; // [n], or [n of y][n of x]: logit of option 1 minus option 0
} plot_choice;
// `embedding` [n_subject]: what the net reads of the subject; NULL: zeros.
dsc_status plot_choice_compute(dsc_context *ctx, const plot_disrnn *d, const plot_ask *net,
                               const double *embedding, double limit, plot_choice *c);
void plot_choice_free(dsc_context *ctx, plot_choice *c);
// How many latents a net reads, the one that it reads most and the second (-1: none). A net without
// bottlenecks of its own reads latents as open as they are.
dsc_status plot_influential(dsc_context *ctx, const plot_disrnn *d, int net, int *n, int *x,
                            int *y);

// ---- activity_rule.c: what is predicted beside the choice --------------------------------------

typedef struct plot_activity {
    int n_influential, x, y, n; // as for choices
    int n_settings;             // of the first two observations: 00 01 10 11; of one: 0 1
    double limit;
    double *state; // [n]
    double *value; // [n_settings][n], or [n_settings][n of y][n of x]
} plot_activity;
bool plot_has_activity(const dsc_run *run);
// `multipliers` of the net [n_sources].
dsc_status plot_activity_compute(dsc_context *ctx, const plot_disrnn *d, const plot_ask *ask,
                                 const double *multipliers, double limit, plot_activity *a);
void plot_activity_free(dsc_context *ctx, plot_activity *a);

// ---- probe.c: a cell asked about single trials --------------------------------------------------

typedef struct plot_probe plot_probe;
// Prepares questions about the quantity `name` of a cell: one trial each of a subject, in double
// precision.
dsc_status plot_probe_create(dsc_context *ctx, const dsc_cell *cell, int n_subjects, int subject,
                             const char *name, plot_probe **probe);
void plot_probe_destroy(dsc_context *ctx, plot_probe **probe);
// n trials with inputs x [n][inputs of the cell, without "in_session"]; answers [n][rows of the
// quantity].
dsc_status plot_probe_ask(plot_probe *probe, const double *parameters, int n, const double *x,
                          double *answers);

// The steps of a run's model with a subject's embedding, for the rules above. Close with the
// matching call.
dsc_status plot_step_open(dsc_context *ctx, const dsc_run *run, int subject, plot_step *step);
void plot_step_close(dsc_context *ctx, plot_step *step);

// ---- net.c: a net of a run as a cell of its own -------------------------------------------------

// `name`: of its parameters, "choice_net".
dsc_status plot_net_open(dsc_context *ctx, const dsc_run *run, const char *name, plot_ask *net);
void plot_net_close(dsc_context *ctx, plot_ask *net);

// ---- subjects.c: whose parameters ---------------------------------------------------------------

// The place of a subject by its label, the first without one (and a note says so, for `figure`).
// Errors: DSC_INPUT (no such subject, with the nearest).
dsc_status plot_subject_find(dsc_context *ctx, const dsc_run *run, const char *label,
                             const char *figure, int *subject);
// The label of a subject; its number where the checkpoint does not say.
const char *plot_subject_label(const dsc_run *run, int subject, char out[128]);
// "Choice rule"; of several subjects "Choice rule of subject 7".
void plot_subject_title(const dsc_run *run, int subject, const char *what, char *out, size_t size);
// The embeddings w + b of all subjects [n_subjects][n_subject].
dsc_status plot_embeddings_read(dsc_context *ctx, const dsc_run *run, double **embedding, int *n);

#endif
