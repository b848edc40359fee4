// SPDX-License-Identifier: Apache-2.0
// lock.c — one writer per run: RUN/lock is held with flock while a fit runs, so it dies with its
// process. It holds the process id, for people, and the word flock: without it (written by hand or
// by another program) the process id alone decides.
#define _DEFAULT_SOURCE // flock
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "train/internal.h"

struct run_lock {
    dsc_context *ctx;
    int fd;
    char path[PATH_BYTES];
};

typedef struct holder {
    long pid;   // 0: nobody's name is in the file
    bool flock; // the holder held it with flock
} holder;

static holder holder_read(int fd)
{
    char text[64] = {0}, word[16] = {0};
    holder h = {0, false};
    if (pread(fd, text, sizeof text - 1, 0) > 0 && sscanf(text, "%ld %15s", &h.pid, word) >= 1)
        h.flock = strcmp(word, "flock") == 0;
    return h;
}

static bool is_alive(long pid)
{
    return pid > 0 && pid != (long)getpid() && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

static dsc_status refuse(const run_lock *l, const char *run, long pid)
{
    return dsc_fail(
        l->ctx, DSC_INPUT,
        "%s is in use by process %ld; wait for it or stop it (kill %ld), or choose another "
        "run directory. If that process has nothing to do with it, delete %s",
        run, pid, pid, l->path);
}

// Whether the open file is still the one under the path (a holder removes it when it is done).
static bool is_current(const run_lock *l)
{
    struct stat here, there;
    return fstat(l->fd, &here) == 0 && stat(l->path, &there) == 0 && here.st_ino == there.st_ino &&
           here.st_dev == there.st_dev;
}

static dsc_status lock_open(run_lock *l)
{
    l->fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    DSC_REQUIRE(l->ctx, l->fd >= 0, DSC_IO, "%s: cannot write: %s", l->path, strerror(errno));
    return DSC_OK;
}

// A fit that is killed while a copy of its process works for it (data/hdf5.c) leaves the lock to
// the copy until that is gone, too: so a dead holder is waited for.
static bool is_held(const run_lock *l)
{
    const struct timespec instant = {0, 10000000};
    for (int tries = 0; flock(l->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; tries++) {
        if (tries == 200 || is_alive(holder_read(l->fd).pid)) return true;
        nanosleep(&instant, NULL);
    }
    return false;
}

static dsc_status lock_try(run_lock *l, const char *run)
{
    const bool held = is_held(l);
    const holder h = holder_read(l->fd);
    if (held) return refuse(l, run, h.pid);
    if (!h.flock && is_alive(h.pid)) return refuse(l, run, h.pid);
    if (h.pid > 0)
        dsc_note(l->ctx, DSC_NOTE, "%s: process %ld, which used this run, has ended; taking over",
                 run, h.pid);
    return DSC_OK;
}

static dsc_status lock_sign(run_lock *l)
{
    char text[64];
    const int n = snprintf(text, sizeof text, "%ld flock\n", (long)getpid());
    const bool done = ftruncate(l->fd, 0) == 0 && pwrite(l->fd, text, (size_t)n, 0) == n;
    DSC_REQUIRE(l->ctx, done, DSC_IO, "%s: cannot write: %s", l->path, strerror(errno));
    return DSC_OK;
}

// Opens again while a holder that is just finishing removes the file under our hands.
static dsc_status lock_hold(run_lock *l, const char *run)
{
    for (;;) {
        DSC_TRY(lock_open(l));
        DSC_TRY(lock_try(l, run));
        if (is_current(l)) return lock_sign(l);
        close(l->fd);
        l->fd = -1;
    }
}

static void lock_free(run_lock **lock)
{
    dsc_context *ctx = (*lock)->ctx;
    if ((*lock)->fd >= 0) close((*lock)->fd);
    dsc_free(ctx, lock);
}

dsc_status lock_take(dsc_context *ctx, const char *run, run_lock **lock)
{
    run_lock *made = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    made->ctx = ctx;
    made->fd = -1;
    dsc_status status = dsc_join_path(ctx, made->path, sizeof made->path, run, "lock");
    if (status == DSC_OK) status = lock_hold(made, run);
    if (status == DSC_OK) *lock = made;
    else lock_free(&made);
    return status;
}

void lock_release(run_lock **lock)
{
    if (!*lock) return;
    unlink((*lock)->path);
    lock_free(lock);
}
