/* SPDX-License-Identifier: MIT */
#ifndef SCAN_PRINT_H
#define SCAN_PRINT_H

#include "base/buf.h"
#include "scan/search.h"

/**
 * Matches of one file as lines of an answer, as ripgrep prints them without heading and colour:
 * `path:12:text`, context `path-13-text`, "--" between groups.
 */
struct print_conf {
	uint32_t before, after; /* lines of context */
	bool only_matching;
	bool line_numbers;
};

/** What is printed from; all borrowed. */
struct print_file {
	const char *path;
	size_t path_len;
	const unsigned char *data;
	size_t len; /* searched so far; context may go up to it */
	struct line_index *lines;
	const struct matcher *matcher;
	struct matcher_scratch *scratch;
};

/** Appends the lines for hits (in order) to out; returns how many, separators included. */
size_t print_hits(const struct print_conf *conf, const struct print_file *file,
		  const struct hits *hits, struct buf *out);

#endif
