// SPDX-License-Identifier: Apache-2.0
// folder.c — run directories: recognising one, refusing to overwrite, clearing what a fit has
// written.
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
                                      "penalty_path.*"};

static bool is_written(const char *name)
{
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        const char *star = strchr(written[i], '*');
        if (star ? strncmp(name, written[i], (size_t)(star - written[i])) == 0
                 : strcmp(name, written[i]) == 0)
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

bool is_run(const char *path)
{
    char config[PATH_BYTES];
    const int n = snprintf(config, sizeof config, "%s/config.yaml", path);
    return n > 0 && n < (int)sizeof config && dsc_exists(config);
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

static dsc_status remove_contents(dsc_context *ctx, const char *path, bool (*chosen)(const char *))
{
    DIR *folder = opendir(path);
    dsc_status status = DSC_OK;
    DSC_REQUIRE(ctx, folder, DSC_IO, "%s: cannot open the folder: %s", path, strerror(errno));
    for (const struct dirent *e; status == DSC_OK && (e = readdir(folder));) {
        char inner[PATH_BYTES];
        if (is_dots(e->d_name) || !chosen(e->d_name)) continue;
        status = dsc_join_path(ctx, inner, sizeof inner, path, e->d_name);
        if (status == DSC_OK) status = dsc_remove(ctx, inner);
    }
    closedir(folder);
    return status;
}

static bool is_written_later(const char *name)
{
    return is_written(name) && strcmp(name, written[0]) != 0;
}

// config.yaml, which makes a folder a run, goes last (and is the first that a fit writes).
dsc_status folder_clear(dsc_context *ctx, const char *path)
{
    DSC_TRY(remove_contents(ctx, path, is_written_later));
    return remove_contents(ctx, path, is_written);
}
