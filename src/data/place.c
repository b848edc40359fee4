// SPDX-License-Identifier: Apache-2.0
// place.c — where a trial of a table stands: its session, its line in the file, both in words.
#include "data/private.h"

size_t data_line_of(const dsc_table *t, size_t row)
{
    return t->line ? t->line[t->row[row]] : t->row[row] + 1;
}

const dsc_session *data_session_of(const dsc_table *t, size_t row)
{
    int low = 0, high = t->n_sessions - 1;
    while (low < high) {
        const int middle = low + (high - low + 1) / 2;
        if (t->session[middle].first <= row) low = middle;
        else high = middle - 1;
    }
    return &t->session[low];
}

char *dsc_table_place(const dsc_table *t, size_t row, char *out, size_t size)
{
    const dsc_session *s = data_session_of(t, row);
    char number[32];
    snprintf(out, size, "%s %zu, subject \"%s\", session \"%s\", trial %s",
             t->line ? "line" : "row", data_line_of(t, row), t->subject[s->subject], s->label,
             dsc_format_number(t->trial[row], number));
    return out;
}
