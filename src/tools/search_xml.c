/* SPDX-License-Identifier: MIT */
/* XML of feeds. */
#include "tools/search_xml.h"

#include "base/utf8.h"
#include "tools/search_text.h"

#include <string.h>

struct search_xml search_xml_start(const char *data, size_t len)
{
	struct search_xml xml = { .at = data, .end = data + len };

	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		xml.at += 3;
	return xml;
}

static struct search_xml_event bad(struct search_xml *xml)
{
	xml->at = xml->end;
	xml->depth = 0;
	xml->is_begun = false; /* and so the end is bad, too */
	xml->is_empty = false;
	return (struct search_xml_event){ .kind = XML_BAD };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.' || c == ':' || (unsigned char)c >= 0x80;
}

static bool starts_with(const struct search_xml *xml, const char *prefix)
{
	size_t len = strlen(prefix);

	return (size_t)(xml->end - xml->at) >= len && memcmp(xml->at, prefix, len) == 0;
}

/* What stands between here and an end, which is skipped. */
static bool take_until(struct search_xml *xml, const char *end, struct search_slice *ret_inner)
{
	const char *at = memmem(xml->at, (size_t)(xml->end - xml->at), end, strlen(end));

	if (!at)
		return false;
	*ret_inner = (struct search_slice){ xml->at, (size_t)(at - xml->at) };
	xml->at = at + strlen(end);
	return true;
}

static struct search_slice take_name(struct search_xml *xml)
{
	struct search_slice name = { xml->at, 0 };

	while (xml->at != xml->end && is_name_byte(*xml->at))
		xml->at++;
	name.len = (size_t)(xml->at - name.at);
	return name;
}

static void skip_blanks(struct search_xml *xml)
{
	while (xml->at != xml->end && is_blank(*xml->at))
		xml->at++;
}

/* Attributes, of which none is of use, up to the end of the tag. */
static bool skip_attributes(struct search_xml *xml)
{
	for (;;) {
		struct search_slice value;
		char quote[2] = "";
		bool is_apart = xml->at != xml->end && is_blank(*xml->at);

		skip_blanks(xml);
		xml->is_empty = starts_with(xml, "/>");
		if (xml->is_empty || starts_with(xml, ">")) {
			xml->at += xml->is_empty ? 2 : 1;
			return true;
		}
		if (!is_apart || take_name(xml).len == 0)
			return false;
		skip_blanks(xml);
		if (!starts_with(xml, "="))
			return false;
		xml->at++;
		skip_blanks(xml);
		if (!starts_with(xml, "\"") && !starts_with(xml, "'"))
			return false;
		quote[0] = *xml->at++;
		if (!take_until(xml, quote, &value) || memchr(value.at, '<', value.len))
			return false;
	}
}

static struct search_xml_event open_element(struct search_xml *xml)
{
	struct search_slice name;

	xml->at++;
	name = take_name(xml);
	if (name.len == 0 || xml->depth == SEARCH_XML_DEPTH_MAX ||
	    (xml->depth == 0 && xml->is_begun) || !skip_attributes(xml))
		return bad(xml);
	xml->is_begun = true;
	xml->open[xml->depth++] = name;
	return (struct search_xml_event){ XML_OPEN, name };
}

static struct search_xml_event close_element(struct search_xml *xml)
{
	struct search_slice name, inner;

	xml->at += 2;
	name = take_name(xml);
	if (!take_until(xml, ">", &inner) || xml->depth == 0)
		return bad(xml);
	for (size_t i = 0; i < inner.len; i++)
		if (!is_blank(inner.at[i]))
			return bad(xml);
	xml->depth--;
	if (name.len != xml->open[xml->depth].len ||
	    memcmp(name.at, xml->open[xml->depth].at, name.len) != 0)
		return bad(xml);
	return (struct search_xml_event){ XML_CLOSE, name };
}

/* Comments and instructions, and blanks where no text can be. */
static bool skip_others(struct search_xml *xml)
{
	struct search_slice inner;

	for (;;) {
		if (xml->depth == 0)
			skip_blanks(xml);
		if (starts_with(xml, "<!--")) {
			if (!take_until(xml, "-->", &inner))
				return false;
		} else if (starts_with(xml, "<?")) {
			if (!take_until(xml, "?>", &inner))
				return false;
		} else {
			return true;
		}
	}
}

static struct search_xml_event take_text(struct search_xml *xml)
{
	struct search_xml_event event = { .kind = XML_TEXT };
	const char *end = memchr(xml->at, '<', (size_t)(xml->end - xml->at));

	if (xml->depth == 0 || !end)
		return bad(xml);
	event.value = (struct search_slice){ xml->at, (size_t)(end - xml->at) };
	xml->at = end;
	return event;
}

struct search_xml_event search_xml_next(struct search_xml *xml)
{
	struct search_xml_event event = { .kind = XML_CDATA };

	if (xml->is_empty) {
		xml->is_empty = false;
		return (struct search_xml_event){ XML_CLOSE, xml->open[--xml->depth] };
	}
	if (!skip_others(xml))
		return bad(xml);
	if (xml->at == xml->end)
		return xml->depth == 0 && xml->is_begun
			       ? (struct search_xml_event){ .kind = XML_END }
			       : bad(xml);
	if (starts_with(xml, "</"))
		return close_element(xml);
	if (starts_with(xml, "<![CDATA[")) {
		xml->at += strlen("<![CDATA[");
		return xml->depth && take_until(xml, "]]>", &event.value) ? event : bad(xml);
	}
	return *xml->at == '<' ? open_element(xml) : take_text(xml);
}

void search_xml_text(struct buf *out, const struct search_xml_event *event)
{
	struct search_slice text = event->value;

	for (size_t i = 0; i < text.len && out->len + 4 < out->max;) {
		uint32_t rune;
		char room[4];
		size_t n = event->kind == XML_TEXT
				   ? search_text_entity(text.at + i, text.len - i, &rune)
				   : 0;

		if (n) {
			buf_add(out, room, utf8_encode(rune, room));
			i += n;
		} else {
			buf_add_char(out, text.at[i++]);
		}
	}
}
