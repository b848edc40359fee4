// SPDX-License-Identifier: Apache-2.0
// test_clicks.c — the task of Poisson clicks, the bounded accumulator that plays it, and a bandit
// whose payouts are given.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "discern/discern.h"
#include "support/cog_models.h"
#include "support/tables.h"

typedef struct player {
    const char *task, *settings, *agent, *agent_settings; // "name=value name=value ..."
    int sessions, trials;
    const char *recorded;
} player;

static void set_fields(dsc_context *ctx, const dsc_field *fields, const char *settings,
                       void *config)
{
    char text[256], *rest = text, *item;
    snprintf(text, sizeof text, "%s", settings);
    dsc_fields_default(fields, config);
    while ((item = strtok_r(rest, " ", &rest))) {
        char *value = strchr(item, '=');
        *value++ = 0;
        CHECK_OK(ctx, dsc_field_set(ctx, dsc_field_find(fields, item), config, value, "test"));
    }
}

static dsc_status open_task(table_test *t, const char *task, const char *settings, void *config)
{
    const dsc_task *k = dsc_task_find(task);
    set_fields(t->ctx, k->fields, settings, config);
    return dsc_task_open(t->ctx, k, config);
}

static void play(table_test *t, player p)
{
    _Alignas(16) unsigned char task[DSC_TASK_CONFIG_BYTES], model[DSC_MODEL_CONFIG_BYTES];
    const dsc_model *m = model_called(t->ctx, p.agent);
    dsc_builder *b;
    dsc_cell *cell;
    dsc_layout layout;
    double values[16];
    dsc_pool *pool;
    CHECK_OK(t->ctx, open_task(t, p.task, p.settings, task));
    set_fields(t->ctx, m->fields, p.agent_settings, model);
    const dsc_model_size size = {.n_actions = dsc_task_find(p.task)->size(task).n_actions,
                                 .form = DSC_COG_AGENT};
    CHECK_OK(t->ctx, dsc_cell_begin(t->ctx, p.agent, &b));
    CHECK_OK(t->ctx, m->build(m, b, model, &size));
    CHECK_OK(t->ctx, dsc_cell_end(b, &cell));
    CHECK_OK(t->ctx, dsc_layout_create(t->ctx, cell, 1, 1, &layout));
    dsc_cell_initialise(cell, &layout, 1, values);
    CHECK_OK(t->ctx, dsc_pool_create(t->ctx, 2, &pool));
    const dsc_simulation s = {.task = dsc_task_find(p.task),
                              .task_config = task,
                              .cell = cell,
                              .parameters = values,
                              .n_sessions = p.sessions,
                              .n_trials = p.trials,
                              .seed = 5,
                              .n_recorded = p.recorded != NULL,
                              .recorded = &p.recorded};
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_OK(t->ctx, dsc_simulate(t->ctx, &s, pool, &t->table));
    dsc_pool_destroy(&pool);
    dsc_layout_free(t->ctx, &layout);
    dsc_cell_destroy(&cell);
}

// ---- the task -----------------------------------------------------------------------------------

static void clicks_last_as_long_and_are_as_frequent_as_they_say(void **state)
{
    table_test *t = *state;
    enum { SESSIONS = 3000, ROWS = 61 };
    play(t, (player){"poisson_clicks", "max_bins=60 min_bins=20 base_rate=24 differences=-20,6,20",
                     "bounded_accumulator", "", .sessions = SESSIONS});
    double early = 0, bins = 0, n[3] = {0}, expected[2] = {0}, clicks[2] = {0}, right = 0;
    for (int s = 0; s < SESSIONS; s++) {
        const size_t first = (size_t)s * ROWS;
        const double d = cell(t, "rate_difference", first);
        const int which = d == -20 ? 0 : d == 6 ? 1 : 2;
        n[which]++;
        assert_true(cell(t, "left", first + 60) == 0 && cell(t, "right", first + 60) == 0);
        for (size_t i = 0; i < 60; i++) {
            const double left = cell(t, "left", first + i), r = cell(t, "right", first + i);
            assert_true((left == 0 || left == 1) && (r == 0 || r == 1));
            assert_true(isnan(cell(t, "choice", first + i)) && !cell(t, "reward", first + i));
            if (i == 0) early += left + r; // durations are below 60
            if (i < 40) continue;          // at least 20 bins
            bins++, clicks[0] += left, clicks[1] += r;
            expected[0] += (24 - d / 2) / 60, expected[1] += (24 + d / 2) / 60;
        }
        const double choice = cell(t, "choice", first + 60);
        assert_true(cell(t, "reward", first + 60) == (choice == (d > 0)));
        right += which == 2 && choice == 1;
    }
    assert_true(early == 0);
    for (int k = 0; k < 3; k++) check_value("difference", n[k] / SESSIONS, 1. / 3, 0.045);
    for (int k = 0; k < 2; k++)
        check_value("clicks", clicks[k] / bins, expected[k] / bins, 5 * 0.5 / sqrt(bins));
    assert_true(right / n[2] > 0.7);
}

static void settings_that_do_not_go_together_are_refused(void **state)
{
    table_test *t = *state;
    static const struct {
        const char *task, *settings, *part;
    } cases[] = {
        {"poisson_clicks", "differences=1,x", "task.differences=1,x: 1 to 32 numbers were"},
        {"poisson_clicks", "min_bins=100", "task.min_bins=100: the shortest duration has to be"},
        {"poisson_clicks", "differences=0,41", "difference of 41 around base_rate 20 makes a bin"},
        {"poisson_clicks", "base_rate=90", "outside 0 ... 1 (max_bins 100)"},
        {"payout", "", "needs a table of payouts: task.file=FILE"},
        {"payout", "file=/nowhere.csv", "/nowhere.csv"},
    };
    _Alignas(16) unsigned char config[DSC_TASK_CONFIG_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_FAILS(t->ctx, DSC_INPUT, cases[i].part,
                    open_task(t, cases[i].task, cases[i].settings, config));
}

// ---- the accumulator ----------------------------------------------------------------------------

enum { MOST_STEPS = 16 };

// A quantity of the accumulator while it hears `clicks`: l, r, b (both) or a dot in every step.
// Parameters: noise of a click, of a step, depression, recovery, bound, lapse.
static void hear_with(table_test *t, const char *clicks, const double *parameters,
                      const double *options, const char *quantity, double *value)
{
    static const char *const names[] = {"choice", "left", "right"};
    const dsc_cog_build how = {.form = DSC_COG_OBSERVER, .n_actions = 2, .option = options};
    double rows[3 * MOST_STEPS], all[8] = {0}; // no leak, no bias
    const int n = (int)strlen(clicks);
    cog_model m;
    memcpy(all, parameters, 6 * sizeof *all);
    for (int i = 0; i < n; i++) {
        rows[3 * i] = -1;
        rows[3 * i + 1] = clicks[i] == 'l' || clicks[i] == 'b';
        rows[3 * i + 2] = clicks[i] == 'r' || clicks[i] == 'b';
    }
    cog_model_make(t->ctx, dsc_cog_text(model_called(t->ctx, "bounded_accumulator")->cog), &how,
                   &m);
    cog_model_record(&m, &(cog_table){n, 3, names, rows}, all, quantity, value);
    cog_model_destroy(&m);
}
static void hear(table_test *t, const char *clicks, const double *parameters, const char *quantity,
                 double *value)
{
    hear_with(t, clicks, parameters, NULL, quantity, value);
}
#define P(...) ((const double[]){__VA_ARGS__})

// The published numbers count left clicks as positive, and give the weight before each step.
static void sums_and_weights_are_the_published_ones(void **state)
{
    table_test *t = *state;
    static const double weights[] = {1,       1,       .3,      .1775,   .156063,
                                     .261555, .170772, .154885, .152105, .151618};
    double d[MOST_STEPS], centre[MOST_STEPS], chance[2 * MOST_STEPS];
    const double *k = P(0, 0, .3, 8, 5, 0);
    hear(t, ".lll.rrrr.", k, "d", d);
    hear(t, ".lll.rrrr.", k, "centre", centre);
    hear(t, ".lll.rrrr.", k, "p", chance);
    for (int i = 1; i < 10; i++) check_value("weight", d[i - 1], weights[i], 6e-7);
    check_value("sum", centre[9], -0.738183, 6e-7);
    check_value("right", chance[9], 0, 1e-9);
}

static void a_bound_stops_the_sum(void **state)
{
    table_test *t = *state;
    double open[MOST_STEPS], up[MOST_STEPS], p[MOST_STEPS];
    const double *k = P(0, 0, 1, 8, 2.9, 0);
    hear(t, ".lllrrrrrr", k, "open", open);
    hear(t, ".lllrrrrrr", k, "up", up);
    hear(t, ".lllrrrrrr", k, "p", p);
    check_value("after two", open[2], 1, 1e-9);
    assert_true(open[3] < 1e-8);
    check_value("up", up[9], 0, 1e-8);
    check_value("left for good", p[9], 0, 1e-8);
    hear(t, ".lllrrrrrr", P(0, 0, 1, 8, 50, 0), "p", p);
    check_value("without a bound", p[9], 1, 1e-8);
    hear(t, "..b.......", k, "p", p);
    check_value("both at once", p[9], 0.5, 1e-12);
}

static void lapses_are_a_coin_or_as_published_one_side(void **state)
{
    table_test *t = *state;
    double p[MOST_STEPS];
    hear(t, ".l.", P(0, 0, 1, 8, 5, 0.2), "p", p);
    check_value("a coin", p[2], 0.1, 1e-9);
    hear(t, ".r.", P(0, 0, 1, 8, 5, 0.2), "p", p);
    check_value("a coin", p[2], 0.9, 1e-9);
    hear_with(t, ".l.", P(0, 0, 1, 8, 5, 0.2), P(1e-6, 1, 1), "p", p);
    check_value("to the right", p[2], 0.2, 1e-9);
    hear_with(t, ".r.", P(0, 0, 1, 8, 5, 0.2), P(1e-6, 1, 1), "p", p);
    check_value("to the right", p[2], 1, 1e-9);
}

static void nothing_happens_before_the_first_click(void **state)
{
    table_test *t = *state;
    double late[MOST_STEPS], early[MOST_STEPS], moving[MOST_STEPS];
    hear(t, ".....r.r", P(0.5, 1, 1, 8, 5, 0), "p", late);
    hear(t, "r.r", P(0.5, 1, 1, 8, 5, 0), "p", early);
    hear_with(t, ".....r.r", P(0.5, 1, 1, 8, 5, 0), P(1e-6, 0, 0), "p", moving);
    check_value("as if it began then", late[7], early[2], 1e-12);
    assert_true(moving[7] < late[7] - 0.05);
}

// The model once more with its noise drawn: the share of right choices.
static double drawn(const char *clicks, const double *k, int n)
{
    dsc_stream random = dsc_stream_start(3, DSC_FOR_TASK, 0, 0, 0);
    int right = 0;
    for (int i = 0; i < n; i++) {
        double a = 0, d = 1;
        for (const char *c = clicks; *c && fabs(a) <= k[4]; c++) {
            const double l = *c == 'l' || *c == 'b', r = *c == 'r' || *c == 'b';
            const double noise_r = k[0] * r * dsc_stream_normal(&random);
            const double noise_l = k[0] * l * dsc_stream_normal(&random);
            a += d * (r + noise_r - l - noise_l) + k[1] * dsc_stream_normal(&random);
            d += (1 - d) / k[3] + (k[2] - 1) * d * (l + r > 0);
        }
        right += a > 0;
    }
    return (double)right / n;
}

static void noise_that_is_followed_is_noise_that_is_drawn(void **state)
{
    table_test *t = *state;
    static const char *const clicks[] = {"r.r.lr.r..lrrb.", "llrr.rrlr.rr..l", "r.lrlrl.rlr.lr."};
    const double *const settings[] = {P(0.5, 0, 0.3, 8, 5, 0), P(1, 0.3, 0.8, 5, 2, 0),
                                      P(0.2, 0.5, 1, 8, 1.5, 0), P(1, 0, 1, 8, 3, 0)};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 4; k++) {
            double p[MOST_STEPS];
            hear(t, clicks[i], settings[k], "p", p);
            check_value(clicks[i], p[14], drawn(clicks[i], settings[k], 40000), 0.02);
        }
}

// Published choices by the difference of clicks (left minus right), share of left.
static void agents_choose_as_the_published_ones(void **state)
{
    table_test *t = *state;
    enum { SESSIONS = 20000, ROWS = 51 };
    static const double published[7] = {.034, .048, .074, .49, .93, .958, .968};
    double n[7] = {0}, left[7] = {0}, hit = 0, clicks = 0;
    play(t, (player){"poisson_clicks",
                     "max_bins=50 min_bins=10 base_rate=10 differences=-2.5,-1,0,1,2.5",
                     "bounded_accumulator",
                     "noise_click=0.01 noise_step=0 depression=1 bound=2.9 lapse=0",
                     .sessions = SESSIONS, .recorded = "open"});
    for (int s = 0; s < SESSIONS; s++) {
        const size_t first = (size_t)s * ROWS;
        double sum[2] = {0};
        for (size_t i = first; i < first + ROWS; i++)
            sum[0] += cell(t, "left", i), sum[1] += cell(t, "right", i);
        const int k = (int)(sum[0] - sum[1]) + 3;
        clicks += sum[0] + sum[1];
        hit += 1 - cell(t, "open", first + ROWS - 1);
        if (k < 0 || k > 6) continue;
        n[k]++, left[k] += cell(t, "choice", first + ROWS - 1) == 0;
    }
    for (int k = 0; k < 7; k++)
        check_value("left", left[k] / n[k], published[k],
                    5 * sqrt(published[k] * (1 - published[k]) / n[k]));
    check_value("hit", hit / SESSIONS, 0.63, 0.02);
    check_value("clicks of a side", clicks / 2 / SESSIONS, 5.9, 0.1);
}

// ---- given payouts ------------------------------------------------------------------------------

static void payouts_are_those_of_the_table(void **state)
{
    table_test *t = *state;
    char settings[200];
    static const char text[] = "session,payout_0,payout_1,instruction\n"
                               "0,1,2,\n0,3,4,1\n1,5,6,0\n1,0.5,-1,\n";
    static const double pay[4][2] = {{1, 2}, {3, 4}, {5, 6}, {0.5, -1}};
    write_bytes(t, "payouts.csv", text, sizeof text - 1);
    snprintf(settings, sizeof settings, "file=%s", test_path(t, "payouts.csv"));
    play(t, (player){"payout", settings, "q_learning", "", .sessions = 40});
    assert_int_equal(t->table->session[0].n_trials, 2);
    double ones = 0;
    for (size_t i = 0; i < 80; i++) {
        const size_t row = i % 4;
        const double choice = cell(t, "choice", i);
        assert_true(cell(t, "reward", i) == pay[row][(int)choice]);
        assert_true(cell(t, "payout_1", i) == pay[row][1]);
        assert_true(cell(t, "instructed", i) == (row == 1 || row == 2));
        if (row == 1) assert_true(choice == 1);
        if (row == 2) assert_true(choice == 0);
        ones += row == 0 && choice == 1;
    }
    assert_true(ones > 2 && ones < 18);
}

static dsc_status open_payouts(table_test *t, const char *text)
{
    char settings[200], name[32];
    static int next;
    _Alignas(16) unsigned char config[DSC_TASK_CONFIG_BYTES];
    snprintf(name, sizeof name, "p%d.csv", next++);
    write_bytes(t, name, text, strlen(text));
    snprintf(settings, sizeof settings, "file=%s", test_path(t, name));
    return open_task(t, "payout", settings, config);
}

static void tables_of_payouts_are_checked(void **state)
{
    table_test *t = *state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"payout_0,x\n1,2\n", "columns payout_0 and payout_1 (and so on) were expected"},
        {"payout_0,payout_1\n1,2\n3,\n", "row 2, column \"payout_1\": no number"},
        {"payout_0,payout_1,instruction\n1,2,2\n",
         "row 1, column \"instruction\": 2 is no arm; arms are 0 ... 1"},
        {"session,payout_0,payout_1\n0,1,2\n0,1,2\n7,3,4\n",
         "session \"7\" has 1 trials, the first has 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_FAILS(t->ctx, DSC_INPUT, cases[i].part, open_payouts(t, cases[i].text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(clicks_last_as_long_and_are_as_frequent_as_they_say),
        TABLE_TEST(settings_that_do_not_go_together_are_refused),
        TABLE_TEST(sums_and_weights_are_the_published_ones),
        TABLE_TEST(a_bound_stops_the_sum),
        TABLE_TEST(lapses_are_a_coin_or_as_published_one_side),
        TABLE_TEST(nothing_happens_before_the_first_click),
        TABLE_TEST(noise_that_is_followed_is_noise_that_is_drawn),
        TABLE_TEST(agents_choose_as_the_published_ones),
        TABLE_TEST(payouts_are_those_of_the_table),
        TABLE_TEST(tables_of_payouts_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
