/* SPDX-License-Identifier: MIT */
/* What a text costs and where it is cut. A text of 60 MB that keeps 3 kB is never walked to its
 * end for that: costs are counted only up to what there is to spend. */
#include "cli/slice.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* JSON bytes of one byte or of one UTF-8 sequence; *ret_len is how many bytes it is. */
static size_t json_cost_at(const unsigned char *at, size_t len, size_t *ret_len)
{
	*ret_len = 1;
	if (*at >= 0x80) {
		size_t n = utf8_sequence(at, len);

		if (n)
			*ret_len = n;
		return n ? n : 3; /* U+FFFD */
	}
	if (*at == '"' || *at == '\\' || *at == '\n' || *at == '\t' || *at == '\r')
		return 2;
	return *at < 0x20 ? 6 : 1;
}

static size_t raw_cost_at(const unsigned char *at, size_t len, size_t *ret_len)
{
	size_t n = utf8_sequence(at, len);

	*ret_len = n ? n : 1;
	return *ret_len;
}

static size_t cost_at(const char *at, size_t len, enum encoding encoding, size_t *ret_len)
{
	const unsigned char *bytes = (const unsigned char *)at;

	return encoding == ENCODING_RAW ? raw_cost_at(bytes, len, ret_len)
					: json_cost_at(bytes, len, ret_len);
}

/* Of bytes without an item's end. */
static size_t cost_of(const char *at, size_t len, enum encoding encoding, size_t enough)
{
	size_t cost = 0;

	if (encoding == ENCODING_RAW)
		return len;
	for (size_t i = 0; i < len && cost <= enough;) {
		size_t n;

		cost += cost_at(at + i, len - i, encoding, &n);
		i += n;
	}
	return cost;
}

static size_t end_cost(enum encoding encoding)
{
	static const unsigned char costs[] = {
		[ENCODING_RAW] = 1,  /* \n */
		[ENCODING_JSON] = 2, /* \\n */
		[ENCODING_LIST] = 3, /* "", */
	};

	return costs[encoding];
}

/* The item that starts at `from`: where it ends (without its end), and where the next starts. */
static size_t item_at(const struct slice *slice, size_t from, size_t *ret_next)
{
	const char *end = memchr(slice->data + from, slice->end, slice->len - from);
	size_t at = end ? (size_t)(end - slice->data) : slice->len;

	*ret_next = end ? at + 1 : at;
	return at;
}

/* Where the item that ends before `to` starts. */
static size_t item_before(const struct slice *slice, size_t to)
{
	const char *end;

	if (to > 0 && slice->data[to - 1] == slice->end)
		to--;
	end = to ? memrchr(slice->data, slice->end, to) : NULL;
	return end ? (size_t)(end - slice->data) + 1 : 0;
}

/* Bytes of whole items from the start that cost at most limit. */
static size_t fit_head(const struct slice *slice, enum encoding encoding, size_t limit,
		       size_t *ret_cost)
{
	size_t cost = 0, at = 0;

	while (at < slice->len) {
		size_t next, end = item_at(slice, at, &next);
		size_t more = cost_of(slice->data + at, end - at, encoding, limit) +
			      (next > end || encoding == ENCODING_LIST ? end_cost(encoding) : 0);

		if (more > limit - cost)
			break;
		cost += more;
		at = next;
	}
	*ret_cost = cost;
	return at;
}

/* Bytes of whole items at the end, after `from`, that cost at most limit. */
static size_t fit_tail(const struct slice *slice, enum encoding encoding, size_t from, size_t limit)
{
	size_t cost = 0, at = slice->len;

	while (at > from) {
		size_t start = item_before(slice, at);
		size_t len = at - start - (slice->data[at - 1] == slice->end);
		size_t more;

		if (start < from)
			break;
		more = cost_of(slice->data + start, len, encoding, limit) +
		       (at - start > len ? end_cost(encoding) : 0);
		if (more > limit - cost)
			break;
		cost += more;
		at = start;
	}
	return slice->len - at;
}

/* Not one item fits: as much of the first as does, whole characters. */
static size_t fit_part(const struct slice *slice, enum encoding encoding, size_t limit)
{
	size_t cost = 0, at = 0;

	if (encoding == ENCODING_LIST)
		return 0;
	while (at < slice->len && slice->data[at] != slice->end) {
		size_t n, more = cost_at(slice->data + at, slice->len - at, encoding, &n);

		if (more > limit - cost)
			break;
		cost += more;
		at += n;
	}
	return at;
}

size_t slice_cost(const struct slice *slice, enum encoding encoding, size_t enough)
{
	size_t cost = 0, at = 0;

	if (encoding == ENCODING_RAW)
		return slice->len;
	while (at < slice->len && cost <= enough) {
		size_t next, end = item_at(slice, at, &next);

		cost += cost_of(slice->data + at, end - at, encoding, enough);
		if (next > end || encoding == ENCODING_LIST)
			cost += end_cost(encoding);
		at = next;
	}
	return cost;
}

struct cut slice_cut(const struct slice *slice, enum encoding encoding, size_t limit)
{
	struct cut cut = { .head = slice->len };
	size_t spent, half = limit;

	if (limit == SIZE_MAX || slice_cost(slice, encoding, limit) <= limit)
		return cut;
	if (slice->two_ended)
		half = limit > SLICE_GAP_COST ? (limit - SLICE_GAP_COST) / 2 : 0;
	cut.head = fit_head(slice, encoding, half, &spent);
	if (slice->two_ended && limit > SLICE_GAP_COST)
		cut.tail = fit_tail(slice, encoding, cut.head, limit - SLICE_GAP_COST - spent);
	if (!cut.head && !cut.tail)
		cut.head = fit_part(slice, encoding, half);
	return cut;
}

uint64_t slice_items(const struct slice *slice, size_t from, size_t to)
{
	uint64_t n = 0;

	while (from < to) {
		const char *end = memchr(slice->data + from, slice->end, to - from);

		n++;
		from = end ? (size_t)(end - slice->data) + 1 : to;
	}
	return n;
}

uint64_t cut_items(const struct slice *slice, const struct cut *cut)
{
	return slice_items(slice, 0, cut->head) +
	       slice_items(slice, slice->len - cut->tail, slice->len);
}

static void add(const char *data, size_t len, enum encoding encoding, struct buf *out)
{
	if (encoding == ENCODING_RAW)
		buf_add(out, data, len);
	else
		json_escape(out, data, len);
}

static void write_range(const struct slice *slice, size_t from, size_t to, enum encoding encoding,
			struct buf *out)
{
	if (slice->end == '\n') {
		add(slice->data + from, to - from, encoding, out);
		return;
	}
	while (from < to) {
		const char *end = memchr(slice->data + from, slice->end, to - from);
		size_t at = end ? (size_t)(end - slice->data) : to;

		add(slice->data + from, at - from, encoding, out);
		if (end)
			add("\n", 1, encoding, out);
		from = end ? at + 1 : at;
	}
}

void slice_write(const struct slice *slice, const struct cut *cut, enum encoding encoding,
		 struct buf *out)
{
	char gap[SLICE_GAP_COST];

	write_range(slice, 0, cut->head, encoding, out);
	if (slice->two_ended && !cut_is_whole(slice, cut) && cut->tail) {
		int n = snprintf(gap, sizeof(gap), "[... %zu bytes left out ...]\n",
				 slice->len - cut->head - cut->tail);

		if (cut->head && slice->data[cut->head - 1] != slice->end)
			add("\n", 1, encoding, out);
		add(gap, (size_t)n, encoding, out);
	}
	write_range(slice, slice->len - cut->tail, slice->len, encoding, out);
}

void slice_write_list(const struct slice *slice, const struct cut *cut, struct json_write *json)
{
	json_begin_array(json);
	for (size_t at = 0; at < cut->head;) {
		size_t next, end = item_at(slice, at, &next);

		json_strn(json, slice->data + at, end - at);
		at = next;
	}
	json_end_array(json);
}
