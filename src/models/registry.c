// SPDX-License-Identifier: Apache-2.0
// registry.c — the list of models. A new model is one file and one name here.
#include <stdio.h>
#include <string.h>

#include "models/internal.h"

static const dsc_model *const models[] = {
    &dsc_model_rnn,    &dsc_model_gru,        &dsc_model_lstm,
    &dsc_model_disrnn, &dsc_model_q_learning, &dsc_model_actor_critic,
};
enum { N_MODELS = sizeof models / sizeof *models };

const dsc_model *dsc_model_at(int i)
{
    return i >= 0 && i < N_MODELS ? models[i] : NULL;
}

const dsc_model *dsc_model_find(const char *name)
{
    for (int i = 0; i < N_MODELS; i++)
        if (strcmp(models[i]->name, name) == 0) return models[i];
    return NULL;
}

char *dsc_model_names(char *out, size_t size)
{
    size_t used = 0;
    if (size > 0) out[0] = 0;
    for (int i = 0; i < N_MODELS && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", models[i]->name);
    return out;
}
