/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_PROJECT_H
#define GRAPH_PROJECT_H

#include "base/arena.h"
#include "graph/graph.h"

/**
 * A project as the calls of build_discovery() tell of it: its files, each with what its name says
 * it is for, and the answers of the other calls by their ids. Made from a graph as it is by now,
 * from which it borrows; in byte order of paths, whatever the order in which calls ended.
 */
enum project_role {
	ROLE_MANIFEST = 1 << 0,
	ROLE_DOCUMENT = 1 << 1,
	ROLE_GUIDE = 1 << 2, /* in a directory of documents */
	ROLE_TEST = 1 << 3,
	ROLE_CI = 1 << 4,
	ROLE_LICENCE = 1 << 5,
	ROLE_CONTAINER = 1 << 6,
	ROLE_CONVENTION = 1 << 7, /* settings of formatters and linters */
	ROLE_VENDORED = 1 << 8,
	ROLE_MADE = 1 << 9,     /* generated, by its name or by its first lines */
	ROLE_EXAMPLE = 1 << 10, /* examples, samples, benchmarks, fixtures */
};

enum file_class {
	CLASS_CODE,
	CLASS_TEXT,
	CLASS_DATA, /* settings, data, pictures, all that is not known */
};

struct project_file {
	const char *path;
	const char *language; /* "c", "json"; NULL = not known */
	enum file_class class;
	unsigned roles;
	unsigned depth; /* directories above it */
	uint64_t bytes; /* 0 until project_measure() */
};

struct project {
	struct arena arena;
	const struct graph *graph;
	struct project_file *files;
	size_t n_files;
	uint32_t *file_of_node; /* UINT32_MAX: none */
};

/** 0 or -ENOMEM; release in any case. */
int project_init(struct project *project, const struct graph *graph);
void project_release(struct project *project);

/** Looks up the sizes of files beneath the root. Blocks on the disk. */
void project_measure(struct project *project, int root_fd);

/** NULL if there is no such file. */
struct project_file *project_find(const struct project *project, const char *path, size_t len);
/** A file or a directory with files. */
bool project_has(const struct project *project, const char *path, size_t len);

/** The call of this id, if it ended well; NULL otherwise. */
const struct source *project_source(const struct project *project, const char *id);

/** Lines that a Grep found, in byte order of their files. */
struct project_match {
	const struct project_file *file;
	uint32_t line;
	const char *text;
	size_t len;
};
typedef void project_match_fn(void *data, const struct project_match *match);
void project_each_match(const struct project *project, const char *id, project_match_fn *each,
			void *data);

/** Lines of what a command printed, without their ends. */
struct project_lines {
	const char *at, *end;
};
struct project_lines project_output(const struct project *project, const char *id);
bool project_next_line(struct project_lines *lines, const char **ret_line, size_t *ret_len);

/** "main.c" of "src/main.c". */
const char *project_base(const char *path);

/** Whether it is a README and no translation of one: README.zh-CN.md and README_fr.md are. */
bool project_is_readme(const char *base);

/** Whether people work on it here: neither vendored nor generated. */
static inline bool project_is_own(const struct project_file *file)
{
	return !(file->roles & (ROLE_VENDORED | ROLE_MADE));
}

/**
 * Which files the Reads of a phase (BUILD_DEEP, BUILD_ENTRIES) are for: best first, n at most;
 * returns how many. Paths are the graph's.
 */
size_t project_choose(const struct project *project, const char *phase, size_t n,
		      const char **ret_paths);

/** Where programs may begin, by the lines that look like it and by names. */
struct project_entry {
	const struct project_file *file;
	uint32_t line; /* 0 = the whole file */
	const char *what;
	const char *call; /* its id */
	int score;
};
struct project_entries {
	struct VEC(struct project_entry) list; /* best first, one for each file */
};
int project_find_entries(const struct project *project, struct project_entries *entries);

#endif
