/* SPDX-License-Identifier: MIT */
#include "net/unpack.h"

#include <errno.h>
#include <stdint.h>

enum { CHUNK_BYTES = 32 << 10, GZIP_BITS = MAX_WBITS + 16, MAGIC_BYTES = 4 };

/* A stream of zlib's begins with an 8 in the lower half of its first byte, and a bare one does not:
 * it would be a block that is stored, and whose padding is not zero. */
static int open_stream(struct unpack *unpack, bool is_gzip, unsigned char first)
{
	int bits = is_gzip ? GZIP_BITS : (first & 0x0f) == Z_DEFLATED ? MAX_WBITS : -MAX_WBITS;

	if (inflateInit2(&unpack->stream, bits) != Z_OK)
		return -ENOMEM;
	unpack->is_open = true;
	unpack->is_gzip = is_gzip;
	return 0;
}

/* Members of gzip one after another are one text; whatever else follows is nothing. */
static bool begins_member(struct unpack *unpack)
{
	if (!unpack->is_gzip || *unpack->stream.next_in != 0x1f)
		return false;
	unpack->is_whole = false;
	unpack->is_later = true;
	return inflateReset(&unpack->stream) == Z_OK;
}

/* What follows a member only began like another. */
static bool is_no_member(const struct unpack *unpack)
{
	return unpack->is_later && unpack->stream.total_in <= MAGIC_BYTES;
}

int unpack_add(struct unpack *unpack, bool is_gzip, const char *bytes, size_t len,
	       unpack_take_fn *take, void *data)
{
	z_stream *stream = &unpack->stream;
	unsigned char chunk[CHUNK_BYTES];
	bool is_full = false;

	if (len == 0 || unpack->is_over)
		return 0;
	if (!unpack->is_open && open_stream(unpack, is_gzip, (unsigned char)*bytes) < 0)
		return -ENOMEM;
	stream->next_in = (Bytef *)(uintptr_t)bytes; /* zlib only reads it */
	stream->avail_in = (uInt)len;
	while (stream->avail_in || (is_full && !unpack->is_whole)) {
		size_t n;
		int code;

		if (unpack->is_whole && !begins_member(unpack))
			break;
		stream->next_out = chunk;
		stream->avail_out = sizeof(chunk);
		code = inflate(stream, Z_NO_FLUSH);
		n = sizeof(chunk) - stream->avail_out;
		if (code == Z_DATA_ERROR && is_no_member(unpack)) {
			unpack->is_whole = unpack->is_over = true;
			return 0;
		}
		if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
			return code == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
		if (n && !take(data, (const char *)chunk, n))
			return -ECANCELED;
		is_full = stream->avail_out == 0;
		unpack->is_whole = code == Z_STREAM_END;
		if (code == Z_BUF_ERROR)
			break;
	}
	return 0;
}

bool unpack_is_short(const struct unpack *unpack)
{
	return unpack->is_open && !unpack->is_whole;
}

void unpack_clear(struct unpack *unpack)
{
	if (unpack->is_open)
		(void)inflateEnd(&unpack->stream); /* it fails for one that is not open */
	*unpack = (struct unpack){ 0 };
}
