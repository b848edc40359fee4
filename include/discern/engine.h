/* SPDX-License-Identifier: Apache-2.0
 * engine.h — running a cell over many sessions: forward, forward and backward, closed loops,
 * recordings.
 *
 * A lane is one session in one SIMD slot; a tile is `width` lanes run together through all their
 * trials. A plan is a cell made ready for an engine: order of evaluation, offsets, sizes. The
 * numbers that go in and out are doubles; the engine computes in its own precision. Same seed, same
 * bits: for any number of threads and any instruction set. */
#ifndef DISCERN_ENGINE_H
#define DISCERN_ENGINE_H

#include "discern/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- engines --------------------------------------------------------------------------------- */

typedef struct dsc_engine dsc_engine; /* static tables; nothing to free */

/* Chooses an engine. name: "ref" (double, one lane per tile, the oracle), "lanes", or NULL (lanes;
 * the environment variable DISCERN_ENGINE can say otherwise). isa: "scalar", "avx2", "avx512",
 * "neon", or NULL (the best here; the environment variable DISCERN_ISA can say otherwise).
 * precision: "single" or "double" (ref is always double). Errors: DSC_INPUT for an unknown name or
 * one that this machine cannot run, with the possible ones. */
dsc_status dsc_engine_select(dsc_context *ctx, const char *name, const char *isa,
                             const char *precision, const dsc_engine **e);
const char *dsc_engine_name(const dsc_engine *e);      /* "lanes" */
const char *dsc_engine_isa(const dsc_engine *e);       /* "avx512" */
const char *dsc_engine_precision(const dsc_engine *e); /* "single" */
int dsc_engine_width(const dsc_engine *e);             /* lanes per tile: 32, or 1 for ref */
size_t dsc_engine_real(const dsc_engine *e);           /* bytes of one number: 4 or 8 */
/* The i-th engine that this build knows and whether this machine can run it; NULL past the end. */
const dsc_engine *dsc_engine_at(int i, bool *runs_here);

/* Floating-point operations per second that one thread reaches with multiply-adds in registers: the
 * limit of this machine now. Takes about `seconds`. */
double dsc_engine_peak(const dsc_engine *e, double seconds);

/* ---- tiles ----------------------------------------------------------------------------------- */

#define DSC_MAX_WIDTH 32

/* One tile. Lanes past the real ones have length 0 and multiplicity 0. */
typedef struct dsc_tile {
    int n_trials; /* of its longest lane */
    /* reals [n_trials][n_inputs][width], inputs in the order of dsc_cell_input; aligned to 64 bytes
     * (dsc_alloc); of lanes that are empty or over, inputs that the model can compute with, and
     * weights of 0; NULL: from `rows` */
    const void *data;
    /* without data: the trials of each lane, reals [length + 1][n_inputs], NULL for an empty lane;
     * the last row is read again and again once the session is over: inputs that the model can
     * compute with, weights of 0. Lanes that share a session lie side by side and share its
     * pointer */
    const void *rows[DSC_MAX_WIDTH];
    int length[DSC_MAX_WIDTH];          /* trials of each lane */
    double multiplicity[DSC_MAX_WIDTH]; /* how often the session counts */
    uint32_t stream[DSC_MAX_WIDTH];     /* noise stream of the lane */
    /* the caller's name for the session, -1 for an empty lane */
    int session[DSC_MAX_WIDTH];
    /* for parameters per subject; outside 0 ... n_subjects-1 reads as 0 */
    int subject[DSC_MAX_WIDTH];
    int lane[DSC_MAX_WIDTH]; /* for parameters per lane */
    /* NULL: from the generator. Else values [n_trials][noise rows][width] given from outside */
    const double *noise;
} dsc_tile;

/* A batch: n_tiles tiles, filled on demand by the workers. `fill` may use `worker` (0 ... pool
 * size-1) to pick scratch memory. */
typedef struct dsc_batch {
    int n_tiles, max_trials;
    void (*fill)(void *user, int tile, int worker, dsc_tile *out);
    void *user;
} dsc_batch;

/* ---- plans ----------------------------------------------------------------------------------- */

typedef struct dsc_plan dsc_plan;
typedef struct dsc_plan_options {
    const dsc_engine *engine;
    int n_subjects, n_lanes;     /* sizes of the parameter tables; 0 is read as 1 */
    int max_trials;              /* of the longest session that will be run */
    int n_workers;               /* threads that will run it: dsc_pool_size */
    bool gradient;               /* prepare the backward sweep */
    int n_recorded;              /* quantities that forward runs write out */
    const char *const *recorded; /* their names (dsc_cell_name_at) */
} dsc_plan_options;

/* Makes a plan; allocates everything that runs will need. The cell must outlive it. Errors:
 * DSC_INPUT (unknown recorded name, listing the known ones), DSC_MEMORY. */
dsc_status dsc_plan_create(dsc_context *ctx, const dsc_cell *cell, const dsc_plan_options *o,
                           dsc_plan **plan);
void dsc_plan_destroy(dsc_plan **plan);
const dsc_layout *dsc_plan_layout(const dsc_plan *plan);
/* of all recorded quantities together, in their order */
int dsc_plan_recorded_rows(const dsc_plan *plan);
size_t dsc_plan_worker_bytes(const dsc_plan *plan); /* working memory of one worker */

/* ---- runs ------------------------------------------------------------------------------------ */

/* Seeds the noise of a run: a pure function of (seed, purpose, step) and each lane's stream, trial
 * and row. */
typedef struct dsc_noise_seed {
    uint64_t seed;
    dsc_purpose purpose;
    uint32_t step;
} dsc_noise_seed;

/* What a gradient gives for every slot of every tile, not reduced: for fits of many parameter sets
 * at once, whose owners add the lanes of a set themselves. Slots without a session hold 0. */
typedef struct dsc_lane_results {
    double *sums; /* [n_tiles][n_objectives][width]: sum over trials, times multiplicity */
    /* [n_tiles][rows of the parameters DSC_PER_LANE, in their order][width] */
    double *gradient;
} dsc_lane_results;

/* One replica of a gradient: its parameters go in, sums and gradient come out. */
typedef struct dsc_replica {
    const double *parameters; /* [layout->n_values] */
    dsc_noise_seed noise;
    const double *coefficients; /* [n_objectives]: d total / d sum of objective k */
    double *sums;               /* [n_objectives]: sum over lanes and trials, times multiplicity */
    double *gradient;           /* [layout->n_values]; 0 for fixed parameters */
    /* NULL, or where the results of every slot go. Then `gradient` is 0 for parameters per lane,
     * and sums and gradient may be NULL */
    const dsc_lane_results *lanes;
} dsc_replica;
/* Rows of all parameters DSC_PER_LANE of a plan's cell together. */
int dsc_plan_lane_rows(const dsc_plan *plan);

/* Runs every replica over the batch, forward and backward; one fork/join. Sums and gradients are
 * added in the order of the tiles. Errors: DSC_MEMORY (only when a batch or a number of replicas is
 * larger than ever before). */
dsc_status dsc_gradient(dsc_plan *plan, dsc_pool *pool, const dsc_batch *batch,
                        dsc_replica *replicas, int n_replicas);

/* Receives what a forward run recorded for one tile: recorded [n_trials][rows][width]. Called by
 * the workers, each tile once. */
typedef void dsc_take_fn(void *user, int tile_index, const dsc_tile *tile, const double *recorded);
/* Runs forward only. sums [n_objectives] (may be NULL) as above; take may be NULL. */
dsc_status dsc_forward(dsc_plan *plan, dsc_pool *pool, const dsc_batch *batch,
                       const double *parameters, dsc_noise_seed noise, double *sums,
                       dsc_take_fn *take, void *user);

/* A closed loop: before every trial `answer` gets what the previous trial recorded (NULL before the
 * first; [rows][width]) and writes the inputs of this trial ([n_inputs][width]). Tiles are played
 * by the workers (0 ... pool size-1), one after the other, each from its first trial to its
 * last. */
typedef struct dsc_loop {
    int n_tiles, n_trials;
    void (*begin)(void *user, int tile_index, int worker, dsc_tile *tile);
    void (*answer)(void *user, int tile_index, int worker, int trial, const double *recorded,
                   double *inputs);
    void *user;
} dsc_loop;
/* Plays a loop; after its last trial `answer` is called once more with trial = n_trials and inputs
 * = NULL. take may be NULL. */
dsc_status dsc_play(dsc_plan *plan, dsc_pool *pool, const dsc_loop *loop, const double *parameters,
                    dsc_noise_seed noise, dsc_take_fn *take, void *user);

/* ---- draws of closed loops ------------------------------------------------------------------- */

/* Rows of random numbers, one lane beside the other: a pure function of key, trial, step, each
 * lane's stream and the row. */
typedef struct dsc_draw {
    dsc_key key;
    uint32_t trial, step;
    const uint32_t *stream; /* [width] */
    int width;              /* of the engine */
} dsc_draw;
/* The engine that draws for `e`: in double precision and with the same bits for every `e`. The
 * functions below take it; their rows are [rows][width], aligned to 64 bytes. */
const dsc_engine *dsc_engine_drawing(const dsc_engine *e);
/* Uniform numbers in (0, 1), one per word of the generator, and standard normal ones, two per two
 * words from the next even word on. */
void dsc_draw_numbers(const dsc_engine *drawing, const dsc_draw *d, int n_uniform, double *uniform,
                      int n_normal, double *normal);
/* Probabilities p [rows][width] = softmax(logits) and choices [width] made with the uniform numbers
 * u [width]. False if some p is not a number, for a logit is none. */
bool dsc_draw_choices(const dsc_engine *drawing, int rows, int width, const double *logits,
                      const double *u, double *p, double *choice);

/* ---- steps ----------------------------------------------------------------------------------- */

/* Runs a cell forward one trial per call, over any number of lanes whose states lie in memory that
 * the caller may read, change and permute between trials: particles. Needs an engine in double
 * precision. A stepper is used by one thread at a time; several of one plan may be at work at once.
 *
 * Lane i is lane i % width of tile i / width, and arrays of lanes are [n_tiles][rows][width]. Lanes
 * past the last one are run too; their inputs must be numbers. */
typedef struct dsc_stepper dsc_stepper;
/* The plan must outlive it; a plan for steppers alone needs max_trials and n_workers of 1.
 * parameters [layout->n_values] are those of the first subject and lane, copied. Errors: DSC_DEFECT
 * for a plan in single precision; DSC_MEMORY. */
dsc_status dsc_stepper_create(dsc_context *ctx, const dsc_plan *plan, int n_lanes,
                              const double *parameters, dsc_stepper **s);
void dsc_stepper_destroy(dsc_stepper **s);
int dsc_stepper_tiles(const dsc_stepper *s);
int dsc_stepper_state_rows(const dsc_stepper *s);
/* Sets all states to those before the first trial. From now on the noise of lane i is that of
 * stream i under this seed. */
void dsc_stepper_begin(dsc_stepper *s, dsc_noise_seed noise);
/* The states of all lanes, [n_tiles][state rows][width], rows in the order of creation. */
double *dsc_stepper_states(dsc_stepper *s);
/* One trial. inputs [n_tiles][n_inputs][width]; noise NULL, or values from outside
 * [n_tiles][noise rows][width]; recorded [n_tiles][recorded rows][width]. Gives the bits of
 * dsc_forward. */
void dsc_stepper_step(dsc_stepper *s, int trial, const double *inputs, const double *noise,
                      double *recorded);

#ifdef __cplusplus
}
#endif
#endif
