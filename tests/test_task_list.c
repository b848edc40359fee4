// SPDX-License-Identifier: Apache-2.0
// test_task_list.c — every task against its description: schedules, frequencies, means,
// transitions; and that its tables are the same for any engine and are read back as they were
// written.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "discern/discern.h"
#include "support/check.h"
#include "support/tables.h"

static dsc_context *ctx;
static dsc_pool *one, *three;

// A task that needs a file has this one.
static char payouts[128];

static void write_payouts(void)
{
    char folder[64];
    make_temporary_folder(folder);
    snprintf(payouts, sizeof payouts, "%s/payouts.csv", folder);
    FILE *out = fopen(payouts, "w");
    assert_non_null(out);
    fputs("session,payout_0,payout_1,payout_2,instruction\n0,1,2,3,\n0,4,5,6,2\n1,7,8,9,\n"
          "1,0.5,-1,0,\n",
          out);
    fclose(out);
}

static int set_up(void **state)
{
    (void)state;
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return -1;
    if (dsc_pool_create(ctx, 1, &one) != DSC_OK) return -1;
    write_payouts();
    return dsc_pool_create(ctx, 3, &three);
}

static int tear_down(void **state)
{
    (void)state;
    dsc_pool_destroy(&one);
    dsc_pool_destroy(&three);
    dsc_context_destroy(&ctx);
    *strrchr(payouts, '/') = 0;
    remove_folder(payouts);
    return 0;
}

// A frequency within five standard errors of p.
static void assert_rate(const char *what, double hits, double n, double p)
{
    assert_true(n > 100);
    check_value(what, hits / n, p, 5 * sqrt(p * (1 - p) / n) + 1e-12);
}

// ---- agents that choose whatever happens --------------------------------------------------------

// Logits `bias` for the options, plus `repeat` times the last choice for option 1.
static dsc_cell *fixed_agent(int n, double bias, double repeat)
{
    dsc_builder *b;
    dsc_cell *cell;
    double logits[32] = {0}, weights[32] = {0};
    logits[1] = bias, weights[1] = repeat;
    CHECK_OK(ctx, dsc_cell_begin(ctx, "fixed", &b));
    const dsc_node last = dsc_input_one(b, "prev_choice");
    const dsc_node weight = dsc_constant(b, n, weights), base = dsc_constant(b, n, logits);
    const dsc_node repeated = dsc_multiply(b, dsc_repeat(b, last, n), weight);
    dsc_output(b, "prediction", dsc_add(b, repeated, base));
    CHECK_OK(ctx, dsc_cell_end(b, &cell));
    return cell;
}

typedef struct game {
    const char *task, *settings; // "name=value,..."
    int sessions, trials;
    double bias, repeat;
    const dsc_engine *engine;
    dsc_pool *pool;
} game;

static void configure(const dsc_task *task, const char *settings, void *config)
{
    char text[256], *rest = text, *item;
    snprintf(text, sizeof text, "%s", settings ? settings : "");
    if (!settings && strcmp(task->name, "payout") == 0)
        snprintf(text, sizeof text, "file=%s", payouts);
    dsc_fields_default(task->fields, config);
    while ((item = strtok_r(rest, ",", &rest))) {
        char *value = strchr(item, '=');
        *value++ = 0;
        const dsc_field *field = dsc_field_find(task->fields, item);
        if (!field) fail_msg("%s has no field %s", task->name, item);
        CHECK_OK(ctx, dsc_field_set(ctx, field, config, value, "test"));
    }
    CHECK_OK(ctx, dsc_task_open(ctx, task, config));
}

static dsc_table *play(game g)
{
    static _Alignas(16) unsigned char config[DSC_TASK_CONFIG_BYTES];
    const dsc_task *task = dsc_task_find(g.task);
    const double none = 0;
    dsc_table *t = NULL;
    assert_non_null(task);
    configure(task, g.settings, config);
    dsc_cell *cell = fixed_agent(task->size(config).n_actions, g.bias, g.repeat);
    const dsc_simulation s = {.task = task,
                              .task_config = config,
                              .cell = cell,
                              .parameters = &none,
                              .engine = g.engine,
                              .n_sessions = g.sessions,
                              .n_trials = g.trials,
                              .seed = 12};
    CHECK_OK(ctx, dsc_simulate(ctx, &s, g.pool ? g.pool : three, &t));
    dsc_cell_destroy(&cell);
    return t;
}

// ---- all of them --------------------------------------------------------------------------------

static int own_trials(const dsc_task *task)
{
    static _Alignas(16) unsigned char config[DSC_TASK_CONFIG_BYTES];
    assert_true(task->config_bytes <= sizeof config);
    configure(task, NULL, config);
    return task->size(config).n_trials > 0 ? 0 : 60;
}

static void every_task_plays_the_same_on_any_engine_and_number_of_threads(void **state)
{
    (void)state;
    const dsc_engine *ref;
    CHECK_OK(ctx, dsc_engine_select(ctx, "ref", NULL, NULL, &ref));
    for (int i = 0; dsc_task_at(i); i++) {
        const char *name = dsc_task_at(i)->name;
        const int trials = own_trials(dsc_task_at(i));
        dsc_table *a = play((game){.task = name, .sessions = 70, .trials = trials});
        dsc_table *b = play((game){.task = name, .sessions = 70, .trials = trials, .pool = one});
        dsc_table *c = play((game){.task = name, .sessions = 5, .trials = trials, .engine = ref});
        assert_string_equal(a->hash, b->hash);
        for (int k = 0; k < c->n_columns; k++)
            assert_memory_equal(a->column[k].value, c->column[k].value,
                                c->n_trials * sizeof(double));
        dsc_table_destroy(ctx, &a);
        dsc_table_destroy(ctx, &b);
        dsc_table_destroy(ctx, &c);
    }
}

static void every_table_is_read_back_as_it_was_written(void **state)
{
    (void)state;
    char folder[64], path[128];
    make_temporary_folder(folder);
    for (int i = 0; dsc_task_at(i); i++) {
        const dsc_task *task = dsc_task_at(i);
        dsc_table *read = NULL,
                  *t = play((game){.task = task->name, .sessions = 3, .trials = own_trials(task)});
        snprintf(path, sizeof path, "%s/%s.csv", folder, task->name);
        CHECK_OK(ctx, dsc_table_write(ctx, t, path));
        CHECK_OK(ctx, dsc_table_read(ctx, path, &(dsc_read_options){0}, &read));
        assert_int_equal(read->n_sessions, 3);
        for (int k = 0; k < t->n_columns; k++)
            assert_memory_equal(values_of(read, t->column[k].name), t->column[k].value,
                                t->n_trials * sizeof(double));
        dsc_table_destroy(ctx, &t);
        dsc_table_destroy(ctx, &read);
    }
    remove_folder(folder);
}

static void every_task_is_described(void **state)
{
    (void)state;
    char *text, heading[64];
    size_t n;
    CHECK_OK(ctx, dsc_read_file(ctx, "doc/tasks.md", &text, &n));
    for (int i = 0; dsc_task_at(i); i++) {
        snprintf(heading, sizeof heading, "\n## %s\n", dsc_task_at(i)->name);
        if (!strstr(text, heading)) fail_msg("doc/tasks.md has no section \"%s\"", heading);
    }
    dsc_free(ctx, &text);
}

// ---- bandits ------------------------------------------------------------------------------------

static void blocks_take_every_pair_twice(void **state)
{
    (void)state;
    enum { SESSIONS = 50, BLOCKS = 12, TRIALS = 100 };
    dsc_table *t = play((game){.task = "blocked_bandit", .sessions = SESSIONS});
    const double *p[] = {values_of(t, "reward_probability_0"),
                         values_of(t, "reward_probability_1")};
    const double *choice = values_of(t, "choice"), *reward = values_of(t, "reward");
    double expected = 0, rewards = 0;
    int first_is_better[BLOCKS] = {0};
    for (int s = 0; s < SESSIONS; s++) {
        double sums[4] = {0};
        for (int i = 0; i < BLOCKS * TRIALS; i++) {
            const size_t row = t->session[s].first + (size_t)i;
            assert_true(values_of(t, "block")[row] == i / TRIALS);
            assert_true(i % TRIALS == 0 ||
                        (p[0][row] == p[0][row - 1] && p[1][row] == p[1][row - 1]));
            expected += p[(int)choice[row]][row], rewards += reward[row];
            if (i % TRIALS) continue;
            assert_true((p[0][row] == 0.05) != (p[1][row] == 0.05));
            sums[0] += p[0][row], sums[1] += p[1][row];
            sums[2] += p[0][row] * p[0][row], sums[3] += p[1][row] * p[1][row];
            first_is_better[i / TRIALS] += p[0][row] > p[1][row];
        }
        for (int k = 0; k < 2; k++) {
            check_value("sum", sums[k], 2 * (.25 + .125 + .08) + 6 * .05, 1e-12);
            check_value("squares", sums[2 + k], 2 * (.0625 + .015625 + .0064) + 6 * .0025, 1e-12);
        }
    }
    const double n = SESSIONS * BLOCKS * TRIALS;
    check_value("reward", rewards / n, expected / n, 5 * 0.3 / sqrt(n));
    for (int b = 0; b < BLOCKS; b++) // in a random order
        assert_true(first_is_better[b] > 7 && first_is_better[b] < 43);
    dsc_table_destroy(ctx, &t);
}

static void artificial_blocks_draw_their_rates(void **state)
{
    (void)state;
    enum { SESSIONS = 200, BLOCKS = 10 };
    dsc_table *t = play((game){.task = "blocked_bandit",
                               .settings = "schedule=artificial,n_blocks=10,block_trials=7",
                               .sessions = SESSIONS});
    const double *p[] = {values_of(t, "reward_probability_0"),
                         values_of(t, "reward_probability_1")};
    static const double rates[] = {0.1, 0.5, 0.9};
    double n[3] = {0};
    assert_int_equal(t->session[0].n_trials, 70);
    for (size_t i = 0; i < t->n_trials; i += 7) {
        for (int k = 0; k < 3; k++) n[k] += p[0][i] == rates[k];
        assert_true(p[0][i] + p[1][i] == 1);
    }
    for (int k = 0; k < 3; k++) assert_rate("rate", n[k], SESSIONS * BLOCKS, 1.0 / 3);
    dsc_table_destroy(ctx, &t);
}

static void gaussian_arms_have_new_whole_means_in_every_block(void **state)
{
    (void)state;
    enum { SESSIONS = 200 };
    dsc_table *t =
        play((game){.task = "gaussian_bandit", .settings = "noise_sd=3", .sessions = SESSIONS});
    const double *mean[] = {values_of(t, "mean_0"), values_of(t, "mean_1")};
    const double *choice = values_of(t, "choice"), *reward = values_of(t, "reward");
    double squares = 0, noise = 0, sum = 0, n = (double)t->n_trials;
    assert_int_equal(t->session[0].n_trials, 200);
    for (size_t i = 0; i < t->n_trials; i++) {
        const double r = reward[i] - mean[(int)choice[i]][i];
        assert_true(rint(reward[i]) == reward[i] && rint(mean[0][i]) == mean[0][i]);
        sum += r, noise += r * r;
        if (i % 10 == 0) squares += mean[0][i] * mean[0][i] + mean[1][i] * mean[1][i];
        else assert_true(mean[0][i] == mean[0][i - 1] && mean[1][i] == mean[1][i - 1]);
    }
    check_value("mean noise", sum / n, 0, 5 * 3 / sqrt(n));
    check_value("noise variance", noise / n, 9 + 1. / 12, 5 * 9 * sqrt(2 / n));
    check_value("variance of means", squares / (n / 5), 100 + 1. / 12, 5 * 100 * sqrt(10 / n));
    dsc_table_destroy(ctx, &t);
}

static void restless_means_walk_and_are_drawn_back(void **state)
{
    (void)state;
    enum { SESSIONS = 100, TRIALS = 200 };
    dsc_table *t = play((game){.task = "restless_bandit",
                               .sessions = SESSIONS,
                               .trials = TRIALS,
                               .settings = "rounded=false"});
    const double *mean = values_of(t, "mean_2"),
                 *all[4] = {values_of(t, "mean_0"), values_of(t, "mean_1"), mean,
                            values_of(t, "mean_3")};
    double squares = 0, steps = 0, noise = 0, n = (double)t->n_trials;
    for (size_t i = 0; i < t->n_trials; i++) {
        const double r = values_of(t, "reward")[i] - all[(int)values_of(t, "choice")[i]][i];
        noise += r * r, squares += (mean[i] - 50) * (mean[i] - 50);
        if (i % TRIALS == 0) continue;
        const double step = mean[i] - (0.9836 * mean[i - 1] + (1 - 0.9836) * 50);
        steps += step * step;
    }
    check_value("noise", noise / n, 16, 5 * 16 * sqrt(2 / n));
    check_value("steps", steps / (n - SESSIONS), 2.8 * 2.8, 5 * 7.84 * sqrt(2 / n));
    check_value("spread", sqrt(squares / n), 15.5, 2); // stationary
    dsc_table_destroy(ctx, &t);
    t = play((game){.task = "restless_bandit",
                    .sessions = 2,
                    .trials = 200,
                    .settings = "centre=0,start_step=40,start_sd=0,drift_sd=0,drift_sd_2=16,"
                                "volatile_trials=50,trend=0.5,decay=1"});
    for (int k = 0; k < 4; k++) {
        char name[16];
        snprintf(name, sizeof name, "mean_%d", k);
        const double *m = values_of(t, name), trend = k < 2 ? 0.5 : -0.5;
        assert_true(m[0] == -60 + 40 * k && m[50] == m[0] + 50 * trend);
        assert_true(m[51] != m[50] + trend && m[100] != m[99] + trend);
        check_value("calm again", m[101], m[100] + trend, 1e-12);
    }
    dsc_table_destroy(ctx, &t);
}

// ---- two steps ----------------------------------------------------------------------------------

static void two_steps_lead_where_they_should(void **state)
{
    (void)state;
    enum { SESSIONS = 100 };
    dsc_table *t = play((game){.task = "two_step", .sessions = SESSIONS});
    const double *p[4] = {
        values_of(t, "reward_probability_0"), values_of(t, "reward_probability_1"),
        values_of(t, "reward_probability_2"), values_of(t, "reward_probability_3")};
    const double *choice = values_of(t, "choice"), *reward = values_of(t, "reward");
    const double *stage = values_of(t, "stage"), *where = values_of(t, "state");
    double common = 0, rewards = 0, expected = 0, steps = 0, n_steps = 0;
    assert_int_equal(t->session[0].n_trials, 402);
    for (size_t i = 0; i < t->n_trials; i += 2) {
        assert_true(stage[i] == 0 && where[i] == 0 && reward[i] == 0);
        assert_true(stage[i + 1] == 1 && (where[i + 1] == 1 || where[i + 1] == 2));
        common += where[i + 1] == 1 + choice[i];
        const int place = 2 * ((int)where[i + 1] - 1) + (int)choice[i + 1];
        rewards += reward[i + 1], expected += p[place][i + 1];
        for (int k = 0; k < 4; k++) {
            assert_true(p[k][i] == p[k][i + 1] && p[k][i] >= 0.25 && p[k][i] <= 0.75);
            if (i % 402 == 400 || fabs(p[k][i] - 0.5) > 0.12) continue;
            steps += (p[k][i + 2] - p[k][i]) * (p[k][i + 2] - p[k][i]), n_steps++;
        }
    }
    const double n = (double)t->n_trials / 2;
    assert_rate("common", common, n, 0.7);
    check_value("reward", rewards / n, expected / n, 5 * 0.5 / sqrt(n));
    check_value("drift", steps / n_steps, 0.025 * 0.025, 5 * 0.025 * 0.025 * sqrt(2 / n_steps));
    dsc_table_destroy(ctx, &t);
}

// ---- stimuli ------------------------------------------------------------------------------------

static void memory_blocks_show_every_stimulus_equally_often(void **state)
{
    (void)state;
    enum { SESSIONS = 20, REPEATS = 12, LARGEST = 6 };
    dsc_table *t = play((game){.task = "working_memory", .sessions = SESSIONS});
    const double *block = values_of(t, "block"), *stimulus = values_of(t, "stimulus");
    const double *size = values_of(t, "set_size"), *correct = values_of(t, "correct_action");
    int shown[LARGEST] = {0}, sizes[LARGEST + 1] = {0}, actions[3] = {0};
    double belongs[LARGEST];
    assert_int_equal(t->session[0].n_trials, 3 * REPEATS * (2 + 3 + 4 + 5 + 6));
    for (size_t i = 0; i < t->n_trials; i++) {
        const int s = (int)stimulus[i];
        assert_true(s < size[i]);
        if (shown[s]++ == 0) belongs[s] = correct[i], actions[(int)correct[i]]++;
        assert_true(correct[i] == belongs[s]);
        assert_true(values_of(t, "reward")[i] == (values_of(t, "choice")[i] == correct[i]));
        if (i + 1 < t->n_trials && block[i + 1] == block[i]) continue;
        for (int k = 0; k < LARGEST; k++) assert_int_equal(shown[k], k < size[i] ? REPEATS : 0);
        memset(shown, 0, sizeof shown);
        sizes[(int)size[i]]++;
    }
    for (int k = 2; k <= LARGEST; k++) assert_int_equal(sizes[k], 3 * SESSIONS);
    for (int a = 0; a < 3; a++) assert_rate("action", actions[a], 60 * SESSIONS, 1. / 3);
    dsc_table_destroy(ctx, &t);
    t = play((game){.task = "working_memory",
                    .sessions = SESSIONS,
                    .settings = "p_correct=0.8,p_wrong=0.3,smallest=3,largest=3"});
    double n[2] = {0}, rewards[2] = {0};
    for (size_t i = 0; i < t->n_trials; i++) {
        const int right = values_of(t, "choice")[i] == values_of(t, "correct_action")[i];
        n[right]++, rewards[right] += values_of(t, "reward")[i];
    }
    assert_rate("right", rewards[1], n[1], 0.8);
    assert_rate("wrong", rewards[0], n[0], 0.3);
    dsc_table_destroy(ctx, &t);
}

static void going_pays_where_it_should(void **state)
{
    (void)state;
    dsc_table *t = play((game){.task = "go_nogo", .sessions = 100});
    double n[8] = {0}, better[8] = {0};
    assert_int_equal(t->session[0].n_trials, 240);
    for (size_t i = 0; i < t->n_trials; i++) {
        const int s = (int)values_of(t, "stimulus")[i], k = 2 * s + (int)values_of(t, "choice")[i];
        const double reward = values_of(t, "reward")[i];
        assert_true(s % 2 == 0 ? reward == 0 || reward == 1 : reward == 0 || reward == -1);
        n[k]++, better[k] += reward == (s % 2 == 0);
    }
    for (int s = 0; s < 4; s++) {
        assert_true(n[2 * s] + n[2 * s + 1] == 6000);
        assert_rate("no-go", better[2 * s], n[2 * s], s < 2 ? 0.2 : 0.8);
        assert_rate("go", better[2 * s + 1], n[2 * s + 1], s < 2 ? 0.8 : 0.2);
    }
    dsc_table_destroy(ctx, &t);
}

static void decks_lose_what_is_known(void **state)
{
    (void)state;
    enum { SESSIONS = 20, CARDS = 10 };
    static const double net[] = {-250, -250, 250, 250}, losses[] = {5, 1, 5, 1};
    dsc_table *t = play((game){.task = "iowa", .sessions = SESSIONS});
    const double *gain = values_of(t, "gain"), *loss = values_of(t, "loss");
    for (int s = 0; s < SESSIONS; s++) {
        double sum[4] = {0}, lost[4] = {0};
        int given[4] = {0};
        for (int i = 0; i < 100; i++) {
            const size_t row = t->session[s].first + (size_t)i;
            const int deck = (int)values_of(t, "choice")[row];
            assert_true(gain[row] == (deck < 2 ? 100 : 50));
            assert_true(values_of(t, "reward")[row] == gain[row] - loss[row]);
            sum[deck] += gain[row] - loss[row], lost[deck] += loss[row] > 0;
            if (++given[deck] % CARDS) continue;
            assert_true(sum[deck] == net[deck] && lost[deck] == losses[deck]);
            sum[deck] = lost[deck] = 0;
        }
    }
    dsc_table_destroy(ctx, &t);
    t = play(
        (game){.task = "iowa", .settings = "shuffled=false,scale=0.01", .sessions = 1, .bias = 50});
    check_value("ninth card of B", values_of(t, "loss")[8], 12.5, 0);
    check_value("tenth card of B", values_of(t, "loss")[9], 0, 0);
    dsc_table_destroy(ctx, &t);
}

static void outcomes_reverse_unseen(void **state)
{
    (void)state;
    enum { SESSIONS = 50, TRIALS = 400 };
    dsc_table *t = play((game){.task = "reversal", .sessions = SESSIONS, .trials = TRIALS});
    const double *p = values_of(t, "outcome_probability"), *outcome = values_of(t, "outcome");
    double likelier = 0, runs = 0, length_sum = 0;
    int length = 0;
    for (size_t i = 0; i < t->n_trials; i++) {
        assert_true(fabs(p[i] - 0.8) < 1e-12 || fabs(p[i] - 0.2) < 1e-12);
        likelier += outcome[i] == (p[i] > 0.5);
        assert_true(values_of(t, "reward")[i] == (outcome[i] == values_of(t, "choice")[i]));
        if (i % TRIALS == 0) length = 0;
        else if (p[i] != p[i - 1]) {
            assert_true(length >= 20 && length <= 40);
            runs++, length_sum += length, length = 0;
        }
        length++;
    }
    assert_rate("likelier outcome", likelier, SESSIONS * TRIALS, 0.8);
    check_value("run", length_sum / runs, 30, 5 * 6.06 / sqrt(runs) + 0.5); // long ones are cut
    dsc_table_destroy(ctx, &t);
}

// ---- matching pennies ---------------------------------------------------------------------------

static double paid(const char *exploit, double bias, double repeat)
{
    enum { SESSIONS = 64, TRIALS = 600 };
    double sum = 0;
    dsc_table *t = play((game){.task = "matching_pennies",
                               .settings = exploit,
                               .bias = bias,
                               .repeat = repeat,
                               .sessions = SESSIONS,
                               .trials = TRIALS});
    for (size_t i = 0; i < t->n_trials; i++) {
        const bool same = values_of(t, "choice")[i] == values_of(t, "opponent")[i];
        assert_true(values_of(t, "reward")[i] == same);
        sum += i % TRIALS >= 100 ? same : 0; // the opponent has learnt
    }
    dsc_table_destroy(ctx, &t);
    return sum / (SESSIONS * (TRIALS - 100));
}

static void the_opponent_exploits_what_it_knows(void **state)
{
    (void)state;
    const double bias = log(0.8 / 0.2), repeat = 2 * log(0.9 / 0.1);
    check_value("coin", paid("exploit=none", bias, 0), 0.5, 0.015);
    check_value("bias", paid("exploit=choices", bias, 0), 0.8 * 0.2 * 2, 0.03);
    // staying with 90 % pays 2 * 0.9 * 0.1 to an opponent who looks back one trial, who else sees
    // nothing
    check_value("stays", paid("exploit=choices", -repeat / 2, repeat), 0.18, 0.06);
    check_value("depth 0", paid("exploit=choices,depth=0", -repeat / 2, repeat), 0.5, 0.06);
    check_value("random", paid("exploit=rewards", 0, 0), 0.5, 0.015);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_plays_the_same_on_any_engine_and_number_of_threads),
        cmocka_unit_test(every_table_is_read_back_as_it_was_written),
        cmocka_unit_test(every_task_is_described),
        cmocka_unit_test(blocks_take_every_pair_twice),
        cmocka_unit_test(artificial_blocks_draw_their_rates),
        cmocka_unit_test(gaussian_arms_have_new_whole_means_in_every_block),
        cmocka_unit_test(restless_means_walk_and_are_drawn_back),
        cmocka_unit_test(two_steps_lead_where_they_should),
        cmocka_unit_test(memory_blocks_show_every_stimulus_equally_often),
        cmocka_unit_test(going_pays_where_it_should),
        cmocka_unit_test(decks_lose_what_is_known),
        cmocka_unit_test(outcomes_reverse_unseen),
        cmocka_unit_test(the_opponent_exploits_what_it_knows),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
