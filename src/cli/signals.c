// SPDX-License-Identifier: Apache-2.0
// signals.c — SIGINT and SIGTERM ask a fit to save and stop. A handler can only reach a global:
// this is the program's only one.
#include <signal.h>
#include <string.h>

#include "cli/cli.h"

static volatile int stop_signal;

static void raise_flag(int number)
{
    stop_signal = number;
}

const volatile int *cli_catch_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = raise_flag;
    action.sa_flags = (int)SA_RESETHAND; // the second signal does what it always does: ends us
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &stop_signal;
}
