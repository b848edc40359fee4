// SPDX-License-Identifier: Apache-2.0
// yaml.c — reading YAML with libfyaml, quietly: its complaints become sentences with line and
// column.
#include <libfyaml.h>
#include <string.h>

#include "train/config.h"
#include "train/yaml.h"

struct yaml_document {
    struct fy_diag *diag;
    struct fy_parser *parser;
    struct fy_document *document;
};

static struct fy_node *node_of(const yaml_node *n)
{
    return (struct fy_node *)(uintptr_t)n;
}

static yaml_node *wrap(struct fy_node *n)
{
    return (yaml_node *)n;
}

// ---- parsing ----------------------------------------------------------------------------------

static void drop_output(struct fy_diag *diag, void *user, const char *text, size_t n)
{
    (void)diag, (void)user, (void)text, (void)n;
}

static struct fy_diag *quiet_diag(void)
{
    struct fy_diag_cfg cfg;
    fy_diag_cfg_default(&cfg);
    cfg.fp = NULL;
    cfg.output_fn = drop_output;
    struct fy_diag *diag = fy_diag_create(&cfg);
    if (diag) fy_diag_set_collect_errors(diag, true);
    return diag;
}

static dsc_status syntax_error(dsc_context *ctx, const char *path, struct fy_diag *diag)
{
    void *iterator = NULL;
    const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &iterator);
    if (!e)
        return dsc_fail(ctx, DSC_INPUT,
                        "%s: not a YAML file; write \"section:\" and below it, "
                        "indented, \"key: value\"",
                        path);
    return dsc_fail(ctx, DSC_INPUT,
                    "%s, line %d, column %d: %s. Check the indentation, quotes and "
                    "brackets there",
                    path, e->line > 0 ? e->line : 1, e->column > 0 ? e->column : 1, e->msg);
}

static dsc_status open_parser(dsc_context *ctx, yaml_document *d, const char *text, size_t n)
{
    d->diag = quiet_diag();
    if (d->diag) {
        const struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET, .diag = d->diag};
        d->parser = fy_parser_create(&cfg);
    }
    if (!d->parser || fy_parser_set_string(d->parser, text, n) != 0)
        return dsc_fail(ctx, DSC_MEMORY, "out of memory: a YAML file could not be read");
    return DSC_OK;
}

static dsc_status check_single(dsc_context *ctx, const char *path, yaml_document *d)
{
    struct fy_document *second = fy_parse_load_document(d->parser);
    if (second) {
        fy_parse_document_destroy(d->parser, second);
        return dsc_fail(ctx, DSC_INPUT,
                        "%s: holds more than one document; keep one and remove the "
                        "lines from the second \"---\" on",
                        path);
    }
    return fy_diag_got_error(d->diag) ? syntax_error(ctx, path, d->diag) : DSC_OK;
}

static dsc_status load(dsc_context *ctx, const char *path, yaml_document *d)
{
    d->document = fy_parse_load_document(d->parser);
    if (fy_diag_got_error(d->diag)) return syntax_error(ctx, path, d->diag);
    DSC_REQUIRE(ctx, d->document && fy_document_root(d->document), DSC_INPUT,
                "%s: the file is empty; it needs at least model: {name: ...} and data: {path: ...}",
                path);
    return check_single(ctx, path, d);
}

// libfyaml 0.7 goes round for ever in a directive with bytes that are not UTF-8.
static dsc_status check_text(dsc_context *ctx, const char *path, const char *text, size_t n)
{
    int line = 1;
    for (size_t i = 0, length; i < n; i += length + 1) {
        length = 0;
        while (i + length < n && !memchr("\t\r\n", text[i + length], 3)) length++;
        DSC_REQUIRE(ctx, config_text_ok(text + i, length), DSC_INPUT,
                    "%s, line %d: there are control characters or bytes that are not UTF-8; save "
                    "the file as a text in UTF-8",
                    path, line);
        line += i + length < n && text[i + length] == '\n';
    }
    return DSC_OK;
}

dsc_status yaml_parse(dsc_context *ctx, const char *path, const char *text, size_t n,
                      yaml_document **document)
{
    yaml_document *d;
    DSC_TRY(check_text(ctx, path, text, n));
    DSC_TRY(dsc_alloc(ctx, 1, sizeof *d, &d));
    dsc_status status = open_parser(ctx, d, text, n);
    if (status == DSC_OK) status = load(ctx, path, d);
    if (status == DSC_OK) *document = d;
    else yaml_destroy(ctx, &d);
    return status;
}

void yaml_destroy(dsc_context *ctx, yaml_document **document)
{
    yaml_document *d = *document;
    if (!d) return;
    if (d->document) fy_parse_document_destroy(d->parser, d->document);
    if (d->parser) fy_parser_destroy(d->parser);
    if (d->diag) fy_diag_destroy(d->diag);
    dsc_free(ctx, document);
}

yaml_node *yaml_root(const yaml_document *d)
{
    return wrap(fy_document_root(d->document));
}

// ---- nodes ------------------------------------------------------------------------------------

// libfyaml gives NULL for an empty value ("key:"), which counts as an empty plain text.
yaml_kind yaml_kind_of(const yaml_node *n)
{
    struct fy_node *node = node_of(n);
    if (!node) return YAML_TEXT;
    if (fy_node_is_alias(node)) return YAML_ALIAS;
    if (fy_node_is_sequence(node)) return YAML_LIST;
    return fy_node_is_mapping(node) ? YAML_PAIRS : YAML_TEXT;
}

const char *yaml_text(const yaml_node *n, size_t *length)
{
    *length = 0;
    const char *text = n ? fy_node_get_scalar(node_of(n), length) : NULL;
    return text ? text : "";
}

bool yaml_is_plain(const yaml_node *n)
{
    struct fy_token *token = n ? fy_node_get_scalar_token(node_of(n)) : NULL;
    return !token || fy_token_scalar_style(token) == FYSS_PLAIN;
}

bool yaml_item(const yaml_node *list, int i, yaml_node **item)
{
    struct fy_node *node = node_of(list);
    if (i >= fy_node_sequence_item_count(node)) return false;
    *item = wrap(fy_node_sequence_get_by_index(node, i));
    return true;
}

bool yaml_pair(const yaml_node *pairs, int i, yaml_node **key, yaml_node **value)
{
    struct fy_node *node = node_of(pairs);
    if (i >= fy_node_mapping_item_count(node)) return false;
    struct fy_node_pair *pair = fy_node_mapping_get_by_index(node, i);
    *key = wrap(fy_node_pair_key(pair));
    *value = wrap(fy_node_pair_value(pair));
    return true;
}

// libfyaml marks a quoted text after its quote.
static bool starts_with_quote(struct fy_token *token)
{
    const enum fy_scalar_style style = fy_token_scalar_style(token);
    return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

bool yaml_place(const yaml_node *n, int *line, int *column)
{
    struct fy_token *token =
        n && fy_node_is_scalar(node_of(n)) ? fy_node_get_scalar_token(node_of(n)) : NULL;
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    if (!mark) return false;
    *line = mark->line + 1;
    *column = mark->column + 1 - (starts_with_quote(token) && mark->column > 0);
    return true;
}

const char *yaml_version(void)
{
    return fy_library_version();
}
