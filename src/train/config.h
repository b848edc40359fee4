// SPDX-License-Identifier: Apache-2.0
// config.h — what the files config_*.c share: the table of keys of a fit's config.
#ifndef DISCERN_TRAIN_CONFIG_H
#define DISCERN_TRAIN_CONFIG_H

#include "train/internal.h"

enum { KEY_BYTES = 2 * DSC_FIELD_TEXT + 32, TEXT_BYTES = 4096, NAMES_MOST = 512 };

// How the value of a key is kept and written.
typedef enum key_kind {
    KEY_FIELD,    // as its field says
    KEY_OPTIONAL, // the same, and "" is allowed
    KEY_LONG,     // a text of CONFIG_LONG bytes
    KEY_MAPS,     // data.map: a list of texts, "A;B" in one line
    KEY_MODEL,    // model.name: chosen first, then only confirmed; model.FIELD follow it
    KEY_PHASES,   // where phases.NAME.FIELD stand; itself not set
} key_kind;
enum { CONFIG_LONG = sizeof((dsc_fit_config *)0)->data };

typedef struct config_key {
    key_kind kind;
    dsc_field field; // its name is the dotted key; offset in dsc_fit_config
} config_key;
extern const config_key config_keys[]; // ends with a NULL name
extern const dsc_field config_phase_fields[];

// A key found in a config: its field under the full dotted name, and the struct it lies in.
typedef struct config_slot {
    key_kind kind;
    dsc_field field; // its name points into `name`: a slot is not copied
    void *base;
    char name[KEY_BYTES];
} config_slot;
// False if there is no such key in this config.
bool config_find(dsc_fit_config *c, const char *key, config_slot *slot);
// The values of the slot's key: from text, and as text that reads back. `out` has TEXT_BYTES.
dsc_status config_slot_set(dsc_context *ctx, const config_slot *slot, const char *value,
                           const char *place);
char *config_slot_get(const config_slot *slot, char *out);

// All keys of a config as names, for messages and for writing. Names live in the arena.
typedef struct config_names {
    const char *name[NAMES_MOST];
    size_t n;
} config_names;
dsc_status config_list(dsc_arena *arena, const dsc_fit_config *c, config_names *names);
// DSC_INPUT: the key is unknown; suggests the nearest, else lists the keys of its section.
dsc_status config_unknown(dsc_context *ctx, const dsc_fit_config *c, const char *key,
                          const char *place);
// True for "model", "phases", "phases.main" ...: something that holds keys.
bool config_is_section(const dsc_fit_config *c, const char *key);

// Printable UTF-8 without control characters: what a YAML config can hold.
bool config_text_ok(const char *text, size_t n);

// config_defaults.c. A phase of that name as the model's default has it, else as the table has it.
dsc_status config_phase_default(dsc_context *ctx, const dsc_fit_config *c, const char *name,
                                dsc_phase_config *phase);
// The model's cell at its plainest size, to ask whether it has noise or a penalty.
dsc_status config_probe(dsc_context *ctx, const dsc_fit_config *c, dsc_cell **cell);

// config_write.c. Adds `text` as a double-quoted YAML scalar.
void config_quote(dsc_context *ctx, dsc_text *out, const char *text);

#endif
