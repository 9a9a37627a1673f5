/* SPDX-License-Identifier: MIT */
/* A page of Markdown as paragraphs, each with the heading that it stands under. Code between
 * fences is one piece, with a short paragraph before it that introduces it. */
#include "graph/page.h"
#include "graph/web_work.h"

#include "base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
	BLOCKS_MAX = 4000,
	BLOCK_BYTES = 1200,    /* longer paragraphs are cut at sentences */
	CODE_BYTES_MAX = 4000, /* longer code is cut at a line */
	INTRODUCTION_MAX = 400,
	HEADING_MAX = 120,
	LABEL_MAX = 80,
};

struct splitter {
	struct web_draft *draft;
	const char *text;
	size_t len;
	struct arena *arena;
	const char *heading;
	size_t from; /* of the paragraph that is open; SIZE_MAX = none */
	bool failed;
};

struct line {
	const char *text;
	size_t at, len, end; /* end: where the next one begins */
};

static struct line line_at(const struct splitter *splitter, size_t at)
{
	const char *newline = memchr(splitter->text + at, '\n', splitter->len - at);
	struct line line = { splitter->text + at, at,
			     newline ? (size_t)(newline - splitter->text) - at : splitter->len - at,
			     0 };

	line.end = at + line.len + (newline != NULL);
	return line;
}

static size_t indent(const struct line *line)
{
	size_t n = 0;

	while (n < line->len && line->text[n] == ' ')
		n++;
	return n;
}

static bool is_blank(const struct line *line)
{
	for (size_t i = 0; i < line->len; i++) {
		if (!isspace((unsigned char)line->text[i]))
			return false;
	}
	return true;
}

/* How many marks a fence has, 0 = the line is none. */
static size_t fence(const struct line *line, char *ret_mark)
{
	size_t at = indent(line), n = 0;

	if (at >= line->len || (line->text[at] != '`' && line->text[at] != '~'))
		return 0;
	*ret_mark = line->text[at];
	while (at + n < line->len && line->text[at + n] == *ret_mark)
		n++;
	return n >= 3 ? n : 0;
}

static size_t heading_level(const struct line *line)
{
	size_t at = indent(line), n = 0;

	while (at + n < line->len && line->text[at + n] == '#')
		n++;
	return at < 4 && n >= 1 && n <= 6 && at + n < line->len && line->text[at + n] == ' ' ? n
											     : 0;
}

/* "-n, --line-number" or "Limits": what the next paragraph is about. */
static bool is_label(const struct web_block *block)
{
	return !block->is_code && block->len <= LABEL_MAX &&
	       !strchr(".!?", block->text[block->len - 1]);
}

static void push(struct splitter *splitter, size_t from, size_t to, bool is_code)
{
	const char *text = splitter->text;
	struct web_block block = { .text = text + from,
				   .heading = splitter->heading,
				   .is_code = is_code };
	struct web_block *last;

	while (to > from && isspace((unsigned char)text[to - 1]))
		to--;
	block.len = (uint32_t)(to - from);
	if (!block.len || splitter->draft->blocks.n >= BLOCKS_MAX)
		return;
	last = splitter->draft->blocks.n
		       ? &splitter->draft->blocks.items[splitter->draft->blocks.n - 1]
		       : NULL;
	if (last && !is_code && is_label(last) && last->heading == splitter->heading) {
		last->len = (uint32_t)(to - (size_t)(last->text - text));
		return;
	}
	if (!vec_push(&splitter->draft->blocks, block))
		splitter->failed = true;
}

size_t web_sentence_end(const char *text, size_t from, size_t len)
{
	for (size_t i = from; i + 1 < len; i++) {
		size_t word = i;

		if (!strchr(".!?", text[i]) || !isspace((unsigned char)text[i + 1]))
			continue;
		while (word > from && !isspace((unsigned char)text[word - 1]))
			word--;
		/* "e.g. this", "J. Doe", "vs. that" end nothing. */
		if (text[i] == '.' && (i - word <= 2 || memchr(text + word, '.', i - word)) &&
		    !isdigit((unsigned char)text[i - (i > from)]))
			continue;
		while (i + 1 < len && isspace((unsigned char)text[i + 1]))
			i++;
		return i + 1;
	}
	return len;
}

/* Where a paragraph that is too long is cut: after a sentence, a line, a character. */
static size_t cut(const char *text, size_t len)
{
	size_t at = 0, line = 0;

	if (len <= BLOCK_BYTES)
		return len;
	for (size_t next; at < len; at = next) {
		next = web_sentence_end(text, at, len);
		if (next > BLOCK_BYTES)
			break;
	}
	for (size_t i = 0; i < BLOCK_BYTES; i++) {
		if (text[i] == '\n')
			line = i + 1;
	}
	if (at >= BLOCK_BYTES / 4)
		return at;
	return line >= BLOCK_BYTES / 4 ? line : utf8_fit(text, len, BLOCK_BYTES);
}

static void close_paragraph(struct splitter *splitter, size_t to)
{
	const char *text = splitter->text;

	for (size_t at = splitter->from; splitter->from != SIZE_MAX && at < to;) {
		size_t len = cut(text + at, to - at);

		push(splitter, at, at + len, false);
		at += len ? len : to - at;
	}
	splitter->from = SIZE_MAX;
}

static size_t end_of_code(const struct splitter *splitter, const struct line *first)
{
	char mark = 0, other = 0;
	size_t n = fence(first, &mark), at = first->end;

	while (at < splitter->len) {
		struct line line = line_at(splitter, at);
		size_t marks = fence(&line, &other);

		at = line.end;
		if (marks >= n && other == mark)
			break;
	}
	return at;
}

/* Code goes with what stands right before it, if that is short. */
static void push_code(struct splitter *splitter, size_t from, size_t to)
{
	struct web_draft *draft = splitter->draft;
	const char *text = splitter->text;
	struct web_block *last = draft->blocks.n ? &draft->blocks.items[draft->blocks.n - 1] : NULL;
	size_t end = last ? (size_t)(last->text - text) + last->len : 0, gap = 0;

	if (to - from > CODE_BYTES_MAX) {
		to = from + CODE_BYTES_MAX;
		while (to > from && text[to - 1] != '\n')
			to--;
	}
	while (last && end + gap < from && isspace((unsigned char)text[end + gap]))
		gap++;
	if (last && end + gap == from && !last->is_code && last->len <= INTRODUCTION_MAX &&
	    last->heading == splitter->heading) {
		while (to > from && isspace((unsigned char)text[to - 1]))
			to--;
		last->len = (uint32_t)(to - (size_t)(last->text - text));
	} else {
		push(splitter, from, to, true);
	}
}

static void take_heading(struct splitter *splitter, const struct line *line)
{
	size_t at = indent(line) + heading_level(line), len = line->len;

	while (len > at &&
	       (line->text[len - 1] == '#' || isspace((unsigned char)line->text[len - 1])))
		len--;
	while (at < len && line->text[at] == ' ')
		at++;
	splitter->heading = page_line(line->text + at, len - at, HEADING_MAX, splitter->arena);
	if (!splitter->heading) {
		splitter->heading = "";
		splitter->failed = true;
	}
}

int web_split(struct web_draft *draft, struct arena *arena)
{
	struct splitter splitter = {
		.draft = draft,
		.text = draft->text ? draft->text : draft->passage,
		.len = draft->text ? draft->len : strlen(draft->passage),
		.arena = arena,
		.heading = "",
		.from = SIZE_MAX,
	};

	for (size_t at = 0; at < splitter.len;) {
		struct line line = line_at(&splitter, at);
		char mark;

		at = line.end;
		if (fence(&line, &mark)) {
			close_paragraph(&splitter, line.at);
			at = end_of_code(&splitter, &line);
			push_code(&splitter, line.at, at);
		} else if (heading_level(&line)) {
			close_paragraph(&splitter, line.at);
			take_heading(&splitter, &line);
		} else if (is_blank(&line)) {
			close_paragraph(&splitter, line.at);
		} else if (splitter.from == SIZE_MAX) {
			splitter.from = line.at;
		}
	}
	close_paragraph(&splitter, splitter.len);
	return splitter.failed ? -ENOMEM : 0;
}
