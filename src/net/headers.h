/* SPDX-License-Identifier: MIT */
#ifndef NET_HEADERS_H
#define NET_HEADERS_H

#include "base/buf.h"
#include "model/transfer.h"

#include <stdint.h>

/**
 * The headers of an answer as they come in, line by line, with bounds on their number and bytes
 * (of everything before the answer as well: 1xx answers, and trailers after it). One owner.
 */
enum { HEADERS_BYTES_MAX = 256 << 10, HEADERS_MAX = 512 };

struct headers {
	struct buf text; /* "name\0value\0" each, names in lower case */
	size_t n;
	int status;
	size_t n_bytes, n_lines; /* that came, whatever became of them */
	bool is_whole;           /* the empty line after them has come */
};

void headers_init(struct headers *headers);
void headers_release(struct headers *headers);
void headers_clear(struct headers *headers);

/** One line, with its line end. A status line starts anew; what is no header is passed over.
 *  0, -EMSGSIZE or -ENOMEM. */
int headers_add_line(struct headers *headers, const char *line, size_t len);

/** Puts those of newer in the place of older ones of the same names; names that tell of a body, not
 *  there, stay as they are (RFC 9111, 3.2). 0, -EMSGSIZE or -ENOMEM. */
int headers_update(struct headers *headers, const struct headers *newer);

/** Takes over another's text, foreign bytes that should hold n of them; 0, -EBADMSG or -ENOMEM. */
int headers_load(struct headers *headers, const char *text, size_t len, size_t n);

/** The value of the first header of that name (lower case) behind value after, which this gave;
 *  NULL = from the start. NULL: there is none. */
const char *headers_next(const struct headers *headers, const char *name, const char *after);

static inline const char *headers_find(const struct headers *headers, const char *name)
{
	return headers_next(headers, name, NULL);
}

/** 0 or -ENOMEM. */
int headers_give(const struct headers *headers, struct transfer_outcome *outcome);

#endif
