// SPDX-License-Identifier: Apache-2.0
// progress.c — how far a job is: on a terminal a bar that is redrawn at most ten times a second,
// otherwise plain lines, at most one a second.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/private.h"

enum { BAR = 24, LINE = 512 };

struct dsc_progress {
    dsc_context *ctx;
    FILE *out;
    char what[64], unit[32], detail[128];
    double total, done;
    double begun, last_shown;         // seconds
    double first_done, first_seconds; // where speed is counted from: a resumed job starts late
    bool terminal, colour, moved;
};

dsc_status dsc_progress_start(dsc_context *ctx, FILE *out, const char *what, double total,
                              const char *unit, dsc_progress **p)
{
    dsc_progress *made;
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *made, &made));
    made->ctx = ctx;
    made->out = out;
    made->total = total;
    snprintf(made->what, sizeof made->what, "%s", what);
    snprintf(made->unit, sizeof made->unit, "%s", unit);
    made->begun = made->last_shown = dsc_seconds();
    made->terminal = out && isatty(fileno(out));
    const char *no_colour = getenv("NO_COLOR");
    made->colour = made->terminal && !(no_colour && *no_colour);
    *p = made;
    return DSC_OK;
}

// 45 s, 12:05, 3:12:05
static void format_time(double seconds, char out[32])
{
    const long s = seconds < 1e9 ? lround(seconds) : 1000000000L;
    if (s < 60) snprintf(out, 32, "%ld s", s);
    else if (s < 3600) snprintf(out, 32, "%ld:%02ld", s / 60, s % 60);
    else snprintf(out, 32, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
}

// Three digits are enough for a speed; large ones keep all digits before the point.
static void format_speed(double speed, char out[32])
{
    snprintf(out, 32, speed >= 100 ? "%.0f" : "%.3g", speed);
}

static double fraction_of(const dsc_progress *p)
{
    const double f = p->total > 0 ? p->done / p->total : 0;
    return f < 0 ? 0 : f > 1 ? 1 : f;
}

// Adds to a line of LINE bytes what fits.
__attribute__((format(printf, 2, 3))) static void add(char *line, const char *format, ...)
{
    const size_t used = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + used, LINE - used, format, arguments);
    va_end(arguments);
}

static void add_pace(char *line, const dsc_progress *p, double now)
{
    char text[32];
    const double speed = (p->done - p->first_done) / (now - p->first_seconds);
    if (!(speed > 0) || !isfinite(speed)) return;
    format_speed(speed, text);
    add(line, ", %s %s/s", text, p->unit);
    if (p->done >= p->total) return;
    format_time((p->total - p->done) / speed, text);
    add(line, ", %s left", text);
}

static void add_figures(char *line, const dsc_progress *p, double now, bool ended)
{
    char text[32];
    add(line, "%.0f of %.0f %s (%.0f%%)", p->done, p->total, p->unit, floor(100 * fraction_of(p)));
    if (p->moved) add_pace(line, p, now);
    if (ended) {
        format_time(now - p->begun, text);
        add(line, ", took %s", text);
    }
    if (p->detail[0]) add(line, ", %s", p->detail);
}

static int columns_of(FILE *out)
{
    struct winsize size = {0};
    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

// The text is cut to the width so that it never wraps: a wrapped line cannot be redrawn.
static void draw_bar(const dsc_progress *p, const char *figures)
{
    char bar[BAR + 1];
    const int full = (int)(BAR * fraction_of(p));
    for (int i = 0; i < BAR; i++) bar[i] = i < full ? '=' : ' ';
    bar[BAR] = 0;
    if (full > 0 && full < BAR) bar[full - 1] = '>';
    const int room = columns_of(p->out) - 1 - BAR - 4 - (int)strlen(p->what);
    fprintf(p->out, "\r%s%s%s [%s] %.*s\033[K", p->colour ? "\033[1m" : "", p->what,
            p->colour ? "\033[0m" : "", bar, room > 0 ? room : 0, figures);
}

static void show(dsc_progress *p, double now, bool ended)
{
    char figures[LINE] = "";
    add_figures(figures, p, now, ended);
    if (p->terminal) draw_bar(p, figures);
    else fprintf(p->out, "%s: %s\n", p->what, figures);
    fflush(p->out);
    p->last_shown = now;
}

void dsc_progress_update(dsc_progress *p, double done, const char *detail)
{
    if (!p || !p->out) return;
    const double now = dsc_seconds();
    if (!p->moved) {
        p->first_done = done;
        p->first_seconds = now;
        p->moved = true;
    }
    p->done = done;
    snprintf(p->detail, sizeof p->detail, "%s", detail ? detail : "");
    if (now - p->last_shown >= (p->terminal ? 0.1 : 1.0)) show(p, now, false);
}

void dsc_progress_end(dsc_progress **p)
{
    if (!p || !*p) return;
    dsc_context *ctx = (*p)->ctx;
    if ((*p)->out) {
        show(*p, dsc_seconds(), true);
        if ((*p)->terminal) fputc('\n', (*p)->out);
        fflush((*p)->out);
    }
    dsc_free(ctx, p);
}
