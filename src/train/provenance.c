// SPDX-License-Identifier: Apache-2.0
// provenance.c — writes provenance.json: what made a run, so that it can be made again and doubted
// well. The build may define DSC_GIT_COMMIT and DSC_BUILD_FLAGS; without them these are null.
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "train/internal.h"
#include "train/json.h"
#include "train/provenance.h"

#ifndef DSC_GIT_COMMIT
#define DSC_GIT_COMMIT NULL
#endif
#ifndef DSC_BUILD_FLAGS
#define DSC_BUILD_FLAGS NULL
#endif

#if defined __clang__
#define COMPILER "clang " __clang_version__
#elif defined __GNUC__
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

// ---- the machine ------------------------------------------------------------------------------

// "model name : X" of the first processor; NULL where the system does not say.
static const char *processor(char *line, size_t size)
{
    FILE *f = fopen("/proc/cpuinfo", "r");
    const char *model = NULL;
    while (f && !model && fgets(line, (int)size, f)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon) continue;
        model = colon + 1 + strspn(colon + 1, " ");
        line[strcspn(line, "\n")] = 0;
    }
    if (f) fclose(f);
    return model;
}

static void put_machine(json_writer *w)
{
    char line[512];
    struct utsname names;
    json_writer x = json_begin();
    const bool known = uname(&names) == 0;
    json_put_text(&x, "processor", processor(line, sizeof line));
    json_put_text(&x, "architecture", known ? names.machine : NULL);
    json_put_text(&x, "system", known ? names.sysname : NULL);
    json_put_text(&x, "release", known ? names.release : NULL);
    json_put_object(w, "machine", &x);
}

static void put_program(json_writer *w, const char *gnuplot)
{
    char version[64];
    const char *name;
    json_writer x = json_begin(), libraries = json_begin();
    json_put_text(&x, "version", DSC_VERSION);
    json_put_text(&x, "git_commit", DSC_GIT_COMMIT);
    json_put_text(&x, "compiler", COMPILER);
    json_put_text(&x, "flags", DSC_BUILD_FLAGS);
    for (int i = 0; (name = dsc_library_at(i, version)); i++)
        json_put_text(&libraries, name, version);
    json_put_object(&x, "libraries", &libraries);
    json_put_text(&x, "gnuplot", *gnuplot ? gnuplot : NULL);
    json_put_object(w, "program", &x);
}

// ---- the fit ----------------------------------------------------------------------------------

static void put_engine(json_writer *w, const provenance_facts *f)
{
    json_writer x = json_begin();
    json_put_text(&x, "name", dsc_engine_name(f->engine));
    json_put_text(&x, "isa", dsc_engine_isa(f->engine));
    json_put_text(&x, "precision", dsc_engine_precision(f->engine));
    json_put_whole(&x, "threads", f->threads);
    json_put_object(w, "engine", &x);
}

static void put_data(json_writer *w, const provenance_facts *f)
{
    json_writer x = json_begin();
    const dsc_table *t = f->table;
    json_put_text(&x, "path", f->config->data);
    json_put_text(&x, "hash", t->hash);
    json_put_whole(&x, "n_trials", (int64_t)t->n_trials);
    json_put_whole(&x, "n_sessions", t->n_sessions);
    json_put_whole(&x, "n_subjects", t->n_subjects);
    json_put_object(w, "data", &x);
}

static void put_split(dsc_context *ctx, json_writer *w, const dsc_split *s)
{
    char hash[17];
    int n[3] = {0};
    json_writer x = json_begin();
    for (int i = 0; i < s->n_sessions; i++) n[s->heldout[i]]++;
    x.bad |= dsc_split_hash(ctx, s, hash) != DSC_OK;
    json_put_text(&x, "hash", hash);
    json_put_text(&x, "rule", s->rule);
    json_put_whole(&x, "n_train", n[DSC_TRAIN]);
    json_put_whole(&x, "n_heldout", n[DSC_HELDOUT]);
    json_put_whole(&x, "n_test", n[DSC_TEST]);
    json_put_object(w, "split", &x);
}

static void put_time(json_writer *w)
{
    char text[32];
    struct tm parts;
    const time_t now = time(NULL);
    const bool known = gmtime_r(&now, &parts) && strftime(text, sizeof text, "%FT%TZ", &parts) > 0;
    json_put_text(w, "started", known ? text : NULL);
}

static json_writer provenance_of(dsc_context *ctx, const provenance_facts *f)
{
    json_writer w = json_begin();
    put_program(&w, f->gnuplot);
    put_machine(&w);
    put_engine(&w, f);
    put_data(&w, f);
    if (f->split) put_split(ctx, &w, f->split);
    json_put_text(&w, "model", f->config->model);
    json_put_text(&w, "config_hash", f->config_hash);
    json_put_whole(&w, "seed", f->config->seed);
    json_put_whole(&w, "replicas", f->config->replicas);
    if (f->resumed_at >= 0) json_put_whole(&w, "resumed_at_step", f->resumed_at);
    put_time(&w);
    return w;
}

// What made the run before it was gone on with: the list "earlier", the first start first. A file
// that cannot be read is nothing to go by.
static void put_earlier(dsc_context *ctx, json_writer *w, const char *path)
{
    json_t *old = NULL, *list;
    if (!dsc_exists(path) || provenance_read(ctx, path, &old) != DSC_OK) return;
    list = json_incref(json_object_get(old, "earlier"));
    if (!list) list = json_array();
    json_object_del(old, "earlier");
    w->bad |= json_array_append_new(list, old) != 0;
    json_put(w, "earlier", list);
}

dsc_status provenance_write(dsc_context *ctx, const char *path, const provenance_facts *f)
{
    json_writer w = provenance_of(ctx, f);
    if (f->resumed_at >= 0) put_earlier(ctx, &w, path);
    return json_end_file(ctx, &w, path);
}
