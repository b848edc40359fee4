// SPDX-License-Identifier: Apache-2.0
// internal.h — what the files of the models room share.
#ifndef DISCERN_MODELS_INTERNAL_H
#define DISCERN_MODELS_INTERNAL_H

#include "discern/models.h"

// One file each; the registry lists them.
extern const dsc_model dsc_model_rnn, dsc_model_gru, dsc_model_lstm, dsc_model_disrnn,
    dsc_model_disrnn_multisubject, dsc_model_disrnn_neuro, dsc_model_disrnn_paper;

// The .cog texts of this folder, put into the library when it is built; ends with a NULL name.
typedef struct shipped_cog {
    const char *name, *text;
} shipped_cog;
extern const shipped_cog shipped_cogs[];

// cog.c: a text as a model, kept by the context under its path; a shipped one has a name instead.
dsc_status cog_model_of(dsc_context *ctx, const char *path, const char *text, bool shipped,
                        const dsc_model **model);
dsc_status cog_model_read(dsc_context *ctx, const char *path, const dsc_model **model);

#endif
