// SPDX-License-Identifier: Apache-2.0
// test_data_faults.c — every reader against cut, changed and random bytes, and failing allocations.
// What a damaged file gives does not matter, but it is a table or an error with a sentence.
// DISCERN_FUZZ=N changes every file N times (default 300).
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

#include "data/private.h"
#include "support/tables.h"

static const char table_text[] = "subject,session,trial,\"choice\",reward,say\r\n"
                                 "a,1,0,0,1,\"x, y\"\r\na,1,1,1,0.5,z\r\n"
                                 "a,2,1,NA,,z\r\na,2,0,1,-1e3,\"q\"\"q\"\r\nb,1,0,0,1,\r\n";

static void make_gzip(table_test *t)
{
    gzFile out = gzopen(test_path(t, "a.csv.gz"), "wb");
    gzwrite(out, table_text, sizeof table_text - 1);
    gzclose(out);
}

static void make_zip(table_test *t)
{
    zip_t *zip = zip_open(test_path(t, "a.zip"), ZIP_CREATE | ZIP_TRUNCATE, NULL);
    zip_file_add(zip, "a.csv", zip_source_buffer(zip, table_text, sizeof table_text - 1, 0), 0);
    assert_int_equal(zip_close(zip), 0);
}

static void make_array(table_test *t)
{
    static const double x[2][2][3] = {{{0, 0, 1}, {0, 0, 0}}, {{1, 1, 0}, {-1, -1, -1}}};
    char bytes[512];
    write_bytes(t, "a.npy", bytes,
                make_npy(bytes, 1,
                         "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2, 3), }\n", x,
                         sizeof x));
}

static void make_archive(table_test *t)
{
    CHECK_OK(t->ctx, read_with(t, "a.csv", NULL));
    CHECK_OK(t->ctx, dsc_table_write(t->ctx, t->table, test_path(t, "a.npz")));
}

// Readers look for the end of a text, so there is one even where the bytes fill what was allocated.
static void unpacked_bytes_end_with_a_zero(void **state)
{
    table_test *t = *state;
    static char blanks[6000];
    memset(blanks, ' ', sizeof blanks);
    for (uLong n = 4096; n < sizeof blanks; n++) {
        unsigned char packed[256];
        uLongf size = sizeof packed;
        data_bytes out = {0};
        assert_int_equal(compress(packed, &size, (const Bytef *)blanks, n), Z_OK);
        CHECK_OK(t->ctx, data_inflate(t->ctx, "a", (const char *)packed, size, false, &out));
        assert_int_equal(out.n, n);
        assert_int_equal(out.bytes[n], 0);
        dsc_free(t->ctx, &out.bytes);
    }
}

static const char *const files[] = {"a.csv", "a.csv.gz", "a.zip", "a.npy", "a.npz"};
enum { N_FILES = 5 };

static void make_files(table_test *t)
{
    write_bytes(t, "a.csv", table_text, sizeof table_text - 1);
    make_gzip(t);
    make_zip(t);
    make_array(t);
    make_archive(t);
}

// Reads bytes under the name of a file; an error must have a sentence that names the file.
static void read_bytes(table_test *t, const char *name, const char *bytes, size_t n)
{
    char path[64];
    snprintf(path, sizeof path, "x_%s", name);
    write_bytes(t, path, bytes, n);
    const dsc_status status = read_with(t, path, NULL);
    if (status == DSC_OK) {
        dsc_text out = {0};
        CHECK_OK(t->ctx, dsc_table_audit(t->ctx, t->table, false, &out, NULL));
        dsc_text_free(t->ctx, &out);
        return;
    }
    assert_true(status == DSC_INPUT || status == DSC_MEMORY);
    check_contains(dsc_message(t->ctx), status == DSC_MEMORY ? "memory" : path);
}

static void a_file_cut_anywhere_is_a_table_or_an_error(void **state)
{
    table_test *t = *state;
    make_files(t);
    for (int f = 0; f < N_FILES; f++) {
        char *bytes;
        size_t n;
        CHECK_OK(t->ctx, dsc_read_file(t->ctx, test_path(t, files[f]), &bytes, &n));
        for (size_t cut = 0; cut<n; cut += n> 600 ? 7 : 1) read_bytes(t, files[f], bytes, cut);
        dsc_free(t->ctx, &bytes);
    }
}

static void change(dsc_stream *s, char *bytes, size_t n)
{
    static const char special[] = "\0\n\r\",;\t'()0123456789-.e=\xff\x80PK";
    const uint32_t changes = 1 + dsc_stream_below(s, 8);
    for (uint32_t i = 0; i < changes; i++) {
        char *byte = &bytes[dsc_stream_below(s, (uint32_t)n)];
        if (dsc_stream_below(s, 2)) *byte = special[dsc_stream_below(s, sizeof special)];
        else *byte = (char)dsc_stream_word(s);
    }
}

static int times(void)
{
    const char *given = getenv("DISCERN_FUZZ");
    return given ? atoi(given) : 300;
}

static void a_changed_file_is_a_table_or_an_error(void **state)
{
    table_test *t = *state;
    make_files(t);
    for (int f = 0; f < N_FILES; f++) {
        char *bytes, changed[4096];
        size_t n;
        CHECK_OK(t->ctx, dsc_read_file(t->ctx, test_path(t, files[f]), &bytes, &n));
        assert_true(n <= sizeof changed);
        for (int i = 0; i < times(); i++) {
            dsc_stream s = dsc_stream_start(1, DSC_FOR_TASK, (uint32_t)i, (uint32_t)f, 0);
            memcpy(changed, bytes, n);
            change(&s, changed, n);
            read_bytes(t, files[f], changed, n);
        }
        dsc_free(t->ctx, &bytes);
    }
}

static void random_bytes_are_a_table_or_an_error(void **state)
{
    table_test *t = *state;
    char bytes[300];
    for (int i = 0; i < times(); i++) {
        dsc_stream s = dsc_stream_start(2, DSC_FOR_TASK, (uint32_t)i, 0, 0);
        const size_t n = dsc_stream_below(&s, sizeof bytes);
        for (size_t k = 0; k < n; k++) bytes[k] = (char)dsc_stream_word(&s);
        if (i % 5 == 1) memcpy(bytes, "\x1f\x8b\x08", 3);
        if (i % 5 == 2) memcpy(bytes, "PK\x03\x04", 4);
        if (i % 5 == 3) memcpy(bytes, "\x93NUMPY\x01\0", 8);
        if (i % 5 == 4)
            for (size_t k = 0; k < n; k++) bytes[k] = "01,\n\"a;\t "[(unsigned char)bytes[k] % 9];
        read_bytes(t, "random.csv", bytes, n < 8 ? 8 : n);
    }
}

typedef struct reading {
    const char *path, *written;
} reading;

static dsc_status read_write(dsc_context *ctx, void *user)
{
    const reading *r = user;
    dsc_table *table = NULL;
    dsc_text out = {0};
    dsc_status status = dsc_table_read(ctx, r->path, NULL, &table);
    if (status == DSC_OK) status = dsc_table_audit(ctx, table, false, &out, NULL);
    if (status == DSC_OK) status = dsc_table_write(ctx, table, r->written);
    dsc_text_free(ctx, &out);
    dsc_table_destroy(ctx, &table);
    return status;
}

static void reading_and_writing_survive_every_failing_allocation(void **state)
{
    table_test *t = *state;
    static const char *const written[N_FILES] = {"b.csv", "b.npz", "b.tsv", "b.csv", "b.npz"};
    make_files(t);
    for (int f = 0; f < N_FILES; f++) {
        reading r = {test_path(t, files[f]), test_path(t, written[f])};
        assert_true(check_every_allocation_failure(read_write, &r) > 10);
    }
}

static dsc_status read_any(dsc_context *ctx, void *user)
{
    dsc_table *table = NULL;
    const dsc_status status = dsc_table_read(ctx, user, NULL, &table);
    dsc_table_destroy(ctx, &table);
    return status;
}

static const char *const mapped[][4] = {
    {"subject=who", "choice=key:L=0,R=1", "reward=", "points=points:9=NA,1=1,0=0"},
    {"choice=key:L=0", "reward=points:9=NA,1=1,0=0", NULL}, // "R" has no code
    {"choice=points:0=0,1=1", "reward=", NULL},             // nor has 9
    {"choice=key:L=0,R=1", "subject=who:a=1", NULL},        // codes for names
    {"choice=nowhere", NULL},
    {"choice", NULL},
    {"choice=key:L", NULL},
};

static dsc_status read_mapped(dsc_context *ctx, void *user)
{
    dsc_status status = DSC_OK;
    for (size_t i = 0; status == DSC_OK && i < sizeof mapped / sizeof *mapped; i++) {
        dsc_read_options o = {.map = mapped[i], .missing = "x,y"};
        dsc_table *table = NULL;
        while (o.n_maps < 4 && mapped[i][o.n_maps]) o.n_maps++;
        status = dsc_table_read(ctx, user, &o, &table);
        assert_true((status == DSC_OK) == (i == 0) || status == DSC_MEMORY);
        dsc_table_destroy(ctx, &table);
        if (status == DSC_INPUT) status = DSC_OK;
    }
    return status;
}

static void maps_survive_every_failing_allocation(void **state)
{
    table_test *t = *state;
    static const char text[] = "who,key,points\na,L,1\na,R,0\nb,R,9\n";
    char path[256];
    write_bytes(t, "a.csv", text, sizeof text - 1);
    snprintf(path, sizeof path, "%s", test_path(t, "a.csv"));
    assert_true(check_every_allocation_failure(read_mapped, path) > 20);
}

static dsc_status refuse(dsc_context *ctx, void *user)
{
    const dsc_status status = read_any(ctx, user);
    return status == DSC_INPUT ? DSC_OK : status;
}

static void refusing_survives_every_failing_allocation(void **state)
{
    table_test *t = *state;
    static const char *const texts[] = {"action,key\n0,1\n", "choice,reward\n0,x\n",
                                        "choice\n0\n0.5\n", "a,b\n1\n"};
    for (int i = 0; i < 4; i++) {
        write_bytes(t, "a.csv", texts[i], strlen(texts[i]));
        char path[256];
        snprintf(path, sizeof path, "%s", test_path(t, "a.csv"));
        assert_true(check_every_allocation_failure(refuse, path) > 2);
    }
}

typedef struct split_case {
    const dsc_table *table;
    const dsc_split *split;
    char path[256];
} split_case;

static dsc_status write_split(dsc_context *ctx, void *user)
{
    const split_case *c = user;
    char hash[17];
    DSC_TRY(dsc_split_hash(ctx, c->split, hash));
    return dsc_split_write(ctx, c->table, c->split, c->path);
}

static dsc_status read_split(dsc_context *ctx, void *user)
{
    const split_case *c = user;
    dsc_split again = {0};
    const dsc_status status = dsc_split_read(ctx, c->table, c->path, &again);
    dsc_split_free(ctx, &again);
    return status;
}

static dsc_status make_split(dsc_context *ctx, void *user)
{
    const split_case *c = user;
    dsc_split made = {0};
    const dsc_split_rule rules[] = {
        {.unit = DSC_SPLIT_SUBJECTS, .every = 2, .offset = 1, .shuffle = true},
        {.unit = DSC_SPLIT_TRIALS, .last = 0.5},
        {.test_every = 3, .every = 2, .offset = 1, .stratify = "subject"},
        {.every = 2, .stratify = "age"}}; // refused
    dsc_status status = DSC_OK;
    for (size_t i = 0; status == DSC_OK && i < sizeof rules / sizeof *rules; i++) {
        status = dsc_split_make(ctx, c->table, &rules[i], &made);
        if (status == DSC_INPUT && i == sizeof rules / sizeof *rules - 1) return DSC_OK;
        dsc_split_free(ctx, &made);
    }
    return status;
}

static void splits_survive_every_failing_allocation(void **state)
{
    table_test *t = *state;
    dsc_split split = {0};
    static const dsc_split_rule rules[] = {{.test_every = 3, .every = 2, .offset = 1},
                                           {.unit = DSC_SPLIT_TRIALS, .last = 0.5}};
    CHECK_OK(t->ctx, read_text(t, "a.csv",
                               "session,choice\n1,0\n1,1\n2,0\n2,1\n3,1\n3,0\n4,1\n4,1\n", NULL));
    split_case c = {.table = t->table, .split = &split};
    snprintf(c.path, sizeof c.path, "%s", test_path(t, "split.json"));
    for (size_t i = 0; i < 2; i++) {
        CHECK_OK(t->ctx, dsc_split_make(t->ctx, t->table, &rules[i], &split));
        assert_true(check_every_allocation_failure(write_split, &c) > 0);
        assert_true(check_every_json_failure(write_split, &c, true) > 20);
        CHECK_OK(t->ctx, dsc_split_write(t->ctx, t->table, &split, c.path));
        assert_true(check_every_allocation_failure(read_split, &c) > 2);
        assert_true(check_every_json_failure(read_split, &c, false) > 20);
        dsc_split_free(t->ctx, &split);
    }
    CHECK_OK(t->ctx, read_text(t, "a.csv",
                               "subject,choice\n1,0\n1,1\n2,0\n2,1\n3,1\n3,0\n4,1\n4,1\n", NULL));
    c.table = t->table;
    assert_true(check_every_allocation_failure(make_split, &c) > 5);
}

// ---- tables from memory -------------------------------------------------------------------------

static dsc_status make_table(dsc_context *ctx, void *user)
{
    static const int lengths[] = {2, 1}, subject[] = {0, 1};
    static const double choice[] = {0, 1, 1}, reward[] = {1, 0, 1};
    dsc_table *table = NULL;
    (void)user;
    DSC_TRY(dsc_table_make(ctx, 2, lengths, subject, 2,
                           (const char *const[]){"choice", "prev_reward"},
                           (const double *const[]){choice, reward}, &table));
    const dsc_status status = dsc_table_add(table, "bonus", reward);
    if (status == DSC_OK) assert_true(dsc_table_column(table, "bonus")->value[1] == 0);
    dsc_table_destroy(ctx, &table);
    return status;
}

static void tables_from_memory_survive_every_failing_allocation(void **state)
{
    (void)state;
    assert_true(check_every_allocation_failure(make_table, NULL) > 10);
}

static void names_that_are_no_utf8_are_not_written_as_json(void **state)
{
    table_test *t = *state;
    static const int lengths[] = {2};
    static const double choice[] = {0, 1};
    CHECK_OK(t->ctx,
             dsc_table_make(t->ctx, 1, lengths, NULL, 2, (const char *const[]){"choice", "\xe4"},
                            (const double *const[]){choice, choice}, &t->table));
    CHECK_FAILS(t->ctx, DSC_INPUT, "the text \"\xe4\" is not UTF-8 and cannot be written as JSON",
                dsc_table_write(t->ctx, t->table, test_path(t, "a.json")));
    CHECK_FAILS(t->ctx, DSC_INPUT, "a_beh.tsv: the names of its columns are no UTF-8",
                dsc_table_write(t->ctx, t->table, test_path(t, "a_beh.tsv")));
    assert_false(dsc_exists(test_path(t, "a.json")));
}

typedef struct json_case {
    const dsc_table *table;
    char path[256];
} json_case;

static dsc_status write_any(dsc_context *ctx, void *user)
{
    const json_case *c = user;
    return dsc_table_write(ctx, c->table, c->path);
}

static void json_survives_every_failing_allocation(void **state)
{
    table_test *t = *state;
    static const char *const written[] = {"b.json", "b_beh.tsv"};
    static const char *const texts[] = {
        "[{\"choice\": 0, \"say\": \"a\", \"in\": [1]}, {\"choice\": 1, \"say\": \"b\"}]",
        "{\"choice\": 0}\n{\"choice\": 1}\n",
        "{\"n\": {\"0\": 1, \"1\": 2}, \"choice\": {\"0\": 0, \"1\": 1}}"};
    json_case c;
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice,side\nleft,0\nright,1\nleft,1\n",
                               MAPS("choice=side", "said=choice")));
    for (size_t i = 0; i < 2; i++) {
        c.table = t->table;
        snprintf(c.path, sizeof c.path, "%s", test_path(t, written[i]));
        assert_true(check_every_json_failure(write_any, &c, false) > 5);
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_bytes(t, "a.json", texts[i], strlen(texts[i]));
        snprintf(c.path, sizeof c.path, "%s", test_path(t, "a.json"));
        assert_true(check_every_json_failure(read_any, c.path, false) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(unpacked_bytes_end_with_a_zero),
        TABLE_TEST(a_file_cut_anywhere_is_a_table_or_an_error),
        TABLE_TEST(a_changed_file_is_a_table_or_an_error),
        TABLE_TEST(random_bytes_are_a_table_or_an_error),
        TABLE_TEST(reading_and_writing_survive_every_failing_allocation),
        TABLE_TEST(refusing_survives_every_failing_allocation),
        TABLE_TEST(maps_survive_every_failing_allocation),
        TABLE_TEST(splits_survive_every_failing_allocation),
        TABLE_TEST(tables_from_memory_survive_every_failing_allocation),
        TABLE_TEST(names_that_are_no_utf8_are_not_written_as_json),
        TABLE_TEST(json_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
