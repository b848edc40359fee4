// SPDX-License-Identifier: Apache-2.0
// audit.c — what is in a table: counts, lengths, choices per option, columns, where they come from,
// and what to doubt (findings.c); for people or as JSON.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/findings.h"

typedef struct column_audit {
    size_t n_missing;
    double lowest, highest, sum; // of the values there are
} column_audit;

typedef struct option_audit {
    size_t n;
    double reward;     // sum
    size_t n_rewarded; // trials with a reward column value
} option_audit;

typedef struct audit {
    const dsc_table *t;
    int shortest, longest;
    double median;
    option_audit *option; // [n_actions]
    option_audit all;
    data_findings findings;
} audit;

static column_audit audit_column(const dsc_table *t, const dsc_column *c)
{
    column_audit a = {.lowest = INFINITY, .highest = -INFINITY};
    for (size_t i = 0; i < t->n_trials; i++) {
        const double value = c->value[i];
        if (isnan(value)) {
            a.n_missing++;
            continue;
        }
        if (value < a.lowest) a.lowest = value;
        if (value > a.highest) a.highest = value;
        a.sum += value;
    }
    return a;
}

static double column_mean(const dsc_table *t, const column_audit *a)
{
    return a->n_missing < t->n_trials ? a->sum / (double)(t->n_trials - a->n_missing) : NAN;
}

static int by_length(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static dsc_status audit_lengths(dsc_context *ctx, audit *a)
{
    const int n = a->t->n_sessions;
    int *length;
    DSC_TRY(dsc_alloc(ctx, (size_t)n, sizeof *length, &length));
    for (int s = 0; s < n; s++) length[s] = a->t->session[s].n_trials;
    qsort(length, (size_t)n, sizeof *length, by_length);
    a->shortest = length[0];
    a->longest = length[n - 1];
    a->median = ((double)length[n / 2] + length[(n - 1) / 2]) / 2;
    dsc_free(ctx, &length);
    return DSC_OK;
}

static void count_choice(option_audit *o, double reward)
{
    o->n++;
    if (isnan(reward)) return;
    o->reward += reward;
    o->n_rewarded++;
}

static dsc_status audit_options(dsc_context *ctx, audit *a)
{
    const dsc_column *choice = dsc_table_column(a->t, "choice");
    const dsc_column *reward = dsc_table_column(a->t, "reward");
    DSC_TRY(dsc_alloc(ctx, (size_t)a->t->n_actions, sizeof *a->option, &a->option));
    for (size_t i = 0; choice && i < a->t->n_trials; i++) {
        if (isnan(choice->value[i])) continue;
        count_choice(&a->option[(int)choice->value[i]], reward ? reward->value[i] : NAN);
        count_choice(&a->all, reward ? reward->value[i] : NAN);
    }
    return DSC_OK;
}

static double option_reward(const option_audit *o)
{
    return o->n_rewarded > 0 ? o->reward / (double)o->n_rewarded : NAN;
}

// ---- for people ---------------------------------------------------------------------------------

static void print_reward(const option_audit *o, char text[64])
{
    *text = 0;
    if (o->n_rewarded > 0) snprintf(text, 64, ", mean reward %.4g", option_reward(o));
}

static void print_options(dsc_context *ctx, const audit *a, dsc_text *out)
{
    const dsc_column *choice = dsc_table_column(a->t, "choice");
    char reward[64];
    for (int k = 0; k < a->t->n_actions; k++) {
        const option_audit *o = &a->option[k];
        const bool named = choice->label && k < choice->n_labels;
        print_reward(o, reward);
        dsc_text_add(ctx, out, "  choice %d%s%s%s: %zu (%.1f %%)%s\n", k, named ? " (" : "",
                     named ? choice->label[k] : "", named ? ")" : "", o->n,
                     a->all.n > 0 ? 100 * (double)o->n / (double)a->all.n : 0.0, reward);
    }
    print_reward(&a->all, reward);
    if (choice)
        dsc_text_add(ctx, out, "  together: %zu, missing %zu%s\n", a->all.n,
                     a->t->n_trials - a->all.n, reward);
}

static void print_source(dsc_context *ctx, const char *what, const char *source,
                         const char *otherwise, dsc_text *out)
{
    const char *quote = source ? "\"" : "";
    dsc_text_add(ctx, out, "%s = %s%s%s", what, quote, source ? source : otherwise, quote);
}

// Who, when and what; other columns are listed below with their names.
static void print_mapping(dsc_context *ctx, const dsc_table *t, dsc_text *out)
{
    static const char *const roles[] = {"choice", "reward", "prev_choice", "prev_reward"};
    dsc_text_add(ctx, out, "mapping: ");
    print_source(ctx, "subject", t->subject_source, "one", out);
    print_source(ctx, ", session", t->session_source, "one per subject", out);
    print_source(ctx, ", trial", t->trial_source, "the order of the rows", out);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        const dsc_column *c = dsc_table_column(t, roles[i]);
        if (!c) continue;
        dsc_text_add(ctx, out, ", ");
        print_source(ctx, roles[i], c->source, "", out);
    }
    dsc_text_add(ctx, out, "\n");
}

static void print_column(dsc_context *ctx, const dsc_table *t, const dsc_column *c, dsc_text *out)
{
    const column_audit a = audit_column(t, c);
    const bool renamed = strcmp(c->name, c->source) != 0;
    dsc_text_add(ctx, out, "  %s%s%s%s: ", c->name, renamed ? " = \"" : "",
                 renamed ? c->source : "", renamed ? "\"" : "");
    if (a.n_missing == t->n_trials) dsc_text_add(ctx, out, "all missing\n");
    else if (c->label)
        dsc_text_add(ctx, out, "%d different texts, %zu missing\n", c->n_labels, a.n_missing);
    else
        dsc_text_add(ctx, out, "%.6g ... %.6g, mean %.6g, %zu missing\n", a.lowest, a.highest,
                     column_mean(t, &a), a.n_missing);
}

static void print_finding(dsc_context *ctx, const dsc_table *t, const data_finding *d,
                          dsc_text *out)
{
    dsc_text_add(ctx, out, "  %s: %s", data_severity_name(d->severity), d->sentence);
    if (d->n_places > 0) {
        char place[DSC_PLACE_TEXT];
        dsc_text_add(ctx, out, " (first: %s)",
                     dsc_table_place(t, d->place[0], place, sizeof place));
    }
    dsc_text_add(ctx, out, ". %s\n", d->remedy);
}

static dsc_status print_audit(dsc_context *ctx, const audit *a, dsc_text *out)
{
    const dsc_table *t = a->t;
    dsc_text_add(ctx, out, "%s: %zu trials, %d session%s, %d subject%s\n", t->path, t->n_trials,
                 t->n_sessions, t->n_sessions == 1 ? "" : "s", t->n_subjects,
                 t->n_subjects == 1 ? "" : "s");
    print_mapping(ctx, t, out);
    dsc_text_add(ctx, out, "trials per session: %d ... %d, median %g\n", a->shortest, a->longest,
                 a->median);
    if (t->n_actions > 0) dsc_text_add(ctx, out, "options: %d\n", t->n_actions);
    print_options(ctx, a, out);
    dsc_text_add(ctx, out, "columns:\n");
    for (int c = 0; c < t->n_columns; c++) print_column(ctx, t, &t->column[c], out);
    dsc_text_add(ctx, out, "findings:%s\n", a->findings.n ? "" : " none");
    for (int i = 0; i < a->findings.n; i++) print_finding(ctx, t, &a->findings.item[i], out);
    return out->status;
}

// ---- for programs -------------------------------------------------------------------------------

static json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *json_text(const char *text)
{
    json_t *made = json_string(text);
    return made ? made : json_null(); // not UTF-8
}

static json_t *json_labels(const dsc_column *c)
{
    json_t *list = c->label ? json_array() : json_null();
    for (int i = 0; c->label && i < c->n_labels && i < DATA_MAX_ACTIONS; i++)
        json_array_append_new(list, json_text(c->label[i]));
    return list;
}

static json_t *json_column(const dsc_table *t, const dsc_column *c)
{
    const column_audit a = audit_column(t, c);
    return json_pack("{s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "name", json_text(c->name), "source",
                     json_text(c->source), "missing", (json_int_t)a.n_missing, "lowest",
                     json_number(a.lowest), "highest", json_number(a.highest), "mean",
                     json_number(column_mean(t, &a)), "labels", json_labels(c));
}

static json_t *json_option(const option_audit *o, int k)
{
    return json_pack("{s:i, s:I, s:o}", "choice", k, "n", (json_int_t)o->n, "mean_reward",
                     json_number(option_reward(o)));
}

static json_t *json_place(const dsc_table *t, size_t row)
{
    const dsc_session *s = data_session_of(t, row);
    return json_pack("{s:I, s:o, s:o, s:o}", t->line ? "line" : "row",
                     (json_int_t)data_line_of(t, row), "subject", json_text(t->subject[s->subject]),
                     "session", json_text(s->label), "trial", json_number(t->trial[row]));
}

static json_t *json_finding(const dsc_table *t, const data_finding *d)
{
    json_t *places = json_array();
    for (int i = 0; i < d->n_places; i++) json_array_append_new(places, json_place(t, d->place[i]));
    return json_pack("{s:s, s:s, s:I, s:o, s:o, s:o}", "severity", data_severity_name(d->severity),
                     "kind", d->kind, "n", (json_int_t)d->n, "sentence", json_text(d->sentence),
                     "remedy", json_text(d->remedy), "places", places);
}

static json_t *json_source(const char *name)
{
    return name ? json_text(name) : json_null();
}

static bool is_usable(const audit *a)
{
    return a->findings.n == 0 || a->findings.item[0].severity != DATA_UNUSABLE;
}

// Adds to an object what stands in lists.
static json_t *json_lists(const audit *a, json_t *root)
{
    const dsc_table *t = a->t;
    json_t *columns = json_array(), *options = json_array(), *findings = json_array();
    for (int k = 0; k < t->n_actions; k++)
        json_array_append_new(options, json_option(&a->option[k], k));
    for (int c = 0; c < t->n_columns; c++)
        json_array_append_new(columns, json_column(t, &t->column[c]));
    for (int i = 0; i < a->findings.n; i++)
        json_array_append_new(findings, json_finding(t, &a->findings.item[i]));
    json_object_set_new(root, "choices", options);
    json_object_set_new(root, "columns", columns);
    json_object_set_new(root, "findings", findings);
    return root;
}

static size_t count_found(const audit *a, const char *kind)
{
    for (int i = 0; i < a->findings.n; i++)
        if (strcmp(a->findings.item[i].kind, kind) == 0) return a->findings.item[i].n;
    return 0;
}

static json_t *json_audit(const audit *a)
{
    const dsc_table *t = a->t;
    json_t *root = json_pack(
        "{s:o, s:s, s:b, s:I, s:i, s:i, s:i, s:I, s:I, s:o, s:{s:i, s:i, s:f}, s:{s:o, s:o, s:o}}",
        "path", json_text(t->path), "hash", t->hash, "usable", is_usable(a), "n_trials",
        (json_int_t)t->n_trials, "n_sessions", t->n_sessions, "n_subjects", t->n_subjects,
        "n_actions", t->n_actions, "n_missing_choices", (json_int_t)(t->n_trials - a->all.n),
        "n_instructed", (json_int_t)count_found(a, "instructed"), "mean_reward",
        json_number(option_reward(&a->all)), "trials_per_session", "shortest", a->shortest,
        "longest", a->longest, "median", a->median, "mapping", "subject",
        json_source(t->subject_source), "session", json_source(t->session_source), "trial",
        json_source(t->trial_source));
    return root ? json_lists(a, root) : NULL;
}

static dsc_status dump_audit(dsc_context *ctx, const audit *a, dsc_text *out)
{
    json_t *root = json_audit(a);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    DSC_REQUIRE(ctx, text, DSC_MEMORY, "out of memory");
    const dsc_status status = dsc_text_add(ctx, out, "%s\n", text);
    free(text);
    return status;
}

static dsc_status audit_all(dsc_context *ctx, audit *a)
{
    DSC_TRY(audit_lengths(ctx, a));
    DSC_TRY(audit_options(ctx, a));
    return data_find(ctx, a->t, &a->findings);
}

dsc_status dsc_table_audit(dsc_context *ctx, const dsc_table *t, bool json, dsc_text *out,
                           bool *usable)
{
    audit a = {.t = t};
    dsc_status status = audit_all(ctx, &a);
    if (status == DSC_OK) status = json ? dump_audit(ctx, &a, out) : print_audit(ctx, &a, out);
    if (status == DSC_OK && usable) *usable = is_usable(&a);
    data_findings_free(ctx, &a.findings);
    dsc_free(ctx, &a.option);
    return status;
}
