// SPDX-License-Identifier: Apache-2.0
// agreement_say.c — what seeds agree on, in words and as JSON.
#include <math.h>
#include <string.h>

#include "plot/fleet.h"

// ---- words --------------------------------------------------------------------------------------

// "1.93 (95 % interval 1.90 to 1.96)"
static const char *interval_text(const dsc_interval *x, char out[96])
{
    if (isnan(x->low)) snprintf(out, 96, "%.2f", x->value);
    else snprintf(out, 96, "%.2f (95 %% interval %.2f to %.2f)", x->value, x->low, x->high);
    return out;
}

static const plot_member *member_of(const plot_fleet *f, const plot_agreement *a, int seed)
{
    return plot_fleet_member(f, seed, a->penalty);
}

static void say_match(dsc_context *ctx, const plot_fleet *f, const plot_agreement *a, int seed,
                      const plot_match *m, dsc_text *out)
{
    char line[160];
    snprintf(line, sizeof line, "    seed %lld: its latent %d, r %+.2f, openness %.2f%s\n",
             (long long)member_of(f, a, seed)->run->config.seed, m->latent + 1, m->r, 1 - m->sigma,
             m->found ? "" : " - not the same");
    dsc_text_add(ctx, out, "%s", line);
}

static void say_latent(dsc_context *ctx, const plot_fleet *f, const plot_agreement *a,
                       const plot_agreed *x, dsc_text *out)
{
    char text[96], line[256];
    snprintf(line, sizeof line, "Latent %d: found in %d of %d seeds; openness %s", x->latent + 1,
             x->n_found, a->n_seeds, interval_text(&x->openness, text));
    dsc_text_add(ctx, out, "%s", line);
    if (x->n_found > 1) {
        snprintf(line, sizeof line,
                 "; its update curves differ between seeds by %.0f %% of their own "
                 "spread",
                 100 * x->spread);
        dsc_text_add(ctx, out, "%s", line);
    }
    dsc_text_add(ctx, out, ".\n");
    for (int s = 0; s < a->n_seeds; s++)
        if (s != a->reference) say_match(ctx, f, a, s, &x->match[s], out);
}

void plot_agreement_say(dsc_context *ctx, const plot_fleet *f, const plot_agreement *a,
                        dsc_text *out)
{
    char text[96];
    dsc_text_add(
        ctx, out,
        "\nWhat %d seeds agree on. Latents are those of %s, the best score; another seed has "
        "the same\none if it is open and its course over all trials correlates above %g in "
        "size.\n",
        a->n_seeds, member_of(f, a, a->reference)->run->path, PLOT_FOUND);
    if (plot_fleet_resampled(f))
        dsc_text_add(ctx, out,
                     "Every seed was trained on sessions drawn anew: intervals of openness are for "
                     "one fit\nto other sessions.\n");
    dsc_text_add(ctx, out, "Open latents: %s.\nTotal openness:", interval_text(&a->open, text));
    for (int i = 0; i < a->n_groups; i++)
        dsc_text_add(ctx, out, "%s %s %s", i ? ";" : "", a->group[i],
                     interval_text(&a->total[i], text));
    dsc_text_add(ctx, out, ".\n");
    for (int i = 0; i < a->n; i++) say_latent(ctx, f, a, &a->latent[i], out);
}

// ---- JSON ---------------------------------------------------------------------------------------

static void json_interval(dsc_context *ctx, const char *name, const dsc_interval *x, dsc_text *out)
{
    plot_print(ctx, out, "%j: {\"value\": %n, \"low\": %n, \"high\": %n}", name, x->value, x->low,
               x->high);
}

static void json_latent(dsc_context *ctx, const plot_fleet *f, const plot_agreement *a,
                        const plot_agreed *x, dsc_text *out)
{
    plot_print(ctx, out, "{\"latent\": %d, \"n_found\": %d, \"spread\": %n, ", x->latent + 1,
               x->n_found, x->spread);
    json_interval(ctx, "openness", &x->openness, out);
    plot_print(ctx, out, ", \"seeds\": [");
    for (int s = 0; s < a->n_seeds; s++) {
        const plot_match *m = &x->match[s];
        plot_print(ctx, out, "%s{\"seed\": %l, \"latent\": %d, \"r\": %n, \"openness\": %n, ",
                   s ? ", " : "", member_of(f, a, s)->run->config.seed, m->latent + 1, m->r,
                   1 - m->sigma);
        plot_print(ctx, out, "\"found\": %s}", m->found ? "true" : "false");
    }
    plot_print(ctx, out, "]}");
}

void plot_agreement_json(dsc_context *ctx, const plot_fleet *f, const plot_agreement *a,
                         dsc_text *out)
{
    plot_print(ctx, out, "{\"reference\": %j, ", member_of(f, a, a->reference)->run->path);
    json_interval(ctx, "open_latents", &a->open, out);
    plot_print(ctx, out, ", \"total_openness\": {");
    for (int i = 0; i < a->n_groups; i++) {
        if (i) plot_print(ctx, out, ", ");
        json_interval(ctx, a->group[i], &a->total[i], out);
    }
    plot_print(ctx, out, "}, \"latents\": [");
    for (int i = 0; i < a->n; i++) {
        if (i) plot_print(ctx, out, ", ");
        json_latent(ctx, f, a, &a->latent[i], out);
    }
    plot_print(ctx, out, "]}");
}
