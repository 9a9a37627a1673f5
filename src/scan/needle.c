/* SPDX-License-Identifier: MIT */
/*
 * Needles, found bottom up. For each node: `lead`, sequences one of which every match starts
 * with; `trail`, the same for its end; `best`, the rarest set one of which every match contains.
 * A node that matches nothing but its sequences is `exact`; concatenation multiplies exact
 * neighbours into longer sequences, and glues trails to leads across what is not exact:
 * `return\s+-E` gives "return" + [\s], and [\s] + "-E".
 */
#include "scan/needle.h"

#include "base/utf8.h"

#include <string.h>

struct seqs {
	size_t n;
	const struct needle *items[NEEDLES_MAX];
	bool is_valid;
};

struct facts {
	struct seqs lead, trail, best;
	double best_density;
	bool is_exact; /* lead == trail == all that it matches */
	bool is_pure;  /* no assertions in it either */
};

/* Share of each byte in source text (C, Python, Perl, prose), in 1/4096. */
static const uint16_t frequency[128] = {
	1,   1,   1,   1,  1,  1,  1,   1,  1,  164, 114, 1,  1,  1,   4,  1,   1,   1,  1,
	1,   1,   1,   1,  1,  1,  1,   1,  1,  1,   1,   1,  1,  560, 4,  15,  16,  9,  4,
	6,   28,  33,  33, 25, 6,  52,  24, 48, 40,  83,  40, 30, 20,  15, 15,  14,  12, 12,
	12,  23,  23,  6,  22, 14, 4,   4,  36, 13,  30,  19, 44, 16,  12, 11,  33,  3,  6,
	30,  17,  27,  26, 21, 2,  29,  37, 36, 12,  7,   6,  6,  7,   2,  10,  6,   10, 2,
	106, 3,   123, 35, 87, 78, 240, 56, 35, 52,  146, 5,  19, 91,  53, 128, 124, 74, 5,
	134, 143, 181, 61, 22, 18, 28,  28, 4,  9,   4,   9,  1,  1,
};

enum { HIGH_FREQUENCY = 24 }; /* all bytes >= 0x80 together */

/* Letters follow letters: once inside a word, a further letter tells less than its share. */
static const double WORD_DENSITY = 0.05;

static double set_density(const struct byte_set *set)
{
	unsigned sum = set->bits[2] || set->bits[3] ? HIGH_FREQUENCY : 0;

	for (unsigned half = 0; half < 2; half++) {
		for (uint64_t left = set->bits[half]; left; left &= left - 1)
			sum += frequency[half * 64 + (unsigned)__builtin_ctzll(left)];
	}
	return sum >= 4096 ? 1.0 : sum / 4096.0;
}

static bool set_is_letters(const struct byte_set *set)
{
	const uint64_t letters = 0x07fffffe07fffffeull;

	return !set->bits[0] && !(set->bits[1] & ~letters) && !set->bits[2] && !set->bits[3];
}

double needle_density(const struct byte_set *at, unsigned len)
{
	double product = 1;

	for (unsigned i = 0; i < len; i++) {
		double density = set_density(&at[i]);
		bool in_word = i > 0 && set_is_letters(&at[i]) && set_is_letters(&at[i - 1]);

		product *= in_word && density < WORD_DENSITY ? WORD_DENSITY : density;
	}
	return product;
}

unsigned needle_rarest(const struct needle *needle, unsigned width, double *ret_density)
{
	double best = 2;
	unsigned best_at = 0;

	for (unsigned i = 0; i == 0 || i + width <= needle->len; i++) {
		unsigned n = needle->len < width ? needle->len : width;
		double density = needle_density(&needle->at[i], n);

		if (density < best) {
			best = density;
			best_at = i;
		}
	}
	*ret_density = best;
	return best_at;
}

static double seqs_density(const struct seqs *seqs)
{
	double sum = 0;

	for (size_t i = 0; i < seqs->n; i++) {
		double one;

		if (seqs->items[i]->len == 0)
			return 2;
		(void)needle_rarest(seqs->items[i], 4, &one); /* only the density is asked for */
		sum += one;
	}
	return sum;
}

/* The set of one empty sequence. */
static struct seqs seqs_empty(void)
{
	static const struct needle none;

	return (struct seqs){ .n = 1, .items = { &none }, .is_valid = true };
}

static struct facts facts_none(void)
{
	return (struct facts){ .lead = seqs_empty(), .trail = seqs_empty(), .best_density = 2 };
}

static struct facts facts_exact(struct seqs seqs, bool is_pure)
{
	return (struct facts){
		.lead = seqs,
		.trail = seqs,
		.best = seqs,
		.best_density = seqs_density(&seqs),
		.is_exact = true,
		.is_pure = is_pure,
	};
}

static void offer(struct facts *facts, const struct seqs *seqs)
{
	double density = seqs->is_valid ? seqs_density(seqs) : 2;

	if (density < facts->best_density) {
		facts->best = *seqs;
		facts->best_density = density;
	}
}

/* Every sequence of a followed by every one of b; not valid when that is too many or too long. */
static struct seqs cross(const struct seqs *a, const struct seqs *b, struct arena *arena)
{
	struct seqs product = { .is_valid = true };

	if (!a->is_valid || !b->is_valid || a->n * b->n > NEEDLES_MAX)
		return (struct seqs){ 0 };
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < b->n; k++) {
			const struct needle *x = a->items[i], *y = b->items[k];
			struct needle *joined;

			if (x->len + y->len > NEEDLE_LEN_MAX)
				return (struct seqs){ 0 };
			joined = arena_alloc(arena, sizeof(*joined));
			if (!joined)
				return (struct seqs){ 0 };
			joined->len = x->len + y->len;
			memcpy(joined->at, x->at, x->len * sizeof(x->at[0]));
			memcpy(joined->at + x->len, y->at, y->len * sizeof(y->at[0]));
			product.items[product.n++] = joined;
		}
	}
	return product;
}

static struct facts of_bytes(const unsigned char *bytes, size_t n, struct arena *arena)
{
	struct needle *needle = arena_alloc(arena, sizeof(*needle));

	if (!needle)
		return facts_none();
	needle->len = (unsigned)n;
	for (size_t i = 0; i < n; i++)
		needle->at[i].bits[bytes[i] >> 6] = 1ull << (bytes[i] & 63);
	return facts_exact((struct seqs){ .n = 1, .items = { needle }, .is_valid = true }, true);
}

static struct facts of_rune(uint32_t rune, struct arena *arena)
{
	char bytes[4];
	size_t n = utf8_encode(rune, bytes);

	return of_bytes((const unsigned char *)bytes, n, arena);
}

static struct facts of_class(const struct regex_class *class, struct arena *arena)
{
	struct needle *needle = arena_alloc(arena, sizeof(*needle));
	struct facts facts;

	if (!needle)
		return facts_none();
	needle->len = 1;
	needle->at[0].bits[0] = class->ascii[0];
	needle->at[0].bits[1] = class->ascii[1];
	if (class->is_bytes) {
		needle->at[0].bits[2] = class->high[0];
		needle->at[0].bits[3] = class->high[1];
	} else if (class->has_wide) {
		needle->at[0].bits[2] = needle->at[0].bits[3] = ~0ull;
	}
	facts = facts_exact((struct seqs){ .n = 1, .items = { needle }, .is_valid = true }, true);
	/* One code point may be several bytes: its first and its last byte are in the set. */
	facts.is_exact = class->is_bytes || !class->has_wide;
	return facts;
}

static struct facts find(const struct regex_node *node, struct arena *arena);

static struct facts of_concat(const struct regex_node *node, struct arena *arena)
{
	struct facts all = facts_none();
	struct seqs run = seqs_empty();
	bool is_broken = false;

	all.is_pure = true;
	for (size_t i = 0; i < node->n_kids; i++) {
		struct facts kid = find(node->kids[i], arena);
		struct seqs glued = cross(&run, &kid.lead, arena);

		all.is_pure &= kid.is_pure;
		if (kid.is_exact && glued.is_valid) {
			run = glued;
			continue;
		}
		/* The run ends in this kid (or before it); another starts with its end. */
		if (!glued.is_valid)
			glued = run;
		offer(&all, &glued);
		offer(&all, &run);
		if (!is_broken)
			all.lead = glued;
		is_broken = true;
		if (kid.best_density < all.best_density) {
			all.best = kid.best;
			all.best_density = kid.best_density;
		}
		run = kid.trail;
	}
	offer(&all, &run);
	all.trail = run;
	if (!is_broken) {
		all.lead = run;
		all.is_exact = true;
	}
	return all;
}

static struct facts of_alternation(const struct regex_node *node, struct arena *arena)
{
	struct facts all = facts_none();
	struct seqs lead = { .is_valid = true }, best = { .is_valid = true };
	bool is_exact = true, is_pure = true;

	for (size_t i = 0; i < node->n_kids; i++) {
		struct facts kid = find(node->kids[i], arena);

		is_exact &= kid.is_exact && lead.n + kid.lead.n <= NEEDLES_MAX;
		is_pure &= kid.is_pure;
		for (size_t k = 0; is_exact && k < kid.lead.n; k++)
			lead.items[lead.n++] = kid.lead.items[k];
		best.is_valid &= kid.best_density < 2 && best.n + kid.best.n <= NEEDLES_MAX;
		for (size_t k = 0; best.is_valid && k < kid.best.n; k++)
			best.items[best.n++] = kid.best.items[k];
	}
	if (is_exact) {
		all = facts_exact(lead, is_pure);
		all.best_density = 2;
	}
	if (best.is_valid)
		offer(&all, &best);
	return all;
}

static struct facts of_repeat(const struct regex_node *node, struct arena *arena)
{
	struct facts kid = find(node->kid, arena), all = facts_none();
	struct seqs power;
	uint32_t n = 1;

	if (node->max == 0)
		return facts_exact(seqs_empty(), true);
	if (node->min == 0) {
		struct seqs both = kid.lead;

		if (node->max != 1 || !kid.is_exact || both.n == NEEDLES_MAX)
			return all;
		both.items[both.n++] = seqs_empty().items[0];
		return facts_exact(both, kid.is_pure);
	}
	if (!kid.is_exact) {
		kid.is_pure = false;
		kid.is_exact = false;
		return kid;
	}
	power = kid.lead;
	while (n < node->min) {
		struct seqs longer = cross(&power, &kid.lead, arena);

		if (!longer.is_valid)
			break;
		power = longer;
		n++;
	}
	all = facts_exact(power, kid.is_pure);
	all.is_exact = n == node->min && node->max == node->min;
	return all;
}

static struct facts find(const struct regex_node *node, struct arena *arena)
{
	unsigned char byte;

	switch (node->op) {
	case REGEX_RUNE:
		return of_rune(node->rune, arena);
	case REGEX_BYTE:
		byte = (unsigned char)node->rune;
		return of_bytes(&byte, 1, arena);
	case REGEX_CLASS:
		return of_class(node->class, arena);
	case REGEX_FAIL:
		return facts_exact((struct seqs){ .is_valid = true }, true);
	case REGEX_CONCAT:
		return of_concat(node, arena);
	case REGEX_ALT:
		return of_alternation(node, arena);
	case REGEX_REPEAT:
		return of_repeat(node, arena);
	case REGEX_EMPTY:
		return facts_exact(seqs_empty(), true);
	default:
		return facts_exact(seqs_empty(), false);
	}
}

void needle_find(const struct regex_node *root, struct arena *arena, struct needle_set *ret_set)
{
	struct facts facts = find(root, arena);
	const struct needle **items;

	*ret_set = (struct needle_set){ .density = 1 };
	items = arena_alloc_array(arena, facts.best.n + 1, sizeof(*items));
	if (facts.best_density >= 2 || !items)
		return;
	memcpy(items, facts.best.items, facts.best.n * sizeof(*items));
	ret_set->items = items;
	ret_set->n = facts.best.n;
	ret_set->is_valid = true;
	ret_set->density = facts.best_density;
	ret_set->is_whole =
		facts.is_exact && facts.is_pure && facts.best.n == facts.lead.n &&
		memcmp(facts.best.items, facts.lead.items, facts.best.n * sizeof(*items)) == 0;
}
