/* SPDX-License-Identifier: MIT */
#ifndef SCAN_GLOB_MATCH_H
#define SCAN_GLOB_MATCH_H

#include "base/arena.h"
#include "scan/glob_nfa.h"
#include "scan/glob_parse.h"

/** Bytes; not NUL-terminated. */
struct glob_text {
	const char *at;
	size_t len;
};

/** How a glob is matched; all but the first and the last look at the name only. */
enum glob_kind {
	GLOB_PATH,     /* the path is texts[0] */
	GLOB_ALL,      /* anything */
	GLOB_NEVER,    /* nothing */
	GLOB_NAMES,    /* the name is one of the texts */
	GLOB_SUFFIXES, /* it ends with one of them */
	GLOB_PREFIX,   /* it begins with texts[0] */
	GLOB_CONTAINS, /* texts[0] is in it */
	GLOB_AFFIX,    /* it has both head and tail, not overlapping */
	GLOB_NAME_NFA,
	GLOB_PATH_NFA,
};

/** A compiled glob. Lives, with all it points to, in one arena. */
struct glob {
	uint8_t kind;
	bool is_top; /* the path must be a name alone, without a '/' */
	uint32_t n_texts;
	struct glob_text *texts;
	struct glob_text head, tail; /* AFFIX and NFAs: what a match must begin and end with */
	const struct glob_nfa *nfa;
	uint64_t needs; /* glob_letters() of bytes that every match has */
	/* Where matches can be, to prune a walk: all begin with the first dir_len bytes of head,
	 * which end in '/' ... */
	size_t dir_len;
	unsigned max_slashes;    /* ... and have at most so many slashes; UINT_MAX = any number */
	struct arena *own_arena; /* glob_new() only */
};

/** What is matched: a path, and its last component. */
struct glob_subject {
	const char *path;
	size_t len;
	const char *name; /* within path, to its end */
	size_t name_len;
};

/** -EINVAL with *ret_problem filled, or -ENOMEM. */
int glob_compile(struct arena *arena, const char *pattern, size_t len, enum glob_flags flags,
		 struct glob *ret_glob, struct glob_problem *ret_problem);

/** Whether a glob looks at the name only. */
static inline bool glob_is_of_name(const struct glob *glob)
{
	return glob->kind != GLOB_PATH && glob->kind != GLOB_PATH_NFA;
}

/** Which bytes a text has, modulo 64: a match has all that its glob needs. */
static inline uint64_t glob_letters(const char *at, size_t len)
{
	uint64_t letters = 0;

	for (size_t i = 0; i < len; i++)
		letters |= (uint64_t)1 << (at[i] & 63);
	return letters;
}

bool glob_match_subject(const struct glob *glob, const struct glob_subject *subject);

struct glob_subject glob_subject_of(const char *path, size_t len);

#endif
