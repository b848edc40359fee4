// SPDX-License-Identifier: Apache-2.0
// test_data_bids.c — BIDS files and folders, descriptions, folders of other CSV files.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zip.h>

#include "support/record.h"
#include "support/tables.h"

static void put(table_test *t, const char *name, const char *text)
{
    char folder[256];
    snprintf(folder, sizeof folder, "%s", test_path(t, name));
    *strrchr(folder, '/') = 0;
    CHECK_OK(t->ctx, dsc_make_folder(t->ctx, folder));
    write_bytes(t, name, text, strlen(text));
}

static void names_of_files_say_subject_and_session(void **state)
{
    table_test *t = *state;
    put(t, "sub-01_ses-pre_task-x_run-2_beh.tsv", "choice\treward\n0\t1\n1\tn/a\n");
    CHECK_OK(t->ctx, read_with(t, "sub-01_ses-pre_task-x_run-2_beh.tsv", NULL));
    assert_string_equal(t->table->subject[0], "01");
    assert_string_equal(t->table->session[0].label, "pre_run-2");
    assert_column(t, "choice", "0 1");
    assert_column(t, "reward", "1 -");
    // Columns that say it themselves win.
    put(t, "sub-01_task-x_beh.tsv", "participant_id\tsession\tchoice\nme\ta\t0\nyou\tb\t1\n");
    CHECK_OK(t->ctx, read_with(t, "sub-01_task-x_beh.tsv", NULL));
    assert_string_equal(t->table->subject[1], "you");
    assert_string_equal(t->table->session[1].label, "b");
    put(t, "free_beh.tsv", "choice\n0\n1\n");
    CHECK_OK(t->ctx, read_with(t, "free_beh.tsv", NULL));
    assert_string_equal(t->table->subject[0], "1");
    CHECK_FAILS(t->ctx, DSC_INPUT, "sub-01_task-x_beh.tsv, line 3, column \"choice\": 0.5",
                (put(t, "sub-01_task-x_beh.tsv", "choice\n0\n0.5\n"),
                 read_with(t, "sub-01_task-x_beh.tsv", NULL)));
}

static void make_dataset(table_test *t)
{
    put(t, "d/dataset_description.json", "{}");
    put(t, "d/participants.tsv", "participant_id\tage\nsub-01\t30\n");
    put(t, "d/sub-01/ses-1/beh/sub-01_ses-1_task-x_beh.tsv", "choice\treward\n0\t1\n1\t0\n");
    put(t, "d/sub-01/ses-2/beh/sub-01_ses-2_task-x_beh.tsv", "reward\tchoice\textra\n1\t1\t5\n");
    put(t, "d/sub-02/ses-1/beh/sub-02_ses-1_task-x_beh.tsv", "choice\treward\n1\t0\n");
    put(t, "d/derivatives/sub-01_task-x_beh.tsv", "choice\n1\n");
    put(t, "d/task-x_beh.json",
        "{\"choice\": {\"Description\": \"side\", \"Levels\": {\"0\": \"right\", \"1\": \"left\"}},"
        " \"reward\": {\"Units\": \"cents\"}}");
}

static void a_data_set_is_one_table(void **state)
{
    table_test *t = *state;
    make_dataset(t);
    CHECK_OK(t->ctx, read_with(t, "d", NULL));
    assert_int_equal(t->table->n_trials, 4);
    assert_int_equal(t->table->n_subjects, 2);
    assert_int_equal(t->table->n_sessions, 3);
    assert_column(t, "choice", "0 1 1 1");
    assert_column(t, "reward", "1 0 1 0");
    assert_column(t, "extra", "- - 5 -");
    assert_string_equal(t->table->session[1].label, "2");
    assert_string_equal(dsc_table_column(t->table, "choice")->label[0], "right");
    check_contains(t->notes, "column \"choice\": side");
    check_contains(t->notes, "column \"reward\":  (cents)");
    CHECK_OK(t->ctx, read_with(t, "d/sub-01", NULL));
    assert_int_equal(t->table->n_trials, 3);
    put(t, "d/sub-02/ses-2/beh/sub-02_ses-2_task-x_beh.tsv", "choice\treward\n1\tx\n");
    CHECK_FAILS(t->ctx, DSC_INPUT, "sub-02_ses-2_task-x_beh.tsv, line 2, column \"reward\": \"x\"",
                read_with(t, "d", NULL));
}

static void several_tasks_are_refused_with_their_names(void **state)
{
    table_test *t = *state;
    make_dataset(t);
    put(t, "d/sub-01/func/sub-01_task-y_events.tsv", "onset\tchoice\n1\t0\n2\t1\n");
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "holds several tables. Say which one: ", read_with(t, "d", NULL));
    check_contains(dsc_message(t->ctx), "/d#task-y_events");
    CHECK_OK(t->ctx, read_with(t, "d#task-y_events", NULL));
    assert_column(t, "onset", "1 2");
    CHECK_OK(t->ctx, read_with(t, "d#beh", NULL));
    assert_int_equal(t->table->n_trials, 4);
    CHECK_FAILS(t->ctx, DSC_INPUT, "no file of the kind \"task-z\"",
                read_with(t, "d#task-z", NULL));
}

static void a_damaged_description_is_a_warning(void **state)
{
    table_test *t = *state;
    put(t, "sub-1_task-x_beh.tsv", "choice\n0\n1\n");
    put(t, "sub-1_task-x_beh.json", "{\"choice\": ");
    CHECK_OK(t->ctx, read_with(t, "sub-1_task-x_beh.tsv", NULL));
    check_contains(t->notes, "warning: ");
    check_contains(t->notes, "columns go undescribed");
    put(t, "sub-1_task-x_beh.json", "[1, {\"choice\": 3}]");
    CHECK_OK(t->ctx, read_with(t, "sub-1_task-x_beh.tsv", NULL));
    put(t, "sub-1_task-x_beh.json",
        "{\"choice\": {\"Levels\": {\"0\": {\"Description\": \"l\"}}}}");
    CHECK_OK(t->ctx, read_with(t, "sub-1_task-x_beh.tsv", NULL));
    assert_null(dsc_table_column(t->table, "choice")->label); // 1 has no name
}

static void other_files_of_a_folder_are_a_subject_each(void **state)
{
    table_test *t = *state;
    put(t, "m/A_1_end.csv", "choice,reward\n0,1\n1,0\n");
    put(t, "m/B_2_end.csv", "choice,reward\n1,1\n");
    CHECK_OK(t->ctx, read_with(t, "m", NULL));
    assert_int_equal(t->table->n_subjects, 2);
    assert_string_equal(t->table->subject[0], "A_1");
    assert_string_equal(t->table->subject[1], "B_2");
    assert_column(t, "choice", "0 1 1");
    put(t, "m/C_3_end.csv", "choice,bonus\n1,1\n");
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "\"C_3_end.csv\" has a column \"bonus\" that \"A_1_end.csv\" lacks",
                read_with(t, "m", NULL));
    CHECK_OK(t->ctx, dsc_make_folder(t->ctx, test_path(t, "none")));
    CHECK_FAILS(t->ctx, DSC_INPUT, "is a folder without tables", read_with(t, "none", NULL));
}

static void folders_that_are_no_table_are_refused(void **state)
{
    table_test *t = *state;
    struct rlimit open_files, none;
    put(t, "d/sub-1_beh.tsv", "PK\3\4");
    CHECK_FAILS(t->ctx, DSC_INPUT, "sub-1_beh.tsv: not a complete zip archive",
                read_with(t, "d", NULL));
    zip_t *zip = zip_open(test_path(t, "d/sub-1_beh.tsv"), ZIP_CREATE | ZIP_TRUNCATE, NULL);
    zip_file_add(zip, "a.npy", zip_source_buffer(zip, "", 0, 0), 0);
    assert_int_equal(zip_close(zip), 0);
    CHECK_FAILS(t->ctx, DSC_INPUT, "sub-1_beh.tsv is no text", read_with(t, "d", NULL));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &open_files), 0);
    none = open_files, none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const dsc_status status = read_with(t, "d", NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &open_files), 0);
    CHECK_FAILS(t->ctx, DSC_INPUT, "/d\" cannot be read", status);
    record_sentence(dsc_message(t->ctx)); // no file could be opened for that
}

static void add_columns(dsc_context *ctx, dsc_text *out, int first)
{
    for (int i = first; i < first + 6000; i++) dsc_text_add(ctx, out, "\tc%d", i);
    for (int i = 0; i < 6000; i++) dsc_text_add(ctx, out, "%s\t", i ? "" : "\n0");
    dsc_text_add(ctx, out, "\n");
}

static void more_columns_than_a_table_has_are_refused(void **state)
{
    table_test *t = *state;
    for (int i = 0; i < 2; i++) {
        dsc_text text = {0};
        char name[32];
        snprintf(name, sizeof name, "d/sub-%d_beh.tsv", i);
        dsc_text_add(t->ctx, &text, "choice");
        add_columns(t->ctx, &text, 6000 * i);
        put(t, name, text.s);
        dsc_text_free(t->ctx, &text);
    }
    CHECK_FAILS(t->ctx, DSC_INPUT, "d: more than 10000 columns", read_with(t, "d", NULL));
}

static void names_may_say_less_of_some_files(void **state)
{
    table_test *t = *state;
    put(t, "d/sub-7_ses-3_beh.tsv", "choice\n1\n");
    put(t, "d/any_beh.tsv", "choice\n0\n1\n");
    CHECK_OK(t->ctx, read_with(t, "d", NULL));
    assert_string_equal(t->table->subject[0], "1");
    assert_string_equal(t->table->subject[1], "7");
    assert_string_equal(t->table->session[0].label, "1");
    put(t, "d/sub-8_task-z_beh.tsv", "choice\n1\n");
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "holds several tables. Say which one: ", read_with(t, "d", NULL));
    check_contains(dsc_message(t->ctx), "/d#task-z_beh, ...");
}

// A folder of 1000 files under 101 names.
static void more_files_than_an_experiment_has_are_refused(void **state)
{
    table_test *t = *state;
    char name[64], folder[256];
    put(t, "real/dataset_description.json", "{}");
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "real/sub-%d_beh.tsv", i);
        write_bytes(t, name, "choice\n0\n", 9);
    }
    snprintf(folder, sizeof folder, "%s", test_path(t, "real"));
    put(t, "d/dataset_description.json", "{}");
    for (int i = 0; i < 101; i++) {
        snprintf(name, sizeof name, "d/sub-%d", i);
        assert_int_equal(symlink(folder, test_path(t, name)), 0);
    }
    CHECK_FAILS(t->ctx, DSC_INPUT, "d holds more than 100000 files of trials; name a folder",
                read_with(t, "d", NULL));
}

static void reading_survives_every_failing_allocation(void **state)
{
    table_test *t = *state;
    static const char *const names[] = {"d", "d/sub-02", "m", "d#nothing", "l/sub-1_beh.tsv"};
    make_dataset(t);
    put(t, "m/A_1.csv", "choice,reward\n0,1\n1,0\n");
    put(t, "m/B_1.csv", "choice,reward\n1,1\n");
    put(t, "l/sub-1_beh.tsv", "choice\n0\n1\n");
    put(t, "l/sub-1_beh.json", "{\"choice\": {\"Levels\": {\"0\": \"a\", \"1\": \"b\"}}}");
    for (int i = 0; i < 5; i++) assert_true(read_with_failing_allocations(t, names[i]) > 3);
}

static void the_mice_are_27_subjects(void **state)
{
    table_test *t = *state;
    static const char path[] = "../shared/data/ibl_mice";
    const dsc_read_options o = {.n_maps = 1, .map = MAPS("choice=response_choice:-1=0,1=1,0=NA")};
    if (!has_material(path)) return;
    CHECK_FAILS(t->ctx, DSC_INPUT, "If -1 and 1 are the options and 0 means missing: --map choice=",
                dsc_table_read(t->ctx, path, NULL, &t->table));
    CHECK_OK(t->ctx, dsc_table_read(t->ctx, path, &o, &t->table));
    assert_int_equal(t->table->n_subjects, 27);
    assert_int_equal(t->table->n_trials, 62457);
    assert_string_equal(t->table->subject[0], "CSHL_002");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(names_of_files_say_subject_and_session),
        TABLE_TEST(a_data_set_is_one_table),
        TABLE_TEST(several_tasks_are_refused_with_their_names),
        TABLE_TEST(a_damaged_description_is_a_warning),
        TABLE_TEST(other_files_of_a_folder_are_a_subject_each),
        TABLE_TEST(folders_that_are_no_table_are_refused),
        TABLE_TEST(more_columns_than_a_table_has_are_refused),
        TABLE_TEST(more_files_than_an_experiment_has_are_refused),
        TABLE_TEST(names_may_say_less_of_some_files),
        TABLE_TEST(reading_survives_every_failing_allocation),
        TABLE_TEST(the_mice_are_27_subjects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
