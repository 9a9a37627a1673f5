/* SPDX-License-Identifier: MIT */
/*
 * Head and tail of a stream in one piece of memory. Up to max bytes it is a plain buffer; beyond,
 * the second half goes on as a ring:
 *
 *	0            half                    max
 *	| head       | ring: byte i at half + (i - half) % (max - half) |
 */
#include "engine/keep.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static size_t half_of(const struct keep *keep)
{
	return keep->max / 2;
}

static bool reserve(struct keep *keep, uint64_t want)
{
	size_t cap = keep->cap ? keep->cap : 256;
	char *grown;

	if (want > keep->max)
		want = keep->max;
	if (want <= keep->cap)
		return true;
	while (cap < want)
		cap *= 2;
	if (cap > keep->max)
		cap = keep->max;
	grown = realloc(keep->data, cap + 1); /* 1: the NUL of a blob */
	if (!grown)
		return false;
	keep->data = grown;
	keep->cap = cap;
	return true;
}

static void add_to_ring(struct keep *keep, const char *data, size_t len)
{
	size_t half = half_of(keep);
	size_t size = keep->max - half;

	if (len > size) { /* only its end will be seen */
		keep->total += len - size;
		data += len - size;
		len = size;
	}
	while (len > 0) {
		size_t at = (size_t)((keep->total - half) % size);
		size_t n = len < size - at ? len : size - at;

		memcpy(keep->data + half + at, data, n);
		keep->total += n;
		data += n;
		len -= n;
	}
}

void keep_add(struct keep *keep, const char *data, size_t len)
{
	size_t n = 0;

	if (keep->is_lossy || !reserve(keep, keep->total + len)) {
		keep->is_lossy = true;
		keep->total += len;
		return;
	}
	if (keep->total < keep->max) {
		n = keep->max - (size_t)keep->total;
		n = len < n ? len : n;
		memcpy(keep->data + keep->total, data, n);
		keep->total += n;
	}
	if (len > n)
		add_to_ring(keep, data + n, len - n);
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Back to the end of a line, if there is one in the second half; or of a character. */
static size_t trim_head(const char *head, size_t len)
{
	const char *newline = memrchr(head, '\n', len);

	if (newline && (size_t)(newline - head) >= len / 2)
		return (size_t)(newline - head) + 1;
	for (int i = 0; i < 3 && len > 0 && is_continuation(head[len - 1]); i++)
		len--;
	if (len > 0 && (unsigned char)head[len - 1] >= 0xc0)
		len--;
	return len;
}

/* Forward to the beginning of a line, if there is one in the first half; or of a character. */
static size_t trim_tail(const char *tail, size_t len)
{
	const char *newline = memchr(tail, '\n', len / 2);
	size_t skip = 0;

	if (newline)
		return (size_t)(newline - tail) + 1;
	while (skip < 3 && skip < len && is_continuation(tail[skip]))
		skip++;
	return skip;
}

static void unroll(const struct keep *keep, struct buf *tail)
{
	size_t half = half_of(keep);
	size_t size = keep->max - half;
	size_t at = (size_t)((keep->total - half) % size);

	buf_add(tail, keep->data + half + at, size - at);
	buf_add(tail, keep->data + half, at);
}

static void write_cut(const struct keep *keep, const char *spool_path, struct buf *out)
{
	CLEANUP(buf) struct buf tail;
	size_t n_head = trim_head(keep->data, half_of(keep));
	size_t skip;

	buf_init(&tail, keep->max);
	unroll(keep, &tail);
	if (buf_error(&tail)) {
		out->error = buf_error(&tail);
		return;
	}
	skip = trim_tail(tail.data, tail.len);
	buf_add(out, keep->data, n_head);
	if (n_head > 0 && keep->data[n_head - 1] != '\n')
		buf_add_char(out, '\n');
	buf_printf(out, "[... %" PRIu64 " bytes left out%s%s ...]\n",
		   keep->total - n_head - (tail.len - skip), spool_path ? "; all of it is in " : "",
		   spool_path ? spool_path : "");
	buf_add(out, tail.data + skip, tail.len - skip);
}

struct blob *keep_take(struct keep *keep, const char *spool_path)
{
	struct buf out;
	struct blob *blob = NULL;
	size_t len;
	char *data;

	if (keep->is_lossy) {
		keep_release(keep);
		return blob_new("", 0);
	}
	if (!keep_is_cut(keep)) {
		data = keep->data;
		len = (size_t)keep->total;
		keep->data = NULL;
		keep->cap = 0;
		keep->total = 0;
		return data ? blob_from(data, len) : blob_new("", 0);
	}
	buf_init(&out, keep->max + 8192);
	write_cut(keep, spool_path, &out);
	data = buf_take(&out, &len);
	if (data)
		blob = blob_from(data, len);
	buf_release(&out);
	keep_release(keep);
	return blob;
}

void keep_release(struct keep *keep)
{
	free(keep->data);
	*keep = (struct keep){ .max = keep->max };
}
