// SPDX-License-Identifier: Apache-2.0
// test_cli_fit.c — a fit from the command line: run directory, signals, resume, eval, plot, and
// runs that are in use, damaged or of another model.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "support/program.h"

// Small enough for a fraction of a second.
#define GRU     "discern fit gru --data t.csv model.n_units=2 phases.main.steps=20 -q --threads 2 "
#define ENDLESS "discern fit gru --data t.csv model.n_units=2 phases.main.steps=100000000 -q -o "

static int enter(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(0, "discern simulate bandit -o t.csv sessions=8 trials=40 seed=3 -q");
    program_expect(0, GRU "-o run --no-figures");
    return 0;
}

static bool same(const char *a, const char *b)
{
    return program_run("cmp -s %s %s", a, b).code == 0;
}

static void a_last_phase_without_steps_changes_nothing(void **state)
{
    (void)state;
    program_expect(0, "discern fit disrnn --data t.csv model.latent_size=1 phases.warmup.steps=3 "
                      "phases.main.steps=0 split.every=0 -q --no-figures -o warm");
    assert_holds(program_expect(0, "discern eval warm").out, "the checkpoint of step 3");
    program_expect(0, "discern fit --resume warm --extend 2 -q --no-figures");
    assert_holds(program_expect(0, "discern eval warm").out, "the checkpoint of step 5");
}

// "#" begins a comment in a config, but not in quotes.
static void a_run_does_not_go_on_with_another_column(void **state)
{
    (void)state;
    program_expect(0,
                   "sed '1s/$/,pick#1,pick#2/; 1!s/$/,0,1/' t.csv >picks.csv && "
                   "discern fit gru --data picks.csv --map 'reward=pick#1' model.n_units=1 "
                   "phases.main.steps=2 -q --no-figures -o picks && "
                   "sed -i 's/pick#1/pick#2/' picks/config.yaml && grep pick#2 picks/config.yaml");
    assert_holds(program_expect(1, "discern fit --resume picks --extend 2 -q").err,
                 "was made with another config");
}

// ---- what a fit leaves --------------------------------------------------------------------------

static void a_run_directory_is_complete(void **state)
{
    static const char *const files[] = {"config.yaml",
                                        "provenance.json",
                                        "split.json",
                                        "metrics.csv",
                                        "predictions.csv",
                                        "summary.json",
                                        "checkpoints/last.safetensors"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[64];
        snprintf(path, sizeof path, "run/%s", files[i]);
        if (!program_has(path)) fail_msg("%s is not there", path);
    }
    program_expect(0, "head -1 run/metrics.csv | grep -qx "
                      "step,phase,loss,nll_train,nll_heldout,penalty,grad_norm,lr,trials_per_s");
    program_expect(0, "head -1 run/predictions.csv | grep -qx "
                      "subject,session,trial,choice,weight,p_0,p_1,log_lik");
    program_expect(0, "test $(wc -l < run/predictions.csv) -eq 321");
}

static void a_fit_prints_scores_with_chance_beside_them(void **state)
{
    (void)state;
    const program_result r = program_expect(0, GRU "-o printed --no-figures");
    assert_holds(r.out, "norm. likelihood");
    assert_holds(r.out, "0.5000");
    assert_holds(r.out, "train ");
    assert_holds(r.out, "heldout");
    assert_string_equal(r.err, "");
}

static void json_results_can_be_read(void **state)
{
    (void)state;
    program_result r = program_expect(0, GRU "-o as-json --no-figures --json");
    json_t *value = json_loads(r.out, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(value, "run")), "as-json");
    assert_true(json_is_object(json_object_get(value, "summary")));
    json_decref(value);
    r = program_expect(0, "discern eval run --json -q");
    value = json_loads(r.out, 0, NULL);
    assert_non_null(value);
    json_decref(value);
    r = program_expect(0, "discern show run --json -q");
    value = json_loads(r.out, 0, NULL);
    assert_non_null(value);
    json_decref(value);
}

static void the_config_of_a_run_repeats_it_bit_for_bit(void **state)
{
    (void)state;
    program_expect(0, "discern fit run/config.yaml -o again -q --no-figures --threads 1");
    assert_true(same("run/predictions.csv", "again/predictions.csv"));
}

static void a_split_file_decides_what_is_held_out(void **state)
{
    (void)state;
    program_expect(0, "discern data split t.csv --every 4 --offset 0 -o four.json -q");
    program_expect(0, GRU "-o split --split four.json --no-figures");
    program_expect(0, "discern data split t.csv --every 4 --offset 1 -o other.json -q");
    assert_true(same("split/split.json", "four.json"));
    assert_false(same("split/split.json", "other.json"));
}

// ---- stopping and going on ----------------------------------------------------------------------

// When a fit, whose command ends with "-o ", has scored its state three times, or has ended.
static program_result while_fitting(const char *fit, const char *run, const char *then)
{
    return program_while(fit, run, "metrics.csv", 3, then);
}

static void a_signal_saves_and_says_how_to_go_on(void **state)
{
    static const struct {
        const char *fit, *run, *stop, *told;
        int code;
    } signals[] = {{ENDLESS, "stopped-int", "kill -INT $pid; wait $pid", "stopped-int\n", 130},
                   {"discern fit gru --data t.csv phases.main.steps=100000000 -q --no-figures -o ",
                    "stopped-term", "kill -TERM $pid; wait $pid", "stopped-term --no-figures\n",
                    143}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const program_result r = while_fitting(signals[i].fit, signals[i].run, signals[i].stop);
        assert_holds(r.err, "the state was saved. To go on: discern fit --resume stopped-");
        assert_holds(r.err, signals[i].told);
        assert_int_equal(r.code, signals[i].code);
    }
    assert_true(program_has("stopped-int/checkpoints/last.safetensors"));
}

static void a_killed_fit_resumes_to_the_same_bits(void **state)
{
    program_result r;
    int tries = 0;
    (void)state;
#define LONGER                                                             \
    "discern fit gru --data t.csv model.n_units=2 phases.main.steps=3000 " \
    "train.checkpoint_every=20 "                                           \
    "train.evaluate_every=20 -q --no-figures -o "
    program_expect(0, LONGER "whole");
    do { // once more if it was over before it could be killed
        program_expect(0, "rm -rf killed");
        r = while_fitting(LONGER, "killed", "kill -KILL $pid; wait $pid");
    } while (program_has("killed/summary.json") && ++tries < 20);
    assert_int_equal(r.code, 137);
    assert_false(program_has("killed/summary.json"));
    assert_holds(program_expect(1, "discern compare whole killed").err,
                 "killed is a fit that is not finished; finish it: discern fit --resume killed");
    program_expect(0, "discern fit --resume killed -q --no-figures --threads 1 --isa scalar");
    program_expect(1, "discern fit --resume -o nowhere -q");
    assert_true(same("whole/predictions.csv", "killed/predictions.csv"));
}

static void extending_adds_steps_and_both_forms_work(void **state)
{
    (void)state;
    program_expect(0, "cp -r run longer");
    program_expect(0, "discern fit --extend 5 longer -q --no-figures");
    program_expect(0, "discern fit --extend 5 -o longer -q --no-figures");
    const program_result r = program_expect(0, "discern eval longer --checkpoint last -q");
    assert_holds(r.out, "step 30");
}

static void results_of_a_shorter_fit_do_not_pass_for_those_of_a_longer(void **state)
{
    (void)state;
    program_expect(0, "cp -r run longest");
    program_expect(143, "discern fit --resume longest --extend 100000000 -q --no-figures & pid=$!; "
                        "for i in $(seq 600); do [ -e longest/summary.json ] || break; "
                        "sleep 0.1; done; kill -TERM $pid; wait $pid");
    assert_false(program_has("longest/predictions.csv"));
    assert_false(program_has("longest/summary.json"));
}

static void resuming_a_trained_run_says_so(void **state)
{
    (void)state;
    program_expect(0, "cp -r run trained");
    program_expect(0, "discern fit --resume trained --no-figures -q --threads 1 --isa scalar");
    program_expect(2, "discern fit --resume trained --no-figures -q --precision double");
    const program_result r = program_expect(0, "discern fit --resume trained --no-figures");
    assert_holds(r.err, "trained is trained already (step 20); discern fit --extend N trained ");
    assert_null(strstr(r.err, "0 of 20"));
    assert_true(same("run/predictions.csv", "trained/predictions.csv"));
}

static double r2_in(const json_t *summary, const char *name)
{
    const json_t *values = json_object_get(json_object_get(summary, "heldout"), "values");
    const json_t *r2 = json_object_get(json_object_get(values, name), "r2");
    return json_number_value(json_object_get(r2, "value"));
}

static void a_fit_of_values_says_what_it_explains(void **state)
{
    (void)state;
#define VALUES GRU "loss.name=mse data.targets=prev_reward "
    program_result r = program_expect(0, VALUES "-o values");
    assert_holds(r.out, "no-skill mse");
    assert_holds(r.out, "heldout  prev_reward");
    r = program_expect(0, VALUES "-o values --force --json");
    json_t *value = json_loads(r.out, 0, NULL);
    const double r2 = r2_in(json_object_get(value, "summary"), "prev_reward");
    assert_true(r2 > -10 && r2 < 1 && r2 != 0);
    json_decref(value);
    r = program_expect(0, "discern eval values --json");
    value = json_loads(r.out, 0, NULL);
    assert_true(r2_in(value, "prev_reward") == r2);
    json_decref(value);
    assert_holds(program_expect(0, "discern show values").out, "values      prev_reward\n");
    r = program_expect(0, VALUES "-o folds --folds 2");
    assert_holds(r.out, "prev_reward: mean squared error ");
    assert_null(strstr(r.out, "NLL"));
    r = program_expect(1, "cp -r values w; discern compare values w -o x");
    assert_holds(r.err, "Fits of values alone (mse) predict no choices");
}

static void values_and_choices_are_fitted_together(void **state)
{
    (void)state;
    program_result r = program_expect(0, GRU "data.targets=prev_reward -o both");
    assert_holds(r.out, "norm. likelihood");
    assert_holds(r.out, "heldout  prev_reward");
    r = program_expect(0, "head -1 both/predictions.csv");
    assert_holds(r.out, "p_1,log_lik,observed_prev_reward,predicted_prev_reward");
    program_expect(0, "discern plot both learning_curve -q -o curve && "
                      "grep -q 'Loss, without penalty' curve/learning_curve.gp && "
                      "! grep -q chance curve/learning_curve.gp && "
                      "discern plot values learning_curve -q -o curve --force");
    program_expect(0, "cp -r both twin; discern compare both twin -o both-compared");
    program_expect(0, "discern simulate bandit --agent both -o both.csv sessions=2 trials=5");
}

#define NEURO "discern fit disrnn_neuro --data t.csv phases.main.steps=4 phases.warmup.steps=2 "
static void the_neuro_network_predicts_plays_and_is_shown(void **state)
{
    (void)state;
    assert_holds(program_expect(1, NEURO "-o neuro").err, "data.targets names none; say which");
    assert_holds(program_expect(1, NEURO "-o neuro loss.name=mse data.targets=reward").err,
                 "predicts choices too");
    program_result r = program_expect(0, NEURO "data.targets=prev_reward,prev_choice -o neuro");
    assert_holds(r.out, "heldout  prev_reward");
    assert_holds(r.out, "heldout  prev_choice");
    assert_holds(program_expect(0, "grep name: neuro/config.yaml").out, "penalized_hybrid");
    program_expect(0, "discern simulate bandit --agent neuro -o neuro.csv sessions=2 trials=5");
    program_expect(0, "discern report neuro -o neuro.html");
    assert_holds(program_expect(0, "cat neuro.html").out, "net(bottlenecked z, bottlenecked x)");
}

static void trials_say_which_options_they_allow(void **state)
{
    (void)state;
    program_write("masks.csv",
                  "session,choice,reward,a,b,c\n0,0,1,1,1,0\n0,2,0,0,1,1\n0,1,1,1,1,0\n"
                  "1,0,1,1,0,1\n1,1,0,1,1,1\n1,2,1,0,0,1\n");
#define MASKS "discern fit gru --data masks.csv phases.main.steps=5 --no-figures "
    program_expect(0, MASKS "-o masks data.valid_actions=a,b,c");
    const program_result r = program_expect(0, "tail -1 masks/predictions.csv");
    assert_holds(r.out, ",2,1,0,0,1,0\n"); // one option: certain
    assert_holds(program_expect(1, MASKS "-o m data.valid_actions=a,b").err,
                 "names 2 columns, but there are 3 options");
    assert_holds(program_expect(1, MASKS "-o m data.valid_actions=a,b,c loss.name=mse").err,
                 "mse predicts no choices");
}

// What the search minimised is what the evaluation of its run finds.
static void classical_fits_know_which_options_trials_allow(void **state)
{
    (void)state;
#define CLASSICAL   "discern fit q_learning --data masks.csv -q --no-figures "
#define NLL_OF(run) "awk -F, 'NR == 2 { printf \"%%.9f\", $7 }' " run "/fit.csv"
    program_expect(0, CLASSICAL "-o allowed data.valid_actions=a,b,c");
    program_expect(0, CLASSICAL "-o all");
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"nll_per_trial\": %.11s",
             program_expect(0, NLL_OF("allowed")).out);
    assert_holds(program_expect(0, "cat allowed/summary.json").out, wanted);
    program_expect(0, "test $(" NLL_OF("allowed") " | tr -d .) -lt $(" NLL_OF("all") " | tr -d .)");
    assert_holds(program_expect(1, CLASSICAL "-o m data.valid_actions=a,b").err,
                 "names 2 columns, but there are 3 options");
    assert_holds(program_expect(1, CLASSICAL "-o m data.valid_actions=a,b,c fit.epsilon=1e-10").err,
                 "fit.epsilon=1e-10 gives every option a probability");
}

static void a_warning_is_said_once(void **state)
{
    (void)state;
    program_write("minus.csv",
                  "session,choice,reward\n1,0,1\n1,-1,0\n1,-1,0\n1,1,1\n2,0,1\n2,1,0\n");
    const program_result r = program_expect(0, "discern fit gru --data minus.csv -o minus");
    const char *first = strstr(r.err, "values below 0");
    assert_non_null(first);
    assert_null(strstr(first + 1, "values below 0"));
}

static void what_a_network_reads_as_0_is_said(void **state)
{
    (void)state;
    program_write("gaps.csv",
                  "session,choice,reward\n1,0,\n1,,\n1,1,1\n1,1,1\n2,0,1\n2,1,\n2,1,0\n");
    const char *fit = "discern fit gru --data gaps.csv phases.main.steps=2 --no-figures --force -o";
    assert_holds(program_expect(0, "%s gaps split.every=2", fit).err,
                 "what the input \"prev_reward\" reads is missing on 2 trials with a choice, and "
                 "the network reads 0 there; fill it in");
    program_expect(0, "sed -i 's/,$/,0/' gaps.csv");
    assert_null(strstr(program_expect(0, "%s gaps", fit).err, "the network reads 0"));
}

static int count_lines_of(const char *path, const char *part)
{
    return atoi(program_expect(0, "grep -c '%s' %s", part, path).out);
}

static void warnings_are_kept_once_however_often_a_fit_is_gone_on_with(void **state)
{
    (void)state;
    program_expect(0, "discern fit --extend 2 minus -q --no-figures");
    program_expect(0, "discern fit --extend 2 minus -q --no-figures");
    assert_int_equal(count_lines_of("minus/warnings.txt", "values below 0"), 1);
    // What is new comes behind what is there.
    program_expect(0, "sed -i 's/values below 0/values above 9/' minus/warnings.txt");
    program_expect(0, "discern fit --extend 2 minus -q --no-figures");
    assert_int_equal(count_lines_of("minus/warnings.txt", "values"), 2);
    assert_holds(program_expect(0, "tail -n 1 minus/warnings.txt").out, "values below 0");
    while_fitting("discern fit gru --data minus.csv phases.main.steps=100000000 -q -o ",
                  "minus-stopped", "kill -INT $pid; wait $pid");
    assert_int_equal(count_lines_of("minus-stopped/warnings.txt", "values below 0"), 1);
}

static void a_finished_run_is_not_replaced_without_force(void **state)
{
    (void)state;
    program_expect(0, "cp run/predictions.csv before.csv");
    const program_result r = program_expect(1, GRU "-o run --seed 7");
    assert_holds(r.err, "run holds a run already");
    assert_holds(r.err, "--force");
    assert_true(same("run/predictions.csv", "before.csv"));
    program_expect(0, "cp -r run forced && " GRU "-o forced --seed 7 --force --no-figures");
    assert_false(same("forced/predictions.csv", "before.csv"));
}

// One folder, one result: with two in it, the scores of one would pass for those of the other.
static void another_kind_of_result_is_refused_even_with_force(void **state)
{
    static const char *const verbs[] = {"eval q -o run",
                                        "eval run --data t.csv -o run",
                                        "eval run --noisy -o run",
                                        "compare run q -o run",
                                        "eval q -o compared",
                                        "eval run -o q",
                                        "compare q run -o elsewhere",
                                        "filter q_learning --data t.csv particles=20 -o run"};
    static const char *const holds[] = {"run holds a run, which",   "run holds a run, which",
                                        "run holds a run, which",   "run holds a run, which",
                                        "compared holds what com",  "q holds a run, which",
                                        "elsewhere holds an evalu", "run holds a run, which"};
    (void)state;
    program_expect(0, "discern fit q_learning --data t.csv fit.restarts=2 -o q -q --no-figures && "
                      "discern eval q -o elsewhere -q && "
                      "discern compare q run --in-sample -o compared -q --no-figures");
    program_expect(0, "find run q elsewhere compared -type f | sort | xargs cksum >before.sums");
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        assert_holds(program_expect(1, "discern %s --force -q", verbs[i]).err, holds[i]);
    program_expect(0, "find run q elsewhere compared -type f | sort | xargs cksum >after.sums");
    assert_true(same("before.sums", "after.sums"));
}

static void an_evaluation_is_replaced_wholly_and_a_run_gets_its_own_scores_again(void **state)
{
    (void)state;
    program_expect(0, "discern eval run -o rescored --record h -q && discern eval run -o rescored "
                      "--force -q");
    assert_false(program_has("rescored/record.csv"));
    program_expect(0, "cp -r run again && rm again/predictions.csv && "
                      "discern eval again -o ./again/ --force -q");
    assert_true(same("run/predictions.csv", "again/predictions.csv"));
    assert_false(program_has("again/lock"));
}

static void a_run_in_use_is_refused(void **state)
{
    (void)state;
    const program_result r =
        while_fitting(ENDLESS, "busy",
                      "discern fit --resume busy 2>refusal; code=$?; kill -TERM $pid; wait $pid; "
                      "cat refusal >&2; exit $code");
    assert_holds(r.err, "busy is in use");
    assert_int_equal(r.code, 1);
    const program_result scored =
        while_fitting(ENDLESS, "busy-too",
                      "discern eval busy-too -o busy-too --force 2>refusal; code=$?; "
                      "kill -TERM $pid; wait $pid; cat refusal >&2; exit $code");
    assert_holds(scored.err, "busy-too is in use");
    assert_int_equal(scored.code, 1);
}

// ---- reading a run ------------------------------------------------------------------------------

static void eval_of_the_same_trials_writes_the_same_predictions(void **state)
{
    (void)state;
    program_expect(0, "discern eval run -o scored --record h -q");
    assert_true(same("run/predictions.csv", "scored/predictions.csv"));
    assert_true(program_has("scored/record.csv"));
    program_expect(0, "head -1 scored/record.csv | grep -q h_1");
    program_result r = program_expect(1, "discern eval run -o scored -q");
    assert_holds(r.err, "scored/predictions.csv exists already and stays as it is");
    r = program_expect(1, "discern eval run -o unknown --record hh -q");
    assert_holds(r.err, "hh");
    assert_false(program_has("unknown"));
}

static void eval_of_other_trials_needs_no_split(void **state)
{
    (void)state;
    program_expect(0, "discern simulate bandit -o new.csv sessions=2 trials=10 seed=9 -q");
    const program_result r = program_expect(0, "discern eval run --data new.csv -q -o other");
    assert_holds(r.out, "all ");
    assert_null(strstr(r.out, "heldout"));
    program_expect(0, "test $(wc -l < other/predictions.csv) -eq 21");
}

static void a_fitted_run_plays_as_an_agent(void **state)
{
    (void)state;
    program_expect(0, "discern simulate bandit --agent run -o played.csv sessions=3 trials=15");
    program_expect(0, "discern data check played.csv");
    const program_result r =
        program_expect(1, "discern simulate bandit --agent run -o x.csv sessions=3 task.n_arms=3");
    assert_holds(r.err, "run chooses between 2 options, but the task \"bandit\" has 3");
}

static void figures_are_data_and_script(void **state)
{
    (void)state;
    program_result r = program_expect(0, "discern plot run learning_curve -o figures -q");
    assert_true(program_has("figures/learning_curve.csv"));
    assert_true(program_has("figures/learning_curve.gp"));
    r = program_expect(1, "discern plot run learning_curve -o figures -q");
    assert_holds(r.err, "figures/learning_curve.csv exists already and stays as it is");
    r = program_expect(1, "discern plot run learning_curv -o figures2");
    assert_holds(r.err, "Did you mean \"learning_curve\"?");
    assert_false(program_has("figures2"));
}

static void show_says_what_was_fitted(void **state)
{
    (void)state;
    assert_holds(program_expect(0, "discern show run").out, "gru");
}

// ---- damaged and foreign checkpoints ------------------------------------------------------------

static void a_truncated_checkpoint_is_refused(void **state)
{
    (void)state;
    program_expect(0,
                   "cp -r run cut && for f in cut/checkpoints/*.safetensors; do head -c 200 $f > x "
                   "&& mv x $f; done");
    static const char *const commands[] = {"eval cut", "show cut", "plot cut -o cut-figures",
                                           "fit --extend 5 cut"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const program_result r = program_expect(1, "discern %s", commands[i]);
        assert_holds(r.err, "cut/checkpoints/");
    }
    assert_false(program_has("cut-figures"));
    // Only the optimiser's arrays are short, which eval does not read: still refused.
    program_expect(0, "rm -r cut && cp -r run cut && for f in cut/checkpoints/*.safetensors; do "
                      "truncate -s -8 $f; done");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        assert_holds(program_expect(1, "discern %s", commands[i]).err, "truncated");
}

static void a_checkpoint_of_another_model_is_refused(void **state)
{
    (void)state;
    program_expect(0,
                   "discern fit rnn --data t.csv phases.main.steps=2 -q --no-figures -o foreign");
    program_expect(0, "cp run/checkpoints/* foreign/checkpoints/");
    const program_result r = program_expect(1, "discern eval foreign");
    assert_holds(r.err, "foreign/checkpoints/");
    assert_holds(r.err, "model");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_last_phase_without_steps_changes_nothing),
        cmocka_unit_test(a_run_does_not_go_on_with_another_column),
        cmocka_unit_test(a_run_directory_is_complete),
        cmocka_unit_test(a_fit_prints_scores_with_chance_beside_them),
        cmocka_unit_test(json_results_can_be_read),
        cmocka_unit_test(the_config_of_a_run_repeats_it_bit_for_bit),
        cmocka_unit_test(a_split_file_decides_what_is_held_out),
        cmocka_unit_test(a_signal_saves_and_says_how_to_go_on),
        cmocka_unit_test(a_killed_fit_resumes_to_the_same_bits),
        cmocka_unit_test(extending_adds_steps_and_both_forms_work),
        cmocka_unit_test(results_of_a_shorter_fit_do_not_pass_for_those_of_a_longer),
        cmocka_unit_test(resuming_a_trained_run_says_so),
        cmocka_unit_test(a_fit_of_values_says_what_it_explains),
        cmocka_unit_test(values_and_choices_are_fitted_together),
        cmocka_unit_test(the_neuro_network_predicts_plays_and_is_shown),
        cmocka_unit_test(trials_say_which_options_they_allow),
        cmocka_unit_test(classical_fits_know_which_options_trials_allow),
        cmocka_unit_test(a_warning_is_said_once),
        cmocka_unit_test(what_a_network_reads_as_0_is_said),
        cmocka_unit_test(warnings_are_kept_once_however_often_a_fit_is_gone_on_with),
        cmocka_unit_test(a_finished_run_is_not_replaced_without_force),
        cmocka_unit_test(another_kind_of_result_is_refused_even_with_force),
        cmocka_unit_test(an_evaluation_is_replaced_wholly_and_a_run_gets_its_own_scores_again),
        cmocka_unit_test(a_run_in_use_is_refused),
        cmocka_unit_test(eval_of_the_same_trials_writes_the_same_predictions),
        cmocka_unit_test(eval_of_other_trials_needs_no_split),
        cmocka_unit_test(a_fitted_run_plays_as_an_agent),
        cmocka_unit_test(figures_are_data_and_script),
        cmocka_unit_test(show_says_what_was_fitted),
        cmocka_unit_test(a_truncated_checkpoint_is_refused),
        cmocka_unit_test(a_checkpoint_of_another_model_is_refused),
    };
    return cmocka_run_group_tests(tests, enter, program_leave);
}
