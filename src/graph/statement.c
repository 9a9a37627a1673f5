/* SPDX-License-Identifier: MIT */
#include "graph/statement.h"

#include "base/attr.h"
#include "base/letter.h"
#include "base/str.h"
#include "plan/question.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
	WORD_MAX = 64,
	FIGURE_MAX = 24,
	NEAR = 8, /* words from a cue to its figure */
};

enum role {
	ROLE_TERM, /* what it is about */
	ROLE_EMPTY,
	ROLE_NOT,
	ROLE_VAGUE,
	ROLE_PAST,    /* vague, but of what came with a version */
	ROLE_VERSION, /* the next figure is a version */
	ROLE_CUE,
	ROLE_STANCE,
	ROLE_SWITCH,
};

/* What words are, besides what a sentence is about. In byte order. */
static const struct word_role {
	const char *word;
	enum role role;
	int a, b; /* cue; group and side; value of a switch */
} roles[] = {
	{ "added", ROLE_CUE, CUE_SINCE, 0 },
	{ "allowed", ROLE_STANCE, 5, 1 },
	{ "almost", ROLE_VAGUE, 0, 0 },
	{ "approximately", ROLE_VAGUE, 0, 0 },
	{ "before", ROLE_VAGUE, 0, 0 },
	{ "cannot", ROLE_NOT, 0, 0 },
	{ "change", ROLE_VAGUE, 0, 0 },
	{ "changed", ROLE_VAGUE, 0, 0 },
	{ "consider", ROLE_VAGUE, 0, 0 },
	{ "could", ROLE_VAGUE, 0, 0 },
	{ "default", ROLE_CUE, CUE_DEFAULT, 0 },
	{ "defaults", ROLE_CUE, CUE_DEFAULT, 0 },
	{ "deprecated", ROLE_STANCE, 1, -1 },
	{ "disabled", ROLE_STANCE, 2, -1 },
	{ "disallowed", ROLE_STANCE, 5, -1 },
	{ "discouraged", ROLE_STANCE, 1, -1 },
	{ "dropped", ROLE_CUE, CUE_REMOVED, 0 },
	{ "enabled", ROLE_STANCE, 2, 1 },
	{ "example", ROLE_VAGUE, 0, 0 },
	{ "except", ROLE_VAGUE, 0, 0 },
	{ "false", ROLE_SWITCH, 0, 0 },
	{ "forbidden", ROLE_STANCE, 5, -1 },
	{ "formerly", ROLE_VAGUE, 0, 0 },
	{ "had", ROLE_VAGUE, 0, 0 },
	{ "if", ROLE_VAGUE, 0, 0 },
	{ "increase", ROLE_VAGUE, 0, 0 },
	{ "increased", ROLE_VAGUE, 0, 0 },
	{ "instead", ROLE_VAGUE, 0, 0 },
	{ "introduced", ROLE_CUE, CUE_SINCE, 0 },
	{ "limit", ROLE_CUE, CUE_MAXIMUM, 0 },
	{ "limited", ROLE_CUE, CUE_MAXIMUM, 0 },
	{ "lower", ROLE_VAGUE, 0, 0 },
	{ "mandatory", ROLE_STANCE, 3, 1 },
	{ "max", ROLE_CUE, CUE_MAXIMUM, 0 },
	{ "maximum", ROLE_CUE, CUE_MAXIMUM, 0 },
	{ "may", ROLE_VAGUE, 0, 0 },
	{ "maybe", ROLE_VAGUE, 0, 0 },
	{ "might", ROLE_VAGUE, 0, 0 },
	{ "min", ROLE_CUE, CUE_MINIMUM, 0 },
	{ "minimum", ROLE_CUE, CUE_MINIMUM, 0 },
	{ "needs", ROLE_CUE, CUE_REQUIRES, 0 },
	{ "never", ROLE_NOT, 0, 0 },
	{ "no", ROLE_NOT, 0, 0 },
	{ "not", ROLE_NOT, 0, 0 },
	{ "obsolete", ROLE_STANCE, 1, -1 },
	{ "off", ROLE_SWITCH, 0, 0 },
	{ "often", ROLE_VAGUE, 0, 0 },
	{ "older", ROLE_VAGUE, 0, 0 },
	{ "optional", ROLE_STANCE, 3, -1 },
	{ "override", ROLE_VAGUE, 0, 0 },
	{ "overrides", ROLE_VAGUE, 0, 0 },
	{ "permitted", ROLE_STANCE, 5, 1 },
	{ "port", ROLE_CUE, CUE_PORT, 0 },
	{ "preferred", ROLE_STANCE, 1, 1 },
	{ "previously", ROLE_VAGUE, 0, 0 },
	{ "prohibited", ROLE_STANCE, 5, -1 },
	{ "raise", ROLE_VAGUE, 0, 0 },
	{ "recommended", ROLE_STANCE, 1, 1 },
	{ "reduce", ROLE_VAGUE, 0, 0 },
	{ "release", ROLE_VERSION, 0, 0 },
	{ "removed", ROLE_CUE, CUE_REMOVED, 0 },
	{ "require", ROLE_CUE, CUE_REQUIRES, 0 },
	{ "required", ROLE_STANCE, 3, 1 },
	{ "requires", ROLE_CUE, CUE_REQUIRES, 0 },
	{ "roughly", ROLE_VAGUE, 0, 0 },
	{ "set", ROLE_EMPTY, 0, 0 },
	{ "since", ROLE_CUE, CUE_SINCE, 0 },
	{ "some", ROLE_VAGUE, 0, 0 },
	{ "sometimes", ROLE_VAGUE, 0, 0 },
	{ "supported", ROLE_STANCE, 4, 1 },
	{ "true", ROLE_SWITCH, 1, 0 },
	{ "typically", ROLE_VAGUE, 0, 0 },
	{ "unless", ROLE_VAGUE, 0, 0 },
	{ "unsupported", ROLE_STANCE, 4, -1 },
	{ "until", ROLE_VAGUE, 0, 0 },
	{ "use", ROLE_EMPTY, 0, 0 },
	{ "used", ROLE_EMPTY, 0, 0 },
	{ "using", ROLE_EMPTY, 0, 0 },
	{ "usually", ROLE_VAGUE, 0, 0 },
	{ "value", ROLE_EMPTY, 0, 0 },
	{ "version", ROLE_VERSION, 0, 0 },
	{ "versions", ROLE_VERSION, 0, 0 },
	{ "was", ROLE_PAST, 0, 0 },
	{ "were", ROLE_PAST, 0, 0 },
	{ "without", ROLE_NOT, 0, 0 },
};

static const struct {
	const char *word;
	enum statement_unit unit;
	double times;
} units[] = {
	{ "%", UNIT_PERCENT, 1 },
	{ "percent", UNIT_PERCENT, 1 },
	{ "ms", UNIT_MS, 1 },
	{ "millisecond", UNIT_MS, 1 },
	{ "milliseconds", UNIT_MS, 1 },
	{ "s", UNIT_MS, 1e3 },
	{ "sec", UNIT_MS, 1e3 },
	{ "secs", UNIT_MS, 1e3 },
	{ "second", UNIT_MS, 1e3 },
	{ "seconds", UNIT_MS, 1e3 },
	{ "min", UNIT_MS, 6e4 },
	{ "mins", UNIT_MS, 6e4 },
	{ "minute", UNIT_MS, 6e4 },
	{ "minutes", UNIT_MS, 6e4 },
	{ "h", UNIT_MS, 36e5 },
	{ "hour", UNIT_MS, 36e5 },
	{ "hours", UNIT_MS, 36e5 },
	{ "day", UNIT_MS, 864e5 },
	{ "days", UNIT_MS, 864e5 },
	{ "byte", UNIT_BYTES, 1 },
	{ "bytes", UNIT_BYTES, 1 },
	{ "kb", UNIT_BYTES, 1024 },
	{ "kib", UNIT_BYTES, 1024 },
	{ "mb", UNIT_BYTES, 1048576 },
	{ "mib", UNIT_BYTES, 1048576 },
	{ "gb", UNIT_BYTES, 1073741824 },
	{ "gib", UNIT_BYTES, 1073741824 },
};

static const char *const number_words[] = { "two",   "three", "four", "five", "six",
					    "seven", "eight", "nine", "ten" };

struct reader {
	struct statement *out;
	struct words_state *state;
	const char *text;
	size_t at, len;
	unsigned n_candidates;    /* figures that can be a value */
	size_t cue_at, figure_at; /* counted in words */
	enum statement_unit unit;
	double value, version;
	int switch_value; /* -1 = none */
	bool after_version, after_capital, is_past;
};

static int compare_word(const void *key, const void *item)
{
	return strcmp(key, ((const struct word_role *)item)->word);
}

static const struct word_role *find_role(const char *word)
{
	return bsearch(word, roles, countof(roles), sizeof(*roles), compare_word);
}

/* Into a sorted list, once. */
static void insert(uint64_t *list, size_t *n, size_t max, uint64_t hash)
{
	size_t at = 0;

	while (at < *n && list[at] < hash)
		at++;
	if ((at < *n && list[at] == hash) || *n == max)
		return;
	memmove(list + at + 1, list + at, (*n - at) * sizeof(*list));
	list[at] = hash;
	(*n)++;
}

/* ---- figures ---- */

static bool is_word_byte(const struct reader *reader, size_t at)
{
	return at < reader->len && words_is_name_byte((unsigned char)reader->text[at]);
}

/* The unit that begins at or, past one blank, after `at`; where it ends. */
static size_t read_unit(const struct reader *reader, size_t at, size_t *ret_unit)
{
	char word[WORD_MAX];
	size_t n = 0, from = at;

	*ret_unit = countof(units);
	if (from < reader->len && (reader->text[from] == ' ' || reader->text[from] == '-'))
		from++;
	if (from < reader->len && reader->text[from] == '%') {
		*ret_unit = 0;
		return from + 1;
	}
	while (is_word_byte(reader, from + n) && n < sizeof(word) - 1) {
		word[n] = (char)tolower((unsigned char)reader->text[from + n]);
		n++;
	}
	word[n] = 0;
	for (size_t i = 0; n && i < countof(units); i++) {
		if (str_equal(units[i].word, word)) {
			*ret_unit = i;
			return from + n;
		}
	}
	return at;
}

/* "3.10.2" as one number that is greater for what came later. */
static double version_number(const char *text)
{
	double number = 0, scale = 1e6;

	for (unsigned i = 0; i < 3 && *text; i++, scale /= 1e3) {
		number += fmin((double)strtoul(text, NULL, 10), 999) * scale;
		text += strspn(text, "0123456789");
		text += *text == '.';
	}
	return number;
}

/* Copies a figure without the commas of thousands; returns where it ends. */
static size_t copy_figure(const struct reader *reader, size_t at, char out[FIGURE_MAX],
			  unsigned *ret_dots)
{
	size_t n = 0;

	*ret_dots = 0;
	while (at < reader->len) {
		char c = reader->text[at];
		bool is_inner = (c == '.' || c == ',') && at + 1 < reader->len &&
				isdigit((unsigned char)reader->text[at + 1]);

		if (!isdigit((unsigned char)c) && !is_inner)
			break;
		*ret_dots += c == '.';
		if (c != ',' && n < FIGURE_MAX - 1)
			out[n++] = c;
		at++;
	}
	out[n] = 0;
	return at;
}

static void take_value(struct reader *reader, double value, enum statement_unit unit)
{
	reader->out->n_figures++;
	reader->n_candidates++;
	reader->figure_at = reader->out->n_words;
	reader->value = value;
	reader->unit = unit;
}

/* "[12]", "ssh(1)". */
static bool is_reference(const struct reader *reader, size_t start)
{
	if (start > 0 && reader->text[start - 1] == '[')
		return true;
	return start > 1 && reader->text[start - 1] == '(' && is_word_byte(reader, start - 2) &&
	       reader->at < reader->len && reader->text[reader->at] == ')';
}

static void take_figure(struct reader *reader, bool has_v)
{
	char figure[FIGURE_MAX];
	size_t start = reader->at, unit, end;
	unsigned dots;
	bool is_cited;
	double value;

	reader->at = copy_figure(reader, start, figure, &dots);
	value = strtod(figure, NULL);
	is_cited = is_reference(reader, start);
	/* Dates, times of day and ranges are no figures; nor are marks of references. */
	if (reader->at + 1 < reader->len && strchr("-:/", reader->text[reader->at]) &&
	    isdigit((unsigned char)reader->text[reader->at + 1])) {
		while (reader->at < reader->len &&
		       (isdigit((unsigned char)reader->text[reader->at]) ||
			strchr("-:/.", reader->text[reader->at])))
			reader->at++;
		return;
	}
	if (is_cited)
		return;
	end = read_unit(reader, reader->at, &unit);
	if (unit < countof(units)) {
		reader->at = end;
		take_value(reader, value * units[unit].times, units[unit].unit);
	} else if (has_v || reader->after_version || dots > 1 || reader->after_capital) {
		reader->version = version_number(figure);
		reader->out->n_figures++;
	} else if (!(dots == 0 && strlen(figure) == 4 && value >= 1900 && value < 2100)) {
		take_value(reader, value, UNIT_NONE);
	}
	while (is_word_byte(reader, reader->at))
		reader->at++; /* "2nd", "0x1f" */
}

/* ---- words ---- */

static void take_name(struct reader *reader, const char *name, size_t len)
{
	char plain[WORD_MAX];
	size_t n = 0;
	uint64_t hash;

	for (size_t i = 0; i < len && n < sizeof(plain); i++) {
		if (name[i] != '_')
			plain[n++] = (char)tolower((unsigned char)name[i]);
	}
	hash = XXH3_64bits(plain, n);
	insert(reader->out->terms, &reader->out->n_terms, STATEMENT_TERMS, hash);
	insert(reader->out->names, &reader->out->n_names, STATEMENT_NAMES, hash);
}

static void take_role(struct reader *reader, const struct word_role *role)
{
	struct statement *out = reader->out;

	switch (role->role) {
	case ROLE_NOT:
		out->is_negated = true;
		return;
	case ROLE_VAGUE:
		out->is_vague = true;
		return;
	case ROLE_PAST:
		reader->is_past = true;
		return;
	case ROLE_VERSION:
		reader->after_version = true;
		return;
	case ROLE_CUE:
		if (out->cue == CUE_NONE || role->a == CUE_DEFAULT) {
			out->cue = (enum statement_cue)role->a;
			reader->cue_at = out->n_words;
		}
		reader->after_version = role->a >= CUE_SINCE;
		return;
	case ROLE_STANCE:
		/* Two of them in one sentence are about two things. */
		out->is_vague |= out->stance != 0;
		out->stance = (unsigned)role->a;
		out->side = role->b;
		return;
	case ROLE_SWITCH:
		out->is_vague |= reader->switch_value >= 0;
		reader->switch_value = role->a;
		return;
	case ROLE_EMPTY:
	case ROLE_TERM:
		return;
	}
}

static bool take_number_word(struct reader *reader, const char *word)
{
	for (size_t i = 0; i < countof(number_words); i++) {
		size_t unit;

		if (!str_equal(number_words[i], word))
			continue;
		reader->at = read_unit(reader, reader->at, &unit);
		take_value(reader,
			   (double)(i + 2) * (unit < countof(units) ? units[unit].times : 1),
			   unit < countof(units) ? units[unit].unit : UNIT_NONE);
		return true;
	}
	return false;
}

static void take_plain(struct reader *reader, const char *word, size_t len)
{
	size_t stem_len;
	const char *stem;

	if (question_is_stop_word(word) || len < 2)
		return;
	stem = words_stem(reader->state, word, len, &stem_len);
	if (stem)
		insert(reader->out->terms, &reader->out->n_terms, STATEMENT_TERMS,
		       XXH3_64bits(stem, stem_len));
}

/* "isn't", "don’t": what follows the word. */
static bool take_contraction(struct reader *reader, const char *word, size_t len)
{
	const char *rest = reader->text + reader->at;
	size_t left = reader->len - reader->at;

	if (word[len - 1] != 'n' || left < 2)
		return false;
	if (rest[0] == '\'' && rest[1] == 't') {
		reader->at += 2;
	} else if (left >= 4 && memcmp(rest, "\xe2\x80\x99t", 4) == 0) {
		reader->at += 4;
	} else {
		return false;
	}
	reader->out->is_negated = true;
	return true;
}

static void take_word(struct reader *reader)
{
	const char *text = reader->text + reader->at;
	const struct word_role *role;
	char word[WORD_MAX + 1];
	size_t len = 0, n;
	bool is_first = reader->out->n_words == 0, is_capital = isupper((unsigned char)*text);

	if ((*text == 'v' || *text == 'V') && reader->at + 1 < reader->len &&
	    isdigit((unsigned char)text[1])) {
		reader->at++;
		take_figure(reader, true);
		return;
	}
	while (is_word_byte(reader, reader->at + len))
		len++;
	reader->at += len;
	reader->out->n_words++;
	if (len > WORD_MAX)
		return;
	n = letter_fold_text(text, len, word);
	word[n] = '\0';
	reader->out->hash = XXH3_64bits_withSeed(word, n, reader->out->hash);
	role = find_role(word);
	reader->after_capital = false;
	if (role) {
		take_role(reader, role);
		return;
	}
	if (!take_contraction(reader, word, n) && !take_number_word(reader, word)) {
		if (words_is_name(text, len))
			take_name(reader, text, len);
		else
			take_plain(reader, word, n);
	}
	reader->after_version = false;
	reader->after_capital = is_capital && !is_first;
}

/* Addresses and the targets of links say nothing. */
static size_t skip_address(const struct reader *reader)
{
	const char *at = reader->text + reader->at;
	size_t left = reader->len - reader->at;
	size_t n = 0;

	if (left > 2 && at[0] == ']' && at[1] == '(') {
		while (n < left && at[n] != ')')
			n++;
	} else if (left > 8 && (memcmp(at, "http://", 7) == 0 || memcmp(at, "https://", 8) == 0)) {
		while (n < left && !isspace((unsigned char)at[n]) && at[n] != ')')
			n++;
	}
	return n;
}

static bool is_near(const struct reader *reader)
{
	size_t a = reader->cue_at, b = reader->figure_at;

	return (a > b ? a - b : b - a) <= NEAR;
}

static void settle(struct reader *reader)
{
	struct statement *out = reader->out;
	bool is_version = out->cue >= CUE_SINCE;

	out->is_vague |= reader->is_past && !is_version;
	if (out->is_negated)
		out->side = -out->side;
	if (is_version && reader->version > 0 && !reader->n_candidates) {
		out->value = reader->version;
		out->unit = UNIT_VERSION;
		out->has_value = out->n_figures == 1;
	} else if (out->cue != CUE_NONE && !is_version && reader->n_candidates == 1) {
		out->value = reader->value;
		out->unit = reader->unit;
		out->has_value = reader->switch_value < 0 && is_near(reader);
		out->scope = reader->version;
	} else if (out->cue == CUE_DEFAULT && !out->n_figures && reader->switch_value >= 0) {
		out->value = reader->switch_value;
		out->unit = UNIT_SWITCH;
		out->has_value = true;
	} else {
		out->scope = reader->version;
	}
}

void statement_read(const char *text, size_t len, struct words_state *state,
		    struct statement *ret_statement)
{
	struct reader reader = {
		.out = ret_statement, .state = state, .text = text, .len = len, .switch_value = -1
	};

	*ret_statement = (struct statement){ .text = text, .len = len };
	while (reader.at < len) {
		unsigned char c = (unsigned char)text[reader.at];
		size_t skipped = skip_address(&reader);

		/* A command that is typed says nothing of what is. */
		if (c == '$' && reader.at + 1 < len && text[reader.at + 1] == ' ')
			ret_statement->is_vague = true;
		if (skipped)
			reader.at += skipped;
		else if (isdigit(c))
			take_figure(&reader, false);
		else if (words_is_name_byte(c))
			take_word(&reader);
		else
			reader.at++;
	}
	settle(&reader);
}
