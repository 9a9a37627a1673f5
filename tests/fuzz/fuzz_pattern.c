/* SPDX-License-Identifier: MIT */
/*
 * Patterns: the first byte is flags, then two patterns and a text, with NULs between. Searching
 * with both at once (sieve, automata, the linear matcher) must find the lines that asking the
 * matcher for every line finds.
 */
#include "scan/search.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_MATCHERS = 2 };

struct fuzz_input {
	const char *patterns[FUZZ_MATCHERS];
	size_t lens[FUZZ_MATCHERS];
	const unsigned char *text;
	size_t len;
};

static struct fuzz_input split(const char *at, size_t size)
{
	struct fuzz_input input = { 0 };

	for (size_t i = 0; i < FUZZ_MATCHERS; i++) {
		input.patterns[i] = at;
		input.lens[i] = strnlen(at, size);
		at += input.lens[i] + (input.lens[i] < size);
		size -= input.lens[i] + (input.lens[i] < size);
	}
	input.text = (const unsigned char *)at;
	input.len = size;
	return input;
}

/* Every line of the text, asked one by one, against the hits that the search found. */
static void check_lines(const struct matcher *matcher, struct matcher_scratch *scratch,
			const struct text *text, const struct hits *hits)
{
	size_t i_hit = 0, bounds[2];

	for (size_t start = 0; start < text->len;) {
		size_t end = line_end(text->data, text->len, start);
		struct subject line = { text->data + start, end - start,
					text_is_ascii(text->data + start, end - start) };
		bool is_hit = i_hit < hits->n && hits->items[i_hit].start == start;
		int r = matcher_find(matcher, scratch, &line, 0, bounds);

		if (r >= 0 && is_hit != (r == 1))
			abort();
		i_hit += is_hit;
		start = end + 1;
	}
	if (i_hit != hits->n)
		abort();
}

static void check_search(struct matcher *const *matchers, const struct fuzz_input *input)
{
	struct search *search = search_new(matchers, FUZZ_MATCHERS);
	struct matcher_scratch *scratch = matcher_scratch_new();
	unsigned char *data = calloc(1, input->len + TEXT_PADDING);
	struct text text = { .data = data, .len = input->len };
	struct search_state state;
	uint64_t wanted = 3, once = 0;

	if (!search || !scratch || !data || !search_state_init(&state, search))
		abort();
	memcpy(data, input->text, input->len);
	search_text(search, &state, &text, text.len,
		    &(struct search_wish){ &wanted, &once, &once });
	for (size_t i = 0; i < FUZZ_MATCHERS; i++)
		if (!matchers[i]->is_multiline && !state.was_limited[i] && !state.error)
			check_lines(matchers[i], scratch, &text, &state.hits[i]);
	search_state_release(&state, search);
	matcher_scratch_free(scratch);
	search_free(search);
	free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct matcher *matchers[FUZZ_MATCHERS] = { NULL };
	struct fuzz_input input;
	bool is_good = true;

	if (size < 4)
		return 0;
	input = split((const char *)data + 1, size - 1);
	for (size_t i = 0; i < FUZZ_MATCHERS; i++) {
		struct error err = { 0 };
		size_t at = 0;
		unsigned flags = data[0] >> (2 * i) & (REGEX_ICASE | REGEX_MULTILINE);

		if (matcher_new(input.patterns[i], input.lens[i], flags, &matchers[i], &at, &err) ==
		    0)
			continue;
		matchers[i] = NULL;
		is_good = false;
		if (err.class == ERROR_NONE || !err.text[0] || at > input.lens[i])
			abort();
	}
	if (is_good)
		check_search(matchers, &input);
	for (size_t i = 0; i < FUZZ_MATCHERS; i++)
		matcher_free(matchers[i]);
	return 0;
}
