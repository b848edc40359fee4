// SPDX-License-Identifier: Apache-2.0
// statement.c — what happens in a trial: assignments, the choice, observed columns.

#include <string.h>

#include "graph/cog/cog.h"

static dsc_status add_statement(cog_parser *p, const cog_statement *s)
{
    dsc_cog *c = p->cog;
    DSC_TRY(cog_room(c->arena, &c->statement, c->n_statements, sizeof *s));
    c->statement[c->n_statements++] = *s;
    return DSC_OK;
}

// ---- the choice ---------------------------------------------------------------------------------

static dsc_status parse_rule(cog_parser *p, cog_rule *rule)
{
    static const char *const words[] = {"softmax", "probit", "probabilities"};
    for (int i = 0; i < 3; i++)
        if (cog_at_word(p, words[i])) {
            *rule = (cog_rule)i;
            return cog_advance(p);
        }
    return cog_expected(p, "softmax(...), probit(...) or probabilities(...)");
}

static dsc_status parse_choose(cog_parser *p)
{
    cog_statement s = {.act = COG_CHOOSE, .at = p->token.at};
    bool there;
    if (p->part == COG_BELOW)
        return cog_fail(&p->source, s.at, "the choice is made already; a trial has one \"choose\"");
    DSC_TRY(cog_advance(p));
    DSC_TRY(parse_rule(p, &s.rule));
    DSC_TRY(cog_expect_sign(p, '('));
    DSC_TRY(cog_parse_expression(p, &s.value));
    DSC_TRY(cog_expect_sign(p, ')'));
    DSC_TRY(cog_accept_word(p, "among", &there));
    if (there) DSC_TRY(cog_parse_expression(p, &s.other));
    p->part = COG_BELOW;
    p->cog->choose = p->cog->n_statements;
    return add_statement(p, &s);
}

// ---- observed columns:  NAME ~ normal(mean, sd) -------------------------------------------------

static dsc_status parse_observation(cog_parser *p, cog_statement *s)
{
    bool there;
    const cog_symbol *symbol = s->symbol >= 0 ? &p->cog->symbol[s->symbol] : NULL;
    if (!symbol || symbol->what != COG_IN || symbol->column != DSC_OBSERVED)
        return cog_fail(&p->source, s->at,
                        "only a column declared with \"observe\" can stand "
                        "before ~");
    if (p->part != COG_BELOW)
        return cog_fail(&p->source, s->at, "an observed column stands below \"choose\"");
    for (int i = 0; i < p->cog->n_statements; i++)
        if (p->cog->statement[i].act == COG_OBSERVE && p->cog->statement[i].symbol == s->symbol)
            return cog_fail(&p->source, s->at, "\"%s\" is observed already", symbol->name);
    s->act = COG_OBSERVE;
    DSC_TRY(cog_advance(p));
    DSC_TRY(cog_accept_word(p, "normal", &there));
    if (!there) return cog_expected(p, "normal(mean, standard deviation)");
    DSC_TRY(cog_expect_sign(p, '('));
    DSC_TRY(cog_parse_expression(p, &s->value));
    DSC_TRY(cog_expect_sign(p, ','));
    DSC_TRY(cog_parse_expression(p, &s->other));
    DSC_TRY(cog_expect_sign(p, ')'));
    return add_statement(p, s);
}

// ---- assignments --------------------------------------------------------------------------------

static const char *kind_of(const cog_symbol *s)
{
    static const char *const kinds[] = {
        [COG_CONSTANT] = "a constant",   [COG_COUNT] = "a number of elements",
        [COG_OPTION] = "an option",      [COG_PARAMETER] = "a parameter",
        [COG_IN] = "a column",           [COG_STATE] = "a state",
        [COG_QUANTITY] = "a quantity",   [COG_CHOICE] = "the choice",
        [COG_CHOSEN] = "the chosen one",
    };
    return kinds[s->what];
}

static dsc_status check_target(cog_parser *p, const cog_statement *s, const char *name)
{
    const cog_symbol *symbol = s->symbol >= 0 ? &p->cog->symbol[s->symbol] : NULL;
    if (symbol && symbol->what == COG_STATE) {
        if (s->n_index <= symbol->shape.n) return DSC_OK;
        return cog_fail(&p->source, s->at, "\"%s\" has %d dimension%s, not %d%s", name,
                        symbol->shape.n, symbol->shape.n == 1 ? "" : "s", s->n_index,
                        symbol->shape.n == 0 ? "; a vector over the actions is declared as "
                                               "state NAME[action] = ..."
                                             : "");
    }
    if (symbol && symbol->what == COG_QUANTITY)
        return cog_fail(&p->source, s->at,
                        "\"%s\" is assigned already; choose another name, or make it a state",
                        name);
    if (symbol)
        return cog_fail(&p->source, s->at, "\"%s\" is %s and cannot be assigned", name,
                        kind_of(symbol));
    if (s->n_index == 0 && s->sign == '=') return DSC_OK;
    const char *known[COG_MOST_SYMBOLS];
    int n = 0;
    for (int i = 0; i < p->cog->n_symbols; i++)
        if (p->cog->symbol[i].what == COG_STATE) known[n++] = p->cog->symbol[i].name;
    return cog_fail_unknown(&p->source, s->at, "state", name, known, (size_t)n);
}

static dsc_status parse_assignment(cog_parser *p, cog_statement *s, const char *name)
{
    static const int signs[] = {'=', COG_SIGN_OF('+', '='), COG_SIGN_OF('-', '='),
                                COG_SIGN_OF('*', '=')};
    for (int i = 0; i < 4 && !s->sign; i++)
        if (cog_at_sign(p, signs[i])) s->sign = signs[i] & 255;
    if (!s->sign) return cog_expected(p, "=, +=, -=, *= or ~");
    DSC_TRY(check_target(p, s, name));
    DSC_TRY(cog_advance(p));
    DSC_TRY(cog_parse_expression(p, &s->value));
    if (s->symbol < 0)
        DSC_TRY(cog_declare(p, (cog_symbol){.name = name, .what = COG_QUANTITY, .at = s->at},
                            &s->symbol));
    return add_statement(p, s);
}

static dsc_status parse_named(cog_parser *p)
{
    cog_statement s = {.act = COG_ASSIGN, .at = p->token.at};
    const bool declares = cog_is_declaration(p);
    const char *name;
    if (cog_at_word(p, "if"))
        return cog_fail(&p->source, s.at,
                        "a statement begins with what it changes: NAME = if "
                        "CONDITION then A else B");
    DSC_TRY(cog_parse_name(p, "an assignment or choose", &name));
    if (declares && p->token.kind == COG_NAME)
        return cog_fail(&p->source, s.at, "declarations stand above the line \"trial\"");
    s.symbol = cog_find(p->cog, name, strlen(name));
    DSC_TRY(cog_parse_indices(p, &s.n_index, s.index));
    return cog_at_sign(p, '~') ? parse_observation(p, &s) : parse_assignment(p, &s, name);
}

dsc_status cog_parse_statement(cog_parser *p)
{
    DSC_TRY(cog_at_word(p, "choose") ? parse_choose(p) : parse_named(p));
    return cog_expect_line_end(p);
}
