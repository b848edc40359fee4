// SPDX-License-Identifier: Apache-2.0
// test_messages.c — what discern says where a request, a table, a model or a config is wrong: the
// place, the value, what to do. One row per sentence that no other test provokes; tools/messages
// lists those that none does.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/program.h"

typedef struct wrong {
    int code;
    const char *command, *says;
} wrong;

#define FIT_GRU "discern fit gru --no-figures -o x --data "
#define FIT_Q   "discern fit q_learning --no-figures -o x --data "

// Two subjects of three sessions; a network and a classical model fitted to them.
static int prepare(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(0,
                   "discern simulate bandit q_learning -o t.csv sessions=3 trials=20 subjects=2");
    program_expect(0, "discern fit gru --data t.csv -o g --no-figures model.n_units=2 "
                      "phases.main.steps=3");
    program_expect(0, "discern fit q_learning --data t.csv -o q --no-figures fit.restarts=2 "
                      "split.every=3");
    // a run that would take for ever to repeat
    program_expect(0, "cp -r g long && sed -i 's/ steps: 3 / steps: 100000000 /' long/config.yaml");
    return 0;
}

static void check(const wrong *cases, size_t n)
{
    int failed = 0;
    for (size_t i = 0; i < n; i++) {
        program_run("rm -rf x");
        const program_result r = program_run("%s", cases[i].command);
        if (r.code == cases[i].code && strstr(r.err, cases[i].says)) continue;
        print_error("%s\nexit code %d, not %d; not \"%s\" but:\n%s\n", cases[i].command, r.code,
                    cases[i].code, cases[i].says, r.err);
        failed++;
    }
    assert_int_equal(failed, 0);
}
#define CHECK(cases) check((cases), sizeof(cases) / sizeof *(cases))

// ---- the command line ---------------------------------------------------------------------------

static void requests_that_lack_or_mix_something(void **state)
{
    static const wrong cases[] = {
        {2, "discern plot g learning_curve -o ''", "-o is empty; give a name: DIR"},
        {2, "discern fit gru --data t.csv --output=", "-o is empty; give a name: RUN"},
        {2, "discern xyzzyplugh", "unknown verb \"xyzzyplugh\"; known: simulate, data, fit"},
        {2, "discern data convert t.csv", "where should the table go? -o FILE.csv"},
        {2, "discern data split t.csv", "where should the split go? -o split.json"},
        {2, "discern fit -o x", "which model or config? discern fit gru --data FILE -o RUN"},
        {2, "discern filter q_learning -o x", "which trials? --data FILE"},
        {2, "discern filter q_learning --data t.csv", "where should the results go? -o DIR"},
        {2, "discern eval g --map reward=r", "--map, --missing and --split go with --data FILE"},
        {2, "discern eval g -o x --record h --format xls",
         "--format \"xls\" is unknown; csv or npz"},
        {2, "discern fit gru --resume -o g", "--resume reads g/config.yaml; leave out \"gru\""},
        {2, "discern fit --extend 0 g", "--extend needs at least 1 step"},
        {2, "discern models --text", "text of which model?"},
        {2, "discern models gru n_units=3", "key=value goes with --graph"},
        {1, "discern models gru --text", "gru is a network, which has no text"},
        {2, "discern simulate bandit q_learning --agent q -o x",
         "give either the agent \"q_learning\" or --agent q"},
        {1, "discern simulate bandit --agent q -o x.csv subjects=5",
         "q was fitted to 2 subjects, not 5; leave subjects=5 out"},
        {1, "discern simulate bandit -o x.csv subjects=1000000 sessions=10000000",
         "1000000 subjects with 10000000 sessions each are more than can be played at once"},
        {1, FIT_GRU "t.csv --threads 5000",
         "--threads, \"engine.threads\": \"5000\" is out of range"},
        {1, FIT_GRU "t.csv model.n_units=1e10", "\"1e10\" is out of range; from 1 to 4096"},
        {1, "discern eval g --threads 5000", "--threads 5000 is more than the 4096"},
        {1, FIT_GRU "t.csv $(printf %300s | tr ' ' k)=1", "is too long"},
        {1, FIT_GRU "t.csv --map choice=$(printf %300s | tr ' ' c)", "is too long; at most 255"},
        {1, FIT_GRU "t.csv $(for i in 1 2 3 4 5 6 7 8 9; do echo --map a$i=b$i; done)",
         "--map a9=b9 is one too many; at most 8"},
        {1,
         "printf 'model m \"m\"\\nactions any\\ndimension k 3\\nparameter a in unit\\nstate q[k, "
         "action] = 0\\n"
         "trial\\n    choose softmax(a * q[0]) among q\\n' >m.cog; discern cog check m.cog",
         "m.cog, line 7, column 36: this has one value too many for the actions"},
        {1, "discern eval g --checkpoint middle", "checkpoint \"middle\": a run has"},
        {130,
         "discern fit --verify long 2>e & p=$!; until grep -q 'steps/s' e; do sleep 0.05; done; "
         "kill -INT $p; wait $p; code=$?; cat e >&2; exit $code",
         "stopped by a signal; nothing of long was touched"},
        {1, "discern cog check /proc/self/mem", "/proc/self/mem: cannot read: Input/output error"},
    };
    (void)state;
    CHECK(cases);
}

static void more_threads_than_the_system_starts(void **state)
{
    static const wrong cases[] = {{1, "ulimit -v 3000000; discern eval g --threads 4000",
                                   "4000 threads were asked for, but the system started only "}};
    (void)state;
    if (SANITIZED) skip();
    CHECK(cases);
}

// ---- tables -------------------------------------------------------------------------------------

static void tables_that_are_no_trials(void **state)
{
    static const wrong cases[] = {
        {1,
         "(printf '\\223NUMPY\\2\\0\\0\\0\\4\\0'; head -c 300000 /dev/zero) >a.npy; discern data "
         "check a.npy",
         "has a header too long to be one of numbers"},
        {1,
         "awk 'BEGIN { for (i = 0; i <= 10000; i++) printf \"c%d,\", i; print \"choice\" }' "
         ">a.csv; "
         "discern data check a.csv",
         "more than 10000 columns; is this a table of trials?"},
        {1,
         "awk 'BEGIN { print \"choice\"; for (i = 0; i < 9000; i++) print \"text\" i }' >a.csv; "
         "discern data check a.csv",
         "different texts are too many for options; name the column of choices: --map "
         "choice=COLUMN"},
        {1,
         "printf 'choice,prev_choice\\nleft,left\\nright,middle\\n' >a.csv; discern data check "
         "a.csv",
         "\"middle\" is no choice of column \"choice\"; give it a code: --map prev_choice="},
        {1,
         "printf 'choice,points,points\\n0,1,1\\n1,0,0\\n' >a.csv; "
         "discern data check a.csv --map reward=points",
         "has several columns \"points\"; give the number of the right one"},
        {1, "discern data check t.csv --map reward=p_0 --map prev_reward=p_0",
         "--map uses column \"p_0\" twice, as reward and as prev_reward; keep one of them"},
        {1,
         "printf 'PK\\5\\6\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0' >a.csv.zip; "
         "discern data check a.csv.zip",
         "the zip archive holds no file"},
        {1, "discern eval q --data three.csv", "three.csv: "},
        {1, "printf PAR1xxxx >a.parquet; discern data check a.parquet",
         "is a Parquet file, which is not read; export the table as"},
        {1,
         "{ printf '\\223NUMPY\\1\\0\\166\\0'; printf '%-117s\\n' \"{'descr': '|i1', "
         "'fortran_order': "
         "False, 'shape': (2, 1, 3), }\"; printf '\\377\\377\\377\\377\\377\\377'; } >a.npy; "
         "discern data check a.npy",
         "all trials are padding (-1 in every feature)"},
        {1, "printf 'choice\\n-1\\n-1\\n0\\n1\\n' >a.csv; discern data check a.csv",
         "if -1 means missing: --map choice=choice:-1=NA,0=0,1=1"},
        {1, "gzip -c t.csv | head -c 100 >a.csv.gz; discern data check a.csv.gz", "a.csv.gz"},
        {1, "discern eval s --data three.csv",
         "is not among the 6 that s was fitted to, so it has no parameters there"},
    };
    (void)state;
    program_expect(0, "discern simulate bandit q_learning -o three.csv sessions=2 trials=20 "
                      "subjects=3");
    program_expect(0, "discern fit q_learning --data t.csv -o s --no-figures fit.restarts=2 "
                      "fit.group=session split.every=0");
    CHECK(cases);
}

static void splits_that_leave_nothing(void **state)
{
    static const wrong cases[] = {
        {1, FIT_GRU "t.csv --split all.json",
         "every session is held out, so none is left to train"},
        {1, FIT_Q "t.csv --split all.json", "every session is held out, so none is left to fit"},
        {1, FIT_GRU "t.csv --split all.json --folds 2",
         "a cross-validation makes its own splits; leave the split"},
    };
    (void)state;
    program_expect(
        0, "discern data split t.csv --every 2 -o half.json && "
           "tr -d '\\n' <half.json | sed 's/\\(.*\"train\": *\\)\\[\\(.*\\)\\], *\"heldout\": "
           "*\\[/\\1[], \"heldout\": [\\2, /' >all.json");
    CHECK(cases);
}

static void splits_that_cannot_be_meant(void **state)
{
#define SPLIT "discern data split t.csv -o x.json "
    static const wrong cases[] = {
        {1, SPLIT "--by horoscope", "--by: unknown unit"},
        {2, SPLIT "--last some", "--last: \"some\" is no share; give a number between 0 and 1"},
        {1, SPLIT "--by trial",
         "the last share of the trials is held out, and nothing else: --by trial "
         "--last 0.2"},
        {1, "head -15 t.csv >one.csv && discern data split one.csv -o x.json",
         "to hold out the end of it: --by trial --last 0.2"},
        {1, "discern data split t.csv --every 7 -o x.json",
         "t.csv has 6 sessions, too few for parts of every 7-th, beginning with number 6; give at "
         "most "
         "6 to --every, --folds, --inner"},
        {1, "discern filter q_learning --data t.csv -o x threshold=2",
         "\"threshold\": \"2\" is out of range; from 0 to 1\n"},
        {1, FIT_GRU "t.csv optimizer.beta1=1", "\"1\" is out of range; from 0 to below 1"},
        {1, SPLIT "--last 2", "the last 2 cannot be held out; give a share between 0 and 1"},
        {2, SPLIT "--every 2 --last 0.5", "one of --every, --folds and --last is enough"},
        {2, SPLIT "--inner 2", "--inner K splits what each of --folds leaves to train on"},
        {2, SPLIT "--last 0.5 --offset 1", "--offset goes with --every"},
        {2, SPLIT "--folds 1", "--folds and --inner: 2 or more"},
        {1, FIT_GRU "t.csv split.last=2", "split.last"},
        {1, FIT_GRU "t.csv split.unit=trial", "say how much of it, split.last=0.2"},
        {1, FIT_GRU "t.csv --folds 2 split.unit=trial split.last=0.2", "split.unit=trial"},
        {1, FIT_GRU "t.csv --folds 2 replicas=3",
         "takes one fit per fold, but replicas is 3; leave replicas out"},
    };
    (void)state;
    CHECK(cases);
}

static void predictions_that_cannot_be_compared(void **state)
{
    static const wrong cases[] = {
        {1, "discern compare a b", "the probabilities sum to 1.25, not to 1"},
        {1, "discern compare b empty", "has no trials; write the predictions again"},
        {1, "discern compare ends other-ends",
         "holds out the ends of sessions, but whole sessions are compared"},
        {1, "discern compare damaged g --in-sample", "no valid JSON"},
    };
    (void)state;
    program_expect(
        0, "discern eval g -o a --quiet && cp -r a b && cp -r a empty && cp -r q damaged && "
           "head -1 a/predictions.csv >empty/predictions.csv && echo '{' >damaged/split.json");
    program_expect(0, "awk -F, -v OFS=, 'NR == 2 { $6 = 0.5; $7 = 0.75 } 1' b/predictions.csv "
                      ">a/predictions.csv");
    program_expect(0, "discern fit q_learning --data t.csv -o ends --no-figures fit.restarts=1 "
                      "split.unit=trial split.last=0.2 && cp -r ends other-ends");
    CHECK(cases);
}

static void choices_that_are_all_missing(void **state)
{
    static const wrong cases[] = {
        {1, FIT_GRU "a.csv --actions 2", "all choices of the training part are missing"},
        {1, "discern filter q_learning -o x --data b.csv", "there is no column \"choice\""},
        {1, FIT_Q "b.csv", "b.csv: there is no column \"choice\". Columns there are: "},
        {1, FIT_Q "b.csv", "Say which one it is: --map choice=COLUMN"},
    };
    (void)state;
    program_expect(0, "printf 'session,choice,reward\\n0,NA,1\\n0,NA,0\\n1,1,1\\n' >a.csv; "
                      "printf 'session,reward\\n0,1\\n0,0\\n1,1\\n' >b.csv");
    CHECK(cases);
}

// ---- configs ------------------------------------------------------------------------------------

#define CONFIG "printf '%%b' '"
#define FIT_IT "' >c.yaml; discern fit c.yaml -o x --no-figures"

static void configs_that_cannot_be_meant(void **state)
{
    static const wrong cases[] = {
        {1,
         FIT_GRU "t.csv phases.main.schedule=cosine phases.main.steps=3 phases.main.warmup_steps=9",
         "phases.main.warmup_steps is 9, more than the 3 steps of the phase"},
        {1, FIT_GRU "t.csv --engine ref --isa avx2",
         "engine.isa is avx2, but the engine ref has none to choose; leave engine.isa out"},
        {1, FIT_GRU "t.csv fit.method=mle",
         "gru has no parameters to estimate; networks are trained"},
        {1, FIT_GRU "''", "data"},
        {1, FIT_GRU "t.csv loss.penalty_trials=some", "valid"},
        {1, "discern fit disrnn_paper --data t.csv -o x model.update_mlp_shape=5,0",
         "model.update_mlp_shape: \"5,0\" is no shape of a net; give the units of each layer"},
        {1,
         "discern fit disrnn_paper --data t.csv -o x model.choice_mlp_shape=$(yes 2 | head -33 | "
         "paste -sd,)",
         "at most 32 of them: 5,5,5"},
        {1, FIT_GRU "t.csv data.targets=reward,reward", "data.targets names \"reward\" twice"},
        {1, FIT_GRU "t.csv data.inputs='reward, reward'", "data.inputs names \"reward\" twice"},
        {1, FIT_GRU "t.csv data.valid_actions=p_0,p_0", "data.valid_actions names \"p_0\" twice"},
        {1, FIT_GRU "t.csv train.trainable=linear,linear", "names \"linear\" twice; keep one"},
        {1, "printf 'model: {name: gru}\\nseed: 1\\nseed: 2\\n' >c.yaml; discern fit c.yaml -o x",
         "line 3, column 1: duplicate key"},
        {1,
         "printf 'model: {name: gru}\\n\"seed\": 1\\n? !!str seed\\n: 2\\n' >c.yaml; discern fit "
         "c.yaml -o x",
         "duplicate key"},
        {1, "printf '%%YAML 9.9\\n---\\na: 1\\n' >c.yaml; discern fit c.yaml -o x",
         "c.yaml: not a YAML file; write \"section:\" and below it, indented"},
        {1,
         "printf 'model: {name: gru}\\nphases: {}\\n' >c.yaml; discern fit c.yaml --data t.csv -o "
         "x",
         "phase"},
        {1,
         "(echo 'model: {name: gru}'; printf 'data: {path: '; printf %2000s | tr ' ' p; echo '}') "
         ">c.yaml; discern fit c.yaml -o x",
         "the value is too long; at most 1023 characters"},
        {1,
         "(echo 'model: {name: gru}'; printf 'data: {map: ['; printf %400s | tr ' ' p; echo ']}') "
         ">c.yaml; discern fit c.yaml -o x",
         "an item is too long; at most 255 characters"},
        {1,
         "(echo 'model: {name: gru}'; printf 'data: {map: [a=1'; for i in 1 2 3 4 5 6 7 8 9; do "
         "printf ', a=%s' $i; done; echo ']}') >c.yaml; discern fit c.yaml -o x",
         "has more than 8 items"},
        {1,
         "(echo 'model: {name: gru}'; printf 'data: {missing: '; printf %5000s | tr ' ' p; echo "
         "'}') "
         ">c.yaml; discern fit c.yaml -o x",
         "the text is too long; at most"},
        {1,
         "(echo 'model: {name: gru}'; printf 'data: {missing: [a'; for i in $(seq 2000); do "
         "printf ', b%s' $i; done; echo ']}') >c.yaml; discern fit c.yaml -o x",
         "too long"},
        {1,
         "(echo 'model: {name: gru}'; yes '# nothing' | head -c 3000000) >c.yaml; "
         "discern fit c.yaml -o x",
         "too large for a config"},
        {1, FIT_GRU "t.csv data.inputs=$(seq -s, -f 'c%g' 20)", "c1"},
    };
    (void)state;
    CHECK(cases);
}

static void folders_that_are_no_runs(void **state)
{
    static const wrong cases[] = {
        {1, "discern fit gru --data t.csv -o t.csv",
         "t.csv is a file; a run needs a folder of its own"},
        {1, "mkdir -p mine && touch mine/notes && discern fit gru --data t.csv -o mine",
         "mine holds files that are not a run's; give a new or empty folder with -o"},
        {1, "discern fit --resume nowhere",
         "nowhere holds no run to go on with; leave out --resume"},
        {1, "discern fit --extend 9e18 g", "too many steps"},
        {1,
         "cp -r g cut; sed -i 's/\"phase\":\"0\"/\"phase\":\"5\"/' "
         "cut/checkpoints/last.safetensors; "
         "discern fit --resume cut",
         "cut/checkpoints/last.safetensors stands in phase 6, config.yaml has 1; undo the change"},
        {1,
         "cp -r q other_split; sed -i 's/\"session\": \"1\"/\"session\": \"zz\"/' "
         "other_split/split.json; discern compare q other_split",
         "other_split/split.json: entry 0 of \"heldout\" is no session of "},
        {1, "discern eval two", "two holds several replicas; give one of them, e.g. two/replica-0"},
        {1, "printf 'a:\\n  b: \\377\\n' >latin.yaml; discern fit latin.yaml -o x",
         "latin.yaml, line 2: there are control characters or bytes that are not UTF-8"},
        {1, "discern plot g nonsense", "nonsense"},
        {1, "TMPDIR=/nowhere discern fit g/config.yaml --verify g", "in TMPDIR"},
        {1, "discern report g -o $(printf %5000s | tr ' ' a)",
         "the path of -o is too long; give a shorter one"},
        {1, "discern plot g bottlenecks", "says nothing about a gru; without a name all that do"},
        {1, "discern filter choice_kernel --data t.csv -o x preset=dezfouli",
         "which \"choice_kernel\""},
        {1, "discern fit --resume crossed", "crossed/cv.json is damaged: it names no folds"},
        {1, "discern plot q parameters --group p_0", "p_0"},
        {1, "discern plot many parameters --group who",
         "has more than 6 values, too many groups for a figure"},
        {1,
         "cp -r many other; sed -i 's/^1,/stranger,/' other/fit.csv; "
         "discern plot other parameters --group half",
         "other/fit.csv: subject \"stranger\" is not in "},
        {1, "discern plot plain stay", "without outcomes there is nothing to learn from"},
        {1, "discern fit q_learning --data t.csv -o $(printf %5000s | tr ' ' a)", "too long"},
    };
    (void)state;
    program_expect(0, "discern fit gru --data t.csv -o two --no-figures model.n_units=2 replicas=2 "
                      "phases.main.steps=2");
    program_expect(0, "mkdir crossed && echo '{}' >crossed/cv.json");
    program_expect(0, "discern simulate bandit -o many.csv subjects=8 sessions=1 trials=20 && "
                      "awk -F, -v OFS=, '{ print $0, NR == 1 ? \"who,half\" : $1 \",\" $1 %% 2 }' "
                      "many.csv >who.csv && "
                      "discern fit q_learning --data who.csv -o many --no-figures fit.restarts=1 "
                      "split.every=0");
    program_expect(
        0, "cut -d, -f1-4 t.csv >plain.csv && discern fit choice_kernel --data plain.csv -o plain "
           "--no-figures fit.restarts=1");
    CHECK(cases);
}

// ---- models as texts ----------------------------------------------------------------------------

#define TEXT(rest) "printf '" rest "' >m.cog; discern cog check m.cog"

static void texts_that_are_no_models(void **state)
{
    static const wrong cases[] = {
        {1, TEXT("model m\\nactions 2\\nstate q[action] = 0\\nchoose softmax(q)\\n"),
         "statements stand below a line \"trial\""},
        {1, "(printf 'model '; printf %70s | tr ' ' m; echo) >m.cog; discern cog check m.cog",
         "this name is longer than 60 letters"},
        {1,
         "(printf 'model m\\nactions 2\\n'; for i in $(seq 600); do echo \"option o$i $i\"; done; "
         "printf 'trial\\n    choose softmax(q)\\n') >m.cog; discern cog check m.cog",
         "a model can have 500 names at most"},
        {1, "printf 'model m\\n\\0actions 2\\n' >m.cog; discern fit m.cog --data t.csv -o x",
         "m.cog holds a zero byte; it is not a text"},
        {1,
         "(printf 'model m\\nactions 2\\n'; for i in $(seq 300); do echo \"parameter p$i in "
         "unit\"; "
         "done; printf 'state q[action] = 0\\ntrial\\n    choose softmax(p1 * q)\\n') >m.cog; "
         "discern models ./m.cog",
         "more than fit into a config"},
        {1,
         "printf 'model m\\nactions 2\\nparameter a in unit per session\\nparameter b in unit per "
         "subject\\nstate q[action] = 0\\ntrial\\n    choose softmax(a * b * q)\\n' >m.cog; "
         "discern fit m.cog --data t.csv -o x",
         "has one level: choose it with fit.group=subject, session or model"},
        {1,
         "printf 'model m\\nactions 2\\nstate q[action] = 0\\ntrial\\n    choose softmax(q)\\n' "
         ">m.cog; discern filter m.cog --data t.csv -o x",
         "\"m\" has 0 parameters; a filter follows 1 to 64"},
    };
    (void)state;
    CHECK(cases);
}

static void texts_that_cannot_be_fitted(void **state)
{
    static const wrong cases[] = {
        {1, "discern fit many.cog --data t.csv -o x", "a fit takes at most 64 parameters"},
        {1, "discern fit nan.cog --data t.csv -o x",
         "is not a finite number at any of the starting points"},
        {1, "discern filter nan.cog --data t.csv -o x",
         "t.csv, line 2, subject \"0\", session \"0\", trial 0: the likelihood of the particles is "
         "not "
         "a number"},
    };
    (void)state;
    program_expect(0, "{ printf 'model m\\nactions 2\\n'; for i in $(seq 65); do "
                      "echo \"parameter p$i in unit\"; done; printf 'state q[action] = 0\\ntrial\\n"
                      "    choose softmax(p1 * q)\\n'; } >many.cog");
    program_expect(0,
                   "printf 'model m\\nactions 2\\noutcome reward\\nparameter a in unit\\n"
                   "state q[action] = 0\\ntrial\\n    choose softmax(log(0 - 1 - a) * (q + 1))\\n"
                   "    q[choice] += reward\\n' >nan.cog");
    CHECK(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_that_lack_or_mix_something),
        cmocka_unit_test(more_threads_than_the_system_starts),
        cmocka_unit_test(tables_that_are_no_trials),
        cmocka_unit_test(splits_that_leave_nothing),
        cmocka_unit_test(splits_that_cannot_be_meant),
        cmocka_unit_test(predictions_that_cannot_be_compared),
        cmocka_unit_test(choices_that_are_all_missing),
        cmocka_unit_test(configs_that_cannot_be_meant),
        cmocka_unit_test(folders_that_are_no_runs),
        cmocka_unit_test(texts_that_are_no_models),
        cmocka_unit_test(texts_that_cannot_be_fitted),
    };
    return cmocka_run_group_tests(tests, prepare, program_leave);
}
