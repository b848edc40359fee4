// SPDX-License-Identifier: Apache-2.0
// test_filter_table.c — a particle filter over whole tables: what it depends on, what it finds,
// what it refuses.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "discern/fit.h"
#include "support/tables.h"

static const char *const text = "model drifting_q\n"
                                "actions 2\n"
                                "outcome reward\n"
                                "parameter alpha in unit\n"
                                "parameter beta in positive\n"
                                "state q[action] = 0 reset block\n"
                                "trial\n"
                                "    choose softmax(beta * q)\n"
                                "    q[choice] += alpha * (reward - q[choice])\n";

static dsc_status build(const dsc_model *self, dsc_builder *b, const void *config,
                        const dsc_model_size *size)
{
    const dsc_cog_build o = {.form = size->form, .n_actions = size->n_actions};
    (void)config;
    return dsc_cog_build_cell(self->cog, b, &o);
}

static const dsc_field no_fields[] = {{NULL, DSC_INT, 0, NULL, 0, 0, NULL, NULL}};

typedef struct bench {
    dsc_cog *cog;
    dsc_model model;
    dsc_filter filter;
    dsc_pool *pool;
} bench;

static void bench_begin(dsc_context *ctx, bench *s, int threads, int particles)
{
    *s = (bench){0};
    CHECK_OK(ctx, dsc_cog_compile(ctx, "drifting.cog", text, &s->cog));
    s->model =
        (dsc_model){.name = "drifting_q", .fields = no_fields, .build = build, .cog = s->cog};
    CHECK_OK(ctx, dsc_filter_defaults(ctx, &s->model, &s->filter));
    s->filter.config.particles = particles;
    CHECK_OK(ctx, dsc_pool_create(ctx, threads, &s->pool));
}

static void bench_end(dsc_context *ctx, bench *s)
{
    dsc_pool_destroy(&s->pool);
    dsc_cog_destroy(ctx, &s->cog);
}

static dsc_evaluation *run(table_test *t, const bench *s, const dsc_table *table)
{
    dsc_evaluation *e = NULL;
    CHECK_OK(t->ctx, dsc_filter_table(t->ctx, &s->filter, table, NULL, s->pool, NULL, &e));
    return e;
}

static double recorded(const dsc_evaluation *e, size_t row, const char *name)
{
    int i = 0;
    while (i < e->n_recorded && strcmp(e->recorded_names[i], name) != 0) i++;
    assert_true(i < e->n_recorded);
    return e->recorded[row * (size_t)e->n_recorded + (size_t)i];
}

// Sessions of a Q-learner whose learning rate is high, then low. order: of the subjects; NULL: all.
enum { SUBJECTS = 5, TRIALS = 60 };
static void write_trials(table_test *t, const char *name, int n, const int *subjects)
{
    dsc_text out = {0};
    dsc_text_add(t->ctx, &out, "subject,session,trial,choice,reward\n");
    for (int k = 0; k < n; k++) {
        const int who = subjects ? subjects[k] : k;
        dsc_stream random = dsc_stream_start(9, DSC_FOR_TASK, 0, (uint32_t)who, 0);
        for (int i = 0; i < TRIALS; i++) {
            const int choice = (int)dsc_stream_below(&random, 2);
            const int reward = dsc_stream_uniform(&random) < (choice ? 0.8 : 0.2);
            dsc_text_add(t->ctx, &out, "s%d,%d,%d,%d,%d\n", who, i / 30, i, choice, reward);
        }
    }
    write_bytes(t, name, out.s, out.length);
    dsc_text_free(t->ctx, &out);
    CHECK_OK(t->ctx, read_with(t, name, &(dsc_read_options){0}));
}

static void threads_and_instruction_sets_do_not_matter(void **state)
{
    static const char *const isas[] = {"scalar", "avx2", "avx512", "neon"};
    table_test *t = *state;
    bench one, three;
    write_trials(t, "a.csv", SUBJECTS, NULL);
    bench_begin(t->ctx, &one, 1, 100);
    bench_begin(t->ctx, &three, 3, 100);
    dsc_evaluation *a = run(t, &one, t->table), *b = run(t, &three, t->table);
    const size_t n = a->n_trials * (size_t)a->n_recorded * sizeof(double);
    assert_memory_equal(a->recorded, b->recorded, n);
    for (int i = 0; i < 4; i++) {
        const dsc_engine *engine;
        dsc_evaluation *e = NULL;
        if (dsc_engine_select(t->ctx, "lanes", isas[i], "double", &engine) != DSC_OK) continue;
        CHECK_OK(t->ctx,
                 dsc_filter_table(t->ctx, &one.filter, t->table, engine, one.pool, NULL, &e));
        assert_memory_equal(a->recorded, e->recorded, n);
        dsc_evaluation_free(t->ctx, &e);
    }
    one.filter.config.seed = 1;
    dsc_evaluation *c = run(t, &one, t->table);
    assert_memory_not_equal(a->recorded, c->recorded, n);
    dsc_evaluation_free(t->ctx, &a);
    dsc_evaluation_free(t->ctx, &b);
    dsc_evaluation_free(t->ctx, &c);
    bench_end(t->ctx, &one);
    bench_end(t->ctx, &three);
}

static void company_does_not_change_a_subject(void **state)
{
    table_test *t = *state;
    bench s;
    bench_begin(t->ctx, &s, 2, 64);
    write_trials(t, "all.csv", SUBJECTS, NULL);
    dsc_evaluation *all = run(t, &s, t->table);
    dsc_table_destroy(t->ctx, &t->table);
    write_trials(t, "two.csv", 2, (const int[]){3, 1});
    dsc_evaluation *two = run(t, &s, t->table);
    const size_t row = TRIALS * (size_t)all->n_recorded;
    assert_memory_equal(two->recorded, all->recorded + 3 * row, row * sizeof(double));
    assert_memory_equal(two->recorded + row, all->recorded + row, row * sizeof(double));
    dsc_evaluation_free(t->ctx, &all);
    dsc_evaluation_free(t->ctx, &two);
    bench_end(t->ctx, &s);
}

// A table made by a program may number its subjects as it likes.
static void subjects_without_a_session_are_no_company(void **state)
{
    table_test *t = *state;
    static const double choice[] = {0, 1, 1, 0}, reward[] = {1, 0, 1, 1};
    bench s;
    bench_begin(t->ctx, &s, 2, 64);
    dsc_evaluation *e[2];
    for (int far = 0; far < 2; far++) {
        CHECK_OK(t->ctx, dsc_table_make(t->ctx, 2, (int[]){2, 2}, (int[]){0, far ? 400 : 1}, 2,
                                        (const char *const[]){"choice", "reward"},
                                        (const double *const[]){choice, reward}, &t->table));
        e[far] = run(t, &s, t->table);
        dsc_table_destroy(t->ctx, &t->table);
    }
    assert_memory_equal(e[0]->log_p, e[1]->log_p, 2 * 2 * sizeof(double)); // of the first
    assert_true(e[1]->log_p[4] < 0 && e[1]->log_p[6] < 0);
    for (int far = 0; far < 2; far++) dsc_evaluation_free(t->ctx, &e[far]);
    bench_end(t->ctx, &s);
}

// With group=session the second session of a subject knows nothing of the first.
static void parameters_go_on_over_sessions_unless_they_start_anew(void **state)
{
    table_test *t = *state;
    bench s;
    bench_begin(t->ctx, &s, 1, 200);
    write_trials(t, "a.csv", 1, NULL);
    dsc_evaluation *on = run(t, &s, t->table);
    snprintf(s.filter.config.group, sizeof s.filter.config.group, "session");
    dsc_evaluation *anew = run(t, &s, t->table);
    // before anything was learnt the filtered spread is that of the start: 0.26 for a flat unit
    assert_true(recorded(anew, 30, "alpha_sd") > 0.24);
    assert_true(recorded(on, 30, "alpha_sd") < recorded(anew, 30, "alpha_sd"));
    for (size_t k = 0; k < 2; k++) // values start anew in both
        assert_true(fabs(on->log_p[30 * 2 + k] - log(0.5)) < 1e-12);
    dsc_evaluation_free(t->ctx, &on);
    dsc_evaluation_free(t->ctx, &anew);
    bench_end(t->ctx, &s);
}

static void missing_choices_are_predicted_and_teach_nothing(void **state)
{
    table_test *t = *state;
    bench s;
    bench_begin(t->ctx, &s, 1, 100);
    CHECK_OK(t->ctx,
             read_text(t, "m.csv", "subject,choice,reward\na,0,1\na,,\na,,\na,1,0\na,0,1\n", NULL));
    for (int i = 0; i < s.filter.n_walks; i++) s.filter.walk[i].sd = 0;
    dsc_evaluation *e = run(t, &s, t->table);
    assert_true(recorded(e, 1, "ess") == recorded(e, 2, "ess"));
    assert_true(fabs(e->log_p[2] - e->log_p[4]) < 1e-12 && fabs(e->log_p[4] - e->log_p[6]) < 1e-12);
    assert_int_equal(e->score[0].n_trials, 3);
    dsc_evaluation_free(t->ctx, &e);
    bench_end(t->ctx, &s);
}

// Without steps and with all particles at one place the filter is the model itself.
static void particles_at_one_place_are_the_model(void **state)
{
    table_test *t = *state;
    bench s;
    bench_begin(t->ctx, &s, 1, 3);
    write_trials(t, "a.csv", 1, NULL);
    for (int i = 0; i < 2; i++) {
        s.filter.walk[i] = (dsc_walk){.low = -INFINITY, .high = INFINITY};
        snprintf(s.filter.walk[i].transform, DSC_FIELD_TEXT, "identity");
        snprintf(s.filter.walk[i].start, DSC_FIELD_TEXT, i ? "4" : "0.3");
    }
    dsc_evaluation *e = run(t, &s, t->table);
    const double *choice = dsc_table_column(t->table, "choice")->value,
                 *reward = dsc_table_column(t->table, "reward")->value;
    double q[2];
    for (int i = 0; i < TRIALS; i++) {
        if (i % 30 == 0) q[0] = q[1] = 0;
        const double p = 1 / (1 + exp(-4 * (q[0] - q[1])));
        assert_true(fabs(exp(e->log_p[2 * i]) - p) < 1e-12);
        assert_true(fabs(recorded(e, (size_t)i, "ess") - 3) < 1e-9);
        assert_true(fabs(recorded(e, (size_t)i, "alpha_mean") - 0.3) < 1e-12);
        assert_true(fabs(recorded(e, (size_t)i, "beta_of_mean") - 4) < 1e-12);
        const int c = (int)choice[i];
        assert_true(fabs(recorded(e, (size_t)i, "log_lik") - log(c ? 1 - p : p)) < 1e-12);
        q[c] += 0.3 * (reward[i] - q[c]);
    }
    dsc_evaluation_free(t->ctx, &e);
    bench_end(t->ctx, &s);
}

static void wrong_requests_are_refused(void **state)
{
    table_test *t = *state;
    bench s;
    dsc_evaluation *e = NULL;
    const dsc_model network = {.name = "net"};
    bench_begin(t->ctx, &s, 1, 10);
    CHECK_FAILS(t->ctx, DSC_INPUT, "classical", dsc_filter_defaults(t->ctx, &network, &s.filter));
    const dsc_filter before = s.filter;
    CHECK_FAILS(t->ctx, DSC_INPUT, "\"kappa\"", dsc_filter_preset(t->ctx, &s.filter, "dezfouli"));
    CHECK_FAILS(t->ctx, DSC_INPUT, "preset=new", dsc_filter_preset(t->ctx, &s.filter, "new"));
    assert_memory_equal(&s.filter, &before, sizeof before);
    CHECK_OK(t->ctx, dsc_filter_defaults(t->ctx, &s.model, &s.filter));
    CHECK_OK(t->ctx, read_text(t, "r.csv", "subject,choice\na,0\na,1\n", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT, "reward",
                dsc_filter_table(t->ctx, &s.filter, t->table, NULL, s.pool, NULL, &e));
    dsc_table_destroy(t->ctx, &t->table);
    CHECK_OK(t->ctx, read_text(t, "c.csv", "subject,choice,reward\na,2,0\na,1,1\na,0,0\n", NULL));
    CHECK_FAILS(t->ctx, DSC_INPUT, "options 0 to 1",
                dsc_filter_table(t->ctx, &s.filter, t->table, NULL, s.pool, NULL, &e));
    bench_end(t->ctx, &s);
}

// ---- without memory -----------------------------------------------------------------------------

static dsc_status filter_body(dsc_context *ctx, void *user)
{
    static const int lengths[2] = {3, 2};
    static const double choice[5] = {0, 1, NAN, 1, 0}, reward[5] = {1, 0, 0, 1, 1};
    bench s = {0};
    dsc_table *t = NULL;
    dsc_evaluation *e = NULL;
    dsc_status status;
    (void)user;
    DSC_TRY_OR(done,
               dsc_table_make(ctx, 2, lengths, NULL, 2, (const char *const[]){"choice", "reward"},
                              (const double *const[]){choice, reward}, &t));
    DSC_TRY_OR(done, dsc_cog_compile(ctx, "drifting.cog", text, &s.cog));
    s.model = (dsc_model){.name = "drifting_q", .fields = no_fields, .build = build, .cog = s.cog};
    DSC_TRY_OR(done, dsc_filter_defaults(ctx, &s.model, &s.filter));
    s.filter.config.particles = 5;
    DSC_TRY_OR(done, dsc_pool_create(ctx, 1, &s.pool));
    DSC_TRY_OR(done, dsc_filter_table(ctx, &s.filter, t, NULL, s.pool, NULL, &e));
done:
    if (e) dsc_evaluation_free(ctx, &e);
    dsc_pool_destroy(&s.pool);
    if (s.cog) dsc_cog_destroy(ctx, &s.cog);
    if (t) dsc_table_destroy(ctx, &t);
    return status;
}

static void memory_may_run_out_at_any_point(void **state)
{
    (void)state;
    assert_true(check_every_allocation_failure(filter_body, NULL) > 50);
}

// ---- the published test set (spec trnn 9.1) -----------------------------------------------------

#define TEST_SET  "../shared/golden/trnn/artificial_testset.csv.gz"
#define REFERENCE "../shared/golden/trnn/pf_artificial_reference_40seeds.csv.gz"

// Root mean square of how many standard deviations (of one run, over seeds) a trajectory is off.
static double distance(const dsc_evaluation *e, size_t first, const dsc_table *reference,
                       size_t from, const char *parameter)
{
    char ours[32], mean[32], sd[32];
    double squares = 0;
    snprintf(ours, sizeof ours, "%s_of_mean", parameter);
    snprintf(mean, sizeof mean, "%s_mean40", parameter);
    snprintf(sd, sizeof sd, "%s_sd40", parameter);
    for (size_t i = 0; i < 1000; i++) {
        const double off = recorded(e, first + i, ours) - values_of(reference, mean)[from + i],
                     one = fmax(values_of(reference, sd)[from + i], 1e-3); // 0 where beta is capped
        squares += off * off / (one * one) / 1000;
    }
    return sqrt(squares);
}

static double likelihood_off(const dsc_evaluation *e, size_t first, const dsc_table *reference,
                             size_t from)
{
    double sum = 0;
    for (size_t i = 0; i < 1000; i++)
        sum += exp(recorded(e, first + i, "log_lik")) -
               values_of(reference, "choice_lik_mean40")[from + i];
    return sum / 1000;
}

static void read_reference(table_test *t, const char *path, const char *const *maps, int n,
                           dsc_table **table)
{
    const dsc_read_options o = {.n_maps = n, .map = maps};
    CHECK_OK(t->ctx, dsc_table_read(t->ctx, path, &o, table));
}

// One run of 1000 particles lies within the scatter of single runs around the mean of 40 seeds.
static void trajectories_are_those_of_the_reference(void **state)
{
    static const size_t agents[] = {8, 15, 22};
    table_test *t = *state;
    bench s;
    dsc_table *all = NULL, *reference = NULL;
    if (!has_material(TEST_SET) || !has_material(REFERENCE)) return;
    bench_begin(t->ctx, &s, 0, 1000);
    CHECK_OK(t->ctx, dsc_filter_preset(t->ctx, &s.filter, "artificial"));
    read_reference(t, TEST_SET, MAPS("subject=agent", "choice=action"), 2, &all);
    read_reference(t, REFERENCE, MAPS("subject=agent"), 1, &reference);
    dsc_evaluation *e = run(t, &s, all);
    for (size_t a = 0; a < 3; a++) {
        const double alpha = distance(e, agents[a] * 1000, reference, a * 1000, "alpha"),
                     beta = distance(e, agents[a] * 1000, reference, a * 1000, "beta"),
                     likelihood = likelihood_off(e, agents[a] * 1000, reference, a * 1000);
        print_message("agent %zu: alpha %.2f, beta %.2f standard deviations off; likelihood "
                      "%+.5f\n",
                      agents[a], alpha, beta, likelihood);
        assert_true(alpha > 0.3 && alpha < 2.5 && beta > 0.3 && beta < 2.5);
        assert_true(fabs(likelihood) < 0.004);
    }
    print_message("mean over agents of nll per trial: %.6f\n", e->score[0].subject_nll);
    assert_true(fabs(e->score[0].subject_nll - 0.32677) < 4 * 0.000176);
    dsc_evaluation_free(t->ctx, &e);
    dsc_table_destroy(t->ctx, &reference);
    dsc_table_destroy(t->ctx, &all);
    bench_end(t->ctx, &s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(threads_and_instruction_sets_do_not_matter),
        TABLE_TEST(company_does_not_change_a_subject),
        TABLE_TEST(subjects_without_a_session_are_no_company),
        TABLE_TEST(parameters_go_on_over_sessions_unless_they_start_anew),
        TABLE_TEST(missing_choices_are_predicted_and_teach_nothing),
        TABLE_TEST(particles_at_one_place_are_the_model),
        TABLE_TEST(wrong_requests_are_refused),
        cmocka_unit_test(memory_may_run_out_at_any_point),
        TABLE_TEST(trajectories_are_those_of_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
