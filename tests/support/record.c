// SPDX-License-Identifier: Apache-2.0
// record.c — writes down every sentence that the tests provoke, for tools/messages: a line each at
// the end of the file that the environment variable DISCERN_SAID names. The linker puts this
// dsc_fail in the place of the library's (--wrap).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/record.h"

dsc_status __real_dsc_fail(dsc_context *ctx, dsc_status s, const char *format, ...);
dsc_status __wrap_dsc_fail(dsc_context *ctx, dsc_status s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void record_sentence(const char *sentence)
{
    const char *path = getenv("DISCERN_SAID");
    FILE *f = path && *path ? fopen(path, "a") : NULL;
    if (!f) return;
    for (const char *c = sentence; *c; c++) putc(*c == '\n' ? ' ' : *c, f);
    putc('\n', f);
    fclose(f);
}

dsc_status __wrap_dsc_fail(dsc_context *ctx, dsc_status s, const char *format, ...)
{
    char sentence[1 << 14];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    record_sentence(sentence);
    return __real_dsc_fail(ctx, s, "%s", sentence);
}
