// SPDX-License-Identifier: Apache-2.0
// findings.c — what an audit doubts: a table of checks, each of which counts what it looks for and
// says what to do about it. The reader has refused by then what is no table of trials at all.
#include "data/findings.h"

#include <math.h>
#include <string.h>
#include <strings.h>

typedef struct finder {
    dsc_context *ctx;
    const dsc_table *t;
    data_findings *out;
    data_finding found; // by the check at work
} finder;

const char *data_severity_name(data_severity s)
{
    static const char *const names[] = {"unusable", "warning", "remark"};
    return names[s];
}

static void hit(finder *f, size_t row)
{
    data_finding *d = &f->found;
    d->n++;
    if (d->n_places < DATA_FIRST_PLACES) d->place[d->n_places++] = row;
}

// Keeps what was found, if anything was.
static dsc_status __attribute__((format(printf, 5, 6)))
keep(finder *f, data_severity severity, const char *kind, const char *remedy, const char *format,
     ...)
{
    char sentence[1024];
    va_list arguments;
    data_finding *d;
    if (f->found.n == 0) return DSC_OK;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    const size_t n = (size_t)f->out->n;
    DSC_TRY(dsc_grow(f->ctx, n, n + 1, sizeof *f->out->item, &f->out->item));
    d = &f->out->item[n];
    *d = f->found;
    d->severity = severity, d->kind = kind;
    DSC_TRY(dsc_arena_strdup(f->out->arena, sentence, &d->sentence));
    DSC_TRY(dsc_arena_strdup(f->out->arena, remedy, &d->remedy));
    f->out->n++;
    return DSC_OK;
}

// The first row with a value; n_trials if there is none.
static size_t first_value(const dsc_table *t, const dsc_column *c)
{
    size_t i = 0;
    while (i < t->n_trials && isnan(c->value[i])) i++;
    return i;
}

static bool is_constant(const dsc_table *t, const dsc_column *c)
{
    const size_t first = first_value(t, c);
    for (size_t i = first + 1; i < t->n_trials; i++)
        if (!isnan(c->value[i]) && c->value[i] != c->value[first]) return false;
    return true;
}

// ---- choices ------------------------------------------------------------------------------------

static dsc_status find_no_choice(finder *f)
{
    const dsc_column *c = dsc_table_column(f->t, "choice");
    if (!c) {
        hit(f, 0);
        return keep(f, DATA_WARNING, "no_choice", "Name the column of choices: --map choice=COLUMN",
                    "no column is the choice, so that only losses of targets (mse) can be fitted");
    }
    if (first_value(f->t, c) == f->t->n_trials) hit(f, 0);
    return keep(f, DATA_UNUSABLE, "no_choice", "Name the column of choices: --map choice=COLUMN",
                "all choices are missing");
}

static dsc_status find_one_option(finder *f)
{
    const dsc_column *c = dsc_table_column(f->t, "choice");
    const size_t first = c ? first_value(f->t, c) : f->t->n_trials;
    if (first == f->t->n_trials || !is_constant(f->t, c)) return DSC_OK;
    hit(f, first);
    return keep(f, DATA_WARNING, "one_option",
                "Name the column in which choices differ: --map choice=COLUMN",
                "every choice is the same, %g, so that there is nothing to explain",
                c->value[first]);
}

// One decision per session, after all that led to it, is a design and no loss.
static dsc_status find_late_choices(finder *f)
{
    for (int s = 0; s < f->t->n_sessions; s++) {
        const dsc_session *k = &f->t->session[s];
        hit(f, k->first + (size_t)k->n_trials - 1);
    }
    f->found.n_places = 0;
    return keep(
        f, DATA_REMARK, "choices_at_the_end", "Nothing to do",
        "each of the %zu sessions has one choice, on its last row; the rows before are what "
        "led to it",
        f->found.n);
}

static dsc_status find_missing_choices(finder *f)
{
    const dsc_column *c = dsc_table_column(f->t, "choice");
    if (dsc_table_ends_in_choices(f->t)) return find_late_choices(f);
    for (size_t i = 0; c && i < f->t->n_trials; i++)
        if (isnan(c->value[i])) hit(f, i);
    return keep(f, DATA_REMARK, "missing_choices",
                "They count for nothing, and the session goes on; if they are choices, give their "
                "values codes: --map choice=SOURCE:VALUE=CODE,...",
                "%zu of %zu choices are missing", f->found.n, f->t->n_trials);
}

static dsc_status find_instructed(finder *f)
{
    const dsc_column *c = dsc_table_column(f->t, "instructed");
    for (size_t i = 0; c && i < f->t->n_trials; i++)
        if (data_is_instructed(c->value, i)) hit(f, i);
    return keep(f, DATA_REMARK, "instructed",
                "They are learnt from and not scored; leave the column out to score them: --map "
                "instructed=",
                "%zu of %zu trials are instructed", f->found.n, f->t->n_trials);
}

static dsc_status find_missing_rewards(finder *f)
{
    const dsc_column *c = dsc_table_column(f->t, "reward"),
                     *choice = dsc_table_column(f->t, "choice");
    for (size_t i = 0; c && choice && i < f->t->n_trials; i++)
        if (isnan(c->value[i]) && !isnan(choice->value[i])) hit(f, i);
    return keep(f, DATA_WARNING, "missing_rewards",
                "Networks read them as 0 and classical models refuse them; if they mean no reward, "
                "write 0",
                "%zu trials have a choice and no reward", f->found.n);
}

// ---- impossible values --------------------------------------------------------------------------

static bool is_reward(const dsc_column *c)
{
    return strcmp(c->name, "reward") == 0 || strcmp(c->name, "prev_reward") == 0;
}

static dsc_status find_infinite(finder *f)
{
    for (int k = 0; k < f->t->n_columns; k++) {
        const dsc_column *c = &f->t->column[k];
        f->found = (data_finding){0};
        for (size_t i = 0; i < f->t->n_trials; i++)
            if (isinf(c->value[i])) hit(f, i);
        DSC_TRY(keep(f, is_reward(c) ? DATA_UNUSABLE : DATA_WARNING, "not_finite",
                     "Correct them, or say that they mean missing: --missing inf,-inf",
                     "%zu values of column \"%s\" are infinite", f->found.n, c->source));
    }
    return DSC_OK;
}

static bool is_reaction_time(const char *name)
{
    static const char *const names[] = {
        "rt", "reaction_time", "reactiontime", "response_time", "responsetime", "latency"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0) return true;
    return false;
}

static dsc_status find_negative_times(finder *f)
{
    for (int k = 0; k < f->t->n_columns; k++) {
        const dsc_column *c = &f->t->column[k];
        f->found = (data_finding){0};
        if (!is_reaction_time(c->name) || c->label) continue;
        for (size_t i = 0; i < f->t->n_trials; i++)
            if (c->value[i] < 0) hit(f, i);
        DSC_TRY(keep(f, DATA_WARNING, "negative_times",
                     "Correct them, or leave these trials' choices empty",
                     "%zu values of column \"%s\" are negative times", f->found.n, c->source));
    }
    return DSC_OK;
}

static dsc_status find_constant_columns(finder *f)
{
    dsc_text names = {0};
    for (int k = 0; k < f->t->n_columns && f->t->n_trials > 1; k++) {
        const dsc_column *c = &f->t->column[k];
        if (strcmp(c->name, "choice") == 0 || !is_constant(f->t, c)) continue;
        dsc_text_add(f->ctx, &names, "%s\"%s\"", names.length ? ", " : "", c->source);
        hit(f, 0);
    }
    f->found.n_places = 0; // columns, not trials
    const dsc_status status =
        names.status != DSC_OK ? names.status
                               : keep(f, DATA_REMARK, "constant_columns",
                                      "Nothing to do, unless a value should be there that is not",
                                      "%zu column%s one value throughout: %s", f->found.n,
                                      f->found.n == 1 ? " has" : "s have", names.s ? names.s : "");
    dsc_text_free(f->ctx, &names);
    return status;
}

// ---- sessions -----------------------------------------------------------------------------------

static dsc_status find_short_sessions(finder *f)
{
    for (int s = 0; s < f->t->n_sessions; s++)
        if (f->t->session[s].n_trials == 1) hit(f, f->t->session[s].first);
    return keep(f, DATA_WARNING, "one_trial_sessions",
                "If the column of sessions numbers trials: --map session=; if a label was "
                "mistyped, correct it",
                "%zu of %d sessions have one trial", f->found.n, f->t->n_sessions);
}

// Sessions of a label that are of different subjects; labels_of[s] numbers the label of session s.
static dsc_status number_labels(finder *f, data_dictionary *labels, int *label_of)
{
    for (int s = 0; s < f->t->n_sessions; s++)
        DSC_TRY(data_dictionary_number(f->ctx, labels, f->t->session[s].label, &label_of[s]));
    return DSC_OK;
}

// The next session has the label of this one, begins on the next row of the file, and its trial
// numbers go on.
static bool goes_on(const dsc_table *t, int s)
{
    const dsc_session *a = &t->session[s], *b = &t->session[s + 1];
    const size_t last = a->first + (size_t)a->n_trials - 1;
    return a->subject != b->subject && t->row[b->first] == t->row[last] + 1 &&
           (!t->trial_source || t->trial[b->first] > t->trial[last]);
}

static void mark_changes(finder *f, const int *label_of, int *n_sessions, size_t n_labels)
{
    size_t n_alone = 0;
    for (int s = 0; s < f->t->n_sessions; s++) n_sessions[label_of[s]]++;
    for (size_t k = 0; k < n_labels; k++) n_alone += n_sessions[k] == 1;
    if (2 * n_alone <= n_labels) return; // subjects number their own sessions
    for (int s = 0; s + 1 < f->t->n_sessions; s++)
        if (label_of[s] == label_of[s + 1] && goes_on(f->t, s)) hit(f, f->t->session[s + 1].first);
}

static dsc_status find_changes_of_subject(finder *f)
{
    data_dictionary labels = {0};
    int *label_of = NULL, *n_sessions = NULL;
    const size_t n = (size_t)f->t->n_sessions;
    dsc_status status = dsc_alloc(f->ctx, n, sizeof *label_of, &label_of);
    if (status == DSC_OK) status = dsc_alloc(f->ctx, n, sizeof *n_sessions, &n_sessions);
    if (status == DSC_OK) status = number_labels(f, &labels, label_of);
    if (status == DSC_OK) mark_changes(f, label_of, n_sessions, labels.n);
    data_dictionary_free(f->ctx, &labels);
    dsc_free(f->ctx, &label_of);
    dsc_free(f->ctx, &n_sessions);
    DSC_TRY(status);
    return keep(f, DATA_WARNING, "subject_changes",
                "Two sessions were made of each; correct the subject, or name the column that "
                "does not change: --map subject=COLUMN",
                "%zu times the subject changes within a session", f->found.n);
}

// Rows of a session that stand behind those of another one.
static dsc_status find_scattered(finder *f)
{
    size_t *order = NULL;
    int *session = NULL;
    bool *seen = NULL;
    DSC_TRY(data_input_order(f->ctx, f->t, &order, &session));
    dsc_status status = dsc_alloc(f->ctx, (size_t)f->t->n_sessions, sizeof *seen, &seen);
    for (size_t i = 0; status == DSC_OK && i < f->t->n_trials; i++) {
        if (seen[session[i]] && session[i] != session[i - 1]) hit(f, order[i]);
        seen[session[i]] = true;
    }
    dsc_free(f->ctx, &seen);
    dsc_free(f->ctx, &session);
    dsc_free(f->ctx, &order);
    DSC_TRY(status);
    return keep(f, DATA_WARNING, "scattered_sessions",
                "They were joined; if they are different sessions, name the column that tells "
                "them apart: --map session=COLUMN or --map subject=COLUMN",
                "%zu times rows of a session go on after those of another", f->found.n);
}

// ---- trial numbers ------------------------------------------------------------------------------

typedef bool pair_fn(const dsc_table *t, size_t row); // of neighbours in a session, row and row - 1

static void hit_pairs(finder *f, pair_fn *odd)
{
    const dsc_table *t = f->t;
    for (int s = 0; s < t->n_sessions; s++)
        for (int i = 1; i < t->session[s].n_trials; i++)
            if (odd(t, t->session[s].first + (size_t)i)) hit(f, t->session[s].first + (size_t)i);
}

static bool is_sorted_back(const dsc_table *t, size_t row)
{
    return t->row[row] < t->row[row - 1];
}

static bool is_repeat(const dsc_table *t, size_t row)
{
    return t->trial[row] == t->trial[row - 1];
}

static bool is_gap(const dsc_table *t, size_t row)
{
    return t->trial[row] > t->trial[row - 1] + 1 && t->trial[row] == floor(t->trial[row]);
}

static bool is_same_row(const dsc_table *t, size_t row)
{
    for (int k = 0; k < t->n_columns; k++) {
        const double a = t->column[k].value[row], b = t->column[k].value[row - 1];
        if (a != b && !(isnan(a) && isnan(b))) return false;
    }
    return is_repeat(t, row);
}

static dsc_status find_disorder(finder *f)
{
    hit_pairs(f, is_sorted_back);
    return keep(f, DATA_WARNING, "out_of_order",
                "They were sorted by trial number; if the order of the file is right: --map trial=",
                "%zu trials stand behind a later one of their session", f->found.n);
}

static dsc_status find_repeats(finder *f)
{
    char remedy[512];
    const char *name = f->t->trial_source ? f->t->trial_source : "trial";
    finder same = *f;
    hit_pairs(f, is_repeat);
    hit_pairs(&same, is_same_row);
    snprintf(remedy, sizeof remedy,
             "If column \"%.60s\" numbers sessions: --map session=%.60s; if subjects or sessions "
             "share a label, name the column that tells them apart: --map subject=COLUMN; if the "
             "numbers mean nothing: --map trial=; if rows are doubled, remove them",
             name, name);
    return keep(f, DATA_WARNING, "duplicates", remedy,
                "%zu of %zu trials repeat the trial number before them, %zu of them in every value",
                f->found.n, f->t->n_trials, same.found.n);
}

static dsc_status find_gaps(finder *f)
{
    for (size_t i = 0; i < f->t->n_trials; i++)
        if (f->t->trial[i] != floor(f->t->trial[i])) return DSC_OK; // times, not numbers
    hit_pairs(f, is_gap);
    return keep(f, DATA_WARNING, "gaps",
                "Models read the trials around a gap as neighbours; where trials are missing, add "
                "them with an empty choice",
                "%zu times trial numbers are skipped within a session", f->found.n);
}

// ---- all checks ---------------------------------------------------------------------------------

// In the order of their severity when what they look for is there.
static dsc_status (*const checks[])(finder *) = {
    find_no_choice,      find_one_option,       find_infinite,           find_repeats,
    find_disorder,       find_scattered,        find_changes_of_subject, find_gaps,
    find_short_sessions, find_missing_rewards,  find_negative_times,     find_missing_choices,
    find_instructed,     find_constant_columns,
};

// Few: insertion keeps the order of the checks within a severity.
static void sort_findings(data_findings *f)
{
    for (int i = 1; i < f->n; i++) {
        const data_finding moved = f->item[i];
        int k = i;
        for (; k > 0 && f->item[k - 1].severity > moved.severity; k--) f->item[k] = f->item[k - 1];
        f->item[k] = moved;
    }
}

dsc_status data_find(dsc_context *ctx, const dsc_table *t, data_findings *out)
{
    finder f = {.ctx = ctx, .t = t, .out = out};
    DSC_TRY(dsc_arena_create(ctx, &out->arena));
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        f.found = (data_finding){0};
        DSC_TRY(checks[i](&f));
    }
    sort_findings(out);
    return DSC_OK;
}

void data_findings_free(dsc_context *ctx, data_findings *f)
{
    dsc_arena_destroy(&f->arena);
    dsc_free(ctx, &f->item);
    f->n = 0;
}
