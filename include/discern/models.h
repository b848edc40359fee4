/* SPDX-License-Identifier: Apache-2.0
 * models.h — the models: each is one file that builds a cell from a config. */
#ifndef DISCERN_MODELS_H
#define DISCERN_MODELS_H

#include "discern/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DSC_MODEL_CONFIG_BYTES 2048

/* What the data say about the cell to build. */
typedef struct dsc_model_size {
    int n_actions;             /* options to choose from (columns of the prediction) */
    int n_inputs;              /* observation columns */
    const char *const *inputs; /* their names, e.g. "prev_choice", "prev_reward" */
    /* leave out noise and the costs of information (warm-up, evaluation) */
    bool noiseless;
} dsc_model_size;

typedef struct dsc_model {
    const char *name, *title, *source; /* "gru"; one line; paper and equation */
    const dsc_field *fields;           /* its config: name, range, default, meaning */
    size_t config_bytes;               /* <= DSC_MODEL_CONFIG_BYTES */
    /* Adds the model to a builder: outputs "prediction" [n_actions] (logits or means), and, if it
     * has one, "penalty" [1]. */
    dsc_status (*build)(dsc_builder *b, const void *config, const dsc_model_size *size);
    const char *const *inputs; /* default observation columns, NULL-terminated */
    bool
        agent; /* a classical model usable as a simulated agent: its "prediction" are logits, its inputs "agent_choice", "agent_reward" */
} dsc_model;

/* The i-th model, NULL past the end; and one by name (NULL if unknown). */
const dsc_model *dsc_model_at(int i);
const dsc_model *dsc_model_find(const char *name);
/* Their names joined with ", " for messages; `out` has `size` bytes. */
char *dsc_model_names(char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
