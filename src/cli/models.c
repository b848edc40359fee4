// SPDX-License-Identifier: Apache-2.0
// models.c — `discern models [NAME]`: what there is to fit, with fields, defaults and sources.
#include <math.h>

#include "cli/cli.h"

static dsc_status list_models_json(cli *c)
{
    const dsc_model *m;
    json_t *list = json_array();
    dsc_status status;
    for (int i = 0; (status = dsc_model_at(c->ctx, i, &m)) == DSC_OK && m; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "name", m->name, "title", m->title,
                                              "agent", m->cog != NULL));
    if (status == DSC_OK) return cli_print_json(c, list);
    json_decref(list);
    return status;
}

static dsc_status list_models(cli *c)
{
    const dsc_model *m;
    if (c->json) return list_models_json(c);
    for (int i = 0;; i++) {
        DSC_TRY(dsc_model_at(c->ctx, i, &m));
        if (!m) return DSC_OK;
        printf("%-22s%s\n", m->name, m->title);
    }
}

// ---- a classical model --------------------------------------------------------------------------

static const char *const group_names[] = {
    [DSC_GROUP_SUBJECT] = "subject", [DSC_GROUP_SESSION] = "session", [DSC_GROUP_MODEL] = "model"};
static const char *const column_kinds[] = {
    [DSC_CUE] = "cue", [DSC_OUTCOME] = "outcome", [DSC_OBSERVED] = "observed"};

static json_t *parameters_json(const dsc_cog *cog)
{
    json_t *list = json_array();
    char prior[96], start[96];
    for (int i = 0; i < dsc_cog_parameter_count(cog); i++) {
        const dsc_cog_parameter *p = dsc_cog_parameter_at(cog, i);
        json_array_append_new(
            list,
            json_pack("{s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:s}", "name", p->name, "lowest",
                      cli_number_json(p->lowest), "highest", cli_number_json(p->highest), "default",
                      cli_number_json(p->initial), "prior", dsc_density_text(&p->prior, prior),
                      "start", dsc_density_text(&p->start, start), "per", group_names[p->group],
                      "unit", p->unit, "meaning", p->meaning));
    }
    return list;
}

static json_t *columns_json(const dsc_cog *cog)
{
    json_t *list = json_array();
    for (int i = 0; i < dsc_cog_column_count(cog); i++) {
        dsc_cog_column kind = DSC_CUE;
        const char *name = dsc_cog_column_at(cog, i, &kind);
        json_array_append_new(list,
                              json_pack("{s:s, s:s}", "name", name, "kind", column_kinds[kind]));
    }
    return list;
}

static dsc_status add_parameter(cli *c, cli_grid *g, const dsc_cog_parameter *p)
{
    char low[32], high[32], initial[32], prior[96], start[96];
    DSC_TRY(cli_grid_add(c, g, "%s", p->name));
    DSC_TRY(cli_grid_add(c, g, "[%s, %s]", dsc_format_number(p->lowest, low),
                         dsc_format_number(p->highest, high)));
    DSC_TRY(cli_grid_add(c, g, "%s", dsc_format_number(p->initial, initial)));
    DSC_TRY(cli_grid_add(c, g, "%s", p->prior.kind ? dsc_density_text(&p->prior, prior) : "-"));
    DSC_TRY(cli_grid_add(c, g, "%s", dsc_density_text(&p->start, start)));
    DSC_TRY(cli_grid_add(c, g, "%s", group_names[p->group]));
    return cli_grid_add(c, g, "%s%s%s", p->meaning, p->unit[0] ? ", " : "", p->unit);
}

static dsc_status print_parameters(cli *c, const dsc_cog *cog)
{
    static const char *const titles[] = {"parameter", "range", "default", "prior",
                                         "start",     "per",   "meaning"};
    cli_grid g = {0};
    dsc_status status = cli_grid_titles(c, &g, sizeof titles / sizeof *titles, titles);
    for (int i = 0; i < dsc_cog_parameter_count(cog) && status == DSC_OK; i++)
        status = add_parameter(c, &g, dsc_cog_parameter_at(cog, i));
    if (status == DSC_OK) cli_grid_print(&g);
    cli_grid_free(c, &g);
    return status;
}

// What a fit reads of a table, and a simulation of a task.
static void print_columns(const dsc_cog *cog)
{
    const int n = dsc_cog_actions(cog);
    if (n > 0) printf("options: %d\n", n);
    else printf("options: any number\n");
    printf("reads: choice");
    for (int i = 0; i < dsc_cog_column_count(cog); i++) {
        dsc_cog_column kind = DSC_CUE;
        const char *name = dsc_cog_column_at(cog, i, &kind);
        printf(", %s %s", column_kinds[kind], name);
    }
    printf("%s\n\n",
           dsc_cog_reads_blocks(cog) ? ", block (where it changes, states start anew)" : "");
}

static dsc_status describe_cog(cli *c, const dsc_model *m)
{
    const int n = dsc_cog_parameter_count(m->cog);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:s, s:s, s:b, s:i, s:o, s:o, s:o}", "name",
                                           m->name, "title", m->title, "source", m->source, "agent",
                                           true, "actions", dsc_cog_actions(m->cog), "parameters",
                                           parameters_json(m->cog), "columns", columns_json(m->cog),
                                           "fields", cli_fields_json(m->fields)));
    printf("%s: %s\nsource: %s\n", m->name, m->title, m->source);
    print_columns(m->cog);
    if (n > 0) DSC_TRY(print_parameters(c, m->cog));
    printf("\n");
    return cli_print_fields(c, m->fields + n); // options and the level
}

static dsc_status describe_model(cli *c, const dsc_model *m)
{
    if (m->cog) return describe_cog(c, m);
    if (c->json)
        return cli_print_json(c, json_pack("{s:s, s:s, s:s, s:b, s:o}", "name", m->name, "title",
                                           m->title, "source", m->source, "agent", false, "fields",
                                           cli_fields_json(m->fields)));
    printf("%s: %s\nsource: %s\ninputs:", m->name, m->title, m->source);
    for (int i = 0; m->inputs && m->inputs[i]; i++) printf(" %s", m->inputs[i]);
    printf("\n\n");
    return cli_print_fields(c, m->fields);
}

// ---- the graph ----------------------------------------------------------------------------------

static dsc_status build(cli *c, const dsc_model *m, const void *config, dsc_cell **cell)
{
    static const char *const usual[] = {"prev_choice", "prev_reward", NULL};
    const int own = m->cog ? dsc_cog_actions(m->cog) : 0;
    dsc_model_size size = {.n_actions = own > 0 ? own : 2,
                           .inputs = m->inputs && m->inputs[0] ? m->inputs : usual};
    dsc_builder *b = NULL;
    while (size.inputs[size.n_inputs]) size.n_inputs++;
    DSC_TRY(dsc_cell_begin(c->ctx, m->name, &b));
    const dsc_status built = m->build(m, b, config, &size);
    DSC_TRY(dsc_cell_end(b, cell));
    return built;
}

static dsc_status print_graph(cli *c, const dsc_model *m)
{
    _Alignas(16) unsigned char config[DSC_MODEL_CONFIG_BYTES] = {0};
    const cli_keys groups[] = {{"", m->fields, config}, {"model.", m->fields, config}};
    dsc_cell *cell = NULL;
    dsc_text text = {0};
    dsc_fields_default(m->fields, config);
    DSC_TRY(cli_set_keys(c, groups, 2));
    dsc_status status = build(c, m, config, &cell);
    if (status == DSC_OK) status = dsc_cell_print(cell, c->ctx, &text);
    if (cell) dsc_cell_destroy(&cell);
    if (status == DSC_OK && c->json) {
        status = cli_print_json(c, json_pack("{s:s, s:s}", "name", m->name, "graph", text.s));
        dsc_text_free(c->ctx, &text);
        return status;
    }
    if (status == DSC_OK) return cli_print_text(c, &text);
    dsc_text_free(c->ctx, &text);
    return status;
}

// The text of a classical model, to start one's own from.
static dsc_status print_model_text(cli *c, const dsc_model *m)
{
    DSC_REQUIRE(c->ctx, m->cog, DSC_INPUT,
                "%s is a network, which has no text. Classical models have one, e.g. q_learning",
                m->name);
    printf("%s", dsc_cog_text(m->cog));
    return DSC_OK;
}

static dsc_status models_run(cli *c)
{
    const dsc_model *m;
    if (c->words.n == 0 && (c->graph || c->text))
        return cli_usage(c, "the %s of which model?", c->graph ? "graph" : "text");
    if (c->settings.n > 0 && !c->graph)
        return cli_usage(c, "key=value goes with --graph; add it, or leave the key out");
    if (c->words.n == 0) return list_models(c);
    DSC_TRY(dsc_model_find(c->ctx, c->words.item[0], &m));
    if (c->text) return print_model_text(c, m);
    return c->graph ? print_graph(c, m) : describe_model(c, m);
}

static const cli_option options[] = {
    {"graph", 0, CLI_FLAG, offsetof(cli, graph), NULL,
     "print the graph of one step, for 2 options (or as many as a text says)"},
    {"text", 0, CLI_FLAG, offsetof(cli, text), NULL,
     "print the text of a classical model (.cog), to start one's own from"},
    CLI_END,
};

const cli_verb cli_models = {
    .name = "models",
    .words = "[MODEL]",
    .summary = "the models, their settings and sources",
    .text = "Without a name: all models, a line each. With a name: its settings with default,\n"
            "range and meaning, as fit takes them (model.FIELD=value). Of a classical model or a\n"
            "text, MODEL.cog: also priors, where fits start, and the columns it reads.",
    .example = "  discern models disrnn\n  discern models disrnn --graph latent_size=2\n"
               "  discern models q_learning --text > mine.cog",
    .options = options,
    .fewest = 0,
    .most = 1,
    .settings = true,
    .more_keys = "FIELD",
    .run = models_run,
};
