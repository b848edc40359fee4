// SPDX-License-Identifier: Apache-2.0
// program.h — running the program from a test, as a user would from a shell.
#ifndef DISCERN_TESTS_PROGRAM_H
#define DISCERN_TESTS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct program_result {
    int code;        // exit code; 128 + signal if the shell says so
    const char *out; // what it wrote to stdout and to stderr; valid until the next run
    const char *err;
} program_result;

// A build with a sanitizer is not installed, and does not live with little memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

// Setup and teardown of a group: an empty working folder with a link "examples" to the project's
// examples, and the program (environment variable DISCERN, else build/discern) first in the PATH.
int program_enter(void **state);
int program_leave(void **state);
// The project's folder, from which the test was started.
const char *program_home(void);

// Runs a shell command, "discern fit ...".
program_result program_run(const char *command, ...) __attribute__((format(printf, 1, 2)));
// The same, failing the test with what the program said if the exit code is another one.
program_result program_expect(int code, const char *command, ...)
    __attribute__((format(printf, 2, 3)));

// Starts a fit, `command` with its folder `run` at the end, and runs the shell command `then` once the
// fit has put more than `lines` lines into RUN/FILE, however long that takes, or has ended. $pid is
// the fit.
program_result program_while(const char *command, const char *run, const char *file, int lines,
                             const char *then);
// The same with a Ctrl-C: the fit is stopped at work; had it ended before, it is begun again.
program_result program_stop(const char *command, const char *run, const char *file, int lines);

void program_write(const char *path, const char *text);
// The file's text in a buffer to free; NULL if there is none.
char *program_read(const char *path);
bool program_has(const char *path);

// A file of the project ("doc/filter.md") in a buffer to free; the test fails if it is not there.
char *program_document(const char *name);
// Writes the fenced blocks of a text that begin with `fence` ("\n```sh\n") to a file, one after the
// other, but for those marked as "not run"; returns how many there were.
int program_extract(const char *text, const char *fence, const char *path);

// Fails the test unless `text` holds `part`.
#define assert_holds(text, part) program_assert_holds((text), (part), __FILE__, __LINE__)
void program_assert_holds(const char *text, const char *part, const char *file, int line);

#endif
