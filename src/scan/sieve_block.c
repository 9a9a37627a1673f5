/* SPDX-License-Identifier: MIT */
/* The inner loops of the sieve: one look-up per window byte, ANDed, for 1, 32 or 64 positions. */
#include "scan/sieve_block.h"

#include <string.h>

size_t sieve_block_scalar(const struct sieve_tables *tables, const unsigned char *data,
			  size_t *from, size_t end, struct sieve_candidate *out, size_t max)
{
	size_t n = 0, i = *from;

	for (; i < end && n < max; i++) {
		uint8_t buckets = tables->table[0][data[i]] & tables->table[1][data[i + 1]] &
				  tables->table[2][data[i + 2]] & tables->table[3][data[i + 3]];

		if (UNLIKELY(buckets))
			out[n++] = (struct sieve_candidate){ i, buckets };
	}
	*from = i;
	return n;
}

#ifdef __x86_64__
#include <immintrin.h>

ATTR_TARGET("avx2")
static inline __m256i look_up_avx2(__m256i low, __m256i high, const unsigned char *at)
{
	const __m256i nibble = _mm256_set1_epi8(15);
	__m256i x = _mm256_loadu_si256((const __m256i *)(const void *)at);
	__m256i l = _mm256_shuffle_epi8(low, _mm256_and_si256(x, nibble));
	__m256i h = _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble));

	return _mm256_and_si256(l, h);
}

/* The candidates of one block whose bits are set in mask. */
static size_t collect(const uint8_t *buckets, uint64_t mask, size_t at, size_t end,
		      struct sieve_candidate *out)
{
	size_t n = 0;

	for (; mask; mask &= mask - 1) {
		unsigned bit = (unsigned)__builtin_ctzll(mask);

		if (at + bit >= end)
			break;
		out[n++] = (struct sieve_candidate){ at + bit, buckets[bit] };
	}
	return n;
}

ATTR_TARGET("avx2")
size_t sieve_block_avx2(const struct sieve_tables *tables, const unsigned char *data, size_t *from,
			size_t end, struct sieve_candidate *out, size_t max)
{
	__m256i low[SIEVE_WIDTH], high[SIEVE_WIDTH];
	size_t n = 0, i = *from;

	for (int p = 0; p < SIEVE_WIDTH; p++) {
		low[p] = _mm256_broadcastsi128_si256(
			_mm_loadu_si128((const __m128i *)(const void *)tables->low_nibble[p]));
		high[p] = _mm256_broadcastsi128_si256(
			_mm_loadu_si128((const __m128i *)(const void *)tables->high_nibble[p]));
	}
	for (; i < end && n + 32 <= max; i += 32) {
		__m256i r = look_up_avx2(low[0], high[0], data + i);
		uint32_t mask;
		uint8_t buckets[32];

		r = _mm256_and_si256(r, look_up_avx2(low[1], high[1], data + i + 1));
		r = _mm256_and_si256(r, look_up_avx2(low[2], high[2], data + i + 2));
		r = _mm256_and_si256(r, look_up_avx2(low[3], high[3], data + i + 3));
		if (LIKELY(_mm256_testz_si256(r, r)))
			continue;
		mask = ~(uint32_t)_mm256_movemask_epi8(
			_mm256_cmpeq_epi8(r, _mm256_setzero_si256()));
		_mm256_storeu_si256((__m256i *)(void *)buckets, r);
		n += collect(buckets, mask, i, end, out + n);
	}
	*from = i < end ? i : end;
	return n;
}

ATTR_TARGET("avx2")
static inline __m256i fits_pair(const unsigned char *at, __m256i fold, __m256i value)
{
	__m256i x = _mm256_loadu_si256((const __m256i *)(const void *)at);

	return _mm256_cmpeq_epi8(_mm256_or_si256(x, fold), value);
}

/* The bucket of an only needle, at every position. */
static const uint8_t first_bucket[64] = { [0 ... 63] = 1 };

ATTR_TARGET("avx2")
size_t sieve_block_pair(const struct sieve_tables *tables, const unsigned char *data, size_t *from,
			size_t end, struct sieve_candidate *out, size_t max)
{
	const __m256i fold0 = _mm256_set1_epi8((char)tables->pair_fold[0]);
	const __m256i fold1 = _mm256_set1_epi8((char)tables->pair_fold[1]);
	const __m256i value0 = _mm256_set1_epi8((char)tables->pair_value[0]);
	const __m256i value1 = _mm256_set1_epi8((char)tables->pair_value[1]);
	size_t n = 0, i = *from;

	for (; i < end && n + 64 <= max; i += 64) {
		const unsigned char *at0 = data + i + tables->pair_at[0];
		const unsigned char *at1 = data + i + tables->pair_at[1];
		__m256i low = _mm256_and_si256(fits_pair(at0, fold0, value0),
					       fits_pair(at1, fold1, value1));
		__m256i high = _mm256_and_si256(fits_pair(at0 + 32, fold0, value0),
						fits_pair(at1 + 32, fold1, value1));
		uint64_t mask;

		if (LIKELY(_mm256_testz_si256(_mm256_or_si256(low, high),
					      _mm256_or_si256(low, high))))
			continue;
		mask = (uint32_t)_mm256_movemask_epi8(low) |
		       (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
		n += collect(first_bucket, mask, i, end, out + n);
	}
	*from = i < end ? i : end;
	return n;
}

struct vbmi_table {
	__m512i low, high, any_high;
};

ATTR_TARGET("avx512f,avx512bw,avx512vbmi")
static inline __m512i look_up_vbmi(const struct vbmi_table *t, __m512i x)
{
	return _mm512_permutex2var_epi8(t->low, x, t->high); /* of the lower seven bits */
}

ATTR_TARGET("avx512f,avx512bw,avx512vbmi")
static inline __m512i mend_high(const struct vbmi_table *t, __m512i x, __m512i r)
{
	return _mm512_mask_mov_epi8(r, _mm512_movepi8_mask(x), t->any_high);
}

ATTR_TARGET("avx512f,avx512bw,avx512vbmi")
size_t sieve_block_avx512(const struct sieve_tables *tables, const unsigned char *data,
			  size_t *from, size_t end, struct sieve_candidate *out, size_t max)
{
	struct vbmi_table t[SIEVE_WIDTH];
	size_t n = 0, i = *from;

	for (int p = 0; p < SIEVE_WIDTH; p++) {
		t[p].low = _mm512_loadu_si512(tables->table[p]);
		t[p].high = _mm512_loadu_si512(tables->table[p] + 64);
		t[p].any_high = _mm512_set1_epi8((char)tables->any_high[p]);
	}
	for (; i < end && n + 64 <= max; i += 64) {
		__m512i x0 = _mm512_loadu_si512(data + i), x1 = _mm512_loadu_si512(data + i + 1);
		__m512i x2 = _mm512_loadu_si512(data + i + 2);
		__m512i x3 = _mm512_loadu_si512(data + i + 3);
		__m512i r0 = look_up_vbmi(&t[0], x0), r1 = look_up_vbmi(&t[1], x1);
		__m512i r2 = look_up_vbmi(&t[2], x2), r3 = look_up_vbmi(&t[3], x3);
		__m512i all;
		uint8_t buckets[64];

		if (UNLIKELY(_mm512_movepi8_mask(_mm512_or_si512(x0, x3)))) {
			r0 = mend_high(&t[0], x0, r0);
			r1 = mend_high(&t[1], x1, r1);
			r2 = mend_high(&t[2], x2, r2);
			r3 = mend_high(&t[3], x3, r3);
		}
		all = _mm512_and_si512(_mm512_and_si512(r0, r1), _mm512_and_si512(r2, r3));
		if (LIKELY(!_mm512_test_epi8_mask(all, all)))
			continue;
		_mm512_storeu_si512(buckets, all);
		n += collect(buckets, _mm512_test_epi8_mask(all, all), i, end, out + n);
	}
	*from = i < end ? i : end;
	return n;
}
#endif
