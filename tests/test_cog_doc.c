// SPDX-License-Identifier: Apache-2.0
// test_cog_doc.c — what doc/cog.md says of the language: its models compile and stand in their
// standard layout, its tables and the editors know every word; the verbs `cog check`, `cog format`.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/cog/cog.h"
#include "support/program.h"

static void check_model(char *text)
{
    dsc_context *ctx = NULL;
    dsc_text laid_out = {0};
    assert_int_equal(dsc_context_create(NULL, &ctx), DSC_OK);
    if (dsc_cog_format(ctx, "doc/cog.md", text, &laid_out) != DSC_OK)
        fail_msg("%s", dsc_message(ctx));
    assert_string_equal(laid_out.s, text);
    dsc_text_free(ctx, &laid_out);
    dsc_context_destroy(&ctx);
}

static void models_of_the_document_compile_and_are_laid_out(void **state)
{
    (void)state;
    char *text = program_document("doc/cog.md");
    int n = 0;
    for (char *at = text; (at = strstr(at, "\n```cog\n")); n++) {
        at += strlen("\n```cog\n");
        char *end = strstr(at, "\n```");
        assert_non_null(end);
        end[1] = 0;
        check_model(at);
        end[1] = '`';
    }
    assert_int_equal(n, 4);
    free(text);
}

static void check_words(const char *path)
{
    static const char *const words[] = {
        "model",   "source",      "actions",   "dimension", "option",     "cue",
        "outcome", "observe",     "parameter", "state",     "trial",      "choose",
        "among",   "unless",      "prior",     "start",     "default",    "probit",
        "uniform", "half_normal", "lognormal", "student",   "exponential"};
    char *text = program_document(path);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strstr(text, words[i])) fail_msg("%s does not know %s", path, words[i]);
    for (int i = 0; cog_function_name(i); i++)
        if (!strstr(text, cog_function_name(i)))
            fail_msg("%s does not know %s", path, cog_function_name(i));
    free(text);
}

static void the_document_and_the_editors_know_every_word(void **state)
{
    (void)state;
    check_words("doc/cog.md");
    check_words("editors/vim/syntax/cog.vim");
    check_words("editors/vscode/syntaxes/cog.tmLanguage.json");
}

static const char model[] = "model m\nactions any\ndimension k 4\noption o yes \"what for\"\n"
                            "cue hint\noutcome reward\n"
                            "parameter alpha in unit \"learning rate\"  default 0.25\n"
                            "state q[ action ]=0\ntrial\nchoose softmax(q)\nq[choice]+=alpha\n";

static void a_text_is_checked_and_described(void **state)
{
    (void)state;
    program_write("my.cog", model);
    program_result r = program_expect(0, "discern cog check my.cog");
    const char *const parts[] = {"my.cog: model m is fine (any number of actions)",
                                 "alpha",
                                 "0.25",
                                 "learning rate",
                                 "what for",
                                 "hint",
                                 "reward"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) assert_holds(r.out, parts[i]);
    r = program_expect(0, "discern cog check my.cog --json");
    assert_holds(r.out, "\"alpha\"");
    program_write("bad.cog",
                  "model m\nactions 2\nstate q[action] = 0\ntrial\n    chose softmax(q)\n");
    r = program_expect(1, "discern cog check bad.cog");
    assert_holds(r.err, "bad.cog, line 5, column 11");
    r = program_expect(1, "discern cog check nowhere.cog");
    assert_holds(r.err, "nowhere.cog");
}

static void a_text_is_laid_out(void **state)
{
    (void)state;
    program_write("my.cog", model);
    program_result r = program_expect(0, "discern cog format my.cog");
    assert_holds(r.out,
                 "state q[action] = 0\ntrial\n    choose softmax(q)\n    q[choice] += alpha\n");
    r = program_expect(1, "discern cog format my.cog -o my.cog");
    assert_holds(r.err, "--force");
    program_expect(0, "discern cog format my.cog -o my.cog --force");
    r = program_expect(0, "discern cog format my.cog | cmp - my.cog");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_of_the_document_compile_and_are_laid_out),
        cmocka_unit_test(the_document_and_the_editors_know_every_word),
        cmocka_unit_test(a_text_is_checked_and_described),
        cmocka_unit_test(a_text_is_laid_out),
    };
    return cmocka_run_group_tests(tests, program_enter, program_leave);
}
