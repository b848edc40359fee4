// SPDX-License-Identifier: Apache-2.0
// test_data_read.c — CSV and TSV into trial tables: cells, roles, choices, sessions, bad input.
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

#include "data/private.h"
#include "support/tables.h"

// ---- cells --------------------------------------------------------------------------------------

static void quotes_marks_returns_and_blanks_are_read(void **state)
{
    table_test *t = *state;
    static const char *const texts[] = {
        "subject,choice,reward\na,0,1\na,1,0.5\n",
        "\xef\xbb\xbfsubject,choice,reward\na,0,1\na,1,0.5\n",               // mark of UTF-8
        "subject,choice,reward\r\na,0,1\r\na,1,0.5\r\n",                     // Windows
        "subject,choice,reward\ra,0,1\ra,1,0.5\r",                           // old Macs
        "subject,choice,reward\na,0,1\na,1,0.5",                             // no last newline
        "\" subject \",\"choice\",reward\n\"a\",\"0\",1\na,\"1\",\"0.5\"\n", // quotes
        " subject , choice ,reward\n a, 0 , 1\na ,1,0.5 \n",                 // blanks
        "\n\nsubject,choice,reward\n\na,0,1\n,,\na,1,0.5\n\n",               // empty lines
        ",subject,choice,reward\n1,a,0,1\n2,a,1,0.5\n",                      // index column
        "subject;choice;reward\na;0;1\na;1;0.5\n",
        "subject\tchoice\treward\na\t0\t1\na\t1\t0.5\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK_OK(t->ctx, read_text(t, "a.csv", texts[i], NULL));
        assert_int_equal(t->table->n_columns, 2);
        assert_column(t, "choice", "0 1");
        assert_column(t, "reward", "1 0.5");
        assert_string_equal(t->table->subject[0], "a");
        assert_int_equal(t->table->n_sessions, 1);
    }
}

static void a_tab_separates_wherever_the_name_says_tsv(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.tsv", "choice\tnote, long\n0\ta\n1\tb\n", NULL));
    assert_column(t, "choice", "0 1");
    assert_column(t, "note, long", "0 1");
}

static void quoted_cells_may_hold_separators_quotes_and_newlines(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice,say\n0,\"a, \"\"b\"\"\nc\"\n1,d\n", NULL));
    assert_string_equal(dsc_table_column(t->table, "say")->label[0], "a, \"b\"\nc");
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.csv, line 4, column \"reward\"",
                read_text(t, "a.csv", "say,reward\n\"a\nb\",1\nc,x\n", NULL));
}

static void missing_values_are_the_usual_words_and_those_given(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv",
                               "choice,reward\n0,NA\nNA,1\n1,nan\n,2\nnull,None\n1,NaN\n", NULL));
    assert_column(t, "choice", "0 - 1 - - 1");
    assert_column(t, "reward", "- 1 - 2 - -");
    const dsc_read_options o = {.missing = "9,skipped"};
    static const char text[] = "choice,reward\n0,9.0\nskipped,1\n1,99\n";
    write_bytes(t, "b.csv", text, sizeof text - 1);
    CHECK_OK(t->ctx, read_with(t, "b.csv", &o));
    assert_column(t, "choice", "0 - 1");
    assert_column(t, "reward", "- 1 99");
}

// The rows of b lie between and around the others'; lines are still those of the file.
static void subjects_can_be_selected(void **state)
{
    table_test *t = *state;
    static const char text[] =
        "subject,session,choice,reward,cue\nb,1,0,1,u\na,1,1,2,v\nb,1,1,3,w\n"
        "c,1,0,4,u\na,2,0,5,v\nb,2,0,6,w\na,1,2,7,u\n";
    const dsc_read_options o = {.subjects = " c , b"};
    write_bytes(t, "a.csv", text, sizeof text - 1);
    CHECK_OK(t->ctx, read_with(t, "a.csv", &o));
    assert_column(t, "reward", "1 3 4 6");
    assert_column(t, "choice", "0 1 0 0");
    assert_int_equal(t->table->n_subjects, 2);
    assert_string_equal(t->table->subject[0], "b");
    assert_string_equal(t->table->subject[1], "c");
    assert_int_equal(t->table->n_sessions, 3);
    assert_int_equal(t->table->session[1].subject, 1);
    assert_string_equal(t->table->session[2].label, "2");
    assert_int_equal(t->table->session[2].first, 3);
    assert_int_equal(t->table->row[2], 3);
    assert_int_equal(t->table->n_actions, 3); // as in the whole file
    CHECK_OK(t->ctx, dsc_table_write(t->ctx, t->table, test_path(t, "b.csv")));
    CHECK_OK(t->ctx, read_with(t, "b.csv", &(dsc_read_options){0}));
    assert_column(t, "reward", "1 3 4 6");
    const dsc_read_options bad = {.subjects = "b,d"};
    CHECK_FAILS(t->ctx, DSC_INPUT, "has no subject \"d\" to select; it has b, a, c",
                read_with(t, "a.csv", &bad));
    char many[256] = "subject,choice\n";
    for (char who = 'a'; who < 'n'; who++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "%c,0\n%c,1\n", who, who);
    write_bytes(t, "a.csv", many, strlen(many));
    const dsc_read_options other = {.subjects = "z"};
    CHECK_FAILS(t->ctx, DSC_INPUT, "it has a, b, c, d, e, f, g, h, i, j, k, l, ...",
                read_with(t, "a.csv", &other));
}

static void numbers_do_not_depend_on_the_locale(void **state)
{
    table_test *t = *state;
    if (!setlocale(LC_ALL, "de_DE.UTF-8")) print_message("skipped: no German locale here\n");
    CHECK_OK(t->ctx,
             read_text(t, "a.csv", "choice,reward\n0,0.1\n1,-2.5e-3\n0,.5\n1,5.\n0,+1\n", NULL));
    setlocale(LC_ALL, "C");
    assert_column(t, "reward", "0.1 -0.0025 0.5 5 1");
}

static void short_decimals_are_read_to_the_last_bit(void **state)
{
    table_test *t = *state;
    char text[64], number[32];
    for (int i = 1; i < 2000; i++) {
        const double value = (double)(i * 7919 % 100003) / (double)(1 << i % 20);
        snprintf(text, sizeof text, "choice,reward\n0,%s\n", dsc_format_number(value, number));
        CHECK_OK(t->ctx, read_text(t, "a.csv", text, NULL));
        assert_true(cell(t, "reward", 0) == value);
    }
}

static void latin_1_becomes_utf_8_with_a_note(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "subject,choice\nM\xfcller,0\nM\xfcller,1\n", NULL));
    assert_string_equal(t->table->subject[0], "M\xc3\xbcller");
    check_contains(t->notes, "is not UTF-8 and is read as Latin-1");
    CHECK_OK(t->ctx, read_text(t, "a.csv", "subject,choice\nM\xc3\xbcller,0\n", NULL));
    assert_string_equal(t->table->subject[0], "M\xc3\xbcller");
    assert_null(strstr(t->notes, "Latin-1"));
}

// ---- packed files -------------------------------------------------------------------------------

static const char plain[] = "subject,choice,reward\na,0,1\na,1,0\n";

static void gzip_is_unpacked_with_all_its_members(void **state)
{
    table_test *t = *state;
    gzFile out = gzopen(test_path(t, "a.csv.gz"), "wb");
    gzwrite(out, plain, 28);
    gzclose(out);
    out = gzopen(test_path(t, "a.csv.gz"), "ab");
    gzwrite(out, plain + 28, (unsigned)strlen(plain + 28));
    gzclose(out);
    CHECK_OK(t->ctx, read_with(t, "a.csv.gz", NULL));
    assert_column(t, "choice", "0 1");
}

static void add_file(zip_t *zip, const char *name, const char *text)
{
    zip_file_add(zip, name, zip_source_buffer(zip, text, strlen(text), 0), 0);
}

static void zip_is_unpacked_if_one_table_is_in_it(void **state)
{
    table_test *t = *state;
    zip_t *zip = zip_open(test_path(t, "a.zip"), ZIP_CREATE, NULL);
    add_file(zip, "readme", "what it is");
    add_file(zip, "data/a.csv", plain);
    add_file(zip, "__MACOSX/._a.csv", "rubbish");
    assert_int_equal(zip_close(zip), 0);
    CHECK_OK(t->ctx, read_with(t, "a.zip", NULL));
    assert_column(t, "choice", "0 1");
    zip = zip_open(test_path(t, "a.zip"), 0, NULL);
    add_file(zip, "data/b.csv", plain);
    assert_int_equal(zip_close(zip), 0);
    CHECK_FAILS(t->ctx, DSC_INPUT, "holds 3 files, 2 of them CSV; unpack it",
                read_with(t, "a.zip", NULL));
}

// ---- roles --------------------------------------------------------------------------------------

static void usual_names_are_found_and_told(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv",
                               "Subject ID,Session_Num,TRIAL,Response Choice,rew,prev choice\n"
                               "x,1,1,0,1,0\ny,1,1,1,0,0\n",
                               NULL));
    assert_int_equal(t->table->n_subjects, 2);
    assert_int_equal(t->table->n_sessions, 2); // one label, two subjects
    assert_string_equal(dsc_table_column(t->table, "choice")->source, "Response Choice");
    check_contains(t->notes,
                   "subject = \"Subject ID\", session = \"Session_Num\", trial = \"TRIAL\", "
                   "choice = \"Response Choice\", reward = \"rew\", prev_choice");
}

static void an_exact_name_wins_and_the_other_is_told(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "key,Choice\n5,0\n6,1\n", NULL));
    assert_column(t, "choice", "0 1");
    assert_column(t, "key", "5 6");
    check_contains(t->notes, "choice is \"Choice\"; for \"key\" instead: --map choice=key");
}

static void maps_rename_code_and_leave_out(void **state)
{
    table_test *t = *state;
    static const char text[] = "choice,side,trial,rt\n7,left,3,0.1\n7,right,3,0.2\n7,none,3,0.3\n";
    CHECK_OK(t->ctx, read_text(t, "a.csv", text,
                               MAPS("choice=side:left=1,right=0,middle=2", "trial=", "speed=#3")));
    assert_column(t, "choice", "1 0 -");
    assert_column(t, "speed", "0.1 0.2 0.3");
    assert_null(dsc_table_column(t->table, "rt"));
    assert_true(t->table->trial[2] == 2); // counted, since the column is left out
    check_contains(t->notes, "column \"choice\" (number 0) is not used");
    CHECK_FAILS(t->ctx, DSC_INPUT, "\"right\" has no code in --map choice=side:...",
                read_text(t, "a.csv", text, MAPS("choice=side:left=0", "trial=")));
    check_contains(dsc_message(t->ctx), "a.csv, line 3, column \"side\"");
    check_contains(dsc_message(t->ctx), "right=NA if it means missing");
}

static void codes_compare_numbers_as_numbers(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice\n-1.0\n1\n0\n-1\n",
                               MAPS("choice=choice:-1=0,1=1,0=NA")));
    assert_column(t, "choice", "0 1 - 0");
}

static void a_value_with_a_comma_stands_in_quotes(void **state)
{
    table_test *t = *state;
    const char *text = "choice,say\n\"yes, sure\",1\n\"a \"\"no\"\"\",2\n\"er, well\",3\n";
    const char *const *two = MAPS("choice=choice:\"yes, sure\"=1, \"a \"\"no\"\"\"=0");
    dsc_read_options o = {.n_maps = 1, .map = two, .missing = "3,\"er, well\""};
    CHECK_OK(t->ctx, read_text(t, "a.csv", text,
                               MAPS("choice=choice:\"yes, sure\"=1,a \"no\"=0,\"er, well\"=NA")));
    assert_column(t, "choice", "1 0 -");
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_OK(t->ctx, read_with(t, "a.csv", &o));
    assert_column(t, "choice", "1 0 -");
    assert_column(t, "say", "1 2 -");
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_FAILS(t->ctx, DSC_INPUT, "add '\"er, well\"'=CODE, or '\"er, well\"'=NA",
                read_text(t, "a.csv", text, two));
    o.missing = "3,\"er, well";
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "--missing 3,\"er, well: the quotes around \"er, well are not closed",
                read_with(t, "a.csv", &o));
}

static void numbers_with_decimal_commas_are_told(void **state)
{
    table_test *t = *state;
    CHECK_FAILS(
        t->ctx, DSC_INPUT,
        "a.csv, line 3, column \"reward\": \"0,5\" is not a number. It has a decimal comma: "
        "write numbers with a point",
        read_text(t, "a.csv", "choice;reward\n0;1\n1;0,5\n", NULL));
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice;speed\n0;1\n1;-0,5\n", NULL));
    check_contains(t->notes,
                   "a.csv, line 3, column \"speed\": \"-0,5\" is read as a text. It has a");
}

static void a_malformed_map_says_how_to_write_it(void **state)
{
    table_test *t = *state;
    static const struct {
        const char *map, *part;
    } cases[] = {
        {"choice", "write column=source"},
        {"=choice", "write column=source"},
        {"choice=choice:left", "\"left\" gives no code"},
        {"choice=choice:left=x", "the code \"x\" of \"left\" is neither a number nor NA"},
        {"choice=choice:left=inf", "the code \"inf\" of \"left\" is neither a number nor NA"},
        {"choice=choice:\"a, b=0", "the quotes around \"a, b are not closed"},
        {"choice=choice:\"a, b\"c=0", "the quotes around \"a, b\"c are not closed"},
        {"subject=choice:a=1", "a subject keeps its name"},
        {"session=choice:0=1", "--map session=choice:...: a session keeps its name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_FAILS(t->ctx, DSC_INPUT, cases[i].part,
                    read_text(t, "a.csv", "choice\n0\n1\n", MAPS(cases[i].map)));
    CHECK_FAILS(t->ctx, DSC_INPUT, "gives choice twice",
                read_text(t, "a.csv", "a,b\n0,1\n1,1\n", MAPS("choice=a", "choice=b")));
}

// ---- choices ------------------------------------------------------------------------------------

static void texts_become_codes_by_sorted_label(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice,prev_choice\nR2,\nR1,R2\nNA,R1\n", NULL));
    assert_column(t, "choice", "1 0 -");
    assert_column(t, "prev_choice", "- 1 0");
    assert_string_equal(dsc_table_column(t->table, "choice")->label[1], "R2");
    check_contains(t->notes, "\"R1\" became 0, \"R2\" became 1");
}

static void choices_that_were_rounded_are_whole(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice\n0\n1.000001\n0.99999994\n-1\n", NULL));
    assert_column(t, "choice", "0 1 1 -");
    CHECK_FAILS(t->ctx, DSC_INPUT, "1.001 is no choice",
                read_text(t, "a.csv", "choice\n0\n1.001\n", NULL));
}

static void choices_from_1_are_shifted_and_told(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "deck,prev_choice\n1,0\n4,1\n-1,4\n2,-1\n", NULL));
    assert_column(t, "choice", "0 3 - 1");
    assert_column(t, "prev_choice", "- 0 3 -"); // 0 and -1: none
    assert_int_equal(t->table->n_actions, 4);
    check_contains(t->notes, "choices 1 ... 4 are read as 0 ... 3");
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice\n1\n1\n", NULL)); // 1 of 0 and 1, as likely
    assert_column(t, "choice", "1 1");
}

static void a_given_number_of_options_settles_what_n_is(void **state)
{
    table_test *t = *state;
    write_bytes(t, "a.csv", "choice\n1\n2\n", 11);
    CHECK_OK(t->ctx, read_with(t, "a.csv", &(dsc_read_options){.n_actions = 3}));
    assert_column(t, "choice", "1 2");
    assert_int_equal(t->table->n_actions, 3);
    CHECK_OK(t->ctx, read_with(t, "a.csv", &(dsc_read_options){.n_actions = 2}));
    assert_column(t, "choice", "0 1");
}

static void few_choices_of_minus_1_are_missing_and_many_are_refused(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice\n0\n-1\n1\n1\n0\n1\n", NULL));
    assert_column(t, "choice", "0 - 1 1 0 1");
    check_contains(t->notes, "1 values below 0 are read as missing");
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice\n0\n-1\n1\n2\n-1\n", NULL));
    check_contains(t->notes, "warning: ");
    // One side may be coded -1.
    CHECK_FAILS(t->ctx, DSC_INPUT, "-1 (2 times), 0 (1) and 1. If",
                read_text(t, "a.csv", "choice\n0\n-1\n1\n-1\n", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT, "only -1 and 1. If both are options: --map choice=side:-1=0,1=1",
                read_text(t, "a.csv", "side\n1\n-1\n1\n-1\n", MAPS("choice=side")));
}

// ---- sessions -----------------------------------------------------------------------------------

static void sessions_keep_the_order_of_first_appearance(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx,
             read_text(t, "a.csv",
                       "subject,session,choice,reward\nb,2,0,1\nb,2,1,2\na,2,0,3\nb,1,1,4\n",
                       NULL));
    static const char *const labels[] = {"2", "2", "1"};
    static const int subject[] = {0, 1, 0}, n[] = {2, 1, 1};
    assert_int_equal(t->table->n_sessions, 3);
    for (int s = 0; s < 3; s++) {
        assert_string_equal(t->table->session[s].label, labels[s]);
        assert_int_equal(t->table->session[s].subject, subject[s]);
        assert_int_equal(t->table->session[s].n_trials, n[s]);
    }
    assert_string_equal(t->table->subject[0], "b");
    assert_null(strstr(t->notes, "warning"));
}

static void scattered_and_unsorted_rows_are_joined_with_a_warning(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv",
                               "session,trial,choice,reward\n"
                               "x,2,0,12\nx,1,1,11\ny,1,0,21\nx,3,1,13\ny,2,1,22\n",
                               NULL));
    assert_column(t, "reward", "11 12 13 21 22");
    static const size_t row[] = {1, 0, 3, 2, 4};
    for (size_t i = 0; i < 5; i++) assert_int_equal(t->table->row[i], row[i]);
    check_contains(t->notes, "2 times rows of a session go on after those of another");
    check_contains(t->notes, "1 sessions were not in order and are now sorted by trial number");
    assert_null(strstr(t->notes, "repeat"));
}

static void repeated_trial_numbers_are_told_with_the_remedy(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "trial,choice\n1,0\n1,1\n2,0\n2,1\n", NULL));
    check_contains(t->notes, "2 of 4 trials repeat the trial number before them");
    check_contains(t->notes, "If column \"trial\" numbers sessions: --map session=trial");
    CHECK_OK(t->ctx,
             read_text(t, "a.csv", "trial,choice\n1,0\n1,1\n2,0\n2,1\n", MAPS("session=trial")));
    assert_int_equal(t->table->n_sessions, 2);
    assert_null(strstr(t->notes, "warning"));
}

static void blocks_read_as_sessions_are_doubted_where_trial_numbers_run_on(void **state)
{
    table_test *t = *state;
    static const char text[] = "block,trial,choice\n1,1,0\n1,2,1\n2,3,0\n2,4,1\n";
    CHECK_OK(t->ctx, read_text(t, "a.csv", text, NULL));
    assert_int_equal(t->table->n_sessions, 2);
    check_contains(t->notes, "If the subjects just played on: --map session=");
    CHECK_OK(t->ctx, read_text(t, "a.csv", text, MAPS("session=block")));
    assert_null(strstr(t->notes, "warning"));
    CHECK_OK(t->ctx, read_text(t, "a.csv", text, MAPS("session=")));
    assert_int_equal(t->table->n_sessions, 1);
    assert_column(t, "block", "1 1 2 2");
    CHECK_OK(t->ctx,
             read_text(t, "a.csv", "block,trial,choice\n1,1,0\n1,2,1\n2,1,0\n2,2,1\n", NULL));
    assert_null(strstr(t->notes, "warning"));
}

static void options_that_are_never_chosen_are_doubted(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice\n0\n1\n7\n1\n", NULL));
    assert_int_equal(t->table->n_actions, 8);
    check_contains(t->notes,
                   "up to the largest choice, 7 (first: line 4), there are 8 options, and 5 "
                   "of them are never chosen");
    CHECK_OK(t->ctx, read_with(t, "a.csv", &(dsc_read_options){.n_actions = 8}));
    assert_null(strstr(t->notes, "warning"));
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice\n1\n3\n2\n", NULL));
    assert_null(strstr(t->notes, "warning"));
}

static void names_that_look_like_numbers_stay_names(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "id,choice\n007,0\n7,1\n", NULL));
    assert_int_equal(t->table->n_subjects, 2);
    assert_string_equal(t->table->subject[0], "007");
}

// ---- bad input ----------------------------------------------------------------------------------

typedef struct bad_input {
    const char *text, *message[3];
} bad_input;

static const bad_input bad_inputs[] = {
    {"", {"a.csv is empty"}},
    {"\n \n", {"a.csv is empty"}},
    {"choice,reward\n", {"a.csv names columns but holds no trials"}},
    {"1,2\n0,1\n", {"a.csv, line 1: only numbers", "must name the columns"}},
    {"choice,reward\n0,1\n1\n", {"a.csv, line 3: 1 cells, but the first line names 2 columns"}},
    {"choice,reward\n0,1\n1,2,3\n", {"a.csv, line 3: 3 cells, but the first line names 2 columns"}},
    {"choice,reward\n0,\"1\n1,2\n",
     {"a.csv, line 2: a quoted cell that starts here is never closed"}},
    {"action,response\n0,1\n",
     {"columns \"action\" and \"response\" could both be the choice",
      "--map choice=action or --map choice=response"}},
    {"choice,choice\n0,1\n", {"could both be the choice", "--map choice=#0 or --map choice=#1"}},
    {"choice,reward\n0,1\n1,left\n",
     {"a.csv, line 3, column \"reward\": \"left\" is not a number",
      "--map reward=reward:left=0,...", "--missing left"}},
    {"choice,reward\n0,1\nleft,1\n",
     {"a.csv, line 3, column \"choice\": \"left\" is not a number",
      "If it names an option, say so: --map choice=choice:left=0"}},
    {"choice,trial\n0,one\n",
     {"line 2, column \"trial\": \"one\" is not a number", "--map trial="}},
    {"choice,reward\nNA,1\n-1,1\n",
     {"a.csv, column \"choice\": all 2 choices are missing", "--map choice=COLUMN"}},
    {"choice\n0\n0.5\n", {"a.csv, line 3, column \"choice\": 0.5 is no choice", "whole number"}},
    {"choice\n1\n2e300\n", {"a.csv, line 3, column \"choice\": choice 2e+300 is out of range"}},
    {"choice\n0\n5000\n", {"a.csv, line 3, column \"choice\": choice 5000 is out of range"}},
    {"choice\n0\ninf\n", {"a.csv, line 3, column \"choice\": inf is no choice"}},
    {"subject,choice\na,0\n,1\n",
     {"line 3, column \"subject\": the subject is missing", "--map subject="}},
    {"choice,trial\n0,1\n1,NA\n",
     {"line 3, column \"trial\": the trial is missing", "--map trial="}},
    {"{\"choice\": 1}", {"no table of trials: a list of records", "FILE#NAME"}},
    {"MATLAB 5.0 MAT-file", {"a.csv ends too early"}},
};

static void bad_input_is_refused_with_place_value_and_remedy(void **state)
{
    table_test *t = *state;
    for (size_t i = 0; i < sizeof bad_inputs / sizeof *bad_inputs; i++) {
        const bad_input *b = &bad_inputs[i];
        const dsc_status status = read_text(t, "a.csv", b->text, NULL);
        if (status != DSC_INPUT) fail_msg("status %d for: %s", status, b->text);
        for (int k = 0; k < 3 && b->message[k]; k++)
            check_contains(dsc_message(t->ctx), b->message[k]);
        assert_null(t->table);
    }
}

static void a_file_that_is_not_there_is_named(void **state)
{
    table_test *t = *state;
    CHECK_FAILS(t->ctx, DSC_INPUT, "nowhere.csv: no such file", read_with(t, "nowhere.csv", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT, "is a folder", read_with(t, "", NULL));
}

static void a_missing_column_is_named_with_the_columns_there_are(void **state)
{
    table_test *t = *state;
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.csv has no column \"responce\" (--map choice=responce)",
                read_text(t, "a.csv", "response,rt\n0,1\n", MAPS("choice=responce")));
    check_contains(dsc_message(t->ctx), "Columns there are: \"response\", \"rt\"");
    check_contains(dsc_message(t->ctx), "Did you mean --map choice=response?");
}

static void a_choice_past_the_given_options_is_out_of_range(void **state)
{
    table_test *t = *state;
    write_bytes(t, "a.csv", "choice\n0\n2\n", 11);
    CHECK_FAILS(
        t->ctx, DSC_INPUT,
        "a.csv, line 3, column \"choice\": choice 2 is out of range; with 2 options choices "
        "are 0 ... 1",
        read_with(t, "a.csv", &(dsc_read_options){.n_actions = 2}));
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    table_test *t = *state;
    static const char wide[] = "c\0h\0,\0r\0\n\0";
    write_bytes(t, "a.csv", wide, sizeof wide);
    CHECK_FAILS(t->ctx, DSC_INPUT, "a.csv, line 1: a zero byte, so this is no CSV text",
                read_with(t, "a.csv", NULL));
}

// ---- published data -----------------------------------------------------------------------------

typedef struct published {
    const char *path;
    const char *map[4];
    size_t n_trials;
    int n_sessions, n_subjects, n_actions;
} published;

static const published data_sets[] = {
    {"../shared/data/dezfouli2019/choices_diagno.csv.zip", {"session=trial"}, 132251, 1212, 101, 2},
    {"../shared/data/gershman2018/data2.csv", {NULL}, 8800, 880, 44, 2},
    {"../shared/data/speekenbrink2015/Speekenbrink_Konstantinidis_2015.csv",
     {"subject=id2", "session="},
     16000,
     80,
     80,
     4},
    {"../shared/data/trnn_artificial/artificial_testset.csv", {"session=block"}, 30000, 300, 30, 2},
    {"../shared/data/ibl_mice/CSHL_002_endtrain.csv",
     {"choice=response_choice:-1=0,1=1,0=NA"},
     3417,
     3,
     1,
     2},
    {"../shared/data/matching_pennies/mp_beh_m18_500completed.npy", {NULL}, 42000, 84, 1, 2},
    {"../shared/golden/disrnn/curves/q_synthetic.csv.gz", {NULL}, 40000, 200, 1, 2},
};

static void published_data_read_without_warnings(void **state)
{
    table_test *t = *state;
    for (size_t i = 0; i < sizeof data_sets / sizeof *data_sets; i++) {
        const published *p = &data_sets[i];
        dsc_read_options o = {.map = p->map};
        while (p->map[o.n_maps]) o.n_maps++;
        if (!has_material(p->path)) continue;
        dsc_table_destroy(t->ctx, &t->table);
        t->notes[0] = 0;
        CHECK_OK(t->ctx, dsc_table_read(t->ctx, p->path, &o, &t->table));
        assert_int_equal(t->table->n_trials, p->n_trials);
        assert_int_equal(t->table->n_sessions, p->n_sessions);
        assert_int_equal(t->table->n_subjects, p->n_subjects);
        assert_int_equal(t->table->n_actions, p->n_actions);
        assert_null(strstr(t->notes, "warning"));
    }
}

static void decimals_are_read_as_the_c_library_reads_them(void **state)
{
    static const char *const edges[] = {"0",
                                        "-0",
                                        ".5",
                                        "5.",
                                        "00012.50",
                                        "9007199254740993",
                                        "0.1",
                                        "1e5",
                                        "inf",
                                        "0.30000000000000004",
                                        "123456789012345678901234567890",
                                        "5e-324"};
    dsc_stream r = dsc_stream_start(5, DSC_FOR_TASK, 0, 0, 0);
    (void)state;
    for (int i = 0; i < 300000; i++) {
        char text[64];
        static const double scale[] = {1, 1000, -1e-6, 1e12};
        const double x = dsc_stream_uniform(&r) * scale[i % 4];
        const int digits = (int)dsc_stream_below(&r, 20);
        if (i < (int)(sizeof edges / sizeof *edges)) snprintf(text, sizeof text, "%s", edges[i]);
        else snprintf(text, sizeof text, i % 2 ? "%.*f" : "%.*g", digits, x);
        double read = 0;
        const double expected = strtod(text, NULL);
        assert_true(data_parse_number(text, &read));
        if (memcmp(&read, &expected, sizeof read) != 0) fail_msg("%s is %a", text, read);
    }
    double none;
    assert_false(data_parse_number(".", &none) || data_parse_number("-", &none) ||
                 data_parse_number("1.2.3", &none) || data_parse_number("", &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(quotes_marks_returns_and_blanks_are_read),
        TABLE_TEST(a_tab_separates_wherever_the_name_says_tsv),
        TABLE_TEST(quoted_cells_may_hold_separators_quotes_and_newlines),
        TABLE_TEST(missing_values_are_the_usual_words_and_those_given),
        TABLE_TEST(subjects_can_be_selected),
        TABLE_TEST(numbers_do_not_depend_on_the_locale),
        TABLE_TEST(short_decimals_are_read_to_the_last_bit),
        TABLE_TEST(latin_1_becomes_utf_8_with_a_note),
        TABLE_TEST(gzip_is_unpacked_with_all_its_members),
        TABLE_TEST(zip_is_unpacked_if_one_table_is_in_it),
        TABLE_TEST(usual_names_are_found_and_told),
        TABLE_TEST(an_exact_name_wins_and_the_other_is_told),
        TABLE_TEST(maps_rename_code_and_leave_out),
        TABLE_TEST(codes_compare_numbers_as_numbers),
        TABLE_TEST(a_value_with_a_comma_stands_in_quotes),
        TABLE_TEST(numbers_with_decimal_commas_are_told),
        TABLE_TEST(a_malformed_map_says_how_to_write_it),
        TABLE_TEST(texts_become_codes_by_sorted_label),
        TABLE_TEST(choices_that_were_rounded_are_whole),
        TABLE_TEST(choices_from_1_are_shifted_and_told),
        TABLE_TEST(a_given_number_of_options_settles_what_n_is),
        TABLE_TEST(few_choices_of_minus_1_are_missing_and_many_are_refused),
        TABLE_TEST(sessions_keep_the_order_of_first_appearance),
        TABLE_TEST(scattered_and_unsorted_rows_are_joined_with_a_warning),
        TABLE_TEST(repeated_trial_numbers_are_told_with_the_remedy),
        TABLE_TEST(blocks_read_as_sessions_are_doubted_where_trial_numbers_run_on),
        TABLE_TEST(options_that_are_never_chosen_are_doubted),
        TABLE_TEST(names_that_look_like_numbers_stay_names),
        TABLE_TEST(bad_input_is_refused_with_place_value_and_remedy),
        TABLE_TEST(a_file_that_is_not_there_is_named),
        TABLE_TEST(a_missing_column_is_named_with_the_columns_there_are),
        TABLE_TEST(a_choice_past_the_given_options_is_out_of_range),
        TABLE_TEST(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(decimals_are_read_as_the_c_library_reads_them),
        TABLE_TEST(published_data_read_without_warnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
