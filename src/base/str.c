/* SPDX-License-Identifier: MIT */
/* Comparing words: loosely, and by edit distance for "did you mean". */
#include "base/str.h"

#include <ctype.h>

enum { DISTANCE_MAX_LEN = 64 };

static const char *skip_marks(const char *at)
{
	while (*at == '_' || *at == '-')
		at++;
	return at;
}

bool str_equal_loosely(const char *a, const char *b)
{
	for (;;) {
		a = skip_marks(a);
		b = skip_marks(b);
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

size_t str_distance(const char *a, const char *b, size_t max)
{
	size_t rows[3][DISTANCE_MAX_LEN + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > DISTANCE_MAX_LEN || m > DISTANCE_MAX_LEN)
		return max + 1;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const size_t *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t cost = a[i - 1] != b[j - 1];

			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    above2[j - 2] + 1 < row[j])
				row[j] = above2[j - 2] + 1;
		}
	}
	return rows[n % 3][m] <= max ? rows[n % 3][m] : max + 1;
}

const char *str_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t best = strlen(word) / 3 > 1 ? strlen(word) / 3 : 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t distance = str_equal_loosely(word, candidates[i])
					  ? 0
					  : str_distance(word, candidates[i], best);

		if (distance < best || (distance == best && !nearest)) {
			best = distance;
			nearest = candidates[i];
		}
	}
	return nearest;
}
