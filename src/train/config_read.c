// SPDX-License-Identifier: Apache-2.0
// config_read.c — a YAML config: sections of keys, strict. model.name comes first and decides the
// defaults; `phases`, if it is there, replaces the model's phases by those it lists, in that order
// (a phase of a default's name starts from that default). Every message names file, line and
// column.
#include <string.h>

#include "train/config.h"
#include "train/yaml.h"

enum { PLACE_BYTES = PATH_BYTES + 64, LARGEST_FILE = 1 << 20 };

typedef struct reader {
    dsc_context *ctx;
    const char *path;
    dsc_fit_config *c;
} reader;

typedef struct pair {
    yaml_node *key, *value;
    char name[KEY_BYTES]; // dotted
    char place[PLACE_BYTES];
} pair;

// ---- places -----------------------------------------------------------------------------------

// The place of a node, or of `other` where the node has none.
static void place_of(const reader *r, const yaml_node *n, const yaml_node *other, char *place)
{
    int line, column;
    if (yaml_place(n, &line, &column) || yaml_place(other, &line, &column))
        snprintf(place, PLACE_BYTES, "%.*s, line %d, column %d", PATH_BYTES, r->path, line, column);
    else snprintf(place, PLACE_BYTES, "%.*s", PATH_BYTES, r->path);
}

// A scalar as a string; `out` has `size` bytes.
static dsc_status copy_text(const reader *r, const yaml_node *n, const char *place, char *out,
                            size_t size)
{
    size_t length;
    const char *text = yaml_text(n, &length);
    DSC_REQUIRE(r->ctx, length < size, DSC_INPUT,
                "%s: the text is too long; at most %zu characters", place, size - 1);
    DSC_REQUIRE(r->ctx, config_text_ok(text, length), DSC_INPUT,
                "%s: the text holds control characters or bytes that are not UTF-8", place);
    memcpy(out, text, length);
    out[length] = 0;
    return DSC_OK;
}

// ---- pairs ------------------------------------------------------------------------------------

// The i-th pair of a mapping, its name under `section`; *found is false past the end.
static dsc_status read_pair(const reader *r, const yaml_node *pairs, int i, const char *section,
                            pair *p, bool *found)
{
    char key[DSC_FIELD_TEXT];
    *found = yaml_pair(pairs, i, &p->key, &p->value);
    if (!*found) return DSC_OK;
    place_of(r, p->key, p->value, p->place);
    DSC_REQUIRE(r->ctx, yaml_kind_of(p->key) == YAML_TEXT, DSC_INPUT,
                "%s: a key must be a word, as in \"key: value\"", p->place);
    DSC_TRY(copy_text(r, p->key, p->place, key, sizeof key));
    DSC_REQUIRE(
        r->ctx, !strchr(key, '.'), DSC_INPUT,
        "%s: \"%s\": in a file, keys of a section are indented below its name; dots are for "
        "the command line",
        p->place, key);
    snprintf(p->name, sizeof p->name, "%s%s%s", section, *section ? "." : "", key);
    return DSC_OK;
}

// ---- values -----------------------------------------------------------------------------------

static bool is_null_word(const char *text)
{
    return strcmp(text, "~") == 0 || strcmp(text, "null") == 0 || strcmp(text, "Null") == 0 ||
           strcmp(text, "NULL") == 0;
}

static bool holds_text(const config_slot *slot)
{
    return slot->field.type == DSC_STRING || slot->field.type == DSC_CHOICE ||
           slot->field.type == DSC_STRINGS;
}

static dsc_status set_scalar(const reader *r, const config_slot *slot, const pair *p)
{
    char text[TEXT_BYTES], place[PLACE_BYTES];
    place_of(r, p->value, p->key, place);
    DSC_TRY(copy_text(r, p->value, place, text, sizeof text));
    const bool plain = yaml_is_plain(p->value);
    DSC_REQUIRE(r->ctx, !plain || (*text && !is_null_word(text)), DSC_INPUT,
                "%s: \"%s\" has no value; give one%s or leave the key out", place, slot->name,
                holds_text(slot) ? " (\"\" for none)" : "");
    DSC_REQUIRE(r->ctx, plain || holds_text(slot), DSC_INPUT,
                "%s: \"%s\" wants a number or true/false, not a text in quotes; write %s: %s",
                place, slot->name, slot->name, text);
    return config_slot_set(r->ctx, slot, text, place);
}

// Items of a list joined with the separator of the one-line form, which they may not contain.
static dsc_status join_items(const reader *r, const config_slot *slot, const pair *p, char *joined)
{
    const char separator = slot->kind == KEY_MAPS ? ';' : ',';
    char text[TEXT_BYTES], place[PLACE_BYTES];
    yaml_node *item;
    size_t used = 0;
    for (int i = 0; yaml_item(p->value, i, &item); i++) {
        place_of(r, item, p->key, place);
        DSC_REQUIRE(r->ctx, yaml_kind_of(item) == YAML_TEXT, DSC_INPUT,
                    "%s: an item of \"%s\" must be a text", place, slot->name);
        DSC_TRY(copy_text(r, item, place, text, sizeof text));
        DSC_REQUIRE(r->ctx, !strchr(text, separator), DSC_INPUT,
                    "%s: an item of \"%s\" may not contain \"%c\"", place, slot->name, separator);
        DSC_REQUIRE(r->ctx, used + strlen(text) + 2 < TEXT_BYTES, DSC_INPUT,
                    "%s: the list \"%s\" is too long; shorten it", place, slot->name);
        if (i) joined[used++] = separator;
        strcpy(joined + used, text);
        used += strlen(text);
    }
    return DSC_OK;
}

static dsc_status set_list(const reader *r, const config_slot *slot, const pair *p)
{
    char joined[TEXT_BYTES] = "";
    DSC_REQUIRE(r->ctx, slot->field.type == DSC_STRINGS, DSC_INPUT,
                "%s: \"%s\" takes one value, not a list", p->place, slot->name);
    DSC_TRY(join_items(r, slot, p, joined));
    return config_slot_set(r->ctx, slot, joined, p->place);
}

static dsc_status set_key(const reader *r, const pair *p)
{
    config_slot slot;
    const yaml_kind kind = yaml_kind_of(p->value);
    if (!config_find(r->c, p->name, &slot)) return config_unknown(r->ctx, r->c, p->name, p->place);
    DSC_REQUIRE(r->ctx, kind == YAML_TEXT || kind == YAML_LIST, DSC_INPUT,
                kind == YAML_ALIAS ? "%s: \"%s\" is an alias (*name); write the value itself"
                                   : "%s: \"%s\" takes a value, not further keys",
                p->place, p->name);
    return kind == YAML_LIST ? set_list(r, &slot, p) : set_scalar(r, &slot, p);
}

// ---- sections ---------------------------------------------------------------------------------

// Recursion ends with the names: phases.NAME is the deepest section there is.
static dsc_status read_pairs(const reader *r, const yaml_node *pairs, const char *section)
{
    pair p;
    bool found;
    for (int i = 0;; i++) {
        DSC_TRY(read_pair(r, pairs, i, section, &p, &found));
        if (!found) return DSC_OK;
        if (yaml_kind_of(p.value) == YAML_PAIRS && config_is_section(r->c, p.name))
            DSC_TRY(read_pairs(r, p.value, p.name));
        else DSC_TRY(set_key(r, &p));
    }
}

// The value of a key of a mapping, by name.
static dsc_status find_pair(const reader *r, const yaml_node *pairs, const char *section,
                            const char *name, pair *p, bool *found)
{
    for (int i = 0;; i++) {
        DSC_TRY(read_pair(r, pairs, i, section, p, found));
        if (!*found || strcmp(p->name, name) == 0) return DSC_OK;
    }
}

// A model file beside the config is found from anywhere.
static const char *near_config(const reader *r, const char *name, char path[PATH_BYTES])
{
    const char *slash = strrchr(r->path, '/');
    const int folder = slash ? (int)(slash - r->path) + 1 : 0;
    const int n = snprintf(path, PATH_BYTES, "%.*s%s", folder, r->path, name);
    const bool beside = strchr(name, '.') && n > 0 && n < PATH_BYTES && dsc_exists(path);
    return beside ? path : name;
}

static dsc_status read_model(const reader *r, const yaml_node *root)
{
    pair section, name;
    char text[DSC_FIELD_TEXT], why[1024], path[PATH_BYTES];
    bool found;
    DSC_TRY(find_pair(r, root, "", "model", &section, &found));
    if (found && yaml_kind_of(section.value) == YAML_PAIRS)
        DSC_TRY(find_pair(r, section.value, "model", "model.name", &name, &found));
    else found = false;
    DSC_REQUIRE(r->ctx, found && yaml_kind_of(name.value) == YAML_TEXT, DSC_INPUT,
                "%s: the model is missing; write model: {name: ...}, one of %s", r->path,
                dsc_model_names(why, sizeof why));
    place_of(r, name.value, name.key, name.place);
    DSC_TRY(copy_text(r, name.value, name.place, text, sizeof text));
    const dsc_status status = dsc_fit_config_defaults(r->ctx, near_config(r, text, path), r->c);
    if (status == DSC_OK) strcpy(r->c->model, text);
    if (status != DSC_INPUT) return status;
    snprintf(why, sizeof why, "%s", dsc_message(r->ctx));
    return dsc_fail(r->ctx, DSC_INPUT, "%s: %s", name.place, why);
}

// A phase's name becomes a part of dotted keys and of a file's cells.
static bool is_word(const char *s)
{
    static const char *const letters = "abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return *s && s[strspn(s, letters)] == 0;
}

static dsc_status add_phase(const reader *r, const pair *p)
{
    const char *name = p->name + strlen("phases.");
    DSC_REQUIRE(r->ctx, is_word(name), DSC_INPUT,
                "%s: the name of a phase has letters, digits, _ and - only, not \"%s\"", p->place,
                name);
    DSC_REQUIRE(r->ctx, yaml_kind_of(p->value) == YAML_PAIRS, DSC_INPUT,
                "%s: the phase \"%s\" needs keys below it, e.g. steps: 1000", p->place, name);
    DSC_REQUIRE(r->ctx, r->c->n_phases < DSC_MAX_PHASES, DSC_INPUT,
                "%s: at most %d phases; leave some out", p->place, DSC_MAX_PHASES);
    dsc_phase_config phase;
    DSC_TRY(config_phase_default(r->ctx, r->c, name, &phase));
    r->c->phase[r->c->n_phases++] = phase;
    return DSC_OK;
}

static dsc_status read_phase_names(const reader *r, const yaml_node *root)
{
    pair section, p;
    bool found;
    DSC_TRY(find_pair(r, root, "", "phases", &section, &found));
    if (!found || yaml_kind_of(section.value) != YAML_PAIRS) return DSC_OK; // refused later
    r->c->n_phases = 0;
    for (int i = 0;; i++) {
        DSC_TRY(read_pair(r, section.value, i, "phases", &p, &found));
        if (!found) return DSC_OK;
        DSC_TRY(add_phase(r, &p));
    }
}

static dsc_status read_root(const reader *r, const yaml_node *root)
{
    DSC_REQUIRE(
        r->ctx, yaml_kind_of(root) == YAML_PAIRS, DSC_INPUT,
        "%s: a config is made of \"section:\" with \"key: value\" below, indented; this file "
        "is not",
        r->path);
    DSC_TRY(read_model(r, root));
    DSC_TRY(read_phase_names(r, root));
    return read_pairs(r, root, "");
}

static dsc_status read_text(const reader *r, const char *text, size_t n)
{
    yaml_document *document = NULL;
    DSC_REQUIRE(r->ctx, n <= LARGEST_FILE, DSC_INPUT, "%s: too large for a config (%zu bytes)",
                r->path, n);
    DSC_TRY(yaml_parse(r->ctx, r->path, text, n, &document));
    const dsc_status status = read_root(r, yaml_root(document));
    yaml_destroy(r->ctx, &document);
    return status;
}

dsc_status dsc_fit_config_read(dsc_context *ctx, const char *path, dsc_fit_config *c)
{
    char *text = NULL;
    size_t n;
    reader r = {ctx, path, NULL};
    DSC_TRY(dsc_read_file(ctx, path, &text, &n));
    dsc_status status = dsc_alloc(ctx, 1, sizeof *r.c, &r.c);
    if (status == DSC_OK) status = read_text(&r, text, n);
    if (status == DSC_OK) *c = *r.c;
    dsc_free(ctx, &r.c);
    dsc_free(ctx, &text);
    return status;
}
