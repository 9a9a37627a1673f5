/* SPDX-License-Identifier: MIT */
/*
 * Lines of roff: control lines by a table of macros, text lines filled into paragraphs. There is no
 * formatter behind it: conditions that a terminal would meet are met, definitions are passed over.
 */
#include "docs/roff.h"

#include "base/attr.h"
#include "docs/roff_mdoc.h"
#include "docs/roff_name.h"
#include "docs/roff_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 64 << 10, PREFACE_MAX = 500 };

enum what {
	W_JOIN,     /* words, separated by spaces */
	W_SEAMLESS, /* words of alternating fonts */
	W_BREAK,    /* a new paragraph */
	W_LINE,     /* a new line */
	W_TAG,      /* the next line is a tag */
	W_ITEM,     /* its first word is a tag */
	W_SECTION,
	W_SUBSECTION,
	W_NO_FILL,
	W_FILL,
	W_OPTION,
	W_STRING,
	W_DEFINE,
	W_TABLE,
	W_EQUATION,
	W_TITLE,
	W_IF,
	W_IFELSE,
	W_ELSE,
	W_MDOC,
	W_MDOC_TITLE,
	W_MDOC_ITEM,
	W_MDOC_DISPLAY,
	W_MDOC_END,
	W_MDOC_WHAT,
	W_MDOC_LINE,
	W_MDOC_SPACING,
	W_NOTHING
};

struct macro {
	const char name[9];
	enum what what;
};

static const struct macro macros[] = {
	{ "B", W_JOIN },         { "I", W_JOIN },          { "SM", W_JOIN },
	{ "SB", W_JOIN },        { "R", W_JOIN },          { "CW", W_JOIN },
	{ "BR", W_SEAMLESS },    { "RB", W_SEAMLESS },     { "BI", W_SEAMLESS },
	{ "IB", W_SEAMLESS },    { "IR", W_SEAMLESS },     { "RI", W_SEAMLESS },
	{ "PP", W_BREAK },       { "P", W_BREAK },         { "LP", W_BREAK },
	{ "HP", W_BREAK },       { "RS", W_BREAK },        { "RE", W_BREAK },
	{ "Sp", W_BREAK },       { "sp", W_BREAK },        { "Pp", W_BREAK },
	{ "Lp", W_BREAK },       { "br", W_LINE },         { "TQ", W_TAG },
	{ "TP", W_TAG },         { "IP", W_ITEM },         { "SH", W_SECTION },
	{ "SS", W_SUBSECTION },  { "Sh", W_SECTION },      { "Ss", W_SUBSECTION },
	{ "nf", W_NO_FILL },     { "EX", W_NO_FILL },      { "Vb", W_NO_FILL },
	{ "fi", W_FILL },        { "EE", W_FILL },         { "Ve", W_FILL },
	{ "OP", W_OPTION },      { "ds", W_STRING },       { "de", W_DEFINE },
	{ "de1", W_DEFINE },     { "am", W_DEFINE },       { "ig", W_DEFINE },
	{ "TS", W_TABLE },       { "EQ", W_EQUATION },     { "TH", W_TITLE },
	{ "if", W_IF },          { "ie", W_IFELSE },       { "el", W_ELSE },
	{ "Dd", W_MDOC },        { "Dt", W_MDOC_TITLE },   { "It", W_MDOC_ITEM },
	{ "Bl", W_BREAK },       { "El", W_BREAK },        { "Bd", W_MDOC_DISPLAY },
	{ "Ed", W_MDOC_END },    { "Nd", W_MDOC_WHAT },    { "D1", W_MDOC_LINE },
	{ "Dl", W_MDOC_LINE },   { "Sm", W_MDOC_SPACING }, { "SY", W_JOIN },
	{ "MT", W_JOIN },        { "UR", W_JOIN },         { "URL", W_JOIN },
	{ "UE", W_NOTHING },     { "ME", W_NOTHING },      { "YS", W_NOTHING },
	{ "ad", W_NOTHING },     { "hy", W_NOTHING },      { "nh", W_NOTHING },
	{ "in", W_NOTHING },     { "ti", W_NOTHING },      { "ft", W_NOTHING },
	{ "PD", W_NOTHING },     { "ne", W_NOTHING },      { "ta", W_NOTHING },
	{ "ps", W_NOTHING },     { "vs", W_NOTHING },      { "ll", W_NOTHING },
	{ "nr", W_NOTHING },     { "tr", W_NOTHING },      { "IX", W_NOTHING },
	{ "na", W_NOTHING },     { "fam", W_NOTHING },     { "rs", W_NOTHING },
	{ "ns", W_NOTHING },     { "tm", W_NOTHING },      { "rr", W_NOTHING },
	{ "rm", W_NOTHING },     { "hw", W_NOTHING },      { "it", W_NOTHING },
	{ "mso", W_NOTHING },    { "ss", W_NOTHING },      { "als", W_NOTHING },
	{ "so", W_NOTHING },     { "mk", W_NOTHING },      { "rt", W_NOTHING },
	{ "ev", W_NOTHING },     { "do", W_NOTHING },      { "cp", W_NOTHING },
	{ "bp", W_NOTHING },     { "pl", W_NOTHING },      { "lg", W_NOTHING },
	{ "ec", W_NOTHING },     { "eo", W_NOTHING },      { "DT", W_NOTHING },
	{ "UC", W_NOTHING },     { "AT", W_NOTHING },      { "Os", W_NOTHING },
	{ "Bk", W_NOTHING },     { "Ek", W_NOTHING },      { "Rs", W_NOTHING },
	{ "Re", W_NOTHING },     { "Tg", W_NOTHING },      { "fp", W_NOTHING },
	{ "warn", W_NOTHING },   { "nop", W_JOIN },        { "INDENT", W_BREAK },
	{ "UNINDENT", W_BREAK },
};

struct roff {
	struct buf *out;
	struct roff_strings strings;
	struct roff_mdoc mdoc;
	const char *at, *end; /* what is not read yet */
	char name[128], section[16];
	size_t name_from, name_to;        /* of the NAME section's text; to = 0 while it is open */
	unsigned depth;                   /* of conditions within conditions on a line */
	bool is_mdoc, is_fenced, is_else; /* is_else: the latest .ie was not met */
	bool is_tag;                      /* the next text is a tag, a line of its own */
	bool has_heading;
	bool is_heading; /* the next text is a heading: of level */
	unsigned level;
	bool is_joined; /* the next text follows without a space */
};

/* ---- lines of the page ---- */

struct line {
	const char *at;
	size_t len;
};

/* The next line; continuations were joined before. */
static bool next_line(struct roff *self, struct line *ret_line)
{
	const char *feed;

	if (self->at >= self->end)
		return false;
	feed = memchr(self->at, '\n', (size_t)(self->end - self->at));
	feed = feed ? feed : self->end;
	ret_line->at = self->at;
	ret_line->len = (size_t)(feed - self->at);
	self->at = feed + (feed < self->end);
	if (ret_line->len > 0 && ret_line->at[ret_line->len - 1] == '\r')
		ret_line->len--;
	if (ret_line->len > LINE_MAX_BYTES)
		ret_line->len = LINE_MAX_BYTES;
	return true;
}

static bool is_control(const struct line *line)
{
	return line->len > 0 && (line->at[0] == '.' || line->at[0] == '\'');
}

/* Splits a control line, behind the dot, into its name and its words. */
static size_t split_words(const char *at, const char *end, struct roff_word words[ROFF_WORDS_MAX])
{
	size_t n = 0;

	while (n < ROFF_WORDS_MAX) {
		struct roff_word *word = &words[n];
		bool quoted;

		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (at == end || (end - at >= 2 && at[0] == '\\' && (at[1] == '"' || at[1] == '#')))
			break;
		quoted = *at == '"';
		at += quoted;
		word->at = at;
		word->is_quoted = quoted;
		while (at < end && (quoted ? *at != '"' || (at + 1 < end && at[1] == '"')
					   : *at != ' ' && *at != '\t')) {
			bool is_pair = (*at == '\\' || (quoted && *at == '"')) && at + 1 < end;

			at += is_pair ? 2 : 1;
		}
		word->len = (size_t)(at - word->at);
		at += quoted && at < end;
		n++;
	}
	return n;
}

static void skip_until(struct roff *self, const char *name, size_t len)
{
	struct line line;

	while (next_line(self, &line)) {
		const char *at = line.at + 1;
		size_t left = line.len > 0 ? line.len - 1 : 0;

		if (!is_control(&line))
			continue;
		while (left > 0 && (*at == ' ' || *at == '\t'))
			at++, left--;
		if (left >= len && memcmp(at, name, len) == 0 &&
		    (left == len || at[len] == ' ' || at[len] == '\t' || at[len] == '\\'))
			return;
	}
}

/* ---- output ---- */

static void end_line(struct roff *self)
{
	struct buf *out = self->out;

	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_add_char(out, '\n');
	self->is_joined = false;
}

static void end_paragraph(struct roff *self)
{
	struct buf *out = self->out;

	end_line(self);
	if (!self->is_fenced && out->len > 1 && out->data[out->len - 2] != '\n')
		buf_add_char(out, '\n');
}

static void set_fence(struct roff *self, bool is_fenced)
{
	if (self->is_fenced == is_fenced || self->is_heading)
		return;
	end_line(self);
	self->is_fenced = is_fenced;
	buf_add_str(self->out, "```\n");
}

static void space(struct roff *self)
{
	struct buf *out = self->out;

	if (!self->is_joined && out->len > 0 && out->data[out->len - 1] != '\n' &&
	    out->data[out->len - 1] != ' ')
		buf_add_char(out, ' ');
	self->is_joined = false;
}

/* The NAME section's text begins behind its heading. */
static void mark_name(struct roff *self, const char *heading, size_t len)
{
	if (self->name_from == 0 && len == 4 && strncasecmp(heading, "NAME", 4) == 0)
		self->name_from = 1;
}

static void start_heading(struct roff *self, unsigned level)
{
	set_fence(self, false);
	end_paragraph(self);
	if (self->name_from > 1 && self->name_to == 0)
		self->name_to = self->out->len;
	/* What stands before the first heading was set by macros that are not known here. */
	if (!self->has_heading && self->out->data && self->out->len < PREFACE_MAX)
		buf_clear(self->out);
	self->has_heading = true;
	self->is_tag = false;
	self->is_heading = true;
	self->level = level;
}

/* Called when a text begins: what stands before it. */
static size_t start_text(struct roff *self)
{
	if (self->is_heading)
		buf_add_str(self->out, self->level == 2 ? "## " : "### ");
	else
		space(self);
	return self->out->len;
}

/* Called when a line's text ended that began at from. */
static void end_text(struct roff *self, size_t from)
{
	struct buf *out = self->out;

	if (from > out->len)
		return; /* spaces at its end were all of it */
	if (self->is_heading) {
		self->is_heading = false;
		mark_name(self, out->data ? out->data + from : "", out->len - from);
		end_line(self);
		buf_add_char(out, '\n');
		if (self->name_from == 1)
			self->name_from = out->len;
		return;
	}
	/* A line that looks like a heading is none. */
	if (out->len > from && out->data[from] == '#' && !self->is_fenced &&
	    (from == 0 || out->data[from - 1] == '\n'))
		out->data[from] = ' ';
	if (self->is_fenced) {
		buf_add_char(out, '\n');
	} else if (self->is_tag) {
		self->is_tag = false;
		end_line(self);
	}
}

static void add_text(struct roff *self, const char *at, size_t len)
{
	bool is_joined = roff_text_add(&self->strings, at, len, self->out);

	self->is_joined |= is_joined;
}

static void add_words(struct roff *self, const struct roff_word *words, size_t n, bool seamless)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && !seamless)
			buf_add_char(self->out, ' ');
		add_text(self, words[i].at, words[i].len);
	}
}

static void text_line(struct roff *self, const char *at, size_t len)
{
	size_t from;

	if (len == 0 && !self->is_fenced) {
		end_paragraph(self);
		return;
	}
	if (!self->is_fenced) {
		if (at[0] == ' ' && !self->is_heading && !self->is_tag)
			end_line(self);
		while (len > 0 && (*at == ' ' || *at == '\t'))
			at++, len--;
	}
	from = start_text(self);
	add_text(self, at, len);
	end_text(self, from);
}

/* ---- tables ---- */

static void table_row(struct roff *self, const char *at, size_t len)
{
	const char *end = at + len;
	size_t from;

	if (len == 0 || (len == 1 && (*at == '_' || *at == '=')))
		return;
	from = start_text(self);
	while (at < end) {
		const char *tab = memchr(at, '\t', (size_t)(end - at));
		const char *stop = tab ? tab : end;
		const char *cell = at;

		at = stop + (tab != NULL);
		if (stop - cell >= 2 && (memcmp(cell, "T{", 2) == 0 || memcmp(cell, "T}", 2) == 0))
			cell += 2;
		if (stop > cell)
			add_text(self, cell, (size_t)(stop - cell));
		if (tab)
			buf_add_str(self->out, " | ");
	}
	end_text(self, from);
	end_line(self);
}

static void control(struct roff *self, const char *at, const char *end);

static void table(struct roff *self)
{
	struct line line;
	bool is_format = true;

	set_fence(self, false);
	end_paragraph(self);
	while (next_line(self, &line)) {
		const char *at = line.at;
		size_t len = line.len;

		while (len > 0 && at[len - 1] == ' ')
			len--;
		if (len >= 3 && memcmp(at, ".TE", 3) == 0)
			break;
		if (is_format)
			is_format = len == 0 || at[len - 1] != '.';
		else if (len >= 3 && memcmp(at, ".T&", 3) == 0)
			is_format = true;
		else if (is_control(&line))
			control(self, at + 1, at + len);
		else
			table_row(self, at, len);
	}
	set_fence(self, false);
	end_paragraph(self);
}

/* ---- conditions ---- */

/* at: behind "if"; moves it behind the condition. Only what is true of a terminal is true. */
static bool condition(const char **at, const char *end)
{
	const char *c = *at;
	bool is_not = false, is_met = false;

	while (c < end && (*c == ' ' || *c == '\t'))
		c++;
	while (c < end && *c == '!') {
		is_not = !is_not;
		c++;
	}
	if (c < end && (*c == '\'' || *c == '"')) { /* two strings are compared */
		char quote = *c++;

		for (int i = 0; i < 2; i++) {
			while (c < end && *c != quote)
				c++;
			c += c < end;
		}
	} else if (c < end && (*c == 'n' || *c == 'o')) {
		is_met = true;
		c++;
	} else {
		is_met = end - c >= 5 &&
			 (memcmp(c, "\\n(.g", 5) == 0 || memcmp(c, "\\n[.g", 5) == 0);
		while (c < end && *c != ' ' && *c != '\t')
			c++;
	}
	while (c < end && (*c == ' ' || *c == '\t'))
		c++;
	*at = c;
	return is_met != is_not;
}

static int braces(const char *at, const char *end)
{
	int n = 0;

	for (; end - at >= 2; at++)
		if (at[0] == '\\') {
			n += at[1] == '{' ? 1 : at[1] == '}' ? -1 : 0;
			at++;
		}
	return n;
}

/* What a condition governs: the rest of the line, or lines to the brace that closes. */
static void governed(struct roff *self, const char *at, const char *end, bool is_met)
{
	int open = braces(at, end);
	struct line line;

	if (is_met) {
		if (end - at >= 2 && at[0] == '\\' && at[1] == '{')
			at += 2;
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (at == end || (*at == '\\' && at + 1 == end) || self->depth >= ROFF_DEPTH_MAX)
			return;
		self->depth++;
		if (*at == '.' || *at == '\'')
			control(self, at + 1, end);
		else
			text_line(self, at, (size_t)(end - at));
		self->depth--;
		return;
	}
	while (open > 0 && next_line(self, &line))
		open += braces(line.at, line.at + line.len);
}

/* ---- macros ---- */

static void copy_word(char *to, size_t max, const struct roff_word *word)
{
	size_t n = word->len < max ? word->len : max - 1;

	memcpy(to, word->at, n);
	to[n] = '\0';
}

static void set_title(struct roff *self, const struct roff_word *words, size_t n)
{
	if (n > 0)
		copy_word(self->name, sizeof(self->name), &words[0]);
	if (n > 1)
		copy_word(self->section, sizeof(self->section), &words[1]);
}

static void inline_words(struct roff *self, const struct roff_word *words, size_t n, bool seamless)
{
	size_t from;

	if (n == 0)
		return;
	from = start_text(self);
	if (self->is_mdoc)
		roff_mdoc_words(&self->mdoc, words, n, self->out);
	else
		add_words(self, words, n, seamless);
	end_text(self, from);
}

static void item(struct roff *self, const struct roff_word *words, size_t n)
{
	set_fence(self, false);
	end_paragraph(self);
	self->is_tag = false;
	if (n == 0 || words[0].len == 0)
		return;
	if (self->is_mdoc) {
		self->is_tag = true;
		inline_words(self, words, n, false);
		return;
	}
	/* A bullet stands before its text, a word above it. */
	self->is_tag = words[0].len > 1 &&
		       memcmp(words[0].at, "\\(bu", words[0].len < 4 ? 1 : 4) != 0 &&
		       memcmp(words[0].at, "\\[bu", words[0].len < 4 ? 1 : 4) != 0;
	inline_words(self, words, 1, false);
}

static void display(struct roff *self, const struct roff_word *words, size_t n)
{
	end_paragraph(self);
	for (size_t i = 0; i < n; i++)
		if ((words[i].len == 8 && memcmp(words[i].at, "-literal", 8) == 0) ||
		    (words[i].len == 9 && memcmp(words[i].at, "-unfilled", 9) == 0))
			set_fence(self, true);
}

static void option(struct roff *self, const struct roff_word *words, size_t n)
{
	size_t from = start_text(self);

	buf_add_char(self->out, '[');
	add_words(self, words, n, false);
	buf_add_char(self->out, ']');
	end_text(self, from);
}

static void unknown(struct roff *self, const struct roff_word *words, size_t n)
{
	size_t from = start_text(self);

	if (!(self->is_mdoc && roff_mdoc_line(&self->mdoc, words, n, self->out)))
		add_words(self, words + 1, n - 1, false);
	end_text(self, from);
}

static void structure(struct roff *self, enum what what, const struct roff_word *words, size_t n)
{
	switch (what) {
	case W_SECTION:
	case W_SUBSECTION:
		start_heading(self, what == W_SECTION ? 2 : 3);
		inline_words(self, words, n, false);
		return;
	case W_BREAK:
		end_paragraph(self);
		self->is_tag = false;
		return;
	case W_LINE:
		end_line(self);
		return;
	case W_TAG:
		set_fence(self, false);
		end_paragraph(self);
		self->is_tag = true;
		return;
	case W_ITEM:
	case W_MDOC_ITEM:
		item(self, words, n);
		return;
	case W_NO_FILL:
	case W_FILL:
		set_fence(self, what == W_NO_FILL);
		return;
	case W_MDOC_DISPLAY:
		display(self, words, n);
		return;
	case W_MDOC_END:
		set_fence(self, false);
		end_paragraph(self);
		return;
	case W_MDOC_LINE:
		end_line(self);
		inline_words(self, words, n, false);
		end_line(self);
		return;
	case W_MDOC_WHAT:
		buf_add_str(self->out, " - ");
		inline_words(self, words, n, false);
		return;
	default:
		return;
	}
}

static void macro_run(struct roff *self, enum what what, const struct roff_word *words, size_t n)
{
	switch (what) {
	case W_JOIN:
	case W_SEAMLESS:
		inline_words(self, words, n, what == W_SEAMLESS);
		return;
	case W_OPTION:
		option(self, words, n);
		return;
	case W_DEFINE: {
		bool has_end = n > 1 && words[1].len > 0;

		skip_until(self, has_end ? words[1].at : ".", has_end ? words[1].len : 1);
		return;
	}
	case W_TABLE:
		table(self);
		return;
	case W_EQUATION:
		skip_until(self, "EN", 2);
		return;
	case W_MDOC:
		self->is_mdoc = true;
		return;
	case W_TITLE:
	case W_MDOC_TITLE:
		set_title(self, words, n);
		return;
	case W_MDOC_SPACING:
		self->mdoc.is_tight = n > 0 && words[0].len == 3;
		return;
	default:
		structure(self, what, words, n);
	}
}

static enum what macro_find(const char *name, size_t len, bool *ret_found)
{
	*ret_found = true;
	for (size_t i = 0; i < countof(macros); i++)
		if (strnlen(macros[i].name, sizeof(macros[i].name)) == len &&
		    memcmp(macros[i].name, name, len) == 0)
			return macros[i].what;
	*ret_found = false;
	return W_NOTHING;
}

/* at: behind the dot. */
static void control(struct roff *self, const char *at, const char *end)
{
	struct roff_word words[ROFF_WORDS_MAX];
	const char *name;
	enum what what;
	bool is_found, is_met;
	size_t n;

	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	name = at;
	while (at < end && *at != ' ' && *at != '\t' && *at != '\\')
		at++;
	if (at == name)
		return; /* a comment, or nothing */
	what = macro_find(name, (size_t)(at - name), &is_found);
	switch (what) {
	case W_IF:
		is_met = condition(&at, end);
		governed(self, at, end, is_met);
		return;
	case W_IFELSE:
		is_met = condition(&at, end);
		governed(self, at, end, is_met);
		self->is_else = !is_met;
		return;
	case W_ELSE:
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		governed(self, at, end, self->is_else);
		return;
	case W_STRING:
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		roff_string_set(&self->strings, at, (size_t)(end - at));
		return;
	default:
		break;
	}
	if (is_found) {
		n = split_words(at, end, words);
		macro_run(self, what, words, n);
		return;
	}
	n = split_words(name, end, words);
	if (n > 1 || (n == 1 && self->is_mdoc))
		unknown(self, words, n);
}

static void read_lines(struct roff *self)
{
	struct line line;

	while (buf_error(self->out) == 0 && next_line(self, &line)) {
		if (is_control(&line))
			control(self, line.at + 1, line.at + line.len);
		else
			text_line(self, line.at, line.len);
	}
	set_fence(self, false);
	end_line(self);
	if (self->name_from > 1 && self->name_to == 0)
		self->name_to = self->out->len;
}

void roff_page_release(struct roff_page *page)
{
	buf_release(&page->text);
	buf_release(&page->title);
	buf_release(&page->names);
}

static int error_of(const struct roff_page *page)
{
	bool is_short = page->text.error == -ENOMEM || page->title.error == -ENOMEM ||
			page->names.error == -ENOMEM;

	return is_short ? -ENOMEM : 0;
}

int roff_read(const char *data, size_t len, const char *file_name, struct roff_page *ret_page)
{
	struct roff *roff = calloc(1, sizeof(*roff));
	char *joined = malloc(len + 1);
	struct roff_called called;
	int r;

	if (!roff || !joined) {
		free(joined);
		free(roff);
		return -ENOMEM;
	}
	buf_init(&ret_page->text, ROFF_TEXT_MAX);
	buf_init(&ret_page->title, ROFF_TITLE_MAX);
	buf_init(&ret_page->names, ROFF_NAMES_MAX);
	roff->out = &ret_page->text;
	roff->mdoc.strings = &roff->strings;
	roff->at = joined;
	roff->end = joined + roff_lines_join(data, len, joined);
	read_lines(roff);
	called = (struct roff_called){ file_name, roff->section, NULL, NULL };
	if (roff->name_from > 1 && roff->name_to > roff->name_from && ret_page->text.data) {
		called.at = ret_page->text.data + roff->name_from;
		called.end = ret_page->text.data + roff->name_to;
	}
	roff_name(&called, &ret_page->title, &ret_page->names);
	r = error_of(ret_page);
	if (r < 0)
		roff_page_release(ret_page);
	free(joined);
	free(roff);
	return r;
}

bool roff_alias(const char *data, size_t len, char *ret_path, size_t max)
{
	struct roff roff = { .at = data, .end = data + len };
	const char *target = NULL;
	size_t n = 0;
	struct line line;

	while (next_line(&roff, &line)) {
		if (line.len == 0 || (line.len >= 2 && line.at[0] == '.' && line.at[1] == '\\') ||
		    (line.len >= 3 && memcmp(line.at, "'\\\"", 3) == 0))
			continue;
		if (target || line.len < 5 || memcmp(line.at, ".so ", 4) != 0)
			return false;
		target = line.at + 4;
		n = line.len - 4;
	}
	while (n > 0 && (target[n - 1] == ' ' || target[n - 1] == '\t'))
		n--;
	if (!target || n == 0 || n >= max || memchr(target, '\0', n))
		return false;
	memcpy(ret_path, target, n);
	ret_path[n] = '\0';
	return true;
}
