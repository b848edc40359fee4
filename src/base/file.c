// SPDX-License-Identifier: Apache-2.0
// file.c — reading a whole file, folders, paths, the FNV-1a hash of bytes.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/private.h"

static dsc_status cannot_read(dsc_context *ctx, const char *path, int error)
{
    if (error == EISDIR) return dsc_fail(ctx, DSC_INPUT, "%s is a folder, not a file", path);
    if (error == ENOENT || error == ENOTDIR)
        return dsc_fail(ctx, DSC_INPUT, "%s: no such file; check the name and the folder", path);
    return dsc_fail(ctx, DSC_IO, "%s: cannot read: %s", path, strerror(error));
}

static dsc_status open_to_read(dsc_context *ctx, const char *path, int *fd, size_t *expected)
{
    struct stat s;
    const int opened = open(path, O_RDONLY | O_CLOEXEC);
    if (opened < 0) return cannot_read(ctx, path, errno);
    int error = fstat(opened, &s) == 0 ? 0 : errno;
    if (error == 0 && S_ISDIR(s.st_mode)) error = EISDIR;
    if (error != 0) {
        close(opened);
        return cannot_read(ctx, path, error);
    }
    *fd = opened;
    *expected = S_ISREG(s.st_mode) && s.st_size > 0 ? (size_t)s.st_size : 0;
    return DSC_OK;
}

typedef struct buffer {
    char *bytes;
    size_t used, capacity;
} buffer;

// Reads to the end, whatever the expected size said: a pipe has none, a log may grow.
static dsc_status read_all(dsc_context *ctx, const char *path, int fd, buffer *b)
{
    for (;;) {
        if (b->used + 1 >= b->capacity) {
            const size_t larger = b->capacity * 2;
            DSC_TRY(dsc_grow(ctx, b->capacity, larger, 1, &b->bytes));
            b->capacity = larger;
        }
        const ssize_t got = read(fd, b->bytes + b->used, b->capacity - 1 - b->used);
        if (got == 0) return DSC_OK;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return cannot_read(ctx, path, errno);
        b->used += (size_t)got;
    }
}

dsc_status dsc_read_file(dsc_context *ctx, const char *path, char **bytes, size_t *n)
{
    int fd = -1;
    size_t expected = 0;
    buffer b = {0};
    DSC_TRY(open_to_read(ctx, path, &fd, &expected));
    // One byte for the final 0, one so that the end is met without growing.
    b.capacity = expected > 0 ? expected + 2 : 4096;
    dsc_status status = dsc_alloc(ctx, b.capacity, 1, &b.bytes);
    if (status == DSC_OK) status = read_all(ctx, path, fd, &b);
    close(fd);
    if (status != DSC_OK) {
        dsc_free(ctx, &b.bytes);
        return status;
    }
    b.bytes[b.used] = 0;
    *bytes = b.bytes;
    *n = b.used;
    return DSC_OK;
}

bool dsc_exists(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0;
}

static dsc_status make_one_folder(dsc_context *ctx, const char *path)
{
    struct stat s;
    if (mkdir(path, 0777) == 0) return DSC_OK;
    const int error = errno;
    if (stat(path, &s) != 0)
        return dsc_fail(ctx, DSC_IO, "%s: cannot make this folder: %s", path, strerror(error));
    DSC_REQUIRE(ctx, S_ISDIR(s.st_mode), DSC_IO,
                "%s: cannot make this folder: a file has that name", path);
    return DSC_OK;
}

dsc_status dsc_make_folder(dsc_context *ctx, const char *path)
{
    char *copy;
    dsc_status status = DSC_OK;
    DSC_TRY(dsc_strdup(ctx, path, &copy));
    for (char *slash = strchr(copy + (*copy != 0), '/'); slash && status == DSC_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = 0;
        status = make_one_folder(ctx, copy);
        *slash = '/';
    }
    if (status == DSC_OK && *copy) status = make_one_folder(ctx, copy);
    dsc_free(ctx, &copy);
    return status;
}

dsc_status dsc_join_path(dsc_context *ctx, char *out, size_t size, const char *folder,
                         const char *name)
{
    const size_t length = strlen(folder);
    const char *between = length == 0 || folder[length - 1] == '/' ? "" : "/";
    DSC_REQUIRE(ctx, length + strlen(between) + strlen(name) < size, DSC_INPUT,
                "%s%s%s: this path is too long; use a shorter name", folder, between, name);
    snprintf(out, size, "%s%s%s", folder, between, name);
    return DSC_OK;
}

static const char *last_part(const char *path, int *length)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') start--;
    *length = (int)(end - start);
    return path + start;
}

static bool same_last_part(const char *a, const char *b)
{
    int n, m;
    const char *x = last_part(a, &n), *y = last_part(b, &m);
    return n == m && strncmp(x, y, (size_t)n) == 0;
}

dsc_status dsc_short_name(dsc_arena *a, int n, const char *const *paths, int k, char **name)
{
    int length;
    const char *last = last_part(paths[k], &length);
    bool unique = true;
    for (int i = 0; i < n; i++) unique &= i == k || !same_last_part(paths[i], paths[k]);
    DSC_TRY(dsc_arena_strdup(a, unique ? last : paths[k], name));
    if (unique) (*name)[length] = 0;
    return DSC_OK;
}

char *dsc_hash_hex(const void *bytes, size_t n, char *out)
{
    const unsigned char *b = bytes;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++) hash = (hash ^ b[i]) * 0x100000001b3u;
    snprintf(out, 17, "%016" PRIx64, hash);
    return out;
}
