// SPDX-License-Identifier: Apache-2.0
// folder.c — run directories and the folders of other results: recognising one, refusing to
// overwrite, clearing what was written.
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "train/trainer.h"

// Everything that a fit and its follow-ups write; a trailing * stands for any ending. Folders go
// whole.
static const char *const written[] = {"config.yaml",     OWN_MODEL,
                                      "provenance.json", "split.json",
                                      "metrics.csv",     "predictions.csv",
                                      "summary.json",    "record.csv",
                                      "record.npz",      "report.html",
                                      "figures",         "checkpoints",
                                      "replica-*",       "events.out.tfevents.*",
                                      "fit.csv",         "fit.state",
                                      "warnings.txt",    "adaptation.*",
                                      "penalty_path.*",  NULL};

// The results that a folder may hold. What marks one comes before what marks a lesser one: a run
// has predictions, too. `stale` is what the next one of the kind does not replace in any case.
static const struct {
    const char *mark, *what, *advice, *stale[8];
} results[] = {
    [DSC_RESULT_RUN] = {"config.yaml", "a run", "", {NULL}},
    [DSC_RESULT_FOLDS] = {"cv.json",
                          "a cross-validation (fit --folds)",
                          "its folds are runs, give one of them, e.g. fold-0 in it; compare reads "
                          "it as a whole",
                          {"fold-*", "predictions.csv", "summary.json", "warnings.txt",
                           "report.html", OWN_MODEL}},
    [DSC_RESULT_FILTER] = {"filter.yaml",
                           "what filter wrote",
                           "trajectories.csv has its parameters trial by trial, summary.json its "
                           "scores, figures its figures; compare reads it",
                           {"figures", "report.html"}},
    [DSC_RESULT_COMPARISON] = {"comparison.json",
                               "what compare wrote",
                               "read its tables (.csv), or compare the runs again",
                               {"figures"}},
    [DSC_RESULT_RECOVERY] = {"recovery.csv",
                             "what recover wrote",
                             "read its tables (.csv) and figures",
                             {"figures", "confusion.csv", "inversion.csv"}},
    [DSC_RESULT_EVALUATION] = {"predictions.csv",
                               "an evaluation",
                               "compare reads it; give the folder that fit wrote",
                               {"record.csv", "record.npz", "report.html"}},
};

static bool is_among(const char *const *names, const char *name)
{
    for (; *names; names++) {
        const char *star = strchr(*names, '*');
        if (star ? strncmp(name, *names, (size_t)(star - *names)) == 0 : strcmp(name, *names) == 0)
            return true;
    }
    return false;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool has_file(const char *folder, const char *name)
{
    char path[PATH_BYTES];
    const int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    return n > 0 && n < (int)sizeof path && dsc_exists(path);
}

bool is_run(const char *path)
{
    return has_file(path, results[DSC_RESULT_RUN].mark);
}

dsc_result dsc_result_in(const char *folder)
{
    for (int k = DSC_RESULT_RUN; k <= DSC_RESULT_EVALUATION; k++)
        if (has_file(folder, results[k].mark)) return (dsc_result)k;
    return DSC_RESULT_NONE;
}

const char *result_words(dsc_result kind, const char **advice)
{
    *advice = results[kind].advice;
    return results[kind].what;
}

// The lock, and what a fit leaves behind that was killed while it wrote its first file.
static bool is_harmless(const char *name)
{
    static const char leftover[] = ".config.yaml.tmp-";
    return is_dots(name) || strcmp(name, "lock") == 0 ||
           strncmp(name, leftover, sizeof leftover - 1) == 0;
}

static bool holds_something(const char *path)
{
    DIR *folder = opendir(path);
    bool found = false;
    if (!folder) return false;
    for (const struct dirent *e; !found && (e = readdir(folder));) found = !is_harmless(e->d_name);
    closedir(folder);
    return found;
}

dsc_status folder_check(dsc_context *ctx, const char *path, bool force)
{
    struct stat s;
    if (stat(path, &s) != 0) return DSC_OK;
    DSC_REQUIRE(ctx, S_ISDIR(s.st_mode), DSC_INPUT,
                "%s is a file; a run needs a folder of its own: -o RUN", path);
    DSC_REQUIRE(
        ctx, !is_run(path) || force, DSC_INPUT,
        "%s holds a run already; continue it with --resume, replace it with --force, or give "
        "another folder with -o",
        path);
    DSC_REQUIRE(ctx, is_run(path) || !holds_something(path), DSC_INPUT,
                "%s holds files that are not a run's; give a new or empty folder with -o", path);
    return DSC_OK;
}

dsc_status dsc_result_check(dsc_context *ctx, const char *folder, dsc_result kind)
{
    const dsc_result there = dsc_result_in(folder);
    DSC_REQUIRE(ctx, there == DSC_RESULT_NONE || there == kind, DSC_INPUT,
                "%s holds %s, which --force does not replace by another kind of result; give "
                "another folder with -o",
                folder, results[there].what);
    return DSC_OK;
}

static dsc_status remove_contents(dsc_context *ctx, const char *path, const char *const *names)
{
    DIR *folder = opendir(path);
    dsc_status status = DSC_OK;
    DSC_REQUIRE(ctx, folder, DSC_IO, "%s: cannot open the folder: %s", path, strerror(errno));
    for (const struct dirent *e; status == DSC_OK && (e = readdir(folder));) {
        char inner[PATH_BYTES];
        if (is_dots(e->d_name) || !is_among(names, e->d_name)) continue;
        status = dsc_join_path(ctx, inner, sizeof inner, path, e->d_name);
        if (status == DSC_OK) status = dsc_remove(ctx, inner);
    }
    closedir(folder);
    return status;
}

dsc_status dsc_result_clear(dsc_context *ctx, const char *folder, dsc_result kind)
{
    return dsc_result_in(folder) == kind ? remove_contents(ctx, folder, results[kind].stale)
                                         : DSC_OK;
}

// config.yaml, which makes a folder a run, goes last (and is the first that a fit writes).
dsc_status folder_clear(dsc_context *ctx, const char *path)
{
    DSC_TRY(remove_contents(ctx, path, written + 1));
    return remove_contents(ctx, path, written);
}
