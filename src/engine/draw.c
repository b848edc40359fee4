// SPDX-License-Identifier: Apache-2.0
// draw.c — the draws of closed loops: always made in double precision by the lanes of one
// instruction set, so that they are the same bits whatever engine plays.
#include <string.h>

#include "engine/plan.h"

const dsc_engine *dsc_engine_drawing(const dsc_engine *e)
{
    bool runs;
    const dsc_engine *plain = NULL, *known;
    for (int i = 0; (known = dsc_engine_at(i, &runs)); i++) {
        if (known->kernels->real != sizeof(double) || known->width == 1) continue;
        if (strcmp(known->kernels->isa, e->kernels->isa) == 0) return known;
        if (!plain) plain = known; // the scalar one: for ref
    }
    return plain;
}

void dsc_draw_numbers(const dsc_engine *e, const dsc_draw *d, int n_uniform, double *uniform,
                      int n_normal, double *normal)
{
    e->kernels->draw_numbers(d, n_uniform, uniform, n_normal, normal);
}

bool dsc_draw_choices(const dsc_engine *e, int rows, int width, const double *logits,
                      const double *u, double *p, double *choice)
{
    return e->kernels->draw_choices(rows, width, logits, u, p, choice);
}
