// SPDX-License-Identifier: Apache-2.0
// verbs.c — the table of verbs, in the order of the program's help.
#include <string.h>

#include "cli/cli.h"

const cli_verb *const cli_verbs[] = {
    &cli_simulate,     &cli_data_check,
    &cli_data_show,    &cli_data_split,
    &cli_data_convert, &cli_fit,
    &cli_adapt,        &cli_import,
    &cli_export,       &cli_filter,
    &cli_eval,         &cli_compare,
    &cli_recover,      &cli_show,
    &cli_plot,         &cli_report,
    &cli_cog_check,    &cli_cog_format,
    &cli_models,       &cli_tasks,
    &cli_doctor,       NULL,
};

// How many of the words name the verb: 1 for "fit", 2 for "data check", 0 if it is another one.
static int words_matching(const cli_verb *verb, int n, char **word)
{
    const size_t length = strcspn(verb->name, " ");
    const char *second = verb->name[length] ? verb->name + length + 1 : NULL;
    if (n < 1 || strlen(word[0]) != length || strncmp(word[0], verb->name, length) != 0) return 0;
    if (!second) return 1;
    return n > 1 && strcmp(word[1], second) == 0 ? 2 : 0;
}

int cli_find_verb(int n, char **word, const cli_verb **verb)
{
    for (int i = 0; cli_verbs[i]; i++) {
        const int used = words_matching(cli_verbs[i], n, word);
        if (used == 0) continue;
        *verb = cli_verbs[i];
        return used;
    }
    return 0;
}
