// SPDX-License-Identifier: Apache-2.0
// json.c — see json.h.
#include "train/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/config.h"

json_writer json_begin(void)
{
    json_writer w = {json_object(), false};
    w.bad = !w.object;
    return w;
}

// jansson frees the value also when it refuses.
void json_put(json_writer *w, const char *key, json_t *value)
{
    if (json_object_set_new(w->object, key, value) != 0) w->bad = true;
}

void json_put_real(json_writer *w, const char *key, double value)
{
    json_put(w, key, isfinite(value) ? json_real(value) : json_null());
}

void json_put_whole(json_writer *w, const char *key, int64_t value)
{
    json_put(w, key, json_integer((json_int_t)value));
}

void json_put_text(json_writer *w, const char *key, const char *text)
{
    char plain[2048];
    if (text && !config_text_ok(text, strlen(text))) {
        size_t n = 0;
        for (; text[n] && n < sizeof plain - 1; n++)
            plain[n] =
                (unsigned char)text[n] < 0x20 || (unsigned char)text[n] > 0x7e ? '?' : text[n];
        plain[n] = 0;
        text = plain;
    }
    json_put(w, key, text ? json_string(text) : json_null());
}

void json_put_object(json_writer *w, const char *key, json_writer *member)
{
    w->bad |= member->bad;
    json_put(w, key, member->object);
    member->object = NULL;
}

dsc_status json_end(dsc_context *ctx, json_writer *w, dsc_text *out)
{
    char *text = w->bad ? NULL : json_dumps(w->object, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    json_decref(w->object);
    w->object = NULL;
    DSC_REQUIRE(ctx, text, DSC_MEMORY, "out of memory: JSON could not be written");
    const dsc_status status = dsc_text_add(ctx, out, "%s\n", text);
    free(text);
    return status;
}

dsc_status json_end_file(dsc_context *ctx, json_writer *w, const char *path)
{
    dsc_text text = {0};
    dsc_status status = json_end(ctx, w, &text);
    if (status == DSC_OK) status = dsc_write_file(ctx, path, text.s, text.length);
    dsc_text_free(ctx, &text);
    return status;
}
