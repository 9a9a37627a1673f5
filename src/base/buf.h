/* SPDX-License-Identifier: MIT */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * A growing byte buffer with a maximum. Sticky: after an append fails (out of memory, or the
 * maximum would be passed) nothing more is appended and buf_error() says why, so a text is built
 * freely and tested once at the end. One owner; no locking. data is NUL-terminated whenever it is
 * not NULL; the NUL is not counted in len.
 */
struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max; /* bytes, without the NUL */
	int error;  /* 0, -ENOMEM or -EFBIG */
};

void buf_init(struct buf *buf, size_t max_bytes);
void buf_release(struct buf *buf);
void buf_clear(struct buf *buf); /* len 0 and no error; keeps the memory */

/** Room for n more bytes; returns where to write them, or NULL. Follow with buf_advance(). */
char *buf_reserve(struct buf *buf, size_t n);
void buf_advance(struct buf *buf, size_t n);

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_add_str(struct buf *buf, const char *str);
void buf_add_char(struct buf *buf, char c);
void buf_add_uint(struct buf *buf, unsigned long long n); /* decimal */
void buf_printf(struct buf *buf, const char *format, ...) ATTR_PRINTF(2, 3);

/** 0, or the first error. */
static inline int buf_error(const struct buf *buf)
{
	return buf->error;
}

/** Moves the bytes out (caller frees with free()); buf is empty after. Never NULL unless error. */
char *buf_take(struct buf *buf, size_t *ret_len);

static inline void cleanup_buf(struct buf *buf)
{
	buf_release(buf);
}

#endif
