// SPDX-License-Identifier: Apache-2.0
// test_provenance.c — a run says what made it, and can be repeated to the same bits.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "support/program.h"

#define GRU                                                                            \
    "discern fit gru --data t.csv model.n_units=2 phases.main.steps=20 split.every=2 " \
    "-q --no-figures --threads 2 "
#define CLASSICAL "discern fit q_learning --data t.csv fit.restarts=3 -q --no-figures "

static int enter(void **state)
{
    if (program_enter(state) != 0) return -1;
    program_expect(0, "discern simulate bandit -o t.csv sessions=6 trials=30 seed=3 -q");
    program_expect(0, GRU "-o run");
    program_expect(0, CLASSICAL "-o classical");
    return 0;
}

// ---- what made a run ----------------------------------------------------------------------------

static void a_run_says_what_made_it(void **state)
{
    static const char *const said[] = {"program    discern 0.1.0",
                                       "compiler ",
                                       "libraries ",
                                       "libfyaml",
                                       "jansson",
                                       "libzip",
                                       "zlib",
                                       "hdf5",
                                       "protobuf-c",
                                       "nlopt",
                                       "engine     lanes",
                                       "2 threads",
                                       "seed       0",
                                       "t.csv",
                                       "180 trials",
                                       "3 are held out"};
    (void)state;
    const program_result r = program_expect(0, "discern show run --provenance");
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) assert_holds(r.out, said[i]);
}

static void provenance_as_json_is_the_file(void **state)
{
    (void)state;
    json_t *shown =
        json_loads(program_expect(0, "discern show run --provenance --json").out, 0, NULL);
    json_t *file = json_load_file("run/provenance.json", 0, NULL);
    assert_non_null(file);
    assert_true(json_equal(shown, file));
    json_decref(shown);
    json_decref(file);
}

static void a_run_gone_on_with_says_what_it_was_made_by_before(void **state)
{
    (void)state;
    program_expect(0, "cp -r run longer && discern fit --extend 5 longer -q --no-figures");
    const program_result r = program_expect(0, "discern show longer --provenance");
    assert_holds(r.out, "going on at step 20");
    assert_holds(r.out, "before     20");
}

static void a_folder_without_provenance_is_refused(void **state)
{
    (void)state;
    assert_holds(program_expect(1, "discern show . --provenance").err, "no provenance.json");
    program_expect(0, "mkdir -p damaged && echo '[1' > damaged/provenance.json");
    assert_holds(program_expect(1, "discern show damaged --provenance").err,
                 "damaged/provenance.json, line ");
}

// ---- repeating a run ----------------------------------------------------------------------------

// Names, contents and times of all that is in a run.
#define MARK                                                                                       \
    "find %s -exec stat -c '%%n %%Y %%s' {} + | sort > %s; find %s -type f | sort | xargs md5sum " \
    ">> %s"

static void verify_agrees(const char *run, const char *options)
{
    program_expect(0, MARK, run, "before", run, "before");
    const program_result r = program_expect(
        0, "mkdir -p tmp; TMPDIR=$PWD/tmp discern fit %s/config.yaml --verify %s -q %s", run, run,
        options);
    assert_holds(r.out, "repeated to the same bits");
    program_expect(0, "test -z \"$(ls -A tmp)\"");
    program_expect(0, MARK, run, "after", run, "after");
    program_expect(0, "cmp before after");
}

static void a_network_is_repeated_to_the_same_bits(void **state)
{
    (void)state;
    verify_agrees("run", "--threads 1");
    verify_agrees("run", "--isa scalar");
}

static void a_classical_fit_is_repeated_to_the_same_bits(void **state)
{
    (void)state;
    verify_agrees("classical", "--threads 1");
}

// Libraries that a later program names besides are no difference.
static void a_run_whose_program_named_fewer_libraries_is_repeated(void **state)
{
    (void)state;
    program_expect(0, "cp -r run older");
    json_t *file = json_load_file("older/provenance.json", 0, NULL);
    json_t *libraries = json_object_get(json_object_get(file, "program"), "libraries");
    assert_int_equal(json_object_del(libraries, "hdf5"), 0);
    assert_int_equal(json_dump_file(file, "older/provenance.json", 0), 0);
    json_decref(file);
    program_expect(0, "discern show older --provenance");
    assert_string_equal(program_expect(0, "discern fit --verify older -q").out,
                        "older: repeated to the same bits\n");
}

static void every_replica_and_every_fold_is_repeated(void **state)
{
    (void)state;
    program_expect(0, GRU "-o fleet replicas=2");
    program_result r = program_expect(0, "discern fit fleet/config.yaml --verify fleet -q");
    assert_holds(r.out, "fleet/replica-0: repeated to the same bits");
    assert_holds(r.out, "fleet/replica-1: repeated to the same bits");
    program_expect(0, CLASSICAL "-o crossed --folds 2");
    r = program_expect(0, "discern fit --verify crossed -q");
    assert_holds(r.out, "crossed/fold-1: repeated to the same bits");
}

static void the_first_difference_is_named(void **state)
{
    (void)state;
    program_expect(0, "cp -r run other && sed -i 's/^seed: 0/seed: 1/' other/config.yaml");
    program_result r = program_expect(1, "discern fit --verify other -q");
    assert_holds(r.out, "other: the bits differ: checkpoint best, parameter ");
    assert_holds(r.err, "could not be repeated to the same bits");
    program_expect(0, "cp -r run edited && sed -i '3s/,[^,]*$/,-0.5/' edited/predictions.csv");
    r = program_expect(1, "discern fit --verify edited -q");
    assert_holds(r.out, "predictions.csv, line 3, cell 8: \"-0.5\" in the run, ");
    program_expect(0, "cp -r run shortened && sed -i '$d' shortened/metrics.csv");
    r = program_expect(1, "discern fit --verify shortened -q");
    assert_holds(r.out, "metrics.csv ends before line 3 in the run");
    program_expect(0, "cp -r classical moved && sed -i '2s/,3,/,4,/' moved/fit.csv");
    assert_holds(program_expect(1, "discern fit --verify moved -q").out, "fit.csv, line 2, cell ");
}

static void what_has_changed_since_is_said_first(void **state)
{
    (void)state;
    program_expect(0,
                   "cp t.csv kept.csv; awk -F, -v OFS=, 'NR == 5 {$5 = 1 - $5} 1' kept.csv >t.csv");
    const program_result r = program_expect(1, "discern fit --verify run -q --json");
    json_t *o = json_loads(r.out, 0, NULL);
    assert_non_null(o);
    assert_true(json_is_false(json_object_get(o, "same")));
    assert_holds(json_string_value(json_array_get(json_object_get(o, "changes"), 0)),
                 "the data (hash): ");
    assert_non_null(json_string_value(json_object_get(o, "first_difference")));
    json_decref(o);
    assert_holds(program_expect(1, "discern fit --verify run -q").out,
                 "run was made otherwise:\nthe data (hash): ");
    program_expect(0, "mv kept.csv t.csv");
}

static void what_cannot_be_repeated_is_refused(void **state)
{
    (void)state;
    program_expect(0, "cp -r run unfinished && rm unfinished/summary.json");
    assert_holds(program_expect(1, "discern fit --verify unfinished -q").err, "is not finished");
    assert_holds(program_expect(1, "discern fit --verify nowhere -q").err, "nowhere/config.yaml");
    assert_holds(program_expect(2, "discern fit --verify run seed=2").err, "leave out what");
    assert_holds(program_expect(2, "discern fit classical/config.yaml --verify run").err,
                 "from its own config");
    assert_holds(program_expect(2, "discern fit gru --verify run").err, "leave out gru");
    assert_holds(program_expect(1, "discern fit --verify run --threads 5000").err,
                 "--threads, \"engine.threads\": \"5000\" is out of range");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_says_what_made_it),
        cmocka_unit_test(provenance_as_json_is_the_file),
        cmocka_unit_test(a_run_gone_on_with_says_what_it_was_made_by_before),
        cmocka_unit_test(a_folder_without_provenance_is_refused),
        cmocka_unit_test(a_network_is_repeated_to_the_same_bits),
        cmocka_unit_test(a_classical_fit_is_repeated_to_the_same_bits),
        cmocka_unit_test(a_run_whose_program_named_fewer_libraries_is_repeated),
        cmocka_unit_test(every_replica_and_every_fold_is_repeated),
        cmocka_unit_test(the_first_difference_is_named),
        cmocka_unit_test(what_has_changed_since_is_said_first),
        cmocka_unit_test(what_cannot_be_repeated_is_refused),
    };
    return cmocka_run_group_tests(tests, enter, program_leave);
}
