/* SPDX-License-Identifier: MIT */
/* The tokenizer of the HTML standard, 13.2.5, for what a reader needs of it: it never goes back,
 * so that its time is linear in the text, whatever that is. */
#include "net/html_token.h"

#include "base/attr.h"

#include <string.h>
#include <strings.h>

enum { TAG_NAME_MAX = 14, ATTR_NAME_MAX = 13 };

struct tag_row {
	char name[TAG_NAME_MAX + 1];
	unsigned traits;
};

#define BLOCK HTML_BLOCK
#define VOID HTML_VOID
#define SPECIAL HTML_SPECIAL
#define SCOPE HTML_SCOPE
#define ENDS_P HTML_ENDS_P
#define RAW HTML_RAW
#define OUT HTML_OUT
#define BARE HTML_BARE
#define HEAD HTML_HEAD
#define HEADING HTML_HEADING
#define LIST HTML_LIST
#define SECTION_OF_TABLE HTML_SECTION_OF_TABLE

static const struct tag_row tags[TAG_COUNT] = {
#define TAG(c, name, traits) [TAG_##c] = { name, traits },
#include "net/html_tags.def"
#undef TAG
};

static const char attr_names[ATTR_COUNT][ATTR_NAME_MAX + 1] = {
#define ATTR(c, name) [ATTR_##c] = name,
#include "net/html_attrs.def"
#undef ATTR
};

unsigned html_tag_traits(enum html_tag tag)
{
	return tags[tag].traits;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* As strcmp(), but for case. */
static int order(struct html_slice slice, const char *name)
{
	for (size_t i = 0; i < slice.len; i++) {
		int difference = (unsigned char)lower(slice.at[i]) - (unsigned char)lower(name[i]);

		if (difference || !name[i])
			return difference ? difference : 1;
	}
	return name[slice.len] ? -1 : 0;
}

bool html_slice_is(struct html_slice slice, const char *word)
{
	return order(slice, word) == 0;
}

static enum html_tag tag_find(struct html_slice name)
{
	size_t from = TAG_OTHER + 1, to = TAG_COUNT;

	if (name.len > TAG_NAME_MAX)
		return TAG_OTHER;
	while (from < to) {
		size_t mid = (from + to) / 2;
		int way = order(name, tags[mid].name);

		if (!way)
			return (enum html_tag)mid;
		if (way > 0)
			from = mid + 1;
		else
			to = mid;
	}
	return TAG_OTHER;
}

static enum html_attr_name attr_find(struct html_slice name)
{
	size_t from = 0, to = ATTR_COUNT;

	if (name.len > ATTR_NAME_MAX)
		return ATTR_COUNT;
	while (from < to) {
		size_t mid = (from + to) / 2;
		int way = order(name, attr_names[mid]);

		if (!way)
			return (enum html_attr_name)mid;
		if (way > 0)
			from = mid + 1;
		else
			to = mid;
	}
	return ATTR_COUNT;
}

const struct html_slice *html_attr_find(const struct html_attr *attrs, unsigned n,
					enum html_attr_name name)
{
	for (unsigned i = 0; i < n; i++) {
		if (attrs[i].name == name)
			return &attrs[i].value;
	}
	return NULL;
}

static struct html_slice slice_of(const char *from, const char *to)
{
	return (struct html_slice){ from, (uint32_t)(to - from) };
}

static void skip_blanks(struct html_lexer *lexer)
{
	while (lexer->at < lexer->end && html_is_blank(*lexer->at))
		lexer->at++;
}

static struct html_slice take_value(struct html_lexer *lexer)
{
	const char *from;
	struct html_slice value;

	skip_blanks(lexer);
	if (lexer->at < lexer->end && (*lexer->at == '"' || *lexer->at == '\'')) {
		char quote = *lexer->at++;
		const char *close = memchr(lexer->at, quote, (size_t)(lexer->end - lexer->at));

		value = slice_of(lexer->at, close ? close : lexer->end);
		lexer->at = close ? close + 1 : lexer->end;
		return value;
	}
	from = lexer->at;
	while (lexer->at < lexer->end && !html_is_blank(*lexer->at) && *lexer->at != '>')
		lexer->at++;
	return slice_of(from, lexer->at);
}

/* An attribute after its name's start; one that comes again is not kept. */
static void take_attr(struct html_lexer *lexer, struct html_token *token, unsigned *seen)
{
	const char *from = lexer->at++; /* a '=' there is part of the name */
	struct html_slice value = { from, 0 };
	enum html_attr_name name;

	while (lexer->at < lexer->end && !html_is_blank(*lexer->at) && *lexer->at != '/' &&
	       *lexer->at != '>' && *lexer->at != '=')
		lexer->at++;
	name = attr_find(slice_of(from, lexer->at));
	skip_blanks(lexer);
	if (lexer->at < lexer->end && *lexer->at == '=') {
		lexer->at++;
		value = take_value(lexer);
	}
	if (name == ATTR_COUNT || (*seen >> name & 1))
		return;
	*seen |= 1u << name;
	token->attrs[token->n_attrs++] = (struct html_attr){ name, value };
}

/* A tag after its '<' or "</"; false: the text ended first. */
static bool take_tag(struct html_lexer *lexer, struct html_token *token)
{
	const char *from = lexer->at;
	unsigned seen = 0;

	_Static_assert(ATTR_COUNT <= 32, "one bit for each");
	while (lexer->at < lexer->end && !html_is_blank(*lexer->at) && *lexer->at != '/' &&
	       *lexer->at != '>')
		lexer->at++;
	token->text = slice_of(from, lexer->at);
	token->tag = tag_find(token->text);
	token->n_attrs = 0;
	token->closes_itself = false;
	while (lexer->at < lexer->end && *lexer->at != '>') {
		if (*lexer->at == '/' || html_is_blank(*lexer->at)) {
			token->closes_itself = *lexer->at++ == '/';
			continue;
		}
		token->closes_itself = false;
		take_attr(lexer, token, &seen);
	}
	if (lexer->at == lexer->end)
		return false;
	lexer->at++;
	return true;
}

/* "<!--" and what follows it up to its end: "-->", "--!>"; "<!-->" and "<!--->" are whole. */
static const char *comment_end(const char *at, const char *end)
{
	const char *from = at + 4;

	if (from < end && *from == '>')
		return from + 1;
	if (end - from >= 2 && from[0] == '-' && from[1] == '>')
		return from + 2;
	for (at = from; (at = memchr(at, '>', (size_t)(end - at))); at++) {
		if ((at - from >= 2 && memcmp(at - 2, "--", 2) == 0) ||
		    (at - from >= 3 && memcmp(at - 3, "--!", 3) == 0))
			return at + 1;
	}
	return end;
}

/* Whether a '<' begins something other than text. */
static bool is_markup(const char *at, const char *end)
{
	if (end - at < 2)
		return false;
	if (at[1] == '/')
		return end - at > 2;
	return is_letter(at[1]) || at[1] == '!' || at[1] == '?';
}

/* Passes over what is neither text nor tag; false: it is a tag. */
static bool skip_other(struct html_lexer *lexer)
{
	const char *at = lexer->at, *close;

	if (is_letter(at[1]) || (at[1] == '/' && is_letter(at[2])))
		return false;
	if (lexer->end - at >= 4 && memcmp(at, "<!--", 4) == 0) {
		lexer->at = comment_end(at, lexer->end);
		return true;
	}
	close = memchr(at, '>', (size_t)(lexer->end - at));
	lexer->at = close ? close + 1 : lexer->end;
	return true;
}

void html_lexer_next(struct html_lexer *lexer, struct html_token *ret_token)
{
	while (lexer->at < lexer->end) {
		const char *from = lexer->at, *at = from;

		while (at && !(*at == '<' && is_markup(at, lexer->end)))
			at = at + 1 < lexer->end
				     ? memchr(at + 1, '<', (size_t)(lexer->end - at - 1))
				     : NULL;
		if (at != from) {
			lexer->at = at ? at : lexer->end;
			ret_token->kind = HTML_TEXT;
			ret_token->tag = TAG_NONE;
			ret_token->text = slice_of(from, lexer->at);
			return;
		}
		if (skip_other(lexer))
			continue;
		ret_token->kind = at[1] == '/' ? HTML_END : HTML_START;
		lexer->at += at[1] == '/' ? 2 : 1;
		if (take_tag(lexer, ret_token))
			return;
	}
	ret_token->kind = HTML_EOF;
}

/* Whether a tag of the name stands at '<' or "</", of which skip bytes are. */
static bool is_tag_of(const char *at, const char *end, size_t skip, const char *name)
{
	size_t len = strlen(name);

	return (size_t)(end - at) > skip + len && strncasecmp(at + skip, name, len) == 0 &&
	       (html_is_blank(at[skip + len]) || at[skip + len] == '/' || at[skip + len] == '>');
}

struct html_slice html_lexer_raw(struct html_lexer *lexer, enum html_tag tag)
{
	const char *from = lexer->at, *at = from, *end = lexer->end;
	bool in_comment = false, in_inner = false; /* a script within a comment in a script */
	struct html_token ignored;

	for (; (at = at < end ? memchr(at, '<', (size_t)(end - at)) : NULL); at++) {
		if (tag == TAG_SCRIPT && in_comment) {
			const char *close = memmem(from, (size_t)(at - from), "-->", 3);

			if (close)
				in_comment = in_inner = false;
			from = close ? close : at;
		}
		if (tag == TAG_SCRIPT && end - at >= 4 && memcmp(at, "<!--", 4) == 0) {
			in_comment = true;
			from = at + 2; /* "<!-->" is one that ends at once */
		} else if (in_comment && is_tag_of(at, end, 1, tags[tag].name)) {
			in_inner = true;
		} else if (at + 1 < end && at[1] == '/' && is_tag_of(at, end, 2, tags[tag].name)) {
			if (!in_inner)
				break;
			in_inner = false;
		}
	}
	from = lexer->at;
	lexer->at = at ? at + 2 : end;
	if (at)
		(void)take_tag(lexer, &ignored); /* its attributes mean nothing */
	return slice_of(from, at ? at : end);
}
