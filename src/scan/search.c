/* SPDX-License-Identifier: MIT */
/*
 * The pass over one text. Candidates come from the sieve in order; the line around a candidate is
 * found once and kept for the next ones, and a matcher judges a line at most once, however many
 * candidates it holds. `done` is how far a matcher has judged: candidates before it are dropped.
 */
#include "scan/search.h"

#include "scan/automaton.h"
#include "scan/sieve.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	SIEVE_NEEDLES = 24, /* about three to a bucket: more let too much through */
	HITS_MAX = 2048,    /* of a sieve_scan(); more than its needles by far */
	/* Weak matchers go to PCRE2 one by one until that has cost as much as compiling an
	 * automaton would; small jobs never get there. In bytes times matchers. */
	AUTOMATON_FROM = 24 << 20,
};

enum automaton_state { AUTOMATON_NONE, AUTOMATON_COMPILING, AUTOMATON_READY, AUTOMATON_FAILED };

struct search {
	struct matcher *const *matchers;
	size_t n;
	struct sieve **sieves;
	size_t n_sieves;
	uint32_t *alone; /* matchers that go over the text by themselves */
	size_t n_alone;
	uint32_t *weak; /* those of them that an automaton might take */
	size_t n_weak;
	atomic_int automaton_state;
	struct automaton *automaton;
	atomic_size_t weak_work; /* done so far by PCRE2 */
};

static bool is_sieved(const struct matcher *matcher)
{
	return matcher->kind == MATCHER_NEEDLE || matcher->kind == MATCHER_SIEVED;
}

static bool add_sieve(struct search *search, const struct sieve_entry *entries, size_t n)
{
	struct sieve *sieve = sieve_new(entries, n);

	if (!sieve)
		return false;
	search->sieves[search->n_sieves++] = sieve;
	return true;
}

/* All needles of a matcher go into one sieve, so that its candidates come in order. */
static bool build_sieves(struct search *search)
{
	struct sieve_entry entries[SIEVE_NEEDLES + NEEDLES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < search->n; i++) {
		const struct matcher *matcher = search->matchers[i];

		if (!is_sieved(matcher))
			continue;
		for (size_t k = 0; k < matcher->needles.n; k++)
			entries[n++] =
				(struct sieve_entry){ matcher->needles.items[k], (uint32_t)i };
		if (n >= SIEVE_NEEDLES) {
			if (!add_sieve(search, entries, n))
				return false;
			n = 0;
		}
	}
	return !n || add_sieve(search, entries, n);
}

struct search *search_new(struct matcher *const *matchers, size_t n)
{
	struct search *search = calloc(1, sizeof(*search));

	if (!search)
		return NULL;
	search->matchers = matchers;
	search->n = n;
	search->alone = malloc((n + 1) * sizeof(*search->alone));
	search->weak = malloc((n + 1) * sizeof(*search->weak));
	search->sieves = calloc(n + 1, sizeof(struct sieve *));
	if (!search->alone || !search->weak || !search->sieves || !build_sieves(search)) {
		search_free(search);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		if (!is_sieved(matchers[i]) && matchers[i]->kind != MATCHER_NEVER)
			search->alone[search->n_alone++] = (uint32_t)i;
		if (matchers[i]->kind == MATCHER_WEAK && !matchers[i]->is_multiline)
			search->weak[search->n_weak++] = (uint32_t)i;
	}
	return search;
}

void search_free(struct search *search)
{
	if (!search)
		return;
	for (size_t i = 0; i < search->n_sieves; i++)
		sieve_free(search->sieves[i]);
	free(search->sieves);
	automaton_free(search->automaton);
	free(search->weak);
	free(search->alone);
	free(search);
}

bool search_state_init(struct search_state *state, const struct search *search)
{
	*state = (struct search_state){ 0 };
	state->hits = calloc(search->n + 1, sizeof(*state->hits));
	state->done = calloc(search->n + 1, sizeof(*state->done));
	state->was_limited = calloc(search->n + 1, sizeof(*state->was_limited));
	state->scratch = matcher_scratch_new();
	if (state->hits && state->done && state->was_limited && state->scratch)
		return true;
	search_state_release(state, search);
	return false;
}

void search_state_release(struct search_state *state, const struct search *search)
{
	for (size_t i = 0; state->hits && i < search->n; i++)
		vec_release(&state->hits[i]);
	free(state->hits);
	free(state->done);
	free(state->was_limited);
	matcher_scratch_free(state->scratch);
	automaton_scratch_free(state->automaton_scratch);
	*state = (struct search_state){ 0 };
}

const char *search_engine(const struct search *search, size_t i)
{
	if (is_sieved(search->matchers[i]) || search->matchers[i]->kind == MATCHER_NEVER)
		return "literal";
	if (atomic_load(&search->automaton_state) == AUTOMATON_READY &&
	    automaton_has(search->automaton, (uint32_t)i))
		return "hyperscan";
	return "pcre2";
}

/* The text in hand, with what a worker knows about it. */
struct pass {
	const struct search *search;
	struct search_state *state;
	const unsigned char *data;
	size_t len;
	const struct search_wish *wish;
	enum { NOT_KNOWN, ASCII, NOT_ASCII } kind;
};

/* Whether the whole text is, found out when somebody asks. */
static bool is_ascii(struct pass *pass)
{
	if (pass->kind == NOT_KNOWN)
		pass->kind = text_is_ascii(pass->data, pass->len) ? ASCII : NOT_ASCII;
	return pass->kind == ASCII;
}

static bool line_is_ascii(const struct pass *pass, struct line line)
{
	return pass->kind == ASCII || text_is_ascii(pass->data + line.start, line.end - line.start);
}

static void add_hit(const struct pass *pass, size_t i, struct line line)
{
	if (!vec_push(&pass->state->hits[i], line))
		pass->state->error = -ENOMEM;
	if (bit_get(pass->wish->once, i) ||
	    (pass->state->hits[i].n >= SEARCH_FEW && bit_get(pass->wish->few, i)))
		pass->state->done[i] = SIZE_MAX;
}

/* Asks matcher i about one line. */
static void judge_line(const struct pass *pass, size_t i, struct line line, bool has_only_ascii)
{
	struct search_state *state = pass->state;
	struct subject subject = { pass->data + line.start, line.end - line.start, has_only_ascii };
	size_t bounds[2];
	int r = matcher_find(pass->search->matchers[i], state->scratch, &subject, 0, bounds);

	if (r > 0)
		add_hit(pass, i, line);
	else if (r == -EOVERFLOW)
		state->was_limited[i] = true;
	else if (r < 0)
		state->error = r;
}

static void judge_candidate(const struct pass *pass, size_t i, size_t at)
{
	struct search_state *state = pass->state;

	if (at < state->done[i])
		return;
	if (pass->search->matchers[i]->is_multiline) {
		state->done[i] = SIZE_MAX - 1; /* there is one: the whole text is searched later */
		return;
	}
	if (at < state->line.start || at >= state->line.end) {
		state->line = line_around(pass->data, pass->len, at);
		state->line_is_ascii = line_is_ascii(pass, state->line);
	}
	state->done[i] = state->line.end;
	if (pass->search->matchers[i]->kind == MATCHER_NEEDLE)
		add_hit(pass, i, state->line);
	else
		judge_line(pass, i, state->line, state->line_is_ascii);
}

static void run_sieve(const struct pass *pass, const struct sieve *sieve)
{
	struct sieve_hit hits[HITS_MAX];
	size_t from = 0;

	pass->state->line = (struct line){ 1, 0 };
	while (from < pass->len) {
		size_t n = sieve_scan(sieve, pass->data, pass->len, &from, hits, HITS_MAX);

		for (size_t k = 0; k < n; k++)
			judge_candidate(pass, hits[k].owner, hits[k].start);
	}
}

static bool is_wanted(const struct pass *pass, size_t i)
{
	return pass->state->done[i] != SIZE_MAX;
}

static void each_line(const struct pass *pass, size_t i)
{
	for (size_t at = 0; at < pass->len && is_wanted(pass, i);) {
		struct line line = { at, line_end(pass->data, pass->len, at) };

		judge_line(pass, i, line, line_is_ascii(pass, line));
		at = line.end + 1;
	}
}

/* Lines [from, to) none of which is long: PCRE2 goes over all of them in one call a match. */
static void search_stretch(struct pass *pass, size_t i, size_t from, size_t to)
{
	struct subject subject = { pass->data + from, to - from, is_ascii(pass) };
	size_t at = 0, bounds[2];

	while (at < subject.len && is_wanted(pass, i)) {
		int r = matcher_find_in_lines(pass->search->matchers[i], pass->state->scratch,
					      &subject, at, bounds);
		struct line line;

		if (r == -EOVERFLOW)
			pass->state->was_limited[i] = true;
		else if (r < 0)
			pass->state->error = r;
		if (r <= 0 || bounds[0] >= subject.len)
			return;
		line = line_around(pass->data, pass->len, from + bounds[0]);
		add_hit(pass, i, line);
		at = line.end + 1 - from;
	}
}

/* Splits the text at its long lines, which the linear matcher takes one by one. */
static void search_weak(struct pass *pass, size_t i)
{
	size_t from = 0, at = 0;

	while (at < pass->len && is_wanted(pass, i)) {
		size_t reach =
			pass->len - at < MATCHER_LONG_LINE ? pass->len - at : MATCHER_LONG_LINE;
		const unsigned char *newline = memrchr(pass->data + at, '\n', reach);
		struct line line;

		if (newline) {
			at = (size_t)(newline - pass->data) + 1;
			continue;
		}
		if (at + reach == pass->len) {
			at = pass->len;
			break;
		}
		search_stretch(pass, i, from, at);
		line = (struct line){ at, line_end(pass->data, pass->len, at) };
		if (is_wanted(pass, i))
			judge_line(pass, i, line, line_is_ascii(pass, line));
		from = at = line.end + 1 < pass->len ? line.end + 1 : pass->len;
	}
	if (is_wanted(pass, i))
		search_stretch(pass, i, from, at);
}

/* The automaton, if there is one by now. Whoever finds that it pays makes it, while the other
 * workers go on with PCRE2. */
static const struct automaton *automaton_get(struct search *search, size_t len)
{
	int state = atomic_load_explicit(&search->automaton_state, memory_order_acquire);
	size_t work = len * search->n_weak;

	if (state == AUTOMATON_READY)
		return search->automaton;
	if (state != AUTOMATON_NONE || !search->n_weak ||
	    atomic_fetch_add(&search->weak_work, work) + work < AUTOMATON_FROM ||
	    !atomic_compare_exchange_strong(&search->automaton_state, &state, AUTOMATON_COMPILING))
		return NULL;
	search->automaton = automaton_new(search->matchers, search->weak, search->n_weak);
	atomic_store_explicit(&search->automaton_state,
			      search->automaton ? AUTOMATON_READY : AUTOMATON_FAILED,
			      memory_order_release);
	return search->automaton;
}

static void judge_found(void *data, uint32_t i, size_t end)
{
	const struct pass *pass = data;
	struct search_state *state = pass->state;
	struct line line;
	bool has_only_ascii;

	if (end <= state->done[i])
		return;
	line = line_around(pass->data, pass->len, end - 1);
	has_only_ascii = line_is_ascii(pass, line);
	state->done[i] = line.end;
	if (has_only_ascii && automaton_is_exact(pass->search->automaton, i))
		add_hit(pass, i, line);
	else
		judge_line(pass, i, line, has_only_ascii);
}

static bool run_automaton(struct pass *pass, const struct automaton *automaton)
{
	struct search_state *state = pass->state;

	if (!state->automaton_scratch)
		state->automaton_scratch = automaton_scratch_new(automaton);
	if (!state->automaton_scratch)
		return false;
	if (automaton_scan(automaton, state->automaton_scratch, pass->data, pass->len, judge_found,
			   pass))
		state->error = -EIO;
	return true;
}

/* Multiline: all matches of the text, one after another. */
static void search_whole(struct pass *pass, size_t i)
{
	struct subject subject = { pass->data, pass->len, is_ascii(pass) };
	size_t at = 0, bounds[2];

	while (at < subject.len && is_wanted(pass, i)) {
		int r = matcher_find(pass->search->matchers[i], pass->state->scratch, &subject, at,
				     bounds);

		if (r == -EOVERFLOW)
			pass->state->was_limited[i] = true;
		else if (r < 0)
			pass->state->error = r;
		if (r <= 0)
			return;
		/* An empty match behind the last newline is on no line. */
		if (bounds[0] < subject.len || subject.text[subject.len - 1] != '\n')
			add_hit(pass, i, (struct line){ bounds[0], bounds[1] });
		at = bounds[1] + (bounds[0] == bounds[1]);
	}
}

static bool any_weak_wanted(const struct pass *pass)
{
	for (size_t k = 0; k < pass->search->n_weak; k++) {
		if (is_wanted(pass, pass->search->weak[k]))
			return true;
	}
	return false;
}

/* Matchers that the sieve does not serve. */
static void search_alone(struct search *search, struct pass *pass)
{
	const struct automaton *automaton =
		any_weak_wanted(pass) ? automaton_get(search, pass->len) : NULL;

	if (automaton && !run_automaton(pass, automaton))
		automaton = NULL;
	for (size_t k = 0; k < search->n_alone; k++) {
		size_t i = search->alone[k];
		const struct matcher *matcher = search->matchers[i];

		if (!is_wanted(pass, i) || (automaton && automaton_has(automaton, (uint32_t)i)))
			continue;
		if (matcher->is_multiline)
			search_whole(pass, i);
		else if (matcher->kind == MATCHER_WEAK && !matcher->regex.has_text_anchor)
			search_weak(pass, i);
		else
			each_line(pass, i);
	}
}

void search_text(struct search *search, struct search_state *state, const struct text *text,
		 size_t limit, const struct search_wish *wish)
{
	struct pass pass = { search, state, text->data, limit, wish, NOT_KNOWN };

	for (size_t i = 0; i < search->n; i++) {
		state->hits[i].n = 0;
		state->was_limited[i] = false;
		state->done[i] = bit_get(wish->wanted, i) ? 0 : SIZE_MAX;
	}
	for (size_t i = 0; i < search->n_sieves; i++)
		run_sieve(&pass, search->sieves[i]);
	for (size_t i = 0; i < search->n; i++) {
		if (state->done[i] == SIZE_MAX - 1) {
			state->done[i] = 0;
			search_whole(&pass, i);
		}
	}
	search_alone(search, &pass);
}
