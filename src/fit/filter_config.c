// SPDX-License-Identifier: Apache-2.0
// filter_config.c — the settings of a filter: defaults from the parameters' ranges, and those of
// three published filters (Ger, Nachmani, Wolf & Shahar; spec trnn 5.4).
#include <math.h>
#include <string.h>

#include "fit/filter.h"

const dsc_field dsc_filter_fields[] = {
    {"particles", DSC_INT, offsetof(dsc_filter_config, particles), "1000", 1, 10000000, NULL,
     "particles of every group"},
    {"preset", DSC_CHOICE, offsetof(dsc_filter_config, preset), "none", 0, 0,
     "none|artificial|dezfouli|gershman", "settings of a published filter; other keys change them"},
    {"resampling", DSC_CHOICE, offsetof(dsc_filter_config, resampling), "systematic", 0, 0,
     "systematic|stratified|multinomial|residual", "how particles are copied by weight"},
    {"threshold", DSC_REAL, offsetof(dsc_filter_config, threshold), "0.5", 0, 1, NULL,
     "resample below this share of effective particles"},
    {"likelihood", DSC_CHOICE, offsetof(dsc_filter_config, likelihood), "weighted", 0, 0,
     "weighted|unweighted", "prediction of the mixture, or the plain mean over particles"},
    {"state", DSC_CHOICE, offsetof(dsc_filter_config, state), "filtered", 0, 0,
     "filtered|predicted", "parameters given this trial, or after the step that follows it"},
    {"group", DSC_CHOICE, offsetof(dsc_filter_config, group), "subject", 0, 0, "subject|session",
     "parameters go on over the sessions of a subject, or start anew in each"},
    {"seed", DSC_LONG, offsetof(dsc_filter_config, seed), "0", 0, 9e15, NULL,
     "same seed, same particles"},
    {NULL, DSC_INT, 0, NULL, 0, 0, NULL, NULL},
};

// ---- defaults -----------------------------------------------------------------------------------

static void set_walk(dsc_walk *w, const char *transform, const char *start, double low, double high,
                     double sd)
{
    *w = (dsc_walk){.low = low, .high = high, .sd = sd};
    snprintf(w->transform, sizeof w->transform, "%s", transform);
    snprintf(w->start, sizeof w->start, "%s", start);
}

// normal(0, 1.5) on the logistic scale is nearly flat over the range.
static void default_walk(dsc_walk *w, double low, double high)
{
    if (isfinite(low) && isfinite(high)) set_walk(w, "logistic", "normal(0, 1.5)", low, high, 0.1);
    else if (isfinite(low)) set_walk(w, "exp", "normal(0, 1)", low, high, 0.1);
    else set_walk(w, "identity", "normal(0, 1)", low, high, 0.1);
}

dsc_status dsc_filter_defaults(dsc_context *ctx, const dsc_model *model, dsc_filter *f)
{
    DSC_REQUIRE(ctx, model->cog, DSC_INPUT,
                "\"%s\" is a network; a filter follows the parameters of a classical model "
                "(discern models lists them) or of a .cog file",
                model->name);
    const int n = dsc_cog_parameter_count(model->cog);
    DSC_REQUIRE(ctx, n > 0 && n <= DSC_MAX_WALKS, DSC_INPUT,
                "\"%s\" has %d parameters; a filter follows 1 to %d", model->name, n,
                DSC_MAX_WALKS);
    *f = (dsc_filter){.model = model, .n_walks = n};
    dsc_fields_default(model->fields, f->model_config);
    dsc_fields_default(dsc_filter_fields, &f->config);
    for (int i = 0; i < n; i++) {
        const dsc_cog_parameter *p = dsc_cog_parameter_at(model->cog, i);
        f->name[i] = p->name;
        default_walk(&f->walk[i], p->lowest, p->highest);
    }
    return DSC_OK;
}

// ---- published filters --------------------------------------------------------------------------

typedef struct published {
    const char *preset, *parameter, *transform, *start;
    double low, high, sd;
} published;
static const published table[] = {
    {"artificial", "alpha", "logistic", "normal(0, 3)", 0, 1, 0.1},
    {"artificial", "beta", "exp", "normal(0, 1)", 0, 10, 0.05},
    {"dezfouli", "alpha", "logistic", "normal(-2, 1.5)", 0, 1, 0.05},
    {"dezfouli", "beta", "exp", "normal(1, 1)", 0, 10, 0.005},
    {"dezfouli", "kappa", "logistic", "normal(0, 1.5)", -0.5, 0.5, 0.05},
    {"gershman", "beta", "exp", "normal(0, 1)", 0, 4, 0.1},
    {"gershman", "gamma", "exp", "normal(-2, 1)", 0, INFINITY, 0.1},
};

static dsc_status set_published(dsc_context *ctx, dsc_filter *f, const published *p)
{
    int i = f->n_walks - 1;
    while (i >= 0 && strcmp(f->name[i], p->parameter) != 0) i--;
    DSC_REQUIRE(ctx, i >= 0, DSC_INPUT,
                "preset=%s is for a model with a parameter \"%s\", which \"%s\" does not have; "
                "leave it out",
                p->preset, p->parameter, f->model->name);
    set_walk(&f->walk[i], p->transform, p->start, p->low, p->high, p->sd);
    return DSC_OK;
}

dsc_status dsc_filter_preset(dsc_context *ctx, dsc_filter *f, const char *name)
{
    dsc_filter made = *f;
    dsc_filter_config *c = &made.config;
    int n = 0;
    if (strcmp(name, "none") == 0) return DSC_OK;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].preset, name) == 0 && ++n)
            DSC_TRY(set_published(ctx, &made, &table[i]));
    DSC_REQUIRE(ctx, n > 0, DSC_INPUT,
                "preset=%s: no published filter has this name; give artificial, dezfouli, gershman "
                "or none",
                name);
    snprintf(c->preset, sizeof c->preset, "%s", name);
    snprintf(c->likelihood, sizeof c->likelihood, "unweighted");
    snprintf(c->state, sizeof c->state, "predicted");
    *f = made;
    return DSC_OK;
}
