/* SPDX-License-Identifier: MIT */
#include "scan/mention.h"

#include <string.h>

/* As what the mention at [at, at + len) of the line counts. */
static enum mention_field field_of(const struct outline_lang *lang,
				   const struct outline_line *outline, const char *line,
				   size_t line_len, const struct word_found *found)
{
	switch (outline->kind) {
	case OUTLINE_DEFINITION:
		if (found->at >= outline->name_at &&
		    found->at < outline->name_at + outline->name_len)
			return MENTION_DEFINITION;
		break;
	case OUTLINE_IMPORT:
		return MENTION_IMPORT;
	case OUTLINE_COMMENT:
		return MENTION_COMMENT;
	case OUTLINE_PROSE:
		return MENTION_BODY;
	case OUTLINE_BODY:
		break;
	}
	return lang && found->at >= outline_comment_at(lang, line, line_len) ? MENTION_COMMENT
									     : MENTION_BODY;
}

bool mention_find(const struct words *words, struct words_state *state,
		  const struct outline_lang *lang, const char *line, size_t len,
		  enum mention_field *ret_field)
{
	static const uint8_t strength[MENTION_FIELDS] = { [MENTION_DEFINITION] = 3,
							  [MENTION_IMPORT] = 2,
							  [MENTION_BODY] = 1,
							  [MENTION_COMMENT] = 0 };
	struct outline_line outline = { .kind = OUTLINE_BODY };
	struct word_found found;

	if (len > OUTLINE_LINE_MAX)
		len = OUTLINE_LINE_MAX;
	if (!words_find(words, state, line, len, 0, &found))
		return false;
	if (lang)
		outline_line(lang, line, len, &outline);
	*ret_field = field_of(lang, &outline, line, len, &found);
	while (outline.kind == OUTLINE_DEFINITION && *ret_field != MENTION_DEFINITION &&
	       words_find(words, state, line, len, found.at + found.len, &found)) {
		enum mention_field field = field_of(lang, &outline, line, len, &found);

		if (strength[field] > strength[*ret_field])
			*ret_field = field;
	}
	return true;
}

void mention_write(const struct mention *mention, uint64_t bytes, struct buf *out)
{
	uint32_t n = mention->n_lines < MENTION_SHOWN_MAX ? mention->n_lines : MENTION_SHOWN_MAX;

	for (unsigned i = 0; i < MENTION_FIELDS; i++) {
		if (i)
			buf_add_char(out, ',');
		buf_add_uint(out, mention->fields[i]);
	}
	buf_add_char(out, ':');
	buf_add_uint(out, bytes);
	for (uint32_t i = 0; i < n; i++) {
		buf_add_char(out, i ? ',' : ':');
		buf_add_uint(out, mention->lines[i]);
	}
}

/* Digits at *at; false if there are none or they are too many. */
static bool read_uint(const char *text, size_t len, size_t *at, uint64_t *ret)
{
	size_t from = *at;

	for (*ret = 0; *at < len && text[*at] >= '0' && text[*at] <= '9'; ++*at) {
		if (*at - from >= 18)
			return false;
		*ret = *ret * 10 + (uint64_t)(text[*at] - '0');
	}
	return *at > from;
}

/* Numbers with commas between them; how many, or 0 if something else stands there. */
static size_t read_list(const char *text, size_t len, size_t *at, uint32_t *into, size_t max)
{
	uint64_t n;
	size_t count = 0;

	while (count < max && read_uint(text, len, at, &n)) {
		into[count++] = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
		if (*at >= len || text[*at] != ',')
			return count;
		++*at;
	}
	return 0;
}

bool mention_read(const char *line, size_t len, size_t *ret_path_len, struct mention *ret_mention,
		  uint64_t *ret_bytes)
{
	size_t colons = 0, at = len;

	/* A path may have colons: counted from the end. */
	while (at > 0 && colons < 3) {
		if (line[--at] == ':')
			colons++;
	}
	if (colons < 3 || at == 0)
		return false;
	*ret_path_len = at++;
	if (read_list(line, len, &at, ret_mention->fields, MENTION_FIELDS) != MENTION_FIELDS ||
	    at >= len || line[at++] != ':' || !read_uint(line, len, &at, ret_bytes) || at >= len ||
	    line[at++] != ':')
		return false;
	ret_mention->n_lines =
		(uint32_t)read_list(line, len, &at, ret_mention->lines, MENTION_SHOWN_MAX);
	return ret_mention->n_lines > 0 && at == len;
}
