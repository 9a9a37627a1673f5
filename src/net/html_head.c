/* SPDX-License-Identifier: MIT */
/* The title, address and dates of a page, from where pages say them: <meta> of a dozen customs,
 * <time>, JSON-LD, the last lines. */
#include "net/html_head.h"

#include "base/date.h"
#include "base/utf8.h"
#include "net/html.h"
#include "net/html_entity.h"
#include "net/html_tree.h"
#include "net/reference.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum {
	FIRST_S = 631152000, /* 1990 */
	AHEAD_S = 2 * 86400,
	TITLE_MAX = 500,
	FOOTER_TEXTS = 64,
	FOOTER_TEXT_MAX = 300,
	RANK_PUBDATE = 20, /* over those of the table */
	RANK_FOOTER = 30,
};

struct source {
	const char *name;
	unsigned rank;
	bool is_modified;
};

/* Names of <meta>, in property, name, itemprop and http-equiv; the first two are JSON-LD's too. */
static const struct source sources[] = {
	{ "datePublished", 2, false },
	{ "dateModified", 2, true },
	{ "article:published_time", 1, false },
	{ "article:modified_time", 1, true },
	{ "og:published_time", 3, false },
	{ "og:updated_time", 3, true },
	{ "citation_publication_date", 4, false },
	{ "citation_date", 5, false },
	{ "dcterms.issued", 6, false },
	{ "dcterms.created", 7, false },
	{ "dcterms.modified", 6, true },
	{ "dc.date.issued", 6, false },
	{ "dc.date.modified", 6, true },
	{ "dc.date", 8, false },
	{ "dcterms.date", 8, false },
	{ "date", 9, false },
	{ "pubdate", 9, false },
	{ "publish_date", 9, false },
	{ "parsely-pub-date", 9, false },
	{ "last-modified", 9, true },
	{ "lastmod", 9, true },
	{ "revised", 9, true },
};

enum { N_JSON = 2 };

/* Texts that have no year of four digits are ages, which mean nothing in a page that was kept. */
static bool has_year(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < 4; i++)
		n = text[i] >= '0' && text[i] <= '9' ? n + 1 : 0;
	return n == 4;
}

static bool read_date(const struct html_head *head, const char *text, size_t len, int64_t *ret_s)
{
	char room[DATE_TEXT_MAX];
	int64_t s;

	while (len && html_is_blank(text[0]))
		text++, len--;
	while (len && html_is_blank(text[len - 1]))
		len--;
	if (len >= sizeof(room) || !has_year(text, len))
		return false;
	for (size_t i = 0; i < len; i++) /* 2024/05/03 */
		room[i] = text[i] == '/' ? '-' : text[i];
	if (!date_parse(room, len, head->now_s, &s) || s < FIRST_S || s > head->now_s + AHEAD_S)
		return false;
	*ret_s = s;
	return true;
}

static bool offer_date(struct html_head *head, const struct source *source, const char *text,
		       size_t len)
{
	struct html_date *date = source->is_modified ? &head->modified : &head->published;
	int64_t s;

	if ((date->rank && date->rank <= source->rank) || !read_date(head, text, len, &s))
		return false;
	*date = (struct html_date){ s, source->rank };
	return true;
}

static void keep_first(struct html_slice *kept, const struct html_slice *value)
{
	if (value && value->len && !kept->len)
		*kept = *value;
}

static void add_meta(struct html_head *head, const struct html_token *token,
		     const struct html_slice *content)
{
	static const enum html_attr_name names[] = { ATTR_PROPERTY, ATTR_NAME, ATTR_ITEMPROP,
						     ATTR_HTTP_EQUIV };

	for (size_t i = 0; i < countof(names); i++) {
		const struct html_slice *name =
			html_attr_find(token->attrs, token->n_attrs, names[i]);

		if (!name)
			continue;
		if (html_slice_is(*name, "og:title"))
			keep_first(&head->og_title, content);
		else if (html_slice_is(*name, "og:url"))
			keep_first(&head->og_url, content);
		for (size_t j = 0; j < countof(sources); j++) {
			if (html_slice_is(*name, sources[j].name))
				(void)offer_date(head, &sources[j], content->at, content->len);
		}
	}
}

/* Whether one of the words of a value is this one. */
static bool has_word(const struct html_slice *value, const char *word)
{
	for (uint32_t i = 0; value && i < value->len;) {
		uint32_t from = i;

		while (i < value->len && !html_is_blank(value->at[i]))
			i++;
		if (html_slice_is((struct html_slice){ value->at + from, i - from }, word))
			return true;
		i++;
	}
	return false;
}

void html_head_add_tag(struct html_head *head, const struct html_token *token)
{
	const struct html_attr *attrs = token->attrs;
	const struct html_slice *value;

	if (token->tag == TAG_BASE) {
		keep_first(&head->base, html_attr_find(attrs, token->n_attrs, ATTR_HREF));
	} else if (token->tag == TAG_LINK) {
		if (has_word(html_attr_find(attrs, token->n_attrs, ATTR_REL), "canonical"))
			keep_first(&head->canonical,
				   html_attr_find(attrs, token->n_attrs, ATTR_HREF));
	} else if (token->tag == TAG_META) {
		value = html_attr_find(attrs, token->n_attrs, ATTR_CONTENT);
		if (value)
			add_meta(head, token, value);
	} else if ((value = html_attr_find(attrs, token->n_attrs, ATTR_DATETIME))) {
		const struct source plain = { "", RANK_PUBDATE, false };

		add_meta(head, token, value);
		if (html_attr_find(attrs, token->n_attrs, ATTR_PUBDATE))
			(void)offer_date(head, &plain, value->at, value->len);
	}
}

void html_head_add_title(struct html_head *head, struct html_slice text)
{
	keep_first(&head->title, &text);
}

/* A JSON string after its quote; false: it has no end. */
static bool take_string(const char **at, const char *end, struct html_slice *ret_text)
{
	const char *from = *at;

	while (*at < end && **at != '"')
		*at += **at == '\\' && end - *at > 1 ? 2 : 1;
	*ret_text = (struct html_slice){ from, (uint32_t)(*at - from) };
	if (*at == end)
		return false;
	++*at;
	return true;
}

static void skip_blanks(const char **at, const char *end)
{
	while (*at < end && html_is_blank(**at))
		++*at;
}

static bool is_word(struct html_slice text, const char *word)
{
	return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

/* A name and its value at the least depth count: deeper ones may be those of comments. */
static void add_json(struct html_head *head, const char *at, const char *end)
{
	unsigned best[N_JSON] = { UINT32_MAX, UINT32_MAX }, depth = 0;
	struct html_slice name, value;
	struct html_date *date, was;

	while (at < end) {
		char c = *at++;

		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && depth)
			depth--;
		if (c != '"')
			continue;
		if (!take_string(&at, end, &name))
			return;
		skip_blanks(&at, end);
		if (at == end || *at != ':')
			continue;
		at++;
		skip_blanks(&at, end);
		if (at == end || *at != '"')
			continue;
		at++;
		if (!take_string(&at, end, &value))
			return;
		for (unsigned i = 0; i < N_JSON; i++) {
			if (!is_word(name, sources[i].name) || depth >= best[i])
				continue;
			date = i ? &head->modified : &head->published;
			was = *date;
			if (best[i] != UINT32_MAX) /* what was found here makes way */
				*date = (struct html_date){ 0 };
			if (offer_date(head, &sources[i], value.at, value.len))
				best[i] = depth;
			else
				*date = was;
		}
	}
}

void html_head_add_script(struct html_head *head, const struct html_token *token,
			  struct html_slice text)
{
	const struct html_slice *type = html_attr_find(token->attrs, token->n_attrs, ATTR_TYPE);

	if (type && html_slice_is(*type, "application/ld+json"))
		add_json(head, text.at, text.at + text.len);
}

/* The longest row of words at the start of a text that is a date. */
static void add_footer_date(struct html_head *head, const char *at, const char *end)
{
	const struct source footer = { "", RANK_FOOTER, true };
	size_t len, ends[8], n = 0;

	while (at < end && (html_is_blank(*at) || *at == ':'))
		at++;
	if (end - at > 3 && strncasecmp(at, "on ", 3) == 0)
		at += 3;
	len = (size_t)(end - at) < DATE_TEXT_MAX ? (size_t)(end - at) : DATE_TEXT_MAX;
	for (size_t i = 1; i <= len && n < countof(ends); i++) {
		if (i == len || html_is_blank(at[i]))
			ends[n++] = i;
	}
	while (n--) {
		size_t part = ends[n];

		while (part && strchr(".,;)", at[part - 1]))
			part--;
		if (part && offer_date(head, &footer, at, part))
			return;
	}
}

void html_head_add_footer(struct html_head *head, const struct html_tree *tree)
{
	static const char *const phrases[] = { "last updated", "last modified", "last changed",
					       "last revised", "last reviewed" };
	size_t n_texts = 0;

	for (size_t i = tree->nodes.n; i-- > 1 && n_texts < FOOTER_TEXTS;) {
		const struct html_node *node = &tree->nodes.items[i];
		const char *end;

		if (node->tag != TAG_NONE || node->text.len < 20)
			continue;
		end = node->text.at + node->text.len;
		n_texts++;
		end = node->text.at + node->text.len;
		for (const char *at = node->text.at;
		     node->text.len <= FOOTER_TEXT_MAX && end - at > 20; at++) {
			for (size_t j = 0; (*at | 32) == 'l' && j < countof(phrases); j++) {
				size_t len = strlen(phrases[j]);

				if ((size_t)(end - at) > len &&
				    strncasecmp(at, phrases[j], len) == 0)
					add_footer_date(head, at + len, end);
			}
		}
	}
}

/* On one line, blanks run together. */
static void add_line(struct buf *text, struct buf *out)
{
	bool is_due = false;
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++) {
		bool is_hard = i + 1 < text->len && memcmp(text->data + i, "\xc2\xa0", 2) == 0;

		if ((unsigned char)text->data[i] <= ' ' || is_hard) {
			is_due = n > 0;
			i += is_hard;
			continue;
		}
		if (is_due)
			text->data[n++] = ' ';
		is_due = false;
		text->data[n++] = text->data[i];
	}
	buf_add(out, text->data, utf8_fit(text->data, n, TITLE_MAX));
	if (buf_error(text) == -ENOMEM)
		out->error = -ENOMEM;
}

static void add_title(struct html_slice value, struct buf *out)
{
	CLEANUP(buf) struct buf text = { .max = HTML_TEXT_MAX };

	html_entity_add_value(value.at, utf8_fit(value.at, value.len, 4 * TITLE_MAX), &text);
	add_line(&text, out);
}

static void add_address(struct html_slice value, const char *base, struct buf *out)
{
	CLEANUP(buf) struct buf address = { .max = REFERENCE_MAX };

	html_entity_add_value(value.at, value.len < REFERENCE_MAX ? value.len : 0, &address);
	if (address.len && reference_resolve(base, address.data, address.len, out) && out->len &&
	    !buf_error(out) && strncasecmp(out->data, "http://", 7) != 0 &&
	    strncasecmp(out->data, "https://", 8) != 0)
		buf_clear(out);
	if (buf_error(&address) == -ENOMEM)
		out->error = -ENOMEM;
}

/* The first heading's words; what is within the words of it is not looked for deeper. */
static void add_heading(const struct html_tree *tree, struct buf *out)
{
	for (size_t i = 1; i < tree->nodes.n; i++) {
		const struct html_node *node = &tree->nodes.items[i];
		bool is_in = false;

		if (node->tag != TAG_H1)
			continue;
		for (size_t j = i + 1; j < tree->nodes.n && out->len < TITLE_MAX; j++) {
			uint32_t up = tree->nodes.items[j].parent;

			while (up > i)
				up = tree->nodes.items[up].parent;
			is_in = up == i;
			if (!is_in)
				break;
			if (tree->nodes.items[j].tag == TAG_NONE)
				html_entity_add_value(tree->nodes.items[j].text.at,
						      tree->nodes.items[j].text.len, out);
		}
		return;
	}
}

void html_head_tell(const struct html_head *head, const struct html_tree *tree, const char *base,
		    struct html_page *page)
{
	add_title(head->og_title, &page->title);
	if (!page->title.len)
		add_title(head->title, &page->title);
	if (!page->title.len) {
		CLEANUP(buf) struct buf heading = { .max = HTML_TEXT_MAX };

		add_heading(tree, &heading);
		add_line(&heading, &page->title);
	}
	add_address(head->canonical, base, &page->canonical);
	if (!page->canonical.len)
		add_address(head->og_url, base, &page->canonical);
	page->published_s = head->published.s;
	page->modified_s = head->modified.s;
}
