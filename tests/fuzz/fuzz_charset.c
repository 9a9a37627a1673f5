/* SPDX-License-Identifier: MIT */
/* Any bytes in any encoding: what comes out is UTF-8 and within its bound. The first line is the
 * label that was said; empty: none. */
#include "net/charset.h"

#include "base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *line = memchr(text, '\n', size);
	size_t label_len = line ? (size_t)(line - text) : 0, from = line ? label_len + 1 : 0;
	char *label = strndup(text, label_len);
	struct buf out = { .max = size % 7 ? (size_t)1 << 20 : size / 2 };
	const char *name = NULL;
	char room[20];

	if (!label ||
	    charset_to_utf8(text + from, size - from, label_len ? label : NULL, &out, &name))
		abort();
	if (!name || out.len > out.max || !utf8_is_valid(out.data, out.len))
		abort();
	if (charset_of_type(label, room, sizeof(room)) && (!room[0] || strchr(room, 'A')))
		abort();
	buf_release(&out);
	free(label);
	return 0;
}
