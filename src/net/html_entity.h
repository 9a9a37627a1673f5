/* SPDX-License-Identifier: MIT */
#ifndef NET_HTML_ENTITY_H
#define NET_HTML_ENTITY_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum { HTML_ENTITY_UTF8_MAX = 8 };

/**
 * The character reference at the start of a text, which is '&', as UTF-8. Returns how many bytes of
 * the text it takes; 0: it is no reference, and stands for itself. Any thread.
 */
size_t html_entity_read(const char *at, size_t len, bool is_attribute,
			char utf8[HTML_ENTITY_UTF8_MAX], size_t *ret_len);

/** The value of an attribute, its references read. */
void html_entity_add_value(const char *value, size_t len, struct buf *out);

#endif
