/* SPDX-License-Identifier: MIT */
#include "graph/page.h"

#include "base/str.h"
#include "base/utf8.h"
#include "model/value.h"
#include "plan/syntax.h"
#include "tools/search_url.h"

#include <ctype.h>

/* Labels under which domains are registered one level further down, as "co" in co.uk. */
static const char *const second_levels[] = { "ac", "co",  "com", "edu", "go",  "gob", "gov", "gv",
					     "ne", "net", "nhs", "or",  "org", "plc", "sch" };
/* Hosts of many authors: each name below them is one's own. */
static const char *const shared_hosts[] = {
	"blogspot.com",   "github.io",  "gitlab.io",     "netlify.app",  "pages.dev",
	"readthedocs.io", "vercel.app", "wordpress.com", "substack.com", "readthedocs-hosted.com",
};

static bool is_control(const unsigned char *at, size_t len)
{
	/* C1 in UTF-8, and the marks that turn the direction of text. */
	if (len > 1 && at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)
		return true;
	if (len > 2 && at[0] == 0xe2 && at[1] == 0x80 && at[2] >= 0xaa && at[2] <= 0xae)
		return true;
	if (len > 2 && at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9)
		return true;
	return at[0] == 0x7f || (at[0] < 0x20 && at[0] != '\n' && at[0] != '\t');
}

char *page_text(const char *text, size_t len, struct arena *arena, size_t *ret_len)
{
	char *out = arena_alloc(arena, len + 1);
	size_t n = 0;

	for (size_t i = 0; out && i < len;) {
		const unsigned char *at = (const unsigned char *)text + i;
		size_t size = utf8_sequence(at, len - i);

		if (size && !is_control(at, len - i)) {
			memcpy(out + n, at, size);
			n += size;
		}
		i += size ? size : 1;
	}
	*ret_len = n;
	return out;
}

const char *page_line(const char *text, size_t len, size_t max, struct arena *arena)
{
	size_t n = 0, from = 0;
	char *out = page_text(text, len, arena, &len);

	for (; out && from < len; from++) {
		bool is_blank = isspace((unsigned char)out[from]);

		if (!is_blank)
			out[n++] = out[from];
		else if (n && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	if (!out)
		return NULL;
	n = utf8_fit(out, n, max);
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = 0;
	return out;
}

void page_write_md(const char *text, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len;) {
		const unsigned char *at = (const unsigned char *)text + i;
		size_t size = utf8_sequence(at, len - i);

		if (!size || is_control(at, len - i) || *at == '\n' || *at == '\t') {
			buf_add_char(out, ' ');
		} else {
			if (strchr("\\`*[]<", *at))
				buf_add_char(out, '\\');
			buf_add(out, at, size);
		}
		i += size ? size : 1;
	}
}

static const char *line_of(const struct value *map, const char *key, size_t max,
			   struct arena *arena)
{
	const struct value *value = value_find(map, key);

	if (!value || value->type != VALUE_STR)
		return "";
	return page_line(value->str, value->len, max, arena);
}

/* Lines of a passage stay: code is code. */
static const char *passage_of(const struct value *map, struct arena *arena)
{
	const struct value *value = value_find(map, "passage");
	size_t len;

	if (!value || value->type != VALUE_STR)
		return "";
	return page_text(value->str, value->len, arena, &len);
}

static void read_by(const struct value *map, struct arena *arena, struct page_hit *hit)
{
	enum { NAME_MAX_BYTES = 40 };
	const struct value *by = value_find(map, "by");

	for (size_t i = 0; by && by->type == VALUE_LIST && i < by->n_items; i++) {
		const struct value *item = &by->items[i];
		const char *name;

		if (item->type != VALUE_STR || hit->n_by == PAGE_BY_MAX)
			continue;
		name = page_line(item->str, item->len, NAME_MAX_BYTES, arena);
		if (name && *name)
			hit->by[hit->n_by++] = name;
	}
}

bool page_read_hit(const char *line, size_t len, struct arena *arena, struct page_hit *ret_hit)
{
	const struct syntax_text text = { line, len, 1 };
	const struct value *url, *published;
	struct problem problem;
	struct value map;

	if (!len || len > PAGE_LINE_MAX || syntax_read_json(&text, arena, &map, &problem) < 0 ||
	    map.type != VALUE_MAP)
		return false;
	url = value_find(&map, "url");
	published = value_find(&map, "published");
	if (!url || url->type != VALUE_STR || !url->len || url->len > PAGE_URL_MAX)
		return false;
	*ret_hit = (struct page_hit){ .url = page_line(url->str, url->len, PAGE_URL_MAX, arena),
				      .title = line_of(&map, "title", PAGE_TITLE_MAX, arena),
				      .passage = passage_of(&map, arena) };
	if (published && published->type == VALUE_INT)
		ret_hit->published_s = published->integer;
	read_by(&map, arena, ret_hit);
	return ret_hit->url && *ret_hit->url && ret_hit->title && ret_hit->passage;
}

const char *page_identity(const char *url, struct arena *arena)
{
	const char *identity = search_url_identity(url, arena);

	if (identity)
		return arena_printf(arena, "https://%s", identity);
	return arena_failed(arena) ? NULL : arena_memdup0(arena, url, strcspn(url, "#"));
}

static bool is_listed(const char *const *list, size_t n, const char *text, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(list[i]) == len && memcmp(list[i], text, len) == 0)
			return true;
	}
	return false;
}

/* Where in host[0..end) the label that ends there begins. */
static size_t label_start(const char *host, size_t end)
{
	while (end && host[end - 1] != '.')
		end--;
	return end;
}

static const char *site_of_host(const char *host, size_t len, struct arena *arena)
{
	size_t last = label_start(host, len), second, third;

	if (!last || (len && host[len - 1] == ']') || isdigit((unsigned char)host[len - 1]))
		return arena_memdup0(arena, host, len); /* one label, or an address */
	second = label_start(host, last - 1);
	third = second ? label_start(host, second - 1) : 0;
	if (second && ((len - last == 2 && is_listed(second_levels, countof(second_levels),
						     host + second, last - 1 - second)) ||
		       is_listed(shared_hosts, countof(shared_hosts), host + second, len - second)))
		return arena_memdup0(arena, host + third, len - third);
	return arena_memdup0(arena, host + second, len - second);
}

const char *page_site(const char *identity, struct arena *arena)
{
	const char *host = strstr(identity, "://");
	size_t len;

	if (!host || !host[3] || host[3] == '/')
		return arena_memdup0(arena, identity, strcspn(identity, ":"));
	host += 3;
	len = strcspn(host, "/?#");
	if (*host != '[' && memchr(host, ':', len))
		len = (size_t)((const char *)memchr(host, ':', len) - host);
	return site_of_host(host, len, arena);
}
