// SPDX-License-Identifier: Apache-2.0
// metrics.c — metrics.csv: one line per logged step; a cell is empty where nothing was measured.
// A resumed fit drops the lines after its checkpoint, then goes on.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "train/internal.h"

#define HEADER "step,phase,loss,nll_train,nll_heldout,penalty,grad_norm,lr,trials_per_s\n"

struct metrics {
    dsc_context *ctx;
    FILE *stream;
    char path[PATH_BYTES];
};

// ---- what is kept of an old file --------------------------------------------------------------

// True for a line (without its end) whose first cell is a step up to `last`.
static bool line_is_kept(const char *line, int64_t last)
{
    char *end;
    const long long step = strtoll(line, &end, 10);
    return end != line && *end == ',' && step <= last;
}

// The length of the header and of the complete lines up to step `last`.
static size_t kept_length(const char *text, int64_t last)
{
    const char *line = text + strlen(HEADER);
    for (const char *end; (end = strchr(line, '\n')) && line_is_kept(line, last);) line = end + 1;
    return (size_t)(line - text);
}

static dsc_status cut_after(metrics *m, int64_t last)
{
    char *text = NULL;
    size_t n;
    DSC_TRY(dsc_read_file(m->ctx, m->path, &text, &n));
    dsc_status status = DSC_OK;
    if (strncmp(text, HEADER, strlen(HEADER)) != 0)
        status = dsc_fail(
            m->ctx, DSC_INPUT,
            "%s: does not begin with \"%.*s\"; it is not the log of this fit. Move it away to "
            "resume",
            m->path, (int)strlen(HEADER) - 1, HEADER);
    else status = dsc_write_file(m->ctx, m->path, text, kept_length(text, last));
    dsc_free(m->ctx, &text);
    return status;
}

// ---- the file ---------------------------------------------------------------------------------

static dsc_status prepare(metrics *m, int64_t last_kept)
{
    if (last_kept < 0 || !dsc_exists(m->path))
        return dsc_write_file(m->ctx, m->path, HEADER, strlen(HEADER));
    return cut_after(m, last_kept);
}

dsc_status metrics_open(dsc_context *ctx, const char *path, int64_t last_kept, metrics **m)
{
    metrics *made = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    made->ctx = ctx;
    snprintf(made->path, sizeof made->path, "%s", path); // of dsc_join_path, which limits it
    dsc_status status = prepare(made, last_kept);
    if (status == DSC_OK && !(made->stream = fopen(path, "ab")))
        status = dsc_fail(
            ctx, DSC_IO,
            "%s: could not be opened for writing; check that the folder can be written", path);
    if (status == DSC_OK) *m = made;
    else metrics_close(&made);
    return status;
}

static dsc_status check_written(metrics *m, bool good)
{
    DSC_REQUIRE(m->ctx, good, DSC_IO, "%s: could not be written; is the disk full?", m->path);
    return DSC_OK;
}

// Whole lines reach the file at once, so that a reader, or a kill, seldom sees half of one.
dsc_status metrics_append(metrics *m, const metrics_row *row)
{
    const double cells[] = {row->loss,      row->nll_train, row->nll_heldout, row->penalty,
                            row->grad_norm, row->lr,        row->trials_per_s};
    fprintf(m->stream, "%lld,%s", (long long)row->step, row->phase);
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        fputc(',', m->stream);
        dsc_csv_write_number(m->stream, cells[i]);
    }
    fputc('\n', m->stream);
    return check_written(m, fflush(m->stream) == 0 && !ferror(m->stream));
}

dsc_status metrics_flush(metrics *m)
{
    return check_written(m, fflush(m->stream) == 0 && fsync(fileno(m->stream)) == 0);
}

void metrics_close(metrics **m)
{
    if (!m || !*m) return;
    if ((*m)->stream) fclose((*m)->stream);
    dsc_context *ctx = (*m)->ctx;
    dsc_free(ctx, m);
}
