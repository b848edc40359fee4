// SPDX-License-Identifier: Apache-2.0
// test_cog_text.c — texts of the language: what each mistake is told, what is read from a
// declaration, the standard layout, failing allocations.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discern/cog.h"
#include "support/check.h"

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

static dsc_cog *compile(const char *text)
{
    dsc_cog *c = NULL;
    CHECK_OK(ctx, dsc_cog_compile(ctx, "my.cog", text, &c));
    return c;
}

// ---- mistakes ----------------------------------------------------------------------------------

static void refuse(const char *text, const char *part)
{
    dsc_cog *c = NULL;
    if (dsc_cog_compile(ctx, "my.cog", text, &c) != DSC_INPUT)
        fail_msg("not refused (%s): %s", part, text);
    assert_null(c);
    if (!strstr(dsc_message(ctx), part))
        fail_msg("%s\n...does not say: %s", dsc_message(ctx), part);
}

typedef struct mistake {
    const char *line; // in its place among good ones
    const char *said;
} mistake;

static const mistake header_mistakes[] = {
    {"paramter a in unit",
     "column 1: there is no declaration \"paramter\"; did you mean \"parameter\"?"},
    {"model m", "the model has a name already"},
    {"source \"a\"\nsource \"b\"", "the source is given already"},
    {"source reward", "a text in \"quotes\" was expected, not \"reward\""},
    {"actions 3", "the number of actions is given already"},
    {"dimension n 0", "from 1 to 1000"},
    {"dimension n 2000", "from 1 to 1000"},
    {"dimension n 2.5", "whole number"},
    {"option o perhaps", "yes, no or a number was expected, not \"perhaps\""},
    {"cue reward", "\"reward\" is already declared in line 3"},
    {"cue choice", "\"choice\" has a meaning of its own"},
    {"cue exp", "\"exp\" has a meaning of its own"},
    {"cue observed_x", "\"observed_x\" has a meaning of its own"},
    {"cue agent_x", "\"agent_x\" has a meaning of its own"},
    {"cue c[action, action]", "one for each [action]"},
    {"cue c[colour]", "action, a dimension declared above, or a number was expected"},
    {"cue c[3]", "one for each [action]"},
    {"outcome c[k]", "one for each [action]"},
    {"cue available[7]", "one for each [action]"},
    {"parameter level in unit", "\"level\" is a key of the config (model.level)"},
    {"option name 1", "\"name\" is a key of the config (model.name)"},
    {"dimension level 2", "\"level\" is a key of the config"},
    {"parameter block_start in unit", "\"block_start\" is a column that this model reads"},
    {"cue v[action]\nparameter v_1 in unit", "\"v_1\" is a column that this model reads"},
    {"parameter a in unit prior uniform(2, 3)", "no value of the prior of a lies in its range"},
    {"parameter a in unit start uniform(2, 3)", "no value of the start of a lies in its range"},
    {"parameter a in [-2, 0] prior gamma(2, 1)", "no value of the prior of a lies in its range"},
    {"parameter a in positive prior lognormal(1000, 1)", "the default of a, the middle of its"},
    {"parameter a in [-1.7e308, 1.7e308]", "the range of a is too wide to compute with"},
    {"state s = log(-1)", "this is not a number"},
    {"parameter nll in unit", "\"nll\" is a column of fit.csv"},
    {"parameter se_alpha in unit", "\"se_alpha\" is a column of fit.csv"},
    {"parameter a", "\"in\" and the range"},
    {"parameter a in units", "unit, positive, real or [lowest, highest]"},
    {"parameter a in [1, 0]", "must lie below"},
    {"parameter a in [0 1]", "\",\" was expected, not \"1\""},
    {"parameter a in unit prior beat(1, 1)",
     "there is no distribution \"beat\"; did you mean \"beta\"?"},
    {"parameter a in unit prior beta(1)", "\",\" was expected, not \")\""},
    {"parameter a in unit prior beta(0, 1)", "scales and shapes are above 0"},
    {"parameter a in unit start uniform(1, 0)", "the first below the second"},
    {"parameter a in real prior normal(0, inf)", "finite numbers"},
    {"parameter a in unit default 2", "outside the range [0, 1]"},
    {"parameter a in unit default 0.1 default 0.2", "default is given twice"},
    {"parameter a in unit \"x\" \"y\"", "a meaning is given twice"},
    {"parameter a in unit per trial", "subject, session or model was expected, not \"trial\""},
    {"parameter a in unit default 1e999", "this is not a number"},
    {"parameter a in unit default 1x", "this is not a number"},
    {"state s", "\"=\" was expected before the end of the line"},
    {"state s = reward", "a state starts from numbers, options, parameters and counts only"},
    {"state s = q", "a state starts from"},
    {"state s[3] = onehot(1, action)", "a vector over 3 meets one over action (2)"},
    {"state s = onehot(1, action)", "\"s\" is a single number, and this is a vector"},
    {"state s = 0 reset session", "block was expected, not \"session\""},
    {"state s = 0 reset block unless reward", "an option declared above"},
    {"state s[action, action, action] = 0", "\"]\" was expected"},
    {"cue \"text", "this text has no closing \""},
    {"cue c ; d", "\";\" has no meaning here"},
    {"cue \xc3\xa4", "this character has no meaning here"},
    {"= 3", "a declaration (model, parameter, state ...) was expected"},
};

static const mistake trial_mistakes[] = {
    {"x = rewrd", "there is no name \"rewrd\""},
    {"x = alpah", "line 13, column 9: there is no name \"alpah\"; did you mean \"alpha\"?"},
    {"x = sofmax(q)", "there is no function \"sofmax\"; did you mean \"softmax\"?"},
    {"x = exp", "exp is a function; write exp(...)"},
    {"x = exp(1, 2)", "exp takes 1 value in its ( ), not 2"},
    {"x = clip(1, 2)", "clip takes 3 values in its ( ), not 2"},
    {"x = clip(1, 2, 3, 4)", "clip takes 3 values in its ( ), not 4"},
    {"x = clip(alpha, 2, 1)", "the lower limit 2 of clip lies above the upper one 1"},
    {"x = q + Q", "a vector over action (2) meets one over k (4) x action (2)"},
    {"x = q + w", "a vector over action (2) meets one over k (4)"},
    {"x = q[0, 1]", "a single number has no index"},
    {"x = alpha[0]", "a single number has no index"},
    {"x = q[q]", "an index is a single number, not a vector"},
    {"x = q[2]", "the index 2 is too large: indices go from 0 to 1"},
    {"x = q[0.5]", "an index is a whole number from 0, not 0.5"},
    {"x = q[action]", "\"action\" is the number of elements, not one of them"},
    {"x = Q[0, 0, 0]", "at most two indices"},
    {"x = softmax(alpha)", "softmax takes a vector, and this is a single number"},
    {"x = softmax(Q)", "softmax takes a vector, and this is a table"},
    {"x = onehot(q, action)", "onehot takes a single number"},
    {"x = onehot(0, alpha)", "a whole number or a dimension"},
    {"x = 1 < 2 < 3", "comparisons cannot be chained"},
    {"x = 1 + not 2", "\"not\" in ( ), was expected, not \"not\""},
    {"x = if alpha then 1", "\"else\" was expected before the end of the line"},
    {"x = if alpha", "\"then\" was expected before the end of the line"},
    {"x = (1 + 2", "\")\" was expected"},
    {"x = 1 +", "a value was expected before the end of the line"},
    {"x = \"text\"", "a value was expected, not \"text\""},
    {"x = 1 2", "the end of the line was expected, not \"2\""},
    {"x = choice", "\"choice\" is known only after the choice"},
    {"x = chosen", "known only after the choice"},
    {"x = reward", "\"reward\" is known only after the choice"},
    {"x = rt", "\"rt\" is known only after the choice"},
    {"x = 1\n    x = 2", "\"x\" is assigned already; choose another name, or make it a state"},
    {"x += 1", "there is no state \"x\""},
    {"Qq[0] = 1", "there is no state \"Qq\"; did you mean \"q\"?"},
    {"alpha = 1", "\"alpha\" is a parameter and cannot be assigned"},
    {"stimulus = 1", "\"stimulus\" is a column and cannot be assigned"},
    {"s = q", "this is a vector, and what it is assigned to is a single number"},
    {"q[0] = q", "this is a vector, and what it is assigned to is a single number"},
    {"q = w", "a vector over action (2) meets one over k (4)"},
    {"s[0] = 1", "\"s\" has 0 dimensions, not 1; a vector over the actions is declared as "
                 "state NAME[action]"},
    {"if r > 0 then s = 1", "NAME = if CONDITION then A else B"},
    {"q[0, 1] = 1", "\"q\" has 1 dimension, not 2"},
    {"q == 1", "=, +=, -=, *= or ~ was expected, not \"==\""},
    {"state z = 0", "declarations stand above the line \"trial\""},
    {"rt ~ normal(0, 1)", "an observed column stands below \"choose\""},
    {"choose argmax(q)", "softmax(...), probit(...) or probabilities(...) was expected"},
    {"choose softmax(q)", "the choice is made already; a trial has one \"choose\""},
};

static const mistake choice_mistakes[] = {
    {"choose softmax(alpha)", "the choice needs a vector with a value for every action"},
    {"choose softmax(w)", "a vector over action (2) meets one over k (4)"},
    {"choose probit(q)", "probit takes a single number, for two actions"},
    {"choose softmax(q) among w", "a vector over action (2) meets one over k (4)"},
};

static const mistake late_mistakes[] = {
    {"reward ~ normal(0, 1)", "only a column declared with \"observe\""},
    {"rt ~ gamma(0, 1)", "normal(mean, standard deviation) was expected, not \"gamma\""},
    {"rt ~ normal(0, 1)\n    rt ~ normal(1, 1)", "\"rt\" is observed already"},
    {"rt ~ normal(q, 1)", "mean and standard deviation are single numbers"},
};

static void check_mistakes(const mistake *list, size_t n, const char *before, const char *after)
{
    char text[1000];
    for (size_t i = 0; i < n; i++) {
        snprintf(text, sizeof text, "%s%s%s", before, list[i].line, after);
        refuse(text, list[i].said);
    }
}

#define GOOD                                                                                    \
    "model m \"a title\"\nactions 2\noutcome reward\ncue stimulus\nobserve rt\ndimension k 4\n" \
    "parameter alpha in unit\nstate q[action] = 0\n"
#define STATES      "state s = 0\nstate w[k] = 0\nstate Q[k, action] = 0\n"
#define CHOICE      "    choose softmax(q)\n"
#define COUNT(list) (sizeof(list) / sizeof *(list))

static void every_mistake_in_a_declaration_has_its_sentence(void **state)
{
    (void)state;
    check_mistakes(header_mistakes, COUNT(header_mistakes), GOOD, "\ntrial\n" CHOICE);
}

static void every_mistake_in_a_trial_has_its_sentence(void **state)
{
    (void)state;
    check_mistakes(trial_mistakes, COUNT(trial_mistakes), GOOD STATES "trial\n    ", "\n" CHOICE);
    check_mistakes(choice_mistakes, COUNT(choice_mistakes), GOOD STATES "trial\n    ", "\n");
    check_mistakes(late_mistakes, COUNT(late_mistakes), GOOD STATES "trial\n" CHOICE "    ", "\n");
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    refuse("", "a file starts with its model");
    refuse("trial\n", "a file starts with its model");
    refuse("actions 2\n", "a file starts with its model");
    refuse("model m\nactions 2\n", "the line \"trial\" is missing");
    refuse("model m\ntrial\n", "the number of actions is missing: actions 2, or actions any");
    refuse(GOOD "trial\n    x = 1\n", "the choice is missing: a trial has a line such as");
}

static void a_message_shows_the_line_and_points_at_the_place(void **state)
{
    (void)state;
    refuse(GOOD "trial\n\tx = 2 * alpah # \xc3\xa4\n" CHOICE,
           "my.cog, line 10, column 10: there is no name \"alpah\"; did you mean \"alpha\"?\n"
           "     x = 2 * alpah # \xc3\xa4\n"
           "             ^");
    char text[3000] = GOOD "trial\n    x = 0";
    while (strlen(text) < 1000) strcat(text, " + \xc3\xa4 alpha");
    refuse(text, "this character has no meaning here");
    memset(text, 0, sizeof text);
    strcpy(text, GOOD "trial\n    x = 0");
    while (strlen(text) < 1000) strcat(text, " + alpha");
    strcat(text, " + alpah * 2 + 3\n");
    refuse(text, "did you mean");
    const char *caret = strrchr(dsc_message(ctx), '\n');
    const char *shown = caret - 1;
    while (shown[-1] != '\n') shown--;
    assert_memory_equal(shown + (strlen(caret + 1) - 1), "alpah", 5);
}

static void texts_without_end_are_refused(void **state)
{
    (void)state;
    const size_t n = 300000;
    char *text = malloc(n + 1);
    const char *const fill[] = {"(", "-", "x", "1+", "\"", "if 1 then ", "a[", "not ", "\n", "2^"};
    const char *head = GOOD "trial\n    x = ";
    for (size_t i = 0; i < COUNT(fill); i++)
        for (size_t size = 200000; size <= n; size += 90000) {
            dsc_cog *c = NULL;
            strcpy(text, head);
            for (size_t k = strlen(head); k + 20 < size; k += strlen(fill[i]))
                strcpy(text + k, fill[i]);
            assert_int_equal(dsc_cog_compile(ctx, "my.cog", text, &c), DSC_INPUT);
        }
    free(text);
}

static void large_models_are_refused_before_they_take_the_memory(void **state)
{
    (void)state;
    char text[8000] = "model m\nactions 64\ndimension k 1000\nstate Q[k, action] = 1\ntrial\n";
    for (int i = 0; i < 40; i++)
        snprintf(text + strlen(text), 100, "    Q = Q + %d\n    Q = Q * exp(Q)\n", i + 1);
    strcat(text, "    choose softmax(Q[0])\n");
    refuse(text, "the model is too large");
}

// ---- what is read ------------------------------------------------------------------------------

static const char declared[] =
    "model m \"a title\"\nsource \"Someone 2020\"\nactions any\n"
    "dimension k 4 \"places\"\noption o yes \"what for\"\noption p -2.5\n"
    "cue stimulus\noutcome reward \"points\"\nobserve rt\ncue available\n"
    "parameter alpha in unit \"rate\" prior beta(2, 6) per session\n"
    "parameter beta in positive unit \"1/point\" prior gamma(2, 3)\n"
    "parameter c in real per model\nparameter d in [-1, inf] start normal(3, 2)\n"
    "parameter e in [-inf, 2]\nparameter f in [0, 4] default 1 start uniform(0, 1)\n"
    "state q[action] = 0 reset block unless o\n"
    "trial\n    choose softmax(q)\n";

static void declarations_are_read(void **state)
{
    (void)state;
    dsc_cog *c = compile(declared);
    dsc_cog_column kind;
    assert_string_equal(dsc_cog_name(c), "m");
    assert_string_equal(dsc_cog_title(c), "a title");
    assert_string_equal(dsc_cog_source(c), "Someone 2020");
    assert_string_equal(dsc_cog_text(c), declared);
    assert_int_equal(dsc_cog_actions(c), 0);
    assert_int_equal(dsc_cog_option_count(c), 3);
    assert_true(dsc_cog_option_at(c, 0)->is_size && dsc_cog_option_at(c, 0)->initial == 4);
    assert_true(dsc_cog_option_at(c, 1)->is_switch && dsc_cog_option_at(c, 1)->initial == 1);
    assert_string_equal(dsc_cog_option_at(c, 1)->meaning, "what for");
    assert_true(dsc_cog_option_at(c, 2)->initial == -2.5);
    assert_int_equal(dsc_cog_column_count(c), 4);
    assert_string_equal(dsc_cog_column_at(c, 1, &kind), "reward");
    assert_int_equal(kind, DSC_OUTCOME);
    assert_string_equal(dsc_cog_column_at(c, 2, &kind), "rt");
    assert_int_equal(kind, DSC_OBSERVED);
    assert_true(dsc_cog_reads_blocks(c));
    dsc_cog_destroy(ctx, &c);
    assert_null(c);
}

static void check_start(const dsc_cog *c, int i, dsc_density_kind kind, double a, double b,
                        double initial)
{
    const dsc_cog_parameter *k = dsc_cog_parameter_at(c, i);
    assert_int_equal(k->start.kind, kind);
    assert_true(k->start.a == a && k->start.b == b);
    assert_true(fabs(k->initial - initial) < 1e-15);
}

static void what_a_parameter_does_not_say_follows_the_rules(void **state)
{
    (void)state;
    dsc_cog *c = compile(declared);
    assert_int_equal(dsc_cog_parameter_count(c), 6);
    check_start(c, 0, DSC_DENSITY_UNIFORM, 0, 1, 0.5);
    check_start(c, 1, DSC_DENSITY_GAMMA, 2, 3, 6);
    check_start(c, 2, DSC_DENSITY_UNIFORM, -3, 3, 0);
    check_start(c, 3, DSC_DENSITY_NORMAL, 3, 2, 3);
    check_start(c, 4, DSC_DENSITY_UNIFORM, -8, 2, -3);
    check_start(c, 5, DSC_DENSITY_UNIFORM, 0, 1, 1);
    assert_int_equal(dsc_cog_parameter_at(c, 0)->group, DSC_GROUP_SESSION);
    assert_int_equal(dsc_cog_parameter_at(c, 0)->prior.kind, DSC_DENSITY_BETA);
    assert_int_equal(dsc_cog_parameter_at(c, 1)->group, DSC_GROUP_SUBJECT);
    assert_int_equal(dsc_cog_parameter_at(c, 2)->group, DSC_GROUP_MODEL);
    assert_string_equal(dsc_cog_parameter_at(c, 1)->unit, "1/point");
    assert_true(isinf(dsc_cog_parameter_at(c, 3)->highest));
    dsc_cog_destroy(ctx, &c);
}

// ---- building ----------------------------------------------------------------------------------

static dsc_status build(const dsc_cog *c, const dsc_cog_build *o, dsc_text *printed)
{
    dsc_builder *b = NULL;
    dsc_cell *cell = NULL;
    CHECK_OK(ctx, dsc_cell_begin(ctx, "cell", &b));
    const dsc_status status = dsc_cog_build_cell(c, b, o);
    const dsc_status ended = dsc_cell_end(b, &cell);
    assert_int_equal(status, ended);
    if (status == DSC_OK) CHECK_OK(ctx, dsc_cell_print(cell, ctx, printed));
    dsc_cell_destroy(&cell);
    return status;
}

static void sizes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    dsc_cog *c = compile(GOOD "trial\n" CHOICE), *any = compile(declared);
    dsc_text printed = {0};
    CHECK_FAILS(ctx, DSC_INPUT,
                "has 2 actions, but the data or the task have 3. With \"actions any\"",
                build(c, &(dsc_cog_build){.n_actions = 3}, &printed));
    CHECK_FAILS(ctx, DSC_INPUT, "65 actions; possible are 1 to 64",
                build(any, &(dsc_cog_build){.n_actions = 65}, &printed));
    const double sizes[] = {0, 1, 0};
    CHECK_FAILS(ctx, DSC_INPUT, "k=0; the size of a dimension is a whole number from 1 to 1000",
                build(any, &(dsc_cog_build){.n_actions = 2, .option = sizes}, &printed));
    dsc_cog_destroy(ctx, &c);
    dsc_cog_destroy(ctx, &any);
}

static void q_learning_is_a_handful_of_operations(void **state)
{
    (void)state;
    dsc_text printed = {0};
    dsc_cog *c = compile("model q\nactions 2\noutcome reward\nparameter alpha in unit\n"
                         "parameter beta in positive\nstate q[action] = 0.5\ntrial\n"
                         "    choose softmax(beta * q)\n"
                         "    q[choice] += alpha * (reward - q[choice])\n");
    CHECK_OK(ctx, build(c, &(dsc_cog_build){.form = DSC_COG_OBSERVER, .n_actions = 2}, &printed));
    check_contains(printed.s, "12 nodes");
    const char *const each[] = {" take q", " subtract reward", " multiply_add alpha", " place q",
                                " multiply "};
    for (size_t i = 0; i < COUNT(each); i++) check_contains(printed.s, each[i]);
    dsc_text_free(ctx, &printed);
    dsc_cog_destroy(ctx, &c);
}

static void a_branch_left_out_by_an_option_reads_no_column(void **state)
{
    (void)state;
    dsc_cog *c = compile("model m\nactions 2\noption o no\noutcome loss\ncue hint\n"
                         "state q[action] = 0\ntrial\n"
                         "    x = if o then hint else 1\n    choose softmax(q * x)\n"
                         "    q[choice] += if not o then 1 else loss\n");
    const double on[] = {1};
    dsc_text off_text = {0}, on_text = {0};
    CHECK_OK(ctx, build(c, &(dsc_cog_build){.form = DSC_COG_OBSERVER, .n_actions = 2}, &off_text));
    assert_null(strstr(off_text.s, "loss"));
    assert_null(strstr(off_text.s, "hint"));
    CHECK_OK(ctx, build(c, &(dsc_cog_build){.form = DSC_COG_OBSERVER, .n_actions = 2, .option = on},
                        &on_text));
    check_contains(on_text.s, "input loss");
    check_contains(on_text.s, "input hint");
    dsc_text_free(ctx, &off_text);
    dsc_text_free(ctx, &on_text);
    dsc_cog_destroy(ctx, &c);
}

// ---- layout ------------------------------------------------------------------------------------

static const char untidy[] =
    "# of a test\n\n\nmodel   m # one\nactions any   # two\n"
    "parameter a in[-1,  2] default - 0.5 # x\n  parameter gamma in unit \"y\"\n"
    "parameter a_3 in [-1.25,inf]# z\n\n"
    "state q[ action ] = -1*(a-2)/2\n"
    "trial\n\n# inside\n"
    "V=-q[0]-  -q[1]^-2*max( a ,-1)\n"
    "W = if(a>=1 and not V<2)then 1 else -a  \n"
    "choose softmax( q*(  # long\n a + V\n # more\n -W))\n"
    "q[choice]+=-a";
static const char tidy[] = "# of a test\n\n"
                           "model m                                       # one\n"
                           "actions any                                   # two\n"
                           "parameter a     in [-1, 2]      default -0.5  # x\n"
                           "parameter gamma in unit         \"y\"\n"
                           "parameter a_3   in [-1.25, inf]               # z\n\n"
                           "state q[action] = -1 * (a - 2) / 2\n"
                           "trial\n\n    # inside\n"
                           "    V = -q[0] - -q[1] ^ -2 * max(a, -1)\n"
                           "    W = if (a >= 1 and not V < 2) then 1 else -a\n"
                           "    choose softmax(q * (  # long\n            a + V\n"
                           "            # more\n            -W))\n"
                           "    q[choice] += -a\n";

static void the_standard_layout_is_its_own_layout(void **state)
{
    (void)state;
    dsc_text once = {0}, twice = {0};
    CHECK_OK(ctx, dsc_cog_format(ctx, "my.cog", untidy, &once));
    assert_string_equal(once.s, tidy);
    CHECK_OK(ctx, dsc_cog_format(ctx, "my.cog", once.s, &twice));
    assert_string_equal(once.s, twice.s);
    dsc_text_free(ctx, &once);
    dsc_text_free(ctx, &twice);
}

static void the_layout_keeps_the_meaning(void **state)
{
    (void)state;
    dsc_cog *before = compile(untidy), *after = compile(tidy);
    dsc_text a = {0}, b = {0};
    CHECK_OK(ctx, build(before, &(dsc_cog_build){.n_actions = 3}, &a));
    CHECK_OK(ctx, build(after, &(dsc_cog_build){.n_actions = 3}, &b));
    assert_string_equal(a.s, b.s);
    dsc_text_free(ctx, &a);
    dsc_text_free(ctx, &b);
    dsc_cog_destroy(ctx, &before);
    dsc_cog_destroy(ctx, &after);
}

// ---- densities ---------------------------------------------------------------------------------

typedef struct density_case {
    dsc_density d;
    double low, high; // of its support, or nearly all of it
    double mean, deviation;
} density_case;
static const density_case densities[] = {
    {{DSC_DENSITY_UNIFORM, -1, 3, 0}, -1, 3, 1, 1.1547005383792515},
    {{DSC_DENSITY_NORMAL, 1, 2, 0}, -20, 22, 1, 2},
    {{DSC_DENSITY_HALF_NORMAL, 2, 0, 0}, 0, 20, 1.5957691216057308, 1.2056203},
    {{DSC_DENSITY_BETA, 2, 5, 0}, 0, 1, 0.2857142857142857, 0.1597191},
    {{DSC_DENSITY_GAMMA, 2.5, 3, 0}, 0, 150, 7.5, 4.7434165},
    {{DSC_DENSITY_GAMMA, 1, 3, 0}, 0, 120, 3, 3},
    {{DSC_DENSITY_EXPONENTIAL, 2, 0, 0}, 0, 80, 2, 2},
    {{DSC_DENSITY_LOGNORMAL, 0.5, 0.4, 0}, 1e-9, 40, 1.7860384, 0.7439},
    {{DSC_DENSITY_STUDENT, 12, 1, 2}, -300, 300, 1, 2.1908902},
};

static double integral(const density_case *c)
{
    const int n = 400000;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += exp(dsc_density_log(&c->d, c->low + (c->high - c->low) * (i + 0.5) / n, NULL));
    return sum * (c->high - c->low) / n;
}

static void densities_integrate_to_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(densities); i++)
        if (!(fabs(integral(&densities[i]) - 1) < 1e-8))
            fail_msg("density %zu: %.12g", i, integral(&densities[i]));
}

static void derivatives_of_densities_agree_with_differences(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(densities); i++)
        for (int k = 1; k < 10; k++) {
            const density_case *c = &densities[i];
            const double x = c->mean + c->deviation * (k - 5) / 9, h = 1e-5;
            double slope;
            dsc_density_log(&c->d, x, &slope);
            const double d =
                (dsc_density_log(&c->d, x + h, NULL) - dsc_density_log(&c->d, x - h, NULL)) / 2 / h;
            if (!(fabs(d - slope) < 1e-8 * fmax(1, fabs(d)))) fail_msg("%zu: %g %g", i, d, slope);
        }
}

static void outside_its_support_a_density_is_zero(void **state)
{
    (void)state;
    const double outside[] = {-1.01, NAN, -0.01, 1.01, -0.01, -0.01, -0.01, 0, NAN};
    double slope = 7;
    for (size_t i = 0; i < COUNT(densities); i++)
        if (!isnan(outside[i]))
            assert_true(dsc_density_log(&densities[i].d, outside[i], &slope) == -INFINITY);
    const dsc_density none = {0};
    assert_true(dsc_density_log(&none, 1e9, &slope) == 0 && slope == 0);
}

static void draws_have_the_mean_and_the_spread_of_their_density(void **state)
{
    (void)state;
    enum { DRAWS = 40000 };
    dsc_stream s = dsc_stream_start(4, DSC_FOR_PARAMETERS, 0, 0, 0);
    for (size_t i = 0; i < COUNT(densities); i++) {
        double sum = 0, squares = 0;
        for (int k = 0; k < DRAWS; k++) {
            const double x = dsc_density_draw(&densities[i].d, -INFINITY, INFINITY, &s);
            sum += x, squares += x * x;
        }
        const double mean = sum / DRAWS, sd = sqrt(squares / DRAWS - mean * mean);
        const double expected = densities[i].deviation;
        if (!(fabs(mean - densities[i].mean) < 0.025 * expected) ||
            !(fabs(sd - expected) < 0.03 * expected))
            fail_msg("density %zu: mean %g, deviation %g", i, mean, sd);
    }
}

static void draws_are_cut_to_the_bounds(void **state)
{
    (void)state;
    dsc_stream s = dsc_stream_start(4, DSC_FOR_PARAMETERS, 0, 0, 0);
    const dsc_density d = {DSC_DENSITY_NORMAL, 0, 1, 0};
    for (int k = 0; k < 1000; k++) {
        const double x = dsc_density_draw(&d, 0.5, 0.6, &s);
        assert_true(x >= 0.5 && x <= 0.6);
    }
    assert_true(dsc_density_draw(&d, 50, 60, &s) == 50);
    assert_true(dsc_density_draw(&d, -60, -50, &s) == -50);
}

// ---- memory ------------------------------------------------------------------------------------

static dsc_status everything(dsc_context *context, void *user)
{
    (void)user;
    dsc_cog *c = NULL;
    dsc_text out = {0};
    DSC_TRY(dsc_cog_compile(context, "my.cog", declared, &c));
    for (int form = 0; form < 3; form++) {
        dsc_builder *b = NULL;
        dsc_cell *cell = NULL;
        const dsc_cog_build o = {.form = (dsc_cog_form)form, .n_actions = 3};
        dsc_status status = dsc_cell_begin(context, "cell", &b);
        if (status == DSC_OK) {
            dsc_cog_build_cell(c, b, &o);
            status = dsc_cell_end(b, &cell);
        }
        dsc_cell_destroy(&cell);
        if (status != DSC_OK) dsc_cog_destroy(context, &c);
        DSC_TRY(status);
    }
    dsc_cog_destroy(context, &c);
    DSC_TRY(dsc_cog_format(context, "my.cog", untidy, &out));
    dsc_text_free(context, &out);
    return DSC_OK;
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(check_every_allocation_failure(everything, NULL) > 50);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_mistake_in_a_declaration_has_its_sentence),
        TEST(every_mistake_in_a_trial_has_its_sentence),
        TEST(what_is_missing_is_named),
        TEST(a_message_shows_the_line_and_points_at_the_place),
        TEST(texts_without_end_are_refused),
        TEST(large_models_are_refused_before_they_take_the_memory),
        TEST(declarations_are_read),
        TEST(what_a_parameter_does_not_say_follows_the_rules),
        TEST(sizes_that_do_not_fit_are_refused),
        TEST(q_learning_is_a_handful_of_operations),
        TEST(a_branch_left_out_by_an_option_reads_no_column),
        TEST(the_standard_layout_is_its_own_layout),
        TEST(the_layout_keeps_the_meaning),
        TEST(densities_integrate_to_one),
        TEST(derivatives_of_densities_agree_with_differences),
        TEST(outside_its_support_a_density_is_zero),
        TEST(draws_have_the_mean_and_the_spread_of_their_density),
        TEST(draws_are_cut_to_the_bounds),
        TEST(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
