// SPDX-License-Identifier: Apache-2.0
// choices.c — the choice column to 0, 1, ...: texts by sorted label, 1 ... n shifted, negative
// values missing; the previous choices go with it.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/private.h"

// ---- texts --------------------------------------------------------------------------------------

typedef struct option {
    char *label;
    int code;
} option;

static int by_label(const void *a, const void *b)
{
    return strcmp(((const option *)a)->label, ((const option *)b)->label);
}

static dsc_status tell_options(dsc_context *ctx, const data_source *s, const data_column *c)
{
    dsc_text told = {0};
    for (int i = 0; i < c->n_labels; i++)
        dsc_text_add(ctx, &told, "%s\"%s\" became %d", i ? ", " : "", c->label[i], i);
    const dsc_status status = told.status;
    if (status == DSC_OK && told.s)
        dsc_note(ctx, DSC_NOTE, "%s, column \"%s\": %s; otherwise: --map %s=%s:%s=0,...", s->path,
                 c->name, told.s, c->becomes, c->name, c->label[0]);
    dsc_text_free(ctx, &told);
    return status;
}

// Renumbers the labels of a text column in sorted order.
static dsc_status sort_labels(dsc_context *ctx, const data_source *s, data_column *c)
{
    option *options;
    int *code;
    DSC_REQUIRE(
        ctx, c->n_labels <= DATA_MAX_ACTIONS, DSC_INPUT,
        "%s, column \"%s\": %d different texts are too many for options; name the column of "
        "choices: --map choice=COLUMN",
        s->path, c->name, c->n_labels);
    DSC_TRY(dsc_arena_alloc(s->arena, (size_t)c->n_labels, sizeof *options, &options));
    DSC_TRY(dsc_arena_alloc(s->arena, (size_t)c->n_labels, sizeof *code, &code));
    for (int i = 0; i < c->n_labels; i++) options[i] = (option){c->label[i], i};
    if (c->n_labels > 0) qsort(options, (size_t)c->n_labels, sizeof *options, by_label);
    for (int i = 0; i < c->n_labels; i++) {
        c->label[i] = options[i].label;
        code[options[i].code] = i;
    }
    for (size_t i = 0; i < s->n_rows; i++)
        if (!isnan(c->value[i])) c->value[i] = code[(int)c->value[i]];
    return tell_options(ctx, s, c);
}

static int label_code(const data_column *c, const char *label)
{
    for (int i = 0; i < c->n_labels; i++)
        if (strcmp(c->label[i], label) == 0) return i;
    return -1;
}

// Previous choices that are texts take the codes of the choices.
static dsc_status follow_labels(dsc_context *ctx, const data_source *s, const data_column *choice,
                                data_column *c)
{
    for (size_t i = 0; i < s->n_rows; i++) {
        if (isnan(c->value[i])) continue;
        const char *label = c->label[(int)c->value[i]];
        const int code = label_code(choice, label);
        DSC_REQUIRE(ctx, code >= 0, DSC_INPUT,
                    "%s, %s, column \"%s\": \"%.60s\" is no choice of column \"%s\"; give it a "
                    "code: --map %s=%s:%s=NA,...",
                    s->path, data_where(s, i, (char[64]){0}), c->name, label, choice->name,
                    c->becomes, c->name, data_as_item(label, (char[128]){0}, 128));
        c->value[i] = code;
    }
    c->label = NULL;
    c->n_labels = 0;
    return DSC_OK;
}

// ---- numbers ------------------------------------------------------------------------------------

typedef struct census {
    double lowest, highest; // of the values that are not negative
    size_t n_valid, n_negative, n_zero;
    bool minus_one_only; // the negative values are all -1
} census;

// Whole numbers that went through rounding, e.g. in single precision, are what they were.
static dsc_status check_value(dsc_context *ctx, const data_source *s, const data_column *c,
                              size_t row)
{
    char text[32];
    const double given = c->value[row], whole = round(given);
    const double value = fabs(given - whole) <= 1e-8 + 1e-5 * fabs(whole) ? whole : given;
    c->value[row] = value;
    DSC_REQUIRE(ctx, value == floor(value) && isfinite(value), DSC_INPUT,
                "%s, %s, column \"%s\": %s is no choice, which is a whole number; give it a "
                "code: --map %s=%s:%s=0,...",
                s->path, data_where(s, row, (char[64]){0}), c->name, dsc_format_number(value, text),
                c->becomes, c->name, text);
    return DSC_OK;
}

static dsc_status take_census(dsc_context *ctx, const data_source *s, const data_column *c,
                              census *k)
{
    *k = (census){.lowest = INFINITY, .highest = -INFINITY, .minus_one_only = true};
    for (size_t i = 0; i < s->n_rows; i++) {
        if (isnan(c->value[i])) continue;
        DSC_TRY(check_value(ctx, s, c, i));
        const double value = c->value[i];
        if (value < 0) {
            k->n_negative++;
            k->minus_one_only &= value == -1;
            continue;
        }
        k->n_valid++;
        k->n_zero += value == 0;
        if (value < k->lowest) k->lowest = value;
        if (value > k->highest) k->highest = value;
    }
    return DSC_OK;
}

static dsc_status check_negative(dsc_context *ctx, const data_source *s, const data_column *c,
                                 const census *k)
{
    if (k->n_negative == 0) return DSC_OK;
    // One side coded -1, the other 1: reading -1 as missing would drop half of the choices.
    DSC_REQUIRE(
        ctx, !(k->minus_one_only && k->lowest == 1 && k->highest == 1), DSC_INPUT,
        "%s, column \"%s\": only -1 and 1. If both are options: --map choice=%s:-1=0,1=1; if "
        "-1 means missing: --map choice=%s:-1=NA,1=1",
        s->path, c->name, c->name, c->name);
    // Left, none, right: where -1 outnumbers 0, it is hardly what a missing choice is called.
    DSC_REQUIRE(
        ctx, k->highest != 1 || k->n_negative <= k->n_zero || !k->minus_one_only, DSC_INPUT,
        "%s, column \"%s\": -1 (%zu times), 0 (%zu) and 1. If -1 and 1 are the options and 0 "
        "means missing: --map choice=%s:-1=0,0=NA,1=1; if -1 means missing: --map "
        "choice=%s:-1=NA,0=0,1=1",
        s->path, c->name, k->n_negative, k->n_zero, c->name, c->name);
    // Few are what missing trials look like; many may well be an option.
    const bool usual = k->minus_one_only && k->n_negative < k->n_valid / 4;
    dsc_note(ctx, usual ? DSC_NOTE : DSC_WARNING,
             "%s, column \"%s\": %zu values below 0 are read as missing; if they are options, give "
             "each value a code, or NA if it means missing: --map choice=%s:-1=0,1=1,0=NA",
             s->path, c->name, k->n_negative, c->name);
    return DSC_OK;
}

static dsc_status check_range(dsc_context *ctx, const data_source *s, const data_column *c,
                              const census *k, double shift)
{
    char text[32];
    const int limit = s->n_actions > 0 ? s->n_actions : DATA_MAX_ACTIONS;
    if (k->highest - shift < limit) return DSC_OK;
    size_t row = 0;
    while (!(c->value[row] - shift >= limit)) row++;
    return dsc_fail(ctx, DSC_INPUT,
                    "%s, %s, column \"%s\": choice %s is out of range; with %d options choices "
                    "are %d ... %d. %s",
                    s->path, data_where(s, row, (char[64]){0}), c->name,
                    dsc_format_number(c->value[row], text), limit, (int)shift,
                    limit - 1 + (int)shift,
                    s->n_actions > 0 ? "Correct the value, or the number of options"
                                     : "Name the column of choices: --map choice=COLUMN");
}

// 1 ... n with no 0 counts options from 1, unless a given number of options says that n is an
// index.
static double find_shift(dsc_context *ctx, const data_source *s, const data_column *c,
                         const census *k)
{
    if (k->lowest != 1 || k->highest < 2 || (c->map && c->map->n_codes > 0)) return 0;
    if (s->n_actions > 0 && k->highest < s->n_actions) return 0;
    if (k->highest > DATA_MAX_ACTIONS) return 0; // to be refused
    dsc_note(ctx, DSC_NOTE, "%s, column \"%s\": choices 1 ... %d are read as 0 ... %d", s->path,
             c->name, (int)k->highest, (int)k->highest - 1);
    return 1;
}

// A slip of the keyboard makes options that nobody ever chose.
static void warn_gaps(dsc_context *ctx, const data_source *s, const data_column *c, const census *k,
                      double shift)
{
    bool chosen[DATA_MAX_ACTIONS] = {false};
    const int n = (int)(k->highest - shift) + 1;
    int n_never = 0;
    size_t row = 0;
    if (s->n_actions > 0 || n < 3) return;
    for (size_t i = 0; i < s->n_rows; i++)
        if (c->value[i] >= shift) chosen[(int)(c->value[i] - shift)] = true;
    for (int i = 0; i < n; i++) n_never += !chosen[i];
    if (n_never == 0) return;
    while (c->value[row] != k->highest) row++;
    dsc_note(
        ctx, DSC_WARNING,
        "%s, column \"%s\": up to the largest choice, %d (first: %s), there are %d options, and "
        "%d of them %s never chosen. If it is a slip, correct it; if not, say how many options "
        "there are: --actions %d",
        s->path, c->name, (int)k->highest, data_where(s, row, (char[64]){0}), n, n_never,
        n_never == 1 ? "is" : "are", n);
}

static void shift_values(const data_source *s, data_column *c, double shift)
{
    for (size_t i = 0; i < s->n_rows; i++) {
        if (c->value[i] < shift) c->value[i] = NAN; // none
        else c->value[i] -= shift;
    }
}

static char *level_label(const data_column *c, double value)
{
    for (int i = 0; i < c->n_levels; i++)
        if (c->level[i].value == value) return c->level[i].label;
    return NULL;
}

// Names the options as the description of the file does, if it names all.
static dsc_status name_options(data_source *s, data_column *c, const census *k, double shift)
{
    const int n = (int)(k->highest - shift) + 1;
    char **label;
    if (c->label || c->n_levels == 0) return DSC_OK;
    DSC_TRY(dsc_arena_alloc(s->arena, (size_t)n, sizeof *label, &label));
    for (int i = 0; i < n; i++)
        if (!(label[i] = level_label(c, i + shift))) return DSC_OK;
    c->label = label;
    c->n_labels = n;
    return DSC_OK;
}

dsc_status data_code_choices(dsc_context *ctx, data_source *s)
{
    data_column *c = data_role_column(s, DATA_CHOICE);
    data_column *previous = data_role_column(s, DATA_PREV_CHOICE);
    census k;
    if (!c) return DSC_OK;
    if (c->label) DSC_TRY(sort_labels(ctx, s, c));
    if (previous && previous->label) DSC_TRY(follow_labels(ctx, s, c, previous));
    DSC_TRY(take_census(ctx, s, c, &k));
    DSC_TRY(check_negative(ctx, s, c, &k));
    DSC_REQUIRE(ctx, k.n_valid > 0, DSC_INPUT,
                "%s, column \"%s\": all %zu choices are missing; name the column of choices: --map "
                "choice=COLUMN",
                s->path, c->name, s->n_rows);
    const double shift = c->label ? 0 : find_shift(ctx, s, c, &k);
    DSC_TRY(check_range(ctx, s, c, &k, shift));
    warn_gaps(ctx, s, c, &k, shift);
    shift_values(s, c, shift);
    if (previous) shift_values(s, previous, shift);
    return name_options(s, c, &k, shift);
}
