// SPDX-License-Identifier: Apache-2.0
// inspect.c — the numbers behind the figures of a disentangled RNN: bottlenecks, their counts,
// update rules, choice rules. The network is that of the file meta.weights in the same folder.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "golden/network.h"
#include "plot/inspect.h"
#include "support/disrnn_run.h"

enum { MAX_LATENTS = 64, MAX_INPUTS = 8 };
static const tolerance printed_digits = {2e-8, 1, 0, 0}; // figures are made in double precision

typedef struct inspection {
    dsc_context *ctx;
    dsc_arena *arena;
    tally *t;
    dsc_run *run;
    plot_disrnn d;
} inspection;

typedef struct part {
    const char *key;
    dsc_status (*compare)(inspection *in, const struct part *p, const json_t *wanted);
    bool sorted, titled;
    double limit; // of the axes; 0: ours
    int subject, notices;
    const char *scalar, *columns; // of a session: its scalars, and those to ask for
} part;

// ---- pieces of a figure -----------------------------------------------------------------------

static const json_t *axes_at(const json_t *figure, int k)
{
    return json_array_get(json_object_get(figure, "axes"), (size_t)k);
}

static const json_t *line_at(const json_t *axes, int k)
{
    return json_array_get(json_object_get(axes, "lines"), (size_t)k);
}

static const json_t *image_of(const json_t *axes)
{
    return json_object_get(json_array_get(json_object_get(axes, "images"), 0), "values");
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static double size_of(const json_t *object, const char *key)
{
    return (double)json_array_size(json_object_get(object, key));
}

static void compare(const inspection *in, const char *where, const char *what, int n,
                    const double *got, const json_t *wanted)
{
    char name[96];
    snprintf(name, sizeof name, "%s, %s", where, what);
    tally_json(in->t, in->arena, name, (size_t)n, got, wanted, printed_digits);
}

static void compare_limits(const inspection *in, const char *where, const json_t *axes,
                           const char *key, double limit)
{
    const double both[] = {-limit, limit};
    compare(in, where, key, 2, both, json_object_get(axes, key));
}

// ---- bottlenecks ------------------------------------------------------------------------------

// 1 - sigma of what a net reads, its targets being rows; latents in the order of their openness
// if sorted.
static int panel_of(const plot_disrnn *d, const plot_net *net, bool sorted, double *cell)
{
    int n = 0;
    for (int row = 0; row < net->n_targets; row++)
        for (int s = 0; s < net->n_sources; s++) {
            const plot_source it = net->source[s];
            const int target = sorted && net->n_targets > 1 ? d->order[row] : row;
            const int index = sorted && it.kind == PLOT_LATENT ? d->order[it.index] : it.index;
            cell[n++] = 1 - plot_sigma(net, it.kind, index, target);
        }
    return n;
}

static dsc_status compare_panels(inspection *in, const part *p, const json_t *figure)
{
    const plot_disrnn *d = &in->d;
    double latent[MAX_LATENTS], cell[MAX_LATENTS * (MAX_INPUTS + MAX_LATENTS)];
    for (int i = 0; i < d->n_latents; i++) latent[i] = 1 - d->latent[p->sorted ? d->order[i] : i];
    compare(in, p->key, "latents", d->n_latents, latent, image_of(axes_at(figure, 0)));
    int n = panel_of(d, &d->net[PLOT_CHOICE], p->sorted, cell);
    compare(in, p->key, "choice", n, cell, image_of(axes_at(figure, 1)));
    n = panel_of(d, &d->net[PLOT_UPDATE], p->sorted, cell);
    compare(in, p->key, "updates", n, cell, image_of(axes_at(figure, 2)));
    if (d->net[PLOT_ACTIVITY].n_sources == 0) return DSC_OK;
    n = panel_of(d, &d->net[PLOT_ACTIVITY], p->sorted, cell);
    compare(in, p->key, "activity", n, cell, image_of(axes_at(figure, 3)));
    return DSC_OK;
}

static void compare_counts(const inspection *in, const json_t *metrics, const plot_openness *g)
{
    char key[64];
    const struct {
        const char *name;
        int value;
    } counts[] = {{"open", g->open}, {"partial", g->partial}, {"closed", g->closed}};
    for (int i = 0; i < 3; i++) {
        snprintf(key, sizeof key, "%s_bottlenecks_%s", g->group, counts[i].name);
        // of several subjects, only open and closed ones are counted
        if (json_object_get(metrics, key))
            tally_count(in->t, key, counts[i].value, golden_number(metrics, key));
    }
}

static dsc_status compare_openness(inspection *in, const part *p, const json_t *metrics)
{
    // the reference adds in single precision and prints seven digits
    const tolerance seven_digits = {5e-7, 1, 0, 0};
    plot_openness groups[PLOT_GROUPS_OPEN];
    int n;
    const double sum = plot_openness_count(&in->d, groups, &n);
    (void)p;
    tally_value(in->t, "total_sigma", sum, golden_number(metrics, "total_sigma"), seven_digits);
    const int before = in->t->compared;
    for (int i = 0; i < n; i++) compare_counts(in, metrics, &groups[i]);
    tally_count(in->t, "counts of bottlenecks", in->t->compared - before,
                (double)json_object_size(metrics) - 1);
    return DSC_OK;
}

// ---- update rules -----------------------------------------------------------------------------

static void compare_panel(const inspection *in, const part *p, const plot_update_rule *r, int s,
                          const json_t *axes)
{
    char where[64];
    snprintf(where, sizeof where, "%s %d, panel %d", p->key, r->latent + 1, s + 1);
    const char *title = text_of(axes, "title");
    // The reference means "All Trials" and shows its first letter.
    if (title && strcmp(title, "A") == 0) title = "All Trials";
    if (p->titled) tally_text(in->t, where, r->title[s], title);
    compare_limits(in, where, axes, "xlim", r->limit);
    compare_limits(in, where, axes, "ylim", r->limit);
    tally_count(in->t, where, 1 + r->n_curves, size_of(axes, "lines")); // the first is at zero
    for (int c = 0; c < r->n_curves; c++) {
        const json_t *line = line_at(axes, 1 + c);
        compare(in, where, "x", r->n_points, r->state, json_object_get(line, "x"));
        compare(in, where, "y", r->n_points, r->delta + (s * r->n_curves + c) * r->n_points,
                json_object_get(line, "y"));
    }
}

// The legend names the other latent and its values with one decimal.
static void compare_legend(const inspection *in, const part *p, const plot_update_rule *r,
                           const json_t *figure)
{
    char text[32], where[64];
    const json_t *legend = json_object_get(axes_at(figure, 0), "legend");
    snprintf(where, sizeof where, "%s %d, legend", p->key, r->latent + 1);
    tally_count(in->t, where, r->other >= 0, json_is_object(legend));
    if (r->other < 0) return;
    snprintf(text, sizeof text, "latent %d", r->other + 1);
    tally_text(in->t, where, text, text_of(legend, "title"));
    for (int c = 0; c < 5; c++) {
        snprintf(text, sizeof text, "%.1f", r->other_state[c] + 0.0);
        tally_text(in->t, where, text,
                   json_string_value(json_array_get(json_object_get(legend, "labels"), (size_t)c)));
    }
}

// One figure per rule, of two zero lines and a line per setting; no more than the zero lines if the
// rule depends on another latent, which is said.
static dsc_status compare_combined_rule(inspection *in, const part *p, const json_t *figures,
                                        const plot_step *step, int latent, int *n_printed)
{
    plot_update_rule rule;
    char name[32];
    snprintf(name, sizeof name, "%d", latent + 1);
    const json_t *axes = axes_at(json_object_get(figures, name), 0);
    DSC_TRY(plot_update_rule_compute(in->ctx, &in->d, step, latent, 0, &rule));
    const int n = rule.other < 0 ? rule.n_settings : 0;
    tally_count(in->t, p->key, 2 + n, size_of(axes, "lines"));
    for (int s = 0; s < n; s++) {
        const json_t *line = line_at(axes, 2 + s);
        compare(in, p->key, "x", rule.n_points, rule.state, json_object_get(line, "x"));
        compare(in, p->key, "y", rule.n_points, rule.delta + s * rule.n_points,
                json_object_get(line, "y"));
        const char *label = text_of(line, "label");
        tally_text(in->t, p->key, rule.title[s],
                   label && strcmp(label, "A") == 0 ? "All Trials" : label);
    }
    *n_printed += (rule.n_others > 1) + (rule.other >= 0);
    plot_update_rule_free(in->ctx, &rule);
    return DSC_OK;
}

static dsc_status compare_combined(inspection *in, const part *p, const json_t *wanted)
{
    int latents[MAX_LATENTS], n_printed = 0;
    plot_step step;
    const int n = plot_open_latents(&in->d, latents);
    DSC_TRY(plot_step_open(in->ctx, in->run, p->subject, &step));
    dsc_status status = DSC_OK;
    for (int k = 0; k < n && status == DSC_OK; k++)
        status = compare_combined_rule(in, p, json_object_get(wanted, "figures"), &step, latents[k],
                                       &n_printed);
    plot_step_close(in->ctx, &step);
    tally_count(in->t, "notices of combined rules", n_printed, size_of(wanted, "printed"));
    return status;
}

// Rule k of those shown; adds to *n_warned if it depends on more than is shown.
static dsc_status compare_rule(inspection *in, const part *p, const json_t *wanted,
                               const plot_step *step, int latent, int k, int *n_warned)
{
    plot_update_rule rule;
    char name[16];
    snprintf(name, sizeof name, "%d", latent + 1);
    tally_text(
        in->t, "order_of_latents", name,
        json_string_value(json_array_get(json_object_get(wanted, "order_of_latents"), (size_t)k)));
    const json_t *figure = json_object_get(json_object_get(wanted, "figures"), name);
    DSC_TRY(plot_update_rule_compute(in->ctx, &in->d, step, latent, p->limit, &rule));
    tally_count(in->t, "panels", rule.n_settings, size_of(figure, "axes"));
    for (int s = 0; s < rule.n_settings; s++) compare_panel(in, p, &rule, s, axes_at(figure, s));
    compare_legend(in, p, &rule, figure);
    *n_warned += rule.n_others > 1;
    plot_update_rule_free(in->ctx, &rule);
    return DSC_OK;
}

static dsc_status compare_rules(inspection *in, const part *p, const json_t *wanted)
{
    int latents[MAX_LATENTS], n_warned = 0;
    plot_step step;
    const int n = plot_open_latents(&in->d, latents);
    tally_count(in->t, "open latents", n, size_of(wanted, "order_of_latents"));
    DSC_TRY(plot_step_open(in->ctx, in->run, p->subject, &step));
    dsc_status status = DSC_OK;
    for (int k = 0; k < n && status == DSC_OK; k++)
        status = compare_rule(in, p, wanted, &step, latents[k], k, &n_warned);
    plot_step_close(in->ctx, &step);
    tally_count(in->t, "rules with more than one other latent", n_warned + p->notices,
                size_of(wanted, "printed"));
    return status;
}

// ---- choice rules -----------------------------------------------------------------------------

// A variant of the network: other sigmas.
static dsc_status change_sigmas(inspection *in, const char *name, const json_t *params)
{
    size_t n;
    const double *given = golden_numbers(in->arena, params, &n);
    double *ours = made_parameter(in->run, name);
    if (!params) return DSC_OK;
    int rows = 0;
    dsc_run_parameter(in->run, name, &rows, NULL);
    DSC_REQUIRE(in->ctx, given && ours && n == (size_t)rows, DSC_INPUT, "%s: %zu numbers", name, n);
    memcpy(ours, given, n * sizeof *ours);
    plot_disrnn_free(in->ctx, &in->d);
    in->t->compared++;
    return plot_disrnn_read(in->ctx, in->run, &in->d);
}

static dsc_status take_latent_sigmas(inspection *in, const part *p, const json_t *params)
{
    (void)p;
    return change_sigmas(in, "latent_sigma_params", params);
}

static void compare_latent(const inspection *in, const json_t *axes, const char *key, int latent)
{
    char text[32];
    snprintf(text, sizeof text, "Latent %d", latent + 1);
    tally_text(in->t, key, text, text_of(axes, key));
}

// An image if choice reads two latents or more, a line if one, no figure if none.
static void compare_choice_figure(const inspection *in, const part *p, const plot_choice *c,
                                  const json_t *wanted)
{
    const json_t *axes = axes_at(json_object_get(wanted, "figure"), 0), *line = line_at(axes, 0);
    const bool two = c->n_influential > 1;
    tally_count(in->t, p->key, c->n_influential > 0, axes != NULL);
    tally_count(in->t, p->key, two, image_of(axes) != NULL);
    if (c->n_influential == 0) return;
    tally_count(in->t, p->key, c->n_influential > 2, size_of(wanted, "printed"));
    compare_latent(in, axes, "xlabel", c->x);
    compare_limits(in, p->key, axes, "xlim", c->limit);
    if (two) {
        compare_latent(in, axes, "ylabel", c->y);
        compare_limits(in, p->key, axes, "ylim", c->limit);
        compare(in, p->key, "logits", c->n * c->n, c->logit, image_of(axes));
    } else {
        compare(in, p->key, "x", c->n, c->state, json_object_get(line, "x"));
        compare(in, p->key, "y", c->n, c->logit, json_object_get(line, "y"));
    }
}

static dsc_status compare_choice(inspection *in, const part *p, const json_t *wanted)
{
    plot_ask net;
    plot_choice c;
    size_t n;
    const double *embedding =
        golden_numbers(in->arena, json_object_get(wanted, "subj_embedding"), &n);
    DSC_TRY(change_sigmas(in, "choice_net_sigma_params",
                          json_object_get(wanted, "choice_net_sigma_params")));
    DSC_TRY(plot_net_open(in->ctx, in->run, "choice_net", &net));
    const dsc_status status = plot_choice_compute(in->ctx, &in->d, &net, embedding, 0, &c);
    plot_net_close(in->ctx, &net);
    if (status != DSC_OK) return status;
    compare_choice_figure(in, p, &c, wanted);
    plot_choice_free(in->ctx, &c);
    return DSC_OK;
}

// ---- activity rules ---------------------------------------------------------------------------

// Four images if the net reads two latents or more, four lines if one.
static void compare_activity_figure(const inspection *in, const part *p, const plot_activity *a,
                                    const json_t *figure)
{
    const bool two = a->n_influential > 1;
    const int n = two ? a->n * a->n : a->n;
    compare_latent(in, axes_at(figure, 0), "xlabel", a->x);
    if (two) compare_latent(in, axes_at(figure, 0), "ylabel", a->y);
    if (two) compare_limits(in, p->key, axes_at(figure, 0), "xlim", a->limit);
    for (int s = 0; s < a->n_settings; s++) {
        const json_t *line = line_at(axes_at(figure, 0), s);
        compare(in, p->key, "activity", n, a->value + s * n,
                two ? image_of(axes_at(figure, s)) : json_object_get(line, "y"));
        if (!two) compare(in, p->key, "x", n, a->state, json_object_get(line, "x"));
    }
}

static dsc_status compare_activity(inspection *in, const part *p, const json_t *wanted)
{
    const json_t *figure = json_object_get(wanted, "figure");
    plot_ask net;
    plot_activity a;
    DSC_TRY(change_sigmas(in, "neural_activity_net_sigma_params",
                          json_object_get(wanted, "neural_activity_net_sigma_params")));
    const double *m = made_parameter(in->run, "neural_activity_net_multipliers");
    DSC_TRY(plot_net_open(in->ctx, in->run, "neural_activity_net", &net));
    const dsc_status status = plot_activity_compute(in->ctx, &in->d, &net, m, p->limit, &a);
    plot_net_close(in->ctx, &net);
    if (status != DSC_OK) return status;
    compare_activity_figure(in, p, &a, figure ? figure : wanted);
    plot_activity_free(in->ctx, &a);
    return DSC_OK;
}

// Nothing is said of rules of no more than two latents.
static dsc_status compare_printed(inspection *in, const part *p, const json_t *printed)
{
    int n, x, y;
    DSC_TRY(plot_influential(in->ctx, &in->d, PLOT_ACTIVITY, &n, &x, &y));
    tally_count(in->t, p->key, n > 2, (double)json_array_size(printed));
    return DSC_OK;
}

// ---- sessions ---------------------------------------------------------------------------------

enum { MAX_TRIALS = 64 };

static double cell_of(const json_t *rows, int t, int k)
{
    const json_t *cell = json_array_get(json_array_get(rows, (size_t)t), (size_t)k);
    return json_number_value(cell);
}

// The reference's session as a table; -1 is a missing trial.
static dsc_status write_session(inspection *in, const json_t *wanted, int n, const char *scalar,
                                const char *path)
{
    const json_t *choices = json_object_get(wanted, "choices"),
                 *rewards = json_object_get(wanted, "rewards"),
                 *scalars = json_object_get(wanted, "scalars");
    dsc_text text = {0};
    dsc_text_add(in->ctx, &text, "session,choice,reward");
    for (int k = 0; json_is_array(scalars) && k < 2; k++)
        dsc_text_add(in->ctx, &text, ",%s_%d", scalar, k);
    for (int t = 0; t < n; t++) {
        const int choice = (int)json_integer_value(json_array_get(choices, (size_t)t));
        dsc_text_add(in->ctx, &text, choice < 0 ? "\n1,NA,NA" : "\n1,%d,%d", choice,
                     (int)json_integer_value(json_array_get(rewards, (size_t)t)));
        for (int k = 0; json_is_array(scalars) && k < 2; k++)
            dsc_text_add(in->ctx, &text, ",%.17g", cell_of(scalars, t, k));
    }
    dsc_text_add(in->ctx, &text, "\n");
    const dsc_status status =
        text.status != DSC_OK ? text.status : dsc_write_file(in->ctx, path, text.s, text.length);
    dsc_text_free(in->ctx, &text);
    return status;
}

typedef struct session_rows {
    int n;
    double choice[MAX_TRIALS], reward[MAX_TRIALS], scalar[2][MAX_TRIALS];
} session_rows;

static dsc_status read_session(inspection *in, const char *path, const char *scalar,
                               session_rows *r)
{
    dsc_csv csv;
    bool more;
    char name[64];
    int at[4];
    DSC_TRY(dsc_csv_open(in->ctx, path, &csv));
    dsc_status status = dsc_csv_next(&csv, &more);
    for (int k = 0; status == DSC_OK && k < 4; k++) {
        snprintf(name, sizeof name, "%s_%d", scalar, k - 2);
        at[k] = dsc_csv_find(&csv, k == 0 ? "choice" : k == 1 ? "reward" : name);
    }
    for (r->n = 0; status == DSC_OK && r->n < MAX_TRIALS; r->n++) {
        double *to[] = {&r->choice[r->n], &r->reward[r->n], &r->scalar[0][r->n],
                        &r->scalar[1][r->n]};
        status = dsc_csv_next(&csv, &more);
        if (status != DSC_OK || !more) break;
        for (int k = 0; k < 4; k++)
            if (at[k] < 0 || !dsc_parse_number(csv.cell[at[k]], to[k])) *to[k] = -1;
    }
    dsc_csv_close(&csv);
    return status;
}

// A mark per trial with a choice: above for option 1, green if it was rewarded.
static void compare_marks(const inspection *in, const part *p, const session_rows *r,
                          const json_t *axes)
{
    const json_t *marks = json_object_get(axes, "marks");
    size_t group, k;
    json_t *mark, *xy;
    int n_marks = 0, n_ours = 0;
    for (int t = 0; t < r->n; t++) n_ours += r->choice[t] >= 0;
    json_array_foreach(marks, group, mark)
    {
        const bool green = strcmp(text_of(mark, "color"), "#199750") == 0;
        json_array_foreach(json_object_get(mark, "xy"), k, xy)
        {
            const int t = (int)json_number_value(json_array_get(xy, 0));
            const bool above = json_number_value(json_array_get(xy, 1)) > 0.5;
            tally_count(in->t, p->key, t < r->n ? r->choice[t] : -1, above);
            tally_count(in->t, p->key, t < r->n ? r->reward[t] > 0 : -1, green);
            n_marks++;
        }
    }
    tally_count(in->t, p->key, n_ours, n_marks);
}

static dsc_status draw_session(inspection *in, const part *p, const json_t *wanted,
                               const char *folder, session_rows *r)
{
    static const char *const inputs[] = {"prev_choice", "prev_reward"}, *figure = "session";
    char path[96];
    dsc_run *run = NULL;
    dsc_plot_options o = {.n = 1, .names = &figure, .formats = "", .columns = p->columns};
    snprintf(path, sizeof path, "%s/trials.csv", folder);
    const int n = (int)json_array_size(json_object_get(wanted, "choices"));
    DSC_TRY(write_session(in, wanted, n, p->scalar, path));
    DSC_TRY(made_run(in->ctx, "gru", 2, 2, inputs, NULL, &run));
    snprintf(run->config.data, sizeof run->config.data, "%s", path);
    run->config.split_every = 0;
    dsc_status status = dsc_pool_create(in->ctx, 1, &o.pool);
    if (status == DSC_OK) status = dsc_plot(in->ctx, run, &o, folder);
    dsc_pool_destroy(&o.pool);
    made_run_free(in->ctx, &run);
    snprintf(path, sizeof path, "%s/session.csv", folder);
    return status == DSC_OK ? read_session(in, path, p->scalar, r) : status;
}

static dsc_status compare_session(inspection *in, const part *p, const json_t *wanted)
{
    char folder[] = "/tmp/discern-golden-XXXXXX";
    session_rows r = {0};
    const json_t *axes = axes_at(json_object_get(wanted, "figure"), 0);
    DSC_REQUIRE(in->ctx, mkdtemp(folder), DSC_IO, "%s cannot be made", folder);
    const dsc_status status = draw_session(in, p, wanted, folder, &r);
    dsc_remove(in->ctx, folder);
    if (status != DSC_OK) return status;
    compare_marks(in, p, &r, axes);
    for (int k = 0; k < (int)size_of(axes, "lines"); k++)
        compare(in, p->key, "scalars", r.n, r.scalar[k], json_object_get(line_at(axes, k), "y"));
    return DSC_OK;
}

// ---- the file ---------------------------------------------------------------------------------

// In this order: variants change the network.
static const part parts[] = {
    {.key = "metrics", .compare = compare_openness},
    {.key = "latent_sigma_params_for_figures", .compare = take_latent_sigmas},
    {.key = "bottlenecks_sorted", .compare = compare_panels, .sorted = true},
    {.key = "bottlenecks_unsorted", .compare = compare_panels},
    {.key = "update_rules", .compare = compare_rules, .titled = true},
    {.key = "update_rules_named", .compare = compare_rules, .limit = 1}, // titles name values
    {.key = "update_rules_combined", .compare = compare_combined},
    {.key = "update_rules_subject_default",
     .compare = compare_rules,
     .titled = true,
     .notices = 1}, // that it is the first
    {.key = "update_rules_subject_2", .compare = compare_rules, .titled = true, .subject = 2},
    {.key = "session_plot_reward_probs",
     .compare = compare_session,
     .scalar = "reward_probability"}, // shown without being asked for
    {.key = "session_plot_agent_states",
     .compare = compare_session,
     .scalar = "state",
     .columns = "state_0,state_1"},
    {.key = "session_plot_no_scalars", .compare = compare_session, .scalar = "none"},
    {.key = "printed", .compare = compare_printed},
    {.key = "neural_activity_rules", .compare = compare_activity},
    {.key = "neural_activity_rules_lim_0.8", .compare = compare_activity, .limit = 0.8},
    {.key = "neural_activity_rules_one_influential", .compare = compare_activity},
    {.key = "choice_rule", .compare = compare_choice},
    {.key = "choice_rule_embedding", .compare = compare_choice},
    {.key = "choice_rule_one_influential", .compare = compare_choice},
    {.key = "choice_rule_none_influential", .compare = compare_choice},
};
enum { N_PARTS = sizeof parts / sizeof parts[0] };

// `name`.json.gz or `name`.json in the folder of the file.
static dsc_status read_neighbour(const inspection *in, const char *name, json_t **root)
{
    char path[4096];
    const char *slash = strrchr(in->t->path, '/');
    const int folder = slash ? (int)(slash + 1 - in->t->path) : 0;
    DSC_REQUIRE(in->ctx, name, DSC_INPUT, "meta.weights does not name a file");
    snprintf(path, sizeof path, "%.*s%s.json.gz", folder, in->t->path, name);
    if (access(path, F_OK) != 0) path[strlen(path) - strlen(".gz")] = 0;
    return golden_read(in->ctx, path, root);
}

static dsc_status make_run(inspection *in, const json_t *root, const json_t *names)
{
    network n;
    const char *inputs[MAX_INPUTS] = {NULL};
    DSC_TRY(network_read(in->ctx, root, in->arena, &n));
    const size_t first = n.S > 0; // which names the subject
    DSC_REQUIRE(in->ctx,
                n.O <= MAX_INPUTS && (!names || json_array_size(names) == (size_t)n.O + first),
                DSC_INPUT, "%d inputs, %zu names", n.O, json_array_size(names));
    for (int i = 0; i < n.O; i++) {
        static const char *const unnamed[MAX_INPUTS] = {"x 0", "x 1", "x 2", "x 3",
                                                        "x 4", "x 5", "x 6", "x 7"};
        inputs[i] =
            names ? json_string_value(json_array_get(names, (size_t)i + first)) : unnamed[i];
        DSC_REQUIRE(in->ctx, inputs[i], DSC_INPUT, "meta.x_names: a name is not a text");
    }
    DSC_TRY(made_run_of(in->ctx, n.model, n.config, n.K, n.O, inputs, n.S, &in->run));
    const network_run to = {.n = &n, .cell = in->run->cell, .layout = in->run->layout};
    network_to_ours(&to, n.weights, in->run->parameters);
    DSC_TRY(plot_disrnn_read(in->ctx, in->run, &in->d));
    DSC_REQUIRE(in->ctx, in->d.n_latents <= MAX_LATENTS, DSC_INPUT, "too many latents");
    return DSC_OK;
}

static dsc_status compare_parts(inspection *in, const json_t *root)
{
    int used = 1; // meta
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)root, key, value) used += json_is_string(value); // its own faults
    for (int i = 0; i < N_PARTS; i++) {
        const json_t *wanted = json_object_get(root, parts[i].key);
        if (wanted) DSC_TRY(parts[i].compare(in, &parts[i], wanted));
        used += wanted != NULL;
    }
    in->t->later += (int)json_object_size(root) - used;
    return DSC_OK;
}

dsc_status golden_inspect(dsc_context *ctx, const json_t *root, tally *t)
{
    inspection in = {.ctx = ctx, .t = t};
    const json_t *meta = json_object_get(root, "meta");
    json_t *network_root = NULL;
    dsc_status status = dsc_arena_create(ctx, &in.arena);
    if (status == DSC_OK) status = read_neighbour(&in, text_of(meta, "weights"), &network_root);
    if (status == DSC_OK) status = make_run(&in, network_root, json_object_get(meta, "x_names"));
    if (status == DSC_OK) status = compare_parts(&in, root);
    plot_disrnn_free(ctx, &in.d);
    made_run_free(ctx, &in.run);
    dsc_arena_destroy(&in.arena);
    json_decref(network_root);
    return status;
}
