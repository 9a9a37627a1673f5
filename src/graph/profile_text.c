/* SPDX-License-Identifier: MIT */
/* What a document or the head of a program says first. */
#include "base/str.h"
#include "graph/manifest_read.h"
#include "graph/profile_work.h"

#include <string.h>

enum { ABOUT_MAX = 160, LOOK_LINES = 60 };

static bool is_rule(struct piece line)
{
	for (size_t i = 0; i < line.len; i++) {
		if (!strchr("=-~*_#^\"+ ", line.at[i]) || !line.at[i])
			return false;
	}
	return line.len >= 3;
}

/* Badges, pictures, markup, tables, directives: nothing that one reads. */
static bool is_decoration(struct piece line)
{
	static const char *const marks[] = { "[!",  "![", "<", "|", ".. ",    ":",
					     "---", "[[", "{", "%", "image:", "```" };

	for (size_t i = 0; i < countof(marks); i++) {
		if (piece_starts(line, marks[i]))
			return true;
	}
	/* A row of links. */
	return piece_has(line, "![") || (piece_has(line, "](") && piece_has(line, "|")) ||
	       (line.at[0] == '[' && piece_has(line, "](") && line.at[line.len - 1] == ')');
}

static struct piece strip_marks(struct piece line)
{
	while (line.len && strchr("#=>*_ \t", line.at[0]) && line.at[0])
		line = piece_skip(line, 1);
	while (line.len && strchr("#=*_ \t", line.at[line.len - 1]) && line.at[line.len - 1])
		line.len--;
	return line;
}

/* To the end of its first sentence. */
static struct piece sentence(struct piece text)
{
	for (size_t i = 0; i + 1 < text.len; i++) {
		if (text.at[i] == '.' && strchr(" *_", text.at[i + 1]) && i > 20)
			return (struct piece){ text.at, i };
	}
	while (text.len && strchr(".:", text.at[text.len - 1]) && text.at[text.len - 1])
		text.len--;
	return text;
}

/* [text](address) as text. */
static const char *without_links(struct profile_work *work, struct piece text)
{
	char plain[ABOUT_MAX * 4];
	size_t n = 0;

	for (size_t i = 0; i < text.len && n + 1 < sizeof(plain); i++) {
		const char *close = text.at[i] == ']' && i + 1 < text.len && text.at[i + 1] == '('
					    ? memchr(text.at + i, ')', text.len - i)
					    : NULL;

		if (close)
			i = (size_t)(close - text.at);
		else if (!strchr("[`]*", text.at[i]))
			plain[n++] = text.at[i];
	}
	return profile_copy(work, plain, n, ABOUT_MAX);
}

struct document {
	struct piece title, text;
	uint32_t title_line, text_line;
};

/* The title: a first heading, or a first line that is underlined. The text: what follows it. */
static void look(struct text_lines *lines, struct document *document)
{
	struct piece line = { 0 }, last = { 0 };
	uint32_t number = 0;
	bool in_fence = false;

	for (unsigned i = 0; i < LOOK_LINES && !document->text.len; i++) {
		if (!profile_next(lines, &line.at, &line.len, &number))
			break;
		line = piece_trim(line);
		if (piece_starts(line, "```"))
			in_fence = !in_fence;
		if (!in_fence && !line.len && strip_marks(last).len > 15) {
			document->text = last; /* a paragraph of one line */
			document->text_line = number - 1;
		}
		if (in_fence || !line.len) {
			last = NO_PIECE;
			continue;
		}
		if (is_rule(line)) {
			if (last.len && !document->title.len) {
				document->title = last;
				document->title_line = number - 1;
			}
			last = NO_PIECE;
			continue;
		}
		if (is_decoration(line))
			continue;
		if ((line.at[0] == '#' || piece_starts(line, "= ")) && strip_marks(line).len) {
			if (!document->title.len) {
				document->title = strip_marks(line);
				document->title_line = number;
			}
			continue;
		}
		if (last.len && strip_marks(last).len > 15 && !document->text.len) {
			document->text = last; /* two lines of text: it is a paragraph */
			document->text_line = number - 1;
		}
		last = line;
		if (strip_marks(line).len > 15 && document->title.len) {
			document->text = line;
			document->text_line = number;
		}
	}
}

const char *profile_about(struct profile_work *work, const struct project_file *file,
			  bool wants_title, uint32_t *ret_line)
{
	struct document document = { 0 };
	struct text_lines lines;
	const char *about = NULL;

	*ret_line = 0;
	if (!profile_open(work, file, &lines))
		return NULL;
	look(&lines, &document);
	if (document.title.len && (wants_title || !document.text.len)) {
		about = without_links(work, document.title);
		*ret_line = document.title_line;
	} else if (document.text.len) {
		about = without_links(work, sentence(strip_marks(document.text)));
		*ret_line = document.text_line;
	}
	profile_close(&lines);
	return about && *about ? about : NULL;
}

/* ---- heads of programs ---- */

static bool is_legal(struct piece line)
{
	static const char *const words[] = {
		"opyright",
		"SPDX",
		"icense",
		"icence",
		"-*-",
		"vim:",
		"Author",
		"author",
		"(c)",
		"coding",
		"eslint",
		"nolint",
		"All rights",
		"<",
		"http",
		"WARRANT",
		"Unless required",
		"ermission",
		"istribut",
		"Free Software",
		"GNU ",
		"ritten by",
		"work by",
		"@",
		"define ",
		"include ",
		"pragma ",
	};

	for (size_t i = 0; i < countof(words); i++) {
		if (piece_has(line, words[i]))
			return true;
	}
	return false;
}

static bool strip_comment(struct piece line, struct piece *ret_text)
{
	static const char *const marks[] = { "///",    "//!", "//", "/**", "/*", "*/", "*",
					     "\"\"\"", "'''", "#!", "#",   "--", ";;" };

	for (size_t i = 0; i < countof(marks); i++) {
		struct piece end;

		if (!piece_starts(line, marks[i]))
			continue;
		*ret_text = piece_trim(piece_skip(line, strlen(marks[i])));
		end = *ret_text;
		if (piece_after(end, "*/", &end) || piece_after(*ret_text, "\"\"\"", &end))
			ret_text->len = (size_t)(end.at - ret_text->at) -
					(piece_has(*ret_text, "*/") ? 2 : 3);
		*ret_text = piece_trim(*ret_text);
		return !str_equal(marks[i], "#!");
	}
	return false;
}

const char *profile_head(struct profile_work *work, const struct project_file *file)
{
	struct text_lines lines;
	struct piece line, text, rest;
	const char *about = NULL;
	bool in_string = false, was_legal = false;
	uint32_t number;

	if (!profile_open(work, file, &lines))
		return NULL;
	while (!about && profile_next(&lines, &line.at, &line.len, &number) &&
	       number <= LOOK_LINES) {
		line = piece_trim(line);
		if (!line.len) {
			was_legal = false; /* a paragraph of law ends */
			continue;
		}
		if (in_string) {
			in_string = !piece_after(line, "\"\"\"", &rest);
			text = piece_until(line, "\"");
		} else if (strip_comment(line, &text)) {
			in_string = piece_starts(line, "\"\"\"") &&
				    !piece_has(piece_skip(line, 3), "\"\"\"");
		} else {
			if (piece_starts(line, "#!"))
				continue;
			break; /* the program itself: what comes now is about a part of it */
		}
		if (!text.len)
			was_legal = false;
		was_legal |= is_legal(text);
		if (!was_legal && text.len > 12 && !is_rule(text) && piece_has(text, " ") &&
		    !piece_starts(line, "#include") && !piece_starts(line, "#define") &&
		    !piece_starts(line, "#if"))
			about = profile_copy(work, sentence(text).at, sentence(text).len,
					     ABOUT_MAX);
	}
	profile_close(&lines);
	return about;
}
