// SPDX-License-Identifier: Apache-2.0
// show.h — the part of `show` that is about a disentangled RNN.
#ifndef DISCERN_PLOT_SHOW_H
#define DISCERN_PLOT_SHOW_H

#include "plot/inspect.h"

dsc_status plot_show_bottlenecks(dsc_context *ctx, const dsc_run *run, dsc_text *out);
// Adds the member "bottlenecks" to an object that has members already.
dsc_status plot_show_bottlenecks_json(dsc_context *ctx, const dsc_run *run, dsc_text *out);

#endif
