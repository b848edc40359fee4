// SPDX-License-Identifier: Apache-2.0
// groups.c — subjects in groups: a column of the table that is constant within a subject.
#include <math.h>
#include <string.h>

#include "plot/internal.h"

// ---- a column per subject -----------------------------------------------------------------------

// Each subject's value (NaN: none); returns the first subject within whom it changes, else -1.
static int values_find(const dsc_table *t, const dsc_column *c, double *value)
{
    for (int i = 0; i < t->n_subjects; i++) value[i] = NAN;
    for (int s = 0; s < t->n_sessions; s++) {
        const dsc_session *it = &t->session[s];
        double *own = &value[it->subject];
        for (size_t i = it->first; i < it->first + (size_t)it->n_trials; i++) {
            if (isnan(c->value[i])) continue;
            if (isnan(*own)) *own = c->value[i];
            if (*own != c->value[i]) return it->subject;
        }
    }
    return -1;
}

// Distinct values in ascending order, at most `most`; returns how many, most + 1 for more.
static int distinct_values(int n, const double *value, int most, double *distinct)
{
    int found = 0;
    for (int i = 0; i < n; i++) {
        int k = found;
        if (isnan(value[i])) continue;
        while (k > 0 && distinct[k - 1] >= value[i]) k--;
        if (k < found && distinct[k] == value[i]) continue;
        if (found == most) return most + 1;
        for (int j = found++; j > k; j--) distinct[j] = distinct[j - 1];
        distinct[k] = value[i];
    }
    return found;
}

// ---- messages -----------------------------------------------------------------------------------

// The columns that could take the place, joined with ", ": constant within subjects, of at least
// two values and, if they are to make groups, at most PLOT_GROUPS.
static char *candidates_join(const dsc_table *t, bool groups, double *value, char *out, size_t size)
{
    size_t used = 0;
    double distinct[PLOT_GROUPS];
    snprintf(out, size, "no column could");
    for (int i = 0; i < t->n_columns && used < size; i++) {
        if (values_find(t, &t->column[i], value) >= 0) continue;
        const int n = distinct_values(t->n_subjects, value, PLOT_GROUPS, distinct);
        if (n < 2 || (groups && n > PLOT_GROUPS)) continue;
        used += (size_t)snprintf(out + used, size - used, "%s%s",
                                 used ? ", " : "these could: ", t->column[i].name);
    }
    return out;
}

static dsc_status unknown_fail(dsc_context *ctx, const dsc_table *t, const char *column,
                               bool groups, double *value)
{
    char list[512];
    candidates_join(t, groups, value, list, sizeof list);
    if (groups)
        return dsc_fail(ctx, DSC_INPUT, "%s has no column \"%s\" to group subjects by; %s", t->path,
                        column, list);
    return dsc_fail(ctx, DSC_INPUT, "%s has no column \"%s\" to colour subjects by; %s", t->path,
                    column, list);
}

static dsc_status changes_fail(dsc_context *ctx, const dsc_table *t, const char *column,
                               bool groups, double *value, int subject)
{
    char list[512];
    candidates_join(t, groups, value, list, sizeof list);
    return dsc_fail(
        ctx, DSC_INPUT,
        "%s, column \"%s\" changes within subject \"%s\", so it tells no subjects apart; "
        "%s",
        t->path, column, t->subject[subject], list);
}

dsc_status plot_subject_values(dsc_context *ctx, const dsc_table *t, const char *column,
                               bool groups, double *value)
{
    const dsc_column *c = dsc_table_column(t, column);
    if (!c) return unknown_fail(ctx, t, column, groups, value);
    const int changes = values_find(t, c, value);
    return changes < 0 ? DSC_OK : changes_fail(ctx, t, column, groups, value, changes);
}

// ---- groups -------------------------------------------------------------------------------------

static void label_write(const dsc_column *c, double value, char *out, size_t size)
{
    char number[32];
    const int code = (int)value;
    const bool text = c->n_labels > 0 && code >= 0 && code < c->n_labels;
    snprintf(out, size, "%s", text ? c->label[code] : dsc_format_number(value, number));
}

static dsc_status groups_fill(dsc_context *ctx, const dsc_table *t, const char *name, double *value,
                              plot_groups *g)
{
    double distinct[PLOT_GROUPS];
    DSC_TRY(plot_subject_values(ctx, t, name, true, value));
    const dsc_column *c = dsc_table_column(t, name);
    const int n = distinct_values(t->n_subjects, value, PLOT_GROUPS, distinct);
    DSC_REQUIRE(ctx, n <= PLOT_GROUPS, DSC_INPUT,
                "%s, column \"%s\" has more than %d values, too many groups for a figure; take a "
                "column with fewer",
                t->path, name, PLOT_GROUPS);
    for (int k = 0; k < n; k++) label_write(c, distinct[k], g->label[k], sizeof g->label[k]);
    g->n = n;
    for (int i = 0; i < t->n_subjects; i++) {
        g->of[i] = 0;
        while (g->of[i] < n && distinct[g->of[i]] != value[i]) g->of[i]++;
        if (g->of[i] == n) g->n = n + 1;
    }
    if (g->n > n) snprintf(g->label[n], sizeof g->label[n], "none");
    return DSC_OK;
}

dsc_status plot_groups_read(dsc_context *ctx, const dsc_table *t, const char *column,
                            plot_groups *g)
{
    plot_groups made = {0};
    double *value = NULL;
    const size_t n = (size_t)t->n_subjects;
    dsc_status status = dsc_alloc(ctx, n + 1, sizeof *value, &value);
    if (status == DSC_OK) status = dsc_alloc(ctx, n + 1, sizeof *made.of, &made.of);
    if (status == DSC_OK) status = groups_fill(ctx, t, column, value, &made);
    dsc_free(ctx, &value);
    if (status == DSC_OK) *g = made;
    else plot_groups_free(ctx, &made);
    return status;
}

void plot_groups_free(dsc_context *ctx, plot_groups *g)
{
    dsc_free(ctx, &g->of);
}
