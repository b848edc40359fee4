// SPDX-License-Identifier: Apache-2.0
// mapped.c — an allocator for data larger than memory: every large block is a temporary file of its
// own, already unlinked, that is mapped into memory; the system moves its pages out and back.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/private.h"
#include <fcntl.h>

enum { LARGE = 1 << 20, HEADER = 64 };

typedef struct mapped_header {
    size_t bytes; // with the header
    bool in_file;
} mapped_header;

// The descriptor of an unlinked file, -1 with errno if there can be none.
static int open_scratch(const char *folder)
{
    char path[4096];
    const int n = snprintf(path, sizeof path, "%s/discern-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof path) return errno = ENAMETOOLONG, -1;
    const int fd = mkstemp(path);
    if (fd >= 0) unlink(path);
    return fd;
}

// The room is taken at once: a disk that is full later would kill the program.
static void *map_file(const char *folder, size_t bytes)
{
    const int fd = open_scratch(folder);
    if (fd < 0) return NULL;
    void *at = MAP_FAILED;
    if (posix_fallocate(fd, 0, (off_t)bytes) == 0)
        at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return at == MAP_FAILED ? NULL : at;
}

static mapped_header *header_of(void *p)
{
    return (mapped_header *)(void *)((char *)p - HEADER);
}

static void *create(const dsc_mapped *m, size_t bytes)
{
    if (bytes > SIZE_MAX / 2) return NULL;
    const mapped_header h = {bytes + HEADER, m->folder && bytes >= LARGE};
    char *at = h.in_file ? map_file(m->folder, h.bytes) : malloc(h.bytes);
    if (!at) return NULL;
    memcpy(at, &h, sizeof h);
    return at + HEADER;
}

static void destroy(void *p)
{
    if (!p) return;
    mapped_header *h = header_of(p);
    if (h->in_file) munmap(h, h->bytes);
    else free(h);
}

void *dsc_mapped_resize(void *user, void *p, size_t bytes)
{
    if (bytes == 0) return destroy(p), NULL;
    void *made = create(user, bytes);
    if (!made || !p) return made;
    const size_t before = header_of(p)->bytes - HEADER;
    memcpy(made, p, before < bytes ? before : bytes);
    destroy(p);
    return made;
}

dsc_status dsc_mapped_begin(dsc_context *ctx, dsc_mapped *m, const char *folder)
{
    const int fd = open_scratch(folder);
    DSC_REQUIRE(ctx, fd >= 0, DSC_IO, "%s: cannot keep temporary files there: %s", folder,
                strerror(errno));
    close(fd);
    m->folder = folder;
    return DSC_OK;
}
