// SPDX-License-Identifier: Apache-2.0
// test_cli_filter.c — `discern filter`: the worked example of doc/filter.md, its files, refusals, a
// model of the user's own.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/program.h"

static int enter(void **state)
{
    if (program_enter(state) != 0) return -1;
    char *text = program_document("doc/filter.md");
    program_extract(text, "\n```sh\n", "example.sh");
    free(text);
    program_expect(0, "sh -eu example.sh >example.out");
    return 0;
}

static double printed(const char *command)
{
    return atof(program_expect(0, "%s", command).out);
}

static void the_worked_example_finds_the_drop(void **state)
{
    (void)state;
    char *out = program_read("example.out");
    assert_holds(out, "1000 particles per subject");
    assert_holds(out, "Best by likelihood: filtered");
    free(out);
    const double early = printed("awk -F, 'NR > 100 && NR < 300 {s += $4; n++} END {print s / n}' "
                                 "filtered/trajectories.csv"),
                 late = printed("awk -F, 'NR > 400 {s += $4; n++} END {print s / n}' "
                                "filtered/trajectories.csv");
    if (!(early > 0.6 && late < 0.3)) fail_msg("alpha is %g, then %g", early, late);
}

static void all_files_are_there_and_not_replaced(void **state)
{
    static const char *const files[] = {"predictions.csv",
                                        "summary.json",
                                        "filter.yaml",
                                        "trajectories.csv",
                                        "figures/trajectories.gp",
                                        "figures/trajectories.csv"};
    char path[80];
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "filtered/%s", files[i]);
        if (!program_has(path)) fail_msg("%s is not there", path);
    }
    assert_false(program_has("still/figures"));
    char *text = program_read("filtered/trajectories.csv");
    assert_holds(text, "subject,session,trial,alpha_mean,alpha_sd,alpha_low,alpha_median,"
                       "alpha_high,alpha_of_mean,beta_mean,");
    assert_holds(text, ",ess,resampled,p_0,");
    free(text);
    text = program_read("filtered/filter.yaml");
    assert_holds(text, "walk.alpha.transform: logistic\n");
    assert_holds(text, "particles: 1000\n");
    free(text);
    assert_holds(program_expect(1, "discern filter q_learning --data drop.csv -o filtered").err,
                 "--force");
}

static void it_replaces_what_filter_wrote_wholly_and_nothing_else(void **state)
{
    (void)state;
    program_expect(0, "cp -r filtered again && discern filter q_learning --data drop.csv -o again "
                      "particles=20 -q --no-figures --force");
    assert_false(program_has("again/figures"));
    program_expect(0, "discern fit q_learning --data drop.csv -o fitted -q --no-figures "
                      "fit.restarts=2 && cp fitted/summary.json before.json");
    assert_holds(program_expect(1, "discern filter q_learning --data drop.csv -o fitted --force "
                                   "particles=20 -q")
                     .err,
                 "fitted holds a run, which");
    program_expect(0, "cmp before.json fitted/summary.json && test ! -e fitted/filter.yaml");
}

static void settings_reach_the_filter_and_the_preset_comes_first(void **state)
{
    (void)state;
    program_expect(0, "discern filter q_learning --data drop.csv -o a -q --no-figures particles=50 "
                      "walk.beta.sd=0.2 preset=artificial seed=3 walk.alpha.high=0.5");
    char *text = program_read("a/filter.yaml");
    assert_holds(text, "likelihood: unweighted\n");
    assert_holds(text, "walk.beta.high: 10\n");
    assert_holds(text, "walk.beta.sd: 0.2\n");
    assert_holds(text, "walk.alpha.high: 0.5\n");
    free(text);
    program_expect(0,
                   "discern filter q_learning --data drop.csv -o b -q --no-figures particles=50 "
                   "walk.beta.sd=0.2 preset=artificial walk.alpha.high=0.5 --seed 3 --threads 1");
    program_expect(0, "cmp a/trajectories.csv b/trajectories.csv");
}

static void wrong_requests_say_what_to_do(void **state)
{
    static const struct {
        int code;
        const char *arguments, *words;
    } wrong[] = {
        {2, "q_learning -o x", "--data FILE"},
        {2, "q_learning --data drop.csv", "-o DIR"},
        {1, "gru --data drop.csv -o x", "classical model"},
        {1, "q_learning --data drop.csv -o x walk.alhpa.sd=1", "walk.alpha.sd"},
        {1, "q_learning --data drop.csv -o x walk.alpha.start=wide", "normal(MEAN, SD)"},
        {1, "q_learning --data drop.csv -o x walk.alpha.transform=log", "logistic"},
        {1, "q_learning --data drop.csv -o x walk.beta.transform=logistic", "walk.beta.high"},
        {1, "q_learning --data drop.csv -o x preset=gershman", "\"gamma\""},
        {1, "q_learning --data drop.csv -o x particles=0", "out of range"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_holds(program_expect(wrong[i].code, "discern filter %s", wrong[i].arguments).err,
                     wrong[i].words);
    assert_false(program_has("x"));
}

static void a_model_of_the_users_own_is_followed(void **state)
{
    (void)state;
    program_write("bias.cog",
                  "model bias\nactions 2\nparameter b in real\nstate n = 0\ntrial\n"
                  "    x = b * onehot(0, actions)\n    choose softmax(x)\n    n += 1\n");
    program_expect(0, "discern filter bias.cog --data drop.csv -o c particles=200 --json -q");
    char *text = program_read("c/trajectories.csv");
    assert_holds(text, "trial,b_mean,");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example_finds_the_drop),
        cmocka_unit_test(all_files_are_there_and_not_replaced),
        cmocka_unit_test(it_replaces_what_filter_wrote_wholly_and_nothing_else),
        cmocka_unit_test(settings_reach_the_filter_and_the_preset_comes_first),
        cmocka_unit_test(wrong_requests_say_what_to_do),
        cmocka_unit_test(a_model_of_the_users_own_is_followed),
    };
    return cmocka_run_group_tests(tests, enter, program_leave);
}
