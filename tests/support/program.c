// SPDX-License-Identifier: Apache-2.0
// program.c — see program.h. Every command runs in its own shell in the group's working folder.
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/program.h"
#include "support/record.h"

enum { PATH_BYTES = 4096, TEXT_BYTES = 1 << 18 };
static char home[PATH_BYTES], folder[PATH_BYTES], out[TEXT_BYTES], err[TEXT_BYTES];

const char *program_home(void)
{
    return home;
}

// The folder of the program goes to the front of the PATH, under the name discern.
static void put_first_in_path(void)
{
    static char path[3 * PATH_BYTES];
    char program[PATH_BYTES + 32];
    const char *given = getenv("DISCERN"), *old = getenv("PATH");
    if (given && *given == '/') snprintf(program, sizeof program, "%s", given);
    else snprintf(program, sizeof program, "%s/%s", home, given ? given : "build/discern");
    assert_int_equal(mkdir("bin", 0755), 0);
    assert_int_equal(symlink(program, "bin/discern"), 0);
    snprintf(path, sizeof path, "%s/bin:%s", folder, old ? old : "/usr/bin:/bin");
    setenv("PATH", path, 1);
}

int program_enter(void **state)
{
    char examples[PATH_BYTES + 32];
    (void)state;
    if (!getcwd(home, sizeof home)) return -1;
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/discern-XXXXXX", temporary ? temporary : "/tmp");
    if (!mkdtemp(folder) || chdir(folder) != 0) return -1;
    put_first_in_path();
    setenv("NO_COLOR", "1", 1);
    snprintf(examples, sizeof examples, "%s/examples", home);
    return symlink(examples, "examples");
}

int program_leave(void **state)
{
    char command[PATH_BYTES + 16];
    (void)state;
    if (chdir(home) != 0) return -1;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void read_into(const char *path, char *text)
{
    FILE *f = fopen(path, "r");
    const size_t n = f ? fread(text, 1, TEXT_BYTES - 1, f) : 0;
    text[n] = 0;
    if (f) fclose(f);
    unlink(path);
}

static void record_errors(char *text)
{
    char copy[TEXT_BYTES], *rest = copy;
    strcpy(copy, text);
    for (char *line; (line = strsep(&rest, "\n"));)
        if (strncmp(line, "discern: ", 9) == 0) record_sentence(line + 9);
}

static program_result run(const char *command)
{
    char line[2 * PATH_BYTES];
    snprintf(line, sizeof line, "{ %s\n} >.stdout 2>.stderr </dev/null", command);
    const int status = system(line);
    read_into(".stdout", out);
    read_into(".stderr", err);
    record_errors(err);
    return (program_result){WIFEXITED(status) ? WEXITSTATUS(status) : -1, out, err};
}

program_result program_run(const char *command, ...)
{
    char line[PATH_BYTES];
    va_list arguments;
    va_start(arguments, command);
    vsnprintf(line, sizeof line, command, arguments);
    va_end(arguments);
    return run(line);
}

program_result program_expect(int code, const char *command, ...)
{
    char line[PATH_BYTES];
    va_list arguments;
    va_start(arguments, command);
    vsnprintf(line, sizeof line, command, arguments);
    va_end(arguments);
    const program_result r = run(line);
    if (r.code != code)
        fail_msg("%s\nexit code %d, not %d\n%s%s", line, r.code, code, r.out, r.err);
    return r;
}

program_result program_while(const char *command, const char *run, const char *file, int lines,
                             const char *then)
{
    return program_run("%s%s & pid=$!; "
                       "until test $(cat %s/%s 2>/dev/null | wc -l) -gt %d || "
                       "! kill -0 $pid 2>/dev/null; do sleep 0.02; done; %s",
                       command, run, run, file, lines, then);
}

program_result program_stop(const char *command, const char *run, const char *file, int lines)
{
    program_result r = {0};
    for (int tries = 0; tries < 20 && r.code == 0; tries++) {
        program_expect(0, "rm -rf %s", run);
        r = program_while(command, run, file, lines, "kill -INT $pid; wait $pid");
    }
    assert_int_equal(r.code, 130);
    return r;
}

void program_write(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

char *program_read(const char *path)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = fopen(path, "r");
    if (!f) return NULL;
    if (getdelim(&text, &n, 0, f) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(f);
    return text;
}

bool program_has(const char *path)
{
    return access(path, F_OK) == 0;
}

void program_assert_holds(const char *text, const char *part, const char *file, int line)
{
    if (text && strstr(text, part)) return;
    print_error("%s:%d: \"%s\" is not in:\n%s\n", file, line, part, text ? text : "(nothing)");
    fail();
}

// ---- documents ---------------------------------------------------------------------------------

char *program_document(const char *name)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", program_home(), name);
    char *text = program_read(path);
    if (!text) fail_msg("%s is not there", path);
    return text;
}

// Whether the line that ends at `end` says so.
static bool is_not_run(const char *text, const char *end)
{
    const char *line = end;
    while (line > text && line[-1] != '\n') line--;
    return strncmp(line, "<!-- not run: ", 14) == 0;
}

int program_extract(const char *text, const char *fence, const char *path)
{
    FILE *f = fopen(path, "w");
    int n = 0;
    assert_non_null(f);
    for (const char *at = text; (at = strstr(at, fence));) {
        const bool skipped = is_not_run(text, at);
        at += strlen(fence);
        const char *end = strstr(at, "\n```");
        assert_non_null(end);
        if (!skipped) fprintf(f, "%.*s\n", (int)(end - at), at), n++;
        at = end;
    }
    fclose(f);
    return n;
}
