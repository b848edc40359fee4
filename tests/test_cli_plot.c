// SPDX-License-Identifier: Apache-2.0
// test_cli_plot.c — figures of a classical model from the command line: drawn after its fit, by
// group, with simulated choices beside the data, of a session that was named.
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/program.h"

static int set_up(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(0, "discern simulate bandit q_learning -o t.csv subjects=4 sessions=2 trials=60 "
                      "-q");
    program_expect(0, "awk -F, 'NR==1 {print $0 \",clinic\"; next} {print $0 \",\" ($1 %% 2 ? "
                      "\"north\" : \"south\")}' t.csv > trials.csv");
    program_expect(0, "discern fit q_learning --data trials.csv -o run fit.restarts=3 -q");
    return 0;
}

static void a_fit_by_likelihood_draws_its_figures_and_no_learning_curve(void **state)
{
    static const char *const names[] = {"parameters", "trajectories", "calibration", "stay",
                                        "learning"};
    char path[96];
    (void)state;
    for (int i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "run/figures/%s.gp", names[i]);
        if (!program_has(path)) fail_msg("%s is missing", path);
    }
    assert_false(program_has("run/figures/learning_curve.gp"));
    assert_false(program_has("run/figures/session.gp"));
}

// What of a key lies beside the page is not drawn.
static void keys_of_many_options_and_units_are_on_the_page(void **state)
{
    (void)state;
    if (program_run("command -v gnuplot").code != 0) return print_message("skipped: no gnuplot\n");
    program_expect(0, "discern simulate bandit q_learning -o arms.csv task.n_arms=7 sessions=2 "
                      "trials=40 -q && discern fit q_learning --data arms.csv -o arms "
                      "fit.restarts=1 -q && discern fit gru --data arms.csv -o units "
                      "phases.main.steps=2 -q");
    program_expect(0, "cat > keys.awk <<'END'\n"
                      "/gnuplot_plot_/ {split($0, part, /<.?title>/); curve[part[2]]}\n"
                      "/<tspan/ {split($0, part, /<tspan[^>]*>|<.tspan>/); text[part[2]]}\n"
                      "END {for (c in curve) if (c != \"\" && c !~ /gnuplot/) {\n"
                      "    n++; if (!(c in text)) {print FILENAME, c; exit 1}}\n"
                      "    exit n < 8}\n"
                      "END");
    program_expect(0, "awk -f keys.awk arms/figures/trajectories.svg");
    program_expect(0, "awk -f keys.awk units/figures/session.svg");
}

static void groups_tasks_and_sessions_are_options(void **state)
{
    (void)state;
    program_expect(0, "discern plot run parameters stay --group clinic --task bandit "
                      "task.sigma=0.05 --seed 2 -o f -q");
    char *text = program_read("f/parameters.csv");
    assert_holds(text, "alpha,north,");
    assert_holds(text, "alpha,south,");
    free(text);
    program_expect(0, "grep -q simulated f/stay.csv");
    program_result r = program_expect(0, "discern simulate bandit --agent run -o p.csv subjects=4 "
                                         "sessions=2 trials=60 && discern plot run checks "
                                         "--against p.csv -o f");
    assert_holds(r.out, "f: checks");
    program_expect(0, "grep -q '5,run_lengths,simulated,2' f/checks.csv");
    program_expect(0, "discern plot run trajectories --subject 2 -o f -q");
    program_expect(0, "grep -q 'of subject 2' f/trajectories.gp");
}

static void columns_of_the_table_are_read_from_the_latents(void **state)
{
    (void)state;
    program_expect(0,
                   "discern simulate bandit q_learning -o v.csv sessions=6 trials=50 --record "
                   "value -q && awk -F, 'NR == 1 {print $0 \",same,cue\"; next} {print $0 \",4,\" "
                   "(NR %% 2 ? \"x\" : \"y\")}' v.csv > values.csv");
    program_expect(0, "discern fit disrnn --data values.csv -o latents phases.warmup.steps=3 "
                      "phases.main.steps=3 split.every=2 --no-figures -q");
    program_result r = program_expect(0, "discern plot latents decoding --columns "
                                         "value_0,value_1 -o decoded");
    assert_holds(r.err, "note: decoding: value_1, from 5 open latents: R2 ");
    program_expect(0, "head -1 decoded/decoding.csv | grep -qx "
                      "panel,column,r2_of_line,r2,error_of_changes,value,decoded");
    program_expect(0, "test $(wc -l < decoded/decoding.csv) = 301"); // half of 300 trials, twice
    program_expect(0, "discern plot latents -o all -q && test ! -e all/decoding.gp");
    r = program_expect(1, "discern plot latents decoding -o d");
    assert_holds(r.err, "decoding: which columns of the table? --columns NAME,...");
    r = program_expect(1, "discern plot latents decoding --columns vlaue -o d");
    assert_holds(r.err, "values.csv has no column \"vlaue\" to decode");
    r = program_expect(1, "discern plot latents decoding --columns cue -o d");
    assert_holds(r.err, "values.csv, column \"cue\": texts cannot be decoded");
    r = program_expect(1, "discern plot latents decoding --columns reward,reward,reward,reward,"
                          "reward,reward,reward -o d");
    assert_holds(r.err, "at most 6 columns are decoded together");
    r = program_expect(1, "discern plot latents decoding --columns same -o d");
    assert_holds(r.err, "column \"same\" is the same on all trials it is judged by");
}

// prev_choice and prev_reward of every trial instead of its reward: the same network, the same
// figure.
static void outcomes_may_be_those_of_the_trial_before(void **state)
{
    (void)state;
    program_expect(
        0, "awk -F, -v OFS=, 'NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i; print "
           "\"subject,session,trial,choice,prev_choice,prev_reward\"; next} {same = $1 $2 == "
           "who; print $1, $2, $3, $at[\"choice\"], same ? c : 0, same ? r : 0; c = "
           "$at[\"choice\"]; r = $at[\"reward\"]; who = $1 $2}' trials.csv > before.csv");
    program_expect(
        0, "for d in trials before; do discern fit gru --data $d.csv -o gru_$d model.n_units=3 "
           "phases.main.steps=5 -q && discern plot gru_$d stay learning -o of_$d -q || exit; "
           "done; cmp of_trials/stay.csv of_before/stay.csv");
    program_expect(
        0, "[ -s of_before/learning.csv ] && grep -q rewarded gru_before/figures/session.gp");
}

static void of_all_figures_one_that_cannot_be_made_is_left_out(void **state)
{
    (void)state;
    program_expect(0, "cp -r run short && cp short/fit.csv f.csv && head -1 f.csv > short/fit.csv");
    program_result r = program_expect(0, "discern plot short -o h");
    assert_holds(r.err, "\"parameters\" was left out");
    assert_holds(r.out, "h: trajectories");
    program_expect(1, "discern plot short parameters -o h2 -q");
}

static void wrong_options_name_what_there_is(void **state)
{
    (void)state;
    program_result r = program_expect(1, "discern plot run parameters --group clinics -o g -q");
    assert_holds(r.err, "these could: clinic");
    r = program_expect(1, "discern plot run stay --task bandits -o g -q");
    assert_holds(r.err, "bandit");
    r = program_expect(1, "discern plot run stay --task bandit task.arms=2 -o g -q");
    assert_holds(r.err, "task.n_arms");
    r = program_expect(1, "discern plot run checks --task bandit --against t.csv -o g -q");
    assert_holds(r.err, "--task and --against both say");
    r = program_expect(1, "discern plot run trajectories --columns rewards -o g -q");
    assert_holds(r.err, "trials.csv has no column \"rewards\" to show; it has choice, reward");
    program_expect(0, "sed '1s/$/,empty/; 2,$s/$/,/' trials.csv >empty.csv && cp -r run holes && "
                      "sed -i 's/trials.csv/empty.csv/' holes/config.yaml");
    r = program_expect(1, "discern plot holes trajectories --columns reward,empty -o g -q");
    assert_holds(r.err, "empty.csv, column \"empty\" has no number in session \"");
    r = program_expect(1, "discern plot run session -o g -q");
    assert_holds(r.err, "session");
}

static void a_figure_named_twice_is_drawn_once(void **state)
{
    (void)state;
    assert_string_equal(program_expect(0, "discern plot run stay stay -o once -q").out,
                        "once: stay\n");
}

static void what_little_data_show_is_drawn(void **state)
{
    (void)state;
    program_write("few.csv", "session,choice,reward\n1,0,1\n1,1,0\n2,0,0\n2,1,1\n");
    program_expect(0, "discern fit gru --data few.csv -o few phases.main.steps=1 -q --no-figures");
    const program_result r = program_expect(0, "discern plot few checks -o few-figures -q");
    if (strstr(r.err, "could not be drawn")) fail_msg("%s", r.err);
    assert_holds(r.out, "few-figures: checks");
}

// They would change nothing, which looks as if they had been heard.
static void options_of_figures_that_are_not_drawn_are_refused(void **state)
{
    static const char *const cases[][2] = {
        {"checks --group clinic", "--group is for parameters, and none of these is drawn here"},
        {"checks --subject 1", "--subject is for session, trajectories, update_rules, choice_rule"},
        {"checks --session 1", "--session is for session, trajectories, and none"},
        {"stay --columns reward", "--columns is for session, trajectories, decoding, and none"},
        {"--combined", "--combined is for update_rules, and none of these is drawn here"},
        {"--colour clinic", "--colour is for embeddings, and none"},
        {"calibration --task bandit", "--task is for checks, stay, learning, psychometric"},
        {"parameters --against t.csv", "--against is for checks, stay, learning"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_holds(program_expect(1, "discern plot run %s -o refused -q", cases[i][0]).err,
                     cases[i][1]);
    assert_holds(program_expect(2, "discern plot run checks task.sigma=0.1 -o refused -q").err,
                 "task.sigma=0.1 sets up a task; say which: --task TASK");
    assert_false(program_has("refused"));
}

// Whatever a folder holds under the name of a figure, not only a script.
static void files_of_the_user_are_not_replaced(void **state)
{
    static const char *const cases[][3] = {
        {"plot run stay -o own", "own", "stay.csv"},
        {"plot run stay -o own", "own", "stay-2.gp"},
        {"plot run stay -o own --format pdf,png", "own", "stay.png"},
        {"plot run -o own", "own", "learning.svg"},
        {"compare run run2 --in-sample -o own -q", "own/figures", "differences.csv"},
        {"compare run run2 --in-sample -o own -q --format pdf", "own/figures", "selection.pdf"},
    };
    char said[200];
    (void)state;
    program_expect(
        0, "discern fit perseveration --data trials.csv -o run2 fit.restarts=1 -q --no-figures");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *folder = cases[i][1], *file = cases[i][2];
        snprintf(said, sizeof said, "%s/%s exists already and stays as it is", folder, file);
        program_expect(0, "mkdir -p %s && echo mine >%s/%s", folder, folder, file);
        assert_holds(program_expect(1, "discern %s", cases[i][0]).err, said);
        program_expect(0, "grep -qx mine %s/%s && discern %s --force && rm -r own", folder, file,
                       cases[i][0]);
    }
    // those of other names and formats are not in the way
    program_expect(0,
                   "mkdir own && touch own/stay.txt own/stay-b.csv own/stay.pdf own/stays.csv && "
                   "discern plot run stay -o own -q && test ! -s own/stays.csv");
}

// Nothing is fitted, compared or written for drawings that there will not be.
static void formats_are_judged_before_any_work(void **state)
{
    static const char *const verbs[] = {
        "recover q_learning --task bandit trials=1000000 subjects=1000 -o early",
        "compare run gone -o early", "plot gone stay -o early"};
    (void)state;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        assert_holds(program_expect(1, "discern %s --format svg,gif", verbs[i]).err,
                     "figure format \"gif\": there are svg, pdf and png");
        assert_holds(program_expect(1, "discern %s --format ''", verbs[i]).err,
                     "\"\" names no figure format: there are svg, pdf and png");
    }
    assert_false(program_has("early"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fit_by_likelihood_draws_its_figures_and_no_learning_curve),
        cmocka_unit_test(groups_tasks_and_sessions_are_options),
        cmocka_unit_test(columns_of_the_table_are_read_from_the_latents),
        cmocka_unit_test(outcomes_may_be_those_of_the_trial_before),
        cmocka_unit_test(of_all_figures_one_that_cannot_be_made_is_left_out),
        cmocka_unit_test(keys_of_many_options_and_units_are_on_the_page),
        cmocka_unit_test(wrong_options_name_what_there_is),
        cmocka_unit_test(a_figure_named_twice_is_drawn_once),
        cmocka_unit_test(what_little_data_show_is_drawn),
        cmocka_unit_test(options_of_figures_that_are_not_drawn_are_refused),
        cmocka_unit_test(files_of_the_user_are_not_replaced),
        cmocka_unit_test(formats_are_judged_before_any_work),
    };
    return cmocka_run_group_tests_name("plot", tests, set_up, program_leave);
}
