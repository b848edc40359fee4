// SPDX-License-Identifier: Apache-2.0
// test_config.c — the config of a fit: defaults, dotted keys, YAML files with places in every
// message, round trips, and rubbish.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "train/config.h"

static dsc_context *ctx;
static char folder[64], path[128];

static int set_up(void **state)
{
    (void)state;
    make_temporary_folder(folder);
    snprintf(path, sizeof path, "%s/fit.yaml", folder);
    return dsc_context_create(NULL, &ctx);
}

static int tear_down(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    remove_folder(folder);
    return 0;
}

static dsc_status read_bytes(const char *text, size_t n, dsc_fit_config *c)
{
    CHECK_OK(ctx, dsc_write_file(ctx, path, text, n));
    return dsc_fit_config_read(ctx, path, c);
}

static dsc_status read_yaml(const char *text, dsc_fit_config *c)
{
    return read_bytes(text, strlen(text), c);
}

// The file must be refused, with every part in the message and the config untouched.
static void refused(const char *text, const char *first, const char *second)
{
    dsc_fit_config c, before;
    memset(&c, 0x5a, sizeof c);
    before = c;
    CHECK_FAILS(ctx, DSC_INPUT, first, read_yaml(text, &c));
    check_contains(dsc_message(ctx), second);
    check_contains(dsc_message(ctx), "fit.yaml");
    assert_memory_equal(&c, &before, sizeof c);
}

// ---- defaults ---------------------------------------------------------------------------------

static void a_network_without_noise_has_one_phase(void **state)
{
    (void)state;
    dsc_fit_config c;
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "gru", &c));
    assert_string_equal(c.model, "gru");
    assert_int_equal(c.n_phases, 1);
    assert_string_equal(c.phase[0].name, "main");
    assert_int_equal(c.phase[0].steps, 1000);
    assert_true(c.phase[0].learning_rate == 3e-3);
    assert_string_equal(c.phase[0].schedule, "constant");
    assert_true(c.phase[0].penalty_scale == 1);
    assert_false(c.phase[0].noiseless);
    assert_int_equal(c.split_every, 2);
    assert_int_equal(c.split_offset, 1);
    assert_string_equal(c.batch_mode, "single");
    assert_string_equal(c.optimizer.name, "adam");
    assert_true(c.optimizer.beta1 == 0.9 && c.optimizer.beta2 == 0.999);
    assert_true(c.optimizer.epsilon == 1e-8 && c.optimizer.clip_update == 1);
    assert_true(c.optimizer.clip_gradient == 0);
    assert_int_equal(c.evaluate_every, 25);
    assert_int_equal(c.checkpoint_every, 200);
    assert_int_equal(c.patience, 0);
    assert_int_equal(c.replicas, 1);
    assert_string_equal(c.loss, "");
}

static void a_noisy_network_warms_up_without_noise_and_penalties(void **state)
{
    (void)state;
    dsc_fit_config c;
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "disrnn", &c));
    assert_int_equal(c.n_phases, 2);
    assert_string_equal(c.phase[0].name, "warmup");
    assert_int_equal(c.phase[0].steps, 600);
    assert_true(c.phase[0].learning_rate == 5e-3 && c.phase[0].penalty_scale == 0);
    assert_true(c.phase[0].noiseless && !c.phase[0].reset_optimizer);
    assert_string_equal(c.phase[1].name, "main");
    assert_int_equal(c.phase[1].steps, 1400);
    assert_true(c.phase[1].learning_rate == 2e-3 && c.phase[1].penalty_scale == 1);
    assert_true(!c.phase[1].noiseless && c.phase[1].reset_optimizer);
}

static void an_unknown_model_is_refused_with_the_nearest(void **state)
{
    (void)state;
    dsc_fit_config c;
    CHECK_FAILS(ctx, DSC_INPUT, "Did you mean \"disrnn\"",
                dsc_fit_config_defaults(ctx, "disrn", &c));
    CHECK_FAILS(ctx, DSC_INPUT, "Known: rnn, gru", dsc_fit_config_defaults(ctx, "xyzzy", &c));
}

// ---- dotted keys ------------------------------------------------------------------------------

static void dotted_keys_set_one_value_each(void **state)
{
    (void)state;
    dsc_fit_config c;
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "disrnn", &c));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "phases.main.steps", "500", "command line"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "optimizer.beta1", "0.5", "command line"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "data.path", "a b.csv", "command line"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "data.map", "choice=a:l=0,r=1;reward=b", "here"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "seed", "9007199254740993", "command line"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "loss.name", "", "command line"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "model.name", "disrnn", "command line"));
    assert_int_equal(c.phase[1].steps, 500);
    assert_int_equal(c.phase[0].steps, 600);
    assert_true(c.optimizer.beta1 == 0.5);
    assert_string_equal(c.data, "a b.csv");
    assert_int_equal(c.n_maps, 2);
    assert_string_equal(c.map[0], "choice=a:l=0,r=1");
    assert_string_equal(c.map[1], "reward=b");
    assert_true(c.seed == 9007199254740993);
}

static void model_fields_are_set_through_the_models_own_table(void **state)
{
    (void)state;
    dsc_fit_config c;
    char text[DSC_FIELD_TEXT];
    const dsc_model *model = model_called(ctx, "disrnn");
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "disrnn", &c));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "model.latent_size", "7", "command line"));
    assert_string_equal(
        dsc_field_get(dsc_field_find(model->fields, "latent_size"), c.model_config, text), "7");
    CHECK_FAILS(ctx, DSC_INPUT, "command line, \"model.latent_penalty\": \"-1\"",
                dsc_fit_config_set(ctx, &c, "model.latent_penalty", "-1", "command line"));
}

static void wrong_keys_and_values_are_refused_with_a_way_out(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value, *message;
    } cases[] = {
        {"optimiser.beta1", "0.5", "Did you mean \"optimizer.beta1\"?"},
        {"model.latent_sise", "5", "Did you mean \"model.latent_size\"?"},
        {"phases.mian.steps", "5", "Did you mean \"phases.main.steps\"?"},
        {"zzz", "5", "Known here: model, data"},
        {"batch.zzzzzzzz", "5", "Known here: mode, size"},
        {"phases.other", "5", "unknown key"},
        {"phases.main", "5", "holds further keys"},
        {"phases", "5", "holds further keys"},
        {"", "5", "unknown key"},
        {"phases.main.steps", "many", "is not a whole number"},
        {"phases.main.steps", "-1", "out of range"},
        {"optimizer.beta1", "1", "out of range"},
        {"optimizer.name", "rmsprob", "did you mean \"rmsprop\""},
        {"train.evaluate_every", "0", "out of range"},
        {"model.name", "gru", "is not the model of this config"},
        {"data.map", "a=b;;c=d", "empty item"},
        {"data.path", "a\nb", "control characters"},
        {"data.path", "a\xff", "control characters"},
        {"engine.isa", "sse", "is unknown"},
    };
    dsc_fit_config c, before;
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "disrnn", &c));
    before = c;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_FAILS(ctx, DSC_INPUT, cases[i].message,
                    dsc_fit_config_set(ctx, &c, cases[i].key, cases[i].value, "command line"));
        check_contains(dsc_message(ctx), "command line");
        assert_memory_equal(&c, &before, sizeof c);
    }
}

// ---- files ------------------------------------------------------------------------------------

static void a_file_sets_what_it_names_and_leaves_the_rest(void **state)
{
    (void)state;
    dsc_fit_config c;
    CHECK_OK(ctx, read_yaml("data:\n"
                            "  path: monkey.csv # a comment\n"
                            "  map:\n"
                            "    - choice=action:left=0,right=1\n"
                            "    - \"reward=won\"\n"
                            "  inputs: [prev_choice, prev_reward]\n"
                            "model: {name: disrnn, latent_size: 3}\n"
                            "phases:\n"
                            "  early: {steps: 10, learning_rate: 1e-2}\n"
                            "  main:\n"
                            "    steps: 20\n"
                            "train: {evaluate_noisy: true, trainable: [update_net.*, latent]}\n"
                            "seed: 12\n",
                            &c));
    assert_string_equal(c.data, "monkey.csv");
    assert_int_equal(c.n_maps, 2);
    assert_string_equal(c.map[0], "choice=action:left=0,right=1");
    assert_string_equal(c.map[1], "reward=won");
    assert_string_equal(c.inputs, "prev_choice,prev_reward");
    assert_int_equal(c.n_phases, 2);
    assert_string_equal(c.phase[0].name, "early");
    assert_true(c.phase[0].learning_rate == 1e-2 && !c.phase[0].reset_optimizer);
    assert_int_equal(c.phase[1].steps, 20);
    assert_true(c.phase[1].learning_rate == 2e-3 && c.phase[1].reset_optimizer); // as by default
    assert_true(c.evaluate_noisy);
    assert_string_equal(c.trainable, "update_net.*,latent");
    assert_int_equal(c.seed, 12);
    assert_int_equal(c.split_every, 2);
}

static void every_message_names_line_and_column(void **state)
{
    (void)state;
    refused("model:\n  name: disrnn\n  latent_sise: 5\n", "fit.yaml, line 3, column 3: unknown key",
            "Did you mean \"model.latent_size\"?");
    refused("model:\n  name: disrnn\n  latnets: 5\n",
            "line 3, column 3: unknown key \"model.latnets\"", "latent_size");
    refused("model:\n  name: disrn\n", "line 2, column 9: there is no model", "\"disrnn\"");
    refused("model: {name: gru}\nseeed: 5\n", "line 2, column 1: unknown key", "\"seed\"");
    refused("model: {name: gru}\nseed: few\n", "line 2, column 7, \"seed\"", "whole number");
    refused("model: {name: gru}\nseed: -4\n", "line 2, column 7, \"seed\"", "at least 0");
    refused("model: {name: gru}\nseed: '5'\n", "line 2, column 7", "not a text in quotes");
    refused("model: {name: gru}\nseed: [1, 2]\n", "line 2, column 1", "one value, not a list");
    refused("model: {name: gru}\nseed: {a: 1}\n", "line 2, column 1", "not further keys");
    refused("model: {name: gru}\nseed:\n", "line 2, column", "has no value");
    refused("model: {name: gru}\ndata: {path: ~}\n", "line 2, column 14", "has no value");
    refused("model: {name: gru}\ndata: x\n", "line 2, column 1", "holds further keys");
    refused("model: {name: gru}\ndata: {map: [a, [b]]}\n", "line 2", "must be a text");
    refused("model: {name: gru}\ndata: {inputs: ['a,b']}\n", "line 2, column 17",
            "may not contain");
    refused("model: {name: gru}\noptimizer.beta1: 0.5\n", "line 2, column 1", "command line");
    refused("model: {name: gru}\n? [a, b]\n: c\n", "must be a word", "");
    refused("model: {name: gru}\nphases: {a b: {steps: 1}}\n", "line 2, column 10", "letters");
    refused("model: {name: gru}\nphases: {main: 5}\n", "line 2, column 10", "needs keys below it");
    refused("model: {name: gru}\ndata: &x {path: a}\nseed: *x\n", "line 3", "alias");
    refused("seed: 5\n", "the model is missing", "rnn, gru");
    refused("model: {name: [gru]}\n", "the model is missing", "");
    refused("- a\n- b\n", "section", "key: value");
    refused("just words\n", "section", "");
}

static void keys_given_twice_are_refused(void **state)
{
    (void)state;
    refused("model: {name: gru}\nseed: 5\nseed: 6\n", "line 3", "");
    refused("model: {name: gru}\nseed: 5\n\"seed\": 6\n", "line 3", "");
    refused("model: {name: gru}\nphases:\n  a: {steps: 1}\n  a: {steps: 2}\n", "line 4", "");
    refused("model: {name: gru}\ndata: {path: a}\ndata: {missing: b}\n", "line 3", "");
}

static void files_that_are_no_config_are_refused(void **state)
{
    (void)state;
    dsc_fit_config c;
    refused("", "empty", "");
    refused("# nothing\n", "empty", "");
    refused("---\nmodel: {name: gru}\n---\nseed: 5\n", "more than one document", "");
    refused("model: {name: gru\nseed: 5\n", "line", "column");
    refused("model:\n\tname: gru\n", "line 2", "");
    CHECK_FAILS(ctx, DSC_INPUT, "none.yaml", dsc_fit_config_read(ctx, "none.yaml", &c));
    CHECK_FAILS(ctx, DSC_INPUT, folder, dsc_fit_config_read(ctx, folder, &c));
}

static void nine_phases_are_too_many(void **state)
{
    (void)state;
    char text[512] = "model: {name: gru}\nphases:\n";
    for (int i = 0; i < 9; i++) snprintf(text + strlen(text), 32, "  p%d: {steps: 1}\n", i);
    refused(text, "line 11, column 3", "at most 8 phases");
}

// ---- round trip -------------------------------------------------------------------------------

static void round_trip(const dsc_fit_config *c)
{
    dsc_text text = {0}, again = {0};
    dsc_fit_config back;
    CHECK_OK(ctx, dsc_fit_config_write(ctx, c, &text));
    CHECK_OK(ctx, read_bytes(text.s, text.length, &back));
    CHECK_OK(ctx, dsc_fit_config_write(ctx, &back, &again));
    assert_string_equal(text.s, again.s);
    assert_true(back.n_phases == c->n_phases && back.n_maps == c->n_maps && back.seed == c->seed);
    assert_memory_equal(back.model_config, c->model_config, sizeof c->model_config);
    assert_memory_equal(&back.optimizer.beta1, &c->optimizer.beta1, 8 * sizeof(double));
    assert_string_equal(back.data, c->data);
    for (int i = 0; i < c->n_phases; i++) assert_string_equal(back.phase[i].name, c->phase[i].name);
    dsc_text_free(ctx, &text);
    dsc_text_free(ctx, &again);
}

static void what_is_written_reads_back_the_same_for_every_model(void **state)
{
    (void)state;
    dsc_fit_config c;
    for (int i = 0; dsc_model_name(i); i++) {
        CHECK_OK(ctx, dsc_fit_config_defaults(ctx, dsc_model_name(i), &c));
        round_trip(&c);
    }
}

static void awkward_values_survive_the_round_trip(void **state)
{
    (void)state;
    static const char *const set[][2] = {
        {"data.path", "C:\\a \"b\" #1: {x} é.csv"},
        {"data.map", "choice=a b:left=0,right=1;reward=\"x\\y\"; trial = n "},
        {"data.missing", "NULL,~,n/a, -"},
        {"optimizer.clip_gradient", "inf"},
        {"optimizer.epsilon", "1.2345678901234567e-7"},
        {"phases.main.learning_rate", "0.1"},
        {"seed", "9223372036854775807"},
        {"loss.name", "mse"},
        {"engine.isa", "scalar"},
        {"split.file", " "},
    };
    dsc_fit_config c;
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "disrnn", &c));
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, set[i][0], set[i][1], "test"));
    assert_string_equal(c.map[2], "trial = n");
    round_trip(&c);
}

static void every_key_is_written_once_with_its_meaning(void **state)
{
    (void)state;
    dsc_fit_config c;
    dsc_text text = {0};
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "gru", &c));
    CHECK_OK(ctx, dsc_fit_config_write(ctx, &c, &text));
    for (const config_key *k = config_keys; k->field.name; k++)
        check_contains(text.s, k->field.help);
    check_contains(text.s, "model:\n  name: gru ");
    check_contains(text.s, "\nphases: #");
    check_contains(text.s, "\n  main:\n    steps: 1000 ");
    check_contains(text.s, "\ntrain:\n  evaluate_every: 25 ");
    check_contains(text.s, "\nseed: 0 ");
    dsc_text_free(ctx, &text);
}

// ---- check ------------------------------------------------------------------------------------

static void targets_beside_a_loss_of_choices_are_refused(void **state)
{
    (void)state;
    dsc_fit_config c;
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "gru", &c));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "data.path", "a.csv", "test"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "data.targets", "reward", "test"));
    CHECK_OK(ctx, dsc_fit_config_check(ctx, &c)); // "" is hybrid then
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "loss.name", "categorical", "test"));
    CHECK_FAILS(ctx, DSC_INPUT, "categorical predicts choices alone; take loss.name=hybrid",
                dsc_fit_config_check(ctx, &c));
}

static void parts_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *model, *key, *value, *message;
    } cases[] = {
        {"gru", "data.path", "", "names no data"},
        {"gru", "data.n_actions", "1", "at least 2 options"},
        {"gru", "split.every", "1", "every session"},
        {"gru", "split.offset", "2", "smaller than split.every"},
        {"gru", "loss.name", "penalized_mse", "has no penalty; take loss.name=mse"},
        {"gru", "loss.name", "hybrid", "none is named"},
        {"q_learning", "data.targets", "reward", "q_learning predicts choices alone"},
        {"gru", "phases.main.steps", "0", "0 steps"},
        {"gru", "phases.main.learning_rate", "0", "positive rate"},
        {"gru", "phases.main.warmup_steps", "5", "schedule is constant"},
        {"q_learning", "data.inputs", "prev_choice", "says what it reads"},
    };
    dsc_fit_config c;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_OK(ctx, dsc_fit_config_defaults(ctx, cases[i].model, &c));
        CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "data.path", "a.csv", "test"));
        CHECK_OK(ctx, dsc_fit_config_check(ctx, &c));
        CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, cases[i].key, cases[i].value, "test"));
        CHECK_FAILS(ctx, DSC_INPUT, cases[i].message, dsc_fit_config_check(ctx, &c));
    }
}

static void patience_needs_sessions_that_are_held_out(void **state)
{
    (void)state;
    dsc_fit_config c;
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "gru", &c));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "data.path", "a.csv", "test"));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "train.patience", "100", "test"));
    CHECK_OK(ctx, dsc_fit_config_check(ctx, &c));
    CHECK_OK(ctx, dsc_fit_config_set(ctx, &c, "split.every", "0", "test"));
    CHECK_FAILS(ctx, DSC_INPUT, "no session is held out", dsc_fit_config_check(ctx, &c));
}

// ---- rubbish ----------------------------------------------------------------------------------

// Changes, drops, doubles and moves bytes.
static size_t mutate(char *text, size_t n, size_t capacity, dsc_stream *random)
{
    static const char letters[] = "{}[]:,-\n \"'#&*!|>%@`?~\t\\0a.\xc3\xff";
    const uint32_t times = 1 + dsc_stream_below(random, 6);
    for (uint32_t k = 0; k < times && n > 1; k++) {
        const size_t at = dsc_stream_below(random, (uint32_t)n);
        const size_t span = 1 + dsc_stream_below(random, 12);
        switch (dsc_stream_below(random, 4)) {
        case 0: text[at] = letters[dsc_stream_below(random, sizeof letters)]; break;
        case 1: text[at] = (char)dsc_stream_word(random); break;
        case 2:
            if (at + span < n) memmove(text + at, text + at + span, n - at - span), n -= span;
            break;
        default:
            if (n + span < capacity && at + span < n)
                memmove(text + at + span, text + at, n - at), n += span;
        }
    }
    return n;
}

static void rubbish_is_refused_or_read_but_never_crashes(void **state)
{
    (void)state;
    dsc_fit_config c, read;
    dsc_text text = {0}, again = {0};
    char *copy = NULL;
    int refusals = 0;
    dsc_stream random = dsc_stream_start(1, DSC_FOR_TASK, 0, 0, 0);
    CHECK_OK(ctx, dsc_fit_config_defaults(ctx, "disrnn", &c));
    CHECK_OK(ctx, dsc_fit_config_write(ctx, &c, &text));
    const size_t capacity = 2 * text.length;
    CHECK_OK(ctx, dsc_alloc(ctx, capacity, 1, &copy));
    for (int i = 0; i < 3000; i++) {
        memcpy(copy, text.s, text.length);
        const size_t n = mutate(copy, text.length, capacity, &random);
        const dsc_status status = read_bytes(copy, n, &read);
        assert_true(status == DSC_OK || status == DSC_INPUT);
        refusals += status != DSC_OK;
        if (status == DSC_OK) CHECK_OK(ctx, dsc_fit_config_write(ctx, &read, &again));
        else check_contains(dsc_message(ctx), "fit.yaml");
        dsc_text_free(ctx, &again);
    }
    assert_true(refusals > 1000 && refusals < 3000);
    dsc_free(ctx, &copy);
    dsc_text_free(ctx, &text);
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    enum { DEEP = 100000 };
    char *text = malloc(DEEP + 64);
    strcpy(text, "model: {name: gru}\nseed: ");
    const size_t n = strlen(text);
    dsc_fit_config c;
    memset(text + n, '[', DEEP);
    assert_int_equal(read_bytes(text, n + DEEP, &c), DSC_INPUT);
    memset(text + n, '{', DEEP);
    assert_int_equal(read_bytes(text, n + DEEP, &c), DSC_INPUT);
    free(text);
}

static dsc_status read_and_write(dsc_context *failing, void *user)
{
    dsc_fit_config c;
    dsc_text text = {0};
    (void)user;
    dsc_status status = dsc_fit_config_read(failing, path, &c);
    if (status == DSC_OK) status = dsc_fit_config_write(failing, &c, &text);
    dsc_text_free(failing, &text);
    return status;
}

static void no_failing_allocation_leaks_or_crashes(void **state)
{
    (void)state;
    dsc_fit_config c;
    CHECK_OK(ctx,
             read_yaml("model: {name: disrnn}\ndata: {path: x}\nphases: {main: {steps: 3}}\n", &c));
    assert_true(check_every_allocation_failure(read_and_write, NULL) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_without_noise_has_one_phase),
        cmocka_unit_test(a_noisy_network_warms_up_without_noise_and_penalties),
        cmocka_unit_test(an_unknown_model_is_refused_with_the_nearest),
        cmocka_unit_test(dotted_keys_set_one_value_each),
        cmocka_unit_test(model_fields_are_set_through_the_models_own_table),
        cmocka_unit_test(wrong_keys_and_values_are_refused_with_a_way_out),
        cmocka_unit_test(a_file_sets_what_it_names_and_leaves_the_rest),
        cmocka_unit_test(every_message_names_line_and_column),
        cmocka_unit_test(keys_given_twice_are_refused),
        cmocka_unit_test(files_that_are_no_config_are_refused),
        cmocka_unit_test(nine_phases_are_too_many),
        cmocka_unit_test(what_is_written_reads_back_the_same_for_every_model),
        cmocka_unit_test(awkward_values_survive_the_round_trip),
        cmocka_unit_test(every_key_is_written_once_with_its_meaning),
        cmocka_unit_test(targets_beside_a_loss_of_choices_are_refused),
        cmocka_unit_test(parts_that_do_not_fit_are_refused),
        cmocka_unit_test(patience_needs_sessions_that_are_held_out),
        cmocka_unit_test(rubbish_is_refused_or_read_but_never_crashes),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(no_failing_allocation_leaks_or_crashes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
