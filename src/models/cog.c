// SPDX-License-Identifier: Apache-2.0
// cog.c — a compiled .cog text as a model: one field per parameter (its starting value, or the one
// it is simulated with), per option and per dimension, and the level of all parameters.
//   config:  double parameter[n], double option[m], int size[m], bool switch[m], char level[]
#include <math.h>
#include <string.h>

#include "models/internal.h"

enum { MOST_COLUMNS = 64, NUMBER_BYTES = 32 };

typedef struct cog_model {
    dsc_model model;
    dsc_cog *cog;
    dsc_arena *arena;
    int n_parameters, n_options;
    size_t at_options, at_sizes, at_switches, at_level; // in its config
} cog_model;

// ---- fields -------------------------------------------------------------------------------------

static dsc_status number_text(cog_model *m, double value, const char **text)
{
    char number[NUMBER_BYTES], *copy = NULL;
    DSC_TRY(dsc_arena_strdup(m->arena, dsc_format_number(value, number), &copy));
    *text = copy;
    return DSC_OK;
}

// Fields say "no limits" by equal ends.
static void set_limits(dsc_field *f, double lowest, double highest)
{
    if (isinf(lowest) && isinf(highest)) return;
    f->lowest = lowest;
    f->highest = highest;
}

static dsc_status parameter_field(cog_model *m, int i, dsc_field *f)
{
    const dsc_cog_parameter *p = dsc_cog_parameter_at(m->cog, i);
    *f = (dsc_field){.name = p->name,
                     .type = DSC_REAL,
                     .offset = (size_t)i * sizeof(double),
                     .help = p->meaning};
    set_limits(f, p->lowest, p->highest);
    return number_text(m, p->initial, &f->initial);
}

static dsc_status option_field(cog_model *m, int i, dsc_field *f)
{
    const dsc_cog_option *o = dsc_cog_option_at(m->cog, i);
    const size_t k = (size_t)i;
    *f = (dsc_field){.name = o->name, .help = o->meaning};
    if (o->is_switch) {
        f->type = DSC_BOOL;
        f->offset = m->at_switches + k * sizeof(bool);
        f->initial = o->initial != 0 ? "true" : "false";
        return DSC_OK;
    }
    f->type = o->is_size ? DSC_INT : DSC_REAL;
    f->offset = o->is_size ? m->at_sizes + k * sizeof(int) : m->at_options + k * sizeof(double);
    if (o->is_size) f->lowest = 1, f->highest = 1000;
    return number_text(m, o->initial, &f->initial);
}

static void lay_out_config(cog_model *m)
{
    const size_t n = (size_t)m->n_parameters, k = (size_t)m->n_options;
    m->at_options = n * sizeof(double);
    m->at_sizes = m->at_options + k * sizeof(double);
    m->at_switches = m->at_sizes + k * sizeof(int);
    m->at_level = m->at_switches + k * sizeof(bool);
    m->model.config_bytes = m->at_level + DSC_FIELD_TEXT;
}

static dsc_status make_fields(dsc_context *ctx, cog_model *m)
{
    dsc_field *f;
    lay_out_config(m);
    DSC_REQUIRE(ctx, m->model.config_bytes <= DSC_MODEL_CONFIG_BYTES, DSC_INPUT,
                "%s has %d parameters and %d options, more than fit into a config; leave some out",
                dsc_cog_name(m->cog), m->n_parameters, m->n_options);
    const size_t n = (size_t)(m->n_parameters + m->n_options) + 2;
    DSC_TRY(dsc_arena_alloc(m->arena, n, sizeof *f, &f));
    m->model.fields = f;
    for (int i = 0; i < m->n_parameters; i++) DSC_TRY(parameter_field(m, i, f++));
    for (int i = 0; i < m->n_options; i++) DSC_TRY(option_field(m, i, f++));
    *f = (dsc_field){.name = "level",
                     .type = DSC_CHOICE,
                     .offset = m->at_level,
                     .initial = "model",
                     .choices = "model|subject",
                     .help =
                         "one set of parameters for all, or one per subject; fits by likelihood: "
                         "fit.group"};
    return DSC_OK;
}

// ---- building -----------------------------------------------------------------------------------

static double option_value(const cog_model *m, const char *config, int i)
{
    const dsc_cog_option *o = dsc_cog_option_at(m->cog, i);
    const size_t k = (size_t)i;
    if (o->is_switch) return ((const bool *)(config + m->at_switches))[k];
    if (o->is_size) return ((const int *)(config + m->at_sizes))[k];
    return ((const double *)(config + m->at_options))[k];
}

static dsc_status cog_build(const dsc_model *self, dsc_builder *b, const void *config,
                            const dsc_model_size *size)
{
    const cog_model *m = (const cog_model *)self; // `model` is its first member
    double option[DSC_MODEL_CONFIG_BYTES / sizeof(double)];
    const char *level = (const char *)config + m->at_level;
    for (int i = 0; i < m->n_options; i++) option[i] = option_value(m, config, i);
    return dsc_cog_build_cell(m->cog, b,
                              &(dsc_cog_build){.form = size->form,
                                               .n_actions = size->n_actions,
                                               .level = size->per_lane ? DSC_PER_LANE
                                                        : strcmp(level, "subject")
                                                            ? DSC_PER_MODEL
                                                            : DSC_PER_SUBJECT,
                                               .initial = config,
                                               .option = option});
}

// ---- making -------------------------------------------------------------------------------------

static dsc_status name_columns(cog_model *m)
{
    const int n = dsc_cog_column_count(m->cog);
    const char **names;
    dsc_cog_column kind;
    DSC_TRY(dsc_arena_alloc(m->arena, (size_t)n + 2, sizeof *names, &names));
    names[0] = "choice";
    for (int i = 0; i < n; i++) names[i + 1] = dsc_cog_column_at(m->cog, i, &kind);
    m->model.inputs = names;
    return DSC_OK;
}

static dsc_status fill(dsc_context *ctx, cog_model *m, const char *path, const char *text,
                       bool shipped)
{
    char *copy = NULL;
    DSC_TRY(dsc_arena_create(ctx, &m->arena));
    DSC_TRY(dsc_cog_compile(ctx, path, text, &m->cog));
    m->n_parameters = dsc_cog_parameter_count(m->cog);
    m->n_options = dsc_cog_option_count(m->cog);
    DSC_TRY(dsc_arena_strdup(m->arena, path, &copy));
    m->model = (dsc_model){.name = dsc_cog_name(m->cog),
                           .title = dsc_cog_title(m->cog),
                           .source = dsc_cog_source(m->cog),
                           .build = cog_build,
                           .cog = m->cog,
                           .path = shipped ? NULL : copy};
    DSC_TRY(name_columns(m));
    return make_fields(ctx, m);
}

static void cog_model_destroy(dsc_context *ctx, void *object)
{
    cog_model *m = object;
    if (m->cog) dsc_cog_destroy(ctx, &m->cog);
    dsc_arena_destroy(&m->arena);
    dsc_free(ctx, &m);
}

dsc_status cog_model_of(dsc_context *ctx, const char *path, const char *text, bool shipped,
                        const dsc_model **model)
{
    cog_model *m = dsc_kept(ctx, "model", path);
    if (!m) {
        DSC_TRY(dsc_alloc(ctx, 1, sizeof *m, &m));
        dsc_status status = fill(ctx, m, path, text, shipped);
        if (status == DSC_OK) status = dsc_keep(ctx, "model", path, m, cog_model_destroy);
        if (status != DSC_OK) {
            cog_model_destroy(ctx, m);
            return status;
        }
    }
    *model = &m->model;
    return DSC_OK;
}

dsc_status cog_model_read(dsc_context *ctx, const char *path, const dsc_model **model)
{
    char *text = NULL;
    DSC_TRY(dsc_cog_read(ctx, path, &text));
    const dsc_status status = cog_model_of(ctx, path, text, false, model);
    dsc_free(ctx, &text);
    return status;
}
