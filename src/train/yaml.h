// SPDX-License-Identifier: Apache-2.0
// yaml.h — a YAML document with the line and column of its nodes; the only place that knows
// libfyaml.
#ifndef DISCERN_TRAIN_YAML_H
#define DISCERN_TRAIN_YAML_H

#include "discern/base.h"

typedef struct yaml_document yaml_document;
typedef struct yaml_node yaml_node; // borrowed from the document
typedef enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_PAIRS, YAML_ALIAS } yaml_kind;

// Parses one document. Errors: DSC_INPUT with path, line and column (an empty file, a syntax error,
// a key that occurs twice, more than one document). `text` must outlive the document.
dsc_status yaml_parse(dsc_context *ctx, const char *path, const char *text, size_t n,
                      yaml_document **document);
void yaml_destroy(dsc_context *ctx, yaml_document **document);
yaml_node *yaml_root(const yaml_document *d);

yaml_kind yaml_kind_of(const yaml_node *n);
// The text of a scalar, not ended by 0; "" for an empty one. Plain: written without quotes.
const char *yaml_text(const yaml_node *n, size_t *length);
bool yaml_is_plain(const yaml_node *n);
// The i-th item of a list; the i-th key and value of pairs; false past the end.
bool yaml_item(const yaml_node *list, int i, yaml_node **item);
bool yaml_pair(const yaml_node *pairs, int i, yaml_node **key, yaml_node **value);
// Line and column from 1; false where the document does not tell (a list, an empty value).
bool yaml_place(const yaml_node *n, int *line, int *column);
const char *yaml_version(void);

#endif
