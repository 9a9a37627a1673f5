/* SPDX-License-Identifier: MIT */
#ifndef SCAN_TEXT_H
#define SCAN_TEXT_H

#include "scan/lines.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * A file's bytes as text to search: read into a buffer that is reused from file to file, byte
 * order marks taken off, UTF-16 turned into UTF-8, and the place of the first NUL known. Exactly
 * what ripgrep looks at. One per worker.
 */
enum { TEXT_PADDING = 128 };

struct text {
	unsigned char *raw; /* buffer of raw_cap + TEXT_PADDING bytes */
	size_t raw_cap;
	unsigned char *decoded; /* of a UTF-16 file; NULL until one is met */
	size_t decoded_cap;

	const unsigned char *data; /* what to search; data[len … len + TEXT_PADDING) is readable */
	size_t len;
	bool has_nul; /* a NUL stands at data[nul_at] */
	size_t nul_at;
	size_t n_bytes; /* read from the file */
};

#define TEXT_BYTES_MAX ((size_t)256 << 20)

void text_release(struct text *text);

/** Reads all of fd. 0, -EFBIG (over TEXT_BYTES_MAX), -ENOMEM, or -errno of read(). */
int text_read(struct text *text, int fd);

#endif
