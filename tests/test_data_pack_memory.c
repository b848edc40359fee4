// SPDX-License-Identifier: Apache-2.0
// test_data_pack_memory.c — packing in all its ways, drawing batches from packs and lanes, selecting
// subjects, and refusing to, with every single allocation failing: it is said, and nothing is left.
#include <string.h>

#include "support/tables.h"

static const char text[] = "subject,session,choice,reward,block,a,b,dopamine\n"
                           "m,1,0,1,1,1,1,0.5\nm,1,1,0,2,1,1,\nm,1,0,1,2,1,0,0.25\n"
                           "n,2,1,1,1,0,1,1\nn,2,0,,1,1,1,0\n";

enum { MOST_INPUTS = 5, MOST_COLUMNS = 2 };

// What is packed, and what it says if it cannot be.
typedef struct way {
    const char *inputs[MOST_INPUTS], *targets[MOST_COLUMNS], *valid[MOST_COLUMNS];
    dsc_penalty_trials penalty;
    bool refuse_missing;
    const char *sentence; // NULL: none, it is packed
} way;

static const way ways[] = {
    {.inputs = {"prev_choice", "reward", "block_start", "label", "weight"}},
    {.inputs = {"label", "target_0", "target_weight_0", "target_1", "weight"},
     .targets = {"dopamine", "prev_dopamine"},
     .penalty = DSC_PENALTY_VALID},
    {.inputs = {"label", "valid_action_0", "valid_action_1"},
     .valid = {"a", "b"},
     .penalty = DSC_PENALTY_PADDED},
    {.inputs = {"speed"}, .sentence = "reads \"speed\", but there is no column \"speed\""},
    {.inputs = {"target_0"}, .targets = {"pupil"}, .sentence = "no column \"pupil\" to predict"},
    {.inputs = {"target_weight_2"},
     .targets = {"a"},
     .sentence = "but 1 target columns were given"},
    {.inputs = {"label"}, .valid = {"a", "c"}, .sentence = "to say whether option 1 is allowed"},
    {.inputs = {"reward"}, .refuse_missing = true, .sentence = "trial 1: \"reward\" is missing"},
};

typedef struct packing {
    const dsc_table *table;
    const dsc_engine *engine;
    dsc_cell *cell;
    const way *way;
} packing;

static int count(const char *const *names, int most)
{
    int n = 0;
    while (n < most && names[n]) n++;
    return n;
}

static dsc_status draw(dsc_context *ctx, dsc_pack *pack)
{
    static const int drawn[] = {0, 1, 0, 1, 1};
    dsc_batch batch;
    int slot[5];
    DSC_TRY(dsc_pack_draw(ctx, pack, 5, drawn, 2, &batch));
    DSC_TRY(dsc_pack_draw_merged(ctx, pack, 5, drawn, 3, &batch));
    DSC_TRY(dsc_pack_lanes(ctx, pack, 2, drawn, drawn, slot, &batch));
    return dsc_pack_lanes(ctx, pack, 5, drawn, drawn, slot, &batch);
}

static dsc_status pack_and_draw(dsc_context *ctx, void *user)
{
    const packing *p = user;
    dsc_pack *pack = NULL;
    const dsc_pack_options o = {.engine = p->engine,
                                .cell = p->cell,
                                .n_targets = count(p->way->targets, MOST_COLUMNS),
                                .targets = p->way->targets,
                                .n_valid = count(p->way->valid, MOST_COLUMNS),
                                .valid = p->way->valid,
                                .penalty_trials = p->way->penalty,
                                .refuse_missing = p->way->refuse_missing};
    dsc_status status = dsc_pack_create(ctx, p->table, &o, &pack);
    if (status == DSC_OK) status = draw(ctx, pack);
    dsc_pack_destroy(ctx, &pack);
    if (status != DSC_INPUT) return status;
    check_contains(dsc_message(ctx), p->way->sentence ? p->way->sentence : "nothing");
    return DSC_OK;
}

static void packing_in_all_ways_survives_every_failing_allocation(void **state)
{
    table_test *t = *state;
    packing p = {0};
    CHECK_OK(t->ctx, read_text(t, "a.csv", text, NULL));
    CHECK_OK(t->ctx, dsc_engine_select(t->ctx, "lanes", "scalar", "single", &p.engine));
    p.table = t->table;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        dsc_builder *b;
        CHECK_OK(t->ctx, dsc_cell_begin(t->ctx, "inputs", &b));
        dsc_output(b, "seen", dsc_inputs(b, count(ways[i].inputs, MOST_INPUTS), ways[i].inputs));
        CHECK_OK(t->ctx, dsc_cell_end(b, &p.cell));
        p.way = &ways[i];
        assert_true(check_every_allocation_failure(pack_and_draw, &p) >
                    (ways[i].sentence ? 10 : 25));
        dsc_cell_destroy(&p.cell);
    }
}

typedef struct reading {
    char path[256];
    const char *subjects, *sentence;
} reading;

static dsc_status read_some(dsc_context *ctx, void *user)
{
    const reading *r = user;
    dsc_table *table = NULL;
    const dsc_status status =
        dsc_table_read(ctx, r->path, &(dsc_read_options){.subjects = r->subjects}, &table);
    dsc_table_destroy(ctx, &table);
    if (status != DSC_INPUT) return status;
    check_contains(dsc_message(ctx), r->sentence);
    return DSC_OK;
}

static void selecting_subjects_survives_every_failing_allocation(void **state)
{
    table_test *t = *state;
    reading r = {.subjects = "n"};
    write_bytes(t, "a.csv", text, sizeof text - 1);
    snprintf(r.path, sizeof r.path, "%s", test_path(t, "a.csv"));
    assert_true(check_every_allocation_failure(read_some, &r) > 20);
    r.subjects = "n, o";
    r.sentence = "has no subject \"o\" to select; it has m, n";
    assert_true(check_every_allocation_failure(read_some, &r) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(packing_in_all_ways_survives_every_failing_allocation),
        TABLE_TEST(selecting_subjects_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
