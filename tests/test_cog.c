// SPDX-License-Identifier: Apache-2.0
// test_cog.c — what models of the language compute: likelihoods against sums written out by hand,
// the three forms against each other, gradients against differences.
#include <math.h>
#include <string.h>

#include "support/check.h"
#include "support/cog_models.h"

static dsc_context *ctx;

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

static const dsc_cog_build observer = {.form = DSC_COG_OBSERVER, .n_actions = 2};

// ---- sessions ----------------------------------------------------------------------------------

enum { TRIALS = 40, COLUMNS = 8 };
static const char *const names[COLUMNS] = {"choice",      "reward",      "stimulus", "block",
                                           "available_0", "available_1", "rt",       "loss"};

typedef struct session {
    double x[TRIALS][COLUMNS];
    cog_table table;
} session;

// A session with missing choices, blocks of ten and stimuli 0 ... 3.
static void make_session(session *s, int n_actions)
{
    dsc_stream r = dsc_stream_start(3, DSC_FOR_TASK, 0, 0, 0);
    for (int t = 0; t < TRIALS; t++) {
        double *x = s->x[t];
        x[0] = t % 9 == 4 ? -1 : (double)dsc_stream_below(&r, (uint32_t)n_actions);
        x[1] = dsc_stream_below(&r, 2);
        x[2] = dsc_stream_below(&r, 4);
        x[3] = t / 10;
        x[4] = x[0] == 0 || dsc_stream_below(&r, 2);
        x[5] = x[0] == 1 || dsc_stream_below(&r, 2);
        x[6] = t % 7 == 3 ? NAN : 300 + 40 * dsc_stream_normal(&r);
        x[7] = -dsc_stream_uniform(&r);
    }
    s->table = (cog_table){TRIALS, COLUMNS, names, s->x[0]};
}

// ---- likelihoods by hand -----------------------------------------------------------------------

static const char q_learning[] = "model q \"Q-learning\"\n"
                                 "actions any\n"
                                 "outcome reward\n"
                                 "parameter alpha in unit\n"
                                 "parameter beta in positive\n"
                                 "state q[action] = 0.5\n"
                                 "trial\n"
                                 "    choose softmax(beta * q)\n"
                                 "    prediction_error = reward - q[choice]\n"
                                 "    q[choice] += alpha * prediction_error\n";

static double q_learning_by_hand(const session *s, double alpha, double beta)
{
    double q[2] = {0.5, 0.5}, nll = 0;
    for (int t = 0; t < TRIALS; t++) {
        const int c = (int)s->x[t][0];
        if (c < 0) continue;
        nll += log(exp(beta * q[0]) + exp(beta * q[1])) - beta * q[c];
        q[c] += alpha * (s->x[t][1] - q[c]);
    }
    return nll;
}

static void the_likelihood_of_q_learning_is_the_sum_written_out_by_hand(void **state)
{
    (void)state;
    session s;
    cog_model m;
    make_session(&s, 2);
    cog_model_make(ctx, q_learning, &observer, &m);
    const double parameters[] = {0.3, 2.5};
    const double expected = q_learning_by_hand(&s, 0.3, 2.5);
    assert_true(fabs(cog_model_nll(&m, &s.table, parameters) - expected) < 1e-12);
    cog_model_check_gradient(&m, "q_learning", &s.table, parameters);
    cog_model_destroy(&m);
}

static const char perseveration[] =
    "model m\nactions 2\ncue stimulus\ncue available\noutcome reward\nobserve rt\n"
    "option carry_over no\ndimension stimuli 4\n"
    "parameter alpha in unit\nparameter beta in positive\nparameter kappa in real\n"
    "parameter q0 in real\n"
    "state q[action] = q0\n"
    "state m[action] = kappa / 2 reset block unless carry_over\n"
    "state Q[stimuli, action] = 1 / actions\n"
    "state n = 0 reset block\n"
    "trial\n"
    "    n += 1\n"
    "    q = q * (1 - 0.1 * alpha)\n"
    "    Q[stimulus] *= 0.95\n"
    "    V = q[0] - q[1]\n"
    "    choose softmax(beta * (q + m + Q[stimulus])) among available\n"
    "    prediction_error = reward - q[choice]\n"
    "    q[choice] += alpha * prediction_error\n"
    "    Q[stimulus, choice] += alpha / n * (reward - Q[stimulus, choice])\n"
    "    m = kappa * chosen\n"
    "    q *= if n > 3 and reward == 0 then 0.9 else 1\n"
    "    rt ~ normal(300 + 20 * V, exp(kappa + 3))\n";

static double perseveration_by_hand(const session *s, const double *p, double *observed)
{
    double q[2] = {p[3], p[3]}, m[2] = {p[2] / 2, p[2] / 2}, Q[4][2], n = 0, nll = 0;
    for (int i = 0; i < 8; i++) Q[i / 2][i % 2] = 0.5;
    *observed = 0;
    for (int t = 0; t < TRIALS; t++) {
        const double *x = s->x[t];
        const int c = (int)x[0], k = (int)x[2];
        if (t > 0 && x[3] != s->x[t - 1][3]) n = 0, m[0] = m[1] = p[2] / 2;
        n += 1;
        double e[2];
        for (int i = 0; i < 2; i++) q[i] *= 1 - 0.1 * p[0], Q[k][i] *= 0.95;
        for (int i = 0; i < 2; i++) e[i] = x[4 + i] != 0 ? exp(p[1] * (q[i] + m[i] + Q[k][i])) : 0;
        const double V = q[0] - q[1];
        if (c < 0) continue;
        nll -= log(e[c] / (e[0] + e[1]));
        q[c] += p[0] * (x[1] - q[c]);
        Q[k][c] += p[0] / n * (x[1] - Q[k][c]);
        for (int i = 0; i < 2; i++) m[i] = i == c ? p[2] : 0, q[i] *= n > 3 && x[1] == 0 ? 0.9 : 1;
        const double sd = exp(p[2] + 3), z = (x[6] - 300 - 20 * V) / sd;
        if (!isnan(x[6]))
            *observed += 0.5 * z * z + log(sd) + 0.5 * log(2 * 3.14159265358979323846);
    }
    return nll;
}

static void a_model_with_cues_resets_and_observations_agrees_with_a_loop_written_by_hand(
    void **state)
{
    (void)state;
    session s;
    cog_model m;
    double observed;
    make_session(&s, 2);
    cog_model_make(ctx, perseveration, &observer, &m);
    const double parameters[] = {0.3, 2.5, 0.4, 0.2};
    const double expected = perseveration_by_hand(&s, parameters, &observed) + observed;
    const double got = cog_model_nll(&m, &s.table, parameters);
    if (!(fabs(got - expected) < 1e-10)) fail_msg("%.15g instead of %.15g", got, expected);
    cog_model_check_gradient(&m, "perseveration", &s.table, parameters);
    cog_model_destroy(&m);
}

// ---- many models: forms and gradients ----------------------------------------------------------

typedef struct example {
    const char *what, *text;
    int n_actions;
    double parameters[4];
} example;

#define HEAD                                                                            \
    "model m\nactions any\ncue stimulus\noutcome reward\noutcome loss\ncue available\n" \
    "parameter a in unit\nparameter b in positive\nparameter c in real\nparameter d in real\n"

static const example examples[] = {
    {"q_learning", q_learning, 2, {0.3, 2.5}},
    {"perseveration", perseveration, 2, {0.3, 2.5, 0.4, 0.2}},
    {"updates above the choice",
     HEAD "state q[action] = d\nstate t = 0\ntrial\n"
          "    t = t + 1\n    q = q * (1 - a) + a * d\n"
          "    choose softmax(b * q + c * t / 10)\n"
          "    q[choice] += a * (reward - q[choice])\n",
     3,
     {0.2, 1.5, 0.3, 0.4}},
    {"reset of a state that learns everywhere",
     HEAD "state q[action] = d reset block\nstate last = 0 reset block\ntrial\n"
          "    choose softmax(b * q + c * onehot(last, actions))\n"
          "    q += a * (reward * chosen - q)\n    last = choice\n",
     3,
     {0.2, 1.5, 0.3, 0.4}},
    {"probit with log normal",
     HEAD "state m[action] = d\nstate v[action] = 1\ntrial\n"
          "    z = (m[0] - m[1]) / sqrt(v[0] + v[1])\n    choose probit(b * z + c)\n"
          "    gain = v[choice] / (v[choice] + 1 + a)\n"
          "    m[choice] += gain * (reward - m[choice])\n    v[choice] -= gain * v[choice]\n",
     2,
     {0.2, 1.5, 0.3, 0.4}},
    {"probabilities with a lapse",
     HEAD
     "state q[action] = d\ntrial\n"
     "    p = softmax(b * q)\n"
     "    choose probabilities((1 - a) * p + a / actions) among available\n"
     "    u = if reward > 0 then reward ^ (c + 1) else -2 * (-loss) ^ (c + 1) + (-reward) ^ 0.5\n"
     "    q[choice] += 0.3 * (u - q[choice])\n",
     2,
     {0.2, 1.5, 0.3, 0.4}},
    {"every function",
     HEAD
     "state q[action] = d\nstate Q[2, action] = 0\ntrial\n"
     "    x = exp(a) + log(b) + log1p(a) + expm1(c) + sqrt(b) + abs(c) + tanh(d) + sin(a)\n"
     "    y = cos(a) + logistic(c) + normal_cdf(c) + log_normal_cdf(d) + min(a, b) + max(c, a)\n"
     "    z = clip(d, -1, 1) + clip(c, a, b) + normal_logpdf(c, d, b) + pi + 2 ^ -2 + b ^ 2.5\n"
     "    w = sum(q) + mean(q) + largest(q) + dot(q, q) + sum(Q) + sum(softmax(q))\n"
     "    choose softmax(q * x + onehot(1, actions) * y * z + w * Q[1] / 10)\n"
     "    Q[0, choice] += a\n    Q[1] = Q[0] + 0.1\n"
     "    q[choice] = if not (reward == 1 or stimulus != 2) then a else q[choice] / (1 + a)\n",
     3,
     {0.2, 1.5, 0.3, 0.4}},
};
enum { N_EXAMPLES = sizeof examples / sizeof *examples };

static void predictions_of_agent_and_particles_are_those_of_the_observer(void **state)
{
    (void)state;
    session s;
    double p[3][TRIALS * 3];
    for (int i = 0; i < N_EXAMPLES; i++) {
        const int n = examples[i].n_actions;
        make_session(&s, n);
        for (int form = 0; form < 3; form++) {
            const dsc_cog_build o = {.form = (dsc_cog_form)form, .n_actions = n};
            cog_model m;
            cog_model_make(ctx, examples[i].text, &o, &m);
            cog_model_record(&m, &s.table, examples[i].parameters, "prediction", p[form]);
            cog_model_destroy(&m);
        }
        for (int k = 0; k < TRIALS * n; k++)
            for (int form = 0; form < 3; form++)
                if (!(fabs(p[form][k] - p[1][k]) <= 1e-12 * fmax(1, fabs(p[1][k]))))
                    fail_msg("%s, trial %d: form %d predicts %.15g instead of %.15g",
                             examples[i].what, k / n, form, p[form][k], p[1][k]);
    }
}

static void gradients_agree_with_differences(void **state)
{
    (void)state;
    session s;
    for (int i = 0; i < N_EXAMPLES; i++)
        for (int form = 0; form < 2; form++) {
            const dsc_cog_build o = {.form = (dsc_cog_form)form,
                                     .n_actions = examples[i].n_actions};
            cog_model m;
            make_session(&s, o.n_actions);
            cog_model_make(ctx, examples[i].text, &o, &m);
            cog_model_check_gradient(&m, examples[i].what, &s.table, examples[i].parameters);
            cog_model_destroy(&m);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_likelihood_of_q_learning_is_the_sum_written_out_by_hand),
        TEST(a_model_with_cues_resets_and_observations_agrees_with_a_loop_written_by_hand),
        TEST(predictions_of_agent_and_particles_are_those_of_the_observer),
        TEST(gradients_agree_with_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
