// SPDX-License-Identifier: Apache-2.0
// copy.c — trying in a copy of this process (fork) what may crash, be busy for ever or complain, as
// libhdf5 does on damaged files. The copy has the same memory and files; how it ended is known by
// what it says last, over a pipe, so that nothing is asked of the program around it: it may ignore
// its children, block signals, catch crashes. Threads of that program are not copied: where one of
// them held a lock (of the allocator, of libhdf5) at that moment the copy waits for it in vain, and
// is ended.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/private.h"

static const char mark = '.'; // all went well

enum { PATIENCE = 10, LONGEST = 100000 }; // waiting takes longer than work; s

static void limit_time(size_t seconds)
{
    setrlimit(RLIMIT_CPU, &(struct rlimit){seconds, seconds});
    alarm(seconds < LONGEST / PATIENCE ? PATIENCE * (unsigned)seconds : LONGEST);
}

// A crash ends the copy: no handler of the program around it goes on.
static void die_plainly(void)
{
    static const int deaths[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGXCPU, SIGALRM};
    sigset_t none;
    for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++) signal(deaths[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL); // it holds what the process does: files, locks
}

static void run_copy(data_copy_fn *body, void *user, size_t seconds, int said)
{
    die_plainly();
    limit_time(seconds);
    dup2(said, STDERR_FILENO);
    body(user);
    fflush(stderr);
    _exit(write(said, &mark, 1) != 1);
}

// Whether the copy said that all went well, and nothing before.
static bool has_ended_well(int said)
{
    char text[64];
    ssize_t all = 0;
    for (ssize_t n; (n = read(said, text, sizeof text)) != 0;) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        all += n;
        if (all == 1 && *text == mark) return true;
    }
    return false;
}

dsc_status data_try_in_copy(dsc_context *ctx, const char *path, size_t seconds, data_copy_fn *body,
                            void *user, bool *well)
{
    int code, ends[2];
    DSC_REQUIRE(ctx, pipe(ends) == 0, DSC_IO, "%s: no pipe could be opened to read it", path);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC); // other programs that are started do not hold it open
    const pid_t copy = fork();
    if (copy == 0) run_copy(body, user, seconds, ends[1]);
    close(ends[1]);
    *well = copy > 0 && has_ended_well(ends[0]);
    close(ends[0]);
    DSC_REQUIRE(ctx, copy > 0, DSC_IO, "%s: no process could be started to read it", path);
    while (waitpid(copy, &code, 0) < 0 && errno == EINTR) continue;
    return DSC_OK;
}
