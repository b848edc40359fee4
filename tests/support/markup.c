// SPDX-License-Identifier: Apache-2.0
// markup.c — see markup.h.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/markup.h"

enum { DEEPEST = 128, NAME = 64, MOST_IDS = 4096, VALUE = 256 };

typedef struct walker {
    const char *page, *at;
    int depth, n_ids, n_references;
    char open[DEEPEST][NAME];
    char id[MOST_IDS][NAME], reference[MOST_IDS][NAME];
    // counting
    const char *name, *attribute;
    int count;
    bool inside, found; // in an element of that name; its attribute was seen
} walker;

static char fault[512];

static bool complain(const walker *w, const char *what)
{
    int line = 1;
    for (const char *c = w->page; c < w->at; c++) line += *c == '\n';
    if (!*fault) snprintf(fault, sizeof fault, "line %d: %s: %.60s", line, what, w->at);
    return false;
}

static bool starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

static bool is_entity(const char *s)
{
    static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
    for (int i = 0; i < 5; i++)
        if (starts(s, names[i])) return true;
    const size_t n = s[1] == '#' ? strspn(s + 2, "0123456789") : 0;
    return n > 0 && s[2 + n] == ';';
}

// Text up to `end`: no "<", no lone "&".
static bool check_text(walker *w, const char *end)
{
    for (; w->at < end; w->at++) {
        if (*w->at == '<') return complain(w, "a lone <");
        if (*w->at == '&' && !is_entity(w->at)) return complain(w, "a lone &");
        if ((unsigned char)*w->at < 32 && !isspace((unsigned char)*w->at))
            return complain(w, "a control character");
    }
    return true;
}

static bool keep(walker *w, char list[][NAME], int *n, const char *value, size_t length)
{
    if (*n == MOST_IDS || length >= NAME) return complain(w, "more or longer ids than expected");
    memcpy(list[*n], value, length);
    list[(*n)++][length] = 0;
    return true;
}

static bool note_attribute(walker *w, const char *name, const char *value, size_t length)
{
    if (w->inside && w->attribute && strcmp(name, w->attribute) == 0) w->found = true;
    if (strcmp(name, "id") == 0) {
        for (int i = 0; i < w->n_ids; i++)
            if (strlen(w->id[i]) == length && strncmp(w->id[i], value, length) == 0)
                return complain(w, "an id for the second time");
        return keep(w, w->id, &w->n_ids, value, length);
    }
    if (strcmp(name, "aria-labelledby") == 0)
        return keep(w, w->reference, &w->n_references, value, length);
    if (strcmp(name, "href") == 0 && *value == '#')
        return keep(w, w->reference, &w->n_references, value + 1, length - 1);
    return true;
}

static bool read_attribute(walker *w)
{
    char name[NAME];
    const size_t n = strcspn(w->at, "=<>/\"' \n\t");
    if (n == 0 || n >= NAME || w->at[n] != '=') return complain(w, "an attribute without a value");
    memcpy(name, w->at, n);
    name[n] = 0;
    w->at += n + 1;
    if (*w->at != '"' && *w->at != '\'') return complain(w, "a value without quotes");
    const char *value = w->at + 1, *end = strchr(value, *w->at);
    if (!end) return complain(w, "a value that does not end");
    w->at = value;
    if (!check_text(w, end)) return false;
    w->at = end + 1;
    return note_attribute(w, name, value, (size_t)(end - value));
}

static bool read_open(walker *w)
{
    const size_t n = strcspn(w->at + 1, " \n\t/>");
    if (n == 0 || n >= NAME || w->depth == DEEPEST) return complain(w, "no tag");
    memcpy(w->open[w->depth], w->at + 1, n);
    w->open[w->depth][n] = 0;
    w->inside = w->name && strcmp(w->open[w->depth], w->name) == 0;
    w->found = w->attribute == NULL;
    w->depth++;
    w->at += 1 + n;
    for (;;) {
        while (isspace((unsigned char)*w->at)) w->at++;
        if (*w->at == '>' || starts(w->at, "/>")) break;
        if (!read_attribute(w)) return false;
    }
    w->count += w->inside && w->found;
    w->depth -= *w->at == '/';
    w->at += *w->at == '/' ? 2 : 1;
    return true;
}

static bool read_close(walker *w)
{
    const size_t n = strcspn(w->at + 2, ">");
    if (w->depth == 0 || strlen(w->open[w->depth - 1]) != n ||
        strncmp(w->open[w->depth - 1], w->at + 2, n) != 0)
        return complain(w, "it closes what is not open");
    w->depth--;
    w->at += 2 + n + 1;
    return true;
}

static bool skip_to(walker *w, const char *end)
{
    const char *at = strstr(w->at, end);
    if (!at) return complain(w, "it does not end");
    w->at = at + strlen(end);
    return true;
}

static bool walk(walker *w)
{
    while (*w->at) {
        if (*w->at != '<') {
            if (!check_text(w, w->at + strcspn(w->at, "<"))) return false;
        } else if (starts(w->at, "<![CDATA[") ? !skip_to(w, "]]>")
                   : starts(w->at, "<!")      ? !skip_to(w, ">")
                   : w->at[1] == '/'          ? !read_close(w)
                                              : !read_open(w))
            return false;
    }
    return w->depth == 0 || complain(w, "something is not closed");
}

static bool references_are_there(const walker *w)
{
    for (int i = 0; i < w->n_references; i++) {
        int k = 0;
        while (k < w->n_ids && strcmp(w->id[k], w->reference[i]) != 0) k++;
        if (k == w->n_ids) {
            snprintf(fault, sizeof fault, "nothing has the id \"%s\"", w->reference[i]);
            return false;
        }
    }
    return true;
}

static walker *walker_make(const char *page, const char *name, const char *attribute)
{
    walker *w = calloc(1, sizeof *w);
    if (!w) abort();
    w->page = w->at = page, w->name = name, w->attribute = attribute;
    *fault = 0;
    return w;
}

const char *markup_fault(const char *page)
{
    walker *w = walker_make(page, NULL, NULL);
    if (walk(w)) references_are_there(w);
    free(w);
    return *fault ? fault : NULL;
}

int markup_count(const char *page, const char *name, const char *attribute)
{
    walker *w = walker_make(page, name, attribute);
    walk(w);
    const int n = w->count;
    free(w);
    return n;
}
