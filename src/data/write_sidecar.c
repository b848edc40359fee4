// SPDX-License-Identifier: Apache-2.0
// write_sidecar.c — what the columns of a BIDS table mean, as a JSON file beside it: "Description",
// and for choices with names "Levels".
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "data/private.h"

static const char *description(const char *column)
{
    static const char *const known[][2] = {
        {"choice", "option that was chosen, counted from 0"},
        {"reward", "what followed the choice"},
        {"prev_choice", "choice of the trial before"},
        {"prev_reward", "reward of the trial before"},
        {"instructed", "not 0: the choice was not free and counts for no score"},
        {"block", "block of trials"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i][0], column) == 0) return known[i][1];
    return "column of the data";
}

static json_t *levels(const dsc_column *c)
{
    json_t *made = json_object();
    char number[16];
    int bad = 0;
    for (int i = 0; i < c->n_labels; i++) {
        snprintf(number, sizeof number, "%d", i);
        bad |= json_object_set_new(made, number, json_string(c->label[i]));
    }
    if (!bad) return made;
    json_decref(made);
    return NULL;
}

static json_t *describe(const dsc_table *t)
{
    json_t *root = json_pack("{s:{s:s}, s:{s:s}, s:{s:s}}", "subject", "Description", "who",
                             "session", "Description", "one uninterrupted sequence of trials",
                             "trial", "Description", "number of the trial in its session");
    int bad = 0;
    for (int i = 0; i < t->n_columns; i++) {
        const dsc_column *c = &t->column[i];
        json_t *entry = json_pack("{s:s}", "Description", description(c->name));
        if (strcmp(c->name, "choice") == 0 && c->label && !data_keeps_labels(c))
            bad |= json_object_set_new(entry, "Levels", levels(c));
        bad |= json_object_set_new(root, c->name, entry);
    }
    if (!bad) return root;
    json_decref(root);
    return NULL;
}

dsc_status data_write_sidecar(dsc_context *ctx, const dsc_table *t, const char *path)
{
    dsc_text name = {0};
    json_t *root = describe(t);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    dsc_status status = dsc_table_beside(ctx, path, &name);
    if (status == DSC_OK && !text)
        status = dsc_fail(ctx, DSC_INPUT, "%s: the names of its columns are no UTF-8", path);
    if (status == DSC_OK) status = dsc_write_file(ctx, name.s, text, strlen(text));
    dsc_text_free(ctx, &name);
    free(text);
    return status;
}
