// SPDX-License-Identifier: Apache-2.0
// show_bottlenecks.c — which bottlenecks of a disentangled RNN are open, as a table, as words and
// as JSON. Rows are sorted as in the figures, by ascending sigma of the latent; numbers are the
// model's own.
#include <math.h>
#include <string.h>

#include "plot/show.h"

enum { NAMED_SOURCES = 8, TABLE_LATENTS = 10, TABLE_OTHERS = 6, CELL = 13 };

typedef struct table {
    dsc_context *ctx;
    const plot_disrnn *d;
    dsc_text *out;
} table;

#define SAY(t, ...) plot_print((t)->ctx, (t)->out, __VA_ARGS__)

// Nets with one target have a column of the table each; the update nets have a column per source.
static bool is_single(const plot_disrnn *d, int net)
{
    return d->net[net].n_sources > 0 && net != PLOT_UPDATE;
}

// ---- a table ------------------------------------------------------------------------------------

static void say_right(table *t, const char *text)
{
    char label[64];
    plot_label(text, CELL - 1, label, sizeof label);
    for (int i = plot_characters(label); i < CELL; i++) SAY(t, " ");
    SAY(t, "%s", label);
}

static void say_openness(table *t, double sigma)
{
    char text[32] = "-";
    const double value = 1 - sigma;
    long long x = isfinite(value) ? llround(fabs(value) * 1000) : 0;
    if (isfinite(value))
        snprintf(text, sizeof text, "%s%lld.%03lld", value < 0 && x ? "-" : "", x / 1000, x % 1000);
    say_right(t, text);
}

// How many of what the update nets read have columns: all, or not the latents, or none.
static int columns_shown(const plot_disrnn *d)
{
    const int others = d->n_subject + d->n_inputs;
    if (others > TABLE_OTHERS) return 0;
    return d->n_latents <= TABLE_LATENTS ? others + d->n_latents : others;
}

static void say_header(table *t)
{
    const plot_net *update = &t->d->net[PLOT_UPDATE];
    const int shown = columns_shown(t->d);
    char name[128];
    SAY(t, "\nopenness 1 - sigma (1 open, 0 closed); rows by openness of the latent\n");
    SAY(t, "            ");
    say_right(t, "latent");
    for (int i = 0; i < PLOT_NETS; i++)
        if (is_single(t->d, i)) {
            snprintf(name, sizeof name, "%s net", plot_net_called[i].name);
            say_right(t, name);
        }
    if (shown) SAY(t, " | its update reads");
    SAY(t, "\n            ");
    say_right(t, "itself");
    for (int i = 0; i < PLOT_NETS; i++)
        if (is_single(t->d, i)) say_right(t, "reads it");
    if (shown) SAY(t, " |");
    for (int c = 0; c < shown; c++) say_right(t, plot_source_name(t->d, update->source[c], name));
    SAY(t, "\n");
}

static void say_row_head(table *t, plot_source s, double own)
{
    char name[128], label[64];
    plot_label(plot_source_name(t->d, s, name), 12, label, sizeof label);
    SAY(t, "%s", label);
    for (int i = plot_characters(label); i < 12; i++) SAY(t, " ");
    say_openness(t, own);
    for (int i = 0; i < PLOT_NETS; i++)
        if (is_single(t->d, i)) say_openness(t, plot_sigma(&t->d->net[i], s.kind, s.index, 0));
}

// What is no latent has a row if a net with one target reads it.
static void say_others(table *t)
{
    const plot_disrnn *d = t->d;
    const int n[] = {[PLOT_SUBJECT] = d->n_subject, [PLOT_INPUT] = d->n_inputs};
    for (plot_kind kind = PLOT_SUBJECT; kind <= PLOT_INPUT; kind++)
        for (int k = 0; k < n[kind]; k++) {
            bool read = false;
            for (int i = 0; i < PLOT_NETS; i++)
                read |= is_single(d, i) && plot_source_find(&d->net[i], kind, k) >= 0;
            if (!read) continue;
            say_row_head(t, (plot_source){kind, k}, kind == PLOT_SUBJECT ? d->subject[k] : NAN);
            SAY(t, "\n");
        }
}

static void say_table(table *t)
{
    const plot_disrnn *d = t->d;
    const int shown = columns_shown(d);
    say_header(t);
    for (int k = 0; k < d->n_latents; k++) {
        const int i = d->order[k];
        say_row_head(t, (plot_source){PLOT_LATENT, i}, d->latent[i]);
        if (shown) SAY(t, " |");
        for (int c = 0; c < shown; c++)
            say_openness(t, d->net[PLOT_UPDATE].sigma[c * d->n_latents + i]);
        SAY(t, "\n");
    }
    say_others(t);
}

static void say_counts(table *t)
{
    plot_openness g[PLOT_GROUPS_OPEN];
    int n;
    const double sum = plot_openness_count(t->d, g, &n);
    SAY(t, "\nbottlenecks      number  open (s<0.1)  partial (s<0.25)  closed (s>0.9)  total "
           "openness\n");
    for (int k = 0; k < n; k++) {
        char line[128];
        snprintf(line, sizeof line, "%-12s %10d %13d %17d %15d     ", g[k].group, g[k].n, g[k].open,
                 g[k].partial, g[k].closed);
        SAY(t, "%s", line);
        say_openness(t, 1 - g[k].total);
        SAY(t, "\n");
    }
    SAY(t, "sum of all sigmas%s %g\n", t->d->n_subject ? " but the subject's" : "", sum);
}

// ---- words --------------------------------------------------------------------------------------

// Names those of n sources that are open for a target; `self`: the latent that is called "itself".
static void say_sources(table *t, const plot_net *net, int target, bool latents, int self)
{
    int open = 0, said = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && open == 0) SAY(t, "nothing");
        for (int s = 0; s < net->n_sources; s++) {
            char name[128];
            const plot_source it = net->source[s];
            if (net->sigma[s * net->n_targets + target] >= PLOT_OPEN) continue;
            if (!latents && it.kind == PLOT_LATENT) continue;
            if (pass == 0) open++;
            if (pass == 0 || said == NAMED_SOURCES) continue;
            if (said) SAY(t, said == open - 1 ? " and " : ", ");
            SAY(t, "%s",
                it.kind == PLOT_LATENT && it.index == self ? "itself"
                                                           : plot_source_name(t->d, it, name));
            said++;
        }
    }
    if (open > said) SAY(t, " and %d more", open - said);
}

static void say_latent(table *t, int i)
{
    SAY(t, "Latent %d: its update reads ", i + 1);
    say_sources(t, &t->d->net[PLOT_UPDATE], i, true, i);
    for (int n = 0; n < PLOT_NETS; n++)
        if (is_single(t->d, n))
            SAY(t, "; %s %s it", plot_net_called[n].subject,
                plot_sigma(&t->d->net[n], PLOT_LATENT, i, 0) < PLOT_OPEN ? "reads"
                                                                         : "does not read");
    SAY(t, ".\n");
}

static int count_open(int n, const double *sigma)
{
    int open = 0;
    for (int i = 0; i < n; i++) open += sigma[i] < PLOT_OPEN;
    return open;
}

static void say_words(table *t)
{
    const plot_disrnn *d = t->d;
    const int n_open = count_open(d->n_latents, d->latent);
    SAY(t, "%d of %d latents %s open (sigma below %g).\n", n_open, d->n_latents,
        n_open == 1 ? "is" : "are", PLOT_OPEN);
    for (int k = 0; k < n_open; k++) say_latent(t, d->order[k]);
    if (d->n_subject)
        SAY(t, "Of the %d number%s that describe a subject the nets may know %d.\n", d->n_subject,
            d->n_subject == 1 ? "" : "s", count_open(d->n_subject, d->subject));
    for (int n = 0; n < PLOT_NETS; n++) {
        const plot_net *net = &d->net[n];
        if (!is_single(d, n) || net->n_sources == d->n_latents) continue;
        SAY(t, "Besides latents, %s reads ", plot_net_called[n].subject);
        say_sources(t, net, 0, false, -1);
        SAY(t, ".\n");
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

// The member NAME_sigma: a number per source of a target.
static void json_sources(table *t, int net, int target)
{
    const plot_net *n = &t->d->net[net];
    char name[128];
    SAY(t, "\"%s_sigma\": {", plot_net_called[net].name);
    for (int s = 0; s < n->n_sources; s++)
        SAY(t, "%s%j: %n", s ? ", " : "", plot_source_name(t->d, n->source[s], name),
            n->sigma[s * n->n_targets + target]);
    SAY(t, "}");
}

static void json_groups(table *t)
{
    plot_openness g[PLOT_GROUPS_OPEN];
    int n;
    const double sum = plot_openness_count(t->d, g, &n);
    SAY(t, "\"total_sigma\": %n", sum);
    for (int k = 0; k < n; k++) {
        SAY(t, ", \"%s\": {\"n\": %d, \"open\": %d, \"partial\": %d, ", g[k].group, g[k].n,
            g[k].open, g[k].partial);
        SAY(t, "\"closed\": %d, \"total_openness\": %n}", g[k].closed, g[k].total);
    }
}

static void json_subject(table *t)
{
    const plot_disrnn *d = t->d;
    if (!d->n_subject) return;
    SAY(t, ", \"subject_sigma\": [");
    for (int i = 0; i < d->n_subject; i++) SAY(t, "%s%n", i ? ", " : "", d->subject[i]);
    SAY(t, "]");
}

static void json_latent(table *t, int i)
{
    const plot_disrnn *d = t->d;
    SAY(t, "{\"latent\": %d, \"sigma\": %n, \"openness\": %n, ", i + 1, d->latent[i],
        1 - d->latent[i]);
    for (int n = 0; n < PLOT_NETS; n++)
        if (is_single(d, n))
            SAY(t, "\"%s_sigma\": %n, ", plot_net_called[n].name,
                plot_sigma(&d->net[n], PLOT_LATENT, i, 0));
    json_sources(t, PLOT_UPDATE, i);
    SAY(t, "}");
}

dsc_status plot_show_bottlenecks_json(dsc_context *ctx, const dsc_run *run, dsc_text *out)
{
    plot_disrnn d;
    DSC_TRY(plot_disrnn_read(ctx, run, &d));
    table t = {ctx, &d, out};
    SAY(&t, ", \"bottlenecks\": {");
    json_groups(&t);
    json_subject(&t);
    for (int n = 0; n < PLOT_NETS; n++) {
        if (!is_single(&d, n)) continue;
        SAY(&t, ", ");
        json_sources(&t, n, 0);
    }
    SAY(&t, ", \"latents\": [");
    for (int k = 0; k < d.n_latents; k++) {
        if (k) SAY(&t, ", ");
        json_latent(&t, d.order[k]);
    }
    SAY(&t, "]}");
    plot_disrnn_free(ctx, &d);
    return out->status;
}
