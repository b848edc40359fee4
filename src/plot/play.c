// SPDX-License-Identifier: Apache-2.0
// play.c — a fitted run plays in a task, every subject (or session) with its own parameters:
// simulated choices to set beside those of people.
#include <string.h>

#include "plot/predictions.h"

// The place of each session's subject, or of the session itself if every one was fitted by itself,
// among those of the run.
static void subjects_match(const dsc_run *run, const dsc_table *t, int *subject)
{
    const bool sessions = strcmp(run->config.fit.group, "session") == 0;
    char own[512];
    for (int s = 0; s < t->n_sessions; s++) {
        const int i = t->session[s].subject;
        const char *label = sessions ? own : t->subject[i];
        int k = 0;
        dsc_session_label(t, s, own, sizeof own);
        while (run->subjects && k < run->n_subjects && strcmp(run->subjects[k], label) != 0) k++;
        if (!run->subjects || k == run->n_subjects) k = i;
        subject[s] = k < run->n_subjects ? k : 0;
    }
}

// What was played belongs to those of the data, whosever parameters it was played with.
static void subjects_lend(const dsc_table *like, dsc_table *played)
{
    played->n_subjects = like->n_subjects;
    played->subject = like->subject;
    for (int s = 0; s < like->n_sessions; s++)
        played->session[s].subject = like->session[s].subject;
}

static int trials_choose(const dsc_plot_options *o, const dsc_table *t, double *scratch)
{
    if (o->task->size(o->task_config).n_trials > 0) return 0;
    for (int s = 0; s < t->n_sessions; s++) scratch[s] = t->session[s].n_trials;
    dsc_sort_numbers(t->n_sessions, scratch);
    return (int)dsc_quantile(t->n_sessions, scratch, 0.5);
}

static dsc_status play(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                       const dsc_table *like, const dsc_cell *cell, dsc_table **table)
{
    int *subject = NULL;
    double *lengths = NULL;
    const size_t n = (size_t)like->n_sessions;
    dsc_status status = dsc_alloc(ctx, n, sizeof *subject, &subject);
    if (status == DSC_OK) status = dsc_alloc(ctx, n, sizeof *lengths, &lengths);
    if (status == DSC_OK) {
        subjects_match(run, like, subject);
        const dsc_simulation s = {.task = o->task,
                                  .task_config = o->task_config,
                                  .cell = cell,
                                  .parameters = run->parameters,
                                  .n_sessions = like->n_sessions,
                                  .n_trials = trials_choose(o, like, lengths),
                                  .n_subjects = run->n_subjects,
                                  .subject = subject,
                                  .seed = o->seed};
        status = dsc_simulate(ctx, &s, o->pool, table);
    }
    if (status == DSC_OK) subjects_lend(like, *table);
    dsc_free(ctx, &lengths);
    dsc_free(ctx, &subject);
    return status;
}

dsc_status plot_play(dsc_context *ctx, const dsc_run *run, const dsc_plot_options *o,
                     const dsc_table *like, dsc_table **table)
{
    const int n_actions = o->task->size(o->task_config).n_actions;
    dsc_cell *own = NULL;
    DSC_REQUIRE(ctx, run->n_actions == n_actions, DSC_INPUT,
                "%s chooses between %d options, but the task \"%s\" has %d; see discern tasks %s",
                run->path, run->n_actions, o->task->name, n_actions, o->task->name);
    // A classical model plays in its form for agents; a network as it is.
    if (run->model->cog)
        DSC_TRY(dsc_model_agent(ctx, run->model, run->config.model_config, n_actions, &own));
    const dsc_status status = play(ctx, run, o, like, own ? own : run->cell, table);
    dsc_cell_destroy(&own);
    return status;
}
