// SPDX-License-Identifier: Apache-2.0
// messages.c — sentences for the user on stderr: errors, warnings, notes. Color only on a terminal
// and only if NO_COLOR is not set.
#include <string.h>

#include "cli/cli.h"

static void say(const cli *c, const char *color, const char *kind, const char *sentence)
{
    const char *on = c->color ? color : "", *off = c->color ? "\033[0m" : "";
    fprintf(stderr, "%sdiscern: %s%s%s\n", on, kind, off, sentence);
}

// What was said (a table is read several times) is not said again.
static bool is_repeated(cli *c, const char *sentence)
{
    uint64_t hash = 14695981039346656037u; // FNV-1a
    for (const char *s = sentence; *s; s++) hash = (hash ^ (unsigned char)*s) * 1099511628211u;
    for (int i = 0; i < CLI_MOST_SAID && i < c->n_said; i++)
        if (c->said[i] == hash) return true;
    c->said[c->n_said++ % CLI_MOST_SAID] = hash;
    return false;
}

void cli_say_note(void *user, dsc_note_kind kind, const char *sentence)
{
    cli *c = user;
    if (is_repeated(c, sentence)) return;
    if (kind == DSC_WARNING) {
        dsc_text_add(c->ctx, &c->warned, "%s\n", sentence);
        say(c, "\033[33m", "warning: ", sentence);
    } else if (!c->quiet && !c->mute) say(c, "\033[2m", "note: ", sentence);
}

static bool has_line(const char *text, const char *line, size_t n)
{
    for (const char *at = text; (at = strstr(at, line)); at += n)
        if (at == text || at[-1] == '\n') return true;
    return false;
}

// The file's lines, then those of the warnings that are not among them; a line ends with its
// newline, so that none is taken for the start of another.
static dsc_status add_new_lines(cli *c, const char *before, dsc_text *all)
{
    char line[4096];
    dsc_text_add(c->ctx, all, "%s", before);
    for (const char *at = c->warned.s; at && *at;) {
        const size_t n = strcspn(at, "\n") + 1;
        snprintf(line, sizeof line, "%.*s", (int)n, at);
        if (!has_line(before, line, strlen(line))) dsc_text_add(c->ctx, all, "%s", line);
        at += n;
    }
    return all->status;
}

dsc_status cli_keep_warnings(cli *c, const char *folder)
{
    char path[4096], *before = NULL;
    size_t n = 0;
    dsc_text all = {0};
    dsc_status status = c->warned.status;
    DSC_TRY(dsc_join_path(c->ctx, path, sizeof path, folder, "warnings.txt"));
    if (!c->resume && !c->extend.given) DSC_TRY(dsc_remove(c->ctx, path));
    if (c->warned.length == 0) return status;
    if (status == DSC_OK && dsc_exists(path)) status = dsc_read_file(c->ctx, path, &before, &n);
    if (status == DSC_OK) status = add_new_lines(c, before ? before : "", &all);
    if (status == DSC_OK) status = dsc_write_file(c->ctx, path, all.s, all.length);
    dsc_text_free(c->ctx, &all);
    dsc_free(c->ctx, &before);
    return status;
}

void cli_say_error(const cli *c, const char *sentence)
{
    say(c, "\033[1;31m", "", sentence);
}

dsc_status cli_usage(cli *c, const char *format, ...)
{
    char sentence[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return dsc_fail(c->ctx, DSC_USAGE, "%s (see discern%s%s --help)", sentence, c->verb ? " " : "",
                    c->verb ? c->verb->name : "");
}
