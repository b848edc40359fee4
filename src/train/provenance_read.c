// SPDX-License-Identifier: Apache-2.0
// provenance_read.c — provenance.json read back: told to people, and compared with that of a run
// made later.
#include <stdlib.h>
#include <string.h>

#include "train/provenance.h"

dsc_status provenance_read(dsc_context *ctx, const char *path, json_t **object)
{
    char *text = NULL;
    size_t n;
    json_error_t error;
    DSC_TRY(dsc_read_file(ctx, path, &text, &n));
    json_t *o = json_loadb(text, n, 0, &error);
    dsc_free(ctx, &text);
    if (!json_is_object(o)) {
        json_decref(o);
        return dsc_fail(ctx, DSC_INPUT,
                        "%s, line %d: this is not what a fit wrote (%s); where the run comes from "
                        "cannot be said",
                        path, error.line, o ? "no object" : error.text);
    }
    *object = o;
    return DSC_OK;
}

static dsc_status read_of_run(dsc_context *ctx, const char *run, json_t **object)
{
    char path[PATH_BYTES];
    DSC_TRY(dsc_join_path(ctx, path, sizeof path, run, "provenance.json"));
    DSC_REQUIRE(ctx, dsc_exists(path), DSC_INPUT,
                "%s has no provenance.json, so it is no run; give the folder that fit wrote "
                "(-o RUN), of several fits one of them (RUN/replica-0, RUN/fold-0)",
                run);
    return provenance_read(ctx, path, object);
}

// ---- values -------------------------------------------------------------------------------------

// The member at "data.hash".
static json_t *at(json_t *o, const char *path)
{
    char name[64];
    for (size_t n; o && *path; path += n + (path[n] == '.')) {
        n = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)n, path);
        o = json_object_get(o, name);
    }
    return o;
}

// As text; "unknown" for what is not there.
static const char *words(json_t *value, char out[64])
{
    if (json_is_string(value)) return json_string_value(value);
    if (!json_is_integer(value)) return "unknown";
    snprintf(out, 64, "%lld", (long long)json_integer_value(value));
    return out;
}

// ---- for people ---------------------------------------------------------------------------------

// A line: a heading, and values with words around them ("%s"); left out if the first is missing.
typedef struct line {
    const char *heading;
    struct {
        const char *format, *path;
    } part[5];
} line;

static const line lines[] = {
    {"program", {{"discern %s", "program.version"}, {", commit %s", "program.git_commit"}}},
    {"compiler", {{"%s", "program.compiler"}, {"; %s", "program.flags"}}},
    {"machine",
     {{"%s", "machine.processor"},
      {", %s", "machine.architecture"},
      {", %s", "machine.system"},
      {" %s", "machine.release"}}},
    {"engine",
     {{"%s", "engine.name"},
      {" %s", "engine.isa"},
      {" %s", "engine.precision"},
      {", %s threads", "engine.threads"}}},
    {"figures", {{"%s", "program.gnuplot"}}},
    {"model", {{"%s", "model"}, {", config hash %s", "config_hash"}}},
    {"seed", {{"%s", "seed"}}},
    {"data", {{"%s", "data.path"}}},
    {"",
     {{"hash %s", "data.hash"},
      {", %s trials", "data.n_trials"},
      {", %s sessions", "data.n_sessions"},
      {", %s subjects", "data.n_subjects"}}},
    {"split",
     {{"hash %s", "split.hash"},
      {", %s sessions train", "split.n_train"},
      {", %s are held out", "split.n_heldout"},
      {", %s kept aside", "split.n_test"},
      {"; held out: %s", "split.rule"}}},
    {"started", {{"%s", "started"}, {", going on at step %s", "resumed_at_step"}}},
};

static void tell_line(dsc_context *ctx, const line *l, json_t *o, dsc_text *out)
{
    char text[64];
    const int n = (int)(sizeof l->part / sizeof *l->part);
    if (!at(o, l->part[0].path)) return;
    dsc_text_add(ctx, out, "%-11s", l->heading);
    for (int i = 0; i < n && l->part[i].format; i++) {
        json_t *value = at(o, l->part[i].path);
        const char *format = l->part[i].format, *place = strstr(format, "%s");
        if (value && !json_is_null(value))
            dsc_text_add(ctx, out, "%.*s%s%s", (int)(place - format), format, words(value, text),
                         place + 2);
    }
    dsc_text_add(ctx, out, "\n");
}

static void tell_libraries(dsc_context *ctx, json_t *o, dsc_text *out)
{
    const char *name, *before = "libraries  ";
    json_t *version;
    json_object_foreach(at(o, "program.libraries"), name, version)
    {
        dsc_text_add(ctx, out, "%s%s %s", before, name, words(version, (char[64]){0}));
        before = ", ";
    }
    dsc_text_add(ctx, out, "\n");
}

static void tell_earlier(dsc_context *ctx, json_t *o, dsc_text *out)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(o, "earlier"), i, one)
    {
        char a[64], b[64], c[64];
        dsc_text_add(ctx, out, "%-11s%s, discern %s, commit %s, %s\n", i ? "" : "before",
                     words(at(one, "started"), a), words(at(one, "program.version"), b),
                     words(at(one, "program.git_commit"), c), words(at(one, "engine.isa"), c));
    }
}

static dsc_status tell(dsc_context *ctx, json_t *o, dsc_text *out)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        tell_line(ctx, &lines[i], o, out);
        if (strcmp(lines[i].heading, "engine") == 0) tell_libraries(ctx, o, out);
    }
    tell_earlier(ctx, o, out);
    return out->status;
}

static dsc_status dump(dsc_context *ctx, json_t *o, dsc_text *out)
{
    char *text = json_dumps(o, JSON_INDENT(2));
    DSC_REQUIRE(ctx, text, DSC_MEMORY, "out of memory: JSON could not be written");
    const dsc_status status = dsc_text_add(ctx, out, "%s\n", text);
    free(text);
    return status;
}

dsc_status dsc_provenance(dsc_context *ctx, const char *run, bool json, dsc_text *out)
{
    json_t *o = NULL;
    DSC_TRY(read_of_run(ctx, run, &o));
    const dsc_status status = json ? dump(ctx, o, out) : tell(ctx, o, out);
    json_decref(o);
    return status;
}

// ---- then and now -------------------------------------------------------------------------------

static const struct {
    const char *path, *name;
} compared[] = {
    {"data.hash", "the data (hash)"},
    {"split.hash", "the split (hash)"},
    {"program.version", "discern's version"},
    {"program.git_commit", "discern's commit"},
    {"program.compiler", "the compiler"},
    {"program.flags", "the compiler's flags"},
    {"program.libraries.libc", "the C library"},
    {"program.libraries.nlopt", "NLopt"},
    {"engine.name", "the engine"},
    {"engine.precision", "the precision"},
};

static dsc_status compare(dsc_context *ctx, json_t *then, json_t *now, dsc_text *out)
{
    char a[64], b[64];
    for (size_t i = 0; i < sizeof compared / sizeof *compared; i++) {
        const char *x = words(at(then, compared[i].path), a);
        const char *y = words(at(now, compared[i].path), b);
        if (strcmp(x, y) != 0)
            DSC_TRY(dsc_text_add(ctx, out, "%s: %s then, %s now\n", compared[i].name, x, y));
    }
    if (json_object_get(then, "earlier"))
        return dsc_text_add(ctx, out, "the run was made in %zu sittings\n",
                            json_array_size(json_object_get(then, "earlier")) + 1);
    return DSC_OK;
}

dsc_status dsc_provenance_compare(dsc_context *ctx, const char *run, const char *again,
                                  dsc_text *out)
{
    json_t *then = NULL, *now = NULL;
    DSC_TRY(read_of_run(ctx, run, &then));
    dsc_status status = read_of_run(ctx, again, &now);
    if (status == DSC_OK) status = compare(ctx, then, now, out);
    json_decref(then);
    json_decref(now);
    return status;
}
