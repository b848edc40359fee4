// SPDX-License-Identifier: Apache-2.0
// fields.c — one table describes a plain config struct: defaults, text to member, member to text.
// A type is one row of `types`: how it is read (with its checks) and how it is written.
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/private.h"

// One assignment: everything a message needs.
typedef struct setting {
    dsc_context *ctx;
    const dsc_field *field;
    const char *value, *place;
} setting;

static dsc_status refuse(const setting *s, const char *reason)
{
    return dsc_fail(s->ctx, DSC_INPUT, "%s, \"%s\": \"%s\" %s", s->place, s->field->name, s->value,
                    reason);
}

static bool has_limits(const dsc_field *f)
{
    return f->lowest < f->highest;
}

static dsc_status check_range(const setting *s, double value)
{
    const dsc_field *f = s->field;
    if (!has_limits(f) || (value >= f->lowest && value <= f->highest)) return DSC_OK;
    char low[32], high[32], reason[128];
    dsc_format_number(f->lowest, low);
    if (f->highest < 1 && f->highest > 0.9999999) strcpy(high, "below 1");
    else dsc_format_number(f->highest, high);
    if (isinf(f->highest)) snprintf(reason, sizeof reason, "is too small; at least %s", low);
    else if (isinf(f->lowest)) snprintf(reason, sizeof reason, "is too large; at most %s", high);
    else snprintf(reason, sizeof reason, "is out of range; from %s to %s", low, high);
    return refuse(s, reason);
}

// ---- numbers -------------------------------------------------------------------------------

// Digit by digit, so that all 64 bits count; false if it is not a whole number that fits.
static bool parse_whole(const char *text, int64_t *value)
{
    const bool negative = *text == '-';
    uint64_t sum = 0;
    text += *text == '-' || *text == '+';
    if (!*text) return false;
    for (; *text; text++) {
        const unsigned digit = (unsigned)(*text - '0');
        if (digit > 9 || sum > ((uint64_t)INT64_MAX - digit) / 10) return false;
        sum = sum * 10 + digit;
    }
    *value = negative ? -(int64_t)sum : (int64_t)sum;
    return true;
}

// Whole numbers may also be written 1e5.
static dsc_status read_whole(const setting *s, int64_t *value)
{
    double number;
    if (!parse_whole(s->value, value)) {
        if (!dsc_parse_number(s->value, &number) || number != floor(number) ||
            fabs(number) > 0x1p53)
            return refuse(s, "is not a whole number");
        *value = (int64_t)number;
    }
    return check_range(s, (double)*value);
}

static dsc_status read_int(const setting *s, void *member)
{
    int64_t value;
    DSC_TRY(read_whole(s, &value));
    if (value < INT_MIN || value > INT_MAX) return refuse(s, "is too large for a whole number");
    *(int *)member = (int)value;
    return DSC_OK;
}

static dsc_status read_long(const setting *s, void *member)
{
    int64_t value;
    DSC_TRY(read_whole(s, &value));
    *(int64_t *)member = value;
    return DSC_OK;
}

// "nan" is a value only where the default says so ("not given").
static dsc_status read_real(const setting *s, void *member)
{
    double value;
    if (!dsc_parse_number(s->value, &value)) return refuse(s, "is not a number");
    if (!isnan(value)) DSC_TRY(check_range(s, value));
    else if (!s->field->initial || strcmp(s->field->initial, "nan") != 0)
        return refuse(s, "is not a number");
    *(double *)member = value;
    return DSC_OK;
}

static dsc_status read_bool(const setting *s, void *member)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(s->value, words[i]) == 0) {
            *(bool *)member = i % 2;
            return DSC_OK;
        }
    return refuse(s, "is neither true nor false");
}

// ---- words ---------------------------------------------------------------------------------

static dsc_status read_string(const setting *s, void *member)
{
    if (strlen(s->value) >= DSC_FIELD_TEXT) return refuse(s, "is too long; at most 127 characters");
    strcpy(member, s->value);
    return DSC_OK;
}

enum { MOST_CHOICES = 64 };

// Splits "a|b|c" in place; returns the number of words.
static size_t split_choices(char *copy, const char **words)
{
    size_t n = 0;
    char *next = copy;
    while (next && n < MOST_CHOICES) {
        char *bar = strchr(next, '|');
        words[n++] = next;
        if (bar) *bar = 0;
        next = bar ? bar + 1 : NULL;
    }
    return n;
}

static dsc_status check_choice(const setting *s, const char *word)
{
    char copy[2048], reason[2304];
    const char *words[MOST_CHOICES];
    assert(strlen(s->field->choices) < sizeof copy);
    strcpy(copy, s->field->choices);
    const size_t n = split_choices(copy, words);
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0) return DSC_OK;
    const char *nearest = dsc_nearest(word, words, n);
    if (nearest)
        snprintf(reason, sizeof reason, "is unknown; did you mean \"%s\"? (known: %s)", nearest,
                 s->field->choices);
    else snprintf(reason, sizeof reason, "is unknown; one of: %s", s->field->choices);
    return refuse(s, reason);
}

static dsc_status read_choice(const setting *s, void *member)
{
    DSC_TRY(check_choice(s, s->value));
    return read_string(s, member);
}

// One item of a list, without the blanks around it; `item` has DSC_FIELD_TEXT bytes.
static dsc_status read_item(const setting *s, const char *text, size_t length, char *item)
{
    while (length > 0 && *text == ' ') text++, length--;
    while (length > 0 && text[length - 1] == ' ') length--;
    if (length == 0) return refuse(s, "has an empty item; write a,b,c");
    if (length >= DSC_FIELD_TEXT) return refuse(s, "is too long; at most 127 characters");
    memcpy(item, text, length);
    item[length] = 0;
    return s->field->choices ? check_choice(s, item) : DSC_OK;
}

static dsc_status read_strings(const setting *s, void *member)
{
    char list[DSC_FIELD_TEXT] = "", item[DSC_FIELD_TEXT];
    size_t used = 0;
    for (const char *next = s->value; *s->value && next;) {
        const size_t length = strcspn(next, ",");
        DSC_TRY(read_item(s, next, length, item));
        if (used + strlen(item) + 2 > sizeof list)
            return refuse(s, "is too long; at most 127 characters");
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? "," : "", item);
        next = next[length] ? next + length + 1 : NULL;
    }
    strcpy(member, list);
    return DSC_OK;
}

// ---- writing -------------------------------------------------------------------------------

static void write_int(const void *member, char *out)
{
    snprintf(out, DSC_FIELD_TEXT, "%d", *(const int *)member);
}

static void write_long(const void *member, char *out)
{
    snprintf(out, DSC_FIELD_TEXT, "%lld", (long long)*(const int64_t *)member);
}

static void write_real(const void *member, char *out)
{
    dsc_format_number(*(const double *)member, out);
}

static void write_bool(const void *member, char *out)
{
    strcpy(out, *(const bool *)member ? "true" : "false");
}

static void write_string(const void *member, char *out)
{
    snprintf(out, DSC_FIELD_TEXT, "%s", (const char *)member);
}

static const struct {
    dsc_status (*read)(const setting *s, void *member);
    void (*write)(const void *member, char *out);
    const char *empty; // the default of a field without one
} types[] = {
    [DSC_INT] = {read_int, write_int, "0"},
    [DSC_LONG] = {read_long, write_long, "0"},
    [DSC_REAL] = {read_real, write_real, "0"},
    [DSC_BOOL] = {read_bool, write_bool, "false"},
    [DSC_STRING] = {read_string, write_string, ""},
    [DSC_CHOICE] = {read_choice, write_string, NULL},
    [DSC_STRINGS] = {read_strings, write_string, ""},
};

dsc_status dsc_field_set(dsc_context *ctx, const dsc_field *field, void *config, const char *value,
                         const char *place)
{
    const setting s = {ctx, field, value, place};
    return types[field->type].read(&s, (char *)config + field->offset);
}

char *dsc_field_get(const dsc_field *field, const void *config, char *out)
{
    types[field->type].write((const char *)config + field->offset, out);
    return out;
}

// A default that its own field refuses is a mistake in the table.
void dsc_fields_default(const dsc_field *fields, void *config)
{
    for (const dsc_field *f = fields; f->name; f++) {
        const char *initial = f->initial ? f->initial : types[f->type].empty;
        dsc_status status = dsc_field_set(NULL, f, config, initial, "default");
        assert(status == DSC_OK);
        (void)status;
    }
}

const dsc_field *dsc_field_find(const dsc_field *fields, const char *name)
{
    for (const dsc_field *f = fields; f->name; f++)
        if (strcmp(f->name, name) == 0) return f;
    return NULL;
}
