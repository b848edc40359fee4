// SPDX-License-Identifier: Apache-2.0
// varied.c — parameters that differ between the subjects of a simulation: "agent.alpha=0.1,0.5,0.9"
// is a learning rate for each of three. They are taken out of the settings before the others are
// read.
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static const char prefix[] = "agent.";

static bool is_varied(const char *setting)
{
    return strncmp(setting, prefix, strlen(prefix)) == 0 && strchr(setting, '=') &&
           strchr(setting, ',');
}

// The parameter that a setting names; NULL: the model has none of this name.
static const dsc_cog_parameter *find_parameter(const dsc_cog *cog, const char *setting)
{
    const char *name = setting + strlen(prefix);
    for (int i = 0; cog && i < dsc_cog_parameter_count(cog); i++) {
        const dsc_cog_parameter *p = dsc_cog_parameter_at(cog, i);
        const size_t n = strlen(p->name);
        if (strncmp(p->name, name, n) == 0 && name[n] == '=') return p;
    }
    return NULL;
}

// A name that the model does not have is told by whoever reads the settings that are left.
static bool is_unknown(const dsc_model *m, const char *setting)
{
    char name[96];
    const char *from = setting + strlen(prefix);
    snprintf(name, sizeof name, "%.*s", (int)strcspn(from, "="), from);
    return m && !dsc_field_find(m->fields, name);
}

// Reads the values one by one into the model's config, which judges them.
static dsc_status read_values(cli *c, const dsc_model *m, const char *list, cli_varied *v)
{
    _Alignas(16) unsigned char config[DSC_MODEL_CONFIG_BYTES];
    const dsc_field *f = dsc_field_find(m->fields, v->name);
    char key[96], value[DSC_FIELD_TEXT];
    snprintf(key, sizeof key, "%s%s", prefix, v->name);
    dsc_field full = *f; // messages say the whole key
    full.name = key;
    for (const char *at = list;; at++) {
        const size_t n = strcspn(at, ",");
        snprintf(value, sizeof value, "%.*s", (int)n, at);
        DSC_TRY(dsc_field_set(c->ctx, &full, config, value, "command line"));
        const size_t known = (size_t)v->n_values;
        DSC_TRY(dsc_grow(c->ctx, known, known + 1, sizeof *v->value, &v->value));
        memcpy(&v->value[v->n_values++], config + f->offset, sizeof *v->value);
        at += n;
        if (!*at) return DSC_OK;
    }
}

static dsc_status read_varied(cli *c, const dsc_model *m, const char *setting, cli_varied *v)
{
    const dsc_cog_parameter *p = m ? find_parameter(m->cog, setting) : NULL;
    DSC_REQUIRE(c->ctx, m, DSC_INPUT,
                "command line: \"%s\" has a value for each subject, but the agent is a run, whose "
                "parameters are as they were fitted; leave it out",
                setting);
    DSC_REQUIRE(c->ctx, p, DSC_INPUT,
                "command line: \"%s\" has a value for each subject, but only parameters of a "
                "classical model can differ between subjects; see discern models %s",
                setting, m->name);
    snprintf(v->name, sizeof v->name, "%s", p->name);
    return read_values(c, m, strchr(setting, '=') + 1, v);
}

// Of a key that is given twice the later value counts, whether it is one or a list.
static bool is_overruled(const cli *c, int i)
{
    const char *setting = c->settings.item[i];
    const size_t key = strcspn(setting, "=") + 1;
    if (strncmp(setting, prefix, strlen(prefix)) != 0) return false;
    for (int k = i + 1; k < c->settings.n; k++)
        if (strncmp(c->settings.item[k], setting, key) == 0) return true;
    return false;
}

dsc_status cli_take_varied(cli *c, const dsc_model *m, cli_varied **list, int *n)
{
    const int given = c->settings.n;
    int kept = 0;
    for (int i = 0; i < given; i++) {
        const char *setting = c->settings.item[i];
        if (is_overruled(c, i)) continue;
        if (!is_varied(setting) || is_unknown(m, setting)) {
            c->settings.item[kept++] = setting;
            continue;
        }
        DSC_TRY(dsc_grow(c->ctx, (size_t)*n, (size_t)*n + 1, sizeof **list, list));
        DSC_TRY(read_varied(c, m, setting, &(*list)[(*n)++]));
    }
    c->settings.n = kept;
    return DSC_OK;
}

dsc_status cli_count_varied(cli *c, const cli_varied *list, int n, int *n_subjects)
{
    for (int i = 0; i < n; i++) {
        if (*n_subjects == 0) *n_subjects = list[i].n_values;
        DSC_REQUIRE(c->ctx, list[i].n_values == *n_subjects, DSC_INPUT,
                    "command line: agent.%s has %d values for %d subjects; give one value for "
                    "each, or a single one for all",
                    list[i].name, list[i].n_values, *n_subjects);
    }
    return DSC_OK;
}

void cli_place_varied(const cli_varied *list, int n, const dsc_cell *cell, const dsc_layout *l,
                      double *values)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < dsc_cell_parameter_count(cell); k++)
            if (strcmp(dsc_cell_parameter(cell, k)->name, list[i].name) == 0)
                memcpy(values + l->offset[k], list[i].value,
                       (size_t)list[i].n_values * sizeof *values);
}

// What each subject had, as a column of the simulated trials.
dsc_status cli_write_varied(cli *c, const cli_varied *list, int n, dsc_table *t)
{
    double *value = NULL;
    if (n == 0) return DSC_OK;
    DSC_TRY(dsc_alloc(c->ctx, t->n_trials + 1, sizeof *value, &value));
    dsc_status status = DSC_OK;
    for (int i = 0; i < n && status == DSC_OK; i++) {
        for (int k = 0; k < t->n_sessions; k++) {
            const dsc_session *s = &t->session[k];
            for (int j = 0; j < s->n_trials; j++)
                value[s->first + (size_t)j] = list[i].value[s->subject];
        }
        status = dsc_table_add(t, list[i].name, value);
    }
    dsc_free(c->ctx, &value);
    return status;
}

void cli_free_varied(cli *c, cli_varied **list, int n)
{
    for (int i = 0; i < n; i++) dsc_free(c->ctx, &(*list)[i].value);
    dsc_free(c->ctx, list);
}
