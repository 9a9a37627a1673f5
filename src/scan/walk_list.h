/* SPDX-License-Identifier: MIT */
#ifndef SCAN_WALK_LIST_H
#define SCAN_WALK_LIST_H

#include "scan/ignore.h"

#include <stdint.h>

/** An entry of a directory. */
struct walk_name {
	uint64_t key; /* its first bytes, so that most comparisons are of numbers */
	const char *name;
	uint32_t start; /* an explicit file: number of its start + 1 */
	uint16_t len;
	uint8_t type; /* DT_REG, DT_DIR, DT_LNK; DT_UNKNOWN for all that is special */
};

/** A directory's entries but "." and "..", in byte order. Reused from directory to directory; at
 *  most WALK_LIST_MAX bytes of names. One owner. */
struct walk_list {
	char *data;
	size_t len, cap;
	struct walk_name *names;
	size_t n, names_cap;
	enum ignore_found found;
};

enum { WALK_LIST_MAX = 1 << 29 };

/** 0 or -errno; -EFBIG if the directory is too large. */
int walk_list_read(struct walk_list *list, int dir_fd);
void walk_list_release(struct walk_list *list);

#endif
