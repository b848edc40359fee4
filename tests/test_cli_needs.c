// SPDX-License-Identifier: Apache-2.0
// test_cli_needs.c — what is given on the command line has its effect, or is refused with a
// sentence that names it.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/program.h"

static int enter(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(0, "discern simulate bandit -o t.csv subjects=2 sessions=2 trials=30 -q && "
                      "discern fit gru --data t.csv -o g model.n_units=2 phases.main.steps=2 -q "
                      "--no-figures");
    return 0;
}

typedef struct refusal {
    int code;
    const char *command, *sentence;
} refusal;

static void refuse_all(const refusal *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_holds(program_expect(rows[i].code, "discern %s", rows[i].command).err,
                     rows[i].sentence);
}

static void options_without_effect_are_refused(void **state)
{
    static const refusal rows[] = {
        {2, "simulate bandit -o s.csv --noisy", "--noisy has no effect here: noise is a run's"},
        {2, "simulate bandit -o s.csv --checkpoint last", "--checkpoint has no effect here"},
        {1, "simulate bandit --agent g -o s.csv --noisy", "--noisy has no effect here: gru has no"},
        {1, "eval g --noisy", "--noisy has no effect here: gru has no noise"},
        {2, "eval g --format npz", "--format has no effect here: nothing is recorded"},
        {2, "show g --provenance --checkpoint last", "--checkpoint has no effect here"},
        {2, "recover q_learning --task bandit --format pdf", "--format has no effect here"},
        {2, "fit --resume g --force", "--force has no effect here: --resume and --extend go on"},
        {2, "fit g/config.yaml --verify g --force", "--force has no effect here: "},
        {2, "fit --verify g --no-figures", "--no-figures has no effect here: --verify draws none"},
        {2, "adapt --resume g --force", "--force has no effect here: --resume goes on"},
        {2, "adapt --resume g --map choice=choice", "--resume reads g/config.yaml"},
        {2, "adapt --resume g --missing x", "--resume reads g/config.yaml"},
        {2, "show g --engine ref", "--engine has no effect on discern show"},
        {2, "compare g g --threads 2", "--threads has no effect on discern compare"},
        {2, "data check t.csv --isa scalar", "--isa has no effect on discern data check"},
        {2, "models --precision double", "--precision has no effect on discern models"},
        {2, "recover q_learning --task bandit --precision double", "--precision has no effect"},
        {2, "tasks --seed 1", "--seed has no effect on discern tasks"},
        {2, "models q_learning --text --json", "--json has no effect here: --text prints"},
        {2, "cog format m.cog --json", "--json has no effect here: the result is a text"},
        {2, "data split t.csv -o s.json --seed 3", "--seed has no effect here: nothing is shuf"},
    };
    (void)state;
    refuse_all(rows, sizeof rows / sizeof *rows);
    assert_false(program_has("s.csv"));
    assert_false(program_has("s.json"));
}

static void keys_without_effect_are_refused(void **state)
{
    static const refusal rows[] = {
        {1, "fit q_learning --data t.csv -o x penalties=1,2", "leave penalties out"},
        {1, "fit q_learning --data t.csv -o x loss.name=mse", "loss.name has no effect here"},
        {1, "fit q_learning --data t.csv -o x --precision single",
         "engine.precision has no effect here"},
        {1, "fit q_learning --data t.csv -o x engine.precision=single",
         "engine.precision has no effect here"},
        {1, "import p.json --data t.csv -o x replicas=4", "replicas has no effect here"},
        {1, "import p.json --data t.csv -o x penalties=1,2", "penalties has no effect here"},
        {1, "import p.json --data t.csv -o x fit.method=mle", "fit.* has no effect here"},
        {1, "import p.json --data t.csv -o x phases.main.steps=9", "phases.* has no effect here"},
        {1, "import p.json --data t.csv -o x optimizer.name=sgd", "optimizer.* has no effect"},
        {1, "import p.json --data t.csv -o x batch.size=9", "batch.* has no effect here"},
        {1, "import p.json --data t.csv -o x train.patience=9", "train.* has no effect here"},
        {1, "recover q_learning --task bandit criterion=aic", "criterion has no effect here"},
        {2, "compare g g --draws 99", "--draws: 100 or more"},
        {2, "report g --draws 0", "--draws: 100 or more"},
    };
    (void)state;
    program_expect(0, "discern export g -o p.json -q --force");
    refuse_all(rows, sizeof rows / sizeof *rows);
    program_expect(0, "test ! -e x");
    program_expect(0, "discern import p.json --data t.csv -o seeded --seed 5 -q && "
                      "grep -q '^seed: 5' seeded/config.yaml");
}

// Another engine gives other bits; the run keeps those of its fit.
static void only_the_scores_of_the_fit_are_written_into_a_run(void **state)
{
    (void)state;
    program_expect(0, "cp -r g own && discern eval own -o own --force -q >/dev/null && "
                      "cmp g/predictions.csv own/predictions.csv");
    program_expect(1, "discern eval own -o own --force -q --precision double");
    program_expect(1, "discern eval own -o own --force -q --engine ref");
    program_expect(1, "discern eval own -o own --force -q --seed 5"); // of the interval's bootstrap
    program_expect(1, "DISCERN_ENGINE=ref discern eval own -o own --force -q");
    program_expect(0, "cmp g/predictions.csv own/predictions.csv");
}

// Only the map of the same column gives way to one on the command line.
static void maps_of_a_run_stay_beside_those_of_the_command_line(void **state)
{
    (void)state;
    program_expect(
        0, "sed '1s/.*/who,part,pick,paid/' t.csv | cut -d, -f1-4 >m.csv && "
           "sed '1s/paid/gain/' m.csv >o.csv && discern fit gru --data m.csv -o m --map "
           "subject=who --map session=part --map choice=pick --map reward=paid model.n_units=2 "
           "phases.main.steps=2 -q --no-figures && discern eval m --data o.csv --map reward=gain "
           "-o other -q >/dev/null && discern eval m -o mine -q >/dev/null && "
           "cmp other/predictions.csv mine/predictions.csv");
}

static void parameters_that_follow_from_something_else_are_refused(void **state)
{
    static const refusal rows[] = {
        {1, "filter q_learning --data t.csv -o f model.alpha=0.2",
         "model.alpha has no effect here: parameters are followed"},
        {1, "recover q_learning --task bandit q_learning.alpha=0.2",
         "q_learning.alpha has no effect here: every subject draws its own"},
        {1, "recover q_learning --task bandit q_learning.level=model",
         "q_learning.level has no effect here"},
        {1, "recover q_learning choice_kernel q_learning --task bandit",
         "\"q_learning\" and \"q_learning\" are both the model q_learning"},
    };
    (void)state;
    refuse_all(rows, sizeof rows / sizeof *rows);
}

static void of_a_key_given_twice_the_later_value_counts(void **state)
{
    (void)state;
    program_expect(0, "discern fit gru --data t.csv -o later -q --no-figures phases.main.steps=9 "
                      "phases.main.steps=1 && grep -q ' steps: 1 ' later/config.yaml");
}

static void two_values_for_one_thing_are_refused(void **state)
{
    static const refusal rows[] = {
        {2, "fit gru --data t.csv -o x data.path=u.csv", "--data and data.path= say the same"},
        {2, "fit gru seed=1 --data t.csv -o x --seed 2", "--seed and seed= say the same"},
        {2, "fit gru --data t.csv -o x engine.precision=double --precision single",
         "--precision and engine.precision= say the same"},
        {2, "fit gru --data t.csv -o x --split s.json split.file=r.json",
         "--split and split.file= say the same"},
        {2, "fit gru --data t.csv -o x --map choice=choice data.map=reward=reward",
         "--map and data.map= say the same"},
        {2, "simulate bandit -o x.csv --seed 1 seed=2", "--seed and seed= say the same"},
        {2, "fit gru --data t.csv --data u.csv -o x",
         "--data is given as \"t.csv\" and as \"u.csv\"; give it once"},
        {2, "simulate bandit -o x.csv -o y.csv", "--output is given as \"x.csv\" and as"},
        {2, "simulate bandit -o x.csv --seed 1 --seed 2", "--seed is given as 1 and as 2"},
    };
    (void)state;
    refuse_all(rows, sizeof rows / sizeof *rows);
    program_expect(0, "test ! -e x && test ! -e x.csv && test ! -e y.csv");
    program_expect(0, "discern simulate bandit -o z.csv -q -q --seed 1 --seed 1 sessions=1 "
                      "--record value --record prediction_error");
}

static void eval_computes_with_the_engine_of_the_environment(void **state)
{
    (void)state;
    assert_holds(program_expect(1, "DISCERN_ENGINE=nonsense discern eval g -q").err,
                 "there is no engine \"nonsense\"");
    program_expect(0, "DISCERN_ENGINE=nonsense discern eval g -q --engine ref");
    program_expect(0, "DISCERN_ENGINE=ref discern eval g -q");
}

static void export_and_import_say_what_they_wrote_as_json(void **state)
{
    (void)state;
    program_expect(0, "discern export g -o p.json --json -q --force >e.json && "
                      "grep -q '\"file\": \"p.json\"' e.json && grep -q '\"gru\"' e.json");
    program_expect(0, "discern import p.json --data t.csv -o in --json -q >i.json && "
                      "grep -q '\"run\": \"in\"' i.json && ! grep -q More i.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_without_effect_are_refused),
        cmocka_unit_test(keys_without_effect_are_refused),
        cmocka_unit_test(only_the_scores_of_the_fit_are_written_into_a_run),
        cmocka_unit_test(maps_of_a_run_stay_beside_those_of_the_command_line),
        cmocka_unit_test(parameters_that_follow_from_something_else_are_refused),
        cmocka_unit_test(of_a_key_given_twice_the_later_value_counts),
        cmocka_unit_test(two_values_for_one_thing_are_refused),
        cmocka_unit_test(eval_computes_with_the_engine_of_the_environment),
        cmocka_unit_test(export_and_import_say_what_they_wrote_as_json),
    };
    return cmocka_run_group_tests(tests, enter, program_leave);
}
