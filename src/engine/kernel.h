// SPDX-License-Identifier: Apache-2.0
// kernel.h — the contract between the interpreter and the op library, which is compiled once per
// precision and instruction set. Everything here is free of both: values are addressed as void,
// sizes are in numbers.
#ifndef DSC_ENGINE_KERNEL_H
#define DSC_ENGINE_KERNEL_H

#include "discern/engine.h"

// What a noise kernel needs to know about the moment: a pure function of these gives the noise.
typedef struct noise_at {
    dsc_key key;
    uint32_t step, trial;
    const uint32_t *stream; // [lanes]
    const double *external; // NULL, or the values of this trial [noise rows][lanes]
} noise_at;

// What stays the same from trial to trial of one op in one program.
typedef struct op_shape {
    int rows, lanes; // of y
    int in_rows[3];
    unsigned fresh; // bit i: dx[i] holds nothing yet and is to be written, not added to
    int stride;     // dense: distance of the rows of dx[1]
    bool partial;   // dense: dx[1] (and the bias in dx[2]) holds DSC_PARTIAL sums per weight
    // dense: x[2] is [out] of parameter scope, dx[2] a row like those of dx[1]
    bool bias;
    int first; // noise: first row among all noise rows; first block of the generator
    int block;
    double a, b;      // constants of scale, offset, clip
    const int *index; // pick; order of noise rows given from outside
    size_t bytes;     // of instructions that are no ops
} op_shape;

// One call of one op: y = f(x[0], x[1], x[2]), or its backward dx[i] += ... dy. A dx that is not
// wanted is NULL.
typedef struct op_call {
    const op_shape *restrict k;
    const void *x[3];
    void *y;
    const void *dy;
    void *dx[3];
    void *saved;   // what a forward keeps for its backward; NULL if nobody will read it
    void *scratch; // of one worker: layers use it to transpose
    const noise_at *noise;
} op_call;

typedef void op_fn(const op_call *);

// partial sums per weight where a layer has few outputs; the same for every instruction set
#define DSC_PARTIAL     16
#define DSC_FEW_OUTPUTS 8

// The op library in one precision for one instruction set.
typedef struct kernel_set {
    const char *isa, *precision;
    int vector;                              // numbers per vector
    size_t real;                             // bytes per number
    op_fn *const *forward, *const *backward; // indexed by op; a NULL backward has no derivative
    // [rows] -> [rows][lanes]
    void (*expand)(const void *x, int rows, int lanes, void *y);
    void (*add)(const void *x, size_t n, void *y); // y += x
    // trial t of tile->rows, 0 past a session's end -> [rows][lanes]; bit l of first: lane l has
    // other rows than the lane before, or is the first of its vector
    void (*spread)(const dsc_tile *tile, int t, int rows, int lanes, unsigned first, void *y);
    // sums[lane] += x[lane]
    void (*add_to_sums)(const void *x, int lanes, double *sums);
    // y[row] += sum over lanes
    void (*reduce_lanes)(const void *x, int rows, int lanes, double *y);
    // y[row][col] += x[row][col]
    void (*add_matrix)(const void *x, int rows, int cols, int stride, double *y);
    void (*from_double)(const double *x, size_t n, void *y);
    void (*to_double)(const void *x, size_t n, double *y);
    // does n * 16 * vector multiply-adds in registers; returns something of them
    double (*multiply_adds)(long n);
    // draws of closed loops, in double precision only: see engine.h
    void (*draw_numbers)(const dsc_draw *d, int n_uniform, double *uniform, int n_normal,
                         double *normal);
    bool (*draw_choices)(int rows, int width, const double *logits, const double *u, double *p,
                         double *choice);
} kernel_set;

extern const kernel_set dsc_kernels_f64_ref;
extern const kernel_set dsc_kernels_f32_scalar, dsc_kernels_f64_scalar;
#if defined(__x86_64__)
extern const kernel_set dsc_kernels_f32_avx2, dsc_kernels_f64_avx2;
extern const kernel_set dsc_kernels_f32_avx512, dsc_kernels_f64_avx512;
#elif defined(__aarch64__)
extern const kernel_set dsc_kernels_f32_neon, dsc_kernels_f64_neon;
#endif

#endif
