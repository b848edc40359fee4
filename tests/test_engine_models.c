// SPDX-License-Identifier: Apache-2.0
// test_engine_models.c — gradients of every model against central differences; the same bits
// whatever the threads, the instruction set, the replicas; tiles, padding and order that do not
// matter.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/differences.h"
#include "support/model_cells.h"

static dsc_context *ctx;
static const dsc_noise_seed seed = {21, DSC_FOR_NOISE, 5};
enum { OBJECTIVES = 3 }; // at most
static const double coefficients[OBJECTIVES] = {0.6, 0.4, 0.3};

static int set_up(void **state)
{
    (void)state;
    return dsc_context_create(NULL, &ctx);
}

static int tear_down(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    return 0;
}

// A model with data and parameters.
typedef struct bench {
    dsc_cell *cell;
    dsc_layout layout;
    model_data data;
    double *values;
} bench;

static void bench_start(bench *k, const char *model, const char *settings, bool noiseless, int n,
                        int longest, uint32_t trial)
{
    const dsc_loss loss = strcmp(model, "disrnn_neuro") == 0 ? DSC_LOSS_PENALIZED_HYBRID
                          : strncmp(model, "disrnn", 6) == 0 ? DSC_LOSS_PENALIZED_CATEGORICAL
                                                             : DSC_LOSS_CATEGORICAL;
    CHECK_OK(ctx, model_cell_create(ctx, model, settings, noiseless, loss, &k->cell));
    CHECK_OK(ctx, model_data_create(ctx, k->cell, n, longest, trial, &k->data));
    CHECK_OK(ctx, dsc_layout_create(ctx, k->cell, 3, n, &k->layout));
    k->values = model_values_create(ctx, k->cell, &k->layout, trial);
    assert_non_null(k->values);
}

static void bench_stop(bench *k)
{
    dsc_free(ctx, &k->values);
    model_data_destroy(ctx, &k->data);
    dsc_layout_free(ctx, &k->layout);
    dsc_cell_destroy(&k->cell);
}

static rig_options options_of(const bench *k, const dsc_engine *e)
{
    return (rig_options){.engine = e,
                         .n_sessions = k->data.n,
                         .session = k->data.session,
                         .n_subjects = 3,
                         .n_lanes = k->data.n,
                         .gradient = true};
}

// Sums [OBJECTIVES] and gradient under the given options, to free.
static double *block_of(const bench *k, const rig_options *o)
{
    rig r;
    double *block = calloc(OBJECTIVES + k->layout.n_values, sizeof *block);
    CHECK_OK(ctx, rig_create(ctx, k->cell, o, &r));
    CHECK_OK(ctx, rig_gradient(&r, k->values, seed, coefficients, block, block + OBJECTIVES));
    rig_destroy(&r);
    return block;
}

static size_t block_bytes(const bench *k)
{
    return (OBJECTIVES + k->layout.n_values) * sizeof(double);
}

static void check_close(const char *what, const bench *k, const double *a, const double *b)
{
    for (size_t i = 0; i < OBJECTIVES + k->layout.n_values; i++)
        if (!(fabs(a[i] - b[i]) <= 1e-12 * fmax(1, fabs(b[i]))))
            fail_msg("%s: number %zu is %.17g, not %.17g", what, i, a[i], b[i]);
}

static const dsc_engine *best(const char *precision)
{
    const dsc_engine *e = NULL;
    CHECK_OK(ctx, dsc_engine_select(ctx, "lanes", NULL, precision, &e));
    return e;
}

// ---- gradients of models ------------------------------------------------------------------------

static void check_model(const char *model, const char *settings, bool noiseless, uint32_t trial)
{
    bench k;
    char what[256];
    snprintf(what, sizeof what, "%s %s%s, trial %u", model, settings, noiseless ? " noiseless" : "",
             (unsigned)trial);
    bench_start(&k, model, settings, noiseless, 4, 5, trial);
    for (int i = 0; i < 2; i++) {
        rig r;
        const rig_options o = options_of(&k, i ? best("double") : rig_engine("ref", NULL, NULL));
        CHECK_OK(ctx, rig_create(ctx, k.cell, &o, &r));
        check_gradient(&r, what, k.values, seed, coefficients);
        rig_destroy(&r);
    }
    bench_stop(&k);
}

static void gradient_of_every_network_matches_central_differences(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 3; trial++) {
        check_model("rnn", "n_units=5", false, trial);
        check_model("gru", "n_units=4", false, trial);
        check_model("lstm", "n_units=3", false, trial);
    }
    check_model("gru", "n_units=9", false, 3); // blocks of weights of other sizes
}

// A classical model in one form, on sessions long enough for everything that it remembers.
static void check_classical(const char *model, const char *level, dsc_cog_form form, uint32_t trial)
{
    bench k = {0};
    rig r;
    char what[128];
    snprintf(what, sizeof what, "%s %s, form %d, trial %u", model, level, (int)form,
             (unsigned)trial);
    CHECK_OK(ctx, model_cell_create_as(ctx, model, level, form, DSC_LOSS_CATEGORICAL, &k.cell));
    CHECK_OK(ctx, model_data_create(ctx, k.cell, 4, 12, trial, &k.data));
    CHECK_OK(ctx, dsc_layout_create(ctx, k.cell, 3, k.data.n, &k.layout));
    k.values = model_values_create(ctx, k.cell, &k.layout, trial);
    const rig_options o = options_of(&k, best("double"));
    CHECK_OK(ctx, rig_create(ctx, k.cell, &o, &r));
    check_gradient(&r, what, k.values, seed, coefficients);
    rig_destroy(&r);
    bench_stop(&k);
}

static void gradient_of_every_classical_model_matches_central_differences(void **state)
{
    (void)state;
    for (int i = 0; dsc_model_name(i); i++) {
        const dsc_model *m;
        CHECK_OK(ctx, dsc_model_at(ctx, i, &m));
        for (uint32_t trial = 0; m->cog && trial < 3; trial++) {
            check_classical(m->name, "level=model", DSC_COG_AGENT, trial);
            check_classical(m->name, "level=subject", DSC_COG_OBSERVER, trial);
        }
    }
}

#define SMALL                                                                  \
    "latent_size=2,update_net_n_units_per_layer=3,update_net_n_layers=2,"      \
    "choice_net_n_units_per_layer=2,choice_net_n_layers=1,latent_penalty=0.1," \
    "update_net_obs_penalty=0.2,update_net_latent_penalty=0.3,"                \
    "choice_net_latent_penalty=0.4,l2_scale=0.05,activation="

#define SUBJECTS                                                             \
    "subject_embedding_size=2,subj_penalty=0.5,update_net_subj_penalty=0.6," \
    "choice_net_subj_penalty=0.7,"

#define VALUES                                                                \
    "neural_activity_net_n_units_per_layer=3,neural_activity_net_n_layers=1," \
    "neural_activity_net_latent_penalty=0.8,"

static void gradient_of_the_disrnn_matches_with_every_activation(void **state)
{
    (void)state;
    char settings[512];
    uint32_t trial = 0;
    for (const char *const *name = dsc_activation_names(); *name; name++, trial++) {
        snprintf(settings, sizeof settings, SMALL "%s", *name);
        check_model("disrnn", settings, false, trial);
        check_model("disrnn", settings, true, trial);
    }
}

static void gradient_of_the_disrnn_of_several_subjects_matches(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 3; trial++) {
        check_model("disrnn_multisubject", SUBJECTS SMALL "leaky_relu", false, trial);
        check_model("disrnn_multisubject", SUBJECTS SMALL "tanh", true, trial);
        check_model("disrnn_multisubject", SUBJECTS "padding_subject=none," SMALL "tanh", false,
                    trial);
    }
}

static void gradient_of_the_disrnn_of_choices_and_values_matches(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 3; trial++) {
        check_model("disrnn_neuro", VALUES SMALL "leaky_relu", false, trial);
        check_model("disrnn_neuro", VALUES SMALL "tanh", true, trial);
    }
}

static void gradient_of_the_disrnn_as_published_matches(void **state)
{
    static const char settings[] = "latent_size=2,update_mlp_shape=3,2,choice_mlp_shape=2,2,"
                                   "beta_scale=0.3,information_penalty=0.2,activation=";
    char all[256];
    (void)state;
    for (uint32_t trial = 0; trial < 3; trial++) {
        snprintf(all, sizeof all, "%s%s", settings, trial ? "tanh" : "relu");
        check_model("disrnn_paper", all, false, trial);
        check_model("disrnn_paper", all, true, trial);
    }
    check_model("disrnn_paper", "update_mlp_shape=,choice_mlp_shape=", false, 3);
}

// Every network must be in one of the lists above; classical models are differentiated all.
static void every_model_is_among_those_differentiated(void **state)
{
    (void)state;
    static const char *const checked[] = {
        "rnn", "gru", "lstm", "disrnn", "disrnn_multisubject", "disrnn_neuro", "disrnn_paper"};
    for (int i = 0; dsc_model_name(i); i++) {
        const dsc_model *m;
        CHECK_OK(ctx, dsc_model_at(ctx, i, &m));
        bool found = m->cog != NULL;
        for (size_t k = 0; k < sizeof checked / sizeof checked[0]; k++)
            found |= strcmp(checked[k], dsc_model_name(i)) == 0;
        if (!found) fail_msg("no gradient test for the model %s", dsc_model_name(i));
    }
}

// ---- same bits ----------------------------------------------------------------------------------

#define DISRNN_5                                                           \
    "latent_size=5,update_net_n_units_per_layer=16,update_net_n_layers=2," \
    "choice_net_n_units_per_layer=4,choice_net_n_layers=2"
static const struct {
    const char *model, *settings;
    bool noiseless;
} benches[] = {
    {"rnn", "n_units=7", false},
    {"gru", "n_units=16", false},
    {"gru", "n_units=5", false},
    {"lstm", "n_units=8", false},
    {"disrnn", DISRNN_5, false},
    {"disrnn", DISRNN_5, true},
    {"disrnn_multisubject", SUBJECTS DISRNN_5, false},
    {"disrnn_neuro", VALUES DISRNN_5, false},
    {"disrnn_paper", "", false},
    {"q_learning", "level=subject", false},
    {"actor_critic", "", false},
    {"disrnn", SMALL "gelu", false},
    {"disrnn", SMALL "mish", false},
};
enum { N_BENCHES = sizeof benches / sizeof benches[0], SESSIONS = 75, LONGEST = 24 };

static void bench_number(bench *k, int i)
{
    bench_start(k, benches[i].model, benches[i].settings, benches[i].noiseless, SESSIONS, LONGEST,
                (uint32_t)i);
}

static void threads_do_not_change_the_bits(void **state)
{
    (void)state;
    static const int threads[] = {2, 5};
    for (int i = 0; i < 2 * N_BENCHES; i++) {
        bench k;
        bench_number(&k, i / 2);
        rig_options o = options_of(&k, best(i % 2 ? "single" : "double"));
        o.per_tile = 7; // eleven tiles
        double *wanted = block_of(&k, &o);
        for (int j = 0; j < 2; j++) {
            o.n_threads = threads[j];
            double *got = block_of(&k, &o);
            assert_memory_equal(got, wanted, block_bytes(&k));
            free(got);
        }
        free(wanted);
        bench_stop(&k);
    }
}

static void check_instruction_set(const bench *k, const char *isa, const char *precision,
                                  const double *wanted)
{
    const dsc_engine *e = rig_engine("lanes", isa, precision);
    if (!e) return;
    const rig_options o = options_of(k, e);
    double *got = block_of(k, &o);
    if (memcmp(got, wanted, block_bytes(k)) != 0)
        fail_msg("%s: %s differs from scalar in %s precision", dsc_cell_name(k->cell), isa,
                 precision);
    free(got);
}

static void instruction_sets_do_not_change_the_bits(void **state)
{
    (void)state;
    static const char *const isas[] = {"avx2", "avx512", "neon"};
    for (int j = 0; j < 3; j++)
        if (!rig_engine("lanes", isas[j], NULL)) print_message("skipped: %s\n", isas[j]);
    for (int i = 0; i < 2 * N_BENCHES; i++) {
        const char *precision = i % 2 ? "single" : "double";
        bench k;
        bench_number(&k, i / 2);
        const rig_options o = options_of(&k, rig_engine("lanes", "scalar", precision));
        double *wanted = block_of(&k, &o);
        for (int j = 0; j < 3; j++) check_instruction_set(&k, isas[j], precision, wanted);
        free(wanted);
        bench_stop(&k);
    }
}

// Three replicas with parameters and seeds of their own.
static void check_replicas(const bench *k, rig *r)
{
    enum { N = 3 };
    const size_t n = k->layout.n_values;
    double *values = calloc(N * n, sizeof *values),
           *blocks = calloc(N * (n + OBJECTIVES), sizeof *blocks);
    double *alone = calloc(n + OBJECTIVES, sizeof *alone);
    dsc_replica replica[N];
    for (int i = 0; i < N; i++) {
        double *block = blocks + (size_t)i * (n + OBJECTIVES), *own = values + (size_t)i * n;
        memcpy(own, k->values, n * sizeof *own);
        for (size_t j = 0; j < n; j++) own[j] *= 1 - 0.25 * i;
        const dsc_noise_seed noise = {100 + (uint64_t)i, DSC_FOR_NOISE, 2};
        replica[i] = (dsc_replica){.parameters = own,
                                   .noise = noise,
                                   .coefficients = coefficients,
                                   .sums = block,
                                   .gradient = block + OBJECTIVES};
    }
    CHECK_OK(ctx, rig_gradients(r, replica, N));
    for (int i = 0; i < N; i++) {
        CHECK_OK(ctx, rig_gradient(r, replica[i].parameters, replica[i].noise, coefficients, alone,
                                   alone + OBJECTIVES));
        assert_memory_equal(alone, replica[i].sums, block_bytes(k));
        if (i) assert_memory_not_equal(alone, replica[0].sums, block_bytes(k));
    }
    free(values);
    free(blocks);
    free(alone);
}

static void replicas_are_the_same_as_single_runs(void **state)
{
    (void)state;
    for (int i = 0; i < N_BENCHES; i++) {
        bench k;
        rig r;
        bench_number(&k, i);
        rig_options o = options_of(&k, best("single"));
        o.n_threads = 2;
        CHECK_OK(ctx, rig_create(ctx, k.cell, &o, &r));
        check_replicas(&k, &r);
        rig_destroy(&r);
        bench_stop(&k);
    }
}

// The same plan asked twice, with another run between: nothing is left over.
static void a_run_leaves_nothing_behind(void **state)
{
    (void)state;
    bench k;
    rig r;
    bench_number(&k, 4);
    const rig_options o = options_of(&k, best("single"));
    double *a = calloc(1, block_bytes(&k)), *b = calloc(1, block_bytes(&k));
    const dsc_noise_seed other = {1, DSC_FOR_NOISE, 1};
    CHECK_OK(ctx, rig_create(ctx, k.cell, &o, &r));
    CHECK_OK(ctx, rig_gradient(&r, k.values, seed, coefficients, a, a + OBJECTIVES));
    CHECK_OK(ctx, rig_gradient(&r, k.values, other, coefficients, b, b + OBJECTIVES));
    assert_memory_not_equal(a, b, block_bytes(&k));
    CHECK_OK(ctx, rig_forward(&r, k.values, other, b, NULL));
    CHECK_OK(ctx, rig_gradient(&r, k.values, seed, coefficients, b, b + OBJECTIVES));
    assert_memory_equal(a, b, block_bytes(&k));
    free(a);
    free(b);
    rig_destroy(&r);
    bench_stop(&k);
}

// ---- what must not matter but for rounding ------------------------------------------------------

static void tiles_and_order_of_sessions_do_not_matter(void **state)
{
    (void)state;
    for (int i = 0; i < N_BENCHES; i++) {
        bench k;
        bench_number(&k, i);
        rig_options o = options_of(&k, best("double"));
        double *wanted = block_of(&k, &o);
        for (int per_tile = 1; per_tile < 32; per_tile += 10) {
            o.per_tile = per_tile;
            double *got = block_of(&k, &o);
            check_close("tiles", &k, got, wanted);
            free(got);
        }
        o.per_tile = 0;
        for (int a = 0, b = SESSIONS - 1; a < b; a++, b--) {
            const rig_session s = k.data.session[a];
            k.data.session[a] = k.data.session[b];
            k.data.session[b] = s;
        }
        double *got = block_of(&k, &o);
        check_close("order", &k, got, wanted);
        free(got);
        free(wanted);
        bench_stop(&k);
    }
}

// A tile of uneven sessions against sessions run alone; a lane with multiplicity m counts m times.
static void padding_and_multiplicity_do_not_change_gradients(void **state)
{
    (void)state;
    for (int i = 0; i < N_BENCHES; i++) {
        bench k;
        bench_number(&k, i);
        const rig_options whole = options_of(&k, best("double"));
        double *together = block_of(&k, &whole), *sum = calloc(1, block_bytes(&k));
        for (int s = 0; s < SESSIONS; s++) {
            rig_session alone = k.data.session[s];
            rig_options o = whole;
            o.n_sessions = 1;
            o.session = &alone;
            alone.multiplicity = 1;
            double *one = block_of(&k, &o);
            for (size_t j = 0; j < OBJECTIVES + k.layout.n_values; j++)
                sum[j] += k.data.session[s].multiplicity * one[j];
            free(one);
        }
        check_close(benches[i].model, &k, together, sum);
        free(together);
        free(sum);
        bench_stop(&k);
    }
}

static void forward_and_gradient_runs_give_the_same_sums(void **state)
{
    (void)state;
    for (int i = 0; i < N_BENCHES; i++) {
        bench k;
        rig r;
        bench_number(&k, i);
        const rig_options o = options_of(&k, best("single"));
        double sums[OBJECTIVES] = {0}, *block = block_of(&k, &o);
        CHECK_OK(ctx, rig_create(ctx, k.cell, &o, &r));
        CHECK_OK(ctx, rig_forward(&r, k.values, seed, sums, NULL));
        assert_memory_equal(sums, block, sizeof sums);
        free(block);
        rig_destroy(&r);
        bench_stop(&k);
    }
}

// ---- memory -------------------------------------------------------------------------------------

static dsc_status build_plan_and_differentiate(dsc_context *c, void *user)
{
    dsc_cell *cell = NULL;
    model_data data = {0};
    double values[2048], gradient[2048], sums[OBJECTIVES];
    rig r = {0};
    bool made = false;
    dsc_status status = model_cell_create(c, user, "", false, DSC_LOSS_CATEGORICAL, &cell);
    if (status == DSC_OK) status = model_data_create(c, cell, 3, 4, 0, &data);
    if (status == DSC_OK) {
        const rig_options o = {.engine = rig_engine("lanes", "scalar", "single"),
                               .n_sessions = 3,
                               .session = data.session,
                               .n_threads = 2,
                               .gradient = true};
        status = rig_create(c, cell, &o, &r);
        made = status == DSC_OK;
    }
    for (int i = 0; i < 2048; i++) values[i] = 0.1;
    if (made) status = rig_gradient(&r, values, seed, coefficients, sums, gradient);
    if (made && status == DSC_OK) status = rig_forward(&r, values, seed, sums, NULL);
    if (made) rig_destroy(&r);
    model_data_destroy(c, &data);
    if (cell) dsc_cell_destroy(&cell);
    return status;
}

static void planning_and_running_survive_any_failed_allocation(void **state)
{
    (void)state;
    static const char *const models[] = {"q_learning", "disrnn"};
    for (int i = 0; i < 2; i++)
        assert_true(
            check_every_allocation_failure(build_plan_and_differentiate, (void *)models[i]) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_of_every_network_matches_central_differences),
        cmocka_unit_test(gradient_of_every_classical_model_matches_central_differences),
        cmocka_unit_test(gradient_of_the_disrnn_matches_with_every_activation),
        cmocka_unit_test(gradient_of_the_disrnn_of_several_subjects_matches),
        cmocka_unit_test(gradient_of_the_disrnn_of_choices_and_values_matches),
        cmocka_unit_test(gradient_of_the_disrnn_as_published_matches),
        cmocka_unit_test(every_model_is_among_those_differentiated),
        cmocka_unit_test(threads_do_not_change_the_bits),
        cmocka_unit_test(instruction_sets_do_not_change_the_bits),
        cmocka_unit_test(replicas_are_the_same_as_single_runs),
        cmocka_unit_test(a_run_leaves_nothing_behind),
        cmocka_unit_test(tiles_and_order_of_sessions_do_not_matter),
        cmocka_unit_test(padding_and_multiplicity_do_not_change_gradients),
        cmocka_unit_test(forward_and_gradient_runs_give_the_same_sums),
        cmocka_unit_test(planning_and_running_survive_any_failed_allocation),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
