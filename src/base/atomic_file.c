// SPDX-License-Identifier: Apache-2.0
// atomic_file.c — a file that appears complete or not at all: written beside its final name as
// ".NAME.tmp-PID-N", flushed to the disk, renamed; then the folder is flushed too.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/private.h"

struct dsc_file {
    dsc_context *ctx;
    FILE *stream;
    char *path, *temporary;
};

enum { MOST_LEFTOVERS = 10000 };

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

// A device, a pipe or a folder must not be replaced by a file.
static dsc_status check_target(dsc_context *ctx, const char *path)
{
    struct stat s;
    DSC_REQUIRE(ctx, path[folder_length(path)], DSC_INPUT, "\"%s\" names no file", path);
    if (stat(path, &s) != 0) return DSC_OK;
    DSC_REQUIRE(ctx, !S_ISDIR(s.st_mode), DSC_INPUT,
                "%s is a folder; give the name of a file to write", path);
    DSC_REQUIRE(ctx, S_ISREG(s.st_mode), DSC_INPUT,
                "%s is not an ordinary file; give the name of a file to write", path);
    return DSC_OK;
}

static dsc_status name_temporary(dsc_file *f, int n)
{
    const int folder = (int)folder_length(f->path);
    dsc_text t = {0};
    dsc_status status = dsc_text_add(f->ctx, &t, "%.*s.%s.tmp-%ld-%d", folder, f->path,
                                     f->path + folder, (long)getpid(), n);
    if (status == DSC_OK) {
        dsc_free(f->ctx, &f->temporary);
        f->temporary = t.s;
    } else dsc_text_free(f->ctx, &t);
    return status;
}

static dsc_status cannot(dsc_file *f, const char *what, int error)
{
    const char *hint = error == ENOENT ? "; make its folder first" : "";
    return dsc_fail(f->ctx, DSC_IO, "%s: cannot %s: %s%s", f->path, what, strerror(error), hint);
}

// What replaces a file is no more open to others than it was.
static void keep_mode(int fd, const char *path)
{
    struct stat s;
    if (stat(path, &s) == 0) (void)fchmod(fd, s.st_mode & 0777);
}

// Opens a new temporary file; names left behind by a killed process are passed over.
static dsc_status open_temporary(dsc_file *f)
{
    int fd = -1;
    for (int n = 0; fd < 0 && n < MOST_LEFTOVERS; n++) {
        DSC_TRY(name_temporary(f, n));
        fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST) break;
    }
    const int error = errno;
    if (fd >= 0) keep_mode(fd, f->path);
    f->stream = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (f->stream) return DSC_OK;
    if (fd >= 0) {
        close(fd);
        unlink(f->temporary);
    }
    return cannot(f, "write", error);
}

static void file_free(dsc_file **file)
{
    dsc_context *ctx = (*file)->ctx;
    dsc_free(ctx, &(*file)->temporary);
    dsc_free(ctx, &(*file)->path);
    dsc_free(ctx, file);
}

dsc_status dsc_file_begin(dsc_context *ctx, const char *path, dsc_file **file)
{
    DSC_TRY(check_target(ctx, path));
    dsc_file *made;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    made->ctx = ctx;
    dsc_status status = dsc_strdup(ctx, path, &made->path);
    if (status == DSC_OK) status = open_temporary(made);
    if (status == DSC_OK) *file = made;
    else file_free(&made);
    return status;
}

FILE *dsc_file_stream(dsc_file *file)
{
    return file->stream;
}

// Not every file system can flush a folder; the rename itself stands, so this is not a failure.
static void flush_folder(const char *temporary)
{
    char folder[4096];
    const size_t length = folder_length(temporary);
    if (length >= sizeof folder) return;
    memcpy(folder, length ? temporary : ".", length ? length : 1);
    folder[length ? length : 1] = 0;
    const int fd = open(folder, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

static dsc_status finish_stream(dsc_file *f)
{
    const bool failed_before = ferror(f->stream);
    errno = failed_before ? EIO : 0;
    const bool written = fflush(f->stream) == 0 && !failed_before && fsync(fileno(f->stream)) == 0;
    int error = errno;
    const bool closed = fclose(f->stream) == 0;
    if (written && !closed) error = errno;
    f->stream = NULL;
    if (!written || !closed) return cannot(f, "write all of it (is the disk full?)", error);
    if (rename(f->temporary, f->path) != 0) return cannot(f, "rename the finished file", errno);
    return DSC_OK;
}

dsc_status dsc_file_commit(dsc_file **file)
{
    const dsc_status status = finish_stream(*file);
    if (status == DSC_OK) flush_folder((*file)->temporary);
    else unlink((*file)->temporary);
    file_free(file);
    return status;
}

void dsc_file_abort(dsc_file **file)
{
    if (!file || !*file) return;
    fclose((*file)->stream);
    unlink((*file)->temporary);
    file_free(file);
}

dsc_status dsc_write_file(dsc_context *ctx, const char *path, const void *bytes, size_t n)
{
    dsc_file *file;
    DSC_TRY(dsc_file_begin(ctx, path, &file));
    // A short write is remembered by the stream and reported by the commit.
    if (n > 0) (void)!fwrite(bytes, 1, n, dsc_file_stream(file));
    return dsc_file_commit(&file);
}
