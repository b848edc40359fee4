// SPDX-License-Identifier: Apache-2.0
// test_train.c — optimisers, schedules, locks and checkpoints, each alone. Numbers were computed by
// hand (40-digit decimal arithmetic) from the formulas of spec disrnn.md 2.7 and of the cited
// papers.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"
#include "train/internal.h"

static dsc_context *ctx;
static char folder[64];

static int set_up(void **state)
{
    (void)state;
    make_temporary_folder(folder);
    return dsc_context_create(NULL, &ctx);
}

static int tear_down(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    remove_folder(folder);
    return 0;
}

static void assert_near(double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%.17g is not %.17g (off by %g)", value, wanted, value - wanted);
}

// ---- optimisers ---------------------------------------------------------------------------------

static const dsc_optimizer_config defaults = {
    .name = "adam", .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .decay = 0.99};
static const double gradients[3][2] = {{0.5, -2}, {1, 0}, {-0.25, 4}};

// Three steps from (1, -1) at rate 0.1 must end here after each.
static void follow(dsc_optimizer_config c, const double wanted[3][2])
{
    dsc_optimizer *o = NULL;
    double p[2] = {1, -1};
    CHECK_OK(ctx, dsc_optimizer_create(ctx, &c, 2, &o));
    for (int t = 0; t < 3; t++) {
        dsc_optimizer_step(o, 0.1, p, gradients[t], NULL);
        for (int i = 0; i < 2; i++) assert_near(p[i], wanted[t][i], 2e-15);
    }
    assert_int_equal(*dsc_optimizer_steps(o), 3);
    dsc_optimizer_destroy(ctx, &o);
}

static void adam_follows_the_paper(void **state)
{
    (void)state;
    follow(defaults, (const double[3][2]){{0.9000000019999999600, -0.9000000004999999975},
                                          {0.8034818006385087199, -0.8329941755602669356},
                                          {0.7446211282555560280, -0.8669976224675119502}});
}

static void adamw_decays_apart_from_the_moments(void **state)
{
    (void)state;
    dsc_optimizer_config c = defaults;
    strcpy(c.name, "adamw");
    c.weight_decay = 0.01;
    follow(c, (const double[3][2]){{0.8990000019999999600, -0.8990000004999999975},
                                   {0.8015828006365087199, -0.8310951755597669357},
                                   {0.7419205454529195193, -0.8642675272914521833}});
}

static void sgd_gathers_momentum(void **state)
{
    (void)state;
    dsc_optimizer_config c = defaults;
    strcpy(c.name, "sgd");
    c.momentum = 0.9;
    follow(c, (const double[3][2]){{0.95, -0.8}, {0.805, -0.62}, {0.6995, -0.858}});
}

static void rmsprop_divides_by_the_root_mean_square(void **state)
{
    (void)state;
    dsc_optimizer_config c = defaults;
    strcpy(c.name, "rmsprop");
    c.momentum = 0.5;
    follow(c, (const double[3][2]){{1.99999960000008e-7, -4.99999975000001250e-8},
                                   {-1.395322581911436983, 0.4999999250000037500},
                                   {-1.873510465859826666, -0.1462124992449050850}});
}

static void update_is_clipped_not_the_gradient(void **state)
{
    (void)state;
    dsc_optimizer_config c = defaults;
    dsc_optimizer *o = NULL;
    double p[2] = {0, 0};
    strcpy(c.name, "sgd");
    c.clip_update = 0.25;
    CHECK_OK(ctx, dsc_optimizer_create(ctx, &c, 2, &o));
    dsc_optimizer_step(o, 0.1, p, (const double[2]){-3, -4}, NULL); // update (0.3, 0.4), norm 0.5
    assert_near(p[0], 0.15, 1e-16);
    assert_near(p[1], 0.2, 1e-16);
    dsc_optimizer_destroy(ctx, &o);
}

static void gradient_is_clipped_before_the_moments(void **state)
{
    (void)state;
    dsc_optimizer_config c = defaults;
    dsc_optimizer *o = NULL;
    const char *names[4];
    double p[2] = {0, 0}, *arrays[4];
    c.clip_gradient = 1;
    CHECK_OK(ctx, dsc_optimizer_create(ctx, &c, 2, &o));
    dsc_optimizer_step(o, 0.1, p, (const double[2]){3, 4}, NULL);
    assert_int_equal(dsc_optimizer_arrays(o, names, arrays), 2);
    assert_string_equal(names[0], "m");
    assert_near(arrays[0][0], 0.06, 1e-16);
    assert_near(arrays[0][1], 0.08, 1e-16);
    dsc_optimizer_destroy(ctx, &o);
}

// A frozen value neither moves nor counts in the norms.
static void frozen_values_stay(void **state)
{
    (void)state;
    dsc_optimizer_config c = defaults;
    dsc_optimizer *o = NULL;
    double p[2] = {7, 0};
    strcpy(c.name, "adamw");
    c.weight_decay = 0.5;
    c.clip_gradient = c.clip_update = 1;
    CHECK_OK(ctx, dsc_optimizer_create(ctx, &c, 2, &o));
    dsc_optimizer_step(o, 0.1, p, (const double[2]){1e9, 0.5}, (const unsigned char[2]){0, 1});
    assert_true(p[0] == 7);
    assert_near(p[1], -0.0999999980000000, 1e-15);
    dsc_optimizer_destroy(ctx, &o);
}

static void unknown_optimiser_suggests_the_nearest(void **state)
{
    (void)state;
    dsc_optimizer_config c = defaults;
    dsc_optimizer *o = NULL;
    strcpy(c.name, "adamm");
    CHECK_FAILS(ctx, DSC_INPUT, "did you mean adam", dsc_optimizer_create(ctx, &c, 2, &o));
    assert_null(o);
}

// ---- schedules ----------------------------------------------------------------------------------

static void schedules_pass_their_named_points(void **state)
{
    (void)state;
    dsc_phase_config p = {.steps = 110, .learning_rate = 0.02, .schedule = "constant"};
    assert_true(schedule_rate(&p, 0) == 0.02 && schedule_rate(&p, 109) == 0.02);
    strcpy(p.schedule, "linear_warmup");
    p.warmup_steps = 10;
    assert_near(schedule_rate(&p, 0), 0.002, 1e-17);
    assert_near(schedule_rate(&p, 4), 0.01, 1e-17);
    assert_true(schedule_rate(&p, 9) == 0.02 && schedule_rate(&p, 100) == 0.02);
    strcpy(p.schedule, "cosine");
    assert_near(schedule_rate(&p, 4), 0.01, 1e-17);
    assert_near(schedule_rate(&p, 10), 0.02, 1e-17);
    assert_near(schedule_rate(&p, 35), 0.02 * 0.85355339059327376, 1e-16);
    assert_near(schedule_rate(&p, 60), 0.01, 1e-16);
    assert_near(schedule_rate(&p, 110), 0, 0);
}

// ---- locks --------------------------------------------------------------------------------------

static void keep_note(void *user, dsc_note_kind kind, const char *sentence)
{
    (void)kind;
    snprintf(user, 512, "%s", sentence);
}

static void write_lock(const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/lock", folder);
    CHECK_OK(ctx, dsc_write_file(ctx, path, text, strlen(text)));
}

static void run_in_use_is_refused_by_name_of_the_process(void **state)
{
    (void)state;
    char number[32];
    run_lock *mine = NULL, *other = NULL;
    CHECK_OK(ctx, lock_take(ctx, folder, &mine));
    snprintf(number, sizeof number, "process %ld", (long)getpid());
    CHECK_FAILS(ctx, DSC_INPUT, number, lock_take(ctx, folder, &other));
    assert_null(other);
    lock_release(&mine);
    assert_int_equal(count_entries(folder), 0);
    CHECK_OK(ctx, lock_take(ctx, folder, &mine));
    lock_release(&mine);
}

static void lock_of_a_live_process_written_by_hand_counts(void **state)
{
    (void)state;
    char text[32];
    run_lock *mine = NULL;
    snprintf(text, sizeof text, "%ld\n", (long)getppid());
    write_lock(text);
    CHECK_FAILS(ctx, DSC_INPUT, "in use by process", lock_take(ctx, folder, &mine));
}

static void lock_of_a_dead_process_is_taken_over_with_a_note(void **state)
{
    (void)state;
    char text[32], note[512] = "";
    run_lock *mine = NULL;
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
    snprintf(text, sizeof text, "%ld\n", (long)child);
    write_lock(text);
    dsc_on_note(ctx, keep_note, note);
    CHECK_OK(ctx, lock_take(ctx, folder, &mine));
    check_contains(note, "has ended");
    lock_release(&mine);
}

// ---- checkpoints --------------------------------------------------------------------------------

typedef struct sample {
    dsc_cell *cell;
    dsc_layout layout;
    dsc_optimizer *optimizer;
    double *parameters;
    fit_state state;
    checkpoint c;
    char path[128];
} sample;

static dsc_cell *sample_cell(int rows, const char *last)
{
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    CHECK_OK(ctx, dsc_cell_begin(ctx, "sample", &b));
    dsc_node x = dsc_input_one(b, "x");
    dsc_node w = dsc_weights(b, "net.weights", 1, rows, (dsc_init){DSC_INIT_NORMAL, 1, 0});
    dsc_node c = dsc_weights(b, last, rows, 1, (dsc_init){DSC_INIT_UNIFORM, -1, 1});
    dsc_output(b, "prediction", dsc_dense(b, x, w, c));
    CHECK_OK(ctx, dsc_cell_end(b, &cell));
    return cell;
}

static void sample_open(sample *s, int rows, const char *last, uint64_t seed)
{
    *s = (sample){.cell = sample_cell(rows, last)};
    CHECK_OK(ctx, dsc_layout_create(ctx, s->cell, 1, 1, &s->layout));
    CHECK_OK(ctx, dsc_optimizer_create(ctx, &defaults, s->layout.n_values, &s->optimizer));
    CHECK_OK(ctx, dsc_alloc(ctx, s->layout.n_values, sizeof(double), &s->parameters));
    dsc_cell_initialise(s->cell, &s->layout, seed, s->parameters);
    s->c = (checkpoint){.cell = s->cell,
                        .layout = &s->layout,
                        .model = "sample",
                        .config_hash = "0123456789abcdef",
                        .facts = {rows, 1, NULL, NULL},
                        .state = &s->state,
                        .parameters = s->parameters,
                        .optimizer = s->optimizer};
    s->state = (fit_state){.best_value = INFINITY, .best_step = -1};
    snprintf(s->path, sizeof s->path, "%s/x.safetensors", folder);
}

static void sample_close(sample *s)
{
    dsc_optimizer_destroy(ctx, &s->optimizer);
    dsc_free(ctx, &s->parameters);
    dsc_layout_free(ctx, &s->layout);
    dsc_cell_destroy(&s->cell);
}

// A sample that has taken some steps, written.
static void sample_write(sample *s)
{
    double gradient[64];
    sample_open(s, 3, "net.biases", 5);
    for (size_t i = 0; i < s->layout.n_values; i++) gradient[i] = (double)i - 2.5;
    for (int t = 0; t < 4; t++)
        dsc_optimizer_step(s->optimizer, 0.01, s->parameters, gradient, NULL);
    s->state = (fit_state){.step = 104,
                           .phase = 1,
                           .phase_step = 4,
                           .rolling = 2,
                           .best_value = 0.1 + 0.2,
                           .best_step = 102,
                           .patient_since = 102,
                           .stopped_early = true};
    CHECK_OK(ctx, checkpoint_write(ctx, s->path, &s->c));
}

static void checkpoint_reads_back_to_the_same_bits(void **state)
{
    (void)state;
    sample a, b;
    const char *names[4];
    double *x[4], *y[4];
    sample_write(&a);
    sample_open(&b, 3, "net.biases", 6);
    CHECK_OK(ctx, checkpoint_read(ctx, a.path, &b.c));
    const size_t bytes = a.layout.n_values * sizeof(double);
    assert_memory_equal(a.parameters, b.parameters, bytes);
    dsc_optimizer_arrays(a.optimizer, names, x);
    dsc_optimizer_arrays(b.optimizer, names, y);
    for (int k = 0; k < 2; k++) assert_memory_equal(x[k], y[k], bytes);
    assert_int_equal(*dsc_optimizer_steps(b.optimizer), 4);
    assert_int_equal(b.state.step, 104);
    assert_int_equal(b.state.rolling, 2);
    assert_int_equal(b.state.best_step, 102);
    assert_true(b.state.best_value == 0.1 + 0.2 && b.state.stopped_early);
    sample_close(&a);
    sample_close(&b);
}

static void checkpoint_of_another_model_is_refused(void **state)
{
    (void)state;
    sample a, b;
    sample_write(&a);
    sample_open(&b, 4, "net.biases", 6);
    CHECK_FAILS(ctx, DSC_INPUT, "another shape", checkpoint_read(ctx, a.path, &b.c));
    sample_close(&b);
    sample_open(&b, 3, "head.biases", 6);
    CHECK_FAILS(ctx, DSC_INPUT, "no tensor \"head.biases\"", checkpoint_read(ctx, a.path, &b.c));
    b.c.model = "gru";
    CHECK_FAILS(ctx, DSC_INPUT, "belongs to the model \"sample\"",
                checkpoint_read(ctx, a.path, &b.c));
    b.c.model = "sample";
    b.c.config_hash = "fedcba9876543210";
    CHECK_FAILS(ctx, DSC_INPUT, "another config", checkpoint_read(ctx, a.path, &b.c));
    sample_close(&a);
    sample_close(&b);
}

// Reads bytes as a checkpoint; a refusal must leave the reader's values alone.
static dsc_status read_bytes(sample *s, const char *bytes, size_t n)
{
    double before[64];
    const size_t size = s->layout.n_values * sizeof(double);
    memcpy(before, s->parameters, size);
    CHECK_OK(ctx, dsc_write_file(ctx, s->path, bytes, n));
    const dsc_status status = checkpoint_read(ctx, s->path, &s->c);
    if (status != DSC_OK) assert_memory_equal(before, s->parameters, size);
    return status;
}

static void truncated_checkpoint_is_refused_at_every_length(void **state)
{
    (void)state;
    sample s;
    char *bytes = NULL;
    size_t n = 0;
    sample_write(&s);
    CHECK_OK(ctx, dsc_read_file(ctx, s.path, &bytes, &n));
    for (size_t k = 0; k < n; k += k + 40 < n && k > 16 ? 7 : 1)
        CHECK_FAILS(ctx, DSC_INPUT, "truncated", read_bytes(&s, bytes, k));
    CHECK_OK(ctx, read_bytes(&s, bytes, n));
    dsc_free(ctx, &bytes);
    sample_close(&s);
}

// The bytes of a checkpoint with a text of the header replaced; *n is how many there are.
static char *replace_text(const char *bytes, size_t *n, const char *from, const char *to)
{
    const size_t longer = strlen(to), shorter = strlen(from);
    char *copy = calloc(*n + longer + 1, 1);
    memcpy(copy, bytes, *n);
    char *at = strstr(copy + 8, from);
    if (!at) fail_msg("the header has no %s", from);
    memmove(at + longer, at + shorter, *n - (size_t)(at + shorter - copy));
    memcpy(at, to, longer);
    *n += longer - shorter;
    uint64_t length = 0;
    for (int k = 7; k >= 0; k--) length = length << 8 | (unsigned char)copy[k];
    length += longer - shorter;
    for (int k = 0; k < 8; k++) copy[k] = (char)(length >> 8 * k);
    return copy;
}

typedef struct header_damage {
    const char *from, *to, *part;
    bool values_only; // read without the optimiser
} header_damage;

static void damage(const char *bytes, size_t n, const header_damage *d)
{
    sample s;
    char *copy = replace_text(bytes, &n, d->from, d->to);
    sample_open(&s, 3, "net.biases", 6);
    if (d->values_only) s.c.optimizer = NULL;
    CHECK_FAILS(ctx, DSC_INPUT, d->part, read_bytes(&s, copy, n));
    if (d->values_only) dsc_optimizer_destroy(ctx, &s.optimizer);
    sample_close(&s);
    free(copy);
}

#define MORE ",\"x\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":"

static const header_damage damages[] = {
    {"[24,48]", "[ 0,24]", "overlap", false},
    {"[24,48]", "[24,47]", "offsets", false},
    {"[24,48]", "[48,24]", "offsets", false},
    {"[24,48]", "[-24,48]", "offsets", false},
    {"[24,48]", "[24,48,72]", "offsets", false},
    {"[24,48]", "[24,\"48\"]", "offsets", false},
    {"[24,48]", "[24.5,48]", "offsets", false},
    {"[24,48]", "[9000,9024]", "truncated inside its values", false},
    {"\"shape\":[3]", "\"shape\":[3,1]", "another shape", false},
    {"\"shape\":[3]", "\"shape\":[4]", "another shape", false},
    {"\"shape\":[3]", "\"size\":[3]", "another shape", false},
    {"\"F64\"", "\"F32\"", "not F64", false},
    {"\"F64\"", "64", "type \"\", not F64", false},
    {"discern-checkpoint-1", "discern-checkpoint-9", "not a checkpoint", false},
    {"\"format\"", "\"formed\"", "its format is \"\"", false},
    {"\"__metadata__\"", "\"__metadata__ ", "not JSON", false},
    {"{\"__metadata__\"", "7{\"__metadata__\"", "not JSON", false},
    {"\"step\":\"104\"", "\"step\":\"1x4\"", "no number \"step\"", false},
    {"\"step\":\"104\"", "\"step\":104", "no number \"step\"", false},
    {"\"step\":\"104\"", "\"step\":\"-14\"", "absurd", false},
    {"\"step\":\"104\"", "\"step\":\"1e300\"", "absurd", false},
    {"\"step\":\"104\"", "\"step\":\"nan\"", "absurd", false},
    {"\"phase\":\"1\"", "\"phase\":\"1000\"", "its phase is absurd", false},
    {"\"best_value\"", "\"least_value\"", "no number \"best_value\"", false},
    {"[24,48]}", "[24,48]}" MORE "[0,0]}", "tensors, the model has", false},
    {"[24,48]}", "[24,48]}" MORE "[0]}", "a tensor has no offsets", true},
    {"[24,48]}", "[24,48]}" MORE "[0,9000]}", "truncated inside its values", true},
};

static void damaged_header_is_refused_with_the_reason(void **state)
{
    (void)state;
    sample s;
    char *bytes = NULL;
    size_t n = 0;
    sample_write(&s);
    CHECK_OK(ctx, dsc_read_file(ctx, s.path, &bytes, &n));
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) damage(bytes, n, &damages[i]);
    dsc_free(ctx, &bytes);
    sample_close(&s);
}

static void bytes_behind_the_last_tensor_are_refused(void **state)
{
    (void)state;
    char *bytes = NULL, *more;
    size_t n = 0;
    sample s;
    sample_write(&s);
    CHECK_OK(ctx, dsc_read_file(ctx, s.path, &bytes, &n));
    more = calloc(n + 8, 1);
    memcpy(more, bytes, n);
    CHECK_FAILS(ctx, DSC_INPUT, "bytes follow its last tensor", read_bytes(&s, more, n + 8));
    dsc_optimizer_destroy(ctx, &s.optimizer);
    s.c.optimizer = NULL;
    CHECK_FAILS(ctx, DSC_INPUT, "bytes follow its last tensor", read_bytes(&s, more, n + 8));
    free(more);
    dsc_free(ctx, &bytes);
    sample_close(&s);
}

static void facts_that_make_no_sense_are_refused(void **state)
{
    static const header_damage cases[] = {
        {"\"n_actions\":\"3\"", "\"n_actions\":\"200000\"", "the sizes in its metadata are absurd",
         false},
        {"\"n_subjects\":\"2\"", "\"n_subjects\":\"1e9\"", "the sizes in its metadata are absurd",
         false},
        {"\"n_subjects\":\"2\"", "\"n_subjects\":\"3\"", "its list of subjects does not fit",
         false},
        {"[\\\"a\\\",\\\"b\\\"]", "[1,2]", "its list of subjects does not fit", false},
        {"[\\\"a\\\",\\\"b\\\"]", "[1,", "its list of subjects does not fit", false},
    };
    (void)state;
    static const char *subjects[] = {"a", "b"};
    sample s;
    char *bytes = NULL;
    size_t n = 0;
    cell_facts facts = {0};
    sample_open(&s, 3, "net.biases", 5);
    s.c.facts = (cell_facts){3, 2, (char **)(void *)subjects, NULL};
    CHECK_OK(ctx, checkpoint_write(ctx, s.path, &s.c));
    CHECK_OK(ctx, checkpoint_facts(ctx, s.path, &facts));
    assert_string_equal(facts.subjects[1], "b");
    dsc_free(ctx, &facts.subjects);
    CHECK_OK(ctx, dsc_read_file(ctx, s.path, &bytes, &n));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t m = n;
        char *copy = replace_text(bytes, &m, cases[i].from, cases[i].to);
        CHECK_OK(ctx, dsc_write_file(ctx, s.path, copy, m));
        CHECK_FAILS(ctx, DSC_INPUT, cases[i].part, checkpoint_facts(ctx, s.path, &facts));
        assert_null(facts.subjects);
        free(copy);
    }
    dsc_free(ctx, &bytes);
    sample_close(&s);
}

static dsc_status write_only(dsc_context *failing, void *user)
{
    const sample *s = user;
    return checkpoint_write(failing, s->path, &s->c);
}

static dsc_status read_only(dsc_context *failing, void *user)
{
    const sample *s = user;
    cell_facts facts = {0};
    dsc_status status = checkpoint_read(failing, s->path, &s->c);
    if (status == DSC_OK) status = checkpoint_facts(failing, s->path, &facts);
    dsc_free(failing, &facts.subjects);
    return status;
}

static void checkpoints_survive_every_failing_allocation(void **state)
{
    (void)state;
    static const char *subjects[] = {"a", "b"};
    sample s;
    sample_write(&s);
    s.c.facts = (cell_facts){3, 2, (char **)(void *)subjects, NULL};
    assert_true(check_every_allocation_failure(write_only, &s) > 2);
    assert_true(check_every_json_failure(write_only, &s, true) > 50);
    CHECK_OK(ctx, checkpoint_write(ctx, s.path, &s.c));
    assert_true(check_every_allocation_failure(read_only, &s) > 2);
    assert_true(check_every_json_failure(read_only, &s, false) > 50);
    sample_close(&s);
}

static void random_damage_never_crashes(void **state)
{
    (void)state;
    sample s;
    char *bytes = NULL;
    size_t n = 0;
    dsc_stream random = dsc_stream_start(1, DSC_FOR_BATCHES, 0, 0, 0);
    sample_write(&s);
    CHECK_OK(ctx, dsc_read_file(ctx, s.path, &bytes, &n));
    for (int k = 0; k < 300; k++) {
        const uint32_t at = dsc_stream_below(&random, (uint32_t)n);
        const char was = bytes[at];
        bytes[at] = (char)dsc_stream_word(&random);
        CHECK_OK(ctx, dsc_write_file(ctx, s.path, bytes, n));
        const dsc_status status = checkpoint_read(ctx, s.path, &s.c);
        assert_true(status == DSC_OK || status == DSC_INPUT);
        bytes[at] = was;
    }
    dsc_free(ctx, &bytes);
    sample_close(&s);
}

static void checkpoint_reads_without_the_optimiser(void **state)
{
    (void)state;
    sample a, b;
    cell_facts facts;
    sample_write(&a);
    sample_open(&b, 3, "net.biases", 6);
    b.c.optimizer = NULL;
    b.c.config_hash = NULL;
    CHECK_OK(ctx, checkpoint_read(ctx, a.path, &b.c));
    assert_memory_equal(a.parameters, b.parameters, a.layout.n_values * sizeof(double));
    CHECK_OK(ctx, checkpoint_facts(ctx, a.path, &facts));
    assert_int_equal(facts.n_actions, 3);
    sample_close(&a);
    sample_close(&b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(adam_follows_the_paper),
        TEST(adamw_decays_apart_from_the_moments),
        TEST(sgd_gathers_momentum),
        TEST(rmsprop_divides_by_the_root_mean_square),
        TEST(update_is_clipped_not_the_gradient),
        TEST(gradient_is_clipped_before_the_moments),
        TEST(frozen_values_stay),
        TEST(unknown_optimiser_suggests_the_nearest),
        TEST(schedules_pass_their_named_points),
        TEST(run_in_use_is_refused_by_name_of_the_process),
        TEST(lock_of_a_live_process_written_by_hand_counts),
        TEST(lock_of_a_dead_process_is_taken_over_with_a_note),
        TEST(checkpoint_reads_back_to_the_same_bits),
        TEST(checkpoint_of_another_model_is_refused),
        TEST(truncated_checkpoint_is_refused_at_every_length),
        TEST(damaged_header_is_refused_with_the_reason),
        TEST(bytes_behind_the_last_tensor_are_refused),
        TEST(facts_that_make_no_sense_are_refused),
        TEST(checkpoints_survive_every_failing_allocation),
        TEST(random_damage_never_crashes),
        TEST(checkpoint_reads_without_the_optimiser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
