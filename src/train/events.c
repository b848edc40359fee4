// SPDX-License-Identifier: Apache-2.0
// events.c — scalars for TensorBoard: one file events.out.tfevents.SECONDS.HOST.PID.K of protocol
// buffers (tensorboard.proto) in TFRecord framing (record_file.c).
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tensorboard.pb-c.h"
#include "train/internal.h"
#include "train/record_file.h"

struct events {
    dsc_context *ctx;
    FILE *stream;
    char path[PATH_BYTES];
};

static double wall_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static dsc_status write_event(events *e, const Discern__ScalarEvent *event)
{
    uint8_t *bytes = NULL;
    const size_t n = discern__scalar_event__get_packed_size(event);
    DSC_TRY(dsc_alloc(e->ctx, n + 1, 1, &bytes));
    discern__scalar_event__pack(event, bytes);
    const bool written = record_write(e->stream, bytes, n);
    dsc_free(e->ctx, &bytes);
    DSC_REQUIRE(e->ctx, written, DSC_IO, "%s: could not be written; is the disk full?", e->path);
    return DSC_OK;
}

static Discern__ScalarEvent event_at(int64_t step)
{
    Discern__ScalarEvent event = DISCERN__SCALAR_EVENT__INIT;
    event.wall_time = wall_time();
    event.step = step;
    return event;
}

static dsc_status write_version(events *e)
{
    char version[] = "brain.Event:2";
    Discern__ScalarEvent event = event_at(0);
    event.what_case = DISCERN__SCALAR_EVENT__WHAT_FILE_VERSION;
    event.file_version = version;
    return write_event(e, &event);
}

// Readers then drop what older files of the folder say about this step and later ones.
static dsc_status write_restart(events *e, int64_t step)
{
    Discern__SessionMark mark = DISCERN__SESSION_MARK__INIT;
    Discern__ScalarEvent event = event_at(step);
    mark.status = 1;
    event.what_case = DISCERN__SCALAR_EVENT__WHAT_SESSION;
    event.session = &mark;
    return write_event(e, &event);
}

// Host names may hold anything; a file name should not.
static void short_host(char *host, size_t size)
{
    if (gethostname(host, size) != 0) strcpy(host, "host");
    host[size - 1] = 0;
    for (char *s = host; *s; s++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", *s))
            *s = '_';
    if (!*host) strcpy(host, "host");
}

// A name that is not taken, so that a second start within a second gets a file of its own.
static dsc_status choose_path(events *e, const char *folder)
{
    char host[64], name[160];
    short_host(host, sizeof host);
    for (int k = 0;; k++) {
        snprintf(name, sizeof name, "events.out.tfevents.%010lld.%s.%ld.%d", (long long)time(NULL),
                 host, (long)getpid(), k);
        DSC_TRY(dsc_join_path(e->ctx, e->path, sizeof e->path, folder, name));
        if (!dsc_exists(e->path)) return DSC_OK;
    }
}

static dsc_status open_file(events *e, const char *folder, int64_t start_step)
{
    DSC_TRY(choose_path(e, folder));
    e->stream = fopen(e->path, "wbx");
    DSC_REQUIRE(e->ctx, e->stream, DSC_IO,
                "%s: could not be created; check that the folder can be written", e->path);
    DSC_TRY(write_version(e));
    if (start_step > 0) DSC_TRY(write_restart(e, start_step));
    return events_flush(e);
}

dsc_status events_open(dsc_context *ctx, const char *folder, int64_t start_step, events **e)
{
    events *made = NULL;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    made->ctx = ctx;
    const dsc_status status = open_file(made, folder, start_step);
    if (status == DSC_OK) *e = made;
    else events_close(&made);
    return status;
}

dsc_status events_scalar(events *e, int64_t step, const char *tag, double value)
{
    Discern__ScalarValue scalar = DISCERN__SCALAR_VALUE__INIT;
    Discern__ScalarValue *values[] = {&scalar};
    Discern__ScalarSummary summary = DISCERN__SCALAR_SUMMARY__INIT;
    Discern__ScalarEvent event = event_at(step);
    scalar.tag = (char *)(uintptr_t)tag; // only read
    scalar.simple_value = (float)value;
    summary.n_value = 1;
    summary.value = values;
    event.what_case = DISCERN__SCALAR_EVENT__WHAT_SUMMARY;
    event.summary = &summary;
    return write_event(e, &event);
}

dsc_status events_flush(events *e)
{
    DSC_REQUIRE(e->ctx, fflush(e->stream) == 0, DSC_IO,
                "%s: could not be written; is the disk full?", e->path);
    return DSC_OK;
}

void events_close(events **e)
{
    if (!e || !*e) return;
    if ((*e)->stream) fclose((*e)->stream);
    dsc_context *ctx = (*e)->ctx;
    dsc_free(ctx, e);
}
