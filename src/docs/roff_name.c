/* SPDX-License-Identifier: MIT */
#include "docs/roff_name.h"

#include "base/attr.h"

#include <string.h>

enum { DESCRIPTION_MAX = 400 };

/* Where " - " stands in the NAME section; its length in *ret_len. */
static const char *find_dash(const char *at, const char *end, size_t *ret_len)
{
	static const char *const dashes[] = { " - ", " – ", " — ", " -- " };

	for (const char *c = at; c < end; c++)
		for (size_t i = 0; i < countof(dashes); i++)
			if (*c == ' ' && (size_t)(end - c) >= strlen(dashes[i]) &&
			    memcmp(c, dashes[i], strlen(dashes[i])) == 0) {
				*ret_len = strlen(dashes[i]);
				return c;
			}
	return NULL;
}

/* One line of at most max bytes. */
static void add_flat(struct buf *out, const char *at, const char *end, size_t max)
{
	size_t n = 0;

	for (; at < end && n < max; at++) {
		bool is_space = *at == ' ' || *at == '\n' || *at == '\t';

		if (is_space && (out->len == 0 || out->data[out->len - 1] == ' '))
			continue;
		if ((*at & 0xc0) != 0x80 && n + 4 > max)
			return;
		buf_add_char(out, *at);
		if (is_space && out->data)
			out->data[out->len - 1] = ' ';
		n++;
	}
}

void roff_name(const struct roff_called *called, struct buf *title, struct buf *names)
{
	const char *dot = strrchr(called->file_name, '.');
	size_t name_len = dot ? (size_t)(dot - called->file_name) : strlen(called->file_name);
	size_t dash_len = 0;
	const char *dash, *blank;

	/* The file's name is how it is asked for; titles are often in capitals. */
	buf_add(title, called->file_name, name_len);
	if (dot || called->section[0])
		buf_printf(title, "(%s)", dot ? dot + 1 : called->section);
	dash = called->at ? find_dash(called->at, called->end, &dash_len) : NULL;
	if (!dash)
		return;
	blank = memmem(dash, (size_t)(called->end - dash), "\n\n", 2);
	buf_add_str(title, " - ");
	add_flat(title, dash + dash_len, blank ? blank : called->end, DESCRIPTION_MAX);
	add_flat(names, called->at, dash, ROFF_NAMES_MAX);
	while (title->len > 0 && title->data[title->len - 1] == ' ')
		title->data[--title->len] = '\0';
}
