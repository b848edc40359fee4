// SPDX-License-Identifier: Apache-2.0
// bottlenecks.c — what is open in a disentangled RNN, in sentences, as a table, as figures. The
// numbers are those of `show`.
#include <math.h>
#include <string.h>

#include "report/internal.h"

enum { MOST_SOURCES = 16 };
// What reads the latents, if it has bottlenecks of its own: a member of a latent, its column.
static const char *const readers[][2] = {{"choice_sigma", "#choice reads it"},
                                         {"neural_activity_sigma", "#activity reads it"}};

// A square of a bottleneck: the darker, the more information passes.
static void put_openness(report_page *p, double openness)
{
    const int level = !(openness > 0.1) ? 0
                      : openness > 0.9  ? 4
                      : openness > 0.75 ? 3
                      : openness > 0.5  ? 2
                                        : 1;
    report_put(p, "<td class=\"n o%u\">%3</td>", level, openness);
}

static void latent_row(report_page *p, const json_t *latent)
{
    const json_t *sources = json_object_get(latent, "update_sigma");
    const char *name;
    json_t *sigma;
    int shown = 0;
    report_put(p, "<tr><th scope=\"row\">latent %l</th>", report_whole(latent, "latent"));
    put_openness(p, report_number(latent, "openness"));
    for (int i = 0; i < 2; i++)
        if (json_object_get(latent, readers[i][0]))
            put_openness(p, 1 - report_number(latent, readers[i][0]));
    json_object_foreach((json_t *)sources, name, sigma) if (shown++ < MOST_SOURCES)
        put_openness(p, 1 - json_number_value(sigma));
    report_put(p, "</tr>\n");
}

static void say_table(report_page *p, const json_t *latents)
{
    const char *columns[MOST_SOURCES + 5] = {"", "#itself"};
    char titles[MOST_SOURCES][64];
    const json_t *first = json_array_get(latents, 0);
    const char *name;
    json_t *sigma, *latent;
    size_t i;
    const json_t *sources = json_object_get(first, "update_sigma");
    const bool more = json_object_size(sources) > MOST_SOURCES;
    int n = 0, before = 2;
    for (int k = 0; k < 2; k++)
        if (json_object_get(first, readers[k][0])) columns[before++] = readers[k][1];
    json_object_foreach((json_t *)sources, name, sigma)
    {
        if (n == MOST_SOURCES) break;
        snprintf(titles[n], sizeof titles[n], "#reads %s", name);
        columns[before + n] = titles[n];
        n++;
    }
    report_table_begin(
        p, columns,
        "Openness of every bottleneck: 1 lets all information pass, 0 none. Rows are "
        "latents, the most open first%h",
        more ? "; of what they read the first 16, <code>discern show --json</code> has all" : "");
    json_array_foreach(latents, i, latent) latent_row(p, latent);
    report_table_end(p);
}

// The sentences of `show`.
static dsc_status say_words(report *r, report_page *p, const dsc_run *run)
{
    dsc_text text = {0};
    const dsc_status status = dsc_show_open(r->ctx, run, &text);
    if (status == DSC_OK) report_lines(p, text.s);
    dsc_text_free(r->ctx, &text);
    return status;
}

static dsc_status read_shown(report *r, const dsc_run *run, json_t **shown)
{
    dsc_text text = {0};
    dsc_status status = dsc_show(r->ctx, run, true, &text);
    *shown = status == DSC_OK && text.s ? json_loads(text.s, 0, NULL) : NULL;
    dsc_text_free(r->ctx, &text);
    return status;
}

dsc_status report_bottlenecks(report *r, report_page *p, const report_run *run)
{
    json_t *shown;
    if (!run->run || run->run->model->cog) return DSC_OK;
    DSC_TRY(read_shown(r, run->run, &shown));
    const json_t *latents = json_object_get(json_object_get(shown, "bottlenecks"), "latents");
    dsc_status status = DSC_OK;
    if (json_array_size(latents) > 0) {
        report_put(p, "<h3>What is open, and what the rules say</h3>\n");
        status = say_words(r, p, run->run);
        if (status == DSC_OK) say_table(p, latents);
    }
    json_decref(shown);
    DSC_TRY(status);
    return report_figures(r, p, run, REPORT_OPEN, NULL);
}
