/* SPDX-License-Identifier: MIT */
/*
 * A stream cut anywhere gives what the whole text gives; what it gives has no known value in it;
 * where nothing was redacted it is the text. The first byte says how the text is cut.
 */
#include "model/redact.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add(struct redactor *redactor, const char *text, size_t len, struct buf *out)
{
	struct redacted piece;

	if (redactor_feed(redactor, text, len, &piece) < 0)
		abort();
	buf_add(out, piece.text, piece.len);
	if (redactor->tokens.held.len > TOKEN_HOLD_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const environ_given[] = { "A_KEY=abcabcabd", "B_KEY=abcabdabc+/?",
						     "C_TOKEN=bcabdabcab", NULL };
	struct buf whole = { .max = 1 << 20 }, cut = { .max = 1 << 20 };
	struct secrets *secrets = NULL;
	struct redactor redactor;
	struct redacted piece;
	const char *text = (const char *)data + 1;
	uint32_t seed;
	int n;

	if (size < 2)
		return 0;
	seed = *data;
	size--;
	if (secrets_new(environ_given, NULL, 0, &secrets, NULL) < 0)
		abort();
	n = redact_text(secrets, text, size, &whole);
	if (n < 0 || (n == 0 && (whole.len != size || memcmp(whole.data, text, size) != 0)))
		abort();
	if (whole.len && (memmem(whole.data, whole.len, "abcabcabd", 9) ||
			  memmem(whole.data, whole.len, "bcabdabcab", 10) ||
			  memmem(whole.data, whole.len, "YWJjYWJjYWJk", 12)))
		abort();
	redactor_init(&redactor, secrets, REDACT_ALL);
	for (size_t at = 0, len; at < size; at += len) {
		seed = seed * 1664525u + 1013904223u;
		len = 1 + (seed >> 24) % (*data % 60 + 1);
		len = len < size - at ? len : size - at;
		add(&redactor, text + at, len, &cut);
	}
	if (redactor_end(&redactor, &piece) < 0)
		abort();
	buf_add(&cut, piece.text, piece.len);
	if (cut.len != whole.len || (cut.len && memcmp(cut.data, whole.data, cut.len) != 0) ||
	    redactor.n_redacted != (uint64_t)n)
		abort();
	redactor_release(&redactor);
	secrets_unref(secrets);
	buf_release(&whole);
	buf_release(&cut);
	return 0;
}
