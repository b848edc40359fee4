// SPDX-License-Identifier: Apache-2.0
// test_data_pack.c — sessions in tiles: places, inputs, weights, whole and drawn batches.
#include <math.h>
#include <string.h>

#include "support/tables.h"

enum { LONGEST = 7 };

// Sessions of 3, 7, 7 and 1 trials; choice and reward depend on the row; one choice is missing.
static const int lengths[] = {3, 7, 7, 1};
enum { N_SESSIONS = 4, N_TRIALS = 18 };

static double choice_of(size_t row)
{
    return row == 1 ? NAN : (double)(row % 2);
}

static double reward_of(size_t row)
{
    return 0.25 * (double)row;
}

static const char *const names[] = {"choice", "reward"};

static void make_table(table_test *t)
{
    double choice[N_TRIALS], reward[N_TRIALS];
    static const int subject[] = {0, 0, 2, 1};
    for (size_t i = 0; i < N_TRIALS; i++) {
        choice[i] = choice_of(i);
        reward[i] = reward_of(i);
    }
    CHECK_OK(t->ctx, dsc_table_make(t->ctx, N_SESSIONS, lengths, subject, 2, names,
                                    (const double *const[]){choice, reward}, &t->table));
}

static dsc_cell *make_cell(dsc_context *ctx, int n, const char *const *inputs)
{
    dsc_builder *b;
    dsc_cell *made = NULL;
    CHECK_OK(ctx, dsc_cell_begin(ctx, "inputs", &b));
    dsc_output(b, "seen", dsc_inputs(b, n, inputs));
    CHECK_OK(ctx, dsc_cell_end(b, &made));
    return made;
}

typedef struct packed {
    const dsc_engine *engine;
    dsc_cell *cell;
    dsc_pack *pack;
    int n_inputs, width;
} packed;

static dsc_status try_pack(table_test *t, packed *k, const char *precision, int n,
                           const char *const *inputs, dsc_pack_options o)
{
    CHECK_OK(t->ctx, dsc_engine_select(t->ctx, "lanes", "scalar", precision, &k->engine));
    k->cell = make_cell(t->ctx, n, inputs);
    k->n_inputs = n;
    k->width = dsc_engine_width(k->engine);
    o.engine = k->engine;
    o.cell = k->cell;
    return dsc_pack_create(t->ctx, t->table, &o, &k->pack);
}

static void unpack(table_test *t, packed *k)
{
    dsc_pack_destroy(t->ctx, &k->pack);
    dsc_cell_destroy(&k->cell);
}

static double packed_at(const packed *k, const dsc_tile *tile, int trial, int input, int lane)
{
    const size_t i =
        ((size_t)trial * (size_t)k->n_inputs + (size_t)input) * (size_t)k->width + (size_t)lane;
    if (dsc_engine_real(k->engine) == 4) return (double)((const float *)tile->data)[i];
    return ((const double *)tile->data)[i];
}

static void assert_lane(const packed *k, const dsc_tile *tile, int lane, int input, int n,
                        const double *expected)
{
    for (int i = 0; i < n; i++)
        if (packed_at(k, tile, i, input, lane) != expected[i])
            fail_msg("lane %d, input %d, trial %d: %g, not %g", lane, input, i,
                     packed_at(k, tile, i, input, lane), expected[i]);
}

static const char *const usual[] = {"prev_choice",    "prev_reward",  "label",        "weight",
                                    "penalty_weight", "agent_choice", "agent_reward", "reward"};
enum {
    PREV_CHOICE,
    PREV_REWARD,
    LABEL,
    WEIGHT,
    PENALTY,
    AGENT_CHOICE,
    AGENT_REWARD,
    REWARD,
    USUAL
};

// ---- places and inputs --------------------------------------------------------------------------

static void sessions_lie_longest_first_with_ties_in_order(void **state)
{
    table_test *t = *state;
    packed k;
    dsc_batch batch;
    dsc_tile tile;
    make_table(t);
    CHECK_OK(t->ctx, try_pack(t, &k, "single", USUAL, usual, (dsc_pack_options){0}));
    dsc_pack_whole(k.pack, NULL, &batch);
    assert_int_equal(batch.n_tiles, 1);
    assert_int_equal(batch.max_trials, LONGEST);
    batch.fill(batch.user, 0, 0, &tile);
    static const int order[] = {1, 2, 0, 3}, subject[] = {0, 2, 0, 1};
    for (int lane = 0; lane < N_SESSIONS; lane++) {
        assert_int_equal(tile.session[lane], order[lane]);
        assert_int_equal(tile.stream[lane], order[lane]);
        assert_int_equal(tile.length[lane], lengths[order[lane]]);
        assert_int_equal(tile.subject[lane], subject[lane]);
        assert_true(tile.multiplicity[lane] == 1);
    }
    assert_int_equal(tile.session[N_SESSIONS], -1);
    assert_int_equal(tile.length[N_SESSIONS], 0);
    assert_true(tile.multiplicity[N_SESSIONS] == 0);
    assert_int_equal(tile.n_trials, LONGEST);
    unpack(t, &k);
}

static void inputs_mean_what_their_names_say(void **state)
{
    table_test *t = *state;
    make_table(t);
    for (int i = 0; i < 2; i++) {
        packed k;
        dsc_batch batch;
        dsc_tile tile;
        CHECK_OK(t->ctx,
                 try_pack(t, &k, i ? "double" : "single", USUAL, usual, (dsc_pack_options){0}));
        dsc_pack_whole(k.pack, NULL, &batch);
        batch.fill(batch.user, 0, 0, &tile);
        // session 0 (rows 0, 1, 2; choices 0, missing, 0) lies in lane 2
        assert_lane(&k, &tile, 2, PREV_CHOICE, 3, (double[]){0, 0, 0});
        assert_lane(&k, &tile, 2, PREV_REWARD, 3, (double[]){0, 0, 0.25});
        assert_lane(&k, &tile, 2, LABEL, 3, (double[]){0, 0, 0});
        assert_lane(&k, &tile, 2, WEIGHT, 4, (double[]){1, 0, 1, 0});
        assert_lane(&k, &tile, 2, PENALTY, 4, (double[]){1, 0, 1, 0});
        assert_lane(&k, &tile, 2, AGENT_CHOICE, 3, (double[]){-1, 0, -1});
        assert_lane(&k, &tile, 2, AGENT_REWARD, 3, (double[]){0, 0, 0.25});
        assert_lane(&k, &tile, 2, REWARD, 3, (double[]){0, 0.25, 0.5});
        // session 1 (rows 3 ... 9; choices 1, 0, 1, ...) lies in lane 0
        assert_lane(&k, &tile, 0, PREV_CHOICE, 4, (double[]){0, 1, 0, 1});
        assert_lane(&k, &tile, 0, LABEL, 4, (double[]){1, 0, 1, 0});
        assert_lane(&k, &tile, 9, WEIGHT, 7, (double[]){0, 0, 0, 0, 0, 0, 0});
        unpack(t, &k);
    }
}

static void a_column_of_previous_values_is_read_as_it_is(void **state)
{
    table_test *t = *state;
    packed k;
    dsc_batch batch;
    dsc_tile tile;
    static const char *const inputs[] = {"prev_choice", "agent_choice"};
    CHECK_OK(t->ctx, read_text(t, "a.csv", "prev_choice,choice\n1,0\n0,1\n1,1\n", NULL));
    CHECK_OK(t->ctx, try_pack(t, &k, "double", 2, inputs, (dsc_pack_options){0}));
    dsc_pack_whole(k.pack, NULL, &batch);
    batch.fill(batch.user, 0, 0, &tile);
    assert_lane(&k, &tile, 0, 0, 3, (double[]){1, 0, 1});
    assert_lane(&k, &tile, 0, 1, 3, (double[]){-1, 0, 1});
    unpack(t, &k);
}

static void what_a_classical_model_sees_follows_from_choice_and_block(void **state)
{
    table_test *t = *state;
    packed k;
    dsc_batch batch;
    dsc_tile tile;
    static const char *const inputs[] = {"current_choice", "block_start", "agent_block_start",
                                         "agent_trial",    "weight",      "label"};
    CHECK_OK(
        t->ctx,
        read_text(t, "a.csv",
                  "session,choice,block,instructed\n0,1,1,0\n0,,1,0\n0,0,2,1\n0,1,2,0\n0,1,1,0\n",
                  NULL));
    CHECK_OK(t->ctx, try_pack(t, &k, "double", 6, inputs, (dsc_pack_options){0}));
    dsc_pack_whole(k.pack, NULL, &batch);
    batch.fill(batch.user, 0, 0, &tile);
    assert_lane(&k, &tile, 0, 0, 5, (double[]){1, -1, 0, 1, 1});
    assert_lane(&k, &tile, 0, 1, 5, (double[]){0, 0, 1, 0, 1});
    assert_lane(&k, &tile, 0, 2, 5, (double[]){0, 0, 0, 1, 0});
    assert_lane(&k, &tile, 0, 3, 5, (double[]){0, 1, 1, 1, 1});
    assert_lane(&k, &tile, 0, 4, 5, (double[]){1, 0, 0, 1, 1}); // instructed: not scored
    assert_lane(&k, &tile, 0, 5, 5, (double[]){1, 0, 0, 1, 1});
    assert_true(dsc_pack_weight(k.pack, 0) == 3);
    unpack(t, &k);
}

static void an_observed_column_keeps_what_is_missing(void **state)
{
    table_test *t = *state;
    packed k;
    dsc_batch batch;
    dsc_tile tile;
    static const char *const inputs[] = {"observed_rt"};
    const dsc_pack_options strict = {.refuse_missing = true};
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice,rt\n1,300\n0,\n", NULL));
    CHECK_OK(t->ctx, try_pack(t, &k, "double", 1, inputs, strict));
    dsc_pack_whole(k.pack, NULL, &batch);
    batch.fill(batch.user, 0, 0, &tile);
    assert_true(packed_at(&k, &tile, 0, 0, 0) == 300);
    assert_true(isnan(packed_at(&k, &tile, 1, 0, 0)));
    unpack(t, &k);
}

static void without_blocks_a_session_is_one(void **state)
{
    table_test *t = *state;
    packed k;
    dsc_batch batch;
    dsc_tile tile;
    static const char *const inputs[] = {"block_start"};
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice\n1\n0\n", NULL));
    CHECK_OK(t->ctx, try_pack(t, &k, "double", 1, inputs, (dsc_pack_options){0}));
    dsc_pack_whole(k.pack, NULL, &batch);
    batch.fill(batch.user, 0, 0, &tile);
    assert_lane(&k, &tile, 0, 0, 2, (double[]){0, 0});
    unpack(t, &k);
}

static void what_a_trial_brought_follows_from_what_the_next_one_says(void **state)
{
    table_test *t = *state;
    packed k;
    dsc_batch batch;
    dsc_tile tile;
    static const char *const inputs[] = {"reward"};
    CHECK_OK(t->ctx,
             read_text(t, "a.csv",
                       "session,choice,prev_reward\n0,1,0\n0,0,1\n0,1,5\n1,1,0\n1,0,3\n", NULL));
    CHECK_OK(t->ctx,
             try_pack(t, &k, "double", 1, inputs, (dsc_pack_options){.refuse_missing = true}));
    dsc_pack_whole(k.pack, NULL, &batch);
    batch.fill(batch.user, 0, 0, &tile);
    assert_lane(&k, &tile, 0, 0, 3, (double[]){1, 5, 0});
    assert_lane(&k, &tile, 1, 0, 2, (double[]){3, 0});
    unpack(t, &k);
}

static void a_table_tells_outcomes_that_its_next_trials_tell(void **state)
{
    table_test *t = *state;
    CHECK_OK(t->ctx,
             read_text(t, "a.csv", "session,choice,prev_reward,gain\n0,1,0,7\n0,0,1,8\n1,1,0,9\n",
                       NULL));
    const dsc_column *reward = dsc_table_outcome(t->table, "reward");
    assert_non_null(reward);
    assert_true(reward->value[0] == 1 && isnan(reward->value[1]) && isnan(reward->value[2]));
    assert_null(dsc_table_column(t->table, "reward"));
    assert_true(dsc_table_outcome(t->table, "gain") == dsc_table_column(t->table, "gain"));
    assert_null(dsc_table_outcome(t->table, "loss"));
}

static void an_outcome_may_be_missing_only_with_its_choice(void **state)
{
    table_test *t = *state;
    packed k = {0};
    static const char *const inputs[] = {"reward"};
    const dsc_pack_options strict = {.refuse_missing = true};
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice,reward\n1,1\n,5\n0,\n", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "a.csv, line 4, subject \"1\", session \"1\", trial 2: \"reward\" is missing, but "
                "there is a choice to learn from (in all on 1 of 3 "
                "trials)",
                try_pack(t, &k, "double", 1, inputs, strict));
    dsc_cell_destroy(&k.cell);
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_OK(t->ctx, read_text(t, "b.csv", "choice,reward\n1,1\n,\n0,1\n", NULL));
    CHECK_OK(t->ctx, try_pack(t, &k, "double", 1, inputs, strict));
    unpack(t, &k);
}

static void targets_have_their_own_weights(void **state)
{
    table_test *t = *state;
    packed k;
    dsc_batch batch;
    dsc_tile tile;
    static const char *const inputs[] = {"target_0", "target_weight_0", "target_1",
                                         "target_weight_1", "weight"};
    static const char *const targets[] = {"a", "b"};
    CHECK_OK(t->ctx, read_text(t, "a.csv", "trial,a,b\n0,1,5\n1,,\n2,2,\n", NULL));
    CHECK_OK(t->ctx, try_pack(t, &k, "double", 5, inputs,
                              (dsc_pack_options){.n_targets = 2, .targets = targets}));
    dsc_pack_whole(k.pack, NULL, &batch);
    batch.fill(batch.user, 0, 0, &tile);
    assert_int_equal(tile.n_trials, 3);
    assert_lane(&k, &tile, 0, 0, 3, (double[]){1, 0, 2});
    assert_lane(&k, &tile, 0, 1, 3, (double[]){1, 0, 1});
    assert_lane(&k, &tile, 0, 2, 3, (double[]){5, 0, 0});
    assert_lane(&k, &tile, 0, 3, 3, (double[]){1, 0, 0});
    assert_lane(&k, &tile, 0, 4, 3, (double[]){1, 0, 1}); // any target counts
    assert_true(dsc_pack_target_weight(k.pack, 0) == 3);
    assert_true(dsc_pack_weight(k.pack, 0) == 2);
    unpack(t, &k);
}

static void a_target_is_numbers_that_can_be_computed_with(void **state)
{
    table_test *t = *state;
    packed k = {0};
    double values[2];
    static const char *const inputs[] = {"target_0", "target_weight_0"}, *const targets[] = {"a"};
    CHECK_OK(t->ctx, read_text(t, "a.csv", "trial,a,say\n0,1,x\n1,inf,y\n", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "line 3, subject \"1\", session \"1\", trial 1: \"a\" is too large to compute with",
                try_pack(t, &k, "single", 2, inputs,
                         (dsc_pack_options){.n_targets = 1, .targets = targets}));
    dsc_cell_destroy(&k.cell);
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "a.csv, column \"say\": texts cannot be predicted; give them "
                "numbers: --map say=say:TEXT=0,...",
                dsc_table_target(t->ctx, t->table, "say", values));
    CHECK_FAILS(t->ctx, DSC_INPUT, "column \"say\": texts cannot be predicted",
                dsc_table_target(t->ctx, t->table, "prev_say", values));
}

static void a_model_reads_texts_only_with_stated_numbers(void **state)
{
    table_test *t = *state;
    static const char *const now[] = {"cue"}, *const before[] = {"prev_cue"},
                             *const choice[] = {"choice"};
    const char *csv = "choice,cue\nb,left\na,right\nb,left\n";
    static const char *const maps[] = {"cue=cue:right=0,left=1", NULL};
    packed k = {0};
    CHECK_OK(t->ctx, read_text(t, "a.csv", csv, NULL));
    CHECK_FAILS(
        t->ctx, DSC_INPUT,
        "a.csv, column \"cue\": the model reads numbers here, and these are texts; say which "
        "number each one is, as in --map cue=cue:left=0,right=1",
        try_pack(t, &k, "single", 1, now, (dsc_pack_options){0}));
    dsc_cell_destroy(&k.cell);
    CHECK_FAILS(t->ctx, DSC_INPUT, "column \"cue\": the model reads numbers here",
                try_pack(t, &k, "single", 1, before, (dsc_pack_options){0}));
    dsc_cell_destroy(&k.cell);
    CHECK_OK(t->ctx, try_pack(t, &k, "single", 1, choice, (dsc_pack_options){0}));
    unpack(t, &k);
    CHECK_OK(t->ctx, read_text(t, "a.csv", csv, maps));
    CHECK_OK(t->ctx, try_pack(t, &k, "single", 1, now, (dsc_pack_options){0}));
    unpack(t, &k);
}

static void a_target_of_the_trial_before_is_not_known_on_the_first(void **state)
{
    table_test *t = *state;
    double values[4];
    CHECK_OK(t->ctx,
             read_text(t, "a.csv",
                       "session,choice,dopamine,prev_rt\n0,1,5,1\n0,0,,2\n0,1,7,3\n1,1,8,4\n",
                       NULL));
    CHECK_OK(t->ctx, dsc_table_target(t->ctx, t->table, "prev_dopamine", values));
    assert_true(isnan(values[0]) && values[1] == 5 && isnan(values[2]) && isnan(values[3]));
    CHECK_OK(t->ctx, dsc_table_target(t->ctx, t->table, "dopamine", values));
    assert_true(values[0] == 5 && isnan(values[1]) && values[3] == 8);
    CHECK_OK(t->ctx, dsc_table_target(t->ctx, t->table, "prev_rt", values));
    assert_true(values[0] == 1 && values[3] == 4);
    CHECK_FAILS(t->ctx, DSC_INPUT, "no column \"prev_pupil\" to predict",
                dsc_table_target(t->ctx, t->table, "prev_pupil", values));
    check_contains(dsc_message(t->ctx), "Columns there are: \"choice\", \"dopamine\"");
}

static void beside_choices_a_target_counts_only_where_the_choice_does(void **state)
{
    table_test *t = *state;
    packed k;
    dsc_batch batch;
    dsc_tile tile;
    static const char *const inputs[] = {"label", "weight", "target_0", "target_weight_0",
                                         "penalty_weight"};
    static const char *const targets[] = {"a"};
    const dsc_pack_options o = {.n_targets = 1, .targets = targets};
    CHECK_OK(t->ctx, read_text(t, "a.csv", "trial,choice,a\n0,1,5\n1,,6\n2,,\n3,0,\n", NULL));
    CHECK_OK(t->ctx, try_pack(t, &k, "double", 5, inputs, o));
    dsc_pack_whole(k.pack, NULL, &batch);
    batch.fill(batch.user, 0, 0, &tile);
    assert_lane(&k, &tile, 0, 1, 4, (double[]){1, 0, 0, 1});
    assert_lane(&k, &tile, 0, 2, 4, (double[]){5, 0, 0, 0});
    assert_lane(&k, &tile, 0, 3, 4, (double[]){1, 0, 0, 0});
    assert_lane(&k, &tile, 0, 4, 4, (double[]){1, 1, 0, 1}); // the penalty: any of both
    assert_true(dsc_pack_target_weight(k.pack, 0) == 1 && dsc_pack_weight(k.pack, 0) == 2);
    assert_true(dsc_pack_valid(k.pack, 0) == 3);
    unpack(t, &k);
    // of values alone the choices do not matter
    CHECK_OK(t->ctx, read_text(t, "a.csv", "trial,choice,a\n0,1,5\n1,,6\n2,,\n3,0,\n", NULL));
    CHECK_OK(t->ctx, try_pack(t, &k, "double", 3, inputs + 2, o));
    assert_true(dsc_pack_target_weight(k.pack, 0) == 2 && dsc_pack_valid(k.pack, 0) == 2);
    unpack(t, &k);
}

static void choices_of_options_that_are_not_allowed_are_refused(void **state)
{
    table_test *t = *state;
    packed k = {0};
    dsc_batch batch;
    dsc_tile tile;
    static const char *const inputs[] = {"label", "valid_action_0", "valid_action_1"};
    static const char *const valid[] = {"a", "b"};
    const dsc_pack_options o = {.n_valid = 2, .valid = valid};
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice,a,b\n1,0,1\n,,0\n0,1,1\n", NULL));
    CHECK_OK(t->ctx, try_pack(t, &k, "double", 3, inputs, o));
    dsc_pack_whole(k.pack, NULL, &batch);
    batch.fill(batch.user, 0, 0, &tile);
    assert_lane(&k, &tile, 0, 1, 3, (double[]){0, 1, 1});
    assert_lane(&k, &tile, 0, 2, 3, (double[]){1, 0, 1});
    unpack(t, &k);
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_OK(t->ctx, read_text(t, "b.csv", "choice,a,b\n1,0,1\n0,0,1\n", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "line 3, subject \"1\", session \"1\", trial 1: the choice is 0, but \"a\" is 0: "
                "not allowed",
                try_pack(t, &k, "double", 3, inputs, o));
    dsc_cell_destroy(&k.cell);
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_OK(t->ctx, read_text(t, "c.csv", "choice,a,b\n1,,1\n0,1,1\n", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "line 2, subject \"1\", session \"1\", trial 0: \"a\" is missing",
                try_pack(t, &k, "double", 3, inputs, o));
    dsc_cell_destroy(&k.cell);
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_OK(t->ctx, read_text(t, "t.csv", "choice,a,b\n1,yes,1\n0,no,1\n", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "t.csv, column \"a\": texts do not say whether option 0 is "
                "allowed; give them 0 or 1: --map a=a:TEXT=0,...",
                try_pack(t, &k, "double", 3, inputs, o));
    dsc_cell_destroy(&k.cell);
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_OK(t->ctx, read_text(t, "d.csv", "choice,a\n1,1\n0,1\n", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT, "no column \"b\" to say whether option 1 is allowed",
                try_pack(t, &k, "double", 3, inputs, o));
    dsc_cell_destroy(&k.cell);
}

// Options behind those that have a column are always allowed; without choices nothing is checked.
static void options_without_a_column_are_allowed(void **state)
{
    table_test *t = *state;
    packed k;
    static const char *const inputs[] = {"label", "valid_action_1"};
    static const char *const valid[] = {"a"}, *const targets[] = {"a"};
    const dsc_pack_options o = {.n_valid = 1, .valid = valid};
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice,a\n1,0\n2,0\n0,1\n", NULL));
    CHECK_OK(t->ctx, try_pack(t, &k, "double", 2, inputs, o));
    assert_true(dsc_pack_weight(k.pack, 0) == 3);
    unpack(t, &k);
    CHECK_OK(t->ctx, read_text(t, "b.csv", "trial,a\n0,0\n1,0\n", NULL));
    CHECK_OK(t->ctx,
             try_pack(t, &k, "double", 1, (const char *const[]){"target_0"},
                      (dsc_pack_options){
                          .n_valid = 1, .valid = valid, .n_targets = 1, .targets = targets}));
    assert_true(dsc_pack_target_weight(k.pack, 0) == 2);
    unpack(t, &k);
}

static void a_column_called_like_an_option_is_read_as_it_is(void **state)
{
    table_test *t = *state;
    packed k;
    dsc_batch batch;
    dsc_tile tile;
    static const char *const inputs[] = {"valid_action_left", "valid_action_0"};
    static const char *const valid[] = {"b"};
    const dsc_pack_options o = {.n_valid = 1, .valid = valid};
    CHECK_OK(t->ctx, read_text(t, "a.csv", "choice,valid_action_left,b\n0,0,1\n0,5,1\n", NULL));
    CHECK_OK(t->ctx, try_pack(t, &k, "double", 2, inputs, o));
    dsc_pack_whole(k.pack, NULL, &batch);
    batch.fill(batch.user, 0, 0, &tile);
    assert_lane(&k, &tile, 0, 0, 2, (double[]){0, 5});
    assert_lane(&k, &tile, 0, 1, 2, (double[]){1, 1});
    unpack(t, &k);
}

static void an_input_that_the_table_lacks_is_named_with_the_columns(void **state)
{
    table_test *t = *state;
    packed k;
    static const char *const inputs[] = {"prev_choice", "speed"};
    make_table(t);
    CHECK_FAILS(t->ctx, DSC_INPUT, "reads \"speed\"",
                try_pack(t, &k, "single", 2, inputs, (dsc_pack_options){0}));
    check_contains(dsc_message(t->ctx), "Columns there are: \"choice\", \"reward\"");
    check_contains(dsc_message(t->ctx), "--map speed=COLUMN");
    dsc_cell_destroy(&k.cell);
}

static void what_a_float_cannot_hold_is_refused(void **state)
{
    table_test *t = *state;
    packed k;
    static const char *const inputs[] = {"reward"}, *const before[] = {"prev_reward"};
    CHECK_OK(t->ctx,
             read_text(t, "a.csv", "ID,choice,reward\nann,0,1\nann,1,1e300\nann,1,1\n", NULL));
    CHECK_FAILS(
        t->ctx, DSC_INPUT,
        "a.csv, line 3, subject \"ann\", session \"1\", trial 1: \"reward\" is too large to "
        "compute with",
        try_pack(t, &k, "double", 1, inputs, (dsc_pack_options){0}));
    dsc_cell_destroy(&k.cell);
    CHECK_FAILS(t->ctx, DSC_INPUT,
                "a.csv, line 3, subject \"ann\", session \"1\", trial 1: \"reward\"",
                try_pack(t, &k, "double", 1, before, (dsc_pack_options){0}));
    dsc_cell_destroy(&k.cell);
}

// ---- weights ------------------------------------------------------------------------------------

static void penalties_count_the_trials_that_the_option_says(void **state)
{
    table_test *t = *state;
    static const double expected[][2] = {[DSC_PENALTY_VALID] = {2, 1},
                                         [DSC_PENALTY_ALL] = {3, 1},
                                         [DSC_PENALTY_PADDED] = {LONGEST, LONGEST}};
    make_table(t);
    for (int which = 0; which < 3; which++) {
        packed k;
        dsc_batch batch;
        dsc_tile tile;
        const dsc_pack_options o = {.n_sessions = 2,
                                    .sessions = (int[]){0, 3},
                                    .penalty_trials = (dsc_penalty_trials)which};
        CHECK_OK(t->ctx, try_pack(t, &k, "single", USUAL, usual, o));
        for (int i = 0; i < 2; i++)
            assert_true(dsc_pack_penalty_weight(k.pack, i) == expected[which][i]);
        assert_true(dsc_pack_weight(k.pack, 0) == 2);
        assert_true(dsc_pack_weight(k.pack, 1) == 1);
        dsc_pack_whole(k.pack, NULL, &batch);
        batch.fill(batch.user, 0, 0, &tile);
        const bool padded = which == DSC_PENALTY_PADDED;
        assert_int_equal(dsc_pack_longest(k.pack), padded ? LONGEST : 3);
        assert_int_equal(tile.length[1], padded ? LONGEST : 1);
        if (padded) assert_lane(&k, &tile, 1, PREV_REWARD, 3, (double[]){0, -1, -1});
        if (padded) assert_lane(&k, &tile, 1, PENALTY, 3, (double[]){1, 1, 1});
        if (padded) assert_lane(&k, &tile, 1, LABEL, 3, (double[]){1, 0, 0});
        unpack(t, &k);
    }
}

static void uneven_sessions_cost_only_the_padding_of_their_tile(void **state)
{
    table_test *t = *state;
    enum { MANY = 320, SHORT = 5, LONG = 1000 };
    int many[MANY];
    static double choice[MANY / 2 * (SHORT + LONG)];
    packed k;
    for (int s = 0; s < MANY; s++) many[s] = s % 2 ? SHORT : LONG;
    CHECK_OK(t->ctx, dsc_table_make(t->ctx, MANY, many, NULL, 1, names,
                                    (const double *const[]){choice}, &t->table));
    CHECK_OK(t->ctx, try_pack(t, &k, "single", 2, (const char *const[]){"label", "weight"},
                              (dsc_pack_options){0}));
    assert_int_equal(dsc_pack_bytes(k.pack), sizeof choice / sizeof *choice * 2 * 4);
    unpack(t, &k);
}

// ---- batches ------------------------------------------------------------------------------------

static void a_multiplicity_of_0_leaves_the_lane_idle(void **state)
{
    table_test *t = *state;
    packed k;
    dsc_batch batch;
    dsc_tile tile;
    static const double multiplicity[] = {2, 0, 0, 3}; // by session: lanes 2, 0, 1, 3
    make_table(t);
    CHECK_OK(t->ctx, try_pack(t, &k, "single", USUAL, usual, (dsc_pack_options){0}));
    dsc_pack_whole(k.pack, multiplicity, &batch);
    batch.fill(batch.user, 0, 0, &tile);
    assert_int_equal(tile.session[0], -1);
    assert_int_equal(tile.length[0], 0);
    assert_true(tile.multiplicity[2] == 2);
    assert_true(tile.multiplicity[3] == 3);
    assert_int_equal(tile.n_trials, 3);
    unpack(t, &k);
}

// Every lane holds its session; then, and without one, what lane 0 holds, without its weights.
static void check_tile(table_test *t, const packed *k, const dsc_tile *tile)
{
    static const dsc_session none = {0};
    for (int lane = 0; lane < k->width; lane++) {
        const int session = tile->session[lane];
        const dsc_session *s = session < 0 ? &none : &t->table->session[session];
        assert_int_equal(tile->length[lane], s->n_trials);
        for (int i = 0; i < tile->n_trials; i++) {
            const bool over = i >= s->n_trials;
            const double expected =
                over ? packed_at(k, tile, i, REWARD, 0) : reward_of(s->first + (size_t)i);
            assert_true(packed_at(k, tile, i, REWARD, lane) == expected);
            for (int w = WEIGHT; over && w <= PENALTY; w++)
                assert_true(packed_at(k, tile, i, w, lane) == 0);
        }
    }
}

static void lanes_that_are_over_read_on_in_the_first_one_without_weight(void **state)
{
    table_test *t = *state;
    make_table(t);
    for (int i = 0; i < 2; i++) {
        packed k;
        dsc_batch batch;
        dsc_tile tile;
        CHECK_OK(t->ctx, try_pack(t, &k, i ? "double" : "single", USUAL, usual,
                                  (dsc_pack_options){.penalty_trials = DSC_PENALTY_ALL}));
        dsc_pack_whole(k.pack, NULL, &batch);
        batch.fill(batch.user, 0, 0, &tile);
        check_tile(t, &k, &tile);
        unpack(t, &k);
    }
}

static void a_drawn_batch_gathers_sorted_lanes_with_their_own_noise(void **state)
{
    table_test *t = *state;
    make_table(t);
    for (int i = 0; i < 2; i++) {
        packed k;
        dsc_batch batch;
        dsc_tile tile;
        static const int drawn[] = {0, 2, 0, 3, 1, 0};
        static const int session[] = {1, 2, 0, 0, 0, 3, -1};
        static const unsigned stream[] = {1, 2, 0, 1u << 20, 2u << 20, 3};
        CHECK_OK(t->ctx,
                 try_pack(t, &k, i ? "double" : "single", USUAL, usual, (dsc_pack_options){0}));
        CHECK_OK(t->ctx, dsc_pack_draw(t->ctx, k.pack, 6, drawn, 2, &batch));
        assert_int_equal(batch.n_tiles, 1);
        batch.fill(batch.user, 0, 1, &tile);
        for (int lane = 0; lane < 6; lane++) {
            assert_int_equal(tile.session[lane], session[lane]);
            assert_int_equal(tile.stream[lane], stream[lane]);
            assert_true(tile.multiplicity[lane] == 1);
        }
        assert_int_equal(tile.session[6], -1);
        check_tile(t, &k, &tile);
        unpack(t, &k);
    }
}

static void drawing_again_leaves_nothing_of_the_last_draw(void **state)
{
    table_test *t = *state;
    packed k;
    dsc_batch batch;
    dsc_tile tile;
    int many[100];
    make_table(t);
    CHECK_OK(t->ctx, try_pack(t, &k, "single", USUAL, usual, (dsc_pack_options){0}));
    for (int i = 0; i < 100; i++) many[i] = i % N_SESSIONS;
    CHECK_OK(t->ctx, dsc_pack_draw(t->ctx, k.pack, 100, many, 3, &batch));
    assert_int_equal(batch.n_tiles, (100 + k.width - 1) / k.width);
    for (int i = 0; i < batch.n_tiles; i++) {
        batch.fill(batch.user, i, i % 3, &tile);
        check_tile(t, &k, &tile);
    }
    CHECK_OK(t->ctx, dsc_pack_draw(t->ctx, k.pack, 1, (int[]){0}, 1, &batch));
    assert_int_equal(batch.n_tiles, 1);
    assert_int_equal(batch.max_trials, 3);
    batch.fill(batch.user, 0, 0, &tile);
    assert_int_equal(tile.session[0], 0);
    assert_int_equal(tile.session[1], -1);
    for (int i = 0; i < tile.n_trials; i++) assert_true(packed_at(&k, &tile, i, WEIGHT, 1) == 0);
    unpack(t, &k);
}

static void a_merged_draw_counts_copies(void **state)
{
    table_test *t = *state;
    packed k;
    dsc_batch batch;
    dsc_tile tile;
    make_table(t);
    CHECK_OK(t->ctx, try_pack(t, &k, "single", USUAL, usual, (dsc_pack_options){0}));
    CHECK_OK(t->ctx, dsc_pack_draw_merged(t->ctx, k.pack, 5, (int[]){3, 0, 3, 3, 0}, 1, &batch));
    batch.fill(batch.user, 0, 0, &tile);
    assert_int_equal(tile.session[0], 0);
    assert_true(tile.multiplicity[0] == 2);
    assert_int_equal(tile.session[1], 3);
    assert_true(tile.multiplicity[1] == 3);
    assert_int_equal(tile.session[2], -1);
    check_tile(t, &k, &tile);
    unpack(t, &k);
}

static void sessions_that_are_not_there_are_refused(void **state)
{
    table_test *t = *state;
    packed k = {0};
    dsc_batch batch;
    int slot[2];
    make_table(t);
    for (int i = 0; i < 2; i++) {
        const int session = i ? N_SESSIONS : -1;
        CHECK_FAILS(t->ctx, DSC_INPUT, i ? "has no session 4; there are 4" : "has no session -1",
                    try_pack(t, &k, "double", USUAL, usual,
                             (dsc_pack_options){.sessions = &session, .n_sessions = 1}));
        dsc_cell_destroy(&k.cell);
        CHECK_FAILS(t->ctx, DSC_INPUT, "no session is left to pack",
                    try_pack(t, &k, "double", USUAL, usual,
                             (dsc_pack_options){.sessions = &session, .n_sessions = 0}));
        dsc_cell_destroy(&k.cell);
        CHECK_OK(t->ctx, try_pack(t, &k, "double", USUAL, usual, (dsc_pack_options){0}));
        const int drawn[] = {0, session};
        CHECK_FAILS(t->ctx, DSC_DEFECT, i ? "session 4 was drawn from 4" : "session -1 was drawn",
                    dsc_pack_draw(t->ctx, k.pack, 2, drawn, 1, &batch));
        CHECK_FAILS(t->ctx, DSC_DEFECT, "was drawn from 4",
                    dsc_pack_draw_merged(t->ctx, k.pack, 2, drawn, 1, &batch));
        CHECK_FAILS(t->ctx, DSC_DEFECT, i ? "a lane asks for session 4 of 4" : "session -1 of 4",
                    dsc_pack_lanes(t->ctx, k.pack, 2, drawn, drawn, slot, &batch));
        unpack(t, &k);
    }
}

typedef struct memory_case {
    dsc_cell *cell;
    const dsc_engine *engine;
    table_test *t;
} memory_case;

static dsc_status make_and_pack(dsc_context *ctx, void *user)
{
    memory_case *m = user;
    dsc_pack *pack = NULL;
    dsc_batch batch;
    const dsc_pack_options o = {.engine = m->engine, .cell = m->cell};
    dsc_status status = dsc_pack_create(ctx, m->t->table, &o, &pack);
    if (status == DSC_OK) status = dsc_pack_draw(ctx, pack, 5, (int[]){0, 1, 2, 3, 0}, 2, &batch);
    dsc_pack_destroy(ctx, &pack);
    return status;
}

static void packing_survives_every_failing_allocation(void **state)
{
    table_test *t = *state;
    memory_case m = {.t = t};
    make_table(t);
    CHECK_OK(t->ctx, dsc_engine_select(t->ctx, "ref", NULL, "double", &m.engine));
    m.cell = make_cell(t->ctx, USUAL, usual);
    assert_true(check_every_allocation_failure(make_and_pack, &m) > 5);
    dsc_cell_destroy(&m.cell);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(sessions_lie_longest_first_with_ties_in_order),
        TABLE_TEST(inputs_mean_what_their_names_say),
        TABLE_TEST(a_column_of_previous_values_is_read_as_it_is),
        TABLE_TEST(targets_have_their_own_weights),
        TABLE_TEST(a_target_is_numbers_that_can_be_computed_with),
        TABLE_TEST(a_model_reads_texts_only_with_stated_numbers),
        TABLE_TEST(a_target_of_the_trial_before_is_not_known_on_the_first),
        TABLE_TEST(beside_choices_a_target_counts_only_where_the_choice_does),
        TABLE_TEST(choices_of_options_that_are_not_allowed_are_refused),
        TABLE_TEST(options_without_a_column_are_allowed),
        TABLE_TEST(sessions_that_are_not_there_are_refused),
        TABLE_TEST(a_column_called_like_an_option_is_read_as_it_is),
        TABLE_TEST(an_input_that_the_table_lacks_is_named_with_the_columns),
        TABLE_TEST(what_a_float_cannot_hold_is_refused),
        TABLE_TEST(penalties_count_the_trials_that_the_option_says),
        TABLE_TEST(uneven_sessions_cost_only_the_padding_of_their_tile),
        TABLE_TEST(a_multiplicity_of_0_leaves_the_lane_idle),
        TABLE_TEST(lanes_that_are_over_read_on_in_the_first_one_without_weight),
        TABLE_TEST(a_drawn_batch_gathers_sorted_lanes_with_their_own_noise),
        TABLE_TEST(drawing_again_leaves_nothing_of_the_last_draw),
        TABLE_TEST(a_merged_draw_counts_copies),
        TABLE_TEST(what_a_classical_model_sees_follows_from_choice_and_block),
        TABLE_TEST(an_observed_column_keeps_what_is_missing),
        TABLE_TEST(without_blocks_a_session_is_one),
        TABLE_TEST(what_a_trial_brought_follows_from_what_the_next_one_says),
        TABLE_TEST(a_table_tells_outcomes_that_its_next_trials_tell),
        TABLE_TEST(an_outcome_may_be_missing_only_with_its_choice),
        TABLE_TEST(packing_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
