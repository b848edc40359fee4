// SPDX-License-Identifier: Apache-2.0
// fuzz_cog.c — any bytes as a model: compiled, built in every form for some numbers of actions and
// sizes of dimensions, laid out. The layout must be a model too, and its own layout.
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

static dsc_status try_model(dsc_context *ctx, const char *text)
{
    dsc_cog *c = NULL;
    DSC_TRY(dsc_cog_compile(ctx, "fuzz", text, &c));
    for (int form = 0; form < 3; form++) {
        const int own = dsc_cog_actions(c);
        build(ctx, c, form, own ? own : 3, 7);
        build(ctx, c, form, own ? own : 64, 1000);
    }
    lay_out(ctx, text);
    dsc_cog_destroy(ctx, &c);
    return DSC_OK;
}

dsc_status fuzz_read_cog(dsc_context *ctx, const char *path)
{
    char *text;
    size_t n;
    DSC_TRY(dsc_read_file(ctx, path, &text, &n));
    const dsc_status status = try_model(ctx, text);
    dsc_free(ctx, &text);
    return status;
}
