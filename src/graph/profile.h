/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_PROFILE_H
#define GRAPH_PROFILE_H

#include "base/arena.h"
#include "graph/claim.h"
#include "graph/project.h"

/**
 * What a project is, as far as names, lines, documents and history say: points by section, each
 * with the place or the call that says so, the most telling first. All of it lives in the
 * profile's arena and depends on the results alone, not on when they came.
 */
enum profile_section {
#define SECTION(id, key, title, quota) PROFILE_##id,
#include "graph/sections.def"
#undef SECTION
	PROFILE_SECTIONS
};

struct profile_point {
	const char *name; /* what the point is of: a language, a directory, a command */
	const char *text; /* or NULL */
	const char *path; /* where it says so; NULL = nowhere in particular */
	uint32_t line;    /* 0 = the whole file */
	const char *call; /* the id of the call that says so, if no file does */
	/* The other side of a contradiction, as above. */
	const char *other_path;
	uint32_t other_line;
	const char *other_call;
	/* Of languages and directories; 0 = not said. */
	uint64_t n_files, n_bytes;
	double share; /* of the bytes of code, 0 to 1; negative = not said */
	double rank;  /* greater = earlier */
};

struct profile_part {
	struct VEC(struct profile_point) points; /* best first */
	size_t n_all;                            /* how many there are: more than kept, maybe */
};

struct profile {
	struct arena arena;
	const char *name;     /* of the project */
	const char *headline; /* what it is, in one line */
	struct profile_part parts[PROFILE_SECTIONS];
	bool is_out_of_memory;
};

struct profile_conf {
	const struct graph *graph;
	const char *root;             /* absolute */
	int root_fd;                  /* sizes of files and targets of links are looked up */
	const struct claims *clashes; /* of calls among each other */
};

/** 0 or -ENOMEM. Looks at the disk: blocks. */
int profile_make(const struct profile_conf *conf, struct profile *ret_profile);
void profile_release(struct profile *profile);

const char *profile_section_key(enum profile_section section);   /* "languages" */
const char *profile_section_title(enum profile_section section); /* "Languages" */
unsigned profile_section_quota(enum profile_section section);    /* points, at full length */

#endif
