/* SPDX-License-Identifier: MIT */
#include "graph/shingle.h"

#include "base/vec.h"
#include "scan/words.h"

#include <errno.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { TEXT_MAX = 256 << 10, WORD_BYTES_MAX = 64 };

static int compare(const void *a_, const void *b_)
{
	uint64_t a = *(const uint64_t *)a_, b = *(const uint64_t *)b_;

	return (a > b) - (a < b);
}

static uint64_t hash_word(const char *word, size_t len)
{
	char lower[WORD_BYTES_MAX];

	if (len > sizeof(lower))
		len = sizeof(lower);
	for (size_t i = 0; i < len; i++)
		lower[i] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] + 32 : word[i]);
	return XXH3_64bits(lower, len);
}

struct window {
	uint64_t words[SHINGLE_WORDS];
	size_t n;
};

static uint64_t push(struct window *window, uint64_t word)
{
	memmove(window->words, window->words + 1, sizeof(window->words) - sizeof(uint64_t));
	window->words[SHINGLE_WORDS - 1] = word;
	window->n++;
	return XXH3_64bits(window->words, sizeof(window->words));
}

int shingles_read(const char *text, size_t len, struct arena *arena, struct shingles *ret)
{
	struct VEC(uint64_t) all = { 0 };
	struct window window = { 0 };
	bool ok = true;
	size_t n = 0;
	uint64_t run = 0;

	*ret = (struct shingles){ 0 };
	if (len > TEXT_MAX)
		len = TEXT_MAX;
	for (size_t at = 0, end; at < len && ok; at = end) {
		end = at + 1;
		if (!words_is_name_byte((unsigned char)text[at]))
			continue;
		while (end < len && words_is_name_byte((unsigned char)text[end]))
			end++;
		run = push(&window, hash_word(text + at, end - at));
		if (window.n >= SHINGLE_WORDS)
			ok = vec_push(&all, run);
	}
	if (ok && window.n && window.n < SHINGLE_WORDS)
		ok = vec_push(&all, run);
	if (all.n)
		qsort(all.items, all.n, sizeof(uint64_t), compare);
	for (size_t i = 0; i < all.n; i++) {
		if (!i || all.items[i] != all.items[i - 1])
			all.items[n++] = all.items[i];
	}
	ret->is_sample = n > SHINGLES_MAX;
	ret->n = n > SHINGLES_MAX ? SHINGLES_MAX : n;
	ret->hashes = arena_alloc_array(arena, ret->n + 1, sizeof(uint64_t));
	if (ok && ret->hashes && ret->n)
		memcpy(ret->hashes, all.items, ret->n * sizeof(uint64_t));
	vec_release(&all);
	if (ok && ret->hashes)
		return 0;
	*ret = (struct shingles){ 0 };
	return -ENOMEM;
}

struct overlap {
	size_t n_both, n_a, n_any;
};

/* Up to where both samples reach: beyond, it is not known what the text has. */
static struct overlap compare_sets(const struct shingles *a, const struct shingles *b)
{
	struct overlap overlap = { 0 };
	size_t i = 0, k = 0;

	while (i < a->n || k < b->n) {
		if ((i == a->n && a->is_sample) || (k == b->n && b->is_sample))
			break;
		if (k == b->n || (i < a->n && a->hashes[i] < b->hashes[k])) {
			overlap.n_a++;
			i++;
		} else if (i == a->n || b->hashes[k] < a->hashes[i]) {
			k++;
		} else {
			overlap.n_both++;
			overlap.n_a++;
			i++;
			k++;
		}
		overlap.n_any++;
	}
	return overlap;
}

double shingles_likeness(const struct shingles *a, const struct shingles *b)
{
	struct overlap overlap = compare_sets(a, b);

	return overlap.n_any ? (double)overlap.n_both / (double)overlap.n_any : 0;
}

double shingles_containment(const struct shingles *a, const struct shingles *b)
{
	struct overlap overlap = compare_sets(a, b);

	return overlap.n_a ? (double)overlap.n_both / (double)overlap.n_a : 0;
}
