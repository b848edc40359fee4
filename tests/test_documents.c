// SPDX-License-Identifier: Apache-2.0
// test_documents.c — what README and doc/ say works. Every fenced block is tried, by the word after
// its fence, in a scratch folder per document:
//   sh    is run                         cog    compiles
//   c     compiles                       yaml   is understood as a config of a fit
//   json  can be read                    text, ebnf  are not for trying: equations, output, grammar
// A line "<!-- file PATH -->" before a block says that it is that file, to the letter; a line
// "<!-- not run: WHY -->" that a command is not for this test. Links lead somewhere, and the
// examples in the help of every verb run.
#define _GNU_SOURCE
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "discern/base.h"
#include "support/program.h"

enum { WORD_BYTES = 32 };

// One fenced block of a document.
typedef struct block {
    const char *document; // "doc/fitting.md"
    int line;             // of the fence
    char kind[WORD_BYTES], mark[256];
    char *text; // ends with a newline; "block" is a file with it, in the document's folder
} block;

static int n_tried, n_not_run;

static void fail_at(const block *b, const char *why)
{
    fail_msg("%s, line %d: %s\n%s", b->document, b->line, why, b->text);
}

// ---- kinds of blocks ----------------------------------------------------------------------------

static void expect(const block *b, int code, const char *command)
{
    const program_result r = program_run("%s", command);
    if (r.code != code) fail_at(b, r.err);
}

static void try_sh(const block *b)
{
    expect(b, 0, "cd scratch && sh -eu ../block");
}

static void try_c(const block *b)
{
    char command[2 * 4200];
    snprintf(
        command, sizeof command,
        "${CC:-cc} -std=c11 -Wall -Wextra -Werror -fsyntax-only -I%s/include -I%s/src -xc block",
        program_home(), program_home());
    expect(b, 0, command);
}

static void try_cog(const block *b)
{
    expect(b, 0, "discern cog check block");
}

static void try_yaml(const block *b)
{
    const program_result r = program_run("cp block block.yaml; discern fit block.yaml --data "
                                         "nowhere.csv -o out");
    if (r.code != 1 || !strstr(r.err, "nowhere.csv")) fail_at(b, r.err);
}

static void try_json(const block *b)
{
    json_error_t error;
    json_t *value = json_loads(b->text, JSON_DECODE_ANY, &error);
    if (!value) fail_at(b, error.text);
    json_decref(value);
}

static bool has_command(const char *text)
{
    return strncmp(text, "discern ", 8) == 0 || strstr(text, "\ndiscern ") ||
           strncmp(text, "make ", 5) == 0;
}

static void try_nothing(const block *b)
{
    if (strncmp(b->text, "usage: ", 7) != 0 && has_command(b->text))
        fail_at(b, "a command that is not tried");
}

static const struct {
    const char *kind;
    void (*try)(const block *b);
} kinds[] = {
    {"sh", try_sh},     {"c", try_c},          {"cog", try_cog},      {"yaml", try_yaml},
    {"json", try_json}, {"text", try_nothing}, {"ebnf", try_nothing},
};

// ---- documents ----------------------------------------------------------------------------------

static void check_is_file(const block *b, const char *path)
{
    char *text = program_document(path);
    if (strcmp(text, b->text) != 0) fail_at(b, "differs from its file; tools/manual puts it there");
    free(text);
}

static void try_block(const block *b)
{
    char path[256];
    if (sscanf(b->mark, "<!-- file %255s -->", path) == 1) check_is_file(b, path);
    if (strncmp(b->mark, "<!-- not run: ", 14) == 0) {
        n_not_run++;
        return;
    }
    program_write("block", b->text);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].kind, b->kind) != 0) continue;
        kinds[i].try(b);
        n_tried++;
        return;
    }
    fail_at(b, "the kind of the block is not said");
}

// The text between two fences; *at moves past the second one.
static char *take_text(char **at)
{
    char *end = strstr(*at, "\n```");
    assert_non_null(end);
    char *text = strndup(*at, (size_t)(end + 1 - *at));
    *at = strchr(end + 1, '\n');
    return text;
}

static void try_blocks(const char *name, char *at)
{
    block b = {.document = name, .line = 1};
    for (char *line = at, *end; line && *line; line = end, b.line++) {
        end = strchr(line, '\n');
        if (end) end++;
        if (strncmp(line, "```", 3) == 0) {
            snprintf(b.kind, sizeof b.kind, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
            b.text = take_text(&end);
            try_block(&b);
            for (const char *c = b.text; *c; c++) b.line += *c == '\n';
            free(b.text);
            b.line++;
            if (end) end++;
        }
        snprintf(b.mark, sizeof b.mark, "%.*s", (int)strcspn(line, "\n"), line);
        if (strncmp(line, "    discern ", 12) == 0)
            fail_msg("%s, line %d: a command outside a fenced block", name, b.line);
    }
}

static void try_document(const char *name)
{
    char *text = program_document(name);
    program_expect(0, "rm -rf scratch out && mkdir scratch && ln -s ../examples scratch/examples");
    try_blocks(name, text);
    free(text);
}

static void check_links(const char *name)
{
    char path[2 * 4200];
    char *text = program_document(name);
    const char *slash = strrchr(name, '/');
    const int folder = slash ? (int)(slash + 1 - name) : 0;
    for (const char *at = text; (at = strstr(at, "](")); at++) {
        const int length = (int)strcspn(at + 2, ")#");
        if (length == 0 || memchr(at + 2, ':', (size_t)length)) continue; // this page, or elsewhere
        snprintf(path, sizeof path, "%s/%.*s%.*s", program_home(), folder, name, length, at + 2);
        if (!program_has(path)) fail_msg("%s: %s does not exist", name, path);
    }
    free(text);
}

static void for_every_document(void (*fn)(const char *name))
{
    static const char *const patterns[] = {"README.md", "CHANGELOG.md", "doc/*.md",
                                           "examples/*/*.md"};
    char pattern[4200];
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s/%s", program_home(), patterns[p]);
        if (glob(pattern, 0, NULL, &found) != 0) continue;
        for (size_t i = 0; i < found.gl_pathc; i++)
            fn(found.gl_pathv[i] + strlen(program_home()) + 1);
        globfree(&found);
    }
}

static void every_block_of_every_document_does_what_it_says(void **state)
{
    (void)state;
    for_every_document(try_document);
    print_message("# %d blocks tried, %d marked as not run\n", n_tried, n_not_run);
    assert_in_range(n_tried, 60, 1000);
    assert_in_range(n_not_run, 0, 12);
}

static void links_lead_somewhere(void **state)
{
    (void)state;
    for_every_document(check_links);
}

static void every_place_says_the_same_version(void **state)
{
    static const char *const documents[] = {"CITATION.cff", "CHANGELOG.md"};
    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        char *text = program_document(documents[i]);
        assert_holds(text, DSC_VERSION);
        free(text);
    }
    assert_holds(program_expect(0, "discern --version").out, "discern " DSC_VERSION "\n");
}

static void example_configs_are_understood(void **state)
{
    static const char *const configs[] = {"gru", "disrnn", "disrnn-dezfouli", "disrnn-paper",
                                          "disrnn-first-release"};
    (void)state;
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        const program_result r =
            program_expect(1, "discern fit examples/%s.yaml --data nowhere.npy -o out", configs[i]);
        assert_holds(r.err, "nowhere.npy");
    }
}

// ---- examples in the help -----------------------------------------------------------------------

// Two tables of one name: as most examples take it, and with the columns that two of them map.
static void prepare_examples(void)
{
    program_expect(0, "mkdir help && cd help && "
                      "discern simulate bandit -o usual.csv subjects=5 sessions=3 trials=20 && "
                      "cp usual.csv new.csv && "
                      "awk -F, -v OFS=, 'NR == 1 { print \"ID,trial,key,reward\" } "
                      "NR > 1 { print $1, $2, \"R\" $4 + 1, $5 }' usual.csv >mapped.csv && "
                      "gzip -c mapped.csv >choices_diagno.csv.zip && "
                      "discern models q_learning --text >my_model.cog && "
                      "discern fit q_learning --data usual.csv -o runs/q_learning fit.restarts=2 "
                      "split.every=2 && "
                      "discern fit disrnn --data usual.csv -o runs/disrnn phases.warmup.steps=5 "
                      "phases.main.steps=5 split.every=2 && "
                      "discern export runs/disrnn -o theirs.json && "
                      "discern fit disrnn_multisubject --data usual.csv -o runs/many "
                      "phases.warmup.steps=5 phases.main.steps=5");
}

static void run_example(const char *verb)
{
    char *help, *at;
    const bool mapped = strcmp(verb, "data check") == 0;
    program_expect(0, "cp help/%s.csv help/choices.csv", mapped ? "mapped" : "usual");
    help = strdup(program_expect(0, "discern %s --help", verb).out);
    at = strstr(help, "\nExample\n");
    if (!at) fail_msg("discern %s --help has no example", verb);
    program_write("example.sh", at + strlen("\nExample\n"));
    free(help);
    const program_result r = program_run("cd help && sh -eu ../example.sh");
    if (r.code != 0) fail_msg("the example of discern %s --help:\n%s", verb, r.err);
}

static void examples_of_every_help_text_run(void **state)
{
    char *list, *rest, verb[64];
    int n = 0;
    (void)state;
    prepare_examples();
    list = rest = strdup(program_expect(0, "discern --help").out);
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (strncmp(line, "Every verb", 10) == 0) break;
        char *gap = strncmp(line, "  ", 2) == 0 ? strstr(line + 2, "  ") : NULL;
        if (!gap || gap == line + 2) continue;
        snprintf(verb, sizeof verb, "%.*s", (int)(gap - line - 2), line + 2);
        run_example(verb);
        n++;
    }
    free(list);
    assert_in_range(n, 18, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_of_every_document_does_what_it_says),
        cmocka_unit_test(links_lead_somewhere),
        cmocka_unit_test(examples_of_every_help_text_run),
        cmocka_unit_test(example_configs_are_understood),
        cmocka_unit_test(every_place_says_the_same_version),
    };
    return cmocka_run_group_tests(tests, program_enter, program_leave);
}
