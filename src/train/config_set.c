// SPDX-License-Identifier: Apache-2.0
// config_set.c — finding a dotted key in a config, and setting its value from text.
#include <string.h>

#include "train/config.h"

// ---- finding ----------------------------------------------------------------------------------

static bool slot_fill(config_slot *slot, key_kind kind, const dsc_field *field, void *base,
                      const char *key)
{
    if (!field || strlen(key) >= sizeof slot->name) return false;
    slot->kind = kind;
    slot->field = *field;
    slot->base = base;
    strcpy(slot->name, key);
    slot->field.name = slot->name;
    return true;
}

static dsc_phase_config *phase_named(dsc_fit_config *c, const char *name, size_t length)
{
    for (int i = 0; i < c->n_phases; i++)
        if (strlen(c->phase[i].name) == length && memcmp(c->phase[i].name, name, length) == 0)
            return &c->phase[i];
    return NULL;
}

static bool find_in_phases(dsc_fit_config *c, const char *key, config_slot *slot)
{
    const char *name = key + strlen("phases."), *dot = strchr(name, '.');
    if (!dot) return false;
    dsc_phase_config *phase = phase_named(c, name, (size_t)(dot - name));
    return phase &&
           slot_fill(slot, KEY_FIELD, dsc_field_find(config_phase_fields, dot + 1), phase, key);
}

static bool find_in_model(dsc_fit_config *c, const char *key, config_slot *slot)
{
    const dsc_model *model = c->definition;
    return model &&
           slot_fill(slot, KEY_FIELD, dsc_field_find(model->fields, key + strlen("model.")),
                     c->model_config, key);
}

bool config_find(dsc_fit_config *c, const char *key, config_slot *slot)
{
    for (const config_key *k = config_keys; k->field.name; k++)
        if (k->kind != KEY_PHASES && strcmp(k->field.name, key) == 0)
            return slot_fill(slot, k->kind, &k->field, c, key);
    if (strncmp(key, "model.", 6) == 0) return find_in_model(c, key, slot);
    return strncmp(key, "phases.", 7) == 0 && find_in_phases(c, key, slot);
}

// ---- values -----------------------------------------------------------------------------------

static void *member_of(const config_slot *slot)
{
    return (char *)slot->base + slot->field.offset;
}

static dsc_status set_field(dsc_context *ctx, const config_slot *slot, const char *value,
                            const char *place)
{
    return dsc_field_set(ctx, &slot->field, slot->base, value, place);
}

static dsc_status set_optional(dsc_context *ctx, const config_slot *slot, const char *value,
                               const char *place)
{
    if (*value) return set_field(ctx, slot, value, place);
    *(char *)member_of(slot) = 0;
    return DSC_OK;
}

static dsc_status set_long(dsc_context *ctx, const config_slot *slot, const char *value,
                           const char *place)
{
    DSC_REQUIRE(ctx, strlen(value) < CONFIG_LONG, DSC_INPUT,
                "%s, \"%s\": the value is too long; at most %d characters", place, slot->name,
                CONFIG_LONG - 1);
    strcpy(member_of(slot), value);
    return DSC_OK;
}

enum { MAP_BYTES = sizeof *((dsc_fit_config *)0)->map };

static dsc_status copy_map(dsc_context *ctx, const char *text, size_t length, const char *place,
                           char *map)
{
    while (length > 0 && *text == ' ') text++, length--;
    while (length > 0 && text[length - 1] == ' ') length--;
    DSC_REQUIRE(ctx, length > 0, DSC_INPUT,
                "%s, \"data.map\" has an empty item; write column=source, separated by ;", place);
    DSC_REQUIRE(ctx, length < MAP_BYTES, DSC_INPUT,
                "%s, \"data.map\": an item is too long; at most %d characters", place,
                MAP_BYTES - 1);
    memcpy(map, text, length);
    map[length] = 0;
    return DSC_OK;
}

// Replaces the whole list.
static dsc_status set_maps(dsc_context *ctx, const config_slot *slot, const char *value,
                           const char *place)
{
    dsc_fit_config *c = slot->base;
    char map[DSC_MAX_MAPS][MAP_BYTES] = {{0}};
    int n = 0;
    for (const char *next = value; *value && next;) {
        const size_t length = strcspn(next, ";");
        DSC_REQUIRE(ctx, n < DSC_MAX_MAPS, DSC_INPUT,
                    "%s, \"data.map\" has more than %d items; leave some out", place, DSC_MAX_MAPS);
        DSC_TRY(copy_map(ctx, next, length, place, map[n++]));
        next = next[length] ? next + length + 1 : NULL;
    }
    memcpy(c->map, map, sizeof map);
    c->n_maps = n;
    return DSC_OK;
}

// Defaults of all other keys follow from the model, so it is not changed afterwards.
static dsc_status set_model(dsc_context *ctx, const config_slot *slot, const char *value,
                            const char *place)
{
    const char *model = member_of(slot);
    DSC_REQUIRE(
        ctx, strcmp(model, value) == 0, DSC_INPUT,
        "%s, \"model.name\": \"%s\" is not the model of this config (%s); all defaults follow "
        "from the model, so name it first (discern fit %s ...) or in the config file",
        place, value, model, value);
    return DSC_OK;
}

static void get_field(const config_slot *slot, char *out)
{
    dsc_field_get(&slot->field, slot->base, out);
}

static void get_long(const config_slot *slot, char *out)
{
    strcpy(out, member_of(slot));
}

static void get_maps(const config_slot *slot, char *out)
{
    const dsc_fit_config *c = slot->base;
    *out = 0;
    for (int i = 0; i < c->n_maps; i++) {
        if (i) strcat(out, ";");
        strcat(out, c->map[i]);
    }
}

static const struct {
    dsc_status (*set)(dsc_context *ctx, const config_slot *slot, const char *value,
                      const char *place);
    void (*get)(const config_slot *slot, char *out);
} kinds[] = {
    [KEY_FIELD] = {set_field, get_field}, [KEY_OPTIONAL] = {set_optional, get_field},
    [KEY_LONG] = {set_long, get_long},    [KEY_MAPS] = {set_maps, get_maps},
    [KEY_MODEL] = {set_model, get_field},
};

dsc_status config_slot_set(dsc_context *ctx, const config_slot *slot, const char *value,
                           const char *place)
{
    DSC_REQUIRE(
        ctx, strlen(value) < TEXT_BYTES && config_text_ok(value, strlen(value)), DSC_INPUT,
        "%s, \"%s\": the value is too long, or holds control characters or bytes that are not "
        "UTF-8",
        place, slot->name);
    return kinds[slot->kind].set(ctx, slot, value, place);
}

char *config_slot_get(const config_slot *slot, char *out)
{
    kinds[slot->kind].get(slot, out);
    return out;
}

dsc_status dsc_fit_config_set(dsc_context *ctx, dsc_fit_config *c, const char *key,
                              const char *value, const char *place)
{
    config_slot slot;
    if (!config_find(c, key, &slot)) return config_unknown(ctx, c, key, place);
    return config_slot_set(ctx, &slot, value, place);
}
