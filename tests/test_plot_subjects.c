// SPDX-License-Identifier: Apache-2.0
// test_plot_subjects.c — figures and words of a disentangled RNN of several subjects (that its
// rules are the reference's is seen by golden/inspect.c).
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "plot/inspect.h"
#include "support/check.h"
#include "support/disrnn_run.h"

static dsc_context *ctx;
static dsc_pool *pool;
static char folder[64], notes[4096];
static const char *const two_inputs[] = {"prev_choice", "prev_reward"};
static char *labels[] = {"ann", "bob", "cy"};

static void note_keep(void *user, dsc_note_kind kind, const char *sentence)
{
    (void)user, (void)kind;
    size_t used = strlen(notes);
    snprintf(notes + used, sizeof notes - used, "%s\n", sentence);
}

static int set_up(void **state)
{
    (void)state;
    notes[0] = 0;
    make_temporary_folder(folder);
    if (dsc_context_create(NULL, &ctx) != DSC_OK) return -1;
    dsc_on_note(ctx, note_keep, NULL);
    return dsc_pool_create(ctx, 1, &pool);
}

static int tear_down(void **state)
{
    (void)state;
    dsc_pool_destroy(&pool);
    dsc_context_destroy(&ctx);
    remove_folder(folder);
    return 0;
}

static void check_file(const char *name, const char *part, bool there)
{
    char *text = text_in(ctx, folder, name);
    if (there) check_contains(text, part);
    else if (strstr(text, part)) fail_msg("%s holds \"%s\"", name, part);
    dsc_free(ctx, &text);
}

// ---- a run --------------------------------------------------------------------------------------

// Latent 2 is open, and reads number 2 of the subject and the reward; choice reads it and number 1.
static void bottlenecks_set(dsc_run *run)
{
    static const struct {
        const char *name;
        int n, open;
    } sigmas[] = {{"subj_emb_global_sigma_params", 2, 1},    {"update_net_subj_sigma_params", 6, 4},
                  {"choice_net_subj_sigma_params", 2, 0},    {"update_net_obs_sigma_params", 6, 4},
                  {"update_net_latent_sigma_params", 9, -1}, {"latent_sigma_params", 3, 1},
                  {"choice_net_sigma_params", 3, 1}};
    for (size_t i = 0; i < sizeof sigmas / sizeof *sigmas; i++) {
        double *sigma = made_parameter(run, sigmas[i].name);
        for (int k = 0; k < sigmas[i].n; k++) sigma[k] = k == sigmas[i].open ? 0.05 : 0.95;
    }
}

static dsc_run *make_run(void)
{
    static const char *const settings[] = {
        "latent_size", "3", "update_net_n_units_per_layer", "3", "subjects", "3", NULL};
    static const double w[] = {0.5, -0.25, -0.5, 0.125, -0.5, 0.125}, b[] = {0.25, 0.5};
    dsc_run *run = NULL;
    CHECK_OK(ctx, made_run(ctx, "disrnn_multisubject", 2, 2, two_inputs, settings, &run));
    bottlenecks_set(run);
    memcpy(made_parameter(run, "subject_embedding_weights.w"), w, sizeof w);
    memcpy(made_parameter(run, "subject_embedding_weights.b"), b, sizeof b);
    run->subjects = labels;
    return run;
}

static void free_run(dsc_run **run)
{
    (*run)->subjects = NULL; // not its own
    made_run_free(ctx, run);
}

// Ages and groups belong to subjects.
static void give_people(dsc_run *run, const char *const subject[3])
{
    dsc_text t = {0};
    dsc_text_add(ctx, &t, "subject,age,group,session,choice,reward\n");
    for (int i = 0; i < 60; i++)
        dsc_text_add(ctx, &t, "%s,%d,%d,%d\n", subject[i / 20], i % 20 / 10, i % 3 > 0, i % 2);
    CHECK_OK(ctx, dsc_write_file(ctx, path_in(folder, "trials.csv"), t.s, t.length));
    dsc_text_free(ctx, &t);
    snprintf(run->config.data, sizeof run->config.data, "%s", path_in(folder, "trials.csv"));
}

// They come in another order than in the run.
static void give_data(dsc_run *run)
{
    give_people(run, (const char *const[]){"cy,9,old", "ann,3,young", "bob,NA,young"});
}

static dsc_status draw(const dsc_run *run, const char *name, const char *subject,
                       const char *colour)
{
    const dsc_plot_options o = {
        .n = 1, .names = &name, .formats = "", .pool = pool, .subject = subject, .colour = colour};
    return dsc_plot(ctx, run, &o, folder);
}

// ---- figures ------------------------------------------------------------------------------------

static void bottlenecks_of_the_subject_stand_before_the_others(void **state)
{
    (void)state;
    dsc_run *run = make_run();
    CHECK_OK(ctx, draw(run, "bottlenecks", NULL, NULL));
    check_file("bottlenecks.csv", "\nsubject,2,1,embedding 2,,0.05001", true);
    check_file("bottlenecks.csv", "\nchoice,1,1,embedding 1,,0.05001", true);
    check_file("bottlenecks.csv", "\nchoice,3,1,latent 2,,0.05001", true);
    check_file("bottlenecks.csv", "\nupdate,1,2,latent 2,embedding 2,0.05001", true);
    check_file("bottlenecks.csv", "\nupdate,1,4,latent 2,prev_reward,0.05001", true);
    free_run(&run);
}

static void rules_are_those_of_the_subject_that_is_asked_for(void **state)
{
    (void)state;
    dsc_run *run = make_run();
    CHECK_OK(ctx, draw(run, "update_rules", "bob", NULL));
    check_file("update_rules.csv", ",bob\n", true);
    check_file("update_rules.csv", ",ann\n", false);
    check_file("update_rules.gp", "Update rules of subject bob", true);
    CHECK_OK(ctx, draw(run, "choice_rule", "bob", NULL));
    check_file("choice_rule.gp", "Choice rule of subject bob", true);
    assert_null(strstr(notes, "the first of"));
    CHECK_OK(ctx, draw(run, "update_rules", NULL, NULL));
    check_file("update_rules.csv", ",ann\n", true);
    check_contains(notes, "update_rules: of subject \"ann\", the first of 3; --subject LABEL");
    CHECK_FAILS(ctx, DSC_INPUT, "was not fitted to a subject \"boob\"; did you mean \"bob\"?",
                draw(run, "update_rules", "boob", NULL));
    CHECK_FAILS(ctx, DSC_INPUT, "subject \"zzzzz\"; its 3 subjects begin with \"ann\"",
                draw(run, "choice_rule", "zzzzz", NULL));
    free_run(&run);
}

// The logit at z = -limit of the choice net with the subject's embedding, times its multipliers.
static void choice_rule_reads_the_embedding_through_its_multipliers(void **state)
{
    static const double *no_embedding = NULL;
    char *text = NULL;
    size_t size;
    double multiplied[2], found, state_first;
    plot_disrnn d;
    plot_ask net;
    plot_choice with, without;
    (void)state;
    dsc_run *run = make_run();
    double *m = made_parameter(run, "choice_net_subj_multipliers");
    m[0] = 2, m[1] = -1;
    multiplied[0] = 2 * (-0.5 + 0.25), multiplied[1] = -(0.125 + 0.5);
    CHECK_OK(ctx, plot_disrnn_read(ctx, run, &d));
    CHECK_OK(ctx, plot_net_open(ctx, run, "choice_net", &net));
    CHECK_OK(ctx, plot_choice_compute(ctx, &d, &net, multiplied, 0, &with));
    CHECK_OK(ctx, plot_choice_compute(ctx, &d, &net, no_embedding, 0, &without));
    CHECK_OK(ctx, draw(run, "choice_rule", "bob", NULL));
    CHECK_OK(ctx, dsc_read_file(ctx, path_in(folder, "choice_rule.csv"), &text, &size));
    assert_int_equal(sscanf(strchr(text, '\n') + 1, "%lf,%lf", &state_first, &found), 2);
    assert_true(fabs(found - with.logit[0]) < 1e-12);
    assert_true(fabs(found - without.logit[0]) > 1e-6);
    dsc_free(ctx, &text);
    plot_choice_free(ctx, &with);
    plot_choice_free(ctx, &without);
    plot_net_close(ctx, &net);
    plot_disrnn_free(ctx, &d);
    free_run(&run);
}

static void subjects_lie_on_a_map_at_w_plus_b(void **state)
{
    static const double w[6] = {0};
    (void)state;
    dsc_run *run = make_run();
    CHECK_OK(ctx, draw(run, "embeddings", NULL, NULL));
    check_file("embeddings.csv",
               "subject,x,y,value,group,embedding_1,embedding_2\n"
               "ann,0.75,0.25,NaN,0,0.75,0.25\n"
               "bob,-0.25,0.625,NaN,0,-0.25,0.625\n",
               true);
    // cy lies where bob does: one label is above, one below, and of ann there no third
    check_file("embeddings.gp", "set label 'bob'", true);
    check_file("embeddings.gp", "set label 'cy'", true);
    memcpy(made_parameter(run, "subject_embedding_weights.w"), w, sizeof w);
    CHECK_OK(ctx, draw(run, "embeddings", NULL, NULL));
    check_file("embeddings.gp", "set label 'bob'", true);
    check_file("embeddings.gp", "set label 'cy'", false);
    free_run(&run);
}

static double label_at(const char *name)
{
    char start[32], *text = text_in(ctx, folder, "embeddings.gp");
    snprintf(start, sizeof start, "set label '%s' at screen ", name);
    const char *label = strstr(text, start);
    assert_non_null(label);
    const double x = atof(label + strlen(start));
    dsc_free(ctx, &text);
    return x;
}

// Right of ann there is just room for the name, but it would end at bob's dot: it stands left.
static void no_label_ends_at_the_dot_of_another_subject(void **state)
{
    static const double w[] = {0, -1, 0.369, -1, 0.2, 1}, b[] = {0, 0};
    (void)state;
    dsc_run *run = make_run();
    memcpy(made_parameter(run, "subject_embedding_weights.w"), w, sizeof w);
    memcpy(made_parameter(run, "subject_embedding_weights.b"), b, sizeof b);
    CHECK_OK(ctx, draw(run, "embeddings", NULL, NULL));
    assert_true(label_at("bob") - label_at("ann") > 0.13);
    free_run(&run);
}

static void map_of_one_number_shows_subjects_in_order(void **state)
{
    static const char *const settings[] = {"subject_embedding_size", "1", "subjects", "3", NULL};
    (void)state;
    dsc_run *run = NULL;
    CHECK_OK(ctx, made_run(ctx, "disrnn_multisubject", 2, 2, two_inputs, settings, &run));
    memcpy(made_parameter(run, "subject_embedding_weights.w"), (double[]){3, 1, 2},
           3 * sizeof(double));
    run->subjects = labels;
    CHECK_OK(ctx, draw(run, "embeddings", NULL, NULL));
    check_file("embeddings.csv", "ann,3,2,NaN,0,3\nbob,1,0,NaN,0,1\ncy,2,1,NaN,0,2\n", true);
    free_run(&run);
}

static void subjects_are_coloured_by_a_column_a_group_or_their_likelihood(void **state)
{
    (void)state;
    dsc_run *run = make_run();
    give_data(run);
    CHECK_OK(ctx, draw(run, "embeddings", NULL, "age"));
    check_file("embeddings.csv", "ann,0.75,0.25,3,0,", true);
    check_file("embeddings.csv", "cy,-0.25,0.625,9,0,", true);
    check_file("embeddings.csv", "bob,-0.25,0.625,NaN,0,", true);
    check_file("embeddings.gp", "R²", false); // of two subjects
    CHECK_OK(ctx, draw(run, "embeddings", NULL, "group"));
    check_file("embeddings.csv", "value,group,group,", true);
    check_file("embeddings.csv", "cy,-0.25,0.625,NaN,0,old,", true);
    check_file("embeddings.csv", "bob,-0.25,0.625,NaN,1,young,", true);
    CHECK_OK(ctx, draw(run, "embeddings", NULL, "likelihood"));
    check_file("embeddings.csv", "NaN", false);
    check_file("embeddings.gp", "number 1 (R² ", true);
    CHECK_FAILS(ctx, DSC_INPUT,
                "no column \"height\" to colour subjects by; these could: age, group",
                draw(run, "embeddings", NULL, "height"));
    CHECK_FAILS(ctx, DSC_INPUT, "column \"reward\" changes within subject \"cy\"",
                draw(run, "embeddings", NULL, "reward"));
    free_run(&run);
}

// By hand, of (0, 1, 2) and (0, 1, 0) with the ages 1, 2, 4: 9 / (2 42/9), (1/9) / (2/3 42/9).
static void axes_of_the_map_say_what_they_explain(void **state)
{
    static const double w[] = {0, 0, 1, 1, 2, 0};
    (void)state;
    dsc_run *run = make_run();
    memcpy(made_parameter(run, "subject_embedding_weights.w"), w, sizeof w);
    give_people(run, (const char *const[]){"ann,1,all", "bob,2,all", "cy,4,all"});
    CHECK_OK(ctx, draw(run, "embeddings", NULL, "age"));
    check_file("embeddings.gp", "xlabel 'Embedding, number 1 (R² 0.964)'", true);
    check_file("embeddings.gp", "ylabel 'Embedding, number 2 (R² 0.036)'", true);
    free_run(&run);
}

// Every second session is held out.
static void likelihood_on_the_map_is_that_of_held_out_trials(void **state)
{
    char *even = NULL, *odd = NULL;
    size_t n;
    (void)state;
    dsc_run *run = make_run();
    give_data(run);
    CHECK_OK(ctx, draw(run, "embeddings", NULL, "likelihood"));
    CHECK_OK(ctx, dsc_read_file(ctx, path_in(folder, "embeddings.csv"), &even, &n));
    run->config.split_offset = 1 - run->config.split_offset;
    CHECK_OK(ctx, draw(run, "embeddings", NULL, "likelihood"));
    CHECK_OK(ctx, dsc_read_file(ctx, path_in(folder, "embeddings.csv"), &odd, &n));
    assert_string_not_equal(even, odd);
    dsc_free(ctx, &even);
    dsc_free(ctx, &odd);
    free_run(&run);
}

// ---- words --------------------------------------------------------------------------------------

static void show_says_what_the_nets_know_of_subjects(void **state)
{
    dsc_text t = {0};
    (void)state;
    dsc_run *run = make_run();
    CHECK_OK(ctx, dsc_show(ctx, run, false, &t));
    check_contains(t.s, "Latent 2: its update reads embedding 2 and prev_reward; choice reads it.\n"
                        "Of the 2 numbers that describe a subject the nets may know 1.\n"
                        "Besides latents, choice reads embedding 1.\n");
    check_contains(t.s, "\nembedding 1         0.050        0.950\n");
    check_contains(t.s, "\nsubject               2 ");
    dsc_text_free(ctx, &t);
    CHECK_OK(ctx, dsc_show(ctx, run, true, &t));
    json_t *root = json_loads(t.s, 0, NULL);
    const json_t *b = json_object_get(root, "bottlenecks");
    const json_t *choice = json_object_get(b, "choice_sigma");
    assert_true(fabs(json_number_value(json_object_get(choice, "embedding 1")) - 0.05001) < 1e-12);
    assert_int_equal(json_array_size(json_object_get(b, "subject_sigma")), 2);
    json_decref(root);
    dsc_text_free(ctx, &t);
    free_run(&run);
}

// ---- faults -------------------------------------------------------------------------------------

static dsc_status body(dsc_context *c, void *user)
{
    static const char *const settings[] = {
        "latent_size", "3", "update_net_n_units_per_layer", "3", "subjects", "3", NULL};
    static const char *const names[] = {"bottlenecks", "update_rules", "choice_rule", "embeddings"};
    const dsc_plot_options o = {.n = 4, .names = names, .formats = "", .colour = user};
    dsc_run *run = NULL;
    dsc_text text = {0};
    dsc_status status = made_run(c, "disrnn_multisubject", 2, 2, two_inputs, settings, &run);
    if (status == DSC_OK)
        snprintf(run->config.data, sizeof run->config.data, "%s", path_in(folder, "trials.csv"));
    if (status == DSC_OK) status = dsc_plot(c, run, &o, folder);
    if (status == DSC_OK) status = dsc_show(c, run, false, &text);
    dsc_text_free(c, &text);
    made_run_free(c, &run);
    return status;
}

static void every_failing_allocation_is_reported_and_leaks_nothing(void **state)
{
    (void)state;
    dsc_run *run = make_run();
    give_data(run);
    free_run(&run);
    assert_true(check_every_allocation_failure(body, NULL) > 20);
    assert_true(check_every_allocation_failure(body, "group") > 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bottlenecks_of_the_subject_stand_before_the_others),
        TEST(rules_are_those_of_the_subject_that_is_asked_for),
        TEST(choice_rule_reads_the_embedding_through_its_multipliers),
        TEST(subjects_lie_on_a_map_at_w_plus_b),
        TEST(no_label_ends_at_the_dot_of_another_subject),
        TEST(map_of_one_number_shows_subjects_in_order),
        TEST(subjects_are_coloured_by_a_column_a_group_or_their_likelihood),
        TEST(axes_of_the_map_say_what_they_explain),
        TEST(likelihood_on_the_map_is_that_of_held_out_trials),
        TEST(show_says_what_the_nets_know_of_subjects),
        TEST(every_failing_allocation_is_reported_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("plot subjects", tests, NULL, NULL);
}
