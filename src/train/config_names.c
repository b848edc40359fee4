// SPDX-License-Identifier: Apache-2.0
// config_names.c — the names of all keys of a config, and what to say about an unknown one.
#include <string.h>

#include "train/config.h"

// ---- listing ----------------------------------------------------------------------------------

static dsc_status name_add(dsc_arena *arena, config_names *names, const char *section,
                           const char *name)
{
    char full[KEY_BYTES];
    char *copy;
    if (names->n == NAMES_MOST) return DSC_OK; // only suggestions get worse
    snprintf(full, sizeof full, "%s%s%s", section, *section ? "." : "", name);
    DSC_TRY(dsc_arena_strdup(arena, full, &copy));
    names->name[names->n++] = copy;
    return DSC_OK;
}

static dsc_status names_of_fields(dsc_arena *arena, config_names *names, const char *section,
                                  const dsc_field *fields)
{
    for (const dsc_field *f = fields; f->name; f++)
        DSC_TRY(name_add(arena, names, section, f->name));
    return DSC_OK;
}

static dsc_status names_of_phases(dsc_arena *arena, const dsc_fit_config *c, config_names *names)
{
    char section[DSC_FIELD_TEXT + 16];
    for (int i = 0; i < c->n_phases; i++) {
        snprintf(section, sizeof section, "phases.%s", c->phase[i].name);
        DSC_TRY(names_of_fields(arena, names, section, config_phase_fields));
    }
    return DSC_OK;
}

dsc_status config_list(dsc_arena *arena, const dsc_fit_config *c, config_names *names)
{
    const dsc_model *model = c->definition;
    names->n = 0;
    for (const config_key *k = config_keys; k->field.name; k++) {
        if (k->kind == KEY_PHASES) DSC_TRY(names_of_phases(arena, c, names));
        else DSC_TRY(name_add(arena, names, "", k->field.name));
        if (k->kind == KEY_MODEL && model)
            DSC_TRY(names_of_fields(arena, names, "model", model->fields));
    }
    return DSC_OK;
}

dsc_status dsc_fit_config_keys(dsc_context *ctx, const dsc_fit_config *c, dsc_key_fn *fn,
                               void *user)
{
    dsc_fit_config *copy = NULL;
    dsc_arena *arena = NULL;
    config_names *names = NULL;
    config_slot slot;
    dsc_status status = DSC_OK;
    DSC_TRY_OR(done, dsc_arena_create(ctx, &arena));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, 1, sizeof *names, &names));
    DSC_TRY_OR(done, dsc_arena_alloc(arena, 1, sizeof *copy, &copy));
    *copy = *c;
    DSC_TRY_OR(done, config_list(arena, copy, names));
    for (size_t i = 0; i < names->n; i++)
        if (config_find(copy, names->name[i], &slot)) fn(user, &slot.field);
done:
    dsc_arena_destroy(&arena);
    return status;
}

// ---- sections ---------------------------------------------------------------------------------

static bool begins_with_section(const char *key, const char *section)
{
    const size_t n = strlen(section);
    return strncmp(key, section, n) == 0 && key[n] == '.';
}

bool config_is_section(const dsc_fit_config *c, const char *key)
{
    if (strcmp(key, "phases") == 0) return true;
    for (const config_key *k = config_keys; k->field.name; k++)
        if (begins_with_section(k->field.name, key)) return true;
    for (int i = 0; i < c->n_phases; i++)
        if (strncmp(key, "phases.", 7) == 0 && strcmp(key + 7, c->phase[i].name) == 0) return true;
    return false;
}

// ---- unknown keys -----------------------------------------------------------------------------

// The keys of the same section, else the sections and the keys without one; each once.
static void list_neighbours(dsc_context *ctx, const config_names *names, const char *key,
                            dsc_text *out)
{
    const char *dot = strrchr(key, '.');
    const size_t section = dot ? (size_t)(dot - key) + 1 : 0;
    size_t last_length = 0;
    const char *last = "";
    for (size_t i = 0; i < names->n; i++) {
        if (strncmp(names->name[i], key, section) != 0) continue;
        const char *rest = names->name[i] + section;
        const size_t length = strcspn(rest, ".");
        if (length == last_length && strncmp(rest, last, length) == 0) continue;
        dsc_text_add(ctx, out, "%s%.*s", out->length ? ", " : "", (int)length, rest);
        last = rest;
        last_length = length;
    }
}

static dsc_status fail_unknown(dsc_context *ctx, const config_names *names, const char *key,
                               const char *place)
{
    dsc_text known = {0};
    const char *nearest = dsc_nearest(key, names->name, names->n);
    if (nearest)
        return dsc_fail(ctx, DSC_INPUT, "%s: unknown key \"%s\". Did you mean \"%s\"?", place, key,
                        nearest);
    list_neighbours(ctx, names, key, &known);
    if (!known.length) list_neighbours(ctx, names, "", &known);
    const dsc_status status = dsc_fail(ctx, DSC_INPUT, "%s: unknown key \"%s\". Known here: %s",
                                       place, key, known.s ? known.s : "");
    dsc_text_free(ctx, &known);
    return status;
}

dsc_status config_unknown(dsc_context *ctx, const dsc_fit_config *c, const char *key,
                          const char *place)
{
    dsc_arena *arena;
    config_names names;
    if (config_is_section(c, key))
        return dsc_fail(ctx, DSC_INPUT,
                        "%s: \"%s\" holds further keys and has no value itself; set one of them as "
                        "%s.KEY",
                        place, key, key);
    DSC_TRY(dsc_arena_create(ctx, &arena));
    dsc_status status = config_list(arena, c, &names);
    if (status == DSC_OK) status = fail_unknown(ctx, &names, key, place);
    dsc_arena_destroy(&arena);
    return status;
}

// ---- text -------------------------------------------------------------------------------------

// Bytes that follow the first one of a UTF-8 character; -1 if it cannot be a first one, or is a
// control character.
static int utf8_followers(unsigned char byte)
{
    if (byte < 0x20 || byte == 0x7f) return -1;
    if (byte < 0x80) return 0;
    if (byte < 0xc2 || byte > 0xf4) return -1;
    return byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
}

// Surrogates, characters past U+10FFFF, overlong forms, C1 controls, U+FFFE and U+FFFF.
static bool utf8_forbidden(const unsigned char *s, int followers)
{
    if (followers == 1) return s[0] == 0xc2 && s[1] < 0xa0;
    if (followers == 2)
        return (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
               (s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe);
    return followers == 3 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f));
}

bool config_text_ok(const char *text, size_t n)
{
    const unsigned char *s = (const unsigned char *)text, *end = s + n;
    while (s < end) {
        const int followers = utf8_followers(*s);
        if (followers < 0 || end - s <= followers) return false;
        for (int i = 1; i <= followers; i++)
            if ((s[i] & 0xc0) != 0x80) return false;
        if (utf8_forbidden(s, followers)) return false;
        s += followers + 1;
    }
    return true;
}
