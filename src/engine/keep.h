/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_KEEP_H
#define ENGINE_KEEP_H

#include "model/blob.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The beginning and the end of a stream of any length, in at most max bytes. Memory grows with
 * what comes; when there is none, bytes are lost and is_cut says so. A zeroed keep with max set
 * is empty.
 */
struct keep {
	size_t max;
	char *data; /* [0, max / 2): the head; then the tail, as a ring once all came to > max */
	size_t cap;
	uint64_t total; /* bytes that came */
	bool is_lossy;  /* memory was short */
};

void keep_add(struct keep *keep, const char *data, size_t len);

static inline bool keep_is_cut(const struct keep *keep)
{
	return keep->total > keep->max || keep->is_lossy;
}

/**
 * What is kept, as text: when cut, head and tail end and begin at lines where they can, and a
 * line between them says how much is missing and, if spool_path is given, where it is. Empties
 * keep. NULL without memory.
 */
struct blob *keep_take(struct keep *keep, const char *spool_path);
void keep_release(struct keep *keep);

#endif
