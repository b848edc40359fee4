// SPDX-License-Identifier: Apache-2.0
// json.h — writing JSON with jansson: a NaN becomes null, a text that is not UTF-8 gets "?" for its
// bytes.
#ifndef DISCERN_TRAIN_JSON_H
#define DISCERN_TRAIN_JSON_H

#include <jansson.h>

#include "discern/base.h"

// Setters of one member. A failure (out of memory) is remembered in *bad.
typedef struct json_writer {
    json_t *object;
    bool bad;
} json_writer;
void json_put(json_writer *w, const char *key, json_t *value /* owned from here on */);
void json_put_real(json_writer *w, const char *key, double value);
void json_put_whole(json_writer *w, const char *key, int64_t value);
void json_put_text(json_writer *w, const char *key, const char *text); // NULL: null
json_writer json_begin(void);
// Hands the object over as a member of another one.
void json_put_object(json_writer *w, const char *key, json_writer *member);
// Adds the text of the object and frees it. Errors: DSC_MEMORY.
dsc_status json_end(dsc_context *ctx, json_writer *w, dsc_text *out);
// The same into a file.
dsc_status json_end_file(dsc_context *ctx, json_writer *w, const char *path);

#endif
