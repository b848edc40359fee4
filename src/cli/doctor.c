// SPDX-License-Identifier: Apache-2.0
// doctor.c — `discern doctor`: what this machine has, what was chosen, what is missing and how to
// install it.
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

// ---- the machine --------------------------------------------------------------------------------

static void processor_name(char *name, size_t size)
{
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[256];
    snprintf(name, size, "unknown");
    while (f && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon) continue;
        snprintf(name, size, "%s", colon + 2);
        name[strcspn(name, "\n")] = 0;
        break;
    }
    if (f) fclose(f);
}

// ---- engines ------------------------------------------------------------------------------------

static json_t *engines_json(void)
{
    json_t *list = json_array();
    bool runs = false;
    for (int i = 0; dsc_engine_at(i, &runs); i++) {
        const dsc_engine *e = dsc_engine_at(i, &runs);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b}", "name", dsc_engine_name(e),
                                              "isa", dsc_engine_isa(e), "precision",
                                              dsc_engine_precision(e), "runs_here", runs));
    }
    return list;
}

static json_t *libraries_json(void)
{
    char version[64];
    const char *name;
    json_t *o = json_object();
    for (int i = 0; (name = dsc_library_at(i, version)); i++)
        json_object_set_new(o, name, json_string(version));
    return o;
}

// ---- the report ---------------------------------------------------------------------------------

static dsc_status examine(cli *c, json_t **found)
{
    char cpu[256], gnuplot[64];
    const dsc_engine *chosen = NULL;
    dsc_pool *pool = NULL;
    DSC_TRY(dsc_engine_select(c->ctx, c->engine, c->isa, c->precision ? c->precision : "single",
                              &chosen));
    DSC_TRY(cli_pool(c, &pool));
    processor_name(cpu, sizeof cpu);
    dsc_gnuplot_version(gnuplot);
    *found = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:o, s:o, s:o}", "version", DSC_VERSION,
                       "cpu", cpu, "threads", dsc_pool_size(pool), "engine",
                       dsc_engine_name(chosen), "isa", dsc_engine_isa(chosen), "precision",
                       dsc_engine_precision(chosen), "engines", engines_json(), "libraries",
                       libraries_json(), "gnuplot", *gnuplot ? json_string(gnuplot) : json_null());
    dsc_pool_destroy(&pool);
    return DSC_OK;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void print_engines(const json_t *engines)
{
    size_t i;
    json_t *e;
    json_array_foreach(engines, i, e)
        printf("%-12s%s %s %s%s\n", i ? "" : "engines", text_of(e, "name"), text_of(e, "isa"),
               text_of(e, "precision"),
               json_is_true(json_object_get(e, "runs_here")) ? "" : ": not on this machine");
}

static void print_findings(json_t *found)
{
    const char *gnuplot = text_of(found, "gnuplot"), *name;
    json_t *version;
    printf("%-12sdiscern %s\n%-12s%s\n", "program", DSC_VERSION, "processor",
           text_of(found, "cpu"));
    printf("%-12s%d\n", "threads", (int)json_integer_value(json_object_get(found, "threads")));
    print_engines(json_object_get(found, "engines"));
    printf("%-12s%s %s (networks: single; likelihoods: double)\n", "chosen",
           text_of(found, "engine"), text_of(found, "isa"));
    printf("%-12s", "libraries");
    json_object_foreach(json_object_get(found, "libraries"), name, version)
        printf("%s %s  ", name, json_string_value(version));
    printf("\n%-12s%s\n", "gnuplot", gnuplot ? gnuplot : "missing");
    if (gnuplot) printf("Nothing is missing. Python and JAX are not needed.\n");
    else
        printf("Missing: gnuplot, which draws the figures (their data and scripts are written "
               "without it).\nOn Debian and Ubuntu: apt-get install gnuplot-nox\n");
}

static dsc_status doctor_run(cli *c)
{
    json_t *found = NULL;
    DSC_TRY(examine(c, &found));
    DSC_REQUIRE(c->ctx, found, DSC_MEMORY, "out of memory");
    if (c->json) return cli_print_json(c, found);
    print_findings(found);
    json_decref(found);
    return DSC_OK;
}

const cli_verb cli_doctor = {
    .name = "doctor",
    .words = "",
    .summary = "this machine: instruction sets, threads, engines, libraries, what is missing",
    .text =
        "Says what discern found on this machine and what it would use, and how to install what\n"
        "is missing.",
    .example = "  discern doctor\n  discern doctor --isa avx2",
    .fewest = 0,
    .most = 0,
    .run = doctor_run,
};
