/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_SEARCH_XML_H
#define TOOLS_SEARCH_XML_H

#include "base/buf.h"
#include "tools/search_url.h"

/**
 * The little of XML that feeds are made of: elements, text, CDATA. Strict: elements close in the
 * order they were opened, and there is one outermost. A document type is refused, so there are no
 * entities but those that everybody knows. Slices point into the text.
 */
enum search_xml_kind {
	XML_OPEN,  /* value: its name */
	XML_CLOSE, /* value: its name; also after XML_OPEN of an element that is empty */
	XML_TEXT,  /* value: as written; see search_xml_text() */
	XML_CDATA, /* value: as meant */
	XML_END,   /* of a whole document */
	XML_BAD,   /* it is none; so is all that follows */
};

enum { SEARCH_XML_DEPTH_MAX = 32 };

struct search_xml {
	const char *at, *end;
	struct search_slice open[SEARCH_XML_DEPTH_MAX];
	size_t depth;
	bool is_empty; /* the latest element that was opened */
	bool is_begun;
};

struct search_xml_event {
	enum search_xml_kind kind;
	struct search_slice value;
};

struct search_xml search_xml_start(const char *data, size_t len);
struct search_xml_event search_xml_next(struct search_xml *xml);

/** Adds an XML_TEXT with its references decoded, or an XML_CDATA. What the buf has no room for is
 *  left out. */
void search_xml_text(struct buf *out, const struct search_xml_event *event);

#endif
