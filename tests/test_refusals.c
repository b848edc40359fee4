// SPDX-License-Identifier: Apache-2.0
// test_refusals.c — what the library says to programs that ask for what cannot be: configs that no
// config file can hold, reports about nothing, drawings that are none. What the program can be made
// to say is in test_messages.c.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "discern/fit.h"
#include "discern/plot.h"
#include "discern/report.h"
#include "report/internal.h"
#include "support/check.h"
#include "support/record.h"
#include "train/internal.h"

static dsc_context *ctx;
static char folder[64], data[128];

static int set_up(void **state)
{
    static const char text[] = "session,choice,reward\n1,0,1\n1,1,0\n2,0,1\n2,1,1\n";
    (void)state;
    make_temporary_folder(folder);
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return 1;
    snprintf(data, sizeof data, "%s/data.csv", folder);
    return dsc_write_file(ctx, data, text, sizeof text - 1) != DSC_OK;
}

static int tear_down(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    remove_folder(folder);
    return 0;
}

// ---- configs ------------------------------------------------------------------------------------

static void no_replicas(dsc_fit_config *c)
{
    c->replicas = 0;
}

static void no_batch(dsc_fit_config *c)
{
    strcpy(c->batch_mode, "random");
    c->batch_size = 0;
}

static void other_loss(dsc_fit_config *c)
{
    strcpy(c->loss, "categoric");
}

static void strange_loss(dsc_fit_config *c)
{
    strcpy(c->loss, "xyz");
}

static void other_penalty(dsc_fit_config *c)
{
    strcpy(c->penalty_trials, "some");
}

static void configs_filled_by_hand_are_checked_too(void **state)
{
    static const struct {
        void (*change)(dsc_fit_config *c);
        const char *part;
    } cases[] = {
        {no_replicas, "replicas: 0; at least 1"},
        {no_batch, "batch.size: 0; at least 1"},
        {other_loss, "loss.name: \"categoric\" is not a loss; take one of categorical, "},
        {strange_loss, "loss.name: \"xyz\" is not a loss; take one of categorical, "},
        {other_penalty, "loss.penalty_trials: \"some\"; take valid, all or padded"},
    };
    (void)state;
    dsc_fit_config *c = NULL;
    char run[128];
    CHECK_OK(ctx, dsc_alloc(ctx, 1, sizeof *c, &c));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(run, sizeof run, "%s/run-%zu", folder, i);
        CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "gru", c));
        CHECK_OK(ctx, dsc_fit_config_set(ctx, c, "data.path", data, "test"));
        CHECK_OK(ctx, dsc_fit_config_set(ctx, c, "split.every", "2", "test"));
        CHECK_OK(ctx, dsc_fit_config_set(ctx, c, "phases.main.steps", "1", "test"));
        cases[i].change(c);
        CHECK_FAILS(ctx, DSC_INPUT, cases[i].part,
                    dsc_fit(ctx, &(dsc_fit_request){.config = c, .run = run}));
    }
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "q_learning", c));
    snprintf(run, sizeof run, "%s/none", folder);
    CHECK_FAILS(ctx, DSC_INPUT, "data.path: no trials were named; add --data FILE",
                dsc_estimate(ctx, &(dsc_fit_request){.config = c, .run = run}));
    dsc_free(ctx, &c);
}

// ---- cells --------------------------------------------------------------------------------------

static void a_target_that_was_not_given_is_refused(void **state)
{
    (void)state;
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    dsc_table *table = NULL;
    dsc_pack *pack = NULL;
    const dsc_engine *engine = NULL;
    static const char *const names[] = {"target_1", "target_x", "target_-1"};
    CHECK_OK(ctx, dsc_table_read(ctx, data, NULL, &table));
    CHECK_OK(ctx, dsc_engine_select(ctx, "ref", NULL, NULL, &engine));
    for (int i = 0; i < 3; i++) {
        CHECK_OK(ctx, dsc_cell_begin(ctx, "sample", &b));
        dsc_output(b, "prediction", dsc_input_one(b, names[i]));
        CHECK_OK(ctx, dsc_cell_end(b, &cell));
        const dsc_pack_options o = {.engine = engine,
                                    .cell = cell,
                                    .n_targets = 1,
                                    .targets = (const char *const[]){"reward"}};
        CHECK_FAILS(ctx, DSC_INPUT, "but 1 target columns were given: data.targets=COLUMN,...",
                    dsc_pack_create(ctx, table, &o, &pack));
        check_contains(dsc_message(ctx), names[i]);
        dsc_cell_destroy(&cell);
    }
    dsc_table_destroy(ctx, &table);
}

static void a_loop_that_answers_too_many_inputs_is_refused(void **state)
{
    enum { MOST = 256 };
    static char names[MOST + 1][8];
    const char *inputs[MOST + 1];
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    dsc_pool *pool = NULL;
    dsc_plan *plan = NULL;
    dsc_plan_options o = {0};
    (void)state;
    for (int i = 0; i <= MOST; i++) {
        snprintf(names[i], sizeof names[i], "x%d", i);
        inputs[i] = names[i];
    }
    CHECK_OK(ctx, dsc_cell_begin(ctx, "wide", &b));
    dsc_output(b, "seen", dsc_inputs(b, MOST + 1, inputs));
    CHECK_OK(ctx, dsc_cell_end(b, &cell));
    CHECK_OK(ctx, dsc_engine_select(ctx, "ref", NULL, NULL, &o.engine));
    CHECK_OK(ctx, dsc_plan_create(ctx, cell, &o, &plan));
    CHECK_OK(ctx, dsc_pool_create(ctx, 1, &pool));
    CHECK_FAILS(ctx, DSC_INPUT, "a closed loop answers at most 256 inputs; wide reads 257",
                dsc_play(plan, pool, &(dsc_loop){.n_tiles = 1, .n_trials = 1}, NULL,
                         (dsc_noise_seed){0}, NULL, NULL));
    dsc_pool_destroy(&pool);
    dsc_plan_destroy(&plan);
    dsc_cell_destroy(&cell);
}

static void targets_that_are_not_what_is_predicted_are_refused(void **state)
{
    (void)state;
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    CHECK_OK(ctx, dsc_cell_begin(ctx, "sample", &b));
    dsc_output(b, "values", dsc_inputs(b, 3, (const char *const[]){"x", "y", "z"}));
    CHECK_FAILS(ctx, DSC_INPUT, "data.targets: 2 targets, but the model predicts 3 values",
                dsc_loss_attach(b, DSC_LOSS_MSE, 2, false));
    (void)dsc_cell_end(b, &cell);
    dsc_cell_destroy(&cell);
}

static void more_inputs_than_a_disentangled_network_reads_are_refused(void **state)
{
    (void)state;
    static char names[65][8];
    const char *inputs[65];
    for (int i = 0; i < 65; i++) {
        snprintf(names[i], sizeof names[i], "x%d", i);
        inputs[i] = names[i];
    }
    dsc_fit_config *c = NULL;
    dsc_cell *cell = NULL;
    CHECK_OK(ctx, dsc_alloc(ctx, 1, sizeof *c, &c));
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "disrnn", c));
    const cell_request r = {.model = c->definition,
                            .config = c->model_config,
                            .size = {.n_actions = 2, .n_inputs = 65, .inputs = inputs},
                            .loss = -1};
    CHECK_FAILS(ctx, DSC_INPUT, "the disRNN reads at most 64 observation columns, not 65",
                cell_build(ctx, &r, &cell));
    dsc_free(ctx, &c);
}

// ---- tables -------------------------------------------------------------------------------------

static void a_name_that_an_archive_cannot_hold_is_refused(void **state)
{
    (void)state;
    static const int lengths[] = {2};
    static const double choice[] = {0, 1};
    char path[128];
    dsc_table *t = NULL;
    snprintf(path, sizeof path, "%s/a.npz", folder);
    CHECK_OK(ctx, dsc_table_make(ctx, 1, lengths, NULL, 2, (const char *const[]){"choice", "\xe4"},
                                 (const double *const[]){choice, choice}, &t));
    CHECK_FAILS(ctx, DSC_INPUT,
                "a.npz: \"\xe4.npy\" cannot be added: ", dsc_table_write(ctx, t, path));
    assert_false(dsc_exists(path));
    dsc_table_destroy(ctx, &t);
}

static void what_cannot_be_removed_is_said(void **state)
{
    (void)state;
    CHECK_FAILS(ctx, DSC_IO, "/proc/self/status: cannot be removed; is it in use or protected?",
                dsc_remove(ctx, "/proc/self/status"));
}

// ---- reports ------------------------------------------------------------------------------------

static void a_report_about_nothing_is_refused(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/r.html", folder);
    CHECK_FAILS(ctx, DSC_INPUT, "a report is about a run: name at least one",
                dsc_report(ctx, 0, NULL, &(dsc_report_options){.group = NULL}, path, NULL));
    assert_false(dsc_exists(path));
}

#define SVG(inside) "<svg width=\"100\" height='50'>" inside "</svg>"

static void drawings_that_are_more_than_that_are_refused(void **state)
{
    static const struct {
        const char *svg, *why;
    } cases[] = {
        {SVG("<path d=\"url(http://a)\"/>"), "it refers to another file"},
        {SVG("<path fill=\"url(\"/>"), "it refers to another file"},
        {SVG("<path onload=\"x()\"/>"), "it holds a script"},
        {SVG("<use href=\"a.svg#b\"/>"), "it refers to another file"},
        {SVG("<use xlink:href=\"\"/>"), "it refers to another file"},
        {SVG("<path d/>"), "it is no well-formed drawing"},
        {SVG("<path d=1/>"), "it is no well-formed drawing"},
        {SVG("<path =\"1\"/>"), "it is no well-formed drawing"},
        {"<svg width=\"1", "it breaks off"},
        {"<svg height=\"50\"></svg>", "it does not say how large it is"},
        {"<svg width=\"1e9\" height=\"50\"></svg>", "it does not say how large it is"},
        {SVG("</g>"), "it is no well-formed drawing"},
        {SVG("<g></path>"), "it is no well-formed drawing"},
        {"</svg>", "it is no well-formed drawing"},
        {SVG("<>"), "it is no well-formed drawing"},
        {SVG("<path / d>"), "it is no well-formed drawing"},
        {SVG("<script>x</script>"), "it holds something that is no part of a drawing"},
        {SVG("<foreignObject/>"), "it holds something that is no part of a drawing"},
        {"<g></g>", "it is no drawing"},
        {SVG("") "<g></g>", "it is no drawing"},
        {SVG("<![CDATA[x]]>"), "it is no well-formed drawing"},
        {SVG("<!-- x"), "it is no well-formed drawing"},
        {"", "it breaks off"},
        {"<?xml?>", "it breaks off"},
        {"<svg width=\"100\" height=\"50\"><g>", "it breaks off"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        report_page p = {.ctx = ctx};
        const char *why = "nothing";
        const bool taken = report_svg(&p, cases[i].svg, "f1-", "a line", &why);
        if (taken || strcmp(why, cases[i].why) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", cases[i].svg, taken ? "taken" : why, cases[i].why);
        record_sentence(why);
        assert_int_equal(p.out.length, 0);
        dsc_text_free(ctx, &p.out);
    }
}

static void a_plain_drawing_is_taken_with_names_of_its_own(void **state)
{
    (void)state;
    const char *why = "nothing";
    report_page p = {.ctx = ctx};
    if (!report_svg(&p,
                    "<?xml version=\"1.0\"?><!-- x --><!DOCTYPE svg>"
                    "<svg width=\"100\" height=\"50\"><title>t</title><g id=\"a\">"
                    "<use href=\"#a\"/><path fill=\"url(#a)\"/></g></svg>",
                    "f1-", "a line", &why))
        fail_msg("%s", why);
    check_contains(p.out.s, "id=\"f1-a\"");
    check_contains(p.out.s, "href=\"#f1-a\"");
    check_contains(p.out.s, "url(#f1-a)");
    dsc_text_free(ctx, &p.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configs_filled_by_hand_are_checked_too),
        cmocka_unit_test(a_target_that_was_not_given_is_refused),
        cmocka_unit_test(a_loop_that_answers_too_many_inputs_is_refused),
        cmocka_unit_test(targets_that_are_not_what_is_predicted_are_refused),
        cmocka_unit_test(more_inputs_than_a_disentangled_network_reads_are_refused),
        cmocka_unit_test(a_name_that_an_archive_cannot_hold_is_refused),
        cmocka_unit_test(what_cannot_be_removed_is_said),
        cmocka_unit_test(a_report_about_nothing_is_refused),
        cmocka_unit_test(drawings_that_are_more_than_that_are_refused),
        cmocka_unit_test(a_plain_drawing_is_taken_with_names_of_its_own),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
