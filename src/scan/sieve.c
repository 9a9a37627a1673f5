/* SPDX-License-Identifier: MIT */
/*
 * The sieve: buckets, tables, and the comparison of candidates with whole needles. A needle is
 * compared eight bytes at a time where its sets are a byte or a letter in both cases, and set by
 * set elsewhere.
 */
#include "scan/sieve.h"

#include "scan/sieve_block.h"
#include "scan/sieve_group.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = NEEDLE_LEN_MAX / 8 };

/* Per byte of text: a candidate costs some hundred times what the faster look saves on a byte. */
static const double PAIR_DENSITY_MAX = 1.0 / 512;

struct entry_set {
	uint32_t at; /* in the needle */
	struct byte_set set;
};

/* Eight bytes of text, folded and masked, against eight of a needle. */
struct word {
	uint64_t fold, care, value;
};

struct entry {
	uint32_t owner;
	uint16_t len, window; /* window: where in the needle it starts */
	uint16_t n_words, n_sets;
	uint32_t first_set; /* in the sieve's sets */
	struct word words[WORDS];
};

struct sieve {
	struct sieve_tables tables;
	sieve_block_fn *block;
	const char *isa;
	size_t bucket_start[SIEVE_BUCKETS + 1];
	struct word *probes; /* of each entry, what it has from its window on */
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

static void word_add(struct word *word, unsigned at, unsigned value, unsigned fold)
{
	word->fold |= (uint64_t)fold << (at * 8);
	word->care |= (uint64_t)0xff << (at * 8);
	word->value |= (uint64_t)value << (at * 8);
}

static inline uint64_t load_word(const unsigned char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static inline bool word_matches(const struct word *word, uint64_t text)
{
	return ((text | word->fold) & word->care) == word->value;
}

static void entry_fill(struct sieve *sieve, size_t at, const struct sieve_entry *from,
		       const struct sieve_window *window)
{
	struct entry *entry = &sieve->entries[at];
	const struct needle *needle = from->needle;

	entry->owner = from->owner;
	entry->len = (uint16_t)needle->len;
	entry->first_set = (uint32_t)sieve->n_sets;
	entry->window = (uint16_t)window->start;
	for (unsigned i = 0; i < needle->len; i++) {
		unsigned value, fold;

		if (set_is_char(&needle->at[i], &value, &fold)) {
			word_add(&entry->words[i / 8], i % 8, value, fold);
			entry->n_words = (uint16_t)(i / 8 + 1);
			if (i >= entry->window && i < entry->window + 8u)
				word_add(&sieve->probes[at], i - entry->window, value, fold);
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
		if (!word_matches(&entry->words[i], load_word(at + i * 8)))
			return false;
	}
	for (unsigned i = 0; i < entry->n_sets; i++) {
		const struct entry_set *set = &sieve->sets[entry->first_set + i];

		if (!byte_set_has(&set->set, at[set->at]))
			return false;
	}
	return true;
}

static void add_window(struct sieve_tables *tables, const struct sieve_window *window,
		       unsigned bucket)
{
	uint8_t bit = (uint8_t)(1u << bucket);

	for (unsigned p = 0; p < SIEVE_WIDTH; p++) {
		for (unsigned c = 0; c < 256; c++) {
			if (!byte_set_has(&window->at[p], (unsigned char)c))
				continue;
			tables->table[p][c] |= bit;
			tables->low_nibble[p][c & 15] |= bit;
			tables->high_nibble[p][c >> 4] |= bit;
			if (c >= 0x80)
				tables->any_high[p] |= bit;
		}
	}
}

/* Whether two bytes of the only needle, which are quicker to look for than a window of four sets,
 * are rare enough together. */
static bool choose_pair(struct sieve_tables *tables, const struct word *probe)
{
	double rarity[2] = { 1, 1 };

	for (unsigned i = 0; i < 8; i++) {
		struct byte_set set = { 0 };
		uint8_t fold = (uint8_t)(probe->fold >> (i * 8));
		uint8_t value = (uint8_t)(probe->value >> (i * 8));
		unsigned which;
		double density;

		if (!(probe->care >> (i * 8) & 0xff))
			continue;
		byte_set_add(&set, value);
		byte_set_add(&set, value & (uint8_t)~fold);
		density = needle_density(&set, 1);
		which = rarity[0] < rarity[1];
		if (density >= rarity[which])
			continue;
		rarity[which] = density;
		tables->pair_at[which] = (uint8_t)i;
		tables->pair_fold[which] = fold;
		tables->pair_value[which] = value;
	}
	if (rarity[1] == 1) { /* there is only one */
		tables->pair_at[1] = tables->pair_at[0];
		tables->pair_fold[1] = tables->pair_fold[0];
		tables->pair_value[1] = tables->pair_value[0];
	}
	return rarity[0] * rarity[1] < PAIR_DENSITY_MAX;
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

static struct sieve_window window_of(const struct needle *needle)
{
	struct sieve_window window;
	double density;

	memset(window.at, 0xff, sizeof(window.at)); /* any byte past the end */
	window.start = needle_rarest(needle, SIEVE_WIDTH, &density);
	for (unsigned p = 0; p < SIEVE_WIDTH && window.start + p < needle->len; p++)
		window.at[p] = needle->at[window.start + p];
	return window;
}

/* Puts the entries of each bucket next to each other. */
static void fill_buckets(struct sieve *sieve, const struct sieve_entry *entries, size_t n,
			 const struct sieve_window *windows, const uint8_t *bucket_of)
{
	size_t at = 0;

	for (unsigned b = 0; b < SIEVE_BUCKETS; b++) {
		sieve->bucket_start[b] = at;
		for (size_t i = 0; i < n; i++) {
			if (bucket_of[i] != b)
				continue;
			entry_fill(sieve, at++, &entries[i], &windows[i]);
			add_window(&sieve->tables, &windows[i], b);
		}
	}
	sieve->bucket_start[SIEVE_BUCKETS] = at;
}

struct sieve *sieve_new_isa(const struct sieve_entry *entries, size_t n, const char *isa)
{
	struct sieve *sieve = calloc(1, sizeof(*sieve) + n * sizeof(sieve->entries[0]));
	struct sieve_window *windows = malloc((n + 1) * sizeof(*windows));
	uint8_t *bucket_of = malloc(n + 1);
	bool ok = sieve && windows && bucket_of;

	if (ok) {
		sieve->sets = malloc((n * NEEDLE_LEN_MAX + 1) * sizeof(*sieve->sets));
		sieve->probes = calloc(n + 1, sizeof(*sieve->probes));
		sieve->block = choose_block(isa, &sieve->isa);
		for (size_t i = 0; i < n; i++)
			windows[i] = window_of(entries[i].needle);
		ok = sieve->sets && sieve->probes && sieve->block &&
		     sieve_group(windows, n, bucket_of) == 0;
	}
	if (ok)
		fill_buckets(sieve, entries, n, windows, bucket_of);
#ifdef __x86_64__
	if (ok && n == 1 && !isa && __builtin_cpu_supports("avx2") &&
	    choose_pair(&sieve->tables, &sieve->probes[0]))
		sieve->block = sieve_block_pair;
#endif
	free(bucket_of);
	free(windows);
	if (ok)
		return sieve;
	sieve_free(sieve);
	return NULL;
}

struct sieve *sieve_new(const struct sieve_entry *entries, size_t n)
{
	return sieve_new_isa(entries, n, NULL);
}

void sieve_free(struct sieve *sieve)
{
	if (!sieve)
		return;
	free(sieve->probes);
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
	const uint64_t text = load_word(data + candidate->at);
	size_t n = 0;

	for (unsigned left = candidate->buckets; left; left &= left - 1) {
		unsigned b = (unsigned)__builtin_ctz(left);

		for (size_t i = sieve->bucket_start[b]; i < sieve->bucket_start[b + 1]; i++) {
			const struct entry *entry = &sieve->entries[i];
			size_t start = candidate->at - entry->window;

			if (!word_matches(&sieve->probes[i], text))
				continue;
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
