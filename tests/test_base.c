// SPDX-License-Identifier: Apache-2.0
// test_base.c — context, memory, arena, text, numbers, random numbers.
// The Philox vectors are those published with Random123 (kat_vectors, philox4x32-10).
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"

static failing_allocator counting;

// Every test runs on an allocator that counts; what it left allocated fails it.
static int with_context(void **state)
{
    counting = (failing_allocator){0};
    const dsc_allocator a = failing_allocator_of(&counting);
    return dsc_context_create(&a, (dsc_context **)state);
}

static int without_context(void **state)
{
    dsc_context_destroy((dsc_context **)state);
    return counting.alive != 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, with_context, without_context)

// ---- context -------------------------------------------------------------------------------

static void a_failure_keeps_its_sentence(void **state)
{
    dsc_context *ctx = *state;
    assert_string_equal(dsc_message(ctx), "");
    assert_int_equal(dsc_fail(ctx, DSC_IO, "line %d", 7), DSC_IO);
    assert_string_equal(dsc_message(ctx), "line 7");
    dsc_fail(ctx, DSC_IO, "a.csv, %s", dsc_message(ctx));
    assert_string_equal(dsc_message(ctx), "a.csv, line 7");
}

static void a_long_sentence_is_cut_and_says_so(void **state)
{
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    dsc_fail(*state, DSC_INPUT, "%s", text);
    const size_t length = strlen(dsc_message(*state));
    assert_in_range(length, 1000, sizeof text - 2);
    assert_string_equal(dsc_message(*state) + length - 3, "...");
}

static void keep_note(void *user, dsc_note_kind kind, const char *sentence)
{
    snprintf(user, 64, "%s: %s", kind == DSC_WARNING ? "warning" : "note", sentence);
}

static void notes_reach_the_function_that_was_given(void **state)
{
    char seen[64] = "";
    dsc_note(*state, DSC_NOTE, "nobody listens");
    dsc_on_note(*state, keep_note, seen);
    dsc_note(*state, DSC_WARNING, "took %d", 3);
    assert_string_equal(seen, "warning: took 3");
    dsc_on_note(*state, NULL, NULL);
    dsc_note(*state, DSC_NOTE, "again");
    assert_string_equal(seen, "warning: took 3");
}

// ---- memory --------------------------------------------------------------------------------

static int destroyed[4], n_destroyed;

static void note_destroyed(dsc_context *ctx, void *object)
{
    destroyed[n_destroyed++] = *(int *)object;
    dsc_free(ctx, &object);
}

static void a_context_destroys_what_was_left_with_it_the_newest_first(void **state)
{
    dsc_context *ctx = *state;
    n_destroyed = 0;
    for (int i = 0; i < 3; i++) {
        int *object = NULL;
        CHECK_OK(ctx, dsc_alloc(ctx, 1, sizeof *object, &object));
        *object = i;
        CHECK_OK(ctx, dsc_keep(ctx, "number", i ? i == 1 ? "one" : "two" : "zero", object,
                               note_destroyed));
    }
    assert_int_equal(*(int *)dsc_kept(ctx, "number", "one"), 1);
    assert_null(dsc_kept(ctx, "number", "three"));
    assert_null(dsc_kept(ctx, "letter", "one"));
    dsc_context_destroy(&ctx);
    assert_int_equal(n_destroyed, 3);
    for (int i = 0; i < 3; i++) assert_int_equal(destroyed[i], 2 - i);
    assert_int_equal(counting.alive, 0);
    *state = NULL;
}

static void blocks_are_zeroed_and_aligned(void **state)
{
    for (size_t n = 0; n < 300; n += 7) {
        unsigned char *p = NULL;
        CHECK_OK(*state, dsc_alloc(*state, n, 1, &p));
        assert_int_equal((uintptr_t)p % 64, 0);
        for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
        memset(p, 0xff, n);
        dsc_free(*state, &p);
        assert_null(p);
        dsc_free(*state, &p);
    }
}

static void growing_keeps_the_old_and_zeroes_the_new(void **state)
{
    int *p = NULL;
    CHECK_OK(*state, dsc_grow(*state, 0, 3, sizeof *p, &p));
    for (int i = 0; i < 3; i++) p[i] = i + 1;
    CHECK_OK(*state, dsc_grow(*state, 3, 1000, sizeof *p, &p));
    assert_int_equal((uintptr_t)p % 64, 0);
    for (int i = 0; i < 1000; i++) assert_int_equal(p[i], i < 3 ? i + 1 : 0);
    CHECK_OK(*state, dsc_grow(*state, 1000, 2, sizeof *p, &p));
    assert_int_equal(p[1], 2);
    dsc_free(*state, &p);
}

static void a_product_that_overflows_is_out_of_memory(void **state)
{
    char *p = (char *)state;
    CHECK_FAILS(*state, DSC_MEMORY, "out of memory", dsc_alloc(*state, SIZE_MAX / 4, 8, &p));
    CHECK_FAILS(*state, DSC_MEMORY, "out of memory", dsc_alloc(*state, SIZE_MAX, 1, &p));
    assert_ptr_equal(p, state);
}

static void a_failed_growth_leaves_the_block(void **state)
{
    (void)state;
    failing_allocator f = {0};
    const dsc_allocator a = failing_allocator_of(&f);
    dsc_context *ctx;
    char *p;
    assert_int_equal(dsc_context_create(&a, &ctx), DSC_OK);
    CHECK_OK(ctx, dsc_strdup(ctx, "kept", &p));
    f.fail_at = f.made + 1;
    assert_int_equal(dsc_grow(ctx, 5, 500, 1, &p), DSC_MEMORY);
    assert_string_equal(p, "kept");
    dsc_free(ctx, &p);
    dsc_context_destroy(&ctx);
    assert_int_equal(f.alive, 0);
}

static void copying_null_gives_null(void **state)
{
    char *p = (char *)state;
    CHECK_OK(*state, dsc_strdup(*state, NULL, &p));
    assert_null(p);
}

// ---- arena ---------------------------------------------------------------------------------

static void arena_objects_are_zeroed_aligned_and_apart(void **state)
{
    dsc_arena *arena;
    unsigned char *object[200];
    CHECK_OK(*state, dsc_arena_create(*state, &arena));
    for (size_t i = 0; i < 200; i++) {
        const size_t size = i * i % 5000;
        CHECK_OK(*state, dsc_arena_alloc(arena, size, 1, &object[i]));
        assert_int_equal((uintptr_t)object[i] % 64, 0);
        for (size_t j = 0; j < size; j++) assert_int_equal(object[i][j], 0);
        memset(object[i], (int)i, size);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < i * i % 5000; j++) assert_int_equal(object[i][j], i);
    dsc_arena_destroy(&arena);
    assert_null(arena);
}

static void an_arena_takes_objects_larger_than_its_chunks(void **state)
{
    dsc_arena *arena;
    char *large, *text;
    CHECK_OK(*state, dsc_arena_create(*state, &arena));
    CHECK_OK(*state, dsc_arena_alloc(arena, 5 << 20, 1, &large));
    large[(5 << 20) - 1] = 1;
    CHECK_OK(*state, dsc_arena_strdup(arena, "after", &text));
    assert_string_equal(text, "after");
    assert_int_equal(dsc_arena_alloc(arena, SIZE_MAX / 2, 8, &text), DSC_MEMORY);
    assert_string_equal(text, "after");
    dsc_arena_destroy(&arena);
}

// ---- text ----------------------------------------------------------------------------------

static void text_grows_by_what_is_added(void **state)
{
    dsc_text t = {0};
    size_t length = 0;
    for (int i = 0; i < 1000; i++) {
        CHECK_OK(*state, dsc_text_add(*state, &t, "%d,", i));
        length += i < 10 ? 2 : i < 100 ? 3 : 4;
    }
    assert_int_equal(t.length, length);
    assert_int_equal(strlen(t.s), length);
    assert_memory_equal(t.s, "0,1,2,3,", 8);
    assert_string_equal(t.s + length - 8, "998,999,");
    dsc_text_free(*state, &t);
    assert_null(t.s);
}

static void the_nearest_name_is_found_within_a_third(void **state)
{
    (void)state;
    const char *const names[] = {"n_units", "n_latents", "lr", "steps", "learning_rate"};
    assert_string_equal(dsc_nearest("n_unit", names, 5), "n_units");
    assert_string_equal(dsc_nearest("N_Units", names, 5), "n_units");
    assert_string_equal(dsc_nearest("leraning_rate", names, 5), "learning_rate");
    assert_string_equal(dsc_nearest("l", names, 5), "lr");
    assert_null(dsc_nearest("rl", names, 5));
    assert_null(dsc_nearest("units", names, 5));
    assert_null(dsc_nearest("n_units", names, 0));
}

// ---- numbers -------------------------------------------------------------------------------

static void numbers_are_parsed_whole_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"1.5", 1.5},      {"-2e-3", -2e-3},    {" 7 ", 7},   {".5", 0.5},
                {"inf", INFINITY}, {"-inf", -INFINITY}, {"1e-400", 0}};
    static const char *const bad[] = {"",     " ",     "1,5", "1.5x", "0x10",
                                      "left", "1e999", "1 2", "--1"};
    double value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!dsc_parse_number(good[i].text, &value)) fail_msg("refused: %s", good[i].text);
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        value = 42;
        if (dsc_parse_number(bad[i], &value)) fail_msg("accepted: \"%s\"", bad[i]);
        assert_true(value == 42);
    }
    assert_true(dsc_parse_number("NaN", &value) && isnan(value));
    assert_false(dsc_parse_number(NULL, &value));
}

static void every_double_reads_back_from_its_text(void **state)
{
    (void)state;
    dsc_stream s = dsc_stream_start(5, DSC_FOR_NOISE, 0, 0, 0);
    for (int i = 0; i < 20000; i++) {
        char text[32];
        double value, back;
        const uint64_t bits = (uint64_t)dsc_stream_word(&s) << 32 | dsc_stream_word(&s);
        memcpy(&value, &bits, sizeof value);
        if (i % 2) value = dsc_stream_normal(&s);
        assert_true(dsc_parse_number(dsc_format_number(value, text), &back));
        if (isnan(value)) assert_true(isnan(back));
        else assert_memory_equal(&back, &value, sizeof value);
    }
}

static void numbers_are_written_in_their_shortest_form(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "-0"},
                 {0.1, "0.1"},
                 {1.0 / 3, "0.3333333333333333"},
                 {100000, "100000"},
                 {-7, "-7"},
                 {-999999999999999, "-999999999999999"},
                 {1e15, "1e+15"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {1e300, "1e+300"},
                 {5e-324, "5e-324"},
                 {-INFINITY, "-inf"},
                 {NAN, "nan"},
                 {-NAN, "nan"}};
    char text[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(dsc_format_number(cases[i].value, text), cases[i].text);
}

// The shortest of %.15g, %.16g, %.17g that reads back.
static void a_rounded_zero_has_no_sign(void **state)
{
    static const char *const cases[][2] = {
        {"-0.0000", "0.0000"},           {"-0", "0"},
        {"-0.0001", "-0.0001"},          {"(-0.00 to -0.01)", "(0.00 to -0.01)"},
        {"0.4-0.0 -0.0", "0.4-0.0 0.0"}, {"-0.0e5 -", "-0.0e5 -"},
        {"- -0. --0", "- 0. -0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        strcpy(text, cases[i][0]);
        assert_string_equal(dsc_drop_zero_signs(text), cases[i][1]);
    }
}

static void check_digits(double value)
{
    char expected[64], text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(expected, sizeof expected, "%.*g", digits, value);
        if (strtod(expected, NULL) == value) break;
    }
    if (strcmp(dsc_format_number(value, text), expected) != 0)
        fail_msg("%a is written %s, not %s", value, text, expected);
}

static double next_double(double value, int steps)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits += (uint64_t)steps;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

static void digits_are_those_of_the_c_library(void **state)
{
    (void)state;
    char text[32];
    dsc_stream s = dsc_stream_start(6, DSC_FOR_NOISE, 0, 0, 0);
    for (int x = -12; x < 18; x++)
        for (int step = -100; step <= 100; step++) {
            snprintf(text, sizeof text, "1e%d", x);
            check_digits(next_double(strtod(text, NULL), step));
        }
    for (int e = -40; e < 55; e++)
        for (int step = -5; step <= 5; step++) check_digits(next_double(ldexp(-1, e), step));
    for (int i = 0; i < 40000; i++) {
        const double u = dsc_stream_uniform(&s);
        const double cases[] = {u, log(u), ldexp(1 + u, (int)dsc_stream_below(&s, 90) - 38),
                                dsc_stream_below(&s, 1000000) / 1000.0,
                                dsc_stream_word(&s) * 1000003.0 /
                                    pow(10, dsc_stream_below(&s, 20))};
        check_digits(cases[i % 5]);
    }
}

static void numbers_have_a_point_whatever_the_locale(void **state)
{
    static const char *const commas[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    const char *found = NULL;
    for (size_t i = 0; i < 4 && !found; i++) found = setlocale(LC_ALL, commas[i]);
    char text[32];
    double value = 0;
    const bool parsed = dsc_parse_number("2.5", &value);
    dsc_format_number(2.5, text);
    setlocale(LC_ALL, "C");
    assert_true(parsed && value == 2.5);
    assert_string_equal(text, "2.5");
    if (!found) print_message("no locale with a decimal comma here: only \"C\" was tried\n");
    (void)state;
}

// ---- random numbers ------------------------------------------------------------------------

static void philox_matches_its_published_vectors(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4];
        dsc_key key;
        uint32_t out[4];
    } known[] = {
        {{0, 0, 0, 0}, {{0, 0}}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {{0xffffffff, 0xffffffff}},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {{0xa4093822, 0x299f31d0}},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < 3; i++) {
        uint32_t out[4];
        dsc_philox(known[i].counter, known[i].key, out);
        assert_memory_equal(out, known[i].out, sizeof out);
    }
}

static void a_stream_is_a_function_of_all_its_arguments(void **state)
{
    (void)state;
    const uint32_t base[5] = {1, DSC_FOR_TASK, 2, 3, 4};
    uint32_t first[6];
    for (int changed = 0; changed < 6; changed++) {
        uint32_t a[5];
        memcpy(a, base, sizeof a);
        if (changed < 5) a[changed]++;
        dsc_stream s = dsc_stream_start(a[0], (dsc_purpose)a[1], a[2], a[3], a[4]);
        first[changed] = dsc_stream_word(&s);
        for (int i = 0; i < changed; i++) assert_int_not_equal(first[i], first[changed]);
    }
    dsc_stream again = dsc_stream_start(1, DSC_FOR_TASK, 2, 3, 4);
    assert_int_equal(dsc_stream_word(&again), first[5]);
    const dsc_key low = dsc_key_of(1, DSC_FOR_TASK), high = dsc_key_of(1ull << 32, DSC_FOR_TASK);
    assert_memory_not_equal(&low, &high, sizeof low);
}

// 400000 draws: the standard errors of the four moments are 0.0016, 0.0022, 0.0039, 0.0155;
// the bounds are five of them.
static void normals_have_the_moments_of_a_normal(void **state)
{
    (void)state;
    const int n = 400000;
    double sum[4] = {0};
    dsc_stream s = dsc_stream_start(11, DSC_FOR_NOISE, 0, 0, 0);
    for (int i = 0; i < n; i++) {
        const double x = dsc_stream_normal(&s);
        for (int k = 0; k < 4; k++) sum[k] += pow(x, k + 1);
    }
    assert_true(fabs(sum[0] / n) < 0.008);
    assert_true(fabs(sum[1] / n - 1) < 0.011);
    assert_true(fabs(sum[2] / n) < 0.02);
    assert_true(fabs(sum[3] / n - 3) < 0.078);
}

static void uniforms_stay_inside_and_fill_the_interval(void **state)
{
    (void)state;
    enum { N = 320000, BINS = 32 };
    int count[BINS] = {0};
    dsc_stream s = dsc_stream_start(12, DSC_FOR_NOISE, 0, 0, 0);
    for (int i = 0; i < N; i++) {
        const double u = dsc_stream_uniform(&s);
        assert_true(u > 0 && u < 1);
        count[(int)(u * BINS)]++;
    }
    double chi2 = 0;
    for (int i = 0; i < BINS; i++) chi2 += pow(count[i] - N / BINS, 2) / (N / BINS);
    assert_true(chi2 < 70); // 31 degrees of freedom: p = 1e-4
}

static void the_smallest_uniform_is_not_zero(void **state)
{
    (void)state;
    dsc_stream s = {.used = 0}; // two words of zero
    assert_true(dsc_stream_uniform(&s) == 0x1p-54);
    dsc_stream t = {.block = {UINT32_MAX, UINT32_MAX}, .used = 0};
    assert_true(dsc_stream_uniform(&t) == 1 - 0x1p-53);
}

// With n = 3 * 2^30 the plain product would give every third value twice the weight of the others.
static void below_is_uniform_where_a_plain_product_is_not(void **state)
{
    (void)state;
    const uint32_t n = 3u << 30;
    const int draws = 90000;
    int count[3] = {0}, sixth[6] = {0};
    dsc_stream s = dsc_stream_start(13, DSC_FOR_BATCHES, 0, 0, 0);
    for (int i = 0; i < draws; i++) {
        const uint32_t x = dsc_stream_below(&s, n);
        assert_true(x < n);
        count[x % 3]++;
        sixth[dsc_stream_below(&s, 6)]++;
    }
    for (int i = 0; i < 3; i++) assert_true(abs(count[i] - draws / 3) < 710); // 5 sd
    for (int i = 0; i < 6; i++) assert_true(abs(sixth[i] - draws / 6) < 560);
    assert_int_equal(dsc_stream_below(&s, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failure_keeps_its_sentence),
        TEST(a_long_sentence_is_cut_and_says_so),
        TEST(notes_reach_the_function_that_was_given),
        TEST(a_context_destroys_what_was_left_with_it_the_newest_first),
        TEST(blocks_are_zeroed_and_aligned),
        TEST(growing_keeps_the_old_and_zeroes_the_new),
        TEST(a_product_that_overflows_is_out_of_memory),
        TEST(a_failed_growth_leaves_the_block),
        TEST(copying_null_gives_null),
        TEST(arena_objects_are_zeroed_aligned_and_apart),
        TEST(an_arena_takes_objects_larger_than_its_chunks),
        TEST(text_grows_by_what_is_added),
        TEST(the_nearest_name_is_found_within_a_third),
        TEST(numbers_are_parsed_whole_or_not_at_all),
        TEST(every_double_reads_back_from_its_text),
        TEST(numbers_are_written_in_their_shortest_form),
        TEST(a_rounded_zero_has_no_sign),
        TEST(digits_are_those_of_the_c_library),
        TEST(numbers_have_a_point_whatever_the_locale),
        TEST(philox_matches_its_published_vectors),
        TEST(a_stream_is_a_function_of_all_its_arguments),
        TEST(normals_have_the_moments_of_a_normal),
        TEST(uniforms_stay_inside_and_fill_the_interval),
        TEST(the_smallest_uniform_is_not_zero),
        TEST(below_is_uniform_where_a_plain_product_is_not),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
