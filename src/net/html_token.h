/* SPDX-License-Identifier: MIT */
#ifndef NET_HTML_TOKEN_H
#define NET_HTML_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum html_tag {
	TAG_NONE, /* text */
	TAG_OTHER,
#define TAG(c, name, traits) TAG_##c,
#include "net/html_tags.def"
#undef TAG
	TAG_COUNT
};

enum html_trait {
	HTML_BLOCK = 1 << 0,   /* stands on lines of its own */
	HTML_VOID = 1 << 1,    /* has no content and no end tag */
	HTML_SPECIAL = 1 << 2, /* an end tag of a word does not reach beyond it */
	HTML_SCOPE = 1 << 3,   /* nor does that of a block */
	HTML_ENDS_P = 1 << 4,  /* ends an open paragraph */
	HTML_RAW = 1 << 5,     /* its content is text up to its end tag */
	HTML_OUT = 1 << 6,     /* its content is never text of the page */
	HTML_BARE = 1 << 7,    /* the tags mean nothing here */
	HTML_HEAD = 1 << 8,    /* only says something about the page */
	HTML_HEADING = 1 << 9,
	HTML_LIST = 1 << 10,
	HTML_SECTION_OF_TABLE = 1 << 11,
};

/* The attributes that are looked at. */
enum html_attr_name {
#define ATTR(c, name) ATTR_##c,
#include "net/html_attrs.def"
#undef ATTR
	ATTR_COUNT
};

/** A stretch of the page's text; character references as they stand. */
struct html_slice {
	const char *at;
	uint32_t len;
};

struct html_attr {
	enum html_attr_name name;
	struct html_slice value;
};

enum html_token_kind { HTML_TEXT, HTML_START, HTML_END, HTML_EOF };

struct html_token {
	enum html_token_kind kind;
	enum html_tag tag;
	struct html_slice text; /* of a tag: its name */
	bool closes_itself;     /* <x/> */
	unsigned n_attrs;
	struct html_attr attrs[ATTR_COUNT]; /* each at most once, in their order */
};

/**
 * Cuts a page into tags and text, as the tokenizer of the HTML standard does; comments, doctypes
 * and processing instructions are passed over. Borrows the text, which is shorter than 4 GiB. Every
 * byte is looked at once or twice. Any thread.
 */
struct html_lexer {
	const char *at;
	const char *end;
};

void html_lexer_next(struct html_lexer *lexer, struct html_token *ret_token);

/** After the start tag of an element of HTML_RAW: its content; its end tag is passed over. */
struct html_slice html_lexer_raw(struct html_lexer *lexer, enum html_tag tag);

unsigned html_tag_traits(enum html_tag tag);

/** NULL: there is no such attribute. */
const struct html_slice *html_attr_find(const struct html_attr *attrs, unsigned n,
					enum html_attr_name name);

/** Equal but for the case of ASCII letters. */
bool html_slice_is(struct html_slice slice, const char *word);

static inline bool html_is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

#endif
