/* SPDX-License-Identifier: MIT */
/* Kiwix: books (Wikipedia, documentation, …) on a server of one's own. It answers in RSS, whose
 * links are paths on the server. */
#include "base/attr.h"
#include "tools/search_hits.h"
#include "tools/search_registry.h"
#include "tools/search_request.h"
#include "tools/search_text.h"
#include "tools/search_xml.h"

#include <string.h>

static void write_request(struct search_draft *draft, const struct search_query *query,
			  const char *text)
{
	buf_add_str(&draft->url, "/search?pattern=");
	search_url_encode(&draft->url, text, "");
	buf_printf(&draft->url, "&format=xml&pageLength=%u", search_request_count(draft, query));
	if (draft->endpoint->collection) {
		/* Later servers say books.name, and still take this. */
		buf_add_str(&draft->url, "&content=");
		search_url_encode(&draft->url, draft->endpoint->collection, "");
	}
}

enum { ITEM_DEPTH = 3, TEXT_MAX = 4 * SEARCH_TEXT_MAX };

enum member { MEMBER_TITLE, MEMBER_LINK, MEMBER_SNIPPET, MEMBER_COUNT };

struct item {
	struct buf texts[MEMBER_COUNT];
	enum member member; /* that is being read; MEMBER_COUNT = none that is of use */
};

static void cleanup_item(struct item *item)
{
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		buf_release(&item->texts[i]);
}

static bool is_named(struct search_slice slice, const char *name)
{
	return slice.len == strlen(name) && memcmp(slice.at, name, slice.len) == 0;
}

static void start_member(struct item *item, struct search_slice name)
{
	static const char *const names[MEMBER_COUNT] = { "title", "link", "description" };

	for (item->member = 0; item->member < MEMBER_COUNT; item->member++)
		if (is_named(name, names[item->member]))
			return;
}

static struct search_slice slice_of(const struct buf *buf)
{
	return (struct search_slice){ buf->data, buf->len };
}

static void end_item(struct item *item, struct search_gather *gather)
{
	struct search_raw raw = {
		.url = slice_of(&item->texts[MEMBER_LINK]),
		.title = slice_of(&item->texts[MEMBER_TITLE]),
		.snippet = slice_of(&item->texts[MEMBER_SNIPPET]),
	};

	for (size_t i = 0; i < MEMBER_COUNT; i++)
		if (buf_error(&item->texts[i]))
			gather->arena->failed = true;
	search_gather_add(gather, &raw);
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		buf_clear(&item->texts[i]);
}

/* rss, channel, item, title: what stands deeper belongs to the text of its member ("<b>"). */
static void read_event(const struct search_xml *xml, const struct search_xml_event *event,
		       struct item *item, struct search_gather *gather)
{
	bool is_in_item = xml->depth >= ITEM_DEPTH && is_named(xml->open[2], "item");

	if (event->kind == XML_OPEN && is_in_item && xml->depth == ITEM_DEPTH + 1)
		start_member(item, event->value);
	else if (event->kind == XML_CLOSE && is_in_item && xml->depth == ITEM_DEPTH)
		item->member = MEMBER_COUNT;
	else if (event->kind == XML_CLOSE && xml->depth == ITEM_DEPTH - 1 &&
		 is_named(event->value, "item"))
		end_item(item, gather);
	else if ((event->kind == XML_TEXT || event->kind == XML_CDATA) && is_in_item &&
		 item->member < MEMBER_COUNT)
		search_xml_text(&item->texts[item->member], event);
}

static int parse(const struct search_provider *self, struct search_slice answer,
		 struct arena *arena, struct search_hits *ret_hits, struct error *err)
{
	CLEANUP(item) struct item item = { .member = MEMBER_COUNT };
	struct search_xml xml = search_xml_start(answer.at, answer.len);
	struct search_gather gather;
	struct search_xml_event event;

	if (answer.len > TRANSFER_LIMIT_BYTES)
		return search_answer_bad(err, self->name, "the answer is too long", NULL);
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		buf_init(&item.texts[i], TEXT_MAX);
	search_gather_init(&gather, arena);
	do {
		event = search_xml_next(&xml);
		if (event.kind == XML_BAD ||
		    (event.kind == XML_OPEN && xml.depth == 1 && !is_named(event.value, "rss")))
			return search_answer_bad(err, self->name, "the answer is no RSS", NULL);
		read_event(&xml, &event, &item, &gather);
	} while (event.kind != XML_END);
	return search_gather_end(&gather, ret_hits, err);
}

const struct search_provider search_kiwix = {
	.name = "kiwix",
	.summary = "Kiwix: books on a server of one's own",
	.count_max = 50,
	.has_collections = true,
	.accept = "Accept: application/rss+xml, application/xml, text/xml",
	.write = write_request,
	.parse = parse,
};
