/* SPDX-License-Identifier: MIT */
#ifndef SCAN_WALK_SELECT_H
#define SCAN_WALK_SELECT_H

#include "scan/glob_set.h"
#include "scan/walk.h"

/**
 * A walk's selectors, sorted out: equal ones form a class, and the walk deals in sets of classes.
 * Classes are sorted by their path, so that those of one path (a start) are a range of numbers.
 * Each different glob and type stands once, with the classes that have it. Immutable.
 */

/** What ignore rules and hidden names mean to a class. */
enum walk_base {
	BASE_HIDDEN = 1,    /* hidden files are wanted */
	BASE_NO_IGNORE = 2, /* ignore files do not count */
	BASE_COUNT = 4
};

enum { WALK_NO_GLOB = UINT32_MAX };

struct walk_class {
	uint32_t start;
	uint32_t glob;     /* or WALK_NO_GLOB */
	uint8_t base;      /* of enum walk_base */
	const char *after; /* or NULL */
	size_t after_len;
	uint32_t first, n; /* its selectors: members[first ... first + n) */
};

struct walk_start {
	const char *path;
	uint32_t len;
	uint32_t first, n; /* its classes */
};

/** Numbers of the classes that share something: list[ends[i - 1] ... ends[i]) for the ith. */
struct walk_index {
	uint32_t *ends;
	uint32_t *list;
};

struct walk_selection {
	struct arena arena;
	size_t n_selectors, n_classes, n_starts;
	size_t selector_words, class_words; /* of a set of them */
	struct walk_class *classes;
	struct walk_start *starts; /* in walk_path_cmp() order */
	uint32_t *members;
	uint32_t *class_of; /* by selector */

	size_t n_globs;
	struct rule *globs;
	const struct glob_set *glob_set;
	struct walk_index glob_classes;

	size_t n_type_globs;
	struct rule *type_globs;
	uint32_t *type_of; /* by glob of type_globs */
	const struct glob_set *type_set;
	struct walk_index type_classes;

	/* Sets of classes. */
	uint64_t *of_base[BASE_COUNT];
	uint64_t *globbed;  /* have a glob */
	uint64_t *positive; /* have one that does not exclude */
	uint64_t *typed;
	uint64_t *bounded;  /* their glob can match in some directories only */
	uint64_t *cursored; /* have a cursor */
	bool any_ignore;    /* some class heeds ignore files */
};

/** As walk_new(). Selectors must stay as they are. */
int walk_select_init(struct walk_selection *selection, const struct walk_conf *conf,
		     size_t *ret_bad, struct error *err);
void walk_select_release(struct walk_selection *selection);

static inline void walk_bit_set(uint64_t *set, size_t bit)
{
	set[bit / 64] |= (uint64_t)1 << (bit % 64);
}

static inline void walk_bit_clear(uint64_t *set, size_t bit)
{
	set[bit / 64] &= ~((uint64_t)1 << (bit % 64));
}

/** The number of the lowest bit of a set's wth word. */
static inline size_t walk_bit_lowest(uint64_t word, size_t w)
{
	return w * 64 + (size_t)__builtin_ctzll(word);
}

static inline bool walk_bit_has(const uint64_t *set, size_t bit)
{
	return set[bit / 64] >> (bit % 64) & 1;
}

#endif
