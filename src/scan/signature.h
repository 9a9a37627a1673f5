/* SPDX-License-Identifier: MIT */
#ifndef SCAN_SIGNATURE_H
#define SCAN_SIGNATURE_H

#include "scan/walk.h"

/**
 * What the files of a walk are, without reading them: 128 bits for each selector over the path,
 * inode, size, mode, mtime and ctime of every file that it wants, and over what was passed over.
 * Two walks with the same signature would read the same bytes: contents cannot change without the
 * ctime, which nobody can set; but for a change in the very moment, as git's index knows it
 * (racy-git): so nothing counts as settled that changed less than 2 s before.
 */
struct signature {
	uint64_t bits[2];
	bool is_settled;
};

/** conf: as for walk_new(), without visit and data. Blocks for a walk. 0 or -errno. */
int signature_take(const struct walk_conf *conf, struct signature *ret_signatures,
		   struct error *err);

#endif
