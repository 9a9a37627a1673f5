/* SPDX-License-Identifier: MIT */
#ifndef SCAN_REGEX_CLASS_H
#define SCAN_REGEX_CLASS_H

#include "scan/regex.h"

/**
 * A class under construction. The part below 0x80 is a bitmap; the part above is kept as PCRE2
 * text: ranges and properties that fit into one bracket (`items`), and whole expressions that do
 * not (`others`, each matching one code point, joined by '|').
 */
struct class_set {
	uint64_t ascii[2];
	bool has_wide;
	const char *items;  /* inside of a bracket, e.g. "\p{Nd}\x{e9}-\x{ff}"; "" = none */
	const char *others; /* "(?:…)|[^…]"; "" = none */
	uint64_t high[2];   /* (?-u): bytes 0x80 … 0xff */
};

/** How the class is read: the flags in force where it stands. */
struct class_mode {
	bool is_icase;
	bool is_bytes;   /* (?-u) */
	bool no_newline; /* line mode: '\n' is never matched */
};

void class_add_range(struct class_set *set, struct arena *arena, uint32_t low, uint32_t high);

/** \d \D \s \S \w \W by their letter. */
void class_add_perl(struct class_set *set, struct arena *arena, char letter,
		    const struct class_mode *mode);

/** [:alpha:] and the like; false if there is no such name. */
bool class_add_posix(struct class_set *set, const char *name, size_t len, bool negated,
		     const struct class_mode *mode);

/** \p{name}, \P{name}. */
struct property {
	const char *name;
	size_t len;
	bool is_negated;
};

/** false if PCRE2 does not know the property. */
bool class_add_property(struct class_set *set, struct arena *arena, const struct property *property,
			bool is_icase);

void class_union(struct class_set *set, struct arena *arena, const struct class_set *other);

/** op: '&' intersection, '-' difference, '~' symmetric difference. */
void class_combine(struct class_set *set, struct arena *arena, const struct class_set *other,
		   char op);

/** Closes the set under simple case folding. Call before class_negate(). */
void class_fold_case(struct class_set *set, struct arena *arena, const struct class_mode *mode);
void class_negate(struct class_set *set, struct arena *arena, const struct class_mode *mode);

/** The finished class, or NULL without memory. */
struct regex_class *class_finish(const struct class_set *set, struct arena *arena,
				 const struct class_mode *mode);

/** PCRE2 bracket items of Unicode \w as in UTS #18, which PCRE2's own \w is not. */
#define CLASS_WORD_ITEMS "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}"

#endif
