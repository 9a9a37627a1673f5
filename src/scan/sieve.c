/* SPDX-License-Identifier: MIT */
/*
 * The sieve: buckets, tables, and the comparison of candidates with whole needles. A needle is
 * compared eight bytes at a time where its sets are a byte or a letter in both cases, and set by
 * set elsewhere.
 */
#include "scan/sieve.h"

#include "scan/sieve_block.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = NEEDLE_LEN_MAX / 8 };

struct entry_set {
	uint32_t at; /* in the needle */
	struct byte_set set;
};

struct entry {
	uint32_t owner;
	uint16_t len, window; /* window: where in the needle it starts */
	uint16_t n_words, n_sets;
	uint32_t first_set; /* in the sieve's sets */
	struct {
		uint64_t fold, care, value;
	} words[WORDS];
};

struct sieve {
	struct sieve_tables tables;
	sieve_block_fn *block;
	const char *isa;
	size_t bucket_start[SIEVE_BUCKETS + 1];
	struct entry_set *sets;
	size_t n_sets;
	struct entry entries[];
};

static unsigned set_count(const struct byte_set *set)
{
	unsigned n = 0;

	for (int i = 0; i < 4; i++)
		n += (unsigned)__builtin_popcountll(set->bits[i]);
	return n;
}

static unsigned set_first(const struct byte_set *set)
{
	for (unsigned c = 0; c < 256; c++) {
		if (byte_set_has(set, (unsigned char)c))
			return c;
	}
	return 0;
}

/* One byte, or one letter in both cases: what a masked comparison can tell. */
static bool set_is_char(const struct byte_set *set, unsigned *ret_value, unsigned *ret_fold)
{
	unsigned n = set_count(set), first = set_first(set);

	*ret_fold = n == 2 ? 0x20 : 0;
	*ret_value = first | *ret_fold;
	return n == 1 || (n == 2 && first >= 'A' && first <= 'Z' &&
			  byte_set_has(set, (unsigned char)(first | 0x20)));
}

static void entry_fill(struct sieve *sieve, struct entry *entry, const struct sieve_entry *from)
{
	const struct needle *needle = from->needle;
	double density;

	entry->owner = from->owner;
	entry->len = (uint16_t)needle->len;
	entry->first_set = (uint32_t)sieve->n_sets;
	entry->window = (uint16_t)needle_rarest(needle, SIEVE_WIDTH, &density);
	for (unsigned i = 0; i < needle->len; i++) {
		unsigned value, fold, shift = i % 8 * 8;

		if (set_is_char(&needle->at[i], &value, &fold)) {
			entry->words[i / 8].fold |= (uint64_t)fold << shift;
			entry->words[i / 8].care |= 0xffull << shift;
			entry->words[i / 8].value |= (uint64_t)value << shift;
			entry->n_words = (uint16_t)(i / 8 + 1);
		} else {
			sieve->sets[sieve->n_sets++] = (struct entry_set){ i, needle->at[i] };
			entry->n_sets++;
		}
	}
}

static bool entry_matches(const struct sieve *sieve, const struct entry *entry,
			  const unsigned char *at)
{
	for (unsigned i = 0; i < entry->n_words; i++) {
		uint64_t word;

		memcpy(&word, at + i * 8, 8);
		if (((word | entry->words[i].fold) & entry->words[i].care) != entry->words[i].value)
			return false;
	}
	for (unsigned i = 0; i < entry->n_sets; i++) {
		const struct entry_set *set = &sieve->sets[entry->first_set + i];

		if (!byte_set_has(&set->set, at[set->at]))
			return false;
	}
	return true;
}

static void add_window(struct sieve_tables *tables, const struct entry *entry,
		       const struct needle *needle, unsigned bucket)
{
	uint8_t bit = (uint8_t)(1u << bucket);

	for (unsigned p = 0; p < SIEVE_WIDTH; p++) {
		bool is_past = entry->window + p >= needle->len;

		for (unsigned c = 0; c < 256; c++) {
			if (!is_past &&
			    !byte_set_has(&needle->at[entry->window + p], (unsigned char)c))
				continue;
			tables->table[p][c] |= bit;
			tables->low_nibble[p][c & 15] |= bit;
			tables->high_nibble[p][c >> 4] |= bit;
			if (c >= 0x80)
				tables->any_high[p] |= bit;
		}
	}
}

static sieve_block_fn *choose_block(const char *want, const char **ret_isa)
{
#ifdef __x86_64__
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw") &&
	    (!want || strcmp(want, "avx512vbmi") == 0)) {
		*ret_isa = "avx512vbmi";
		return sieve_block_avx512;
	}
	if (__builtin_cpu_supports("avx2") && (!want || strcmp(want, "avx2") == 0)) {
		*ret_isa = "avx2";
		return sieve_block_avx2;
	}
#endif
	*ret_isa = "scalar";
	return !want || strcmp(want, "scalar") == 0 ? sieve_block_scalar : NULL;
}

static int by_window(const void *a, const void *b)
{
	const struct sieve_entry *x = a, *y = b;
	double density;
	unsigned i = needle_rarest(x->needle, SIEVE_WIDTH, &density);
	unsigned k = needle_rarest(y->needle, SIEVE_WIDTH, &density);

	for (unsigned p = 0; p < SIEVE_WIDTH; p++) {
		int c = i + p < x->needle->len ? (int)set_first(&x->needle->at[i + p]) : -1;
		int d = k + p < y->needle->len ? (int)set_first(&y->needle->at[k + p]) : -1;

		if (c != d)
			return c - d;
	}
	return 0;
}

struct sieve *sieve_new_isa(const struct sieve_entry *entries, size_t n, const char *isa)
{
	struct sieve *sieve = calloc(1, sizeof(*sieve) + n * sizeof(sieve->entries[0]));
	struct sieve_entry *sorted = malloc((n + 1) * sizeof(*sorted));

	if (!sieve || !sorted)
		goto fail;
	sieve->sets = malloc((n * NEEDLE_LEN_MAX + 1) * sizeof(*sieve->sets));
	if (!sieve->sets)
		goto fail;
	sieve->block = choose_block(isa, &sieve->isa);
	if (!sieve->block)
		goto fail;
	/* Windows that start alike share a bucket: its tables then let less else through. */
	memcpy(sorted, entries, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_window);
	for (unsigned b = 0; b < SIEVE_BUCKETS; b++) {
		sieve->bucket_start[b] = n * b / SIEVE_BUCKETS;
		sieve->bucket_start[b + 1] = n * (b + 1) / SIEVE_BUCKETS;
		for (size_t i = sieve->bucket_start[b]; i < sieve->bucket_start[b + 1]; i++) {
			entry_fill(sieve, &sieve->entries[i], &sorted[i]);
			add_window(&sieve->tables, &sieve->entries[i], sorted[i].needle, b);
		}
	}
	free(sorted);
	return sieve;
fail:
	free(sorted);
	sieve_free(sieve);
	return NULL;
}

struct sieve *sieve_new(const struct sieve_entry *entries, size_t n)
{
	return sieve_new_isa(entries, n, NULL);
}

void sieve_free(struct sieve *sieve)
{
	if (sieve)
		free(sieve->sets);
	free(sieve);
}

const char *sieve_isa(const struct sieve *sieve)
{
	return sieve->isa;
}

static size_t compare(const struct sieve *sieve, const unsigned char *data, size_t len,
		      const struct sieve_candidate *candidate, struct sieve_hit *hits)
{
	size_t n = 0;

	for (unsigned left = candidate->buckets; left; left &= left - 1) {
		unsigned b = (unsigned)__builtin_ctz(left);

		for (size_t i = sieve->bucket_start[b]; i < sieve->bucket_start[b + 1]; i++) {
			const struct entry *entry = &sieve->entries[i];
			size_t start = candidate->at - entry->window;

			if (candidate->at < entry->window || start + entry->len > len ||
			    !entry_matches(sieve, entry, data + start))
				continue;
			hits[n++] = (struct sieve_hit){ start, entry->owner };
		}
	}
	return n;
}

size_t sieve_scan(const struct sieve *sieve, const unsigned char *data, size_t len, size_t *from,
		  struct sieve_hit *hits, size_t max)
{
	const size_t n_entries = sieve->bucket_start[SIEVE_BUCKETS];
	struct sieve_candidate candidates[256];
	size_t n = 0;

	/* The position to go on from is the one after the last candidate that was compared. */
	while (*from < len && n + n_entries <= max) {
		size_t next = *from;
		size_t n_candidates = sieve->block(&sieve->tables, data, &next, len, candidates,
						   countof(candidates));

		for (size_t i = 0; i < n_candidates; i++) {
			if (n + n_entries > max) {
				*from = candidates[i].at;
				return n;
			}
			n += compare(sieve, data, len, &candidates[i], hits + n);
		}
		*from = next;
	}
	return n;
}
