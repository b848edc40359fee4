// SPDX-License-Identifier: Apache-2.0
// test_base_fields.c — a table of typed fields: defaults, checks, round trips.
#include <limits.h>
#include <math.h>
#include <string.h>

#include "support/check.h"

typedef struct config {
    int n_units;
    int64_t seed;
    double penalty, clip, given;
    bool noisy;
    char name[DSC_FIELD_TEXT], loss[DSC_FIELD_TEXT], columns[DSC_FIELD_TEXT], parts[DSC_FIELD_TEXT];
} config;

static const dsc_field fields[] = {
    {"n_units", DSC_INT, offsetof(config, n_units), "16", 1, 1024, NULL, "hidden units"},
    {"seed", DSC_LONG, offsetof(config, seed), "0", 0, 0, NULL, "seed of everything"},
    {"penalty", DSC_REAL, offsetof(config, penalty), "1e-3", 0, INFINITY, NULL, "nats"},
    {"clip", DSC_REAL, offsetof(config, clip), "inf", 0, 0, NULL, "largest update"},
    {"given", DSC_REAL, offsetof(config, given), "nan", 0, 1, NULL, "a value, or not given"},
    {"noisy", DSC_BOOL, offsetof(config, noisy), "true", 0, 0, NULL, "noise"},
    {"name", DSC_STRING, offsetof(config, name), NULL, 0, 0, NULL, "any text"},
    {"loss", DSC_CHOICE, offsetof(config, loss), "mse", 0, 0, "mse|categorical", "loss"},
    {"columns", DSC_STRINGS, offsetof(config, columns), "a, b", 0, 0, NULL, "names"},
    {"parts", DSC_STRINGS, offsetof(config, parts), "", 0, 0, "train|heldout", "known names"},
    {NULL, DSC_INT, 0, NULL, 0, 0, NULL, NULL},
};

static dsc_context *ctx;

static int with_context(void **state)
{
    (void)state;
    return dsc_context_create(NULL, &ctx);
}

static int without_context(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    return 0;
}

static dsc_status set(config *k, const char *name, const char *value)
{
    return dsc_field_set(ctx, dsc_field_find(fields, name), k, value, "fit.yaml, line 3");
}

static void defaults_come_from_the_table(void **state)
{
    (void)state;
    config k;
    memset(&k, 0x55, sizeof k);
    dsc_fields_default(fields, &k);
    assert_int_equal(k.n_units, 16);
    assert_true(k.penalty == 1e-3 && isinf(k.clip) && isnan(k.given) && k.noisy);
    assert_string_equal(k.name, "");
    assert_string_equal(k.loss, "mse");
    assert_string_equal(k.columns, "a,b");
}

static void a_refused_value_names_place_field_value_and_range(void **state)
{
    (void)state;
    config k;
    dsc_fields_default(fields, &k);
    CHECK_FAILS(ctx, DSC_INPUT, "fit.yaml, line 3, \"n_units\": \"0\"", set(&k, "n_units", "0"));
    check_contains(dsc_message(ctx), "from 1 to 1024");
    CHECK_FAILS(ctx, DSC_INPUT, "at least 0", set(&k, "penalty", "-1e-9"));
    assert_int_equal(k.n_units, 16);
    assert_true(k.penalty == 1e-3);
}

static void limits_are_inclusive(void **state)
{
    (void)state;
    config k;
    CHECK_OK(ctx, set(&k, "n_units", "1"));
    CHECK_OK(ctx, set(&k, "n_units", "1024"));
    assert_int_equal(set(&k, "n_units", "1025"), DSC_INPUT);
    assert_int_equal(k.n_units, 1024);
}

static void whole_numbers_are_whole_and_fit(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "1.5", "x", "1e400", "nan", "12 3", "9223372036854775808"};
    config k = {.seed = 5};
    CHECK_OK(ctx, set(&k, "n_units", "1e2"));
    assert_int_equal(k.n_units, 100);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_FAILS(ctx, DSC_INPUT, "not a whole number", set(&k, "seed", bad[i]));
    assert_int_equal(k.seed, 5);
    static const dsc_field plain[] = {
        {"count", DSC_INT, offsetof(config, n_units), "0", 0, 0, NULL, "of any size"},
        {NULL, DSC_INT, 0, NULL, 0, 0, NULL, NULL}};
    CHECK_FAILS(ctx, DSC_INPUT, "\"3e9\" is too large for a whole number",
                dsc_field_set(ctx, plain, &k, "3e9", "test"));
    CHECK_OK(ctx, set(&k, "seed", "9223372036854775807"));
    assert_true(k.seed == INT64_MAX);
    CHECK_OK(ctx, set(&k, "seed", "-9007199254740993"));
    assert_true(k.seed == -9007199254740993);
}

static void nan_is_accepted_only_where_it_is_the_default(void **state)
{
    (void)state;
    config k = {0};
    CHECK_OK(ctx, set(&k, "given", "nan"));
    CHECK_FAILS(ctx, DSC_INPUT, "not a number", set(&k, "clip", "nan"));
    CHECK_FAILS(ctx, DSC_INPUT, "not a number", set(&k, "penalty", "nan"));
}

static void truth_has_several_words(void **state)
{
    (void)state;
    config k = {0};
    for (int i = 0; i < 4; i++) {
        CHECK_OK(ctx, set(&k, "noisy", ((const char *[]){"true", "yes", "on", "1"})[i]));
        assert_true(k.noisy);
        CHECK_OK(ctx, set(&k, "noisy", ((const char *[]){"false", "no", "off", "0"})[i]));
        assert_false(k.noisy);
    }
    CHECK_FAILS(ctx, DSC_INPUT, "neither true nor false", set(&k, "noisy", "maybe"));
}

static void an_unknown_word_suggests_the_nearest(void **state)
{
    (void)state;
    config k;
    dsc_fields_default(fields, &k);
    CHECK_FAILS(ctx, DSC_INPUT, "did you mean \"categorical\"?", set(&k, "loss", "catgorical"));
    CHECK_FAILS(ctx, DSC_INPUT, "one of: mse|categorical", set(&k, "loss", "zzz"));
    CHECK_FAILS(ctx, DSC_INPUT, "unknown", set(&k, "loss", "ms"));
    assert_string_equal(k.loss, "mse");
}

static void lists_drop_blanks_and_refuse_holes(void **state)
{
    (void)state;
    config k;
    CHECK_OK(ctx, set(&k, "columns", " choice , reward,x"));
    assert_string_equal(k.columns, "choice,reward,x");
    CHECK_FAILS(ctx, DSC_INPUT, "empty item", set(&k, "columns", "a,,b"));
    CHECK_FAILS(ctx, DSC_INPUT, "empty item", set(&k, "columns", "a,"));
    assert_string_equal(k.columns, "choice,reward,x");
    CHECK_OK(ctx, set(&k, "columns", ""));
    assert_string_equal(k.columns, "");
    CHECK_OK(ctx, set(&k, "parts", "heldout,train"));
    CHECK_FAILS(ctx, DSC_INPUT, "unknown", set(&k, "parts", "train,test"));
}

static void text_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    config k = {.name = "old", .columns = "old"};
    char text[DSC_FIELD_TEXT + 1];
    memset(text, 'x', DSC_FIELD_TEXT);
    text[DSC_FIELD_TEXT] = 0;
    CHECK_FAILS(ctx, DSC_INPUT, "too long", set(&k, "name", text));
    CHECK_FAILS(ctx, DSC_INPUT, "too long", set(&k, "columns", text));
    text[60] = ',';
    CHECK_FAILS(ctx, DSC_INPUT, "too long", set(&k, "columns", text));
    assert_string_equal(k.name, "old");
    assert_string_equal(k.columns, "old");
    text[DSC_FIELD_TEXT - 1] = 0;
    CHECK_OK(ctx, set(&k, "name", text));
    CHECK_OK(ctx, set(&k, "columns", text));
    assert_string_equal(k.columns, text);
}

static void every_field_reads_back_what_it_wrote(void **state)
{
    (void)state;
    config k = {7, -3, 0.1 + 0.2, 1e-300, 0.5, false, "a b", "categorical", "p,q", "train"}, back;
    dsc_fields_default(fields, &back);
    for (const dsc_field *f = fields; f->name; f++) {
        char first[DSC_FIELD_TEXT], second[DSC_FIELD_TEXT];
        CHECK_OK(ctx, dsc_field_set(ctx, f, &back, dsc_field_get(f, &k, first), "here"));
        assert_string_equal(dsc_field_get(f, &back, second), first);
    }
    assert_true(back.penalty == k.penalty && back.clip == k.clip && back.seed == -3);
    assert_string_equal(back.name, "a b");
}

static void a_field_is_found_by_its_exact_name(void **state)
{
    (void)state;
    assert_ptr_equal(dsc_field_find(fields, "penalty"), &fields[2]);
    assert_null(dsc_field_find(fields, "Penalty"));
    assert_null(dsc_field_find(fields, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(a_refused_value_names_place_field_value_and_range),
        cmocka_unit_test(limits_are_inclusive),
        cmocka_unit_test(whole_numbers_are_whole_and_fit),
        cmocka_unit_test(nan_is_accepted_only_where_it_is_the_default),
        cmocka_unit_test(truth_has_several_words),
        cmocka_unit_test(an_unknown_word_suggests_the_nearest),
        cmocka_unit_test(lists_drop_blanks_and_refuse_holes),
        cmocka_unit_test(text_that_does_not_fit_is_refused),
        cmocka_unit_test(every_field_reads_back_what_it_wrote),
        cmocka_unit_test(a_field_is_found_by_its_exact_name),
    };
    return cmocka_run_group_tests_name("fields", tests, with_context, without_context);
}
