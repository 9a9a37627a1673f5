/* SPDX-License-Identifier: MIT */
/*
 * Every way to match against PCRE2, on random patterns and random lines: the sieve with each
 * instruction set, PCRE2 in its ASCII and Unicode forms, the automaton, the linear matcher, and
 * the pass over a whole text that chooses among them. The reference compiles the pattern as it
 * is written and asks about one line at a time. VOLLEY_CASES and VOLLEY_SEED as elsewhere.
 */
#include "scan/automaton.h"
#include "scan/linear.h"
#include "scan/search.h"
#include "scan/sieve.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N_LINES = 40, LINE_MAX_LEN = 60, PATTERN_MAX = 400, TEXT_MAX = N_LINES * 300 };

static uint64_t random_state;

static unsigned pick(unsigned n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % n;
}

static const char *const words[] = { "foo",   "bar", "struct",   "a",        "ab",
				     "retry", "x1",  "_y",       "0x",       "Foo",
				     "k",     "s",   "\xc3\xa9", "\xcf\x83", "\xe4\xb8\xad" };
static const char *const gaps[] = { " ", "", "\t", "-", "(", ")", "=", ".", ";", "  " };
/* No invalid UTF-8: there PCRE2 means something else by "$" than ripgrep does. */
static const char *const wild[] = { "\xe2\x84\xaa", "\xc5\xbf", "\xc2\xa0" };

/* One line; wide lines may hold UTF-8. */
static size_t make_line(char *out, bool is_wide)
{
	unsigned n = pick(8);
	size_t len = 0;

	for (unsigned i = 0; i < n && len < LINE_MAX_LEN; i++) {
		const char *word = words[pick(is_wide ? countof(words) : 12)];
		const char *gap = is_wide && pick(6) == 0 ? wild[pick(countof(wild))]
							  : gaps[pick(countof(gaps))];

		len += (size_t)sprintf(out + len, "%s%s", word, gap);
	}
	return len;
}

/* Syntax that PCRE2 and ripgrep share, and mean alike where the lines are as above. */
static void make_pattern(char *out, unsigned depth, bool is_wide)
{
	static const char *const atoms[] = { "[a-f]", "[^a-f]", ".",      "\\d", "\\s", "\\S",
					     "\\w",   "[0-9x]", "[\\w-]", "\\(", "\\.", "[ \\t]" };
	static const char *const ends[] = { "", "", "", "*", "+", "?", "{2}", "{1,3}", "*?", "+?" };
	unsigned n = 1 + pick(4);

	for (unsigned i = 0; i < n; i++) {
		char kid[PATTERN_MAX] = "", other[PATTERN_MAX] = "";
		unsigned kind = pick(10);

		if (kind < 4) {
			strcat(out, "(?:");
			strcat(out, words[pick(is_wide ? countof(words) : 12)]);
			strcat(out, ")");
		} else if (kind < 7 || depth == 0) {
			strcat(out, atoms[pick(countof(atoms))]);
		} else if (kind == 7) {
			strcat(out, pick(2) ? "\\b" : pick(2) ? "^" : "$");
			continue;
		} else {
			make_pattern(kid, depth - 1, is_wide);
			make_pattern(other, depth - 1, is_wide);
			if (strlen(out) + strlen(kid) + strlen(other) + 40 > PATTERN_MAX)
				return;
			strcat(out, "(?:");
			strcat(out, kid);
			strcat(out, "|");
			strcat(out, other);
			strcat(out, ")");
		}
		strcat(out, ends[pick(countof(ends))]);
	}
}

struct fixture {
	char pattern[PATTERN_MAX * 2];
	bool is_wide, is_icase;
	unsigned char text[TEXT_MAX + SIEVE_PADDING];
	size_t len;
	struct line lines[N_LINES];
	bool expected[N_LINES];
	size_t bounds[N_LINES][2];
};

static void make_text(struct fixture *f)
{
	f->len = 0;
	for (size_t i = 0; i < N_LINES; i++) {
		f->lines[i].start = f->len;
		f->len += make_line((char *)f->text + f->len, f->is_wide);
		f->lines[i].end = f->len;
		f->text[f->len++] = '\n';
	}
	memset(f->text + f->len, 'f', SIEVE_PADDING); /* nothing may be found beyond the end */
}

/* What PCRE2 says of each line. false: it gave up on one. */
static bool ask_reference(struct fixture *f)
{
	bool is_sure = true;
	uint32_t options = PCRE2_MULTILINE | (f->is_icase ? PCRE2_CASELESS : 0);
	int code;
	PCRE2_SIZE at;
	pcre2_code *re;
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);

	if (f->is_wide)
		options |= PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF;
	re = pcre2_compile((PCRE2_SPTR)f->pattern, PCRE2_ZERO_TERMINATED, options, &code, &at,
			   NULL);
	if (!re)
		fail_msg("PCRE2 refuses /%s/", f->pattern);
	for (size_t i = 0; i < N_LINES; i++) {
		const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(data);
		int r = pcre2_match(re, f->text + f->lines[i].start,
				    f->lines[i].end - f->lines[i].start, 0, 0, data, NULL);

		is_sure &= r >= PCRE2_ERROR_NOMATCH;
		f->expected[i] = r > 0;
		f->bounds[i][0] = bounds[0];
		f->bounds[i][1] = bounds[1];
	}
	pcre2_match_data_free(data);
	pcre2_code_free(re);
	return is_sure;
}

static void complain(const struct fixture *f, const char *path, size_t i)
{
	fail_msg("%s: pattern /%s/%s, line '%.*s': PCRE2 says %s", path, f->pattern,
		 f->is_icase ? "i" : "", (int)(f->lines[i].end - f->lines[i].start),
		 f->text + f->lines[i].start, f->expected[i] ? "match" : "none");
}

/* bounds NULL: no match. */
static void check_bounds(const struct fixture *f, const struct matcher *matcher, const char *path,
			 size_t i, const size_t *bounds)
{
	bool is_right = !bounds == !f->expected[i];

	/* Where the loop ends is another matter: ripgrep is the oracle of that. */
	if (is_right && bounds)
		is_right = bounds[0] == f->bounds[i][0] &&
			   (bounds[1] == f->bounds[i][1] || matcher->regex.loops_on_empty);
	if (!is_right)
		complain(f, path, i);
}

static void check_lines(const struct fixture *f, const struct matcher *matcher)
{
	struct matcher_scratch *scratch = matcher_scratch_new();
	struct linear *linear = NULL;
	struct linear_scratch *linear_scratch;

	assert_int_equal(linear_new(&matcher->regex, &linear), 0);
	linear_scratch = linear_scratch_new(linear);
	for (size_t i = 0; i < N_LINES; i++) {
		struct subject subject = { f->text + f->lines[i].start,
					   f->lines[i].end - f->lines[i].start, false };
		size_t bounds[2] = { 0 };
		bool found = matcher_find(matcher, scratch, &subject, 0, bounds) > 0;

		check_bounds(f, matcher, "unicode form", i, found ? bounds : NULL);
		subject.is_ascii = text_is_ascii(subject.text, subject.len);
		found = matcher_find(matcher, scratch, &subject, 0, bounds) > 0;
		check_bounds(f, matcher, "ascii form", i, found ? bounds : NULL);
		found = linear_find(linear, linear_scratch, subject.text, subject.len, 0, bounds);
		check_bounds(f, matcher, "linear", i, found ? bounds : NULL);
	}
	linear_scratch_free(linear_scratch);
	linear_free(linear);
	matcher_scratch_free(scratch);
}

static void check_search(const struct fixture *f, struct matcher *matcher)
{
	struct search *search = search_new(&matcher, 1);
	struct search_state state;
	struct text text = { .data = f->text, .len = f->len };
	uint64_t wanted = 1, once = 0;
	size_t at = 0;

	assert_true(search_state_init(&state, search));
	search_text(search, &state, &text, f->len, &(struct search_wish){ &wanted, &once, &once });
	for (size_t i = 0; i < N_LINES; i++) {
		bool found =
			at < state.hits[0].n && state.hits[0].items[at].start == f->lines[i].start;

		if (found != f->expected[i])
			complain(f, "search", i);
		at += found;
	}
	assert_int_equal(at, state.hits[0].n);
	search_state_release(&state, search);
	search_free(search);
}

struct found {
	const struct fixture *f;
	bool lines[N_LINES];
};

static void note_found(void *data, uint32_t index, size_t end)
{
	struct found *found = data;

	assert_int_equal(index, 0);
	for (size_t i = 0; i < N_LINES; i++) {
		if (end > found->f->lines[i].start && end <= found->f->lines[i].end)
			found->lines[i] = true;
	}
}

/* A superset, and the very lines where it says that it is exact. */
static void check_automaton(const struct fixture *f, struct matcher *matcher)
{
	const uint32_t index = 0;
	struct automaton *automaton;
	struct automaton_scratch *scratch;
	struct found found = { .f = f };

	if (matcher->kind == MATCHER_EMPTY || matcher->kind == MATCHER_NEVER)
		return;
	automaton = automaton_new(&matcher, &index, 1);
	if (!automaton)
		return;
	scratch = automaton_scratch_new(automaton);
	assert_int_equal(automaton_scan(automaton, scratch, f->text, f->len, note_found, &found),
			 0);
	for (size_t i = 0; i < N_LINES; i++) {
		bool is_ascii = text_is_ascii(f->text + f->lines[i].start,
					      f->lines[i].end - f->lines[i].start);

		if (f->expected[i] && !found.lines[i])
			complain(f, "automaton", i);
		if (is_ascii && automaton_is_exact(automaton, 0) &&
		    found.lines[i] != f->expected[i])
			complain(f, "automaton (exact)", i);
	}
	automaton_scratch_free(scratch);
	automaton_free(automaton);
}

/* Each instruction set finds the needles that a naive search finds. */
static void check_sieve(const struct fixture *f, const struct matcher *matcher)
{
	static const char *const isas[] = { "scalar", "avx2", "avx512vbmi" };
	struct sieve_entry entries[NEEDLES_MAX];
	const struct needle_set *needles = &matcher->needles;
	size_t n_expected = 0;

	if (!needles->is_valid || !needles->n)
		return;
	for (size_t k = 0; k < needles->n; k++) {
		const struct needle *needle = needles->items[k];

		entries[k] = (struct sieve_entry){ needle, (uint32_t)k };
		for (size_t at = 0; at + needle->len <= f->len; at++) {
			size_t i = 0;

			while (i < needle->len && byte_set_has(&needle->at[i], f->text[at + i]))
				i++;
			n_expected += i == needle->len;
		}
	}
	for (size_t s = 0; s < countof(isas); s++) {
		struct sieve *sieve = sieve_new_isa(entries, needles->n, isas[s]);
		struct sieve_hit hits[64];
		size_t from = 0, n = 0;

		if (!sieve)
			continue; /* not on this processor */
		while (from < f->len)
			n += sieve_scan(sieve, f->text, f->len, &from, hits, countof(hits));
		if (n != n_expected)
			fail_msg("sieve %s finds %zu needles of /%s/, not %zu", isas[s], n,
				 f->pattern, n_expected);
		sieve_free(sieve);
	}
}

static void test_paths(void **state)
{
	const char *cases = getenv("VOLLEY_CASES"), *seed = getenv("VOLLEY_SEED");
	unsigned n_cases = cases ? (unsigned)atoi(cases) : 3000;
	static struct fixture f;

	(void)state; /* none */
	random_state = seed ? (uint64_t)atoll(seed) : 1;
	for (unsigned i = 0; i < n_cases; i++) {
		struct matcher *matcher;
		struct error err;
		size_t at;

		f.is_wide = pick(2);
		f.is_icase = pick(4) == 0;
		f.pattern[0] = '\0';
		make_pattern(f.pattern, 2, f.is_wide);
		make_text(&f);
		if (!ask_reference(&f))
			continue;
		if (matcher_new(f.pattern, strlen(f.pattern), f.is_icase ? REGEX_ICASE : 0,
				&matcher, &at, &err))
			fail_msg("/%s/: byte %zu: %s", f.pattern, at, err.text);
		check_lines(&f, matcher);
		check_search(&f, matcher);
		check_automaton(&f, matcher);
		check_sieve(&f, matcher);
		matcher_free(matcher);
	}
}

static void test_known_answers(void **state)
{
	struct error err;

	(void)state; /* none */
	if (automaton_self_test(&err))
		fail_msg("%s", err.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_known_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
