/* SPDX-License-Identifier: MIT */
/*
 * Glushkov's automaton, run bit-parallel. Each token that takes a byte is a position; follow[p]
 * holds the positions that may take the byte after p's. A step is: of the candidates, those that
 * take this byte are the state; the candidates for the next byte are all that follow them. Bytes
 * no position tells apart share a column of the table. Nothing is ever tried twice, so the time
 * is at most bytes times positions, however many stars and braces there are.
 */
#include "scan/glob_nfa.h"

#include <string.h>

struct glob_nfa {
	size_t n_positions;
	size_t words;           /* of a set of positions */
	uint64_t *takes;        /* by column: positions that take such a byte */
	uint64_t *follow;       /* by position */
	uint64_t *first, *last; /* where a match may begin and end */
	bool is_nullable;       /* the empty text matches */
	uint8_t columns[256];   /* of a byte */
};

/** A part of the glob: how a match of it begins and ends. */
struct part {
	uint64_t *first, *last;
	bool is_nullable;
	bool is_empty; /* made of nothing: such an alternative does not count */
};

struct builder {
	struct glob_nfa *nfa;
	struct byte_set *sets; /* by position: what it takes */
	struct arena scratch;
	const struct glob_tokens *tokens;
	size_t at;
	enum glob_flags flags;
};

static void bit_set(uint64_t *set, size_t bit)
{
	set[bit / 64] |= (uint64_t)1 << (bit % 64);
}

static void bits_or(uint64_t *to, const uint64_t *from, size_t words)
{
	for (size_t i = 0; i < words; i++)
		to[i] |= from[i];
}

static bool part_init(struct builder *builder, struct part *part)
{
	size_t words = builder->nfa->words;
	uint64_t *bits = arena_alloc_array(&builder->scratch, 2 * words, sizeof(*bits));

	if (!bits)
		return false;
	*part = (struct part){ bits, bits + words, true, true };
	return true;
}

/** part becomes part followed by next. */
static void part_append(struct builder *builder, struct part *part, const struct part *next)
{
	struct glob_nfa *nfa = builder->nfa;
	size_t words = nfa->words;

	for (size_t i = 0; i < words; i++)
		for (uint64_t left = part->last[i]; left; left &= left - 1)
			bits_or(nfa->follow + (i * 64 + (size_t)__builtin_ctzll(left)) * words,
				next->first, words);
	if (part->is_nullable)
		bits_or(part->first, next->first, words);
	if (!next->is_nullable)
		memset(part->last, 0, words * sizeof(*part->last));
	bits_or(part->last, next->last, words);
	part->is_nullable &= next->is_nullable;
	part->is_empty &= next->is_empty;
}

enum repeat { ONCE, ANY_TIMES };

static bool append_position(struct builder *builder, struct part *part, const struct byte_set *set,
			    enum repeat repeat)
{
	struct glob_nfa *nfa = builder->nfa;
	size_t position = nfa->n_positions++;
	struct part one;

	if (!part_init(builder, &one))
		return false;
	builder->sets[position] = *set;
	bit_set(one.first, position);
	bit_set(one.last, position);
	one.is_empty = false;
	one.is_nullable = repeat == ANY_TIMES;
	if (repeat == ANY_TIMES)
		bit_set(nfa->follow + position * nfa->words, position);
	part_append(builder, part, &one);
	return true;
}

static const struct byte_set all_bytes = { { ~0ull, ~0ull, ~0ull, ~0ull } };

static struct byte_set one_byte(unsigned char byte, bool fold)
{
	struct byte_set set = { 0 };

	bit_set(set.bits, byte);
	if (fold && ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'))
		bit_set(set.bits, byte ^ 0x20);
	return set;
}

/** Nothing, or anything up to and with a slash. */
static bool append_to_slash(struct builder *builder, struct part *part)
{
	struct byte_set slash = one_byte('/', false);
	struct part group;

	if (!part_init(builder, &group) ||
	    !append_position(builder, &group, &all_bytes, ANY_TIMES) ||
	    !append_position(builder, &group, &slash, ONCE))
		return false;
	group.is_nullable = true;
	part_append(builder, part, &group);
	return true;
}

static bool append_sequence(struct builder *builder, struct part *part);

/** From behind an OPEN to behind its CLOSE. */
static bool append_braces(struct builder *builder, struct part *part)
{
	const struct glob_token *tokens = builder->tokens->list.items;
	size_t words = builder->nfa->words;
	struct part group, branch;

	if (!part_init(builder, &group))
		return false;
	group.is_nullable = false;
	do {
		if (!part_init(builder, &branch) || !append_sequence(builder, &branch))
			return false;
		if (!branch.is_empty) {
			bits_or(group.first, branch.first, words);
			bits_or(group.last, branch.last, words);
			group.is_nullable |= branch.is_nullable;
			group.is_empty = false;
		}
	} while (tokens[builder->at++].kind == TOKEN_COMMA);
	if (!group.is_empty)
		part_append(builder, part, &group);
	return true;
}

static bool append_token(struct builder *builder, struct part *part)
{
	struct glob_token token = builder->tokens->list.items[builder->at++];
	bool fold = builder->flags & GLOB_ICASE;
	struct byte_set slash = one_byte('/', false), any = all_bytes, byte;

	if (builder->flags & GLOB_SEPARATOR)
		any.bits['/' / 64] &= ~slash.bits['/' / 64];
	switch (token.kind) {
	case TOKEN_BYTE:
		byte = one_byte(token.byte, fold);
		return append_position(builder, part, &byte, ONCE);
	case TOKEN_ANY:
		return append_position(builder, part, &any, ONCE);
	case TOKEN_STAR:
		return append_position(builder, part, &any, ANY_TIMES);
	case TOKEN_CLASS:
		return append_position(builder, part, &builder->tokens->classes.items[token.class],
				       ONCE);
	case TOKEN_PREFIX:
		return append_to_slash(builder, part);
	case TOKEN_SUFFIX:
		return append_position(builder, part, &slash, ONCE) &&
		       append_position(builder, part, &all_bytes, ANY_TIMES);
	case TOKEN_MIDDLE:
		return append_position(builder, part, &slash, ONCE) &&
		       append_to_slash(builder, part);
	case TOKEN_OPEN:
		return append_braces(builder, part);
	default: /* TOKEN_EMPTY */
		return true;
	}
}

/** To the end, or to the comma or brace that ends the alternative. */
static bool append_sequence(struct builder *builder, struct part *part)
{
	const struct glob_tokens *tokens = builder->tokens;

	while (builder->at < tokens->list.n &&
	       tokens->list.items[builder->at].kind != TOKEN_COMMA &&
	       tokens->list.items[builder->at].kind != TOKEN_CLOSE)
		if (!append_token(builder, part))
			return false;
	return true;
}

/** Gives bytes that the same positions take the same column. Returns the number of columns. */
static size_t find_columns(struct glob_nfa *nfa, const struct byte_set *sets)
{
	size_t n = 1;

	for (size_t p = 0; p < nfa->n_positions && n < 256; p++) {
		int split[256]; /* by old column: the new one of bytes that p takes */
		bool has_rest[256] = { false };

		memset(split, -1, sizeof(split));
		for (unsigned byte = 0; byte < 256; byte++)
			has_rest[nfa->columns[byte]] |= !byte_set_has(&sets[p], (uint8_t)byte);
		for (unsigned byte = 0; byte < 256; byte++) {
			uint8_t old = nfa->columns[byte];

			if (!has_rest[old] || !byte_set_has(&sets[p], (uint8_t)byte))
				continue;
			if (split[old] < 0)
				split[old] = (int)n++;
			nfa->columns[byte] = (uint8_t)split[old];
		}
	}
	return n;
}

static bool fill_table(struct arena *arena, struct glob_nfa *nfa, const struct byte_set *sets)
{
	size_t n = find_columns(nfa, sets);

	nfa->takes = arena_alloc_array(arena, n * nfa->words, sizeof(*nfa->takes));
	if (!nfa->takes)
		return false;
	for (size_t p = 0; p < nfa->n_positions; p++)
		for (unsigned byte = 0; byte < 256; byte++)
			if (byte_set_has(&sets[p], (uint8_t)byte))
				bit_set(nfa->takes + nfa->columns[byte] * nfa->words, p);
	return true;
}

static size_t count_positions(const struct glob_tokens *tokens, size_t from)
{
	static const uint8_t positions[] = {
		[TOKEN_BYTE] = 1,   [TOKEN_ANY] = 1,    [TOKEN_STAR] = 1,   [TOKEN_CLASS] = 1,
		[TOKEN_PREFIX] = 2, [TOKEN_SUFFIX] = 2, [TOKEN_MIDDLE] = 3, [TOKEN_EMPTY] = 0,
	};
	size_t n = 0;

	for (size_t i = from; i < tokens->list.n; i++)
		n += positions[tokens->list.items[i].kind];
	return n;
}

const struct glob_nfa *glob_nfa_new(struct arena *arena, const struct glob_tokens *tokens,
				    size_t from, enum glob_flags flags)
{
	struct builder builder = { .tokens = tokens, .at = from, .flags = flags };
	size_t n = count_positions(tokens, from);
	struct glob_nfa *nfa = arena_alloc(arena, sizeof(*nfa));
	struct part whole;
	bool is_done = false;

	/* Three parts a token at most, each two sets. */
	arena_init(&builder.scratch, (size_t)1 << 27);
	builder.sets = arena_alloc_array(&builder.scratch, n, sizeof(*builder.sets));
	if (!nfa || !builder.sets)
		goto out;
	builder.nfa = nfa;
	nfa->words = n ? (n + 63) / 64 : 1;
	nfa->follow = arena_alloc_array(arena, n * nfa->words, sizeof(*nfa->follow));
	nfa->first = arena_alloc_array(arena, 2 * nfa->words, sizeof(*nfa->first));
	if (!nfa->follow || !nfa->first || !part_init(&builder, &whole) ||
	    !append_sequence(&builder, &whole))
		goto out;
	nfa->last = nfa->first + nfa->words;
	memcpy(nfa->first, whole.first, nfa->words * sizeof(*nfa->first));
	memcpy(nfa->last, whole.last, nfa->words * sizeof(*nfa->last));
	nfa->is_nullable = whole.is_nullable;
	is_done = fill_table(arena, nfa, builder.sets);
out:
	arena_release(&builder.scratch);
	return is_done ? nfa : NULL;
}

static bool match_word(const struct glob_nfa *nfa, const unsigned char *text, size_t len)
{
	uint64_t candidates = nfa->first[0], state = 0;

	for (size_t i = 0; i < len; i++) {
		state = candidates & nfa->takes[nfa->columns[text[i]]];
		if (!state)
			return false;
		candidates = 0;
		for (uint64_t left = state; left; left &= left - 1)
			candidates |= nfa->follow[__builtin_ctzll(left)];
	}
	return state & nfa->last[0];
}

static bool match_words(const struct glob_nfa *nfa, const unsigned char *text, size_t len)
{
	enum { WORDS_MAX = (3 * GLOB_LEN_MAX + 63) / 64 };
	uint64_t candidates[WORDS_MAX], state[WORDS_MAX];
	size_t words = nfa->words;
	uint64_t any = 0;

	memcpy(candidates, nfa->first, words * sizeof(*candidates));
	for (size_t i = 0; i < len; i++) {
		const uint64_t *takes = nfa->takes + nfa->columns[text[i]] * words;

		any = 0;
		for (size_t w = 0; w < words; w++)
			any |= state[w] = candidates[w] & takes[w];
		if (!any)
			return false;
		memset(candidates, 0, words * sizeof(*candidates));
		for (size_t w = 0; w < words; w++)
			for (uint64_t left = state[w]; left; left &= left - 1)
				bits_or(candidates,
					nfa->follow +
						(w * 64 + (size_t)__builtin_ctzll(left)) * words,
					words);
	}
	any = 0;
	for (size_t w = 0; w < words; w++)
		any |= state[w] & nfa->last[w];
	return any;
}

bool glob_nfa_match(const struct glob_nfa *nfa, const char *text, size_t len)
{
	if (!len)
		return nfa->is_nullable;
	if (nfa->words == 1)
		return match_word(nfa, (const unsigned char *)text, len);
	return match_words(nfa, (const unsigned char *)text, len);
}
