// SPDX-License-Identifier: Apache-2.0
// registry.c — the list of tasks. A new task is one file and one name here.
#include <string.h>

#include "task/internal.h"

static const dsc_task *const tasks[] = {
    &dsc_task_bandit,           &dsc_task_blocked_bandit, &dsc_task_gaussian_bandit,
    &dsc_task_restless_bandit,  &dsc_task_two_step,       &dsc_task_working_memory,
    &dsc_task_go_nogo,          &dsc_task_iowa,           &dsc_task_reversal,
    &dsc_task_matching_pennies, &dsc_task_poisson_clicks, &dsc_task_payout,
};
enum { N_TASKS = sizeof tasks / sizeof *tasks };

const dsc_task *dsc_task_at(int i)
{
    return i >= 0 && i < N_TASKS ? tasks[i] : NULL;
}

const dsc_task *dsc_task_find(const char *name)
{
    for (int i = 0; i < N_TASKS; i++)
        if (strcmp(tasks[i]->name, name) == 0) return tasks[i];
    return NULL;
}

dsc_status dsc_task_open(dsc_context *ctx, const dsc_task *task, void *config)
{
    return task->open ? task->open(ctx, config) : DSC_OK;
}
