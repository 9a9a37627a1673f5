/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_DIAGNOSTIC_READ_H
#define GRAPH_DIAGNOSTIC_READ_H

#include "graph/diagnostic.h"

#include <stdbool.h>
#include <string.h>

/* Reading a line of output from left to right. What take_ functions do not find they leave. */

struct reading {
	const char *at, *end;
};

static inline struct reading reading_of(struct span span)
{
	/* Of nothing, nothing may be asked, not even where it would end. */
	return (struct reading){ span.at, span.len ? span.at + span.len : span.at };
}

static inline struct span span_of(const char *at, const char *end)
{
	return (struct span){ at, (size_t)(end - at) };
}

static inline struct span span_rest(const struct reading *in)
{
	return span_of(in->at, in->end);
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool span_starts(struct span span, const char *text)
{
	size_t len = strlen(text);

	return span.len >= len && memcmp(span.at, text, len) == 0;
}

static inline bool span_ends(struct span span, const char *text)
{
	size_t len = strlen(text);

	return span.len >= len && memcmp(span.at + span.len - len, text, len) == 0;
}

static inline bool span_is(struct span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/** Where text begins in the span, or NULL. */
static inline const char *span_find(struct span span, const char *text)
{
	return span.len ? memmem(span.at, span.len, text, strlen(text)) : NULL;
}

static inline bool take_text(struct reading *in, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(in->end - in->at) < len || memcmp(in->at, text, len) != 0)
		return false;
	in->at += len;
	return true;
}

static inline void take_blanks(struct reading *in)
{
	while (in->at < in->end && is_blank(*in->at))
		in->at++;
}

/** Up to nine digits. */
bool take_number(struct reading *in, uint32_t *ret);
/** What stands before stop, which is passed over. at NULL and nothing read if there is none. */
struct span take_until(struct reading *in, const char *stop);
/** The same, before the last one. */
struct span take_until_last(struct reading *in, const char *stop);
/** Up to a blank or the end. */
struct span take_word(struct reading *in);
/** "PATH:LINE" or "PATH:LINE:COLUMN". */
bool take_place(struct reading *in, struct diagnostic *diagnostic);

struct span span_trim(struct span span);
/** A name in quotes ('x', `x', "x" or with typographic ones) that could be an identifier. */
struct span span_quoted_name(struct span span);
/** One of the endings, each with a blank after it: ".js .mjs ". */
bool span_has_ending(struct span path, const char *endings);
/** "java.lang.Error", "TypeError", "Foo::BarException". */
bool span_is_exception(struct span span);
/** Cuts " (12 ms)", " 12ms" and " (0.01s)" off; false: none there. */
bool cut_duration(struct span *name);
/** Cuts "[code]" off the end of the message; false: none there. */
bool cut_code(struct span *message, struct span *ret_code);

#endif
