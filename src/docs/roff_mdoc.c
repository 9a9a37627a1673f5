/* SPDX-License-Identifier: MIT */
/*
 * Inline macros of mdoc(7): a line is words, some of which are macros that say what the words
 * behind them are, or enclose the rest of the line.
 */
#include "docs/roff_mdoc.h"

#include "base/attr.h"

#include <string.h>

enum kind {
	PLAIN,     /* its words as they are */
	FLAG,      /* each word with a dash */
	NAME,      /* the page's own name where it has no words */
	REFERENCE, /* name section */
	FUNCTION,  /* name(arguments) */
	ENCLOSE,   /* the rest of the line */
	OPEN,      /* until its end macro, maybe lines further */
	CLOSE,
	FIXED,   /* a text of its own */
	NOTHING, /* spacing */
	PASSED
};

struct macro {
	const char name[4];
	enum kind kind;
	const char *open, *close;
};

static const struct macro macros[] = {
	{ "Ad", PLAIN, "", "" },       { "An", PLAIN, "", "" },
	{ "Ar", PLAIN, "", "" },       { "Cd", PLAIN, "", "" },
	{ "Cm", PLAIN, "", "" },       { "Dv", PLAIN, "", "" },
	{ "Em", PLAIN, "", "" },       { "Er", PLAIN, "", "" },
	{ "Ev", PLAIN, "", "" },       { "Fa", PLAIN, "", "" },
	{ "Fl", FLAG, "", "" },        { "Fn", FUNCTION, "", "" },
	{ "Fo", FUNCTION, "", "" },    { "Fc", NOTHING, "", "" },
	{ "Ft", PLAIN, "", "" },       { "Ic", PLAIN, "", "" },
	{ "In", ENCLOSE, "<", ">" },   { "Li", PLAIN, "", "" },
	{ "Lk", PLAIN, "", "" },       { "Mt", PLAIN, "", "" },
	{ "Nm", NAME, "", "" },        { "No", PLAIN, "", "" },
	{ "Ns", NOTHING, "", "" },     { "Pa", PLAIN, "", "" },
	{ "Pf", PLAIN, "", "" },       { "St", PLAIN, "", "" },
	{ "Sx", PLAIN, "", "" },       { "Sy", PLAIN, "", "" },
	{ "Tn", PLAIN, "", "" },       { "Va", PLAIN, "", "" },
	{ "Vt", PLAIN, "", "" },       { "Xr", REFERENCE, "", "" },
	{ "Ap", FIXED, "'", "" },      { "Ux", FIXED, "UNIX", "" },
	{ "Bx", FIXED, "BSD", "" },    { "Fx", FIXED, "FreeBSD", "" },
	{ "Nx", FIXED, "NetBSD", "" }, { "Ox", FIXED, "OpenBSD", "" },
	{ "Op", ENCLOSE, "[", "]" },   { "Oo", OPEN, "[", "]" },
	{ "Oc", CLOSE, "", "]" },      { "Dq", ENCLOSE, "\"", "\"" },
	{ "Do", OPEN, "\"", "\"" },    { "Dc", CLOSE, "", "\"" },
	{ "Qq", ENCLOSE, "\"", "\"" }, { "Qo", OPEN, "\"", "\"" },
	{ "Qc", CLOSE, "", "\"" },     { "Sq", ENCLOSE, "'", "'" },
	{ "So", OPEN, "'", "'" },      { "Sc", CLOSE, "", "'" },
	{ "Ql", ENCLOSE, "'", "'" },   { "Pq", ENCLOSE, "(", ")" },
	{ "Po", OPEN, "(", ")" },      { "Pc", CLOSE, "", ")" },
	{ "Aq", ENCLOSE, "<", ">" },   { "Ao", OPEN, "<", ">" },
	{ "Ac", CLOSE, "", ">" },      { "Bq", ENCLOSE, "[", "]" },
	{ "Bo", OPEN, "[", "]" },      { "Bc", CLOSE, "", "]" },
	{ "Brq", ENCLOSE, "{", "}" },  { "Bro", OPEN, "{", "}" },
	{ "Brc", CLOSE, "", "}" },     { "D1", PLAIN, "", "" },
	{ "Dl", PLAIN, "", "" },       { "%A", PLAIN, "", "" },
	{ "%B", PLAIN, "", "" },       { "%D", PLAIN, "", "" },
	{ "%J", PLAIN, "", "" },       { "%T", PLAIN, "", "" },
	{ "%R", PLAIN, "", "" },       { "%O", PLAIN, "", "" },
};

/* One line as it is written. */
struct line {
	struct roff_mdoc *mdoc;
	struct buf *out;
	const struct macro *macro; /* of the words that follow; NULL = plain */
	unsigned n_words;          /* of that macro so far */
	bool is_glued;             /* no space before the next word */
	char closing[ROFF_WORDS_MAX];
	size_t n_closing;
};

static const struct macro *macro_find(const struct roff_word *word)
{
	if (word->is_quoted || word->len < 2 || word->len > 3)
		return NULL;
	for (size_t i = 0; i < countof(macros); i++)
		if (strlen(macros[i].name) == word->len &&
		    memcmp(macros[i].name, word->at, word->len) == 0)
			return &macros[i];
	return NULL;
}

static bool is_one_of(const struct roff_word *word, const char *set)
{
	return word->len == 1 && !word->is_quoted && strchr(set, word->at[0]) != NULL;
}

static void space(struct line *line)
{
	const struct buf *out = line->out;

	if (!line->is_glued && !line->mdoc->is_tight && out->len > 0 &&
	    out->data[out->len - 1] != ' ' && out->data[out->len - 1] != '\n')
		buf_add_char(line->out, ' ');
	line->is_glued = false;
}

static void add_text(struct line *line, const char *at, size_t len)
{
	(void)roff_text_add(line->mdoc->strings, at, len, line->out); /* lines end elsewhere */
}

static void add_name(struct line *line)
{
	if (line->mdoc->name) {
		space(line);
		add_text(line, line->mdoc->name, line->mdoc->name_len);
	}
}

static void end_function(struct line *line)
{
	if (line->macro && line->macro->kind == FUNCTION && line->n_words > 0)
		buf_add_char(line->out, ')');
}

static void end_macro(struct line *line)
{
	const struct macro *macro = line->macro;

	if (!macro)
		return;
	end_function(line);
	if (macro->kind == FLAG && line->n_words == 0) {
		space(line);
		buf_add_char(line->out, '-');
	} else if (macro->kind == NAME && line->n_words == 0) {
		add_name(line);
	}
	line->macro = NULL;
}

static void start_macro(struct line *line, const struct macro *macro)
{
	struct roff_mdoc *mdoc = line->mdoc;
	bool was_flag = line->macro && line->macro->kind == FLAG && line->n_words == 0;

	end_macro(line);
	line->is_glued |= was_flag; /* Fl Fl long, Fl Ns Ar x */
	line->n_words = 0;
	switch (macro->kind) {
	case ENCLOSE:
		space(line);
		buf_add_str(line->out, macro->open);
		line->is_glued = true;
		if (line->n_closing < sizeof(line->closing))
			line->closing[line->n_closing++] = macro->close[0];
		return;
	case OPEN:
		space(line);
		buf_add_str(line->out, macro->open);
		line->is_glued = true;
		if (mdoc->n_closing < sizeof(mdoc->closing))
			mdoc->closing[mdoc->n_closing++] = macro->close[0];
		return;
	case CLOSE:
		buf_add_str(line->out, macro->close);
		if (mdoc->n_closing > 0)
			mdoc->n_closing--;
		return;
	case FIXED:
		if (macro->open[0] == '\'')
			line->is_glued = true;
		space(line);
		buf_add_str(line->out, macro->open);
		line->is_glued = macro->open[0] == '\'';
		return;
	case NOTHING:
		line->is_glued = true;
		return;
	case PASSED:
		return;
	default:
		line->macro = macro;
	}
}

static void add_word(struct line *line, const struct roff_word *word)
{
	enum kind kind = line->macro ? line->macro->kind : PLAIN;
	bool is_prefix = line->macro && memcmp(line->macro->name, "Pf", 3) == 0;

	if (is_one_of(word, ".,:;)]?!")) {
		end_macro(line);
		add_text(line, word->at, word->len);
		return;
	}
	if (kind == REFERENCE && line->n_words == 1) {
		buf_add_char(line->out, '(');
		add_text(line, word->at, word->len);
		buf_add_char(line->out, ')');
		line->macro = NULL;
		return;
	}
	if (kind == FUNCTION && line->n_words > 0) {
		if (line->n_words > 1)
			buf_add_str(line->out, ", ");
		add_text(line, word->at, word->len);
		line->n_words++;
		return;
	}
	if (kind == NAME && !line->mdoc->name) {
		line->mdoc->name = word->at;
		line->mdoc->name_len = word->len;
	}
	space(line);
	if (kind == FLAG)
		buf_add_char(line->out, '-');
	add_text(line, word->at, word->len);
	if (kind == FUNCTION)
		buf_add_char(line->out, '(');
	line->is_glued = is_prefix || is_one_of(word, "([");
	if (is_prefix)
		line->macro = NULL;
	line->n_words++;
}

static void finish(struct line *line)
{
	end_macro(line);
	while (line->n_closing > 0)
		buf_add_char(line->out, line->closing[--line->n_closing]);
}

void roff_mdoc_words(struct roff_mdoc *self, const struct roff_word *words, size_t n,
		     struct buf *out)
{
	struct line line = { .mdoc = self, .out = out };

	/* Signs that end the line stand behind what it encloses. */
	for (size_t i = 0; i < n; i++) {
		const struct macro *macro = macro_find(&words[i]);

		if (macro)
			start_macro(&line, macro);
		else if (i + 1 == n && is_one_of(&words[i], ".,:;?!")) {
			finish(&line);
			add_word(&line, &words[i]);
		} else
			add_word(&line, &words[i]);
	}
	finish(&line);
}

bool roff_mdoc_line(struct roff_mdoc *self, const struct roff_word *words, size_t n,
		    struct buf *out)
{
	if (n == 0 || !macro_find(&words[0]))
		return false;
	roff_mdoc_words(self, words, n, out);
	return true;
}
