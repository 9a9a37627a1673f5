/* SPDX-License-Identifier: MIT */
/* Failures that look alike. */
#include "recovery/fingerprint.h"

#include "base/map.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == '-' || c == '.' || c == '/' || c == '~' || (unsigned char)c >= 0x80;
}

/* What stands for a word: a path is '/', what has a digit and is hex otherwise '#'. */
static char word_class(const char *word, size_t len)
{
	enum { HASH_LEN = 7 };
	bool is_all_hex = len >= HASH_LEN, has_digit = false;

	if (memchr(word, '/', len))
		return '/';
	for (size_t i = 0; i < len; i++) {
		is_all_hex &= is_hex(word[i]);
		has_digit |= is_digit(word[i]);
	}
	if (has_digit && (is_all_hex || (len > 2 && word[0] == '0' && word[1] == 'x')))
		return '#';
	return '\0';
}

static uint64_t hash_word(uint64_t hash, const char *word, size_t len)
{
	char class = word_class(word, len);

	if (class)
		return hash_bytes(hash, &class, 1);
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(word[i]))
			hash = hash_bytes(hash, &word[i], 1);
		else if (i + 1 == len || !is_digit(word[i + 1]))
			hash = hash_bytes(hash, "#", 1);
	}
	return hash;
}

static uint64_t hash_line(uint64_t hash, const char *line, size_t len)
{
	for (size_t at = 0; at < len && line[at] != '\n';) {
		const char *quote =
			line[at] == '\'' ? memchr(line + at + 1, '\'', len - at - 1) : NULL;
		size_t start = at;

		if (quote) {
			at = (size_t)(quote - line) + 1;
			hash = hash_bytes(hash, "'", 1);
			continue;
		}
		while (at < len && is_word(line[at]))
			at++;
		if (at > start)
			hash = hash_word(hash, line + start, at - start);
		else
			hash = hash_bytes(hash, &line[at++], 1);
	}
	return hash;
}

uint64_t fingerprint_of(const char *tool, const struct error *err, const char *line, size_t len)
{
	int code = err->origin < ERROR_FROM_EXIT ? err->code : err->origin_code;
	uint64_t hash = hash_bytes(0, tool, strlen(tool));

	hash = hash_uint(hash, err->origin);
	hash = hash_uint(hash, (uint64_t)(int64_t)code);
	hash = hash_line(hash, line, len);
	return hash ? hash : 1;
}

static struct fingerprint *find(struct fingerprints *self, uint64_t hash)
{
	for (size_t i = 0; i < FINGERPRINTS_MAX; i++) {
		if (self->items[i].hash == hash)
			return &self->items[i];
	}
	return NULL;
}

static struct fingerprint *find_or_make(struct fingerprints *self, uint64_t hash)
{
	struct fingerprint *item = find(self, hash);

	if (item)
		return item;
	item = &self->items[0];
	for (size_t i = 1; i < FINGERPRINTS_MAX; i++) {
		if (self->items[i].seen_ns < item->seen_ns)
			item = &self->items[i];
	}
	*item = (struct fingerprint){ .hash = hash };
	return item;
}

bool fingerprints_add(struct fingerprints *self, uint64_t hash, uint64_t call, uint64_t now_ns)
{
	struct fingerprint *item = find_or_make(self, hash);
	size_t oldest = 0, n = 0;

	item->seen_ns = now_ns;
	for (size_t i = 0; i < ALIKE_CALLS; i++) {
		if (item->latest[i].call == call) {
			oldest = i;
			break;
		}
		if (item->latest[i].at_ns < item->latest[oldest].at_ns)
			oldest = i;
	}
	item->latest[oldest].call = call;
	item->latest[oldest].at_ns = now_ns;
	for (size_t i = 0; i < ALIKE_CALLS; i++)
		n += item->latest[i].at_ns &&
		     now_ns - item->latest[i].at_ns <= ALIKE_MS * 1000000ull;
	return n == ALIKE_CALLS;
}

void fingerprints_retried(struct fingerprints *self, uint64_t hash, bool has_passed)
{
	struct fingerprint *item = find(self, hash);

	if (!item)
		return; /* forgotten since */
	item->n_passed += has_passed;
	item->n_failed += !has_passed;
	if (item->n_passed + item->n_failed >= FINGERPRINT_COUNT_MAX) {
		item->n_passed /= 2;
		item->n_failed /= 2;
	}
}

/* X <= x if and only if at least a of n = a + b - 1 uniform numbers are <= x. */
double beta_below(unsigned a, unsigned b, double x)
{
	unsigned n = a + b - 1;
	double term = 1, sum = 0;

	for (unsigned i = 0; i < n; i++)
		term *= 1 - x;
	for (unsigned j = 0; j <= n; j++) {
		if (j >= a)
			sum += term;
		term *= (double)(n - j) / (j + 1) * (x / (1 - x));
	}
	return sum;
}

enum retrying fingerprints_judge(const struct fingerprints *self, uint64_t hash)
{
	const struct fingerprint *item = NULL;
	unsigned a, b;

	for (size_t i = 0; i < FINGERPRINTS_MAX && !item; i++) {
		if (self->items[i].hash == hash)
			item = &self->items[i];
	}
	if (!item)
		return RETRYING_UNKNOWN;
	a = item->n_passed + 1;
	b = item->n_failed + 1;
	if (1 - beta_below(a, b, 0.5) > 0.9)
		return RETRYING_HELPS;
	return beta_below(a, b, 0.1) > 0.9 ? RETRYING_IS_VAIN : RETRYING_UNKNOWN;
}
