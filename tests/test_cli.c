// SPDX-License-Identifier: Apache-2.0
// test_cli.c — the program's words and exit codes: verbs, options, help, lists, tables of trials.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "support/program.h"

static const char *const verbs[] = {
    "simulate", "data check", "data show", "data split", "data convert", "fit",     "adapt",
    "import",   "export",     "filter",    "eval",       "compare",      "recover", "show",
    "plot",     "report",     "cog check", "cog format", "models",       "tasks",   "doctor"};
enum { N_VERBS = sizeof verbs / sizeof *verbs };

static void simulate_small(const char *file)
{
    program_expect(0, "discern simulate bandit -o %s sessions=6 trials=20 --seed 1 --force", file);
}

// ---- usage ----------------------------------------------------------------------------------

static void version_and_help_go_to_stdout(void **state)
{
    (void)state;
    program_result r = program_expect(0, "discern --version");
    assert_memory_equal(r.out, "discern ", 8);
    r = program_expect(0, "discern --help");
    for (int i = 0; i < N_VERBS; i++) assert_holds(r.out, verbs[i]);
    assert_string_equal(r.err, "");
}

// So that no verb is left out of `verbs`.
static void the_verbs_of_these_tests_are_those_of_the_help(void **state)
{
    char all[1024] = "";
    (void)state;
    for (int i = 0; i < N_VERBS; i++) strcat(strcat(all, verbs[i]), "\n");
    const program_result r =
        program_expect(0, "discern --help | sed -n 's/^  \\([a-z][a-z ]*[a-z]\\)  .*/\\1/p'");
    assert_string_equal(r.out, all);
}

static void every_verb_has_help_with_an_example(void **state)
{
    (void)state;
    for (int i = 0; i < N_VERBS; i++) {
        char usage[64];
        snprintf(usage, sizeof usage, "usage: discern %s", verbs[i]);
        const program_result r = program_expect(0, "discern %s --help", verbs[i]);
        assert_holds(r.out, usage);
        assert_holds(r.out, "\nExample\n  discern ");
        program_expect(0, "discern help %s", verbs[i]);
    }
    assert_holds(program_expect(0, "discern data --help").out, "data convert");
}

static void the_manual_has_the_help_of_every_verb(void **state)
{
    (void)state;
    char *manual = program_document("doc/manual.md");
    for (int i = 0; i < N_VERBS; i++) {
        const program_result r =
            program_expect(0, "discern %s --help | sed '/^Common options/,/^$/d'", verbs[i]);
        assert_holds(manual, r.out);
    }
    free(manual);
}

static void usage_errors_suggest_and_exit_with_2(void **state)
{
    static const struct {
        const char *command, *words;
    } wrong[] = {
        {"discern", "discern: what should be done?"},
        {"discern ft", "discern: unknown verb \"ft\"; did you mean \"fit\"?"},
        {"discern data chec x",
         "discern: unknown verb \"data chec\"; did you mean \"data check\"?"},
        {"discern data", "discern: discern data what? One of: check, show, split, convert"},
        {"discern --json models", "discern: the verb comes first: discern VERB --json"},
        {"discern fit gru --dta x", "discern: unknown option \"--dta\"; did you mean --data?"},
        {"discern fit gru --data", "discern: --data needs a value: FILE"},
        {"discern fit gru --force=1", "discern: --force takes no value, but got \"1\""},
        {"discern fit gru --data x", "discern: where should the run go? -o RUN"},
        {"discern fit --resume", "discern: which run? discern fit --resume RUN"},
        {"discern fit --resume r seed=1", "--resume reads r/config.yaml"},
        {"discern models --threads x", "--threads: \"x\" is not a whole number of at least 0"},
        {"discern models --threads 1e99", "--threads: 1e99 is too large"},
        {"discern data check a b", "discern: \"b\" is one word too many"},
        {"discern data check a x=1", "discern: \"x=1\": discern data check takes no key=value"},
        {"discern simulate bandit", "discern: where should the trials go? -o FILE.csv"},
        {"discern eval r --record h", "discern: where should the recorded quantities go? -o DIR"},
        {"discern show", "discern: usage: discern show RUN"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const program_result r = program_expect(2, "%s", wrong[i].command);
        assert_holds(r.err, wrong[i].words);
        assert_string_equal(r.out, "");
    }
}

static void a_full_disk_is_not_a_success(void **state)
{
    (void)state;
    const program_result r = program_expect(1, "discern models >/dev/full");
    assert_holds(r.err, "discern: the result could not be written to stdout");
}

// ---- lists ------------------------------------------------------------------------------------

static void lists_are_json_on_request(void **state)
{
    static const char *const commands[] = {"models", "models gru", "tasks", "tasks bandit",
                                           "doctor"};
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const program_result r = program_expect(0, "discern %s --json", commands[i]);
        json_t *value = json_loads(r.out, 0, NULL);
        assert_non_null(value);
        json_decref(value);
    }
}

static void models_show_settings_and_graph(void **state)
{
    (void)state;
    program_result r = program_expect(0, "discern models gru");
    assert_holds(r.out, "source:");
    assert_holds(r.out, "n_units");
    r = program_expect(0, "discern models gru --graph n_units=2");
    assert_holds(r.out, "sigmoid");
    r = program_expect(1, "discern models gru --graph n_unit=2");
    assert_holds(r.err, "unknown key \"n_unit\". Did you mean \"n_units\"?");
    r = program_expect(1, "discern models gr");
    assert_holds(r.err, "there is no model \"gr\". Did you mean \"gru\"? Known: ");
}

static void the_doctor_names_the_engine_that_was_asked_for(void **state)
{
    (void)state;
    const program_result r = program_expect(0, "discern doctor --isa scalar");
    assert_holds(r.out, "lanes scalar (");
    assert_holds(r.out, "zlib");
}

// ---- trials -------------------------------------------------------------------------------------

static void simulation_is_a_function_of_the_seed(void **state)
{
    (void)state;
    program_expect(0, "discern simulate bandit -o a.csv sessions=3 trials=30 seed=5");
    program_expect(0, "discern simulate bandit q_learning -o b.csv sessions=3 trials=30 "
                      "--seed 5 --threads 1");
    program_expect(0, "discern simulate bandit -o c.csv sessions=3 trials=30 seed=6");
    program_expect(0, "cmp a.csv b.csv");
    program_expect(1, "cmp -s a.csv c.csv");
    // a seed is exact beyond the whole numbers of a double
    const program_result r = program_expect(
        0, "discern simulate bandit -o d.csv sessions=1 trials=1 --seed 9007199254740993");
    assert_holds(r.out, "seed 9007199254740993");
}

static void simulation_takes_settings_of_task_and_agent(void **state)
{
    (void)state;
    program_expect(0, "discern simulate bandit actor_critic -o ac.csv sessions=2 trials=10");
    program_expect(0, "discern simulate bandit -o q.csv sessions=2 trials=10 agent.beta=0 "
                      "--record value");
    char *q = program_read("q.csv");
    assert_holds(q, "value_0");
    free(q);
    program_result r = program_expect(1, "discern simulate bandit -o x.csv agent.bta=1");
    assert_holds(r.err, "unknown key \"agent.bta\". Did you mean \"agent.beta\"?");
    r = program_expect(1, "discern simulate bandit gru -o x.csv");
    assert_holds(r.err, "Fit it first");
    r = program_expect(1, "discern simulate bandi -o x.csv");
    assert_holds(r.err, "there is no task \"bandi\". Did you mean \"bandit\"?");
    assert_false(program_has("x.csv"));
}

static void nothing_is_overwritten_without_force(void **state)
{
    (void)state;
    simulate_small("t.csv");
    program_write("keep.csv", "mine\n");
    static const char *const commands[] = {
        "simulate bandit -o keep.csv",
        "data convert t.csv -o keep.csv",
        "data split t.csv -o keep.csv",
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const program_result r = program_expect(1, "discern %s", commands[i]);
        assert_holds(r.err, "keep.csv exists already and stays as it is");
        assert_holds(r.err, "--force");
        char *text = program_read("keep.csv");
        assert_string_equal(text, "mine\n");
        free(text);
    }
    program_expect(0, "discern data convert t.csv -o keep.csv --force");
}

static void conversion_there_and_back_changes_nothing(void **state)
{
    (void)state;
    simulate_small("t.csv");
    program_expect(0, "discern data convert t.csv -o there.npz --force -q");
    program_expect(0, "discern data convert there.npz -o back.csv --force -q");
    program_expect(0, "discern data convert t.csv -o again.csv --force -q");
    program_expect(0, "cmp back.csv again.csv");
}

static void numbers_that_json_lacks_are_shown_as_texts_and_null(void **state)
{
    (void)state;
    program_write("inf.csv", "choice,x\n0,inf\n1,-inf\n1,\n0,0.5\n1,-0\n");
    json_t *root =
        json_loads(program_expect(0, "discern data show inf.csv --json -q").out, 0, NULL);
    assert_holds(program_expect(0, "discern data show inf.csv -q").out, "-inf");
    json_t *trials = json_object_get(root, "trials");
    assert_int_equal(json_array_size(trials), 5);
    static const char *const expected[] = {"\"inf\"", "\"-inf\"", "null", "0.5", "-0.0"};
    for (size_t i = 0; i < 5; i++) {
        char *text = json_dumps(json_object_get(json_array_get(trials, i), "x"), JSON_ENCODE_ANY);
        assert_string_equal(text, expected[i]);
        free(text);
    }
    json_decref(root);
    assert_holds(program_expect(0, "discern models q_learning --json").out, "\"highest\": \"inf\"");
}

static void a_description_is_not_overwritten_whatever_the_case_of_its_table(void **state)
{
    (void)state;
    simulate_small("t.csv");
    program_write("x_BEH.json", "mine");
    const program_result r = program_expect(1, "discern data convert t.csv -o x_BEH.TSV");
    assert_holds(r.err, "x_BEH.json exists already");
    assert_false(program_has("x_BEH.TSV"));
    assert_string_equal(program_expect(0, "cat x_BEH.json").out, "mine");
    program_expect(0, "discern data convert t.csv -o x_BEH.TSV --force");
    assert_holds(program_expect(0, "cat x_BEH.json").out, "option that was chosen");
}

static void check_show_and_split_say_what_is_there(void **state)
{
    (void)state;
    simulate_small("t.csv");
    program_result r = program_expect(0, "discern data check t.csv");
    assert_holds(r.out, "120");
    r = program_expect(0, "discern data show t.csv --session 2 --trials 3");
    assert_holds(r.out, "3 of 20 trials");
    r = program_expect(1, "discern data show t.csv --session 99");
    assert_holds(r.err, "has no session \"99\"; it has 6");
    r = program_expect(1, "discern data show t.csv --session 3junk");
    assert_holds(r.err, "has no session \"3junk\"; it has 6");
    r = program_expect(0, "discern data split t.csv --every 3 --offset 1 -o s.json --force");
    assert_holds(r.out, "4 sessions (80 trials) train, 2 sessions (40 trials) are held out");
    r = program_expect(1, "discern data split t.csv --every 3 --offset 3 -o other.json");
    assert_false(program_has("other.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_and_help_go_to_stdout),
        cmocka_unit_test(the_verbs_of_these_tests_are_those_of_the_help),
        cmocka_unit_test(every_verb_has_help_with_an_example),
        cmocka_unit_test(the_manual_has_the_help_of_every_verb),
        cmocka_unit_test(usage_errors_suggest_and_exit_with_2),
        cmocka_unit_test(a_full_disk_is_not_a_success),
        cmocka_unit_test(lists_are_json_on_request),
        cmocka_unit_test(models_show_settings_and_graph),
        cmocka_unit_test(the_doctor_names_the_engine_that_was_asked_for),
        cmocka_unit_test(simulation_is_a_function_of_the_seed),
        cmocka_unit_test(simulation_takes_settings_of_task_and_agent),
        cmocka_unit_test(nothing_is_overwritten_without_force),
        cmocka_unit_test(conversion_there_and_back_changes_nothing),
        cmocka_unit_test(check_show_and_split_say_what_is_there),
        cmocka_unit_test(numbers_that_json_lacks_are_shown_as_texts_and_null),
        cmocka_unit_test(a_description_is_not_overwritten_whatever_the_case_of_its_table),
    };
    return cmocka_run_group_tests(tests, program_enter, program_leave);
}
