// SPDX-License-Identifier: Apache-2.0
// show_bottlenecks.c — which bottlenecks of a disentangled RNN are open, as a table, as words and
// as JSON. Rows are sorted as in the figures, by ascending sigma of the latent; numbers are the
// model's own.
#include <math.h>
#include <string.h>

#include "plot/show.h"

enum { NAMED_SOURCES = 8, TABLE_LATENTS = 10, TABLE_INPUTS = 6, CELL = 13 };

typedef struct table {
    dsc_context *ctx;
    const plot_disrnn *d;
    dsc_text *out;
} table;

#define SAY(t, ...) plot_print((t)->ctx, (t)->out, __VA_ARGS__)

// ---- a table ------------------------------------------------------------------------------------

static void say_right(table *t, const char *text)
{
    char label[64];
    plot_label(text, CELL - 1, label, sizeof label);
    for (int i = plot_characters(label); i < CELL; i++) SAY(t, " ");
    SAY(t, "%s", label);
}

static void say_number(table *t, double value)
{
    char text[32];
    long long x = llround(fabs(value) * 1000);
    snprintf(text, sizeof text, "%s%lld.%03lld", value < 0 && x ? "-" : "", x / 1000, x % 1000);
    say_right(t, text);
}

static int columns_shown(const plot_disrnn *d)
{
    int inputs = d->n_inputs <= TABLE_INPUTS ? d->n_inputs : 0;
    return d->n_latents <= TABLE_LATENTS && inputs == d->n_inputs ? inputs + d->n_latents : inputs;
}

static void say_header(table *t)
{
    char name[32];
    int shown = columns_shown(t->d);
    SAY(t, "\nopenness 1 - sigma (1 open, 0 closed); rows by openness of the latent\n");
    SAY(t, "          ");
    say_right(t, "latent");
    say_right(t, "choice net");
    if (shown) SAY(t, " | its update reads");
    SAY(t, "\n          ");
    say_right(t, "itself");
    say_right(t, "reads it");
    if (shown) SAY(t, " |");
    for (int c = 0; c < shown; c++) {
        snprintf(name, sizeof name, "latent %d", c - t->d->n_inputs + 1);
        say_right(t, c < t->d->n_inputs ? t->d->inputs[c] : name);
    }
    SAY(t, "\n");
}

static void say_table(table *t)
{
    const plot_disrnn *d = t->d;
    int shown = columns_shown(d);
    say_header(t);
    for (int k = 0; k < d->n_latents; k++) {
        int i = d->order[k];
        char name[32];
        snprintf(name, sizeof name, "latent %-3d", i + 1);
        SAY(t, "%s", name);
        say_number(t, 1 - d->latent[i]);
        say_number(t, 1 - d->choice[i]);
        if (shown) SAY(t, " |");
        for (int c = 0; c < shown; c++) say_number(t, 1 - plot_source_sigma(d, c, i));
        SAY(t, "\n");
    }
}

static void say_counts(table *t)
{
    plot_openness g[3];
    double sum = plot_openness_count(t->d, g);
    SAY(t, "\nbottlenecks      number  open (s<0.1)  partial (s<0.25)  closed (s>0.9)  total "
           "openness\n");
    for (int k = 0; k < 3; k++) {
        char line[128];
        snprintf(line, sizeof line, "%-12s %10d %13d %17d %15d     ", g[k].group, g[k].n, g[k].open,
                 g[k].partial, g[k].closed);
        SAY(t, "%s", line);
        say_number(t, g[k].total);
        SAY(t, "\n");
    }
    SAY(t, "sum of all sigmas %g\n", sum);
}

// ---- words --------------------------------------------------------------------------------------

// Names the k-th source of latent i in words.
static void say_source(table *t, int s, int i)
{
    int j = s - t->d->n_inputs;
    if (j < 0) SAY(t, "%s", t->d->inputs[s]);
    else if (j == i) SAY(t, "itself");
    else SAY(t, "latent %d", j + 1);
}

static void say_sources(table *t, int i)
{
    int n = t->d->n_inputs + t->d->n_latents, open = 0, said = 0;
    for (int s = 0; s < n; s++) open += plot_source_sigma(t->d, s, i) < PLOT_OPEN;
    if (open == 0) SAY(t, "nothing");
    for (int s = 0; s < n && said < NAMED_SOURCES; s++) {
        if (plot_source_sigma(t->d, s, i) >= PLOT_OPEN) continue;
        if (said) SAY(t, said == open - 1 ? " and " : ", ");
        say_source(t, s, i);
        said++;
    }
    if (open > said) SAY(t, " and %d more", open - said);
}

static void say_words(table *t)
{
    const plot_disrnn *d = t->d;
    int n_open = 0;
    for (int i = 0; i < d->n_latents; i++) n_open += d->latent[i] < PLOT_OPEN;
    SAY(t, "%d of %d latents %s open (sigma below %g).\n", n_open, d->n_latents,
        n_open == 1 ? "is" : "are", PLOT_OPEN);
    for (int k = 0; k < n_open; k++) {
        int i = d->order[k];
        SAY(t, "Latent %d: its update reads ", i + 1);
        say_sources(t, i);
        SAY(t, d->choice[i] < PLOT_OPEN ? "; choice reads it.\n" : "; choice does not read it.\n");
    }
}

dsc_status plot_show_bottlenecks(dsc_context *ctx, const dsc_run *run, dsc_text *out)
{
    plot_disrnn d;
    DSC_TRY(plot_disrnn_read(ctx, run, &d));
    table t = {ctx, &d, out};
    say_table(&t);
    say_counts(&t);
    SAY(&t, "\n");
    say_words(&t);
    plot_disrnn_free(ctx, &d);
    return out->status;
}

dsc_status dsc_show_open(dsc_context *ctx, const dsc_run *run, dsc_text *out)
{
    plot_disrnn d;
    if (!plot_is_disrnn(run)) return DSC_OK;
    DSC_TRY(plot_disrnn_read(ctx, run, &d));
    table t = {ctx, &d, out};
    say_words(&t);
    plot_disrnn_free(ctx, &d);
    return out->status;
}

// ---- JSON ---------------------------------------------------------------------------------------

static void json_sources(table *t, int i)
{
    const plot_disrnn *d = t->d;
    char name[32];
    SAY(t, "\"update_sigma\": {");
    for (int s = 0; s < d->n_inputs + d->n_latents; s++) {
        snprintf(name, sizeof name, "latent %d", s - d->n_inputs + 1);
        SAY(t, "%s%j: %n", s ? ", " : "", s < d->n_inputs ? d->inputs[s] : name,
            plot_source_sigma(d, s, i));
    }
    SAY(t, "}");
}

static void json_groups(table *t)
{
    plot_openness g[3];
    double sum = plot_openness_count(t->d, g);
    SAY(t, "\"total_sigma\": %n", sum);
    for (int k = 0; k < 3; k++) {
        SAY(t, ", \"%s\": {\"n\": %d, \"open\": %d, \"partial\": %d, ", g[k].group, g[k].n,
            g[k].open, g[k].partial);
        SAY(t, "\"closed\": %d, \"total_openness\": %n}", g[k].closed, g[k].total);
    }
}

dsc_status plot_show_bottlenecks_json(dsc_context *ctx, const dsc_run *run, dsc_text *out)
{
    plot_disrnn d;
    DSC_TRY(plot_disrnn_read(ctx, run, &d));
    table t = {ctx, &d, out};
    SAY(&t, ", \"bottlenecks\": {");
    json_groups(&t);
    SAY(&t, ", \"latents\": [");
    for (int k = 0; k < d.n_latents; k++) {
        int i = d.order[k];
        SAY(&t, "%s{\"latent\": %d, \"sigma\": %n, ", k ? ", " : "", i + 1, d.latent[i]);
        SAY(&t, "\"openness\": %n, \"choice_sigma\": %n, ", 1 - d.latent[i], d.choice[i]);
        json_sources(&t, i);
        SAY(&t, "}");
    }
    SAY(&t, "]}");
    plot_disrnn_free(ctx, &d);
    return out->status;
}
