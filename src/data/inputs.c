// SPDX-License-Identifier: Apache-2.0
// inputs.c — what the name of a cell's input means in a trial table (the list is in
// discern/data.h).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/private.h"

double data_reading_at(const data_reading *r, size_t row, int trial)
{
    if (trial < r->back) return r->first;
    if (!r->value) return r->present;
    const double value = r->value[row - (size_t)r->back];
    if (isnan(value)) return r->missing;
    return r->flag ? r->present : value;
}

typedef struct request {
    dsc_context *ctx;
    const dsc_table *t;
    const dsc_pack_options *o;
    const data_derived *derived;
    const char *name, *rest; // the whole name, and what follows the prefix
} request;

static dsc_status fail_missing(const request *q, const char *column)
{
    dsc_text have = {0};
    dsc_status status = data_list_columns(q->ctx, q->t, &have);
    if (status == DSC_OK)
        status = dsc_fail(q->ctx, DSC_INPUT,
                          "%s: the model reads \"%s\", but there is no column \"%s\". Columns "
                          "there are: %s. Say which one it is: --map %s=COLUMN",
                          q->t->path, q->name, column, have.s, column);
    dsc_text_free(q->ctx, &have);
    return status;
}

static dsc_status fail_texts(const request *q, const dsc_column *c)
{
    enum { SHOWN = 8 };
    dsc_text codes = {0};
    for (int i = 0; i < c->n_labels && i < SHOWN; i++)
        dsc_text_add(q->ctx, &codes, "%s%s=%d", i ? "," : "", c->label[i], i);
    dsc_status status = codes.status;
    if (status == DSC_OK)
        status = dsc_fail(q->ctx, DSC_INPUT,
                          "%s, column \"%s\": the model reads numbers here, and these are texts; "
                          "say which number each one is, as in --map %s=%s:%s%s",
                          q->t->path, c->name, c->name, c->name, codes.s,
                          c->n_labels > SHOWN ? ",..." : "");
    dsc_text_free(q->ctx, &codes);
    return status;
}

// Codes of texts follow the order in which a table shows them, so another table's would mean
// something else. Those of choices are sorted.
static dsc_status check_numeric(const request *q, const dsc_column *c)
{
    const bool texts = c->label && c != dsc_table_column(q->t, "choice");
    return texts ? fail_texts(q, c) : DSC_OK;
}

static dsc_status find_column(const request *q, const char *name, const double **value)
{
    const dsc_column *column = dsc_table_column(q->t, name);
    if (!column) return fail_missing(q, name);
    *value = column->value;
    return check_numeric(q, column);
}

// The column, or what the next trial says of it. Of a session's last trial nothing is then known,
// and nothing is learnt from it.
static dsc_status find_outcome(const request *q, const char *name, data_reading *r)
{
    const dsc_column *column = dsc_table_outcome(q->t, name);
    if (!column) return fail_missing(q, name);
    r->value = column->value;
    r->unknown = data_is_outcome(q->t, column);
    return check_numeric(q, column);
}

static dsc_status read_label(const request *q, data_reading *r)
{
    r->padding = 0;
    return find_column(q, "choice", &r->value);
}

static dsc_status read_current_choice(const request *q, data_reading *r)
{
    r->missing = r->padding = -1;
    return find_column(q, "choice", &r->value);
}

// Without blocks the whole session is one.
static dsc_status read_block_start(const request *q, data_reading *r)
{
    *r = (data_reading){.value = q->derived->starts};
    return DSC_OK;
}

static dsc_status read_agent_block_start(const request *q, data_reading *r)
{
    *r = (data_reading){.value = q->derived->starts, .back = 1};
    return DSC_OK;
}

static dsc_status read_agent_trial(const request *q, data_reading *r)
{
    (void)q;
    *r = (data_reading){.back = 1, .present = 1};
    return DSC_OK;
}

static dsc_status read_in_session(const request *q, data_reading *r)
{
    (void)q;
    *r = (data_reading){.present = 1, .ends = true};
    return DSC_OK;
}

data_reading data_reading_presence(const double *derived)
{
    return (data_reading){
        .value = derived, .flag = true, .present = 1, .counts = true, .ends = true};
}

static dsc_status read_presence(const request *q, const double *derived, data_reading *r)
{
    if (!derived) return fail_missing(q, "choice");
    *r = data_reading_presence(derived);
    return DSC_OK;
}

static dsc_status read_weight(const request *q, data_reading *r)
{
    return read_presence(q, q->derived->shown, r);
}

static dsc_status read_penalty_weight(const request *q, data_reading *r)
{
    if (q->o->penalty_trials == DSC_PENALTY_VALID) return read_presence(q, q->derived->valid, r);
    const double padding = q->o->penalty_trials == DSC_PENALTY_PADDED;
    *r = (data_reading){.present = 1, .padding = padding, .counts = true, .ends = true};
    return DSC_OK;
}

// The column prev_X of the table; else X one trial back.
static dsc_status read_previous(const request *q, data_reading *r)
{
    const dsc_column *own = dsc_table_column(q->t, q->name);
    r->back = own == NULL;
    r->assumed = true;
    if (!own) return find_column(q, q->rest, &r->value);
    r->value = own->value;
    return check_numeric(q, own);
}

// What a simulated agent sees: nothing yet (-1 for the choice) before its first trial.
static dsc_status read_agent(const request *q, data_reading *r)
{
    r->back = 1;
    r->first = r->missing = strcmp(q->rest, "choice") == 0 ? -1 : 0;
    return find_outcome(q, q->rest, r);
}

// The number after the prefix; -1: it is none.
static long number_of(const request *q)
{
    char *end;
    const long n = strtol(q->rest, &end, 10);
    return end != q->rest && *end == 0 && n >= 0 ? n : -1;
}

static dsc_status find_target(const request *q, const double **value)
{
    const long n = number_of(q);
    DSC_REQUIRE(q->ctx, n >= 0 && n < q->o->n_targets, DSC_INPUT,
                "the model reads \"%s\", but %d target columns were given: data.targets=COLUMN,...",
                q->name, q->o->n_targets);
    *value = q->derived->target[n];
    return DSC_OK;
}

static dsc_status read_target(const request *q, data_reading *r)
{
    r->padding = 0;
    return find_target(q, &r->value);
}

static dsc_status read_target_weight(const request *q, data_reading *r)
{
    const double *value;
    DSC_TRY(find_target(q, &value));
    return read_presence(q, value, r);
}

// Of a column that the model predicts; a missing one stays missing, so that it is not scored.
static dsc_status read_observed(const request *q, data_reading *r)
{
    r->missing = NAN;
    return find_column(q, q->rest, &r->value);
}

static dsc_status read_any(const request *q, data_reading *r)
{
    r->needed = r->assumed = true;
    return find_outcome(q, q->name, r);
}

// Whether an option is allowed; without the column, and on padding, it is. Without a number the
// name is a column's own.
static dsc_status read_valid_action(const request *q, data_reading *r)
{
    const long n = number_of(q);
    if (n < 0) return read_any(q, r);
    *r = (data_reading){.missing = 1, .padding = 1, .present = 1};
    return n < q->o->n_valid ? find_column(q, q->o->valid[n], &r->value) : DSC_OK;
}

typedef dsc_status read_fn(const request *q, data_reading *r);
typedef struct meaning {
    const char *name;
    bool prefix;
    read_fn *read;
} meaning;

static const meaning meanings[] = {
    {"label", false, read_label},
    {"current_choice", false, read_current_choice},
    {"block_start", false, read_block_start},
    {"agent_block_start", false, read_agent_block_start},
    {"agent_trial", false, read_agent_trial},
    {"in_session", false, read_in_session},
    {"weight", false, read_weight},
    {"penalty_weight", false, read_penalty_weight},
    {"target_weight_", true, read_target_weight},
    {"target_", true, read_target},
    {"valid_action_", true, read_valid_action},
    {"prev_", true, read_previous},
    {"agent_", true, read_agent},
    {"observed_", true, read_observed},
    {"", true, read_any},
};

static bool means(const meaning *m, const char *name)
{
    return m->prefix ? strncmp(name, m->name, strlen(m->name)) == 0 : strcmp(name, m->name) == 0;
}

dsc_status data_reading_find(dsc_context *ctx, const dsc_table *t, const dsc_pack_options *o,
                             const data_derived *derived, const char *name, data_reading *r)
{
    const meaning *m = meanings;
    while (!means(m, name)) m++;
    const request q = {ctx, t, o, derived, name, name + strlen(m->name)};
    *r = (data_reading){.padding = o->penalty_trials == DSC_PENALTY_PADDED ? -1 : 0};
    return m->read(&q, r);
}
