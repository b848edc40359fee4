// SPDX-License-Identifier: Apache-2.0
// test_cli_exchange.c — `discern export` and `discern import`: parameters go out as the disRNN
// package's JSON and come back as a run that predicts the same; files that do not fit are refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "discern/train.h"
#include "support/program.h"

static const struct {
    const char *model, *keys, *own; // own: keys that an import needs too
} networks[] = {
    {"gru", "model.n_units=3 ", ""},
    {"disrnn", "model.latent_size=1 model.update_net_n_layers=3 model.choice_net_n_layers=0 ", ""},
    {"disrnn_multisubject", "model.latent_size=2 model.subject_embedding_size=3 ", ""},
    {"disrnn_neuro", "model.latent_size=3 ", "data.targets=prev_reward "},
};
enum { N = sizeof networks / sizeof *networks };

// Three subjects whose order in the table is not that of their numbers.
static int enter(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(0, "discern simulate bandit q_learning -o t.csv sessions=2 trials=30 "
                      "agent.alpha=0.1,0.5,0.9 -q");
    program_expect(0, "awk -F, -v OFS=, 'NR > 1 { $1 = ($1 + 1) %% 3 } { print }' t.csv >n.csv");
    for (int i = 0; i < N; i++)
        program_expect(0,
                       "discern fit %s --data n.csv -o %s phases.main.steps=3 -q --no-figures "
                       "split.every=0 %s%s",
                       networks[i].model, networks[i].model, networks[i].keys, networks[i].own);
    return 0;
}

static void parameters_come_back_as_they_went(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        const char *m = networks[i].model;
        program_expect(0, "discern export %s -o %s.json", m, m);
        program_expect(0, "discern import %s.json --data n.csv -o %s-in -q split.every=0 %s", m, m,
                       networks[i].own);
        program_expect(0, "cmp %s/predictions.csv %s-in/predictions.csv", m, m);
        program_expect(0, "discern export %s-in -o %s-again.json && cmp %s.json %s-again.json", m,
                       m, m, m);
    }
}

// Rows of the embedding go by the subjects' numbers, not by their order.
static void subjects_called_by_numbers_have_those_rows(void **state)
{
    (void)state;
    program_expect(0, "discern export disrnn_multisubject -o rows.json --force");
    program_expect(0, "awk -F, 'NR == 1 || $1 == 2' n.csv >two.csv");
    program_expect(0, "discern import rows.json --data two.csv -o two -q split.every=0");
    program_expect(0, "discern eval disrnn_multisubject --data two.csv -o two-eval -q");
    program_expect(0, "cmp two/predictions.csv two-eval/predictions.csv");
}

static void an_imported_run_is_a_run(void **state)
{
    (void)state;
    program_expect(0, "discern export disrnn -o d.json --force; "
                      "discern import d.json --data n.csv -o imported -q --force");
    assert_null(strstr(program_expect(0, "discern report imported -o imported.html").err,
                       "learning_curve"));
    assert_holds(program_expect(1, "discern plot imported learning_curve -o x").err,
                 "says nothing about a disrnn");
    program_expect(0, "discern show imported && discern simulate bandit --agent imported -o s.csv "
                      "sessions=1 trials=5 -q");
    program_expect(0,
                   "discern fit disrnn --data n.csv --start imported -o further -q "
                   "--no-figures phases.warmup.steps=1 phases.main.steps=1 %s",
                   networks[1].keys);
    static const char *const on[] = {"--resume", "--extend 3"};
    for (int i = 0; i < 2; i++) {
        program_result r = program_expect(1, "discern fit %s imported", on[i]);
        assert_holds(r.err, "imported has 0 steps of training (an imported run has none)");
        assert_holds(r.err, "discern fit disrnn --data FILE --start imported -o OTHER");
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    program_expect(0,
                   "discern export gru -o g.json --force; discern export disrnn_neuro -o "
                   "neuro.json --force; discern export disrnn_multisubject -o many.json --force");
    program_write("list.json", "[1, 2]");
    program_write("cut.json", "{\"gru\": {\"w_i\": [[1,");
    program_write("other.json", "{\"hk_dis_rnn\": {}}");
    program_expect(0, "sed 's/\"w_h\": \\[\\[/\"w_h\": [[1, /' g.json >long.json");
    program_expect(0, "sed 's/\"w_h\"/\"w_x\"/' g.json >renamed.json");
    program_expect(0, "sed 's/\"w_h\": \\[\\[[-0-9.e]*/\"w_h\": [[\"x\"/' g.json >word.json");
    program_expect(0, "sed 's/^{/{\"more\": {\"w\": [1]}, /' g.json >more.json");
    program_expect(0, "sed 's/^1,/7,/' n.csv >seven.csv; sed 's/^0,/8,/' n.csv >>seven.csv");
    program_expect(0, "sed 's/\"w_h\": \\[\\[[-0-9.e]*/\"w_h\": [[1e300/' g.json >large.json");
    program_expect(0, "sed 's/\"linear\"/\"other\"/' g.json >headless.json");
    program_expect(0, "awk -F, -v OFS=, 'NR == 5 { $4 = 3 } 1' n.csv >four.csv");
    static const char *const cases[][2] = {
        {"list.json", "discern: list.json: not a JSON object of parameters"},
        {"headless.json", "there is no tensor \"b\" in the group \"linear\""},
        {"large.json", "\"gru\", \"w_h\": 3 x 9 numbers of at most 3.4e38 are needed"},
        {"cut.json", "line 1"},
        {"other.json", "no group of parameters is one of"},
        {"long.json", "\"gru\", \"w_h\": 3 x 9 numbers of at most 3.4e38 are needed"},
        {"renamed.json", "no tensor \"w_h\" in the group \"gru\""},
        {"word.json", "\"gru\", \"w_h\": 3 x 9 numbers of at most 3.4e38 are needed"},
        {"more.json", "tensors, but gru of these sizes"},
        {"g.json data.inputs=prev_choice", "1 observations here"},
        {"g.json --data four.csv", "four.csv has choices among 4 options; name trials of the task"},
        {"neuro.json", "data.targets names none"},
        {"many.json --data many.csv", "knows 3 subjects"},
    };
    program_expect(0, "discern simulate bandit q_learning -o many.csv sessions=1 trials=5 "
                      "agent.alpha=0.1,0.5,0.9,1 -q");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_holds(program_expect(1, "discern import %s %s -o refused -q", cases[i][0],
                                    strstr(cases[i][0], "--data") ? "" : "--data n.csv")
                         .err,
                     cases[i][1]);
    program_expect(1, "test -e refused");
    program_expect(0, "discern fit q_learning --data n.csv -o q -q --no-figures fit.restarts=1");
    assert_holds(program_expect(1, "discern export q -o q.json").err,
                 "does not have; export takes");
    assert_holds(program_expect(2, "discern import g.json -o x").err, "--data FILE");
    assert_holds(program_expect(2, "discern export gru").err,
                 "where should the parameters go? -o FILE.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_come_back_as_they_went),
        cmocka_unit_test(subjects_called_by_numbers_have_those_rows),
        cmocka_unit_test(an_imported_run_is_a_run),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, enter, program_leave);
}
