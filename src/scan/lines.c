/* SPDX-License-Identifier: MIT */
/* Lines: counting newlines by vectors, and an index of counts to number lines from. */
#include "scan/lines.h"

#include "base/attr.h"

#ifdef __x86_64__
#include <immintrin.h>

ATTR_TARGET("avx2")
static size_t count_avx2(const unsigned char *text, size_t len)
{
	const __m256i newline = _mm256_set1_epi8('\n');
	size_t n = 0, i = 0;

	for (; i + 32 <= len; i += 32) {
		__m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(text + i));

		n += (size_t)__builtin_popcount(
			(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, newline)));
	}
	for (; i < len; i++)
		n += text[i] == '\n';
	return n;
}

ATTR_TARGET("avx2")
static bool is_ascii_avx2(const unsigned char *text, size_t len)
{
	size_t i = 0;

	for (; i + 128 <= len; i += 128) {
		const __m256i *at = (const __m256i *)(const void *)(text + i);
		__m256i any = _mm256_or_si256(
			_mm256_or_si256(_mm256_loadu_si256(at), _mm256_loadu_si256(at + 1)),
			_mm256_or_si256(_mm256_loadu_si256(at + 2), _mm256_loadu_si256(at + 3)));

		if (_mm256_movemask_epi8(any))
			return false;
	}
	for (; i < len; i++) {
		if (text[i] >= 0x80)
			return false;
	}
	return true;
}
#endif

size_t lines_count(const unsigned char *text, size_t len)
{
	size_t n = 0;

#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2"))
		return count_avx2(text, len);
#endif
	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

bool text_is_ascii(const unsigned char *text, size_t len)
{
	size_t i = 0;

#ifdef __x86_64__
	if (len >= 128 && __builtin_cpu_supports("avx2"))
		return is_ascii_avx2(text, len);
#endif
	for (; i + 8 <= len; i += 8) {
		uint64_t word;

		memcpy(&word, text + i, 8);
		if (word & 0x8080808080808080u)
			return false;
	}
	for (; i < len; i++) {
		if (text[i] >= 0x80)
			return false;
	}
	return true;
}

enum { BLOCK = 512 };

void line_index_reset(struct line_index *index, const unsigned char *text, size_t len)
{
	index->before.n = 0;
	index->text = text;
	index->len = len;
}

void line_index_release(struct line_index *index)
{
	vec_release(&index->before);
}

uint64_t line_number(struct line_index *index, size_t start)
{
	size_t block = start / BLOCK;

	if (!index->before.n && !vec_push(&index->before, 0))
		return 0;
	while (index->before.n <= block) {
		size_t n = index->before.n;
		size_t count = lines_count(index->text + (n - 1) * BLOCK, BLOCK);

		if (!vec_push(&index->before, index->before.items[n - 1] + (uint32_t)count))
			return 0;
	}
	return index->before.items[block] +
	       lines_count(index->text + block * BLOCK, start - block * BLOCK) + 1;
}
