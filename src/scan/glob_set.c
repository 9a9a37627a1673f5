/* SPDX-License-Identifier: MIT */
/*
 * A table from texts to the rules that want them, for whole names and for extensions (from the
 * last '.' on), and a list of the rules that are neither. In each chain of the table the higher
 * rule comes first, so that the search for the last match can stop at the first hit. The others
 * are tried only on a path that has all the letters they need.
 */
#include "scan/glob_set.h"

#include <string.h>

struct slot {
	struct glob_text text;
	uint32_t hash;
	uint32_t rule;
	uint32_t next; /* slot + 1; 0 = none */
};

struct table {
	uint32_t *heads; /* slot + 1; 0 = none */
	uint32_t mask;
	uint32_t n;
	struct slot *slots;
};

/** A rule that is not looked up. */
struct other {
	uint64_t needs;
	uint32_t rule;
	bool is_of_name;
};

struct glob_set {
	const struct rule *rules;
	struct table names, suffixes;
	struct other *others;
	uint32_t n_others;
};

/** The letters of a path. */
struct letters {
	uint64_t name, path;
};

static uint32_t hash_of(const char *at, size_t len)
{
	uint64_t hash = len;

	for (; len >= 8; at += 8, len -= 8) {
		uint64_t word;

		memcpy(&word, at, 8);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)at[i]) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(hash >> 32);
}

/** An extension: begins with its only '.'. */
static bool is_extension(const struct glob_text *text)
{
	return text->len > 0 && text->at[0] == '.' && !memchr(text->at + 1, '.', text->len - 1);
}

enum lookup { LOOKUP_NONE, LOOKUP_NAME, LOOKUP_SUFFIX };

static enum lookup lookup_of(const struct glob *glob)
{
	if (glob->is_top || (glob->kind != GLOB_NAMES && glob->kind != GLOB_SUFFIXES))
		return LOOKUP_NONE;
	if (glob->kind == GLOB_NAMES)
		return LOOKUP_NAME;
	for (uint32_t i = 0; i < glob->n_texts; i++)
		if (!is_extension(&glob->texts[i]))
			return LOOKUP_NONE;
	return LOOKUP_SUFFIX;
}

static bool table_init(struct arena *arena, struct table *table, uint32_t n)
{
	uint32_t size = 8;

	if (!n)
		return true;
	while (size < n + n / 2)
		size *= 2;
	table->mask = size - 1;
	table->heads = arena_alloc_array(arena, size, sizeof(*table->heads));
	table->slots = arena_alloc_array(arena, n, sizeof(*table->slots));
	return table->heads && table->slots;
}

static void table_add(struct table *table, const struct glob *glob, uint32_t rule)
{
	for (uint32_t i = 0; i < glob->n_texts; i++) {
		struct slot *slot = &table->slots[table->n++];
		uint32_t *head;

		slot->text = glob->texts[i];
		slot->hash = hash_of(slot->text.at, slot->text.len);
		slot->rule = rule;
		head = &table->heads[slot->hash & table->mask];
		slot->next = *head;
		*head = table->n;
	}
}

const struct glob_set *glob_set_new(struct arena *arena, const struct rule *rules, size_t n)
{
	struct glob_set *set = arena_alloc(arena, sizeof(*set));
	uint32_t n_names = 0, n_suffixes = 0, n_others = 0;

	if (!set)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		enum lookup lookup = lookup_of(&rules[i].glob);

		n_names += lookup == LOOKUP_NAME ? rules[i].glob.n_texts : 0;
		n_suffixes += lookup == LOOKUP_SUFFIX ? rules[i].glob.n_texts : 0;
		n_others += lookup == LOOKUP_NONE;
	}
	set->rules = rules;
	set->others = arena_alloc_array(arena, n_others, sizeof(*set->others));
	if (!set->others || !table_init(arena, &set->names, n_names) ||
	    !table_init(arena, &set->suffixes, n_suffixes))
		return NULL;
	for (uint32_t i = 0; i < n; i++) {
		enum lookup lookup = lookup_of(&rules[i].glob);

		if (lookup == LOOKUP_NAME)
			table_add(&set->names, &rules[i].glob, i);
		else if (lookup == LOOKUP_SUFFIX)
			table_add(&set->suffixes, &rules[i].glob, i);
		else
			set->others[set->n_others++] =
				(struct other){ rules[i].glob.needs, i,
						glob_is_of_name(&rules[i].glob) };
	}
	return set;
}

static bool applies(const struct glob_set *set, uint32_t rule, bool is_dir)
{
	return is_dir || !(set->rules[rule].flags & RULE_DIR_ONLY);
}

/** A walk along the slots that hold a text. */
static const struct slot *table_next(const struct table *table, uint32_t at, uint32_t hash,
				     const struct glob_text *text)
{
	while (at) {
		const struct slot *slot = &table->slots[at - 1];

		if (slot->hash == hash && slot->text.len == text->len &&
		    memcmp(slot->text.at, text->at, text->len) == 0)
			return slot;
		at = slot->next;
	}
	return NULL;
}

static long table_last(const struct glob_set *set, const struct table *table,
		       const struct glob_text *text, bool is_dir)
{
	uint32_t hash = hash_of(text->at, text->len);
	const struct slot *slot;

	for (slot = table_next(table, table->heads[hash & table->mask], hash, text); slot;
	     slot = table_next(table, slot->next, hash, text))
		if (applies(set, slot->rule, is_dir))
			return slot->rule;
	return -1;
}

static struct glob_text extension_of(const struct glob_subject *subject)
{
	const char *dot = memrchr(subject->name, '.', subject->name_len);

	if (!dot)
		return (struct glob_text){ subject->name, 0 };
	return (struct glob_text){ dot, subject->name_len - (size_t)(dot - subject->name) };
}

static struct letters letters_of(const struct glob_subject *subject)
{
	uint64_t name = glob_letters(subject->name, subject->name_len);

	return (struct letters){ name, name | glob_letters(subject->path,
							   subject->len - subject->name_len) };
}

static bool other_matches(const struct glob_set *set, const struct other *other,
			  const struct letters *letters, const struct glob_subject *subject)
{
	uint64_t has = other->is_of_name ? letters->name : letters->path;

	return !(other->needs & ~has) && glob_match_subject(&set->rules[other->rule].glob, subject);
}

long glob_set_last(const struct glob_set *set, const struct glob_subject *subject, bool is_dir)
{
	struct letters letters;
	long best = -1, found;

	if (set->names.n) {
		struct glob_text name = { subject->name, subject->name_len };

		best = table_last(set, &set->names, &name, is_dir);
	}
	if (set->suffixes.n) {
		struct glob_text extension = extension_of(subject);

		found = extension.len ? table_last(set, &set->suffixes, &extension, is_dir) : -1;
		best = found > best ? found : best;
	}
	if (set->n_others)
		letters = letters_of(subject);
	for (uint32_t i = set->n_others; i-- > 0 && (long)set->others[i].rule > best;)
		if (other_matches(set, &set->others[i], &letters, subject) &&
		    applies(set, set->others[i].rule, is_dir))
			return set->others[i].rule;
	return best;
}

static size_t table_all(const struct glob_set *set, const struct table *table,
			const struct glob_text *text, bool is_dir, uint32_t *ret_ids)
{
	uint32_t hash = hash_of(text->at, text->len), last = UINT32_MAX;
	const struct slot *slot;
	size_t n = 0;

	for (slot = table_next(table, table->heads[hash & table->mask], hash, text); slot;
	     slot = table_next(table, slot->next, hash, text)) {
		/* A rule with the same text twice has its slots in a row. */
		if (slot->rule != last && applies(set, slot->rule, is_dir))
			ret_ids[n++] = slot->rule;
		last = slot->rule;
	}
	return n;
}

size_t glob_set_all(const struct glob_set *set, const struct glob_subject *subject, bool is_dir,
		    uint32_t *ret_ids)
{
	struct letters letters;
	size_t n = 0;

	if (set->names.n) {
		struct glob_text name = { subject->name, subject->name_len };

		n += table_all(set, &set->names, &name, is_dir, ret_ids + n);
	}
	if (set->suffixes.n) {
		struct glob_text extension = extension_of(subject);

		if (extension.len)
			n += table_all(set, &set->suffixes, &extension, is_dir, ret_ids + n);
	}
	if (set->n_others)
		letters = letters_of(subject);
	for (uint32_t i = 0; i < set->n_others; i++)
		if (other_matches(set, &set->others[i], &letters, subject) &&
		    applies(set, set->others[i].rule, is_dir))
			ret_ids[n++] = set->others[i].rule;
	return n;
}
