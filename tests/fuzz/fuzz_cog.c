// SPDX-License-Identifier: Apache-2.0
// fuzz_cog.c — any bytes as a model: compiled, built in every form for some numbers of actions and
// sizes of dimensions, laid out. The layout must be a model too, and its own layout. Once more with
// an allocation that fails.
#include <stdlib.h>
#include <string.h>

#include "discern/cog.h"
#include "fuzz/fuzz.h"

static void build(dsc_context *ctx, const dsc_cog *c, int form, int n_actions, double size)
{
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    double option[600];
    for (int i = 0; i < dsc_cog_option_count(c); i++) {
        const dsc_cog_option *o = dsc_cog_option_at(c, i);
        option[i] = o->is_size ? size : o->is_switch ? 1 - o->initial : o->initial;
    }
    const dsc_cog_build o = {.form = (dsc_cog_form)form, .n_actions = n_actions, .option = option};
    if (dsc_cell_begin(ctx, "fuzz", &b) != DSC_OK) return;
    const dsc_status status = dsc_cog_build_cell(c, b, &o);
    fuzz_must(status != DSC_DEFECT);
    fuzz_must((dsc_cell_end(b, &cell) == DSC_OK) == (status == DSC_OK));
    fuzz_must(!cell || dsc_cell_rows(cell, "prediction") == n_actions);
    dsc_cell_destroy(&cell);
}

static void lay_out(dsc_context *ctx, const char *text)
{
    dsc_text once = {0}, twice = {0};
    const bool fine = dsc_cog_format(ctx, "fuzz", text, &once) == DSC_OK;
    if (fine && dsc_cog_format(ctx, "fuzz", once.s, &twice) == DSC_OK)
        fuzz_must(strcmp(once.s, twice.s) == 0);
    else fuzz_must(!fine || strcmp(dsc_message(ctx), "") != 0);
    dsc_text_free(ctx, &once);
    dsc_text_free(ctx, &twice);
}

static void try_model(const char *text, long fail_at)
{
    fuzz_memory m = {.left = fail_at};
    const dsc_allocator a = fuzz_allocator(&m);
    dsc_context *ctx = NULL;
    dsc_cog *c = NULL;
    if (dsc_context_create(&a, &ctx) != DSC_OK) return;
    const dsc_status status = dsc_cog_compile(ctx, "fuzz", text, &c);
    fuzz_must(status == DSC_OK || status == DSC_INPUT || (status == DSC_MEMORY && fail_at >= 0));
    for (int form = 0; status == DSC_OK && form < 3; form++) {
        const int own = dsc_cog_actions(c);
        build(ctx, c, form, own ? own : 3, 7);
        build(ctx, c, form, own ? own : 64, 1000);
    }
    if (status == DSC_OK) lay_out(ctx, text);
    dsc_cog_destroy(ctx, &c);
    dsc_context_destroy(&ctx);
}

void fuzz_cog(const uint8_t *data, size_t n)
{
    char *text = malloc(n + 1);
    if (!text) return;
    if (n) memcpy(text, data, n);
    text[n] = 0;
    try_model(text, -1);
    try_model(text, fuzz_sum(data, n) % 97);
    free(text);
}
