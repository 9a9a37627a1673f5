/* SPDX-License-Identifier: MIT */
#include "net/headers.h"

#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

void headers_init(struct headers *headers)
{
	*headers = (struct headers){ 0 };
	buf_init(&headers->text, HEADERS_BYTES_MAX);
}

void headers_release(struct headers *headers)
{
	buf_release(&headers->text);
}

void headers_clear(struct headers *headers)
{
	buf_clear(&headers->text);
	headers->n = headers->n_bytes = headers->n_lines = 0;
	headers->status = 0;
	headers->is_whole = false;
}

static bool is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("!#$%&'*+-.^_`|~", text[i]))
			return false;
	}
	return len > 0;
}

static void trim(const char **text, size_t *len)
{
	while (*len && (**text == ' ' || **text == '\t')) {
		(*text)++;
		(*len)--;
	}
	while (*len && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t'))
		(*len)--;
}

static int result_of(const struct headers *headers)
{
	int r = buf_error(&headers->text);

	return r == -EFBIG ? -EMSGSIZE : r;
}

static int add(struct headers *headers, const char *name, size_t name_len, const char *value,
	       size_t len)
{
	size_t start = headers->text.len;

	buf_add(&headers->text, name, name_len);
	buf_add_char(&headers->text, '\0');
	buf_add(&headers->text, value, len);
	buf_add_char(&headers->text, '\0');
	if (buf_error(&headers->text))
		return result_of(headers);
	for (size_t i = start; i < start + name_len; i++)
		headers->text.data[i] = (char)tolower((unsigned char)headers->text.data[i]);
	headers->n++;
	return 0;
}

/* A value that goes on in the next line (obsolete, but met). */
static int add_fold(struct headers *headers, const char *text, size_t len)
{
	trim(&text, &len);
	if (headers->n == 0 || len == 0)
		return 0;
	headers->text.data[headers->text.len - 1] = ' ';
	buf_add(&headers->text, text, len);
	buf_add_char(&headers->text, '\0');
	return result_of(headers);
}

static void start_answer(struct headers *headers, const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);

	buf_clear(&headers->text);
	headers->n = 0;
	headers->status = 0;
	headers->is_whole = false;
	for (const char *at = space; at && ++at < line + len && isdigit((unsigned char)*at);)
		if (headers->status < 1000)
			headers->status = headers->status * 10 + (*at - '0');
}

int headers_add_line(struct headers *headers, const char *line, size_t len)
{
	const char *colon;
	size_t value_len;

	headers->n_bytes += len;
	headers->n_lines++;
	if (headers->n_bytes > HEADERS_BYTES_MAX || headers->n_lines > HEADERS_MAX)
		return -EMSGSIZE;
	while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		start_answer(headers, line, len);
		return 0;
	}
	if (headers->is_whole || memchr(line, '\0', len))
		return 0; /* a trailer: nothing that decides may come after the body */
	if (len == 0) {
		headers->is_whole = true;
		return 0;
	}
	if (*line == ' ' || *line == '\t')
		return add_fold(headers, line, len);
	colon = memchr(line, ':', len);
	if (!colon || !is_token(line, (size_t)(colon - line)))
		return 0;
	value_len = len - (size_t)(colon - line) - 1;
	len = (size_t)(colon++ - line);
	trim(&colon, &value_len);
	return add(headers, line, len, colon, value_len);
}

static bool is_about_body(const char *name)
{
	static const char *const names[] = { "content-encoding", "content-length", "content-range",
					     "content-type" };

	for (size_t i = 0; i < countof(names); i++) {
		if (str_equal(name, names[i]))
			return true;
	}
	return false;
}

/* All of from whose names other has not; other: NULL = all that do not tell of a body. */
static int add_others(struct headers *headers, const struct headers *from,
		      const struct headers *other)
{
	const char *name = from->text.data;
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->n; i++) {
		const char *value = name + strlen(name) + 1;
		bool is_taken =
			is_about_body(name) ? other != NULL : !other || !headers_find(other, name);

		if (is_taken)
			r = add(headers, name, strlen(name), value, strlen(value));
		name = value + strlen(value) + 1;
	}
	return r;
}

int headers_update(struct headers *headers, const struct headers *newer)
{
	struct headers made;
	int r;

	headers_init(&made);
	made.status = headers->status;
	made.is_whole = true;
	r = add_others(&made, headers, newer);
	if (r == 0)
		r = add_others(&made, newer, NULL);
	if (r < 0) {
		headers_release(&made);
		return r;
	}
	headers_release(headers);
	*headers = made;
	return 0;
}

int headers_load(struct headers *headers, const char *text, size_t len, size_t n)
{
	const char *at = text, *end = text + len;

	if (len > HEADERS_BYTES_MAX || n > HEADERS_MAX || (len > 0 && end[-1] != '\0'))
		return -EBADMSG;
	for (size_t i = 0; i < n; i++) {
		if (at == end || !is_token(at, strlen(at)))
			return -EBADMSG;
		at += strlen(at) + 1;
		if (at == end)
			return -EBADMSG;
		at += strlen(at) + 1;
	}
	if (at != end)
		return -EBADMSG;
	buf_add(&headers->text, text, len);
	headers->n = n;
	headers->is_whole = true;
	return result_of(headers);
}

const char *headers_next(const struct headers *headers, const char *name, const char *after)
{
	const char *at, *end;

	if (headers->n == 0)
		return NULL;
	at = after ? after + strlen(after) + 1 : headers->text.data;
	end = headers->text.data + headers->text.len;
	while (at < end) {
		const char *value = at + strlen(at) + 1;

		if (str_equal(at, name))
			return value;
		at = value + strlen(value) + 1;
	}
	return NULL;
}

int headers_give(const struct headers *headers, struct transfer_outcome *outcome)
{
	size_t table = headers->n * sizeof(struct transfer_header);
	struct transfer_header *given;
	char *at;

	if (headers->n == 0)
		return 0;
	given = malloc(table + headers->text.len);
	if (!given)
		return -ENOMEM;
	at = (char *)given + table;
	memcpy(at, headers->text.data, headers->text.len);
	for (size_t i = 0; i < headers->n; i++) {
		given[i].name = at;
		at += strlen(at) + 1;
		given[i].value = at;
		at += strlen(at) + 1;
	}
	outcome->headers = given;
	outcome->n_headers = headers->n;
	return 0;
}
