// SPDX-License-Identifier: Apache-2.0
// registers.c — placing the buffers of a program: each lives from the first to the last instruction
// that names it; buffers whose lives do not overlap may share memory. First fit in order of birth
// keeps the working set small.

#include "engine/plan.h"

typedef struct life {
    int born, dies;
    size_t at;
} life;

static void touch(life *l, const ref *r, int i)
{
    if (r->space != SP_WORK) return;
    if (l[r->reg].born < 0) l[r->reg].born = i;
    l[r->reg].dies = i;
}

static void visit_refs(instruction *in, void (*visit)(life *, ref *, int), life *l, int i)
{
    for (int k = 0; k < 3; k++) visit(l, &in->x[k], i);
    for (int k = 0; k < 3; k++) visit(l, &in->dx[k], i);
    visit(l, &in->y, i);
    visit(l, &in->dy, i);
    visit(l, &in->saved, i);
}
static void visit_touch(life *l, ref *r, int i)
{
    touch(l, r, i);
}
static void visit_place(life *l, ref *r, int i)
{
    (void)i;
    if (r->space != SP_WORK) return;
    r->offset += l[r->reg].at;
    r->reg = -1;
}

static bool overlaps(const life *a, const life *b)
{
    return a->born <= b->dies && b->born <= a->dies;
}

// the lowest place for register r that no living, already placed register uses
static size_t first_fit(const life *l, const size_t *size, int r)
{
    size_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int q = 0; q < r; q++) {
            bool clash = l[q].born >= 0 && overlaps(&l[q], &l[r]) && at < l[q].at + size[q] &&
                         l[q].at < at + size[r];
            if (!clash) continue;
            at = l[q].at + size[q];
            moved = true;
        }
    }
    return at;
}

dsc_status program_place(dsc_context *ctx, program *p, const size_t *size, int n)
{
    life *l = NULL;
    DSC_TRY(dsc_alloc(ctx, (size_t)n + 1, sizeof *l, &l));
    for (int r = 0; r < n; r++) l[r].born = -1;
    for (int i = 0; i < p->n; i++) visit_refs(&p->at[i], visit_touch, l, i);
    p->work = 0;
    for (int r = 0; r < n; r++) {
        if (l[r].born < 0) continue;
        l[r].at = first_fit(l, size, r);
        if (l[r].at + size[r] > p->work) p->work = l[r].at + size[r];
    }
    for (int i = 0; i < p->n; i++) visit_refs(&p->at[i], visit_place, l, i);
    dsc_free(ctx, &l);
    return DSC_OK;
}
