// SPDX-License-Identifier: Apache-2.0
// machine.c — how many threads this process may usefully run: the processors it is allowed on
// (batch systems and containers pin jobs), at most its share of processor time (cgroup version 2).
#define _GNU_SOURCE // sched_getaffinity
#include <math.h>
#include <sched.h>
#include <unistd.h>

#include "base/private.h"

static int allowed_processors(void)
{
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}

// cpu.max holds "quota period" in microseconds, or "max period".
static int share_of_processors(int allowed)
{
    FILE *f = fopen("/sys/fs/cgroup/cpu.max", "r");
    long quota = 0, period = 0;
    if (!f) return allowed;
    const int read = fscanf(f, "%ld %ld", &quota, &period);
    fclose(f);
    if (read != 2 || quota <= 0 || period <= 0) return allowed;
    const double share = ceil((double)quota / (double)period);
    return share < allowed ? (int)share : allowed;
}

int base_processors(void)
{
    return share_of_processors(allowed_processors());
}
