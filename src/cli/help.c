// SPDX-License-Identifier: Apache-2.0
// help.c — the texts of --help, written from the tables of verbs and options.
#include <string.h>

#include "cli/cli.h"

enum { HELP_COLUMN = 28 };

const char cli_exit_codes[] =
    "  0         done\n"
    "  1         the input or the request is wrong; the message says what to do\n"
    "  2         the command line is wrong\n"
    "  3         a defect of discern\n"
    "  130, 143  stopped by a signal after the state was saved\n";

static void print_option(const cli_option *o)
{
    char left[96];
    char letter[8] = "";
    if (o->letter) snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, o->name, o->value ? " " : "",
             o->value ? o->value : "");
    if (strlen(left) < HELP_COLUMN - 1) printf("%-*s%s\n", HELP_COLUMN, left, o->help);
    else printf("%s\n%*s%s\n", left, HELP_COLUMN, "", o->help);
}

static void print_options(const char *title, const cli_option *options)
{
    if (!options || !options->name) return;
    printf("\n%s\n", title);
    for (const cli_option *o = options; o->name; o++) print_option(o);
}

void cli_help_verb(const cli_verb *verb)
{
    printf("usage: discern %s%s%s [options]%s\n\n%s\n\n%s\n", verb->name, *verb->words ? " " : "",
           verb->words, verb->settings ? " [key=value ...]" : "", verb->summary, verb->text);
    print_options("Options", verb->options);
    print_options("Common options", cli_common_options);
    printf("\nExample\n%s\n", verb->example);
}

void cli_help_program(void)
{
    printf("discern %s: fits cognitive models to trial tables and shows what they learnt.\n\n"
           "usage: discern VERB ... [options] [key=value ...]\n\n",
           DSC_VERSION);
    for (int i = 0; cli_verbs[i]; i++)
        printf("  %-14s%s\n", cli_verbs[i]->name, cli_verbs[i]->summary);
    printf("\nEvery verb explains itself: discern VERB --help\n");
    print_options("Common options", cli_common_options);
    printf("\nExit codes\n%s", cli_exit_codes);
}
