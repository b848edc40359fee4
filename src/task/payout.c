// SPDX-License-Identifier: Apache-2.0
// payout.c — a bandit whose payouts are given: reward = payout[session, trial, choice], from a
// trial table with columns payout_0, payout_1, ... Where its column "instruction" has a number,
// that option is taken whatever the agent chose. Simulated session k plays session k of the table;
// after its last one they begin again.
#include <math.h>
#include <string.h>

#include "task/internal.h"

enum { MOST_ARMS = 32, NAME_BYTES = 32 };

typedef struct matrix {
    dsc_table *table;
    int n_arms, n_trials; // of a session
    const double *pay[MOST_ARMS], *instruction;
} matrix;

typedef struct payout {
    char file[DSC_FIELD_TEXT];
    const matrix *matrix;
} payout;

static const dsc_field fields[] = {
    {"file", DSC_STRING, offsetof(payout, file), "", 0, 0, NULL,
     "trial table with columns payout_0, payout_1, ... and maybe instruction"},
    {0}};

static const char *const outcomes[] = {"reward", NULL};

// ---- the table ----------------------------------------------------------------------------------

static dsc_status find_arms(dsc_context *ctx, matrix *m)
{
    char name[NAME_BYTES];
    const dsc_column *c;
    for (m->n_arms = 0; m->n_arms < MOST_ARMS; m->n_arms++) {
        snprintf(name, sizeof name, "payout_%d", m->n_arms);
        if (!(c = dsc_table_column(m->table, name))) break;
        m->pay[m->n_arms] = c->value;
        for (size_t i = 0; i < m->table->n_trials; i++)
            DSC_REQUIRE(ctx, isfinite(c->value[i]) && !c->label, DSC_INPUT,
                        "%s, row %zu, column \"%s\": no number; every arm has a payout in every "
                        "trial",
                        m->table->path, m->table->row[i] + 1, name);
    }
    DSC_REQUIRE(ctx, m->n_arms >= 2, DSC_INPUT,
                "%s: columns payout_0 and payout_1 (and so on) were expected, the payouts of the "
                "arms; call them so in the file",
                m->table->path);
    return DSC_OK;
}

static dsc_status find_instructions(dsc_context *ctx, matrix *m)
{
    const dsc_column *c = dsc_table_column(m->table, "instruction");
    if (!c) return DSC_OK;
    m->instruction = c->value;
    for (size_t i = 0; i < m->table->n_trials; i++) {
        const double arm = c->value[i];
        DSC_REQUIRE(ctx, isnan(arm) || (arm == floor(arm) && arm >= 0 && arm < m->n_arms),
                    DSC_INPUT,
                    "%s, row %zu, column \"instruction\": %g is no arm; arms are 0 ... %d, and "
                    "empty means free",
                    m->table->path, m->table->row[i] + 1, arm, m->n_arms - 1);
    }
    return DSC_OK;
}

static dsc_status check_lengths(dsc_context *ctx, matrix *m)
{
    m->n_trials = m->table->session[0].n_trials;
    for (int s = 1; s < m->table->n_sessions; s++)
        DSC_REQUIRE(ctx, m->table->session[s].n_trials == m->n_trials, DSC_INPUT,
                    "%s: session \"%s\" has %d trials, the first has %d; they have to be equally "
                    "long",
                    m->table->path, m->table->session[s].label, m->table->session[s].n_trials,
                    m->n_trials);
    return DSC_OK;
}

static void matrix_destroy(dsc_context *ctx, void *object)
{
    matrix *m = object;
    dsc_table_destroy(ctx, &m->table);
    dsc_free(ctx, &m);
}

static dsc_status matrix_read(dsc_context *ctx, const char *file, matrix **out)
{
    matrix *m = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *m, &m));
    dsc_status status = dsc_table_read(ctx, file, NULL, &m->table);
    if (status == DSC_OK) status = find_arms(ctx, m);
    if (status == DSC_OK) status = find_instructions(ctx, m);
    if (status == DSC_OK) status = check_lengths(ctx, m);
    if (status == DSC_OK) status = dsc_keep(ctx, "payouts", file, m, matrix_destroy);
    if (status != DSC_OK) matrix_destroy(ctx, m);
    else *out = m;
    return status;
}

static dsc_status payout_open(dsc_context *ctx, void *config)
{
    payout *k = config;
    matrix *m = dsc_kept(ctx, "payouts", k->file);
    DSC_REQUIRE(ctx, k->file[0], DSC_INPUT,
                "the task \"payout\" needs a table of payouts: task.file=FILE with columns "
                "payout_0, payout_1, ...");
    if (!m) DSC_TRY(matrix_read(ctx, k->file, &m));
    k->matrix = m;
    return DSC_OK;
}

// ---- the task -----------------------------------------------------------------------------------

static dsc_task_size payout_size(const void *config)
{
    const matrix *m = ((const payout *)config)->matrix;
    return (dsc_task_size){.n_actions = m->n_arms,
                           .n_trials = m->n_trials,
                           .n_hidden = m->n_arms,
                           .instructs = m->instruction != NULL};
}

static size_t row_of(const matrix *m, const dsc_task_trial *t, int lane)
{
    const uint32_t session = t->session[lane] % (uint32_t)m->table->n_sessions;
    return m->table->session[session].first + (size_t)t->trial;
}

static void payout_show(const void *config, const dsc_task_trial *t)
{
    const matrix *m = ((const payout *)config)->matrix;
    for (int i = 0; i < t->n; i++) {
        const size_t row = row_of(m, t, i);
        for (int arm = 0; arm < m->n_arms; arm++) t->hidden[arm * t->width + i] = m->pay[arm][row];
    }
}

static void payout_answer(const void *config, const dsc_task_trial *t)
{
    const matrix *m = ((const payout *)config)->matrix;
    for (int i = 0; i < t->n; i++) {
        const size_t row = row_of(m, t, i);
        if (m->instruction && !isnan(m->instruction[row])) {
            t->choice[i] = m->instruction[row];
            t->instructed[i] = 1;
        }
        t->outcome[i] = m->pay[(int)t->choice[i]][row];
    }
}

const dsc_task dsc_task_payout = {
    .name = "payout",
    .title = "Bandit whose payouts are given by a table",
    .source = "(the table's)",
    .fields = fields,
    .config_bytes = sizeof(payout),
    .outcomes = outcomes,
    .hidden = "payout",
    .open = payout_open,
    .size = payout_size,
    .show = payout_show,
    .answer = payout_answer,
};
