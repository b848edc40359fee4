/* SPDX-License-Identifier: Apache-2.0
 * models.h — the models: a network is one C file that builds a cell from a config; a classical
 * model is a .cog text (cog.h), shipped or the user's own. */
#ifndef DISCERN_MODELS_H
#define DISCERN_MODELS_H

#include "discern/cog.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DSC_MODEL_CONFIG_BYTES 2048

/* What the data, and the use, say about the cell to build. */
typedef struct dsc_model_size {
    int n_actions; /* options to choose from: rows of "prediction"; 0: the model chooses nothing */
    int n_values;  /* numbers predicted beside or instead of choices: rows of "values" */
    int n_inputs;  /* observation columns of a network */
    const char *const *inputs; /* their names, e.g. "prev_choice", "prev_reward" */
    /* leave out noise and the costs of information (warm-up, evaluation) */
    bool noiseless;
    /* of the data, 0: not known; parameters of subjects start smaller if there are many */
    int n_subjects;
    /* classical models only: their form (dsc_cog_form), networks have one; and parameters that vary
     * over lanes, whatever the config says */
    dsc_cog_form form;
    bool per_lane;
} dsc_model_size;

typedef struct dsc_model dsc_model;
struct dsc_model {
    const char *name, *title, *source; /* "gru"; one line; paper and equation */
    const dsc_field *fields;           /* its config: name, range, default, meaning */
    size_t config_bytes;               /* <= DSC_MODEL_CONFIG_BYTES */
    /* Adds the model to a builder: outputs "prediction" [n_actions] (logits), "values" [n_values],
     * each if it is not empty, and, if it has one, "penalty" [1]. */
    dsc_status (*build)(const dsc_model *self, dsc_builder *b, const void *config,
                        const dsc_model_size *size);
    const char *const *inputs; /* default observation columns, NULL-terminated */
    /* of a classical model: its text compiled; it can be simulated as it stands (its "prediction"
     * are logits) and fitted by maximum likelihood. NULL for a network. */
    const dsc_cog *cog;
    const char *path; /* of a user's own model: its file; else NULL */
};

/* A model by name, or a .cog file by its path; it lives as long as the context. Errors: DSC_INPUT
 * (unknown, with the nearest and all names; what dsc_cog_compile finds in the file). */
dsc_status dsc_model_find(dsc_context *ctx, const char *name, const dsc_model **model);
/* The i-th model that discern brings along, networks first; *model is NULL past the end. */
dsc_status dsc_model_at(dsc_context *ctx, int i, const dsc_model **model);
/* Its name alone; NULL past the end. */
const char *dsc_model_name(int i);
/* Their names joined with ", " for messages; `out` has `size` bytes. */
char *dsc_model_names(char *out, size_t size);
/* Builds a cell that can play among n_actions options: a classical model in its form for agents, a
 * network with its default inputs. Errors: those of `build`; DSC_MEMORY. */
dsc_status dsc_model_agent(dsc_context *ctx, const dsc_model *model, const void *config,
                           int n_actions, dsc_cell **cell);

#ifdef __cplusplus
}
#endif
#endif
