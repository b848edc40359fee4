// SPDX-License-Identifier: Apache-2.0
// nwb.c — Neurodata Without Borders: the table /intervals/trials has a data set per column. `id`
// numbers its rows; a column X with X_index beside it is ragged (X_index says where each row of X
// ends). Who it was is in /general/subject/subject_id, which session in /general/session_id, else
// /identifier.
#include <string.h>

#include "data/tree.h"

static data_node *find(data_node *node, const char *const *names)
{
    for (; node && *names; names++) node = data_node_member(node, *names);
    return node;
}
#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void drop_ragged(data_node *trials)
{
    char name[256];
    for (size_t i = 0; i < trials->n; i++) {
        snprintf(name, sizeof name, "%s_index", trials->member[i].name);
        data_node *index = data_node_member(trials, name);
        if (!index) continue;
        trials->member[i].kind = index->kind = DATA_OTHER;
        trials->member[i].what = index->what = "a ragged column";
    }
}

// Adds a single text of the file to the trials, unless they have that column.
static void add_text(data_node *trials, const data_node *text, const char *name)
{
    if (!text || text->kind != DATA_TEXTS || text->n != 1 || data_node_member(trials, name)) return;
    trials->member[trials->n] = *text;
    trials->member[trials->n++].name = name;
}

static dsc_status make_room(data_tree *t, data_node *trials)
{
    data_node *more;
    DSC_TRY(dsc_arena_alloc(t->arena, trials->n + 2, sizeof *more, &more));
    if (trials->n > 0) memcpy(more, trials->member, trials->n * sizeof *more);
    trials->member = more;
    return DSC_OK;
}

dsc_status data_find_nwb_trials(data_tree *t)
{
    data_node *root = &t->root, *trials = find(root, NAMES("intervals", "trials"));
    if (!trials || trials->kind != DATA_GROUP) return DSC_OK;
    data_node *id = data_node_member(trials, "id");
    data_node *session = find(root, NAMES("general", "session_id"));
    if (!session) session = find(root, NAMES("identifier"));
    if (id && !data_node_member(trials, "trial")) id->name = "trial";
    drop_ragged(trials);
    DSC_TRY(make_room(t, trials));
    add_text(trials, find(root, NAMES("general", "subject", "subject_id")), "subject");
    add_text(trials, session, "session");
    if (!t->s->part) t->s->part = "intervals/trials";
    return DSC_OK;
}
