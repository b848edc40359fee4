// SPDX-License-Identifier: Apache-2.0
// test_audit.c — what an audit finds: every check on a table made for it, their order, places and
// remedies; the counts of published data sets.
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "support/tables.h"

// The audit as JSON; free with json_decref.
static json_t *audit(table_test *t, bool *usable)
{
    dsc_text out = {0};
    CHECK_OK(t->ctx, dsc_table_audit(t->ctx, t->table, true, &out, usable));
    json_t *root = json_loads(out.s, 0, NULL);
    dsc_text_free(t->ctx, &out);
    assert_non_null(root);
    return root;
}

static json_t *audit_of(table_test *t, const char *text, bool *usable)
{
    CHECK_OK(t->ctx, read_text(t, "a.csv", text, NULL));
    return audit(t, usable);
}

static const char *text_at(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static long long whole_at(const json_t *o, const char *key)
{
    return (long long)json_integer_value(json_object_get(o, key));
}

static const json_t *finding(const json_t *root, const char *kind)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(root, "findings"), i,
                       one) if (strcmp(text_at(one, "kind"), kind) == 0) return one;
    return NULL;
}

// One finding of a table: its severity, how often, and the line of the first.
typedef struct expectation {
    const char *table, *kind, *severity;
    int n, line;
} expectation;

static const expectation expected[] = {
    {"session,trial,choice\na,1,0\na,2,1\na,4,0\na,7,1\n", "gaps", "warning", 2, 4},
    {"session,trial,choice\na,1,0\na,2,1\na,2,1\na,3,0\n", "duplicates", "warning", 1, 4},
    {"session,trial,choice\na,2,0\na,1,1\na,3,1\n", "out_of_order", "warning", 1, 2},
    {"session,choice\na,0\nb,1\na,1\n", "scattered_sessions", "warning", 1, 4},
    {"session,choice\na,0\nb,1\nb,0\n", "one_trial_sessions", "warning", 1, 2},
    {"subject,session,trial,choice\nx,1,1,0\nx,1,2,1\ny,1,3,1\ny,1,4,1\ny,2,1,0\ny,2,2,0\nz,3,1,1\n"
     "z,3,2,0\n",
     "subject_changes", "warning", 1, 4},
    {"choice,reward\n0,1\n1,inf\n1,0\n", "not_finite", "unusable", 1, 3},
    {"choice,rt\n0,0.3\n1,-0.1\n1,-2\n", "negative_times", "warning", 2, 3},
    {"choice,rt\n0,0.3\n1,inf\n", "not_finite", "warning", 1, 3},
    {"choice,reward\n0,1\n1,\n1,0\n", "missing_rewards", "warning", 1, 3},
    {"choice,reward\n0,1\n,0\n1,0\n", "missing_choices", "remark", 1, 3},
    {"choice,instructed\n0,1\n1,0\n1,0\n", "instructed", "remark", 1, 2},
    {"choice\n1\n1\n1\n", "one_option", "warning", 1, 2},
    {"said\n1\n2\n", "no_choice", "warning", 1, 2},
};

static void rows_are_repeated_within_a_session_only(void **state)
{
    table_test *t = *state;
    static const struct {
        const char *table, *sentence;
    } cases[] = {
        {"session,trial,choice\na,1,0\na,1,1\nb,1,1\nb,2,0\n", "1 of 4 trials repeat the trial "
                                                               "number before them, 0 of them"},
        {"session,trial,choice\na,1,1\na,1,1\nb,1,1\nb,2,0\n", "1 of 4 trials repeat the trial "
                                                               "number before them, 1 of them"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *root = audit_of(t, cases[i].table, NULL);
        check_contains(text_at(finding(root, "duplicates"), "sentence"), cases[i].sentence);
        json_decref(root);
    }
}

static void every_check_finds_its_fault_and_says_where(void **state)
{
    table_test *t = *state;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const expectation *e = &expected[i];
        bool usable = false;
        json_t *root = audit_of(t, e->table, &usable);
        const json_t *f = finding(root, e->kind);
        if (!f) fail_msg("%s: not found in\n%s", e->kind, e->table);
        assert_string_equal(text_at(f, "severity"), e->severity);
        assert_int_equal(whole_at(f, "n"), e->n);
        assert_int_equal(whole_at(json_array_get(json_object_get(f, "places"), 0), "line"),
                         e->line);
        assert_true(strlen(text_at(f, "remedy")) > 10);
        assert_int_equal(usable, strcmp(e->severity, "unusable") != 0);
        json_decref(root);
    }
}

static void a_table_without_fault_has_no_findings(void **state)
{
    table_test *t = *state;
    bool usable = false;
    json_t *root = audit_of(t,
                            "subject,session,trial,choice,reward,rt\nx,1,1,0,1,0.2\nx,1,2,1,0,0.3\n"
                            "y,1,1,1,0,0.2\ny,1,2,0,1,0.1\n",
                            &usable);
    assert_int_equal(json_array_size(json_object_get(root, "findings")), 0);
    assert_true(usable);
    json_decref(root);
}

static void subjects_that_number_their_own_sessions_do_not_change_within_them(void **state)
{
    table_test *t = *state;
    json_t *root =
        audit_of(t, "subject,session,trial,choice\nx,1,1,0\nx,1,2,1\ny,1,3,0\ny,1,4,1\n", NULL);
    assert_null(finding(root, "subject_changes"));
    json_decref(root);
}

static void times_in_place_of_trial_numbers_have_no_gaps(void **state)
{
    table_test *t = *state;
    json_t *root = audit_of(t, "trial,choice\n0.5,0\n3.25,1\n9,1\n", NULL);
    assert_null(finding(root, "gaps"));
    json_decref(root);
}

static void doubled_rows_are_told_from_repeated_numbers(void **state)
{
    table_test *t = *state;
    json_t *root =
        audit_of(t, "trial,choice,reward\n1,0,1\n1,0,1\n2,1,\n2,1,\n3,1,0\n3,0,0\n", NULL);
    check_contains(text_at(finding(root, "duplicates"), "sentence"), "3 of 6 trials");
    check_contains(text_at(finding(root, "duplicates"), "sentence"), "2 of them in every value");
    json_decref(root);
}

static void constant_columns_are_named(void **state)
{
    table_test *t = *state;
    json_t *root = audit_of(t, "choice,site,age,x\n0,A,5,1\n1,A,5,2\n", NULL);
    check_contains(text_at(finding(root, "constant_columns"), "sentence"),
                   "2 columns have one value throughout: \"site\", \"age\"");
    json_decref(root);
}

static void the_gravest_comes_first(void **state)
{
    table_test *t = *state;
    static const char *const order[] = {"unusable", "warning", "warning", "remark", "remark"};
    json_t *root =
        audit_of(t, "trial,choice,reward,k\n1,0,1,3\n4,1,inf,3\n5,,0,3\n5,1,0,3\n", NULL);
    json_t *findings = json_object_get(root, "findings");
    assert_int_equal(json_array_size(findings), 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(text_at(json_array_get(findings, i), "severity"), order[i]);
    json_decref(root);
}

static void at_most_five_places_are_listed(void **state)
{
    table_test *t = *state;
    json_t *root = audit_of(t, "x,choice\n1,0\n1,\n2,\n3,\n4,\n5,\n6,\n7,1\n", NULL);
    assert_int_equal(whole_at(finding(root, "missing_choices"), "n"), 6);
    assert_int_equal(json_array_size(json_object_get(finding(root, "missing_choices"), "places")),
                     5);
    json_decref(root);
}

static void people_read_place_and_remedy(void **state)
{
    table_test *t = *state;
    dsc_text out = {0};
    CHECK_OK(t->ctx, read_text(t, "a.csv", "ID,key,t\nann,0,1\nann,1,2\nann,1,9\n", NULL));
    CHECK_OK(t->ctx, dsc_table_audit(t->ctx, t->table, false, &out, NULL));
    check_contains(out.s, "mapping: subject = \"ID\", session = one per subject, trial = \"t\", "
                          "choice = \"key\"");
    check_contains(out.s, "together: 3, missing 0");
    check_contains(out.s,
                   "warning: 1 times trial numbers are skipped within a session (first: line "
                   "4, subject \"ann\", session \"1\", trial 9). Models read the trials");
    dsc_text_free(t->ctx, &out);
}

static void warnings_that_an_audit_repeats_can_be_left_out(void **state)
{
    table_test *t = *state;
    const dsc_read_options o = {.audited = true};
    CHECK_OK(t->ctx, read_text(t, "a.csv", "trial,choice\n2,0\n1,1\n1,0\n", NULL));
    check_contains(t->notes, "not in order");
    CHECK_OK(t->ctx, read_with(t, "a.csv", &o));
    assert_null(strstr(t->notes, "not in order"));
    assert_null(strstr(t->notes, "repeat"));
}

// ---- published data -----------------------------------------------------------------------------

typedef struct published {
    const char *path;
    const char *maps[3];
    int n_trials, n_subjects, n_sessions, n_actions, shortest, longest;
    int chosen[4]; // -1: not stated
} published;

#define DATA "../shared/data/"
// Counts as the README of the data and the specs of their studies state them.
static const published sets[] = {
    {DATA "matching_pennies/mp_beh_m18_500completed.npy", {NULL}, 42000, 1, 84, 2, 500, 500, {-1}},
    {DATA "dezfouli2019/choices_diagno.csv.zip",
     {"session=trial", "choice=key"},
     132251,
     101,
     101 * 12,
     2,
     6,
     202,
     {68360, 63891}},
    {DATA "gershman2018/data2.csv", {NULL}, 8800, 44, 880, 2, 10, 10, {-1}},
    {DATA "speekenbrink2015/Speekenbrink_Konstantinidis_2015.csv",
     {"subject=id2", "session="},
     16000,
     80,
     80,
     4,
     200,
     200,
     {-1}},
    {DATA "trnn_artificial/artificial_testset.csv", {NULL}, 30000, 30, 300, 2, 100, 100, {14637}},
};

static void check_set(table_test *t, const published *p)
{
    dsc_read_options o = {.map = p->maps};
    while (o.n_maps < 3 && p->maps[o.n_maps]) o.n_maps++;
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_OK(t->ctx, dsc_table_read(t->ctx, p->path, &o, &t->table));
    json_t *root = audit(t, NULL);
    const json_t *lengths = json_object_get(root, "trials_per_session");
    assert_int_equal(whole_at(root, "n_trials"), p->n_trials);
    assert_int_equal(whole_at(root, "n_subjects"), p->n_subjects);
    assert_int_equal(whole_at(root, "n_sessions"), p->n_sessions);
    assert_int_equal(whole_at(root, "n_actions"), p->n_actions);
    assert_int_equal(whole_at(lengths, "shortest"), p->shortest);
    assert_int_equal(whole_at(lengths, "longest"), p->longest);
    for (int k = 0; k < p->n_actions && p->chosen[0] > 0 && p->chosen[k] > 0; k++)
        assert_int_equal(whole_at(json_array_get(json_object_get(root, "choices"), (size_t)k), "n"),
                         p->chosen[k]);
    assert_null(finding(root, "duplicates"));
    json_decref(root);
}

static void published_sets_have_the_counts_that_are_stated(void **state)
{
    table_test *t = *state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (has_material(sets[i].path)) check_set(t, &sets[i]);
}

static double reward_of(table_test *t, const char *path)
{
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_OK(t->ctx, dsc_table_read(t->ctx, path, NULL, &t->table));
    json_t *root = audit(t, NULL);
    const double mean = json_number_value(json_object_get(root, "mean_reward"));
    json_decref(root);
    return mean;
}

static void published_reward_rates_are_found(void **state)
{
    table_test *t = *state;
    if (!has_material(sets[1].path)) return;
    assert_true(fabs(reward_of(t, sets[1].path) - 14544.0 / 132251) < 1e-12);
    assert_true(fabs(reward_of(t, sets[4].path) - 0.6938) < 1e-12);
}

// Three sessions of every mouse, -1 left, 1 right, 0 none.
static void mice_have_three_sessions_each(void **state)
{
    table_test *t = *state;
    static const char *const mice[] = {"CSHL_002", "DY_006", "IBL-T1", "KS014", "ibl_witten_05"};
    const char *const map = "choice=response_choice:-1=0,1=1,0=NA";
    const dsc_read_options o = {.n_maps = 1, .map = &map};
    for (size_t i = 0; i < sizeof mice / sizeof *mice; i++) {
        char path[128];
        snprintf(path, sizeof path, DATA "ibl_mice/%s_endtrain.csv", mice[i]);
        if (!has_material(path)) return;
        dsc_table_destroy(t->ctx, &t->table);
        CHECK_OK(t->ctx, dsc_table_read(t->ctx, path, &o, &t->table));
        json_t *root = audit(t, NULL);
        assert_int_equal(whole_at(root, "n_sessions"), 3);
        assert_null(finding(root, "gaps"));
        json_decref(root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(every_check_finds_its_fault_and_says_where),
        TABLE_TEST(rows_are_repeated_within_a_session_only),
        TABLE_TEST(a_table_without_fault_has_no_findings),
        TABLE_TEST(subjects_that_number_their_own_sessions_do_not_change_within_them),
        TABLE_TEST(times_in_place_of_trial_numbers_have_no_gaps),
        TABLE_TEST(doubled_rows_are_told_from_repeated_numbers),
        TABLE_TEST(constant_columns_are_named),
        TABLE_TEST(the_gravest_comes_first),
        TABLE_TEST(at_most_five_places_are_listed),
        TABLE_TEST(people_read_place_and_remedy),
        TABLE_TEST(warnings_that_an_audit_repeats_can_be_left_out),
        TABLE_TEST(published_sets_have_the_counts_that_are_stated),
        TABLE_TEST(published_reward_rates_are_found),
        TABLE_TEST(mice_have_three_sessions_each),
    };
    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
