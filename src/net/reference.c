/* SPDX-License-Identifier: MIT */
/* Relative references as in RFC 3986: split by the rules of its appendix B, resolved by those of
 * 5.2.2, dot segments removed by 5.2.4. */
#include "net/reference.h"

#include <string.h>

struct piece {
	const char *at; /* NULL: there is none, which differs from an empty one */
	size_t len;
};

struct parts {
	struct piece scheme, authority, path, query, fragment;
};

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

size_t reference_scheme(const char *address, size_t len)
{
	size_t n = 0;

	if (!len || !is_alpha(address[0]))
		return 0;
	while (n < len && (is_alpha(address[n]) || (address[n] >= '0' && address[n] <= '9') ||
			   address[n] == '+' || address[n] == '-' || address[n] == '.'))
		n++;
	return n < len && address[n] == ':' ? n : 0;
}

/* Up to one of the characters that end it. */
static struct piece take(const char **at, const char *end, const char *ends)
{
	const char *from = *at;

	while (*at < end && !strchr(ends, **at))
		++*at;
	return (struct piece){ from, (size_t)(*at - from) };
}

static struct parts split(const char *at, size_t len)
{
	const char *end = at + len;
	size_t scheme = reference_scheme(at, len);
	struct parts parts = { 0 };

	if (scheme) {
		parts.scheme = (struct piece){ at, scheme };
		at += scheme + 1;
	}
	if (end - at >= 2 && at[0] == '/' && at[1] == '/') {
		at += 2;
		parts.authority = take(&at, end, "/?#");
	}
	parts.path = take(&at, end, "?#");
	if (at < end && *at == '?') {
		at++;
		parts.query = take(&at, end, "#");
	}
	if (at < end) {
		at++;
		parts.fragment = (struct piece){ at, (size_t)(end - at) };
	}
	return parts;
}

/* In place: the text at path[0..len) without its dot segments; returns what is left of len. */
static size_t remove_dots(char *path, size_t len)
{
	size_t in = 0, n = 0;

	while (in < len) {
		size_t segment = in + (path[in] == '/'), end = segment;
		bool is_one, is_two;

		while (end < len && path[end] != '/')
			end++;
		is_one = end - segment == 1 && path[segment] == '.';
		is_two = end - segment == 2 && path[segment] == '.' && path[segment + 1] == '.';
		if (is_one || is_two) {
			if (is_two && segment > in) {
				while (n && path[n - 1] != '/')
					n--;
				n -= n > 0;
			}
			if (segment > in && end == len)
				path[n++] = '/'; /* the last one leaves its slash */
			in = segment == in && end < len ? end + 1 : end;
			continue;
		}
		memmove(path + n, path + in, end - in);
		n += end - in;
		in = end;
	}
	return n;
}

static void add_piece(struct buf *out, const char *before, struct piece piece, const char *after)
{
	if (!piece.at)
		return;
	buf_add_str(out, before);
	buf_add(out, piece.at, piece.len);
	buf_add_str(out, after);
}

/* The path of the reference behind that of the base up to its last slash (5.2.3). */
static void merge(const struct parts *base, struct piece path, struct buf *out)
{
	size_t keep = base->path.len;

	while (keep && base->path.at[keep - 1] != '/')
		keep--;
	if (base->authority.at && !base->path.len)
		buf_add_char(out, '/');
	buf_add(out, base->path.at, keep);
	buf_add(out, path.at, path.len);
}

static void resolve(const struct parts *base, const struct parts *ref, struct buf *out)
{
	bool has_own = ref->scheme.at || ref->authority.at;
	bool is_same = !has_own && !ref->path.len;
	size_t from;

	add_piece(out, "", ref->scheme.at ? ref->scheme : base->scheme, ":");
	add_piece(out, "//", has_own ? ref->authority : base->authority, "");
	from = out->len;
	if (is_same)
		buf_add(out, base->path.at, base->path.len);
	else if (has_own || ref->path.at[0] == '/')
		buf_add(out, ref->path.at, ref->path.len);
	else
		merge(base, ref->path, out);
	if (!is_same && !buf_error(out)) {
		out->len = from + remove_dots(out->data + from, out->len - from);
		out->data[out->len] = '\0';
	}
	add_piece(out, "?", is_same && !ref->query.at ? base->query : ref->query, "");
	add_piece(out, "#", ref->fragment, "");
}

/* Without the blanks around it and the tabs and line ends within; false: no address. */
static bool clean(const char *text, size_t len, char room[REFERENCE_MAX], size_t *ret_len)
{
	size_t n = 0;

	while (len && (unsigned char)text[0] <= ' ')
		text++, len--;
	while (len && (unsigned char)text[len - 1] <= ' ')
		len--;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\t' || c == '\n' || c == '\r')
			continue;
		if (c < ' ' || c == 0x7f || n == REFERENCE_MAX)
			return false;
		room[n++] = (char)c;
	}
	*ret_len = n;
	return true;
}

bool reference_resolve(const char *base, const char *reference, size_t len, struct buf *out)
{
	char room[REFERENCE_MAX];
	size_t base_len = base ? strlen(base) : 0;
	struct parts parts, base_parts;

	if (!clean(reference, len, room, &len))
		return false;
	if (base_len > REFERENCE_MAX || !reference_scheme(base ? base : "", base_len)) {
		buf_add(out, room, len);
		return true;
	}
	parts = split(room, len);
	base_parts = split(base, base_len);
	resolve(&base_parts, &parts, out);
	return true;
}
