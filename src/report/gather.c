// SPDX-License-Identifier: Apache-2.0
// gather.c — reads what the page is about: run directories, folders of replicas and folds, of a
// filter, of predictions; and compares them.
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "report/internal.h"

// ---- small things -------------------------------------------------------------------------------

bool report_has(const char *folder, const char *name)
{
    char path[REPORT_PATH_BYTES];
    const int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    return n > 0 && n < (int)sizeof path && dsc_exists(path);
}

double report_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

int64_t report_whole(const json_t *object, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(object, key));
}

const char *report_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

bool report_is_network(const report_run *run)
{
    return run->run && !run->run->model->cog;
}

bool report_in_steps(const report_run *run)
{
    return run->run && strcmp(run->run->config.fit.method, "gradient") == 0;
}

const json_t *report_judged(const report_run *run, report_part *part)
{
    const json_t *heldout = json_object_get(run->summary, "heldout");
    const json_t *kept = json_object_get(run->summary, "test");
    *part = run->kind == REPORT_FILTER        ? REPORT_FOLLOWED
            : run->kind == REPORT_PREDICTIONS ? REPORT_UNKNOWN
            : run->kind == REPORT_FOLDS       ? REPORT_HELD_OUT
                                              : REPORT_IN_SAMPLE;
    if (run->kind == REPORT_FOLDS || (!heldout && !kept)) return run->summary;
    *part = heldout ? REPORT_HELD_OUT : REPORT_KEPT_ASIDE;
    return heldout ? heldout : kept;
}

const char *report_part_name(report_part part)
{
    static const char *const names[] = {
        [REPORT_HELD_OUT] = "held out",
        [REPORT_KEPT_ASIDE] = "kept aside",
        [REPORT_IN_SAMPLE] = "in sample",
        [REPORT_FOLLOWED] = "followed (each trial before its choice)",
        [REPORT_UNKNOWN] = "not known",
    };
    return names[part];
}

dsc_status report_warn(report *r, const report_run *run, const char *format, ...)
{
    char text[4096];
    char *kept;
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    DSC_TRY(dsc_arena_strdup(r->arena, text, &kept));
    if (r->n_warnings == r->room) {
        const size_t old = (size_t)r->room, room = old ? 2 * old : 16;
        DSC_TRY(dsc_grow(r->ctx, old, room, sizeof *r->warning, &r->warning));
        r->room = (int)room;
    }
    r->warning[r->n_warnings++] = (report_warning){run ? run->name : NULL, kept};
    return DSC_OK;
}

// ---- names --------------------------------------------------------------------------------------

static dsc_status name_run(report *r, int n, const char *const *paths, int k)
{
    char *path, *name;
    DSC_TRY(dsc_arena_strdup(r->arena, paths[k], &path));
    DSC_TRY(dsc_short_name(r->arena, n, paths, k, &name));
    r->run[k].path = path;
    r->run[k].name = name;
    return DSC_OK;
}

// ---- one folder ---------------------------------------------------------------------------------

// A file that cannot be read is a warning: the page does without it.
dsc_status report_read(report *r, const report_run *run, const char *folder, const char *name,
                       char **text, size_t *n)
{
    char path[REPORT_PATH_BYTES];
    *text = NULL;
    if (!report_has(folder, name)) return DSC_OK;
    DSC_TRY(dsc_join_path(r->ctx, path, sizeof path, folder, name));
    const dsc_status status = dsc_read_file(r->ctx, path, text, n);
    if (status == DSC_OK || status == DSC_MEMORY) return status;
    return report_warn(r, run, "%s", dsc_message(r->ctx));
}

dsc_status report_read_json(report *r, const report_run *run, const char *folder, const char *name,
                            json_t **object)
{
    char path[REPORT_PATH_BYTES], *text;
    json_error_t error;
    size_t n;
    *object = NULL;
    DSC_TRY(report_read(r, run, folder, name, &text, &n));
    if (!text) return DSC_OK;
    *object = json_loadb(text, n, 0, &error);
    dsc_free(r->ctx, &text);
    if (json_is_object(*object)) return DSC_OK;
    json_decref(*object);
    *object = NULL;
    DSC_TRY(dsc_join_path(r->ctx, path, sizeof path, folder, name));
    return report_warn(r, run, "%s, line %d: no valid JSON; what it says is left out", path,
                       error.line);
}

static dsc_status part_path(report *r, const report_run *run, const char *part, const char **out)
{
    char path[REPORT_PATH_BYTES], *kept;
    DSC_TRY(dsc_join_path(r->ctx, path, sizeof path, run->path, part));
    DSC_TRY(dsc_arena_strdup(r->arena, path, &kept));
    *out = kept;
    return DSC_OK;
}

static int parts_count(const report_run *run, const char *what)
{
    char name[64];
    int n = 0;
    for (;; n++) {
        snprintf(name, sizeof name, "%s-%d/config.yaml", what, n);
        if (!report_has(run->path, name)) return n;
    }
}

// Of a path of penalties the best seed of the chosen one, "replica-K"; NULL: there is no path.
static const char *best_of_path(const json_t *table)
{
    const json_t *path = json_object_get(table, "path"), *point, *one;
    const char *best = NULL;
    double least = INFINITY;
    size_t i, k;
    json_array_foreach(json_object_get(path, "points"), i, point)
    {
        if (report_number(point, "penalty") != report_number(path, "chosen")) continue;
        json_array_foreach(json_object_get(point, "runs"), k, one)
        {
            const char *name = report_text(one, "run");
            if (!name || !(report_number(one, "nll") < least)) continue;
            least = report_number(one, "nll");
            best = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
        }
    }
    return best;
}

static dsc_status read_replicas(report *r, report_run *run)
{
    run->kind = REPORT_REPLICAS;
    run->n_parts = parts_count(run, "replica");
    DSC_TRY(report_read_json(r, run, run->path, "summary.json", &run->whole));
    DSC_TRY(report_read_json(r, run, run->path, "penalty_path.json", &run->penalties));
    const char *best = best_of_path(run->penalties);
    if (!best) best = report_text(run->whole, "best");
    DSC_TRY(
        part_path(r, run, best && report_has(run->path, best) ? best : "replica-0", &run->folder));
    run->scored = run->folder;
    return DSC_OK;
}

static dsc_status read_folds(report *r, report_run *run)
{
    run->kind = REPORT_FOLDS;
    run->n_parts = parts_count(run, "fold");
    run->scored = run->path;
    return part_path(r, run, "fold-0", &run->folder);
}

static dsc_status find_kind(report *r, report_run *run)
{
    run->folder = run->scored = run->path;
    if (report_has(run->path, "replica-0/config.yaml")) return read_replicas(r, run);
    if (report_has(run->path, "config.yaml")) return DSC_OK;
    if (report_has(run->path, "fold-0/config.yaml")) return read_folds(r, run);
    run->folder = NULL;
    run->kind = report_has(run->path, "filter.yaml") ? REPORT_FILTER : REPORT_PREDICTIONS;
    DSC_REQUIRE(r->ctx, report_has(run->path, "predictions.csv"), DSC_INPUT,
                "%s is no run: there is neither config.yaml nor predictions.csv. Name the folder "
                "that discern fit, filter or eval wrote with -o",
                run->path);
    return DSC_OK;
}

// What is there of the data now must be what was fitted.
static dsc_status check_data(report *r, report_run *run)
{
    dsc_table *table = NULL;
    dsc_split split = {0};
    const dsc_status status = dsc_run_data(r->ctx, run->run, &table, &split);
    if (status == DSC_MEMORY) return status;
    if (status != DSC_OK)
        return report_warn(
            r, run,
            "The data could not be read again, so figures that need them are missing "
            "unless they were drawn before: %s",
            dsc_message(r->ctx));
    const bool changed = run->hash && strcmp(run->hash, table->hash) != 0;
    dsc_split_free(r->ctx, &split);
    dsc_table_destroy(r->ctx, &table);
    if (!changed) return DSC_OK;
    return report_warn(r, run,
                       "%s has changed since the fit: its hash was %s. Scores are those of the old "
                       "data; figures drawn now are of the new",
                       run->run->config.data, run->hash);
}

// What the fit warned of, one sentence a line.
static dsc_status read_warnings(report *r, const report_run *run)
{
    char *text;
    size_t n;
    DSC_TRY(report_read(r, run, run->path, "warnings.txt", &text, &n));
    dsc_status status = DSC_OK;
    for (const char *s = text ? text : ""; status == DSC_OK && *s;) {
        const size_t length = strcspn(s, "\n");
        if (length > 0) status = report_warn(r, run, "Met by the fit: %.*s", (int)length, s);
        s += length + (s[length] == '\n');
    }
    dsc_free(r->ctx, &text);
    return status;
}

// The value of a line "KEY: VALUE"; NULL: there is none.
static dsc_status setting_find(report *r, const char *settings, const char *key, const char **value)
{
    const size_t n = strlen(key);
    char text[2048], *kept;
    for (const char *s = settings; *s; s += strcspn(s, "\n"), s += *s == '\n') {
        if (strncmp(s, key, n) != 0 || strncmp(s + n, ": ", 2) != 0) continue;
        snprintf(text, sizeof text, "%.*s", (int)strcspn(s + n + 2, "\n"), s + n + 2);
        DSC_TRY(dsc_arena_strdup(r->arena, text, &kept));
        *value = kept;
        return DSC_OK;
    }
    return DSC_OK;
}

static dsc_status read_settings(report *r, report_run *run)
{
    char path[REPORT_PATH_BYTES], *text = NULL, *kept = NULL;
    size_t n;
    DSC_TRY(dsc_join_path(r->ctx, path, sizeof path, run->path, "filter.yaml"));
    DSC_TRY(dsc_read_file(r->ctx, path, &text, &n));
    dsc_status status = dsc_arena_strdup(r->arena, text, &kept);
    dsc_free(r->ctx, &text);
    run->settings = kept;
    if (status == DSC_OK) status = setting_find(r, kept, "model.name", &run->model);
    if (status == DSC_OK) status = setting_find(r, kept, "data.path", &run->data);
    if (status == DSC_OK) status = setting_find(r, kept, "data.hash", &run->hash);
    return status;
}

static dsc_status read_fit(report *r, report_run *run)
{
    DSC_TRY(report_read_json(r, run, run->folder, "provenance.json", &run->provenance));
    DSC_TRY(dsc_run_open(r->ctx, run->folder, NULL, &run->run));
    const json_t *data = json_object_get(run->provenance, "data");
    run->model = run->run->model->name;
    run->data = report_text(data, "path");
    run->hash = report_text(data, "hash");
    return check_data(r, run);
}

static dsc_status read_run(report *r, report_run *run)
{
    DSC_TRY(find_kind(r, run));
    DSC_TRY(read_warnings(r, run));
    DSC_TRY(report_read_json(r, run, run->scored, "summary.json", &run->summary));
    if (!report_has(run->scored, "summary.json"))
        DSC_TRY(report_warn(r, run, "No scores: %s/summary.json is written when a fit is done",
                            run->scored));
    if (run->folder) DSC_TRY(read_fit(r, run));
    if (run->kind == REPORT_FILTER) DSC_TRY(read_settings(r, run));
    const char *slash = run->data ? strrchr(run->data, '/') : NULL;
    if (slash && slash[1]) run->data = slash + 1;
    return DSC_OK;
}

// ---- comparing ----------------------------------------------------------------------------------

static dsc_status compare_runs(report *r)
{
    const char **folders;
    char *kept;
    if (r->n < 2) return DSC_OK;
    DSC_TRY(dsc_arena_alloc(r->arena, (size_t)r->n, sizeof *folders, &folders));
    for (int k = 0; k < r->n; k++) folders[k] = r->run[k].scored;
    const dsc_status status = dsc_compare(r->ctx, r->n, folders, &r->o->compare, &r->comparison);
    if (status == DSC_OK) {
        for (int k = 0; k < r->n; k++) r->comparison->model[k].name = r->run[k].name;
        return DSC_OK;
    }
    if (status == DSC_MEMORY || status == DSC_DEFECT) return status;
    DSC_TRY(dsc_arena_strdup(r->arena, dsc_message(r->ctx), &kept));
    r->refused = kept;
    return report_warn(r, NULL, "The runs cannot be compared: %s", kept);
}

// ---- all ----------------------------------------------------------------------------------------

dsc_status report_gather(report *r, const char *const *paths)
{
    DSC_TRY(dsc_arena_create(r->ctx, &r->arena));
    DSC_TRY(dsc_arena_alloc(r->arena, (size_t)r->n, sizeof *r->run, &r->run));
    for (int k = 0; k < r->n; k++) {
        for (int i = 0; i < k; i++)
            DSC_REQUIRE(r->ctx, strcmp(paths[i], paths[k]) != 0, DSC_INPUT,
                        "%s is given twice; name every run once", paths[k]);
        DSC_TRY(name_run(r, r->n, paths, k));
    }
    for (int k = 0; k < r->n; k++) DSC_TRY(read_run(r, &r->run[k]));
    return compare_runs(r);
}

void report_forget(report *r)
{
    for (int k = 0; r->run && k < r->n; k++) {
        report_run *run = &r->run[k];
        json_decref(run->summary);
        json_decref(run->provenance);
        json_decref(run->whole);
        json_decref(run->penalties);
        if (run->run) dsc_run_close(r->ctx, &run->run);
    }
    dsc_comparison_free(r->ctx, &r->comparison);
    dsc_free(r->ctx, &r->warning);
    dsc_arena_destroy(&r->arena);
}
