// SPDX-License-Identifier: Apache-2.0
// main.c — the program: finds the verb in the table, reads the options, runs it, says what went
// wrong. Exit codes: 0 done; 1 input or request; 2 usage; 3 a defect of ours; 128 + signal.
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/cli.h"

// ---- naming the verb ----------------------------------------------------------------------------

// Verbs that start with this word and a blank: the second words of "data".
static int second_words(const char *first, const char **names)
{
    const size_t length = strlen(first);
    int n = 0;
    for (int i = 0; cli_verbs[i]; i++)
        if (strncmp(cli_verbs[i]->name, first, length) == 0 && cli_verbs[i]->name[length] == ' ')
            names[n++] = cli_verbs[i]->name + length + 1;
    return n;
}

static void help_group(const char *first)
{
    const size_t length = strlen(first);
    printf("usage: discern %s ... [options]\n\n", first);
    for (int i = 0; cli_verbs[i]; i++)
        if (strncmp(cli_verbs[i]->name, first, length) == 0 && cli_verbs[i]->name[length] == ' ')
            printf("  %-14s%s\n", cli_verbs[i]->name, cli_verbs[i]->summary);
}

// First words, each once; or the second words of a group.
static int known_words(const char *group, const char **names, char storage[][16])
{
    int n = group ? second_words(group, names) : 0;
    for (int i = 0; !group && cli_verbs[i]; i++) {
        snprintf(storage[n], 16, "%.*s", (int)strcspn(cli_verbs[i]->name, " "), cli_verbs[i]->name);
        if (n == 0 || strcmp(storage[n], storage[n - 1]) != 0) names[n] = storage[n], n++;
    }
    return n;
}

static dsc_status unknown_verb(cli *c, int n, char **word)
{
    const char *names[32];
    char storage[32][16], list[256] = "";
    const char *group = second_words(word[0], names) > 0 ? word[0] : NULL;
    const int known = known_words(group, names, storage);
    for (int i = 0; i < known; i++) strcat(strcat(list, i ? ", " : ""), names[i]);
    if (word[0][0] == '-') return cli_usage(c, "the verb comes first: discern VERB %s", word[0]);
    if (group && n < 2) return cli_usage(c, "discern %s what? One of: %s", group, list);
    const char *typed = group ? word[1] : word[0];
    const char *nearest = dsc_nearest(typed, names, (size_t)known);
    const char *first = group ? group : "", *blank = group ? " " : "";
    if (nearest)
        return cli_usage(c, "unknown verb \"%s%s%s\"; did you mean \"%s%s%s\"?", first, blank,
                         typed, first, blank, nearest);
    return cli_usage(c, "unknown verb \"%s%s%s\"; known: %s", first, blank, typed, list);
}

// ---- running ------------------------------------------------------------------------------------

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

// What the program does without a verb: version, help, help of a group.
static bool general_request(int n, char **word)
{
    const char *names[32];
    if (n == 0) return false;
    if (strcmp(word[0], "--version") == 0) printf("discern %s\n", DSC_VERSION);
    else if (n == 1 && (is_one_of(word[0], "--help", "-h") || strcmp(word[0], "help") == 0))
        cli_help_program();
    else if (n == 2 && is_one_of(word[1], "--help", "-h") && second_words(word[0], names) > 0)
        help_group(word[0]);
    else return false;
    return true;
}

static dsc_status run(cli *c, int n, char **word)
{
    if (n > 1 && strcmp(word[0], "--complete") == 0) return cli_complete(c, n - 1, word + 1);
    const bool wants_help = n > 1 && strcmp(word[0], "help") == 0;
    n -= wants_help, word += wants_help;
    if (general_request(n, word)) return DSC_OK;
    if (n == 0) return cli_usage(c, "what should be done? usage: discern VERB ...");
    const int used = cli_find_verb(n, word, &c->verb);
    if (used == 0) return unknown_verb(c, n, word);
    if (!wants_help) DSC_TRY(cli_parse(c, n - used, word + used));
    if (c->mapped_folder) DSC_TRY(dsc_mapped_begin(c->ctx, &c->mapped, c->mapped_folder));
    if (c->version) return printf("discern %s\n", DSC_VERSION), DSC_OK;
    if (wants_help || c->help) return cli_help_verb(c->verb), DSC_OK;
    DSC_TRY(cli_check_options(c));
    return c->verb->run(c);
}

// Results that could not be written (a full disk, a closed pipe) are an error, not a success.
static dsc_status check_stdout(cli *c, dsc_status status)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return status;
    return status != DSC_OK ? status
                            : dsc_fail(c->ctx, DSC_IO, "the result could not be written to stdout");
}

static int exit_code(const cli *c, dsc_status status)
{
    static const int codes[] = {[DSC_OK] = 0,     [DSC_INPUT] = 1,  [DSC_USAGE] = 2,
                                [DSC_DEFECT] = 3, [DSC_MEMORY] = 1, [DSC_IO] = 1};
    if (status == DSC_STOPPED) return 128 + c->signal;
    return codes[status];
}

static void say_cost(const cli *c, double seconds)
{
    struct rusage use;
    if (!c->verbose || getrusage(RUSAGE_SELF, &use) != 0) return;
    fprintf(stderr, "discern: %.2f s, at most %.0f MB of memory\n", seconds,
            (double)use.ru_maxrss / 1024);
}

static void say_failure(const cli *c, dsc_status status)
{
    const char *sentence = dsc_message(c->ctx);
    if (status == DSC_OK) return;
    if (!*sentence && status == DSC_MEMORY) sentence = "out of memory";
    cli_say_error(c, *sentence ? sentence : "something failed without a word; this is a defect");
}

int main(int argc, char **argv)
{
    cli c = {0};
    setlocale(LC_CTYPE, "");
    c.color = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
    if (dsc_context_create(&(dsc_allocator){dsc_mapped_resize, &c.mapped}, &c.ctx) != DSC_OK) {
        fputs("discern: out of memory\n", stderr);
        return 1;
    }
    dsc_on_note(c.ctx, cli_say_note, &c);
    const double start = dsc_seconds();
    const dsc_status status = check_stdout(&c, run(&c, argc - 1, argv + 1));
    say_cost(&c, dsc_seconds() - start);
    say_failure(&c, status);
    cli_forget(&c);
    dsc_context_destroy(&c.ctx);
    return exit_code(&c, status);
}
