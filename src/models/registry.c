// SPDX-License-Identifier: Apache-2.0
// registry.c — the list of models. A new network is one file and one name here; a new classical
// model is one .cog file in this folder.
#include <stdio.h>
#include <string.h>

#include "models/internal.h"

static const dsc_model *const networks[] = {
    &dsc_model_rnn,
    &dsc_model_gru,
    &dsc_model_lstm,
    &dsc_model_disrnn,
    &dsc_model_disrnn_multisubject,
    &dsc_model_disrnn_neuro,
    &dsc_model_disrnn_paper,
};
enum { N_NETWORKS = sizeof networks / sizeof *networks };

const char *dsc_model_name(int i)
{
    if (i < N_NETWORKS) return i >= 0 ? networks[i]->name : NULL;
    int k = N_NETWORKS;
    while (k < i && shipped_cogs[k - N_NETWORKS].name) k++;
    return shipped_cogs[k - N_NETWORKS].name;
}

dsc_status dsc_model_at(dsc_context *ctx, int i, const dsc_model **model)
{
    *model = NULL;
    if (!dsc_model_name(i)) return DSC_OK;
    if (i < N_NETWORKS) *model = networks[i];
    else {
        const shipped_cog *s = &shipped_cogs[i - N_NETWORKS];
        DSC_TRY(cog_model_of(ctx, s->name, s->text, true, model));
    }
    return DSC_OK;
}

// ---- by name ------------------------------------------------------------------------------------

enum { MOST_MODELS = 128, NAMES_BYTES = 2048 };

char *dsc_model_names(char *out, size_t size)
{
    size_t used = 0;
    if (size > 0) out[0] = 0;
    for (int i = 0; dsc_model_name(i) && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", dsc_model_name(i));
    return out;
}

static dsc_status unknown_model(dsc_context *ctx, const char *name)
{
    const char *names[MOST_MODELS];
    char list[NAMES_BYTES];
    size_t n = 0;
    while (n < MOST_MODELS && (names[n] = dsc_model_name((int)n))) n++;
    const char *nearest = dsc_nearest(name, names, n);
    return dsc_fail(ctx, DSC_INPUT, "there is no model \"%s\".%s%s%s Known: %s", name,
                    nearest ? " Did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "",
                    dsc_model_names(list, sizeof list));
}

static bool is_path(const char *name)
{
    const size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".cog") == 0;
}

dsc_status dsc_model_find(dsc_context *ctx, const char *name, const dsc_model **model)
{
    if (is_path(name)) return cog_model_read(ctx, name, model);
    for (int i = 0; dsc_model_name(i); i++)
        if (strcmp(dsc_model_name(i), name) == 0) return dsc_model_at(ctx, i, model);
    return unknown_model(ctx, name);
}
