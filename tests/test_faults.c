// SPDX-License-Identifier: Apache-2.0
// test_faults.c — every operation on files and every allocation of a fit, an estimate, an
// evaluation, a conversion and a report fails once: alone, and with all later ones. Nothing
// crashes or leaks, the failure has a sentence, the data stay as they are, what says that it is done
// has the numbers of a job that nothing disturbed, and an interrupted fit goes on to the same bits.
//
// The linker sends the library's calls of open, rename ... here (-Wl,--wrap, see the Makefile).
// What a stream writes by itself does not come by; it is reported by fflush and fclose, which do.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "discern/fit.h"
#include "discern/report.h"
#include "support/check.h"

// ---- operations that fail -----------------------------------------------------------------------

static struct {
    bool armed, lasting; // lasting: all later ones fail, too
    long made, fail_at;
} fault;

static bool fails(int error)
{
    if (!fault.armed) return false;
    fault.made++;
    const bool now = fault.lasting ? fault.made >= fault.fail_at : fault.made == fault.fail_at;
    if (now) errno = error;
    return now;
}

// clang-format off
#define WRAP(type, name, parameters, arguments, error, failed)  \
    type __real_##name parameters;                               \
    type __wrap_##name parameters;                               \
    type __wrap_##name parameters                                \
    {                                                            \
        return fails(error) ? (failed) : __real_##name arguments; \
    }
WRAP(FILE *, fopen, (const char *p, const char *m), (p, m), EIO, NULL)
WRAP(FILE *, fdopen, (int fd, const char *m), (fd, m), ENOMEM, NULL)
WRAP(int, fflush, (FILE *f), (f), ENOSPC, EOF)
WRAP(int, rename, (const char *a, const char *b), (a, b), EIO, -1)
WRAP(int, mkdir, (const char *p, mode_t m), (p, m), ENOSPC, -1)
WRAP(ssize_t, read, (int fd, void *b, size_t n), (fd, b, n), EIO, -1)
WRAP(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n), ENOSPC, -1)
WRAP(ssize_t, pwrite, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o), ENOSPC, -1)
WRAP(int, ftruncate, (int fd, off_t n), (fd, n), EIO, -1)
WRAP(int, flock, (int fd, int how), (fd, how), ENOLCK, -1)
WRAP(DIR *, opendir, (const char *p), (p), EMFILE, NULL)
// clang-format on

// Nothing here survives the power: waiting for the disk would only cost time.
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    (void)fd;
    return fails(EIO) ? -1 : 0;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const int mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
    va_end(arguments);
    return fails(EMFILE) ? -1 : __real_open(path, flags, mode);
}

// The stream and the descriptor are gone even where closing fails.
int __real_fclose(FILE *f);
int __wrap_fclose(FILE *f);
int __wrap_fclose(FILE *f)
{
    const bool failed = fails(EIO);
    const int result = __real_fclose(f);
    return failed ? EOF : result;
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    const bool failed = fails(EIO);
    const int result = __real_close(fd);
    return failed ? -1 : result;
}

// ---- what is done -------------------------------------------------------------------------------

static char folder[64], data[128], run[128], classical[128], other[128], page[128], before[32];

static dsc_status config_of(dsc_context *ctx, const char *model, dsc_fit_config *c)
{
    static const char *const keys[][2] = {{"phases.main.steps", "4"},
                                          {"train.checkpoint_every", "2"},
                                          {"train.evaluate_every", "2"},
                                          {"engine.threads", "1"}};
    DSC_TRY(dsc_fit_config_defaults(ctx, model, c));
    DSC_TRY(dsc_fit_config_set(ctx, c, "data.path", data, "test"));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        DSC_TRY(dsc_fit_config_set(ctx, c, keys[i][0], keys[i][1], "test"));
    if (c->definition->cog) return dsc_fit_config_set(ctx, c, "fit.restarts", "2", "test");
    return dsc_fit_config_set(ctx, c, "model.n_units", "1", "test");
}

// A fit that goes on where there is something to go on with.
static dsc_status train(dsc_context *ctx, const char *model, const char *path)
{
    static dsc_fit_config c;
    char own[160];
    snprintf(own, sizeof own, "%s/config.yaml", path);
    struct stat s;
    const bool resume = stat(own, &s) == 0;
    if (!resume) DSC_TRY(config_of(ctx, model, &c));
    const dsc_fit_request r = {.config = resume ? NULL : &c, .run = path, .resume = resume};
    return strcmp(model, "gru") == 0 ? dsc_fit(ctx, &r) : dsc_estimate(ctx, &r);
}

static dsc_status fit_network(dsc_context *ctx)
{
    return train(ctx, "gru", run);
}

static dsc_status fit_classical(dsc_context *ctx)
{
    return train(ctx, "q_learning", classical);
}

static dsc_status score(dsc_context *ctx, const dsc_run *r, dsc_pool *pool)
{
    dsc_table *table = NULL;
    dsc_split split = {0};
    dsc_evaluation *e = NULL;
    DSC_TRY(dsc_run_data(ctx, r, &table, &split));
    const dsc_evaluation_options o = {.split = &split};
    dsc_status status = dsc_evaluate(ctx, r, table, &o, pool, &e);
    if (status == DSC_OK) status = dsc_make_folder(ctx, other);
    if (status == DSC_OK) status = dsc_evaluation_write(ctx, e, table, other);
    if (e) dsc_evaluation_free(ctx, &e);
    dsc_split_free(ctx, &split);
    dsc_table_destroy(ctx, &table);
    return status;
}

static dsc_status evaluate(dsc_context *ctx)
{
    dsc_run *r = NULL;
    dsc_pool *pool = NULL;
    DSC_TRY(dsc_run_open(ctx, run, NULL, &r));
    dsc_status status = dsc_pool_create(ctx, 1, &pool);
    if (status == DSC_OK) status = score(ctx, r, pool);
    dsc_pool_destroy(&pool);
    dsc_run_close(ctx, &r);
    return status;
}

static dsc_status convert(dsc_context *ctx)
{
    static const char *const names[] = {"b.csv", "b.npz", "b.json"};
    dsc_table *table = NULL;
    char path[160];
    DSC_TRY(dsc_table_read(ctx, data, NULL, &table));
    dsc_status status = DSC_OK;
    for (int i = 0; i < 3 && status == DSC_OK; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        status = dsc_table_write(ctx, table, path);
    }
    dsc_table_destroy(ctx, &table);
    return status;
}

static dsc_status report(dsc_context *ctx)
{
    const char *const runs[] = {run};
    dsc_report_result result = {0};
    return dsc_report(ctx, 1, runs, &(dsc_report_options){0}, page, &result);
}

// ---- before and after ---------------------------------------------------------------------------

static void hash_file(const char *name, char out[17])
{
    dsc_context *ctx;
    char *bytes, path[256];
    size_t n;
    assert_int_equal(dsc_context_create(NULL, &ctx), DSC_OK);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK_OK(ctx, dsc_read_file(ctx, path, &bytes, &n));
    dsc_hash_hex(bytes, n, out);
    dsc_free(ctx, &bytes);
    dsc_context_destroy(&ctx);
}

static int count_descriptors(void)
{
    return count_entries("/proc/self/fd");
}

static dsc_status in_context(dsc_status (*body)(dsc_context *), const dsc_allocator *a,
                             char *sentence, size_t size)
{
    dsc_context *ctx = NULL;
    dsc_status status = dsc_context_create(a, &ctx);
    if (status != DSC_OK) return status;
    status = body(ctx);
    snprintf(sentence, size, "%s", dsc_message(ctx));
    dsc_context_destroy(&ctx);
    return status;
}

// A job, where its results are, and a file that must come out the same once nothing fails any more
// (NULL: only that it succeeds).
typedef struct job {
    dsc_status (*body)(dsc_context *);
    const char *result, *remove;
} job;

static void clear(const job *j)
{
    char path[256];
    if (!j->remove) return;
    snprintf(path, sizeof path, "%s/%s", folder, j->remove);
    remove_folder(path);
}

// Whatever failed: what says that it is done has the numbers of a job that nothing disturbed.
static void check_result(const job *j, const char *expected, long n)
{
    char now[17];
    if (!j->result) return;
    hash_file(j->result, now);
    if (strcmp(now, expected) != 0) fail_msg("failure %ld: %s differs", n, j->result);
}

static void check_finishes(const job *j, const char *expected, long n)
{
    char sentence[2048];
    const dsc_status status = in_context(j->body, NULL, sentence, sizeof sentence);
    if (status != DSC_OK) fail_msg("after failure %ld it cannot go on: %s", n, sentence);
    check_result(j, expected, n);
}

static void check_failure(dsc_status status, const char *sentence, long n)
{
    if (status == DSC_OK) return; // of something that may fail, such as telling gnuplot's version
    if (status != DSC_IO && status != DSC_INPUT && status != DSC_MEMORY)
        fail_msg("failure %ld: status %d: %s", n, (int)status, sentence);
    if (strlen(sentence) < 10) fail_msg("failure %ld has no sentence", n);
}

// One job with operation (or allocation) n failing; true while there was such a one.
static bool try_failure(const job *j, long n, bool lasting, bool memory, const char *expected)
{
    char sentence[2048] = "", now[17];
    failing_allocator f = {.fail_at = memory ? n : 0, .alone = !lasting};
    const dsc_allocator a = failing_allocator_of(&f);
    const int open_before = count_descriptors();
    clear(j);
    fault.lasting = lasting, fault.made = 0, fault.fail_at = n, fault.armed = !memory;
    const dsc_status status = in_context(j->body, &a, sentence, sizeof sentence);
    fault.armed = false;
    const bool met = memory ? f.made >= n : fault.made >= n;
    if (status == DSC_MEMORY && memory) strcpy(sentence, "out of memory");
    check_failure(status, sentence, n);
    if (f.alive != 0) fail_msg("failure %ld: %ld blocks leaked", n, f.alive);
    if (count_descriptors() != open_before) fail_msg("failure %ld leaves files open", n);
    hash_file("t.csv", now);
    assert_string_equal(now, before);
    if (status == DSC_OK) check_result(j, expected, n);
    if (met) check_finishes(j, expected, n);
    return met;
}

static void survive(const job *j, bool memory, long step)
{
    char sentence[2048], expected[17] = "";
    clear(j);
    const dsc_status status = in_context(j->body, NULL, sentence, sizeof sentence);
    if (status != DSC_OK) fail_msg("%s", sentence);
    if (j->result) hash_file(j->result, expected);
    for (int lasting = 0; lasting < 2; lasting++) {
        long n = 1;
        while (try_failure(j, n, lasting, memory, expected)) n += step;
        print_message("%ld %s%s\n", n, memory ? "allocations" : "operations on files",
                      lasting ? ", with all later ones" : "");
        assert_true(n > 3);
    }
}

static const job network = {fit_network, "run/predictions.csv", "run"},
                 estimate = {fit_classical, "classical/fit.csv", "classical"},
                 scoring = {evaluate, "other/predictions.csv", "other"},
                 conversion = {convert, "b.csv", NULL}, reporting = {report, NULL, NULL};

// ---- tests --------------------------------------------------------------------------------------

static void a_fit_survives_every_failing_operation_on_files(void **state)
{
    (void)state;
    survive(&network, false, 1);
}

static void an_estimate_survives_every_failing_operation_on_files(void **state)
{
    (void)state;
    survive(&estimate, false, 1);
}

static void an_evaluation_survives_every_failing_operation_on_files(void **state)
{
    (void)state;
    survive(&scoring, false, 1);
}

static void a_conversion_survives_every_failing_operation_on_files(void **state)
{
    (void)state;
    survive(&conversion, false, 1);
}

static void a_report_survives_every_failing_operation_on_files(void **state)
{
    (void)state;
    survive(&reporting, false, 1);
}

static void a_fit_survives_every_failing_allocation(void **state)
{
    (void)state;
    survive(&network, true, 1);
}

static void an_estimate_survives_every_failing_allocation(void **state)
{
    (void)state;
    survive(&estimate, true, 1);
}

static void an_evaluation_survives_every_failing_allocation(void **state)
{
    (void)state;
    survive(&scoring, true, 1);
}

static void a_report_survives_every_failing_allocation(void **state)
{
    (void)state;
    survive(&reporting, true, 1);
}

// ---- a small folder with data and a run ---------------------------------------------------------

static int enter(void **state)
{
    (void)state;
    char sentence[2048];
    make_temporary_folder(folder);
    setenv("TMPDIR", folder, 1);       // what a failure keeps a report from removing goes with it
    setenv("PATH", "/nonexistent", 1); // no gnuplot: its start is not what is tried here
    snprintf(data, sizeof data, "%s/t.csv", folder);
    snprintf(run, sizeof run, "%s/run", folder);
    snprintf(classical, sizeof classical, "%s/classical", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    snprintf(page, sizeof page, "%s/page.html", folder);
    FILE *f = fopen(data, "w");
    fputs("subject,session,trial,choice,reward\n", f);
    for (int s = 0; s < 4; s++)
        for (int i = 0; i < 6; i++)
            fprintf(f, "%d,%d,%d,%d,%d\n", s / 2, s, i, i % 2, (i + s) % 3 > 0);
    fclose(f);
    hash_file("t.csv", before);
    return in_context(fit_network, NULL, sentence, sizeof sentence) == DSC_OK ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static long operations_of(const char *name)
{
    char path[160];
    dsc_context *ctx = NULL;
    dsc_table *table = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(dsc_context_create(NULL, &ctx), DSC_OK);
    CHECK_OK(ctx, dsc_write_file(ctx, path, "choice\n0\n1\n", 11));
    fault.lasting = false, fault.made = 0, fault.fail_at = 0, fault.armed = true;
    const dsc_status status = dsc_table_read(ctx, path, NULL, &table);
    fault.armed = false;
    CHECK_OK(ctx, status);
    dsc_table_destroy(ctx, &table);
    dsc_context_destroy(&ctx);
    return fault.made;
}

static void a_single_file_of_bids_is_read_as_often_as_any_other(void **state)
{
    (void)state;
    assert_true(operations_of("plain.tsv") > 3);
    assert_int_equal(operations_of("sub-1_beh.tsv"), operations_of("plain.tsv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_file_of_bids_is_read_as_often_as_any_other),
        cmocka_unit_test(an_evaluation_survives_every_failing_operation_on_files),
        cmocka_unit_test(a_conversion_survives_every_failing_operation_on_files),
        cmocka_unit_test(a_report_survives_every_failing_operation_on_files),
        cmocka_unit_test(an_evaluation_survives_every_failing_allocation),
        cmocka_unit_test(a_report_survives_every_failing_allocation),
        cmocka_unit_test(a_fit_survives_every_failing_operation_on_files),
        cmocka_unit_test(an_estimate_survives_every_failing_operation_on_files),
        cmocka_unit_test(a_fit_survives_every_failing_allocation),
        cmocka_unit_test(an_estimate_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
