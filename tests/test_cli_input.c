// SPDX-License-Identifier: Apache-2.0
// test_cli_input.c — bad input: every refusal names place, value and remedy, exits with 1 and
// leaves what is there as it is.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/program.h"

// `discern data check` and `discern fit` must refuse the table with the same words.
static void refuse_table(const char *file, const char *options, const char *place,
                         const char *remedy)
{
    program_result r = program_expect(1, "discern data check %s %s", file, options);
    assert_holds(r.err, "discern: ");
    assert_holds(r.err, place);
    assert_holds(r.err, remedy);
    assert_string_equal(r.out, "");
    r = program_expect(1, "discern fit gru --data %s %s -o refused phases.main.steps=1 -q", file,
                       options);
    assert_holds(r.err, place);
    assert_false(program_has("refused"));
}

static void no_such_file(void **state)
{
    (void)state;
    refuse_table("nowhere.csv", "", "nowhere.csv", "no such file");
}

static void an_empty_file(void **state)
{
    (void)state;
    program_write("empty.csv", "");
    refuse_table("empty.csv", "", "empty.csv is empty", "a table of trials was expected");
}

static void a_missing_column(void **state)
{
    (void)state;
    program_write("few.csv", "session,choice\n1,0\n1,1\n2,0\n2,1\n");
    refuse_table("few.csv", "--map reward=points", "few.csv has no column \"points\"",
                 "Columns there are: ");
    const program_result r =
        program_expect(1, "discern fit gru --data few.csv -o refused phases.main.steps=1 -q");
    assert_holds(r.err, "few.csv: the model reads \"prev_reward\"");
    assert_holds(r.err, "--map reward=COLUMN");
    assert_false(program_has("refused"));
}

static void what_is_predicted_is_no_input(void **state)
{
    (void)state;
    static const char *const inputs[][2] = {
        {"prev_reward,choice", "\"choice\" is what is to be predicted"},
        {"reward", "\"reward\" is what is to be predicted of a trial, or comes of it"},
        {"x data.targets=x loss.name=mse", "take that of the trial before (prev_NAME)"}};
    program_write("leak.csv", "session,choice,reward,x\n1,0,1,3\n1,1,0,4\n2,0,0,1\n2,1,1,2\n");
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        const program_result r = program_expect(
            1, "discern fit gru --data leak.csv -o refused -q data.inputs=%s", inputs[i][0]);
        assert_holds(r.err, inputs[i][1]);
    }
    program_expect(0, "discern fit gru --data leak.csv -o reads -q --no-figures data.inputs=reward "
                      "data.targets=x loss.name=mse phases.main.steps=1");
}

// 12,000 bytes: more than are looked at to recognise a format
static void a_pipe_is_read_from_its_beginning(void **state)
{
    (void)state;
    program_expect(0,
                   "awk 'BEGIN {print \"session,choice,reward\"; for (i = 0; i < 2000; i++) print "
                   "int(i / 100) \",\" i %% 2 \",\" i %% 3 %% 2}' >long.csv");
    const program_result r = program_expect(0, "cat long.csv | discern data check /dev/stdin");
    assert_holds(r.out, "2000 trials, 20 sessions");
    program_expect(0, "gzip -c long.csv | discern data check /dev/stdin | grep '2000 trials, 20 '");
}

static void from_one_session_there_is_no_interval(void **state)
{
    (void)state;
    program_write("lone.csv", "session,choice,reward\n1,0,1\n1,1,0\n1,0,0\n1,1,1\n");
    const program_result r =
        program_expect(0, "discern fit gru --data lone.csv -o lone -q --no-figures split.every=0 "
                          "phases.main.steps=1 && "
                          "discern eval lone");
    assert_holds(r.out, "95 % interval");
    assert_holds(r.out, " - ");
}

static void two_columns_for_one_role(void **state)
{
    (void)state;
    program_write("two.csv", "session,response,action,reward\n1,0,1,0\n1,1,0,1\n");
    refuse_table("two.csv", "", "could both be the choice", "--map choice=");
    program_expect(0, "discern data check two.csv --map choice=action");
}

static void a_choice_out_of_range(void **state)
{
    (void)state;
    program_write("range.csv", "session,choice,reward\n1,0,0\n1,7,1\n1,1,1\n");
    refuse_table("range.csv", "--actions 2", "range.csv, line 3, column \"choice\": choice 7",
                 "out of range");
}

static void text_where_a_number_belongs(void **state)
{
    (void)state;
    program_write("text.csv", "session,choice,reward\n1,0,0\n1,1,plenty\n");
    refuse_table("text.csv", "", "text.csv, line 3, column \"reward\": \"plenty\" is not a number",
                 "--m");
}

static void all_choices_missing(void **state)
{
    (void)state;
    program_write("none.csv", "session,choice,reward\n1,NA,0\n1,NA,1\n");
    refuse_table("none.csv", "", "none.csv, column \"choice\": all 2 choices are missing",
                 "--map choice=COLUMN");
}

static void a_code_that_the_map_does_not_know(void **state)
{
    (void)state;
    program_write("code.csv", "session,choice,reward\n1,left,0\n1,up,1\n");
    refuse_table("code.csv", "--map choice=choice:left=0,right=1",
                 "code.csv, line 3, column \"choice\": \"up\" has no code", "up=CODE");
}

static void one_session_or_no_choice_column(void **state)
{
    (void)state;
    program_write("one.csv", "session,choice,reward\n1,0,1\n1,1,0\n1,1,1\n");
    program_result r = program_expect(1, "discern fit gru --data one.csv -o refused");
    assert_holds(r.err, "one.csv has one session");
    assert_holds(r.err, "split.every=0");
    program_expect(0, "discern fit gru --data one.csv -o all -q --no-figures split.every=0 "
                      "phases.main.steps=1");
    // The choice is asked for first, however few sessions the unnamed columns leave.
    program_write("own.csv", "block_no,response_side,reward\n1,0,1\n1,1,0\n2,1,1\n");
    r = program_expect(1, "discern fit gru --data own.csv -o refused");
    assert_holds(r.err, "own.csv: there is no column \"choice\"");
    assert_holds(r.err, "\"response_side\"");
    r = program_expect(1, "discern fit gru --data own.csv -o refused --map session=block_no");
    assert_holds(r.err, "--map choice=COLUMN");
    assert_false(program_has("refused"));
}

static void maps_that_contradict_themselves(void **state)
{
    (void)state;
    program_write("lr.csv", "who,session,choice,other,reward\n1,1,0,1,1\n1,1,1,0,0\n2,2,1,0,1\n");
    refuse_table("lr.csv", "--map choice=choice:0=0,0=1,1=1", "\"0\" is given two codes",
                 "keep one of them");
    refuse_table("lr.csv", "--map choice=choice --map choice=other", "gives choice twice", "keep");
    refuse_table("lr.csv", "--map subject=who,session=session", "no column \"who,session=session\"",
                 "--map subject=who --map session=session");
}

static void a_table_in_the_place_of_the_model(void **state)
{
    (void)state;
    const program_result r = program_expect(2, "discern fit lr.csv -o refused");
    assert_holds(r.err, "discern fit MODEL --data lr.csv");
}

static void settings_that_are_unknown_or_out_of_range(void **state)
{
    static const struct {
        const char *setting, *words;
    } wrong[] = {
        {"model.latent_penalti=1", "unknown key \"model.latent_penalti\". Did you mean "
                                   "\"model.latent_penalty\"?"},
        {"model.latent_penalty=-1",
         "command line, \"model.latent_penalty\": \"-1\" is out of range; from 0"},
        {"phases.main.steps=many", "\"phases.main.steps\": \"many\" is not a whole number"},
        {"batch.mode=singel", "\"batch.mode\": \"singel\" is unknown; did you mean \"single\"?"},
        {"phases.main.learning_rate=inf", "phases.main.learning_rate is not a finite number"},
        {"split.every=1", "split.every is 1, which holds out every session"},
    };
    (void)state;
    program_expect(0, "discern simulate bandit -o t.csv sessions=4 trials=20 --force -q");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const program_result r =
            program_expect(1, "discern fit disrnn --data t.csv -o refused '%s'", wrong[i].setting);
        assert_holds(r.err, wrong[i].words);
        assert_false(program_has("refused"));
    }
}

static void a_config_names_file_and_line(void **state)
{
    (void)state;
    program_write("wrong.yaml", "model:\n  name: gru\n  n_unitz: 4\n");
    program_result r = program_expect(1, "discern fit wrong.yaml --data t.csv -o refused");
    assert_holds(r.err, "wrong.yaml, line 3");
    assert_holds(r.err, "Did you mean \"model.n_units\"?");
    program_write("broken.yaml", "model: {name: gru\nseed: [\n");
    r = program_expect(1, "discern fit broken.yaml --data t.csv -o refused");
    assert_holds(r.err, "broken.yaml");
    r = program_expect(1, "discern fit nowhere.yaml --data t.csv -o refused");
    assert_holds(r.err, "nowhere.yaml");
    assert_false(program_has("refused"));
}

static void a_model_an_engine_a_run_that_do_not_exist(void **state)
{
    (void)state;
    program_result r = program_expect(1, "discern fit gruu --data t.csv -o refused");
    assert_holds(r.err, "there is no model \"gruu\". Did you mean \"gru\"?");
    r = program_expect(1, "discern fit gru --data t.csv -o refused --isa avx3");
    assert_holds(r.err, "avx3");
    assert_holds(r.err, "avx2");
    static const char *const verbs[] = {"eval", "show", "plot", "fit --resume"};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        r = program_expect(1, "discern %s no-run", verbs[i]);
        assert_holds(r.err, "no-run");
    }
    assert_false(program_has("refused"));
    assert_false(program_has("no-run"));
}

static void an_audit_ends_with_1_only_if_the_table_is_of_no_use(void **state)
{
    (void)state;
    program_write("gaps.csv", "trial,choice\n1,0\n5,1\n");
    assert_holds(program_expect(0, "discern data check gaps.csv").out, "warning: 1 times trial");
    program_write("infinite.csv", "choice,reward\n1,0\n0,inf\n");
    program_result r = program_expect(1, "discern data check infinite.csv");
    assert_holds(r.out, "unusable: 1 values of column \"reward\" are infinite (first: line 3");
    assert_holds(r.err, "infinite.csv cannot be used as it is");
    program_expect(1, "discern data check infinite.csv --json -q | grep -q '\"usable\": false'; "
                      "discern data check infinite.csv --json -q >/dev/null");
    program_write("ragged.csv", "choice,reward\n1,0\n0\n");
    r = program_expect(1, "discern data check ragged.csv --json");
    assert_holds(r.out, "\"kind\": \"refused\"");
    assert_holds(r.out, "line 3: 1 cells");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_such_file),
        cmocka_unit_test(an_empty_file),
        cmocka_unit_test(a_missing_column),
        cmocka_unit_test(what_is_predicted_is_no_input),
        cmocka_unit_test(a_pipe_is_read_from_its_beginning),
        cmocka_unit_test(from_one_session_there_is_no_interval),
        cmocka_unit_test(two_columns_for_one_role),
        cmocka_unit_test(a_choice_out_of_range),
        cmocka_unit_test(text_where_a_number_belongs),
        cmocka_unit_test(all_choices_missing),
        cmocka_unit_test(a_code_that_the_map_does_not_know),
        cmocka_unit_test(one_session_or_no_choice_column),
        cmocka_unit_test(maps_that_contradict_themselves),
        cmocka_unit_test(a_table_in_the_place_of_the_model),
        cmocka_unit_test(settings_that_are_unknown_or_out_of_range),
        cmocka_unit_test(a_config_names_file_and_line),
        cmocka_unit_test(an_audit_ends_with_1_only_if_the_table_is_of_no_use),
        cmocka_unit_test(a_model_an_engine_a_run_that_do_not_exist),
    };
    return cmocka_run_group_tests(tests, program_enter, program_leave);
}
