/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SPOOL_H
#define ENGINE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * A new file that takes all of an output that is too long to keep. When it cannot be written (the
 * disk is full) it is removed again and path becomes NULL: the command goes on regardless.
 */
enum { SPOOL_BYTES_MAX = 1 << 30 };

struct spool {
	int fd; /* -1 = not open */
	char *path;
	uint64_t len;
	bool is_failed;
};

/** Makes dir when it is not there, and in it a file of its own, readable by the owner only. */
void spool_open(struct spool *spool, const char *dir, const char *name);
void spool_add(struct spool *spool, const char *data, size_t len);
void spool_close(struct spool *spool); /* keeps the file and its path */
void spool_release(struct spool *spool);

#endif
