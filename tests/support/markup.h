// SPDX-License-Identifier: Apache-2.0
// markup.h — a strict reader of a page that is both HTML and XML: every tag is closed, every
// attribute quoted, every "&" an entity; no id twice; what refers to an id finds it.
#ifndef DISCERN_TESTS_MARKUP_H
#define DISCERN_TESTS_MARKUP_H

#include <stdbool.h>

// The first fault with its line, or NULL. The text stays as it is.
const char *markup_fault(const char *page);
// How many elements of a name there are; with `attribute` not NULL, those that have it.
int markup_count(const char *page, const char *name, const char *attribute);

#endif
