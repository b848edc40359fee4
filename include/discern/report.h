/* SPDX-License-Identifier: Apache-2.0
 * report.h — one self-contained HTML page about a run, or about several side by side: what was
 * fitted to what, how well, what was learnt, what to doubt, how to do it again (doc/report.md). */
#ifndef DISCERN_REPORT_H
#define DISCERN_REPORT_H

#include "discern/plot.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zero-initialised means defaults. */
typedef struct dsc_report_options {
    const char *group; /* column whose values group subjects in tables and figures; NULL: none */
    dsc_compare_options compare; /* how several runs are compared */
    dsc_pool *pool;              /* for figures that must be drawn; NULL: one is made */
} dsc_report_options;

/* What came of it. */
typedef struct dsc_report_result {
    int n_runs, n_figures, n_missing; /* figures shown, and those that could not be */
    int n_warnings;
    bool compared; /* several runs, on the same trials */
    size_t bytes;
} dsc_report_result;

/* Writes the page about n runs to `path`, which appears complete or not at all; nothing else is
 * written (figures that are not in RUN/figures are drawn in a temporary folder). A run may also be
 * a folder of replicas or of folds, of a filter, or of predictions (eval -o). The first run is the
 * one the others are held against. Runs that cannot be compared are still reported, with the
 * reason. The same runs give the same bytes. `result` may be NULL. Errors: DSC_INPUT (no run, a
 * run given twice), DSC_IO. */
dsc_status dsc_report(dsc_context *ctx, int n, const char *const *runs, const dsc_report_options *o,
                      const char *path, dsc_report_result *result);

#ifdef __cplusplus
}
#endif
#endif
