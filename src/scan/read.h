/* SPDX-License-Identifier: MIT */
#ifndef SCAN_READ_H
#define SCAN_READ_H

#include "model/call.h"
#include "scan/text.h"

/** Lines of one file, as `cat -n` prints them. */
struct read_query {
	const char *path; /* relative to the root, clean */
	uint64_t offset;  /* first line, from 1 */
	uint64_t limit;   /* lines; 0 = all */
};

enum { READ_DEFAULT_LIMIT = 2000 };

/** Fills *ret; a directory, a binary or a missing file is a result that says so. The text is
 *  scratch, reused from call to call. Any thread, one text each. */
void read_file(int root_fd, const char *root_path, const struct read_query *query,
	       struct text *text, struct result *ret);

/** One line of what read_file() printed, without its number, from byte *at of the body on; steps
 *  over it. Its len is with the line's end. False at the end, or where no line is. */
struct read_line {
	const char *text; /* in the body */
	size_t len;
};
bool read_next_line(const char *body, size_t len, size_t *at, struct read_line *ret_line);

#endif
