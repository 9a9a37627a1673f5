/* SPDX-License-Identifier: MIT */
/*
 * What the web client reads of strangers' bytes. The first byte says what the rest is: a file of
 * the cache; the text of headers in such a file; or lines of headers, which are judged, merged and
 * given away, and must come back from a file as they went in.
 */
#include "net/cache.h"
#include "net/freshness.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static void check_headers(const struct headers *headers)
{
	struct transfer_outcome outcome = { 0 };

	must(headers->n <= HEADERS_MAX && headers->text.len <= HEADERS_BYTES_MAX);
	must(headers_give(headers, &outcome) == 0 && outcome.n_headers == headers->n);
	for (size_t i = 0; i < outcome.n_headers; i++) {
		must(*outcome.headers[i].name);
		must(transfer_header(&outcome, outcome.headers[i].name) != NULL);
	}
	transfer_outcome_release(&outcome);
}

static void check_freshness(const struct headers *headers)
{
	struct cache_control control = cache_control_read(headers);
	const int64_t stored_ms = 1700000000000;

	must(control.max_age_s >= -1);
	must(!control.no_store || !freshness_may_keep(headers));
	/* Young enough is young enough; and what was kept tomorrow is not believed. */
	must(freshness_holds(headers, stored_ms, stored_ms + 9, 10));
	must(!freshness_holds(headers, stored_ms, stored_ms + 10, 10));
	must(!freshness_holds(headers, stored_ms, stored_ms - 1, 0));
	if (control.no_cache)
		must(!freshness_holds(headers, stored_ms, stored_ms, 0));
	/* It does not get younger. */
	if (!freshness_holds(headers, stored_ms, stored_ms + 60000, 0))
		must(!freshness_holds(headers, stored_ms, stored_ms + 120000, 0));
}

static void read_file(const char *data, size_t size)
{
	struct cached cached;

	if (cached_read(data, size, &cached) == 0) {
		check_headers(&cached.headers);
		check_freshness(&cached.headers);
		cached_release(&cached);
	}
}

static void load_text(const char *text, size_t len, size_t n)
{
	struct headers headers;

	headers_init(&headers);
	if (headers_load(&headers, text, len, n) == 0) {
		must(headers.n == n && headers.text.len == len);
		check_headers(&headers);
	}
	headers_release(&headers);
}

static void add_lines(struct headers *headers, const char *text, size_t len)
{
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end + 1 - text) : len;

		if (headers_add_line(headers, text, n) < 0)
			return;
		text += n;
		len -= n;
	}
}

static void read_lines(const char *text, size_t len)
{
	struct headers first, second;
	size_t half = len / 2;

	headers_init(&first);
	headers_init(&second);
	add_lines(&first, text, half);
	add_lines(&second, text + half, len - half);
	check_headers(&first);
	check_freshness(&first);
	check_headers(&second);
	if (second.n > 0)
		load_text(second.text.data, second.text.len, second.n);
	must(headers_update(&first, &second) == 0);
	check_headers(&first);
	for (size_t i = 0, at = 0; i < second.n; i++) {
		const char *name = second.text.data + at, *value = name + strlen(name) + 1;

		if (strncmp(name, "content-", 8) != 0)
			must(strcmp(headers_find(&first, name), headers_find(&second, name)) == 0);
		at += strlen(name) + strlen(value) + 2;
	}
	headers_release(&first);
	headers_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *rest;

	if (size < 2)
		return 0;
	rest = malloc(size - 2); /* of just that size, for the sanitizer to watch its end */
	if (!rest && size > 2)
		abort();
	if (size > 2)
		memcpy(rest, data + 2, size - 2);
	switch (data[0] % 3) {
	case 0:
		read_file(rest, size - 2);
		break;
	case 1:
		load_text(rest, size - 2, data[1]);
		break;
	default:
		read_lines(rest, size - 2);
	}
	free(rest);
	return 0;
}
