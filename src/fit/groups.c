// SPDX-License-Identifier: Apache-2.0
// groups.c — the sessions that share a parameter set: of a subject, each its own, or all. Who has
// no choice in the training part has none.
#include <string.h>

#include "fit/internal.h"

static uint32_t hash_text(uint32_t hash, const char *text)
{
    for (; text && *text; text++) hash = (hash ^ (unsigned char)*text) * 16777619u; // FNV-1a
    return (hash ^ 0xffu) * 16777619u;
}

// A group is seeded by what it is called, so that the order of a file does not matter.
static uint32_t key_of(const dsc_table *t, dsc_group level, int session)
{
    const dsc_session *s = &t->session[session];
    uint32_t hash = 2166136261u;
    if (level == DSC_GROUP_MODEL) return hash;
    hash = hash_text(hash, t->subject ? t->subject[s->subject] : NULL);
    return level == DSC_GROUP_SESSION ? hash_text(hash, s->label) : hash;
}

static int place_of(const dsc_table *t, dsc_group level, int session)
{
    if (level == DSC_GROUP_MODEL) return 0;
    return level == DSC_GROUP_SESSION ? session : t->session[session].subject;
}

static dsc_status reserve(groups *g, const dsc_table *t)
{
    const size_t n = (size_t)t->n_sessions + 1, size = sizeof(int);
    DSC_TRY(dsc_arena_alloc(g->arena, n, size, &g->session));
    DSC_TRY(dsc_arena_alloc(g->arena, n, size, &g->last));
    DSC_TRY(dsc_arena_alloc(g->arena, n, size, &g->first));
    DSC_TRY(dsc_arena_alloc(g->arena, n, size, &g->member));
    DSC_TRY(dsc_arena_alloc(g->arena, n, size, &g->subject));
    DSC_TRY(dsc_arena_alloc(g->arena, n, size, &g->alone));
    return dsc_arena_alloc(g->arena, n, sizeof *g->key, &g->key);
}

static void add_group(groups *g, const dsc_table *t, dsc_group level, int session)
{
    g->subject[g->n] = t->session[session].subject;
    g->alone[g->n] = level == DSC_GROUP_SESSION ? session : -1;
    g->key[g->n++] = key_of(t, level, session);
}

// Groups in the order of their first session; `number` [places] is -1 at first.
static void sort(groups *g, const dsc_table *t, dsc_group level, int *number)
{
    for (int i = 0; i < g->n_sessions; i++) {
        const int place = place_of(t, level, g->session[i]);
        if (number[place] < 0) {
            number[place] = g->n;
            add_group(g, t, level, g->session[i]);
        }
        g->first[number[place] + 1]++;
    }
    for (int k = 0; k < g->n; k++) g->first[k + 1] += g->first[k];
    for (int i = g->n_sessions - 1; i >= 0; i--) {
        const int k = number[place_of(t, level, g->session[i])];
        g->member[--g->first[k + 1]] = i;
    }
    for (int k = 0; k < g->n; k++) g->first[k] = g->first[k + 1];
    g->first[g->n] = g->n_sessions;
}

// A table without choices is fitted whole.
static bool has_choice(const groups *g, const dsc_table *t, int session)
{
    const dsc_choices c = dsc_table_choices(t, t->n_actions);
    const size_t first = t->session[session].first;
    for (size_t i = first; c.choice && i < first + (size_t)g->last[session]; i++)
        if (dsc_choice_counted(&c, i) >= 0) return true;
    return !c.choice;
}

// Where no choice counts there is nothing to estimate from; beside a session that has some, one
// without any stays. `scored` [places] is 0 at first.
static void leave_out_unscored(groups *g, const dsc_table *t, dsc_group level,
                               unsigned char *scored)
{
    int n = 0;
    for (int i = 0; i < g->n_sessions; i++)
        if (has_choice(g, t, g->session[i])) scored[place_of(t, level, g->session[i])] = 1;
    for (int i = 0; i < g->n_sessions; i++)
        if (scored[place_of(t, level, g->session[i])]) g->session[n++] = g->session[i];
    g->n_sessions = n;
}

static dsc_status fill(groups *g, const dsc_table *t, const dsc_split *split, dsc_group level)
{
    int *number;
    unsigned char *scored;
    const int most = t->n_sessions > t->n_subjects ? t->n_sessions : t->n_subjects;
    DSC_TRY(reserve(g, t));
    DSC_TRY(dsc_arena_alloc(g->arena, (size_t)most + 1, sizeof *number, &number));
    DSC_TRY(dsc_arena_alloc(g->arena, (size_t)most + 1, 1, &scored));
    for (int i = 0; i <= most; i++) number[i] = -1;
    for (int s = 0, first = 0; s < t->n_sessions; s++) {
        g->last[s] = t->session[s].n_trials;
        if (split && split->heldout) dsc_split_trials(split, t, s, DSC_TRAIN, &first, &g->last[s]);
        if (g->last[s] > 0) g->session[g->n_sessions++] = s;
    }
    leave_out_unscored(g, t, level, scored);
    sort(g, t, level, number);
    return DSC_OK;
}

static dsc_status fail_empty(dsc_context *ctx, const dsc_table *t, const groups *g)
{
    const char *path = t->path ? t->path : "the table";
    for (int s = 0; s < t->n_sessions; s++)
        DSC_REQUIRE(ctx, g->last[s] <= 0, DSC_INPUT,
                    "%s: all choices of the training part are missing; check the mapping "
                    "(--map choice=COLUMN) and --missing",
                    path);
    return dsc_fail(ctx, DSC_INPUT,
                    "%s: every session is held out, so none is left to fit; change the split",
                    path);
}

dsc_status groups_create(dsc_context *ctx, const dsc_table *t, const dsc_split *split,
                         dsc_group level, groups *g)
{
    groups made = {0};
    DSC_TRY(dsc_arena_create(ctx, &made.arena));
    dsc_status status = fill(&made, t, split, level);
    if (status == DSC_OK && made.n == 0) status = fail_empty(ctx, t, &made);
    if (status == DSC_OK) *g = made;
    else groups_destroy(&made);
    return status;
}

void groups_destroy(groups *g)
{
    if (g->arena) dsc_arena_destroy(&g->arena);
    *g = (groups){0};
}
