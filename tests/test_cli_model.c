// SPDX-License-Identifier: Apache-2.0
// test_cli_model.c — a model of one's own at the command line: from any folder, with keys that do
// something, scored and played under names that say what they are.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/program.h"

#define FIT "discern fit ./mine.cog --data t.csv fit.restarts=3 -q --no-figures "

static int enter(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(0, "discern models q_learning --text >mine.cog");
    program_expect(0, "discern simulate bandit mine.cog -o t.csv sessions=2 trials=60 -q");
    program_expect(0, FIT "-o run");
    return 0;
}

static void a_text_in_a_folder_is_a_model_not_a_config(void **state)
{
    (void)state;
    program_expect(0, "mkdir -p sub.dir && cd sub.dir && discern fit ../mine.cog --data ../t.csv "
                      "fit.restarts=2 -q --no-figures -o run");
}

static void keys_without_effect_are_refused(void **state)
{
    (void)state;
    static const char *const idle[][2] = {
        {"phases.main.steps=3", "phases.main.steps has no effect here: ./mine.cog is fitted with "
                                "fit.method=mle, which takes the keys fit.*"},
        {"optimizer.beta1=0.5", "optimizer.beta1 has no effect"},
        {"replicas=2", "which its restarts search from many starts"},
        {"model.alpha=0.2", "To hold it at a value, declare it as an option"},
        {"model.level=model", "said by fit.group"},
        {"fit.method=gradient fit.restarts=2", "fit.method=gradient, which trains in steps"},
    };
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++) {
        const program_result r = program_expect(1, FIT "-o idle %s", idle[i][0]);
        assert_holds(r.err, idle[i][1]);
    }
    program_expect(0, FIT "-o option model.initial_value=0");
}

static void a_network_has_nothing_to_estimate(void **state)
{
    (void)state;
    const program_result r = program_expect(
        1,
        "discern fit gru --data t.csv fit.method=mle model.n_units=1 split.every=0 -o network -q");
    assert_holds(r.err, "gru has no parameters to estimate");
}

static void eval_says_where_parameters_come_from(void **state)
{
    (void)state;
    const program_result r = program_expect(0, "discern eval run -q");
    assert_holds(r.out, "the parameters of its fit.csv");
    assert_holds(program_expect(1, "discern eval run --checkpoint last -q").err, "take \"best\"");
}

static void recorded_prediction_errors_stand_at_their_own_trial(void **state)
{
    (void)state;
    program_expect(0, "discern simulate bandit mine.cog -o own.csv sessions=3 trials=20 -q "
                      "--record prediction_error,value");
    // value_0, value_1 are the last columns; the error is reward - value[choice], none at the end
    program_expect(0, "awk -F, 'NR > 1 {d = $5 - ($4 ? $NF : $(NF - 1)) - $(NF - 2); "
                      "if ($3 == 19 ? $(NF - 2) != \"\" : d * d > 1e-20) exit 1; n++} "
                      "END {if (n != 60) exit 1}' own.csv");
}

static void a_text_may_fix_how_many_actions_there_are(void **state)
{
    (void)state;
    program_expect(0, "sed 's/^actions any/actions 3/' mine.cog >three.cog && discern simulate "
                      "bandit three.cog -o three.csv task.n_arms=3 sessions=2 trials=60 -q");
    program_expect(0, "discern fit three.cog --data three.csv fit.restarts=2 -q -o three");
    program_expect(0, "discern models three.cog --graph");
    program_expect(0, "discern fit three.cog --data three.csv fit.method=gradient -q -o steps "
                      "phases.main.steps=2");
    // Where the third was never chosen, it still is there; what has no place in the model is
    // refused.
    program_result r = program_expect(0, "discern fit three.cog --data t.csv -q -o two");
    assert_holds(r.out, "0.3333");
    program_expect(0, "sed 's/^actions any/actions 2/' mine.cog >two.cog");
    r = program_expect(1, "discern fit two.cog --data three.csv fit.restarts=2 -q -o more");
    assert_holds(r.err, "three.csv: there are 3 options, but two.cog has actions 2");
    assert_false(program_has("more"));
}

// Sessions of 6, 8 ... 24 trials: what is read after the end of one must not be 0 either.
static void a_model_that_divides_by_an_outcome_is_trained_in_steps(void **state)
{
    (void)state;
    program_expect(0, "sed -e 's/^outcome reward.*/&\\noutcome delay \"a wait\"/' "
                      "-e 's/= reward -/= reward \\/ delay -/' mine.cog >delay.cog");
    program_expect(0, "awk 'BEGIN {print \"session,choice,reward,delay\"; for (s = 0; s < 10; s++) "
                      "for (t = 0; t < 6 + 2 * s; t++) print s \",\" (s * t) %% 2 \",\" t %% 2 "
                      "\",\" 1 + t %% 3}' >delay.csv");
    const program_result r = program_expect(
        0, "discern fit delay.cog --data delay.csv fit.method=gradient -q -o delayed "
           "phases.main.steps=3 batch.mode=random batch.size=5 split.every=3");
    assert_null(strstr(r.err, "left out")); // no figure of estimates, which such a fit has not
}

static void blocks_that_never_begin_are_told(void **state)
{
    (void)state;
    const char *const said = "no block begins within a session";
    program_result r = program_expect(0, "discern fit q_perseveration --data t.csv -o none "
                                         "--no-figures fit.restarts=2");
    assert_holds(r.err, said);
    program_expect(0, "awk -F, -v OFS=, '{print $0, NR == 1 ? \"block\" : $3 < 30}' t.csv >b.csv");
    r = program_expect(0, "discern fit q_perseveration --data b.csv -o some --no-figures "
                          "fit.restarts=2");
    assert_null(strstr(r.err, said));
}

static void models_describes_a_text_with_priors_and_columns(void **state)
{
    (void)state;
    program_result r = program_expect(0, "discern models ./mine.cog");
    assert_holds(r.out, "reads: choice, outcome reward\n");
    assert_holds(r.out, "beta(1.1, 1.1)");
    assert_holds(r.out, "subject  learning rate");
    assert_holds(r.out, "initial_value  0.5");
    r = program_expect(0, "discern models two_step --json");
    assert_holds(r.out, "\"prior\": \"normal(0, 0.3)\"");
    assert_holds(r.out, "\"kind\": \"cue\"");
}

// What is known beforehand is what would be computed: s is -1 and l is -50, on every trial.
static void constants_are_what_the_same_states_give(void **state)
{
    (void)state;
    program_write("known.cog", "model known\nactions 2\noutcome reward\nparameter alpha in unit\n"
                               "dimension n 5\nstate q[action] = 0\nstate s = -1\nstate l = -50\n"
                               "state w[n] = 0\ntrial\n"
                               "    power = (-1) ^ 66 - s ^ 66\n"
                               "    tail = log_normal_cdf(-50) - log_normal_cdf(l)\n"
                               "    near = log_normal_cdf(-29.9) - log_normal_cdf(l + 20.1)\n"
                               "    beyond = if n > 2 then w[n - 3] else 0\n"
                               "    limits = if n > 2 then clip(alpha, 2, n) else 0\n"
                               "    choose softmax(q)\n"
                               "    q[choice] += alpha * (reward - q[choice])\n");
    for (int n = 1; n <= 3; n++)
        program_expect(0,
                       "discern simulate bandit ./known.cog -o known.csv sessions=1 trials=3 "
                       "agent.n=%d --record power,tail,near,beyond,limits --force -q",
                       n);
    program_expect(0, "awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i; next} "
                      "{power = $at[\"power\"]; tail = $at[\"tail\"]; near = $at[\"near\"]} "
                      "power != 0 || tail^2 > 1e-16 || near^2 > 1e-16 {exit 1}' known.csv");
}

static void a_text_with_a_zero_byte_is_no_text(void **state)
{
    (void)state;
    program_expect(0, "{ cat known.cog; printf '\\000notes'; } >zero.cog && cp zero.cog kept.cog");
    assert_holds(program_expect(1, "discern cog check zero.cog").err, "holds a zero byte");
    assert_holds(program_expect(1, "discern cog format zero.cog -o zero.cog --force").err,
                 "holds a zero byte");
    program_expect(0, "cmp zero.cog kept.cog");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_in_a_folder_is_a_model_not_a_config),
        cmocka_unit_test(keys_without_effect_are_refused),
        cmocka_unit_test(recorded_prediction_errors_stand_at_their_own_trial),
        cmocka_unit_test(models_describes_a_text_with_priors_and_columns),
        cmocka_unit_test(constants_are_what_the_same_states_give),
        cmocka_unit_test(a_text_with_a_zero_byte_is_no_text),
        cmocka_unit_test(a_text_may_fix_how_many_actions_there_are),
        cmocka_unit_test(a_model_that_divides_by_an_outcome_is_trained_in_steps),
        cmocka_unit_test(blocks_that_never_begin_are_told),
        cmocka_unit_test(a_network_has_nothing_to_estimate),
        cmocka_unit_test(eval_says_where_parameters_come_from),
    };
    return cmocka_run_group_tests(tests, enter, program_leave);
}
