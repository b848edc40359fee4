// SPDX-License-Identifier: Apache-2.0
// player.c — a cell plays a task in a closed loop, a tile of sessions at a time. Before every trial
// the agent's prediction of the last one is turned into choices, the task answers them, shows the
// next trial, and what the cell reads of both is fed to it.
//
// Everything random is a pure function of (seed, session, trial). The agent's uniform number is
// word t % 4 of the generator's block for (trial t / 4, session); the task's numbers of a trial are
// those of dsc_draw_numbers for (trial, session); its start of a session draws from the session's
// stream with step 1.
#include <math.h>
#include <string.h>

#include "task/internal.h"

enum { SLOTS = 8, CHANCES = 4 };

// ---- what a cell may read ---------------------------------------------------------------------

static int find_name(const char *name, const char *const *names, int first)
{
    for (int i = 0; names && names[i]; i++)
        if (strcmp(names[i], name) == 0) return first + i;
    return -1;
}

// The row of what is known before the choice, and of what is known after it; -1: nothing.
static int cue_row(const player *p, const char *name)
{
    if (strcmp(name, "block_start") == 0) return p->block_start;
    return find_name(name, p->s->task->cues, p->log.cues);
}

static int shown_row(const player *p, const char *name)
{
    if (strcmp(name, "choice") == 0) return p->log.choice;
    if (strcmp(name, "trial") == 0) return p->one;
    if (strcmp(name, "instructed") == 0) return p->instructed;
    const int outcome = find_name(name, p->s->task->outcomes, p->log.outcomes);
    return outcome >= 0 ? outcome : cue_row(p, name);
}

static feed feed_of(const player *p, const char *input)
{
    const bool agent = strncmp(input, "agent_", 6) == 0, previous = strncmp(input, "prev_", 5) == 0;
    feed f = {.row = cue_row(p, input)};
    if (f.row >= 0) return f;
    f.row = agent ? shown_row(p, input + 6) : previous ? shown_row(p, input + 5) : -1;
    f.back = 1;
    f.before = agent && f.row == p->log.choice ? -1 : 0;
    f.floored = previous && f.row == p->log.choice;
    return f;
}

static dsc_status refuse_input(dsc_context *ctx, const player *p, const char *input)
{
    const dsc_task *task = p->s->task;
    const bool agent = strncmp(input, "agent_", 6) == 0, previous = strncmp(input, "prev_", 5) == 0;
    dsc_text names = {0};
    for (int i = 0; i < p->log.n_outcomes; i++)
        dsc_text_add(ctx, &names, ", %s", task->outcomes[i]);
    for (int i = 0; i < p->log.n_cues; i++)
        dsc_text_add(ctx, &names, ", %s (a cue)", task->cues[i]);
    const dsc_status status = dsc_fail(
        ctx, names.status == DSC_OK ? DSC_INPUT : names.status,
        "%s reads \"%s\" (as its input \"%s\"), which the task \"%s\" does not give it by then. "
        "An agent may read there: choice%s, block_start, all but cues of the trial before "
        "(agent_NAME, prev_NAME)",
        dsc_cell_name(p->s->cell),
        input + (agent      ? 6
                 : previous ? 5
                            : 0),
        input, task->name, names.s ? names.s : "");
    dsc_text_free(ctx, &names);
    return status;
}

static dsc_status map_inputs(dsc_context *ctx, player *p)
{
    p->n_inputs = dsc_cell_input_count(p->s->cell);
    DSC_TRY(dsc_alloc(ctx, (size_t)p->n_inputs + 1, sizeof *p->feed, &p->feed));
    for (int i = 0; i < p->n_inputs; i++) {
        const char *input = dsc_cell_input(p->s->cell, i);
        p->feed[i] = feed_of(p, input);
        if (p->feed[i].row < 0) return refuse_input(ctx, p, input);
    }
    return DSC_OK;
}

// ---- the workers' desks -------------------------------------------------------------------------

static double *slot_row(const player *p, const desk *d, int trial, int row)
{
    return d->slots +
           ((size_t)(trial % SLOTS) * (size_t)p->slot_rows + (size_t)row) * (size_t)p->width;
}

static dsc_status lay_desk(dsc_context *ctx, const player *p, desk *d)
{
    const size_t width = (size_t)p->width;
    const int rows[] = {p->size.n_states, p->size.n_uniform, p->size.n_normal, CHANCES,
                        SLOTS * p->slot_rows};
    double **const part[] = {&d->state, &d->uniform, &d->normal, &d->chance, &d->slots};
    size_t all = 0;
    for (int i = 0; i < 5; i++) all += (size_t)rows[i] * width;
    DSC_TRY(dsc_alloc(ctx, all, sizeof *d->memory, &d->memory));
    double *next = d->memory;
    for (int i = 0; i < 5; i++) {
        *part[i] = next;
        next += (size_t)rows[i] * width;
    }
    for (int t = 0; t < SLOTS; t++)
        for (size_t i = 0; i < width; i++) slot_row(p, d, t, p->one)[i] = 1;
    return DSC_OK;
}

dsc_status player_prepare(dsc_context *ctx, player *p, int n_workers)
{
    int rows = p->log.n_columns;
    p->block_start = rows++;
    p->one = rows++;
    p->instructed = p->log.n_instructed ? p->log.instructed : rows++;
    p->slot_rows = rows;
    p->block = find_name("block", p->s->task->cues, p->log.cues);
    p->agent_key = dsc_key_of(p->s->seed, DSC_FOR_AGENT);
    p->task_key = dsc_key_of(p->s->seed, DSC_FOR_TASK);
    DSC_TRY(map_inputs(ctx, p));
    DSC_TRY(dsc_alloc(ctx, (size_t)n_workers, sizeof *p->desk, &p->desk));
    p->n_desks = n_workers;
    for (int i = 0; i < n_workers; i++) DSC_TRY(lay_desk(ctx, p, &p->desk[i]));
    return DSC_OK;
}

void player_free(dsc_context *ctx, player *p)
{
    for (int i = 0; i < p->n_desks; i++) dsc_free(ctx, &p->desk[i].memory);
    dsc_free(ctx, &p->desk);
    dsc_free(ctx, &p->feed);
}

// ---- a tile begins ------------------------------------------------------------------------------

static int lanes_used(const player *p, int tile)
{
    const int left = p->s->n_sessions - tile * p->width;
    return left < p->width ? left : p->width;
}

static void begin_task(const player *p, desk *d, int first, int n)
{
    memset(d->state, 0, sizeof *d->state * (size_t)p->size.n_states * (size_t)p->width);
    for (int i = 0; i < p->width; i++) d->stream[i] = (uint32_t)(first + i);
    for (int i = 0; p->s->task->begin && i < n; i++) {
        dsc_stream random = dsc_stream_start(p->s->seed, DSC_FOR_TASK, 0, (uint32_t)(first + i), 1);
        p->s->task->begin(p->s->task_config, d->state + i, p->width, &random);
    }
}

void player_begin(void *user, int tile, int worker, dsc_tile *out)
{
    const player *p = user;
    const int used = lanes_used(p, tile), first = tile * p->width;
    memset(out, 0, sizeof *out);
    out->n_trials = p->s->n_trials;
    for (int i = 0; i < p->width; i++) {
        out->session[i] = i < used ? first + i : -1;
        if (i >= used) continue;
        out->length[i] = p->s->n_trials;
        out->multiplicity[i] = 1;
        out->stream[i] = (uint32_t)(first + i);
        out->subject[i] = p->subject[first + i];
    }
    begin_task(p, &p->desk[worker], first, used);
}

// ---- a trial ------------------------------------------------------------------------------------

static dsc_task_trial trial_of(const player *p, const desk *d, int trial, int used)
{
    return (dsc_task_trial){.n = used,
                            .width = p->width,
                            .trial = trial,
                            .session = d->stream,
                            .state = d->state,
                            .uniform = d->uniform,
                            .normal = d->normal,
                            .cue = slot_row(p, d, trial, p->log.cues),
                            .hidden = slot_row(p, d, trial, p->log.hidden),
                            .choice = slot_row(p, d, trial, p->log.choice),
                            .instructed = slot_row(p, d, trial, p->instructed),
                            .outcome = slot_row(p, d, trial, p->log.outcomes)};
}

static void draw_trial(const player *p, desk *d, int trial)
{
    dsc_draw draw = {
        .key = p->task_key, .trial = (uint32_t)trial, .stream = d->stream, .width = p->width};
    dsc_draw_numbers(p->drawing, &draw, p->size.n_uniform, d->uniform, p->size.n_normal, d->normal);
    if (trial % CHANCES != 0) return;
    draw.key = p->agent_key;
    draw.trial = (uint32_t)(trial / CHANCES);
    dsc_draw_numbers(p->drawing, &draw, CHANCES, d->chance, 0, NULL);
}

// 1 where the cue "block" is not what it was.
static void mark_block_starts(const player *p, const desk *d, int trial)
{
    if (p->block < 0) return; // 0 throughout
    double *start = slot_row(p, d, trial, p->block_start);
    memset(start, 0, sizeof *start * (size_t)p->width);
    if (trial == 0) return;
    const double *now = slot_row(p, d, trial, p->block),
                 *last = slot_row(p, d, trial - 1, p->block);
    for (int i = 0; i < p->width; i++) start[i] = now[i] != last[i];
}

static void show_trial(const player *p, desk *d, int trial, int used)
{
    const dsc_task_trial t = trial_of(p, d, trial, used);
    draw_trial(p, d, trial);
    p->s->task->show(p->s->task_config, &t);
    mark_block_starts(p, d, trial);
}

// Keeps the first session and trial whose probabilities are not numbers.
static void note_broken(desk *d, int trial, int used, const double *probability)
{
    for (int i = 0; i < used && !d->broken; i++) {
        d->broken = isnan(probability[i]);
        d->broken_session = (int)d->stream[i], d->broken_trial = trial;
    }
}

// `recorded`: the prediction, then the quantities to record.
static void resolve_trial(const player *p, desk *d, int trial, int used, const double *recorded)
{
    const dsc_task_trial t = trial_of(p, d, trial, used);
    const size_t width = (size_t)p->width, n_logits = (size_t)p->log.n_actions * width;
    double *probability = slot_row(p, d, trial, p->log.probabilities);
    memset(t.instructed, 0, sizeof *t.instructed * width);
    const bool fine =
        dsc_draw_choices(p->drawing, p->log.n_actions, p->width, recorded,
                         d->chance + (size_t)(trial % CHANCES) * width, probability, t.choice);
    if (!fine && !d->broken) note_broken(d, trial, used, probability);
    p->s->task->answer(p->s->task_config, &t);
    memcpy(slot_row(p, d, trial, p->log.recorded), recorded + n_logits,
           sizeof *recorded * (size_t)p->log.n_recorded * width);
}

// Hands on the trials that the slots hold.
static void give_slots(const player *p, const desk *d, int first, int last_trial, int used)
{
    const int from = last_trial / SLOTS * SLOTS;
    const dsc_stretch s = {.first_session = first,
                           .n_sessions = used,
                           .first_trial = from,
                           .n_trials = last_trial - from + 1,
                           .n_columns = p->log.n_columns,
                           .n_rows = p->slot_rows,
                           .width = p->width,
                           .value = d->slots};
    p->take(p->user, (int)(d - p->desk), &s);
}

static void feed_trial(const player *p, const desk *d, int trial, double *inputs)
{
    const size_t width = (size_t)p->width;
    for (int i = 0; i < p->n_inputs; i++, inputs += width) {
        const feed *f = &p->feed[i];
        if (trial < f->back)
            for (size_t l = 0; l < width; l++) inputs[l] = f->before;
        else memcpy(inputs, slot_row(p, d, trial - f->back, f->row), sizeof *inputs * width);
        for (size_t l = 0; f->floored && l < width; l++)
            if (inputs[l] < 0) inputs[l] = 0;
    }
}

void player_answer(void *user, int tile, int worker, int trial, const double *recorded,
                   double *inputs)
{
    const player *p = user;
    desk *d = &p->desk[worker];
    const int first = tile * p->width, used = lanes_used(p, tile);
    if (trial > 0) {
        resolve_trial(p, d, trial - 1, used, recorded);
        if (trial % SLOTS == 0 || !inputs) give_slots(p, d, first, trial - 1, used);
    }
    if (!inputs) return;
    show_trial(p, d, trial, used);
    feed_trial(p, d, trial, inputs);
}
