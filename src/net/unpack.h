/* SPDX-License-Identifier: MIT */
#ifndef NET_UNPACK_H
#define NET_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <zlib.h>

/**
 * A packed body as it comes in, gzip or deflate. libcurl would unpack it too, but does not tell
 * whether the stream came to its end: half a page would pass for a page. Zeroed is ready. One
 * owner.
 */
struct unpack {
	z_stream stream;
	bool is_open;
	bool is_gzip;
	bool is_whole; /* the end of the stream has come */
	bool is_later; /* of another than the first in it */
	bool is_over;  /* what comes is nothing */
};

/** What came out; false: no more is wanted. */
typedef bool unpack_take_fn(void *data, const char *bytes, size_t len);

/** is_gzip: else deflate, with the header of zlib or, as some send it, without. 0, -ECANCELED (no
 *  more was wanted), -EBADMSG or -ENOMEM. */
int unpack_add(struct unpack *unpack, bool is_gzip, const char *bytes, size_t len,
	       unpack_take_fn *take, void *data);

/** Something came, but not all of it. */
bool unpack_is_short(const struct unpack *unpack);

/** It is as zeroed again. */
void unpack_clear(struct unpack *unpack);

#endif
