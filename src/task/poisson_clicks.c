// SPDX-License-Identifier: Apache-2.0
// poisson_clicks.c — accumulating clicks: a session is one trial of the experiment, cut into bins.
// The trial lasts D bins, D uniform in min_bins ... max_bins-1, and has a rate difference R, one of
// the list; in each bin there is a click on the left with probability p_L, on the right with p_R,
//   p_L = (base_rate - R/2) / max_bins,   p_R = (base_rate + R/2) / max_bins
// The D bins end on row max_bins-1. Row max_bins has no clicks and the only choice: 0 left, 1
// right; it is rewarded if that side had the higher rate (a coin decides where R is 0).
// Source: Brunton, Botvinick & Brody 2013.
#include <math.h>
#include <string.h>

#include "task/internal.h"

enum { MOST_DIFFERENCES = 32, MOST_BINS = 100000 };

typedef struct clicks {
    int max_bins, min_bins;
    double base_rate;
    char differences[DSC_FIELD_TEXT];
    int n_differences; // read from that text when the task is opened
    double difference[MOST_DIFFERENCES];
} clicks;

#define FIELD(member) offsetof(clicks, member)
static const dsc_field fields[] = {
    {"max_bins", DSC_INT, FIELD(max_bins), "100", 2, MOST_BINS, NULL,
     "bins of a session before the choice"},
    {"min_bins", DSC_INT, FIELD(min_bins), "20", 1, MOST_BINS, NULL, "shortest duration, bins"},
    {"base_rate", DSC_REAL, FIELD(base_rate), "20", 0, 1e6, NULL,
     "mean clicks of a side in max_bins bins"},
    {"differences", DSC_STRINGS, FIELD(differences), "-38,-34,-27,-12,12,27,34,38", 0, 0, NULL,
     "right rates minus left ones, in the same unit; each is as frequent"},
    {0}};

static const char *const cues[] = {"left", "right", NULL}, *const outcomes[] = {"reward", NULL};

enum { START, P_LEFT, P_RIGHT, DIFFERENCE, STATES };

// The numbers of a list, -1 if one of them is none or there are too many.
static int parse_numbers(const char *list, double out[MOST_DIFFERENCES])
{
    char text[DSC_FIELD_TEXT], *rest = text, *item;
    int n = 0;
    memcpy(text, list, sizeof text);
    while ((item = strtok_r(rest, ",", &rest)))
        if (n == MOST_DIFFERENCES || !dsc_parse_number(item, &out[n++])) return -1;
    return n > 0 ? n : -1;
}

static dsc_status clicks_open(dsc_context *ctx, void *config)
{
    clicks *k = config;
    k->n_differences = parse_numbers(k->differences, k->difference);
    DSC_REQUIRE(ctx, k->n_differences > 0, DSC_INPUT,
                "task.differences=%s: 1 to %d numbers were expected, separated by commas",
                k->differences, MOST_DIFFERENCES);
    DSC_REQUIRE(ctx, k->min_bins < k->max_bins, DSC_INPUT,
                "task.min_bins=%d: the shortest duration has to be below max_bins, %d", k->min_bins,
                k->max_bins);
    for (int i = 0; i < k->n_differences; i++) {
        const double larger = fabs(k->difference[i]) / 2;
        DSC_REQUIRE(ctx, k->base_rate >= larger && k->base_rate + larger <= k->max_bins, DSC_INPUT,
                    "a rate difference of %g around base_rate %g makes a bin click with a "
                    "probability outside 0 ... 1 (max_bins %d); change task.differences, "
                    "task.base_rate or task.max_bins",
                    k->difference[i], k->base_rate, k->max_bins);
    }
    return DSC_OK;
}

static dsc_task_size clicks_size(const void *config)
{
    return (dsc_task_size){.n_actions = 2,
                           .n_trials = ((const clicks *)config)->max_bins + 1,
                           .n_states = STATES,
                           .n_hidden = 1,
                           .n_uniform = 2};
}

static void clicks_begin(const void *config, double *state, int width, dsc_stream *random)
{
    const clicks *k = config;
    const uint32_t spread = (uint32_t)(k->max_bins - k->min_bins);
    const double difference = k->difference[dsc_stream_below(random, (uint32_t)k->n_differences)];
    state[START * width] = spread - dsc_stream_below(random, spread);
    state[P_LEFT * width] = (k->base_rate - difference / 2) / k->max_bins;
    state[P_RIGHT * width] = (k->base_rate + difference / 2) / k->max_bins;
    state[DIFFERENCE * width] = difference;
}

static void clicks_show(const void *config, const dsc_task_trial *t)
{
    const clicks *k = config;
    const int w = t->width;
    for (int i = 0; i < t->n; i++) {
        const bool on = t->trial >= t->state[START * w + i] && t->trial < k->max_bins;
        for (int side = 0; side < 2; side++)
            t->cue[side * w + i] =
                on && t->uniform[side * w + i] < t->state[(P_LEFT + side) * w + i];
        t->hidden[i] = t->state[DIFFERENCE * w + i];
    }
}

static void clicks_answer(const void *config, const dsc_task_trial *t)
{
    const bool last = t->trial == ((const clicks *)config)->max_bins;
    for (int i = 0; i < t->n; i++) {
        const double difference = t->state[DIFFERENCE * t->width + i];
        const bool right = difference != 0 ? difference > 0 : t->uniform[i] < 0.5;
        t->outcome[i] = last && t->choice[i] == right;
        if (!last) t->choice[i] = -1;
    }
}

const dsc_task dsc_task_poisson_clicks = {
    .name = "poisson_clicks",
    .title = "Poisson clicks: which side clicked more? A session is one decision",
    .source = "Brunton, Botvinick & Brody 2013",
    .fields = fields,
    .config_bytes = sizeof(clicks),
    .cues = cues,
    .outcomes = outcomes,
    .hidden = "rate_difference",
    .open = clicks_open,
    .size = clicks_size,
    .begin = clicks_begin,
    .show = clicks_show,
    .answer = clicks_answer,
};
