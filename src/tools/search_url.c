/* SPDX-License-Identifier: MIT */
/* URLs of pages, taken apart and compared. */
#include "tools/search_url.h"

#include "base/attr.h"

#include <string.h>
#include <strings.h>

static const char upper_hex[] = "0123456789ABCDEF";

static bool is_letter_or_digit(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_unreserved(unsigned char c)
{
	return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = to_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_host(struct search_slice host)
{
	if (host.len > 2 && host.at[0] == '[') {
		for (size_t i = 1; i < host.len - 1; i++)
			if (hex_value(host.at[i]) < 0 && host.at[i] != ':' && host.at[i] != '.')
				return false;
		return host.at[host.len - 1] == ']';
	}
	for (size_t i = 0; i < host.len; i++) {
		unsigned char c = (unsigned char)host.at[i];

		if (!is_letter_or_digit(c) && c != '-' && c != '.' && c != '_' && c < 0x80)
			return false;
		if (c == '.' && (i == 0 || i == host.len - 1 || host.at[i - 1] == '.'))
			return false;
	}
	return host.len > 0;
}

static bool is_port(struct search_slice port)
{
	unsigned n = 0;

	for (size_t i = 0; i < port.len; i++) {
		if (port.at[i] < '0' || port.at[i] > '9')
			return false;
		n = n * 10 + (unsigned)(port.at[i] - '0');
		if (n > 65535)
			return false;
	}
	return true;
}

static bool split_authority(const char *at, size_t len, struct search_url *url)
{
	const char *user_end = memrchr(at, '@', len), *colon;

	if (memchr(at, '\\', len)) /* browsers take it for a slash */
		return false;
	if (user_end) {
		len -= (size_t)(user_end + 1 - at);
		at = user_end + 1;
	}
	url->host = (struct search_slice){ at, len };
	colon = memrchr(at, ':', len);
	if (colon && !memchr(colon, ']', len - (size_t)(colon - at))) {
		url->host.len = (size_t)(colon - at);
		url->port = (struct search_slice){ colon + 1, len - url->host.len - 1 };
	}
	if (url->host.len > 1 && url->host.at[url->host.len - 1] == '.')
		url->host.len--;
	return is_host(url->host) && is_port(url->port);
}

bool search_url_split(const char *text, struct search_url *ret_url)
{
	struct search_url url = { 0 };
	size_t len = strnlen(text, SEARCH_URL_MAX + 1), n;

	if (len > SEARCH_URL_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
			return false;
	if (strncasecmp(text, "https://", 8) == 0) {
		url.is_https = true;
		text += 8;
	} else if (strncasecmp(text, "http://", 7) == 0) {
		text += 7;
	} else {
		return false;
	}
	n = strcspn(text, "/?#");
	if (!split_authority(text, n, &url))
		return false;
	text += n;
	n = strcspn(text, "?#");
	url.path = (struct search_slice){ text, n };
	text += n;
	if (*text == '?')
		url.query = (struct search_slice){ text + 1, strcspn(text + 1, "#") };
	*ret_url = url;
	return true;
}

/* Labels of a host from one dot to the next: how many there are. */
static size_t count_labels(struct search_slice host)
{
	size_t n = 1;

	for (size_t i = 0; i < host.len; i++)
		n += host.at[i] == '.';
	return n;
}

static bool has_label(struct search_slice host, const char *label)
{
	size_t len = strlen(label);

	return host.len > len && host.at[len] == '.' && strncasecmp(host.at, label, len) == 0;
}

/* "www.example.org", "m.example.org" and "en.m.wikipedia.org", but not "m.com". */
static void write_host(struct buf *out, struct search_slice host)
{
	static const char *const faces[] = { "www", "m", "amp" };
	size_t n_labels = count_labels(host), first;

	for (size_t i = 0; i < countof(faces) && n_labels > 2; i++) {
		if (has_label(host, faces[i])) {
			host.at += strlen(faces[i]) + 1;
			host.len -= strlen(faces[i]) + 1;
			n_labels--;
		}
	}
	first = n_labels > 3 ? strcspn(host.at, ".") + 1 : 0;
	for (size_t i = 0; i < host.len; i++) {
		if (i == first && first &&
		    has_label((struct search_slice){ host.at + first, host.len - first }, "m"))
			i += 2;
		buf_add_char(out, to_lower(host.at[i]));
	}
}

/* One byte of a path or query; a sequence that need not be encoded is not. */
static size_t write_byte(struct buf *out, const char *at, size_t len)
{
	unsigned char c = (unsigned char)*at;
	size_t n = 1;

	if (c == '%' && len > 2 && hex_value(at[1]) >= 0 && hex_value(at[2]) >= 0) {
		c = (unsigned char)(hex_value(at[1]) << 4 | hex_value(at[2]));
		n = 3;
	}
	if (is_unreserved(c) || (n == 1 && c < 0x80)) {
		buf_add_char(out, (char)c);
	} else {
		buf_add_char(out, '%');
		buf_add_char(out, upper_hex[c >> 4]);
		buf_add_char(out, upper_hex[c & 15]);
	}
	return n;
}

/* The text that stands for a segment of a path once dots are decoded. */
static bool is_dots(const char *segment, size_t len, size_t n_dots)
{
	return len == n_dots && strspn(segment, ".") >= n_dots;
}

/* RFC 3986, 5.2.4, in place: out->data from start on is the path. */
static void remove_dots(struct buf *out, size_t start)
{
	size_t to = start;

	for (size_t at = start; at < out->len;) {
		size_t len = strcspn(out->data + at + 1, "/"), next = at + 1 + len;

		if (is_dots(out->data + at + 1, len, 2)) {
			while (to > start && out->data[--to] != '/')
				;
		} else if (!is_dots(out->data + at + 1, len, 1)) {
			memmove(out->data + to, out->data + at, len + 1);
			to += len + 1;
		}
		at = next;
	}
	out->len = to;
	out->data[to] = '\0';
}

static bool drop_end(struct buf *out, size_t start, const char *end)
{
	size_t len = strlen(end);

	if (out->len - start < len || strcasecmp(out->data + out->len - len, end) != 0)
		return false;
	out->len -= len;
	out->data[out->len] = '\0';
	return true;
}

static void write_path(struct buf *out, struct search_slice path)
{
	size_t start = out->len;

	for (size_t i = 0; i < path.len;)
		i += write_byte(out, path.at + i, path.len - i);
	if (buf_error(out) || out->len == start)
		return;
	remove_dots(out, start);
	while (drop_end(out, start, "/"))
		;
	if (drop_end(out, start, ".amp.html"))
		buf_add_str(out, ".html");
	else if (!drop_end(out, start, "/amp.html") && !drop_end(out, start, "/amp"))
		(void)drop_end(out, start, ".amp");
	while (drop_end(out, start, "/"))
		;
}

/* Says where a reader came from, or how the page is to be shown to one, not which page it is. */
static bool is_tracking(struct search_slice name)
{
	static const char *const names[] = {
		"gclid",       "gclsrc",     "gbraid",    "wbraid",        "dclid",   "fbclid",
		"msclkid",     "yclid",      "ysclid",    "twclid",        "ttclid",  "li_fat_id",
		"igshid",      "igsh",       "mc_cid",    "mc_eid",        "_hsenc",  "_hsmi",
		"__hssc",      "__hstc",     "__hsfp",    "hsctatracking", "mkt_tok", "vero_id",
		"oly_anon_id", "oly_enc_id", "_openstat", "wickedid",      "srsltid", "_ga",
		"_gl",         "ref_src",    "ref_url",   "s_cid",         "cmpid",   "spm",
		"amp",
	};

	if (name.len >= 4 && strncasecmp(name.at, "utm_", 4) == 0)
		return true;
	for (size_t i = 0; i < countof(names); i++)
		if (strlen(names[i]) == name.len && strncasecmp(name.at, names[i], name.len) == 0)
			return true;
	return false;
}

static bool is_amp_output(struct search_slice item)
{
	static const char text[] = "outputType=amp";

	return item.len == strlen(text) && strncasecmp(item.at, text, item.len) == 0;
}

static void write_query(struct buf *out, struct search_slice query)
{
	char before = '?';

	for (size_t at = 0; at < query.len;) {
		const char *end = memchr(query.at + at, '&', query.len - at);
		struct search_slice item = { query.at + at,
					     end ? (size_t)(end - query.at) - at : query.len - at };
		const char *equals = memchr(item.at, '=', item.len);
		struct search_slice name = { item.at,
					     equals ? (size_t)(equals - item.at) : item.len };

		at += item.len + 1;
		if (item.len == 0 || is_tracking(name) || is_amp_output(item))
			continue;
		buf_add_char(out, before);
		before = '&';
		for (size_t i = 0; i < item.len;)
			i += write_byte(out, item.at + i, item.len - i);
	}
}

const char *search_url_identity(const char *text, struct arena *arena)
{
	CLEANUP(buf) struct buf out;
	struct search_url url;
	const char *usual;

	buf_init(&out, 3 * SEARCH_URL_MAX + 1);
	if (!search_url_split(text, &url))
		return NULL;
	write_host(&out, url.host);
	usual = url.is_https ? "443" : "80";
	while (url.port.len > 1 && *url.port.at == '0') {
		url.port.at++;
		url.port.len--;
	}
	if (url.port.len &&
	    !(url.port.len == strlen(usual) && memcmp(url.port.at, usual, url.port.len) == 0)) {
		buf_add_char(&out, ':');
		buf_add(&out, url.port.at, url.port.len);
	}
	write_path(&out, url.path);
	write_query(&out, url.query);
	if (buf_error(&out)) {
		arena->failed = true;
		return NULL;
	}
	return arena_memdup0(arena, out.data, out.len);
}

void search_url_encode(struct buf *out, const char *text, const char *kept)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (is_unreserved(c) || strchr(kept, c)) {
			buf_add_char(out, (char)c);
			continue;
		}
		buf_add_char(out, '%');
		buf_add_char(out, upper_hex[c >> 4]);
		buf_add_char(out, upper_hex[c & 15]);
	}
}
