// SPDX-License-Identifier: Apache-2.0
// remove.c — removing a file, or a folder with all that is in it.
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/private.h"

enum { PATH_BYTES = 4096, DEEPEST = 200 };

static dsc_status remove_entry(dsc_context *ctx, const char *path, int depth);

static dsc_status remove_contents(dsc_context *ctx, const char *path, int depth)
{
    DSC_REQUIRE(ctx, depth <= DEEPEST, DSC_IO,
                "%s: more than %d folders, one in another; remove them with rm -r", path, DEEPEST);
    DIR *folder = opendir(path);
    dsc_status status = DSC_OK;
    DSC_REQUIRE(ctx, folder, DSC_IO, "%s: cannot open the folder: %s", path, strerror(errno));
    for (const struct dirent *e; status == DSC_OK && (e = readdir(folder));) {
        char inner[PATH_BYTES];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        status = dsc_join_path(ctx, inner, sizeof inner, path, e->d_name);
        if (status == DSC_OK) status = remove_entry(ctx, inner, depth + 1);
    }
    closedir(folder);
    return status;
}

// Links are removed, not followed.
static dsc_status remove_entry(dsc_context *ctx, const char *path, int depth)
{
    struct stat s;
    if (lstat(path, &s) != 0) return DSC_OK;
    if (S_ISDIR(s.st_mode)) DSC_TRY(remove_contents(ctx, path, depth));
    const int failed = S_ISDIR(s.st_mode) ? rmdir(path) : unlink(path);
    DSC_REQUIRE(ctx, failed == 0, DSC_IO, "%s: cannot be removed; is it in use or protected?",
                path);
    return DSC_OK;
}

dsc_status dsc_remove(dsc_context *ctx, const char *path)
{
    return remove_entry(ctx, path, 1);
}
