// SPDX-License-Identifier: Apache-2.0
// test_base_files.c — files that appear complete or not at all, reading, folders, progress, and
// what a failing allocator does to all of the room.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/check.h"

// Each test has a context and an empty folder.
typedef struct place {
    dsc_context *ctx;
    char folder[64], file[128];
} place;

static int with_place(void **state)
{
    static place p;
    *state = &p;
    make_temporary_folder(p.folder);
    snprintf(p.file, sizeof p.file, "%s/result.csv", p.folder);
    return dsc_context_create(NULL, &p.ctx);
}

static int without_place(void **state)
{
    place *p = *state;
    remove_folder(p->folder);
    dsc_context_destroy(&p->ctx);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, with_place, without_place)

static void check_file(const place *p, const char *expected)
{
    char *bytes;
    size_t n;
    CHECK_OK(p->ctx, dsc_read_file(p->ctx, p->file, &bytes, &n));
    assert_int_equal(n, strlen(expected));
    assert_string_equal(bytes, expected);
    dsc_free(p->ctx, &bytes);
}

// ---- writing -------------------------------------------------------------------------------

static void a_file_appears_with_its_commit(void **state)
{
    place *p = *state;
    dsc_file *f;
    CHECK_OK(p->ctx, dsc_file_begin(p->ctx, p->file, &f));
    fputs("a,b\n1,2\n", dsc_file_stream(f));
    fflush(dsc_file_stream(f));
    assert_false(dsc_exists(p->file));
    CHECK_OK(p->ctx, dsc_file_commit(&f));
    assert_null(f);
    check_file(p, "a,b\n1,2\n");
    assert_int_equal(count_entries(p->folder), 1);
}

static void a_dropped_file_leaves_the_old_one(void **state)
{
    place *p = *state;
    dsc_file *f;
    CHECK_OK(p->ctx, dsc_write_file(p->ctx, p->file, "old", 3));
    CHECK_OK(p->ctx, dsc_file_begin(p->ctx, p->file, &f));
    fputs("half of the n", dsc_file_stream(f));
    dsc_file_abort(&f);
    assert_null(f);
    dsc_file_abort(&f);
    check_file(p, "old");
    assert_int_equal(count_entries(p->folder), 1);
}

static void a_killed_writer_leaves_the_old_file(void **state)
{
    place *p = *state;
    CHECK_OK(p->ctx, dsc_write_file(p->ctx, p->file, "old", 3));
    const pid_t child = fork();
    if (child == 0) {
        dsc_file *f;
        if (dsc_file_begin(p->ctx, p->file, &f) != DSC_OK) _exit(1);
        fputs("half", dsc_file_stream(f));
        fflush(dsc_file_stream(f));
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    check_file(p, "old");
    CHECK_OK(p->ctx, dsc_write_file(p->ctx, p->file, "new", 3));
    check_file(p, "new");
}

// A limit on the size of files makes a write fail as a full disk does.
static void a_failed_write_is_told_and_leaves_the_old_file(void **state)
{
    place *p = *state;
    struct rlimit before, low;
    char *large = calloc(1, 100000);
    CHECK_OK(p->ctx, dsc_write_file(p->ctx, p->file, "old", 3));
    getrlimit(RLIMIT_FSIZE, &before);
    low = before;
    low.rlim_cur = 1000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &low);
    const dsc_status status = dsc_write_file(p->ctx, p->file, large, 100000);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    free(large);
    assert_int_equal(status, DSC_IO);
    check_contains(dsc_message(p->ctx), "result.csv: cannot write all of it");
    check_file(p, "old");
    assert_int_equal(count_entries(p->folder), 1);
}

static void two_writers_of_one_file_do_not_mix(void **state)
{
    place *p = *state;
    dsc_file *a, *b;
    CHECK_OK(p->ctx, dsc_file_begin(p->ctx, p->file, &a));
    CHECK_OK(p->ctx, dsc_file_begin(p->ctx, p->file, &b));
    fputs("aaa", dsc_file_stream(a));
    fputs("b", dsc_file_stream(b));
    CHECK_OK(p->ctx, dsc_file_commit(&a));
    check_file(p, "aaa");
    CHECK_OK(p->ctx, dsc_file_commit(&b));
    check_file(p, "b");
}

static void only_ordinary_files_in_existing_folders_are_written(void **state)
{
    place *p = *state;
    char path[160];
    dsc_file *f = (dsc_file *)state;
    snprintf(path, sizeof path, "%s/none/x", p->folder);
    CHECK_FAILS(p->ctx, DSC_IO, "make its folder first", dsc_file_begin(p->ctx, path, &f));
    CHECK_FAILS(p->ctx, DSC_INPUT, "is a folder", dsc_file_begin(p->ctx, p->folder, &f));
    CHECK_FAILS(p->ctx, DSC_INPUT, "names no file", dsc_file_begin(p->ctx, "x/", &f));
    assert_int_equal(mkfifo(p->file, 0600), 0);
    CHECK_FAILS(p->ctx, DSC_INPUT, "not an ordinary file", dsc_file_begin(p->ctx, p->file, &f));
    assert_ptr_equal(f, state);
}

static void a_name_without_a_folder_is_written_here(void **state)
{
    place *p = *state;
    const int here = open(".", O_RDONLY);
    assert_int_equal(chdir(p->folder), 0);
    const dsc_status status = dsc_write_file(p->ctx, "result.csv", "x", 1);
    assert_int_equal(fchdir(here), 0);
    close(here);
    assert_int_equal(status, DSC_OK);
    check_file(p, "x");
}

// ---- reading, folders, paths, hash ---------------------------------------------------------

static void bytes_of_any_kind_and_number_are_read_back(void **state)
{
    place *p = *state;
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *bytes = NULL, *back = NULL;
        size_t n = 0;
        CHECK_OK(p->ctx, dsc_alloc(p->ctx, sizes[i], 1, &bytes));
        for (size_t j = 0; j < sizes[i]; j++) bytes[j] = (char)(j * 31);
        CHECK_OK(p->ctx, dsc_write_file(p->ctx, p->file, bytes, sizes[i]));
        CHECK_OK(p->ctx, dsc_read_file(p->ctx, p->file, &back, &n));
        assert_int_equal(n, sizes[i]);
        if (n > 0) assert_memory_equal(back, bytes, n);
        assert_int_equal(back[n], 0);
        dsc_free(p->ctx, &bytes);
        dsc_free(p->ctx, &back);
    }
}

static void a_pipe_is_read_to_its_end(void **state)
{
    place *p = *state;
    assert_int_equal(mkfifo(p->file, 0600), 0);
    const pid_t child = fork();
    if (child == 0) {
        FILE *out = fopen(p->file, "w");
        for (int i = 0; i < 10000; i++) fputs("0123456789", out);
        fclose(out);
        _exit(0);
    }
    char *bytes = NULL;
    size_t n = 0;
    CHECK_OK(p->ctx, dsc_read_file(p->ctx, p->file, &bytes, &n));
    waitpid(child, NULL, 0);
    assert_int_equal(n, 100000);
    assert_string_equal(bytes + n - 4, "6789");
    dsc_free(p->ctx, &bytes);
}

static void what_is_no_file_is_not_read(void **state)
{
    place *p = *state;
    char *bytes = p->file;
    size_t n = 7;
    CHECK_FAILS(p->ctx, DSC_INPUT, "no such file", dsc_read_file(p->ctx, p->file, &bytes, &n));
    CHECK_FAILS(p->ctx, DSC_INPUT, "is a folder", dsc_read_file(p->ctx, p->folder, &bytes, &n));
    assert_ptr_equal(bytes, p->file);
    assert_int_equal(n, 7);
}

static void folders_are_made_with_their_parents(void **state)
{
    place *p = *state;
    char path[160], below[200];
    CHECK_OK(p->ctx, dsc_join_path(p->ctx, path, sizeof path, p->folder, "a//b/c/"));
    CHECK_OK(p->ctx, dsc_make_folder(p->ctx, path));
    CHECK_OK(p->ctx, dsc_make_folder(p->ctx, path));
    assert_true(dsc_exists(path));
    CHECK_OK(p->ctx, dsc_write_file(p->ctx, p->file, "", 0));
    CHECK_OK(p->ctx, dsc_join_path(p->ctx, below, sizeof below, p->file, "x"));
    CHECK_FAILS(p->ctx, DSC_IO, "a file has that name", dsc_make_folder(p->ctx, below));
}

static void a_folder_is_removed_with_what_is_in_it_and_links_are_not_followed(void **state)
{
    place *p = *state;
    char tree[128], inner[160], link[160];
    snprintf(tree, sizeof tree, "%s/tree", p->folder);
    snprintf(inner, sizeof inner, "%s/a/file", tree);
    snprintf(link, sizeof link, "%s/a/link", tree);
    CHECK_OK(p->ctx, dsc_write_file(p->ctx, p->file, "kept", 4));
    CHECK_OK(p->ctx, dsc_make_folder(p->ctx, link));
    assert_int_equal(rmdir(link), 0);
    assert_int_equal(symlink(p->folder, link), 0);
    CHECK_OK(p->ctx, dsc_write_file(p->ctx, inner, "x", 1));
    CHECK_OK(p->ctx, dsc_remove(p->ctx, tree));
    assert_false(dsc_exists(tree));
    check_file(p, "kept");
    CHECK_OK(p->ctx, dsc_remove(p->ctx, tree)); // there is none
}

static void folders_too_deep_to_remove_are_refused(void **state)
{
    place *p = *state;
    char tree[1024];
    snprintf(tree, sizeof tree, "%s", p->folder);
    for (int i = 0; i < 210; i++) strcat(tree, "/a");
    CHECK_OK(p->ctx, dsc_make_folder(p->ctx, tree));
    tree[strlen(p->folder) + 2] = 0;
    CHECK_FAILS(p->ctx, DSC_IO, "more than 200 folders, one in another", dsc_remove(p->ctx, tree));
    assert_true(dsc_exists(tree));
}

static void what_replaces_a_file_is_no_more_open_than_it_was(void **state)
{
    place *p = *state;
    struct stat s;
    CHECK_OK(p->ctx, dsc_write_file(p->ctx, p->file, "x", 1));
    assert_int_equal(chmod(p->file, 0600), 0);
    CHECK_OK(p->ctx, dsc_write_file(p->ctx, p->file, "y", 1));
    assert_int_equal(stat(p->file, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
}

static void paths_are_joined_with_one_slash(void **state)
{
    place *p = *state;
    char out[8] = "old";
    CHECK_OK(p->ctx, dsc_join_path(p->ctx, out, sizeof out, "run", "cfg"));
    assert_string_equal(out, "run/cfg");
    CHECK_FAILS(p->ctx, DSC_INPUT, "too long", dsc_join_path(p->ctx, out, 8, "run", "cfgs"));
    assert_string_equal(out, "run/cfg");
    CHECK_OK(p->ctx, dsc_join_path(p->ctx, out, sizeof out, "r/", "x"));
    assert_string_equal(out, "r/x");
    CHECK_OK(p->ctx, dsc_join_path(p->ctx, out, sizeof out, "", "x"));
    assert_string_equal(out, "x");
}

// Values from the FNV reference (Noll).
static void a_path_is_called_by_its_last_part_unless_another_ends_the_same(void **state)
{
    static const char *const paths[] = {"runs/gru", "old/disrnn/", "runs/disrnn", "lstm"};
    static const char *const names[] = {"gru", "old/disrnn/", "runs/disrnn", "lstm"};
    dsc_arena *arena = NULL;
    char *name;
    CHECK_OK(((place *)*state)->ctx, dsc_arena_create(((place *)*state)->ctx, &arena));
    for (int k = 0; k < 4; k++) {
        CHECK_OK(((place *)*state)->ctx, dsc_short_name(arena, 4, paths, k, &name));
        assert_string_equal(name, names[k]);
    }
    dsc_arena_destroy(&arena);
}

static void the_hash_is_fnv_1a(void **state)
{
    (void)state;
    char out[17];
    assert_string_equal(dsc_hash_hex("", 0, out), "cbf29ce484222325");
    assert_string_equal(dsc_hash_hex("a", 1, out), "af63dc4c8601ec8c");
    assert_string_equal(dsc_hash_hex("foobar", 6, out), "85944171f73967e8");
}

// ---- progress ------------------------------------------------------------------------------

static void rest(double seconds)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)(seconds * 1e9)}, NULL);
}

static void progress_of_a_short_job_is_one_plain_line(void **state)
{
    place *p = *state;
    dsc_progress *bar;
    char *text;
    size_t n;
    FILE *out = fopen(p->file, "w");
    CHECK_OK(p->ctx, dsc_progress_start(p->ctx, out, "fit", 200, "steps", &bar));
    for (int i = 1; i <= 200; i++) {
        dsc_progress_update(bar, i, i == 200 ? "loss 0.693" : "loss 1");
        if (i % 50 == 0) rest(0.01);
    }
    dsc_progress_end(&bar);
    assert_null(bar);
    fclose(out);
    CHECK_OK(p->ctx, dsc_read_file(p->ctx, p->file, &text, &n));
    assert_memory_equal(text, "fit: 200 of 200 steps (100%), ", 30);
    check_contains(text, " steps/s, took 0 s, loss 0.693\n");
    assert_ptr_equal(strchr(text, '\n'), text + n - 1);
    assert_null(strchr(text, '\033'));
    dsc_free(p->ctx, &text);
}

static void plain_lines_come_at_most_one_a_second(void **state)
{
    place *p = *state;
    dsc_progress *bar;
    char *text;
    size_t n, lines = 0;
    FILE *out = fopen(p->file, "w");
    CHECK_OK(p->ctx, dsc_progress_start(p->ctx, out, "fit", 1000, "steps", &bar));
    for (int i = 1; i <= 23; i++) {
        dsc_progress_update(bar, i, NULL);
        rest(0.05);
    }
    dsc_progress_end(&bar);
    fclose(out);
    CHECK_OK(p->ctx, dsc_read_file(p->ctx, p->file, &text, &n));
    for (size_t i = 0; i < n; i++) lines += text[i] == '\n';
    assert_int_equal(lines, 2); // one after a second, one at the end
    check_contains(text, " left");
    dsc_free(p->ctx, &text);
}

// Draws on a pseudo-terminal; `text` [size] gets what arrived. False where there is no terminal to
// be had.
static bool draw_on_terminal(const place *p, char *text, size_t size)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0) {
        print_message("skipped: no pseudo-terminals here\n");
        return false;
    }
    assert_true(grantpt(master) == 0 && unlockpt(master) == 0);
    FILE *out = fopen(ptsname(master), "w");
    dsc_progress *bar;
    assert_non_null(out);
    CHECK_OK(p->ctx, dsc_progress_start(p->ctx, out, "fit", 10, "steps", &bar));
    for (int i = 1; i <= 5; i++) {
        dsc_progress_update(bar, i,
                            "a detail much longer than what is left of the line to its end");
        rest(0.03);
    }
    dsc_progress_end(&bar);
    size_t used = 0;
    while (used + 1 < size && (used == 0 || text[used - 1] != '\n')) {
        const ssize_t n = read(master, text + used, size - 1 - used);
        if (n <= 0) break;
        used += (size_t)n;
    }
    text[used] = 0;
    fclose(out);
    close(master);
    return true;
}

static void a_terminal_gets_a_bar_that_fits_it(void **state)
{
    char text[4096];
    unsetenv("NO_COLOR");
    if (!draw_on_terminal(*state, text, sizeof text)) return;
    check_contains(text, "\r\033[1mfit\033[0m [===========>            ] 5 of 10 steps (50%)");
    check_contains(text, "\033[K\r\n");
    const char *last = strrchr(text, '[');
    while (last > text && *last != '\r') last--;
    assert_true(strlen(last) <= 80 + strlen("\r\033[1m\033[0m\033[K\r\n"));
}

static void no_color_is_honoured(void **state)
{
    char text[4096];
    setenv("NO_COLOR", "1", 1);
    if (!draw_on_terminal(*state, text, sizeof text)) return;
    unsetenv("NO_COLOR");
    check_contains(text, "\rfit [");
    assert_null(strstr(text, "\033[1m"));
}

static void a_silent_progress_writes_nothing(void **state)
{
    place *p = *state;
    dsc_progress *bar;
    CHECK_OK(p->ctx, dsc_progress_start(p->ctx, NULL, "fit", 10, "steps", &bar));
    dsc_progress_update(bar, 5, NULL);
    dsc_progress_end(&bar);
    dsc_progress_end(&bar);
    assert_null(bar);
}

// ---- allocation failures -------------------------------------------------------------------

static dsc_status use_memory(dsc_context *ctx, void *user)
{
    (void)user;
    dsc_arena *arena = NULL;
    dsc_text t = {0};
    char *copy = NULL, *inner;
    dsc_status status;
    DSC_TRY_OR(done, dsc_arena_create(ctx, &arena));
    for (int i = 0; i < 5; i++) DSC_TRY_OR(done, dsc_arena_alloc(arena, 30000, 1, &inner));
    DSC_TRY_OR(done, dsc_arena_strdup(arena, "text", &inner));
    for (int i = 0; i < 50; i++) DSC_TRY_OR(done, dsc_text_add(ctx, &t, "word %d ", i));
    DSC_TRY_OR(done, dsc_strdup(ctx, t.s, &copy));
done:
    dsc_arena_destroy(&arena);
    dsc_text_free(ctx, &t);
    dsc_free(ctx, &copy);
    return status;
}

static void set_to_one(void *user, int item, int worker)
{
    (void)worker;
    ((int *)user)[item] = 1;
}

static dsc_status use_files_and_threads(dsc_context *ctx, void *user)
{
    const place *p = user;
    dsc_pool *pool = NULL;
    dsc_progress *bar = NULL;
    char *bytes = NULL;
    size_t n;
    int done_items[4] = {0};
    dsc_status status;
    DSC_TRY_OR(done, dsc_make_folder(ctx, p->folder));
    DSC_TRY_OR(done, dsc_write_file(ctx, p->file, "text", 4));
    DSC_TRY_OR(done, dsc_read_file(ctx, p->file, &bytes, &n));
    DSC_TRY_OR(done, dsc_progress_start(ctx, NULL, "x", 1, "steps", &bar));
    DSC_TRY_OR(done, dsc_pool_create(ctx, 3, &pool));
    dsc_pool_run(pool, set_to_one, done_items, 4);
done:
    dsc_pool_destroy(&pool);
    dsc_progress_end(&bar);
    dsc_free(ctx, &bytes);
    return status;
}

static void every_failed_allocation_is_reported_and_leaks_nothing(void **state)
{
    assert_true(check_every_allocation_failure(use_memory, NULL) >= 8);
    assert_true(check_every_allocation_failure(use_files_and_threads, *state) >= 8);
    assert_int_equal(count_entries(((place *)*state)->folder), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_appears_with_its_commit),
        TEST(a_dropped_file_leaves_the_old_one),
        TEST(a_killed_writer_leaves_the_old_file),
        TEST(a_failed_write_is_told_and_leaves_the_old_file),
        TEST(two_writers_of_one_file_do_not_mix),
        TEST(only_ordinary_files_in_existing_folders_are_written),
        TEST(a_name_without_a_folder_is_written_here),
        TEST(bytes_of_any_kind_and_number_are_read_back),
        TEST(a_pipe_is_read_to_its_end),
        TEST(what_is_no_file_is_not_read),
        TEST(folders_are_made_with_their_parents),
        TEST(a_folder_is_removed_with_what_is_in_it_and_links_are_not_followed),
        TEST(folders_too_deep_to_remove_are_refused),
        TEST(what_replaces_a_file_is_no_more_open_than_it_was),
        TEST(paths_are_joined_with_one_slash),
        TEST(a_path_is_called_by_its_last_part_unless_another_ends_the_same),
        TEST(the_hash_is_fnv_1a),
        TEST(progress_of_a_short_job_is_one_plain_line),
        TEST(plain_lines_come_at_most_one_a_second),
        TEST(a_terminal_gets_a_bar_that_fits_it),
        TEST(no_color_is_honoured),
        TEST(a_silent_progress_writes_nothing),
        TEST(every_failed_allocation_is_reported_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
