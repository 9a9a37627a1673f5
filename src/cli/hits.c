/* SPDX-License-Identifier: MIT */
#include "cli/hits.h"

#include "base/utf8.h"

#include <string.h>

static const char ELLIPSIS[] = "…";

enum { ELLIPSIS_LEN = sizeof(ELLIPSIS) - 1 };

/* One character of the inside of a JSON string: half an escape is none. */
static size_t character_at(const char *at, size_t len)
{
	size_t n;

	if (*at == '\\')
		n = len > 1 && at[1] == 'u' ? 6 : 2;
	else
		n = utf8_sequence((const unsigned char *)at, len);
	return n && n <= len ? n : 1;
}

static size_t fit(const char *text, size_t len, size_t max)
{
	size_t at = 0;

	while (at < len) {
		size_t n = character_at(text + at, len - at);

		if (n > max - at)
			break;
		at += n;
	}
	return at;
}

/* Where the inside of the passage is. A string holds no quote that is not escaped, so the key is
 * not found in the middle of one. */
static size_t find_passage(const char *line, size_t len, size_t *ret_len)
{
	static const char key[] = "\"passage\":\"";
	const char *at = memmem(line, len, key, sizeof(key) - 1);
	size_t from, to;

	*ret_len = 0;
	if (!at)
		return 0;
	from = to = (size_t)(at - line) + sizeof(key) - 1;
	while (to < len && line[to] != '"')
		to += character_at(line + to, len - to);
	*ret_len = to - from;
	return from;
}

/* room: for the line with the comma before it. */
static void cut_line(const char *line, size_t len, size_t room, struct hits *hits)
{
	size_t passage_len, from = find_passage(line, len, &passage_len), kept;
	size_t rest = len - passage_len + ELLIPSIS_LEN + 1;

	if (!passage_len || rest > room)
		return;
	kept = fit(line + from, passage_len, room - rest);
	hits->part = from + kept;
	hits->skip = passage_len - kept;
	hits->bytes += len - hits->skip;
	hits->n_shown++;
}

struct hits hits_cut(const struct slice *body, size_t limit)
{
	struct hits hits = { 0 };
	const char *at = body->data, *body_end = at + body->len, *end;
	bool is_cut = false;

	/* What is no whole line is no object. */
	for (; at < body_end && (end = memchr(at, '\n', (size_t)(body_end - at))); at = end + 1) {
		size_t len = (size_t)(end - at);

		hits.n++;
		if (is_cut)
			continue;
		if (len + 1 > limit - hits.whole) {
			cut_line(at, len, limit - hits.whole, &hits);
			is_cut = true;
			continue;
		}
		hits.whole += len + 1;
		hits.bytes = hits.whole;
		hits.n_shown++;
	}
	return hits;
}

void hits_write(const struct slice *body, const struct hits *hits, struct json_write *json)
{
	const char *at = body->data, *whole_end = at + hits->whole, *end;

	json_begin_array(json);
	for (; at < whole_end && (end = memchr(at, '\n', (size_t)(whole_end - at))); at = end + 1)
		json_raw(json, at, (size_t)(end - at));
	if (hits->part) {
		const char *rest = at + hits->part + hits->skip;

		end = memchr(rest, '\n', (size_t)(body->data + body->len - rest));
		json_raw(json, at, hits->part);
		buf_add(json->buf, ELLIPSIS, ELLIPSIS_LEN);
		buf_add(json->buf, rest, (size_t)(end - rest));
	}
	json_end_array(json);
}
