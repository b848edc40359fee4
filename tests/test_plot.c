// SPDX-License-Identifier: Apache-2.0
// test_plot.c — the numbers behind the figures of a disentangled RNN against the reference's own
// figures (skipped where the golden files are missing), and the rules by which they are chosen.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "plot/inspect.h"
#include "support/check.h"
#include "support/disrnn_run.h"

#define GOLDEN    "../shared/golden/disrnn/"
#define TOLERANCE 1e-6 // of the golden files, for curves and images

static dsc_context *ctx;
static const char *const two_inputs[] = {"prev choice", "prev reward"};

static int set_up(void **state)
{
    (void)state;
    return dsc_context_create(NULL, &ctx) == DSC_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dsc_context_destroy(&ctx);
    return 0;
}

// ---- golden files -----------------------------------------------------------------------------

static json_t *read_gzipped(const char *path)
{
    size_t used = 0, size = 1 << 24;
    char *text = malloc(size);
    gzFile f = gzopen(path, "rb");
    json_t *root = NULL;
    if (f && text) {
        for (int n; used < size && (n = gzread(f, text + used, (unsigned)(size - used))) > 0;)
            used += (size_t)n;
        root = json_loadb(text, used, 0, NULL);
    }
    if (f) gzclose(f);
    free(text);
    return root;
}

typedef struct golden {
    json_t *network, *inspect;
    dsc_run *run;
    plot_disrnn d;
} golden;

// Sets a model's field from the file's config, whatever its type.
static const char *const *settings_from(const json_t *config, const dsc_model *model)
{
    static char text[32][DSC_FIELD_TEXT];
    static const char *list[65];
    int n = 0;
    for (const dsc_field *f = model->fields; f->name && n < 32; f++) {
        const json_t *value = json_object_get(config, f->name);
        if (!value) continue;
        if (json_is_string(value))
            snprintf(text[n], sizeof text[n], "%s", json_string_value(value));
        else snprintf(text[n], sizeof text[n], "%.17g", json_number_value(value));
        list[2 * n] = f->name;
        list[2 * n + 1] = text[n];
        n++;
    }
    list[2 * n] = NULL;
    return list;
}

// False (and "skipped") where the files are missing.
static bool golden_open(golden *g)
{
    memset(g, 0, sizeof *g);
    g->network = read_gzipped(GOLDEN "base.json.gz");
    g->inspect = read_gzipped(GOLDEN "inspect_base.json.gz");
    if (!g->network || !g->inspect) {
        print_message("skipped: " GOLDEN "inspect_base.json.gz is missing\n");
        json_decref(g->network);
        json_decref(g->inspect);
        return false;
    }
    const json_t *config = json_object_get(g->network, "config");
    const json_t *weights = json_object_get(g->network, "weights");
    CHECK_OK(ctx, made_run(ctx, "disrnn", 2, 2, two_inputs,
                           settings_from(config, dsc_model_find("disrnn")), &g->run));
    // The file's order of tensors is our order of creation; the penalties' weights come after.
    assert_in_range(json_array_size(weights), 1, g->run->layout.n_values);
    for (size_t i = 0; i < json_array_size(weights); i++)
        g->run->parameters[i] = json_number_value(json_array_get(weights, i));
    CHECK_OK(ctx, plot_disrnn_read(ctx, g->run, &g->d));
    return true;
}

static void golden_close(golden *g)
{
    plot_disrnn_free(ctx, &g->d);
    made_run_free(ctx, &g->run);
    json_decref(g->network);
    json_decref(g->inspect);
}

static double real(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value)) fail_msg("no number \"%s\"", key);
    return json_number_value(value);
}

static void compare_list(const char *what, const json_t *wanted, int n, const double *got)
{
    assert_int_equal(json_array_size(wanted), n);
    for (int i = 0; i < n; i++) {
        double x = json_number_value(json_array_get(wanted, (size_t)i));
        if (fabs(x - got[i]) > TOLERANCE) fail_msg("%s [%d]: %.9g, not %.9g", what, i, got[i], x);
    }
}

static json_t *axes_at(const json_t *figure, int k)
{
    return json_array_get(json_object_get(figure, "axes"), (size_t)k);
}

static json_t *image_of(const json_t *axes)
{
    json_t *image = json_array_get(json_object_get(axes, "images"), 0);
    return json_object_get(image, "values");
}

// ---- bottlenecks ------------------------------------------------------------------------------

static void check_panels(const golden *g, const char *key, const int *order)
{
    const plot_disrnn *d = &g->d;
    const json_t *figure = json_object_get(g->inspect, key);
    const int n = d->n_inputs + d->n_latents;
    for (int r = 0; r < d->n_latents; r++) {
        double row[16], latent = 1 - d->latent[order[r]], choice = 1 - d->choice[order[r]];
        for (int c = 0; c < n; c++) {
            int source = c < d->n_inputs ? c : d->n_inputs + order[c - d->n_inputs];
            row[c] = 1 - plot_source_sigma(d, source, order[r]);
        }
        compare_list("latent", json_array_get(image_of(axes_at(figure, 0)), (size_t)r), 1, &latent);
        compare_list("choice", json_array_get(image_of(axes_at(figure, 1)), (size_t)r), 1, &choice);
        compare_list("update", json_array_get(image_of(axes_at(figure, 2)), (size_t)r), n, row);
    }
}

static void bottleneck_panels_equal_the_reference_sorted_and_unsorted(void **state)
{
    static const int plain[] = {0, 1, 2, 3, 4};
    golden g;
    (void)state;
    if (!golden_open(&g)) return;
    check_panels(&g, "bottlenecks_sorted", g.d.order);
    check_panels(&g, "bottlenecks_unsorted", plain);
    golden_close(&g);
}

static void check_counts(const json_t *m, const plot_openness *g)
{
    char key[64];
    const struct {
        const char *name;
        int value;
    } counts[] = {{"open", g->open}, {"partial", g->partial}, {"closed", g->closed}};
    for (int i = 0; i < 3; i++) {
        snprintf(key, sizeof key, "%s_bottlenecks_%s", g->group, counts[i].name);
        assert_int_equal(counts[i].value, real(m, key));
    }
}

static void thresholded_counts_and_the_sum_of_sigmas_equal_the_reference(void **state)
{
    golden g;
    plot_openness groups[3];
    (void)state;
    if (!golden_open(&g)) return;
    const json_t *m = json_object_get(g.inspect, "metrics");
    double sum = plot_openness_count(&g.d, groups);
    // The reference adds in single precision and prints seven digits.
    assert_true(fabs(sum - real(m, "total_sigma")) < 1e-5);
    for (int i = 0; i < 3; i++) check_counts(m, &groups[i]);
    int n = groups[0].n + groups[1].n + groups[2].n;
    assert_true(fabs(groups[0].total + groups[1].total + groups[2].total - (n - sum)) < 1e-9);
    golden_close(&g);
}

// ---- update rules -----------------------------------------------------------------------------

static void check_title(const json_t *axes, const char *title)
{
    const char *wanted = json_string_value(json_object_get(axes, "title"));
    // The reference means "All Trials" and shows its first letter.
    if (strcmp(wanted, "A") == 0) wanted = "All Trials";
    assert_string_equal(title, wanted);
}

static void check_rule(const json_t *figure, const plot_update_rule *r, bool with_titles)
{
    assert_int_equal(json_array_size(json_object_get(figure, "axes")), r->n_settings);
    for (int s = 0; s < r->n_settings; s++) {
        const json_t *axes = axes_at(figure, s), *lines = json_object_get(axes, "lines");
        if (with_titles) check_title(axes, r->title[s]);
        assert_int_equal(json_array_size(lines), 1 + r->n_curves);
        for (int c = 0; c < r->n_curves; c++) {
            const json_t *line = json_array_get(lines, (size_t)(1 + c));
            compare_list("x", json_object_get(line, "x"), r->n_points, r->state);
            compare_list("y", json_object_get(line, "y"), r->n_points,
                         r->delta + (s * r->n_curves + c) * r->n_points);
        }
    }
}

// The legend names the other latent and its values with one decimal.
static void check_legend(const json_t *figure, const plot_update_rule *r)
{
    char text[32];
    const json_t *legend = json_object_get(axes_at(figure, 0), "legend");
    assert_int_equal(json_is_object(legend), r->other >= 0);
    if (r->other < 0) return;
    snprintf(text, sizeof text, "latent %d", r->other + 1);
    assert_string_equal(json_string_value(json_object_get(legend, "title")), text);
    for (int c = 0; c < 5; c++) {
        snprintf(text, sizeof text, "%.1f", r->other_state[c] + 0.0);
        const json_t *label = json_array_get(json_object_get(legend, "labels"), (size_t)c);
        assert_string_equal(json_string_value(label), text);
    }
}

static void check_rules(const golden *g, const char *key, double limit, bool with_titles)
{
    int latents[16];
    char name[16];
    plot_step step;
    const json_t *wanted = json_object_get(g->inspect, key);
    const json_t *order = json_object_get(wanted, "order_of_latents");
    const int n = plot_open_latents(&g->d, latents);
    assert_int_equal(n, json_array_size(order));
    CHECK_OK(ctx, plot_step_open(ctx, g->run, &step));
    for (int k = 0; k < n; k++) {
        plot_update_rule rule;
        snprintf(name, sizeof name, "%d", latents[k] + 1);
        assert_string_equal(json_string_value(json_array_get(order, (size_t)k)), name);
        const json_t *figure = json_object_get(json_object_get(wanted, "figures"), name);
        CHECK_OK(ctx, plot_update_rule_compute(ctx, &g->d, &step, latents[k], limit, &rule));
        check_rule(figure, &rule, with_titles);
        check_legend(figure, &rule);
        plot_update_rule_free(ctx, &rule);
    }
    plot_step_close(ctx, &step);
}

static void update_rules_equal_the_reference(void **state)
{
    golden g;
    (void)state;
    if (!golden_open(&g)) return;
    check_rules(&g, "update_rules", 0, true);
    check_rules(&g, "update_rules_named", 1.0, false); // titles name the values: not ours
    golden_close(&g);
}

// ---- choice rule ------------------------------------------------------------------------------

static void choice_compute(golden *g, plot_choice *c)
{
    plot_choose choose;
    plot_disrnn_free(ctx, &g->d);
    CHECK_OK(ctx, plot_disrnn_read(ctx, g->run, &g->d));
    CHECK_OK(ctx, plot_choose_open(ctx, g->run, &choose));
    CHECK_OK(ctx, plot_choice_compute(ctx, &g->d, &choose, 0, c));
    plot_choose_close(ctx, &choose);
}

static void check_label(const json_t *axes, const char *key, int latent)
{
    char text[32];
    snprintf(text, sizeof text, "Latent %d", latent + 1);
    assert_string_equal(json_string_value(json_object_get(axes, key)), text);
}

static void choice_rule_of_many_latents_equals_the_reference(void **state)
{
    golden g;
    plot_choice c;
    (void)state;
    if (!golden_open(&g)) return;
    choice_compute(&g, &c);
    const json_t *axes =
        axes_at(json_object_get(json_object_get(g.inspect, "choice_rule"), "figure"), 0);
    assert_int_equal(c.n_influential, 3);
    check_label(axes, "xlabel", c.x);
    check_label(axes, "ylabel", c.y);
    for (int y = 0; y < c.n; y++)
        compare_list("logit", json_array_get(image_of(axes), (size_t)y), c.n, c.logit + y * c.n);
    plot_choice_free(ctx, &c);
    golden_close(&g);
}

static void choice_sigmas_set(golden *g, const char *variant)
{
    const json_t *v =
        json_object_get(json_object_get(g->inspect, variant), "choice_net_sigma_params");
    for (size_t i = 0; i < json_array_size(v); i++)
        made_parameter(g->run, "choice_net_sigma_params")[i] =
            json_number_value(json_array_get(v, i));
}

static void choice_rule_of_one_latent_equals_the_reference(void **state)
{
    golden g;
    plot_choice c;
    (void)state;
    if (!golden_open(&g)) return;
    choice_sigmas_set(&g, "choice_rule_one_influential");
    choice_compute(&g, &c);
    const json_t *f =
        json_object_get(json_object_get(g.inspect, "choice_rule_one_influential"), "figure");
    const json_t *line = json_array_get(json_object_get(axes_at(f, 0), "lines"), 0);
    check_label(axes_at(f, 0), "xlabel", c.x);
    assert_int_equal(c.y, -1);
    compare_list("x", json_object_get(line, "x"), c.n, c.state);
    compare_list("y", json_object_get(line, "y"), c.n, c.logit);
    plot_choice_free(ctx, &c);
    golden_close(&g);
}

static void choice_rule_of_no_latent_is_empty(void **state)
{
    golden g;
    plot_choice c;
    (void)state;
    if (!golden_open(&g)) return;
    choice_sigmas_set(&g, "choice_rule_none_influential");
    choice_compute(&g, &c);
    assert_int_equal(c.n_influential, 0);
    assert_null(c.logit);
    golden_close(&g);
}

// ---- how rules are chosen, on made-up networks ----------------------------------------------------

typedef struct made {
    double latent[3], choice[3], from_input[9], from_latent[9];
    int order[3];
    plot_disrnn d;
} made;

// Three latents, all closed; latent 0 open.
static void made_network(made *m, int n_inputs, const char *const *inputs)
{
    for (int i = 0; i < 9; i++) m->from_input[i] = m->from_latent[i] = 0.9;
    for (int i = 0; i < 3; i++) m->latent[i] = m->choice[i] = 0.9;
    m->latent[0] = 0.1;
    for (int i = 0; i < 3; i++) m->order[i] = i;
    m->d = (plot_disrnn){
        3, n_inputs, 2, 2.0, inputs, m->latent, m->choice, m->from_input, m->from_latent, m->order};
}

// next z_0 = z_0 + 10 x_0 + x_1 + z_2 / 2
static dsc_status made_step(void *user, const double *z, int n, const double *x, double *next)
{
    int n_inputs = *(int *)user;
    for (int s = 0; s < n; s++) {
        for (int i = 0; i < 3; i++) next[3 * s + i] = z[i];
        next[3 * s] += 10 * x[s * n_inputs] + (n_inputs > 1 ? x[s * n_inputs + 1] : 0) + z[2] / 2;
    }
    return DSC_OK;
}

static void compute_made(made *m, plot_update_rule *r)
{
    const plot_step step = {made_step, &m->d.n_inputs};
    CHECK_OK(ctx, plot_update_rule_compute(ctx, &m->d, &step, 0, 0, r));
}

static void latent_that_reads_nothing_has_one_curve_for_all_trials(void **state)
{
    made m;
    plot_update_rule r;
    (void)state;
    made_network(&m, 2, two_inputs);
    compute_made(&m, &r);
    assert_int_equal(r.n_settings, 1);
    assert_string_equal(r.title[0], "All Trials");
    assert_int_equal(r.n_points, 20);
    assert_true(r.state[0] == -2.1 && r.state[19] == 2.1);
    plot_update_rule_free(ctx, &r);
}

static void closed_observations_stay_at_zero(void **state)
{
    made m;
    plot_update_rule r;
    (void)state;
    made_network(&m, 2, two_inputs);
    m.from_input[3] = 0.2; // the reward, into latent 0
    compute_made(&m, &r);
    assert_int_equal(r.n_settings, 2);
    assert_string_equal(r.title[1], "prev reward: 1");
    assert_true(fabs(r.delta[r.n_points] - 1) < 1e-12);
    plot_update_rule_free(ctx, &r);
}

static void first_open_other_latent_gives_five_curves(void **state)
{
    made m;
    plot_update_rule r;
    (void)state;
    made_network(&m, 2, two_inputs);
    m.from_latent[0] = 0.2; // itself does not count
    m.from_latent[6] = 0.2; // latent 2
    compute_made(&m, &r);
    assert_int_equal(r.other, 2);
    assert_int_equal(r.n_others, 1);
    assert_int_equal(r.n_curves, 5);
    assert_true(r.other_state[0] == -1.05 && r.other_state[4] == 1.05);
    assert_true(fabs(r.delta[4 * r.n_points] - 1.05 / 2) < 1e-12);
    plot_update_rule_free(ctx, &r);
}

static void choices_among_four_options_give_four_settings(void **state)
{
    made m;
    plot_update_rule r;
    (void)state;
    made_network(&m, 2, two_inputs);
    m.d.n_actions = 4;
    m.from_input[0] = m.from_input[3] = 0.2;
    compute_made(&m, &r);
    assert_int_equal(r.n_settings, 8);
    assert_string_equal(r.title[7], "prev choice: 3\nprev reward: 1");
    plot_update_rule_free(ctx, &r);
}

static void too_many_settings_are_shown_one_observation_at_a_time(void **state)
{
    made m;
    plot_update_rule r;
    (void)state;
    made_network(&m, 2, two_inputs);
    m.d.n_actions = 12;
    m.from_input[0] = m.from_input[3] = 0.2;
    compute_made(&m, &r);
    assert_int_equal(r.n_settings, 1 + 11 + 1);
    assert_string_equal(r.title[12], "prev choice: 0\nprev reward: 1");
    plot_update_rule_free(ctx, &r);
}

static void equal_sigmas_keep_the_order_of_the_latents(void **state)
{
    static const double sigma[] = {0.3, 0.1, 0.3, 0.05};
    int order[4];
    (void)state;
    plot_sort(4, sigma, order);
    assert_int_equal(order[0], 3);
    assert_int_equal(order[1], 1);
    assert_int_equal(order[2], 0);
    assert_int_equal(order[3], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bottleneck_panels_equal_the_reference_sorted_and_unsorted),
        cmocka_unit_test(thresholded_counts_and_the_sum_of_sigmas_equal_the_reference),
        cmocka_unit_test(update_rules_equal_the_reference),
        cmocka_unit_test(choice_rule_of_many_latents_equals_the_reference),
        cmocka_unit_test(choice_rule_of_one_latent_equals_the_reference),
        cmocka_unit_test(choice_rule_of_no_latent_is_empty),
        cmocka_unit_test(latent_that_reads_nothing_has_one_curve_for_all_trials),
        cmocka_unit_test(closed_observations_stay_at_zero),
        cmocka_unit_test(first_open_other_latent_gives_five_curves),
        cmocka_unit_test(choices_among_four_options_give_four_settings),
        cmocka_unit_test(too_many_settings_are_shown_one_observation_at_a_time),
        cmocka_unit_test(equal_sigmas_keep_the_order_of_the_latents),
    };
    return cmocka_run_group_tests_name("plot", tests, set_up, tear_down);
}
