// SPDX-License-Identifier: Apache-2.0
// test_task_loop.c — what an agent is shown in a closed loop, whose parameters it has, and the
// draws that decide: numbers of the generator, the same for every engine.
#include <math.h>
#include <string.h>

#include "discern/discern.h"
#include "support/check.h"

static dsc_context *ctx;
static dsc_pool *one;

static int set_up(void **state)
{
    (void)state;
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return -1;
    return dsc_pool_create(ctx, 1, &one);
}

static int tear_down(void **state)
{
    (void)state;
    dsc_pool_destroy(&one);
    dsc_context_destroy(&ctx);
    return 0;
}

// ---- a task that says which trial it is ---------------------------------------------------------

enum { TRIALS = 19, BLOCK = 3 };

static dsc_task_size counting_size(const void *config)
{
    (void)config;
    return (dsc_task_size){.n_actions = 2, .n_trials = TRIALS, .n_states = 1, .n_hidden = 1};
}

static void counting_begin(const void *config, double *state, int width, dsc_stream *random)
{
    (void)config, (void)width;
    *state = 1000 + dsc_stream_below(random, 1);
}

static void counting_show(const void *config, const dsc_task_trial *t)
{
    (void)config;
    for (int i = 0; i < t->n; i++) {
        t->cue[i] = t->trial / BLOCK;
        t->cue[t->width + i] = 100 + t->trial;
        t->hidden[i] = t->state[i];
    }
}

static void counting_answer(const void *config, const dsc_task_trial *t)
{
    (void)config;
    for (int i = 0; i < t->n; i++) {
        t->outcome[i] = 2000 + t->trial;
        t->outcome[t->width + i] = -t->trial;
        t->state[i]++;
    }
}

static const char *const counting_cues[] = {"block", "stimulus", NULL};
static const char *const counting_outcomes[] = {"reward", "loss", NULL};
static const dsc_task counting = {.name = "counting",
                                  .cues = counting_cues,
                                  .outcomes = counting_outcomes,
                                  .hidden = "count",
                                  .size = counting_size,
                                  .begin = counting_begin,
                                  .show = counting_show,
                                  .answer = counting_answer};

static const char *const read[] = {
    "agent_choice", "agent_trial", "agent_reward",      "agent_loss",  "agent_stimulus",
    "stimulus",     "block_start", "agent_block_start", "prev_choice", "prev_loss"};
enum { N_READ = sizeof read / sizeof *read };

static dsc_cell *reading_cell(int n, const char *const *inputs)
{
    dsc_builder *b;
    dsc_cell *cell;
    CHECK_OK(ctx, dsc_cell_begin(ctx, "reader", &b));
    const dsc_node x = dsc_inputs(b, n, inputs);
    const dsc_node bias = dsc_parameter_add(
        b, &(dsc_parameter){.name = "bias", .rows = 1, .cols = 1, .level = DSC_PER_SUBJECT});
    dsc_record(b, "seen", x);
    dsc_record(b, "own", dsc_add(b, bias, dsc_scale(b, dsc_slice(b, x, 0, 1), 0)));
    const dsc_node two = dsc_slice(b, x, 0, 2);
    dsc_output(b, "prediction", dsc_scale(b, two, 0));
    CHECK_OK(ctx, dsc_cell_end(b, &cell));
    return cell;
}

// What input `name` must be on trial t, given the choices.
static double shown(const char *name, int t, const double *choice)
{
    const bool first = t == 0;
    if (strcmp(name, "agent_choice") == 0) return first ? -1 : choice[t - 1];
    if (strcmp(name, "agent_trial") == 0) return !first;
    if (strcmp(name, "agent_reward") == 0) return first ? 0 : 2000 + t - 1;
    if (strcmp(name, "agent_loss") == 0 || strcmp(name, "prev_loss") == 0) return first ? 0 : 1 - t;
    if (strcmp(name, "agent_stimulus") == 0) return first ? 0 : 100 + t - 1;
    if (strcmp(name, "stimulus") == 0) return 100 + t;
    if (strcmp(name, "block_start") == 0) return !first && t % BLOCK == 0;
    if (strcmp(name, "agent_block_start") == 0) return t > 1 && (t - 1) % BLOCK == 0;
    return first ? 0 : choice[t - 1];
}

static void agents_see_cues_before_and_outcomes_after_their_choice(void **state)
{
    (void)state;
    enum { SESSIONS = 40 };
    static const char *const recorded[] = {"seen"};
    const double bias = 0;
    dsc_table *t = NULL;
    dsc_cell *cell = reading_cell(N_READ, read);
    const dsc_simulation s = {.task = &counting,
                              .cell = cell,
                              .parameters = &bias,
                              .n_sessions = SESSIONS,
                              .n_recorded = 1,
                              .recorded = recorded};
    CHECK_OK(ctx, dsc_simulate(ctx, &s, one, &t));
    assert_true(t->n_trials == SESSIONS * TRIALS);
    const double *choice = values_of(t, "choice");
    for (int i = 0; i < SESSIONS * TRIALS; i++) {
        const int trial = i % TRIALS;
        for (int k = 0; k < N_READ; k++) {
            char name[32];
            snprintf(name, sizeof name, "seen_%d", k);
            const double wanted = shown(read[k], trial, choice + i - trial);
            if (values_of(t, name)[i] != wanted)
                fail_msg("trial %d: %s is %g, not %g", trial, read[k], values_of(t, name)[i],
                         wanted);
        }
        assert_true(values_of(t, "block")[i] == trial / BLOCK &&
                    values_of(t, "reward")[i] == 2000 + trial);
        assert_true(values_of(t, "loss")[i] == -trial &&
                    values_of(t, "stimulus")[i] == 100 + trial);
        assert_true(values_of(t, "count")[i] == 1000 + trial);
    }
    dsc_table_destroy(ctx, &t);
    dsc_cell_destroy(&cell);
}

static void every_subject_plays_with_its_own_parameters(void **state)
{
    (void)state;
    enum { SUBJECTS = 5, SESSIONS = 45 };
    static const char *const recorded[] = {"own"};
    const double bias[SUBJECTS] = {10, 20, 30, 40, 50};
    int subject[SESSIONS];
    dsc_table *t = NULL;
    dsc_cell *cell = reading_cell(N_READ, read);
    dsc_simulation s = {.task = &counting,
                        .cell = cell,
                        .parameters = bias,
                        .n_sessions = SESSIONS,
                        .n_subjects = SUBJECTS,
                        .n_recorded = 1,
                        .recorded = recorded};
    for (int i = 0; i < SESSIONS; i++) subject[i] = i * 7 % SUBJECTS;
    for (int given = 0; given < 2; given++) {
        s.subject = given ? subject : NULL;
        CHECK_OK(ctx, dsc_simulate(ctx, &s, one, &t));
        assert_int_equal(t->n_subjects, SUBJECTS);
        for (int i = 0; i < SESSIONS; i++) {
            assert_int_equal(t->session[i].subject, given ? subject[i] : i / 9);
            assert_true(values_of(t, "own")[t->session[i].first] == bias[t->session[i].subject]);
        }
        dsc_table_destroy(ctx, &t);
    }
    subject[3] = SUBJECTS;
    CHECK_FAILS(ctx, DSC_INPUT, "session 3 is one of subject 5", dsc_simulate(ctx, &s, one, &t));
    dsc_cell_destroy(&cell);
}

static void a_task_with_a_plan_has_its_own_number_of_trials(void **state)
{
    (void)state;
    const double bias = 0;
    dsc_table *t = NULL;
    dsc_cell *cell = reading_cell(N_READ, read);
    dsc_simulation s = {.task = &counting, .cell = cell, .parameters = &bias, .n_sessions = 2};
    s.n_trials = TRIALS + 1;
    CHECK_FAILS(ctx, DSC_INPUT, "has 19 trials by its settings, not 20",
                dsc_simulate(ctx, &s, one, &t));
    dsc_cell_destroy(&cell);
}

static void what_comes_after_the_choice_is_not_shown_before_it(void **state)
{
    (void)state;
    static const char *const inputs[] = {"agent_reward", "loss"};
    const double bias = 0;
    dsc_table *t = NULL;
    dsc_cell *cell = reading_cell(2, inputs);
    const dsc_simulation s = {
        .task = &counting, .cell = cell, .parameters = &bias, .n_sessions = 2};
    CHECK_FAILS(ctx, DSC_INPUT, "its input \"loss\"", dsc_simulate(ctx, &s, one, &t));
    CHECK_FAILS(ctx, DSC_INPUT, "choice, reward, loss, block (a cue), stimulus (a cue)",
                dsc_simulate(ctx, &s, one, &t));
    dsc_cell_destroy(&cell);
}

// Compares every number of the stretches with a table's.
typedef struct listener {
    const dsc_table *t;
    int last[100]; // trial expected next of each session
    size_t seen, wrong;
} listener;

static void listen(void *user, int worker, const dsc_stretch *s)
{
    listener *l = user;
    (void)worker;
    for (int i = 0; i < s->n_sessions; i++) {
        const int session = s->first_session + i;
        l->wrong += l->last[session] != s->first_trial;
        l->last[session] += s->n_trials;
        for (int k = 0; k < s->n_trials * s->n_columns; k++) {
            const int t = k / s->n_columns, c = k % s->n_columns;
            const size_t row = l->t->session[session].first + (size_t)(s->first_trial + t);
            l->wrong += s->value[(t * s->n_rows + c) * s->width + i] != l->t->column[c].value[row];
            l->seen++;
        }
    }
}

static void a_stream_hands_on_what_a_table_would_have(void **state)
{
    (void)state;
    const double bias = 0;
    listener l = {0};
    dsc_table *t = NULL;
    dsc_cell *cell = reading_cell(N_READ, read);
    const dsc_simulation s = {
        .task = &counting, .cell = cell, .parameters = &bias, .n_sessions = 70};
    CHECK_OK(ctx, dsc_simulate(ctx, &s, one, &t));
    l.t = t;
    CHECK_OK(ctx, dsc_simulate_stream(ctx, &s, one, listen, &l));
    assert_true(l.seen == t->n_trials * (size_t)t->n_columns && l.wrong == 0);
    dsc_table_destroy(ctx, &t);
    dsc_cell_destroy(&cell);
}

// ---- draws --------------------------------------------------------------------------------------

enum { ROWS = 6, WIDTH = DSC_MAX_WIDTH };
typedef struct drawn {
    _Alignas(64) double uniform[ROWS * WIDTH], normal[ROWS * WIDTH];
    _Alignas(64) double p[ROWS * WIDTH], choice[WIDTH];
} drawn;

static void draw_all(const dsc_engine *drawing, int width, uint32_t trial, drawn *out)
{
    uint32_t stream[WIDTH];
    for (int i = 0; i < WIDTH; i++) stream[i] = 5 + 7 * (uint32_t)i;
    const dsc_draw d = {.key = dsc_key_of(99, DSC_FOR_TASK),
                        .trial = trial,
                        .step = 3,
                        .stream = stream,
                        .width = width};
    dsc_draw_numbers(drawing, &d, ROWS, out->uniform, ROWS, out->normal);
    dsc_draw_choices(drawing, ROWS, width, out->normal, out->uniform, out->p, out->choice);
}

static void draws_are_the_same_bits_for_every_engine(void **state)
{
    (void)state;
    static drawn wanted, other;
    bool runs;
    const dsc_engine *e, *scalar = dsc_engine_drawing(dsc_engine_at(0, &runs));
    draw_all(scalar, WIDTH, 4, &wanted);
    for (int i = 0; (e = dsc_engine_at(i, &runs)); i++) {
        if (!runs) continue;
        memset(&other, 0, sizeof other);
        draw_all(dsc_engine_drawing(e), WIDTH, 4, &other);
        assert_memory_equal(&wanted, &other, sizeof other);
    }
    draw_all(scalar, 1, 4, &other); // lane 0 alone
    for (int r = 0; r < ROWS; r++) {
        assert_true(other.uniform[r] == wanted.uniform[r * WIDTH]);
        assert_true(other.normal[r] == wanted.normal[r * WIDTH]);
        assert_true(other.p[r] == wanted.p[r * WIDTH]);
    }
    assert_true(other.choice[0] == wanted.choice[0]);
}

static void uniform_numbers_are_words_of_the_generator(void **state)
{
    (void)state;
    static drawn d;
    bool runs;
    draw_all(dsc_engine_drawing(dsc_engine_at(0, &runs)), WIDTH, 11, &d);
    for (int r = 0; r < ROWS; r++)
        for (uint32_t i = 0; i < WIDTH; i++) {
            const uint32_t counter[4] = {(uint32_t)r / 4, 11, 5 + 7 * i, 3};
            uint32_t words[4];
            dsc_philox(counter, dsc_key_of(99, DSC_FOR_TASK), words);
            assert_true(d.uniform[r * WIDTH + (int)i] ==
                        ((words[r % 4] >> 1) + 0.5) / 2147483648.0);
        }
}

// Box and Muller, of words 6 and 7, 8 and 9, ...: the six uniform numbers come before.
static void normal_numbers_are_made_of_the_words_that_follow(void **state)
{
    (void)state;
    static drawn d;
    bool runs;
    draw_all(dsc_engine_drawing(dsc_engine_at(0, &runs)), WIDTH, 11, &d);
    for (int r = 0; r < ROWS; r += 2)
        for (uint32_t i = 0; i < WIDTH; i++) {
            const int first = ROWS + r;
            const uint32_t counter[4] = {(uint32_t)first / 4, 11, 5 + 7 * i, 3};
            uint32_t words[4];
            dsc_philox(counter, dsc_key_of(99, DSC_FOR_TASK), words);
            const double u = ((words[first % 4] >> 1) + 0.5) / 2147483648.0;
            const double a = d.normal[r * WIDTH + (int)i], b = d.normal[(r + 1) * WIDTH + (int)i];
            assert_true(fabs(a * a + b * b + 2 * log(u)) < 1e-11);
        }
}

static void choices_follow_the_softmax(void **state)
{
    (void)state;
    enum { OPTIONS = 3, ROUNDS = 1000 };
    static const double wanted[OPTIONS] = {0.2, 0.5, 0.3};
    _Alignas(64) double logits[OPTIONS * WIDTH], u[4 * WIDTH], p[OPTIONS * WIDTH], choice[WIDTH];
    uint32_t stream[WIDTH];
    int chosen[OPTIONS] = {0};
    bool runs;
    const dsc_engine *drawing = dsc_engine_drawing(dsc_engine_at(0, &runs));
    for (int i = 0; i < WIDTH; i++) {
        stream[i] = (uint32_t)i;
        for (int k = 0; k < OPTIONS; k++) logits[k * WIDTH + i] = 300 + log(wanted[k]);
    }
    for (uint32_t t = 0; t < ROUNDS; t++) {
        const dsc_draw d = {
            .key = dsc_key_of(1, DSC_FOR_AGENT), .trial = t, .stream = stream, .width = WIDTH};
        dsc_draw_numbers(drawing, &d, 1, u, 0, NULL);
        assert_true(dsc_draw_choices(drawing, OPTIONS, WIDTH, logits, u, p, choice));
        for (int i = 0; i < WIDTH; i++) chosen[(int)choice[i]]++;
    }
    const double n = ROUNDS * WIDTH;
    for (int k = 0; k < OPTIONS; k++) {
        assert_true(fabs(p[k * WIDTH] - wanted[k]) < 1e-13); // of logits near 300
        assert_true(fabs(chosen[k] / n - wanted[k]) < 5 * sqrt(wanted[k] * (1 - wanted[k]) / n));
    }
    logits[WIDTH] = NAN;
    assert_false(dsc_draw_choices(drawing, OPTIONS, WIDTH, logits, u, p, choice));
    assert_true(isnan(p[0]) && choice[0] == 0 && !isnan(p[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agents_see_cues_before_and_outcomes_after_their_choice),
        cmocka_unit_test(every_subject_plays_with_its_own_parameters),
        cmocka_unit_test(a_task_with_a_plan_has_its_own_number_of_trials),
        cmocka_unit_test(what_comes_after_the_choice_is_not_shown_before_it),
        cmocka_unit_test(a_stream_hands_on_what_a_table_would_have),
        cmocka_unit_test(draws_are_the_same_bits_for_every_engine),
        cmocka_unit_test(uniform_numbers_are_words_of_the_generator),
        cmocka_unit_test(normal_numbers_are_made_of_the_words_that_follow),
        cmocka_unit_test(choices_follow_the_softmax),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
