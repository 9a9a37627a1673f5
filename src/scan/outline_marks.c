/* SPDX-License-Identifier: MIT */
/* The brackets of a text: see scan/outline_marks.h. */
#include "scan/outline_marks.h"

#include <string.h>

void outline_marks_init(struct outline_marks *marks, const struct outline_lang *lang)
{
	memset(marks, 0, sizeof(*marks));
	marks->lang = lang;
	for (const char *at = "()[]{};\""; *at; at++)
		marks->is_special[(unsigned char)*at] = true;
	for (size_t i = 0; i < 2 && lang->line_comments[i]; i++)
		marks->is_special[(unsigned char)lang->line_comments[i][0]] = true;
	if (lang->block_open)
		marks->is_special[(unsigned char)lang->block_open[0]] = true;
	marks->is_special['\''] = lang->lexis & (LEX_SINGLE | LEX_CHAR);
	marks->is_special['`'] = lang->lexis & LEX_BACKTICK;
	marks->is_special['/'] |= (lang->lexis & LEX_REGEX) != 0;
	marks->is_special['<'] = lang->lexis & LEX_HEREDOC;
}

/* Behind the quotes that close, or NULL: they are not in this line. */
static const char *end_of_quotes(const struct outline_marks *marks, const char *at, const char *end)
{
	for (; at < end; at++) {
		size_t n = 0;

		if (marks->is_raw) {
			while (*at == '"' && n < marks->n_hashes && (size_t)(end - at) > n + 1 &&
			       at[n + 1] == '#')
				n++;
			if (*at == '"' && n == marks->n_hashes)
				return at + 1 + n;
		} else if (*at == '\\' &&
			   !(marks->quote == '`' && !(marks->lang->lexis & LEX_REGEX)))
			at++; /* Go's raw strings have no escapes */
		else if (*at == marks->quote && !marks->is_triple)
			return at + 1;
		else if (*at == marks->quote && end - at > 2 && at[1] == *at && at[2] == *at)
			return at + 3;
	}
	return NULL;
}

static bool goes_on(const struct outline_marks *marks, const char *line, const char *end)
{
	uint32_t lexis = marks->lang->lexis;

	return marks->is_triple || marks->is_raw || marks->quote == '`' ||
	       (lexis & LEX_MULTILINE) || (end > line && end[-1] == '\\');
}

/* A '/' that begins a regular expression: behind it; otherwise only the '/' is passed over. */
static const char *skip_regex(const char *line, const char *at, const char *end)
{
	const char *before = at, *from = at + 1;
	bool in_class = false;

	while (before > line && outline_is_blank(before[-1]))
		before--;
	if (before > line && !outline_is_mark(before[-1], "(,=:[!&|?{};+-*%<>~^") &&
	    !(before - line >= 6 && memcmp(before - 6, "return", 6) == 0))
		return from;
	for (at = from; at < end; at++) {
		if (*at == '\\')
			at++;
		else if (*at == '[')
			in_class = true;
		else if (*at == ']')
			in_class = false;
		else if (*at == '/' && !in_class)
			return at + 1;
	}
	return from;
}

/* <<WORD, <<-"WORD", <<~WORD, <<<WORD: remembers the word. */
static const char *heredoc_at(struct outline_marks *marks, const char *at, const char *end)
{
	const char *from = at + 1, *word;
	char quote = '\0';
	size_t len;

	if (from == end || *from != '<')
		return from;
	from++;
	if (from < end && *from == '<')
		from++;
	if (from < end && (*from == '-' || *from == '~'))
		from++;
	if (from < end && (*from == '"' || *from == '\''))
		quote = *from++;
	word = from;
	while (from < end && outline_is_word(*from) && *from != '$')
		from++;
	len = (size_t)(from - word);
	if (len == 0 || len >= sizeof(marks->heredoc) || (word[0] >= '0' && word[0] <= '9'))
		return at + 2;
	/* Without quotes only capitals: a << b is more often an operator. */
	if (!quote && !(word[0] >= 'A' && word[0] <= 'Z') &&
	    marks->lang->line_comments[0][0] != '#')
		return at + 2;
	memcpy(marks->heredoc, word, len);
	marks->heredoc_len = len;
	return quote && from < end ? from + 1 : from;
}

static bool ends_heredoc(const struct outline_marks *marks, const char *line, const char *end)
{
	while (line < end && outline_is_blank(*line))
		line++;
	return (size_t)(end - line) >= marks->heredoc_len &&
	       memcmp(line, marks->heredoc, marks->heredoc_len) == 0 &&
	       ((size_t)(end - line) == marks->heredoc_len ||
		!outline_is_word(line[marks->heredoc_len]));
}

/* From a quote: behind the quotes, or the line's end with `within` set. */
static const char *quotes_at(struct outline_marks *marks, const char *line, const char *at,
			     const char *end)
{
	uint32_t triple = *at == '"' ? LEX_TRIPLE : LEX_TRIPLE_SINGLE;
	const char *close;

	marks->quote = *at;
	marks->is_raw = false;
	if ((marks->lang->lexis & LEX_RAW) && at > line && *at == '"') {
		const char *before = at;

		while (before > line && before[-1] == '#')
			before--;
		marks->n_hashes = (size_t)(at - before);
		marks->is_raw = before > line && before[-1] == 'r';
	}
	marks->is_triple = (marks->lang->lexis & triple) && *at != '`' && end - at > 2 &&
			   at[1] == *at && at[2] == *at;
	close = end_of_quotes(marks, at + (marks->is_triple ? 3 : 1), end);
	if (close)
		return close < end ? close : end;
	if (goes_on(marks, line, end))
		marks->within = WITHIN_QUOTES;
	return end;
}

/* Behind the block comment that is open, or NULL: it goes on in the next line. */
static const char *end_of_comment(struct outline_marks *marks, const char *at, const char *end)
{
	const struct outline_lang *lang = marks->lang;
	size_t open_len = strlen(lang->block_open), close_len = strlen(lang->block_close);

	while (at < end) {
		const char *close = memmem(at, (size_t)(end - at), lang->block_close, close_len);
		const char *open = NULL;

		if (lang->lexis & LEX_NESTED)
			open = memmem(at, (size_t)((close ? close : end) - at), lang->block_open,
				      open_len);
		if (open) {
			marks->n_comments++;
			at = open + open_len;
		} else if (!close) {
			return NULL;
		} else if (at = close + close_len, --marks->n_comments == 0) {
			return at;
		}
	}
	return NULL;
}

/* From the mark of a comment: behind it, or the line's end with `within` set. */
static const char *comment_at(struct outline_marks *marks, const char *at, const char *end,
			      size_t mark)
{
	const struct outline_lang *lang = marks->lang;
	const char *close;

	if (!lang->block_open || mark != strlen(lang->block_open) ||
	    memcmp(at, lang->block_open, mark) != 0)
		return end;
	marks->n_comments = 1;
	close = end_of_comment(marks, at + mark, end);
	if (close)
		return close;
	marks->within = WITHIN_COMMENT;
	return end;
}

/* What went on from the line before: where code begins again, `end` if it does not. */
static const char *resume(struct outline_marks *marks, const char *line, const char *end)
{
	const char *close = NULL;

	switch (marks->within) {
	case WITHIN_CODE:
		return line;
	case WITHIN_COMMENT:
		close = end_of_comment(marks, line, end);
		break;
	case WITHIN_QUOTES:
		close = end_of_quotes(marks, line, end);
		if (!close && !goes_on(marks, line, end))
			close = end;
		break;
	case WITHIN_HEREDOC:
		close = ends_heredoc(marks, line, end) ? end : NULL;
		if (close)
			marks->heredoc_len = 0;
		break;
	case WITHIN_POD:
		close = end - line >= 4 && (memcmp(line, "=cut", 4) == 0 ||
					    memcmp(line, "=end", 4) == 0)
				? end
				: NULL;
		break;
	case WITHIN_DIRECTIVE:
		close = end > line && end[-1] == '\\' ? NULL : end;
		break;
	}
	if (!close)
		return end;
	marks->within = WITHIN_CODE;
	return close < end ? close : end;
}

static void add_mark(struct outline_marks *marks, const char *at)
{
	if (marks->n < OUTLINE_MARKS_MAX)
		marks->items[marks->n] = (struct outline_mark){ *at, at };
	marks->n++;
}

/* One special byte: where to go on. */
static const char *special_at(struct outline_marks *marks, const char *line, const char *at,
			      const char *end)
{
	uint32_t lexis = marks->lang->lexis;

	switch (*at) {
	case '(':
	case ')':
	case '[':
	case ']':
	case '{':
	case '}':
	case ';':
		add_mark(marks, at);
		return at + 1;
	case '"':
	case '`':
		return quotes_at(marks, line, at, end);
	case '\'':
		return lexis & LEX_CHAR ? outline_skip_char(at, end)
					: quotes_at(marks, line, at, end);
	case '/':
		return lexis & LEX_REGEX ? skip_regex(line, at, end) : at + 1;
	case '<':
		return lexis & LEX_HEREDOC ? heredoc_at(marks, at, end) : at + 1;
	default:
		return at + 1;
	}
}

void outline_marks_line(struct outline_marks *marks, const char *line, const char *end)
{
	const char *at;

	marks->n = 0;
	marks->last = '\0';
	if (marks->within == WITHIN_CODE && (marks->lang->lexis & LEX_POD) && line < end &&
	    *line == '=' && end - line > 1 && (unsigned)((line[1] | 32) - 'a') < 26)
		marks->within = WITHIN_POD;
	at = resume(marks, line, end);
	while (at < end) {
		size_t mark;

		if (!marks->is_special[(unsigned char)*at]) {
			if (!outline_is_blank(*at))
				marks->last = *at;
			at++;
			continue;
		}
		mark = outline_comment_mark(marks->lang, line, at, end);
		if (mark > 0) {
			at = comment_at(marks, at, end, mark);
			continue;
		}
		marks->last = *at;
		at = special_at(marks, line, at, end);
	}
	if (marks->n > OUTLINE_MARKS_MAX)
		marks->n = 0;
	if (marks->heredoc_len > 0 && marks->within == WITHIN_CODE)
		marks->within = WITHIN_HEREDOC;
}
