// SPDX-License-Identifier: Apache-2.0
// batches.c — which sessions a step trains on (spec disrnn.md 2.5):
//   single     all of them, every step
//   rolling    batch.size of them in the order of the table, going round; the position is kept in
//              fit_state
//   random     batch.size of them drawn with replacement, a function of seed and step
//   bootstrap  as many as there are, drawn with replacement, the same in every step: a function of
//              the seed
// Without noise, copies of a session are computed once and counted as often as drawn.
#include <string.h>

#include "train/trainer.h"

typedef void draw_fn(const trainer *t, const replica *r, int *drawn, int n);

static void draw_rolling(const trainer *t, const replica *r, int *drawn, int n)
{
    for (int i = 0; i < n; i++) drawn[i] = (int)((r->state.rolling + i) % t->train.n);
}

// `which`: 0 for random batches, 1 for the bootstrap's.
static void draw_with_replacement(const trainer *t, const replica *r, uint32_t which, uint32_t step,
                                  int *drawn, int n)
{
    dsc_stream s = dsc_stream_start((uint64_t)r->config->seed, DSC_FOR_BATCHES, which, 0, step);
    for (int i = 0; i < n; i++) drawn[i] = (int)dsc_stream_below(&s, (uint32_t)t->train.n);
}

static void draw_random(const trainer *t, const replica *r, int *drawn, int n)
{
    draw_with_replacement(t, r, 0, (uint32_t)r->state.step, drawn, n);
}

static void draw_bootstrap(const trainer *t, const replica *r, int *drawn, int n)
{
    draw_with_replacement(t, r, 1, 0, drawn, n);
}

static const struct {
    const char *name;
    draw_fn *draw; // NULL: everything
    bool sized;    // batch.size of them; else as many as there are
    bool shared;   // the same for every seed
} modes[] = {{"single", NULL, false, true},
             {"rolling", draw_rolling, true, true},
             {"random", draw_random, true, false},
             {"bootstrap", draw_bootstrap, false, false}};
enum { N_MODES = sizeof modes / sizeof *modes };

static int mode_of(const trainer *t)
{
    for (int i = 0; i < N_MODES; i++)
        if (strcmp(t->config->batch_mode, modes[i].name) == 0) return i;
    return 0; // unknown names are refused by the config
}

bool batch_is_shared(const trainer *t)
{
    return modes[mode_of(t)].shared;
}

int batch_sessions(const trainer *t)
{
    return modes[mode_of(t)].sized ? t->config->batch_size : t->train.n;
}

static void count_sessions(const trainer *t, train_batch *out, const int *drawn, int n)
{
    const part *p = &t->train;
    for (int i = 0; i < n; i++) {
        const int k = drawn ? drawn[i] : i;
        for (int m = 0; m < N_TERMS; m++) out->count[m] += p->count[m][k];
        out->trials += p->trials[k];
    }
}

dsc_status batch_make(trainer *t, const replica *r, bool noisy, train_batch *out)
{
    draw_fn *draw = modes[mode_of(t)].draw;
    const int n = batch_sessions(t), workers = dsc_pool_size(t->pool);
    *out = (train_batch){0};
    if (draw) draw(t, r, t->drawn, n);
    count_sessions(t, out, draw ? t->drawn : NULL, n);
    if (!draw) {
        dsc_pack_whole(t->train.pack, NULL, &out->batch);
        return DSC_OK;
    }
    if (t->variant[noisy].has_noise)
        return dsc_pack_draw(t->ctx, t->train.pack, n, t->drawn, workers, &out->batch);
    return dsc_pack_draw_merged(t->ctx, t->train.pack, n, t->drawn, workers, &out->batch);
}

void batch_advance(const trainer *t, fit_state *s)
{
    if (modes[mode_of(t)].draw == draw_rolling)
        s->rolling = (s->rolling + t->config->batch_size) % t->train.n;
}
