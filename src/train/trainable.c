// SPDX-License-Identifier: Apache-2.0
// trainable.c — which parameters a fit changes. train.trainable lists patterns over the readable
// names of parameters: a part of the name, or with * ? [ ] a shell pattern of the whole name; a
// parameter that none of them fits stays as it is (spec disrnn.md 2.9). No list: all are trained.
// Settings (a penalty's weight) never are.
#include <fnmatch.h>
#include <string.h>

#include "train/trainer.h"

static bool fits(const char *pattern, const char *name)
{
    if (strpbrk(pattern, "*?[")) return fnmatch(pattern, name, 0) == 0;
    return strstr(name, pattern) != NULL;
}

static dsc_status fail_unknown(const trainer *t, const char *pattern)
{
    const dsc_cell *cell = t->variant[0].cell;
    dsc_text names = {0};
    for (int i = 0; i < dsc_cell_parameter_count(cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(cell, i);
        if (p->fixed) continue;
        dsc_text_add(t->ctx, &names, "%s%s", names.length ? ", " : "", p->name);
    }
    const dsc_status status =
        dsc_fail(t->ctx, DSC_INPUT,
                 "train.trainable: \"%s\" fits no parameter of %s. Give a part of a name, or a "
                 "pattern with * and ?; its parameters are %s",
                 pattern, t->model->name, names.s ? names.s : "none");
    dsc_text_free(t->ctx, &names);
    return status;
}

// Marks what the pattern fits.
static dsc_status free_fitting(trainer *t, const char *pattern)
{
    const dsc_cell *cell = t->variant[0].cell;
    bool found = false;
    for (int i = 0; i < dsc_cell_parameter_count(cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(cell, i);
        if (p->fixed || !fits(pattern, p->name)) continue;
        memset(t->is_free + t->layout.offset[i], 1, t->layout.count[i]);
        found = true;
    }
    return found ? DSC_OK : fail_unknown(t, pattern);
}

static void free_all(trainer *t)
{
    const dsc_cell *cell = t->variant[0].cell;
    for (int i = 0; i < dsc_cell_parameter_count(cell); i++)
        memset(t->is_free + t->layout.offset[i], !dsc_cell_parameter(cell, i)->fixed,
               t->layout.count[i]);
}

static void say_trained(const trainer *t)
{
    const dsc_cell *cell = t->variant[0].cell;
    dsc_text names = {0};
    size_t trained = 0, all = 0;
    for (int i = 0; i < dsc_cell_parameter_count(cell); i++) {
        const dsc_parameter *p = dsc_cell_parameter(cell, i);
        if (p->fixed || t->layout.count[i] == 0) continue;
        all += t->layout.count[i];
        if (!t->is_free[t->layout.offset[i]]) continue;
        trained += t->layout.count[i];
        dsc_text_add(t->ctx, &names, "%s%s", names.length ? ", " : "", p->name);
    }
    dsc_note(t->ctx, DSC_NOTE, "trained are %s: %zu of %zu values; all others stay as they are",
             names.s ? names.s : "none", trained, all);
    dsc_text_free(t->ctx, &names);
}

dsc_status trainable_find(trainer *t)
{
    char **patterns = NULL;
    int n = 0;
    dsc_status status = DSC_OK;
    DSC_TRY(dsc_alloc(t->ctx, t->layout.n_values, 1, &t->is_free));
    DSC_TRY(names_split(t->ctx, "train.trainable", t->config->trainable, &patterns, &n));
    if (n == 0) free_all(t);
    for (int i = 0; i < n && status == DSC_OK; i++) status = free_fitting(t, patterns[i]);
    dsc_free(t->ctx, &patterns);
    if (status == DSC_OK && n > 0) say_trained(t);
    return status;
}
